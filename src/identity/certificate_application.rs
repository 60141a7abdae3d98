//! An application whose service principal signs in with a certificate.

use super::{Fit, IdentityKind, Wanted, federated_application::application};
use crate::{
    platform::Trust,
    resource::{Address, Certificate, Resource},
};

pub(super) const KIND: IdentityKind = IdentityKind {
    name: "certificate-application",
    title: "service principal with a certificate",
    flow: "certificate",
    outputs: &["client_id", "principal_id"],
    fit: |workload, _| match &workload.trust {
        Trust::Unproven(why) => Fit::Yes(
            format!("{why}, so that it needs a key of its own; a certificate never travels").into(),
        ),
        Trust::AzureHosted { .. } => Fit::No("a managed identity needs no key"),
        Trust::Federated(_) => Fit::No("a federated credential needs no key"),
        Trust::Unstated(_) | Trust::Unfit(_) => Fit::No("where it runs is not known"),
    },
    resources: |workload, naming| {
        let name = naming.name("sp", workload);
        let certificate = Address(format!("certificate.{name}"));
        let noun = Certificate { name: name.clone(), file: format!("{name}.pem") };
        let (application, principal) = application(&name, Some(certificate.clone()));
        let identity = principal.0.clone();
        Wanted {
            identity,
            resources: vec![(certificate, Resource::Certificate(noun)), application, principal],
        }
    },
};
