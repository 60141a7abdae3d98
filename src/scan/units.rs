//! Scripts with what they do, read when they are asked for.

use super::{HINT, Skipped};
use crate::{
    lang::{self, Nested, Parsed, Purpose},
    platform::{self, Repository, Run, Script},
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
    /// The script that this one stands in, of the same file.
    pub(super) outer: Option<Outer>,
}

pub(super) struct Outer {
    pub(super) script: usize,
    /// Where it takes effect there.
    pub(super) at: usize,
    pub(super) purpose: Purpose,
}

/// Texts that stand in texts deeper than this are not opened.
const DEEPEST: usize = 8;

pub(super) struct Units<'s> {
    pub(super) sources: &'s [Source],
    repository: &'s Repository,
    by_path: BTreeMap<&'s str, usize>,
    opened: BTreeMap<usize, Vec<Unit>>,
    skipped: Vec<Skipped>,
}

/// The scripts that stand in a script, with where they do.
fn nested(units: &[Unit], at: usize) -> Vec<(Script, Outer)> {
    let unit = &units[at];
    let above = std::iter::successors(unit.outer.as_ref(), |it| units[it.script].outer.as_ref());
    if above.count() >= DEEPEST {
        return Vec::new();
    }
    let of = |it: &Nested| {
        let script = Script {
            language: it.language,
            text: it.text.text.clone(),
            place: it.text.place.within(&unit.script.place),
            expressions: it.expressions.clone(),
            environment: unit.script.environment.clone(),
            folder: unit.script.folder.clone(),
            workload: unit.script.workload.clone(),
        };
        (script, Outer { script: at, at: it.at, purpose: it.purpose })
    };
    let worth_it = unit.parsed.nested.iter().filter(|it| HINT.is_match(&it.text.text));
    worth_it.map(of).collect()
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
        let file = &self.sources[source];
        let scripts = platform::scripts(file, self.repository).unwrap_or_else(|reason| {
            self.skipped.push(Skipped { path: file.path.to_string(), reason });
            platform::scripts_by_lines(file)
        });
        let mut units = Vec::new();
        for script in scripts {
            // Any text of such a file may be a script; only one that may sign in is of use.
            let is_guess = matches!(script.workload.run(), Run::Unknown | Run::Documentation);
            if is_guess && !HINT.is_match(&script.text) {
                continue;
            }
            self.read(source, script, None, &mut units);
        }
        // What nests stands behind what it nests in, so that this comes to all of it.
        let mut at = 0;
        while at < units.len() {
            for (script, outer) in nested(&units, at) {
                self.read(source, script, Some(outer), &mut units);
            }
            at += 1;
        }
        self.opened.insert(source, units);
    }

    fn read(&mut self, source: usize, script: Script, outer: Option<Outer>, units: &mut Vec<Unit>) {
        let language = lang::by_name(script.language).filter(|_| !script.place.is_unknown());
        match language {
            Some(language) => {
                let parsed = language.parse(&script.text, &script.expressions);
                units.push(Unit { script, parsed, outer });
            }
            // What cannot hold a sign-in is nothing to speak of.
            None if HINT.is_match(&script.text) => {
                let path = self.sources[source].path.to_string();
                let reason = format!("it holds a script in {} that is not read", script.language);
                self.skipped.push(Skipped { path, reason });
            }
            None => {}
        }
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
