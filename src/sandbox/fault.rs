//! Faults on order: what the network and the services do wrong, at exactly the request a test
//! names.

use super::message::Request;
use std::time::Duration;

/// A fault to inject.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The HTTP method it waits for, in capitals.
    pub method: String,
    /// Text that must occur in `host/path`, whatever its case.
    pub path_contains: String,
    /// Which of the matching requests is the first to suffer, counted from 1.
    pub nth: usize,
    /// How many matching requests in a row suffer.
    pub times: usize,
    /// What happens to them.
    pub what: FaultKind,
}

/// What goes wrong.
#[derive(Clone, Debug)]
pub enum FaultKind {
    /// The service refuses, and has done nothing.
    Status {
        /// The HTTP status.
        code: u16,
        /// The error code, put into the shape the service gives its errors.
        error: String,
        /// `Retry-After`, in seconds.
        retry_after: Option<u64>,
    },
    /// The connection breaks before anything is done.
    Reset,
    /// The work is done, and then the connection breaks: nobody tells the client.
    LostAnswer,
    /// The work is done, and the answer comes after a while.
    Slow(Duration),
}

/// The faults on order, and how often each has been matched.
pub(super) struct Faults(Vec<(Fault, usize)>);

impl Faults {
    pub(super) fn new(faults: Vec<Fault>) -> Faults {
        Faults(faults.into_iter().map(|fault| (fault, 0)).collect())
    }

    /// What this request is to suffer. Every fault it matches counts it; the first that is due
    /// wins.
    pub(super) fn strike(&mut self, request: &Request) -> Option<FaultKind> {
        let place = format!("{}{}", request.host, request.path).to_lowercase();
        let mut due = None;
        for (fault, seen) in &mut self.0 {
            if fault.method != request.method.as_str()
                || !place.contains(&fault.path_contains.to_lowercase())
            {
                continue;
            }
            *seen += 1;
            if (fault.nth..fault.nth.saturating_add(fault.times)).contains(seen) {
                due = due.or_else(|| Some(fault.what.clone()));
            }
        }
        due
    }
}
