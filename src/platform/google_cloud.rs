//! Computers of Google Cloud, and builds of Cloud Build.

use super::{
    Platform, Repository, Script, Trust, Workload, arguments, federated, file_name, is_yaml,
    language_of_text, placed,
};
use crate::text::{
    Source,
    yaml::{self, Kind, Node, Scalar},
};

pub(super) const PLATFORM: Platform = Platform {
    name: "google-cloud",
    title: "Google Cloud",
    claims: |source| is_yaml(&source.path) && file_name(&source.path).starts_with("cloudbuild"),
    scripts,
    stated: |entry| federated(entry, Some("https://accounts.google.com")),
    advice: ADVICE,
    ..Platform::PLAIN
};

const UNSTATED: &str = "Google Cloud issues tokens that Microsoft Entra can match: name the unique ID of the service account as the subject in workid.yaml (runs_on, platform: google-cloud)";

const ADVICE: &str = "sign in with az login --service-principal --username CLIENT_ID --tenant TENANT_ID --federated-token \"$(gcloud auth print-identity-token --audiences=api://AzureADTokenExchange)\"";

fn scripts(source: &Source, _: &Repository) -> Result<Vec<Script>, String> {
    let documents =
        yaml::parse(source.raw()).map_err(|it| format!("not readable as YAML: {it}"))?;
    let steps = documents.iter().filter_map(|it| it.get("steps")).flat_map(Node::items);
    let script = |step: &Node| {
        let (language, text) = match step.get("script").and_then(Node::scalar) {
            Some(text) => (language_of_text(&text.value), placed(text)),
            None => arguments(source, &command(step))?,
        };
        let trust = Trust::Unstated(UNSTATED.to_owned());
        let workload = Workload::new(PLATFORM.name, source, "its build", "build", trust);
        Some(Script::new(language, text, workload))
    };
    Ok(steps.filter_map(script).collect())
}

/// The entry point and its arguments. Without one, the image's own runs, which its name may tell.
fn command(step: &Node) -> Vec<Node> {
    let image =
        step.get("name").and_then(Node::scalar).filter(|it| it.value.ends_with("azure-cli"));
    let program = image.map(|it| Scalar { value: "az".to_owned(), ..it.clone() });
    let program = program.map(|it| Node { span: step.span, kind: Kind::Scalar(it) });
    let entry = step.get("entrypoint").cloned().or(program);
    entry
        .into_iter()
        .chain(step.get("args").map(Node::items).unwrap_or_default().iter().cloned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::testing::sign_ins;

    #[test]
    fn sign_ins_stand_where_the_file_has_them() {
        let login = "az login -u a -p b";
        for step in [
            format!("entrypoint: bash\n    args: [-c, '{login}']"),
            format!("script: |\n      #!/bin/bash\n      {login}"),
        ] {
            let text = format!("steps:\n  - name: gcr.io/a/b\n    {step}\n");
            assert_eq!(sign_ins(&PLATFORM, "cloudbuild.yaml", &text), [login], "{text}");
        }
    }
}
