//! What the readers of files share: lists of arguments, languages of shells, variables.

use super::{Variable, environment::Line};
use crate::{
    lang::Expression,
    text::{
        Placed, Source, Span, pattern,
        yaml::{Node, Scalar},
    },
};
use regex::Regex;
use std::sync::LazyLock;

pub(super) fn is_yaml(path: &str) -> bool {
    path.ends_with(".yml") || path.ends_with(".yaml")
}

pub(super) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The expressions of a script, by a pattern whose first group is their name.
pub(super) fn expressions(pattern: &Regex, text: &str) -> Vec<Expression> {
    let found = pattern.captures_iter(text).filter_map(|it| {
        let (all, name) = (it.get(0)?, it.iter().skip(1).flatten().next()?);
        Some(Expression {
            span: Span::new(all.start(), all.end()),
            name: name.as_str().trim().to_owned(),
        })
    });
    found.collect()
}

/// The environment variables that an `env:` mapping sets.
pub(super) fn variables(pattern: &Regex, env: &Node) -> Vec<Variable> {
    env.pairs().iter().filter_map(|(name, value)| assigned(pattern, name, value)).collect()
}

/// The variable that an entry sets.
pub(super) fn assigned(pattern: &Regex, name: &Node, value: &Node) -> Option<Variable> {
    let span = Span::new(name.span.start.min(value.span.start), value.span.end.max(name.span.end));
    let scalar = value.scalar()?;
    let set = variable(pattern, name.text()?, span, &scalar.value, value.span);
    let place = scalar.place.as_ref();
    let held = place.and_then(|_| command(pattern, &scalar.value, || placed(scalar)));
    Some(Variable { command: held, ..set })
}

/// A text, and where it stands; nowhere, if it cannot be mapped, so that it is named as not read.
pub(super) fn placed(scalar: &Scalar) -> Placed {
    Placed { text: scalar.value.clone(), place: scalar.place.clone().unwrap_or_default() }
}

/// Texts that one shell runs, one after another.
pub(super) fn joined<'s>(scalars: impl IntoIterator<Item = &'s Scalar>) -> Placed {
    let mut all = Placed::default();
    for scalar in scalars {
        all.line();
        if let Some(place) = &scalar.place {
            all.place.append(all.text.len(), place);
        }
        all.text.push_str(&scalar.value);
    }
    all
}

/// A list that is a program with its arguments: what a shell among them is to run, or else the
/// command that a shell would write so.
pub(super) fn arguments(source: &Source, items: &[Node]) -> Option<(&'static str, Placed)> {
    const SHELLS: &[&str] =
        &["bash", "sh", "dash", "ash", "zsh", "ksh", "pwsh", "powershell", "cmd"];
    let scalars: Vec<&Scalar> = items.iter().map(Node::scalar).collect::<Option<_>>()?;
    let program = &scalars.first()?.value;
    if program.is_empty() || program.contains(char::is_whitespace) {
        return None;
    }
    let shell = scalars.iter().enumerate().find_map(|(at, it)| {
        let name = it.value.rsplit(['/', '\\']).next()?.trim_end_matches(".exe");
        SHELLS.contains(&name).then(|| (language_of_shell(name), &scalars[at + 1..]))
    });
    if let Some((language, rest)) = shell {
        let is_flag = |it: &&Scalar| {
            let it = it.value.to_ascii_lowercase();
            it.starts_with('-') && it.ends_with('c') || ["-command", "/c"].contains(&it.as_str())
        };
        if let Some(flag) = rest.iter().position(is_flag) {
            let script = rest.get(flag + 1..).filter(|it| !it.is_empty())?;
            // Only the first is bash's script; PowerShell and cmd put all together.
            let script = if language == "bash" { &script[..1] } else { script };
            let mut all = Placed::default();
            for it in script {
                if !all.text.is_empty() {
                    all.text.push(' ');
                }
                all.place.append(all.text.len(), it.place.as_ref()?);
                all.text.push_str(&it.value);
            }
            return Some((language, all));
        }
    }
    let mut all = Placed::default();
    for (node, scalar) in items.iter().zip(scalars) {
        if !all.text.is_empty() {
            all.text.push(' ');
        }
        let is_plain = |it: char| it.is_alphanumeric() || "-_./:=@%+,{}".contains(it);
        let quote = match &scalar.value {
            it if !it.is_empty() && it.chars().all(is_plain) => "",
            it if !it.contains(['"', '\\', '`']) => "\"",
            it if !it.contains('\'') => "'",
            _ => return None,
        };
        // The quotes of the file stand for those of the shell.
        let width = usize::from(source.raw()[node.span.start..].starts_with(['"', '\'']));
        all.escape(quote, node.span.start, width);
        let (start, place) = (all.text.len(), scalar.place.as_ref()?);
        all.place.append(start, place);
        all.text.push_str(&scalar.value);
        all.escape(quote, node.span.end.saturating_sub(width), width);
    }
    Some(("bash", all))
}

/// The lines of a text without their breaks, and where each begins.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut next = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = next;
        next += line.len();
        (start, line.trim_end_matches(['\r', '\n']))
    })
}

/// The language that a text looks like, where nothing else says it.
pub(super) fn language_of_text(text: &str) -> &'static str {
    // Only PowerShell begins commands so.
    static POWERSHELL: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?m)\$env:|(?:^|[;{(|])\s*(?:\$[\w:]+\s*=\s*)?(?:[A-Z][a-z]+-[A-Z]|(?i:(?:connect|login|add)-az))\w+",
        )
    });
    static BATCH: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?mi)^\s*@echo off|%[a-z_]\w*%"));
    match text.strip_prefix("#!").and_then(|it| it.lines().next()) {
        Some(interpreter) => language_of_shell(interpreter),
        None if POWERSHELL.is_match(text) => "powershell",
        None if BATCH.is_match(text) => "batch",
        None => "bash",
    }
}

/// The language of the shell that a file chooses for its scripts.
pub(super) fn language_of_shell(shell: &str) -> &'static str {
    const SHELLS: &[(&str, &str)] = &[
        ("pwsh", "powershell"),
        ("powershell", "powershell"),
        ("cmd", "batch"),
        ("python", "python"),
        ("perl", "perl"),
    ];
    let shell = shell.to_ascii_lowercase();
    SHELLS.iter().find(|(name, _)| shell.contains(name)).map_or("bash", |(_, language)| language)
}

/// A variable that is set to `value`, which stands at `place` of the file.
pub(super) fn variable(
    pattern: &Regex,
    name: &str,
    span: Span,
    value: &str,
    place: Span,
) -> Variable {
    let from = expressions(pattern, value).into_iter().next().map(|it| it.name);
    let literal = (from.is_none() && !value.is_empty()).then_some(place);
    let is_as_written = value.len() == place.end - place.start;
    let text = || {
        let mut text = Placed::default();
        text.push(value, place.start);
        text
    };
    let held = if is_as_written { command(pattern, value, text) } else { None };
    Variable { name: name.to_owned(), span, from, literal, command: held }
}

/// No sign-in is longer. Each script that runs one reads it again.
const LONGEST_SIGN_IN: usize = 1000;

/// The sign-in that a variable holds, with where that stands.
fn command(reference: &Regex, value: &str, placed: impl FnOnce() -> Placed) -> Option<Box<Line>> {
    static SIGN_IN: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)^\s*(?:[@&-]\s*|(?:call|exec|sudo)\s+)*(?:az(?:\.cmd)?\s+login|(?:add|connect|login)-az\w+)\s",
        )
    });
    if value.len() > LONGEST_SIGN_IN || !SIGN_IN.is_match(value) {
        return None;
    }
    let (text, expressions) = (placed(), expressions(reference, value));
    Some(Box::new(Line { text, expressions }))
}

/// The start of the line that holds `offset`.
pub(super) fn line_start(source: &Source, offset: usize) -> usize {
    source.whole_lines(Span::at(offset)).start
}

/// What stands before `offset` on its line, with a blank for whatever is none.
pub(super) fn indent_of(source: &Source, offset: usize) -> String {
    let line = &source.raw()[line_start(source, offset)..offset];
    line.chars().map(|it| if it == '\t' { '\t' } else { ' ' }).collect()
}

/// Longer expressions are taken for ones that do not end, so that many such cost little.
const LONGEST: usize = 4096;

/// The length of `${…}`, with the braces inside.
pub(super) fn braces(rest: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, it) in rest.char_indices().take(LONGEST) {
        depth += i32::from(it == '{') - i32::from(it == '}');
        if it == '}' && depth == 0 {
            return Some(at + 1);
        }
    }
    None
}
