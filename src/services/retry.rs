//! How long to wait for a service, and for what.

use crate::resource::{Method, NO_TOKEN, Refusal, Request};
use std::time::Duration;

/// Tries after the first, for answers that ask to be asked again.
const TRIES: u32 = 6;
/// Tries for what becomes known late: a new identity, in a role assignment. Azure says minutes.
const PATIENT_TRIES: u32 = 36;
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A service that wants a longer pause than this is asked another day, by a person.
const LONGEST_WISH: Duration = Duration::from_secs(600);
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

    /// How long to wait before the next try; `None` if there is none. What the service wishes is
    /// never undercut.
    pub(super) fn wait(&mut self, refusal: &Refusal, wish: Option<Duration>) -> Option<Duration> {
        if wish.is_some_and(|it| it > LONGEST_WISH) {
            return None;
        }
        if self.request.patience.contains(&refusal.code.as_str()) {
            self.patient_tries += 1;
            let pause = wish.unwrap_or(PATIENT_PAUSE);
            return (self.patient_tries <= PATIENT_TRIES).then_some(pause);
        }
        let again = match refusal.status {
            // Nothing was done. GitHub refuses those who ask too often, and says when to come again.
            Some(429 | 503) => true,
            Some(403) => wish.is_some(),
            // Something may have been done: only what can be done twice is done again.
            Some(500 | 502 | 504) | None => {
                self.request.method != Method::Post
                    && !["SignInFailed", NO_TOKEN].contains(&refusal.code.as_str())
            }
            Some(409) => refusal.code == "Conflict",
            Some(_) => false,
        };
        self.tries += 1;
        let own = || jittered((FIRST_PAUSE * 2u32.pow(self.tries.min(6) - 1)).min(LONGEST_PAUSE));
        (again && self.tries <= TRIES).then(|| wish.unwrap_or_else(own))
    }

    /// How many tries are left, at most.
    pub(super) fn left(&self) -> u32 {
        if self.patient_tries > 0 {
            PATIENT_TRIES.saturating_sub(self.patient_tries)
        } else {
            TRIES.saturating_sub(self.tries)
        }
    }
}

/// Half of it to all of it, by chance: those that were refused together do not come again together.
fn jittered(pause: Duration) -> Duration {
    let mut byte = [0];
    // Without chance all wait the whole pause, which is no mistake.
    let chance = aws_lc_rs::rand::fill(&mut byte).map_or(u8::MAX, |()| byte[0]);
    pause / 2 + pause / 2 * u32::from(chance) / u32::from(u8::MAX)
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

    fn pauses(code: &str, wish: Option<Duration>) -> Vec<Duration> {
        let put = Request::arm(Method::Put, "/x", "1");
        let mut patience = Patience::new(&put);
        std::iter::from_fn(|| patience.wait(&refused(Some(429), code), wish)).collect()
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
        let minute = Some(Duration::from_secs(60));
        assert_eq!(Patience::new(&post).wait(&refused(Some(403), "403"), minute), minute);
    }

    #[test]
    fn waiting_has_an_end_and_grows_by_chance() {
        let own = pauses("", None);
        assert_eq!(own.len(), TRIES as usize);
        for (n, pause) in own.iter().enumerate() {
            let whole = (FIRST_PAUSE * 2u32.pow(n as u32)).min(LONGEST_PAUSE);
            assert!(*pause >= whole / 2 && *pause <= whole, "{pause:?} of {whole:?}");
        }
        let several: Vec<Duration> = (0..20).map(|_| jittered(LONGEST_PAUSE)).collect();
        assert!(several.iter().any(|it| *it != several[0]), "there is no chance in {several:?}");
    }

    #[test]
    fn what_a_service_wishes_is_never_undercut_and_a_day_is_too_long() {
        let minute = Duration::from_secs(60);
        assert_eq!(pauses("", Some(minute)), vec![minute; TRIES as usize]);
        assert!(pauses("", Some(Duration::from_secs(86_400))).is_empty());
    }
}
