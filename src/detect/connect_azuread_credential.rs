//! `Connect-AzureAD -Credential …` and `Connect-MsolService -Credential …`

use super::{Login, Rule, class_of_credential};
use crate::lang::{Item, Parsed};

pub(super) const RULE: Rule = Rule {
    id: "connect-azuread-credential",
    summary: "signs in to Microsoft Entra ID as a user, with a credential, through a module that is retired",
    explanation: "The modules AzureAD and MSOnline are retired, and with them the programming interface that they \
                  call. A password alone cannot meet multifactor authentication either. The mandatory one covers Azure \
                  Resource Manager, not the directory, so the files do not show whether this sign-in is refused; \
                  Conditional Access or security defaults may still refuse it (AADSTS50076).",
    instead: "Microsoft Graph PowerShell: `Connect-MgGraph -Identity` where Azure runs the script, `Connect-MgGraph \
              -ClientId -TenantId -CertificateThumbprint` elsewhere. The new identity needs application permissions \
              (`Group.Read.All`, for one), to which an administrator consents.",
    references: &[
        "https://learn.microsoft.com/powershell/microsoftgraph/migration-steps",
        "https://learn.microsoft.com/powershell/microsoftgraph/authentication-commands",
    ],
    client: "azuread",
    hints: &["connect-azuread", "connect-msolservice"],
    with: &[],
    enforced: false,
    asks_a_person: false,
    languages: &["powershell", "csharp"],
    given_up: &["-credential", "-tenantid", "-accountid"],
    find,
    flagged: &[
        ("powershell", "Connect-AzureAD -Credential $cred"),
        ("powershell", "connect-azuread -TenantId $tenant -Cred $cred | Out-Null"),
        ("powershell", "Connect-MsolService -Credential:$cred -ErrorAction Stop"),
        ("powershell", "$p = @{ Credential = $cred }\nConnect-AzureAD @p"),
        ("powershell", "Connect-MsolService -Credential (Get-Credential)"),
        (
            "csharp",
            "class A { void F() { ps.AddCommand(\"Connect-MsolService\").AddParameter(\"Credential\", c); } }",
        ),
    ],
    passed: &[
        ("powershell", "Connect-AzureAD"),
        ("csharp", "class A { void F() { ps.AddCommand(\"Connect-MsolService\"); } }"),
        ("powershell", "Connect-AzureAD -AccountId 'me@contoso.com'"),
        (
            "powershell",
            "Connect-AzureAD -TenantId $tenant -ApplicationId $app -CertificateThumbprint $thumb",
        ),
        ("powershell", "Connect-AzureAD -AadAccessToken $token -AccountId $app -TenantId $tenant"),
        ("powershell", "Connect-MsolService -AdGraphAccessToken $token"),
        ("powershell", "Write-Host 'Connect-AzureAD -Credential $cred'"),
    ],
};

const CMDLETS: &[&str] = &["connect-azuread", "connect-msolservice"];

/// With one of these, the credential is no user's, or is not used.
const WORKLOAD: &[&str] = &[
    "-serviceprincipal",
    "-certificatethumbprint",
    "-aadaccesstoken",
    "-msaccesstoken",
    "-adgraphaccesstoken",
    "-msgraphaccesstoken",
];

const OBSTACLE: &str = "AzureAD and MSOnline, whose cmdlets the script uses, are retired: move the script to Microsoft \
                        Graph PowerShell (Connect-MgGraph -Identity), and give its identity application permissions";

fn find<'c>(item: Item<'c>, parsed: &'c Parsed) -> Option<Login<'c>> {
    let call = item.call()?;
    if !CMDLETS.contains(&call.name.as_str()) || WORKLOAD.iter().any(|it| call.has(it)) {
        return None;
    }
    let credential = call.value("-credential")?;
    Some(Login {
        class: class_of_credential(credential, call, parsed),
        cloud: call.value("-azureenvironment"),
        obstacle: Some(OBSTACLE),
        ..Login::of(None, Some(credential))
    })
}
