//! Azure Stack Hub, an Azure of one's own.

use super::{
    Platform, Trust, Workload, file_name, pattern,
    standalone::{self, whole_file},
};
use crate::{lang, resource::Cloud, text::Source};
use regex::Regex;
use std::{
    collections::BTreeSet,
    sync::{Arc, LazyLock},
};

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

/// Variables that name a stack, or hold one.
static STACKS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?is)\bAdd-Az\w*Environment\b.{0,400}?-Name\s+[\x22']?\$(\w+)\b|\$(\w+)\s*=\s*(?:Add|Get)-Az\w*Environment\b",
    )
});

/// A file for a stack, in which a sign-in may be to Azure itself, where such files fetch what the stack
/// needs.
pub struct Stack {
    /// In lower case.
    variables: BTreeSet<String>,
    /// What runs the sign-ins that are to Azure.
    beside: Option<Arc<Workload>>,
}

impl Stack {
    /// Whether a workload runs in such a file, and nothing says more of it.
    pub fn is_around(workload: &Workload) -> bool {
        workload.platform == PLATFORM.name && matches!(workload.trust, Trust::Unfit(_))
    }

    pub fn of(source: &Source) -> Stack {
        let named = |it: regex::Captures<'_>| {
            it.get(1).or_else(|| it.get(2)).map(|it| it.as_str().to_ascii_lowercase())
        };
        let variables = STACKS.captures_iter(source.raw()).filter_map(named).collect();
        let beside = standalone::script(source).map(|it| Arc::new(it.workload));
        Stack { variables, beside }
    }

    /// What runs a sign-in that names a cloud, as the file writes it, if that is to Azure: it names none,
    /// or another environment than a stack's.
    pub fn beside(&self, cloud: Option<&str>) -> Option<Arc<Workload>> {
        self.beside.clone().filter(|_| !cloud.is_some_and(|it| self.is_one(it)))
    }

    fn is_one(&self, cloud: &str) -> bool {
        match cloud.strip_prefix('$') {
            Some(variable) => self.variables.contains(&variable.to_ascii_lowercase()),
            None => Cloud::named(cloud).is_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_of_such_a_file_may_be_to_azure_itself() {
        let text = "Add-AzEnvironment -Name $own -ARMEndpoint $arm\n$e = Get-AzEnvironment Mine\n";
        let source = Source::new("a.ps1", text);
        let stack = Stack::of(&source);
        for own in ["AzureStackAdmin", "Mine", "$own", "$e", "$OWN"] {
            assert!(stack.beside(Some(own)).is_none(), "{own}");
        }
        for other in
            [None, Some("AzureCloud"), Some("AzureUSGovernment"), Some("$azure"), Some("$e.Name")]
        {
            assert!(stack.beside(other).is_some(), "{other:?}");
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
