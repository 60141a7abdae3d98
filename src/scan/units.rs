//! Scripts with what they do, read when they are asked for.

use super::{HINT, Skipped};
use crate::{
    lang::{self, Parsed},
    platform::{self, Repository, Script},
    text::Source,
};
use std::collections::BTreeMap;

/// One script of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id {
    pub(super) source: usize,
    pub(super) script: usize,
}

pub(super) struct Unit {
    pub(super) script: Script,
    pub(super) parsed: Parsed,
}

pub(super) struct Units<'s> {
    pub(super) sources: &'s [Source],
    repository: &'s Repository,
    by_path: BTreeMap<&'s str, usize>,
    opened: BTreeMap<usize, Vec<Unit>>,
    skipped: Vec<Skipped>,
}

impl<'s> Units<'s> {
    pub(super) fn new(sources: &'s [Source], repository: &'s Repository) -> Units<'s> {
        let by_path = sources.iter().enumerate().map(|(at, it)| (&*it.path, at)).collect();
        Units { sources, repository, by_path, opened: BTreeMap::new(), skipped: Vec::new() }
    }

    pub(super) fn open(&mut self, source: usize) {
        if self.opened.contains_key(&source) {
            return;
        }
        let scripts =
            platform::scripts(&self.sources[source], self.repository).unwrap_or_else(|reason| {
                self.skipped.push(Skipped { path: self.sources[source].path.to_string(), reason });
                Vec::new()
            });
        let path = &self.sources[source].path;
        let mut units = Vec::new();
        for script in scripts {
            let language = lang::by_name(script.language).filter(|_| !script.place.is_unknown());
            let Some(language) = language else {
                // What cannot hold a sign-in is nothing to speak of.
                if HINT.is_match(&script.text) {
                    let reason =
                        format!("it holds a script in {} that is not read", script.language);
                    self.skipped.push(Skipped { path: path.to_string(), reason });
                }
                continue;
            };
            let parsed = language.parse(&script.text, &script.expressions);
            units.push(Unit { script, parsed });
        }
        self.opened.insert(source, units);
    }

    pub(super) fn get(&self, id: Id) -> &Unit {
        &self.opened[&id.source][id.script]
    }

    pub(super) fn of(&self, source: usize) -> &[Unit] {
        self.opened.get(&source).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (Id, &Unit)> {
        let of = |(source, units): (&usize, &'_ Vec<Unit>)| (*source, units.len());
        let ids = self
            .opened
            .iter()
            .map(of)
            .flat_map(|(source, n)| (0..n).map(move |script| Id { source, script }));
        ids.map(|id| (id, self.get(id)))
    }

    pub(super) fn at_path(&self, path: &str) -> Option<usize> {
        self.by_path.get(path).copied()
    }

    pub(super) fn skipped(self) -> Vec<Skipped> {
        self.skipped
    }
}
