//! The edits of all sites, as drafts that can be made together.

use super::{Draft, Edits, Text};
use crate::{
    platform::Safety,
    text::{Edit, EditSet, Overlap, Span},
};
use std::collections::BTreeMap;

/// How much further to the right a script stands once it is the input of a task.
const SHIFT: &str = "  ";

/// A line moves to the right once, and not at all if it goes away.
pub fn together(edits: Vec<Edits>) -> Result<Vec<Draft>, Overlap> {
    let mut drafts: Vec<Draft> = Vec::new();
    let mut shifted: BTreeMap<(String, usize), usize> = BTreeMap::new();
    let mut sets = Sets((0..edits.len()).collect());
    for (set, edit) in edits.into_iter().enumerate() {
        for draft in edit.drafts {
            let is_same = |it: &&Draft| Draft { set: 0, ..(*it).clone() } == draft;
            match drafts.iter().find(is_same) {
                Some(it) => sets.join(it.set, set),
                None => drafts.push(Draft { set, ..draft }),
            }
        }
        for (path, lines) in edit.shifted {
            for line in lines {
                let first = *shifted.entry((path.clone(), line)).or_insert(set);
                sets.join(first, set);
            }
        }
    }
    for ((path, at), set) in shifted {
        let gone = |it: &Draft| it.path == path && it.span.start <= at && at < it.span.end;
        if !drafts.iter().any(gone) {
            let (span, text) = (Span::at(at), Text::known(SHIFT));
            drafts.push(Draft { path, span, text, safety: Safety::Safe, set });
        }
    }
    drafts.sort_by(|a, b| (&a.path, a.span).cmp(&(&b.path, b.span)));
    let mut files: BTreeMap<&str, EditSet> = BTreeMap::new();
    for draft in &drafts {
        files
            .entry(&draft.path)
            .or_default()
            .add(Edit { span: draft.span, text: draft.text.to_string() })?;
    }
    drafts.iter_mut().for_each(|it| it.set = sets.of(it.set));
    Ok(drafts)
}

/// For each set the one that it is a part of, or itself.
struct Sets(Vec<usize>);

impl Sets {
    fn of(&self, set: usize) -> usize {
        match self.0[set] {
            it if it == set => set,
            it => self.of(it),
        }
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.of(a), self.of(b));
        self.0[a.max(b)] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_that_share_a_text_are_made_together_or_not_at_all() {
        let edits = |places: &[(&str, usize)]| {
            let mut edits = Edits::default();
            for (path, at) in places {
                edits.add(path, Span::at(*at), Text::known("x"), Safety::Safe);
            }
            edits
        };
        let all = [&[("a", 0), ("job", 5)][..], &[("b", 0), ("job", 5)], &[("c", 0)]];
        let drafts = together(all.map(edits).to_vec()).unwrap();
        assert_eq!(drafts.len(), 4);
        let set = |path: &str| drafts.iter().find(|it| it.path == path).unwrap().set;
        assert_eq!(set("a"), set("b"));
        assert_eq!(set("a"), set("job"));
        assert_ne!(set("a"), set("c"));
    }
}
