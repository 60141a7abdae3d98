//! What is run: a command, or the steps of a pipeline's job, as they are and as they are to be.

use super::stage::Stage;
use crate::{
    cli::repository::Scanned,
    disk, lang,
    plan::{Plan, PlannedSite},
    platform::{self, Platform, Script, Session, Trust, Variable, Workload},
    resource::Scope,
    scan::{Reached, Site},
    text::{Source, Span, pattern},
};
use regex::Regex;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Component, Path},
    sync::LazyLock,
};

/// What one workload runs.
pub(super) struct Play<'s> {
    /// As it was named.
    pub(super) run: String,
    /// What runs it, as the plan calls it.
    pub(super) runs_in: String,
    pub(super) workload: &'s Workload,
    /// The sign-ins that it comes to.
    pub(super) sites: Vec<&'s Site>,
    /// What is done in each of the copies, or why it cannot be.
    pub(super) before: Result<Vec<Act>, String>,
    pub(super) after: Result<Vec<Act>, String>,
}

/// Variables by their names.
type Environment = BTreeMap<String, String>;

/// One thing that is done.
pub(super) enum Act {
    /// The platform signs in.
    SignIn(Session),
    Command {
        line: String,
        environment: Environment,
    },
    Script {
        program: &'static [&'static str],
        text: String,
        folder: String,
        environment: Environment,
    },
}

impl Act {
    pub(super) fn environment(&self) -> impl Iterator<Item = (&String, &String)> + Clone {
        static NONE: Environment = Environment::new();
        match self {
            Act::SignIn(_) => &NONE,
            Act::Command { environment, .. } | Act::Script { environment, .. } => environment,
        }
        .iter()
    }
}

/// What stands in the place of a secret or a variable whose value no file shows.
pub(super) const UNKNOWN: &str = "workid-sandbox";

/// The type of the machines of Azure Arc, in lower case.
const ARC: &str = "/microsoft.hybridcompute/machines/";

/// The languages of steps, with what runs them.
const PROGRAMS: &[(&str, &[&str])] =
    &[("bash", &["bash", "-e"]), ("python", &["python3"]), ("powershell", &["pwsh", "-File"])];

/// How scripts and programs name a variable of their environment.
static NAMES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"\$\{?([A-Za-z_]\w*)|\$env:(\w+)|%(\w+)%|(?:environ|getenv|process\.env)[^\w\n]{0,3}(?:get\()?[^\w\n]{0,2}(\w+)"#,
    )
});

/// How variables are called that hold a secret.
static SECRET: LazyLock<Regex> = LazyLock::new(|| pattern("(?i)pass|pwd|secret"));

pub(super) fn is_secret(name: &str) -> bool {
    SECRET.is_match(name)
}

impl<'s> Play<'s> {
    /// One play for each workload that runs what is named.
    pub(super) fn all(
        named: &str,
        stage: &Stage,
        scanned: &'s Scanned,
        plan: &Plan,
    ) -> Result<Vec<Play<'s>>, String> {
        let files = files(named, &stage.before);
        let is_planned = |it: &&Site| {
            plan.sites.iter().any(|site| {
                site.path == it.path && site.line == it.start.line && !site.identities.is_empty()
            })
        };
        let reaches = |site: &Site, it: &Reached| {
            [&site.path, &it.workload.path]
                .into_iter()
                .chain(&it.through)
                .any(|it| files.contains(it))
        };
        let mut plays: Vec<Play<'s>> = Vec::new();
        for site in scanned.scan.running().filter(is_planned) {
            for Reached { workload, .. } in site.reached.iter().filter(|it| reaches(site, it)) {
                let runs_in = runs_in(workload);
                match plays.iter_mut().find(|it| it.runs_in == runs_in) {
                    Some(play) => play.sites.push(site),
                    None => plays.push(Play {
                        run: named.to_owned(),
                        runs_in,
                        workload,
                        sites: vec![site],
                        before: Ok(Vec::new()),
                        after: Ok(Vec::new()),
                    }),
                }
            }
        }
        let left = |site: &Site| {
            let is_left = |it: &&PlannedSite| it.by_hand || it.identities.is_empty();
            let mut planned = plan.sites.iter().filter(is_left);
            let of = planned.find(|it| it.path == site.path && it.line == site.start.line)?;
            Some(format!(
                "its sign-in {}:{} is left to a person, who has to write it first",
                of.path, of.line
            ))
        };
        if plays.is_empty() {
            let is_named = |it: &&Site| {
                files.contains(&it.path) || it.reached.iter().any(|reached| reaches(it, reached))
            };
            let why = scanned.scan.running().filter(is_named).find_map(left);
            return Err(
                why.unwrap_or_else(|| "it comes to no sign-in that the plan replaces".to_owned())
            );
        }
        for play in &mut plays {
            let why = unplayed(play.workload).map(str::to_owned);
            if let Some(why) = why.or_else(|| play.sites.iter().find_map(|it| left(it))) {
                (play.before, play.after) = (Err(why.clone()), Err(why));
                continue;
            }
            let values = Values::of(play, plan, stage, scanned);
            let acts = |root: &Path| play.acts(root, scanned, &values);
            (play.before, play.after) = (acts(&stage.before), acts(&stage.after));
        }
        Ok(plays)
    }

    fn acts(&self, root: &Path, scanned: &Scanned, values: &Values) -> Result<Vec<Act>, String> {
        let path = &self.workload.path;
        let source = disk::read_source(root, path).map_err(|it| it.to_string())?;
        let scripts = platform::scripts(&source, &scanned.repository, &platform::Wanted::ALL)?;
        let own: Vec<&Script> =
            scripts.iter().filter(|it| it.workload.name == self.workload.name).collect();
        if *path == self.run && is_pipeline(&source) {
            let acts = own.iter().map(|it| step(it, &source, values));
            return Ok(acts.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect());
        }
        let mut acts: Vec<Act> = Vec::new();
        let mut environment = values.environment.clone();
        for script in own.iter().filter(|_| is_pipeline(&source)) {
            environment.extend(values.set(script, &source));
            if let Some(session) = &script.session {
                acts = vec![Act::SignIn(values.session(session))];
            }
        }
        acts.push(Act::Command { line: line(&self.run, root)?, environment });
        Ok(acts)
    }
}

/// Why a place cannot be played.
fn unplayed(workload: &Workload) -> Option<&'static str> {
    let Trust::AzureHosted { resources } = &workload.trust else { return None };
    let is_arc = |it: &Scope| it.0.to_ascii_lowercase().contains(ARC);
    resources.first().is_some_and(is_arc).then_some(
        "Azure Arc proves who asks for a token by a file in a folder of its agent, which is not played",
    )
}

/// What runs a workload, as a plan calls it.
fn runs_in(workload: &Workload) -> String {
    let title = platform::by_name(workload.platform).map_or("", |it| it.title);
    format!("{title}: {}", workload.name)
}

/// Whether a file describes what its platform runs, and is no script itself.
fn is_pipeline(source: &Source) -> bool {
    let language = lang::of_file(&source.path, source.raw());
    platform::of(source).is_some_and(Platform::may_run)
        && language.is_none_or(|it| it.name == "settings")
}

/// The files of the repository that a command names, or reads without being told.
fn files(named: &str, root: &Path) -> BTreeSet<String> {
    let words: Vec<&str> = named.split_whitespace().collect();
    let mut found: BTreeSet<String> = words.iter().map(|it| tidy(it)).collect();
    let is_run = |it: &&platform::Command| {
        it.programs
            .iter()
            .any(|program| named.starts_with(&format!("{program} ")) || named == *program)
    };
    let commands = platform::PLATFORMS.iter().flat_map(|it: &&Platform| it.commands);
    for command in commands.filter(is_run) {
        let folder =
            words.windows(2).find(|it| command.folder.contains(&it[0])).map_or("", |it| it[1]);
        found.extend(command.files.iter().map(|it| tidy(&format!("{folder}/{it}"))));
    }
    found.retain(|it| root.join(it).is_file());
    found
}

/// A path from the root.
fn tidy(path: &str) -> String {
    path.split('/').filter(|it| !it.is_empty() && *it != ".").collect::<Vec<_>>().join("/")
}

/// The command for a shell: a script that is named alone gets what runs it.
fn line(named: &str, root: &Path) -> Result<String, String> {
    let (first, rest) = named.split_once(' ').unwrap_or((named, ""));
    let Ok(source) = disk::read_source(root, &tidy(first)) else { return Ok(named.to_owned()) };
    let Some(language) = lang::of_file(&source.path, source.raw()) else {
        return Ok(named.to_owned());
    };
    let program = match language.name {
        "javascript" => "node",
        "bash" => match source.raw().lines().next() {
            Some(first) if first.starts_with("#!") => first.trim_start_matches("#!").trim(),
            _ => "sh",
        },
        name => return Ok(format!("{} {} {rest}", program(name)?.join(" "), tidy(first))),
    };
    Ok(format!("{program} {} {rest}", tidy(first)))
}

fn program(language: &str) -> Result<&'static [&'static str], String> {
    let found = PROGRAMS.iter().find(|(name, _)| *name == language).map(|(_, it)| *it);
    let program =
        found.ok_or_else(|| format!("{language} is run by nothing that workid starts"))?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    match std::env::split_paths(&path).any(|it| it.join(program[0]).is_file()) {
        true => Ok(program),
        false => Err(format!("{}, which runs {language}, is not installed here", program[0])),
    }
}

/// What a step of a pipeline does.
fn step(script: &Script, source: &Source, values: &Values) -> Result<Vec<Act>, String> {
    if let Some(link) = script.links.iter().find(|it| !it.paths.is_empty()) {
        return Err(format!("a step runs {}, which only its platform can", link.paths.join(", ")));
    }
    if ["link", "settings"].contains(&script.language) {
        return Ok(Vec::new());
    }
    let mut environment = values.environment.clone();
    environment.extend(values.set(script, source));
    let text = values.filled(script, &environment).replace(platform::dollar(source), "$");
    let (program, folder) = (program(script.language)?, script.folder.clone());
    let is_inside = |it| matches!(it, Component::Normal(_) | Component::CurDir);
    if !Path::new(&folder).components().all(is_inside) {
        return Err(format!("a step runs in {folder}, which may lie outside of the copy"));
    }
    let sign_in = script.session.as_ref().map(|it| Act::SignIn(values.session(it)));
    Ok(sign_in.into_iter().chain([Act::Script { program, text, folder, environment }]).collect())
}

/// What secrets and variables hold whose values no file shows.
struct Values {
    /// The user that the play signs in as.
    user: String,
    /// The secrets that hold the user's name.
    names: BTreeSet<String>,
    /// The variables that the plan has its platform keep.
    planned: Environment,
    /// Of the variables that the sign-ins read.
    environment: Environment,
}

impl Values {
    fn of(play: &Play<'_>, plan: &Plan, stage: &Stage, scanned: &Scanned) -> Values {
        let sites = &play.sites;
        let planned = stage.variables(play.workload);
        let user = sites.iter().find_map(|site| {
            let planned =
                plan.sites.iter().find(|it| it.path == site.path && it.line == site.start.line);
            planned?.user.clone()
        });
        let user = user.unwrap_or_else(|| super::stage::SOMEBODY.to_owned());
        let origins = sites.iter().flat_map(|it| &it.origins);
        let names: BTreeSet<String> =
            origins.filter(|it| it.role == "user").map(|it| it.name.clone()).collect();
        let mut environment = Environment::new();
        for site in sites {
            let Some(source) = scanned.sources.iter().find(|it| *it.path == *site.path) else {
                continue;
            };
            let spans = site.related.iter().map(|it| it.span).chain([site.call.span]);
            let whole = Span::new(0, source.raw().len());
            let secrets = variables(source, whole).into_iter().filter(|it| is_secret(it));
            for name in spans.flat_map(|it| variables(source, it)).chain(secrets) {
                let is_user = site.user.as_ref().is_some_and(|it| it.contains(&name))
                    || names.iter().any(|it| it.ends_with(&name));
                let value = if is_user { &user } else { UNKNOWN };
                environment.insert(name, value.to_owned());
            }
        }
        // GitLab has a script find them in its environment, GitHub where it names them.
        if play.workload.platform == "gitlab-ci" {
            environment.extend(planned.clone());
        }
        Values { user, names, planned, environment }
    }

    /// What a file sets for a script.
    fn set(&self, script: &Script, source: &Source) -> Environment {
        let value = |it: &Variable| {
            let literal = it.literal.map(|it| source.raw()[it.start..it.end].to_owned());
            literal.unwrap_or_else(|| it.from.as_deref().map_or(String::new(), |it| self.value(it)))
        };
        let all = script.environment.iter().filter_map(|it| script.environment.get(&it.name));
        all.map(|it| (it.name.clone(), value(it))).collect()
    }

    fn value(&self, name: &str) -> String {
        let planned = name.strip_prefix("vars.").and_then(|it| self.planned.get(it));
        if let Some(planned) = planned {
            return planned.clone();
        }
        if self.names.contains(name) { self.user.clone() } else { UNKNOWN.to_owned() }
    }

    /// A session whose client is told, where a file names a variable for it.
    fn session(&self, session: &Session) -> Session {
        let name = |text: &str| {
            let name = text.strip_prefix("${{")?.strip_suffix("}}")?;
            Some(name.trim().to_owned())
        };
        match session {
            Session::Client(it) => {
                Session::Client(name(it.trim()).map_or_else(|| it.clone(), |it| self.value(&it)))
            }
            Session::Connection(_) => session.clone(),
        }
    }

    /// A script with values in the places of its platform's expressions.
    fn filled(&self, script: &Script, environment: &Environment) -> String {
        let mut text = script.text.clone();
        let mut expressions: Vec<_> = script.expressions.iter().collect();
        expressions.sort_by_key(|it| std::cmp::Reverse(it.span.start));
        let mut last = text.len();
        for it in expressions {
            // What another one stands in is told with it.
            if it.span.end > last {
                continue;
            }
            last = it.span.start;
            let own = it.name.strip_prefix("env.").unwrap_or(&it.name);
            let value = environment.get(own).cloned().unwrap_or_else(|| self.value(&it.name));
            text.replace_range(it.span.start..it.span.end, &value);
        }
        text
    }
}

fn variables(source: &Source, span: Span) -> Vec<String> {
    let text = &source.raw()[span.start..span.end];
    let name = |it: regex::Captures<'_>| {
        it.iter().skip(1).flatten().next().map(|it| it.as_str().to_owned())
    };
    NAMES.captures_iter(text).filter_map(name).collect()
}
