//! A text as the file around it writes it: in JSON a quote is escaped, in a quoted text of YAML doubled.

use super::{NoRewrite, Text};
use crate::{
    platform::{self, Repository, Wanted},
    scan::Site,
    text::{Edit, EditSet, Source},
};

/// How texts are written between quotes.
const WAYS: &[fn(&str) -> String] = &[
    str::to_owned,
    |it| it.replace('\\', r"\\").replace('"', "\\\""),
    |it| it.replace('\'', "''"),
];

/// What is to stand in the place of a call. The reader of the file says which way is right: in what
/// it makes of the changed file, the text stands as it is meant.
pub(super) fn as_there(site: &Site, source: &Source, text: Text) -> Result<Text, NoRewrite> {
    if !site.call.embedded {
        return Ok(text);
    }
    let said = text.sample();
    let text = text.map(|it| it.replace('$', platform::dollar(source)));
    let meant = text.sample();
    let is_read = |way: &&fn(&str) -> String| {
        let mut edits = EditSet::default();
        let edit = Edit { span: site.call.span, text: way(&meant) };
        let changed = edits.add(edit).map(|_| source.with_text(&edits.apply(source.raw())));
        let changed = changed.ok();
        let scripts = changed
            .and_then(|it| platform::scripts(&it, &Repository::default(), &Wanted::ALL).ok());
        scripts.into_iter().flatten().any(|it| it.text.contains(&said) || it.text.contains(&meant))
    };
    match WAYS.iter().find(is_read) {
        Some(way) => Ok(text.map(*way)),
        None => Err(NoRewrite::Quoted(text.to_string())),
    }
}
