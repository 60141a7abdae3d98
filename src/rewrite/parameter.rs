//! Parameters that nothing reads any more once a file is changed. What callers pass for them stands
//! anywhere, so that a person takes them out.

use crate::lang;
use crate::text::pattern;
use regex::Regex;
use std::{collections::BTreeSet, sync::LazyLock};

/// `$1`, `${2}`
static POSITIONAL: LazyLock<Regex> = LazyLock::new(|| pattern(r"\$\{?([1-9])\b"));

/// What reads all of them, or moves them.
static ALL: LazyLock<Regex> = LazyLock::new(|| pattern(r"\$\{?[@*]|\bshift\b|\bgetopts?\b|\$\{!"));

/// `inputs.name`, of a workflow or an action; `parameters.name`, of a template of Azure Pipelines.
static INPUT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b((?:inputs|parameters)\.[A-Za-z_][\w-]*)"));

/// A variable of PowerShell, in either way to write it, or in a splat.
static VARIABLE: LazyLock<Regex> = LazyLock::new(|| pattern(r"[$@]\{?([A-Za-z_]\w*)"));

static PARAM: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\bparam\s*\("));

/// The parameters that a file read before, and does not after, each as the file writes it.
pub fn unread(path: &str, before: &str, after: &str) -> BTreeSet<String> {
    let language = lang::of_file(path, before).map(|it| it.name);
    match language {
        Some("powershell") => {
            let named = |text: &str| -> BTreeSet<String> {
                names(&VARIABLE, text).iter().map(|it| it.to_ascii_lowercase()).collect()
            };
            let (header, body) = parameters(after);
            let is_any = body.to_ascii_lowercase().contains("psboundparameters");
            let (old, new) = (named(&parameters(before).1), named(&body));
            let is_unread = |it: &String| {
                let name = it.to_ascii_lowercase();
                !is_any && old.contains(&name) && !new.contains(&name)
            };
            let unread = names(&VARIABLE, &header).into_iter().filter(is_unread);
            unread.map(|it| format!("${it}")).collect()
        }
        Some("bash") if ALL.is_match(after) => BTreeSet::new(),
        Some("bash") => {
            let gone = &names(&POSITIONAL, before) - &names(&POSITIONAL, after);
            gone.iter().map(|it| format!("${it}")).collect()
        }
        Some("settings") => &names(&INPUT, before) - &names(&INPUT, after),
        _ => BTreeSet::new(),
    }
}

fn names(pattern: &Regex, text: &str) -> BTreeSet<String> {
    pattern.captures_iter(text).filter_map(|it| Some(it.get(1)?.as_str().to_owned())).collect()
}

/// What stands in the parameters of a script and its functions, and what stands elsewhere.
fn parameters(text: &str) -> (String, String) {
    let (mut header, mut body) = (String::new(), String::new());
    let mut rest = text;
    while let Some(found) = PARAM.find(rest) {
        body.push_str(&rest[..found.end()]);
        rest = &rest[found.end()..];
        let mut depth = 1;
        let end = rest.char_indices().find(|(_, it)| {
            depth += match it {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            depth == 0
        });
        let end = end.map_or(rest.len(), |(at, _)| at);
        header.push_str(&rest[..end]);
        rest = &rest[end..];
    }
    body.push_str(rest);
    (header, body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_for_the_sign_in_alone_is_told() {
        let of = |path: &str, before: &str, after: &str| {
            unread(path, before, after).into_iter().collect::<Vec<_>>()
        };
        let param = "param(\n  [PSCredential]$Credential,\n  [string]$Group = (Get-Date)\n)\n";
        let login = "Connect-AzAccount -Credential $credential\n";
        let work = "Get-AzVM -ResourceGroupName $Group\n";
        let ps1 = |it: &str| format!("{param}{it}{work}");
        assert_eq!(of("a.ps1", &ps1(login), &ps1("")), ["$Credential"]);
        assert_eq!(of("a.ps1", &ps1(login), &ps1("Send-Mail $Credential\n")), [""; 0]);
        assert_eq!(of("a.ps1", &ps1(login), &ps1("Other @PSBoundParameters\n")), [""; 0]);
        // What nothing ever read is nobody's business here.
        assert_eq!(of("a.ps1", &ps1(""), &ps1("")), [""; 0]);
        let sh = "az login -u \"$1\" -p \"${2}\"\naz group create -n \"$3\"\n";
        assert_eq!(of("a.sh", sh, "az group create -n \"$3\"\n"), ["$1", "$2"]);
        assert_eq!(of("a.sh", sh, "az group create -n \"$3\"\nrun \"$@\"\n"), [""; 0]);
        let yml = "on:\n  workflow_call:\n    inputs: {user: {}, group: {}}\nenv:\n  U: ${{ inputs.user }}\n  G: ${{ inputs.group }}\n";
        let after = yml.replace("  U: ${{ inputs.user }}\n", "");
        assert_eq!(of(".github/workflows/a.yml", yml, &after), ["inputs.user"]);
    }
}
