//! How fast a scan is and how much memory it takes, beside ripgrep on the same tree and for the
//! same words, in turn and in one run:
//!
//! ```sh
//! cargo bench --bench scan -- PATH…
//! ```
//!
//! Figures of one machine mean little on another; the ratio is what to look at. Without PATH, the
//! sources of the crates that workid is built from are scanned. Memory is what GNU time tells, and
//! is left out where that is not installed.

#![allow(clippy::disallowed_methods, clippy::disallowed_macros, clippy::unwrap_used)]

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use workid::detect::RULES;

const ROUNDS: usize = 7;

/// Tells the most memory that a program had, in KiB.
const TIME: &[&str] = &["/usr/bin/time", "--format", "%M", "--quiet"];

fn main() {
    let mut paths: Vec<PathBuf> =
        std::env::args().skip(1).filter(|it| !it.starts_with("--")).map(PathBuf::from).collect();
    if paths.is_empty() {
        let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
        let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
        paths.extend(home.map(|it| it.join("registry/src")));
    }
    for path in paths {
        let (ours, theirs) = (workid(&path), rg(&path));
        let (mut our_times, mut their_times) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            our_times.extend(timed(&ours));
            their_times.extend(timed(&theirs));
        }
        println!("{}", path.display());
        let seconds = |it: Option<Duration>| it.map(|it| it.as_secs_f64());
        row("time", "s", seconds(median(our_times)), seconds(median(their_times)));
        row("memory", "MiB", memory(&ours), memory(&theirs));
    }
}

fn workid(path: &Path) -> Vec<String> {
    let program = env!("CARGO_BIN_EXE_workid");
    [program, "scan", "--format", "json", &path.display().to_string()].map(str::to_owned).into()
}

/// The same files for the same words.
fn rg(path: &Path) -> Vec<String> {
    let mut words: Vec<&str> = RULES.iter().flat_map(|it| it.hints).copied().collect();
    words.sort_unstable();
    words.dedup();
    let mut command: Vec<String> =
        ["rg", "--hidden", "--glob", "!.git", "-i", "-F", "-l"].map(str::to_owned).into();
    command.extend(words.into_iter().flat_map(|it| ["-e".to_owned(), it.to_owned()]));
    command.push(path.display().to_string());
    command
}

/// `None` if the program is not installed.
fn timed(command: &[String]) -> Option<Duration> {
    let start = Instant::now();
    let mut command_line = Command::new(&command[0]);
    command_line.args(&command[1..]).stdout(Stdio::null()).stderr(Stdio::null());
    command_line.status().ok().map(|_| start.elapsed())
}

/// In MiB.
fn memory(command: &[String]) -> Option<f64> {
    let output = Command::new(TIME[0]).args(&TIME[1..]).args(command).output().ok()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Some(said.lines().last()?.trim().parse::<f64>().ok()? / 1024.0)
}

fn median(mut times: Vec<Duration>) -> Option<Duration> {
    times.sort();
    times.get(times.len() / 2).copied()
}

fn row(what: &str, unit: &str, ours: Option<f64>, theirs: Option<f64>) {
    match (ours, theirs) {
        (Some(ours), Some(theirs)) => println!(
            "  {what:8} workid {ours:8.3} {unit}, rg {theirs:8.3} {unit}: {:.2} of rg's",
            ours / theirs
        ),
        (Some(ours), None) => println!("  {what:8} workid {ours:8.3} {unit}; rg is not installed"),
        (None, _) => println!("  {what:8} not measured"),
    }
}
