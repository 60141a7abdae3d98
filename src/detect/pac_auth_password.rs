//! `pac auth create --username … --password …`

use super::{Login, Rule, after, held::class_of_credential};
use crate::lang::{Item, Parsed};

pub(super) const RULE: Rule = Rule {
    id: "pac-auth-password",
    summary: "signs in to Power Platform as a user, with a password",
    explanation: "The Power Platform CLI sends the user's name and password, and a password alone cannot meet multifactor \
                  authentication. The mandatory one covers Azure Resource Manager, not Power Platform, so the files do not \
                  show whether the sign-in is refused; Conditional Access or security defaults may still refuse it \
                  (AADSTS50076).",
    instead: "`pac auth create --managedIdentity` where Azure runs the script, `--githubFederated` or \
              `--azureDevOpsFederated` in their pipelines, and `--applicationId` with a certificate elsewhere. The identity \
              has to be an application user of the environment.",
    references: &[
        "https://learn.microsoft.com/power-platform/developer/cli/reference/auth",
        "https://learn.microsoft.com/power-platform/admin/manage-application-users",
    ],
    client: "pac",
    hints: &["auth create"],
    with: &[r"\bpac\b", r"-(?:un|-user)"],
    enforced: false,
    asks_a_person: false,
    languages: &["bash", "powershell", "batch"],
    given_up: &[],
    find,
    flagged: &[
        ("bash", "pac auth create --url $URL --username \"$U\" --password \"$P\""),
        ("powershell", "pac auth create -u $url -un $user -p 'canary-1'"),
        (
            "powershell",
            "& pac.exe auth create --environment $e --username $u --password $p | Out-Null",
        ),
        ("batch", "call pac auth create --username %U% --password %P%"),
    ],
    passed: &[
        ("bash", "pac auth create --url $URL --applicationId $A --clientSecret $S --tenant $T"),
        ("bash", "pac auth create -u $URL"),
        ("bash", "pac auth create --username me@contoso.com --deviceCode"),
        ("bash", "pac auth list --username a"),
        ("bash", "echo pac auth create --username a --password b"),
        ("powershell", "influx v1 auth create --username $u --password $p # not pac auth"),
    ],
};

const OBSTACLE: &str = "it signs in to Power Platform: use pac auth create with --managedIdentity, --githubFederated or \
                        --azureDevOpsFederated, or with --applicationId and a certificate, and make the application a user \
                        of the environment";

fn find<'c>(item: Item<'c>, parsed: &'c Parsed) -> Option<Login<'c>> {
    let call = item.call()?;
    let words = &call.arguments;
    let is_pac = ["pac", "pac.exe", "pac.cmd"].contains(&call.name.as_str());
    let mut says = ["auth", "create"].iter().zip(words);
    if !is_pac || words.len() < 2 || !says.all(|(it, word)| word.is(it)) {
        return None;
    }
    let secret = after(words, &["--password", "-p"])?;
    Some(Login {
        user: Some(after(words, &["--username", "-un"])?),
        secret: Some(secret),
        class: class_of_credential(secret, call, parsed),
        doubt: None,
        cloud: None,
        obstacle: Some(OBSTACLE),
    })
}
