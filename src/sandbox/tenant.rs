//! One tenant, its services: finds the one a request is for, has it answered, keeps and logs it.

use std::mem;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::fault::{FaultKind, Faults};
use super::message::{Answer, Refusal, Reply, Request};
use super::pace::Traffic;
use super::state::State;
use super::token::{self, Claims};
use super::workload::{self, Place};
use super::{Action, Error, Logged, Options, arm, ci, devops, entra, graph, issuer, kudu, seed};

/// A service of the tenant.
struct Service {
    hosts: &'static [&'static str],
    /// Whether it is reached without TLS, from the machine itself.
    plain: bool,
    /// Whom a token must be for, without a slash at the end.
    audiences: &'static [&'static str],
    door: Door,
    /// What a request does, as roles name it.
    action: fn(&Request) -> Option<Action>,
    /// Takes note of a request and the status of its answer, for a log that can be asked for.
    note: fn(&mut State, &Request, &Claims, u16),
    /// Puts a refusal into the shape that clients of this service expect.
    refuse: fn(&Refusal) -> Reply,
}

/// How a service lets requests in.
enum Door {
    /// Anyone may ask: this is where tokens come from.
    Open(fn(&State, &Request) -> Answer),
    /// Only with a token.
    Guarded(fn(&mut State, &Request, &Claims) -> Answer),
    /// Only with a token of its own, which is none of the tenant's.
    Keyed(fn(&mut State, &Request) -> Answer),
    /// From where the workload runs.
    Near(fn(&mut State, &Request, &Place) -> Answer),
}

const SERVICES: [Service; 10] = [
    Service {
        hosts: &["login.microsoftonline.com", "login.microsoft.com", "login.windows.net"],
        plain: false,
        audiences: &[],
        door: Door::Open(entra::answer),
        action: |_| None,
        note: |_, _, _, _| (),
        refuse: entra::refuse,
    },
    Service {
        hosts: &["management.azure.com", "management.core.windows.net"],
        plain: false,
        audiences: &["https://management.azure.com", "https://management.core.windows.net"],
        door: Door::Guarded(arm::answer),
        action: arm::asked,
        note: arm::note,
        refuse: arm::refuse,
    },
    Service {
        hosts: &["graph.microsoft.com"],
        plain: false,
        audiences: &["https://graph.microsoft.com", "00000003-0000-0000-c000-000000000000"],
        door: Door::Guarded(graph::answer),
        action: |_| None,
        note: |_, _, _, _| (),
        refuse: graph::refuse,
    },
    Service {
        hosts: &["dev.azure.com"],
        plain: false,
        audiences: &["499b84ac-1321-427f-aa17-267ca6975798"],
        door: Door::Guarded(devops::answer),
        action: |_| None,
        note: |_, _, _, _| (),
        refuse: devops::refuse,
    },
    Service {
        hosts: &[kudu::HOST],
        plain: false,
        audiences: &["https://appservice.azure.com"],
        door: Door::Guarded(kudu::answer),
        action: |_| None,
        note: |_, _, _, _| (),
        refuse: kudu::refuse,
    },
    Service {
        hosts: &[ci::GITHUB_HOST],
        plain: false,
        audiences: &[],
        door: Door::Keyed(ci::github),
        action: |_| None,
        note: |_, _, _, _| (),
        refuse: ci::refuse,
    },
    Service {
        hosts: &[ci::GITLAB_HOST],
        plain: false,
        audiences: &[],
        door: Door::Keyed(ci::gitlab),
        action: |_| None,
        note: |_, _, _, _| (),
        refuse: ci::refuse,
    },
    Service {
        hosts: &[workload::IMDS_HOST],
        plain: true,
        audiences: &[],
        door: Door::Near(workload::imds),
        action: |_| None,
        note: |_, _, _, _| (),
        refuse: workload::refuse_imds,
    },
    Service {
        hosts: &[workload::OWN_HOST],
        plain: true,
        audiences: &[],
        door: Door::Near(workload::app_service),
        action: |_| None,
        note: |_, _, _, _| (),
        refuse: workload::refuse_app_service,
    },
    Service {
        hosts: &[workload::ACTIONS_HOST],
        plain: false,
        audiences: &[],
        door: Door::Near(workload::actions),
        action: |_| None,
        note: |_, _, _, _| (),
        refuse: workload::refuse_actions,
    },
];

/// Every host the tenant stands for, with TLS or without.
pub(super) fn hosts(plain: bool) -> impl Iterator<Item = &'static str> {
    let services = SERVICES.iter().filter(move |service| service.plain == plain);
    services.flat_map(|service| service.hosts).copied()
}

/// The tenant, and all that must not be touched by two requests at once.
pub(super) struct Tenant {
    file: Option<PathBuf>,
    delay: Duration,
    place: Place,
    inner: Mutex<Inner>,
}

struct Inner {
    state: State,
    faults: Faults,
    traffic: Traffic,
    log: Vec<Logged>,
}

/// A write that no other of its kind may join; it ends with this.
struct Alone<'a>(&'a Tenant, String);

impl Drop for Alone<'_> {
    fn drop(&mut self) {
        self.0.lock().traffic.end(&self.1);
    }
}

impl Tenant {
    pub(super) fn open(options: Options) -> Result<Tenant, Error> {
        let Options { state: file, faults, pace, workload, given, rehearsal, .. } = options;
        let mut state = match &file {
            Some(path) => State::open(path)?,
            None => seed::tenant(),
        };
        seed::give(&mut state, &given);
        state.rehearsal = rehearsal;
        Ok(Tenant {
            file,
            delay: pace.delay,
            place: Place::of(workload, &state)?,
            inner: Mutex::new(Inner {
                state,
                faults: Faults::new(faults),
                traffic: Traffic::new(pace),
                log: Vec::new(),
            }),
        })
    }

    pub(super) fn log(&self) -> Vec<Logged> {
        self.lock().log.clone()
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    pub(super) fn federated_token(
        &self,
        issuer: &str,
        subject: &str,
        audience: &str,
    ) -> Result<String, Error> {
        let mut inner = self.lock();
        let token = issuer::token(&mut inner.state, issuer, subject, audience)
            .ok_or_else(|| Error::Key { issuer: issuer.to_owned() })?;
        self.file.as_ref().map_or(Ok(()), |path| inner.state.save(path))?;
        Ok(token)
    }

    /// Writes down that somebody asked for a host that is none of the tenant's.
    pub(super) fn turn_away(&self, method: &str, host: &str, status: u16) {
        let (method, host, path) = (method.to_owned(), host.to_owned(), String::new());
        let (who, action, error) = (None, None, None);
        self.lock().log.push(Logged { method, host, path, status, who, action, error });
    }

    /// Answers a request; `None` if the connection is to break instead.
    pub(super) async fn answer(&self, request: &Request) -> Option<Reply> {
        let service =
            SERVICES.iter().find(|service| service.hosts.contains(&request.host.as_str()))?;
        // Whoever comes too often, or while another writes, is told so at once.
        let turn = self.turn(service, request);
        if turn.is_ok() && !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
        let (fault, reply) = self.struck(service, request, &turn);
        match fault {
            Some(FaultKind::LostAnswer) => return None,
            Some(FaultKind::Slow(pause)) => tokio::time::sleep(pause).await,
            _ => {}
        }
        reply
    }

    /// What is done about a request, and which fault strikes it.
    fn struck(
        &self,
        service: &Service,
        request: &Request,
        turn: &Result<Option<Alone<'_>>, Refusal>,
    ) -> (Option<FaultKind>, Option<Reply>) {
        let mut inner = self.lock();
        let fault = inner.faults.strike(request);
        let (reply, who) = match (&fault, turn) {
            (Some(FaultKind::Reset), _) => (None, None),
            (Some(FaultKind::Status { code, error, retry_after }), _) => {
                let text = "The sandbox was told to refuse this request.";
                let reply = (service.refuse)(&Refusal::new(*code, error, text));
                (Some(wait(reply, *retry_after)), None)
            }
            (_, Err(refusal)) => {
                let reply = (service.refuse)(refusal);
                (Some(wait(reply, (refusal.status == 429).then_some(1))), None)
            }
            (Some(FaultKind::LostAnswer | FaultKind::Slow(_)) | None, Ok(_)) => {
                let (reply, who) = self.serve(&mut inner, service, request);
                (Some(reply), who)
            }
        };
        inner.log.push(Logged {
            method: request.method.to_string(),
            host: request.host.clone(),
            path: request.path.clone(),
            status: reply.as_ref().map_or(0, |reply| reply.status),
            who,
            action: (service.action)(request),
            error: reply.as_ref().and_then(Reply::error),
        });
        drop(inner);
        (fault, reply)
    }

    fn turn(&self, service: &Service, request: &Request) -> Result<Option<Alone<'_>>, Refusal> {
        if !matches!(service.door, Door::Guarded(_) | Door::Keyed(_)) {
            return Ok(None);
        }
        let mut inner = self.lock();
        inner.traffic.count(request)?;
        Ok(inner.traffic.begin(request)?.map(|alone| Alone(self, alone)))
    }

    /// Lets a service work on a copy of the state, and keeps the copy only if the work was done and
    /// saved: a request has happened completely or not at all. What is noted of it is kept either
    /// way.
    fn serve(
        &self,
        inner: &mut Inner,
        service: &Service,
        request: &Request,
    ) -> (Reply, Option<String>) {
        let state = &mut inner.state;
        state.hidden = inner.traffic.hidden();
        if let Door::Guarded(answer) = &service.door
            && request.is_read()
        {
            // A read changes nothing, so there is nothing to keep or to throw away.
            let caller = caller(state, service, request);
            let who = caller.as_ref().ok().map(|caller| caller.name.clone());
            let answer = caller.and_then(|caller| answer(state, request, &caller));
            return (answer.unwrap_or_else(|refusal| (service.refuse)(&refusal)), who);
        }
        // No write looks at the Activity Log, which is soon the larger part of the state.
        let activity = mem::take(&mut state.activity);
        let mut next = state.clone();
        let (answer, caller) = match &service.door {
            Door::Open(answer) => (answer(state, request), None),
            Door::Keyed(answer) => (answer(&mut next, request), None),
            Door::Near(answer) => (answer(&mut next, request, &self.place), None),
            Door::Guarded(answer) => match caller(state, service, request) {
                Ok(caller) => (answer(&mut next, request, &caller), Some(caller)),
                Err(refusal) => (Err(refusal), None),
            },
        };
        let mut reply = answer.unwrap_or_else(|refusal| (service.refuse)(&refusal));
        if reply.status >= 400 {
            next = state.clone();
        }
        let changed = caller.is_some() || next != *state;
        next.activity = activity;
        if let Some(caller) = &caller {
            (service.note)(&mut next, request, caller, reply.status);
        }
        let file = self.file.as_ref().filter(|_| changed);
        match file.map_or(Ok(()), |path| next.save(path)) {
            Ok(()) => {
                inner.traffic.note(state, &next);
                *state = next;
            }
            Err(error) => {
                state.activity = next.activity;
                let refusal = Refusal::new(500, "InternalServerError", error.to_string());
                reply = (service.refuse)(&refusal);
            }
        }
        let who = caller.map(|caller| caller.name).or_else(|| reply.who.clone());
        (reply, who)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic leaves the state as it was before the request, so it is still good.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks a client to wait.
fn wait(mut reply: Reply, seconds: Option<u64>) -> Reply {
    reply.headers.extend(seconds.map(|seconds| ("retry-after", seconds.to_string())));
    reply
}

/// Who is asking, by the token of the request.
fn caller(state: &State, service: &Service, request: &Request) -> Result<Claims, Refusal> {
    let refuse = |code, message| Err(Refusal::new(401, code, message));
    let token = request.header("authorization").and_then(|value| value.split_once(' '));
    let Some((_, token)) = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")) else {
        return refuse("InvalidAuthenticationToken", "The access token is missing.");
    };
    let Some(claims) = token::verify(&state.signing_key, token.trim()) else {
        return refuse("InvalidAuthenticationToken", "The access token is invalid or has expired.");
    };
    if !service.audiences.contains(&claims.aud.trim_end_matches('/')) {
        return refuse(
            "InvalidAuthenticationTokenAudience",
            "The access token has been obtained for wrong audience.",
        );
    }
    Ok(claims)
}
