//! Workflows of GitHub Actions.

use super::{
    Anchor, Platform, Repository, Run, Safety, Script, Trust, Workload, by_hand, expressions,
    file_name, indent_of, is_yaml, line_start, no_companions, variables,
};
use crate::{
    resource::{Federation, Term},
    text::{
        Source, Span,
        yaml::{self, Node},
    },
};
use regex::Regex;
use std::sync::LazyLock;

pub(super) const PLATFORM: Platform = Platform {
    name: "github-actions",
    title: "GitHub Actions",
    run: Run::Unattended,
    claims,
    scripts,
    companions: no_companions,
};

const ISSUER: &str = "https://token.actions.githubusercontent.com";
const AUDIENCE: &str = "api://AzureADTokenExchange";

static EXPRESSION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\$\{\{(.*?)\}\}").expect("the pattern is a constant"));

const ACTION_ADVICE: &str = "workid finds sign-ins in actions, and does not write theirs yet: the workflow that uses the action has the identity, so let it sign in with azure/login before, and take the call out";

fn claims(source: &Source) -> bool {
    let is_action = ["action.yml", "action.yaml"].contains(&file_name(&source.path));
    is_yaml(&source.path)
        && (source.path.contains(".github/workflows/")
            || is_action && source.raw().contains("runs:"))
}

fn scripts(source: &Source, repository: &Repository) -> Result<Vec<Script>, String> {
    let documents =
        yaml::parse(source.raw()).map_err(|it| format!("not readable as YAML: {it}"))?;
    let mut scripts = Vec::new();
    for workflow in &documents {
        for (name, job) in workflow.get("jobs").map(Node::pairs).unwrap_or_default() {
            let job = Job {
                source,
                repository,
                workflow,
                name: name.text().unwrap_or_default(),
                node: job,
            };
            for step in job.node.get("steps").map(Node::items).unwrap_or_default() {
                scripts.extend(job.script(step));
            }
        }
        if let Some(runs) = workflow.get("runs") {
            let name = workflow.get("name").and_then(Node::text).unwrap_or("action");
            let job = Job { source, repository, workflow, name, node: runs };
            let steps = runs.get("steps").map(Node::items).unwrap_or_default();
            scripts.extend(steps.iter().filter_map(|it| job.script(it)).map(|it| {
                let part = format!("action {name}");
                let workload = by_hand(PLATFORM.name, source, &part, name, ACTION_ADVICE);
                Script { workload, ..it }
            }));
        }
    }
    Ok(scripts)
}

struct Job<'w> {
    source: &'w Source,
    repository: &'w Repository,
    workflow: &'w Node,
    name: &'w str,
    node: &'w Node,
}

impl Job<'_> {
    fn script(&self, step: &Node) -> Option<Script> {
        let (language, scalar) = match step.get("run") {
            Some(run) => (self.shell(step), run.scalar()?),
            None => {
                let action = step.get("uses")?.text()?.to_ascii_lowercase();
                let language = match action.split('@').next()? {
                    "azure/cli" => "bash",
                    "azure/powershell" => "powershell",
                    _ => return None,
                };
                (language, step.get("with")?.get("inlineScript")?.scalar()?)
            }
        };
        let environment = [Some(step), Some(self.node), Some(self.workflow)];
        Some(Script {
            language,
            text: scalar.value.clone(),
            place: scalar.place.clone().unwrap_or_default(),
            expressions: expressions(&EXPRESSION, &scalar.value),
            environment: environment
                .into_iter()
                .flatten()
                .filter_map(|it| it.get("env"))
                .flat_map(|it| variables(&EXPRESSION, it))
                .collect(),
            folder: self.folder(step),
            workload: self.workload(step),
        })
    }

    /// What a step runs with, unless it says otherwise: the job's default, or the workflow's.
    fn default(&self, entry: &str) -> Option<String> {
        let of = |it: &Node| it.get("defaults")?.get("run")?.get(entry)?.text().map(str::to_owned);
        of(self.node).or_else(|| of(self.workflow))
    }

    fn folder(&self, step: &Node) -> String {
        let stated = step.get("working-directory").and_then(Node::text).map(str::to_owned);
        stated.or_else(|| self.default("working-directory")).unwrap_or_default()
    }

    /// The language that runs a step, whether workid reads it or not.
    fn shell(&self, step: &Node) -> &'static str {
        let stated = step.get("shell").and_then(Node::text).map(str::to_owned);
        let shell = stated.or_else(|| self.default("shell"));
        let windows = || {
            let runner = self.node.get("runs-on").map(Node::texts).unwrap_or_default();
            runner.iter().any(|it| it.to_ascii_lowercase().contains("windows"))
        };
        match shell.as_deref().map(|it| it.split(' ').next().unwrap_or(it)) {
            Some("bash" | "sh") => "bash",
            Some("pwsh" | "powershell") => "powershell",
            Some("cmd") => "batch",
            Some("python") => "python",
            Some(_) => "a shell of its own",
            None if windows() => "powershell",
            None => "bash",
        }
    }

    fn environment(&self) -> Option<&str> {
        let environment = self.node.get("environment")?;
        environment.text().or_else(|| environment.get("name")?.text())
    }

    fn workload(&self, step: &Node) -> Workload {
        let mut assumptions = Vec::new();
        let (label, trust) = self.trust(&mut assumptions);
        let environment =
            self.environment().map(|it| format!(" (environment {it})")).unwrap_or_default();
        Workload {
            platform: PLATFORM.name,
            path: self.source.path.to_string(),
            name: format!("{}, job {}{environment}", file_name(&self.source.path), self.name),
            label,
            trust,
            anchors: self.permissions().into_iter().chain(self.sign_in(step)).collect(),
            assumptions,
        }
    }

    /// The subjects of the tokens that GitHub issues to this job.
    fn trust(&self, assumptions: &mut Vec<String>) -> (String, Trust) {
        let label = self.environment().unwrap_or(self.name).to_owned();
        let Some(slug) = &self.repository.slug else {
            let what = "the files do not show the GitHub repository: name it in workid.yaml (repository: owner/name)";
            return (label, Trust::Unstated(what.to_owned()));
        };
        let contexts = match self.environment() {
            Some(it) if it.contains("${{") => {
                let what = format!(
                    "the files do not show the environment of job {}, which is an expression: {it}",
                    self.name
                );
                return (label, Trust::Unstated(what));
            }
            // A colon inside a value would look like the end of it.
            Some(it) => vec![format!("environment:{}", it.replace(':', "%3A"))],
            None => self.refs(assumptions),
        };
        if contexts.is_empty() {
            let what = "only pull requests start this workflow, and a token for any pull request must not be able to write";
            return (label, Trust::Unstated(what.to_owned()));
        }
        assumptions.push(format!("GitHub issues tokens for {slug} in its default subject format"));
        let federation = |context: String| Federation {
            issuer: Term::known(ISSUER),
            subject: Term::Known(format!("repo:{slug}:{context}")),
            audience: AUDIENCE.to_owned(),
        };
        (label, Trust::Federated(contexts.into_iter().map(federation).collect()))
    }

    /// The refs on which the workflow's triggers run it, as a subject names them.
    fn refs(&self, assumptions: &mut Vec<String>) -> Vec<String> {
        let Some(on) = self.workflow.get("on").or_else(|| self.workflow.get("true")) else {
            return Vec::new();
        };
        let default = self.repository.config.default_branch.as_deref().unwrap_or("main");
        let mut found = Vec::new();
        let mut triggers: Vec<(&str, Option<&Node>)> =
            on.texts().into_iter().map(|it| (it, None)).collect();
        triggers
            .extend(on.pairs().iter().filter_map(|(name, node)| Some((name.text()?, Some(node)))));
        for (trigger, node) in triggers {
            let list = |key| node.and_then(|it| it.get(key)).map(Node::texts).unwrap_or_default();
            match trigger {
                "pull_request" | "pull_request_target" | "merge_group" => assumptions.push(format!(
                    "runs that {trigger} starts cannot sign in: a token for any pull request must not be able to write"
                )),
                "push" if !list("branches").is_empty() || !list("tags").is_empty() => {
                    for (kind, name) in list("branches").iter().map(|it| ("heads", it)).chain(list("tags").iter().map(|it| ("tags", it))) {
                        if name.contains(['*', '?', '!', '[']) {
                            assumptions.push(format!("no credential matches the pattern {name}: use an environment, or name the branches"));
                        } else {
                            found.push(format!("ref:refs/{kind}/{}", name.replace(':', "%3A")));
                        }
                    }
                }
                _ => {
                    assumptions.push(format!("what {trigger} starts runs on the branch {default}"));
                    found.push(format!("ref:refs/heads/{default}"));
                }
            }
        }
        found.sort();
        found.dedup();
        found
    }

    /// Where the job is allowed to ask for a token, unless it is already.
    fn permissions(&self) -> Option<Anchor> {
        let own = self.node.get("permissions");
        let inherited = self.workflow.get("permissions");
        let grants = |it: &Node| {
            it.text() == Some("write-all")
                || it.get("id-token").and_then(Node::text) == Some("write")
        };
        if own.or(inherited).is_some_and(grants) {
            return None;
        }
        let steps = self.node.pair("steps").map(|(key, _)| key.span.start)?;
        let anchor = |name, at: usize, indent, safety| Anchor {
            name,
            at: Span::at(line_start(self.source, at)),
            indent,
            safety,
            holes: Vec::new(),
            shifted: Vec::new(),
        };
        if let Some(first) = own.and_then(|it| it.pairs().first()) {
            let (key, _) = first;
            return Some(anchor(
                "permission",
                key.span.start,
                indent_of(self.source, key.span.start),
                Safety::Safe,
            ));
        }
        if own.is_some() {
            return None;
        }
        let indent = indent_of(self.source, steps);
        if let Some(inherited) = inherited.filter(|it| !it.pairs().is_empty()) {
            // A job's own block replaces the workflow's, so it repeats what that one grants.
            let others = inherited.pairs().iter().filter(|(key, _)| key.text() != Some("id-token"));
            let others: Vec<&str> = others
                .map(|(key, value)| &self.source.raw()[key.span.start..value.span.end])
                .collect();
            let mut anchor = anchor("permissions-beside", steps, indent.clone(), Safety::Safe);
            anchor.holes.push(("others", Term::known(others.join(&format!("\n{indent}  ")))));
            return Some(anchor);
        }
        let reason = "naming permissions takes away those that are not named: check that the job needs no other";
        Some(anchor("permissions", steps, indent, Safety::Review(reason.to_owned())))
    }

    /// Before the step, and above the comments that belong to it.
    fn sign_in(&self, step: &Node) -> Option<Anchor> {
        let text = self.source.raw();
        let mut at = line_start(self.source, step.span.start);
        let dash = at + text[at..].find('-')?;
        while at > 0 {
            let above = line_start(self.source, at - 1);
            if !text[above..at].trim_start().starts_with('#') {
                break;
            }
            at = above;
        }
        Some(Anchor {
            name: "step",
            at: Span::at(at),
            indent: indent_of(self.source, dash),
            safety: Safety::Safe,
            holes: Vec::new(),
            shifted: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::testing::{found, sign_ins};

    fn workload(text: &str) -> Workload {
        let source = Source::new(".github/workflows/deploy.yml", text);
        let repository =
            Repository { slug: Some("contoso/web".to_owned()), ..Repository::default() };
        scripts(&source, &repository).unwrap().remove(0).workload
    }

    fn subjects(text: &str) -> Vec<String> {
        match workload(text).trust {
            Trust::Federated(all) => all.iter().map(|it| it.subject.to_string()).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn the_subject_follows_the_environment_and_then_the_triggers() {
        let steps = "    steps:\n      - run: az account show\n";
        let job = format!("jobs:\n  deploy:\n    runs-on: ubuntu-latest\n{steps}");
        assert_eq!(
            subjects(&format!(
                "on: push\njobs:\n  d:\n    environment:\n      name: prod\n{steps}"
            )),
            ["repo:contoso/web:environment:prod"]
        );
        assert_eq!(
            subjects(&format!(
                "on:\n  push:\n    branches: [main, 'release/*']\n    tags: [v1]\n{job}"
            )),
            ["repo:contoso/web:ref:refs/heads/main", "repo:contoso/web:ref:refs/tags/v1"]
        );
        assert_eq!(
            subjects(&format!("on: [workflow_dispatch]\n{job}")),
            ["repo:contoso/web:ref:refs/heads/main"]
        );
        assert!(subjects(&format!("on: pull_request\n{job}")).is_empty());
    }

    #[test]
    fn an_action_is_read_and_left_to_its_workflow() {
        let login = "az login -u ${{ inputs.user }} -p \"$P\"";
        let text = format!(
            "name: Sign in\nruns:\n  using: composite\n  steps:\n    - run: {login}\n      shell: bash\n"
        );
        assert!((PLATFORM.claims)(&Source::new("sign-in/action.yml", &text)));
        assert!(!(PLATFORM.claims)(&Source::new("action.yml", "steps:\n- script: a\n")));
        assert_eq!(sign_ins(&PLATFORM, "action.yml", &text), [login]);
        let script = found(&PLATFORM, "action.yml", &text).remove(0);
        assert_eq!(script.workload.name, "action.yml, action Sign in");
        assert!(script.workload.anchors.is_empty());
    }

    #[test]
    fn a_job_asks_for_a_token_without_losing_what_it_has() {
        let name = |permissions: &str, own: &str| {
            let text = format!(
                "on: push\n{permissions}jobs:\n  d:\n{own}    steps:\n      - run: az account show\n"
            );
            let anchors = workload(&text).anchors;
            anchors.iter().find(|it| it.name.starts_with("permission")).map(|it| it.name)
        };
        assert_eq!(name("", ""), Some("permissions"));
        assert_eq!(name("permissions:\n  contents: read\n", ""), Some("permissions-beside"));
        assert_eq!(name("", "    permissions:\n      contents: read\n"), Some("permission"));
        assert_eq!(name("permissions: write-all\n", ""), None);
        assert_eq!(name("", "    permissions:\n      id-token: write\n"), None);
    }
}
