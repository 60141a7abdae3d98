//! Which workloads run a script, and what they run after it.
//!
//! A workflow runs a script, which sources another: the sign-in there is the workflow's, and so
//! are the commands that come after it, wherever they stand.

use super::{
    Follow, Note, Reached,
    follows::{Judgements, client, folders_of, normal, tail},
    hints::any_of,
    units::{Id, Unit, Units},
};
use crate::{
    catalog::Effect,
    lang::{Call, Purpose, Word},
    platform::{Run, Trust},
    text::{Source, Span},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::Arc,
};

/// Calls deeper than this are not followed; scripts that call each other end here, too.
const DEEPEST: usize = 8;

/// Scripts that all call each other lead to a sign-in in more ways than could be followed; so many
/// say enough.
const MOST: usize = 100;

/// So many commands are listed. What comes after them is looked at until one is found that writes.
pub const LISTED: usize = 100;

/// What comes after so many commands is not looked at.
const JUDGED: usize = 10_000;

/// What comes after a sign-in.
#[derive(Default)]
pub(super) struct Following {
    pub(super) effects: Vec<Effect>,
    pub(super) commands: Vec<Arc<Follow>>,
    /// More commands follow than are listed.
    pub(super) more: bool,
    pub(super) notes: Vec<Note>,
    /// By which client the site signs in; with its next sign-in ends what follows this one.
    client: Option<&'static str>,
    /// The scripts from the workload's own to the one that signs in, with the place of each call.
    pub(super) through: Vec<(Id, usize)>,
    /// The files that were followed.
    called: BTreeSet<usize>,
}

/// A call of one script by another.
#[derive(Clone, Copy)]
pub(super) struct Edge {
    from: Id,
    at: usize,
}

/// The calls of each file, by its number.
pub(super) type Calls = BTreeMap<usize, Vec<Edge>>;

/// Opens whatever may lead to `sources`: files that name one of them, or one that does.
pub(super) fn open_callers(units: &mut Units<'_>, sources: impl Iterator<Item = usize>) {
    let mut wanted: BTreeSet<usize> = sources.collect();
    let mut done = BTreeSet::new();
    for _ in 0..DEEPEST {
        wanted.retain(|it| done.insert(*it) && is_script(units, *it));
        let path = |it: &usize| units.sources[*it].path.clone();
        let paths: BTreeSet<Arc<str>> = wanted.iter().map(path).collect();
        let names: BTreeSet<&str> =
            paths.iter().map(|it| it.rsplit('/').next().unwrap_or(it)).collect();
        if names.is_empty() {
            return;
        }
        let names = any_of(names);
        // What only speaks of a script is forgotten again.
        wanted.extend(units.open_wanted(&|text| names.is_match(text), &|units, source, opened| {
            let calls =
                opened.iter().flat_map(|unit| unit.parsed.calls.iter().map(move |it| (unit, it)));
            let mut called = calls.filter_map(|(unit, call)| target(units, source, unit, call));
            called.any(|it| units.at_path(&it).is_some())
        }));
    }
}

/// Who calls whom, of the files that are open.
pub(super) fn calls(units: &Units<'_>) -> Calls {
    let mut calls = Calls::new();
    let runs = |it: &Unit| it.script.workload.run() != Run::Documentation;
    for (from, unit) in units.all().filter(|(_, it)| runs(it)) {
        for call in &unit.parsed.calls {
            let target = target(units, &units.sources[from.source], unit, call);
            let source = target.and_then(|it| units.at_path(&it));
            if let Some(source) = source.filter(|it| is_script(units, *it)) {
                let edge = Edge { from, at: call.span.start };
                calls.entry(source).or_default().push(edge);
            }
        }
    }
    for edges in calls.values_mut() {
        edges.sort_by_key(|it| (&units.sources[it.from.source].path, it.from.script, it.at));
    }
    calls
}

/// Whether a file is one script, which others can call: a script inside a pipeline's file has no
/// path of its own.
fn is_script(units: &Units<'_>, source: usize) -> bool {
    let mut scripts = units.of(source).iter().filter(|it| it.outer.is_none());
    scripts.next().is_some_and(|it| it.script.place.is_whole()) && scripts.next().is_none()
}

/// The workloads that run the call at `at` of a script, and what follows it there.
pub(super) fn follow(
    units: &mut Units<'_>,
    calls: &Calls,
    judgements: &mut Judgements,
    unit: Id,
    at: usize,
) -> (Vec<Reached>, Following) {
    let mut chains = Vec::new();
    climb(units, calls, unit, at, &mut Vec::new(), &mut chains);
    let mut reached: Vec<Reached> = Vec::new();
    let own = units.get(unit).parsed.calls.iter().find(|it| it.span.start == at);
    let client = own.and_then(|it| client(&it.name));
    let mut following = Following::default();
    let judged = judgements.of(units, unit);
    judged.iter().filter(|it| it.at == at).for_each(|it| following.note(&it.notes));
    for chain in &chains {
        let (root, _) = chain[0];
        let between = chain.iter().skip(1).take(chain.len().saturating_sub(2));
        let own = units.sources[unit.source].path.clone();
        let mut through: Vec<String> = between
            .map(|(id, _)| &units.sources[id.source].path)
            .filter(|it| **it != own && **it != units.sources[root.source].path)
            .map(|it| it.to_string())
            .collect();
        through.dedup();
        let it = Reached { workload: units.get(root).script.workload.clone(), through };
        if !reached.contains(&it) {
            reached.push(it);
        }
        following.client = client;
        let mut up = chain.iter().rev();
        if up.any(|(id, at)| down(units, judgements, *id, at + 1, 0, &mut following)) {
            continue;
        }
        // The steps that come after in the same job. Of two that sign in, one may be left out.
        following.client = None;
        for id in later_steps(units, root) {
            down(units, judgements, id, 0, 0, &mut following);
        }
    }
    let is_federated = |it: &Reached| matches!(it.workload.trust, Trust::Federated(_));
    if !reached.iter().any(is_federated) {
        following.notes.retain(|it| !it.caveat.federated);
    }
    following.through = chains.into_iter().flatten().collect();
    (reached, following)
}

/// The workloads for which a platform's file sets what stands at `span` of it.
pub(super) fn set_for(units: &Units<'_>, unit: Id, span: Span) -> Vec<Reached> {
    let mut reached: Vec<Reached> = Vec::new();
    if units.get(unit).script.language != "settings" {
        return reached;
    }
    let sets = |it: &&Unit| it.script.environment.iter().any(|it| it.span.overlaps(span));
    for Unit { script, .. } in units.of(unit.source).iter().filter(sets) {
        // The steps of a job are one workload, each with its own anchors.
        if !reached.iter().any(|it| it.workload.name == script.workload.name) {
            reached.push(Reached { workload: script.workload.clone(), through: Vec::new() });
        }
    }
    reached
}

/// Every way from a workload's own script down to the call, up to [`MOST`].
fn climb(
    units: &Units<'_>,
    calls: &Calls,
    unit: Id,
    at: usize,
    below: &mut Vec<(Id, usize)>,
    chains: &mut Vec<Vec<(Id, usize)>>,
) {
    below.push((unit, at));
    let Unit { script: own, outer, .. } = units.get(unit);
    let is_own = own.workload.path == *units.sources[unit.source].path;
    let edges = match outer {
        _ if below.len() >= DEEPEST => Vec::new(),
        Some(it) => vec![Edge { from: Id { script: it.script, ..unit }, at: it.at }],
        None if is_own => calls.get(&unit.source).cloned().unwrap_or_default(),
        None => Vec::new(),
    };
    let anew = |it: &Edge| {
        (outer.is_some() || it.from.source != unit.source)
            && below.iter().all(|(id, _)| *id != it.from)
    };
    let called: Vec<Edge> = edges.into_iter().filter(anew).collect();
    // A script that something calls is not thought to be run on its own, unless it is said so.
    let stated = matches!(own.workload.trust, Trust::AzureHosted { .. });
    if called.is_empty() || stated && outer.is_none() {
        chains.push(below.iter().rev().copied().collect());
    }
    for edge in called {
        if chains.len() < MOST {
            climb(units, calls, edge.from, edge.at, below, chains);
        }
    }
    below.pop();
}

fn later_steps(units: &Units<'_>, root: Id) -> Vec<Id> {
    let own = &units.get(root).script.workload;
    let of_job = |n: &usize| {
        let Unit { script, outer, .. } = &units.of(root.source)[*n];
        let it = &script.workload;
        outer.is_none() && it.name == own.name && it.platform == own.platform
    };
    let steps = root.script + 1..units.of(root.source).len();
    steps.filter(of_job).map(|script| Id { source: root.source, script }).collect()
}

/// What the calls of a script from `from` on do, with the scripts that they call; and whether
/// another sign-in comes there.
fn down(
    units: &mut Units<'_>,
    judgements: &mut Judgements,
    id: Id,
    from: usize,
    depth: usize,
    following: &mut Following,
) -> bool {
    let judged = judgements.of(units, id);
    let first = judged.partition_point(|it| it.at < from);
    let next = judged[first..].iter().position(|it| {
        let is_next = |(client, block)| following.client == Some(client) && block <= from;
        it.signs_in.is_some_and(is_next)
    });
    let end = next.map_or(judged.len(), |it| first + it);
    for it in &judged[first..end] {
        if following.is_enough() {
            return true;
        }
        following.add(it.follow.as_ref());
        following.note(&it.notes);
    }
    if depth >= DEEPEST {
        return next.is_some();
    }
    let until = judged.get(end).map_or(usize::MAX, |it| it.at);
    let inner: Vec<Id> = nested(units, id, from..until).collect();
    for id in inner {
        down(units, judgements, id, 0, depth + 1, following);
    }
    let unit = units.get(id);
    let of = |call: &Call| target(units, &units.sources[id.source], unit, call);
    let called: Vec<String> = unit.parsed.calls[first..end].iter().filter_map(of).collect();
    for path in called {
        let Some(source) = units.open(&path) else { continue };
        // What a script does, it does as often as it is called.
        if !units.of(source).is_empty() && following.called.insert(source) {
            down(units, judgements, Id { source, script: 0 }, 0, depth + 1, following);
        }
    }
    next.is_some()
}

impl Following {
    fn is_enough(&self) -> bool {
        let says_all = self.more && self.effects.contains(&Effect::Write);
        says_all || self.effects.len() >= JUDGED
    }

    fn note(&mut self, notes: &[Note]) {
        for note in notes {
            if self.notes.len() < LISTED && !self.notes.contains(note) {
                self.notes.push(note.clone());
            }
        }
    }

    fn add(&mut self, follow: Option<&Arc<Follow>>) {
        let Some(follow) = follow else { return };
        self.effects.push(follow.effect);
        if self.commands.contains(follow) {
            return;
        }
        self.more |= self.commands.len() >= LISTED;
        if !self.more {
            self.commands.push(follow.clone());
        }
    }
}

/// The scripts that stand in a part of a script, and are run there.
fn nested<'u>(units: &'u Units<'_>, id: Id, part: Range<usize>) -> impl Iterator<Item = Id> + 'u {
    let is_run = move |unit: &Unit| {
        unit.outer.as_ref().is_some_and(|it| {
            it.script == id.script && part.contains(&it.at) && it.purpose == Purpose::Run
        })
    };
    let all = units.of(id.source).iter().enumerate();
    all.filter(move |(_, it)| is_run(it)).map(move |(script, _)| Id { script, ..id })
}

/// The path of the file that a call runs, if the repository has it.
fn target(units: &Units<'_>, source: &Source, unit: &Unit, call: &Call) -> Option<String> {
    const INTERPRETERS: &[&str] = &[
        "bash",
        "sh",
        "dash",
        "zsh",
        "pwsh",
        "powershell",
        "source",
        ".",
        "&",
        "exec",
        "sudo",
        "time",
    ];
    let word = if INTERPRETERS.contains(&call.name.trim_end_matches(".exe")) {
        let file = |it: &&Word| tail(it).is_some_and(|it| it.contains('.') && !it.starts_with('-'));
        call.arguments.iter().find(file)?
    } else {
        &call.command
    };
    let path = tail(word)?.replace('\\', "/");
    if path.is_empty() || !path.contains('.') && !path.contains('/') {
        return None;
    }
    let folders = folders_of(unit, source, call);
    let mut candidates = folders.iter().filter_map(|it| normal(&format!("{it}/{path}")));
    candidates.find(|it| **it != *source.path && units.has(it))
}
