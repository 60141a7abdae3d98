//! `workid scan`

use super::{
    Exit, Failure, Output, Result,
    repository::{Paths, Scanned},
};
use crate::{disk, report::Report, scan::Baseline};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Find sign-ins with a user identity
///
/// Nothing in the scanned files is run, no link is followed, and no service is asked.
#[derive(Args)]
#[command(after_help = "\
Examples:
  workid scan .
  workid scan . --format sarif --output workid.sarif
  workid scan . --changed-since origin/main
  workid scan . --write-baseline workid.baseline.json
  workid scan . --baseline workid.baseline.json
  workid scan scripts deploy.ps1 --format json | jq '.sites[] | select(.impact == \"blocked\")'

A comment on the line, or on a line of its own above, keeps a sign-in out of the report:
  # workid: ignore[az-login-password] moves in March

Exit code 1 means that sign-ins were found that would run.")]
pub(super) struct Arguments {
    #[command(flatten)]
    paths: Paths,
    /// Report only what changed since the branch left this revision of git, and what that leads to
    #[arg(long, value_name = "REV")]
    changed_since: Option<String>,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Write it to a file instead
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write what is found to a file, so that --baseline can keep it out of later reports
    #[arg(long, value_name = "FILE")]
    write_baseline: Option<PathBuf>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    #[default]
    Human,
    /// One line for each
    Short,
    Json,
    Sarif,
    Markdown,
}

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit> {
    let mut scanned = Scanned::read(&arguments.paths, output)?;
    if let Some(revision) = &arguments.changed_since {
        let changed = disk::changed_since(&arguments.paths.paths, revision)?;
        scanned.scan.keep_changed(&changed);
    }
    if let Some(path) = &arguments.write_baseline {
        let baseline = Baseline::of(scanned.scan.running());
        let text = baseline.write().map_err(|it| Failure::new(Exit::Bug, it.to_string()))?;
        disk::write_file(path, &text)?;
    }
    let found = scanned.scan.running().next().is_some();
    let next = found.then(|| format!("workid plan {}", arguments.paths.paths[0].display()));
    let report =
        Report { scan: Some(&scanned.scan), verbose: output.verbose, next, ..Report::default() };
    let format = match arguments.format {
        Format::Human => "human",
        Format::Short => "short",
        Format::Json => "json",
        Format::Sarif => "sarif",
        Format::Markdown => "markdown",
    };
    output.report_to(&report, format, arguments.output.as_deref())?;
    Ok(if found { Exit::Found } else { Exit::Done })
}
