//! What can be made by asking a service: identities, credentials, role assignments, connections.
//!
//! A noun is pure. It knows what it needs, how it is asked for, looked at and taken away, and
//! what the answers mean; sending is for whoever holds [`Services`]. To add one, write
//! `resource/<name>.rs`, and name it in [`Resource`] and in [`Resource::noun`].

mod api;
mod app_role_assignment;
mod application;
mod attached_identity;
mod certificate;
mod cloud;
mod custom_role;
mod federated_identity_credential;
mod host;
mod right;
mod role_assignment;
mod service_connection;
mod service_principal;
mod system_assigned_identity;
mod term;
mod user_assigned_identity;
mod variable;

pub use api::Api;
pub use app_role_assignment::AppRoleAssignment;
pub use application::Application;
pub use attached_identity::AttachedIdentity;
pub use certificate::Certificate;
pub use cloud::{CLOUDS, Cloud};
pub use custom_role::CustomRole;
pub use federated_identity_credential::{FederatedIdentityCredential, Federation, Owner};
pub use host::api_version;
pub use right::{Approver, Directory, Place, Right};
pub use role_assignment::RoleAssignment;
pub use service_connection::ServiceConnection;
pub use service_principal::ServicePrincipal;
pub use system_assigned_identity::SystemAssignedIdentity;
pub use term::Term;
pub use user_assigned_identity::UserAssignedIdentity;
pub use variable::{CiSystem, May, Variable};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Resource {
    UserAssignedIdentity(UserAssignedIdentity),
    SystemAssignedIdentity(SystemAssignedIdentity),
    AttachedIdentity(AttachedIdentity),
    Certificate(Certificate),
    Application(Application),
    ServicePrincipal(ServicePrincipal),
    ServiceConnection(ServiceConnection),
    FederatedIdentityCredential(FederatedIdentityCredential),
    CustomRole(CustomRole),
    RoleAssignment(RoleAssignment),
    Api(Api),
    AppRoleAssignment(AppRoleAssignment),
    Variable(Variable),
}

impl Resource {
    pub fn noun(&self) -> &dyn Noun {
        match self {
            Resource::UserAssignedIdentity(it) => it,
            Resource::SystemAssignedIdentity(it) => it,
            Resource::AttachedIdentity(it) => it,
            Resource::Certificate(it) => it,
            Resource::Application(it) => it,
            Resource::ServicePrincipal(it) => it,
            Resource::ServiceConnection(it) => it,
            Resource::FederatedIdentityCredential(it) => it,
            Resource::CustomRole(it) => it,
            Resource::RoleAssignment(it) => it,
            Resource::Api(it) => it,
            Resource::AppRoleAssignment(it) => it,
            Resource::Variable(it) => it,
        }
    }
}

pub trait Noun {
    /// For people, in the field's words: `user-assigned managed identity id-web`.
    fn title(&self) -> String;

    /// The addresses whose outputs the requests are made of.
    fn needs(&self) -> Vec<&Address>;

    /// What whoever makes it must be allowed to do.
    fn rights(&self) -> Vec<Right>;

    /// Nouns that answer the same are made one after another.
    fn one_at_a_time(&self) -> Option<Address> {
        None
    }

    /// Asks for it as it is; `None` while something that it needs is unknown.
    fn look(&self, known: &Known) -> Option<Request>;

    /// Asks for it along with others of its kind; where those ask the same, once is enough.
    fn look_at_all(&self, _known: &Known) -> Option<Request> {
        None
    }

    /// Itself, in the answer to [`Noun::look`]; `None` if it is not there.
    fn found(&self, _known: &Known, answer: Value) -> Option<Value> {
        Some(answer)
    }

    /// Why it cannot be made of what stands in its place, and what to do.
    fn obstacle(&self, _known: &Known, _current: &Value) -> Option<String> {
        None
    }

    /// Asks for it to be made. `current` is what [`Noun::look`] found in its place: a noun that
    /// changes what is there already needs it, and keeps what is not its own.
    fn make(&self, known: &Known, current: Option<&Value>) -> Option<Request>;

    /// What only the service could tell.
    fn outputs(&self, known: &Known, answer: &Value) -> Outputs;

    /// In what way the thing that was found is not the one that was planned.
    fn differences(&self, _known: &Known, _found: &Value) -> Vec<Difference> {
        Vec::new()
    }

    /// What of `current` the journal keeps, so that it can be put back.
    fn remember(&self, _current: &Value) -> Option<Value> {
        None
    }

    /// Takes it away again, or puts back what stood in its place.
    fn unmake(&self, remains: &Remains<'_>) -> Option<Request>;
}

/// What is known of a thing that is to be taken away.
#[derive(Clone, Copy, Debug)]
pub struct Remains<'r> {
    pub outputs: &'r Outputs,
    /// What [`Noun::remember`] kept when it was made.
    pub before: Option<&'r Value>,
    /// What [`Noun::look`] finds now.
    pub current: Option<&'r Value>,
}

/// A value that is not what the plan says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub what: &'static str,
    pub planned: String,
    pub found: String,
}

impl Difference {
    fn check(
        what: &'static str,
        planned: &str,
        found: &Value,
        pointer: &str,
    ) -> Option<Difference> {
        let found = found.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        (planned != found).then(|| Difference {
            what,
            planned: planned.to_owned(),
            found: found.to_owned(),
        })
    }
}

/// A request that has not been sent, and holds no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub method: Method,
    pub service: Service,
    /// Where the service is, if the cloud does not tell: `https://gitlab.com`.
    pub host: Option<String>,
    /// From the root of the service: `/subscriptions/…`.
    pub path: String,
    pub query: Vec<(&'static str, String)>,
    pub body: Option<Value>,
    /// Graph makes what is missing when a `PATCH` by key asks for it.
    pub create_if_missing: bool,
    /// After how many pages of a list to stop; the answer then still holds the `nextLink`.
    pub pages: Option<usize>,
    /// Codes that stand for "not yet": what was just made is not known everywhere at once.
    pub patience: &'static [&'static str],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Put,
    Post,
    Patch,
    Delete,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    ResourceManager,
    Graph,
    DevOps,
    GitHub,
    GitLab,
    /// Makes keys, which never leave the machine.
    ThisMachine,
}

impl Service {
    pub fn title(self) -> &'static str {
        match self {
            Service::ResourceManager => "Azure Resource Manager",
            Service::Graph => "Microsoft Graph",
            Service::DevOps => "Azure DevOps",
            Service::GitHub => "GitHub",
            Service::GitLab => "GitLab",
            Service::ThisMachine => "this machine",
        }
    }
}

impl Request {
    pub fn new(method: Method, service: Service, path: impl Into<String>) -> Request {
        Request {
            method,
            service,
            host: None,
            path: path.into(),
            query: Vec::new(),
            body: None,
            create_if_missing: false,
            pages: None,
            patience: &[],
        }
    }

    pub fn arm(method: Method, path: impl Into<String>, api_version: &str) -> Request {
        Request::new(method, Service::ResourceManager, path).query("api-version", api_version)
    }

    pub fn graph(method: Method, path: impl Into<String>) -> Request {
        Request::new(method, Service::Graph, path)
    }

    pub fn query(mut self, name: &'static str, value: impl Into<String>) -> Request {
        self.query.push((name, value.into()));
        self
    }

    pub fn body(mut self, body: Value) -> Request {
        self.body = Some(body);
        self
    }

    pub fn pages(mut self, most: usize) -> Request {
        self.pages = Some(most);
        self
    }

    fn at(mut self, host: String) -> Request {
        self.host = Some(host);
        self
    }

    fn patience(mut self, codes: &'static [&'static str]) -> Request {
        self.patience = codes;
        self
    }

    fn create_if_missing(mut self) -> Request {
        self.create_if_missing = true;
        self
    }
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

names! {
    /// The address of a resource in the plan, such as `identity.id-web-production`.
    Address
    /// Where a role assignment holds, such as `/subscriptions/…/resourceGroups/rg-web`.
    Scope
}

impl Scope {
    /// In lower case: `microsoft.web/sites`; `None` for what is no resource.
    pub fn resource_type(&self) -> Option<String> {
        let lower = self.0.to_ascii_lowercase();
        let mut parts = lower.rsplit_once("/providers/")?.1.split('/');
        let (namespace, kind, _) = (parts.next()?, parts.next()?, parts.next()?);
        Some(format!("{namespace}/{kind}"))
    }

    /// The subscription in which it is.
    fn subscription(&self) -> Option<Scope> {
        let id = self.0.strip_prefix("/subscriptions/")?.split('/').next()?;
        Some(Scope(format!("/subscriptions/{id}")))
    }

    /// Whose turn it is when things of one resource are made one after another.
    fn turn(&self) -> Address {
        Address(self.0.to_ascii_lowercase())
    }

    /// The part of it that people call it by.
    pub fn short(&self) -> String {
        match self.0.rsplit_once('/') {
            Some((parent, id)) if parent.eq_ignore_ascii_case("/subscriptions") => {
                format!("the subscription {id}")
            }
            Some((_, name)) if !name.is_empty() => name.to_owned(),
            _ => self.0.clone(),
        }
    }
}

/// What only the service can tell once a resource exists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Outputs(pub BTreeMap<String, String>);

pub type Known = BTreeMap<Address, Outputs>;

pub type Answer = Result<Value, Refusal>;

/// The one door to the outside. It sends; it decides nothing.
pub trait Services {
    /// Sends requests that do not depend on each other, as many at once as the services allow, and
    /// tells each answer as it comes, with the place of its request. An answer without a body is
    /// `null`.
    fn send_each(&self, requests: &[Request], answered: &mut dyn FnMut(usize, Answer));

    /// The answers in the order of the requests.
    fn send_all(&self, requests: &[Request]) -> Vec<Answer> {
        let mut answers: Vec<Option<Answer>> = vec![None; requests.len()];
        self.send_each(requests, &mut |at, answer| answers[at] = Some(answer));
        answers.into_iter().map(|it| it.expect("one request has one answer")).collect()
    }

    fn send(&self, request: &Request) -> Answer {
        let answer = self.send_all(std::slice::from_ref(request)).pop();
        answer.expect("one request has one answer")
    }
}

/// The code of a refusal where nobody answered: what was asked for may have been done.
pub const NO_ANSWER: &str = "NoAnswer";

/// The code of a refusal where the operator has no token for a service, which was not asked.
pub const NO_TOKEN: &str = "NoToken";

/// A service said no, or could not be asked.
///
/// It holds no body: an answer may repeat what was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} answered {code}", service.title())]
pub struct Refusal {
    pub service: Service,
    pub method: Method,
    pub path: String,
    /// `None` if there was no answer.
    pub status: Option<u16>,
    pub code: String,
    /// One sentence of the service's, cut short.
    pub message: String,
    pub request_id: Option<String>,
}

impl Refusal {
    pub fn is_absent(&self) -> bool {
        self.status == Some(404)
    }

    /// GitHub or GitLab do not let the operator in, or were not asked for want of a token.
    pub fn is_closed(&self) -> bool {
        self.code == NO_TOKEN
            || matches!(self.service, Service::GitHub | Service::GitLab)
                && matches!(self.status, Some(401 | 403))
    }

    pub fn already_exists(&self) -> bool {
        self.code == "RoleAssignmentExists"
    }
}

fn output(known: &Known, address: &Address, name: &str) -> Option<String> {
    known.get(address)?.0.get(name).cloned()
}

fn pick(answer: &Value, names: &[(&str, &str)]) -> Outputs {
    let found = names.iter().filter_map(|(name, pointer)| {
        Some(((*name).to_owned(), answer.pointer(pointer)?.as_str()?.to_owned()))
    });
    Outputs(found.collect())
}

fn delete_by_id(remains: &Remains<'_>, api_version: &str) -> Option<Request> {
    Some(Request::arm(Method::Delete, remains.outputs.0.get("id")?, api_version))
}

/// Puts the properties back that were there before, or deletes what was not there at all.
fn restore_by_id(remains: &Remains<'_>, api_version: &str) -> Option<Request> {
    let Some(before) = remains.before else { return delete_by_id(remains, api_version) };
    let request = Request::arm(Method::Put, remains.outputs.0.get("id")?, api_version);
    Some(request.body(json!({ "properties": before })))
}
