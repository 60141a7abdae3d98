//! `workid rewrite`

mod hunks;

use super::{Exit, Failure, Format, Output, Result, session};
use crate::{
    apply::journal::{self, Changed, Entry, Journal},
    disk::{self, Before, JournalFile},
    plan::{Plan, PlannedSite},
    platform::Repository,
    report::Report,
    resource::Known,
    rewrite::{self, Draft},
    scan::{self, Scan},
    text::{EditSet, Excerpt, Masks, Source},
};
use clap::{Args, ValueEnum};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

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
  workid rewrite workid.plan.json --write=all
  workid rewrite workid.plan.json -i

Exit code 1 means that there are changes to be written.")]
pub(super) struct Arguments {
    /// The plan
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    /// Change the files: what is safe, or also what a person is to review
    #[arg(long, conflicts_with = "patch", value_enum, num_args = 0..=1, require_equals = true,
          default_missing_value = "safe", value_name = "WHAT")]
    write: Option<Write>,
    /// Ask for each change, and make those that you want
    #[arg(short, long, conflicts_with_all = ["patch", "write"])]
    interactive: bool,
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

/// Which changes are made. What belongs together is made together or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Write {
    /// Those that change nothing but the sign-in
    Safe,
    /// Those, too, that a person is to review
    All,
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
    let mut file = session::open_journal(&journal, Some(&plan.tenant.id), output)?;
    let mut known = plan.known();
    known.extend(journal::known(file.entries()));
    let before = Before::beside(&journal);
    let plan = beyond(plan, &known, file.entries(), &before);
    let planned = plan.drafts.len();
    let writes = arguments.write.is_some() || arguments.interactive;
    let (plan, sources, scan) = match writes {
        true => those_as_planned(plan, output)?,
        false => {
            let (sources, scan) = planned_files(&plan, output)?;
            (plan, sources, scan)
        }
    };
    let waits = plan.edits(&known).values().any(Option::is_none);
    if (writes || arguments.patch) && waits {
        let failure = Failure::new(
            Exit::Files,
            "the files wait for what only Azure can tell: the identities are not made yet",
        );
        return Err(failure.hint(format!("First: workid apply {}", arguments.plan.display())));
    }
    if !writes && !arguments.patch {
        return show(arguments, &plan, &sources, &scan, &known, output);
    }
    let plan = sound(plan, &known, &sources, &scan, output)?;
    if arguments.patch {
        return patch(&plan, &known, &sources, &scan, output);
    }
    let chosen = match arguments.write {
        Some(what) => wanted(&plan, what),
        None => hunks::chosen(&plan, &known, &sources, &scan, output)?,
    };
    let rewritten = rewritten(&chosen, &known, &sources, &scan);
    let is_written = write(&plan, &rewritten, &mut file, &before, output)?;
    left_to_review(&plan, &chosen, &arguments.plan, output)?;
    if !is_written || plan.drafts.len() < planned {
        output.note("For what was left alone, plan again: workid plan PATH")?;
        return Ok(Exit::Files);
    }
    output.note(&format!("Next: workid verify {}", arguments.plan.display()))?;
    Ok(Exit::Done)
}

/// The plan with the changes that are wanted.
pub(super) fn wanted(plan: &Plan, what: Write) -> Plan {
    let to_review = plan.to_review();
    plan.with_sets(|it| what == Write::All || !to_review.contains_key(&it))
}

/// What was not made, so that nobody takes it for done.
pub(super) fn left_to_review(plan: &Plan, made: &Plan, path: &Path, output: &Output) -> Result<()> {
    let is_made = |set: &usize| made.drafts.iter().any(|it| it.set == *set);
    let to_review = plan.to_review();
    let left: Vec<_> = to_review.iter().filter(|(set, _)| !is_made(set)).collect();
    if left.is_empty() {
        return Ok(());
    }
    output.line("Left to be reviewed, and not changed:")?;
    for (set, whys) in left {
        let files: BTreeSet<&str> =
            plan.drafts.iter().filter(|it| it.set == *set).map(|it| it.path.as_str()).collect();
        let files: Vec<&str> = files.into_iter().collect();
        let whys: Vec<&str> = whys.iter().copied().collect();
        output.line(&format!("  {}: {}", files.join(", "), whys.join("; ")))?;
    }
    output.line(&format!("To change them: workid rewrite {} --write=all, or -i", path.display()))
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
    let sources = plan.files.keys().map(|it| planned(plan, it)).collect::<Result<Vec<_>>>()?;
    let scan = covered(&sources, output);
    Ok((sources, scan))
}

/// The same of those files alone that are as the plan knows them, and the plan for those: a file
/// that has changed or gone stops what belongs to it, and nothing else.
fn those_as_planned(plan: Plan, output: &mut Output) -> Result<(Plan, Vec<Source>, Scan)> {
    let (mut sources, mut lost) = (Vec::new(), Vec::new());
    for path in plan.files.keys() {
        match planned(&plan, path) {
            Ok(source) => sources.push(source),
            Err(why) => lost.push((path.clone(), why.what)),
        }
    }
    let plan = without(&plan, &lost, output)?;
    let scan = covered(&sources, output);
    Ok((plan, sources, scan))
}

/// The plan without what belongs to some files, which are named with what is wrong with them.
fn without(plan: &Plan, wrong: &[(String, String)], output: &Output) -> Result<Plan> {
    let is_wrong = |it: &&Draft| wrong.iter().any(|(path, _)| *path == it.path);
    let sets: BTreeSet<usize> = plan.drafts.iter().filter(is_wrong).map(|it| it.set).collect();
    for (path, why) in wrong {
        let is_wrong = |it: &&Draft| wrong.iter().any(|(path, _)| *path == it.path);
        let with = plan.drafts.iter().filter(|it| sets.contains(&it.set) && !is_wrong(it));
        let with: BTreeSet<&str> = with.map(|it| it.path.as_str()).collect();
        let with: Vec<&str> = with.into_iter().collect();
        let with = match with.is_empty() {
            true => String::new(),
            false => format!("; left as they are with it: {}", with.join(", ")),
        };
        let why = why.strip_prefix(path.as_str()).map_or(why.as_str(), str::trim_start);
        output.line(&format!("  left alone    {path}: {why}{with}"))?;
    }
    Ok(plan.with_sets(|it| !sets.contains(&it)))
}

/// What is left of a plan of which something was made before: with `--write`, what a person is to review.
fn beyond(mut plan: Plan, known: &Known, entries: &[Entry], before: &Before) -> Plan {
    for (path, planned) in plan.files.clone() {
        let Ok(source) = disk::read_source(Path::new(&plan.root), &path) else { continue };
        let steps = journal::between(entries, &path, &planned, &source.digest());
        let mut steps = steps.iter().filter(|it| it.root == plan.root).peekable();
        if steps.peek().is_none() {
            continue;
        }
        let made = steps.try_fold(plan.clone(), |plan, it| {
            // Another plan for the same text may have had other drafts.
            let was = before.text(it)?;
            let drafts = plan.drafts.iter().filter(|draft| draft.path == path);
            let drafts = drafts.filter(|draft| it.made.contains(&draft.span)).cloned().collect();
            let edits = Plan { drafts, ..plan.clone() }.edits(known).remove(&path).flatten()?;
            let is_so = was.with_text(&edits.apply(was.raw())).digest() == it.after;
            is_so.then(|| plan.beyond(&path, &it.made, &it.after, known))
        });
        plan = made.unwrap_or(plan);
    }
    plan
}

/// The drafts are places in the file as it was, and would hit others in any other text.
fn planned(plan: &Plan, path: &str) -> Result<Source> {
    let source = disk::read_source(Path::new(&plan.root), path)?;
    if plan.files.get(path).is_some_and(|it| *it == source.digest()) {
        return Ok(source);
    }
    let what = format!("{path} has changed since the plan was made");
    Err(Failure::new(Exit::Files, what).hint("Plan again: workid plan PATH"))
}

fn covered(sources: &[Source], output: &mut Output) -> Scan {
    let mut scan = scan::scan(sources, &Repository::default());
    output.cover(std::mem::take(&mut scan.secrets));
    scan
}

/// The files as they would be, with what is unknown told in words.
pub(super) fn previews(plan: &Plan, sources: &[Source], scan: &Scan) -> Vec<Rewritten> {
    with_sources(plan.previews().into_iter(), sources, scan)
}

/// The files as they are to be.
pub(super) fn rewritten(
    plan: &Plan,
    known: &Known,
    sources: &[Source],
    scan: &Scan,
) -> Vec<Rewritten> {
    let edits = plan.edits(known).into_iter().filter_map(|(path, edits)| Some((path, edits?)));
    with_sources(edits, sources, scan)
}

/// The plan without what would not be right: every file is read again as it is to be, before any
/// is written. What fails is left alone, with all that belongs to it, and named.
pub(super) fn sound(
    mut plan: Plan,
    known: &Known,
    sources: &[Source],
    scan: &Scan,
    output: &Output,
) -> Result<Plan> {
    loop {
        let files = rewritten(&plan, known, sources, scan);
        let of = |it: &Rewritten| {
            let path = &*it.before.path;
            let left = |site: &&PlannedSite| site.identities.is_empty() || site.by_hand;
            let left = plan.sites.iter().filter(|it| it.path == path).filter(left).count();
            let why = rewrite::unsound(&it.before, &it.before.with_text(&it.after()), left)?;
            Some((path.to_owned(), why.to_string()))
        };
        let wrong: Vec<(String, String)> = files.iter().filter_map(of).collect();
        if wrong.is_empty() {
            return Ok(plan);
        }
        plan = without(&plan, &wrong, output)?;
    }
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

/// Prints what can be printed; what shares a change with a file whose patch would hold a password can
/// not be, either.
fn patch(
    plan: &Plan,
    known: &Known,
    sources: &[Source],
    scan: &Scan,
    output: &Output,
) -> Result<Exit> {
    let made = |it: &Rewritten| Excerpt::patch(&it.before, &it.edits, &it.masks);
    let all = rewritten(plan, known, sources, scan);
    let secret: BTreeSet<&str> =
        all.iter().filter(|it| made(it).is_none()).map(|it| &*it.before.path).collect();
    let of = |it: &&Draft| secret.contains(it.path.as_str());
    let sets: BTreeSet<usize> = plan.drafts.iter().filter(of).map(|it| it.set).collect();
    let plan = plan.with_sets(|it| !sets.contains(&it));
    let rest = rewritten(&plan, known, sources, scan);
    rest.iter().filter_map(made).try_for_each(|it| output.print(it.as_str()))?;
    if !secret.is_empty() {
        let paths: Vec<&str> = secret.into_iter().collect();
        let what = format!("a patch of {} would hold a password", paths.join(", "));
        return Err(Failure::new(Exit::Files, what)
            .hint("Let workid change the files itself: workid rewrite PLAN --write"));
    }
    Ok(if all.is_empty() { Exit::Done } else { Exit::Found })
}

/// Writes each file, once a copy of it is kept and the journal tells of it; one that cannot be
/// written stops no other, and makes the answer `false`.
pub(super) fn write(
    plan: &Plan,
    rewritten: &[Rewritten],
    journal: &mut JournalFile,
    before: &Before,
    output: &Output,
) -> Result<bool> {
    if journal.entries().is_empty() && !rewritten.is_empty() {
        journal
            .write(Entry::Opened { version: journal::VERSION, tenant: plan.tenant.id.clone() })?;
    }
    let mut all = true;
    for it in rewritten {
        let after = it.after();
        let changed = Changed {
            root: plan.root.clone(),
            path: it.before.path.to_string(),
            before: it.before.digest(),
            after: it.before.with_text(&after).digest(),
            made: it.edits.iter().map(|it| it.span).collect(),
        };
        let written = match before.keep(&changed) {
            Ok(()) => {
                journal.write(Entry::Changing(changed))?;
                disk::write_source(Path::new(&plan.root), &it.before, &after)
            }
            Err(why) => Err(why),
        };
        match written {
            Ok(()) => output.line(&format!("  changed       {}", it.before.path))?,
            Err(why) => {
                all = false;
                output.line(&format!("  left alone    {}: {why}", it.before.path))?;
            }
        }
    }
    Ok(all)
}
