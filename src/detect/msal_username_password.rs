//! `AcquireTokenByUsernamePassword` of the Microsoft Authentication Library (MSAL).

use super::{Class, Login, Rule, class_of_credential, class_of_password};
use crate::lang::{Call, Item, Parsed, Word};

pub(super) const RULE: Rule = Rule {
    id: "msal-username-password",
    summary: "gets a token for a user's name and password, through MSAL",
    explanation: "The library sends the user's name and password, and a password alone cannot meet multifactor \
                  authentication. The mandatory one covers Azure Resource Manager; whether the token is for that, the \
                  files do not always show, and Conditional Access or security defaults may refuse the sign-in to any \
                  service (AADSTS50076). MSAL has deprecated the method for public clients.",
    instead: "A client that is an application: a managed identity (`ManagedIdentityApplication`, \
              `ManagedIdentityClient`) where Azure runs the program, `AcquireTokenForClient` with a certificate or \
              another platform's token elsewhere. It has application permissions instead of the user's own.",
    references: &[
        "https://learn.microsoft.com/entra/msal/dotnet/acquiring-tokens/desktop-mobile/username-password-authentication",
        "https://learn.microsoft.com/entra/identity-platform/v2-oauth-ropc",
    ],
    client: "msal",
    hints: &[
        "byusernamepassword",
        "by_username_password",
        "usernamepasswordparameters",
        "get-msaltoken",
    ],
    with: &[],
    enforced: false,
    asks_a_person: false,
    languages: &["python", "csharp", "javascript", "go", "java", "kotlin", "powershell"],
    given_up: &[],
    find,
    flagged: &[
        ("python", "import msal\napp.acquire_token_by_username_password(user, pw, scopes=scopes)"),
        (
            "python",
            "r = self.app.acquire_token_by_username_password(username=os.environ['U'], password='p4ssw0rd', scopes=s)",
        ),
        (
            "csharp",
            "class A { async Task F() { var r = await app.AcquireTokenByUsernamePassword(scopes, user, password).ExecuteAsync(); } }",
        ),
        (
            "javascript",
            "const request = { scopes, username: user, password: 'p4ssw0rd' };\nawait pca.acquireTokenByUsernamePassword(request);",
        ),
        (
            "javascript",
            "pca.acquireTokenByUsernamePassword({ scopes: ['user.read'], username: u, password: p })",
        ),
        (
            "go",
            "package main\nfunc main() { r, err := app.AcquireTokenByUsernamePassword(ctx, scopes, user, password) }",
        ),
        (
            "java",
            "class A { void f() { app.acquireToken(UserNamePasswordParameters.builder(scopes, user, pw.toCharArray()).build()).join(); } }",
        ),
        (
            "kotlin",
            "val t = app.acquireToken(UserNamePasswordParameters.builder(scopes, user, pw.toCharArray()).build()).join()",
        ),
        ("powershell", "Get-MsalToken -ClientId $id -UserCredential $cred -Scopes $scopes"),
        (
            "powershell",
            "$t = $app.AcquireTokenByUsernamePassword($scopes, $user, 'p4ssw0rd').ExecuteAsync().Result",
        ),
    ],
    passed: &[
        (
            "python",
            "class App:\n    def acquire_token_by_username_password(self, username, password):\n        pass",
        ),
        ("python", "app.acquire_token_for_client(scopes=scopes)"),
        ("javascript", "jest.spyOn(app, 'acquireTokenByUsernamePassword')"),
        ("csharp", "class A { Task F() => app.AcquireTokenForClient(scopes).ExecuteAsync(); }"),
        (
            "java",
            "class A { Object f() { return OtherParameters.builder(scopes, user, pw).build(); } }",
        ),
        ("kotlin", "val t = app.acquireToken(ClientCredentialParameters.builder(scopes).build())"),
        ("powershell", "Get-MsalToken -ClientId $id -TenantId $t -ClientCertificate $c"),
        ("powershell", "$t = $app.AcquireTokenForClient($scopes).ExecuteAsync().Result"),
    ],
};

fn find<'c>(item: Item<'c>, parsed: &'c Parsed) -> Option<Login<'c>> {
    let call = item.call()?;
    let (user, secret) = match call.name.as_str() {
        "acquire_token_by_username_password" => (call.words.first(), call.words.get(1)),
        "acquiretokenbyusernamepassword" => positional(call),
        "builder" if is_parameters(call) => (call.words.get(1), call.words.get(2)),
        "get-msaltoken" => {
            let credential = call.value("-usercredential")?;
            let class = class_of_credential(credential, call, parsed);
            return Some(login(None, Some(credential), class));
        }
        _ => return None,
    };
    let secret = call.value("password").or(secret);
    let class = class_of_password(secret, parsed, call.span.start);
    Some(login(call.value("username").or(user), secret, class))
}

fn login<'c>(user: Option<&'c Word>, secret: Option<&'c Word>, class: Class) -> Login<'c> {
    Login { class, ..Login::of(user, secret) }
}

/// Scopes, name and password; in Go after a context.
fn positional(call: &Call) -> (Option<&Word>, Option<&Word>) {
    let user = if call.words.len() > 3 { 2 } else { 1 };
    (call.words.get(user), call.words.get(user + 1))
}

fn is_parameters(call: &Call) -> bool {
    let named = call.command.literal();
    named.is_some_and(|it| it.ends_with("UserNamePasswordParameters.builder"))
}
