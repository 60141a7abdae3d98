//! The part of a YAML file that matters, so that a large one need not be read whole.

use super::DEEPEST;
use crate::text::{Placed, Span};

/// The text without what is not `wanted`, as far as its indentation shows what belongs together:
/// items of lists with several lines are left out, and of entries of mappings all but the first line.
///
/// What the rest says is read as before, unless it has an alias of what is left out. `wanted` must
/// want whatever holds something wanted.
pub fn part(text: &str, wanted: &dyn Fn(Span) -> bool) -> Placed {
    let mut reader = Reader { text, wanted, kept: Vec::new() };
    reader.entries(Span::new(0, text.len()), DEEPEST);
    let mut part = Placed::default();
    for span in reader.kept {
        part.push(&text[span.start..span.end], span.start);
    }
    part
}

struct Reader<'t> {
    text: &'t str,
    wanted: &'t dyn Fn(Span) -> bool,
    kept: Vec<Span>,
}

impl Reader<'_> {
    fn keep(&mut self, span: Span) {
        match self.kept.last_mut() {
            Some(last) if last.end == span.start => last.end = span.end,
            _ => self.kept.push(span),
        }
    }

    /// What stands side by side: lines, the first of which may begin behind the dash of an item.
    fn entries(&mut self, all: Span, levels: usize) {
        let mut entry: Option<Entry> = None;
        let mut open: Option<Flow> = None;
        let mut at = all.start;
        while at < all.end {
            let rest = &self.text.as_bytes()[at..all.end];
            let end = memchr::memchr(b'\n', rest).map_or(all.end, |it| at + it + 1);
            if let Some(it) = open {
                open = it.after(&self.text[at..end]);
                at = end;
                continue;
            }
            let blanks = self.text[at..end].bytes().take_while(|it| *it == b' ').count();
            // Most lines stand below what they belong to.
            if entry.as_ref().is_some_and(|it| blanks > it.column) {
                at = end;
                continue;
            }
            let line = Entry::of(self.text, at, end);
            let is_new = !line.is_empty
                && entry.as_ref().is_none_or(|it| line.column <= it.column && !it.lists(&line));
            if is_new {
                open = line.open;
                let before = entry.replace(line);
                self.end(before, all.start, at, levels);
            }
            at = end;
        }
        self.end(entry, all.start, all.end, levels);
    }

    /// Decides on an entry that ends at `end`.
    fn end(&mut self, entry: Option<Entry>, start: usize, end: usize, levels: usize) {
        let Some(it) = entry else { return self.keep(Span::new(start, end)) };
        let whole = Span::new(it.at, end);
        let is_wanted = (self.wanted)(whole);
        match it.opens {
            Opens::Item { at } if is_wanted && levels > 0 => {
                self.keep(Span::new(it.at, at));
                self.entries(Span::new(at, end), levels - 1);
            }
            // One line may be a word of a command, and one behind another dash holds the place of
            // those below it.
            Opens::Item { .. } if !is_wanted && it.next < end && !it.is_behind => {}
            Opens::Entry if is_wanted && levels > 0 => {
                self.keep(Span::new(it.at, it.next));
                self.entries(Span::new(it.next, end), levels - 1);
            }
            Opens::Entry | Opens::Block if !is_wanted => self.keep(Span::new(it.at, it.next)),
            Opens::Item { .. } | Opens::Entry | Opens::Block | Opens::Value => self.keep(whole),
        }
    }
}

/// The first line of what belongs together.
struct Entry {
    at: usize,
    /// Where the next line begins.
    next: usize,
    column: usize,
    /// It begins behind the dash of an item.
    is_behind: bool,
    /// A blank line or a comment.
    is_empty: bool,
    opens: Opens,
    /// What goes on in the next line, however that begins.
    open: Option<Flow>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Opens {
    /// An item of a list, whose own text begins at `at`.
    Item { at: usize },
    /// What its key is given stands on the lines that follow.
    Entry,
    /// A `|` or `>` block.
    Block,
    /// Anything else: it may go on in the lines that follow.
    Value,
}

impl Entry {
    fn of(text: &str, at: usize, next: usize) -> Entry {
        let line = &text[at..next];
        let content = line.trim_start_matches(' ');
        let start = next - content.len();
        let own = content.trim_end();
        let begin = text[..at].rfind('\n').map_or(0, |it| it + 1);
        let open = Flow::begun(own);
        let opens = match own.strip_prefix('-') {
            Some("") => Opens::Item { at: next },
            Some(after) if after.starts_with(' ') => {
                Opens::Item { at: start + 1 + after.len() - after.trim_start_matches(' ').len() }
            }
            _ if open.is_some() => Opens::Value,
            _ if own.ends_with(':') => Opens::Entry,
            _ if is_block(own) => Opens::Block,
            _ => Opens::Value,
        };
        let is_empty = own.is_empty() || own.starts_with('#');
        let column = start - begin;
        Entry { at, next, column, is_behind: begin < at, is_empty, opens, open }
    }

    /// Whether this is a key, and the other an item of the list that it is given.
    fn lists(&self, other: &Entry) -> bool {
        let is_item = matches!(other.opens, Opens::Item { .. });
        self.opens == Opens::Entry && is_item && self.column == other.column
    }
}

/// Quotes that are open, or so many brackets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Quotes(char),
    Brackets(usize),
}

impl Flow {
    /// What a first line leaves open.
    fn begun(line: &str) -> Option<Flow> {
        let mut value = line.trim_start_matches(['-', ' ']);
        value = value.split_once(": ").map_or(value, |(_, it)| it.trim_start());
        while value.starts_with(['&', '!']) {
            value = value.split_once(' ')?.1.trim_start();
        }
        match value.chars().next()? {
            quote @ ('\'' | '"') => Flow::Quotes(quote).after(&value[1..]),
            '{' | '[' => Flow::Brackets(0).after(value),
            _ => None,
        }
    }

    /// What is open after another line.
    fn after(self, line: &str) -> Option<Flow> {
        match self {
            Flow::Quotes(quote) => (!line.contains(quote)).then_some(self),
            Flow::Brackets(before) => {
                let open = before + line.matches(['{', '[']).count();
                let open = open.saturating_sub(line.matches(['}', ']']).count());
                (open > 0).then_some(Flow::Brackets(open))
            }
        }
    }
}

/// Whether a line ends with the head of a block: `|`, `>-`, `|2+`.
fn is_block(line: &str) -> bool {
    let head = line.trim_end_matches(|it: char| "+-".contains(it) || it.is_ascii_digit());
    let before = head.strip_suffix(['|', '>']);
    before.is_some_and(|it| it.is_empty() || it.ends_with([' ', '\t']))
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Node, parse},
        *,
    };

    fn part(text: &str) -> Placed {
        super::part(text, &|it| text[it.start..it.end].contains('!'))
    }

    #[test]
    fn what_is_not_wanted_is_left_out() {
        for (text, expected) in [
            ("a: 1\nb:\n  c: 2\n  d: 3\ne: !\n", "a: 1\nb:\ne: !\n"),
            ("a:\n- b: 1\n  c: 2\n- b: !\n  c:\n    d: 3\n", "a:\n- b: !\n  c:\n"),
            ("a: |\n  b\n  c\nd: |-\n  b\n  !\n", "a: |\nd: |-\n  b\n  !\n"),
            ("a:\n  b:\n  - c\n  - d: 1\n    e: 2\nf: !\n", "a:\nf: !\n"),
            ("- - a: 1\n    b: 2\n  - !\n- c\n", "- - a: 1\n    b: 2\n  - !\n- c\n"),
            ("a: 'b\n  c'\nd: [\n  e]\n!: f", "a: 'b\n  c'\nd: [\n  e]\n!: f"),
            ("# a\n\na:\n  # b\n  c: 1\n!: 2\n", "# a\n\na:\n!: 2\n"),
            ("a: {b: 'c:\n\n!'}\n", "a: {b: 'c:\n\n!'}\n"),
            ("a: &a \"b\nc:\n\n!\"\nd:\n  e: f\n", "a: &a \"b\nc:\n\n!\"\nd:\n"),
            ("- [a,\nb:\n- c]\n- !\n", "- !\n"),
        ] {
            let part = part(text);
            assert_eq!(part.text, expected, "{text}");
            for (at, c) in part.text.char_indices() {
                let outer = part.place.outer(Span::new(at, at + c.len_utf8())).unwrap();
                assert_eq!(&text[outer.start..outer.end], c.to_string());
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_wanted_is_read_as_before(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..30)) {
            let text = pieces.concat();
            let part = part(&text);
            if let (Ok(whole), Ok(part)) = (parse(&text), parse(&part.text)) {
                // A text without quotes may go on over lines that look like items.
                let scalars = |all: &[Node]| {
                    let mut found = 0;
                    let mut open: Vec<_> = all.iter().collect();
                    while let Some(node) = open.pop() {
                        found += node.text().map_or(0, |it| it.matches('!').count());
                        open.extend(node.pairs().iter().flat_map(|(key, value)| [key, value]));
                        open.extend(node.items());
                    }
                    found
                };
                proptest::prop_assert_eq!(scalars(&whole), scalars(&part), "{}", text);
            }
        }
    }

    const PIECES: &[&str] = &[
        "a:", "b: ", "- ", "c", "!", "|", ">-", "\n", "\n  ", "\n    ", "\n      ", "'", "\"", "[",
        "]", "# ", "\r\n", "---\n", "\n\n", "*d", "&d", " ", "あ",
    ];
}
