//! `workid explain`

use super::{
    Exit, Failure, Output, Result, plan,
    repository::{Paths, Scanned},
};
use crate::{
    caveats::{self, CAVEATS, Caveat},
    config::Config,
    detect::{self, Example, RULES, Rule},
    plan::unobserved,
    report::Report,
    resource::Cloud,
    scan::Site,
};
use clap::Args;
use std::{fmt::Write, path::PathBuf};

/// Tell the whole story of a sign-in, or what a rule or a caveat finds
///
/// Of a sign-in: how it is reached, what follows it and what that asks of Azure, which identity it
/// should use where it runs, and which roles that identity needs. Nobody is asked; what only the
/// tenant can tell, `workid plan` does.
#[derive(Args)]
#[command(after_help = "\
Examples:
  workid explain scripts/deploy.sh:17
  workid explain scripts/deploy.sh:17 examples/contoso-web
  workid explain az-login-password
  workid explain signed-in-user
  workid explain
  workid explain --schema > workid.schema.json")]
pub(super) struct Arguments {
    /// A sign-in by its file and line, a rule or a caveat; without one, rules and caveats are listed
    #[arg(value_name = "FILE:LINE|RULE")]
    subject: Option<String>,
    /// The folder in which the sign-in's file is told, with all that may lead to it
    #[arg(value_name = "PATH", default_value = ".")]
    folder: PathBuf,
    /// What the files cannot show [default: workid.yaml in PATH]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Rows that go before the built-in tables of commands and roles
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Print the JSON schema of workid.yaml, for editors
    #[arg(long, conflicts_with = "subject")]
    schema: bool,
}

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit> {
    match &arguments.subject {
        None if arguments.schema => output.print(&Config::schema())?,
        None => output.print(&list())?,
        Some(subject) => match (detect::by_id(subject), caveats::by_id(subject), place(subject)) {
            (Some(rule), ..) => output.print(&page(rule))?,
            (None, Some(caveat), _) => output.print(&page_of_caveat(caveat))?,
            (None, None, Some((file, line))) => story(file, line, arguments, output)?,
            (None, None, None) => {
                let problem = format!("there is no rule named {subject}");
                let hint = format!(
                    "Name a sign-in by its file and line (deploy.sh:17), or a rule:\n{}",
                    list().trim_end()
                );
                return Err(Failure::new(Exit::Usage, problem).hint(hint));
            }
        },
    }
    Ok(Exit::Done)
}

/// `scripts/deploy.sh:17`, with a column or without.
fn place(subject: &str) -> Option<(&str, usize)> {
    let (file, last) = subject.rsplit_once(':')?;
    let last = last.parse().ok()?;
    match file.rsplit_once(':').map(|(file, line)| (file, line.parse())) {
        Some((file, Ok(line))) => Some((file, line)),
        _ => Some((file, last)),
    }
}

fn story(file: &str, line: usize, arguments: &Arguments, output: &mut Output) -> Result<()> {
    let paths = Paths {
        paths: vec![arguments.folder.clone()],
        config: arguments.config.clone(),
        baseline: None,
        data: arguments.data.clone(),
    };
    let mut scanned = Scanned::read(&paths, output)?;
    let file = file.replace('\\', "/");
    let file = file.strip_prefix("./").unwrap_or(&file);
    let is_it = |it: &Site| it.path == file && (it.start.line..=it.end.line).contains(&line);
    if !scanned.scan.sites.iter().any(is_it) {
        let mut others: Vec<String> = scanned
            .scan
            .sites
            .iter()
            .map(|it| format!("  {}:{}", it.path, it.start.line))
            .collect();
        others.sort_by_key(|it| !it.trim_start().starts_with(file));
        others.truncate(MOST);
        let problem =
            format!("no sign-in is found at {file}:{line} in {}", arguments.folder.display());
        let hint = match others.as_slice() {
            [] => {
                "None is found at all: is it the right folder? Name it after FILE:LINE.".to_owned()
            }
            some => format!("Sign-ins are found at:\n{}", some.join("\n")),
        };
        return Err(Failure::new(Exit::Usage, problem).hint(hint));
    }
    scanned.scan.sites.retain(is_it);
    scanned.scan.masks.retain(|it, _| it == file);
    let observed = unobserved(&scanned.repository.config);
    let plan = plan::made(&mut scanned, &observed, true, &Cloud::default())?;
    let report = Report {
        scan: Some(&scanned.scan),
        plan: Some(&plan),
        story: true,
        verbose: output.verbose,
        ..Report::default()
    };
    output.report(&report, "human")
}

/// More sign-ins are not listed where one is not found.
const MOST: usize = 10;

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
    let only = match (caveat.federated, caveat.delegated) {
        (true, _) => " It matters where the platform signs tokens.",
        (_, true) => " Until it is changed, the sign-in before it is left to a person.",
        _ => "",
    };
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
