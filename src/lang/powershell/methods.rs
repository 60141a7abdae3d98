//! Methods and constructors, which PowerShell calls as programs do.

use super::Script;
use crate::{
    lang::{Call, Part, Role, Word},
    text::Span,
};

impl Script<'_> {
    /// `$object.Method(…)`, `[type]::new(…)`: at the end of its arguments. The object ends where
    /// `sign` begins.
    pub(super) fn called(&mut self, sign: usize, name: Span) {
        let given = self.arguments.as_ref().filter(|(it, _)| it.end == self.at);
        let Some(given) = given.map(|(_, words)| words.clone()) else { return };
        let of = self.text[..sign].strip_suffix(']').and_then(|it| it.rfind('['));
        let span = match of {
            Some(start) if self.text[name.start..name.end].eq_ignore_ascii_case("new") => {
                Span::new(start + 1, sign - 1)
            }
            _ => name,
        };
        let text = self.text[span.start..span.end].to_owned();
        let command = Word { span, parts: vec![Part::literal(span, text)] };
        self.method(command, given, Span::new(span.start, self.at));
    }

    pub(super) fn method(&mut self, command: Word, arguments: Vec<Word>, span: Span) {
        let Some(path) = command.literal() else { return };
        let name = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        let words = arguments.clone();
        let call = Call::new(command, arguments, span, Role::Value);
        self.parsed.calls.push(Call { name, words, ..call });
    }

    /// Whether a list is all that a word is, but for brackets around it.
    pub(super) fn is_all(&self, list: Span, word: Span) -> bool {
        let around = |from: usize, to: usize| self.text.get(from..to).map(str::trim);
        list == word
            || around(word.start, list.start) == Some("(")
                && around(list.end, word.end) == Some(")")
    }
}
