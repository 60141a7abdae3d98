//! Containers that Docker Compose starts.

use super::{
    Command, Copies, Environment, Link, Platform, Repository, Run, Script, Words, Workload, apart,
    arguments, beside, expressions, file_name, is_yaml, language_of_text, pattern, placed,
    unstated, variable, variables,
};
use crate::text::{
    Source, Span,
    yaml::{self, Node},
};
use regex::Regex;
use std::sync::LazyLock;

pub(super) const PLATFORM: Platform = Platform {
    name: "compose",
    title: "Docker Compose",
    run: Run::Unattended,
    claims: |source| {
        let name = file_name(&source.path);
        let begins = |it: &&str| name.starts_with(*it);
        is_yaml(name) && ["compose.", "compose-", "docker-compose"].iter().any(begins)
    },
    scripts,
    commands: &[Command {
        programs: &["docker compose", "docker-compose", "podman-compose"],
        file: &["-f", "--file"],
        folder: &["--project-directory"],
        files: &["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"],
        words: Words::Nothing,
        part: None,
    }],
    called: apart,
    advice: ADVICE,
    dollar: "$$",
    ..Platform::PLAIN
};

const ADVICE: &str = "on a machine in Azure, give the machine a managed identity and sign in with az login --identity; elsewhere, mount the certificate of a service principal into the container, and sign in with az login --service-principal --certificate";

/// `${NAME}`, which Compose puts in, and `$$NAME`, which it leaves to the container.
static EXPRESSION: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\$\$?\{([A-Za-z_]\w*)[^}]*\}|\$\$?([A-Za-z_]\w*)"));

fn scripts(source: &Source, _: &Repository) -> Result<Vec<Script>, String> {
    let documents =
        yaml::parse(source.raw()).map_err(|it| format!("not readable as YAML: {it}"))?;
    let mut scripts = Vec::new();
    for (name, service) in
        documents.iter().filter_map(|it| it.get("services")).flat_map(Node::pairs)
    {
        let name = name.text().unwrap_or_default();
        let workload = || unstated(PLATFORM.name, source, &format!("service {name}"), name, ADVICE);
        let image = || {
            let text = service.get("image")?.scalar()?;
            Some(Script::link(placed(text), Link::default(), workload()))
        };
        let built = build(source, service, workload()).or_else(image);
        let environment = environment(service);
        let copies = Copies::new(volumes(source, service));
        scripts.extend(built.map(|it| Script { environment: environment.clone(), ..it }));
        for (language, script) in commands(source, service) {
            scripts.push(Script {
                expressions: expressions(&EXPRESSION, &script.text),
                environment: environment.clone(),
                copies: copies.clone(),
                ..Script::new(language, script, workload())
            });
        }
    }
    Ok(scripts)
}

/// The image that a service is built of: `build: folder`, or `build: {context, dockerfile}`.
fn build(source: &Source, service: &Node, workload: Workload) -> Option<Script> {
    let build = service.get("build")?;
    let context = build.get("context").unwrap_or(build).scalar()?;
    let file = build.get("dockerfile").and_then(Node::text).unwrap_or("Dockerfile");
    let path = beside(source, &format!("{}/{file}", context.value));
    let link = Link { paths: [path].into(), ..Link::default() };
    Some(Script::link(placed(context), link, workload))
}

/// `./here:/there`
fn volumes(source: &Source, service: &Node) -> Vec<(String, String)> {
    let volumes = service.get("volumes").map(Node::texts).unwrap_or_default();
    let of = |it: &str| {
        let mut parts = it.split(':');
        let (here, there) = (parts.next()?, parts.next()?);
        let folder = |it: &str| format!("{}/", it.trim_end_matches('/'));
        here.starts_with('.').then(|| (folder(there), folder(&beside(source, here))))
    };
    volumes.into_iter().filter_map(of).collect()
}

/// A list of arguments may be written in two: what is run, and what that is given.
fn commands(source: &Source, service: &Node) -> Vec<(&'static str, crate::text::Placed)> {
    let entries = ["entrypoint", "command"].map(|it| service.get(it));
    let of = |node: &Node| match node.scalar() {
        Some(one) => vec![Node { span: node.span, kind: yaml::Kind::Scalar(one.clone()) }],
        None => node.items().to_vec(),
    };
    let all: Vec<Node> = entries.iter().flatten().flat_map(|it| of(it)).collect();
    if entries.iter().flatten().any(|it| it.scalar().is_none())
        && let Some(found) = arguments(source, &all)
    {
        return vec![found];
    }
    let texts = all.iter().filter_map(Node::scalar);
    texts.map(|it| (language_of_text(&it.value), placed(it))).collect()
}

/// A mapping, or a list of `NAME=value`.
fn environment(service: &Node) -> Environment {
    let Some(node) = service.get("environment") else { return Environment::default() };
    let of = |it: &Node| {
        let (name, value) = it.text()?.split_once('=')?;
        let place = it.scalar()?.place.as_ref()?;
        let end = name.len() + 1 + value.len();
        let at = place.outer(Span::new(name.len() + 1, end)).unwrap_or(it.span);
        Some(variable(&EXPRESSION, name, it.span, value, at))
    };
    variables(&EXPRESSION, node).into_iter().chain(node.items().iter().filter_map(of)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::testing::{check, found, sign_ins};

    fn read(text: &str) -> Vec<&str> {
        sign_ins(&PLATFORM, "a/docker-compose.prod.yml", text)
    }

    #[test]
    fn sign_ins_stand_where_the_file_has_them() {
        let login = "az login -u ${U:-me} -p $$P";
        for text in [
            format!("services:\n  a:\n    command: {login}\n"),
            format!("services:\n  a:\n    command: [sh, -c, '{login}']\n"),
            format!(
                "services:\n  a:\n    entrypoint: [/bin/bash, -ec]\n    command:\n      - |\n        echo あ\n        {login}\n"
            ),
            format!("services:\n  a:\n    entrypoint: [sh, -c]\n    command: >-\n      {login}\n"),
        ] {
            assert_eq!(read(&text), [login], "{text}");
        }
        let list = "\"az\", \"login\", '-u', \"it is\", -p, $P";
        assert_eq!(read(&format!("services: {{a: {{command: [{list}]}}}}\n")), [&list[1..]]);
        assert!(read("services:\n  a:\n    image: az login -u a -p b\n").is_empty());
        assert!(read("services:\n  a:\n    command: [echo, 'az login -u a -p b']\n").is_empty());
    }

    #[test]
    fn a_service_has_its_variables() {
        for set in ["{A: $B, C: secret}", "[A=$B, 'C=secret']"] {
            let text = format!("services:\n  a:\n    command: x y\n    environment: {set}\n");
            let script = found(&PLATFORM, "compose.yaml", &text).remove(0);
            let said: Vec<_> = script
                .environment
                .iter()
                .map(|it| {
                    let literal = it.literal.map(|it| &text[it.start..it.end]);
                    (it.name.as_str(), it.from.as_deref(), literal)
                })
                .collect();
            assert_eq!(said, [("A", Some("B"), None), ("C", None, Some("secret"))]);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_keeps_its_places(pieces in check::pieces(PIECES)) {
            check::places(&PLATFORM, "compose.yml", &format!("services:\n  a:\n    command: {}", pieces.concat()));
        }
    }

    const PIECES: &[&str] = &[
        "[",
        "]",
        ", ",
        "sh, -c, ",
        "az login",
        "|\n      ",
        "'",
        "\"",
        "\\\"",
        "\n",
        "\n    entrypoint: ",
        "あ",
        "$$A",
        "it's",
        " ",
    ];
}
