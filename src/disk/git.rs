//! What git says of the scanned paths. The repository is not trusted: git is told to run nothing
//! that its configuration names.

use super::{DiskError, tree::Root};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// Settings that name programs, and others that keep such from being named.
const SETTINGS: &[(&str, &str)] = &[("core.fsmonitor", "false"), ("core.hooksPath", "/dev/null")];

/// The files that are not as they were where `revision` and the current commit parted: changed
/// ones and new ones, those that are not committed yet among them.
pub fn changed_since(paths: &[PathBuf], revision: &str) -> Result<BTreeSet<String>, DiskError> {
    let mut changed = BTreeSet::new();
    for root in Root::all(paths)? {
        let git = Git::open(&root.folder)?;
        if !git
            .run(&[
                "rev-parse",
                "--quiet",
                "--verify",
                "--end-of-options",
                &format!("{revision}^{{commit}}"),
            ])?
            .status
            .success()
        {
            return Err(DiskError::Git(format!(
                "{} has no revision {revision}",
                git.folder.display()
            )));
        }
        let differing = git.files(&[
            "diff",
            "--name-only",
            "-z",
            "--relative",
            "--diff-filter=d",
            "--no-renames",
            "--no-ext-diff",
            "--no-textconv",
            "--ignore-submodules=all",
            "--merge-base",
            "--end-of-options",
            revision,
            "--",
        ])?;
        let new = git.files(&["ls-files", "-z", "--others", "--exclude-standard"])?;
        changed
            .extend([differing, new].concat().into_iter().map(|it| format!("{}{it}", root.prefix)));
    }
    Ok(changed)
}

/// A repository, as it may be asked.
struct Git {
    folder: PathBuf,
    settings: Vec<(String, &'static str)>,
}

impl Git {
    fn open(folder: &Path) -> Result<Git, DiskError> {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let settings = SETTINGS.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        let mut git = Git { folder: folder.to_owned(), settings };
        git.answer(&["rev-parse", "--is-inside-work-tree"])?;
        // Git asks filters what a file would be once committed.
        let filters =
            git.run(&["config", "--null", "--name-only", "--get-regexp", r"^filter\."])?;
        let filters = String::from_utf8_lossy(&filters.stdout).into_owned();
        for filter in filters.split_terminator('\0').filter_map(|it| it.rsplit_once('.')) {
            for (entry, value) in [("clean", ""), ("process", ""), ("required", "false")] {
                git.settings.push((format!("{}.{entry}", filter.0), value));
            }
        }
        Ok(git)
    }

    fn files(&self, arguments: &[&str]) -> Result<Vec<String>, DiskError> {
        let names = self.answer(arguments)?;
        Ok(String::from_utf8_lossy(&names).split_terminator('\0').map(str::to_owned).collect())
    }

    fn answer(&self, arguments: &[&str]) -> Result<Vec<u8>, DiskError> {
        let output = self.run(arguments)?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.lines().next().unwrap_or("git says nothing").trim_start_matches("fatal: ");
        Err(DiskError::Git(format!("{}: {said}", self.folder.display())))
    }

    fn run(&self, arguments: &[&str]) -> Result<Output, DiskError> {
        let mut command = Command::new("git");
        command.arg("--no-pager").arg("-C").arg(&self.folder).args(arguments);
        // It writes no index, fetches nothing, and speaks English.
        command.env("GIT_OPTIONAL_LOCKS", "0");
        command.env("GIT_NO_LAZY_FETCH", "1").env("GIT_ALLOW_PROTOCOL", "none");
        command.env("GIT_TERMINAL_PROMPT", "0").env("LC_ALL", "C");
        command.env("GIT_CONFIG_COUNT", self.settings.len().to_string());
        for (number, (name, value)) in self.settings.iter().enumerate() {
            command.env(format!("GIT_CONFIG_KEY_{number}"), name);
            command.env(format!("GIT_CONFIG_VALUE_{number}"), value);
        }
        command.output().map_err(|it| DiskError::Git(format!("git cannot be run: {it}")))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::tree, *};
    use std::fs;

    fn git(folder: &Path, arguments: &[&str]) {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgSign=false"]);
        let output = command.args(arguments).current_dir(folder).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }

    fn changed(paths: &[PathBuf], revision: &str) -> Vec<String> {
        changed_since(paths, revision).unwrap().into_iter().collect()
    }

    /// A repository with a branch that parted from `main`, and whose configuration names programs.
    fn repository() -> tempfile::TempDir {
        let folder = tree(&[("a.sh", b"a"), ("b.sh", b"b"), ("sub/c.sh", b"c"), ("gone.sh", b"x")]);
        let at = folder.path();
        git(at, &["init", "--quiet", "--initial-branch=main"]);
        git(at, &["add", "."]);
        git(at, &["commit", "--quiet", "-m", "first"]);
        git(at, &["switch", "--quiet", "-c", "topic"]);
        fs::write(at.join("sub/c.sh"), "changed").unwrap();
        fs::remove_file(at.join("gone.sh")).unwrap();
        git(at, &["commit", "--quiet", "-am", "second"]);
        git(at, &["switch", "--quiet", "main"]);
        fs::write(at.join("b.sh"), "only on main").unwrap();
        git(at, &["commit", "--quiet", "-am", "third"]);
        git(at, &["switch", "--quiet", "topic"]);
        fs::write(at.join("a.sh"), "not committed").unwrap();
        fs::write(at.join("sub/\u{65E5} n.sh"), "new").unwrap();
        fs::write(at.join(".gitignore"), "ignored.sh\n").unwrap();
        fs::write(at.join("ignored.sh"), "x").unwrap();
        folder
    }

    #[test]
    fn what_a_branch_changed_is_told_from_where_it_parted() {
        let folder = repository();
        let root = folder.path().to_owned();
        let all = [".gitignore", "a.sh", "sub/c.sh", "sub/\u{65E5} n.sh"];
        assert_eq!(changed(std::slice::from_ref(&root), "main"), all);
        assert_eq!(changed(&[root.join("sub")], "main"), ["c.sh", "\u{65E5} n.sh"]);
        assert_eq!(
            changed(&[root.join("a.sh")], "HEAD"),
            [".gitignore", "a.sh", "sub/\u{65E5} n.sh"]
        );
    }

    #[test]
    fn what_cannot_be_compared_is_said() {
        let folder = repository();
        let why = |path: &Path, revision: &str| {
            changed_since(&[path.to_owned()], revision).unwrap_err().to_string()
        };
        for revision in ["nowhere", "--output=canary", ""] {
            let said = why(folder.path(), revision);
            assert!(said.ends_with(&format!("has no revision {revision}")), "{said}");
        }
        let outside = tree(&[("a.sh", b"a")]);
        let said = why(outside.path(), "main");
        assert!(said.contains("not a git repository"), "{said}");
    }

    #[cfg(unix)]
    #[test]
    fn nothing_that_the_repository_names_is_run() {
        let folder = repository();
        let at = folder.path();
        let canary = at.join(".git/canary");
        let program = format!("touch '{}'; cat", canary.display());
        for name in ["core.fsmonitor", "diff.external", "diff.x.command", "diff.x.textconv"] {
            git(at, &["config", name, &program]);
        }
        for name in ["filter.x.clean", "filter.a=b.c.clean", "filter.x.process"] {
            git(at, &["config", name, &program]);
        }
        git(at, &["config", "filter.x.required", "true"]);
        fs::write(at.join(".gitattributes"), "*.sh filter=x diff=x\nsub/* filter=a=b.c\n").unwrap();
        // The index no longer knows whether this is as it was.
        fs::write(at.join("b.sh"), "B").unwrap();
        assert!(changed(&[at.to_owned()], "main").contains(&"b.sh".to_owned()));
        assert!(!canary.exists());
    }
}
