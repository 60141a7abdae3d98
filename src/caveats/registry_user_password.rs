//! A container registry that a user's password is sent to.

use super::Caveat;
use crate::lang::{Call, Names};

pub(super) const CAVEAT: Caveat = Caveat {
    id: "registry-user-password",
    summary: "signs in to a container registry with a name and a password",
    explanation: "Where these are the user's, the registry refuses them once the user is gone. The rewrite \
                  of the sign-in to Azure does not touch them.",
    instead: "`az acr login --name REGISTRY` takes the session of the Azure CLI. Where there is no \
                  docker, it gives a token: `az acr login --expose-token`.",
    references: &[
        "https://learn.microsoft.com/azure/container-registry/container-registry-authentication",
    ],
    federated: false,
    delegated: false,
    find,
    flagged: &[
        ("bash", "docker login contoso.azurecr.io -u \"$DEPLOY_USER\" -p \"$DEPLOY_PASSWORD\""),
        ("bash", "az acr login -n contoso -u \"$U\" -p \"$P\""),
    ],
    passed: &[
        ("bash", "az acr login -n contoso"),
        (
            "bash",
            "docker login contoso.azurecr.io -u 00000000-0000-0000-0000-000000000000 -p \"$TOKEN\"",
        ),
        ("bash", "docker login docker.io -u a -p \"$P\""),
    ],
};

/// The name that goes with a token, which is no user's.
const TOKEN: &str = "00000000-0000-0000-0000-000000000000";

fn find(call: &Call, names: &Names<'_>) -> bool {
    if call.name == "az acr login" {
        return call.has("--username") || call.has("-u");
    }
    let is_client = ["docker", "podman", "helm", "oras", "buildah"].contains(&call.name.as_str());
    if !is_client || !call.arguments.iter().take(3).any(|it| it.is("login")) {
        return false;
    }
    let says = |text: &str| call.arguments.iter().any(|it| names.shape(it).contains(text));
    (says("-u") || says("--username")) && says(".azurecr.") && !says(TOKEN)
}
