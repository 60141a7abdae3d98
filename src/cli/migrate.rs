//! `workid migrate`

use super::{
    Exit, Format, Output, Pace, Result, Tenant, apply,
    output::confirm,
    plan::{PLAN_FILE, Planning, observed_plan, scanned},
    repository, rewrite, session,
    session::Session,
    verify,
};
use crate::{
    apply::journal::Journal,
    disk::{self, Before, Tree},
    plan::format,
    report::Report,
    text::{Excerpt, Source},
};
use clap::Args;
use std::path::PathBuf;

/// The whole way: plan, show, confirm, apply, rewrite, verify
///
/// Files are changed only with --write. Without it the changes are shown, and what is scanned again
/// is the rewritten text in memory.
#[derive(Args)]
#[command(after_help = "\
Examples:
  workid migrate . --sandbox
  workid migrate . --resource-group rg-identities
  workid migrate . --resource-group rg-identities --yes --write")]
pub(super) struct Arguments {
    #[command(flatten)]
    planning: Planning,
    #[command(flatten)]
    tenant: Tenant,
    #[command(flatten)]
    pace: Pace,
    /// Where to write the plan; the journal goes beside it
    #[arg(long, value_name = "FILE", default_value = PLAN_FILE)]
    out: PathBuf,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// Change the files: what is safe, or also what a person is to review
    #[arg(long, value_enum, num_args = 0..=1, require_equals = true,
          default_missing_value = "safe", value_name = "WHAT")]
    write: Option<rewrite::Write>,
    /// How to print what is done
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit> {
    let human = arguments.format == Format::Human;
    let mut scanned = scanned(&arguments.planning, !arguments.tenant.sandbox, output)?;
    let verbose = output.verbose;
    let found = scanned.scan.running().chain(scanned.scan.attended()).next().is_some();
    if human || !found {
        let report = Report { scan: Some(&scanned.scan), verbose, ..Report::default() };
        output.report(&report, arguments.format.name())?;
    }
    if !found {
        return Ok(Exit::Done);
    }
    let mut session = Session::open(&arguments.tenant, &arguments.out, output)?;
    session.pace(&arguments.pace, output.waiting());
    let plan = observed_plan(&mut scanned, &session, output)?;
    let journal = session::journal_path(None, &arguments.out);
    let mut ours = plan.clone();
    let mut left = false;
    disk::write_file(&arguments.out, &format::write(&plan))?;
    if human {
        heading("Plan", output)?;
        output.report(&Report { plan: Some(&plan), verbose, ..Report::default() }, "human")?;
    }
    if plan.to_make().next().is_some() {
        let file = session::open_journal(&journal, Some(&plan.tenant.id), output)?;
        let found = session.preflight(&plan, file.entries(), output);
        apply::refuse(&found, &plan, &session)?;
        ours = apply::without_others(&plan, &found);
        left = apply::left_to_others(&plan, &found, output)?;
        if !confirm(&apply::question(&ours), arguments.yes || arguments.tenant.sandbox)? {
            output
                .note(&format!("Nothing was made. The plan is in {}.", arguments.out.display()))?;
            return Ok(Exit::Found);
        }
        if human {
            heading("Apply", output)?;
        }
    }
    let known = apply::make(&ours, &session, &journal, arguments.format, output)?;

    let sound = rewrite::sound(plan.clone(), &known, &scanned.sources, &scanned.scan, output)?;
    let rewritten = rewrite::rewritten(&sound, &known, &scanned.sources, &scanned.scan);
    let diffs: Vec<Excerpt> = rewritten.iter().map(rewrite::Rewritten::diff).collect();
    if human {
        heading("Rewrite", output)?;
        output.report(&Report { diffs: &diffs, verbose, ..Report::default() }, "human")?;
    }
    let changed = |source: &Source| {
        let it = rewritten.iter().find(|it| it.before.path == source.path);
        it.map_or_else(|| source.clone(), |it| source.with_text(&it.after()))
    };
    let (again, _) = if let Some(what) = arguments.write {
        let wanted = rewrite::wanted(&sound, what);
        let files = rewrite::rewritten(&wanted, &known, &scanned.sources, &scanned.scan);
        let mut file = session::open_journal(&journal, Some(&plan.tenant.id), output)?;
        rewrite::write(&plan, &files, &mut file, &Before::beside(&journal), output)?;
        rewrite::left_to_review(&sound, &wanted, &arguments.out, output)?;
        let mut tree = Tree::open(&arguments.planning.paths.paths, &|_| ())?;
        repository::scan_files(&mut tree, &scanned.repository, output)
    } else {
        let changed: Vec<Source> = scanned.sources.iter().map(changed).collect();
        repository::scan_files(&mut changed.as_slice(), &scanned.repository, output)
    };
    let checks = verify::checks(&plan, &session, &again, &journal, output)?;
    let report = if human {
        heading("Verify", output)?;
        Report { checks: Some(&checks), verbose, ..Report::default() }
    } else {
        Report {
            scan: Some(&scanned.scan),
            plan: Some(&plan),
            diffs: &diffs,
            checks: Some(&checks),
            verbose,
            ..Report::default()
        }
    };
    output.report(&report, arguments.format.name())?;
    if arguments.write.is_none() {
        output.note(&format!(
            "No file has been changed. To change them: workid rewrite {} --write",
            arguments.out.display()
        ))?;
    }
    let exit = verify::exit(&plan, &checks);
    Ok(if left && exit == Exit::Done { Exit::Left } else { exit })
}

fn heading(text: &str, output: &Output) -> Result<()> {
    let style = anstyle::Style::new().bold();
    output.line(&format!("\n{style}{text}{style:#}"))
}
