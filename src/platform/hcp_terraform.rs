//! HCP Terraform, and Terraform Enterprise.

use super::{Platform, Trust, federated};
use crate::resource::Federation;

pub(super) const PLATFORM: Platform = Platform {
    name: "hcp-terraform",
    title: "HCP Terraform",
    stated: |entry| federated(entry, Some(ISSUER)),
    ..Platform::PLAIN
};

const ISSUER: &str = "https://app.terraform.io";

pub(super) const ADVICE: &str = "workid does not write the sign-in of HCP Terraform yet: set TFC_AZURE_PROVIDER_AUTH=true and TFC_AZURE_RUN_CLIENT_ID to the identity's client ID in the workspace, with ARM_TENANT_ID and ARM_SUBSCRIPTION_ID, and take the call out: the providers then sign in themselves";

/// Only what is applied writes: anybody's pull request may start a plan, which gets no right to.
pub(super) fn trust(organization: &str, project: &str, workspace: &str) -> Trust {
    Trust::Federated(vec![Federation::new(
        ISSUER,
        format!(
            "organization:{organization}:project:{project}:workspace:{workspace}:run_phase:apply"
        ),
    )])
}
