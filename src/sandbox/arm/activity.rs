//! The Activity Log: who wrote what through Azure Resource Manager, and whether it was done.

use serde_json::{Value, json};

use super::super::access;
use super::super::filter::Term;
use super::super::message::{Answer, Refusal, Reply, Request};
use super::super::state::{CLOCK, State};
use super::super::token::Claims;
use super::super::{SUBSCRIPTION_ID, TENANT_ID};
use super::{Call, Target, action};

/// How many events the tenant remembers; it forgets the oldest.
const KEPT: usize = 1000;

/// How many events one answer holds.
const PAGE: usize = 50;

/// Writes down a request that was no read, with the status that it was answered with.
pub(in super::super) fn note(state: &mut State, request: &Request, caller: &Claims, status: u16) {
    let target = Target::parse(&request.segments);
    if request.is_read() || !access::within(&target.id, &subscription()) {
        return;
    }
    let action = action(request, &target);
    let scope = target.place();
    let id = state.mint(&format!("event {action} on {scope} by {}", caller.oid));
    let done = status < 400;
    let outcome = if done { "Succeeded" } else { "Failed" };
    let event = json!({
        "eventDataId": id,
        "correlationId": id,
        "operationId": id,
        "eventTimestamp": CLOCK,
        "submissionTimestamp": CLOCK,
        "level": if done { "Informational" } else { "Error" },
        "category": { "value": "Administrative", "localizedValue": "Administrative" },
        "caller": caller.upn.as_ref().unwrap_or(&caller.oid),
        "claims": claims(caller),
        "authorization": { "action": action, "scope": scope },
        "operationName": { "value": action, "localizedValue": action },
        "status": { "value": outcome, "localizedValue": outcome },
        "subStatus": { "value": status.to_string(), "localizedValue": status.to_string() },
        "httpRequest": { "clientRequestId": id, "method": request.method.as_str() },
        "resourceId": scope,
        "resourceGroupName": target.group().map(|(_, name)| name.to_owned()),
        "resourceProviderName": { "value": target.namespace() },
        "subscriptionId": SUBSCRIPTION_ID,
        "tenantId": TENANT_ID,
    });
    state.activity.push(event);
    let forgotten = state.activity.len().saturating_sub(KEPT);
    state.activity.drain(..forgotten);
}

/// The claims of a token under the names that the log has for them.
fn claims(caller: &Claims) -> Value {
    let mut claims = json!({
        "aud": caller.aud,
        "iss": caller.iss,
        "appid": caller.appid,
        "idtyp": caller.idtyp,
        "name": caller.name,
        "http://schemas.microsoft.com/identity/claims/objectidentifier": caller.oid,
        "http://schemas.microsoft.com/identity/claims/tenantid": caller.tid,
    });
    if let Some(upn) = &caller.upn {
        claims["http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"] = upn.as_str().into();
        claims["http://schemas.microsoft.com/claims/authnmethodsreferences"] =
            caller.amr.join(",").into();
    }
    claims
}

impl Call<'_> {
    /// The events, the newest first, in pages.
    pub(super) fn list_events(&self) -> Answer {
        let terms = self.filter()?;
        let from = |term: &Term| matches!(term, Term::Least { field, .. } if field.eq_ignore_ascii_case("eventTimestamp"));
        if !terms.iter().any(from) {
            let text = "The start time (eventTimestamp ge) is required in $filter.";
            return Err(Refusal::new(400, "BadRequest", text));
        }
        let meets = |event: &&Value| terms.iter().all(|term| term.holds(event).unwrap_or(false));
        let start = self.request.query("$skiptoken").and_then(|it| it.parse().ok()).unwrap_or(0);
        let events = self.state.activity.iter().rev().filter(meets);
        let rest: Vec<&Value> = events.skip(start).take(PAGE + 1).collect();
        let mut page = json!({ "value": &rest[..rest.len().min(PAGE)] });
        if rest.len() > PAGE {
            page["nextLink"] = self.after(start + PAGE)?.into();
        }
        Ok(Reply::ok(page))
    }

    /// The address of the page that begins at an event.
    fn after(&self, start: usize) -> Result<String, Refusal> {
        let same = |name| self.request.query(name).unwrap_or_default().to_owned();
        let query = [
            ("api-version", same("api-version")),
            ("$filter", same("$filter")),
            ("$skiptoken", start.to_string()),
        ];
        let url = format!("https://{}{}", self.request.host, self.request.path);
        let url = reqwest::Url::parse_with_params(&url, query);
        url.map(String::from)
            .map_err(|error| Refusal::new(400, "InvalidRequestUri", error.to_string()))
    }
}

fn subscription() -> String {
    format!("/subscriptions/{SUBSCRIPTION_ID}")
}
