//! Names and passwords of users in client libraries of SharePoint, Exchange and Microsoft Graph.

use super::{Login, Rule, of_user_and_password};
use crate::lang::{Call, Item, Parsed, Word};

pub(super) const RULE: Rule = Rule {
    id: "microsoft365-sdk-password",
    summary: "signs in to Microsoft 365 with a user's name and password, through a client library",
    explanation: "The library sends the user's name and password, and a password alone cannot meet multifactor \
                  authentication. The mandatory one covers Azure Resource Manager, not Microsoft 365, so the files do \
                  not show whether the sign-in is refused; Conditional Access or security defaults may still refuse it \
                  (AADSTS50076). What speaks the protocols of before (cookies of SharePoint, basic authentication of \
                  Exchange) is refused wherever those are turned off.",
    instead: "An application with a certificate, or a managed identity where Azure runs the program, with application \
              permissions for what it does (`Sites.Selected`, `Mail.Send` limited to mailboxes): Microsoft Graph with a \
              credential of Azure Identity, PnP with a certificate, or the library's own sign-in of an application.",
    references: &[
        "https://learn.microsoft.com/sharepoint/dev/solution-guidance/security-apponly-azuread",
        "https://learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/deprecation-of-basic-authentication-exchange-online",
        "https://learn.microsoft.com/graph/sdks/choose-authentication-providers",
    ],
    client: "microsoft365-sdk",
    hints: &["office365", "pnp.framework", "sharepoint", "usernamepassword"],
    with: &[
        r"acquire_token_for_user|authenticationmanager|usercredential|with_user(?:_credentials|name_and_password)|shareplum|sharepointonline(?:credentials|authenticated)|exchangelib|exchange\.webservices|sp-auth|sp-request|withusernamepassword|usernamepassword\w*provider",
    ],
    enforced: false,
    asks_a_person: false,
    languages: &["python", "csharp", "javascript", "java", "kotlin", "powershell"],
    given_up: &[],
    find,
    flagged: &[
        (
            "python",
            "from office365.runtime.auth.authentication_context import AuthenticationContext\ncontext = AuthenticationContext(url)\nif context.acquire_token_for_user(user, 'canary-1'):\n    pass",
        ),
        (
            "python",
            "from office365.runtime.auth.user_credential import UserCredential\nctx = ClientContext(url).with_credentials(UserCredential(user, password))",
        ),
        (
            "python",
            "from office365.sharepoint.client_context import ClientContext\nctx = ClientContext(url).with_user_credentials(user, password)",
        ),
        (
            "python",
            "from office365.graph_client import GraphClient\nclient = GraphClient(tenant=t).with_username_and_password(client_id, user, password)",
        ),
        (
            "python",
            "from shareplum import Office365\ncookie = Office365(url, username=user, password='canary-1').GetCookies()",
        ),
        (
            "python",
            "from exchangelib import Configuration, Credentials\nc = Configuration(server='outlook.office365.com', credentials=Credentials(user, password))",
        ),
        (
            "python",
            "from exchangelib import OAuth2LegacyCredentials\nc = OAuth2LegacyCredentials(client_id=i, client_secret=s, tenant_id=t, username=u, password=p)\nserver = 'outlook.office365.com'",
        ),
        (
            "csharp",
            "class A { void F() { context.Credentials = new SharePointOnlineCredentials(user, password); } }",
        ),
        (
            "csharp",
            "using OfficeDevPnP.Core;\nclass A { void F() { var c = m.GetSharePointOnlineAuthenticatedContextTenant(url, user, password); } }",
        ),
        (
            "csharp",
            "using PnP.Core.Auth;\nclass A { object p = new UsernamePasswordAuthenticationProvider(client, tenant, user, password); }",
        ),
        (
            "csharp",
            "using PnP.Framework;\nclass A { void F() { string p = s[\"P\"]; var m = new AuthenticationManager(clientId, userName, ToSecureString(p)); } }",
        ),
        (
            "csharp",
            "using PnP.Framework;\nclass A { AuthenticationManager m = new(\"a@contoso.com\", securePassword, AzureEnvironment.China); }",
        ),
        (
            "csharp",
            "class A { object m = new PnP.Framework.AuthenticationManager(id, username: u, password: p, redirectUrl: r); }",
        ),
        (
            "csharp",
            "using Microsoft.Exchange.WebServices.Data;\nclass A { void F() { s.Credentials = new WebCredentials(user, password); s.Url = new Uri(\"https://outlook.office365.com/EWS/Exchange.asmx\"); } }",
        ),
        (
            "csharp",
            "using Microsoft.Graph;\nclass A { Task F() => client.Me.Request().WithUsernamePassword(user, password).GetAsync(); }",
        ),
        (
            "powershell",
            "$context.Credentials = New-Object Microsoft.SharePoint.Client.SharePointOnlineCredentials($user, $password)",
        ),
        (
            "powershell",
            "$c = [Microsoft.SharePoint.Client.SharePointOnlineCredentials]::new($user, $password)",
        ),
        (
            "javascript",
            "const spauth = require('node-sp-auth');\nspauth.getAuth('https://contoso.sharepoint.com/sites/a', { username: user, password: 'canary-1' });",
        ),
        (
            "java",
            "import com.microsoft.graph.auth.publicClient.UsernamePasswordProvider;\nclass A { Object p = new UsernamePasswordProvider(id, scopes, user, password); }",
        ),
    ],
    passed: &[
        (
            "python",
            "from office365.runtime.auth.client_credential import ClientCredential\nctx = ClientContext(url).with_credentials(ClientCredential(client_id, secret))",
        ),
        (
            "python",
            "from office365.runtime.auth.authentication_context import AuthenticationContext\nAuthenticationContext(url).acquire_token_for_app(client_id, secret)",
        ),
        ("python", "from contoso.office365.auth import *\nc = UserCredential(user, password)"),
        (
            "python",
            "from exchangelib import Configuration, Credentials\nc = Configuration(server='mail.contoso.com', credentials=Credentials(user, password))",
        ),
        (
            "python",
            "from exchangelib import OAuth2Credentials\nc = OAuth2Credentials(client_id=i, client_secret=s, tenant_id=t)\nserver = 'outlook.office365.com'",
        ),
        (
            "javascript",
            "const spauth = require('node-sp-auth');\nspauth.getAuth('https://contoso.sharepoint.com', { clientId: id, clientSecret: secret });",
        ),
        (
            "javascript",
            "const spauth = require('node-sp-auth');\nspauth.getAuth('https://sharepoint.contoso.local', { username: user, password: p, domain: 'contoso' });",
        ),
        (
            "javascript",
            "const api = require('contoso');\napi.getAuth('https://contoso.sharepoint.com', { username: user, password: p });",
        ),
        (
            "csharp",
            "using PnP.Framework;\nclass A { void F() { var m = new AuthenticationManager(clientId, certificatePath, certificatePassword, tenantId); } }",
        ),
        (
            "csharp",
            "using PnP.Framework;\nclass A { void F() { var m = new AuthenticationManager(clientId, \"contoso.pfx\", password, tenant); } }",
        ),
        (
            "csharp",
            "using PnP.Framework;\nclass A { void F() { var m = new AuthenticationManager(clientId, certificate, tenantId); } }",
        ),
        (
            "csharp",
            "using PnP.Framework;\nclass A { void F() { var m = new AuthenticationManager(clientId, secret, new UserAssertion(token)); } }",
        ),
        (
            "csharp",
            "using PnP.Framework;\nclass A { object F() => new AuthenticationManager(clientId, redirectUrl, tenantId); }",
        ),
        (
            "csharp",
            "using Contoso.Identity;\nclass A { object F() => new AuthenticationManager(clientId, user, password); /* no PnP.Framework */ }",
        ),
        (
            "csharp",
            "using Microsoft.Exchange.WebServices.Data;\nclass A { void F() { s.Credentials = new WebCredentials(user, password); s.Url = new Uri(\"https://mail.contoso.com/EWS/Exchange.asmx\"); } }",
        ),
        (
            "csharp",
            "using Contoso.SharePointOnline;\nclass A { Task F() => client.WithUsernamePassword(user, password).GetAsync(); }",
        ),
        ("csharp", "class SharePointOnlineCredentials { }"),
        (
            "powershell",
            "$context.Credentials = New-Object System.Net.NetworkCredential($user, $password) # no SharePointOnlineCredentials",
        ),
    ],
};

const SHAREPOINT: &str = "it signs in to SharePoint Online: use an application with a certificate, or a managed identity, \
                          with application permissions such as Sites.Selected";

const EXCHANGE: &str = "it signs in to Exchange Online: use an application with a certificate, or a managed identity, with \
                        application permissions of Microsoft Graph or the role Application EWS.AccessAsApp, limited to \
                        the mailboxes that it needs";

const GRAPH: &str = "it signs in to Microsoft Graph: use ManagedIdentityCredential where Azure runs the program, or an \
                     application with a certificate elsewhere, with application permissions";

const ONLINE: &[&str] = &[".sharepoint."];
const OUTLOOK: &[&str] = &["outlook.office"];

/// Those of the addresses that a text has, which every call asks.
struct Hosts(Vec<&'static [&'static str]>);

/// A call that takes a name and a password, the one after the other.
struct Known {
    name: &'static str,
    /// What has to be imported or named before it; nothing else has the name where this is empty.
    module: &'static str,
    /// Where the user's name stands.
    user: usize,
    /// Of a library that signs in to servers of one's own as well: the addresses that are Microsoft's.
    at: &'static [&'static str],
    obstacle: &'static str,
}

const fn known(name: &'static str, module: &'static str, user: usize) -> Known {
    Known { name, module, user, at: &[], obstacle: SHAREPOINT }
}

const CALLS: &[Known] = &[
    known("acquire_token_for_user", "office365", 0),
    known("usercredential", "office365", 0),
    known("with_user_credentials", "office365", 0),
    Known { obstacle: GRAPH, ..known("with_username_and_password", "office365", 1) },
    known("office365", "shareplum", 1),
    known("sharepointonlinecredentials", "", 0),
    known("getsharepointonlineauthenticatedcontexttenant", "", 1),
    known("usernamepasswordauthenticationprovider", "PnP.Core", 2),
    known(MANAGER, "PnP.Framework", 0),
    Known { at: ONLINE, ..known("getauth", "node-sp-auth", 1) },
    Known { at: ONLINE, ..known("create", "sp-request", 0) },
    Known { at: OUTLOOK, obstacle: EXCHANGE, ..known("credentials", "exchangelib", 0) },
    Known { obstacle: EXCHANGE, ..known("oauth2legacycredentials", "exchangelib", 3) },
    Known {
        at: OUTLOOK,
        obstacle: EXCHANGE,
        ..known("webcredentials", "Microsoft.Exchange.WebServices", 0)
    },
    Known { obstacle: GRAPH, ..known("withusernamepassword", "Microsoft.Graph", 0) },
    Known { obstacle: GRAPH, ..known("usernamepasswordprovider", "com.microsoft.graph", 2) },
];

/// With one of these, the server is one's own.
const OWN: &[&str] = &["domain", "fba", "tmg", "adfsurl"];

fn find<'c>(item: Item<'c>, parsed: &'c Parsed) -> Option<Login<'c>> {
    let call = item.call()?;
    let says = |all: &[&str]| parsed.texts.iter().any(|it| all.iter().any(|at| it.says(at)));
    let hosts =
        || parsed.told.get(|| Hosts([ONLINE, OUTLOOK].into_iter().filter(|it| says(it)).collect()));
    let is_there =
        |it: &Known| it.at.is_empty() || hosts().is_some_and(|all| all.0.contains(&it.at));
    let is_it =
        |it: &&Known| it.name == call.name && is_of(it.module, call, parsed) && is_there(it);
    let known = CALLS.iter().find(is_it)?;
    if OWN.iter().any(|it| call.has(it)) {
        return None;
    }
    let user = match known.name {
        MANAGER => user_of_manager(call, parsed)?,
        _ => known.user,
    };
    of_user_and_password(call, user, known.obstacle, parsed)
}

/// `AuthenticationManager` of PnP Framework has a constructor for each way to sign in.
const MANAGER: &str = "authenticationmanager";

/// Where that is given a user's name, with or without the ID of an application before it. With a
/// certificate, it is given a path and a password, too.
fn user_of_manager(call: &Call, parsed: &Parsed) -> Option<usize> {
    if call.has("username") && call.has("password") {
        return Some(0);
    }
    let names = |word: &Word, all: &[&str]| {
        let first = parsed.calls.partition_point(|it| it.span.start < word.span.start);
        let inside = parsed.calls[first..].iter().take_while(|it| it.span.start < word.span.end);
        let mut read = word.reads().into_iter().chain(inside.map(|it| it.name.as_str()));
        let is_read = read.any(|it| all.iter().any(|name| it.to_ascii_lowercase().contains(name)));
        is_read || all.iter().any(|it| word.says(it))
    };
    let is_password = |it: &Word| names(it, &["password", "passwd", "passphrase", "pwd", "secure"]);
    let is_certificate = |it: &Word| names(it, &["cert", "pfx", "path", "file", "thumb"]);
    let last = call.words.len().min(3);
    let words = &call.words[..last];
    let is_it = |it: &usize| is_password(&words[it + 1]) && !is_certificate(&words[*it]);
    (0..last.saturating_sub(1)).find(is_it)
}

/// Whether the call is one of that module, which is imported or named before it.
fn is_of(module: &str, call: &Call, parsed: &Parsed) -> bool {
    module.is_empty() || parsed.imports(module) || call.command.says(module)
}
