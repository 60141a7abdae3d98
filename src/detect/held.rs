//! What the variables of a script hold where a call reads them, and whether a person gave that.

use super::Class;
use crate::{
    lang::{Assignment, Call, Parsed, Word},
    text::Span,
};
use std::collections::{BTreeMap, BTreeSet};

/// More variables are not followed for the sake of one word, and not more assignments to one.
const MOST: usize = 32;

/// The word, and whatever the variables in it may hold, from one variable to the next.
pub(super) fn stands_for<'p>(word: &'p Word, at: usize, parsed: &'p Parsed) -> Vec<&'p Word> {
    let mut all = vec![(word, at)];
    let mut seen = BTreeSet::new();
    let mut next = 0;
    while let Some(&(word, at)) = all.get(next) {
        next += 1;
        for name in word.reads() {
            if seen.len() < MOST && seen.insert(name) {
                all.extend(held(name, at, parsed).into_iter().map(|it| (&it.value, it.span.start)));
            }
        }
    }
    all.into_iter().map(|(word, _)| word).collect()
}

/// Whether a word says one of the texts, itself or by what its variables hold, or what that is put
/// together of.
pub(super) fn says(word: &Word, texts: &[&str], at: usize, parsed: &Parsed) -> bool {
    let says = |it: &Word| texts.iter().any(|text| it.says(text));
    let written = |it: &Word| {
        let first = parsed.texts.partition_point(|text| text.span.start < it.span.start);
        let inside = parsed.texts[first..].iter().take_while(|text| text.span.start < it.span.end);
        inside.into_iter().any(says)
    };
    stands_for(word, at, parsed).into_iter().any(|it| says(it) || written(it))
}

/// Whether a word is this text, on every way through the script that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Is {
    Always,
    AtTimes,
    Never,
    /// What its variable holds does not stand in the script.
    Unknown,
}

pub(super) fn is(word: &Word, text: &str, at: usize, parsed: &Parsed) -> Is {
    let all = stands_for(word, at, parsed);
    let mut written = all.iter().filter_map(|it| it.literal()).peekable();
    if written.peek().is_none() {
        return Is::Unknown;
    }
    let is_closed = all.iter().all(|it| it.literal().is_some() || it.variable().is_some());
    let (same, other): (Vec<_>, Vec<_>) = written.partition(|it| it == text);
    match (same.is_empty(), other.is_empty()) {
        (false, true) if is_closed => Is::Always,
        (false, _) => Is::AtTimes,
        (true, _) => Is::Never,
    }
}

/// What a name may have been assigned: last on every way through the script, and since then on some.
fn held<'p>(name: &str, at: usize, parsed: &'p Parsed) -> Vec<&'p Assignment> {
    let is_sure = |it: &&Assignment| it.branch.is_none_or(|it| it.contains(Span::at(at)));
    let mut before = parsed.assigned(name, at).rev().take(MOST);
    let mut all: Vec<&Assignment> = Vec::new();
    while !all.last().is_some_and(is_sure)
        && let Some(it) = before.next()
    {
        all.push(it);
    }
    all.reverse();
    all
}

/// With `Get-Credential` or `read -s`, a person types the credential or what it is made of; unless
/// a caller may give it, and only what is missing is asked for.
pub(super) fn class_of_credential(credential: &Word, call: &Call, parsed: &Parsed) -> Class {
    let mut asked = Asked { parsed, seen: BTreeMap::new() };
    match asked.gives(credential, call.span.start) {
        true => Class::Interactive,
        false => Class::UserIdentity,
    }
}

struct Asked<'p> {
    parsed: &'p Parsed,
    /// The variables that were followed, and whether a person always gives what they hold.
    seen: BTreeMap<&'p str, bool>,
}

impl<'p> Asked<'p> {
    fn gives(&mut self, word: &'p Word, at: usize) -> bool {
        let calls = &self.parsed.calls;
        let first = calls.partition_point(|it| it.span.start < word.span.start);
        let mut inside = calls[first..].iter().take_while(|it| it.span.start < word.span.end);
        inside.any(|it| it.name == "get-credential" || is_typed(it))
            || word.reads().into_iter().any(|it| self.always(it, at))
    }

    fn always(&mut self, name: &'p str, at: usize) -> bool {
        if let Some(known) = self.seen.get(name) {
            return *known;
        }
        if self.seen.len() == MOST {
            return false;
        }
        // Until it is known, so that what holds itself comes to an end.
        self.seen.insert(name, false);
        let all = held(name, at, self.parsed);
        let is_default = |it: &Assignment| it.branch == Some(it.span);
        let gives = !all.is_empty()
            && all.iter().all(|it| !is_default(it) && self.gives(&it.value, it.span.start));
        self.seen.insert(name, gives);
        gives
    }
}

/// Whether a person types what the call gives: without a prompt, and without hiding what is typed,
/// `read` may read a file as well.
fn is_typed(call: &Call) -> bool {
    let says =
        |it: &Word| it.literal().is_some_and(|it| it.starts_with('-') && it.contains(['s', 'p']));
    call.name == "read-host" || call.name == "read" && call.arguments.iter().any(says)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang;

    /// The class of the last call's credential.
    fn class(text: &str) -> Class {
        let parsed = lang::by_name("powershell").unwrap().parse(text, &[]);
        let call = parsed.calls.iter().find(|it| it.has("-credential")).unwrap();
        class_of_credential(call.value("-credential").unwrap(), call, &parsed)
    }

    #[test]
    fn what_a_person_types_is_followed_from_one_variable_to_the_next() {
        for text in [
            "$p = Read-Host -AsSecureString; $c = New-Object PSCredential($u, $p)",
            "$t = Read-Host 'Password'\n$p = ConvertTo-SecureString $t -AsPlainText -Force\n$c = [pscredential]::new('a', $p)",
            "$r = Get-Credential; $c = $r",
            "$r = Get-Credential; if ($x) { $c = $r } else { $c = $r }",
            "if ($x) { $p = Read-Host a } else { $p = Read-Host b }\n$c = New-Object PSCredential -ArgumentList $u, $p",
        ] {
            assert_eq!(class(&format!("{text}\nConnect-X -Credential $c")), Class::Interactive);
        }
        for text in [
            "$p = Get-Content p.txt | ConvertTo-SecureString; $c = New-Object PSCredential($u, $p)",
            "if (Test-Path $f) { $p = Import-Clixml $f } else { $p = Read-Host }\n$c = New-Object PSCredential($u, $p)",
            "param($p = (Read-Host))\n$c = New-Object PSCredential($u, $p)",
            "$p = Read-Host; $p = $env:PASSWORD; $c = New-Object PSCredential($u, $p)",
            "$c = $d; $d = $c",
            "$c = $c",
        ] {
            assert_eq!(class(&format!("{text}\nConnect-X -Credential $c")), Class::UserIdentity);
        }
    }

    #[test]
    fn a_chain_without_end_is_not_followed_for_ever() {
        let chain = |length: usize| {
            let steps: String = (0..length).map(|it| format!("$c{} = $c{it}\n", it + 1)).collect();
            class(&format!("$c0 = Get-Credential\n{steps}Connect-X -Credential $c{length}"))
        };
        assert_eq!(chain(20), Class::Interactive);
        assert_eq!(chain(500), Class::UserIdentity);
    }
}
