//! Kotlin, and its scripts.

use super::tree::{self, Grammar, Kind, Style};
use super::{Language, Parsed};

pub(super) const LANGUAGE: Language = Language {
    name: "kotlin",
    extensions: &["kt", "kts"],
    shebangs: &["kotlin"],
    openings: None,
    parse,
};

/// The grammar looks for the end of an annotation's line, and would look for ever where there is none.
fn parse(text: &str) -> Parsed {
    tree::parse(&GRAMMAR, &format!("{text}\n"))
}

const GRAMMAR: Grammar = Grammar {
    grammars: &[|| tree_sitter_kotlin_ng::LANGUAGE.into()],
    style: |_, quotes| {
        let is_raw = quotes.len() > 2;
        Style { open: if is_raw { 3 } else { 1 }, backslash: !is_raw, ..Style::default() }
    },
    nodes: &[
        ("identifier", Kind::Name),
        ("user_type", Kind::First("")),
        ("nullable_type", Kind::First("")),
        ("this_expression", Kind::Own),
        ("navigation_expression", Kind::Member { object: "#first", name: "#last" }),
        ("index_expression", Kind::Index { object: "#first", index: "#last" }),
        ("call_expression", Kind::Call { object: "", callee: "#first" }),
        ("value_arguments", Kind::Arguments),
        ("value_argument", Kind::Named),
        ("property_declaration", Kind::Assign { left: "#variable_declaration", right: "" }),
        ("variable_declaration", Kind::First("#identifier")),
        ("assignment", Kind::Assign { left: "left", right: "right" }),
        ("collection_literal", Kind::Group),
        ("infix_expression", Kind::Pair { key: "#first", value: "#last" }),
        ("string_literal", Kind::Text),
        ("multiline_string_literal", Kind::Text),
        ("interpolation", Kind::Hole),
        ("binary_expression", Kind::Operation),
        ("parenthesized_expression", Kind::First("")),
        ("as_expression", Kind::First("left")),
        ("import", Kind::Import("#qualified_identifier")),
        ("line_comment", Kind::Comment),
        ("block_comment", Kind::Comment),
        ("function_declaration", Kind::Function),
        ("block", Kind::Body),
        ("lambda_literal", Kind::Body),
        ("class_body", Kind::Body),
        ("source_file", Kind::Body),
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
                "(",
                "[",
                "{",
                "f(",
                "a.b(",
                "x = ",
                "class A {",
                "\"a\" + ",
                "!",
                "\"${",
                "{ a -> ",
                "A().b(",
                "if (a) ",
                "a<",
                "@A(",
            ],
        );
    }

    #[test]
    fn an_annotation_may_stand_at_the_end() {
        for text in ["val a\n@A(", "val a\n@A", "class A\n@B"] {
            places(&LANGUAGE, text);
        }
    }

    proptest! {
        #[test]
        fn any_text_has_its_places(text in any::<String>()) {
            places(&LANGUAGE, &text);
        }

        #[test]
        fn any_pieces_have_their_places(pieces in pieces(&["class A {", "fun f() {", "val ", "import ", "@A(", "->", ".build()", "package a", "${", "?.", "listOf("])) {
            places(&LANGUAGE, &pieces.concat());
        }
    }

    const TABLES: Tables = Tables {
        calls: &[
            (
                &["usernamepasswordcredentialbuilder"],
                "val c = com.azure.identity.UsernamePasswordCredentialBuilder()\n  .clientId(id)\n  .username(\"u\")\n  .password(System.getenv(\"P\")).build()",
                "usernamepasswordcredentialbuilder clientid=$id username=u password=$env:P",
            ),
            (
                &["builder"],
                "fun f() { val c = P.builder(s, this.u, p.toCharArray()) }",
                "builder [$s $u {p}]",
            ),
            (&["f"], "f(a, name = \"x\", b = y)", "f [$a] name=x b=$y"),
            (
                &["az login"],
                "ProcessBuilder(\"az\", \"login\", \"-u\", u).start()",
                "az login --username=$u",
            ),
            (
                &["az login"],
                "val l = listOf(\"az\", \"login\", \"-p\", p)",
                "az login --password=$p",
            ),
        ],
        assignments: &[(
            "class A { private val p: String = \"x\\n\"\n fun f() { this.y = \"a$b\"\n z = \"\"\"c${d}\\n\"\"\" } }",
            &["p = x\n", "y = a$b", "z = c$d\\n"],
        )],
        entries: &[
            ("val x = 1", &[]),
            ("f(mapOf(\"a\" to b, \"c\" to \"d\"))", &["a = $b", "c = d"]),
        ],
        texts: &[("val x = f(\"a\" + b + \"c\")", &["a$bc"])],
        imports: &[(
            "import com.azure.identity.*\nimport a.b.C\nimport com.microsoft.aad.msal4j.X as Y",
            &["com.azure.identity", "a.b.C", "com.microsoft.aad.msal4j.X"],
        )],
        nested: &[
            (
                "fun f() { Runtime.getRuntime().exec(\"az login -u ${u} -p ${p.x}\") }",
                &["Run bash: az login -u <u> -p <p.x>"],
            ),
            ("fun f() { println(\"az login -u a\") }", &["Printed bash: az login -u a"]),
        ],
        comments: &[("// one\n/** two\n * three\n */\nclass A", &["one", "two", "three"])],
    };
}
