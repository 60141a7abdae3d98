//! Pipelines of CircleCI.

use super::{
    Anchor, Environment, Platform, Repository, Run, Script, Trust, Variable, Workload, expressions,
    is_yaml, language_of_shell, language_of_text, pattern, placed, variables,
};
use crate::text::{
    Source,
    yaml::{self, Node},
};
use regex::Regex;
use std::sync::LazyLock;

pub(super) const PLATFORM: Platform = Platform {
    name: "circleci",
    title: "CircleCI",
    run: Run::Unattended,
    claims: |source| is_yaml(&source.path) && format!("/{}", source.path).contains("/.circleci/"),
    scripts,
    advice: ADVICE,
    certificate: "put NAME.pem, as base64, into the variable AZURE_CLIENT_CERTIFICATE of the project or of a context that the job uses",
    keeps_variables: true,
    ..Platform::PLAIN
};

const ADVICE: &str = "keep the certificate in a context, as base64, write it to a file that only the job reads, and sign in with az login --service-principal --certificate, or in PowerShell with Connect-AzAccount -ServicePrincipal -CertificatePath";

/// `<< parameters.name >>`
static EXPRESSION: LazyLock<Regex> = LazyLock::new(|| pattern(r"<<(.*?)>>"));

/// What one variable takes from another.
static REFERENCE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\$\{?([A-Za-z_]\w*)\}?"));

fn scripts(source: &Source, _: &Repository) -> Result<Vec<Script>, String> {
    let documents =
        yaml::parse(source.raw()).map_err(|it| format!("not readable as YAML: {it}"))?;
    let mut scripts = Vec::new();
    documents.iter().for_each(|it| jobs(source, it, "config", &mut scripts));
    Ok(scripts)
}

/// CircleCI issues tokens, but Microsoft Entra cannot match them.
const UNPROVEN: &str = "CircleCI puts the ID of the user who starts a pipeline into the subject of its tokens, and no credential matches more than one subject";

fn workload(source: &Source, job: &str) -> Workload {
    let trust = Trust::Unproven(UNPROVEN.to_owned());
    Workload::new(PLATFORM.name, source, &format!("job {job}"), job, trust)
}

/// Steps stand in jobs and commands, and in those of the orbs that the file holds.
fn jobs(source: &Source, node: &Node, name: &str, scripts: &mut Vec<Script>) {
    if let Some(all) = node.get("steps") {
        let job = Job { source, node, name, environment: environment(Some(node)).collect() };
        job.steps(all, scripts);
    }
    for (key, value) in node.pairs() {
        jobs(source, value, key.text().unwrap_or(name), scripts);
    }
}

struct Job<'n> {
    source: &'n Source,
    node: &'n Node,
    name: &'n str,
    environment: Environment,
}

impl Job<'_> {
    fn steps(&self, steps: &Node, scripts: &mut Vec<Script>) {
        for step in steps.items() {
            // `when: {condition, steps}`
            for nested in step.pairs().iter().filter_map(|(_, it)| it.get("steps")) {
                self.steps(nested, scripts);
            }
            let run = step.get("run");
            let Some(command) = run.and_then(|it| it.get("command").unwrap_or(it).scalar()) else {
                continue;
            };
            let entry = |name: &str| run.and_then(|it| it.get(name));
            let shell = entry("shell").or_else(|| self.node.get("shell")).and_then(Node::text);
            // Other shells do not read what bash reads before each step.
            let is_bash =
                shell.is_none_or(|it| language_of_shell(it) == "bash" && it.contains("bash"));
            let place = Anchor::item("step", self.source, step).filter(|_| is_bash);
            scripts.push(Script {
                expressions: expressions(&EXPRESSION, &command.value),
                environment: self.environment.with(environment(run)),
                folder: entry("working_directory")
                    .and_then(Node::text)
                    .unwrap_or_default()
                    .to_owned(),
                ..Script::new(
                    shell.map_or_else(|| language_of_text(&command.value), language_of_shell),
                    placed(command),
                    workload(self.source, self.name).lacking(place.into()),
                )
            });
        }
    }
}

/// What a job or a step sets.
fn environment(node: Option<&Node>) -> impl Iterator<Item = Variable> {
    let set = node.and_then(|it| it.get("environment"));
    set.into_iter().flat_map(|it| variables(&REFERENCE, it))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::testing::{check, found, sign_ins};

    #[test]
    fn sign_ins_stand_where_the_file_has_them() {
        let login = "az login -u << parameters.user >> -p \"$P\"";
        for text in [
            format!("jobs:\n  d:\n    steps:\n      - checkout\n      - run: {login}\n"),
            format!(
                "jobs:\n  d:\n    steps:\n      - run:\n          command: |\n            {login}\n"
            ),
            format!("commands:\n  c:\n    steps: [{{run: '{login}'}}]\n"),
            format!(
                "orbs:\n  o:\n    jobs:\n      d:\n        steps:\n          - run: >-\n              {login}\n"
            ),
            format!(
                "jobs:\n  d:\n    steps:\n      - when:\n          steps:\n            - run: {login}\n"
            ),
        ] {
            assert_eq!(sign_ins(&PLATFORM, ".circleci/config.yml", &text), [login], "{text}");
        }
        let other = "jobs:\n  d:\n    description: az login -u a -p b\n    steps: [az/login]\n";
        assert!(found(&PLATFORM, ".circleci/config.yml", other).is_empty());
    }

    #[test]
    fn a_step_has_its_shell_and_variables() {
        let text = "jobs:\n  d:\n    environment: {A: $B}\n    steps:\n      - run: {command: x y, shell: pwsh.exe}\n";
        let script = found(&PLATFORM, ".circleci/config.yml", text).remove(0);
        assert_eq!(script.language, "powershell");
        assert_eq!(script.workload.name, "config.yml, job d");
        assert_eq!(script.environment.get("A").unwrap().from.as_deref(), Some("B"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_keeps_its_places(pieces in check::pieces(PIECES)) {
            check::places(&PLATFORM, ".circleci/config.yml", &format!("jobs:\n  d:\n    steps:\n{}", pieces.concat()));
        }
    }

    const PIECES: &[&str] = &[
        "      - run: ",
        "az login",
        "|\n          ",
        "'",
        "\"",
        "\\\"",
        "\n",
        "          command: ",
        "あ",
        "<< a >>",
    ];
}
