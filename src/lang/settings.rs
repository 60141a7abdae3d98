//! Files that set names to values: YAML, JSON, XML, and lines of `name=value`.
//!
//! What a file is called does not decide how it is read. What is neither a tree nor XML is read
//! line by line, so that a template, or a file with a mistake in it, is read as well.

use super::{Call, Entry, Language, Parsed, Part, Role, Value, Word};
use crate::text::{
    Span, pattern,
    yaml::{self, Kind, Node},
};
use regex::{Match, Regex};
use std::{borrow::Cow, sync::LazyLock};

pub(super) const LANGUAGE: Language = Language {
    name: "settings",
    extensions: &[
        "bicep",
        "cfg",
        "conf",
        "config",
        "csproj",
        "env",
        "hcl",
        "ini",
        "json",
        "properties",
        "service",
        "tf",
        "tofu",
        "toml",
        "xml",
        "yaml",
        "yml",
    ],
    shebangs: &[],
    openings: None,
    parse,
};

/// The keys under which lists of settings hold the name of one.
const NAMES: &[&str] = &["name", "key", "variable"];

/// What stands beside the name: a value, or of a volume the path that it has in a container.
const VALUES: &[&str] = &["value", "mountPath"];

/// What HCL calls a value that a secret holds.
const SECRET: &str = "secret_name";

/// `name=value`, `name: value`, `export name="value"`, `"name": "value",`, `Environment=name=value`,
/// `{ name: 'value', …`
static LINE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?m)^[ \t]*(?:[-{][ \t]+)?(?:(?:export|set|var)[ \t]+|Environment=)?["']?([\w.:-]+)["']?[ \t]*[=:][ \t]*([^\r\n]*)"#,
    )
});

/// `name="value"`
static ATTRIBUTE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"([\w.:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')"#));

/// `<add key="name" value="value"`
static ADDED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"(?i)\b(?:key|name)\s*=\s*"([^"]*)"\s+(?:value|connectionString)\s*=\s*"([^"]*)""#)
});

/// `<name>value</name>`
static ELEMENT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"<([\w.:-]+)(?:\s[^<>]*)?>\s*([^<>\s][^<>]*)</"));

/// `{ name: 'name', value: 'value' }`
static BESIDE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"\{[ \t]*name[ \t]*[:=][ \t]*["']([\w.-]+)["'][ \t]*,[ \t]*value[ \t]*[:=][ \t]*([^,\r\n}]+)"#,
    )
});

static COMMENT: LazyLock<Regex> = LazyLock::new(|| pattern(r"<!--([\s\S]*?)-->"));

/// A value that is put in later: `$(name)`, `${name}`, `${{ name }}`, `{{ name }}`, `%name%`.
static LATER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:\$\{?\{([^{}]*)\}\}?|\$\(([^()]*)\)|\$(\w+)|\{\{([^{}]*)\}\}|%(\w+)%|<([^<>]*)>|#\{([^{}]*)\}#?)$",
    )
});

fn parse(text: &str) -> Parsed {
    let mut parsed = Parsed::default();
    let is_xml = text.trim_start_matches('\u{feff}').trim_start().starts_with('<');
    let tree = if is_xml { Vec::new() } else { yaml::parse(text).unwrap_or_default() };
    let is_tree = tree.iter().any(|it| matches!(it.kind, Kind::Mapping(_) | Kind::Sequence(_)));
    if is_xml {
        parsed.comments =
            COMMENT.captures_iter(text).filter_map(|it| it.get(1)).map(span).collect();
        let text = without(text, &parsed.comments);
        for pattern in [&ATTRIBUTE, &ADDED, &ELEMENT] {
            matches(&text, pattern, &mut parsed);
        }
    } else if is_tree {
        walk(tree, &mut parsed);
    } else {
        matches(text, &LINE, &mut parsed);
        parsed.entries.extend(named(&parsed.entries));
        matches(text, &BESIDE, &mut parsed);
    }
    parsed.sort();
    parsed
}

/// What has its name on the line before its value.
fn named(entries: &[Entry]) -> Vec<Entry> {
    let of = |two: &[Entry]| {
        let [name, value] = two else { return None };
        let is_value = VALUES.contains(&value.key.as_str()) || value.key == SECRET;
        let is_pair = is_value && NAMES.contains(&name.key.as_str());
        let key = name.value.literal().filter(|it| is_pair && is_name(it))?.into_owned();
        let span = Span::new(name.span.start, value.span.end);
        Some(Entry { key, span, value: value.value.clone() })
    };
    entries.windows(2).filter_map(of).collect()
}

fn span(it: Match<'_>) -> Span {
    Span::new(it.start(), it.end())
}

/// The text with blanks in those places.
fn without<'t>(text: &'t str, places: &[Span]) -> Cow<'t, str> {
    let mut plain = Cow::Borrowed(text);
    for it in places {
        plain.to_mut().replace_range(it.start..it.end, &" ".repeat(it.end - it.start));
    }
    plain
}

/// What fits a pattern whose groups are a name and its value, in either kind of quotes.
fn matches(text: &str, pattern: &Regex, parsed: &mut Parsed) {
    for it in pattern.captures_iter(text) {
        let (Some(name), Some(value)) = (it.get(1), it.get(2).or(it.get(3))) else { continue };
        let said = value.as_str().trim_end().trim_end_matches(',');
        let said = uncommented(said);
        let quotes = usize::from(
            said.len() > 1 && said.starts_with(['"', '\'']) && said.ends_with(['"', '\'']),
        );
        let place = Span::new(value.start() + quotes, value.start() + said.len() - quotes);
        let span = Span::new(name.start(), value.start() + said.len());
        add(name.as_str(), span, word(&text[place.start..place.end], place), parsed);
    }
}

/// A quoted value without the comment behind it. Without quotes, not all readers take it for one.
fn uncommented(said: &str) -> &str {
    let end = said.chars().next().filter(|it| ['"', '\''].contains(it)).and_then(|quote| {
        let end = 1 + said[1..].find(quote)? + 1;
        let behind = &said[end..];
        (behind.starts_with([' ', '\t']) && behind.trim_start().starts_with('#')).then_some(end)
    });
    &said[..end.unwrap_or(said.len())]
}

fn add(key: &str, span: Span, value: Word, parsed: &mut Parsed) {
    parsed.texts.push(value.clone());
    parsed.entries.push(Entry { key: key.to_owned(), span, value });
}

fn word(text: &str, span: Span) -> Word {
    let later = LATER.captures(text.trim());
    let name = later
        .and_then(|it| it.iter().skip(1).flatten().next().map(|it| it.as_str().trim().to_owned()));
    let part = match name {
        Some(name) => Part { span, value: Value::Variable(name) },
        None => Part::literal(span, text.to_owned()),
    };
    Word { span, parts: if text.is_empty() { Vec::new() } else { vec![part] } }
}

fn of_node(node: &Node) -> Option<Word> {
    let scalar = node.scalar()?;
    let all = Span::new(0, scalar.value.len());
    let span = scalar.place.as_ref().and_then(|it| it.outer(all)).unwrap_or(node.span);
    Some(word(&scalar.value, span))
}

/// Every setting of a tree, at whichever depth.
fn walk(documents: Vec<Node>, parsed: &mut Parsed) {
    let mut nodes: Vec<&Node> = documents.iter().collect();
    while let Some(node) = nodes.pop() {
        nodes.extend(node.items());
        for item in node.items() {
            let Some(value) = of_node(item) else { continue };
            // `- NAME=value`
            match item.text().and_then(|it| it.split_once('=')) {
                Some((name, _)) if is_name(name) => {
                    let rest = value.span.start + name.len() + 1;
                    let text =
                        item.text().unwrap_or_default().get(name.len() + 1..).unwrap_or_default();
                    let place = Span::new(rest.min(value.span.end), value.span.end);
                    add(name, value.span, word(text, place), parsed);
                }
                _ => parsed.texts.push(value),
            }
        }
        for (key, value) in node.pairs() {
            nodes.push(value);
            let span =
                Span::new(key.span.start.min(value.span.start), value.span.end.max(key.span.end));
            match (key.text(), of_node(value)) {
                (Some(key), Some(value)) => add(key, span, value, parsed),
                // What holds more settings has a name, too.
                (Some(name), None) => {
                    let value = Word { span: Span::at(key.span.end), parts: Vec::new() };
                    parsed.entries.push(Entry { key: name.to_owned(), span, value });
                }
                (None, _) => {}
            }
        }
        let name = NAMES.iter().find_map(|it| node.get(it)?.text());
        if let (Some(name), Some(value)) = (name, given(node)) {
            parsed.entries.push(Entry { key: name.to_owned(), span: node.span, value });
        }
        parsed.calls.extend(command(node));
    }
}

/// What a setting that has its name beside it is given: written out, or from elsewhere.
fn given(node: &Node) -> Option<Word> {
    let written = VALUES.iter().find_map(|it| node.get(it).and_then(of_node));
    let elsewhere = || Some(Word::computed(node.get("valueFrom")?.span, Vec::new(), Vec::new()));
    written.or_else(elsewhere)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_alphanumeric() || b"_.-".contains(&it))
}

/// `command: name` with `args: […]`, as Kubernetes writes what is to be run.
fn command(node: &Node) -> Option<Call> {
    let command = of_node(node.get("command")?)?;
    let arguments: Vec<Word> = node.get("args")?.items().iter().filter_map(of_node).collect();
    Some(Call::new(command, arguments, node.span, Role::Value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::testing::{calls, check_places, word};
    use proptest::prelude::*;

    fn settings(text: &str) -> Vec<String> {
        let parsed = LANGUAGE.parse(text, &[]);
        parsed.settings().map(|it| format!("{}={}", it.name, word(it.value))).collect()
    }

    #[test]
    fn settings_are_read_in_whichever_form() {
        for (text, expected) in [
            ("A=b\n# C=d\nexport E=\"f g\"\n", &["A=b", "E=f g"][..]),
            (
                "A=\"b\" # who\nC='d'e\nF=g # h\nI=\"#j\"#k\n",
                &["A=b", "C='d'e", "F=g # h", "I=\"#j\"#k"],
            ),
            ("a.b = c\n[s]\nd: 'e'\n", &["a.b=c", "d=e"]),
            ("a:\n  b: c\n  D: $(e)\n", &["D=$e", "a=", "b=c"]),
            ("- name: A\n  value: ${{ b }}\n", &["A=$b", "name=A", "value=$b"]),
            ("{\"key\": \"a\", \"value\": \"b\"}", &["a=b", "key=a", "value=b"]),
            (
                "- name: A\n  valueFrom:\n    secretKeyRef: {key: b}\n",
                &["A={}", "key=b", "name=A", "secretKeyRef=", "valueFrom="],
            ),
            ("- mountPath: /b\n  name: a\n", &["a=/b", "mountPath=/b", "name=a"]),
            ("environment:\n  - A=b\n  - c\n", &["A=b", "environment="]),
            (
                "<configuration><add key=\"A\" value=\"b\"/></configuration>",
                &["A=b", "key=A", "value=b"],
            ),
            ("a {\n  name = \"B\"\n  value = c\n}\n", &["B=c", "name=B", "value=c"]),
            ("[\n  { name: 'A', value: b }\n]\n=", &["A=b", "name='A', value: b }"]),
            ("name = A\nother = b\nvalue = c\n", &["name=A", "other=b", "value=c"]),
            ("var a = 'b'\nEnvironment=C=d\n", &["C=d", "a=b"]),
            ("<a b='c'><!-- <d e=\"f\"/> --><g>\n h </g><i/></a>", &["b=c", "g=h"]),
        ] {
            let mut found = settings(text);
            found.sort();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn a_command_with_its_arguments_is_a_call() {
        let text = "exec:\n  command: kubelogin\n  args: [get-token, --login, ropc]\n";
        assert_eq!(calls(&LANGUAGE, text, &[]), "kubelogin get-token --login=ropc");
    }

    proptest! {
        #[test]
        fn any_text_has_its_places_in_order(
            text: String,
            pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..30),
        ) {
            check_places(&LANGUAGE, &text);
            check_places(&LANGUAGE, &pieces.concat());
        }
    }

    const PIECES: &[&str] = &[
        "a: ",
        "b=",
        "- ",
        "name: x",
        "value: ",
        "\n",
        "\n  ",
        "'",
        "\"",
        "{",
        "}",
        "[",
        "]",
        ",",
        "<add key=\"",
        "<a>",
        "</a>",
        "<!--",
        "-->",
        "value=\"",
        "$(x)",
        "|\n",
        "\\\"",
        "あ",
        "\r\n",
        "command: a\n",
        "args: [b]",
        "# c",
        ": ",
        "=",
    ];
}
