//! `Microsoft.Authorization/roleAssignments`

use super::{
    Address, Difference, Known, Method, Noun, Outputs, Remains, Request, Right, Scope, output,
    pick, restore_by_id,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const API_VERSION: &str = "2022-04-01";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleAssignment {
    pub identity: Address,
    pub scope: Scope,
    /// `Website Contributor`
    pub role: String,
    /// `/subscriptions/…/providers/Microsoft.Authorization/roleDefinitions/…`
    pub role_definition: String,
    /// The role's address, if it is made, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<Address>,
    /// In the language of Azure's conditions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
}

impl RoleAssignment {
    /// The same assignment has the same name each time, so asking twice makes it once. An
    /// identity that was deleted and made again is another principal, and so another assignment.
    fn name(&self, principal: &str) -> uuid::Uuid {
        let seed = format!("{}\n{}\n{principal}", self.scope.0.to_lowercase(), self.definition());
        uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, seed.as_bytes())
    }

    /// The GUID alone: the same definition is named under each subscription.
    fn definition(&self) -> String {
        self.role_definition.rsplit('/').next().unwrap_or_default().to_lowercase()
    }

    fn collection(&self) -> String {
        assignments(&self.scope)
    }

    /// Those of the principal on a scope, above it and below it.
    fn of_principal(&self, known: &Known, scope: &Scope) -> Option<Request> {
        let principal = output(known, &self.identity, "principal_id")?;
        let request = Request::arm(Method::Get, assignments(scope), API_VERSION);
        Some(request.query("$filter", format!("principalId eq '{principal}'")))
    }
}

fn assignments(scope: &Scope) -> String {
    format!("{scope}/providers/Microsoft.Authorization/roleAssignments")
}

impl Noun for RoleAssignment {
    fn title(&self) -> String {
        format!("role assignment {} on {}", self.role, self.scope.short())
    }

    fn needs(&self) -> Vec<&Address> {
        [Some(&self.identity), self.made.as_ref()].into_iter().flatten().collect()
    }

    fn rights(&self) -> Vec<Right> {
        vec![Right::on("Microsoft.Authorization/roleAssignments/write", &self.scope)]
    }

    /// Asked by principal, so that the same assignment under a name of another's is found, too.
    fn look(&self, known: &Known) -> Option<Request> {
        self.of_principal(known, &self.scope)
    }

    /// An identity's assignments are few, wherever in the subscription they are.
    fn look_at_all(&self, known: &Known) -> Option<Request> {
        self.of_principal(known, &self.scope.subscription()?)
    }

    fn found(&self, _: &Known, answer: Value) -> Option<Value> {
        let text = |it: &Value, pointer: &str| {
            it.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_lowercase()
        };
        let ours = |it: &&Value| {
            text(it, "/properties/roleDefinitionId").ends_with(&self.definition())
                && text(it, "/properties/scope") == self.scope.0.to_lowercase()
        };
        answer.get("value")?.as_array()?.iter().find(ours).cloned()
    }

    /// One that is there keeps its name: a second of the same role for the same principal is refused.
    fn make(&self, known: &Known, current: Option<&Value>) -> Option<Request> {
        let principal = output(known, &self.identity, "principal_id")?;
        let there = current.and_then(|it| it.get("id")).and_then(Value::as_str);
        let path = there.map_or_else(
            || format!("{}/{}", self.collection(), self.name(&principal)),
            str::to_owned,
        );
        let mut body = json!({ "properties": {
            "roleDefinitionId": self.role_definition,
            "principalId": principal,
            // A new principal may not have reached every region; naming its type lets Azure take
            // the assignment before it has.
            "principalType": "ServicePrincipal",
            "description": "Made by workid.",
        } });
        if let Some(condition) = &self.condition {
            body["properties"]["condition"] = condition.as_str().into();
            body["properties"]["conditionVersion"] = "2.0".into();
        }
        Some(
            Request::arm(Method::Put, path, API_VERSION)
                .body(body)
                .patience(&["PrincipalNotFound", "RoleDefinitionDoesNotExist"]),
        )
    }

    fn outputs(&self, _: &Known, answer: &Value) -> Outputs {
        pick(answer, &[("id", "/id")])
    }

    fn differences(&self, known: &Known, found: &Value) -> Vec<Difference> {
        let principal = output(known, &self.identity, "principal_id").unwrap_or_default();
        let condition = self.condition.as_deref().unwrap_or_default();
        [
            Difference::check("principal", &principal, found, "/properties/principalId"),
            Difference::check("condition", condition, found, "/properties/condition"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn remember(&self, current: &Value) -> Option<Value> {
        const KEPT: [&str; 6] = [
            "roleDefinitionId",
            "principalId",
            "principalType",
            "description",
            "condition",
            "conditionVersion",
        ];
        let found = current.get("properties")?;
        Some(KEPT.into_iter().filter_map(|it| Some((it, found.get(it)?.clone()))).collect())
    }

    fn unmake(&self, remains: &Remains<'_>) -> Option<Request> {
        restore_by_id(remains, API_VERSION)
    }
}
