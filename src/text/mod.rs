//! Source text, places in it, and changes to it. Knows nothing of Azure.

mod edit;
mod excerpt;
mod place;
pub mod yaml;

pub use edit::{Edit, EditSet, Overlap};
pub use excerpt::{Excerpt, Masks};
pub use place::{Place, Placed};

use regex::Regex;
use std::sync::{Arc, OnceLock};

/// A pattern that is a constant of the program.
pub(crate) fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is a constant")
}

/// A half-open range of bytes.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct Span {
    pub start: usize,
    pub end: usize,
}

impl Span {
    pub fn new(start: usize, end: usize) -> Span {
        debug_assert!(start <= end);
        Span { start, end }
    }

    pub fn at(offset: usize) -> Span {
        Span::new(offset, offset)
    }

    pub fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    pub fn overlaps(self, other: Span) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// A line and a column, both from 1; columns count Unicode scalar values.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

/// How a file's bytes hold its text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Encoding {
    pub charset: Charset,
    /// They begin with a byte order mark, which is not part of the text.
    pub bom: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Charset {
    #[default]
    Utf8,
    Utf16Le,
    Utf16Be,
    ShiftJis,
    Windows1252,
}

/// One file of the repository, as it was when the scan read it.
#[derive(Clone)]
pub struct Source {
    /// Relative to the scanned folder, with `/`.
    pub path: Arc<str>,
    pub encoding: Encoding,
    text: Arc<str>,
    /// Where each line begins; of most files nobody asks.
    lines: OnceLock<Arc<[usize]>>,
    /// Where every [`STRIDE`]th character begins; asked for by long lines alone.
    strides: OnceLock<Arc<[usize]>>,
    line_break: OnceLock<&'static str>,
}

/// So many characters are counted at most from a place that is known to one that is asked for, so
/// that a line of many megabytes is not counted anew for each of its places.
const STRIDE: usize = 256;

// `Debug` names the file and never prints its text, which may hold a password.
impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Source {
    pub fn new(path: &str, text: &str) -> Source {
        Source::with_encoding(path, text, Encoding::default())
    }

    pub fn with_encoding(path: &str, text: &str, encoding: Encoding) -> Source {
        Source {
            path: path.into(),
            encoding,
            text: text.into(),
            lines: OnceLock::new(),
            line_break: OnceLock::new(),
            strides: OnceLock::new(),
        }
    }

    fn lines(&self) -> &[usize] {
        self.lines.get_or_init(|| {
            let bytes = self.text.as_bytes();
            let is_break = |at: &usize| bytes[*at..].get(..2) != Some(b"\r\n");
            let breaks = memchr::memchr2_iter(b'\n', b'\r', bytes).filter(is_break);
            std::iter::once(0).chain(breaks.map(|at| at + 1)).collect()
        })
    }

    /// The SHA-256 of the text, in hexadecimal.
    pub fn digest(&self) -> String {
        digest(self.raw().as_bytes())
    }

    /// The same file with another text.
    pub fn with_text(&self, text: &str) -> Source {
        Source::with_encoding(&self.path, text, self.encoding)
    }

    /// Whether the text has `word` in it: as `str::contains` says, and several times faster.
    pub fn holds(&self, word: &str) -> bool {
        memchr::memmem::find(self.text.as_bytes(), word.as_bytes()).is_some()
    }

    /// The text itself, for parsing and for rewriting. To show text to a person, use [`Excerpt`].
    pub fn raw(&self) -> &str {
        &self.text
    }

    pub fn position(&self, offset: usize) -> Position {
        let lines = self.lines();
        let line = lines.partition_point(|it| *it <= offset);
        let start = lines[line - 1];
        let before = match offset - start {
            0..=STRIDE => self.text[start..offset].chars().count(),
            _ => self.characters(offset) - self.characters(start),
        };
        Position { line, column: before + 1 }
    }

    /// How many characters stand before `offset`.
    fn characters(&self, offset: usize) -> usize {
        let strides = self
            .strides
            .get_or_init(|| self.text.char_indices().step_by(STRIDE).map(|(at, _)| at).collect());
        let last = strides.partition_point(|it| *it <= offset).saturating_sub(1);
        let from = strides.get(last).copied().unwrap_or_default();
        last * STRIDE + self.text[from..offset].chars().count()
    }

    /// The whole lines that `span` touches, with the last one's line break.
    pub fn whole_lines(&self, span: Span) -> Span {
        let lines = self.lines();
        let start = lines[lines.partition_point(|it| *it <= span.start) - 1];
        let last = span.end.max(span.start + 1) - 1;
        let end = lines.get(lines.partition_point(|it| *it <= last)).copied();
        Span::new(start, end.unwrap_or(self.text.len()))
    }

    /// A line, counted from 1, with its line break.
    pub fn line(&self, line: usize) -> Option<Span> {
        let lines = self.lines();
        let start = *lines.get(line.checked_sub(1)?)?;
        Some(Span::new(start, lines.get(line).copied().unwrap_or(self.text.len())))
    }

    /// The whole lines that `span` is on, if nothing else is on them.
    pub fn lines_of(&self, span: Span) -> Option<Span> {
        let whole = self.whole_lines(span);
        let blank = |from: usize, to: usize| self.text[from..to].trim().is_empty();
        (blank(whole.start, span.start) && blank(span.end, whole.end)).then_some(whole)
    }

    /// The line break that this text uses.
    pub fn line_break(&self) -> &'static str {
        self.line_break.get_or_init(|| match () {
            () if self.text.contains("\r\n") => "\r\n",
            () if self.text.contains('\r') && !self.text.contains('\n') => "\r",
            () => "\n",
        })
    }
}

/// The SHA-256 of `bytes`, in hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    digest.as_ref().iter().map(|it| format!("{it:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_count_from_one() {
        let source = Source::new("a", "x\nあい z\n");
        assert_eq!(source.position(0), Position { line: 1, column: 1 });
        assert_eq!(source.position("x\nあい ".len()), Position { line: 2, column: 4 });
    }

    /// Counted from the start of the line each time, this would not end.
    #[test]
    fn places_of_a_long_line_are_counted_from_near_them() {
        let source = Source::new("a", &format!("x\n{}", "あ".repeat(6_000_000)));
        for column in (1..=6_000_000).step_by(6).chain([256, 257, 258, 6_000_001]) {
            let offset = 2 + (column - 1) * "あ".len();
            assert_eq!(source.position(offset), Position { line: 2, column });
        }
    }

    #[test]
    fn lines_end_in_any_of_three_ways() {
        for (text, lines, line_break) in [
            ("a\nb\n", 3, "\n"),
            ("a\r\nb\r\n", 3, "\r\n"),
            ("a\rb\r", 3, "\r"),
            ("a\rb\r\nc\nd\n\re", 6, "\r\n"),
        ] {
            let source = Source::new("a", text);
            assert_eq!(source.position(text.len()).line, lines, "{text:?}");
            assert_eq!(source.line_break(), line_break, "{text:?}");
        }
    }

    #[test]
    fn a_span_has_its_lines_when_nothing_else_is_on_them() {
        let source = Source::new("a", "one\n  two \nthree");
        assert_eq!(source.lines_of(Span::new(6, 9)), Some(Span::new(4, 11)));
        assert_eq!(source.lines_of(Span::new(6, 8)), None);
        assert_eq!(source.lines_of(Span::new(11, 16)), Some(Span::new(11, 16)));
    }
}
