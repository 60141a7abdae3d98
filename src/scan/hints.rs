//! Which texts are parsed at all: those that hold a word without which no rule finds anything.

use crate::{
    detect::{RULES, Rule},
    platform::Run,
};
use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use regex::bytes::{Regex, RegexBuilder};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

/// Texts are made lower case piece by piece, in a buffer of this size.
const PIECE: usize = 8 * 1024;

/// So much of a piece is looked at again with the next one. No hint is longer.
pub const OVERLAP: usize = 64;

/// Every hint has one of these in it. They are what every file is searched for, so they are rare, and
/// as few as vector instructions find at full speed. Those look at the first letters of each, which are
/// rare, too: `uthtype` is looked at less often than `authtype`.
const NEEDLES: [&str; 32] = [
    "/.azure",
    "\\.azure",
    "aad.adal4j",
    "ad_user",
    "add-az",
    "arepoint",
    "auth create",
    "azcontext",
    "azure_config_dir",
    "azure_username",
    "azurecredentialsfactory",
    "azurermcontext",
    "azurermprofile",
    "bcp ",
    "connect-",
    "csonlinesession",
    "directory password",
    "directory-password",
    "ffice365",
    "grant_type",
    "granttype",
    "login",
    "msal",
    "new-pssession",
    "saccount",
    "sqlcmd",
    "username_password",
    "usernamepassword",
    "userpass",
    "usertokencredentials",
    "uthtype",
    "vedirectory",
];

static ALL: LazyLock<AhoCorasick> = LazyLock::new(|| any_of(NEEDLES.into()));

/// Whether a text, in any encoding that writes ASCII as ASCII, may hold a hint of a rule.
pub fn hinted(text: &[u8]) -> bool {
    has(&ALL, text)
}

static BY_LANGUAGE: LazyLock<BTreeMap<&'static str, AhoCorasick>> = LazyLock::new(|| {
    let languages: BTreeSet<&str> = RULES.iter().flat_map(|it| it.languages).copied().collect();
    let hints = |it: &str| {
        let rules = RULES.iter().filter(|rule| rule.languages.contains(&it));
        any_of(rules.flat_map(|rule| rule.hints).copied().collect())
    };
    languages.into_iter().map(|it| (it, hints(it))).collect()
});

/// Whether a script holds a hint of a rule for its language.
pub(super) fn hinted_in(language: &str, text: &str) -> bool {
    BY_LANGUAGE.get(language).is_some_and(|it| has(it, text.as_bytes()))
}

/// Every hint, and the rules that have it or a part of it.
static HINTS: LazyLock<(AhoCorasick, Vec<Vec<&Rule>>)> = LazyLock::new(|| {
    let hints: BTreeSet<&str> = RULES.iter().flat_map(|it| it.hints).copied().collect();
    let rules = |found: &&str| -> Vec<&Rule> {
        RULES.iter().copied().filter(|it| it.hints.iter().any(|it| found.contains(it))).collect()
    };
    let rules = hints.iter().map(rules).collect();
    (any_of(hints), rules)
});

/// Whether a text may hold a sign-in that is worth a word, given what becomes of it: one that asks a
/// person is worth none where nobody is known to run it.
pub(super) fn may_sign_in(text: &str, run: Run) -> bool {
    let is_guess = matches!(run, Run::Unknown | Run::Documentation);
    may_fit(text, |it| !(is_guess && it.asks_a_person))
}

/// Whether settings may hold a sign-in. No other language stands in them.
pub(super) fn may_set(text: &str) -> bool {
    may_fit(text, |it| it.languages.contains(&"settings"))
}

/// What a text has to have beside a hint of each rule, by the rule's ID.
static NEEDS: LazyLock<BTreeMap<&str, Vec<Regex>>> = LazyLock::new(|| {
    let pattern = |it: &&str| {
        RegexBuilder::new(it).unicode(false).build().expect("the pattern is a constant")
    };
    RULES.iter().map(|it| (it.id, it.with.iter().map(pattern).collect())).collect()
});

/// Whether a text has all that one of the rules needs that are `asked`.
fn may_fit(text: &str, asked: impl Fn(&Rule) -> bool) -> bool {
    // PowerShell takes typographic dashes for its own.
    let mut text = text.to_ascii_lowercase();
    const DASHES: [char; 3] = ['\u{2013}', '\u{2014}', '\u{2015}'];
    if !text.is_ascii() && text.contains(DASHES) {
        text = text.replace(DASHES, "-");
    }
    let (words, rules) = &*HINTS;
    let mut done = BTreeSet::new();
    let new = words.find_iter(&text).map(|it| it.pattern()).filter(|it| done.insert(*it));
    new.flat_map(|it| &rules[it.as_usize()])
        .any(|rule| asked(rule) && NEEDS[rule.id].iter().all(|it| it.is_match(text.as_bytes())))
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

/// A search for any of `words`, which finds the longest where one begins with another. This kind of
/// match is found with vector instructions.
pub(super) fn any_of(words: BTreeSet<&str>) -> AhoCorasick {
    let built = AhoCorasickBuilder::new().match_kind(MatchKind::LeftmostLongest).build(words);
    built.expect("words are fewer than states can be counted")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_is_found_wherever_it_stands() {
        for hint in RULES.iter().flat_map(|it| it.hints) {
            assert!(hint.len() <= OVERLAP, "{hint}");
            assert!(NEEDLES.iter().any(|it| hint.contains(it)), "no needle is in {hint}");
        }
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
            ("az login; open some-url", true, false),
            (r#"{"run": "set -e\naz login\t-u a"}"#, true, true),
            (r#"{"run": "iex \u0027az login -u a\u0027"}"#, true, true),
            ("login azure -u a", false, false),
            ("Connect-AzAccount", true, true),
            ("grant_type=password, login.microsoftonline.com", true, true),
            ("grant_type", false, false),
            ("", false, false),
        ] {
            assert_eq!(may_sign_in(text, Run::Attended), attended, "{text}");
            assert_eq!(may_sign_in(text, Run::Unknown), unknown, "{text}");
            assert_eq!(may_sign_in(text, Run::Documentation), unknown, "{text}");
        }
    }
}
