//! `workid verify`

use super::{
    Exit, Format, Output, Result, Tenant,
    repository::{Paths, Scanned},
    session::{self, Session},
};
use crate::{
    observe,
    plan::Plan,
    report::Report,
    scan::Scan,
    verify::{self, Check},
};
use clap::Args;
use std::path::{Path, PathBuf};

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
    let checks = checks(&plan, &session, &scanned.scan)?;
    output.report(
        &Report { checks: Some(&checks), verbose: output.verbose, ..Report::default() },
        arguments.format.name(),
    )?;
    Ok(exit(&plan, &checks))
}

pub(super) fn checks(plan: &Plan, session: &Session, scan: &Scan) -> Result<Vec<Check>> {
    let looked = observe::look(plan.resources(), &session.azure)?;
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
