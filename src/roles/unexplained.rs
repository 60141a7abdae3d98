//! What the Activity Log shows and no scanned command asks for: a script that was not scanned.

use super::{
    Ask, pattern,
    place::{Place, contains, place},
};
use crate::{
    observe::{Log, Observed, User, Write},
    resource::Scope,
};
use serde::{Deserialize, Serialize};

/// A write of a user that no scanned code explains.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unexplained {
    pub user: String,
    #[serde(flatten)]
    pub write: Write,
}

/// The writes of a user that none of `asks` is.
pub fn unexplained(name: &str, user: &User, asks: &[Ask], observed: &Observed) -> Vec<Unexplained> {
    let Log::Read { writes, .. } = &user.log else { return Vec::new() };
    let explained = |write: &&Write| {
        asks.iter().any(|it| {
            let action = it.need.action.split('{').next().unwrap_or_default();
            let same = if action.len() < it.need.action.len() {
                // What the arguments name may be anything that is done in the same way.
                let verb = write.action.rsplit('/').next().unwrap_or_default();
                it.need.action.to_ascii_lowercase().ends_with(&verb.to_ascii_lowercase())
            } else {
                pattern::matches(&it.need.action, &write.action)
            };
            same && may_be_on(it, &write.scope, observed)
        })
    };
    let rest = writes.iter().filter(|it| !explained(it));
    rest.map(|write| Unexplained { user: name.to_owned(), write: write.clone() }).collect()
}

fn may_be_on(ask: &Ask, scope: &Scope, observed: &Observed) -> bool {
    match place(&ask.need.reach, observed) {
        Place::At(own) | Place::Wider(own, _) => contains(&own, scope),
        Place::Unknown => true,
        Place::Elsewhere(_) => false,
    }
}
