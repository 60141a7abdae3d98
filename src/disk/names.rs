//! The names of a tree's files, of which there may be a million.

use std::{ops::Range, str};

/// So many names of a folder stand together, at most.
const TOGETHER: usize = 1024;

/// What no name has in it.
const END: u8 = b'/';

/// The names that one thread came to, in one text: that of a folder, with the slash at its end, and
/// then its files. Of each stands the number of bytes that it begins with like the one before, the
/// others, and [`END`].
#[derive(Default)]
pub(super) struct Names {
    text: Vec<u8>,
    groups: Vec<Group>,
    last: String,
}

/// Some files of one folder. There may be more of them, where what was found between is of another one.
struct Group {
    root: usize,
    folder: Range<usize>,
    end: usize,
    count: usize,
}

impl Names {
    pub(super) fn push(&mut self, path: &str, root: usize) {
        let (folder, name) = split(path);
        let Names { text, groups, last } = self;
        let is_in = |it: &Group| {
            it.root == root && text[it.folder.clone()] == *folder.as_bytes() && it.count < TOGETHER
        };
        if !groups.last().is_some_and(is_in) {
            let start = text.len();
            text.extend(folder.as_bytes());
            groups.push(Group { root, folder: start..text.len(), end: text.len(), count: 0 });
            last.clear();
        }
        let same = last.bytes().zip(name.bytes()).take_while(|(a, b)| a == b).count();
        let same = u8::try_from(same).unwrap_or(u8::MAX);
        text.push(same);
        text.extend(&name.as_bytes()[usize::from(same)..]);
        text.push(END);
        name.clone_into(last);
        if let Some(group) = groups.last_mut() {
            group.end = text.len();
            group.count += 1;
        }
    }

    /// All of it, by the folders.
    pub(super) fn in_order(mut self) -> Names {
        self.text.shrink_to_fit();
        let text = &self.text;
        self.groups.sort_unstable_by(|a, b| text[a.folder.clone()].cmp(&text[b.folder.clone()]));
        self
    }

    pub(super) fn groups(&self) -> Range<usize> {
        0..self.groups.len()
    }

    /// The root of the file at a path.
    pub(super) fn root_of(&self, path: &str) -> Option<usize> {
        let folder = split(path).0.as_bytes();
        let first = self.groups.partition_point(|it| self.text[it.folder.clone()] < *folder);
        let is_here = |it: &usize| self.text[self.groups[*it].folder.clone()] == *folder;
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
        let Group { root, folder, end, .. } = &self.groups[group];
        let mut path = self.text[folder.clone()].to_vec();
        let mut rest = &self.text[folder.end..*end];
        while let Some((same, others)) = rest.split_first() {
            let end = others.iter().position(|it| *it == END).unwrap_or(others.len());
            path.truncate(folder.len() + usize::from(*same));
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
