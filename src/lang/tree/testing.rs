//! What the tests of programs share.

use crate::lang::testing::{calls, check_places, word};
use crate::lang::{Language, Nested};
use proptest::prelude::*;

/// What a language makes of its texts. Each table has a text, and what is to be found in it.
pub(in crate::lang) struct Tables {
    /// The calls whose names are given, first.
    pub(in crate::lang) calls: &'static [(&'static [&'static str], &'static str, &'static str)],
    pub(in crate::lang) assignments: &'static [(&'static str, &'static [&'static str])],
    pub(in crate::lang) entries: &'static [(&'static str, &'static [&'static str])],
    pub(in crate::lang) texts: &'static [(&'static str, &'static [&'static str])],
    pub(in crate::lang) imports: &'static [(&'static str, &'static [&'static str])],
    /// The purpose, the language and the text.
    pub(in crate::lang) nested: &'static [(&'static str, &'static [&'static str])],
    pub(in crate::lang) comments: &'static [(&'static str, &'static [&'static str])],
}

pub(in crate::lang) fn holds(language: &Language, tables: &Tables) {
    for (kept, text, expected) in tables.calls {
        assert_eq!(calls(language, text, kept), *expected, "{text}");
    }
    let parse = |text: &str| language.parse(text, &[]);
    for (text, expected) in tables.assignments {
        assert_eq!(crate::lang::testing::assignments(language, text), *expected, "{text}");
    }
    for (text, expected) in tables.entries {
        let entries = parse(text).entries;
        let entries: Vec<_> =
            entries.iter().map(|it| format!("{} = {}", it.key, word(&it.value))).collect();
        assert_eq!(entries, *expected, "{text}");
    }
    for (text, expected) in tables.texts {
        let texts: Vec<_> = parse(text).texts.iter().map(word).collect();
        assert_eq!(texts, *expected, "{text}");
    }
    for (text, expected) in tables.imports {
        let imports: Vec<_> = parse(text).imports.into_iter().map(|it| it.module).collect();
        assert_eq!(imports, *expected, "{text}");
    }
    for (text, expected) in tables.nested {
        let nested: Vec<_> = parse(text).nested.iter().map(said).collect();
        assert_eq!(nested, *expected, "{text}");
    }
    for (text, expected) in tables.comments {
        assert_eq!(crate::lang::testing::said(language, text), *expected, "{text}");
    }
}

/// The text, with the names of what is put into it.
fn said(nested: &Nested) -> String {
    let mut text = nested.text.text.clone();
    for it in nested.expressions.iter().rev() {
        text.replace_range(it.span.start..it.span.end, &format!("<{}>", it.name));
    }
    format!("{:?} {}: {text}", nested.purpose, nested.language)
}

/// Fails unless all places are places of the text, and letters of nested texts stand where their
/// places say.
pub(in crate::lang) fn places(language: &Language, text: &str) {
    check_places(language, text);
    let parsed = language.parse(text, &[]);
    for it in &parsed.texts {
        assert!(text.get(it.span.start..it.span.end).is_some());
        it.literals().iter().for_each(|it| assert!(text.get(it.start..it.end).is_some()));
    }
    for nested in &parsed.nested {
        assert!(nested.at <= text.len());
        for (at, c) in nested.text.text.char_indices().filter(|(_, it)| it.is_alphanumeric()) {
            let it = crate::text::Span::new(at, at + c.len_utf8());
            let Some(it) = nested.text.place.outer(it) else { continue };
            let said = text.get(it.start..it.end).unwrap_or_default();
            let is_escape = said.starts_with(['\\', '{', '}', '"', '\'', '@', '$', '`']);
            assert!(
                said.starts_with(c) || is_escape || said.len() > c.len_utf8(),
                "{said:?} {c:?}"
            );
        }
    }
}

pub(in crate::lang) fn pieces(
    own: &'static [&'static str],
) -> impl Strategy<Value = Vec<&'static str>> {
    let all = [COMMON, own].concat();
    proptest::collection::vec(proptest::sample::select(all), 0..40)
}

const COMMON: &[&str] = &[
    "az login -u a -p b",
    "\"az\", \"login\", ",
    "\"-u\", ",
    "user",
    "f",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    "`",
    "\\",
    "\\n",
    "\\u00e9",
    " ",
    "\n",
    "\t",
    ", ",
    ": ",
    " = ",
    " += ",
    " + ",
    ".",
    ";",
    "é",
    "日本",
    "\u{1F600}",
    "//",
    "/*",
    "*/",
    "#",
    "$",
    "@",
    "\"\"\"",
    "new ",
    "return ",
    "<",
    ">",
    "=> ",
    "print",
    "self.",
    "\u{c}",
    "\r\n",
    "0",
    "await ",
];

/// Texts that nest, each as deep as nobody would write.
pub(in crate::lang) fn nests(language: &Language, openings: &[&str]) {
    for open in openings {
        places(language, &open.repeat(5_000));
    }
}

/// Every kind of node that a language names is one of its grammars.
pub(in crate::lang) fn kinds(grammar: &super::Grammar) {
    for (name, _) in grammar.nodes {
        let is_there = |it: &fn() -> tree_sitter::Language| {
            [true, false].iter().any(|named| it().id_for_node_kind(name, *named) > 0)
        };
        assert!(grammar.grammars.iter().any(is_there), "there is no {name}");
    }
}
