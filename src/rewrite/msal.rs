//! Clients of MSAL in Python: the client of a user's name and password becomes one of a managed identity.
//!
//! A template has two lines: what makes the client, and what asks it for a token, each from the name of
//! the class or the method on. Its answer is the same dictionary.

use super::{Draft, NoRewrite, Text, plumbing::words, program};
use crate::{
    lang::{self, Assignment, Parsed},
    platform::Safety,
    resource::Term,
    scan::Site,
    text::{Source, Span, pattern},
};
use regex::Regex;
use std::sync::LazyLock;

/// The client of the rule.
pub(super) const CLIENT: &str = "msal";

static ASKS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^([A-Za-z_]\w*)\.(acquire_token_by_username_password)\s*\("));

static MAKES: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(msal\.)?((?:Public|Confidential)ClientApplication)\s*\("));

/// The list of the one scope that names a resource whole.
static SCOPES: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"^\[\s*["'](https://[^"'\s]+?)/\.default["']\s*,?\s*\]$"#));

static IMPORTS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?m)^(?:import msal|from msal import (\w+))[ \t]*(?:\r?$)"));

static HAS_REQUESTS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?m)^import (?:[\w., ]+, *)?requests\b"));

/// What stands in the answer to a user's sign-in alone.
static OF_USER: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bid_token|\brefresh_token\b"));

/// A client that is made for one request, and what else the change touches.
struct Plain {
    /// From the class's name to the end of the call that makes the client.
    made: Span,
    /// The same of the request.
    asked: Span,
    qualifier: String,
    resource: String,
    /// A line `import msal`, or the one that imports the class and nothing else.
    import: Span,
    imported: Option<Span>,
    /// A statement that nothing would read any more.
    scopes: Option<Span>,
}

/// What the call tells a template.
pub(super) fn told(site: &Site, source: &Source) -> Vec<(&'static str, Term)> {
    let Some(it) = plain(site, source) else { return Vec::new() };
    vec![("qualifier", Term::known(it.qualifier)), ("resource", Term::known(it.resource))]
}

pub(super) fn edits(site: &Site, source: &Source, text: &Text) -> Result<Vec<Draft>, NoRewrite> {
    let unknown = || NoRewrite::NoTemplate(format!("{} in {}", site.rule.client, site.language));
    let it = plain(site, source).ok_or_else(unknown)?;
    let raw = source.raw();
    let lines = text.clone().map(|text| program::in_quotes_of(raw, site.language, text)).lines();
    let [made, asked] = lines.as_slice() else { return Err(unknown()) };
    let draft = |span: Span, text: Text| Draft {
        path: site.path.clone(),
        span,
        text,
        safety: Safety::Safe,
        set: 0,
    };
    let mut drafts = vec![draft(it.made, made.clone()), draft(it.asked, asked.clone())];
    if let Some(imported) = it.imported {
        let said = made.to_string();
        let names = said.split('(').take(2).collect::<Vec<_>>().join(", ");
        drafts.push(draft(imported, Text::known(names)));
    }
    if !HAS_REQUESTS.is_match(raw) {
        let line = format!("{}import requests", source.line_break());
        drafts.push(draft(Span::at(it.import.end), Text::known(line)));
    }
    drafts.extend(it.scopes.map(|span| draft(span, Text::known(""))));
    drafts.sort_by_key(|it| it.span);
    Ok(drafts)
}

fn plain(site: &Site, source: &Source) -> Option<Plain> {
    let raw = source.raw();
    let language = lang::by_name("python").filter(|it| it.name == site.language)?;
    let parsed = language.parse(raw, &[]);
    let call = site.call.span;
    let asks = ASKS.captures(&raw[call.start..call.end])?;
    let (client, method) = (&asks[1], asks.get(2)?);
    let assigned = once(&parsed, client)?;
    let Span { start, end } = assigned.value.span;
    let makes = MAKES.captures(&raw[start..end])?;
    let class = makes.get(2)?;
    // Whatever else is asked of the client, another one has in another way, or has not.
    if count(raw, client) != 2 || OF_USER.is_match(raw) || call.start < end {
        return None;
    }
    let import = IMPORTS.captures(raw)?;
    let imported = import.get(1).filter(|it| it.as_str() == class.as_str());
    let is_named = makes.get(1).is_none() && imported.is_some() && count(raw, class.as_str()) == 2;
    if !is_named && makes.get(1).is_none() {
        return None;
    }
    let asked = parsed.calls.iter().find(|it| it.span == call)?;
    let scopes = asked.value("scopes").or_else(|| asked.words.get(2))?;
    let list = scopes.variable().map(|it| once(&parsed, it));
    let value = match &list {
        Some(held) => held.as_ref()?.value.span,
        None => scopes.span,
    };
    let resource = SCOPES.captures(&raw[value.start..value.end])?[1].to_owned();
    let unread = list.flatten().filter(|it| count(raw, &it.name) == 2);
    Some(Plain {
        made: Span::new(start + class.start(), end),
        asked: Span::new(call.start + method.start(), call.end),
        qualifier: makes.get(1).map_or_else(String::new, |it| it.as_str().to_owned()),
        resource,
        import: import
            .get(0)
            .map(|it| Span::new(it.start(), it.start() + it.as_str().trim_end().len()))?,
        imported: imported.map(|it| Span::new(it.start(), it.end())),
        scopes: unread.and_then(|it| paragraph(source, it.span)),
    })
}

/// The lines of a statement, with the blank one below them if one stands above them, too.
fn paragraph(source: &Source, statement: Span) -> Option<Span> {
    let (raw, line_break) = (source.raw(), source.line_break());
    let lines = source.lines_of(statement)?;
    let is_apart = raw[..lines.start].ends_with(&line_break.repeat(2))
        && raw[lines.end..].starts_with(line_break);
    let more = if is_apart { line_break.len() } else { 0 };
    Some(Span::new(lines.start, lines.end + more))
}

/// The one assignment to a name.
fn once<'p>(parsed: &'p Parsed, name: &str) -> Option<&'p Assignment> {
    let mut all = parsed.assignments.iter().filter(|it| it.name == name);
    all.next().filter(|it| it.branch.is_none()).filter(|_| all.next().is_none())
}

/// How often a text says a word that is no part of another, nor the name of an argument.
fn count(raw: &str, word: &str) -> usize {
    // The name of an argument is another one: `scopes=scopes`.
    let is_argument = |at: usize| {
        let after = raw[at + word.len()..].trim_start();
        let before = raw[..at].trim_end();
        after.starts_with('=') && !after.starts_with("==") && before.ends_with(['(', ','])
    };
    words(raw).filter(|(at, it)| *it == word && !is_argument(*at)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        platform::Repository,
        scan::scan,
        text::{Edit, EditSet},
    };

    fn written(text: &str) -> Option<String> {
        let source = Source::new("a.py", text);
        let found = scan(std::slice::from_ref(&source), &Repository::default());
        let site = &found.sites[0];
        let told = told(site, &source);
        let of = |name: &str| told.iter().find(|it| it.0 == name).map(|it| it.1.to_string());
        let (qualifier, resource) = (of("qualifier")?, of("resource")?);
        let lines =
            format!("C({qualifier}I(), s=requests.Session())\nask(resource=\"{resource}\")");
        let mut set = EditSet::default();
        for it in edits(site, &source, &Text::known(lines)).ok()? {
            set.add(Edit { span: it.span, text: it.text.to_string() }).unwrap();
        }
        Some(set.apply(text))
    }

    #[test]
    fn a_client_for_one_request_becomes_another() {
        assert_eq!(
            written(
                "import msal\nimport requests\n\nscopes = [\"https://a.net/.default\"]\napp = msal.PublicClientApplication(\n    ID,\n    authority=f\"{URL}/{tenant}\")\nresult = app.acquire_token_by_username_password(\n    user, password, scopes=scopes\n)\nprint(result[\"access_token\"])\n"
            )
            .as_deref(),
            Some(
                "import msal\nimport requests\n\napp = msal.C(msal.I(), s=requests.Session())\nresult = app.ask(resource=\"https://a.net\")\nprint(result[\"access_token\"])\n"
            )
        );
        assert_eq!(
            written(
                "from msal import PublicClientApplication\n\ndef token(u, p):\n    app = PublicClientApplication('id')\n    return app.acquire_token_by_username_password(u, p, ['https://a.net/.default'])['access_token']\n"
            )
            .as_deref(),
            Some(
                "from msal import C, I\nimport requests\n\ndef token(u, p):\n    app = C(I(), s=requests.Session())\n    return app.ask(resource='https://a.net')['access_token']\n"
            )
        );
    }

    #[test]
    fn what_is_more_than_a_token_is_left_to_a_person() {
        let of = |made: &str, asked: &str, more: &str| {
            written(&format!(
                "import msal\napp = {made}\nr = app.acquire_token_by_username_password(u, p, {asked})\n{more}\n"
            ))
        };
        let (made, asked) = ("msal.PublicClientApplication(i)", "['https://a.net/.default']");
        assert!(of(made, asked, "").is_some());
        for (made, asked, more) in [
            (made, asked, "a = app.get_accounts()"),
            (made, asked, "print(r['refresh_token'])"),
            (made, asked, "app = None"),
            (made, "scopes", ""),
            (made, "['User.Read']", ""),
            (made, "['https://a.net/.default', 'b']", ""),
            ("make()", asked, ""),
        ] {
            assert_eq!(of(made, asked, more), None, "{made} {asked} {more}");
        }
    }
}
