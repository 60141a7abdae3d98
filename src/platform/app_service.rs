//! Azure Functions, and web jobs of Azure App Service.

use super::{Platform, Trust, Workload, file_name, folder_of, pattern, standalone::whole_file};
use crate::{lang, text::Source};
use regex::Regex;
use std::sync::LazyLock;

pub(super) const PLATFORM: Platform = Platform {
    name: "app-service",
    title: "Azure App Service",
    claims,
    scripts: |source, _| {
        let trust = Trust::Unstated(format!(
            "the files do not show which app runs it: name it in workid.yaml under runs_on, for the path {}",
            source.path
        ));
        let folder = folder_of(&source.path);
        let name = if folder.is_empty() { &source.path } else { file_name(folder) };
        let workload = Workload::new(PLATFORM.name, source, "an app", name, trust);
        Ok(whole_file(source, workload).into_iter().collect())
    },
    hosts: &["microsoft.web/sites"],
    ..Platform::PLAIN
};

/// What the code of a function has, and other code has not.
static MARKS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"Push-OutputBinding|import azure\.functions|from azure import functions|Microsoft\.Azure\.Functions\.Worker|Microsoft\.Azure\.WebJobs|@azure/functions|com\.microsoft\.azure\.functions|Azure Functions profile\.ps1",
    )
});

fn claims(source: &Source) -> bool {
    let folders = format!("/{}", source.path).to_ascii_lowercase();
    lang::of_file(&source.path, source.raw()).is_some_and(|it| it.name != "settings")
        && (folders.contains("/app_data/jobs/") || MARKS.is_match(source.raw()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_known_by_what_only_functions_have() {
        let claims = |path: &str, text: &str| claims(&Source::new(path, text));
        assert!(claims("stop/run.ps1", "param($Timer)\nPush-OutputBinding -Name x\n"));
        assert!(claims("function_app.py", "import azure.functions as func\n"));
        assert!(claims("App_Data/jobs/triggered/nightly/run.cmd", "az login -u a\n"));
        assert!(!claims("run.ps1", "param($Timer)\n"));
        assert!(!claims("notes.md", "import azure.functions\n"));
    }
}
