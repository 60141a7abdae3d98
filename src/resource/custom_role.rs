//! `Microsoft.Authorization/roleDefinitions`, of the tenant's own.

use super::{
    Address, Difference, Known, Method, Noun, Outputs, Remains, Request, Right, Scope, pick,
    restore_by_id,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const API_VERSION: &str = "2022-04-01";

/// A role that allows what is listed, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomRole {
    /// No two roles of a tenant have the same.
    pub name: String,
    pub subscription_id: String,
    /// Where it can be assigned: a resource group or the subscription, and no single resource.
    pub assignable_scope: Scope,
    pub actions: Vec<String>,
    pub data_actions: Vec<String>,
}

impl CustomRole {
    /// The same role has the same ID each time, so it is known before it is made.
    pub fn id(&self) -> String {
        let seed = format!("{}\n{}", self.assignable_scope.0.to_lowercase(), self.name);
        let name = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, seed.as_bytes());
        let subscription = &self.subscription_id;
        format!(
            "/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{name}"
        )
    }
}

impl Noun for CustomRole {
    fn title(&self) -> String {
        format!("custom role {}", self.name)
    }

    fn needs(&self) -> Vec<&Address> {
        Vec::new()
    }

    fn rights(&self) -> Vec<Right> {
        vec![Right::on("Microsoft.Authorization/roleDefinitions/write", &self.assignable_scope)]
    }

    fn look(&self, _: &Known) -> Option<Request> {
        Some(Request::arm(Method::Get, self.id(), API_VERSION))
    }

    fn make(&self, _: &Known, _: Option<&Value>) -> Option<Request> {
        let permissions = json!([{
            "actions": self.actions,
            "notActions": [],
            "dataActions": self.data_actions,
            "notDataActions": [],
        }]);
        let body = json!({ "properties": {
            "roleName": self.name,
            "type": "CustomRole",
            "description": "Made by workid, of what commands ask for.",
            "permissions": permissions,
            "assignableScopes": [self.assignable_scope],
        } });
        Some(Request::arm(Method::Put, self.id(), API_VERSION).body(body))
    }

    fn outputs(&self, _: &Known, answer: &Value) -> Outputs {
        pick(answer, &[("id", "/id")])
    }

    fn differences(&self, _: &Known, found: &Value) -> Vec<Difference> {
        let list = |pointer: &str| {
            let found = found.pointer(pointer).and_then(Value::as_array);
            let mut list: Vec<&str> =
                found.into_iter().flatten().filter_map(Value::as_str).collect();
            list.sort_unstable();
            list.join(" ")
        };
        let sorted = |it: &[String]| {
            let mut list = it.to_vec();
            list.sort_unstable();
            list.join(" ")
        };
        [
            ("actions", sorted(&self.actions), list("/properties/permissions/0/actions")),
            (
                "data actions",
                sorted(&self.data_actions),
                list("/properties/permissions/0/dataActions"),
            ),
        ]
        .into_iter()
        .filter(|(_, planned, found)| planned != found)
        .map(|(what, planned, found)| Difference { what, planned, found })
        .collect()
    }

    fn remember(&self, current: &Value) -> Option<Value> {
        const KEPT: [&str; 5] =
            ["roleName", "type", "description", "permissions", "assignableScopes"];
        let found = &current["properties"];
        Some(KEPT.into_iter().map(|it| (it, found[it].clone())).collect())
    }

    fn unmake(&self, remains: &Remains<'_>) -> Option<Request> {
        restore_by_id(remains, API_VERSION)
    }
}
