//! The tenant as it is found: Contoso, whose automation still signs in as users. What is in it is
//! in `seed.json`.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::state::{CLOCK, State, text};
use super::{Given, Operator, SUBSCRIPTION_ID, SUBSCRIPTION_NAME, TENANT_ID, access, imagined};

/// Where everything in this tenant is.
pub(super) const LOCATION: &str = "japaneast";

/// The display name of the service principal that may do all that workid does.
const OPERATOR: &str = "workid-operator";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Seed {
    users: Vec<Account>,
    groups: Vec<Group>,
    applications: Vec<Account>,
    resource_groups: Vec<String>,
    resources: Vec<Resource>,
    policies: Vec<String>,
    assignments: Vec<Assignment>,
    projects: Vec<String>,
}

/// Someone who can sign in. The passwords are no secrets: they open nothing but this stand-in, and
/// begin with `canary-` so that a test can tell whether one has leaked.
#[derive(Deserialize)]
struct Account {
    #[serde(default)]
    upn: String,
    name: String,
    password: String,
    #[serde(default)]
    mfa: bool,
    #[serde(default)]
    synchronized: bool,
    #[serde(default)]
    administrator: bool,
}

#[derive(Deserialize)]
struct Group {
    name: String,
    members: Vec<String>,
}

#[derive(Deserialize)]
struct Resource {
    group: String,
    r#type: String,
    name: String,
    properties: Value,
}

/// A role for a principal, on a resource group or on the subscription.
#[derive(Deserialize)]
struct Assignment {
    principal: String,
    role: String,
    group: Option<String>,
}

/// The tenant on its first day.
pub(super) fn tenant() -> State {
    let seed: Seed = serde_json::from_str(include_str!("seed.json"))
        .expect("the seed is part of the program, and every test reads it");
    let mut state = State::empty(signing_key());
    let principals = directory(&mut state, &seed);
    resources(&mut state, &seed);
    for assignment in &seed.assignments {
        assign(&mut state, assignment, &principals[&assignment.principal]);
    }
    for name in &seed.projects {
        let id = state.mint(&format!("project {name}"));
        let project =
            json!({ "id": id, "name": name, "state": "wellFormed", "visibility": "private" });
        state.projects.insert(id, project);
    }
    state
}

/// The operator of every sandbox. Its ids are made from its name, so a new tenant tells them too.
pub(super) fn operator() -> Operator {
    let state = tenant();
    let app = state.applications.values().find(|app| app["displayName"] == OPERATOR);
    let app = app.expect("the seed holds the operator, and every test signs in as it");
    Operator {
        tenant_id: TENANT_ID.to_owned(),
        client_id: text(&app["appId"]),
        client_secret: state.secrets[&text(&app["passwordCredentials"][0]["keyId"])].clone(),
    }
}

/// Adds users, groups and applications. Returns the object id of each by its name.
fn directory(state: &mut State, seed: &Seed) -> BTreeMap<String, String> {
    let mut principals = BTreeMap::new();
    for user in &seed.users {
        let id = add_user(state, &user.upn, &user.name, user.synchronized);
        state.secrets.insert(id.clone(), user.password.clone());
        if user.mfa {
            state.must_do_mfa.insert(id.clone());
        }
        enrol(state, &mut principals, user, &user.upn, id);
    }
    for group in &seed.groups {
        let id = state.mint(&format!("group {}", group.name));
        let object = json!({
            "id": id,
            "displayName": group.name,
            "securityEnabled": true,
            "mailEnabled": false,
        });
        state.groups.insert(id.clone(), object);
        let members = group.members.iter().map(|member| principals[member].clone()).collect();
        state.members.insert(id.clone(), members);
        principals.insert(group.name.clone(), id);
    }
    for app in &seed.applications {
        let id = state.mint(&format!("application {}", app.name));
        let client_id = state.mint(&format!("client of {id}"));
        let key_id = state.mint(&format!("password of {id}"));
        let object = json!({
            "id": id,
            "appId": client_id,
            "displayName": app.name,
            "signInAudience": "AzureADMyOrg",
            "createdDateTime": CLOCK,
            "keyCredentials": [],
            "passwordCredentials": [{ "keyId": key_id, "displayName": "seed" }],
        });
        state.applications.insert(id, object);
        state.secrets.insert(key_id, app.password.clone());
        let principal = text(&state.add_service_principal(&client_id, &app.name)["id"]);
        enrol(state, &mut principals, app, &app.name, principal);
    }
    principals
}

fn add_user(state: &mut State, upn: &str, name: &str, synchronized: bool) -> String {
    let id = state.mint(&format!("user {upn}"));
    let object = json!({
        "id": id,
        "userPrincipalName": upn,
        "displayName": name,
        "mail": upn,
        "accountEnabled": true,
        "userType": "Member",
        "onPremisesSyncEnabled": synchronized.then_some(true),
        "createdDateTime": CLOCK,
    });
    state.users.insert(id.clone(), object);
    id
}

/// Adds what is given beside the seed. What is there stays as it is.
pub(super) fn give(state: &mut State, given: &Given) {
    let subscription = format!("/subscriptions/{SUBSCRIPTION_ID}");
    if let (Some(name), Some(own)) = (&given.subscription, state.resources.get_mut(&subscription)) {
        own["displayName"] = name.as_str().into();
    }
    for upn in &given.users {
        let is_own = |user: &Value| text(&user["userPrincipalName"]).eq_ignore_ascii_case(upn);
        if !state.users.values().any(is_own) {
            let id = add_user(state, upn, upn, false);
            assign(
                state,
                &Assignment { principal: id.clone(), role: "Owner".to_owned(), group: None },
                &id,
            );
        }
    }
    for id in &given.resources {
        imagined::add(state, id);
    }
}

fn enrol(
    state: &mut State,
    principals: &mut BTreeMap<String, String>,
    account: &Account,
    name: &str,
    id: String,
) {
    if account.administrator {
        state.administrators.insert(id.clone());
    }
    principals.insert(name.to_owned(), id);
}

/// Adds the subscription, its groups, the resources in them, and the two policies by which one can
/// tell that the tenant enforces MFA for writes.
fn resources(state: &mut State, seed: &Seed) {
    let subscription = format!("/subscriptions/{SUBSCRIPTION_ID}");
    add(
        state,
        json!({
            "id": subscription,
            "subscriptionId": SUBSCRIPTION_ID,
            "tenantId": TENANT_ID,
            "displayName": SUBSCRIPTION_NAME,
            "state": "Enabled",
            "managedByTenants": [],
        }),
    );
    for name in &seed.resource_groups {
        add(
            state,
            json!({
                "id": format!("{subscription}/resourceGroups/{name}"),
                "name": name,
                "type": "Microsoft.Resources/resourceGroups",
                "location": LOCATION,
                "properties": { "provisioningState": "Succeeded" },
            }),
        );
    }
    for Resource { group, r#type, name, properties } in &seed.resources {
        add(
            state,
            json!({
                "id": format!("{subscription}/resourceGroups/{group}/providers/{type}/{name}"),
                "name": name,
                "type": r#type,
                "location": LOCATION,
                "properties": properties,
            }),
        );
    }
    for name in &seed.policies {
        let kind = "Microsoft.Authorization/policyAssignments";
        add(
            state,
            json!({
                "id": format!("{subscription}/providers/{kind}/{name}"),
                "name": name,
                "type": kind,
                "properties": {
                    "assignmentType": "SystemHidden",
                    "enforcementMode": "Default",
                    "scope": subscription,
                },
            }),
        );
    }
}

fn assign(state: &mut State, assignment: &Assignment, principal: &str) {
    let role = access::role_definitions(state)
        .find(|role| role["properties"]["roleName"] == *assignment.role)
        .map(|role| text(&role["id"]))
        .expect("the seed names roles of the list beside it, and every test reads it");
    let kind = state.principal(principal).map(|(kind, _)| kind);
    let mut scope = format!("/subscriptions/{SUBSCRIPTION_ID}");
    if let Some(group) = &assignment.group {
        scope = format!("{scope}/resourceGroups/{group}");
    }
    let name = state.mint(&format!("{role} for {principal} on {scope}"));
    add(
        state,
        json!({
            "id": format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}"),
            "name": name,
            "type": "Microsoft.Authorization/roleAssignments",
            "properties": {
                "roleDefinitionId": role,
                "principalId": principal,
                "principalType": kind,
                "scope": scope,
                "createdOn": CLOCK,
                "updatedOn": CLOCK,
            },
        }),
    );
}

fn add(state: &mut State, object: Value) {
    state.resources.insert(text(&object["id"]).to_lowercase(), object);
}

/// A key nobody else has, so that a token of one tenant means nothing to another.
fn signing_key() -> String {
    let mut key = [0; 32];
    aws_lc_rs::rand::fill(&mut key).expect("the system has random bytes");
    BASE64_STANDARD.encode(key)
}
