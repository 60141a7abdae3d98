//! A user-assigned managed identity that several Azure resources use.

use super::{
    COMES_AND_GOES, Fit, IdentityKind, NOT_HOSTED, Naming, Wanted, comes_and_goes, hosts, is_arc,
};
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
        [one] if comes_and_goes(one) && SystemAssignedIdentity::supports(one) => {
            Fit::Yes(COMES_AND_GOES.into())
        }
        [_] => Fit::No("one Azure resource runs it, whose own identity is enough"),
        many if many.iter().any(is_arc) => Fit::No(
            "a server that Azure Arc manages has one identity, its own: name each in an entry of its own in workid.yaml (runs_on)",
        ),
        many if many.iter().all(SystemAssignedIdentity::supports) => Fit::Yes(
            "several Azure resources run it, and share one identity with one set of roles".into(),
        ),
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
