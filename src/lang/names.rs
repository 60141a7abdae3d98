//! What names stand for, where a script writes that out.

use super::{Parsed, Value, Word, nested::Assigned};
use crate::text::Span;

/// What stands in a text for what is not written out.
pub const HOLE: &str = "{}";

/// Names that are set to names deeper than this are not followed.
const DEEPEST: usize = 4;

/// No name of a resource and no address is longer.
const LONGEST: usize = 2048;

/// No name is put together of more parts.
const PARTS: usize = 256;

/// What a name stands for outside a script.
type Given<'p> = dyn Fn(&str) -> Option<String> + 'p;

/// The assignments of a script, and what it is given from outside.
pub struct Names<'p> {
    assigned: Assigned<'p>,
    given: Box<Given<'p>>,
}

impl<'p> Names<'p> {
    /// `given` says what a name stands for outside; it is asked in small letters.
    pub fn new(parsed: &'p Parsed, given: impl Fn(&str) -> Option<String> + 'p) -> Names<'p> {
        Names { assigned: Assigned::new(&parsed.assignments), given: Box::new(given) }
    }

    /// The names of a script that is given nothing.
    pub fn of(parsed: &'p Parsed) -> Names<'p> {
        Names::new(parsed, |_| None)
    }

    /// Whether a variable is set, to whatever.
    pub fn has(&self, name: &str) -> bool {
        let is_set = |name: &str| !self.assigned.before(name, usize::MAX).is_empty();
        let lower = name.to_ascii_lowercase();
        let others = [format!("env:{name}"), format!("env:{lower}"), lower.clone()];
        is_set(name) || others.iter().any(|it| is_set(it)) || (self.given)(&lower).is_some()
    }

    /// The text of a word, if all of it is written out somewhere. For names, as
    /// [`Word::literal`] is.
    pub fn text(&self, word: &Word) -> Option<String> {
        Some(self.shape(word)).filter(|it| !it.contains(HOLE))
    }

    /// The text of a word, with a [`HOLE`] for each part that is not written out.
    pub fn shape(&self, word: &Word) -> String {
        let mut shape = Shape::default();
        self.add(word, word.span.start, 0, &mut shape);
        shape.text
    }

    fn add(&self, word: &Word, at: usize, depth: usize, shape: &mut Shape) {
        for part in &word.parts {
            shape.parts += 1;
            match &part.value {
                _ if shape.text.len() > LONGEST || shape.parts > PARTS => return shape.hole(),
                Value::Literal(it) => shape.text.push_str(&it.text),
                Value::Variable(name) if depth < DEEPEST => self.follow(name, at, depth, shape),
                Value::Variable(_) | Value::Computed { .. } => shape.hole(),
            }
        }
    }

    /// What was last assigned, if that was done on every way to `at`.
    fn follow(&self, name: &str, at: usize, depth: usize, shape: &mut Shape) {
        let is_sure = |branch: Option<Span>| branch.is_none_or(|it| it.contains(Span::at(at)));
        match self.assigned.before(name, at).last() {
            Some(it) if !it.adds && it.entries.is_empty() && is_sure(it.branch) => {
                self.add(&it.value, it.span.start, depth + 1, shape);
            }
            Some(_) => shape.hole(),
            None => {
                let name = name.to_ascii_lowercase();
                let plain =
                    name.strip_prefix("env:").or(name.strip_prefix("env.")).unwrap_or(&name);
                let given = (self.given)(&name).or_else(|| (self.given)(plain));
                shape.text.push_str(given.as_deref().unwrap_or(HOLE));
            }
        }
    }
}

/// A text as it grows.
#[derive(Default)]
struct Shape {
    text: String,
    parts: usize,
}

impl Shape {
    fn hole(&mut self) {
        self.text.push_str(HOLE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::by_name;

    fn shapes(language: &str, text: &str) -> Vec<String> {
        let parsed = by_name(language).unwrap().parse(text, &[]);
        let names = Names::new(&parsed, |it| (it == "location").then(|| "japaneast".to_owned()));
        let mut calls = parsed.calls.iter().rev();
        let call = calls.find(|it| ["f", "foo-bar"].contains(&&*it.name)).unwrap();
        call.arguments.iter().map(|it| names.shape(it)).collect()
    }

    #[test]
    fn a_name_stands_for_what_it_was_last_set_to() {
        let text =
            "rg=a; rg=rg-$env; env=prod; rg=rg-$env; f $rg \"x-${rg}\" $other $(date) $LOCATION";
        assert_eq!(shapes("bash", text), ["rg-prod", "x-rg-prod", "{}", "{}", "japaneast"]);
        assert_eq!(
            shapes("powershell", "$Rg = 'a'; Foo-Bar $rg $env:LOCATION"),
            ["a", "japaneast"]
        );
    }

    #[test]
    fn what_is_set_on_some_ways_only_is_not_known() {
        assert_eq!(shapes("bash", "rg=a\nif x; then rg=b; fi\nf $rg"), ["{}"]);
        assert_eq!(shapes("bash", "rg=a\nif x; then rg=b; f $rg; fi"), ["b"]);
    }

    #[test]
    fn names_that_double_each_other_end() {
        let doubled: String = (1..40).map(|n| format!("a{n}=$a{}$a{}\n", n - 1, n - 1)).collect();
        let shape = shapes("bash", &format!("a0={}\n{doubled}f $a3 $a39", "x".repeat(2000)));
        assert!(
            shape.iter().all(|it| it.len() < 3 * LONGEST && it.contains(HOLE)),
            "{}",
            shape.len()
        );
    }

    #[test]
    fn names_that_stand_for_nothing_many_times_end() {
        let many = |name: &str| format!("${name}").repeat(300);
        let text =
            format!("a=\nb={}\nc={}\nd={}\ne={}\nf $e", many("a"), many("b"), many("c"), many("d"));
        assert!(shapes("bash", &text)[0].contains(HOLE));
    }
}
