//! What is shown, in each format.
//!
//! A format is a pure function of the [`Report`]. To add one, write `report/<name>.rs` with one
//! [`Format`] and name it twice below. What several formats say is in `words.rs`, and how a plan
//! reads is in `outline.rs`.

mod human;
mod json;
mod markdown;
mod outline;
mod sarif;
mod short;
mod story;
mod words;

#[cfg(test)]
mod fixtures;

use crate::{plan::Plan, prove::Proof, scan::Scan, text::Excerpt, verify::Check};
use std::io;

pub const FORMATS: &[&Format] =
    &[&human::FORMAT, &short::FORMAT, &json::FORMAT, &sarif::FORMAT, &markdown::FORMAT];

pub struct Format {
    pub name: &'static str,
    pub write: fn(&Report<'_>, &mut dyn io::Write) -> io::Result<()>,
}

/// What is known so far. Each command adds a part, and each format shows the parts there are.
#[derive(Default)]
pub struct Report<'r> {
    pub scan: Option<&'r Scan>,
    pub plan: Option<&'r Plan>,
    /// The edits of each file as a diff.
    pub diffs: &'r [Excerpt],
    pub checks: Option<&'r [Check]>,
    pub proofs: Option<&'r [Proof]>,
    /// Tell what follows each sign-in, command by command.
    pub story: bool,
    /// Show what is usually only counted.
    pub verbose: bool,
    /// The command that comes next.
    pub next: Option<String>,
}

pub fn by_name(name: &str) -> Option<&'static Format> {
    FORMATS.iter().copied().find(|it| it.name == name)
}

#[cfg(test)]
mod tests {
    use super::{fixtures::*, *};
    use crate::{
        catalog::Effect,
        impact::By,
        scan::{Command, Follow},
        text::{Masks, Position, Source, Span},
    };
    use std::sync::Arc;

    #[test]
    fn no_format_shows_a_password() {
        let (scan, (plan, diffs), checks) = (scanned(), planned(), checked());
        for verbose in [false, true] {
            let report = Report {
                scan: Some(&scan),
                plan: Some(&plan),
                diffs: &diffs,
                checks: Some(&checks),
                verbose,
                ..Report::default()
            };
            for format in FORMATS {
                let text = shown(format, &report);
                assert!(!text.is_empty() && !text.contains("canary-"), "{}: {text}", format.name);
            }
        }
    }

    #[test]
    fn odd_input_is_shown_all_the_same() {
        let mut scan = scanned();
        let source = Source::new("o", "東京\r\n\u{1b}[31m\u{9b}31m\u{202e}\t|`</details>\n\n");
        let whole = Span::new(0, source.raw().len());
        for (site, span) in scan.sites.iter_mut().zip([whole, Span::at(0), Span::new(6, 8)]) {
            site.path = "a b/\u{1b}[2J|`[é]\n.sh".to_owned();
            site.excerpt = Excerpt::of(&source, span, &Masks::default());
            site.span = span;
            site.start = Position { line: 0, column: 0 };
            site.end = site.start;
            site.reached.clear();
            let command =
                Command { name: "\u{1b}]0;x\u{7}".to_owned(), path: String::new(), line: 0 };
            let (effect, by) = (Effect::Write, By::Catalog);
            site.follows =
                vec![Arc::new(Follow { command, effect, by, needs: Vec::new(), gap: None })];
        }
        let (mut plan, _) = planned();
        plan.steps.clear();
        plan.drafts.clear();
        let diffs = [
            Excerpt::of(&source, whole, &Masks::default()),
            Excerpt::of(&source, Span::at(0), &Masks::default()),
        ];
        let report = Report {
            scan: Some(&scan),
            plan: Some(&plan),
            diffs: &diffs,
            verbose: true,
            ..Report::default()
        };
        for format in FORMATS {
            let text = shown(format, &report);
            let acted_on = match format.name {
                "json" | "sarif" => |it: char| it.is_ascii_control() && it != '\n',
                _ => |it: char| it.is_control() && it != '\n',
            };
            assert!(!text.contains(acted_on), "{}: {text:?}", format.name);
            assert!(text.contains("[2J") || text.contains("%5B2J"), "{}: {text:?}", format.name);
        }
        for format in FORMATS {
            shown(
                format,
                &Report {
                    scan: Some(&Scan::default()),
                    plan: Some(&Plan::default()),
                    ..Report::default()
                },
            );
            shown(format, &Report::default());
        }
    }
}
