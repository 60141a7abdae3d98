//! `new VssAadCredential(name, password)`, of the client libraries of Azure DevOps.

use super::{Login, Rule, of_user_and_password};
use crate::lang::{Item, Parsed};

pub(super) const RULE: Rule = Rule {
    id: "azure-devops-sdk-password",
    summary: "signs in to Azure DevOps as a user, with a password, through its client libraries",
    explanation: "The library sends the user's name and password to Microsoft Entra ID, and a password alone cannot meet \
                  multifactor authentication. The mandatory one covers Azure Resource Manager, not Azure DevOps, so the \
                  files do not show whether the sign-in is refused; Conditional Access or security defaults may still \
                  refuse it (AADSTS50076).",
    instead: "A service principal or a managed identity that is added to the organization: give its token (of \
              `ManagedIdentityCredential` where Azure runs the program) to `VssAzureIdentityCredential`, or to \
              `VssOAuthAccessTokenCredential`. In Azure Pipelines, the job's own token.",
    references: &[
        "https://learn.microsoft.com/azure/devops/integrate/get-started/authentication/service-principal-managed-identity",
        "https://learn.microsoft.com/azure/devops/integrate/get-started/authentication/authentication-guidance",
    ],
    client: "azure-devops",
    hints: &["vssaadcredential"],
    with: &[],
    enforced: false,
    asks_a_person: false,
    languages: &["csharp", "powershell"],
    given_up: &[],
    find,
    flagged: &[
        (
            "csharp",
            "class A { object c = new VssConnection(uri, new VssAadCredential(user, \"canary-1\")); }",
        ),
        (
            "csharp",
            "class A { object c = new Microsoft.VisualStudio.Services.Client.VssAadCredential(user, password); }",
        ),
        (
            "powershell",
            "$c = New-Object Microsoft.VisualStudio.Services.Client.VssAadCredential($user, $password)",
        ),
        (
            "powershell",
            "$c = [Microsoft.VisualStudio.Services.Client.VssAadCredential]::new($user, 'canary-1')",
        ),
    ],
    passed: &[
        ("csharp", "class A { object c = new VssConnection(uri, new VssAadCredential()); }"),
        ("csharp", "class A { object c = new VssAadCredential(new VssAadToken(result)); }"),
        ("csharp", "class A { object c = new VssBasicCredential(\"\", token); }"),
        ("csharp", "class VssAadCredential { VssAadCredential(string user, string password) { } }"),
        ("powershell", "$c = New-Object Microsoft.VisualStudio.Services.Client.VssAadCredential"),
    ],
};

const OBSTACLE: &str = "it signs in to Azure DevOps: add the identity to the organization, and give the library its token \
                        (VssAzureIdentityCredential, VssOAuthAccessTokenCredential)";

fn find<'c>(item: Item<'c>, parsed: &'c Parsed) -> Option<Login<'c>> {
    let call = item.call().filter(|it| it.name == "vssaadcredential")?;
    of_user_and_password(call, 0, OBSTACLE, parsed)
}
