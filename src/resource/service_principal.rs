//! The service principal of an application: the application's identity in the tenant.

use super::{Address, Known, Method, Noun, Outputs, Remains, Request, Right, output, pick, right};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What Graph answers while the application is not yet known everywhere.
const NOT_YET: &[&str] = &["Request_BadRequest", "Request_ResourceNotFound"];

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServicePrincipal {
    pub application: Address,
    pub display_name: String,
}

impl ServicePrincipal {
    fn path(&self, known: &Known) -> Option<String> {
        let client_id = output(known, &self.application, "client_id")?;
        Some(format!("/v1.0/servicePrincipals(appId='{client_id}')"))
    }
}

impl Noun for ServicePrincipal {
    fn title(&self) -> String {
        format!("service principal {}", self.display_name)
    }

    fn needs(&self) -> Vec<&Address> {
        vec![&self.application]
    }

    fn rights(&self) -> Vec<Right> {
        vec![Right::Directory(&right::APPLICATIONS)]
    }

    fn look(&self, known: &Known) -> Option<Request> {
        Some(Request::graph(Method::Get, self.path(known)?))
    }

    fn make(&self, known: &Known, _: Option<&Value>) -> Option<Request> {
        let body = json!({ "displayName": self.display_name });
        let request = Request::graph(Method::Patch, self.path(known)?).body(body);
        Some(request.create_if_missing().patience(NOT_YET))
    }

    fn outputs(&self, _: &Known, answer: &Value) -> Outputs {
        pick(answer, &[("principal_id", "/id"), ("client_id", "/appId")])
    }

    fn unmake(&self, remains: &Remains<'_>) -> Option<Request> {
        let id = remains.outputs.0.get("principal_id")?;
        Some(Request::graph(Method::Delete, format!("/v1.0/servicePrincipals/{id}")))
    }
}
