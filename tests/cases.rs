//! Every folder of `tests/cases` and `examples`, the whole way on the embedded tenant.
//!
//! What the commands print is held against `tests/cases/<case>/expect`; `UPDATE=1 cargo test`
//! writes it anew, to be reviewed as a diff; `CASE=name` keeps to one. A case without a `repo` of its own is an example.

#![allow(clippy::disallowed_methods, clippy::disallowed_macros, clippy::unwrap_used)]

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
};
use support::{Ran, Workplace, root};

struct Case {
    name: String,
    repository: PathBuf,
    expect: PathBuf,
}

fn cases() -> Vec<Case> {
    let folder = root().join("tests/cases");
    let mut names: Vec<String> = Vec::new();
    for parent in [&folder, &root().join("examples")] {
        let entries = fs::read_dir(parent).unwrap().map(Result::unwrap);
        names.extend(
            entries.filter(|it| it.path().is_dir()).map(|it| it.file_name().into_string().unwrap()),
        );
    }
    names.sort();
    names.dedup();
    if let Some(one) = std::env::var_os("CASE") {
        names.retain(|it| **it == *one);
    }
    let case = |name: String| {
        let own = folder.join(&name).join("repo");
        let repository = if own.is_dir() { own } else { root().join("examples").join(&name) };
        Case { expect: folder.join(&name).join("expect"), repository, name }
    };
    names.into_iter().map(case).collect()
}

/// What a case printed, and whatever in it is not as expected.
struct Transcript<'c> {
    case: &'c Case,
    place: Workplace,
    said: Vec<String>,
    wrong: Vec<String>,
}

impl Transcript<'_> {
    fn run(&mut self, arguments: &[&str]) -> Ran {
        let ran = self.place.run(arguments);
        self.said.extend([ran.stdout.clone(), ran.stderr.clone()]);
        if ran.exit == 70 || ran.stderr.contains("panicked") {
            self.wrong.push(format!("{arguments:?}: {}", ran.stderr));
        }
        ran
    }

    fn expect(&mut self, file: &str, found: &str) {
        let path = self.case.expect.join(file);
        if std::env::var_os("UPDATE").is_some() {
            fs::create_dir_all(&self.case.expect).unwrap();
            fs::write(path, found).unwrap();
            return;
        }
        let wanted = fs::read_to_string(&path).unwrap_or_default();
        if wanted != found {
            let diff = similar::TextDiff::from_lines(&wanted, found).unified_diff().to_string();
            self.wrong.push(format!("{file} is not as expected:\n{diff}"));
        }
    }

    fn check(&mut self, holds: bool, what: &str) {
        if !holds {
            self.wrong.push(what.to_owned());
        }
    }
}

fn printed(ran: &Ran) -> String {
    format!("{}exit {}\n", ran.stdout, ran.exit)
}

fn go(case: &Case) -> Vec<String> {
    let mut it = Transcript {
        case,
        place: Workplace::of(&case.repository),
        said: Vec::new(),
        wrong: Vec::new(),
    };
    const PLAN: &str = "workid.plan.json";

    let scan = it.run(&["scan", "repo"]);
    it.expect("scan.txt", &printed(&scan));
    let json = it.run(&["scan", "repo", "--format", "json"]).stdout;
    it.expect("scan.json", &json.replace(env!("CARGO_PKG_VERSION"), "<version>"));
    for format in ["sarif", "markdown"] {
        it.run(&["scan", "repo", "--format", format]);
    }
    it.run(&["plan", "repo", "--offline", "--out", "offline.plan.json"]);

    let plan = it.run(&["plan", "repo", "--sandbox"]);
    it.expect("plan.txt", &printed(&plan));
    if plan.exit == 5 {
        return finish(it);
    }
    let before = it.place.read("workid.sandbox.json");
    let apply = it.run(&["apply", PLAN, "--sandbox"]);
    it.expect("apply.txt", &printed(&apply));
    let again = it.run(&["apply", PLAN, "--sandbox"]);
    it.check(again.exit == 0 && !again.stdout.contains("made "), "a second apply makes something");

    let rewrite = it.run(&["rewrite", PLAN]);
    it.expect("rewrite.diff", &rewrite.stdout);
    let written = it.run(&["rewrite", PLAN, "--write=all"]);
    it.check(written.exit == 0, &format!("rewrite --write: {}", written.stderr));
    let verify = it.run(&["verify", PLAN, "--sandbox"]);
    it.expect("verify.txt", &printed(&verify));
    untouched(&mut it, &rewrite.stdout);

    // Planned again, nothing is left to do.
    let second = it.run(&["plan", "repo", "--sandbox", "--out", "second.plan.json"]);
    let left = if plan.exit == 3 { 3 } else { 0 };
    it.check(
        second.exit == left,
        &format!("a second plan ends with {}: {}", second.exit, second.stdout),
    );
    let rescan = it.run(&["scan", "repo"]);
    it.check(plan.exit == 3 || rescan.exit == 0, "the rewritten files sign in as a user");

    let undo = it.run(&["undo", "workid.journal.jsonl", "--sandbox"]);
    it.expect("undo.txt", &printed(&undo));
    it.check(
        same_tenant(&before, &it.place.read("workid.sandbox.json")),
        "undo leaves something behind",
    );
    finish(it)
}

/// Files that the diff does not name are the same bytes as before.
fn untouched(it: &mut Transcript<'_>, diff: &str) {
    let mut folders = vec![it.case.repository.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.path().is_dir() {
                folders.push(entry.path());
                continue;
            }
            let path = entry
                .path()
                .strip_prefix(&it.case.repository)
                .unwrap()
                .to_str()
                .unwrap()
                .replace('\\', "/");
            let now = fs::read(it.place.path("repo").join(&path)).unwrap();
            let was = fs::read(entry.path()).unwrap();
            let named = diff.contains(&format!("--- a/{path}\n"));
            let breaks = |bytes: &[u8]| bytes.windows(2).filter(|it| it == b"\r\n").count() > 0;
            it.check(
                named || now == was,
                &format!("{path} was changed, and the diff does not say so"),
            );
            it.check(
                breaks(&now) == breaks(&was),
                &format!("{path} has other line ends than before"),
            );
            let bare = |bytes: &[u8]| {
                let all = bytes.iter().filter(|it| **it == b'\n').count();
                all - bytes.windows(2).filter(|it| it == b"\r\n").count()
            };
            it.check(
                !breaks(&was) || bare(&was) > 0 || bare(&now) == 0,
                &format!("{path} has mixed line ends"),
            );
        }
    }
}

/// The tenants are the same but for what counts how often something was made.
fn same_tenant(before: &str, after: &str) -> bool {
    let read = |text: &str| {
        let mut state: serde_json::Value = serde_json::from_str(text).unwrap();
        if let Some(state) = state.as_object_mut() {
            // What was made and taken away is remembered all the same.
            state.remove("made");
            state.remove("activity");
        }
        state
    };
    read(before) == read(after)
}

fn finish(it: Transcript<'_>) -> Vec<String> {
    let Transcript { place, said, mut wrong, .. } = it;
    for (n, text) in said.iter().enumerate() {
        if let Some(at) = text.find("canary-") {
            wrong.push(format!(
                "output {n} holds a password: {}",
                &text[at.saturating_sub(60)..at + 10]
            ));
        }
    }
    for file in
        ["workid.plan.json", "second.plan.json", "offline.plan.json", "workid.journal.jsonl"]
    {
        if place.path(file).is_file() && place.read(file).contains("canary-") {
            wrong.push(format!("{file} holds a password"));
        }
    }
    wrong
}

#[test]
fn every_case_goes_the_whole_way_as_expected() {
    let mut wrong = String::new();
    for case in cases() {
        for it in go(&case) {
            wrong += &format!("{}: {it}\n", case.name);
        }
    }
    assert!(
        wrong.is_empty(),
        "\n{wrong}\nIf this is as it should be: UPDATE=1 cargo test --test cases"
    );
}

#[test]
fn a_patch_is_taken_by_git() {
    let place = Workplace::of(&root().join("examples/contoso-pipelines"));
    place.run(&["plan", "repo", "--sandbox"]);
    place.run(&["apply", "workid.plan.json", "--sandbox"]);
    let patch = place.run(&["rewrite", "workid.plan.json", "--patch"]);
    assert_eq!(patch.exit, 1, "{}", patch.stderr);
    fs::write(place.path("workid.patch"), &patch.stdout).unwrap();
    let git = std::process::Command::new("git")
        .current_dir(place.path("repo"))
        .args(["apply", "--whitespace=nowarn", "../workid.patch"])
        .output()
        .unwrap();
    assert!(git.status.success(), "{}", String::from_utf8_lossy(&git.stderr));
    let patched = fs::read(place.path("repo/azure-pipelines.yml")).unwrap();

    let other = Workplace::of(&root().join("examples/contoso-pipelines"));
    for arguments in [
        &["plan", "repo", "--sandbox"][..],
        &["apply", "workid.plan.json", "--sandbox"],
        &["rewrite", "workid.plan.json", "--write=all"],
    ] {
        other.run(arguments);
    }
    assert_eq!(patched, fs::read(other.path("repo/azure-pipelines.yml")).unwrap());
}

#[test]
fn migrate_offers_a_person_what_a_plan_does() {
    let script = b"$credential = Get-Credential\nConnect-AzAccount -Credential $credential\n";
    let files: &[(&str, &[u8])] = &[("repo/by-hand.ps1", script)];
    let parts = Workplace::with(files);
    parts.run(&["plan", "repo", "--sandbox"]);
    parts.run(&["rewrite", "workid.plan.json", "--write=all"]);
    let whole = Workplace::with(files);
    let ran = whole.run(&["migrate", "repo", "--sandbox", "--write=all"]);
    assert_eq!(ran.exit, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(!ran.stdout.contains("nothing to migrate"), "{}", ran.stdout);
    assert_eq!(whole.read("repo/by-hand.ps1"), parts.read("repo/by-hand.ps1"));
    assert!(!whole.read("repo/by-hand.ps1").contains("-Credential"));
}

#[test]
fn migrate_does_what_its_parts_do() {
    for case in ["contoso-web", "contoso-pipelines", "contoso-runbooks"] {
        let example: &Path = &root().join("examples").join(case);
        let parts = Workplace::of(example);
        for arguments in [
            &["plan", "repo", "--sandbox"][..],
            &["apply", "workid.plan.json", "--sandbox"],
            &["rewrite", "workid.plan.json", "--write=all"],
        ] {
            parts.run(arguments);
        }
        let whole = Workplace::of(example);
        let dry = whole.run(&["migrate", "repo", "--sandbox"]);
        assert_eq!(dry.exit, 0, "{case}: {}{}", dry.stdout, dry.stderr);
        let ran = whole.run(&["migrate", "repo", "--sandbox", "--write=all"]);
        assert_eq!(ran.exit, 0, "{case}: {}{}", ran.stdout, ran.stderr);
        let differ = std::process::Command::new("git")
            .args(["diff", "--no-index", "--exit-code"])
            .args([parts.path("repo"), whole.path("repo")])
            .output()
            .unwrap();
        assert!(differ.status.success(), "{case}: {}", String::from_utf8_lossy(&differ.stdout));
    }
}
