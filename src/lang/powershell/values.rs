//! Words and expressions of PowerShell: what is assigned, and what a command is given.

use super::{
    CONSTANTS, Head, LONGEST_NAME, Mark, Script, Use,
    characters::{canonical, fold},
    joined::{Joined, formatted},
};
use crate::{
    lang::{
        Assignment, Entry, Literal, Part, Value, Word, is_environment,
        nested::{Fed, To},
    },
    text::Span,
};

/// The members that say which program is started, and with which arguments.
const STARTED: &[&str] = &["arguments", "filename"];

/// No shorter text says more than a name does.
const SHORTEST: usize = 8;

impl Script<'_> {
    /// A word of a command: a text with variables in it, something in brackets, or a list of
    /// these.
    pub(super) fn argument(&mut self) -> Word {
        let mark = self.mark();
        let first = self.item();
        let mut end = self.at;
        let mut items = vec![first];
        loop {
            self.skip_blanks();
            if self.peek() != Some(',') {
                break;
            }
            self.bump();
            self.skip_space();
            items.push(self.item());
            end = self.at;
        }
        self.at = end;
        match items.len() {
            1 => items.remove(0),
            _ => {
                self.items = Some((Span::new(mark.at, end), items));
                self.computed(mark)
            }
        }
    }

    fn item(&mut self) -> Word {
        let start = self.at;
        let mut parts = Vec::new();
        self.piece(&mut parts);
        Word { span: Span::new(start, self.at), parts }
    }

    pub(super) fn piece(&mut self, parts: &mut Vec<Part>) {
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
                        plain.said.push(next);
                        self.bump();
                        continue;
                    }
                    plain = Plain::at(self.at);
                }
                ':' if plain.start == start && plain.said.text.starts_with('-') => {
                    plain.said.push(':');
                    self.bump();
                    plain.end(self.at, parts);
                    plain = Plain::at(self.at);
                }
                '`' => self.escape(&mut plain),
                // A typographic dash begins a parameter; further on it is a character.
                '-' if plain.said.text.chars().all(|it| it == '-') && plain.start == start => {
                    let before = self.at;
                    self.bump();
                    plain.said.escape(Some('-'), Span::new(before, self.at));
                }
                _ => self.plain(&mut plain),
            }
        }
        plain.end(self.at, parts);
    }

    /// The next character, which is itself.
    fn plain(&mut self, plain: &mut Plain) {
        plain.said.text.extend(self.text[self.at..].chars().next());
        self.bump();
    }

    /// A backtick and the next character.
    fn escape(&mut self, plain: &mut Plain) {
        let before = self.at;
        self.bump();
        let char = self.escaped();
        plain.said.escape(char, Span::new(before, self.at));
    }

    /// An expression up to the end of its statement; with `single`, up to a comma. It has a head
    /// if all that it does is to drop or to negate what a command in brackets gives.
    pub(super) fn expression(&mut self, single: bool) -> Option<Head> {
        let mark = self.mark();
        let (mut parts, mut tokens, mut inner) = (Vec::new(), 0, None);
        let mut joined = Joined::default();
        let (mut end, mut end_of_value) = (self.at, self.at);
        let mut wants_more = false;
        // Where an item of a list began, and which are done.
        let (mut item, mut items) = ((mark, 0, 0), Vec::new());
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
                    let start = self.at;
                    self.bump();
                    self.take_while(|it| it.is_alphabetic());
                    wants_more = true;
                    if self.text[start..self.at].eq_ignore_ascii_case("-f")
                        && joined.format.is_none()
                    {
                        // What follows is a list of its own.
                        joined.format = Some(parts.len());
                        items.clear();
                        self.skip_blanks();
                        item = (self.mark(), parts.len(), tokens);
                    }
                }
                ',' => {
                    items.push(self.item_since(item, &parts, tokens - 1, end_of_value));
                    self.bump();
                    self.skip_space();
                    wants_more = true;
                    item = (self.mark(), parts.len(), tokens);
                }
                '[' if self.skip_type() => {
                    if self.postfix() {
                        self.runs(self.at, mark);
                        parts.push(self.computed_part(mark));
                    }
                }
                '$' | '@' | '(' | '{' | '\'' | '"' if self.primary(&mut parts) => {
                    joined.values += 1;
                    inner = self.inner.filter(|(span, _)| span.end == self.at);
                }
                _ if self.redirection() => {
                    tokens -= 1;
                    end = self.at;
                    continue;
                }
                it if it.is_alphanumeric() || it == '_' => {
                    let mut plain = Plain::at(self.at);
                    self.take_while(|it| it.is_alphanumeric() || it == '_');
                    plain.said.text.push_str(&self.text[plain.start..self.at]);
                    plain.end(self.at, &mut parts);
                }
                it => {
                    self.bump();
                    joined.signs += usize::from(it == '+');
                    wants_more = "+*/%,!.?:".contains(it);
                }
            }
            (end, end_of_value) = (self.at, self.at);
        }
        self.at = end_of_value;
        let whole = Span::new(mark.at, end_of_value);
        if joined.format.is_some() {
            items.push(self.item_since(item, &parts, tokens, end_of_value));
            parts = formatted(joined, parts, &items, tokens).unwrap_or_default();
        } else if !items.is_empty() {
            items.push(self.item_since(item, &parts, tokens, end_of_value));
            self.items = Some((whole, items));
        }
        let is_text = joined.format.is_some() || joined.is_text(&parts, tokens);
        self.word = Some(match tokens {
            1 => Word { span: whole, parts },
            _ if is_text && !parts.is_empty() => Word { span: whole, parts },
            _ => self.computed(mark),
        });
        self.added(mark);
        self.at = end;
        let (span, head) = inner.filter(|(span, _)| span.end == end_of_value)?;
        let prefix = self.text[mark.at..span.start].trim().to_ascii_lowercase();
        ["", "[void]", "!", "-not"].contains(&prefix.as_str()).then_some(head)
    }

    /// The item of a list that began at a mark, with so many parts and tokens before it.
    fn item_since(
        &self,
        (mark, parts, tokens): (Mark, usize, usize),
        all: &[Part],
        so_far: usize,
        end: usize,
    ) -> Word {
        let span = Span::new(mark.at.min(end), end);
        if so_far == tokens + 1 {
            return Word { span, parts: all.get(parts..).unwrap_or_default().to_vec() };
        }
        let mut part = self.computed_part(mark);
        part.span = span;
        Word { span, parts: vec![part] }
    }

    /// `[scriptblock]::Create(…)`, `[IO.File]::WriteAllText(…, …)`
    fn runs(&mut self, end: usize, mark: Mark) {
        let Some((place, words)) = self.arguments.as_ref().filter(|(it, _)| it.end == end) else {
            return;
        };
        let method = self.text.get(mark.at..place.start).unwrap_or_default().to_ascii_lowercase();
        let (words, to) = match (method.trim_start_matches("[system."), words.as_slice()) {
            ("[scriptblock]::create", [text]) => (vec![text.clone()], To::Run("powershell")),
            (
                "[io.file]::writealltext"
                | "[io.file]::appendalltext"
                | "io.file]::writealltext"
                | "io.file]::appendalltext",
                [path, text, ..],
            ) => (vec![text.clone()], To::File(path.clone())),
            _ => return,
        };
        self.parsed.fed.push(Fed { words, at: mark.at, to });
    }

    /// `target = value`, at its operator. What is assigned to `$null` is dropped.
    pub(super) fn assignment(
        &mut self,
        mark: Mark,
        targets: &[Part],
        operator: usize,
    ) -> Option<Head> {
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
        let mut entries = Vec::new();
        if let Some((table, own)) = table {
            // They are the variable's, and no longer nobody's.
            let first = self.parsed.entries.partition_point(|it| it.span.start < table.start);
            let inner = self.parsed.entries.split_off(first);
            let is_own = |it: &Entry| {
                !is_environment(&it.key)
                    && own
                        .binary_search_by_key(&it.value.span.start, |(_, value)| value.span.start)
                        .is_ok()
            };
            self.parsed.entries.extend(inner.into_iter().filter(|it| !is_own(it)));
            entries = own;
        } else if let (Some((_, items)), [_]) =
            (self.items.take().filter(|(it, _)| *it == place), targets)
        {
            entries = items.into_iter().map(|it| (String::new(), it)).collect();
        }
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
                    let is_started = key.as_ref().is_some_and(|(it, _)| STARTED.contains(&&**it));
                    let entries = key.into_iter().collect();
                    let name = name.clone();
                    let assignment = Assignment::new(&name, span, value);
                    self.parsed.assignments.push(Assignment { entries, adds: true, ..assignment });
                    if is_started {
                        self.started_apart(&name, span);
                    }
                    continue;
                }
            };
            self.parsed.assignments.push(assignment);
        }
        None
    }

    /// `$table.Add('key', value)`
    pub(super) fn added(&mut self, mark: Mark) {
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
    pub(super) fn primary(&mut self, parts: &mut Vec<Part>) -> bool {
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
                self.word = None;
                self.brackets(')', Use::Value);
                self.listed(mark);
                parts.push(self.computed_part(mark));
            }
            (Some('@'), Some(it)) if it.is_alphabetic() || it == '_' => {
                let Some(name) = self.variable() else { return false };
                let span = Span::new(mark.at, self.at);
                parts.push(Part { span, value: Value::Variable(format!("@{name}")) });
            }
            (Some('('), _) => {
                self.word = None;
                let head = self.brackets(')', Use::Value);
                self.inner = head.map(|it| (Span::new(mark.at, self.at), it));
                match self.bracketed(mark) {
                    Some(text) => parts.extend(text),
                    None => parts.push(self.computed_part(mark)),
                }
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
        if self.text[mark.at..].starts_with(['@', '"', '\'', '“', '”', '‘', '’']) {
            let is_text = |it: &Part| match &it.value {
                Value::Literal(_) => it.span.end - it.span.start >= SHORTEST,
                Value::Variable(_) | Value::Computed { .. } => false,
            };
            let parts = &parts[first..];
            if parts.iter().any(is_text) {
                let span = Span::new(mark.at, self.at);
                self.parsed.texts.push(Word { span, parts: parts.to_vec() });
            }
        }
        if self.postfix() {
            parts.truncate(first);
            parts.push(self.computed_part(mark));
        }
        true
    }

    /// The text in brackets, if that is put together of several pieces.
    fn bracketed(&mut self, mark: Mark) -> Option<Vec<Part>> {
        let lines = std::mem::take(&mut self.lines);
        let [Word { span, parts }] = lines.as_slice() else { return None };
        let around = self.text.get(mark.at + 1..span.start)?.trim().is_empty()
            && self.text.get(span.end..self.at)?.trim() == ")";
        let is_literal = |it: &Part| matches!(it.value, Value::Literal(_));
        (around && parts.len() > 1 && parts.iter().any(is_literal)).then(|| parts.clone())
    }

    /// What stands in `@(…)` is a list, even if it is one item, or one on each line.
    fn listed(&mut self, mark: Mark) {
        let lines = std::mem::take(&mut self.lines);
        let whole = Span::new(mark.at, self.at);
        self.items = (!lines.is_empty()).then_some((whole, lines));
    }

    /// `.member`, `::member`, `.method(…)`, `[index]`
    pub(super) fn postfix(&mut self) -> bool {
        let start = self.at;
        loop {
            let sign =
                ["::", "?.", "."].into_iter().find(|it| self.next_is(it)).unwrap_or_default();
            let after = self.text[self.at + sign.len()..].chars().next().map(fold);
            match (sign, after) {
                ("", Some('[')) => _ = self.brackets(']', Use::Value),
                ("", _) => return self.at > start,
                (_, Some(it)) if it.is_alphabetic() || "_$'\"".contains(it) => {
                    let object = self.at;
                    self.at += sign.len();
                    let name = self.at;
                    if it.is_alphabetic() || it == '_' {
                        self.take_while(|it| it.is_alphanumeric() || it == '_');
                    } else if !self.member_name() {
                        return true;
                    }
                    let name = Span::new(name, self.at);
                    if self.peek() == Some('(') {
                        self.method_arguments();
                        self.called(object, name);
                    }
                }
                _ => return self.at > start,
            }
        }
    }

    /// A member whose name is a string or in a variable.
    pub(super) fn member_name(&mut self) -> bool {
        match self.peek() {
            Some(quote @ ('\'' | '"')) => {
                self.bump();
                self.string(quote, None, &mut Vec::new());
                true
            }
            _ => self.variable().is_some(),
        }
    }

    pub(super) fn method_arguments(&mut self) {
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
    pub(super) fn table(&mut self, mark: Mark) {
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
        let of = |(key, span, value): &(String, Span, Word)| Entry {
            key: key.clone(),
            span: *span,
            value: value.clone(),
        };
        self.parsed.entries.extend(entries.iter().flatten().map(of));
        let of = |(key, _, value): (String, Span, Word)| (key.to_ascii_lowercase(), value);
        let entries = entries.map(|it| it.into_iter().map(of).collect());
        self.table = entries.map(|it| (Span::new(mark.at, self.at), it));
    }

    pub(super) fn entry(&mut self) -> Option<(String, Span, Word)> {
        let start = self.at;
        let mut key = Vec::new();
        if !matches!(self.peek(), Some('\'' | '"' | '$' | '(')) || !self.primary(&mut key) {
            let mut plain = Plain::at(start);
            self.take_while(|it| !it.is_whitespace() && !"=;})".contains(it));
            plain.said.text.push_str(&self.text[start..self.at]);
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
        let span = Span::new(start, place.end);
        key.literal().map(|it| (it.into_owned(), span, value))
    }

    /// What is in quotes up to the closing one, or up to `end`.
    pub(super) fn string(&mut self, quote: char, end: Option<usize>, parts: &mut Vec<Part>) {
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
                    plain.said.escape(Some(quote), Span::new(before, self.at));
                }
                '`' if quote == '"' => self.escape(&mut plain),
                '$' if quote == '"' => {
                    plain.end(self.at, parts);
                    let before = self.at;
                    let found = self.interpolation(parts);
                    plain = Plain::at(self.at);
                    if !found {
                        self.at = before;
                        self.plain(&mut plain);
                    }
                }
                _ => self.plain(&mut plain),
            }
        }
        plain.end(self.at - close, parts);
        let literals = parts[first..].iter().filter(|it| matches!(it.value, Value::Literal(_)));
        self.literals.extend(literals.map(|it| it.span));
    }

    /// `@"`, lines, `"@`
    pub(super) fn here_string(&mut self, parts: &mut Vec<Part>) -> bool {
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
    pub(super) fn interpolation(&mut self, parts: &mut Vec<Part>) -> bool {
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
    pub(super) fn variable(&mut self) -> Option<String> {
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

    pub(super) fn mark(&self) -> Mark {
        Mark { at: self.at, reads: self.reads.len(), literals: self.literals.len() }
    }

    pub(super) fn computed(&self, since: Mark) -> Word {
        let part = self.computed_part(since);
        Word { span: part.span, parts: vec![part] }
    }

    pub(super) fn computed_part(&self, since: Mark) -> Part {
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
    said: Literal,
}

impl Plain {
    pub(super) fn at(start: usize) -> Plain {
        Plain { start, said: Literal::default() }
    }

    pub(super) fn end(&mut self, end: usize, parts: &mut Vec<Part>) {
        if self.start < end {
            parts.push(Part::literal(Span::new(self.start, end), std::mem::take(&mut self.said)));
        }
    }
}

/// The key in `$table.key`, `$table['key']`.
fn member(target: &str) -> Option<String> {
    let start = target.find(['.', '['])?;
    let key = target[start..].trim_matches(['.', '[', ']', '\'', '"']);
    key.chars().all(|it| it.is_alphanumeric() || it == '_').then(|| key.to_ascii_lowercase())
}
