//! Methods and constructors, which PowerShell calls as programs do.

use super::Script;
use crate::{
    lang::{
        Call, Part, Role, Word,
        nested::{Fed, To},
        options::split,
    },
    text::Span,
};

/// So many assignments before one are looked at.
const NEAREST: usize = 20;

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
        if let [file, given] = &given[..]
            && text.eq_ignore_ascii_case("start")
            && of.is_some_and(|it| self.text[it..sign].to_ascii_lowercase().ends_with("process]"))
        {
            // `[Diagnostics.Process]::Start('az', 'login …')`
            let (file, words) = (file.clone(), split(given));
            let span = Span::new(of.unwrap_or(sign), self.at);
            self.parsed.calls.push(Call::new(file, words, span, Role::Value));
            return;
        }
        let command = Word { span, parts: vec![Part::literal(span, text)] };
        self.method(command, given, Span::new(span.start, self.at));
    }

    pub(super) fn method(&mut self, command: Word, arguments: Vec<Word>, span: Span) {
        let Some(path) = command.literal() else { return };
        let name = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        self.cmdlet_of(&name, &arguments, span);
        let words = arguments.clone();
        let call = Call::new(command, arguments, span, Role::Value);
        self.parsed.calls.push(Call { name, words, ..call });
    }

    /// `$ps.AddCommand('Verb-Noun').AddParameter('Name', $value)`, `$ps.AddScript('…')`
    fn cmdlet_of(&mut self, method: &str, given: &[Word], span: Span) {
        match (method, given) {
            ("addcommand", [command, ..]) if command.literal().is_some() => {
                self.cmdlet = Some(self.parsed.calls.len());
                let call = Call::new(command.clone(), Vec::new(), span, Role::Value);
                self.parsed.calls.push(call);
            }
            ("addparameter", [name, value @ ..]) => {
                let Some(said) = name.literal() else { return };
                let part = Part::literal(name.span, format!("-{said}"));
                let word = Word { span: name.span, parts: vec![part] };
                if let Some(call) = self.cmdlet.and_then(|it| self.parsed.calls.get_mut(it)) {
                    call.arguments.extend(std::iter::once(word).chain(value.iter().cloned()));
                    call.span.end = span.end.max(call.span.end);
                }
            }
            ("addscript", [text, ..]) => {
                let (words, to) = (vec![text.clone()], To::Run("powershell"));
                self.parsed.fed.push(Fed { words, at: span.start, to });
            }
            _ => {}
        }
    }

    /// `$start.FileName = 'az'; $start.Arguments = 'login …'`: .NET takes a program and its arguments
    /// apart.
    pub(super) fn started_apart(&mut self, name: &str, span: Span) {
        let all = self.parsed.assignments.iter().rev().take(NEAREST).filter(|it| it.name == name);
        let entries = all.flat_map(|it| &it.entries);
        let of = |key: &str| entries.clone().find(|(it, _)| it == key).map(|(_, it)| it.clone());
        if let (Some(file), Some(given)) = (of("filename"), of("arguments")) {
            self.parsed.calls.push(Call::new(file, split(&given), span, Role::Value));
        }
    }

    /// Whether a list is all that a word is, but for brackets around it.
    pub(super) fn is_all(&self, list: Span, word: Span) -> bool {
        let around = |from: usize, to: usize| self.text.get(from..to).map(str::trim);
        list == word
            || around(word.start, list.start) == Some("(")
                && around(list.end, word.end) == Some(")")
    }
}
