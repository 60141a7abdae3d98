//! Undo puts back what was only changed, and spares what somebody else made since.

#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod support;

use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};
use support::{InMemory, Tenant, Workplace, everything_of, root};
use workid::{
    apply::{Progress, apply, journal::Journal, undo},
    plan::Plan,
    resource::{Address, Known, Method, Request, Service, Services},
};

const MANAGED_IDENTITY: &str = "2024-11-30";
const AUTHORIZATION: &str = "2022-04-01";

/// These steps of a plan that holds everything.
fn plan(steps: &[&str]) -> Plan {
    let all = everything_of("repo:contoso/web:environment:production", "none");
    let named = all.steps.into_iter().filter(|it| steps.contains(&it.address.0.as_str()));
    Plan { steps: named.collect(), ..Plan::default() }
}

fn made(plan: &Plan, journal: &mut InMemory, tenant: &Tenant) -> Known {
    apply(plan, journal, &tenant.azure, &mut |_| ()).unwrap()
}

fn unmade(journal: &mut InMemory, tenant: &Tenant) -> Vec<Progress> {
    let mut told = Vec::new();
    undo(journal, &tenant.azure, &mut |it| told.push(it)).unwrap();
    told
}

fn id(known: &Known, address: &str) -> String {
    known[&Address(address.to_owned())].0["id"].clone()
}

fn get(tenant: &Tenant, id: &str, version: &str) -> Value {
    tenant.azure.send(&Request::arm(Method::Get, id, version)).unwrap()
}

fn put(tenant: &Tenant, id: &str, version: &str, body: Value) {
    tenant.azure.send(&Request::arm(Method::Put, id, version).body(body)).unwrap();
}

#[test]
fn a_credential_that_was_changed_is_as_it_was() {
    let tenant = Tenant::new();
    let identity = made(&plan(&["identity.id-web"]), &mut InMemory::default(), &tenant);
    let path = format!("{}/federatedIdentityCredentials/github", id(&identity, "identity.id-web"));
    let theirs = json!({ "issuer": "https://issuer.example", "subject": "theirs", "audiences": ["api://AzureADTokenExchange"] });
    put(&tenant, &path, MANAGED_IDENTITY, json!({ "properties": theirs }));
    let mut journal = InMemory::default();
    made(&plan(&["identity.id-web", "credential.a"]), &mut journal, &tenant);
    let ours = get(&tenant, &path, MANAGED_IDENTITY);
    assert_eq!(ours["properties"]["subject"], "repo:contoso/web:environment:production");
    unmade(&mut journal, &tenant);
    assert_eq!(get(&tenant, &path, MANAGED_IDENTITY)["properties"], theirs);
}

#[test]
fn a_role_assignment_keeps_its_name_and_gets_its_condition_back() {
    let tenant = Tenant::new();
    let steps = ["identity.id-web", "role.web"];
    let mut first = InMemory::default();
    let known = made(&plan(&steps), &mut first, &tenant);
    let ours = get(&tenant, &id(&known, "role.web"), AUTHORIZATION);
    unmade(&mut first, &tenant);

    // The same for the same principal, under a name of another's and without the condition.
    let known = made(&plan(&steps[..1]), &mut InMemory::default(), &tenant);
    let principal = &known[&Address("identity.id-web".to_owned())].0["principal_id"];
    let (collection, _) = ours["id"].as_str().unwrap().rsplit_once('/').unwrap();
    let theirs = format!("{collection}/00000000-0000-4000-8000-000000000002");
    let properties = json!({
        "roleDefinitionId": ours["properties"]["roleDefinitionId"],
        "principalId": principal,
        "principalType": "ServicePrincipal",
    });
    put(&tenant, &theirs, AUTHORIZATION, json!({ "properties": properties }));
    let before = get(&tenant, &theirs, AUTHORIZATION);

    let mut journal = InMemory::default();
    let known = made(&plan(&steps), &mut journal, &tenant);
    assert_eq!(id(&known, "role.web"), theirs);
    let changed = get(&tenant, &theirs, AUTHORIZATION);
    assert_eq!(changed["properties"]["condition"], ours["properties"]["condition"]);
    unmade(&mut journal, &tenant);
    let after = get(&tenant, &theirs, AUTHORIZATION);
    assert_eq!(after["properties"].get("condition"), before["properties"].get("condition"));
}

#[test]
fn a_variable_gets_its_old_id_back_and_what_is_no_id_is_left_alone() {
    let variable = |method, path: &str, host: &str, service| {
        let request = Request::new(method, service, path);
        Request { host: Some(host.to_owned()), ..request }
    };
    let hub =
        |method, path: &str| variable(method, path, "https://api.github.com", Service::GitHub);
    let collection = "/repos/contoso/web/environments/production/variables";
    let own = format!("{collection}/AZURE_CLIENT_ID");
    let tenant = Tenant::new();
    let theirs = "11111111-1111-4111-8111-111111111111";
    let body = json!({ "name": "AZURE_CLIENT_ID", "value": theirs });
    tenant.azure.send(&hub(Method::Post, collection).body(body)).unwrap();
    let value = || tenant.azure.send(&hub(Method::Get, &own)).unwrap()["value"].clone();

    let plan = plan(&["identity.id-web", "variable.github"]);
    let mut journal = InMemory::default();
    let known = made(&plan, &mut journal, &tenant);
    assert_eq!(value(), known[&Address("identity.id-web".to_owned())].0["client_id"]);
    made(&plan, &mut journal, &tenant);
    unmade(&mut journal, &tenant);
    assert_eq!(value(), theirs);

    let body = json!({ "name": "AZURE_CLIENT_ID", "value": "canary-4718" });
    tenant.azure.send(&hub(Method::Patch, &own).body(body)).unwrap();
    let mut journal = InMemory::default();
    let error = apply(&plan, &mut journal, &tenant.azure, &mut |_| ()).unwrap_err().to_string();
    assert!(error.contains("no ID"), "{error}");
    assert_eq!(value(), "canary-4718");
    let kept = serde_json::to_string(journal.entries()).unwrap();
    assert!(!kept.contains("canary") && !error.contains("canary"), "{kept}");
}

/// The files of a folder, with what is in them.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => drop(found.insert(path.clone(), fs::read(path).unwrap())),
        }
    }
    found
}

#[test]
fn files_are_as_they_were_and_those_that_changed_since_are_spared() {
    let place = Workplace::of(&root().join("examples/contoso-web"));
    let was = files(&place.path("repo"));
    let run = |arguments: &[&str]| {
        let ran = place.run(arguments);
        (ran.exit, ran.stdout + &ran.stderr)
    };
    let migrate = ["migrate", "repo", "--sandbox", "--write"];
    assert_eq!(run(&migrate).0, 0);
    let written = files(&place.path("repo"));
    assert_ne!(written, was);
    let journal = place.read("workid.journal.jsonl");
    assert!(journal.contains(r#""phase":"changing""#) && !journal.contains("canary"), "{journal}");

    // Stopped after a file was put back, and before that was written down.
    let workflow = place.path("repo/.github/workflows/deploy.yml");
    fs::write(&workflow, &was[&workflow]).unwrap();
    let undo = ["undo", "workid.journal.jsonl", "--sandbox"];
    let (exit, said) = run(&undo);
    assert_eq!(exit, 0, "{said}");
    assert!(said.contains("as it was     .github/workflows/deploy.yml"), "{said}");
    assert!(said.contains("put back      scripts/deploy.sh"), "{said}");
    assert_eq!(files(&place.path("repo")), was);
    assert!(!place.path(".workid-before").exists());
    assert!(run(&undo).1.contains("Nothing of what workid made is left."));

    // What somebody wrote since stays, and what it was before is told.
    assert_eq!(run(&migrate).0, 0);
    let script = place.path("repo/scripts/deploy.sh");
    fs::write(&script, "#!/bin/sh\n").unwrap();
    let (exit, said) = run(&undo);
    assert_eq!(exit, 3, "{said}");
    assert!(said.contains("left alone    scripts/deploy.sh"), "{said}");
    assert_eq!(fs::read(&script).unwrap(), b"#!/bin/sh\n");
    assert_eq!(fs::read(&workflow).unwrap(), was[&workflow]);
    let copies = files(&place.path(".workid-before"));
    assert!(copies.values().any(|it| *it == was[&script]), "the copy is kept");
    // The copies are nothing to be scanned.
    fs::write(&script, &was[&script]).unwrap();
    assert!(!run(&["scan", "."]).1.contains(".workid-before"));
    assert_eq!(run(&undo).0, 0);
}

#[test]
fn files_that_cannot_be_put_back_keep_nothing_else_from_being_undone() {
    let place = Workplace::of(&root().join("examples/contoso-web"));
    assert_eq!(place.run(&["migrate", "repo", "--sandbox", "--write"]).exit, 0);
    let written = files(&place.path("repo"));
    fs::remove_dir_all(place.path(".workid-before")).unwrap();
    let undone = place.run(&["undo", "workid.journal.jsonl", "--sandbox"]);
    let said = undone.stdout + &undone.stderr;
    assert_eq!(undone.exit, 3, "{said}");
    assert!(said.contains("left alone    scripts/deploy.sh: there is no such file"), "{said}");
    assert!(said.contains("3 taken away, 0 files put back."), "{said}");
    assert_eq!(files(&place.path("repo")), written);
}

#[test]
fn what_somebody_else_made_since_is_spared() {
    let tenant = Tenant::new();
    let steps = ["identity.id-web"];
    let mut journal = InMemory::default();
    let known = made(&plan(&steps), &mut journal, &tenant);
    let id = id(&known, "identity.id-web");
    tenant.azure.send(&Request::arm(Method::Delete, id.as_str(), MANAGED_IDENTITY)).unwrap();
    put(&tenant, &id, MANAGED_IDENTITY, json!({ "location": "japaneast" }));
    let theirs = get(&tenant, &id, MANAGED_IDENTITY);
    let told = unmade(&mut journal, &tenant);
    assert!(matches!(told.as_slice(), [Progress::Spared(_)]), "{told:?}");
    assert_eq!(get(&tenant, &id, MANAGED_IDENTITY), theirs);
}
