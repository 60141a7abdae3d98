//! Azure Stack Hub, an Azure of one's own.

use super::{Platform, Trust, Workload, file_name, pattern, standalone::whole_file};
use crate::{lang, resource::Cloud, text::Source};
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

/// Whether a sign-in in a file for a stack is to the stack: what names another environment, or none,
/// is to Azure itself, where such files fetch what the stack needs. `cloud` is as the file writes it.
pub(super) fn is_signed_in_to(source: &Source, cloud: Option<&str>) -> bool {
    let Some(cloud) = cloud else { return false };
    let Some(variable) = cloud.strip_prefix('$') else { return Cloud::named(cloud).is_none() };
    let name = regex::escape(variable);
    let registered = format!(
        r"(?is)\bAdd-Az\w*Environment\b.{{0,400}}?-Name\s+[\x22']?\${name}\b|\${name}\s*=\s*(?:Add|Get)-Az\w*Environment\b"
    );
    // A name that is too long to be searched for is nobody's.
    Regex::new(&registered).is_ok_and(|it| it.is_match(source.raw()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_of_such_a_file_may_be_to_azure_itself() {
        let text = "Add-AzEnvironment -Name $own -ARMEndpoint $arm\n$e = Get-AzEnvironment Mine\n";
        let source = Source::new("a.ps1", text);
        for own in ["AzureStackAdmin", "Mine", "$own", "$e"] {
            assert!(is_signed_in_to(&source, Some(own)), "{own}");
        }
        for other in
            [None, Some("AzureCloud"), Some("AzureUSGovernment"), Some("$azure"), Some("$e.Name")]
        {
            assert!(!is_signed_in_to(&source, other), "{other:?}");
        }
    }

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
