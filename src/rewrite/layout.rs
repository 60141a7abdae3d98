//! What stood on several lines is written on several lines.

use super::Text;
use crate::text::{Span, pattern};
use regex::Regex;
use std::sync::LazyLock;

/// A command whose first option stands on the next line, and how the line goes on there.
static BROKEN: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^\S+(?:[ \t]+[A-Za-z][\w-]*)*([ \t]*[\\`^]\r?\n[ \t]*)-"));

/// The same before an option.
static CONTINUED: LazyLock<Regex> = LazyLock::new(|| pattern(r"[ \t]*[\\`^]\r?\n[ \t]*$"));

/// A request that goes on in another line, and how.
static REQUEST: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^curl(?:\.exe)?\s(?s:.*?)([ \t]*[\\`^]\r?\n[ \t]*)-"));

/// A chain of calls whose second one stands on the next line.
static CHAINED: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[^()]*\(\)(\s*\n\s*)\."));

/// A command with the options that it keeps of the one whose place it takes.
pub(super) fn options(text: Text, call: Span, kept: &[Span], raw: &str) -> Text {
    let said = |it: &Span| &raw[it.start..it.end];
    let name = |it: &str| it.split_whitespace().next().map(str::to_owned);
    let is_same = name(&text.to_string()) == name(said(&call));
    let broken_at_once = BROKEN.captures(said(&call)).filter(|_| is_same);
    // What a request sends stands on lines of its own, below where it goes to.
    let text = match REQUEST.captures(said(&call)).filter(|_| is_same && broken_at_once.is_none()) {
        Some(it) => broken(text, " --data", &format!("{}--data", &it[1])),
        None => text,
    };
    match broken_at_once {
        Some(it) => {
            let text = kept.iter().fold(text, |text, it| text.push(&format!(" {}", said(it))));
            broken(text, " -", &format!("{}-", &it[1]))
        }
        None => kept.iter().fold(text, |text, it| {
            let gap = CONTINUED.find(&raw[call.start..it.start]);
            text.push(gap.map_or(" ", |it| it.as_str())).push(said(it))
        }),
    }
}

/// A chain of calls in the place of another.
pub(super) fn chain(text: Text, before: &str) -> Text {
    match CHAINED.captures(before) {
        Some(it) => broken(text, ".", &format!("{}.", &it[1])),
        None => text,
    }
}

/// The text with `with` in the place of `mark`, but where that is quoted or in parentheses.
fn broken(text: Text, mark: &str, with: &str) -> Text {
    let (mut quote, mut depth) = (None, 0usize);
    text.map(|known| {
        let mut out = String::with_capacity(known.len());
        let mut rest = known;
        while let Some(next) = rest.chars().next() {
            if quote.is_none() && depth == 0 && rest.starts_with(mark) {
                out.push_str(with);
                rest = &rest[mark.len()..];
                continue;
            }
            match next {
                '"' | '\'' if quote.is_none() => quote = Some(next),
                it if quote == Some(it) => quote = None,
                '(' if quote.is_none() => depth += 1,
                ')' if quote.is_none() => depth = depth.saturating_sub(1),
                _ => {}
            }
            out.push(next);
            rest = &rest[next.len_utf8()..];
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_has_as_many_lines_as_the_one_before() {
        let of = |login: &str, before: &str, kept: &str| {
            let at = before.find(kept).filter(|_| !kept.is_empty());
            let kept: Vec<Span> = at.map(|at| Span::new(at, at + kept.len())).into_iter().collect();
            let call = Span::new(0, before.len());
            options(Text::known(login), call, &kept, before).to_string()
        };
        const REQUEST: &str =
            "curl --fail \"https://t\" --data a=b --data-urlencode \"c=$(d --data e)\"";
        const TOKEN: &str = "az login --tenant \"t\" --federated-token \"$(curl --fail \"$U\")\"";
        for (login, before, kept, after) in [
            (
                "az login --identity",
                "az login \\\n  -u u \\\n  -p p",
                "",
                "az login \\\n  --identity",
            ),
            (
                TOKEN,
                "az login \\\r\n\t-u u -p p \\\r\n\t-o none",
                "-o none",
                "az login \\\r\n\t--tenant \"t\" \\\r\n\t--federated-token \"$(curl --fail \"$U\")\" \\\r\n\t-o none",
            ),
            (
                "az login --identity",
                "az login -u u \\\n  -p p \\\n  -o none",
                "-o none",
                "az login --identity \\\n  -o none",
            ),
            (
                "az login --identity",
                "az login -u u \\\n  -p p -o none",
                "-o none",
                "az login --identity -o none",
            ),
            (
                REQUEST,
                "curl -s -X POST \"$U\" \\\n    -d x -d y",
                "",
                "curl --fail \"https://t\" \\\n    --data a=b \\\n    --data-urlencode \"c=$(d --data e)\"",
            ),
            (REQUEST, "curl -s \"$U\" -d x -d y", "", REQUEST),
            (
                "C -Identity -AccountId 'a'",
                "C `\n  -Credential $c",
                "",
                "C `\n  -Identity `\n  -AccountId 'a'",
            ),
        ] {
            assert_eq!(of(login, before, kept), after);
        }
    }

    #[test]
    fn a_chain_has_as_many_lines_as_the_one_before() {
        let of = |before: &str| chain(Text::known("B().a(\"x.y\").b(C.d())"), before).to_string();
        assert_eq!(of("A()\n    .u(\"u\").p(\"p\")"), "B()\n    .a(\"x.y\")\n    .b(C.d())");
        assert_eq!(of("A().u(\"u\").p(\"p\")"), "B().a(\"x.y\").b(C.d())");
    }
}
