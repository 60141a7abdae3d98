//! Passwords that are written out in connection strings: `…;Password=p;…`, `sqlserver://user:p@host`.

use crate::{
    lang::Parsed,
    text::{Span, pattern},
};
use regex::Regex;
use std::sync::LazyLock;

/// The value in braces or quotes, or up to what divides it from the next pair; in XML, the sign of
/// an entity divides nothing.
static PASSWORD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?i)(?:\b(?:password|pwd)\s*=\s*(?:\{((?:[^}]|\}\})*)\}|'([^']*)'|((?:&\w+;|[^;"'<])*))|://[^\s:/@;]+:([^\s/@;?]+)@)"#,
    )
});

/// What is no password, and is filled by one: `%s`, `{password}`, `$(password)`, `#{Password}`,
/// `@Microsoft.KeyVault(…)`.
static HOLE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:%[a-z]|%\(.*|[\w.:!\[\]]*|[$@<].*|#\{.*)$"));

/// Where a text at that place has passwords, as far as they are written out there.
pub(super) fn passwords(at: Span, parsed: &Parsed, script: &str) -> Vec<Span> {
    let first = parsed.texts.partition_point(|it| it.span.start < at.start);
    let Some(word) = parsed.texts[first..].iter().find(|it| it.span == at) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for literal in word.literals() {
        let Some(text) = script.get(literal.start..literal.end) else { continue };
        for it in PASSWORD.captures_iter(text) {
            let Some((nth, value)) = (1..5).find_map(|nth| Some((nth, it.get(nth)?))) else {
                continue;
            };
            let said = value.as_str().trim();
            // In braces, a name is a hole, and a password is there since it has other signs.
            let is_hole = match nth {
                1 => HOLE.is_match(said),
                _ => {
                    said.is_empty()
                        || HOLE.is_match(said) && !said.starts_with(char::is_alphanumeric)
                }
            };
            if !is_hole {
                let start = literal.start + value.start();
                found.push(Span::new(start, start + value.as_str().trim_end().len()));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang;

    #[test]
    fn a_password_is_one_that_is_written_out() {
        fn of<'t>(language: &str, text: &'t str) -> Vec<&'t str> {
            let parsed = lang::by_name(language).unwrap().parse(text, &[]);
            let all = parsed.texts.iter().flat_map(|it| passwords(it.span, &parsed, text));
            let mut all: Vec<_> = all.map(|it| &text[it.start..it.end]).collect();
            // What is set is read once more as what sets it.
            all.dedup();
            all
        }
        for (language, text, expected) in [
            ("csharp", "var s = \"Server=s;Password=can;UID=u\";", "can"),
            ("csharp", "var s = \"Server=s;PWD={can;1};\" + \"UID=u\";", "can;1"),
            ("csharp", "var s = \"Server=s;Password=can\" + \";UID=u\";", "can"),
            ("settings", "<add key=\"a\" value=\"Server=s;Pwd='c n';UID=u\"/>", "c n"),
            ("settings", "<add key=\"a\" value=\"Server=s;Password=c&amp;n;UID=u\"/>", "c&amp;n"),
            ("go", "package a\nvar s = \"sqlserver://u:can@h?database=d\"", "can"),
        ] {
            assert_eq!(of(language, text), [expected], "{text}");
        }
        for (language, text) in [
            ("csharp", "var s = $\"Server=s;Password={password};UID=u\";"),
            ("csharp", "var s = \"Server=s;Password=\" + password + \";UID=u\";"),
            ("python", "s = 'Server=s;PWD={password};UID=u'.format(password=p)"),
            ("python", "s = 'Server=s;PWD=%s;UID=u' % p"),
            ("settings", "url=jdbc:sqlserver://h:1433;database=d;user=u@contoso.com\n"),
            ("powershell", "$s = \"Server=s;PWD=$p;UID=u\""),
            ("settings", "db: Server=s;Password=$(SqlPassword);UID=u\n"),
            ("go", "package a\nvar s = fmt.Sprintf(\"sqlserver://%s:%s@h?database=d\", u, p)"),
        ] {
            assert_eq!(of(language, text), [""; 0], "{text}");
        }
    }
}
