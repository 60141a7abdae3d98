//! The system-assigned managed identity of an Azure resource.

use super::{COMES_AND_GOES, Fit, IdentityKind, NOT_HOSTED, Wanted, comes_and_goes, hosts, is_arc};
use crate::resource::{Address, Resource, Scope, SystemAssignedIdentity};

pub(super) const KIND: IdentityKind = IdentityKind {
    name: "system-assigned",
    title: "system-assigned managed identity",
    flow: "system-assigned",
    outputs: &["principal_id"],
    fit: |workload, _| match hosts(workload) {
        [] => Fit::No(NOT_HOSTED),
        [one] if comes_and_goes(one) => Fit::No(COMES_AND_GOES),
        [one] if is_arc(one) => Fit::Yes(
            "Azure Arc manages the server that runs it, and has given that an identity already"
                .into(),
        ),
        [one] if SystemAssignedIdentity::supports(one) => Fit::Yes(
            "one Azure resource runs it, and the identity goes away with that resource".into(),
        ),
        [_] => Fit::No("workid cannot switch on the identity of that type of resource"),
        _ => Fit::No("several Azure resources run it"),
    },
    resources: |workload, _| {
        let on = hosts(workload).first().cloned().unwrap_or_else(|| Scope(String::new()));
        let name = on.0.rsplit('/').next().unwrap_or_default().to_lowercase();
        let identity = Address(format!("identity.{name}"));
        let noun = Resource::SystemAssignedIdentity(SystemAssignedIdentity { on });
        Wanted { identity: identity.clone(), resources: vec![(identity, noun)] }
    },
};
