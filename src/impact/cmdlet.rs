//! Cmdlets of Azure PowerShell, and of Microsoft Graph.

use super::{By, Judgement, told};
use crate::{
    catalog::{Catalog, Effect},
    lang::Call,
};

const WRITE: &[&str] = &[
    "add", "disable", "enable", "import", "move", "new", "publish", "register", "remove", "rename",
    "set", "update",
];

const READ: &[&str] = &["export", "find", "get", "search", "select", "show", "test", "wait"];

const OPERATION: &[&str] = &["invoke", "reset", "restart", "resume", "start", "stop", "suspend"];

/// Nouns that belong to a directory: of Microsoft Graph, and of the modules before it.
const GRAPH: &[&str] = &["azuread", "mg", "msol"];

pub(super) fn judge(call: &Call, catalog: &Catalog) -> Option<Judgement> {
    let (verb, noun) = call.name.split_once('-')?;
    if GRAPH.iter().any(|it| noun.starts_with(it)) {
        return Some(Judgement::new(Effect::Graph, By::Name));
    }
    let noun = noun.strip_prefix("az")?;
    // What AzureRM called so, and the module before it, Az does, too.
    let noun = noun.strip_prefix("urerm").or(noun.strip_prefix("ure")).unwrap_or(noun);
    let name = match (verb, noun) {
        ("select", "subscription" | "context") => "set-azcontext".to_owned(),
        _ => format!("{verb}-az{noun}"),
    };
    // What was called in the plural once is an alias of the singular now.
    let singular = || catalog.cmdlet(name.strip_suffix('s')?);
    let mut judgement = match catalog.cmdlet(&name).or_else(singular) {
        Some(asks) => told(asks, call),
        None => Judgement::new(by_verb(verb), By::Name),
    };
    if judgement.effect == Effect::Write && call.has("-whatif") {
        judgement.effect = Effect::Read;
        judgement.by = By::Arguments;
    }
    Some(judgement)
}

fn by_verb(verb: &str) -> Effect {
    let all = [(WRITE, Effect::Write), (READ, Effect::Read), (OPERATION, Effect::Operation)];
    let known = all.iter().find(|(verbs, _)| verbs.contains(&verb));
    known.map_or(Effect::Unknown, |(_, effect)| *effect)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::impact::testing::judged;

    #[test]
    fn cmdlets_are_what_the_catalog_or_their_verb_says() {
        for (text, effect, by) in [
            ("Stop-AzVM -Name a", Effect::Operation, By::Catalog),
            (
                "Get-AzOperationalInsightsWorkspaceSharedKeys -Name a",
                Effect::Operation,
                By::Catalog,
            ),
            ("Set-AzContext -Subscription a", Effect::Local, By::Catalog),
            ("Select-AzureRmSubscription a", Effect::Local, By::Catalog),
            ("New-AzResourceGroup -Name a", Effect::Write, By::Catalog),
            ("New-AzureRmResourceGroup -Name a", Effect::Write, By::Catalog),
            ("Remove-AzureStorageBlob -Blob a", Effect::Data, By::Catalog),
            ("New-AzVMConfig -VMName a", Effect::Local, By::Catalog),
            ("Set-AzStorageBlobContent -Blob a", Effect::Data, By::Catalog),
            ("Get-AzADUser", Effect::Graph, By::Catalog),
            (
                "Set-AzCurrentStorageAccount -ResourceGroupName a -Name b",
                Effect::Operation,
                By::Catalog,
            ),
            ("Set-AzCurrentStorageAccount -Context a", Effect::Read, By::Catalog),
            ("Get-MgUser -UserId a", Effect::Graph, By::Name),
            ("New-AzFlyingThing -Name a", Effect::Write, By::Name),
            ("Fly-AzThing -Name a", Effect::Unknown, By::Name),
            ("New-AzResourceGroup -Name a -WhatIf", Effect::Read, By::Arguments),
        ] {
            assert_eq!(judged("powershell", text), Some((effect, by)), "{text}");
        }
        assert_eq!(judged("powershell", "Get-ChildItem a"), None);
    }
}
