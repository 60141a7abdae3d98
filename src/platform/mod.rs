//! Where code runs: which files describe it, which scripts it holds, and who vouches for it.
//!
//! To add a platform, write `platform/<name>.rs` with one [`Platform`] and name it twice below.

mod ansible;
mod app_service;
mod arm_template;
mod aws;
mod azure_arc;
mod azure_automation;
mod azure_pipelines;
mod azure_stack_hub;
mod azure_vm;
mod bicep;
mod bitbucket;
mod buildkite;
mod circleci;
mod compose;
mod concatenation;
mod container_apps;
mod cron;
mod data;
mod dockerfile;
mod documentation;
mod environment;
mod github_actions;
mod gitlab_ci;
mod google_cloud;
mod hcp_terraform;
mod ids;
mod jenkins;
mod kubernetes;
mod laptop;
mod makefile;
mod notebook;
mod npm;
mod reading;
mod server;
mod standalone;
mod systemd;
mod terraform;
mod workload;

pub use azure_stack_hub::Stack;
pub use environment::{Environment, Line, Variable};
pub use ids::read_from;
use workload::Lack;
pub use workload::{Anchor, Copies, Link, Safety, Script, Session, Trust, Workload};

use crate::{
    catalog::Catalog,
    config::{Config, RunsOn},
    lang,
    resource::{Address, Federation, Resource, Scope},
    text::{Source, Span, pattern},
};
use reading::{
    arguments, assigned, braces, expressions, file_name, indent_of, is_yaml, joined,
    language_of_shell, language_of_text, line_start, lines, placed, variable, variables,
};

/// In order of precedence. `data` and `standalone` claim what no other platform does, and stay last.
pub const PLATFORMS: &[&Platform] = &[
    &github_actions::PLATFORM,
    &gitlab_ci::PLATFORM,
    &circleci::PLATFORM,
    &bitbucket::PLATFORM,
    &buildkite::PLATFORM,
    &aws::PLATFORM,
    &google_cloud::PLATFORM,
    &compose::PLATFORM,
    &azure_vm::PLATFORM,
    &container_apps::PLATFORM,
    &kubernetes::PLATFORM,
    &ansible::PLATFORM,
    &azure_pipelines::PLATFORM,
    &azure_stack_hub::PLATFORM,
    &azure_automation::PLATFORM,
    &app_service::PLATFORM,
    &cron::PLATFORM,
    &systemd::PLATFORM,
    &dockerfile::PLATFORM,
    &jenkins::PLATFORM,
    &makefile::PLATFORM,
    &npm::PLATFORM,
    &notebook::PLATFORM,
    &terraform::PLATFORM,
    &bicep::PLATFORM,
    &arm_template::PLATFORM,
    // These are stated: no file shows them.
    &azure_arc::PLATFORM,
    &hcp_terraform::PLATFORM,
    &server::PLATFORM,
    &laptop::PLATFORM,
    &documentation::PLATFORM,
    &data::PLATFORM,
    &standalone::PLATFORM,
];

/// Reads the scripts of a file that are wanted.
pub type ReadsWanted = fn(&Source, &Repository, &Wanted<'_>) -> Result<Vec<Script>, String>;

pub struct Platform {
    pub name: &'static str,
    pub title: &'static str,
    pub run: Run,
    /// Whether this platform reads the file.
    pub claims: fn(&Source) -> bool,
    /// The scripts in the file, each with the workload that runs it; or why it cannot be read.
    pub scripts: fn(&Source, &Repository) -> Result<Vec<Script>, String>,
    /// The same, where a file may have many of them and most are of no use: only those that are wanted.
    pub wanted: Option<ReadsWanted>,
    /// The commands that run the scripts of its files.
    pub commands: &'static [Command],
    /// The types of Azure resources that are this platform.
    pub hosts: &'static [&'static str],
    /// What vouches for files of which workid.yaml states that they run there.
    pub stated: fn(&RunsOn) -> Trust,
    /// The words without which nothing links to the file.
    pub known_as: fn(&Source) -> Vec<String>,
    /// What a workload of its files is, once another one runs it.
    pub called: fn(&Called<'_>) -> Workload,
    /// What a person is to do where no template writes the sign-in; empty if there is no more to say
    /// than what the sign-in's own rule says.
    pub advice: &'static str,
    /// How a dollar sign is written that a shell is to see.
    pub dollar: &'static str,
    /// Where a person puts the certificate `NAME.pem`, if not on the machine that runs it.
    pub certificate: &'static str,
    /// Projects keep variables there that reach every script, and that no file shows.
    pub keeps_variables: bool,
    /// How a file with that extension reads a variable of the platform, if it can.
    pub reads: fn(&str, &str) -> Option<String>,
    /// What must exist on the platform's side for its workload to use an identity.
    pub companions: fn(&Workload, &Context<'_>) -> Vec<(Address, Resource)>,
}

impl Platform {
    /// What most platforms have in common: nothing but what runs the file runs its scripts.
    const PLAIN: Platform = Platform {
        name: "",
        title: "",
        run: Run::Unattended,
        claims: |_| false,
        scripts: |_, _| Ok(Vec::new()),
        wanted: None,
        commands: &[],
        hosts: &[],
        stated,
        known_as: |_| Vec::new(),
        called: within,
        advice: "",
        dollar: "$",
        certificate: "",
        keeps_variables: false,
        reads: |_, _| None,
        companions: |_, _| Vec::new(),
    };

    /// Whether a file describes what runs. Documents and data name files without running them.
    pub fn may_run(&self) -> bool {
        matches!(self.run, Run::Unattended | Run::Attended)
    }

    /// What [`scripts`] gives of a file that is this platform's.
    pub fn read(
        &self,
        source: &Source,
        repository: &Repository,
        wanted: &Wanted<'_>,
    ) -> Result<Vec<Script>, String> {
        let mut scripts = match self.wanted {
            Some(read) => read(source, repository, wanted)?,
            None => (self.scripts)(source, repository)?,
        };
        // Whatever a file is for, what it sets counts.
        if !scripts.iter().any(|it| it.language == "settings") {
            let whole = standalone::script(source).filter(|it| it.language == "settings");
            let workload = reader(self, source, &scripts);
            scripts
                .extend(whole.map(|it| Script { workload: workload.unwrap_or(it.workload), ..it }));
        }
        if let Some(entry) = repository.config.runs_on(&source.path) {
            scripts.iter_mut().for_each(|it| state(entry, &mut it.workload));
        }
        Ok(scripts)
    }
}

/// A command that runs scripts of a platform's files: `make -C ops deploy`.
pub struct Command {
    /// `make`, `docker build`
    pub programs: &'static [&'static str],
    /// Options that name the file.
    pub file: &'static [&'static str],
    /// Options that name the folder that the file is in.
    pub folder: &'static [&'static str],
    /// What is read if no file is named; an empty name stands for all of the folder.
    pub files: &'static [&'static str],
    pub words: Words,
    /// Of the file, only what is called so.
    pub part: Option<&'static str>,
}

/// What the words of a command are that belong to no option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    /// Names of scripts in the file; its first is meant where there is none.
    Parts,
    Files,
    /// The folder that the file is in.
    Folders,
    Nothing,
}

/// A workload that another one runs.
pub struct Called<'c> {
    pub own: &'c Workload,
    pub caller: &'c Workload,
    /// What it is given, by name, where that is written out.
    pub inputs: &'c [(String, String)],
    pub repository: &'c Repository,
}

/// It runs where its caller does, and whoever is signed in there is so here. Where nobody is, the
/// sign-in has to be written in its own text.
fn within(it: &Called<'_>) -> Workload {
    let is_known = |it: &Trust| matches!(it, Trust::AzureHosted { .. } | Trust::Federated(_));
    // What is stated of the script goes before what its caller does not say.
    if matches!(it.caller.trust, Trust::Unstated(_)) && is_known(&it.own.trust) {
        return it.own.clone();
    }
    let by_hand = match it.caller.trust {
        Trust::Federated(_) => &it.caller.by_hand,
        Trust::AzureHosted { .. } | Trust::Unproven(_) | Trust::Unstated(_) | Trust::Unfit(_) => {
            &it.own.by_hand
        }
    };
    Workload { by_hand: by_hand.clone(), ..it.caller.clone() }
}

/// It runs on behalf of its caller, and is shut off from the caller's session.
fn apart(it: &Called<'_>) -> Workload {
    let by_hand = it.own.by_hand.clone();
    Workload { by_hand, anchors: Vec::new(), ..it.caller.clone() }
}

/// The workload that a script is, once a chain of others runs it.
pub fn called(it: &Called<'_>) -> Workload {
    let called = by_name(it.own.platform).map_or(Platform::PLAIN.called, |it| it.called);
    called(it)
}

/// What the text of anything that runs a file has to hold: one of these words.
pub fn words(source: &Source) -> Vec<String> {
    let Some(platform) = of(source) else { return Vec::new() };
    let programs = platform.commands.iter().flat_map(|it| it.programs);
    let programs = programs.filter_map(|it| it.split(' ').next()).map(str::to_owned);
    programs.chain((platform.known_as)(source)).filter(|it| !it.is_empty()).collect()
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
        // The last ones claim most.
        PLATFORMS.iter().rev().any(|it| (it.claims)(&empty))
    };
    !file_name(path).contains('.')
        || file_name(path) == GO_MODULE
        || is_yaml(path)
        || lang::of_file(path, "").is_some()
        || claims()
}

/// What becomes of the scripts in a file; `None` if no platform claims it.
pub fn run(source: &Source) -> Option<Run> {
    of(source).map(|it| it.run)
}

/// How a file writes a dollar sign that a shell is to see.
pub fn dollar(source: &Source) -> &'static str {
    of(source).map_or(Platform::PLAIN.dollar, |it| it.dollar)
}

/// The platform that reads a file.
pub fn of(source: &Source) -> Option<&'static Platform> {
    PLATFORMS.iter().copied().find(|it| (it.claims)(source))
}

/// Which texts of data and of documents may be scripts.
pub struct Wanted<'w> {
    /// Whether a part of the file holds one.
    pub part: &'w dyn Fn(Span) -> bool,
    /// Whether what is written in a part is one.
    pub text: &'w dyn Fn(&str) -> bool,
}

impl Wanted<'static> {
    pub const ALL: Self = Wanted { part: &|_| true, text: &|_| true };
}

/// The scripts of a file that no platform claims are none. Of data, in which any text may be a
/// script, and of documents, only those texts are that are `wanted`.
pub fn scripts(
    source: &Source,
    repository: &Repository,
    wanted: &Wanted<'_>,
) -> Result<Vec<Script>, String> {
    of(source).map_or(Ok(Vec::new()), |it| it.read(source, repository, wanted))
}

/// What reads the settings of a file, as far as the file shows it; `None` if nobody is known to run it.
fn reader(platform: &Platform, source: &Source, scripts: &[Script]) -> Option<Workload> {
    if matches!(platform.run, Run::Unknown) || platform.name == standalone::PLATFORM.name {
        return None;
    }
    if CODE.iter().any(|it| source.path.ends_with(it)) {
        return Some(by_hand(platform.name, source, "its settings", platform.name, SETS));
    }
    let first = scripts.first().map(|it| &it.workload);
    let is_one = |it: &&Workload| scripts.iter().all(|other| other.workload.name == it.name);
    let unstated = || unstated(platform.name, source, "its settings", platform.name, READER);
    Some(first.filter(is_one).cloned().unwrap_or_else(unstated))
}

/// Files that set more than one line can say, so that no template is for what they set.
const CODE: &[&str] = &[".tf", ".tofu", ".hcl", ".bicep", ".service"];

const SETS: &str = "workid finds what such a file sets, and writes none of it: take the user's name and password out, and give what reads them an identity of its own";

const READER: &str =
    "the files do not show what reads these settings: name in workid.yaml where it runs (runs_on)";

/// What the repository's owner states of a file goes before what the file shows.
fn state(entry: &RunsOn, workload: &mut Workload) {
    let types = entry.resources.iter().filter_map(|it| Scope(it.clone()).resource_type());
    let hosts = |it: &&&Platform| types.clone().any(|of| it.hosts.contains(&of.as_str()));
    let host = match &entry.platform {
        Some(stated) => by_name(stated.name()),
        None => PLATFORMS.iter().find(hosts).copied(),
    };
    if !entry.resources.is_empty() {
        let names: Vec<&str> =
            entry.resources.iter().filter_map(|it| it.rsplit('/').next()).collect();
        let resources = entry.resources.iter().cloned().map(Scope).collect();
        // What runs on the same resources has the same identity.
        workload.label = names.join("-").to_lowercase();
        workload.trust = Trust::AzureHosted { resources };
    } else if entry.subject.is_some()
        || entry.platform.is_some() && !matches!(workload.trust, Trust::Federated(_))
    {
        workload.trust = host.map_or(Platform::PLAIN.stated, |it| it.stated)(entry);
    }
    // A script is what runs it; what a pipeline's file describes stays that.
    if let Some(host) = host.filter(|_| workload.platform == standalone::PLATFORM.name) {
        workload.platform = host.name;
        workload.name = file_name(&workload.path).to_owned();
    }
}

/// Whoever issues tokens is trusted by what those say.
fn stated(entry: &RunsOn) -> Trust {
    federated(entry, None)
}

/// The tokens of a platform whose issuer is the same everywhere, or else is stated.
fn federated(entry: &RunsOn, issuer: Option<&str>) -> Trust {
    match (entry.issuer.as_deref().or(issuer), &entry.subject) {
        (Some(issuer), Some(subject)) => Trust::Federated([Federation::new(issuer, subject)].into()),
        _ => Trust::Unstated(
            "workid.yaml says where it runs, and not what the tokens there say: name their issuer and subject (runs_on)".to_owned(),
        ),
    }
}

/// What the lines of a file hold that is not readable as a whole.
pub fn scripts_by_lines(source: &Source) -> Vec<Script> {
    if is_yaml(&source.path) { data::loose(source) } else { Vec::new() }
}

/// A workload of which its file does not show what runs it.
fn unstated(
    platform: &'static str,
    source: &Source,
    part: &str,
    label: &str,
    advice: &str,
) -> Workload {
    Workload::new(platform, source, part, label, Trust::Unstated(advice.to_owned()))
}

/// The same, of one whose sign-in workid does not write.
fn by_hand(
    platform: &'static str,
    source: &Source,
    part: &str,
    label: &str,
    advice: &str,
) -> Workload {
    unstated(platform, source, part, label, advice).by_hand(advice)
}

/// What an identity is called after that trusts tokens of some refs: jobs that run on the same ones
/// cannot be told apart by what those say.
fn label_of_refs(trust: &Trust) -> Option<String> {
    let Trust::Federated(all) = trust else { return None };
    let name = |it: &Federation| Some(it.subject.to_string().rsplit_once(":ref:")?.1.to_owned());
    let names: Vec<String> = all.iter().map(name).collect::<Option<_>>()?;
    let short = |it: &String| {
        it.rsplit_once("refs/heads/")
            .or(it.rsplit_once("refs/tags/"))
            .map_or(it.clone(), |(_, it)| it.to_owned())
    };
    Some(names.iter().map(short).collect::<Vec<_>>().join("-"))
}

/// The folder of a path; empty for that of the scanned one itself.
fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(it, _)| it)
}

/// A path that a file names from its own folder.
fn beside(source: &Source, path: &str) -> String {
    format!("{}/{}", folder_of(&source.path), path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Host;

    fn stated(path: &str, text: &str, entry: &str) -> Workload {
        let config = Config::parse(&format!(
            "gitlab: {{project: g/p}}\nruns_on:\n  - paths: [\"**\"]\n{entry}"
        ))
        .unwrap();
        let repository = Repository { config, ..Repository::default() };
        scripts(&Source::new(path, text), &repository, &Wanted::ALL).unwrap().remove(0).workload
    }

    fn subject(workload: &Workload) -> String {
        match &workload.trust {
            Trust::Federated(all) => format!("{} {}", all[0].issuer, all[0].subject),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn every_host_is_a_platform_that_says_what_vouches_for_it() {
        for host in Host::ALL {
            let platform = by_name(host.name()).unwrap();
            let trust = (platform.stated)(&RunsOn::default());
            assert!(!matches!(trust, Trust::Federated(_)), "{}", host.name());
            let mut entry = RunsOn::default();
            (entry.issuer, entry.subject) = (Some("i".to_owned()), Some("s".to_owned()));
            let alone = ["server", "laptop", "azure-stack-hub"].contains(&host.name());
            assert_eq!(matches!((platform.stated)(&entry), Trust::Federated(_)), !alone);
        }
    }

    #[test]
    fn what_is_stated_goes_before_what_a_file_shows() {
        let vm =
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/VM-1";
        let it = stated("a.sh", "az login\n", &format!("    resources: [{vm}]\n"));
        assert_eq!((it.platform, it.label.as_str()), ("azure-vm", "vm-1"));
        let it = stated("a.sh", "az login\n", "    platform: buildkite\n    subject: p1\n");
        assert_eq!(subject(&it), "https://agent.buildkite.com p1");
        let it = stated(
            "Jenkinsfile",
            "sh 'az login'\n",
            "    issuer: https://j/oidc\n    subject: https://j/job/a/\n",
        );
        assert_eq!(
            (it.platform, subject(&it).as_str()),
            ("jenkins", "https://j/oidc https://j/job/a/")
        );
        let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: n}\nspec:\n  serviceAccountName: sa\n  containers:\n    - command: [az, login]\n";
        let it = stated("pod.yaml", pod, "    platform: kubernetes\n    issuer: https://c/\n");
        assert_eq!(subject(&it), "https://c/ system:serviceaccount:n:sa");
    }

    #[test]
    fn tokens_say_where_a_pipeline_runs() {
        let job = "d:\n  script: [az login]\n";
        let it = |more: &str| {
            subject(&stated(".gitlab-ci.yml", &format!("{job}{more}"), "    user: a@b.c\n"))
        };
        assert_eq!(it(""), "https://gitlab.com project_path:g/p:ref_type:branch:ref:main");
        assert_eq!(
            it("  only: [prod, merge_requests]\n"),
            "https://gitlab.com project_path:g/p:ref_type:branch:ref:prod"
        );
        assert_eq!(
            it("  only: [release/prod, /^release/]\n"),
            "https://gitlab.com project_path:g/p:ref_type:branch:ref:release/prod"
        );
        let rule = "  rules:\n    - if: $CI_COMMIT_BRANCH == \"live\"\n";
        assert_eq!(it(rule), "https://gitlab.com project_path:g/p:ref_type:branch:ref:live");
        let tf = "terraform {\n  cloud {\n    organization = \"o\"\n    workspaces {\n      name = \"w\"\n    }\n  }\n}\nresource \"null_resource\" \"a\" {\n  provisioner \"local-exec\" {\n    command = \"az login\"\n  }\n}\n";
        let it = |tf: &str| subject(&stated("main.tf", tf, "    user: a@b.c\n"));
        let said = "organization:o:project:Default Project:workspace:w:run_phase:apply";
        assert_eq!(it(tf), format!("https://app.terraform.io {said}"));
        let other = tf.replace("cloud {\n", "cloud {\n    hostname = \"tfe.contoso.com\"\n");
        assert_eq!(it(&other), format!("https://tfe.contoso.com {said}"));
    }
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
