//! Pipelines of Bitbucket.

use super::{
    Anchor, Platform, Repository, Run, Script, Trust, Workload, file_name, joined, language_of_text,
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
    advice: ADVICE,
    certificate: "put NAME.pem, as base64, into a secured variable AZURE_CLIENT_CERTIFICATE of the repository or of the deployment",
    keeps_variables: true,
    ..Platform::PLAIN
};

const ADVICE: &str = "keep the certificate in a secured variable, as base64, write it to a file that only the step reads, and sign in with az login --service-principal --certificate, or in PowerShell with Connect-AzAccount -ServicePrincipal -CertificatePath";

/// Bitbucket issues tokens, but Microsoft Entra cannot match them.
const UNPROVEN: &str = "Bitbucket puts the ID of each step's run into the subject of its tokens, so that it is another one in every run";

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
            let trust = Trust::Unproven(UNPROVEN.to_owned());
            let first = section.items().first();
            // What a script sets is not set in the one that runs after it.
            let place = first.and_then(|it| Anchor::item("certificate", source, it));
            let workload =
                Workload::new(PLATFORM.name, source, &part, name, trust).lacking(place.into());
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
