//! Without `--sandbox`: the way that leads to Azure, up to the network. A proxy that the environment
//! names takes Azure's place there, as it would in a company.

#![cfg(target_os = "linux")]
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod support;

use std::fs;
use support::{Ran, Workplace, root};
use workid::sandbox::{Fault, FaultKind, Options, Sandbox, TENANT_ID};

struct Company {
    place: Workplace,
    sandbox: Sandbox,
}

impl Company {
    fn new(faults: Vec<Fault>) -> Company {
        let place = Workplace::of(&root().join("examples/contoso-web"));
        let sandbox = Sandbox::start(Options { faults, ..Options::default() }).unwrap();
        fs::write(place.path("ca.pem"), sandbox.ca_pem()).unwrap();
        Company { place, sandbox }
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let operator = self.sandbox.operator();
        let mut command = self.place.command(arguments);
        command
            .env("HTTPS_PROXY", self.sandbox.proxy())
            .env("SSL_CERT_FILE", self.place.path("ca.pem"))
            .env_remove("SSL_CERT_DIR")
            .env("AZURE_TENANT_ID", operator.tenant_id)
            .env("AZURE_CLIENT_ID", operator.client_id)
            .env("AZURE_CLIENT_SECRET", operator.client_secret);
        Ran::of(&mut command)
    }
}

fn refuse(method: &str, path: &str, code: u16, error: &str, times: usize) -> Fault {
    let what = FaultKind::Status { code, error: error.to_owned(), retry_after: None };
    Fault { method: method.to_owned(), path_contains: path.to_owned(), nth: 1, times, what }
}

#[test]
fn the_same_commands_without_the_flag_go_to_azure() {
    let company = Company::new(Vec::new());
    for (arguments, exit) in [
        (&["plan", "repo"][..], 1),
        (&["apply", "workid.plan.json"], 2), // nobody is there to say yes
        (&["apply", "workid.plan.json", "--yes"], 0),
        (&["rewrite", "workid.plan.json", "--write"], 0),
        (&["verify", "workid.plan.json"], 0),
        (&["undo", "workid.journal.jsonl", "--yes"], 0),
        (&["verify", "workid.plan.json"], 1),
    ] {
        let ran = company.run(arguments);
        assert_eq!(ran.exit, exit, "{arguments:?}: {}{}", ran.stdout, ran.stderr);
    }
    let plan = company.place.read("workid.plan.json");
    assert!(plan.contains(TENANT_ID));
    let log = company.sandbox.log();
    assert!(log.iter().any(|it| it.host == "management.azure.com" && it.method == "PUT"));
    assert!(log.iter().all(|it| it.who.as_deref() != Some("ada@contoso.com")));
}

#[test]
fn too_few_rights_are_an_error_that_says_whom_to_ask() {
    let company =
        Company::new(vec![refuse("PUT", "/roleAssignments/", 403, "AuthorizationFailed", 1)]);
    company.run(&["plan", "repo"]);
    let ran = company.run(&["apply", "workid.plan.json", "--yes"]);
    assert_eq!(ran.exit, 4, "{}", ran.stdout);
    for it in [
        "Website Contributor",
        "AuthorizationFailed",
        "User Access Administrator",
        "nothing is made twice",
    ] {
        assert!(ran.stderr.contains(it), "no word of {it}: {}", ran.stderr);
    }
    let again = company.run(&["apply", "workid.plan.json", "--yes"]);
    assert_eq!(again.exit, 0, "{}", again.stderr);
    assert_eq!(again.stdout.matches("  made ").count(), 1, "{}", again.stdout);
}

#[test]
fn a_busy_service_is_asked_again() {
    let busy =
        FaultKind::Status { code: 429, error: "TooManyRequests".to_owned(), retry_after: Some(0) };
    let fault = |method: &str, path: &str| Fault {
        method: method.to_owned(),
        path_contains: path.to_owned(),
        nth: 1,
        times: 2,
        what: busy.clone(),
    };
    let company = Company::new(vec![
        fault("PUT", "/userAssignedIdentities/"),
        fault("GET", "/subscriptions/"),
    ]);
    let ran = company.run(&["migrate", "repo", "--yes"]);
    assert_eq!(ran.exit, 0, "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn an_activity_log_that_may_not_be_read_is_said_and_not_waited_for() {
    let company = Company::new(vec![refuse("GET", "/eventtypes/", 403, "AuthorizationFailed", 9)]);
    let ran = company.run(&["plan", "repo"]);
    assert_eq!(ran.exit, 1, "{}", ran.stderr);
    let said =
        "is not compared with the files: the Activity Log could not be read (AuthorizationFailed)";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
}

#[test]
fn every_json_is_json() {
    let company = Company::new(Vec::new());
    for (arguments, exit) in [
        (&["scan", "repo"][..], 1),
        (&["plan", "repo"], 1),
        (&["show", "workid.plan.json"], 1),
        (&["rewrite", "workid.plan.json"], 1),
        (&["apply", "workid.plan.json", "--yes"], 0),
        (&["migrate", "repo", "--yes"], 0),
        (&["verify", "workid.plan.json"], 1), // the files are as they were
        (&["undo", "workid.journal.jsonl", "--yes"], 0),
    ] {
        let ran = company.run(&[arguments, &["--format", "json"]].concat());
        assert_eq!(ran.exit, exit, "{arguments:?}: {}", ran.stderr);
        let json: Result<serde_json::Value, _> = serde_json::from_str(&ran.stdout);
        let json = json.unwrap_or_else(|it| panic!("{arguments:?}: {it}: {}", ran.stdout));
        assert_eq!(json["version"], 1, "{arguments:?}");
    }
}
