//! The identity that an Azure resource has of its own.

use super::{Address, Known, Method, Noun, Outputs, Request, Scope, pick};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The versions that know the `identity` of each type of resource.
const API_VERSIONS: &[(&str, &str)] = &[
    ("microsoft.compute/virtualmachines", "2024-07-01"),
    ("microsoft.compute/virtualmachinescalesets", "2024-07-01"),
    ("microsoft.web/sites", "2024-04-01"),
    ("microsoft.automation/automationaccounts", "2024-10-23"),
    ("microsoft.app/containerapps", "2024-03-01"),
    ("microsoft.app/jobs", "2024-03-01"),
    ("microsoft.hybridcompute/machines", "2024-07-10"),
];

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemAssignedIdentity {
    /// The resource that is to have the identity.
    pub on: Scope,
}

/// The version for a resource, or `None` for a type whose identity workid cannot switch on.
pub(super) fn api_version(resource: &Scope) -> Option<&'static str> {
    let kind = resource.resource_type()?;
    API_VERSIONS.iter().find(|(it, _)| *it == kind).map(|(_, version)| *version)
}

/// `identity.type` with `more` in it. What is there stays: a `PATCH` replaces the whole value.
pub(super) fn union(current: Option<&Value>, more: &str) -> String {
    let current = current
        .and_then(|it| it.pointer("/identity/type"))
        .and_then(Value::as_str)
        .unwrap_or("None");
    let mut kinds: Vec<&str> =
        current.split(',').map(str::trim).filter(|it| *it != "None").collect();
    if !kinds.contains(&more) {
        kinds.push(more);
    }
    kinds.sort_unstable();
    kinds.join(", ")
}

/// What `identity.type` was, to be put back.
pub(super) fn before(before: Option<&Value>) -> Value {
    before.and_then(|it| it.pointer("/identity/type")).cloned().unwrap_or_else(|| json!("None"))
}

impl SystemAssignedIdentity {
    /// Whether workid knows how to switch the identity on for this type of resource.
    pub fn supports(resource: &Scope) -> bool {
        api_version(resource).is_some()
    }

    fn request(&self, method: Method) -> Option<Request> {
        Some(Request::arm(method, self.on.0.clone(), api_version(&self.on)?))
    }
}

impl Noun for SystemAssignedIdentity {
    fn title(&self) -> String {
        format!("system-assigned managed identity of {}", self.on.short())
    }

    fn needs(&self) -> Vec<&Address> {
        Vec::new()
    }

    fn look(&self, _: &Known) -> Option<Request> {
        self.request(Method::Get)
    }

    fn found(&self, answer: Value) -> Option<Value> {
        let on =
            answer.pointer("/identity/type").and_then(Value::as_str)?.contains("SystemAssigned");
        on.then_some(answer)
    }

    fn make(&self, _: &Known, current: Option<&Value>) -> Option<Request> {
        let body = json!({ "identity": { "type": union(current, "SystemAssigned") } });
        Some(self.request(Method::Patch)?.body(body))
    }

    fn outputs(&self, answer: &Value) -> Outputs {
        let mut outputs = pick(answer, &[("principal_id", "/identity/principalId")]);
        outputs.0.insert("id".to_owned(), self.on.0.clone());
        outputs
    }

    fn unmake(&self, _: &Outputs, before_it: Option<&Value>) -> Option<Request> {
        Some(
            self.request(Method::Patch)?.body(json!({ "identity": { "type": before(before_it) } })),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switching_on_keeps_what_is_there() {
        let current = json!({ "identity": { "type": "UserAssigned" } });
        assert_eq!(union(Some(&current), "SystemAssigned"), "SystemAssigned, UserAssigned");
        assert_eq!(union(None, "SystemAssigned"), "SystemAssigned");
        assert_eq!(before(Some(&current)), "UserAssigned");
    }

    #[test]
    fn the_version_follows_the_type_of_the_resource() {
        let of = |it: &str| {
            api_version(&Scope(format!("/subscriptions/s/resourceGroups/g/providers/{it}")))
        };
        assert_eq!(of("Microsoft.Automation/automationAccounts/a"), Some("2024-10-23"));
        assert_eq!(of("Microsoft.Example/things/a"), None);
    }
}
