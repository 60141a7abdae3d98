//! One of everything, made while the services fail in every way, and stopped at every request: the
//! end is always the same, and nothing is made twice.

#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod support;

use serde_json::Value;
use std::{
    cell::RefCell,
    rc::Rc,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use support::{InMemory, Tenant, everything_of, stopped};
use workid::{
    apply::{
        apply,
        journal::{Journal, made},
        undo,
    },
    plan::Plan,
    resource::{Answer, Method, Request, Resource, Service, Services},
    sandbox::{Fault, FaultKind, Options, Pace},
    services::Waiting,
};

/// How long an answer is waited for.
const TIMEOUT: Duration = Duration::from_secs(4);

/// How many tenants are tried at the same time.
const THREADS: usize = 4;

fn everything(tenant: &Tenant) -> Plan {
    let path = "/contoso/_apis/projects/data";
    let ask = Request::new(Method::Get, Service::DevOps, path).query("api-version", "7.1");
    let project = tenant.azure.send(&ask).unwrap();
    everything_of("repo:contoso/web:environment:production", project["id"].as_str().unwrap())
}

/// What there is in the end, but for history and for the order in which IDs were given out.
fn end(tenant: &Tenant) -> Value {
    let mut state = tenant.state();
    if let Some(state) = state.as_object_mut() {
        state.retain(|name, _| !["made", "activity"].contains(&name.as_str()));
    }
    state
}

/// The end where nothing fails, and how many changes it takes.
fn whole() -> (Value, usize) {
    let tenant = Tenant::new();
    let plan = everything(&tenant);
    apply(&plan, &mut InMemory::default(), &tenant.azure, &mut |_| ()).unwrap();
    (end(&tenant), tenant.changes())
}

fn at_once<T: Sync>(cases: &[T], each: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    each(case);
                }
            });
        }
    });
}

/// The requests that make each kind of thing: method, and part of the path.
const WRITES: &[(&str, &str, &str)] = &[
    ("user-assigned identity", "PUT", "/userAssignedIdentities/id-web"),
    ("federated credential of an identity", "PUT", "/federatedIdentityCredentials/"),
    ("system-assigned identity", "PATCH", "/virtualMachines/"),
    ("attached identity", "PATCH", "/sites/"),
    ("custom role", "PUT", "/roleDefinitions/"),
    ("role assignment", "PUT", "/roleAssignments/"),
    ("application", "PATCH", "/applications(uniqueName"),
    ("service principal", "PATCH", "/servicePrincipals(appId"),
    ("federated credential of an application", "PATCH", "/federatedIdentityCredentials(name"),
    ("permission", "POST", "/appRoleAssignedTo"),
    ("service connection", "POST", "/serviceendpoint/endpoints"),
    ("variable of GitHub", "POST", "/environments/production/variables"),
    ("variable of GitLab", "POST", "/api/v4/projects/"),
];

fn faults() -> Vec<(&'static str, FaultKind)> {
    let status = |code: u16, error: &str| FaultKind::Status {
        code,
        error: error.to_owned(),
        retry_after: Some(0),
    };
    vec![
        ("429", status(429, "TooManyRequests")),
        ("500", status(500, "InternalServerError")),
        ("503", status(503, "ServiceUnavailable")),
        ("reset", FaultKind::Reset),
        ("lost answer", FaultKind::LostAnswer),
        ("slow", FaultKind::Slow(TIMEOUT / 4)),
        ("too slow", FaultKind::Slow(TIMEOUT * 2)),
    ]
}

#[test]
fn whatever_fails_at_whichever_step_the_end_is_the_same() {
    let (whole, changes) = whole();
    let mut cases = Vec::new();
    for (kind, method, path) in WRITES {
        cases.extend(faults().into_iter().map(|(name, what)| (*kind, *method, *path, name, what)));
    }
    // What is not known everywhere yet, in the words of each service.
    let late = |error: &str, code: u16| FaultKind::Status {
        code,
        error: error.to_owned(),
        retry_after: Some(0),
    };
    cases.extend([
        ("role assignment", "PUT", "/roleAssignments/", "late", late("PrincipalNotFound", 400)),
        (
            "role assignment",
            "PUT",
            "/roleAssignments/",
            "late",
            late("RoleDefinitionDoesNotExist", 404),
        ),
        (
            "service principal",
            "PATCH",
            "/servicePrincipals(appId",
            "late",
            late("Request_BadRequest", 400),
        ),
        (
            "federated credential of an application",
            "PATCH",
            "/federatedIdentityCredentials(name",
            "late",
            late("Request_ResourceNotFound", 404),
        ),
        ("permission", "GET", "/appRoleAssignments", "late", late("Request_ResourceNotFound", 404)),
        ("permission", "POST", "/appRoleAssignedTo", "late", late("Request_ResourceNotFound", 404)),
        (
            "federated credential of an identity",
            "PUT",
            "/federatedIdentityCredentials/",
            "busy",
            late("Conflict", 409),
        ),
    ]);
    at_once(&cases, |(kind, method, path, name, what)| {
        let fault = Fault {
            method: (*method).to_owned(),
            path_contains: (*path).to_owned(),
            nth: 1,
            times: if *name == "late" { 3 } else { 1 },
            what: what.clone(),
        };
        let faults = vec![fault];
        let tenant = Tenant::start(Options { faults, ..Options::default() }, Some(TIMEOUT));
        let plan = everything(&tenant);
        let mut journal = InMemory::default();
        // What can only be done once is not repeated by itself, and is by running again.
        let once = apply(&plan, &mut journal, &tenant.azure, &mut |_| ());
        if once.is_err() {
            assert_eq!(*method, "POST", "{kind}, {name}: {once:?}");
            apply(&plan, &mut journal, &tenant.azure, &mut |_| ()).unwrap();
        }
        assert_eq!(end(&tenant), whole, "{kind}, {name}");
        // An answer that was lost belongs to a change that was done.
        let is_lost = ["lost answer", "too slow"].contains(name);
        let lost = usize::from(is_lost && *method != "POST");
        let repeated = tenant.changes() - changes;
        assert!(repeated <= lost, "{kind}, {name}: {repeated} changes more");
        let all = made(journal.entries());
        assert_eq!(all.len(), plan.steps.len() - 1, "{kind}, {name}");
        assert!(all.iter().all(|it| it.outputs.is_some()), "{kind}, {name}");
    });
}

/// What is new is at first known in one place alone, as in Azure: to make it takes patience, and
/// workid says for what.
#[test]
fn what_spreads_late_is_waited_for() {
    let (whole, changes) = whole();
    let pace = Pace { replication: Duration::from_secs(4), ..Pace::default() };
    let mut tenant = Tenant::start(Options { pace, ..Options::default() }, None);
    let waited: Rc<RefCell<Vec<Waiting>>> = Rc::default();
    let told = Rc::clone(&waited);
    tenant.azure.on_waiting(Box::new(move |it| told.borrow_mut().push(it.clone())));
    let plan = everything(&tenant);
    let mut journal = InMemory::default();
    apply(&plan, &mut journal, &tenant.azure, &mut |_| ()).unwrap();
    assert_eq!(end(&tenant), whole);
    assert_eq!(tenant.changes(), changes);
    let told = waited.borrow();
    assert!(told.iter().any(|it| it.until.starts_with("PrincipalNotFound, ")), "{told:?}");
    assert!(told.iter().all(|it| it.pause >= Duration::from_secs(1)), "{told:?}");
    undo(&mut journal, &tenant.azure, &mut |_| ()).unwrap();
    assert!(made(journal.entries()).is_empty());
}

/// Stops at the n-th request, before it is sent or after it was answered.
struct Stopped<'s> {
    tenant: &'s Tenant,
    left: AtomicUsize,
    after_the_answer: bool,
}

impl Services for Stopped<'_> {
    fn send_each(&self, requests: &[Request], answered: &mut dyn FnMut(usize, Answer)) {
        for (at, request) in requests.iter().enumerate() {
            let stopped = stopped(request);
            let left = self
                .left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |it| it.checked_sub(1));
            answered(
                at,
                match left {
                    Ok(1) if self.after_the_answer => {
                        let _ = self.tenant.azure.send(request);
                        Err(stopped)
                    }
                    Ok(1) | Err(_) => Err(stopped),
                    Ok(_) => self.tenant.azure.send(request),
                },
            );
        }
    }
}

/// Counts requests, and sends them.
struct Counted<'s>(&'s Tenant, AtomicUsize);

impl Services for Counted<'_> {
    fn send_each(&self, requests: &[Request], answered: &mut dyn FnMut(usize, Answer)) {
        self.1.fetch_add(requests.len(), Ordering::Relaxed);
        self.0.azure.send_each(requests, answered);
    }
}

#[test]
fn stopped_at_every_request_it_is_gone_on_with_and_undone() {
    let (whole, changes) = whole();
    let first = Tenant::new();
    let plan = everything(&first);
    let mut journal = InMemory::default();
    let counted = Counted(&first, AtomicUsize::new(0));
    apply(&plan, &mut journal, &counted, &mut |_| ()).unwrap();
    let requests = counted.1.into_inner();
    undo(&mut journal, &first.azure, &mut |_| ()).unwrap();
    let nothing = end(&first);
    let cases: Vec<(usize, bool, bool)> = (1..=requests)
        .flat_map(|n| [(n, false, false), (n, false, true), (n, true, false), (n, true, true)])
        .collect();
    at_once(&cases, |(n, after_the_answer, back)| {
        let tenant = Tenant::new();
        let stopped = Stopped {
            tenant: &tenant,
            left: AtomicUsize::new(*n),
            after_the_answer: *after_the_answer,
        };
        let mut journal = InMemory::default();
        assert!(apply(&plan, &mut journal, &stopped, &mut |_| ()).is_err());
        if *back {
            undo(&mut journal, &tenant.azure, &mut |_| ()).unwrap();
            // A tenant in which nothing was ever changed has not been written down.
            if tenant.changes() > 0 {
                assert_eq!(end(&tenant), nothing, "undone after request {n}");
            }
        } else {
            apply(&plan, &mut journal, &tenant.azure, &mut |_| ()).unwrap();
            assert_eq!(end(&tenant), whole, "gone on with after request {n}");
            assert_eq!(tenant.changes(), changes, "made twice after request {n}");
            let keys = made(journal.entries());
            assert!(keys.iter().any(|it| matches!(it.resource, Resource::Certificate(_))));
        }
    });
}

#[test]
fn a_service_is_not_asked_again_before_it_wishes() {
    let wish =
        FaultKind::Status { code: 429, error: "TooManyRequests".to_owned(), retry_after: Some(1) };
    let fault = Fault {
        method: "PUT".to_owned(),
        path_contains: "/roleAssignments/".to_owned(),
        nth: 1,
        times: 1,
        what: wish,
    };
    let tenant = Tenant::with(vec![fault]);
    let begun = std::time::Instant::now();
    apply(&everything(&tenant), &mut InMemory::default(), &tenant.azure, &mut |_| ()).unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(1), "after {:?}", begun.elapsed());
}
