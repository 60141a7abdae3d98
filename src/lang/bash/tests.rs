//! What shells say, and what is made of it.

use super::*;
use crate::lang::Expression;
use crate::lang::testing::{calls, check_places, holds, nested, said, word, written};
use proptest::prelude::*;

#[test]
fn texts_are_read_as_the_tables_say() {
    holds(&LANGUAGE, CALLS, REMOVALS, ASSIGNMENTS);
}

#[test]
fn comments_are_what_stands_after_their_sign() {
    let text = "#!/bin/sh -e\n## one\n#\necho '# no' # two #3\n";
    assert_eq!(said(&LANGUAGE, text), ["one", "two #3"]);
}

#[test]
fn an_error_costs_no_more_than_its_statement() {
    let text = "fi\naz login -u a \\\n  -p b\necho $((\naz login -u c\nif x; then\n";
    let parsed = LANGUAGE.parse(text, &[]);
    assert!(parsed.errors > 0);
    assert_eq!(
        calls(&LANGUAGE, text, &["az login"]),
        "az login --username=a --password=b; az login --username=c"
    );
}

#[test]
fn what_is_written_out_inside_a_computed_word_is_known() {
    let text = "az login -p \"${PW:-hunter2}\" -u $(echo me | tr 'a' $'b') -t $(pass show x)";
    assert_eq!(written(&LANGUAGE, text), ["hunter2", "me", "a", "b"]);
}

#[test]
fn a_character_that_the_scanner_cannot_classify_does_not_end_the_process() {
    let text = "az login -u {🚀} -p b # {\u{10ffff}\n";
    assert_eq!(calls(&LANGUAGE, text, &[]), "az login --username={🚀} --password=b");
}

#[test]
fn blanks_in_a_here_document_stand_in_one_part() {
    check_places(&LANGUAGE, "then <<-E | bash\n$xeval `$bash -c ");
    check_places(&LANGUAGE, "az login <<EOF\n$& `$x");
}

#[test]
fn an_expression_is_where_it_is_written_and_not_at_what_looks_like_its_mask() {
    for (text, expected) in [
        ("az login -u _____\\\"__{{ u }}x", "_____\"__$ux"),
        ("az login -u \\{{ u }}_______x", "$u_______x"),
    ] {
        let start = text.find('{').unwrap();
        let span = Span::new(start, start + "{{ u }}".len());
        let parsed = LANGUAGE.parse(text, &[Expression { span, name: "u".to_owned() }]);
        assert_eq!(word(parsed.calls[0].value("--username").unwrap()), expected);
    }
}

#[test]
fn what_is_run_written_and_printed_is_a_text_of_its_own() {
    for (text, expected) in NESTED {
        assert_eq!(nested(&LANGUAGE, text), *expected, "{text}");
    }
}

#[test]
fn nesting_does_not_end_with_the_stack() {
    for open in ["(", "$(a ", "{ ", "if x; then ", "a && ", "\"$(", "! ", "${A:-", "`", "for x in "]
    {
        check_places(&LANGUAGE, &open.repeat(10_000));
    }
    check_places(&LANGUAGE, &"(".repeat(100_000));
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

const PIECES: &[&str] = &[
    "bash -c ",
    "ssh host ",
    "eval ",
    "echo ",
    "cat ",
    "x=",
    "x+=",
    "$x",
    "az \"${x[@]}\"",
    "| bash",
    "<<'EOF'\n",
    "<<-E | bash\n",
    "az login ",
    "-u ",
    "--password=",
    "$U",
    "${P:-x}",
    "$(",
    ")",
    "`",
    "'",
    "\"",
    " ",
    "\n",
    "\\\n",
    "; ",
    "&& ",
    "|| ",
    "| ",
    "& ",
    "if ",
    "then ",
    "else ",
    "fi\n",
    "do ",
    "done\n",
    "case x in ",
    "a) ",
    ";;",
    "esac ",
    "{ ",
    "}",
    "(",
    "<<EOF\n",
    "EOF\n",
    "> x ",
    "2>&1 ",
    "# c",
    "export A=",
    "read -p x Y ",
    "é",
    "あ",
    "$",
    "\\",
    "!",
    "=",
    "[[",
    "((",
    "$'",
    "<(",
    "\r\n",
    "1",
    "@",
];

const CALLS: &[(&str, &str)] = &[
    (
        "A=(login -u \"$U\" -p \"$P\"); az \"${A[@]}\" -t t",
        "az login @--username=$U @--password=$P --tenant=t",
    ),
    (
        "A=(-u \"$U\"); A+=(--service-principal); az login \"${A[@]}\"",
        "az login @--username=$U @--service-principal",
    ),
    (
        "A=(-u \"$U\"); if x; then A+=(--service-principal); fi; az login \"${A[@]}\"",
        "x; az login [$--service-principal] @--username=$U",
    ),
    (
        "F=\"--service-principal -u $U\"; az login $F",
        "az login @--service-principal @--username=$U",
    ),
    ("F=a; az login -u $F", "az login --username=$F"),
    ("L='az login'; $L -u \"$U\" -p b", "az login --username=$U --password=b"),
    (
        "if x; then F='-u a'; else F='--identity'; fi; az login $F",
        "x; az login @--username=a; az login @--identity",
    ),
    (
        r#"if $SP; then az login --service-principal -u $ID -p $SEC -t $T; else az login -u ops@$DOM -p "$PW"; fi"#,
        "; az login --service-principal --username=$ID --password=$SEC --tenant=$T; az login --username=ops@$DOM --password=$PW",
    ),
    (r#"az login -u "$BOT" -p "$BOT_PW""#, "az login --username=$BOT --password=$BOT_PW"),
    (
        r#"read -sp "pw: " P && echo && az login -u me@example.org -p $P"#,
        "read [-sp pw:  P]; echo; az login --username=me@example.org --password=$P",
    ),
    ("az login -u $1@$2", "az login --username=$1@$2"),
    (
        r#"az login --user bot@example.org --pass "$PW""#,
        "az login --username=bot@example.org --password=$PW",
    ),
    ("az login --username=$U --password=$P", "az login --username=$U --password=$P"),
    (
        "az login --allow-no-subscriptions -u $U -p $P",
        "az login --allow-no-subscriptions --username=$U --password=$P",
    ),
    (
        "az login \\\n  -u \"$U\" \\\n  -p \"$P\" 1> out.json",
        "az login --username=$U --password=$P",
    ),
    ("az.cmd login -u %U% -p %P%", "az login --username=%U% --password=%P%"),
    (r#"cmd='az login -u "$A" -p "$B"'; eval "$cmd""#, "eval [$cmd]"),
    ("X=$(az login -u a -p b | jq .)", "az login --username=a --password=b; jq [.]"),
    ("az login 2>err -u a -p b", "az login --username=a --password=b"),
    ("2>err az login -u a -p b", "az login --username=a --password=b"),
    ("x && az login >o -u b -p c && y", "x; az login --username=b --password=c; y"),
    ("az login -u d <<EOF -p e\nbody\nEOF", "az login --username=d --password=e"),
    ("az login --identity --username $CLIENT_ID", "az login --identity --username=$CLIENT_ID"),
    ("az login --use-device-code", "az login --use-device-code"),
    ("az login -uA -p=B -tC", "az login --username=A --password=B --tenant=C"),
    (r#"az login -u 'it'"'"'s' -p "a b\"c\$d""#, r#"az login --username=it's --password=a b"c$d"#),
    (
        r#"az login -u a -p "${PW:-hunter2}" -t ${T}"#,
        "az login --username=a --password={PW} --tenant=$T",
    ),
    (
        "az login -u a -p $(pass show 'az/bot')",
        "az login --username=a --password={}; pass [show az/bot]",
    ),
    ("/usr/bin/az login -u a -p b > /dev/null 2>&1", "az login --username=a --password=b"),
    ("sudo -E az login -u a -p b", "az login --username=a --password=b"),
    (r#"echo "az login -u a -p b"; # az login -u c -p d"#, "echo [az login -u a -p b]"),
    ("cat <<EOF\naz login -u a\nEOF", "cat"),
    ("AZ=1 az login -u a -p b | tee log", "az login --username=a --password=b; tee [log]"),
    ("f() { az login -u a -p b; }", "az login --username=a --password=b"),
    ("( az login -u a -p b & )", "az login --username=a --password=b"),
    (
        "while ! az login -u a -p b; do sleep 1; done",
        "az login --username=a --password=b; sleep [1]",
    ),
    ("case $x in a) az login -u a -p b;; esac", "az login --username=a --password=b"),
    (
        "az group create -g rg --location=westeurope -otsv",
        "az group create -g=rg --location=westeurope -o=tsv",
    ),
    ("az storage blob upload-batch -d x -s y", "az storage blob upload-batch -d=x -s=y"),
    (r#"az login -u "$U" -p "$P" --use"#, "az login --username=$U --password=$P --use"),
    ("az login --scope a b c -u d", "az login --scope=a --username=d"),
    (r#"az login -p "" -u x"#, "az login --password= --username=x"),
    (r"az login -u $'a\tb' -p -x", "az login --username=a\tb --password -x"),
    ("az login -u `cat u` -p `cat p`", "az login --username={} --password={}; cat [u]; cat [p]"),
    ("echo \"it\naz login -u a -p b", "echo; az login --username=a --password=b"),
    ("if az login -u a -p b; then\necho\n", "az login --username=a --password=b; echo"),
    (
        "for x in; do az login -u $(; done\naz login -u q -p r",
        "az login --username; az login --username=q --password=r",
    ),
    (r#""C:/Program Files/az.cmd" login -u a -p b"#, "az login --username=a --password=b"),
    (r#"export A=1 B="x$A"; local -r C='d e'; D=(a $b); E+=f; F= ; G[0]=h"#, ""),
    (r#"az login "--username=$U" -p "x $y  $z ""#, "az login --username=$U --password=x $y  $z "),
    ("time az login -u a -p b", "az login --username=a --password=b"),
    (
        "az account get-access-token --resource x | jq -r .",
        "az account get-access-token --resource=x; jq [-r .]",
    ),
    ("az login -u a --password-stdin", "az login --username=a --password-stdin"),
];

const REMOVALS: &[(&str, Option<&str>)] = &[
    ("az login -u a -p b", Some("")),
    ("echo x; az login -u a -p b > /dev/null 2>&1; echo y", Some("echo x; echo y")),
    ("az login -u a -p b;\necho y", Some("\necho y")),
    ("az login -u a -p b && az group list", Some("az group list")),
    ("az login -u a -p b >log && az group list && echo z", Some("az group list && echo z")),
    ("x && az login -u a -p b && y", Some("x && : && y")),
    ("az login -u a -p b || exit 1", Some(": || exit 1")),
    ("x || az login -u a -p b 2>err", Some("x || :")),
    ("if az login -u a -p b; then echo; fi", Some("if :; then echo; fi")),
    ("if ! az login -u a -p b >/dev/null; then exit 1; fi", Some("if ! :; then exit 1; fi")),
    ("until az login -u a -p b; do sleep 1; done", Some("until :; do sleep 1; done")),
    ("if x; then\n  az login -u a -p b\nfi", Some("if x; then\n  :\nfi")),
    (
        "if x; then\n  echo y\n  az login -u a -p b # why\nfi",
        Some("if x; then\n  echo y\n   # why\nfi"),
    ),
    (
        "if x; then :; elif y; then az login -u a -p b; else z; fi",
        Some("if x; then :; elif y; then :; else z; fi"),
    ),
    ("for i in 1 2; do az login -u a -p b; done", Some("for i in 1 2; do :; done")),
    ("for i in 1 2; do echo; az login -u a -p b; done", Some("for i in 1 2; do echo; done")),
    ("f() {\n  # only this\n  az login -u a -p b\n}", Some("f() {\n  # only this\n  :\n}")),
    ("(az login -u a -p b)", Some("(:)")),
    ("case $x in a) az login -u a -p b ;; esac", Some("case $x in a) : ;; esac")),
    ("X=1 az login -u a -p b\ny", Some("\ny")),
    ("az login -u a -p b &", Some(": &")),
    ("X=$(az login -u a -p b)", None),
    ("X=`az login -u a -p b; az account show`", None),
    ("az login -u a -p b | jq .", None),
    ("cat x | while read u; do az login -u $u; done", Some("cat x | while read u; do :; done")),
    ("{ az login -u a -p b; echo; } | tee log", None),
    ("az login -u a -p b 2>err | cat", None),
    ("az login -u a <<EOF\n$P\nEOF\necho", Some("\necho")),
    ("az login -u a <<EOF | jq .\n$P\nEOF\necho", None),
    ("diff <(az login -u a -p b) x", None),
    ("x=1; ! az login -u a -p b; y", Some("x=1; ! :; y")),
    ("a && b && az login -u a -p b > o", Some("a && b && :")),
    ("f() { az login -u a -p b; } > log", Some("f() { :; } > log")),
    ("az login -u a -p b;;", Some(";;")),
];

const ASSIGNMENTS: &[(&str, &[&str])] = &[
    (r#"export A=1 B="x$A"; local -r C='d e'"#, &["A = 1", "B = x$A", "C = d e"]),
    ("D=(a $b); E+=f; F= ; G[0]=h", &["D = {b} =a =$b", "E += f", "F = ", "G = h"]),
    (r#"readonly T=$(cat "$FILE") U=${V:-w}"#, &["T = {FILE}", "U = {V}"]),
    (
        r#"read -r NAME; read -sp "pw: " PASS; read -p p A B"#,
        &["NAME = {}", "PASS = {}", "A = {}", "B = {}"],
    ),
    ("for U in $USERS x; do echo; done", &["U = {USERS}"]),
    ("A=1 B=2 az login", &["A = 1", "B = 2"]),
    ("declare -r X=$1", &["X = $1"]),
    ("P='it''s'$Q", &["P = its$Q"]),
];

const NESTED: &[(&str, &[&str])] = &[
    ("alias x='az login -u $U'; x", &["bash: az login -u $U"]),
    ("alias x='az login'; x", &[]),
    ("f() { eval \"$1\"; }; f \"az login -u $U\"", &["bash: az login -u ‹U›"]),
    ("run_cmd \"az login -u $U\"; check \"az login -u $U\"", &["bash: az login -u ‹U›"]),
    ("echo 'az login -u a' >> ~/.profile", &["bash to a file: az login -u a"]),
    ("echo '0 1 * * * az login -u a' | crontab -", &["bash to a file: 0 1 * * * az login -u a"]),
    ("expect -c \"spawn az login -u $U\"", &["bash: spawn az login -u ‹U›"]),
    ("az aks command invoke -n c --command 'az login -u a' -f .", &["bash: az login -u a"]),
    ("bash -c 'az login -u a -p b'", &["bash: az login -u a -p b"]),
    (r#"sh -ec "az login -u '$U' -p \"\$P\"""#, &["bash: az login -u '‹U›' -p \"$P\""]),
    ("sudo -u deploy bash -lc 'az login -u a -p b' x", &["bash: az login -u a -p b"]),
    ("bash deploy.sh -c x", &[]),
    ("ssh -i key -p 22 me@host \"az login -u $U\" -p b", &["bash: az login -u ‹U› -p b"]),
    ("ssh host <<EOF\naz login -u $U -p \\$P\nEOF\n", &["bash: az login -u ‹U› -p $P"]),
    ("ssh host bash -s <<'EOF'\naz login -u $U\nEOF\n", &["bash: az login -u $U"]),
    ("ssh host 'sh -c \"az login -u a\"'", &["bash: sh -c \"az login -u a\""]),
    ("docker exec -it box sh -c \"az login -u a\"", &["bash: az login -u a"]),
    ("docker exec -i box bash <<EOF\naz login -u a\nEOF\n", &["bash: az login -u a"]),
    ("sudo -u x bash <<EOF\naz login -u a\nEOF\n", &["bash: az login -u a"]),
    ("su - x -c 'az login -u a'", &["bash: az login -u a"]),
    (
        "pwsh -NoProfile -Command 'Connect-AzAccount -Credential $c'",
        &["powershell: Connect-AzAccount -Credential $c"],
    ),
    (
        "powershell.exe -c \"Connect-AzAccount -Credential \\$c\"",
        &["powershell: Connect-AzAccount -Credential $c"],
    ),
    ("pwsh -File a.ps1", &[]),
    (
        "pwsh <<'EOF'\nConnect-AzAccount -Credential $c\nEOF\n",
        &["powershell: Connect-AzAccount -Credential $c"],
    ),
    ("cat <<EOF > login.sh\naz login -u a\nEOF\n", &["bash to a file: az login -u a"]),
    (
        "cat > login.ps1 <<EOF\nConnect-AzAccount -Credential \\$c\nEOF\n",
        &["powershell to a file: Connect-AzAccount -Credential $c"],
    ),
    ("cat <<EOF | bash\naz login -u a\nEOF\n", &["bash: az login -u a"]),
    (
        "sudo tee /opt/login <<EOF > /dev/null\naz login -u a\nEOF\n",
        &["bash to a file: az login -u a"],
    ),
    ("cat <<EOF > notes.txt\naz login -u a\nEOF\n", &[]),
    ("cat <<EOF\naz login -u a\nEOF\n", &["bash to the screen: az login -u a"]),
    ("echo 'az login -u a' | bash", &["bash: az login -u a"]),
    ("echo \"az login -u $U\" >> x.sh", &["bash to a file: az login -u ‹U›"]),
    ("echo 'az login -u a' | sudo tee x.sh", &["bash to a file: az login -u a"]),
    ("echo az login -u a -p b", &["bash to the screen: az login -u a -p b"]),
    ("printf 'az login -u %s' \"$U\" > x.sh", &["bash to a file: az login -u %s"]),
    ("x=$(echo 'az login -u a')", &[]),
    ("bash <<< 'az login -u a'", &["bash: az login -u a"]),
    (
        "az vm run-command invoke --command-id RunShellScript --scripts 'az login -u a' 'ls -l' -n v",
        &["bash: az login -u a", "bash: ls -l"],
    ),
    (
        "az vm run-command invoke --command-id RunPowerShellScript --scripts 'Connect-AzAccount -Credential $c'",
        &["powershell: Connect-AzAccount -Credential $c"],
    ),
    ("trap 'az logout' EXIT", &["bash: az logout"]),
    (
        "cmd='az login -u \"$A\"'; cmd=\"$cmd -p b\"; eval \"$cmd\"",
        &["bash: az login -u \"$A\" -p b"],
    ),
    (
        "cmd='az login -u a'; [ $k = sp ] && cmd=\"$cmd --service-principal\"; eval \"$cmd\"",
        &["bash: az login -u a ‹--service-principal›"],
    ),
    (
        "if a; then c='az login -u a'; else c='az login -i'; fi; eval $c",
        &["bash: az login -u a", "bash: az login -i"],
    ),
    ("if a; then c='x y'; c+=' z'; eval $c; fi", &["bash: x y z"]),
    ("s=$(cat <<'EOF'\naz login -u a\nEOF\n)\nbash -c \"$s\"\n", &["bash: az login -u a"]),
    ("read -r -d '' s <<'EOF'\naz login -u a\nEOF\neval \"$s\"\n", &["bash: az login -u a"]),
];
