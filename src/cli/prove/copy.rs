//! The copies of the scanned folder in which scripts run, so that nothing is written to it.

use super::super::Result;
use crate::{plan::Plan, sandbox};
use std::{fs, path::Path};

/// Copies a folder, but for links and what is Git's own, and tells each file another tenant. `.git` may be
/// a file, too, which leads to a repository elsewhere. The folder that holds the copies is in none.
pub(super) fn copy(from: &Path, to: &Path, stage: &Path, names: &Names) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, target) = (entry.file_type()?, to.join(entry.file_name()));
        if entry.file_name() == ".git" || entry.path().canonicalize().is_ok_and(|it| it == stage) {
            continue;
        }
        if kind.is_dir() {
            copy(&entry.path(), &target, stage, names)?;
        } else if kind.is_file() {
            fs::copy(entry.path(), &target)?;
            names.put(&target)?;
        }
    }
    Ok(())
}

/// The IDs of the tenant and the subscription of a plan, in whose place those of the embedded tenant
/// are put. They are of one length, so that every place in a file stays the same.
pub(super) struct Names(Vec<(String, &'static str)>);

impl Names {
    pub(super) fn of(plan: &Plan) -> Names {
        let ids = [
            (&plan.tenant.id, sandbox::TENANT_ID),
            (&plan.subscription.id, sandbox::SUBSCRIPTION_ID),
        ];
        let differs = |(own, embedded): &(&String, &str)| {
            own.len() == embedded.len() && !own.eq_ignore_ascii_case(embedded)
        };
        Names(ids.into_iter().filter(differs).map(|(own, it)| (own.clone(), it)).collect())
    }

    pub(super) fn told(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (own, embedded)| {
            text.replace(own, embedded).replace(&own.to_uppercase(), embedded)
        })
    }

    fn put(&self, file: &Path) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        // What is no text in UTF-8 holds no ID in this form.
        let Ok(text) = fs::read_to_string(file) else { return Ok(()) };
        let told = self.told(&text);
        if told != text {
            // A file that is for reading only is replaced by another, which is for reading only again.
            let permissions = fs::metadata(file)?.permissions();
            fs::remove_file(file)?;
            fs::write(file, told)?;
            fs::set_permissions(file, permissions)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Named;

    #[test]
    #[cfg(unix)]
    fn a_copy_has_no_links_and_speaks_of_the_embedded_tenant() {
        let folder = tempfile::tempdir().unwrap();
        let from = folder.path().join("from");
        fs::create_dir_all(from.join(".git")).unwrap();
        fs::create_dir(from.join("in")).unwrap();
        let id = "9D1C7F42-6E0B-4C58-A1D3-5B8E2F7A9C04";
        fs::write(from.join("in/a.sh"), format!("{id} {}", id.to_lowercase())).unwrap();
        fs::write(from.join("b.bin"), [0xff, 0xfe]).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", from.join("link")).unwrap();
        let tenant = Named { id: id.to_lowercase(), ..Named::default() };
        // A worktree's `.git` is a file, and the copies may be made in what is copied.
        fs::write(from.join("in/.git"), "gitdir: /srv/shop/.git/modules/in").unwrap();
        let stage = from.join("stage");
        fs::create_dir(&stage).unwrap();
        let to = stage.join("to");
        let read_only = |of: &Path| {
            fs::set_permissions(of, std::os::unix::fs::PermissionsExt::from_mode(0o444)).unwrap();
        };
        read_only(&from.join("in/a.sh"));
        let stage = stage.canonicalize().unwrap();
        copy(&from, &to, &stage, &Names::of(&Plan { tenant, ..Plan::default() })).unwrap();
        let told = fs::read_to_string(to.join("in/a.sh")).unwrap();
        assert_eq!(told, format!("{0} {0}", sandbox::TENANT_ID));
        assert_eq!(fs::read(to.join("b.bin")).unwrap(), [0xff, 0xfe]);
        for left in ["link", ".git", "in/.git", "stage"] {
            assert!(!to.join(left).exists(), "{left}");
        }
        assert!(fs::metadata(to.join("in/a.sh")).unwrap().permissions().readonly());
        assert!(fs::read_to_string(from.join("in/a.sh")).unwrap().contains(id));
    }
}
