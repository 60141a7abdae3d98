//! The service principal of an API, such as Microsoft Graph, in the tenant: what its permissions
//! are assigned on.

use super::{Address, Known, Method, Noun, Outputs, Remains, Request, Right, pick, right};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Api {
    pub app_id: String,
    /// `Microsoft Graph`
    pub name: String,
}

/// What outputs that are permissions begin with.
const ROLE: &str = "role:";

impl Api {
    pub fn graph() -> Api {
        Api {
            app_id: "00000003-0000-0000-c000-000000000000".to_owned(),
            name: "Microsoft Graph".to_owned(),
        }
    }

    /// Under which output the ID of a permission stands.
    pub(super) fn permission(name: &str) -> String {
        format!("{ROLE}{name}")
    }

    fn path(&self) -> String {
        format!("/v1.0/servicePrincipals(appId='{}')", self.app_id)
    }
}

impl Noun for Api {
    fn title(&self) -> String {
        format!("{} in the tenant", self.name)
    }

    fn needs(&self) -> Vec<&Address> {
        Vec::new()
    }

    fn rights(&self) -> Vec<Right> {
        vec![Right::Directory(&right::APPLICATIONS)]
    }

    fn look(&self, _: &Known) -> Option<Request> {
        Some(Request::graph(Method::Get, self.path()).query("$select", "id,appId,appRoles"))
    }

    fn make(&self, _: &Known, _: Option<&Value>) -> Option<Request> {
        Some(Request::graph(Method::Patch, self.path()).body(json!({})).create_if_missing())
    }

    fn outputs(&self, _: &Known, answer: &Value) -> Outputs {
        let mut outputs = pick(answer, &[("principal_id", "/id")]);
        let roles = answer.get("appRoles").and_then(Value::as_array).into_iter().flatten();
        let role = |it: &Value| {
            Some((Api::permission(it["value"].as_str()?), it["id"].as_str()?.to_owned()))
        };
        outputs.0.extend(roles.filter_map(role));
        outputs
    }

    /// Others may use it, so it stays.
    fn unmake(&self, _: &Remains<'_>) -> Option<Request> {
        None
    }
}
