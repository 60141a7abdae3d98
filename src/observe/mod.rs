//! What is there already: asked of the services, and never changed by asking.

mod log;
mod operator;

pub use log::{Log, Window, Write};
pub use operator::Operator;

use crate::{
    catalog::Permission,
    resource::{
        Address, Answer, Known, Method, Outputs, Refusal, Request, Resource, Scope, Service,
        Services,
    },
};
use serde_json::Value;
use std::collections::BTreeMap;

const SUBSCRIPTIONS: &str = "2022-12-01";
const GROUPS: &str = "2024-11-01";
const AUTHORIZATION: &str = "2022-04-01";
const RESOURCES: &str = "2021-04-01";
const DEVOPS: &str = "7.1";

/// What a plan has to know of the tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    pub tenant_id: String,
    pub tenant_name: String,
    pub subscription_id: String,
    pub subscription_name: String,
    /// The location of the resource group for identities; `None` if there is no such group.
    pub location: Option<String>,
    /// The users that the repository signs in as, by name; `None` for one that is not in the tenant.
    pub users: BTreeMap<String, Option<User>>,
    /// The role definitions of the subscription, as they are today, by their names.
    pub roles: BTreeMap<String, RoleDefinition>,
    /// The names of its resource groups, if somebody was asked.
    pub groups: Option<Vec<String>>,
    /// The IDs of the resources that were asked for, and are there.
    pub resources: Vec<Scope>,
    pub project_id: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    pub id: String,
    /// It comes from an Active Directory on premises, and is changed there alone.
    pub synchronized: bool,
    /// Everything that the user holds in the subscription, through groups and from above, too.
    pub holds: Vec<Held>,
    pub log: Log,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub scope: Scope,
    pub role: RoleDefinition,
    /// Under which the assignment holds, in the language of Azure's conditions.
    pub condition: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleDefinition {
    pub id: String,
    pub name: String,
    pub permissions: Vec<Permission>,
}

/// What to ask about.
#[derive(Clone, Debug, Default)]
pub struct Question {
    pub subscription: Option<String>,
    pub resource_group: Option<String>,
    pub users: Vec<String>,
    /// Roles that have to be there.
    pub roles: Vec<String>,
    /// Resources, by type and name.
    pub resources: Vec<(String, String)>,
    /// Of which days the Activity Log is asked for.
    pub window: Option<Window>,
    /// Organization and project.
    pub devops: Option<(String, String)>,
}

#[derive(Debug, thiserror::Error)]
pub enum ObserveError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("no subscription is visible to this sign-in")]
    NoSubscription,
    #[error("{} subscriptions are visible: {}", .0.len(), .0.join(", "))]
    ManySubscriptions(Vec<String>),
    #[error("there is no role named {0}")]
    NoSuchRole(String),
}

pub fn observe(question: &Question, services: &dyn Services) -> Result<Observed, ObserveError> {
    let mut observed = subscription(question.subscription.as_deref(), services)?;
    let root = format!("/subscriptions/{}", observed.subscription_id);
    if let Some(group) = &question.resource_group {
        let request = Request::arm(Method::Get, format!("{root}/resourcegroups/{group}"), GROUPS);
        observed.location =
            absent(services.send(&request))?.as_ref().map(|it| text(it, "/location"));
    }
    if let Some((organization, project)) = &question.devops {
        let path = format!("/{organization}/_apis/projects/{project}");
        let request = Request::new(Method::Get, Service::DevOps, path).query("api-version", DEVOPS);
        observed.project_id = absent(services.send(&request))?.as_ref().map(|it| text(it, "/id"));
    }
    if question.users.is_empty() {
        return Ok(observed);
    }
    let found = definitions(&root, services)?;
    if let Some(missing) = question.roles.iter().find(|it| !found.contains_key(*it)) {
        return Err(ObserveError::NoSuchRole(missing.clone()));
    }
    observed.roles = found;
    places(question, &mut observed, &root, services)?;
    let events = question.window.as_ref().map(|it| (it, log::events(it, &root, services)));
    for name in &question.users {
        let mut user = user(name, &root, &observed.roles, services)?;
        if let (Some(user), Some((window, events))) = (&mut user, &events) {
            user.log = log::of_user(events, window, name, &user.id);
        }
        observed.users.insert(name.clone(), user);
    }
    Ok(observed)
}

fn subscription(wanted: Option<&str>, services: &dyn Services) -> Result<Observed, ObserveError> {
    let found = match wanted {
        Some(id) => services.send(&Request::arm(
            Method::Get,
            format!("/subscriptions/{id}"),
            SUBSCRIPTIONS,
        ))?,
        None => {
            let all = services.send(&Request::arm(Method::Get, "/subscriptions", SUBSCRIPTIONS))?;
            match values(&all) {
                [] => return Err(ObserveError::NoSubscription),
                [one] => one.clone(),
                many => {
                    let name = |it: &Value| {
                        format!("{} ({})", text(it, "/displayName"), text(it, "/subscriptionId"))
                    };
                    return Err(ObserveError::ManySubscriptions(many.iter().map(name).collect()));
                }
            }
        }
    };
    let tenant_id = text(&found, "/tenantId");
    let tenants = services.send(&Request::arm(Method::Get, "/tenants", SUBSCRIPTIONS))?;
    let tenant = values(&tenants).iter().find(|it| text(it, "/tenantId") == tenant_id);
    let tenant_name = tenant.map(|it| text(it, "/defaultDomain")).filter(|it| !it.is_empty());
    Ok(Observed {
        tenant_name: tenant_name.unwrap_or_else(|| tenant_id.clone()),
        tenant_id,
        subscription_id: text(&found, "/subscriptionId"),
        subscription_name: text(&found, "/displayName"),
        ..Observed::default()
    })
}

/// All role definitions that can be assigned in the subscription.
fn definitions(
    root: &str,
    services: &dyn Services,
) -> Result<BTreeMap<String, RoleDefinition>, Refusal> {
    let path = format!("{root}/providers/Microsoft.Authorization/roleDefinitions");
    let answer = services.send(&Request::arm(Method::Get, path, AUTHORIZATION))?;
    Ok(values(&answer).iter().map(definition).map(|it| (it.name.clone(), it)).collect())
}

/// Which resource groups there are, and which of the resources that were asked for. What may not be
/// looked at counts as absent.
fn places(
    question: &Question,
    observed: &mut Observed,
    root: &str,
    services: &dyn Services,
) -> Result<(), Refusal> {
    let groups =
        services.send(&Request::arm(Method::Get, format!("{root}/resourcegroups"), GROUPS))?;
    observed.groups = Some(values(&groups).iter().map(|it| text(it, "/name")).collect());
    let quoted = |it: &str| it.replace('\'', "''");
    let asked = question.resources.iter().map(|(kind, name)| {
        let filter = format!("resourceType eq '{}' and name eq '{}'", quoted(kind), quoted(name));
        Request::arm(Method::Get, format!("{root}/resources"), RESOURCES).query("$filter", filter)
    });
    let asked: Vec<Request> = asked.collect();
    for answer in services.send_all(&asked).iter().flatten() {
        observed.resources.extend(values(answer).iter().map(|it| Scope(text(it, "/id"))));
    }
    Ok(())
}

fn user(
    name: &str,
    root: &str,
    roles: &BTreeMap<String, RoleDefinition>,
    services: &dyn Services,
) -> Result<Option<User>, ObserveError> {
    let request = Request::graph(Method::Get, format!("/v1.0/users/{}", encode(name)));
    let request = request
        .query("$select", "id,userPrincipalName,accountEnabled,onPremisesSyncEnabled,userType");
    let Some(found) = absent(services.send(&request))? else { return Ok(None) };
    let id = text(&found, "/id");
    let path = format!("{root}/providers/Microsoft.Authorization/roleAssignments");
    let request = Request::arm(Method::Get, path, AUTHORIZATION)
        .query("$filter", format!("assignedTo('{id}')"));
    let assignments = services.send(&request)?;
    let guid = |it: &str| it.rsplit('/').next().unwrap_or_default().to_lowercase();
    let mut known: BTreeMap<String, RoleDefinition> =
        roles.values().map(|it| (guid(&it.id), it.clone())).collect();
    let ids = values(&assignments).iter().map(|it| text(it, "/properties/roleDefinitionId"));
    // A role that is only assigned above the subscription may not be listed in it.
    let other: BTreeMap<String, Request> = ids
        .filter(|it| !known.contains_key(&guid(it)))
        .map(|it| (guid(&it), Request::arm(Method::Get, it, AUTHORIZATION)))
        .collect();
    let asked: Vec<Request> = other.values().cloned().collect();
    let answers: Result<Vec<Value>, Refusal> = services.send_all(&asked).into_iter().collect();
    known.extend(other.into_keys().zip(answers?.iter().map(definition)));
    let held = |it: &Value| {
        let role = known.get(&guid(&text(it, "/properties/roleDefinitionId")))?.clone();
        let condition = text(it, "/properties/condition");
        let condition = Some(condition).filter(|it| !it.is_empty());
        Some(Held { scope: Scope(text(it, "/properties/scope")), role, condition })
    };
    let mut holds: Vec<Held> = values(&assignments).iter().filter_map(held).collect();
    let order = |it: &Held| (it.scope.clone(), it.role.name.clone(), it.condition.clone());
    holds.sort_by_key(order);
    holds.dedup();
    let synchronized = found["onPremisesSyncEnabled"].as_bool().unwrap_or_default();
    Ok(Some(User { id, synchronized, holds, log: Log::default() }))
}

fn definition(answer: &Value) -> RoleDefinition {
    let list = |it: &Value, name: &str| -> Vec<String> {
        let found = it.get(name).and_then(Value::as_array);
        found.into_iter().flatten().filter_map(|it| it.as_str().map(str::to_owned)).collect()
    };
    let permission = |it: &Value| Permission {
        actions: list(it, "actions"),
        not_actions: list(it, "notActions"),
        data_actions: list(it, "dataActions"),
        not_data_actions: list(it, "notDataActions"),
        condition: it.get("condition").and_then(Value::as_str).map(str::to_owned),
    };
    let permissions = answer.pointer("/properties/permissions").and_then(Value::as_array);
    RoleDefinition {
        id: text(answer, "/id"),
        name: text(answer, "/properties/roleName"),
        permissions: permissions.into_iter().flatten().map(permission).collect(),
    }
}

/// A resource as it was found.
#[derive(Clone, Debug, PartialEq)]
pub enum Look {
    Found {
        outputs: Outputs,
        answer: Value,
    },
    /// It is not there; `instead` is what stands in its place, where something does.
    Absent {
        instead: Option<Value>,
    },
    /// What it is made of is not known, for that is not there.
    Unknown,
}

/// Looks at each resource, those first that others need. What GitHub and GitLab do not show to the
/// operator stays unknown.
pub fn look<'r>(
    resources: impl Iterator<Item = (&'r Address, &'r Resource)>,
    services: &dyn Services,
) -> Result<Vec<(Address, Look)>, Refusal> {
    let each = look_each(resources, services).into_iter();
    let known = |look| match look {
        Err(refusal) if Refusal::is_closed(&refusal) => Ok(Look::Unknown),
        look => look,
    };
    each.map(|(address, look)| Ok((address, known(look)?))).collect()
}

/// The same, where a refusal does not keep the others from being looked at.
pub fn look_each<'r>(
    resources: impl Iterator<Item = (&'r Address, &'r Resource)>,
    services: &dyn Services,
) -> Vec<(Address, Result<Look, Refusal>)> {
    let mut waiting: Vec<(&Address, &Resource)> = resources.collect();
    let mut known = Known::new();
    let mut looked = Vec::new();
    while !waiting.is_empty() {
        let asks = |(_, it): &(&Address, &Resource)| it.noun().look(&known).is_some();
        let (ready, rest): (Vec<_>, Vec<_>) = waiting.into_iter().partition(asks);
        if ready.is_empty() {
            looked
                .extend(rest.into_iter().map(|(address, _)| (address.clone(), Ok(Look::Unknown))));
            break;
        }
        let resources: Vec<&Resource> = ready.iter().map(|(_, it)| *it).collect();
        let answers = ask(&resources, &known, services);
        for ((address, resource), answer) in ready.into_iter().zip(answers) {
            let found = one(resource, &known, answer);
            if let Ok(Look::Found { outputs, .. }) = &found {
                known.insert(address.clone(), outputs.clone());
            }
            looked.push((address.clone(), found));
        }
        waiting = rest;
    }
    looked
}

/// The answers to the looks of resources that can be looked at. What several would ask alike is asked
/// once; where that is refused, each asks for itself.
pub fn ask(resources: &[&Resource], known: &Known, services: &dyn Services) -> Vec<Answer> {
    let mut alike: BTreeMap<(String, String), (Request, Vec<usize>)> = BTreeMap::new();
    for (at, it) in resources.iter().enumerate() {
        if let Some(request) = it.noun().look_at_all(known) {
            let key = (request.path.clone(), format!("{:?}", request.query));
            alike.entry(key).or_insert_with(|| (request, Vec::new())).1.push(at);
        }
    }
    alike.retain(|_, (_, of)| of.len() > 1);
    let (requests, of): (Vec<Request>, Vec<Vec<usize>>) = alike.into_values().unzip();
    let mut told: Vec<Option<Answer>> = vec![None; resources.len()];
    for (answer, of) in services.send_all(&requests).into_iter().zip(of) {
        if answer.is_ok() {
            of.into_iter().for_each(|at| told[at] = Some(answer.clone()));
        }
    }
    let left = |at: &usize| told[*at].is_none();
    let left: Vec<usize> = (0..resources.len()).filter(left).collect();
    let looks = left.iter().map(|at| {
        resources[*at].noun().look(known).expect("what is looked at needs nothing unknown")
    });
    let answers = services.send_all(&looks.collect::<Vec<Request>>());
    left.into_iter().zip(answers).for_each(|(at, answer)| told[at] = Some(answer));
    told.into_iter().map(|it| it.expect("each is told, with the others or alone")).collect()
}

/// Reads the answer to a resource's own look.
pub fn one(
    resource: &Resource,
    known: &Known,
    answer: Result<Value, Refusal>,
) -> Result<Look, Refusal> {
    let Some(answer) = absent(answer)? else { return Ok(Look::Absent { instead: None }) };
    let noun = resource.noun();
    Ok(match noun.found(known, answer.clone()) {
        Some(answer) => Look::Found { outputs: noun.outputs(known, &answer), answer },
        None => Look::Absent { instead: Some(answer) },
    })
}

fn absent(answer: Result<Value, Refusal>) -> Result<Option<Value>, Refusal> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(refusal) if refusal.is_absent() => Ok(None),
        Err(refusal) => Err(refusal),
    }
}

fn values(answer: &Value) -> &[Value] {
    answer.get("value").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn text(answer: &Value, pointer: &str) -> String {
    answer.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A user name in a path: a guest's holds `#`.
fn encode(name: &str) -> String {
    name.replace('%', "%25").replace('#', "%23").replace('/', "%2F").replace('?', "%3F")
}
