//! A sign-out that names the user.

use super::Caveat;
use crate::lang::{Call, Names};

pub(super) const CAVEAT: Caveat = Caveat {
    id: "sign-out-by-name",
    summary: "signs out an account by its name",
    explanation: "`az logout --username` and `Disconnect-AzAccount -Username` sign out that account alone. \
                  It is no longer signed in then, so that nothing is signed out, without an error, and the \
                  session of the identity stays behind.",
    instead: "`az logout` and `Disconnect-AzAccount` without a name sign out whoever is signed in.",
    references: &[
        "https://learn.microsoft.com/cli/azure/reference-index#az-logout",
        "https://learn.microsoft.com/powershell/module/az.accounts/disconnect-azaccount",
    ],
    federated: false,
    delegated: false,
    find,
    flagged: &[
        ("bash", "az logout --username \"$AZ_USER\""),
        ("powershell", "Disconnect-AzAccount -Username $user"),
    ],
    passed: &[("bash", "az logout"), ("powershell", "Disconnect-AzAccount -Scope Process")],
};

fn find(call: &Call, _: &Names<'_>) -> bool {
    match call.name.as_str() {
        "az logout" => call.has("--username"),
        "disconnect-azaccount" => call.has("-username"),
        _ => false,
    }
}
