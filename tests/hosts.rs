//! Identities of the Azure resources that run something, on the embedded tenant: what is there
//! stays, and only what was added is taken away again.

#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod support;

use serde_json::{Value, json};
use support::{InMemory, Tenant};
use workid::{
    apply::{apply, undo},
    plan::{Action, Plan, Step},
    resource::{
        Address, AttachedIdentity, Method, Request, Resource, Scope, Services,
        SystemAssignedIdentity, UserAssignedIdentity,
    },
};

const GROUP: &str =
    "/subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683/resourceGroups/rg-identities";

/// Type, and a version of its API.
const HOSTS: &[(&str, &str)] = &[
    ("Microsoft.Compute/virtualMachines", "2024-07-01"),
    ("Microsoft.Compute/virtualMachineScaleSets", "2024-07-01"),
    ("Microsoft.Web/sites", "2024-04-01"),
    ("Microsoft.Automation/automationAccounts", "2024-10-23"),
    ("Microsoft.App/containerApps", "2024-03-01"),
    ("Microsoft.App/jobs", "2024-03-01"),
    ("Microsoft.Logic/workflows", "2019-05-01"),
];

const WORKFLOWS: &str = "Microsoft.Logic/workflows";

fn scope(kind: &str) -> Scope {
    Scope(format!("{GROUP}/providers/{kind}/host"))
}

fn shared(name: &str) -> String {
    format!("{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}")
}

/// An identity that is there, and a host that uses it.
fn host(tenant: &Tenant, kind: &str, version: &str, identity: Value) {
    let put = |path: String, version: &str, body: Value| {
        tenant.azure.send(&Request::arm(Method::Put, path, version).body(body)).unwrap();
    };
    put(shared("theirs"), "2024-11-30", json!({ "location": "japaneast" }));
    let body = json!({ "location": "japaneast", "tags": { "by": "them" }, "properties": { "size": 1 }, "identity": identity });
    put(scope(kind).0, version, body);
}

fn look(tenant: &Tenant, kind: &str, version: &str) -> Value {
    tenant.azure.send(&Request::arm(Method::Get, scope(kind).0, version)).unwrap()
}

fn plan(steps: Vec<(&str, Resource, &[&str])>) -> Plan {
    let address = |it: &str| Address(it.to_owned());
    let step = |(name, resource, after): (&str, Resource, &[&str])| Step {
        address: address(name),
        resource,
        action: Action::Create,
        after: after.iter().map(|it| address(it)).collect(),
    };
    Plan { steps: steps.into_iter().map(step).collect(), ..Plan::default() }
}

fn switch_on(kind: &str) -> Plan {
    let noun = SystemAssignedIdentity { on: scope(kind) };
    plan(vec![("identity.host", Resource::SystemAssignedIdentity(noun), &[])])
}

fn attach(kind: &str) -> Plan {
    let identity = UserAssignedIdentity {
        resource_group: Scope(GROUP.to_owned()),
        name: "ours".to_owned(),
        location: "japaneast".to_owned(),
    };
    let attached =
        AttachedIdentity { identity: Address("identity.ours".to_owned()), on: scope(kind) };
    plan(vec![
        ("identity.ours", Resource::UserAssignedIdentity(identity), &[]),
        ("attached.host", Resource::AttachedIdentity(attached), &["identity.ours"]),
    ])
}

fn names(resource: &Value) -> Vec<String> {
    let all = resource.pointer("/identity/userAssignedIdentities").and_then(Value::as_object);
    let name = |it: &String| it.rsplit('/').next().unwrap().to_owned();
    let mut names: Vec<String> = all.into_iter().flat_map(|it| it.keys()).map(name).collect();
    names.sort();
    names
}

/// A tenant whose host has an identity that somebody else gave it.
fn with_theirs(kind: &str, version: &str) -> Tenant {
    let tenant = Tenant::new();
    let theirs =
        json!({ "type": "UserAssigned", "userAssignedIdentities": { (shared("theirs")): {} } });
    host(&tenant, kind, version, theirs);
    tenant
}

#[test]
fn an_identity_is_added_to_those_that_are_there_and_only_it_is_taken_away() {
    for (kind, version) in HOSTS {
        let tenant = with_theirs(kind, version);
        let before = look(&tenant, kind, version);
        let mut journal = InMemory::default();
        apply(&attach(kind), &mut journal, &tenant.azure, &mut |_| ()).unwrap();
        assert_eq!(names(&look(&tenant, kind, version)), ["ours", "theirs"], "{kind}");
        undo(&mut journal, &tenant.azure, &mut |_| ()).unwrap();
        assert_eq!(look(&tenant, kind, version), before, "{kind}");
    }
}

#[test]
fn a_host_has_an_identity_of_its_own_beside_the_others() {
    for (kind, version) in HOSTS.iter().filter(|(kind, _)| *kind != WORKFLOWS) {
        let tenant = with_theirs(kind, version);
        let before = look(&tenant, kind, version);
        let mut journal = InMemory::default();
        let known = apply(&switch_on(kind), &mut journal, &tenant.azure, &mut |_| ()).unwrap();
        let after = look(&tenant, kind, version);
        assert_eq!(names(&after), ["theirs"], "{kind}");
        let outputs = &known[&Address("identity.host".to_owned())].0;
        assert_eq!(after["identity"]["principalId"], *outputs["principal_id"], "{kind}");
        // A second run makes nothing.
        let mut again = InMemory::default();
        apply(&switch_on(kind), &mut again, &tenant.azure, &mut |_| ()).unwrap();
        undo(&mut again, &tenant.azure, &mut |_| ()).unwrap();
        assert_eq!(look(&tenant, kind, version), after, "{kind}");
        undo(&mut journal, &tenant.azure, &mut |_| ()).unwrap();
        assert_eq!(look(&tenant, kind, version), before, "{kind}");
    }
}

#[test]
fn what_others_attached_since_stays() {
    let (kind, version) = HOSTS[0];
    let tenant = Tenant::new();
    host(&tenant, kind, version, json!({ "type": "None" }));
    let mut journal = InMemory::default();
    apply(&attach(kind), &mut journal, &tenant.azure, &mut |_| ()).unwrap();
    let both = json!({ (shared("ours")): {}, (shared("theirs")): {} });
    let body = json!({ "identity": { "type": "SystemAssigned, UserAssigned", "userAssignedIdentities": both } });
    tenant.azure.send(&Request::arm(Method::Patch, scope(kind).0, version).body(body)).unwrap();
    undo(&mut journal, &tenant.azure, &mut |_| ()).unwrap();
    let left = look(&tenant, kind, version);
    assert_eq!(names(&left), ["theirs"]);
    assert_eq!(left["identity"]["type"], "SystemAssigned, UserAssigned");
}

#[test]
fn a_logic_app_keeps_all_else_and_is_refused_where_it_would_lose_something() {
    let (kind, version) = (WORKFLOWS, "2019-05-01");
    let tenant = Tenant::new();
    host(&tenant, kind, version, json!({ "type": "None" }));
    let before = look(&tenant, kind, version);
    let mut journal = InMemory::default();
    apply(&switch_on(kind), &mut journal, &tenant.azure, &mut |_| ()).unwrap();
    let after = look(&tenant, kind, version);
    assert_eq!((&after["tags"], &after["properties"]), (&before["tags"], &before["properties"]));
    assert_eq!(after["identity"]["type"], "SystemAssigned");
    // It can have one kind alone.
    let error = apply(&attach(kind), &mut InMemory::default(), &tenant.azure, &mut |_| ());
    let error = error.unwrap_err().to_string();
    assert!(error.contains("one kind alone"), "{error}");
    assert_eq!(look(&tenant, kind, version), after);
    undo(&mut journal, &tenant.azure, &mut |_| ()).unwrap();
    assert_eq!(look(&tenant, kind, version), before);
}
