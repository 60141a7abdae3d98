//! Services of systemd.

use super::{Platform, Repository, Script, Trust, Workload, lines};
use crate::text::{Placed, Source};

pub(super) const PLATFORM: Platform = Platform {
    name: "systemd",
    title: "systemd",
    claims: |source| source.path.ends_with(".service"),
    scripts,
    advice: ADVICE,
    ..Platform::PLAIN
};

const ADVICE: &str = "put the commands into a script, sign in there with az login --service-principal --certificate, and let the unit run the script";

fn scripts(source: &Source, _: &Repository) -> Result<Vec<Script>, String> {
    let command = |(at, line): (usize, &str)| {
        let (name, value) = line.split_once('=')?;
        // How systemd is to take the command is no part of it.
        let command = value.trim_start().trim_start_matches(['-', '@', ':', '+', '!']);
        name.trim().starts_with("Exec").then_some(())?;
        let mut text = Placed::default();
        text.push(command, at + line.len() - command.len());
        let trust =
            Trust::Unproven("nothing vouches for a machine that systemd runs on".to_owned());
        let workload = Workload::new(PLATFORM.name, source, "its service", "service", trust);
        Some(Script::new("bash", text, workload))
    };
    Ok(lines(source.raw()).filter_map(command).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::testing::sign_ins;

    #[test]
    fn a_service_runs_what_its_exec_lines_say() {
        let login = "az login -u a -p b";
        let text = format!("[Unit]\nDescription={login}\n[Service]\nExecStartPre=-{login}\n");
        assert_eq!(sign_ins(&PLATFORM, "units/a.service", &text), [login]);
    }
}
