//! Role definitions, role assignments, and the permissions that come of them.

use serde_json::{Value, json};

use super::super::access;
use super::super::filter::Term;
use super::super::message::{Answer, Refusal, Reply};
use super::super::state::{CLOCK, text};
use super::super::{SUBSCRIPTION_ID, TENANT_ID};
use super::resource::{list, not_found};
use super::{Call, Target};

impl Call<'_> {
    /// What the caller may do at a scope.
    pub(super) fn list_permissions(&self) -> Answer {
        let permissions = access::permissions(self.state, &self.caller.oid, &self.target.scope);
        Ok(Reply::ok(json!({ "value": permissions })))
    }

    pub(super) fn list_roles(&self) -> Answer {
        let terms = self.filter()?;
        let meets = |role: &&Value| {
            terms.iter().all(|term| term.holds(&role["properties"]).unwrap_or(true))
        };
        Ok(list(access::role_definitions(self.state).filter(meets)))
    }

    pub(super) fn get_role(&self) -> Answer {
        match access::role(self.state, &self.target.id) {
            Some(role) => Ok(Reply::ok(role.clone())),
            None => Err(self.role_missing(&self.target.id)),
        }
    }

    /// Makes or replaces a custom role. Azure says 201 either way.
    pub(super) fn put_role(&mut self) -> Answer {
        let body = self.body()?;
        let properties = &body["properties"];
        let name = text(&properties["roleName"]);
        if name.is_empty()
            || !properties["permissions"].is_array()
            || !properties["assignableScopes"].is_array()
        {
            let text = "A role definition needs roleName, permissions and assignableScopes.";
            return Err(Refusal::new(400, "RoleDefinitionInvalid", text));
        }
        self.settle_role_id();
        let own = self.target.name.clone().unwrap_or_default();
        let taken = access::role_definitions(self.state)
            .filter(|role| role["name"] != *own)
            .any(|role| text(&role["properties"]["roleName"]).eq_ignore_ascii_case(&name));
        if taken {
            let text = format!(
                "A custom role with the same name already exists in this directory: '{name}'."
            );
            return Err(Refusal::new(409, "RoleDefinitionWithSameNameExists", text));
        }
        if access::role(self.state, &own)
            .is_some_and(|role| role["properties"]["type"] == "BuiltInRole")
        {
            return Err(Refusal::new(
                403,
                "RoleDefinitionIsBuiltIn",
                "A built-in role cannot be changed.",
            ));
        }
        let role = self.store(json!({
            "type": "Microsoft.Authorization/roleDefinitions",
            "properties": {
                "roleName": name,
                "type": "CustomRole",
                "description": text(&properties["description"]),
                "assignableScopes": properties["assignableScopes"],
                "permissions": properties["permissions"],
                "createdOn": CLOCK,
                "updatedOn": CLOCK,
            },
        }));
        Ok(Reply::created(role))
    }

    pub(super) fn delete_role(&mut self) -> Answer {
        self.settle_role_id();
        let own = format!("/{}", self.target.name.as_deref().unwrap_or_default());
        let assigned = access::role_assignments(self.state)
            .any(|assignment| text(&assignment["properties"]["roleDefinitionId"]).ends_with(&own));
        if assigned {
            let text = "There are existing role assignments referencing role.";
            return Err(Refusal::new(400, "RoleDefinitionHasAssignments", text));
        }
        self.delete()
    }

    /// The assignments that concern a scope: those on it, above it and below it, unless a filter
    /// says otherwise.
    pub(super) fn list_assignments(&self) -> Answer {
        let scope = &self.target.parent;
        let terms = self.filter()?;
        let meets = |assignment: &Value| {
            let place = access::scope_of(assignment);
            let properties = &assignment["properties"];
            (access::within(scope, place) || access::within(place, scope))
                && terms.iter().all(|term| match term {
                    Term::Call { name, .. } if name.eq_ignore_ascii_case("atScope") => {
                        access::within(scope, place)
                    }
                    Term::Call { name, value, .. } if name.eq_ignore_ascii_case("assignedTo") => {
                        access::principals(self.state, value)
                            .contains(&text(&properties["principalId"]))
                    }
                    term => term.holds(properties).unwrap_or(false),
                })
        };
        Ok(list(access::role_assignments(self.state).filter(|assignment| meets(assignment))))
    }

    pub(super) fn put_assignment(&mut self) -> Answer {
        let body = self.body()?;
        let asked = &body["properties"];
        let (role, principal) = (text(&asked["roleDefinitionId"]), text(&asked["principalId"]));
        let Some(role) = access::role(self.state, &role).map(|role| text(&role["id"])) else {
            return Err(self.role_missing(&role));
        };
        let known =
            self.state.principal(&principal).filter(|_| !self.state.hidden.contains(&principal));
        let Some((kind, _)) = known else {
            let text = format!(
                "Principal {} does not exist in the directory {TENANT_ID}. Check that you have \
                 the correct principal ID. If you are creating this principal and then \
                 immediately assigning a role, this error might be related to a replication \
                 delay. In this case, set the role assignment principalType property to a value, \
                 such as ServicePrincipal, User, or Group. See https://aka.ms/docs-principaltype",
                principal.replace('-', "")
            );
            return Err(Refusal::new(400, "PrincipalNotFound", text));
        };
        if asked["principalType"].as_str().is_some_and(|said| said != kind) {
            let text = format!(
                "The PrincipalId '{principal}' has type '{kind}', which is not the one given."
            );
            return Err(Refusal::new(400, "UnmatchedPrincipalType", text));
        }
        let scope = self.target.scope.clone();
        if self.lookup(&scope).is_none() {
            return Err(not_found(&Target::of(&scope)));
        }
        let same = |assignment: &Value| {
            let properties = &assignment["properties"];
            properties["roleDefinitionId"] == *role
                && properties["principalId"] == *principal
                && access::scope_of(assignment).eq_ignore_ascii_case(&scope)
        };
        if let Ok(existing) = self.find() {
            if same(existing) {
                return Ok(self.change_assignment(existing.clone(), asked));
            }
            let text =
                "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.";
            return Err(Refusal::new(400, "RoleAssignmentUpdateNotPermitted", text));
        }
        if let Some(existing) =
            access::role_assignments(self.state).find(|assignment| same(assignment))
        {
            let id = text(&existing["name"]).replace('-', "");
            let text = format!(
                "The role assignment already exists. The ID of the existing role assignment is \
                 {id}."
            );
            return Err(Refusal::new(409, "RoleAssignmentExists", text));
        }
        let mut properties = asked.clone();
        for (name, value) in [
            ("roleDefinitionId", role.as_str()),
            ("principalId", &principal),
            ("principalType", kind),
            ("scope", &scope),
            ("createdOn", CLOCK),
            ("updatedOn", CLOCK),
            ("createdBy", &self.caller.oid),
            ("updatedBy", &self.caller.oid),
        ] {
            properties[name] = value.into();
        }
        let kind = "Microsoft.Authorization/roleAssignments";
        Ok(Reply::created(self.store(json!({ "type": kind, "properties": properties }))))
    }

    /// Of an assignment that is there, what it says beside its role, principal and scope may change.
    fn change_assignment(&mut self, mut assignment: Value, asked: &Value) -> Reply {
        if let Some(properties) = assignment["properties"].as_object_mut() {
            for name in ["condition", "conditionVersion", "description"] {
                properties.remove(name);
                properties.extend(asked.get(name).map(|it| (name.to_owned(), it.clone())));
            }
        }
        Reply::ok(self.store(assignment))
    }

    /// A role has one place, wherever it is spoken of: the subscription.
    fn settle_role_id(&mut self) {
        let name = self.target.name.as_deref().unwrap_or_default();
        let id = format!(
            "/subscriptions/{SUBSCRIPTION_ID}/providers/Microsoft.Authorization/roleDefinitions/{name}"
        );
        self.target = Target::of(&id);
    }

    fn role_missing(&self, id: &str) -> Refusal {
        let name = id.rsplit('/').next().unwrap_or_default();
        let text = format!("The specified role definition with ID '{name}' does not exist.");
        Refusal::new(404, "RoleDefinitionDoesNotExist", text)
    }
}
