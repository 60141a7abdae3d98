//! The exact custom role: what is asked for, and nothing else.

use super::{Ask, bound::is_right_to_give, place::group_of};
use crate::{needs::Plane, resource::Scope};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A role of the tenant's own, as Azure takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomRole {
    /// Where it would be assigned.
    pub scope: Scope,
    /// Where it can be assigned: no custom role is for one resource.
    pub assignable_scopes: Vec<Scope>,
    pub actions: Vec<String>,
    pub data_actions: Vec<String>,
}

pub(super) fn role<'a>(scope: &Scope, asks: impl Iterator<Item = &'a Ask>) -> Option<CustomRole> {
    let needs = asks.map(|it| &it.need).filter(|it| it.sure || !is_right_to_give(&it.action));
    let mut actions: BTreeMap<(Plane, String), String> = BTreeMap::new();
    for need in needs {
        let key = (need.plane, need.action.to_ascii_lowercase());
        actions.entry(key).or_insert_with(|| need.action.clone());
    }
    let of = |plane: Plane| {
        let mine = actions.iter().filter(move |((it, _), _)| *it == plane);
        mine.map(|(_, it)| it.clone()).collect::<Vec<String>>()
    };
    (!actions.is_empty()).then(|| CustomRole {
        scope: scope.clone(),
        assignable_scopes: vec![group_of(scope)],
        actions: of(Plane::Control),
        data_actions: of(Plane::Data),
    })
}
