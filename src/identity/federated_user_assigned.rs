//! A user-assigned managed identity that trusts tokens from the workload's platform.

use super::{
    Fit, IdentityKind, NOT_FEDERATED, Wanted, credentials, federations, user_assigned::identity,
};
use crate::{config::Federate, resource::Owner};

pub(super) const KIND: IdentityKind = IdentityKind {
    name: "federated-user-assigned",
    title: "user-assigned managed identity with a federated credential",
    flow: "federated",
    outputs: &["client_id", "principal_id"],
    fit: |workload, config| {
        match (federations(workload), config.federate) {
        ([], _) => Fit::No(NOT_FEDERATED),
        (_, Federate::Application) => Fit::No("workid.yaml asks for an application (federate)"),
        (_, Federate::ManagedIdentity) => Fit::Yes("its platform issues tokens that Microsoft Entra can trust, so that nothing secret is kept".into()),
    }
    },
    resources: |workload, naming| {
        let (address, noun) = identity(workload, naming);
        let credentials = credentials(&address, Owner::UserAssignedIdentity, federations(workload));
        Wanted {
            resources: [vec![(address.clone(), noun)], credentials].concat(),
            identity: address,
        }
    },
};
