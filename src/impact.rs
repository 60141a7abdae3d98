//! What commands do to Azure: which of them Azure refuses to a user without multifactor
//! authentication.
//!
//! Azure demands it of users who create, change or delete resources through Azure Resource
//! Manager. A command is told by its last word, or by the verb of its cmdlet.

use crate::lang::Call;
use serde::{Deserialize, Serialize};

/// What a sign-in comes to, once multifactor authentication is demanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Impact {
    Blocked,
    NotBlocked,
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Creates, changes or deletes a resource.
    Write,
    Read,
    /// A `POST` operation, such as start or stop; whether Azure refuses it is not known.
    Operation,
    /// Does not go through Azure Resource Manager: data, Microsoft Graph, local state.
    Elsewhere,
    Unknown,
}

/// Commands of the Azure CLI that do not go through Azure Resource Manager.
const AZ_ELSEWHERE: &[&str] = &[
    "account",
    "acr login",
    "acr repository",
    "ad",
    "artifacts",
    "bicep",
    "boards",
    "cache",
    "cloud",
    "config",
    "configure",
    "devops",
    "extension",
    "feedback",
    "find",
    "interactive",
    "keyvault certificate",
    "keyvault key",
    "keyvault secret",
    "login",
    "logout",
    "pipelines",
    "repos",
    "storage blob",
    "storage container",
    "storage copy",
    "storage directory",
    "storage entity",
    "storage file",
    "storage fs",
    "storage message",
    "storage queue",
    "storage share",
    "storage table",
    "upgrade",
    "version",
];

const AZ_WRITE: &[&str] = &[
    "add", "apply", "assign", "attach", "create", "delete", "deploy", "detach", "disable",
    "enable", "import", "move", "purge", "remove", "scale", "set", "tag", "up", "update",
    "upgrade",
];

const AZ_OPERATION: &[&str] = &[
    "deallocate",
    "failover",
    "get-credentials",
    "invoke",
    "list-keys",
    "regenerate",
    "renew",
    "reset",
    "restart",
    "run",
    "start",
    "stop",
    "swap",
    "sync",
    "what-if",
];

const AZ_READ: &[&str] = &["check", "exists", "get", "list", "query", "show", "tail", "wait"];

/// Nouns of cmdlets that do not go through Azure Resource Manager.
const NOUNS_ELSEWHERE: &[&str] = &[
    "azaccount",
    "azaccesstoken",
    "azad",
    "azconfig",
    "azcontext",
    "azdefault",
    "azenvironment",
    "azkeyvaultcertificate",
    "azkeyvaultkey",
    "azkeyvaultsecret",
    "azrmaccount",
    "azrmcontext",
    "azstorageblob",
    "azstoragecontainer",
    "azstoragecontext",
    "azstoragefile",
    "azstoragequeue",
    "azstoragetable",
    "aztenant",
    "azuread",
    "azurermaccount",
    "azurermcontext",
];

const VERBS_WRITE: &[&str] = &[
    "add", "disable", "enable", "import", "move", "new", "publish", "register", "remove", "rename",
    "set", "update",
];

const VERBS_READ: &[&str] = &["export", "find", "get", "search", "select", "show", "test", "wait"];

/// Other tools that act on Azure as whoever is signed in.
const TOOLS_WRITE: &[&str] =
    &["terraform apply", "terraform destroy", "pulumi up", "azd up", "azd provision", "azd deploy"];

/// What a call does to Azure; `None` for one that has nothing to do with it.
pub fn effect(call: &Call) -> Option<Effect> {
    if let Some(command) = call.name.strip_prefix("az ") {
        return Some(az(command));
    }
    if let Some((verb, noun)) = call.name.split_once('-').filter(|(_, noun)| noun.starts_with("az"))
    {
        return Some(cmdlet(verb, noun));
    }
    let first = call.words.first().and_then(|it| it.literal());
    let tool = format!("{} {}", call.name, first.unwrap_or_default());
    TOOLS_WRITE.contains(&tool.as_str()).then_some(Effect::Write)
}

fn az(command: &str) -> Effect {
    let within = |group: &&&str| {
        command == **group || command.strip_prefix(**group).is_some_and(|it| it.starts_with(' '))
    };
    if AZ_ELSEWHERE.iter().any(|it| within(&it)) {
        return Effect::Elsewhere;
    }
    let last = command.rsplit(' ').next().unwrap_or(command);
    // `list-locations` reads as `list` does; whole words come first, for `list-keys` is no read.
    let stem = last.split('-').next().unwrap_or(last);
    for word in [last, stem] {
        for (words, effect) in
            [(AZ_OPERATION, Effect::Operation), (AZ_WRITE, Effect::Write), (AZ_READ, Effect::Read)]
        {
            if words.contains(&word) {
                return effect;
            }
        }
    }
    Effect::Unknown
}

fn cmdlet(verb: &str, noun: &str) -> Effect {
    if NOUNS_ELSEWHERE.iter().any(|it| noun == *it || (it.len() > 5 && noun.starts_with(it)))
        || noun.starts_with("azad")
    {
        return Effect::Elsewhere;
    }
    match verb {
        _ if VERBS_WRITE.contains(&verb) => Effect::Write,
        _ if VERBS_READ.contains(&verb) => Effect::Read,
        "invoke" | "restart" | "start" | "stop" | "suspend" | "resume" | "reset" => {
            Effect::Operation
        }
        _ => Effect::Unknown,
    }
}

/// The cloud in which multifactor authentication is demanded.
pub const AZURE_PUBLIC: &str = "AzureCloud";

/// Clouds in which it is not.
const NOT_ENFORCED: &[&str] = &["AzureChinaCloud", "AzureGermanCloud", "AzureUSGovernment"];

/// One write is enough to be blocked; only what is known to be no write is not blocked.
pub fn impact(effects: &[Effect], cloud: Option<&str>) -> Impact {
    let is = |name: &&str| cloud.is_some_and(|it| it.eq_ignore_ascii_case(name));
    if NOT_ENFORCED.iter().any(is) {
        return Impact::NotBlocked;
    }
    if cloud.is_some() && !is(&AZURE_PUBLIC) {
        return Impact::Unknown;
    }
    if effects.contains(&Effect::Write) {
        return Impact::Blocked;
    }
    let harmless = |it: &Effect| matches!(it, Effect::Read | Effect::Elsewhere);
    if !effects.is_empty() && effects.iter().all(harmless) {
        Impact::NotBlocked
    } else {
        Impact::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_by_their_last_word() {
        for (command, effect) in [
            ("group create", Effect::Write),
            ("webapp config appsettings set", Effect::Write),
            ("webapp list", Effect::Read),
            ("account list-locations", Effect::Elsewhere),
            ("vm list-sizes", Effect::Read),
            ("cosmosdb list-keys", Effect::Operation),
            ("vm start", Effect::Operation),
            ("storage blob upload-batch", Effect::Elsewhere),
            ("storage account create", Effect::Write),
            ("rest", Effect::Unknown),
        ] {
            assert_eq!(az(command), effect, "az {command}");
        }
        assert_eq!(cmdlet("stop", "azvm"), Effect::Operation);
        assert_eq!(cmdlet("set", "azcontext"), Effect::Elsewhere);
        assert_eq!(cmdlet("new", "azresourcegroup"), Effect::Write);
        assert_eq!(cmdlet("get", "azvm"), Effect::Read);
    }

    #[test]
    fn one_write_blocks_and_doubt_is_said() {
        assert_eq!(impact(&[Effect::Read, Effect::Write], None), Impact::Blocked);
        assert_eq!(impact(&[Effect::Read, Effect::Elsewhere], None), Impact::NotBlocked);
        assert_eq!(impact(&[Effect::Read, Effect::Operation], None), Impact::Unknown);
        assert_eq!(impact(&[], None), Impact::Unknown);
    }

    #[test]
    fn a_cloud_that_demands_nothing_blocks_nothing() {
        let writes = &[Effect::Write];
        assert_eq!(impact(writes, Some("azurecloud")), Impact::Blocked);
        assert_eq!(impact(writes, Some("AzureUSGovernment")), Impact::NotBlocked);
        assert_eq!(impact(writes, Some("$cloud")), Impact::Unknown);
    }
}
