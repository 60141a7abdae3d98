//! The file of a plan: JSON, version 1.

use super::Plan;
use crate::resource::Address;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

const VERSION: u32 = 1;

#[derive(Serialize)]
struct Written<'p> {
    version: u32,
    #[serde(flatten)]
    plan: &'p Plan,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

#[derive(Debug, thiserror::Error)]
pub enum PlanFileError {
    #[error("it is not a plan of workid: {0}")]
    NotAPlan(String),
    #[error("it is a plan of version {0}, and this workid reads version {VERSION}")]
    OtherVersion(u32),
    #[error("its step {0} stands there twice")]
    Twice(Address),
    #[error("its step {0} needs {1}, which is none of the steps before it that it waits for")]
    OutOfOrder(Address, Address),
}

/// The plan as it is written; the same plan is the same bytes.
pub fn write(plan: &Plan) -> String {
    let written = Written { version: VERSION, plan };
    let mut text = serde_json::to_string_pretty(&written).expect("a plan has only text for keys");
    text.push('\n');
    text
}

pub fn read(text: &str) -> Result<Plan, PlanFileError> {
    let not_a_plan = |it: serde_json::Error| PlanFileError::NotAPlan(it.to_string());
    match serde_json::from_str::<Version>(text).map_err(not_a_plan)?.version {
        VERSION => ordered(serde_json::from_str(text).map_err(not_a_plan)?),
        other => Err(PlanFileError::OtherVersion(other)),
    }
}

/// A plan may come from elsewhere: its steps wait only for others before them, and for all that they
/// are made of, so that none waits for itself.
fn ordered(plan: Plan) -> Result<Plan, PlanFileError> {
    let mut before: BTreeSet<&Address> = BTreeSet::new();
    for step in &plan.steps {
        let is_unknown = |it: &&Address| !before.contains(it);
        let needs = step.resource.noun().needs();
        let wrong = step.after.iter().find(is_unknown);
        let wrong = wrong.or_else(|| needs.into_iter().find(|it| !step.after.contains(it)));
        if let Some(it) = wrong {
            return Err(PlanFileError::OutOfOrder(step.address.clone(), it.clone()));
        }
        if !before.insert(&step.address) {
            return Err(PlanFileError::Twice(step.address.clone()));
        }
    }
    Ok(plan)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        plan::{Action, Step},
        resource::{Application, Resource},
    };

    #[test]
    fn no_step_waits_for_itself_or_for_what_is_not_there() {
        let address = |it: &str| Address(it.to_owned());
        let step = |name: &str, of: Option<&str>, after: &[&str]| Step {
            address: address(name),
            resource: Resource::Application(Application {
                unique_name: name.to_owned(),
                certificate: of.map(address),
            }),
            action: Action::Create,
            after: after.iter().map(|it| address(it)).collect(),
        };
        let read = |steps: &[Step]| {
            let plan = Plan { steps: steps.to_vec(), ..Plan::default() };
            read(&write(&plan)).map(|it| it.steps.len()).map_err(|it| it.to_string())
        };
        assert_eq!(read(&[step("a", None, &[]), step("b", Some("a"), &["a"])]), Ok(2));
        let ring = [step("a", Some("b"), &["b"]), step("b", Some("a"), &["a"])];
        for wrong in [
            &ring[..],
            &[step("a", None, &["a"])],
            &[step("a", None, &["gone"])],
            &[step("a", None, &[]), step("b", Some("a"), &[])],
            &[step("a", None, &[]), step("a", None, &[])],
        ] {
            assert!(read(wrong).unwrap_err().contains("its step "), "{wrong:?}");
        }
    }

    #[test]
    fn a_plan_is_read_as_it_was_written() {
        let plan = Plan::default();
        assert_eq!(read(&write(&plan)).unwrap(), plan);
        let other = write(&plan).replace("\"version\": 1", "\"version\": 2");
        assert!(matches!(read(&other), Err(PlanFileError::OtherVersion(2))));
        assert!(matches!(read("{}"), Err(PlanFileError::NotAPlan(_))));
    }
}
