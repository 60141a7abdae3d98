//! Jobs of cron.

use super::{Platform, Repository, Script, Trust, Workload, file_name, lines, pattern};
use crate::text::{Placed, Source};
use regex::Regex;
use std::sync::LazyLock;

pub(super) const PLATFORM: Platform = Platform {
    name: "cron",
    title: "cron",
    claims: |source| {
        let name = file_name(&source.path);
        name == "crontab"
            || name.starts_with("crontab.")
            || name.ends_with(".crontab")
            || name.ends_with(".cron")
            || format!("/{}", source.path).contains("/cron.d/")
    },
    scripts,
    advice: ADVICE,
    ..Platform::PLAIN
};

const ADVICE: &str = "put the job's commands into a script, sign in there with az login --service-principal --certificate, and let cron run the script";

/// When, who (in tables of the system), and what.
static JOB: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^\s*(?:@[a-z]+|(?:[\d*,/A-Za-z-]+\s+){4}[\d*,/A-Za-z-]+)\s+(?:(?:root|[a-z_][a-z0-9_-]*)\s+(?:/|\.|bash |sh |az |cd ))?",
    )
});

fn scripts(source: &Source, _: &Repository) -> Result<Vec<Script>, String> {
    let job = |(at, line): (usize, &str)| {
        let found = JOB.find(line)?;
        // What the pattern looked ahead at is the command's.
        let head = &line[..found.end()];
        let user = head.trim_end_matches(['/', '.']).trim_end();
        let ahead = ["bash", "sh", "az", "cd"].iter().find(|it| user.ends_with(&format!(" {it}")));
        let start = user.len() - ahead.map_or(0, |it| it.len());
        let start = start + (line.len() - start - line[start..].trim_start().len());
        let mut text = Placed::default();
        text.push(&line[start..], at + start);
        let trust = Trust::Unproven("nothing vouches for a machine that cron runs on".to_owned());
        let workload = Workload::new(PLATFORM.name, source, "a job", "cron", trust);
        Some(Script::new("bash", text, workload))
    };
    let jobs = lines(source.raw()).filter(|(_, it)| !it.trim_start().starts_with('#'));
    Ok(jobs.filter_map(job).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::testing::{found, sign_ins};

    #[test]
    fn a_job_is_what_stands_behind_its_time() {
        let login = "az login -u a -p b";
        for when in ["*/5 * * * 1-5", "@daily", "0 3 * * * root"] {
            let text = format!("# {login}\nMAILTO=a\n{when} {login}\n");
            assert_eq!(sign_ins(&PLATFORM, "etc/cron.d/jobs", &text), [login], "{text}");
        }
        let script = found(&PLATFORM, "crontab", "0 3 * * * root /opt/a.sh -x\n").remove(0);
        assert_eq!(script.text, "/opt/a.sh -x");
    }
}
