//! `new CrmServiceClient(user, password, …)`, of the client libraries of Dataverse.

use super::{Login, Rule, class_of_password};
use crate::lang::{Call, Item, Parsed, Word};

pub(super) const RULE: Rule = Rule {
    id: "dataverse-sdk-password",
    summary: "signs in to Dataverse (Dynamics 365) as a user, with a password, through its client libraries",
    explanation: "The library sends the user's name and password to Microsoft Entra ID, and a password alone cannot meet \
                  multifactor authentication. The mandatory one covers Azure Resource Manager, not Dataverse, so the \
                  files do not show whether the sign-in is refused; Conditional Access or security defaults may still \
                  refuse it (AADSTS50076). `AuthenticationType.Office365` is the WS-Trust protocol, which Dataverse has \
                  given up. Servers of one's own have the same constructors, so that a call counts if it says one of the \
                  kinds or of the regions that Microsoft's have.",
    instead: "An application user of the environment, with a security role. The `ServiceClient` of today takes a function \
              that gives tokens, of `ManagedIdentityCredential` where Azure runs the code, and both clients take a \
              certificate.",
    references: &[
        "https://learn.microsoft.com/power-apps/developer/data-platform/xrm-tooling/use-crmserviceclient-constructors-connect",
        "https://learn.microsoft.com/power-apps/developer/data-platform/authenticate-office365-deprecation",
        "https://learn.microsoft.com/power-platform/admin/manage-application-users",
    ],
    client: "dataverse",
    hints: &["crmserviceclient", "powerplatform.dataverse.client"],
    with: &["password|passwd|pwd|secure|credential"],
    enforced: false,
    asks_a_person: false,
    languages: &["csharp", "powershell"],
    given_up: &[],
    find,
    flagged: &[
        (
            "csharp",
            "class A { object c = new CrmServiceClient(new NetworkCredential(user, \"canary-1\"), AuthenticationType.Office365, host, \"443\", organization); }",
        ),
        (
            "csharp",
            "class A { object c = new CrmServiceClient(user, CrmServiceClient.MakeSecureString(pw), \"NorthAmerica\", organization, isOffice365: true); }",
        ),
        (
            "csharp",
            "class A { object c = new CrmServiceClient(user, securePassword, \"EMEA\", organization, true, null, clientId, redirectUri, null); }",
        ),
        (
            "csharp",
            "using Microsoft.PowerPlatform.Dataverse.Client;\nclass A { object c = new ServiceClient(user, securePassword, new Uri(url), true, null, clientId, redirectUri); }",
        ),
        (
            "powershell",
            "$c = New-Object Microsoft.Xrm.Tooling.Connector.CrmServiceClient($credential, 'Office365', 'NorthAmerica', $organization)",
        ),
        (
            "powershell",
            "$c = [Microsoft.Xrm.Tooling.Connector.CrmServiceClient]::new($user, $password, 'EMEA', $organization)",
        ),
    ],
    passed: &[
        (
            "csharp",
            "class A { object c = new CrmServiceClient(new NetworkCredential(user, password, domain), AuthenticationType.IFD, host, \"443\", organization); }",
        ),
        (
            "csharp",
            "class A { object c = new CrmServiceClient(new NetworkCredential(user, password), server, port, organization, true, useSsl, null); }",
        ),
        ("csharp", "class A { object c = new CrmServiceClient(connectionString); /* password */ }"),
        (
            "csharp",
            "class A { object c = new CrmServiceClient(thumbprint, StoreName.My, null, host, \"443\", \"EMEA\", true); /* password */ }",
        ),
        (
            "csharp",
            "using Microsoft.PowerPlatform.Dataverse.Client;\nclass A { object c = new ServiceClient(new Uri(url), clientId, secureSecret, true); }",
        ),
        (
            "csharp",
            "using Contoso.Dataverse; // no Microsoft.PowerPlatform.Dataverse.Client\nclass A { object c = new ServiceClient(user, password, url); }",
        ),
    ],
};

const OBSTACLE: &str = "it signs in to Dataverse: make the identity an application user of the environment, and use a \
                        ServiceClient that is given tokens of ManagedIdentityCredential, or a client with a certificate";

const LIBRARY: &str = "Microsoft.PowerPlatform.Dataverse.Client";

/// The kinds of sign-in and the regions that servers of one's own do not have.
const ONLINE: &[&str] = &[
    "Office365",
    "OAuth",
    "NorthAmerica",
    "NorthAmerica2",
    "EMEA",
    "APAC",
    "SouthAmerica",
    "Oceania",
    "JPN",
    "CAN",
    "IND",
    "UK",
];

const OFFICE: &str = "isoffice365";

fn find<'c>(item: Item<'c>, parsed: &'c Parsed) -> Option<Login<'c>> {
    let call = item.call()?;
    let is_it = match call.name.as_str() {
        "crmserviceclient" => is_online(call),
        "serviceclient" => parsed.imports(LIBRARY),
        _ => false,
    };
    if !is_it {
        return None;
    }
    let [first, second, ..] = call.words.as_slice() else { return None };
    let made = parsed.calls.iter().find(|it| it.name == MADE && first.span.contains(it.span));
    let (user, secret) = match made.map(|it| it.arguments.as_slice()) {
        Some([user, password, ..]) => (Some(user), password),
        Some(_) => return None,
        None if is_called(second, PASSWORDS, parsed) => (Some(first), second),
        None if is_called(first, &["cred"], parsed) => (None, first),
        None => return None,
    };
    Some(Login {
        class: class_of_password(Some(secret), parsed, call.span.start),
        obstacle: Some(OBSTACLE),
        ..Login::of(user, Some(secret))
    })
}

/// `new NetworkCredential(user, password)`
const MADE: &str = "networkcredential";

const PASSWORDS: &[&str] = &["password", "passwd", "pwd", "secure"];

fn is_online(call: &Call) -> bool {
    let is_one = |it: &Word| {
        let constant = it.variable().and_then(|it| it.rsplit('.').next());
        ONLINE.iter().any(|name| it.is(name) || constant == Some(*name))
    };
    call.words.iter().any(is_one)
        || call.value(OFFICE).is_some_and(|it| it.variable().is_none_or(|it| it != "false"))
}

/// Whether a word reads, calls or says what is called so.
fn is_called(word: &Word, names: &[&str], parsed: &Parsed) -> bool {
    let is_one = |it: &str| names.iter().any(|name| it.to_ascii_lowercase().contains(name));
    let first = parsed.calls.partition_point(|it| it.span.start < word.span.start);
    let mut inside = parsed.calls[first..].iter().take_while(|it| it.span.start < word.span.end);
    word.reads().into_iter().any(is_one)
        || names.iter().any(|it| word.says(it))
        || inside.any(|it| is_one(&it.name))
}
