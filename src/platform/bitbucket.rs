//! Pipelines of Bitbucket.

use super::{
    Platform, Repository, Run, Script, by_hand, file_name, joined, language_of_text, no_companions,
};
use crate::text::{
    Source,
    yaml::{self, Node},
};

pub(super) const PLATFORM: Platform = Platform {
    name: "bitbucket",
    title: "Bitbucket Pipelines",
    run: Run::Unattended,
    claims: |source| {
        ["bitbucket-pipelines.yml", "bitbucket-pipelines.yaml"].contains(&file_name(&source.path))
    },
    scripts,
    companions: no_companions,
};

const ADVICE: &str = "workid finds sign-ins in Bitbucket Pipelines, and does not write its sign-in yet: let the step ask for an ID token (oidc: true), let a federated credential trust it, and sign in with az login --service-principal --federated-token \"$BITBUCKET_STEP_OIDC_TOKEN\"";

fn scripts(source: &Source, _: &Repository) -> Result<Vec<Script>, String> {
    let documents =
        yaml::parse(source.raw()).map_err(|it| format!("not readable as YAML: {it}"))?;
    let mut scripts = Vec::new();
    documents.iter().for_each(|it| walk(source, it, &mut scripts));
    Ok(scripts)
}

/// Steps stand in branches, stages, parallel groups and definitions: wherever there is a script.
fn walk(source: &Source, node: &Node, scripts: &mut Vec<Script>) {
    let name = node.get("name").and_then(Node::text).unwrap_or("step");
    for section in ["script", "after-script"].iter().filter_map(|it| node.get(it)) {
        // What is no text is a pipe.
        let script = joined(section.items().iter().filter_map(Node::scalar));
        if !script.text.is_empty() {
            let part = if name == "step" { "a step".to_owned() } else { format!("step {name}") };
            let workload = by_hand(PLATFORM.name, source, &part, name, ADVICE);
            scripts.push(Script::new(language_of_text(&script.text), script, workload));
        }
    }
    node.pairs().iter().for_each(|(_, it)| walk(source, it, scripts));
    node.items().iter().for_each(|it| walk(source, it, scripts));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::testing::{check, found, sign_ins};

    fn read(text: &str) -> Vec<&str> {
        sign_ins(&PLATFORM, "bitbucket-pipelines.yml", text)
    }

    #[test]
    fn sign_ins_stand_where_the_file_has_them() {
        let login = "az login -u \"$U\" -p \"$P\"";
        for text in [
            format!(
                "pipelines:\n  default:\n    - step:\n        script:\n          - echo あ\n          - {login}\n          - pipe: a/b:1\n"
            ),
            format!(
                "pipelines:\n  custom:\n    x:\n      - parallel:\n          - step:\n              after-script: ['{login}']\n"
            ),
            format!(
                "definitions:\n  steps:\n    - step: &a\n        script:\n          - |\n            {login}\n"
            ),
        ] {
            assert_eq!(read(&text), [login], "{text}");
        }
        assert!(
            read("pipelines:\n  default:\n    - step:\n        name: az login -u a -p b\n")
                .is_empty()
        );
        let near = "d:\n  - step:\n      script:\n        - pipe: az login -u a -p b\n";
        assert!(found(&PLATFORM, "bitbucket-pipelines.yml", near).is_empty());
    }

    proptest::proptest! {
        #[test]
        fn any_text_keeps_its_places(pieces in check::pieces(PIECES)) {
            check::places(&PLATFORM, "bitbucket-pipelines.yml", &format!("script:\n{}", pieces.concat()));
        }
    }

    const PIECES: &[&str] =
        &["  - ", "az login", "|\n      ", "'", "\"", "\\\"", "\n", "pipe: ", "あ", ">-\n", "\r\n"];
}
