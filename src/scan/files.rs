//! The port through which a scan gets its files: few of them are ever held at once.

use super::{Skipped, hinted};
use crate::text::Source;

/// Where a scan gets its files from. What is given may come from several threads at once, in any
/// order, and more than once.
pub trait Files: Sync {
    /// Reads every file, and gives those that hold a hint.
    fn hinted(&mut self, each: &(dyn Fn(Source) + Sync)) -> Read;

    /// Gives every file whose text is `wanted`, of those that a platform may claim.
    fn wanted(&self, wanted: &(dyn Fn(&str) -> bool + Sync), each: &(dyn Fn(Source) + Sync));

    /// Whether there is a file at `path` that a platform may claim.
    fn has(&self, path: &str) -> bool;

    fn at(&self, path: &str) -> Option<Source>;

    /// The paths of all files of a name that is `wanted`.
    fn paths(&self, wanted: &dyn Fn(&str) -> bool) -> Vec<String>;
}

/// What came of reading every file.
#[derive(Debug, Default)]
pub struct Read {
    pub files: usize,
    pub skipped: Vec<Skipped>,
}

/// Files that are in memory already.
impl Files for &[Source] {
    fn hinted(&mut self, each: &(dyn Fn(Source) + Sync)) -> Read {
        self.iter().filter(|it| hinted(it.raw())).cloned().for_each(each);
        Read { files: self.len(), skipped: Vec::new() }
    }

    fn wanted(&self, wanted: &(dyn Fn(&str) -> bool + Sync), each: &(dyn Fn(Source) + Sync)) {
        self.iter().filter(|it| wanted(it.raw())).cloned().for_each(each);
    }

    fn has(&self, path: &str) -> bool {
        self.iter().any(|it| *it.path == *path)
    }

    fn at(&self, path: &str) -> Option<Source> {
        self.iter().find(|it| *it.path == *path).cloned()
    }

    fn paths(&self, wanted: &dyn Fn(&str) -> bool) -> Vec<String> {
        self.iter().map(|it| it.path.to_string()).filter(|it| wanted(it)).collect()
    }
}
