//! Workflows of GitHub Actions.

mod subject;
#[cfg(test)]
mod tests;

use subject::{environment_of, subjects};

use super::{
    Anchor, Called, Context, Environment, Link, Platform, Repository, Run, Safety, Script, Session,
    Trust, Variable, Workload, by_hand, expressions, file_name, folder_of, ids::ids, is_yaml,
    label_of_refs, language_of_text, line_start, placed, variables, within,
};
use crate::{
    resource::{Address, CiSystem, Resource, Term},
    text::{
        Source, Span, pattern,
        yaml::{self, Node, Scalar},
    },
};
use regex::Regex;
use std::{cell::OnceCell, sync::LazyLock};

pub(super) const PLATFORM: Platform = Platform {
    name: "github-actions",
    title: "GitHub Actions",
    run: Run::Unattended,
    claims,
    scripts,
    known_as,
    called,
    reads: |name, extension| (extension == "yml").then(|| format!("${{{{ vars.{name} }}}}")),
    companions,
    advice: ADVICE,
    ..Platform::PLAIN
};

/// These run what a pull request brings, before or after it was approved.
const PULL_REQUESTS: &[&str] = &["pull_request", "pull_request_target", "merge_group"];

/// Actions that need no more of GitHub than to read the repository.
const READERS: &[&str] = &[
    "actions/cache@",
    "actions/checkout@",
    "actions/download-artifact@",
    "actions/setup-",
    "actions/upload-artifact@",
    "azure/",
    "Azure/",
];

/// Of a job whose tokens have more subjects, they are only counted: no identity trusts as many.
const SUBJECTS: usize = 100;

/// More assumptions about one job are only counted.
const ASSUMPTIONS: usize = 20;

/// What people can read of all that is taken for granted.
fn told(mut assumptions: Vec<String>) -> Vec<String> {
    let more = assumptions.len().saturating_sub(ASSUMPTIONS);
    if more > 0 {
        assumptions.truncate(ASSUMPTIONS);
        assumptions.push(format!("{more} more like these"));
    }
    assumptions
}

/// What lets a job ask for a token, and what it needs to see its own repository.
const ID_TOKEN: &str = "id-token";
const READS: &str = "contents: read";

const ADVICE: &str = "let a step with azure/login@v3 (client-id, tenant-id, subscription-id) sign in before it, in a job that may ask for a token (permissions: id-token: write), and take the call out";

const NO_WRITES: &str = "a token for any pull request must not be able to write";

const ONLY_PULL_REQUESTS: &str = "only pull requests start this workflow, and a token for any pull request must not be able to write: if the reviewers of an environment read whatever runs there, state its issuer and subject in workid.yaml (runs_on)";

static EXPRESSION: LazyLock<Regex> = LazyLock::new(|| pattern(r"\$\{\{(.*?)\}\}"));

const ACTION_ADVICE: &str = "workid finds sign-ins in actions, and does not write theirs yet: the workflow that uses the action has the identity, so let it sign in with azure/login before, and take the call out";

fn claims(source: &Source) -> bool {
    let is_action = ["action.yml", "action.yaml"].contains(&file_name(&source.path));
    is_yaml(&source.path)
        && (source.path.contains(".github/workflows/") || is_action && source.holds("runs:"))
}

fn is_workflow(path: &str) -> bool {
    path.contains(".github/workflows/")
}

fn companions(workload: &Workload, context: &Context<'_>) -> Vec<(Address, Resource)> {
    let Some(slug) = &context.repository.slug else { return Vec::new() };
    let url = context.repository.config.github.as_ref().and_then(|it| it.url.as_deref());
    ids(workload, context, CiSystem::GitHub, url.unwrap_or("https://github.com"), slug)
}

/// A workflow is called by its path, and an action by its folder.
fn known_as(source: &Source) -> Vec<String> {
    let path = match is_workflow(&source.path) {
        true if !source.raw().contains("workflow_call") => return Vec::new(),
        true => &source.path,
        false => folder_of(&source.path),
    };
    vec![file_name(path).to_owned()]
}

/// An action runs in the job that uses it. A job of a workflow that is called is one of its own,
/// which GitHub knows by its own environment, or else by what started the caller.
fn called(it: &Called<'_>) -> Workload {
    let Called { own, caller, inputs, repository } = it;
    if !is_workflow(&own.path) {
        let mut workload = within(it);
        let whole = own.anchors.iter().filter(|it| it.name == WHOLE);
        workload.anchors.extend(whole.cloned());
        return workload;
    }
    let environment = own.environment.as_deref().map(|it| filled(it, inputs));
    let name = own.name.split(" (environment").next().unwrap_or(&own.name);
    // Pull requests that start the caller come as far as the environment lets them.
    let ends_there = |it: &String| environment.is_some() && it.ends_with(NO_WRITES);
    let all = own.assumptions.iter().chain(caller.assumptions.iter()).cloned();
    let (barred, mut assumptions): (Vec<_>, Vec<_>) = all.partition(ends_there);
    let is_left = matches!(&caller.trust, Trust::Unstated(why) if why == ONLY_PULL_REQUESTS);
    let trust = match &environment {
        Some(it) if !is_left => {
            assumptions.extend(barred.first().map(|_| guarded(it, &caller.path)));
            subjects(name, &own.path, vec![environment_of(it)], repository, &mut assumptions)
        }
        _ => caller.trust.clone(),
    };
    let shown = environment.as_ref().map(|it| format!(" (environment {it})")).unwrap_or_default();
    let permission = |it: &&Anchor| it.name.starts_with("permission");
    let mut anchors = own.anchors.clone();
    for step in anchors.iter_mut().filter(|it| it.name == "step" && it.safety == Safety::Safe) {
        step.safety = shut_out(&assumptions);
    }
    // The caller may not grant what it does not have.
    anchors.extend(caller.anchors.iter().filter(permission).cloned());
    Workload {
        name: format!("{name}{shown}, called by {}", caller.name),
        label: environment.clone().unwrap_or_else(|| caller.label.clone()),
        environment,
        trust,
        anchors,
        assumptions: assumptions.into(),
        ..(*own).clone()
    }
}

/// What keeps the token of an environment from pull requests.
fn guarded(environment: &str, path: &str) -> String {
    format!(
        "the environment {environment} lets no pull request in (deployment branches, required reviewers): pull requests start {path}, too"
    )
}

/// A text with what the workflow was given in the places of its inputs.
fn filled(text: &str, inputs: &[(String, String)]) -> String {
    let value = |found: &regex::Captures<'_>| {
        let name = found[1].trim();
        let input = inputs.iter().find(|(it, _)| it == name);
        input.map_or_else(|| found[0].to_owned(), |(_, value)| value.clone())
    };
    EXPRESSION.replace_all(text, value).into_owned()
}

fn scripts(source: &Source, repository: &Repository) -> Result<Vec<Script>, String> {
    let documents =
        yaml::parse(source.raw()).map_err(|it| format!("not readable as YAML: {it}"))?;
    let mut scripts = Vec::new();
    for workflow in &documents {
        let around = environment(workflow).collect();
        for (name, job) in workflow.get("jobs").map(Node::pairs).unwrap_or_default() {
            let name = name.text().unwrap_or_default();
            let job = Job::new(source, repository, workflow, &around, name, job);
            scripts.extend(job.link(job.node));
            for step in job.steps {
                scripts.extend(job.script(step).or_else(|| job.link(step)));
            }
        }
        if let Some(runs) = workflow.get("runs") {
            let name = workflow.get("name").and_then(Node::text).unwrap_or("action");
            let job = Job::new(source, repository, workflow, &around, name, runs);
            let scripted =
                job.steps.iter().filter_map(|it| job.script(it).or_else(|| job.link(it)));
            // Nothing takes the place of the steps of an action, so the last one stays.
            let last = job.steps.last().map_or(0, |it| it.span.start);
            let goes = |it: &&Anchor| it.name == WHOLE && it.at.end <= last;
            scripts.extend(scripted.map(|it| {
                let part = format!("action {name}");
                let anchors = it.workload.anchors.iter().filter(goes).cloned().collect();
                let workload = by_hand(PLATFORM.name, source, &part, name, ACTION_ADVICE);
                Script { workload: Workload { anchors, ..workload }, ..it }
            }));
        }
    }
    Ok(scripts)
}

/// What a workflow, a job or a step sets.
fn environment(node: &Node) -> impl Iterator<Item = Variable> {
    node.get("env").into_iter().flat_map(|it| variables(&EXPRESSION, it))
}

/// The language that a shell reads.
fn language_of(shell: &str) -> &'static str {
    match shell.split(' ').next().unwrap_or(shell) {
        "bash" | "sh" => "bash",
        "pwsh" | "powershell" => "powershell",
        "cmd" => "batch",
        "python" => "python",
        _ => "a shell of its own",
    }
}

/// Actions that run a script in the job, with the input that holds it and its language.
const RUNNERS: &[(&str, &str, &str)] = &[
    ("azure/cli", "inlineScript", "bash"),
    ("azure/powershell", "inlineScript", "powershell"),
    ("nick-fields/retry", "command", "bash"),
    ("nick-invision/retry", "command", "bash"),
    ("wandalen/wretry.action", "command", "bash"),
];

/// What other actions call the input that holds a script.
const SCRIPTS: &[&str] =
    &["command", "commands", "inline-script", "inlineScript", "run", "script", "scripts"];

const OTHER_ADVICE: &str = "an action runs this text, on another machine or in a container, for all that the workflow shows: have what runs there sign in as a workload identity that it can reach";

/// The script that a step gives an action, its language, and what a person is to do where workid
/// does not know how the action runs it.
fn given(step: &Node) -> Option<(&'static str, &Scalar, Option<&'static str>)> {
    let action = step.get("uses")?.text()?.to_ascii_lowercase();
    let action = action.split_once('@')?.0;
    let inputs = step.get("with")?;
    if let Some((_, input, language)) = RUNNERS.iter().find(|(it, ..)| *it == action) {
        return Some((language, inputs.get(input)?.scalar()?, None));
    }
    let scalar = SCRIPTS.iter().find_map(|it| inputs.get(it)?.scalar())?;
    let language = match action {
        "actions/github-script" => "javascript",
        _ => language_of_text(&scalar.value),
    };
    Some((language, scalar, Some(OTHER_ADVICE)))
}

struct Job<'w> {
    source: &'w Source,
    repository: &'w Repository,
    workflow: &'w Node,
    name: &'w str,
    node: &'w Node,
    steps: &'w [Node],
    environment: Environment,
    /// What its steps have in common, told once.
    common: OnceCell<Common>,
}

struct Common {
    /// Without the anchors of each step.
    workload: Workload,
    /// The language of steps that do not say theirs, whether workid reads it or not.
    language: &'static str,
    folder: String,
    clients: Vec<(usize, String)>,
}

impl<'w> Job<'w> {
    fn new(
        source: &'w Source,
        repository: &'w Repository,
        workflow: &'w Node,
        around: &Environment,
        name: &'w str,
        node: &'w Node,
    ) -> Job<'w> {
        let steps = node.get("steps").map(Node::items).unwrap_or_default();
        let environment = around.with(environment(node));
        let common = OnceCell::new();
        Job { source, repository, workflow, name, node, steps, environment, common }
    }

    fn common(&self) -> &Common {
        self.common.get_or_init(|| Common {
            workload: self.described(),
            language: self.language(),
            folder: self.default("working-directory").unwrap_or_default(),
            clients: self.clients(),
        })
    }
    fn script(&self, step: &Node) -> Option<Script> {
        let (language, scalar, advice) = match step.get("run") {
            Some(run) => (self.shell(step), run.scalar()?, None),
            None => given(step)?,
        };
        let workload = self.workload(step);
        let workload = match advice {
            Some(it) => workload.by_hand(it),
            None => workload,
        };
        Some(Script {
            expressions: expressions(&EXPRESSION, &scalar.value),
            environment: self.environment.with(environment(step)),
            folder: self.folder(step),
            session: self.session(step),
            ..Script::new(language, placed(scalar), workload)
        })
    }

    /// What azure/login did before a step; nothing in a job that may not ask for its token.
    fn session(&self, step: &Node) -> Option<Session> {
        let may = self.node.get("permissions").or_else(|| self.workflow.get("permissions"))?;
        let token = may.get("id-token").and_then(Node::text);
        if token != Some("write") && may.text() != Some("write-all") {
            return None;
        }
        let clients = &self.common().clients;
        let before = clients.partition_point(|(at, _)| *at < step.span.start);
        let (_, client) = clients[..before].last()?;
        Some(Session::Client(client.clone()))
    }

    /// The clients as which azure/login signs in, by where it does.
    fn clients(&self) -> Vec<(usize, String)> {
        let client = |it: &Node| {
            let action = it.get("uses")?.text()?.to_ascii_lowercase();
            let client = it.get("with")?.get("client-id")?.text()?;
            action.starts_with("azure/login@").then(|| (it.span.start, client.to_owned()))
        };
        let mut clients: Vec<_> = self.steps.iter().filter_map(client).collect();
        clients.sort();
        clients
    }

    /// A step that uses an action of the repository, or a job that is another workflow's.
    fn link(&self, step: &Node) -> Option<Script> {
        let uses = step.get("uses")?.scalar()?;
        let path = uses.value.strip_prefix("./")?.trim_end_matches('/');
        let paths = match is_yaml(path) {
            true => vec![path.to_owned()],
            false => vec![format!("{path}/action.yml"), format!("{path}/action.yaml")],
        };
        let given = step.get("with").map(Node::pairs).unwrap_or_default();
        let input = |(name, value): &(Node, Node)| {
            Some((format!("inputs.{}", name.text()?), value.text()?.to_owned()))
        };
        let inputs: Vec<(String, String)> = given.iter().filter_map(input).collect();
        let literal = |(_, value): &&(String, String)| !value.contains("${{");
        let link = Link {
            paths: paths.into(),
            inputs: inputs.iter().filter(literal).cloned().collect(),
            ..Link::default()
        };
        let given = |(entry, prefix): (&str, &str)| {
            let named = |it: Variable| Variable { name: format!("{prefix}.{}", it.name), ..it };
            let given = step.get(entry).map(|it| variables(&EXPRESSION, it)).unwrap_or_default();
            given.into_iter().map(named).collect::<Vec<_>>()
        };
        let environment =
            [("with", "inputs"), ("secrets", "secrets")].into_iter().flat_map(given).collect();
        Some(Script { environment, ..Script::link(placed(uses), link, self.workload(step)) })
    }

    /// What a step runs with, unless it says otherwise: the job's default, or the workflow's.
    fn default(&self, entry: &str) -> Option<String> {
        let of = |it: &Node| it.get("defaults")?.get("run")?.get(entry)?.text().map(str::to_owned);
        of(self.node).or_else(|| of(self.workflow))
    }

    fn folder(&self, step: &Node) -> String {
        let stated = step.get("working-directory").and_then(Node::text);
        stated.unwrap_or(&self.common().folder).to_owned()
    }

    /// The language that runs a step, whether workid reads it or not.
    fn shell(&self, step: &Node) -> &'static str {
        let stated = step.get("shell").and_then(Node::text);
        stated.map_or_else(|| self.common().language, language_of)
    }

    fn language(&self) -> &'static str {
        let runner = self.node.get("runs-on").map(Node::texts).unwrap_or_default();
        match self.default("shell") {
            Some(it) => language_of(&it),
            None if runner.iter().any(|it| it.to_ascii_lowercase().contains("windows")) => {
                "powershell"
            }
            None => "bash",
        }
    }

    fn deploys_to(&self) -> Option<&str> {
        let environment = self.node.get("environment")?;
        environment.text().or_else(|| environment.get("name")?.text())
    }

    fn workload(&self, step: &Node) -> Workload {
        let mut workload = self.common().workload.clone();
        workload.anchors.extend([self.sign_in(step), self.whole(step)].into_iter().flatten());
        workload
    }

    fn described(&self) -> Workload {
        let mut assumptions = Vec::new();
        let environment = self.deploys_to();
        let trust = self.trust(&mut assumptions);
        let refs = label_of_refs(&trust);
        let part = format!("job {}", self.name);
        let shown = environment.map(|it| format!(" (environment {it})")).unwrap_or_default();
        Workload {
            environment: environment.map(str::to_owned),
            anchors: self.permissions().into_iter().collect(),
            assumptions: told(assumptions).into(),
            ..Workload::new(
                PLATFORM.name,
                self.source,
                &format!("{part}{shown}"),
                environment.unwrap_or(&refs.unwrap_or_else(|| self.name.to_owned())),
                trust,
            )
        }
    }

    /// The subjects of the tokens that GitHub issues to this job.
    fn trust(&self, assumptions: &mut Vec<String>) -> Trust {
        let runner = self.node.get("runs-on").map(Node::texts).unwrap_or_default();
        if runner.contains(&"self-hosted") {
            assumptions.push(format!(
                "the repository of {} is private: on a self-hosted runner of a public one, anybody's pull request reaches what the machine may do",
                self.source.path
            ));
        }
        let contexts = match self.deploys_to() {
            Some(it) => {
                if self.triggers().iter().any(|(it, _)| PULL_REQUESTS.contains(it)) {
                    assumptions.push(guarded(it, &self.source.path));
                }
                vec![environment_of(it)]
            }
            None => self.refs(assumptions),
        };
        if contexts.len() > SUBJECTS {
            return Trust::Unstated(format!(
                "its tokens have {} subjects, and an identity trusts no more than 20: let the job have an environment, which is one subject for all branches",
                contexts.len()
            ));
        }
        let triggers = self.triggers();
        let alone = |of: &[&str]| triggers.iter().all(|(it, _)| of.contains(it));
        if (contexts.is_empty() || alone(PULL_REQUESTS)) && !triggers.is_empty() {
            let what = match () {
                () if alone(PULL_REQUESTS) => ONLY_PULL_REQUESTS,
                () if alone(&["workflow_call"]) => {
                    "only other workflows call this one, and none of the scanned files does: scan the caller, too, or name an environment in the job"
                }
                () => {
                    "no subject is known before a run: tags, and branches by a pattern, need a credential each. Name an environment in the job, which has one for all"
                }
            };
            return Trust::Unstated(what.to_owned());
        }
        let part = format!("job {}", self.name);
        subjects(&part, &self.source.path, contexts, self.repository, assumptions)
    }

    /// What starts the workflow, with what narrows it.
    fn triggers(&self) -> Vec<(&str, Option<&Node>)> {
        // `on` is a truth value in older YAML.
        let Some(on) = self.workflow.get("on").or_else(|| self.workflow.get("true")) else {
            return Vec::new();
        };
        let named = on.texts().into_iter().map(|it| (it, None));
        named
            .chain(on.pairs().iter().filter_map(|(name, node)| Some((name.text()?, Some(node)))))
            .collect()
    }

    /// The refs on which the workflow's triggers run it, as a subject names them.
    fn refs(&self, assumptions: &mut Vec<String>) -> Vec<String> {
        let default = self.repository.config.default_branch.as_deref().unwrap_or("main");
        let mut found = Vec::new();
        for (trigger, node) in self.triggers() {
            let list = |key| node.and_then(|it| it.get(key)).map(Node::texts).unwrap_or_default();
            match trigger {
                // What calls the workflow says where it runs.
                "workflow_call" => {}
                it if PULL_REQUESTS.contains(&it) => assumptions.push(format!(
                    "runs that {trigger} {BARRED}: {NO_WRITES}"
                )),
                "release" => assumptions.push(
                    format!("runs that release {BARRED}: each has a tag of its own, so name an environment in the job"),
                ),
                "push" if !list("branches").is_empty() || !list("tags").is_empty() => {
                    for (kind, name) in list("branches").iter().map(|it| ("heads", it)).chain(list("tags").iter().map(|it| ("tags", it))) {
                        if name.contains(['*', '?', '!', '[']) {
                            assumptions.push(format!("{UNMATCHED} {name}: use an environment, or name the branches"));
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
        match own.or(inherited) {
            Some(it) if grants(it) => None,
            _ => own.map_or_else(|| self.block(inherited), |it| self.more(it)),
        }
    }

    /// A job's own block replaces the workflow's, so it repeats what that one grants.
    fn block(&self, inherited: Option<&Node>) -> Option<Anchor> {
        let steps = self.node.pair("steps").or_else(|| self.node.pair("uses"));
        let anchor =
            Anchor::before("permissions", self.source, steps.map(|(key, _)| key.span.start)?);
        let anchor = Anchor { at: Span::at(self.above(anchor.at.start)), ..anchor };
        let line = format!("{}{}  ", self.source.line_break(), anchor.indent);
        let (others, safety) = match inherited.filter(|it| it.scalar().is_none()) {
            Some(it) => {
                let others = it.pairs().iter().filter(|(key, _)| key.text() != Some(ID_TOKEN));
                let said = |(key, value): &(Node, Node)| {
                    let raw = self.source.raw();
                    format!("{line}{}", &raw[key.span.start..value.span.end.max(key.span.end)])
                };
                (others.map(said).collect(), Safety::Safe)
            }
            None => (format!("{line}{READS}"), self.takes_away()),
        };
        Some(Anchor { safety, holes: vec![("others", Term::known(others))], ..anchor })
    }

    /// What a job's own block lacks.
    fn more(&self, own: &Node) -> Option<Anchor> {
        let raw = self.source.raw();
        let put = |name, at: Span, others: String| Anchor {
            at,
            holes: vec![("others", Term::known(others))],
            ..Anchor::before(name, self.source, at.start)
        };
        let said = &raw[own.span.start..own.span.end];
        let listed = said.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
        match (own.get(ID_TOKEN), listed, own.pairs().first()) {
            (Some(level), ..) => Some(put("permission-level", level.span, String::new())),
            (None, Some(it), _) if it.trim().is_empty() => {
                Some(put("permissions-inline", own.span, String::new()))
            }
            (None, Some(it), _) => {
                Some(put("permissions-inline", own.span, format!(", {}", it.trim())))
            }
            (None, None, Some((key, _))) => {
                Some(Anchor::before("permission", self.source, key.span.start))
            }
            (None, None, None) if own.text() == Some("read-all") => {
                let anchor = put("permissions-inline", own.span, format!(", {READS}"));
                Some(Anchor { safety: self.takes_away(), ..anchor })
            }
            (None, None, None) => None,
        }
    }

    /// Where permissions are named that were not, the others are none.
    fn takes_away(&self) -> Safety {
        match self.only_reads() {
            true => Safety::Safe,
            false => Safety::Review("naming permissions takes away those that are not named: check that the job needs no other".to_owned()),
        }
    }

    /// Whether nothing in the job can need more of GitHub than to read the repository: it uses known
    /// actions alone, and gives its token to none.
    fn only_reads(&self) -> bool {
        let text = |it: &Node| self.source.raw()[it.span.start..it.span.end].to_ascii_lowercase();
        let around = [Some(self.node), self.workflow.get("env")];
        let says = |it: &str| it.contains("github_token") || it.contains("github.token");
        let known = |step: &Node| {
            let Some(uses) = step.get("uses") else { return true };
            uses.text().is_some_and(|it| READERS.iter().any(|known| it.starts_with(known)))
        };
        !self.steps.is_empty()
            && self.steps.iter().all(known)
            && !around.into_iter().flatten().any(|it| says(&text(it)))
    }

    /// A step that does nothing but sign in goes away as a whole, if it is not the only one, which
    /// GitHub asks for, and nothing reads what became of it.
    fn whole(&self, step: &Node) -> Option<Anchor> {
        let id = step.get("id").and_then(Node::text).map(|it| format!("steps.{it}."));
        let is_read = id.is_some_and(|it| self.source.raw().contains(&it));
        let anchor = Anchor::item(WHOLE, self.source, step)?;
        let end = self.source.whole_lines(Span::new(step.span.start, step.span.end)).end;
        (self.steps.len() > 1 && !is_read)
            .then(|| Anchor { at: Span::new(anchor.at.start, end), ..anchor })
    }

    /// Before the step, on the condition that it has.
    fn sign_in(&self, step: &Node) -> Option<Anchor> {
        let anchor = Anchor::item("step", self.source, step)?;
        let said = |(key, value): &(Node, Node)| {
            self.source.raw()[key.span.start..value.span.end].to_owned()
        };
        let condition = step.pair("if").map(said).filter(|it| !it.contains('\n'));
        let line = format!("{}{}  ", self.source.line_break(), anchor.indent);
        let condition = condition.map_or_else(String::new, |it| format!("{line}{it}"));
        let safety = match step.get("if").is_some() && condition.is_empty() {
            true => Safety::Review(CONDITION.to_owned()),
            false => shut_out(&self.common().workload.assumptions),
        };
        // A job that is another workflow's has no steps.
        (!self.steps.is_empty()).then(|| Anchor {
            at: Span::at(self.above(anchor.at.start)),
            safety,
            holes: vec![("condition", Term::known(condition))],
            ..anchor
        })
    }

    /// Above the comments that belong to the line at `at`.
    fn above(&self, mut at: usize) -> usize {
        let text = self.source.raw();
        while at > 0 {
            let above = line_start(self.source, at - 1);
            if !text[above..at].trim_start().starts_with('#') {
                break;
            }
            at = above;
        }
        at
    }
}

/// The anchor of a step that may go away.
const WHOLE: &str = "whole";

const CONDITION: &str = "the step runs on a condition: let the sign-in before it have the same";

/// Runs that no credential is for would fail at a sign-in that they had before.
fn shut_out(assumptions: &[String]) -> Safety {
    let is_one = |it: &&String| it.contains(BARRED) || it.starts_with(UNMATCHED);
    assumptions.iter().find(is_one).map_or(Safety::Safe, |it| Safety::Review(it.clone()))
}

/// What is said of runs that cannot sign in.
const BARRED: &str = "starts cannot sign in";
const UNMATCHED: &str = "no credential matches the pattern";
