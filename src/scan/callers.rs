//! Which workloads run a script, and what they run after it.
//!
//! A workflow runs a script, which sources another: the sign-in there is the workflow's, and so
//! are the commands that come after it, wherever they stand.

use super::{
    Follow, Note, Reached,
    calls::{Calls, is_script},
    follows::{Given, Judgements, client},
    hints::any_of,
    targets::{By, targets},
    units::{Id, Unit, Units},
};
use crate::{
    catalog::Effect,
    config::RunsOn,
    lang::Purpose,
    platform::{self, Called, Trust, Variable, Workload},
    text::Span,
};
use std::{
    collections::{BTreeSet, HashSet},
    ops::Range,
    ptr,
    rc::Rc,
    sync::Arc,
};

/// Calls deeper than this are not followed; scripts that call each other end here, too.
const DEEPEST: usize = 8;

/// Scripts that all call each other lead to a sign-in in more ways than could be followed; so many
/// say enough.
const MOST: usize = 100;

/// Of all sign-ins together, so many ways more than one to each are looked at.
const MOST_OF_ALL: usize = 20_000;

/// Why not all is known of what runs a file's sign-ins.
pub(super) const WAYS: &str = "more leads to its sign-ins than is looked at";

/// Why not all is known of what comes after a file's sign-ins.
pub(super) const AFTER: &str = "more comes after its sign-ins than is looked at";

/// So many commands are listed. What comes after them is looked at until one is found that writes.
pub const LISTED: usize = 100;

/// So many are listed of each sign-in, however many of them there are.
const FEW: usize = 5;

/// What comes after so many commands is not looked at.
const JUDGED: usize = 10_000;

/// What comes after a sign-in.
#[derive(Default)]
pub(super) struct Following {
    /// What they do, each once.
    pub(super) effects: Vec<Effect>,
    /// How many were looked at.
    seen: usize,
    pub(super) commands: Vec<Arc<Follow>>,
    /// How many of them may be listed.
    listed: usize,
    /// More commands follow than are listed.
    pub(super) more: bool,
    pub(super) notes: Vec<Note>,
    /// There is more than is looked at.
    pub(super) cut: bool,
    /// By which client the site signs in; with its next sign-in ends what follows this one.
    client: Option<&'static str>,
    /// The scripts that were followed, with what they were given.
    called: HashSet<(Id, Given)>,
    /// The parts of files, likewise.
    files: HashSet<(usize, Option<String>, Given)>,
}

/// Opens whatever may lead to `sources`: files that name one of them, or one that does.
pub(super) fn open_callers(units: &mut Units<'_>, sources: impl Iterator<Item = usize>) {
    let mut wanted: BTreeSet<usize> = sources.collect();
    let mut done = BTreeSet::new();
    let mut asked = BTreeSet::new();
    for _ in 0..DEEPEST {
        wanted.retain(|it| done.insert(*it));
        let of = |it: &usize| {
            let source = &units.sources[*it];
            let name = source.path.rsplit('/').next().filter(|_| is_script(units, *it));
            name.map(str::to_owned).into_iter().chain(platform::words(source))
        };
        let words: BTreeSet<String> = wanted.iter().flat_map(of).collect();
        // What has been searched for already has been found.
        let words: BTreeSet<&String> =
            words.iter().filter(|it| asked.insert((*it).clone())).collect();
        if words.is_empty() {
            return;
        }
        let words = any_of(words);
        // What only speaks of a script is forgotten again.
        wanted.extend(units.open_wanted(&|text| words.is_match(text), &|units, source, unit| {
            targets(units, source, unit).iter().any(|it| units.is_open(&it.path))
        }));
    }
}

/// A way from a workload's own script to another: the scripts, with where what comes after each
/// call begins.
pub(super) type Chain = Vec<(Id, usize)>;

/// How a script is reached, from the workloads that run it.
pub(super) struct Ways {
    pub(super) chains: Vec<Chain>,
    /// What each script of a chain is given.
    given: Vec<Vec<Given>>,
    pub(super) reached: Vec<Reached>,
    /// There are more.
    pub(super) cut: bool,
}

/// The ways to scripts.
pub(super) struct Callers {
    calls: Calls,
    /// How many more are looked at.
    left: usize,
    /// The script that was asked for last, with whether others may call it.
    last: Option<((Id, bool), Rc<Ways>)>,
}

impl Callers {
    pub(super) fn of(units: &Units<'_>) -> Callers {
        Callers { calls: Calls::of(units), left: MOST_OF_ALL, last: None }
    }

    /// The ways to a script. Asked for each of its sign-ins, they are told once.
    pub(super) fn ways(
        &mut self,
        units: &Units<'_>,
        judgements: &mut Judgements,
        unit: Id,
        is_called: bool,
    ) -> Rc<Ways> {
        let key = (unit, is_called);
        let last =
            self.last.take().filter(|(it, ways)| *it == key && ways.chains.len() <= 1 + self.left);
        let (_, ways) = self.last.insert(last.unwrap_or_else(|| {
            let calls = is_called.then_some(&self.calls);
            (key, Rc::new(ways(units, calls, judgements, unit, MOST.min(1 + self.left))))
        }));
        self.left -= ways.chains.len() - 1;
        ways.clone()
    }
}

/// The ways to a script, at most so many of them.
fn ways(
    units: &Units<'_>,
    calls: Option<&Calls>,
    judgements: &mut Judgements,
    unit: Id,
    most: usize,
) -> Ways {
    let mut chains = Vec::new();
    climb(units, calls, (unit, 0), most + 1, &mut Chain::new(), &mut chains);
    let cut = chains.len() > most;
    chains.truncate(most);
    let mut reached: Vec<Reached> = Vec::new();
    for chain in &chains {
        let (root, _) = chain[0];
        let between = chain.iter().skip(1).take(chain.len().saturating_sub(2));
        let own = units.sources[unit.source].path.clone();
        let mut through: Vec<String> = between
            .map(|(id, _)| &units.sources[id.source].path)
            .filter(|it| **it != own && **it != units.sources[root.source].path)
            .map(|it| it.to_string())
            .collect();
        through.dedup();
        let it = Reached { workload: Arc::new(workload(units, judgements, chain)), through };
        if !reached.contains(&it) {
            reached.push(it);
        }
    }
    let given = chains.iter().map(|it| given(units, it)).collect();
    Ways { chains, given, reached, cut }
}

/// What follows the call at `at` of a script, on all ways there.
pub(super) fn follow(
    units: &mut Units<'_>,
    judgements: &mut Judgements,
    ways: &Ways,
    unit: Id,
    at: usize,
) -> Following {
    let own = units.get(unit).parsed.calls.iter().find(|it| it.span.start == at);
    let client = own.and_then(|it| client(&it.name));
    let listed = LISTED.min(FEW + judgements.listed);
    let mut following = Following { listed, ..Following::default() };
    let judged = judgements.of(units, unit, &Given::default());
    judged.iter().filter(|it| it.at == at).for_each(|it| following.note(&it.notes));
    for (chain, given) in ways.chains.iter().zip(&ways.given) {
        for ((id, after), given) in chain.iter().zip(given).rev() {
            // Its own script goes on behind the call.
            let after = if *id == unit { at + 1 } else { *after };
            following.client = client;
            if down(units, judgements, *id, after, given, 0, &mut following) {
                break;
            }
            // The steps that come after in the same job. Of two that sign in, one may be left out.
            following.client = None;
            for id in later_steps(units, *id) {
                // Behind a step that was followed, all were.
                if !following.called.insert((id, given.clone())) {
                    break;
                }
                down(units, judgements, id, 0, given, 0, &mut following);
            }
        }
    }
    let is_federated = |it: &Reached| matches!(it.workload.trust, Trust::Federated(_));
    if !ways.reached.iter().any(is_federated) {
        following.notes.retain(|it| !it.caveat.federated);
    }
    if following.cut {
        following.effects.push(Effect::Unknown);
    }
    let beyond = following.commands.len().saturating_sub(FEW);
    judgements.listed = judgements.listed.saturating_sub(beyond);
    following
}

/// The workloads for which a platform's file sets what stands at `span` of it.
pub(super) fn set_for(units: &Units<'_>, unit: Id, span: Span) -> Vec<Reached> {
    let mut reached: Vec<Reached> = Vec::new();
    if units.get(unit).script.language != "settings" {
        return reached;
    }
    let set: Vec<&Variable> =
        units.variables(unit.source).filter(|it| it.span.overlaps(span)).collect();
    let sets = |it: &&Unit| {
        let named =
            |set: &&Variable| it.script.environment.named(&set.name).any(|it| ptr::eq(it, *set));
        set.iter().any(named)
    };
    for Unit { script, .. } in units.of(unit.source).iter().filter(sets) {
        // The steps of a job are one workload, each with its own anchors.
        if reached.len() < MOST
            && !reached.iter().any(|it| it.workload.name == script.workload.name)
        {
            let workload = Arc::new(script.workload.clone());
            reached.push(Reached { workload, through: Vec::new() });
        }
    }
    reached
}

/// What the script at the end of a chain runs as: each of those before it has a part in that.
fn workload(units: &Units<'_>, judgements: &mut Judgements, chain: &[(Id, usize)]) -> Workload {
    let mut workload = units.get(chain[0].0).script.workload.clone();
    for (&(above, after), &(id, _)) in chain.iter().zip(&chain[1..]) {
        let unit = units.get(id);
        // What nests in a script is a part of it.
        if unit.outer.is_some() {
            continue;
        }
        let link = units.get(above).script.links.iter().find(|it| it.at == after);
        let inputs = link.map(|it| it.inputs.as_slice()).unwrap_or_default();
        let (own, repository) = (&unit.script.workload, units.repository);
        workload = platform::called(&Called { own, caller: &workload, inputs, repository });
        let (caller, path) = (&units.sources[above.source].path, &units.sources[id.source].path);
        let targets = judgements.targets(units, above);
        let here = targets.partition_point(|it| it.at + 1 < after);
        let mut here = targets[here..].iter().take_while(|it| it.at + 1 == after);
        if here.any(|it| it.is_guess && it.path == **path) {
            Arc::make_mut(&mut workload.assumptions).push(format!(
                "the file that {caller} runs from a path outside the repository is {path}, which is called so"
            ));
        }
    }
    workload
}

/// What each script of a chain is given by those before it. A container, a template or another job
/// has an environment of its own.
fn given(units: &Units<'_>, chain: &[(Id, usize)]) -> Vec<Given> {
    let mut now = Given::default();
    let mut all = Vec::new();
    for (id, _) in chain {
        if units.get(*id).outer.is_none() && !is_script(units, id.source) {
            now = Given::default();
        }
        all.push(now.clone());
        now = now.handed(units, *id);
    }
    all
}

/// Every way from a workload's own script down to a script, up to so many.
fn climb(
    units: &Units<'_>,
    calls: Option<&Calls>,
    (unit, after): (Id, usize),
    most: usize,
    below: &mut Chain,
    chains: &mut Vec<Chain>,
) {
    below.push((unit, after));
    let Unit { script: own, outer, .. } = units.get(unit);
    let is_below = |id: Id| below.iter().any(|(it, _)| *it == id);
    let called: Vec<(Id, usize)> = match (outer, calls) {
        _ if below.len() >= DEEPEST => Vec::new(),
        (Some(it), _) => {
            let around = Id { script: it.script, ..unit };
            [(around, it.at + 1)].into_iter().filter(|(it, _)| !is_below(*it)).collect()
        }
        (None, Some(calls)) => calls.of_script(units, unit, is_below, most),
        (None, None) => Vec::new(),
    };
    // A script that something calls is not thought to be run on its own, unless it is said so.
    let stated = units.repository.config.runs_on(&own.workload.path);
    let stated = stated.is_some_and(RunsOn::says_where);
    if called.is_empty() || stated && outer.is_none() {
        chains.push(below.iter().rev().copied().collect());
    }
    for caller in called {
        if chains.len() < most {
            climb(units, calls, caller, most, below, chains);
        }
    }
    below.pop();
}

/// The steps that come after in the same job.
fn later_steps(units: &Units<'_>, root: Id) -> Vec<Id> {
    let steps = units.steps(root);
    let later = &steps[steps.partition_point(|it| *it <= root.script)..];
    later.iter().map(|script| Id { script: *script, ..root }).collect()
}

/// What the calls of a script from `from` on do, with the scripts that they call; and whether
/// another sign-in comes there, or no more is looked at.
fn down(
    units: &mut Units<'_>,
    judgements: &mut Judgements,
    id: Id,
    from: usize,
    given: &Given,
    depth: usize,
    following: &mut Following,
) -> bool {
    if !following.may_look(judgements) {
        return true;
    }
    let judged = judgements.of(units, id, given);
    let first = judged.partition_point(|it| it.at < from);
    let last = judged.len().min(first + JUDGED);
    let next = judged[first..last].iter().position(|it| {
        let is_next = |(client, block)| following.client == Some(client) && block <= from;
        it.signs_in.is_some_and(is_next)
    });
    let end = next.map_or(last, |it| first + it);
    following.cut |= next.is_none() && last < judged.len();
    for it in &judged[first..end] {
        if following.is_enough() || !following.may_look(judgements) {
            return true;
        }
        following.add(it.follow.as_ref());
        following.note(&it.notes);
    }
    if depth >= DEEPEST {
        return next.is_some();
    }
    let until = judged.get(end).map_or(usize::MAX, |it| it.at);
    let inner: Vec<Id> = nested(units, id, from..until).collect();
    let targets = judgements.targets(units, id);
    let called =
        targets.partition_point(|it| it.at < from)..targets.partition_point(|it| it.at < until);
    for id in inner {
        down(units, judgements, id, 0, given, depth + 1, following);
    }
    let (passed, none) = (given.handed(units, id), Given::default());
    for target in &targets[called] {
        let Some(source) = units.open(&target.path) else { continue };
        let given = if target.by == By::Path { &passed } else { &none };
        let key = (source, target.part.clone(), given.clone());
        if !following.files.insert(key) {
            continue;
        }
        for script in units.meant(source, target.part.as_deref()) {
            let id = Id { source, script };
            // What a script does, it does as often as it is called.
            if following.called.insert((id, given.clone())) {
                down(units, judgements, id, 0, given, depth + 1, following);
            }
        }
    }
    next.is_some()
}

impl Following {
    fn is_enough(&mut self) -> bool {
        self.cut |= self.seen >= JUDGED;
        self.cut || self.more && self.effects.contains(&Effect::Write)
    }

    /// Whether one more call or script is looked at.
    fn may_look(&mut self, judgements: &mut Judgements) -> bool {
        self.cut |= !judgements.spend(1);
        !self.cut
    }

    fn note(&mut self, notes: &[Note]) {
        for note in notes {
            if self.notes.len() < LISTED && !self.notes.contains(note) {
                self.notes.push(note.clone());
            }
        }
    }

    fn add(&mut self, follow: Option<&Arc<Follow>>) {
        let Some(follow) = follow else { return };
        self.seen += 1;
        if !self.effects.contains(&follow.effect) {
            self.effects.push(follow.effect);
        }
        if self.more || self.commands.contains(follow) {
            return;
        }
        self.more = self.commands.len() >= self.listed;
        if !self.more {
            self.commands.push(follow.clone());
        }
    }
}

/// The scripts that stand in a part of a script, and are run there.
pub(super) fn nested<'u>(
    units: &'u Units<'_>,
    id: Id,
    part: Range<usize>,
) -> impl Iterator<Item = Id> + 'u {
    // Each script's own stand together, in the order of the scripts.
    let all = units.of(id.source);
    let of = |unit: &Unit| unit.outer.as_ref().map(|it| it.script);
    let first = all.partition_point(|it| of(it) < Some(id.script));
    let own = all[first..].iter().take_while(move |it| of(it) == Some(id.script));
    let is_run = move |unit: &Unit| {
        unit.outer.as_ref().is_some_and(|it| part.contains(&it.at) && it.purpose == Purpose::Run)
    };
    let runs = (first..).zip(own).filter(move |(_, it)| is_run(it));
    runs.map(move |(script, _)| Id { script, ..id })
}

#[cfg(test)]
mod tests {
    use crate::{
        config::Config,
        platform::{Repository, Trust},
        scan::{Reached, scan},
        text::Source,
    };

    const LOGIN: &str = "az login -u a@b.c -p \"$P\"\naz group create -n g -l japaneast\n";

    fn all_of(files: &[(&str, &str)]) -> Vec<Reached> {
        let sources: Vec<Source> =
            files.iter().map(|(path, text)| Source::new(path, text)).collect();
        let config = Config::parse("gitlab: {project: contoso/web}\n").unwrap();
        let slug = Some("contoso/web".to_owned());
        let found = scan(&sources, &Repository { slug, config, ..Repository::default() });
        found.running().flat_map(|it| it.reached.clone()).collect()
    }

    /// What runs the sign-ins, and through which files.
    fn reached(files: &[(&str, &str)]) -> Vec<String> {
        let said = |it: &Reached| {
            [vec![it.workload.name.clone()], it.through.clone()].concat().join(" > ")
        };
        all_of(files).iter().map(said).collect()
    }

    fn workflow(steps: &str) -> String {
        format!("on: push\njobs:\n  d:\n    steps:\n      - run: {steps}\n")
    }

    const WORKFLOW: &str = ".github/workflows/d.yml";

    #[test]
    fn a_target_of_make_is_reached_by_its_name() {
        let make =
            "login:\n\t./scripts/login.sh\ndeploy: login\n\techo\nother:\n\t./scripts/login.sh\n";
        let with = |run: &str| {
            reached(&[("scripts/login.sh", LOGIN), ("Makefile", make), (WORKFLOW, &workflow(run))])
        };
        let by_workflow = "d.yml, job d > Makefile";
        let by_hand = "Makefile, target other";
        assert_eq!(with("make deploy"), [by_workflow, by_hand]);
        assert_eq!(
            with("make -j4 login VERBOSE=1"),
            [by_workflow, "Makefile, target deploy", by_hand]
        );
        assert_eq!(with("make"), [by_workflow, "Makefile, target deploy", by_hand]);
        assert_eq!(with("make clean").len(), 2);
        let elsewhere = [
            ("ops/login.sh", LOGIN),
            ("ops/Makefile", "deploy:\n\t./login.sh\n"),
            (WORKFLOW, &workflow("make -C ops deploy")),
        ];
        assert_eq!(reached(&elsewhere), ["d.yml, job d > ops/Makefile"]);
    }

    #[test]
    fn a_script_of_npm_is_reached_by_its_name_and_by_what_it_comes_before() {
        let with = |name: &str, run: &str| {
            let package = format!("{{\"scripts\": {{\"{name}\": \"sh ci/login.sh\"}}}}");
            reached(&[
                ("ci/login.sh", LOGIN),
                ("package.json", &package),
                (WORKFLOW, &workflow(run)),
            ])
        };
        let expected = ["d.yml, job d > package.json"];
        assert_eq!(with("deploy", "npm run deploy"), expected);
        assert_eq!(with("predeploy", "yarn deploy"), expected);
        assert_eq!(with("postinstall", "npm ci"), expected);
        assert_eq!(with("deploy", "npm run build"), ["package.json, script deploy"]);
    }

    #[test]
    fn a_container_is_reached_through_what_builds_it() {
        let dockerfile = "FROM a\nWORKDIR /app\nCOPY scripts/ ./\nCMD [\"./login.sh\"]\n";
        let compose = "services:\n  job:\n    build: .\n";
        let files = |more: &[(&'static str, &'static str)]| {
            [&[("scripts/login.sh", LOGIN), ("Dockerfile", dockerfile)], more].concat()
        };
        assert_eq!(reached(&files(&[])), ["Dockerfile, stage image"]);
        assert_eq!(
            reached(&files(&[("compose.yaml", compose)])),
            ["compose.yaml, service job > Dockerfile"]
        );
        let built = workflow("docker build -t a:b .");
        let all = all_of(&[files(&[]), vec![(WORKFLOW, &built)]].concat());
        assert_eq!(all[0].workload.name, "d.yml, job d");
        // Its session is not the workflow's.
        assert!(all[0].workload.anchors.is_empty() && all[0].workload.by_hand.is_some());
    }

    #[test]
    fn an_action_belongs_to_the_jobs_that_use_it() {
        let action = "runs:\n  using: composite\n  steps:\n    - run: az login -u a@b.c -p \"$P\"\n      shell: bash\n";
        let using = "on: push\njobs:\n  a:\n    steps:\n      - uses: ./.github/actions/sign-in\n      - run: az group create -n g -l x\n  b:\n    steps:\n      - uses: ./.github/actions/sign-in/\n";
        let all = all_of(&[(".github/actions/sign-in/action.yml", action), (WORKFLOW, using)]);
        let names: Vec<&str> = all.iter().map(|it| it.workload.name.as_str()).collect();
        assert_eq!(names, ["d.yml, job a", "d.yml, job b"]);
        assert!(all.iter().all(|it| it.workload.by_hand.is_none()));
    }

    #[test]
    fn a_workflow_that_is_called_runs_on_behalf_of_its_callers() {
        let called = |own: &str| {
            format!(
                "on: workflow_call\njobs:\n  d:\n{own}    steps:\n      - run: az login -u a@b.c -p x\n"
            )
        };
        let caller = "on:\n  push: {branches: [main]}\njobs:\n  prod:\n    uses: ./.github/workflows/called.yml\n    with: {env: production}\n";
        let subject = |own: &str| {
            let called = called(own);
            let files = [(".github/workflows/called.yml", &*called), (WORKFLOW, caller)];
            let all = all_of(&files);
            assert_eq!(all.len(), 1);
            match &all[0].workload.trust {
                Trust::Federated(all) => all[0].subject.to_string(),
                other => format!("{other:?}"),
            }
        };
        assert_eq!(subject(""), "repo:contoso/web:ref:refs/heads/main");
        assert_eq!(subject("    environment: test\n"), "repo:contoso/web:environment:test");
        let given = "    environment:\n      name: ${{ inputs.env }}\n";
        assert_eq!(subject(given), "repo:contoso/web:environment:production");
    }

    #[test]
    fn templates_and_shared_libraries_stand_between() {
        let template = "steps:\n  - bash: az login -u a@b.c -p x\n";
        for using in [
            "steps:\n  - template: ci/login.yml\n",
            "jobs:\n  - job: d\n    steps:\n      - template: /ci/login.yml@self\n",
            "extends:\n  template: ci/login.yml\n",
        ] {
            let files = [("ci/login.yml", template), ("azure-pipelines.yml", using)];
            let all = reached(&files);
            assert!(all[0].starts_with("azure-pipelines.yml"), "{using}: {all:?}");
        }
        let library = "def call() {\n  sh 'az login -u a@b.c -p x'\n}\n";
        let pipeline = "pipeline {\n  stages {\n    stage('go') {\n      steps {\n        signIn()\n      }\n    }\n  }\n}\n";
        let files = [("vars/signIn.groovy", library), ("Jenkinsfile", pipeline)];
        assert_eq!(reached(&files), ["Jenkinsfile, stage go"]);
    }

    #[test]
    fn jobs_of_gitlab_take_from_each_other() {
        let hidden = ".login:\n  before_script:\n    - az login -u a@b.c -p x\n";
        let files =
            [(".gitlab-ci.yml", &*format!("{hidden}d:\n  extends: .login\n  script: [a]\n"))];
        assert_eq!(reached(&files), [".gitlab-ci.yml, job d"]);
        let reference =
            format!("{hidden}d:\n  script:\n    - !reference [.login, before_script]\n    - b\n");
        assert_eq!(reached(&[(".gitlab-ci.yml", &*reference)]), [".gitlab-ci.yml, job d"]);
        let including =
            "include:\n  - local: /ci/login.yml\nd:\n  extends: .login\n  script: [a]\n";
        let files =
            [("ci/login.yml", &*format!("{hidden}  script: [x]\n")), (".gitlab-ci.yml", including)];
        assert_eq!(reached(&files), [".gitlab-ci.yml, job d"]);
    }

    #[test]
    fn playbooks_reach_roles_and_terraform_its_modules() {
        let role = "- shell: az login -u a@b.c -p x\n";
        for play in [
            "- hosts: all\n  roles:\n    - web\n",
            "- hosts: all\n  roles:\n    - role: web\n",
            "- hosts: all\n  tasks:\n    - include_role:\n        name: web\n",
        ] {
            let files = [("roles/web/tasks/main.yml", role), ("site.yml", play)];
            assert_eq!(reached(&files), ["site.yml, its tasks"], "{play}");
        }
        let module = "resource \"null_resource\" \"a\" {\n  provisioner \"local-exec\" {\n    command = \"az login -u a@b.c -p x\"\n  }\n}\n";
        let files = [
            ("infra/modules/vm/main.tf", module),
            ("infra/main.tf", "module \"vm\" {\n  source = \"./modules/vm\"\n}\n"),
            (WORKFLOW, &workflow("terraform -chdir=infra apply -auto-approve")),
        ];
        assert_eq!(reached(&files), ["d.yml, job d > infra/main.tf"]);
    }

    #[test]
    fn a_file_that_is_only_called_like_what_is_run_is_an_assumption() {
        let assumed = |run: &str| {
            let found = all_of(&[("jobs/login.sh", LOGIN), (WORKFLOW, &workflow(run))]);
            let said = |it: &String| it.contains("is jobs/login.sh, which is called so");
            assert_eq!(found[0].workload.name, "d.yml, job d");
            found[0].workload.assumptions.iter().any(said)
        };
        assert!(assumed("/opt/scripts/login.sh"));
        assert!(!assumed("./jobs/login.sh"));
    }

    #[test]
    fn scripts_that_call_each_other_end_somewhere() {
        let make = "a: b\n\t./a.sh\nb: a\n\t./a.sh\n";
        let files = [
            ("a.sh", &*format!("{LOGIN}make a\n./b.sh\n")),
            ("b.sh", "./a.sh\n"),
            ("Makefile", make),
        ];
        assert!(!reached(&files).is_empty());
    }
}
