//! Sign-ins that somebody has looked at and wants to hear no more of.

use super::Site;
use crate::text::pattern;
use crate::{config::Config, text::Source};
use regex::Regex;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, sync::LazyLock};

/// Who says that a site is not to be reported, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    pub by: By,
    /// Empty if none was given.
    pub reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A comment on its line, or on a line of its own above.
    Comment,
    /// `workid.yaml`
    Config,
    Baseline,
}

impl By {
    pub fn name(self) -> &'static str {
        match self {
            By::Comment => "comment",
            By::Config => "workid.yaml",
            By::Baseline => "baseline",
        }
    }
}

/// `workid: ignore[az-login-password] moves in March`, behind whatever begins a comment.
static COMMENT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\bworkid:\s*ignore\[([a-z0-9, *-]+)\][ \t]*([^\r\n]*)"));

/// What ends a comment that is not ended by its line.
const ENDS: &[&str] = &["-->", "*/", "#>"];

pub(super) fn suppression(site: &Site, source: &Source, config: &Config) -> Option<Suppression> {
    let entry = config.ignored(&site.path, site.rule.id);
    let stated = || entry.map(|it| Suppression { by: By::Config, reason: it.reason.clone() });
    comment(site, source).or_else(stated)
}

fn comment(site: &Site, source: &Source) -> Option<Suppression> {
    let text = source.raw();
    let own = source.whole_lines(site.span);
    let above = match own.start {
        0 => "",
        start => {
            let above = source.whole_lines(crate::text::Span::at(start - 1));
            &text[above.start..above.end]
        }
    };
    let before = |at: usize| &above[..at];
    let alone = COMMENT.captures(above).filter(|it| {
        let at = it.get(0).map_or(0, |it| it.start());
        // `REM` begins a comment in batch files, and is the only sign that has letters.
        let sign = before(at).trim();
        sign.eq_ignore_ascii_case("rem") || !sign.contains(char::is_alphanumeric)
    });
    let found = COMMENT.captures(&text[own.start..own.end]).or(alone)?;
    let names = |id: &str| id == "*" || id == site.rule.id;
    found[1].split(',').any(|it| names(it.trim())).then(|| {
        let mut reason = found[2].trim();
        for end in ENDS {
            reason = reason.strip_suffix(end).unwrap_or(reason).trim();
        }
        Suppression { by: By::Comment, reason: reason.to_owned() }
    })
}

/// The sites that were known on the day it was written: a file to keep beside the repository.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    pub version: u32,
    pub sites: BTreeSet<Known>,
}

/// A site by what it says, wherever in its file it has moved.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    pub path: String,
    pub rule: String,
    pub fingerprint: String,
}

/// Another version is refused.
const VERSION: u32 = 1;

#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    #[error("it is not a baseline: {0}")]
    Json(#[from] serde_json::Error),
    #[error("it has version {0}, and this workid reads version {VERSION}")]
    Version(u32),
}

impl Known {
    fn of(site: &Site) -> Known {
        Known {
            path: site.path.clone(),
            rule: site.rule.id.to_owned(),
            fingerprint: site.fingerprint.clone(),
        }
    }
}

impl Baseline {
    /// Everything that would be reported.
    pub fn of<'s>(running: impl Iterator<Item = &'s Site>) -> Baseline {
        Baseline { version: VERSION, sites: running.map(Known::of).collect() }
    }

    pub fn parse(text: &str) -> Result<Baseline, BaselineError> {
        let baseline: Baseline = serde_json::from_str(text)?;
        match baseline.version {
            VERSION => Ok(baseline),
            other => Err(BaselineError::Version(other)),
        }
    }

    pub fn write(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    pub(super) fn holds(&self, site: &Site) -> bool {
        self.sites.contains(&Known::of(site))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        platform::Repository,
        scan::{Scan, scan},
    };

    fn scanned(text: &str, config: &str) -> Scan {
        let config = Config::parse(config).unwrap();
        let repository = Repository { config, ..Repository::default() };
        scan(&[Source::new("a.sh", text)], &repository)
    }

    fn suppressed(text: &str, config: &str) -> Option<(&'static str, String)> {
        let scan = scanned(text, config);
        assert_eq!(scan.sites.len(), 1, "{text}");
        let it = scan.sites[0].suppressed.clone()?;
        assert_eq!(scan.running().count(), 0);
        Some((it.by.name(), it.reason))
    }

    #[test]
    fn a_comment_suppresses_what_it_stands_with() {
        let login = "az login -u a@b.c -p x";
        for text in [
            format!("{login}  # workid: ignore[az-login-password] moves in March\n"),
            format!("# workid: ignore[az-login-password] moves in March\n{login}\n"),
            format!("# workid:ignore[other, az-login-password]   moves in March  \r\n{login}\r\n"),
            format!("# workid: ignore[*] moves in March -->\n{login} \\\n  --tenant t\n"),
        ] {
            let expected = Some(("comment", "moves in March".to_owned()));
            assert_eq!(suppressed(&text, ""), expected, "{text}");
        }
        for text in [
            format!("{login}  # workid: ignore[other] no\n"),
            format!("{login}  # workid: ignore no\n"),
            format!("# workid: ignore[az-login-password] too far\n\n{login}\n"),
            format!("ls # workid: ignore[az-login-password] of another line\n{login}\n"),
        ] {
            assert_eq!(suppressed(&text, ""), None, "{text}");
        }
    }

    #[test]
    fn the_configuration_suppresses_by_path_and_rule() {
        let text = "az login -u a@b.c -p x\n";
        let ignore = |paths: &str, rules: &str| {
            format!("ignore:\n  - paths: ['{paths}']\n    rules: [{rules}]\n    reason: a lab\n")
        };
        let expected = Some(("workid.yaml", "a lab".to_owned()));
        assert_eq!(suppressed(text, &ignore("*.sh", "az-login-password")), expected);
        assert_eq!(suppressed(text, &ignore("*.sh", "kubelogin-ropc")), None);
        assert_eq!(suppressed(text, &ignore("*.ps1", "az-login-password")), None);
        assert_eq!(suppressed(text, "ignore:\n  - paths: ['*.sh']\n    reason: a lab\n"), expected);
    }

    #[test]
    fn a_baseline_holds_what_was_there_and_no_more() {
        let login = "az login -u a@b.c -p canary-1\n";
        let before = scanned(login, "");
        let written = Baseline::of(before.running()).write().unwrap();
        assert!(!written.contains("canary"));
        let baseline = Baseline::parse(&written).unwrap();
        let mut after = scanned(&format!("echo\n{login}{login}"), "");
        after.suppress(&baseline);
        let lines: Vec<usize> = after.running().map(|it| it.start.line).collect();
        assert_eq!(lines, [3]);
        assert!(Baseline::parse("{\"version\": 2, \"sites\": []}").is_err());
        assert!(Baseline::parse("[]").is_err());
    }
}
