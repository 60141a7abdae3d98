//! Work that goes on after the answer: a scale set takes its time, and tells elsewhere how far it
//! is. Here it is done when it is first asked.

use serde_json::json;

use super::super::SUBSCRIPTION_ID;
use super::super::message::{Answer, Reply};
use super::Call;

/// Whose changes end after the answer.
const SLOW: &str = "microsoft.compute/virtualmachinescalesets";

/// Under which type the state of an operation is asked for.
pub(super) const KIND: &str = "microsoft.compute/locations/operations";

impl Call<'_> {
    /// Changes a resource; a scale set answers that it has begun to.
    pub(super) fn patch_and_go_on(&mut self) -> Answer {
        let reply = self.patch()?;
        if !self.target.kind.eq_ignore_ascii_case(SLOW) {
            return Ok(reply);
        }
        let id = self.state.mint(&format!("operation on {}", self.target.id));
        let url = format!(
            "https://{}/subscriptions/{SUBSCRIPTION_ID}/providers/Microsoft.Compute/locations/japaneast/operations/{id}?api-version=2024-07-01",
            self.request.host
        );
        let reply = Reply::empty(202).header("azure-asyncoperation", url);
        Ok(reply.header("retry-after", "0"))
    }

    pub(super) fn get_operation(&self) -> Answer {
        Ok(Reply::ok(json!({ "name": self.target.name, "status": "Succeeded" })))
    }
}
