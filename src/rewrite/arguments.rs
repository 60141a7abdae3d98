//! Lists of arguments with which programs run commands: `["az", "login", …]`.

use super::{NoRewrite, Text};
use crate::{
    lang,
    scan::Site,
    text::{Source, Span},
};

/// What takes the place of a list of arguments from the command's own name on, and where that stands.
/// `lines` has an argument on each line. The list is written with the quotes and the commas that it has,
/// and keeps the options that its command, which may sign in, knows.
pub(super) fn listed(
    site: &Site,
    source: &Source,
    lines: &Text,
    signs_in: bool,
) -> Result<(Span, Text), NoRewrite> {
    let raw = source.raw();
    let unknown = || NoRewrite::NoTemplate(format!("{} in {}", site.rule.client, site.language));
    if site.call.embedded || site.call.splatted {
        return Err(unknown());
    }
    let parsed = lang::by_name(site.language).ok_or_else(unknown)?.parse(raw, &[]);
    let is_it = |it: &&lang::Call| it.span.contains(site.call.span) && it.name == NAME;
    let call = parsed.calls.iter().filter(is_it).min_by_key(|it| it.span.end - it.span.start);
    // Where a sign-in takes no subscription, it would be another command's.
    let call = call.filter(|it| !it.has("--subscription")).ok_or_else(unknown)?;
    let given = &call.arguments;
    let first = given.iter().position(|it| it.is(COMMAND)).ok_or_else(unknown)?;
    let spans: Vec<Span> = given[first..].iter().map(|it| it.span).collect();
    // TypeScript says of a name that it has a value: `name!`.
    let gap = |it: &[Span]| raw.get(it[0].end..it[1].start).map(|it| it.trim_start_matches('!'));
    let is_listed = |it: &[Span]| gap(it).is_some_and(|it| it.trim() == ",");
    let quote = raw[spans[0].start..].chars().next().filter(|it| ['"', '\''].contains(it));
    let (Some(quote), [name, second, ..]) = (quote, spans.as_slice()) else {
        return Err(unknown());
    };
    // What is put together otherwise is somebody's own form.
    if !spans.windows(2).all(is_listed) {
        return Err(unknown());
    }
    let comma = &raw[name.end..second.start];
    let comma = if comma.contains(['\n', '\r']) { ", " } else { comma };
    let between = format!("{quote}{comma}{quote}");
    let text = lines.clone().map(|it| it.replace('\n', &between));
    let text = text.behind(&quote.to_string()).push(&quote.to_string());
    let is_kept = |it: &&lang::Opt| match signs_in {
        true => !site.rule.given_up.contains(&it.name.as_str()),
        false => EVERYWHERE.contains(&it.name.as_str()),
    };
    let kept = call.options.iter().filter(is_kept).map(|it| &raw[it.span.start..it.span.end]);
    let text = kept.fold(text, |text, it| text.push(&format!("{comma}{it}")));
    let end = spans.last().map_or(name.end, |it| it.end);
    Ok((Span::new(name.start, end), text))
}

/// The command that is written in lists, and the argument that names it.
const NAME: &str = "az login";
const COMMAND: &str = "login";

/// Options that every command of the Azure CLI has.
const EVERYWHERE: &[&str] = &["--output", "--query", "--only-show-errors"];
