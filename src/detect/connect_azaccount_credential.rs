//! `Connect-AzAccount -Credential …`, and its forerunners.

use super::{Login, Rule, class_of_credential, is_made_of_an_application, may_be_a_workload};
use crate::lang::{Item, Parsed};

pub(super) const RULE: Rule = Rule {
    id: "connect-azaccount-credential",
    summary: "signs in to Azure PowerShell as a user, with a credential",
    explanation: "A credential that does not belong to a service principal makes the cmdlet send the user's name and \
                  password, and a password alone cannot meet multifactor authentication, which Azure requires of \
                  every user who creates, changes or deletes a resource.",
    instead: "Sign in as a workload identity: `Connect-AzAccount -Identity` where Azure runs the script (in a runbook, \
              for one), the pipeline's own federated sign-in where a pipeline does, and `Connect-AzAccount \
              -ServicePrincipal -CertificatePath` elsewhere.",
    references: &[
        "https://learn.microsoft.com/powershell/azure/authenticate-mfa",
        "https://learn.microsoft.com/azure/automation/enable-managed-identity-for-automation",
    ],
    client: "azure-powershell",
    hints: &[
        "connect-azaccount",
        "login-azaccount",
        "add-azaccount",
        "connect-azurermaccount",
        "login-azurermaccount",
        "add-azurermaccount",
        "add-azureaccount",
    ],
    with: &[],
    enforced: true,
    asks_a_person: false,
    languages: &["powershell", "csharp"],
    given_up: &["-credential", "-tenant", "-accountid"],
    find,
    flagged: &[
        ("powershell", "Connect-AzAccount -Credential $cred -Tenant 'contoso.com'"),
        ("powershell", "$null = Login-AzAccount -Cred:$cred | Out-Null"),
        ("powershell", "Connect-AzAccount `\n  -Environment AzureCloud `\n  -Credential $cred"),
        (
            "powershell",
            "$svc = Get-AutomationPSCredential -Name 'nightly-bot'\nConnect-AzAccount -Credential $svc",
        ),
        ("powershell", "Connect-AzAccount –Credential:$x|Out-File log.txt"),
        ("powershell", "login-azurermaccount -credential $svc -SubscriptionId $s"),
        ("powershell", "Add-AzureRmAccount -Credential $svc"),
        ("powershell", "$p = @{ Tenant = $t }\n$p += @{ Credential = $c }\nConnect-AzAccount @p"),
        (
            "powershell",
            "$p = @{ Credential = $c }; if ($sp) { $p.ServicePrincipal = $true }; Connect-AzAccount @p",
        ),
        ("powershell", "Connect-AzAccount -Credential ([pscredential]::new($u, $s))"),
        ("powershell", "try { Connect-AzAccount -Credential (Get-Credential) } catch { throw }"),
        (
            "csharp",
            "class A { void F() { ps.AddCommand(\"Connect-AzAccount\").AddParameter(\"Credential\", credential); } }",
        ),
        (
            "powershell",
            "param([pscredential]$Credential, $Tenant)\nConnect-AzAccount @PSBoundParameters",
        ),
        (
            "powershell",
            "function F([switch]$ServicePrincipal, [pscredential]$Credential) { Connect-AzAccount @PSBoundParameters }",
        ),
        ("powershell", "function F { Connect-AzAccount @args }\nF -Credential $c"),
        ("powershell", "$cmdlet = 'Connect-AzAccount'\n& $cmdlet -Credential $c"),
        ("powershell", "& (Get-Command Connect-AzAccount) -Credential $c"),
        ("powershell", "Set-Alias signin Connect-AzAccount\nsignin -Credential $c"),
        ("powershell", "Connect-AzAccount -ServicePrincipal:$isApp -Credential $c -Tenant $t"),
        (
            "powershell",
            "$ps.AddCommand('Connect-AzAccount').AddParameter('Credential', $c).Invoke()",
        ),
    ],
    passed: &[
        ("powershell", "param([string]$Tenant)\nConnect-AzAccount @PSBoundParameters"),
        (
            "powershell",
            "function A([pscredential]$Credential) { }\nfunction B($Tenant) { Connect-AzAccount @PSBoundParameters }",
        ),
        ("powershell", "Connect-AzAccount -ServicePrincipal:$true -Credential $c -Tenant $t"),
        (
            "powershell",
            "$ps.AddCommand('Connect-AzAccount').AddParameter('ServicePrincipal').AddParameter('Credential', $c)",
        ),
        (
            "powershell",
            "$mail = Get-AutomationPSCredential -Name smtp\nSend-MailMessage -Credential $mail -To $to",
        ),
        (
            "powershell",
            "$sp = Get-AutomationPSCredential -Name sp\nConnect-AzAccount -ServicePrincipal -Credential $sp -Tenant $t",
        ),
        ("powershell", "Connect-AzAccount -Identity"),
        ("powershell", "Connect-AzAccount -ServicePrincipal -Credential $app -Tenant $tenant"),
        ("powershell", "Connect-AzAccount -Credential $app -Tenant $tenant -ServicePrincipal"),
        (
            "powershell",
            "if ($sp) { $p = @{ Credential = $c; ServicePrincipal = $true } }; Connect-AzAccount @p",
        ),
        ("powershell", "Connect-AzAccount"),
        ("powershell", "Connect-AzAccount -UseDeviceAuthentication"),
        ("powershell", "Write-Host 'Connect-AzAccount -Credential $cred'"),
        ("powershell", "Get-AzVM -Name $cred"),
        (
            "csharp",
            "class A { void F() { ps.AddCommand(\"Connect-AzAccount\").AddParameter(\"Credential\", c).AddParameter(\"ServicePrincipal\"); } }",
        ),
    ],
};

/// The cmdlets, and why a script needs more than another sign-in.
const CMDLETS: &[(&str, Option<&str>)] = &[
    ("connect-azaccount", None),
    (
        "connect-azurermaccount",
        Some(
            "AzureRM, whose cmdlets the script uses, is retired: move the script to Az first, and plan again",
        ),
    ),
    (
        "add-azureaccount",
        Some(
            "Azure Service Management, whose cmdlets the script uses, is retired: move the script to Az first, and plan again",
        ),
    ),
];

/// With one of these, the credential is no user's, or is not used.
pub(super) const WORKLOAD: &[&str] = &[
    "-serviceprincipal",
    "-identity",
    "-certificatethumbprint",
    "-certificatepath",
    "-federatedtoken",
    "-accesstoken",
];

fn find<'c>(item: Item<'c>, parsed: &'c Parsed) -> Option<Login<'c>> {
    let call = item.call()?;
    let (_, obstacle) = CMDLETS.iter().find(|(name, _)| *name == call.name)?;
    if WORKLOAD.iter().any(|it| call.has(it)) {
        return None;
    }
    let credential = call.value("-credential")?;
    let class = class_of_credential(credential, call, parsed);
    let cloud = call.value("-environment");
    Some(Login {
        class,
        doubt: may_be_a_workload(WORKLOAD, call, parsed)
            .or_else(|| is_made_of_an_application(credential, call, parsed)),
        cloud,
        obstacle: *obstacle,
        ..Login::of(None, Some(credential))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        detect::{Class, logins},
        lang,
    };

    #[test]
    fn a_person_is_present_where_one_is_always_asked() {
        for (text, class) in [
            ("$c = Get-Credential; Connect-AzAccount -Credential $c", Class::Interactive),
            (
                "if ($a) { $c = Get-Credential a } else { $c = Get-Credential b }\nConnect-AzAccount -Credential $c",
                Class::Interactive,
            ),
            ("param($c = (Get-Credential))\nConnect-AzAccount -Credential $c", Class::UserIdentity),
            (
                "param($c)\nif (!$c) { $c = Get-Credential }\nConnect-AzAccount -Credential $c",
                Class::UserIdentity,
            ),
        ] {
            let parsed = lang::by_name("powershell").map(|it| it.parse(text, &[])).unwrap();
            let found = logins("powershell", &parsed).found;
            assert_eq!(found[0].login.class, class, "{text}");
            assert_eq!(found[0].rule.id, RULE.id);
        }
    }
}
