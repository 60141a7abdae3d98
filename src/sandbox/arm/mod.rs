//! Azure Resource Manager: who may pass, and which handler answers.

use serde_json::{Value, json};

use super::access;
use super::imagined;
use super::message::{Answer, Refusal, Reply, Request};
use super::state::State;
use super::token::Claims;
use super::{Action, SUBSCRIPTION_ID, TENANT_DOMAIN, TENANT_ID};

mod activity;
mod authorization;
mod identity;
mod operation;
mod resource;
mod site;
mod target;

pub(super) use target::Target;

/// What a client has to show to its sign-in to be let through:
/// `{"access_token":{"acrs":{"essential":true,"values":["p1"]}}}`.
const CLAIMS_CHALLENGE: &str =
    "eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlcyI6WyJwMSJdfX19";

/// The API version that every type of resource has, beside all others.
const VERSION: &str = "2024-01-01";

/// Whether a name is free is asked for by POST, and in these namespaces something to read.
const NAMES: [&str; 4] = [
    "microsoft.containerregistry/checknameavailability",
    "microsoft.keyvault/checknameavailability",
    "microsoft.storage/checknameavailability",
    "microsoft.web/checknameavailability",
];

/// A request to ARM, and all that a handler needs to answer it.
struct Call<'a> {
    state: &'a mut State,
    request: &'a Request,
    caller: &'a Claims,
    target: Target,
}

pub(super) fn answer(state: &mut State, request: &Request, caller: &Claims) -> Answer {
    if request.query("api-version").is_none() {
        let text = "The api-version query parameter (?api-version=) is required for all requests.";
        return Err(Refusal::new(400, "MissingApiVersionParameter", text));
    }
    let target = Target::parse(&request.segments);
    let mut call = Call { state, request, caller, target };
    call.check_subscription()?;
    call.imagine();
    if !is_for_everyone(request, &call.target) {
        call.check_access()?;
    }
    if !call.meets_mfa_policy() {
        return Ok(call.mfa_challenge());
    }
    call.dispatch()
}

pub(super) use activity::note;

/// What a request asks for; none, if that is for everyone.
pub(super) fn asked(request: &Request) -> Option<Action> {
    let target = Target::parse(&request.segments);
    let name = action(request, &target);
    (!is_for_everyone(request, &target)).then(|| Action { name, scope: target.place().to_owned() })
}

pub(super) fn refuse(refusal: &Refusal) -> Reply {
    let body = json!({ "error": { "code": refusal.code, "message": refusal.message } });
    let reply = Reply::new(refusal.status, body);
    match refusal.status {
        401 => reply.header(
            "www-authenticate",
            format!(
                "Bearer authorization_uri=\"https://login.microsoftonline.com/{TENANT_ID}\", \
                 error=\"invalid_token\", error_description=\"{}\"",
                refusal.message
            ),
        ),
        _ => reply,
    }
}

impl Call<'_> {
    /// While a script is tried out, what it asks for is there.
    fn imagine(&mut self) {
        let (method, kind) = (self.request.method.as_str(), self.target.kind.to_lowercase());
        if !self.state.rehearsal
            || kind == "microsoft.resources/subscriptions/resourcegroups" && method == "PUT"
        {
            return;
        }
        // The settings of an app are there without having been written.
        let is_there =
            method == "PUT" || kind.starts_with("microsoft.web/sites/") && method != "PATCH";
        let id = match self.target.name.is_some() && !is_there {
            true => self.target.id.clone(),
            false => self.target.parent.clone(),
        };
        imagined::add(self.state, &id);
    }

    /// The operations, one by one; what is no operation of its own is done to a document.
    fn dispatch(&mut self) -> Answer {
        let named = self.target.name.is_some();
        let kind = self.target.kind.to_lowercase();
        match (self.request.method.as_str(), kind.as_str(), named) {
            ("GET", "microsoft.resources/tenants", false) => Ok(tenants()),
            ("GET", "microsoft.resources/subscriptions", false) => self.list_subscriptions(),
            ("GET", "microsoft.resources/subscriptions/resourcegroups/resources", false) => {
                self.list_contents()
            }
            ("GET", "microsoft.resources/subscriptions/resources", false) => self.list_contents(),
            ("HEAD", "microsoft.resources/subscriptions/resourcegroups", true) => {
                self.group_exists()
            }
            ("PUT", "microsoft.resources/subscriptions/resourcegroups", true) => self.put_group(),

            ("GET", "microsoft.insights/eventtypes/values", false) => self.list_events(),

            ("GET", "microsoft.authorization/permissions", false) => self.list_permissions(),
            ("GET", "microsoft.authorization/roledefinitions", false) => self.list_roles(),
            ("GET", "microsoft.authorization/roledefinitions", true) => self.get_role(),
            ("PUT", "microsoft.authorization/roledefinitions", true) => self.put_role(),
            ("DELETE", "microsoft.authorization/roledefinitions", true) => self.delete_role(),
            ("GET", "microsoft.authorization/roleassignments", false) => self.list_assignments(),
            ("PUT", "microsoft.authorization/roleassignments", true) => self.put_assignment(),

            ("PUT", "microsoft.managedidentity/userassignedidentities", true) => {
                self.put_identity()
            }
            (
                "PUT",
                "microsoft.managedidentity/userassignedidentities/federatedidentitycredentials",
                true,
            ) => self.put_credential(),
            ("GET", "microsoft.managedidentity/identities", true) => self.get_own_identity(),
            ("GET", operation::KIND, true) => self.get_operation(),

            ("POST", "microsoft.web/sites/config/list", false) => self.list_settings(),
            (
                "GET",
                "microsoft.web/sites/config"
                | "microsoft.web/sites/basicpublishingcredentialspolicies",
                true,
            ) => self.get_settings(),

            ("GET", _, false) if !kind.contains('/') => Ok(self.provider(&self.target.kind)),
            ("POST", _, false) if kind.ends_with("/register") => {
                Ok(self.provider(self.target.namespace()))
            }
            ("POST", _, false) if kind.ends_with("/checknameavailability") => {
                Ok(Reply::ok(json!({ "nameAvailable": true })))
            }
            ("POST", _, false) => self.act(),
            ("GET", _, false) => self.list(),
            ("GET", _, true) => self.get(),
            ("PUT", _, true) => self.put(),
            ("PATCH", _, true) => self.patch_and_go_on(),
            ("DELETE", _, true) => self.delete(),
            (method, ..) => {
                let text =
                    format!("The requested resource does not support http method '{method}'.");
                Err(Refusal::new(405, "MethodNotAllowed", text))
            }
        }
    }

    /// A namespace, with the types of resources that roles speak of.
    fn provider(&self, namespace: &str) -> Reply {
        let types = access::types_of(self.state, namespace).into_iter();
        let types = types.map(|it| json!({ "resourceType": it, "apiVersions": [VERSION] }));
        Reply::ok(json!({
            "id": format!("/subscriptions/{SUBSCRIPTION_ID}/providers/{namespace}"),
            "namespace": namespace,
            "registrationState": "Registered",
            "resourceTypes": types.collect::<Vec<_>>(),
        }))
    }

    fn check_subscription(&self) -> Result<(), Refusal> {
        match self.request.segments.as_slice() {
            [first, id, ..]
                if first.eq_ignore_ascii_case("subscriptions")
                    && !id.eq_ignore_ascii_case(SUBSCRIPTION_ID) =>
            {
                Err(Refusal::new(
                    404,
                    "SubscriptionNotFound",
                    format!("The subscription '{id}' could not be found."),
                ))
            }
            _ => Ok(()),
        }
    }

    /// The caller needs a role that covers the action. A list is also open to those with a role
    /// further down, and then shows no more than they may read.
    fn check_access(&self) -> Result<(), Refusal> {
        let (action, place) = (action(self.request, &self.target), self.target.place());
        let oid = &self.caller.oid;
        let listing = self.request.is_read() && self.target.name.is_none();
        let may_see_some = listing
            && !self.target.namespace().eq_ignore_ascii_case("Microsoft.Authorization")
            && access::sees(self.state, oid, place);
        if may_see_some || access::allowed(self.state, oid, &action, place) {
            return Ok(());
        }
        let client = self.caller.upn.as_ref().unwrap_or(&self.caller.appid);
        let text = format!(
            "The client '{client}' with object id '{oid}' does not have authorization to perform \
             action '{action}' over scope '{place}' or the scope is invalid. If access was \
             recently granted, please refresh your credentials."
        );
        Err(Refusal::new(403, "AuthorizationFailed", text))
    }

    /// What a user writes or deletes needs MFA; what an application does never did.
    fn meets_mfa_policy(&self) -> bool {
        let write = matches!(self.request.method.as_str(), "PUT" | "PATCH" | "DELETE");
        !(write && self.caller.is_user() && !self.caller.has_mfa())
    }

    fn mfa_challenge(&self) -> Reply {
        let name = self.target.name.as_deref().unwrap_or_default();
        let (operation, policy) = match self.request.method.as_str() {
            "DELETE" => ("delete", "sys.mfa-delete"),
            _ => ("create or update", "sys.mfa-write"),
        };
        let text = format!(
            "Resource '{name}' was disallowed by policy. Reasons: 'Users must authenticate with \
             multi-factor authentication to {operation} resources. To resolve this error, set up \
             MFA at aka.ms/setupMFA.'. See error details for policy resource IDs."
        );
        let assignment = format!(
            "/subscriptions/{SUBSCRIPTION_ID}/providers/Microsoft.Authorization/policyAssignments/{policy}"
        );
        let body = json!({ "error": {
            "code": "RequestDisallowedByPolicy",
            "message": text,
            "target": name,
            "additionalInfo": [
                { "type": "PolicyViolation", "info": { "policyAssignmentId": assignment } },
            ],
        }});
        let challenge = format!(
            "Bearer realm=\"\", \
             authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", \
             error=\"insufficient_claims\", claims=\"{CLAIMS_CHALLENGE}\""
        );
        Reply::new(401, body).header("www-authenticate", challenge)
    }

    /// The body, which has to be a JSON object.
    fn body(&self) -> Result<Value, Refusal> {
        let body = self.request.json().map(Value::Object);
        body.ok_or_else(|| {
            let text = "The request content was invalid and could not be deserialized.";
            Refusal::new(400, "InvalidRequestContent", text)
        })
    }
}

/// Some things are asked before one has any role, or answer only what the caller may see.
fn is_for_everyone(request: &Request, target: &Target) -> bool {
    let kind = target.kind.to_lowercase();
    request.is_read()
        && (kind == "microsoft.authorization/permissions"
            || (kind == "microsoft.authorization/roledefinitions" && target.scope.is_empty())
            || (target.name.is_none() && target.parent.is_empty())
            || !kind.contains('/'))
}

/// The action a request takes, as roles name it.
fn action(request: &Request, target: &Target) -> String {
    let verb = match request.method.as_str() {
        "GET" | "HEAD" => "read",
        "DELETE" => "delete",
        "POST" if NAMES.contains(&target.kind.to_lowercase().as_str()) => "read",
        "POST" => "action",
        _ => "write",
    };
    format!("{}/{verb}", target.kind)
}

fn tenants() -> Reply {
    Reply::ok(json!({ "value": [{
        "id": format!("/tenants/{TENANT_ID}"),
        "tenantId": TENANT_ID,
        "displayName": "Contoso",
        "defaultDomain": TENANT_DOMAIN,
        "domains": [TENANT_DOMAIN, "contoso.com"],
        "tenantCategory": "Home",
        "countryCode": "JP",
    }]}))
}
