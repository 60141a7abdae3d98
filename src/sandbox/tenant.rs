//! One tenant, four services: finds the one a request is for, has it answered, keeps and logs it.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::fault::{Fault, FaultKind, Faults};
use super::message::{Answer, Refusal, Reply, Request};
use super::state::State;
use super::token::{self, Claims};
use super::{Error, Logged, arm, devops, entra, graph, seed};

/// A service of the tenant.
struct Service {
    hosts: &'static [&'static str],
    /// Whom a token must be for, without a slash at the end.
    audiences: &'static [&'static str],
    door: Door,
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
}

const SERVICES: [Service; 4] = [
    Service {
        hosts: &["login.microsoftonline.com", "login.microsoft.com", "login.windows.net"],
        audiences: &[],
        door: Door::Open(entra::answer),
        note: |_, _, _, _| (),
        refuse: entra::refuse,
    },
    Service {
        hosts: &["management.azure.com", "management.core.windows.net"],
        audiences: &["https://management.azure.com", "https://management.core.windows.net"],
        door: Door::Guarded(arm::answer),
        note: arm::note,
        refuse: arm::refuse,
    },
    Service {
        hosts: &["graph.microsoft.com"],
        audiences: &["https://graph.microsoft.com", "00000003-0000-0000-c000-000000000000"],
        door: Door::Guarded(graph::answer),
        note: |_, _, _, _| (),
        refuse: graph::refuse,
    },
    Service {
        hosts: &["dev.azure.com"],
        audiences: &["499b84ac-1321-427f-aa17-267ca6975798"],
        door: Door::Guarded(devops::answer),
        note: |_, _, _, _| (),
        refuse: devops::refuse,
    },
];

/// Every host the tenant stands for.
pub(super) fn hosts() -> impl Iterator<Item = &'static str> {
    SERVICES.iter().flat_map(|service| service.hosts).copied()
}

/// The tenant, and all that must not be touched by two requests at once.
pub(super) struct Tenant {
    file: Option<PathBuf>,
    inner: Mutex<Inner>,
}

struct Inner {
    state: State,
    faults: Faults,
    log: Vec<Logged>,
}

impl Tenant {
    pub(super) fn open(file: Option<PathBuf>, faults: Vec<Fault>) -> Result<Tenant, Error> {
        let state = match &file {
            Some(path) => State::open(path)?,
            None => seed::tenant(),
        };
        Ok(Tenant {
            file,
            inner: Mutex::new(Inner { state, faults: Faults::new(faults), log: Vec::new() }),
        })
    }

    pub(super) fn log(&self) -> Vec<Logged> {
        self.lock().log.clone()
    }

    /// Answers a request; `None` if the connection is to break instead.
    pub(super) fn answer(&self, request: &Request) -> Option<Reply> {
        let service =
            SERVICES.iter().find(|service| service.hosts.contains(&request.host.as_str()))?;
        let mut inner = self.lock();
        let fault = inner.faults.strike(request);
        let (reply, who) = match &fault {
            Some(FaultKind::Reset) => (None, None),
            Some(FaultKind::Status { code, error, retry_after }) => {
                let refusal =
                    Refusal::new(*code, error, "The sandbox was told to refuse this request.");
                let mut reply = (service.refuse)(&refusal);
                reply
                    .headers
                    .extend(retry_after.map(|seconds| ("retry-after", seconds.to_string())));
                (Some(reply), None)
            }
            Some(FaultKind::LostAnswer) | None => {
                let (reply, who) = self.serve(&mut inner.state, service, request);
                (Some(reply), who)
            }
        };
        inner.log.push(Logged {
            method: request.method.to_string(),
            host: request.host.clone(),
            path: request.path.clone(),
            status: reply.as_ref().map_or(0, |reply| reply.status),
            who,
        });
        if matches!(fault, Some(FaultKind::LostAnswer)) { None } else { reply }
    }

    /// Lets a service work on a copy of the state, and keeps the copy only if the work was done and
    /// saved: a request has happened completely or not at all. What is noted of it is kept either
    /// way.
    fn serve(
        &self,
        state: &mut State,
        service: &Service,
        request: &Request,
    ) -> (Reply, Option<String>) {
        let mut next = state.clone();
        let (answer, caller) = match &service.door {
            Door::Open(answer) => (answer(state, request), None),
            Door::Guarded(answer) => match caller(state, service, request) {
                Ok(caller) => (answer(&mut next, request, &caller), Some(caller)),
                Err(refusal) => (Err(refusal), None),
            },
        };
        let mut reply = answer.unwrap_or_else(|refusal| (service.refuse)(&refusal));
        if reply.status >= 400 {
            next = state.clone();
        }
        if let Some(caller) = &caller {
            (service.note)(&mut next, request, caller, reply.status);
        }
        if next != *state {
            match self.file.as_ref().map_or(Ok(()), |path| next.save(path)) {
                Ok(()) => *state = next,
                Err(error) => {
                    let refusal = Refusal::new(500, "InternalServerError", error.to_string());
                    reply = (service.refuse)(&refusal);
                }
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
