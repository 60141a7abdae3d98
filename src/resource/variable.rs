//! A variable of GitHub or GitLab, in which a job finds an ID: of an identity, a tenant, a subscription.
//!
//! It holds an ID and nothing else. What stands in its place and is none is left alone, and is neither
//! shown nor kept, since it may be a secret.

use super::{
    Address, Difference, Known, Method, Noun, Outputs, Remains, Request, Right, Service, Term,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variable {
    pub system: CiSystem,
    /// `https://github.com`, `https://gitlab.com`, or where else it is.
    pub url: String,
    /// `contoso/web`
    pub project: String,
    /// Whose jobs alone see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// `AZURE_CLIENT_ID`
    pub name: String,
    pub value: Term,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CiSystem {
    GitHub,
    GitLab,
}

impl CiSystem {
    pub fn service(self) -> Service {
        match self {
            CiSystem::GitHub => Service::GitHub,
            CiSystem::GitLab => Service::GitLab,
        }
    }

    /// The origin of its API, and how the paths of that begin: always with TLS.
    pub fn api(self, url: &str) -> (String, String) {
        let place = place(url).to_ascii_lowercase();
        let (host, path) = place.split_once('/').unwrap_or((&place, ""));
        let path = if path.is_empty() { String::new() } else { format!("/{path}") };
        match self {
            CiSystem::GitHub if host == "github.com" => {
                ("https://api.github.com".to_owned(), String::new())
            }
            CiSystem::GitHub if host.ends_with(".ghe.com") => {
                (format!("https://api.{host}"), String::new())
            }
            CiSystem::GitHub => (format!("https://{host}"), format!("{path}/api/v3")),
            CiSystem::GitLab => (format!("https://{host}"), format!("{path}/api/v4")),
        }
    }
}

/// Whether a token may set variables of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum May {
    Yes,
    /// What it has, and what it takes.
    No(String),
    /// The answer does not say.
    Untold,
}

/// GitLab's Maintainer: https://docs.gitlab.com/api/access_requests/#valid-access-levels
const MAINTAINER: u64 = 40;

/// An address without its scheme.
fn place(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, it)| it).trim_end_matches('/')
}

impl Variable {
    /// Where it is, for people.
    pub fn place(&self) -> &str {
        place(&self.url)
    }

    /// The project as `glab` takes it: `https://gitlab.com/contoso/web`
    pub fn address(&self) -> String {
        format!("https://{}/{}", self.place(), self.project)
    }

    /// Asks for the project, and what the token may do there.
    pub fn of_project(&self) -> Request {
        self.below_project(Method::Get, "")
    }

    /// Asks for the environment, which GitHub wants to be there before its variables.
    pub fn of_environment(&self) -> Option<Request> {
        let environment = self.environment.as_deref().map(segment)?;
        let below = format!("/environments/{environment}");
        (self.system == CiSystem::GitHub).then(|| self.below_project(Method::Get, &below))
    }

    /// What the answer to [`Variable::of_project`] says of the token.
    pub fn may(&self, project: &Value) -> May {
        let permission = |it: &str| project.pointer(&format!("/permissions/{it}"));
        match self.system {
            CiSystem::GitHub => {
                let has = |it| permission(it).and_then(Value::as_bool) == Some(true);
                match (has("push"), has("pull")) {
                    (true, _) => May::Yes,
                    (false, true) => May::No("may only read: it takes write access".to_owned()),
                    // An application's token says nothing there of what it may.
                    (false, false) => May::Untold,
                }
            }
            CiSystem::GitLab => {
                let level = |it: &str| permission(&format!("{it}/access_level"))?.as_u64();
                let level = ["project_access", "group_access"].into_iter().filter_map(level).max();
                match level {
                    None => May::Untold,
                    Some(MAINTAINER..) => May::Yes,
                    Some(level) => May::No(format!(
                        "has access level {level}: it takes Maintainer, which is {MAINTAINER}"
                    )),
                }
            }
        }
    }

    fn below_project(&self, method: Method, below: &str) -> Request {
        let (origin, prefix) = self.system.api(&self.url);
        let project = match self.system {
            CiSystem::GitHub => {
                let slug: Vec<String> = self.project.split('/').map(segment).collect();
                format!("/repos/{}", slug.join("/"))
            }
            CiSystem::GitLab => format!("/projects/{}", segment(&self.project)),
        };
        let path = format!("{prefix}{project}{below}");
        Request::new(method, self.system.service(), path).at(origin)
    }

    fn request(&self, method: Method, own: bool) -> Request {
        let of = match (self.system, &self.environment) {
            (CiSystem::GitHub, Some(it)) => format!("/environments/{}/variables", segment(it)),
            (CiSystem::GitHub, None) => "/actions/variables".to_owned(),
            (CiSystem::GitLab, _) => "/variables".to_owned(),
        };
        let name = if own { format!("/{}", segment(&self.name)) } else { String::new() };
        let request = self.below_project(method, &format!("{of}{name}"));
        match self.system {
            // One name may stand for several environments.
            CiSystem::GitLab if own => request.query("filter[environment_scope]", self.scope()),
            _ => request,
        }
    }

    /// As GitLab calls all environments.
    fn scope(&self) -> &str {
        self.environment.as_deref().unwrap_or("*")
    }

    fn change(&self, value: &str) -> Request {
        match self.system {
            CiSystem::GitHub => {
                self.request(Method::Patch, true).body(json!({ "name": self.name, "value": value }))
            }
            CiSystem::GitLab => self.request(Method::Put, true).body(json!({ "value": value })),
        }
    }
}

/// One part of a path, whatever is in it.
fn segment(text: &str) -> String {
    let plain = |it: u8| it.is_ascii_alphanumeric() || b"-_.~".contains(&it);
    let escaped: String = text
        .bytes()
        .map(|it| if plain(it) { char::from(it).to_string() } else { format!("%{it:02X}") })
        .collect();
    // These would lead elsewhere; no name is one of them.
    if [".", ".."].contains(&text) { "%2A".to_owned() } else { escaped }
}

/// What it is set to, if that is an ID.
fn id(found: &Value) -> Option<&str> {
    found.get("value")?.as_str().filter(|it| uuid::Uuid::parse_str(it).is_ok())
}

impl Noun for Variable {
    fn title(&self) -> String {
        let environment = self.environment.as_ref().map(|it| format!(" (environment {it})"));
        format!(
            "variable {} of {}{} on {}",
            self.name,
            self.project,
            environment.unwrap_or_default(),
            self.place()
        )
    }

    fn needs(&self) -> Vec<&Address> {
        self.value.needs().into_iter().collect()
    }

    fn rights(&self) -> Vec<Right> {
        vec![Right::Project(format!("to set variables of {} on {}", self.project, self.place()))]
    }

    fn look(&self, _: &Known) -> Option<Request> {
        Some(self.request(Method::Get, true))
    }

    fn obstacle(&self, _: &Known, current: &Value) -> Option<String> {
        id(current).is_none().then(|| {
            "a variable of that name holds something that is no ID: rename it, or plan without variables".to_owned()
        })
    }

    fn make(&self, known: &Known, current: Option<&Value>) -> Option<Request> {
        let value = self.value.resolve(known)?;
        if current.is_some() {
            return Some(self.change(&value));
        }
        let body = match self.system {
            CiSystem::GitHub => json!({ "name": self.name, "value": value }),
            CiSystem::GitLab => json!({
                "key": self.name,
                "value": value,
                "environment_scope": self.scope(),
                "masked": false,
                "protected": false,
                "raw": true,
            }),
        };
        Some(self.request(Method::Post, false).body(body))
    }

    // GitHub does not repeat what it was told.
    fn outputs(&self, known: &Known, answer: &Value) -> Outputs {
        let value = match answer.get("value") {
            Some(_) => id(answer).map(str::to_owned),
            None => self.value.resolve(known),
        };
        Outputs(value.into_iter().map(|it| ("value".to_owned(), it)).collect())
    }

    fn differences(&self, known: &Known, found: &Value) -> Vec<Difference> {
        let planned = self.value.resolve(known).unwrap_or_else(|| self.value.to_string());
        let found = id(found).unwrap_or("no ID");
        let is_same = planned.eq_ignore_ascii_case(found);
        let difference = Difference { what: "value", planned, found: found.to_owned() };
        (!is_same).then_some(difference).into_iter().collect()
    }

    fn remember(&self, current: &Value) -> Option<Value> {
        id(current).map(Value::from)
    }

    fn unmake(&self, remains: &Remains<'_>) -> Option<Request> {
        match remains.before {
            Some(before) => Some(self.change(before.as_str()?)),
            None => Some(self.request(Method::Delete, true)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(system: CiSystem, url: &str, environment: Option<&str>) -> Variable {
        Variable {
            system,
            url: url.to_owned(),
            project: "contoso/web".to_owned(),
            environment: environment.map(str::to_owned),
            name: "AZURE_CLIENT_ID".to_owned(),
            value: Term::known("11111111-1111-4111-8111-111111111111"),
        }
    }

    fn asked(it: &Variable) -> (String, String) {
        let request = it.look(&Known::new()).unwrap();
        (request.host.unwrap(), request.path)
    }

    #[test]
    fn each_system_has_its_own_addresses() {
        let (hub, lab) = (CiSystem::GitHub, CiSystem::GitLab);
        for (it, host, path) in [
            (
                variable(hub, "https://github.com", Some("a b/c")),
                "https://api.github.com",
                "/repos/contoso/web/environments/a%20b%2Fc/variables/AZURE_CLIENT_ID",
            ),
            (
                variable(hub, "https://contoso.ghe.com/", None),
                "https://api.contoso.ghe.com",
                "/repos/contoso/web/actions/variables/AZURE_CLIENT_ID",
            ),
            (
                variable(hub, "http://github.contoso.com", None),
                "https://github.contoso.com",
                "/api/v3/repos/contoso/web/actions/variables/AZURE_CLIENT_ID",
            ),
            (
                variable(lab, "https://contoso.com/gitlab", Some("..")),
                "https://contoso.com",
                "/gitlab/api/v4/projects/contoso%2Fweb/variables/AZURE_CLIENT_ID",
            ),
            (
                variable(hub, "https://github.com", Some("..")),
                "https://api.github.com",
                "/repos/contoso/web/environments/%2A/variables/AZURE_CLIENT_ID",
            ),
        ] {
            assert_eq!(asked(&it), (host.to_owned(), path.to_owned()));
        }
    }

    #[test]
    fn a_project_tells_what_a_token_may() {
        let hub = variable(CiSystem::GitHub, "https://github.com", None);
        let lab = variable(CiSystem::GitLab, "https://gitlab.com", None);
        let level = |project: Value, group: Value| {
            let of = |it: Value| if it.is_null() { it } else { json!({ "access_level": it }) };
            json!({ "permissions": { "project_access": of(project), "group_access": of(group) } })
        };
        let hub_says = |push: bool, pull: bool| {
            hub.may(&json!({ "permissions": { "push": push, "pull": pull } }))
        };
        assert_eq!(hub_says(true, true), May::Yes);
        assert!(matches!(hub_says(false, true), May::No(_)));
        assert_eq!(hub_says(false, false), May::Untold);
        assert_eq!(hub.may(&json!({})), May::Untold);
        assert_eq!(lab.may(&level(40.into(), Value::Null)), May::Yes);
        assert_eq!(lab.may(&level(30.into(), 50.into())), May::Yes);
        assert!(matches!(lab.may(&level(30.into(), Value::Null)), May::No(_)));
        assert_eq!(lab.may(&level(Value::Null, Value::Null)), May::Untold);
        assert_eq!(hub.of_project().path, "/repos/contoso/web");
        assert_eq!(lab.of_project().path, "/api/v4/projects/contoso%2Fweb");
        assert_eq!(lab.of_environment(), None);
    }

    #[test]
    fn what_is_no_id_is_left_alone_and_told_to_nobody() {
        let it = variable(CiSystem::GitLab, "https://gitlab.com", None);
        let secret = json!({ "key": "AZURE_CLIENT_ID", "value": "canary-4711" });
        assert!(it.obstacle(&Known::new(), &secret).is_some());
        assert_eq!(it.remember(&secret), None);
        let said = format!("{:?}", it.differences(&Known::new(), &secret));
        assert!(said.contains("no ID") && !said.contains("canary"), "{said}");
        assert_eq!(it.outputs(&Known::new(), &secret), Outputs::default());
    }
}
