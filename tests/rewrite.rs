//! Rewriting changes what it says, and nothing else: a file with other line ends is rewritten to the
//! same with those line ends.

#![allow(clippy::disallowed_methods, clippy::disallowed_macros, clippy::unwrap_used)]

mod support;

use std::{collections::BTreeMap, fs, path::Path};
use support::root;
use workid::{
    config::Config,
    plan::{Inputs, plan, unobserved},
    platform::Repository,
    resource::Cloud,
    rewrite::Templates,
    scan::scan,
    text::{Source, Span},
};

type Files = BTreeMap<String, String>;

/// The files of a folder that are UTF-8 with line breaks of Unix, and not the configuration.
fn files(folder: &Path) -> Files {
    let mut found = Files::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/");
                if name != "workid.yaml" && !text.contains('\r') {
                    found.insert(name, text);
                }
            }
        }
    }
    found
}

/// The files with all edits that are planned for them, and where those are.
fn rewritten(folder: &Path, files: &Files) -> (Files, Vec<(String, Span)>) {
    let stated = fs::read_to_string(folder.join("workid.yaml")).unwrap_or_default();
    let config = Config::parse(&stated).unwrap();
    let slug = config.repository.clone();
    let repository = Repository { slug, config, ..Repository::default() };
    let sources: Vec<Source> = files.iter().map(|(path, text)| Source::new(path, text)).collect();
    let scan = scan(&sources, &repository);
    let planned = plan(&Inputs {
        scan: &scan,
        sources: &sources,
        repository: &repository,
        cloud: &Cloud::default(),
        templates: &Templates::default(),
        observed: &unobserved(&repository.config),
        offline: true,
        root: ".",
        prefix: "app",
    });
    let plan = planned.unwrap();
    let previews = plan.previews();
    let of = |(path, text): (&String, &String)| {
        let after = previews.get(path).map_or_else(|| text.clone(), |it| it.apply(text));
        (path.clone(), after)
    };
    let places = plan.drafts.iter().map(|it| (it.path.clone(), it.span)).collect();
    (files.iter().map(of).collect(), places)
}

fn changed(files: &Files, change: fn(&str) -> String) -> Files {
    files.iter().map(|(path, text)| (path.clone(), change(text))).collect()
}

fn repositories() -> Vec<std::path::PathBuf> {
    let mut all = Vec::new();
    for (parent, own) in [("tests/cases", "repo"), ("examples", "")] {
        let entries = fs::read_dir(root().join(parent)).unwrap().map(|it| it.unwrap().path());
        all.extend(entries.map(|it| it.join(own)).filter(|it| it.is_dir()));
    }
    all.sort();
    all
}

#[test]
fn a_file_in_another_form_is_rewritten_to_the_same_in_that_form() {
    let crlf: fn(&str) -> String = |it| it.replace('\n', "\r\n");
    let open: fn(&str) -> String = |it| it.trim_end_matches('\n').to_owned();
    let mut wrong = String::new();
    let mut edits = 0;
    for repository in repositories() {
        let before = files(&repository);
        let (after, places) = rewritten(&repository, &before);
        edits += places.len();
        for (form, change) in [("CRLF", crlf), ("no last line end", open)] {
            let (found, _) = rewritten(&repository, &changed(&before, change));
            for (path, wanted) in changed(&after, change) {
                if found[&path] != wanted {
                    let diff = similar::TextDiff::from_lines(&wanted, &found[&path]);
                    let diff = diff.unified_diff().to_string();
                    wrong += &format!("{}: {path} with {form}:\n{diff}\n", repository.display());
                }
            }
        }
    }
    assert!(edits > 100, "{edits}");
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_stands_outside_of_edits_is_not_touched() {
    for repository in repositories() {
        let before = files(&repository);
        let (after, mut places) = rewritten(&repository, &before);
        places.sort();
        for (path, text) in &before {
            let mut rest = after[path].as_str();
            let mut done = 0;
            let ends = [(path.clone(), Span::at(text.len()))];
            for (_, span) in places.iter().filter(|(it, _)| it == path).chain(&ends) {
                let kept = &text[done..span.start];
                let at = rest.find(kept).unwrap_or_else(|| panic!("{path}: {kept:?} is not there"));
                rest = &rest[at + kept.len()..];
                done = span.end;
            }
        }
    }
}
