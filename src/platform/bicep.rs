//! Bicep, whose texts deployment scripts and extensions of machines run.

use super::{Link, Platform, Run, Script, arm_template::script_paths, by_hand, language_of_text};
use crate::{
    lang::Expression,
    text::{Placed, Source, Span},
};

pub(super) const PLATFORM: Platform = Platform {
    name: "bicep",
    title: "Bicep",
    run: Run::Unattended,
    claims: |source| source.path.ends_with(".bicep"),
    scripts: |source, _| Ok(scripts(source)),
    advice: ADVICE,
    ..Platform::PLAIN
};

const ADVICE: &str = "workid finds sign-ins in Bicep, and does not write theirs yet: give the deployment script or the machine a user-assigned managed identity (the property identity), and sign in with az login --identity or Connect-AzAccount -Identity";

/// What a text of several lines begins and ends with.
const LONG: &str = "'''";

fn scripts(source: &Source) -> Vec<Script> {
    let mut reader = Reader { text: source.raw(), at: 0 };
    let mut scripts = Vec::new();
    while let Some(before) = reader.next() {
        let is_shown = before.trim_end().ends_with(SHOWN);
        let (text, expressions) = reader.text();
        if is_shown {
            continue;
        }
        let workload = by_hand(PLATFORM.name, source, "its texts", "template", ADVICE);
        // One word is no command that is given anything, but may name a file: `loadTextContent('a.sh')`.
        if !text.text.trim().contains([' ', '\n']) {
            let paths = script_paths(source, &text.text);
            if !paths.is_empty() {
                let link = Link { paths: paths.into(), ..Link::default() };
                scripts.push(Script::link(text, link, workload));
            }
            continue;
        }
        let language = language_of_text(&text.text);
        scripts.push(Script { expressions, ..Script::new(language, text, workload) });
    }
    scripts
}

/// What a text follows that people read.
const SHOWN: &str = "description(";

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// Goes to the next text, and tells what stands before it.
    fn next(&mut self) -> Option<&'t str> {
        loop {
            let rest = self.rest();
            let at = rest.find(['\'', '/'])?;
            self.at += at;
            let rest = &rest[at..];
            let end = match () {
                () if rest.starts_with('\'') => return Some(&self.text[..self.at]),
                () if rest.starts_with("//") => rest.find('\n'),
                () if rest.starts_with("/*") => rest.find("*/").map(|it| it + 2),
                () => Some(1),
            };
            self.at += end.unwrap_or(rest.len());
        }
    }

    /// A text, with what is put into it.
    fn text(&mut self) -> (Placed, Vec<Expression>) {
        match self.rest().starts_with(LONG) {
            true => (self.long(), Vec::new()),
            false => self.short(),
        }
    }

    fn long(&mut self) -> Placed {
        self.at += LONG.len();
        let rest = self.rest();
        let end = rest.find(LONG).unwrap_or(rest.len());
        let mut text = Placed::default();
        text.push(&rest[..end], self.at);
        self.at += (end + LONG.len()).min(rest.len());
        text
    }

    /// A text on one line, with escapes, and with `${…}` for values.
    fn short(&mut self) -> (Placed, Vec<Expression>) {
        self.at += 1;
        let (mut text, mut expressions) = (Placed::default(), Vec::new());
        loop {
            let rest = self.rest();
            let is_special = |it: char| matches!(it, '\'' | '\\' | '\n') || it == '$';
            let plain = rest.find(is_special).unwrap_or(rest.len());
            text.push(&rest[..plain], self.at);
            self.at += plain;
            let rest = &rest[plain..];
            if rest.starts_with("${") {
                let width = value(rest);
                let start = text.text.len();
                text.push(&rest[..width], self.at);
                let span = Span::new(start, text.text.len());
                let name = rest[2..width].trim_end_matches('}').trim().to_owned();
                expressions.push(Expression { span, name });
                self.at += width;
            } else if let Some(escape) = rest.strip_prefix('\\') {
                let sign = escape.chars().next();
                let said = match sign {
                    Some('n') => "\n",
                    Some('r') => "\r",
                    Some('t') => "\t",
                    it => &escape[..it.map_or(0, char::len_utf8)],
                };
                let width = 1 + sign.map_or(0, char::len_utf8);
                text.escape(said, self.at, width);
                self.at += width;
            } else if rest.starts_with('$') {
                text.push("$", self.at);
                self.at += 1;
            } else {
                self.at += usize::from(rest.starts_with('\''));
                return (text, expressions);
            }
        }
    }
}

/// How long the value is that a text begins with: up to its bracket, or to the end of the line.
fn value(text: &str) -> usize {
    let mut open = 0usize;
    for (at, next) in text.char_indices() {
        match next {
            '{' => open += 1,
            '}' if open == 1 => return at + 1,
            '}' => open -= 1,
            '\n' => return at,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::testing::{check, found, sign_ins};

    #[test]
    fn sign_ins_stand_where_the_file_has_them() {
        let login = "az login -u ${user} -p ${toLower('${a}b')}";
        for text in [
            format!("properties: {{\n  scriptContent: '{login}'\n}}\n"),
            format!("// it's\nvar a = 'b/c'\nvar s = 'echo \\'あ\\'\\n{login}'\n"),
            format!("/* '' */ var s = ['x', '{login}']\n"),
        ] {
            assert_eq!(sign_ins(&PLATFORM, "a.bicep", &text), [login], "{text}");
        }
        let plain = "az login -u \"$U\" -p '${P}'";
        let text = format!("var s = '''\n  echo あ\n  {plain}\n'''\nvar t = 1 / 2\n");
        assert_eq!(sign_ins(&PLATFORM, "a.bicep", &text), [plain]);
    }

    #[test]
    fn a_text_that_names_a_script_leads_to_it() {
        let text = "scriptContent: loadTextContent('../scripts/seed.sh')\nsize: 'Standard_B1s'\n";
        let script = found(&PLATFORM, "infra/main.bicep", text).remove(0);
        assert!(script.links[0].paths.contains(&"infra/../scripts/seed.sh".to_owned()));
        assert_eq!(found(&PLATFORM, "infra/main.bicep", text).len(), 1);
    }

    #[test]
    fn what_is_no_text_is_no_script() {
        assert!(sign_ins(&PLATFORM, "a.bicep", "// 'az login -u a -p b'\n").is_empty());
        assert!(sign_ins(&PLATFORM, "a.bicep", "var a = 'az'\n").is_empty());
        let described = "@description('az login -u a -p b')\nparam a string\n";
        assert!(sign_ins(&PLATFORM, "a.bicep", described).is_empty());
        let script = &found(&PLATFORM, "a.bicep", "var a = 'Connect-AzAccount -Credential $c'")[0];
        assert_eq!(script.language, "powershell");
        let names = &found(&PLATFORM, "a.bicep", "var a = 'x ${ b.c } ${d'")[0].expressions;
        assert_eq!(names.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["b.c", "d'"]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_keeps_its_places(text: String, pieces in check::pieces(PIECES)) {
            check::places(&PLATFORM, "a.bicep", &text);
            check::places(&PLATFORM, "a.bicep", &pieces.concat());
        }
    }

    const PIECES: &[&str] = &[
        "'",
        "'''",
        "${",
        "}",
        "{",
        "\\",
        "\\'",
        "\\n",
        "az login -u a ",
        "//",
        "/*",
        "*/",
        "\n",
        "あ",
        "$",
        "x: ",
    ];
}
