//! What is told before anything is made: all that stands in the way, at once.

#![cfg(target_os = "linux")]
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod support;

use serde_json::{Value, json};
use support::{InMemory, Ran, Tenant, Workplace, copy, everything_of, root};
use workid::{
    apply::{ApplyError, apply, preflight::preflight},
    observe,
    resource::{Answer, Approver, Method, Refusal, Request, Service, Services},
    sandbox::{SUBSCRIPTION_ID, TENANT_ID},
};

const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";

/// Someone who may only read, and the command run as that one.
struct Reader {
    tenant: Tenant,
    client_id: String,
    secret: String,
}

impl Reader {
    fn new() -> Reader {
        let tenant = Tenant::new();
        copy(&root().join("examples/contoso-web"), &tenant.place.path("repo"));
        std::fs::write(tenant.place.path("ca.pem"), tenant.sandbox.ca_pem()).unwrap();
        let graph = |path: &str, body: Value| {
            let request = Request::graph(Method::Post, format!("/v1.0{path}")).body(body);
            tenant.azure.send(&request).unwrap()
        };
        let text = |it: &Value, name: &str| it[name].as_str().unwrap().to_owned();
        let app = graph("/applications", json!({ "displayName": "reader" }));
        let client_id = text(&app, "appId");
        let principal = graph("/servicePrincipals", json!({ "appId": client_id }));
        let path = format!("/applications/{}/addPassword", text(&app, "id"));
        let secret = text(&graph(&path, json!({ "passwordCredential": {} })), "secretText");
        assign(&tenant, &text(&principal, "id"), READER);
        Reader { tenant, client_id, secret }
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.run_as(&self.client_id, &self.secret, arguments)
    }

    /// Whoever plans may read the directory.
    fn plan(&self) {
        let operator = self.tenant.sandbox.operator();
        let ran = self.run_as(&operator.client_id, &operator.client_secret, &["plan", "repo"]);
        assert_eq!(ran.exit, 1, "{}", ran.stderr);
    }

    fn run_as(&self, client_id: &str, secret: &str, arguments: &[&str]) -> Ran {
        let mut command = self.tenant.place.command(arguments);
        command
            .env("HTTPS_PROXY", self.tenant.sandbox.proxy())
            .env("SSL_CERT_FILE", self.tenant.place.path("ca.pem"))
            .env_remove("SSL_CERT_DIR")
            .env("AZURE_TENANT_ID", TENANT_ID)
            .env("AZURE_CLIENT_ID", client_id)
            .env("AZURE_CLIENT_SECRET", secret);
        Ran::of(&mut command)
    }
}

fn assign(tenant: &Tenant, principal: &str, role: &str) {
    let scope = format!("/subscriptions/{SUBSCRIPTION_ID}");
    let definition = format!("{scope}/providers/Microsoft.Authorization/roleDefinitions/{role}");
    let path = format!(
        "{scope}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-000000000001"
    );
    let body =
        json!({ "properties": { "roleDefinitionId": definition, "principalId": principal } });
    tenant.azure.send(&Request::arm(Method::Put, path, "2022-04-01").body(body)).unwrap();
}

#[test]
fn whoever_may_too_little_is_told_everything_at_once_and_nothing_is_made() {
    let reader = Reader::new();
    reader.plan();
    let ran = reader.run(&["apply", "workid.plan.json", "--check"]);
    assert_eq!(ran.exit, 1, "{}{}", ran.stdout, ran.stderr);
    for it in [
        "Asked as the application",
        "by environment, in AzureCloud",
        "you may not Microsoft.ManagedIdentity/userAssignedIdentities/write on rg-identities",
        "userAssignedIdentities/federatedIdentityCredentials/write on rg-identities",
        "you may not Microsoft.Authorization/roleAssignments/write on app-contoso-web",
        "Role Based Access Control Administrator",
        "Managed Identity Contributor",
        "For the owner of the subscription:",
        "az role assignment create --assignee-object-id",
        "3 problems.",
    ] {
        assert!(ran.stdout.contains(it), "no word of {it}: {}", ran.stdout);
    }
    let refused = reader.run(&["apply", "workid.plan.json", "--yes"]);
    assert_eq!(refused.exit, 4, "{}", refused.stdout);
    assert_eq!(refused.stderr.matches("you may not").count(), 3, "{}", refused.stderr);
    let writes = |host: &str| {
        let log = reader.tenant.sandbox.log();
        let by_reader = log.iter().filter(|it| it.who.as_deref() == Some("reader"));
        by_reader.filter(|it| it.host == host && it.method != "GET").count()
    };
    assert_eq!(writes("management.azure.com"), 0);
    let json = reader.run(&["apply", "workid.plan.json", "--check", "--format", "json"]);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["problems"].as_array().unwrap().len(), 3);
    assert_eq!(json["problems"][0]["approver"], "subscription-owner");
    assert_eq!(json["operator"]["is_user"], false);
    assert_eq!(json["hand_over"][0]["steps"].as_array().unwrap().len(), 3);
}

#[test]
fn what_changed_since_the_plan_was_made_is_found_before_the_first_write() {
    let place = Workplace::of(&root().join("examples/contoso-web"));
    let run = |arguments: &[&str]| place.run(arguments);
    assert_eq!(run(&["plan", "repo", "--sandbox"]).exit, 1);
    let clean = run(&["apply", "workid.plan.json", "--sandbox", "--check"]);
    assert_eq!(clean.exit, 0, "{}{}", clean.stdout, clean.stderr);
    assert!(clean.stdout.contains("Nothing stands in the way of 3 steps."), "{}", clean.stdout);

    // Somebody else makes the same, and the plan does not know of it.
    let other = ["apply", "workid.plan.json", "--sandbox", "--journal", "other.jsonl"];
    assert_eq!(run(&other).exit, 0);
    let drifted = run(&["apply", "workid.plan.json", "--sandbox"]);
    assert_eq!(drifted.exit, 4, "{}", drifted.stdout);
    assert_eq!(
        drifted.stderr.matches("somebody else has made it").count(),
        3,
        "{}",
        drifted.stderr
    );
    // Whoever goes on with the journal of it is not held up.
    assert_eq!(run(&other).exit, 0);

    // A new plan knows; and what has gone since, is told again.
    assert_eq!(run(&["plan", "repo", "--sandbox", "--out", "new.json"]).exit, 1);
    assert_eq!(run(&["apply", "new.json", "--sandbox", "--check"]).exit, 0);
    assert_eq!(run(&["undo", "other.jsonl", "--sandbox"]).exit, 0);
    let gone = run(&["apply", "new.json", "--sandbox", "--check"]);
    assert_eq!(gone.stdout.matches("has gone").count(), 3, "{}", gone.stdout);
}

#[test]
fn an_identity_trusts_no_more_than_twenty_subjects() {
    let place = Workplace::of(&root().join("examples/contoso-web"));
    assert_eq!(place.run(&["plan", "repo", "--sandbox"]).exit, 1);
    let plan = place.read("workid.plan.json");
    let mut plan: Value = serde_json::from_str(&plan).unwrap();
    let steps = plan["steps"].as_array_mut().unwrap();
    let credential =
        steps.iter().find(|it| it["resource"]["type"] == "federated-identity-credential");
    let credential = credential.unwrap().clone();
    for n in 0..20 {
        let mut another = credential.clone();
        another["address"] = format!("credential.{n}").into();
        another["resource"]["name"] = format!("another-{n}").into();
        steps.push(another);
    }
    std::fs::write(place.path("workid.plan.json"), plan.to_string()).unwrap();
    let ran = place.run(&["apply", "workid.plan.json", "--sandbox", "--check"]);
    assert_eq!(ran.exit, 1);
    assert!(ran.stdout.contains("would get 21 more, of 20"), "{}", ran.stdout);
}

/// GitHub and GitLab as they answer somebody who may read a project, and no more.
struct Developer<'t>(&'t Tenant);

impl Services for Developer<'_> {
    fn send_each(&self, requests: &[Request], answered: &mut dyn FnMut(usize, Answer)) {
        for (at, it) in requests.iter().enumerate() {
            let absent =
                Refusal { status: Some(404), code: "404".to_owned(), ..support::stopped(it) };
            answered(
                at,
                match (it.service, it.path.as_str()) {
                    (Service::GitHub, "/repos/contoso/web") => {
                        Ok(json!({ "permissions": { "push": false, "pull": true } }))
                    }
                    (Service::GitHub, path) if path.ends_with("/environments/production") => {
                        Err(absent)
                    }
                    (Service::GitLab, "/api/v4/projects/contoso%2Fweb") => {
                        Ok(json!({ "permissions": { "project_access": { "access_level": 30 } } }))
                    }
                    _ => self.0.azure.send(it),
                },
            );
        }
    }
}

#[test]
fn what_a_token_may_not_do_and_an_environment_that_is_not_there_are_told_at_once() {
    let tenant = Tenant::new();
    let plan = everything_of("repo:contoso/web:environment:production", "none");
    let problems = |services: &dyn Services| {
        let found = preflight(&plan, &[], observe::Operator::default(), services);
        let is_own = |it: &str| it.contains("variables of");
        assert!(!found.unchecked.iter().any(|it| is_own(it)), "{:?}", found.unchecked);
        let all = found.problems.into_iter();
        let own = all.filter(|it| it.title.starts_with("variable "));
        own.map(|it| {
            assert!(!it.stops && it.approver == Some(Approver::CiAdministrator), "{it:?}");
            format!("{}: {}. {}.", it.title, it.what, it.advice)
        })
        .collect::<Vec<String>>()
        .join("\n")
    };
    assert_eq!(problems(&tenant.azure), "");
    assert_eq!(
        problems(&Developer(&tenant)),
        "variable AZURE_CLIENT_ID of contoso/web (environment production) on github.com: your token may \
         only read: it takes write access. Take a token that may write variables and environments of that \
         project, or let the administrator of the CI system do it.\n\
         variable AZURE_CLIENT_ID of contoso/web (environment production) on github.com: there is no \
         environment production, and its variables have no place. Make it: gh api --hostname github.com \
         --method PUT repos/contoso/web/environments/production, or let the administrator of the CI system \
         do it.\n\
         variable AZURE_CLIENT_ID_APP of contoso/web on gitlab.com: your token has access level 30: it \
         takes Maintainer, which is 40. Take a token that may write variables and environments of that \
         project, or let the administrator of the CI system do it."
    );
}

#[test]
fn what_waits_for_a_step_that_is_left_out_is_told_and_not_waited_for() {
    let tenant = Tenant::new();
    let plan = everything_of("repo:contoso/web:environment:production", "none");
    let plan = plan.with_steps(|it| ["application.sp", "identity.sp"].contains(&it.0.as_str()));
    let made = apply(&plan, &mut InMemory::default(), &tenant.azure, &mut |_| ());
    assert!(matches!(made, Err(ApplyError::Waits(_))), "{made:?}");
    assert_eq!(tenant.changes(), 0);
}

#[test]
fn no_plan_gives_a_role_that_it_does_not_show_under_its_name() {
    const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
    let place = Workplace::of(&root().join("examples/contoso-web"));
    assert_eq!(place.run(&["plan", "repo", "--sandbox"]).exit, 1);
    let plan = place.read("workid.plan.json");
    let mut plan: Value = serde_json::from_str(&plan).unwrap();
    let steps = plan["steps"].as_array_mut().unwrap();
    let role = steps.iter().find(|it| it["resource"]["type"] == "role-assignment").unwrap();
    let mut another = role.clone();
    let id = another["resource"]["role_definition"].as_str().unwrap();
    let (before, _) = id.rsplit_once('/').unwrap();
    another["resource"]["role_definition"] = format!("{before}/{OWNER}").into();
    another["resource"]["role"] = "Reader".into();
    another["resource"]["scope"] = format!("/subscriptions/{SUBSCRIPTION_ID}").into();
    another["address"] = "role.another".into();
    steps.push(another);
    std::fs::write(place.path("workid.plan.json"), plan.to_string()).unwrap();
    let shown = place.run(&["show", "workid.plan.json"]).stdout;
    let what = format!("role assignment Reader on /subscriptions/{SUBSCRIPTION_ID}");
    assert!(shown.contains(&what), "{shown}");
    let refused = place.run(&["apply", "workid.plan.json", "--sandbox"]);
    assert_eq!(refused.exit, 4, "{}", refused.stdout);
    assert!(refused.stderr.contains("the role of that ID is Owner"), "{}", refused.stderr);
}
