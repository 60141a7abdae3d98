//! `Connect-AzAccount` that asks a person, where nobody is present.

use super::{Class, Login, Rule, asked_before, connect_azaccount_credential::WORKLOAD};
use crate::lang::{Item, Parsed};

pub(super) const RULE: Rule = Rule {
    id: "connect-azaccount-interactive",
    summary: "asks a person to sign in to Azure PowerShell",
    explanation: "Without a credential, a service principal or an identity, the cmdlet opens a browser or shows a code, \
                  and waits. In a pipeline or a runbook nobody is there to answer, so it waits until it is given up, or \
                  fails. A script that nothing of the kind runs is let pass, since a person may be present.",
    instead: "Take the call away where the platform signs in (`azure/login`, the task AzurePowerShell), and \
              `Connect-AzAccount -Identity` where Azure runs the script (in a runbook, for one).",
    references: &[
        "https://learn.microsoft.com/powershell/azure/authenticate-interactive",
        "https://learn.microsoft.com/powershell/azure/authenticate-managed-identity",
    ],
    client: "azure-powershell",
    hints: &["connect-azaccount", "login-azaccount", "add-azaccount"],
    with: &[],
    enforced: true,
    asks_a_person: true,
    languages: &["powershell"],
    given_up: &["-usedeviceauthentication", "-tenant", "-accountid", "-claimschallenge"],
    find,
    flagged: &[
        ("powershell", "Connect-AzAccount"),
        ("powershell", "Connect-AzAccount -UseDeviceAuthentication -Tenant $tenant"),
        ("powershell", "Login-AzAccount -Subscription $id | Out-Null"),
    ],
    passed: &[
        ("powershell", "if (-not (Get-AzContext)) { Connect-AzAccount }"),
        ("powershell", "Connect-AzAccount -Identity"),
        ("powershell", "Connect-AzAccount -Credential $cred"),
        ("powershell", "Connect-AzAccount @parameters"),
        (
            "powershell",
            "Connect-AzAccount -ServicePrincipal -ApplicationId $id -CertificatePath $pfx -Tenant $t",
        ),
        ("powershell", "Connect-AzAccount -AccessToken $token -AccountId $id"),
        ("powershell", "Write-Host 'Run Connect-AzAccount first'"),
        (
            "powershell",
            "if ([Environment]::UserInteractive) { Connect-AzAccount -ClaimsChallenge $c } else { Connect-AzAccount -Identity }",
        ),
    ],
};

/// Cmdlets that tell whether somebody is signed in.
const QUESTIONS: &[&str] = &["get-azcontext", "get-azsubscription", "get-azaccesstoken"];

fn find<'c>(item: Item<'c>, parsed: &'c Parsed) -> Option<Login<'c>> {
    let call = item.call().filter(|it| it.name == "connect-azaccount")?;
    // Words may turn out to be options, or splats.
    let asks = call.words.is_empty()
        && !call.has("-credential")
        // Azure tells only people to give this, and a script that has it knows that one is there.
        && !call.has("-claimschallenge")
        && !WORKLOAD.iter().any(|it| call.has(it))
        && !asked_before(QUESTIONS, call, parsed);
    asks.then(|| Login {
        class: Class::Interactive,
        cloud: call.value("-environment"),
        ..Login::of(None, None)
    })
}
