//! Scripts for people to read: code in Markdown, AsciiDoc and reStructuredText.

use super::{
    Platform, Repository, Run, Script, Wanted, Workload, by_hand, expressions, language_of_text,
    lines,
};
use crate::{
    lang::LANGUAGES,
    text::{Placed, Source, pattern},
};
use regex::Regex;
use std::sync::LazyLock;

pub(super) const PLATFORM: Platform = Platform {
    name: "documentation",
    title: "documentation",
    run: Run::Documentation,
    claims: |source| markup(&source.path).is_some(),
    scripts: |source, repository| scripts(source, repository, &Wanted::ALL),
    wanted: Some(scripts),
    ..Platform::PLAIN
};

const ADVICE: &str = "nothing runs this text, but people do what they read: show them the sign-in of a workload identity, or say who is to sign in, and where";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Markup {
    Markdown,
    AsciiDoc,
    ReStructuredText,
}

fn markup(path: &str) -> Option<Markup> {
    Some(match path.rsplit_once('.')?.1.to_ascii_lowercase().as_str() {
        "md" | "mdx" | "markdown" => Markup::Markdown,
        "adoc" | "asciidoc" => Markup::AsciiDoc,
        "rst" => Markup::ReStructuredText,
        _ => return None,
    })
}

/// Names of languages that are neither theirs nor extensions of their files.
const LANGUAGE_NAMES: &[(&str, &str)] = &[
    ("azurecli", "bash"),
    ("azurecli-interactive", "bash"),
    ("console", "bash"),
    ("shell", "bash"),
    ("shell-session", "bash"),
    ("shellsession", "bash"),
    ("terminal", "bash"),
    ("azurepowershell", "powershell"),
    ("azurepowershell-interactive", "powershell"),
    ("posh", "powershell"),
    ("ps", "powershell"),
    ("pwsh", "powershell"),
    ("dos", "batch"),
    ("batchfile", "batch"),
    ("c#", "csharp"),
    ("golang", "go"),
    ("javascript", "js"),
    ("typescript", "ts"),
    ("python3", "python"),
];

/// Languages of whole files that hold scripts, and what such a file may be called.
const FILE_NAMES: &[(&str, &str)] = &[
    ("dockerfile", "Dockerfile"),
    ("docker", "Dockerfile"),
    ("groovy", "Jenkinsfile"),
    ("jenkinsfile", "Jenkinsfile"),
    ("hcl", "main.tf"),
    ("terraform", "main.tf"),
    ("bicep", "main.bicep"),
    ("tf", "main.tf"),
    ("json", "file.json"),
    ("jsonc", "file.json"),
    ("make", "Makefile"),
    ("makefile", "Makefile"),
    ("yaml", "file.yaml"),
    ("yml", "file.yaml"),
];

/// What stands before a line in quotes and lists, the fence, and what is said of the code.
static FENCE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^([ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+)*)(`{3,}|~{3,})[ \t]*([^`]*)$"));

static DIRECTIVE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^\s*\.\. (?:code-block|code|sourcecode|prompt)::[ \t]*(.*)$"));

static LIST_ITEM: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*(?:[-*+]|\d+[.)])\s"));

static SPAN: LazyLock<Regex> = LazyLock::new(|| pattern(r"`+([^`\n]*\s[^`\n]*)`+"));

/// What a console of PowerShell, of Windows, and of Unix shows before a command.
static PROMPT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^\s*(?:(PS(?: [^>\n]*)?>+)|([A-Za-z]:\\[^>\n]*>)|(?:[\w.-]+@[^$%#\n]*)?[$%](?:[ \t]))[ \t]*",
    )
});

/// `<password>`, for which the reader is to put something in.
static HOLE: LazyLock<Regex> = LazyLock::new(|| pattern(r"<([A-Za-z][^<>\n]*)>"));

fn scripts(
    source: &Source,
    repository: &Repository,
    wanted: &Wanted<'_>,
) -> Result<Vec<Script>, String> {
    let Some(markup) = markup(&source.path) else { return Ok(Vec::new()) };
    let mut reader = Reader {
        source,
        repository,
        wanted: wanted.text,
        markup,
        open: None,
        said: "",
        is_after_blank: true,
        is_list: false,
        scripts: Vec::new(),
    };
    for (at, line) in lines(source.raw()) {
        reader.line(line, at);
    }
    reader.close();
    Ok(reader.scripts)
}

/// Lines of code so far, and what ends them.
struct Block<'t> {
    end: End<'t>,
    /// What is said of the code, such as its language.
    said: &'t str,
    /// How many bytes of each line may be the indentation of all.
    column: usize,
    lines: Vec<(usize, &'t str)>,
}

enum End<'t> {
    /// A line of nothing but this, or more of it; where a quote ends, if it is quoted.
    Fence { sign: &'t str, is_quoted: bool },
    /// A line with less indentation.
    Outdent(usize),
}

struct Reader<'t> {
    source: &'t Source,
    repository: &'t Repository,
    wanted: &'t dyn Fn(&str) -> bool,
    markup: Markup,
    open: Option<Block<'t>>,
    /// `[source,bash]`
    said: &'t str,
    is_after_blank: bool,
    is_list: bool,
    scripts: Vec<Script>,
}

impl<'t> Reader<'t> {
    fn line(&mut self, line: &'t str, at: usize) {
        let content = line.trim_start();
        let indent = line.len() - content.len();
        let is_blank = content.is_empty();
        if let Some(block) = &mut self.open {
            let cut = |it: char| it == ' ' || it == '\t' || it == '>';
            let (ends, is_last) = match &block.end {
                End::Fence { is_quoted: true, .. } if !content.starts_with('>') => (true, false),
                End::Fence { sign, .. } => {
                    let it = line.trim_start_matches(cut).trim_end();
                    (it.starts_with(*sign) && it.trim_start_matches(&sign[..1]).is_empty(), true)
                }
                End::Outdent(column) => (!is_blank && indent < *column, false),
            };
            if !ends {
                if matches!(block.end, End::Outdent(_)) && block.lines.is_empty() {
                    block.column = indent;
                }
                let blanks = line.bytes().take(block.column).take_while(|it| cut((*it).into()));
                let blanks = blanks.count();
                if !is_blank || !block.lines.is_empty() {
                    block.lines.push((at + blanks, &line[blanks..]));
                }
                return;
            }
            self.close();
            if is_last {
                return;
            }
        }
        self.open = self.opened(line, content, indent);
        if self.open.is_none() {
            self.spans(line, at);
        } else if let Some(Block { end: End::Outdent(_), lines, column, .. }) = &mut self.open
            && self.markup == Markup::Markdown
        {
            *column = indent;
            lines.push((at + indent, content));
        }
        if LIST_ITEM.is_match(line) {
            self.is_list = true;
        } else if !is_blank && indent == 0 {
            self.is_list = false;
        }
        self.is_after_blank = is_blank;
    }

    /// The block that a line begins.
    fn opened(&mut self, line: &'t str, content: &'t str, indent: usize) -> Option<Block<'t>> {
        let block = |end, said, column| Some(Block { end, said, column, lines: Vec::new() });
        if let Some(found) = FENCE.captures(line) {
            let (before, sign, said) = (found.get(1)?, found.get(2)?, found.get(3)?);
            let is_quoted = before.as_str().contains('>');
            return block(
                End::Fence { sign: sign.as_str(), is_quoted },
                said.as_str(),
                before.end(),
            );
        }
        match self.markup {
            Markup::Markdown => {
                let is_code = line.starts_with('\t') || indent >= 4;
                if is_code && self.is_after_blank && !self.is_list && !content.is_empty() {
                    return block(End::Outdent(if line.starts_with('\t') { 1 } else { 4 }), "", 0);
                }
            }
            Markup::AsciiDoc => {
                if let Some(said) = content.strip_prefix("[source") {
                    self.said = said.trim_matches([',', ']', ' ']).split(',').next()?;
                } else if let sign @ ("----" | "....") = content.trim_end() {
                    let said = std::mem::take(&mut self.said);
                    return block(End::Fence { sign, is_quoted: false }, said, indent);
                }
            }
            Markup::ReStructuredText => {
                if let Some(found) = DIRECTIVE.captures(line) {
                    return block(End::Outdent(indent + 1), found.get(1)?.as_str(), 0);
                }
                if content.trim_end().ends_with("::") && !content.starts_with("..") {
                    return block(End::Outdent(indent + 1), "", 0);
                }
            }
        }
        None
    }

    /// Whole commands between backticks.
    fn spans(&mut self, line: &str, at: usize) {
        for found in SPAN.captures_iter(line) {
            let Some(code) = found.get(1) else { continue };
            let mut script = Placed::default();
            script.push(code.as_str(), at + code.start());
            self.push(language_of_text(code.as_str()), script);
        }
    }

    fn close(&mut self) {
        let Some(block) = self.open.take() else { return };
        let said = block.said.trim_matches(['{', '}', ' ', '.', '\t']).to_ascii_lowercase();
        let said = said.trim_start_matches("code-block}").trim_start_matches("code-cell}").trim();
        let said = said.split([' ', ',', '{', '}', ':']).next().unwrap_or_default();
        if let Some((_, name)) = FILE_NAMES.iter().find(|(it, _)| *it == said) {
            return self.file(name, &block);
        }
        let said = LANGUAGE_NAMES.iter().find(|(it, _)| *it == said).map_or(said, |(_, it)| it);
        let known = LANGUAGES.iter().find(|it| it.name == said || it.extensions.contains(&said));
        let is_shell = known.is_none_or(|it| ["bash", "powershell", "batch"].contains(&it.name));
        let prompted = if is_shell { session(&block) } else { None };
        match (known, prompted) {
            (Some(it), None) => self.push(it.name, text(&block)),
            (_, Some((language, script))) => self.push(language, script),
            (None, None) if ["", "text", "txt", "plaintext"].contains(&said) => {
                let script = text(&block);
                self.push(language_of_text(&script.text), script);
            }
            (None, None) => {}
        }
    }

    /// Reads code that is a whole file of another platform.
    fn file(&mut self, name: &str, block: &Block<'_>) {
        let around = text(block);
        let file = Source::new(name, &around.text);
        for script in super::scripts(&file, self.repository, &Wanted::ALL).unwrap_or_default() {
            let place = script.place.within(&around.place);
            let mut expressions = script.expressions;
            expressions.extend(super::expressions(&HOLE, &script.text));
            expressions.sort_by_key(|it| it.span.start);
            self.scripts.push(Script { place, expressions, workload: self.workload(), ..script });
        }
    }

    fn push(&mut self, language: &'static str, script: Placed) {
        if !(self.wanted)(&script.text) {
            return;
        }
        let expressions = expressions(&HOLE, &script.text);
        let script = Script::new(language, script, self.workload());
        self.scripts.push(Script { expressions, ..script });
    }

    fn workload(&self) -> Workload {
        by_hand(PLATFORM.name, self.source, "what it shows", "documentation", ADVICE)
    }
}

fn text(block: &Block<'_>) -> Placed {
    let mut script = Placed::default();
    for (n, (at, line)) in block.lines.iter().enumerate() {
        if n > 0 {
            script.text.push('\n');
        }
        script.push(line, *at);
    }
    script
}

/// The commands of a console's session, without its prompts and without what was answered.
fn session(block: &Block<'_>) -> Option<(&'static str, Placed)> {
    let mut language = None;
    let mut script = Placed::default();
    for (at, line) in &block.lines {
        let start = match PROMPT.captures(line) {
            Some(prompt) => {
                language = language.or(Some(match (prompt.get(1), prompt.get(2)) {
                    (Some(_), _) => "powershell",
                    (_, Some(_)) => "batch",
                    (None, None) => "bash",
                }));
                prompt[0].len()
            }
            None if script.text.ends_with(['\\', '`', '^']) => {
                line.len() - line.trim_start_matches(['>', ' ']).len()
            }
            None => continue,
        };
        script.line();
        script.push(&line[start..], at + start);
    }
    language.map(|it| (it, script))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::testing::{check, found, sign_ins};

    fn read(text: &str) -> Vec<&str> {
        sign_ins(&PLATFORM, "docs/a.md", text)
    }

    #[test]
    fn sign_ins_stand_where_the_file_has_them() {
        let login = "az login -u \"$U\" -p <your password>";
        for text in [
            format!("# あ\n\n```bash\n{login}\n```\n"),
            format!("``` azurecli-interactive\r\n{login}\r\n```\r\n"),
            format!("~~~~{{.sh .numberLines}}\n~~~\n{login}\n~~~~\n"),
            format!("```\necho 1\n{login}"),
            format!(
                "1. Do:\n   - ```console\n     $ {login}\n     [\n     $ az group list\n     ```\n"
            ),
            format!("> ```PowerShell\n> PS C:\\> {login}\n> az it's\n> ```\n"),
            format!("> ```sh\nIt's `{login}`.\n"),
            format!("```cmd\nC:\\Users\\me>{login}\n```\n"),
            format!("    echo 1\n\n    {login}\n\nEnd\n"),
            format!("Sign in:\n\n\t{login}\n"),
            format!("Do `{login}`, and `az group list`\n"),
            format!("```yaml\njobs:\n  a:\n    steps:\n      - run: |\n          {login}\n```\n"),
            format!("- a\n  ```dockerfile\n  RUN {login}\n  ```\n"),
        ] {
            assert_eq!(read(&text), [login], "{text}");
        }
        let long = "az login \\\n> -u a \\\n> -p b";
        assert_eq!(read(&format!("```\n$ {long}\n$ b\n```\n")), [long]);
        let one = "if x; then az login --service-principal -u a; else az login -u b -p c; fi";
        let both = ["az login --service-principal -u a", "az login -u b -p c"];
        assert_eq!(read(&format!("```bash\n{one}\n```\n")), both);
        let escaped = r#"az login -u \"a\" -p b"#;
        assert_eq!(read(&format!("```json\n{{\n\t\"a\": \"{escaped}\"\n}}\n```\n")), [escaped]);
    }

    #[test]
    fn other_markup_has_other_blocks() {
        let login = "az login -u a -p b";
        for (path, text) in [
            ("a.adoc", format!("[source,bash]\n----\n{login}\n----\n")),
            ("a.adoc", format!("[source, powershell]\n----\nGet-It\n{login}\n----\n")),
            ("a.adoc", format!("....\n{login}\n....\n")),
            ("a.rst", format!("Do::\n\n  echo\n\n  {login}\n\nand it's `done`.\n")),
            ("a.rst", format!("  .. code-block:: bash\n\n     {login}\n\n.. code:: sh\n")),
            ("a.rst", format!(".. code-block:: bash\n   :linenos:\n\n   {login}\n")),
            ("a.rst", format!("Do ``{login}``.\n")),
        ] {
            assert_eq!(sign_ins(&PLATFORM, path, &text), [login], "{text}");
        }
    }

    #[test]
    fn prose_and_answers_are_no_scripts() {
        for text in [
            "az login -u a -p b\n",
            "- one\n\n    az login -u a -p b\n",
            "Use\n    az login -u a -p b\n",
            "```output\naz login -u a -p b\n```\n",
            "```\n$ az group list\naz login -u a -p b\n```\n",
            "`az login\n-u a -p b`\n",
        ] {
            assert!(read(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn the_language_is_the_one_that_is_said_or_seen() {
        let language = |text: &str| found(&PLATFORM, "a.md", text)[0].language;
        assert_eq!(language("```azurepowershell\naz x\n```"), "powershell");
        assert_eq!(language("```ps1 title=\"a\"\naz x\n```"), "powershell");
        assert_eq!(language("```\n$c = Get-Credential\n```"), "powershell");
        assert_eq!(language("```\naz x\n```"), "bash");
        assert_eq!(language("```bash\nPS> az x\n```"), "powershell");
        assert_eq!(language("Use `Connect-AzAccount -Credential $c`"), "powershell");
    }

    proptest::proptest! {
        #[test]
        fn any_text_keeps_its_places(text: String, pieces in check::pieces(PIECES)) {
            for path in ["a.md", "a.adoc", "a.rst"] {
                check::places(&PLATFORM, path, &text);
                check::places(&PLATFORM, path, &pieces.concat());
            }
        }
    }

    const PIECES: &[&str] = &[
        "```",
        "~~~",
        "`",
        "bash",
        "yaml\n",
        "json\n",
        "a: \"b c\\n\\u0041\\\"\"\n",
        "\n",
        "\n    ",
        "> ",
        "- ",
        "$ ",
        "PS> ",
        "az login -u a ",
        "\\\n",
        "\t",
        "あ",
        "\r\n",
        ".. code:: sh\n",
        "::\n",
        "[source,sh]\n",
        "----\n",
    ];
}
