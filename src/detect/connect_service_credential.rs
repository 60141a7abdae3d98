//! Sign-ins of a user to services beside Azure: `Connect-ExchangeOnline -Credential …` and others.

use super::{Class, Login, Rule, class_of_credential, held::says};
use crate::lang::{Call, Item, Parsed, Word};

pub(super) const RULE: Rule = Rule {
    id: "connect-service-credential",
    summary: "signs in to a Microsoft cloud service as a user, with a credential",
    explanation: "The cmdlet sends the user's name and password, and a password alone cannot meet multifactor \
                  authentication. The mandatory one covers Azure Resource Manager, not this service, so the files do \
                  not show whether the sign-in is refused; Conditional Access or security defaults may still refuse it \
                  (AADSTS50076). Each service has its own way for an identity without a person, and its own \
                  permissions, so the change is left to you.",
    instead: "Exchange Online and Microsoft Teams take a managed identity (`-ManagedIdentity`, `-Identity`); PnP \
              PowerShell takes one, too (`-ManagedIdentity`); Power BI takes `-ServicePrincipal`; the others take an \
              application with a certificate. The identity needs permissions in the service itself.",
    references: &[
        "https://learn.microsoft.com/powershell/exchange/connect-exo-powershell-managed-identity",
        "https://learn.microsoft.com/microsoftteams/teams-powershell-application-authentication",
        "https://pnp.github.io/powershell/articles/authentication.html",
        "https://learn.microsoft.com/power-bi/enterprise/service-premium-service-principal",
    ],
    client: "service",
    hints: &[
        "connect-exchangeonline",
        "connect-exopssession",
        "connect-ippssession",
        "connect-microsoftteams",
        "connect-sposervice",
        "connect-pnponline",
        "connect-sponline",
        "connect-powerbi",
        "login-powerbi",
        "add-rdsaccount",
        "add-powerappsaccount",
        "new-csonlinesession",
        "new-pssession",
        "connect-aipservice",
        "connect-aadrmservice",
        "connect-crmonline",
        "connect-msgraph",
        "connect-partnercenter",
        "add-azureanalysisservicesaccount",
        "add-azanalysisservicesaccount",
        "login-azureasaccount",
        "login-azasaccount",
        "get-crmconnection",
        "get-crmorganizations",
        "invoke-ascmd",
        "backup-asdatabase",
        "restore-asdatabase",
        "invoke-process",
    ],
    with: &[],
    enforced: false,
    asks_a_person: false,
    languages: &["powershell", "csharp"],
    given_up: &["-credential", "-username", "-password"],
    find,
    flagged: &[
        ("powershell", "Connect-ExchangeOnline -Credential $cred -ShowBanner:$false"),
        ("powershell", "Connect-ExchangeOnline -InlineCredential"),
        ("powershell", "Connect-IPPSSession -Cred $cred"),
        (
            "csharp",
            "class A { void F() { ps.AddCommand(\"Connect-ExchangeOnline\"); ps.AddParameter(\"Credential\", c); } }",
        ),
        ("powershell", "Connect-MicrosoftTeams -Credential (Get-Credential) | Out-Null"),
        (
            "powershell",
            "Connect-SPOService -Url https://contoso-admin.sharepoint.com -Credential $c",
        ),
        ("powershell", "Connect-SPOService https://contoso-admin.sharepoint.com $cred"),
        ("powershell", "Connect-PnPOnline -Url $site -Credentials $cred -ClientId $app"),
        ("powershell", "Login-PowerBI -Credential $cred"),
        ("powershell", "Add-RdsAccount -DeploymentUrl $broker -Credential $cred"),
        ("powershell", "Add-PowerAppsAccount -Username $name -Password $password"),
        ("powershell", "$s = New-CsOnlineSession -Credential $cred"),
        ("powershell", "Connect-EXOPSSession -Credential $cred"),
        ("powershell", "Connect-SPOnline -Url $site -Credentials $cred"),
        ("powershell", "Connect-AipService -Credential $cred | Out-Null"),
        ("powershell", "$c = Connect-CrmOnline -Credential $cred -ServerUrl $url"),
        ("powershell", "Connect-MSGraph -PSCredential $cred"),
        (
            "powershell",
            "Add-AzureAnalysisServicesAccount -RolloutEnvironment westus.asazure.windows.net -Credential $cred",
        ),
        ("powershell", "Connect-PartnerCenter -Credential $cred -TenantId $t"),
        (
            "powershell",
            "New-PSSession -ConfigurationName Microsoft.Exchange -Credential $cred -Authentication Basic \
             -ConnectionUri https://outlook.office365.com/powershell-liveid/",
        ),
        (
            "powershell",
            "$url = 'https://ps.outlook.com/powershell'\n$s = New-PSSession -ConnectionUri $url -Cred $cred",
        ),
        (
            "powershell",
            "param($Uri = 'https://ps.compliance.protection.outlook.com/powershell-liveid/')\n\
             $p = @{ ConnectionUri = $Uri; Credential = $cred }\nNew-PSSession @p -AllowRedirection",
        ),
        (
            "powershell",
            "New-PSSession -ConnectionUri ('https://outlook.office365.com/powershell-liveid/?o=' + $o) -Credential $c",
        ),
        (
            "powershell",
            "$at = \"https://$pool.online.lync.com/OcsPowershellOAuth\"; New-PSSession -ConnectionUri $at -Credential $c",
        ),
        (
            "powershell",
            "$uri = Get-AutomationVariable -Name Uri\nNew-PSSession -ConfigurationName Microsoft.Exchange -ConnectionUri $uri -Credential $c -AllowRedirection",
        ),
        (
            "powershell",
            "$c = Get-CrmConnection -OnLineType Office365 -Cred $cred -DeploymentRegion EMEA -OrganizationName $o",
        ),
        (
            "powershell",
            "$url = 'https://contoso.crm4.dynamics.com'\nGet-CrmConnection -ServerUrl $url -Credential $cred",
        ),
        ("powershell", "Get-CrmConnection -ServerUrl $url -Credential $cred"),
        (
            "powershell",
            "Get-CrmOrganizations -Credential $cred -DeploymentRegion EMEA -OnLineType Office365",
        ),
        (
            "powershell",
            "Invoke-ProcessASDatabase -Server asazure://westeurope.asazure.windows.net/s -DatabaseName d -RefreshType Full -Credential $cred",
        ),
        (
            "powershell",
            "param($Server = 'asazure://westeurope.asazure.windows.net/s')\nInvoke-ASCmd -Server $Server -Credential $c -Query $q",
        ),
        (
            "powershell",
            "Invoke-ProcessTable -Server $Server -DatabaseName d -TableName t -Credential $c",
        ),
        (
            "powershell",
            "Backup-ASDatabase b.abf d -Server powerbi://api.powerbi.com/v1.0/myorg/w -Credential $c",
        ),
    ],
    passed: &[
        (
            "powershell",
            "Get-CrmConnection -ServerUrl https://crm.contoso.local -OrganizationName o -Credential $cred",
        ),
        ("powershell", "Get-CrmConnection -InteractiveMode"),
        (
            "powershell",
            "Invoke-ProcessASDatabase -Server localhost\\TABULAR -DatabaseName d -RefreshType Full -Credential $cred",
        ),
        (
            "powershell",
            "Invoke-ProcessASDatabase -Server $s -DatabaseName d -ServicePrincipal -Credential $app -TenantId $t",
        ),
        (
            "powershell",
            "Invoke-ProcessTable -Server asazure://westeurope.asazure.windows.net/s -TableName t",
        ),
        ("powershell", "New-PSSession -ComputerName $server -Credential $cred"),
        (
            "powershell",
            "$uri = Get-AutomationVariable -Name Uri\nNew-PSSession -ConfigurationName Microsoft.Exchange -ConnectionUri $uri -Credential $c",
        ),
        (
            "powershell",
            "New-PSSession -ConfigurationName Microsoft.Exchange -ConnectionUri http://$server/PowerShell -Credential $c -AllowRedirection",
        ),
        (
            "powershell",
            "$url = 'http://ExchangeServer/PowerShell'\nNew-PSSession -ConfigurationName Microsoft.Exchange -ConnectionUri $url -Credential $cred",
        ),
        (
            "powershell",
            "$url = 'https://outlook.office365.com/a'\n$url = 'http://mail/PowerShell'\nNew-PSSession -ConnectionUri $url -Credential $cred",
        ),
        (
            "powershell",
            "Connect-ExchangeOnline -ManagedIdentity -Organization contoso.onmicrosoft.com",
        ),
        ("powershell", "Connect-ExchangeOnline -UserPrincipalName me@contoso.com"),
        (
            "powershell",
            "Connect-IPPSSession -AppId $app -CertificateThumbprint $t -Organization $o",
        ),
        ("powershell", "Connect-MicrosoftTeams -Identity"),
        (
            "csharp",
            "class A { void F() { ps.AddCommand(\"Connect-ExchangeOnline\").AddParameter(\"AppId\", id).AddParameter(\"Credential\", c); } }",
        ),
        ("powershell", "Connect-PnPOnline -Url $site -Interactive"),
        ("powershell", "Connect-PnPOnline -Url $site -CurrentCredentials"),
        (
            "powershell",
            "Connect-PowerBIServiceAccount -ServicePrincipal -Credential $app -Tenant $t",
        ),
        (
            "powershell",
            "Add-RdsAccount -DeploymentUrl $b -Credential $a -ServicePrincipal -AadTenantId $t",
        ),
        ("powershell", "Add-PowerAppsAccount -ApplicationId $app -ClientSecret $secret"),
        ("powershell", "Connect-MgGraph -ClientSecretCredential $app -TenantId $tenant"),
        ("powershell", "Connect-PartnerCenter -Credential $app -ServicePrincipal -TenantId $t"),
        ("powershell", "Connect-MSGraph -ClientSecret $secret -Quiet"),
        (
            "powershell",
            "Add-AzureAnalysisServicesAccount -RolloutEnvironment $e -ServicePrincipal -Credential $app -TenantId $t",
        ),
        (
            "powershell",
            "Connect-AipService -ServicePrincipal -ApplicationId $app -CertificateThumbprint $t",
        ),
        ("powershell", "Write-Host 'Connect-ExchangeOnline -Credential $cred'"),
    ],
};

/// How a service tells its users from its workloads.
struct Service {
    cmdlets: &'static [&'static str],
    at: At,
    /// The option with the password or the credential that makes it a user's sign-in.
    secret: &'static str,
    /// With one of these, it is a workload's.
    workload: &'static [&'static str],
    /// What applies there, and why a sign-in to Azure would not do.
    obstacle: &'static str,
}

/// What tells of a call where it signs in.
struct At {
    /// The option that says where; of a cmdlet that says so by its own name, none.
    option: &'static str,
    /// The addresses that are this service's.
    addresses: &'static [&'static str],
    /// With one of these, it is this service, whatever the address.
    sure: &'static [&'static str],
    /// Whether it may be this service where nothing says where it is.
    perhaps: fn(&Call) -> bool,
}

impl At {
    const fn new(option: &'static str, addresses: &'static [&'static str]) -> At {
        At { option, addresses, sure: &[], perhaps: |_| false }
    }
}

/// The cmdlet says by its name where it signs in.
const BY_NAME: At = At::new("", &[]);

const INFORMATION_PROTECTION: &str = "it signs in to Azure Information Protection: use Connect-AipService -ServicePrincipal with \
                                      -ApplicationId and -CertificateThumbprint, with the application permission to \
                                      administer it";

const DATAVERSE: &str = "it signs in to Dataverse: use an application user of the environment, with the connection string \
                         AuthType=Certificate of Microsoft.Xrm.Data.PowerShell, or the Web API with a token for a managed \
                         identity";

const SKYPE: &str = "it signs in to Skype for Business Online, which is retired: use Connect-MicrosoftTeams with -Identity, \
                     or with an application and its certificate";

const SERVICES: &[Service] = &[
    Service {
        cmdlets: &["connect-exchangeonline", "connect-exopssession", "connect-ippssession"],
        at: BY_NAME,
        secret: "-credential",
        workload: &["-managedidentity", "-appid", "-accesstoken"],
        obstacle: "it signs in to Exchange Online, whose modules of July 2026 and later are announced to take no \
                   -Credential: use Connect-ExchangeOnline -ManagedIdentity -Organization, or -AppId with a certificate, \
                   with the app role Exchange.ManageAsApp and a \
                   directory role such as Exchange Administrator",
    },
    Service {
        cmdlets: &["connect-microsoftteams"],
        at: BY_NAME,
        secret: "-credential",
        workload: &["-identity", "-applicationid", "-accesstokens", "-certificatethumbprint"],
        obstacle: "it signs in to Microsoft Teams: use Connect-MicrosoftTeams -Identity, or -ApplicationId with \
                   -CertificateThumbprint, with application permissions and a directory role such as Teams \
                   Administrator; not all cmdlets can be used without a user",
    },
    Service {
        cmdlets: &["connect-sposervice"],
        at: BY_NAME,
        secret: "-credential",
        workload: &["-clientid", "-certificatethumbprint", "-certificatepath", "-accesstoken"],
        obstacle: "it signs in to SharePoint Online, which takes an application with a certificate, and no client \
                   secret: use Connect-SPOService with -ClientId and the certificate if the installed module has them, \
                   or Connect-PnPOnline, with application permissions such as Sites.Selected or Sites.FullControl.All",
    },
    Service {
        cmdlets: &["connect-pnponline"],
        at: BY_NAME,
        secret: "-credential",
        workload: &[
            "-managedidentity",
            "-azureadworkloadidentity",
            "-federatedidentity",
            "-thumbprint",
            "-certificatepath",
            "-certificatebase64encoded",
            "-clientsecret",
            "-accesstoken",
        ],
        obstacle: "it signs in to SharePoint Online: use Connect-PnPOnline -ManagedIdentity where Azure runs the \
                   script, -AzureADWorkloadIdentity or -FederatedIdentity where a platform vouches for it, and -ClientId \
                   with a certificate elsewhere, with application permissions such as Sites.Selected",
    },
    Service {
        cmdlets: &["connect-powerbiserviceaccount"],
        at: BY_NAME,
        secret: "-credential",
        workload: &["-serviceprincipal", "-certificatethumbprint"],
        obstacle: "it signs in to Power BI: use Connect-PowerBIServiceAccount -ServicePrincipal with -Tenant and \
                   -CertificateThumbprint; the tenant must let service principals use its APIs, and the workspaces must \
                   have it as a member",
    },
    Service {
        cmdlets: &["add-rdsaccount"],
        at: BY_NAME,
        secret: "-credential",
        workload: &["-serviceprincipal"],
        obstacle: "it signs in to Azure Virtual Desktop (classic), which is retired: move the script to the cmdlets of \
                   Az.DesktopVirtualization, for which Connect-AzAccount -Identity signs in, and plan again",
    },
    Service {
        cmdlets: &["add-powerappsaccount"],
        at: BY_NAME,
        secret: "-password",
        workload: &["-applicationid", "-clientsecret", "-certificatethumbprint"],
        obstacle: "it signs in to Power Platform: use Add-PowerAppsAccount -ApplicationId with -CertificateThumbprint, \
                   and register the application there (New-PowerAppManagementApp)",
    },
    Service {
        cmdlets: &["connect-crmonline", "connect-crmonlinediscovery"],
        at: BY_NAME,
        secret: "-credential",
        workload: &["-clientsecret", "-certificatethumbprint"],
        obstacle: DATAVERSE,
    },
    Service {
        cmdlets: &["get-crmconnection", "get-crmorganizations"],
        at: At {
            sure: &["-onlinetype", "-deploymentregion"],
            perhaps: |it| it.has("-serverurl"),
            ..At::new("-serverurl", &[".dynamics."])
        },
        secret: "-credential",
        workload: &["-clientsecret", "-certificatethumbprint"],
        obstacle: DATAVERSE,
    },
    Service {
        cmdlets: &["connect-aipservice", "connect-aadrmservice"],
        at: BY_NAME,
        secret: "-credential",
        workload: &["-serviceprincipal", "-accesstoken"],
        obstacle: INFORMATION_PROTECTION,
    },
    Service {
        cmdlets: &["add-azureanalysisservicesaccount"],
        at: BY_NAME,
        secret: "-credential",
        workload: &["-serviceprincipal"],
        obstacle: "it signs in to Azure Analysis Services: use Add-AzAnalysisServicesAccount -ServicePrincipal with \
                   -ApplicationId, -CertificateThumbprint and -TenantId, and make the application an administrator of the \
                   server",
    },
    Service {
        cmdlets: &[
            "backup-asdatabase",
            "invoke-ascmd",
            "invoke-processasdatabase",
            "invoke-processcube",
            "invoke-processdimension",
            "invoke-processpartition",
            "invoke-processtable",
            "restore-asdatabase",
        ],
        at: At {
            perhaps: |it| it.has("-server"),
            ..At::new("-server", &["asazure://", "powerbi://"])
        },
        secret: "-credential",
        workload: &["-serviceprincipal"],
        obstacle: "it signs in to Azure Analysis Services or Power BI: use -ServicePrincipal with -ApplicationId, \
                   -CertificateThumbprint and -TenantId, and make the application an administrator of the server or a \
                   member of the workspace",
    },
    Service {
        cmdlets: &["connect-msgraph"],
        at: BY_NAME,
        secret: "-credential",
        workload: &["-clientsecret"],
        obstacle: "it signs in to Intune through a module that is retired: move the script to Microsoft Graph PowerShell \
                   (Connect-MgGraph -Identity where Azure runs it, or with a certificate), and give its identity \
                   application permissions such as DeviceManagementManagedDevices.Read.All",
    },
    Service {
        cmdlets: &["connect-partnercenter"],
        at: BY_NAME,
        secret: "-credential",
        workload: &["-serviceprincipal", "-accesstoken", "-refreshtoken", "-certificatethumbprint"],
        obstacle: "it signs in to Partner Center, which demands multifactor authentication of every user: use the secure \
                   application model (Connect-PartnerCenter -ApplicationId with -RefreshToken), or -ServicePrincipal where \
                   the cmdlets allow it",
    },
    Service {
        cmdlets: &["new-csonlinesession"],
        at: BY_NAME,
        secret: "-credential",
        workload: &[],
        obstacle: SKYPE,
    },
    Service {
        cmdlets: &["new-pssession"],
        at: At::new("-connectionuri", &["online.lync.com"]),
        secret: "-credential",
        workload: &[],
        obstacle: SKYPE,
    },
    Service {
        cmdlets: &["new-pssession"],
        at: At {
            // Only that service sends a session elsewhere.
            perhaps: |it| {
                let configuration = it.value("-configurationname");
                configuration.is_some_and(|it| it.is("Microsoft.Exchange"))
                    && it.has("-allowredirection")
            },
            ..At::new(
                "-connectionuri",
                &["outlook.office", "ps.outlook.com", "partner.outlook.cn", "protection.outlook."],
            )
        },
        secret: "-credential",
        workload: &[],
        obstacle: "it opens a remote session with basic authentication, which Exchange Online takes no more: use \
                   Connect-ExchangeOnline or Connect-IPPSSession with -AppId and a certificate, or \
                   Connect-ExchangeOnline -ManagedIdentity where Azure runs the script",
    },
];

/// With this switch, the console asks for the user's name and password.
const ASKS: &str = "-inlinecredential";

fn find<'c>(item: Item<'c>, parsed: &'c Parsed) -> Option<Login<'c>> {
    let call = item.call()?;
    let of = SERVICES.iter().filter(|it| it.cmdlets.contains(&call.name.as_str()));
    let mut found = of.filter_map(|it| Some((it, signs_in(&it.at, call, parsed)?)));
    let first = found.next()?;
    // What is sure goes before what may be.
    let (service, is_sure) = if first.1 { first } else { found.find(|it| it.1).unwrap_or(first) };
    if service.workload.iter().any(|it| call.has(it)) {
        return None;
    }
    let secret = call.value(service.secret);
    let class = match secret {
        Some(it) => class_of_credential(it, call, parsed),
        // People write the option alone where they tell of it.
        None if call.has(ASKS) || call.has(service.secret) => Class::Interactive,
        None => return None,
    };
    Some(Login {
        class,
        doubt: (!is_sure).then_some(
            "the address that it signs in to is not written out: it may be a server of your own",
        ),
        obstacle: Some(service.obstacle),
        ..Login::of(call.value("-username"), secret)
    })
}

/// Whether the cmdlet surely signs in there; none if it signs in elsewhere. The address is written
/// out, or in a variable.
fn signs_in(at: &At, call: &Call, parsed: &Parsed) -> Option<bool> {
    let given: Vec<&Word> = match call.value(at.option) {
        Some(it) => vec![it],
        None => call.words.iter().collect(),
    };
    let says = |all: &[&str]| given.iter().any(|it| says(it, all, call.span.start, parsed));
    if at.option.is_empty() || at.sure.iter().any(|it| call.has(it)) || says(at.addresses) {
        return Some(true);
    }
    let is_elsewhere = || match call.value(at.option) {
        Some(it) => it.literal().is_some() || says(&["://", "\\"]),
        None => true,
    };
    ((at.perhaps)(call) && !is_elsewhere()).then_some(false)
}
