//! `AuthenticationMode: MasterUser`, with which programs embed Power BI.

use super::{Login, Rule};
use crate::lang::{Item, Parsed, Word};

pub(super) const RULE: Rule = Rule {
    id: "power-bi-master-user",
    summary: "has a program sign in to Power BI as a master user, with a password",
    explanation: "Programs that embed Power BI sign in as the application itself, or as a master user, whose name and \
                  password they send. A password alone cannot meet multifactor authentication. The mandatory one \
                  covers Azure Resource Manager, not Power BI, so the files do not show whether the sign-in is refused; \
                  Conditional Access or security defaults may still refuse it (AADSTS50076).",
    instead: "`ServicePrincipal` as the mode, with a certificate or a managed identity in place of the password. The \
              tenant must let service principals use the APIs of Power BI, and the workspaces must have it as a member.",
    references: &[
        "https://learn.microsoft.com/power-bi/developer/embedded/embed-service-principal",
        "https://learn.microsoft.com/power-bi/developer/embedded/embed-service-principal-certificate",
    ],
    client: "power-bi",
    // The address of Microsoft Entra ID stands in the same file.
    hints: &["login.microsoft", "login.windows"],
    with: &[r"\bmasteruser\b", r"pbi|power[_-]?bi"],
    enforced: false,
    asks_a_person: false,
    languages: &["settings", "python", "csharp", "javascript", "java"],
    given_up: &[],
    find,
    flagged: &[
        (
            "settings",
            "{\"AzureAd\": {\"AuthenticationMode\": \"MasterUser\", \"AuthorityUri\": \"https://login.microsoftonline.com/organizations/\", \"PbiUsername\": \"bot@contoso.com\", \"PbiPassword\": \"canary-1\"}}",
        ),
        (
            "settings",
            "<configuration><add key=\"authorityUrl\" value=\"https://login.microsoftonline.com/common/\"/><add key=\"authenticationType\" value=\"MasterUser\"/><add key=\"pbiUsername\" value=\"bot@contoso.com\"/><add key=\"pbiPassword\" value=\"canary-1\"/></configuration>",
        ),
        (
            "python",
            "class BaseConfig:\n    AUTHENTICATION_MODE = 'MasterUser'\n    AUTHORITY_URL = 'https://login.microsoftonline.com/organizations'\n    POWER_BI_USER = 'bot@contoso.com'\n    POWER_BI_PASS = 'canary-1'\n",
        ),
    ],
    passed: &[
        (
            "settings",
            "{\"AuthenticationMode\": \"ServicePrincipal\", \"Mode\": \"MasterUser\", \"AuthorityUri\": \"https://login.microsoftonline.com/\", \"PbiUsername\": \"a\", \"PbiPassword\": \"canary-1\"}",
        ),
        // A form to be filled in.
        (
            "settings",
            "{\"AuthenticationMode\": \"MasterUser\", \"AuthorityUri\": \"https://login.microsoftonline.com/\", \"PbiUsername\": \"\", \"PbiPassword\": \"\"}",
        ),
        (
            "settings",
            "{\"AuthenticationMode\": \"MasterUser\", \"url\": \"https://login.microsoftonline.com/\", \"database\": {\"user\": \"pbi\", \"password\": \"canary-1\"}}",
        ),
        (
            "python",
            "if app.config['AUTHENTICATION_MODE'].lower() == 'masteruser':\n    url = 'https://login.microsoftonline.com/'\n    power_bi_pass = 'canary-1'\n",
        ),
    ],
};

const MODES: &[&str] = &["authenticationmode", "authenticationtype", "authmode"];
const USERS: &[&str] = &["pbiusername", "pbiuser", "powerbiuser", "powerbiusername"];
const PASSWORDS: &[&str] = &["pbipassword", "pbipass", "powerbipass", "powerbipassword"];

fn find<'c>(item: Item<'c>, parsed: &'c Parsed) -> Option<Login<'c>> {
    let Item::Setting(mode) = item else { return None };
    let is_master = mode.value.literal().is_some_and(|it| it.eq_ignore_ascii_case("MasterUser"));
    if !is_master || !MODES.contains(&plain(mode.name).as_str()) {
        return None;
    }
    let secret = parsed.told.get(|| HasPassword(set(PASSWORDS, parsed).is_some()));
    let secret = secret.filter(|it| it.0).and_then(|_| set(PASSWORDS, parsed))?;
    Some(Login {
        obstacle: Some(
            "it signs in to Power BI: use the mode ServicePrincipal with a certificate or a managed identity, let service \
             principals use the APIs of Power BI in the tenant, and make this one a member of the workspaces",
        ),
        ..Login::of(set(USERS, parsed), Some(secret))
    })
}

/// Whether there is one, which every setting of the mode asks.
struct HasPassword(bool);

/// The value of the first setting that is called so and is filled in.
fn set<'c>(names: &[&str], parsed: &'c Parsed) -> Option<&'c Word> {
    let mut all = parsed.settings().filter(|it| !it.value.is(""));
    all.find(|it| names.contains(&plain(it.name).as_str())).map(|it| it.value)
}

/// A name without what it stands in, and without the signs that part its words.
fn plain(name: &str) -> String {
    let own = name.rsplit(['.', ':']).next().unwrap_or_default();
    own.replace(['_', '-'], "").to_ascii_lowercase()
}
