//! `kubelogin convert-kubeconfig --login ropc`, and `kubelogin get-token`.

use super::{Class, EVERYWHERE, Login, Rule};
use crate::lang::{Item, Parsed};

pub(super) const RULE: Rule = Rule {
    id: "kubelogin-ropc",
    summary: "signs in to a Kubernetes cluster as a user, with a password",
    explanation: "The login mode ropc sends the user's name and password, and a password alone cannot meet multifactor \
                  authentication. The mandatory one covers Azure Resource Manager, not the API server of a cluster, so \
                  the files do not show whether the sign-in is refused; Conditional Access or security defaults may \
                  still refuse it (AADSTS50076).",
    instead: "The login mode `workloadidentity` where a platform vouches for the workload, `msi` where Azure runs it, \
              and `azurecli` after the Azure CLI has signed in as a workload identity. The new identity needs a role \
              on the cluster.",
    references: &[
        "https://azure.github.io/kubelogin/concepts/login-modes.html",
        "https://learn.microsoft.com/azure/aks/kubelogin-authentication",
    ],
    client: "kubelogin",
    hints: &["kubelogin", "aad_login_method"],
    with: &["ropc"],
    enforced: false,
    asks_a_person: false,
    languages: EVERYWHERE,
    given_up: &[
        "--login",
        "--username",
        "--password",
        "--client-id",
        "--client-secret",
        "--tenant-id",
        "--cache-dir",
        "--token-cache-dir",
        "--use-azurerm-env-vars",
    ],
    find,
    flagged: &[
        ("bash", "kubelogin convert-kubeconfig -l ropc"),
        ("bash", "kubelogin convert-kubeconfig -lropc --username \"$U\" --password \"$P\""),
        ("bash", "kubelogin get-token --server-id $ID --login=ropc"),
        ("powershell", "kubelogin.exe get-token --login ropc --username $u --password $p"),
        ("batch", "kubelogin.exe convert-kubeconfig -l ropc"),
        (
            "go",
            "package main\nfunc main() { exec.Command(\"kubelogin\", \"convert-kubeconfig\", \"-l\", \"ropc\") }",
        ),
        ("bash", "export AAD_LOGIN_METHOD=ropc"),
        (
            "settings",
            "users:\n- user:\n    exec:\n      command: kubelogin\n      args:\n      - get-token\n      - --login\n      - ropc\n",
        ),
    ],
    passed: &[
        ("bash", "kubelogin convert-kubeconfig -l workloadidentity"),
        ("bash", "kubelogin convert-kubeconfig -l azurecli"),
        ("bash", "kubelogin convert-kubeconfig"),
        ("settings", "exec:\n  command: kubelogin\n  args: [get-token, --login, msi]\n"),
        ("bash", "kubelogin remove-tokens"),
        ("bash", "echo kubelogin convert-kubeconfig -l ropc"),
        ("powershell", "kubelogin get-token --login spn --client-id $id"),
        ("batch", "kubelogin.exe convert-kubeconfig -l azurecli"),
        ("python", "run(['kubelogin', 'convert-kubeconfig', '-l', 'azurecli'])"),
    ],
};

const COMMANDS: &[&str] = &["kubelogin convert-kubeconfig", "kubelogin get-token"];

fn find<'c>(item: Item<'c>, _: &'c Parsed) -> Option<Login<'c>> {
    let (user, secret) = match item {
        Item::Call(call) => {
            let is_ropc = call.value("--login").is_some_and(|it| it.is("ropc"));
            if !is_ropc || !COMMANDS.contains(&call.name.as_str()) {
                return None;
            }
            (call.value("--username"), call.value("--password"))
        }
        Item::Setting(it) if it.name.ends_with("AAD_LOGIN_METHOD") && it.value.is("ropc") => {
            (None, None)
        }
        Item::Setting(_) | Item::Text(_) => return None,
    };
    let class = Class::UserIdentity;
    Some(Login { user, secret, class, doubt: None, cloud: None, obstacle: None })
}
