//! A plan as code of others that makes the same, for those who may not apply it.
//!
//! To add a language, write `export/<name>.rs` with one [`Language`] and name it twice below.

mod az;
mod bicep;
mod powershell;
mod shared;
mod terraform;

pub use shared::{Export, File};

use crate::{
    plan::{Action, Plan, Step},
    resource::{Address, Approver, Variable},
};
use serde::Serialize;
use shared::Names;
use std::collections::{BTreeMap, BTreeSet};

pub const LANGUAGES: &[&Language] =
    &[&bicep::LANGUAGE, &terraform::LANGUAGE, &az::LANGUAGE, &powershell::LANGUAGE];

pub struct Language {
    /// What it is called on the command line.
    pub name: &'static str,
    pub write: fn(&Plan) -> Export,
}

/// What one approver has to do, as commands of the Azure CLI.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HandOver {
    pub approver: Approver,
    pub steps: Vec<String>,
    pub commands: Vec<String>,
}

/// Steps of a plan that others have to do, by who may do them.
pub fn hand_over(plan: &Plan, wanted: impl Fn(&Step) -> bool) -> Vec<HandOver> {
    let names = Names::of(plan);
    let mut of: BTreeMap<Approver, Vec<&Step>> = BTreeMap::new();
    for step in plan.to_make().filter(|it| wanted(it)) {
        of.entry(approver(step)).or_default().push(step);
    }
    let each = of.into_iter().map(|(approver, steps)| {
        let own: BTreeSet<&Address> = steps.iter().map(|it| &it.address).collect();
        let mut commands = Vec::new();
        let mut told: BTreeSet<&Address> = BTreeSet::new();
        for step in &steps {
            // What others made has to be looked up.
            for needed in needed(plan, step) {
                if !own.contains(&needed.address) && told.insert(&needed.address) {
                    commands.extend(az::look(plan, &names, needed));
                }
            }
            commands.extend(az::make(plan, &names, step));
            commands.extend(az::look(plan, &names, step));
        }
        let steps = steps.iter().map(|it| it.resource.noun().title()).collect();
        HandOver { approver, steps, commands }
    });
    each.collect()
}

/// The command that makes the environment of a variable.
pub fn environment(variable: &Variable) -> String {
    az::environment(variable)
}

/// What a step needs, and what that is made of, which comes first.
fn needed<'p>(plan: &'p Plan, step: &Step) -> Vec<&'p Step> {
    let mut all: Vec<&Step> = Vec::new();
    for address in step.resource.noun().needs() {
        if let Some(it) = plan.steps.iter().find(|it| it.address == *address) {
            all.extend(needed(plan, it));
            all.push(it);
        }
    }
    all
}

/// A key is made where the job runs, by whoever looks after that.
fn approver(step: &Step) -> Approver {
    let first = step.resource.noun().rights().first().map(|it| it.approver());
    first.unwrap_or(Approver::CiAdministrator)
}

/// Whether there is nothing to do about it.
fn is_there(step: &Step) -> bool {
    matches!(step.action, Action::Keep(_))
}
