//! The fewest roles that allow some actions: those that an engineer would choose for them.

use super::{
    pattern::allows,
    pool::{self, Allows},
};
use crate::{catalog::Permission, needs::Plane};
use std::collections::BTreeSet;

/// More roles than this are no choice that a person would make: a wider one takes their place.
const MOST: usize = 3;

/// Of the roles that serve, the cheapest are tried in all combinations.
const TRIED: usize = 40;

/// What one more role costs, in the weight of what it allows beyond what is wanted.
const ROLE: u64 = 120;

/// A role that is not among those that people choose from, such as one of the tenant's own.
const UNUSUAL: u64 = 2000;

/// An action that a role has to allow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Want {
    pub(super) action: String,
    pub(super) plane: Plane,
    /// Without it the commands do not work. What is not required is the reason for no role.
    pub(super) required: bool,
}

/// A role that may be chosen.
#[derive(Clone, Copy)]
pub(super) struct Candidate<'r> {
    pub(super) name: &'r str,
    pub(super) permissions: &'r [Permission],
}

/// A role that is chosen, for the wants at these places of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Picked {
    /// Its place among the candidates.
    pub(super) role: usize,
    pub(super) wants: Vec<usize>,
    /// Those of them that its pattern is meant to allow, as far as can be known.
    pub(super) doubtful: Vec<usize>,
    /// How many writes and operations it allows that nobody wants.
    pub(super) beyond: usize,
}

/// Every action that is known, as far as it writes or operates: what a role allows is counted in these.
pub(super) struct Known {
    control: Vec<String>,
    data: Vec<String>,
}

impl Known {
    pub(super) fn new(actions: impl Iterator<Item = (Plane, String)>) -> Known {
        let mut known: BTreeSet<(Plane, String)> =
            actions.map(|(plane, it)| (plane, it.to_ascii_lowercase())).collect();
        known.retain(|(_, it)| !it.contains(['*', '{']) && !pool::comes_along(it));
        let (control, data): (Vec<_>, Vec<_>) =
            known.into_iter().partition(|(plane, _)| *plane == Plane::Control);
        let names = |it: Vec<(Plane, String)>| it.into_iter().map(|(_, it)| it).collect();
        Known { control: names(control), data: names(data) }
    }

    /// The actions that a role allows beyond what is wanted.
    fn beyond<'k>(
        &'k self,
        role: Candidate<'k>,
        wants: &'k [Want],
    ) -> impl Iterator<Item = (Plane, &'k str)> {
        let all = self.control.iter().map(|it| (Plane::Control, it.as_str()));
        let all = all.chain(self.data.iter().map(|it| (Plane::Data, it.as_str())));
        all.filter(move |(plane, action)| {
            allows(role.permissions, *plane, action)
                && !wants
                    .iter()
                    .any(|it| it.plane == *plane && it.action.eq_ignore_ascii_case(action))
        })
    }
}

/// The roles for `wants`; a want that no candidate serves is in none of them.
pub(super) fn select(wants: &[Want], candidates: &[Candidate<'_>], known: &Known) -> Vec<Picked> {
    let served: Vec<Served> = serving(wants, candidates, known);
    let all = served.iter().flat_map(|it| it.wants.iter().copied());
    let required: BTreeSet<usize> = all.filter(|it| wants[*it].required).collect();
    picked(cover(&required, &served), wants, candidates, known)
}

/// A candidate, with the wants it serves.
struct Served {
    role: usize,
    wants: BTreeSet<usize>,
    doubtful: BTreeSet<usize>,
    cost: u64,
}

/// The candidates that serve at all, the cheapest first, without those that another one surpasses.
fn serving(wants: &[Want], candidates: &[Candidate<'_>], known: &Known) -> Vec<Served> {
    let mut served: Vec<Served> = Vec::new();
    for (role, candidate) in candidates.iter().enumerate() {
        let how =
            |it: &Want| pool::serves(candidate.name, candidate.permissions, it.plane, &it.action);
        let found: Vec<(usize, Allows)> =
            wants.iter().enumerate().filter_map(|(at, it)| Some((at, how(it)?))).collect();
        let business =
            |(at, _): &(usize, Allows)| pool::is_business(candidate.name, &wants[*at].action);
        if !found.iter().any(business) {
            continue;
        }
        let doubtful =
            found.iter().filter(|(_, it)| *it == Allows::Perhaps).map(|(at, _)| *at).collect();
        let wanted = found.into_iter().map(|(at, _)| at).collect();
        let cost = cost(*candidate, wants, known);
        served.push(Served { role, wants: wanted, doubtful, cost });
    }
    served.sort_by_key(|it| (it.cost, it.role));
    let mut kept: Vec<Served> = Vec::new();
    for it in served {
        if !kept.iter().any(|kept| kept.wants.is_superset(&it.wants)) {
            kept.push(it);
        }
    }
    kept
}

fn cost(role: Candidate<'_>, wants: &[Want], known: &Known) -> u64 {
    let near: BTreeSet<String> = wants.iter().map(|it| pool::namespace(&it.action)).collect();
    let weight = |(plane, action): (Plane, &str)| {
        if pool::reads(action) && plane == Plane::Control {
            return 0;
        }
        let sensitive = if pool::is_sensitive(action) { 5 } else { 1 };
        let far = if near.contains(&pool::namespace(action)) { 1 } else { 3 };
        4 * sensitive * far
    };
    let unusual = if pool::entry_of(role.name).is_none() { UNUSUAL } else { 0 };
    known.beyond(role, wants).map(weight).sum::<u64>() + unusual + ROLE
}

/// The cheapest roles that serve all of `wanted`, at most [`MOST`] of them if that can be.
fn cover<'s>(wanted: &BTreeSet<usize>, served: &'s [Served]) -> Vec<&'s Served> {
    let of_use: Vec<&Served> = served.iter().filter(|it| !it.wants.is_disjoint(wanted)).collect();
    let tried = &of_use[..of_use.len().min(TRIED)];
    let mut best: Option<(u64, Vec<&Served>)> = None;
    let mut combine = vec![(Vec::new(), BTreeSet::new(), 0, 0)];
    while let Some((chosen, done, cost, from)) = combine.pop() {
        if wanted.is_subset(&done) {
            if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                best = Some((cost, chosen));
            }
            continue;
        }
        if chosen.len() == MOST {
            continue;
        }
        for (at, it) in tried.iter().enumerate().skip(from) {
            if best.as_ref().is_none_or(|(least, _)| cost + it.cost < *least) {
                let mut chosen: Vec<&Served> = chosen.clone();
                chosen.push(it);
                let done: BTreeSet<usize> = done.union(&it.wants).copied().collect();
                combine.push((chosen, done, cost + it.cost, at + 1));
            }
        }
    }
    best.map_or_else(|| one_by_one(wanted, &of_use), |(_, chosen)| chosen)
}

/// As many roles as it takes, each time the one that serves most of what is left.
fn one_by_one<'s>(wanted: &BTreeSet<usize>, served: &[&'s Served]) -> Vec<&'s Served> {
    let mut left = wanted.clone();
    let mut chosen = Vec::new();
    let serves = |it: &Served, left: &BTreeSet<usize>| it.wants.intersection(left).count();
    while let Some(next) =
        served.iter().max_by_key(|it| (serves(it, &left), std::cmp::Reverse(it.cost)))
        && serves(next, &left) > 0
    {
        left.retain(|it| !next.wants.contains(it));
        chosen.push(*next);
    }
    chosen
}

/// Each want is the reason for one of the chosen roles: one whose business it is, if there is one.
fn picked(
    chosen: Vec<&Served>,
    wants: &[Want],
    candidates: &[Candidate<'_>],
    known: &Known,
) -> Vec<Picked> {
    let mut roles: Vec<Picked> =
        chosen.iter().map(|it| Picked { role: it.role, ..Picked::default() }).collect();
    for (at, want) in wants.iter().enumerate() {
        let fits = |it: &Served| {
            let name = candidates[it.role].name;
            (
                it.doubtful.contains(&at),
                pool::is_wide(name) || !pool::is_business(name, &want.action),
            )
        };
        let serving = chosen.iter().enumerate().filter(|(_, it)| it.wants.contains(&at));
        let Some((best, it)) = serving.min_by_key(|(_, it)| fits(it)) else { continue };
        roles[best].wants.push(at);
        if it.doubtful.contains(&at) {
            roles[best].doubtful.push(at);
        }
    }
    for role in &mut roles {
        let beyond = known.beyond(candidates[role.role], wants);
        role.beyond = beyond.filter(|(_, it)| !pool::reads(it)).count();
    }
    roles.retain(|it| !it.wants.is_empty());
    roles
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        catalog::{Catalog, Role},
        roles::needed::KNOWN,
    };

    /// The names of the roles that are chosen, from those of the pool.
    fn chosen(required: &[&str], others: &[&str]) -> Vec<String> {
        let catalog = Catalog::default();
        let roles: Vec<Role> = pool::names().filter_map(|it| catalog.role(it)).collect();
        let candidates: Vec<Candidate<'_>> = roles
            .iter()
            .map(|it| Candidate { name: &it.name, permissions: &it.permissions })
            .collect();
        let want = |required| {
            move |it: &&str| Want { action: (*it).to_owned(), plane: Plane::Control, required }
        };
        let wants: Vec<Want> =
            required.iter().map(want(true)).chain(others.iter().map(want(false))).collect();
        let picked = select(&wants, &candidates, &KNOWN);
        picked.iter().map(|it| roles[it.role].name.clone()).collect()
    }

    #[test]
    fn what_only_looks_is_for_the_reader() {
        assert_eq!(
            chosen(&["Microsoft.Web/sites/read", "Microsoft.Sql/servers/read"], &[]),
            ["Reader"]
        );
    }

    #[test]
    fn the_role_of_the_resource_is_chosen_and_not_that_with_the_fewest_actions() {
        assert_eq!(chosen(&["Microsoft.Web/sites/write"], &[]), ["Website Contributor"]);
        assert_eq!(
            chosen(&["Microsoft.Compute/virtualMachines/start/action"], &[]),
            ["Virtual Machine Contributor"]
        );
    }

    #[test]
    fn more_than_three_kinds_of_resources_take_contributor() {
        let three = [
            "Microsoft.Web/sites/write",
            "Microsoft.Sql/servers/write",
            "Microsoft.KeyVault/vaults/write",
        ];
        assert_eq!(chosen(&three, &[]).len(), 3);
        let five = [
            &three[..],
            &["Microsoft.Storage/storageAccounts/write", "Microsoft.Cache/redis/write"],
        ]
        .concat();
        assert_eq!(chosen(&five, &[]), ["Contributor"]);
    }

    #[test]
    fn what_is_not_required_takes_no_further_role() {
        let (need, other) =
            (["Microsoft.Web/sites/write"], ["Microsoft.Network/virtualNetworks/write"]);
        assert_eq!(chosen(&need, &other), ["Website Contributor"]);
    }

    #[test]
    fn what_no_role_serves_takes_none() {
        let web = Catalog::default().role("Website Contributor").unwrap();
        let candidate = Candidate { name: &web.name, permissions: &web.permissions };
        let want = |action: &str| Want {
            action: action.to_owned(),
            plane: Plane::Control,
            required: true,
        };
        let wants = [want("Contoso.Fly/planes/write"), want("Microsoft.Web/sites/write")];
        let picked = select(&wants, &[candidate], &KNOWN);
        assert_eq!(picked[0].wants, [1]);
        assert!(select(&wants[..1], &[candidate], &KNOWN).is_empty());
    }
}
