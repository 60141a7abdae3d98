//! Caveats: what works as a user, and breaks once a workload identity takes the user's place.
//!
//! To add a caveat, write `caveats/<name>.rs` with one [`Caveat`] and name it twice below. Its own
//! examples are its tests and its documentation.

mod access_policy_user;
mod access_token_user;
mod account_user_name;
mod client_secret;
mod devops_membership;
mod directory_permissions;
mod graph_me;
mod kubelogin_mode;
mod long_federated_job;
mod no_subscriptions;
mod registry_user_password;
mod sign_out_by_name;
mod signed_in_user;
mod terraform_cli_session;

use crate::lang::{Call, Names};

pub const CAVEATS: &[&Caveat] = &[
    &signed_in_user::CAVEAT,
    &graph_me::CAVEAT,
    &directory_permissions::CAVEAT,
    &account_user_name::CAVEAT,
    &access_token_user::CAVEAT,
    &access_policy_user::CAVEAT,
    &kubelogin_mode::CAVEAT,
    &terraform_cli_session::CAVEAT,
    &registry_user_password::CAVEAT,
    &client_secret::CAVEAT,
    &devops_membership::CAVEAT,
    &long_federated_job::CAVEAT,
    &no_subscriptions::CAVEAT,
    &sign_out_by_name::CAVEAT,
];

pub struct Caveat {
    pub id: &'static str,
    /// Completes the sentence "This call …".
    pub summary: &'static str,
    pub explanation: &'static str,
    /// What to do about it.
    pub instead: &'static str,
    pub references: &'static [&'static str],
    /// It matters only where the platform signs tokens for the workload.
    pub federated: bool,
    /// It works for a user alone: a script that has it needs more than another sign-in.
    pub delegated: bool,
    find: fn(&Call, &Names<'_>) -> bool,
    pub flagged: &'static [Example],
    /// Near misses.
    pub passed: &'static [Example],
}

impl std::fmt::Debug for Caveat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}

impl PartialEq for Caveat {
    fn eq(&self, other: &Caveat) -> bool {
        self.id == other.id
    }
}

/// A language and a text in it.
pub type Example = (&'static str, &'static str);

pub fn by_id(id: &str) -> Option<&'static Caveat> {
    CAVEATS.iter().copied().find(|it| it.id == id)
}

/// What is to be known of a call before its user is replaced.
pub fn of(call: &Call, names: &Names<'_>) -> Vec<&'static Caveat> {
    CAVEATS.iter().copied().filter(|it| (it.find)(call, names)).collect()
}

/// Whether a command of the Azure CLI is one of a group, or that group's own.
fn is_within(call: &Call, group: &str) -> bool {
    let rest = call.name.strip_prefix("az ").and_then(|it| it.strip_prefix(group));
    rest.is_some_and(|it| it.is_empty() || it.starts_with(' '))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::by_name;

    #[test]
    fn every_caveat_flags_its_examples_and_passes_its_near_misses() {
        for caveat in CAVEATS {
            let found = |(language, text): &Example| {
                let parsed = by_name(language).unwrap().parse(text, &[]);
                let names = Names::of(&parsed);
                parsed.calls.iter().filter(|it| (caveat.find)(it, &names)).count()
            };
            assert!(!caveat.flagged.is_empty() && !caveat.passed.is_empty(), "{}", caveat.id);
            for example in caveat.flagged {
                assert_eq!(found(example), 1, "{} should flag: {}", caveat.id, example.1);
            }
            for example in caveat.passed {
                assert_eq!(found(example), 0, "{} should pass: {}", caveat.id, example.1);
            }
        }
    }
}
