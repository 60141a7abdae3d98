//! A plan in the order in which a person reads it: each identity with what belongs to it.

use super::words::{NAMED, count, counted};
use crate::{
    observe::Write,
    plan::{Action, Left, Named, Plan, PlannedIdentity, PlannedRole, Step},
    platform::Safety,
    resource::{Address, Federation, Resource, RoleAssignment, Scope},
    rewrite::Draft,
    roles::{Asked, ExactRole, Unexplained},
};
use std::collections::BTreeMap;

/// What becomes of a thing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Make,
    Change,
    Keep,
}

pub(super) struct Identity<'p> {
    pub(super) planned: &'p PlannedIdentity,
    pub(super) mark: Mark,
    /// `in rg-identities (japaneast)`
    pub(super) place: String,
    pub(super) trusts: Vec<Trust>,
    /// What it needs to exist, and what the platform needs to use it.
    pub(super) with: Vec<Part>,
    pub(super) may: Vec<Role<'p>>,
    /// What could be assigned instead.
    pub(super) or: Vec<String>,
}

/// A thing that is made along with an identity.
pub(super) struct Part {
    pub(super) mark: Mark,
    pub(super) name: String,
    /// In what way that which is there differs.
    pub(super) now: String,
}

pub(super) struct Trust {
    pub(super) mark: Mark,
    pub(super) subject: String,
    pub(super) issuer: String,
    pub(super) now: String,
}

pub(super) struct Role<'p> {
    pub(super) mark: Mark,
    pub(super) planned: &'p PlannedRole,
    pub(super) on: String,
}

/// The edits of one file.
#[derive(Default)]
pub(super) struct File {
    safe: usize,
    review: usize,
    why: Vec<String>,
}

impl Mark {
    pub(super) fn sign(self) -> &'static str {
        match self {
            Mark::Make => "+",
            Mark::Change => "~",
            Mark::Keep => "=",
        }
    }

    pub(super) fn meaning(self) -> &'static str {
        match self {
            Mark::Make => "to make",
            Mark::Change => "to change",
            Mark::Keep => "there already",
        }
    }
}

impl Identity<'_> {
    pub(super) fn name(&self) -> &str {
        name(&self.planned.address.0)
    }

    /// The kinds that do not fit, those with the same reason together.
    pub(super) fn unfit(&self) -> Vec<String> {
        let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
        for (kind, why) in &self.planned.not {
            match reasons.iter_mut().find(|(it, _)| it == why) {
                Some((_, kinds)) => kinds.push(kind),
                None => reasons.push((why, vec![kind])),
            }
        }
        reasons.into_iter().map(|(why, kinds)| format!("{}: {why}", kinds.join(", "))).collect()
    }
}

pub(super) fn named(it: &Named) -> &str {
    if it.name.is_empty() { &it.id } else { &it.name }
}

pub(super) fn identities(plan: &Plan) -> Vec<Identity<'_>> {
    plan.identities.iter().map(|it| identity(plan, it)).collect()
}

/// What is meant, for an address as for a place in a file.
pub(super) fn at<'p>(plan: &'p Plan, left: &'p Left) -> &'p str {
    let identity = plan.identities.iter().any(|it| it.address.0 == left.at);
    if identity { name(&left.at) } else { &left.at }
}

fn name(address: &str) -> &str {
    address.strip_prefix("identity.").unwrap_or(address)
}

/// What belongs to no identity.
pub(super) fn others(plan: &Plan) -> Vec<Part> {
    let known: Vec<Vec<&Address>> =
        plan.identities.iter().map(|it| itself(plan, &it.address)).collect();
    plan.steps.iter().filter(|step| !known.iter().any(|it| belongs(step, it))).map(part).collect()
}

fn identity<'p>(plan: &'p Plan, planned: &'p PlannedIdentity) -> Identity<'p> {
    let itself = itself(plan, &planned.address);
    let step = plan.steps.iter().find(|it| it.address == planned.address);
    let mut trusts = Vec::new();
    let mut with = Vec::new();
    for step in plan.steps.iter().filter(|it| it.address != planned.address && belongs(it, &itself))
    {
        match &step.resource {
            Resource::FederatedIdentityCredential(it) => trusts.push(trust(step, &it.federation)),
            // It stands with what the identity may.
            Resource::RoleAssignment(it) if planned.roles.iter().any(|role| is(role, it)) => {}
            _ => with.push(part(step)),
        }
    }
    Identity {
        planned,
        mark: step.map_or(Mark::Make, mark),
        place: step.map(place).unwrap_or_default(),
        trusts,
        with,
        may: planned.roles.iter().map(|it| role(plan, planned, it)).collect(),
        or: planned.custom_roles.iter().map(|it| custom(plan, it)).collect(),
    }
}

/// The addresses that make up an identity: its own, and those it is made of.
fn itself<'p>(plan: &'p Plan, identity: &'p Address) -> Vec<&'p Address> {
    let mut found = vec![identity];
    let mut at = 0;
    while let Some(address) = found.get(at) {
        let step = plan.steps.iter().find(|it| it.address == **address);
        let needs = step.map(|it| it.resource.noun().needs()).unwrap_or_default();
        let new: Vec<&Address> = needs.into_iter().filter(|it| !found.contains(it)).collect();
        found.extend(new);
        at += 1;
    }
    found
}

fn belongs(step: &Step, itself: &[&Address]) -> bool {
    itself.contains(&&step.address)
        || step.resource.noun().needs().iter().any(|it| itself.contains(it))
}

fn mark(step: &Step) -> Mark {
    match (&step.action, &step.resource) {
        // It is switched on at a resource that is there.
        (Action::Create, Resource::SystemAssignedIdentity(_)) => Mark::Change,
        (Action::Create, _) => Mark::Make,
        (Action::Change(_), _) => Mark::Change,
        (Action::Keep(_), _) => Mark::Keep,
    }
}

fn place(step: &Step) -> String {
    let place = match &step.resource {
        Resource::UserAssignedIdentity(it) => {
            format!("in {} ({})", it.resource_group.short(), it.location)
        }
        Resource::SystemAssignedIdentity(_) if matches!(step.action, Action::Create) => {
            "to be switched on".to_owned()
        }
        _ => String::new(),
    };
    format!("{place}{}", now(step))
}

fn part(step: &Step) -> Part {
    let title = step.resource.noun().title();
    let name = match &step.resource {
        Resource::Variable(it) => format!("{title}: {}", it.value),
        Resource::CustomRole(it) => {
            let data = it.data_actions.iter().map(|it| format!("{it} (data)"));
            let all: Vec<String> = it.actions.iter().cloned().chain(data).collect();
            format!("{title} for {}: {}", it.assignable_scope, all.join(", "))
        }
        // No file that workid wrote has one that its identity does not name.
        Resource::RoleAssignment(it) => format!("role assignment {} on {}", it.role, it.scope),
        _ => title,
    };
    Part { mark: mark(step), name, now: now(step) }
}

fn trust(step: &Step, federation: &Federation) -> Trust {
    let Federation { subject, issuer, .. } = federation;
    Trust {
        mark: mark(step),
        subject: subject.to_string(),
        issuer: issuer.to_string(),
        now: now(step),
    }
}

fn role<'p>(plan: &'p Plan, identity: &PlannedIdentity, planned: &'p PlannedRole) -> Role<'p> {
    let same = |it: &&Step| match &it.resource {
        Resource::RoleAssignment(it) => it.identity == identity.address && is(planned, it),
        _ => false,
    };
    let mark = plan.steps.iter().find(same).map_or(Mark::Make, mark);
    Role { mark, planned, on: on(plan, &planned.scope) }
}

/// Whether a step assigns that role.
fn is(planned: &PlannedRole, it: &RoleAssignment) -> bool {
    it.role == planned.role && it.scope.0 == planned.scope
}

/// What people call a scope: its name within the subscription, and all of it elsewhere.
fn on(plan: &Plan, scope: &str) -> String {
    let whole = format!("/subscriptions/{}", plan.subscription.id);
    match scope.strip_prefix(&whole) {
        Some("") => "the subscription".to_owned(),
        Some(rest) if rest.starts_with('/') && !rest.contains("..") => {
            Scope(scope.to_owned()).short()
        }
        _ => scope.to_owned(),
    }
}

impl Role<'_> {
    /// What asks for it, and what to know of it, a line each.
    pub(super) fn notes(&self) -> Vec<String> {
        let PlannedRole { asked, beyond, condition, warning, .. } = self.planned;
        let mut notes = Vec::new();
        if !asked.is_empty() {
            let verb = if commands(asked).len() == 1 { "asks" } else { "ask" };
            notes.push(format!("{} {verb} for it", listed(&commands(asked))));
        }
        match beyond {
            None | Some(0) => {}
            Some(n) => notes.push(format!(
                "it also allows {} that nothing asks for",
                count(*n, "write or operation", "writes and operations")
            )),
        }
        notes.extend(condition.as_ref().map(|it| format!("under the user's condition: {it}")));
        notes.extend(warning.as_ref().map(|it| format!("warning: {it}")));
        notes
    }
}

/// The commands, each once: `az vm start (jobs/stop.sh:12)`
fn commands(asked: &[Asked]) -> Vec<String> {
    let mut found: Vec<(&str, usize, &str)> =
        asked.iter().map(|it| (it.path.as_str(), it.line, it.command.as_str())).collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter().map(|(path, line, command)| format!("{command} ({path}:{line})")).collect()
}

fn listed(names: &[String]) -> String {
    let named = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named}, and {more} more"),
    }
}

fn custom(plan: &Plan, role: &ExactRole) -> String {
    let data = match role.data_actions.len() {
        0 => String::new(),
        n => format!(" and {}", count(n, "data action", "data actions")),
    };
    format!(
        "a custom role on {} with exactly what is asked for: {}{data} (custom_roles in the plan)",
        on(plan, &role.scope.0),
        count(role.actions.len(), "action", "actions")
    )
}

/// Writes that no scanned code explains: whose, and what.
pub(super) fn unexplained(plan: &Plan) -> Vec<(&str, String)> {
    let text = |it: &Unexplained| {
        let Write { action, scope, client, times, refused, last, mfa } = &it.write;
        let times = match times {
            1 => "once".to_owned(),
            n => format!("{n} times"),
        };
        let refused = match refused {
            0 => String::new(),
            n => format!(" ({n} refused)"),
        };
        let mfa = match mfa {
            Some(true) => ", with multifactor authentication",
            Some(false) => ", without multifactor authentication",
            None => "",
        };
        let client = if client.is_empty() { "an unknown client" } else { client };
        let on = on(plan, &scope.0);
        format!("{action} on {on}, {times}{refused}, last {last}, from {client}{mfa}")
    };
    plan.unexplained.iter().map(|it| (it.user.as_str(), text(it))).collect()
}

fn now(step: &Step) -> String {
    let Action::Change(differences) = &step.action else { return String::new() };
    let said: Vec<String> = differences
        .iter()
        .map(|(what, planned, found)| format!("{what} is {found}, planned {planned}"))
        .collect();
    format!(" ({})", said.join("; "))
}

/// The edits by file. Lines that only move to the right are none.
pub(super) fn files(plan: &Plan) -> BTreeMap<&str, File> {
    let moves = |it: &Draft| it.span.start == it.span.end && it.text.to_string().trim().is_empty();
    let mut files: BTreeMap<&str, File> = BTreeMap::new();
    for draft in plan.drafts.iter().filter(|it| !moves(it)) {
        let file = files.entry(&draft.path).or_default();
        match &draft.safety {
            Safety::Safe => file.safe += 1,
            Safety::Review(why) => {
                file.review += 1;
                if !file.why.contains(why) {
                    file.why.push(why.clone());
                }
            }
        }
    }
    files
}

impl File {
    /// `2 safe, 1 to review: other permissions are named too`
    pub(super) fn counts(&self) -> String {
        let counts = counted(&[(self.safe, "safe"), (self.review, "to review")]);
        if self.why.is_empty() { counts } else { format!("{counts}: {}", self.why.join("; ")) }
    }
}

/// `3 files: 4 safe, 1 to review`
pub(super) fn edits(files: &BTreeMap<&str, File>) -> String {
    let sum = |of: fn(&File) -> usize| files.values().map(of).sum::<usize>();
    let counts = counted(&[(sum(|it| it.safe), "safe"), (sum(|it| it.review), "to review")]);
    format!("{}: {counts}", count(files.len(), "file", "files"))
}
