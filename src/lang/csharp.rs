//! C#.

use super::tree::{self, Grammar, Kind, Style};
use super::{Language, Parsed};

pub(super) const LANGUAGE: Language = Language {
    name: "csharp",
    extensions: &["cs", "csx"],
    shebangs: &["dotnet-script"],
    openings: None,
    parse,
};

fn parse(text: &str) -> Parsed {
    tree::parse(&GRAMMAR, text)
}

const GRAMMAR: Grammar = Grammar {
    grammars: &[|| tree_sitter_c_sharp::LANGUAGE.into()],
    style: |letters, quotes| {
        let is_verbatim = letters.contains('@');
        let is_raw = quotes.len() > 2 && !is_verbatim;
        Style {
            open: if is_raw { quotes.len() } else { 1 },
            backslash: !is_raw && !is_verbatim,
            doubled: is_verbatim,
            braces: letters.contains('$') && !is_raw,
        }
    },
    nodes: &[
        ("identifier", Kind::Name),
        ("generic_name", Kind::First("")),
        ("nullable_type", Kind::First("")),
        ("this", Kind::Own),
        ("qualified_name", Kind::Member { object: "qualifier", name: "name" }),
        ("member_access_expression", Kind::Member { object: "expression", name: "name" }),
        ("member_binding_expression", Kind::Member { object: "", name: "name" }),
        ("conditional_access_expression", Kind::Last),
        ("element_access_expression", Kind::Index { object: "expression", index: "subscript" }),
        ("bracketed_argument_list", Kind::Arguments),
        ("element_binding_expression", Kind::Arguments),
        ("invocation_expression", Kind::Call { object: "", callee: "function" }),
        ("object_creation_expression", Kind::New("type")),
        ("implicit_object_creation_expression", Kind::New("")),
        ("argument_list", Kind::Arguments),
        ("argument", Kind::Named),
        ("variable_declarator", Kind::Assign { left: "name", right: "" }),
        ("assignment_expression", Kind::Assign { left: "left", right: "right" }),
        ("property_declaration", Kind::Assign { left: "name", right: "value" }),
        ("initializer_expression", Kind::Group),
        ("collection_expression", Kind::Group),
        ("anonymous_object_creation_expression", Kind::Group),
        ("collection_element", Kind::First("")),
        ("expression_element", Kind::First("")),
        ("spread_element", Kind::First("")),
        ("array_creation_expression", Kind::Last),
        ("implicit_array_creation_expression", Kind::Last),
        ("string_literal", Kind::Text),
        ("verbatim_string_literal", Kind::Text),
        ("raw_string_literal", Kind::Text),
        ("interpolated_string_expression", Kind::Text),
        ("interpolation", Kind::Hole),
        ("interpolation_brace", Kind::Skip),
        ("binary_expression", Kind::Operation),
        ("parenthesized_expression", Kind::First("")),
        ("await_expression", Kind::First("")),
        ("postfix_unary_expression", Kind::First("")),
        ("cast_expression", Kind::First("value")),
        ("as_expression", Kind::First("left")),
        ("using_directive", Kind::Import("")),
        ("comment", Kind::Comment),
        ("method_declaration", Kind::Function),
        ("local_function_statement", Kind::Function),
        ("block", Kind::Body),
        ("declaration_list", Kind::Body),
        ("compilation_unit", Kind::Body),
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
                "$\"{",
                "class A {",
                "\"a\" + ",
                "!",
                "new A { B = ",
                "a?.",
                "a<b",
                "<a ",
            ],
        );
    }

    proptest! {
        #[test]
        fn any_text_has_its_places(text in any::<String>()) {
            places(&LANGUAGE, &text);
        }

        #[test]
        fn any_pieces_have_their_places(pieces in pieces(&["class A {", "var ", "$\"", "$@\"", "$$\"\"\"", "using ", "?.", "void F() {", "async "])) {
            places(&LANGUAGE, &pieces.concat());
        }
    }

    const TABLES: Tables = Tables {
        calls: &[
            (
                &["usernamepasswordcredential"],
                "var c = new Azure.Identity.UsernamePasswordCredential(u, password: Environment.GetEnvironmentVariable(\"P\"), o) { A = \"b\" };",
                "usernamepasswordcredential [$u $o] password=$env:P a=b",
            ),
            (&["a"], "class C { A a = new(u, p); A? b = new A<B>(x); }", "a [$u $p]; a [$x]"),
            (
                &["acquiretoken"],
                "var r = await app?.AcquireToken<X>(s, this.user, (string)p!).ExecuteAsync();",
                "acquiretoken [$s $user $p]",
            ),
            (
                &["f"],
                "f($\"a {b.c} \\\"{p:x}\\\" {{}}\", @\"c:\\d\"\"e\", $@\"e\"\"{x}\");",
                "f [a $b.c \"$p\" {} c:\\d\"e e\"$x]",
            ),
            (
                &["f"],
                "f(\"\"\"a \"b\" \\c\"\"\", $\"\"\"az {x}\"\"\", \"\\u0041\" + y);",
                "f [a \"b\" \\c az $x A$y]",
            ),
            (
                &["connect-azaccount"],
                "ps.AddCommand(\"Login-AzAccount\").AddParameter(\"Cred\", c).AddParameter(\"Force\"); ps.AddParameter(\"Tenant\", t);",
                "connect-azaccount -credential=$c -force -tenant=$t",
            ),
            (
                &["connect-azaccount"],
                "var s = PowerShell.Create().AddCommand(\"Connect-AzAccount\").AddParameter(\"Identity\"); s.Invoke();",
                "connect-azaccount -identity",
            ),
            (
                &["az login"],
                "string[] l = { \"az\", \"login\", \"-u\", user };",
                "az login --username=$user",
            ),
            (
                &["az login"],
                "await Cli.Wrap(\"az\", [\"login\", \"-u\", user]);",
                "az login --username=$user",
            ),
            (
                &["az login"],
                "var l = new List<string> { \"az\", \"login\" }; l.Add(\"-u\"); l.Add(u); Run(l);",
                "az login --username=$u",
            ),
            (
                &["az login"],
                "Run(new string[] { \"az\", \"login\", \"-u\", u });",
                "az login --username=$u",
            ),
        ],
        assignments: &[
            (
                "class C { string p = \"x\"; const string q = @\"a\"; string R { get; set; } = \"r\"; void F() { this.z = a + \"b\"; e.X = y; } }",
                &["p = x", "q = a", "R = r", "z = $ab", "e.X = $y"],
            ),
            (
                "var d = new Dictionary<string, string> { [\"K\"] = \"v\" }; d[\"l\"] = w;",
                &["d = {} k=v", "d += $w l=$w"],
            ),
        ],
        entries: &[(
            "F(new X { UserName = u, [\"password\"] = \"p\" });",
            &["UserName = $u", "password = p"],
        )],
        texts: &[("f(\"a\" + x + \"b\" + (\"c\"), 1 + 2);", &["a$xbc"])],
        imports: &[(
            "using System;\nusing Azure.Identity;\nusing M = Microsoft.Identity.Client;\nglobal using static A.B;",
            &["System", "Azure.Identity", "Microsoft.Identity.Client", "A.B"],
        )],
        nested: &[
            (
                "await Run($\"az login -u \\\"{upn}\\\" -p x\");",
                &["Run bash: az login -u \"<upn>\" -p x"],
            ),
            (
                "var s = new ProcessStartInfo { FileName = \"az\", Arguments = $\"login -u {u}\" };",
                &["Run bash: az login -u <u>"],
            ),
            (
                "p.FileName = \"az.cmd\"; p.Arguments = \"login -u a\";",
                &["Run bash: az.cmd login -u a"],
            ),
            ("Process.Start(\"az\", \"login -u a\");", &["Run bash: az login -u a"]),
            ("Process.Start(\"az\", $\"login -u {u}\");", &["Run bash: az login -u <u>"]),
            (
                "Console.WriteLine(\"az login -u a\"); logger.LogError(\"az login\");",
                &["Printed bash: az login -u a", "Printed bash: az login"],
            ),
            (
                "ps.AddScript(@\"Connect-PnPOnline -Credentials $cred\");",
                &["Run powershell: Connect-PnPOnline -Credentials $cred"],
            ),
            ("throw new Exception(\"az login -u a\");", &["Printed bash: az login -u a"]),
        ],
        comments: &[(
            "// one\nf(\"// no\"); /* two\n * three */\n/// four\n//",
            &["one", "two", "three", "four"],
        )],
    };
}
