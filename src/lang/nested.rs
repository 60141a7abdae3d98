//! Texts that a shell runs, writes or prints, and that have a language of their own: what
//! `bash -c` is given, what a here-document puts into a file.

use super::{
    Assignment, Call, Expression, Nested, Parsed, Part, Purpose, SHELLS, Value, Word,
    handed::{Handed, aliased},
    of_file,
};
use crate::text::{Placed, Span};
use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
};

/// A text that a command prints or is given to read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fed {
    pub(super) words: Vec<Word>,
    pub(super) at: usize,
    pub(super) to: To,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum To {
    /// What begins there reads it.
    Call(usize),
    File(Word),
    /// It is run as it is, in that language.
    Run(&'static str),
    Screen,
}

/// Programs that run a text, and its language.
pub(super) const INTERPRETERS: &[(&str, &str)] = &[
    ("bash", "bash"),
    ("sh", "bash"),
    ("ash", "bash"),
    ("dash", "bash"),
    ("expect", "bash"),
    ("ksh", "bash"),
    ("zsh", "bash"),
    ("su", "bash"),
    ("runuser", "bash"),
    ("ssh", "bash"),
    ("pwsh", "powershell"),
    ("powershell", "powershell"),
    ("cmd", "batch"),
    ("python", "python"),
    ("python3", "python"),
];

/// Commands that have an interpreter somewhere among their arguments.
const CARRIERS: &[&str] = &[
    "command",
    "docker",
    "env",
    "exec",
    "flock",
    "gosu",
    "kubectl",
    "nice",
    "nohup",
    "oc",
    "podman",
    "retry",
    "sshpass",
    "start-process",
    "sudo",
    "time",
    "timeout",
    "winpty",
    "wsl",
    "xargs",
];

/// Commands of the Azure CLI that have a command run in a container or in a cluster, with the options
/// that hold it.
const ELSEWHERE: &[(&str, &[&str])] = &[
    ("az acr run", &["--cmd"]),
    ("az acr task create", &["--cmd"]),
    ("az aks command invoke", &["--command", "-c"]),
    ("az container create", &["--command-line"]),
    ("az container exec", &["--exec-command"]),
    ("az containerapp exec", &["--command"]),
];

/// The options of ssh that take a value.
const SSH: &str = "BbcDEeFIiJLlmOopQRSWw";

/// The parameters of PowerShell that take a value, but for the command itself.
const POWERSHELL: &[&str] = &[
    "-configurationname",
    "-ep",
    "-ex",
    "-executionpolicy",
    "-inputformat",
    "-outputformat",
    "-settingsfile",
    "-version",
    "-windowstyle",
    "-w",
    "-workingdirectory",
    "-wd",
];

/// Commands that put what they read into a file.
const WRITERS: &[&str] =
    &["ac", "add-content", "out-file", "sc", "set-content", "tee", "tee-object"];

/// Alternatives and additions beyond this are not followed.
const MOST: usize = 8;

/// Assignments to one name further back than this are not looked at.
const FURTHEST: usize = 64;

/// The texts in a script of `language`, which is a shell.
pub(super) fn find(
    language: &'static str,
    source: &str,
    parsed: &Parsed,
    handed: &Handed,
) -> Vec<Nested> {
    let assigned = Assigned::new(&parsed.assignments);
    let (seen, nested, variables) = Default::default();
    let mut found = Finder { language, source, parsed, assigned, handed, seen, nested, variables };
    for call in &parsed.calls {
        found.given_to(call);
    }
    for fed in &parsed.fed {
        found.fed(fed);
    }
    found.nested.sort_by_key(|it| it.at);
    found.nested
}

struct Finder<'p> {
    language: &'static str,
    source: &'p str,
    parsed: &'p Parsed,
    assigned: Assigned<'p>,
    handed: &'p Handed,
    /// The assignments whose texts are found already.
    seen: BTreeSet<(&'static str, usize, usize)>,
    nested: Vec<Nested>,
    /// By the file that variables are written into, the first of the texts that hold those.
    variables: BTreeMap<String, usize>,
}

impl Finder<'_> {
    /// What a call runs, writes or prints of what it is given.
    fn given_to(&mut self, call: &Call) {
        let at = call.span.start;
        match call.name.as_str() {
            "eval" | "trap" => {
                let words = if call.name == "trap" {
                    0..1.min(call.arguments.len())
                } else {
                    0..call.arguments.len()
                };
                self.add("bash", &call.arguments[words], at, Purpose::Run);
            }
            "invoke-expression" | "iex" => {
                let word = call.value("-command").or(call.words.first());
                self.add(
                    "powershell",
                    word.map(std::slice::from_ref).unwrap_or_default(),
                    at,
                    Purpose::Run,
                );
            }
            name if let Some((_, options)) = ELSEWHERE.iter().find(|(it, _)| *it == name) => {
                for word in values(&call.arguments, options).iter().take(1) {
                    self.add("bash", std::slice::from_ref(word), at, Purpose::Run);
                }
            }
            "az vm run-command invoke"
            | "az vmss run-command invoke"
            | "az vm run-command create" => {
                let language = shell_of(call.value("--command-id"));
                for word in values(&call.arguments, &["--scripts", "--script"]) {
                    self.add(language, std::slice::from_ref(word), at, Purpose::Run);
                }
            }
            "invoke-azvmruncommand" | "invoke-azvmssvmruncommand" => {
                let word = call.value("-scriptstring");
                let language = shell_of(call.value("-commandid"));
                self.add(
                    language,
                    word.map(std::slice::from_ref).unwrap_or_default(),
                    at,
                    Purpose::Run,
                );
            }
            name if WRITERS.contains(&name) && name.contains('-') => {
                let words = &call.words;
                let value = ["-value", "-inputobject"].iter().find_map(|it| call.value(it));
                let path = path_of(call).or(words.first());
                if let (Some(path), Some(value)) = (path, value.or(words.get(1))) {
                    self.written(std::slice::from_ref(value), path, at);
                }
            }
            "alias" => {
                let text = aliased(call);
                self.add(self.language, text.as_slice(), at, Purpose::Run);
            }
            name if self.handed.runs(call) || runs(name) => {
                let signs_in = |it: &&Word| SIGN_INS.iter().any(|text| it.begins_with(text));
                for word in call.arguments.iter().filter(signs_in) {
                    self.add(self.language, std::slice::from_ref(word), at, Purpose::Run);
                }
            }
            name if prints(name) => {
                for word in &call.arguments {
                    self.add(self.language, std::slice::from_ref(word), at, Purpose::Printed);
                }
            }
            _ => {
                let words: Vec<&Word> =
                    std::iter::once(&call.command).chain(&call.arguments).collect();
                if let Some((language, Given::Text(words))) = interpreter(&words) {
                    self.add(language, &words, at, Purpose::Run);
                }
            }
        }
    }

    fn fed(&mut self, fed: &Fed) {
        match &fed.to {
            To::Run(language) => self.add(language, &fed.words, fed.at, Purpose::Run),
            To::Screen => self.add(self.language, &fed.words, fed.at, Purpose::Printed),
            To::File(path) => self.written(&fed.words, path, fed.at),
            To::Call(start) => {
                let calls = &self.parsed.calls;
                let at = calls.partition_point(|it| it.span.start < *start);
                let Some(call) = calls.get(at).filter(|it| it.span.start == *start) else { return };
                let words: Vec<&Word> =
                    std::iter::once(&call.command).chain(&call.arguments).collect();
                let tee = words
                    .iter()
                    .position(|it| it.literal().is_some_and(|it| basename(&it) == "tee"));
                if let Some((language, Given::Input)) = interpreter(&words) {
                    self.add(language, &fed.words, *start, Purpose::Run);
                } else if matches!(call.name.as_str(), "invoke-expression" | "iex") {
                    self.add("powershell", &fed.words, *start, Purpose::Run);
                } else if let Some(tee) = tee {
                    let path = words[tee + 1..].iter().find(|it| !is_option(it));
                    if let Some(path) = path {
                        self.written(&fed.words, path, *start);
                    }
                } else if WRITERS.contains(&call.name.as_str()) {
                    if let Some(path) = path_of(call).or(call.words.first()) {
                        self.written(&fed.words, path, *start);
                    }
                } else if prints(&call.name) {
                    self.add(self.language, &fed.words, *start, Purpose::Printed);
                } else if call.name == "crontab" {
                    self.add("bash", &fed.words, *start, Purpose::Written);
                }
            }
        }
    }

    /// A text that is put into a file, whose name tells the language.
    fn written(&mut self, words: &[Word], path: &Word, at: usize) {
        let name: String = path.parts.iter().map(|it| written_out(&it.value)).collect();
        let reads = path.reads().join(" ");
        if name.starts_with("/dev/") || reads.contains("STEP_SUMMARY") {
            return self.add(self.language, words, at, Purpose::Printed);
        }
        let file = name.rsplit(['/', '\\']).next().unwrap_or_default();
        if reads.ends_with("GITHUB_ENV") || file.ends_with(".env") {
            let before = self.nested.len();
            self.add("settings", words, at, Purpose::Written);
            return self.join(reads + &name, before);
        }
        let text: String = words
            .iter()
            .flat_map(|it| &it.parts)
            .map(|it| written_out(&it.value))
            .take(1)
            .collect();
        let known = of_file(file, &text).map(|it| it.name);
        // A file whose name does not tell is most often a script like the one that writes it:
        // `login`, `.bashrc`.
        let has_extension = file.trim_start_matches('.').contains('.');
        let language = known.or_else(|| (!has_extension).then_some(self.language));
        if let Some(language) = language {
            self.add(language, words, at, Purpose::Written);
        }
    }

    /// Variables that are written one by one into the same file are read together. What was found is
    /// what stands behind `before`.
    fn join(&mut self, file: String, before: usize) {
        if self.nested.len() != before + 1 {
            return;
        }
        let first = *self.variables.entry(file).or_insert(before);
        if first < before
            && let Some(more) = self.nested.pop()
            && let Some(all) = self.nested.get_mut(first)
        {
            all.text.line();
            let start = all.text.text.len();
            all.text.place.append(start, &more.text.place);
            all.text.text.push_str(&more.text.text);
            all.expressions.extend(more.expressions.into_iter().map(|it| Expression {
                span: Span::new(start + it.span.start, start + it.span.end),
                ..it
            }));
        }
    }

    fn add(&mut self, language: &'static str, words: &[Word], at: usize, purpose: Purpose) {
        let one = match words {
            [word] => word.variable(),
            _ => None,
        };
        let Some(name) = one else {
            let steps: Vec<Step> = words
                .iter()
                .map(|it| Step { word: it.clone(), is_sure: true, joins: false })
                .collect();
            return self.push(language, &steps, at, purpose);
        };
        // However often a text is run, it is one.
        let last = self.assigned.before(name, at).last().map(|it| it.span.start);
        if !last.is_some_and(|it| self.seen.insert((language, purpose as usize, it))) {
            return;
        }
        for steps in held(name, at, &self.assigned) {
            self.push(language, &steps, at, purpose);
        }
    }

    fn push(&mut self, language: &'static str, steps: &[Step], at: usize, purpose: Purpose) {
        let mut text = Placed::default();
        let mut expressions = Vec::new();
        for step in steps {
            if !text.text.is_empty() && !step.joins {
                text.text.push(' ');
            }
            match step.is_sure {
                true => put(self.source, &step.word, &mut text, &mut expressions),
                false => put_unsure(self.source, &step.word, &mut text, &mut expressions),
            }
        }
        let says_something =
            |it: &Step| !it.word.parts.iter().all(|it| written_out(&it.value).trim().is_empty());
        if steps.iter().any(says_something) {
            self.nested.push(Nested { language, text, expressions, purpose, at });
        }
    }
}

/// What an interpreter runs.
pub(super) enum Given {
    Text(Vec<Word>),
    Input,
}

/// The interpreter among the words of a command, and what it runs, unless that is a file.
pub(super) fn interpreter(words: &[&Word]) -> Option<(&'static str, Given)> {
    let named = |it: &&Word| {
        let name = basename(&it.literal()?);
        let name = name.strip_suffix(".exe").unwrap_or(&name);
        INTERPRETERS.iter().find(|(it, _)| *it == name)
    };
    let first = basename(&words.first()?.literal()?);
    let until = if CARRIERS.contains(&first.as_str()) { words.len() } else { 1 };
    let (at, (name, language)) =
        words[..until].iter().enumerate().find_map(|(at, it)| Some((at, named(it)?)))?;
    let rest = &words[at + 1..];
    if *name != "ssh" {
        return Some((language, shell(name, language, rest)?));
    }
    let mut rest = rest.iter();
    while let Some(word) = rest.next() {
        match word.literal() {
            Some(it) if it.starts_with('-') => {
                if it.len() == 2 && it.ends_with(|it| SSH.contains(it)) {
                    rest.next();
                }
            }
            // The host.
            _ => break,
        }
    }
    let remote = rest.as_slice();
    match remote.first().map(named) {
        None => Some((language, Given::Input)),
        Some(Some((name, language))) => Some((language, shell(name, language, &remote[1..])?)),
        Some(None) => Some((language, Given::Text(owned(remote)))),
    }
}

fn shell(name: &str, language: &str, words: &[&Word]) -> Option<Given> {
    let text = |from: usize| Some(Given::Text(owned(words.get(from..)?)));
    let says =
        |at: usize| words.get(at).and_then(|it| it.literal()).map(|it| it.to_ascii_lowercase());
    let mut at = 0;
    while at < words.len() {
        // What is no text at all is an argument.
        let Some(word) = says(at) else { break };
        let is_short = word.starts_with('-') && !word.starts_with("--");
        match language {
            "bash" | "python" if is_short && word.ends_with('c') || word == "--command" => {
                return Some(Given::Text(vec![(*words.get(at + 1)?).clone()]));
            }
            "bash" if is_short && word.contains('s') && word != "-" => return Some(Given::Input),
            "bash" if matches!(word.as_str(), "-o" | "-O" | "--rcfile") => at += 1,
            "bash" | "python" if word.starts_with('-') => {}
            "bash" if matches!(name, "su" | "runuser") => {}
            "powershell" if word == "-" => return Some(Given::Input),
            "powershell" if is_short && word.len() > 1 && "-command".starts_with(&word) => {
                return match says(at + 1).as_deref() {
                    Some("-") => Some(Given::Input),
                    _ => text(at + 1),
                };
            }
            "powershell"
                if is_short
                    && ("-file".starts_with(&word) || "-encodedcommand".starts_with(&word)) =>
            {
                return None;
            }
            "powershell" if POWERSHELL.contains(&word.as_str()) => at += 1,
            "powershell" if is_short => {}
            "batch" if matches!(word.as_str(), "/c" | "/k") => return text(at + 1),
            "batch" if word.starts_with('/') => {}
            "powershell" => return text(at),
            _ => return None,
        }
        at += 1;
    }
    if at < words.len() {
        (language == "powershell").then(|| text(at)).flatten()
    } else {
        Some(Given::Input)
    }
}

fn owned(words: &[&Word]) -> Vec<Word> {
    words.iter().map(|it| (*it).clone()).collect()
}

fn is_option(word: &Word) -> bool {
    word.literal().is_some_and(|it| it.starts_with('-'))
}

/// The words behind an option, up to the next one.
fn values<'w>(words: &'w [Word], options: &[&str]) -> &'w [Word] {
    let Some(at) = words.iter().position(|it| options.iter().any(|option| it.is(option))) else {
        return &[];
    };
    let rest = &words[at + 1..];
    let end = rest.iter().position(is_option).unwrap_or(rest.len());
    &rest[..end]
}

fn shell_of(id: Option<&Word>) -> &'static str {
    let is_powershell =
        id.and_then(Word::literal).is_some_and(|it| it.to_ascii_lowercase().contains("powershell"));
    if is_powershell { "powershell" } else { "bash" }
}

/// Whether a command only shows what it is given: one that writes to a log, or to the screen.
fn prints(name: &str) -> bool {
    const PRINTERS: &[&str] = &[
        "write-debug",
        "write-error",
        "write-host",
        "write-information",
        "write-verbose",
        "write-warning",
        "out-host",
        "logger",
        "wall",
    ];
    PRINTERS.contains(&name)
        || name.contains("log") && !name.contains(' ') && !name.contains("login")
}

/// What functions are called that run the text that they are given.
const RUNS: &[&str] = &["eval", "exec", "execute", "invoke", "retry", "run", "try"];

/// Whether a command that is not known is called like one that runs the text that it is given:
/// `run_cmd`, `Invoke-Retry`.
fn runs(name: &str) -> bool {
    let mut words = name.split(['_', '-']);
    name.contains(['_', '-']) && words.any(|it| RUNS.contains(&it)) && !name.contains(' ')
}

/// How texts begin that are looked at for the sake of the function's name alone.
const SIGN_INS: &[&str] = &["az login", "Connect-Az", "Login-Az"];

/// Whether a command only shows what it is given, as far as its name tells.
pub(super) fn shows(name: &str) -> bool {
    const SHOWS: &[&str] = &[
        "abort", "comment", "debug", "describe", "die", "echo", "err", "error", "example", "exit",
        "fail", "grep", "help", "info", "log", "man", "message", "msg", "note", "output", "print",
        "printf", "read", "say", "step", "title", "type", "usage", "warn", "warning", "whatis",
        "which",
    ];
    let is_shown = |it: &str| {
        SHOWS.contains(&it) || it.ends_with("echo") || it.starts_with("log") && it != "login"
    };
    prints(name) || name.split(['_', '-', '.', ':']).any(is_shown)
}

fn path_of(call: &Call) -> Option<&Word> {
    ["-path", "-filepath", "-literalpath"].iter().find_map(|it| call.value(it))
}

fn written_out(value: &Value) -> &str {
    match value {
        Value::Literal(it) => &it.text,
        Value::Variable(_) | Value::Computed { .. } => "",
    }
}

/// What variables hold is put in the place of those in calls up to so many words of a script.
pub(super) const MOST_HELD: usize = 100_000;

/// The assignments of a script by name.
pub(super) struct Assigned<'p> {
    by_name: BTreeMap<&'p str, Vec<&'p Assignment>>,
    /// How many more words calls may be given; `None` once that was too few.
    left: Cell<Option<usize>>,
}

impl<'p> Assigned<'p> {
    pub(super) fn new(assignments: &'p [Assignment]) -> Assigned<'p> {
        let mut by_name: BTreeMap<&str, Vec<&Assignment>> = BTreeMap::new();
        for it in assignments {
            by_name.entry(&it.name).or_default().push(it);
        }
        Assigned { by_name, left: Cell::new(Some(MOST_HELD)) }
    }

    /// Whether a call may be given so many words more.
    pub(super) fn may_give(&self, words: usize) -> bool {
        self.left.set(self.left.get().and_then(|it| it.checked_sub(words)));
        !self.is_used_up()
    }

    pub(super) fn is_used_up(&self) -> bool {
        self.left.get().is_none()
    }

    /// The assignments to `name` that begin before `at`: the last of them, if they are many.
    pub(super) fn before(&self, name: &str, at: usize) -> &[&'p Assignment] {
        let all = self.by_name.get(name).map(Vec::as_slice).unwrap_or_default();
        let end = all.partition_point(|it| it.span.start < at);
        &all[end.saturating_sub(FURTHEST)..end]
    }
}

/// A piece of what a variable holds.
#[derive(Clone)]
pub(super) struct Step {
    pub(super) word: Word,
    /// It is there on every way through the script.
    pub(super) is_sure: bool,
    /// It stands right behind the piece before.
    joins: bool,
}

/// What a variable may hold at `at`: each text that it may have been set to, with what was added
/// to it since.
pub(super) fn held(name: &str, at: usize, assigned: &Assigned<'_>) -> Vec<Vec<Step>> {
    let mut all: Vec<Vec<Step>> = Vec::new();
    for assignment in assigned.before(name, at) {
        let is_sure = assignment.branch.is_none_or(|it| it.contains(Span::at(at)));
        let mut word = assignment.value.clone();
        let is_own = |it: &Part| matches!(&it.value, Value::Variable(it) if it == name);
        let adds = assignment.adds || word.parts.first().is_some_and(is_own);
        if !assignment.adds && adds {
            word.parts.remove(0);
        }
        let items: Vec<Step> = match assignment.entries.as_slice() {
            [] => vec![Step { word, is_sure: is_sure || !adds, joins: adds }],
            items => items
                .iter()
                .map(|(_, it)| Step { word: it.clone(), is_sure: is_sure || !adds, joins: false })
                .collect(),
        };
        if adds {
            all.iter_mut()
                .filter(|it| it.len() < MOST * MOST)
                .for_each(|it| it.extend(items.iter().cloned()));
        } else {
            if is_sure {
                all.clear();
            }
            if all.len() < MOST {
                all.push(items);
            }
        }
    }
    all
}

/// What may be added stands for an expression that is named after it.
pub(super) fn unsure(word: &Word) -> Word {
    let said: String = word.parts.iter().map(|it| written_out(&it.value)).collect();
    let (first, last) = (word.parts.first(), word.parts.last());
    let span = Span::new(
        first.map_or(word.span.start, |it| it.span.start),
        last.map_or(word.span.end, |it| it.span.end),
    );
    Word { span, parts: vec![Part { span, value: Value::Variable(said.trim().to_owned()) }] }
}

fn put_unsure(source: &str, word: &Word, text: &mut Placed, expressions: &mut Vec<Expression>) {
    if !text.text.ends_with(' ') {
        text.text.push(' ');
    }
    let word = unsure(word);
    let said = source.get(word.span.start..word.span.end).unwrap_or_default();
    let blank = said.len() - said.trim_start().len();
    let start = text.text.len();
    text.push(said.trim(), word.span.start + blank);
    let name = word.variable().unwrap_or_default().to_owned();
    expressions.push(Expression { span: Span::new(start, text.text.len()), name });
}

/// The text of a word, with what the outer language puts into it as expressions.
fn put(source: &str, word: &Word, text: &mut Placed, expressions: &mut Vec<Expression>) {
    for part in &word.parts {
        let Some(raw) = source.get(part.span.start..part.span.end) else { continue };
        let name = match &part.value {
            Value::Literal(it) => {
                it.put(part.span, text);
                continue;
            }
            Value::Variable(name) => name.clone(),
            Value::Computed { reads, .. } => reads.first().cloned().unwrap_or_default(),
        };
        let start = text.text.len();
        text.push(raw, part.span.start);
        expressions.push(Expression { span: Span::new(start, text.text.len()), name });
    }
}

/// Whether texts in this language are looked at.
pub(super) fn is_shell(language: &str) -> bool {
    SHELLS.contains(&language)
}

/// The name of a program, whatever its path.
pub(super) fn basename(path: &str) -> String {
    path.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase()
}
