//! Settings that say as whom something signs in: `AZURE_USERNAME=…`, `ad_user: …`.
//!
//! A template is called like the setting whose place it takes. Each of its lines is another
//! setting, which is written as the one was; a setting whose template is empty goes away.

use super::{
    NoRewrite, Text,
    plumbing::{Line, with_header},
    taken_out,
};
use crate::{
    lang,
    scan::Site,
    text::{Source, Span, pattern},
};
use regex::Regex;
use std::sync::LazyLock;

/// What may stand before a setting on its line, and after it.
static BEFORE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"^\s*(?:-\s+)?(?:export\s+|set\s+"?)?(?:\$env:)?["']?$"#));
static AFTER: LazyLock<Regex> = LazyLock::new(|| pattern(r#"^["']?[,;]?\s*(?:#.*)?$"#));

/// A part of a file, in which the settings above belong to something else.
static SECTION: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*\["));

/// What takes the place of the setting of that name.
pub(super) struct Template {
    pub(super) name: String,
    /// It is an entry of YAML, and no variable of an environment.
    pub(super) is_entry: bool,
    pub(super) text: Text,
}

/// A setting that has its lines for itself.
#[derive(Clone)]
struct Entry {
    name: String,
    lines: Span,
    value: Span,
}

/// Edits that put `templates` where the site's settings are.
pub(super) fn edits(
    site: &Site,
    source: &Source,
    templates: &[Template],
) -> Result<Vec<(Span, Text)>, NoRewrite> {
    let unknown = || NoRewrite::NoTemplate(format!("{} in {}", site.rule.client, site.language));
    let raw = source.raw();
    let language = lang::by_name(site.language).filter(|_| !site.call.embedded);
    let parsed = language.ok_or_else(unknown)?.parse(raw, &[]);
    let all: Vec<Entry> = parsed.settings().filter_map(|it| entry(&it, source)).collect();
    let fits = |it: &Entry, template: &Template| {
        let is_entry = raw[it.lines.start..it.value.start].contains(':');
        template.name.eq_ignore_ascii_case(&it.name) && (is_entry || !template.is_entry)
    };
    let is_own = |it: &&Entry| {
        source.whole_lines(site.span) == it.lines && templates.iter().any(|of| fits(it, of))
    };
    let own = all.iter().find(is_own).ok_or_else(unknown)?;
    let near = |name: &str| {
        let beside = all.iter().filter(|it| it.name.eq_ignore_ascii_case(name));
        let beside = beside.filter(|it| is_beside(source, own, it));
        beside.min_by_key(|it| it.lines.start.abs_diff(own.lines.start))
    };
    let mut edits: Vec<(Entry, Text)> = Vec::new();
    for template in templates {
        let Some(old) = near(&template.name).filter(|it| fits(it, template)) else { continue };
        let mut text = Text::known("");
        for (new, value) in template.text.settings() {
            match near(&new).filter(|it| it.lines != old.lines) {
                // It is there already, and says something else.
                Some(it) => edits.push((it.clone(), written(it, source, &new, &value, true)?)),
                None => {
                    let more = written(old, source, &new, &value, text.is_empty())?;
                    text = text.followed(more);
                }
            }
        }
        edits.push((old.clone(), text));
    }
    // JSON ends a list with no comma.
    let is_open = |it: &Entry| raw[it.lines.start..it.lines.end].trim_end().ends_with(',');
    if source.path.ends_with(".json") && !edits.iter().all(|(it, _)| is_open(it)) {
        return Err(unknown());
    }
    let gone: Vec<Line> = edits
        .iter()
        .filter(|(_, text)| text.is_empty())
        .map(|(it, _)| Line::new(source, it.lines, &it.name))
        .collect();
    let of = |(it, text): (Entry, Text)| match gone.iter().find(|line| line.span() == it.lines) {
        Some(line) => {
            (with_header(source, line, |_, span| gone.iter().any(|it| it.span() == span)), text)
        }
        None => (it.lines, text),
    };
    let mut edits: Vec<(Span, Text)> = edits.into_iter().map(of).collect();
    edits.sort_by_key(|(span, _)| *span);
    joined(edits, source).ok_or_else(unknown)
}

/// The edits with those as one that stand side by side; none if two overlap. A file that ends with no
/// line break does so afterwards.
fn joined(edits: Vec<(Span, Text)>, source: &Source) -> Option<Vec<(Span, Text)>> {
    let mut all: Vec<(Span, Text)> = Vec::new();
    for (span, text) in edits {
        match all.last_mut() {
            Some((last, _)) if last.overlaps(span) => return None,
            Some((last, before)) if last.end == span.start => {
                last.end = span.end;
                *before = before.clone().followed(text);
            }
            _ => all.push((span, text)),
        }
    }
    if let Some((span, text)) = all.last_mut()
        && span.end == source.raw().len()
        && !source.raw().ends_with(['\n', '\r'])
    {
        match text.is_empty() {
            true => *span = taken_out(source, *span),
            false => *text = text.clone().without_end(source.line_break()),
        }
    }
    Some(all)
}

fn entry(setting: &lang::Setting<'_>, source: &Source) -> Option<Entry> {
    let raw = source.raw();
    let lines = source.whole_lines(setting.span);
    let name = setting.name.rsplit(':').next().unwrap_or(setting.name);
    let (before, after) =
        (&raw[lines.start..setting.span.start], &raw[setting.span.end..lines.end]);
    let is_alone = BEFORE.is_match(before) && AFTER.is_match(after.trim_end());
    let value = setting.value.span;
    let is_there = lines.contains(value) && value.start < value.end;
    (is_alone && is_there).then(|| Entry { name: name.to_owned(), lines, value })
}

/// Whether two settings belong to the same: they begin equally far to the right, and nothing
/// between them begins further to the left.
fn is_beside(source: &Source, one: &Entry, other: &Entry) -> bool {
    let raw = source.raw();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let of = |it: &Entry| indent(&raw[it.lines.start..]);
    let between = match one.lines.start < other.lines.start {
        true => raw.get(one.lines.end..other.lines.start),
        false => raw.get(other.lines.end..one.lines.start),
    };
    let parts = |line: &str| {
        let is_left = indent(line) < of(one) || of(one) == 0 && SECTION.is_match(line);
        !line.trim().is_empty() && is_left
    };
    of(one) == of(other) && !between.unwrap_or_default().lines().any(parts)
}

/// The lines of a setting with another name and another value; what several take the place of is
/// commented once.
fn written(
    entry: &Entry,
    source: &Source,
    name: &str,
    value: &Text,
    commented: bool,
) -> Result<Text, NoRewrite> {
    let unknown = || NoRewrite::NoTemplate(format!("the form of {}", entry.name));
    let raw = source.raw();
    let Entry { lines, value: at, .. } = entry;
    let begin = &raw[lines.start..at.start];
    let renamed =
        |text: &str| match text.to_ascii_lowercase().find(&entry.name.to_ascii_lowercase()) {
            Some(found) => {
                let end = found + entry.name.len();
                Ok(format!("{}{name}{}", &text[..found], &text[end..]))
            }
            None => Err(unknown()),
        };
    // `valueFrom: …` reads it from elsewhere.
    if let Some((before, _)) = begin.split_once("valueFrom:") {
        let text = value.clone().behind(&format!("{}value: \"", renamed(before)?));
        return Ok(text.push(&format!("\"{}", source.line_break())));
    }
    let old = &raw[at.start..at.end];
    let quote = old.chars().next().filter(|it| ['"', '\''].contains(it) && old.len() > 1);
    let quote = quote.map(String::from).unwrap_or_default();
    let end = raw[at.end..lines.end].trim_end_matches(['\n', '\r']);
    let end = match end.split_once('#') {
        Some((end, _)) if !commented => end.trim_end(),
        _ => end,
    };
    let text = value.clone().behind(&format!("{}{quote}", renamed(begin)?));
    Ok(text.push(&format!("{quote}{end}{}", source.line_break())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{platform::Repository, scan::scan};

    #[test]
    fn a_comment_stays_once_and_what_has_an_empty_template_goes() {
        let text =
            "AZURE_USERNAME=\"u@contoso.com\" # why\nAZURE_PASSWORD=$P\nAZURE_CLIENT_ID=old\nX=1\n";
        let source = Source::new("a.env", text);
        let found = scan(std::slice::from_ref(&source), &Repository::default());
        let template = |name: &str, text: &str| Template {
            name: name.to_owned(),
            is_entry: false,
            text: Text::known(text),
        };
        let templates = [
            template("AZURE_USERNAME", "A=1\nB=2"),
            template("AZURE_PASSWORD", ""),
            template("AZURE_CLIENT_ID", ""),
        ];
        let edits = edits(&found.sites[0], &source, &templates).unwrap();
        let written: Vec<String> = edits.iter().map(|(_, it)| it.to_string()).collect();
        assert_eq!(written.concat(), "A=\"1\" # why\nB=\"2\"\n");
        assert_eq!(edits[0].0, Span::new(0, text.find("X=1").unwrap()));
    }
}
