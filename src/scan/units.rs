//! Files that matter to a scan, with their scripts and what those do.

use super::{Files, Skipped, hinted, hints::Plain, path::normal};
use crate::{
    catalog::Catalog,
    lang::{self, Language, Nested, Parsed, Purpose},
    platform::{self, Environment, Line, Platform, Repository, Run, Script, Variable, Wanted},
    text::Source,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

/// One script of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Id {
    pub(super) source: usize,
    pub(super) script: usize,
}

pub(super) struct Unit {
    pub(super) script: Script,
    pub(super) parsed: Parsed,
    /// The script that this one stands in, of the same file.
    pub(super) outer: Option<Outer>,
}

pub(super) struct Outer {
    pub(super) script: usize,
    /// Where it takes effect there.
    pub(super) at: usize,
    pub(super) purpose: Purpose,
    /// A variable of the platform holds it, and stands somewhere else in the file.
    pub(super) is_held: bool,
}

/// What the scripts of a file have to do with each other.
#[derive(Default)]
struct Jobs {
    /// The job of each script.
    of: Vec<usize>,
    /// The steps of each job, in their order. What stands in a step is none.
    steps: Vec<Vec<usize>>,
    /// The scripts that stand in no other, by what others call them.
    parts: BTreeMap<String, Vec<usize>>,
    outermost: Vec<usize>,
}

impl Jobs {
    fn new(units: &[Unit]) -> Jobs {
        let mut jobs = Jobs::default();
        let mut named = BTreeMap::new();
        for (at, Unit { script, outer, .. }) in units.iter().enumerate() {
            let name = (script.workload.platform, script.workload.name.as_str());
            let job = *named.entry(name).or_insert_with(|| {
                jobs.steps.push(Vec::new());
                jobs.steps.len() - 1
            });
            jobs.of.push(job);
            if outer.is_some() {
                continue;
            }
            jobs.steps[job].push(at);
            jobs.outermost.push(at);
            let names: BTreeSet<&str> = script.part.split(' ').collect();
            for name in names {
                jobs.parts.entry(name.to_owned()).or_default().push(at);
            }
        }
        jobs
    }
}

/// What is known of a script takes some kilobytes, however short it is. No more of one file are looked at.
const MOST: usize = 20_000;

/// A text may stand in a text as often as those nest. No more bytes of such texts in one file are looked at.
const NESTED: usize = 512 * 1024;

const MORE: &str = "it holds more scripts than are looked at";

/// Whether some scripts of a file were not looked at.
pub(super) fn is_cut(skipped: &[Skipped]) -> bool {
    skipped.iter().any(|it| it.reason == MORE)
}

/// Texts that stand in texts deeper than this are not opened.
const DEEPEST: usize = 8;

/// What was opened, each file with all its scripts.
pub(super) struct Units<'f> {
    files: &'f dyn Files,
    pub(super) repository: &'f Repository,
    pub(super) sources: Vec<Source>,
    opened: Vec<Vec<Unit>>,
    jobs: Vec<Jobs>,
    by_path: BTreeMap<Arc<str>, usize>,
    /// By the last part of their paths; `None` where several are called so.
    by_name: BTreeMap<String, Option<usize>>,
    skipped: Vec<Skipped>,
}

impl<'f> Units<'f> {
    pub(super) fn new(files: &'f dyn Files, repository: &'f Repository) -> Units<'f> {
        let (sources, opened, jobs, by_path, by_name, skipped) = Default::default();
        Units { files, repository, sources, opened, jobs, by_path, by_name, skipped }
    }

    pub(super) fn add(&mut self, source: Source, units: Vec<Unit>) -> usize {
        let at = self.sources.len();
        self.by_path.insert(source.path.clone(), at);
        let name = source.path.rsplit('/').next().unwrap_or_default();
        self.by_name.entry(name.to_owned()).and_modify(|it| *it = None).or_insert(Some(at));
        self.sources.push(source);
        self.jobs.push(Jobs::new(&units));
        self.opened.push(units);
        at
    }

    /// Opens the file at `path`, unless it is open already.
    pub(super) fn open(&mut self, path: &str) -> Option<usize> {
        self.at_path(path).or_else(|| {
            let source = self.files.at(path)?;
            let units = read(&source, self.repository, &mut self.skipped);
            Some(self.add(source, units))
        })
    }

    /// Opens every file with a script that is `wanted`, or with links, if it is kept, and tells
    /// which those are.
    pub(super) fn open_wanted(
        &mut self,
        wanted: &(dyn Fn(&str) -> bool + Sync),
        keep: &(dyn Fn(&Units<'f>, &Source, &Unit) -> bool + Sync),
    ) -> Vec<usize> {
        let this = &*self;
        let found = Mutex::new(Vec::new());
        this.files.wanted(wanted, &|source| {
            if this.at_path(&source.path).is_some() {
                return;
            }
            let Some(platform) = platform::of(&source).filter(|it| it.may_run()) else { return };
            let mut skipped = Vec::new();
            let mut scripts =
                scripts(&source, platform, this.repository, &Wanted::ALL, &mut skipped);
            if !scripts.iter().any(|it| wanted(&it.text) || !it.links.is_empty()) {
                scripts.clear();
            }
            let units = parsed(&source, scripts, &mut skipped);
            let is_kept = units.iter().any(|it| keep(this, &source, it));
            lock(&found).push((is_kept.then_some(units), source, skipped));
        });
        let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        found.sort_by(|(_, a, _), (_, b, _)| a.path.cmp(&b.path));
        found.dedup_by(|(_, a, _), (_, b, _)| a.path == b.path);
        let mut opened: Vec<usize> =
            (0..self.sources.len()).filter(|it| wanted(self.sources[*it].raw())).collect();
        for (units, source, skipped) in found {
            self.skipped.extend(skipped);
            opened.extend(units.map(|it| self.add(source, it)));
        }
        opened
    }

    /// Whether a script is a program, or stands in one.
    pub(super) fn is_in_program(&self, id: Id) -> bool {
        let units = self.of(id.source);
        let of = |at: usize| units.get(at);
        let outer = |it: &&Unit| it.outer.as_ref().and_then(|it| of(it.script));
        let mut all = std::iter::successors(of(id.script), outer);
        all.any(|it| !lang::SHELLS.contains(&it.script.language))
    }

    pub(super) fn catalog(&self) -> &Catalog {
        &self.repository.catalog
    }

    pub(super) fn get(&self, id: Id) -> &Unit {
        &self.opened[id.source][id.script]
    }

    /// The script that a nested one stands in, all the way out.
    pub(super) fn outermost(&self, mut id: Id) -> &Unit {
        while let Some(outer) = &self.get(id).outer {
            id.script = outer.script;
        }
        self.get(id)
    }

    pub(super) fn of(&self, source: usize) -> &[Unit] {
        &self.opened[source]
    }

    /// The job that a script is a part of, of those of its file.
    pub(super) fn job(&self, id: Id) -> usize {
        self.jobs[id.source].of[id.script]
    }

    /// The steps of the job that a script is a part of, in their order.
    pub(super) fn steps(&self, id: Id) -> &[usize] {
        &self.jobs[id.source].steps[self.job(id)]
    }

    /// The scripts of a file that are meant by a part of it; `Some("")` is its first.
    pub(super) fn meant(&self, source: usize, part: Option<&str>) -> Vec<usize> {
        let Jobs { parts, outermost, .. } = &self.jobs[source];
        match part {
            None => outermost.clone(),
            Some("") => {
                let is_first = |it: &usize| self.is_first(Id { source, script: *it });
                outermost.iter().copied().filter(is_first).collect()
            }
            Some(part) => parts.get(part).cloned().unwrap_or_default(),
        }
    }

    /// Whether a script is called like the first of its file.
    pub(super) fn is_first(&self, id: Id) -> bool {
        self.of(id.source).first().is_some_and(|it| it.script.part == self.get(id).script.part)
    }

    /// What a file sets for its scripts, each once, however many of those share it.
    pub(super) fn variables(&self, source: usize) -> impl Iterator<Item = &Variable> {
        Environment::all(self.of(source).iter().map(|it| &it.script.environment))
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (Id, &Unit)> {
        self.opened.iter().enumerate().flat_map(|(source, units)| {
            units.iter().enumerate().map(move |(script, unit)| (Id { source, script }, unit))
        })
    }

    pub(super) fn at_path(&self, path: &str) -> Option<usize> {
        self.by_path.get(path).copied()
    }

    /// The open file that alone has this name.
    pub(super) fn named(&self, name: &str) -> Option<&str> {
        let at = self.by_name.get(name).copied().flatten()?;
        Some(&self.sources[at].path)
    }

    /// Whether a file is open, or one of a folder, whose path ends with its slash.
    pub(super) fn is_open(&self, path: &str) -> bool {
        let folder = path.trim_start_matches('/');
        let next = || self.by_path.range(Arc::<str>::from(folder)..).next();
        let is_within = || next().is_some_and(|(it, _)| it.starts_with(folder));
        self.by_path.contains_key(path) || path.ends_with('/') && is_within()
    }

    /// Whether there is such a file, opened or not.
    pub(super) fn has(&self, path: &str) -> bool {
        self.by_path.contains_key(path) || self.files.has(path)
    }

    /// Whether there is such a file, and no other than one with that part.
    pub(super) fn may_hold(&self, path: &str, part: Option<&str>) -> bool {
        match (self.at_path(path), part) {
            (Some(source), Some(part)) if !part.is_empty() => {
                self.jobs[source].parts.contains_key(part)
            }
            _ => self.has(path),
        }
    }

    /// The first file of that path from one of the folders, with its whole path.
    pub(super) fn text(&self, folders: Vec<String>, path: &str) -> Option<(String, String)> {
        let path = path.replace('\\', "/");
        let whole = folders.iter().filter_map(|it| normal(&format!("{it}/{path}")));
        let read = |it: &String| self.files.at(it).map(|it| it.raw().to_owned());
        whole.filter(|it| self.has(it)).find_map(|it| Some((it.clone(), read(&it)?)))
    }

    pub(super) fn finish(self) -> (Vec<Source>, Vec<Skipped>) {
        (self.sources, self.skipped)
    }
}

/// The scripts of a file, parsed.
fn read(source: &Source, repository: &Repository, skipped: &mut Vec<Skipped>) -> Vec<Unit> {
    let Some(platform) = platform::of(source) else { return Vec::new() };
    let scripts = scripts(source, platform, repository, &Wanted::ALL, skipped);
    parsed(source, scripts, skipped)
}

/// The scripts of a file that has a hint, parsed, if one of them may sign in.
pub(super) fn read_hinted(
    source: &Source,
    repository: &Repository,
    skipped: &mut Vec<Skipped>,
) -> Vec<Unit> {
    let whole = Plain::of(source.raw());
    let Some(platform) = platform::of(source) else {
        if whole.may_sign_in(Run::Unknown) {
            let reason = "it may hold a sign-in, and workid does not read files of its kind";
            skipped.push(Skipped { path: source.path.to_string(), reason: reason.to_owned() });
        }
        return Vec::new();
    };
    let run = platform.run;
    if !whole.may_sign_in(run) {
        return Vec::new();
    }
    // A file is often one script.
    let may_sign_in = |it: &str| it.len() == source.raw().len() || Plain::of(it).may_sign_in(run);
    let wanted = Wanted { part: &|it| whole.may_sign_in_within(it, run), text: &may_sign_in };
    let mut scripts = scripts(source, platform, repository, &wanted, skipped);
    // What is only set runs nothing, and of texts that nobody is known to run each stands alone.
    let is_guess = matches!(run, Run::Unknown | Run::Documentation);
    let is_alone = scripts.len() == 1 && run == Run::Attended;
    let mut is_any = false;
    scripts.retain(|it| {
        let is_set = it.language == "settings";
        let is_wanted = match is_set {
            true if it.place.is_whole() => whole.may_set(),
            true => Plain::of(&it.text).may_set(),
            false => may_sign_in(&it.text),
        };
        is_any |= is_wanted;
        is_wanted || !is_set && !is_guess
    });
    let may_run = |it: &Variable| it.command.is_some() && whole.may_sign_in_within(it.span, run);
    is_any |= Environment::all(scripts.iter().map(|it| &it.environment)).any(may_run);
    drop(whole);
    if is_alone && scripts.is_empty() {
        let reason = "it may hold a sign-in, and workid reads what files of its kind set, and no scripts in them";
        skipped.push(Skipped { path: source.path.to_string(), reason: reason.to_owned() });
    }
    if is_any { parsed(source, scripts, skipped) } else { Vec::new() }
}

/// The language of a script, if it can be read there.
fn language(script: &Script) -> Option<&'static Language> {
    lang::by_name(script.language).filter(|_| !script.place.is_unknown())
}

fn scripts(
    source: &Source,
    platform: &Platform,
    repository: &Repository,
    wanted: &Wanted<'_>,
    skipped: &mut Vec<Skipped>,
) -> Vec<Script> {
    let mut scripts = platform.read(source, repository, wanted).unwrap_or_else(|reason| {
        skipped.push(Skipped { path: source.path.to_string(), reason });
        platform::scripts_by_lines(source)
    });
    if scripts.len() > MOST {
        scripts.truncate(MOST);
        skipped.push(Skipped { path: source.path.to_string(), reason: MORE.to_owned() });
    }
    if scripts.iter().any(|it| it.copies.are_cut()) {
        let reason = "it brings more files along than are looked for where it has them";
        skipped.push(Skipped { path: source.path.to_string(), reason: reason.to_owned() });
    }
    scripts
}

fn parsed(source: &Source, scripts: Vec<Script>, skipped: &mut Vec<Skipped>) -> Vec<Unit> {
    let mut units = Vec::new();
    let mut add = |script: Script, outer, units: &mut Vec<Unit>| match language(&script) {
        Some(language) => {
            let parsed = language.parse(&script.text, &script.expressions);
            if let Some(reason) = parsed.unread {
                let (path, reason) = (source.path.to_string(), reason.to_owned());
                skipped.push(Skipped { path, reason });
            }
            units.push(Unit { script, parsed, outer });
        }
        // What cannot hold a sign-in is nothing to speak of.
        None if !script.links.is_empty() => {
            units.push(Unit { script, parsed: Parsed::default(), outer });
        }
        None if hinted(&script.text) => {
            let reason = format!("it holds a script in {} that is not read", script.language);
            skipped.push(Skipped { path: source.path.to_string(), reason });
        }
        None => {}
    };
    for script in scripts {
        add(script, None, &mut units);
    }
    // What nests stands behind what it nests in, so that this comes to all of it.
    let (mut at, mut left, mut is_all) = (0, NESTED, true);
    while at < units.len() {
        for (script, outer) in nested(&units, at) {
            match left.checked_sub(script.text.len()) {
                Some(less) => {
                    left = less;
                    add(script, Some(outer), &mut units);
                }
                None => is_all = false,
            }
        }
        at += 1;
    }
    if !is_all {
        skipped.push(Skipped { path: source.path.to_string(), reason: MORE.to_owned() });
    }
    units
}

/// The scripts that stand in a script, with where they do.
fn nested(units: &[Unit], at: usize) -> Vec<(Script, Outer)> {
    let unit = &units[at];
    let above = std::iter::successors(unit.outer.as_ref(), |it| units[it.script].outer.as_ref());
    if above.count() >= DEEPEST {
        return Vec::new();
    }
    let of = |it: &Nested| {
        let script = Script {
            language: it.language,
            text: it.text.text.clone(),
            place: it.text.place.within(&unit.script.place),
            expressions: it.expressions.clone(),
            environment: unit.script.environment.clone(),
            folder: unit.script.folder.clone(),
            part: unit.script.part.clone(),
            links: Vec::new(),
            session: unit.script.session.clone(),
            copies: unit.script.copies.clone(),
            workload: unit.script.workload.clone(),
        };
        // What stands in a text that is only shown is only shown.
        let purpose = match unit.outer.as_ref().map(|it| it.purpose) {
            Some(around @ (Purpose::Written | Purpose::Printed)) if it.purpose == Purpose::Run => {
                around
            }
            Some(Purpose::Printed) => Purpose::Printed,
            _ => it.purpose,
        };
        (script, Outer { script: at, at: it.at, purpose, is_held: false })
    };
    // What is run may write to Azure, and so matters to a sign-in before it.
    let matters = |it: &&Nested| it.purpose == Purpose::Run || hinted(&it.text.text);
    let held = held(unit).into_iter().map(|(line, start)| {
        let nested = Nested {
            language: unit.script.language,
            text: line.text.clone(),
            expressions: line.expressions.clone(),
            purpose: Purpose::Run,
            at: start,
        };
        let (script, outer) = of(&nested);
        // It stands in the file, and not in the script.
        (Script { place: nested.text.place, ..script }, Outer { is_held: true, ..outer })
    });
    unit.parsed.nested.iter().filter(matters).map(of).chain(held).collect()
}

/// What runs the text that it is given.
const RUNS: &[&str] = &["eval", "iex", "invoke-expression"];

/// The sign-ins that variables of the platform hold, and where the script runs each first.
fn held(unit: &Unit) -> Vec<(&Line, usize)> {
    let is_shell = lang::SHELLS.contains(&unit.script.language);
    let mut names = BTreeSet::new();
    let mut found = Vec::new();
    for call in unit.parsed.calls.iter().filter(|_| is_shell && !unit.script.environment.is_empty())
    {
        let word = match call.arguments.as_slice() {
            [] => &call.command,
            [text] if RUNS.contains(&call.name.as_str()) => text,
            // What is put behind it may be an application's.
            _ => continue,
        };
        let Some(name) = word.variable().map(plain) else { continue };
        let line = unit.script.environment.get(name).and_then(|it| it.command.as_deref());
        found.extend(line.filter(|_| names.insert(name)).map(|it| (it, call.span.start)));
    }
    found
}

/// The name of a variable without what says where it is: `env:NAME`, `env.NAME`.
fn plain(name: &str) -> &str {
    ["env:", "env."].iter().find_map(|it| name.strip_prefix(it)).unwrap_or(name)
}

pub(super) fn lock<T>(it: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    it.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{detect::RULES, scan, text::Span};
    use proptest::prelude::*;

    const PATHS: &[&str] =
        &["a.sh", "b.ps1", ".github/workflows/c.yml", "Dockerfile", "Makefile", "d.yaml", "e.md"];

    const PIECES: &[&str] = &[
        "az login -u a@b.c -p x",
        "Connect-AzAccount -Credential $c",
        "kubelogin get-token -lropc",
        "AZURE_USERNAME: a@b.c\nAZURE_PASSWORD: x\n",
        "AZURE_AD_USER=a\nAZURE_PASSWORD=b\n",
        "curl https://login.microsoftonline.com/t/oauth2/token -d 'grant_type=password&username=a'",
        "sqlcmd -G -U a -P b",
        "az",
        " -u ",
        " ",
        "\n",
        "# ",
        "RUN ",
        "a:\n\t",
        "jobs: {d: {steps: [{run: '",
        "'}]}}",
        "login",
        "azaccount",
    ];

    const NESTING: &[&str] = &[
        "ssh host <<EOF\n",
        "EOF\n",
        "bash -c \"",
        "pwsh -c '",
        "sh -c ",
        "eval ",
        "cat <<'EOF' > a.ps1\n",
        "az login -u a",
        "az login -u ${{ vars.U }}",
        "iex \"az login `$x\"",
        "\"",
        "'",
        "\\\"",
        "\\\\",
        "$p",
        "x='az login -p ",
        "`\"",
        " ",
        "\n",
        "あ",
        "b",
    ];

    /// The sign-ins that are worth a word.
    fn sites(source: &Source, units: &[Unit]) -> usize {
        let of = |unit| {
            let mut found = Vec::new();
            scan::sites_of(Id { source: 0, script: 0 }, unit, source, &mut found);
            found
        };
        let is_guess = matches!(platform::run(source), Some(Run::Unknown | Run::Documentation));
        let is_worth = |it: &scan::Found| !(is_guess && it.site.rule.asks_a_person);
        units.iter().flat_map(of).filter(is_worth).count()
    }

    fn check(text: &str) {
        let repository = Repository::default();
        for path in PATHS {
            let source = Source::new(path, text);
            let all = read(&source, &repository, &mut Vec::new());
            let hinted = read_hinted(&source, &repository, &mut Vec::new());
            let hinted = if scan::hinted(text) { hinted } else { Vec::new() };
            assert_eq!(sites(&source, &all), sites(&source, &hinted), "{path}: {text}");
        }
    }

    #[test]
    fn lines_in_quotes_are_not_entries_to_be_left_out() {
        check("jobs: {d: {steps: [{run: 'a:\n\t\nsqlcmd -G -U a -P b'}]}}");
    }

    #[test]
    fn an_example_without_a_hint_has_no_sign_in() {
        let examples = RULES.iter().flat_map(|it| it.flagged.iter().chain(it.passed));
        examples.for_each(|(_, text)| check(text));
    }

    #[test]
    fn typographic_dashes_hide_no_sign_in() {
        for dash in ['\u{2013}', '\u{2014}', '\u{2015}'] {
            let source = Source::new("b.ps1", &format!("$m = 'é'\naz login {dash}u $u {dash}p $p"));
            assert_eq!(sites(&source, &read(&source, &Repository::default(), &mut Vec::new())), 1);
            check(source.raw());
        }
    }

    fn check_letters(script: &str) {
        let indented = script.replace('\n', "\n          ");
        let text = format!(
            "on: push\njobs:\n  d:\n    steps:\n      - run: |\n          x\n          {indented}"
        );
        let source = Source::new(".github/workflows/a.yml", &text);
        for unit in read(&source, &Repository::default(), &mut Vec::new()) {
            let letters = unit.script.text.char_indices().filter(|(_, it)| it.is_alphanumeric());
            for (at, c) in letters {
                let span = Span::new(at, at + c.len_utf8());
                let Some(it) = unit.script.place.outer(span) else { continue };
                assert!(text[it.start..it.end].ends_with(c), "{c:?} in {text:?}");
            }
        }
    }

    #[test]
    fn escapes_of_a_joined_line_do_not_move_what_follows() {
        check_letters("ssh h <<EOF\nssh h <<EOF\npwsh -c ''\\\\\n\\\\ssh h <<EOF\nssh h <<EOF\n");
    }

    proptest! {
        #[test]
        fn a_text_without_a_hint_has_no_sign_in(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..12)) {
            check(&pieces.concat());
        }

        #[test]
        fn every_letter_of_a_nested_script_is_that_letter_in_the_file(
            pieces in proptest::collection::vec(proptest::sample::select(NESTING), 0..30),
        ) {
            check_letters(&pieces.concat());
        }
    }
}
