//! Looked at before anything is made: who asks, whether that one may do each step, what is there
//! since the plan was made, and whether a limit is near. All problems at once.

use super::journal::{self, Entry};
use crate::{
    catalog::Permission,
    export,
    observe::{self, Look, Operator},
    plan::{Action, Plan, Step},
    resource::{
        Address, Answer, Approver, Known, May, Method, NO_TOKEN, Place, Refusal, Request, Resource,
        Right, Scope, Services, Variable,
    },
    roles,
};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const AUTHORIZATION: &str = "2022-04-01";
const IDENTITIES: &str = "2024-11-30";

/// What Microsoft Entra takes of federated credentials for one identity, and Azure of role
/// assignments in one subscription.
const MOST_CREDENTIALS: usize = 20;
const MOST_ASSIGNMENTS: usize = 4000;

/// A limit is near where so many are left.
const NEAR: usize = 100;

/// Of what is listed only to be counted, so many pages are read.
const PAGES: usize = 200;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Preflight {
    pub operator: Operator,
    pub problems: Vec<Problem>,
    /// What could not be asked.
    pub unchecked: Vec<String>,
    /// How many steps were looked at.
    pub steps: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// What it is about, for people.
    pub title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<Address>,
    pub what: String,
    /// What to do.
    pub advice: String,
    /// Nothing is made as long as there is one that stops.
    pub stops: bool,
    /// Who may do the step, where the operator may not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approver: Option<Approver>,
}

impl Preflight {
    pub fn stops(&self) -> bool {
        self.problems.iter().any(|it| it.stops)
    }

    /// The steps that somebody else has to do, and that hold up no other.
    pub fn left_to_others(&self) -> BTreeSet<&Address> {
        let is_left = |it: &&Problem| it.approver.is_some() && !it.stops;
        self.problems.iter().filter(is_left).filter_map(|it| it.step.as_ref()).collect()
    }

    /// The steps that somebody else has to do.
    pub fn for_others(&self) -> impl Iterator<Item = &Address> {
        self.problems.iter().filter(|it| it.approver.is_some()).filter_map(|it| it.step.as_ref())
    }
}

/// `entries` are those of the journal with which the plan will be gone on with.
pub fn preflight(
    plan: &Plan,
    entries: &[Entry],
    operator: Operator,
    services: &dyn Services,
) -> Preflight {
    let mut check = Check {
        plan,
        operator: &operator,
        services,
        problems: Vec::new(),
        unchecked: BTreeSet::new(),
    };
    check.multifactor();
    let todo = check.tenant(entries);
    check.rights(&todo);
    check.projects(&todo);
    check.roles(&todo);
    check.credentials(&todo);
    check.assignments(&todo);
    let (problems, unchecked) = (check.problems, check.unchecked.into_iter().collect());
    Preflight { problems, unchecked, steps: plan.steps.len(), operator }
}

struct Check<'c> {
    plan: &'c Plan,
    operator: &'c Operator,
    services: &'c dyn Services,
    problems: Vec<Problem>,
    unchecked: BTreeSet<String>,
}

impl<'c> Check<'c> {
    fn problem(&mut self, step: Option<&Step>, what: impl Into<String>, advice: impl Into<String>) {
        self.problems.push(Problem {
            title: step.map(|it| it.resource.noun().title()).unwrap_or_default(),
            step: step.map(|it| it.address.clone()),
            what: what.into(),
            advice: advice.into(),
            stops: true,
            approver: None,
        });
    }

    /// Azure asks for it when a user writes, and not before.
    fn multifactor(&mut self) {
        if self.operator.is_user != Some(true) || self.operator.mfa {
            return;
        }
        self.problems.push(Problem {
            title: self.operator.name.clone(),
            step: None,
            what: "signed in without multifactor authentication, which Azure demands of users who change something"
                .to_owned(),
            advice: "Sign in again with the command that the first refusal would name: az login --tenant <tenant> \
                     --scope <resource-manager>/.default --claims-challenge \
                     eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlcyI6WyJwMSJdfX19"
                .to_owned(),
            // A tenant may not ask for it yet.
            stops: false,
            approver: None,
        });
    }

    /// What is there now, held against what the plan saw. The steps that are still to be done.
    fn tenant(&mut self, entries: &[Entry]) -> Vec<&'c Step> {
        let ours = journal::known(entries);
        let begun: BTreeSet<Address> =
            journal::made(entries).into_iter().map(|it| it.step).collect();
        let looked = observe::look_each(self.plan.resources(), self.services);
        let mut known = Known::new();
        let mut todo = Vec::new();
        for (address, look) in looked {
            let Some(step) = self.plan.steps.iter().find(|it| it.address == address) else {
                continue;
            };
            match look {
                Err(refusal) if refusal.is_closed() => self.closed(step, &refusal),
                Err(refusal) => {
                    self.unreadable(step, &refusal);
                    todo.push(step);
                }
                Ok(Look::Found { outputs, answer }) => {
                    known.insert(address.clone(), outputs.clone());
                    let is_ours = ours.contains_key(&address) || begun.contains(&address);
                    if self.found(step, &known, &outputs, &answer, is_ours) {
                        todo.push(step);
                    }
                }
                Ok(absent) => {
                    let gone = matches!(step.action, Action::Keep(_) | Action::Change(_));
                    if gone && !begun.contains(&address) {
                        self.problem(
                            Some(step),
                            "it was there when the plan was made, and has gone",
                            PLAN_AGAIN,
                        );
                    }
                    if let Look::Absent { instead: Some(instead) } = &absent {
                        self.in_the_way(step, &known, instead);
                    }
                    todo.push(step);
                }
            }
        }
        todo
    }

    /// Whether there is still something to do about a thing that is there.
    fn found(
        &mut self,
        step: &Step,
        known: &Known,
        outputs: &crate::resource::Outputs,
        answer: &Value,
        is_ours: bool,
    ) -> bool {
        let noun = step.resource.noun();
        let differences = noun.differences(known, answer);
        match &step.action {
            Action::Keep(then) if then != outputs => {
                self.problem(
                    Some(step),
                    "another one of that name has taken its place since the plan was made",
                    PLAN_AGAIN,
                );
            }
            Action::Create if !is_ours && differences.is_empty() => {
                self.problem(
                    Some(step),
                    "somebody else has made it since the plan was made",
                    PLAN_AGAIN,
                );
            }
            Action::Create | Action::Keep(_) if !differences.is_empty() && !is_ours => {
                let of = |it: &crate::resource::Difference| {
                    format!("{} {:?} where {:?} is planned", it.what, it.found, it.planned)
                };
                let all: Vec<String> = differences.iter().map(of).collect();
                let what = format!("it is there with another purpose: {}", all.join(", "));
                self.problem(Some(step), what, PLAN_AGAIN);
            }
            _ => {}
        }
        if differences.is_empty() {
            return false;
        }
        self.in_the_way(step, known, answer);
        true
    }

    fn in_the_way(&mut self, step: &Step, known: &Known, current: &Value) {
        if let Some(why) = step.resource.noun().obstacle(known, current) {
            self.problem(Some(step), why, "Then plan again, or do this step by hand");
        }
    }

    fn unreadable(&mut self, step: &Step, refusal: &Refusal) {
        let what = format!("whether it is there cannot be read: {refusal}");
        self.problem(
            Some(step),
            what,
            "Ask for the right to read it: Reader, or Directory Readers for applications",
        );
    }

    /// A step of GitHub or GitLab, which others do where the operator may not.
    fn closed(&mut self, step: &Step, refusal: &Refusal) {
        let (what, advice) = match refusal.code == NO_TOKEN {
            true => (refusal.message.clone(), TOKENS),
            false => (format!("your token may not: {refusal}"), CI_RIGHTS),
        };
        self.of_administrator(step, what, advice);
    }

    /// A step that the administrator of the CI system may have to do.
    fn of_administrator(&mut self, step: &Step, what: impl Into<String>, advice: &str) {
        let approver = Approver::CiAdministrator;
        self.problem(Some(step), what, format!("{advice}, or let {} do it", approver.title()));
        self.of_others(approver);
        // Nothing waits for it.
        if let Some(last) = self.problems.last_mut() {
            last.stops = false;
        }
    }

    fn rights(&mut self, todo: &[&'c Step]) {
        let mut asked: BTreeMap<Scope, Vec<(&Step, String)>> = BTreeMap::new();
        for step in todo {
            for right in step.resource.noun().rights() {
                match right {
                    Right::Action { action, at } => {
                        if let Some(scope) = self.place(at) {
                            asked.entry(scope).or_default().push((step, action));
                        }
                    }
                    Right::Directory(directory) => self.directory(step, directory),
                    // Its project is asked.
                    Right::Project(_) if matches!(step.resource, Resource::Variable(_)) => {}
                    Right::Project(what) => {
                        self.unchecked.insert(format!("{what}: nobody tells who may"));
                    }
                }
            }
        }
        let request = |it: &Scope| {
            let path = format!("{it}/providers/Microsoft.Authorization/permissions");
            Request::arm(Method::Get, path, AUTHORIZATION)
        };
        let requests: Vec<Request> = asked.keys().map(request).collect();
        for ((scope, steps), answer) in asked.into_iter().zip(self.services.send_all(&requests)) {
            let Ok(answer) = answer else {
                self.unchecked.insert(format!("what you may do on {}", scope.short()));
                continue;
            };
            let held = permissions(&answer);
            for (step, action) in steps {
                if !roles::may(&held, &action) {
                    self.forbidden(step, &action, &scope);
                }
            }
        }
    }

    /// Whether each role is called what the plan calls it: a person read the name, and Azure takes the ID.
    fn roles(&mut self, todo: &[&'c Step]) {
        let assignment = |it: &&'c Step| match &it.resource {
            Resource::RoleAssignment(role) if role.made.is_none() => Some((*it, role)),
            _ => None,
        };
        let assignments: Vec<_> = todo.iter().filter_map(assignment).collect();
        let ids: BTreeSet<&str> =
            assignments.iter().map(|(_, it)| it.role_definition.as_str()).collect();
        let request = |it: &&str| Request::arm(Method::Get, *it, AUTHORIZATION);
        let requests: Vec<Request> = ids.iter().map(request).collect();
        let answers: BTreeMap<&str, Answer> =
            ids.into_iter().zip(self.services.send_all(&requests)).collect();
        for (step, it) in assignments {
            let answer = answers.get(it.role_definition.as_str()).and_then(|it| it.as_ref().ok());
            match answer.and_then(|it| it.pointer("/properties/roleName")?.as_str()) {
                Some(name) if name == it.role => {}
                Some(name) => {
                    let what = format!("the role of that ID is {name}, and no {}", it.role);
                    self.problem(Some(step), what, PLAN_AGAIN);
                }
                None => {
                    self.unchecked.insert(format!("what the role {} is called", it.role));
                }
            }
        }
    }

    /// What GitHub and GitLab say of the projects and environments whose variables are to be set; each
    /// is asked once.
    fn projects(&mut self, todo: &[&'c Step]) {
        let variable = |it: &&'c Step| match &it.resource {
            Resource::Variable(variable) => Some((*it, variable)),
            _ => None,
        };
        let variables: Vec<(&Step, &Variable)> = todo.iter().filter_map(variable).collect();
        let mut requests: Vec<Request> = Vec::new();
        for (_, it) in &variables {
            for request in [Some(it.of_project()), it.of_environment()].into_iter().flatten() {
                if !requests.contains(&request) {
                    requests.push(request);
                }
            }
        }
        let answers = self.services.send_all(&requests);
        let told = |request: &Request| {
            let at = requests.iter().position(|it| it == request)?;
            answers.get(at)
        };
        for (step, it) in variables {
            let project = told(&it.of_project());
            self.project(step, it, project);
            if project.is_some_and(Result::is_ok) {
                self.environment(step, it, it.of_environment().and_then(|it| told(&it)));
            }
        }
    }

    fn project(&mut self, step: &Step, variable: &Variable, answer: Option<&Answer>) {
        let may = match answer {
            Some(Err(refusal)) if refusal.is_closed() => return self.closed(step, refusal),
            Some(Err(refusal)) if refusal.is_absent() => {
                let what =
                    format!("there is no {}, or your token may not see it", variable.project);
                return self.of_administrator(step, what, CI_RIGHTS);
            }
            Some(Ok(answer)) => variable.may(answer),
            Some(Err(_)) | None => May::Untold,
        };
        match may {
            May::Yes => {}
            May::No(why) => self.of_administrator(step, format!("your token {why}"), CI_RIGHTS),
            May::Untold => {
                let (project, place) = (&variable.project, variable.place());
                let what =
                    format!("whether you may set variables of {project}: {place} does not say");
                self.unchecked.insert(what);
            }
        }
    }

    fn environment(&mut self, step: &Step, variable: &Variable, answer: Option<&Answer>) {
        let Some(Err(refusal)) = answer else { return };
        let name = variable.environment.as_deref().unwrap_or_default();
        if refusal.is_absent() {
            let what = format!("there is no environment {name}, and its variables have no place");
            let advice = format!("Make it: {}", export::environment(variable));
            return self.of_administrator(step, what, &advice);
        }
        let project = &variable.project;
        self.unchecked.insert(format!("whether {project} has the environment {name}: {refusal}"));
    }

    fn forbidden(&mut self, step: &Step, action: &str, scope: &Scope) {
        let right = Right::Action { action: action.to_owned(), at: Place::Scope(scope.clone()) };
        let role = ROLES.iter().find(|(it, _)| action.starts_with(it)).map_or(OTHER, |(_, it)| it);
        self.problem(
            Some(step),
            format!("you may not {action} on {}", scope.short()),
            format!("Ask for {role} there, or let {} do it", right.approver().title()),
        );
        self.of_others(right.approver());
    }

    /// The last problem is somebody else's step.
    fn of_others(&mut self, approver: Approver) {
        if let Some(last) = self.problems.last_mut() {
            last.approver = Some(approver);
        }
    }

    fn directory(&mut self, step: &Step, directory: &'static crate::resource::Directory) {
        let Operator { permissions, directory_roles, .. } = self.operator;
        let has = |list: &Option<Vec<String>>, wanted: &str| {
            list.as_ref().is_some_and(|it| it.iter().any(|it| it.eq_ignore_ascii_case(wanted)))
        };
        if directory.permissions.iter().any(|it| has(permissions, it))
            || directory.roles.iter().any(|(_, id)| has(directory_roles, id))
        {
            return;
        }
        // Tokens do not always tell, and a tenant may let every user register applications.
        let told = permissions.is_some() && self.operator.is_user == Some(false);
        if !told {
            let what = "whether you may change the directory: your token does not say";
            self.unchecked.insert(what.to_owned());
            return;
        }
        let roles: Vec<&str> = directory.roles.iter().map(|(it, _)| *it).collect();
        self.problem(
            Some(step),
            "your application may not do this in Microsoft Entra",
            format!(
                "Ask for {} (a person: {}), or let {} do it",
                directory.permissions[0],
                roles[0],
                Approver::IdentityTeam.title()
            ),
        );
        self.of_others(Approver::IdentityTeam);
    }

    /// Where a right is needed; what is not there yet will be where its own maker needs rights.
    fn place(&self, at: Place) -> Option<Scope> {
        let address = match at {
            Place::Scope(scope) => return Some(scope),
            Place::Of(address) => address,
        };
        let step = self.plan.steps.iter().find(|it| it.address == address)?;
        step.resource.noun().rights().into_iter().find_map(|it| match it {
            Right::Action { at: Place::Scope(scope), .. } => Some(scope),
            _ => None,
        })
    }

    /// An identity trusts no more than twenty subjects, those that are there among them.
    fn credentials(&mut self, todo: &[&'c Step]) {
        let mut new: BTreeMap<&Address, Vec<&Step>> = BTreeMap::new();
        for step in todo {
            if let Resource::FederatedIdentityCredential(it) = &step.resource {
                new.entry(&it.identity).or_default().push(step);
            }
        }
        for (identity, steps) in new {
            let there = self.credentials_of(identity);
            let (there, new) = (there.unwrap_or_default(), steps.len());
            if there + new > MOST_CREDENTIALS {
                self.problem(
                    steps.first().copied(),
                    format!("its identity has {there} federated credentials and would get {new} more, of {MOST_CREDENTIALS} that it may have"),
                    "Remove some that nothing uses, or let jobs share an environment, and plan again",
                );
            }
        }
    }

    fn credentials_of(&self, identity: &Address) -> Option<usize> {
        let step = self.plan.steps.iter().find(|it| it.address == *identity)?;
        let Action::Keep(outputs) = &step.action else { return None };
        let id = outputs.0.get("id").filter(|it| it.starts_with("/subscriptions/"))?;
        let path = format!("{id}/federatedIdentityCredentials");
        let answer = self.services.send(&Request::arm(Method::Get, path, IDENTITIES)).ok()?;
        Some(answer.get("value")?.as_array()?.len())
    }

    fn assignments(&mut self, todo: &[&'c Step]) {
        let is_one = |it: &&&Step| matches!(it.resource, Resource::RoleAssignment(_));
        let new = todo.iter().filter(is_one).count();
        if new == 0 {
            return;
        }
        let id = &self.plan.subscription.id;
        let path = format!("/subscriptions/{id}/providers/Microsoft.Authorization/roleAssignments");
        let request = Request::arm(Method::Get, path, AUTHORIZATION).pages(PAGES);
        let answer = self.services.send(&request);
        let Some(there) = answer.ok().and_then(|it| Some(it.get("value")?.as_array()?.len()))
        else {
            self.unchecked.insert("how many role assignments there are".to_owned());
            return;
        };
        let left = MOST_ASSIGNMENTS.saturating_sub(there);
        if left >= new + NEAR {
            return;
        }
        let what = format!(
            "the subscription has {there} role assignments of {MOST_ASSIGNMENTS}, and {new} are to be made"
        );
        self.problem(
            None,
            what,
            "Remove those of principals that have gone, or assign roles to groups",
        );
        if let Some(last) = self.problems.last_mut() {
            last.title = "role assignments".to_owned();
            last.stops = left < new;
        }
    }
}

const TOKENS: &str =
    "Set GH_TOKEN or GITLAB_TOKEN (GH_ENTERPRISE_TOKEN with GH_HOST, GITLAB_HOST) and run again";
const CI_RIGHTS: &str = "Take a token that may write variables and environments of that project";

const PLAN_AGAIN: &str = "Plan again, and look at what is there";

/// Which role has an action, by how it begins; and what is asked for elsewhere.
const ROLES: &[(&str, &str)] = &[
    ("Microsoft.Authorization/roleAssignments/", "Role Based Access Control Administrator"),
    ("Microsoft.Authorization/roleDefinitions/", "User Access Administrator"),
    ("Microsoft.ManagedIdentity/userAssignedIdentities/assign", "Managed Identity Operator"),
    ("Microsoft.ManagedIdentity/", "Managed Identity Contributor"),
];
const OTHER: &str = "a role that may change it, such as Contributor";

fn permissions(answer: &Value) -> Vec<Permission> {
    let list = |it: &Value, name: &str| -> Vec<String> {
        let found = it.get(name).and_then(Value::as_array);
        found.into_iter().flatten().filter_map(|it| it.as_str().map(str::to_owned)).collect()
    };
    let block = |it: &Value| Permission {
        actions: list(it, "actions"),
        not_actions: list(it, "notActions"),
        data_actions: list(it, "dataActions"),
        not_data_actions: list(it, "notDataActions"),
        condition: None,
    };
    let all = answer.get("value").and_then(Value::as_array);
    all.into_iter().flatten().map(block).collect()
}
