//! Which workload identity suits a workload.
//!
//! To add a kind of identity, write `identity/<name>.rs` with one [`IdentityKind`] and name it
//! twice below.

mod certificate_application;
mod federated_application;
mod federated_user_assigned;
mod system_assigned;
mod user_assigned;

use crate::{
    config::Config,
    platform::{Trust, Workload},
    resource::{
        Address, FederatedIdentityCredential, Federation, Owner, Resource, Scope, Term,
        UserAssignedIdentity,
    },
};

/// In order of preference: the first that fits is recommended.
pub const KINDS: &[&IdentityKind] = &[
    &system_assigned::KIND,
    &user_assigned::KIND,
    &federated_user_assigned::KIND,
    &federated_application::KIND,
    &certificate_application::KIND,
];

pub struct IdentityKind {
    pub name: &'static str,
    /// For people, in Microsoft's words.
    pub title: &'static str,
    /// How code signs in with it; names a folder in `templates/`.
    pub flow: &'static str,
    /// What a template of the flow may ask of the identity.
    pub outputs: &'static [&'static str],
    pub fit: fn(&Workload, &Config) -> Fit,
    pub resources: fn(&Workload, &Naming) -> Wanted,
}

impl std::fmt::Debug for IdentityKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    Yes(&'static str),
    No(&'static str),
}

/// What must exist for a workload to have the identity.
pub struct Wanted {
    /// The address that tells `principal_id`, and `client_id` where there is one.
    pub identity: Address,
    pub resources: Vec<(Address, Resource)>,
}

/// Names for new resources.
#[derive(Clone, Debug)]
pub struct Naming {
    /// What all names begin with: the repository's own name.
    pub prefix: String,
    /// `/subscriptions/…/resourceGroups/…`, for identities.
    pub resource_group: Scope,
    pub location: String,
}

impl Naming {
    fn name(&self, kind: &str, workload: &Workload) -> String {
        UserAssignedIdentity::name_for(&[kind, &self.prefix, &workload.label])
    }
}

#[derive(Clone, Debug)]
pub struct Recommendation {
    pub kind: &'static IdentityKind,
    pub because: &'static str,
    /// The kinds that do not fit, and why.
    pub not: Vec<(&'static str, &'static str)>,
}

/// The identity for a workload, or what has to be stated before one can be recommended.
pub fn recommend(workload: &Workload, config: &Config) -> Result<Recommendation, String> {
    if let Trust::Unstated(what) = &workload.trust {
        return Err(what.clone());
    }
    let mut not = Vec::new();
    let mut chosen = None;
    for kind in KINDS.iter().copied() {
        match (kind.fit)(workload, config) {
            Fit::Yes(because) => chosen = chosen.or(Some((kind, because))),
            Fit::No(why) => not.push((kind.title, why)),
        }
    }
    match chosen {
        Some((kind, because)) => Ok(Recommendation { kind, because, not }),
        None => Err("no kind of identity fits where it runs".to_owned()),
    }
}

const NOT_HOSTED: &str = "it does not run on an Azure resource";
const NOT_FEDERATED: &str = "its platform issues no token that Microsoft Entra can trust";

fn credentials(
    identity: &Address,
    owner: Owner,
    federations: &[Federation],
) -> Vec<(Address, Resource)> {
    let credential = |federation: &Federation| {
        let name = match &federation.subject {
            Term::Known(subject) => FederatedIdentityCredential::name_for(subject),
            Term::Output { of, .. } => FederatedIdentityCredential::name_for(&of.0),
        };
        let credential = FederatedIdentityCredential {
            identity: identity.clone(),
            owner,
            name: name.clone(),
            federation: federation.clone(),
        };
        let of = identity.0.split_once('.').map_or(identity.0.as_str(), |(_, it)| it);
        (
            Address(format!("credential.{of}.{name}")),
            Resource::FederatedIdentityCredential(credential),
        )
    };
    federations.iter().map(credential).collect()
}

fn federations(workload: &Workload) -> &[Federation] {
    match &workload.trust {
        Trust::Federated(federations) => federations,
        Trust::AzureHosted { .. } | Trust::Unproven | Trust::Unstated(_) => &[],
    }
}

fn hosts(workload: &Workload) -> &[Scope] {
    match &workload.trust {
        Trust::AzureHosted { resources } => resources,
        Trust::Federated(_) | Trust::Unproven | Trust::Unstated(_) => &[],
    }
}
