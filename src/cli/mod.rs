//! The command line: arguments, one short file for each command, output, exit codes.
#![allow(clippy::disallowed_methods, reason = "this room is a door")]

mod apply;
mod explain;
mod export;
mod failure;
mod migrate;
mod output;
mod plan;
mod prove;
mod repository;
mod rewrite;
mod sandbox;
mod scan;
mod session;
mod undo;
mod verify;

use crate::services;
use clap::{Args, Parser, Subcommand, ValueEnum, builder::PossibleValuesParser};
use failure::Failure;
use output::Output;
use std::{io::Write, path::PathBuf, process::ExitCode};

/// How a command ended. The numbers are documented in `docs/formats.md`, and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Nothing to do, or done.
    Done = 0,
    /// Sites found, changes planned, or a check failed.
    Found = 1,
    Usage = 2,
    /// Something is left to a person.
    Left = 3,
    /// A service refused, or could not be reached.
    Refused = 4,
    /// Files or configuration.
    Files = 5,
    /// A mistake of workid's own.
    Bug = 70,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

const ABOUT: &str = "Moves Azure automation from user identities to workload identities";

const LONG_ABOUT: &str = "\
Moves Azure automation from user identities to workload identities.

Azure demands multifactor authentication of every user who creates, changes or deletes a resource.
Scripts and pipelines that sign in as a user cannot answer a prompt, so their writes fail. workid
finds those sign-ins, plans a managed identity, federated credential or service principal for each,
makes them with the fewest rights, rewrites the files, and proves that nothing is left.";

const STEPS: &str = "\
Start here:
  workid scan .                             what signs in as a user, and whether it breaks
  workid migrate . --sandbox                the whole way, on an embedded tenant
  workid plan . --resource-group rg-ids     what would be made in your tenant; nothing is made

Exit codes: 0 nothing to do, or done; 1 sites found, changes planned or a check failed; 2 usage;
3 something is left to a person; 4 a service refused; 5 files or configuration; 70 our bug.";

#[derive(Parser)]
#[command(name = "workid", version, about = ABOUT, long_about = LONG_ABOUT, after_help = STEPS)]
#[command(propagate_version = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    shown: Shown,
}

/// What every command takes.
#[derive(Args, Clone, Copy)]
struct Shown {
    /// When to colour the output
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    color: Color,
    /// Print results only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Also print what is usually only counted
    #[arg(short, long, global = true)]
    verbose: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Subcommand)]
enum Command {
    Scan(scan::Arguments),
    Plan(plan::Arguments),
    Show(plan::ShowArguments),
    Apply(apply::Arguments),
    Rewrite(rewrite::Arguments),
    Verify(verify::Arguments),
    Prove(prove::Arguments),
    Undo(undo::Arguments),
    Migrate(migrate::Arguments),
    Explain(explain::Arguments),
    Export(export::Arguments),
    Sandbox(sandbox::Arguments),
}

/// Formats of commands that print results for people or for programs.
#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    #[default]
    Human,
    Json,
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Format::Human => "human",
            Format::Json => "json",
        }
    }
}

/// The tenant that is asked: Azure's, or the embedded one.
#[derive(Args, Clone, Default)]
struct Tenant {
    /// Use the embedded tenant instead of Azure: nothing leaves this machine
    #[arg(long)]
    sandbox: bool,
    /// Where the embedded tenant is kept [default: workid.sandbox.json, beside the plan]
    #[arg(long, value_name = "FILE", requires = "sandbox")]
    sandbox_state: Option<PathBuf>,
    /// As whom Azure is asked [default: the first of these that is signed in]
    #[arg(long, value_name = "KIND", value_parser = credentials(), conflicts_with = "sandbox")]
    credential: Option<String>,
    /// The cloud, as the Azure CLI calls it, or a file with the addresses of one [default: AzureCloud]
    #[arg(long, value_name = "NAME|FILE", conflicts_with = "sandbox")]
    cloud: Option<String>,
}

/// How much is done at once.
#[derive(Args, Clone)]
struct Pace {
    /// How many requests are under way at once; credentials of one identity are made one by one
    #[arg(long, value_name = "N", default_value_t = services::AT_ONCE, value_parser = pace)]
    parallel: usize,
}

fn credentials() -> PossibleValuesParser {
    PossibleValuesParser::new(services::KINDS.iter().map(|it| it.name))
}

fn pace(text: &str) -> std::result::Result<usize, String> {
    let number = text.parse().map_err(|_| "it is no number".to_owned())?;
    if (1..=MOST_AT_ONCE).contains(&number) {
        return Ok(number);
    }
    Err(format!("it is not between 1 and {MOST_AT_ONCE}"))
}

/// Azure lets one sign-in write some ten times a second, so more would only wait.
const MOST_AT_ONCE: usize = 64;

type Result<T> = std::result::Result<T, Failure>;

pub fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        // What a panic says can hold a piece of a file, and so a password. Where it was is enough.
        let at =
            panic.location().map(|it| format!("{}:{}", it.file(), it.line())).unwrap_or_default();
        let _ = writeln!(
            std::io::stderr(),
            "error: a mistake of workid's own, at {at}\n  Please report it."
        );
    }));
    std::panic::catch_unwind(command).unwrap_or_else(|_| ExitCode::from(Exit::Bug as u8))
}

fn command() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors, and go to standard output; a closed pipe is no error.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { Exit::Usage as u8 } else { 0 });
        }
    };
    let mut output = Output::new(cli.shown);
    let outcome = match cli.command {
        Command::Scan(it) => scan::run(&it, &mut output),
        Command::Plan(it) => plan::run(&it, &mut output),
        Command::Show(it) => plan::show(&it, &mut output),
        Command::Apply(it) => apply::run(&it, &mut output),
        Command::Rewrite(it) => rewrite::run(&it, &mut output),
        Command::Verify(it) => verify::run(&it, &mut output),
        Command::Prove(it) => prove::run(&it, &mut output),
        Command::Undo(it) => undo::run(&it, &mut output),
        Command::Migrate(it) => migrate::run(&it, &mut output),
        Command::Explain(it) => explain::run(&it, &mut output),
        Command::Export(it) => export::run(&it, &mut output),
        Command::Sandbox(it) => {
            let outcome = sandbox::run(&it, &mut output);
            return outcome.unwrap_or_else(|failure| output.failure(&failure).into());
        }
    };
    outcome.unwrap_or_else(|failure| output.failure(&failure)).into()
}
