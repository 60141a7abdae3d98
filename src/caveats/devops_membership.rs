//! Commands to Azure DevOps.

use super::Caveat;
use crate::lang::{Call, Names};

pub(super) const CAVEAT: Caveat = Caveat {
    id: "devops-membership",
    summary: "speaks to Azure DevOps",
    explanation: "The user was a member of the organization, and the identity is not yet: what it asks is \
                  refused (TF401444, 401).",
    instead: "Add the identity to the organization with the access and the groups that it needs. In a \
                  pipeline, the job's own token (`System.AccessToken`) is often enough.",
    references: &[
        "https://learn.microsoft.com/azure/devops/integrate/get-started/authentication/service-principal-managed-identity",
    ],
    federated: false,
    delegated: false,
    find,
    flagged: &[
        ("bash", "az pipelines run --name deploy"),
        ("bash", "az artifacts universal download --feed f -n a -v 1 --path ."),
    ],
    passed: &[
        ("bash", "az devops configure --defaults organization=$O"),
        ("bash", "az webapp list"),
    ],
};

fn find(call: &Call, _: &Names<'_>) -> bool {
    let groups = ["artifacts", "boards", "devops", "pipelines", "repos"];
    let is_setting = ["az devops login", "az devops configure"].contains(&call.name.as_str());
    groups.iter().any(|it| super::is_within(call, it)) && !is_setting
}
