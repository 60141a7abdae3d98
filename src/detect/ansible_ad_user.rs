//! `ad_user` with a password, of Ansible's modules for Azure.

use super::{Login, Rule};
use crate::lang::{Item, Parsed, Word};
use crate::text::pattern;
use regex::Regex;
use std::sync::LazyLock;

pub(super) const RULE: Rule = Rule {
    id: "ansible-ad-user",
    summary: "signs in to Azure from Ansible as a user, with a password",
    explanation: "With `ad_user` (or AZURE_AD_USER) and `password` (or AZURE_PASSWORD), the modules of azure.azcollection \
                  send the user's name and password, and a password alone cannot meet multifactor authentication, \
                  which Azure requires of every user who creates, changes or deletes a resource.",
    instead: "`auth_source: msi` where Azure runs Ansible, `auth_source: cli` after the Azure CLI has signed in as a \
              workload identity, and `client_id` with a certificate (`x509_certificate_path`) elsewhere.",
    references: &[
        "https://docs.ansible.com/ansible/latest/scenario_guides/guide_azure.html",
        "https://learn.microsoft.com/azure/developer/ansible/install-on-linux-vm",
    ],
    client: "ansible",
    hints: &["ad_user"],
    with: &[r"\bad_user\b|azure_ad_user\b", "password"],
    enforced: true,
    asks_a_person: false,
    languages: &["bash", "powershell", "batch", "settings"],
    given_up: &[],
    find,
    flagged: &[
        (
            "settings",
            "- azure.azcollection.azure_rm_resourcegroup:\n    ad_user: bot@contoso.com\n    password: p4ssw0rd\n    name: rg\n",
        ),
        ("settings", "[default]\nad_user=bot@contoso.com\npassword=p4ssw0rd\nsubscription_id=x\n"),
        ("bash", "export AZURE_AD_USER=bot@contoso.com AZURE_PASSWORD=$P"),
        (
            "settings",
            "plugin: azure.azcollection.azure_rm\nad_user: bot@contoso.com\npassword: p4ssw0rd\n",
        ),
        (
            "settings",
            "- azure_rm_virtualmachine: name=a ad_user=bot@contoso.com password=p4ssw0rd\n",
        ),
    ],
    passed: &[
        ("settings", "plugin: contoso.directory\nad_user: a\npassword: p4ssw0rd\n"),
        ("settings", "- azure_rm_virtualmachine: name=ad_user tags=password\n"),
        ("settings", "- win_domain:\n    ad_user: Administrator\n    password: p4ssw0rd\n"),
        ("settings", "- azure_rm_resourcegroup:\n    client_id: x\n    secret: y\n"),
        ("bash", "export AZURE_AD_USER=bot@contoso.com"),
    ],
};

fn find<'c>(item: Item<'c>, parsed: &'c Parsed) -> Option<Login<'c>> {
    let Item::Setting(user) = item else { return None };
    let name = user.name.strip_prefix("env:").unwrap_or(user.name);
    // Other modules have an `ad_user` as well: that of a directory on their own premises.
    let is_azure =
        |it: &str| AZURE.iter().any(|start| it.starts_with(start)) || it == "subscription_id";
    let is_of_azure = || {
        let mut plugins = parsed.set("plugin", 0..usize::MAX).take(MOST);
        AZURE.iter().any(|it| parsed.sets_any(it))
            || parsed.set("subscription_id", 0..usize::MAX).next().is_some()
            || plugins.any(|it| it.value.says("azure_rm"))
    };
    let password = match name {
        "AZURE_AD_USER" => "AZURE_PASSWORD",
        "ad_user" if is_of_azure() => "password",
        // The arguments of a module, all as one text.
        _ if is_azure(name) && user.value.fits(&ARGUMENTS) => {
            return Some(login(None, Some(user.value)));
        }
        _ => return None,
    };
    let at = user.span.start;
    let near = |name: &str| {
        let before = parsed.set(name, 0..at).next_back();
        before.into_iter().chain(parsed.set(name, at..usize::MAX).next()).collect::<Vec<_>>()
    };
    let passwords = [near(password), near(&format!("env:{password}"))].concat();
    let nearest = passwords.into_iter().min_by_key(|it| it.span.start.abs_diff(at))?;
    Some(login(Some(user.value), Some(nearest.value)))
}

/// How modules of Azure are called.
const AZURE: &[&str] = &["azure_rm_", "azure.azcollection"];

/// So many plugins of one inventory are looked at.
const MOST: usize = 20;

/// `ad_user=… password=…`
static ARGUMENTS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?:^|\s)ad_user=\S[\s\S]*\spassword=|(?:^|\s)password=\S[\s\S]*\sad_user=")
});

fn login<'c>(user: Option<&'c Word>, secret: Option<&'c Word>) -> Login<'c> {
    let obstacle = user.is_none().then_some(
        "the arguments of the module are written as one text: write them one below the other, and plan again",
    );
    Login { obstacle, ..Login::of(user, secret) }
}
