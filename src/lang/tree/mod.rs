//! What programs have in common: calls, assignments, maps and strings on the trees of tree-sitter.
//!
//! A language says what its nodes are, in one table; everything else is the same for all.

mod cmdlet;
mod given;
mod lists;
mod nested;
#[cfg(test)]
pub(super) mod testing;
mod timely;
mod wrapped;
mod written;

use super::{
    Assignment, Call, Entry, Import, Opt, Parsed, Part, Role, Value, Word, is_environment,
    walk::{Above, walk},
};
use crate::text::Span;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
pub(super) use timely::{TAKES_TOO_LONG, timely};
use tree_sitter::{Language, Node, Parser, Tree};

/// What a map calls the name of a setting, and what it gives it.
const NAMES: &[&str] = &["name", "key"];
const VALUE: &str = "value";

pub(super) struct Grammar {
    /// The first one is tried first, and the next where that one finds errors.
    pub(super) grammars: &'static [fn() -> Language],
    pub(super) nodes: &'static [(&'static str, Kind)],
    /// How a string is written that begins with these letters and these quotes.
    pub(super) style: fn(letters: &str, quotes: &str) -> Style,
}

/// What a node is. The names are those of its fields; an empty one is none, and then the child
/// is told by what else it is. Where a grammar names no fields, `#first` and `#last` are children
/// by their place, and `#kind` is the first of that kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Name,
    /// `this`
    Own,
    Member {
        object: &'static str,
        name: &'static str,
    },
    Index {
        object: &'static str,
        index: &'static str,
    },
    Call {
        /// The object of a method, where the callee is not all of `object.method`.
        object: &'static str,
        callee: &'static str,
    },
    /// A constructor, with the field of its type.
    New(&'static str),
    Arguments,
    /// An argument that has a name, in the field `name` or before `=`; its value is the last child.
    Named,
    Assign {
        left: &'static str,
        right: &'static str,
    },
    Pair {
        key: &'static str,
        value: &'static str,
    },
    /// A list, a map, an initializer: what it is, its children tell.
    Group,
    Text,
    /// What stands in a string and is none of it.
    Hole,
    /// Strings one after the other.
    Join,
    /// Two operands, with an operator between.
    Operation,
    /// The same as its first child, or as that in the field.
    First(&'static str),
    /// The same as its last child.
    Last,
    /// It imports what is in the field.
    Import(&'static str),
    Comment,
    /// A function or a method, with its name and its parameters in fields that are called so.
    Function,
    /// Statements: a value is not made of what they do.
    Body,
    /// A string as a statement says what the code does.
    Statement,
    Skip,
}

/// How characters are written that mean something in a string.
#[derive(Clone, Copy, Default)]
pub(super) struct Style {
    /// How many of the quotes open it.
    pub(super) open: usize,
    pub(super) backslash: bool,
    /// A quote is written as two.
    pub(super) doubled: bool,
    /// So is a brace.
    pub(super) braces: bool,
}

/// What takes more to compute than this is a program of its own, and no value.
const LARGEST: usize = 500;

/// More signs of this kind in a statement open no lists of types: the grammars try both ways to
/// read each, and the ways multiply.
const MOST_OPEN: usize = 32;

/// For each comment that nothing closes, a grammar looks at all that follows. No more of them are told.
const MOST_UNCLOSED: usize = 8;

/// For each escaped line end, the grammar of Python looks at all that follow. No more of them stand in a row.
const MOST_CONTINUED: usize = 32;

/// A name with more parts than this is none.
const LONGEST: usize = 8;

/// What gives the value of an environment variable.
const READS_ENVIRONMENT: &[&str] = &[
    "os.getenv",
    "os.environ.get",
    "environ.get",
    "getenv",
    "Environment.GetEnvironmentVariable",
    "System.Environment.GetEnvironmentVariable",
    "System.getenv",
    "os.Getenv",
    "os.LookupEnv",
];

/// What holds the environment variables.
const ENVIRONMENT: &[&str] = &["os.environ", "environ", "process.env"];

pub(super) fn parse(grammar: &Grammar, text: &str) -> Parsed {
    let mut best: Option<(Tree, Language)> = None;
    for language in grammar.grammars.iter().map(|it| it()) {
        let mut parser = Parser::new();
        parser
            .set_language(&language)
            .expect("the pinned grammar has a version that tree-sitter loads");
        let whole = Span::new(0, text.len());
        let Some(tree) = timely(&mut parser, &plain(text), whole) else { continue };
        let has_error = tree.root_node().has_error();
        if best.is_none() || !has_error {
            best = Some((tree, language));
        }
        if !has_error {
            break;
        }
    }
    let Some((tree, language)) = best else {
        return Parsed::unread(TAKES_TOO_LONG);
    };
    let mut program = Program::new(grammar, &language, text);
    walk(tree.root_node(), &mut |node, above| program.visit(node, above));
    let mut parsed = program.parsed;
    parsed.sort();
    given::given(&mut parsed);
    parsed
}

/// The text with another operator for each `<`, and blanks for each escaped line end and each begin of a
/// comment without an end, that nobody would write after so many others.
fn plain(text: &str) -> Cow<'_, [u8]> {
    let mut plain = Cow::Borrowed(text.as_bytes());
    let closed = text.rfind("*/").unwrap_or(0);
    let (mut open, mut continued, mut unclosed) = (0usize, 0, 0);
    for (at, byte) in text.bytes().enumerate() {
        let rest = &text.as_bytes()[at..];
        match [&b"\\\n"[..], b"\\\r\n"].iter().find(|it| rest.starts_with(it)) {
            Some(_) if continued < MOST_CONTINUED => continued += 1,
            Some(it) => plain.to_mut()[at..at + it.len()].fill(b' '),
            None if byte.is_ascii_whitespace() => {}
            None => continued = 0,
        }
        if at >= closed && rest.starts_with(b"/*") {
            unclosed += 1;
            if unclosed > MOST_UNCLOSED {
                plain.to_mut()[at..at + 2].fill(b' ');
            }
        }
        match byte {
            b';' | b'{' | b'}' => open = 0,
            b'>' => open = open.saturating_sub(1),
            b'<' if open == MOST_OPEN => plain.to_mut()[at] = b'+',
            b'<' => open += 1,
            _ => {}
        }
    }
    plain
}

struct Program<'t> {
    text: &'t str,
    style: fn(&str, &str) -> Style,
    /// By the number that the grammar has for it.
    kinds: Vec<Option<Kind>>,
    parsed: Parsed,
    /// The maps that a variable is assigned, by node.
    assigned: BTreeSet<usize>,
    /// The words of lists that variables hold.
    lists: BTreeMap<String, Vec<Word>>,
    /// The command lines that variables hold, as calls.
    commands: BTreeMap<String, usize>,
    /// The cmdlets that objects put together, as calls.
    cmdlets: BTreeMap<String, usize>,
    /// What imports call by other names, by those.
    names: BTreeMap<String, String>,
    /// The program whose arguments are still to come.
    program: Option<Word>,
}

impl<'t> Program<'t> {
    fn new(grammar: &Grammar, language: &Language, text: &'t str) -> Program<'t> {
        let mut kinds = vec![None; language.node_kind_count()];
        for (name, kind) in grammar.nodes {
            for is_named in [true, false] {
                let id = language.id_for_node_kind(name, is_named);
                if let Some(it) = kinds.get_mut(usize::from(id)).filter(|_| id > 0) {
                    *it = Some(*kind);
                }
            }
        }
        Program {
            text,
            style: grammar.style,
            kinds,
            parsed: Parsed::default(),
            assigned: BTreeSet::new(),
            lists: BTreeMap::new(),
            commands: BTreeMap::new(),
            cmdlets: BTreeMap::new(),
            names: BTreeMap::new(),
            program: None,
        }
    }

    fn visit(&mut self, node: Node<'t>, above: &[Above<'t>]) {
        if node.is_error() || node.is_missing() {
            self.parsed.errors += 1;
        }
        let parent = above.last().map(|it| it.node);
        match self.kind(node) {
            Some(Kind::Call { .. } | Kind::New(_)) => self.call(node, above),
            Some(Kind::Assign { left, right }) => match parent.and_then(|it| self.kind(it)) {
                Some(Kind::Group) => self.entry(node, left, right, above),
                _ => self.assign(node, left, right),
            },
            Some(Kind::Pair { key, value }) => self.entry(node, key, value, above),
            Some(Kind::Group) => self.group(node, above),
            Some(Kind::Text | Kind::Join | Kind::Operation) => self.string(node, above),
            Some(Kind::Import(field)) => self.import(node, field),
            Some(Kind::Comment) => self.comment(node),
            Some(Kind::Function) => self.function(node),
            _ => {}
        }
    }

    fn kind(&self, node: Node) -> Option<Kind> {
        self.kinds.get(usize::from(node.kind_id())).copied().flatten()
    }

    fn source(&self, node: Node) -> &'t str {
        let Span { start, end } = self.span(node);
        &self.text[start..end]
    }

    fn span(&self, node: Node) -> Span {
        let whole =
            |at: usize| (0..=at).rev().find(|it| self.text.is_char_boundary(*it)).unwrap_or(0);
        Span::new(whole(node.start_byte()), whole(node.end_byte()))
    }

    /// The children that mean something.
    fn children(&self, node: Node<'t>) -> Vec<Node<'t>> {
        let mut cursor = node.walk();
        let means = |it: &Node| !matches!(self.kind(*it), Some(Kind::Skip | Kind::Comment));
        node.named_children(&mut cursor).filter(means).collect()
    }

    fn field(&self, node: Node<'t>, field: &str) -> Option<Node<'t>> {
        match field.strip_prefix('#') {
            None if field.is_empty() => None,
            None => node.child_by_field_name(field),
            Some("first") => self.children(node).first().copied(),
            Some("last") => self.children(node).last().copied(),
            Some(kind) => self.children(node).into_iter().find(|it| it.kind() == kind),
        }
    }

    /// All children in a field of the grammar, or the one that has its place.
    fn fields(&self, node: Node<'t>, field: &str) -> Vec<Node<'t>> {
        let mut cursor = node.walk();
        match field.starts_with('#') {
            true => self.field(node, field).into_iter().collect(),
            false => node.children_by_field_name(field, &mut cursor).collect(),
        }
    }

    /// The node without what only stands around it.
    fn plain(&self, mut node: Node<'t>) -> Node<'t> {
        loop {
            let inner = match self.kind(node) {
                Some(Kind::First("")) => self.children(node).first().copied(),
                Some(Kind::First(field)) => self.field(node, field),
                Some(Kind::Last) => self.children(node).last().copied(),
                Some(Kind::Named) if self.named(node).is_none() => {
                    self.children(node).last().copied()
                }
                _ => None,
            };
            match inner {
                Some(inner) => node = inner,
                None => return node,
            }
        }
    }

    /// `a.b.c`, without the `this` that it may begin with; none if it is computed or too long.
    fn path(&self, node: Node<'t>) -> Option<String> {
        let mut names = Vec::new();
        let mut next = Some(node);
        while let Some(node) = next {
            let node = self.plain(node);
            next = match self.kind(node)? {
                Kind::Name if names.is_empty() => return Some(self.source(node).to_owned()),
                Kind::Name if matches!(self.source(node), "self") => None,
                Kind::Name => {
                    names.push(self.source(node));
                    None
                }
                Kind::Own => None,
                Kind::Member { object, name } => {
                    names.push(self.source(self.plain(self.field(node, name)?)));
                    self.field(node, object)
                }
                _ => return None,
            };
            if names.len() > LONGEST {
                return None;
            }
        }
        names.reverse();
        (!names.is_empty()).then(|| names.join("."))
    }

    /// The value of a node that is no string.
    fn value(&self, node: Node<'t>) -> Part {
        let value = match self.environment(node).or_else(|| self.path(node)) {
            Some(name) => Value::Variable(name),
            None => self.computed(node),
        };
        Part { span: self.span(node), value }
    }

    /// The environment variable that a node reads.
    fn environment(&self, node: Node<'t>) -> Option<String> {
        let (of, known, name) = match self.kind(node)? {
            Kind::Call { .. } => {
                let first = self.arguments(node).first().copied()?;
                (self.callee(node)?, READS_ENVIRONMENT, first)
            }
            Kind::Index { object, index } => {
                let object = self.path(self.field(node, object)?)?;
                (object, ENVIRONMENT, self.index(node, index)?)
            }
            Kind::Member { .. } => {
                let path = self.path(node)?;
                let name = path.strip_prefix("process.env.")?;
                return Some(format!("env:{name}"));
            }
            _ => return None,
        };
        known.contains(&of.as_str()).then_some(())?;
        Some(format!("env:{}", self.written(name).filter(|it| !it.is_empty())?))
    }

    fn index(&self, node: Node<'t>, field: &str) -> Option<Node<'t>> {
        let index = self.field(node, field)?;
        match self.kind(index) {
            Some(Kind::Arguments) => self.children(index).first().copied(),
            _ => Some(index),
        }
    }

    /// What a node reads and writes out, wherever in it.
    fn computed(&self, node: Node<'t>) -> Value {
        let (mut reads, mut literals): (Vec<String>, Vec<Span>) = Default::default();
        let mut rest = vec![node];
        for _ in 0..LARGEST {
            let Some(node) = rest.pop() else { break };
            if let Some(name) = self.environment(node) {
                reads.push(name);
                continue;
            }
            let from = rest.len();
            match self.kind(node) {
                Some(Kind::Name | Kind::Member { .. }) => match self.path(node) {
                    Some(path) => reads.push(path),
                    None => rest.extend(self.children(node)),
                },
                Some(Kind::Text) => {
                    let (inside, ..) = self.opened(node);
                    literals.extend((inside.start < inside.end).then_some(inside));
                    rest.extend(self.children(node));
                }
                Some(Kind::Call { .. }) => {
                    rest.extend(self.receiver(node));
                    rest.extend(self.arguments(node));
                }
                Some(Kind::New(_)) => rest.extend(self.arguments(node)),
                Some(Kind::Pair { value, .. }) => rest.extend(self.field(node, value)),
                Some(Kind::Body | Kind::Comment) => {}
                _ => rest.extend(self.children(node)),
            }
            rest[from..].reverse();
        }
        reads.sort_unstable();
        reads.dedup();
        literals.sort_unstable();
        Value::Computed { reads, literals }
    }

    /// The object whose method is called.
    fn receiver(&self, node: Node<'t>) -> Option<Node<'t>> {
        let Some(Kind::Call { object, callee }) = self.kind(node) else { return None };
        if !object.is_empty() {
            return self.field(node, object);
        }
        let callee = self.plain(self.field(node, callee)?);
        match self.kind(callee)? {
            Kind::Member { object, .. } => self.field(callee, object),
            _ => None,
        }
    }

    /// What is called, as far as it has a name: `os.system`, or `run` of `f().run`.
    fn callee(&self, node: Node<'t>) -> Option<String> {
        match self.kind(node)? {
            Kind::Call { object, callee } => {
                let callee = self.plain(self.field(node, callee)?);
                if self.field(node, object).is_some() {
                    let object = self.receiver(node).and_then(|it| self.path(it));
                    let method = self.source(callee);
                    return Some(object.map_or(method.to_owned(), |it| format!("{it}.{method}")));
                }
                self.path(callee).or_else(|| match self.kind(callee)? {
                    Kind::Member { name, .. } => {
                        Some(self.source(self.plain(self.field(callee, name)?)).to_owned())
                    }
                    _ => None,
                })
            }
            Kind::New(field) => self.path(self.field(node, field)?),
            _ => None,
        }
    }

    fn arguments(&self, node: Node<'t>) -> Vec<Node<'t>> {
        let is_list = |it: &Node| matches!(self.kind(*it), Some(Kind::Arguments));
        let list = node
            .child_by_field_name("arguments")
            .or_else(|| self.children(node).into_iter().find(is_list));
        match list {
            Some(list) if is_list(&list) => self.children(list),
            list => list.into_iter().collect(),
        }
    }

    /// The name of an argument that has one, and its value.
    fn named(&self, node: Node<'t>) -> Option<(Node<'t>, Node<'t>)> {
        let is_named = |it: Node| it.kind() == "=";
        let name = match self.kind(node)? {
            Kind::Named => node
                .child_by_field_name("name")
                .or_else(|| node.child(1).filter(|it| is_named(*it)).and_then(|_| node.child(0)))?,
            _ => return None,
        };
        Some((name, self.children(node).last().copied()?))
    }

    /// The keys of a map with their values.
    fn pairs(&self, node: Node<'t>) -> Vec<(Node<'t>, String, Word)> {
        let of = |it: Node<'t>| match self.kind(it)? {
            Kind::Pair { key, value } | Kind::Assign { left: key, right: value } => {
                let value = self.word(self.single(self.field(it, value)?));
                Some((it, self.key(self.field(it, key)?)?, value))
            }
            // `{ username }` is `{ username: username }`.
            Kind::Name => Some((it, self.source(it).to_owned(), self.word(it))),
            _ => None,
        };
        self.children(node).into_iter().filter_map(of).collect()
    }

    /// What a key is called: `name`, `"name"`, `["name"]`.
    fn key(&self, node: Node<'t>) -> Option<String> {
        let mut node = self.plain(node);
        if let (Some(Kind::Arguments), Some(first)) = (self.kind(node), self.children(node).first())
        {
            node = self.plain(*first);
        }
        match self.kind(node)? {
            Kind::Text => self.word(node).literal().map(|it| it.into_owned()),
            _ => self.path(node),
        }
    }

    /// The map that a node is, or builds on.
    fn map(&self, node: Node<'t>) -> Option<Node<'t>> {
        let node = self.plain(node);
        let is_group = |it: &Node| self.kind(*it) == Some(Kind::Group);
        let map = match self.kind(node)? {
            Kind::Group => node,
            Kind::New(_) => self.children(node).into_iter().find(is_group)?,
            _ => return None,
        };
        let is_pair =
            |it: &Node| matches!(self.kind(*it), Some(Kind::Pair { .. } | Kind::Assign { .. }));
        self.children(map).iter().any(is_pair).then_some(map)
    }

    fn call(&mut self, node: Node<'t>, above: &[Above<'t>]) {
        let arguments = self.arguments(node);
        // What a list is made of is known with the list.
        if !self.assigned.contains(&node.id()) {
            self.command(node, &arguments, above);
        }
        let declared = || {
            let types =
                above.iter().rev().take(3).filter_map(|it| it.node.child_by_field_name("type"));
            self.path(types.into_iter().next()?)
        };
        let is_untyped = self.kind(node) == Some(Kind::New(""));
        let Some(path) = self.callee(node).or_else(|| if is_untyped { declared() } else { None })
        else {
            return;
        };
        let path = self.names.get(&path).cloned().unwrap_or(path);
        let name = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        let is_builder = path.ends_with("Builder");
        let place = self.span(node);
        let callee = match self.kind(node) {
            Some(Kind::Call { callee, .. } | Kind::New(callee)) => self.field(node, callee),
            _ => None,
        };
        let at = callee.map_or(Span::at(place.start), |it| self.span(it));
        self.added(&path, &arguments);
        self.invoked(&name, node, &arguments);
        self.wrapped(&path, at, node, &arguments);
        self.cmdlet(node, &name, &arguments, above);
        let command = Word { span: at, parts: vec![Part::literal(at, path)] };
        let mut call = Call::new(command, Vec::new(), place, Role::Value);
        for it in arguments {
            if let Some((key, value)) = self.named(it) {
                let (key, span, value) = (self.source(key), self.span(it), self.word(value));
                if name == "dict" || is_environment(key) {
                    let (key, value) = (key.to_owned(), value.clone());
                    self.parsed.entries.push(Entry { key, span, value });
                }
                call.options.push(option(key, span, value));
                continue;
            }
            let word = self.word(it);
            if let Some(map) = self.map(it) {
                self.options(map, &mut call);
            }
            self.imported(&name, &word);
            call.words.push(word.clone());
            call.arguments.push(word);
        }
        if let Some(map) = self.map(node) {
            self.options(map, &mut call);
        }
        self.pair(&call.words);
        // Not every language has a word for `new`.
        if matches!(self.kind(node), Some(Kind::New(_))) || is_builder {
            self.builder(node, above, &mut call);
        }
        call.name = name;
        self.parsed.calls.push(call);
    }

    /// `form.append("name", value)`, `new Pair("name", value)`, `("name", value)`
    fn pair(&mut self, words: &[Word]) {
        let [name, value] = words else { return };
        let is_name = |it: &str| {
            it.starts_with(|it: char| it.is_ascii_alphabetic())
                && it.bytes().all(|it| it.is_ascii_alphanumeric() || b"_.-".contains(&it))
        };
        if let Some(key) = name.literal().filter(|it| is_name(it))
            && name.span.end <= value.span.start
        {
            let span = Span::new(name.span.start, value.span.end);
            self.parsed.entries.push(Entry { key: key.into_owned(), span, value: value.clone() });
        }
    }

    /// `{ "value" }`, where a name has a list of values.
    fn single(&self, node: Node<'t>) -> Node<'t> {
        let node = self.plain(node);
        match (self.kind(node), self.children(node).as_slice()) {
            (Some(Kind::Group), [one]) if self.map(node).is_none() => self.plain(*one),
            _ => node,
        }
    }

    fn options(&self, map: Node<'t>, call: &mut Call) {
        let of = |(at, name, value): (Node, String, Word)| option(&name, self.span(at), value);
        call.options.extend(self.pairs(map).into_iter().map(of));
    }

    /// `new Builder().username(name).password(word).build()`: methods of one argument that are
    /// called on what is built.
    fn builder(&self, node: Node<'t>, above: &[Above<'t>], call: &mut Call) {
        let mut object = node;
        for it in above.iter().rev().map(|it| it.node) {
            match self.kind(it) {
                Some(Kind::Call { .. }) if self.receiver(it) == Some(object) => {
                    let name = self.callee(it).unwrap_or_default();
                    if let [value] = self.arguments(it)[..] {
                        let place = Span::new(self.span(object).end, self.span(it).end);
                        call.options.push(option(&name, place, self.word(value)));
                        call.span.end = place.end;
                    }
                    object = it;
                }
                Some(Kind::Member { .. }) => {}
                _ => return,
            }
        }
    }

    fn imported(&mut self, function: &str, module: &Word) {
        if let ("require" | "import", Some(name)) = (function, module.literal()) {
            self.parsed.imports.push(Import { module: name.into_owned(), span: module.span });
        }
    }

    fn assign(&mut self, node: Node<'t>, left: &str, right: &str) {
        let targets = self.fields(node, left);
        let value = match right {
            "" => self.children(node).last().copied().filter(|it| !targets.contains(it)),
            field => self.field(node, field),
        };
        let Some(value) = value else { return };
        let targets = self.listed(targets);
        let values = self.listed(vec![value]);
        let adds = node.child_by_field_name("operator").is_some_and(|it| self.source(it) == "+=");
        for (n, target) in targets.iter().enumerate() {
            let value = if targets.len() == values.len() { values[n] } else { value };
            self.assigned(self.span(node), *target, value, adds);
        }
    }

    /// `a, b`
    fn listed(&self, nodes: Vec<Node<'t>>) -> Vec<Node<'t>> {
        match nodes[..] {
            [one] if matches!(one.kind(), "expression_list" | "pattern_list") => self.children(one),
            _ => nodes,
        }
    }

    fn assigned(&mut self, span: Span, target: Node<'t>, value: Node<'t>, adds: bool) {
        let target = self.plain(target);
        let word = self.word(value);
        if let Some(Kind::Index { object, index }) = self.kind(target)
            && self.environment(target).is_none()
        {
            let Some(name) = self.field(target, object).and_then(|it| self.path(it)) else {
                return;
            };
            let Some(key) = self.index(target, index).and_then(|it| self.key(it)) else { return };
            let entries = vec![(key.to_ascii_lowercase(), word.clone())];
            if is_environment(&key) {
                self.parsed.entries.push(Entry { key, span, value: word.clone() });
            }
            let assignment = Assignment::new(&name, span, word);
            self.parsed.assignments.push(Assignment { entries, adds: true, ..assignment });
            return;
        }
        let Some(name) = self.environment(target).or_else(|| self.path(target)) else { return };
        let map = self.map(value);
        self.assigned.extend(map.map(|it| it.id()));
        let pairs = map.map(|it| self.pairs(it)).unwrap_or_default();
        let entries =
            pairs.into_iter().map(|(_, key, it)| (key.to_ascii_lowercase(), it)).collect();
        self.listed_as(&name, value, adds);
        self.setting(&name, value);
        let assignment = Assignment::new(&name, span, word);
        self.parsed.assignments.push(Assignment { entries, adds, ..assignment });
    }

    fn entry(&mut self, node: Node<'t>, key: &str, value: &str, above: &[Above<'t>]) {
        let Some(name) = self.field(node, key).and_then(|it| self.key(it)) else { return };
        let Some(value) = self.field(node, value) else { return };
        self.setting(&name, value);
        let map = above.last().map(|it| it.node);
        if let Some(map) = map.filter(|_| name == VALUE) {
            self.beside(map);
        }
        if map.is_some_and(|it| self.assigned.contains(&it.id())) && !is_environment(&name) {
            return;
        }
        let value = self.word(self.single(value));
        self.parsed.entries.push(Entry { key: name, span: self.span(node), value });
    }

    /// `{ key: "name", value: "value" }`
    fn beside(&mut self, map: Node<'t>) {
        let pairs = self.pairs(map);
        let of = |name: &str| pairs.iter().find(|it| it.1 == name).map(|it| &it.2);
        let named = NAMES.iter().find_map(|it| of(it)?.literal());
        if let (Some(key), Some(value)) = (named, of(VALUE)) {
            let (key, span, value) = (key.into_owned(), self.span(map), value.clone());
            self.parsed.entries.push(Entry { key, span, value });
        }
    }

    fn import(&mut self, node: Node<'t>, field: &str) {
        self.renamed(node);
        let mut cursor = node.walk();
        let mut modules: Vec<_> = match field {
            "" => self.children(node).last().copied().into_iter().collect(),
            field => self.fields(node, field),
        };
        let names: Vec<_> = match field {
            "module_name" => node.children_by_field_name("name", &mut cursor).collect(),
            _ => Vec::new(),
        };
        let of = |it: Node<'t>| {
            let it = it
                .child_by_field_name("name")
                .filter(|_| it.kind() == "aliased_import")
                .unwrap_or(it);
            match self.kind(it) {
                Some(Kind::Text) => self.word(it).literal().map(|it| it.into_owned()),
                _ => Some(self.source(it).split_whitespace().collect()),
            }
        };
        let span = self.span(node);
        let module = modules.first().copied().and_then(of).unwrap_or_default();
        let inner = names.into_iter().filter_map(of).map(|it| format!("{module}.{it}"));
        let modules = modules.drain(..).filter_map(of).chain(inner).collect::<Vec<_>>();
        self.parsed.imports.extend(modules.into_iter().map(|module| Import { module, span }));
    }

    /// What the lines of a comment say.
    fn comment(&mut self, node: Node<'t>) {
        let Span { start, end } = self.span(node);
        let mut at = start;
        for line in self.text[start..end].split_inclusive('\n') {
            let said = line.trim_end().trim_end_matches("*/").trim_end();
            let plain = said.trim_start().trim_start_matches(['#', '/', '*', '!']).trim_start();
            if !plain.is_empty() {
                let end = at + said.len();
                self.parsed.comments.push(Span::new(end - plain.len(), end));
            }
            at += line.len();
        }
    }
}

fn option(name: &str, span: Span, value: Word) -> Opt {
    let name = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    Opt { name, span, value: Some(value), splatted: false, off: false }
}
