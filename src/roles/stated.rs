//! The roles that `workid.yaml` names, as far as the user has their rights.

use super::{
    Ask, Choice, Choices, Job, bound::bound, full_scope, pattern::allows, place::contains,
};
use crate::{
    config::Config,
    observe::{Held, Observed, RoleDefinition},
};

pub(super) fn choose(job: &Job<'_>, observed: &Observed, config: &Config) -> Choices {
    let mut choices = Choices::default();
    let Job { user, holder, .. } = job;
    for wanted in &config.roles {
        let scope = full_scope(&wanted.scope, &observed.subscription_id);
        let Some(role) = observed.roles.get(&wanted.role) else { continue };
        let Some(condition) = bound(role, &scope, &holder.holds) else {
            choices.refuse(format!(
                "{} on {} is not assigned: {user} has no such rights there, and an identity never gets more",
                role.name,
                scope.short()
            ));
            continue;
        };
        let held = holder.holds.iter().find(|it| contains(&it.scope, &scope));
        let held = held.map(|it: &Held| {
            format!(", and {user} holds {} on {}", it.role.name, it.scope.short())
        });
        let choice = Choice {
            role: role.clone(),
            because: format!("workid.yaml names it{}", held.unwrap_or_default()),
            asked: asked(&job.asks, role),
            beyond: None,
            condition,
            warning: None,
            scope,
        };
        choices.add(choice, false, config, Some(job));
    }
    choices
}

/// The commands that a role is for, wherever they are done.
pub(super) fn asked(asks: &[Ask], role: &RoleDefinition) -> Vec<super::Asked> {
    let served = asks.iter().filter(|it| allows(&role.permissions, it.need.plane, &it.need.action));
    let mut asked: Vec<_> = served.filter_map(Ask::asked).collect();
    asked.sort();
    asked.dedup();
    asked
}
