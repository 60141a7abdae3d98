//! Expressions of a platform inside a script: the language's own parser reads a plain word in the place of
//! each, and what it finds there is made a variable again.

use super::{Literal, Part, Value, Word};
use crate::text::Span;
use std::borrow::Cow;

/// A platform's expression inside a script: `${{ secrets.PASSWORD }}`, `$(password)`. It is put
/// into the text before the language's own interpreter sees it, so it is not the language's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    pub span: Span,
    /// `secrets.PASSWORD`, `password`
    pub name: String,
}

/// The text with each expression replaced by a plain word of the same length.
pub(super) fn mask<'t>(text: &'t str, expressions: &[Expression]) -> Cow<'t, str> {
    if expressions.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut masked = String::with_capacity(text.len());
    let mut done = 0;
    for Expression { span, .. } in expressions.iter().filter(|it| it.span.end <= text.len()) {
        if span.start >= done {
            masked.push_str(&text[done..span.start]);
            masked.push_str(&"_".repeat(span.end - span.start));
            done = span.end;
        }
    }
    masked.push_str(&text[done..]);
    Cow::Owned(masked)
}

/// Those of the ordered expressions that stand in a part of the text.
fn within<'e>(
    expressions: &'e [&'e Expression],
    place: Span,
) -> impl Iterator<Item = &'e Expression> {
    let first = expressions.partition_point(|it| it.span.start < place.start);
    let near = expressions[first..].iter().take_while(move |it| it.span.start < place.end);
    near.copied().filter(move |it| place.contains(it.span))
}

/// Makes variables of the parts of literals that stand for expressions, which are in order.
pub(super) fn restore(word: &mut Word, expressions: &[&Expression]) {
    for mut part in std::mem::take(&mut word.parts) {
        let mut inside = within(expressions, part.span).peekable();
        match &mut part.value {
            Value::Literal(literal) if inside.peek().is_some() => {
                restored(literal, part.span, inside, &mut word.parts);
                continue;
            }
            Value::Literal(_) | Value::Variable(_) => {}
            Value::Computed { reads, literals } => {
                reads.extend(inside.map(|it| it.name.clone()));
                literals.retain(|it| within(expressions, *it).next().is_none());
            }
        }
        word.parts.push(part);
    }
}

/// What a literal is that was written at `place`, with variables for the expressions in it.
fn restored<'e>(
    literal: &Literal,
    place: Span,
    inside: impl Iterator<Item = &'e Expression>,
    into: &mut Vec<Part>,
) {
    let (mut done, mut from) = (0, place.start);
    for Expression { span, name } in inside {
        let mask = "_".repeat(span.end - span.start);
        let noted = literal.find(place, span.start);
        let is_there = |it: &usize| {
            *it >= done && literal.text.get(*it..).is_some_and(|it| it.starts_with(&mask))
        };
        let other = || literal.text[done..].find(&mask).map(|it| done + it);
        let Some(start) = Some(noted).filter(is_there).or_else(other) else { continue };
        if done < start {
            let before = Span::new(from, span.start);
            into.push(Part::literal(before, literal.slice(done..start)));
        }
        into.push(Part { span: *span, value: Value::Variable(name.clone()) });
        (done, from) = (start + mask.len(), span.end);
    }
    let end = literal.text.len();
    if done < end || done == 0 {
        into.push(Part::literal(Span::new(from, place.end), literal.slice(done..end)));
    }
}
