//! Which texts are parsed at all: those that hold a word without which no rule finds anything.

use crate::{
    detect::{RULES, Rule},
    platform::Run,
};
use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

/// Texts are made lower case piece by piece, in a buffer of this size.
const PIECE: usize = 8 * 1024;

/// So much of a piece is looked at again with the next one. No hint is longer.
pub const OVERLAP: usize = 64;

static ALL: LazyLock<AhoCorasick> = LazyLock::new(|| words(|_| true));

/// The words that are enough by themselves.
static ALONE: LazyLock<AhoCorasick> =
    LazyLock::new(|| words(|it| it.with.is_empty() && !it.asks_a_person));

static ASKING: LazyLock<AhoCorasick> =
    LazyLock::new(|| words(|it| it.with.is_empty() && it.asks_a_person));

static BY_LANGUAGE: LazyLock<BTreeMap<&'static str, AhoCorasick>> = LazyLock::new(|| {
    let languages = RULES.iter().flat_map(|it| it.languages);
    languages.map(|it| (*it, words(|rule| rule.languages.contains(it)))).collect()
});

/// Whether a text, in any encoding that writes ASCII as ASCII, holds a hint of a rule.
pub fn hinted(text: &[u8]) -> bool {
    has(&ALL, text)
}

/// Whether a script holds a hint of a rule for its language.
pub(super) fn hinted_in(language: &str, text: &str) -> bool {
    BY_LANGUAGE.get(language).is_some_and(|it| has(it, text.as_bytes()))
}

/// Whether a whole text may hold a sign-in that is worth a word, given what becomes of it: one that
/// asks a person is worth none where nobody is known to run it.
pub(super) fn may_sign_in(text: &str, run: Run) -> bool {
    let is_guess = matches!(run, Run::Unknown | Run::Documentation);
    if has(&ALONE, text.as_bytes()) || !is_guess && has(&ASKING, text.as_bytes()) {
        return true;
    }
    // PowerShell takes typographic dashes for its own.
    let text = text.to_ascii_lowercase().replace(['\u{2013}', '\u{2014}', '\u{2015}'], "-");
    let needs_more = |it: &&&Rule| !(it.with.is_empty() || is_guess && it.asks_a_person);
    RULES.iter().filter(needs_more).any(|rule| {
        rule.hints.iter().any(|it| text.contains(it)) && rule.with.iter().all(|it| holds(&text, it))
    })
}

/// Whether a text holds a word that is no part of a longer one: `az`, but not in `azurerm`. An
/// option may be: `-u` is one in `--username`, too.
fn holds(text: &str, word: &str) -> bool {
    let is_part = |it: char| it.is_ascii_alphanumeric();
    if !word.starts_with(is_part) {
        return text.contains(word);
    }
    text.match_indices(word).any(|(at, _)| {
        !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part)
    })
}

/// Words are searched for as they are, in a copy of the text: that is several times faster than a
/// search that takes both cases for the same.
fn has(words: &AhoCorasick, text: &[u8]) -> bool {
    let mut lower = [0; PIECE];
    let mut rest = text;
    loop {
        let piece = &rest[..rest.len().min(PIECE)];
        let lower = &mut lower[..piece.len()];
        lower.copy_from_slice(piece);
        lower.make_ascii_lowercase();
        if words.is_match(&*lower) {
            return true;
        }
        if piece.len() == rest.len() {
            return false;
        }
        rest = &rest[PIECE - OVERLAP..];
    }
}

fn words(of: impl Fn(&Rule) -> bool) -> AhoCorasick {
    let words: BTreeSet<&str> =
        RULES.iter().filter(|it| of(it)).flat_map(|it| it.hints).copied().collect();
    any_of(words)
}

/// A search for any of `words`. Of the kinds of matches, this one is found with vector
/// instructions.
pub(super) fn any_of(words: BTreeSet<&str>) -> AhoCorasick {
    let built = AhoCorasickBuilder::new().match_kind(MatchKind::LeftmostFirst).build(words);
    built.expect("words are fewer than states can be counted")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_is_found_wherever_it_stands() {
        assert!(RULES.iter().flat_map(|it| it.hints).all(|it| it.len() <= OVERLAP));
        for before in [0, 1, PIECE - OVERLAP, PIECE - 3, PIECE, 3 * PIECE - 7] {
            let text = format!("{}LogIn{}", "x".repeat(before), "y".repeat(PIECE));
            assert!(hinted(text.as_bytes()), "{before}");
            assert!(!hinted(&text.as_bytes()[..before + 4]), "{before}");
        }
        assert!(hinted_in("powershell", "Connect-AzAccount"));
        assert!(!hinted_in("bash", "Connect-AzAccount"));
        assert!(!hinted_in("batch", "none"));
    }

    #[test]
    fn a_text_may_sign_in_if_it_holds_all_that_a_rule_needs() {
        for (text, attended, unknown) in [
            ("Az Login -U a", true, true),
            ("az login \u{2013}u a", true, true),
            ("az login", true, false),
            ("docker login -u a", false, false),
            ("Connect-AzAccount", true, true),
            ("grant_type", true, true),
            ("", false, false),
        ] {
            assert_eq!(may_sign_in(text, Run::Attended), attended, "{text}");
            assert_eq!(may_sign_in(text, Run::Unknown), unknown, "{text}");
            assert_eq!(may_sign_in(text, Run::Documentation), unknown, "{text}");
        }
    }
}
