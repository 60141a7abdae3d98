//! What wants the secret of a service principal.

use super::Caveat;
use crate::lang::{Call, Names};

pub(super) const CAVEAT: Caveat = Caveat {
    id: "client-secret",
    summary: "wants a client secret",
    explanation: "A managed identity and a federated credential have none. `$servicePrincipalKey`, which \
                  the task AzureCLI sets with addSpnToEnvironment, is empty where its service connection \
                  is federated.",
    instead: "Let it take the session of the Azure CLI, a federated token (`$idToken` of the task \
                  AzureCLI) or a managed identity. A cluster of AKS takes `--enable-managed-identity` in \
                  the place of a service principal.",
    references: &[
        "https://learn.microsoft.com/azure/devops/pipelines/tasks/reference/azure-cli-v2",
        "https://learn.microsoft.com/azure/aks/use-managed-identity",
    ],
    federated: false,
    delegated: false,
    find,
    flagged: &[
        ("bash", "az aks create -g rg -n k --service-principal $A --client-secret $S"),
        ("bash", "./deploy.sh --secret \"$servicePrincipalKey\""),
        ("powershell", "./deploy.ps1 -Secret $env:servicePrincipalKey"),
    ],
    passed: &[
        ("bash", "az aks create -g rg -n k --enable-managed-identity"),
        ("bash", "./deploy.sh --token \"$idToken\""),
    ],
};

fn find(call: &Call, _: &Names<'_>) -> bool {
    let is_key =
        |it: &str| it.trim_start_matches("env:").eq_ignore_ascii_case("servicePrincipalKey");
    let reads_key = call.arguments.iter().any(|it| it.reads().into_iter().any(is_key));
    let is_az = call.name.starts_with("az ") && call.name != "az login";
    is_az && call.has("--client-secret") || reads_key
}
