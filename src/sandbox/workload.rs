//! Where the clients run: the managed identities of a machine, and the tokens of a job.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::message::{Answer, Refusal, Reply, Request};
use super::state::{State, text};
use super::token::{self, Claims, LIFETIME};
use super::{Error, SUBSCRIPTION_ID, TENANT_ID, issuer};

pub(super) const IMDS_HOST: &str = "169.254.169.254";
/// The sandbox itself, which App Service's endpoint is a part of.
pub(super) const OWN_HOST: &str = "127.0.0.1";
pub(super) const ACTIONS_HOST: &str = "pipelines.actions.githubusercontent.com";

pub(super) const APP_SERVICE_PATH: &str = "/msi/token";
pub(super) const ACTIONS_URL: &str =
    "https://pipelines.actions.githubusercontent.com/idtoken?api-version=2.0";

/// The issuer of GitHub's jobs.
const GITHUB: &str = "https://token.actions.githubusercontent.com";

/// Where the clients of a sandbox run. By default on a machine outside Azure, as nobody's job.
#[derive(Clone, Debug, Default)]
pub struct Workload {
    /// The resource that they run on, by its id or its name.
    pub machine: Option<String>,
    /// The job that they are.
    pub job: Option<Job>,
}

/// A job, as the issuer of its tokens knows it.
#[derive(Clone, Debug)]
pub struct Job {
    /// Who says so: `https://token.actions.githubusercontent.com`.
    pub issuer: String,
    /// What it says: `repo:contoso/web:environment:production`.
    pub subject: String,
}

/// A workload in its place.
pub(super) struct Place {
    /// The id of its machine, in lower case.
    machine: Option<String>,
    job: Option<Job>,
    /// What its own programs show, and others do not know.
    key: String,
}

impl Place {
    pub(super) fn of(workload: Workload, state: &State) -> Result<Place, Error> {
        let machine = workload.machine.map(|name| machine(state, name)).transpose()?;
        let mut key = [0; 16];
        aws_lc_rs::rand::fill(&mut key).expect("the system has random bytes");
        Ok(Place { machine, job: workload.job, key: BASE64_URL_SAFE_NO_PAD.encode(key) })
    }

    pub(super) fn key(&self) -> &str {
        &self.key
    }

    pub(super) fn job(&self) -> Option<(&str, &str)> {
        self.job.as_ref().map(|job| (job.issuer.as_str(), job.subject.as_str()))
    }

    pub(super) fn is_app_service(&self) -> bool {
        self.machine.as_ref().is_some_and(|id| id.contains("/microsoft.web/sites/"))
    }

    pub(super) fn is_github(&self) -> bool {
        self.job.as_ref().is_some_and(|job| job.issuer == GITHUB)
    }
}

fn machine(state: &State, name: String) -> Result<String, Error> {
    let wanted = name.to_lowercase();
    let tail = format!("/{wanted}");
    let mut found = state.resources.keys().filter(|id| {
        **id == wanted || (id.ends_with(&tail) && !id.contains("/microsoft.authorization/"))
    });
    match (found.next(), found.next()) {
        (Some(id), None) => Ok(id.clone()),
        _ => Err(Error::Machine { name }),
    }
}

/// The Instance Metadata Service of virtual machines and their like.
pub(super) fn imds(state: &mut State, request: &Request, place: &Place) -> Answer {
    if place.is_app_service() || place.machine.is_none() {
        return Err(Refusal::new(404, "not_found", "There is no metadata service here."));
    }
    let version = request.query("api-version").is_some();
    if request.header("metadata").is_none_or(|it| !it.eq_ignore_ascii_case("true")) || !version {
        let text = "Required metadata header not specified, or no api-version";
        return Err(Refusal::new(400, "invalid_request", text));
    }
    let path: Vec<_> = request.segments.iter().map(String::as_str).collect();
    match (request.method.as_str(), path.as_slice()) {
        ("GET", ["metadata", "identity", "oauth2", "token"]) => managed(state, request, place),
        ("GET", ["metadata", "instance"]) => instance(state, place),
        _ => Err(Refusal::new(404, "not_found", "There is nothing here.")),
    }
}

pub(super) fn refuse_imds(refusal: &Refusal) -> Reply {
    let body = json!({ "error": refusal.code, "error_description": refusal.message });
    Reply::new(refusal.status, body)
}

/// The endpoint that App Service gives to each app.
pub(super) fn app_service(state: &mut State, request: &Request, place: &Place) -> Answer {
    let here = request.method.as_str() == "GET" && request.path == APP_SERVICE_PATH;
    if !(here && place.is_app_service()) {
        return Err(Refusal::new(404, "NotFound", "There is nothing here."));
    }
    if request.header("x-identity-header") != Some(place.key()) {
        return Err(Refusal::new(401, "Unauthorized", "The X-IDENTITY-HEADER is not this app's."));
    }
    managed(state, request, place)
}

pub(super) fn refuse_app_service(refusal: &Refusal) -> Reply {
    Reply::new(refusal.status, json!({ "statusCode": refusal.status, "message": refusal.message }))
}

/// The endpoint at which a job of GitHub Actions with `id-token: write` gets its token.
pub(super) fn actions(state: &mut State, request: &Request, place: &Place) -> Answer {
    let shown = request.header("authorization").and_then(|value| value.split_once(' '));
    let job = place.job.as_ref().filter(|_| place.is_github());
    let (Some((_, shown)), Some(job)) = (shown, job) else {
        return Err(Refusal::new(401, "Unauthorized", "This is no step of a job."));
    };
    if shown != place.key() {
        return Err(Refusal::new(401, "Unauthorized", "The request token is not this job's."));
    }
    let owner = job.subject.split([':', '/']).nth(1).unwrap_or_default();
    let default = format!("https://github.com/{owner}");
    let audience = request.query("audience").unwrap_or(&default);
    let token = issuer::token(state, &job.issuer, &job.subject, audience)
        .ok_or_else(|| Refusal::new(500, "InternalServerError", "No key could be made."))?;
    let reply = Reply::ok(json!({ "count": token.len(), "value": token }));
    Ok(Reply { who: Some(job.subject.clone()), ..reply })
}

pub(super) fn refuse_actions(refusal: &Refusal) -> Reply {
    Reply::new(refusal.status, json!({ "message": refusal.message, "typeKey": refusal.code }))
}

/// A token for a managed identity of the machine.
fn managed(state: &State, request: &Request, place: &Place) -> Answer {
    let Some(resource) = request.query("resource").filter(|it| !it.is_empty()) else {
        let text = "The query parameter resource is required";
        return Err(Refusal::new(400, "invalid_request", text));
    };
    let principal = identity(state, request, place)?;
    let now = token::now();
    let claims = Claims {
        aud: resource.to_owned(),
        iss: format!("https://sts.windows.net/{TENANT_ID}/"),
        tid: TENANT_ID.to_owned(),
        oid: text(&principal["id"]),
        sub: text(&principal["id"]),
        appid: text(&principal["appId"]),
        idtyp: "app".to_owned(),
        amr: Vec::new(),
        name: text(&principal["displayName"]),
        upn: None,
        iat: now,
        exp: now + LIFETIME,
    };
    let reply = Reply::ok(json!({
        "access_token": token::sign(&state.signing_key, &claims),
        "client_id": claims.appid,
        "expires_in": LIFETIME.to_string(),
        "expires_on": claims.exp.to_string(),
        "not_before": now.to_string(),
        "resource": resource,
        "token_type": "Bearer",
    }));
    Ok(Reply { who: Some(claims.name), ..reply })
}

/// The identity that is asked for; without a name the machine's own, or the only one it has.
fn identity<'a>(state: &'a State, request: &Request, place: &Place) -> Result<&'a Value, Refusal> {
    let machine = place.machine.as_ref().and_then(|id| state.resources.get(id));
    let held = machine.map_or(&Value::Null, |machine| &machine["identity"]);
    let own = held["principalId"].as_str();
    let shared = held["userAssignedIdentities"].as_object().into_iter().flatten();
    let shared: Vec<_> = shared.filter_map(|(_, it)| it["principalId"].as_str()).collect();
    let named = [
        ("client_id", "appId"),
        ("object_id", "id"),
        ("principal_id", "id"),
        ("msi_res_id", "alternativeNames"),
        ("mi_res_id", "alternativeNames"),
    ];
    let wanted = named.iter().find_map(|(name, field)| Some((*field, request.query(name)?)));
    let is = |principal: &Value, field: &str, value: &str| match &principal[field] {
        Value::Array(several) => {
            several.iter().filter_map(Value::as_str).any(|own| own.eq_ignore_ascii_case(value))
        }
        one => one.as_str().is_some_and(|own| own.eq_ignore_ascii_case(value)),
    };
    let mut all = own.iter().chain(&shared).filter_map(|id| state.service_principals.get(*id));
    let found = match (wanted, own, shared.as_slice()) {
        (Some((field, value)), ..) => all.find(|principal| is(principal, field, value)),
        (None, Some(_), _) | (None, None, [_]) => all.next(),
        (None, None, []) => None,
        (None, None, _) => {
            let text = "Multiple user assigned identities exist, please specify the clientId / \
                        resourceId of the identity in the token request";
            return Err(Refusal::new(400, "invalid_request", text));
        }
    };
    found.ok_or_else(|| Refusal::new(400, "invalid_request", "Identity not found"))
}

/// What a machine can learn of itself.
fn instance(state: &State, place: &Place) -> Answer {
    let machine = place.machine.as_ref().and_then(|id| state.resources.get(id));
    let machine = machine.ok_or_else(|| Refusal::new(404, "not_found", "The machine is gone."))?;
    let id = text(&machine["id"]);
    let compute = json!({
        "azEnvironment": "AzurePublicCloud",
        "location": machine["location"],
        "name": machine["name"],
        "resourceGroupName": id.split('/').nth(4),
        "resourceId": id,
        "subscriptionId": SUBSCRIPTION_ID,
    });
    Ok(Reply::ok(json!({ "compute": compute })))
}
