//! A sign-in that may have no subscription.

use super::Caveat;
use crate::lang::{Call, Names};

pub(super) const CAVEAT: Caveat = Caveat {
    id: "no-subscriptions",
    summary: "signs in even where there is no subscription",
    explanation: "An identity sees the subscriptions in which it has a role. One without any is refused at \
                  the sign-in (No subscriptions found), unless that is allowed.",
    instead: "Keep `--allow-no-subscriptions` where the identity gets no role in Azure, such as for \
                  Microsoft Graph alone; `allow-no-subscriptions: true` of azure/login does the same. \
                  Where it gets one, it is not needed.",
    references: &["https://learn.microsoft.com/cli/azure/authenticate-azure-cli-service-principal"],
    federated: false,
    delegated: false,
    find,
    flagged: &[("bash", "az login -u \"$U\" -p \"$P\" --allow-no-subscriptions")],
    passed: &[("bash", "az login -u \"$U\" -p \"$P\"")],
};

fn find(call: &Call, _: &Names<'_>) -> bool {
    call.name == "az login" && call.has("--allow-no-subscriptions")
}
