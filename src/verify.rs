//! Proves that a plan is done: every object read back, and every file scanned again.

use crate::{
    observe::Look,
    plan::Plan,
    resource::{Address, Known, Resource},
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
    let check = |(address, resource): (&Address, &Resource)| {
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
            Some(Look::Unknown) if matches!(resource, Resource::Variable(_)) => {
                Some("no token of yours may read it".to_owned())
            }
            Some(Look::Unknown) | None => Some("what it belongs to is not there".to_owned()),
        };
        Check::new(noun.title(), problem)
    };
    plan.resources().map(check).collect()
}

/// No file signs in with a user identity any more, but for the sites that are left to a person.
pub fn files(plan: &Plan, scan: &Scan) -> Vec<Check> {
    let mut paths: Vec<&str> = plan.sites.iter().map(|it| it.path.as_str()).collect();
    paths.extend(scan.running().map(|it| it.path.as_str()));
    paths.sort_unstable();
    paths.dedup();
    paths.into_iter().map(|path| file(plan, scan, path)).collect()
}

fn file(plan: &Plan, scan: &Scan, path: &str) -> Check {
    let here = plan.sites.iter().filter(|it| it.path == path);
    let left = here.filter(|it| it.identities.is_empty() || it.by_hand).count();
    let lines = scan.running().filter(|it| it.path == path).map(|it| it.start.line.to_string());
    let lines: Vec<String> = lines.collect();
    let problem = (lines.len() > left).then(|| {
        format!("{} sign-ins with a user identity, in lines {}", lines.len(), lines.join(", "))
    });
    let what = match left {
        0 => format!("{path} signs in with no user identity"),
        n => format!("{path} signs in with no user identity, but for {n} left to people"),
    };
    Check::new(what, problem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{plan::PlannedSite, platform::Repository, scan::scan, text::Source};

    const LOGIN: &str = "az login -u a@b.c -p \"$P\"\n";

    fn passed(left: usize, found: usize) -> Vec<(String, bool)> {
        let site = PlannedSite {
            rule: "az-login-password".to_owned(),
            path: "a.sh".to_owned(),
            line: 1,
            user: None,
            by_hand: false,
            identities: Vec::new(),
        };
        let plan = Plan { sites: vec![site; left], ..Plan::default() };
        let scan = scan(&[Source::new("a.sh", &LOGIN.repeat(found))], &Repository::default());
        files(&plan, &scan).into_iter().map(|it| (it.what, it.passed)).collect()
    }

    #[test]
    fn a_file_may_keep_what_is_left_to_people_and_no_more() {
        let what = "a.sh signs in with no user identity, but for 1 left to people".to_owned();
        assert_eq!(passed(1, 1), [(what.clone(), true)]);
        assert_eq!(passed(1, 2), [(what, false)]);
        assert_eq!(passed(0, 1), [("a.sh signs in with no user identity".to_owned(), false)]);
    }
}
