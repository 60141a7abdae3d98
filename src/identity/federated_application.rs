//! An application that trusts tokens from the workload's platform.

use super::{Fit, IdentityKind, NOT_FEDERATED, Wanted, credentials, federations};
use crate::{
    config::Federate,
    resource::{Address, Application, Owner, Resource, ServicePrincipal},
};

pub(super) const KIND: IdentityKind = IdentityKind {
    name: "federated-application",
    title: "application with a federated credential",
    flow: "federated",
    outputs: &["client_id", "principal_id"],
    fit: |workload, config| match (federations(workload), config.federate) {
        ([], _) => Fit::No(NOT_FEDERATED),
        (_, Federate::ManagedIdentity) => {
            Fit::No("a managed identity does the same without rights in the directory")
        }
        (_, Federate::Application) => {
            Fit::Yes("workid.yaml asks for it (federate), and its platform issues tokens".into())
        }
    },
    resources: |workload, naming| {
        let name = naming.name("app", workload);
        let (application, principal) = application(&name, None);
        let credentials = credentials(&application.0, Owner::Application, federations(workload));
        Wanted {
            identity: principal.0.clone(),
            resources: [vec![application, principal], credentials].concat(),
        }
    },
};

/// An application and its service principal.
pub(super) fn application(
    name: &str,
    certificate: Option<Address>,
) -> ((Address, Resource), (Address, Resource)) {
    let application = Address(format!("application.{name}"));
    let noun = Application { unique_name: name.to_owned(), certificate };
    let principal =
        ServicePrincipal { application: application.clone(), display_name: name.to_owned() };
    (
        (application, Resource::Application(noun)),
        (Address(format!("identity.{name}")), Resource::ServicePrincipal(principal)),
    )
}
