//! Pipelines of GitLab CI.

use super::{
    Platform, Repository, Run, Script, Variable, by_hand, expressions, file_name, joined,
    language_of_text, no_companions, placed, variables,
};
use crate::text::{
    Placed, Source,
    yaml::{self, Node, Scalar},
};
use regex::Regex;
use std::sync::LazyLock;

pub(super) const PLATFORM: Platform = Platform {
    name: "gitlab-ci",
    title: "GitLab CI",
    run: Run::Unattended,
    claims: |source| file_name(&source.path).ends_with(".gitlab-ci.yml"),
    scripts,
    companions: no_companions,
};

const ADVICE: &str = "workid finds sign-ins in GitLab CI, and does not write its sign-in yet: give the job an ID token (id_tokens, with the audience api://AzureADTokenExchange), let a federated credential trust it, and sign in with az login --service-principal --federated-token, or in PowerShell with Connect-AzAccount -FederatedToken";

/// In the order in which a job runs them; the first two are one script to GitLab, too.
const SECTIONS: &[&str] = &["before_script", "script", "after_script"];

/// `$[[ inputs.name ]]`, which GitLab puts in before any shell sees the text.
static INPUT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\$\[\[(.*?)\]\]").expect("the pattern is a constant"));

/// What one variable takes from another.
static REFERENCE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?").expect("the pattern is a constant")
});

fn scripts(source: &Source, _: &Repository) -> Result<Vec<Script>, String> {
    let documents =
        yaml::parse(source.raw()).map_err(|it| format!("not readable as YAML: {it}"))?;
    let mut scripts = Vec::new();
    for pipeline in &documents {
        let jobs = pipeline.pairs().iter().filter(|(name, _)| name.text() != Some("default"));
        let default = |name: &str| {
            pipeline.get("default").and_then(|it| it.get(name)).or_else(|| pipeline.get(name))
        };
        for (name, node) in jobs.clone() {
            let section =
                |it: &&str| node.get(it).or_else(|| default(it).filter(|_| takes(node, it)));
            let sections = SECTIONS.iter().filter_map(section).collect();
            job(source, pipeline, node, name.text().unwrap_or_default(), sections, &mut scripts);
        }
        // What no job of this file takes is for jobs of others.
        let is_left = |it: &&&str| !jobs.clone().any(|(_, node)| takes(node, it));
        let sections = SECTIONS.iter().filter(is_left).filter_map(|it| default(it)).collect();
        job(source, pipeline, pipeline, "default", sections, &mut scripts);
    }
    Ok(scripts)
}

/// Whether a job has the default of a section. At the root is an old way to write defaults.
fn takes(job: &Node, section: &str) -> bool {
    job.get("script").is_some() && job.get("inherit").is_none() && job.get(section).is_none()
}

fn job(
    source: &Source,
    pipeline: &Node,
    node: &Node,
    name: &str,
    sections: Vec<&Node>,
    scripts: &mut Vec<Script>,
) {
    let mut entries = Vec::new();
    sections.into_iter().for_each(|it| lines(source, it, &mut entries));
    let part =
        if name == "default" { "default of its jobs".to_owned() } else { format!("job {name}") };
    // A text that cannot be mapped is a script of its own, so that it is named as not read.
    let (mapped, unplaced): (Vec<&Scalar>, Vec<&Scalar>) =
        entries.into_iter().partition(|it| it.place.is_some());
    let unplaced = unplaced.into_iter().map(placed);
    for Placed { text, place } in std::iter::once(joined(mapped)).chain(unplaced) {
        if text.is_empty() {
            continue;
        }
        scripts.push(Script {
            // A runner's shell is no part of the file.
            language: language_of_text(&text),
            expressions: expressions(&INPUT, &text),
            text,
            place,
            environment: environment(&[node, pipeline]),
            folder: String::new(),
            workload: by_hand(PLATFORM.name, source, &part, name, ADVICE),
        });
    }
}

/// The texts of a section: one, or a list, in which a list stands where YAML put an anchor's in.
fn lines<'n>(source: &Source, section: &'n Node, found: &mut Vec<&'n Scalar>) {
    // Names, not commands: `!reference [.setup, script]`.
    if source.raw()[..section.span.start].trim_end().ends_with("!reference") {
        return;
    }
    found.extend(section.scalar());
    section.items().iter().for_each(|it| lines(source, it, found));
}

fn environment(nodes: &[&Node]) -> Vec<Variable> {
    let of = |it: &&Node| Some(variables(&REFERENCE, it.get("variables")?));
    nodes.iter().filter_map(of).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::testing::{check, found, sign_ins};

    fn read(text: &str) -> Vec<&str> {
        sign_ins(&PLATFORM, "ci/.gitlab-ci.yml", text)
    }

    #[test]
    fn sign_ins_stand_where_the_file_has_them() {
        let login = "az login -u \"$U\" -p \"$P\"";
        for text in [
            format!("d:\n  script: {login}\n"),
            format!("d:\n  script:\n    - echo あ\n    - {login}\n    - az group list\n"),
            format!("d:\n  script:\n    - - echo 1\n      - - '{login}'\n"),
            format!("d:\n  script:\n    - |\n      echo 1\n      {login}  \n    - echo 2\n"),
            format!("d:\n  script:\n    - >-\n      {login}\n"),
            format!("default:\n  before_script: ['{login}']\n"),
            format!("before_script:\r\n  - {login}\r\nd:\r\n  after_script:\r\n    - x\r\n"),
            format!("spec:\n  inputs:\n---\n.hidden:\n  after_script: &a\n    - {login}\n"),
        ] {
            assert_eq!(read(&text), [login], "{text}");
        }
        let escaped = r#"az login -u \"$U\" -p \"$P\""#;
        assert_eq!(read(&format!("d:\n  script: \"{escaped}\"\n")), [escaped]);
        let input = "az login -u $[[ inputs.user ]] -p x";
        assert_eq!(read(&format!("d:\n  script:\n    - {input}\n")), [input]);
    }

    #[test]
    fn what_only_looks_like_a_script_is_none() {
        assert!(read("d:\n  variables:\n    script: az login -u a -p b\n").is_empty());
        let elsewhere = "d:\n  script:\n    - !reference [.a, script]\n    - *a\n  after_script: !reference [.a]\n";
        assert!(found(&PLATFORM, ".gitlab-ci.yml", elsewhere).is_empty());
        assert!(read("d:\n  description: az login -u a -p b\n").is_empty());
        assert!((PLATFORM.claims)(&Source::new("infra/prod.gitlab-ci.yml", "")));
        assert!(!(PLATFORM.claims)(&Source::new(".gitlab/gitlab.yml", "")));
    }

    #[test]
    fn a_job_is_one_script_with_its_variables() {
        let text = "variables:\n  A: $B\nd:\n  variables: {C: secret}\n  script: [x, y]\n  before_script: [w]\n";
        let scripts = found(&PLATFORM, ".gitlab-ci.yml", text);
        assert_eq!(scripts.len(), 1);
        assert_eq!(scripts[0].text, "w\nx\ny");
        assert_eq!(scripts[0].workload.name, ".gitlab-ci.yml, job d");
        let said: Vec<_> = scripts[0]
            .environment
            .iter()
            .map(|it| (it.name.as_str(), it.from.as_deref()))
            .collect();
        assert_eq!(said, [("C", None), ("A", Some("B"))]);
    }

    #[test]
    fn a_job_has_the_defaults_that_it_does_not_change() {
        let text = "default:\n  before_script: [a]\nafter_script: [z]\nd:\n  script: [b]\ne:\n  before_script: []\n  script: [c]\n.f:\n  before_script: [f]\n";
        let scripts = found(&PLATFORM, ".gitlab-ci.yml", text);
        let texts: Vec<_> = scripts.iter().map(|it| it.text.as_str()).collect();
        assert_eq!(texts, ["a\nb\nz", "c\nz", "f"]);
    }

    #[test]
    fn cmdlets_tell_powershell_from_bash() {
        let language = |text: &str| {
            found(&PLATFORM, ".gitlab-ci.yml", &format!("d:\n  script:\n    - {text}\n"))[0]
                .language
        };
        assert_eq!(language("Connect-AzAccount -Credential $c"), "powershell");
        assert_eq!(language("$c = Get-Credential"), "powershell");
        assert_eq!(language("az login -u $env:U -p $env:P"), "powershell");
        assert_eq!(language("pwsh -c Connect-AzAccount"), "bash");
    }

    proptest::proptest! {
        #[test]
        fn any_text_keeps_its_places(text: String, pieces in check::pieces(PIECES)) {
            check::places(&PLATFORM, ".gitlab-ci.yml", &text);
            check::places(&PLATFORM, ".gitlab-ci.yml", &pieces.concat());
        }
    }

    const PIECES: &[&str] = &[
        "d:\n",
        "  script:",
        " |\n",
        "\n    - ",
        "az login -u a",
        " 'x''y'",
        "\"a\\n",
        "\"",
        "[",
        "]",
        "\n",
        "  variables: {A: $B}\n",
        "あ",
        "\r\n",
        "&a ",
        "*a",
        "!reference ",
        "# c",
    ];
}
