//! JavaScript and TypeScript.

use super::tree::{self, Grammar, Kind, Style};
use super::{Language, Parsed};

pub(super) const LANGUAGE: Language = Language {
    name: "javascript",
    extensions: &["js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx"],
    shebangs: &["node", "deno", "bun", "zx"],
    openings: None,
    parse,
};

fn parse(text: &str) -> Parsed {
    tree::parse(&GRAMMAR, text)
}

/// Of TypeScript with JSX, JavaScript is a part. Without JSX, `<T>x` is a cast.
const GRAMMAR: Grammar = Grammar {
    grammars: &[
        || tree_sitter_typescript::LANGUAGE_TSX.into(),
        || tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
    ],
    style: |_, _| Style { open: 1, backslash: true, ..Style::default() },
    nodes: &[
        ("identifier", Kind::Name),
        ("import", Kind::Name),
        ("property_identifier", Kind::Name),
        ("private_property_identifier", Kind::Name),
        ("shorthand_property_identifier", Kind::Name),
        ("type_identifier", Kind::Name),
        ("this", Kind::Own),
        ("member_expression", Kind::Member { object: "object", name: "property" }),
        ("subscript_expression", Kind::Index { object: "object", index: "index" }),
        ("call_expression", Kind::Call { object: "", callee: "function" }),
        ("new_expression", Kind::New("constructor")),
        ("arguments", Kind::Arguments),
        ("variable_declarator", Kind::Assign { left: "name", right: "value" }),
        ("assignment_expression", Kind::Assign { left: "left", right: "right" }),
        ("augmented_assignment_expression", Kind::Assign { left: "left", right: "right" }),
        ("assignment_pattern", Kind::Assign { left: "left", right: "right" }),
        ("public_field_definition", Kind::Assign { left: "name", right: "value" }),
        ("object", Kind::Group),
        ("array", Kind::Group),
        ("pair", Kind::Pair { key: "key", value: "value" }),
        ("spread_element", Kind::First("")),
        ("string", Kind::Text),
        ("template_string", Kind::Text),
        ("template_substitution", Kind::Hole),
        ("binary_expression", Kind::Operation),
        ("parenthesized_expression", Kind::First("")),
        ("await_expression", Kind::First("")),
        ("non_null_expression", Kind::First("")),
        ("as_expression", Kind::First("")),
        ("satisfies_expression", Kind::First("")),
        ("type_assertion", Kind::Last),
        ("import_statement", Kind::Import("source")),
        ("export_statement", Kind::Import("source")),
        ("comment", Kind::Comment),
        ("function_declaration", Kind::Function),
        ("method_definition", Kind::Function),
        ("statement_block", Kind::Body),
        ("class_body", Kind::Body),
        ("program", Kind::Body),
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
    fn nesting_does_not_end_with_the_stack() {
        nests(
            &LANGUAGE,
            &[
                "(", "[", "{", "f(", "a.b(", "x = ", "`${", "() => ", "'a' + ", "!", "<a>", "x ? ",
                "({a: ",
            ],
        );
    }

    proptest! {
        #[test]
        fn any_text_has_its_places(text in any::<String>()) {
            places(&LANGUAGE, &text);
        }

        #[test]
        fn any_pieces_have_their_places(pieces in pieces(&["const ", "`${", "function ", "<any>", "?.", "import ", "from ", "class A {", "</a>"])) {
            places(&LANGUAGE, &pieces.concat());
        }
    }

    const TABLES: Tables = Tables {
        calls: &[
            (
                &[],
                "const c = new identity.UsernamePasswordCredential(t, `a${this.u}b\\n`, 'it\\'s', process.env['P']!, process.env.Q);",
                "usernamepasswordcredential [$t a$ub\n it's $env:P $env:Q]",
            ),
            (
                &["acquire"],
                "pca.acquire({ scopes: [s], username, 'Password': p, ...o } as X).then((r) => r);",
                "acquire [{o p s username}] scopes=$s username=$username password=$p",
            ),
            (
                &["f"],
                "const r: R = { username: u };\nr.password = 'p';\nf(r);",
                "f [$r] @password=p @username=$u",
            ),
            (&["f"], "f(<any>x, a ?? 'b', \"\\x41\\u{42}\")", "f [$x {a} AB]"),
            (
                &["az login"],
                "spawn('az', ['login', '-u', user, '-p', p], { shell: true });",
                "az login --username=$user --password=$p",
            ),
            (
                &["az login"],
                "const args = ['login', '-u', u]; args.push('-p', p); await execa('az', args);",
                "az login --username=$u --password=$p",
            ),
            (&["az login"], "console.log('az', 'login', '-u', u);", ""),
        ],
        assignments: &[
            (
                "const a = 'b', { c } = d; let e: string = f; e += 'g'; this.h = i;",
                &["a = b", "e = $f", "e += g", "h = $i"],
            ),
            ("class C { private p = 'x'; q: string = y; }", &["p = x", "q = $y"]),
            ("const r = { a: 'b', 'C': d };", &["r = {d} a=b c=$d"]),
        ],
        entries: &[
            (
                "f({ grant_type: 'password', username: u });",
                &["grant_type = password", "username = $u"],
            ),
            (
                "const r = { form: [{ key: 'a', value: b }, { value: 'c' }] };",
                &["a = $b", "key = a", "value = $b", "value = c"],
            ),
        ],
        texts: &[("f('a' + x + `b${y}c`, `${z}`);", &["a$xb$yc"])],
        imports: &[(
            "import { A } from \"@azure/identity\"; const m = require('@azure/msal-node'); const n = await import('x'); export * from 'y';",
            &["@azure/identity", "@azure/msal-node", "x", "y"],
        )],
        nested: &[
            ("await $`az login -u ${user} -p ${pw}`;", &["Run bash: az login -u <user> -p <pw>"]),
            ("execSync('az login -u ' + user);", &["Run bash: az login -u <user>"]),
            ("exec(\"cd a &&\\taz login -u b\", done);", &["Run bash: cd a &&\taz login -u b"]),
            ("console.error(`az login -u a`);", &["Printed bash: az login -u a"]),
            ("fs.writeFileSync('a.sh', 'az login -u a');", &["Written bash: az login -u a"]),
            ("x('powershell -Command Connect-AzAccount -Credential $c')", &[]),
        ],
        comments: &[("#!/usr/bin/env node\n// one\nf('// no') /* two */", &["one", "two"])],
    };
}
