//! The files below the scanned paths.

use super::{DiskError, before, beside::Opener, encoding, names::Names};
use crate::{
    needs, platform,
    scan::{self, Files, Read, Skipped},
    text::Source,
};
use ignore::{DirEntry, WalkBuilder, WalkState};
use std::{
    fs::{self, File},
    io::{self, Read as _, Seek as _},
    path::{MAIN_SEPARATOR, Path, PathBuf},
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// Larger files are skipped: nobody writes a script of this size.
const LARGEST: u64 = 10 * 1024 * 1024;

/// Files are read through a buffer of this size, and most are smaller.
const BUFFER: usize = 64 * 1024;

/// What is below the scanned paths, but for what the repository ignores. Links are not followed.
///
/// Texts are not kept: a tree knows its files by their names, and only those that may hold or call
/// a script.
pub struct Tree<'o> {
    roots: Vec<Root>,
    /// Sorted into `by_name` by the first who asks.
    names: Mutex<Vec<Names>>,
    by_name: OnceLock<Vec<Names>>,
    /// Is told how many files were read.
    on_file: &'o (dyn Fn(usize) + Sync),
}

pub(super) struct Root {
    /// A folder, or a file.
    path: PathBuf,
    /// The folder from which paths are told.
    pub(super) folder: PathBuf,
    /// What paths begin with: several folders are told apart by their names.
    pub(super) prefix: String,
}

impl<'o> Tree<'o> {
    pub fn open(
        paths: &[PathBuf],
        on_file: &'o (dyn Fn(usize) + Sync),
    ) -> Result<Tree<'o>, DiskError> {
        let roots = Root::all(paths)?;
        Ok(Tree { roots, names: Mutex::default(), by_name: OnceLock::new(), on_file })
    }
}

impl Tree<'_> {
    /// Most scans need no file by its name.
    fn by_name(&self) -> &[Names] {
        self.by_name.get_or_init(|| {
            std::mem::take(&mut *lock(&self.names)).into_iter().map(Names::in_order).collect()
        })
    }

    fn root_of(&self, path: &str) -> Option<&Root> {
        self.by_name().iter().find_map(|it| it.root_of(path)).map(|it| &self.roots[it])
    }
}

/// Names, which are handed over once their thread has come to its end.
struct Gathered<'m> {
    own: Names,
    all: &'m Mutex<Vec<Names>>,
}

impl Drop for Gathered<'_> {
    fn drop(&mut self) {
        lock(self.all).push(std::mem::take(&mut self.own));
    }
}

impl Files for Tree<'_> {
    fn hinted(&mut self, each: &(dyn Fn(Source) + Sync)) -> Read {
        let read = AtomicUsize::new(0);
        let skipped = Mutex::new(Vec::new());
        let names = Mutex::new(Vec::new());
        for (number, root) in self.roots.iter().enumerate() {
            let walker = WalkBuilder::new(&root.path)
                .hidden(false)
                .follow_links(false)
                .filter_entry(|it| {
                    let name = it.file_name();
                    name != ".git" && name != before::FOLDER
                })
                .build_parallel();
            walker.run(|| {
                let mut buffer = vec![0; BUFFER];
                let mut opener = Opener::default();
                let mut names = Gathered { own: Names::default(), all: &names };
                let mut name = String::new();
                let (this, read, skipped) = (&*self, &read, &skipped);
                Box::new(move |entry| {
                    name.clear();
                    let entry = entry.map_err(|it| broken(&it, None));
                    let named = entry.and_then(|it| Ok(root.name(&it, &mut name)?.then_some(it)));
                    let entry = match named {
                        Ok(Some(it)) => it,
                        Ok(None) => return WalkState::Continue,
                        Err(it) => {
                            lock(skipped).push(it);
                            return WalkState::Continue;
                        }
                    };
                    match look(&mut opener, entry.path(), &name, &mut buffer) {
                        Err(reason) => lock(skipped).push(Skipped { path: name.clone(), reason }),
                        Ok(source) => {
                            (this.on_file)(read.fetch_add(1, Ordering::Relaxed) + 1);
                            source.into_iter().for_each(each);
                            names.own.push(&name, number);
                        }
                    }
                    WalkState::Continue
                })
            });
        }
        self.names = names;
        let skipped = skipped.into_inner().unwrap_or_else(PoisonError::into_inner);
        Read { files: read.into_inner(), skipped }
    }

    fn wanted(&self, wanted: &(dyn Fn(&str) -> bool + Sync), each: &(dyn Fn(Source) + Sync)) {
        let groups: Vec<(&Names, usize)> = self
            .by_name()
            .iter()
            .flat_map(|it| it.groups().map(move |group| (it, group)))
            .collect();
        let next = AtomicUsize::new(0);
        let may_lead = |path: &str| {
            platform::may_claim(path) || needs::is_template(path) || scan::states_versions(path)
        };
        let look = |path: &str, root: usize| {
            // What could be read once and now cannot is none of those that call.
            if may_lead(path)
                && let Ok(bytes) = whole(&self.roots[root].full(path))
                && let Ok((text, encoding)) = encoding::decode(&bytes)
                && wanted(&text)
            {
                each(Source::with_encoding(path, &text, encoding));
            }
            None::<()>
        };
        let work = || {
            while let Some((names, group)) = groups.get(next.fetch_add(1, Ordering::Relaxed)) {
                names.find(*group, look);
            }
        };
        thread::scope(|scope| {
            let others = thread::available_parallelism().map_or(0, |it| it.get() - 1);
            (0..others).for_each(|_| drop(scope.spawn(work)));
            work();
        });
    }

    fn has(&self, path: &str) -> bool {
        self.root_of(path).is_some()
    }

    fn at(&self, path: &str) -> Option<Source> {
        let bytes = whole(&self.root_of(path)?.full(path)).ok()?;
        let (text, encoding) = encoding::decode(&bytes).ok()?;
        Some(Source::with_encoding(path, &text, encoding))
    }

    fn paths(&self, wanted: &dyn Fn(&str) -> bool) -> Vec<String> {
        let mut paths = Vec::new();
        for names in self.by_name() {
            for group in names.groups() {
                names.find(group, |path, _| {
                    paths.extend(wanted(path).then(|| path.to_owned()));
                    None::<()>
                });
            }
        }
        paths.sort();
        paths
    }
}

impl Root {
    pub(super) fn all(paths: &[PathBuf]) -> Result<Vec<Root>, DiskError> {
        let root = |path: &PathBuf| {
            let metadata = fs::metadata(path).map_err(DiskError::io(path, "read"))?;
            let folder = if metadata.is_dir() { path } else { path.parent().unwrap_or(path) };
            let prefix = if paths.len() > 1 { super::slashed(folder) } else { String::new() };
            let prefix = if prefix.is_empty() { prefix } else { format!("{prefix}/") };
            Ok(Root { path: path.clone(), folder: folder.to_owned(), prefix })
        };
        paths.iter().map(root).collect()
    }

    /// Writes the path by which a file is told, or tells why it is not read; `false` for a folder.
    fn name(&self, entry: &DirEntry, name: &mut String) -> Result<bool, Skipped> {
        let Some(kind) = entry.file_type().filter(|it| !it.is_dir()) else { return Ok(false) };
        self.tell(entry.path(), name);
        let reason = match () {
            () if entry.path().to_str().is_none() => "its name is not Unicode",
            () if kind.is_symlink() => "a link, which is not followed",
            () if !kind.is_file() => "not a regular file",
            () => return Ok(true),
        };
        Err(Skipped { path: name.clone(), reason: reason.to_owned() })
    }

    /// Paths are many, and their parts are looked at only where they have to be.
    fn tell(&self, path: &Path, name: &mut String) {
        name.push_str(&self.prefix);
        let texts = path.to_str().zip(self.folder.to_str()).filter(|_| MAIN_SEPARATOR == '/');
        let own = texts.and_then(|(it, folder)| it.strip_prefix(folder)?.strip_prefix('/'));
        match own {
            Some(own) => name.push_str(own),
            None => {
                let own = path.strip_prefix(&self.folder).unwrap_or(path);
                name.push_str(&super::slashed(own));
            }
        }
    }

    fn full(&self, name: &str) -> PathBuf {
        self.folder.join(name.strip_prefix(&self.prefix).unwrap_or(name))
    }
}

/// What cannot be walked, with its path, which is the outermost that the error names.
fn broken(error: &ignore::Error, path: Option<&Path>) -> Skipped {
    match error {
        ignore::Error::WithPath { path: own, err } => broken(err, path.or(Some(own))),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            broken(err, path)
        }
        other => Skipped {
            path: path.map(super::slashed).unwrap_or_default(),
            reason: format!("cannot be read: {other}"),
        },
    }
}

/// A file that has a hint.
///
/// The file goes through the buffer piece by piece, so that memory does not grow with it.
fn look(
    opener: &mut Opener,
    path: &Path,
    name: &str,
    buffer: &mut [u8],
) -> Result<Option<Source>, String> {
    let mut file = opener.open(path).map_err(unread)?;
    let mut length = fill(&mut file, buffer).map_err(unread)?;
    if length == buffer.len() && file.metadata().map_err(unread)?.len() > LARGEST {
        return Err(format!("larger than {} MiB", LARGEST / 1024 / 1024));
    }
    // Other encodings write words as ASCII does, and only what has a hint is decoded.
    let is_wide = encoding::is_utf16(&buffer[..length])?;
    if !is_wide {
        loop {
            let lower = &mut buffer[..length];
            lower.make_ascii_lowercase();
            if scan::hinted_lower(lower) {
                break;
            }
            if length < buffer.len() {
                return Ok(None);
            }
            buffer.copy_within(length - scan::OVERLAP.., 0);
            let more = fill(&mut file, &mut buffer[scan::OVERLAP..]).map_err(unread)?;
            length = scan::OVERLAP + more;
        }
    }
    let bytes = file.rewind().and_then(|()| rest(file)).map_err(unread)?;
    let (text, encoding) = encoding::decode(&bytes)?;
    let is_hinted = !is_wide || scan::hinted(&text);
    Ok(is_hinted.then(|| Source::with_encoding(name, &text, encoding)))
}

fn unread(error: io::Error) -> String {
    format!("cannot be read: {error}")
}

/// Reads until the buffer is full or the file ends. A regular file gives less than it is asked for
/// only at its end.
fn fill(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match file.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

fn whole(path: &Path) -> io::Result<Vec<u8>> {
    rest(File::open(path)?)
}

/// The bytes of a file, however it has grown in the meantime.
fn rest(file: File) -> io::Result<Vec<u8>> {
    let length = file.metadata()?.len().min(LARGEST);
    // One more, so that its end is come to without room for more of it.
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default() + 1);
    file.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn lock<T>(it: &Mutex<T>) -> MutexGuard<'_, T> {
    it.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::{super::tests::tree, *};
    use crate::platform::Repository;

    const LOGIN: &str = "az login -u a@b.c -p \"$P\"\n";

    fn scanned(paths: &[&Path]) -> (scan::Scan, Vec<String>) {
        let paths: Vec<PathBuf> = paths.iter().map(|it| it.to_path_buf()).collect();
        let mut tree = Tree::open(&paths, &|_| ()).unwrap();
        let (scan, sources) = scan::scan_files(&mut tree, &Repository::default());
        (scan, sources.iter().map(|it| it.path.to_string()).collect())
    }

    fn sites(scan: &scan::Scan) -> Vec<&str> {
        scan.sites.iter().map(|it| it.path.as_str()).collect()
    }

    #[test]
    fn every_file_is_read_or_skipped_with_its_reason() {
        let large = b"# az login\n".repeat(1024 * 1024);
        let folder = tree(&[
            ("a.sh", LOGIN.as_bytes()),
            ("b.bin", b"\0\x01"),
            ("c/readme.txt", b"x"),
            ("large.sh", &large),
            (".git/config", b"x"),
        ]);
        let mut skipped = vec![("b.bin", "binary"), ("large.sh", "larger than 10 MiB")];
        #[cfg(unix)]
        {
            use std::os::unix::{ffi::OsStrExt, fs::symlink};
            let path = |it: &str| folder.path().join(it);
            symlink("/etc/passwd", path("link.sh")).unwrap();
            symlink(".", path("loop")).unwrap();
            symlink("nowhere", path("nowhere.sh")).unwrap();
            let socket = std::os::unix::net::UnixListener::bind(path("socket.sh")).unwrap();
            drop(socket);
            fs::write(folder.path().join(std::ffi::OsStr::from_bytes(b"\xFF.sh")), LOGIN).unwrap();
            let link = "a link, which is not followed";
            skipped.extend([("link.sh", link), ("loop", link), ("nowhere.sh", link)]);
            skipped.push(("socket.sh", "not a regular file"));
            skipped.push(("\u{FFFD}.sh", "its name is not Unicode"));
        }
        let (found, _) = scanned(&[folder.path()]);
        assert_eq!((found.read, sites(&found)), (2, vec!["a.sh"]));
        let said = found.skipped.iter().map(|it| (it.path.as_str(), it.reason.as_str()));
        assert_eq!(said.collect::<Vec<_>>(), skipped);
        let none = Tree::open(&[folder.path().join("none")], &|_| ());
        assert!(matches!(none.err(), Some(DiskError::NoSuchPath(_))));
    }

    #[test]
    fn a_hint_is_found_in_any_encoding_and_far_inside() {
        let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let far = |filler: &str| filler.repeat(BUFFER / filler.len() * 3 - 1) + "\n" + LOGIN;
        let folder = tree(&[
            ("bare.sh", &wide(LOGIN)),
            ("bom.sh", &[&b"\xFF\xFE"[..], &wide(LOGIN)].concat()),
            ("far.sh", far("#").as_bytes()),
            ("far-japanese.sh", far("#\u{3042}\n").as_bytes()),
            ("far-wide.sh", &wide(&far("# \n"))),
            ("latin.sh", &[b"# caf\xE9\n", LOGIN.as_bytes()].concat()),
            ("none.sh", &wide("az logout")),
        ]);
        let (found, _) = scanned(&[folder.path()]);
        assert_eq!(
            sites(&found),
            ["bare.sh", "bom.sh", "far-japanese.sh", "far-wide.sh", "far.sh", "latin.sh"]
        );
        assert_eq!(found.skipped, []);
        assert_eq!(found.read, 7);
    }

    #[test]
    fn a_hint_is_found_wherever_a_buffer_ends() {
        let hinted = |text: &str| {
            let folder = tree(&[("a.sh", text.as_bytes())]);
            let path = folder.path().join("a.sh");
            look(&mut Opener::default(), &path, "a.sh", &mut vec![0; BUFFER]).unwrap().is_some()
        };
        let next = 2 * BUFFER - scan::OVERLAP;
        for end in [BUFFER, next, next + BUFFER - scan::OVERLAP] {
            for before in [end - scan::OVERLAP, end - 5, end - 3, end - 1, end] {
                let text = |word: &str| format!("{}{word}{}", "x".repeat(before), "y".repeat(9));
                assert!(hinted(&text("LogIn")), "{before}");
                assert!(!hinted(&text("LogI")), "{before}");
            }
        }
    }

    #[test]
    fn only_what_leads_to_a_sign_in_is_kept() {
        let workflow = b"on: push\njobs:\n  d:\n    steps:\n      - run: ./d/deploy.sh\n";
        let folder = tree(&[
            (".github/workflows/d.yml", workflow),
            ("d/deploy.sh", b". ./login.sh\n./create.sh\n"),
            ("d/create.sh", b"az group create -n rg -l japaneast\n"),
            ("login.sh", LOGIN.as_bytes()),
            ("other.sh", b"az group list\n"),
            ("hinted.sh", b"docker login\n"),
        ]);
        let (found, sources) = scanned(&[folder.path()]);
        let site = &found.sites[0];
        assert_eq!(site.reached[0].workload.path, ".github/workflows/d.yml");
        assert_eq!(site.reached[0].through, ["d/deploy.sh"]);
        assert_eq!(site.writes().next().unwrap().path, "d/create.sh");
        assert_eq!(sources, ["login.sh", "d/deploy.sh", ".github/workflows/d.yml", "d/create.sh"]);
        // Two folders are told apart, and one that is inside the other is no other.
        let (found, _) = scanned(&[folder.path(), &folder.path().join("d")]);
        assert_eq!(found.sites.len(), 1);
    }
}
