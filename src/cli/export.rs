//! `workid export`

use super::{Exit, Failure, Format, Output, Result, session};
use crate::{
    disk,
    export::{self, File, LANGUAGES},
};
use clap::{Args, builder::PossibleValuesParser};
use std::path::PathBuf;

/// Write a plan as code that makes the same, for those who may not apply it
///
/// What the language cannot say is named, with what to do. No file that is there is written over.
#[derive(Args)]
#[command(after_help = "\
Examples:
  workid export workid.plan.json --as bicep --out deploy/
  workid export workid.plan.json --as az > workid.sh

Exit code 3 means that something is left to a person.")]
pub(super) struct Arguments {
    /// The plan
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    /// The language
    #[arg(long = "as", value_name = "LANGUAGE", value_parser = languages())]
    language: String,
    /// The folder for the files [default: they are printed]
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

fn languages() -> PossibleValuesParser {
    PossibleValuesParser::new(LANGUAGES.iter().map(|it| it.name))
}

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit> {
    let plan = session::read_plan(&arguments.plan)?;
    if plan.offline {
        let failure = Failure::new(Exit::Files, "this plan was made offline, and is for reading");
        return Err(failure.hint("Plan again without --offline"));
    }
    let language = LANGUAGES.iter().find(|it| it.name == arguments.language);
    let export = (language.expect("the arguments take only languages that there are").write)(&plan);
    if let Some(folder) = &arguments.out {
        write(folder, &export.files, output)?;
    }
    if arguments.format == Format::Json {
        let files: Vec<_> = export
            .files
            .iter()
            .map(|it| serde_json::json!({ "name": it.name, "text": it.text }))
            .collect();
        let written = serde_json::json!({ "version": 1, "files": files, "lacks": export.lacks });
        output.line(&written.to_string())?;
    } else {
        print(&export, arguments.out.is_some(), output)?;
    }
    Ok(if export.lacks.is_empty() { Exit::Done } else { Exit::Left })
}

fn print(export: &export::Export, written: bool, output: &Output) -> Result<()> {
    for File { name, text } in export.files.iter().filter(|_| !written) {
        if export.files.len() > 1 {
            output.note(&format!("{name}:"))?;
        }
        output.print(text)?;
    }
    for it in &export.lacks {
        output.note(&format!("Left to do: {it}"))?;
    }
    Ok(())
}

/// All or none: a file that is there may be somebody's work.
fn write(folder: &std::path::Path, files: &[File], output: &Output) -> Result<()> {
    let paths = || files.iter().map(|it| folder.join(&it.name));
    if let Some(there) = paths().find(|it| it.exists()) {
        let failure = Failure::new(Exit::Files, format!("{} is there already", there.display()));
        return Err(failure.hint("Name an empty folder: --out FOLDER"));
    }
    disk::make_folder(folder)?;
    for (path, file) in paths().zip(files) {
        disk::write_file(&path, &file.text)?;
        output.note(&format!("Written to {}", path.display()))?;
    }
    Ok(())
}
