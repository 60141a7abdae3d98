//! What tests share: the command, in a folder of its own.

#![allow(dead_code, unused_imports, reason = "each test binary uses a part")]

mod everything;
mod owned;

pub(crate) use everything::everything_of;
pub(crate) use owned::{InMemory, Tenant, stopped};

pub(crate) mod tenant;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// A copy of a repository in a temporary folder, and workid run beside it.
pub(crate) struct Workplace {
    folder: tempfile::TempDir,
}

pub(crate) struct Ran {
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// What comes of a command that nobody answers.
    pub(crate) fn of(command: &mut Command) -> Ran {
        let Output { status, stdout, stderr } = command.stdin(Stdio::null()).output().unwrap();
        Ran {
            exit: status.code().unwrap(),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
        }
    }
}

impl Workplace {
    /// `repo/` is a copy of `repository`.
    pub(crate) fn of(repository: &Path) -> Workplace {
        let place = Workplace::empty();
        copy(repository, &place.path("repo"));
        place
    }

    pub(crate) fn empty() -> Workplace {
        Workplace { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn with(files: &[(&str, &[u8])]) -> Workplace {
        let place = Workplace::empty();
        for (path, bytes) in files {
            let full = place.path(path);
            fs::create_dir_all(full.parent().unwrap()).unwrap();
            fs::write(full, bytes).unwrap();
        }
        place
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|it| panic!("{path}: {it}"))
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_workid"));
        command.current_dir(self.folder.path()).args(arguments);
        // Nobody's sign-in and no proxy of the machine's reaches a test.
        for (name, _) in std::env::vars() {
            let lower = name.to_lowercase();
            let is_ci = ["gh_", "github_", "gitlab_"].iter().any(|it| lower.starts_with(it));
            if is_ci
                || lower.starts_with("azure_")
                || lower.ends_with("_proxy")
                || name == "NO_COLOR"
            {
                command.env_remove(name);
            }
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(&mut self.command(arguments))
    }
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
