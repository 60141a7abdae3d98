//! Pipelines of Buildkite.

use super::{
    Environment, Platform, Repository, Script, Trust, Variable, Workload, federated, is_yaml,
    joined, language_of_text, pattern, variables,
};
use crate::text::{
    Placed, Source,
    yaml::{self, Node},
};
use regex::Regex;
use std::sync::LazyLock;

pub(super) const PLATFORM: Platform = Platform {
    name: "buildkite",
    title: "Buildkite",
    claims: |source| is_yaml(&source.path) && format!("/{}", source.path).contains("/.buildkite/"),
    scripts,
    stated: |entry| federated(entry, Some("https://agent.buildkite.com")),
    advice: ADVICE,
    keeps_variables: true,
    ..Platform::PLAIN
};

const UNSTATED: &str = "Buildkite issues tokens that Microsoft Entra can match: name the ID of the pipeline as the subject in workid.yaml (runs_on, platform: buildkite)";

const ADVICE: &str = "sign in with az login --service-principal --username CLIENT_ID --tenant TENANT_ID --federated-token \"$(buildkite-agent oidc request-token --audience api://AzureADTokenExchange --subject-claim pipeline_id)\"";

/// What one variable takes from another.
static REFERENCE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\$\$?\{?([A-Za-z_]\w*)\}?"));

fn scripts(source: &Source, _: &Repository) -> Result<Vec<Script>, String> {
    let documents =
        yaml::parse(source.raw()).map_err(|it| format!("not readable as YAML: {it}"))?;
    let mut scripts = Vec::new();
    for document in &documents {
        steps(source, document, &environment(document).collect(), &mut scripts);
    }
    Ok(scripts)
}

/// Steps stand at the root, and in groups of them.
fn steps(source: &Source, node: &Node, around: &Environment, scripts: &mut Vec<Script>) {
    // A file may be nothing but the list.
    let list = node.get("steps").unwrap_or(node).items();
    for step in list {
        steps(source, step, around, scripts);
        let entries = ["command", "commands"].iter().filter_map(|it| step.get(it));
        let texts: Vec<_> = entries
            .flat_map(|it| {
                it.scalar().into_iter().chain(it.items().iter().filter_map(Node::scalar))
            })
            .collect();
        if !texts.is_empty() {
            let script = unescaped(&joined(texts));
            scripts.push(Script {
                environment: around.with(environment(step)),
                ..Script::new(language_of_text(&script.text), script, workload(source, step))
            });
        }
    }
}

/// The script as the agent leaves it to a shell: `$$NAME` is the shell's `$NAME`.
fn unescaped(script: &Placed) -> Placed {
    let mut text = Placed::default();
    let mut at = 0;
    for (sign, _) in script.text.match_indices("$$") {
        text.push(&script.text[at..sign], at);
        text.escape("$", sign, 2);
        at = sign + 2;
    }
    text.push(&script.text[at..], at);
    Placed { place: text.place.within(&script.place), text: text.text }
}

fn environment(node: &Node) -> impl Iterator<Item = Variable> {
    node.get("env").into_iter().flat_map(|it| variables(&REFERENCE, it))
}

fn workload(source: &Source, step: &Node) -> Workload {
    let named = ["key", "label", "name"].iter().find_map(|it| step.get(it)?.text());
    let part = named.map_or("a step".to_owned(), |it| format!("step {it}"));
    let trust = Trust::Unstated(UNSTATED.to_owned());
    let label = named.unwrap_or("step");
    let assumptions = vec![AGENT.to_owned()].into();
    Workload { assumptions, ..Workload::new(PLATFORM.name, source, &part, label, trust) }
}

const AGENT: &str =
    "the agents of Buildkite are of April 2026 or later: those before do not know --subject-claim";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::testing::{found, sign_ins};

    #[test]
    fn sign_ins_stand_where_the_file_has_them() {
        let login = "az login -u \"$$U\" -p \"$$P\"";
        for text in [
            format!("steps:\n  - command: {login}\n"),
            format!("- commands:\n    - echo 1\n    - {login}\n"),
            format!("steps:\n  - group: a\n    steps:\n      - command: |\n          {login}\n"),
        ] {
            assert_eq!(sign_ins(&PLATFORM, ".buildkite/pipeline.yml", &text), [login], "{text}");
        }
        let text = format!("steps:\n  - command: echo あ; {login}\n");
        let script = found(&PLATFORM, ".buildkite/pipeline.yml", &text).remove(0);
        assert_eq!(script.text, "echo あ; az login -u \"$U\" -p \"$P\"");
        let text = "env: {A: $B}\nsteps: [{label: go, command: x}]\n";
        let script = found(&PLATFORM, ".buildkite/pipeline.yml", text).remove(0);
        assert_eq!(script.workload.name, "pipeline.yml, step go");
        assert_eq!(script.environment.get("A").unwrap().from.as_deref(), Some("B"));
    }
}
