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

    /// This text's place in the text that the middle one stands in: `self` tells where it stands
    /// in the middle one.
    pub fn within(&self, middle: &Place) -> Place {
        let mut whole = Place::indented(&middle.indent);
        for piece in &self.pieces {
            if piece.len != piece.width {
                if let Some(it) = middle.outer(Span::new(piece.outer, piece.outer + piece.width)) {
                    whole.push_escape(piece.inner, it.start, piece.len, it.end - it.start);
                }
                continue;
            }
            let end = piece.outer + piece.len;
            let mut at = piece.outer;
            let next = middle.pieces.partition_point(|it| it.inner + it.len <= at);
            for through in middle.pieces[next..].iter().take_while(|it| it.inner < end) {
                at = at.max(through.inner);
                let stop = end.min(through.inner + through.len);
                let inner = piece.inner + (at - piece.outer);
                if through.len == through.width {
                    whole.push(inner, through.outer + (at - through.inner), stop - at);
                } else {
                    whole.push_escape(inner, through.outer, stop - at, through.width);
                }
                at = stop;
            }
        }
        whole
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
}
