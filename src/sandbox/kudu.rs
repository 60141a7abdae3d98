//! The deployment site of the web app `app-contoso-web`: it takes packages, and does nothing with
//! them.

use serde_json::json;

use super::message::{Answer, Refusal, Reply, Request};
use super::state::State;
use super::token::Claims;
use super::{SUBSCRIPTION_ID, access};

pub(super) const HOST: &str = "app-contoso-web.scm.azurewebsites.net";

/// The status of a deployment that went well.
const SUCCESS: u8 = 4;

pub(super) fn answer(state: &mut State, request: &Request, caller: &Claims) -> Answer {
    let site = format!(
        "/subscriptions/{SUBSCRIPTION_ID}/resourceGroups/rg-web-prod/providers/Microsoft.Web/sites/app-contoso-web"
    );
    if !access::allowed(state, &caller.oid, "Microsoft.Web/sites/publish/action", &site) {
        return Err(Refusal::new(403, "Forbidden", "The caller may not publish to this app."));
    }
    let path: Vec<_> = request.segments.iter().map(String::as_str).collect();
    match (request.method.as_str(), path.as_slice()) {
        ("POST", ["api", "publish"]) => Ok(Reply::empty(200)),
        ("GET", ["api", "deployments", "latest"]) => {
            Ok(Reply::ok(json!({ "id": "latest", "status": SUCCESS, "complete": true })))
        }
        _ => Err(Refusal::new(404, "NotFound", "There is nothing here.")),
    }
}

pub(super) fn refuse(refusal: &Refusal) -> Reply {
    Reply::new(refusal.status, json!({ "Message": refusal.message }))
}
