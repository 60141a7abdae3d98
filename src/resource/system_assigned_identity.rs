//! The identity that an Azure resource has of its own.

use super::{
    Address, Known, Noun, Outputs, Remains, Request, Right, Scope,
    host::{self, Host, Step},
    pick,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemAssignedIdentity {
    /// The resource that is to have the identity.
    pub on: Scope,
}

impl SystemAssignedIdentity {
    /// Whether workid knows how to switch the identity on for this type of resource.
    pub fn supports(resource: &Scope) -> bool {
        Host::of(resource).is_some()
    }
}

impl Noun for SystemAssignedIdentity {
    fn title(&self) -> String {
        format!("system-assigned managed identity of {}", self.on.short())
    }

    fn needs(&self) -> Vec<&Address> {
        Vec::new()
    }

    /// Each change of a resource's identities replaces them all.
    fn one_at_a_time(&self) -> Option<Address> {
        Some(self.on.turn())
    }

    fn rights(&self) -> Vec<Right> {
        host::write(&self.on).into_iter().collect()
    }

    fn look(&self, _: &Known) -> Option<Request> {
        Some(Host::of(&self.on)?.look(&self.on))
    }

    fn found(&self, _: &Known, answer: Value) -> Option<Value> {
        host::is_on(&answer).then_some(answer)
    }

    fn obstacle(&self, _: &Known, current: &Value) -> Option<String> {
        Host::of(&self.on)?.obstacle(current, Step::SwitchOn)
    }

    fn make(&self, _: &Known, current: Option<&Value>) -> Option<Request> {
        Some(Host::of(&self.on)?.request(&self.on, current, Step::SwitchOn))
    }

    fn outputs(&self, _: &Known, answer: &Value) -> Outputs {
        let mut outputs = pick(answer, &[("principal_id", "/identity/principalId")]);
        outputs.0.insert("id".to_owned(), self.on.0.clone());
        outputs
    }

    fn remember(&self, current: &Value) -> Option<Value> {
        Some(host::remember(current))
    }

    fn unmake(&self, remains: &Remains<'_>) -> Option<Request> {
        Some(Host::of(&self.on)?.request(&self.on, remains.current, Step::SwitchOff))
    }
}
