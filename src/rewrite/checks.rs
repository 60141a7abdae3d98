//! Statements that look whether a variable is set, and end the script where it is not.

use crate::text::{Source, Span, pattern};
use regex::Regex;
use std::{collections::BTreeSet, sync::LazyLock};

/// `: "${NAME:?}"`, for one variable or several.
const DEMANDED: &str = r#":(?:[ \t]+"?\$\{\w+:?\?[^}\n"]*\}"?)+"#;

/// `[ -z "$NAME" ]`, for one variable or several.
const EMPTY: &str = r#"(?:\[\[?|test) -z "?\$\{?\w+(?::?-)?\}?"?(?: (?:-o|\|\|) -z "?\$\{?\w+(?::?-)?\}?"?)*(?: \]\]?)?"#;

/// `[ -n "$NAME" ]`
const FULL: &str = r#"(?:\[\[?|test) -n "?\$\{?\w+(?::?-)?\}?"?(?: \]\]?)?"#;

/// `exit 1`, or `{ echo …; exit 1; }`
const ENDS: &str =
    r"(?:(?:exit|return) [1-9]\d*|\{ (?:(?:echo|printf) [^;\n]*; )?(?:exit|return) [1-9]\d*; \})";

/// The statements of a shell and of PowerShell, each of which has its lines for itself.
static CHECK: LazyLock<Regex> = LazyLock::new(|| {
    let said = r"(?:(?:>&2 )?(?:echo|printf)\b[^\n;]*\n\s*)*";
    let chosen =
        format!(r"if {EMPTY}(?: \|\| {EMPTY})*; ?then\s+{said}(?:exit|return) [1-9]\d*\s+fi");
    let empty = r"(?:-not |!)\$(?:env:)?\w+";
    let thrown = format!(
        r"if \({empty}(?: -or {empty})*\) \{{\s*(?:Write-\w+[^\n{{}};]*[\n;]\s*)*(?:throw|exit) [^\n{{}}]*\s*\}}"
    );
    pattern(&format!(
        r"(?mi)^[ \t]*(?:{DEMANDED}|{EMPTY}(?: \|\| {EMPTY})* && {ENDS}|{FULL} \|\| {ENDS}|{chosen}|{thrown})[ \t\r]*$"
    ))
});

/// A variable that such a statement looks at; what it says to whoever reads it may name others.
static READ: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"(?i)(?:-[zn] "?|-not |!)\$(?:env:|\{)?([a-z_]\w*)|\$\{([a-z_]\w*):?\?"#)
});

/// The checks of a file that look at some of these variables and at no others, with what they look at.
pub(super) fn checks(source: &Source, names: &BTreeSet<String>) -> Vec<(Span, Vec<String>)> {
    let raw = source.raw();
    let of = |it: regex::Match<'_>| {
        let read = READ.captures_iter(it.as_str()).filter_map(|it| it.get(1).or(it.get(2)));
        let read: Vec<String> = read.map(|it| it.as_str().to_owned()).collect();
        let lines = source.whole_lines(Span::new(it.start(), it.end()));
        let next = raw[lines.end..].trim_start();
        // A choice may have another branch.
        let is_whole = !["else", "catch"].iter().any(|it| next.starts_with(it));
        let is_theirs = !read.is_empty() && read.iter().all(|it| names.contains(it));
        (is_whole && is_theirs).then_some((lines, read))
    };
    CHECK.find_iter(raw).filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_looks_at_these_variables_and_does_nothing_else() {
        let names = ["U", "P"].map(str::to_owned).into();
        let read = |text: &str| {
            let source = Source::new("a", &format!("first\n{text}\nlast\n"));
            let found = checks(&source, &names);
            assert!(
                found.iter().all(|(it, _)| source.raw()[it.start..it.end] == format!("{text}\n"))
            );
            found.into_iter().map(|(_, it)| it.join(" ")).collect::<Vec<_>>().join(", ")
        };
        for (text, expected) in [
            (": \"${U:?}\"", "U"),
            ("  : ${U:?is not set} \"${P?}\"", "U P"),
            ("[ -z \"$P\" ] && exit 1", "P"),
            ("[[ -z $P ]] && { echo \"no $X\"; exit 2; }", "P"),
            ("test -n \"${P:-}\" || exit 1", "P"),
            (
                "if [ -z \"$U\" ] || [ -z \"$P\" ]; then\n  echo \"no password\"\n  exit 1\nfi",
                "U P",
            ),
            ("if (-not $env:P) { throw 'no password' }", "P"),
            ("if (!$U -or !$P) {\n    Write-Error 'no password'\n    exit 1\n}", "U P"),
            (": \"${U:?}\" \"${OTHER:?}\"", ""),
            ("[ -z \"$P\" ] && P=none", ""),
            ("[ -z \"$P\" ] && exit 0", ""),
            ("if [ -z \"$P\" ]; then\n  az login\n  exit 1\nfi", ""),
            ("if (-not $P) { throw 'no' }\nelse { Get-Date }", ""),
            ("x; : \"${U:?}\"", ""),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }
}
