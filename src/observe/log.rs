//! The Activity Log: what users really wrote, where, from which client, and with which sign-in.

use super::{text, values};
use crate::resource::{Method, Refusal, Request, Scope, Services};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const ACTIVITY_LOG: &str = "2015-04-01";

/// Azure keeps ninety days; of a busy subscription those are more than a plan needs.
const MOST_PAGES: usize = 50;

const SELECT: &str =
    "authorization,caller,claims,correlationId,eventTimestamp,operationName,status";

const OBJECT_ID: &str =
    "/claims/http:~1~1schemas.microsoft.com~1identity~1claims~1objectidentifier";
const METHODS: &str = "/claims/http:~1~1schemas.microsoft.com~1claims~1authnmethodsreferences";

/// Clients of Microsoft, by the IDs of their applications.
const CLIENTS: &[(&str, &str)] = &[
    ("04b07795-8ddb-461a-bbee-02f9e1bf7b46", "Azure CLI"),
    ("1950a258-227b-4e31-a9cf-717495945fc2", "Azure PowerShell"),
    ("c44b4083-3bb0-49c1-b47d-974e53cbdf3c", "Azure portal"),
    ("0c1307d4-29d6-4389-a11c-5cbe7f65d7fa", "Azure mobile app"),
];

/// From when to when; as Azure writes times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Window {
    pub since: String,
    pub until: String,
}

/// What the log says of one user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Log {
    /// Nobody asked for it.
    #[default]
    NotAsked,
    /// Why it could not be read.
    Unreadable(String),
    Read {
        since: String,
        /// There was more than was read.
        cut: bool,
        writes: Vec<Write>,
    },
}

/// What a user wrote, or tried to: an action on one resource from one client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Write {
    pub action: String,
    pub scope: Scope,
    /// The client's name, or the ID of its application.
    pub client: String,
    pub times: usize,
    /// How many of them Azure refused.
    pub refused: usize,
    pub last: String,
    /// Whether the last sign-in was with multifactor authentication, if the log says.
    pub mfa: Option<bool>,
}

/// All events of the window, the newest first.
pub(super) fn events(
    window: &Window,
    root: &str,
    services: &dyn Services,
) -> Result<Value, Refusal> {
    let path = format!("{root}/providers/Microsoft.Insights/eventtypes/management/values");
    let Window { since, until } = window;
    let filter = format!("eventTimestamp ge '{since}' and eventTimestamp le '{until}'");
    let request = Request::arm(Method::Get, path, ACTIVITY_LOG)
        .query("$filter", filter)
        .query("$select", SELECT)
        .pages(MOST_PAGES);
    services.send(&request)
}

/// What the events tell of a user.
pub(super) fn of_user(
    events: &Result<Value, Refusal>,
    window: &Window,
    name: &str,
    id: &str,
) -> Log {
    let answer = match events {
        Ok(answer) => answer,
        Err(refusal) => return Log::Unreadable(refusal.code.clone()),
    };
    let theirs = |it: &&Value| {
        text(it, OBJECT_ID).eq_ignore_ascii_case(id)
            || text(it, "/caller").eq_ignore_ascii_case(name)
    };
    let mut writes: BTreeMap<(String, String, String), (Write, BTreeSet<String>)> = BTreeMap::new();
    for event in values(answer).iter().filter(theirs) {
        let Some(seen) = write(event) else { continue };
        let key = |it: &str| it.to_lowercase();
        let key = (key(&seen.action), key(&seen.scope.0), seen.client.clone());
        // An operation has several events: begun, accepted, done.
        let operation = text(event, "/correlationId");
        let (known, operations) = writes
            .entry(key)
            .or_insert_with(|| (Write { refused: 0, ..seen.clone() }, BTreeSet::new()));
        known.refused += seen.refused;
        operations.insert(operation);
        known.times = operations.len();
        if seen.last > known.last {
            (known.last, known.mfa) = (seen.last, seen.mfa);
        }
    }
    let cut = answer.get("nextLink").is_some();
    let writes = writes.into_values().map(|(mut write, _)| {
        write.refused = write.refused.min(write.times);
        write
    });
    Log::Read { since: window.since.clone(), cut, writes: writes.collect() }
}

fn write(event: &Value) -> Option<Write> {
    let either = |first: &str, second: &str| {
        let found = text(event, first);
        if found.is_empty() { text(event, second) } else { found }
    };
    let action = either("/authorization/action", "/operationName/value");
    let scope = either("/authorization/scope", "/resourceId");
    if action.is_empty() || scope.is_empty() || action.to_lowercase().ends_with("/read") {
        return None;
    }
    let app = text(event, "/claims/appid");
    let client = CLIENTS.iter().find(|(id, _)| app.eq_ignore_ascii_case(id));
    let methods = event.pointer(METHODS).and_then(Value::as_str);
    let context = event.pointer("/claims/acrs").and_then(Value::as_str);
    let has = |list: Option<&str>, word: &str| {
        list.map(|it| it.split([',', ' ', '"', '[', ']']).any(|it| it == word))
    };
    let mfa = [has(methods, "mfa"), has(context, "p1")];
    Some(Write {
        action,
        scope: Scope(scope),
        client: client.map_or(app, |(_, name)| (*name).to_owned()),
        times: 1,
        refused: usize::from(text(event, "/status/value") == "Failed"),
        last: text(event, "/eventTimestamp"),
        mfa: mfa.into_iter().flatten().reduce(|a, b| a || b),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::Service;
    use serde_json::json;

    const WEB: &str = "/subscriptions/s/resourceGroups/rg-web";

    fn event(caller: &str, operation: &str, status: &str, time: &str, methods: Value) -> Value {
        json!({
            "caller": caller,
            "correlationId": operation,
            "eventTimestamp": time,
            "status": { "value": status },
            "authorization": { "action": "Microsoft.Web/sites/write", "scope": WEB },
            "claims": {
                "appid": "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
                "http://schemas.microsoft.com/claims/authnmethodsreferences": methods,
            },
        })
    }

    fn read(answer: Value) -> Log {
        let window = Window { since: "2026-01-01".to_owned(), until: "2026-04-01".to_owned() };
        of_user(&Ok(answer), &window, "bot@contoso.com", "id-of-bot")
    }

    #[test]
    fn the_events_of_an_operation_are_one_write() {
        let log = read(json!({ "value": [
            event("Bot@contoso.com", "1", "Started", "2026-02-01", json!("pwd")),
            event("bot@contoso.com", "1", "Succeeded", "2026-02-01", json!("pwd")),
            event("bot@contoso.com", "2", "Failed", "2026-03-01", json!("pwd,mfa")),
            event("ada@contoso.com", "3", "Succeeded", "2026-03-01", json!("pwd")),
        ] }));
        let write = Write {
            action: "Microsoft.Web/sites/write".to_owned(),
            scope: Scope(WEB.to_owned()),
            client: "Azure CLI".to_owned(),
            times: 2,
            refused: 1,
            last: "2026-03-01".to_owned(),
            mfa: Some(true),
        };
        let since = "2026-01-01".to_owned();
        assert_eq!(log, Log::Read { since, cut: false, writes: vec![write] });
    }

    #[test]
    fn a_refusal_is_counted_once() {
        let log = read(json!({ "value": [
            event("bot@contoso.com", "2", "Failed", "2026-03-01", json!("pwd")),
            event("bot@contoso.com", "1", "Succeeded", "2026-02-01", json!("pwd")),
        ] }));
        let Log::Read { writes, .. } = log else { panic!("{log:?}") };
        assert_eq!((writes[0].times, writes[0].refused), (2, 1));
    }

    #[test]
    fn what_the_log_does_not_say_of_a_sign_in_is_not_known() {
        let log = read(
            json!({ "value": [event("bot@contoso.com", "1", "Succeeded", "", json!(null))], "nextLink": "x" }),
        );
        let Log::Read { cut: true, writes, .. } = log else { panic!("{log:?}") };
        assert_eq!(writes[0].mfa, None);
    }

    #[test]
    fn a_log_that_may_not_be_read_says_so() {
        let refusal = Refusal {
            service: Service::ResourceManager,
            method: Method::Get,
            path: String::new(),
            status: Some(403),
            code: "AuthorizationFailed".to_owned(),
            message: String::new(),
            request_id: None,
        };
        let log = of_user(&Err(refusal), &Window::default(), "bot@contoso.com", "id");
        assert_eq!(log, Log::Unreadable("AuthorizationFailed".to_owned()));
    }
}
