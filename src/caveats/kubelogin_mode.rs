//! kubelogin in a mode that signs in a user.

use super::Caveat;
use crate::lang::{Call, Names};

pub(super) const CAVEAT: Caveat = Caveat {
    id: "kubelogin-mode",
    summary: "tells kubelogin to sign in a user",
    explanation: "A device code, a browser and a user's password want a user. Without `-l`, kubelogin \
                  takes the device code.",
    instead: "`kubelogin convert-kubeconfig -l azurecli` takes the session of the Azure CLI, whoever \
                  that is; `-l workloadidentity` and `-l msi` take the identity itself.",
    references: &["https://azure.github.io/kubelogin/concepts/login-modes.html"],
    federated: false,
    delegated: false,
    find,
    flagged: &[
        ("bash", "kubelogin convert-kubeconfig -l devicecode"),
        ("bash", "kubelogin convert-kubeconfig"),
        ("bash", "kubelogin convert-kubeconfig -l ropc"),
    ],
    passed: &[
        ("bash", "kubelogin convert-kubeconfig -l azurecli"),
        ("bash", "kubelogin convert-kubeconfig -l workloadidentity"),
        ("bash", "export AAD_LOGIN_METHOD=msi; kubelogin convert-kubeconfig"),
        ("bash", "kubelogin --version"),
    ],
};

fn find(call: &Call, names: &Names<'_>) -> bool {
    if !["kubelogin convert-kubeconfig", "kubelogin get-token"].contains(&call.name.as_str()) {
        return false;
    }
    // The environment may say it.
    let mode = call.value("--login").map_or_else(|| "devicecode".to_owned(), |it| names.shape(it));
    let is_told = call.has("--login") || !names.has("AAD_LOGIN_METHOD");
    is_told && ["devicecode", "interactive", "ropc"].contains(&mode.as_str())
}
