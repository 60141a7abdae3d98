//! `ad_user` with a password, of Ansible's modules for Azure.

use super::{Class, Login, Rule};
use crate::lang::{Item, Parsed};

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
    ],
    passed: &[
        ("settings", "- win_domain:\n    ad_user: Administrator\n    password: p4ssw0rd\n"),
        ("settings", "- azure_rm_resourcegroup:\n    client_id: x\n    secret: y\n"),
        ("bash", "export AZURE_AD_USER=bot@contoso.com"),
    ],
};

fn find<'c>(item: Item<'c>, parsed: &'c Parsed) -> Option<Login<'c>> {
    let Item::Setting(user) = item else { return None };
    let name = user.name.strip_prefix("env:").unwrap_or(user.name);
    // Other modules have an `ad_user` as well: that of a directory on their own premises.
    let is_azure = |it: &str| {
        it.starts_with("azure_rm_")
            || it.starts_with("azure.azcollection")
            || it == "subscription_id"
    };
    let password = match name {
        "AZURE_AD_USER" => "AZURE_PASSWORD",
        "ad_user" if parsed.settings().any(|it| is_azure(it.name)) => "password",
        _ => return None,
    };
    let password = parsed
        .settings()
        .filter(|it| it.name.strip_prefix("env:").unwrap_or(it.name) == password)
        .min_by_key(|it| it.span.start.abs_diff(user.span.start))?;
    Some(Login {
        user: Some(user.value),
        secret: Some(password.value),
        class: Class::UserIdentity,
        doubt: None,
        cloud: None,
        obstacle: None,
    })
}
