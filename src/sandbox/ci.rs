//! GitHub and GitLab, as far as their variables go: those of every repository and project of
//! `contoso`, and of each environment there. Every environment that is asked for is there.

use super::CI_TOKEN;
use super::message::{Answer, Refusal, Reply, Request};
use super::state::{State, text};
use serde_json::{Map, Value, json};

pub(super) const GITHUB_HOST: &str = "api.github.com";
pub(super) const GITLAB_HOST: &str = "gitlab.com";

const OWNER: &str = "contoso";

pub(super) fn github(state: &mut State, request: &Request) -> Answer {
    let who = let_in(request)?;
    let path: Vec<_> = request.segments.iter().map(String::as_str).collect();
    let (place, name) = match path.as_slice() {
        ["repos", OWNER, _, "actions", "oidc", "customization", "sub"] if request.is_read() => {
            return Ok(said(Reply::ok(json!({ "use_default": true })), &who));
        }
        ["repos", OWNER, repository] if request.is_read() => {
            let may = json!({ "admin": true, "push": true, "pull": true });
            let told = json!({ "full_name": format!("{OWNER}/{repository}"), "permissions": may });
            return Ok(said(Reply::ok(told), &who));
        }
        ["repos", OWNER, _, "environments", environment] if request.is_read() => {
            return Ok(said(Reply::ok(json!({ "name": environment })), &who));
        }
        ["repos", OWNER, repository, "actions", "variables", name @ ..] => {
            (format!("github {OWNER}/{repository} *"), name.first())
        }
        ["repos", OWNER, repository, "environments", environment, "variables", name @ ..] => {
            (format!("github {OWNER}/{repository} {environment}"), name.first())
        }
        _ => return Err(missing()),
    };
    let body = request.json().ok_or_else(|| unfit("Problems parsing JSON"))?;
    let key = |name: &str| format!("{place} {}", name.to_uppercase());
    let reply = match (request.method.as_str(), name) {
        ("GET", Some(name)) => {
            Reply::ok(state.variables.get(&key(name)).cloned().ok_or_else(missing)?)
        }
        ("POST", None) => {
            let (name, value) = (given(&body, "name")?, given(&body, "value")?);
            let key = key(&name);
            if state.variables.contains_key(&key) {
                let text = "Already exists - Variable already exists";
                return Err(Refusal::new(409, "409", text));
            }
            state.variables.insert(key, json!({ "name": name.to_uppercase(), "value": value }));
            Reply::created(json!({}))
        }
        ("PATCH", Some(name)) => {
            let variable = state.variables.get_mut(&key(name)).ok_or_else(missing)?;
            variable["value"] = given(&body, "value")?.into();
            Reply::empty(204)
        }
        ("DELETE", Some(name)) => {
            state.variables.remove(&key(name)).ok_or_else(missing)?;
            Reply::empty(204)
        }
        _ => return Err(missing()),
    };
    Ok(said(reply, &who))
}

pub(super) fn gitlab(state: &mut State, request: &Request) -> Answer {
    let who = let_in(request)?;
    let path: Vec<_> = request.segments.iter().map(String::as_str).collect();
    let ["api", "v4", "projects", project, rest @ ..] = path.as_slice() else {
        return Err(missing());
    };
    if !project.starts_with(&format!("{OWNER}/")) {
        return Err(missing());
    }
    let ["variables", name @ ..] = rest else {
        let access = json!({ "project_access": { "access_level": 40 }, "group_access": null });
        let told = json!({ "path_with_namespace": project, "permissions": access });
        let is_project = rest.is_empty() && request.is_read();
        return if is_project { Ok(said(Reply::ok(told), &who)) } else { Err(missing()) };
    };
    let body = request.json().ok_or_else(|| unfit("body is invalid"))?;
    let key = |name: &str, scope: &str| format!("gitlab {project} {scope} {name}");
    let scope = request.query("filter[environment_scope]").unwrap_or("*");
    let reply = match (request.method.as_str(), name.first()) {
        ("GET", Some(name)) => {
            Reply::ok(state.variables.get(&key(name, scope)).cloned().ok_or_else(missing)?)
        }
        ("POST", None) => {
            let (name, value) = (given(&body, "key")?, given(&body, "value")?);
            let scope = body.get("environment_scope").map_or("*".to_owned(), text);
            let key = key(&name, &scope);
            if state.variables.contains_key(&key) {
                return Err(unfit(&format!("({name}) has already been taken")));
            }
            let is = |flag: &str| body.get(flag).and_then(Value::as_bool).unwrap_or_default();
            let variable = json!({
                "variable_type": "env_var",
                "key": name,
                "value": value,
                "environment_scope": scope,
                "protected": is("protected"),
                "masked": is("masked"),
                "raw": is("raw"),
            });
            state.variables.insert(key, variable.clone());
            Reply::created(variable)
        }
        ("PUT", Some(name)) => {
            let variable = state.variables.get_mut(&key(name, scope)).ok_or_else(missing)?;
            variable["value"] = given(&body, "value")?.into();
            Reply::ok(variable.clone())
        }
        ("DELETE", Some(name)) => {
            state.variables.remove(&key(name, scope)).ok_or_else(missing)?;
            Reply::empty(204)
        }
        _ => return Err(missing()),
    };
    Ok(said(reply, &who))
}

/// Both tell in one sentence what is wrong, and have no codes.
pub(super) fn refuse(refusal: &Refusal) -> Reply {
    Reply::new(refusal.status, json!({ "message": refusal.message }))
}

/// Whoever has the token is a maintainer of everything.
fn let_in(request: &Request) -> Result<String, Refusal> {
    let bearer = request.header("authorization").and_then(|it| it.split_once(' '));
    let own = request.header("private-token");
    match own.or(bearer.map(|(_, it)| it.trim())) {
        Some(CI_TOKEN) => Ok("maintainer".to_owned()),
        _ => Err(Refusal::new(401, "401", "Bad credentials")),
    }
}

fn said(mut reply: Reply, who: &str) -> Reply {
    reply.who = Some(who.to_owned());
    reply
}

fn given(body: &Map<String, Value>, name: &str) -> Result<String, Refusal> {
    let value = body.get(name).and_then(Value::as_str).map(str::to_owned);
    value.ok_or_else(|| unfit(&format!("{name} is missing")))
}

fn unfit(text: &str) -> Refusal {
    Refusal::new(400, "400", text)
}

fn missing() -> Refusal {
    Refusal::new(404, "404", "Not Found")
}
