//! The documents say what the program does.

#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod support;

use std::{fmt::Write, fs};
use support::{Workplace, root};
use workid::{
    caveats::CAVEATS,
    detect::RULES,
    identity::{IdentityKind, KINDS},
    platform::{PLATFORMS, Run},
    rewrite::{Answer, Templates, answers},
};

#[test]
fn the_page_of_rules_is_made_of_the_rules() {
    is_made_of("Rules", "rules", RULES.iter().map(|it| it.id));
}

#[test]
fn the_page_of_caveats_is_made_of_the_caveats() {
    is_made_of("Caveats", "caveats", CAVEATS.iter().map(|it| it.id));
}

const REWRITES: &str = "\
Each rule, with what takes the place of its sign-ins for each kind of identity: templates of
`templates/`, by their paths, and what a person is told where none is or none fits. A hole of a
template (`@@client_id@@`) is filled with what belongs to the identity.";

#[test]
fn the_page_of_rewrites_is_made_of_the_rules_the_kinds_and_the_templates() {
    let mut page = format!(
        "# Rewrites\n\n<!-- Made of the templates by tests/docs.rs: UPDATE=1 cargo test --test docs -->\n\n{REWRITES}\n"
    );
    // Kinds of one flow sign in alike.
    let mut flows: Vec<(&IdentityKind, String)> = Vec::new();
    for kind in KINDS {
        match flows.iter_mut().find(|(it, _)| it.flow == kind.flow) {
            Some((_, title)) => write!(title, ", {}", kind.title).unwrap(),
            None => flows.push((kind, kind.title.to_owned())),
        }
    }
    for rule in RULES {
        write!(page, "\n## {}\n", rule.id).unwrap();
        let told: Vec<Vec<Answer>> = flows.iter().map(|(kind, _)| answers(rule, kind)).collect();
        if told.iter().all(|it| *it == told[0]) {
            tell(&mut page, "Every kind of identity", &told[0]);
            continue;
        }
        for ((_, title), answers) in flows.iter().zip(&told) {
            tell(&mut page, title, answers);
        }
    }
    page += "\n## What platforms add\n\n";
    page += "A managed identity needs nothing of the file that runs the script. For the other kinds:\n\n";
    let templates = Templates::default();
    for platform in PLATFORMS.iter().filter(|it| it.run != Run::Documentation) {
        let own = templates.paths().filter(|it| it.starts_with(&format!("{}/", platform.name)));
        let own: Vec<String> = own.map(|it| format!("`{it}`")).collect();
        let what = match (own.is_empty(), platform.advice) {
            (true, "") => "nothing: the script itself signs in".to_owned(),
            (false, "") => own.join(", "),
            (true, advice) => format!("left to a person: {advice}"),
            (false, advice) => format!("{}; where that does not fit: {advice}", own.join(", ")),
        };
        writeln!(page, "- {}: {what}", platform.title).unwrap();
    }
    let path = root().join("docs/rewrites.md");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &page).unwrap();
    }
    assert_eq!(fs::read_to_string(path).unwrap(), page, "UPDATE=1 cargo test --test docs");
}

/// A kind of identity, and under it what becomes of a sign-in in each language.
fn tell(page: &mut String, kind: &str, answers: &[Answer]) {
    write!(page, "\n{}{}\n\n", kind[..1].to_uppercase(), &kind[1..]).unwrap();
    for Answer { languages, templates, by_hand } in answers {
        let written: Vec<String> = templates.iter().map(|it| format!("`{it}`")).collect();
        let told = by_hand.map(|it| match written.is_empty() {
            true => format!("left to a person: {it}"),
            false => format!("where that does not fit: {it}"),
        });
        let what: Vec<String> =
            (!written.is_empty()).then(|| written.join(", ")).into_iter().chain(told).collect();
        writeln!(page, "- {}: {}", languages.join(", "), what.join("; ")).unwrap();
    }
}

/// Whether a page holds what `workid explain` tells of each.
fn is_made_of(title: &str, name: &str, ids: impl Iterator<Item = &'static str>) {
    let place = Workplace::empty();
    let mut page = format!(
        "<!-- Made of the {name} by tests/docs.rs: UPDATE=1 cargo test --test docs -->\n\n"
    );
    for id in ids {
        let explained = place.run(&["explain", id]).stdout;
        // It is a part of this page, and a page of its own on the command line.
        let mut code = false;
        for line in explained.lines() {
            code ^= line.starts_with("```");
            let deeper = if line.starts_with('#') && !code { "#" } else { "" };
            writeln!(page, "{deeper}{line}").unwrap();
        }
        page.push('\n');
    }
    let page = format!("# {title}\n\n{}\n", page.trim_end());
    let path = root().join(format!("docs/{name}.md"));
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &page).unwrap();
    }
    assert_eq!(fs::read_to_string(path).unwrap(), page, "UPDATE=1 cargo test --test docs");
}

#[test]
fn the_schema_is_that_of_the_program_and_each_entry_of_it_is_documented() {
    let schema = Workplace::empty().run(&["explain", "--schema"]).stdout;
    let path = root().join("docs/workid.schema.json");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &schema).unwrap();
    }
    assert_eq!(fs::read_to_string(path).unwrap(), schema, "UPDATE=1 cargo test --test docs");
    let page = fs::read_to_string(root().join("docs/configuration.md")).unwrap();
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let shapes = schema["$defs"].as_object().unwrap().values().chain([&schema]);
    let entries = shapes.filter_map(|it| it["properties"].as_object()).flat_map(|it| it.keys());
    let silent: Vec<&String> = entries.filter(|it| !page.contains(&format!("`{it}`"))).collect();
    assert!(silent.is_empty(), "{silent:?}");
}

#[test]
fn the_transcript_of_the_readme_is_real() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let transcript = readme.split("```console\n").nth(1).unwrap().split("```").next().unwrap();
    let mut command = transcript.lines().next().unwrap().trim_start_matches("$ workid ").split(' ');
    assert_eq!(command.next(), Some("migrate"));
    let place = Workplace::of(&root().join("examples/contoso-web"));
    let said = place.run(&["migrate", "repo", "--sandbox"]).stdout;
    // Lines stand in this order, with cuts at `…`.
    let mut rest = said.lines();
    for line in transcript.lines().skip(1).filter(|it| *it != "…") {
        let (start, cut) = line.strip_suffix(" …").map_or((line, false), |it| (it, true));
        let found = rest.any(|it| if cut { it.starts_with(start) } else { it == start });
        assert!(found, "workid does not say, or not in this order: {line}");
    }
}

#[test]
fn the_readme_names_every_command() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let help = Workplace::empty().run(&["--help"]).stdout;
    let commands = help.split("Commands:").nth(1).unwrap().split("Options:").next().unwrap();
    for command in
        commands.lines().filter_map(|it| it.split_whitespace().next()).filter(|it| *it != "help")
    {
        assert!(readme.contains(&format!("`workid {command} ")), "{command}");
    }
}
