//! `Microsoft.ManagedIdentity/userAssignedIdentities`

use super::{
    Address, Known, Method, Noun, Outputs, Remains, Request, Right, Scope, delete_by_id, pick,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(super) const API_VERSION: &str = "2024-11-30";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserAssignedIdentity {
    /// `/subscriptions/…/resourceGroups/…`
    pub resource_group: Scope,
    pub name: String,
    pub location: String,
}

impl UserAssignedIdentity {
    /// The identity's own name, as Azure takes it: 3 to 128 letters, digits, `-` and `_`.
    pub fn name_for(parts: &[&str]) -> String {
        let joined =
            parts.iter().filter(|it| !it.is_empty()).copied().collect::<Vec<_>>().join("-");
        let mut name = String::new();
        for c in joined
            .chars()
            .map(|it| if it.is_ascii_alphanumeric() { it.to_ascii_lowercase() } else { '-' })
        {
            if c != '-' || !name.ends_with('-') {
                name.push(c);
            }
        }
        name.truncate(128);
        name.trim_matches('-').to_owned()
    }

    fn path(&self) -> String {
        format!(
            "{}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{}",
            self.resource_group, self.name
        )
    }
}

impl Noun for UserAssignedIdentity {
    fn title(&self) -> String {
        format!("user-assigned managed identity {}", self.name)
    }

    fn needs(&self) -> Vec<&Address> {
        Vec::new()
    }

    fn rights(&self) -> Vec<Right> {
        vec![Right::on(
            "Microsoft.ManagedIdentity/userAssignedIdentities/write",
            &self.resource_group,
        )]
    }

    fn look(&self, _: &Known) -> Option<Request> {
        Some(Request::arm(Method::Get, self.path(), API_VERSION))
    }

    fn make(&self, _: &Known, _: Option<&Value>) -> Option<Request> {
        let body = json!({ "location": self.location, "tags": { "made-by": "workid" } });
        Some(Request::arm(Method::Put, self.path(), API_VERSION).body(body))
    }

    fn outputs(&self, _: &Known, answer: &Value) -> Outputs {
        let names = [
            ("id", "/id"),
            ("client_id", "/properties/clientId"),
            ("principal_id", "/properties/principalId"),
        ];
        pick(answer, &names)
    }

    fn unmake(&self, remains: &Remains<'_>) -> Option<Request> {
        delete_by_id(remains, API_VERSION)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hold_only_what_azure_takes() {
        assert_eq!(
            UserAssignedIdentity::name_for(&["id", "Contoso.Web", "", "prod/東 eu"]),
            "id-contoso-web-prod-eu"
        );
    }
}
