//! What follows a sign-in, told one by one: what each command does to Azure, how that is known, and
//! what it asks for.

use super::words;
use crate::{
    catalog::Effect,
    caveats::Caveat,
    impact::{self, By},
    lang::HOLE,
    needs::{Need, Reach},
    scan::{Follow, Site},
};
use std::collections::BTreeMap;

/// A command, and what there is to say of it.
pub(super) struct Told {
    pub(super) command: String,
    pub(super) facts: Vec<String>,
}

pub(super) fn follows(site: &Site) -> Vec<Told> {
    site.follows.iter().map(|it| told(it, site)).collect()
}

fn told(follow: &Follow, site: &Site) -> Told {
    let Follow { command, effect, by, needs, gap } = follow;
    let refused = impact::demands(site.cloud.as_deref()) == Some(true);
    let by = if *effect == Effect::Unknown { "" } else { known(*by) };
    let mut facts = vec![format!("{}{by}", does(*effect, refused))];
    // What is asked for in one place is told together, in whichever case the place is written.
    let mut asked: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
    for it in needs {
        let at = reach(&it.reach);
        let (_, all) = asked.entry(at.to_lowercase()).or_insert_with(|| (at, Vec::new()));
        all.push(action(it));
    }
    facts.extend(asked.values().map(|(at, all)| format!("asks for {} on {at}", all.join(", "))));
    facts.extend(gap.map(|it| format!("not all that it asks for is known: {it}")));
    Told { command: words::command(command, site), facts }
}

/// What works as a user, and does not as a workload.
pub(super) fn caveats(site: &Site) -> Vec<Told> {
    let told = |(caveat, command): (&Caveat, String)| Told {
        command,
        facts: vec![caveat.explanation.to_owned(), format!("instead: {}", caveat.instead)],
    };
    words::caveats(site).into_iter().map(told).collect()
}

fn does(effect: Effect, refused: bool) -> &'static str {
    match effect {
        Effect::Write if !refused => "writes",
        Effect::Operation if !refused => "starts an operation",
        Effect::Write => "writes: Azure refuses it to a user without multifactor authentication",
        Effect::Read => "reads",
        Effect::Operation => "starts an operation: whether Azure refuses it to a user is not known",
        Effect::Data => "works on data, and not through Azure Resource Manager",
        Effect::Graph => "asks Microsoft Graph",
        Effect::Local => "stays on the machine",
        Effect::Unknown => "what it does is not known",
    }
}

fn known(by: By) -> &'static str {
    match by {
        By::Catalog => ", as the catalog of commands says",
        By::Arguments => ", as its arguments say",
        By::Name => ", as its name suggests",
    }
}

fn action(need: &Need) -> String {
    let Need { action, option, sure, .. } = need;
    let option = option.as_ref().map(|it| format!(" (with {it})")).unwrap_or_default();
    format!("{action}{option}{}", if *sure { "" } else { " (perhaps)" })
}

fn reach(reach: &Reach) -> String {
    let of = |subscription: &Option<String>| match subscription {
        Some(it) => format!(" of {}", named("subscription", it)),
        None => String::new(),
    };
    match reach {
        Reach::ManagementGroup(it) => named("management group", it),
        Reach::Subscription(Some(it)) => named("subscription", it),
        Reach::Subscription(None) => "the subscription".to_owned(),
        Reach::ResourceGroup { subscription, group } => {
            named("resource group", group) + &of(subscription)
        }
        Reach::Resource { subscription, group, kind, name } => {
            let group = group.as_ref().map(|it| format!(" in {}", named("resource group", it)));
            named(kind, name) + &group.unwrap_or_default() + &of(subscription)
        }
        Reach::Unknown => "a place that the files do not show".to_owned(),
    }
}

/// A name of which a part is a variable is not known.
fn named(what: &str, name: &str) -> String {
    if name.contains(HOLE) { format!("some {what}") } else { format!("{what} {name}") }
}
