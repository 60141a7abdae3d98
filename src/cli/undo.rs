//! `workid undo`

use super::{
    Exit, Failure, Format, Output, Pace, Result, Tenant,
    output::confirm,
    session::{self, Session, check_tenant},
};
use crate::{
    apply::{
        self,
        journal::{self, Entry, Journal},
    },
    disk::{Before, JournalFile, Restored},
    observe::Question,
};
use clap::Args;
use std::path::{Path, PathBuf};

/// Take away what a journal says workid made, and nothing else
///
/// The newest goes first: files are put back as they were, unless somebody changed them since, and then
/// what was made goes away. What was there before workid came stays.
#[derive(Args)]
#[command(after_help = "\
Examples:
  workid undo workid.journal.jsonl
  workid undo workid.journal.jsonl --yes")]
pub(super) struct Arguments {
    /// The journal
    #[arg(value_name = "JOURNAL")]
    journal: PathBuf,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    tenant: Tenant,
    #[command(flatten)]
    pace: Pace,
    /// How to print what was taken away
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit> {
    let mut file = session::open_journal(&arguments.journal, None, output)?;
    let made = journal::made(file.entries());
    let Some(tenant) = journal::tenant(file.entries()).map(str::to_owned) else {
        return Err(Failure::new(
            Exit::Files,
            format!("{} is no journal, or an empty one", arguments.journal.display()),
        ));
    };
    let changed = journal::changed(file.entries());
    if made.is_empty() && changed.is_empty() {
        output.note("Nothing of what workid made is left.")?;
        return Ok(Exit::Done);
    }
    if made.is_empty() {
        // Nobody has to be asked for what is on this machine.
        if !confirm(&question(0, changed.len()), arguments.yes || arguments.tenant.sandbox)? {
            output.note("Nothing was changed.")?;
            return Ok(Exit::Found);
        }
        let files = restore(&mut file, &arguments.journal, arguments.format, output)?;
        return end(0, &files, arguments.format, output);
    }
    let mut session = Session::open(&arguments.tenant, &arguments.journal, output)?;
    session.pace(&arguments.pace, output.waiting());
    check_tenant(
        &tenant,
        &session.observe(
            &Question { subscription: subscription(&made), ..Question::default() },
            output,
        )?,
    )?;
    if !confirm(&question(made.len(), changed.len()), arguments.yes || arguments.tenant.sandbox)? {
        output.note("Nothing was taken away.")?;
        return Ok(Exit::Found);
    }
    let files = restore(&mut file, &arguments.journal, arguments.format, output)?;
    let mut pipe = Ok(());
    let unmade = apply::undo(&mut file, &session.azure, &mut |it| {
        let line = output.progress(&it, arguments.format);
        pipe = std::mem::replace(&mut pipe, Ok(())).and(line);
    });
    let unmade = unmade.map_err(|it| session.explain(Failure::from(it), &tenant))?;
    pipe?;
    end(unmade, &files, arguments.format, output)
}

/// How many files were put back, and how many others changed since.
#[derive(Default)]
struct Files {
    restored: usize,
    spared: usize,
}

fn question(made: usize, changed: usize) -> String {
    let things = (made > 0).then(|| format!("takes away {made} things that workid made"));
    let files = (changed > 0).then(|| format!("puts back {changed} files that workid changed"));
    let what: Vec<String> = things.into_iter().chain(files).collect();
    format!("This {}. Go on?", what.join(" and "))
}

/// Puts the files back, the newest change first.
fn restore(
    journal: &mut JournalFile,
    path: &Path,
    format: Format,
    output: &Output,
) -> Result<Files> {
    let before = Before::beside(path);
    let mut files = Files::default();
    for changed in journal::changed(journal.entries()).into_iter().rev() {
        let line = match before.restore(&changed) {
            Restored::Spared(why, copy) => {
                files.spared += 1;
                let copy = copy.map_or(String::new(), |it| {
                    format!("; as it was before, it is in {}", it.display())
                });
                let line = format!("  left alone    {}: {why}{copy}", changed.path);
                output.line_of(format, &line)?;
                continue;
            }
            Restored::Done => {
                files.restored += 1;
                format!("  put back      {}", changed.path)
            }
            Restored::There => format!("  as it was     {}", changed.path),
        };
        output.line_of(format, &line)?;
        before.forget(&changed)?;
        journal.write(Entry::Restored(changed))?;
    }
    Ok(files)
}

fn end(unmade: usize, files: &Files, format: Format, output: &Output) -> Result<Exit> {
    let Files { restored, spared } = files;
    if format == Format::Json {
        let told = serde_json::json!({
            "version": 1, "unmade": unmade, "restored": restored, "spared": spared,
        });
        output.line(&told.to_string())?;
    }
    output.note(&format!("{unmade} taken away, {restored} files put back."))?;
    Ok(if *spared == 0 { Exit::Done } else { Exit::Left })
}

/// The subscription of what was made; a sign-in may see several.
fn subscription(made: &[journal::Made]) -> Option<String> {
    let ids = made.iter().filter_map(|it| it.outputs.as_ref()?.0.get("id"));
    let of = |id: &String| id.strip_prefix("/subscriptions/")?.split('/').next().map(str::to_owned);
    ids.into_iter().find_map(of)
}
