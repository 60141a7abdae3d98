//! For a comment on a pull request: GitHub's Markdown.

use super::{
    Format, Report,
    outline::{self, Mark},
    words,
};
use crate::{
    plan::Plan,
    scan::{Scan, Site},
    text::Excerpt,
    verify::Check,
};

pub(super) const FORMAT: Format =
    Format { name: "markdown", write: |report, out| out.write_all(text(report).as_bytes()) };

/// Blocks, with an empty line between each two.
fn text(report: &Report<'_>) -> String {
    let mut blocks = Vec::new();
    blocks.extend(report.scan.map(|it| scan(it, report.verbose)).into_iter().flatten());
    blocks.extend(report.plan.map(plan).into_iter().flatten());
    blocks.extend(report.diffs.iter().map(diff));
    blocks.extend(report.plan.map(after).into_iter().flatten());
    blocks.extend(report.checks.map(checks).into_iter().flatten());
    blocks.extend(report.next.as_ref().map(|it| format!("Next: {}", code(it))));
    blocks.retain(|it| !it.is_empty());
    blocks.join("\n\n") + "\n"
}

fn scan(scan: &Scan, verbose: bool) -> Vec<String> {
    let others = words::others(scan);
    let others = if others.is_empty() { others } else { format!("Also {others}. ") };
    let rows: Vec<String> = words::shown(scan, verbose).map(row).collect();
    let table = match rows.as_slice() {
        [] => String::new(),
        rows => format!(
            "| Where | What | Runs in | Breaks |\n| --- | --- | --- | --- |\n{}",
            rows.join("\n")
        ),
    };
    let skipped = scan
        .skipped
        .iter()
        .filter(|_| verbose)
        .map(|it| format!("- {}: {}", code(&it.path), prose(&it.reason)));
    vec![
        format!("### {}", words::found(scan).trim_end_matches('.')),
        table,
        format!("{others}{}", words::read(scan)),
        skipped.collect::<Vec<_>>().join("\n"),
    ]
}

fn row(site: &Site) -> String {
    let runs: Vec<String> = site.reached.iter().map(|it| prose(&words::runs_in(it))).collect();
    let doubt =
        site.doubt.map(|it| format!("<br>It may be no user's: {}", prose(it))).unwrap_or_default();
    let place = code(&format!("{}:{}", site.path, site.start.line)).replace('|', "\\|");
    format!(
        "| {place} | {}{doubt} | {} | {} |",
        prose(site.rule.summary),
        runs.join("<br>"),
        prose(&words::breaks(site))
    )
}

fn plan(plan: &Plan) -> Vec<String> {
    let files = outline::files(plan);
    let identities: Vec<String> = outline::identities(plan).iter().map(identity).collect();
    let others = outline::others(plan).into_iter().map(|it| part(&it)).collect();
    let file =
        |(path, it): (&&str, &outline::File)| format!("{}: {}", code(path), prose(&it.counts()));
    let edits = if files.is_empty() {
        String::new()
    } else {
        format!("Edits ({})", outline::edits(&files))
    };
    vec![
        "### Plan".to_owned(),
        format!(
            "Tenant {} · subscription {}",
            code(outline::named(&plan.tenant)),
            code(outline::named(&plan.subscription))
        ),
        if plan.offline { prose(words::OFFLINE) } else { String::new() },
        list("Identities", identities),
        list("Beside them", others),
        list(&edits, files.iter().map(file).collect()),
    ]
}

/// What comes after the plan's diffs.
fn after(plan: &Plan) -> Vec<String> {
    let left =
        plan.left.iter().map(|it| format!("{}: {}", code(outline::at(plan, it)), prose(&it.why)));
    let unexplained = outline::unexplained(plan);
    let unexplained = unexplained.iter().map(|(user, it)| format!("{}: {}", code(user), prose(it)));
    vec![
        list("Left to people", left.collect()),
        list(words::UNEXPLAINED, unexplained.collect()),
        list("Afterwards", plan.afterwards.iter().map(|it| prose(it)).collect()),
        list("Assumptions", plan.assumptions.iter().map(|it| prose(it)).collect()),
    ]
}

fn identity(identity: &outline::Identity<'_>) -> String {
    let planned = identity.planned;
    let place = if identity.place.is_empty() {
        String::new()
    } else {
        format!(", {}", prose(&identity.place))
    };
    let mut lines = vec![format!(
        "{}{}: {}{place}",
        code(identity.name()),
        meaning(identity.mark),
        prose(&planned.kind)
    )];
    lines.extend(planned.workloads.iter().map(|it| format!("runs {}", prose(it))));
    let trust = |it: &outline::Trust| {
        let (subject, issuer, now) = (code(&it.subject), code(&it.issuer), prose(&it.now));
        format!("trusts {subject} from {issuer}{now}{}", meaning(it.mark))
    };
    lines.extend(identity.trusts.iter().map(trust));
    lines.extend(identity.with.iter().map(|it| format!("with {}", part(it))));
    lines.extend(identity.may.iter().map(|it| {
        let (role, because) = (prose(&it.planned.role), prose(&it.planned.because));
        let notes: String = it.notes().iter().map(|it| format!("<br>{}", prose(it))).collect();
        format!("may **{role}** on {}{}: {because}{notes}", code(&it.on), meaning(it.mark))
    }));
    if identity.may.is_empty() {
        lines.push("may nothing: no role is assigned".to_owned());
    }
    lines.extend(identity.or.iter().map(|it| format!("or {}", prose(it))));
    lines.extend(planned.doubts.iter().map(|it| format!("but {}", prose(it))));
    lines.extend(planned.users.iter().map(|it| format!("replaces {}", code(it))));
    lines.push(format!("because {}", prose(&planned.because)));
    lines.extend(identity.unfit().iter().map(|it| format!("not {}", prose(it))));
    lines.join("\n  - ")
}

fn part(part: &outline::Part) -> String {
    format!("{}{}{}", prose(&part.name), prose(&part.now), meaning(part.mark))
}

fn meaning(mark: Mark) -> String {
    format!(" ({})", mark.meaning())
}

fn list(title: &str, items: Vec<String>) -> String {
    if items.is_empty() {
        String::new()
    } else {
        format!("#### {title}\n\n- {}", items.join("\n- "))
    }
}

fn diff(diff: &Excerpt) -> String {
    let text = words::lines(diff.as_str());
    let path = text.lines().nth(1).and_then(|it| it.strip_prefix("+++ b/")).unwrap_or("diff");
    let fence = "`".repeat(longest_run(&text).max(2) + 1);
    let text = text.trim_end_matches('\n');
    if text.is_empty() {
        return String::new();
    }
    format!(
        "<details><summary>{}</summary>\n\n{fence}diff\n{text}\n{fence}\n\n</details>",
        html(path)
    )
}

fn checks(checks: &[Check]) -> Vec<String> {
    let check = |it: &Check| match it.passed {
        true => format!("- passed: {}", prose(&it.what)),
        false => format!("- **FAILED**: {}", prose(&words::outcome(it))),
    };
    vec![
        format!("### {}", words::checked(checks).trim_end_matches('.')),
        checks.iter().map(check).collect::<Vec<_>>().join("\n"),
    ]
}

/// Text in which no character is Markdown.
fn prose(text: &str) -> String {
    let mut out = String::new();
    for c in words::line(text).chars() {
        if "\\`*_[]<>|~&".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A name, as it is. Its fence is longer than any in it.
fn code(text: &str) -> String {
    let text = words::line(text);
    if text.is_empty() {
        return text;
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    let space = if fence.len() > 1 { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

fn longest_run(text: &str) -> usize {
    text.split(|it| it != '`').map(str::len).max().unwrap_or(0)
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::*;
    use super::*;

    #[test]
    fn a_scan_is_a_table() {
        let scan = scanned();
        let report = Report { scan: Some(&scan), verbose: true, ..Report::default() };
        assert_eq!(
            shown(&FORMAT, &report),
            r##"### 2 sign-ins with a user identity in 2 files: 1 will fail, 1 only reads. 1 may be no user's sign-in

| Where | What | Runs in | Breaks |
| --- | --- | --- | --- |
| `scripts/a\|b report.sh:2` | signs in to the Azure CLI as a user, with a password<br>It may be no user's: the user name is called like an application's ID, or looks like one: the sign-in of a service principal may be meant, and its switch missing | a script: a\|b report.sh, run by hand or by a scheduler | no: what follows only reads, or does not go through Azure Resource Manager |
| `scripts/deploy.sh:3` | signs in to the Azure CLI as a user, with a password | GitHub Actions: deploy.yml, job deploy (environment production) | yes: Azure refuses 4 commands that follow and write: az group create (:6), az webapp create (:7), az webapp deploy (:8), and 1 more |
| `scripts/deploy.sh:5` | signs in to the Azure CLI as a user, with a password | a script: deploy.sh, run by hand or by a scheduler | no: it is commented out |

Also 1 commented out. Read 4 files, skipped 1.

- `.github/workflows/broken.yml`: not readable as YAML: line 1: unclosed bracket '\['
"##
        );
    }

    #[test]
    fn a_plan_is_lists_and_diffs() {
        let ((plan, diffs), checks) = (planned(), checked());
        let report =
            Report { plan: Some(&plan), diffs: &diffs, checks: Some(&checks), ..Report::default() };
        assert_eq!(
            shown(&FORMAT, &report),
            r##"### Plan

Tenant `contoso.com` · subscription `Contoso Prod`

#### Identities

- `id-web-production` (to make): user-assigned managed identity with a federated credential, in rg-identities (japaneast)
  - runs GitHub Actions: job deploy (environment production)
  - trusts `repo:contoso/web:environment:production` from `https://token.actions.githubusercontent.com` (subject is repo:contoso/old, planned repo:contoso/web:environment:production) (to change)
  - trusts `<subject of connection.web, known after apply>` from `<issuer of connection.web, known after apply>` (to make)
  - with service connection web-production in contoso/web (to make)
  - may **Website Contributor** on `rg-web` (to make): deploy@contoso.com holds it
  - may **Reader** on `the subscription` (there already): deploy@contoso.com holds it
  - replaces `deploy@contoso.com`
  - because nothing secret is kept
  - not one kind, another: it is not hosted
  - not a third: it needs a key
- `vm-nightly` (to change): system-assigned managed identity, to be switched on
  - runs GitHub Actions: job deploy (environment production)
  - may nothing: no role is assigned
  - replaces `deploy@contoso.com`
  - because nothing secret is kept
  - not one kind, another: it is not hosted
  - not a third: it needs a key
- `sp-web-report` (to make): service principal with a certificate
  - runs GitHub Actions: job deploy (environment production)
  - with certificate sp-web-report in sp-web-report.pem (to make)
  - with application sp-web-report (there already)
  - may nothing: no role is assigned
  - replaces `deploy@contoso.com`
  - because nothing secret is kept
  - not one kind, another: it is not hosted
  - not a third: it needs a key

#### Beside them

- application stray (to make)

#### Edits (3 files: 3 safe, 1 to review)

- `.github/workflows/deploy.yml`: 1 safe, 1 to review: other permissions are named too
- `scripts/a|b report.sh`: 1 safe
- `scripts/deploy.sh`: 1 safe

<details><summary>.github/workflows/deploy.yml</summary>

```diff
--- a/.github/workflows/deploy.yml
+++ b/.github/workflows/deploy.yml
@@ -1,9 +1,12 @@
 on: push
 jobs:
   deploy:
+    permissions:
+      id-token: write
     environment: production
     steps:
+      - uses: azure/login@v2
       - run: ./scripts/deploy.sh
-        env:
+          env:
           DEPLOY_USER: ${{ vars.DEPLOY_USER }}
           DEPLOY_PASSWORD: ${{ secrets.DEPLOY_PASSWORD }}
```

</details>

<details><summary>scripts/a|b report.sh</summary>

```diff
--- a/scripts/a|b report.sh
+++ b/scripts/a|b report.sh
@@ -1,5 +1,5 @@
 PW='****'
-az login \
+az login --identity # \
   -u "$CLIENT_ID" \
   -p "$PW"
 az vm list
```

</details>

<details><summary>scripts/deploy.sh</summary>

```diff
--- a/scripts/deploy.sh
+++ b/scripts/deploy.sh
@@ -1,6 +1,5 @@
 #!/bin/bash
 if true; then
-  az login -u "$DEPLOY_USER" -p "$DEPLOY_PASSWORD" --tenant contoso.com
 fi
 # az login -u old@contoso.com -p ****
 az group create -n rg-web -l japaneast
```

</details>

#### Left to people

- `scripts/a|b report.sh:2`: some of its options come from a variable
- `vm-nightly`: no role is assigned: there is no user vm@contoso.com in the tenant

#### Afterwards

- disable the user deploy@contoso.com once nothing signs in as that user any more

#### Assumptions

- the workflow runs on main, the default branch

### 1 of 2 checks failed: the migration is not done

- passed: user-assigned managed identity id-web-production
- **FAILED**: role assignment Website Contributor on rg-web: it is not there
"##
        );
    }

    #[test]
    fn no_text_leaves_its_place() {
        assert_eq!(prose("a|b <c> *d*\n# e"), "a\\|b \\<c\\> \\*d\\* # e");
        assert_eq!(code("a`b"), "`` a`b ``");
        assert_eq!(code(""), "");
    }
}
