//! PowerShell scripts.
//!
//! The parser is written by hand: where a statement ends is told by brackets, quotes, pipes and
//! line breaks, whatever else stands in it. So a text that is wrong, or newer than this, costs no
//! more than the statement it is in.

use super::{Assignment, Call, Language, Parsed, Part, Role, Value, Word, after_semicolon};
use crate::text::Span;

pub(super) const LANGUAGE: Language = Language {
    name: "powershell",
    extensions: &["ps1", "psm1"],
    shebangs: &["pwsh", "powershell"],
    parse,
};

fn parse(text: &str) -> Parsed {
    let read = |strings_end_with_lines| {
        let mut script = Script { text, strings_end_with_lines, ..Script::default() };
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

/// No script nests deeper on purpose. What does is skipped, so that the stack lasts.
const DEEPEST: usize = 64;

/// No type or attribute is longer, so what seems to be one is another bracket.
const LONGEST_TYPE: usize = 2000;
const LONGEST_NAME: usize = 200;

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
    parsed: Parsed,
    /// All variables and strings so far: those of a computed word are the ones since it began.
    reads: Vec<String>,
    literals: Vec<Span>,
    /// The last expression, hashtable, list of a method's arguments, and statement in brackets,
    /// for those who must know what stands at the place that was just read.
    word: Option<Word>,
    table: Option<(Span, Vec<(String, Word)>)>,
    arguments: Option<(Span, Vec<Word>)>,
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

/// Statements
impl Script<'_> {
    /// Statements up to the bracket that closes them; their head, if it is one statement.
    fn block(&mut self, close: Option<char>, of: Use) -> Option<Head> {
        let (mut head, mut count) = (None, 0);
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
                    head = self.statement(of);
                    count += 1;
                    if self.at == start {
                        self.bump();
                    }
                }
            }
        }
        head.filter(|_| count == 1)
    }

    /// What is between brackets, the first of which is next.
    fn brackets(&mut self, close: char, of: Use) -> Option<Head> {
        self.enter(close, |it| it.block(Some(close), of)).flatten()
    }

    fn enter<T>(&mut self, close: char, inside: impl FnOnce(&mut Self) -> T) -> Option<T> {
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

    fn skip_brackets(&mut self) {
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

    fn statement(&mut self, of: Use) -> Option<Head> {
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

    fn is_block(&self, keyword: &str) -> bool {
        let opening = if matches!(keyword, "foreach" | "switch") { "({-" } else { "({[" };
        BLOCKS.contains(&keyword) && self.follows(keyword.len(), opening)
    }

    /// `if (…) {…}` and its like. Where they give a value, all arms give it.
    fn arms(&mut self, of: Use) {
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

    fn arm(&mut self, of: Use) {
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
        self.skip_space();
        // The condition after `do {…}` has no block.
        if self.peek() == Some('{') && keyword != "until" {
            let of = if of == Use::Value { of } else { Use::Statement };
            self.brackets('}', of);
        } else {
            self.at = end;
        }
    }

    /// `($name in …)`
    fn loop_variable(&mut self) {
        let mark = self.mark();
        self.brackets(')', Use::Value);
        if let Some(name) = self.reads.get(mark.reads).cloned() {
            let value = self.computed(Mark { reads: mark.reads + 1, ..mark });
            self.parsed.assignments.push(Assignment::new(&name, value.span, value));
        }
    }

    fn definition(&mut self, keyword: usize) {
        self.at += keyword;
        self.take_while(|it| !"({});\n".contains(it));
        if self.peek() == Some('(') {
            self.parameters();
        }
    }

    /// `([type] $name = default, …)`
    fn parameters(&mut self) {
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
                    Some('$') => it.parameter(start),
                    Some(_) => it.bump(),
                }
            }
        });
    }

    fn parameter(&mut self, start: usize) {
        let mark = self.mark();
        let Some(name) = self.variable() else { return self.bump() };
        let end = self.at;
        self.skip_space();
        let value = if self.peek() == Some('=') {
            self.bump();
            self.skip_space();
            self.expression(true);
            self.word.take().unwrap_or_else(|| self.computed(mark))
        } else {
            self.at = end;
            Word::computed(Span::at(end), Vec::new(), Vec::new())
        };
        let place = Span::new(start, self.at);
        self.parsed.assignments.push(Assignment::new(&name, place, value));
    }

    /// Pipelines with `&&` and `||` between them, of which each but the last decides about the
    /// next.
    fn chain(&mut self, of: Use) -> Option<Head> {
        let mut is_first = true;
        loop {
            let start = self.at;
            let head = self.pipeline();
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

    fn set_role(&mut self, head: Head, span: Span, leave: &'static str) {
        self.parsed.calls[head.call].role = Role::Statement { span, leave };
    }

    /// What is piped together. It has a head if it gives nothing to another command.
    fn pipeline(&mut self) -> Option<Head> {
        let head = self.element();
        let mut gives = false;
        loop {
            let end = self.at;
            self.skip_blanks();
            if matches!(self.peek(), Some('\r' | '\n')) {
                self.skip_space();
            }
            if self.peek() != Some('|') || self.next_is("||") {
                self.at = end;
                return head.filter(|_| !gives);
            }
            self.bump();
            self.skip_space();
            let next = self.element().map(|it| &self.parsed.calls[it.call].command);
            let is_sink = |it: &Word| {
                it.literal().is_some_and(|it| SINKS.contains(&it.to_ascii_lowercase().as_str()))
            };
            gives |= !next.is_some_and(is_sink);
        }
    }

    fn element(&mut self) -> Option<Head> {
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

    fn is_number(&self) -> bool {
        let rest = &self.text[self.at..];
        let end = rest.find(|it: char| !it.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let letters = rest[..end].trim_start_matches(|it: char| it.is_ascii_digit());
        let suffixes = ["", "l", "d", "e", "kb", "mb", "gb", "tb", "pb"];
        letters.starts_with(['x', 'X', 'e'])
            || suffixes.contains(&letters.to_ascii_lowercase().as_str())
    }

    fn command(&mut self) -> Option<Head> {
        let start = self.at;
        let mark = self.mark();
        let command = self.argument();
        if self.at == start {
            return None;
        }
        let mut arguments = Vec::new();
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
        self.parsed.calls.push(Call::new(command, arguments, call, Role::Value));
        Some(Head { call: self.parsed.calls.len() - 1, span: Span::new(start, self.at) })
    }

    /// `> file`, `2>&1`, `*> $null`
    fn redirection(&mut self) -> bool {
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
            self.argument();
        }
        true
    }
}

/// Words and expressions
impl Script<'_> {
    /// A word of a command: a text with variables in it, something in brackets, or a list of
    /// these.
    fn argument(&mut self) -> Word {
        let mark = self.mark();
        let mut parts = Vec::new();
        self.piece(&mut parts);
        let mut end = self.at;
        let mut is_list = false;
        loop {
            self.skip_blanks();
            if self.peek() != Some(',') {
                break;
            }
            is_list = true;
            self.bump();
            self.skip_space();
            self.piece(&mut parts);
            end = self.at;
        }
        self.at = end;
        if is_list { self.computed(mark) } else { Word { span: Span::new(mark.at, end), parts } }
    }

    fn piece(&mut self, parts: &mut Vec<Part>) {
        let mut plain = Plain::at(self.at);
        let start = self.at;
        while let Some(next) = self.peek() {
            let is_start = self.at == start;
            match next {
                '\r' | '\n' | ';' | '|' | '&' | ')' | '}' | ',' | '>' | '<' => break,
                it if it.is_whitespace() => break,
                '`' if self.is_continuation() => break,
                '(' | '{' if !is_start => break,
                '@' | '(' | '{' | '\'' | '"' | '$' => {
                    plain.end(self.at, parts);
                    if !self.primary(parts) {
                        plain = Plain::at(self.at);
                        plain.text.push(next);
                        self.bump();
                        continue;
                    }
                    plain = Plain::at(self.at);
                }
                ':' if plain.start == start && plain.text.starts_with('-') => {
                    plain.text.push(':');
                    self.bump();
                    plain.end(self.at, parts);
                    plain = Plain::at(self.at);
                }
                '`' => {
                    self.bump();
                    plain.text.extend(self.escaped());
                }
                // A typographic dash begins a parameter; further on it is a character.
                '-' if plain.text.chars().all(|it| it == '-') && plain.start == start => {
                    plain.text.push('-');
                    self.bump();
                }
                _ => {
                    plain.text.extend(self.text[self.at..].chars().next());
                    self.bump();
                }
            }
        }
        plain.end(self.at, parts);
    }

    /// An expression up to the end of its statement; with `single`, up to a comma. It has a head
    /// if all that it does is to drop or to negate what a command in brackets gives.
    fn expression(&mut self, single: bool) -> Option<Head> {
        let mark = self.mark();
        let (mut parts, mut tokens, mut inner) = (Vec::new(), 0, None);
        let (mut end, mut end_of_value) = (self.at, self.at);
        let mut wants_more = false;
        loop {
            if wants_more {
                self.skip_space()
            } else {
                self.skip_blanks()
            }
            let ends = if single { "|]," } else { "|]" };
            let Some(next) = self.peek().filter(|it| !self.is_end() && !ends.contains(*it)) else {
                break;
            };
            let after = self.peek_after();
            tokens += 1;
            wants_more = false;
            match next {
                '=' => return self.assignment(mark, &parts, 1),
                '+' | '-' | '*' | '/' | '%' if after == Some('=') => {
                    return self.assignment(mark, &parts, 2);
                }
                '?' if self.next_is("??=") => return self.assignment(mark, &parts, 3),
                '+' | '-' if after == Some(next) => {
                    self.bump();
                    self.bump();
                }
                '-' => {
                    self.bump();
                    self.take_while(|it| it.is_alphabetic());
                    wants_more = true;
                }
                '[' if self.skip_type() => {
                    if self.postfix() {
                        parts.push(self.computed_part(mark));
                    }
                }
                '$' | '@' | '(' | '{' | '\'' | '"' if self.primary(&mut parts) => {
                    inner = self.inner.filter(|(span, _)| span.end == self.at);
                }
                _ if self.redirection() => {
                    end = self.at;
                    continue;
                }
                it if it.is_alphanumeric() || it == '_' => {
                    let mut plain = Plain::at(self.at);
                    self.take_while(|it| it.is_alphanumeric() || it == '_');
                    plain.text.push_str(&self.text[plain.start..self.at]);
                    plain.end(self.at, &mut parts);
                }
                it => {
                    self.bump();
                    wants_more = "+*/%,!.?:".contains(it);
                }
            }
            (end, end_of_value) = (self.at, self.at);
        }
        self.at = end_of_value;
        self.word = Some(match tokens {
            1 => Word { span: Span::new(mark.at, self.at), parts },
            _ => self.computed(mark),
        });
        self.added(mark);
        self.at = end;
        let (span, head) = inner.filter(|(span, _)| span.end == end_of_value)?;
        let prefix = self.text[mark.at..span.start].trim().to_ascii_lowercase();
        ["", "[void]", "!", "-not"].contains(&prefix.as_str()).then_some(head)
    }

    /// `target = value`, at its operator. What is assigned to `$null` is dropped.
    fn assignment(&mut self, mark: Mark, targets: &[Part], operator: usize) -> Option<Head> {
        let target = self.text[mark.at..self.at].trim_end();
        (0..operator).for_each(|_| self.bump());
        self.skip_space();
        let begin = self.mark();
        self.word = None;
        let head = self.nested(|it| it.statement(Use::Value));
        let place = Span::new(begin.at, self.at);
        let value = self.word.take().filter(|it| it.span == place);
        let value = value.unwrap_or_else(|| self.computed(begin));
        let is_cast = |it: &str| it.is_empty() || it.starts_with('[') && it.ends_with(']');
        let table = self.table.take().filter(|(it, _)| {
            it.end == place.end && it.start >= begin.at && is_cast(&self.text[begin.at..it.start])
        });
        let entries = table.map(|(_, entries)| entries).unwrap_or_default();
        let span = Span::new(mark.at, self.at);
        for part in targets {
            let assignment = match &part.value {
                Value::Literal(_) => continue,
                Value::Variable(name) if name == "null" => return head,
                Value::Variable(name) => Assignment {
                    entries: entries.clone(),
                    adds: operator > 1,
                    ..Assignment::new(name, span, value.clone())
                },
                Value::Computed { reads, .. } => {
                    let Some(name) = reads.first() else { continue };
                    let key = member(target).map(|it| (it, value.clone()));
                    let value = self.computed(begin);
                    let entries = key.into_iter().collect();
                    Assignment { entries, adds: true, ..Assignment::new(name, span, value) }
                }
            };
            self.parsed.assignments.push(assignment);
        }
        None
    }

    /// `$table.Add('key', value)`
    fn added(&mut self, mark: Mark) {
        let Some((place, words)) = self.arguments.take() else { return };
        let [key, value] = words.as_slice() else { return };
        let (true, Some(key)) = (place.end == self.at, key.literal()) else { return };
        let method = self.text.get(mark.at..place.start).unwrap_or_default().to_ascii_lowercase();
        let Some(name) = method.strip_suffix(".add").filter(|it| it.starts_with('$')) else {
            return;
        };
        let span = Span::new(mark.at, self.at);
        let entries = vec![(key.to_ascii_lowercase(), value.clone())];
        let assignment = Assignment::new(&canonical(&name[1..]), span, self.computed(mark));
        self.parsed.assignments.push(Assignment { entries, adds: true, ..assignment });
    }

    /// A value that says where it ends, and the members and elements taken of it.
    fn primary(&mut self, parts: &mut Vec<Part>) -> bool {
        let mark = self.mark();
        let first = parts.len();
        let after = self.peek_after();
        match (self.peek(), after) {
            (Some('$'), _) => {
                if !self.interpolation(parts) {
                    return false;
                }
            }
            (Some('@'), Some('\'' | '"')) => {
                if !self.here_string(parts) {
                    return false;
                }
            }
            (Some('@'), Some('{')) => {
                self.table(mark);
                parts.push(self.computed_part(mark));
            }
            (Some('@'), Some('(')) => {
                self.bump();
                self.brackets(')', Use::Value);
                parts.push(self.computed_part(mark));
            }
            (Some('@'), Some(it)) if it.is_alphabetic() || it == '_' => {
                let Some(name) = self.variable() else { return false };
                let span = Span::new(mark.at, self.at);
                parts.push(Part { span, value: Value::Variable(format!("@{name}")) });
            }
            (Some('('), _) => {
                let head = self.brackets(')', Use::Value);
                self.inner = head.map(|it| (Span::new(mark.at, self.at), it));
                parts.push(self.computed_part(mark));
            }
            (Some('{'), _) => {
                self.brackets('}', Use::Statement);
                parts.push(self.computed_part(mark));
            }
            (Some(quote @ ('\'' | '"')), _) => {
                self.bump();
                self.string(quote, None, parts);
            }
            _ => return false,
        }
        if self.postfix() {
            parts.truncate(first);
            parts.push(self.computed_part(mark));
        }
        true
    }

    /// `.member`, `::member`, `.method(…)`, `[index]`
    fn postfix(&mut self) -> bool {
        let start = self.at;
        loop {
            let sign =
                ["::", "?.", "."].into_iter().find(|it| self.next_is(it)).unwrap_or_default();
            let after = self.text[self.at + sign.len()..].chars().next().map(fold);
            match (sign, after) {
                ("", Some('[')) => _ = self.brackets(']', Use::Value),
                ("", _) => return self.at > start,
                (_, Some(it)) if it.is_alphabetic() || "_$'\"".contains(it) => {
                    self.at += sign.len();
                    if it.is_alphabetic() || it == '_' {
                        self.take_while(|it| it.is_alphanumeric() || it == '_');
                    } else if !self.member_name() {
                        return true;
                    }
                    if self.peek() == Some('(') {
                        self.method_arguments();
                    }
                }
                _ => return self.at > start,
            }
        }
    }

    /// A member whose name is a string or in a variable.
    fn member_name(&mut self) -> bool {
        match self.peek() {
            Some(quote @ ('\'' | '"')) => {
                self.bump();
                self.string(quote, None, &mut Vec::new());
                true
            }
            _ => self.variable().is_some(),
        }
    }

    fn method_arguments(&mut self) {
        let start = self.at;
        let words = self.enter(')', |it| {
            let mut words = Vec::new();
            loop {
                it.skip_space();
                let mark = it.mark();
                match it.peek() {
                    Some(')') => {
                        it.bump();
                        return words;
                    }
                    None | Some('}') => {
                        it.parsed.errors += 1;
                        return words;
                    }
                    Some(_) => {
                        it.expression(true);
                        let word = it.word.take();
                        if it.at == mark.at {
                            it.bump();
                        } else {
                            words.push(word.unwrap_or_else(|| it.computed(mark)));
                        }
                    }
                }
            }
        });
        self.arguments = words.map(|it| (Span::new(start, self.at), it));
    }

    /// `@{ key = value; … }`
    fn table(&mut self, mark: Mark) {
        self.bump();
        let entries = self.enter('}', |it| {
            let mut entries = Vec::new();
            loop {
                it.skip_space();
                match it.peek() {
                    Some('}') => {
                        it.bump();
                        return entries;
                    }
                    None | Some(')') => {
                        it.parsed.errors += 1;
                        return entries;
                    }
                    Some(';' | '=') => it.bump(),
                    Some(_) => entries.extend(it.entry()),
                }
            }
        });
        self.table = entries.map(|it| (Span::new(mark.at, self.at), it));
    }

    fn entry(&mut self) -> Option<(String, Word)> {
        let start = self.at;
        let mut key = Vec::new();
        if !matches!(self.peek(), Some('\'' | '"' | '$' | '(')) || !self.primary(&mut key) {
            let mut plain = Plain::at(start);
            self.take_while(|it| !it.is_whitespace() && !"=;})".contains(it));
            plain.text.push_str(&self.text[start..self.at]);
            plain.end(self.at, &mut key);
        }
        let key = Word { span: Span::new(start, self.at), parts: key };
        self.skip_space();
        if self.peek() != Some('=') {
            if self.at == start {
                self.bump();
            }
            return None;
        }
        self.bump();
        self.skip_space();
        let mark = self.mark();
        self.word = None;
        self.nested(|it| it.statement(Use::Value));
        let place = Span::new(mark.at, self.at);
        let value = self.word.take().filter(|it| it.span == place);
        let value = value.unwrap_or_else(|| self.computed(mark));
        key.literal().map(|it| (it.to_ascii_lowercase(), value))
    }

    /// What is in quotes up to the closing one, or up to `end`.
    fn string(&mut self, quote: char, end: Option<usize>, parts: &mut Vec<Part>) {
        let first = parts.len();
        let mut plain = Plain::at(self.at);
        let mut close = 0;
        while end.is_none_or(|it| self.at < it) {
            let Some(next) = self.peek() else {
                self.is_string_open = true;
                self.parsed.errors += 1;
                break;
            };
            match next {
                '\r' | '\n' if end.is_none() && self.strings_end_with_lines => {
                    self.parsed.errors += 1;
                    break;
                }
                it if it == quote && end.is_none() => {
                    let before = self.at;
                    self.bump();
                    close = self.at - before;
                    if self.peek() != Some(quote) {
                        break;
                    }
                    close = 0;
                    self.bump();
                    plain.text.push(quote);
                }
                '`' if quote == '"' => {
                    self.bump();
                    plain.text.extend(self.escaped());
                }
                '$' if quote == '"' => {
                    plain.end(self.at, parts);
                    let before = self.at;
                    let found = self.interpolation(parts);
                    plain = Plain::at(self.at);
                    if !found {
                        self.at = before;
                        plain.text.push('$');
                        self.bump();
                    }
                }
                _ => {
                    plain.text.extend(self.text[self.at..].chars().next());
                    self.bump();
                }
            }
        }
        plain.end(self.at - close, parts);
        let literals = parts[first..].iter().filter(|it| matches!(it.value, Value::Literal(_)));
        self.literals.extend(literals.map(|it| it.span));
    }

    /// `@"`, lines, `"@`
    fn here_string(&mut self, parts: &mut Vec<Part>) -> bool {
        let rest = &self.text[self.at + 1..];
        let quote = rest.chars().next().unwrap_or_default();
        let Some(first) = rest.find('\n') else { return false };
        if !rest[quote.len_utf8()..first].trim().is_empty() {
            return false;
        }
        let is_end = |it: &str| {
            let mut after = it[1..].chars();
            after.next().map(fold) == Some(fold(quote)) && after.next() == Some('@')
        };
        let mut breaks = rest.match_indices('\n').map(|(at, _)| at);
        let Some(last) = breaks.find(|at| *at >= first && is_end(&rest[*at..])) else {
            self.is_string_open = true;
            return false;
        };
        let start = self.at + 1;
        self.at = start + first + 1;
        let end = start + last - usize::from(rest[..last].ends_with('\r'));
        if self.at < end {
            self.string(fold(quote), Some(end), parts);
        }
        // Brackets that were left open inside may have led further.
        self.at = self.at.max(start + last + 1);
        self.take_while(|it| it == fold(quote));
        if self.peek() == Some('@') {
            self.bump();
        }
        true
    }

    /// `$name` or `$(…)`
    fn interpolation(&mut self, parts: &mut Vec<Part>) -> bool {
        let mark = self.mark();
        if self.next_is("$(") {
            self.bump();
            self.brackets(')', Use::Value);
            parts.push(self.computed_part(mark));
            return true;
        }
        let Some(name) = self.variable() else { return false };
        let span = Span::new(mark.at, self.at);
        parts.push(Part { span, value: Value::Variable(name) });
        true
    }

    /// The name after a `$` or `@`.
    fn variable(&mut self) -> Option<String> {
        let rest = &self.text[self.at + 1..];
        let name_length =
            |it: &str| it.find(|it: char| !it.is_alphanumeric() && it != '_').unwrap_or(it.len());
        let (name, length) = if let Some(braced) = rest.strip_prefix('{') {
            let mut braced_chars = braced.char_indices().take(LONGEST_NAME);
            let (end, _) = braced_chars.find(|(_, it)| *it == '}')?;
            (&braced[..end], end + 2)
        } else {
            let scope = name_length(rest);
            let name = rest[scope..].strip_prefix(':').filter(|_| scope > 0).map_or(0, name_length);
            match (scope, name) {
                (0, _) if rest.starts_with(['$', '?', '^']) => (&rest[..1], 1),
                (0, _) => return None,
                (_, 0) => (&rest[..scope], scope),
                _ => (&rest[..scope + 1 + name], scope + 1 + name),
            }
        };
        self.at += 1 + length;
        let name = canonical(name);
        if !CONSTANTS.contains(&name.as_str()) {
            self.reads.push(name.clone());
        }
        Some(name)
    }

    fn mark(&self) -> Mark {
        Mark { at: self.at, reads: self.reads.len(), literals: self.literals.len() }
    }

    fn computed(&self, since: Mark) -> Word {
        let part = self.computed_part(since);
        Word { span: part.span, parts: vec![part] }
    }

    fn computed_part(&self, since: Mark) -> Part {
        let mut reads = Vec::new();
        for name in &self.reads[since.reads..] {
            if !reads.contains(name) {
                reads.push(name.clone());
            }
        }
        let literals = self.literals[since.literals..].to_vec();
        Part { span: Span::new(since.at, self.at), value: Value::Computed { reads, literals } }
    }
}

/// A literal while it is read.
struct Plain {
    start: usize,
    text: String,
}

impl Plain {
    fn at(start: usize) -> Plain {
        Plain { start, text: String::new() }
    }

    fn end(&mut self, end: usize, parts: &mut Vec<Part>) {
        if self.start < end {
            parts.push(Part::literal(Span::new(self.start, end), std::mem::take(&mut self.text)));
        }
    }
}

/// Characters
impl Script<'_> {
    /// The next character, as the interpreter takes it.
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next().map(fold)
    }

    /// The one after it.
    fn peek_after(&self) -> Option<char> {
        self.text[self.at..].chars().nth(1).map(fold)
    }

    fn next_is(&self, text: &str) -> bool {
        self.text[self.at..].starts_with(text)
    }

    fn bump(&mut self) {
        self.at += self.text[self.at..].chars().next().map_or(0, char::len_utf8);
    }

    fn take_while(&mut self, is: impl Fn(char) -> bool) {
        let rest = &self.text[self.at..];
        self.at += rest.find(|it| !is(fold(it))).unwrap_or(rest.len());
    }

    /// Reads what is one level deeper without a bracket.
    fn nested<T>(&mut self, inside: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.open.len() >= DEEPEST {
            self.parsed.errors += 1;
            self.take_while(|it| it != '\n');
            return None;
        }
        self.open.push('=');
        let result = inside(self);
        self.open.pop();
        result
    }

    /// The letters that are next, in lower case, if they may be a keyword.
    fn keyword(&self) -> String {
        let rest = &self.text[self.at..];
        let end = rest.find(|it: char| !it.is_ascii_alphabetic()).unwrap_or(rest.len());
        let goes_on = |it: char| it.is_alphanumeric() || "-_.\\/:".contains(it);
        let is_keyword = end <= "dynamicparam".len() && !rest[end..].starts_with(goes_on);
        if is_keyword { rest[..end].to_ascii_lowercase() } else { String::new() }
    }

    /// Whether one of `any` is the first thing after `length` bytes, on whichever line.
    fn follows(&self, length: usize, any: &str) -> bool {
        self.text[self.at + length..].trim_start().starts_with(|it| any.contains(fold(it)))
    }

    /// Whether nothing more of this statement can follow here.
    fn is_end(&self) -> bool {
        self.peek().is_none_or(|it| "\r\n;)}&#".contains(it))
    }

    fn is_continuation(&self) -> bool {
        self.next_is("`\n") || self.next_is("`\r\n")
    }

    /// The character that a backtick and the next character stand for.
    fn escaped(&mut self) -> Option<char> {
        let next = self.text[self.at..].chars().next()?;
        self.bump();
        match next {
            '0' => Some('\0'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            '\n' => None,
            it => Some(it),
        }
    }

    /// Skips blanks, joined lines and comments between words.
    fn skip_blanks(&mut self) {
        loop {
            match self.peek() {
                Some('\r' | '\n') | None => return,
                Some(it) if it.is_whitespace() => self.bump(),
                Some('`') if self.is_continuation() => {
                    self.bump();
                    self.take_while(|it| it == '\r');
                    self.bump();
                }
                Some('<') if self.next_is("<#") => self.block_comment(),
                Some(_) => return,
            }
        }
    }

    /// Skips line breaks and all comments as well.
    fn skip_space(&mut self) {
        loop {
            self.skip_blanks();
            match self.peek() {
                Some('\r' | '\n') => self.bump(),
                Some('#') => {
                    let start = self.at;
                    self.take_while(|it| it != '\n');
                    if start > 0 || !self.text.starts_with("#!") {
                        self.comment(start, self.at);
                    }
                }
                _ => return,
            }
        }
    }

    fn block_comment(&mut self) {
        let start = self.at + 2;
        let length = self.text[start..].find("#>");
        self.parsed.errors += usize::from(length.is_none());
        let end = length.map_or(self.text.len(), |it| start + it);
        let mut line = start;
        while line < end {
            let next = self.text[line..end].find('\n').map_or(end, |it| line + it + 1);
            self.comment(line, next);
            line = next;
        }
        self.at = length.map_or(end, |_| end + 2);
    }

    /// Notes what a line says, once: blanks may be skipped more than once.
    fn comment(&mut self, start: usize, end: usize) {
        let line = self.text[start..end].trim_end();
        let said = line.trim_start_matches(|it: char| it == '#' || it.is_whitespace());
        let end = start + line.len();
        let span = Span::new(end - said.len(), end);
        let is_new = self.parsed.comments.last().is_none_or(|it| it.start < span.start);
        if !said.is_empty() && is_new {
            self.parsed.comments.push(span);
        }
    }

    /// Skips `[type]` or `[Attribute(…)]`.
    fn skip_type(&mut self) -> bool {
        let mut quote = None;
        let mut open = 0_usize;
        let rest = &self.text[self.at..];
        if !rest.starts_with('[') || !self.peek_after().is_some_and(char::is_alphabetic) {
            return false;
        }
        for (at, char) in rest.char_indices().take_while(|(at, _)| *at < LONGEST_TYPE) {
            match (quote, fold(char)) {
                (Some(it), char) if it == char => quote = None,
                (Some(_), _) => {}
                (None, it @ ('\'' | '"')) => quote = Some(it),
                (None, '[') => open += 1,
                (None, ']') => open -= 1,
                _ => {}
            }
            if open == 0 {
                self.at += at + 1;
                return true;
            }
        }
        false
    }
}

/// What PowerShell takes a typographic character for.
fn fold(char: char) -> char {
    match char {
        '\u{201c}'..='\u{201e}' => '"',
        '\u{2018}'..='\u{201b}' => '\'',
        '\u{2013}'..='\u{2015}' => '-',
        '\u{feff}' => ' ',
        it => it,
    }
}

/// The name of a variable without the scope that it is looked up in. Those of the environment
/// are not the language's own, and on some systems tell cases apart.
fn canonical(name: &str) -> String {
    match name.split_once(':') {
        Some((scope, name)) if SCOPES.contains(&scope.to_ascii_lowercase().as_str()) => {
            name.to_ascii_lowercase()
        }
        Some((scope, name)) if scope.eq_ignore_ascii_case("env") => format!("env:{name}"),
        _ => name.to_ascii_lowercase(),
    }
}

/// The key in `$table.key`, `$table['key']`.
fn member(target: &str) -> Option<String> {
    let start = target.find(['.', '['])?;
    let key = target[start..].trim_matches(['.', '[', ']', '\'', '"']);
    key.chars().all(|it| it.is_alphanumeric() || it == '_').then(|| key.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::testing::{assignments, calls, check_places, without};
    use proptest::prelude::*;

    #[test]
    fn calls_are_found_with_what_they_are_given() {
        for (text, expected) in CALLS {
            assert_eq!(calls(&LANGUAGE, text, &[]), *expected, "{text}");
        }
    }

    #[test]
    fn a_sign_in_is_taken_away_and_the_text_stays_valid() {
        for (text, expected) in REMOVALS {
            let name = if text.contains("az login") { "az login" } else { "connect-azaccount" };
            assert_eq!(without(&LANGUAGE, text, name).as_deref(), *expected, "{text}");
        }
    }

    #[test]
    fn names_are_followed_to_their_values() {
        for (text, expected) in ASSIGNMENTS {
            assert_eq!(assignments(&LANGUAGE, text), *expected, "{text}");
        }
    }

    #[test]
    fn comments_are_what_stands_after_their_sign() {
        let text =
            "#!/usr/bin/pwsh\n## one\nfoo '# no' # two #3\n<#\n  four\n#>\nfoo <# five #> -x a#b\n";
        assert_eq!(said(text), ["one", "two #3", "four", "five"]);
    }

    #[test]
    fn an_error_costs_no_more_than_its_statement() {
        for wrong in ["foo \"bar", "foo 'bar", "}", "foo )", "$x = @'", "@{ a = ", "<# a"] {
            let text = format!("az login -u a\n{wrong}\nConnect-AzAccount -Credential $c\n");
            let found = calls(&LANGUAGE, &text, &["az login", "connect-azaccount"]);
            let expected = match wrong {
                "<# a" => "az login --username=a",
                _ => "az login --username=a; connect-azaccount -credential=$c",
            };
            assert_eq!(found, expected, "{wrong}");
            assert!(LANGUAGE.parse(&text, &[]).errors > 0, "{wrong}");
        }
    }

    #[test]
    fn what_is_written_out_inside_a_computed_word_is_known() {
        let text = "Connect-AzAccount -Credential ([pscredential]::new('me', \
                    (ConvertTo-SecureString hunter2 -AsPlainText)))";
        assert_eq!(written(text), ["me", "hunter2"]);
    }

    fn said(text: &str) -> Vec<&str> {
        let parsed = LANGUAGE.parse(text, &[]);
        parsed.comments.iter().map(|it| &text[it.start..it.end]).collect()
    }

    fn written(text: &str) -> Vec<&str> {
        let parsed = LANGUAGE.parse(text, &[]);
        let mut all = Vec::new();
        for option in &parsed.calls[0].options {
            let spans = option.value.iter().flat_map(Word::literals);
            all.extend(spans.map(|it| &text[it.start..it.end]));
        }
        all
    }

    #[test]
    fn nesting_does_not_end_with_the_stack() {
        for open in [
            "(",
            "$(a ",
            "{ ",
            "if (x) { ",
            "a && ",
            "\"$(",
            "@{ a = ",
            "$a = ",
            "return ",
            "[",
            "[a",
            "a -b (",
            "@(",
            "$a[",
            "$a.b(",
            "${",
            "function f(",
            "\"",
            "a | ",
            "$a,",
        ] {
            check_places(&LANGUAGE, &open.repeat(100_000));
        }
    }

    proptest! {
        #[test]
        fn any_text_has_its_places_in_order(text in any::<String>()) {
            check_places(&LANGUAGE, &text);
        }

        #[test]
        fn any_pieces_have_their_places_in_order(
            pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..40),
        ) {
            check_places(&LANGUAGE, &pieces.concat());
        }
    }

    const PIECES: &[&str] = &[
        "az login ",
        "Connect-AzAccount ",
        "-Credential ",
        "-Cred:",
        "$c",
        "${x y}",
        "$env:A",
        "$(",
        "(",
        ")",
        "@(",
        "@{",
        "}",
        "{",
        "[string]",
        "[",
        "]",
        "'",
        "\"",
        "`",
        "`\n",
        " ",
        "\n",
        "\r\n",
        "; ",
        "| ",
        "&& ",
        "& ",
        ". ",
        ".Foo",
        "::new",
        "= ",
        "+= ",
        ", ",
        "@'\n",
        "\n'@",
        "@\"\n",
        "\n\"@",
        "# c",
        "<#",
        "#>",
        "if ",
        "else ",
        "foreach ",
        "param",
        "function f ",
        "return ",
        "> $null ",
        "2>&1 ",
        "“",
        "”",
        "‘",
        "’",
        "–",
        "é",
        "あ",
        "$",
        "@p",
        "-not ",
        "$null = ",
        "[void]",
        "| Out-Null",
    ];

    const CALLS: &[(&str, &str)] = &[
        (
            "Connect-AzAccount -Credential $svc -Tenant $t | Out-Null",
            "connect-azaccount -credential=$svc -tenant=$t; out-null",
        ),
        (
            "Login-AzureRmAccount -Credential $svc -SubscriptionId $s",
            "connect-azurermaccount -credential=$svc -subscription=$s",
        ),
        (
            "Connect-AzAccount -Credential ([pscredential]::new($u, $sec))",
            "connect-azaccount -credential={u sec}",
        ),
        (
            "$p = @{Tenant=$t}; if ($c) { $p += @{Credential=$c} }; Connect-AzAccount @p",
            "connect-azaccount @-tenant=$t @-credential=$c",
        ),
        (
            "Connect-AzAccount `\n  -Environment X `\n  -Credential $c",
            "connect-azaccount -environment=X -credential=$c",
        ),
        (
            "Connect-AzAccount -ServicePrincipal -Credential $c -Tenant $t",
            "connect-azaccount -serviceprincipal -credential=$c -tenant=$t",
        ),
        (
            "$svc = Get-AutomationPSCredential -Name 'nightly-bot'",
            "get-automationpscredential -name=nightly-bot",
        ),
        (
            "Connect-AzAccount –Credential $c –Tenant “my tenant”",
            "connect-azaccount -credential=$c -tenant=my tenant",
        ),
        (
            "Connect-AzAccount -Credential:$x -Force:$false -ServicePrincipal:$false -Identity:$true",
            "connect-azaccount -credential=$x -identity=$true",
        ),
        (
            "Connect-AzAccount -Credential $x|Out-File y.txt",
            "connect-azaccount -credential=$x; out-file [y.txt]",
        ),
        (
            "try{Connect-AzAccount -Credential $c -EA Stop}catch{exit 1}",
            "connect-azaccount -credential=$c -erroraction=Stop",
        ),
        (
            r#"az login -u $cred.UserName -p $cred.GetNetworkCredential().Password --tenant "$t""#,
            "az login --username={cred} --password={cred} --tenant=$t",
        ),
        (
            r#"& az login --username=$u "--password=$p" 2>&1 | Out-Null"#,
            "az login --username=$u --password=$p; out-null",
        ),
        (r#"& "C:\Program Files\az.cmd" login -u a -p b"#, "az login --username=a --password=b"),
        ("[void](Connect-AzAccount -Cred $c)", "connect-azaccount -credential=$c"),
        ("$null = Connect-AzAccount -Cred $c", "connect-azaccount -credential=$c"),
        (
            "$x = Connect-AzAccount -Cred $c -ErrorAction Stop",
            "connect-azaccount -credential=$c -erroraction=Stop",
        ),
        (r"Az.Accounts\Connect-AzAccount -Cred $script:c", "connect-azaccount -credential=$c"),
        ("Connect-AzureRmAccount $cred", "connect-azurermaccount -credential=$cred"),
        ("Add-AzureAccount -Credential $cred", "add-azureaccount -credential=$cred"),
        (
            r#"Write-Host "log: Connect-AzAccount -Credential $c""#,
            "write-host [log: Connect-AzAccount -Credential $c]",
        ),
        ("# Connect-AzAccount -Credential $c", ""),
        ("<# Connect-AzAccount\n -Credential $c #>", ""),
        (
            "if (-not (Connect-AzAccount -Credential $c)) { throw 'x' }",
            "connect-azaccount -credential=$c",
        ),
        (
            "function f { param([string]$User, $Pass = 'x') az login -u $User -p $Pass }",
            "az login --username=$user --password=$pass",
        ),
        (
            "$secure = ConvertTo-SecureString hunter2 -AsPlainText -Force",
            "convertto-securestring [hunter2] -asplaintext -force",
        ),
        (
            r#"$c = New-Object System.Management.Automation.PSCredential ($u, (ConvertTo-SecureString "p w" -AsPlainText -Force))"#,
            "new-object [System.Management.Automation.PSCredential {u}]; convertto-securestring [p w] -asplaintext -force",
        ),
        (
            r#"Connect-AzAccount -Credential (Get-Credential) -WhatIf -Subscription 'a''b' -Tenant "x`"y$($z.q)""#,
            r#"connect-azaccount -credential={} -whatif -subscription=a'b -tenant=x"y{z}; get-credential"#,
        ),
        (
            "$p = @{}; $p.Credential = $c; $p['Tenant'] = 't'; $p.Add('Subscription', $s); Login-AzAccount @p -Env $env:AzEnv",
            "connect-azaccount @-credential=$c @-tenant=t @-subscription=$s -environment=$env:AzEnv",
        ),
        ("Connect-AzAccount @PSBoundParameters", "connect-azaccount [$@psboundparameters]"),
        (
            "Get-X | ForEach-Object { Connect-AzAccount -Credential $_.Cred }",
            "get-x; foreach-object [{}]; connect-azaccount -credential={}",
        ),
        (
            "Connect-AzAccount -Identity -AccountId $id; Connect-AzAccount -MSI",
            "connect-azaccount -identity -accountid=$id; connect-azaccount -identity",
        ),
        (
            "if ($a) { Connect-AzAccount -Credential $a } elseif ($b) { Connect-AzAccount -Credential $b } else { Connect-AzAccount }",
            "connect-azaccount -credential=$a; connect-azaccount -credential=$b; connect-azaccount",
        ),
        (
            "switch ($x) { 'a' { Connect-AzAccount -Credential $c } default { az login -u $u -p $p } }",
            "connect-azaccount -credential=$c; az login --username=$u --password=$p",
        ),
        ("return Connect-AzAccount -Credential $c", "connect-azaccount -credential=$c"),
        (
            "Connect-AzAccount -Tenant $t,$u -Credential $c",
            "connect-azaccount -tenant={t u} -credential=$c",
        ),
        (r#"Invoke-Expression "az login -u $u -p $p""#, "invoke-expression [az login -u $u -p $p]"),
        ("az login -u $u -p $p --% --x", "az login [--%] --username=$u --password=$p --x"),
        (
            "$j = az login -u $u -p $p | ConvertFrom-Json",
            "az login --username=$u --password=$p; convertfrom-json",
        ),
        (
            "Connect-AzAccount -Credential $c -Tenant ($x ? 'a' : 'b') && foo",
            "connect-azaccount -credential=$c -tenant={x}; foo",
        ),
        ("@{ a = 1; 'b' = Connect-AzAccount -Credential $c }", "connect-azaccount -credential=$c"),
        ("\"it\nConnect-AzAccount -Credential $c", "connect-azaccount -credential=$c"),
        (
            "$h = @\"\nConnect-AzAccount -Credential $c $(az login -u a)\n\"@; Connect-AzAccount -Credential $d",
            "az login --username=a; connect-azaccount -credential=$d",
        ),
        ("foreach ($u in $users) { az login -u $u -p 'x' }", "az login --username=$u --password=x"),
        (
            "Connect-AzAccount -Cr $c -T $t -Sub $s -Ten x -Use",
            "connect-azaccount -credential=$c -tenant=$t -subscription=$s -tenant=x -usedeviceauthentication",
        ),
        (
            "Login-AzureRmAccount -EnvironmentName 'AzureChinaCloud' -TenantId $t -Credential $c > $null",
            "connect-azurermaccount -environment=AzureChinaCloud -tenant=$t -credential=$c",
        ),
        ("Connect-AzAccount -Credential: $c", "connect-azaccount -credential=$c"),
        (
            r#"$x.Foo($a, "b").Bar; Connect-AzAccount -Credential $x.Foo($a, "b").Bar"#,
            "connect-azaccount -credential={x a}",
        ),
        (
            "Start-Job { Connect-AzAccount -Credential $using:cred } | Wait-Job",
            "start-job [{cred}]; connect-azaccount -credential=$cred; wait-job",
        ),
        ("[pscredential]$c = $d", ""),
        (
            "Connect-AzAccount -Credential ${my cred} -Tenant ‘a’",
            "connect-azaccount -credential=$my cred -tenant=a",
        ),
        ("az login -u $u -p $p || exit 1", "az login --username=$u --password=$p; exit [1]"),
    ];

    const REMOVALS: &[(&str, Option<&str>)] = &[
        ("Connect-AzAccount -Credential $c", Some("")),
        ("foo; Connect-AzAccount -Credential $c | Out-Null; bar", Some("foo; bar")),
        ("Connect-AzAccount -Credential $c 2>&1 | Write-Verbose\nbar", Some("\nbar")),
        ("$null = Connect-AzAccount -Credential $c", Some("")),
        ("[void](Connect-AzAccount -Credential $c)", Some("")),
        ("[void] (Connect-AzAccount -Credential $c) ; bar", Some("bar")),
        ("(Connect-AzAccount -Credential $c) | Out-Null", Some("")),
        ("Connect-AzAccount -Credential $c > $null # why", Some(" # why")),
        ("$x = Connect-AzAccount -Credential $c", None),
        ("$x = Connect-AzAccount -Credential $c | Out-Null", None),
        ("(Connect-AzAccount -Credential $c).Context", None),
        ("$x = if ($a) { Connect-AzAccount -Credential $c } else { 1 }", None),
        ("if (Connect-AzAccount -Credential $c) { foo }", Some("if ($true) { foo }")),
        ("if (!(Connect-AzAccount -Credential $c)) { foo }", Some("if (!($true)) { foo }")),
        ("if ((Connect-AzAccount -Credential $c) -eq $null) { foo }", None),
        (
            "while (-not (Connect-AzAccount -Credential $c -EA 0)) { sleep 1 }",
            Some("while (-not ($true)) { sleep 1 }"),
        ),
        ("try{Connect-AzAccount -Credential $c}catch{exit}", Some("try{}catch{exit}")),
        (
            "try {\n    Connect-AzAccount `\n        -Credential $c `\n        -Tenant $t\n} finally { foo }",
            Some("try {\n    \n} finally { foo }"),
        ),
        ("Connect-AzAccount -Credential $c | Select-Object -First 1", None),
        ("Connect-AzAccount -Credential $c\n  | Out-Null\nbar", Some("\nbar")),
        ("return Connect-AzAccount -Credential $c", None),
        ("function f { Connect-AzAccount -Credential $c }", Some("function f {  }")),
        ("az login -u $u -p $p && az group list", Some("az group list")),
        ("foo || az login -u $u -p $p", Some("foo || $null")),
        ("az login -u $u -p $p || exit 1", Some("$null || exit 1")),
        ("& az login -u $u -p $p *> $null", Some("")),
        ("$j = (az login -u $u -p $p | ConvertFrom-Json)", None),
        ("foo (Connect-AzAccount -Credential $c)", None),
        (r#""$(Connect-AzAccount -Credential $c)""#, None),
        ("$users | % { Connect-AzAccount -Credential $c | Out-Null }", Some("$users | % {  }")),
        (
            "foreach ($u in 1..3) { Connect-AzAccount -Credential $c; break }",
            Some("foreach ($u in 1..3) { break }"),
        ),
        ("do { Connect-AzAccount -Credential $c } while ($x)", Some("do {  } while ($x)")),
        ("do { foo } until (Connect-AzAccount -Credential $c)", Some("do { foo } until ($true)")),
        ("Connect-AzAccount -Credential $c; # bye", Some("# bye")),
    ];

    const ASSIGNMENTS: &[(&str, &[&str])] = &[
        (
            r#"$x = 'a'; $Script:Y = "b $x"; ${z w} = $env:AZURE_PASSWORD"#,
            &["x = a", "y = b $x", "z w = $env:AZURE_PASSWORD"],
        ),
        ("$env:AZURE_USERNAME = 'bot@example.org'", &["env:AZURE_USERNAME = bot@example.org"]),
        ("[string] $s = Get-Secret -Name $n", &["s = {n}"]),
        ("$a, $b = 1, $c", &["a = {c}", "b = {c}"]),
        ("$p = @{ Tenant = $t; 'Credential' = $c }", &["p = {t c} tenant=$t credential=$c"]),
        (
            "$p = [ordered]@{\n  Tenant = 't'\n  # why\n  Credential = New-Object PSCredential($u, $s)\n}",
            &["p = {u s} tenant=t credential={u s}"],
        ),
        ("$p += @{ Force = $true }", &["p += {} force=$true"]),
        (
            r#"$p.Credential = $c; $p['Tenant'] = "t""#,
            &["p += {c} credential=$c", "p += {} tenant=t"],
        ),
        ("$p.Add('Credential', $c)", &["p += {p c} credential=$c"]),
        (
            "param([Parameter(Mandatory)][string] $User, [ValidateSet('a', 'b')] $Mode = 'a', $Z)",
            &["user = {}", "mode = a", "z = {}"],
        ),
        ("function f($a = $b, [switch] $c) { $d = $a }", &["a = $b", "c = {}", "d = $a"]),
        ("foreach ($u in $users) { }", &["u = {users}"]),
        ("$x = $y = 5", &["x = {y}", "y = 5"]),
        (
            "$c = [pscredential]::new($u, (ConvertTo-SecureString 'p w' -AsPlainText -Force))",
            &["c = {u}"],
        ),
        ("$x ??= $y", &["x += $y"]),
        ("$t = $cred.UserName", &["t = {cred}"]),
        ("if (($x = Get-Foo $y)) { }", &["x = {y}"]),
        ("$n = -not $x", &["n = {x}"]),
    ];
}
