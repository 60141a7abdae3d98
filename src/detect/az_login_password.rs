//! `az login --username … --password …`

use super::{
    AZ, CONTAINERS, Class, LOGIN, Login, RUN_COMMANDS, Rule, USERNAME, class_of_credential,
    looks_like_an_application, may_be_a_workload,
};
use crate::lang::{Call, Item, Parsed};

pub(super) const RULE: Rule = Rule {
    id: "az-login-password",
    summary: "signs in to the Azure CLI as a user, with a password",
    explanation: "A password alone cannot meet multifactor authentication, which Azure requires of every user who \
                  creates, changes or deletes a resource. The sign-in may still succeed; the first write after it is \
                  refused (RequestDisallowedByPolicy), or the sign-in itself is (AADSTS50076).",
    instead: "Sign in as a workload identity: `az login --identity` where Azure runs the script, the pipeline's own \
              federated sign-in where a pipeline does, and `az login --service-principal --certificate` elsewhere.",
    references: &[
        "https://learn.microsoft.com/cli/azure/authenticate-azure-cli-mfa",
        "https://learn.microsoft.com/entra/identity/authentication/concept-mandatory-multifactor-authentication",
    ],
    client: "azure-cli",
    hints: &["login"],
    with: &[AZ, LOGIN, USERNAME],
    enforced: true,
    asks_a_person: false,
    languages: RUN_COMMANDS,
    given_up: &["--username", "--password", "--tenant", "--use-device-code"],
    find,
    flagged: &[
        ("bash", "az login --username deploy@contoso.com --password 'p4ssw0rd'"),
        ("bash", "az login -u \"$AZ_USER\" -p \"$AZ_PASSWORD\" --tenant contoso.com"),
        ("bash", "az login --user=$U --pass=$P --allow-no-subscriptions"),
        ("bash", "az login -p\"$P\" -u\"$U\""),
        ("bash", "az login \\\n  -u \"$U\" \\\n  -p \"$P\" 1> out.json"),
        (
            "bash",
            "if $SP; then az login --service-principal -u $A -p $S -t $T; else az login -u o@$D -p \"$P\"; fi",
        ),
        ("bash", "X=$(az login -u \"$U\" -p \"$P\" | jq -r '.[0].id')"),
        ("bash", "az login -u me@contoso.com"),
        ("bash", "\"$AZ_CMD\" login -u \"$U\" -p \"$P\""),
        ("bash", "az login --allow-no-subscriptions -u $U -p $P"),
        ("bash", "read -sp \"password: \" P && echo && az login -u me@contoso.com -p $P"),
        ("bash", "docker exec \"$NAME\" az login -u \"$U\" -p \"$P\""),
        ("bash", "A=(login -u \"$U\" -p \"$P\"); az \"${A[@]}\""),
        ("bash", "A=(-u \"$U\"); [ $K = sp ] && A+=(--service-principal); az login \"${A[@]}\""),
        ("powershell", "az login -u $user -p 'p4ssw0rd' --tenant contoso.com"),
        (
            "powershell",
            "az login --username $cred.UserName --password $cred.GetNetworkCredential().Password | Out-Null",
        ),
        ("batch", "call az login -u %AZ_USER% -p \"%AZ_PASSWORD%\" --tenant contoso.com"),
        ("batch", "az.cmd login -u deploy@contoso.com ^\r\n  -p p4ssw0rd > nul"),
        ("python", "subprocess.run(['az', 'login', '-u', user, '-p', pw], check=True)"),
        (
            "csharp",
            "class A { void F() { Process.Start(\"az\", new[] { \"login\", \"-u\", user, \"-p\", \"p4ssw0rd\" }); } }",
        ),
        ("javascript", "spawnSync('az', ['login', '--username', user, '--password', password]);"),
        (
            "go",
            "package main\nfunc main() { exec.Command(\"az\", \"login\", \"-u\", user, \"-p\", pw).Run() }",
        ),
        (
            "java",
            "class A { void f() { new ProcessBuilder(\"az\", \"login\", \"-u\", user, \"-p\", pw).start(); } }",
        ),
        (
            "kotlin",
            "fun f() { ProcessBuilder(\"az\", \"login\", \"-u\", user, \"-p\", pw).start() }",
        ),
        ("powershell", "Start-Process az -ArgumentList 'login', '-u', $u, '-p', $p"),
        (
            "python",
            "from azure.cli.core import get_default_cli\nget_default_cli().invoke(['login', '-u', user, '-p', 'canary-1'])",
        ),
    ],
    passed: &[
        ("bash", "az login --service-principal -u $APP_ID -p $SECRET --tenant $TENANT"),
        ("bash", "az login -u $APP_ID -p $SECRET --tenant $TENANT --service-principal"),
        ("bash", "az login --identity --username $CLIENT_ID"),
        ("bash", "F=\"--service-principal -u $ID\"; az login $F -p $SECRET"),
        ("bash", "az login -i"),
        ("bash", "az login --use-device-code"),
        ("bash", "az login"),
        ("bash", "echo az login -u a -p b"),
        ("bash", "az acr login -n registry -u u -p p"),
        ("bash", "docker build -t az login -u a"),
        ("bash", "\"$DOCKER\" login -u \"$U\" -p \"$P\" # az"),
        ("bash", "# az login -u a -p b"),
        ("powershell", "Write-Host 'az login -u a -p b'"),
        ("batch", "call az login --service-principal -u %APP_ID% -p %SECRET% -t %TENANT%"),
        ("batch", "rem az login -u a -p b"),
        ("python", "run(['az', 'login', '--service-principal', '-u', app, '-p', secret])"),
        ("csharp", "class A { void F() { Console.WriteLine(\"az\", \"login\", \"-u\", user); } }"),
        ("javascript", "spawnSync('az', ['login', '--identity', '--username', id]);"),
        (
            "go",
            "package main\nfunc main() { exec.Command(\"az\", \"acr\", \"login\", \"-u\", user) }",
        ),
        ("kotlin", "val c = listOf(\"az\", \"login\", \"--service-principal\", \"-u\", id)"),
        (
            "java",
            "class A { Object o = List.of(\"az\", \"login\", \"--service-principal\", \"-u\", id); }",
        ),
    ],
};

/// With one of these, the user name is no user's.
const WORKLOAD: &[&str] =
    &["--service-principal", "--identity", "--federated-token", "--certificate"];

fn find<'c>(item: Item<'c>, parsed: &'c Parsed) -> Option<Login<'c>> {
    let call = item.call()?;
    if call.name != "az login" || WORKLOAD.iter().any(|it| call.has(it)) {
        return None;
    }
    // People write `az login --username --password` where they tell of it.
    let user = call.option("--username")?.value.as_ref();
    let secret = call.value("--password");
    // Without a password on the line the Azure CLI asks for one.
    let class = match secret {
        Some(secret) => class_of_credential(secret, call, parsed),
        None => Class::Interactive,
    };
    let doubt = may_be_a_workload(WORKLOAD, call, parsed)
        .or_else(|| user.and_then(looks_like_an_application));
    let obstacle = is_in_container(call).then_some(CONTAINER);
    Some(Login { user, secret, class, doubt, cloud: None, obstacle })
}

const CONTAINER: &str = "it signs in inside a container, whose session is its own: have what runs there sign in as a workload \
                         identity that the container can reach";

/// Whether another program runs it in a container: `docker exec name az login`.
fn is_in_container(call: &Call) -> bool {
    let mut first = std::iter::once(&call.command).chain(&call.arguments).take(2);
    first.any(|it| CONTAINERS.iter().any(|name| it.is(name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{detect::logins, lang};

    #[test]
    fn a_password_that_is_typed_is_a_persons() {
        for (language, text, class) in [
            ("bash", "read -sp 'pw: ' P && echo && az login -u a@b.c -p $P", Class::Interactive),
            ("bash", "read -s P; az login -u a@b.c -p \"$P\"", Class::Interactive),
            ("bash", "while read -r U P; do az login -u $U -p $P; done < f", Class::UserIdentity),
            ("bash", "P=$1; az login -u a@b.c -p $P", Class::UserIdentity),
            ("powershell", "$p = Read-Host; az login -u a@b.c -p $p", Class::Interactive),
            (
                "powershell",
                "param($p)\nif (!$p) { $p = Read-Host }\naz login -u a@b.c -p $p",
                Class::UserIdentity,
            ),
        ] {
            let parsed = lang::by_name(language).map(|it| it.parse(text, &[])).unwrap();
            let found = logins(language, &parsed).found;
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(found[0].login.class, class, "{text}");
        }
    }
}
