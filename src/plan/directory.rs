//! The part of a plan that gives identities permissions of Microsoft Graph, where a person has
//! named them: each is for the whole tenant, so that none is guessed.

use super::{planner::Planner, push_new};
use crate::{
    catalog::Effect,
    resource::{Address, Api, AppRoleAssignment, Resource},
    scan::{Follow, Site},
};

/// What commands ask for, by how they begin. The first that fits is named.
const ASKED: &[(&str, &str)] = &[
    ("az ad user list", "User.Read.All"),
    ("az ad user show", "User.Read.All"),
    ("get-azaduser", "User.Read.All"),
    ("az ad group member add", "GroupMember.ReadWrite.All"),
    ("az ad group member remove", "GroupMember.ReadWrite.All"),
    ("az ad group list", "Group.Read.All"),
    ("az ad group show", "Group.Read.All"),
    ("az ad group member", "GroupMember.Read.All"),
    ("get-azadgroup", "Group.Read.All"),
    ("az ad app list", "Application.Read.All"),
    ("az ad app show", "Application.Read.All"),
    ("az ad sp list", "Application.Read.All"),
    ("az ad sp show", "Application.Read.All"),
    ("get-azadapplication", "Application.Read.All"),
    ("get-azadserviceprincipal", "Application.Read.All"),
    ("az ad app", "Application.ReadWrite.OwnedBy"),
    ("az ad sp", "Application.ReadWrite.OwnedBy"),
];

/// What works for a user alone, whatever is permitted: a caveat tells of it.
const DELEGATED: &[&str] =
    &["az ad signed-in-user show", "az ad signed-in-user list-owned-objects"];

/// More commands than this are not named one by one.
const NAMED: usize = 3;

impl<'i> Planner<'i> {
    /// The permissions that `workid.yaml` names, for identities whose commands ask Microsoft Graph.
    pub(super) fn permit(&mut self, identity: &Address, sites: &[&'i Site]) {
        let mut asks: Vec<&Follow> = sites
            .iter()
            .flat_map(|it| &it.follows)
            .map(|it| &**it)
            .filter(|it| {
                it.effect == Effect::Graph && !DELEGATED.contains(&it.command.name.as_str())
            })
            .collect();
        asks.sort_by_key(|it| (&it.command.path, it.command.line));
        if asks.is_empty() {
            return;
        }
        let named = &self.inputs.repository.config.graph_permissions;
        if named.is_empty() {
            self.doubt(identity, &asks);
            return;
        }
        let api = Address("api.microsoft-graph".to_owned());
        for permission in named.clone() {
            self.want(api.clone(), Resource::Api(Api::graph()));
            let of = identity.0.trim_start_matches("identity.");
            let address = format!("permission.{of}.{}", permission.to_lowercase());
            let noun =
                AppRoleAssignment { identity: identity.clone(), api: api.clone(), permission };
            self.want(Address(address), Resource::AppRoleAssignment(noun));
        }
    }

    fn doubt(&mut self, identity: &Address, asks: &[&Follow]) {
        let Some(planned) = self.plan.identities.iter_mut().find(|it| it.address == *identity)
        else {
            return;
        };
        for it in asks.iter().take(NAMED) {
            let command = &it.command;
            let lower = command.name.to_lowercase();
            let example = ASKED.iter().find(|(name, _)| lower.starts_with(name));
            let example = example.map(|(_, it)| format!(", such as {it}")).unwrap_or_default();
            let doubt = format!(
                "{} ({}:{}) asks Microsoft Graph: name the application permission in workid.yaml (graph_permissions){example}",
                command.name, command.path, command.line
            );
            push_new(&mut planned.doubts, doubt);
        }
    }
}
