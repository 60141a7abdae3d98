//! Azure resources that run something, and how each type of them lets its identities be changed.

use super::{Method, Request, Right, Scope};
use serde_json::{Map, Value, json};

/// One type of resource.
pub(super) struct Host {
    kind: &'static str,
    /// A version that knows its `identity`.
    version: &'static str,
    change: Change,
    /// What stands between the two kinds of identity; `None` if it can have one kind alone.
    both: Option<&'static str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    /// What is not sent stays, but for `identity`, which is replaced by most.
    Patch,
    /// The whole resource is sent again.
    Put,
}

const HOSTS: &[Host] = &[
    Host::new("microsoft.compute/virtualmachines", "2024-07-01"),
    Host::new("microsoft.compute/virtualmachinescalesets", "2024-07-01"),
    Host::new("microsoft.web/sites", "2024-04-01"),
    Host::new("microsoft.automation/automationaccounts", "2024-10-23"),
    Host { both: Some(","), ..Host::new("microsoft.app/containerapps", "2024-03-01") },
    Host { both: Some(","), ..Host::new("microsoft.app/jobs", "2024-03-01") },
    // Its PATCH takes no body.
    Host {
        change: Change::Put,
        both: None,
        ..Host::new("microsoft.logic/workflows", "2019-05-01")
    },
    Host::new("microsoft.hybridcompute/machines", "2024-07-10"),
];

const SYSTEM: &str = "SystemAssigned";
const USER: &str = "UserAssigned";
const NONE: &str = "None";

/// What Azure says of a resource, and takes from nobody.
const READ_ONLY: &[&str] = &["id", "name", "type", "systemData", "etag"];

/// How far the identities of a resource are from what they are to be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Step<'s> {
    SwitchOn,
    SwitchOff,
    Attach(&'s str),
    Detach(&'s str),
}

impl Host {
    const fn new(kind: &'static str, version: &'static str) -> Host {
        Host { kind, version, change: Change::Patch, both: Some(", ") }
    }

    /// What is known of a resource's type; `None` if workid cannot change its identities.
    pub(super) fn of(resource: &Scope) -> Option<&'static Host> {
        let kind = resource.resource_type()?;
        HOSTS.iter().find(|it| it.kind == kind)
    }

    pub(super) fn look(&self, on: &Scope) -> Request {
        Request::arm(Method::Get, on.0.clone(), self.version)
    }

    /// Why the step cannot be done to the resource as it is, and what to do.
    pub(super) fn obstacle(&self, current: &Value, step: Step<'_>) -> Option<String> {
        let kinds = kinds(current);
        let other = match step {
            Step::SwitchOn => USER,
            Step::Attach(_) => SYSTEM,
            Step::SwitchOff | Step::Detach(_) => return None,
        };
        if self.both.is_none() && kinds.contains(&other) {
            return Some(format!(
                "it has a {} identity, and this type of resource can have one kind alone: give its roles to that one",
                if other == USER { "user-assigned" } else { "system-assigned" }
            ));
        }
        (self.change == Change::Put && has_hidden_parameters(current)).then(|| {
            "it has parameters that Azure does not show (securestring), which would be lost when it is sent again: \
             switch the identity on in the portal, under Identity"
                .to_owned()
        })
    }

    /// Asks for the step. What is there and is not its business stays as it is.
    pub(super) fn request(&self, on: &Scope, current: Option<&Value>, step: Step<'_>) -> Request {
        let identity = self.identity(current.unwrap_or(&Value::Null), step);
        match self.change {
            Change::Patch => Request::arm(Method::Patch, on.0.clone(), self.version)
                .body(json!({ "identity": identity })),
            Change::Put => {
                let mut whole = current.cloned().unwrap_or_else(|| json!({}));
                if let Some(whole) = whole.as_object_mut() {
                    whole.retain(|name, _| !READ_ONLY.contains(&name.as_str()));
                }
                whole["identity"] = identity;
                Request::arm(Method::Put, on.0.clone(), self.version).body(whole)
            }
        }
    }

    fn identity(&self, current: &Value, step: Step<'_>) -> Value {
        let mut shared: Map<String, Value> =
            attached(current).map(|it| (it.to_owned(), json!({}))).collect();
        let mut system = kinds(current).contains(&SYSTEM);
        match step {
            Step::SwitchOn => system = true,
            Step::SwitchOff => system = false,
            Step::Attach(id) if !shared.keys().any(|it| it.eq_ignore_ascii_case(id)) => {
                shared.insert(id.to_owned(), json!({}));
            }
            Step::Attach(_) => {}
            Step::Detach(id) => shared.retain(|it, _| !it.eq_ignore_ascii_case(id)),
        }
        let kind = match (system, !shared.is_empty()) {
            (true, true) => [SYSTEM, USER].join(self.both.unwrap_or(",")),
            (true, false) => SYSTEM.to_owned(),
            (false, true) => USER.to_owned(),
            (false, false) => NONE.to_owned(),
        };
        let none_left = shared.is_empty();
        // A PATCH takes one away that is sent as null, and keeps what is not sent.
        if let (Step::Detach(id), Change::Patch, false) = (step, self.change, none_left) {
            shared.insert(id.to_owned(), Value::Null);
        }
        if none_left {
            return json!({ "type": kind });
        }
        json!({ "type": kind, "userAssignedIdentities": shared })
    }
}

/// A version of the API that knows the identity of a resource; `None` if workid cannot change it.
pub fn api_version(on: &Scope) -> Option<&'static str> {
    Some(Host::of(on)?.version)
}

/// To change a resource of that type.
pub(super) fn write(on: &Scope) -> Option<Right> {
    let (_, rest) = on.0.rsplit_once("/providers/")?;
    let mut parts = rest.split('/');
    let (namespace, kind) = (parts.next()?, parts.next()?);
    Some(Right::on(format!("{namespace}/{kind}/write"), on))
}

/// What undoing has to know of a resource; the rest of it may be anybody's secret.
pub(super) fn remember(current: &Value) -> Value {
    json!({ "identity": current.get("identity").cloned().unwrap_or_default() })
}

pub(super) fn is_on(resource: &Value) -> bool {
    kinds(resource).contains(&SYSTEM)
}

/// The IDs of the identities that a resource uses.
pub(super) fn attached(resource: &Value) -> impl Iterator<Item = &str> {
    let all = resource.pointer("/identity/userAssignedIdentities").and_then(Value::as_object);
    all.into_iter().flat_map(|it| it.keys()).map(String::as_str)
}

fn kinds(resource: &Value) -> Vec<&str> {
    let kinds = resource.pointer("/identity/type").and_then(Value::as_str).unwrap_or_default();
    kinds.split(',').map(str::trim).filter(|it| !it.is_empty() && *it != NONE).collect()
}

fn has_hidden_parameters(workflow: &Value) -> bool {
    let all = workflow.pointer("/properties/definition/parameters").and_then(Value::as_object);
    let hidden = |it: &Value| {
        let kind = it.get("type").and_then(Value::as_str).unwrap_or_default();
        kind.to_ascii_lowercase().starts_with("secure")
    };
    all.is_some_and(|it| it.values().any(hidden))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(kind: &str) -> Scope {
        Scope(format!("/subscriptions/s/resourceGroups/g/providers/{kind}/a"))
    }

    fn host(kind: &str) -> &'static Host {
        Host::of(&resource(kind)).unwrap()
    }

    fn identity_after(kind: &str, current: &Value, step: Step<'_>) -> Value {
        let request = host(kind).request(&resource(kind), Some(current), step);
        request.body.unwrap()["identity"].clone()
    }

    const VM: &str = "Microsoft.Compute/virtualMachines";

    #[test]
    fn switching_on_sends_what_is_there_along() {
        let current = json!({ "identity": { "type": "UserAssigned", "userAssignedIdentities": { "/x": { "clientId": "c" } } } });
        assert_eq!(
            identity_after(VM, &current, Step::SwitchOn),
            json!({ "type": "SystemAssigned, UserAssigned", "userAssignedIdentities": { "/x": {} } })
        );
        let app = identity_after("Microsoft.App/containerApps", &current, Step::SwitchOn);
        assert_eq!(app["type"], "SystemAssigned,UserAssigned");
        assert_eq!(
            identity_after(VM, &json!({}), Step::SwitchOn),
            json!({ "type": "SystemAssigned" })
        );
    }

    #[test]
    fn what_was_added_goes_away_and_what_others_added_since_stays() {
        let current = json!({ "identity": {
            "type": "SystemAssigned, UserAssigned",
            "userAssignedIdentities": { "/ours": {}, "/theirs": {} },
        } });
        assert_eq!(
            identity_after(VM, &current, Step::Detach("/OURS")),
            json!({ "type": "SystemAssigned, UserAssigned", "userAssignedIdentities": { "/theirs": {}, "/OURS": null } })
        );
        let off = identity_after(VM, &current, Step::SwitchOff);
        assert_eq!(off["type"], "UserAssigned");
        let one = json!({ "identity": { "type": "UserAssigned", "userAssignedIdentities": { "/ours": {} } } });
        assert_eq!(identity_after(VM, &one, Step::Detach("/ours")), json!({ "type": "None" }));
    }

    #[test]
    fn a_logic_app_is_sent_whole_and_has_one_kind_of_identity() {
        let kind = "Microsoft.Logic/workflows";
        let current = json!({ "id": "/x", "name": "a", "type": kind, "location": "l", "properties": { "definition": {} } });
        let request = host(kind).request(&resource(kind), Some(&current), Step::SwitchOn);
        assert_eq!(request.method, Method::Put);
        assert_eq!(
            request.body.unwrap(),
            json!({ "location": "l", "properties": { "definition": {} }, "identity": { "type": "SystemAssigned" } })
        );
        let shared = json!({ "identity": { "type": "UserAssigned" } });
        assert!(host(kind).obstacle(&shared, Step::SwitchOn).unwrap().contains("one kind alone"));
        assert_eq!(host(kind).obstacle(&shared, Step::Attach("/x")), None);
        let secret = json!({ "properties": { "definition": { "parameters": { "p": { "type": "SecureString" } } } } });
        assert!(host(kind).obstacle(&secret, Step::SwitchOn).unwrap().contains("would be lost"));
        assert_eq!(host(VM).obstacle(&secret, Step::SwitchOn), None);
    }

    #[test]
    fn the_version_follows_the_type_of_the_resource() {
        assert_eq!(host("Microsoft.Automation/automationAccounts").version, "2024-10-23");
        assert_eq!(host("Microsoft.Web/sites/a/slots").kind, "microsoft.web/sites");
        assert!(Host::of(&resource("Microsoft.Example/things")).is_none());
    }
}
