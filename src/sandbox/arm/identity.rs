//! Managed identities: those that are resources, and those that resources have.

use serde_json::{Map, Value, json};

use super::super::message::{Answer, Refusal, Reply};
use super::super::state::text;
use super::super::{TENANT_ID, access, federation};
use super::resource::{not_found, require_location};
use super::{Call, Target};

impl Call<'_> {
    /// Makes a user-assigned identity. Doing so again leaves it the principal it is.
    pub(super) fn put_identity(&mut self) -> Answer {
        let mut body = self.body()?;
        require_location(&body)?;
        self.require_parents()?;
        let existing = self.find().ok().map(|identity| identity["properties"].clone());
        let existed = existing.is_some();
        body["type"] = "Microsoft.ManagedIdentity/userAssignedIdentities".into();
        body["properties"] = existing.unwrap_or_else(|| {
            let name = self.target.name.as_deref().unwrap_or_default();
            let (principal, client) = self.state.add_managed_identity(&self.target.id, name, true);
            json!({ "tenantId": TENANT_ID, "principalId": principal, "clientId": client })
        });
        let identity = self.store(body);
        Ok(if existed { Reply::ok(identity) } else { Reply::created(identity) })
    }

    pub(super) fn put_credential(&mut self) -> Answer {
        let body = self.body()?;
        self.require_parents()?;
        let own = self.target.id.to_lowercase();
        let siblings =
            format!("{}/federatedidentitycredentials/", self.target.parent.to_lowercase());
        let others =
            self.state.resources.iter().filter(|(id, _)| id.starts_with(&siblings) && **id != own);
        let others = others.map(|(_, credential)| &credential["properties"]);
        let name = self.target.name.as_deref().unwrap_or_default();
        federation::check(name, &body["properties"], others)
            .map_err(|reason| Refusal::new(400, "BadRequest", reason))?;
        let existed = self.find().is_ok();
        let credential = self.store(json!({
            "type": "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
            "properties": body["properties"],
        }));
        Ok(if existed { Reply::ok(credential) } else { Reply::created(credential) })
    }

    /// The system-assigned identity of a resource, as an object of its own.
    pub(super) fn get_own_identity(&self) -> Answer {
        let resource = self
            .lookup(&self.target.scope)
            .ok_or_else(|| not_found(&Target::of(&self.target.scope)))?;
        let Some(principal) = resource["identity"]["principalId"].as_str() else {
            return Err(self.not_found());
        };
        let client = self.state.service_principals.get(principal).map(|own| &own["appId"]);
        Ok(Reply::ok(json!({
            "id": self.target.id,
            "name": "default",
            "type": "Microsoft.ManagedIdentity/identities",
            "location": resource["location"],
            "properties": {
                "tenantId": TENANT_ID,
                "principalId": principal,
                "clientId": client,
            },
        })))
    }
}

/// Brings the identity of a resource from what it was to what is asked for. A request that says
/// nothing about it leaves it alone; one that says `SystemAssigned` only lets go of all others.
pub(super) fn settle(
    call: &mut Call<'_>,
    old: Option<Value>,
    asked: Option<Value>,
    patch: bool,
) -> Result<Option<Value>, Refusal> {
    let old = old.unwrap_or_default();
    let Some(asked) = asked else { return Ok(Some(old).filter(Value::is_object)) };
    let kinds = text(&asked["type"]).to_lowercase();
    let kinds: Vec<_> = kinds.split(',').map(str::trim).collect();
    if kinds.iter().any(|kind| !["systemassigned", "userassigned", "none"].contains(kind)) {
        let text = format!("The identity type '{}' is not valid.", text(&asked["type"]));
        return Err(Refusal::new(400, "InvalidIdentityType", text));
    }
    let (system, shared) = (kinds.contains(&"systemassigned"), kinds.contains(&"userassigned"));
    let identities = if shared { attach(call, &old, &asked, patch)? } else { Map::new() };

    let mut identity = json!({});
    if system {
        let principal = old["principalId"].as_str().map(str::to_owned);
        let principal = principal.unwrap_or_else(|| {
            let name = call.target.name.as_deref().unwrap_or_default();
            call.state.add_managed_identity(&call.target.id, name, false).0
        });
        identity["principalId"] = principal.into();
        identity["tenantId"] = TENANT_ID.into();
    } else if let Some(principal) = old["principalId"].as_str() {
        call.state.service_principals.remove(principal);
    }
    let kind = match (system, !identities.is_empty()) {
        (true, true) => "SystemAssigned, UserAssigned",
        (true, false) => "SystemAssigned",
        (false, true) => "UserAssigned",
        (false, false) => return Ok(None),
    };
    identity["type"] = kind.into();
    if !identities.is_empty() {
        identity["userAssignedIdentities"] = identities.into();
    }
    Ok(Some(identity))
}

/// The service principals that go when a resource goes.
pub(super) fn principals_of(resource: &Value) -> impl Iterator<Item = &str> {
    let own = resource["identity"]["principalId"].as_str();
    let is_identity = resource["type"] == "Microsoft.ManagedIdentity/userAssignedIdentities";
    let itself = resource["properties"]["principalId"].as_str().filter(|_| is_identity);
    own.into_iter().chain(itself)
}

/// The user-assigned identities of a resource: those it has, if this is a patch, and those that are
/// named, but for those named with null.
fn attach(
    call: &Call<'_>,
    old: &Value,
    asked: &Value,
    patch: bool,
) -> Result<Map<String, Value>, Refusal> {
    let had = old["userAssignedIdentities"].as_object().cloned().unwrap_or_default();
    let mut identities = if patch { had.clone() } else { Map::new() };
    for (id, value) in asked["userAssignedIdentities"].as_object().into_iter().flatten() {
        let same = |known: &String| known.eq_ignore_ascii_case(id);
        identities.retain(|known, _| !same(known));
        if value.is_null() {
            continue;
        }
        let target = Target::of(id);
        let identity = call.lookup(id).ok_or_else(|| not_found(&target))?;
        let action =
            format!("{}/{}/assign/action", target.kind, target.name.as_deref().unwrap_or_default());
        if !had.keys().any(same) && !access::allowed(call.state, &call.caller.oid, &action, id) {
            let text = format!(
                "The client has permission to write this resource, but not to perform action \
                 '{action}' on the linked scope '{id}'."
            );
            return Err(Refusal::new(403, "LinkedAuthorizationFailed", text));
        }
        let properties = &identity["properties"];
        let shown =
            json!({ "principalId": properties["principalId"], "clientId": properties["clientId"] });
        identities.insert(id.clone(), shown);
    }
    Ok(identities)
}
