//! Files that are opened one after the other, of which most stand beside the one before.

use std::{fs::File, io, path::Path};

#[cfg(unix)]
pub(super) use unix::Opener;

#[cfg(unix)]
mod unix {
    use super::{File, Path, io};
    use rustix::fs::{CWD, Mode, OFlags, openat};
    use std::os::{fd::OwnedFd, unix::ffi::OsStrExt as _};

    /// The kernel looks up each folder on the way to a file, so the second of a folder is opened from
    /// there. A link that has taken the place of a file in the meantime is not followed.
    #[derive(Default)]
    pub(crate) struct Opener {
        /// With the slash at its end.
        folder: Vec<u8>,
        handle: Option<OwnedFd>,
    }

    impl Opener {
        /// Opens a file for reading.
        pub(crate) fn open(&mut self, path: &Path) -> io::Result<File> {
            let file = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
            let path = path.as_os_str().as_bytes();
            let name = path.iter().rposition(|it| *it == b'/').map_or(0, |it| it + 1);
            let (folder, name) = path.split_at(name);
            if self.folder != folder {
                folder.clone_into(&mut self.folder);
                self.handle = None;
                return Ok(openat(CWD, path, file, Mode::empty())?.into());
            }
            let handle = match self.handle.take() {
                Some(it) => it,
                None => {
                    let there = if folder.is_empty() { b"." } else { folder };
                    let folder = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::DIRECTORY;
                    openat(CWD, there, folder, Mode::empty())?
                }
            };
            let opened = openat(self.handle.insert(handle), name, file, Mode::empty())?;
            Ok(opened.into())
        }
    }
}

#[cfg(not(unix))]
#[derive(Default)]
pub(super) struct Opener;

#[cfg(not(unix))]
impl Opener {
    /// Opens a file for reading.
    pub(super) fn open(&mut self, path: &Path) -> io::Result<File> {
        File::open(path)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::tree, *};
    use std::{fs, io::Read as _};

    #[test]
    fn each_file_is_itself_whatever_was_opened_before() {
        let names = ["a/b", "a/c", "a/d", "b", "c", "a/c", "a/e/b", "a/b"];
        let folder = tree(&names.map(|it| (it, it.as_bytes())));
        let mut opener = Opener::default();
        for name in names {
            let mut text = String::new();
            opener.open(&folder.path().join(name)).unwrap().read_to_string(&mut text).unwrap();
            assert_eq!(text, name);
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_became_a_link_is_not_followed() {
        let folder = tree(&[("a", b"a"), ("b", b"b"), ("c", b"c")]);
        let path = |it: &str| folder.path().join(it);
        let mut opener = Opener::default();
        for name in ["a", "b", "c"] {
            fs::remove_file(path(name)).unwrap();
            std::os::unix::fs::symlink("/etc/passwd", path(name)).unwrap();
            assert!(opener.open(&path(name)).is_err(), "{name}");
        }
    }
}
