//! The IDs of identities in variables of the CI system, where `workid.yaml` wants them there.

use super::{Context, Workload};
use crate::resource::{Address, CiSystem, Resource, Term, Variable};

/// What holes of templates are called, and the variables that fill them.
const IDS: &[(&str, &str)] = &[
    ("client_id", "AZURE_CLIENT_ID"),
    ("tenant_id", "AZURE_TENANT_ID"),
    ("subscription_id", "AZURE_SUBSCRIPTION_ID"),
];

/// The variables for a workload of a project: in its environment, if it has one.
pub(super) fn ids(
    workload: &Workload,
    context: &Context<'_>,
    system: CiSystem,
    url: &str,
    project: &str,
) -> Vec<(Address, Resource)> {
    if !context.repository.config.variables {
        return Vec::new();
    }
    // What is only known in a run has no variables of its own.
    let environment = workload.environment.as_ref().filter(|it| !it.contains(['$', '*']));
    let variable = |(hole, name): &(&str, &str)| {
        let (name, value) = match *hole {
            "client_id" => (
                client_id(name, workload, environment),
                Term::output(context.identity, "client_id"),
            ),
            "tenant_id" => ((*name).to_owned(), Term::known(context.tenant_id)),
            _ => ((*name).to_owned(), Term::known(context.subscription_id)),
        };
        let place = environment.map_or("", String::as_str);
        let address = Address(format!("variable.{}.{place}.{name}", workload.platform));
        let (url, project) = (url.to_owned(), project.to_owned());
        let environment = environment.cloned();
        (address, Resource::Variable(Variable { system, url, project, environment, name, value }))
    };
    IDS.iter().map(variable).collect()
}

/// An environment has one identity. Beside environments there may be several, and each has a name.
fn client_id(name: &str, workload: &Workload, environment: Option<&String>) -> String {
    if environment == Some(&workload.label) {
        return name.to_owned();
    }
    let plain = |it: char| if it.is_ascii_alphanumeric() { it.to_ascii_uppercase() } else { '_' };
    format!("{name}_{}", workload.label.chars().map(plain).collect::<String>())
}

/// The variables among what a workload needs, by the holes that they fill.
pub fn read_from(resources: &[(Address, Resource)]) -> Vec<(&'static str, String)> {
    let of = |(_, it): &(Address, Resource)| match it {
        Resource::Variable(it) => {
            let id = IDS.iter().find(|(_, name)| it.name.starts_with(name))?;
            Some((id.0, it.name.clone()))
        }
        _ => None,
    };
    resources.iter().filter_map(of).collect()
}
