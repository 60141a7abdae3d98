//! Which texts are parsed at all: those that hold a word without which no rule finds anything.

use crate::{
    detect::{RULES, Rule},
    platform::Run,
    text::{Span, pattern},
};
use aho_corasick::{AhoCorasick, AhoCorasickBuilder, Input, MatchKind};
use regex::{
    Captures,
    bytes::{Regex, RegexBuilder},
};
use std::{borrow::Cow, collections::BTreeSet, sync::LazyLock};

/// No hint is longer: who searches a text piece by piece looks at so much of each again with the next.
pub const OVERLAP: usize = 64;

/// Every hint has one of these in it. They are what every file is searched for. Vector instructions take
/// up to 64, in 16 groups, each of every 16th, and look at the first four bytes first, of which they tell
/// the halves apart by group, not by word. In this order almost nothing passes for a beginning that is none:
/// 4 bytes in 1,000 of source code are looked at closer, and 7 are if the words go by the alphabet.
const NEEDLES: &[&str] = &[
    "username_password",
    "get-crmconnection",
    "new-csonlinesession",
    "login",
    "sharepoint",
    "\\.azure",
    "azcontext",
    "-asdatabase",
    "powerplatform",
    "active directory password",
    "userpasscredential",
    "password-secret",
    "crmserviceclient",
    "connect-",
    "add-rdsaccount",
    "add-powerappsaccount",
    "auth', 'create",
    "azurermprofile",
    "ad_user",
    "msal_token_cache",
    "usertokencredentials",
    "azure.datalake.store",
    "microsoft.identitymodel.clients.activedirectory",
    "pnp.framework",
    "authtype",
    "aadauthenticationpassword",
    "get-msaltoken",
    "auth','create",
    "add-az",
    "azure_config_dir",
    "office365",
    "usernamepassword",
    "sqlcmd",
    "azurecredentialsfactory",
    "auth create",
    "new-pssession",
    "/.azure",
    "vssaadcredential",
    "azurermcontext",
    "auth\",\"create",
    "get-crmorganizations",
    "invoke-ascmd",
    "userpasswordcredential",
    "activedirectorypassword",
    "bcp ",
    "grant_type",
    "auth\", \"create",
    "aad.adal4j",
    "active-directory-password",
    "invoke-process",
    "granttype",
    "azure_username",
];

const _: () = assert!(NEEDLES.len() > 32 && NEEDLES.len() <= 64);

static ALL: LazyLock<AhoCorasick> = LazyLock::new(|| any_of(NEEDLES));

/// Whether a text may hold a hint of a rule.
pub fn hinted(text: &str) -> bool {
    hinted_lower(text.to_ascii_lowercase().as_bytes())
}

/// The same of a text in lower case, and in any encoding that writes ASCII as ASCII. A search that
/// takes both cases for the same would be several times slower.
pub fn hinted_lower(text: &[u8]) -> bool {
    ALL.is_match(text)
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

/// Whether a script holds a hint of a rule for its language.
pub(super) fn hinted_in(language: &str, text: &str) -> bool {
    let (words, rules) = &*HINTS;
    let text = text.to_ascii_lowercase();
    let of = |rule: &usize| RULES[*rule].languages.contains(&language);
    words.find_iter(&text).any(|found| rules[found.pattern().as_usize()].iter().any(of))
}

/// What a text has to have beside a hint of each rule.
static NEEDS: LazyLock<Vec<Vec<Pattern>>> = LazyLock::new(|| {
    let patterns = |rule: &&Rule| {
        let mut all: Vec<Pattern> = rule.with.iter().map(|it| Pattern::new(it)).collect();
        // The nearest say no soonest.
        all.sort_by_key(|it| it.reach.is_none());
        all
    };
    RULES.iter().map(patterns).collect()
});

/// One of [`Rule::with`].
struct Pattern {
    regex: Regex,
    /// So many bytes around each hint are searched for it; all of the text if that is not said.
    reach: Option<usize>,
}

impl Pattern {
    fn new(text: &str) -> Pattern {
        let regex = RegexBuilder::new(text).unicode(false).build();
        let regex = regex.expect("the pattern is a constant");
        let reach = regex.capture_names().flatten().find_map(|it| it.strip_prefix("near"));
        let reach = reach.map(|it| it.parse().expect("the name is a constant"));
        Pattern { regex, reach }
    }

    /// Whether it fits `within` a text, in which the hints of its rule stand.
    fn fits(&self, text: &str, within: Span, hints: &[Span]) -> bool {
        let fits = |it: Span| self.regex.is_match(&text.as_bytes()[it.start..it.end]);
        let Some(reach) = self.reach else { return fits(within) };
        let around = |near: &[Span]| match near {
            [] => within,
            [first, .., last] | [first @ last] => Span::new(
                first.start.saturating_sub(reach).max(within.start),
                (last.end + reach).min(within.end),
            ),
        };
        hints.chunk_by(|a, b| b.start <= a.end + 2 * reach).any(|it| fits(around(it)))
    }
}

/// A text as it is shown to the patterns of rules.
#[derive(Default)]
pub(super) struct Plain {
    /// In lower case, and as long as it was.
    text: String,
    /// Where the hints of each rule stand.
    hints: Vec<Vec<Span>>,
}

impl Plain {
    pub(super) fn of(text: &str) -> Plain {
        let mut text = text.to_ascii_lowercase();
        if !ALL.is_match(&text) {
            return Plain::default();
        }
        if !text.is_ascii()
            && let Cow::Owned(plain) = DASHES.replace_all(&text, dashes)
        {
            text = plain;
        }
        let mut hints = vec![Vec::<Span>::new(); RULES.len()];
        let (words, rules) = &*HINTS;
        // There are more hints than vector instructions find at once, and each has a needle in it.
        let needles: Vec<Span> =
            ALL.find_iter(&text).map(|it| Span::new(it.start(), it.end())).collect();
        for near in needles.chunk_by(|a, b| b.start <= a.end + 2 * OVERLAP) {
            let (Some(first), Some(last)) = (near.first(), near.last()) else { continue };
            let start = first.start.saturating_sub(OVERLAP);
            let end = text.len().min(last.end + OVERLAP);
            for found in words.find_iter(Input::new(&text).range(start..end)) {
                for rule in &rules[found.pattern().as_usize()] {
                    hints[*rule].push(Span::new(found.start(), found.end()));
                }
            }
        }
        Plain { text, hints }
    }

    /// Whether it may hold a sign-in that is worth a word, given what becomes of it: one that asks a
    /// person is worth none where nobody is known to run it.
    pub(super) fn may_sign_in(&self, run: Run) -> bool {
        self.may_sign_in_within(Span::new(0, self.text.len()), run)
    }

    /// The same of a part of the text.
    pub(super) fn may_sign_in_within(&self, part: Span, run: Run) -> bool {
        let is_guess = matches!(run, Run::Unknown | Run::Documentation);
        self.may_fit(part, |it| !(is_guess && it.asks_a_person))
    }

    /// Whether settings may hold a sign-in. No other language stands in them.
    pub(super) fn may_set(&self) -> bool {
        let whole = Span::new(0, self.text.len());
        self.may_fit(whole, |it| it.languages.contains(&"settings"))
    }

    /// Whether a part has all that one of the rules needs that are `asked`.
    fn may_fit(&self, part: Span, asked: impl Fn(&Rule) -> bool) -> bool {
        let mut rules = RULES.iter().zip(&self.hints).zip(&*NEEDS);
        rules.any(|((rule, hints), needs)| {
            let first = hints.partition_point(|it| it.start < part.start);
            let last = hints.partition_point(|it| it.end <= part.end);
            let hints = hints.get(first..last).unwrap_or_default();
            let is_asked = !hints.is_empty() && asked(rule);
            is_asked && needs.iter().all(|it| it.fits(&self.text, part, hints))
        })
    }
}

/// PowerShell takes typographic dashes for its own.
static DASHES: LazyLock<regex::Regex> = LazyLock::new(|| pattern("-?[–—―][-–—―]*"));

/// Plain dashes, behind as many blanks as keep everything else in its place.
fn dashes(found: &Captures<'_>) -> String {
    let dashes = "-".repeat(found[0].chars().count());
    // A width of `format!` may be no more than 65,535.
    " ".repeat(found[0].len() - dashes.len()) + &dashes
}

/// A search for any of `words`, which finds the longest where one begins with another. This kind of
/// match is found with vector instructions.
pub(super) fn any_of(words: impl IntoIterator<Item: AsRef<[u8]>>) -> AhoCorasick {
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
        assert!(hinted("docker LogIn"));
        assert!(!hinted("docker LogI"));
        assert!(hinted_in("powershell", "Connect-AzAccount"));
        assert!(!hinted_in("bash", "Connect-AzAccount"));
        assert!(!hinted_in("batch", "none"));
    }

    #[test]
    fn a_text_may_sign_in_if_it_holds_all_that_a_rule_needs() {
        for (text, attended, unknown) in [
            ("Az Login -U a", true, true),
            ("az login \u{2013}u a", true, true),
            ("az login -\u{2013}username a", true, true),
            ("pac auth create \u{2014}\u{2013}username a", true, true),
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
            let around = format!("\u{2015}x\n{text}\naz login \u{2013}u");
            let (start, around) = (around.find(text).unwrap(), Plain::of(&around));
            let part = Span::new(start, start + text.len());
            assert_eq!(around.may_sign_in_within(part, Run::Attended), attended, "{text}");
            assert_eq!(around.may_sign_in_within(part, Run::Unknown), unknown, "{text}");
        }
    }

    #[test]
    fn a_part_may_sign_in_by_what_stands_in_it() {
        // One rule needs nothing beside its hints.
        let hint = RULES.iter().find(|it| it.with.is_empty()).unwrap().hints[0];
        let request = "grant_type microsoftonline";
        for (before, part, after, expected) in [
            ("", hint, "", true),
            (hint, "x", "", false),
            ("", "x", hint, false),
            ("", "password grant_type microsoftonline", "", true),
            ("password", request, "", false),
            ("", request, "password", false),
            ("", "password grant_type", "microsoftonline", false),
        ] {
            let plain = Plain::of(&format!("{before} {part} {after}"));
            let part = Span::new(before.len() + 1, before.len() + 1 + part.len());
            assert_eq!(plain.may_sign_in_within(part, Run::Attended), expected, "{part:?}");
        }
    }

    #[test]
    fn dashes_are_made_plain_and_nothing_moves() {
        let plain = Plain::of("az login -\u{2013}u \u{2014}x -y \u{2015}-Z");
        assert_eq!(plain.text, "az login   --u   -x -y   --z");
    }

    #[test]
    fn what_is_searched_for_near_hints_does_not_reach_beyond() {
        for pattern in RULES.iter().flat_map(|it| it.with).filter(|it| it.contains("(?<near")) {
            assert!(!pattern.contains(['*', '+']), "{pattern}");
            assert!(Pattern::new(pattern).reach > Some(0), "{pattern}");
        }
        let far = |it: usize| format!("grant_type{}=password microsoftonline", "x".repeat(it));
        for before in ["", "grant_type ", &"grant_type ".repeat(100), &"login ".repeat(500)] {
            let fits = |it| Plain::of(&format!("{before}{}", far(it))).may_sign_in(Run::Unknown);
            assert!(!fits(400), "{before}");
        }
        let text =
            format!("{}{}", "grant_type ".repeat(500), "grant_type=password microsoftonline");
        assert!(Plain::of(&text).may_sign_in(Run::Unknown));
    }
}
