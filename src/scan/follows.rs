//! What comes after a sign-in: commands, with what each does to Azure and asks of it.

use super::{
    Command,
    path::tail,
    targets::{FOLDERS, MOVES, Target, targets},
    units::{Id, Unit, Units},
};
use crate::{
    catalog::Effect,
    caveats::{self, Caveat},
    impact::{self, By},
    lang::{Call, HOLE, Names},
    needs::{self, Defaults, Need, Needs},
    platform::Environment,
    text::{Source, pattern},
};
use regex::Regex;
use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet, HashMap},
    rc::Rc,
    sync::{Arc, LazyLock},
};

/// A command that follows a sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Follow {
    pub command: Command,
    pub effect: Effect,
    pub by: By,
    /// What it asks of Azure, and where.
    pub needs: Vec<Need>,
    /// Why that is not all.
    pub gap: Option<&'static str>,
}

/// What breaks once another identity signs in, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    pub caveat: &'static Caveat,
    pub command: Command,
}

/// A call of a script, as far as it matters to sign-ins before it.
pub(super) struct Judged {
    pub(super) at: usize,
    pub(super) follow: Option<Arc<Follow>>,
    pub(super) notes: Vec<Note>,
    /// It signs in itself, for whatever follows: under this name, and unless what signed in before
    /// it stands further in than the place that is told.
    pub(super) signs_in: Option<(&'static str, usize)>,
}

/// The environment that a script has from what runs it: that of each script on the way, the nearest
/// last, with the file that sets it.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Given(Rc<[(usize, Environment)]>);

impl Given {
    /// What is given to whatever a script runs: its own environment, too.
    pub(super) fn handed(&self, units: &Units<'_>, id: Id) -> Given {
        let own = (id.source, units.get(id).script.environment.clone());
        let is_new = !own.1.is_empty() && self.0.last() != Some(&own);
        Given(self.0.iter().cloned().chain(is_new.then_some(own)).collect())
    }

    fn get(&self, units: &Units<'_>, name: &str) -> Option<String> {
        let of = |(source, set): &(usize, Environment)| value(set, &units.sources[*source], name);
        self.0.iter().rev().find_map(of)
    }
}

/// What a variable of an environment stands for, with a [`HOLE`] for what is not written out.
fn value(environment: &Environment, source: &Source, name: &str) -> Option<String> {
    let variable = environment.get(name)?;
    let span = variable.literal.filter(|_| variable.from.is_none());
    let text = span.and_then(|it| source.raw().get(it.start..it.end));
    Some(text.map_or(HOLE, |it| it.trim_matches(['"', '\''])).to_owned())
}

/// What is given to a script, of the names that it has in its text, in small letters.
type Values = BTreeMap<String, String>;

static NAME: LazyLock<Regex> = LazyLock::new(|| pattern(r"[A-Za-z_]\w*"));

/// What the calls of scripts do, each judged once, however many sign-ins they follow.
pub(super) struct Judgements {
    names: BTreeMap<Id, Rc<[String]>>,
    /// By what each script is given.
    given: HashMap<(Id, Given), Rc<[Judged]>>,
    units: BTreeMap<Id, BTreeMap<Values, Rc<[Judged]>>>,
    targets: BTreeMap<Id, Rc<[Target]>>,
    /// How many templates were read.
    templates: Cell<usize>,
    /// How many more calls are looked at.
    left: usize,
    /// How many more commands are listed of sign-ins that many follow.
    pub(super) listed: usize,
}

/// Of all sign-ins together, so many commands are listed beyond the few that each has listed.
const LISTED_OF_ALL: usize = 50_000;

/// So many calls are looked at in all, for whatever sign-ins they come after.
const LOOKED_AT: usize = 10_000_000;

/// To judge a call is as much work as to look at so many.
const JUDGING: usize = 50;

/// Templates beyond this are not read.
const TEMPLATES: usize = 200;

impl Judgements {
    pub(super) fn new() -> Judgements {
        let (names, given, units, targets, templates) = Default::default();
        let (left, listed) = (LOOKED_AT, LISTED_OF_ALL);
        Judgements { names, given, units, targets, templates, left, listed }
    }

    /// Whether so much more may be looked at.
    pub(super) fn spend(&mut self, calls: usize) -> bool {
        let is_left = self.left >= calls;
        self.left = self.left.saturating_sub(calls);
        is_left
    }

    /// What a script does that is given some values. Of one that is given ever other ones, a part
    /// is told without, once too much is looked at.
    pub(super) fn of(&mut self, units: &Units<'_>, id: Id, given: &Given) -> Rc<[Judged]> {
        let key = (id, given.clone());
        if let Some(it) = self.given.get(&key) {
            return it.clone();
        }
        let is_first = !self.units.contains_key(&id);
        let mut values = Values::new();
        if !given.0.is_empty() {
            let names = self.names(units, id);
            let value = |it: &String| Some((it.clone(), given.get(units, it)?));
            if is_first || self.spend(names.len()) {
                values = names.iter().filter_map(value).collect();
            }
        }
        let calls = units.get(id).parsed.calls.len();
        if !self.units.get(&id).is_some_and(|it| it.contains_key(&values))
            && !is_first
            && !self.spend(JUDGING * calls)
        {
            values.clear();
        }
        let all = self.units.entry(id).or_default();
        let judged = match all.get(&values) {
            Some(it) => it.clone(),
            None => {
                let judged = judged(units, id, &values, &self.templates);
                all.insert(values, judged.clone());
                judged
            }
        };
        self.given.insert(key, judged.clone());
        judged
    }

    /// What may be a name in a script's text.
    fn names(&mut self, units: &Units<'_>, id: Id) -> Rc<[String]> {
        let of = || {
            let found = NAME.find_iter(&units.get(id).script.text);
            let all: BTreeSet<String> = found.map(|it| it.as_str().to_ascii_lowercase()).collect();
            all.into_iter().collect()
        };
        self.names.entry(id).or_insert_with(of).clone()
    }

    /// What they run of the repository's files, in order.
    pub(super) fn targets(&mut self, units: &Units<'_>, id: Id) -> Rc<[Target]> {
        let of = || targets(units, &units.sources[id.source], units.get(id)).into();
        self.targets.entry(id).or_insert_with(of).clone()
    }
}

fn judged(units: &Units<'_>, id: Id, given: &Values, templates: &Cell<usize>) -> Rc<[Judged]> {
    let (unit, source) = (units.get(id), &units.sources[id.source]);
    // A variable of PowerShell is none of the environment.
    let prefix = if unit.script.language == "powershell" { "env:" } else { "" };
    let given = |name: &str| given.get(name.strip_prefix(prefix)?).cloned();
    let own = |name: &str| value(&unit.script.environment, source, name);
    let names = Names::new(&unit.parsed, |name| own(name).or_else(|| given(name)));
    let mut defaults = Defaults::default();
    let mut blocks = Blocks::new(&unit.script.text);
    let of = |call: &Call| {
        defaults.follow(call, &names);
        let note = |caveat| Note { caveat, command: command(call, unit, source) };
        let notes = caveats::of(call, &names).into_iter().map(note).collect();
        let judgement = impact::judge(call, &names, units.catalog());
        let follow = judgement.map(|it| {
            let read = |path: &str, beside: Option<&str>| {
                templates.set(templates.get() + 1);
                if templates.get() > TEMPLATES {
                    return None;
                }
                let folders = beside.map(|it| vec![folder(it).to_owned()]);
                let folders = folders.unwrap_or_else(|| folders_of(unit, source, call));
                units.text(folders, path)
            };
            let Needs { needs, gap } = needs::needs(call, &it, &names, &defaults, &read);
            let command = command(call, unit, source);
            Arc::new(Follow { command, effect: it.effect, by: it.by, needs, gap })
        });
        let signs_in = client(&call.name).and_then(|it| Some((it, blocks.start(call.span.start)?)));
        Judged { at: call.span.start, follow, notes, signs_in }
    };
    unit.parsed.calls.iter().map(of).collect()
}

/// The folders from which a call may be given a path: where its script runs and where that stands,
/// with the folders that were gone into last.
fn folders_of(unit: &Unit, source: &Source, call: &Call) -> Vec<String> {
    let own = folder(&source.path);
    let mut folders = vec![unit.script.folder.clone(), own.to_owned(), String::new()];
    let calls = &unit.parsed.calls;
    let before = &calls[..calls.partition_point(|it| it.span.start < call.span.start)];
    let moves = before.iter().rev().filter(|it| MOVES.contains(&it.name.as_str()));
    for moved in moves.take(FOLDERS) {
        let to = moved.arguments.first().and_then(tail).unwrap_or_default();
        folders.extend([format!("{}/{to}", unit.script.folder), format!("{own}/{to}")]);
    }
    folders
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(it, _)| it)
}

/// By which client a call signs in, if it does.
pub(super) fn client(name: &str) -> Option<&'static str> {
    const CLIENTS: &[(&str, &str)] = &[
        ("az login", "az"),
        ("connect-azaccount", "az-powershell"),
        ("connect-azurermaccount", "azurerm"),
    ];
    CLIENTS.iter().find(|(it, _)| *it == name).map(|(_, client)| *client)
}

fn command(call: &Call, unit: &Unit, source: &Source) -> Command {
    let at = unit.script.place.outer(call.span).map_or(0, |it| it.start);
    let line = source.position(at).line;
    Command { name: written(call), path: source.path.to_string(), line }
}

/// What a command is called: in the author's own letters, where those say it.
fn written(call: &Call) -> String {
    let word = call.command.literal().filter(|it| it.eq_ignore_ascii_case(&call.name));
    word.map_or_else(|| call.name.clone(), |it| it.into_owned())
}

/// The lines of a script, by how far in they stand: a sign-in in a branch, a loop or a function is
/// not the next one of what stands outside.
struct Blocks<'t> {
    text: &'t str,
    /// Lines that nothing since has stood further out than: where they end, and their indents.
    open: Vec<(usize, usize)>,
    read: usize,
}

impl<'t> Blocks<'t> {
    fn new(text: &'t str) -> Blocks<'t> {
        Blocks { text, open: Vec::new(), read: 0 }
    }

    /// Where the block begins that the statement at `at` is a line of; `None` if it does not begin
    /// its line. Asked in the order of the places.
    fn start(&mut self, at: usize) -> Option<usize> {
        let line = self.text[..at].rfind('\n').map_or(0, |it| it + 1);
        if !self.text[line..at].trim().is_empty() {
            return None;
        }
        while self.read < line {
            let rest = &self.text[self.read..];
            let end = rest.find('\n').map_or(rest.len(), |it| it + 1);
            let indent = width(&rest[..rest.len() - rest.trim_start_matches([' ', '\t']).len()]);
            if !rest[..end].trim().is_empty() {
                self.open.retain(|(_, it)| *it < indent);
                self.open.push((self.read + end, indent));
            }
            self.read += end;
        }
        let indent = width(&self.text[line..at]);
        let further_out = self.open.iter().rev().find(|(_, it)| *it < indent);
        Some(further_out.map_or(0, |(end, _)| *end))
    }
}

/// How far in blanks lead, where some lines have tabs and others do not.
fn width(blanks: &str) -> usize {
    blanks.chars().map(|it| if it == '\t' { 4 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{platform::Repository, scan::scan};
    use std::collections::BTreeSet;

    #[test]
    fn a_block_begins_behind_the_last_line_that_stands_further_out() {
        let text = "a\nif x\n  b\nelse\n  c\n  d; e\nfi\n  f\n";
        let mut blocks = Blocks::new(text);
        let mut start = |name: &str| blocks.start(text.find(name).unwrap());
        assert_eq!(start("c"), text.find("  c"));
        assert_eq!(start("d"), text.find("  c"));
        assert_eq!(start("e\nfi"), None);
        assert_eq!(start("fi"), Some(0));
        let mixed = "if x\n\t\ta\n\t }\n\t else\n\t\tb\n";
        assert_eq!(Blocks::new(mixed).start(mixed.find('b').unwrap()), mixed.find("\t\tb"));
    }

    #[test]
    fn what_follows_tells_its_needs_and_reads_templates_beside_it() {
        let workflow = "on: push\njobs:\n  d:\n    steps:\n      - run: |\n          az login -u a@b.c -p \"$P\"\n          \
                        az webapp restart -g $RG -n app\n          az deployment group create -g $RG -f infra/main.json\n        \
                        env:\n          RG: rg-web\n";
        let template = r#"{"resources": [{"type": "Microsoft.Cache/redis", "name": "r"}]}"#;
        let files = [(".github/workflows/d.yml", workflow), ("infra/main.json", template)];
        let sources: Vec<Source> =
            files.iter().map(|(path, text)| Source::new(path, text)).collect();
        let found = scan(&sources, &Repository::default());
        let asked: Vec<(&str, &str)> = found.sites[0]
            .follows
            .iter()
            .flat_map(|it| {
                it.needs.iter().map(|need| (it.command.name.as_str(), need.action.as_str()))
            })
            .collect();
        assert!(
            asked.contains(&("az webapp restart", "Microsoft.Web/sites/restart/Action")),
            "{asked:?}"
        );
        assert!(asked.contains(&("az deployment group create", "Microsoft.Cache/redis/write")));
        let group = |need: &Need| matches!(&need.reach, needs::Reach::ResourceGroup { group, .. } if group == "rg-web");
        assert!(found.sites[0].follows[1].needs.iter().any(group));
    }

    /// The resource groups in which a script's commands ask for anything.
    fn groups(files: &[(&str, &str)]) -> BTreeSet<String> {
        let sources: Vec<Source> =
            files.iter().map(|(path, text)| Source::new(path, text)).collect();
        let found = scan(&sources, &Repository::default());
        let needs = found.sites[0].follows.iter().flat_map(|it| &it.needs);
        let group = |it: &Need| match &it.reach {
            needs::Reach::ResourceGroup { group, .. } => Some(group.clone()),
            _ => None,
        };
        needs.filter_map(group).collect()
    }

    #[test]
    fn a_script_knows_what_its_caller_sets() {
        let workflow = |env: &str| {
            format!(
                "on: push\njobs:\n  d:\n    env: {{{env}}}\n    steps:\n      - run: ./login.sh\n"
            )
        };
        let (login, delete) =
            ("az login -u a@b.c -p \"$P\"\n./delete.sh\n", "az group delete -n \"$RG\"\n");
        let of = |workflows: &[&str]| {
            let texts: Vec<String> = workflows.iter().map(|it| workflow(it)).collect();
            let mut files = vec![("login.sh", login), ("delete.sh", delete)];
            let paths = [".github/workflows/a.yml", ".github/workflows/b.yml"];
            files.extend(paths.into_iter().zip(texts.iter().map(String::as_str)));
            groups(&files).into_iter().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of(&["RG: rg-web"]), "rg-web");
        assert_eq!(of(&["RG: rg-web", "RG: rg-web"]), "rg-web");
        assert_eq!(of(&["RG: rg-web", "RG: rg-api"]), "rg-api rg-web");
        assert_eq!(of(&["RG: rg-web", "GR: rg-api"]), "rg-web {}");
        assert_eq!(of(&["RG: '${{ vars.RG }}'"]), "{}");
        let powershell = [
            (
                "a.ps1",
                "az login -u a@b.c -p $env:P\naz group delete -n $env:RG\naz group create -n $RG -l x\n",
            ),
            (
                ".github/workflows/a.yml",
                "on: push\njobs:\n  d:\n    env: {RG: rg-web}\n    steps:\n      - run: ./a.ps1\n",
            ),
        ];
        assert_eq!(groups(&powershell), ["rg-web", "{}"].map(str::to_owned).into());
    }

    #[test]
    fn a_container_has_an_environment_of_its_own() {
        let files = [
            ("a.sh", "az login -u a@b.c -p \"$P\"\naz group delete -n \"$RG\"\n"),
            ("Dockerfile", "FROM a\nENV RG=rg-image\nCOPY a.sh ./\nCMD [\"./a.sh\"]\n"),
            (
                ".github/workflows/a.yml",
                "on: push\njobs:\n  d:\n    env: {RG: rg-web}\n    steps:\n      - run: docker build .\n",
            ),
        ];
        assert!(!groups(&files).contains("rg-web"));
    }

    #[test]
    fn caveats_are_noted_where_they_matter() {
        let script = "az login -u a@b.c -p \"$P\" --allow-no-subscriptions\nif x; then\n  az ad signed-in-user show\nfi\nsleep 15m\n";
        let workflow = "on: push\njobs:\n  d:\n    steps:\n      - run: ./a.sh\n";
        let notes = |files: &[(&str, &str)]| -> Vec<(&str, usize)> {
            let sources: Vec<Source> =
                files.iter().map(|(path, text)| Source::new(path, text)).collect();
            let slug = Some("contoso/web".to_owned());
            let found = scan(&sources, &Repository { slug, ..Repository::default() });
            found.sites[0].notes.iter().map(|it| (it.caveat.id, it.command.line)).collect()
        };
        let alone = [("no-subscriptions", 1), ("signed-in-user", 3)];
        assert_eq!(notes(&[("a.sh", script)]), alone);
        let federated = notes(&[("a.sh", script), (".github/workflows/d.yml", workflow)]);
        assert_eq!(federated, [&alone[..], &[("long-federated-job", 5)]].concat());
    }
}
