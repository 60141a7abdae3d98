//! Sign-ins of people: in the place of a password they type, and beside an identity's.

use super::{Edits, Surroundings, Text, as_called, extension, layout, quoted};
use crate::{
    platform::Safety,
    scan::{Before, Site},
    text::{Source, Span},
};

const NEWER: &str = "a person is asked for a second factor before the first write: this takes the Azure CLI 2.76 or Az 14.3, and whoever runs the script";

/// The sign-in that meets multifactor authentication, of the tenant that is meant and no other.
fn login(site: &Site, around: &Surroundings<'_>, extension: &str) -> Option<Text> {
    let path = format!("{}/interactive/login.{extension}", site.rule.client);
    let tenant = |hole: &str| (hole == "tenant_id").then(|| Text::known(around.tenant_id.clone()));
    around.templates.get(&path)?.bind(tenant, "\n", "")
}

/// What a script that only a person runs is offered in the place of a password.
pub fn offer(site: &Site, source: &Source, around: &Surroundings<'_>) -> Option<Edits> {
    let text = login(site, around, extension(site.language)?)?;
    if site.call.held.is_some() {
        return None;
    }
    let text = quoted::as_there(site, source, text, None, around).ok()?;
    let text = layout::options(text, site.call.span, &site.call.kept, source.raw());
    let mut edits = Edits::default();
    edits.add(&site.path, site.call.span, text, Safety::Review(NEWER.to_owned()));
    Some(edits)
}

/// What asks whoever is present to sign in, and where nobody is signs in as the identity, or does nothing
/// where the platform has done so. Only a call that is a statement of its own can become that.
pub(super) fn beside(
    site: &Site,
    source: &Source,
    around: &Surroundings<'_>,
    extension: &str,
    login: Option<&Text>,
) -> Option<Text> {
    let raw = source.raw();
    let (span, (statement, _)) = (site.call.span, site.call.statement?);
    // What follows a call in a shell, a redirection or `|| exit`, may follow `fi` as well.
    let ends_so = statement == span || extension == "sh" && statement.start == span.start;
    let line = source.whole_lines(Span::at(span.start)).start;
    let is_list = extension == "sh"
        && raw[line..span.start].trim().is_empty()
        && raw[statement.end..].trim_start_matches([' ', '\t']).starts_with("||");
    if !is_list {
        source.lines_of(statement)?;
    }
    let options: Vec<&str> = site.call.kept.iter().map(|it| &raw[it.start..it.end]).collect();
    let is_free = matches!(site.call.before, Before::Nothing);
    if !ends_so || !is_free || options.iter().any(|it| it.contains('\n')) {
        return None;
    }
    let called = as_called(site, source);
    let whole = |it: Text| {
        let it = called.into_iter().fold(it, |it, (command, word)| it.with_command(command, word));
        options.iter().fold(it, |it, option| it.push(" ").push(option))
    };
    let person = whole(self::login(site, around, extension)?);
    let login = login.cloned().map(whole);
    let name = if login.is_some() { "either" } else { "alone" };
    let path = format!("{}/interactive/{name}.{extension}", site.rule.client);
    let fill = |hole: &str| match hole {
        "person" => Some(person.clone()),
        "login" => login.clone(),
        _ => None,
    };
    around.templates.get(&path)?.bind(fill, "\n", "")
}

pub(super) const SIGN_IN_BEFORE: &str = "people run it, too, and workid cannot write a sign-in of theirs there: let them sign in before they run it";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{platform::Repository, rewrite::Templates, scan::scan};

    #[test]
    fn what_follows_a_sign_in_follows_its_choice() {
        let templates = Templates::default();
        let around = Surroundings::new("t", "s", &templates);
        let is_there = |path: &str, text: &str| {
            let source = Source::new(path, text);
            let found = scan(std::slice::from_ref(&source), &Repository::default());
            let login = Text::known("login");
            let site = &found.sites[0];
            beside(site, &source, &around, extension(site.language).unwrap(), Some(&login))
                .is_some()
        };
        for (text, expected) in [
            ("‹›\n", true),
            ("‹› || exit 1\n", true),
            ("if x; then\n  ‹› >/dev/null || {\n    exit 1\n  }\nfi\n", true),
            ("x || ‹› || exit 1\n", false),
            ("x; ‹› || exit 1\n", false),
            ("‹› | tee log || exit 1\n", false),
        ] {
            let text = text.replace("‹›", "az login -u a@b.c -p \"$P\"");
            assert_eq!(is_there("a.sh", &text), expected, "{text}");
        }
        assert!(!is_there("a.ps1", "Connect-AzAccount -Credential $c || exit 1\n"));
    }
}
