//! The file of a plan: JSON, version 1.

use super::Plan;
use serde::{Deserialize, Serialize};

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
        VERSION => serde_json::from_str(text).map_err(not_a_plan),
        other => Err(PlanFileError::OtherVersion(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_read_as_it_was_written() {
        let plan = Plan::default();
        assert_eq!(read(&write(&plan)).unwrap(), plan);
        let other = write(&plan).replace("\"version\": 1", "\"version\": 2");
        assert!(matches!(read(&other), Err(PlanFileError::OtherVersion(2))));
        assert!(matches!(read("{}"), Err(PlanFileError::NotAPlan(_))));
    }
}
