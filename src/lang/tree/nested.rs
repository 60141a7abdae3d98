//! Command lines that a program holds: lists of words, and texts for a shell.

use super::{Above, Kind, LARGEST, Program};
use crate::lang::{
    Call, Expression, Nested, Part, Purpose, Role, Value, Word, options::called_like,
};
use crate::text::{Placed, Span};
use tree_sitter::Node;

use super::written::Piece;

/// Programs whose command lines are read.
const PROGRAMS: &[&str] = &[
    "az",
    "azure",
    "bash",
    "cmd",
    "kubelogin",
    "m365",
    "pac",
    "powershell",
    "pwsh",
    "sh",
    "sudo",
    "timeout",
];

pub(super) fn is_program(path: &str) -> bool {
    PROGRAMS.contains(&program_name(path).as_str())
}

/// What may stand before a command of a shell.
const BEFORE: &[&str] =
    &["!", "command", "do", "else", "env", "exec", "if", "nohup", "sudo", "then", "time"];

/// Functions that only show what they are given.
const PRINTS: &[&str] = &[
    "critical",
    "debug",
    "echo",
    "error",
    "errorf",
    "fatal",
    "fatalf",
    "fprint",
    "fprintf",
    "fprintln",
    "info",
    "infof",
    "log",
    "logdebug",
    "logerror",
    "logf",
    "loginformation",
    "logwarning",
    "print",
    "printf",
    "println",
    "secho",
    "trace",
    "warn",
    "warnf",
    "warning",
    "writeline",
];

/// Functions that put what they are given into a file.
const WRITES: &[&str] = &[
    "appendalltext",
    "appendfile",
    "appendfilesync",
    "write",
    "write_text",
    "writealllines",
    "writealltext",
    "writefile",
    "writefilesync",
    "writelines",
    "writestring",
];

/// Names of what is only shown.
const SHOWN: &[&str] = &["description", "doc", "epilog", "example", "help", "message", "usage"];

/// Lists in lists deeper than this are no command lines: each asks for the words of those in it.
const DEEPEST: usize = 8;

impl<'t> Program<'t> {
    /// A list may be a command line.
    pub(super) fn group(&mut self, node: Node<'t>, above: &[Above<'t>]) {
        if !self.assigned.contains(&node.id()) && !self.is_added(above) {
            let words = self.words(vec![node]);
            self.pair(&words);
            self.run(self.span(node), words, above);
        }
    }

    /// So may the arguments of a call: `exec.Command("az", "login", …)`.
    pub(super) fn command(&mut self, node: Node<'t>, arguments: &[Node<'t>], above: &[Above<'t>]) {
        // Go puts a context before them.
        let is_text = |it: &Node<'t>| self.kind(self.plain(*it)) == Some(Kind::Text);
        let Some(at) = arguments.iter().take(2).position(is_text) else { return };
        let arguments = &arguments[at..];
        let first = arguments[0];
        let words = self.words(arguments.to_vec());
        let end = arguments.last().map_or(first.end_byte(), |it| self.span(*it).end);
        let is_shown = self.purpose_of(node) == Some(Purpose::Printed);
        if is_shown || words.len() < 2 {
            return;
        }
        if let Some(program) = words[0].literal()
            && PROGRAMS.contains(&program_name(&program).as_str())
            && words[1].says(" ")
        {
            // `Process.Start("az", "login -u …")`
            let program = (program.into_owned(), words[0].span);
            self.line(program, arguments[1]);
            return;
        }
        self.run(Span::new(self.span(first).start, end), words, above);
    }

    /// Programs in Python have the Azure CLI as a library: `get_default_cli().invoke(["login", …])`.
    pub(super) fn invoked(&mut self, name: &str, node: Node<'t>, arguments: &[Node<'t>]) {
        if name == "invoke" && self.parsed.imports("azure.cli.core") {
            let span = self.span(node);
            let at = Span::at(span.start);
            let program = Word { span: at, parts: vec![Part::literal(at, "az".to_owned())] };
            let words = self.words(arguments.to_vec());
            self.parsed.calls.push(Call::new(program, words, span, Role::Value));
        }
    }

    pub(super) fn run(
        &mut self,
        span: Span,
        words: Vec<Word>,
        above: &[Above<'t>],
    ) -> Option<usize> {
        let first = words.first()?;
        let is_login = || words.get(1).is_some_and(|it| it.is("login"));
        let is_known = match first.literal() {
            Some(it) => is_program(&it),
            None => called_like(first).is_some() && is_login(),
        };
        if !is_known || self.purpose(above) == Purpose::Printed {
            return None;
        }
        let mut words = words.into_iter();
        let command = words.next()?;
        self.parsed.calls.push(Call::new(command, words.collect(), span, Role::Value));
        Some(self.parsed.calls.len() - 1)
    }

    /// The words of lists, of lists that are added to each other, and of those that variables hold;
    /// a map among them says how to run them.
    pub(super) fn words(&self, nodes: Vec<Node<'t>>) -> Vec<Word> {
        let mut words = Vec::new();
        let mut rest: Vec<_> = nodes.into_iter().rev().map(|it| (it, 0)).collect();
        while let Some((node, depth)) = rest.pop().filter(|_| words.len() < LARGEST) {
            let node = self.plain(node);
            match self.kind(node) {
                Some(Kind::Group) if self.map(node).is_some() => {}
                Some(Kind::Group) if depth == DEEPEST => {}
                Some(Kind::Group) => {
                    rest.extend(self.children(node).into_iter().rev().map(|it| (it, depth + 1)));
                }
                Some(Kind::New(_)) if let Some(list) = self.list(node) => rest.push((list, depth)),
                Some(Kind::Call { .. } | Kind::New(_))
                    if depth < DEEPEST
                        && let Some(given) = self.made(node) =>
                {
                    rest.extend(given.into_iter().rev().map(|it| (it, depth + 1)));
                }
                Some(Kind::Operation) if self.adds(node) && self.list(node).is_some() => {
                    let mut left = Some(node);
                    while let Some(it) = left.map(|it| self.plain(it)) {
                        let adds = self.kind(it) == Some(Kind::Operation) && self.adds(it);
                        let word = if adds { self.field(it, "right") } else { Some(it) };
                        rest.extend(word.map(|it| (it, depth)));
                        left = if adds { self.field(it, "left") } else { None };
                    }
                }
                _ => match self.path(node).and_then(|it| self.lists.get(&it)) {
                    Some(known) => words.extend(known.iter().cloned()),
                    None => words.push(self.word(node)),
                },
            }
        }
        words
    }

    /// The list that a node is, makes, or begins with.
    pub(super) fn list(&self, node: Node<'t>) -> Option<Node<'t>> {
        let mut node = self.plain(node);
        loop {
            match self.kind(node)? {
                Kind::Group => return Some(node),
                Kind::Operation if self.adds(node) => node = self.plain(self.field(node, "left")?),
                Kind::New(_) => {
                    let is_list = |it: &Node| self.kind(*it) == Some(Kind::Group);
                    return self.children(node).into_iter().find(is_list);
                }
                _ => return None,
            }
        }
    }

    /// Some take a program and its arguments apart: `FileName = "az", Arguments = "login …"`,
    /// `Command: "az", Args: []string{"login", …}`.
    pub(super) fn setting(&mut self, name: &str, value: Node<'t>) {
        let object = name.rsplit_once('.').map(|(object, _)| object);
        let name = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        if matches!(name.as_str(), "filename" | "command" | "cmd") {
            let word = self.word(value);
            let program = word.literal().is_some_and(|it| is_program(&it)).then_some(word);
            if let (Some(program), Some(object)) = (&program, object) {
                self.begins(format!("{object}.ArgumentList"), program.clone(), self.span(value));
            }
            self.program = program;
        } else if matches!(name.as_str(), "arguments" | "args" | "argumentlist")
            && let Some(program) = self.program.take()
        {
            self.started(program, value, self.span(value));
        }
    }

    /// A program, and its arguments as one text.
    pub(super) fn line(&mut self, (program, span): (String, Span), arguments: Node<'t>) {
        let mut whole = Placed::default();
        let at = self.span(arguments).start;
        // What stands behind its arguments has no place before them.
        match span.end <= at {
            true => whole.escape(&program, span.start, span.end - span.start),
            false => whole.text.push_str(&program),
        }
        whole.text.push(' ');
        let expressions = self.placed(arguments, &mut whole);
        let it = Nested { language: "bash", text: whole, expressions, purpose: Purpose::Run, at };
        self.parsed.nested.push(it);
    }

    pub(super) fn string(&mut self, node: Node<'t>, above: &[Above<'t>]) {
        if self.is_added(above) || self.assigned.contains(&node.id()) {
            return;
        }
        if !self.pieces(node).iter().any(|it| matches!(it, Piece::Text(..))) {
            if self.list(node).is_some() {
                let words = self.words(vec![node]);
                self.run(self.span(node), words, above);
            }
            return;
        }
        let word = self.word(node);
        let at = word.span.start;
        self.parsed.texts.push(word);
        let mut text = Placed::default();
        let expressions = self.placed(node, &mut text);
        if let Some(language) = shell(&text.text) {
            let is_alone = |it: &Above| self.kind(it.node) == Some(Kind::Statement);
            let purpose = match above.last().is_some_and(is_alone) {
                true => Purpose::Printed,
                false => self.purpose(above),
            };
            self.parsed.nested.push(Nested { language, text, expressions, purpose, at });
        }
    }

    /// Whether what is above is added to something else, and so is a part of that.
    fn is_added(&self, above: &[Above<'t>]) -> bool {
        for it in above.iter().rev().map(|it| it.node) {
            match self.kind(it) {
                Some(Kind::First(_) | Kind::Last) => {}
                Some(Kind::Join) => return true,
                Some(Kind::Operation) => return self.adds(it),
                _ => return false,
            }
        }
        false
    }

    /// Puts what a string says behind `text`, with what the program puts into it. Whether a
    /// string with places for values is given any is not looked at: no shell has a use for them.
    fn placed(&self, node: Node<'t>, text: &mut Placed) -> Vec<Expression> {
        let mut expressions = Vec::new();
        for piece in self.pieces(node) {
            match piece {
                Piece::Text(at, said) if !said.is_empty() => {
                    let start = text.text.len();
                    text.escape(&said, at.start, at.end - at.start);
                    expressions.extend(blanks(&said, start));
                }
                Piece::Text(..) => {}
                Piece::Value(node) => {
                    let start = text.text.len();
                    text.push(self.source(node), self.span(node).start);
                    let span = Span::new(start, text.text.len());
                    let name = match self.value(node).value {
                        Value::Variable(name) => name,
                        _ => self.source(node).to_owned(),
                    };
                    expressions.push(Expression { span, name });
                }
            }
        }
        expressions
    }

    /// What becomes of a string, by the calls and the names above it.
    fn purpose(&self, above: &[Above<'t>]) -> Purpose {
        for it in above.iter().rev().map(|it| it.node) {
            let name = match self.kind(it) {
                Some(Kind::Body | Kind::Statement) => break,
                Some(Kind::Call { .. } | Kind::New(_)) => match self.purpose_of(it) {
                    Some(purpose) => return purpose,
                    None => continue,
                },
                Some(Kind::Assign { left: field, .. } | Kind::Pair { key: field, .. }) => field,
                Some(Kind::Named) => "name",
                _ => continue,
            };
            let name = self.field(it, name).map_or("", |it| self.source(it)).to_ascii_lowercase();
            if SHOWN.iter().any(|it| name.contains(it)) {
                return Purpose::Printed;
            }
        }
        Purpose::Run
    }

    /// What a call does with what it is given, if that is known.
    fn purpose_of(&self, call: Node<'t>) -> Option<Purpose> {
        let path = self.callee(call)?.to_ascii_lowercase();
        let (object, name) = path.rsplit_once('.').unwrap_or(("", &path));
        let is_shown = ["console", "stdout", "stderr", "log"].iter().any(|it| object.contains(it));
        let is_error = name.ends_with("error") || name.ends_with("exception");
        if PRINTS.contains(&name) || is_error || is_shown {
            Some(Purpose::Printed)
        } else if WRITES.contains(&name) {
            Some(Purpose::Written)
        } else {
            None
        }
    }
}

/// The places of a text that are for values: `{}`, `{0}`, `{name}`, `%s`.
fn blanks(text: &str, start: usize) -> Vec<Expression> {
    let mut found = Vec::new();
    let mut done = 0;
    for (at, sign) in text.match_indices(['{', '%']).filter(|(at, _)| !text[..*at].ends_with('$')) {
        let rest = &text[at + 1..];
        let length = match sign {
            "{" => rest
                .find(|it: char| !it.is_alphanumeric() && it != '_')
                .and_then(|it| rest[it..].starts_with('}').then_some(it + 1)),
            _ => rest.starts_with(['d', 'q', 's', 'v']).then_some(1),
        };
        if let Some(length) = length.filter(|_| at >= done) {
            done = at + 1 + length;
            let span = Span::new(start + at, start + done);
            found.push(Expression { span, name: text[at..done].to_owned() });
        }
    }
    found
}

/// What a program is called, without its folder and its extension.
fn program_name(path: &str) -> String {
    let file = path.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
    let extensions = [".exe", ".cmd", ".bat"];
    extensions.iter().find_map(|it| file.strip_suffix(it)).unwrap_or(&file).to_owned()
}

/// The shell for which a text is, if it holds a command of the Azure CLI or a cmdlet.
fn shell(text: &str) -> Option<&'static str> {
    let mut found = None;
    for segment in text.split(['\n', ';', '&', '|', '(', '`', '{', '=']) {
        let mut words = segment.split_whitespace().skip_while(|it| BEFORE.contains(it));
        let Some(word) = words.next() else { continue };
        if is_cmdlet(word) {
            return Some("powershell");
        }
        if ["az", "kubelogin", "m365"].contains(&program_name(word).as_str()) {
            found = words.next().map(|_| "bash").or(found);
        }
    }
    found
}

/// `Verb-Noun`
pub(super) fn is_cmdlet(word: &str) -> bool {
    let is_name = |it: &str| {
        it.starts_with(|it: char| it.is_ascii_uppercase())
            && it.len() > 1
            && it.bytes().all(|it| it.is_ascii_alphanumeric())
    };
    word.split_once('-').is_some_and(|(verb, noun)| is_name(verb) && is_name(noun))
}
