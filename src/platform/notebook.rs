//! Notebooks of Jupyter.

use super::{Platform, Repository, Run, Script, expressions, joined, lines, pattern, unstated};
use crate::lang::Expression;
use crate::text::{
    Place, Placed, Source, Span,
    yaml::{self, Node},
};
use regex::Regex;
use std::sync::LazyLock;

pub(super) const PLATFORM: Platform = Platform {
    name: "notebook",
    title: "a notebook",
    run: Run::Attended,
    claims: |source| source.path.ends_with(".ipynb"),
    scripts,
    advice: ADVICE,
    ..Platform::PLAIN
};

const ADVICE: &str = "on a machine in Azure, give the machine a managed identity and sign in with az login --identity; where a person runs the notebook, let that person sign in with az login";

/// Lines that name the language of their cell.
const CELLS: &[(&str, &str)] = &[
    ("%%bash", "bash"),
    ("%%sh", "bash"),
    ("%%script bash", "bash"),
    ("%%cmd", "batch"),
    ("%%powershell", "powershell"),
    ("%%pwsh", "powershell"),
    ("#!bash", "bash"),
    ("#!pwsh", "powershell"),
    ("#!powershell", "powershell"),
];

/// What Python puts into a line that is the shell's.
static EXPRESSION: LazyLock<Regex> = LazyLock::new(|| pattern(r"\{([A-Za-z_][^{}]*)\}"));

fn scripts(source: &Source, _: &Repository) -> Result<Vec<Script>, String> {
    let documents =
        yaml::parse(source.raw()).map_err(|it| format!("not readable as JSON: {it}"))?;
    let mut scripts = Vec::new();
    for notebook in &documents {
        let of = |it: &str| notebook.get("metadata")?.get(it);
        let language = of("kernelspec").and_then(|it| it.get("language"));
        let language = language.or_else(|| of("language_info")?.get("name")).and_then(Node::text);
        let language = match language.unwrap_or("python").to_ascii_lowercase().as_str() {
            "powershell" | "pwsh" => "powershell",
            "bash" | "sh" => "bash",
            _ => "python",
        };
        for cell in notebook.get("cells").map(Node::items).unwrap_or_default() {
            if cell.get("cell_type").and_then(Node::text) == Some("code")
                && let Some(text) = cell.get("source")
            {
                scripts.extend(cell_scripts(source, &text_of(text), language));
            }
        }
    }
    Ok(scripts)
}

/// A text, or its lines with their breaks.
fn text_of(node: &Node) -> Placed {
    joined(node.scalar().into_iter().chain(node.items().iter().filter_map(Node::scalar)))
}

/// A cell is one script, or one of Python with commands of a shell between its lines.
fn cell_scripts(source: &Source, cell: &Placed, language: &'static str) -> Vec<Script> {
    let script = |language, text: Placed, expressions: Vec<Expression>| Script {
        expressions,
        ..Script::new(
            language,
            text,
            unstated(PLATFORM.name, source, "its cells", "notebook", ADVICE),
        )
    };
    let first = cell.text.lines().next().unwrap_or_default().trim_end();
    if let Some((_, language)) = CELLS.iter().find(|(it, _)| first.starts_with(it)) {
        let rest = Span::new(first.len(), cell.text.len());
        return vec![script(language, part(cell, rest), Vec::new())];
    }
    if language != "python" {
        return vec![script(language, cell.clone(), Vec::new())];
    }
    let mut shell = Placed::default();
    let mut python = cell.clone();
    let mut goes_on = false;
    for (at, line) in lines(&cell.text) {
        let command = line.trim_start();
        let sign = usize::from(!goes_on && command.starts_with('!'));
        if sign > 0 || goes_on {
            let end = at + line.len();
            let text = part(cell, Span::new(end - command.len() + sign, end));
            shell.line();
            shell.place.append(shell.text.len(), &text.place);
            shell.text.push_str(&text.text);
        }
        // Lines of IPython are none of Python.
        if sign > 0 || goes_on || command.starts_with('%') {
            python.text.replace_range(at..at + line.len(), &" ".repeat(line.len()));
        }
        goes_on = (sign > 0 || goes_on) && line.ends_with('\\');
    }
    let put_in = expressions(&EXPRESSION, &shell.text);
    let both = [script("python", python, Vec::new()), script("bash", shell, put_in)];
    both.into_iter().filter(|it| !it.text.trim().is_empty()).collect()
}

fn part(text: &Placed, span: Span) -> Placed {
    let mut place = Place::default();
    place.push(0, span.start, span.end - span.start);
    Placed { text: text.text[span.start..span.end].to_owned(), place: place.within(&text.place) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::testing::{check, found, sign_ins};

    fn notebook(source: &str) -> String {
        format!("{{\"cells\": [{{\"cell_type\": \"code\", \"source\": {source}}}]}}")
    }

    #[test]
    fn sign_ins_stand_where_the_file_has_them() {
        let login = r#"az login -u \"{user}\" -p $P"#;
        for source in [
            format!("[\"import os\\n\", \"!{login}\\n\", \"print('あ')\"]"),
            format!("\"a = 1\\n  !{login}\\n!ls\""),
            format!("[\"%%bash\\n\", \"{login}\"]"),
        ] {
            let text = notebook(&source);
            assert_eq!(sign_ins(&PLATFORM, "a.ipynb", &text), [login], "{text}");
        }
        let long = "az login \\\\\\n\", \"  -u a";
        assert_eq!(sign_ins(&PLATFORM, "a.ipynb", &notebook(&format!("[\"!{long}\"]"))), [long]);
        let note = notebook("\"!az login -u a\"").replace("code", "markdown");
        assert!(sign_ins(&PLATFORM, "a.ipynb", &note).is_empty());
        assert!(sign_ins(&PLATFORM, "a.ipynb", &notebook("\"!echo az login -u a\"")).is_empty());
    }

    #[test]
    fn a_cell_is_in_the_language_of_its_kernel() {
        let said = |source: &str, kernel: &str| {
            let text = notebook(source).replacen('{', &format!("{{\"metadata\": {kernel}, "), 1);
            let scripts = found(&PLATFORM, "a.ipynb", &text);
            scripts.into_iter().map(|it| (it.language, it.text)).collect::<Vec<_>>()
        };
        let python = [("python", "a\n   ".to_owned()), ("bash", "ls".to_owned())];
        assert_eq!(said("\"a\\n!ls\"", "{}"), python);
        let powershell = "{\"kernelspec\": {\"language\": \"PowerShell\"}}";
        assert_eq!(said("\"a\"", powershell), [("powershell", "a".to_owned())]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_keeps_its_places(pieces in check::pieces(PIECES)) {
            check::places(&PLATFORM, "a.ipynb", &notebook(&format!("[\"{}\"]", pieces.concat())));
        }
    }

    const PIECES: &[&str] = &[
        "!", "az login", "\\n", "\\\\", "\", \"", "あ", "\\u0041", "%%bash", "{a}", "\\\"", " ",
        "%",
    ];
}
