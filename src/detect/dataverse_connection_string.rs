//! `AuthType=OAuth;Username=…;Password=…`, in connection strings of Dataverse and Dynamics 365.

use super::{EVERYWHERE, Login, Rule, is_shown};
use crate::lang::{Assignment, Item, Parsed, Setting, Word};
use crate::text::pattern;
use regex::Regex;
use std::sync::LazyLock;

pub(super) const RULE: Rule = Rule {
    id: "dataverse-connection-string",
    summary: "signs in to Dataverse (Dynamics 365) as a user, with a password",
    explanation: "The client sends the user's name and password to Microsoft Entra ID, and a password alone cannot meet \
                  multifactor authentication. The mandatory one covers Azure Resource Manager, not Dataverse, so the \
                  files do not show whether the sign-in is refused; Conditional Access or security defaults may still \
                  refuse it (AADSTS50076). `AuthType=Office365` is the WS-Trust protocol, which Dataverse has given up.",
    instead: "An application user of the environment, with a security role. `AuthType=Certificate` signs it in; the \
              `ServiceClient` of today also takes a function that gives tokens, of `ManagedIdentityCredential` where \
              Azure runs the code. `AuthType=ClientSecret` needs a secret that somebody has to keep.",
    references: &[
        "https://learn.microsoft.com/power-apps/developer/data-platform/xrm-tooling/use-connection-strings-xrm-tooling-connect",
        "https://learn.microsoft.com/power-apps/developer/data-platform/authenticate-office365-deprecation",
        "https://learn.microsoft.com/power-platform/admin/manage-application-users",
    ],
    client: "dataverse",
    hints: &["authtype"],
    with: &[r"authtype\W{1,8}(?:oauth|office365)\b", "password"],
    enforced: false,
    asks_a_person: false,
    languages: EVERYWHERE,
    given_up: &[],
    find,
    flagged: &[
        (
            "csharp",
            "class A { void F() { var s = \"AuthType=OAuth;\" + \"Username=a@contoso.com;\" + \"Password=canary-1;\" + \"Url=https://org.crm4.dynamics.com\"; } }",
        ),
        (
            "csharp",
            "class A { object c = new ServiceClient($\"AuthType = Office365; Url = {url}; UserName = {user}; Password = {password}\"); }",
        ),
        (
            "csharp",
            "class A { void F() { var s = $\"AuthType=OAuth;Url={url};LoginPrompt=Never\"; s += $\";Username={user};Password={password}\"; } }",
        ),
        (
            "settings",
            "<configuration><add name=\"Crm\" connectionString=\"Url=https://org.crm.dynamics.com; Username=a@contoso.com; Password=canary-1; AuthType=Office365\"/></configuration>",
        ),
        (
            "settings",
            "{\"Dataverse\": \"AuthType=OAuth;Url=https://org.crm.dynamics.com;Username=a@contoso.com;Password=canary-1;LoginPrompt=Never\"}",
        ),
        (
            "powershell",
            "Get-CrmConnection -ConnectionString \"AuthType=Office365;Username=$u;Password=$p;Url=$url\"",
        ),
        ("python", "s = 'AuthType=OAuth;Url=%s;Username=%s;Password=%s' % (url, user, password)"),
        (
            "settings",
            "{\"Crm\": {\"AuthType\": \"Office365\", \"Url\": \"https://contoso.crm4.dynamics.com\", \"Username\": \"a@contoso.com\", \"Password\": \"canary-1\"}}",
        ),
        (
            "csharp",
            "class A { void F() { b[\"AuthType\"] = \"OAuth\"; b[\"Username\"] = user; b[\"Password\"] = password; b[\"Url\"] = \"https://contoso.crm.dynamics.com\"; } }",
        ),
    ],
    passed: &[
        (
            "settings",
            "{\"Sso\": {\"AuthType\": \"OAuth\", \"Url\": \"https://sso.contoso.com\", \"Password\": \"canary-1\"}}",
        ),
        (
            "settings",
            "{\"Crm\": {\"AuthType\": \"Office365\", \"Url\": \"https://contoso.crm4.dynamics.com\", \"Username\": \"\", \"Password\": \"\"}}",
        ),
        (
            "powershell",
            "Get-CrmConnection -ConnectionString \"AuthType=ClientSecret;ClientId=$id;ClientSecret=$s;Url=$url\"",
        ),
        (
            "powershell",
            "Get-CrmConnection -ConnectionString \"AuthType=AD;Username=$u;Password=$p;Url=https://crm.contoso.local/org\"",
        ),
        (
            "csharp",
            "class A { string s = \"AuthType=IFD;Url=https://crm.contoso.com;Username=a;Password=canary-1\"; }",
        ),
        (
            "csharp",
            "class A { string s = \"AuthType=OAuth;Url=https://org.crm.dynamics.com;LoginPrompt=Always\"; }",
        ),
        ("bash", "./configure.sh -authType=OAUTH2 -url=$URL -password=$P"),
        ("settings", "endpoint=https://sso.contoso.com;AuthType=OAuth;Password=canary-1\n"),
        (
            "csharp",
            "class A { void F() { throw new ArgumentException(\"AuthType=OAuth;Url=…;Username=…;Password=… is expected\"); } }",
        ),
        ("csharp", "// AuthType=OAuth;Url=https://org.crm.dynamics.com;Username=a;Password=b"),
    ],
};

/// The other kinds of sign-in are those of servers of one's own, or of applications.
static METHOD: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)(?:^|[;\s'])authtype\s*=\s*(?:oauth|office365)\s*(?:[;'&]|$)"));

static PASSWORD: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)(?:^|[;\s'])password\s*="));

/// The environment, without which it is a text of another kind.
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)(?:^|[;\s'])(?:url|service\s?uri|server)\s*=|\.dynamics(?:-int)?\.|\.crm\d*\.")
});

fn find<'c>(item: Item<'c>, parsed: &'c Parsed) -> Option<Login<'c>> {
    let (user, secret) = match item {
        Item::Text(word) if word.fits(&METHOD) => {
            let more = || continued(word, parsed);
            let says = |pattern| word.fits(pattern) || more().any(|it| it.fits(pattern));
            let is_it = says(&PASSWORD) && says(&ADDRESS) && !is_shown(word, parsed);
            is_it.then_some((None, None))?
        }
        Item::Setting(it) => of_settings(it, parsed)?,
        Item::Text(_) | Item::Call(_) => return None,
    };
    Some(Login {
        obstacle: Some(
            "it signs in to Dataverse: make the identity an application user of the environment, and use \
             AuthType=Certificate, or a ServiceClient that is given tokens of ManagedIdentityCredential",
        ),
        ..Login::of(user, secret)
    })
}

/// The user and the password, where each has a setting of its own.
fn of_settings<'c>(
    kind: Setting<'c>,
    parsed: &'c Parsed,
) -> Option<(Option<&'c Word>, Option<&'c Word>)> {
    let says = |it: Setting<'_>, all: &[&str]| {
        let own = it.name.rsplit(['.', ':']).next().unwrap_or_default();
        all.iter().any(|name| own.eq_ignore_ascii_case(name)) && !it.value.is("")
    };
    let set = |all: &[&str]| parsed.settings().find(|it| says(*it, all)).map(|it| it.value);
    let is_kind = |it: &Word| {
        it.literal().is_some_and(|it| KINDS.iter().any(|kind| it.eq_ignore_ascii_case(kind)))
    };
    if !says(kind, &["authtype"]) || !is_kind(kind.value) {
        return None;
    }
    let given = || set(&["username"]).zip(set(&["password"]));
    let is_there = || parsed.texts.iter().any(|it| it.says(".dynamics."));
    let signs_in = parsed.told.get(|| SignsIn(given().is_some() && is_there()));
    let (user, secret) = signs_in.filter(|it| it.0).and_then(|_| given())?;
    Some((Some(user), Some(secret)))
}

/// Whether a user, a password and an address are there, which every setting of the kind asks.
struct SignsIn(bool);

const KINDS: &[&str] = &["oauth", "office365"];

/// So many assignments around a text are looked at.
const NEAREST: usize = 20;

/// What is added to the variable that holds the text.
fn continued<'c>(word: &'c Word, parsed: &'c Parsed) -> impl Iterator<Item = &'c Word> {
    let all = &parsed.assignments;
    let next = all.partition_point(|it| it.span.start <= word.span.start);
    let mut before = all[..next].iter().rev().take(NEAREST);
    let held = before.find(|it| it.value.span.contains(word.span));
    let adds = move |it: &&Assignment| it.adds && held.is_some_and(|held| held.name == it.name);
    all[next..].iter().take(NEAREST).filter(adds).map(|it| &it.value)
}
