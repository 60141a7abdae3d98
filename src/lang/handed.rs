//! Functions and aliases of a script that hand what they are given on to another command:
//! `run() { "$@"; }`, `alias login='az login'`.

use super::{
    Assignment, Call, Parsed, Word,
    functions::Function,
    nested::{Given, basename, interpreter, shows},
    options::{after, first_literal, split},
};
use std::collections::{BTreeMap, BTreeSet};

/// A function that only hands on is short: no more calls of one are looked at.
const LONGEST: usize = 100;

/// What stands in the place of a name is as short: it is put there as often as the name is used.
const MOST_WORDS: usize = 20;

/// Names that stand for each other further than this are not followed.
const DEEPEST: usize = 4;

/// By their names, in lower case.
#[derive(Default)]
pub(super) struct Handed {
    /// What stands in the place of the name.
    commands: BTreeMap<String, Vec<Word>>,
    /// Functions that run the text that they are given.
    runs: BTreeSet<String>,
}

impl Handed {
    pub(super) fn new(parsed: &Parsed) -> Handed {
        let mut handed = Handed::default();
        for function in &parsed.functions {
            let first = parsed.calls.partition_point(|it| it.span.start < function.body.start);
            let inside = parsed.calls[first..].iter().take(LONGEST);
            let inside = inside.take_while(|it| it.span.start < function.body.end);
            let name = function.name.to_ascii_lowercase();
            for call in inside.filter(|it| !is_shown(it)) {
                if runs_text(call) {
                    handed.runs.insert(name.clone());
                } else if let Some(command) = before_all(call, function, parsed)
                    && !command.first().is_some_and(|it| it.is(&function.name))
                {
                    handed.commands.entry(name.clone()).or_insert(command);
                }
            }
        }
        handed.commands.extend(parsed.calls.iter().filter_map(alias));
        handed.commands.retain(|_, words| words.len() <= MOST_WORDS);
        handed
    }

    /// What stands in the place of a command's name; nothing at all, where its first argument is the
    /// command.
    pub(super) fn command(&self, command: &Word) -> Option<Vec<Word>> {
        let named = |it: &Word| self.commands.get(&it.literal()?.to_ascii_lowercase());
        let mut words = named(command)?.clone();
        for _ in 1..DEEPEST {
            let Some(more) = words.first().and_then(named) else { break };
            words.splice(..1, more.iter().cloned());
        }
        Some(words)
    }

    /// Whether a call is given a text that is run.
    pub(super) fn runs(&self, call: &Call) -> bool {
        call.command.literal().is_some_and(|it| self.runs.contains(&it.to_ascii_lowercase()))
    }
}

fn is_shown(call: &Call) -> bool {
    call.command.literal().is_some_and(|it| shows(&basename(&it)))
}

/// All that a function is given: `"$@"`, `@args`, and a parameter that is splatted.
fn is_all(word: &Word, function: &Function, parsed: &Parsed) -> bool {
    let is_parameter = |name: &str| {
        let first = parsed.assignments.partition_point(|it| it.span.start < function.body.start);
        let mut inside = parsed.assignments[first..].iter().take(LONGEST);
        let is_one = |it: &Assignment| {
            it.branch == Some(it.span) || it.value.span.start == it.value.span.end
        };
        inside.any(|it| it.name == name && function.body.contains(it.span) && is_one(it))
    };
    match word.variable() {
        Some("@" | "*" | "@args" | "args") => true,
        Some(it) => it.strip_prefix('@').is_some_and(is_parameter),
        None => false,
    }
}

/// What a call has before all that its function is given.
fn before_all(call: &Call, function: &Function, parsed: &Parsed) -> Option<Vec<Word>> {
    let words = || std::iter::once(&call.command).chain(&call.arguments);
    let at = words().position(|it| is_all(it, function, parsed))?;
    Some(words().take(at).cloned().collect())
}

/// `eval "$1"`, `bash -c "$*"`
fn runs_text(call: &Call) -> bool {
    let is_given = |it: &Word| it.reads().iter().any(|it| matches!(*it, "@" | "*" | "1"));
    if call.command.is("eval") {
        return call.arguments.iter().any(is_given);
    }
    let words: Vec<&Word> = std::iter::once(&call.command).chain(&call.arguments).collect();
    matches!(interpreter(&words), Some((_, Given::Text(it))) if it.iter().any(is_given))
}

/// `alias name='command'`, `Set-Alias name command`. One with options is a text of its own.
fn alias(call: &Call) -> Option<(String, Vec<Word>)> {
    let name = call.command.literal()?.to_ascii_lowercase();
    match name.as_str() {
        "alias" => {
            let (name, text) = defined(call)?;
            let words = split(&text);
            (!words.iter().any(is_option)).then_some((name, words))
        }
        "set-alias" | "new-alias" | "sal" | "nal" => {
            let mut words = call.arguments.iter().filter(|it| !is_option(it));
            let name = words.next()?.literal()?.to_ascii_lowercase();
            Some((name, vec![words.next()?.clone()]))
        }
        _ => None,
    }
}

/// The text of an alias that has options, and so may be a whole command.
pub(super) fn aliased(call: &Call) -> Option<Word> {
    let (_, text) = defined(call).filter(|_| call.command.is("alias"))?;
    split(&text).iter().any(is_option).then_some(text)
}

/// The name and the text in `name='text'`.
fn defined(call: &Call) -> Option<(String, Word)> {
    let given = call.arguments.first()?;
    let said = first_literal(given)?;
    let end = said.find('=')?;
    Some((said[..end].to_ascii_lowercase(), after(given, end + 1)))
}

fn is_option(word: &Word) -> bool {
    first_literal(word).is_some_and(|it| it.starts_with('-'))
}
