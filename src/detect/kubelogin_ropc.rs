//! `kubelogin convert-kubeconfig --login ropc`, and `kubelogin get-token`.

use super::{
    Class, EVERYWHERE, Login, Rule,
    held::{Is, is},
};
use crate::lang::{Item, Parsed};
use crate::text::pattern;
use regex::Regex;
use std::sync::LazyLock;

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
        ("bash", "MODE=ropc\nkubelogin convert-kubeconfig -l \"$MODE\""),
        (
            "settings",
            "provider \"kubernetes\" {\n  exec {\n    command = \"kubelogin\"\n    args = [\"get-token\", \"--login\", \"ropc\"]\n  }\n}\n",
        ),
    ],
    passed: &[
        ("bash", "MODE=spn # not ropc\nkubelogin convert-kubeconfig -l \"$MODE\""),
        (
            "settings",
            "exec {\n  command = \"kubelogin\"\n  args = [\"get-token\", \"--login\", \"spn\", \"ropc\"]\n}\n",
        ),
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

/// Arguments as they are written between brackets.
static LIST: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"^\[.*["'](?:-l|--login)(?:["']\s*,\s*["']|=)ropc["']"#));

const COMMANDS: &[&str] = &["kubelogin convert-kubeconfig", "kubelogin get-token"];

fn find<'c>(item: Item<'c>, parsed: &'c Parsed) -> Option<Login<'c>> {
    let (user, secret, doubt) = match item {
        Item::Call(call) => {
            let mode = call.value("--login").filter(|_| COMMANDS.contains(&call.name.as_str()))?;
            let doubt = match is(mode, "ropc", call.span.start, parsed) {
                Is::Always => None,
                Is::AtTimes => Some("the login mode is in a variable, and may be another"),
                Is::Never | Is::Unknown => return None,
            };
            (call.value("--username"), call.value("--password"), doubt)
        }
        Item::Setting(it) if it.name.ends_with("AAD_LOGIN_METHOD") && it.value.is("ropc") => {
            (None, None, None)
        }
        // As HCL has it: what a tree holds is a call.
        Item::Setting(it) if it.name == "args" && it.value.fits(&LIST) => {
            let command = parsed.set("command", 0..it.span.start).next_back()?;
            command.value.ends_with("kubelogin").then_some((None, None, None))?
        }
        Item::Setting(_) | Item::Text(_) => return None,
    };
    let class = Class::UserIdentity;
    Some(Login { class, doubt, ..Login::of(user, secret) })
}
