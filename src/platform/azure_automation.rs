//! Runbooks of Azure Automation.

use super::{
    Platform, Run, Trust, Workload, file_name, no_companions,
    standalone::{hosted, whole_file},
};
use crate::{lang, text::Source};

pub(super) const PLATFORM: Platform = Platform {
    name: "azure-automation",
    title: "Azure Automation",
    run: Run::Unattended,
    claims,
    scripts: |source, repository| {
        let path = source.path.to_string();
        let runbook = file_name(&path).trim_end_matches(".ps1").to_owned();
        let unstated = || {
            Trust::Unstated(format!(
                "the files do not show which Automation account runs it: name it in workid.yaml under runs_on, for the path {path}"
            ))
        };
        let workload = Workload {
            platform: PLATFORM.name,
            name: format!("runbook {runbook}"),
            label: runbook.to_lowercase(),
            trust: hosted(&path, repository).unwrap_or_else(unstated),
            anchors: Vec::new(),
            assumptions: Vec::new(),
            path,
        };
        Ok(whole_file(source, workload).into_iter().collect())
    },
    companions: no_companions,
};

/// Assets that only a runbook can read.
const ASSETS: &[&str] =
    &["get-automationpscredential", "get-automationvariable", "get-automationconnection"];

fn claims(source: &Source) -> bool {
    let powershell =
        lang::of_file(&source.path, source.raw()).is_some_and(|it| it.name == "powershell");
    powershell && {
        let text = source.raw().to_ascii_lowercase();
        source.path.split('/').rev().skip(1).any(|it| it.eq_ignore_ascii_case("runbooks"))
            || ASSETS.iter().any(|it| text.contains(it))
    }
}
