//! A user-assigned managed identity on an Azure resource that runs a workload.

use super::{
    Address, Known, Noun, Outputs, Remains, Request, Right, Scope,
    host::{self, Host, Step},
    output,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachedIdentity {
    pub identity: Address,
    /// The resource that may use the identity.
    pub on: Scope,
}

impl Noun for AttachedIdentity {
    fn title(&self) -> String {
        format!("use of the identity by {}", self.on.short())
    }

    fn needs(&self) -> Vec<&Address> {
        vec![&self.identity]
    }

    /// Each change of a resource's identities replaces them all.
    fn one_at_a_time(&self) -> Option<Address> {
        Some(self.on.turn())
    }

    fn rights(&self) -> Vec<Right> {
        let assign = Right::of(
            "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
            &self.identity,
        );
        host::write(&self.on).into_iter().chain([assign]).collect()
    }

    fn look(&self, known: &Known) -> Option<Request> {
        output(known, &self.identity, "id")?;
        Some(Host::of(&self.on)?.look(&self.on))
    }

    fn found(&self, known: &Known, answer: Value) -> Option<Value> {
        let id = output(known, &self.identity, "id")?;
        let uses = host::attached(&answer).any(|it| it.eq_ignore_ascii_case(&id));
        uses.then_some(answer)
    }

    fn obstacle(&self, known: &Known, current: &Value) -> Option<String> {
        let id = output(known, &self.identity, "id").unwrap_or_default();
        Host::of(&self.on)?.obstacle(current, Step::Attach(&id))
    }

    fn make(&self, known: &Known, current: Option<&Value>) -> Option<Request> {
        let id = output(known, &self.identity, "id")?;
        Some(Host::of(&self.on)?.request(&self.on, current, Step::Attach(&id)))
    }

    fn outputs(&self, known: &Known, _: &Value) -> Outputs {
        let mut outputs = Outputs([("id".to_owned(), self.on.0.clone())].into());
        outputs.0.extend(output(known, &self.identity, "id").map(|it| ("identity".to_owned(), it)));
        outputs
    }

    fn remember(&self, current: &Value) -> Option<Value> {
        Some(host::remember(current))
    }

    fn unmake(&self, remains: &Remains<'_>) -> Option<Request> {
        let id = remains.outputs.0.get("identity")?;
        Some(Host::of(&self.on)?.request(&self.on, remains.current, Step::Detach(id)))
    }
}
