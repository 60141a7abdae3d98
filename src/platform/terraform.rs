//! Scripts that Terraform and Packer run.

use super::{
    Command, Link, Platform, Repository, Run, Script, Trust, Wanted, Words, Workload, arguments,
    beside, braces, file_name, folder_of, hcp_terraform, language_of_shell, language_of_text,
    lines, placed, within,
};
use crate::lang::Expression;
use crate::text::{
    Placed, Source, Span,
    yaml::{Kind, Node, Scalar},
};

pub(super) const PLATFORM: Platform = Platform {
    name: "terraform",
    title: "Terraform",
    run: Run::Unattended,
    claims: |source| [".tf", ".tofu", ".hcl"].iter().any(|it| source.path.ends_with(it)),
    scripts,
    commands: &[Command {
        programs: &["terraform", "tofu", "terragrunt"],
        file: &[],
        folder: &["-chdir"],
        files: &[""],
        words: Words::Nothing,
        part: None,
    }],
    called: |it| match &it.own.trust {
        // It runs on a machine that Terraform makes, or in HCP Terraform.
        Trust::Unstated(what) if what != ADVICE => it.own.clone(),
        Trust::Federated(_) => it.own.clone(),
        _ => within(it),
    },
    // A module is named by its folder.
    known_as: |source| vec![file_name(folder_of(&source.path)).to_owned()],
    advice: ADVICE,
    ..Platform::PLAIN
};

const ADVICE: &str = "workid finds sign-ins in Terraform, and does not write theirs yet: whatever runs Terraform can have a workload identity, with which its providers sign in themselves; sign in with the same identity before Terraform starts, and take the call out";

const REMOTE: &str = "Terraform runs it on the machine that it makes: give that machine a managed identity (identity), name the machine in workid.yaml (runs_on, resources), and sign in there with az login --identity";

/// Attributes whose texts are scripts.
const SCRIPTS: &[&str] = &["command", "commandToExecute", "inline", "program", "script_content"];

/// Attributes that hold JSON, in which a script may be.
const SETTINGS: &[&str] = &["settings", "protected_settings"];

fn scripts(source: &Source, repository: &Repository) -> Result<Vec<Script>, String> {
    let mut reader = Reader {
        source,
        repository,
        at: 0,
        open: vec![Block::default()],
        found: Vec::new(),
        organization: None,
        workspace: None,
    };
    while reader.at < source.raw().len() {
        reader.token();
    }
    while !reader.open.is_empty() {
        reader.close();
    }
    Ok(reader.found)
}

/// A text of the file with what Terraform puts in, and where it stands with its quotes.
struct Text {
    span: Span,
    text: Placed,
    expressions: Vec<Expression>,
}

#[derive(Default)]
struct Block<'t> {
    /// `resource "null_resource" "a"`
    header: &'t str,
    /// Where the line or the attribute began whose value is being read, and its name.
    line: usize,
    key: &'t str,
    /// Square and round brackets that are open.
    brackets: usize,
    attributes: Vec<(&'t str, Text)>,
}

struct Reader<'t> {
    source: &'t Source,
    repository: &'t Repository,
    at: usize,
    open: Vec<Block<'t>>,
    found: Vec<Script>,
    /// Of HCP Terraform: its host and organization, and the project and the name of the workspace.
    organization: Option<(String, String)>,
    workspace: Option<(String, String)>,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.source.raw()[self.at..]
    }

    fn token(&mut self) {
        let rest = self.rest();
        let Some(next) = rest.chars().next() else { return };
        let start = self.at;
        let to = |found: Option<usize>| found.unwrap_or(rest.len());
        let Some(block) = self.open.last_mut() else { return };
        self.at += match next {
            '\n' => {
                if block.brackets == 0 {
                    (block.line, block.key) = (start + 1, "");
                }
                1
            }
            '#' => to(rest.find('\n')),
            '/' if rest.starts_with("//") => to(rest.find('\n')),
            '/' if rest.starts_with("/*") => to(rest.find("*/").map(|it| it + 2)),
            '=' if block.brackets == 0 && !rest.starts_with("==") => {
                block.key = self.source.raw()[block.line..start].trim();
                1
            }
            '[' | '(' => {
                block.brackets += 1;
                1
            }
            ']' | ')' => {
                block.brackets = block.brackets.saturating_sub(1);
                1
            }
            '{' => {
                let header = self.source.raw()[block.line..start].trim();
                self.open.push(Block { header, line: start + 1, ..Block::default() });
                1
            }
            '}' => {
                if self.open.len() > 1 {
                    self.close();
                }
                1
            }
            '"' => return self.string(),
            '<' if rest.starts_with("<<") => return self.heredoc(),
            _ => next.len_utf8(),
        };
    }

    fn keep(&mut self, text: Text) {
        if let Some(block) = self.open.last_mut() {
            block.attributes.push((block.key, text));
        }
    }

    /// A text between quotes, which ends with its line if nothing else ends it.
    fn string(&mut self) {
        let start = self.at;
        self.at += 1;
        let (mut text, mut expressions) = (Placed::default(), Vec::new());
        while let Some(next) = self.rest().chars().next() {
            let rest = self.rest();
            match next {
                '"' => {
                    self.at += 1;
                    break;
                }
                '\n' => break,
                '\\' => {
                    let (meant, width) = escape(rest);
                    text.escape(meant.encode_utf8(&mut [0; 4]), self.at, width);
                    self.at += width;
                }
                _ => self.plain(rest, &mut text, &mut expressions),
            }
        }
        self.keep(Text { span: Span::new(start, self.at), text, expressions });
    }

    /// `<<EOT`, `<<-EOT`
    fn heredoc(&mut self) {
        let start = self.at;
        let after = &self.rest()[2..];
        let after = after.strip_prefix('-').unwrap_or(after);
        let word = |it: char| it.is_alphanumeric() || it == '_';
        let rest = after.trim_start_matches(word);
        let sign = &after[..after.len() - rest.len()];
        // The rest of a line is not looked at for every sign on it.
        if sign.is_empty() || !rest.trim_start_matches([' ', '\t', '\r']).starts_with('\n') {
            self.at += 2;
            return;
        }
        self.at += self.rest().find('\n').map_or(0, |it| it + 1);
        let (first, body) = (self.at, self.rest());
        let end = lines(body).find(|(_, it)| it.trim() == sign).map_or(body.len(), |(at, _)| at);
        let (mut text, mut expressions) = (Placed::default(), Vec::new());
        while self.at < first + end {
            let rest = &self.source.raw()[self.at..first + end];
            self.plain(rest, &mut text, &mut expressions);
        }
        self.keep(Text { span: Span::new(start, self.at), text, expressions });
        self.at +=
            if end < body.len() { self.rest().find(sign).unwrap_or(0) + sign.len() } else { 0 };
    }

    /// One expression, or the text before the next one.
    fn plain(&mut self, rest: &str, text: &mut Placed, expressions: &mut Vec<Expression>) {
        // A sign that is doubled is itself.
        if let Some(sign) = ["$${", "%%{"].iter().find(|it| rest.starts_with(**it)) {
            text.escape(&sign[1..], self.at, sign.len());
            self.at += sign.len();
            return;
        }
        if (rest.starts_with("${") || rest.starts_with("%{"))
            && let Some(length) = braces(rest)
        {
            let from = text.text.len();
            let name = rest[2..length - 1].trim_matches(['~', ' ']).to_owned();
            expressions.push(Expression { span: Span::new(from, from + length), name });
            text.push(&rest[..length], self.at);
            self.at += length;
            return;
        }
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let length = rest[first..].find(['"', '\\', '\n', '$', '%']);
        let length = length.map_or(rest.len(), |it| first + it);
        text.push(&rest[..length], self.at);
        self.at += length;
    }

    /// Ends the innermost block, whose attributes are all known then.
    fn close(&mut self) {
        let Some(block) = self.open.pop() else { return };
        let all = |key: &'static str| block.attributes.iter().filter(move |(it, _)| *it == key);
        let interpreter = all("interpreter").next().map(|(_, it)| it.text.text.as_str());
        let label = block.header.to_ascii_lowercase();
        let stated = match interpreter {
            Some(it) => Some(language_of_shell(it)),
            None if label.contains("powershell") || label.contains("power_shell") => {
                Some("powershell")
            }
            None if label.contains("windows-shell") => Some("batch"),
            None => None,
        };
        let program: Vec<Node> = all("program").map(|(_, it)| node(it)).collect();
        if let Some((language, script)) = arguments(self.source, &program) {
            self.push(language, script, Vec::new(), block.header);
        }
        self.link(&block);
        self.cloud(&block);
        for (key, text) in block.attributes {
            if SETTINGS.contains(&key) {
                let file = Source::new("settings.json", &text.text.text);
                for it in super::scripts(&file, self.repository, &Wanted::ALL).unwrap_or_default() {
                    let script = Placed { place: it.place.within(&text.text.place), text: it.text };
                    self.push(it.language, script, it.expressions, block.header);
                }
            } else if SCRIPTS.contains(&key) && key != "program" || text.text.text.starts_with("#!")
            {
                let language = stated.unwrap_or_else(|| language_of_text(&text.text.text));
                self.push(language, text.text, text.expressions, block.header);
            }
        }
    }

    /// A module of the repository.
    fn link(&mut self, block: &Block<'t>) {
        let is_module = block.header.starts_with("module ");
        let source = block.attributes.iter().find(|(it, _)| is_module && *it == "source");
        let Some((_, text)) = source.filter(|(_, it)| it.text.text.starts_with('.')) else {
            return;
        };
        let folder = format!("{}/", beside(self.source, &text.text.text));
        let Kind::Scalar(scalar) = node(text).kind else { return };
        let link = Link { paths: [folder].into(), ..Link::default() };
        let workload = self.workload(block.header, None);
        self.found.push(Script::link(placed(&scalar), link, workload));
    }

    /// `terraform { cloud { organization = … workspaces { name = … project = … } } }`
    fn cloud(&mut self, block: &Block<'t>) {
        let value = |key: &str| {
            let found = block.attributes.iter().find(|(it, _)| *it == key);
            found.map(|(_, it)| it.text.text.clone())
        };
        match block.header {
            "workspaces" => {
                self.workspace = Some((
                    value("project").unwrap_or_else(|| "Default Project".to_owned()),
                    value("name").unwrap_or_default(),
                ));
            }
            "cloud" | "backend \"remote\"" => {
                let host = value("hostname").unwrap_or_else(|| hcp_terraform::HOST.to_owned());
                self.organization = value("organization").map(|it| (host, it));
            }
            _ => {}
        }
    }

    fn workload(&self, whose: &str, remote: Option<&str>) -> Workload {
        let whose = whose.replace('"', "");
        let trust = match (remote, &self.organization, &self.workspace) {
            (Some(what), ..) => Trust::Unstated(what.to_owned()),
            (None, Some((host, organization)), Some((project, name))) if !name.is_empty() => {
                hcp_terraform::trust(host, organization, project, name)
            }
            _ => Trust::Unstated(ADVICE.to_owned()),
        };
        let advice = match (&trust, remote) {
            (Trust::Federated(_), _) => hcp_terraform::ADVICE,
            (_, Some(what)) => what,
            (_, None) => ADVICE,
        };
        Workload::new(PLATFORM.name, self.source, &whose, &whose, trust).by_hand(advice)
    }

    fn push(
        &mut self,
        language: &'static str,
        script: Placed,
        expressions: Vec<Expression>,
        header: &str,
    ) {
        let headers = self.open.iter().map(|it| it.header).chain([header]);
        let whose = headers.filter(|it| it.contains('"')).collect::<Vec<_>>();
        let whose = whose.first().map_or("configuration", |it| *it).replace('"', "");
        let is_local = |it: &str| {
            it.contains("local-exec")
                || it.contains("external")
                || it.contains("deploymentScripts")
                || it.contains("shell-local")
        };
        let remote = (!is_local(header)).then_some(REMOTE);
        let workload = self.workload(&whose, remote);
        self.found.push(Script { expressions, ..Script::new(language, script, workload) });
    }
}

fn node(text: &Text) -> Node {
    let Placed { text: value, place } = text.text.clone();
    Node { span: text.span, kind: Kind::Scalar(Scalar { value, place: Some(place), block: false }) }
}

/// What a backslash and what follows mean, and how long they are.
fn escape(rest: &str) -> (char, usize) {
    let code = |n: usize| {
        let digits = u32::from_str_radix(rest.get(2..2 + n)?, 16).ok()?;
        Some((char::from_u32(digits)?, 2 + n))
    };
    match rest.chars().nth(1) {
        Some('n') => ('\n', 2),
        Some('r') => ('\r', 2),
        Some('t') => ('\t', 2),
        Some(it @ ('"' | '\\')) => (it, 2),
        Some('u') => code(4).unwrap_or(('\\', 1)),
        Some('U') => code(8).unwrap_or(('\\', 1)),
        _ => ('\\', 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::testing::{check, found, sign_ins};

    fn read(text: &str) -> Vec<&str> {
        sign_ins(&PLATFORM, "a/main.tf", text)
    }

    fn provisioner(body: &str) -> String {
        format!(
            "resource \"null_resource\" \"a\" {{\n  # it's \"あ\n  provisioner \"local-exec\" {{\n{body}\n  }}\n}}\n"
        )
    }

    #[test]
    fn sign_ins_stand_where_the_file_has_them() {
        let login = r#"az login -u ${var.user} -p ${lookup(var.m, "a}")}"#;
        let escaped = r#"az login -u \"$U\" -p $${P}"#;
        for (login, body) in [
            (escaped, format!("command = \"{escaped}\"")),
            (escaped, format!("inline = [\n \"echo\",\n \"{escaped}\", # why\n]")),
            (escaped, format!("command = join(\"\\n\", [\"a\", \"{escaped}\"])")),
            ("az login -u ${var.user} -p b", "command=\"az login -u ${var.user} -p b\"".to_owned()),
            (login, format!("command = <<-EOT\r\n    echo あ\r\n    {login}\r\n    EOT\r\n")),
            (login, format!("user_data = <<EOF\n#!/bin/sh\n{login}\nEOF\n")),
        ] {
            let text = provisioner(&body);
            assert_eq!(read(&text), [login], "{text}");
        }
        let list = "az\", \"login\", \"-u\", \"a";
        let data = format!("data \"external\" \"a\" {{\n  program = [\"{list}\"]\n}}\n");
        assert_eq!(read(&data), [list]);
        let settings = "resource \"a\" \"b\" {\n  settings = <<S\n{\"commandToExecute\": \"az login -u a\"}\nS\n}\n";
        assert_eq!(read(settings), ["az login -u a"]);
    }

    #[test]
    fn what_only_looks_like_a_script_is_none() {
        for body in [
            "description = \"az login -u a -p b\"",
            "# command = \"az login -u a -p b\"",
            "/* command = \"az login -u a -p b\" */",
            "command = \"echo az login -u a -p b\"",
            "environment = {\n COMMAND = \"az login -u a -p b\"\n}",
        ] {
            assert!(read(&provisioner(body)).is_empty(), "{body}");
        }
    }

    #[test]
    fn a_provisioner_has_its_interpreter() {
        let language = |body: &str| found(&PLATFORM, "a.tf", &provisioner(body))[0].language;
        assert_eq!(
            language("command = \"a\"\ninterpreter = [\"pwsh\", \"-Command\"]"),
            "powershell"
        );
        assert_eq!(language("command = \"$c = Get-Credential\""), "powershell");
        assert_eq!(language("command = \"a\""), "bash");
        let packer = "build {\n  provisioner \"powershell\" {\n    inline = [\"a\"]\n  }\n}\n";
        let script = found(&PLATFORM, "a.pkr.hcl", packer).remove(0);
        assert_eq!(script.language, "powershell");
        let script = found(&PLATFORM, "a.tf", &provisioner("command = \"a\"")).remove(0);
        assert_eq!(script.workload.name, "a.tf, resource null_resource a");
    }

    proptest::proptest! {
        #[test]
        fn any_text_keeps_its_places(text: String, pieces in check::pieces(PIECES)) {
            check::places(&PLATFORM, "a.tf", &text);
            check::places(&PLATFORM, "a.tf", &provisioner(&pieces.concat()));
        }
    }

    const PIECES: &[&str] = &[
        "command = ",
        "inline = ",
        "program = ",
        "[",
        "]",
        "(",
        "{",
        "}",
        "\"",
        "\\\"",
        "\\n",
        "\\u0041",
        "${",
        "$${",
        "az login -u a ",
        "<<-EOT\n",
        "EOT\n",
        "<<",
        "\n",
        "\r\n",
        "あ",
        "#",
        "/*",
        "*/",
        ", ",
        "settings = ",
    ];
}
