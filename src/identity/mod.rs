//! Which workload identity suits a workload.
//!
//! To add a kind of identity, write `identity/<name>.rs` with one [`IdentityKind`] and name it
//! twice below.

mod certificate_application;
pub mod exceptions;
mod federated_application;
mod federated_user_assigned;
mod groups;
mod system_assigned;
mod user_assigned;

pub use groups::Groups;

use crate::{
    config::Config,
    platform::{Trust, Workload},
    resource::{
        Address, FederatedIdentityCredential, Federation, Owner, Resource, Scope, Term,
        UserAssignedIdentity,
    },
};

use std::borrow::Cow;

/// So many federated identity credentials Microsoft Entra takes for one identity.
const MOST_CREDENTIALS: usize = 20;

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

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fit {
    Yes(Cow<'static, str>),
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
    pub because: Cow<'static, str>,
    /// The kinds that do not fit, and why.
    pub not: Vec<(&'static str, &'static str)>,
    /// What to mind where it is used.
    pub warnings: Vec<String>,
}

/// The identity for a workload, or why none can be recommended, and what is to be done.
pub fn recommend(workload: &Workload, config: &Config) -> Result<Recommendation, String> {
    if let Trust::Unstated(what) | Trust::Unfit(what) = &workload.trust {
        return Err(what.clone());
    }
    if let Some(tenant) = config.runs_on(&workload.path).and_then(|it| it.tenant.as_deref())
        && config.tenant.as_deref() != Some(tenant)
    {
        return Err(exceptions::other_tenant(workload, tenant));
    }
    if federations(workload).len() > MOST_CREDENTIALS {
        return Err(format!(
            "its tokens have {} subjects, and an identity trusts no more than {MOST_CREDENTIALS}: let the job have an environment, which is one subject for all branches",
            federations(workload).len()
        ));
    }
    let mut not = Vec::new();
    let mut chosen = None;
    for kind in KINDS.iter().copied() {
        match (kind.fit)(workload, config) {
            Fit::Yes(because) => chosen = chosen.or(Some((kind, because))),
            Fit::No(why) => not.push((kind.title, why)),
        }
    }
    let warnings = warnings(workload, config);
    match chosen {
        Some((kind, because)) => Ok(Recommendation { kind, because, not, warnings }),
        // The first reason is the one of the kind that suits best.
        None => {
            let whys = not
                .iter()
                .map(|(_, why)| *why)
                .filter(|it| *it != NOT_HOSTED && *it != NOT_FEDERATED);
            Err(whys.take(2).collect::<Vec<_>>().join("; "))
        }
    }
}

/// What a person has to know who lets an identity be used there.
fn warnings(workload: &Workload, config: &Config) -> Vec<String> {
    let stated = config.runs_on(&workload.path);
    let shared = stated.is_some_and(|it| it.shared);
    let is_machine = |it: &&Scope| is_of(it, "microsoft.compute/") || is_arc(it);
    let of = |it: &Scope| match shared {
        true => format!(
            "{} is shared, and everything that runs there may do what the identity may: give it as few roles as you can, or the job a machine of its own",
            it.short()
        ),
        false => format!(
            "nothing else runs on {}: everything there may do what the identity may",
            it.short()
        ),
    };
    hosts(workload).iter().filter(|it| shared || is_machine(it)).map(of).collect()
}

fn is_of(resource: &Scope, prefix: &str) -> bool {
    resource.resource_type().is_some_and(|it| it.starts_with(prefix))
}

fn is_arc(resource: &Scope) -> bool {
    is_of(resource, "microsoft.hybridcompute/machines")
}

/// Whether the machines of a resource are made anew again and again.
fn comes_and_goes(resource: &Scope) -> bool {
    is_of(resource, "microsoft.compute/virtualmachinescalesets")
}

const COMES_AND_GOES: &str = "the machines of a scale set come and go, and an identity of its own keeps its roles when the set is made anew";
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
        Trust::AzureHosted { .. } | Trust::Unproven(_) | Trust::Unstated(_) | Trust::Unfit(_) => {
            &[]
        }
    }
}

fn hosts(workload: &Workload) -> &[Scope] {
    match &workload.trust {
        Trust::AzureHosted { resources } => resources,
        Trust::Federated(_) | Trust::Unproven(_) | Trust::Unstated(_) | Trust::Unfit(_) => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Source;

    const GROUP: &str = "/subscriptions/s/resourceGroups/g/providers";

    /// The kind for what runs on resources of some types, or why there is none.
    fn kind_on(types: &[&str]) -> Result<&'static str, String> {
        let resources = types.iter().map(|it| Scope(format!("{GROUP}/{it}/a"))).collect();
        kind(Trust::AzureHosted { resources })
    }

    fn kind(trust: Trust) -> Result<&'static str, String> {
        let workload = Workload::for_tests(&Source::new("a.sh", ""), "a", trust);
        recommend(&workload, &Config::default()).map(|it| it.kind.name)
    }

    #[test]
    fn what_azure_runs_has_an_identity_of_its_own_or_shares_one() {
        let vm = "Microsoft.Compute/virtualMachines";
        assert_eq!(kind_on(&[vm]).unwrap(), "system-assigned");
        assert_eq!(kind_on(&[vm, "Microsoft.Web/sites"]).unwrap(), "user-assigned");
        assert_eq!(
            kind_on(&["Microsoft.Compute/virtualMachineScaleSets"]).unwrap(),
            "user-assigned"
        );
        let arc = "Microsoft.HybridCompute/machines";
        assert_eq!(kind_on(&[arc]).unwrap(), "system-assigned");
        assert!(kind_on(&[arc, vm]).unwrap_err().contains("an entry of its own"));
        assert_eq!(kind_on(&["Microsoft.Logic/workflows"]).unwrap(), "system-assigned");
        let created_with = "Microsoft.ContainerInstance/containerGroups";
        assert!(kind_on(&[created_with]).unwrap_err().contains("switch on"));
    }

    #[test]
    fn a_certificate_is_for_what_nothing_vouches_for() {
        let federation = |n: usize| Federation::new("https://issuer", n.to_string());
        let federated = |n| kind(Trust::Federated((0..n).map(federation).collect()));
        assert_eq!(federated(20).unwrap(), "federated-user-assigned");
        assert!(federated(21).unwrap_err().contains("no more than 20"));
        assert_eq!(kind(Trust::Unproven(String::new())).unwrap(), "certificate-application");
        assert_eq!(kind(Trust::Unfit("a person".to_owned())), Err("a person".to_owned()));
    }

    #[test]
    fn a_machine_that_is_shared_is_warned_of_and_another_tenant_is_left() {
        let vm = format!("{GROUP}/Microsoft.Compute/virtualMachines/vm-a");
        let recommended = |more: &str| {
            let text = format!("runs_on:\n  - paths: [a.sh]\n    resources: [{vm}]\n{more}");
            let trust = Trust::AzureHosted { resources: vec![Scope(vm.clone())] };
            let workload = Workload::for_tests(&Source::new("a.sh", ""), "a", trust);
            recommend(&workload, &Config::parse(&text).unwrap())
        };
        assert!(recommended("").unwrap().warnings[0].starts_with("nothing else runs on vm-a"));
        assert!(recommended("    shared: true\n").unwrap().warnings[0].contains("is shared"));
        let other = recommended("    tenant: t2\n").unwrap_err();
        assert!(other.contains("the tenant t2") && other.contains("its principal ID"), "{other}");
        assert!(recommended("    tenant: t2\ntenant: t2\n").is_ok());
    }
}
