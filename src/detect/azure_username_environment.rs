//! `AZURE_USERNAME` and `AZURE_PASSWORD`, from which SDKs sign in.

use super::{Class, Login, Rule};
use crate::lang::{Item, Parsed, Word};

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
    languages: &["bash", "powershell", "batch", "settings"],
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
    ],
    passed: &[
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

/// No file sets it more often on purpose.
const MOST: usize = 20;

/// With one of these, the password is an application's, or is not looked at.
const WORKLOAD: &[&str] =
    &["AZURE_APP_ID", "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_SP"];

fn find<'c>(item: Item<'c>, parsed: &'c Parsed) -> Option<Login<'c>> {
    let Item::Setting(user) = item else { return None };
    let mut users = parsed.settings().filter(|it| plain(it.name) == USER).take(MOST);
    if plain(user.name) != USER || !users.any(|it| it.span == user.span) {
        return None;
    }
    // An empty one is a form to be filled in.
    if user.value.is("") {
        return None;
    }
    let set = |name: &str| parsed.settings().find(|it| plain(it.name) == name);
    if WORKLOAD.iter().any(|it| set(it).is_some()) {
        return None;
    }
    let password = set("AZURE_PASSWORD")?;
    // What reads them by name says itself what they are.
    let reads = |it: &Word| it.reads().iter().any(|it| plain(it) == USER);
    let is_read = parsed.calls.iter().flat_map(|it| &it.arguments).any(reads);
    let is_script = |it: &Word| {
        ["$AZURE_USERNAME", "${AZURE_USERNAME", "env:AZURE_USERNAME", "%AZURE_USERNAME"]
            .iter()
            .any(|name| it.says(name))
    };
    if is_read || parsed.texts.iter().any(is_script) {
        return None;
    }
    Some(Login {
        user: Some(user.value),
        secret: Some(password.value),
        class: Class::UserIdentity,
        doubt: None,
        cloud: None,
        obstacle: None,
    })
}

fn plain(name: &str) -> &str {
    name.strip_prefix("env:").unwrap_or(name)
}
