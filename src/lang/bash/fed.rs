//! What commands are given to read, and where what they print goes.

use super::{Script, fields, heredoc, is_captured, source, span};
use crate::lang::{
    Part, Word,
    nested::{Fed, To},
    walk::{Above, DEEPEST},
};
use tree_sitter::Node;

/// Statements in braces, and what redirects what they print.
const GROUP: &str = "compound_statement";
const REDIRECTED: &str = "redirected_statement";

impl Script<'_> {
    /// Notes what the command is given to read, and what it prints.
    pub(super) fn feed(
        &mut self,
        node: Node,
        redirected: Option<Node>,
        above: &[Above],
        command: &Word,
        arguments: &[Word],
    ) {
        let at = command.span.start;
        let redirects = redirected.map(|it| fields(it, "redirect")).unwrap_or_default();
        let read: Vec<Word> = redirects
            .iter()
            .chain(&fields(node, "redirect"))
            .filter_map(|it| self.given(*it))
            .collect();
        self.parsed.texts.extend(read.iter().cloned());
        let name = command.literal();
        // `read … <<EOF` and `name=$(cat <<EOF` hold the text itself.
        let is_held = matches!(name.as_deref(), Some("cat" | "read"));
        if let (true, [text], Some(last)) =
            (is_held, read.as_slice(), self.parsed.assignments.last_mut())
            && last.value.span.contains(command.span)
            && last.value.parts.len() == 1
        {
            let is_inside = last.value.span.contains(text.span);
            let span = if is_inside { last.value.span } else { text.span };
            last.value = Word { span, parts: text.parts.clone() };
        }
        let to = match name.as_deref() {
            Some("cat" | "echo" | "printf") => self.output(node, &redirects, above),
            _ => Some(To::Call(at)),
        };
        let printed = match name.as_deref() {
            Some("echo") => {
                let is_text = |it: &&Word| {
                    !it.literal().is_some_and(|it| matches!(&*it, "-e" | "-n" | "-ne" | "-en"))
                };
                vec![arguments.iter().filter(is_text).cloned().collect()]
            }
            Some("printf") => arguments.iter().map(|it| vec![it.clone()]).collect(),
            _ => Vec::new(),
        };
        let read = read.into_iter().map(|it| vec![it]);
        for words in read.chain(printed) {
            if let Some(to) = to.clone() {
                self.parsed.fed.push(Fed { words, at, to });
            }
        }
    }

    /// What a here-document or a here-string says.
    fn given(&self, redirect: Node) -> Option<Word> {
        let mut cursor = redirect.walk();
        let mut children = redirect.named_children(&mut cursor);
        match redirect.kind() {
            "herestring_redirect" => children.last().map(|it| self.word(it)),
            "heredoc_redirect" => {
                let body = children.find(|it| it.kind() == "heredoc_body")?;
                let place = span(self.text, body);
                let mut word = Word { span: place, parts: Vec::new() };
                let is_quoted = redirect
                    .named_children(&mut redirect.walk())
                    .find(|it| it.kind() == "heredoc_start")
                    .is_some_and(|it| source(self.text, it).contains(['\'', '"', '\\']));
                if is_quoted {
                    let text = self.text[place.start..place.end].to_owned();
                    word.parts.push(Part::literal(place, text));
                } else {
                    self.children(body, place, heredoc, &mut word.parts);
                }
                Some(word)
            }
            _ => None,
        }
    }

    /// Where what a command prints goes, unless something else uses it.
    fn output(&self, node: Node, redirects: &[Node], above: &[Above]) -> Option<To> {
        for redirect in redirects {
            if let Some(file) = self.file(*redirect) {
                return Some(file);
            }
            let mut cursor = redirect.walk();
            let pipe = redirect.children(&mut cursor).find(|it| it.kind() == "pipeline");
            if let Some(next) = pipe.and_then(|it| it.named_child(0)) {
                return self.reader(next);
            }
        }
        let around = above.iter().rfind(|it| it.node.kind() != REDIRECTED)?;
        match around.node.kind() {
            "pipeline" => match around.children[around.at + 1..].iter().find(|it| it.is_named()) {
                Some(next) => self.reader(*next),
                None => (!is_captured(around.node, above)).then_some(To::Screen),
            },
            GROUP => {
                let outer = above.iter().rfind(|it| it.node.kind() == REDIRECTED);
                let of_group =
                    outer.filter(|it| it.node.child_by_field_name("body") == Some(around.node));
                let redirects = of_group.map(|it| fields(it.node, "redirect")).unwrap_or_default();
                let file = redirects.into_iter().find_map(|it| self.file(it));
                file.or_else(|| (!is_captured(node, above)).then_some(To::Screen))
            }
            _ => (!is_captured(node, above)).then_some(To::Screen),
        }
    }

    /// The file that a redirection puts what is printed into.
    fn file(&self, redirect: Node) -> Option<To> {
        std::iter::once(redirect).chain(fields(redirect, "redirect")).find_map(|it| {
            let mut cursor = it.walk();
            let is_output = it
                .children(&mut cursor)
                .any(|it| matches!(it.kind(), ">" | ">>" | ">|" | "&>" | "&>>"));
            let descriptor = it.child_by_field_name("descriptor");
            let is_error = descriptor.is_some_and(|it| source(self.text, it) != "1");
            let is_file = it.kind() == "file_redirect" && is_output && !is_error;
            let path = it.child_by_field_name("destination").filter(|_| is_file)?;
            Some(To::File(self.word(path)))
        })
    }

    /// The command that a statement begins with.
    fn reader(&self, statement: Node) -> Option<To> {
        let mut node = statement;
        for _ in 0..DEEPEST {
            match node.kind() {
                "command" => {
                    let name = node.child_by_field_name("name")?;
                    return Some(To::Call(span(self.text, name).start));
                }
                _ => node = node.child_by_field_name("body").or_else(|| node.named_child(0))?,
            }
        }
        None
    }
}
