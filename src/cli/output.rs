//! What is printed, and the last line of defence: nothing that a scan found to be a password
//! leaves the process.

use super::{Color, Exit, Failure, Format, Result, Shown};
use crate::{
    apply::Progress,
    export::HandOver,
    report::{self, Report},
    secret::Secret,
    services::Waiting,
};
use aho_corasick::AhoCorasick;
use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    cell::RefCell,
    collections::BTreeSet,
    io::{self, IsTerminal, Write},
    ops::Range,
    path::Path,
    time::Duration,
};

const MASK: &str = "****";

/// A pause of which a person is told.
const LONG: Duration = Duration::from_secs(3);

const ERROR: Style = AnsiColor::Red.on_default().bold();
const DONE: Style = AnsiColor::Green.on_default();
const FAINT: Style = Style::new().dimmed();

pub(super) struct Output {
    choice: ColorChoice,
    quiet: bool,
    pub(super) verbose: bool,
    secrets: Vec<Secret>,
    /// Finds all of them at once: thousands may stand in a report of many megabytes.
    finder: Option<AhoCorasick>,
}

impl Output {
    pub(super) fn new(shown: Shown) -> Output {
        let choice = match shown.color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        let (quiet, verbose) = (shown.quiet, shown.verbose);
        Output { choice, quiet, verbose, secrets: Vec::new(), finder: None }
    }

    /// From now on these are covered wherever they turn up.
    pub(super) fn cover(&mut self, secrets: Vec<Secret>) {
        if secrets.is_empty() {
            return;
        }
        self.secrets.extend(secrets);
        let texts = self.secrets.iter().map(Secret::expose).filter(|it| !it.is_empty());
        self.finder =
            Some(AhoCorasick::new(texts).expect("secrets are parts of files that are small"));
    }

    fn covered(&self, text: &str) -> String {
        let Some(finder) = &self.finder else { return text.to_owned() };
        let (mut out, mut done) = (String::new(), 0);
        for found in together(finder.find_overlapping_iter(text).map(|it| it.range())) {
            out.push_str(&text[done..found.start]);
            out.push_str(MASK);
            done = found.end;
        }
        out.push_str(&text[done..]);
        out
    }

    /// Prints a result.
    pub(super) fn print(&self, text: &str) -> Result<()> {
        let mut out = AutoStream::new(io::stdout().lock(), self.choice);
        out.write_all(self.covered(text).as_bytes())?;
        Ok(out.flush()?)
    }

    pub(super) fn line(&self, text: &str) -> Result<()> {
        self.print(&format!("{text}\n"))
    }

    /// Prints what helps a person, and is no result.
    pub(super) fn note(&self, text: &str) -> Result<()> {
        if self.quiet {
            return Ok(());
        }
        let mut out = AutoStream::new(io::stderr().lock(), self.choice);
        Ok(writeln!(out, "{}", self.covered(text))?)
    }

    pub(super) fn report(&self, report: &Report<'_>, format: &str) -> Result<()> {
        let mut text = Vec::new();
        let format =
            report::by_name(format).expect("the arguments take only formats that there are");
        (format.write)(report, &mut text)?;
        self.print(&String::from_utf8_lossy(&text))
    }

    /// Writes a report to a file; without a name, prints it.
    pub(super) fn report_to(
        &self,
        report: &Report<'_>,
        format: &str,
        file: Option<&Path>,
    ) -> Result<()> {
        let Some(file) = file else { return self.report(report, format) };
        let mut text = Vec::new();
        let format =
            report::by_name(format).expect("the arguments take only formats that there are");
        (format.write)(report, &mut text)?;
        let plain = anstream::adapter::strip_str(&String::from_utf8_lossy(&text)).to_string();
        crate::disk::write_file(file, &self.covered(&plain))?;
        self.note(&format!("Written to {}", file.display()))
    }

    pub(super) fn progress(&self, progress: &Progress, format: Format) -> Result<()> {
        let (style, word, title) = match progress {
            Progress::Making(_) => return Ok(()),
            Progress::Made(title) => (DONE, "made", title),
            Progress::Kept(title) => (FAINT, "there already", title),
            Progress::Unmade(title) => (DONE, "taken away", title),
            Progress::Gone(title) => (FAINT, "gone already", title),
            Progress::Spared(title) => (FAINT, "not ours now", title),
        };
        if format != Format::Human {
            return Ok(());
        }
        self.line(&format!("  {style}{word:<13}{style:#} {title}"))
    }

    /// A line that only people read.
    pub(super) fn line_of(&self, format: Format, text: &str) -> Result<()> {
        if format == Format::Human { self.line(text) } else { Ok(()) }
    }

    /// Commands for each who has to approve a part.
    pub(super) fn hand_over(&self, all: &[HandOver]) -> Result<()> {
        for HandOver { approver, commands, .. } in all {
            self.line(&format!("\nFor {}:", approver.title()))?;
            for it in commands {
                self.line(&format!("  {it}"))?;
            }
        }
        Ok(())
    }

    /// Shown on a terminal while something takes long; goes away when it is dropped.
    pub(super) fn spinner(&self, message: &str) -> ProgressBar {
        if self.quiet || !io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let style =
            ProgressStyle::with_template("{spinner} {msg}").expect("the template is a constant");
        let bar = ProgressBar::new_spinner().with_style(style).with_message(message.to_owned());
        bar.enable_steady_tick(Duration::from_millis(100));
        bar
    }

    /// Tells people of waiting that is long enough to wonder; of each reason once.
    pub(super) fn waiting(&self) -> Box<dyn Fn(&Waiting)> {
        let (quiet, choice) = (self.quiet, self.choice);
        let told: RefCell<BTreeSet<(String, String)>> = RefCell::default();
        Box::new(move |it| {
            let code = it.until.split(',').next().unwrap_or_default().to_owned();
            let new = || told.borrow_mut().insert((it.path.clone(), code));
            if quiet || it.pause < LONG || !new() {
                return;
            }
            let Waiting { service, path, until, pause } = it;
            let text = format!(
                "Waiting for {service} at {path} ({until}): {} s",
                pause.as_secs_f32().ceil()
            );
            // Nobody has to read it.
            let _ = writeln!(AutoStream::new(io::stderr().lock(), choice), "{text}");
        })
    }

    pub(super) fn failure(&self, failure: &Failure) -> Exit {
        if !failure.what.is_empty() {
            let mut text = format!("{ERROR}error{ERROR:#}: {}\n", failure.what);
            for cause in &failure.causes {
                text += &format!("  {cause}\n");
            }
            if let Some(hint) = &failure.hint {
                text += &format!("  {hint}\n");
            }
            let mut out = AutoStream::new(io::stderr().lock(), self.choice);
            // There is nowhere left to say that this failed.
            let _ = out.write_all(self.covered(&text).as_bytes());
        }
        failure.exit
    }
}

/// Those that overlap as one: a secret may be a part of another, or begin with the end of one. They
/// come in the order of their ends.
fn together(found: impl Iterator<Item = Range<usize>>) -> Vec<Range<usize>> {
    let mut all: Vec<Range<usize>> = Vec::new();
    for mut it in found {
        while let Some(last) = all.pop_if(|last| it.start < last.end) {
            it.start = it.start.min(last.start);
        }
        all.push(it);
    }
    all
}

/// Asks a person. Without a terminal nobody can answer, so the command must say yes by itself.
pub(super) fn confirm(question: &str, yes: bool) -> Result<bool> {
    if yes {
        return Ok(true);
    }
    if !io::stdin().is_terminal() {
        let failure =
            Failure::new(Exit::Usage, "nobody is there to answer: standard input is no terminal");
        return Err(failure.hint("Say yes on the command line: --yes"));
    }
    let answer = dialoguer::Confirm::new().with_prompt(question).default(false).interact();
    answer.map_err(|it| Failure::new(Exit::Usage, it.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(secrets: impl IntoIterator<Item = String>) -> Output {
        let shown = Shown { color: Color::Never, quiet: true, verbose: false };
        let mut output = Output::new(shown);
        output.cover(secrets.into_iter().map(Secret::new).collect());
        output
    }

    #[test]
    fn secrets_are_covered_however_they_overlap() {
        let all = output(["word-1", "my-word-1", "1-more", "あ"].map(str::to_owned));
        assert_eq!(all.covered("a my-word-1 b word-1-more c"), "a **** b **** c");
        assert_eq!(all.covered("word-1word-1 いあう"), "******** い****う");
        assert_eq!(output([]).covered("a"), "a");
    }

    /// Where the text was searched for one secret after the other, this took hours.
    #[test]
    fn many_secrets_are_looked_for_at_once() {
        let secrets = (0..50_000).map(|it| format!("canary-{it}-"));
        let text: String = (0..50_000).map(|it| format!("canary-{it}- and\n")).collect();
        assert_eq!(output(secrets).covered(&text), "**** and\n".repeat(50_000));
    }
}
