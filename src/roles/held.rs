//! Where what the commands need is not known in full: what the user holds, narrowed by what the
//! Activity Log shows that the user did.

use super::{Ask, Choice, Choices, Job, bound::bound, needed, stated::asked};
use crate::{
    catalog::Permission,
    config::Config,
    needs::{Need, Plane, Reach},
    observe::{Held, Log, Observed, Write},
    resource::Scope,
};

pub(super) fn choose(job: &Job<'_>, observed: &Observed, config: &Config) -> Choices {
    match &job.holder.log {
        Log::Read { writes, cut: false, since } if !writes.is_empty() => {
            narrowed(job, writes, since, observed, config)
        }
        log => as_held(job, log, config),
    }
}

/// Everything that the user holds.
fn as_held(job: &Job<'_>, log: &Log, config: &Config) -> Choices {
    let log = match log {
        Log::Unreadable(code) => format!("the Activity Log could not be read ({code})"),
        Log::Read { cut: true, .. } => "the Activity Log is too long to be read whole".to_owned(),
        Log::Read { since, .. } => format!("the Activity Log shows no write since {}", day(since)),
        Log::NotAsked => "the Activity Log was not read".to_owned(),
    };
    all(job, &format!("what is needed is not known: {}; {log}", job.gaps.join(", ")), config)
}

/// Everything that the user holds, for a reason.
pub(super) fn all(job: &Job<'_>, why: &str, config: &Config) -> Choices {
    let because = format!("{} holds it, and {why}", job.user);
    let mut choices = Choices::default();
    for held in &job.holder.holds {
        keep(&mut choices, held, job, &because, config);
    }
    choices
}

/// What the commands need as far as that is known, what the user wrote, and the right to look and
/// to work with data, which no log shows.
fn narrowed(
    job: &Job<'_>,
    writes: &[Write],
    since: &str,
    observed: &Observed,
    config: &Config,
) -> Choices {
    let mut asks = job.asks.clone();
    asks.extend(writes.iter().map(logged));
    let seen = Job { user: job.user, holder: job.holder, asks, gaps: Vec::new() };
    let mut choices = needed::choose(&seen, observed, config);
    choices.exact.clear();
    let gaps = job.gaps.join(", ");
    for choice in &mut choices.assigned {
        choice.because = format!(
            "{}; what is needed is not known ({gaps}), so what {} wrote since {} counts, too",
            choice.because,
            job.user,
            day(since)
        );
    }
    let because = format!("{} holds it, and the Activity Log shows no use of it", job.user);
    for held in &job.holder.holds {
        if is_of_data(&held.role.permissions) {
            keep(&mut choices, held, job, &because, config);
        } else if let Some(reader) = observed.roles.get("Reader")
            && may_look(&held.role.permissions)
            // What the user's own role leaves out, Reader does not.
            && let Some(condition) = bound(reader, &held.scope, &job.holder.holds)
        {
            let looking = Held { role: reader.clone(), condition, ..held.clone() };
            keep(&mut choices, &looking, job, &because, config);
        }
    }
    choices
}

fn keep(choices: &mut Choices, held: &Held, job: &Job<'_>, because: &str, config: &Config) {
    let choice = Choice {
        role: held.role.clone(),
        scope: held.scope.clone(),
        because: because.to_owned(),
        asked: asked(&job.asks, &held.role),
        beyond: None,
        condition: held.condition.clone(),
        warning: None,
    };
    choices.add(choice, false, config, Some(job));
}

fn logged(write: &Write) -> Ask {
    let (action, reach) = (write.action.clone(), on(&write.scope));
    Ask {
        need: Need { action, plane: Plane::Control, reach, option: None, sure: true },
        command: None,
    }
}

/// The resource group of what was written.
fn on(scope: &Scope) -> Reach {
    let parts: Vec<&str> = scope.0.split('/').collect();
    match parts.as_slice() {
        ["", "subscriptions", _, groups, group, ..]
            if groups.eq_ignore_ascii_case("resourceGroups") =>
        {
            Reach::ResourceGroup { subscription: None, group: (*group).to_owned() }
        }
        _ => Reach::Subscription(None),
    }
}

fn is_of_data(permissions: &[Permission]) -> bool {
    permissions.iter().any(|it| !it.data_actions.is_empty())
}

fn may_look(permissions: &[Permission]) -> bool {
    let mut patterns = permissions.iter().flat_map(|it| &it.actions);
    patterns.any(|it| it == "*" || it.eq_ignore_ascii_case("*/read"))
}

/// `2026-01-01` of `2026-01-01T00:00:00Z`
fn day(time: &str) -> &str {
    time.split('T').next().unwrap_or(time)
}
