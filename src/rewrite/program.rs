//! Credentials of programs: the constructor, and what the file imports it by.

use super::{Draft, NoRewrite, Text, arguments, layout, plumbing::words};
use crate::{
    lang::{self, Parsed},
    platform::Safety,
    scan::Site,
    text::{Source, Span},
};

/// What credentials of a user's name and password are called, with what stands before or after it
/// in the names of what belongs to them: `New…`, `…Builder`, `…Options`.
const OLD: &str = "UsernamePasswordCredential";

/// Scripts run commands, and programs make objects.
pub(super) fn is_one(language: &str) -> bool {
    !matches!(language, "bash" | "batch" | "powershell" | "settings")
}

/// Whether a program holds the script that signs in, as one of its texts.
pub(super) fn holds(site: &Site, source: &Source) -> bool {
    let of_file = lang::of_file(&source.path, source.raw()).filter(|it| is_one(it.name));
    of_file.is_some() && !is_one(site.language)
}

/// What the constructor is named behind: `azidentity.`; templates name what belongs to it so, too.
pub(super) fn qualifier<'s>(site: &Site, source: &'s Source) -> &'s str {
    let call = &source.raw()[site.call.span.start..site.call.span.end];
    let named = call.find(OLD).map_or("", |at| &call[..at]);
    let start = named.rfind(|it: char| !it.is_alphanumeric() && it != '_' && it != '.');
    let path = start.map_or(named, |it| &named[it + 1..]);
    &path[..path.rfind('.').map_or(0, |it| it + 1)]
}

/// The arguments of a command become others.
pub(super) fn listed(
    site: &Site,
    source: &Source,
    text: &Text,
    signs_in: bool,
) -> Result<Vec<Draft>, NoRewrite> {
    let (span, text) = arguments::listed(site, source, text, signs_in)?;
    left_unread(site, source.raw(), &text)?;
    let (path, safety) = (site.path.clone(), Safety::Review(REVIEW.to_owned()));
    Ok(vec![Draft { path, span, text, safety, set: 0 }])
}

/// Go compiles no variable and no import that nothing reads.
fn left_unread(site: &Site, raw: &str, text: &Text) -> Result<(), NoRewrite> {
    match unread(raw, site.call.span).filter(|_| site.language == "go") {
        None => Ok(()),
        Some(left) => Err(NoRewrite::Program(format!(
            "nothing else reads {left}, and Go compiles nothing that is not read: take it out, and put {text} in the place of the call"
        ))),
    }
}

/// The constructor becomes another one, and so does its name wherever the file says it.
pub(super) fn edits(site: &Site, source: &Source, text: &Text) -> Result<Vec<Draft>, NoRewrite> {
    let raw = source.raw();
    let call = site.call.span;
    let unknown = || NoRewrite::NoTemplate(format!("{} in {}", site.rule.client, site.language));
    let parsed = lang::by_name(site.language).ok_or_else(unknown)?.parse(raw, &[]);
    let names = names(raw, &parsed);
    let name = *names.iter().find(|it| call.contains(**it)).ok_or_else(unknown)?;
    let is_made = |it: &&Span| raw[it.end..].trim_start().starts_with('(');
    let others: Vec<Span> = names.iter().filter(|it| !call.contains(**it)).copied().collect();
    if others.iter().filter(is_made).count() > 0 {
        return Err(NoRewrite::Program(format!(
            "the file makes several credentials of a name and password: put {text} in the place of each, and import its name"
        )));
    }
    left_unread(site, raw, text)?;
    let text = text.clone().map(|it| in_quotes_of(raw, site.language, it));
    let text = layout::chain(text, &raw[name.start..call.end]);
    let new = class(&text).ok_or_else(unknown)?;
    let draft = |span, text| Draft {
        path: site.path.clone(),
        span,
        text,
        safety: Safety::Review(REVIEW.to_owned()),
        set: 0,
    };
    let module = MODULES.iter().find(|(_, says)| text.to_string().contains(says));
    let mut drafts = vec![draft(Span::new(name.start, call.end), text)];
    // What a template takes of a language's own modules is imported, too.
    if let Some((module, _)) = module.filter(|_| site.language == "python")
        && !parsed.imports.iter().any(|it| it.module == *module)
    {
        let first =
            parsed.imports.iter().find(|it| it.module != "__future__").ok_or_else(unknown)?;
        let line = source.whole_lines(first.span);
        let indent = &raw[line.start..first.span.start];
        let import = format!("{indent}import {module}{}", source.line_break());
        drafts.push(draft(Span::at(line.start), Text::known(import)));
    }
    for it in others {
        let renamed = raw[it.start..it.end].replace(OLD, &new);
        drafts.push(draft(it, Text::known(renamed)));
    }
    Ok(drafts)
}

/// Modules of Python, and what shows that a text takes something of them.
const MODULES: &[(&str, &str)] = &[("os", "os.environ")];

pub(super) const REVIEW: &str = "a program is changed: build it, and run its tests";

/// Where the file says the name in its code: in no comment and no string.
fn names(raw: &str, parsed: &Parsed) -> Vec<Span> {
    let is_letter = |it: char| it.is_alphanumeric() || it == '_';
    let word = |at: usize| {
        let start = raw[..at]
            .rfind(|it| !is_letter(it))
            .map_or(0, |it| it + raw[it..].chars().next().map_or(1, char::len_utf8));
        let end = raw[at..].find(|it| !is_letter(it)).map_or(raw.len(), |it| at + it);
        Span::new(start, end)
    };
    let is_said = |it: &Span| {
        let texts = parsed.texts.iter().map(|it| it.span);
        texts.chain(parsed.comments.iter().copied()).any(|around| around.contains(*it))
    };
    let mut names: Vec<Span> =
        raw.match_indices(OLD).map(|(at, _)| word(at)).filter(|it| !is_said(it)).collect();
    names.dedup();
    names
}

/// The class that a constructor makes, without what belongs to its name alone in some languages.
fn class(text: &Text) -> Option<String> {
    let said = text.to_string();
    let name = said.split('(').next()?.trim();
    let name = name.strip_prefix("New").unwrap_or(name);
    Some(name.trim_end_matches("Builder").to_owned())
}

/// What of the call's arguments nothing else in the file reads: a variable, or an import.
fn unread(raw: &str, call: Span) -> Option<String> {
    let is_letter = |it: char| it.is_alphanumeric() || it == '_';
    let words = |text: &str| -> Vec<String> { words(text).map(|(_, it)| it.to_owned()).collect() };
    let arguments = raw[call.start..call.end].split_once('(')?.1;
    let around = words(&[&raw[..call.start], &raw[call.end..]].concat());
    let is_read = |it: &String| {
        // Once where it is made, and once more where it is read.
        around.iter().filter(|word| *word == it).count() != 1
    };
    // What stands between quotes is no name, and what stands behind a dot belongs to one.
    let named: String = arguments.split('"').step_by(2).collect::<Vec<_>>().join(" ");
    let pieces = named.split('.').enumerate();
    let own = pieces.map(|(at, it)| match at {
        0 => it,
        _ => it.trim_start_matches(is_letter),
    });
    words(&own.collect::<Vec<_>>().join(" "))
        .into_iter()
        .filter(|it| it != "nil")
        .find(|it| !is_read(it))
}

/// The text with the quotes that the file has.
pub(super) fn in_quotes_of(raw: &str, language: &str, text: &str) -> String {
    let count = |quote: char| raw.matches(quote).count();
    match matches!(language, "python" | "javascript") && count('\'') > count('"') {
        true => text.replace('"', "'"),
        false => text.to_owned(),
    }
}
