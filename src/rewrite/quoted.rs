//! A text as the file around it writes it: in JSON a quote is escaped, in a quoted text of YAML doubled.

use super::{NoRewrite, Surroundings, Text, program};
use crate::{
    platform::{self, Repository, Wanted},
    scan::Site,
    text::{Edit, EditSet, Source},
};

/// Of all changed files, so many bytes are read to that end: a file is read for each of its sites.
/// What would take more is left to people.
pub(super) const READ: usize = 256 * 1024 * 1024;

/// How texts are written between quotes.
const WAYS: &[fn(&str) -> String] = &[
    str::to_owned,
    |it| it.replace('\\', r"\\").replace('"', "\\\""),
    |it| it.replace('\'', "''"),
];

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
    let pieces = |it: &str| -> Vec<String> {
        match kept.filter(|it| !it.is_empty()) {
            Some(kept) => it.split(kept).map(str::to_owned).collect(),
            None => vec![it.to_owned()],
        }
    };
    let each = |text: &str, change: &dyn Fn(&str) -> String| {
        let changed: Vec<String> = pieces(text).iter().map(|it| change(it)).collect();
        changed.join(kept.unwrap_or_default())
    };
    let said = text.sample();
    let text = text.map(|it| each(it, &|it| it.replace('$', platform::dollar(source))));
    let meant = text.sample();
    let is_read = |way: &&fn(&str) -> String| {
        around.left.set(around.left.get().saturating_sub(source.raw().len()));
        if around.left.get() == 0 {
            return false;
        }
        let mut edits = EditSet::default();
        let edit = Edit { span: site.call.span, text: each(&meant, way) };
        let changed = edits.add(edit).map(|_| source.with_text(&edits.apply(source.raw())));
        let changed = changed.ok();
        let scripts = changed
            .and_then(|it| platform::scripts(&it, &Repository::default(), &Wanted::ALL).ok());
        let says = |script: &str, text: &str| pieces(text).iter().all(|it| script.contains(it));
        scripts.into_iter().flatten().any(|it| says(&it.text, &said) || says(&it.text, &meant))
    };
    match WAYS.iter().find(is_read) {
        Some(way) => Ok(text.map(|it| each(it, way))),
        None => Err(NoRewrite::Quoted(text.to_string())),
    }
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
