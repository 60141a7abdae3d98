//! Characters of PowerShell: blanks, comments, brackets, and what stands for what.

use super::{DEEPEST, LONGEST_TYPE, SCOPES, Script};
use crate::text::Span;

impl Script<'_> {
    /// The next character, as the interpreter takes it.
    pub(super) fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next().map(fold)
    }

    /// The one after it.
    pub(super) fn peek_after(&self) -> Option<char> {
        self.text[self.at..].chars().nth(1).map(fold)
    }

    pub(super) fn next_is(&self, text: &str) -> bool {
        self.text[self.at..].starts_with(text)
    }

    pub(super) fn bump(&mut self) {
        self.at += self.text[self.at..].chars().next().map_or(0, char::len_utf8);
    }

    pub(super) fn take_while(&mut self, is: impl Fn(char) -> bool) {
        let rest = &self.text[self.at..];
        self.at += rest.find(|it| !is(fold(it))).unwrap_or(rest.len());
    }

    /// Reads what is one level deeper without a bracket.
    pub(super) fn nested<T>(&mut self, inside: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.open.len() >= DEEPEST {
            self.parsed.errors += 1;
            self.take_while(|it| it != '\n');
            return None;
        }
        self.open.push('=');
        let result = inside(self);
        self.open.pop();
        result
    }

    /// The letters that are next, in lower case, if they may be a keyword.
    pub(super) fn keyword(&self) -> String {
        let rest = &self.text[self.at..];
        let end = rest.find(|it: char| !it.is_ascii_alphabetic()).unwrap_or(rest.len());
        let goes_on = |it: char| it.is_alphanumeric() || "-_.\\/:".contains(it);
        let is_keyword = end <= "dynamicparam".len() && !rest[end..].starts_with(goes_on);
        if is_keyword { rest[..end].to_ascii_lowercase() } else { String::new() }
    }

    /// Whether one of `any` is the first thing after `length` bytes, on whichever line.
    pub(super) fn follows(&self, length: usize, any: &str) -> bool {
        self.text[self.at + length..].trim_start().starts_with(|it| any.contains(fold(it)))
    }

    /// Whether nothing more of this statement can follow here.
    pub(super) fn is_end(&self) -> bool {
        self.peek().is_none_or(|it| "\r\n;)}&#".contains(it))
    }

    pub(super) fn is_continuation(&self) -> bool {
        self.next_is("`\n") || self.next_is("`\r\n")
    }

    /// The character that a backtick and the next character stand for.
    pub(super) fn escaped(&mut self) -> Option<char> {
        let next = self.text[self.at..].chars().next()?;
        self.bump();
        match next {
            '0' => Some('\0'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            '\n' => None,
            it => Some(it),
        }
    }

    /// Skips blanks, joined lines and comments between words.
    pub(super) fn skip_blanks(&mut self) {
        loop {
            match self.peek() {
                Some('\r' | '\n') | None => return,
                Some(it) if it.is_whitespace() => self.bump(),
                Some('`') if self.is_continuation() => {
                    self.bump();
                    self.take_while(|it| it == '\r');
                    self.bump();
                }
                Some('<') if self.next_is("<#") => self.block_comment(),
                Some(_) => return,
            }
        }
    }

    /// Skips line breaks and all comments as well.
    pub(super) fn skip_space(&mut self) {
        loop {
            self.skip_blanks();
            match self.peek() {
                Some('\r' | '\n') => self.bump(),
                Some('#') => {
                    let start = self.at;
                    self.take_while(|it| it != '\n');
                    if start > 0 || !self.text.starts_with("#!") {
                        self.comment(start, self.at);
                    }
                }
                _ => return,
            }
        }
    }

    pub(super) fn block_comment(&mut self) {
        let start = self.at + 2;
        let length = self.text[start..].find("#>");
        self.parsed.errors += usize::from(length.is_none());
        let end = length.map_or(self.text.len(), |it| start + it);
        let mut line = start;
        while line < end {
            let next = self.text[line..end].find('\n').map_or(end, |it| line + it + 1);
            self.comment(line, next);
            line = next;
        }
        self.at = length.map_or(end, |_| end + 2);
    }

    /// Notes what a line says, once: blanks may be skipped more than once.
    pub(super) fn comment(&mut self, start: usize, end: usize) {
        let line = self.text[start..end].trim_end();
        let said = line.trim_start_matches(|it: char| it == '#' || it.is_whitespace());
        let end = start + line.len();
        let span = Span::new(end - said.len(), end);
        let is_new = self.parsed.comments.last().is_none_or(|it| it.start < span.start);
        if !said.is_empty() && is_new {
            self.parsed.comments.push(span);
        }
    }

    /// Skips `[type]` or `[Attribute(…)]`.
    pub(super) fn skip_type(&mut self) -> bool {
        let mut quote = None;
        let mut open = 0_usize;
        let rest = &self.text[self.at..];
        if !rest.starts_with('[') || !self.peek_after().is_some_and(char::is_alphabetic) {
            return false;
        }
        for (at, char) in rest.char_indices().take_while(|(at, _)| *at < LONGEST_TYPE) {
            match (quote, fold(char)) {
                (Some(it), char) if it == char => quote = None,
                (Some(_), _) => {}
                (None, it @ ('\'' | '"')) => quote = Some(it),
                (None, '[') => open += 1,
                (None, ']') => open -= 1,
                _ => {}
            }
            if open == 0 {
                self.at += at + 1;
                return true;
            }
        }
        false
    }
}

/// What PowerShell takes a typographic character for.
pub(super) fn fold(char: char) -> char {
    match char {
        '\u{201c}'..='\u{201e}' => '"',
        '\u{2018}'..='\u{201b}' => '\'',
        '\u{2013}'..='\u{2015}' => '-',
        '\u{feff}' => ' ',
        it => it,
    }
}

/// The name of a variable without the scope that it is looked up in. Those of the environment
/// are not the language's own, and on some systems tell cases apart.
pub(super) fn canonical(name: &str) -> String {
    match name.split_once(':') {
        Some((scope, name)) if SCOPES.contains(&scope.to_ascii_lowercase().as_str()) => {
            name.to_ascii_lowercase()
        }
        Some((scope, name)) if scope.eq_ignore_ascii_case("env") => format!("env:{name}"),
        _ => name.to_ascii_lowercase(),
    }
}
