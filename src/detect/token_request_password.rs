//! `grant_type=password`, sent to Microsoft Entra ID.

use super::{Class, EVERYWHERE, Login, Rule, class_of_secret};
use crate::lang::{Call, Item, Parsed, Part, Word};
use crate::text::{Span, pattern};
use regex::Regex;
use std::sync::LazyLock;

pub(super) const RULE: Rule = Rule {
    id: "token-request-password",
    summary: "asks Microsoft Entra ID for a token with a user's password",
    explanation: "The grant `password` (resource owner password credentials) sends the user's name and password, and a \
                  password alone cannot meet multifactor authentication, which Azure requires of every user who \
                  creates, changes or deletes a resource. Where the token is for something else, Conditional Access or \
                  security defaults may still refuse it (AADSTS50076). Other identity providers have a grant of that \
                  name, so a request counts if its address is one of Microsoft Entra ID; where the address is in a setting, it \
                  may be one if the file says that the token is for Microsoft Graph or Azure, and names no other provider.",
    instead: "The token of a managed identity where Azure runs the code, the grant `client_credentials` with a \
              federated token or a certificate elsewhere; best through an Azure Identity library, `az account \
              get-access-token` or `Get-AzAccessToken`.",
    references: &[
        "https://learn.microsoft.com/entra/identity-platform/v2-oauth-ropc",
        "https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token",
        "https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow",
    ],
    client: "token",
    hints: &["grant_type", "granttype"],
    with: &[NEAR, ADDRESSES],
    enforced: false,
    asks_a_person: false,
    languages: EVERYWHERE,
    given_up: &[],
    find,
    flagged: &[
        (
            "bash",
            "curl https://login.microsoftonline.com/$T/oauth2/v2.0/token -d \"grant_type=password&username=$U&password=$P\"",
        ),
        (
            "bash",
            "curl -X POST \"https://login.windows.net/$T/oauth2/token\" --data-urlencode 'grant_type=password' \\\n  --data-urlencode \"password=$P\"",
        ),
        (
            "bash",
            "BODY=\"grant_type=password&client_id=$ID\"\ncurl -d \"$BODY\" \"https://login.microsoftonline.us/$T/oauth2/token\"",
        ),
        (
            "powershell",
            "$b = @{ grant_type = 'password'; username = $u; password = $p }\nInvoke-RestMethod -Uri \"https://login.microsoftonline.com/$t/oauth2/token\" -Body $b",
        ),
        (
            "powershell",
            "$b = @{ Grant_Type = 'Password'; Username = $u }\nInvoke-RestMethod \"https://login.microsoftonline.com/$t/oauth2/token\" -Body $b",
        ),
        (
            "powershell",
            "$id = '1950a258-227b-4e31-a9cf-717495945fc2'\n$uri = \"$authority/{0}/oauth2/token\" -f $t\n$b = \"client_id=$id&grant_type=password&username={0}\" -f $u\nInvoke-RestMethod $uri -Body $b",
        ),
        (
            "powershell",
            "$uri = \"$authority/{0}/oauth2/token\" -f $t\n$b = \"resource=$r/&client_id=$id&grant_type=password&username={0}\" -f $u\nInvoke-RestMethod $uri -Body $b",
        ),
        (
            "powershell",
            "$id = '14d82eec-204b-4c2f-b7e8-296a70dab67e'\n$b = @{ grant_type = 'password'; client_id = $id }\nInvoke-RestMethod $settings.TokenUrl -Body $b",
        ),
        (
            "powershell",
            "Invoke-RestMethod \"$authUrl/common/oauth2/token\" -Body @{ grant_type = 'password'; username = $u }",
        ),
        (
            "settings",
            "{\"url\": \"https://login.microsoftonline.com/{{tenant}}/oauth2/token\", \"body\": [{\"key\": \"grant_type\", \"value\": \"password\"}]}",
        ),
        (
            "settings",
            "{\"auth\": {\"oauth2\": [{\"key\": \"grant_type\", \"value\": \"password_credentials\"}, {\"key\": \"accessTokenUrl\", \"value\": \"https://login.microsoftonline.com/t/oauth2/v2.0/token\"}]}}",
        ),
        (
            "csharp",
            "class A { void F() { http.PostAsync(\"https://login.microsoftonline.com/t/oauth2/token\", new FormUrlEncodedContent(new[] { new KeyValuePair<string, string>(\"grant_type\", \"password\") })); } }",
        ),
        (
            "csharp",
            "class A { void F() { var d = new Dictionary<string, string> { { \"grant_type\", \"password\" } }; Post(\"https://login.microsoftonline.com/t/oauth2/token\", d); } }",
        ),
        (
            "javascript",
            "const body = new URLSearchParams();\nbody.append('grant_type', 'password');\nfetch('https://login.microsoftonline.com/t/oauth2/v2.0/token', { method: 'POST', body });",
        ),
        (
            "javascript",
            "const r = { url: 'https://login.microsoftonline.com/t/oauth2/token', body: { mode: 'urlencoded', urlencoded: [{ key: 'grant_type', value: 'password' }] } };\npm.sendRequest(r, done);",
        ),
        (
            "go",
            "package main\nfunc main() { http.PostForm(\"https://login.microsoftonline.com/t/oauth2/token\", url.Values{\"grant_type\": {\"password\"}}) }",
        ),
        (
            "java",
            "class A { void f() { form.add(new BasicNameValuePair(\"grant_type\", \"password\")); post(\"https://login.microsoftonline.com/t/oauth2/token\", form); } }",
        ),
        (
            "python",
            "requests.post('https://login.microsoftonline.com/t/oauth2/token', data=[('grant_type', 'password')])",
        ),
        (
            "kotlin",
            "val r = post(\"https://login.microsoftonline.com/t/oauth2/token\", mapOf(\"grant_type\" to \"password\"))",
        ),
        (
            "javascript",
            "const grant = 'password';\nfetch('https://login.microsoftonline.com/t/oauth2/v2.0/token', { body: new URLSearchParams({ grant_type: grant, username: u }) });",
        ),
        (
            "csharp",
            "class A { const string Grant = \"password\"; string host = \"https://login.microsoftonline.com\"; void F() { Post(host + \"/t/oauth2/token\", $\"grant_type={Grant}&username={u}\"); } }",
        ),
        (
            "python",
            "AUTHORITY = 'https://login.microsoftonline.com/'\ndata = {}\ndata['grant_type'] = 'password'\nrequests.post(AUTHORITY + tenant + '/oauth2/token', data=data)",
        ),
        (
            "java",
            "class A { void f() { post(\"https://login.microsoftonline.com/t/oauth2/token\", \"grant_type=\" + \"password\" + \"&username=\" + u); } }",
        ),
        ("settings", "AUTHORITY=https://login.microsoftonline.com/t\nOAUTH_GRANT_TYPE=password\n"),
        (
            "settings",
            "token_url: https://login.partner.microsoftonline.cn/common/oauth2/v2.0/token\ngrant_type: password\n",
        ),
        (
            "powershell",
            "$id = '1950a258-227b-4e31-a9cf-717495945fc2'\n$body = 'grant_type=password&client_id={0}&username={1}&password={2}' -f $id, $u, $p\nInvoke-RestMethod -Uri $TokenEndpoint -Body $body -Method Post",
        ),
        (
            "powershell",
            "$core = \"username=$u&password=$p&grant_type=password\"\n$global:body = \"$core&scope=https://management.azure.com/.default\"",
        ),
        (
            "python",
            "body = urlencode(dict(grant_type='password', username=u, password=p))\nurlopen('https://login.microsoftonline.com/t/oauth2/token', body)",
        ),
        (
            "settings",
            "data \"http\" \"token\" {\n  url = \"https://login.microsoftonline.com/t/oauth2/token\"\n  request_body = \"grant_type=password&username=${var.u}\"\n}\n",
        ),
        (
            "csharp",
            "class A { Task F() { var f = new Dictionary<string, string> { [\"grant_type\"] = \"password\", [\"resource\"] = \"https://graph.microsoft.com\" }; return http.PostAsync(configuration[\"TokenEndpoint\"], new FormUrlEncodedContent(f)); } }",
        ),
        (
            "csharp",
            "class A { Task F() => http.PostAsync($\"{configuration[\"AzureAd:Instance\"]}{tenant}/oauth2/token\", new FormUrlEncodedContent(new[] { new KeyValuePair<string, string>(\"grant_type\", \"password\") })); }",
        ),
        (
            "python",
            "from contoso import settings\ndata = {'grant_type': 'password', 'username': settings.USER, 'resource': 'https://management.azure.com/'}\nrequests.post(settings.TOKEN_URL, data=data)",
        ),
        (
            "python",
            "import msal\nrequests.post(settings.TOKEN_URL, data={'grant_type': 'password', 'username': settings.USER})",
        ),
        (
            "javascript",
            "const body = new URLSearchParams({ grant_type: 'password', username, resource: 'https://management.azure.com' });\nfetch(process.env.AUTHORITY + '/oauth2/token', { method: 'POST', body });",
        ),
        (
            "bash",
            "curl \"$TOKEN_URL\" -d \"grant_type=password&username=$U&password=$P&resource=https://management.azure.com/\"",
        ),
    ],
    passed: &[
        (
            "python",
            "from msal.throttled_http_client import ThrottledHttpClient\nThrottledHttpClient(http).post(url, data={'grant_type': 'password'})",
        ),
        (
            "csharp",
            "class A { Task F() { var f = new Dictionary<string, string> { [\"grant_type\"] = \"password\" }; Send(\"https://graph.microsoft.com/v1.0/me\"); return http.PostAsync(configuration[\"Keycloak:Url\"], new FormUrlEncodedContent(f)); } }",
        ),
        (
            "python",
            "requests.post(settings.TOKEN_URL, data={'grant_type': 'password', 'username': settings.USER})",
        ),
        (
            "javascript",
            "fetch(process.env.AUTHORITY + '/oauth2/token', { body: new URLSearchParams({ grant_type: 'password', username }) });",
        ),
        (
            "javascript",
            "const body = new URLSearchParams({ grant_type: 'password', username });\nfetch('https://sso.contoso.com/token', { body });\nfetch('https://graph.microsoft.com/v1.0/me');",
        ),
        (
            "python",
            "r = requests.post(settings.SALESFORCE_URL, data={'grant_type': 'password'})\nrequests.get('https://graph.microsoft.com/v1.0/me')",
        ),
        (
            "bash",
            "curl https://sso.contoso.com/realms/x/protocol/openid-connect/token -d grant_type=password",
        ),
        ("bash", "curl -d \"grant_type=password&username=$U\" \"$HOST/oauth/token\""),
        (
            "bash",
            "curl -d \"grant_type=password&username=$U&resource=$R\" \"$HOST/adfs/oauth2/token\"",
        ),
        (
            "bash",
            "az login --identity\ncurl https://contoso.okta.com/oauth2/v1/token -d grant_type=password\ncurl https://login.microsoftonline.com/$T/oauth2/token -d grant_type=client_credentials",
        ),
        (
            "bash",
            "curl https://login.microsoftonline.com/$T/oauth2/v2.0/token -d \"grant_type=client_credentials&client_secret=$P\"",
        ),
        (
            "powershell",
            "$b = @{ grant_type = 'password' }\nInvoke-RestMethod \"$url/services/oauth2/token\" -Body $b",
        ),
        (
            "python",
            "REALM = 'https://sso.contoso.com/realms/x'\ngrant = 'password'\nrequests.post(f'{REALM}/oauth2/v2.0/token', data={'grant_type': grant})\nlogin = 'https://login.microsoftonline.com/'",
        ),
        (
            "javascript",
            "const grant = 'client_credentials';\nfetch('https://login.microsoftonline.com/t/oauth2/token', { body: new URLSearchParams({ grant_type: grant, password: p }) });",
        ),
        ("settings", "spring:\n  security:\n    authorization-grant-type: password\n"),
        ("settings", "grant_type: password\n"),
        (
            "python",
            "REALM = 'https://sso.contoso.com/realms/x/token'\nrequests.post(REALM, data={'grant_type': 'password'})\nlogin = 'https://login.microsoftonline.com/'",
        ),
        (
            "python",
            "form = {'grant_type': 'password'}\nlogin = 'https://login.microsoftonline.com/'\nrequests.post('https://sso.contoso.com/realms/x/token', data=form)",
        ),
        (
            "python",
            "B2C_GRANT_TYPE = 'password'\nAUTHORITY = 'https://login.microsoftonline.com'\n",
        ),
        (
            "javascript",
            "body.append('grant_type', 'client_credentials');\nfetch('https://login.microsoftonline.com/t/oauth2/v2.0/token', { body });",
        ),
        (
            "javascript",
            "const r = { url: 'https://sso.contoso.com/realms/x/token', body: { urlencoded: [{ key: 'grant_type', value: 'password' }] } };\npm.sendRequest(r, done);",
        ),
        (
            "javascript",
            "const r = { url: 'https://login.microsoftonline.com/t/oauth2/token', body: { urlencoded: [{ key: 'grant_type', value: 'client_credentials' }, { key: 'x', value: 'password' }] } };\npm.sendRequest(r, done);",
        ),
        (
            "csharp",
            "class A { void F() { form.Add(\"grant_type\", \"password\"); Post(\"https://sso.contoso.com/realms/x/protocol/openid-connect/token\", form); } }",
        ),
    ],
};

static GRANT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?i)\bgrant_type["']?\s*[=:]\s*["']?password(?:["'&\s\\;]|$)"#));

/// A part of a form that ends with the name, and the one behind it.
static NAMED: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\bgrant_type=$"));
static GIVEN: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)^password(?:&|$)"));

/// Where Microsoft Entra ID listens, in all clouds.
const HOSTS: &[&str] = &[
    "login.microsoftonline.",
    "login.partner.microsoftonline.cn",
    "login.chinacloudapi.cn",
    "login-us.microsoftonline.com",
    "login.windows.net",
    "login.microsoft.com",
    "sts.windows.net",
];

/// The IDs of the Azure CLI, of Azure PowerShell and of the one for Microsoft Graph, as which scripts ask
/// for tokens. No other provider knows them.
const CLIENTS: &[&str] = &[
    "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
    "1950a258-227b-4e31-a9cf-717495945fc2",
    "14d82eec-204b-4c2f-b7e8-296a70dab67e",
];

/// The end of a scope, all that was consented to, which no other provider has.
const SCOPE: &str = "/.default";

/// What stands in each of the addresses that are told apart here, in the IDs, or in the scope.
/// What asks for tokens for one of [`RESOURCES`], or says whose they are, has one of these as well.
const ADDRESSES: &str = r"/\.default|microsoftonline|chinacloudapi|login\.windows|login\.microsoft|sts\.windows|oauth2|04b07795-8ddb|1950a258-227b|14d82eec-204b|graph\.(?:microsoft|windows)|management\.(?:azure|core)|analysis\.windows|vault\.azure|database\.windows|microsoft\.identity|azure[_.]?ad\b|\b(?:adal|msal)";

/// What the grant is given.
const NEAR: &str = "(?<near200>password)";

/// The end of an address that only Microsoft Entra ID has, whichever host is put before it.
const PATHS: &[&str] =
    &["/oauth2/v2.0/token", "/common/oauth2/token", "/organizations/oauth2/token"];

/// What only Microsoft Entra ID has in the place of a tenant.
const TENANTS: &[&str] = &["/common/oauth2/", "/organizations/oauth2/"];

/// The end of one of the first version's addresses, which other providers have as well.
const FIRST: &str = "/oauth2/token";

/// What tokens of Microsoft Entra ID are for. Programs get the address that they ask from a setting more
/// often than this.
const RESOURCES: &[&str] = &[
    "://graph.microsoft.com",
    "://graph.windows.net",
    "://management.azure.com",
    "://management.core.windows.net",
    "://analysis.windows.net",
    "://vault.azure.net",
    "://database.windows.net",
];

/// What its first version is told that a token is for. Other providers are told so by scopes alone.
const RESOURCE: &str = "resource=";

/// What settings of Microsoft Entra ID are called.
static CALLED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)(?:^|[^a-z])azure[_.]?ad(?:[^a-z]|$)|AzureAd[A-Z]"));

/// Libraries that sign in there. Who imports a part of one may be a test of it.
const LIBRARIES: &[&str] = &[
    "@azure/msal-node",
    "adal",
    "msal",
    "Microsoft.Identity.Client",
    "Microsoft.IdentityModel.Clients.ActiveDirectory",
];

/// Other providers, by what variables, settings and addresses of theirs are called.
static OTHER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)adfs|auth0|b2c|cognito|forgerock|identity_?server|keycloak|okta|onelogin|openid-connect|/realms/|salesforce|servicenow|wso2|zoho",
    )
});

/// The end of an address that asks for a token somewhere.
const OTHERS: &[&str] = &["/token", "/oauth", "/realms/", "/connect/", "/login", "openid-connect"];

/// What an address is one of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Provider {
    Entra,
    EntraPerhaps,
    Other,
}

fn provider(word: &Word, parsed: &Parsed) -> Option<Provider> {
    let says = |all: &[&str]| all.iter().any(|it| word.says(it));
    let begins = || word.reads().first().and_then(|it| held(it, word.span, parsed));
    if says(HOSTS) || says(CLIENTS) || word.says(SCOPE) {
        return Some(Provider::Entra);
    }
    if !says(PATHS) && !says(OTHERS) {
        return None;
    }
    let host = begins().filter(|_| !word.says("://"));
    Some(match host {
        Some(it) if HOSTS.iter().any(|host| it.says(host)) => Provider::Entra,
        // A gateway or an emulator may answer to the names of tenants.
        Some(it) if it.says("://") && !says(TENANTS) => Provider::Other,
        _ if says(PATHS) && !word.says("://") => Provider::EntraPerhaps,
        _ if word.says(FIRST) && !word.says("://") && is_for_entra(parsed) => {
            Provider::EntraPerhaps
        }
        _ => Provider::Other,
    })
}

/// Whether a file is about tokens of Microsoft Entra ID, as far as it says whose they are.
struct ForEntra(bool);

fn is_for_entra(parsed: &Parsed) -> bool {
    let is_other = |it: &&Word| it.fits(&OTHER) || it.reads().iter().any(|it| OTHER.is_match(it));
    let is_own = |it: &&Word| {
        let is_called = it.reads().iter().any(|it| CALLED.is_match(it)) || it.fits(&CALLED);
        let is_first = || it.says(RESOURCE) && it.fits(&GRANT);
        is_called || RESOURCES.iter().chain(CLIENTS).any(|known| it.says(known)) || is_first()
    };
    let all = || {
        let given = parsed.calls.iter().flat_map(|it| words(it).take(NEAREST));
        parsed.texts.iter().chain(given).chain(parsed.assignments.iter().map(|it| &it.value))
    };
    let tell = || {
        let imports = || parsed.imports.iter().any(|it| LIBRARIES.contains(&it.module.as_str()));
        ForEntra((imports() || all().any(|it| is_own(&it))) && !all().any(|it| is_other(&it)))
    };
    parsed.told.get(tell).is_some_and(|it| it.0)
}

/// What a variable is given, before or behind where it is read.
fn held<'p>(name: &str, at: Span, parsed: &'p Parsed) -> Option<&'p Word> {
    let all = &parsed.assignments;
    let next = all.partition_point(|it| it.span.start < at.start);
    let before = all[..next].iter().rev().take(NEAREST);
    let mut near = before.chain(all[next..].iter().take(NEAREST));
    near.find(|it| it.name == name && !it.value.parts.is_empty()).map(|it| &it.value)
}

const PASSWORD: &str = "password";

/// What Postman calls it, where it asks for the token itself.
const POSTMAN: &str = "password_credentials";

/// Whether a setting of that name holds the grant. A program has names of its own for all kinds of
/// constants; what is only set is set for somebody to read.
fn is_grant(name: &str, parsed: &Parsed) -> bool {
    let name = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let is_prefixed = parsed.assignments.is_empty()
        && ["grant_type", "granttype"].iter().any(|it| name.ends_with(it));
    matches!(name.as_str(), "grant_type" | "granttype") || is_prefixed
}

/// Whether it is the name of the grant, or a variable that holds that.
fn is_password(word: &Word, parsed: &Parsed) -> bool {
    let is = |it: &Word| it.literal().is_some_and(|it| it.eq_ignore_ascii_case(PASSWORD));
    // A variable that is called like the grant is one itself.
    let holds = |it: &str| !is_grant(it, parsed) && held(it, word.span, parsed).is_some_and(is);
    is(word) || word.is(POSTMAN) || word.variable().is_some_and(holds)
}

/// Whether a form says the grant, in one of its parts or in two that follow each other.
fn is_form(word: &Word, parsed: &Parsed) -> bool {
    let alone = |it: &Part| Word { span: it.span, parts: vec![it.clone()] };
    let is_split = || {
        word.parts.windows(2).any(|it| {
            let given = alone(&it[1]);
            let is_given = given.fits(&GIVEN) || is_password(&given, parsed);
            is_given && alone(&it[0]).fits(&NAMED)
        })
    };
    word.fits(&GRANT) || word.fits(&NAMED) && is_split()
}

fn find<'c>(item: Item<'c>, parsed: &'c Parsed) -> Option<Login<'c>> {
    let is_grant = match item {
        Item::Call(_) => false,
        Item::Setting(it) => is_grant(it.name, parsed) && is_password(it.value, parsed),
        Item::Text(word) => is_form(word, parsed),
    };
    if !is_grant {
        return None;
    }
    let unseen = || is_for_entra(parsed).then_some(Provider::EntraPerhaps);
    let provider = addressed(item.span(), parsed).or_else(unseen)?;
    let doubt = (provider == Provider::EntraPerhaps).then_some(
        "the host that it asks is in a variable or a setting, and may be another identity provider's",
    );
    let beside = |name: &str| beside(name, item.span(), parsed);
    let secret = match item {
        Item::Setting(_) => beside("password"),
        Item::Text(word) => in_form(word, parsed),
        Item::Call(_) => None,
    };
    let user = matches!(item, Item::Setting(_)).then(|| beside("username")).flatten();
    let class = match secret {
        _ if is_example(item.span(), parsed) => Class::Documentation,
        Some(secret) => class_of_secret(secret, item.span().start, parsed),
        None => Class::UserIdentity,
    };
    (provider != Provider::Other).then(|| Login { class, doubt, ..Login::of(user, secret) })
}

/// Texts further away than so many others are not looked at.
const NEAREST: usize = 200;

/// With each request, Postman keeps examples of what was once asked and answered.
const EXAMPLE: &str = "originalRequest";

/// Whether a setting stands in such an example, which is sent no more.
fn is_example(span: Span, parsed: &Parsed) -> bool {
    let first = parsed.entries.partition_point(|it| it.span.start < span.start);
    let mut before = parsed.entries[..first].iter().rev().take(NEAREST);
    before.any(|it| it.key == EXAMPLE && it.span.contains(span))
}

/// Who is asked: the address that the call is given, also in a variable; or else the nearest one.
fn addressed(span: Span, parsed: &Parsed) -> Option<Provider> {
    asked(span, parsed).or_else(|| nearest(span, parsed))
}

/// The address of the calls around a grant, or of those that are given the form that it is put into.
fn asked(span: Span, parsed: &Parsed) -> Option<Provider> {
    let own = parsed.assignments.partition_point(|it| it.span.start <= span.start);
    let mut before = parsed.assignments[..own].iter().rev().take(NEAREST);
    let form = before.find(|it| it.span.contains(span)).map(|it| it.name.as_str());
    let next = parsed.calls.partition_point(|it| it.span.start <= span.start);
    let around =
        parsed.calls[..next].iter().rev().take(NEAREST).filter(|it| it.span.contains(span));
    let given = |it: &&Call| form.is_some() && words(it).any(|it| it.variable() == form);
    let later = parsed.calls[next..].iter().take(NEAREST).filter(given);
    // What begins with a slash may be what the program itself answers to.
    let is_own = |it: &Word| it.literal().is_some_and(|it| it.starts_with('/'));
    let address = |it: &Word| {
        let named = it.variable().and_then(|name| held(name, it.span, parsed));
        provider(named.unwrap_or(it), parsed)
    };
    around.chain(later).find_map(|it| words(it).filter(|it| !is_own(it)).filter_map(address).min())
}

/// The first words of a call: it may be given any number, each of which may hold a grant.
fn words(call: &Call) -> impl Iterator<Item = &Word> {
    let values = call.options.iter().filter_map(|it| it.value.as_ref());
    call.arguments.iter().take(NEAREST).chain(values.take(NEAREST))
}

fn nearest(span: Span, parsed: &Parsed) -> Option<Provider> {
    let last = parsed.calls.partition_point(|it| it.span.start <= span.start);
    let before = parsed.calls[..last].iter().rev().take(NEAREST);
    let call = before.map(|it| it.span).find(|it| it.contains(span));
    let distance = |it: Span| match call.is_some_and(|call| call.contains(it)) {
        true => 0,
        false => 1 + it.start.saturating_sub(span.end).max(span.start.saturating_sub(it.end)),
    };
    let at = parsed.texts.partition_point(|it| it.span.start < span.start);
    let near = at.saturating_sub(NEAREST)..(at + NEAREST).min(parsed.texts.len());
    let known =
        parsed.texts[near].iter().filter_map(|it| Some((distance(it.span), provider(it, parsed)?)));
    // Of those in one call, one of Microsoft Entra ID is its address.
    known.min().map(|(_, it)| it)
}

/// The part of a form with the password: this text, or another argument of the same call.
fn in_form<'c>(word: &'c Word, parsed: &'c Parsed) -> Option<&'c Word> {
    if word.says("&password=") {
        return Some(word);
    }
    let calls = parsed.calls.iter().filter(|it| it.span.contains(word.span));
    let call = calls.min_by_key(|it| it.span.end - it.span.start)?;
    call.arguments.iter().find(|it| it.says("password=") && !it.says("grant_type"))
}

/// The value of the nearest setting of that name.
fn beside<'c>(name: &str, span: Span, parsed: &'c Parsed) -> Option<&'c Word> {
    const FURTHEST: usize = 1000;
    let entries = &parsed.entries;
    let first = entries.partition_point(|it| it.span.start + FURTHEST < span.start);
    let near = entries[first..].iter().take_while(|it| it.span.start < span.end + FURTHEST);
    let own = parsed.assignments
        [..parsed.assignments.partition_point(|it| it.span.start <= span.start)]
        .last()
        .filter(|it| it.span.contains(span));
    let own = own.into_iter().flat_map(|it| &it.entries).map(|(key, value)| (key, value));
    let named =
        near.map(|it| (&it.key, &it.value)).chain(own).filter(|it| it.0.eq_ignore_ascii_case(name));
    named.map(|(_, value)| value).min_by_key(|it| it.span.start.abs_diff(span.start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{detect::logins, lang};

    #[test]
    fn an_example_that_is_kept_with_a_request_is_documentation() {
        let request = "{\"url\": \"https://login.microsoftonline.com/{{t}}/oauth2/token\", \"body\": {\"urlencoded\": [{\"key\": \"grant_type\", \"value\": \"password\"}]}}";
        let collection = format!(
            "{{\"item\": [{{\"request\": {request}, \"response\": [{{\"originalRequest\": {request}, \"code\": 200}}]}}]}}"
        );
        let parsed = lang::by_name("settings").map(|it| it.parse(&collection, &[])).unwrap();
        let found: Vec<Class> =
            logins("settings", &parsed).found.into_iter().map(|it| it.login.class).collect();
        assert_eq!(found, [Class::UserIdentity, Class::Documentation]);
    }
}
