//! A user-assigned managed identity that several Azure resources use.

use super::{Fit, IdentityKind, NOT_HOSTED, Naming, Wanted, hosts};
use crate::{
    platform::Workload,
    resource::{Address, AttachedIdentity, Resource, SystemAssignedIdentity, UserAssignedIdentity},
};

pub(super) const KIND: IdentityKind = IdentityKind {
    name: "user-assigned",
    title: "user-assigned managed identity",
    flow: "user-assigned",
    outputs: &["client_id", "principal_id"],
    fit: |workload, _| match hosts(workload) {
        [] => Fit::No(NOT_HOSTED),
        [_] => Fit::No("one Azure resource runs it, whose own identity is enough"),
        many if many.iter().all(SystemAssignedIdentity::supports) => {
            Fit::Yes("several Azure resources run it, and share one identity with one set of roles")
        }
        _ => Fit::No("workid cannot attach an identity to that type of resource"),
    },
    resources: |workload, naming| {
        let (identity, noun) = identity(workload, naming);
        let attached = hosts(workload).iter().map(|on| {
            let name = on.0.rsplit('/').next().unwrap_or_default().to_lowercase();
            let noun = AttachedIdentity { identity: identity.clone(), on: on.clone() };
            (Address(format!("attached.{name}")), Resource::AttachedIdentity(noun))
        });
        let attached: Vec<_> = attached.collect();
        Wanted { resources: [vec![(identity.clone(), noun)], attached].concat(), identity }
    },
};

pub(super) fn identity(workload: &Workload, naming: &Naming) -> (Address, Resource) {
    let name = naming.name("id", workload);
    let noun = UserAssignedIdentity {
        resource_group: naming.resource_group.clone(),
        location: naming.location.clone(),
        name: name.clone(),
    };
    (Address(format!("identity.{name}")), Resource::UserAssignedIdentity(noun))
}
