//! Pipelines of GitLab CI.

use super::{
    Anchor, Context, Environment, Lack, Link, Platform, Repository, Run, Script, Trust, Variable,
    Workload, expressions, file_name, ids::ids, is_yaml, joined, label_of_refs, language_of_text,
    pattern, placed, variables,
};
use crate::{
    resource::{Address, CiSystem, Federation, Resource, Term},
    text::{
        Placed, Source,
        yaml::{self, Node, Scalar},
    },
};
use regex::Regex;
use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, LazyLock},
};

pub(super) const PLATFORM: Platform = Platform {
    name: "gitlab-ci",
    title: "GitLab CI",
    run: Run::Unattended,
    claims,
    scripts,
    known_as: |source| vec![file_name(&source.path).to_owned()],
    advice: ADVICE,
    reads,
    companions,
    keeps_variables: true,
    ..Platform::PLAIN
};

const ADVICE: &str = "give the job an ID token (id_tokens: {AZURE_ID_TOKEN: {aud: api://AzureADTokenExchange}}), and sign in with az login --service-principal --username CLIENT_ID --tenant TENANT_ID --federated-token \"$AZURE_ID_TOKEN\", or in PowerShell with Connect-AzAccount -ServicePrincipal -ApplicationId CLIENT_ID -Tenant TENANT_ID -FederatedToken $env:AZURE_ID_TOKEN";

/// The token that templates ask for.
const ID_TOKEN: &str = "AZURE_ID_TOKEN";

/// References that lead to each other further than this are not followed.
const DEEPEST: usize = 8;

/// Of more jobs than this, no job takes anything.
const PARENTS: usize = 100;

/// Jobs may share what they take: so many times the length of their file is enough for people, and
/// so much of any.
const SHARED: usize = 8;
const SHARED_OF_ANY: usize = 512 * 1024;

/// GitLab takes no more files into one pipeline.
const INCLUDES: usize = 150;

/// In the order in which a job runs them; the first two are one script to GitLab, too.
const SECTIONS: &[&str] = &["before_script", "script", "after_script"];

/// `$[[ inputs.name ]]`, which GitLab puts in before any shell sees the text.
static INPUT: LazyLock<Regex> = LazyLock::new(|| pattern(r"\$\[\[(.*?)\]\]"));

/// What one variable takes from another.
static REFERENCE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?"));

fn reads(name: &str, extension: &str) -> Option<String> {
    match extension {
        "sh" => Some(format!("${name}")),
        "ps1" => Some(format!("$env:{name}")),
        "cmd" => Some(format!("%{name}%")),
        _ => None,
    }
}

fn companions(workload: &Workload, context: &Context<'_>) -> Vec<(Address, Resource)> {
    let Some(gitlab) = &context.repository.config.gitlab else { return Vec::new() };
    let url = gitlab.url.as_deref().unwrap_or("https://gitlab.com");
    ids(workload, context, CiSystem::GitLab, url, &gitlab.project)
}

/// The name of any file of a pipeline, or what only such a file holds.
fn claims(source: &Source) -> bool {
    let name = file_name(&source.path);
    let text = source.raw();
    let holds = |it: &&str| source.holds(it);
    name.ends_with(".gitlab-ci.yml")
        || is_yaml(name)
            && name != ".travis.yml"
            && source.holds("script:")
            && [" extends:", " before_script:", "!reference [", "\n  stage:"].iter().any(holds)
            && JOB.is_match(text)
}

/// A job at the root of a file, with its script.
static JOB: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?m)^[.\w][^\n:]*:[ \t]*\r?\n(?:[ ]+[^\n]*\n|\n)*?[ ]+(?:before_|after_)?script:")
});

/// The branches that a job names as its own.
static BRANCH: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"CI_COMMIT_(?:BRANCH|REF_NAME)\s*==\s*["']([^"'$]+)["']"#));

fn scripts(source: &Source, repository: &Repository) -> Result<Vec<Script>, String> {
    let documents =
        yaml::parse(source.raw()).map_err(|it| format!("not readable as YAML: {it}"))?;
    let mut scripts = Vec::new();
    for root in &documents {
        let pipeline = Pipeline::new(source, repository, root);
        if pipeline.includes.len() > INCLUDES {
            return Err("it includes more files than GitLab takes".to_owned());
        }
        pipeline.read(&mut scripts);
        if pipeline.left.get() == 0 {
            return Err("its jobs take too much from each other".to_owned());
        }
    }
    Ok(scripts)
}

struct Pipeline<'p> {
    source: &'p Source,
    repository: &'p Repository,
    root: &'p Node,
    /// What stands at the root, by its name.
    jobs: BTreeMap<&'p str, &'p Node>,
    /// How much more is read of what jobs take from each other.
    left: Cell<usize>,
    /// What the file sets for all jobs.
    environment: Environment,
    /// The files of the repository that it includes.
    includes: Arc<[String]>,
}

impl<'p> Pipeline<'p> {
    fn new(source: &'p Source, repository: &'p Repository, root: &'p Node) -> Pipeline<'p> {
        let mut jobs = BTreeMap::new();
        for (name, node) in root.pairs() {
            jobs.entry(name.text().unwrap_or_default()).or_insert(node);
        }
        let left = Cell::new(SHARED * source.raw().len() + SHARED_OF_ANY);
        let environment = environment(root).collect();
        let include = jobs.get("include").copied().into_iter();
        let items = include.flat_map(|it| std::iter::once(it).chain(it.items()));
        let local = |it: &Node| it.text().or_else(|| it.get("local")?.text()).map(str::to_owned);
        let includes = items.filter_map(local).filter(|it| !it.contains("://")).collect();
        Pipeline { source, repository, root, jobs, left, environment, includes }
    }

    /// Whether so much more is read.
    fn may_read(&self, size: usize) -> bool {
        self.left.set(self.left.get().saturating_sub(size));
        self.left.get() > 0
    }

    fn read(&self, scripts: &mut Vec<Script>) {
        let jobs = self.root.pairs().iter().filter(|(name, _)| name.text() != Some("default"));
        // What only others take from is no job of its own.
        let used: BTreeSet<&str> = jobs.clone().flat_map(|(_, it)| self.taken(it)).collect();
        for (name, node) in jobs.clone() {
            let name = name.text().unwrap_or_default();
            if name.starts_with('.') && used.contains(name) {
                continue;
            }
            if self.left.get() == 0 {
                return;
            }
            let section = |it: &&str| {
                let own = self.own(node, it, &mut BTreeSet::new());
                own.or_else(|| self.default(it).filter(|_| takes(node, it)))
            };
            let sections = SECTIONS.iter().filter_map(section).collect();
            self.job(node, name, sections, scripts);
        }
        // What no job of this file takes is for jobs of others.
        let is_left = |it: &&&str| !jobs.clone().any(|(_, node)| takes(node, it));
        let sections = SECTIONS.iter().filter(is_left).filter_map(|it| self.default(it)).collect();
        self.job(self.root, "default", sections, scripts);
    }

    /// At the root is an old way to write defaults.
    fn default(&self, section: &str) -> Option<&'p Node> {
        let at_root = |name: &str| self.jobs.get(name).copied();
        at_root("default").and_then(|it| it.get(section)).or_else(|| at_root(section))
    }

    /// A section of a job, or of those that it extends, each once: the last of them goes first.
    fn own(&self, job: &'p Node, section: &str, seen: &mut BTreeSet<&'p str>) -> Option<&'p Node> {
        if let Some(own) = job.get(section) {
            return Some(own);
        }
        let parents = job.get("extends").map(Node::texts).unwrap_or_default();
        parents.into_iter().rev().find_map(|it| match seen.len() < PARENTS && seen.insert(it) {
            true => self.own(self.jobs.get(it)?, section, seen),
            false => None,
        })
    }

    /// The jobs that a job takes something from.
    fn taken(&self, job: &'p Node) -> Vec<&'p str> {
        let extended = job.get("extends").map(Node::texts).unwrap_or_default();
        let mut names = extended;
        let sections = SECTIONS.iter().filter_map(|it| job.get(it));
        let items = sections.flat_map(|it| std::iter::once(it).chain(it.items()));
        names.extend(
            items.filter(|it| self.is_reference(it)).filter_map(|it| it.items().first()?.text()),
        );
        names
    }

    /// `!reference [.setup, script]`
    fn is_reference(&self, node: &Node) -> bool {
        self.source.raw()[..node.span.start].trim_end().ends_with("!reference")
    }

    /// What a job takes from files that this one includes, if any.
    fn links(&self, job: &'p Node) -> Vec<Link> {
        let paths = &self.includes;
        let elsewhere = self.taken(job).into_iter().filter(|it| !self.jobs.contains_key(it));
        let link =
            |it: &str| Link { paths: paths.clone(), part: Some(it.to_owned()), ..Link::default() };
        elsewhere.filter(|_| !paths.is_empty()).map(link).collect()
    }

    fn job(&self, node: &'p Node, name: &str, sections: Vec<&'p Node>, scripts: &mut Vec<Script>) {
        let mut entries = Vec::new();
        sections.into_iter().for_each(|it| self.lines(it, 0, &mut entries));
        let part = match name {
            "default" => "default of its jobs".to_owned(),
            name => format!("job {name}"),
        };
        let links = if name == "default" { Vec::new() } else { self.links(node) };
        // A text that cannot be mapped is a script of its own, so that it is named as not read.
        let (mapped, unplaced): (Vec<&Scalar>, Vec<&Scalar>) =
            entries.into_iter().partition(|it| it.place.is_some());
        let unplaced = unplaced.into_iter().map(placed);
        let environment = match std::ptr::eq(node, self.root) {
            true => self.environment.clone(),
            false => self.environment.with(environment(node)),
        };
        for Placed { text, place } in std::iter::once(joined(mapped)).chain(unplaced) {
            if text.is_empty() && links.is_empty() {
                continue;
            }
            scripts.push(Script {
                expressions: expressions(&INPUT, &text),
                environment: environment.clone(),
                part: name.to_owned(),
                links: links.clone(),
                ..Script::new(
                    // A runner's shell is no part of the file.
                    language_of_text(&text),
                    Placed { text, place },
                    self.workload(node, &part, name),
                )
            });
        }
    }

    fn workload(&self, job: &'p Node, part: &str, name: &str) -> Workload {
        let mut assumptions = Vec::new();
        let trust = self.trust(job, name, &mut assumptions);
        let workload = Workload::new(PLATFORM.name, self.source, part, name, trust);
        let environment =
            job.get("environment").and_then(|it| it.text().or_else(|| it.get("name")?.text()));
        let environment = environment.map(str::to_owned);
        let refs = label_of_refs(&workload.trust);
        let label = environment.clone().or(refs).unwrap_or_else(|| workload.label.clone());
        let workload = workload.lacking(self.token(job));
        Workload { environment, label, assumptions: assumptions.into(), ..workload }
    }

    /// What asks for a token of the job.
    fn token(&self, job: &'p Node) -> Lack {
        const IDS: &str = "id_tokens";
        let default = self.root.get("default");
        let of = match std::ptr::eq(job, self.root) {
            true => default.unwrap_or(job),
            false => job,
        };
        let taken = self.own(of, IDS, &mut BTreeSet::new());
        // A job's own tokens go with those that it extends, and take the place of the default ones.
        let is_taken = taken.is_none() && inherits(of, IDS);
        let asked = of.get(IDS).or_else(|| default?.get(IDS).filter(|_| is_taken));
        if [taken, asked].into_iter().flatten().any(|it| it.get(ID_TOKEN).is_some()) {
            return Lack::Nothing;
        }
        let first = |it: &Node| it.pairs().first().map(|(key, _)| key.clone());
        let into = asked.unwrap_or(of);
        let name = match (asked.is_some(), self.is_flow(into)) {
            (true, false) => "id-token",
            (true, true) => "id-token-inline",
            (false, false) => "id-tokens",
            (false, true) => "id-tokens-inline",
        };
        let section = SECTIONS.iter().find_map(|it| of.pair(it)).filter(|_| name == "id-tokens");
        let key = section.map(|(key, _)| key.clone()).or_else(|| first(into));
        let anchor = key.map(|it| match self.is_flow(into) {
            true => {
                let others = self.source.raw()[it.span.start..it.span.end].to_owned();
                let holes = vec![("others", Term::known(others))];
                Anchor { at: it.span, holes, ..Anchor::before(name, self.source, it.span.start) }
            }
            false => Anchor::before(name, self.source, it.span.start),
        });
        anchor.into()
    }

    /// `{key: value}`, in which nothing has a line of its own.
    fn is_flow(&self, node: &Node) -> bool {
        self.source.raw()[node.span.start..].starts_with('{')
    }

    /// GitLab says of a job in which project and for which ref it runs.
    fn trust(&self, job: &Node, name: &str, assumptions: &mut Vec<String>) -> Trust {
        let Some(gitlab) = &self.repository.config.gitlab else {
            return Trust::Unstated(
                "the files do not show the project of GitLab: name it in workid.yaml (gitlab: {project: group/project}, and url if it is not gitlab.com)".to_owned(),
            );
        };
        let text = &self.source.raw()[job.span.start..job.span.end];
        let only =
            job.get("only").map(|it| it.get("refs").unwrap_or(it).texts()).unwrap_or_default();
        // A pattern begins with a slash, and what follows a sign of `@` is a project.
        let is_branch = |it: &&str| {
            !it.starts_with('/') && !it.contains(['@', '$']) && !KINDS_OF_RUNS.contains(it)
        };
        let mut branches: Vec<String> =
            only.into_iter().filter(is_branch).map(str::to_owned).collect();
        branches.extend(BRANCH.captures_iter(text).map(|it| it[1].to_owned()));
        if branches.is_empty() {
            let default = self.repository.config.default_branch.as_deref().unwrap_or("main");
            assumptions.push(format!(
                "job {name} of {} writes on the branch {default} alone: no credential matches all branches or tags",
                self.source.path
            ));
            branches.push(default.to_owned());
        }
        branches.sort();
        branches.dedup();
        let issuer = gitlab.url.as_deref().unwrap_or("https://gitlab.com").trim_end_matches('/');
        let subject =
            |it: String| format!("project_path:{}:ref_type:branch:ref:{it}", gitlab.project);
        Trust::Federated(
            branches.into_iter().map(|it| Federation::new(issuer, subject(it))).collect(),
        )
    }

    /// The texts of a section: one, or a list, in which a list stands where YAML put an anchor's in.
    fn lines(&self, section: &'p Node, depth: usize, found: &mut Vec<&'p Scalar>) {
        if !self.may_read(1 + section.text().map_or(0, str::len)) {
            return;
        }
        if self.is_reference(section) {
            // Names, not commands.
            let mut names = section.items().iter();
            let first = names.next().and_then(|it| self.jobs.get(it.text()?).copied());
            let node = names.fold(first, |node, name| node.and_then(|it| it.get(name.text()?)));
            if let Some(node) = node.filter(|_| depth < DEEPEST) {
                self.lines(node, depth + 1, found);
            }
            return;
        }
        found.extend(section.scalar());
        section.items().iter().for_each(|it| self.lines(it, depth, found));
    }
}

/// What `only` names beside branches.
const KINDS_OF_RUNS: &[&str] = &[
    "api",
    "branches",
    "chats",
    "external",
    "external_pull_requests",
    "merge_requests",
    "pipelines",
    "pushes",
    "schedules",
    "tags",
    "triggers",
    "web",
];

/// Whether a job has the default of a section.
fn takes(job: &Node, section: &str) -> bool {
    job.get("script").is_some() && inherits(job, section) && job.get(section).is_none()
}

/// `inherit: {default: false}`, or a list of what is inherited.
fn inherits(job: &Node, section: &str) -> bool {
    let stated = job.get("inherit").and_then(|it| it.get("default"));
    stated.is_none_or(|it| it.text() == Some("true") || it.texts().contains(&section))
}

/// What a job sets, or the file for all jobs.
fn environment(node: &Node) -> impl Iterator<Item = Variable> {
    node.get("variables").into_iter().flat_map(|it| variables(&REFERENCE, it))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::testing::{check, found, sign_ins};

    fn read(text: &str) -> Vec<&str> {
        sign_ins(&PLATFORM, "ci/.gitlab-ci.yml", text)
    }

    #[test]
    fn sign_ins_stand_where_the_file_has_them() {
        let login = "az login -u \"$U\" -p \"$P\"";
        for text in [
            format!("d:\n  script: {login}\n"),
            format!("d:\n  script:\n    - echo あ\n    - {login}\n    - az group list\n"),
            format!("d:\n  script:\n    - - echo 1\n      - - '{login}'\n"),
            format!("d:\n  script:\n    - |\n      echo 1\n      {login}  \n    - echo 2\n"),
            format!("d:\n  script:\n    - >-\n      {login}\n"),
            format!("default:\n  before_script: ['{login}']\n"),
            format!("before_script:\r\n  - {login}\r\nd:\r\n  after_script:\r\n    - x\r\n"),
            format!("spec:\n  inputs:\n---\n.hidden:\n  after_script: &a\n    - {login}\n"),
        ] {
            assert_eq!(read(&text), [login], "{text}");
        }
        let escaped = r#"az login -u \"$U\" -p \"$P\""#;
        assert_eq!(read(&format!("d:\n  script: \"{escaped}\"\n")), [escaped]);
        let input = "az login -u $[[ inputs.user ]] -p x";
        assert_eq!(read(&format!("d:\n  script:\n    - {input}\n")), [input]);
    }

    #[test]
    fn what_only_looks_like_a_script_is_none() {
        assert!(read("d:\n  variables:\n    script: az login -u a -p b\n").is_empty());
        let elsewhere = "d:\n  script:\n    - !reference [.a, script]\n    - *a\n  after_script: !reference [.a]\n";
        assert!(found(&PLATFORM, ".gitlab-ci.yml", elsewhere).is_empty());
        assert!(read("d:\n  description: az login -u a -p b\n").is_empty());
        assert!((PLATFORM.claims)(&Source::new("infra/prod.gitlab-ci.yml", "")));
        assert!(!(PLATFORM.claims)(&Source::new(".gitlab/gitlab.yml", "")));
    }

    #[test]
    fn a_job_is_one_script_with_its_variables() {
        let text = "variables:\n  A: $B\nd:\n  variables: {C: secret}\n  script: [x, y]\n  before_script: [w]\n";
        let scripts = found(&PLATFORM, ".gitlab-ci.yml", text);
        assert_eq!(scripts.len(), 1);
        assert_eq!(scripts[0].text, "w\nx\ny");
        assert_eq!(scripts[0].workload.name, ".gitlab-ci.yml, job d");
        let said: Vec<_> = scripts[0]
            .environment
            .iter()
            .map(|it| (it.name.as_str(), it.from.as_deref()))
            .collect();
        assert_eq!(said, [("C", None), ("A", Some("B"))]);
    }

    #[test]
    fn a_job_has_the_defaults_that_it_does_not_change() {
        let text = "default:\n  before_script: [a]\nafter_script: [z]\nd:\n  script: [b]\ne:\n  before_script: []\n  script: [c]\n.f:\n  before_script: [f]\n";
        let scripts = found(&PLATFORM, ".gitlab-ci.yml", text);
        let texts: Vec<_> = scripts.iter().map(|it| it.text.as_str()).collect();
        assert_eq!(texts, ["a\nb\nz", "c\nz", "f"]);
    }

    #[test]
    fn jobs_that_take_much_from_each_other_end() {
        let script = |text: &str| {
            let source = Source::new(".gitlab-ci.yml", text);
            (PLATFORM.scripts)(&source, &Repository::default()).map(|it| it.len())
        };
        // Nothing is found, on more ways than anybody could go.
        let names = |n: usize| vec![format!(".j{n}"); 100].join(", ");
        let extends = |n: usize| format!(".j{n}:\n  extends: [{}]\n", names(n + 1));
        let extended: String = (0..20).map(extends).collect();
        assert_eq!(script(&format!("{extended}d:\n  extends: .j0\n")), Ok(0));
        let refer = |n: usize| {
            let one = format!("    - !reference [.j{}, script]\n", n + 1);
            format!(".j{n}:\n  script:\n{}", one.repeat(100))
        };
        let referring: String = (0..20).map(refer).collect();
        assert!(script(&format!("{referring}d:\n  script: !reference [.j0, script]\n")).is_err());
        // Much is found, again and again.
        let long = format!(".a:\n  script:\n{}", "    - echo\n".repeat(10_000));
        let many: String = (0..10_000).map(|n| format!("d{n}:\n  extends: .a\n")).collect();
        assert!(script(&format!("{long}{many}")).is_err());
    }

    #[test]
    fn cmdlets_tell_powershell_from_bash() {
        let language = |text: &str| {
            found(&PLATFORM, ".gitlab-ci.yml", &format!("d:\n  script:\n    - {text}\n"))[0]
                .language
        };
        assert_eq!(language("Connect-AzAccount -Credential $c"), "powershell");
        assert_eq!(language("$c = Get-Credential"), "powershell");
        assert_eq!(language("az login -u $env:U -p $env:P"), "powershell");
        assert_eq!(language("pwsh -c Connect-AzAccount"), "bash");
    }

    #[test]
    fn a_job_asks_for_a_token_without_losing_those_it_has() {
        let of = |before: &str, job: &str| {
            let text = format!("{before}d:\n{job}  script: [az login]\n");
            let script = found(&PLATFORM, ".gitlab-ci.yml", &text).remove(0);
            let Workload { anchors, no_place, .. } = script.workload;
            let line = |at: usize| text[..at].lines().count() + 1;
            (anchors.first().map(|it| (it.name, line(it.at.start))), no_place)
        };
        let own = |name, line| (Some((name, line)), false);
        assert_eq!(of("", ""), own("id-tokens", 2));
        assert_eq!(of("", "  id_tokens:\n    V: {aud: v}\n"), own("id-token", 3));
        assert_eq!(of("", "  id_tokens: {V: {aud: v}}\n").0.unwrap().0, "id-token-inline");
        assert_eq!(of("", "  id_tokens: {}\n"), (None, true));
        let default = "default:\n  id_tokens:\n    V: {aud: v}\n";
        assert_eq!(of(default, ""), own("id-token", 3));
        assert_eq!(of(default, "  inherit: {default: false}\n").0.unwrap().0, "id-tokens");
        assert_eq!(of(default, "  inherit: {default: [image]}\n").0.unwrap().0, "id-tokens");
        assert_eq!(of(default, "  inherit: {default: [id_tokens]}\n"), own("id-token", 3));
        assert_eq!(of(default, "  inherit: {variables: false}\n"), own("id-token", 3));
        let base = ".b:\n  id_tokens:\n    AZURE_ID_TOKEN: {aud: a}\n";
        assert_eq!(of(base, "  extends: .b\n"), (None, false));
    }

    proptest::proptest! {
        #[test]
        fn any_text_keeps_its_places(text: String, pieces in check::pieces(PIECES)) {
            check::places(&PLATFORM, ".gitlab-ci.yml", &text);
            check::places(&PLATFORM, ".gitlab-ci.yml", &pieces.concat());
        }
    }

    const PIECES: &[&str] = &[
        "d:\n",
        "  script:",
        " |\n",
        "\n    - ",
        "az login -u a",
        " 'x''y'",
        "\"a\\n",
        "\"",
        "[",
        "]",
        "\n",
        "  variables: {A: $B}\n",
        "あ",
        "\r\n",
        "&a ",
        "*a",
        "!reference ",
        "# c",
    ];
}
