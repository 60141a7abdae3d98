//! Scripts that no pipeline of the repository is known to run.

use super::{Platform, Run, Script, Trust, Workload, file_name};
use crate::{
    lang,
    text::{Place, Placed, Source},
};

pub(super) const PLATFORM: Platform = Platform {
    name: "standalone",
    title: "a script",
    run: Run::Attended,
    claims: |source| lang::of_file(&source.path, source.raw()).is_some(),
    scripts: |source, _| Ok(script(source).into_iter().collect()),
    ..Platform::PLAIN
};

/// The file as one script.
pub(super) fn script(source: &Source) -> Option<Script> {
    whole_file(source, workload(source))
}

fn workload(source: &Source) -> Workload {
    let label = file_name(&source.path).split('.').next().unwrap_or_default();
    let trust = Trust::Unproven("nothing vouches for where it runs".to_owned());
    Workload::new(PLATFORM.name, source, "run by hand or by a scheduler", label, trust)
}

/// A file that is one script from its first byte to its last.
pub(super) fn whole_file(source: &Source, workload: Workload) -> Option<Script> {
    let text = source.raw().to_owned();
    let language = lang::of_file(&source.path, &text)?.name;
    let place = Place::whole(text.len());
    Some(Script::new(language, Placed { text, place }, workload))
}
