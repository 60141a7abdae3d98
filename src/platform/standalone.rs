//! Scripts that no pipeline of the repository is known to run.

use super::{Platform, Repository, Run, Script, Trust, Workload, file_name, no_companions};
use crate::{
    lang,
    resource::Scope,
    text::{Place, Source},
};

pub(super) const PLATFORM: Platform = Platform {
    name: "standalone",
    title: "a script",
    run: Run::Attended,
    claims: |source| lang::of_file(&source.path, source.raw()).is_some(),
    scripts: |source, repository| Ok(script(source, repository).into_iter().collect()),
    companions: no_companions,
};

/// The file as one script.
pub(super) fn script(source: &Source, repository: &Repository) -> Option<Script> {
    whole_file(source, workload(source, repository))
}

fn workload(source: &Source, repository: &Repository) -> Workload {
    let path = source.path.to_string();
    let stem = file_name(&path).split('.').next().unwrap_or_default().to_owned();
    Workload {
        platform: PLATFORM.name,
        name: format!("{}, run by hand or by a scheduler", file_name(&path)),
        label: stem,
        trust: hosted(&path, repository).unwrap_or(Trust::Unproven),
        anchors: Vec::new(),
        assumptions: Vec::new(),
        path,
    }
}

/// What the configuration says runs the file.
pub(super) fn hosted(path: &str, repository: &Repository) -> Option<Trust> {
    let entry = repository.config.runs_on(path)?;
    Some(Trust::AzureHosted { resources: entry.resources.iter().cloned().map(Scope).collect() })
}

/// A file that is one script from its first byte to its last.
pub(super) fn whole_file(source: &Source, workload: Workload) -> Option<Script> {
    let text = source.raw().to_owned();
    Some(Script {
        language: lang::of_file(&source.path, &text)?.name,
        place: Place::whole(text.len()),
        text,
        expressions: Vec::new(),
        environment: Vec::new(),
        folder: String::new(),
        workload,
    })
}
