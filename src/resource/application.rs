//! An application registered in Microsoft Entra ID.

use super::{Address, Difference, Known, Method, Noun, Outputs, Request, output, pick};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// The key by which the application is made once and found again.
    pub unique_name: String,
    pub certificate: Option<Address>,
}

impl Application {
    fn path(&self) -> String {
        format!("/v1.0/applications(uniqueName='{}')", self.unique_name)
    }

    fn keys(&self, known: &Known) -> Option<Vec<Value>> {
        let Some(address) = &self.certificate else { return Some(Vec::new()) };
        Some(vec![json!({
            "type": "AsymmetricX509Cert",
            "usage": "Verify",
            "displayName": format!("CN={}", self.unique_name),
            "key": output(known, address, "public")?,
        })])
    }
}

impl Noun for Application {
    fn title(&self) -> String {
        format!("application {}", self.unique_name)
    }

    fn needs(&self) -> Vec<&Address> {
        self.certificate.iter().collect()
    }

    fn look(&self, _: &Known) -> Option<Request> {
        Some(Request::graph(Method::Get, self.path()))
    }

    fn make(&self, known: &Known, _: Option<&Value>) -> Option<Request> {
        let mut body = json!({
            "displayName": self.unique_name,
            // The default lets personal accounts sign in, too.
            "signInAudience": "AzureADMyOrg",
            "notes": "Made by workid.",
        });
        let keys = self.keys(known)?;
        if !keys.is_empty() {
            body["keyCredentials"] = Value::Array(keys);
        }
        Some(Request::graph(Method::Patch, self.path()).body(body).create_if_missing())
    }

    fn outputs(&self, answer: &Value) -> Outputs {
        pick(answer, &[("id", "/id"), ("client_id", "/appId")])
    }

    fn differences(&self, _: &Known, found: &Value) -> Vec<Difference> {
        Difference::check("sign-in audience", "AzureADMyOrg", found, "/signInAudience")
            .into_iter()
            .collect()
    }

    fn unmake(&self, outputs: &Outputs, _: Option<&Value>) -> Option<Request> {
        Some(Request::graph(Method::Delete, format!("/v1.0/applications/{}", outputs.0.get("id")?)))
    }
}
