//! `workid verify`

use super::{
    Exit, Format, Output, Result, Tenant,
    repository::{Paths, Scanned},
    session::{self, Session},
};
use crate::{
    apply::journal::Journal,
    plan::Plan,
    report::Report,
    scan::Scan,
    verify::{self, Check},
};
use clap::Args;
use std::{
    path::{Path, PathBuf},
    thread,
};

/// Prove that a plan is done: scan again, and read every object back
#[derive(Args)]
#[command(after_help = "\
Examples:
  workid verify workid.plan.json
  workid verify workid.plan.json --format json

Exit code 1 means that a check failed, 3 that all passed and something is left to a person.")]
pub(super) struct Arguments {
    /// The plan
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    #[command(flatten)]
    tenant: Tenant,
    /// The journal of what was made [default: workid.journal.jsonl, beside the plan]
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Sign-ins that are known, and not to be reported: what `scan --write-baseline` wrote
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// What commands ask of Azure and what roles allow, before what is built in: see docs/formats.md
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// How to print the checks
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit> {
    let plan = session::read_plan(&arguments.plan)?;
    let session = Session::open(&arguments.tenant, &arguments.plan, output)?;
    session.check(&plan, output)?;
    let root = if plan.root.is_empty() { Path::new(".") } else { Path::new(&plan.root) };
    let (baseline, data) = (arguments.baseline.clone(), arguments.data.clone());
    let paths = Paths { paths: vec![root.to_owned()], config: None, baseline, data };
    let scanned = Scanned::read(&paths, output)?;
    let journal = session::journal_path(arguments.journal.as_deref(), &arguments.plan);
    let checks = checks(&plan, &session, &scanned.scan, &journal, output)?;
    output.report(
        &Report { checks: Some(&checks), verbose: output.verbose, ..Report::default() },
        arguments.format.name(),
    )?;
    Ok(exit(&plan, &checks))
}

pub(super) fn checks(
    plan: &Plan,
    session: &Session,
    scan: &Scan,
    journal: &Path,
    output: &Output,
) -> Result<Vec<Check>> {
    let file = session::open_journal(journal, Some(&plan.tenant.id), output)?;
    let mut said = Ok(());
    let looked = verify::look(plan, file.entries(), &session.azure, &mut |late, pause| {
        let more = match late.len() {
            0 | 1 => String::new(),
            n => format!(" and {} more", n - 1),
        };
        let first = late.first().map_or("", String::as_str);
        let text = format!(
            "Not shown yet, though it was made: {first}{more}. Looked at again in {} s.",
            pause.as_secs()
        );
        said = std::mem::replace(&mut said, Ok(())).and(output.note(&text));
        thread::sleep(pause);
    })?;
    said?;
    Ok([verify::objects(plan, &looked), verify::files(plan, scan)].concat())
}

pub(super) fn exit(plan: &Plan, checks: &[Check]) -> Exit {
    if checks.iter().any(|it| !it.passed) {
        Exit::Found
    } else if plan.left.is_empty() {
        Exit::Done
    } else {
        Exit::Left
    }
}
