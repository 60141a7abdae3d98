//! `az login` that asks a person, where nobody is present.

use super::{AZ_NEAR_LOGIN, Class, LOGIN, Login, RUN_COMMANDS, Rule, asked_before};
use crate::lang::{Item, Parsed};

pub(super) const RULE: Rule = Rule {
    id: "az-login-interactive",
    summary: "asks a person to sign in to the Azure CLI",
    explanation: "Without a user name, a service principal or an identity, the Azure CLI opens a browser or shows a code, \
                  and waits. In a pipeline nobody is there to answer, so the step waits until it is given up, or fails. \
                  That the platform has signed in before does not help: the Azure CLI asks again. A script that no \
                  pipeline runs is let pass, since a person may be present.",
    instead: "Take the call away where the platform signs in (`azure/login`, the task AzureCLI), and `az login \
              --identity` where Azure runs the script.",
    references: &[
        "https://learn.microsoft.com/cli/azure/authenticate-azure-cli-interactively",
        "https://learn.microsoft.com/cli/azure/authenticate-azure-cli-managed-identity",
    ],
    client: "azure-cli",
    hints: &["login"],
    with: &[AZ_NEAR_LOGIN, LOGIN],
    enforced: true,
    asks_a_person: true,
    languages: RUN_COMMANDS,
    given_up: &["--use-device-code", "--tenant", "--scope", "--claims-challenge"],
    find,
    flagged: &[
        ("bash", "az login"),
        ("bash", "az login --use-device-code --tenant contoso.com"),
        ("bash", "az login --allow-no-subscriptions -o none"),
        ("powershell", "az login | Out-Null"),
        ("batch", "@call az login > nul"),
        ("python", "subprocess.check_call(['az', 'login', '--use-device-code'])"),
    ],
    passed: &[
        ("bash", "az account show || az login"),
        ("bash", "az login -u \"$U\" -p \"$P\""),
        ("bash", "az login --identity --client-id $ID"),
        ("bash", "az login --service-principal -u $ID --certificate sp.pem --tenant $T"),
        ("bash", "az login --federated-token \"$TOKEN\" --service-principal -u $ID --tenant $T"),
        ("bash", "az login $ARGUMENTS"),
        ("bash", "az login --help"),
        ("bash", "if [ -t 0 ]; then az login --claims-challenge $C; else az login --identity; fi"),
        ("bash", "az acr login -n registry"),
        ("powershell", "Write-Host 'run az login first'"),
        ("batch", "call az login --identity"),
        ("python", "raise RuntimeError('az', 'login')"),
    ],
};

/// With one of these, it does not ask, or another rule has it.
const ASKS_NOT: &[&str] = &[
    "--username",
    "--service-principal",
    "--identity",
    "--federated-token",
    "--certificate",
    "--help",
    // Azure tells only people to give this, and a script that has it knows that one is there.
    "--claims-challenge",
];

/// Commands that tell whether somebody is signed in.
const QUESTIONS: &[&str] = &["az account show", "az account list", "az account get-access-token"];

fn find<'c>(item: Item<'c>, parsed: &'c Parsed) -> Option<Login<'c>> {
    let call = item.call().filter(|it| it.name == "az login")?;
    // Words may turn out to be options.
    let asks = call.words.is_empty()
        && !ASKS_NOT.iter().any(|it| call.has(it))
        && !asked_before(QUESTIONS, call, parsed);
    asks.then_some(Login { class: Class::Interactive, ..Login::of(None, None) })
}
