//! Texts that a template of Azure Resource Manager puts together: `[concat('az login -u ', …)]`.

use crate::{
    lang::Expression,
    text::{Placed, Span},
};

/// Calls in calls deeper than this are taken for values.
const DEEPEST: usize = 16;

/// What the template puts together, with its places in `text`, and the values in it.
pub(super) fn concatenated(text: &str) -> Option<(Placed, Vec<Expression>)> {
    let is_call = text.starts_with('[') && !text.starts_with("[[") && text.ends_with(")]");
    if !is_call {
        return None;
    }
    let mut reader = Reader { text, at: 1, ..Reader::default() };
    reader.value(0);
    let Reader { script, expressions, says_something, .. } = reader;
    says_something.then_some((script, expressions))
}

#[derive(Default)]
struct Reader<'t> {
    text: &'t str,
    at: usize,
    script: Placed,
    expressions: Vec<Expression>,
    says_something: bool,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn value(&mut self, depth: usize) {
        self.blanks();
        let rest = self.rest();
        let is_called = |name: &str| {
            let rest = rest.get(name.len()..).filter(|_| depth < DEEPEST);
            rest.is_some_and(|it| it.trim_start().starts_with('('))
                && self.rest()[..name.len()].eq_ignore_ascii_case(name)
        };
        if rest.starts_with('\'') {
            self.string(false);
        } else if is_called("concat") {
            self.joined(depth);
        } else if is_called("format") {
            self.formatted();
        } else {
            self.other();
        }
    }

    fn open(&mut self) {
        self.at += self.rest().find('(').map_or(0, |it| it + 1);
        self.blanks();
    }

    fn joined(&mut self, depth: usize) {
        self.open();
        loop {
            self.value(depth + 1);
            self.blanks();
            match self.rest().starts_with(',') {
                true => self.at += 1,
                false => break,
            }
        }
        self.at += usize::from(self.rest().starts_with(')'));
    }

    /// `format('… {0} …', value)`
    fn formatted(&mut self) {
        let end = self.end();
        self.open();
        if self.rest().starts_with('\'') {
            self.string(true);
        }
        // Its values stand behind it.
        self.at = end.max(self.at);
    }

    /// A text, in which a quote is written as two.
    fn string(&mut self, has_blanks: bool) {
        self.at += 1;
        loop {
            let rest = self.rest();
            let plain = rest.find(|it| it == '\'' || has_blanks && it == '{').unwrap_or(rest.len());
            self.script.push(&rest[..plain], self.at);
            self.says_something |= plain > 0;
            self.at += plain;
            let rest = &rest[plain..];
            if rest.starts_with("''") {
                self.script.escape("'", self.at, 2);
                self.at += 2;
            } else if rest.starts_with('{') {
                let width = rest.find(['}', '\'']).map_or(1, |it| it + 1);
                let name = if rest[..width].ends_with('}') { &rest[..width] } else { "{" };
                self.put(name);
            } else {
                self.at += usize::from(!rest.is_empty());
                return;
            }
        }
    }

    /// A value that is not written out.
    fn other(&mut self) {
        let end = self.end();
        self.put(self.text[self.at..end].trim_end());
        self.at = end;
    }

    fn put(&mut self, said: &str) {
        let start = self.script.text.len();
        self.script.push(said, self.at);
        self.at += said.len();
        let span = Span::new(start, self.script.text.len());
        if !said.is_empty() {
            self.expressions.push(Expression { span, name: said.to_owned() });
        }
    }

    /// Where the value that begins here ends: at a comma or a bracket that is not its own.
    fn end(&self) -> usize {
        let (mut open, mut is_string) = (0usize, false);
        for (at, next) in self.rest().char_indices() {
            match next {
                '\'' => is_string = !is_string,
                _ if is_string => {}
                '(' | '[' => open += 1,
                ')' | ']' | ',' if open == 0 => return self.at + at,
                ')' | ']' => open -= 1,
                _ => {}
            }
        }
        self.text.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_put_together_of_its_pieces() {
        for (text, said, names) in [
            (
                "[concat('az login -u ', parameters('user'), ' -p ''', variables('p')[0], '''')]",
                "az login -u parameters('user') -p 'variables('p')[0]'",
                &["parameters('user')", "variables('p')[0]"][..],
            ),
            (
                "[Concat('a', concat( 'b', x), toLower('c, d'), 'e')]",
                "abxtoLower('c, d')e",
                &["x", "toLower('c, d')"],
            ),
            ("[ format('a {0} b{1}', f('x'), y) ]", "", &[]),
            ("[format('a {0} b{1}', f('x'), y)]", "a {0} b{1}", &["{0}", "{1}"]),
            ("[concat(format('a {0}', y), 'b')]", "a {0}b", &["{0}"]),
            ("[format(x, 'y')]", "", &[]),
            ("[[concat('a')]", "", &[]),
            ("[parameters('a')]", "", &[]),
            ("concat('a')", "", &[]),
            ("[concat('あ', )]", "あ", &[]),
            ("[concat('a)]", "a)]", &[]),
        ] {
            let (script, expressions) = concatenated(text).unwrap_or_default();
            assert_eq!(script.text, said, "{text}");
            let own: Vec<_> = expressions.iter().map(|it| it.name.as_str()).collect();
            assert_eq!(own, names, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_has_its_places(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..20)) {
            let text = format!("[{})]", pieces.concat());
            let (script, expressions) = concatenated(&text).unwrap_or_default();
            for it in &expressions {
                assert!(script.text.get(it.span.start..it.span.end).is_some());
            }
            for (at, c) in script.text.char_indices() {
                let it = script.place.outer(Span::new(at, at + c.len_utf8()));
                assert!(it.is_none_or(|it| text[it.start..it.end].contains(c)), "{text:?}");
            }
        }
    }

    const PIECES: &[&str] =
        &["concat(", "format(", "'", "''", "a b", "{0}", "{", "あ", ", ", "(", ")", "[", "]", "x"];
}
