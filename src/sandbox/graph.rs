//! Microsoft Graph: users, groups, applications, service principals and federated credentials.

use serde_json::{Map, Value, json};

use super::message::{Answer, Refusal, Reply, Request};
use super::state::{CLOCK, Objects, State, text};
use super::token::Claims;
use super::{TENANT_DOMAIN, TENANT_ID, app_role, federation, filter};

/// When a password made here ends: two years after everything happens.
const PASSWORD_END: &str = "2028-01-01T00:00:00Z";

pub(super) fn answer(state: &mut State, request: &Request, caller: &Claims) -> Answer {
    let path = path(&request.segments);
    let path: Vec<_> = path.iter().map(String::as_str).collect();
    let method = request.method.as_str();
    check_access(
        state,
        caller,
        matches!((method, path.as_slice()), ("GET", _) | ("POST", ["directoryObjects", ..])),
    )?;
    if let Some(answer) = app_role::answer(state, request, &path) {
        return answer;
    }
    match (method, path.as_slice()) {
        ("GET", ["organization"]) => Ok(list([organization()])),
        ("GET", ["me"]) if caller.is_user() => get(state, request, "users", &caller.oid),
        ("GET", ["users", key, "memberOf" | "transitiveMemberOf", ..]) => groups_of(state, key),
        ("POST", ["users", key, "revokeSignInSessions"]) => revoke_sessions(state, key),
        ("POST", ["directoryObjects", "getByIds"]) => get_by_ids(state, &body(request)?),

        ("POST", ["applications", key, "addPassword"]) => add_password(state, key, &body(request)?),
        ("POST", ["applications", key, "removePassword"]) => {
            remove_password(state, key, &body(request)?)
        }
        ("GET", ["applications", key, CREDENTIALS]) => list_credentials(state, key),
        ("POST", ["applications", key, CREDENTIALS]) => add_credential(state, key, body(request)?),
        ("GET", ["applications", key, CREDENTIALS, name]) => get_credential(state, key, name),
        ("PATCH", ["applications", key, CREDENTIALS, name]) => {
            change_credential(state, request, key, name)
        }
        ("DELETE", ["applications", key, CREDENTIALS, name]) => remove_credential(state, key, name),

        ("POST", ["applications"]) => add_application(state, body(request)?),
        ("POST", ["servicePrincipals"]) => add_service_principal(state, &body(request)?),
        ("GET", [collection]) => search(state, request, collection),
        ("GET", [collection, key]) => get(state, request, collection, key),
        ("PATCH", [collection, key]) => change(state, request, collection, key),
        ("DELETE", [collection, key]) => remove(state, collection, key),
        (_, segments) => Err(no_segment(segments.first().unwrap_or(&""))),
    }
}

pub(super) fn refuse(refusal: &Refusal) -> Reply {
    Reply::new(
        refusal.status,
        json!({ "error": {
            "code": refusal.code,
            "message": refusal.message,
            "innerError": { "date": CLOCK.trim_end_matches('Z') },
        }}),
    )
}

const CREDENTIALS: &str = "federatedIdentityCredentials";

/// The path without its version, in which `things(key='x')` has become `things` and `key='x'`, so
/// that collections and keys always alternate.
fn path(segments: &[String]) -> Vec<String> {
    let parts = segments.iter().skip(1).flat_map(|segment| {
        let (name, key) = match segment.strip_suffix(')').and_then(|open| open.split_once('(')) {
            Some((name, key)) => (name, Some(key)),
            None => (segment.as_str(), None),
        };
        [Some(name), key].into_iter().flatten()
    });
    parts.map(str::to_owned).collect()
}

/// Users may read the directory; all else is for administrators.
fn check_access(state: &State, caller: &Claims, read: bool) -> Result<(), Refusal> {
    if state.administrators.contains(&caller.oid) || (read && caller.is_user()) {
        return Ok(());
    }
    let text = "Insufficient privileges to complete the operation.";
    Err(Refusal::new(403, "Authorization_RequestDenied", text))
}

fn search(state: &State, request: &Request, collection: &str) -> Answer {
    let objects = objects(state, collection)?;
    let filter = request.query("$filter").unwrap_or_default();
    let terms = filter::parse(filter);
    let terms = terms.ok_or_else(|| bad_request(format!("Invalid filter clause: '{filter}'.")))?;
    let found = objects
        .values()
        .filter(|object| terms.iter().all(|term| term.holds(object).unwrap_or(false)));
    Ok(list(found.map(|object| shown(request, object))))
}

fn get(state: &State, request: &Request, collection: &str, key: &str) -> Answer {
    let id = find(objects(state, collection)?, key)?;
    Ok(Reply::ok(shown(request, &objects(state, collection)?[&id])))
}

/// Updates an object; with `Prefer: create-if-missing`, makes it if it is not there.
fn change(state: &mut State, request: &Request, collection: &str, key: &str) -> Answer {
    let mut body = body(request)?;
    match find(objects(state, collection)?, key) {
        Ok(id) => {
            let objects = objects_mut(state, collection).ok_or_else(|| no_segment(collection))?;
            if let Some(object) = objects.get_mut(&id) {
                keep_keys(object, &mut body)?;
                overwrite(object, body);
            }
            Ok(Reply::empty(204))
        }
        Err(_) if creates(request) => {
            let (name, value) = named_key(key).ok_or_else(|| not_found(key))?;
            body[name] = value.into();
            match collection {
                "applications" => add_application(state, body),
                "servicePrincipals" => add_service_principal(state, &body),
                _ => Err(no_segment(collection)),
            }
        }
        Err(refusal) => Err(refusal),
    }
}

/// Deletes an object, and with an application all that it has.
fn remove(state: &mut State, collection: &str, key: &str) -> Answer {
    let id = find(objects(state, collection)?, key)?;
    if state
        .service_principals
        .get(&id)
        .is_some_and(|object| object["servicePrincipalType"] == "ManagedIdentity")
    {
        return Err(bad_request(
            "The service principal of a managed identity goes with its resource.",
        ));
    }
    let objects = objects_mut(state, collection).ok_or_else(|| no_segment(collection))?;
    let gone = objects.remove(&id).unwrap_or_default();
    if collection == "applications" {
        state.service_principals.retain(|_, principal| principal["appId"] != gone["appId"]);
        state.federated_credentials.remove(&id);
        for credential in gone["passwordCredentials"].as_array().into_iter().flatten() {
            state.secrets.remove(&text(&credential["keyId"]));
        }
    }
    state.members.remove(&id);
    state.secrets.remove(&id);
    Ok(Reply::empty(204))
}

fn add_application(state: &mut State, mut body: Value) -> Answer {
    let name = text(&body["displayName"]);
    if name.is_empty() {
        return Err(bad_request("Property displayName is required."));
    }
    let unique = body["uniqueName"].as_str();
    if unique.is_some_and(|name| state.applications.values().any(|app| app["uniqueName"] == *name))
    {
        return Err(duplicate("uniqueName"));
    }
    let id = state.mint(&format!("application {name}"));
    let mut application = json!({
        "id": id,
        "appId": state.mint(&format!("client of {id}")),
        "displayName": name,
        "uniqueName": null,
        "signInAudience": "AzureADandPersonalMicrosoftAccount",
        "publisherDomain": TENANT_DOMAIN,
        "createdDateTime": CLOCK,
        "keyCredentials": [],
        "passwordCredentials": [],
    });
    keep_keys(&application, &mut body)?;
    overwrite(&mut application, body);
    state.applications.insert(id, application.clone());
    Ok(Reply::created(application))
}

fn add_service_principal(state: &mut State, body: &Value) -> Answer {
    let client = text(&body["appId"]);
    if state.service_principal(&client).is_some() {
        return Err(duplicate("servicePrincipalNames"));
    }
    let Some(application) = state.application(&client) else {
        let text = format!(
            "The appId '{client}' of the service principal does not reference a valid \
             application object."
        );
        return Err(bad_request(text));
    };
    let name = text(&application["displayName"]);
    Ok(Reply::created(state.add_service_principal(&client, &name).clone()))
}

fn add_password(state: &mut State, key: &str, body: &Value) -> Answer {
    let id = find(&state.applications, key)?;
    let key_id = state.mint(&format!("password of {id}"));
    let secret = format!("canary-{}", state.mint(&format!("secret of {key_id}")).replace('-', ""));
    let asked = &body["passwordCredential"];
    let or = |name: &str, default: &str| asked[name].as_str().unwrap_or(default).to_owned();
    let mut credential = json!({
        "keyId": key_id,
        "displayName": asked["displayName"],
        "startDateTime": or("startDateTime", CLOCK),
        "endDateTime": or("endDateTime", PASSWORD_END),
        "hint": secret[..3],
        "secretText": null,
    });
    if let Some(all) = credentials_mut(state, &id, "passwordCredentials") {
        all.push(credential.clone());
    }
    credential["secretText"] = secret.clone().into();
    state.secrets.insert(key_id, secret);
    Ok(Reply::ok(credential))
}

fn remove_password(state: &mut State, key: &str, body: &Value) -> Answer {
    let id = find(&state.applications, key)?;
    let key_id = text(&body["keyId"]);
    if state.secrets.remove(&key_id).is_none() {
        return Err(bad_request(format!("No password credential found with keyId '{key_id}'.")));
    }
    if let Some(all) = credentials_mut(state, &id, "passwordCredentials") {
        all.retain(|credential| credential["keyId"] != *key_id);
    }
    Ok(Reply::empty(204))
}

fn list_credentials(state: &State, key: &str) -> Answer {
    let id = find(&state.applications, key)?;
    Ok(list(state.federated_credentials.get(&id).into_iter().flat_map(Objects::values).cloned()))
}

fn get_credential(state: &State, key: &str, name: &str) -> Answer {
    let id = find(&state.applications, key)?;
    let credential = credential(state, &id, name).ok_or_else(|| not_found(name))?;
    Ok(Reply::ok(credential.clone()))
}

fn add_credential(state: &mut State, key: &str, body: Value) -> Answer {
    let id = find(&state.applications, key)?;
    let name = text(&body["name"]);
    if credential(state, &id, &name).is_some() {
        return Err(duplicate("name"));
    }
    let own_id = state.mint(&format!("credential {name} of {id}"));
    let mut credential = json!({ "id": own_id, "name": name, "description": null });
    overwrite(&mut credential, body);
    keep_credential(state, &id, credential).map(Reply::created)
}

fn change_credential(state: &mut State, request: &Request, key: &str, name: &str) -> Answer {
    let id = find(&state.applications, key)?;
    let mut body = body(request)?;
    match credential(state, &id, name).cloned() {
        Some(mut credential) => {
            overwrite(&mut credential, body);
            keep_credential(state, &id, credential).map(|_| Reply::empty(204))
        }
        None if creates(request) => {
            body["name"] = named_key(name).map_or(name, |(_, value)| value).into();
            add_credential(state, key, body)
        }
        None => Err(not_found(name)),
    }
}

fn remove_credential(state: &mut State, key: &str, name: &str) -> Answer {
    let id = find(&state.applications, key)?;
    let found = credential(state, &id, name).map(|credential| text(&credential["name"]));
    let found = found.ok_or_else(|| not_found(name))?;
    if let Some(all) = state.federated_credentials.get_mut(&id) {
        all.remove(&found);
    }
    Ok(Reply::empty(204))
}

fn groups_of(state: &State, key: &str) -> Answer {
    let user = find(&state.users, key)?;
    let groups = super::access::principals(state, &user);
    Ok(list(groups.iter().filter_map(|id| state.groups.get(id)).map(|group| typed("Group", group))))
}

fn revoke_sessions(state: &State, key: &str) -> Answer {
    // Refresh tokens are not kept, so none can be taken back: the answer is all there is.
    find(&state.users, key).map(|_| Reply::ok(json!({ "value": true })))
}

fn get_by_ids(state: &State, body: &Value) -> Answer {
    let ids = body["ids"].as_array().into_iter().flatten().filter_map(Value::as_str);
    Ok(list(ids.filter_map(|id| state.principal(id)).map(|(kind, object)| typed(kind, object))))
}

fn organization() -> Value {
    let domain = json!({ "name": TENANT_DOMAIN, "isInitial": true, "isDefault": false });
    json!({ "id": TENANT_ID, "displayName": "Contoso", "verifiedDomains": [domain] })
}

fn objects<'a>(state: &'a State, collection: &str) -> Result<&'a Objects, Refusal> {
    match collection {
        "users" => Ok(&state.users),
        "groups" => Ok(&state.groups),
        "applications" => Ok(&state.applications),
        "servicePrincipals" => Ok(&state.service_principals),
        _ => Err(no_segment(collection)),
    }
}

fn objects_mut<'a>(state: &'a mut State, collection: &str) -> Option<&'a mut Objects> {
    match collection {
        "users" => Some(&mut state.users),
        "groups" => Some(&mut state.groups),
        "applications" => Some(&mut state.applications),
        "servicePrincipals" => Some(&mut state.service_principals),
        _ => None,
    }
}

/// The id of the object with a key: its id, the name of a user, or `property='value'`.
fn find(objects: &Objects, key: &str) -> Result<String, Refusal> {
    let (names, value) = match named_key(key) {
        Some((name, value)) => ([name, name], value),
        None => (["id", "userPrincipalName"], key.trim_matches('\'')),
    };
    let is = |object: &Value, name| {
        object[name].as_str().is_some_and(|own| own.eq_ignore_ascii_case(value))
    };
    let mut all = objects.iter();
    let found = all.find(|(_, object)| names.iter().any(|name| is(object, *name)));
    found.map(|(id, _)| id.clone()).ok_or_else(|| not_found(value))
}

fn credential<'a>(state: &'a State, application: &str, key: &str) -> Option<&'a Value> {
    let value = named_key(key).map_or(key, |(_, value)| value);
    let mut all = state.federated_credentials.get(application)?.values();
    all.find(|credential| credential["name"] == *value || credential["id"] == *value)
}

/// Takes a new or changed credential in, if it may be.
fn keep_credential(
    state: &mut State,
    application: &str,
    credential: Value,
) -> Result<Value, Refusal> {
    let name = text(&credential["name"]);
    let all = state.federated_credentials.entry(application.to_owned()).or_default();
    let others = all.values().filter(|other| other["id"] != credential["id"]);
    federation::check(&name, &credential, others).map_err(bad_request)?;
    all.insert(name, credential.clone());
    Ok(credential)
}

fn credentials_mut<'a>(
    state: &'a mut State,
    application: &str,
    list: &str,
) -> Option<&'a mut Vec<Value>> {
    array_mut(state.applications.get_mut(application)?, list)
}

fn array_mut<'a>(object: &'a mut Value, name: &str) -> Option<&'a mut Vec<Value>> {
    object.get_mut(name)?.as_array_mut()
}

/// Certificates come with line breaks in them, and a certificate that is only named by its id (as a
/// client does that reads the list, adds to it and writes it back) is the one already there.
fn keep_keys(old: &Value, body: &mut Value) -> Result<(), Refusal> {
    for credential in array_mut(body, "keyCredentials").into_iter().flatten() {
        let known = old["keyCredentials"].as_array().into_iter().flatten();
        let own = credential["keyId"].as_str();
        let known = known.into_iter().find(|known| own.is_some_and(|id| known["keyId"] == *id));
        let key = match &credential["key"] {
            Value::String(key) => key.split_whitespace().collect(),
            _ => known.map(|known| text(&known["key"])).unwrap_or_default(),
        };
        if key.is_empty() {
            return Err(bad_request("Property keyCredentials.key is required."));
        }
        credential["key"] = key.into();
    }
    Ok(())
}

/// Sets properties, but not those that never change.
fn overwrite(object: &mut Value, body: Value) {
    let Value::Object(body) = body else { return };
    for (name, value) in body {
        if !name.starts_with('@')
            && !["id", "appId", "passwordCredentials"].contains(&name.as_str())
        {
            object[name] = value;
        }
    }
}

/// The object as it is answered: certificates are shown only to those who ask for them by name.
fn shown(request: &Request, object: &Value) -> Value {
    let mut object = object.clone();
    if !request.query("$select").is_some_and(|select| select.contains("keyCredentials")) {
        for credential in array_mut(&mut object, "keyCredentials").into_iter().flatten() {
            credential["key"] = Value::Null;
        }
    }
    object
}

fn typed(kind: &str, object: &Value) -> Value {
    let kind = kind[..1].to_lowercase() + &kind[1..];
    let mut typed =
        Map::from_iter([("@odata.type".to_owned(), format!("#microsoft.graph.{kind}").into())]);
    typed.extend(
        object.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())),
    );
    typed.into()
}

fn list(items: impl IntoIterator<Item = Value>) -> Reply {
    Reply::ok(json!({ "value": items.into_iter().collect::<Vec<_>>() }))
}

/// The parts of `property='value'`.
fn named_key(key: &str) -> Option<(&str, &str)> {
    let (name, value) = key.split_once('=')?;
    Some((name, value.strip_prefix('\'')?.strip_suffix('\'')?))
}

fn creates(request: &Request) -> bool {
    request.header("prefer").is_some_and(|prefer| prefer.contains("create-if-missing"))
}

fn body(request: &Request) -> Result<Value, Refusal> {
    let body = request.json().map(Value::Object);
    body.ok_or_else(|| bad_request("Unable to read JSON request payload."))
}

fn bad_request(text: impl Into<String>) -> Refusal {
    Refusal::new(400, "Request_BadRequest", text)
}

fn no_segment(segment: &str) -> Refusal {
    bad_request(format!("Resource not found for the segment '{segment}'."))
}

fn not_found(key: &str) -> Refusal {
    let text = format!(
        "Resource '{key}' does not exist or one of its queried reference-property objects are \
         not present."
    );
    Refusal::new(404, "Request_ResourceNotFound", text)
}

fn duplicate(property: &str) -> Refusal {
    let text =
        format!("Another object with the same value for property {property} already exists.");
    Refusal::new(409, "Request_MultipleObjectsWithSameKeyValue", text)
}
