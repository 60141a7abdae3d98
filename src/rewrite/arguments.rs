//! Lists of arguments with which programs run commands: `["az", "login", …]`.

use super::{NoRewrite, Text};
use crate::{
    lang,
    scan::Site,
    text::{Source, Span},
};

/// What takes the place of a list of arguments from the command's own name on, and where that stands.
/// `lines` has an argument on each line. The list is written with the quotes and the commas that it has,
/// over as many lines, and keeps the options that its command, which may sign in, knows.
pub(super) fn listed(
    site: &Site,
    source: &Source,
    lines: &Text,
    signs_in: bool,
) -> Result<(Span, Text), NoRewrite> {
    let raw = source.raw();
    let unknown = || NoRewrite::NoTemplate(format!("{} in {}", site.rule.client, site.language));
    if site.call.embedded || site.call.held.is_some() {
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
    let (Some(quote), [name, _, ..]) = (quote, spans.as_slice()) else {
        return Err(unknown());
    };
    // What is put together otherwise is somebody's own form.
    if !spans.windows(2).all(is_listed) {
        return Err(unknown());
    }
    // An option may begin a line, with its value beside it.
    let mut gaps = spans.windows(2).filter_map(|it| Some((gap(it)?, is_option(raw, it[1]))));
    let before_option = gaps.clone().find_map(|(gap, is_option)| is_option.then_some(gap));
    let before_value = gaps.find_map(|(gap, is_option)| (!is_option).then_some(gap));
    let comma = |is_option: bool| match is_option {
        true => before_option.or(before_value),
        false => before_value.or(before_option),
    };
    let comma = |is_option: bool| comma(is_option).unwrap_or(", ");
    let mut text = Text::known("");
    for (at, line) in lines.lines().into_iter().enumerate() {
        let comma = if at == 0 { "" } else { comma(line.to_string().starts_with('-')) };
        text = text.push(&format!("{comma}{quote}")).followed(line).push(&quote.to_string());
    }
    let is_kept = |it: &&lang::Opt| match signs_in {
        true => !site.rule.given_up.contains(&it.name.as_str()),
        false => EVERYWHERE.contains(&it.name.as_str()),
    };
    let kept = call.options.iter().filter(is_kept).map(|it| &raw[it.span.start..it.span.end]);
    let text = kept.fold(text, |text, it| text.push(&format!("{}{it}", comma(true))));
    let end = spans.last().map_or(name.end, |it| it.end);
    let end = end + raw[end..].len() - raw[end..].trim_start_matches('!').len();
    Ok((Span::new(name.start, end), text))
}

fn is_option(raw: &str, argument: Span) -> bool {
    raw[argument.start..argument.end].trim_start_matches(['"', '\'']).starts_with('-')
}

/// The command that is written in lists, and the argument that names it.
const NAME: &str = "az login";
const COMMAND: &str = "login";

/// Options that every command of the Azure CLI has.
const EVERYWHERE: &[&str] = &["--output", "--query", "--only-show-errors"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{platform::Repository, scan::scan};

    #[test]
    fn a_list_keeps_its_layout() {
        let of = |path: &str, text: &str| {
            let source = Source::new(path, text);
            let found = scan(std::slice::from_ref(&source), &Repository::default());
            let lines = Text::known("login\n--identity\n--client-id\nid");
            let (span, new) = listed(&found.sites[0], &source, &lines, true).unwrap();
            format!("{}{new}{}", &text[..span.start], &text[span.end..])
        };
        for (before, after) in [
            (
                "run([\n    'az', 'login',\n    '-u', u,\n    '-p', p,\n])",
                "run([\n    'az', 'login',\n    '--identity',\n    '--client-id', 'id',\n])",
            ),
            (
                "run([\n  \"az\",\n  \"login\",\n  \"-u\",\n  u,\n  \"-p\",\n  p\n])",
                "run([\n  \"az\",\n  \"login\",\n  \"--identity\",\n  \"--client-id\",\n  \"id\"\n])",
            ),
            (
                "run(['az', 'login', '-u', u,\r\n     '-p', p, '-o', 'none'])",
                "run(['az', 'login', '--identity', '--client-id', 'id', '-o', 'none'])",
            ),
        ] {
            assert_eq!(of("a.py", before), after);
        }
        let before = "spawnSync('az', ['login', '-u', u!, '-p', p!]);";
        let after = "spawnSync('az', ['login', '--identity', '--client-id', 'id']);";
        assert_eq!(of("a.ts", before), after);
    }
}
