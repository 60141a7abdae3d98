//! `AZURE_USERNAME` and `AZURE_PASSWORD`, from which SDKs sign in.

use super::{CONTAINERS, EVERYWHERE, Login, Rule, class_of_password};
use crate::lang::{Call, Item, Parsed, SHELLS, Setting, Word};
use crate::text::{Span, pattern};
use regex::Regex;
use std::sync::LazyLock;

pub(super) const RULE: Rule = Rule {
    id: "azure-username-environment",
    summary: "sets a user's name and password for Azure SDKs to sign in with",
    explanation: "The environment credential of the Azure Identity libraries, and tools that are built with them, sign \
                  in as the user whom AZURE_USERNAME and AZURE_PASSWORD name, unless AZURE_CLIENT_SECRET or a \
                  certificate is set. A password alone cannot meet multifactor authentication, which Azure requires of \
                  every user who creates, changes or deletes a resource. Some tools mean a service principal by these \
                  names, so AZURE_APP_ID beside them, or `--service-principal`, speaks against it.",
    instead: "Nothing at all where Azure runs the code with a managed identity; AZURE_CLIENT_ID, AZURE_TENANT_ID and \
              AZURE_FEDERATED_TOKEN_FILE where a platform vouches for it; AZURE_CLIENT_CERTIFICATE_PATH elsewhere.",
    references: &[
        "https://learn.microsoft.com/dotnet/api/azure.identity.environmentcredential",
        "https://learn.microsoft.com/python/api/azure-identity/azure.identity.environmentcredential",
    ],
    client: "environment",
    hints: &["azure_username"],
    with: &["azure_password"],
    enforced: true,
    asks_a_person: false,
    languages: EVERYWHERE,
    given_up: &[],
    find,
    flagged: &[
        ("bash", "export AZURE_USERNAME=bot@contoso.com AZURE_PASSWORD=\"$P\"\npython deploy.py"),
        ("powershell", "$env:AZURE_USERNAME = $u; $env:AZURE_PASSWORD = $p; ./deploy.exe"),
        ("settings", "AZURE_USERNAME=bot@contoso.com\nAZURE_PASSWORD=p4ssw0rd\n"),
        (
            "settings",
            "env:\n- name: AZURE_USERNAME\n  value: bot@contoso.com\n- name: AZURE_PASSWORD\n  value: p4ssw0rd\n",
        ),
        (
            "settings",
            "env:\n- name: AZURE_USERNAME\n  valueFrom: {secretKeyRef: {name: bot, key: user}}\n- name: AZURE_PASSWORD\n  valueFrom: {secretKeyRef: {name: bot, key: password}}\n",
        ),
        (
            "batch",
            "set AZURE_USERNAME=bot@contoso.com\nset \"AZURE_PASSWORD=canary-1\"\npython x.py",
        ),
        (
            "python",
            "os.environ['AZURE_USERNAME'] = user\nos.environ['AZURE_PASSWORD'] = 'canary-1'\nc = DefaultAzureCredential()",
        ),
        (
            "python",
            "env = dict(os.environ)\nenv['AZURE_USERNAME'] = user\nenv['AZURE_PASSWORD'] = password\nrun(cmd, env=env)",
        ),
        ("python", "os.environ.update(AZURE_USERNAME=user, AZURE_PASSWORD=password)"),
        (
            "powershell",
            "$s = @{ AZURE_USERNAME = $u; AZURE_PASSWORD = $p }\nUpdate-AzFunctionAppSetting -AppSetting $s",
        ),
        (
            "bash",
            "kubectl create secret generic a --from-literal=AZURE_USERNAME=$U --from-literal=AZURE_PASSWORD=$P",
        ),
        ("python", "run(cmd, env={'AZURE_USERNAME': user, 'AZURE_PASSWORD': password})"),
        (
            "csharp",
            "class A { void F() { Environment.SetEnvironmentVariable(\"AZURE_USERNAME\", user); Environment.SetEnvironmentVariable(\"AZURE_PASSWORD\", password); } }",
        ),
        (
            "go",
            "package main\nfunc main() {\n\tos.Setenv(\"AZURE_USERNAME\", user)\n\tos.Setenv(\"AZURE_PASSWORD\", password)\n}",
        ),
        (
            "javascript",
            "process.env.AZURE_USERNAME = user;\nprocess.env.AZURE_PASSWORD = password;",
        ),
        (
            "powershell",
            "[Environment]::SetEnvironmentVariable('AZURE_USERNAME', $u)\n[Environment]::SetEnvironmentVariable('AZURE_PASSWORD', $p)",
        ),
        ("batch", "setx AZURE_USERNAME %U% /m\nsetx AZURE_PASSWORD %P% /m"),
        ("bash", "docker run -e AZURE_USERNAME=\"$U\" -e AZURE_PASSWORD=\"$P\" deploy"),
        ("bash", "docker run -e AZURE_USERNAME -e AZURE_PASSWORD deploy"),
        (
            "bash",
            "az webapp config appsettings set -g g -n n --settings AZURE_USERNAME=$U AZURE_PASSWORD=$P",
        ),
        (
            "bash",
            "echo \"##vso[task.setvariable variable=AZURE_USERNAME]$U\"\necho \"##vso[task.setvariable variable=AZURE_PASSWORD;issecret=true]$P\"",
        ),
        (
            "bash",
            "helm upgrade a ./chart --set env.AZURE_USERNAME=\"$U\" --set env.AZURE_PASSWORD=\"$P\"",
        ),
        ("bash", "helm install a c --set-string env.AZURE_USERNAME=$U,env.AZURE_PASSWORD=$P"),
        ("bash", "kubectl set env deployment/a AZURE_USERNAME=$U AZURE_PASSWORD=$P"),
        (
            "bash",
            "docker build --build-arg AZURE_USERNAME=\"$U\" --build-arg AZURE_PASSWORD=\"$P\" .",
        ),
        ("powershell", "Set-Item Env:AZURE_USERNAME $u\nSet-Item Env:AZURE_PASSWORD $p"),
        (
            "powershell",
            "Set-Item -Path Env:\\AZURE_USERNAME -Value $u\nSet-Item -Path Env:\\AZURE_PASSWORD -Value $p",
        ),
        (
            "powershell",
            "New-Item Env: -Name AZURE_USERNAME -Value $u\nNew-Item Env: -Name AZURE_PASSWORD -Value $p",
        ),
    ],
    passed: &[
        (
            "bash",
            "helm install a c --set env.AZURE_USERNAME=$U,env.AZURE_PASSWORD=$P,env.AZURE_CLIENT_SECRET=$S",
        ),
        ("bash", "helm install a c --set user=AZURE_USERNAME --set secret=AZURE_PASSWORD"),
        ("powershell", "Set-Item Env:OLD_AZURE_USERNAME $u\nSet-Item Env:AZURE_PASSWORD $p"),
        ("powershell", "Get-Item Env:AZURE_USERNAME; Remove-Item Env:AZURE_PASSWORD"),
        ("batch", "set AZURE_USERNAME=bot@contoso.com\nset AZURE_REGION=x"),
        (
            "bash",
            "docker run -e AZURE_USERNAME=\"$U\" -e AZURE_PASSWORD=\"$P\" -e AZURE_CLIENT_SECRET deploy",
        ),
        ("bash", "echo \"AZURE_USERNAME=$U AZURE_PASSWORD=$P\""),
        (
            "python",
            "from unittest import mock\nmock.patch.dict(os.environ, {'AZURE_USERNAME': 'a', 'AZURE_PASSWORD': 'b'}) # a test\nx(os.environ['AZURE_USERNAME'])",
        ),
        (
            "python",
            "AZURE_USERNAME = config('AZURE_USERNAME')\nAZURE_PASSWORD = config('AZURE_PASSWORD')",
        ),
        (
            "python",
            "def test(monkeypatch):\n    monkeypatch.setenv('AZURE_USERNAME', 'a')\n    monkeypatch.setenv('AZURE_PASSWORD', 'b')",
        ),
        ("python", "NAMES = ['AZURE_USERNAME', 'AZURE_PASSWORD']"),
        (
            "csharp",
            "class A { void F() { Environment.SetEnvironmentVariable(\"AZURE_USERNAME\", null); } } // AZURE_PASSWORD",
        ),
        ("settings", "AZURE_USERNAME=bot@contoso.com\n"),
        (
            "settings",
            "env:\n- name: AZURE_USERNAME\n  valueFrom: {secretKeyRef: {name: a, key: b}}\n",
        ),
        ("settings", "AZURE_APP_ID: $A\nAZURE_USERNAME: x\nAZURE_PASSWORD: $S\n"),
        ("settings", "AZURE_USERNAME: x\nAZURE_PASSWORD: y\nAZURE_CLIENT_SECRET: z\n"),
        (
            "bash",
            "AZURE_USERNAME=x\nAZURE_PASSWORD=y\naz login --service-principal -u $AZURE_USERNAME -p $AZURE_PASSWORD",
        ),
        (
            "bash",
            "AZURE_USERNAME=x\nAZURE_PASSWORD=y\naz login -u $AZURE_USERNAME -p $AZURE_PASSWORD",
        ),
        (
            "settings",
            "env:\n  AZURE_USERNAME: x\n  AZURE_PASSWORD: y\nrun: docker login -u $AZURE_USERNAME -p $AZURE_PASSWORD r.azurecr.io\n",
        ),
    ],
};

const USER: &str = "AZURE_USERNAME";
const PASSWORD: &str = "AZURE_PASSWORD";

/// No file sets it more often on purpose.
const MOST: usize = 20;

/// With one of these, the password is an application's, or is not looked at.
const WORKLOAD: &[&str] =
    &["AZURE_APP_ID", "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_SP"];

const PROGRAM: &str = "workid does not write such variables here: leave them out, and let what reads them have an identity of its own";

/// Calls that set a variable: its name, and its value.
const SETTERS: &[&str] = &["setx", "setenvironmentvariable"];

/// Cmdlets that set what stands at a path, such as `Env:NAME`.
const ITEMS: &[&str] = &["new-item", "set-content", "set-item", "si"];

/// What gives values to a chart: `--set env.NAME=value,env.OTHER=value`.
const HELM: &str = "helm";

const OBSTACLE: &str = "a command sets the variables somewhere else: leave them out, and let what runs there have an identity of \
                        its own";

fn find<'c>(item: Item<'c>, parsed: &'c Parsed) -> Option<Login<'c>> {
    let (user, secret, obstacle) = match item {
        Item::Setting(it) => {
            let (user, secret) = of_setting(it, parsed)?;
            let is_written = match parsed.language {
                "bash" | "settings" => true,
                "powershell" => it.name.starts_with("env:"),
                _ => false,
            };
            (Some(user), Some(secret), (!is_written).then_some(PROGRAM))
        }
        Item::Call(call) => {
            let user = given(call, USER)?;
            let mut near = parsed.calls.iter().filter(|it| it.name == call.name).take(MOST);
            let secret = near.find_map(|it| given(it, PASSWORD))?;
            if WORKLOAD.iter().any(|it| given(call, it).is_some()) {
                return None;
            }
            let is_own = ITEMS.contains(&call.name.as_str());
            (Some(user), Some(secret), Some(if is_own { PROGRAM } else { OBSTACLE }))
        }
        Item::Text(it) => {
            let mut users = parsed.texts.iter().filter(|it| it.fits(&SETS_USER)).take(MOST);
            let is_one = it.fits(&SETS_USER) && users.any(|user| user.span == it.span);
            let is_set = || parsed.texts.iter().any(|it| it.fits(&SETS_PASSWORD));
            (is_one && is_set()).then_some((None, None, Some(OBSTACLE)))?
        }
    };
    Some(Login {
        class: class_of_password(secret, parsed, item.span().start),
        obstacle,
        ..Login::of(user, secret)
    })
}

/// How a script sets a variable of Azure Pipelines.
static SETS_USER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"task\.setvariable variable=AZURE_USERNAME\b"));
static SETS_PASSWORD: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"task\.setvariable variable=AZURE_PASSWORD\b"));

/// What a call sets the variable to: `-e NAME=value`, `setx NAME value`; `-e NAME` hands it on.
fn given<'c>(call: &'c Call, name: &str) -> Option<&'c Word> {
    let words = &call.arguments;
    if ITEMS.contains(&call.name.as_str()) {
        return item(call, name);
    }
    if SETTERS.contains(&call.name.as_str()) {
        let [first, value, ..] = words.as_slice() else { return None };
        return first.is(name).then_some(value);
    }
    if call.name == HELM {
        let sets =
            |it: &&Word| [".", ","].iter().any(|before| it.says(&format!("{before}{name}=")));
        return words.iter().find(sets);
    }
    let is_container = CONTAINERS.contains(&call.name.as_str()) || call.name == "oc";
    if !is_container && !call.name.starts_with("az ") {
        return None;
    }
    let hands_on = |it: &[Word]| (it[0].is("-e") || it[0].is("--env")) && it[1].is(name);
    let begins = |it: &&Word| {
        ["", "--env=", "--from-literal="]
            .iter()
            .any(|before| it.begins_with(&format!("{before}{name}=")))
    };
    let whole = words.iter().find(begins);
    whole.or_else(|| words.windows(2).find(|it| hands_on(it)).map(|it| &it[1]))
}

/// `Set-Item Env:NAME value`, `New-Item -Path Env: -Name NAME -Value value`
fn item<'c>(call: &'c Call, name: &str) -> Option<&'c Word> {
    let mut words = call.words.iter();
    let path = call.value("-path").or_else(|| words.next())?.literal()?.to_ascii_lowercase();
    let own = path.strip_prefix("env:")?.trim_start_matches(['\\', '/']);
    let is_it = match own {
        "" => call.value("-name").is_some_and(|it| it.is(name)),
        own => own.eq_ignore_ascii_case(name),
    };
    call.value("-value").or_else(|| words.next()).filter(|_| is_it)
}

fn of_setting<'c>(user: Setting<'c>, parsed: &'c Parsed) -> Option<(&'c Word, &'c Word)> {
    if !is(user.name, USER, parsed) {
        return None;
    }
    let all = || parsed.settings().filter(|it| is(it.name, USER, parsed)).map(|it| it.span);
    let first = parsed.told.get(|| Users(all().take(MOST).collect()));
    if !first.is_some_and(|it| it.0.contains(&user.span))
        || is_own(&user, parsed)
        || is_tested(&user, parsed)
    {
        return None;
    }
    // An empty one is a form to be filled in.
    if user.value.is("") {
        return None;
    }
    let set = |name: &str| parsed.settings().find(|it| is(it.name, name, parsed));
    if WORKLOAD.iter().any(|it| set(it).is_some()) {
        return None;
    }
    let password = set(PASSWORD)?;
    // What reads them by name says itself what they are.
    let reads = |it: &Word| it.reads().iter().any(|it| is(it, USER, parsed));
    let is_read = parsed.calls.iter().flat_map(|it| &it.arguments).any(reads);
    let is_script = |it: &Word| {
        ["$AZURE_USERNAME", "${AZURE_USERNAME", "env:AZURE_USERNAME", "%AZURE_USERNAME"]
            .iter()
            .any(|name| it.says(name))
    };
    if is_read || parsed.texts.iter().any(is_script) {
        return None;
    }
    Some((user.value, password.value))
}

/// The first settings of the user's name.
struct Users(Vec<Span>);

/// Whether a variable has that name. Batch files do not tell cases apart.
fn is(variable: &str, name: &str, parsed: &Parsed) -> bool {
    let own = variable.strip_prefix("env:").unwrap_or(variable);
    own == name || parsed.language == "batch" && own.eq_ignore_ascii_case(name)
}

/// Whether it is a variable of a program's own, which no library reads.
fn is_own(it: &Setting<'_>, parsed: &Parsed) -> bool {
    let is_program = !SHELLS.contains(&parsed.language) && parsed.language != "settings";
    let all = || parsed.assignments.iter().filter(|own| own.span == it.span);
    is_program && !it.name.starts_with("env:") && all().any(|own| own.name == it.name)
}

/// Whether a test sets the variable, for as long as it runs.
fn is_tested(it: &Setting<'_>, parsed: &Parsed) -> bool {
    let sets = |call: &Call| call.name == "setenv" && call.span.contains(it.span);
    let mut all = parsed.calls.iter().filter(|it| sets(it)).filter_map(|it| it.command.literal());
    all.any(|it| ["monkeypatch.", "t."].iter().any(|object| it.starts_with(object)))
}
