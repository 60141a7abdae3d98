//! `az ad signed-in-user`, `Get-AzADUser -SignedIn`.

use super::Caveat;
use crate::lang::{Call, Names};

pub(super) const CAVEAT: Caveat = Caveat {
    id: "signed-in-user",
    summary: "asks who is signed in, as a user",
    explanation: "A workload identity is no user: Microsoft Graph answers that /me request is only valid \
                  with delegated authentication flow.",
    instead: "Pass the object ID of the identity on as a setting, or ask for it: `az ad sp show --id \
                  CLIENT_ID --query id`, `az identity show --query principalId`.",
    references: &["https://learn.microsoft.com/cli/azure/ad/signed-in-user"],
    federated: false,
    delegated: false,
    find,
    flagged: &[
        ("bash", "ID=$(az ad signed-in-user show --query id -o tsv)"),
        ("powershell", "$me = Get-AzADUser -SignedIn"),
    ],
    passed: &[
        ("bash", "az ad user show --id a@contoso.com"),
        ("powershell", "Get-AzADUser -UserPrincipalName a@contoso.com"),
    ],
};

fn find(call: &Call, _: &Names<'_>) -> bool {
    super::is_within(call, "ad signed-in-user")
        || call.name == "get-azaduser" && call.has("-signedin")
}
