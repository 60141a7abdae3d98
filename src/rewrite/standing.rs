//! A sign-in that the script has made already, lines above, and that needs not be made again.

use super::Surroundings;
use crate::{
    lang::{Call, Role},
    scan::Site,
    text::Source,
};

/// A client's sign-in with a managed identity: its call, the option that makes it one, the options
/// that name another identity than the system-assigned one, and what ends the session.
struct Own {
    client: &'static str,
    call: &'static str,
    is_identity: &'static str,
    others: &'static [&'static str],
    ends: &'static [&'static str],
}

const OWN: &[Own] = &[
    Own {
        client: "azure-cli",
        call: "az login",
        is_identity: "--identity",
        others: &["--username", "--client-id", "--object-id", "--resource-id"],
        ends: &["az login", "az logout", "az account clear", "az cloud set"],
    },
    Own {
        client: "azure-powershell",
        call: "connect-azaccount",
        is_identity: "-identity",
        others: &["-accountid", "-environment"],
        ends: &["connect-azaccount", "disconnect-azaccount", "clear-azcontext"],
    },
];

const OPENS: &[&str] = &["if", "for", "while", "until", "case"];
const CLOSES: &[&str] = &["fi", "done", "esac"];
const DIVIDES: &[&str] = &["else", "elif", "elseif", ";;"];

/// Whether lines of a script leave a block that begins before them.
fn leaves(lines: &str) -> bool {
    let mut depth = 0usize;
    for line in lines.lines().map(str::trim).filter(|it| !it.is_empty()) {
        let mut words = line.split_whitespace().map(|it| it.trim_end_matches(';'));
        let (first, last) = (words.next().unwrap_or(line), words.next_back());
        let is_open = OPENS.contains(&first) || line.ends_with(['{', '(']);
        let is_closed = last.is_some_and(|it| CLOSES.contains(&it)) || line.ends_with(['}', ')']);
        if CLOSES.contains(&first) || first.starts_with(['}', ')']) {
            let Some(less) = depth.checked_sub(1) else { return true };
            depth = less;
        } else if depth == 0 && (DIVIDES.contains(&first) || line.ends_with(";;")) {
            return true;
        }
        depth += usize::from(is_open && !is_closed);
    }
    false
}

/// Whether lines lead from one branch of a choice to another one of the same choice.
fn divides(lines: &str) -> bool {
    let (mut depth, mut divided) = (0usize, false);
    let lines = lines.replace(";;", "\n;;\n");
    for line in lines.lines().map(str::trim).filter(|it| !it.is_empty()) {
        let mut words = line.split_whitespace().map(|it| it.trim_end_matches(';'));
        let (first, last) = (words.next().unwrap_or(line), words.next_back());
        let is_other = line == ";;"
            || DIVIDES.contains(&first)
            || line.starts_with('}') && line.contains("else");
        if is_other {
            divided |= depth == 0;
            continue;
        }
        let is_open = OPENS.contains(&first) || line.ends_with(['{', '(']);
        let is_closed = last.is_some_and(|it| CLOSES.contains(&it)) || line.ends_with(['}', ')']);
        if CLOSES.contains(&first) || first.starts_with(['}', ')']) {
            let Some(less) = depth.checked_sub(1) else { return false };
            depth = less;
        }
        depth += usize::from(is_open && !is_closed);
    }
    divided && depth == 0
}

/// No branch is longer, in bytes.
const FURTHEST: usize = 2_000;

/// The line in which another branch of the same choice signs in with a managed identity: whoever chooses
/// can choose that, and the site's own branch go.
pub(super) fn other_branch(
    site: &Site,
    source: &Source,
    around: &Surroundings<'_>,
) -> Option<usize> {
    let own = OWN.iter().find(|it| it.client == site.rule.client)?;
    let raw = source.raw();
    let parsed = around.parsed(site, source)?;
    let site = site.call.span;
    let is_other = |it: &&Call| {
        let (first, next) =
            if it.span.end <= site.start { (it.span, site) } else { (site, it.span) };
        it.name == own.call
            && it.has(own.is_identity)
            && raw.get(first.end..next.start).is_some_and(divides)
    };
    let near = site.start.saturating_sub(FURTHEST)..site.end + FURTHEST;
    parsed.calls_in(near).iter().find(is_other).map(|it| source.position(it.span.start).line)
}

/// The line in which the script signs in with the system-assigned identity, if that sign-in still holds
/// at the site: nothing between ends it, and both are statements of one block.
pub(super) fn line(site: &Site, source: &Source, around: &Surroundings<'_>) -> Option<usize> {
    let own = OWN.iter().find(|it| it.client == site.rule.client)?;
    let (statement, _) = site.call.statement?;
    let raw = source.raw();
    let parsed = around.parsed(site, source)?;
    let is_end = |it: &&Call| own.ends.contains(&it.name.as_str());
    let mut before = parsed.calls.iter().filter(|it| it.span.end <= site.call.span.start);
    let last = before.rfind(is_end)?;
    let has = |name: &str| last.has(name);
    if last.name != own.call || !has(own.is_identity) || own.others.iter().any(|it| has(it)) {
        return None;
    }
    let Role::Statement { span, .. } = last.role else { return None };
    let (first, next) = (source.lines_of(span)?, source.whole_lines(statement));
    let between = raw.get(first.end..next.start)?;
    (!leaves(between)).then(|| source.position(last.span.start).line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{platform::Repository, rewrite::Templates, scan::scan};

    #[test]
    fn a_sign_in_stands_until_it_is_ended_or_left() {
        let of = |path: &str, text: &str| {
            let source = Source::new(path, text);
            let found = scan(std::slice::from_ref(&source), &Repository::default());
            let templates = Templates::default();
            line(&found.sites[0], &source, &Surroundings::new("t", "s", &templates))
        };
        let login = "az login -u a@b.c -p \"$P\"\n";
        for (before, expected) in [
            ("az login --identity\nP=$(az keyvault secret show -n p)\n", Some(1)),
            ("set -e\naz login --identity >/dev/null\nif x; then\n", Some(2)),
            ("az login --identity\nif x; then\n  y\nfi\nif z; then w; fi\n", Some(1)),
            ("case $x in\n  a)\n    az login --identity\n    ;;\n  b)\n", None),
            ("az login --identity\naz logout\n", None),
            ("az login --identity\naz login --service-principal -u a -p b --tenant t\n", None),
            ("az login --identity --client-id \"$ID\"\n", None),
            ("if x; then\n  az login --identity\nfi\n", None),
            ("if x; then\naz login --identity\nelse\n", None),
            ("f() {\naz login --identity\n}\n", None),
            ("x || az login --identity\n", None),
        ] {
            assert_eq!(of("a.sh", &format!("{before}{login}")), expected, "{before}");
        }
        let choice = |text: &str| {
            let source = Source::new("a.sh", text);
            let found = scan(std::slice::from_ref(&source), &Repository::default());
            let templates = Templates::default();
            other_branch(&found.sites[0], &source, &Surroundings::new("t", "s", &templates))
        };
        let password = login.trim_end();
        for (text, expected) in [
            (
                format!("case $1 in\n  msi) az login --identity ;;\n  user) {password} ;;\nesac\n"),
                Some(2),
            ),
            (format!("if $MSI; then\n  az login --identity\nelse\n  {login}fi\n"), Some(2)),
            (
                format!(
                    "if $U; then\n  {login}  if x; then\n    y\n  fi\nelse\n  az login --identity\nfi\n"
                ),
                Some(7),
            ),
            (
                format!(
                    "if $MSI; then\n  az login --identity\nfi\nif z; then\n  w\nelse\n  {login}fi\n"
                ),
                None,
            ),
            (
                format!(
                    "case $1 in\n  msi) az login --service-principal ;;\n  user) {password} ;;\nesac\n"
                ),
                None,
            ),
        ] {
            assert_eq!(choice(&text), expected, "{text}");
        }
        let modules = "Connect-AzAccount -Identity\nConnect-AzAccount -Credential $c\n";
        assert_eq!(of("a.ps1", modules), Some(1));
    }
}
