//! `m365 login --authType password …`

use super::{Class, LOGIN, Login, RUN_COMMANDS, Rule};
use crate::lang::{Item, Parsed};

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
    hints: &["m365"],
    with: &[LOGIN, "password"],
    enforced: false,
    asks_a_person: false,
    languages: RUN_COMMANDS,
    given_up: &["--authType", "--userName", "--password"],
    find,
    flagged: &[
        ("bash", "m365 login --authType password --userName \"$U\" --password \"$P\""),
        ("bash", "m365 login -t password -u bot@contoso.com -p 'p4ssw0rd'"),
        ("powershell", "m365 login --authType=password --userName $u --password $p | Out-Null"),
        ("batch", "call m365 login --authType password --userName %U% --password %P%"),
    ],
    passed: &[
        ("bash", "m365 login"),
        ("bash", "m365 login --authType identity"),
        ("bash", "m365 login --authType certificate --certificateFile app.pfx --password \"$P\""),
        ("bash", "m365 status"),
        ("powershell", "Write-Host 'm365 login --authType password'"),
        ("batch", "call m365 login --authType identity"),
    ],
};

const OBSTACLE: &str = "it signs in to Microsoft 365: use m365 login with --authType identity where Azure runs the \
                        script, or certificate elsewhere, and give the identity application permissions";

fn find<'c>(item: Item<'c>, _: &'c Parsed) -> Option<Login<'c>> {
    let call = item.call()?;
    let is_password = call.value("--authType").is_some_and(|it| it.is("password"));
    (call.name == "m365 login" && is_password).then(|| Login {
        user: call.value("--userName"),
        secret: call.value("--password"),
        class: Class::UserIdentity,
        doubt: None,
        cloud: None,
        obstacle: Some(OBSTACLE),
    })
}
