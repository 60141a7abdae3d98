//! Proves that a plan is done: every object read back, and every file scanned again.

use crate::{
    observe::Look,
    plan::Plan,
    resource::{Address, Known},
    scan::Scan,
};
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    pub what: String,
    pub passed: bool,
    /// What was found instead; empty for a check that passed.
    pub found: String,
}

impl Check {
    fn new(what: String, problem: Option<String>) -> Check {
        Check { what, passed: problem.is_none(), found: problem.unwrap_or_default() }
    }
}

/// Each planned object is there, and is as planned.
pub fn objects(plan: &Plan, looked: &[(Address, Look)]) -> Vec<Check> {
    let mut known = Known::new();
    for (address, look) in looked {
        if let Look::Found { outputs, .. } = look {
            known.insert(address.clone(), outputs.clone());
        }
    }
    let check = |(address, resource): (&Address, &crate::resource::Resource)| {
        let noun = resource.noun();
        let look = looked.iter().find(|(it, _)| it == address).map(|(_, look)| look);
        let problem = match look {
            Some(Look::Found { answer, .. }) => {
                let differences = noun.differences(&known, answer);
                let said: Vec<String> = differences
                    .iter()
                    .map(|it| format!("{} is {:?}, planned {:?}", it.what, it.found, it.planned))
                    .collect();
                (!said.is_empty()).then(|| said.join("; "))
            }
            Some(Look::Absent { .. }) => Some("it is not there".to_owned()),
            Some(Look::Unknown) | None => Some("what it belongs to is not there".to_owned()),
        };
        Check::new(noun.title(), problem)
    };
    plan.resources().map(check).collect()
}

/// No file signs in with a user identity any more, but for the sites that are left to a person.
pub fn files(plan: &Plan, scan: &Scan) -> Vec<Check> {
    let left = |path: &str| {
        plan.sites.iter().filter(|it| it.path == path && it.identities.is_empty()).count()
    };
    let migrated = plan.sites.iter().filter(|it| !it.identities.is_empty());
    let mut paths: Vec<&str> = migrated.map(|it| it.path.as_str()).collect();
    paths.extend(scan.running().map(|it| it.path.as_str()));
    paths.sort_unstable();
    paths.dedup();
    let check = |path: &str| {
        let found: Vec<String> = scan
            .running()
            .filter(|it| it.path == path)
            .map(|it| it.start.line.to_string())
            .collect();
        let problem = (found.len() > left(path)).then(|| {
            format!("{} sign-ins with a user identity, in lines {}", found.len(), found.join(", "))
        });
        Check::new(format!("{path} signs in with no user identity"), problem)
    };
    paths.into_iter().filter(|it| left(it) == 0 || migrated_any(plan, it)).map(check).collect()
}

fn migrated_any(plan: &Plan, path: &str) -> bool {
    plan.sites.iter().any(|it| it.path == path && !it.identities.is_empty())
}
