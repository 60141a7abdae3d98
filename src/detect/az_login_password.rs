//! `az login --username … --password …`

use super::{
    AZ, CONTAINERS, Class, LOGIN, Login, RUN_COMMANDS, Rule, USERNAME, class_of_credential,
    looks_like_an_application, may_be_a_workload,
};
use crate::lang::{Call, Item, Parsed, Role};

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
        ("bash", "az --only-show-errors -o none login -u \"$U\" -p \"$P\""),
        ("bash", "azw() { command az \"$@\"; }\nazw login -u \"$U\" -p \"$P\""),
        ("bash", "try() { echo \"+ $*\"; \"$@\" || exit; }\ntry az login -u \"$U\" -p \"$P\""),
        ("bash", "retry_cmd 3 az login -u \"$U\" -p \"$P\""),
        ("bash", "alias signin='az login'\nsignin -u \"$U\" -p \"$P\""),
        ("bash", "set -- login -u \"$U\" -p \"$P\"\naz \"$@\""),
        ("bash", "A=\"login -u $U -p $P\"\naz $A --output none"),
        ("bash", "spawn az login -u $user\nexpect Password:\nsend \"$password\\r\""),
        ("powershell", "& az @('login', '-u', $u, '-p', 'canary-1')"),
        ("powershell", "$a = @(\n  'login'\n  '-u', $u\n  '-p', $p\n)\naz @a"),
        ("powershell", "function Invoke-Az { & az @args }\nInvoke-Az login -u $u -p $p"),
        ("powershell", "Set-Alias cli az.cmd\ncli login -u $u -p $p"),
        (
            "powershell",
            "[System.Diagnostics.Process]::Start('az', \"login -u $u -p $p\").WaitForExit()",
        ),
        (
            "powershell",
            "$i = New-Object Diagnostics.ProcessStartInfo\n$i.FileName = 'az'\n$i.Arguments = \"login -u $u -p $p\"",
        ),
        ("batch", "set CMD=az login -u %U% -p %P%\r\ncall %CMD%"),
        (
            "batch",
            "set WHO=-u %U% -p %P%\r\nif \"%SP%\"==\"1\" set WHO=--service-principal %WHO%\r\naz login %WHO%",
        ),
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
            "def az(*args):\n    run(['az', *args])\naz('login', '-u', user, '-p', 'canary-1')",
        ),
        ("python", "AZ = shutil.which('az')\nrun([AZ, 'login', '-u', user, '-p', password])"),
        (
            "go",
            "package main\nfunc main() { exec.CommandContext(ctx, \"az\", \"login\", \"-u\", user, \"-p\", pw).Run() }",
        ),
        (
            "go",
            "package main\nfunc main() { run(shell.Command{Command: \"az\", Args: []string{\"login\", \"-u\", user, \"-p\", pw}}) }",
        ),
        (
            "java",
            "class A { void f() { List<String> c = new ArrayList<>(); c.add(\"az\"); c.add(\"login\"); c.add(\"-u\"); c.add(user); c.add(\"-p\"); c.add(pw); } }",
        ),
        (
            "csharp",
            "class A { Task F() => Cli.Wrap(\"az\").WithArguments(new[] { \"login\", \"-u\", user, \"-p\", pw }).ExecuteAsync(); }",
        ),
        (
            "csharp",
            "class A { void F() { var i = new ProcessStartInfo(\"az\"); i.ArgumentList.Add(\"login\"); i.ArgumentList.Add(\"-u\"); i.ArgumentList.Add(user); } }",
        ),
        ("javascript", "await runAz(['login', '-u', user, '-p', password]);"),
        (
            "python",
            "from azure.cli.core import get_default_cli\nget_default_cli().invoke(['login', '-u', user, '-p', 'canary-1'])",
        ),
        ("powershell", "$p = \"-p=$env:PASSWORD\"\naz login -u $u $p"),
        (
            "java",
            "class A { void f() { List<String> c = new ArrayList<>(List.of(\"az\", \"login\")); c.add(\"-u\"); c.addAll(List.of(user, \"-p\", pw)); } }",
        ),
        (
            "csharp",
            "class A { void F() { var i = new ProcessStartInfo { FileName = \"az\" }; i.ArgumentList.Add(\"login\"); i.ArgumentList.Add(\"-u\"); i.ArgumentList.Add(user); } }",
        ),
        (
            "csharp",
            "class A { void F() { p.StartInfo.FileName = \"az\"; p.StartInfo.ArgumentList.Add(\"login\"); p.StartInfo.ArgumentList.Add(\"-u\"); p.StartInfo.ArgumentList.Add(user); } }",
        ),
        (
            "csharp",
            "class A { Task F() => Cli.Wrap(\"az\").WithArguments(it => it.Add(\"login\").Add(\"-u\").Add(user).Add(\"-p\").Add(pw)).ExecuteAsync(); }",
        ),
        (
            "go",
            "package main\nfunc main() {\n\tcmd := exec.Command(\"az\")\n\tcmd.Args = append(cmd.Args, \"login\", \"-u\", user)\n}",
        ),
        (
            "javascript",
            "let args = ['login'];\nargs = args.concat(['-u', user, '-p', password]);\nspawnSync('az', args);",
        ),
        (
            "kotlin",
            "fun f() { val c = mutableListOf(\"az\", \"login\"); c += listOf(\"-u\", user, \"-p\", pw); ProcessBuilder(c).start() }",
        ),
    ],
    passed: &[
        (
            "java",
            "class A { void f() { List<String> c = new ArrayList<>(List.of(\"az\", \"login\", \"--service-principal\")); c.addAll(List.of(\"-u\", id)); } }",
        ),
        (
            "csharp",
            "class A { void F() { var i = new ProcessStartInfo { FileName = \"docker\" }; i.ArgumentList.Add(\"login\"); i.ArgumentList.Add(\"-u\"); i.ArgumentList.Add(user); /* az */ } }",
        ),
        (
            "csharp",
            "class A { Task F() => Cli.Wrap(\"az\").WithArguments(it => it.Add(\"login\").Add(\"-u\").Add(id).Add(\"--service-principal\")).ExecuteAsync(); }",
        ),
        (
            "go",
            "package main\nfunc main() {\n\tcmd := exec.Command(\"az\")\n\tcmd.Args = append(cmd.Args, \"login\", \"--identity\", \"-u\", id)\n}",
        ),
        (
            "kotlin",
            "fun f() { val c = mutableListOf(\"az\", \"login\"); c += listOf(\"--service-principal\", \"-u\", id) }",
        ),
        ("bash", "az login --service-principal -u $APP_ID -p $SECRET --tenant $TENANT"),
        ("bash", "az login -u $APP_ID -p $SECRET --tenant $TENANT --service-principal"),
        ("bash", "az login --identity --username $CLIENT_ID"),
        ("bash", "F=\"--service-principal -u $ID\"; az login $F -p $SECRET"),
        ("bash", "azw() { az \"$@\"; }\nazw login --service-principal -u $A -p $S -t $T"),
        ("bash", "log_command az login -u \"$U\" -p \"$P\""),
        ("bash", "f() { echo \"$@\"; }\nf az login"),
        ("bash", "set -- login --service-principal -u $A -p $S -t $T\naz \"$@\""),
        ("powershell", "& az @('login', '--service-principal', '-u', $a, '-p', $s)"),
        ("powershell", "$f = \"--federated-token=$t\"\naz login --username $u $f"),
        ("batch", "set CMD=az login --service-principal -u %A% -p %S% -t %T%\r\n%CMD%"),
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
        ("python", "az('login', '--service-principal', '-u', app, '-p', secret)"),
        ("python", "blaze('login', '-u', user, '-p', password) # not az"),
        (
            "java",
            "class A { void f() { List<String> c = new ArrayList<>(); c.add(\"docker\"); c.add(\"login\"); c.add(\"-u\"); c.add(user); /* az */ } }",
        ),
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
        // `expect` types it.
        None if call.command.is(SPAWN) => Class::UserIdentity,
        None => Class::Interactive,
    };
    let doubt = may_be_a_workload(WORKLOAD, call, parsed)
        .or_else(|| user.and_then(looks_like_an_application));
    let spawned = || call.command.is(SPAWN).then_some(SPAWNED);
    let started = || is_started(call, parsed).then_some(STARTED);
    let obstacle = is_in_container(call).then_some(CONTAINER).or_else(spawned).or_else(started);
    Some(Login { class, doubt, obstacle, ..Login::of(user, secret) })
}

const STARTED: &str = "an object starts the Azure CLI: call az itself, and plan again";

/// Whether a method of an object starts the program: it is named inside of what is called, or before.
fn is_started(call: &Call, parsed: &Parsed) -> bool {
    parsed.language == "powershell"
        && call.role == Role::Value
        && call.command.span.start != call.span.start
}

/// How scripts of expect start a program.
const SPAWN: &str = "spawn";

const SPAWNED: &str = "expect types what the Azure CLI asks for: take the script out, and sign in with a workload identity \
                       before what comes after it";

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
    fn what_an_object_starts_is_left_to_a_person() {
        for (text, is_left) in [
            ("[Diagnostics.Process]::Start('az', \"login -u $u -p $p\")", true),
            ("$i.FileName = 'az'\n$i.Arguments = \"login -u $u -p $p\"", true),
            ("Start-Process az -ArgumentList \"login -u $u -p $p\"", false),
            ("$x = az login -u $u -p $p", false),
            ("$x = & az @('login', '-u', $u, '-p', $p)", false),
        ] {
            let parsed = lang::by_name("powershell").unwrap().parse(text, &[]);
            let found = logins("powershell", &parsed).found;
            assert_eq!(found[0].login.obstacle.is_some(), is_left, "{text}");
        }
    }

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
