//! What is wrong with `workid.yaml`, where, and what may have been meant.

use crate::text::{Excerpt, Masks, Source, Span};
use std::fmt;

#[derive(Debug)]
pub struct ConfigError {
    line: usize,
    column: usize,
    what: String,
    /// Its line, with what could be a password covered.
    excerpt: Excerpt,
    /// How many characters are meant.
    width: usize,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ConfigError { line, column, what, excerpt, width } = self;
        let gutter = " ".repeat(line.to_string().len());
        let caret =
            format!("{}{}", " ".repeat(column.saturating_sub(1)), "^".repeat((*width).max(1)));
        write!(
            f,
            "line {line}, column {column}: {what}\n{gutter} |\n{line} | {}\n{gutter} | {caret}",
            excerpt.as_str()
        )
    }
}

impl std::error::Error for ConfigError {}

impl ConfigError {
    pub(super) fn yaml(text: &str, error: &serde_saphyr::Error) -> ConfigError {
        use serde_saphyr::Error;
        let error = error.without_snippet();
        let (what, named) = match error {
            Error::SerdeUnknownField { field, expected, .. } => (
                format!("there is no entry `{field}` here{}", instead(field, expected)),
                field.as_str(),
            ),
            Error::SerdeUnknownVariant { variant, expected, .. } => (
                format!("`{variant}` is none of the values{}", instead(variant, expected)),
                variant.as_str(),
            ),
            other => {
                let said = other.to_string();
                // The place is told already.
                let said = said.split(": ").last().unwrap_or(&said);
                (said.lines().next().unwrap_or_default().to_owned(), "")
            }
        };
        let place = error.location().map(|it| (it.line(), it.column()));
        let (line, column) = place.unwrap_or((1, 1));
        let size = |it: u64| usize::try_from(it).unwrap_or(1);
        ConfigError::at(text, size(line), size(column), named.chars().count(), what)
    }

    pub(super) fn glob(text: &str, glob: &str, error: &globset::Error) -> ConfigError {
        let at = text.find(glob).unwrap_or(0);
        let position = Source::new("", text).position(at);
        let what = format!("the path `{glob}` is no glob: {}", error.kind());
        ConfigError::at(text, position.line, position.column, glob.chars().count(), what)
    }

    fn at(text: &str, line: usize, column: usize, width: usize, what: String) -> ConfigError {
        let source = Source::new("", text);
        let start: usize =
            text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        let whole = text[start..].lines().next().unwrap_or_default();
        let span = Span::new(start, start + whole.len());
        let excerpt = Excerpt::of(&source, span, &Masks::default());
        ConfigError { line, column, what, excerpt, width }
    }
}

/// The entry that may have been meant, or else all that there are.
fn instead(written: &str, expected: &[&'static str]) -> String {
    let close = |it: &&&str| distance(written, it) <= written.len().max(it.len()) / 3;
    let near = expected.iter().filter(close).min_by_key(|it| distance(written, it));
    match near {
        Some(near) => format!(": did you mean `{near}`?"),
        None => format!(", which are {}", expected.join(", ")),
    }
}

/// How many letters have to change.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (n, one) in a.chars().enumerate() {
        let mut row = vec![n + 1];
        for (at, other) in b.iter().enumerate() {
            let changed = above[at] + usize::from(one != *other);
            row.push(changed.min(above[at + 1] + 1).min(row[at] + 1));
        }
        above = row;
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::Config;

    fn error(text: &str) -> String {
        Config::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn an_error_shows_its_place_and_what_may_have_been_meant() {
        assert_eq!(
            error("repository: contoso/web\nlocaton: japaneast\n"),
            "line 2, column 1: there is no entry `locaton` here: did you mean `location`?\n  |\n2 | locaton: japaneast\n  | ^^^^^^^"
        );
        assert_eq!(
            error("runs_on:\n  - paths: [a]\n    platform: sever\n").lines().next(),
            Some("line 3, column 15: `sever` is none of the values: did you mean `server`?")
        );
        let other = error("runs_on:\n  - paths: [a]\n    platform: mainframe\n");
        assert!(other.contains("none of the values, which are kubernetes, jenkins"), "{other}");
        assert!(error("runs_on:\n  - paths: a\n").starts_with("line 2, column 12: expected"));
        assert!(error("runs_on:\n  - user: a\n").contains("paths"));
    }

    #[test]
    fn a_path_that_is_no_glob_is_shown_where_it_stands() {
        let said = error("ignore:\n  - paths: [b, 'a[']\n    reason: x\n");
        assert!(said.starts_with("line 2, column 17: the path `a[` is no glob"), "{said}");
        assert!(said.ends_with("  |                 ^^"), "{said}");
    }

    #[test]
    fn what_could_be_a_password_is_covered() {
        let said = error("password: canary-4\n");
        assert!(!said.contains("canary"), "{said}");
    }
}
