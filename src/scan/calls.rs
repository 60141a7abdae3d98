//! Who calls whom.

use super::{
    targets::{By, targets},
    units::{Id, Unit, Units},
};
use crate::platform::Run;
use std::collections::{BTreeMap, BTreeSet};

/// A call of one script by another.
#[derive(Clone, Copy)]
struct Edge {
    from: Id,
    /// Where what comes after it begins there.
    after: usize,
    by: By,
}

/// The calls of files, and of folders for all that is in them: by the path, and by the part of the
/// file that is meant. What a call says is kept, and not what it comes to: of a file with thousands
/// of scripts that is called thousands of times, that is a million.
#[derive(Default)]
pub(super) struct Calls(BTreeMap<String, BTreeMap<Option<String>, Vec<Edge>>>);

impl Calls {
    /// Who calls whom, of the files that are open.
    pub(super) fn of(units: &Units<'_>) -> Calls {
        let mut calls = Calls::default();
        let runs = |it: &Unit| it.script.workload.run() != Run::Documentation;
        for (from, unit) in units.all().filter(|(_, it)| runs(it)) {
            for target in targets(units, &units.sources[from.source], unit) {
                // A link has no length: it comes before what stands in its place.
                let after = target.at + usize::from(target.by != By::Link);
                let path = match target.path.ends_with('/') {
                    true => target.path.trim_start_matches('/').to_owned(),
                    false => target.path,
                };
                let parts = calls.0.entry(path).or_default();
                parts.entry(target.part).or_default().push(Edge { from, after, by: target.by });
            }
        }
        for edges in calls.0.values_mut().flat_map(BTreeMap::values_mut) {
            edges.sort_by_key(|it| order(units, it));
        }
        calls
    }

    /// Those that call a script and are not `but`, up to so many, with where what comes after each
    /// call begins.
    pub(super) fn of_script(
        &self,
        units: &Units<'_>,
        id: Id,
        but: impl Fn(Id) -> bool,
        most: usize,
    ) -> Vec<(Id, usize)> {
        let path = &*units.sources[id.source].path;
        let folder = &path[..path.rfind('/').map_or(0, |it| it + 1)];
        let first = units.is_first(id).then(String::new);
        let part = units.get(id).script.part.split(' ').filter(|it| !it.is_empty());
        let parts: BTreeSet<Option<String>> = [None]
            .into_iter()
            .chain(first.map(Some))
            .chain(part.map(|it| Some(it.to_owned())))
            .collect();
        let is_run = |it: &&Edge| match it.by {
            By::Path => is_script(units, id.source),
            By::Link => true,
            By::Command(name) => {
                let first = units.of(id.source).first();
                first.is_some_and(|it| it.script.workload.platform == name)
            }
        };
        let called = [path, folder].into_iter().filter_map(|it| self.0.get(it));
        let all = called.flat_map(|by_part| parts.iter().filter_map(|it| by_part.get(it)));
        let anew = |it: &&Edge| is_run(it) && !but(it.from);
        let mut edges: Vec<Edge> =
            all.flat_map(|it| it.iter().filter(anew).take(most)).copied().collect();
        edges.sort_by_key(|it| order(units, it));
        edges.iter().take(most).map(|it| (it.from, it.after)).collect()
    }
}

/// The order in which those that call are looked at.
fn order<'u>(units: &'u Units<'_>, edge: &Edge) -> (&'u str, usize, usize) {
    (&units.sources[edge.from.source].path, edge.from.script, edge.after)
}

/// Whether a file is one script, which others can call: a script inside a pipeline's file has no
/// path of its own.
pub(super) fn is_script(units: &Units<'_>, source: usize) -> bool {
    let mut scripts = units.of(source).iter().filter(|it| it.outer.is_none());
    scripts.next().is_some_and(|it| it.script.place.is_whole()) && scripts.next().is_none()
}
