//! Computers of AWS, and builds of AWS CodeBuild.

use super::{
    Environment, Platform, Repository, Script, Trust, Workload, file_name, is_yaml, joined,
    language_of_text, pattern, variables,
};
use crate::text::{
    Source,
    yaml::{self, Node},
};
use regex::Regex;
use std::sync::LazyLock;

pub(super) const PLATFORM: Platform = Platform {
    name: "aws",
    title: "AWS",
    claims: |source| {
        is_yaml(&source.path)
            && file_name(&source.path).to_ascii_lowercase().starts_with("buildspec")
    },
    scripts,
    advice: ADVICE,
    ..Platform::PLAIN
};

const UNSTATED: &str = "AWS issues tokens that Microsoft Entra can match once outbound web identity federation is on (aws iam enable-outbound-web-identity-federation): name the account's issuer, and as the subject the ARN of the role, in workid.yaml (runs_on, platform: aws)";

const ADVICE: &str = "sign in with az login --service-principal --username CLIENT_ID --tenant TENANT_ID --federated-token \"$(aws sts get-web-identity-token --audience api://AzureADTokenExchange --signing-algorithm RS256 --query WebIdentityToken --output text)\"";

static REFERENCE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\$\{?([A-Za-z_]\w*)\}?"));

fn scripts(source: &Source, _: &Repository) -> Result<Vec<Script>, String> {
    let documents =
        yaml::parse(source.raw()).map_err(|it| format!("not readable as YAML: {it}"))?;
    let mut scripts = Vec::new();
    for document in &documents {
        let environment = environment(document);
        // The phases of a build are one machine's, and one session's.
        for (_, phase) in document.get("phases").map(Node::pairs).unwrap_or_default() {
            for commands in ["commands", "finally"].iter().filter_map(|it| phase.get(it)) {
                let script = joined(commands.items().iter().filter_map(Node::scalar));
                scripts.push(Script {
                    environment: environment.clone(),
                    ..Script::new(language_of_text(&script.text), script, workload(source))
                });
            }
        }
    }
    Ok(scripts)
}

fn workload(source: &Source) -> Workload {
    let trust = Trust::Unstated(UNSTATED.to_owned());
    Workload::new(PLATFORM.name, source, "its build", "build", trust)
}

fn environment(document: &Node) -> Environment {
    let env = document.get("env");
    let of = |it: &&str| Some(variables(&REFERENCE, env?.get(it)?));
    ["variables", "parameter-store", "secrets-manager"].iter().filter_map(of).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::testing::{found, sign_ins};

    #[test]
    fn sign_ins_stand_where_the_file_has_them() {
        let login = "az login -u \"$U\" -p \"$P\"";
        let text = format!(
            "version: 0.2\nenv:\n  variables: {{U: a}}\nphases:\n  build:\n    commands:\n      - echo 1\n      - {login}\n"
        );
        assert_eq!(sign_ins(&PLATFORM, "ci/buildspec.yml", &text), [login]);
        assert_eq!(
            found(&PLATFORM, "buildspec.yml", &text)[0].environment.iter().next().unwrap().name,
            "U"
        );
        assert!(!(PLATFORM.claims)(&Source::new("spec/build.yml", &text)));
    }
}
