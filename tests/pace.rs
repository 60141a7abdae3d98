//! What many role assignments cost: a request for each, and little more.

#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod support;

use std::cell::{Cell, RefCell};
use support::{InMemory, Tenant, stopped};
use workid::{
    apply::{apply, undo},
    plan::{Action, Plan, Step},
    resource::{
        Address, Answer, Method, Request, Resource, RoleAssignment, Scope, Services,
        UserAssignedIdentity,
    },
    sandbox::SUBSCRIPTION_ID,
};

const GROUPS: [&str; 5] = ["rg-automation", "rg-data", "rg-identities", "rg-vms", "rg-web-prod"];

/// Reader, Contributor, Website Contributor, Virtual Machine Contributor.
const ROLES: [&str; 4] = [
    "acdd72a7-3385-48ef-bd42-f606fba81ae7",
    "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "de139f84-1756-47ae-9be6-808fbbe84772",
    "9980e02c-c2be-4d73-94e8-173b1dc7cf3c",
];

/// So many identities with twenty role assignments each.
fn plan(identities: usize) -> Plan {
    let root = format!("/subscriptions/{SUBSCRIPTION_ID}");
    let mut steps = Vec::new();
    for n in 0..identities {
        let identity = Address(format!("identity.id-{n}"));
        let resource = Resource::UserAssignedIdentity(UserAssignedIdentity {
            resource_group: Scope(format!("{root}/resourceGroups/rg-identities")),
            name: format!("id-{n}"),
            location: "japaneast".to_owned(),
        });
        steps.push(Step {
            address: identity.clone(),
            resource,
            action: Action::Create,
            after: Vec::new(),
        });
        for group in GROUPS {
            for role in ROLES {
                let resource = Resource::RoleAssignment(RoleAssignment {
                    identity: identity.clone(),
                    scope: Scope(format!("{root}/resourceGroups/{group}")),
                    role: role.to_owned(),
                    role_definition: format!(
                        "{root}/providers/Microsoft.Authorization/roleDefinitions/{role}"
                    ),
                    made: None,
                    condition: None,
                });
                steps.push(Step {
                    address: Address(format!("role.{n}.{group}.{role}")),
                    resource,
                    action: Action::Create,
                    after: vec![identity.clone()],
                });
            }
        }
    }
    Plan { steps, ..Plan::default() }
}

/// Counts what is asked, and refuses to list what is assigned in the whole subscription, if wanted.
struct Watched<'s> {
    tenant: &'s Tenant,
    lists: bool,
    reads: Cell<usize>,
    writes: Cell<usize>,
    refused: RefCell<Vec<String>>,
}

impl<'s> Watched<'s> {
    fn new(tenant: &'s Tenant, lists: bool) -> Watched<'s> {
        let (reads, writes, refused) = Default::default();
        Watched { tenant, lists, reads, writes, refused }
    }
}

impl Services for Watched<'_> {
    fn send_each(&self, requests: &[Request], answered: &mut dyn FnMut(usize, Answer)) {
        for (at, request) in requests.iter().enumerate() {
            let counter = if request.method == Method::Get { &self.reads } else { &self.writes };
            counter.set(counter.get() + 1);
            let whole = format!("/subscriptions/{SUBSCRIPTION_ID}/providers/");
            if !self.lists && request.path.starts_with(&whole) {
                self.refused.borrow_mut().push(request.path.clone());
                answered(at, Err(stopped(request)));
                continue;
            }
            answered(at, self.tenant.azure.send(request));
        }
    }
}

#[test]
fn an_identity_is_asked_once_for_all_its_role_assignments() {
    let tenant = Tenant::new();
    let (plan, mut journal) = (plan(5), InMemory::default());
    let watched = Watched::new(&tenant, true);
    apply(&plan, &mut journal, &watched, &mut |_| ()).unwrap();
    assert_eq!((watched.writes.get(), watched.reads.get()), (5 + 100, 5 + 5));
    // A second run sees all of them, and makes none.
    let again = Watched::new(&tenant, true);
    apply(&plan, &mut journal, &again, &mut |_| ()).unwrap();
    assert_eq!((again.writes.get(), again.reads.get()), (0, 5 + 5));
    assert_eq!(undo(&mut journal, &tenant.azure, &mut |_| ()).unwrap(), 5 + 100);
}

#[test]
fn whoever_may_not_list_them_all_asks_for_each() {
    let tenant = Tenant::new();
    let (plan, mut journal) = (plan(2), InMemory::default());
    let watched = Watched::new(&tenant, false);
    apply(&plan, &mut journal, &watched, &mut |_| ()).unwrap();
    assert_eq!(watched.refused.borrow().len(), 2);
    assert_eq!(watched.writes.get(), 2 + 40);
    assert_eq!(undo(&mut journal, &tenant.azure, &mut |_| ()).unwrap(), 2 + 40);
}
