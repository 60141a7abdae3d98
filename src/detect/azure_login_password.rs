//! `azure login --username … --password …`, of the command line before the present one.

use super::{Class, Login, Rule, USERNAME};
use crate::lang::{Item, Parsed, Word};

pub(super) const RULE: Rule = Rule {
    id: "azure-login-password",
    summary: "signs in to the classic Azure command line as a user, with a password",
    explanation: "The command `azure` (xplat-cli) came before `az`, and gets no fixes any more. It sends the user's name \
                  and password, and a password alone cannot meet multifactor authentication, which Azure requires of \
                  every user who creates, changes or deletes a resource.",
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
    ],
    passed: &[
        ("bash", "azure login"),
        ("bash", "azure login -u $APP --service-principal --tenant $T -p $SECRET"),
        ("bash", "echo azure login -u a -p b"),
        ("bash", "azure account list -u a"),
        ("powershell", "Write-Host 'azure login -u a -p b'"),
        ("batch", "rem azure login -u a -p b"),
    ],
};

fn find<'c>(item: Item<'c>, _: &'c Parsed) -> Option<Login<'c>> {
    let call = item.call()?;
    let words = &call.arguments;
    let is_login = call.name == "azure" && words.first().is_some_and(|it| it.is("login"));
    let at = |names: &[&str]| words.iter().position(|word| names.iter().any(|it| word.is(it)));
    let after = |names: &[&str]| -> Option<&'c Word> { words.get(at(names)? + 1) };
    if !is_login || at(&["--service-principal"]).is_some() {
        return None;
    }
    let user = after(&["-u", "--username"])?;
    let secret = after(&["-p", "--password"]);
    Some(Login {
        user: Some(user),
        secret,
        class: if secret.is_some() { Class::UserIdentity } else { Class::Interactive },
        doubt: None,
        cloud: None,
        obstacle: Some(
            "the classic command line, whose commands the script uses, is retired: move the script to the present \
             Azure CLI first, and plan again",
        ),
    })
}
