//! Secrets that a reusable workflow of GitHub declares, and that jobs which call it pass on to it.

use crate::text::{
    Source, Span, pattern,
    yaml::{self, Node},
};
use regex::Regex;
use std::{collections::BTreeMap, sync::LazyLock};

/// `secrets.NAME`
static SECRET: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bsecrets\.([A-Za-z_]\w*)"));

/// An entry that declares a secret or passes it on.
pub(super) struct Entry<'s> {
    pub source: &'s Source,
    pub lines: Span,
    pub name: String,
    is_declared: bool,
}

/// The entries that have to do with these secrets, each of which is named with its workflow, and with
/// those that callers take them from.
pub(super) fn handed<'s>(secrets: Vec<(String, String)>, sources: &'s [Source]) -> Vec<Entry<'s>> {
    let mut entries: BTreeMap<(String, String), Vec<Entry<'s>>> = BTreeMap::new();
    let workflows = sources.iter().filter(|it| it.path.contains(".github/workflows/"));
    for source in workflows.filter(|_| !secrets.is_empty()) {
        for workflow in yaml::parse(source.raw()).unwrap_or_default() {
            let declared = workflow.get("on").and_then(|it| it.get("workflow_call"));
            let own = declared.map(|it| (source.path.to_string(), true, it)).into_iter();
            let jobs = workflow.get("jobs").map(Node::pairs).unwrap_or_default();
            let calls = jobs.iter().filter_map(|(_, job)| {
                Some((job.get("uses")?.text()?.strip_prefix("./")?.to_owned(), false, job))
            });
            for (of, is_declared, node) in own.chain(calls) {
                for (key, value) in node.get("secrets").map(Node::pairs).unwrap_or_default() {
                    let end = value.span.end.max(key.span.end);
                    let lines = source.lines_of(Span::new(key.span.start, end));
                    let (Some(lines), Some(name)) = (lines, key.text()) else { continue };
                    let entry = Entry { source, lines, name: name.to_owned(), is_declared };
                    entries.entry((of.clone(), name.to_owned())).or_default().push(entry);
                }
            }
        }
    }
    let mut open = secrets;
    let mut found = Vec::new();
    while let Some(secret) = open.pop() {
        let there = entries.remove(&secret).unwrap_or_default();
        if !there.iter().any(|it| it.is_declared) {
            continue;
        }
        for entry in &there {
            let said = &entry.source.raw()[entry.lines.start..entry.lines.end];
            let path = entry.source.path.to_string();
            let taken = SECRET.captures_iter(said).map(|it| (path.clone(), it[1].to_owned()));
            open.extend(taken.filter(|_| !entry.is_declared));
        }
        found.extend(there);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_secret_is_followed_to_those_that_pass_it_on() {
        let declared = |name: &str| {
            format!("on:\n  workflow_call:\n    secrets:\n      {name}:\n        required: true\n")
        };
        let call = |path: &str, passed: &str| {
            format!(
                "jobs:\n  d:\n    uses: ./.github/workflows/{path}\n    secrets:\n      {passed}\n"
            )
        };
        let files = [
            ("deploy.yml", declared("P") + "jobs: {}\n"),
            ("stage.yml", declared("Q") + &call("deploy.yml", "P: ${{ secrets.Q }}")),
            ("main.yml", format!("on: push\n{}", call("stage.yml", "Q: ${{ secrets.R }}"))),
            ("other.yml", format!("on: push\n{}", call("else.yml", "P: ${{ secrets.P }}"))),
            ("flow.yml", "on: {workflow_call: {secrets: {P: {required: true}}}}\n".to_owned()),
        ];
        let path = |it: &str| format!(".github/workflows/{it}");
        let sources = files.map(|(it, text)| Source::new(&path(it), &text));
        let of = |it: &str, name: &str| {
            let found = handed(vec![(path(it), name.to_owned())], &sources);
            let said = |it: &Entry<'_>| it.source.raw()[it.lines.start..it.lines.end].to_owned();
            found.iter().map(said).map(|it| it.trim().to_owned()).collect::<BTreeSet<_>>()
        };
        let all = ["P:\n        required: true", "P: ${{ secrets.Q }}"];
        let more = ["Q:\n        required: true", "Q: ${{ secrets.R }}"];
        assert_eq!(
            of("deploy.yml", "P"),
            [all, more].concat().into_iter().map(str::to_owned).collect()
        );
        assert!(of("main.yml", "R").is_empty() && of("flow.yml", "P").is_empty());
    }
}
