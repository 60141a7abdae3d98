//! Texts that an expression puts together: `'a' + $b`, `'{0}' -f $a`.

use crate::{
    lang::{Part, Value, Word},
    text::{Span, pattern},
};
use regex::Regex;
use std::sync::LazyLock;

/// What tells whether an expression is a text that is put together.
#[derive(Clone, Copy, Default)]
pub(super) struct Joined {
    pub(super) values: usize,
    pub(super) signs: usize,
    /// How many pieces stand before the operator `-f`.
    pub(super) format: Option<usize>,
}

impl Joined {
    /// `'a' + $b`
    pub(super) fn is_text(self, parts: &[Part], tokens: usize) -> bool {
        let is_literal = |it: &Part| matches!(it.value, Value::Literal(_));
        self.signs > 0
            && self.values == self.signs + 1
            && tokens == self.values + self.signs
            && parts.iter().any(is_literal)
    }
}

/// `'{0} and {1}' -f $a, $b`, with what is put in where it is put.
pub(super) fn formatted(
    joined: Joined,
    mut parts: Vec<Part>,
    items: &[Word],
    tokens: usize,
) -> Option<Vec<Part>> {
    parts.truncate(joined.format?);
    // `-f` and the commas between the values are tokens as well.
    if joined.signs > 0 || tokens != joined.values + items.len() {
        return None;
    }
    let mut put = Vec::new();
    for part in parts {
        let Value::Literal(literal) = &part.value else {
            put.push(part);
            continue;
        };
        let text = &literal.text;
        if text.len() != part.span.end - part.span.start || text.contains("{{") {
            return None;
        }
        let mut done = 0;
        let piece = |from: usize, to: usize| {
            let span = Span::new(part.span.start + from, part.span.start + to);
            Part { span, value: Value::Literal(literal.slice(from..to)) }
        };
        for found in HOLE.captures_iter(text) {
            let (Some(whole), Some(number)) = (found.get(0), found.get(1)) else { continue };
            let item = items.get(number.as_str().parse::<usize>().ok()?)?;
            if done < whole.start() {
                put.push(piece(done, whole.start()));
            }
            done = whole.end();
            let value = match item.variable() {
                Some(name) => Value::Variable(name.to_owned()),
                None => Value::Computed {
                    reads: item.reads().into_iter().map(str::to_owned).collect(),
                    literals: item.literals(),
                },
            };
            put.push(Part { value, ..piece(whole.start(), whole.end()) });
        }
        if done < text.len() {
            put.push(piece(done, text.len()));
        }
    }
    Some(put)
}

/// A place of a format that a value is put in.
static HOLE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\{(\d{1,2})\}"));
