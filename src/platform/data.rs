//! YAML and JSON of which no platform is known: what in them looks like a script.

use super::{
    Platform, Run, Script, Wanted, arguments, by_hand, concatenation::concatenated, expressions,
    language_of_shell, language_of_text, placed,
};
use crate::{
    lang::Expression,
    text::{
        Placed, Source, pattern,
        yaml::{self, Kind, Node},
    },
};
use regex::Regex;
use std::sync::LazyLock;

pub(super) const PLATFORM: Platform = Platform {
    name: "data",
    title: "a data file",
    run: Run::Unknown,
    claims: |source| {
        let extension = source.path.rsplit_once('.').map_or("", |(_, it)| it).to_ascii_lowercase();
        ["yml", "yaml", "json", "jsonc"].contains(&extension.as_str())
    },
    scripts: |source, _| wanted(source, &Wanted::ALL),
    wanted: Some(|source, _, texts| wanted(source, texts)),
    advice: ADVICE,
    ..Platform::PLAIN
};

const ADVICE: &str = "workid finds sign-ins in files whose purpose it does not know, and writes none of theirs: find out what runs this text, let that have a workload identity, and sign in with it";

/// Keys that may say the language of the texts beside them.
const BESIDE: &[&str] =
    &["shell", "language", "interpreter", "executor", "kind", "type", "name", "scriptType"];

/// What templates and runners of tests put something in place of.
static EXPRESSION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\$\{\{(.*?)\}\}|\{\{(.*?)\}\}|#\{(.*?)\}|\$\(([A-Za-z_][\w.]*)\)|<%=?(.*?)%>")
});

/// The scripts that are `wanted`; of a large file no more is read than what may hold one.
pub(super) fn wanted(source: &Source, wanted: &Wanted<'_>) -> Result<Vec<Script>, String> {
    let part = yaml::part(source.raw(), wanted.part);
    if part.text.len() < source.raw().len() {
        let around = &part.place;
        let part = Source::new(&source.path, &part.text);
        // With an alias of what is left out, it is not readable.
        if let Ok(scripts) = read(&part, wanted.text) {
            let placed = |it: Script| Script { place: it.place.within(around), ..it };
            return Ok(scripts.into_iter().map(placed).collect());
        }
    }
    read(source, wanted.text).or_else(|reason| {
        let scripts = loose(source);
        if scripts.is_empty() || reason.is_too_deep() {
            Err(format!("not readable as YAML: {reason}"))
        } else {
            Ok(scripts)
        }
    })
}

fn read(source: &Source, wanted: &dyn Fn(&str) -> bool) -> Result<Vec<Script>, yaml::Broken> {
    let mut walk = Walk { source, wanted, scripts: Vec::new() };
    yaml::parse(source.raw())?.iter().for_each(|it| walk.node(it, "", None));
    Ok(walk.scripts)
}

pub(super) fn loose(source: &Source) -> Vec<Script> {
    let mut walk = Walk { source, wanted: &|_| true, scripts: Vec::new() };
    walk.node(&yaml::loose(source.raw()), "", None);
    walk.scripts
}

struct Walk<'w> {
    source: &'w Source,
    wanted: &'w dyn Fn(&str) -> bool,
    scripts: Vec<Script>,
}

impl Walk<'_> {
    fn node(&mut self, node: &Node, key: &str, language: Option<&'static str>) {
        match &node.kind {
            Kind::Scalar(scalar) => {
                // One word is no command that is given anything.
                if scalar.value.trim().contains([' ', '\t', '\n']) && (self.wanted)(&scalar.value) {
                    let (script, values) = match concatenated(&scalar.value) {
                        Some((it, values)) => {
                            let around = scalar.place.clone().unwrap_or_default();
                            (Placed { place: it.place.within(&around), ..it }, values)
                        }
                        None => (placed(scalar), Vec::new()),
                    };
                    let language = language.unwrap_or_else(|| language_of_text(&script.text));
                    self.push(language, script, values, key);
                }
            }
            Kind::Mapping(pairs) => {
                let beside = BESIDE.iter().find_map(|it| stated(node.get(it)?.text()?));
                for (name, value) in pairs {
                    let name = name.text().unwrap_or(key);
                    // `cmd` is a command in whichever language.
                    let own = stated(name).filter(|it| *it != "batch").or(beside).or(language);
                    self.node(value, if name.is_empty() { key } else { name }, own);
                }
            }
            Kind::Sequence(items) => match arguments(self.source, items) {
                Some((said, script)) => {
                    if (self.wanted)(&script.text) {
                        self.push(language.unwrap_or(said), script, Vec::new(), key);
                    }
                }
                None => items.iter().for_each(|it| self.node(it, key, language)),
            },
            Kind::Alias => {}
        }
    }

    fn push(&mut self, language: &'static str, script: Placed, values: Vec<Expression>, key: &str) {
        let part = if key.is_empty() { "its texts".to_owned() } else { format!("entry {key}") };
        let workload = by_hand(PLATFORM.name, self.source, &part, key, ADVICE);
        let mut expressions = expressions(&EXPRESSION, &script.text);
        expressions.extend(values);
        expressions.sort_by_key(|it| it.span);
        self.scripts.push(Script { expressions, ..Script::new(language, script, workload) });
    }
}

/// The language that a word names, if it is the name of a shell.
fn stated(word: &str) -> Option<&'static str> {
    const SHELLS: &[&str] = &[
        "bash",
        "sh",
        "zsh",
        "shell",
        "azurecli",
        "pwsh",
        "powershell",
        "azurepowershell",
        "command_prompt",
        "cmd",
        "batch",
        "python",
    ];
    let word = word.to_ascii_lowercase();
    SHELLS.contains(&word.as_str()).then(|| match word.as_str() {
        "command_prompt" | "batch" => "batch",
        it => language_of_shell(it),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::testing::{check, found, sign_ins};

    fn signs_in(text: &str) -> Vec<&str> {
        sign_ins(&PLATFORM, "a/b.yaml", text)
    }

    #[test]
    fn sign_ins_stand_where_the_file_has_them() {
        let login = "az login -u \"$U\" -p #{password}";
        for text in [
            format!("a: |\n  echo あ\n  {login}\n"),
            format!("- - b: >-\n      {login}\n"),
            format!("a: b\n---\nc: '{login}'\n"),
            format!("{{{{ if .x }}}}\na:\n  - {login}\n  - b: |\n{{{{ end }}}}\n"),
            format!(
                "{{{{ if .x }}}}\r\n  command: |\r\n    {login}\r\n  b: c\r\n{{{{ end }}}}\r\n"
            ),
            format!("a: [bash, -ec, '{login}']\n"),
        ] {
            assert_eq!(signs_in(&text), [login], "{text}");
        }
        let escaped = r#"az login\t-u \u0022a\u0022 -p b"#;
        let json = format!("{{\"a\": [{{\"commandToExecute\":\"x\\n{escaped}\\ny\"}}]}}");
        assert_eq!(sign_ins(&PLATFORM, "a.json", &json), [escaped]);
        let put_together = "az login -u ', parameters('u'), ' -p x";
        let text = format!("{{\"a\": \"[concat('{put_together}')]\"}}");
        assert_eq!(sign_ins(&PLATFORM, "a.json", &text), [put_together]);
        let arguments = r#"az", "login", "-u", "$U", "--password", "it's {{ a }}""#;
        assert_eq!(signs_in(&format!("{{\"a\": [\"{arguments}]}}")), [arguments]);
    }

    #[test]
    fn what_no_shell_is_given_is_no_script() {
        assert!(signs_in("a: [echo, 'az login -u a -p b']\n").is_empty());
        assert!(signs_in("az login -u a -p b: c\n").is_empty());
        assert!(signs_in("# az login -u a -p b\na: b\n").is_empty());
        assert!(wanted(&Source::new("a.yaml", "a: [\n"), &Wanted::ALL).is_err());
    }

    #[test]
    fn the_language_is_the_one_that_is_said_or_seen() {
        let language = |text: &str| found(&PLATFORM, "a.yaml", text)[0].language;
        assert_eq!(language("x: {name: powershell, command: az login}\n"), "powershell");
        assert_eq!(language("x: {command: az login, name: command_prompt}\n"), "batch");
        assert_eq!(language("kind: AzurePowerShell\np: {scriptContent: az login}\n"), "powershell");
        assert_eq!(language("pwsh: az login\n"), "powershell");
        assert_eq!(language("a: Connect-AzAccount -Credential $c\n"), "powershell");
        assert_eq!(language("cmd: az login\n"), "bash");
        assert_eq!(language("[powershell.exe, -NoProfile, -Command, az, login]\n"), "powershell");
    }

    proptest::proptest! {
        #[test]
        fn any_text_keeps_its_places(text: String, pieces in check::pieces(PIECES)) {
            check::places(&PLATFORM, "a.yaml", &text);
            check::places(&PLATFORM, "a.yaml", &pieces.concat());
            check::places(&PLATFORM, "a.json", &format!("{{\"a\": \"{}\"}}", pieces.concat()));
            check::places(&PLATFORM, "a.yaml", &format!("{{{{\n{}", pieces.concat()));
        }
    }

    const PIECES: &[&str] = &[
        "a: ",
        "- ",
        "az login -u a ",
        "|\n",
        ">-\n",
        "\n  ",
        "'",
        "\"",
        "\\u0041",
        "\\ud83d\\ude00",
        "\\x41",
        "\\n",
        "\\\n",
        "[",
        "]",
        ", ",
        "bash, -c, ",
        "{{ a }}",
        "#{b}",
        "あ",
        "\r\n",
        "\t",
        "$A",
        "# c",
        "---\n",
    ];
}
