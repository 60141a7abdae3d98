//! The part of OData's `$filter` that clients of this tenant use.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

/// One condition. All conditions of a filter must hold.
pub(super) enum Term {
    /// `field eq 'value'`
    Equal { field: String, value: String },
    /// `field ge 'value'`
    Least { field: String, value: String },
    /// `field le 'value'`
    Most { field: String, value: String },
    /// `list/any(x:x eq 'value')`
    Any { list: String, value: String },
    /// `name()`, `name('value')` or `name(field,'value')`
    Call { name: String, field: String, value: String },
}

impl Term {
    /// Whether an object meets this condition; `None` for a function that takes more to answer.
    pub(super) fn holds(&self, object: &Value) -> Option<bool> {
        let text = |field: &str| match &object[field] {
            Value::String(text) => text.to_lowercase(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        match self {
            Term::Equal { field, value } => Some(text(field) == value.to_lowercase()),
            Term::Least { field, value } => Some(text(field) >= value.to_lowercase()),
            Term::Most { field, value } => Some(text(field) <= value.to_lowercase()),
            Term::Any { list, value } => {
                let items = object[list].as_array().into_iter().flatten();
                Some(items.filter_map(Value::as_str).any(|item| item.eq_ignore_ascii_case(value)))
            }
            Term::Call { name, field, value } if name.eq_ignore_ascii_case("startswith") => {
                Some(text(field).starts_with(&value.to_lowercase()))
            }
            Term::Call { .. } => None,
        }
    }
}

/// Reads a filter; `None` if it holds anything this tenant does not know.
pub(super) fn parse(filter: &str) -> Option<Vec<Term>> {
    let mut terms = Vec::new();
    let mut rest = filter.trim();
    while !rest.is_empty() {
        let found = TERM.captures(rest)?;
        let part = |name| {
            found.name(name).map_or_else(String::new, |part| part.as_str().replace("''", "'"))
        };
        terms.push(if found.name("equal").is_some() {
            Term::Equal { field: part("equal"), value: part("text") + &part("word") }
        } else if found.name("least").is_some() {
            Term::Least { field: part("least"), value: part("from") }
        } else if found.name("most").is_some() {
            Term::Most { field: part("most"), value: part("to") }
        } else if found.name("list").is_some() {
            Term::Any { list: part("list"), value: part("item") }
        } else {
            Term::Call { name: part("call"), field: part("field"), value: part("value") }
        });
        rest = &rest[found[0].len()..];
    }
    Some(terms)
}

static TERM: LazyLock<Regex> = LazyLock::new(|| {
    let term = r"(?x)^ (?: and \s+ )? (?:
          (?<equal> [\w/]+ ) \s+ eq \s+ (?: '(?<text> (?: [^'] | '' )* )' | (?<word> \w+ ) )
        | (?<least> [\w/]+ ) \s+ ge \s+ '(?<from> [^']* )'
        | (?<most> [\w/]+ ) \s+ le \s+ '(?<to> [^']* )'
        | (?<list> \w+ ) /any\( \s* \w+ \s* : \s* \w+ \s+ eq \s+ '(?<item> (?: [^'] | '' )* )' \s* \)
        | (?<call> \w+ ) \( \s* (?: (?<field> \w+ ) \s* , \s* )? (?: '(?<value> (?: [^'] | '' )* )' )? \s* \)
        ) \s*";
    Regex::new(term).expect("the expression is a constant, and tested")
});
