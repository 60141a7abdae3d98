//! What came of a script that was run as it was, and as it is to be: whether the one was refused and
//! the other did its work, and how what it asked for compares with what is planned.

use crate::{
    catalog::{Catalog, Permission},
    plan::{Plan, PlannedIdentity},
    resource::{Address, Resource, Scope},
    roles,
};
use serde::Serialize;
use std::collections::BTreeSet;

/// A request that a script sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    pub method: String,
    pub host: String,
    pub status: u16,
    /// The name of a user, an application or a managed identity.
    pub who: Option<String>,
    /// What it did to what, as roles name it; none of a request that needs no role.
    pub action: Option<(String, Scope)>,
    /// The code of the error that was the answer.
    pub error: Option<String>,
}

/// A script that was run to its end.
#[derive(Clone, Debug, Default)]
pub struct Ran {
    /// What a shell says of it; none if it took too long.
    pub exit: Option<i32>,
    pub seen: Vec<Seen>,
    /// The last lines that it printed.
    pub said: String,
}

/// A script that was run twice.
pub struct Trial<'t> {
    /// As it was named.
    pub run: String,
    /// What runs it.
    pub runs_in: String,
    /// Whether something follows the user's sign-in that Azure refuses.
    pub is_blocked: bool,
    /// The identities that take the user's place.
    pub identities: &'t [Address],
    pub before: Ran,
    pub after: Ran,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Proven,
    Failed,
    /// It could not be run, or not to where it would show.
    Unproven,
}

/// What a trial shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proof {
    pub run: String,
    pub runs_in: String,
    /// The identities that take the user's place.
    pub identities: Vec<Address>,
    pub verdict: Verdict,
    /// What is wrong, or could not be shown; nothing of what is proven.
    pub why: Vec<String>,
    pub before: Option<Outcome>,
    pub after: Option<Outcome>,
    /// What was done as the new identity, in the order of the requests.
    pub actions: Vec<Action>,
    /// The planned roles, with what was seen that each of them allows.
    pub roles: Vec<Role>,
    /// What commands ask for by the plan, and nothing that ran did.
    pub never_seen: Vec<String>,
}

/// What one run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Outcome {
    pub exit: Option<i32>,
    /// As whom Azure was asked.
    pub as_whom: Vec<String>,
    pub reads: usize,
    /// Writes that were done, and POST operations.
    pub writes: usize,
    /// The first write that was refused because it was a user's, without MFA.
    pub refused: Option<Action>,
    /// Hosts that were asked for and that nobody stands for.
    pub elsewhere: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Action {
    pub action: String,
    pub scope: Scope,
    /// Whether a role allowed it.
    pub allowed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Role {
    pub role: String,
    pub scope: Scope,
    pub actions: Vec<String>,
}

/// The answer to a write of a user who has done no MFA.
const NO_MFA: &str = "RequestDisallowedByPolicy";

/// The answer to what no role allows.
const NO_ROLE: &str = "AuthorizationFailed";

/// What the Azure CLI looks up beside its work: a newer index of its commands, and advice.
const BESIDE: &[&str] = &["aka.ms", "app.aladdin.microsoft.com", "azcliprod.blob.core.windows.net"];

/// How a shell ends that does not find a program.
const NOT_FOUND: i32 = 127;

/// What the Azure CLI prints where it fails by itself: it did not find in an answer what it looks for.
const CRASH: &str = "https://github.com/Azure/azure-cli/issues";

/// How much of what a script printed is told where it failed.
const LAST_LINES: usize = 4;

impl Proof {
    /// What cannot be run, and why.
    pub fn unproven(run: &str, runs_in: &str, why: String) -> Proof {
        Proof {
            run: run.to_owned(),
            runs_in: runs_in.to_owned(),
            identities: Vec::new(),
            verdict: Verdict::Unproven,
            why: vec![why],
            before: None,
            after: None,
            actions: Vec::new(),
            roles: Vec::new(),
            never_seen: Vec::new(),
        }
    }
}

/// Judges a trial by the plan.
pub fn judge(trial: &Trial<'_>, plan: &Plan, catalog: &Catalog) -> Proof {
    let (before, after) = (outcome(&trial.before), outcome(&trial.after));
    let is_new = |it: &&PlannedIdentity| trial.identities.contains(&it.address);
    let identities: Vec<&PlannedIdentity> = plan.identities.iter().filter(is_new).collect();
    let actions = actions(&trial.after);
    let (mut wrong, mut open) = (Vec::new(), Vec::new());
    if trial.is_blocked && before.refused.is_none() {
        let came = ended(&trial.before);
        open.push(format!("as it is now it came to no write that is refused: {came}"));
    }
    let others: Vec<&String> =
        after.as_whom.iter().filter(|who| !identities.iter().any(|it| is_named(it, who))).collect();
    for who in &others {
        wrong.push(format!("it still asks Azure as {who}"));
    }
    for it in actions.iter().filter(|it| !it.allowed) {
        wrong.push(format!("no planned role allows {} on {}", it.action, it.scope.short()));
    }
    let is_outside = !after.elsewhere.is_empty();
    match trial.after.exit {
        Some(0) if after.as_whom.is_empty() => {
            wrong.push("as it is to be it asks Azure for nothing".to_owned());
        }
        Some(0) => {}
        // What was refused is why.
        _ if !wrong.is_empty() => {}
        _ if is_outside => open.push(format!(
            "it asks for {}, which the embedded tenant does not stand for",
            after.elsewhere.join(", ")
        )),
        _ if trial.after.said.contains(CRASH) => open.push(format!(
            "the Azure CLI misses something in what the embedded tenant answers: {}",
            ended(&trial.after)
        )),
        Some(NOT_FOUND) => open
            .push(format!("a program that it runs is not installed here: {}", ended(&trial.after))),
        _ => wrong.push(format!("as it is to be it fails: {}", ended(&trial.after))),
    }
    let verdict = match (wrong.is_empty(), open.is_empty()) {
        (false, _) => Verdict::Failed,
        (true, false) => Verdict::Unproven,
        (true, true) => Verdict::Proven,
    };
    Proof {
        run: trial.run.clone(),
        runs_in: trial.runs_in.clone(),
        identities: trial.identities.to_vec(),
        verdict,
        why: [wrong, open].concat(),
        roles: identities.iter().flat_map(|it| used(it, &actions, plan, catalog)).collect(),
        never_seen: never_seen(&identities, &actions),
        before: Some(before),
        after: Some(after),
        actions,
    }
}

/// A managed identity and an application go by the name that they are planned under.
fn is_named(identity: &PlannedIdentity, who: &str) -> bool {
    let name = identity.address.0.rsplit_once('.').map_or("", |(_, name)| name);
    name.eq_ignore_ascii_case(who)
}

/// Whether an action changes nothing.
pub fn is_read(action: &str) -> bool {
    action.to_ascii_lowercase().ends_with("/read")
}

fn outcome(ran: &Ran) -> Outcome {
    let mut outcome = Outcome { exit: ran.exit, ..Outcome::default() };
    let mut elsewhere = BTreeSet::new();
    for it in &ran.seen {
        if it.method == "CONNECT" && !BESIDE.contains(&it.host.as_str()) {
            elsewhere.insert(it.host.clone());
        }
        let Some((name, scope)) = &it.action else { continue };
        outcome.as_whom.extend(it.who.clone().filter(|who| !outcome.as_whom.contains(who)));
        match it.error.as_deref() {
            Some(NO_MFA) if outcome.refused.is_none() => {
                let (action, scope) = (name.clone(), scope.clone());
                outcome.refused = Some(Action { action, scope, allowed: true });
            }
            _ if it.status >= 400 => {}
            _ if is_read(name) => outcome.reads += 1,
            _ => outcome.writes += 1,
        }
    }
    outcome.elsewhere = elsewhere.into_iter().collect();
    outcome
}

/// What a run did, each action on each scope once.
fn actions(ran: &Ran) -> Vec<Action> {
    let mut found: Vec<Action> = Vec::new();
    for it in &ran.seen {
        let Some((action, scope)) = &it.action else { continue };
        let same = |it: &&mut Action| {
            it.action.eq_ignore_ascii_case(action) && it.scope.0.eq_ignore_ascii_case(&scope.0)
        };
        let allowed = it.error.as_deref() != Some(NO_ROLE);
        match found.iter_mut().find(same) {
            Some(it) => it.allowed &= allowed,
            None => found.push(Action { action: action.clone(), scope: scope.clone(), allowed }),
        }
    }
    found
}

fn used(
    identity: &PlannedIdentity,
    actions: &[Action],
    plan: &Plan,
    catalog: &Catalog,
) -> Vec<Role> {
    let roles = identity.roles.iter().map(|it| {
        let permissions = permissions(&it.role, plan, catalog);
        let scope = Scope(it.scope.clone());
        let allows = |it: &&Action| {
            it.allowed && roles::contains(&scope, &it.scope) && roles::may(&permissions, &it.action)
        };
        let mut seen: Vec<String> = Vec::new();
        for it in actions.iter().filter(allows) {
            if !seen.iter().any(|known| known.eq_ignore_ascii_case(&it.action)) {
                seen.push(it.action.clone());
            }
        }
        Role { role: it.role.clone(), scope, actions: seen }
    });
    roles.collect()
}

/// What a role allows: one that is built in, or one that the plan makes.
fn permissions(role: &str, plan: &Plan, catalog: &Catalog) -> Vec<Permission> {
    let own = plan.resources().find_map(|(_, it)| match it {
        Resource::CustomRole(it) if it.name == role => Some(Permission {
            actions: it.actions.clone(),
            data_actions: it.data_actions.clone(),
            ..Permission::default()
        }),
        _ => None,
    });
    match own {
        Some(own) => vec![own],
        None => catalog.role(role).map(|it| it.permissions).unwrap_or_default(),
    }
}

/// What commands ask for, and did not while they ran.
fn never_seen(identities: &[&PlannedIdentity], actions: &[Action]) -> Vec<String> {
    let asked = identities.iter().flat_map(|it| &it.custom_roles).flat_map(|it| &it.actions);
    let is_new = |it: &&String| !actions.iter().any(|seen| seen.action.eq_ignore_ascii_case(it));
    let all: BTreeSet<String> = asked.filter(is_new).cloned().collect();
    all.into_iter().collect()
}

/// How a run ended, for people.
fn ended(ran: &Ran) -> String {
    let code = match ran.exit {
        Some(code) => format!("exit code {code}"),
        None => "it took too long, or printed too much, and was stopped".to_owned(),
    };
    let lines: Vec<&str> = ran.said.lines().map(str::trim).filter(|it| !it.is_empty()).collect();
    let last = lines[lines.len().saturating_sub(LAST_LINES)..].join(" / ");
    if last.is_empty() { code } else { format!("{code}, after: {last}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::PlannedRole;

    const APP: &str = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Web/sites/app";
    const WRITE: &str = "Microsoft.Web/sites/config/Write";

    fn seen(who: &str, action: &str, error: &str) -> Seen {
        Seen {
            method: "PUT".to_owned(),
            host: "management.azure.com".to_owned(),
            status: if error.is_empty() { 200 } else { 403 },
            who: Some(who.to_owned()),
            action: Some((action.to_owned(), Scope(format!("{APP}/config/web")))),
            error: (!error.is_empty()).then(|| error.to_owned()),
        }
    }

    fn ran(exit: i32, seen: Vec<Seen>) -> Ran {
        Ran { exit: Some(exit), seen, said: "it was said\n".to_owned() }
    }

    fn refused() -> Ran {
        ran(1, vec![seen("svc@contoso.com", WRITE, NO_MFA)])
    }

    fn judged(before: Ran, after: Ran) -> Proof {
        let role = PlannedRole {
            role: "Website Contributor".to_owned(),
            scope: APP.to_owned(),
            because: String::new(),
            asked: Vec::new(),
            beyond: None,
            condition: None,
            warning: None,
        };
        let exact = crate::roles::ExactRole {
            scope: Scope(APP.to_owned()),
            assignable_scopes: Vec::new(),
            actions: vec![WRITE.to_owned(), "Microsoft.Web/sites/restart/Action".to_owned()],
            data_actions: Vec::new(),
            condition: None,
            asked: Vec::new(),
            warning: None,
        };
        let address = Address("identity.id-web".to_owned());
        let identity = PlannedIdentity {
            address: address.clone(),
            kind: String::new(),
            because: String::new(),
            not: Vec::new(),
            workloads: Vec::new(),
            users: Vec::new(),
            roles: vec![role],
            custom_roles: vec![exact],
            doubts: Vec::new(),
        };
        let plan = Plan { identities: vec![identity], ..Plan::default() };
        let (run, runs_in) = ("deploy.sh".to_owned(), "a script".to_owned());
        let identities = &[address];
        let trial = Trial { run, runs_in, is_blocked: true, identities, before, after };
        judge(&trial, &plan, &Catalog::default())
    }

    #[test]
    fn refused_and_then_done_is_proven() {
        let after = ran(0, vec![seen("id-web", WRITE, ""), seen("id-web", WRITE, "")]);
        let proof = judged(refused(), after);
        assert_eq!((proof.verdict, proof.why.as_slice()), (Verdict::Proven, [].as_slice()));
        assert_eq!(proof.roles[0].actions, [WRITE]);
        assert_eq!(proof.never_seen, ["Microsoft.Web/sites/restart/Action"]);
        assert_eq!(proof.after.map(|it| it.writes), Some(2));
    }

    #[test]
    fn an_action_that_no_role_allows_is_named() {
        let proof =
            judged(refused(), ran(1, vec![seen("id-web", "Microsoft.Web/sites/Delete", NO_ROLE)]));
        assert_eq!(proof.verdict, Verdict::Failed);
        assert_eq!(proof.why[0], "no planned role allows Microsoft.Web/sites/Delete on web");
        assert!(proof.roles[0].actions.is_empty());
    }

    #[test]
    fn whoever_still_signs_in_as_a_user_has_proven_nothing() {
        let proof = judged(refused(), ran(0, vec![seen("svc@contoso.com", WRITE, "")]));
        assert_eq!(proof.why, ["it still asks Azure as svc@contoso.com"]);
        assert_eq!(judged(refused(), ran(0, Vec::new())).verdict, Verdict::Failed);
    }

    #[test]
    fn what_does_not_come_to_its_first_write_is_not_proven() {
        let after = || ran(0, vec![seen("id-web", WRITE, "")]);
        let proof = judged(ran(127, Vec::new()), after());
        assert_eq!(proof.verdict, Verdict::Unproven);
        assert!(proof.why[0].ends_with("exit code 127, after: it was said"), "{:?}", proof.why);
    }

    #[test]
    fn a_client_that_fails_by_itself_proves_nothing() {
        let said = format!("KeyError: 'sku'\nTo check existing issues, please visit: {CRASH}\n");
        let after = || ran(1, vec![seen("id-web", WRITE, "")]);
        assert_eq!(judged(refused(), Ran { said, ..after() }).verdict, Verdict::Unproven);
        assert_eq!(judged(refused(), after()).verdict, Verdict::Failed);
    }

    #[test]
    fn a_host_that_nobody_stands_for_proves_nothing() {
        let outside = Seen {
            method: "CONNECT".to_owned(),
            host: "contoso.azurecr.io".to_owned(),
            ..Seen::default()
        };
        let proof = judged(refused(), ran(1, vec![seen("id-web", WRITE, ""), outside]));
        assert_eq!(proof.verdict, Verdict::Unproven);
        assert!(proof.why[0].contains("contoso.azurecr.io"), "{:?}", proof.why);
    }
}
