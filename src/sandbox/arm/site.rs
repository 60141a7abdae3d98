//! The settings of web apps: documents that every app has, also before anybody wrote them.

use serde_json::json;

use super::super::message::{Answer, Reply};
use super::resource::not_found;
use super::{Call, Target};

impl Call<'_> {
    pub(super) fn get_settings(&self) -> Answer {
        self.settings(&self.target.id)
    }

    /// Settings can hold passwords, so that they are asked for by POST.
    pub(super) fn list_settings(&self) -> Answer {
        self.settings(&self.target.parent)
    }

    fn settings(&self, id: &str) -> Answer {
        if let Some(written) = self.lookup(id) {
            return Ok(Reply::ok(written.clone()));
        }
        let target = Target::of(id);
        if self.lookup(&target.parent).is_none() {
            return Err(not_found(&Target::of(&target.parent)));
        }
        // What publishes to an app signs in with Entra: this tenant has no publishing passwords.
        let policy = target.kind.ends_with("Policies");
        let properties = if policy { json!({ "allow": false }) } else { json!({}) };
        Ok(Reply::ok(json!({
            "id": id,
            "name": target.name,
            "type": target.kind,
            "properties": properties,
        })))
    }
}
