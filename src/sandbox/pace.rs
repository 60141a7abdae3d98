//! How Azure takes its time: answers that are slow, more requests than it takes, writes that it
//! wants one after another, and news that spreads late.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::Pace;
use super::message::{Refusal, Request};
use super::state::State;

const SECOND: Duration = Duration::from_secs(1);

/// What is under way, and what happened lately.
pub(super) struct Traffic {
    pace: Pace,
    /// When the current second began for each host, and how many requests came in it.
    counted: BTreeMap<String, (Instant, u32)>,
    /// What is being written, and allows no second writer.
    busy: BTreeSet<String>,
    /// When each new object was made, while not everybody knows it.
    born: BTreeMap<String, Instant>,
}

impl Traffic {
    pub(super) fn new(pace: Pace) -> Traffic {
        Traffic { pace, counted: BTreeMap::new(), busy: BTreeSet::new(), born: BTreeMap::new() }
    }

    /// Lets a request in, unless there are too many already.
    pub(super) fn count(&mut self, request: &Request) -> Result<(), Refusal> {
        let Some(most) = self.pace.throttle else { return Ok(()) };
        let now = Instant::now();
        let (since, count) = self.counted.entry(request.host.clone()).or_insert((now, 0));
        if now.duration_since(*since) >= SECOND {
            (*since, *count) = (now, 0);
        }
        *count += 1;
        if *count > most {
            let text = format!("The request was throttled: more than {most} came in a second.");
            return Err(Refusal::new(429, "TooManyRequests", text));
        }
        Ok(())
    }

    /// Begins a write that wants to be alone. Returns what has to be given back in the end.
    pub(super) fn begin(&mut self, request: &Request) -> Result<Option<String>, Refusal> {
        let Some(alone) = alone(request) else { return Ok(None) };
        if self.busy.insert(alone.clone()) {
            return Ok(Some(alone));
        }
        let text = format!(
            "Too many Federated Identity Credentials are written concurrently for the managed \
             identity '{alone}'. Concurrent Federated Identity Credentials writes under the same \
             managed identity are not supported."
        );
        let code = "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity";
        Err(Refusal::new(409, code, text))
    }

    pub(super) fn end(&mut self, alone: &str) {
        self.busy.remove(alone);
    }

    /// What is not known everywhere yet.
    pub(super) fn hidden(&mut self) -> BTreeSet<String> {
        let replication = self.pace.replication;
        self.born.retain(|_, born| born.elapsed() < replication);
        self.born.keys().cloned().collect()
    }

    /// Takes note of what a request made.
    pub(super) fn note(&mut self, before: &State, after: &State) {
        if self.pace.replication.is_zero() {
            return;
        }
        let known: BTreeSet<&str> = keys(before).collect();
        let new = keys(after).filter(|key| !known.contains(key));
        self.born.extend(new.map(|key| (key.to_owned(), Instant::now())));
    }
}

/// Everything that is at first known in one place only.
fn keys(state: &State) -> impl Iterator<Item = &str> {
    let credentials = state.federated_credentials.values().flat_map(|all| all.values());
    let principals = state.service_principals.keys().chain(state.resources.keys());
    principals
        .map(String::as_str)
        .chain(credentials.filter_map(|credential| credential["id"].as_str()))
}

/// The identity whose federated credentials a request writes.
fn alone(request: &Request) -> Option<String> {
    let path = format!("/{}", request.segments.join("/")).to_lowercase();
    let (identity, _) = path.split_once("/federatedidentitycredentials/")?;
    let written = !request.is_read() && identity.contains("/userassignedidentities/");
    written.then(|| identity.to_owned())
}
