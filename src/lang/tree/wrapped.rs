//! Programs behind functions of a program's own, and names that an import changes.

use super::{LARGEST, Program, nested::is_program, written::Piece};
use crate::lang::{Call, Part, Role, Word, nested::shows};
use crate::text::Span;
use tree_sitter::Node;

/// What functions are called that run the Azure CLI, in lower case and as words.
const AZ: &[&[&str]] = &[&["az"], &["azure", "cli"], &["azcli"]];

impl<'t> Program<'t> {
    /// `az("login", …)`, `run_az(["login", …])`, `azCli($"login …")`: a function that is called after
    /// the Azure CLI is given its arguments.
    pub(super) fn wrapped(&mut self, path: &str, at: Span, node: Node<'t>, given: &[Node<'t>]) {
        let own = path.rsplit('.').next().unwrap_or_default();
        let words = words_of(own);
        let is_az = |it: &&[&str]| words.windows(it.len()).any(|words| words == *it);
        if shows(&words.join("_")) {
            return;
        }
        let Some(first) = given.first().filter(|_| AZ.iter().any(is_az)) else { return };
        let all = self.words(given.to_vec());
        let program = Word { span: at, parts: vec![Part::literal(at, "az".to_owned())] };
        let is_option = |it: &Word| it.begins_with("-");
        match all.as_slice() {
            [login, option, ..] if login.is("login") && is_option(option) => {
                let call = Call::new(program, all, self.span(node), Role::Value);
                self.parsed.calls.push(call);
            }
            [line, ..] if line.begins_with("login ") => {
                self.line(("az".to_owned(), at), *first);
            }
            _ => {}
        }
    }

    /// `Cli.Wrap("az").WithArguments(…)`
    pub(super) fn with_arguments(&mut self, node: Node<'t>, given: &[Node<'t>]) {
        let Some(receiver) = self.receiver(node).map(|it| self.plain(it)) else { return };
        let is_wrap = self.callee(receiver).is_some_and(|it| it.ends_with("Wrap"));
        let of = self.arguments(receiver);
        let (true, Some(program), Some(first)) = (is_wrap, of.first(), given.first()) else {
            return;
        };
        let (program, span) = (self.word(*program), self.span(node));
        match self.chained(self.plain(*first)) {
            Some(words) => self.called_with(program, words, span),
            None => self.started(program, *first, span),
        }
    }

    /// A program, and what it is given: a list, or one text.
    pub(super) fn started(&mut self, program: Word, given: Node<'t>, span: Span) {
        let Some(name) = program.literal().filter(|it| is_program(it)) else { return };
        let is_text = self.pieces(given).iter().any(|it| matches!(it, Piece::Text(..)));
        if is_text {
            return self.line((name.into_owned(), program.span), given);
        }
        self.called_with(program, vec![given], span);
    }

    fn called_with(&mut self, program: Word, given: Vec<Node<'t>>, span: Span) {
        let words = self.words(given);
        if program.literal().is_some_and(|it| is_program(&it)) {
            self.parsed.calls.push(Call::new(program, words, span, Role::Value));
        }
    }

    /// Notes the names that an import changes: `import name as other`.
    pub(super) fn renamed(&mut self, import: Node<'t>) {
        let mut rest = vec![import];
        for _ in 0..LARGEST {
            let Some(node) = rest.pop() else { return };
            let name = node.child_by_field_name("name");
            let other = node.child_by_field_name("alias");
            // `using Other = Name;`
            let is_using = self.kind(node).is_some() && node.kind() == "using_directive";
            let pair = match (name, other) {
                (Some(name), Some(other)) => Some((name, other)),
                (Some(other), None) if is_using => {
                    self.children(node).last().filter(|it| **it != other).map(|it| (*it, other))
                }
                _ => None,
            };
            match pair {
                Some((name, other)) => {
                    let (name, other) = (self.source(name), self.source(other));
                    self.names.insert(other.to_owned(), name.to_owned());
                }
                None => rest.extend(self.children(node)),
            }
        }
    }
}

/// The words of a name, in lower case: `runAz`, `run_az`.
fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for it in name.chars() {
        if it == '_' || it.is_uppercase() && was_lower {
            words.push(String::new());
        }
        was_lower = it.is_lowercase() || it.is_ascii_digit();
        if let Some(word) = words.last_mut().filter(|_| it != '_') {
            word.extend(it.to_lowercase());
        }
    }
    words
}
