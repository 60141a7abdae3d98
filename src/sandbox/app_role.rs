//! Application permissions: those that Microsoft Graph offers here, and who has them.

use serde_json::{Value, json};

use super::message::{Answer, Refusal, Reply, Request};
use super::state::{CLOCK, State, text};

const GRAPH: &str = "00000003-0000-0000-c000-000000000000";
const GRAPH_PRINCIPAL: &str = "a2f8c1d4-6b30-4e97-8c5a-91d7f0e3b264";

/// Some of its permissions, with their real IDs.
const ROLES: &[(&str, &str)] = &[
    ("Application.ReadWrite.OwnedBy", "18a4783c-866b-4cc7-a460-3d5e5662c884"),
    ("AuditLog.Read.All", "b0afded3-3588-46d8-8b3d-9842eff778da"),
    ("Directory.Read.All", "7ab1d382-f21e-4acd-a863-ba3e13f7da61"),
    ("Group.Read.All", "5b567255-7703-4780-807c-7be8301ae99b"),
    ("User.Read.All", "df021288-bdef-4463-88db-98f22de89214"),
];

/// Answers what is about permissions; `None` for everything else.
pub(super) fn answer(state: &mut State, request: &Request, path: &[&str]) -> Option<Answer> {
    match (request.method.as_str(), path) {
        ("GET", ["servicePrincipals", key]) if is_graph(key) => Some(Ok(Reply::ok(graph()))),
        ("PATCH", ["servicePrincipals", key]) if is_graph(key) => Some(Ok(Reply::empty(204))),
        ("GET", ["servicePrincipals", id, "appRoleAssignments"]) => Some(list(state, id)),
        ("POST", ["servicePrincipals", id, "appRoleAssignedTo"]) if is_graph(id) => {
            Some(assign(state, request))
        }
        ("DELETE", ["servicePrincipals", _, "appRoleAssignments", id]) => {
            let gone = state.app_role_assignments.remove(*id);
            Some(gone.map(|_| Reply::empty(204)).ok_or_else(|| missing(id)))
        }
        _ => None,
    }
}

fn is_graph(key: &str) -> bool {
    key == GRAPH_PRINCIPAL || key.split('\'').nth(1) == Some(GRAPH)
}

fn graph() -> Value {
    let role = |(value, id): &(&str, &str)| json!({ "id": id, "value": value, "allowedMemberTypes": ["Application"], "isEnabled": true });
    json!({
        "id": GRAPH_PRINCIPAL,
        "appId": GRAPH,
        "displayName": "Microsoft Graph",
        "servicePrincipalType": "Application",
        "appRoles": ROLES.iter().map(role).collect::<Vec<_>>(),
    })
}

fn list(state: &State, principal: &str) -> Answer {
    if !state.service_principals.contains_key(principal) {
        return Err(missing(principal));
    }
    let of = |it: &&Value| it["principalId"] == *principal;
    let all: Vec<&Value> = state.app_role_assignments.values().filter(of).collect();
    Ok(Reply::ok(json!({ "value": all })))
}

fn assign(state: &mut State, request: &Request) -> Answer {
    let body = request.json().map(Value::Object).unwrap_or_default();
    let (principal, role) = (text(&body["principalId"]), text(&body["appRoleId"]));
    let Some(name) = state.service_principals.get(&principal).map(|it| it["displayName"].clone())
    else {
        return Err(missing(&principal));
    };
    if body["resourceId"] != GRAPH_PRINCIPAL || !ROLES.iter().any(|(_, id)| *id == role) {
        return Err(bad("Permission is not found in the resource application."));
    }
    let same = |it: &Value| it["principalId"] == *principal && it["appRoleId"] == *role;
    if state.app_role_assignments.values().any(same) {
        return Err(bad("Permission being assigned already exists on the object"));
    }
    let id = state.mint(&format!("app role {role} for {principal}"));
    let assignment = json!({
        "id": id,
        "appRoleId": role,
        "principalId": principal,
        "principalDisplayName": name,
        "principalType": "ServicePrincipal",
        "resourceId": GRAPH_PRINCIPAL,
        "resourceDisplayName": "Microsoft Graph",
        "createdDateTime": CLOCK,
    });
    state.app_role_assignments.insert(id, assignment.clone());
    Ok(Reply::created(assignment))
}

fn bad(text: &str) -> Refusal {
    Refusal::new(400, "Request_BadRequest", text)
}

fn missing(id: &str) -> Refusal {
    let text = format!(
        "Resource '{id}' does not exist or one of its queried reference-property objects are not present."
    );
    Refusal::new(404, "Request_ResourceNotFound", text)
}
