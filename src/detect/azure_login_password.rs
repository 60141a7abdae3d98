//! `azure login --username … --password …`, of command lines before the present ones.

use super::{Class, Login, Rule, USERNAME, after};
use crate::lang::{Item, Parsed};

pub(super) const RULE: Rule = Rule {
    id: "azure-login-password",
    summary: "signs in to a retired Azure command line as a user, with a password",
    explanation: "The command `azure` (xplat-cli) came before `az`, and gets no fixes any more; `func azure login` went \
                  with version 1 of the Azure Functions Core Tools. They send the user's name and password, and a password \
                  alone cannot meet multifactor authentication, which Azure requires of every user who creates, changes or \
                  deletes a resource.",
    instead: "The present Azure CLI, with a workload identity: `az login --identity` where Azure runs the script, the \
              pipeline's own federated sign-in where a pipeline does, and `az login --service-principal --certificate` \
              elsewhere.",
    references: &[
        "https://learn.microsoft.com/cli/azure/install-azure-cli",
        "https://learn.microsoft.com/cli/azure/authenticate-azure-cli-mfa",
    ],
    client: "azure-classic-cli",
    hints: &["azure login"],
    with: &[USERNAME],
    enforced: true,
    asks_a_person: false,
    languages: &["bash", "powershell", "batch"],
    given_up: &[],
    find,
    flagged: &[
        ("bash", "azure login -u deploy@contoso.com -p \"$PASSWORD\""),
        ("bash", "azure login --username deploy@contoso.com --password p4ssw0rd"),
        ("powershell", "azure login -u $user -p 'p4ssw0rd'"),
        ("batch", "call azure login -u %USER_NAME% -p %PASSWORD%"),
        ("bash", "func azure login -u \"$ACCOUNT\" -w \"$PASSWORD\""),
    ],
    passed: &[
        ("bash", "azure login"),
        ("bash", "azure login -u $APP --service-principal --tenant $T -p $SECRET"),
        ("bash", "echo azure login -u a -p b"),
        ("bash", "azure account list -u a"),
        ("bash", "func azure login"),
        ("bash", "func azure functionapp publish app -u a -w b"),
        ("powershell", "Write-Host 'azure login -u a -p b'"),
        ("batch", "rem azure login -u a -p b"),
    ],
};

fn find<'c>(item: Item<'c>, _: &'c Parsed) -> Option<Login<'c>> {
    let call = item.call()?;
    let words = &call.arguments;
    let says = |all: &[&str]| all.iter().zip(words).filter(|(it, word)| word.is(it)).count();
    let is_login = match call.name.as_str() {
        "azure" => says(&["login"]) == 1,
        "func" => says(&["azure", "login"]) == 2,
        _ => false,
    };
    if !is_login || words.iter().any(|it| it.is("--service-principal")) {
        return None;
    }
    let user = after(words, &["-u", "--username"])?;
    let secret = after(words, &["-p", "-w", "--password"]);
    Some(Login {
        class: if secret.is_some() { Class::UserIdentity } else { Class::Interactive },
        obstacle: Some(
            "this command line is retired, and so are the commands that the script gives it: move the script to \
             the Azure CLI first, and plan again",
        ),
        ..Login::of(Some(user), secret)
    })
}
