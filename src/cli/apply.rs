//! `workid apply`

use super::{
    Exit, Failure, Format, Output, Pace, Result, Tenant,
    output::confirm,
    session::{self, Session},
};
use crate::{
    apply::{
        self, Progress,
        journal::Journal,
        preflight::{Preflight, Problem},
    },
    export::{self, HandOver},
    plan::Plan,
    resource::{Address, Known},
};
use clap::Args;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// Make what a plan says: identities, credentials, role assignments
///
/// Looks before it makes, so that nothing is made twice, and keeps a journal, so that it can be
/// stopped at any moment, run again, and undone.
#[derive(Args)]
#[command(after_help = "\
Examples:
  workid apply workid.plan.json
  workid apply workid.plan.json --check
  workid apply workid.plan.json --yes --journal deploy.journal.jsonl

Whatever keeps the plan from being made is told before anything is made, all of it at once. With --check, exit
code 1 means that there is something.")]
pub(super) struct Arguments {
    /// The plan
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    /// Where to write down what is made [default: workid.journal.jsonl, beside the plan]
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Only look whether everything can be made: rights, drift, names, limits; makes nothing
    #[arg(long)]
    check: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    tenant: Tenant,
    #[command(flatten)]
    pace: Pace,
    /// How to print what was made
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit> {
    let plan = session::read_plan(&arguments.plan)?;
    let mut session = Session::open(&arguments.tenant, &arguments.plan, output)?;
    session.pace(&arguments.pace, output.waiting());
    session.check(&plan, output)?;
    let journal = session::journal_path(arguments.journal.as_deref(), &arguments.plan);
    let file = session::open_journal(&journal, Some(&plan.tenant.id), output)?;
    let found = session.preflight(&plan, file.entries(), output);
    if arguments.check {
        return check(&found, &plan, &session, arguments.format, output);
    }
    refuse(&found, &plan, &session)?;
    let ours = without_others(&plan, &found);
    if !confirm(&question(&ours), arguments.yes || arguments.tenant.sandbox)? {
        output.note("Nothing was made.")?;
        return Ok(Exit::Found);
    }
    let known = make(&ours, &session, &journal, arguments.format, output)?;
    if arguments.format == Format::Json {
        let made = serde_json::json!({ "version": 1, "journal": journal, "resources": known });
        output.line(&made.to_string())?;
    }
    let left = left_to_others(&plan, &found, output)?;
    output.note(&format!("Next: workid rewrite {}", arguments.plan.display()))?;
    Ok(if left { Exit::Left } else { Exit::Done })
}

/// The plan without what others have to do.
pub(super) fn without_others(plan: &Plan, found: &Preflight) -> Plan {
    let others = found.left_to_others();
    plan.with_steps(|it| !others.contains(it))
}

/// Tells what others have to do, as commands, and whether there is something.
pub(super) fn left_to_others(plan: &Plan, found: &Preflight, output: &Output) -> Result<bool> {
    let others = found.left_to_others();
    let all = export::hand_over(plan, |it| others.contains(&it.address));
    for it in
        found.problems.iter().filter(|it| it.step.as_ref().is_some_and(|it| others.contains(it)))
    {
        output.note(&format!("left to others: {}: {}. {}.", it.title, it.what, it.advice))?;
    }
    for HandOver { approver, commands, .. } in &all {
        output.note(&format!("For {}:", approver.title()))?;
        for it in commands {
            output.note(&format!("  {it}"))?;
        }
    }
    Ok(!all.is_empty())
}

/// Prints what stands in the way, and what could not be asked.
fn check(
    found: &Preflight,
    plan: &Plan,
    session: &Session,
    format: Format,
    output: &Output,
) -> Result<Exit> {
    let exit = if found.problems.is_empty() { Exit::Done } else { Exit::Found };
    if format == Format::Json {
        let mut written = serde_json::to_value(found).expect("a preflight has only text for keys");
        written["version"] = 1.into();
        written["hand_over"] =
            serde_json::to_value(hand_over(found, plan)).expect("it has only text for keys");
        output.line(&written.to_string())?;
        return Ok(exit);
    }
    let who = match found.operator.is_user {
        Some(true) => "the user",
        Some(false) => "the application",
        None => "",
    };
    output.line(&format!(
        "Asked as {who} {} in {} ({}), by {}, in {}",
        found.operator.name,
        plan.tenant.name,
        plan.subscription.name,
        session.azure.signed_in_by(),
        session.azure.cloud().name
    ))?;
    for line in problems(found, plan, session) {
        output.line(&format!("  {line}"))?;
    }
    output.hand_over(&hand_over(found, plan))?;
    for it in &found.unchecked {
        output.line(&format!("  not asked: {it}"))?;
    }
    let n = found.problems.len();
    output.line(&match n {
        0 => format!("Nothing stands in the way of {} steps.", found.steps),
        1 => "1 problem.".to_owned(),
        n => format!("{n} problems."),
    })?;
    Ok(exit)
}

/// What others have to do, as commands.
fn hand_over(found: &Preflight, plan: &Plan) -> Vec<HandOver> {
    let others: BTreeSet<&Address> = found.for_others().collect();
    export::hand_over(plan, |it| others.contains(&it.address))
}

fn problems(found: &Preflight, plan: &Plan, session: &Session) -> Vec<String> {
    let line = |it: &Problem| {
        let advice = session.filled(&it.advice, &plan.tenant.id);
        format!("{}: {}. {advice}.", it.title, it.what)
    };
    found.problems.iter().map(line).collect()
}

/// Nothing is made as long as something stands in the way.
pub(super) fn refuse(found: &Preflight, plan: &Plan, session: &Session) -> Result<()> {
    if !found.stops() {
        return Ok(());
    }
    let mut failure = Failure::new(Exit::Refused, "the plan cannot be made, and nothing of it was");
    failure.causes = problems(found, plan, session);
    Err(failure.hint(
        "Run the same command again once that is done. --check tells what is left, with the commands for those who may.",
    ))
}

pub(super) fn question(plan: &Plan) -> String {
    let n = plan.to_make().count();
    let things = if n == 1 { "thing" } else { "things" };
    format!("This makes {n} {things} in {} ({}). Go on?", plan.subscription.name, plan.tenant.name)
}

/// Makes it, with a line for each thing.
pub(super) fn make(
    plan: &Plan,
    session: &Session,
    journal: &Path,
    format: Format,
    output: &Output,
) -> Result<Known> {
    let mut file = session::open_journal(journal, Some(&plan.tenant.id), output)?;
    let spinner = output.spinner("Looking at what is there");
    let mut made = 0;
    let mut pipe = Ok(());
    let known = apply::apply(plan, &mut file, &session.azure, &mut |it| {
        if let Progress::Making(title) = &it {
            spinner.set_message(format!("Making {title}"));
        }
        made += usize::from(matches!(it, Progress::Made(_)));
        let line = spinner.suspend(|| output.progress(&it, format));
        // What is under way is finished, even if nobody reads of it any more.
        pipe = std::mem::replace(&mut pipe, Ok(())).and(line);
    });
    spinner.finish_and_clear();
    let known = known.map_err(|it| session.explain(Failure::from(it), &plan.tenant.id));
    let known = known.inspect_err(|_| {
        let _ = output.note(&format!(
            "What was made so far is in {}. Run the same command again to go on: nothing is made twice.",
            journal.display()
        ));
    })?;
    pipe?;
    output.note(&format!(
        "{made} made, {} there already. Journal: {}",
        plan.steps.len() - made,
        journal.display()
    ))?;
    Ok(known)
}
