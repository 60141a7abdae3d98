//! Go.

use super::tree::{self, Grammar, Kind, Style};
use super::{Language, Parsed};

pub(super) const LANGUAGE: Language =
    Language { name: "go", extensions: &["go"], shebangs: &[], openings: None, parse };

fn parse(text: &str) -> Parsed {
    tree::parse(&GRAMMAR, text)
}

const GRAMMAR: Grammar = Grammar {
    grammars: &[|| tree_sitter_go::LANGUAGE.into()],
    style: |_, quotes| Style { open: 1, backslash: quotes.starts_with('"'), ..Style::default() },
    nodes: &[
        ("identifier", Kind::Name),
        ("field_identifier", Kind::Name),
        ("type_identifier", Kind::Name),
        ("package_identifier", Kind::Name),
        ("selector_expression", Kind::Member { object: "operand", name: "field" }),
        ("qualified_type", Kind::Member { object: "package", name: "name" }),
        ("index_expression", Kind::Index { object: "operand", index: "index" }),
        ("call_expression", Kind::Call { object: "", callee: "function" }),
        ("composite_literal", Kind::New("type")),
        ("argument_list", Kind::Arguments),
        ("variadic_argument", Kind::First("")),
        ("short_var_declaration", Kind::Assign { left: "left", right: "right" }),
        ("assignment_statement", Kind::Assign { left: "left", right: "right" }),
        ("var_spec", Kind::Assign { left: "name", right: "value" }),
        ("const_spec", Kind::Assign { left: "name", right: "value" }),
        ("literal_value", Kind::Group),
        ("literal_element", Kind::First("")),
        ("keyed_element", Kind::Pair { key: "key", value: "value" }),
        ("interpreted_string_literal", Kind::Text),
        ("raw_string_literal", Kind::Text),
        ("binary_expression", Kind::Operation),
        ("parenthesized_expression", Kind::First("")),
        ("unary_expression", Kind::First("operand")),
        ("import_spec", Kind::Import("path")),
        ("comment", Kind::Comment),
        ("function_declaration", Kind::Function),
        ("method_declaration", Kind::Function),
        ("block", Kind::Body),
        ("source_file", Kind::Body),
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
            &["(", "[", "{", "f(", "a.b(", "x = ", "func() {", "\"a\" + ", "!", "A{B: ", "&", "[]"],
        );
    }

    proptest! {
        #[test]
        fn any_text_has_its_places(text in any::<String>()) {
            places(&LANGUAGE, &text);
        }

        #[test]
        fn any_pieces_have_their_places(pieces in pieces(&["package a\n", "func f() {\n", " := ", "[]string{", "map[string]string{", "import ", "&A{", "..."])) {
            places(&LANGUAGE, &pieces.concat());
        }
    }

    const TABLES: Tables = Tables {
        calls: &[
            (
                &["newusernamepasswordcredential"],
                "func f() { c, err := azidentity.NewUsernamePasswordCredential(t, i, s.user, os.Getenv(\"P\"), nil) }",
                "newusernamepasswordcredential [$t $i $s.user $env:P {}]",
            ),
            (
                &["f", "o"],
                "func g() { f(&a.O{User: \"u\\n\", Password: p}, `b\\`) }",
                "f [{} b\\] user=u\n password=$p; o user=u\n password=$p",
            ),
            (
                &["az login"],
                "func f() { exec.Command(\"az\", \"login\", \"-u\", u, \"-p\"+p) }",
                "az login --username=$u --password=$p",
            ),
            (
                &["az login"],
                "func f() { a := []string{\"login\"}; a = append(a, \"-u\", u); exec.Command(\"az\", a...) }",
                "az login --username=$u",
            ),
            (&["az login"], "func f() { fmt.Println(\"az\", \"login\", \"-u\", u) }", ""),
        ],
        assignments: &[(
            "const P = \"x\"\nvar q, r string = \"a\", `b`\nfunc f() { c, d := g(); e, h = i, \"j\"; k.L = m; n += \"o\" }",
            &[
                "P = x", "q = a", "r = b", "c = {}", "d = {}", "e = $i", "h = j", "k.L = $m",
                "n += o",
            ],
        )],
        entries: &[(
            "func f() { g(url.Values{\"grant_type\": {\"password\"}, \"x\": y}) }",
            &["grant_type = password", "x = $y"],
        )],
        texts: &[("func f() { g(\"a\" + x + `b`) }", &["a$xb"])],
        imports: &[(
            "import (\n \"os/exec\"\n az \"github.com/Azure/azure-sdk-for-go/sdk/azidentity\"\n)",
            &["os/exec", "github.com/Azure/azure-sdk-for-go/sdk/azidentity"],
        )],
        nested: &[
            (
                "func f() { exec.Command(\"bash\", \"-c\", \"az login -u a\") }",
                &["Run bash: az login -u a"],
            ),
            (
                "func f() { run(fmt.Sprintf(\"az login -u %s\", u)) }",
                &["Run bash: az login -u <%s>"],
            ),
            ("func f() { log.Fatalf(\"az login -u a\") }", &["Printed bash: az login -u a"]),
        ],
        comments: &[("// one\n/* two */ package a", &["one", "two"])],
    };
}
