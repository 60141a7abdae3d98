//! `workid undo`

use super::{
    Exit, Failure, Format, Output, Pace, Result, Tenant,
    output::confirm,
    session::{self, Session, check_tenant},
};
use crate::{
    apply::{
        self,
        journal::{self, Journal},
    },
    observe::Question,
};
use clap::Args;
use std::path::PathBuf;

/// Take away what a journal says workid made, and nothing else
///
/// The newest goes first. What was there before workid came stays. Files are not touched.
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
    if made.is_empty() {
        output.note("Nothing of what workid made is left.")?;
        return Ok(Exit::Done);
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
    let question = format!("This takes away {} things that workid made. Go on?", made.len());
    if !confirm(&question, arguments.yes || arguments.tenant.sandbox)? {
        output.note("Nothing was taken away.")?;
        return Ok(Exit::Found);
    }
    let mut pipe = Ok(());
    let unmade = apply::undo(&mut file, &session.azure, &mut |it| {
        let line = output.progress(&it, arguments.format);
        pipe = std::mem::replace(&mut pipe, Ok(())).and(line);
    });
    let unmade = unmade.map_err(|it| session.explain(Failure::from(it), &tenant))?;
    pipe?;
    if arguments.format == Format::Json {
        output.line(&serde_json::json!({ "version": 1, "unmade": unmade }).to_string())?;
    }
    output.note(&format!("{unmade} taken away. Files are as they are: restore them with git."))?;
    Ok(Exit::Done)
}

/// The subscription of what was made; a sign-in may see several.
fn subscription(made: &[journal::Made]) -> Option<String> {
    let ids = made.iter().filter_map(|it| it.outputs.as_ref()?.0.get("id"));
    let of = |id: &String| id.strip_prefix("/subscriptions/")?.split('/').next().map(str::to_owned);
    ids.into_iter().find_map(of)
}
