//! A text as the file around it writes it: in JSON a quote is escaped, in a quoted text of YAML doubled,
//! and in a list of words each has a place of its own.

use super::{NoRewrite, Surroundings, Text, program};
use crate::{
    lang::Expression,
    platform::{self, Repository, Script, Wanted},
    scan::Site,
    text::{Edit, EditSet, Source, pattern},
};
use regex::Regex;
use std::sync::LazyLock;

/// Of all changed files, so many bytes are read to that end: a file is read for each of its sites.
/// What would take more is left to people.
pub(super) const READ: usize = 256 * 1024 * 1024;

/// How texts are written between quotes; the last but one where a dollar sign is one of Groovy.
const WAYS: &[fn(&str) -> String] = &[
    str::to_owned,
    |it| it.replace('\\', r"\\").replace('"', "\\\""),
    |it| it.replace('\\', r"\\").replace('"', "\\\"").replace('$', r"\$"),
    |it| it.replace('\'', "''"),
];

/// `az", "login`, `az, login`, or each on a line of its own: what divides words that are items of a list.
static DIVIDED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"^[\w./\\-]+(["']?(?:\s*,\s*|\s*\n\s*-\s+)["']?)[\w-]"#));

/// What is to stand in the place of a call. The reader of the file says which way is right: in what
/// it makes of the changed file, the text stands as it is meant. `kept` is a part of it that stands in
/// the file so already.
pub(super) fn as_there(
    site: &Site,
    source: &Source,
    text: Text,
    kept: Option<&str>,
    around: &Surroundings<'_>,
) -> Result<Text, NoRewrite> {
    if !site.call.embedded {
        return Ok(text);
    }
    if program::holds(site, source) {
        return bare(&text, kept).ok_or_else(|| NoRewrite::Quoted(text.to_string()));
    }
    let kept = kept.filter(|it| !it.is_empty());
    let pieces = |it: &str| -> Vec<String> {
        match kept {
            Some(kept) => it.split(kept).map(str::to_owned).collect(),
            None => vec![it.to_owned()],
        }
    };
    let each = |text: &str, change: &dyn Fn(&str) -> String| {
        let changed: Vec<String> = pieces(text).iter().map(|it| change(it)).collect();
        changed.join(kept.unwrap_or_default())
    };
    let is_read = |written: &str, meant: &[Vec<String>]| {
        around.left.set(around.left.get().saturating_sub(source.raw().len()));
        around.left.get() > 0 && is_read(site, source, written, meant)
    };
    let call = &source.raw()[site.call.span.start..site.call.span.end];
    let said = text.sample();
    if let Some(divided) = DIVIDED.captures(call) {
        // No shell takes quotes away between them, or puts anything in.
        let listed =
            text.clone().map(|it| each(it, &|it| it.replace('"', "").replace(' ', &divided[1])));
        let plain: Vec<String> =
            pieces(&said).iter().map(|it| it.replace('"', "").trim().to_owned()).collect();
        let is_plain = !pieces(&said).concat().contains('$');
        let is_listed = is_plain && is_read(&listed.sample(), &[plain]);
        return is_listed.then_some(listed).ok_or(NoRewrite::Quoted(text.to_string()));
    }
    let text = text.map(|it| each(it, &|it| it.replace('$', platform::dollar(source))));
    let meant = text.sample();
    let fits =
        |way: &&fn(&str) -> String| is_read(&each(&meant, way), &[pieces(&said), pieces(&meant)]);
    match WAYS.iter().find(fits) {
        Some(way) => Ok(text.map(|it| each(it, way))),
        None => Err(NoRewrite::Quoted(text.to_string())),
    }
}

/// Whether the reader of a file finds one of the texts in it, each in pieces, once the call is written so.
fn is_read(site: &Site, source: &Source, written: &str, meant: &[Vec<String>]) -> bool {
    let span = site.call.span;
    let mut edits = EditSet::default();
    if edits.add(Edit { span, text: written.to_owned() }).is_err() {
        return false;
    }
    let changed = source.with_text(&edits.apply(source.raw()));
    let scripts = platform::scripts(&changed, &Repository::default(), &Wanted::ALL);
    let call = &source.raw()[span.start..span.end];
    // All of a file is no text in it.
    let mut scripts = scripts.into_iter().flatten().filter(|it| it.language != "settings");
    scripts
        .any(|script| meant.iter().any(|pieces| pieces.iter().all(|it| holds(&script, it, call))))
}

/// Whether a script holds a text, in which its platform puts nothing but what it put into the call.
fn holds(script: &Script, meant: &str, call: &str) -> bool {
    script.text.match_indices(meant).any(|(at, _)| {
        let is_within = |it: &&Expression| it.span.start < at + meant.len() && at < it.span.end;
        let mut put_in = script.expressions.iter().filter(is_within);
        put_in.all(|it| {
            script.text.get(it.span.start..it.span.end).is_some_and(|it| call.contains(it))
        })
    })
}

/// The text as it stands in a literal of a program and is what it is in any shell: without quotes, if
/// nothing in it needs them.
fn bare(text: &Text, kept: Option<&str>) -> Option<Text> {
    const SIGNS: &[char] = &['"', '\'', '`', '$', '%', '\\', '(', '{'];
    let text = text.clone().map(|it| match kept {
        Some(kept) if it.contains(kept) => it.to_owned(),
        _ => it.replace('"', ""),
    });
    let said = text.sample();
    let own = kept.map_or(said.clone(), |it| said.replace(it, ""));
    (!own.contains(SIGNS)).then_some(text)
}
