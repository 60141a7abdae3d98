//! As much of Groovy as tells its texts and comments from the rest.

use super::super::braces;
use crate::{
    lang::Expression,
    text::{Placed, Span},
};

/// Reads as much of Groovy as tells its texts and comments from the rest.
pub(super) struct Groovy<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
}

#[derive(Default)]
pub(super) struct Text {
    pub(super) text: Placed,
    pub(super) expressions: Vec<Expression>,
}

impl<'t> Groovy<'t> {
    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn blanks(&mut self, blank: fn(char) -> bool) {
        self.at = self.text.len() - self.rest().trim_start_matches(blank).len();
    }

    pub(super) fn word(&mut self) -> Option<&'t str> {
        let rest = self.rest();
        let end = rest.find(|it: char| !it.is_alphanumeric() && it != '_').unwrap_or(rest.len());
        self.at += end;
        (end > 0).then_some(&rest[..end])
    }

    /// Skips a comment, if there is one.
    pub(super) fn comment(&mut self) -> bool {
        let rest = self.rest();
        let end = match () {
            () if rest.starts_with("//") => rest.find('\n'),
            () if rest.starts_with("/*") => rest[2..].find("*/").map(|it| it + 4),
            () => return false,
        };
        self.at += end.unwrap_or(rest.len());
        true
    }

    /// Skips a text between slashes. One that does not end is an operator.
    pub(super) fn skip_past(&mut self, open: char, close: &str) {
        self.at += open.len_utf8();
        let rest = self.rest();
        let line = if close == "/" { rest.lines().next().unwrap_or_default() } else { rest };
        let mut ends = line.match_indices(close).filter(|(at, _)| !line[..*at].ends_with('\\'));
        self.at += ends.next().map_or(0, |(at, it)| at + it.len());
    }

    /// The text that is given to a step: its only argument, or the one named `script` or `name`.
    pub(super) fn argument(&mut self) -> Option<Text> {
        self.blanks(|it| it == ' ' || it == '\t');
        let enclosed = self.rest().starts_with('(');
        while self.rest().starts_with(['(', '[']) {
            self.at += 1;
            self.blanks(char::is_whitespace);
        }
        let mut name = None;
        loop {
            match self.peek()? {
                '\'' | '"' if matches!(name, None | Some("script" | "name")) => {
                    return self.sum();
                }
                '\'' | '"' => self.string(&mut Text::default())?,
                ',' => {
                    self.at += 1;
                    self.blanks(char::is_whitespace);
                }
                it if it == ' ' || it == '\t' || enclosed && it.is_whitespace() => self.at += 1,
                _ if self.comment() => {}
                _ => {
                    let word = self.word()?;
                    self.blanks(|it| it == ' ' || it == '\t');
                    match self.peek()? {
                        ':' => {
                            self.at += 1;
                            name = Some(word);
                        }
                        // A value such as `true`.
                        ',' if name.is_some() => {}
                        _ => return None,
                    }
                }
            }
        }
    }

    /// `'text' + name + 'text'`
    fn sum(&mut self) -> Option<Text> {
        let mut text = Text::default();
        self.string(&mut text)?;
        loop {
            let end = self.at;
            self.blanks(char::is_whitespace);
            if !self.rest().starts_with('+') {
                self.at = end;
                return Some(text);
            }
            self.at += 1;
            self.blanks(char::is_whitespace);
            if self.rest().starts_with(['\'', '"']) {
                self.string(&mut text)?;
            } else {
                let length = path(self.rest());
                if length == 0 {
                    return Some(text);
                }
                text.expression(self.rest(), self.at, length, 0..length);
                self.at += length;
            }
        }
    }

    /// The command that begins here, and that Groovy itself runs: `"az login".execute()`, or a list of
    /// its words.
    pub(super) fn executed(&mut self) -> Option<Text> {
        let mut ahead = Groovy { ..*self };
        let mut text = Text::default();
        if ahead.rest().starts_with('[') {
            ahead.words(&mut text)?;
        } else {
            ahead.string(&mut text)?;
        }
        ahead.rest().starts_with(".execute(").then(|| {
            self.at = ahead.at;
            text
        })
    }

    /// `['text', name, "text"]`, with the quotes as they are: a shell takes them for its own.
    fn words(&mut self, into: &mut Text) -> Option<()> {
        loop {
            self.at += 1;
            self.blanks(char::is_whitespace);
            let start = self.at;
            if self.rest().starts_with(['\'', '"']) {
                into.text.push(&self.rest()[..1], start);
                self.string(into)?;
                into.text.push(&self.text[self.at - 1..self.at], self.at - 1);
            } else {
                let length = Some(path(self.rest())).filter(|it| *it > 0)?;
                into.expression(self.rest(), start, length, 0..length);
                self.at += length;
            }
            self.blanks(char::is_whitespace);
            match self.peek()? {
                ',' => into.text.text.push(' '),
                ']' => break,
                _ => return None,
            }
        }
        self.at += 1;
        Some(())
    }

    /// Adds the text that begins here to `into`; `None` if it does not end.
    pub(super) fn string(&mut self, into: &mut Text) -> Option<()> {
        let quote = &self.rest()[..1];
        let triple = quote.repeat(3);
        let (end, is_long) =
            if self.rest().starts_with(&triple) { (triple.as_str(), true) } else { (quote, false) };
        let computes = quote == "\"";
        self.at += end.len();
        loop {
            let rest = self.rest();
            if rest.starts_with(end) {
                self.at += end.len();
                return Some(());
            }
            let taken = match self.peek()? {
                '\n' if !is_long => return None,
                '\\' => {
                    let (meant, width) = escape(rest);
                    if let Some(meant) = meant {
                        let bytes = &mut [0; 4];
                        into.text.escape(meant.encode_utf8(bytes), self.at, width);
                    }
                    width
                }
                '$' if computes && rest.starts_with("${") => {
                    let length = braces(rest)?;
                    into.expression(rest, self.at, length, 2..length - 1);
                    length
                }
                '$' if computes && path(&rest[1..]) > 0 => {
                    let length = 1 + path(&rest[1..]);
                    into.expression(rest, self.at, length, 1..length);
                    length
                }
                first => {
                    let after = &rest[first.len_utf8()..];
                    let plain = after.find(['\\', '$', '\'', '"', '\n']).unwrap_or(after.len());
                    into.text.push(&rest[..first.len_utf8() + plain], self.at);
                    first.len_utf8() + plain
                }
            };
            self.at += taken;
        }
    }
}

impl Text {
    /// Adds what Groovy puts a value in place of.
    fn expression(&mut self, rest: &str, at: usize, length: usize, name: std::ops::Range<usize>) {
        let start = self.text.text.len();
        let name = rest[name].trim();
        // Jenkins' `env.NAME` is the shell's `NAME`.
        let name = name.strip_prefix("env.").unwrap_or(name).to_owned();
        self.expressions.push(Expression { span: Span::new(start, start + length), name });
        self.text.push(&rest[..length], at);
    }
}

/// What a backslash and what follows mean, and how long they are.
fn escape(rest: &str) -> (Option<char>, usize) {
    let next = rest[1..].chars().next();
    let meant = match next {
        None => return (Some('\\'), 1),
        Some('n') => '\n',
        Some('t') => '\t',
        Some('r') => '\r',
        Some('b') => '\x08',
        Some('f') => '\x0c',
        Some('s') => ' ',
        Some(it @ ('\\' | '\'' | '"' | '$')) => it,
        Some('\n') => return (None, 2),
        Some('\r') if rest[2..].starts_with('\n') => return (None, 3),
        Some('u') => {
            let digits = rest.get(2..6).and_then(|it| u32::from_str_radix(it, 16).ok());
            match digits.and_then(char::from_u32) {
                Some(it) => return (Some(it), 6),
                None => return (Some('\\'), 1),
            }
        }
        Some(_) => return (Some('\\'), 1),
    };
    (Some(meant), 2)
}

/// The length of `name.name`.
fn path(rest: &str) -> usize {
    let is_word = |it: char| it.is_alphanumeric() || it == '_';
    let end = rest.find(|it: char| !is_word(it) && it != '.').unwrap_or(rest.len());
    let path = &rest[..end];
    if path.starts_with(|it: char| !is_word(it) || it.is_numeric()) {
        return 0;
    }
    path.find("..").map_or(path, |it| &path[..it]).trim_end_matches('.').len()
}
