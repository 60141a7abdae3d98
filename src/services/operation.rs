//! Work that goes on after the answer: Azure tells where to ask how far it is.

use super::{Azure, refusal};
use crate::resource::{Answer, Method, Refusal, Request};
use serde_json::Value;
use std::time::Duration;

/// Without a wish of the service's.
const PAUSE: Duration = Duration::from_secs(5);

/// A machine may take this long to get its identity.
const LONGEST: Duration = Duration::from_secs(1200);

/// Where an answer says that the rest will be told.
pub(super) struct Monitor {
    pub(super) url: String,
    /// Its body tells the state; with `Location` the status of the answer does.
    pub(super) in_body: bool,
    pub(super) pause: Option<Duration>,
}

impl Azure {
    /// Waits for its end. `null`, for what came of it is to be looked at.
    pub(super) async fn end(
        &self,
        request: &Request,
        own: &reqwest::Url,
        monitor: Monitor,
    ) -> Answer {
        // The token goes to the service's own host and to no other.
        let url = reqwest::Url::parse(&monitor.url).ok().filter(|it| it.origin() == own.origin());
        let foreign = || refusal(request, "ForeignMonitor", "its progress is told on another host");
        let url = url.ok_or_else(foreign)?;
        let ask = Request { body: None, ..Request::new(Method::Get, request.service, url.path()) };
        let mut waited = Duration::ZERO;
        let mut pause = monitor.pause;
        while waited <= LONGEST {
            let next = pause.unwrap_or(PAUSE);
            self.tell(request, "its end", next);
            tokio::time::sleep(next).await;
            waited += next.max(Duration::from_millis(100));
            let told = self.with_patience(&ask, &url).await?;
            pause = told.retry_after;
            match state(monitor.in_body, told.status, &told.body) {
                State::Going => {}
                State::Done => return Ok(Value::Null),
                State::Failed(code) => {
                    let failed = "Azure began, and did not come to an end";
                    return Err(Refusal {
                        status: Some(told.status),
                        ..refusal(request, &code, failed)
                    });
                }
            }
        }
        Err(refusal(request, "NoEnd", "it was still going on after twenty minutes"))
    }
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Going,
    Done,
    Failed(String),
}

fn state(in_body: bool, status: u16, body: &Value) -> State {
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str);
    if !in_body {
        return if status == 202 { State::Going } else { State::Done };
    }
    match text("/status").unwrap_or_default().to_ascii_lowercase().as_str() {
        "succeeded" => State::Done,
        "failed" | "canceled" | "cancelled" => {
            State::Failed(text("/error/code").unwrap_or("OperationFailed").to_owned())
        }
        _ => State::Going,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_body_tells_the_state_or_the_status_does() {
        assert_eq!(state(true, 200, &json!({ "status": "InProgress" })), State::Going);
        assert_eq!(state(true, 200, &json!({ "status": "Succeeded" })), State::Done);
        let failed = json!({ "status": "Failed", "error": { "code": "Busy" } });
        assert_eq!(state(true, 200, &failed), State::Failed("Busy".to_owned()));
        assert_eq!(state(false, 202, &Value::Null), State::Going);
        assert_eq!(state(false, 200, &Value::Null), State::Done);
    }
}
