//! Names and passwords of users in libraries that came before Azure Identity and MSAL.

use super::{Login, Rule, of_user_and_password};
use crate::lang::{Item, Parsed};

pub(super) const RULE: Rule = Rule {
    id: "legacy-sdk-username-password",
    summary: "signs in with a user's name and password, through a library that is retired",
    explanation: "ADAL, ms-rest and the credentials of the first management libraries get no fixes any more. They send \
                  the user's name and password, and a password alone cannot meet multifactor authentication, which \
                  Azure requires of every user who creates, changes or deletes a resource.",
    instead: "The present libraries of Azure with Azure Identity: `ManagedIdentityCredential` where Azure runs the \
              program, `DefaultAzureCredential` or a certificate elsewhere. For a service beside Azure, MSAL with an \
              application of its own.",
    references: &[
        "https://learn.microsoft.com/entra/identity-platform/msal-migration",
        "https://learn.microsoft.com/entra/identity/authentication/concept-mandatory-multifactor-authentication",
    ],
    client: "legacy-sdk",
    hints: &[
        "withusernamepassword",
        "with_username_password",
        "fromusernamepassword",
        "newusernamepasswordconfig",
        "userpasscredential",
        "userpasswordcredential",
        "microsoft.identitymodel.clients.activedirectory",
        "usertokencredentials",
        "loginsilentasync",
        "azurecredentialsfactory",
        "userlogininformation",
        "aad.adal4j",
        "azure.datalake.store",
    ],
    with: &[],
    enforced: true,
    asks_a_person: false,
    languages: &["python", "csharp", "javascript", "go", "java", "kotlin", "powershell"],
    given_up: &[],
    find,
    flagged: &[
        (
            "python",
            "import adal\ncontext.acquire_token_with_username_password(resource, user, pw, client_id)",
        ),
        (
            "python",
            "from azure.common.credentials import UserPassCredentials\nc = UserPassCredentials('deploy@contoso.com', 'p4ssw0rd')",
        ),
        (
            "javascript",
            "msRestAzure.loginWithUsernamePassword(user, 'p4ssw0rd', (err, credentials) => run(credentials));",
        ),
        (
            "javascript",
            "context.acquireTokenWithUsernamePassword(resource, user, password, clientId, done);",
        ),
        (
            "csharp",
            "class A { async Task F() { await context.AcquireTokenAsync(resource, clientId, new UserPasswordCredential(user, password)); } }",
        ),
        (
            "csharp",
            "class A { Task F() => UserTokenProvider.LoginSilentAsync(clientId, tenant, user, password); }",
        ),
        (
            "java",
            "import com.microsoft.aad.adal4j.*;\nclass A { void f() { context.acquireToken(resource, clientId, user, password, null); } }",
        ),
        (
            "java",
            "class A { Object c = new UserTokenCredentials(clientId, domain, user, password, environment); }",
        ),
        ("kotlin", "val c = UserTokenCredentials(clientId, domain, user, password, environment)"),
        (
            "go",
            "package main\nfunc main() { t, err := adal.NewServicePrincipalTokenFromUsernamePassword(config, id, user, \"canary-1\", resource) }",
        ),
        (
            "go",
            "package main\nfunc main() { config := auth.NewUsernamePasswordConfig(user, password, id, tenant) }",
        ),
        (
            "csharp",
            "class A { object c = SdkContext.AzureCredentialsFactory.FromUser(user, password, client, tenant, cloud); }",
        ),
        (
            "csharp",
            "class A { object c = new AzureCredentials(new UserLoginInformation { UserName = user, Password = \"p4ssw0rd\" }, t, e); }",
        ),
        (
            "powershell",
            "$c = [Microsoft.IdentityModel.Clients.ActiveDirectory.UserPasswordCredential]::new($u, $p)",
        ),
        (
            "powershell",
            "$c = New-Object \"Microsoft.IdentityModel.Clients.ActiveDirectory.UserPasswordCredential\" -ArgumentList $u, 'p4ssw0rd'",
        ),
        (
            "powershell",
            "$c = New-Object Microsoft.IdentityModel.Clients.ActiveDirectory.UserCredential($u, $p)",
        ),
        (
            "python",
            "from azure.common.credentials import UserPassCredentials as Cred\nc = Cred(user, password)",
        ),
        (
            "python",
            "from azure.datalake.store import core, lib\ntoken = lib.auth(tenant_id=t, username=user, password='canary-1')",
        ),
    ],
    passed: &[
        (
            "python",
            "from azure.datalake.store import lib\ntoken = lib.auth(tenant_id=t, client_id=i, client_secret=s)",
        ),
        ("python", "import requests\nrequests.auth(t, user, password) # no azure.datalake.store"),
        ("python", "context.acquire_token_with_client_credentials(resource, client_id, secret)"),
        (
            "python",
            "def acquire_token_with_username_password(self, resource, username, password):\n    pass",
        ),
        ("javascript", "msRestAzure.loginWithServicePrincipalSecret(clientId, secret, domain);"),
        ("csharp", "class UserPasswordCredential { }"),
        ("csharp", "class A { object c = new UserCredential(user, password); }"),
        ("csharp", "class A { object c = notices.FromUser(user, text); }"),
        (
            "csharp",
            "class A { object c = SdkContext.AzureCredentialsFactory.FromServicePrincipal(id, secret, t, e); }",
        ),
        ("kotlin", "val c = ApplicationTokenCredentials(clientId, domain, secret, environment)"),
        ("powershell", "$c = New-Object Contoso.Directory.UserCredential($u, $p)"),
        (
            "powershell",
            "$c = [Microsoft.IdentityModel.Clients.ActiveDirectory.ClientCredential]::new($id, $secret)",
        ),
        (
            "java",
            "class A { void f() { context.acquireToken(resource, clientId, user, password, null); } }",
        ),
        (
            "java",
            "import com.microsoft.aad.adal4j.*;\nclass A { void f() { context.acquireToken(resource, new UserAssertion(token), credential, null); } }",
        ),
        (
            "go",
            "package main\nfunc main() { t, err := adal.NewServicePrincipalToken(config, id, secret, resource) }",
        ),
    ],
};

const OBSTACLE: &str = "the library is retired: move the program to its successor (azure-identity with azure-mgmt packages in \
                        Python, Azure.Identity with Azure.ResourceManager in .NET, @azure/identity with @azure/arm \
                        packages in Node.js, azidentity with arm modules in Go, azure-identity with \
                        azure-resourcemanager in Java), with ManagedIdentityCredential where Azure runs it, and \
                        DefaultAzureCredential or a certificate elsewhere";

/// A call that takes a name and a password, the one after the other.
struct Known {
    name: &'static str,
    /// What has to be imported or named before it, where others have calls of that name.
    module: &'static str,
    /// Where the user's name stands.
    user: usize,
    /// With fewer arguments, it takes something else.
    least: usize,
}

const fn known(name: &'static str, module: &'static str, user: usize) -> Known {
    Known { name, module, user, least: 0 }
}

const CALLS: &[Known] = &[
    known("acquire_token_with_username_password", "", 1),
    known("acquiretokenwithusernamepassword", "", 1),
    known("userpasscredentials", "", 0),
    known("loginwithusernamepassword", "", 0),
    known("loginwithusernamepasswordwithauthresponse", "", 0),
    known("userpasswordcredential", "", 0),
    known("usercredential", "Microsoft.IdentityModel.Clients.ActiveDirectory", 0),
    known("userlogininformation", "", 0),
    known("fromuser", "AzureCredentialsFactory", 0),
    known("loginsilentasync", "", 2),
    known("usertokencredentials", "", 2),
    known("newserviceprincipaltokenfromusernamepassword", "", 2),
    known("newusernamepasswordconfig", "", 0),
    known("auth", "azure.datalake.store", 1),
    Known { least: 5, ..known("acquiretoken", "com.microsoft.aad.adal4j", 2) },
];

fn find<'c>(item: Item<'c>, parsed: &'c Parsed) -> Option<Login<'c>> {
    let call = item.call()?;
    let is_of = |module: &str| parsed.imports(module) || call.command.says(module);
    let is_it = |it: &&Known| {
        let is_called = it.name == call.name && call.words.len() >= it.least;
        is_called && (it.module.is_empty() || is_of(it.module))
    };
    let known = CALLS.iter().find(is_it)?;
    of_user_and_password(call, known.user, OBSTACLE, parsed)
}
