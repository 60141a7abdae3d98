//! Which texts are parsed at all: those that hold a word without which no rule finds anything.

use crate::{
    detect::{RULES, Rule},
    platform::Run,
    text::Span,
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

/// Every hint has one of these in it. They are what every file is searched for, so they are rare. Vector
/// instructions look at the first four bytes of each, which are rare, too: `uthtype` is looked at less
/// often than `authtype`. They take up to 64; from 33 on, they are told apart better.
const NEEDLES: &[&str] = &[
    "/.azure",
    "\\.azure",
    "aad.adal4j",
    "ad_user",
    "add-az",
    "arepoint",
    "auth create",
    "azcontext",
    "bcp ",
    "connect-",
    "csonlinesession",
    "directory password",
    "directory-password",
    "ffice365",
    "grant_type",
    "granttype",
    "login",
    "lsfactory",
    "msal_token_cache",
    "msaltoken",
    "psaccount",
    "pssession",
    "rdsaccount",
    "re_config_dir",
    "re_username",
    "rmcontext",
    "rmprofile",
    "s.activedirectory",
    "sqlcmd",
    "username_password",
    "usernamepassword",
    "userpasscredential",
    "userpasswordcredential",
    "usertokencredentials",
    "uthtype",
    "vedirectorypassword",
];

const _: () = assert!(NEEDLES.len() > 32 && NEEDLES.len() <= 64);

static ALL: LazyLock<AhoCorasick> = LazyLock::new(|| any_of(NEEDLES.iter().copied().collect()));

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

/// Every hint, and which of the rules have it or a part of it.
static HINTS: LazyLock<(AhoCorasick, Vec<Vec<usize>>)> = LazyLock::new(|| {
    let hints: BTreeSet<&str> = RULES.iter().flat_map(|it| it.hints).copied().collect();
    let rules = |found: &&str| -> Vec<usize> {
        let has = |rule: &Rule| rule.hints.iter().any(|it| found.contains(it));
        (0..RULES.len()).filter(|it| has(RULES[*it])).collect()
    };
    let rules = hints.iter().map(rules).collect();
    (any_of(hints), rules)
});

/// What a text has to have beside a hint of each rule.
static NEEDS: LazyLock<Vec<Vec<Pattern>>> = LazyLock::new(|| {
    let patterns = |rule: &&Rule| rule.with.iter().map(|it| Pattern::new(it)).collect();
    RULES.iter().map(patterns).collect()
});

/// One of [`Rule::with`].
struct Pattern {
    regex: Regex,
    /// It is searched for near hints alone.
    is_near: bool,
}

/// No pattern that is searched for near a hint reaches further.
const REACH: usize = 512;

impl Pattern {
    fn new(text: &str) -> Pattern {
        let regex = RegexBuilder::new(text).unicode(false).build();
        let regex = regex.expect("the pattern is a constant");
        let is_near = regex.capture_names().any(|it| it == Some("near"));
        Pattern { regex, is_near }
    }

    fn fits(&self, text: &str, near: &[Span]) -> bool {
        let text = text.as_bytes();
        match self.is_near {
            true => near.iter().any(|it| self.regex.is_match(&text[it.start..it.end])),
            false => self.regex.is_match(text),
        }
    }
}

/// A text as it is shown to the patterns of rules.
#[derive(Default)]
pub(super) struct Plain {
    /// In lower case.
    text: String,
    /// What is near the hints of each rule.
    near: Vec<Vec<Span>>,
}

impl Plain {
    pub(super) fn of(text: &str) -> Plain {
        if !hinted(text.as_bytes()) {
            return Plain::default();
        }
        let mut text = text.to_ascii_lowercase();
        if DASHES.is_match(&text) {
            text = DASHES.replace_all(&text, &["-"; 3]);
        }
        let mut near = vec![Vec::<Span>::new(); RULES.len()];
        let (words, rules) = &*HINTS;
        for found in words.find_iter(&text) {
            let start = found.start().saturating_sub(REACH);
            let end = text.len().min(found.end() + REACH);
            for rule in &rules[found.pattern().as_usize()] {
                match near[*rule].last_mut() {
                    Some(last) if start <= last.end => last.end = end,
                    _ => near[*rule].push(Span::new(start, end)),
                }
            }
        }
        Plain { text, near }
    }

    /// Whether it may hold a sign-in that is worth a word, given what becomes of it: one that asks a
    /// person is worth none where nobody is known to run it.
    pub(super) fn may_sign_in(&self, run: Run) -> bool {
        let is_guess = matches!(run, Run::Unknown | Run::Documentation);
        self.may_fit(|it| !(is_guess && it.asks_a_person))
    }

    /// Whether settings may hold a sign-in. No other language stands in them.
    pub(super) fn may_set(&self) -> bool {
        self.may_fit(|it| it.languages.contains(&"settings"))
    }

    /// Whether it has all that one of the rules needs that are `asked`.
    fn may_fit(&self, asked: impl Fn(&Rule) -> bool) -> bool {
        let mut rules = RULES.iter().zip(&self.near).zip(&*NEEDS);
        rules.any(|((rule, near), needs)| {
            let is_asked = !near.is_empty() && asked(rule);
            is_asked && needs.iter().all(|it| it.fits(&self.text, near))
        })
    }
}

/// PowerShell takes typographic dashes for its own.
static DASHES: LazyLock<AhoCorasick> =
    LazyLock::new(|| any_of(["\u{2013}", "\u{2014}", "\u{2015}"].into()));

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
            let plain = Plain::of(text);
            assert_eq!(plain.may_sign_in(Run::Attended), attended, "{text}");
            assert_eq!(plain.may_sign_in(Run::Unknown), unknown, "{text}");
            assert_eq!(plain.may_sign_in(Run::Documentation), unknown, "{text}");
        }
    }

    #[test]
    fn what_is_searched_for_near_hints_does_not_reach_beyond() {
        let is_near = |it: &&&str| Pattern::new(it).is_near;
        for pattern in RULES.iter().flat_map(|it| it.with).filter(is_near) {
            assert!(!pattern.contains(['*', '+']), "{pattern}");
            let digits = |it: &str| it.split('}').next()?.parse().ok();
            let reaches = pattern.split("{0,").skip(1).map(|it| digits(it).unwrap());
            assert!(reaches.max() < Some(REACH - OVERLAP), "{pattern}");
        }
        let far = |it: usize| format!("grant_type{}=password microsoftonline", "x".repeat(it));
        for before in ["", "grant_type ", &"grant_type ".repeat(100), &"login ".repeat(500)] {
            let fits = |it| Plain::of(&format!("{before}{}", far(it))).may_sign_in(Run::Unknown);
            assert!(!fits(300), "{before}");
        }
        let text =
            format!("{}{}", "grant_type ".repeat(500), "grant_type=password microsoftonline");
        assert!(Plain::of(&text).may_sign_in(Run::Unknown));
    }
}
