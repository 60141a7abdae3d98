//! Python.

use super::tree::{self, Grammar, Kind, Style};
use super::{Language, Parsed};
use std::collections::BTreeSet;

/// No other script begins with an import that has nothing at the end of its line.
const OPENINGS: &str = concat!(
    r#"\A(?:\s|#[^\r\n]*|"""(?s:.*?)""")*"#,
    r"(?:import[ \t]+[\w.]+(?:[ \t]+as[ \t]+\w+)?(?:[ \t]*,[ \t]*[\w.]+)*|from[ \t]+[\w.]+[ \t]+import\b.*)[ \t]*(?:#.*)?\r?\n",
);

pub(super) const LANGUAGE: Language = Language {
    name: "python",
    extensions: &["py", "pyw"],
    shebangs: &["python", "python2", "python3"],
    openings: Some(OPENINGS),
    parse,
};

/// Python itself takes a hundred levels of indentation, and the grammar's scanner ends the process
/// where there are more than five hundred.
const DEEPEST: usize = 250;

/// Wider than this, the scanner counts wrongly.
const WIDEST: usize = 10_000;

fn parse(text: &str) -> Parsed {
    let widths = indentations(text);
    if widths.len() > DEEPEST || widths.last().is_some_and(|it| *it > WIDEST) {
        return Parsed::unread("it is indented too deeply to be read");
    }
    tree::parse(&GRAMMAR, text)
}

/// The different indentations, as the scanner counts them: a line that continues adds to the one
/// before it.
fn indentations(text: &str) -> BTreeSet<usize> {
    let mut widths = BTreeSet::new();
    let mut width = Some(0);
    let mut continues = false;
    for byte in text.bytes() {
        let before = width;
        width = match byte {
            b'\n' | b'\r' if continues => width,
            b'\n' | b'\r' | b'\x0c' => Some(0),
            b' ' => width.map(|it| it + 1),
            b'\t' => width.map(|it| it + 8),
            b'\\' => width,
            _ => None,
        };
        continues = byte == b'\\' || continues && byte == b'\r';
        widths.extend(before.filter(|_| width.is_none()));
    }
    widths
}

const GRAMMAR: Grammar = Grammar {
    grammars: &[|| tree_sitter_python::LANGUAGE.into()],
    style: |letters, quotes| {
        let has = |it: char| letters.contains([it, it.to_ascii_uppercase()]);
        Style {
            open: if quotes.len() > 2 { 3 } else { 1 },
            backslash: !has('r'),
            doubled: false,
            braces: has('f') || has('t'),
        }
    },
    nodes: &[
        ("identifier", Kind::Name),
        ("attribute", Kind::Member { object: "object", name: "attribute" }),
        ("subscript", Kind::Index { object: "value", index: "subscript" }),
        ("call", Kind::Call { object: "", callee: "function" }),
        ("argument_list", Kind::Arguments),
        ("keyword_argument", Kind::Named),
        ("assignment", Kind::Assign { left: "left", right: "right" }),
        ("augmented_assignment", Kind::Assign { left: "left", right: "right" }),
        ("named_expression", Kind::Assign { left: "name", right: "value" }),
        ("default_parameter", Kind::Assign { left: "name", right: "value" }),
        ("typed_default_parameter", Kind::Assign { left: "name", right: "value" }),
        ("dictionary", Kind::Group),
        ("pair", Kind::Pair { key: "key", value: "value" }),
        ("list", Kind::Group),
        ("tuple", Kind::Group),
        ("string", Kind::Text),
        ("interpolation", Kind::Hole),
        ("concatenated_string", Kind::Join),
        ("binary_operator", Kind::Operation),
        ("parenthesized_expression", Kind::First("")),
        ("await", Kind::First("")),
        ("list_splat", Kind::First("")),
        ("dictionary_splat", Kind::First("")),
        ("import_statement", Kind::Import("name")),
        ("import_from_statement", Kind::Import("module_name")),
        ("comment", Kind::Comment),
        ("function_definition", Kind::Function),
        ("block", Kind::Body),
        ("module", Kind::Body),
        ("lambda", Kind::Body),
        ("expression_statement", Kind::Statement),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::tree::testing::{Tables, holds, kinds, nests, pieces, places};
    use proptest::prelude::*;

    #[test]
    fn texts_are_read_as_the_tables_say() {
        kinds(&GRAMMAR);
        holds(&LANGUAGE, &TABLES);
    }

    #[test]
    fn a_file_without_extension_is_told_by_how_it_begins() {
        let of = |text: &str| crate::lang::of_file("job", text).map(|it| it.name);
        for text in [
            "import os\n",
            "# coding: utf-8\n\nimport os, sys\r\n",
            "\"\"\"Job.\n\"\"\"\nimport azure.functions as func\n",
            "from azure.identity import (\n    ClientSecretCredential,\n)\n",
        ] {
            assert_eq!(of(text), Some("python"), "{text}");
        }
        for text in ["import java.util.List;\n", "import Foo from './foo'\n", "FROM x AS y\n"] {
            assert_ne!(of(text), Some("python"), "{text}");
        }
    }

    #[test]
    fn an_error_costs_no_more_than_its_statement() {
        let text = "x = = 1\nrun(['az', 'login', '-u', u])\nif:\n  f(a)\nclass\n";
        let parsed = LANGUAGE.parse(text, &[]);
        assert!(parsed.errors > 0);
        assert!(parsed.calls.iter().any(|it| it.name == "az login"));
    }

    #[test]
    fn indentation_without_end_does_not_end_the_process() {
        let lines: String = (0..600).map(|it| format!("{}if x:\n", " ".repeat(it))).collect();
        places(&LANGUAGE, &format!("{lines}{}f'{{(\n1)}}' 'a'", " ".repeat(600)));
        let lines: String = (0..600).map(|it| format!("{}if x:\n", " \\\n".repeat(it))).collect();
        places(&LANGUAGE, &lines);
        places(&LANGUAGE, &format!("if x:\n{}y", "\t".repeat(70_000)));
    }

    #[test]
    fn nesting_does_not_end_with_the_stack() {
        nests(
            &LANGUAGE,
            &[
                "(", "[", "{", "f(", "a.b(", "x = ", "f'{", "if x:\n ", "'a' + ", "not ", "{'a': ",
                "a.",
            ],
        );
    }

    proptest! {
        #[test]
        fn any_text_has_its_places(text in any::<String>()) {
            places(&LANGUAGE, &text);
        }

        #[test]
        fn any_pieces_have_their_places(pieces in pieces(&["def ", "if ", ":\n", "  ", "f\"", "r'", "import ", "from ", "lambda "])) {
            places(&LANGUAGE, &pieces.concat());
        }
    }

    const TABLES: Tables = Tables {
        calls: &[
            (
                &[],
                "c = azure.identity.UsernamePasswordCredential(ID, username=self.user, password=os.environ['P'])",
                "usernamepasswordcredential [$ID] username=$user password=$env:P",
            ),
            (
                &["acquire"],
                "async def f():\n  r = await app().acquire(u, f\"a{p!r}\\n\", *rest, scopes=['x'])",
                "acquire [$u a$p\n $rest] scopes={}",
            ),
            (
                &["login"],
                "login('a' 'b', x + 'c', os.getenv(\"P\", 'd'), p or q)",
                "login [ab $xc $env:P {p q}]",
            ),
            (
                &["f"],
                "r = {'Username': u, \"password\": p}\nr['scope'] = s\nf(r)",
                "f [$r] @scope=$s @password=$p @username=$u",
            ),
            (
                &["az login"],
                "subprocess.run(['az', 'login', '-u', user, '-p', pw], check=True)",
                "az login --username=$user --password=$pw",
            ),
            (&["az login"], "x = ('az.cmd', 'login') + ('-u', user)", "az login --username=$user"),
            (
                &["az login"],
                "cmd = ['az', 'login']\ncmd += ['-u', u]\ncmd.append('-p')\ncmd.append(p)\nrun(cmd)",
                "az login --username=$u --password=$p",
            ),
            (
                &["az login"],
                "login = ['login', '-u', u]\nrun(['az'] + login)\nawait exec('az', *login)",
                "az login --username=$u; az login --username=$u",
            ),
            (
                &["az login"],
                "from azure.cli.core import get_default_cli\nlogin = ['login', '-u', u]\nget_default_cli().invoke(login)",
                "az login --username=$u",
            ),
            (&["az login"], "from contoso import cli\ncli().invoke(['login', '-u', u])", ""),
            (&["az login"], "print('az', 'login', '-u', u)", ""),
            (&["az login"], "run(['sudo', 'az', 'login', '-u', u])", "az login --username=$u"),
        ],
        assignments: &[
            ("self.user = 'a'; x: str = y; n += 1", &["user = a", "x = $y", "n += {}"]),
            (
                "d = {'K': v, **e}\nd['L'] = w\nos.environ['P'] = 'q'",
                &["d = {e v} k=$v", "d += $w l=$w", "env:P = q"],
            ),
            ("a, b = c, 'd'; e = f = 'g'", &["a = $c", "b = d", "e = {f}", "f = g"]),
            ("def f(user, pw='x'): pass", &["pw = x"]),
            ("p = r'a\\b' rb'\\''", &["p = a\\b\\'"]),
        ],
        entries: &[
            (
                "f({'grant_type': \"password\", 'username': u})",
                &["grant_type = password", "username = $u"],
            ),
            ("d = {'a': {'b': 'c'}}", &["b = c"]),
        ],
        texts: &[
            ("f('a' + x + \"b\\\"\", y + z, f'{{{n}}}')", &["a$xb\"", "{$n}"]),
            ("'''a\nb'''", &["a\nb"]),
        ],
        imports: &[
            ("import os, msal as m", &["os", "msal"]),
            (
                "from azure.identity import (A as B, C)\nfrom . import x",
                &["azure.identity", "azure.identity.A", "azure.identity.C", ".", "..x"],
            ),
        ],
        nested: &[
            ("run_az(f'login -u {u}')", &["Run bash: az login -u <u>"]),
            ("blaze(f'login -u {u}')", &[]),
            (
                "os.system(f\"az login -u {user} -p '{pw}'\")",
                &["Run bash: az login -u <user> -p '<pw>'"],
            ),
            (
                "run('az login -u {0} -p %s ${X} $(a)'.format(u))",
                &["Run bash: az login -u <{0}> -p <%s> ${X} $(a)"],
            ),
            (
                "run('cd x && az login -u ' + user, shell=True)",
                &["Run bash: cd x && az login -u <user>"],
            ),
            (
                "print('az login -u a')\nlogging.info('az login')",
                &["Printed bash: az login -u a", "Printed bash: az login"],
            ),
            ("\"\"\"\naz login -u a\n\"\"\"", &["Printed bash: \naz login -u a\n"]),
            (
                "f.write('''Connect-AzAccount -Credential $c''')",
                &["Written powershell: Connect-AzAccount -Credential $c"],
            ),
            ("raise ValueError('Run az login first')", &[]),
            ("USAGE = 'az login -u a'", &["Printed bash: az login -u a"]),
        ],
        comments: &[("#!/usr/bin/python\nx = '#' # one\n# ", &["usr/bin/python", "one"])],
    };
}
