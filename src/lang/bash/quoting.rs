//! What is said between quotes, and outside them.

use crate::{lang::Literal, text::Span};

/// What a place in a text says.
pub(super) type Unescape = fn(&str, Span) -> Literal;

pub(super) fn plainly(text: &str, place: Span) -> Literal {
    text[place.start..place.end].to_owned().into()
}

/// Outside quotes, a backslash keeps any character, and joins lines.
pub(super) fn bare(text: &str, place: Span) -> Literal {
    unescape(text, place, |_| true)
}

/// In a here-document, too, and quotes mean nothing there.
pub(super) fn heredoc(text: &str, place: Span) -> Literal {
    unescape(text, place, |it| matches!(it, '$' | '`' | '\\'))
}

/// Inside double quotes, it keeps only those that mean something there.
pub(super) fn quoted(text: &str, place: Span) -> Literal {
    unescape(text, place, |it| matches!(it, '$' | '`' | '"' | '\\'))
}

fn unescape(text: &str, place: Span, keeps: fn(char) -> bool) -> Literal {
    escaped(text, place, |next| match next {
        '\n' => Some(None),
        _ => keeps(next).then_some(Some(next)),
    })
}

pub(super) fn ansi(text: &str, place: Span) -> Literal {
    escaped(text, place, |next| match next {
        'n' => Some(Some('\n')),
        'r' => Some(Some('\r')),
        't' => Some(Some('\t')),
        '\\' | '\'' | '"' => Some(Some(next)),
        _ => None,
    })
}

/// `meaning` tells which character, if any, a backslash and the next one are, unless they are
/// themselves.
fn escaped(text: &str, place: Span, meaning: impl Fn(char) -> Option<Option<char>>) -> Literal {
    let mut literal = Literal::default();
    let mut rest = text[place.start..place.end].char_indices();
    while let Some((at, char)) = rest.next() {
        let next = rest.clone().next().map(|(_, it)| it).filter(|_| char == '\\');
        match next.map(|it| (it, meaning(it))) {
            Some((next, Some(said))) => {
                rest.next();
                let start = place.start + at;
                literal.escape(said, Span::new(start, start + 1 + next.len_utf8()));
            }
            Some((next, None)) => {
                rest.next();
                literal.push(char);
                literal.push(next);
            }
            None => literal.push(char),
        }
    }
    literal
}
