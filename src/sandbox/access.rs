//! Role-based access control: who may do what, where.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::sync::LazyLock;

use flate2::read::DeflateDecoder;
use serde_json::{Value, json};

use super::state::State;

const ROLE_DEFINITIONS: &str = "/providers/microsoft.authorization/roledefinitions/";
const ROLE_ASSIGNMENTS: &str = "/providers/microsoft.authorization/roleassignments/";

/// Whether a principal may take an action on a resource, by any of its roles there or above.
pub(super) fn allowed(state: &State, principal: &str, action: &str, resource: &str) -> bool {
    permissions(state, principal, resource).iter().any(|block| {
        let covers = |list: &str| {
            let patterns = block[list].as_array().into_iter().flatten().filter_map(Value::as_str);
            patterns.into_iter().any(|pattern| matches(pattern, action))
        };
        covers("actions") && !covers("notActions")
    })
}

/// The permission blocks a principal holds at a resource.
pub(super) fn permissions(state: &State, principal: &str, resource: &str) -> Vec<Value> {
    let holders = principals(state, principal);
    role_assignments(state)
        .filter(|assignment| is_held_by(assignment, &holders) && is_known(state, assignment))
        .filter(|assignment| within(resource, scope_of(assignment)))
        .filter_map(|assignment| {
            role(state, assignment["properties"]["roleDefinitionId"].as_str()?)
        })
        .flat_map(|role| role["properties"]["permissions"].as_array().cloned().unwrap_or_default())
        .collect()
}

/// Whether a principal has any role at, above or below a scope: whether it can see it exists.
pub(super) fn sees(state: &State, principal: &str, scope: &str) -> bool {
    let holders = principals(state, principal);
    role_assignments(state).any(|assignment| {
        is_held_by(assignment, &holders)
            && (within(scope, scope_of(assignment)) || within(scope_of(assignment), scope))
    })
}

/// A principal and the groups it is in, directly or through other groups.
pub(super) fn principals(state: &State, id: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![id.to_owned()];
    while let Some(next) = open.pop() {
        let groups = state.members.iter().filter(|(_, members)| members.contains(&next));
        open.extend(groups.map(|(group, _)| group.clone()).filter(|group| !found.contains(group)));
        found.insert(next);
    }
    found
}

/// Every role assignment of the tenant.
pub(super) fn role_assignments(state: &State) -> impl Iterator<Item = &Value> {
    let all = state.resources.iter().filter(|(id, _)| id.contains(ROLE_ASSIGNMENTS));
    all.map(|(_, assignment)| assignment)
}

/// Every role definition: the built-in ones and those made here.
pub(super) fn role_definitions(state: &State) -> impl Iterator<Item = &Value> {
    let custom = state.resources.iter().filter(|(id, _)| id.contains(ROLE_DEFINITIONS));
    BUILT_IN.iter().chain(custom.map(|(_, role)| role))
}

/// A role definition by its id. Only the last part counts: a role has one id at every scope.
pub(super) fn role<'a>(state: &'a State, id: &str) -> Option<&'a Value> {
    let name = id.rsplit('/').next()?;
    role_definitions(state)
        .find(|role| role["name"].as_str().is_some_and(|own| own.eq_ignore_ascii_case(name)))
}

/// The types of resources of a namespace that some role names in full.
pub(super) fn types_of(state: &State, namespace: &str) -> Vec<String> {
    let blocks =
        role_definitions(state).filter_map(|it| it["properties"]["permissions"].as_array());
    let actions = blocks.flatten().filter_map(|it| it["actions"].as_array()).flatten();
    let kind = |action: &Value| {
        let (own, rest) = action.as_str()?.split_once('/')?;
        let (kind, _) = rest.rsplit_once('/')?;
        (own.eq_ignore_ascii_case(namespace) && !kind.contains('*')).then(|| kind.to_owned())
    };
    let mut types: Vec<String> = actions.filter_map(kind).collect();
    types.sort_by_key(|it| it.to_lowercase());
    types.dedup_by(|one, other| one.eq_ignore_ascii_case(other));
    types
}

/// Where an assignment holds.
pub(super) fn scope_of(assignment: &Value) -> &str {
    assignment["properties"]["scope"].as_str().unwrap_or_default()
}

/// Whether one ARM id is the other or lies below it.
pub(super) fn within(id: &str, scope: &str) -> bool {
    let (id, scope) = (id.to_lowercase(), scope.trim_end_matches('/').to_lowercase());
    id.strip_prefix(&scope).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether an assignment has come to where requests are judged.
fn is_known(state: &State, assignment: &Value) -> bool {
    let id = assignment["id"].as_str().unwrap_or_default();
    state.hidden.is_empty() || !state.hidden.contains(&id.to_lowercase())
}

fn is_held_by(assignment: &Value, holders: &BTreeSet<String>) -> bool {
    assignment["properties"]["principalId"].as_str().is_some_and(|id| holders.contains(id))
}

/// Whether a pattern, in which `*` stands for any text, covers an action.
fn matches(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_lowercase(), action.to_lowercase());
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == action };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(mut open) = action.strip_prefix(start).and_then(|tail| tail.strip_suffix(end)) else {
        return false;
    };
    // Taking the first place where each part fits leaves the most for those after it.
    middle.split('*').all(|part| match open.find(part) {
        Some(at) => {
            open = &open[at + part.len()..];
            true
        }
        None => false,
    })
}

/// The built-in roles, from the table that the binary holds compressed.
static BUILT_IN: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let table: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/roles.deflate"));
    let mut text = String::new();
    DeflateDecoder::new(table)
        .read_to_string(&mut text)
        .expect("the table is part of the program, and tested");
    let mut roles: Vec<Value> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        let column = |at: usize| columns.get(at).copied().unwrap_or_default();
        match roles.last_mut() {
            Some(role) if role["name"] == column(2) => {
                if let Some(blocks) = role["properties"]["permissions"].as_array_mut() {
                    blocks.push(block(column));
                }
            }
            _ => roles.push(built_in(column)),
        }
    }
    roles
});

/// A built-in role as ARM shows it.
fn built_in<'t>(column: impl Fn(usize) -> &'t str) -> Value {
    let id = format!(
        "/subscriptions/{}/providers/Microsoft.Authorization/roleDefinitions/{}",
        super::SUBSCRIPTION_ID,
        column(2)
    );
    json!({
        "id": id,
        "name": column(2),
        "type": "Microsoft.Authorization/roleDefinitions",
        "properties": {
            "roleName": column(1),
            "type": "BuiltInRole",
            "description": "",
            "assignableScopes": ["/"],
            "permissions": [block(&column)],
        },
    })
}

/// One block of permissions. A role has several where they differ in their conditions.
fn block<'t>(column: impl Fn(usize) -> &'t str) -> Value {
    let list = |at: usize| column(at).split_whitespace().collect::<Vec<_>>();
    let mut block = json!({
        "actions": list(3),
        "notActions": list(4),
        "dataActions": list(5),
        "notDataActions": list(6),
    });
    if !column(7).is_empty() {
        block["condition"] = column(7).into();
        block["conditionVersion"] = "2.0".into();
    }
    block
}
