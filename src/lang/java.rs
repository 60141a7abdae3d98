//! Java.

use super::tree::{self, Grammar, Kind, Style};
use super::{Language, Parsed};

pub(super) const LANGUAGE: Language =
    Language { name: "java", extensions: &["java"], shebangs: &[], openings: None, parse };

fn parse(text: &str) -> Parsed {
    tree::parse(&GRAMMAR, text)
}

const GRAMMAR: Grammar = Grammar {
    grammars: &[|| tree_sitter_java::LANGUAGE.into()],
    style: |_, quotes| {
        let open = if quotes.len() > 2 { 3 } else { 1 };
        Style { open, backslash: true, ..Style::default() }
    },
    nodes: &[
        ("identifier", Kind::Name),
        ("type_identifier", Kind::Name),
        ("scoped_type_identifier", Kind::Name),
        ("generic_type", Kind::First("")),
        ("this", Kind::Own),
        ("field_access", Kind::Member { object: "object", name: "field" }),
        ("array_access", Kind::Index { object: "array", index: "index" }),
        ("method_invocation", Kind::Call { object: "object", callee: "name" }),
        ("object_creation_expression", Kind::New("type")),
        ("argument_list", Kind::Arguments),
        ("variable_declarator", Kind::Assign { left: "name", right: "value" }),
        ("assignment_expression", Kind::Assign { left: "left", right: "right" }),
        ("element_value_pair", Kind::Pair { key: "key", value: "value" }),
        ("array_initializer", Kind::Group),
        ("array_creation_expression", Kind::Last),
        ("string_literal", Kind::Text),
        ("binary_expression", Kind::Operation),
        ("parenthesized_expression", Kind::First("")),
        ("cast_expression", Kind::First("value")),
        ("import_declaration", Kind::Import("")),
        ("asterisk", Kind::Skip),
        ("line_comment", Kind::Comment),
        ("block_comment", Kind::Comment),
        ("method_declaration", Kind::Function),
        ("block", Kind::Body),
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
                "(",
                "[",
                "{",
                "f(",
                "a.b(",
                "x = ",
                "class A {",
                "\"a\" + ",
                "!",
                "new A().b(",
                "() -> ",
                "@A(",
            ],
        );
    }

    proptest! {
        #[test]
        fn any_text_has_its_places(text in any::<String>()) {
            places(&LANGUAGE, &text);
        }

        #[test]
        fn any_pieces_have_their_places(pieces in pieces(&["class A {", "void f() {", "String ", "import ", "@A(", "->", ".build()", "package a;"])) {
            places(&LANGUAGE, &pieces.concat());
        }
    }

    const TABLES: Tables = Tables {
        calls: &[
            (
                &["usernamepasswordcredentialbuilder"],
                "class A { Object c = new com.azure.identity.UsernamePasswordCredentialBuilder().clientId(id).username(\"u\").password(System.getenv(\"P\")).build(); }",
                "usernamepasswordcredentialbuilder clientid=$id username=u password=$env:P",
            ),
            (
                &["builder"],
                "class A { Object c = P.builder(s, this.u, p.toCharArray()).tenant(t).build(); }",
                "builder [$s $u {p}]",
            ),
            (
                &["az login"],
                "class A { void f() { new ProcessBuilder(\"az\", \"login\", \"-u\", u).start(); } }",
                "az login --username=$u",
            ),
            (
                &["az login"],
                "class A { String[] c = {\"az\", \"login\", \"-u\", u}; Object d = Arrays.asList(\"az\", \"login\"); }",
                "az login --username=$u; az login",
            ),
            (
                &["az login"],
                "class A { void f() { rt.exec(new String[]{\"az\", \"login\", \"-p\", p}); } }",
                "az login --password=$p",
            ),
        ],
        assignments: &[(
            "class A { String p = \"x\\n\"; void f() { this.y = \"a\" + b; z += (String) c; } }",
            &["p = x\n", "y = a$b", "z += $c"],
        )],
        entries: &[("@A(user = \"u\", password = P) class B { }", &["user = u", "password = $P"])],
        texts: &[(
            "class A { Object x = f(\"a\" + b + \"c\", \"\"\"\n d\"\"\"); }",
            &["a$bc", "\n d"],
        )],
        imports: &[(
            "import com.azure.identity.*;\nimport static a.b.C;\nimport com.microsoft.aad.msal4j.UserNamePasswordParameters;",
            &["com.azure.identity", "a.b.C", "com.microsoft.aad.msal4j.UserNamePasswordParameters"],
        )],
        nested: &[
            (
                "class A { void f() { Runtime.getRuntime().exec(\"az login -u \" + u); } }",
                &["Run bash: az login -u <u>"],
            ),
            (
                "class A { void f() { System.out.println(\"az login -u a\"); } }",
                &["Printed bash: az login -u a"],
            ),
        ],
        comments: &[("// one\n/** two\n * three\n */\nclass A { }", &["one", "two", "three"])],
    };
}
