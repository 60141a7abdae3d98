//! Functions of a script or a program: what each is called, what it takes, and what its calls give it.

use super::{Call, Parsed, Word, options::first_literal};
use crate::text::Span;
use std::collections::HashMap;

/// Functions that take more are not asked for what they take.
pub(super) const MOST: usize = 100;

/// A function, and what it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    pub name: String,
    /// What it does; that begins before its parameters, where these have names.
    pub body: Span,
    /// In order, as far as they have names.
    pub(super) parameters: Vec<Parameter>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parameter {
    pub(super) name: String,
    /// Where its declaration begins.
    pub(super) at: usize,
    /// It takes no value.
    pub(super) is_switch: bool,
}

/// What a function is given: the parameter, as a place among those of the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    function: usize,
    parameter: usize,
}

/// What a call gives a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives<'p> {
    Word(&'p Word),
    /// The function takes its default, if it has one.
    Nothing,
    /// It is not told from the call alone.
    Unknown,
}

/// The functions of a text, as they are asked for.
#[derive(Debug)]
pub(super) struct Functions {
    /// From where on which of them is the innermost.
    innermost: Vec<(usize, Option<usize>)>,
    /// The parameters that are assigned a value where they are declared, by where that is.
    declared: HashMap<usize, Slot>,
}

impl Functions {
    fn of(parsed: &Parsed) -> Functions {
        let body = |it: usize| parsed.functions[it].body;
        let mut order: Vec<usize> = (0..parsed.functions.len()).collect();
        order.sort_by_key(|it| (body(*it).start, std::cmp::Reverse(body(*it).end)));
        let mut innermost: Vec<(usize, Option<usize>)> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        let mut next = order.into_iter().peekable();
        while next.peek().is_some() || !open.is_empty() {
            let mut closes =
                |it: &usize| next.peek().is_none_or(|next| body(*it).end <= body(*next).start);
            let at = match open.pop_if(|it| closes(it)) {
                Some(it) => body(it).end,
                None => {
                    open.extend(next.next());
                    open.last().map_or(0, |it| body(*it).start)
                }
            };
            let last = innermost.last().map_or(0, |(it, _)| *it);
            innermost.push((at.max(last), open.last().copied()));
        }
        let mut declared = HashMap::new();
        for (function, it) in parsed.functions.iter().enumerate() {
            let slots = it.parameters.iter().enumerate();
            declared.extend(slots.map(|(parameter, it)| (it.at, Slot { function, parameter })));
        }
        Functions { innermost, declared }
    }
}

impl Parsed {
    fn in_order(&self) -> Option<&Functions> {
        self.told.get(|| Functions::of(self))
    }

    /// The parameter that is declared at a place.
    pub fn declared(&self, at: usize) -> Option<Slot> {
        self.in_order()?.declared.get(&at).copied()
    }

    pub fn is_in_function(&self, at: usize) -> bool {
        self.around(at).is_some()
    }

    /// The innermost function that a place stands in.
    fn around(&self, at: usize) -> Option<usize> {
        let innermost = &self.in_order()?.innermost;
        let next = innermost.partition_point(|(it, _)| *it <= at);
        innermost[next.checked_sub(1)?].1
    }

    /// The parameter of the innermost function around `at` that has this name there: in Bash, its number.
    pub fn parameter(&self, name: &str, at: usize) -> Option<Slot> {
        let function = self.around(at)?;
        let parameter = match self.language {
            "bash" => name.parse().ok().and_then(|it: usize| it.checked_sub(1)),
            _ => self.functions[function].parameters.iter().position(|it| it.name == name),
        };
        Some(Slot { function, parameter: parameter? })
    }

    pub fn function(&self, slot: Slot) -> &Function {
        &self.functions[slot.function]
    }

    /// What a parameter is called in its function.
    pub fn name_of(&self, slot: Slot) -> String {
        match self.function(slot).parameters.get(slot.parameter) {
            Some(it) => it.name.clone(),
            None => (slot.parameter + 1).to_string(),
        }
    }

    /// Where a parameter is declared, if that has a place.
    pub fn declaration(&self, slot: Slot) -> Option<usize> {
        Some(self.function(slot).parameters.get(slot.parameter)?.at)
    }

    /// Every call of a parameter's function in a text, this one or one that includes it, with what it
    /// gives that parameter.
    pub fn given<'p>(
        &'p self,
        slot: Slot,
        of: &'p Parsed,
    ) -> impl Iterator<Item = (&'p Call, Gives<'p>)> {
        let name = self.function(slot).name.to_ascii_lowercase();
        of.calls_of(&name).map(move |it| (it, self.gives(it, slot)))
    }

    fn gives<'p>(&self, call: &'p Call, slot: Slot) -> Gives<'p> {
        let parameters = &self.function(slot).parameters;
        match self.language {
            _ if call.arguments.len() > MOST => Gives::Unknown,
            "bash" => by_number(&call.arguments, slot.parameter),
            "powershell" => bound(call, parameters, slot.parameter),
            _ => {
                let named = call.option(&parameters[slot.parameter].name);
                match named.and_then(|it| it.value.as_ref()) {
                    Some(it) => Gives::Word(it),
                    None => by_number(&call.words, slot.parameter),
                }
            }
        }
    }
}

/// The word at a place, unless one before it may be several: `"$@"`.
fn by_number(words: &[Word], at: usize) -> Gives<'_> {
    let is_several = |it: &Word| matches!(it.variable(), Some("@" | "*"));
    match words.get(at) {
        _ if words.iter().take(at + 1).any(is_several) => Gives::Unknown,
        Some(it) => Gives::Word(it),
        None => Gives::Nothing,
    }
}

/// What PowerShell binds to a parameter: by its name or what that begins with, or by its place among
/// those that are not named.
fn bound<'p>(call: &'p Call, parameters: &[Parameter], wanted: usize) -> Gives<'p> {
    let named = |name: &str| {
        let name = name.strip_prefix('-')?.to_ascii_lowercase();
        let exact = parameters.iter().position(|it| it.name == name);
        exact.or_else(|| parameters.iter().position(|it| it.name.starts_with(&name)))
    };
    let mut is_named = vec![false; parameters.len()];
    let mut places = Vec::new();
    for option in &call.options {
        match named(&option.name) {
            Some(it) if it == wanted => {
                return option.value.as_ref().map_or(Gives::Unknown, Gives::Word);
            }
            // Which of its parameters are switches, only the function knows.
            Some(it) if parameters[it].is_switch => places.extend(&option.value),
            Some(it) => is_named[it] = true,
            None => {}
        }
    }
    let mut words = call.words.iter();
    while let Some(word) = words.next() {
        if word.variable().is_some_and(|it| it.starts_with('@')) {
            return Gives::Unknown;
        }
        // A function that is not called like a cmdlet has its parameters among its words.
        let is_name = |it: &&str| {
            it.len() > 1 && it.starts_with('-') && word.span.start == word.parts[0].span.start
        };
        match first_literal(word).filter(is_name).map(named) {
            Some(Some(it)) if parameters[it].is_switch => {}
            Some(Some(it)) => match words.next() {
                Some(value) if it == wanted => return Gives::Word(value),
                _ => is_named[it] = true,
            },
            Some(None) => return Gives::Unknown,
            None => places.push(word),
        }
    }
    places.sort_by_key(|it| it.span.start);
    let is_free = |it: &usize| !is_named[*it] && !parameters[*it].is_switch;
    let place = (0..wanted).filter(is_free).count();
    places.get(place).map_or(Gives::Nothing, |it| Gives::Word(it))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::{by_name, testing::word};

    /// What each call of `f` gives the last parameter of its function that is called `p`, or `$2`.
    fn given(language: &str, text: &str) -> String {
        let parsed = by_name(language).unwrap().parse(text, &[]);
        let name = if language == "bash" { "2" } else { "p" };
        let slot = parsed.parameter(name, text.rfind("READ").unwrap()).unwrap();
        let of = |(_, it): (&Call, Gives<'_>)| match it {
            Gives::Word(it) => word(it),
            Gives::Nothing => "nothing".to_owned(),
            Gives::Unknown => "unknown".to_owned(),
        };
        parsed.given(slot, &parsed).map(of).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn powershell_binds_by_name_and_by_place() {
        for (calls, expected) in [
            ("Set-F $a $b", "$b"),
            ("Set-F -P $b $a", "$b"),
            ("Set-F -U $a $b", "$b"),
            ("Set-F -User $a $b", "$b"),
            ("Set-F -Quiet $a $b", "$b"),
            ("Set-F $a; set-f a b", "nothing; b"),
            ("Set-F @all", "unknown"),
            ("$h = @{ P = $b }; Set-F @h", "$b"),
            ("Set-G $b", ""),
        ] {
            for text in [
                format!("function Set-F($user, [switch]$quiet, $p) {{ READ }}\n{calls}"),
                format!(
                    "function Set-F {{\n  [CmdletBinding()]\n  param([string]$user, [switch]$quiet, $p)\n  READ }}\n{calls}"
                ),
            ] {
                assert_eq!(given("powershell", &text), expected, "{text}");
            }
            let plain = format!("function f($user, [switch]$quiet, $p) {{ READ }}\n{calls}");
            let plain = plain.replace("Set-F", "f").replace("set-f", "F");
            if !plain.contains('@') {
                assert_eq!(given("powershell", &plain), expected, "{plain}");
            }
        }
    }

    #[test]
    fn parameters_are_those_of_the_innermost_function() {
        let text = "function A($p) { function B($p) { READ }; B $b }\nA $a";
        assert_eq!(given("powershell", text), "$b");
        let text = "function A($p) { function B($p) { 1 }; B $b; READ }\nA $a";
        assert_eq!(given("powershell", text), "$a");
        let block = "function A { & { param($p) 1 } ; READ }\nA $a";
        let parsed = by_name("powershell").unwrap().parse(block, &[]);
        assert_eq!(parsed.parameter("p", block.find("READ").unwrap()), None);
    }

    #[test]
    fn other_languages_give_by_number_and_by_name() {
        for (language, text, expected) in [
            ("bash", "f() { READ; }\nf a \"$b\"; f a; f \"$@\"", "$b; nothing; unknown"),
            ("python", "def f(u, p='x'):\n    READ\nf(a, b)\nf(a, p=c)\nf(a)", "$b; $c; nothing"),
            (
                "python",
                "class C:\n    def f(self, u, p: str) -> int:\n        READ\nc.f(a, b)",
                "$b",
            ),
            ("javascript", "async function f(u, p) { READ; }\nawait f(a, b);", "$b"),
            ("javascript", "class C { f(u: string, p: string) { READ; } }\nnew C().f(a, b);", "$b"),
            ("go", "package a\nfunc f(u, p string) { READ() }\nfunc main() { f(a, b) }", "$b"),
            (
                "csharp",
                "class A { void F(string u, string p) { READ(); } void G() { F(a, b); F(p: c, u: d); } }",
                "$b; $c",
            ),
            (
                "java",
                "class A { void f(String u, String p) { READ(); } void g() { f(a, b); } }",
                "$b",
            ),
            ("kotlin", "fun f(u: String, p: String) { READ() }\nfun g() { f(a, b) }", "$b"),
        ] {
            assert_eq!(given(language, text), expected, "{text}");
        }
    }
}
