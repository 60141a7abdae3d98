//! workid stopped at any request, before it was sent or after it was answered, goes on to the same
//! end; and whatever it made until then can be taken away.

#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod support;

use serde_json::Value;
use std::cell::Cell;
use support::{InMemory, Tenant, Workplace, root, stopped};
use workid::{
    apply::{
        ApplyError, apply,
        journal::{Journal, made},
        undo,
    },
    plan::{Plan, format},
    resource::{Answer, Method, Request, Services},
    secret::Secret,
    services::{Azure, Connection, Operator},
};

/// Stops at the n-th request that changes something, as if the process were killed there.
struct Stopped<'s> {
    azure: &'s Azure,
    changes_left: Cell<usize>,
    after_the_answer: bool,
    /// Nothing is sent any more.
    over: Cell<bool>,
}

impl Services for Stopped<'_> {
    fn send_each(&self, requests: &[Request], answered: &mut dyn FnMut(usize, Answer)) {
        for (at, it) in requests.iter().enumerate() {
            answered(at, self.one(it));
        }
    }
}

impl Stopped<'_> {
    fn one(&self, request: &Request) -> Answer {
        if request.method == Method::Get {
            return self.azure.send(request);
        }
        match self.changes_left.get() {
            0 => {
                if self.after_the_answer && !self.over.replace(true) {
                    let _ = self.azure.send(request);
                }
                Err(stopped(request))
            }
            n => {
                self.changes_left.set(n - 1);
                self.azure.send(request)
            }
        }
    }
}

fn plans() -> Vec<Plan> {
    let of = |case: &str| {
        let place = Workplace::of(&root().join("examples").join(case));
        let ran = place.run(&["plan", "repo", "--sandbox"]);
        assert_eq!(ran.exit, 1, "{}", ran.stderr);
        format::read(&place.read("workid.plan.json")).unwrap()
    };
    ["contoso-web", "contoso-pipelines", "contoso-runbooks"].map(of).into()
}

#[test]
fn stopped_at_any_request_it_goes_on_to_the_same_end() {
    for plan in plans() {
        let whole = Tenant::new();
        apply(&plan, &mut InMemory::default(), &whole.azure, &mut |_| ()).unwrap();
        let steps = plan.to_make().count();
        for n in 0..steps {
            for after_the_answer in [false, true] {
                let tenant = Tenant::new();
                let mut journal = InMemory::default();
                let stopped = Stopped {
                    azure: &tenant.azure,
                    changes_left: Cell::new(n),
                    after_the_answer,
                    over: Cell::new(false),
                };
                let error = apply(&plan, &mut journal, &stopped, &mut |_| ()).unwrap_err();
                assert!(matches!(error, ApplyError::Refused { .. }), "{error}");
                apply(&plan, &mut journal, &tenant.azure, &mut |_| ()).unwrap();
                // In which order things were done may differ.
                let end = |it: &Tenant| without(it.state(), &["activity"]);
                assert_eq!(end(&tenant), end(&whole), "stopped at change {n}");
                assert_eq!(
                    tenant.changes(),
                    whole.changes(),
                    "something was made twice: stopped at change {n}"
                );
                assert_eq!(
                    made(journal.entries()).len(),
                    steps,
                    "the journal lost something at change {n}"
                );
            }
        }
    }
}

#[test]
fn stopped_at_any_request_it_can_be_undone() {
    for plan in plans() {
        let steps = plan.to_make().count();
        for n in 0..=steps {
            let tenant = Tenant::new();
            // The state is written with the first change.
            let before = {
                let it = Tenant::new();
                let mut journal = InMemory::default();
                apply(&plan, &mut journal, &it.azure, &mut |_| ()).unwrap();
                undo(&mut journal, &it.azure, &mut |_| ()).unwrap();
                it.state()
            };
            let mut journal = InMemory::default();
            let stopped = Stopped {
                azure: &tenant.azure,
                changes_left: Cell::new(n),
                after_the_answer: true,
                over: Cell::new(false),
            };
            let outcome = apply(&plan, &mut journal, &stopped, &mut |_| ());
            assert_eq!(outcome.is_ok(), n == steps);
            undo(&mut journal, &tenant.azure, &mut |_| ()).unwrap();
            assert_eq!(
                without_history(tenant.state()),
                without_history(before),
                "stopped at change {n}"
            );
            assert!(made(journal.entries()).is_empty());
            let keys: Vec<_> = std::fs::read_dir(tenant.place.path(""))
                .unwrap()
                .map(|it| it.unwrap().file_name())
                .collect();
            assert_eq!(keys, ["state.json"], "a key was left behind");
        }
    }
}

/// What was done, and how often, is history, which nothing undoes.
fn without_history(state: Value) -> Value {
    without(state, &["made", "activity"])
}

fn without(mut state: Value, entries: &[&str]) -> Value {
    if let Some(state) = state.as_object_mut() {
        state.retain(|name, _| !entries.contains(&name.as_str()));
    }
    state
}

#[test]
fn a_service_that_is_not_there_is_an_error_that_says_so() {
    let connection =
        Connection { proxy: Some("http://127.0.0.1:9".to_owned()), ..Connection::default() };
    let operator = Operator::ServicePrincipal {
        tenant_id: workid::sandbox::TENANT_ID.to_owned(),
        client_id: "43561dda-c123-5404-a302-867068e213f8".to_owned(),
        client_secret: Secret::new("canary-none".to_owned()),
    };
    let error =
        Azure::connect(&connection, operator, std::env::temp_dir()).err().unwrap().to_string();
    assert!(error.contains("service principal"), "{error}");
    assert!(!error.contains("canary-"), "{error}");
}

#[test]
fn a_migration_that_is_killed_is_gone_on_with() {
    let example = root().join("examples/contoso-web");
    for lines in 1..=6 {
        let place = Workplace::of(&example);
        let mut child = place
            .command(&["migrate", "repo", "--sandbox"])
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let journal = place.path("workid.journal.jsonl");
        let written = || std::fs::read_to_string(&journal).map_or(0, |it| it.lines().count());
        while written() < lines && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        let _ = child.kill();
        child.wait().unwrap();

        let ran = place.run(&["migrate", "repo", "--sandbox"]);
        assert_eq!(ran.exit, 0, "killed after {lines} lines: {}{}", ran.stdout, ran.stderr);
        let (entries, _) =
            workid::apply::journal::read(&place.read("workid.journal.jsonl")).unwrap();
        assert_eq!(made(&entries).len(), 3, "killed after {lines} lines");
        assert!(made(&entries).iter().all(|it| it.outputs.is_some()));
        let undone = place.run(&["undo", "workid.journal.jsonl", "--sandbox"]);
        assert!(undone.stdout.matches("taken away").count() == 3, "{}", undone.stdout);
    }
}
