//! Language front-ends: text in, calls out.
//!
//! To add a language, write `lang/<name>.rs` with one [`Language`] and name it twice below.

mod bash;
mod batch;
mod csharp;
mod expressions;
mod functions;
mod go;
mod handed;
mod index;
mod java;
mod javascript;
mod known;
mod kotlin;
mod literal;
mod names;
mod nested;
mod options;
mod powershell;
mod python;
mod settings;
mod tree;
mod walk;

use crate::text::{Placed, Span, pattern};
pub use expressions::Expression;
pub use functions::{Function, Gives, Slot};
use handed::Handed;
pub use literal::Literal;
pub use names::{HOLE, Names};
use nested::{Assigned, Fed, To};
use regex::Regex;
use std::{
    any::Any,
    borrow::Cow,
    sync::{LazyLock, OnceLock},
};

/// The languages whose files are scripts, and no programs: every command in them is a call.
pub const SHELLS: &[&str] = &["bash", "batch", "powershell"];

pub const LANGUAGES: &[&Language] = &[
    &bash::LANGUAGE,
    &batch::LANGUAGE,
    &powershell::LANGUAGE,
    &python::LANGUAGE,
    &csharp::LANGUAGE,
    &javascript::LANGUAGE,
    &go::LANGUAGE,
    &java::LANGUAGE,
    &kotlin::LANGUAGE,
    &settings::LANGUAGE,
];

/// Nobody writes a larger script, in bytes. What is known of one may be some hundred times its size.
const LARGEST: usize = 1024 * 1024;

/// What the rest of the tool needs to know of a language.
pub struct Language {
    pub name: &'static str,
    pub extensions: &'static [&'static str],
    pub shebangs: &'static [&'static str],
    /// A pattern of what a file begins with, comments aside, if its name has no extension.
    openings: Option<&'static str>,
    /// Finds what a text does, in order. Text that does not parse yields what stands around it.
    parse: fn(&str) -> Parsed,
}

/// What is told once of a text, for whoever asks for each part of it.
#[derive(Debug, Default)]
pub struct Once(OnceLock<Told>);

/// One answer, and those that were given after it.
type Told = (Box<dyn Any + Send + Sync>, Box<Once>);

impl Once {
    /// Whoever asks has a type of their own for what they are told.
    pub fn get<T: Any + Send + Sync>(&self, tell: impl FnOnce() -> T) -> Option<&T> {
        let all = || std::iter::successors(Some(self), |it| Some(&*it.0.get()?.1));
        let known = || all().find_map(|it| it.0.get()?.0.downcast_ref());
        known().or_else(|| {
            let new = Box::new(tell());
            // Whoever tells may have asked.
            let last = all().last()?;
            last.0.get_or_init(|| (new, Box::default()));
            known()
        })
    }
}

impl PartialEq for Once {
    /// It follows from the rest.
    fn eq(&self, _: &Once) -> bool {
        true
    }
}

impl Eq for Once {}

/// What a text does, as far as rules ask.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// By its name.
    pub language: &'static str,
    /// In the order in which they begin.
    pub calls: Vec<Call>,
    pub assignments: Vec<Assignment>,
    /// Keys with their values, in maps that no variable is assigned: a dictionary or hashtable
    /// that is an argument, a mapping of YAML.
    pub entries: Vec<Entry>,
    /// The strings that are written out, wherever they stand.
    pub texts: Vec<Word>,
    pub imports: Vec<Import>,
    /// Texts in a language of their own.
    pub nested: Vec<Nested>,
    /// What each comment says, without its sign.
    pub comments: Vec<Span>,
    /// Texts that commands print or are given to read, of which `nested` is made.
    fed: Vec<Fed>,
    functions: Vec<Function>,
    /// How many places could not be understood.
    pub errors: usize,
    /// Why the text was not read, or not to its end.
    pub unread: Option<&'static str>,
    /// What rules ask of the whole of it.
    pub told: Once,
}

/// A command, cmdlet, function or constructor, with what it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Canonical and in lower case: `az login`, `connect-azaccount`. Empty if it is computed.
    pub name: String,
    /// The command and its arguments; no redirections.
    pub span: Span,
    /// The word that names what is run.
    pub command: Word,
    /// All arguments, as they were written.
    pub arguments: Vec<Word>,
    /// The arguments that belong to no option.
    pub words: Vec<Word>,
    /// Options under their canonical names: `--username`, `-credential`.
    pub options: Vec<Opt>,
    pub role: Role,
}

/// An option, and the argument that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opt {
    pub name: String,
    /// From its name to its value; of a splatted one, the splat.
    pub span: Span,
    pub value: Option<Word>,
    /// It comes from a hashtable that is splatted (`@parameters`), and is not written here.
    pub splatted: bool,
    /// A switch that is written out as off, or is off on some ways through the script:
    /// `-Verbose:$false`.
    pub off: bool,
}

/// What the text around a call makes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// A statement, which may be taken away.
    Statement {
        /// What goes away with it: redirections, `| Out-Null`, a following `&&`.
        span: Span,
        /// What must stay in its place for the text to stay valid; often nothing.
        leave: &'static str,
    },
    /// Something else uses what it prints or gives: a pipe, a substitution, an assignment.
    Value,
}

/// `name = value`, in whichever form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Without sigil and scope; in lower case where the language does not tell cases apart.
    pub name: String,
    /// The whole statement.
    pub span: Span,
    pub value: Word,
    /// Of a hashtable: its keys, in lower case, and their values. Of a list: its items, without
    /// keys.
    pub entries: Vec<(String, Word)>,
    /// It adds to what the name had before: `+=`, `$name.key = value`.
    pub adds: bool,
    /// The branch that it stands in, past which it may not have been made; of a parameter's
    /// default, the parameter.
    pub branch: Option<Span>,
}

/// `key: value`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Without quotes, as written.
    pub key: String,
    /// Key and value.
    pub span: Span,
    pub value: Word,
}

/// `from azure.identity import …`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The module, package or namespace: `azure.identity`, `@azure/identity`.
    pub module: String,
    pub span: Span,
}

/// A text that stands in another and has a language of its own: a here-document, what `eval`,
/// `bash -c` or `os.system` is given.
#[derive(Clone)]
pub struct Nested {
    pub language: &'static str,
    /// The text as its own interpreter sees it, and where it stands in this one.
    pub text: Placed,
    /// What this language puts into it, at places of the nested text.
    pub expressions: Vec<Expression>,
    pub purpose: Purpose,
    /// Where it takes effect: the call that runs or prints it.
    pub at: usize,
}

/// What becomes of a nested text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Run,
    /// It is put into a file, to be run later.
    Written,
    /// It is only shown.
    Printed,
}

// A nested text may hold a password.
impl std::fmt::Debug for Nested {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Nested").field("language", &self.language).finish_non_exhaustive()
    }
}

impl PartialEq for Nested {
    fn eq(&self, other: &Nested) -> bool {
        (self.language, self.at, &self.text.text) == (other.language, other.at, &other.text.text)
    }
}

impl Eq for Nested {}

/// A name that is given a value, however that is written: `export NAME=value`, `$name = value`,
/// `name: value`.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'p> {
    pub name: &'p str,
    pub value: &'p Word,
    pub span: Span,
}

/// What a rule may look at.
#[derive(Clone, Copy, Debug)]
pub enum Item<'p> {
    Call(&'p Call),
    Setting(Setting<'p>),
    Text(&'p Word),
}

impl<'p> Item<'p> {
    pub fn call(self) -> Option<&'p Call> {
        match self {
            Item::Call(call) => Some(call),
            Item::Setting(_) | Item::Text(_) => None,
        }
    }

    pub fn span(self) -> Span {
        match self {
            Item::Call(it) => it.span,
            Item::Setting(it) => it.span,
            Item::Text(it) => it.span,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub span: Span,
    pub parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub span: Span,
    pub value: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Written out in the source.
    Literal(Literal),
    /// `$NAME`, `${{ secrets.NAME }}`: the name, not the value.
    Variable(String),
    /// Anything else, such as a command substitution, with the variables that it reads and the
    /// places of the strings that are written out in it.
    Computed { reads: Vec<String>, literals: Vec<Span> },
}

impl Assignment {
    fn new(name: &str, span: Span, value: Word) -> Assignment {
        let (entries, adds, branch) = Default::default();
        Assignment { name: name.to_owned(), span, value, entries, adds, branch }
    }
}

impl Part {
    fn literal(span: Span, text: impl Into<Literal>) -> Part {
        Part { span, value: Value::Literal(text.into()) }
    }
}

impl Word {
    fn computed(span: Span, reads: Vec<String>, literals: Vec<Span>) -> Word {
        let value = Value::Computed { reads, literals };
        Word { span, parts: vec![Part { span, value }] }
    }

    /// What was written out, if all of it was. For names; a password is a place, not a text.
    pub fn literal(&self) -> Option<Cow<'_, str>> {
        match self.parts.as_slice() {
            [] => Some(Cow::Borrowed("")),
            [Part { value: Value::Literal(one), .. }] => Some(Cow::Borrowed(&one.text)),
            parts => parts
                .iter()
                .map(|it| match &it.value {
                    Value::Literal(it) => Some(it.text.as_str()),
                    Value::Variable(_) | Value::Computed { .. } => None,
                })
                .collect::<Option<String>>()
                .map(Cow::Owned),
        }
    }

    pub fn is(&self, text: &str) -> bool {
        self.literal().is_some_and(|it| it == text)
    }

    /// Whether this stands in it, in whichever case. For names; a password is a place, not a text.
    pub fn says(&self, text: &str) -> bool {
        self.said().any(|it| {
            it.len() >= text.len() && it.to_ascii_lowercase().contains(&text.to_ascii_lowercase())
        })
    }

    pub fn fits(&self, pattern: &Regex) -> bool {
        self.said().any(|it| pattern.is_match(it))
    }

    /// Whether this is written out at its beginning.
    pub fn begins_with(&self, text: &str) -> bool {
        let first = self.parts.first().map(|it| &it.value);
        matches!(first, Some(Value::Literal(it)) if it.text.starts_with(text))
    }

    /// Whether this is written out at its end.
    pub fn ends_with(&self, text: &str) -> bool {
        self.end().is_some_and(|it| it.ends_with(text))
    }

    /// What is written out at its end.
    pub fn end(&self) -> Option<&str> {
        match &self.parts.last()?.value {
            Value::Literal(it) => Some(it.text.as_str()),
            Value::Variable(_) | Value::Computed { .. } => None,
        }
    }

    fn said(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|it| match &it.value {
            Value::Literal(it) => Some(it.text.as_str()),
            Value::Variable(_) | Value::Computed { .. } => None,
        })
    }

    /// The variable that this word is, and nothing but that variable.
    pub fn variable(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part { value: Value::Variable(name), .. }] => Some(name),
            _ => None,
        }
    }

    /// Every variable that is read in this word.
    pub fn reads(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for part in &self.parts {
            match &part.value {
                Value::Literal(_) => {}
                Value::Variable(name) => names.push(name.as_str()),
                Value::Computed { reads, .. } => names.extend(reads.iter().map(String::as_str)),
            }
        }
        names
    }

    /// Where text is written out in this word.
    pub fn literals(&self) -> Vec<Span> {
        let mut spans = Vec::new();
        for part in &self.parts {
            match &part.value {
                Value::Literal(_) => spans.push(part.span),
                Value::Variable(_) => {}
                Value::Computed { literals, .. } => spans.extend(literals),
            }
        }
        spans
    }
}

impl Call {
    /// A call as a front-end finds it, before its options are told from its arguments.
    fn new(command: Word, arguments: Vec<Word>, span: Span, role: Role) -> Call {
        let (name, words, options) = Default::default();
        Call { name, span, command, arguments, words, options, role }
    }

    pub fn has(&self, option: &str) -> bool {
        self.option(option).is_some()
    }

    pub fn option(&self, name: &str) -> Option<&Opt> {
        self.options.iter().find(|it| it.name == name && !it.off)
    }

    pub fn value(&self, option: &str) -> Option<&Word> {
        self.option(option)?.value.as_ref()
    }
}

impl Language {
    pub fn parse(&self, text: &str, expressions: &[Expression]) -> Parsed {
        if self.name != settings::LANGUAGE.name && text.len() > LARGEST {
            return Parsed::unread("it is larger than scripts are");
        }
        let masked = expressions::mask(text, expressions);
        let mut parsed = (self.parse)(&masked);
        parsed.language = self.name;
        let mut ordered: Vec<&Expression> = expressions.iter().collect();
        ordered.sort_by_key(|it| it.span);
        if !ordered.is_empty() {
            parsed.words(|word| expressions::restore(word, &ordered));
        }
        let handed =
            if nested::is_shell(self.name) { Handed::new(&parsed) } else { Handed::default() };
        let assignments = std::mem::take(&mut parsed.assignments);
        // A language with names of its own, such as those of methods, has said them already.
        let assigned = Assigned::new(&assignments);
        let splits = matches!(self.name, "bash" | "batch");
        let mut calls = Vec::with_capacity(parsed.calls.len());
        for call in std::mem::take(&mut parsed.calls) {
            match call.name.is_empty() {
                true => calls.extend(options::resolve(call, &assigned, &handed, splits)),
                false => calls.push(call),
            }
        }
        if assigned.is_used_up() {
            parsed.unread = parsed.unread.or(Some(HOLD_TOO_MUCH));
        }
        (parsed.calls, parsed.assignments) = (calls, assignments);
        if nested::is_shell(self.name) {
            parsed.nested.extend(nested::find(self.name, text, &parsed, &handed));
        }
        parsed
    }
}

/// Why not all calls of a text are told what they are given.
const HOLD_TOO_MUCH: &str = "its variables hold more for its calls than is looked at";

impl Parsed {
    fn unread(reason: &'static str) -> Parsed {
        Parsed { errors: 1, unread: Some(reason), ..Parsed::default() }
    }

    /// Puts everything in the order in which it begins; of two that begin together, the outer
    /// one first.
    fn sort(&mut self) {
        let key = |it: Span| (it.start, std::cmp::Reverse(it.end));
        self.calls.sort_by_key(|it| key(it.span));
        self.assignments.sort_by_key(|it| key(it.span));
        self.comments.sort_by_key(|it| it.start);
        self.entries.sort_by_key(|it| key(it.span));
        self.texts.sort_by_key(|it| key(it.span));
        self.imports.sort_by_key(|it| it.span);
    }

    /// Everything that a rule may look at.
    pub fn items(&self) -> impl Iterator<Item = Item<'_>> {
        let calls = self.calls.iter().map(Item::Call);
        let texts = self.texts.iter().map(Item::Text);
        calls.chain(self.settings().map(Item::Setting)).chain(texts)
    }

    pub fn settings(&self) -> impl Iterator<Item = Setting<'_>> {
        let assigned = self.assignments.iter().flat_map(|it| {
            let whole = Setting { name: &it.name, value: &it.value, span: it.span };
            let entries =
                it.entries.iter().map(|(name, value)| Setting { name, value, span: value.span });
            std::iter::once(whole).chain(entries)
        });
        let entries = self.entries.iter().map(|it| Setting {
            name: &it.key,
            value: &it.value,
            span: it.span,
        });
        assigned.chain(entries)
    }

    /// Whether a module whose name begins so is imported.
    pub fn imports(&self, module: &str) -> bool {
        self.imports.iter().any(|it| it.module.starts_with(module))
    }

    fn words(&mut self, mut f: impl FnMut(&mut Word)) {
        for call in &mut self.calls {
            f(&mut call.command);
            call.arguments.iter_mut().for_each(&mut f);
        }
        for assignment in &mut self.assignments {
            f(&mut assignment.value);
            assignment.entries.iter_mut().for_each(|(_, it)| f(it));
        }
        self.entries.iter_mut().for_each(|it| f(&mut it.value));
        self.texts.iter_mut().for_each(&mut f);
        for fed in &mut self.fed {
            fed.words.iter_mut().for_each(&mut f);
            if let To::File(path) = &mut fed.to {
                f(path);
            }
        }
    }
}

/// The end of a statement with the `;` that would end nothing without it, and with the blanks up
/// to the next statement on its line.
fn after_semicolon(text: &str, end: usize) -> usize {
    match text[end..].trim_start_matches([' ', '\t']).strip_prefix(';') {
        Some(after) if !after.starts_with([';', '&']) => {
            let next = after.trim_start_matches([' ', '\t']);
            let is_last = next.is_empty() || next.starts_with(['\n', '\r']);
            text.len() - if is_last { after.len() } else { next.len() }
        }
        _ => end,
    }
}

/// Whether a key is written as the names of environment variables are.
fn is_environment(key: &str) -> bool {
    key.contains('_') && !key.bytes().any(|it| it.is_ascii_lowercase())
}

pub fn by_name(name: &str) -> Option<&'static Language> {
    LANGUAGES.iter().copied().find(|it| it.name == name)
}

/// The language of a file, by its name or by how it begins.
pub fn of_file(path: &str, text: &str) -> Option<&'static Language> {
    let name = path.rsplit('/').next().unwrap_or(path);
    if let Some((_, extension)) = name.rsplit_once('.') {
        return of_extension(extension).or_else(|| of_template(name));
    }
    if let Some(first) = text.lines().next()?.strip_prefix("#!") {
        let mut words = first.split(['/', ' ', '\t']);
        return words
            .find_map(|word| LANGUAGES.iter().copied().find(|it| it.shebangs.contains(&word)));
    }
    static OPENINGS: LazyLock<Vec<(&Language, Regex)>> = LazyLock::new(|| {
        let opening = |it: &&'static Language| Some((*it, pattern(it.openings?)));
        LANGUAGES.iter().filter_map(opening).collect()
    });
    OPENINGS.iter().find(|(_, opening)| opening.is_match(text)).map(|(it, _)| *it)
}

fn of_extension(extension: &str) -> Option<&'static Language> {
    let extension = extension.to_ascii_lowercase();
    LANGUAGES.iter().copied().find(|it| it.extensions.contains(&extension.as_str()))
}

/// What templates of Jinja, Terraform, Helm, Go and Ruby end with, behind the extension of what they make.
const TEMPLATES: &[&str] = &[".erb", ".j2", ".jinja2", ".template", ".tftpl", ".tmpl", ".tpl"];

/// The language of what a template makes, if that is a script or sets variables: `deploy.sh.j2`. Structured
/// data has holes that its own reader takes for its signs.
pub fn of_template(name: &str) -> Option<&'static Language> {
    let name = name.to_ascii_lowercase();
    let made = TEMPLATES.iter().find_map(|it| name.strip_suffix(it))?;
    let (_, extension) = made.rsplit_once('.')?;
    of_extension(extension).filter(|it| SHELLS.contains(&it.name) || extension == "env")
}

#[cfg(test)]
mod testing {
    use super::*;

    /// The three tables of a language: calls with what they are given, texts without their sign-in
    /// (`None` where something uses what it gives), and assignments.
    pub(super) fn holds(
        language: &Language,
        found: &[(&str, &str)],
        removals: &[(&str, Option<&str>)],
        assigned: &[(&str, &[&str])],
    ) {
        for (text, expected) in found {
            assert_eq!(calls(language, text, &[]), *expected, "{text}");
        }
        for (text, expected) in removals {
            let name = if text.contains("az login") { "az login" } else { "connect-azaccount" };
            assert_eq!(without(language, text, name).as_deref(), *expected, "{text}");
        }
        for (text, expected) in assigned {
            assert_eq!(assignments(language, text), *expected, "{text}");
        }
    }

    /// What the comments say.
    pub(super) fn said<'t>(language: &Language, text: &'t str) -> Vec<&'t str> {
        language.parse(text, &[]).comments.iter().map(|it| &text[it.start..it.end]).collect()
    }

    /// What is written out in the options of the first call.
    pub(super) fn written<'t>(language: &Language, text: &'t str) -> Vec<&'t str> {
        let parsed = language.parse(text, &[]);
        let values = parsed.calls[0].options.iter().filter_map(|it| it.value.as_ref());
        values.flat_map(Word::literals).map(|it| &text[it.start..it.end]).collect()
    }

    /// Every call that `kept` names, on a line of its own: its name, its other words in brackets,
    /// its options with their values.
    pub(super) fn calls(language: &Language, text: &str, kept: &[&str]) -> String {
        let parsed = language.parse(text, &[]);
        let calls =
            parsed.calls.iter().filter(|it| kept.is_empty() || kept.contains(&it.name.as_str()));
        calls.map(call).collect::<Vec<_>>().join("; ")
    }

    fn call(call: &Call) -> String {
        let words: Vec<_> = call.words.iter().map(word).collect();
        let words = if words.is_empty() { words } else { vec![format!("[{}]", words.join(" "))] };
        let options = call.options.iter().filter(|it| !it.off).map(|it| {
            let sign = if it.splatted { "@" } else { "" };
            let value = it.value.as_ref().map(|it| format!("={}", word(it)));
            format!("{sign}{}{}", it.name, value.unwrap_or_default())
        });
        let all = std::iter::once(call.name.clone()).chain(words).chain(options);
        all.collect::<Vec<_>>().join(" ")
    }

    /// `text`, `$variable`, `{what a computed part reads}`.
    pub(super) fn word(word: &Word) -> String {
        let part = |it: &Part| match &it.value {
            Value::Literal(it) => it.text.clone(),
            Value::Variable(name) => format!("${name}"),
            Value::Computed { reads, .. } => format!("{{{}}}", reads.join(" ")),
        };
        word.parts.iter().map(part).collect()
    }

    /// The text without the first call of that name; none if its value is used.
    pub(super) fn without(language: &Language, text: &str, name: &str) -> Option<String> {
        let parsed = language.parse(text, &[]);
        match parsed.calls.iter().find(|it| it.name == name)?.role {
            Role::Statement { span, leave } => {
                Some(format!("{}{leave}{}", &text[..span.start], &text[span.end..]))
            }
            Role::Value => None,
        }
    }

    /// `name = value`, with the entries of hashtables.
    pub(super) fn assignments(language: &Language, text: &str) -> Vec<String> {
        let parsed = language.parse(text, &[]);
        let entry = |(key, value): &(String, Word)| format!(" {key}={}", word(value));
        let line = |it: &Assignment| {
            let sign = if it.adds { "+=" } else { "=" };
            let entries: String = it.entries.iter().map(entry).collect();
            format!("{} {sign} {}{entries}", it.name, word(&it.value))
        };
        parsed.assignments.iter().map(line).collect()
    }

    /// What stands in a text in a language of its own: that language, what becomes of it, the text
    /// with `‹…›` for what is put into it.
    pub(super) fn nested(language: &Language, text: &str) -> Vec<String> {
        let parsed = language.parse(text, &[]);
        let line = |it: &Nested| {
            let mut said = it.text.text.clone();
            for expression in it.expressions.iter().rev() {
                let Span { start, end } = expression.span;
                said.replace_range(start..end, &format!("‹{}›", expression.name));
            }
            let purpose = match it.purpose {
                Purpose::Run => "",
                Purpose::Written => " to a file",
                Purpose::Printed => " to the screen",
            };
            format!("{}{purpose}: {}", it.language, said.trim())
        };
        parsed.nested.iter().map(line).collect()
    }

    /// Every letter of a nested text that has a place is that letter there.
    fn check_nested(parsed: &Parsed, text: &str) {
        for nested in &parsed.nested {
            let inner = &nested.text.text;
            for expression in &nested.expressions {
                assert!(inner.get(expression.span.start..expression.span.end).is_some());
            }
            for (at, c) in inner.char_indices().filter(|(_, it)| it.is_alphanumeric()) {
                let place = nested.text.place.outer(Span::new(at, at + c.len_utf8()));
                let Some(it) = place else { continue };
                let said = &text[it.start..it.end];
                assert!(
                    said.ends_with(c) || said.starts_with('\\'),
                    "{said:?} is not {c:?} in {text:?}"
                );
            }
        }
    }

    /// Fails unless every place is one in the text, inside what it is a part of, and in order.
    pub(super) fn check_places(language: &Language, text: &str) {
        let parsed = language.parse(text, &[]);
        let mut all: Vec<Span> = parsed.comments.clone();
        for call in &parsed.calls {
            all.extend([call.span, call.command.span]);
            all.extend(call.options.iter().map(|it| it.span));
            if let Role::Statement { span, .. } = call.role {
                all.push(span);
                assert!(span.contains(call.span), "{span:?} around {:?}", call.span);
            }
            let values = call.options.iter().filter_map(|it| it.value.as_ref());
            for word in call.arguments.iter().chain([&call.command]).chain(values) {
                places(word, &mut all);
            }
        }
        for assignment in &parsed.assignments {
            all.push(assignment.span);
            places(&assignment.value, &mut all);
            assignment.entries.iter().for_each(|(_, it)| places(it, &mut all));
        }
        for span in all {
            assert!(text.get(span.start..span.end).is_some(), "{span:?} in {text:?}");
        }
        check_nested(&parsed, text);
        let entries = parsed.entries.iter().map(|it| &it.value);
        let mut all = Vec::new();
        parsed.texts.iter().chain(entries).for_each(|it| places(it, &mut all));
        for span in all {
            assert!(text.get(span.start..span.end).is_some(), "{span:?} in {text:?}");
        }
        assert!(parsed.calls.is_sorted_by_key(|it| it.span.start));
        assert!(parsed.assignments.is_sorted_by_key(|it| it.span.start));
        assert!(parsed.comments.is_sorted_by_key(|it| it.start));
    }

    fn places(word: &Word, all: &mut Vec<Span>) {
        all.push(word.span);
        all.extend(word.literals());
        let mut done = word.span.start;
        for part in &word.parts {
            assert!(done <= part.span.start && part.span.end <= word.span.end, "{word:?}");
            all.push(part.span);
            done = part.span.end;
        }
    }
}
