//! What a text says, by its names: a rule that asks its whole file for something looks it up, so that
//! a file that makes it ask for each of its lines costs no more than its size.

use super::{Assignment, Call, Parsed, Setting};
use std::{collections::BTreeMap, ops::Range};

/// Where things stand in [`Parsed`], those of one name in the order in which they begin.
pub(super) struct Index {
    assignments: BTreeMap<String, Vec<usize>>,
    settings: BTreeMap<String, Vec<At>>,
    calls: BTreeMap<String, Vec<usize>>,
}

#[derive(Clone, Copy)]
enum At {
    Assignment(usize),
    /// One of the entries of an assignment.
    Within(usize, usize),
    Entry(usize),
}

impl Index {
    fn of(parsed: &Parsed) -> Index {
        let mut assignments: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut settings: BTreeMap<String, Vec<At>> = BTreeMap::new();
        let mut calls: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut set = |at| settings.entry(parsed.at(at).name.to_owned()).or_default().push(at);
        for (at, it) in parsed.assignments.iter().enumerate() {
            assignments.entry(it.name.clone()).or_default().push(at);
            set(At::Assignment(at));
            (0..it.entries.len()).for_each(|entry| set(At::Within(at, entry)));
        }
        (0..parsed.entries.len()).for_each(|at| set(At::Entry(at)));
        settings.values_mut().for_each(|all| all.sort_by_key(|it| parsed.at(*it).span.start));
        for (at, it) in parsed.calls.iter().enumerate() {
            calls.entry(it.name.clone()).or_default().push(at);
        }
        Index { assignments, settings, calls }
    }
}

impl Parsed {
    fn index(&self) -> Option<&Index> {
        self.told.get(|| Index::of(self))
    }

    fn at(&self, at: At) -> Setting<'_> {
        let (name, value, span) = match at {
            At::Assignment(it) => {
                let it = &self.assignments[it];
                (&it.name, &it.value, it.span)
            }
            At::Within(it, entry) => {
                let (name, value) = &self.assignments[it].entries[entry];
                (name, value, value.span)
            }
            At::Entry(it) => {
                (&self.entries[it].key, &self.entries[it].value, self.entries[it].span)
            }
        };
        Setting { name, value, span }
    }

    /// The settings of that name that begin in a part of the text.
    pub fn set(
        &self,
        name: &str,
        part: Range<usize>,
    ) -> impl DoubleEndedIterator<Item = Setting<'_>> {
        let all = self.index().and_then(|it| it.settings.get(name));
        let all = all.map(Vec::as_slice).unwrap_or_default();
        let start = |it: &At| self.at(*it).span.start;
        let first = all.partition_point(|it| start(it) < part.start);
        let last = all.partition_point(|it| start(it) < part.end);
        all[first..last.max(first)].iter().map(|it| self.at(*it))
    }

    /// Whether there is a setting whose name begins so.
    pub fn sets_any(&self, start: &str) -> bool {
        let next = |it: &Index| {
            let name = it.settings.range(start.to_owned()..).next();
            name.is_some_and(|(it, _)| it.starts_with(start))
        };
        self.index().is_some_and(next)
    }

    /// The assignments to `name` that begin before `before`.
    pub fn assigned(
        &self,
        name: &str,
        before: usize,
    ) -> impl DoubleEndedIterator<Item = &Assignment> {
        let all = self.index().and_then(|it| it.assignments.get(name));
        let all = all.map(Vec::as_slice).unwrap_or_default();
        let end = all.partition_point(|it| self.assignments[*it].span.start < before);
        all[..end].iter().map(|it| &self.assignments[*it])
    }

    /// The first call of one that is called so.
    pub fn first_of(&self, names: &[&str]) -> Option<&Call> {
        let calls = &self.index()?.calls;
        names.iter().filter_map(|it| calls.get(*it)?.first()).min().map(|it| &self.calls[*it])
    }

    /// The calls of what is called so.
    pub(super) fn calls_of<'p>(&'p self, name: &str) -> impl Iterator<Item = &'p Call> + use<'p> {
        let all = self.index().and_then(|it| it.calls.get(name));
        all.map(Vec::as_slice).unwrap_or_default().iter().map(|it| &self.calls[*it])
    }

    /// The calls that begin in a part of the text.
    pub fn calls_in(&self, part: Range<usize>) -> &[Call] {
        let first = self.calls.partition_point(|it| it.span.start < part.start);
        let last = self.calls.partition_point(|it| it.span.start < part.end);
        &self.calls[first..last.max(first)]
    }
}

#[cfg(test)]
mod tests {
    use crate::lang::by_name;

    #[test]
    fn what_is_looked_up_is_what_stands_there() {
        let text = "$a = 1\n$h = @{ a = 2 }\nGet-B\n$a = 3\nGet-A\nGet-B\nF @{ a = 4; ab = 5 }\n";
        let parsed = by_name("powershell").unwrap().parse(text, &[]);
        let all = || parsed.settings().filter(|it| it.name == "a").map(|it| it.span.start);
        let mut expected: Vec<usize> = all().collect();
        expected.sort_unstable();
        let set = |part| parsed.set("a", part).map(|it| it.span.start).collect::<Vec<_>>();
        assert_eq!((set(0..text.len()), expected.len()), (expected.clone(), 4));
        assert_eq!(set(expected[1]..expected[3]), expected[1..3]);
        assert!(set(3..3).is_empty());
        let third = text.find("$a = 3").unwrap();
        assert_eq!(parsed.assigned("a", third).count(), 1);
        assert_eq!(parsed.assigned("a", third + 1).count(), 2);
        assert_eq!(parsed.assigned("b", third).count(), 0);
        assert_eq!(["ab", "abc", "b"].map(|it| parsed.sets_any(it)), [true, false, false]);
        let first = |names: &[&str]| parsed.first_of(names).map(|it| it.span.start);
        assert_eq!(first(&["get-a", "get-b", "x"]), text.find("Get-B"));
        assert_eq!(first(&["x"]), None);
        assert_eq!(parsed.calls_in(third..text.len()).len(), 3);
    }
}
