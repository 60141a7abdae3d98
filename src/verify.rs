//! Proves that a plan is done: every object read back, and every file scanned again.

use crate::{
    apply::journal::{self, Entry},
    observe::{self, Look},
    plan::Plan,
    resource::{Address, Known, Refusal, Resource, Services},
    scan::Scan,
};
use serde::Serialize;
use std::{collections::BTreeSet, time::Duration};

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

/// How long what was just made may stay unseen, in seconds: a service does not know it everywhere at once.
const PAUSES: &[u64] = &[2, 4, 8, 16, 30];

/// Looks at each planned object, and again at all where one is not shown that the journal says workid
/// made. `wait` is told what is waited for.
pub fn look(
    plan: &Plan,
    entries: &[Entry],
    services: &dyn Services,
    wait: &mut dyn FnMut(&[String], Duration),
) -> Result<Vec<(Address, Look)>, Refusal> {
    let made = journal::made(entries).into_iter().filter(|it| it.outputs.is_some());
    let made: BTreeSet<Address> = made.map(|it| it.step).collect();
    let mut pauses = PAUSES.iter();
    loop {
        let looked = observe::look(plan.resources(), services)?;
        let is_late = |it: &Address| {
            let absent =
                |(at, look): &(Address, Look)| at == it && matches!(look, Look::Absent { .. });
            made.contains(it) && looked.iter().any(absent)
        };
        let late = plan.resources().filter(|(address, _)| is_late(address));
        let late: Vec<String> = late.map(|(_, it)| it.noun().title()).collect();
        match pauses.next() {
            Some(pause) if !late.is_empty() => wait(&late, Duration::from_secs(*pause)),
            _ => return Ok(looked),
        }
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
    use crate::{
        plan::{Action, PlannedSite, Step},
        platform::Repository,
        resource::{Answer, Outputs, Request, Scope, UserAssignedIdentity},
        scan::scan,
        text::Source,
    };
    use std::cell::Cell;

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

    /// A service that shows a thing after so many looks.
    struct Late(Cell<usize>);

    impl Services for Late {
        fn send_each(&self, requests: &[Request], answered: &mut dyn FnMut(usize, Answer)) {
            for (at, it) in requests.iter().enumerate() {
                let left = self.0.get();
                self.0.set(left.saturating_sub(1));
                let refusal = Refusal {
                    service: it.service,
                    method: it.method,
                    path: it.path.clone(),
                    status: Some(404),
                    code: "ResourceNotFound".to_owned(),
                    message: String::new(),
                    request_id: None,
                };
                let found = serde_json::json!({ "id": "/i", "properties": {} });
                answered(at, if left > 0 { Err(refusal) } else { Ok(found) });
            }
        }
    }

    #[test]
    fn what_was_just_made_is_waited_for_and_what_was_not_is_missing_at_once() {
        let resource = Resource::UserAssignedIdentity(UserAssignedIdentity {
            resource_group: Scope("/subscriptions/s/resourceGroups/rg".to_owned()),
            name: "id-web".to_owned(),
            location: "japaneast".to_owned(),
        });
        let address = Address("identity.id-web".to_owned());
        let step = Step {
            address: address.clone(),
            resource: resource.clone(),
            action: Action::Create,
            after: Vec::new(),
        };
        let plan = Plan { steps: vec![step], ..Plan::default() };
        let made = [
            Entry::Started { step: address.clone(), resource: Box::new(resource), before: None },
            Entry::Done { step: address, outputs: Outputs::default() },
        ];
        let waits = |looks: usize, entries: &[Entry]| {
            let mut waits = Vec::new();
            let late = Late(Cell::new(looks));
            let looked = look(&plan, entries, &late, &mut |what, pause| {
                assert_eq!(what, ["user-assigned managed identity id-web"]);
                waits.push(pause.as_secs());
            });
            (waits, matches!(looked.unwrap()[0].1, Look::Found { .. }))
        };
        assert_eq!(waits(0, &made), (vec![], true));
        assert_eq!(waits(2, &made), (vec![2, 4], true));
        assert_eq!(waits(100, &made), (PAUSES.to_vec(), false));
        assert_eq!(waits(2, &[]), (vec![], false));
        assert_eq!(waits(2, &made[..1]), (vec![], false));
    }

    #[test]
    fn a_file_may_keep_what_is_left_to_people_and_no_more() {
        let what = "a.sh signs in with no user identity, but for 1 left to people".to_owned();
        assert_eq!(passed(1, 1), [(what.clone(), true)]);
        assert_eq!(passed(1, 2), [(what, false)]);
        assert_eq!(passed(0, 1), [("a.sh signs in with no user identity".to_owned(), false)]);
    }
}
