//! Files: walking, reading, writing.
#![allow(clippy::disallowed_methods, reason = "this room is a door")]

mod encoding;
mod journal;

pub use journal::JournalFile;

use crate::{platform::PLATFORMS, scan::Skipped, text::Source};
use ignore::{DirEntry, WalkBuilder, WalkState};
use std::{
    fs, io,
    io::Write,
    path::{Component, Path, PathBuf},
    sync::Mutex,
};

/// Larger files are skipped: nobody writes a script of this size.
const LARGEST: u64 = 10 * 1024 * 1024;

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

/// The files below the scanned paths, in order.
#[derive(Debug, Default)]
pub struct Tree {
    pub sources: Vec<Source>,
    /// How many files were read, those among them that are no script or pipeline, too.
    pub read: usize,
    pub skipped: Vec<Skipped>,
}

/// Reads what is below `paths`, but for what the repository ignores. Links are not followed.
pub fn read_tree(paths: &[PathBuf], on_file: &(dyn Fn(usize) + Sync)) -> Result<Tree, DiskError> {
    let mut tree = Tree::default();
    for path in paths {
        let metadata = fs::metadata(path).map_err(DiskError::io(path, "read"))?;
        // The path of a file is told from its folder.
        let root =
            if metadata.is_dir() { path.as_path() } else { path.parent().unwrap_or(Path::new("")) };
        // Several folders are told apart by their names.
        let prefix = if paths.len() > 1 { slashed(root) } else { String::new() };
        walk(path, root, &prefix, &mut tree, on_file);
    }
    tree.sources.sort_by(|a, b| a.path.cmp(&b.path));
    tree.sources.dedup_by(|a, b| a.path == b.path);
    tree.skipped.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(tree)
}

fn walk(path: &Path, root: &Path, prefix: &str, tree: &mut Tree, on_file: &(dyn Fn(usize) + Sync)) {
    let found = Mutex::new(std::mem::take(tree));
    let not_git = |entry: &DirEntry| entry.file_name() != ".git";
    let walker = WalkBuilder::new(path)
        .hidden(false)
        .follow_links(false)
        .filter_entry(not_git)
        .build_parallel();
    walker.run(|| {
        Box::new(|entry| {
            let (name, outcome) = match entry {
                Err(error) => (String::new(), Some(Err(error.to_string()))),
                Ok(entry) => {
                    let relative = entry.path().strip_prefix(root).unwrap_or(entry.path());
                    let own = slashed(relative);
                    let name = if prefix.is_empty() { own } else { format!("{prefix}/{own}") };
                    let outcome = read_entry(&entry, &name);
                    (name, outcome)
                }
            };
            let mut tree = found.lock().unwrap_or_else(|it| it.into_inner());
            match outcome {
                None => {}
                Some(Ok(source)) => {
                    tree.read += 1;
                    on_file(tree.read);
                    // Only what a platform claims is kept in memory.
                    if PLATFORMS.iter().any(|it| (it.claims)(&source)) {
                        tree.sources.push(source);
                    }
                }
                Some(Err(reason)) => tree.skipped.push(Skipped { path: name, reason }),
            }
            WalkState::Continue
        })
    });
    *tree = found.into_inner().unwrap_or_else(|it| it.into_inner());
}

/// `None` for a folder.
fn read_entry(entry: &DirEntry, name: &str) -> Option<Result<Source, String>> {
    let kind = entry.file_type()?;
    if kind.is_dir() {
        return None;
    }
    if kind.is_symlink() {
        return Some(Err("a link, which is not followed".to_owned()));
    }
    if !kind.is_file() {
        return Some(Err("not a regular file".to_owned()));
    }
    let size = entry.metadata().map(|it| it.len()).unwrap_or_default();
    if size > LARGEST {
        return Some(Err(format!("larger than {} MiB", LARGEST / 1024 / 1024)));
    }
    Some(match fs::read(entry.path()) {
        Err(error) => Err(format!("cannot be read: {error}")),
        Ok(bytes) => encoding::decode(&bytes)
            .map(|(text, encoding)| Source::with_encoding(name, &text, encoding))
            .map_err(str::to_owned),
    })
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
    if encoding::encode(before.raw(), before.encoding) != was {
        return Err(DiskError::NotRoundTrip(before.path.to_string()));
    }
    let permissions = fs::metadata(&full).map_err(DiskError::io(&full, "read"))?.permissions();
    replace(&full, &encoding::encode(after, before.encoding), Some(permissions))
}

/// Writes a file of workid's own at once.
pub fn write_file(path: &Path, text: &str) -> Result<(), DiskError> {
    replace(path, text.as_bytes(), None)
}

pub fn read_file(path: &Path) -> Result<String, DiskError> {
    fs::read_to_string(path).map_err(DiskError::io(path, "read"))
}

/// `None` if there is no such file.
pub fn read_file_if_any(path: &Path) -> Result<Option<String>, DiskError> {
    match read_file(path) {
        Err(DiskError::NoSuchPath(_)) => Ok(None),
        other => other.map(Some),
    }
}

fn replace(
    path: &Path,
    bytes: &[u8],
    permissions: Option<fs::Permissions>,
) -> Result<(), DiskError> {
    let error = || DiskError::io(path, "written");
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(error())?;
    file.write_all(bytes).map_err(error())?;
    match permissions {
        Some(permissions) => file.as_file().set_permissions(permissions).map_err(error())?,
        None => shared(&file).map_err(error())?,
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

    fn tree(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, bytes) in files {
            let full = folder.path().join(path);
            fs::create_dir_all(full.parent().unwrap()).unwrap();
            fs::write(full, bytes).unwrap();
        }
        folder
    }

    #[test]
    fn every_file_is_read_or_skipped_with_its_reason() {
        let folder = tree(&[
            ("a.sh", b"az login\n"),
            ("b.bin", b"\0\x01"),
            ("c/readme.txt", b"x"),
            (".git/config", b"x"),
        ]);
        #[cfg(unix)]
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("link.sh")).unwrap();
        let tree = read_tree(&[folder.path().to_owned()], &|_| ()).unwrap();
        assert_eq!(tree.read, 2);
        assert_eq!(tree.sources.iter().map(|it| &*it.path).collect::<Vec<_>>(), ["a.sh"]);
        let skipped: Vec<&str> = tree.skipped.iter().map(|it| it.path.as_str()).collect();
        assert_eq!(skipped, if cfg!(unix) { vec!["b.bin", "link.sh"] } else { vec!["b.bin"] });
        assert!(matches!(
            read_tree(&[folder.path().join("none")], &|_| ()),
            Err(DiskError::NoSuchPath(_))
        ));
    }

    #[test]
    fn encodings_and_modes_survive_a_rewrite() {
        let utf16: Vec<u8> = [0xFF, 0xFE]
            .into_iter()
            .chain("é\r\n".encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        let folder = tree(&[("a.ps1", &utf16), ("b.ps1", b"\xEF\xBB\xBFx\n")]);
        for (path, text, bytes) in
            [("a.ps1", "é\r\n", &utf16[..]), ("b.ps1", "x\n", b"\xEF\xBB\xBFx\n")]
        {
            let source = read_source(folder.path(), path).unwrap();
            assert_eq!(source.raw(), text);
            write_source(folder.path(), &source, text).unwrap();
            assert_eq!(fs::read(folder.path().join(path)).unwrap(), bytes);
        }
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
