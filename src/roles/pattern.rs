//! What a pattern of actions, in which `*` stands for any text, allows.

use crate::{catalog::Permission, needs::Plane};

/// Whether `pattern` allows all that `action` may stand for, in whichever case they are written.
pub(super) fn matches(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.as_bytes(), action.as_bytes());
    let (mut at, mut here) = (0, 0);
    // Where the last `*` stands, and from where on what follows it is tried.
    let mut star: Option<(usize, usize)> = None;
    while here < action.len() {
        let wanted = pattern.get(at);
        if wanted == Some(&b'*') {
            star = Some((at, here));
            at += 1;
        } else if wanted.is_some_and(|it| it.eq_ignore_ascii_case(&action[here])) {
            at += 1;
            here += 1;
        } else if let Some((before, tried)) = star {
            (at, here) = (before + 1, tried + 1);
            star = Some((before, here));
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|it| *it == b'*')
}

/// Whether some action matches both patterns.
pub(super) fn overlaps(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    // For each beginning of `a`, one row at a time: whether it can be what the beginning of `b` is.
    let mut row = vec![false; b.len() + 1];
    row[0] = true;
    for (at, y) in b.iter().enumerate() {
        row[at + 1] = row[at] && *y == b'*';
    }
    for x in a {
        let mut next = vec![false; b.len() + 1];
        next[0] = row[0] && *x == b'*';
        for (at, y) in b.iter().enumerate() {
            next[at + 1] = if *x == b'*' || *y == b'*' {
                row[at + 1] || next[at] || row[at]
            } else {
                row[at] && x.eq_ignore_ascii_case(y)
            };
        }
        row = next;
    }
    row[b.len()]
}

fn lists(permission: &Permission, plane: Plane) -> (&[String], &[String]) {
    match plane {
        Plane::Control => (&permission.actions, &permission.not_actions),
        Plane::Data => (&permission.data_actions, &permission.not_data_actions),
    }
}

/// Whether one of the blocks allows an action. What a block leaves out another may allow.
pub(super) fn allows(permissions: &[Permission], plane: Plane, action: &str) -> bool {
    permissions.iter().any(|it| {
        let (actions, not) = lists(it, plane);
        actions.iter().any(|it| matches(it, action)) && !not.iter().any(|it| matches(it, action))
    })
}

/// Whether it is allowed if a part `/*/` of a pattern may stand for nothing at all. Azure has roles
/// that are meant so (`containerApps/*/write` in Container Apps Contributor).
pub(super) fn may_allow(permissions: &[Permission], plane: Plane, action: &str) -> bool {
    let shorter = |it: &String| it.contains("/*/") && matches(&it.replace("/*/", "/"), action);
    permissions.iter().any(|it| {
        let (actions, not) = lists(it, plane);
        actions.iter().any(shorter) && !not.iter().any(|it| matches(it, action))
    })
}

/// Whether everything that `wanted` allows is allowed by one of `held`.
pub(super) fn within(wanted: &Permission, held: &[&Permission]) -> bool {
    [Plane::Control, Plane::Data].into_iter().all(|plane| {
        let (actions, except) = lists(wanted, plane);
        actions.iter().all(|action| {
            held.iter().any(|it| {
                let (pattern, not) = lists(it, plane);
                // An exception of the held block matters unless the wanted one makes it, too.
                let lost = |it: &String| {
                    overlaps(it, action) && !except.iter().any(|not| matches(not, it))
                };
                pattern.iter().any(|it| matches(it, action)) && !not.iter().any(lost)
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn block(actions: &[&str], not_actions: &[&str]) -> Permission {
        let list = |it: &[&str]| it.iter().map(|it| (*it).to_owned()).collect();
        Permission {
            actions: list(actions),
            not_actions: list(not_actions),
            ..Permission::default()
        }
    }

    #[test]
    fn patterns_match_and_overlap_as_azure_reads_them() {
        assert!(matches("*/read", "Microsoft.Web/sites/read"));
        assert!(!matches("*/read", "Microsoft.Web/sites/*"));
        assert!(matches("Microsoft.Web/*", "microsoft.web/SITES/*"));
        assert!(matches("*", "") && matches("a**", "a") && !matches("", "a"));
        assert!(overlaps("Microsoft.Authorization/*/Write", "Microsoft.Authorization/*"));
        assert!(!overlaps("Microsoft.Authorization/*/Write", "Microsoft.Authorization/*/read"));
    }

    #[test]
    fn what_a_block_leaves_out_another_may_allow() {
        let blocks = [block(&["*"], &["A/*/write"]), block(&["A/b/write"], &[])];
        assert!(allows(&blocks, Plane::Control, "A/b/write"));
        assert!(!allows(&blocks, Plane::Control, "A/c/write"));
        assert!(!allows(&blocks, Plane::Data, "A/b/write"));
    }

    #[test]
    fn a_part_may_stand_for_nothing_where_that_is_asked() {
        let blocks = [block(&["Microsoft.App/containerApps/*/write"], &[])];
        assert!(!allows(&blocks, Plane::Control, "Microsoft.App/containerApps/write"));
        assert!(may_allow(&blocks, Plane::Control, "Microsoft.App/containerApps/write"));
        assert!(!may_allow(&blocks, Plane::Control, "Microsoft.App/jobs/write"));
    }

    #[test]
    fn an_exception_that_both_make_is_no_loss() {
        let held = block(&["*"], &["Microsoft.Authorization/*/Write"]);
        assert!(within(&block(&["Microsoft.Web/*"], &[]), &[&held]));
        assert!(!within(&block(&["*"], &[]), &[&held]));
        assert!(within(&block(&["*"], &["Microsoft.Authorization/*/Write"]), &[&held]));
        assert!(!within(&block(&["Microsoft.Authorization/*"], &[]), &[&held]));
    }

    proptest! {
        #[test]
        fn what_is_within_allows_nothing_more(
            wanted in "[ab*/]{0,6}", held in "[ab*/]{0,6}", not in "[ab*/]{0,6}", action in "[ab/]{0,6}",
        ) {
            let (wanted, held) = (block(&[&wanted], &[]), block(&[&held], &[&not]));
            if within(&wanted, &[&held]) && allows(&[wanted], Plane::Control, &action) {
                prop_assert!(allows(&[held], Plane::Control, &action));
            }
        }

        #[test]
        fn what_both_patterns_match_they_overlap_in(
            a in "[ab*/]{0,6}", b in "[ab*/]{0,6}", action in "[ab/]{0,6}",
        ) {
            prop_assert!(!(matches(&a, &action) && matches(&b, &action)) || overlaps(&a, &b));
        }
    }
}
