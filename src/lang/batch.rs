//! Batch files of Windows.
//!
//! There is no grammar to speak of: `cmd` reads a line, puts in its variables and runs what it
//! finds. So this reader goes from command to command, and whatever it does not know is one.

use super::{Assignment, Call, Language, Parsed, Part, Role, Value, Word};
use crate::text::Span;

pub(super) const LANGUAGE: Language =
    Language { name: "batch", extensions: &["bat", "cmd"], shebangs: &[], openings: None, parse };

/// `cmd` takes no longer lines, so nothing that belongs together is further apart.
const LONGEST_LINE: usize = 8191;

/// A command that does nothing and succeeds, where one has to be.
const NOTHING: &str = "cd .";

/// What decides about the command after it.
const OPERATORS: &[&str] = &["&&", "||", "&", "|"];

const COMPARISONS: &[&str] = &["==", "equ", "neq", "lss", "leq", "gtr", "geq"];

fn parse(text: &str) -> Parsed {
    let mut script = Script { text, ..Script::default() };
    while script.at < text.len() {
        let start = script.at;
        script.command();
        if script.at == start {
            script.bump();
        }
    }
    script.parsed.sort();
    script.parsed
}

#[derive(Default)]
struct Script<'t> {
    text: &'t str,
    at: usize,
    /// Round brackets that are open.
    depth: usize,
    /// The command stands behind `if`, `for` or `else`, in brackets, or behind an operator.
    is_inner: bool,
    before: &'static str,
    /// The outermost bracket that is open, and how many variables were set before it.
    block: (usize, usize),
    /// What ends a command that is the source of a `for`.
    quote: Option<char>,
    parsed: Parsed,
}

impl<'t> Script<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) {
        self.at += self.peek().map_or(0, char::len_utf8);
    }

    /// Skips blanks, and line breaks behind a `^`.
    fn blanks(&mut self) {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r']).len();
            let joined = ["^\r\n", "^\n"].iter().find(|it| rest.starts_with(**it));
            match (blank, joined) {
                (0, None) if self.is_escaped_operator() => return self.bump(),
                (0, None) => return,
                (0, Some(it)) => self.at += it.len(),
                (blank, _) => self.at += blank,
            }
        }
    }

    /// Goes to the end of the line.
    fn line(&mut self) -> Span {
        let start = self.at;
        self.at += self.rest().find(['\r', '\n']).unwrap_or(self.rest().len());
        Span::new(start, self.at)
    }

    /// What is left of the line, as far as `cmd` reads.
    fn ahead(&self) -> &'t str {
        let rest = self.rest();
        let mut end = LONGEST_LINE.min(rest.len());
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        rest[..end].lines().next().unwrap_or_default()
    }

    /// A command between quotes writes operators so: `^|`.
    fn is_escaped_operator(&self) -> bool {
        self.quote.is_some()
            && ["^|", "^&", "^<", "^>"].iter().any(|it| self.rest().starts_with(it))
    }

    /// Whether the next word is this one. Brackets end a word, too.
    fn next_is(&self, word: &str) -> bool {
        let rest = self.rest();
        let ends =
            |it: &str| it.is_empty() || it.starts_with([' ', '\t', '\r', '\n', '(', ')', '/', '.']);
        rest.get(..word.len()).is_some_and(|it| it.eq_ignore_ascii_case(word))
            && ends(&rest[word.len()..])
    }

    fn skip_word(&mut self, word: &str) -> bool {
        let is_next = self.next_is(word);
        if is_next {
            self.at += word.len();
            self.blanks();
        }
        is_next
    }

    /// One command with what stands before it, and the operator after it.
    fn command(&mut self) {
        self.blanks();
        let start = self.at;
        self.at += self.rest().len() - self.rest().trim_start_matches(['@', ' ', '\t']).len();
        match self.peek() {
            Some('\n') => {
                self.bump();
                (self.before, self.is_inner) = ("", false);
            }
            Some('(') => {
                if self.depth == 0 {
                    self.block = (self.at, self.parsed.assignments.len());
                }
                self.bump();
                self.depth += 1;
            }
            Some(')') => {
                self.bump();
                if self.depth == 1 {
                    let (start, assigned) = self.block;
                    let block = Span::new(start, self.at);
                    let inside = self.parsed.assignments.iter_mut().skip(assigned);
                    inside.for_each(|it| it.branch = Some(block));
                }
                self.depth = self.depth.saturating_sub(1);
                self.blanks();
                self.is_inner = self.skip_word("else");
                self.operator();
            }
            Some(':') => {
                let line = self.line();
                if self.text[line.start..line.end].starts_with("::") {
                    self.comment(line, 2);
                }
            }
            _ if self.next_is("rem") => {
                let line = self.line();
                self.comment(line, "rem".len());
            }
            _ if self.skip_word("if") => self.condition(),
            _ if self.skip_word("for") => self.source(),
            _ if self.skip_word("do") || self.skip_word("else") => self.is_inner = true,
            _ => {
                self.skip_word("call");
                self.simple(start);
            }
        }
    }

    fn comment(&mut self, line: Span, sign: usize) {
        let said = self.text[line.start + sign..line.end].trim();
        if !said.is_empty() {
            let start = line.end - self.text[line.start + sign..line.end].trim_start().len();
            self.parsed.comments.push(Span::new(start, start + said.len()));
        }
    }

    /// `[/i] [not] exist file`, `[not] a == b`
    fn condition(&mut self) {
        while self.skip_word("/i") || self.skip_word("not") {}
        if !["exist", "defined", "errorlevel", "cmdextversion"].iter().any(|it| self.skip_word(it))
        {
            let word = self.word();
            self.blanks();
            let joined = self.text[word.span.start..word.span.end].contains("==");
            let compares = COMPARISONS.iter().any(|it| self.skip_word(it));
            if joined && !self.text[..word.span.end].ends_with("==") && !compares {
                self.is_inner = true;
                return;
            }
        }
        self.word();
        self.is_inner = true;
    }

    /// `[/f "options"] %%i in (…)`, in which a command may stand between quotes.
    fn source(&mut self) {
        let line = self.ahead();
        let Some(open) = line.find('(') else {
            self.line();
            return;
        };
        let has_command = line.get(..2).is_some_and(|it| it.eq_ignore_ascii_case("/f"));
        let other = line[..open].to_ascii_lowercase().contains("usebackq");
        let quote = if other { '`' } else { '\'' };
        self.at += open + 1;
        self.blanks();
        if has_command && self.peek() == Some(quote) && self.quote.is_none() {
            self.bump();
            self.quote = Some(quote);
            while let Some(next) = self.peek().filter(|it| *it != '\n' && *it != quote) {
                let start = self.at;
                if next != ')' {
                    self.command();
                }
                if self.at == start {
                    self.bump();
                }
            }
            self.quote = None;
        }
        let line = self.ahead();
        self.at += line.find(')').map_or(line.len(), |it| it + 1);
        (self.before, self.is_inner) = ("", true);
    }

    /// The operator that is next, if there is one.
    fn operator(&mut self) -> &'static str {
        self.blanks();
        let next = OPERATORS.iter().find(|it| self.rest().starts_with(**it));
        self.before = next.copied().unwrap_or_default();
        self.at += self.before.len();
        self.blanks();
        self.before
    }

    fn simple(&mut self, start: usize) {
        let before = std::mem::take(&mut self.before);
        let is_inner = std::mem::take(&mut self.is_inner) || self.depth > 0;
        let mut words: Vec<Word> = Vec::new();
        let mut end = start;
        while !self.is_end() {
            let place = self.at;
            if !self.redirection() {
                words.push(self.word());
            }
            if self.at == place {
                self.bump();
            }
            end = self.at;
            self.blanks();
        }
        let after = self.operator();
        // The operator's command is as far inside as this one.
        self.is_inner = is_inner && self.depth == 0 && !after.is_empty();
        let Some(last) = words.last() else { return };
        let span = Span::new(words[0].span.start, last.span.end);
        if words[0].literal().is_some_and(|it| it.eq_ignore_ascii_case("set")) {
            let branch = (is_inner || !before.is_empty()).then_some(Span::new(start, end));
            self.set(start, end, &words[1..], branch);
        }
        let statement = |end, leave| Role::Statement { span: Span::new(start, end), leave };
        let role = match after {
            _ if self.quote.is_some() || before == "|" || after == "|" => Role::Value,
            // What comes next then always does, as it did when the sign-in succeeded.
            "&&" if before.is_empty() || before == "&" => statement(self.at, ""),
            "&" if !is_inner && before.is_empty() => statement(self.at, ""),
            "" if !is_inner && before.is_empty() => statement(end, ""),
            _ => statement(end, NOTHING),
        };
        let command = words.remove(0);
        self.parsed.calls.push(Call::new(command, words, span, role));
    }

    fn is_end(&self) -> bool {
        match self.peek() {
            None | Some('\n' | '&' | '|') => true,
            Some(')') => self.depth > 0,
            it => it == self.quote,
        }
    }

    /// `> file`, `2>&1`
    fn redirection(&mut self) -> bool {
        let rest = self.rest();
        let sign = rest.strip_prefix(|it: char| it.is_ascii_digit()).unwrap_or(rest);
        let target = sign.trim_start_matches(['<', '>']);
        if target.len() == sign.len() {
            return false;
        }
        self.at += rest.len() - target.len();
        if self.peek() == Some('&') {
            self.bump();
        }
        self.blanks();
        if !self.is_end() {
            self.word();
        }
        true
    }

    /// `set NAME=value`, `set "NAME=value"`, `set /p NAME=question`
    fn set(&mut self, start: usize, end: usize, words: &[Word], branch: Option<Span>) {
        let asks = words.first().is_some_and(|it| it.is("/p") || it.is("/P"));
        let words = &words[usize::from(asks)..];
        let (Some(first), Some(last)) = (words.first(), words.last()) else { return };
        let mut span = Span::new(first.span.start, last.span.end);
        if self.text[span.start..span.end].starts_with('"') {
            // What follows the last quote is no part of it.
            let close = self.text[span.start + 1..span.end].rfind('"');
            span = Span::new(span.start + 1, close.map_or(span.end, |it| span.start + 1 + it));
        }
        let Some((name, value)) = self.text[span.start..span.end].split_once('=') else { return };
        let value = Span::new(span.end - value.len(), span.end);
        let value = if asks {
            Word::computed(value, Vec::new(), Vec::new())
        } else {
            let parts = self.parts(value);
            Word { span: value, parts }
        };
        let name = name.trim().to_ascii_lowercase();
        let assignment = Assignment::new(&name, Span::new(start, end), value);
        self.parsed.assignments.push(Assignment { branch, ..assignment });
    }

    /// What stands up to the next blank or operator that no quotes hold.
    fn word(&mut self) -> Word {
        let start = self.at;
        let mut is_quoted = false;
        let mut parts = Vec::new();
        let mut plain = start;
        while let Some(next) = self.peek() {
            match next {
                '"' => {
                    parts.extend(self.parts(Span::new(plain, self.at)));
                    is_quoted = !is_quoted;
                    self.bump();
                    plain = self.at;
                }
                '\n' | '\r' => break,
                _ if is_quoted => self.bump(),
                ' ' | '\t' | '<' | '>' => break,
                '^' if self.is_escaped_operator() => break,
                '^' => {
                    // The next character means itself; a line break, nothing.
                    parts.extend(self.parts(Span::new(plain, self.at)));
                    self.bump();
                    plain = self.at;
                    if self.rest().starts_with(['\n', '\r']) {
                        self.at += self.rest().len() - self.rest().trim_start_matches('\r').len();
                        self.bump();
                        plain = self.at;
                        if self.rest().starts_with([' ', '\t']) {
                            break;
                        }
                    } else {
                        self.bump();
                    }
                }
                _ if self.is_end() => break,
                '(' if self.at > start && self.next_is("(") => break,
                _ => self.bump(),
            }
        }
        if plain < self.at {
            parts.extend(self.parts(Span::new(plain, self.at)));
        }
        Word { span: Span::new(start, self.at), parts }
    }

    /// A text cut at its variables: `%NAME%`, `!NAME!`, `%1`, `%~dp0`, `%%i`.
    fn parts(&self, span: Span) -> Vec<Part> {
        let text = &self.text[span.start..span.end];
        let mut parts = Vec::new();
        let mut plain = 0;
        let mut at = 0;
        while let Some(found) = text[at..].find(['%', '!']) {
            at += found;
            let Some((name, length)) = variable(&text[at..]) else {
                at += 1;
                continue;
            };
            if plain < at {
                parts.push(literal(span.start, plain, at, text));
            }
            let place = Span::new(span.start + at, span.start + at + length);
            parts.push(Part { span: place, value: Value::Variable(name) });
            at += length;
            plain = at;
        }
        if plain < text.len() {
            parts.push(literal(span.start, plain, text.len(), text));
        }
        parts
    }
}

fn literal(offset: usize, start: usize, end: usize, text: &str) -> Part {
    Part::literal(Span::new(offset + start, offset + end), text[start..end].to_owned())
}

/// The variable that begins a text, in lower case, and how long it is.
fn variable(text: &str) -> Option<(String, usize)> {
    let sign = text.chars().next()?;
    let rest = &text[1..];
    let is_name = |it: char| it.is_alphanumeric() || "_-.#$[]{}".contains(it);
    if sign == '%' {
        let of_loop = usize::from(rest.starts_with('%'));
        let tail = &rest[of_loop..];
        let letters = match tail.strip_prefix('~') {
            Some(it) => {
                let end = it.find(|it: char| !it.is_ascii_alphanumeric()).unwrap_or(it.len());
                end + 1
            }
            None => usize::from(tail.starts_with(|it: char| match of_loop {
                0 => it.is_ascii_digit() || it == '*',
                _ => it.is_ascii_alphabetic(),
            })),
        };
        if letters > 0 {
            let end = of_loop + letters;
            return Some((rest[of_loop..end].to_ascii_lowercase(), 1 + end));
        }
    }
    let end = rest.find(sign).filter(|it| *it > 0)?;
    // `%NAME:~0,3%` and `%NAME:a=b%` are parts of it.
    let name = rest[..end].split(':').next()?;
    let is_one = !name.is_empty() && name.chars().all(is_name);
    is_one.then(|| (name.to_ascii_lowercase(), end + 2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::testing::{check_places, holds, said, written};
    use proptest::prelude::*;

    #[test]
    fn texts_are_read_as_the_tables_say() {
        holds(&LANGUAGE, CALLS, REMOVALS, ASSIGNMENTS);
    }

    #[test]
    fn comments_are_what_stands_after_their_sign() {
        let text = "@rem one\r\n:: two \r\n:label\r\nREM.\necho rem no & rem three\n";
        assert_eq!(said(&LANGUAGE, text), ["one", "two", ".", "three"]);
    }

    #[test]
    fn what_is_written_out_is_known() {
        let text = "az login -u %U%@a -p \"hunter2 %X%!\" -t ^& ";
        assert_eq!(written(&LANGUAGE, text), ["@a", "hunter2 ", "!", "&"]);
    }

    #[test]
    fn nesting_and_length_cost_little() {
        for open in ["(", "if a==b (", "for /f %%i in ('", "a && ", "\"", "%", "^", "call ", "^\n"]
        {
            check_places(&LANGUAGE, &open.repeat(20_000));
        }
    }

    proptest! {
        #[test]
        fn any_text_has_its_places_in_order(text in any::<String>()) {
            check_places(&LANGUAGE, &text);
        }

        #[test]
        fn any_pieces_have_their_places_in_order(
            pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..40),
        ) {
            check_places(&LANGUAGE, &pieces.concat());
        }
    }

    const CALLS: &[(&str, &str)] = &[
        ("set C=az login -u %U%\r\ncall %C%", "set [C=az login -u $u]; az login @--username=$u"),
        (
            "set C=-u a\nif x==y set C=--service-principal\naz login %C%",
            "set [C=-u a]; set [C=--service-principal]; az login @--username=a; az login @--service-principal",
        ),
        (
            "set C=-u a\nif x==y (\n  set C=-u b\n  az login %C%\n)",
            "set [C=-u a]; set [C=-u b]; az login @--username=b",
        ),
        ("@az.cmd login -u %U% -p \"%P%\"", "az login --username=$u --password=$p"),
        ("call az login -u !U! -p %1 2>&1 >nul", "az login --username=$u --password=$1"),
        (
            "CALL AZ login ^\r\n  -u a ^\r\n  -p b\r\necho x",
            "az login --username=a --password=b; echo [x]",
        ),
        ("echo az login -u a & az login -u %~1", "echo [az login -u a]; az login --username=$~1"),
        (
            "if \"%A%\"==\"x y\" (az login -u a) else (az login -u b)",
            "az login --username=a; az login --username=b",
        ),
        ("if not defined A az login -u a", "az login --username=a"),
        ("IF /I %A% == b az login -u a", "az login --username=a"),
        (
            "if %A% EQU 1 (\n  az login -u a\n) else if exist f (\n  az x\n)",
            "az login --username=a; az x",
        ),
        ("for %%i in (a b) do az login -u %%i", "az login --username=$i"),
        (
            "for /f \"tokens=1\" %%i in ('az login -u a ^| find \"x\"') do set A=%%i",
            "az login --username=a; find [x]; set [A=$i]",
        ),
        ("for /f \"usebackq\" %%i in (`az x`) do (echo %%i)", "az x; echo [$i]"),
        (
            "az login -u \"a&b\" -p c^&d | find \"x\"",
            "az login --username=a&b --password=c&d; find [x]",
        ),
        ("\"C:\\Program Files\\az.cmd\" login -u a", "az login --username=a"),
        ("az login -u 100%% -p %A:~0,3%", "az login --username=100%% --password=$a"),
        ("az login --username=%U%", "az login --username=$u"),
        ("rem az login -u a\n:: az login\n:l\nset \"A=az login\"", "set [A=az login]"),
    ];

    const REMOVALS: &[(&str, Option<&str>)] = &[
        ("az login -u a > nul 2>&1\r\necho", Some("\r\necho")),
        ("@call az login -u a && foo", Some("foo")),
        ("az login -u a & foo", Some("foo")),
        ("foo && az login -u a", Some("foo && cd .")),
        ("az login -u a || exit /b 1", Some("cd . || exit /b 1")),
        ("if a==b az login -u a\nfoo", Some("if a==b cd .\nfoo")),
        ("if a==b (\n  call az login -u a\n)", Some("if a==b (\n  cd .\n)")),
        ("az login -u a | find \"x\"", None),
        ("for /f %%i in ('az login -u a') do echo", None),
    ];

    const ASSIGNMENTS: &[(&str, &[&str])] = &[
        ("set Name=a b %C% & foo", &["name = a b $c"]),
        ("@set \"A=%B%\" & rem x", &["a = $b"]),
        ("set /p A=Who? ", &["a = {}"]),
        ("set A\nset /a A=1", &["/a a = 1"]),
    ];

    const PIECES: &[&str] = &[
        "az login -u a ",
        "%A%",
        "!B!",
        "%1",
        "%%i",
        "\"",
        "^",
        "^\r\n",
        "\n",
        "(",
        ")",
        "&",
        "&&",
        "|",
        "if a==b ",
        "if exist ",
        "for /f %%i in ('",
        "')",
        " do ",
        "else ",
        "set A=",
        "set \"B=",
        "rem ",
        "::",
        ">nul",
        "2>&1",
        "@",
        "call ",
        "あ",
        "`",
        " ",
    ];
}
