//! Commands that read or change the directory.

use super::Caveat;
use crate::lang::{Call, Names};

pub(super) const CAVEAT: Caveat = Caveat {
    id: "directory-permissions",
    summary: "asks Microsoft Entra ID, through Microsoft Graph",
    explanation: "A user may read the directory, and an identity may not: it needs permissions of \
                  Microsoft Graph that an administrator consents to. `--assignee` of a role assignment is \
                  looked up there, too.",
    instead: "Give the identity the application permission that the command needs, such as \
                  `User.Read.All` or `Application.ReadWrite.OwnedBy`. Where a role is assigned, pass \
                  `--assignee-object-id` with `--assignee-principal-type` instead of `--assignee`, and \
                  nothing is looked up.",
    references: &[
        "https://learn.microsoft.com/graph/permissions-reference",
        "https://learn.microsoft.com/azure/role-based-access-control/role-assignments-cli",
    ],
    federated: false,
    delegated: false,
    find,
    flagged: &[
        ("bash", "az ad group member add --group g --member-id m"),
        ("bash", "az role assignment create --assignee a@contoso.com --role Reader --scope $S"),
        ("powershell", "Get-AzADGroup -DisplayName g"),
    ],
    passed: &[
        (
            "bash",
            "az role assignment create --assignee-object-id $ID --assignee-principal-type ServicePrincipal --role Reader --scope $S",
        ),
        ("bash", "az ad signed-in-user show"),
        ("powershell", "Get-AzVM"),
    ],
};

fn find(call: &Call, _: &Names<'_>) -> bool {
    let is_az = super::is_within(call, "ad") && !super::is_within(call, "ad signed-in-user");
    let is_cmdlet = call.name.split_once('-').is_some_and(|(_, noun)| noun.starts_with("azad"));
    let looks_up = call.name == "az role assignment create" && call.has("--assignee")
        || call.name == "new-azroleassignment" && call.has("-signinname");
    is_az || is_cmdlet && !call.has("-signedin") || looks_up
}
