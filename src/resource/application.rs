//! An application registered in Microsoft Entra ID.

use super::{
    Address, Difference, Known, Method, Noun, Outputs, Remains, Request, Right, output, pick, right,
};
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

    /// A key that the application does not know opens nothing.
    fn other_key(&self, known: &Known, found: &Value) -> Option<Difference> {
        let address = self.certificate.as_ref()?;
        let public = output(known, address, "public");
        let keys = found.get("keyCredentials").and_then(Value::as_array);
        let is_ours = |it: &Value| public.as_deref().is_some_and(|public| it["key"] == public);
        (!keys.is_some_and(|it| it.iter().any(is_ours))).then(|| Difference {
            what: "certificate",
            planned: "the one on this machine".to_owned(),
            found: "others, or none".to_owned(),
        })
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

    fn rights(&self) -> Vec<Right> {
        vec![Right::Directory(&right::APPLICATIONS)]
    }

    fn look(&self, _: &Known) -> Option<Request> {
        const SELECT: &str = "id,appId,uniqueName,signInAudience,keyCredentials";
        Some(Request::graph(Method::Get, self.path()).query("$select", SELECT))
    }

    fn make(&self, known: &Known, current: Option<&Value>) -> Option<Request> {
        let mut body = json!({
            "displayName": self.unique_name,
            // The default lets personal accounts sign in, too.
            "signInAudience": "AzureADMyOrg",
            "notes": "Made by workid.",
        });
        // The list is replaced as a whole, so the keys that are there go along.
        let there = current.and_then(|it| it.get("keyCredentials")?.as_array()).cloned();
        let new = self.keys(known)?;
        let there: Vec<Value> = there
            .into_iter()
            .flatten()
            .filter(|it| new.iter().all(|new| new["key"] != it["key"]))
            .collect();
        if !new.is_empty() {
            let keys = [there, new].concat();
            body["keyCredentials"] = Value::Array(keys);
        }
        Some(Request::graph(Method::Patch, self.path()).body(body).create_if_missing())
    }

    fn outputs(&self, _: &Known, answer: &Value) -> Outputs {
        pick(answer, &[("id", "/id"), ("client_id", "/appId")])
    }

    fn differences(&self, known: &Known, found: &Value) -> Vec<Difference> {
        let audience =
            Difference::check("sign-in audience", "AzureADMyOrg", found, "/signInAudience");
        audience.into_iter().chain(self.other_key(known, found)).collect()
    }

    fn remember(&self, current: &Value) -> Option<Value> {
        let names = ["signInAudience", "keyCredentials"].into_iter();
        Some(names.filter_map(|it| Some((it, current.get(it)?.clone()))).collect())
    }

    fn unmake(&self, remains: &Remains<'_>) -> Option<Request> {
        let path = format!("/v1.0/applications/{}", remains.outputs.0.get("id")?);
        Some(match remains.before {
            Some(before) => Request::graph(Method::Patch, path).body(before.clone()),
            None => Request::graph(Method::Delete, path),
        })
    }
}
