//! The edits of all sites, as drafts that can be made together.

use super::{Draft, Edits, Text};
use crate::{
    platform::Safety,
    text::{Edit, EditSet, Overlap, Span},
};
use std::collections::{BTreeMap, BTreeSet};

/// How much further to the right a script stands once it is the input of a task.
const SHIFT: &str = "  ";

/// Edits of sites that can be made together, so far.
#[derive(Clone, Default)]
pub struct Together {
    edits: Vec<Edits>,
    files: BTreeMap<String, EditSet>,
    shifted: BTreeMap<String, BTreeSet<usize>>,
}

/// What edits add to those before them.
#[derive(Default)]
struct Added {
    drafts: Vec<(String, Span)>,
    shifted: Vec<(String, usize)>,
}

impl Together {
    /// Adds what can be made together with all before it.
    pub fn add(&mut self, edits: Edits) -> Result<(), Overlap> {
        let mut added = Added::default();
        if let Err(it) = self.put(&edits, &mut added) {
            self.take_back(added);
            return Err(it);
        }
        self.edits.push(edits);
        Ok(())
    }

    /// Whether these can be made together with all before them.
    pub fn fits(&mut self, edits: &Edits) -> Result<(), Overlap> {
        let mut added = Added::default();
        let fits = self.put(edits, &mut added);
        self.take_back(added);
        fits
    }

    pub fn edits(&self) -> &[Edits] {
        &self.edits
    }

    pub fn into_drafts(self) -> Vec<Draft> {
        drafts(self.edits, &self.files)
    }

    fn put(&mut self, edits: &Edits, added: &mut Added) -> Result<(), Overlap> {
        for Draft { path, span, text, .. } in &edits.drafts {
            let edit = Edit { span: *span, text: text.to_string() };
            if self.files.entry(path.clone()).or_default().add(edit)? {
                added.drafts.push((path.clone(), *span));
            }
        }
        for (path, lines) in &edits.shifted {
            let known = self.shifted.entry(path.clone()).or_default();
            let new = lines.iter().filter(|it| known.insert(**it));
            added.shifted.extend(new.map(|it| (path.clone(), *it)));
        }
        let changed = added.drafts.iter().map(|(path, span)| (path, span.start));
        for (path, at) in changed.chain(added.shifted.iter().map(|(path, at)| (path, *at))) {
            if self.shifted.get(path).is_some_and(|it| it.contains(&at)) {
                let Some(edits) = self.files.get(path) else { continue };
                let is_other = |it: &Edit| it.text != SHIFT;
                if !edits.replaces(at) && edits.at(Span::at(at)).is_some_and(is_other) {
                    return Err(Overlap { at });
                }
            }
        }
        Ok(())
    }

    fn take_back(&mut self, added: Added) {
        for (path, span) in added.drafts {
            self.files.entry(path).or_default().remove(span);
        }
        for (path, at) in added.shifted {
            self.shifted.entry(path).or_default().remove(&at);
        }
    }
}

/// A line moves to the right once, and not at all if it goes away.
fn drafts(edits: Vec<Edits>, files: &BTreeMap<String, EditSet>) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    let mut known: BTreeMap<(String, Span), Vec<usize>> = BTreeMap::new();
    let mut shifted: BTreeMap<(String, usize), usize> = BTreeMap::new();
    let mut sets = Sets((0..edits.len()).collect());
    for (set, edit) in edits.into_iter().enumerate() {
        for draft in edit.drafts {
            let there = known.entry((draft.path.clone(), draft.span)).or_default();
            let is_same = |it: &&usize| {
                let Draft { text, safety, .. } = &drafts[**it];
                (text, safety) == (&draft.text, &draft.safety)
            };
            match there.iter().find(is_same) {
                Some(it) => sets.join(drafts[*it].set, set),
                None => {
                    there.push(drafts.len());
                    drafts.push(Draft { set, ..draft });
                }
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
        if !files.get(&path).is_some_and(|it| it.replaces(at)) {
            let (span, text) = (Span::at(at), Text::known(SHIFT));
            drafts.push(Draft { path, span, text, safety: Safety::Safe, set });
        }
    }
    drafts.sort_by(|a, b| (&a.path, a.span).cmp(&(&b.path, b.span)));
    drafts.iter_mut().for_each(|it| it.set = sets.of(it.set));
    drafts
}

/// For each set the one that it is a part of, or itself.
struct Sets(Vec<usize>);

impl Sets {
    fn of(&mut self, mut set: usize) -> usize {
        while self.0[set] != set {
            // Half of the way is saved for whoever comes next.
            self.0[set] = self.0[self.0[set]];
            set = self.0[set];
        }
        set
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.of(a), self.of(b));
        self.0[a.max(b)] = a.min(b);
    }
}

#[cfg(test)]
impl Together {
    pub(crate) fn of(all: impl IntoIterator<Item = Edits>) -> Result<Together, Overlap> {
        let mut together = Together::default();
        all.into_iter().try_for_each(|it| together.add(it))?;
        Ok(together)
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
        let drafts = Together::of(all.map(edits)).unwrap().into_drafts();
        assert_eq!(drafts.len(), 4);
        let set = |path: &str| drafts.iter().find(|it| it.path == path).unwrap().set;
        assert_eq!(set("a"), set("b"));
        assert_eq!(set("a"), set("job"));
        assert_ne!(set("a"), set("c"));
    }

    /// Where each was tried with a copy of all before it, hundreds took minutes.
    #[test]
    fn thousands_of_edits_are_tried_one_after_the_other() {
        let mut all = Together::default();
        let edits = |at: usize, text: &str| {
            let mut edits = Edits::default();
            edits.add("a", Span::new(at, at + 5), Text::known(text), Safety::Safe);
            edits.add("job", Span::at(0), Text::known("same"), Safety::Safe);
            edits
        };
        for at in (0..10_000).rev().map(|it| 10 * it) {
            assert_eq!(all.fits(&edits(at, "x")), Ok(()));
            all.add(edits(at, "x")).unwrap();
            assert_eq!(all.fits(&edits(at + 2, "y")), Err(Overlap { at: at + 2 }));
        }
        let drafts = all.into_drafts();
        assert_eq!(drafts.len(), 10_001);
        assert!(drafts.iter().all(|it| it.set == 0));
    }

    #[test]
    fn a_line_that_moves_meets_no_other_text_at_its_beginning() {
        let shift =
            |at: usize| Edits { shifted: [("a".to_owned(), vec![at])].into(), ..Edits::default() };
        let put = |span: Span, text: &str| {
            let mut edits = Edits::default();
            edits.add("a", span, Text::known(text), Safety::Safe);
            edits
        };
        let other = put(Span::at(5), "x");
        assert!(Together::of([shift(5), other.clone()]).is_err());
        assert!(Together::of([other.clone(), shift(5)]).is_err());
        let gone = Together::of([put(Span::new(4, 9), ""), shift(5)]).unwrap().into_drafts();
        assert_eq!(gone.len(), 1);
        let same = Together::of([put(Span::at(5), SHIFT), shift(5)]).unwrap().into_drafts();
        assert_eq!(same.len(), 2);
        let mut all = Together::of([other]).unwrap();
        assert!(all.add(shift(5)).is_err());
        assert_eq!(all.into_drafts().len(), 1);
    }
}
