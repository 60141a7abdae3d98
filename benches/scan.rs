//! How fast a scan is, beside ripgrep on the same tree, in turn and in one run:
//!
//! ```sh
//! cargo bench --bench scan -- PATH…
//! ```
//!
//! Figures of one machine mean little on another; the ratio is what to look at. Without PATH, the
//! sources of the crates that workid is built from are scanned.

#![allow(clippy::disallowed_methods, clippy::disallowed_macros, clippy::unwrap_used)]

use std::{
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const ROUNDS: usize = 7;

/// What a file has to say to be parsed at all.
const WORDS: &[&str] = &["login", "connect-az", "add-az"];

fn main() {
    let mut paths: Vec<PathBuf> =
        std::env::args().skip(1).filter(|it| !it.starts_with("--")).map(PathBuf::from).collect();
    if paths.is_empty() {
        let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
        let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
        paths.extend(home.map(|it| it.join("registry/src")));
    }
    let has_rg = Command::new("rg").arg("--version").output().is_ok();
    for path in paths {
        let workid = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_workid"));
            command.args(["scan", "--format", "json"]).arg(&path);
            command
        };
        let rg = || {
            let mut command = Command::new("rg");
            command.args(["--hidden", "--glob", "!.git", "-i", "-F", "-l"]);
            WORDS.iter().for_each(|it| {
                command.args(["-e", it]);
            });
            command.arg(&path);
            command
        };
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            ours.push(timed(workid()));
            if has_rg {
                theirs.push(timed(rg()));
            }
        }
        let (ours, theirs) = (median(ours), median(theirs));
        print!("{}: workid {:.3} s", path.display(), ours.as_secs_f64());
        if theirs.is_zero() {
            println!("; rg is not installed");
        } else {
            let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
            println!(", rg {:.3} s: {ratio:.2} of rg's time", theirs.as_secs_f64());
        }
    }
}

fn timed(mut command: Command) -> Duration {
    let start = Instant::now();
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
