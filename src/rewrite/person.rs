//! Sign-ins of people: in the place of a password they type, and beside an identity's.

use super::{Edits, Surroundings, Text, extension, layout, quoted};
use crate::{platform::Safety, scan::Site, text::Source};

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
    if site.call.splatted {
        return None;
    }
    let text = quoted::as_there(site, source, text, None, around).ok()?;
    let text = layout::options(text, site.call.span, &site.call.kept, source.raw());
    let mut edits = Edits::default();
    edits.add(&site.path, site.call.span, text, Safety::Review(NEWER.to_owned()));
    Some(edits)
}

/// A sign-in that asks whoever is present, and is the identity's where nobody is. Only a call that
/// is a whole statement can become two.
pub(super) fn either(
    site: &Site,
    source: &Source,
    around: &Surroundings<'_>,
    extension: &str,
    login: &Text,
) -> Option<Text> {
    let (statement, _) = site.call.statement?;
    source
        .lines_of(statement)
        .filter(|_| statement == site.call.span && site.call.kept.is_empty())?;
    let person = self::login(site, around, extension)?;
    let path = format!("{}/interactive/either.{extension}", site.rule.client);
    let fill = |hole: &str| match hole {
        "person" => Some(person.clone()),
        "login" => Some(login.clone()),
        _ => None,
    };
    around.templates.get(&path)?.bind(fill, "\n", "")
}
