//! The order of the rooms, held to its word: what may import what, what the core may not touch,
//! and that tables and documents name what is there.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "this test reads the repository"
)]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Each room may import only rooms above it. `src/lib.rs` lists them in the same order.
const ROOMS: &[&str] = &[
    "secret", "text", "resource", "config", "lang", "catalog", "platform", "detect", "impact",
    "needs", "caveats", "scan", "observe", "roles", "identity", "rewrite", "plan", "export",
    "apply", "verify", "prove", "report", "disk", "services", "sandbox", "cli",
];

/// The last room that touches nothing outside its arguments.
const LAST_OF_CORE: &str = "report";

/// It stands in for services that know nothing of workid, so it knows nothing of workid either.
const SANDBOX: &str = "sandbox";

/// The one room that may know that there is a sandbox.
const CLI: &str = "cli";

/// Rooms whose every file is one entry of the table in their `mod.rs`, and files that are none.
const TABLES: &[(&str, &str, &[&str])] = &[
    (
        "lang",
        "LANGUAGE",
        &[
            "expressions",
            "functions",
            "handed",
            "index",
            "known",
            "literal",
            "names",
            "nested",
            "options",
            "tree",
            "walk",
        ],
    ),
    ("platform", "PLATFORM", &["concatenation", "environment", "ids", "reading", "workload"]),
    ("detect", "RULE", &["held"]),
    ("caveats", "CAVEAT", &[]),
    ("identity", "KIND", &["exceptions", "groups"]),
    ("export", "LANGUAGE", &["shared"]),
    ("report", "FORMAT", &["fixtures", "outline", "story", "words"]),
];

/// What the core has to be given as an argument.
const OUTSIDE: &[&str] = &[
    "std::fs",
    "std::env",
    "std::process",
    "std::net",
    "std::time::SystemTime",
    "std::time::Instant",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "SystemTime::now",
    "Instant::now",
];

/// Folders that a document names files of.
const FOLDERS: &[&str] = &["src/", "templates/", "tests/", "examples/", "docs/"];

#[test]
fn each_room_imports_only_rooms_above_it() {
    let mut wrong = Vec::new();
    for file in sources() {
        let Some(here) = file.level() else { continue };
        for import in file.imports() {
            let why = match level(&import) {
                None => "which is no room",
                Some(_) if import == file.room() => continue,
                Some(_) if import == SANDBOX && file.room() != CLI => "which only cli may",
                Some(_) if file.room() == SANDBOX => "and the sandbox imports no room",
                Some(there) if there > here => "which stands below it",
                Some(_) => continue,
            };
            wrong.push(format!("{} imports {import}, {why}", file.path));
        }
    }
    none(&wrong);
}

#[test]
fn the_binary_knows_the_cli_alone() {
    let main = sources().into_iter().find(|it| it.path == "main.rs").unwrap();
    let paths = main.paths("workid").into_iter().filter(|it| it[1] != CLI);
    none(&paths.map(|it| format!("main.rs imports {}", it.join("::"))).collect::<Vec<_>>());
}

#[test]
fn lib_lists_the_rooms_in_order() {
    let lib = read("src/lib.rs");
    let modules = lib.lines().filter_map(|it| it.split_once("mod ")?.1.strip_suffix(';'));
    assert_eq!(modules.collect::<Vec<_>>(), ROOMS);
    let public = lib.lines().filter_map(|it| it.strip_prefix("pub mod ")?.strip_suffix(';'));
    assert_eq!(public.collect::<Vec<_>>(), ROOMS, "every room is public");
}

#[test]
fn every_file_of_a_table_room_is_in_its_table() {
    let sources = sources();
    let mut wrong = Vec::new();
    for (table, entry, others) in TABLES {
        let module = sources.iter().find(|it| it.path == format!("{table}/mod.rs")).unwrap();
        let code: String = module.lines().map(|it| format!("{}\n", it.code)).collect();
        for file in sources.iter().filter(|it| it.room() == *table) {
            let name = file.modules().get(1).copied();
            let Some(name) = name.filter(|it| !others.contains(it)) else { continue };
            if !code.contains(&format!("&{name}::{entry}")) {
                wrong.push(format!("{} is not in the table of {table}/mod.rs", file.path));
            }
        }
    }
    none(&wrong);
}

#[test]
fn every_file_says_what_it_is() {
    let silent = sources().into_iter().filter(|it| !it.text.starts_with("//! "));
    none(&silent.map(|it| format!("{} does not begin with `//!`", it.path)).collect::<Vec<_>>());
}

#[test]
fn the_core_touches_nothing_outside() {
    let last = level(LAST_OF_CORE).unwrap();
    let mut wrong = Vec::new();
    for file in sources().iter().filter(|it| it.level().is_some_and(|it| it <= last)) {
        let lines: Vec<Line<'_>> = file.lines().filter(|it| !it.test).collect();
        let mut named: Vec<String> = paths(&lines, "std").iter().map(|it| it.join("::")).collect();
        // A name that was imported under its last part.
        named.extend(lines.iter().flat_map(|it| it.code.split_whitespace()).map(str::to_owned));
        for outside in OUTSIDE {
            if named.iter().any(|it| is_within(it, outside)) {
                wrong.push(format!(
                    "{} names {outside}: that is for the rooms below {LAST_OF_CORE}",
                    file.path
                ));
            }
        }
    }
    none(&wrong);
}

#[test]
fn documents_name_only_what_is_there() {
    let mut wrong = Vec::new();
    for document in documents() {
        let text = read(&document);
        for path in text.split(|it: char| it.is_whitespace() || "`()[]\"'<>|,;".contains(it)) {
            let path = path.strip_prefix("./").unwrap_or(path);
            if !FOLDERS.iter().any(|it| path.starts_with(it)) {
                continue;
            }
            // `docs/rules.md#ids`, `src/lib.rs:12`, `src/detect/*.rs`, and the end of a sentence.
            let path = path.split(['#', ':']).next().unwrap().trim_end_matches(['.', '!', '?']);
            let path = match path.find(['*', '{', '…', '@', '$']) {
                Some(at) => path[..at].rsplit_once('/').unwrap().0,
                None => path,
            };
            if !root().join(path).exists() {
                wrong.push(format!("{document} names {path}, which does not exist"));
            }
        }
    }
    none(&wrong);
}

#[test]
fn every_dependency_is_explained() {
    let explained = read("docs/dependencies.md");
    let manifest = read("Cargo.toml");
    let mut section = "";
    let mut missing = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        }
        let entry = line.split_once(" =").filter(|_| section.ends_with("dependencies]"));
        if let Some((name, _)) = entry
            && !explained.contains(&format!("\n| `{name}` |"))
        {
            missing.push(format!("docs/dependencies.md has no line for {name}"));
        }
    }
    none(&missing);
}

fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

fn level(room: &str) -> Option<usize> {
    ROOMS.iter().position(|it| *it == room)
}

/// Whether the path that begins `text` is `outer`, or is inside it.
fn is_within(text: &str, outer: &str) -> bool {
    let word = |it: char| it.is_alphanumeric() || it == '_';
    text.match_indices(outer).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + outer.len()..]);
        !before.ends_with(word) && !after.starts_with(word)
    })
}

/// A file of `src`.
struct File {
    /// From `src`, with `/` on every system.
    path: String,
    text: String,
}

/// A line without what is a comment, and where it stands.
struct Line<'f> {
    code: &'f str,
    /// In how many modules written out in this file.
    depth: usize,
    /// In one of them that is for tests.
    test: bool,
}

impl File {
    /// The modules from the root of the crate to this file: `[sandbox, arm, identity]`.
    fn modules(&self) -> Vec<&str> {
        let path = self.path.strip_suffix(".rs").unwrap();
        path.strip_suffix("/mod").unwrap_or(path).split('/').collect()
    }

    fn room(&self) -> &str {
        self.modules()[0]
    }

    fn level(&self) -> Option<usize> {
        let crate_roots = ["lib", "main"];
        let level = level(self.room());
        assert!(
            level.is_some() || crate_roots.contains(&self.room()),
            "{} is in no room of ROOMS",
            self.path
        );
        level
    }

    /// Modules end where `rustfmt` puts their brace: below the word that began them.
    fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let mut open: Vec<(&str, bool)> = Vec::new();
        let mut attribute = "";
        self.text.lines().map(move |line| {
            let indent = &line[..line.len() - line.trim_start().len()];
            let code = if line.trim_start().starts_with("//") { "" } else { line };
            if open.last().is_some_and(|(it, _)| line.strip_prefix(it) == Some("}")) {
                open.pop();
            }
            let line = Line { code, depth: open.len(), test: open.iter().any(|(_, test)| *test) };
            let words: Vec<&str> = code.split_whitespace().collect();
            if words.contains(&"mod") && words.last() == Some(&"{") {
                open.push((indent, attribute == "#[cfg(test)]"));
            }
            attribute = code.trim();
            line
        })
    }

    /// Every path of the code that begins with `root`.
    fn paths(&self, root: &str) -> Vec<Vec<String>> {
        paths(&self.lines().collect::<Vec<_>>(), root)
    }

    /// The rooms that are named as `crate::room`, or by going up to the root of the crate.
    fn imports(&self) -> Vec<String> {
        let mut found: Vec<String> =
            self.paths("crate").into_iter().map(|it| it[1].clone()).collect();
        let lines: Vec<Line<'_>> = self.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let root = self.modules().len() + line.depth;
            for path in paths_from(&lines, at, "super") {
                let up = path.iter().take_while(|it| *it == "super").count();
                if up >= root {
                    found.push(path.get(up).cloned().unwrap_or_else(|| "the crate".to_owned()));
                }
            }
        }
        found
    }
}

/// Every path that begins with `root`, each branch of a `use` tree as a path of its own.
fn paths(lines: &[Line<'_>], root: &str) -> Vec<Vec<String>> {
    (0..lines.len()).flat_map(|at| paths_from(lines, at, root)).collect()
}

/// Those that begin on one line. A `use` tree may go on over the lines after it.
fn paths_from(lines: &[Line<'_>], at: usize, root: &str) -> Vec<Vec<String>> {
    let start = format!("{root}::");
    let mut found = Vec::new();
    for (column, _) in lines[at].code.match_indices(&start) {
        let (before, rest) = lines[at].code.split_at(column);
        // The middle of a longer path or word.
        if before.ends_with(|it: char| it.is_alphanumeric() || it == '_' || it == ':') {
            continue;
        }
        let after: String = lines[at + 1..].iter().map(|it| format!("\n{}", it.code)).collect();
        tree(&mut format!("{rest}{after}").as_str(), &[], &mut found);
    }
    found
}

/// Reads one branch of a `use` tree from the front of `text`.
fn tree(text: &mut &str, stem: &[String], found: &mut Vec<Vec<String>>) {
    let mut path = stem.to_vec();
    loop {
        *text = text.trim_start();
        if let Some(inside) = text.strip_prefix('{') {
            *text = inside;
            loop {
                tree(text, &path, found);
                *text = text.trim_start();
                match text.chars().next() {
                    Some(',') => *text = &text[1..],
                    Some('}') => break *text = &text[1..],
                    // Not a `use` tree after all.
                    _ => break,
                }
            }
            return;
        }
        let end = text
            .find(|it: char| !it.is_alphanumeric() && it != '_' && it != '*')
            .unwrap_or(text.len());
        if end > 0 {
            path.push(text[..end].to_owned());
        }
        *text = &text[end..];
        match text.strip_prefix("::") {
            Some(rest) => *text = rest,
            None => break,
        }
    }
    // `text as words`
    if let Some(rest) = text.trim_start().strip_prefix("as ") {
        *text = rest.trim_start_matches(|it: char| it.is_alphanumeric() || it == '_');
    }
    if path.len() > stem.len() && path.len() > 1 {
        found.push(path);
    }
}

fn root() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from("."), PathBuf::from)
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|it| panic!("{path}: {it}"))
}

fn sources() -> Vec<File> {
    let mut found = Vec::new();
    files(&root().join("src"), "", &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn files(folder: &Path, prefix: &str, found: &mut Vec<File>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            files(&path, &format!("{prefix}{name}/"), found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(File {
                path: format!("{prefix}{name}"),
                text: fs::read_to_string(&path).unwrap(),
            });
        }
    }
}

/// What a reader of the repository reads.
fn documents() -> Vec<String> {
    let mut found = Vec::new();
    for folder in ["", "docs/"] {
        let Ok(entries) = fs::read_dir(root().join(folder)) else { continue };
        let names = entries.map(|it| it.unwrap().file_name().to_str().unwrap().to_owned());
        found.extend(names.filter(|it| it.ends_with(".md")).map(|it| format!("{folder}{it}")));
    }
    found.sort();
    found
}
