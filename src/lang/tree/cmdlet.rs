//! Cmdlets that a program puts together: `AddCommand("Verb-Noun").AddParameter("Name", value)`.

use super::{Above, Kind, LARGEST, Program, nested::is_cmdlet};
use crate::lang::{Call, Part, Role, Word};
use tree_sitter::Node;

/// The methods of .NET's `PowerShell`, in lower case.
const COMMAND: &str = "addcommand";
const PARAMETER: &str = "addparameter";

impl<'t> Program<'t> {
    pub(super) fn cmdlet(
        &mut self,
        node: Node<'t>,
        name: &str,
        given: &[Node<'t>],
        above: &[Above<'t>],
    ) {
        match name {
            COMMAND => self.added_command(node, given, above),
            PARAMETER => self.added_parameter(node, given),
            "witharguments" => self.with_arguments(node, given),
            _ => {}
        }
    }

    fn added_command(&mut self, node: Node<'t>, given: &[Node<'t>], above: &[Above<'t>]) {
        let object = self.receiver(node).and_then(|it| self.path(it)).unwrap_or_default();
        self.cmdlets.remove(&object);
        let Some(command) = given.first().map(|it| self.word(*it)) else { return };
        if !command.literal().is_some_and(|it| is_cmdlet(&it)) {
            return;
        }
        let mut call = Call::new(command, Vec::new(), self.span(node), Role::Value);
        let mut object_so_far = node;
        for it in above.iter().rev().map(|it| it.node) {
            match self.kind(it) {
                Some(Kind::Call { .. }) if self.receiver(it) == Some(object_so_far) => {
                    if self.method(it) == PARAMETER {
                        call.arguments.extend(self.parameter(&self.arguments(it)));
                        call.span.end = self.span(it).end;
                    }
                    object_so_far = it;
                }
                Some(Kind::Member { .. }) => {}
                _ => break,
            }
        }
        self.cmdlets.insert(object, self.parsed.calls.len());
        self.parsed.calls.push(call);
    }

    /// A parameter in a statement of its own.
    fn added_parameter(&mut self, node: Node<'t>, given: &[Node<'t>]) {
        let words = self.parameter(given);
        let object = self.receiver(node).and_then(|it| self.path(it));
        if let Some(at) = object.and_then(|it| self.cmdlets.get(&it).copied())
            && let Some(call) = self.parsed.calls.get_mut(at)
            && call.arguments.len() < LARGEST
        {
            call.arguments.extend(words);
        }
    }

    /// The words that a shell would be given instead.
    fn parameter(&self, given: &[Node<'t>]) -> Vec<Word> {
        let mut words: Vec<Word> = given.iter().map(|it| self.word(*it)).collect();
        if let Some(first) = words.first_mut()
            && let Some(name) = first.literal()
        {
            let name = format!("-{}", name.trim_start_matches('-'));
            first.parts = vec![Part::literal(first.span, name)];
        }
        words
    }

    fn method(&self, call: Node<'t>) -> String {
        let path = self.callee(call).unwrap_or_default();
        path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase()
    }
}
