//! Access policies of Key Vault that are given to a user.

use super::Caveat;
use crate::lang::{Call, Names, Word};

pub(super) const CAVEAT: Caveat = Caveat {
    id: "access-policy-user",
    summary: "gives a user the access policy of a key vault",
    explanation: "The policy holds for the user and not for the identity that takes the user's place, \
                  which so cannot read what it could.",
    instead: "Give the identity a role on the vault, such as Key Vault Secrets User, or a policy of \
                  its own with `--object-id` of its service principal.",
    references: &["https://learn.microsoft.com/azure/key-vault/general/rbac-migration"],
    federated: false,
    delegated: false,
    find,
    flagged: &[
        ("bash", "az keyvault set-policy -n kv --upn a@contoso.com --secret-permissions get"),
        (
            "bash",
            "az keyvault set-policy -n kv --object-id \"$USER_OBJECT_ID\" --secret-permissions get",
        ),
        (
            "powershell",
            "Set-AzKeyVaultAccessPolicy -VaultName kv -UserPrincipalName a@contoso.com -PermissionsToSecrets get",
        ),
    ],
    passed: &[
        ("bash", "az keyvault set-policy -n kv --spn $APP --secret-permissions get"),
        (
            "bash",
            "az keyvault set-policy -n kv --object-id \"$PRINCIPAL_ID\" --secret-permissions get",
        ),
    ],
};

/// An object ID that a variable holds is a user's if the variable says so.
fn names_user(word: Option<&Word>) -> bool {
    let says = |it: &str| it.to_ascii_lowercase().contains("user");
    word.is_some_and(|it| it.reads().into_iter().any(says))
}

fn find(call: &Call, _: &Names<'_>) -> bool {
    match call.name.as_str() {
        "az keyvault set-policy" => call.has("--upn") || names_user(call.value("--object-id")),
        "set-azkeyvaultaccesspolicy" | "set-azurermkeyvaultaccesspolicy" => {
            call.has("-userprincipalname")
                || call.has("-emailaddress")
                || names_user(call.value("-objectid"))
        }
        _ => false,
    }
}
