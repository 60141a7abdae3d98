//! What the user holds: an identity never gets more.

use super::{
    pattern::{allows, may_allow, within},
    place::contains,
};
use crate::{
    catalog::Permission,
    needs::Plane,
    observe::{Held, RoleDefinition},
    resource::Scope,
};

/// With these, an identity can give itself any other right.
const GIVES_RIGHTS: &[&str] = &[
    "Microsoft.Authorization/roleAssignments/write",
    "Microsoft.Authorization/roleAssignmentScheduleRequests/write",
    "Microsoft.Authorization/roleEligibilityScheduleRequests/write",
    "Microsoft.Authorization/roleDefinitions/write",
    "Microsoft.Authorization/elevateAccess/action",
];

pub(super) fn gives_rights(permissions: &[Permission]) -> bool {
    GIVES_RIGHTS.iter().any(|it| allows(permissions, Plane::Control, it))
}

pub(super) fn is_right_to_give(action: &str) -> bool {
    GIVES_RIGHTS.iter().any(|it| it.eq_ignore_ascii_case(action))
}

/// Whether the user may do something on a scope.
pub(super) fn holds(held: &[Held], plane: Plane, action: &str, on: &Scope) -> bool {
    held.iter().any(|it| contains(&it.scope, on) && may(it, plane, action))
}

/// On which scopes within another the user may do something.
pub(super) fn holds_within(held: &[Held], plane: Plane, action: &str, on: &Scope) -> Vec<Scope> {
    let inside = held.iter().filter(|it| contains(on, &it.scope) && may(it, plane, action));
    let mut scopes: Vec<Scope> = inside.map(|it| it.scope.clone()).collect();
    scopes.sort();
    scopes.dedup();
    scopes
}

fn may(held: &Held, plane: Plane, action: &str) -> bool {
    let permissions = &held.role.permissions;
    allows(permissions, plane, action) || may_allow(permissions, plane, action)
}

/// Under which condition a role gives no more than the user has on a scope; `None` if it gives more.
pub(super) fn bound(
    role: &RoleDefinition,
    scope: &Scope,
    holds: &[Held],
) -> Option<Option<String>> {
    let there: Vec<&Held> = holds.iter().filter(|it| contains(&it.scope, scope)).collect();
    let free: Vec<&Held> = there.iter().copied().filter(|it| it.condition.is_none()).collect();
    if gives_no_more(role, &free) {
        return Some(None);
    }
    let bound = there.iter().filter(|it| it.condition.is_some()).find(|it| {
        let with: Vec<&Held> = free.iter().copied().chain([**it]).collect();
        gives_no_more(role, &with)
    });
    bound.map(|it| it.condition.clone())
}

fn gives_no_more(role: &RoleDefinition, held: &[&Held]) -> bool {
    // A block with a condition of its own is the same only in the same role.
    let blocks: Vec<&Permission> = held
        .iter()
        .flat_map(|it| &it.role.permissions)
        .filter(|it| it.condition.is_none())
        .collect();
    held.iter().any(|it| it.role == *role) || role.permissions.iter().all(|it| within(it, &blocks))
}

/// Whether a condition speaks of the user, so that it means something else for another principal.
pub(super) fn speaks_of(condition: &str, user_id: &str) -> bool {
    let condition = condition.to_lowercase();
    condition.contains("@principal") || condition.contains(&user_id.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(name: &str, actions: &[&str]) -> RoleDefinition {
        let actions = actions.iter().map(|it| (*it).to_owned()).collect();
        let permissions = vec![Permission { actions, ..Permission::default() }];
        RoleDefinition { id: name.to_owned(), name: name.to_owned(), permissions }
    }

    fn held(scope: &str, role: RoleDefinition, condition: Option<&str>) -> Held {
        Held { scope: Scope(scope.to_owned()), role, condition: condition.map(str::to_owned) }
    }

    fn scope(text: &str) -> Scope {
        Scope(text.to_owned())
    }

    #[test]
    fn a_role_is_bound_by_what_is_held_there_and_above() {
        let all = role("All", &["*"]);
        let web = role("Web", &["Microsoft.Web/*"]);
        let holds = [held("/s/a", all.clone(), None), held("/s/b", web.clone(), None)];
        assert_eq!(bound(&web, &scope("/s/a/site"), &holds), Some(None));
        assert_eq!(bound(&all, &scope("/s/b"), &holds), None);
        assert_eq!(bound(&web, &scope("/s"), &holds), None);
    }

    #[test]
    fn a_condition_goes_along_where_only_what_it_restricts_would_do() {
        let (all, web) = (role("All", &["*"]), role("Web", &["Microsoft.Web/*"]));
        let holds = [held("/s", all.clone(), Some("c")), held("/s/a", web.clone(), None)];
        assert_eq!(bound(&web, &scope("/s/a"), &holds), Some(None));
        assert_eq!(bound(&web, &scope("/s/b"), &holds), Some(Some("c".to_owned())));
        assert_eq!(bound(&all, &scope("/s/a"), &holds), Some(Some("c".to_owned())));
    }

    #[test]
    fn a_block_with_a_condition_bounds_its_own_role_alone() {
        let mut some = role("Some", &["*"]);
        some.permissions[0].condition = Some("c".to_owned());
        let holds = [held("/s", some.clone(), None)];
        assert_eq!(bound(&some, &scope("/s"), &holds), Some(None));
        assert_eq!(bound(&role("Web", &["Microsoft.Web/*"]), &scope("/s"), &holds), None);
    }

    #[test]
    fn what_is_held_is_held_further_in_and_not_further_out() {
        let reader = || role("Reader", &["*/read"]);
        let held = [held("/s/a", reader(), None), held("/s/b", reader(), None)];
        let read = |on: &str| holds(&held, Plane::Control, "A/b/read", &scope(on));
        assert!(read("/s/a/site") && !read("/s"));
        assert!(!holds(&held, Plane::Control, "A/b/write", &scope("/s/a")));
        let within = holds_within(&held, Plane::Control, "A/b/read", &scope("/s"));
        assert_eq!(within, [scope("/s/a"), scope("/s/b")]);
    }

    #[test]
    fn a_condition_that_speaks_of_the_user_is_told() {
        assert!(speaks_of("@Principal[Microsoft.Directory/CustomSecurityAttributes/Id:a]", "id"));
        assert!(speaks_of("… StringEquals 'ID-OF-BOT'", "id-of-bot"));
        assert!(!speaks_of("@Resource[…] StringEquals 'logs'", "id-of-bot"));
    }
}
