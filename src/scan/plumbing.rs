//! Where the user's name and password come from, within a script and from what feeds it.

use super::{
    Origin, Related,
    callers::Chain,
    units::{Id, Unit, Units},
};
use crate::{
    detect::{Class, Login},
    lang::{Assignment, Parsed, Part, Value, Word},
    platform::{self, Workload},
    text::{Source, Span},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Assignments further back than this are not followed.
const DEEPEST: usize = 6;

/// More alternatives than these are not followed.
const WAYS: usize = 4;

/// The cmdlet that makes a password of a text that is written out.
const SECURE_STRING: &str = "convertto-securestring";

/// The lines of the file that bring the name and the password to the call.
pub(super) fn related(unit: &Unit, source: &Source, login: &Login<'_>, at: Span) -> Vec<Related> {
    let parsed = &unit.parsed;
    let mut found: Vec<(&'static str, Span)> = Vec::new();
    for (role, word) in words(login) {
        let mut add = |it: &Assignment| found.push((role, it.span));
        assignments(word, at.start, parsed, 0, &mut BTreeSet::new(), &mut add);
    }
    let place = &unit.script.place;
    let mut spans: Vec<(&'static str, Span)> =
        found.into_iter().filter_map(|(role, span)| Some((role, place.outer(span)?))).collect();
    // What the platform's file sets for the script stands in that same file.
    for (role, name) in read(login, at, parsed) {
        spans.extend(unit.script.environment.named(plain(&name)).next().map(|it| (role, it.span)));
    }
    spans.sort_by_key(|(_, span)| *span);
    spans.dedup_by_key(|(_, span)| *span);
    let of = |(role, span): (&'static str, Span)| Related {
        role,
        span,
        start: source.position(span.start),
        end: source.position(span.end),
    };
    spans.into_iter().map(of).collect()
}

/// Where the password is written out, in the script.
pub(super) fn secrets<'p>(login: &Login<'p>, at: Span, parsed: &'p Parsed) -> Vec<Span> {
    let mut spans = Vec::new();
    let Some(word) = login.secret else { return spans };
    let mut within = vec![word.span];
    if word.literal().is_some() {
        spans.extend(word.literals());
    }
    // What is passed on as it is, from one name to the next, is the password; what a cmdlet is
    // given to find a credential by is the credential's name, and no secret.
    let mut passed_on: Vec<&str> = word.variable().into_iter().collect();
    for secure in parsed.calls.iter().filter(|it| it.name == SECURE_STRING) {
        passed_on.extend(secure.arguments.iter().filter_map(Word::variable));
    }
    let mut add = |it: &'p Assignment| {
        within.push(it.value.span);
        if passed_on.contains(&it.name.as_str()) {
            if it.value.literal().is_some() {
                spans.extend(it.value.literals());
            }
            passed_on.extend(it.value.variable());
        }
    };
    assignments(word, at.start, parsed, 0, &mut BTreeSet::new(), &mut add);
    for secure in parsed.calls.iter().filter(|it| it.name == SECURE_STRING) {
        if within.iter().any(|it| it.contains(secure.span)) {
            spans.extend(
                secure
                    .arguments
                    .iter()
                    .find(|it| it.literals().len() == 1 && !is_option(it))
                    .map(Word::literals)
                    .unwrap_or_default(),
            );
        }
    }
    spans
}

fn is_option(word: &Word) -> bool {
    word.literal().is_some_and(|it| it.starts_with('-'))
}

/// Secrets and variables of the platforms that feed a sign-in, along the scripts that lead to it. Thousands
/// may feed each of hundreds of sign-ins, so what is `known` of one is shared.
pub(super) fn origins(
    units: &Units<'_>,
    unit: Id,
    at: Span,
    reads: &[(&'static str, String)],
    chains: &[Chain],
    known: &mut BTreeSet<Arc<Origin>>,
) -> Vec<Arc<Origin>> {
    let own = &units.get(unit).script;
    // What nests in a script is given that script's own variables as well. What a variable of the platform
    // holds is not in the script that runs it.
    let is_held = units.get(unit).outer.as_ref().is_some_and(|it| it.is_held);
    let platform = if is_held { own } else { &units.outermost(unit).script };
    // What a setting reads, nothing in its own file gives.
    let is_setting = own.language == "settings";
    let through: BTreeSet<Id> = chains.iter().flatten().map(|(id, _)| *id).collect();
    let mut found = BTreeSet::new();
    for (role, name) in reads {
        // What the caller gives goes by the name that the caller has for it.
        let gives =
            |id: &Id| *id != unit && units.get(*id).script.environment.get(plain(name)).is_some();
        let is_read = is_setting || platform.expressions.iter().any(|it| it.name == *name);
        if is_read && !through.iter().any(gives) {
            found.insert(origin(units, unit, role, name, own.place.outer(at)));
        }
        for id in &through {
            for variable in units.get(*id).script.environment.named(plain(name)) {
                let from = variable.from.as_deref().unwrap_or(&variable.name);
                found.insert(origin(units, *id, role, from, Some(variable.span)));
            }
        }
        // What nothing on the way sets, the platform does.
        let sets = |id: &Id| {
            let Unit { script, parsed, .. } = units.get(*id);
            let is_it = |it: &Assignment| it.name == *name;
            parsed.assignments.iter().any(is_it) || script.environment.get(plain(name)).is_some()
        };
        let is_named = plain(name).starts_with(|it: char| it.is_ascii_alphabetic());
        let mut around = chains.iter().filter_map(|it| it.first());
        if is_named
            && around.any(|(id, _)| keeps_variables(&units.get(*id).script.workload))
            && !is_read
            && !through.iter().chain([&unit]).any(sets)
        {
            found.insert(origin(units, unit, role, plain(name), own.place.outer(at)));
        }
    }
    let shared = |it: Origin| {
        let shared = known.get(&it).cloned().unwrap_or_else(|| Arc::new(it));
        known.insert(shared.clone());
        shared
    };
    found.into_iter().map(shared).collect()
}

fn keeps_variables(workload: &Workload) -> bool {
    platform::by_name(workload.platform).is_some_and(|it| it.keeps_variables)
}

/// Where the files of platforms write out the values that feed sign-ins.
pub(super) fn literals<'o>(
    units: &Units<'_>,
    origins: impl Iterator<Item = &'o Arc<Origin>>,
) -> Vec<(String, Span)> {
    let mut names: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for origin in origins.filter(|it| it.role != USER) {
        names.entry(&origin.path).or_default().insert(&origin.name);
    }
    let mut found = Vec::new();
    for (path, names) in names {
        let variables = units.at_path(path).into_iter().flat_map(|it| units.variables(it));
        let spans = variables.filter(|it| names.contains(&*it.name)).filter_map(|it| it.literal);
        found.extend(spans.map(|it| (path.to_owned(), it)));
    }
    found
}

/// A script that stands in another is fed by that one, too: adds what does it there.
pub(super) fn outer(
    units: &Units<'_>,
    unit: Id,
    reads: &mut Vec<(&'static str, String)>,
    related_lines: &mut Vec<Related>,
    spans: &mut Vec<Span>,
) {
    let source = &units.sources[unit.source];
    let mut id = unit;
    while let Some(outer) = &units.get(id).outer {
        let at = Span::at(outer.at);
        id.script = outer.script;
        let around = units.get(id);
        for (role, name) in reads.clone() {
            let part = Part { span: at, value: Value::Variable(name) };
            let word = Word { span: at, parts: vec![part] };
            let (user, secret) =
                if role == USER { (Some(&word), None) } else { (None, Some(&word)) };
            let login = Login {
                user,
                secret,
                class: Class::UserIdentity,
                doubt: None,
                cloud: None,
                obstacle: None,
            };
            let parsed = &around.parsed;
            related_lines.extend(related(around, source, &login, at));
            let place = &around.script.place;
            spans.extend(secrets(&login, at, parsed).into_iter().filter_map(|it| place.outer(it)));
            reads.extend(
                read(&login, at, parsed)
                    .into_iter()
                    .filter(|it| it.1 != word.variable().unwrap_or_default()),
            );
        }
        reads.sort();
        reads.dedup();
    }
}

const USER: &str = "user";

fn words<'l>(login: &Login<'l>) -> impl Iterator<Item = (&'static str, &'l Word)> {
    [(USER, login.user), ("password", login.secret)]
        .into_iter()
        .filter_map(|(role, word)| Some((role, word?)))
}

/// The names that the sign-in reads, directly or through assignments.
pub(super) fn read(login: &Login<'_>, at: Span, parsed: &Parsed) -> Vec<(&'static str, String)> {
    let mut names = Vec::new();
    for (role, word) in words(login) {
        names.extend(word.reads().into_iter().map(|it| (role, it.to_owned())));
        let mut add = |it: &Assignment| {
            names.extend(it.value.reads().into_iter().map(|name| (role, name.to_owned())))
        };
        assignments(word, at.start, parsed, 0, &mut BTreeSet::new(), &mut add);
    }
    names
}

/// The assignments to what a word reads, and to what those read.
fn assignments<'p>(
    word: &Word,
    before: usize,
    parsed: &'p Parsed,
    depth: usize,
    seen: &mut BTreeSet<String>,
    add: &mut dyn FnMut(&'p Assignment),
) {
    for name in word.reads() {
        if depth == DEEPEST || !seen.insert(name.to_owned()) {
            continue;
        }
        let named = |it: &&Assignment| it.name == *name && it.span.start < before;
        let mut before = before;
        for assignment in parsed.assignments.iter().rev().filter(named).take(WAYS) {
            add(assignment);
            assignments(&assignment.value, before, parsed, depth + 1, seen, add);
            // One that is always made leaves nothing of those before it.
            let leaves = |branch: Span| !branch.contains(Span::at(before));
            if !assignment.adds && !assignment.branch.is_some_and(leaves) {
                break;
            }
            before = assignment.span.start;
        }
    }
}

/// `DEPLOY_PASSWORD` is `$DEPLOY_PASSWORD` in bash and `$env:DEPLOY_PASSWORD` in PowerShell.
fn plain(read: &str) -> &str {
    read.strip_prefix("env:").unwrap_or(read)
}

fn origin(units: &Units<'_>, unit: Id, role: &'static str, name: &str, at: Option<Span>) -> Origin {
    let source = &units.sources[unit.source];
    let line = at.map_or(1, |it| source.position(it.start).line);
    Origin { role, name: name.to_owned(), path: source.path.to_string(), line }
}
