//! Changes to a text.

use super::Span;
use std::collections::BTreeMap;

/// Replaces `span` of the original text with `text`.
#[derive(Clone, PartialEq, Eq)]
pub struct Edit {
    pub span: Span,
    pub text: String,
}

/// Changes to one text that can be made together.
#[derive(Clone, Default)]
pub struct EditSet {
    // Invariant: no two overlap.
    edits: BTreeMap<Span, Edit>,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("two edits change the same text at byte {at}")]
pub struct Overlap {
    pub at: usize,
}

impl EditSet {
    /// Adds an edit, and says whether it is new. Adding the same edit twice is adding it once, so
    /// that two sites in one job may both ask for the same `permissions:` block.
    pub fn add(&mut self, edit: Edit) -> Result<bool, Overlap> {
        let span = edit.span;
        if let Some(there) = self.edits.get(&span) {
            return if *there == edit { Ok(false) } else { Err(Overlap { at: span.start }) };
        }
        // A text may be put before what is replaced.
        let left = self.edits.range(..span).next_back();
        let right = self.edits.range(span..).next();
        if left.is_some_and(|(it, _)| span.start < it.end)
            || right.is_some_and(|(it, _)| it.start < span.end)
        {
            return Err(Overlap { at: span.start });
        }
        self.edits.insert(span, edit);
        Ok(true)
    }

    pub fn remove(&mut self, span: Span) {
        self.edits.remove(&span);
    }

    /// The edit that is at `span`.
    pub fn at(&self, span: Span) -> Option<&Edit> {
        self.edits.get(&span)
    }

    /// Whether an edit replaces what stands at a place.
    pub fn replaces(&self, at: usize) -> bool {
        let last = self.edits.range(..=Span::new(at, usize::MAX)).next_back();
        last.is_some_and(|(it, _)| at < it.end)
    }

    pub fn apply(&self, original: &str) -> String {
        let mut out = String::with_capacity(original.len());
        let mut done = 0;
        for edit in self.iter() {
            out.push_str(&original[done..edit.span.start]);
            out.push_str(&edit.text);
            done = edit.span.end;
        }
        out.push_str(&original[done..]);
        out
    }

    pub fn iter(&self) -> impl Iterator<Item = &Edit> {
        self.edits.values()
    }

    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_apply_in_order_and_overlaps_are_refused() {
        let mut edits = EditSet::default();
        edits.add(Edit { span: Span::new(4, 7), text: "two".into() }).unwrap();
        edits.add(Edit { span: Span::at(0), text: ">> ".into() }).unwrap();
        edits.add(Edit { span: Span::at(0), text: ">> ".into() }).unwrap();
        assert_eq!(edits.apply("one 222 three"), ">> one two three");
        let overlap = edits.add(Edit { span: Span::new(5, 9), text: String::new() });
        assert_eq!(overlap, Err(Overlap { at: 5 }));
    }
}
