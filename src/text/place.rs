//! Where a text stands inside another.

use super::Span;

/// How offsets in a script relate to offsets in its file.
///
/// A script inside YAML is indented, folded or quoted, so the relation holds piece by piece: each
/// piece is the same bytes in both texts.
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
        self.pieces.push(Piece { inner, outer, len });
    }

    /// `span` of the inner text as a span of the outer text.
    pub fn outer(&self, span: Span) -> Option<Span> {
        let start = self.offset(span.start)?;
        if span.start == span.end {
            return Some(Span::at(start));
        }
        // The end is found from the last byte inside, so that it stays on that byte's line.
        let last = self.offset(span.end - 1)?;
        (start <= last).then(|| Span::new(start, last + 1))
    }

    fn offset(&self, inner: usize) -> Option<usize> {
        let next = self.pieces.partition_point(|it| it.inner <= inner);
        let piece = self.pieces[..next].last()?;
        // One past the piece is the break after it, or the end of the text.
        (inner - piece.inner <= piece.len).then_some(piece.outer + (inner - piece.inner))
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
}
