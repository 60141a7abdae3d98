//! Which role assignments a workload needs: what its commands ask for, and never more than the user had.
//!
//! | what is known | what is assigned | where |
//! |---|---|---|
//! | `workid.yaml` names roles | those, as far as the user has their rights | `stated.rs` |
//! | what every command needs | the fewest roles for it | `needed.rs`, `select.rs` |
//! | not all of it | what the user holds, narrowed by what the Activity Log shows | `held.rs` |

mod bound;
mod exact;
mod held;
mod needed;
mod pattern;
mod place;
mod pool;
mod select;
mod stated;
mod unexplained;

#[cfg(test)]
mod tests;

pub use exact::ExactRole;
pub use place::{contains, full_scope, group_of};
pub use unexplained::{Unexplained, unexplained};

use crate::{
    catalog::Catalog,
    config::Config,
    needs::{Need, Plane, Reach},
    observe::{Observed, RoleDefinition, User},
    resource::Scope,
    scan::Command,
};
use serde::{Deserialize, Serialize};

/// What to know of a role that may assign roles.
const WARNING: &str = "whoever has it can give itself any other right: make it as narrow as you can, with a condition on \
                       the roles that it may assign";

/// An action that a command asks for. What the Activity Log shows has no command.
#[derive(Clone, Debug)]
pub struct Ask {
    pub need: Need,
    pub command: Option<Command>,
}

/// What an identity is to do in the place of a user.
pub struct Job<'j> {
    pub user: &'j str,
    pub holder: &'j User,
    pub asks: Vec<Ask>,
    /// Why what it needs is not known in full; nothing if it is.
    pub gaps: Vec<String>,
}

/// A command that asks for an action, as a reason for a role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Asked {
    pub path: String,
    pub line: usize,
    pub command: String,
    pub action: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub role: RoleDefinition,
    pub scope: Scope,
    pub because: String,
    /// What asks for it.
    pub asked: Vec<Asked>,
    /// How many writes and operations it allows that nothing asks for, where that was counted.
    pub beyond: Option<usize>,
    /// The condition under which the user holds it.
    pub condition: Option<String>,
    /// What to know before it is assigned.
    pub warning: Option<String>,
}

/// What is assigned, and what is not and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    pub assigned: Vec<Choice>,
    pub refused: Vec<String>,
    /// What commands ask for, and the user may not do.
    pub doubts: Vec<String>,
    /// Exactly what is asked for, instead of the built-in roles.
    pub exact: Vec<ExactRole>,
}

/// Whether what somebody holds allows an action of Azure Resource Manager.
pub fn may(held: &[crate::catalog::Permission], action: &str) -> bool {
    pattern::allows(held, Plane::Control, action)
}

/// The roles for a job.
pub fn choose(job: &Job<'_>, observed: &Observed, config: &Config) -> Choices {
    if !config.roles.is_empty() {
        return stated::choose(job, observed, config);
    }
    if !job.gaps.is_empty() {
        return held::choose(job, observed, config);
    }
    let needed = needed::choose(job, observed, config);
    // A user who may do nothing of it: what was scanned is not what runs.
    let nothing = needed.assigned.is_empty() && needed.refused.is_empty();
    if nothing { held::all(job, &needed.doubts.join("; "), config) } else { needed }
}

/// The roles that commands need, where nobody was asked what the user holds.
pub fn proposed(asks: &[Ask], observed: &Observed, config: &Config, catalog: &Catalog) -> Choices {
    needed::propose(asks, observed, config, catalog)
}

/// The resources whose IDs have to be asked for, by type and name.
pub fn named_resources<'a>(asks: impl Iterator<Item = &'a Ask>) -> Vec<(String, String)> {
    let named = asks.filter_map(|it| match &it.need.reach {
        Reach::Resource { kind, name, .. } if place::is_top(kind) && place::is_written(name) => {
            Some((kind.clone(), name.clone()))
        }
        _ => None,
    });
    let mut named: Vec<(String, String)> = named.collect();
    let lower = |it: &(String, String)| (it.0.to_ascii_lowercase(), it.1.to_ascii_lowercase());
    named.sort_by_cached_key(lower);
    named.dedup_by_key(|it| lower(it));
    named
}

impl Ask {
    fn asked(&self) -> Option<Asked> {
        let command = self.command.as_ref()?;
        Some(Asked {
            action: self.need.action.clone(),
            command: command.name.clone(),
            path: command.path.clone(),
            line: command.line,
        })
    }

    /// `az vm start (deploy.sh:12)`
    fn place(&self) -> String {
        let place = |it: &Command| format!("{} ({}:{})", it.name, it.path, it.line);
        self.command.as_ref().map_or_else(|| "the Activity Log".to_owned(), place)
    }
}

impl Choices {
    /// Assigns a role, unless it can give rights and nobody has named it, or the user holds it under
    /// a condition that would mean something else for another principal.
    fn add(&mut self, choice: Choice, named: bool, config: &Config, job: Option<&Job<'_>>) {
        if let (Some(condition), Some(job)) = (&choice.condition, job)
            && bound::speaks_of(condition, &job.holder.id)
        {
            self.refuse(format!(
                "{} on {} is not assigned: {} holds it under a condition that speaks of the user. Assign it with one \
                 for the identity",
                choice.role.name,
                choice.scope.short(),
                job.user
            ));
            return;
        }
        let gives = bound::gives_rights(&choice.role.permissions);
        if gives && !named && !config.allow_roles.contains(&choice.role.name) {
            self.refuse(format!(
                "{} on {} is not assigned: it may assign roles. Name the roles that the scripts need in workid.yaml \
                 (roles), or this one (allow_roles)",
                choice.role.name,
                choice.scope.short()
            ));
            return;
        }
        let warning = if gives { Some(WARNING.to_owned()) } else { choice.warning.clone() };
        let same = |it: &Choice| it.role.id == choice.role.id && it.scope == choice.scope;
        if !self.assigned.iter().any(same) {
            self.assigned.push(Choice { warning, ..choice });
        }
    }

    fn refuse(&mut self, why: String) {
        if !self.refused.contains(&why) {
            self.refused.push(why);
        }
    }

    fn doubt(&mut self, what: String) {
        if !self.doubts.contains(&what) {
            self.doubts.push(what);
        }
    }
}

/// Whether a need is one of a plane and an action, in whichever case it is written.
fn is(need: &Need, plane: Plane, action: &str) -> bool {
    need.plane == plane && need.action.eq_ignore_ascii_case(action)
}
