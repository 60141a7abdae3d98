//! Which files the calls and links of a script lead to.

use super::{
    path::{normal, tail},
    units::{Unit, Units},
};
use crate::{
    lang::{Call, Word},
    platform::{Command, Link, PLATFORMS, Words},
    text::Source,
};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

/// Changes of the folder further back than so many are not looked at.
pub(super) const FOLDERS: usize = 8;

/// What a call or a link leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// Where in the script.
    pub(super) at: usize,
    pub(super) path: String,
    /// Of that file, the scripts that are called so; `Some("")` is its first.
    pub(super) part: Option<String>,
    pub(super) by: By,
    /// The repository has no such path, but one file that is called so.
    pub(super) is_guess: bool,
}

/// How a file is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// As the script that it is.
    Path,
    Link,
    /// By a command of its platform.
    Command(&'static str),
}

const INTERPRETERS: &[&str] = &[
    "bash",
    "sh",
    "dash",
    "zsh",
    "pwsh",
    "powershell",
    "source",
    ".",
    "&",
    "exec",
    "sudo",
    "time",
    "nohup",
    "python",
    "python3",
];

/// The commands of all platforms, by the programs that they are.
static COMMANDS: LazyLock<BTreeMap<&str, Vec<(&str, &Command)>>> = LazyLock::new(|| {
    let mut all: BTreeMap<&str, Vec<(&str, &Command)>> = BTreeMap::new();
    for platform in PLATFORMS {
        for command in platform.commands {
            let programs = command.programs.iter().filter_map(|it| it.split(' ').next());
            let programs: BTreeSet<&str> = programs.collect();
            programs.into_iter().for_each(|it| {
                all.entry(it).or_default().push((platform.name, command));
            });
        }
    }
    all
});

/// Commands that change the folder.
pub(super) const MOVES: &[&str] = &["cd", "pushd", "set-location", "push-location"];

/// In the order in which the script comes to them.
pub(super) fn targets(units: &Units<'_>, source: &Source, unit: &Unit) -> Vec<Target> {
    let own = &*source.path;
    let beside = own.rsplit_once('/').map_or("", |(it, _)| it);
    let (moves, found) = Default::default();
    let mut reader = Reader { units, unit, own, beside, moves, found };
    for call in &unit.parsed.calls {
        reader.call(call);
    }
    for link in &unit.script.links {
        reader.link(link);
    }
    reader.found.sort_by_key(|it| it.at);
    reader.found
}

struct Reader<'u> {
    units: &'u Units<'u>,
    unit: &'u Unit,
    own: &'u str,
    beside: &'u str,
    /// The folders that the script went to.
    moves: Vec<String>,
    found: Vec<Target>,
}

impl Reader<'_> {
    fn call(&mut self, call: &Call) {
        if MOVES.contains(&call.name.as_str()) {
            self.moves.extend(call.arguments.first().and_then(tail));
            return;
        }
        let at = call.span.start;
        let name = match call.command.variable() {
            // `$(MAKE) deploy`
            Some(name) => Cow::Owned(name.to_ascii_lowercase()),
            None => Cow::Borrowed(call.name.split(' ').next().unwrap_or_default()),
        };
        for (by, command) in COMMANDS.get(&*name).into_iter().flatten() {
            self.command(command, &name, call, By::Command(by));
        }
        if let Some((path, is_guess)) = script(call).and_then(|it| self.at(&it)) {
            self.found.push(Target { at, path, part: None, by: By::Path, is_guess });
        }
    }

    fn link(&mut self, link: &Link) {
        for path in link.paths.iter().filter_map(|it| normal(it)) {
            let is_folder = link.paths.iter().any(|it| it.ends_with('/'));
            let path = if is_folder { format!("{path}/") } else { path };
            // A script of the same file may be meant, but not the file as a whole.
            let is_other = path != self.own || link.part.is_some();
            if is_other && (is_folder || self.units.may_hold(&path, link.part.as_deref())) {
                let (at, part, by) = (link.at, link.part.clone(), By::Link);
                self.found.push(Target { at, path, part, by, is_guess: false });
            }
        }
    }

    /// What a command makes of its arguments, if it is this one.
    fn command(&mut self, command: &Command, name: &str, call: &Call, by: By) {
        let mut words = call.arguments.iter().map(tail);
        let (mut file, mut folder, mut rest) = (None, None, Vec::new());
        while let Some(word) = words.next() {
            let Some(word) = word else { continue };
            let (option, value) = match word.split_once('=') {
                Some((option, value)) if word.starts_with('-') => {
                    (option.to_owned(), Some(value.to_owned()))
                }
                _ => (word.clone(), None),
            };
            let mut value = || value.clone().or_else(|| words.next().flatten());
            if command.file.contains(&option.as_str()) {
                file = value();
            } else if command.folder.contains(&option.as_str()) {
                folder = value();
            } else if !word.starts_with('-') {
                rest.push(word);
            }
        }
        let is_program = |program: &&str| {
            let more: Vec<&str> = program.split(' ').skip(1).collect();
            program.split(' ').next() == Some(name)
                && rest.iter().zip(&more).all(|(a, b)| a == b)
                && rest.len() >= more.len()
        };
        let Some(program) = command.programs.iter().find(|it| is_program(it)) else { return };
        rest.drain(..program.split(' ').count() - 1);
        let mut parts = vec![command.part.map(str::to_owned)];
        let mut files: Vec<String> = command.files.iter().map(|it| (*it).to_owned()).collect();
        let mut folders = vec![folder.unwrap_or_default()];
        match command.words {
            Words::Nothing => {}
            Words::Parts => {
                // `make VARIABLE=value`
                rest.retain(|it| !it.contains('='));
                parts = rest.into_iter().map(Some).collect();
                if parts.is_empty() {
                    parts.push(Some(String::new()));
                }
            }
            Words::Files => files = rest,
            // Which options take a value is not known, but which words are folders is.
            Words::Folders => folders = rest.into_iter().rev().chain(folders).collect(),
        }
        if let Some(file) = file {
            // A file that is named is found from where the command runs.
            (files, folders) = (vec![file], vec![String::new()]);
        }
        let paths = folders.iter().flat_map(|folder| {
            files.iter().map(move |name| match folder.as_str() {
                "" => name.clone(),
                folder => format!("{folder}/{name}"),
            })
        });
        let found = paths.filter_map(|it| match it.is_empty() || it.ends_with('/') {
            true => self
                .folders()
                .next()
                .and_then(|in_it| normal(&format!("{in_it}/{it}")))
                .map(|it| (format!("{it}/"), false)),
            false => self.at(&it),
        });
        let most = if command.words == Words::Files { usize::MAX } else { 1 };
        let found: Vec<(String, bool)> = found.take(most).collect();
        for (path, is_guess) in found {
            for part in &parts {
                let (at, path, part) = (call.span.start, path.clone(), part.clone());
                self.found.push(Target { at, path, part, by, is_guess });
            }
        }
    }

    /// The folders from which a path may be meant, the likeliest first.
    fn folders(&self) -> impl Iterator<Item = String> {
        let from = self.unit.script.folder.as_str();
        let moves = self.moves.iter().rev().take(FOLDERS);
        let moved =
            moves.flat_map(move |it| [format!("{from}/{it}"), format!("{}/{it}", self.beside)]);
        [from.to_owned(), self.beside.to_owned(), String::new()].into_iter().chain(moved)
    }

    /// The file of the repository that is meant by a path, if it has that; and whether it is only
    /// called so.
    fn at(&self, path: &str) -> Option<(String, bool)> {
        let copied = self.unit.script.copies.iter().filter_map(|(there, here)| {
            let rest = path.strip_prefix("./").unwrap_or(path).strip_prefix(there.as_str())?;
            (rest.is_empty() || there.ends_with('/') || there.is_empty())
                .then(|| format!("{here}{rest}"))
        });
        let candidates = copied.chain(self.folders().map(|it| format!("{it}/{path}")));
        let mut candidates = candidates.filter_map(|it| normal(&it));
        let found = candidates.find(|it| it != self.own && self.units.has(it));
        // Where a machine has its files, no repository shows; what they are called there, it does.
        let installed = || {
            let name = path.strip_prefix('/')?.rsplit('/').next()?;
            self.units.named(name).filter(|it| *it != self.own).map(str::to_owned)
        };
        found.map(|it| (it, false)).or_else(|| Some((installed()?, true)))
    }
}

/// The path of the script that a call runs, as written.
fn script(call: &Call) -> Option<String> {
    let word = if INTERPRETERS.contains(&call.name.trim_end_matches(".exe")) {
        let file = |it: &&Word| tail(it).is_some_and(|it| it.contains('.') && !it.starts_with('-'));
        call.arguments.iter().find(file)?
    } else {
        &call.command
    };
    let path = tail(word)?.replace('\\', "/");
    (path.contains('.') || path.contains('/')).then_some(path)
}
