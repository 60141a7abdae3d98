//! PowerShell scripts.
//!
//! The parser is written by hand: where a statement ends is told by brackets, quotes, pipes and
//! line breaks, whatever else stands in it. So a text that is wrong, or newer than this, costs no
//! more than the statement it is in.

mod characters;
mod joined;
mod methods;
#[cfg(test)]
mod tests;
mod values;

use super::{
    Assignment, Call, Import, Language, Parsed, Part, Role, Value, Word, after_semicolon,
    functions::{self, Function, Parameter},
    nested::{Fed, To},
    options,
};
use crate::text::{Span, pattern};
use regex::Regex;
use std::{collections::HashSet, sync::LazyLock};

/// Runbooks that a portal gave have no extension. Nothing else begins like this.
const OPENINGS: &str = concat!(
    r"(?i)\A(?:\s|#[^\r\n]*|<#(?s:.*?)#>)*",
    r"(?:param\s*\(|\[(?:cmdletbinding|parameter|outputtype)\b|workflow\s+[\w-]+\s*\{|function\s+[a-z]+-\w+\s*[({])",
);

pub(super) const LANGUAGE: Language = Language {
    name: "powershell",
    extensions: &["ps1", "psm1"],
    shebangs: &["pwsh", "powershell"],
    openings: Some(OPENINGS),
    parse,
};

fn parse(text: &str) -> Parsed {
    let has_bound = BOUND_PARAMETERS.is_match(text);
    let read = |strings_end_with_lines| {
        let mut script = Script { text, strings_end_with_lines, has_bound, ..Script::default() };
        script.block(None, Use::Statement);
        script
    };
    // A quote that nothing closes turns all quotes after it around. Then only lines can be read.
    let mut script = read(false);
    if script.is_string_open {
        script = read(true);
    }
    script.parsed.sort();
    script.parsed
}

static BOUND_PARAMETERS: LazyLock<Regex> = LazyLock::new(|| pattern("(?i)@psboundparameters"));

/// No script nests deeper on purpose. What does is skipped, so that the stack lasts.
const DEEPEST: usize = 64;

/// No type or attribute is longer, so what seems to be one is another bracket.
const LONGEST_TYPE: usize = 2000;
const LONGEST_NAME: usize = 200;

/// A list with more items is no list of arguments.
const LONGEST_LIST: usize = 200;

/// What the text around a statement does with what it gives.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Statement,
    /// It decides whether a block runs.
    Condition,
    Value,
}

/// What ends a pipeline without giving anything on.
const SINKS: &[&str] = &[
    "out-default",
    "out-host",
    "out-null",
    "write-debug",
    "write-host",
    "write-information",
    "write-verbose",
];

/// What comes before a block, some with something in brackets between.
const BLOCKS: &[&str] = &[
    "begin",
    "catch",
    "clean",
    "do",
    "dynamicparam",
    "else",
    "elseif",
    "end",
    "finally",
    "for",
    "foreach",
    "if",
    "inlinescript",
    "parallel",
    "process",
    "sequence",
    "switch",
    "trap",
    "try",
    "until",
    "while",
];

/// What goes on with the statement of the block before.
const ARMS: &[&str] = &["catch", "else", "elseif", "finally"];

const DEFINITIONS: &[&str] = &["class", "configuration", "enum", "filter", "function", "workflow"];

const EXITS: &[&str] = &["exit", "return", "throw"];

/// Scopes that say where a variable is, and not which.
const SCOPES: &[&str] = &["global", "local", "private", "script", "using", "variable", "workflow"];

/// Variables that the language sets.
const CONSTANTS: &[&str] = &["_", "false", "null", "true"];

#[derive(Default)]
struct Script<'t> {
    text: &'t str,
    at: usize,
    /// What closes the brackets that are open.
    open: Vec<char>,
    strings_end_with_lines: bool,
    is_string_open: bool,
    /// Something is given all that its function was.
    has_bound: bool,
    parsed: Parsed,
    /// The names of the functions before, in lower case.
    functions: HashSet<String>,
    /// What the function takes that is being read, and how many brackets are open around its statements.
    takes: Vec<Parameter>,
    level: usize,
    /// All variables and strings so far: those of a computed word are the ones since it began.
    reads: Vec<String>,
    literals: Vec<Span>,
    /// The last expression, hashtable, list of a method's arguments, and statement in brackets,
    /// for those who must know what stands at the place that was just read.
    word: Option<Word>,
    table: Option<(Span, Vec<(String, Word)>)>,
    arguments: Option<(Span, Vec<Word>)>,
    /// The items of the last list.
    items: Option<(Span, Vec<Word>)>,
    /// What the statements of the last block give, if that is a value.
    lines: Vec<Word>,
    /// The call of the cmdlet that an object puts together.
    cmdlet: Option<usize>,
    /// The last file that something is redirected to, and where that ends.
    file: Option<(usize, Word)>,
    inner: Option<(Span, Head)>,
}

/// The call that a statement is, and where its own pipeline is.
#[derive(Clone, Copy)]
struct Head {
    call: usize,
    span: Span,
}

/// Where a computed word begins.
#[derive(Clone, Copy)]
struct Mark {
    at: usize,
    reads: usize,
    literals: usize,
}

impl Script<'_> {
    /// Statements up to the bracket that closes them; their head, if it is one statement.
    pub(super) fn block(&mut self, close: Option<char>, of: Use) -> Option<Head> {
        let (mut head, mut count) = (None, 0);
        let mut lines = Vec::new();
        loop {
            self.skip_space();
            match self.peek() {
                None => {
                    self.parsed.errors += usize::from(close.is_some());
                    break;
                }
                Some(';') => self.bump(),
                it @ Some(')' | '}' | ']') if it == close => {
                    self.bump();
                    break;
                }
                Some(it @ (')' | '}' | ']')) => {
                    self.parsed.errors += 1;
                    // It closes something further out, and what closes this is missing.
                    if self.open.contains(&it) {
                        break;
                    }
                    self.bump();
                }
                Some(_) => {
                    let start = self.at;
                    (self.word, self.items) = (None, None);
                    head = self.statement(of);
                    if of == Use::Value {
                        self.line(Span::new(start, self.at), &mut lines);
                    }
                    count += 1;
                    if self.at == start {
                        self.bump();
                    }
                }
            }
        }
        self.lines = lines;
        head.filter(|_| count == 1)
    }

    /// The items that a statement adds to a list.
    fn line(&self, span: Span, lines: &mut Vec<Word>) {
        if lines.len() > LONGEST_LIST {
            return;
        }
        match (&self.items, &self.word) {
            (Some((place, items)), _) if *place == span => lines.extend(items.iter().cloned()),
            (_, Some(word)) if word.span == span => lines.push(word.clone()),
            _ => lines.push(Word::computed(span, Vec::new(), Vec::new())),
        }
    }

    /// What is between brackets, the first of which is next.
    pub(super) fn brackets(&mut self, close: char, of: Use) -> Option<Head> {
        self.enter(close, |it| it.block(Some(close), of)).flatten()
    }

    pub(super) fn enter<T>(
        &mut self,
        close: char,
        inside: impl FnOnce(&mut Self) -> T,
    ) -> Option<T> {
        self.bump();
        if self.open.len() >= DEEPEST {
            self.skip_brackets();
            return None;
        }
        self.open.push(close);
        let result = inside(self);
        self.open.pop();
        Some(result)
    }

    pub(super) fn skip_brackets(&mut self) {
        self.parsed.errors += 1;
        let mut open = 1_usize;
        while let Some(next) = self.peek().filter(|_| open > 0) {
            match next {
                '(' | '{' | '[' => open += 1,
                ')' | '}' | ']' => open -= 1,
                _ => {}
            }
            self.bump();
        }
    }

    pub(super) fn statement(&mut self, of: Use) -> Option<Head> {
        self.attributes();
        let keyword = self.keyword();
        match keyword.as_str() {
            "param" if self.follows(keyword.len(), "(") => {
                self.at += keyword.len();
                self.skip_space();
                self.parameters();
            }
            it if self.is_block(it) => self.arms(of),
            it if DEFINITIONS.contains(&it) => self.definition(it.len()),
            it if EXITS.contains(&it) => {
                self.at += it.len();
                self.skip_blanks();
                if !self.is_end() {
                    self.nested(|it| it.statement(Use::Value));
                }
            }
            _ if self.peek() == Some('{') => _ = self.brackets('}', of),
            _ => return self.chain(of),
        }
        None
    }

    /// `[CmdletBinding()]`, where the parameters are on the same line.
    fn attributes(&mut self) {
        let start = self.at;
        while self.skip_type() {
            self.skip_space();
        }
        let keyword = self.keyword();
        if keyword != "param" || !self.follows(keyword.len(), "(") {
            self.at = start;
        }
    }

    pub(super) fn is_block(&self, keyword: &str) -> bool {
        let opening = if matches!(keyword, "foreach" | "switch") { "({-" } else { "({[" };
        BLOCKS.contains(&keyword) && self.follows(keyword.len(), opening)
    }

    /// `if (…) {…}` and its like. Where they give a value, all arms give it.
    pub(super) fn arms(&mut self, of: Use) {
        loop {
            self.arm(of);
            let end = self.at;
            self.skip_space();
            if of != Use::Value || !ARMS.contains(&self.keyword().as_str()) {
                self.at = end;
                return;
            }
        }
    }

    pub(super) fn arm(&mut self, of: Use) {
        let keyword = self.keyword();
        self.at += keyword.len();
        self.skip_space();
        while let Some('[' | '-' | ',') = self.peek() {
            if !self.skip_type() {
                self.bump();
                self.take_while(|it| it.is_alphanumeric());
            }
            self.skip_space();
        }
        if self.peek() == Some('(') {
            match keyword.as_str() {
                "if" | "elseif" | "while" | "until" => _ = self.brackets(')', Use::Condition),
                "foreach" => self.loop_variable(),
                _ => _ = self.brackets(')', Use::Value),
            }
        }
        let end = self.at;
        let assigned = self.parsed.assignments.len();
        self.skip_space();
        let start = self.at;
        // The condition after `do {…}` has no block.
        if self.peek() == Some('{') && keyword != "until" {
            let of = if of == Use::Value { of } else { Use::Statement };
            self.brackets('}', of);
        } else {
            self.at = end;
        }
        if matches!(keyword.as_str(), "if" | "elseif" | "else" | "switch" | "catch") {
            let branch = Span::new(start.min(self.at), self.at);
            for it in &mut self.parsed.assignments[assigned..] {
                it.branch = it.branch.or(Some(branch));
            }
        }
    }

    /// `($name in …)`
    pub(super) fn loop_variable(&mut self) {
        let mark = self.mark();
        self.brackets(')', Use::Value);
        if let Some(name) = self.reads.get(mark.reads).cloned() {
            let value = self.computed(Mark { reads: mark.reads + 1, ..mark });
            self.parsed.assignments.push(Assignment::new(&name, value.span, value));
        }
    }

    pub(super) fn definition(&mut self, keyword: usize) {
        self.at += keyword;
        let start = self.at;
        self.take_while(|it| !"({});\n".contains(it));
        let name = self.text[start..self.at].trim().to_owned();
        self.bound(self.parsed.assignments.len());
        let outer = (std::mem::take(&mut self.takes), self.level);
        if self.peek() == Some('(') {
            self.level = self.open.len();
            self.parameters();
        }
        let end = self.at;
        self.skip_space();
        if self.peek() == Some('{') {
            self.level = self.open.len() + 1;
            self.brackets('}', Use::Statement);
            let body = Span::new(start, self.at);
            self.functions.insert(name.to_ascii_lowercase());
            let parameters = std::mem::take(&mut self.takes);
            self.parsed.functions.push(Function { name, body, parameters });
        } else {
            self.at = end;
        }
        (self.takes, self.level) = outer;
    }

    /// What a function is given by name, with the parameters since `first`: `@PSBoundParameters`.
    fn bound(&mut self, first: usize) {
        if !self.has_bound {
            return;
        }
        let at = Span::at(self.at);
        let variable = |name: &str| Part { span: at, value: Value::Variable(name.to_owned()) };
        let entry =
            |it: &Assignment| (it.name.clone(), Word { span: at, parts: vec![variable(&it.name)] });
        let entries = self.parsed.assignments[first..].iter().map(entry).collect();
        let value = Word::computed(at, Vec::new(), Vec::new());
        let assignment = Assignment::new(options::BOUND, at, value);
        self.parsed.assignments.push(Assignment { entries, ..assignment });
    }

    /// `([type] $name = default, …)`
    pub(super) fn parameters(&mut self) {
        let first = self.parsed.assignments.len();
        let is_own = self.open.len() == self.level;
        self.enter(')', |it| {
            loop {
                it.skip_space();
                let start = it.at;
                while it.skip_type() {
                    it.skip_space();
                }
                match it.peek() {
                    Some(')') => return it.bump(),
                    None | Some('}') => {
                        it.parsed.errors += 1;
                        return;
                    }
                    Some('$') => it.parameter(start, is_own),
                    Some(_) => it.bump(),
                }
            }
        });
        self.bound(first);
    }

    fn parameter(&mut self, start: usize, is_own: bool) {
        let mark = self.mark();
        let types = self.text[start..self.at].to_ascii_lowercase();
        let Some(name) = self.variable() else { return self.bump() };
        if is_own && self.takes.len() < functions::MOST {
            let is_switch = types.contains("[switch]");
            self.takes.push(Parameter { name: name.clone(), at: start, is_switch });
        }
        let end = self.at;
        self.skip_space();
        let has_default = self.peek() == Some('=');
        let value = if has_default {
            self.bump();
            self.skip_space();
            self.expression(true);
            self.word.take().unwrap_or_else(|| self.computed(mark))
        } else {
            self.at = end;
            Word::computed(Span::at(end), Vec::new(), Vec::new())
        };
        let place = Span::new(start, self.at);
        // A default is not taken if the caller gives another value.
        let branch = has_default.then_some(place);
        let assignment = Assignment::new(&name, place, value);
        self.parsed.assignments.push(Assignment { branch, ..assignment });
    }

    /// Pipelines with `&&` and `||` between them, of which each but the last decides about the
    /// next.
    pub(super) fn chain(&mut self, of: Use) -> Option<Head> {
        let mut is_first = true;
        loop {
            let start = self.at;
            let head = self.pipeline(of);
            let end = self.at;
            self.skip_blanks();
            let operator = self.next_is("&&") || self.next_is("||");
            let drops_out = is_first && self.next_is("&&");
            if operator {
                self.at += 2;
                self.skip_space();
            } else {
                self.at = end;
            }
            if is_first && !operator {
                let head = head?;
                match of {
                    Use::Value => {}
                    Use::Condition => self.set_role(head, head.span, "$true"),
                    Use::Statement => {
                        let end = after_semicolon(self.text, end);
                        self.set_role(head, Span::new(start, end), "");
                    }
                }
                return Some(Head { span: Span::new(start, end), ..head });
            }
            if let Some(head) = head.filter(|_| of == Use::Statement) {
                match drops_out {
                    true => self.set_role(head, Span::new(start, self.at), ""),
                    false => self.set_role(head, Span::new(start, end), "$null"),
                }
            }
            if !operator {
                return None;
            }
            is_first = false;
        }
    }

    pub(super) fn set_role(&mut self, head: Head, span: Span, leave: &'static str) {
        self.parsed.calls[head.call].role = Role::Statement { span, leave };
    }

    /// What is piped together. It has a head if it gives nothing to another command.
    pub(super) fn pipeline(&mut self, of: Use) -> Option<Head> {
        let (mut start, before) = (self.at, self.parsed.calls.len());
        self.word = None;
        let head = self.element();
        let mut words = self.given(start, before, head);
        let mut gives = false;
        loop {
            let end = self.at;
            self.skip_blanks();
            if matches!(self.peek(), Some('\r' | '\n')) {
                self.skip_space();
            }
            if self.peek() != Some('|') || self.next_is("||") {
                self.at = end;
                let to = match self.file.take() {
                    Some((at, path)) if at == end => Some(To::File(path)),
                    _ => (of == Use::Statement && !gives && head.is_some()).then_some(To::Screen),
                };
                self.feed(words, start, to);
                return head.filter(|_| !gives);
            }
            self.bump();
            self.skip_space();
            let next = self.element().map(|it| &self.parsed.calls[it.call]);
            let is_sink = |it: &Word| {
                it.literal().is_some_and(|it| SINKS.contains(&it.to_ascii_lowercase().as_str()))
            };
            gives |= !next.is_some_and(|it| is_sink(&it.command));
            if let Some(next) = next {
                start = next.span.start;
                self.feed(words, start, Some(To::Call(start)));
            }
            words = Vec::new();
        }
    }

    fn feed(&mut self, words: Vec<Word>, at: usize, to: Option<To>) {
        if let (Some(to), false) = (to, words.is_empty()) {
            self.parsed.fed.push(Fed { words, at, to });
        }
    }

    /// The text that an element of a pipeline gives on, if it only does that.
    fn given(&self, start: usize, calls: usize, head: Option<Head>) -> Vec<Word> {
        const GIVERS: &[&str] = &["echo", "write", "write-output"];
        let Some(head) = head.filter(|it| it.call >= calls) else {
            return self.word.iter().filter(|it| it.span.start == start).cloned().collect();
        };
        let call = &self.parsed.calls[head.call];
        let name = call.command.literal().unwrap_or_default().to_ascii_lowercase();
        let is_text = |it: &&Word| !it.literal().is_some_and(|it| it.starts_with('-'));
        let texts = call.arguments.iter().take_while(is_text);
        texts.filter(|_| GIVERS.contains(&name.as_str())).cloned().collect()
    }

    pub(super) fn element(&mut self) -> Option<Head> {
        let next = self.peek()?;
        let after = self.peek_after();
        let is_operator = match next {
            '&' => after != Some('&'),
            '.' => after.is_none_or(|it| it.is_whitespace() || "\"'$(".contains(it)),
            _ => false,
        };
        if is_operator {
            self.bump();
            self.skip_blanks();
            return self.command();
        }
        let is_command = match next {
            '"' | '\'' | '$' | '@' | '(' | '[' | '{' | '+' | '-' | '!' | ',' | '=' | '<' | '>' => {
                false
            }
            '.' => !after.is_some_and(|it| it.is_ascii_digit()),
            '0'..='9' => !self.is_number(),
            _ => true,
        };
        if is_command { self.command() } else { self.expression(false) }
    }

    pub(super) fn is_number(&self) -> bool {
        let rest = &self.text[self.at..];
        let end = rest.find(|it: char| !it.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let letters = rest[..end].trim_start_matches(|it: char| it.is_ascii_digit());
        let suffixes = ["", "l", "d", "e", "kb", "mb", "gb", "tb", "pb"];
        letters.starts_with(['x', 'X', 'e'])
            || suffixes.contains(&letters.to_ascii_lowercase().as_str())
    }

    pub(super) fn command(&mut self) -> Option<Head> {
        let start = self.at;
        let mark = self.mark();
        let calls = self.parsed.calls.len();
        let mut command = self.argument();
        // `& (Get-Command name)`
        if let [got] = &self.parsed.calls[calls..]
            && got.command.literal().is_some_and(|it| it.eq_ignore_ascii_case("get-command"))
            && let Some(name) = got.arguments.first().and_then(Word::literal)
        {
            command.parts = vec![Part::literal(command.span, name.into_owned())];
        }
        if self.at == start {
            return None;
        }
        let mut arguments = Vec::new();
        let mut lists = Vec::new();
        let mut end = self.at;
        loop {
            let before = self.at;
            self.skip_blanks();
            if self.is_end() || self.peek() == Some('|') {
                self.at = before;
                break;
            }
            if !self.redirection() {
                let word = self.argument();
                if self.at == word.span.start {
                    self.at = before;
                    break;
                }
                end = self.at;
                let items = self.items.take().filter(|(it, _)| self.is_all(*it, word.span));
                lists.push(items.map(|(_, it)| it));
                arguments.push(word);
            }
        }
        // Its bare words are texts as well; those of other commands are names.
        if command.literal().is_some_and(|it| it.eq_ignore_ascii_case("convertto-securestring")) {
            let bare = |it: &&Word| it.literal().is_some_and(|it| !it.starts_with('-'));
            self.literals.truncate(mark.literals);
            self.literals.extend(arguments.iter().filter(bare).flat_map(Word::literals));
        }
        let call = Span::new(start, end);
        let name = command.literal().unwrap_or_default().to_ascii_lowercase();
        let (command, arguments) = match name.as_str() {
            "start-process" | "saps" => started(&arguments, &lists).unwrap_or((command, arguments)),
            "new-object" => {
                if let Some((of, given)) = constructed(&arguments, &lists) {
                    self.method(of, given, Span::new(start, end));
                }
                (command, arguments)
            }
            "using" => {
                if let [of, module] = arguments.as_slice()
                    && of.literal().is_some_and(|it| it.eq_ignore_ascii_case("namespace"))
                    && let Some(module) = module.literal()
                {
                    self.parsed.imports.push(Import { module: module.into_owned(), span: call });
                }
                (command, arguments)
            }
            // A program is given each item of a list on its own; a cmdlet, the list. A function may hand
            // it on to a program.
            it if !it.contains('-') || self.functions.contains(it) => {
                let given = arguments.into_iter().zip(lists);
                let items = |(word, items): (_, Option<Vec<Word>>)| items.unwrap_or(vec![word]);
                (command, given.flat_map(items).collect())
            }
            _ => (command, arguments),
        };
        self.parsed.calls.push(Call::new(command, arguments, call, Role::Value));
        Some(Head { call: self.parsed.calls.len() - 1, span: Span::new(start, self.at) })
    }

    /// `> file`, `2>&1`, `*> $null`
    pub(super) fn redirection(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let sign = rest.strip_prefix(|it: char| it.is_ascii_digit() || it == '*').unwrap_or(rest);
        if !sign.starts_with(['>', '<']) {
            return false;
        }
        self.at = self.text.len() - sign.len();
        self.take_while(|it| it == '>' || it == '<');
        if self.peek() == Some('&') {
            self.bump();
            self.take_while(|it| it.is_ascii_digit());
        } else {
            self.skip_blanks();
            let path = self.argument();
            if sign.starts_with('>') && !rest.starts_with(|it: char| ('2'..='6').contains(&it)) {
                self.file = Some((self.at, path));
            }
        }
        true
    }
}

/// The program that `Start-Process` starts, and what it gives it.
fn started(arguments: &[Word], lists: &[Option<Vec<Word>>]) -> Option<(Word, Vec<Word>)> {
    let (file, given) = slots("-filepath", arguments);
    let (file, given) = (arguments.get(file?)?.clone(), given?);
    let words = match lists.get(given)? {
        Some(items) => items.clone(),
        None => options::split(arguments.get(given)?),
    };
    Some((file, words))
}

/// The type whose constructor `New-Object` calls, and what that is given.
fn constructed(arguments: &[Word], lists: &[Option<Vec<Word>>]) -> Option<(Word, Vec<Word>)> {
    let (of, given) = slots("-typename", arguments);
    let of = arguments.get(of?)?.clone();
    let given = given.and_then(|it| Some((lists.get(it)?, arguments.get(it)?)));
    let words = given.map(|(items, one)| items.clone().unwrap_or_else(|| vec![one.clone()]));
    Some((of, words.unwrap_or_default()))
}

/// Where the word is that the parameter `first` takes, and where the list of arguments.
fn slots(first: &str, arguments: &[Word]) -> (Option<usize>, Option<usize>) {
    let says = |it: &Word| it.literal().map(|it| it.to_ascii_lowercase()).unwrap_or_default();
    let (mut file, mut given) = (None, None);
    let mut at = 0;
    while at < arguments.len() {
        let name = says(&arguments[at]);
        let is_named = name.len() > 1 && name.starts_with('-');
        let slot = match name.as_str() {
            it if is_named && first.starts_with(it) => &mut file,
            it if is_named && ("-argumentlist".starts_with(it) || it == "-args") => &mut given,
            "-workingdirectory" | "-verb" | "-windowstyle" | "-credential" | "-property" => {
                at += 2;
                continue;
            }
            _ if is_named => {
                at += 1;
                continue;
            }
            _ if file.is_none() => &mut file,
            _ => &mut given,
        };
        at += usize::from(is_named);
        *slot = Some(at);
        at += 1;
    }
    (file, given)
}
