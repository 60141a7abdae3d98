//! Microsoft Entra ID: discovery, and tokens for users and applications.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use uuid::Uuid;

use super::message::{Answer, Form, Refusal, Reply, Request};
use super::state::{CLOCK, State, text};
use super::token::{self, Claims, LIFETIME};
use super::{TENANT_DOMAIN, TENANT_ID, assertion};

const AUTHORITY: &str = "https://login.microsoftonline.com";

/// The audience of a refresh token: no service, so that none takes it for an access token.
const REFRESH: &str = "https://login.microsoftonline.com/refresh";

/// How every device code begins: it is granted before anybody types it in. After this it says what
/// it was asked for, since clients do not say so again.
const DEVICE_CODE: &str = "granted-by-ada.";

/// The OAuth error and the status that go with each code.
const CODES: [(u32, &str, u16); 20] = [
    (50027, "invalid_request", 400),
    (50034, "invalid_grant", 400),
    (50057, "invalid_grant", 400),
    (50076, "invalid_grant", 400),
    (50126, "invalid_grant", 400),
    (70003, "unsupported_grant_type", 400),
    (70008, "invalid_grant", 400),
    (70025, "invalid_client", 401),
    (90002, "invalid_request", 400),
    (700016, "unauthorized_client", 400),
    (700023, "invalid_client", 401),
    (700024, "invalid_client", 401),
    (700027, "invalid_client", 401),
    (700211, "invalid_client", 401),
    (700212, "invalid_client", 401),
    (700213, "invalid_client", 401),
    (7000215, "invalid_client", 401),
    (7000218, "invalid_client", 401),
    (7000229, "unauthorized_client", 400),
    (7002138, "invalid_client", 401),
];

pub(super) fn answer(state: &State, request: &Request) -> Answer {
    let path: Vec<_> = request.segments.iter().map(String::as_str).collect();
    match (request.method.as_str(), path.as_slice()) {
        ("GET", ["common", "discovery", "instance"]) => Ok(Reply::ok(instance())),
        ("GET", ["common", "userrealm", user]) => Ok(Reply::ok(realm(user))),
        ("GET", [tenant, .., ".well-known", "openid-configuration"]) => {
            check_tenant(state, tenant)?;
            Ok(Reply::ok(configuration(tenant)))
        }
        ("POST", [tenant, "oauth2", "v2.0", "devicecode"]) => {
            check_tenant(state, tenant)?;
            Ok(Reply::ok(device_code(&request.form())))
        }
        ("POST", [tenant, "oauth2", "v2.0", "token"] | [tenant, "oauth2", "token"]) => {
            check_tenant(state, tenant)?;
            sign_in(state, &request.form())
        }
        _ => Err(Refusal::new(404, "not_found", "There is nothing here.")),
    }
}

/// A refusal with one of Entra's own codes.
pub(super) fn refusal(code: u32, message: impl Into<String>) -> Refusal {
    let status =
        CODES.iter().find(|(known, ..)| *known == code).map_or(400, |(.., status)| *status);
    Refusal::new(status, &code.to_string(), message)
}

/// Errors as Entra words them: everything a reader needs is once more in the description.
pub(super) fn refuse(refusal: &Refusal) -> Reply {
    let known = CODES.iter().find(|(code, ..)| code.to_string() == refusal.code);
    let error = known.map_or(refusal.code.as_str(), |(_, error, _)| error);
    let prefix = if known.is_some() { format!("AADSTS{}: ", refusal.code) } else { String::new() };
    let trace = |what: &str| {
        Uuid::new_v5(
            &Uuid::NAMESPACE_OID,
            format!("{what} {} {}", refusal.code, refusal.message).as_bytes(),
        )
    };
    let (trace_id, correlation_id) = (trace("trace"), trace("correlation"));
    let timestamp = CLOCK.replace('T', " ");
    let mut body = json!({
        "error": error,
        "error_description": format!(
            "{prefix}{} Trace ID: {trace_id} Correlation ID: {correlation_id} Timestamp: \
             {timestamp}",
            refusal.message
        ),
        "error_codes": known.map(|(code, ..)| code).into_iter().collect::<Vec<_>>(),
        "timestamp": timestamp,
        "trace_id": trace_id,
        "correlation_id": correlation_id,
    });
    if let Some((code, ..)) = known {
        body["error_uri"] = format!("{AUTHORITY}/error?code={code}").into();
        if *code == 50076 {
            body["suberror"] = "basic_action".into();
        }
    }
    Reply::new(refusal.status, body)
}

/// The tenant goes by its id, by its domain, and, for users, by no name at all.
fn check_tenant(state: &State, name: &str) -> Result<(), Refusal> {
    let known = [TENANT_ID, TENANT_DOMAIN, "contoso.com", "organizations", "common"];
    if state.rehearsal && name.contains('.')
        || known.iter().any(|known| known.eq_ignore_ascii_case(name))
    {
        return Ok(());
    }
    let text = format!(
        "Tenant '{name}' not found. Check to make sure you have the correct tenant ID and are \
         signing into the correct cloud."
    );
    Err(refusal(90002, text))
}

/// Gives tokens to whoever the form proves to be.
fn sign_in(state: &State, form: &Form) -> Answer {
    let grant = form.get("grant_type").unwrap_or_default();
    let reply = match grant {
        "client_credentials" => {
            let principal = assertion::client(state, form)?;
            let claims = claims(principal, form, "app", Vec::new());
            Reply { who: Some(claims.name.clone()), ..Reply::ok(tokens(state, &claims)) }
        }
        "password" | "refresh_token" | "urn:ietf:params:oauth:grant-type:device_code" => {
            let (user, amr) = match grant {
                "password" => (by_password(state, form)?, vec!["pwd".to_owned()]),
                "refresh_token" => by_refresh(state, form)?,
                _ => by_device_code(state, form)?,
            };
            if user["accountEnabled"] == false {
                return Err(refusal(50057, "The user account is disabled."));
            }
            let challenged = form.get("claims").is_some_and(|claims| claims.contains("\"acrs\""));
            if challenged && !amr.iter().any(|method| method == "mfa") {
                return Err(mfa_required());
            }
            let claims = claims(user, form, "user", amr);
            Reply { who: claims.upn.clone(), ..Reply::ok(user_tokens(state, form, &claims)) }
        }
        other => {
            let text = format!("The app requested an unsupported grant type '{other}'.");
            return Err(refusal(70003, text));
        }
    };
    Ok(reply.header("cache-control", "no-store"))
}

fn by_password<'a>(state: &'a State, form: &Form) -> Result<&'a Value, Refusal> {
    let name = form.get("username").unwrap_or_default();
    let mut users = state.users.iter();
    let user = users.find(|(_, user)| text(&user["userPrincipalName"]).eq_ignore_ascii_case(name));
    let Some((id, user)) = user else {
        let text = format!(
            "The user account {name} does not exist in the {TENANT_DOMAIN} directory. To sign \
             into this application, the account must be added to the directory."
        );
        return Err(refusal(50034, text));
    };
    if !state.rehearsal && state.secrets.get(id).map(String::as_str) != form.get("password") {
        return Err(refusal(
            50126,
            "Error validating credentials due to invalid username or password.",
        ));
    }
    if state.must_do_mfa.contains(id) {
        return Err(mfa_required());
    }
    Ok(user)
}

fn by_refresh<'a>(state: &'a State, form: &Form) -> Result<(&'a Value, Vec<String>), Refusal> {
    let claims = token::verify(&state.signing_key, form.get("refresh_token").unwrap_or_default());
    let claims = claims.filter(|claims| claims.aud == REFRESH);
    let found = claims.and_then(|claims| Some((state.users.get(&claims.oid)?, claims.amr)));
    found.ok_or_else(|| {
        refusal(70008, "The provided authorization code or refresh token has expired.")
    })
}

/// Whoever must do MFA does it, at once: in this tenant that is ada.
fn by_device_code<'a>(state: &'a State, form: &Form) -> Result<(&'a Value, Vec<String>), Refusal> {
    let granted = device_scope(form);
    let user =
        state.must_do_mfa.first().filter(|_| granted.is_some()).and_then(|id| state.users.get(id));
    let user = user.ok_or_else(|| refusal(70008, "The provided device code has expired."))?;
    Ok((user, vec!["pwd".to_owned(), "mfa".to_owned()]))
}

/// What a device code was asked for.
fn device_scope(form: &Form) -> Option<String> {
    let scope = form.get("device_code")?.strip_prefix(DEVICE_CODE)?;
    String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(scope).ok()?).ok()
}

fn mfa_required() -> Refusal {
    let text = "Due to a configuration change made by your administrator, or because you moved \
                to a new location, you must use multi-factor authentication to access \
                '797f4846-ba00-4fd7-ba43-dac1f8f63013'.";
    refusal(50076, text)
}

fn claims(principal: &Value, form: &Form, idtyp: &str, amr: Vec<String>) -> Claims {
    let now = token::now();
    let upn = principal["userPrincipalName"].as_str().map(str::to_owned);
    Claims {
        aud: audience(form),
        iss: format!("https://sts.windows.net/{TENANT_ID}/"),
        tid: TENANT_ID.to_owned(),
        oid: text(&principal["id"]),
        sub: text(&principal["id"]),
        appid: form.get("client_id").unwrap_or_default().to_owned(),
        idtyp: idtyp.to_owned(),
        amr,
        name: upn.clone().unwrap_or_else(|| text(&principal["displayName"])),
        upn,
        iat: now,
        exp: now + LIFETIME,
    }
}

/// Whom the token is for: the `resource` of v1, or the resource in the `scope` of v2, whose own
/// slash at the end stays (so `…//.default` is right). A scope without one means Microsoft Graph.
fn audience(form: &Form) -> String {
    let asked = form.get("scope").map(str::to_owned).or_else(|| device_scope(form));
    let scope = asked.unwrap_or_default();
    let resource = scope.split(' ').find_map(|one| {
        let (resource, _) = one.rsplit_once('/')?;
        Some(resource)
    });
    form.get("resource").or(resource).unwrap_or("https://graph.microsoft.com").to_owned()
}

fn tokens(state: &State, claims: &Claims) -> Value {
    json!({
        "token_type": "Bearer",
        "expires_in": LIFETIME,
        "ext_expires_in": LIFETIME,
        "expires_on": claims.exp.to_string(),
        "resource": claims.aud,
        "access_token": token::sign(&state.signing_key, claims),
    })
}

/// What a user gets on top: a way to come back, and what the client wants to know about the user.
fn user_tokens(state: &State, form: &Form, claims: &Claims) -> Value {
    let refresh =
        Claims { aud: REFRESH.to_owned(), exp: claims.exp + 90 * 24 * 3600, ..claims.clone() };
    let id = json!({
        "aud": claims.appid,
        "iss": format!("{AUTHORITY}/{TENANT_ID}/v2.0"),
        "tid": claims.tid,
        "oid": claims.oid,
        "sub": claims.sub,
        "preferred_username": claims.upn,
        "name": claims.name,
        "iat": claims.iat,
        "exp": claims.exp,
        "ver": "2.0",
    });
    let client_info = json!({ "uid": claims.oid, "utid": claims.tid }).to_string();
    let mut body = tokens(state, claims);
    body["scope"] = form.get("scope").unwrap_or("user_impersonation").into();
    body["refresh_token"] = token::sign(&state.signing_key, &refresh).into();
    body["id_token"] = token::sign(&state.signing_key, &id).into();
    body["client_info"] = BASE64_URL_SAFE_NO_PAD.encode(client_info).into();
    body
}

fn device_code(form: &Form) -> Value {
    let scope = BASE64_URL_SAFE_NO_PAD.encode(form.get("scope").unwrap_or_default());
    let uri = "https://login.microsoft.com/device";
    json!({
        "user_code": "WORKID",
        "device_code": format!("{DEVICE_CODE}{scope}"),
        "verification_uri": uri,
        "expires_in": 900,
        "interval": 1,
        "message": format!("To sign in, open {uri} and enter WORKID. The sandbox has done so \
                            already, as ada."),
    })
}

fn configuration(tenant: &str) -> Value {
    let tenant = if tenant.contains('.') { TENANT_ID } else { tenant };
    let issuer =
        if tenant == "common" || tenant == "organizations" { "{tenantid}" } else { tenant };
    let oauth = format!("{AUTHORITY}/{tenant}/oauth2/v2.0");
    json!({
        "issuer": format!("{AUTHORITY}/{issuer}/v2.0"),
        "token_endpoint": format!("{oauth}/token"),
        "authorization_endpoint": format!("{oauth}/authorize"),
        "device_authorization_endpoint": format!("{oauth}/devicecode"),
        "jwks_uri": format!("{AUTHORITY}/{tenant}/discovery/v2.0/keys"),
        "response_types_supported": ["code", "id_token"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["HS256"],
        "cloud_instance_name": "microsoftonline.com",
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": "graph.microsoft.com",
        "tenant_region_scope": "AS",
    })
}

fn instance() -> Value {
    json!({
        "tenant_discovery_endpoint": format!("{AUTHORITY}/common/.well-known/openid-configuration"),
        "api-version": "1.1",
        "metadata": [{
            "preferred_network": "login.microsoftonline.com",
            "preferred_cache": "login.windows.net",
            "aliases": [
                "login.microsoftonline.com",
                "login.windows.net",
                "login.microsoft.com",
                "sts.windows.net",
            ],
        }],
    })
}

fn realm(user: &str) -> Value {
    json!({
        "ver": "1.0",
        "account_type": "Managed",
        "domain_name": user.rsplit('@').next(),
        "cloud_instance_name": "microsoftonline.com",
        "cloud_audience_urn": "urn:federation:MicrosoftOnline",
    })
}
