//! The names of a tree's files, of which there may be a million.

use std::{
    ops::{Deref, Range},
    str,
};

/// So many names of a folder stand together, at most.
const TOGETHER: usize = 1024;

/// What no name has in it.
const END: u8 = b'/';

/// The names that one thread came to.
#[derive(Default)]
pub(super) struct Names {
    groups: Vec<Group>,
    /// The group that may still grow, the number of names in it, and the last of them.
    open: Group<Vec<u8>>,
    count: usize,
    last: String,
}

/// Some files of one folder. There may be more of them, where what was found between is of another one.
///
/// The text is the name of the folder, with the slash at its end, and then its files. Of each stands
/// the number of bytes that it begins with like the one before, the others, and [`END`].
#[derive(Default)]
struct Group<T = Box<[u8]>> {
    root: usize,
    /// How long the name of the folder is.
    folder: usize,
    text: T,
}

impl<T: Deref<Target = [u8]>> Group<T> {
    fn folder(&self) -> &[u8] {
        &self.text[..self.folder]
    }
}

impl Names {
    pub(super) fn push(&mut self, path: &str, root: usize) {
        let (folder, name) = split(path);
        let is_here = self.open.root == root && *self.open.folder() == *folder.as_bytes();
        if !is_here || self.count == TOGETHER {
            self.close();
            self.open.root = root;
            self.open.folder = folder.len();
            self.open.text.extend(folder.as_bytes());
        }
        let same = self.last.bytes().zip(name.bytes()).take_while(|(a, b)| a == b).count();
        let same = u8::try_from(same).unwrap_or(u8::MAX);
        self.open.text.push(same);
        self.open.text.extend(&name.as_bytes()[usize::from(same)..]);
        self.open.text.push(END);
        name.clone_into(&mut self.last);
        self.count += 1;
    }

    /// Keeps the group that is open, in no more room than it takes.
    fn close(&mut self) {
        let Group { root, folder, text } = &mut self.open;
        if self.count > 0 {
            let text = text.as_slice().into();
            self.groups.push(Group { root: *root, folder: *folder, text });
        }
        text.clear();
        self.last.clear();
        self.count = 0;
    }

    /// All of it, by the folders.
    pub(super) fn in_order(mut self) -> Names {
        self.close();
        self.groups.sort_unstable_by(|a, b| a.folder().cmp(b.folder()));
        self
    }

    pub(super) fn groups(&self) -> Range<usize> {
        0..self.groups.len()
    }

    /// The root of the file at a path.
    pub(super) fn root_of(&self, path: &str) -> Option<usize> {
        let folder = split(path).0.as_bytes();
        let first = self.groups.partition_point(|it| it.folder() < folder);
        let is_here = |it: &usize| self.groups[*it].folder() == folder;
        (first..self.groups.len())
            .take_while(is_here)
            .find_map(|group| self.find(group, |it, root| (it == path).then_some(root)))
    }

    /// The first that is found of the paths of a group, each of which is shown with its root.
    pub(super) fn find<T>(
        &self,
        group: usize,
        mut found: impl FnMut(&str, usize) -> Option<T>,
    ) -> Option<T> {
        let Group { root, folder, text } = &self.groups[group];
        let (path, mut rest) = text.split_at(*folder);
        let mut path = path.to_vec();
        while let Some((same, others)) = rest.split_first() {
            let end = others.iter().position(|it| *it == END).unwrap_or(others.len());
            path.truncate(folder + usize::from(*same));
            path.extend(&others[..end]);
            rest = others.get(end + 1..).unwrap_or_default();
            let it = str::from_utf8(&path).ok().and_then(|path| found(path, *root));
            if it.is_some() {
                return it;
            }
        }
        None
    }
}

/// The folder, with the slash at its end, and the name in it.
fn split(path: &str) -> (&str, &str) {
    path.split_at(path.rfind('/').map_or(0, |it| it + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(names: &Names) -> Vec<(String, usize)> {
        let mut all = Vec::new();
        for group in names.groups() {
            names.find(group, |path, root| {
                all.push((path.to_owned(), root));
                None::<()>
            });
        }
        all.sort();
        all
    }

    #[test]
    fn a_folder_of_any_size_is_told() {
        let mut names = Names::default();
        let mut paths: Vec<_> = (0..TOGETHER * 2 + 3).map(|it| (format!("a/{it}"), 1)).collect();
        paths.iter().for_each(|(path, root)| names.push(path, *root));
        let names = names.in_order();
        paths.sort();
        assert_eq!(all(&names), paths);
        assert_eq!(names.groups().len(), 3);
        assert_eq!(names.root_of("a/2050"), Some(1));
        assert_eq!(names.root_of("a/2051"), None);
    }

    proptest! {
        #[test]
        fn what_was_pushed_is_there_and_nothing_else(
            paths in prop::collection::btree_map("(([ab]/){0,2})(a{254,258}|[aé]{1,3}b?)", 0..3_usize, 0..40),
            other in "([ab]/){0,2}[aé]{1,3}",
        ) {
            let mut names = Names::default();
            for (path, root) in paths.iter().rev() {
                names.push(path, *root);
            }
            let names = names.in_order();
            prop_assert_eq!(all(&names), paths.clone().into_iter().collect::<Vec<_>>());
            for (path, root) in &paths {
                prop_assert_eq!(names.root_of(path), Some(*root));
            }
            prop_assert_eq!(names.root_of(&other), paths.get(&other).copied());
        }
    }
}
