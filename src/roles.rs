//! Which role assignments a workload needs: never more than the user had.

use crate::{
    config::Config,
    observe::{Held, Observed, Permission, RoleDefinition, User},
    resource::Scope,
};

/// With this, an identity can give itself any other right.
const ASSIGNS_ROLES: &str = "Microsoft.Authorization/roleAssignments/write";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub role: RoleDefinition,
    pub scope: Scope,
    pub because: String,
}

/// What is assigned, and what is not and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    pub assigned: Vec<Choice>,
    pub refused: Vec<String>,
}

/// The roles that the configuration names, as far as `user` has their rights; without any named,
/// the roles that the user holds, but for those that could give more.
pub fn choose(user: &str, holder: &User, observed: &Observed, config: &Config) -> Choices {
    let mut choices = Choices::default();
    if config.roles.is_empty() {
        for held in &holder.holds {
            let because = format!("{user} holds it");
            choices.add(&held.role, &held.scope, because, config);
        }
        return choices;
    }
    for wanted in &config.roles {
        let scope = full_scope(&wanted.scope, &observed.subscription_id);
        let Some(role) = observed.roles.get(&wanted.role) else { continue };
        match holder.holds.iter().find(|held| covers(held, role, &scope)) {
            Some(held) => {
                let because = format!("workid.yaml names it, and {user} holds {} on {}", held.role.name, held.scope.short());
                choices.add(role, &scope, because, config);
            }
            None => choices.refused.push(format!(
                "{} on {} is not assigned: {user} has no such rights there, and an identity never gets more",
                role.name,
                scope.short()
            )),
        }
    }
    choices
}

impl Choices {
    fn add(&mut self, role: &RoleDefinition, scope: &Scope, because: String, config: &Config) {
        if allows(&role.permissions, ASSIGNS_ROLES) && !config.allow_roles.contains(&role.name) {
            self.refused.push(format!(
                "{} on {} is not assigned: it may assign roles. Name the roles that the scripts need in workid.yaml \
                 (roles), or this one (allow_roles)",
                role.name,
                scope.short()
            ));
        } else {
            self.assigned.push(Choice { role: role.clone(), scope: scope.clone(), because });
        }
    }
}

/// A scope as the configuration writes it: an ID, or the name of a resource group.
pub fn full_scope(scope: &str, subscription_id: &str) -> Scope {
    let scope = scope.trim_end_matches('/');
    match scope {
        "" | "subscription" => Scope(format!("/subscriptions/{subscription_id}")),
        id if id.starts_with('/') => Scope(id.to_owned()),
        group => Scope(format!("/subscriptions/{subscription_id}/resourceGroups/{group}")),
    }
}

fn covers(held: &Held, role: &RoleDefinition, scope: &Scope) -> bool {
    contains(&held.scope, scope)
        && role.permissions.iter().all(|it| within(it, &held.role.permissions))
}

fn contains(outer: &Scope, inner: &Scope) -> bool {
    let (outer, inner) = (outer.0.to_lowercase(), inner.0.to_lowercase());
    // What the user inherits from a management group holds in the whole subscription.
    let above = outer == "/" || outer.starts_with("/providers/microsoft.management/");
    above || inner == outer || inner.strip_prefix(&outer).is_some_and(|it| it.starts_with('/'))
}

/// Whether everything that `wanted` allows is allowed by one of `held`.
fn within(wanted: &Permission, held: &[Permission]) -> bool {
    let each = |wanted: &[String],
                wanted_not: &[String],
                of: fn(&Permission) -> (&[String], &[String])| {
        wanted.iter().all(|action| {
            held.iter().any(|it| {
                let (actions, not) = of(it);
                // An exception of the held role matters unless the wanted one makes it, too.
                let lost = not.iter().any(|it| {
                    overlaps(it, action) && !wanted_not.iter().any(|not| matches(not, it))
                });
                actions.iter().any(|it| matches(it, action)) && !lost
            })
        })
    };
    each(&wanted.actions, &wanted.not_actions, |it| (&it.actions, &it.not_actions))
        && each(&wanted.data_actions, &wanted.not_data_actions, |it| {
            (&it.data_actions, &it.not_data_actions)
        })
}

fn allows(permissions: &[Permission], action: &str) -> bool {
    permissions.iter().any(|it| {
        it.actions.iter().any(|it| matches(it, action))
            && !it.not_actions.iter().any(|it| matches(it, action))
    })
}

/// Whether `pattern` allows all that `action` may stand for.
fn matches(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_lowercase(), action.to_lowercase());
    let mut rest = action.as_str();
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(after) = rest.strip_prefix(first) else { return false };
    rest = after;
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Whether some action matches both patterns.
fn overlaps(a: &str, b: &str) -> bool {
    fn go(a: &[u8], b: &[u8]) -> bool {
        match (a.split_first(), b.split_first()) {
            (None, None) => true,
            (Some((b'*', a_rest)), _) if go(a_rest, b) => true,
            (_, Some((b'*', b_rest))) if go(a, b_rest) => true,
            (Some((b'*', _)), Some((_, b_rest))) => go(a, b_rest),
            (Some((_, a_rest)), Some((b'*', _))) => go(a_rest, b),
            (Some((x, a_rest)), Some((y, b_rest))) => x == y && go(a_rest, b_rest),
            _ => false,
        }
    }
    go(a.to_lowercase().as_bytes(), b.to_lowercase().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    fn role(name: &str, actions: &[&str], not_actions: &[&str]) -> RoleDefinition {
        let list = |it: &[&str]| it.iter().map(|it| (*it).to_owned()).collect();
        let permission = Permission {
            actions: list(actions),
            not_actions: list(not_actions),
            ..Permission::default()
        };
        RoleDefinition { id: name.to_owned(), name: name.to_owned(), permissions: vec![permission] }
    }

    const AUTHORIZATION: &[&str] =
        &["Microsoft.Authorization/*/Write", "Microsoft.Authorization/*/Delete"];

    fn chosen(held: RoleDefinition, wanted: Option<RoleDefinition>, allow: &[&str]) -> Choices {
        let scope = Scope("/subscriptions/s".to_owned());
        let user = User { id: "u".to_owned(), holds: vec![Held { scope, role: held }] };
        let mut observed = Observed { subscription_id: "s".to_owned(), ..Observed::default() };
        let mut config = Config {
            allow_roles: allow.iter().map(|it| (*it).to_owned()).collect(),
            ..Config::default()
        };
        if let Some(wanted) = wanted {
            config
                .roles
                .push(config::Role { role: wanted.name.clone(), scope: "rg-web".to_owned() });
            observed.roles.insert(wanted.name.clone(), wanted);
        }
        choose("bot@contoso.com", &user, &observed, &config)
    }

    #[test]
    fn a_named_role_is_assigned_where_the_user_has_its_rights() {
        let contributor = || role("Contributor", &["*"], AUTHORIZATION);
        let web = role(
            "Website Contributor",
            &["Microsoft.Web/sites/*", "Microsoft.Authorization/*/read"],
            &[],
        );
        let choices = chosen(contributor(), Some(web.clone()), &[]);
        assert_eq!(choices.assigned[0].scope.0, "/subscriptions/s/resourceGroups/rg-web");
        let access = role("User Access Administrator", &["Microsoft.Authorization/*"], &[]);
        assert!(
            chosen(contributor(), Some(access), &["User Access Administrator"]).assigned.is_empty()
        );
        let reader = role("Reader", &["*/read"], &[]);
        assert!(chosen(reader, Some(web), &[]).assigned.is_empty());
    }

    #[test]
    fn a_role_that_assigns_roles_has_to_be_named() {
        let owner = || role("Owner", &["*"], &[]);
        assert!(chosen(owner(), None, &[]).assigned.is_empty());
        assert_eq!(chosen(owner(), None, &["Owner"]).assigned.len(), 1);
        let contributor = role("Contributor", &["*"], AUTHORIZATION);
        assert_eq!(chosen(contributor, None, &[]).assigned.len(), 1);
    }

    #[test]
    fn patterns_match_and_overlap_as_azure_reads_them() {
        assert!(matches("*/read", "Microsoft.Web/sites/read"));
        assert!(!matches("*/read", "Microsoft.Web/sites/*"));
        assert!(matches("Microsoft.Web/*", "Microsoft.Web/sites/*"));
        assert!(overlaps("Microsoft.Authorization/*/Write", "Microsoft.Authorization/*"));
        assert!(!overlaps("Microsoft.Authorization/*/Write", "Microsoft.Authorization/*/read"));
    }
}
