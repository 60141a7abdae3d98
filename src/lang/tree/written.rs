//! Strings: what they say, and where each piece of that stands.

use super::{Kind, Program, Style};
use crate::lang::{Part, Value, Word};
use crate::text::Span;
use tree_sitter::Node;

/// A piece of a string: text as the program sees it, or a node that gives some.
pub(super) enum Piece<'t> {
    Text(Span, String),
    Value(Node<'t>),
}

impl<'t> Program<'t> {
    pub(super) fn word(&self, node: Node<'t>) -> Word {
        let mut parts: Vec<Part> = Vec::new();
        for piece in self.pieces(node) {
            match (piece, parts.last_mut()) {
                (Piece::Value(node), _) => parts.push(self.value(node)),
                (Piece::Text(at, text), Some(Part { span, value: Value::Literal(before) }))
                    if span.end == at.start =>
                {
                    span.end = at.end;
                    before.text.push_str(&text);
                }
                (Piece::Text(at, text), _) => parts.push(Part::literal(at, text)),
            }
        }
        Word { span: self.span(node), parts }
    }

    /// The text that a node is, if all of it is written out. What is not is not looked into: it may
    /// nest as deep as its text is long.
    pub(super) fn written(&self, node: Node<'t>) -> Option<String> {
        let text = |it| match it {
            Piece::Text(_, text) => Some(text),
            Piece::Value(_) => None,
        };
        self.pieces(node).into_iter().map(text).collect()
    }

    /// The pieces of a string, of strings that are added to each other, or the one that any other
    /// node is.
    pub(super) fn pieces(&self, node: Node<'t>) -> Vec<Piece<'t>> {
        let mut pieces = Vec::new();
        let mut rest = vec![node];
        while let Some(node) = rest.pop() {
            let node = self.plain(node);
            match self.kind(node) {
                Some(Kind::Text) => self.strings(node, &mut pieces),
                Some(Kind::Join) => rest.extend(self.children(node).into_iter().rev()),
                Some(Kind::Operation) if self.adds(node) => {
                    rest.extend(self.field(node, "right"));
                    rest.extend(self.field(node, "left"));
                }
                _ => pieces.push(Piece::Value(node)),
            }
        }
        pieces
    }

    pub(super) fn adds(&self, node: Node<'t>) -> bool {
        node.child_by_field_name("operator").is_some_and(|it| self.source(it) == "+")
    }

    fn strings(&self, node: Node<'t>, pieces: &mut Vec<Piece<'t>>) {
        let (inside, style, quote) = self.opened(node);
        let mut done = inside.start;
        let mut cursor = node.walk();
        for hole in node.named_children(&mut cursor).filter(|it| self.kind(*it) == Some(Kind::Hole))
        {
            let place = self.span(hole);
            if !Span::new(done, inside.end).contains(place) {
                continue;
            }
            self.decode(Span::new(done, place.start), style, quote, pieces);
            pieces.extend(self.children(hole).first().map(|it| Piece::Value(self.plain(*it))));
            done = place.end;
        }
        self.decode(Span::new(done, inside.end), style, quote, pieces);
    }

    /// What stands between the quotes of a string, how, and the quote.
    pub(super) fn opened(&self, node: Node<'t>) -> (Span, Style, char) {
        let Span { start, end } = self.span(node);
        let source = &self.text[start..end];
        let Some((at, quote)) =
            source.char_indices().find(|(_, it)| matches!(it, '"' | '\'' | '`'))
        else {
            return (Span::at(end), Style::default(), '"');
        };
        let rest = &source[at..];
        let quotes = rest.len() - rest.trim_start_matches(quote).len();
        let style = (self.style)(&source[..at], &rest[..quotes]);
        let open = style.open.min(rest.len());
        let inner = &rest[open..];
        let close = if inner.ends_with(&rest[..open]) { open } else { 0 };
        let inside = Span::new(start + at + open, start + source.len() - close);
        (inside, style, quote)
    }

    /// Text without its escapes: each escape is a piece of its own.
    fn decode(&self, place: Span, style: Style, quote: char, pieces: &mut Vec<Piece<'t>>) {
        let text = &self.text[place.start..place.end];
        let mut done = 0;
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let next = chars.peek().map(|(_, it)| *it);
            let (length, plain) = match c {
                '\\' if style.backslash => escape(&text[at..]),
                _ if style.doubled && c == quote && next == Some(quote) => (2, Some(c)),
                '{' | '}' if style.braces && next == Some(c) => (2, Some(c)),
                _ => continue,
            };
            let piece = |start: usize, end: usize, text: String| {
                Piece::Text(Span::new(place.start + start, place.start + end), text)
            };
            if done < at {
                pieces.push(piece(done, at, text[done..at].to_owned()));
            }
            done = at + length;
            pieces.push(piece(at, done, plain.into_iter().collect()));
            while chars.next_if(|(it, _)| *it < done).is_some() {}
        }
        if done < text.len() {
            let place = Span::new(place.start + done, place.end);
            pieces.push(Piece::Text(place, text[done..].to_owned()));
        }
    }
}

/// How long the escape is that a text begins with, and the character that it stands for.
fn escape(text: &str) -> (usize, Option<char>) {
    let Some(sign) = text[1..].chars().next() else { return (1, Some('\\')) };
    let all = 1 + sign.len_utf8();
    let digits = |from: usize, most: usize| {
        let rest = text.as_bytes().get(from..).unwrap_or_default();
        let count = rest.iter().take(most).take_while(|it| it.is_ascii_hexdigit()).count();
        let code = text.get(from..from + count).and_then(|it| u32::from_str_radix(it, 16).ok());
        (from + count, code.and_then(char::from_u32))
    };
    match sign {
        'n' => (all, Some('\n')),
        'r' => (all, Some('\r')),
        't' => (all, Some('\t')),
        '0' => (all, Some('\0')),
        'x' => digits(all, 2),
        'u' if text[all..].starts_with('{') => {
            let (end, code) = digits(all + 1, 6);
            (end + usize::from(text[end..].starts_with('}')), code)
        }
        'u' => digits(all, 4),
        'U' => digits(all, 8),
        '\r' if text[all..].starts_with('\n') => (all + 1, None),
        '\n' | '\r' => (all, None),
        sign => (all, Some(sign)),
    }
}
