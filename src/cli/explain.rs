//! `workid explain`

use super::{Exit, Failure, Output, Result};
use crate::{
    caveats::{self, CAVEATS, Caveat},
    detect::{self, Example, RULES, Rule},
};
use clap::Args;
use std::fmt::Write;

/// Tell what a rule or a caveat finds, why it matters, and what to use instead
#[derive(Args)]
#[command(after_help = "\
Examples:
  workid explain az-login-password
  workid explain signed-in-user
  workid explain")]
pub(super) struct Arguments {
    /// The rule or the caveat; without one, all are listed
    #[arg(value_name = "RULE")]
    rule: Option<String>,
}

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit> {
    match &arguments.rule {
        None => output.print(&list())?,
        Some(id) => match (detect::by_id(id), caveats::by_id(id)) {
            (Some(rule), _) => output.print(&page(rule))?,
            (None, Some(caveat)) => output.print(&page_of_caveat(caveat))?,
            (None, None) => {
                let failure = Failure::new(Exit::Usage, format!("there is no rule named {id}"));
                return Err(failure.hint(format!("The rules are:\n{}", list().trim_end())));
            }
        },
    }
    Ok(Exit::Done)
}

fn list() -> String {
    let rules = RULES.iter().map(|it| (it.id, it.summary));
    let caveats = CAVEATS.iter().map(|it| (it.id, it.summary));
    let width = rules.clone().chain(caveats.clone()).map(|(id, _)| id.len()).max();
    let width = width.unwrap_or_default();
    let line = |(id, summary): (&str, &str)| format!("  {id:<width$}  {summary}\n");
    let (rules, caveats): (String, String) =
        (rules.map(line).collect(), caveats.map(line).collect());
    format!("{rules}\nCaveats, of what comes after a sign-in:\n{caveats}")
}

/// A caveat as a page, like that of a rule.
fn page_of_caveat(caveat: &Caveat) -> String {
    let Caveat { id, summary, explanation, instead, .. } = caveat;
    let only = if caveat.federated { " It matters where the platform signs tokens." } else { "" };
    let mut page = format!("# {id}\n\nThis call {summary}.\n\n{explanation}{only}\n\n");
    let _ = write!(page, "## What to do\n\n{instead}\n\n");
    let _ = write!(page, "## What it finds\n\n{}\n", examples(caveat.flagged));
    let _ = write!(page, "## What it lets pass\n\n{}\n", examples(caveat.passed));
    page + &references(caveat.references)
}

/// A rule as a page, which is valid Markdown, too.
pub(super) fn page(rule: &Rule) -> String {
    let mut page =
        format!("# {}\n\nThis call {}.\n\n{}\n\n", rule.id, rule.summary, rule.explanation);
    let _ = write!(page, "## What to use instead\n\n{}\n\n", rule.instead);
    let _ = write!(page, "## What it finds\n\n{}\n", examples(rule.flagged));
    let _ = write!(page, "## What it lets pass\n\n{}\n", examples(rule.passed));
    let _ = write!(
        page,
        "## How to suppress it\n\nWith a comment on its line, or on a line of its own above:\n\n```bash\n\
         # workid: ignore[{}] the reason\n```\n\n`ignore` in `workid.yaml` does so by path, and `--baseline` for all that is known.\n\n",
        rule.id
    );
    page + &references(rule.references)
}

fn references(references: &[&str]) -> String {
    let lines: String = references.iter().map(|it| format!("- <{it}>\n")).collect();
    format!("## References\n\n{lines}")
}

fn examples(examples: &[Example]) -> String {
    examples.iter().map(|(language, text)| format!("```{language}\n{text}\n```\n")).collect()
}
