//! Text that is fit to be shown.

use super::{EditSet, Source, Span, pattern};
use regex::Regex;
use std::sync::LazyLock;

/// Fixed in width, so that not even the length of a secret is shown.
const MASK: &str = "****";

/// Of a longer piece, nothing more is shown.
const LONGEST: usize = 10_000;

/// Further away than so many bytes is no name of a secret: a line may have many megabytes, and
/// thousands of pieces.
const NEAR: usize = 2_000;

/// Text that stands behind a name that tells it is a secret, where nothing else has said so: what
/// is quoted, what is set without a blank, as in shells, what a YAML file says of a password, and what a
/// connection string has in braces, since it has a semicolon in it or another such sign.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    let quoted = r#"(?i)(?:password|passwd|pwd|secret|token|apikey|api_key)["']?\s*[:=]\s*(?:"([^"$@{<\s][^"\n]*)"|'([^'$@{<\s][^'\n]*)')"#;
    // What follows `${PASSWORD:?` is a message of the shell.
    let set = r#"(?i)(?:password|passwd|pwd|secret)(?:(?:=|:\s+)([^\s"'$@({<|>&;#,=:][^\s"',;)]*)|:([^\s"'$@({<|>&;#,=:?][^\s"',;)]*))"#;
    let secure = r#"(?i)convertto-securestring\s+(?:-string\s+)?(?:"([^"$]+)"|'([^']+)')"#;
    let braced = r#"(?i)(?:password|pwd)\s*=\s*\{([^{}\n]*[;@#%&*?^~][^{}\n]*)\}"#;
    pattern(&format!("{quoted}|{set}|{secure}|{braced}"))
});

/// How programs read a variable: where a secret is, and none.
const READS: &[&str] = &[
    "Environment.GetEnvironmentVariable(",
    "System.getenv(",
    "os.environ",
    "os.getenv(",
    "process.env.",
];

/// Where the secrets of one source stand, so that nothing of it is shown without them covered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Masks(Vec<Span>);

impl Masks {
    pub fn new(secrets: impl IntoIterator<Item = Span>) -> Masks {
        let mut spans: Vec<Span> = secrets.into_iter().filter(|it| it.start < it.end).collect();
        spans.sort();
        spans.dedup();
        Masks(spans)
    }

    pub fn spans(&self) -> &[Span] {
        &self.0
    }

    /// Those in `part` of a text, and whatever is named like a secret there.
    fn with_named(&self, text: &str, part: Span) -> Masks {
        let text = text.get(part.start..part.end).unwrap_or_default();
        let named = NAMED.captures_iter(text).filter_map(|it| {
            let value = it.iter().skip(1).flatten().next()?;
            if READS.iter().any(|it| value.as_str().starts_with(it)) {
                return None;
            }
            Some(Span::new(part.start + value.start(), part.start + value.end()))
        });
        // Of a file with many sign-ins, each looks at what is near it alone.
        let known = self.0.iter().copied().filter(|it| it.overlaps(part));
        Masks::new(known.chain(named))
    }

    fn cover(&self, text: &str, part: Span) -> String {
        let mut out = String::new();
        let mut done = part.start;
        for secret in self.0.iter().filter(|it| it.overlaps(part)) {
            if secret.start >= done {
                out.push_str(&text[done..secret.start]);
                out.push_str(MASK);
            }
            done = done.max(secret.end);
        }
        out.push_str(text.get(done..part.end).unwrap_or_default());
        out
    }
}

/// A piece of a source with its secrets already masked.
///
/// Reports are made of excerpts, and an excerpt can only be made here, so no report can print
/// what was between the quotes after `--password`.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Excerpt(String);

impl Excerpt {
    pub fn of(source: &Source, span: Span, masks: &Masks) -> Excerpt {
        let raw = source.raw();
        let boundary = |at: usize| {
            (0..=at.min(raw.len())).rev().find(|it| raw.is_char_boundary(*it)).unwrap_or(0)
        };
        let end = span.end.min(boundary(span.start + LONGEST));
        let shown = Span::new(span.start, end);
        // A name and its secret stand on one line, or on two of a YAML file.
        let lines = source.whole_lines(shown);
        let above = source.whole_lines(Span::at(lines.start.saturating_sub(1))).start;
        let start = above.max(boundary(span.start.saturating_sub(NEAR)));
        let near = Span::new(start, lines.end.min(boundary(end + NEAR)));
        let rest = if shown == span { "" } else { "…" };
        Excerpt(masks.with_named(raw, near).cover(raw, shown) + rest)
    }

    /// A unified diff in which removed, added and context lines are masked.
    ///
    /// It is for reading. Files are written from the edits themselves, never from this text.
    pub fn diff(source: &Source, edits: &EditSet, masks: &Masks) -> Excerpt {
        let text = source.raw();
        let whole = Span::new(0, text.len());
        let masks = masks.with_named(text, whole);
        let before = masks.cover(text, whole);
        let mut after = String::new();
        let mut done = 0;
        for edit in edits.iter() {
            after.push_str(&masks.cover(text, Span::new(done, edit.span.start)));
            after.push_str(&edit.text);
            done = edit.span.end;
        }
        after.push_str(&masks.cover(text, Span::new(done, text.len())));
        Excerpt(unified(&source.path, &before, &after))
    }

    /// A patch that can be applied, or `None` if it would hold a secret.
    pub fn patch(source: &Source, edits: &EditSet, masks: &Masks) -> Option<Excerpt> {
        let patch = unified(&source.path, source.raw(), &edits.apply(source.raw()));
        (Excerpt::diff(source, edits, masks).0 == patch).then_some(Excerpt(patch))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn unified(path: &str, before: &str, after: &str) -> String {
    let diff = similar::TextDiff::from_lines(before, after);
    diff.unified_diff().header(&format!("a/{path}"), &format!("b/{path}")).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Edit;

    #[test]
    fn secrets_are_masked_where_they_are_known_and_where_they_are_named() {
        let source = Source::new("a.sh", "PASSWORD='canary-1'\nlogin -p canary-2 # x\n");
        let at = source.raw().find("canary-2").unwrap();
        let masks = Masks::new([Span::new(at, at + 8)]);
        let all = Excerpt::of(&source, Span::new(0, source.raw().len()), &masks);
        assert_eq!(all.as_str(), "PASSWORD='****'\nlogin -p **** # x\n");
        let mut edits = EditSet::default();
        edits.add(Edit { span: Span::new(20, 42), text: String::new() }).unwrap();
        let diff = Excerpt::diff(&source, &edits, &masks);
        assert!(diff.as_str().contains("-login -p **** # x\n"));
        assert!(!diff.as_str().contains("canary"));
        assert_eq!(Excerpt::patch(&source, &edits, &masks), None);
    }

    #[test]
    fn a_password_in_the_braces_of_a_connection_string_is_covered() {
        let source = Source::new("a.properties", "u=jdbc:x;password={canary;1};y=z\n");
        let all = Excerpt::of(&source, Span::new(0, source.raw().len()), &Masks::default());
        assert_eq!(all.as_str(), "u=jdbc:x;password={****};y=z\n");
    }

    /// Where each looked at its whole line, this took an hour.
    #[test]
    fn pieces_of_a_long_line_look_at_what_is_near_them() {
        let piece = "login password='canary' # あ; ";
        let source = Source::new("a.sh", &piece.repeat(200_000));
        for at in (0..500).map(|it| it * piece.len()) {
            let shown = Excerpt::of(&source, Span::new(at, at + 23), &Masks::default());
            assert_eq!(shown.as_str(), "login password='****'");
        }
        let whole = Excerpt::of(&source, Span::new(0, source.raw().len()), &Masks::default());
        assert!(whole.as_str().ends_with('…') && !whole.as_str().contains("canary"));
    }

    #[test]
    fn a_reference_is_not_a_secret() {
        let text = "password: ${{ secrets.PW }}\nPASSWORD=\"$PW\"\n--password \"$x\"\n\
                    PWD={password};PWD={0};f'pwd={p!r}'\n\
                    : \"${PASSWORD:?} ${SECRET:?not set}\"\n\
                    f(password=os.environ[\"P\"], password: process.env.P)\n\
                    id-token: write\n$password = ConvertTo-SecureString $x\n";
        let source = Source::new("a", text);
        let whole = Span::new(0, text.len());
        assert_eq!(Excerpt::of(&source, whole, &Masks::default()).as_str(), text);
        for (text, shown) in [("PASSWORD=?a b", "PASSWORD=**** b"), ("password:a", "password:****")]
        {
            let whole = Span::new(0, text.len());
            let found = Excerpt::of(&Source::new("a", text), whole, &Masks::default());
            assert_eq!(found.as_str(), shown);
        }
    }
}
