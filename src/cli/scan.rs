//! `workid scan`

use super::{
    Exit, Output, Result,
    repository::{Paths, Scanned},
};
use crate::report::Report;
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
  workid scan scripts deploy.ps1 --format json | jq '.sites[] | select(.impact == \"blocked\")'

Exit code 1 means that sign-ins were found that would run.")]
pub(super) struct Arguments {
    #[command(flatten)]
    paths: Paths,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Write it to a file instead
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
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
    let scanned = Scanned::read(&arguments.paths, output)?;
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
