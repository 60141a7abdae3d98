//! Where a text stands inside another.

use super::Span;

/// How offsets in a script relate to offsets in its file.
///
/// A script inside YAML is indented, folded or quoted, so the relation holds piece by piece: each
/// piece is the same bytes in both texts, or an escape.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    // In order; consecutive in the inner text but for single characters that stand for a break.
    pieces: Vec<Piece>,
    /// What each further line of the inner text begins with in the outer text.
    pub indent: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    inner: usize,
    outer: usize,
    len: usize,
    /// How long it is in the outer text: of an escape, longer or shorter than `len`.
    width: usize,
}

impl Place {
    /// A text that is its whole file.
    pub fn whole(len: usize) -> Place {
        let mut place = Place::default();
        place.push(0, 0, len);
        place
    }

    /// A text whose lines stand behind `indent`, to be filled in order.
    pub fn indented(indent: &str) -> Place {
        Place { pieces: Vec::new(), indent: indent.to_owned() }
    }

    /// The text is the whole of its file, from the first byte.
    pub fn is_whole(&self) -> bool {
        matches!(self.pieces.as_slice(), [Piece { inner: 0, outer: 0, .. }])
    }

    /// Nothing is known of where the text stands.
    pub fn is_unknown(&self) -> bool {
        self.pieces.is_empty()
    }

    pub fn push(&mut self, inner: usize, outer: usize, len: usize) {
        self.push_escape(inner, outer, len, len);
    }

    /// `len` bytes that are written as `width` others, and are only to be had as a whole.
    pub fn push_escape(&mut self, inner: usize, outer: usize, len: usize, width: usize) {
        self.pieces.push(Piece { inner, outer, len, width });
    }

    /// Puts another text of the same file after this one, from `inner` on.
    pub fn append(&mut self, inner: usize, other: &Place) {
        let moved = |it: &Piece| Piece { inner: inner + it.inner, ..*it };
        self.pieces.extend(other.pieces.iter().map(moved));
    }

    /// Where the inner text stands in a third one, in which the outer text stands at `around`.
    pub fn within(&self, around: &Place) -> Place {
        let mut place = Place::indented(&format!("{}{}", around.indent, self.indent));
        for it in &self.pieces {
            let whole = Span::new(it.outer, it.outer + it.width);
            if it.len != it.width || it.len == 0 {
                if let Some(at) = around.outer(whole) {
                    place.push_escape(it.inner, at.start, it.len, at.end - at.start);
                }
                continue;
            }
            let first = around.pieces.partition_point(|piece| piece.inner + piece.len <= it.outer);
            for piece in around.pieces[first..].iter().take_while(|it| it.inner < whole.end) {
                let end = piece.inner + piece.len;
                let inner = |at: usize| it.inner + at - it.outer;
                if piece.len == piece.width {
                    let (from, to) = (piece.inner.max(whole.start), end.min(whole.end));
                    place.push(inner(from), piece.outer + from - piece.inner, to - from);
                } else if whole.contains(Span::new(piece.inner, end)) {
                    place.push_escape(inner(piece.inner), piece.outer, piece.len, piece.width);
                }
            }
        }
        place
    }

    /// `span` of the inner text as a span of the outer text.
    pub fn outer(&self, span: Span) -> Option<Span> {
        let start = self.offset(span.start)?;
        if span.start == span.end {
            return Some(Span::at(start));
        }
        // The end is found from the last byte inside, so that it stays on that byte's line.
        let last = self.piece(span.end - 1)?;
        let end = match span.end - last.inner {
            all if all == last.len => last.outer + last.width,
            part => last.outer + part,
        };
        (start < end).then(|| Span::new(start, end))
    }

    fn offset(&self, inner: usize) -> Option<usize> {
        let piece = self.piece(inner)?;
        Some(match inner - piece.inner {
            all if all == piece.len => piece.outer + piece.width,
            part if piece.len == piece.width => piece.outer + part,
            _ => piece.outer,
        })
    }

    fn piece(&self, inner: usize) -> Option<&Piece> {
        let next = self.pieces.partition_point(|it| it.inner <= inner);
        // One past the piece is the break after it, or the end of the text.
        self.pieces[..next].last().filter(|it| inner - it.inner <= it.len)
    }
}

/// A text that is put together from pieces of a file. Holds source text, so it has no `Debug`.
#[derive(Clone, Default)]
pub struct Placed {
    pub text: String,
    pub place: Place,
}

impl Placed {
    pub fn push(&mut self, text: &str, outer: usize) {
        self.escape(text, outer, text.len());
    }

    /// `text` for what the file writes in `width` bytes.
    pub fn escape(&mut self, text: &str, outer: usize, width: usize) {
        self.place.push_escape(self.text.len(), outer, text.len(), width);
        self.text.push_str(text);
    }

    /// Begins a line, unless one is begun already.
    pub fn line(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_over_two_lines_leaves_out_only_the_outer_indentation() {
        // Outer "  ab\n  cd\n", inner "ab\ncd\n".
        let mut place = Place::default();
        place.push(0, 2, 3);
        place.push(3, 7, 3);
        assert_eq!(place.outer(Span::new(0, 2)), Some(Span::new(2, 4)));
        assert_eq!(place.outer(Span::new(1, 5)), Some(Span::new(3, 9)));
        assert_eq!(place.outer(Span::new(3, 6)), Some(Span::new(7, 10)));
        assert_eq!(place.outer(Span::new(9, 10)), None);
    }

    #[test]
    fn a_place_is_the_same_through_the_text_between() {
        // Outer `  a\"b\n  cd`, middle `a"b\ncd`, inner `"bc`, where `b` stands escaped as `b\n`.
        let mut middle = Place::default();
        middle.push(0, 2, 1);
        middle.push_escape(1, 3, 1, 2);
        middle.push(2, 5, 2);
        middle.push(4, 9, 2);
        let mut inner = Place::default();
        inner.push(0, 1, 1);
        inner.push_escape(1, 2, 1, 2);
        inner.push(2, 4, 1);
        let whole = inner.within(&middle);
        assert_eq!(whole.outer(Span::new(0, 1)), Some(Span::new(3, 5)));
        assert_eq!(whole.outer(Span::new(1, 2)), Some(Span::new(5, 7)));
        assert_eq!(whole.outer(Span::new(2, 3)), Some(Span::new(9, 10)));
        assert_eq!(whole.outer(Span::new(0, 3)), Some(Span::new(3, 10)));
    }

    #[test]
    fn an_escape_is_there_as_a_whole_or_not_at_all() {
        // Outer `a\"b`, inner `a"b`, and then the same once more behind `c`.
        let mut place = Place::default();
        place.push(0, 0, 1);
        place.push_escape(1, 1, 1, 2);
        place.push(2, 3, 1);
        assert_eq!(place.outer(Span::new(0, 2)), Some(Span::new(0, 3)));
        assert_eq!(place.outer(Span::new(1, 3)), Some(Span::new(1, 4)));
        assert_eq!(place.outer(Span::new(2, 3)), Some(Span::new(3, 4)));
        let mut both = Place::default();
        both.push(0, 9, 3);
        both.append(4, &place);
        assert_eq!(both.outer(Span::new(5, 6)), Some(Span::new(1, 3)));
    }

    #[test]
    fn a_place_in_a_text_that_has_a_place_is_one_in_the_file() {
        // A file `> ab\\"c\n> d`, of which `ab"c\nd` is a text, of which `b"c` and `d` are one.
        let mut around = Place::indented("> ");
        around.push(0, 2, 2);
        around.push_escape(2, 4, 1, 2);
        around.push(3, 6, 1);
        around.push(5, 10, 1);
        let mut place = Place::indented(" ");
        place.push(0, 1, 3);
        place.push(4, 5, 1);
        let all = place.within(&around);
        assert_eq!(all.indent, ">  ");
        assert_eq!(all.outer(Span::new(0, 3)), Some(Span::new(3, 7)));
        assert_eq!(all.outer(Span::new(1, 2)), Some(Span::new(4, 6)));
        assert_eq!(all.outer(Span::new(2, 5)), Some(Span::new(6, 11)));
        // What is one escape further in is one escape further out.
        let mut escaped = Place::default();
        escaped.push_escape(0, 1, 1, 2);
        assert_eq!(escaped.within(&around).outer(Span::new(0, 1)), Some(Span::new(3, 6)));
    }
}
