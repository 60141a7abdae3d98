//! Subscriptions, resource groups, and resources of any kind, which are documents here.

use serde_json::{Map, Value, json};

use super::super::access;
use super::super::filter;
use super::super::message::{Answer, Refusal, Reply};
use super::super::state::{Objects, text};
use super::{Call, Target, identity};

impl Call<'_> {
    /// The subscriptions in which the caller has any role.
    pub(super) fn list_subscriptions(&self) -> Answer {
        let all = self.of_kind("Microsoft.Resources/subscriptions");
        let seen = all.filter(|(id, _)| access::sees(self.state, &self.caller.oid, id));
        Ok(list(seen.map(|(_, subscription)| subscription)))
    }

    /// The resources of a group or subscription, whatever they are.
    pub(super) fn list_contents(&self) -> Answer {
        let terms = self.filter()?;
        let contents =
            self.state.resources.iter().filter(|(id, _)| access::within(id, &self.target.parent));
        let contents = contents.filter(|(id, resource)| {
            let found = Target::of(id);
            id.contains("/providers/")
                && found.kind.matches('/').count() == 1
                && found.namespace() != "microsoft.authorization"
                && self.may_read(&found)
                && terms.iter().all(|term| {
                    let kind =
                        json!({ "resourceType": resource["type"], "name": resource["name"] });
                    term.holds(&kind).unwrap_or(true)
                })
        });
        Ok(list(contents.map(|(_, resource)| resource)))
    }

    /// The resources of one kind below a group, a subscription or another resource.
    pub(super) fn list(&self) -> Answer {
        let below = self
            .of_kind(&self.target.kind)
            .filter(|(id, _)| access::within(id, &self.target.parent));
        let readable = below.filter(|(id, _)| self.may_read(&Target::of(id)));
        Ok(list(readable.map(|(_, resource)| resource)))
    }

    pub(super) fn get(&self) -> Answer {
        self.find().map(|resource| Reply::ok(resource.clone()))
    }

    pub(super) fn group_exists(&self) -> Answer {
        Ok(Reply::empty(if self.find().is_ok() { 204 } else { 404 }))
    }

    pub(super) fn put_group(&mut self) -> Answer {
        let mut body = self.body()?;
        require_location(&body)?;
        body["type"] = "Microsoft.Resources/resourceGroups".into();
        body["properties"] = json!({ "provisioningState": "Succeeded" });
        let existed = self.find().is_ok();
        let group = self.store(body);
        Ok(if existed { Reply::ok(group) } else { Reply::created(group) })
    }

    pub(super) fn put(&mut self) -> Answer {
        let mut body = self.body()?;
        self.require_parents()?;
        let old = self.find().ok().map(|resource| resource["identity"].clone());
        let asked = body.as_object_mut().and_then(|body| body.remove("identity"));
        let identity = identity::settle(self, old, asked, false)?;
        set(&mut body, "identity", identity);
        body["type"] = self.target.kind.clone().into();
        // 200 and not 201: some clients of storage accounts take 201 for a failure.
        Ok(Reply::ok(self.store(body)))
    }

    pub(super) fn patch(&mut self) -> Answer {
        let mut body = self.body()?;
        let mut resource = self.find()?.clone();
        let asked = body.as_object_mut().and_then(|body| body.remove("identity"));
        let identity = identity::settle(self, Some(resource["identity"].clone()), asked, true)?;
        merge(&mut resource, body);
        set(&mut resource, "identity", identity);
        Ok(Reply::ok(self.store(resource)))
    }

    /// Deletes what is named and all that lies below it. The role assignments of an identity that
    /// goes this way stay behind elsewhere, as they do in Azure.
    pub(super) fn delete(&mut self) -> Answer {
        let Ok(gone) = self.find().cloned() else {
            return match self.target.kind.as_str() {
                "Microsoft.Resources/subscriptions/resourceGroups" => Err(self.not_found()),
                _ => Ok(Reply::empty(204)),
            };
        };
        let id = &self.target.id;
        self.state.resources.retain(|other, resource| {
            let below = access::within(other, id);
            if below {
                for principal in identity::principals_of(resource) {
                    self.state.service_principals.remove(principal);
                }
            }
            !below
        });
        Ok(Reply::ok(gone))
    }

    /// Actions of resources do nothing here, but only to resources there are.
    pub(super) fn act(&self) -> Answer {
        match self.lookup(&self.target.parent) {
            Some(_) => Ok(Reply::ok(json!({}))),
            None => Err(not_found(&Target::of(&self.target.parent))),
        }
    }

    /// The resource the path names.
    pub(super) fn find(&self) -> Result<&Value, Refusal> {
        self.lookup(&self.target.id).ok_or_else(|| self.not_found())
    }

    pub(super) fn lookup(&self, id: &str) -> Option<&Value> {
        self.state.resources.get(&id.to_lowercase())
    }

    pub(super) fn not_found(&self) -> Refusal {
        let group = self.target.group().filter(|(id, _)| self.lookup(id).is_none());
        group.map_or_else(|| not_found(&self.target), |(id, _)| not_found(&Target::of(&id)))
    }

    /// Nothing can be put into a group, or below a resource, that is not there.
    pub(super) fn require_parents(&self) -> Result<(), Refusal> {
        if self.target.group().is_some_and(|(id, _)| self.lookup(&id).is_none()) {
            return Err(self.not_found());
        }
        if self.target.parent.is_empty() || self.lookup(&self.target.parent).is_some() {
            return Ok(());
        }
        let text = format!(
            "Failed to perform '{}' on resource(s) of type '{}', because the parent resource \
             '{}' could not be found.",
            self.request.method, self.target.kind, self.target.parent
        );
        Err(Refusal::new(404, "ParentResourceNotFound", text))
    }

    /// Keeps an object under the target's id and name. Returns it as kept.
    pub(super) fn store(&mut self, mut object: Value) -> Value {
        let mut kept = Map::new();
        kept.insert("id".to_owned(), self.target.id.clone().into());
        kept.insert("name".to_owned(), self.target.name.clone().into());
        for name in ["type", "location"] {
            if let Some(value) = object.as_object_mut().and_then(|object| object.remove(name)) {
                kept.insert(name.to_owned(), value);
            }
        }
        for (name, value) in object.as_object().into_iter().flatten() {
            kept.entry(name).or_insert(value.clone());
        }
        let kept = Value::Object(kept);
        self.state.resources.insert(self.target.id.to_lowercase(), kept.clone());
        kept
    }

    /// The conditions of `$filter`.
    pub(super) fn filter(&self) -> Result<Vec<filter::Term>, Refusal> {
        let filter = self.request.query("$filter").unwrap_or_default();
        filter::parse(filter).ok_or_else(|| {
            let text = format!("The filter '{filter}' is not one the sandbox understands.");
            Refusal::new(400, "InvalidFilter", text)
        })
    }

    fn of_kind(&self, kind: &str) -> impl Iterator<Item = (&String, &Value)> {
        let all: &Objects = &self.state.resources;
        all.iter().filter(move |(id, _)| Target::of(id).kind.eq_ignore_ascii_case(kind))
    }

    fn may_read(&self, found: &Target) -> bool {
        access::allowed(self.state, &self.caller.oid, &format!("{}/read", found.kind), &found.id)
    }
}

pub(super) fn list<'a>(items: impl Iterator<Item = &'a Value>) -> Reply {
    Reply::ok(json!({ "value": items.cloned().collect::<Vec<_>>() }))
}

pub(super) fn not_found(target: &Target) -> Refusal {
    let name = target.name.as_deref().unwrap_or_default();
    match target.group() {
        Some((id, group)) if id == target.id => {
            let text = format!("Resource group '{group}' could not be found.");
            Refusal::new(404, "ResourceGroupNotFound", text)
        }
        place => {
            let group = place.map(|(_, group)| group).unwrap_or_default();
            let text = format!(
                "The Resource '{}/{name}' under resource group '{group}' was not found. For more \
                 details please go to https://aka.ms/ARMResourceNotFoundFix",
                target.kind
            );
            Refusal::new(404, "ResourceNotFound", text)
        }
    }
}

pub(super) fn require_location(body: &Value) -> Result<(), Refusal> {
    if text(&body["location"]).is_empty() {
        return Err(Refusal::new(
            400,
            "LocationRequired",
            "The location property is required for this definition.",
        ));
    }
    Ok(())
}

/// Sets a member of an object, or takes it away.
fn set(object: &mut Value, name: &str, value: Option<Value>) {
    match value {
        Some(value) => object[name] = value,
        None => drop(object.as_object_mut().and_then(|object| object.remove(name))),
    }
}

/// A merge as for `application/merge-patch+json`: objects grow together, null takes away, all else
/// replaces.
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (name, value) in patch {
        match value {
            Value::Null => set(target, &name, None),
            value => merge(&mut target[name], value),
        }
    }
}
