//! A service connection of Azure DevOps with workload identity federation.

use super::{
    Address, Difference, Known, Method, Noun, Outputs, Remains, Request, Right, Service, Term, pick,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const API_VERSION: &str = "7.1";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceConnection {
    pub organization: String,
    pub project: String,
    pub project_id: String,
    pub name: String,
    pub client_id: Term,
    pub tenant_id: String,
    pub subscription_id: String,
    pub subscription_name: String,
}

impl ServiceConnection {
    fn request(&self, method: Method, path: String) -> Request {
        Request::new(method, Service::DevOps, path).query("api-version", API_VERSION)
    }
}

impl Noun for ServiceConnection {
    fn title(&self) -> String {
        format!("service connection {} in {}/{}", self.name, self.organization, self.project)
    }

    fn needs(&self) -> Vec<&Address> {
        self.client_id.needs().into_iter().collect()
    }

    fn rights(&self) -> Vec<Right> {
        vec![Right::Project(format!(
            "to make service connections in {}/{}",
            self.organization, self.project
        ))]
    }

    fn look(&self, _: &Known) -> Option<Request> {
        let path =
            format!("/{}/{}/_apis/serviceendpoint/endpoints", self.organization, self.project);
        Some(self.request(Method::Get, path).query("endpointNames", self.name.clone()))
    }

    fn found(&self, _: &Known, answer: Value) -> Option<Value> {
        let named = |it: &&Value| it.get("name").and_then(Value::as_str) == Some(&self.name);
        answer.get("value")?.as_array()?.iter().find(named).cloned()
    }

    fn make(&self, known: &Known, _: Option<&Value>) -> Option<Request> {
        let path = format!("/{}/_apis/serviceendpoint/endpoints", self.organization);
        Some(self.request(Method::Post, path).body(json!({
            "name": self.name,
            "type": "AzureRM",
            "url": "https://management.azure.com/",
            "data": {
                "subscriptionId": self.subscription_id,
                "subscriptionName": self.subscription_name,
                "environment": "AzureCloud",
                "scopeLevel": "Subscription",
                "creationMode": "Manual",
            },
            "authorization": {
                "scheme": "WorkloadIdentityFederation",
                "parameters": {
                    "tenantid": self.tenant_id,
                    "serviceprincipalid": self.client_id.resolve(known)?,
                },
            },
            "isShared": false,
            "isReady": true,
            "serviceEndpointProjectReferences": [{
                "projectReference": { "id": self.project_id, "name": self.project },
                "name": self.name,
            }],
        })))
    }

    fn obstacle(&self, known: &Known, current: &Value) -> Option<String> {
        let is_one = current.get("authorization").is_some();
        (is_one && !self.differences(known, current).is_empty()).then(|| {
            "a service connection of that name signs in as another: rename or delete it, or let its \
             pipelines use another one"
                .to_owned()
        })
    }

    // Azure DevOps chooses the issuer and the subject, and tells them in its answer.
    fn outputs(&self, _: &Known, answer: &Value) -> Outputs {
        let names = [
            ("id", "/id"),
            ("name", "/name"),
            ("issuer", "/authorization/parameters/workloadIdentityFederationIssuer"),
            ("subject", "/authorization/parameters/workloadIdentityFederationSubject"),
        ];
        pick(answer, &names)
    }

    fn differences(&self, known: &Known, found: &Value) -> Vec<Difference> {
        let client_id = self.client_id.resolve(known).unwrap_or_default();
        let check = |what, planned: &str, pointer| Difference::check(what, planned, found, pointer);
        [
            check("client ID", &client_id, "/authorization/parameters/serviceprincipalid"),
            check("scheme", "WorkloadIdentityFederation", "/authorization/scheme"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn unmake(&self, remains: &Remains<'_>) -> Option<Request> {
        let path = format!(
            "/{}/_apis/serviceendpoint/endpoints/{}",
            self.organization,
            remains.outputs.0.get("id")?
        );
        Some(self.request(Method::Delete, path).query("projectIds", self.project_id.clone()))
    }
}
