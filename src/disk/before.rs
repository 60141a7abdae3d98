//! Files as they were before workid changed them. A copy may hold the password that the change took
//! out, and so is for its owner alone, and for no repository.

use super::{DiskError, Mode, inside, read_source, replace};
use crate::{apply::journal::Changed, text::Source};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The folder of the copies, beside the journal that tells of them. It is never scanned.
pub(super) const FOLDER: &str = ".workid-before";

/// The copies that belong to a journal.
#[derive(Debug)]
pub struct Before(PathBuf);

/// What became of a file that was to be put back.
#[derive(Debug, PartialEq, Eq)]
pub enum Restored {
    Done,
    /// It was as before already.
    There,
    /// Somebody changed it since. It stays so; the copy is here.
    Spared(PathBuf),
}

impl Before {
    pub fn beside(journal: &Path) -> Before {
        Before(journal.parent().unwrap_or(Path::new("")).join(FOLDER))
    }

    /// Keeps a copy of a file that is about to be changed.
    pub fn keep(&self, changed: &Changed) -> Result<(), DiskError> {
        let full = inside(Path::new(&changed.root), &changed.path)?;
        let bytes = fs::read(&full).map_err(DiskError::io(&full, "read"))?;
        private_folder(&self.0).map_err(DiskError::io(&self.0, "made"))?;
        replace(&self.0.join(".gitignore"), b"*\n", Mode::Private)?;
        replace(&self.copy(changed), &bytes, Mode::Private)
    }

    /// Puts a file back, if it still is as workid left it.
    pub fn restore(&self, changed: &Changed) -> Result<Restored, DiskError> {
        let root = Path::new(&changed.root);
        let copy = self.copy(changed);
        match read_source(root, &changed.path).map(|it: Source| it.digest()) {
            Ok(now) if now == changed.before => return Ok(Restored::There),
            Ok(now) if now == changed.after => {}
            Ok(_) | Err(DiskError::NoSuchPath(_)) => return Ok(Restored::Spared(copy)),
            Err(error) => return Err(error),
        }
        let bytes = fs::read(&copy).map_err(DiskError::io(&copy, "read"))?;
        let full = inside(root, &changed.path)?;
        let mode = fs::metadata(&full).map_err(DiskError::io(&full, "read"))?.permissions();
        replace(&full, &bytes, Mode::Same(mode))?;
        Ok(Restored::Done)
    }

    /// Takes a copy away that nobody needs any more, and the folder with the last one.
    pub fn forget(&self, changed: &Changed) -> Result<(), DiskError> {
        let copy = self.copy(changed);
        match fs::remove_file(&copy) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(DiskError::io(&copy, "taken away")(error));
            }
            _ => {}
        }
        let left = fs::read_dir(&self.0).map_or(0, Iterator::count);
        if left == 1 && fs::remove_file(self.0.join(".gitignore")).is_ok() {
            // Whatever somebody else put there stays.
            let _ = fs::remove_dir(&self.0);
        }
        Ok(())
    }

    fn copy(&self, changed: &Changed) -> PathBuf {
        let Changed { root, path, before, .. } = changed;
        let seed = format!("{root}\n{path}\n{before}");
        let name = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, seed.as_bytes());
        self.0.join(name.to_string())
    }
}

#[cfg(unix)]
fn private_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(not(unix))]
fn private_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::digest;

    const WAS: &[u8] = b"\xef\xbb\xbfaz login -p canary\r\n";

    #[test]
    fn a_file_is_put_back_byte_for_byte_unless_somebody_changed_it() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("repo");
        fs::create_dir(&root).unwrap();
        let file = root.join("deploy.sh");
        fs::write(&file, WAS).unwrap();
        let source = read_source(&root, "deploy.sh").unwrap();
        let changed = Changed {
            root: root.display().to_string(),
            path: "deploy.sh".to_owned(),
            before: source.digest(),
            after: digest(b"az login --identity\n"),
        };
        let before = Before::beside(&folder.path().join("workid.journal.jsonl"));
        before.keep(&changed).unwrap();
        assert_eq!(before.restore(&changed).unwrap(), Restored::There);
        fs::write(&file, "something else\n").unwrap();
        assert!(matches!(before.restore(&changed).unwrap(), Restored::Spared(_)));
        fs::write(&file, "az login --identity\n").unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |it: &Path| fs::metadata(it).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&before.copy(&changed)), 0o600);
            assert_eq!(mode(&before.0), 0o700);
        }
        assert_eq!(before.restore(&changed).unwrap(), Restored::Done);
        assert_eq!(fs::read(&file).unwrap(), WAS);
        before.forget(&changed).unwrap();
        before.forget(&changed).unwrap();
        assert!(!before.0.exists());
    }

    #[test]
    fn nothing_is_put_back_outside_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let changed = Changed {
            root: folder.path().display().to_string(),
            path: "../x".to_owned(),
            before: String::new(),
            after: String::new(),
        };
        let before = Before::beside(&folder.path().join("j"));
        assert!(matches!(before.restore(&changed), Err(DiskError::Outside(_))));
    }
}
