//! `m365 login --authType password …`

use super::{
    EVERYWHERE, Login, Rule, after,
    held::{Is, is},
};
use crate::lang::{Call, Item, Parsed, Setting, Word};
use crate::text::pattern;
use regex::Regex;
use std::sync::LazyLock;

pub(super) const RULE: Rule = Rule {
    id: "m365-login-password",
    summary: "signs in to Microsoft 365 as a user, with a password",
    explanation: "CLI for Microsoft 365 sends the user's name and password, and a password alone cannot meet multifactor \
                  authentication. The mandatory one covers Azure Resource Manager, not Microsoft 365, so the files do \
                  not show whether the sign-in is refused; Conditional Access or security defaults may still refuse it \
                  (AADSTS50076).",
    instead: "`m365 login --authType identity` where Azure runs the script, and `m365 login --authType certificate` \
              elsewhere, with application permissions for what the script does.",
    references: &[
        "https://pnp.github.io/cli-microsoft365/cmd/login",
        "https://pnp.github.io/cli-microsoft365/user-guide/connecting-microsoft-365",
    ],
    client: "m365",
    hints: &["login"],
    with: &[SIGNS_IN, IS_M365, r"password|\s-p\b"],
    enforced: false,
    asks_a_person: false,
    languages: EVERYWHERE,
    given_up: &["--authType", "--userName", "--password"],
    find,
    flagged: &[
        ("bash", "m365 login --authType password --userName \"$U\" --password \"$P\""),
        ("bash", "m365 login -t password -u bot@contoso.com -p 'p4ssw0rd'"),
        ("powershell", "m365 login --authType=password --userName $u --password $p | Out-Null"),
        ("batch", "call m365 login --authType password --userName %U% --password %P%"),
        ("bash", "npx --yes m365 login --authType password --userName \"$U\" --password \"$P\""),
        ("bash", "o365 spo login $SITE --authType password --userName $U --password $P"),
        ("bash", "\"$CLI\" login --authType password --userName \"$U\" --password \"$P\""),
        ("powershell", "& $m365 login --authType password --userName $u --password $p"),
        (
            "javascript",
            "await run(`login --authType password --userName ${user} --password ${password}`);",
        ),
        (
            "javascript",
            "await exec(`${cli} login --authType password --userName ${user} --password ${password}`);",
        ),
        (
            "python",
            "cli('login --authType password --userName ' + user + ' --password ' + password)",
        ),
        (
            "settings",
            "steps:\n- uses: pnp/action-cli-login@v2\n  with:\n    ADMIN_USERNAME: ${{ secrets.U }}\n    ADMIN_PASSWORD: ${{ secrets.P }}\n",
        ),
        ("bash", "T=password\nm365 login -t \"$T\" -u \"$U\" -p \"$P\""),
        ("bash", "m365 login --authType \"$T\" --userName \"$U\" --password \"$P\""),
    ],
    passed: &[
        ("bash", "T=certificate\nm365 login -t \"$T\" -u \"$U\" -p \"$P\" # or password"),
        ("bash", "m365 login --authType \"$T\" --password \"$P\""),
        ("bash", "m365 login"),
        ("bash", "m365 login --authType identity"),
        ("bash", "m365 login --authType certificate --certificateFile app.pfx --password \"$P\""),
        ("bash", "m365 status"),
        ("powershell", "Write-Host 'm365 login --authType password'"),
        ("batch", "call m365 login --authType identity"),
        ("bash", "\"$CLI\" login --authType identity --password \"$P\""),
        ("bash", "\"$CLI\" login --password \"$P\""),
        ("javascript", "run(`login --authType certificate --password ${password}`);"),
        (
            "javascript",
            "assert.equal(command, 'login --authType password --userName a --password b');",
        ),
        ("javascript", "// login --authType password --userName a --password b"),
        (
            "settings",
            "steps:\n- uses: pnp/action-cli-login@v2\n  with:\n    CERTIFICATE_ENCODED: ${{ secrets.C }}\n    CERTIFICATE_PASSWORD: ${{ secrets.P }}\n",
        ),
        (
            "settings",
            "steps:\n- uses: pnp/action-cli-login@v2\n- uses: contoso/site@v1\n  with:\n    ADMIN_USERNAME: a\n    ADMIN_PASSWORD: b\n",
        ),
    ],
};

const OBSTACLE: &str = "it signs in to Microsoft 365: use m365 login with --authType identity where Azure runs the \
                        script, or certificate elsewhere, and give the identity application permissions";

/// What tells the sign-in from others: a program in a variable is told by the kind of sign-in.
const IS_M365: &str = r#"(?<near300>[mo]365[\s\S]{0,40}login|[=:(] ?["']?[mo]365[."'\s;)]|(?:authtype|-t)\W{0,40}password|action-cli-login)"#;

/// A sign-in, or the action that is one.
const SIGNS_IN: &str = r#"(?<near80>(?:^|[\s"'`(,\[{=]|\\[nrt]|\\u00..)login\b|cli-login)"#;

const ACTION: &str = "pnp/action-cli-login";

/// What something else puts behind the name of the program.
static ARGUMENTS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"(?i)^["'\s]*login\s+--authType[\s=]+password\s+--userName[\s="']*$"#)
});

fn find<'c>(item: Item<'c>, parsed: &'c Parsed) -> Option<Login<'c>> {
    let (user, secret, doubt) = match item {
        Item::Call(call) => of_call(call, parsed)?,
        Item::Setting(it) => of_action(it, parsed)?,
        Item::Text(it)
            if it.fits(&ARGUMENTS) && !parsed.calls.iter().any(|it| runs(it, parsed)) =>
        {
            (None, None, None)
        }
        Item::Text(_) => return None,
    };
    Some(Login { doubt, obstacle: Some(OBSTACLE), ..Login::of(user, secret) })
}

/// The user, the password, and why they may not be asked for.
type Given<'c> = (Option<&'c Word>, Option<&'c Word>, Option<&'static str>);

fn runs(call: &Call, parsed: &Parsed) -> bool {
    of_call(call, parsed).is_some()
}

const DOUBT: &str = "the kind of sign-in is in a variable, and may be another than password";

fn of_call<'c>(call: &'c Call, parsed: &Parsed) -> Option<Given<'c>> {
    let is_named = ["m365 ", "o365 "].iter().any(|it| call.name.starts_with(it));
    if is_named && call.name.ends_with(" login") {
        let (user, secret) = (call.value("--userName"), call.value("--password"));
        let doubt = match is(call.value("--authType")?, "password", call.span.start, parsed) {
            Is::Always => None,
            Is::AtTimes => Some(DOUBT),
            // Only this kind asks for both.
            Is::Unknown if user.is_some() && secret.is_some() => Some(DOUBT),
            Is::Unknown | Is::Never => return None,
        };
        return Some((user, secret, doubt));
    }
    // The program is in a variable.
    let words = &call.arguments;
    let is_login = call.name.is_empty() && words.first().is_some_and(|it| it.is("login"));
    let is_password = || after(words, &["--authType"]).is_some_and(|it| it.is("password"));
    (is_login && is_password())
        .then(|| (after(words, &["--userName", "-u"]), after(words, &["--password", "-p"]), None))
}

/// The user's name, where it is given to the action.
fn of_action<'c>(setting: Setting<'c>, parsed: &'c Parsed) -> Option<Given<'c>> {
    if setting.name != "ADMIN_USERNAME" || setting.value.is("") {
        return None;
    }
    let at = |it: &Setting<'_>| it.span.start;
    let action = parsed.set("uses", 0..at(&setting)).next_back();
    let action = action.filter(|it| it.value.says(ACTION))?;
    let password = parsed.set("ADMIN_PASSWORD", at(&action)..usize::MAX).next();
    Some((Some(setting.value), password.map(|it| it.value), None))
}
