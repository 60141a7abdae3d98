//! The name of the account, where a user is expected.

use super::Caveat;
use crate::lang::{Call, Names};

pub(super) const CAVEAT: Caveat = Caveat {
    id: "account-user-name",
    summary: "asks for the name of the account",
    explanation: "`user.name` is the client ID of a service principal then, and `systemAssignedIdentity` \
                  or `userAssignedIdentity` of a managed identity. What takes it for an address or a user \
                  name goes wrong.",
    instead: "Pass on what is wanted as a setting, or look the identity up by its client ID.",
    references: &["https://learn.microsoft.com/cli/azure/account"],
    federated: false,
    delegated: false,
    find,
    flagged: &[
        ("bash", "U=$(az account show --query user.name -o tsv)"),
        ("bash", "az account show -o tsv --query \"{n: user.name}\""),
    ],
    passed: &[("bash", "az account show --query id -o tsv"), ("bash", "az account show")],
};

fn find(call: &Call, names: &Names<'_>) -> bool {
    let query = call.value("--query").map(|it| names.shape(it)).unwrap_or_default();
    let is_show = ["az account show", "az account list"].contains(&call.name.as_str());
    is_show && query.contains("user.name")
}
