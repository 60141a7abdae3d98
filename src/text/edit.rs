//! Changes to a text.

use super::Span;

/// Replaces `span` of the original text with `text`.
#[derive(Clone, PartialEq, Eq)]
pub struct Edit {
    pub span: Span,
    pub text: String,
}

/// Changes to one text that can be made together.
#[derive(Clone, Default)]
pub struct EditSet {
    // Invariant: sorted by start, and no two overlap.
    edits: Vec<Edit>,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("two edits change the same text at byte {at}")]
pub struct Overlap {
    pub at: usize,
}

impl EditSet {
    /// Adds an edit. Adding the same edit twice is adding it once, so that two sites in one job
    /// may both ask for the same `permissions:` block.
    pub fn add(&mut self, edit: Edit) -> Result<(), Overlap> {
        if self.edits.contains(&edit) {
            return Ok(());
        }
        // A text may be put before what is replaced.
        let idx = self.edits.partition_point(|it| it.span < edit.span);
        let left = idx.checked_sub(1).map(|i| self.edits[i].span);
        let right = self.edits.get(idx).map(|it| it.span);
        if left.is_some_and(|it| edit.span.start < it.end)
            || right.is_some_and(|it| it.start < edit.span.end || it == edit.span)
        {
            return Err(Overlap { at: edit.span.start });
        }
        self.edits.insert(idx, edit);
        Ok(())
    }

    pub fn apply(&self, original: &str) -> String {
        let mut out = String::with_capacity(original.len());
        let mut done = 0;
        for edit in &self.edits {
            out.push_str(&original[done..edit.span.start]);
            out.push_str(&edit.text);
            done = edit.span.end;
        }
        out.push_str(&original[done..]);
        out
    }

    pub fn iter(&self) -> impl Iterator<Item = &Edit> {
        self.edits.iter()
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
