//! The built-in roles that an engineer chooses from, and what each is chosen for.

use super::pattern::{allows, matches, may_allow};
use crate::{catalog::Permission, needs::Plane};
use std::{collections::BTreeMap, sync::LazyLock};

/// What a role is chosen for.
pub(super) struct Entry {
    /// The beginnings of the actions that are its business, or patterns for them.
    business: Vec<&'static str>,
    pub(super) purpose: &'static str,
}

static POOL: LazyLock<BTreeMap<&'static str, Entry>> = LazyLock::new(|| {
    let lines = include_str!("pool.tsv").lines().filter(|it| !it.starts_with('#'));
    lines.filter_map(entry).collect()
});

fn entry(line: &'static str) -> Option<(&'static str, Entry)> {
    let mut columns = line.split('\t');
    let (name, business) = (columns.next()?, columns.next()?.split(' ').collect());
    Some((name, Entry { business, purpose: columns.next()? }))
}

pub(super) fn entry_of(role: &str) -> Option<&'static Entry> {
    POOL.get(role)
}

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    POOL.keys().copied()
}

/// How a role allows an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Allows {
    Yes,
    /// Its pattern is meant to, and Azure's reading of it is not known.
    Perhaps,
}

/// Whether a role is for everything, or for looking at everything.
pub(super) fn is_wide(role: &str) -> bool {
    entry_of(role).is_some_and(|it| it.business.iter().any(|it| it.starts_with('*')))
}

/// Whether an action is what a role is chosen for. A role of the tenant's own may be for anything.
pub(super) fn is_business(role: &str, action: &str) -> bool {
    entry_of(role).is_none_or(|it| it.has(action))
}

/// Whether a role would be chosen for an action: it allows it, and the action is its business.
/// What only looks, and what every role allows beside its business, comes with any.
pub(super) fn serves(
    name: &str,
    permissions: &[Permission],
    plane: Plane,
    action: &str,
) -> Option<Allows> {
    if !(is_business(name, action) || reads(action) || comes_along(action)) {
        return None;
    }
    match allows(permissions, plane, action) {
        true => Some(Allows::Yes),
        false => may_allow(permissions, plane, action).then_some(Allows::Perhaps),
    }
}

impl Entry {
    fn has(&self, action: &str) -> bool {
        self.business
            .iter()
            .any(|it| if it.contains('*') { matches(it, action) } else { begins(action, it) })
    }
}

pub(super) fn reads(action: &str) -> bool {
    ends(action, "/read")
}

/// What nearly every role allows beside its own business.
pub(super) fn comes_along(action: &str) -> bool {
    ["Microsoft.Resources/deployments/", "Microsoft.Support/", "Microsoft.Insights/alertRules/"]
        .iter()
        .any(|it| begins(action, it))
}

/// What clients look at first, and go on without where they may not: whether a resource provider is
/// registered.
pub(super) fn is_courtesy(action: &str) -> bool {
    action.eq_ignore_ascii_case("Microsoft.Resources/subscriptions/providers/read")
}

/// What gives its holder more than it says: keys, tokens, commands on machines, rights.
pub(super) fn is_sensitive(action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    [
        "listkeys",
        "listcredential",
        "listconnectionstrings",
        "runcommand",
        "assign/action",
        "accountsas",
    ]
    .iter()
    .any(|it| action.contains(it))
        || (begins(&action, "Microsoft.Authorization/") && !reads(&action))
}

/// `microsoft.web` of `Microsoft.Web/sites/write`
pub(super) fn namespace(action: &str) -> String {
    action.split('/').next().unwrap_or_default().to_ascii_lowercase()
}

fn begins(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|it| it.eq_ignore_ascii_case(start))
}

fn ends(text: &str, end: &str) -> bool {
    let at = text.len().checked_sub(end.len());
    at.and_then(|it| text.get(it..)).is_some_and(|it| it.eq_ignore_ascii_case(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn every_role_of_the_pool_is_a_built_in_one_and_allows_its_business() {
        let catalog = Catalog::default();
        assert!(POOL.len() > 100);
        for (name, entry) in POOL.iter() {
            let role = catalog.role(name).unwrap_or_else(|| panic!("there is no role {name}"));
            assert!(role.permissions.iter().all(|it| it.condition.is_none()), "{name}");
            assert!(!entry.purpose.is_empty(), "{name}");
            let within = |pattern: &str, business: &str| {
                let (pattern, business) = (pattern.to_lowercase(), business.to_lowercase());
                let stem = pattern.split('*').next().unwrap_or_default();
                business == "*" || stem.starts_with(&business) || business.starts_with(stem)
            };
            for business in &entry.business {
                let mut patterns = role
                    .permissions
                    .iter()
                    .flat_map(|it| it.actions.iter().chain(&it.data_actions));
                assert!(patterns.any(|it| within(it, business)), "{name}: {business}");
            }
        }
    }

    #[test]
    fn no_role_is_chosen_for_what_is_not_its_business() {
        let role = Catalog::default().role("Disk Snapshot Contributor").unwrap();
        let serves = |it| serves(&role.name, &role.permissions, Plane::Control, it);
        assert_eq!(serves("Microsoft.Compute/snapshots/write"), Some(Allows::Yes));
        assert_eq!(serves("Microsoft.Storage/storageAccounts/listKeys/action"), None);
        assert_eq!(serves("Microsoft.Storage/storageAccounts/read"), Some(Allows::Yes));
    }
}
