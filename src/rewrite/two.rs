//! Two commands in the place of one.

use super::{NoRewrite, Text};
use crate::{
    scan::{Before, Site},
    text::Source,
};

/// A command and the next one, held together as far as what is around the call asks for.
pub(super) fn together(
    site: &Site,
    source: &Source,
    first: Text,
    next: Text,
) -> Result<Text, NoRewrite> {
    let raw = source.raw();
    let between = |it: &str| first.clone().followed(next.clone().behind(it));
    let behind = raw[site.call.span.end..].lines().next().unwrap_or_default();
    match site.call.before {
        // Windows PowerShell knows no `&&`.
        Before::Nothing if site.language == "powershell" => {
            let is_listed = ["&&", "||"].iter().any(|it| behind.contains(it));
            Ok(between(if is_listed { " && " } else { "; " }))
        }
        Before::Nothing => Ok(between(" && ")),
        Before::Operator => Ok(between(" && ").behind("{ ").push("; }")),
        Before::Word(word) => Ok(between(&format!(" && {}", &raw[word.start..word.end]))),
        Before::Unknown => Err(NoRewrite::Bound(format!("{first}, and then {next}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{platform::Repository, scan::scan};

    /// The text with two commands in the place of its sign-in.
    fn written(path: &str, text: &str) -> Option<String> {
        let source = Source::new(path, text);
        let found = scan(std::slice::from_ref(&source), &Repository::default());
        let site = &found.sites[0];
        let two = together(site, &source, Text::known("a"), Text::known("b")).ok()?;
        let (before, after) = (&text[..site.call.span.start], &text[site.call.span.end..]);
        Some(format!("{before}{two}{after}"))
    }

    #[test]
    fn two_commands_bind_as_one_did() {
        const CURL: &str =
            "curl https://login.microsoftonline.com/$T/oauth2/token -d grant_type=password";
        const LOGIN: &str = "az login -u a@b.c -p \"$P\"";
        for call in [CURL, LOGIN] {
            for (around, expected) in [
                ("‹›\n", "a && b\n"),
                ("set -e\n  ‹› || exit 1\n", "set -e\n  a && b || exit 1\n"),
                ("x && ‹› > f\n", "x && a && b > f\n"),
                ("t=$(‹› | jq .a)\n", "t=$(a && b | jq .a)\n"),
                ("t=`‹›`\n", "t=`a && b`\n"),
                ("if ‹›; then x; fi\n", "if a && b; then x; fi\n"),
                ("case $x in y) ‹› ;; esac\n", "case $x in y) a && b ;; esac\n"),
                ("f() { ‹›; }\n", "f() { a && b; }\n"),
                ("if ! ‹›; then x; fi\n", "if ! { a && b; }; then x; fi\n"),
                ("x || ‹›\n", "x || { a && b; }\n"),
                ("x |\n  ‹›\n", "x |\n  { a && b; }\n"),
            ] {
                let text = around.replace("‹›", call);
                assert_eq!(written("a.sh", &text).as_deref(), Some(expected), "{text}");
            }
            for around in ["A=b ‹›\n", "A=b \\\n  ‹›\n", "x=$(y) ‹›\n"] {
                let text = around.replace("‹›", call);
                assert_eq!(written("a.sh", &text), None, "{text}");
            }
        }
        let sudo = format!("sudo -E {LOGIN} || exit 1\n");
        assert_eq!(written("a.sh", &sudo).unwrap(), "sudo -E a && sudo -E b || exit 1\n");
        for word in ["time", "! sudo", "exec"] {
            assert_eq!(written("a.sh", &format!("{word} {LOGIN}\n")), None, "{word}");
        }
        let batch = "call az login -u a@b.c -p %P% || exit 1\r\n";
        assert_eq!(written("a.cmd", batch).unwrap(), "call a && call b || exit 1\r\n");
        let one = "az login -u a@b.c -p $p; az group list\n";
        assert_eq!(written("a.ps1", one).unwrap(), "a; b; az group list\n");
    }
}
