//! Shell scripts: bash, and what reads like it.

mod fed;
mod quoting;
#[cfg(test)]
mod tests;

use super::{
    Assignment, Call, Language, Literal, Parsed, Part, Role, Value, Word, after_semicolon,
    functions::Function,
    tree::{TAKES_TOO_LONG, timely},
    walk::{Above, DEEPEST, walk},
};
use crate::text::Span;
use quoting::{Unescape, ansi, bare, heredoc, plainly, quoted};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use tree_sitter::{Node, Parser, Point, Range};

pub(super) const LANGUAGE: Language = Language {
    name: "bash",
    // Scripts of expect are read as if a shell read them: a command is the words of a line there, too.
    extensions: &["sh", "bash", "ksh", "zsh", "azcli", "exp"],
    shebangs: &["sh", "bash", "dash", "ksh", "zsh", "expect"],
    openings: None,
    parse,
};

/// A command that succeeds and prints nothing, where the grammar does not allow none at all.
const NOTHING: &str = ":";

/// No shorter text says more than a name does.
const SHORTEST: usize = 8;

fn parse(text: &str) -> Parsed {
    let plain = few(plain(text));
    let mut script = Script { text, plain: &plain, ..Script::default() };
    script.read(Span::new(0, text.len()));
    let mut parsed = std::mem::take(&mut script.parsed);
    let mut known = vec![false; text.len()];
    script.whole.iter().for_each(|it| known[it.start..it.end].fill(true));
    let calls: BTreeSet<_> = parsed.calls.iter().map(|it| it.span.start).collect();
    let assigned: BTreeSet<_> = parsed.assignments.iter().map(|it| it.span.start).collect();
    for line in std::mem::take(&mut script.unclear) {
        script.read(line);
        let found = std::mem::take(&mut script.parsed);
        parsed.calls.extend(found.calls.into_iter().filter(|Call { span, .. }| {
            !known[span.start..span.end].contains(&true) && !calls.contains(&span.start)
        }));
        let new = |it: &Assignment| !assigned.contains(&it.span.start);
        parsed.assignments.extend(found.assignments.into_iter().filter(new));
        let known = |at: usize| calls.contains(&at);
        parsed.unread = parsed.unread.or(found.unread);
        parsed.fed.extend(found.fed.into_iter().filter(|it| !known(it.at)));
    }
    parsed.sort();
    parsed
}

/// The text with a character of no meaning for every byte of those that are not ASCII, which mean
/// nothing to a shell either. The grammar's scanner asks C's `isdigit` about any character, which
/// reads outside of its table for those of more than a byte; it also takes all kinds of Unicode
/// blanks for blanks.
fn plain(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let plain = |it: char| if it.is_ascii() { it } else { '\u{1a}' };
    Cow::Owned(text.chars().flat_map(|it| std::iter::repeat_n(plain(it), it.len_utf8())).collect())
}

/// For each here-document that begins on a line, and for each that does not end, the grammar's scanner may
/// search all that follows. No line has more of them, and no text more of the latter.
const MOST: usize = 32;

/// The text with a plain redirection for each here-document that is more than that.
fn few(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.matches("<<").nth(MOST).is_none() {
        return text;
    }
    let mut at = 0;
    let begins = |it: &str| {
        at += it.len();
        at - it.len()
    };
    let begins: Vec<usize> = text.split_inclusive('\n').map(begins).collect();
    let last: BTreeMap<&str, usize> = text.lines().map(str::trim).zip(begins).collect();
    let mut few = String::with_capacity(text.len());
    let mut endless = 0;
    for line in text.split_inclusive('\n') {
        let (mut rest, mut on_line) = (line, 0);
        while let Some(at) = rest.find("<<") {
            few.push_str(&rest[..at]);
            let after = rest[at..].trim_start_matches('<');
            let signs = &rest[at..rest.len() - after.len()];
            let word = after.trim_start_matches(['-', ' ', '\t']);
            let word = word.split(|it: char| it.is_whitespace() || ";|&<>()".contains(it)).next();
            let end = word.unwrap_or_default().replace(['\'', '"', '\\'], "");
            let ends = last.get(end.as_str()).is_some_and(|it| *it > few.len());
            on_line += 1;
            endless += usize::from(!ends);
            let is_more = on_line > MOST || !ends && endless > MOST;
            // Three signs are another text.
            few.push_str(if signs == "<<" && is_more { "< " } else { signs });
            rest = after;
        }
        few.push_str(rest);
    }
    Cow::Owned(few)
}

#[derive(Default)]
struct Script<'t> {
    text: &'t str,
    plain: &'t str,
    parsed: Parsed,
    /// The calls that have no syntax error in them.
    whole: Vec<Span>,
    /// The lines of syntax errors.
    unclear: BTreeSet<Span>,
}

impl Script<'_> {
    fn read(&mut self, part: Span) {
        let mut parser = Parser::new();
        let range = Range {
            start_byte: part.start,
            end_byte: part.end,
            start_point: Point::new(0, part.start),
            end_point: Point::new(0, part.end),
        };
        parser
            .set_language(&tree_sitter_bash::LANGUAGE.into())
            .expect("the pinned grammar has a version that tree-sitter loads");
        parser.set_included_ranges(&[range]).expect("one range cannot overlap another");
        match timely(&mut parser, self.plain.as_bytes(), part) {
            Some(tree) => walk(tree.root_node(), &mut |node, above| self.visit(node, above)),
            None => {
                self.parsed.unread = Some(TAKES_TOO_LONG);
                self.unclear(part, &[]);
            }
        }
    }

    fn visit(&mut self, node: Node, above: &[Above]) {
        match node.kind() {
            "command" => self.command(node, above),
            "variable_assignment" => self.assignment(node, above),
            "for_statement" => self.loop_variable(node),
            "function_definition" => self.function(node),
            "comment" => self.parsed.comments.extend(comment(self.text, span(self.text, node))),
            "ERROR" => self.error(node),
            _ if node.is_missing() => self.parsed.errors += 1,
            _ => {}
        }
    }

    fn command(&mut self, node: Node, above: &[Above]) {
        let Some(name) = node.child_by_field_name("name") else { return };
        let command = self.word(name);
        let mut arguments: Vec<_> =
            fields(node, "argument").iter().map(|it| self.word(*it)).collect();
        let redirected = redirections(node, above);
        for redirect in redirected.iter().flat_map(|it| fields(*it, "redirect")) {
            // Words after a redirection are arguments of the command; the grammar takes those of
            // a file for more files, and those of a here-document for parts of it.
            let hidden = match redirect.kind() {
                "file_redirect" => fields(redirect, "destination").into_iter().skip(1).collect(),
                _ => fields(redirect, "argument"),
            };
            arguments.extend(hidden.into_iter().map(|it| self.word(it)));
        }
        let arguments = joined(arguments);
        let end = arguments.last().map_or(command.span.end, |it| it.span.end);
        let call = Span::new(command.span.start, end);
        match arguments.split_first() {
            Some((first, rest)) if command.is("set") && first.is("--") => {
                self.given_anew(call, rest, above);
            }
            Some(_) if command.is("read") => self.typed(call, &arguments),
            _ => {}
        }
        self.feed(node, redirected, above, &command, &arguments);
        let role = self.role(node, redirected, above);
        if !node.has_error() {
            self.whole.push(call);
        }
        self.parsed.texts.extend(arguments.iter().filter(|it| says_something(it)).cloned());
        self.parsed.calls.push(Call::new(command, arguments, call, role));
    }

    fn function(&mut self, node: Node) {
        let fields = (node.child_by_field_name("name"), node.child_by_field_name("body"));
        let (Some(name), Some(body)) = fields else { return };
        let name = source(self.text, name).to_owned();
        let (body, parameters) = (span(self.text, body), Vec::new());
        self.parsed.functions.push(Function { name, body, parameters });
    }

    /// `set -- a b` gives the script other arguments: `"$@"`.
    fn given_anew(&mut self, call: Span, words: &[Word], above: &[Above]) {
        let value = Word::computed(call, Vec::new(), Vec::new());
        let entries = words.iter().map(|it| (String::new(), it.clone())).collect();
        let branch = branch(self.text, above);
        let assignment = Assignment::new("", call, value);
        self.parsed.assignments.push(Assignment { entries, branch, ..assignment });
    }

    /// `read` gives its variables what a person types.
    fn typed(&mut self, call: Span, arguments: &[Word]) {
        let mut rest = arguments.iter();
        while let Some(word) = rest.next() {
            let Some(text) = word.literal() else { continue };
            match text.strip_prefix('-') {
                Some(flags) if flags.ends_with(['d', 'i', 'n', 'N', 'p', 't', 'u']) => {
                    rest.next();
                }
                Some(_) => {}
                None => {
                    let value = Word::computed(call, Vec::new(), Vec::new());
                    let assignment = Assignment::new(&text, call, value);
                    self.parsed.assignments.push(assignment);
                }
            }
        }
    }

    fn assignment(&mut self, node: Node, above: &[Above]) {
        let Some(name) = node.child_by_field_name("name") else { return };
        let name = name.child_by_field_name("name").unwrap_or(name);
        let value = match node.child_by_field_name("value") {
            Some(value) => self.word(value),
            None => Word { span: Span::at(span(self.text, node).end), parts: Vec::new() },
        };
        // `export A=1` is one statement, and in `export A=1 B=2` each can go on its own.
        let statement = match above.last() {
            Some(it) if it.node.kind() == "declaration_command" && assigns_once(it) => it.node,
            _ => node,
        };
        self.parsed.texts.extend(Some(&value).filter(|it| says_something(it)).cloned());
        let adds = node.child(1).is_some_and(|it| it.kind() == "+=");
        let name = source(self.text, name);
        let assignment = Assignment::new(name, span(self.text, statement), value);
        let items = node.child_by_field_name("value").filter(|it| it.kind() == "array");
        let items = items.map(|it| self.items(it)).unwrap_or_default();
        let entries = items.into_iter().map(|it| (String::new(), it)).collect();
        let branch = branch(self.text, above);
        self.parsed.assignments.push(Assignment { entries, adds, branch, ..assignment });
    }

    fn items(&self, array: Node) -> Vec<Word> {
        let mut cursor = array.walk();
        let items = array.named_children(&mut cursor).filter(|it| it.kind() != "comment");
        items.map(|it| self.word(it)).collect()
    }

    fn loop_variable(&mut self, node: Node) {
        let Some(name) = node.child_by_field_name("variable") else { return };
        let values = fields(node, "value");
        let (Some(first), Some(last)) = (values.first(), values.last()) else { return };
        let place = Span::new(span(self.text, *first).start, span(self.text, *last).end);
        let mut inner = Inner::default();
        values.iter().for_each(|it| inner.add(self.text, *it));
        let value = Word::computed(place, inner.reads, inner.literals);
        let place = Span::new(span(self.text, node).start, place.end);
        let name = source(self.text, name);
        self.parsed.assignments.push(Assignment::new(name, place, value));
    }

    /// Marks the lines of an error that hold no whole statement, to be read one by one.
    fn error(&mut self, node: Node) {
        self.parsed.errors += 1;
        let mut cursor = node.walk();
        let whole = |it: &Node| {
            let kind = it.kind();
            !it.has_error()
                && (kind == "comment"
                    || kind == "heredoc_body"
                    || kind == "pipeline"
                    || kind == "list"
                    || kind == "subshell"
                    || kind == "variable_assignment"
                    || kind.ends_with("_statement")
                    || kind.ends_with("_definition"))
        };
        let covered: Vec<_> =
            node.children(&mut cursor).filter(whole).map(|it| span(self.text, it)).collect();
        self.unclear(span(self.text, node), &covered);
    }

    /// Marks the lines of a part that hold nothing of what is `covered`, to be read one by one.
    fn unclear(&mut self, part: Span, covered: &[Span]) {
        let mut start = self.text[..part.start].rfind('\n').map_or(0, |it| it + 1);
        while start < part.end {
            let line = Span::new(start, end_of_line(self.text, start));
            let before = covered.partition_point(|it| it.start <= line.start);
            if before == 0 || !covered[before - 1].contains(line) {
                self.unclear.insert(line);
            }
            start = line.end + 1;
        }
    }

    fn word(&self, node: Node) -> Word {
        let mut word = Word { span: span(self.text, node), parts: Vec::new() };
        self.parts(node, &mut word.parts);
        word
    }

    fn parts(&self, node: Node, parts: &mut Vec<Part>) {
        let (start, end) = (begin(self.text, node), span(self.text, node).end);
        let inside = |open: usize, close: usize| {
            let end = end.saturating_sub(close);
            Span::new((start + open).min(end), end)
        };
        let mut literal = |span: Span, unescape: Unescape| {
            if span.start < span.end {
                parts.push(Part::literal(span, unescape(self.text, span)));
            }
        };
        match node.kind() {
            "command_name" | "concatenation" => {
                self.children(node, Span::new(start, end), bare, parts)
            }
            "translated_string" => {
                self.children(node, inside(1, 0), |_, _| Literal::default(), parts)
            }
            "string" => {
                let mut cursor = node.walk();
                let close = node.children(&mut cursor).last();
                let is_closed = close.is_some_and(|it| it.kind() == "\"" && !it.is_missing());
                self.children(node, inside(1, usize::from(is_closed)), quoted, parts);
            }
            "raw_string" => literal(inside(1, 1), plainly),
            "ansi_c_string" => literal(inside(2, 1), ansi),
            "simple_expansion" | "expansion" => parts.push(self.expansion(node)),
            "command_substitution"
            | "process_substitution"
            | "arithmetic_expansion"
            | "brace_expression"
            | "array" => parts.push(self.computed(node)),
            _ if node.named_child_count() > 0 => parts.push(self.computed(node)),
            _ => literal(Span::new(start, end), bare),
        }
    }

    /// The parts that `node` has, and as literals what stands between them: the grammar has no
    /// node for some blanks, and gives other blanks to the node after them.
    fn children(&self, node: Node, within: Span, unescape: Unescape, parts: &mut Vec<Part>) {
        let mut cursor = node.walk();
        let mut done = within.start;
        let literal = |start: usize, end: usize, parts: &mut Vec<Part>| {
            if start < end {
                let place = Span::new(start, end);
                let literal = unescape(self.text, place);
                parts.extend((!literal.text.is_empty()).then(|| Part::literal(place, literal)));
            }
        };
        for child in node.named_children(&mut cursor) {
            let place = Span::new(done, within.end);
            let is_odd =
                child.start_byte() == child.end_byte() || !place.contains(span(self.text, child));
            if child.kind() == "string_content" || is_odd {
                continue;
            }
            literal(done, begin(self.text, child), parts);
            self.parts(child, parts);
            done = span(self.text, child).end;
        }
        literal(done, within.end, parts);
    }

    fn expansion(&self, node: Node) -> Part {
        let mut cursor = node.walk();
        let children: Vec<_> = node.children(&mut cursor).collect();
        match children.as_slice() {
            [_, name] | [_, name, _] if name.kind().ends_with("variable_name") => Part {
                span: Span::new(begin(self.text, node), span(self.text, node).end),
                value: Value::Variable(source(self.text, *name).to_owned()),
            },
            [_, list, _] if list.kind() == "subscript" => match self.whole_list(*list) {
                Some(name) => Part {
                    span: Span::new(begin(self.text, node), span(self.text, node).end),
                    value: Value::Variable(format!("@{name}")),
                },
                None => self.computed(node),
            },
            _ => self.computed(node),
        }
    }

    /// The name in `${name[@]}`.
    fn whole_list(&self, list: Node) -> Option<&str> {
        let index = source(self.text, list.child_by_field_name("index")?);
        matches!(index, "@" | "*").then_some(source(self.text, list.child_by_field_name("name")?))
    }

    fn computed(&self, node: Node) -> Part {
        let mut inner = Inner::default();
        inner.add(self.text, node);
        let Inner { reads, literals, .. } = inner;
        let span = Span::new(begin(self.text, node), span(self.text, node).end);
        Part { span, value: Value::Computed { reads, literals } }
    }

    fn role(&self, node: Node, redirected: Option<Node>, above: &[Above]) -> Role {
        if is_captured(node, above) {
            return Role::Value;
        }
        let end = span(self.text, redirected.unwrap_or(node)).end;
        let whole = Span::new(span(self.text, node).start, end);
        let keep = Role::Statement { span: whole, leave: NOTHING };
        // The statement is the command, or the redirections around it.
        let is_redirection = |it: &&Above| it.node.kind() != "redirected_statement";
        let Some(Above { node: parent, children, at }) = above.iter().rfind(is_redirection) else {
            return keep;
        };
        let (before, after) = (&children[..*at], &children[at + 1..]);
        let next = after.first().map(Node::kind);
        match (parent.kind(), after) {
            _ if next == Some("&") => keep,
            ("list", [_, right, ..]) if next == Some("&&") => {
                let span = Span::new(whole.start, span(self.text, *right).start);
                Role::Statement { span, leave: "" }
            }
            ("program", _) => self.alone(whole),
            (
                "compound_statement" | "subshell" | "do_group" | "case_item" | "if_statement"
                | "elif_clause" | "else_clause",
                _,
            ) if has_company(before, after) && !after.iter().any(|it| it.kind() == "then") => {
                self.alone(whole)
            }
            _ => keep,
        }
    }

    /// A statement between others, which takes its `;` along: one that is left without a
    /// statement in front of it is an error.
    fn alone(&self, statement: Span) -> Role {
        let end = after_semicolon(self.text, statement.end);
        Role::Statement { span: Span::new(statement.start, end), leave: "" }
    }
}

/// Puts together what the grammar takes apart: the `$1.$2` of one word is `$1.$` and `2` to it.
fn joined(words: Vec<Word>) -> Vec<Word> {
    let mut joined: Vec<Word> = Vec::with_capacity(words.len());
    for word in words {
        let digit = word.literal().and_then(|it| it.chars().next()).filter(char::is_ascii_digit);
        match (joined.last_mut(), digit) {
            (Some(last), Some(digit))
                if last.span.end == word.span.start && last.parts.last().is_some_and(is_dollar) =>
            {
                let dollar = last.parts.pop().map_or(word.span.start, |it| it.span.start);
                let name = Span::new(dollar, word.span.start + 1);
                last.parts.push(Part { span: name, value: Value::Variable(digit.to_string()) });
                let rest = Span::new(name.end, word.span.end);
                let text = word.literal().unwrap_or_default()[1..].to_owned();
                last.parts.extend((!text.is_empty()).then(|| Part::literal(rest, text)));
                last.span.end = word.span.end;
            }
            _ => joined.push(word),
        }
    }
    joined
}

fn says_something(word: &Word) -> bool {
    word.literals().iter().any(|it| it.end - it.start >= SHORTEST)
}

fn is_dollar(part: &Part) -> bool {
    matches!(&part.value, Value::Literal(text) if text.text == "$")
}

/// The variables and the written-out strings somewhere below a node.
#[derive(Default)]
struct Inner {
    /// Each once, in the order in which they stand.
    reads: Vec<String>,
    seen: BTreeSet<String>,
    literals: Vec<Span>,
}

impl Inner {
    fn add(&mut self, text: &str, node: Node) {
        let mut cursor = node.walk();
        let mut above = Vec::new();
        loop {
            let node = cursor.node();
            let deeper = match node.kind() {
                "variable_name" | "special_variable_name" => self.read(source(text, node)),
                "raw_string" => self.literal(span(text, node), 1, 1),
                "ansi_c_string" => self.literal(span(text, node), 2, 1),
                "string_content" => self.literal(span(text, node), 0, 0),
                "word" if holds_values(text, &above) => self.literal(span(text, node), 0, 0),
                _ => above.len() < DEEPEST,
            };
            if deeper && cursor.goto_first_child() {
                above.push(node);
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return;
                }
                above.pop();
            }
        }
    }

    fn read(&mut self, name: &str) -> bool {
        if self.seen.insert(name.to_owned()) {
            self.reads.push(name.to_owned());
        }
        false
    }

    fn literal(&mut self, place: Span, open: usize, close: usize) -> bool {
        if place.start + open < place.end - close {
            self.literals.push(Span::new(place.start + open, place.end - close));
        }
        false
    }
}

/// Whether a word is a value: it is in `${A:-x}` and in lists, and in most commands it names
/// something.
fn holds_values(text: &str, above: &[Node]) -> bool {
    let Some(parent) = above.iter().rfind(|it| it.kind() != "concatenation") else { return true };
    match parent.kind() {
        "expansion" | "array" => true,
        "command" => parent
            .child_by_field_name("name")
            .is_some_and(|it| matches!(source(text, it), "echo" | "printf")),
        _ => false,
    }
}

/// The redirected statement whose redirections are those of `node`. Around `a && b >c` the
/// grammar puts them on the whole list, the shell on its last command.
fn redirections<'t>(node: Node<'t>, above: &[Above<'t>]) -> Option<Node<'t>> {
    let mut last = node;
    for it in above.iter().rev().map(|it| it.node) {
        match it.kind() {
            "redirected_statement" => return Some(it),
            "list" | "pipeline" | "negated_command" if it.end_byte() == last.end_byte() => {
                last = it
            }
            _ => return None,
        }
    }
    None
}

/// Whether something else takes what the command prints.
fn is_captured(node: Node, above: &[Above]) -> bool {
    let mut inner = node;
    for (up, it) in above.iter().rev().map(|it| it.node).enumerate() {
        let captured = match it.kind() {
            "command_substitution" | "process_substitution" => true,
            "pipeline" => {
                up == 0
                    || it.end_byte() != inner.end_byte()
                    || inner.kind() == "redirected_statement"
            }
            "redirected_statement" => fields(it, "redirect").iter().any(continues),
            "function_definition" => return false,
            _ => false,
        };
        if captured {
            return true;
        }
        inner = it;
    }
    false
}

/// Whether a pipe or another command follows a here-document's first line.
fn continues(redirect: &Node) -> bool {
    let mut cursor = redirect.walk();
    redirect.kind() == "heredoc_redirect"
        && redirect.children(&mut cursor).any(|it| matches!(it.kind(), "pipeline" | "&&" | "||"))
}

/// Whether a block has another statement, without which it would be empty.
fn has_company(before: &[Node], after: &[Node]) -> bool {
    let closes = |it: &&Node| !(it.kind().ends_with("_clause") || it.kind() == "fi");
    let opens = |it: &&Node| !matches!(it.kind(), "then" | "else" | "do" | "{" | "(" | ")");
    let is_statement = |it: &Node| it.is_named() && it.kind() != "comment";
    before.iter().rev().take_while(opens).any(is_statement)
        || after.iter().take_while(closes).any(is_statement)
}

/// The innermost branch around a node, through which not every way leads.
fn branch(text: &str, above: &[Above]) -> Option<Span> {
    let mut inner: Option<Node> = None;
    for it in above.iter().rev() {
        let is_first = it.at == 0;
        match it.node.kind() {
            // The conditions of an `if` come before its statements, and are always evaluated.
            "if_statement" | "elif_clause" | "else_clause" | "case_item" | "while_statement"
            | "for_statement" => {
                return Some(span(text, it.node));
            }
            "list" if !is_first => return Some(span(text, inner.unwrap_or(it.node))),
            "function_definition" => return None,
            _ => {}
        }
        inner = Some(it.node);
    }
    None
}

fn assigns_once(declaration: &Above) -> bool {
    let assigns = |it: &&Node| it.kind() == "variable_assignment";
    declaration.children.iter().filter(assigns).count() == 1
}

fn fields<'t>(node: Node<'t>, field: &str) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    node.children_by_field_name(field, &mut cursor).collect()
}

/// A node's place. Where the text is none that a shell could read, the grammar takes characters
/// apart that are not ASCII; then it is the place of the whole ones.
fn span(text: &str, node: Node) -> Span {
    let whole = |at: usize| (0..=at).rev().find(|it| text.is_char_boundary(*it)).unwrap_or(0);
    Span::new(whole(node.start_byte()), whole(node.end_byte()))
}

fn source<'t>(text: &'t str, node: Node) -> &'t str {
    let Span { start, end } = span(text, node);
    &text[start..end]
}

/// Where a node begins without the blanks that the grammar counts to it inside strings.
fn begin(text: &str, node: Node) -> usize {
    let source = source(text, node);
    let start = span(text, node).start;
    let blanks = source.bytes().take_while(u8::is_ascii_whitespace).count();
    if source[blanks..].starts_with(['$', '`']) { start + blanks } else { start }
}

/// The end of the line that begins at `start`, with the lines that it continues on.
fn end_of_line(text: &str, start: usize) -> usize {
    let mut from = start;
    while let Some(length) = text[from..].find('\n') {
        let end = from + length;
        if !text[start..end].trim_end_matches('\r').ends_with('\\') {
            return end;
        }
        from = end + 1;
    }
    text.len()
}

/// What a comment says, if it is one: the first line may name an interpreter instead.
fn comment(text: &str, span: Span) -> Option<Span> {
    let source = &text[span.start..span.end];
    if span.start == 0 && source.starts_with("#!") {
        return None;
    }
    let source = source.trim_end();
    let end = span.start + source.len();
    let said = source.trim_start_matches('#').trim_start();
    (!said.is_empty()).then(|| Span::new(end - said.len(), end))
}
