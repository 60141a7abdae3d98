//! Connection strings: `Server=…;Authentication=Active Directory Password;User ID=…;Password=…`.
//!
//! A template has one pair on each line. The first is the method, which takes the place of the old
//! one; the user becomes the second or goes away, and so does the password. Its extension is the
//! [`driver`] that reads the string: each has words of its own.

use super::{NoRewrite, Text};
use crate::{
    scan::Site,
    text::{Source, Span, pattern},
};
use regex::Regex;
use std::sync::LazyLock;

static METHOD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?i)\b(authentication|fedauth)\s*=\s*(?:["'{\\]|&quot;)*(active directory password|activedirectorypassword)"#,
    )
});

/// A semicolon divides two pairs, but where a value is quoted or stands in braces.
static PAIR: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"([^;=]*)=(\s*(?:\{(?:[^}]|\}\})*\}|'(?:[^']|'')*'|"(?:[^"]|"")*")?[^;]*)(?:;|$)"#)
});

/// What user and password are called, in all drivers.
const USER: &[&str] = &["user id", "uid", "user", "username", "user name"];
const PASSWORD: &[&str] = &["password", "pwd"];

/// The languages whose programs read such strings with another driver than that of .NET.
const NOT_NET: &[&str] = &["python", "java", "kotlin", "go", "javascript"];

/// `name=value`, and where the two stand.
struct Pair {
    name: Span,
    value: Span,
}

/// Edits of the one connection string at a site, with the template of its driver, if that has one.
pub(super) fn edits(
    site: &Site,
    source: &Source,
    template: impl Fn(&str) -> Result<Option<Text>, NoRewrite>,
) -> Result<Vec<(Span, Text)>, NoRewrite> {
    let unknown = || NoRewrite::NoTemplate(format!("{} in {}", site.rule.client, site.language));
    let raw = source.raw();
    let said = &raw[site.span.start..site.span.end];
    let mut found = METHOD.captures_iter(said);
    let (Some(method), None) = (found.next().and_then(|it| it.get(2)), found.next()) else {
        return Err(unknown());
    };
    let method = Span::new(site.span.start + method.start(), site.span.start + method.end());
    let whole = string(raw, site.span, method);
    let driver = driver(&raw[whole.start..whole.end], site.language).ok_or_else(unknown)?;
    let text = template(driver)?.ok_or_else(unknown)?;
    let pairs = pairs(raw, whole);
    let named = |names: &[&str]| {
        let is_it = |it: &&Pair| {
            let name = raw[it.name.start..it.name.end].trim().to_ascii_lowercase();
            names.contains(&name.as_str())
        };
        pairs.iter().find(is_it)
    };
    let (Some(user), Some(password)) = (named(USER), named(PASSWORD)) else {
        return Err(unknown());
    };
    // A value that is put in from outside leaves a hole that somebody counts on.
    let is_counted = |it: &Pair| {
        let value = raw[it.value.start..it.value.end].trim();
        value.is_empty() || value.starts_with('%') && !value.ends_with('%') || value == "{}"
    };
    if is_counted(user) || is_counted(password) {
        return Err(unknown());
    }
    let mut told = text.settings().into_iter();
    let (_, new) = told.next().ok_or_else(unknown)?;
    let mut edits = vec![(method, new)];
    match told.next() {
        Some((name, value)) if USER.contains(&name.to_ascii_lowercase().as_str()) => {
            edits.push((user.value, value));
        }
        Some((name, value)) => {
            let all = Span::new(user.name.start, user.value.end);
            edits.push((all, value.behind(&format!("{name}="))));
        }
        None => edits.push((without(raw, whole, user), Text::known(""))),
    }
    edits.push((without(raw, whole, password), Text::known("")));
    edits.sort_by_key(|(span, _)| *span);
    close(&mut edits, whole);
    Ok(edits)
}

/// Which driver reads a connection string, as far as the string shows it.
fn driver(text: &str, language: &str) -> Option<&'static str> {
    let text = text.to_ascii_lowercase();
    let says = |it: &str| text.contains(it);
    match () {
        () if says("jdbc:sqlserver") => Some("jdbc"),
        () if says("fedauth") => Some("go"),
        () if says("driver=") || says("driver =") => Some("odbc"),
        () if says("provider=") || NOT_NET.contains(&language) => None,
        () => Some("net"),
    }
}

/// The string around a place: up to what quotes it, or the ends of its line.
fn string(raw: &str, site: Span, at: Span) -> Span {
    let before = &raw[site.start..at.start];
    let begin = before.rfind(['"', '\n', '>']).map_or(0, |it| it + 1);
    // A single quote begins the string if no pair stands before it.
    let quote =
        before[begin..].find('\'').filter(|it| !before[begin..begin + it].contains(['=', ';']));
    let after = &raw[at.end..site.end];
    // The quote that belongs to the method's own value is no end.
    let own = after.len() - after.trim_start_matches(['"', '\'', '}', '\\']).len();
    let own = if after[..own].contains('"') && begin > 0 { 0 } else { own };
    let ends = |it: char| matches!(it, '"' | '\n' | '\r' | '<') || quote.is_some() && it == '\'';
    let end = after[own..].find(ends).map_or(after.len(), |it| own + it);
    let begin = quote.map_or(begin, |it| begin + it + 1);
    Span::new(site.start + begin, at.end + end)
}

fn pairs(raw: &str, whole: Span) -> Vec<Pair> {
    let span = |it: regex::Match<'_>| Span::new(whole.start + it.start(), whole.start + it.end());
    let pairs = PAIR.captures_iter(&raw[whole.start..whole.end]);
    pairs.filter_map(|it| Some(Pair { name: span(it.get(1)?), value: span(it.get(2)?) })).collect()
}

/// Pairs that go away side by side at the end of a string take the semicolon before them along, once.
fn close(edits: &mut [(Span, Text)], whole: Span) {
    let is_gone = |it: &(Span, Text)| it.1.is_empty();
    if let [.., before, last] = edits
        && is_gone(before)
        && is_gone(last)
        && last.0.end == whole.end
        && before.0.end > last.0.start
    {
        before.0 = Span::new(before.0.start - 1, before.0.end);
        last.0 = Span::new(before.0.end, last.0.end);
    }
}

/// A pair with the semicolon that divides it from the next, or from the one before.
fn without(raw: &str, whole: Span, pair: &Pair) -> Span {
    let Pair { name, value } = pair;
    let is_divided = value.end < whole.end && raw[value.end..].starts_with(';');
    match is_divided {
        true => Span::new(name.start, value.end + 1),
        false if name.start > whole.start => Span::new(name.start - 1, value.end),
        false => Span::new(name.start, value.end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        platform::Repository,
        scan::scan,
        text::{Edit, EditSet},
    };

    /// The text with the string's sign-in written by a template; none if that is left to a person.
    fn written(path: &str, text: &str, template: &str) -> Option<String> {
        let source = Source::new(path, text);
        let found = scan(std::slice::from_ref(&source), &Repository::default());
        assert_eq!(found.sites.len(), 1, "{text}");
        let mut set = EditSet::default();
        for (span, text) in
            edits(&found.sites[0], &source, |_| Ok(Some(Text::known(template)))).ok()?
        {
            set.add(Edit { span, text: text.to_string() }).unwrap();
        }
        Some(set.apply(text))
    }

    #[test]
    fn a_string_keeps_all_that_is_not_the_sign_in() {
        const NONE: &str = "Authentication=Active Directory Default";
        const OWN: &str = "Authentication=Managed\nUser ID=id";
        for (pairs, none, own) in [
            (
                "Server=s;Authentication=Active Directory Password;User ID=u;Password=p;Encrypt=True",
                "Server=s;Authentication=Active Directory Default;Encrypt=True",
                "Server=s;Authentication=Managed;User ID=id;Encrypt=True",
            ),
            (
                "Server=s;Authentication=ActiveDirectoryPassword;UID=u;PWD=p",
                "Server=s;Authentication=Active Directory Default",
                "Server=s;Authentication=Managed;UID=id",
            ),
            (
                "Uid=u;Pwd=p;Authentication='Active Directory Password';Server=s;",
                "Authentication='Active Directory Default';Server=s;",
                "Uid=id;Authentication='Managed';Server=s;",
            ),
            (
                "Server=s;Authentication=ActiveDirectoryPassword;UID={u;v};PWD={a;b}}c};Encrypt=True",
                "Server=s;Authentication=Active Directory Default;Encrypt=True",
                "Server=s;Authentication=Managed;UID=id;Encrypt=True",
            ),
        ] {
            for (before, after) in [("$c = \"", "\"\n"), ("$c = '", "'; Get-Date\n")] {
                let text = |it: &str| format!("{before}{it}{after}");
                if before.ends_with('\'') && pairs.contains('\'') {
                    continue;
                }
                assert_eq!(written("a.ps1", &text(pairs), NONE), Some(text(none)));
                assert_eq!(written("a.ps1", &text(pairs), OWN), Some(text(own)));
            }
            let yaml = |it: &str| format!("Db: {it}\n");
            assert_eq!(written("a.properties", &yaml(pairs), OWN), Some(yaml(own)));
        }
    }

    #[test]
    fn what_is_put_together_elsewhere_is_left_to_a_person() {
        let begin = "Server=s;Authentication=Active Directory Password";
        for (path, text) in [
            (
                "a.cs",
                format!("class A {{ string C = \"{begin};UID=\" + user + \";PWD=\" + password; }}"),
            ),
            ("a.cs", format!("class A {{ string C = \"{begin}\"; }}")),
            ("a.py", format!("c = '{begin};UID=u;PWD=p'")),
            ("a.properties", format!("a=Provider=MSOLEDBSQL;{begin};UID=u;PWD=p\n")),
        ] {
            assert_eq!(written(path, &text, "Authentication=x"), None, "{text}");
        }
    }
}
