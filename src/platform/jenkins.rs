//! Pipelines of Jenkins.

use super::{
    Platform, Repository, Run, Script, Variable, by_hand, file_name, language_of_shell,
    no_companions,
};
use crate::{
    lang::Expression,
    text::{Placed, Source, Span},
};
use regex::Regex;
use std::sync::LazyLock;

pub(super) const PLATFORM: Platform = Platform {
    name: "jenkins",
    title: "Jenkins",
    run: Run::Unattended,
    claims,
    scripts,
    companions: no_companions,
};

const ADVICE: &str = "workid finds sign-ins in Jenkins, and does not write its sign-in yet: on agents in Azure, give their machine a managed identity and sign in with az login --identity; elsewhere, let the job have an ID token (plugin OpenID Connect Provider) that a federated credential trusts, and sign in with az login --service-principal --federated-token";

/// Longer expressions are taken for ones that do not end, so that many such cost little.
const LONGEST: usize = 4096;

/// Steps that run a script, with its language.
const STEPS: &[(&str, &str)] =
    &[("sh", "bash"), ("bat", "batch"), ("powershell", "powershell"), ("pwsh", "powershell")];

/// `NAME = credentials('id')`
static CREDENTIALS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"([A-Za-z_]\w*)\s*=\s*credentials\s*\(\s*['"]([^'"]+)['"]\s*\)"#)
        .expect("the pattern is a constant")
});

/// `NAME = 'value'`, of the environment or of the pipeline's own variables.
static VALUE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"([A-Za-z_]\w*)\s*=\s*(?:'([^'\n]+)'|"([^"$\n]+)")"#)
        .expect("the pattern is a constant")
});

/// `usernamePassword(credentialsId: 'id', usernameVariable: 'U', passwordVariable: 'P')`
static BINDING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"\([^()]*credentialsId:\s*['"]([^'"]+)['"][^()]*\)"#)
        .expect("the pattern is a constant")
});

static BOUND: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"[vV]ariable:\s*['"]([A-Za-z_]\w*)['"]"#).expect("the pattern is a constant")
});

fn claims(source: &Source) -> bool {
    let name = file_name(&source.path).to_ascii_lowercase();
    // Shared libraries are Groovy, too.
    let extensions = [".jenkinsfile", ".groovy"];
    name == "jenkinsfile"
        || name.starts_with("jenkinsfile.")
        || extensions.iter().any(|it| name.ends_with(it))
}

fn scripts(source: &Source, _: &Repository) -> Result<Vec<Script>, String> {
    let environment = environment(source.raw());
    let mut scripts = Vec::new();
    let mut stage = String::new();
    let mut groovy = Groovy { text: source.raw(), at: 0 };
    // A slash begins a text where no value can end.
    let mut before = '\n';
    while let Some(next) = groovy.peek() {
        if let Some(word) = groovy.word() {
            before = 'a';
            if word == "stage" {
                stage = groovy.argument().map_or(stage, |it| it.text.text);
            } else if let Some((_, language)) = STEPS.iter().find(|(it, _)| *it == word)
                && let Some(Text { text, expressions }) = groovy.argument()
            {
                let interpreter = text.text.lines().next().and_then(|it| it.strip_prefix("#!"));
                let (part, label) = match stage.as_str() {
                    "" => ("pipeline".to_owned(), "pipeline"),
                    it => (format!("stage {it}"), it),
                };
                scripts.push(Script {
                    language: interpreter.map_or(language, language_of_shell),
                    text: text.text,
                    place: text.place,
                    expressions,
                    environment: environment.clone(),
                    folder: String::new(),
                    workload: by_hand(PLATFORM.name, source, &part, label, ADVICE),
                });
            }
        } else if !groovy.comment() {
            match next {
                '\'' | '"' => drop(groovy.string(&mut Text::default())),
                '/' if "=~(,:[!&|?{;\n".contains(before) => groovy.skip_past('/', "/"),
                '$' if groovy.rest().starts_with("$/") => groovy.skip_past('$', "/$"),
                _ => groovy.at += next.len_utf8(),
            }
            if !next.is_whitespace() || next == '\n' {
                before = next;
            }
        }
    }
    Ok(scripts)
}

/// Reads as much of Groovy as tells its texts and comments from the rest.
struct Groovy<'t> {
    text: &'t str,
    at: usize,
}

#[derive(Default)]
struct Text {
    text: Placed,
    expressions: Vec<Expression>,
}

impl<'t> Groovy<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn blanks(&mut self, blank: fn(char) -> bool) {
        self.at = self.text.len() - self.rest().trim_start_matches(blank).len();
    }

    fn word(&mut self) -> Option<&'t str> {
        let rest = self.rest();
        let end = rest.find(|it: char| !it.is_alphanumeric() && it != '_').unwrap_or(rest.len());
        self.at += end;
        (end > 0).then_some(&rest[..end])
    }

    /// Skips a comment, if there is one.
    fn comment(&mut self) -> bool {
        let rest = self.rest();
        let end = match () {
            () if rest.starts_with("//") => rest.find('\n'),
            () if rest.starts_with("/*") => rest[2..].find("*/").map(|it| it + 4),
            () => return false,
        };
        self.at += end.unwrap_or(rest.len());
        true
    }

    /// Skips a text between slashes. One that does not end is an operator.
    fn skip_past(&mut self, open: char, close: &str) {
        self.at += open.len_utf8();
        let rest = self.rest();
        let line = if close == "/" { rest.lines().next().unwrap_or_default() } else { rest };
        let mut ends = line.match_indices(close).filter(|(at, _)| !line[..*at].ends_with('\\'));
        self.at += ends.next().map_or(0, |(at, it)| at + it.len());
    }

    /// The text that is given to a step: its only argument, or the one named `script` or `name`.
    fn argument(&mut self) -> Option<Text> {
        self.blanks(|it| it == ' ' || it == '\t');
        let enclosed = self.rest().starts_with('(');
        while self.rest().starts_with(['(', '[']) {
            self.at += 1;
            self.blanks(char::is_whitespace);
        }
        let mut name = None;
        loop {
            match self.peek()? {
                '\'' | '"' if matches!(name, None | Some("script" | "name")) => {
                    return self.sum();
                }
                '\'' | '"' => self.string(&mut Text::default())?,
                ',' => {
                    self.at += 1;
                    self.blanks(char::is_whitespace);
                }
                it if it == ' ' || it == '\t' || enclosed && it.is_whitespace() => self.at += 1,
                _ if self.comment() => {}
                _ => {
                    let word = self.word()?;
                    self.blanks(|it| it == ' ' || it == '\t');
                    match self.peek()? {
                        ':' => {
                            self.at += 1;
                            name = Some(word);
                        }
                        // A value such as `true`.
                        ',' if name.is_some() => {}
                        _ => return None,
                    }
                }
            }
        }
    }

    /// `'text' + name + 'text'`
    fn sum(&mut self) -> Option<Text> {
        let mut text = Text::default();
        self.string(&mut text)?;
        loop {
            let end = self.at;
            self.blanks(char::is_whitespace);
            if !self.rest().starts_with('+') {
                self.at = end;
                return Some(text);
            }
            self.at += 1;
            self.blanks(char::is_whitespace);
            if self.rest().starts_with(['\'', '"']) {
                self.string(&mut text)?;
            } else {
                let length = path(self.rest());
                if length == 0 {
                    return Some(text);
                }
                text.expression(self.rest(), self.at, length, 0..length);
                self.at += length;
            }
        }
    }

    /// Adds the text that begins here to `into`; `None` if it does not end.
    fn string(&mut self, into: &mut Text) -> Option<()> {
        let quote = &self.rest()[..1];
        let triple = quote.repeat(3);
        let (end, is_long) =
            if self.rest().starts_with(&triple) { (triple.as_str(), true) } else { (quote, false) };
        let computes = quote == "\"";
        self.at += end.len();
        loop {
            let rest = self.rest();
            if rest.starts_with(end) {
                self.at += end.len();
                return Some(());
            }
            let taken = match self.peek()? {
                '\n' if !is_long => return None,
                '\\' => {
                    let (meant, width) = escape(rest);
                    if let Some(meant) = meant {
                        let bytes = &mut [0; 4];
                        into.text.escape(meant.encode_utf8(bytes), self.at, width);
                    }
                    width
                }
                '$' if computes && rest.starts_with("${") => {
                    let length = braces(rest)?;
                    into.expression(rest, self.at, length, 2..length - 1);
                    length
                }
                '$' if computes && path(&rest[1..]) > 0 => {
                    let length = 1 + path(&rest[1..]);
                    into.expression(rest, self.at, length, 1..length);
                    length
                }
                first => {
                    let after = &rest[first.len_utf8()..];
                    let plain = after.find(['\\', '$', '\'', '"', '\n']).unwrap_or(after.len());
                    into.text.push(&rest[..first.len_utf8() + plain], self.at);
                    first.len_utf8() + plain
                }
            };
            self.at += taken;
        }
    }
}

impl Text {
    /// Adds what Groovy puts a value in place of.
    fn expression(&mut self, rest: &str, at: usize, length: usize, name: std::ops::Range<usize>) {
        let start = self.text.text.len();
        let name = rest[name].trim();
        // Jenkins' `env.NAME` is the shell's `NAME`.
        let name = name.strip_prefix("env.").unwrap_or(name).to_owned();
        self.expressions.push(Expression { span: Span::new(start, start + length), name });
        self.text.push(&rest[..length], at);
    }
}

/// What a backslash and what follows mean, and how long they are.
fn escape(rest: &str) -> (Option<char>, usize) {
    let next = rest[1..].chars().next();
    let meant = match next {
        None => return (Some('\\'), 1),
        Some('n') => '\n',
        Some('t') => '\t',
        Some('r') => '\r',
        Some('b') => '\x08',
        Some('f') => '\x0c',
        Some('s') => ' ',
        Some(it @ ('\\' | '\'' | '"' | '$')) => it,
        Some('\n') => return (None, 2),
        Some('\r') if rest[2..].starts_with('\n') => return (None, 3),
        Some('u') => {
            let digits = rest.get(2..6).and_then(|it| u32::from_str_radix(it, 16).ok());
            match digits.and_then(char::from_u32) {
                Some(it) => return (Some(it), 6),
                None => return (Some('\\'), 1),
            }
        }
        Some(_) => return (Some('\\'), 1),
    };
    (Some(meant), 2)
}

/// The length of `${…}`, with the braces inside.
fn braces(rest: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, it) in rest.char_indices().take(LONGEST) {
        depth += i32::from(it == '{') - i32::from(it == '}');
        if it == '}' && depth == 0 {
            return Some(at + 1);
        }
    }
    None
}

/// The length of `name.name`.
fn path(rest: &str) -> usize {
    let is_word = |it: char| it.is_alphanumeric() || it == '_';
    let end = rest.find(|it: char| !is_word(it) && it != '.').unwrap_or(rest.len());
    let path = &rest[..end];
    if path.starts_with(|it: char| !is_word(it) || it.is_numeric()) {
        return 0;
    }
    path.find("..").map_or(path, |it| &path[..it]).trim_end_matches('.').len()
}

/// The variables that the pipeline sets, and the credentials that it binds to variables.
fn environment(text: &str) -> Vec<Variable> {
    let of = |name: &str, at: regex::Match<'_>, from: Option<&str>, literal| Variable {
        name: name.to_owned(),
        span: Span::new(at.start(), at.end()),
        from: from.map(str::to_owned),
        literal,
    };
    let mut found = Vec::new();
    for set in CREDENTIALS.captures_iter(text) {
        let Some(all) = set.get(0) else { continue };
        // Jenkins sets the two halves of a user name and password, too.
        let names = ["", "_USR", "_PSW"].map(|it| format!("{}{it}", &set[1]));
        found.extend(names.iter().map(|it| of(it, all, Some(&set[2]), None)));
    }
    for binding in BINDING.captures_iter(text) {
        let Some(all) = binding.get(0) else { continue };
        let names = BOUND.captures_iter(all.as_str());
        found.extend(names.map(|it| of(&it[1], all, Some(&binding[1]), None)));
    }
    for set in VALUE.captures_iter(text) {
        let (Some(all), Some(value)) = (set.get(0), set.get(2).or(set.get(3))) else { continue };
        found.push(of(&set[1], all, None, Some(Span::new(value.start(), value.end()))));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::testing::{check, found, sign_ins};

    fn read(text: &str) -> Vec<&str> {
        sign_ins(&PLATFORM, "ci/Jenkinsfile", text)
    }

    #[test]
    fn sign_ins_stand_where_the_file_has_them() {
        let plain = "az login -u $U -p $P";
        let expressed = "az login -u ${env.U} -p $P";
        let escaped = "az login -u \\\"\\$U\\\" -p \\\"${p}\\\"";
        for (login, text) in [
            (plain, format!("sh '{plain}'")),
            (plain, format!("sh 'echo あ; {plain}; echo 2'")),
            (plain, format!("sh('''\r\n  {plain}\r\n  az group list\r\n''')")),
            (plain, format!("node {{ sh(returnStdout: true, script: '{plain}').trim() }}")),
            (plain, format!("steps.sh(\n  script: '''{plain}''',\n  label: 'x'\n)")),
            (plain, format!("sh label: 'az login', script: '{plain}'")),
            (plain, format!("def x = a =~ /it's/; sh '{plain}' // don't")),
            (plain, format!("/* sh 'x */ int n = 4 / 2; sh '{plain}'; m = 6 / 3")),
            (plain, format!("pwsh '{plain}'")),
            (expressed, format!("sh \"{expressed}\"")),
            (expressed, format!("sh \"\"\"\n  {expressed}\n\"\"\"")),
            (escaped, format!("sh \"{escaped}\"")),
            ("az login -u a' + \"b\" + user", "sh 'az login -u a' + \"b\" + user".to_owned()),
        ] {
            assert_eq!(read(&text), [login], "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_step_is_none() {
        for text in [
            "// sh 'az login -u a -p b'",
            "/* sh 'az login -u a -p b' */",
            "echo \"sh 'az login -u a -p b'\"",
            "def sh = 'az login -u a -p b'",
            "[sh: 'az login -u a -p b']",
            "bash 'az login -u a -p b'",
            "sh load('az login -u a -p b')",
            "sh\n'az login -u a -p b'",
            "sh label: 'az login -u a -p b'",
        ] {
            assert!(read(text).is_empty(), "{text}");
        }
        assert!((PLATFORM.claims)(&Source::new("Jenkinsfile.deploy", "")));
        assert!((PLATFORM.claims)(&Source::new("ci/web.jenkinsfile", "")));
        assert!((PLATFORM.claims)(&Source::new("vars/signIn.groovy", "")));
        assert!(!(PLATFORM.claims)(&Source::new("Jenkinsfiles/a.gradle", "")));
    }

    #[test]
    fn a_script_knows_its_stage_language_and_values() {
        let text = "environment { A = credentials('azure') }\nstage('Build') { bat 'x' }\nstage(\"Deploy\") { sh \"a ${ params.X } ${env.B} $c.d \\$e\\n${f {g}}\" }\nsh '''#!/usr/bin/env pwsh\nx'''";
        let scripts = found(&PLATFORM, "Jenkinsfile", text);
        let languages: Vec<_> = scripts.iter().map(|it| it.language).collect();
        assert_eq!(languages, ["batch", "bash", "powershell"]);
        assert_eq!(scripts[0].workload.name, "Jenkinsfile, stage Build");
        assert_eq!(scripts[1].workload.label, "Deploy");
        assert_eq!(scripts[1].text, "a ${ params.X } ${env.B} $c.d $e\n${f {g}}");
        let names: Vec<_> = scripts[1].expressions.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["params.X", "B", "c.d", "f {g}"]);
        let set: Vec<_> = scripts[0].environment.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(set, ["A", "A_USR", "A_PSW"]);
    }

    #[test]
    fn credentials_and_values_are_known_by_their_variables() {
        let text = "withCredentials([usernamePassword(credentialsId: 'bot', usernameVariable: 'U', passwordVariable: 'P')]) {}\ndef q = 'secret'\n";
        let said = environment(text);
        let said: Vec<_> = said
            .iter()
            .map(|it| {
                let literal = it.literal.map(|it| &text[it.start..it.end]);
                (it.name.as_str(), it.from.as_deref(), literal)
            })
            .collect();
        let expected =
            [("U", Some("bot"), None), ("P", Some("bot"), None), ("q", None, Some("secret"))];
        assert_eq!(said, expected);
    }

    proptest::proptest! {
        #[test]
        fn any_text_keeps_its_places(text: String, pieces in check::pieces(PIECES)) {
            check::places(&PLATFORM, "Jenkinsfile", &text);
            check::places(&PLATFORM, "Jenkinsfile", &pieces.concat());
        }
    }

    const PIECES: &[&str] = &[
        "sh ",
        "pwsh(",
        "script: ",
        "'",
        "\"",
        "'''",
        "\"\"\"",
        "az login -u a ",
        "${",
        "}",
        "$a.b",
        "\\",
        "\\u0041",
        "\\n",
        "\n",
        "\r\n",
        "あ",
        "//",
        "/*",
        "*/",
        "/",
        "$/",
        " + ",
        ")",
        ",",
        "[",
        "stage(",
    ];
}
