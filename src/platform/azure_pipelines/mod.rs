//! Azure Pipelines.

mod tasks;

use super::{
    Anchor, Context, Environment, Link, Platform, Repository, Run, Safety, Script, Session, Trust,
    Variable, Workload, assigned, beside, expressions, file_name, indent_of, is_yaml, pattern,
    placed, variables,
};
use crate::{
    resource::{Address, Federation, Resource, ServiceConnection, Term},
    text::{
        Source, Span,
        yaml::{self, Node},
    },
};
use regex::Regex;
use std::sync::LazyLock;

pub(super) const PLATFORM: Platform = Platform {
    name: "azure-pipelines",
    title: "Azure Pipelines",
    run: Run::Unattended,
    claims,
    scripts,
    known_as: |source| vec![file_name(&source.path).to_owned()],
    // Its steps are written in its own file, wherever they run.
    called: |it| Workload { anchors: it.own.anchors.clone(), ..it.caller.clone() },
    companions,
    advice: ADVICE,
    ..Platform::PLAIN
};

const ENDS: &str = "later steps use the session, which ends with the task: make them tasks with the service connection, too";

static SESSION: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?m)(?:^|[\s(;&|])(?:az [a-z]|[A-Z][a-z]+-Az[A-Z])"));

static SIGNS_IN: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)az login|connect-az|azureSubscription|connectedServiceName"));

const ADVICE: &str = "make the step a task AzureCLI@2 or AzurePowerShell@5 with the service connection (azureSubscription), and take the call out";

/// `$(name)` and `${{ parameters.name }}`.
static EXPRESSION: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\$\(([A-Za-z_][A-Za-z0-9_.]*)\)|\$\{\{(.*?)\}\}"));

/// What a step says beside its script, and what that is called among the inputs of the tasks; and what
/// has another name in each, or none.
const MOVED: &[(&str, &str)] =
    &[("workingDirectory", "workingDirectory"), ("failOnStderr", "failOnStandardError")];
const UNMOVED: &[&str] = &["errorActionPreference", "ignoreLASTEXITCODE"];

/// `vmImage: ubuntu-latest`, and a pool of one's own machines.
static IMAGE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?m)\bvmImage:[ \t]*["']?([^"'\s,}]+)"#));
static POOL: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?m)^[ \t-]*pool:"));

const SHELL: &str = "a script runs in the command prompt on Windows, and the files do not show that its machines run anything else: scriptType is batch there";

/// Keys of a step that are scripts, with their languages and what `AzureCLI@2` calls them.
const STEPS: &[(&str, &str, &str)] = &[
    ("script", "bash", "bash"),
    ("bash", "bash", "bash"),
    ("pwsh", "powershell", "pscore"),
    ("powershell", "powershell", "ps"),
];

/// Inputs of tasks that are scripts, with their languages.
const INPUTS: &[(&str, &str, &str)] = &[
    ("bash@", "script", "bash"),
    ("powershell@", "script", "powershell"),
    ("cmdline@", "script", "bash"),
    ("azurecli@", "inlineScript", "bash"),
    ("azurepowershell@", "Inline", "powershell"),
];

/// Inputs of tasks that name a script file, as the command that would run it.
const FILES: &[(&str, &str, &str)] = &[
    ("bash@", "filePath", "bash"),
    ("powershell@", "filePath", "powershell"),
    ("azurecli@", "scriptPath", "bash"),
    ("azurepowershell@", "ScriptPath", "powershell"),
];

fn claims(source: &Source) -> bool {
    let text = source.raw();
    is_yaml(&source.path)
        && !["/.github/", "/.circleci/"].iter().any(|it| format!("/{}", source.path).contains(it))
        && (["steps:", "Steps:"].iter().any(|it| source.holds(it))
            && IS_LIST.is_match(text)
            && ["script:", "bash:", "pwsh:", "powershell:", "task:"]
                .iter()
                .any(|it| source.holds(it))
            || source.holds("template:") && TEMPLATE.is_match(text))
        // A composite action of GitHub has steps, too.
        && !source.holds("\nruns:")
}

/// Steps are a list or what stands for one, and no text.
static IS_LIST: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?m)[sS]teps:[ \t]*(?:[\[$*&!#]|\r?$)"));

/// What is nothing but the use of templates.
static TEMPLATE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?m)^(?:extends|stages|jobs|steps):\s*\n(?:.*\n)*?\s*(?:- )?template:\s*\S+\.ya?ml")
});

fn is_shell_known(text: &str) -> bool {
    let named = |it: regex::Captures<'_>| it.get(1).map(|it| it.as_str().to_ascii_lowercase());
    let images: Vec<String> = IMAGE.captures_iter(text).filter_map(named).collect();
    let windows = images.iter().filter(|it| it.starts_with("windows")).count();
    let is_own = images.is_empty() && POOL.is_match(text);
    !is_own && !images.iter().any(|it| it.contains('$')) && [0, images.len()].contains(&windows)
}

fn scripts(source: &Source, repository: &Repository) -> Result<Vec<Script>, String> {
    let documents =
        yaml::parse(source.raw()).map_err(|it| format!("not readable as YAML: {it}"))?;
    let mut scripts = Vec::new();
    let windows =
        source.raw().contains("vmImage: windows") || source.raw().contains("vmImage: 'windows");
    let reader =
        Reader { source, repository, windows, is_shell_known: is_shell_known(source.raw()) };
    for document in &documents {
        reader.walk(document, "", &Environment::default(), &mut scripts);
    }
    Ok(scripts)
}

/// The variables of a pipeline, a stage or a job that hold a sign-in. What the others hold, the steps name
/// where they read it.
fn commands(set: &Node) -> Vec<Variable> {
    let listed = |it: &Node| assigned(&EXPRESSION, it.get("name")?, it.get("value")?);
    let all = variables(&EXPRESSION, set).into_iter().chain(set.items().iter().filter_map(listed));
    all.filter(|it| it.command.is_some()).collect()
}

struct Reader<'s> {
    source: &'s Source,
    repository: &'s Repository,
    /// `script:` is then a batch script.
    windows: bool,
    /// Whether it is known which shell runs a `script`: the command prompt on Windows, and bash
    /// elsewhere.
    is_shell_known: bool,
}

impl Reader<'_> {
    /// Steps stand at the root, in jobs, in stages, in the hooks of a deployment's strategy and
    /// behind `${{ if }}`: wherever there is a sequence named `steps`. What a template is given to
    /// put among its own has another name, but steps in it.
    fn walk(&self, node: &Node, job: &str, set: &Environment, scripts: &mut Vec<Script>) {
        scripts.extend(self.link(node, job));
        let set = &set.with(node.get("variables").into_iter().flat_map(commands));
        let named = ["job", "deployment", "stage"].iter().find_map(|it| node.get(it)?.text());
        let job = named.unwrap_or(job);
        for (key, value) in node.pairs() {
            let is_step = |it: &Node| self.step(it).or_else(|| self.task(it)).is_some();
            if key.text() == Some("steps") || value.items().iter().any(is_step) {
                self.steps(value, job, set, scripts);
            } else {
                self.walk(value, job, set, scripts);
            }
        }
        for item in node.items() {
            self.walk(item, job, set, scripts);
        }
    }

    fn steps(&self, steps: &Node, job: &str, set: &Environment, scripts: &mut Vec<Script>) {
        let uses = steps.items().iter().filter(|it| self.uses_session(it));
        let last = uses.map(|it| it.span.start).max().unwrap_or_default();
        for step in steps.items() {
            match step.pairs() {
                [(key, nested)] if key.text().is_some_and(|it| it.starts_with("${{")) => {
                    self.steps(nested, job, set, scripts);
                }
                _ => {
                    let mut script = self.script(step, job, set).or_else(|| self.link(step, job));
                    if let Some(script) = &mut script
                        && last > step.span.start
                    {
                        let safety = || Safety::Review(ENDS.to_owned());
                        script.workload.anchors.iter_mut().for_each(|it| it.safety = safety());
                    }
                    scripts.extend(script);
                }
            }
        }
    }

    /// Whether a step does something in Azure, and signs in for it neither itself nor as a task.
    fn uses_session(&self, step: &Node) -> bool {
        let text = &self.source.raw()[step.span.start..step.span.end];
        SESSION.is_match(text) && !SIGNS_IN.is_match(text)
    }

    /// A template of the repository: from its root, or from the folder of what uses it.
    fn link(&self, node: &Node, job: &str) -> Option<Script> {
        let template = node.get("template")?.scalar()?;
        let path = template.value.trim_end_matches("@self");
        if !is_yaml(path) || path.contains(['@', '$']) {
            return None;
        }
        let path = match path.strip_prefix('/') {
            Some(from_root) => from_root.to_owned(),
            None => beside(self.source, path),
        };
        let given = node.get("parameters").map(Node::pairs).unwrap_or_default();
        let input = |(name, value): &(Node, Node)| {
            Some((format!("parameters.{}", name.text()?), value.text()?.to_owned()))
        };
        let inputs = given.iter().filter_map(input).filter(|(_, it)| !it.contains('$')).collect();
        let set = node.get("parameters").map(|it| variables(&EXPRESSION, it)).unwrap_or_default();
        let named = |it: Variable| Variable { name: format!("parameters.{}", it.name), ..it };
        let link = Link { paths: [path].into(), inputs, ..Link::default() };
        Some(Script {
            environment: set.into_iter().map(named).collect(),
            ..Script::link(placed(template), link, self.workload(job, Vec::new()))
        })
    }

    fn script(&self, step: &Node, job: &str, set: &Environment) -> Option<Script> {
        let (language, scalar, anchors) = self.step(step).or_else(|| self.task(step))?;
        Some(Script {
            expressions: expressions(&EXPRESSION, &scalar.value),
            environment: set
                .with(step.get("env").into_iter().flat_map(|it| variables(&EXPRESSION, it))),
            folder: folder(step),
            session: session(step),
            ..Script::new(language, placed(scalar), self.workload(job, anchors))
        })
    }

    fn step<'n>(&self, step: &'n Node) -> Option<(&'static str, &'n yaml::Scalar, Vec<Anchor>)> {
        let (key, language, script_type, value) =
            STEPS.iter().find_map(|(name, language, script_type)| {
                let (key, value) = step.pair(name)?;
                Some((key, *language, *script_type, value))
            })?;
        let scalar = value.scalar()?;
        let (language, script_type) = match self.windows && key.text() == Some("script") {
            true => ("batch", "batch"),
            false => (language, script_type),
        };
        Some((language, scalar, self.around(step, key, value, script_type)))
    }

    fn task<'n>(&self, step: &'n Node) -> Option<(&'static str, &'n yaml::Scalar, Vec<Anchor>)> {
        let task = step.get("task")?.text()?.to_ascii_lowercase();
        let inputs = step.get("inputs")?;
        let input = |table: &[(&str, &str, &'static str)]| {
            table
                .iter()
                .filter(|(name, ..)| task.starts_with(name))
                .find_map(|(_, input, language)| Some((*language, tasks::input(inputs, input)?)))
        };
        // A file that a task names is a script of one command: the file.
        let (language, (key, value)) = input(INPUTS).or_else(|| input(FILES))?;
        let typed = inputs.get("scriptType").and_then(Node::text).unwrap_or_default();
        let language = if typed.starts_with("ps") { "powershell" } else { language };
        let told = |script_type| self.told(script_type);
        let anchors = tasks::anchors(self.source, step, inputs, key, told);
        Some((language, value.scalar()?, anchors))
    }

    /// What templates ask of the pipeline.
    fn told(&self, script_type: &'static str) -> Vec<(&'static str, Term)> {
        vec![
            ("script_type", Term::known(script_type)),
            ("pwsh", Term::known(if script_type == "ps" { "false" } else { "true" })),
            ("connection", Term::Known(self.connection())),
        ]
    }

    /// The step becomes a task that signs in with the service connection, and its script the
    /// task's input.
    fn around(
        &self,
        step: &Node,
        key: &Node,
        value: &Node,
        script_type: &'static str,
    ) -> Vec<Anchor> {
        let flow = self.source.raw()[step.span.start..].starts_with('{');
        if flow || UNMOVED.iter().any(|it| step.get(it).is_some()) {
            return Vec::new();
        }
        let Some(moved) = self.moved(step) else { return Vec::new() };
        let body = Span::new(key.span.end, value.span.end.max(key.span.end));
        let text = &self.source.raw()[body.start..body.end];
        let starts = text.match_indices('\n').map(|(at, _)| body.start + at + 1);
        let blank =
            |at: &usize| self.source.raw()[*at..].starts_with(['\n', '\r']) || *at >= body.end;
        let indent = indent_of(self.source, key.span.start);
        let line = format!("{}{indent}  ", self.source.line_break());
        let inputs = moved.iter().map(|(input, _)| format!("{line}{input}")).collect::<String>();
        let safety = match key.text() == Some("script") && !self.is_shell_known {
            true => Safety::Review(SHELL.to_owned()),
            false => Safety::Safe,
        };
        let around = Anchor {
            name: "around",
            path: self.source.path.to_string(),
            at: key.span,
            indent,
            safety,
            holes: [self.told(script_type), vec![("inputs", Term::known(inputs))]].concat(),
            shifted: starts.filter(|it| !blank(it)).collect(),
        };
        let gone = moved.into_iter().map(|(_, lines)| Anchor {
            at: lines,
            ..Anchor::before("drop", self.source, lines.start)
        });
        std::iter::once(around).chain(gone).collect()
    }

    /// What of a step becomes an input of the task, as that is written, and the lines that it leaves;
    /// none if it has no lines of its own.
    fn moved(&self, step: &Node) -> Option<Vec<(String, Span)>> {
        let raw = self.source.raw();
        let of = |(name, input): &(&str, &str)| {
            let (key, value) = step.pair(name)?;
            let whole = Span::new(key.span.start, value.span.end);
            let lines = self.source.lines_of(whole).filter(|_| value.scalar().is_some());
            let said = raw.get(key.span.end..value.span.end).filter(|it| !it.contains('\n'));
            let is_first = step.pairs().first().is_some_and(|(it, _)| it.span == key.span);
            let moved = lines.zip(said).filter(|_| !is_first);
            Some(moved.map(|(lines, said)| (format!("{input}{said}"), lines)))
        };
        MOVED.iter().filter_map(of).collect()
    }

    fn connection(&self) -> String {
        let project =
            self.repository.config.azure_devops.as_ref().map_or("azure", |it| it.project.as_str());
        format!("workid-{}", project.to_lowercase().replace(' ', "-"))
    }

    fn workload(&self, job: &str, anchors: Vec<Anchor>) -> Workload {
        let trust = match &self.repository.config.azure_devops {
            None => Trust::Unstated(
                "the files do not show the Azure DevOps organization and project: name them in workid.yaml (azure_devops)".to_owned(),
            ),
            // Azure DevOps chooses both when the service connection is made.
            Some(_) => {
                let connection = address(&self.connection());
                Trust::Federated([Federation {
                    issuer: Term::output(&connection, "issuer"),
                    subject: Term::output(&connection, "subject"),
                    ..Federation::new("", "")
                }].into())
            }
        };
        let part = format!("job {job}");
        let mut workload = Workload::new(PLATFORM.name, self.source, &part, "pipelines", trust);
        if job.is_empty() {
            workload.name = file_name(&self.source.path).to_owned();
        }
        Workload { anchors, ..workload }
    }
}

/// What a task signs in with before it runs its script.
fn session(step: &Node) -> Option<Session> {
    let inputs = step.get("inputs")?;
    let (_, connection) = tasks::input(inputs, "azureSubscription")
        .or_else(|| tasks::input(inputs, "connectedServiceNameARM"))?;
    Some(Session::Connection(connection.text()?.to_owned()))
}

/// A step's own entry, or the input of a task.
fn folder(step: &Node) -> String {
    let named = |it: &Node| it.get("workingDirectory").and_then(Node::text).map(str::to_owned);
    let folder = named(step).or_else(|| named(step.get("inputs")?)).unwrap_or_default();
    // `$(Build.SourcesDirectory)/infra`
    folder.rsplit_once(')').map_or(folder.as_str(), |(_, it)| it).to_owned()
}

fn address(connection: &str) -> Address {
    Address(format!("connection.{connection}"))
}

fn companions(workload: &Workload, context: &Context<'_>) -> Vec<(Address, Resource)> {
    let (Trust::Federated(federations), Some(devops), Some(project_id)) =
        (&workload.trust, &context.repository.config.azure_devops, context.project_id)
    else {
        return Vec::new();
    };
    let connection = |address: &Address| ServiceConnection {
        organization: devops.organization.clone(),
        project: devops.project.clone(),
        project_id: project_id.to_owned(),
        name: address.0.trim_start_matches("connection.").to_owned(),
        client_id: Term::output(context.identity, "client_id"),
        tenant_id: context.tenant_id.to_owned(),
        subscription_id: context.subscription_id.to_owned(),
        subscription_name: context.subscription_name.to_owned(),
    };
    let addresses = federations.iter().filter_map(|it| it.subject.needs());
    addresses.map(|it| (it.clone(), Resource::ServiceConnection(connection(it)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::testing::sign_ins;

    #[test]
    fn a_task_signs_in_by_its_connection() {
        let text = "steps:\n- bash: a\n- task: AzureCLI@2\n  inputs: {azureSubscription: c, inlineScript: b}\n";
        let scripts = crate::platform::testing::found(&PLATFORM, "a.yml", text);
        let sessions: Vec<_> = scripts.into_iter().map(|it| it.session).collect();
        assert_eq!(sessions, [None, Some(Session::Connection("c".to_owned()))]);
    }

    #[test]
    fn steps_stand_wherever_a_template_has_them() {
        let login = "az login -u $(user) -p ${{ parameters.password }}";
        let windows = "pool: {vmImage: windows-latest}\n";
        for text in [
            format!("steps:\n  - bash: {login}\n"),
            format!(
                "parameters:\n  - name: before\n    type: stepList\n    default:\n      - pwsh: {login}\nsteps: []\n"
            ),
            format!(
                "extends:\n  template: a.yml\n  parameters:\n    buildSteps:\n      - script: {login}\n"
            ),
            format!(
                "jobs:\n  - template: a.yml\n    parameters:\n      preSteps:\n        - task: Bash@3\n          inputs:\n            script: {login}\n"
            ),
            format!(
                "stages:\n  - stage: a\n    jobs:\n      - job: b\n        steps:\n          - ${{{{ if a }}}}:\n              - bash: |\n                  {login}\n"
            ),
            format!("{windows}steps:\n  - script: {login}\n"),
        ] {
            assert!(claims(&Source::new("ci/a.yml", &text)), "{text}");
            assert_eq!(sign_ins(&PLATFORM, "ci/a.yml", &text), [login], "{text}");
        }
        let near =
            "steps:\n  - task: Bash@3\n    displayName: az login -u a -p b\n  - checkout: self\n";
        assert!(sign_ins(&PLATFORM, "a.yml", near).is_empty());
        let said = "executor:\n  name: manual\n  steps: |\n    run script: az login\n";
        assert!(!claims(&Source::new("a.yml", said)));
    }
}
