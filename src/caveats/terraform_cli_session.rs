//! Terraform and Pulumi that take the session of the Azure CLI.

use super::Caveat;
use crate::lang::{Call, Names};

pub(super) const CAVEAT: Caveat = Caveat {
    id: "terraform-cli-session",
    summary: "runs Terraform or Pulumi with the session of the Azure CLI",
    explanation: "Their providers for Azure take the session of the Azure CLI if nothing else is set, and \
                  some versions take only a user's: authenticating using the Azure CLI is only supported \
                  as a User. The backend for the state signs in in the same way.",
    instead: "Let the provider and the backend sign in themselves: `ARM_USE_OIDC=true` where the \
                  platform signs tokens, `ARM_USE_MSI=true` where Azure runs it, with `ARM_CLIENT_ID`, \
                  `ARM_TENANT_ID` and `ARM_SUBSCRIPTION_ID`.",
    references: &[
        "https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/guides/azure_cli",
        "https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/guides/service_principal_oidc",
    ],
    federated: false,
    delegated: false,
    find,
    flagged: &[
        ("bash", "terraform apply -auto-approve"),
        ("bash", "terraform -chdir=infra plan"),
        ("powershell", "terraform destroy"),
    ],
    passed: &[
        ("bash", "export ARM_USE_OIDC=true\nterraform apply"),
        ("powershell", "$env:ARM_USE_MSI = 'true'\nterraform apply"),
        ("bash", "terraform fmt"),
    ],
};

/// With one of these, it signs in itself.
const OWN: &[&str] = &[
    "ARM_ACCESS_KEY",
    "ARM_CLIENT_ID",
    "ARM_OIDC_TOKEN",
    "ARM_USE_AKS_WORKLOAD_IDENTITY",
    "ARM_USE_MSI",
    "ARM_USE_OIDC",
];

fn find(call: &Call, names: &Names<'_>) -> bool {
    const COMMANDS: &[&str] =
        &["apply", "destroy", "import", "init", "plan", "preview", "refresh", "up"];
    let is_tool =
        ["terraform", "terragrunt", "tofu", "pulumi"].contains(&call.name.trim_end_matches(".exe"));
    let told = call.words.iter().filter_map(|it| it.literal()).find(|it| !it.starts_with('-'));
    is_tool
        && told.is_some_and(|it| COMMANDS.contains(&&*it))
        && !OWN.iter().any(|it| names.has(it))
}
