//! Azure Stack Hub, an Azure of one's own.

use super::{Platform, Trust, Workload, file_name, pattern, standalone::whole_file};
use crate::{lang, text::Source};
use regex::Regex;
use std::sync::LazyLock;

pub(super) const PLATFORM: Platform = Platform {
    name: "azure-stack-hub",
    title: "Azure Stack Hub",
    claims,
    scripts: |source, _| {
        let trust = Trust::Unfit(UNFIT.to_owned());
        let workload = Workload::new(PLATFORM.name, source, "", "stack", trust);
        let workload = Workload { name: file_name(&source.path).to_owned(), ..workload };
        Ok(whole_file(source, workload).into_iter().collect())
    },
    stated: |_| Trust::Unfit(UNFIT.to_owned()),
    ..Platform::PLAIN
};

const UNFIT: &str = "it signs in to Azure Stack Hub, which does not take managed identities or federated credentials, and does not demand multifactor authentication: where the stack's Microsoft Entra tenant demands it, sign in as a service principal with a certificate that the stack's operator makes (with AD FS: New-GraphApplication)";

/// What names the endpoints of a stack: its own environment is registered under some name, and
/// signed in to under that.
static ENDPOINT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)-ARMEndpoint\b|\bazurestack\.external\b|\badminmanagement\.|-Environment(?:Name)?\s+[\x22']?AzureStack",
    )
});

fn claims(source: &Source) -> bool {
    lang::of_file(&source.path, source.raw()).is_some_and(|it| it.name == "powershell")
        && ENDPOINT.is_match(source.raw())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_is_known_by_its_endpoints() {
        let claims = |text: &str| claims(&Source::new("a.ps1", text));
        assert!(claims("Add-AzEnvironment -Name Mine -ArmEndpoint $arm\n"));
        assert!(claims("Connect-AzAccount -Environment AzureStackAdmin -Credential $c\n"));
        assert!(claims("$arm = 'https://adminmanagement.local.azurestack.external'\n"));
        assert!(!claims("# not for Azure Stack\nConnect-AzAccount -Credential $c\n"));
        assert!(!claims("Connect-AzAccount -Environment AzureChinaCloud\n"));
    }
}
