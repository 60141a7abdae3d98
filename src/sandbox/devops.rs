//! Azure DevOps: the projects of one organization and their service connections.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use uuid::Uuid;

use super::TENANT_ID;
use super::message::{Answer, Refusal, Reply, Request};
use super::state::{State, text};
use super::token::Claims;

const ORGANIZATION: &str = "contoso";
const ORGANIZATION_ID: &str = "a1f7d2c6-93b4-4e58-8d0a-6c5e1b7f2048";
/// Azure DevOps itself, as an application.
const RESOURCE_ID: &str = "499b84ac-1321-427f-aa17-267ca6975798";

pub(super) fn answer(state: &mut State, request: &Request, caller: &Claims) -> Answer {
    let path: Vec<_> = request.segments.iter().map(String::as_str).collect();
    let Some((organization, path)) = path.split_first() else { return Err(nothing_here()) };
    if !organization.eq_ignore_ascii_case(ORGANIZATION) {
        return Err(nothing_here());
    }
    if !(state.administrators.contains(&caller.oid) || (request.is_read() && caller.is_user())) {
        let text = format!(
            "TF400813: The user '{}' is not authorized to access this resource.",
            caller.oid
        );
        return Err(Refusal::new(403, "UnauthorizedRequestException", text));
    }
    match (request.method.as_str(), path) {
        ("GET", ["_apis", "projects"]) => Ok(list(state.projects.values().cloned().collect())),
        ("GET", ["_apis", "projects", name]) => {
            project(state, name).map(|project| Reply::ok(project.clone()))
        }
        ("GET", [name, "_apis", "serviceendpoint", "endpoints"]) => search(state, request, name),
        ("GET", [name, "_apis", "serviceendpoint", "endpoints", id]) => get(state, name, id),
        ("POST", ["_apis", "serviceendpoint", "endpoints"]) => create(state, request),
        ("PUT", ["_apis", "serviceendpoint", "endpoints", id]) => change(state, request, id),
        ("DELETE", ["_apis", "serviceendpoint", "endpoints", id]) => delete(state, request, id),
        _ => Err(nothing_here()),
    }
}

pub(super) fn refuse(refusal: &Refusal) -> Reply {
    Reply::new(
        refusal.status,
        json!({
            "$id": "1",
            "innerException": null,
            "message": refusal.message,
            "typeName": format!("Microsoft.VisualStudio.Services.{}", refusal.code),
            "typeKey": refusal.code,
            "errorCode": 0,
            "eventId": 3000,
        }),
    )
}

fn search(state: &State, request: &Request, project_name: &str) -> Answer {
    let project = text(&project(state, project_name)?["id"]);
    let wanted = |parameter, value: &Value| {
        request.query(parameter).is_none_or(|names| {
            names
                .split(',')
                .any(|name| value.as_str().is_some_and(|own| own.eq_ignore_ascii_case(name.trim())))
        })
    };
    let found = state.service_connections.values().filter(|connection| {
        is_in(connection, &project)
            && wanted("endpointNames", &connection["name"])
            && wanted("endpointIds", &connection["id"])
            && wanted("type", &connection["type"])
            && wanted("authSchemes", &connection["authorization"]["scheme"])
    });
    Ok(list(found.cloned().collect()))
}

/// Azure DevOps answers `null`, not 404, for a connection that is not there.
fn get(state: &State, project_name: &str, id: &str) -> Answer {
    let project = text(&project(state, project_name)?["id"]);
    let connection =
        state.service_connections.get(id).filter(|connection| is_in(connection, &project));
    Ok(Reply::ok(connection.cloned().unwrap_or_default()))
}

fn create(state: &mut State, request: &Request) -> Answer {
    let mut connection = body(request)?;
    let name = text(&connection["name"]);
    let projects = projects(&connection);
    if name.is_empty() || projects.is_empty() {
        return Err(invalid(
            "A service connection needs a name and at least one project reference.",
        ));
    }
    for id in &projects {
        project(state, id)?;
        let mut others = state.service_connections.values();
        if others.any(|other| is_in(other, id) && text(&other["name"]).eq_ignore_ascii_case(&name))
        {
            let text = format!("Service connection with name {name} already exists.");
            return Err(Refusal::new(409, "DuplicateServiceConnectionException", text));
        }
    }
    let id = state.mint(&format!("service connection {name} of {}", projects.join(" ")));
    connection["id"] = id.clone().into();
    connection["isReady"] = true.into();
    connection["owner"] = "library".into();
    federate(&mut connection, &id)?;
    state.service_connections.insert(id, connection.clone());
    Ok(Reply::ok(connection))
}

fn change(state: &mut State, request: &Request, id: &str) -> Answer {
    let mut connection = body(request)?;
    if !state.service_connections.contains_key(id) {
        return Err(missing(id));
    }
    connection["id"] = id.into();
    federate(&mut connection, id)?;
    state.service_connections.insert(id.to_owned(), connection.clone());
    Ok(Reply::ok(connection))
}

/// Takes a connection away from the projects that are named. Without any project left, it is gone.
fn delete(state: &mut State, request: &Request, id: &str) -> Answer {
    let Some(named) = request.query("projectIds") else {
        return Err(invalid("The parameter projectIds is required."));
    };
    let connection = state.service_connections.get_mut(id).ok_or_else(|| missing(id))?;
    let references = connection["serviceEndpointProjectReferences"].as_array_mut();
    let left = references.map_or(0, |references| {
        references.retain(|reference| {
            !named.split(',').any(|id| reference["projectReference"]["id"] == *id)
        });
        references.len()
    });
    if left == 0 {
        state.service_connections.remove(id);
    }
    Ok(Reply::empty(204))
}

/// Says for which issuer and subject a connection will ask for tokens. The subject is made of ids
/// that only Azure DevOps knows, so clients have to read it.
fn federate(connection: &mut Value, id: &str) -> Result<(), Refusal> {
    let authorization = &mut connection["authorization"];
    if authorization["scheme"] != "WorkloadIdentityFederation" {
        return Ok(());
    }
    let parameters = &mut authorization["parameters"];
    for required in ["tenantid", "serviceprincipalid"] {
        if text(&parameters[required]).is_empty() {
            return Err(invalid(&format!("The authorization parameter '{required}' is required.")));
        }
    }
    let short = |id: &str| {
        Uuid::parse_str(id)
            .map(|id| BASE64_URL_SAFE_NO_PAD.encode(id.to_bytes_le()))
            .unwrap_or_default()
    };
    let (tenant, service) = (short(TENANT_ID), short(RESOURCE_ID));
    parameters["workloadIdentityFederationIssuer"] =
        format!("https://login.microsoftonline.com/{TENANT_ID}/v2.0").into();
    parameters["workloadIdentityFederationSubject"] =
        format!("/eid1/c/pub/t/{tenant}/a/{service}/sc/{ORGANIZATION_ID}/{id}").into();
    Ok(())
}

fn project<'a>(state: &'a State, name: &str) -> Result<&'a Value, Refusal> {
    let is = |value: &Value| value.as_str().is_some_and(|own| own.eq_ignore_ascii_case(name));
    let mut all = state.projects.values();
    all.find(|project| is(&project["id"]) || is(&project["name"])).ok_or_else(|| {
        let text = format!("TF200016: The following project does not exist: {name}.");
        Refusal::new(404, "ProjectDoesNotExistWithNameException", text)
    })
}

/// The ids of the projects a connection is for.
fn projects(connection: &Value) -> Vec<String> {
    let references =
        connection["serviceEndpointProjectReferences"].as_array().into_iter().flatten();
    references.map(|reference| text(&reference["projectReference"]["id"])).collect()
}

fn is_in(connection: &Value, project: &str) -> bool {
    projects(connection).iter().any(|id| id.eq_ignore_ascii_case(project))
}

fn list(items: Vec<Value>) -> Reply {
    Reply::ok(json!({ "count": items.len(), "value": items }))
}

fn body(request: &Request) -> Result<Value, Refusal> {
    let body = request.json().map(Value::Object);
    body.ok_or_else(|| invalid("The request body is not a JSON object."))
}

fn invalid(text: &str) -> Refusal {
    Refusal::new(400, "InvalidRequestContentException", text)
}

fn missing(id: &str) -> Refusal {
    Refusal::new(
        404,
        "ServiceEndpointNotFoundException",
        format!("No service connection found with id {id}."),
    )
}

fn nothing_here() -> Refusal {
    Refusal::new(404, "ResourceNotFoundException", "The page you are looking for cannot be found.")
}
