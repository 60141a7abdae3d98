//! `pac auth create --username … --password …`

use super::{Login, RUN_COMMANDS, Rule, after, held::class_of_credential};
use crate::lang::{Call, Item, Parsed};

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
    hints: &[
        "auth create",
        "auth\", \"create\"",
        "auth\",\"create\"",
        "auth', 'create'",
        "auth','create'",
    ],
    with: &[r"\bpac\b", r"\bauth\b\W{1,20}\bcreate\b", r"-(?:un|-user)"],
    enforced: false,
    asks_a_person: false,
    languages: RUN_COMMANDS,
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
        ("bash", "\"$PAC\" auth create --username \"$U\" --password \"$P\""),
        (
            "powershell",
            "& \"$env:LOCALAPPDATA\\Microsoft\\PowerAppsCLI\\pac.cmd\" auth create --username $u --password $p",
        ),
        ("powershell", "& pac @('auth', 'create', '--username', $u, '--password', $p)"),
        ("python", "run(['pac', 'auth', 'create', '--username', user, '--password', 'canary-1'])"),
    ],
    passed: &[
        ("bash", "pac auth create --url $URL --applicationId $A --clientSecret $S --tenant $T"),
        ("bash", "pac auth create -u $URL"),
        ("bash", "pac auth create --username me@contoso.com --deviceCode"),
        ("bash", "pac auth list --username a"),
        ("bash", "\"$GH\" auth create --username \"$U\" --password \"$P\" # no pac"),
        ("python", "run(['pac', 'auth', 'create', '--applicationId', a, '--clientSecret', s])"),
        ("bash", "echo pac auth create --username a --password b"),
        ("powershell", "influx v1 auth create --username $u --password $p # not pac auth"),
    ],
};

const OBSTACLE: &str = "it signs in to Power Platform: use pac auth create with --managedIdentity, --githubFederated or \
                        --azureDevOpsFederated, or with --applicationId and a certificate, and make the application a user \
                        of the environment";

fn find<'c>(item: Item<'c>, parsed: &'c Parsed) -> Option<Login<'c>> {
    let call = item.call().filter(|it| is_pac(it))?;
    let words = &call.arguments;
    let mut says = ["auth", "create"].iter().zip(words);
    if words.len() < 2 || !says.all(|(it, word)| word.is(it)) {
        return None;
    }
    let secret = after(words, &["--password", "-p"])?;
    Some(Login {
        class: class_of_credential(secret, call, parsed),
        obstacle: Some(OBSTACLE),
        ..Login::of(Some(after(words, &["--username", "-un"])?), Some(secret))
    })
}

/// Whether it is the program, wherever that is, or a variable that is called after it.
fn is_pac(call: &Call) -> bool {
    let ends = |it: &&str| {
        call.command.ends_with(&format!("/{it}")) || call.command.ends_with(&format!("\\{it}"))
    };
    let variable = call.command.variable().map(str::to_ascii_lowercase);
    NAMES.contains(&call.name.as_str())
        || variable.is_some_and(|it| it == "pac" || it == "env:pac")
        || call.command.parts.len() > 1 && NAMES.iter().any(ends)
}

const NAMES: &[&str] = &["pac", "pac.exe", "pac.cmd"];
