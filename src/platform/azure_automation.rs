//! Runbooks of Azure Automation.

use super::{
    Platform, Run, Trust, Workload, file_name, folder_of, pattern, standalone::whole_file,
};
use crate::{lang, text::Source};
use regex::Regex;
use std::sync::LazyLock;

pub(super) const PLATFORM: Platform = Platform {
    name: "azure-automation",
    title: "Azure Automation",
    run: Run::Unattended,
    claims,
    scripts: |source, _| {
        let runbook = file_name(&source.path).trim_end_matches(".ps1");
        let unstated = format!(
            "let it sign in with the managed identity of the Automation account that runs it, which the files do not show: name the account in workid.yaml under runs_on, for the path {}",
            source.path
        );
        let trust = Trust::Unstated(unstated);
        let workload = Workload {
            name: format!("runbook {runbook}"),
            ..Workload::new(PLATFORM.name, source, "", &runbook.to_lowercase(), trust)
        };
        Ok(whole_file(source, workload).into_iter().collect())
    },
    ..Platform::PLAIN
};

/// Assets that only a runbook can read.
const ASSETS: &[&str] =
    &["get-automationpscredential", "get-automationvariable", "get-automationconnection"];

/// A workflow of Windows PowerShell, which hardly anything else runs.
static WORKFLOW: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?m)^\s*workflow\s+[\w-]+\s*(?:\{|$)"));

fn claims(source: &Source) -> bool {
    let powershell =
        lang::of_file(&source.path, source.raw()).is_some_and(|it| it.name == "powershell");
    powershell && {
        let text = source.raw().to_ascii_lowercase();
        folder_of(&source.path).to_ascii_lowercase().contains("runbook")
            || ASSETS.iter().any(|it| text.contains(it))
            || text.contains("workflow") && WORKFLOW.is_match(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runbook_is_known_by_its_folder_its_assets_or_its_form() {
        let claims = |path: &str, text: &str| claims(&Source::new(path, text));
        assert!(claims("ARMRunbookScripts/a.ps1", ""));
        assert!(claims("a.ps1", "$c = Get-AutomationPSCredential -Name x\n"));
        assert!(claims("a.ps1", "Workflow Stop-All\n{\n}\n"));
        assert!(!claims("a.ps1", "# a workflow of ours\nworkflow-step\n"));
        assert!(!claims("runbooks/a.sh", ""));
    }
}
