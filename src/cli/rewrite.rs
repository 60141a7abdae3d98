//! `workid rewrite`

use super::{Exit, Failure, Format, Output, Result, session};
use crate::{
    apply::journal::{self, Journal},
    disk,
    plan::Plan,
    platform::Repository,
    report::Report,
    resource::Known,
    scan::{self, Scan},
    text::{EditSet, Excerpt, Masks, Source},
};
use clap::Args;
use std::path::{Path, PathBuf};

/// Show how the files are to change, and change them
///
/// Only what the plan says is changed: encodings, line ends, indentation and comments stay. A file
/// that is not as it was when the plan was made is refused.
#[derive(Args)]
#[command(after_help = "\
Examples:
  workid rewrite workid.plan.json
  workid rewrite workid.plan.json --patch | git apply
  workid rewrite workid.plan.json --write

Exit code 1 means that there are changes to be written.")]
pub(super) struct Arguments {
    /// The plan
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    /// Change the files
    #[arg(long, conflicts_with = "patch")]
    write: bool,
    /// Print a patch that `git apply` takes
    #[arg(long)]
    patch: bool,
    /// The journal of what was made [default: workid.journal.jsonl, beside the plan]
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// How to print the changes
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// A file, and how it is to change.
pub(super) struct Rewritten {
    pub(super) before: Source,
    pub(super) edits: EditSet,
    masks: Masks,
}

impl Rewritten {
    pub(super) fn after(&self) -> String {
        self.edits.apply(self.before.raw())
    }

    pub(super) fn diff(&self) -> Excerpt {
        Excerpt::diff(&self.before, &self.edits, &self.masks)
    }
}

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit> {
    let plan = session::read_plan(&arguments.plan)?;
    let journal = session::journal_path(arguments.journal.as_deref(), &arguments.plan);
    let file = session::open_journal(&journal, Some(&plan.tenant.id), output)?;
    let mut known = plan.known();
    known.extend(journal::known(file.entries()));
    let (sources, scan) = planned_files(&plan, output)?;
    let waits = plan.edits(&known).values().any(Option::is_none);
    if (arguments.write || arguments.patch) && waits {
        let failure = Failure::new(
            Exit::Files,
            "the files wait for what only Azure can tell: the identities are not made yet",
        );
        return Err(failure.hint(format!("First: workid apply {}", arguments.plan.display())));
    }
    if !arguments.write && !arguments.patch {
        return show(arguments, &plan, &sources, &scan, &known, output);
    }
    let rewritten = rewritten(&plan, &known, &sources, &scan)?;
    if arguments.patch {
        let patches = rewritten.iter().map(patch).collect::<Result<Vec<Excerpt>>>()?;
        patches.iter().try_for_each(|it| output.print(it.as_str()))?;
        return Ok(if rewritten.is_empty() { Exit::Done } else { Exit::Found });
    }
    write(&plan, &rewritten, output)?;
    output.note(&format!("Next: workid verify {}", arguments.plan.display()))?;
    Ok(Exit::Done)
}

fn show(
    arguments: &Arguments,
    plan: &Plan,
    sources: &[Source],
    scan: &Scan,
    known: &Known,
    output: &Output,
) -> Result<Exit> {
    // A file that waits for apply is shown as it would be, and says what it waits for.
    let known_edits = plan.edits(known);
    let edits =
        |path: &str, preview: EditSet| known_edits.get(path).cloned().flatten().unwrap_or(preview);
    let rewritten = with_sources(
        plan.previews().into_iter().map(|(path, it)| (path.clone(), edits(&path, it))),
        sources,
        scan,
    );
    let diffs: Vec<Excerpt> = rewritten.iter().map(Rewritten::diff).collect();
    output.report(&Report { diffs: &diffs, ..Report::default() }, arguments.format.name())?;
    if diffs.is_empty() {
        output.note("No file is to be changed.")?;
        return Ok(Exit::Done);
    }
    output.note(&format!(
        "Nothing has been changed. Next: workid rewrite {} --write",
        arguments.plan.display()
    ))?;
    Ok(Exit::Found)
}

/// The files of a plan as they are now, each as the plan knows it.
pub(super) fn planned_files(plan: &Plan, output: &mut Output) -> Result<(Vec<Source>, Scan)> {
    let mut sources = Vec::new();
    for path in plan.files.keys() {
        let source = disk::read_source(Path::new(&plan.root), path)?;
        unchanged(plan, path, &source.digest())?;
        sources.push(source);
    }
    let mut scan = scan::scan(&sources, &Repository::default());
    output.cover(std::mem::take(&mut scan.secrets));
    Ok((sources, scan))
}

/// The drafts are places in the file as it was, and would hit others in any other text.
fn unchanged(plan: &Plan, path: &str, digest: &str) -> Result<()> {
    if plan.files.get(path).is_some_and(|it| it == digest) {
        return Ok(());
    }
    let what = format!("{path} has changed since the plan was made; nothing was written");
    Err(Failure::new(Exit::Files, what).hint("Plan again: workid plan PATH"))
}

/// The files as they would be, with what is unknown told in words.
pub(super) fn previews(plan: &Plan, sources: &[Source], scan: &Scan) -> Vec<Rewritten> {
    with_sources(plan.previews().into_iter(), sources, scan)
}

/// The files as they are to be. Each was scanned again, and signs in as no user that the plan
/// says it no longer does.
pub(super) fn rewritten(
    plan: &Plan,
    known: &Known,
    sources: &[Source],
    scan: &Scan,
) -> Result<Vec<Rewritten>> {
    let edits = plan.edits(known).into_iter().filter_map(|(path, edits)| Some((path, edits?)));
    let rewritten = with_sources(edits, sources, scan);
    for it in &rewritten {
        let again = scan::scan(&[it.before.with_text(&it.after())], &Repository::default());
        let path = &*it.before.path;
        let left = plan
            .sites
            .iter()
            .filter(|site| site.path == path && site.identities.is_empty())
            .count();
        let was = scan.skipped.iter().any(|skipped| skipped.path == path);
        if again.running().count() > left || (!again.skipped.is_empty() && !was) {
            let failure = Failure::new(
                Exit::Bug,
                format!("{path} would not be right after the change; nothing was written"),
            );
            return Err(
                failure.hint("This is a mistake of workid's. Please report it, with the plan.")
            );
        }
    }
    Ok(rewritten)
}

fn with_sources(
    edits: impl Iterator<Item = (String, EditSet)>,
    sources: &[Source],
    scan: &Scan,
) -> Vec<Rewritten> {
    let of = |(path, edits): (String, EditSet)| {
        let before = sources.iter().find(|it| *it.path == *path)?.clone();
        Some(Rewritten { masks: scan.masks_of(&path), before, edits })
    };
    edits.filter_map(of).collect()
}

fn patch(it: &Rewritten) -> Result<Excerpt> {
    Excerpt::patch(&it.before, &it.edits, &it.masks).ok_or_else(|| {
        Failure::new(Exit::Files, format!("a patch of {} would hold a password", it.before.path))
            .hint("Let workid change the files itself: workid rewrite PLAN --write")
    })
}

pub(super) fn write(plan: &Plan, rewritten: &[Rewritten], output: &Output) -> Result<()> {
    for it in rewritten {
        disk::write_source(Path::new(&plan.root), &it.before, &it.after())?;
        output.line(&format!("  changed       {}", it.before.path))?;
    }
    Ok(())
}
