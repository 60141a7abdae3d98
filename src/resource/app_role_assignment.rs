//! A permission of an API, such as Microsoft Graph's `User.Read.All`, for an identity.

use super::{
    Address, Api, Known, Method, Noun, Outputs, Remains, Request, Right, output, pick, right,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppRoleAssignment {
    pub identity: Address,
    pub api: Address,
    /// `User.Read.All`
    pub permission: String,
}

impl AppRoleAssignment {
    fn role(&self, known: &Known) -> Option<String> {
        output(known, &self.api, &Api::permission(&self.permission))
    }
}

impl Noun for AppRoleAssignment {
    fn title(&self) -> String {
        format!("permission {}", self.permission)
    }

    fn needs(&self) -> Vec<&Address> {
        vec![&self.identity, &self.api]
    }

    fn rights(&self) -> Vec<Right> {
        vec![Right::Directory(&right::APP_ROLES)]
    }

    fn look(&self, known: &Known) -> Option<Request> {
        let principal = output(known, &self.identity, "principal_id")?;
        output(known, &self.api, "principal_id")?;
        let path = format!("/v1.0/servicePrincipals/{principal}/appRoleAssignments");
        // A new principal is not known everywhere at once.
        Some(Request::graph(Method::Get, path).patience(&["Request_ResourceNotFound"]))
    }

    fn found(&self, known: &Known, answer: Value) -> Option<Value> {
        let (api, role) = (output(known, &self.api, "principal_id")?, self.role(known)?);
        let ours = |it: &&Value| it["resourceId"] == api && it["appRoleId"] == role;
        answer.get("value")?.as_array()?.iter().find(ours).cloned()
    }

    fn obstacle(&self, known: &Known, _: &Value) -> Option<String> {
        (known.contains_key(&self.api) && self.role(known).is_none()).then(|| {
            format!(
                "the API has no application permission {}: look up its name in the documentation of the API",
                self.permission
            )
        })
    }

    fn make(&self, known: &Known, _: Option<&Value>) -> Option<Request> {
        let principal = output(known, &self.identity, "principal_id")?;
        let api = output(known, &self.api, "principal_id")?;
        let body = json!({
            "principalId": principal,
            "resourceId": api,
            "appRoleId": self.role(known)?,
        });
        let path = format!("/v1.0/servicePrincipals/{api}/appRoleAssignedTo");
        let request = Request::graph(Method::Post, path).body(body);
        Some(request.patience(&["Request_ResourceNotFound"]))
    }

    fn outputs(&self, _: &Known, answer: &Value) -> Outputs {
        pick(answer, &[("id", "/id"), ("principal_id", "/principalId")])
    }

    fn unmake(&self, remains: &Remains<'_>) -> Option<Request> {
        let principal = remains.outputs.0.get("principal_id")?;
        let id = remains.outputs.0.get("id")?;
        let path = format!("/v1.0/servicePrincipals/{principal}/appRoleAssignments/{id}");
        Some(Request::graph(Method::Delete, path))
    }
}
