//! `workid explain`

use super::{Exit, Failure, Output, Result};
use crate::detect::{self, Example, RULES, Rule};
use clap::Args;
use std::fmt::Write;

/// Tell what a rule finds, why it matters, and what to use instead
#[derive(Args)]
#[command(after_help = "\
Examples:
  workid explain az-login-password
  workid explain")]
pub(super) struct Arguments {
    /// The rule; without one, all are listed
    #[arg(value_name = "RULE")]
    rule: Option<String>,
}

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit> {
    match &arguments.rule {
        None => output.print(&list())?,
        Some(id) => match detect::by_id(id) {
            Some(rule) => output.print(&page(rule))?,
            None => {
                let failure = Failure::new(Exit::Usage, format!("there is no rule named {id}"));
                return Err(failure.hint(format!("The rules are:\n{}", list().trim_end())));
            }
        },
    }
    Ok(Exit::Done)
}

fn list() -> String {
    let width = RULES.iter().map(|it| it.id.len()).max().unwrap_or_default();
    RULES.iter().map(|it| format!("  {:<width$}  {}\n", it.id, it.summary)).collect()
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
    page += "## References\n\n";
    for reference in rule.references {
        let _ = writeln!(page, "- <{reference}>");
    }
    page
}

fn examples(examples: &[Example]) -> String {
    examples.iter().map(|(language, text)| format!("```{language}\n{text}\n```\n")).collect()
}
