//! HCP Terraform, and Terraform Enterprise.

use super::{Platform, Trust, federated};
use crate::resource::Federation;

pub(super) const PLATFORM: Platform = Platform {
    name: "hcp-terraform",
    title: "HCP Terraform",
    stated: |entry| federated(entry, Some(&issuer(HOST))),
    advice: ADVICE,
    ..Platform::PLAIN
};

/// Where it is, unless the configuration names another host, such as that of an enterprise.
pub(super) const HOST: &str = "app.terraform.io";

fn issuer(host: &str) -> String {
    format!("https://{host}")
}

pub(super) const ADVICE: &str = "workid does not write the sign-in of HCP Terraform yet: set TFC_AZURE_PROVIDER_AUTH=true and TFC_AZURE_RUN_CLIENT_ID to the identity's client ID in the workspace, with ARM_TENANT_ID and ARM_SUBSCRIPTION_ID, and take the call out: the providers then sign in themselves";

/// Only what is applied writes: anybody's pull request may start a plan, which gets no right to.
pub(super) fn trust(host: &str, organization: &str, project: &str, workspace: &str) -> Trust {
    Trust::Federated([Federation::new(
        issuer(host),
        format!(
            "organization:{organization}:project:{project}:workspace:{workspace}:run_phase:apply"
        ),
    )].into())
}
