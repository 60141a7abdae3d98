//! `workid apply`

use super::{
    Exit, Format, Output, Result, Tenant,
    output::confirm,
    session::{self, Session},
};
use crate::{
    apply::{self, Progress},
    plan::Plan,
    resource::Known,
};
use clap::Args;
use std::path::{Path, PathBuf};

/// Make what a plan says: identities, credentials, role assignments
///
/// Looks before it makes, so that nothing is made twice, and keeps a journal, so that it can be
/// stopped at any moment, run again, and undone.
#[derive(Args)]
#[command(after_help = "\
Examples:
  workid apply workid.plan.json
  workid apply workid.plan.json --yes --journal deploy.journal.jsonl")]
pub(super) struct Arguments {
    /// The plan
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    /// Where to write down what is made [default: workid.journal.jsonl, beside the plan]
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    tenant: Tenant,
    /// How to print what was made
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit> {
    let plan = session::read_plan(&arguments.plan)?;
    let session = Session::open(&arguments.tenant, &arguments.plan, output)?;
    session.check(&plan, output)?;
    let journal = session::journal_path(arguments.journal.as_deref(), &arguments.plan);
    if !confirm(&question(&plan), arguments.yes || arguments.tenant.sandbox)? {
        output.note("Nothing was made.")?;
        return Ok(Exit::Found);
    }
    let known = make(&plan, &session, &journal, arguments.format, output)?;
    if arguments.format == Format::Json {
        let made = serde_json::json!({ "version": 1, "journal": journal, "resources": known });
        output.line(&made.to_string())?;
    }
    output.note(&format!("Next: workid rewrite {}", arguments.plan.display()))?;
    Ok(Exit::Done)
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
