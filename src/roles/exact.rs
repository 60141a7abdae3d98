//! The exact custom role: what is asked for, and nothing else.

use super::{
    Ask, Asked, Job, WARNING,
    bound::{bound, gives_rights, is_right_to_give, speaks_of},
    place::group_of,
};
use crate::{
    catalog::Permission,
    needs::{Need, Plane},
    observe::RoleDefinition,
    resource::Scope,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A role of the tenant's own, as Azure takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExactRole {
    /// Where it would be assigned.
    pub scope: Scope,
    /// Where it can be assigned: no custom role is for one resource.
    pub assignable_scopes: Vec<Scope>,
    pub actions: Vec<String>,
    pub data_actions: Vec<String>,
    /// The condition under which the user holds as much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    #[serde(skip)]
    pub asked: Vec<Asked>,
    #[serde(skip)]
    pub warning: Option<String>,
}

impl ExactRole {
    /// What two users' commands ask for on one scope is one role.
    pub fn join(&mut self, other: ExactRole) {
        let lower = |it: &String| it.to_ascii_lowercase();
        for (own, more) in
            [(&mut self.actions, other.actions), (&mut self.data_actions, other.data_actions)]
        {
            own.extend(more);
            own.sort_by_cached_key(lower);
            own.dedup_by_key(|it| lower(it));
        }
        self.asked.extend(other.asked);
        self.asked.sort();
        self.asked.dedup();
        self.warning = self.warning.take().or(other.warning);
    }

    pub(super) fn allows(&self, need: &Need) -> bool {
        let actions = match need.plane {
            Plane::Control => &self.actions,
            Plane::Data => &self.data_actions,
        };
        self.condition.is_none() && actions.iter().any(|it| it.eq_ignore_ascii_case(&need.action))
    }
}

/// The role for what is asked for on a scope; none if the user has no right to all of it there.
pub(super) fn role(scope: &Scope, asks: &[&Ask], job: Option<&Job<'_>>) -> Option<ExactRole> {
    let asks = || asks.iter().filter(|it| it.need.sure || !is_right_to_give(&it.need.action));
    let mut actions: BTreeMap<(Plane, String), String> = BTreeMap::new();
    for need in asks().map(|it| &it.need) {
        let key = (need.plane, need.action.to_ascii_lowercase());
        actions.entry(key).or_insert_with(|| need.action.clone());
    }
    let of = |plane: Plane| {
        let mine = actions.iter().filter(move |((it, _), _)| *it == plane);
        mine.map(|(_, it)| it.clone()).collect::<Vec<String>>()
    };
    let permissions = vec![Permission {
        actions: of(Plane::Control),
        data_actions: of(Plane::Data),
        ..Permission::default()
    }];
    let warning = gives_rights(&permissions).then(|| WARNING.to_owned());
    let role = RoleDefinition { id: String::new(), name: String::new(), permissions };
    let condition = match job {
        Some(job) => match bound(&role, scope, &job.holder.holds)? {
            Some(it) if speaks_of(&it, &job.holder.id) => return None,
            condition => condition,
        },
        None => None,
    };
    let mut asked: Vec<Asked> = asks().filter_map(|it| it.asked()).collect();
    asked.sort();
    asked.dedup();
    (!actions.is_empty()).then(|| ExactRole {
        scope: scope.clone(),
        assignable_scopes: vec![group_of(scope)],
        actions: of(Plane::Control),
        data_actions: of(Plane::Data),
        condition,
        asked,
        warning,
    })
}
