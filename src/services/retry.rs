//! How long to wait for a service, and for what.

use crate::resource::{Method, Refusal, Request};
use std::time::Duration;

/// Tries after the first, for answers that ask to be asked again.
const TRIES: u32 = 6;
/// Tries for what becomes known late: a new identity, in a role assignment. Azure says minutes.
const PATIENT_TRIES: u32 = 36;
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// What a new principal takes to be known is seconds, and asking is cheap.
const PATIENT_PAUSE: Duration = Duration::from_secs(5);

pub(super) struct Patience<'r> {
    request: &'r Request,
    tries: u32,
    patient_tries: u32,
}

impl<'r> Patience<'r> {
    pub(super) fn new(request: &'r Request) -> Patience<'r> {
        Patience { request, tries: 0, patient_tries: 0 }
    }

    /// How long to wait before the next try; `None` if there is none.
    pub(super) fn wait(
        &mut self,
        refusal: &Refusal,
        retry_after: Option<Duration>,
    ) -> Option<Duration> {
        if self.request.patience.contains(&refusal.code.as_str()) {
            self.patient_tries += 1;
            return (self.patient_tries <= PATIENT_TRIES).then_some(PATIENT_PAUSE);
        }
        let again = match refusal.status {
            // Nothing was done.
            Some(429 | 503) => true,
            // Something may have been done: only what can be done twice is done again.
            Some(500 | 502 | 504) | None => {
                self.request.method != Method::Post && refusal.code != "SignInFailed"
            }
            Some(409) => refusal.code == "Conflict",
            Some(_) => false,
        };
        self.tries += 1;
        let pause = retry_after.unwrap_or(FIRST_PAUSE * 2u32.pow(self.tries.min(6) - 1));
        (again && self.tries <= TRIES).then_some(pause.min(LONGEST_PAUSE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::Service;

    fn refused(status: Option<u16>, code: &str) -> Refusal {
        Refusal {
            service: Service::ResourceManager,
            method: Method::Put,
            path: String::new(),
            status,
            code: code.to_owned(),
            message: String::new(),
            request_id: None,
        }
    }

    #[test]
    fn a_request_is_repeated_only_where_that_is_safe() {
        let put = Request::arm(Method::Put, "/x", "1");
        let post = Request::arm(Method::Post, "/x", "1");
        assert!(Patience::new(&put).wait(&refused(Some(500), ""), None).is_some());
        assert!(Patience::new(&post).wait(&refused(Some(500), ""), None).is_none());
        assert!(Patience::new(&post).wait(&refused(Some(429), ""), None).is_some());
        assert!(
            Patience::new(&put).wait(&refused(Some(403), "AuthorizationFailed"), None).is_none()
        );
    }

    #[test]
    fn waiting_has_an_end_and_no_pause_is_long() {
        let put = Request::arm(Method::Put, "/x", "1");
        let mut patience = Patience::new(&put);
        let day = Some(Duration::from_secs(86_400));
        let pauses: Vec<Duration> =
            std::iter::from_fn(|| patience.wait(&refused(Some(429), ""), day)).collect();
        assert_eq!(pauses, vec![LONGEST_PAUSE; TRIES as usize]);
    }
}
