//! Where scripts run: two copies of the folder, the embedded tenant with the plan made in it, and
//! what a platform gives to its jobs.

use super::super::{
    Failure, Output, Result,
    repository::Scanned,
    rewrite,
    sandbox::environment::{self, TOKEN_FILE},
};
use super::{
    copy::{Names, copy},
    group,
    play::{Act, Play, UNKNOWN, is_secret},
};
use crate::{
    apply,
    disk::{self, JournalFile},
    plan::{Plan, format},
    platform::{self, Session, Trust},
    prove::{Ran, Seen},
    resource::{Address, FederatedIdentityCredential, Known, Resource, Scope},
    sandbox::{self, Job, Options, Sandbox, Workload},
    secret::Secret,
    services::{self, Azure, Connection},
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// What the person who asks gives to the scripts.
pub(super) struct Given<'g> {
    pub(super) stubs: &'g [String],
    pub(super) environment: &'g [(String, String)],
    pub(super) timeout: Duration,
}

pub(super) struct Stage {
    folder: TempDir,
    /// The folder as it is.
    pub(super) before: PathBuf,
    /// The folder as it is to be.
    pub(super) after: PathBuf,
    /// The plan as it is made in the embedded tenant, and what came of it.
    pub(super) plan: Plan,
    pub(super) known: Known,
    names: Names,
}

/// What a script finds of the environment of whoever runs workid.
const INHERITED: &[&str] = &["PATH", "LANG", "LC_ALL", "TERM", "TMPDIR", "SYSTEMROOT"];

/// Where the home of whoever runs a script is.
const HOMES: &[&str] = &["HOME", "USERPROFILE"];

/// Commands by which platforms hand out the token of a job.
const TOKEN_COMMANDS: &[(&str, &str)] =
    &[("buildkite", "buildkite-agent"), ("aws", "aws"), ("google-cloud", "gcloud")];

/// Under which names jobs find their token and their certificate: see `templates/`.
const ID_TOKEN: &str = "AZURE_ID_TOKEN";
const CERTIFICATE: &str = "AZURE_CLIENT_CERTIFICATE";

/// The user of whom no file tells the name.
pub(super) const SOMEBODY: &str = "svc-deploy@contoso.com";

impl Stage {
    /// Makes the copies and, in a new embedded tenant, the plan.
    pub(super) fn set(
        plan: &Plan,
        root: &Path,
        scanned: &Scanned,
        output: &Output,
    ) -> Result<Stage> {
        let folder = tempfile::tempdir()?;
        let names = Names::of(plan);
        let before = folder.path().join("before");
        let after = folder.path().join("after");
        let own = folder.path().canonicalize()?;
        copy(root, &before, &own, &names)?;
        copy(root, &after, &own, &names)?;
        let plan = format::read(&names.told(&format::write(plan)))?;
        let known = make(&plan, folder.path())?;
        let sound = rewrite::sound(plan.clone(), &known, &scanned.sources, &scanned.scan, output)?;
        for it in rewrite::rewritten(&sound, &known, &scanned.sources, &scanned.scan) {
            let was = it.before.with_text(&names.told(it.before.raw()));
            disk::write_source(&after, &was, &names.told(&it.after()))?;
        }
        Ok(Stage { folder, before, after, plan, known, names })
    }

    /// Runs the acts of a play in one of the copies, up to the first that fails.
    pub(super) fn run(
        &self,
        copy: &Path,
        acts: &[Act],
        play: &Play<'_>,
        identities: &[Address],
        given: &Given<'_>,
        output: &mut Output,
    ) -> Result<Ran> {
        // Each run has a tenant, a home and a platform of its own.
        let place = tempfile::tempdir_in(self.folder.path())?;
        let state = place.path().join("tenant.json");
        fs::copy(tenant_of(self.folder.path()), &state)?;
        let sandbox = Sandbox::start(Options {
            state: Some(state),
            workload: self.workload(play, identities),
            rehearsal: true,
            ..Options::default()
        })?;
        let programs = place.path().join("programs");
        fs::create_dir(&programs)?;
        for name in given.stubs {
            script(&programs.join(name), "exit 0")?;
        }
        for (platform, name) in TOKEN_COMMANDS {
            if play.workload.platform == *platform {
                script(&programs.join(name), "cat \"$AZURE_FEDERATED_TOKEN_FILE\"")?;
            }
        }
        let printed = place.path().join("printed.txt");
        let mut ran = Ran { exit: Some(0), ..Ran::default() };
        let mut secrets = BTreeSet::new();
        let ends = Instant::now() + given.timeout;
        for (at, act) in acts.iter().enumerate() {
            let (mut child, folder) =
                self.command(act, &place.path().join(format!("{at}.sh")), copy)?;
            child.current_dir(&folder).env_clear();
            for name in INHERITED {
                child.envs(std::env::var_os(name).map(|it| (*name, it)));
            }
            let path = std::env::var_os("PATH").unwrap_or_default();
            let path = std::iter::once(programs.clone()).chain(std::env::split_paths(&path));
            if let Ok(path) = std::env::join_paths(path) {
                child.env("PATH", path);
            }
            child.env("CI", "true");
            for name in ["GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "BASH_ENV"] {
                let file = place.path().join(name);
                File::options().create(true).append(true).open(&file)?;
                child.env(name, file);
            }
            let is_free = |name: &str| ![INHERITED, HOMES].concat().contains(&name);
            let variables = act.environment().filter(|(name, _)| is_free(name));
            let given = given.environment.iter().map(|(name, value)| (name, value));
            for (name, value) in variables.chain(given) {
                child.env(name, value);
                if is_secret(name) && !value.is_empty() && value != UNKNOWN {
                    secrets.insert(value.clone());
                }
            }
            // What keeps to the copy and to the tenant comes last: nothing that is set above undoes it.
            child.envs(HOMES.iter().map(|name| (name, place.path())));
            child.env("GIT_CEILING_DIRECTORIES", self.folder.path());
            environment::prepare(&mut child, &sandbox, place.path())?;
            if let Ok(token) = fs::read_to_string(place.path().join(TOKEN_FILE)) {
                child.env(ID_TOKEN, &token);
                output.cover(vec![Secret::new(token)]);
            }
            if let Some(file) = self.certificate(identities) {
                use base64::{Engine as _, prelude::BASE64_STANDARD};
                let encoded = BASE64_STANDARD.encode(fs::read(&file)?);
                child.env(CERTIFICATE, &encoded);
                secrets.insert(encoded);
                child.env(format!("{CERTIFICATE}_PATH"), file);
            }
            ran.exit = wait(child, &printed, ends)?;
            if ran.exit != Some(0) {
                break;
            }
        }
        ran.said =
            last_lines(&String::from_utf8_lossy(&fs::read(&printed).unwrap_or_default()), &secrets);
        ran.seen = sandbox.log().into_iter().map(seen).collect();
        Ok(ran)
    }

    /// What an act runs, and where.
    fn command(&self, act: &Act, file: &Path, copy: &Path) -> Result<(Command, PathBuf)> {
        match act {
            Act::Command { line, .. } => {
                let mut child = Command::new("sh");
                child.arg("-c").arg(line);
                Ok((child, copy.to_owned()))
            }
            Act::Script { program, text, folder, .. } => {
                fs::write(file, text)?;
                let mut child = Command::new(program[0]);
                child.args(&program[1..]).arg(file);
                Ok((child, copy.join(folder)))
            }
            // What azure/login and the task AzureCLI do.
            Act::SignIn(session) => {
                let client = self.client(session).unwrap_or_default();
                let mut child = Command::new("sh");
                child.arg("-c").arg(SIGN_IN).args(["sign-in", &client, sandbox::TENANT_ID]);
                Ok((child, copy.to_owned()))
            }
        }
    }

    /// The variables that a platform keeps for a workload by the plan.
    pub(super) fn variables(&self, workload: &platform::Workload) -> BTreeMap<String, String> {
        let prefix = format!("variable.{}.", workload.platform);
        let own = self.plan.resources().filter_map(|(address, it)| match it {
            Resource::Variable(it) if address.0.starts_with(&prefix) => {
                let is_seen = it.environment.is_none() || it.environment == workload.environment;
                is_seen.then(|| Some((it.name.clone(), it.value.resolve(&self.known)?)))?
            }
            _ => None,
        });
        own.collect()
    }

    fn client(&self, session: &Session) -> Option<String> {
        match session {
            Session::Client(id) => Some(id.clone()),
            Session::Connection(name) => self.plan.resources().find_map(|(_, it)| match it {
                Resource::ServiceConnection(it) if it.name == *name => {
                    it.client_id.resolve(&self.known)
                }
                _ => None,
            }),
        }
    }

    /// The machine or the job that runs a play.
    fn workload(&self, play: &Play<'_>, identities: &[Address]) -> Workload {
        let machine = match &play.workload.trust {
            Trust::AzureHosted { resources } => resources.first().map(|it| it.0.clone()),
            _ => None,
        };
        let machine = machine.map(|it| self.names.told(&it));
        let job = self.plan.resources().find_map(|(_, it)| match it {
            Resource::FederatedIdentityCredential(FederatedIdentityCredential {
                identity,
                federation,
                ..
            }) if identities.contains(identity) => Some(Job {
                issuer: federation.issuer.resolve(&self.known)?,
                subject: federation.subject.resolve(&self.known)?,
            }),
            _ => None,
        });
        Workload { machine, job }
    }

    fn certificate(&self, identities: &[Address]) -> Option<PathBuf> {
        let name = identities.iter().find_map(|it| it.0.strip_prefix("identity."))?;
        Some(self.folder.path().join(format!("{name}.pem"))).filter(|it| it.exists())
    }
}

const SIGN_IN: &str = "\
az login --service-principal --username \"$1\" --tenant \"$2\" --federated-token \"$AZURE_ID_TOKEN\" --output none";

fn tenant_of(folder: &Path) -> PathBuf {
    folder.join("tenant.json")
}

/// Makes the plan in a new embedded tenant, where the users and the resources that it names are.
fn make(plan: &Plan, folder: &Path) -> Result<Known> {
    let users = plan.sites.iter().filter_map(|it| it.user.clone());
    let users: BTreeSet<String> =
        users.chain(plan.identities.iter().flat_map(|it| it.users.iter().cloned())).collect();
    let mut resources = BTreeSet::new();
    let written = serde_json::to_value(&plan.steps).unwrap_or_default();
    ids(&written, &mut resources);
    let sandbox = Sandbox::start(Options {
        state: Some(tenant_of(folder)),
        given: sandbox::Given {
            subscription: Some(plan.subscription.name.clone()),
            users: users.into_iter().collect(),
            resources: resources.into_iter().collect(),
        },
        ..Options::default()
    })?;
    let operator = sandbox.operator();
    let operator = services::Operator::ServicePrincipal {
        tenant_id: operator.tenant_id,
        client_id: operator.client_id,
        client_secret: Secret::new(operator.client_secret),
    };
    let connection = Connection {
        proxy: Some(sandbox.proxy()),
        root_certificate: Some(sandbox.ca_pem().to_owned()),
        ..Connection::default()
    };
    let azure = Azure::connect(&connection, operator, folder.to_owned())?;
    let mut journal = JournalFile::open(&folder.join("journal.jsonl"))?;
    // No script asks GitHub or GitLab for a variable: it finds the value, and the operator's token stays here.
    let is_variable = |it: &Address| it.0.starts_with("variable.");
    let plan = plan.with_steps(|it| !is_variable(it));
    Ok(apply::apply(&plan, &mut journal, &azure, &mut |_| ())?)
}

/// The ids of Azure's resources that stand in a value.
fn ids(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if text.starts_with("/subscriptions/") => {
            found.insert(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|it| ids(it, found)),
        Value::Object(members) => members.values().for_each(|it| ids(it, found)),
        _ => {}
    }
}

fn seen(it: sandbox::Logged) -> Seen {
    Seen {
        method: it.method,
        host: it.host,
        status: it.status,
        who: it.who,
        action: it.action.map(|it| (it.name, Scope(it.scope))),
        error: it.error,
    }
}

/// Runs a command to its end; none if it was stopped.
fn wait(child: Command, printed: &Path, ends: Instant) -> Result<Option<i32>> {
    let name = child.get_program().to_string_lossy().into_owned();
    let status = group::run(child, printed, ends).map_err(|error| {
        let mut failure = Failure::new(super::super::Exit::Usage, format!("{name} cannot be run"));
        failure.causes.push(error.to_string());
        failure
    })?;
    Ok(status.map(|it| environment::code(it).into()))
}

/// Enough of what was printed to tell what went wrong, without tokens and passwords.
fn last_lines(text: &str, secrets: &BTreeSet<String>) -> String {
    // A longer one may hold a shorter one.
    let mut secrets: Vec<&String> = secrets.iter().collect();
    secrets.sort_by_key(|it| std::cmp::Reverse(it.len()));
    let text = secrets.iter().fold(text.to_owned(), |text, it| text.replace(*it, "****"));
    let lines: Vec<&str> = text.lines().collect();
    let line = |it: &&str| {
        let words = it.split(' ').map(|word| if word.contains("eyJ") { "****" } else { word });
        words.collect::<Vec<_>>().join(" ")
    };
    lines[lines.len().saturating_sub(20)..].iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Writes a program of one line.
fn script(path: &Path, line: &str) -> Result<()> {
    fs::write(path, format!("#!/bin/sh\n{line}\n"))?;
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    Ok(())
}
