//! `workid prove`

mod copy;
mod group;
mod play;
mod stage;

use super::{
    Exit, Failure, Format, Output, Result,
    repository::{Paths, Scanned},
    rewrite, session,
};
use crate::{
    impact::Impact,
    plan::{Plan, PlannedSite},
    prove::{Proof, Trial, Verdict, judge},
    report::Report,
    resource::Address,
};
use clap::Args;
use play::Play;
use stage::Stage;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// Run scripts as they were and as they are to be, against the embedded tenant
///
/// Each script that is named runs twice, in two copies of the scanned folder: as it is, which a
/// tenant that demands MFA refuses at its first write; and as the plan rewrites it, where it signs in
/// as the planned identity and does its work with the planned roles, or the action is named that they
/// do not allow. Azure is the embedded tenant, in which the plan is made first. Nothing is written to
/// the scanned folder, and nothing is run that is not named.
#[derive(Args)]
#[command(after_help = "\
Examples:
  workid prove workid.plan.json --run 'scripts/deploy.sh site.zip'
  workid prove workid.plan.json --run .github/workflows/deploy.yml --stub npm,zip
  workid prove workid.plan.json --run 'make -C ops deploy' --env REGION=japaneast --format json

What is named is a pipeline, whose jobs with a sign-in of the plan are played step by step, or else a command, run in
the root of the copy. It runs with your rights on this machine, as any command of yours does: name what you trust.
Exit code 1 means that a proof failed, 3 that something could not be proven.")]
pub(super) struct Arguments {
    /// The plan
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    /// What to run: a command, or a pipeline's file; can be given several times
    #[arg(long, value_name = "COMMAND", required = true)]
    run: Vec<String>,
    /// Programs that do nothing, and do it well
    #[arg(long, value_name = "PROGRAM", value_delimiter = ',', value_parser = program)]
    stub: Vec<String>,
    /// A variable that the scripts find, beside those that their pipeline sets
    #[arg(long, value_name = "NAME=VALUE", value_parser = variable)]
    env: Vec<(String, String)>,
    /// How many seconds each run may take
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    timeout: u64,
    /// What the files cannot show [default: workid.yaml in the plan's folder]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How to print what came of it
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// The name of a program, which is looked up in `PATH`.
fn program(text: &str) -> std::result::Result<String, String> {
    match text.is_empty() || text.contains(['/', '\\']) {
        true => Err("it is a program's name, without its folder".to_owned()),
        false => Ok(text.to_owned()),
    }
}

fn variable(text: &str) -> std::result::Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("it is NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit> {
    let plan = session::read_plan(&arguments.plan)?;
    if plan.offline {
        let failure = Failure::new(Exit::Files, "this plan was made offline, and is for reading");
        return Err(failure.hint("Plan again without --offline, or with --sandbox"));
    }
    rewrite::planned_files(&plan, output)?;
    let root = if plan.root.is_empty() { Path::new(".") } else { Path::new(&plan.root) };
    let (baseline, data) = (None, None);
    let paths =
        Paths { paths: vec![root.to_owned()], config: arguments.config.clone(), baseline, data };
    let scanned = Scanned::read(&paths, output)?;
    let spinner = output.spinner("Making the plan in the embedded tenant");
    let stage = Stage::set(&plan, root, &scanned, output)?;
    spinner.finish_and_clear();
    let mut proofs = Vec::new();
    for named in &arguments.run {
        let plays = match Play::all(named, &stage, &scanned, &plan) {
            Ok(plays) => plays,
            Err(why) => {
                proofs.push(Proof::unproven(named, "", why));
                continue;
            }
        };
        for play in plays {
            let spinner = output.spinner(&format!("Running {named}"));
            proofs.push(prove(&play, &stage, arguments, &scanned, &plan, output)?);
            spinner.finish_and_clear();
        }
    }
    let report = Report { proofs: Some(&proofs), verbose: output.verbose, ..Report::default() };
    output.report(&report, arguments.format.name())?;
    let any = |verdict| proofs.iter().any(|it| it.verdict == verdict);
    Ok(match () {
        () if any(Verdict::Failed) => Exit::Found,
        () if any(Verdict::Unproven) => Exit::Left,
        () => Exit::Done,
    })
}

fn prove(
    play: &Play<'_>,
    stage: &Stage,
    arguments: &Arguments,
    scanned: &Scanned,
    plan: &Plan,
    output: &mut Output,
) -> Result<Proof> {
    let identities = identities(play, plan);
    let given = stage::Given {
        stubs: &arguments.stub,
        environment: &arguments.env,
        timeout: Duration::from_secs(arguments.timeout),
    };
    let mut ran = Vec::new();
    for (copy, acts) in [(&stage.before, &play.before), (&stage.after, &play.after)] {
        match acts {
            Ok(acts) => ran.push(stage.run(copy, acts, play, &identities, &given, output)?),
            Err(why) => return Ok(Proof::unproven(&play.run, &play.runs_in, why.clone())),
        }
    }
    let (Some(after), Some(before)) = (ran.pop(), ran.pop()) else {
        return Ok(Proof::unproven(&play.run, &play.runs_in, String::new()));
    };
    let trial = Trial {
        run: play.run.clone(),
        runs_in: play.runs_in.clone(),
        is_blocked: play.sites.iter().any(|it| it.impact == Impact::Blocked),
        identities: &identities,
        before,
        after,
    };
    Ok(judge(&trial, plan, &scanned.repository.catalog))
}

/// What takes the place of the users of a play's sites; of several, that which its workload gets.
fn identities(play: &Play<'_>, plan: &Plan) -> Vec<Address> {
    let is_one = |it: &&PlannedSite| {
        play.sites.iter().any(|site| site.path == it.path && site.start.line == it.line)
    };
    let of_sites: Vec<&Address> =
        plan.sites.iter().filter(is_one).flat_map(|it| &it.identities).collect();
    let planned = plan.identities.iter().filter(|it| of_sites.contains(&&it.address));
    let own = planned.clone().filter(|it| it.workloads.contains(&play.runs_in));
    let addresses: Vec<Address> = own.map(|it| it.address.clone()).collect();
    match addresses.is_empty() {
        true => planned.map(|it| it.address.clone()).collect(),
        false => addresses,
    }
}
