//! Where code runs: which files describe it, which scripts it holds, and who vouches for it.
//!
//! To add a platform, write `platform/<name>.rs` with one [`Platform`] and name it twice below.

mod ansible;
mod azure_automation;
mod azure_pipelines;
mod bicep;
mod bitbucket;
mod circleci;
mod compose;
mod concatenation;
mod data;
mod dockerfile;
mod documentation;
mod github_actions;
mod gitlab_ci;
mod jenkins;
mod kubernetes;
mod makefile;
mod notebook;
mod npm;
mod standalone;
mod terraform;

use crate::{
    catalog::Catalog,
    config::Config,
    lang::{self, Expression},
    resource::{Address, Federation, Resource, Scope, Term},
    text::{
        Place, Placed, Source, Span,
        yaml::{Node, Scalar},
    },
};
use regex::Regex;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// In order of precedence. `data` and `standalone` claim what no other platform does, and stay last.
pub const PLATFORMS: &[&Platform] = &[
    &github_actions::PLATFORM,
    &gitlab_ci::PLATFORM,
    &circleci::PLATFORM,
    &bitbucket::PLATFORM,
    &compose::PLATFORM,
    &kubernetes::PLATFORM,
    &ansible::PLATFORM,
    &azure_pipelines::PLATFORM,
    &azure_automation::PLATFORM,
    &dockerfile::PLATFORM,
    &jenkins::PLATFORM,
    &makefile::PLATFORM,
    &npm::PLATFORM,
    &notebook::PLATFORM,
    &terraform::PLATFORM,
    &bicep::PLATFORM,
    &documentation::PLATFORM,
    &data::PLATFORM,
    &standalone::PLATFORM,
];

pub struct Platform {
    pub name: &'static str,
    pub title: &'static str,
    pub run: Run,
    /// Whether this platform reads the file.
    pub claims: fn(&Source) -> bool,
    /// The scripts in the file, each with the workload that runs it; or why it cannot be read.
    pub scripts: fn(&Source, &Repository) -> Result<Vec<Script>, String>,
    /// What must exist on the platform's side for its workload to use an identity.
    pub companions: fn(&Workload, &Context<'_>) -> Vec<(Address, Resource)>,
}

/// What becomes of the scripts in a platform's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run {
    /// They run with nobody present.
    Unattended,
    /// A person may be present, who answers what is asked.
    Attended,
    /// Nobody knows: any text of such a file may be a script or none.
    Unknown,
    /// People read them.
    Documentation,
}

/// What a platform needs to know of the repository beyond one file.
#[derive(Clone, Debug, Default)]
pub struct Repository {
    /// `owner/name` on GitHub.
    pub slug: Option<String>,
    pub config: Config,
    /// What is known of the commands in it.
    pub catalog: Catalog,
}

/// What a companion is made of.
pub struct Context<'c> {
    pub repository: &'c Repository,
    /// The address that has the identity's `client_id`.
    pub identity: &'c Address,
    pub tenant_id: &'c str,
    pub subscription_id: &'c str,
    pub subscription_name: &'c str,
    /// Azure DevOps knows projects by their ID.
    pub project_id: Option<&'c str>,
}

/// Text in one language, and where it stands in its file. Holds source text, so it has no `Debug`.
pub struct Script {
    pub language: &'static str,
    pub text: String,
    pub place: Place,
    pub expressions: Vec<Expression>,
    /// The environment variables that the platform sets for the script.
    pub environment: Vec<Variable>,
    /// The folder in which it runs, from the scanned one; empty for that one itself.
    pub folder: String,
    pub workload: Workload,
}

/// An environment variable as a platform's file sets it.
#[derive(Clone, Debug)]
pub struct Variable {
    pub name: String,
    /// Its line of the file: name and value.
    pub span: Span,
    /// The expression that it is set from: `secrets.DEPLOY_PASSWORD`.
    pub from: Option<String>,
    /// Where its value is written out, if it is.
    pub literal: Option<Span>,
}

/// A piece of software that runs somewhere; the thing that is to have an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    pub platform: &'static str,
    /// The file that describes it.
    pub path: String,
    /// For people: `job deploy (environment production)`.
    pub name: String,
    /// What its identity is called after: `production`.
    pub label: String,
    pub trust: Trust,
    /// Where the platform's own sign-in may be written.
    pub anchors: Vec<Anchor>,
    /// What had to be taken for granted to say the above.
    pub assumptions: Vec<String>,
}

/// What the workload can prove about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// It runs on Azure resources, which can have managed identities.
    AzureHosted { resources: Vec<Scope> },
    /// Its platform signs tokens for it.
    Federated(Vec<Federation>),
    /// Nobody vouches for it.
    Unproven,
    /// It is not known, or workid cannot write its sign-in; this is why, and what to do.
    Unstated(String),
}

/// A place where text may be put, and how delicate that place is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    pub name: &'static str,
    /// What is replaced. If that is nothing, the text goes on lines of its own before this place.
    pub at: Span,
    pub indent: String,
    pub safety: Safety,
    /// What only the platform knows and a template asks for.
    pub holes: Vec<(&'static str, Term)>,
    /// Where lines begin that move to the right, into the new text.
    pub shifted: Vec<usize>,
}

/// Whether an edit may be made without a person reading it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Safety {
    Safe,
    /// It can change more than the sign-in, and this is what.
    Review(String),
}

impl Workload {
    pub fn run(&self) -> Run {
        by_name(self.platform).map_or(Run::Unknown, |it| it.run)
    }
}

impl Script {
    /// A script of which no more is known than its text.
    fn new(language: &'static str, script: Placed, workload: Workload) -> Script {
        Script {
            language,
            text: script.text,
            place: script.place,
            expressions: Vec::new(),
            environment: Vec::new(),
            folder: String::new(),
            workload,
        }
    }
}

pub fn by_name(name: &str) -> Option<&'static Platform> {
    PLATFORMS.iter().copied().find(|it| it.name == name)
}

/// No platform reads it, but it says what the programs beside it belong to.
const GO_MODULE: &str = "go.mod";

/// Whether a platform may claim a file of this name, whatever it holds. What a file holds is asked
/// where its name has no extension, or one that many kinds of files share.
pub fn may_claim(path: &str) -> bool {
    let claims = || {
        let empty = Source::new(path, "");
        PLATFORMS.iter().any(|it| (it.claims)(&empty))
    };
    !file_name(path).contains('.')
        || file_name(path) == GO_MODULE
        || is_yaml(path)
        || lang::of_file(path, "").is_some()
        || claims()
}

/// Whether a file describes what runs. Documents and data name files without running them.
pub fn may_run(source: &Source) -> bool {
    matches!(run(source), Some(Run::Unattended | Run::Attended))
}

/// What becomes of the scripts in a file; `None` if no platform claims it.
pub fn run(source: &Source) -> Option<Run> {
    of(source).map(|it| it.run)
}

/// The platform that reads a file.
fn of(source: &Source) -> Option<&'static Platform> {
    PLATFORMS.iter().copied().find(|it| (it.claims)(source))
}

/// The scripts of a file that no platform claims are none. Of data, in which any text may be a
/// script, only those texts are that are `wanted`.
pub fn scripts(
    source: &Source,
    repository: &Repository,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<Vec<Script>, String> {
    let Some(platform) = of(source) else { return Ok(Vec::new()) };
    let mut scripts = match platform.name == data::PLATFORM.name {
        true => data::wanted(source, wanted)?,
        false => (platform.scripts)(source, repository)?,
    };
    // Whatever a file is for, what it sets counts.
    if !scripts.iter().any(|it| it.language == "settings") {
        let whole = standalone::script(source, repository);
        scripts.extend(whole.filter(|it| it.language == "settings"));
    }
    Ok(scripts)
}

/// What the lines of a file hold that is not readable as a whole.
pub fn scripts_by_lines(source: &Source) -> Vec<Script> {
    if is_yaml(&source.path) { data::loose(source) } else { Vec::new() }
}

/// A workload of a platform whose sign-in workid does not write: what to do instead.
fn by_hand(
    platform: &'static str,
    source: &Source,
    part: &str,
    label: &str,
    advice: &str,
) -> Workload {
    let path = source.path.to_string();
    Workload {
        platform,
        name: format!("{}, {part}", file_name(&path)),
        label: label.to_owned(),
        trust: Trust::Unstated(advice.to_owned()),
        anchors: Vec::new(),
        assumptions: Vec::new(),
        path,
    }
}

fn no_companions(_: &Workload, _: &Context<'_>) -> Vec<(Address, Resource)> {
    Vec::new()
}

fn is_yaml(path: &str) -> bool {
    path.ends_with(".yml") || path.ends_with(".yaml")
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The expressions of a script, by a pattern whose first group is their name.
fn expressions(pattern: &Regex, text: &str) -> Vec<Expression> {
    let found = pattern.captures_iter(text).filter_map(|it| {
        let (all, name) = (it.get(0)?, it.iter().skip(1).flatten().next()?);
        Some(Expression {
            span: Span::new(all.start(), all.end()),
            name: name.as_str().trim().to_owned(),
        })
    });
    found.collect()
}

/// The environment variables that an `env:` mapping sets.
fn variables(pattern: &Regex, env: &Node) -> Vec<Variable> {
    let of = |(name, value): &(Node, Node)| {
        let span = Span::new(name.span.start, value.span.end.max(name.span.end));
        Some(variable(pattern, name.text()?, span, value.text()?, value.span))
    };
    env.pairs().iter().filter_map(of).collect()
}

/// A pattern that is a constant of this room.
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is a constant")
}

/// A text, and where it stands; nowhere, if it cannot be mapped, so that it is named as not read.
fn placed(scalar: &Scalar) -> Placed {
    Placed { text: scalar.value.clone(), place: scalar.place.clone().unwrap_or_default() }
}

/// Texts that one shell runs, one after another.
fn joined<'s>(scalars: impl IntoIterator<Item = &'s Scalar>) -> Placed {
    let mut all = Placed::default();
    for scalar in scalars {
        all.line();
        if let Some(place) = &scalar.place {
            all.place.append(all.text.len(), place);
        }
        all.text.push_str(&scalar.value);
    }
    all
}

/// A list that is a program with its arguments: what a shell among them is to run, or else the
/// command that a shell would write so.
fn arguments(source: &Source, items: &[Node]) -> Option<(&'static str, Placed)> {
    const SHELLS: &[&str] =
        &["bash", "sh", "dash", "ash", "zsh", "ksh", "pwsh", "powershell", "cmd"];
    let scalars: Vec<&Scalar> = items.iter().map(Node::scalar).collect::<Option<_>>()?;
    let program = &scalars.first()?.value;
    if program.is_empty() || program.contains(char::is_whitespace) {
        return None;
    }
    let shell = scalars.iter().enumerate().find_map(|(at, it)| {
        let name = it.value.rsplit(['/', '\\']).next()?.trim_end_matches(".exe");
        SHELLS.contains(&name).then(|| (language_of_shell(name), &scalars[at + 1..]))
    });
    if let Some((language, rest)) = shell {
        let is_flag = |it: &&Scalar| {
            let it = it.value.to_ascii_lowercase();
            it.starts_with('-') && it.ends_with('c') || ["-command", "/c"].contains(&it.as_str())
        };
        if let Some(flag) = rest.iter().position(is_flag) {
            let script = rest.get(flag + 1..).filter(|it| !it.is_empty())?;
            // Only the first is bash's script; PowerShell and cmd put all together.
            let script = if language == "bash" { &script[..1] } else { script };
            let mut all = Placed::default();
            for it in script {
                if !all.text.is_empty() {
                    all.text.push(' ');
                }
                all.place.append(all.text.len(), it.place.as_ref()?);
                all.text.push_str(&it.value);
            }
            return Some((language, all));
        }
    }
    let mut all = Placed::default();
    for (node, scalar) in items.iter().zip(scalars) {
        if !all.text.is_empty() {
            all.text.push(' ');
        }
        let is_plain = |it: char| it.is_alphanumeric() || "-_./:=@%+,{}".contains(it);
        let quote = match &scalar.value {
            it if !it.is_empty() && it.chars().all(is_plain) => "",
            it if !it.contains(['"', '\\', '`']) => "\"",
            it if !it.contains('\'') => "'",
            _ => return None,
        };
        // The quotes of the file stand for those of the shell.
        let width = usize::from(source.raw()[node.span.start..].starts_with(['"', '\'']));
        all.escape(quote, node.span.start, width);
        let (start, place) = (all.text.len(), scalar.place.as_ref()?);
        all.place.append(start, place);
        all.text.push_str(&scalar.value);
        all.escape(quote, node.span.end.saturating_sub(width), width);
    }
    Some(("bash", all))
}

/// The lines of a text without their breaks, and where each begins.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut next = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = next;
        next += line.len();
        (start, line.trim_end_matches(['\r', '\n']))
    })
}

/// The language that a text looks like, where nothing else says it.
fn language_of_text(text: &str) -> &'static str {
    // Only PowerShell begins commands so.
    static POWERSHELL: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?m)\$env:|(?:^|[;{(|])\s*(?:\$[\w:]+\s*=\s*)?(?:[A-Z][a-z]+-[A-Z]|(?i:(?:connect|login|add)-az))\w+")
            .expect("the pattern is a constant")
    });
    static BATCH: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?mi)^\s*@echo off|%[a-z_]\w*%").expect("the pattern is a constant")
    });
    match text.strip_prefix("#!").and_then(|it| it.lines().next()) {
        Some(interpreter) => language_of_shell(interpreter),
        None if POWERSHELL.is_match(text) => "powershell",
        None if BATCH.is_match(text) => "batch",
        None => "bash",
    }
}

/// The language of the shell that a file chooses for its scripts.
fn language_of_shell(shell: &str) -> &'static str {
    const SHELLS: &[(&str, &str)] = &[
        ("pwsh", "powershell"),
        ("powershell", "powershell"),
        ("cmd", "batch"),
        ("python", "python"),
        ("perl", "perl"),
    ];
    let shell = shell.to_ascii_lowercase();
    SHELLS.iter().find(|(name, _)| shell.contains(name)).map_or("bash", |(_, language)| language)
}

/// A variable that is set to `value`, which stands at `place` of the file.
fn variable(pattern: &Regex, name: &str, span: Span, value: &str, place: Span) -> Variable {
    let from = expressions(pattern, value).into_iter().next().map(|it| it.name);
    let literal = (from.is_none() && !value.is_empty()).then_some(place);
    Variable { name: name.to_owned(), span, from, literal }
}

/// The start of the line that holds `offset`.
fn line_start(source: &Source, offset: usize) -> usize {
    source.whole_lines(Span::at(offset)).start
}

/// The column of `offset`, as blanks.
fn indent_of(source: &Source, offset: usize) -> String {
    " ".repeat(source.position(offset).column - 1)
}

#[cfg(test)]
mod testing {
    //! What the tests of platforms share.

    use super::*;
    use crate::lang;

    pub(super) fn found(platform: &Platform, path: &str, text: &str) -> Vec<Script> {
        let source = Source::new(path, text);
        (platform.scripts)(&source, &Repository::default()).unwrap_or_default()
    }

    /// The text of each sign-in of the Azure CLI, as it stands in the file.
    pub(super) fn sign_ins<'t>(platform: &Platform, path: &str, text: &'t str) -> Vec<&'t str> {
        let mut spans = Vec::new();
        for script in found(platform, path, text) {
            let Some(language) = lang::by_name(script.language) else { continue };
            let calls = language.parse(&script.text, &script.expressions).calls;
            let logins = calls.iter().filter(|it| it.name == "az login");
            spans.extend(logins.map(|it| script.place.outer(it.span).unwrap()));
        }
        spans.iter().map(|it| &text[it.start..it.end]).collect()
    }

    pub(super) mod check {
        use super::*;
        use proptest::prelude::*;

        pub(in crate::platform) fn pieces(
            from: &'static [&'static str],
        ) -> impl Strategy<Value = Vec<&'static str>> {
            proptest::collection::vec(proptest::sample::select(from), 0..30)
        }

        /// Every letter of a script is that letter in the file.
        pub(in crate::platform) fn places(platform: &Platform, path: &str, text: &str) {
            for script in found(platform, path, text) {
                for expression in &script.expressions {
                    assert!(script.text.get(expression.span.start..expression.span.end).is_some());
                }
                for (at, c) in script.text.char_indices().filter(|(_, it)| it.is_alphanumeric()) {
                    let Some(it) = script.place.outer(Span::new(at, at + c.len_utf8())) else {
                        assert!(script.place.is_unknown());
                        break;
                    };
                    let said = &text[it.start..it.end];
                    assert!(said.starts_with([c, '\\']), "{said:?} is not {c:?} in {text:?}");
                }
            }
        }
    }
}
