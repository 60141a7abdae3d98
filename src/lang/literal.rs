//! What is written out in a source, and how it is written there.

use crate::text::{Placed, Span};
use std::ops::Range;

/// Text that was written out in the source, and so may be a password.
///
/// It can be compared and not printed: there is no `Display`, and `Debug` shows no text.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Literal {
    pub(super) text: String,
    /// What is not written as it is, in order.
    escapes: Vec<Escape>,
}

/// Bytes of a text, and what is written for them. A line that is joined to the next is no bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Escape {
    said: Span,
    written: Span,
}

impl std::fmt::Debug for Literal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Literal(..)")
    }
}

impl From<String> for Literal {
    fn from(text: String) -> Literal {
        Literal { text, escapes: Vec::new() }
    }
}

impl Literal {
    pub(super) fn push(&mut self, char: char) {
        self.text.push(char);
    }

    /// Puts the character, if there is one, that the source writes as what stands there.
    pub(super) fn escape(&mut self, char: Option<char>, written: Span) {
        let start = self.text.len();
        self.text.extend(char);
        let said = Span::new(start, self.text.len());
        if said.end - said.start != written.end - written.start {
            self.escapes.push(Escape { said, written });
        }
    }

    /// What it says in `range`, in which no escape stands by half.
    pub(super) fn slice(&self, range: Range<usize>) -> Literal {
        let first = self.escapes.partition_point(|it| it.said.end <= range.start);
        let inside = self.escapes[first..].iter().take_while(|it| it.said.start < range.end);
        let moved = |it: &Escape| Escape {
            said: Span::new(it.said.start - range.start, it.said.end - range.start),
            ..*it
        };
        let escapes = inside.map(moved).collect();
        Literal { text: self.text[range].to_owned(), escapes }
    }

    /// Where what is written at `at` is in the text, if the whole is written at `place`.
    pub(super) fn find(&self, place: Span, at: usize) -> usize {
        let before = self.escapes.partition_point(|it| it.written.start < at);
        match self.escapes[..before].last() {
            Some(it) if at < it.written.end => it.said.start,
            Some(it) => it.said.end + at - it.written.end,
            None => at - place.start,
        }
    }

    /// Puts the text, which is written at `place`, behind another.
    pub(super) fn put(&self, place: Span, text: &mut Placed) {
        let (mut inner, mut outer) = (0, place.start);
        for Escape { said, written } in &self.escapes {
            let plain = &self.text[inner..said.start];
            text.push(plain, written.start - plain.len());
            text.escape(
                &self.text[said.start..said.end],
                written.start,
                written.end - written.start,
            );
            (inner, outer) = (said.end, written.end);
        }
        let rest = &self.text[inner..];
        if outer + rest.len() == place.end {
            text.push(rest, outer);
        } else {
            // How it is written was not noted.
            text.text.push_str(rest);
        }
    }
}
