//! `workid plan` and `workid show`

use super::{
    Exit, Failure, Format, Output, Result, Tenant,
    repository::{Paths, Scanned},
    rewrite::{self, Rewritten},
    session::{self, Session, check_tenant},
};
use crate::{
    disk, export, observe,
    plan::{self, Inputs, Plan, format},
    report::Report,
    resource::Cloud,
    rewrite::Templates,
    text::Excerpt,
};
use clap::Args;
use std::path::{Path, PathBuf};

pub(super) const PLAN_FILE: &str = "workid.plan.json";

/// Plan a workload identity for each sign-in; makes nothing
///
/// Scans the files, asks the tenant what is there and what the user may do, and writes down what
/// is to be made, with which rights, and how the files are to change.
#[derive(Args)]
#[command(after_help = "\
Examples:
  workid plan . --resource-group rg-identities
  workid plan . --subscription 00000000-0000-0000-0000-000000000000 --out deploy.plan.json
  workid plan . --offline

Exit code 1 means that changes are planned, 3 that something is left to a person.")]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) planning: Planning,
    #[command(flatten)]
    tenant: Tenant,
    /// Where to write the plan
    #[arg(long, value_name = "FILE", default_value = PLAN_FILE)]
    out: PathBuf,
    /// Ask nobody, and say what was assumed; such a plan cannot be applied
    #[arg(long, conflicts_with = "sandbox")]
    offline: bool,
    /// How to print the plan
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What a plan is made of.
#[derive(Args, Clone)]
pub(super) struct Planning {
    #[command(flatten)]
    pub(super) paths: Paths,
    /// The subscription's ID [default: the only one that you may read]
    #[arg(long, value_name = "ID")]
    pub(super) subscription: Option<String>,
    /// The tenant's ID or domain; another one is refused
    #[arg(long, value_name = "ID")]
    pub(super) tenant: Option<String>,
    /// Where identities are made
    #[arg(long, value_name = "NAME")]
    pub(super) resource_group: Option<String>,
    /// The location of new identities [default: that of the resource group]
    #[arg(long, value_name = "NAME")]
    pub(super) location: Option<String>,
    /// Templates of your own, in the places of those that are built in: see docs/configuration.md
    #[arg(long, value_name = "FOLDER")]
    pub(super) templates: Option<PathBuf>,
}

/// Show a plan: identities, credentials, roles, edits, and what is left to a person
#[derive(Args)]
#[command(after_help = "\
Examples:
  workid show workid.plan.json
  workid show workid.plan.json --hand-over
  workid show workid.plan.json --format json | jq .plan.identities")]
pub(super) struct ShowArguments {
    /// The plan
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    /// Only the commands of the Azure CLI that make it, for each who has to approve a part
    #[arg(long)]
    hand_over: bool,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit> {
    let ask = !arguments.offline && !arguments.tenant.sandbox;
    let mut scanned = scanned(&arguments.planning, ask, output)?;
    let plan = if arguments.offline {
        let observed = plan::unobserved(&scanned.repository.config);
        made(&mut scanned, &observed, true, &session::cloud(&arguments.tenant)?)?
    } else {
        let session = Session::open(&arguments.tenant, &arguments.out, output)?;
        observed_plan(&mut scanned, &session, output)?
    };
    disk::write_file(&arguments.out, &format::write(&plan))?;
    let rewritten = rewrite::previews(&plan, &scanned.sources, &scanned.scan);
    print(&plan, &rewritten, &arguments.out, arguments.format, output)?;
    output.note(&format!(
        "Nothing has been made or changed. The plan is in {}.",
        arguments.out.display()
    ))?;
    Ok(exit(&plan))
}

pub(super) fn show(arguments: &ShowArguments, output: &mut Output) -> Result<Exit> {
    let plan = session::read_plan(&arguments.plan)?;
    if arguments.hand_over {
        return hand_over(&plan, arguments.format, output);
    }
    let (sources, scan) = rewrite::planned_files(&plan, output)?;
    let rewritten = rewrite::previews(&plan, &sources, &scan);
    print(&plan, &rewritten, &arguments.plan, arguments.format, output)?;
    Ok(exit(&plan))
}

fn hand_over(plan: &Plan, format: Format, output: &Output) -> Result<Exit> {
    let all = export::hand_over(plan, |_| true);
    if format == Format::Json {
        output.line(&serde_json::json!({ "version": 1, "hand_over": all }).to_string())?;
    } else {
        output.hand_over(&all)?;
    }
    Ok(exit(plan))
}

/// Reads the files, with the configuration as the command line states it.
pub(super) fn scanned(planning: &Planning, ask: bool, output: &mut Output) -> Result<Scanned> {
    let mut scanned = Scanned::read_asking(&planning.paths, ask, output)?;
    let config = &mut scanned.repository.config;
    for (stated, entry) in [
        (&planning.subscription, &mut config.subscription),
        (&planning.tenant, &mut config.tenant),
        (&planning.resource_group, &mut config.resource_group),
        (&planning.location, &mut config.location),
    ] {
        if stated.is_some() {
            entry.clone_from(stated);
        }
    }
    let stated = config.templates.as_ref().map(|it| Path::new(&scanned.root).join(it));
    if let Some(folder) = planning.templates.clone().or(stated) {
        scanned.templates = templates(&folder)?;
    }
    Ok(scanned)
}

/// The built-in templates, and in their places those of a folder.
fn templates(folder: &Path) -> Result<Templates> {
    let mut templates = Templates::default();
    for (path, text) in disk::read_folder(folder)? {
        templates.replace(&path, text).map_err(|it| {
            Failure::new(Exit::Files, format!("{}: {it}", folder.display()))
                .hint("docs/configuration.md tells what templates may ask for.")
        })?;
    }
    Ok(templates)
}

/// A plan against the tenant as it is.
pub(super) fn observed_plan(
    scanned: &mut Scanned,
    session: &Session,
    output: &Output,
) -> Result<Plan> {
    let config = &scanned.repository.config;
    let question = plan::question(&scanned.scan, config, session.window.clone());
    let observed = session.observe(&question, output)?;
    if let Some(wanted) = &config.tenant {
        check_tenant(wanted, &observed)?;
    }
    let mut plan = made(scanned, &observed, false, session.azure.cloud())?;
    let looked = observe::look(plan.resources(), &session.azure)?;
    plan.settle(&looked);
    Ok(plan)
}

pub(super) fn made(
    scanned: &mut Scanned,
    observed: &observe::Observed,
    offline: bool,
    cloud: &Cloud,
) -> Result<Plan> {
    let plan = plan::plan(&Inputs {
        scan: &scanned.scan,
        sources: &scanned.sources,
        repository: &scanned.repository,
        templates: &scanned.templates,
        observed,
        offline,
        root: &scanned.root,
        prefix: &scanned.name,
        cloud,
    });
    Ok(plan?)
}

fn print(
    plan: &Plan,
    rewritten: &[Rewritten],
    path: &Path,
    format: Format,
    output: &Output,
) -> Result<()> {
    let diffs: Vec<Excerpt> = rewritten.iter().map(Rewritten::diff).collect();
    let next = next(plan, path);
    let report = Report {
        plan: Some(plan),
        diffs: &diffs,
        verbose: output.verbose,
        next,
        ..Report::default()
    };
    output.report(&report, format.name())
}

fn next(plan: &Plan, path: &Path) -> Option<String> {
    if plan.offline {
        return None;
    }
    let command = if plan.to_make().next().is_some() { "apply" } else { "rewrite" };
    (!plan.steps.is_empty() || !plan.drafts.is_empty())
        .then(|| format!("workid {command} {}", path.display()))
}

fn exit(plan: &Plan) -> Exit {
    if !plan.left.is_empty() {
        Exit::Left
    } else if plan.drafts.is_empty() && plan.to_make().next().is_none() {
        Exit::Done
    } else {
        Exit::Found
    }
}
