//! Lists that variables hold, and what is added to them word by word: a command line often is one.

use super::{Kind, LARGEST, Program};
use crate::lang::Word;
use crate::text::Span;
use tree_sitter::Node;

/// What makes a list, of nothing or of other lists.
const LISTS: &[&str] =
    &["ArrayList", "LinkedList", "List", "Vector", "arrayListOf", "mutableListOf"];

/// What makes a list of what it is given.
const MAKERS: &[&str] = &["asList", "listOf", "of"];

/// Methods that add words to a list.
const ADDS: &[&str] = &["add", "addall", "addrange", "append", "extend", "push"];

/// What makes a program that is given its arguments later, and where those go.
const STARTS: &[(&str, &str)] = &[
    ("ProcessStartInfo", "ArgumentList"),
    ("exec.Command", "Args"),
    ("exec.CommandContext", "Args"),
];

impl<'t> Program<'t> {
    /// A variable is given a list, or more words for the list that it has.
    pub(super) fn listed_as(&mut self, name: &str, value: Node<'t>, adds: bool) {
        let value = self.plain(value);
        if let Some(Kind::Call { .. }) = self.kind(value)
            && let Some(callee) = self.callee(value)
        {
            let arguments = self.arguments(value);
            let is_own =
                |it: &[Node<'t>]| it.first().and_then(|it| self.path(*it)).as_deref() == Some(name);
            if callee == "append" && is_own(&arguments) {
                return self.more(name, arguments[1..].to_vec());
            }
            if callee.strip_suffix(".concat") == Some(name) {
                return self.more(name, arguments);
            }
        }
        if adds {
            return self.more(name, vec![value]);
        }
        self.commands.remove(name);
        self.lists.remove(name);
        if self.is_empty_list(value) {
            self.lists.insert(name.to_owned(), Vec::new());
        }
        self.starts(name, value);
        let mut makes = value;
        while let Some(given) = self.made(makes) {
            self.assigned.insert(makes.id());
            let [one] = given[..] else { break };
            makes = self.plain(one);
        }
        let list = self.list(value);
        if list.is_none() && makes == value && self.made(value).is_none() {
            return;
        }
        self.assigned.extend(list.into_iter().chain([value]).map(|it| it.id()));
        let words = self.words(vec![value]);
        let run = self.run(self.span(value), words.clone(), &[]);
        self.commands.extend(run.map(|it| (name.to_owned(), it)));
        self.lists.insert(name.to_owned(), words);
    }

    /// `new ArrayList<>()`
    fn is_empty_list(&self, value: Node<'t>) -> bool {
        self.arguments(value).is_empty() && self.is_called(value, LISTS)
    }

    fn is_called(&self, node: Node<'t>, names: &[&str]) -> bool {
        let is_one = |it: String| names.contains(&it.rsplit('.').next().unwrap_or_default());
        self.callee(node).is_some_and(is_one)
    }

    /// What a call puts into the list that it makes: `List.of("az", "login")`.
    pub(super) fn made(&self, node: Node<'t>) -> Option<Vec<Node<'t>>> {
        let is_one = self.is_called(node, LISTS) || self.is_called(node, MAKERS);
        Some(self.arguments(node)).filter(|it| is_one && !it.is_empty())
    }

    /// `start = new ProcessStartInfo("az")`, whose arguments are added one by one.
    fn starts(&mut self, name: &str, value: Node<'t>) {
        let Some(callee) = self.callee(value) else { return };
        let Some((_, list)) = STARTS.iter().find(|(it, _)| callee.ends_with(it)) else { return };
        let is_text = |it: &Node<'t>| self.kind(self.plain(*it)) == Some(Kind::Text);
        let texts: Vec<_> = self.arguments(value).into_iter().filter(is_text).collect();
        let program = match texts[..] {
            [program] => Some(self.word(program)),
            [] => self.map(value).and_then(|it| self.file_name(it)),
            _ => None,
        };
        if let Some(program) = program {
            self.begins(format!("{name}.{list}"), program, self.span(value));
        }
    }

    /// `{ FileName = "az" }`
    fn file_name(&self, map: Node<'t>) -> Option<Word> {
        self.pairs(map).into_iter().find(|it| it.1 == "FileName").map(|it| it.2)
    }

    /// A list of arguments begins with the program that is given them.
    pub(super) fn begins(&mut self, list: String, program: Word, span: Span) {
        let words = vec![program];
        let run = self.run(span, words.clone(), &[]);
        self.commands.extend(run.map(|it| (list.clone(), it)));
        self.lists.insert(list, words);
    }

    fn more(&mut self, name: &str, nodes: Vec<Node<'t>>) {
        let span = nodes.first().map(|it| self.span(*it));
        let words = self.words(nodes);
        if let (Some(span), Some([])) = (span, self.lists.get(name).map(Vec::as_slice)) {
            let run = self.run(span, words.clone(), &[]);
            self.commands.extend(run.map(|it| (name.to_owned(), it)));
            self.lists.insert(name.to_owned(), words);
            return;
        }
        if let Some(list) = self.lists.get_mut(name).filter(|it| it.len() < LARGEST) {
            list.extend(words.iter().cloned());
        }
        if let Some(call) = self.commands.get(name)
            && let Some(call) = self.parsed.calls.get_mut(*call)
            && call.arguments.len() < LARGEST
        {
            call.arguments.extend(words);
        }
    }

    /// `list.append(word)`
    pub(super) fn added(&mut self, path: &str, arguments: &[Node<'t>]) {
        if let Some((name, method)) = path.rsplit_once('.')
            && is_add(method)
        {
            self.more(name, arguments.to_vec());
        }
    }

    /// `it => it.Add("login").Add("-u")`
    pub(super) fn chained(&self, lambda: Node<'t>) -> Option<Vec<Node<'t>>> {
        let mut node = self.plain(lambda.child_by_field_name("body")?);
        let mut links = Vec::new();
        while links.len() < LARGEST && self.callee(node).is_some_and(|it| is_add(&it)) {
            links.push(self.arguments(node));
            node = self.plain(self.receiver(node)?);
        }
        (!links.is_empty()).then(|| links.into_iter().rev().flatten().collect())
    }
}

fn is_add(path: &str) -> bool {
    let method = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    ADDS.contains(&method.as_str())
}
