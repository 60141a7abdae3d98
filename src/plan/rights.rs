//! The part of a plan that gives identities their roles.

use super::{Left, PlannedRole, planner::Planner, push_new, user_of};
use crate::{
    catalog::Effect,
    observe::{Log, User},
    resource::{Address, CustomRole, Resource, RoleAssignment, Scope},
    roles::{self, Ask, Choice, Choices, ExactRole, Job, group_of},
    scan::{Command, Follow, Site},
    text,
};
use std::collections::BTreeMap;

impl<'i> Planner<'i> {
    /// Whether an identity could do the work of the site's user. Without any rights it could not,
    /// so that the site is better left as it is.
    pub(super) fn may_be_done(&self, site: &Site) -> Result<(), String> {
        if self.inputs.offline || !self.is_for_roles(site) {
            return Ok(());
        }
        let config = &self.inputs.repository.config;
        let user = user_of(site, config).ok_or(
            "the files do not show as whom it signs in: name the user in workid.yaml (user), so that the new \
             identity can have that user's roles",
        )?;
        let Some(Some(holder)) = self.inputs.observed.users.get(&user) else {
            return Err(format!(
                "there is no user {user} in the tenant whose roles the new identity could have"
            ));
        };
        let choices = roles::choose(&job(&user, holder, &[site]), self.inputs.observed, config);
        match (choices.assigned.is_empty(), choices.refused.is_empty()) {
            (false, _) => Ok(()),
            (true, false) => Err(choices.refused.join("; ")),
            (true, true) => Err(format!(
                "{user} holds no role in the subscription that the new identity could have"
            )),
        }
    }

    /// Whether its work is one that roles of Azure are for. What signs in to another service has its
    /// rights there, and roles only if `workid.yaml` names them.
    fn is_for_roles(&self, site: &Site) -> bool {
        site.rule.enforced || !self.inputs.repository.config.roles.is_empty()
    }

    /// Every identity gets the roles for all its sites together, so that they are few.
    pub(super) fn assign_roles(&mut self) {
        let addresses: Vec<Address> =
            self.plan.identities.iter().map(|it| it.address.clone()).collect();
        for address in addresses {
            let sites = self.sites_of.remove(&address).unwrap_or_default();
            let choices =
                if self.inputs.offline { self.proposed(&sites) } else { self.chosen(&sites) };
            self.assign(&address, choices);
            self.permit(&address, &sites);
        }
    }

    fn chosen(&self, sites: &[&'i Site]) -> Choices {
        let config = &self.inputs.repository.config;
        let mut of_user: BTreeMap<String, Vec<&Site>> = BTreeMap::new();
        for site in sites.iter().filter(|it| self.is_for_roles(it)) {
            of_user.entry(user_of(site, config).unwrap_or_default()).or_default().push(site);
        }
        let mut all = Choices::default();
        for (user, sites) in &of_user {
            let Some(Some(holder)) = self.inputs.observed.users.get(user) else { continue };
            let job = job(user, holder, sites);
            let choices = roles::choose(&job, self.inputs.observed, config);
            all.assigned.extend(choices.assigned);
            all.refused.extend(choices.refused);
            all.doubts.extend(choices.doubts);
            for role in choices.exact {
                let same =
                    |it: &&mut ExactRole| it.scope == role.scope && it.condition == role.condition;
                match all.exact.iter_mut().find(same) {
                    Some(known) => known.join(role),
                    None => all.exact.push(role),
                }
            }
        }
        all
    }

    /// Nobody was asked: what `workid.yaml` names, or else what the commands need.
    fn proposed(&self, sites: &[&Site]) -> Choices {
        let config = &self.inputs.repository.config;
        let (asks, _) = needs(sites);
        roles::proposed(&asks, self.inputs.observed, config, &self.inputs.repository.catalog)
    }

    fn assign(&mut self, address: &Address, mut choices: Choices) {
        let makes_own = self.inputs.repository.config.custom_role && !self.inputs.offline;
        let exact = if makes_own { std::mem::take(&mut choices.exact) } else { Vec::new() };
        if makes_own && exact.is_empty() {
            choices.refused.push(
                "no custom role is made: what is needed is not known in full, or roles are named in workid.yaml"
                    .to_owned(),
            );
        }
        let mut planned = Vec::new();
        for role in exact {
            // The roles that it takes the place of.
            choices.assigned.retain(|it| it.scope != role.scope);
            planned.push(self.make_role(address, role));
        }
        for choice in choices.assigned {
            if !self.inputs.offline {
                let name = self.role_address(address, &choice.role.name, &choice.scope);
                self.want(name, assignment(address, &choice));
            }
            planned.push(of_choice(choice));
        }
        if let Some(identity) = self.plan.identities.iter_mut().find(|it| it.address == *address) {
            for role in planned {
                push_new(&mut identity.roles, role);
            }
            identity.custom_roles = choices.exact;
            identity.doubts = choices.doubts;
        }
        for why in choices.refused {
            push_new(&mut self.plan.left, Left { at: address.to_string(), why });
        }
    }

    /// A custom role of exactly what is asked for on a scope, and its assignment there.
    fn make_role(&mut self, identity: &Address, role: ExactRole) -> PlannedRole {
        let own = identity.0.trim_start_matches("identity.");
        let is_taken = |name: &str| {
            let names_it = |it: &Resource| matches!(it, Resource::CustomRole(it) if it.name.eq_ignore_ascii_case(name));
            self.wanted.values().any(names_it)
        };
        let name = role_name(own, &role.scope, is_taken);
        let custom = CustomRole {
            name: name.clone(),
            subscription_id: self.inputs.observed.subscription_id.clone(),
            assignable_scope: group_of(&role.scope),
            actions: role.actions,
            data_actions: role.data_actions,
        };
        let made = Address(format!("custom-{}", self.role_address(identity, &name, &role.scope)));
        let assignment = RoleAssignment {
            identity: identity.clone(),
            scope: role.scope.clone(),
            role: name.clone(),
            role_definition: custom.id(),
            made: Some(made.clone()),
            condition: role.condition.clone(),
        };
        self.want(made, Resource::CustomRole(custom));
        let address = self.role_address(identity, &name, &role.scope);
        self.want(address, Resource::RoleAssignment(assignment));
        PlannedRole {
            role: name,
            scope: role.scope.0,
            because: "exactly what is asked for, since workid.yaml says so (custom_role)"
                .to_owned(),
            asked: role.asked,
            beyond: Some(0),
            condition: role.condition,
            warning: role.warning,
        }
    }

    fn role_address(&self, identity: &Address, role: &str, scope: &Scope) -> Address {
        let subscription = roles::full_scope("", &self.inputs.observed.subscription_id);
        let within = scope.0.strip_prefix(&subscription.0).unwrap_or(&scope.0);
        let name = format!("role.{identity}.{role}.{}", within.trim_start_matches('/'));
        Address(name.trim_end_matches('.').to_lowercase().replace(' ', "-"))
    }

    /// What the Activity Log shows of the users, held against everything that was scanned.
    pub(super) fn compare_with_log(&mut self) {
        let config = &self.inputs.repository.config;
        for (name, user) in &self.inputs.observed.users {
            let Some(user) = user else { continue };
            let theirs = |it: &&Site| user_of(it, config).is_none_or(|it| it == *name);
            let sites: Vec<&Site> = self.inputs.scan.running().filter(theirs).collect();
            let (asks, _) = needs(&sites);
            let found = roles::unexplained(name, user, &asks, self.inputs.observed);
            self.plan.unexplained.extend(found);
            let what = format!("what {name} really wrote is not compared with the files");
            match &user.log {
                Log::Unreadable(code) => self.plan.assumptions.push(format!(
                    "{what}: the Activity Log could not be read ({code})"
                )),
                Log::Read { cut: true, since, .. } => self.plan.assumptions.push(format!(
                    "{what} in full: the Activity Log since {since} is too long, and only its newest part was read"
                )),
                Log::Read { .. } | Log::NotAsked => {}
            }
        }
    }
}

fn job<'j>(user: &'j str, holder: &'j User, sites: &[&Site]) -> Job<'j> {
    let (asks, gaps) = needs(sites);
    Job { user, holder, asks, gaps }
}

/// What the commands after some sites ask for, and why that is not all. What asks Microsoft Graph
/// needs other rights than roles.
pub(super) fn needs(sites: &[&Site]) -> (Vec<Ask>, Vec<String>) {
    let mut follows: Vec<&Follow> =
        sites.iter().flat_map(|it| &it.follows).map(|it| &**it).collect();
    let place = |it: &Follow| (it.command.path.clone(), it.command.line, it.command.name.clone());
    follows.sort_by_cached_key(|it| place(it));
    follows.dedup_by(|a, b| a == b);
    let ask = |it: &Follow| {
        let command = it.command.clone();
        let needs = it.needs.clone().into_iter();
        needs.map(move |need| Ask { need, command: Some(command.clone()) })
    };
    let asks: Vec<Ask> = follows.iter().flat_map(|it| ask(it)).collect();
    let unknown = |it: &&&Follow| it.gap.is_some() && it.effect != Effect::Graph;
    let mut gaps: Vec<String> = follows
        .iter()
        .filter(unknown)
        .take(GAPS)
        .filter_map(|it| Some(gap(&it.command, it.gap?)))
        .collect();
    let more = follows.iter().filter(unknown).count().saturating_sub(GAPS);
    if more > 0 {
        gaps.push(format!("{more} more such commands"));
    }
    if sites.iter().any(|it| it.more) {
        gaps.push("more commands follow than are listed".to_owned());
    }
    if follows.is_empty() {
        gaps.push("no command follows in what was scanned".to_owned());
    }
    (asks, gaps)
}

/// More commands than this are only counted.
const GAPS: usize = 3;

fn gap(command: &Command, why: &str) -> String {
    format!("of {} ({}:{}), {why}", command.name, command.path, command.line)
}

fn assignment(identity: &Address, choice: &Choice) -> Resource {
    Resource::RoleAssignment(RoleAssignment {
        identity: identity.clone(),
        scope: choice.scope.clone(),
        role: choice.role.name.clone(),
        role_definition: choice.role.id.clone(),
        made: None,
        condition: choice.condition.clone(),
    })
}

fn of_choice(choice: Choice) -> PlannedRole {
    let Choice { role, scope, because, asked, beyond, condition, warning } = choice;
    PlannedRole { role: role.name, scope: scope.0, because, asked, beyond, condition, warning }
}

/// What a custom role is called: after its identity and its scope, whole if the end of that is not
/// enough, for no two roles of a tenant may have one name.
fn role_name(own: &str, scope: &Scope, is_taken: impl Fn(&str) -> bool) -> String {
    let short = format!("{own}-{}", scope.short().replace(' ', "-"));
    match is_taken(&short) {
        true => format!("{short}-{}", &text::digest(scope.0.as_bytes())[..8]),
        false => short,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_scopes_that_end_alike_have_custom_roles_of_two_names() {
        let scope = |group: &str| {
            Scope(format!(
                "/subscriptions/s/resourceGroups/{group}/providers/Microsoft.Web/sites/app"
            ))
        };
        let first = role_name("id", &scope("a"), |_| false);
        assert_eq!(first, "id-app");
        let second = role_name("id", &scope("b"), |it| it == first);
        assert_eq!(second, role_name("id", &scope("b"), |it| it == first));
        assert!(second.starts_with("id-app-") && second.len() == "id-app-".len() + 8, "{second}");
        assert_ne!(second, role_name("id", &scope("c"), |it| it == first));
    }
}
