//! A YAML tree in which every node knows its place in the file.
//!
//! It is for reading and for finding where an edit goes. Files are changed by splices of bytes
//! and never written out from this tree.

mod part;

pub use part::part;

use super::{Place, Span, pattern};
use granit_parser::{Event, Parser, ScalarStyle};
use regex::Regex;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

/// Deeper files are refused: the readers of this tree call themselves for each level.
const DEEPEST: usize = 64;

/// Aliases put in no more nodes than this: enough for people, and too few to fill the memory.
const MOST_COPIES: usize = 10_000;

#[derive(Clone, Debug)]
pub struct Node {
    pub span: Span,
    pub kind: Kind,
}

#[derive(Clone, Debug)]
pub enum Kind {
    Scalar(Scalar),
    Mapping(Vec<(Node, Node)>),
    Sequence(Vec<Node>),
    /// An alias that is left as it is. Of any other the node is what its anchor is.
    Alias,
}

#[derive(Clone)]
pub struct Scalar {
    pub value: String,
    /// Where `value` stands in the file; `None` for one that cannot be mapped byte by byte.
    pub place: Option<Place>,
    /// A `|` or `>` block.
    pub block: bool,
}

// A scalar may be a password.
impl std::fmt::Debug for Scalar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scalar").field("block", &self.block).finish_non_exhaustive()
    }
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct Broken {
    pub line: usize,
    pub reason: String,
}

const DEEPER: &str = "nested deeper";

impl Broken {
    /// The file may be right for those who read it.
    pub fn is_too_deep(&self) -> bool {
        self.reason.starts_with(DEEPER)
    }
}

impl Node {
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.pair(key).map(|(_, value)| value)
    }

    pub fn pair(&self, key: &str) -> Option<&(Node, Node)> {
        self.pairs().iter().find(|(it, _)| it.text() == Some(key))
    }

    /// The entries of a mapping; none for anything else.
    pub fn pairs(&self) -> &[(Node, Node)] {
        match &self.kind {
            Kind::Mapping(pairs) => pairs,
            Kind::Scalar(_) | Kind::Sequence(_) | Kind::Alias => &[],
        }
    }

    /// The items of a sequence; none for anything else.
    pub fn items(&self) -> &[Node] {
        match &self.kind {
            Kind::Sequence(items) => items,
            Kind::Scalar(_) | Kind::Mapping(_) | Kind::Alias => &[],
        }
    }

    pub fn scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            Kind::Scalar(scalar) => Some(scalar),
            Kind::Mapping(_) | Kind::Sequence(_) | Kind::Alias => None,
        }
    }

    pub fn text(&self) -> Option<&str> {
        self.scalar().map(|it| it.value.as_str())
    }

    /// One text, or a sequence of texts: YAML authors write both where a list is meant.
    pub fn texts(&self) -> Vec<&str> {
        self.text().into_iter().chain(self.items().iter().filter_map(Node::text)).collect()
    }
}

/// The documents of a file.
pub fn parse(text: &str) -> Result<Vec<Node>, Broken> {
    let mut documents = Vec::new();
    let mut open: Vec<Node> = Vec::new();
    let mut key: Vec<Option<Node>> = Vec::new();
    let mut anchors = Anchors::default();
    for event in Parser::new_from_str(text) {
        let (event, at) = event
            .map_err(|it| Broken { line: it.marker().line(), reason: it.info().to_owned() })?;
        let range = at.byte_range().unwrap_or_default();
        let span = Span::new(range.start, range.end.max(range.start));
        let (mut done, anchor) = match event {
            Event::Scalar(value, style, anchor, _) => {
                let span = if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
                    // The parser's span runs into the indentation of whatever follows.
                    let content = text[span.start..span.end].trim_end_matches([' ', '\t']);
                    let end = span.start + content.len();
                    // Of a block without a line that says something, it may begin at its sign.
                    Span::new(if value.trim().is_empty() { end } else { span.start }, end)
                } else {
                    span
                };
                (Node { kind: Kind::Scalar(scalar(text, span, &value, style)), span }, anchor)
            }
            Event::Alias(anchor) => (Node { kind: anchors.copy(anchor, open.len()), span }, 0),
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                if open.len() == DEEPEST {
                    return Err(Broken {
                        line: at.start.line(),
                        reason: format!("{DEEPER} than {DEEPEST} levels"),
                    });
                }
                let (kind, anchor) = match event {
                    Event::SequenceStart(_, anchor, _) => (Kind::Sequence(Vec::new()), anchor),
                    Event::MappingStart(_, anchor, _) => (Kind::Mapping(Vec::new()), anchor),
                    _ => continue,
                };
                anchors.open.push(anchor);
                open.push(Node { span, kind });
                key.push(None);
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let mut node = open.pop().expect("the parser ends only what it began");
                key.pop();
                let end = last_end(&node).unwrap_or(node.span.end);
                node.span.end = end.max(node.span.start);
                // A flow collection ends with its bracket, which its last child does not hold.
                if matches!(text.as_bytes().get(span.start), Some(b']' | b'}')) && span.start >= end
                {
                    node.span.end = span.start + 1;
                }
                (node, anchors.open.pop().unwrap_or_default())
            }
            _ => continue,
        };
        if let Kind::Mapping(pairs) = &mut done.kind {
            merge(pairs);
        }
        anchors.keep(anchor, &done);
        match (open.last_mut().map(|it| &mut it.kind), key.last_mut()) {
            (Some(Kind::Sequence(items)), _) => items.push(done),
            (Some(Kind::Mapping(pairs)), Some(waiting)) => match waiting.take() {
                None => *waiting = Some(done),
                Some(name) => pairs.push((name, done)),
            },
            _ => documents.push(done),
        }
    }
    Ok(documents)
}

/// What has a name in the file, to be put in where an alias asks for it.
#[derive(Default)]
struct Anchors {
    /// Those of the nodes that are open; 0 is none.
    open: Vec<usize>,
    known: BTreeMap<usize, Anchor>,
    copied: usize,
}

struct Anchor {
    kind: Kind,
    nodes: usize,
    levels: usize,
}

impl Anchors {
    fn keep(&mut self, anchor: usize, node: &Node) {
        if anchor > 0 {
            let (nodes, levels) = size(node);
            // What is too large to be put in anywhere need not be kept.
            if nodes <= MOST_COPIES {
                self.known.insert(anchor, Anchor { kind: node.kind.clone(), nodes, levels });
            }
        }
    }

    fn copy(&mut self, anchor: usize, level: usize) -> Kind {
        let fits =
            |it: &&Anchor| self.copied + it.nodes <= MOST_COPIES && level + it.levels <= DEEPEST;
        let Some(found) = self.known.get(&anchor).filter(fits) else { return Kind::Alias };
        self.copied += found.nodes;
        found.kind.clone()
    }
}

/// How many nodes there are, and on how many levels.
fn size(node: &Node) -> (usize, usize) {
    let pairs = node.pairs().iter().flat_map(|(key, value)| [key, value]);
    let inner = pairs.chain(node.items()).map(size);
    let (nodes, levels) = inner.fold((0, 0), |a, b| (a.0 + b.0, a.1.max(b.1)));
    (nodes + 1, levels + 1)
}

/// Puts in what `<<` says, where the mapping says nothing of its own.
fn merge(pairs: &mut Vec<(Node, Node)>) {
    let is_merge = |(key, value): &(Node, Node)| {
        key.text() == Some("<<") && !matches!(value.kind, Kind::Alias | Kind::Scalar(_))
    };
    let Some(at) = pairs.iter().position(is_merge) else { return };
    let (_, merged) = pairs.remove(at);
    let mut known: BTreeSet<String> =
        pairs.iter().filter_map(|(key, _)| key.text()).map(str::to_owned).collect();
    let all = match merged.kind {
        Kind::Mapping(inner) => inner,
        Kind::Sequence(items) => items.iter().flat_map(|it| it.pairs().iter().cloned()).collect(),
        Kind::Scalar(_) | Kind::Alias => Vec::new(),
    };
    let is_new = |(key, _): &(Node, Node)| key.text().is_some_and(|it| known.insert(it.to_owned()));
    pairs.extend(all.into_iter().filter(is_new));
}

fn last_end(node: &Node) -> Option<usize> {
    match &node.kind {
        Kind::Mapping(pairs) => pairs.last().map(|(_, value)| value.span.end),
        Kind::Sequence(items) => items.last().map(|it| it.span.end),
        Kind::Scalar(_) | Kind::Alias => None,
    }
}

fn scalar(text: &str, span: Span, value: &str, style: ScalarStyle) -> Scalar {
    match style {
        ScalarStyle::Literal => block(text, span, "\n"),
        ScalarStyle::Folded => block(text, span, " "),
        ScalarStyle::Plain | ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
            let (unquoted, place) = inline(text, span, style);
            let place = (unquoted == value).then_some(place);
            Scalar { value: value.to_owned(), place, block: false }
        }
    }
}

/// The lines of a block scalar without their indentation. A break stays one character, so that
/// each line is a piece: of a folded block, too, except that there the character is a space.
fn block(text: &str, span: Span, line_break: &str) -> Scalar {
    // The parser's span starts at the content of the first line, if there is one.
    let start = match span.start < span.end {
        true => text[..span.start].rfind('\n').map_or(0, |it| it + 1),
        false => span.start,
    };
    let width = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let lines = text[start..span.end].split_inclusive('\n');
    let indent = lines.clone().filter(|it| !it.trim().is_empty()).map(width).min().unwrap_or(0);
    let mut value = String::new();
    let mut place = Place::indented(&" ".repeat(indent));
    let mut at = start;
    for line in lines {
        let cut = indent.min(width(line));
        let content = line[cut..].trim_end_matches(['\r', '\n']);
        place.push(value.len(), at + cut, content.len());
        value.push_str(content);
        if line.ends_with('\n') {
            value.push_str(if content.is_empty() { "\n" } else { line_break });
        }
        at += line.len();
    }
    Scalar { value, place: Some(place), block: true }
}

/// A plain or quoted scalar with its escapes taken back, piece by piece.
fn inline(text: &str, span: Span, style: ScalarStyle) -> (String, Place) {
    let quotes = usize::from(style != ScalarStyle::Plain);
    let (start, end) =
        (span.start + quotes, span.end.saturating_sub(quotes).max(span.start + quotes));
    let raw = text.get(start..end).unwrap_or_default();
    let raw = if quotes == 0 { raw.trim_end() } else { raw };
    let mut value = String::new();
    let mut place = Place::default();
    let mut rest = raw;
    while !rest.is_empty() {
        let mut character = [0; 4];
        let at = start + raw.len() - rest.len();
        let (taken, literal): (usize, Option<&str>) = match (rest.as_bytes()[0], style) {
            (b'\'', ScalarStyle::SingleQuoted) => (2, Some("'")),
            (b'\\', ScalarStyle::DoubleQuoted) => match rest.as_bytes().get(1) {
                Some(b'\n' | b'\r') => (rest.len() - rest[1..].trim_start().len(), Some("")),
                _ => match escape(rest) {
                    Some((meant, taken)) => (taken, Some(meant.encode_utf8(&mut character))),
                    None => (rest.len(), None),
                },
            },
            (b'\n' | b'\r', _) => {
                let blank = rest.len() - rest.trim_start().len();
                while value.ends_with([' ', '\t']) {
                    value.pop();
                }
                (blank, Some(if rest[..blank].matches('\n').count() > 1 { "\n" } else { " " }))
            }
            _ => {
                let stop = rest.find(['\'', '\\', '\n', '\r']).unwrap_or(rest.len());
                // A character that is special in another style is plain text in this one.
                let stop = stop.max(rest.chars().next().map_or(1, char::len_utf8));
                place.push(value.len(), at, stop);
                value.push_str(&rest[..stop]);
                (stop, Some(""))
            }
        };
        match literal {
            None => return (String::new(), Place::default()),
            Some("") => {}
            Some(literal) => {
                place.push_escape(value.len(), at, literal.len(), taken);
                value.push_str(literal);
            }
        }
        rest = rest.get(taken..).unwrap_or_default();
    }
    if place == Place::default() {
        place.push(0, start, 0);
    }
    (value, place)
}

/// What an escape between double quotes means, and how long it is.
fn escape(rest: &str) -> Option<(char, usize)> {
    let digits = |from: usize, n: usize| u32::from_str_radix(rest.get(from..from + n)?, 16).ok();
    let code = |n: usize| Some((digits(2, n)?, 2 + n));
    let (code, taken) = match rest.chars().nth(1)? {
        'x' => code(2)?,
        'U' => code(8)?,
        'u' => match code(4)? {
            // JSON writes what is beyond four digits in two halves.
            (high @ 0xD800..0xDC00, _) if rest[6..].starts_with("\\u") => {
                let low = digits(8, 4)?.checked_sub(0xDC00)?;
                (0x10000 + ((high - 0xD800) << 10) + low, 12)
            }
            other => other,
        },
        it => {
            let meant = match it {
                '0' => '\0',
                'a' => '\x07',
                'b' => '\x08',
                't' | '\t' => '\t',
                'n' => '\n',
                'v' => '\x0b',
                'f' => '\x0c',
                'r' => '\r',
                'e' => '\x1b',
                ' ' | '"' | '/' | '\\' => it,
                'N' => '\u{85}',
                '_' => '\u{a0}',
                'L' => '\u{2028}',
                'P' => '\u{2029}',
                _ => return None,
            };
            return Some((meant, 1 + it.len_utf8()));
        }
    };
    Some((char::from_u32(code)?, taken))
}

/// The texts of a file that is no YAML as a whole, such as a template of one: a mapping of each
/// line's key to what it is given. A line without a key has an empty one.
pub fn loose(text: &str) -> Node {
    let mut pairs = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let start = at;
        at = line_end(text, start);
        let Some(found) = LINE.captures(&text[start..at]) else { continue };
        let span =
            |n: usize| found.get(n).map(|it| Span::new(start + it.start(), start + it.end()));
        let Some(mut value) = span(3) else { continue };
        let mut style = match &text[value.start..value.end] {
            it if is_quoted(it, '"') => ScalarStyle::DoubleQuoted,
            it if is_quoted(it, '\'') => ScalarStyle::SingleQuoted,
            _ => ScalarStyle::Plain,
        };
        if let Some(sign) = found.name("block") {
            // A block goes on as long as lines are further in than its key, or its dash.
            let column = span(2).or(span(1)).map_or(0, |it| it.start - start);
            let first = at;
            while at < text.len() {
                let line = &text[at..line_end(text, at)];
                let content = line.trim_start_matches(' ');
                if !content.trim().is_empty() && line.len() - content.len() <= column {
                    break;
                }
                at += line.len();
            }
            let blank = text[first..at].len() - text[first..at].trim_start().len();
            value = Span::new(first + blank, at);
            style = if sign.as_str() == "|" { ScalarStyle::Literal } else { ScalarStyle::Folded };
        }
        let key = span(2).unwrap_or(Span::at(value.start));
        let node = |span, style| {
            let scalar = match style {
                ScalarStyle::Literal => block(text, span, "\n"),
                ScalarStyle::Folded => block(text, span, " "),
                _ => {
                    let (value, place) = inline(text, span, style);
                    Scalar { value, place: Some(place), block: false }
                }
            };
            Node { kind: Kind::Scalar(scalar), span }
        };
        if value.start < value.end {
            pairs.push((node(key, ScalarStyle::Plain), node(value, style)));
        }
    }
    Node { span: Span::new(0, text.len()), kind: Kind::Mapping(pairs) }
}

/// What begins an item, a key, and what that is given: the sign of a block, or a text.
static LINE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"^\s*(?:(-)\s+)*(?:["']?([\w./-]+)["']?\s*:\s+)?((?<block>[|>])[-+0-9]*\s*(?:#.*)?|[^\s#].*?)[\s,]*$"#,
    )
});

fn is_quoted(text: &str, quote: char) -> bool {
    text.len() > 1 && text.starts_with(quote) && text.ends_with(quote)
}

/// Where the line that holds `at` ends, with its break.
fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |it| at + it + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every byte of the value that is not a break or an escape is the same byte in the file.
    fn check(text: &str, path: &[&str]) -> String {
        let root = parse(text).unwrap().remove(0);
        let node = path.iter().fold(&root, |node, key| node.get(key).unwrap());
        let scalar = node.scalar().unwrap();
        let place = scalar.place.as_ref().unwrap();
        for (at, c) in scalar.value.char_indices().filter(|(_, it)| it.is_alphanumeric()) {
            let outer = place.outer(Span::new(at, at + c.len_utf8())).unwrap();
            assert_eq!(
                text[outer.start..outer.end],
                *c.to_string(),
                "byte {at} of {:?}",
                scalar.value
            );
        }
        scalar.value.clone()
    }

    #[test]
    fn block_scalars_map_line_by_line() {
        let text = "jobs:\n  run: |\n    one あ\n      two\n\n    three\n  after: x\n";
        assert_eq!(check(text, &["jobs", "run"]), "one あ\n  two\n\nthree\n");
        assert_eq!(check(text, &["jobs", "after"]), "x");
        assert_eq!(check("run: >-\n  one\n  two\nz: 1\n", &["run"]), "one two ");
        assert_eq!(check("run: |\r\n  one\r\n  two\r\nz: 1\r\n", &["run"]), "one\ntwo\n");
        assert_eq!(check("run: |\n  last", &["run"]), "last");
        for empty in ["run: |", "run: >-\n", "run: |\n   ", "run: |+ # x\n\n"] {
            assert_eq!(check(empty, &["run"]), "", "{empty:?}");
        }
        assert_eq!(check("a:\n  run: |\n  b: c\n", &["a", "run"]), "");
    }

    #[test]
    fn quoted_and_plain_scalars_map_around_their_escapes() {
        assert_eq!(check("a: 'it''s'\n", &["a"]), "it's");
        assert_eq!(check("a: \"x \\\"y\\\" z\\n\"\n", &["a"]), "x \"y\" z\n");
        assert_eq!(check("a: one\n  two # three\n", &["a"]), "one two");
        let root = parse(r#"a: "b \"c\" d""#).unwrap().remove(0);
        let place = root.get("a").unwrap().scalar().unwrap().place.clone().unwrap();
        assert_eq!(place.outer(Span::new(2, 5)), Some(Span::new(6, 11)));
        assert_eq!(check("{a: 'b', c: d}\n", &["c"]), "d");
    }

    #[test]
    fn every_escape_is_what_the_parser_makes_of_it() {
        let all = r#"a: "\x41\u0022\ud83d\ude00\U0001F600\a\b\t\v\f\e\_\N\/b""#;
        let root = parse(all).unwrap().remove(0);
        let scalar = root.get("a").unwrap().scalar().unwrap();
        let place = scalar.place.as_ref().unwrap();
        let quote = scalar.value.find('"').unwrap();
        assert_eq!(place.outer(Span::new(quote, quote + 1)), Some(Span::new(8, 14)));
        assert_eq!(check("{\n\t\"a\": [\"b\"],\n\t\"c\": \"d\\u0022e\"\n}\n", &["c"]), "d\"e");
    }

    #[test]
    fn an_alias_is_what_its_anchor_is_and_stands_where_it_stands() {
        let text = "x: &x [one]\ny: &y {a: *x, b: two}\nz:\n  <<: *y\n  b: three\n  c: *none\n";
        assert!(parse(text).is_err());
        let text = text.replace("*none", "*x");
        let root = parse(&text).unwrap().remove(0);
        let z = root.get("z").unwrap();
        let keys: Vec<_> = z.pairs().iter().filter_map(|(key, _)| key.text()).collect();
        assert_eq!(keys, ["b", "c", "a"]);
        assert_eq!(z.get("b").and_then(Node::text), Some("three"));
        let one = z.get("a").unwrap().items()[0].scalar().unwrap();
        assert_eq!(one.place.as_ref().unwrap().outer(Span::new(0, 3)), Some(Span::new(7, 10)));
        assert_eq!(&text[z.get("c").unwrap().span.start..z.get("c").unwrap().span.end], "*x");
    }

    #[test]
    fn aliases_of_aliases_do_not_fill_the_memory() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..40 {
            let before = format!("*a{}", n - 1);
            text += &format!("a{n}: &a{n} [{}]\n", [before.as_str(); 8].join(", "));
        }
        assert!(size(&parse(&text).unwrap()[0]).0 < 2 * MOST_COPIES);
        let mut deep = "a0: &a0 [x]\n".to_owned();
        (1..500).for_each(|n| deep += &format!("a{n}: &a{n} [*a{}]\n", n - 1));
        assert!(size(&parse(&deep).unwrap()[0]).1 <= DEEPEST + 2);
    }

    #[test]
    fn a_template_is_read_by_its_lines() {
        let text = "{{- if .Values.on }}\na: {{ .x }} # y\nb:\n  - run: |\n      one\n\n        two\n    with: 'it''s'\n  - three: four five\n  - >-\n    six\n    seven\n  \"c\": \"d \\\"e\\\"\",\n{{- end }}\n";
        assert!(parse(text).is_err());
        let root = loose(text);
        let found: Vec<_> = root
            .pairs()
            .iter()
            .map(|(key, value)| {
                let value = value.scalar().unwrap();
                let place = value.place.as_ref().unwrap();
                for (at, c) in value.value.char_indices().filter(|(_, it)| it.is_alphanumeric()) {
                    let outer = place.outer(Span::new(at, at + 1)).unwrap();
                    assert_eq!(text[outer.start..outer.end], *c.to_string());
                }
                (key.text().unwrap(), value.value.as_str())
            })
            .collect();
        assert_eq!(
            found,
            [
                ("", "{{- if .Values.on }}"),
                ("a", "{{ .x }} # y"),
                ("", "b:"),
                ("run", "one\n\n  two\n"),
                ("with", "it's"),
                ("three", "four five"),
                ("", "six seven "),
                ("c", "d \"e\""),
                ("", "{{- end }}"),
            ]
        );
    }

    #[test]
    fn a_broken_file_says_where() {
        assert_eq!(parse("a: b\n  c: [\n").unwrap_err().line, 2);
        assert!(parse(&"[".repeat(500)).is_err());
    }
}
