//! What all languages have in common: files, names for what the plan makes, and parts of IDs.

use crate::{
    plan::Plan,
    resource::{Address, CustomRole, Resource, Scope},
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What is written, and what the language cannot say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Export {
    pub files: Vec<File>,
    /// What somebody has to do beside it, one sentence each.
    pub lacks: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub name: String,
    pub text: String,
}

/// A name for each thing of the plan that every language takes.
pub(super) struct Names(BTreeMap<Address, String>);

impl Names {
    pub(super) fn of(plan: &Plan) -> Names {
        let mut taken = BTreeSet::new();
        let mut names = BTreeMap::new();
        for step in &plan.steps {
            let plain =
                |it: char| if it.is_ascii_alphanumeric() { it.to_ascii_lowercase() } else { '_' };
            let mut name: String = step.address.0.chars().map(plain).collect();
            // Bicep takes no longer ones.
            if name.len() > 80 {
                let digest = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, name.as_bytes());
                name = format!("{}_{}", &name[..60], &digest.simple().to_string()[..8]);
            }
            while !taken.insert(name.clone()) {
                name.push('_');
            }
            names.insert(step.address.clone(), name);
        }
        Names(names)
    }

    pub(super) fn get(&self, address: &Address) -> &str {
        self.0.get(address).map_or("unknown", String::as_str)
    }
}

/// The name of a scope's resource group, if it lies in one.
pub(super) fn group(scope: &Scope) -> Option<&str> {
    let parts: Vec<&str> = scope.0.split('/').collect();
    let at = parts.iter().position(|it| it.eq_ignore_ascii_case("resourceGroups"))?;
    parts.get(at + 1).copied()
}

/// The type and the names of a resource below its group: `Microsoft.Web/sites/slots`, `[a, b]`.
pub(super) fn resource(scope: &Scope) -> Option<(String, Vec<&str>)> {
    let (_, rest) = scope.0.rsplit_once("/providers/")?;
    let mut parts = rest.split('/');
    let mut kind = parts.next()?.to_owned();
    let mut names = Vec::new();
    while let (Some(part), Some(name)) = (parts.next(), parts.next()) {
        kind = format!("{kind}/{part}");
        names.push(name);
    }
    (!names.is_empty()).then_some((kind, names))
}

/// The user-assigned identity or application that an address is of, in the plan.
pub(super) fn made<'p>(plan: &'p Plan, address: &Address) -> Option<&'p Resource> {
    plan.steps.iter().find(|it| it.address == *address).map(|it| &it.resource)
}

/// What the beginning of a file says.
pub(super) fn heading(plan: &Plan, comment: &str) -> String {
    let line = |it: &str| it.replace(char::is_control, " ");
    format!(
        "{comment} What workid planned for {} ({}), in {}.\n",
        line(&plan.subscription.name),
        line(&plan.subscription.id),
        line(&plan.tenant.name)
    )
}

/// A title as a comment: no line of it is code.
pub(super) fn comment(sign: &str, text: &str) -> String {
    format!("{sign} {}", text.replace(char::is_control, " "))
}

/// A custom role as the Azure CLI and Azure PowerShell read it.
pub(super) fn custom_role(it: &CustomRole) -> Value {
    json!({
        "Name": it.name,
        "IsCustom": true,
        "Description": "Made by workid, of what commands ask for.",
        "Actions": it.actions,
        "DataActions": it.data_actions,
        "AssignableScopes": [it.assignable_scope],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_an_id_are_told() {
        let slot = Scope(
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/a/slots/b".to_owned(),
        );
        assert_eq!(group(&slot), Some("g"));
        assert_eq!(resource(&slot), Some(("Microsoft.Web/sites/slots".to_owned(), vec!["a", "b"])));
        let subscription = Scope("/subscriptions/s".to_owned());
        assert_eq!((group(&subscription), resource(&subscription)), (None, None));
    }
}
