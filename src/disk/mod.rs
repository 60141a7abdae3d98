//! Files: walking, reading, writing.
#![allow(clippy::disallowed_methods, reason = "this room is a door")]

mod before;
mod beside;
mod encoding;
mod git;
mod journal;
mod names;
mod tree;

pub use before::{Before, Restored};
pub use git::changed_since;
pub use journal::JournalFile;
pub use tree::Tree;

use crate::text::Source;
use std::{
    fs, io,
    io::Write,
    path::{Component, Path, PathBuf},
};

#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    #[error("there is no such file or folder: {0}")]
    NoSuchPath(String),
    #[error("{path} cannot be {what}")]
    Io {
        path: String,
        what: &'static str,
        #[source]
        error: io::Error,
    },
    #[error("{path}: {problem}")]
    Content { path: String, problem: String },
    #[error("{0} lies outside the scanned folder, or behind a link")]
    Outside(String),
    #[error("{0} would not be the same bytes again after it was read")]
    NotRoundTrip(String),
    #[error("the encoding of {0} has no letters for the change")]
    NotEncodable(String),
    #[error("{0}")]
    Git(String),
}

impl DiskError {
    fn io(path: &Path, what: &'static str) -> impl FnOnce(io::Error) -> DiskError {
        let path = path.display().to_string();
        move |error| match error.kind() {
            io::ErrorKind::NotFound if what == "read" => DiskError::NoSuchPath(path),
            _ => DiskError::Io { path, what, error },
        }
    }
}

fn slashed(path: &Path) -> String {
    let parts = path.components().filter(|it| !matches!(it, Component::CurDir));
    parts
        .map(|it| it.as_os_str().to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join("/")
        .replace("//", "/")
}

/// One file below `root`, as it is now.
pub fn read_source(root: &Path, path: &str) -> Result<Source, DiskError> {
    let full = inside(root, path)?;
    let bytes = fs::read(&full).map_err(DiskError::io(&full, "read"))?;
    let (text, encoding) = encoding::decode(&bytes)
        .map_err(|it| DiskError::Content { path: path.to_owned(), problem: it.to_owned() })?;
    Ok(Source::with_encoding(path, &text, encoding))
}

/// Replaces a file below `root` at once, in its own encoding and with its own mode.
pub fn write_source(root: &Path, before: &Source, after: &str) -> Result<(), DiskError> {
    let full = inside(root, &before.path)?;
    let was = fs::read(&full).map_err(DiskError::io(&full, "read"))?;
    if encoding::encode(before.raw(), before.encoding) != Some(was) {
        return Err(DiskError::NotRoundTrip(before.path.to_string()));
    }
    let bytes = encoding::encode(after, before.encoding)
        .ok_or_else(|| DiskError::NotEncodable(before.path.to_string()))?;
    let permissions = fs::metadata(&full).map_err(DiskError::io(&full, "read"))?.permissions();
    replace(&full, &bytes, Mode::Same(permissions))
}

/// Writes a file of workid's own at once.
pub fn write_file(path: &Path, text: &str) -> Result<(), DiskError> {
    replace(path, text.as_bytes(), Mode::Shared)
}

/// Makes a folder, and those above it; one that is there is fine.
pub fn make_folder(path: &Path) -> Result<(), DiskError> {
    fs::create_dir_all(path).map_err(DiskError::io(path, "made"))
}

pub fn read_file(path: &Path) -> Result<String, DiskError> {
    fs::read_to_string(path).map_err(DiskError::io(path, "read"))
}

/// The files of a folder, by their paths in it, in order.
pub fn read_folder(folder: &Path) -> Result<Vec<(String, String)>, DiskError> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).map_err(DiskError::io(&next, "read"))? {
            let entry = entry.map_err(DiskError::io(&next, "read"))?;
            let path = entry.path();
            match entry.file_type().map_err(DiskError::io(&path, "read"))? {
                it if it.is_dir() => folders.push(path),
                it if it.is_file() => {
                    let name = slashed(path.strip_prefix(folder).unwrap_or(&path));
                    found.push((name, read_file(&path)?));
                }
                _ => {}
            }
        }
    }
    found.sort();
    Ok(found)
}

/// `None` if there is no such file.
pub fn read_file_if_any(path: &Path) -> Result<Option<String>, DiskError> {
    match read_file(path) {
        Err(DiskError::NoSuchPath(_)) => Ok(None),
        other => other.map(Some),
    }
}

/// Who may read a file.
enum Mode {
    Same(fs::Permissions),
    /// Everyone who may read the folder.
    Shared,
    /// Its owner alone, which is what a temporary file begins with.
    Private,
}

fn replace(path: &Path, bytes: &[u8], mode: Mode) -> Result<(), DiskError> {
    let error = || DiskError::io(path, "written");
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(error())?;
    file.write_all(bytes).map_err(error())?;
    match mode {
        Mode::Same(permissions) => file.as_file().set_permissions(permissions).map_err(error())?,
        Mode::Shared => shared(&file).map_err(error())?,
        Mode::Private => {}
    }
    file.as_file().sync_all().map_err(error())?;
    file.persist(path).map_err(|it| error()(it.error))?;
    Ok(())
}

/// A temporary file is its owner's alone; a plan is for everyone who may read the folder.
#[cfg(unix)]
fn shared(file: &tempfile::NamedTempFile) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.as_file().set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn shared(_: &tempfile::NamedTempFile) -> io::Result<()> {
    Ok(())
}

/// The full path of a file of the repository. A plan may come from elsewhere, so its paths are
/// not trusted: none leads out of `root`, by name or by link.
fn inside(root: &Path, path: &str) -> Result<PathBuf, DiskError> {
    let outside = || DiskError::Outside(path.to_owned());
    if !Path::new(path).components().all(|it| matches!(it, Component::Normal(_))) {
        return Err(outside());
    }
    let root = if root.as_os_str().is_empty() { Path::new(".") } else { root };
    let full = root.join(path);
    let real = fs::canonicalize(&full).map_err(DiskError::io(&full, "read"))?;
    let real_root = fs::canonicalize(root).map_err(DiskError::io(root, "read"))?;
    let linked = fs::symlink_metadata(&full).map_err(DiskError::io(&full, "read"))?.is_symlink();
    if linked || !real.starts_with(real_root) { Err(outside()) } else { Ok(full) }
}

/// `owner/name` on GitHub, from the `origin` remote of the repository that holds `path`.
pub fn github_slug(path: &Path) -> Option<String> {
    let start = fs::canonicalize(path).ok()?;
    let config = start.ancestors().map(|it| it.join(".git/config")).find(|it| it.is_file())?;
    let text = fs::read_to_string(config).ok()?;
    let section = text.split("[remote \"origin\"]").nth(1)?.split("\n[").next()?;
    let url = section
        .lines()
        .find_map(|it| it.trim().strip_prefix("url")?.trim_start().strip_prefix('='))?
        .trim();
    let (_, path) = url.split_once("github.com")?;
    let path = path.trim_start_matches([':', '/']).trim_end_matches('/').trim_end_matches(".git");
    (path.split('/').count() == 2).then(|| path.to_owned())
}

/// What a repository is called: the name of its folder.
pub fn folder_name(path: &Path) -> String {
    let full = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = if full.is_dir() { full.as_path() } else { full.parent().unwrap_or(&full) };
    folder
        .file_name()
        .map_or_else(|| "repository".to_owned(), |it| it.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn tree(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, bytes) in files {
            let full = folder.path().join(path);
            fs::create_dir_all(full.parent().unwrap()).unwrap();
            fs::write(full, bytes).unwrap();
        }
        folder
    }

    #[test]
    fn encodings_and_modes_survive_a_rewrite() {
        let utf16 = b"\xFF\xFEa\0\xE9\0\r\0\n\0";
        let files: &[(&str, &str, &[u8])] = &[
            ("a.ps1", "a\u{E9}\r\n", utf16),
            ("b.ps1", "a\u{E9}\r\n", &utf16[2..]),
            ("c.ps1", "x\n", b"\xEF\xBB\xBFx\n"),
            ("d.ps1", "# caf\u{E9}\n", b"# caf\xE9\n"),
            ("e.ps1", "# \u{63A5}\u{7D9A}\n", b"# \x90\xDA\x91\xB1\n"),
        ];
        let folder =
            tree(&files.iter().map(|(path, _, bytes)| (*path, *bytes)).collect::<Vec<_>>());
        for (path, text, bytes) in files {
            let source = read_source(folder.path(), path).unwrap();
            assert_eq!(source.raw(), *text);
            write_source(folder.path(), &source, text).unwrap();
            assert_eq!(fs::read(folder.path().join(path)).unwrap(), *bytes);
        }
        let source = read_source(folder.path(), "d.ps1").unwrap();
        let written = write_source(folder.path(), &source, "\u{63A5}");
        assert!(matches!(written, Err(DiskError::NotEncodable(_))));
    }

    #[test]
    fn a_plan_cannot_lead_out_of_the_folder() {
        let folder = tree(&[("in/a.sh", b"x")]);
        let root = folder.path().join("in");
        assert!(matches!(read_source(&root, "../in/a.sh"), Err(DiskError::Outside(_))));
        assert!(matches!(read_source(&root, "/etc/passwd"), Err(DiskError::Outside(_))));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("/etc/passwd", root.join("link.sh")).unwrap();
            assert!(matches!(read_source(&root, "link.sh"), Err(DiskError::Outside(_))));
        }
    }

    #[test]
    fn the_origin_tells_the_repository_on_github() {
        for url in ["https://github.com/contoso/web.git", "git@github.com:contoso/web.git"] {
            let config = format!(
                "[core]\n\tbare = false\n[remote \"origin\"]\n\turl = {url}\n[branch \"main\"]\n"
            );
            let folder = tree(&[(".git/config", config.as_bytes()), ("sub/a.sh", b"x")]);
            assert_eq!(github_slug(&folder.path().join("sub")).as_deref(), Some("contoso/web"));
        }
    }
}
