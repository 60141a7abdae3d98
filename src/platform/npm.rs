//! Scripts of npm and its like.

use super::{Command, Platform, Repository, Run, Script, Words, file_name, placed, unstated};
use crate::text::{
    Source,
    yaml::{self, Node},
};

pub(super) const PLATFORM: Platform = Platform {
    name: "npm",
    title: "npm",
    run: Run::Attended,
    claims: |source| file_name(&source.path) == "package.json",
    scripts,
    commands: &[Command {
        programs: &["npm", "yarn", "pnpm", "bun"],
        file: &[],
        folder: &["--prefix", "--cwd", "-C", "--dir"],
        files: &["package.json"],
        words: Words::Parts,
        part: None,
    }],
    advice: ADVICE,
    ..Platform::PLAIN
};

const ADVICE: &str = "npm has no identity of its own, so take the call out, and sign in with a workload identity in whatever runs npm, before it does";

fn scripts(source: &Source, _: &Repository) -> Result<Vec<Script>, String> {
    let documents =
        yaml::parse(source.raw()).map_err(|it| format!("not readable as JSON: {it}"))?;
    let all = documents.iter().filter_map(|it| it.get("scripts")).flat_map(Node::pairs);
    let script = |(name, value): &(Node, Node)| {
        let name = name.text()?;
        let workload = unstated(PLATFORM.name, source, &format!("script {name}"), name, ADVICE);
        Some(Script { part: part(name), ..Script::new("bash", placed(value.scalar()?), workload) })
    };
    Ok(all.filter_map(script).collect())
}

/// What runs a script by its own name, or the script that it comes before or after.
fn part(name: &str) -> String {
    let around = name.strip_prefix("pre").or_else(|| name.strip_prefix("post"));
    match (name, around) {
        // `npm install` and `npm ci` run it.
        ("prepare", _) => "prepare install ci".to_owned(),
        (_, Some("install")) => format!("{name} install ci"),
        (_, Some(around)) => format!("{name} {around}"),
        (_, None) => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::testing::{check, found, sign_ins};

    #[test]
    fn sign_ins_stand_where_the_file_has_them() {
        let login = r#"az login -u \"$U\" -p\u0020x"#;
        let text = format!(
            "{{\n\t\"name\": \"あ\",\n\t\"scripts\": {{\"a\": \"b && {login} && c\"}}\n}}\n"
        );
        assert_eq!(sign_ins(&PLATFORM, "web/package.json", &text), [login]);
        assert_eq!(
            found(&PLATFORM, "package.json", &text)[0].workload.name,
            "package.json, script a"
        );
        let other = "{\"config\": {\"a\": \"az login -u a -p b\"}, \"scripts\": {\"a\": [\"az login -u a\"]}}";
        assert!(sign_ins(&PLATFORM, "package.json", other).is_empty());
    }

    proptest::proptest! {
        #[test]
        fn any_text_keeps_its_places(pieces in check::pieces(PIECES)) {
            check::places(&PLATFORM, "package.json", &format!("{{\"scripts\": {{\"a\": \"{}\"}}}}", pieces.concat()));
        }
    }

    const PIECES: &[&str] = &[
        "az login",
        "\\\"",
        "\\n",
        "\\u0041",
        "\\/",
        "あ",
        "\\ud83d\\ude00",
        "\", \"b\": \"",
        "\n",
    ];
}
