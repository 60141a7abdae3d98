//! Commands of the Azure CLI.

use super::{By, Judgement, request::Request, told};
use crate::{
    catalog::{Catalog, Effect},
    lang::{Call, Names},
};

/// Groups of extensions that speak to another service than Azure Resource Manager.
const DATA: &[&str] = &["artifacts", "boards", "devops", "pipelines", "repos"];

const WRITE: &[&str] = &[
    "add", "apply", "assign", "attach", "create", "delete", "deploy", "detach", "disable",
    "enable", "import", "move", "patch", "purge", "remove", "scale", "set", "tag", "up", "update",
    "upgrade",
];

const OPERATION: &[&str] = &[
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
    "validate",
    "what-if",
];

const READ: &[&str] =
    &["check", "exists", "export", "get", "list", "query", "show", "tail", "wait"];

pub(super) fn judge(command: &str, call: &Call, names: &Names<'_>, catalog: &Catalog) -> Judgement {
    if command == "rest" {
        return Judgement::new(Request::of_az(call, names).effect(), By::Arguments);
    }
    let Some((known, asks)) = catalog.az(command) else {
        return Judgement::new(by_last_word(command), By::Name);
    };
    let mut judgement = told(asks, call);
    // A deployment that is only tried out.
    let only_asks = known.starts_with("deployment") && (call.has("--what-if") || call.has("-w"));
    if only_asks && judgement.effect == Effect::Write {
        judgement.effect = Effect::Operation;
        judgement.by = By::Arguments;
    }
    judgement
}

fn by_last_word(command: &str) -> Effect {
    if DATA.contains(&command.split(' ').next().unwrap_or(command)) {
        return Effect::Data;
    }
    let last = command.rsplit(' ').next().unwrap_or(command);
    // `list-locations` reads as `list` does; whole words come first, for `list-keys` is no read.
    let stem = last.split('-').next().unwrap_or(last);
    for word in [last, stem] {
        for (words, effect) in
            [(OPERATION, Effect::Operation), (WRITE, Effect::Write), (READ, Effect::Read)]
        {
            if words.contains(&word) {
                return effect;
            }
        }
    }
    Effect::Unknown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::impact::testing::judged;

    #[test]
    fn commands_are_what_the_catalog_says() {
        for (command, effect) in [
            ("group create", Effect::Write),
            ("webapp config appsettings set", Effect::Write),
            ("webapp list", Effect::Read),
            ("account list-locations", Effect::Read),
            ("account set -s x", Effect::Local),
            ("cosmosdb keys list", Effect::Operation),
            ("aks get-credentials", Effect::Operation),
            ("vm start", Effect::Operation),
            ("storage blob upload-batch", Effect::Data),
            ("storage account create", Effect::Write),
            ("ad user list", Effect::Graph),
            ("keyvault secret set", Effect::Data),
            ("resource invoke-action", Effect::Operation),
            ("graph query -q x", Effect::Read),
        ] {
            let judged = judged("bash", &format!("az {command}"));
            assert_eq!(judged.map(|it| it.0), Some(effect), "az {command}");
        }
    }

    #[test]
    fn what_the_catalog_does_not_have_is_told_by_its_last_word() {
        for (command, effect) in [
            ("datafactory pipeline create-run", Effect::Write),
            ("datafactory factory list", Effect::Read),
            ("ml job stop", Effect::Operation),
            ("devops project create", Effect::Data),
            ("fleet fly", Effect::Unknown),
        ] {
            assert_eq!(
                judged("bash", &format!("az {command}")),
                Some((effect, By::Name)),
                "{command}"
            );
        }
    }

    #[test]
    fn options_decide_where_the_catalog_says_so() {
        for (command, effect) in [
            ("postgres flexible-server upgrade -n a --validate-only", Effect::Write),
            ("tag delete --resource-id x", Effect::Write),
            ("staticwebapp create -n a", Effect::Write),
            ("webapp up -n a", Effect::Write),
            ("webapp up -n a --dryrun", Effect::Read),
            ("deployment group create -g rg -f a.json", Effect::Write),
            ("deployment group create -g rg -f a.json --what-if", Effect::Operation),
        ] {
            let judged = judged("bash", &format!("az {command}"));
            assert_eq!(judged.map(|it| it.0), Some(effect), "az {command}");
        }
    }

    #[test]
    fn the_last_word_agrees_with_the_catalog() {
        let rows = include_str!("../../data/az-commands.tsv").lines();
        let (mut said, mut wrong) = (0, Vec::new());
        for row in rows.filter(|it| !it.starts_with('#')) {
            let columns: Vec<&str> = row.split('\t').collect();
            let known = columns[2].split(['?', '+']).next().unwrap_or_default();
            let told = by_last_word(columns[1]);
            if told != Effect::Unknown && ["read", "write"].contains(&known) {
                said += 1;
                if told.name() != known && told != Effect::Operation {
                    wrong.push(format!("{} is {known}, not {}", columns[1], told.name()));
                }
            }
        }
        assert!(said > 4000, "{said}");
        assert!(wrong.len() * 100 < said, "{} of {said}: {wrong:#?}", wrong.len());
    }
}
