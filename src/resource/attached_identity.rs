//! A user-assigned managed identity on an Azure resource that runs a workload.

use super::{
    Address, Known, Method, Noun, Outputs, Request, Scope, output,
    system_assigned_identity::{api_version, before, union},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachedIdentity {
    pub identity: Address,
    /// The resource that may use the identity.
    pub on: Scope,
}

impl AttachedIdentity {
    fn request(&self, method: Method) -> Option<Request> {
        Some(Request::arm(method, self.on.0.clone(), api_version(&self.on)?))
    }
}

impl Noun for AttachedIdentity {
    fn title(&self) -> String {
        format!("use of the identity by {}", self.on.short())
    }

    fn needs(&self) -> Vec<&Address> {
        vec![&self.identity]
    }

    /// Each change of a resource's identities replaces them all.
    fn one_at_a_time(&self) -> Option<&Address> {
        Some(&self.identity)
    }

    fn look(&self, known: &Known) -> Option<Request> {
        output(known, &self.identity, "id")?;
        self.request(Method::Get)
    }

    fn found(&self, answer: Value) -> Option<Value> {
        let name = self.identity.0.rsplit('.').next()?.to_ascii_lowercase();
        let attached = answer.pointer("/identity/userAssignedIdentities")?.as_object()?;
        attached
            .keys()
            .any(|it| it.to_ascii_lowercase().ends_with(&format!("/{name}")))
            .then_some(answer)
    }

    fn make(&self, known: &Known, current: Option<&Value>) -> Option<Request> {
        let id = output(known, &self.identity, "id")?;
        let body = json!({ "identity": {
            "type": union(current, "UserAssigned"),
            "userAssignedIdentities": { id: {} },
        } });
        Some(self.request(Method::Patch)?.body(body))
    }

    fn outputs(&self, _: &Value) -> Outputs {
        Outputs([("id".to_owned(), self.on.0.clone())].into())
    }

    fn unmake(&self, _: &Outputs, before_it: Option<&Value>) -> Option<Request> {
        let mut identity = json!({ "type": before(before_it) });
        if let Some(attached) =
            before_it.and_then(|it| it.pointer("/identity/userAssignedIdentities")?.as_object())
        {
            identity["userAssignedIdentities"] =
                attached.keys().map(|it| (it.clone(), json!({}))).collect();
        }
        Some(self.request(Method::Patch)?.body(json!({ "identity": identity })))
    }
}
