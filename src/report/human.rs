//! For people at a terminal.
//!
//! Styles are always written, and whoever owns the stream takes them out where nobody sees them.
//! They only repeat what the words say.

use super::{
    Format, Report,
    outline::{self, Mark},
    story::{self, Told},
    words,
};
use crate::{
    impact::Impact,
    plan::Plan,
    prove::{Proof, Role, Verdict, is_read},
    resource::Address,
    scan::{Scan, Site},
    text::Excerpt,
    verify::Check,
};
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use anstyle::{AnsiColor, Style};
use std::collections::BTreeSet;

pub(super) const FORMAT: Format =
    Format { name: "human", write: |report, out| out.write_all(text(report).as_bytes()) };

const HEADING: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const CHANGED: Style = AnsiColor::Yellow.on_default();
const PLACE: Style = AnsiColor::Cyan.on_default();
const PLAIN: Style = Style::new();

/// The width of the labels in front of the facts of a site or an identity.
const LABEL: usize = 9;

/// No text is put further to the right for the sake of a name above or below it.
const WIDEST: usize = 100;

const MARKS: &str = "(+ to make, ~ to change, = there already)";
const OFFLINE_MARKS: &str = "(to make unless they are there)";

fn text(report: &Report<'_>) -> String {
    let mut page = Page::default();
    match report.scan {
        Some(it) if report.story => it.sites.iter().for_each(|it| story(&mut page, it)),
        Some(it) => scan(&mut page, it, report.verbose),
        None => {}
    }
    if let Some(it) = report.plan {
        plan(&mut page, it);
    }
    for it in report.diffs.iter().filter(|it| !it.as_str().is_empty()) {
        diff(&mut page, it);
    }
    if let Some(it) = report.plan {
        after(&mut page, it);
    }
    if let Some(it) = report.checks {
        checks(&mut page, it);
    }
    if let Some(it) = report.proofs {
        it.iter().for_each(|it| proof(&mut page, it, report.verbose));
        unused(&mut page, it, report.verbose);
        page.gap();
        page.line(HEADING, &words::proven(it));
    }
    if let Some(it) = &report.next {
        page.line(PLAIN, &format!("Next: {it}"));
    }
    page.0
}

fn scan(page: &mut Page, scan: &Scan, verbose: bool) {
    for it in words::shown(scan, verbose) {
        site(page, it);
        page.gap();
    }
    page.line(HEADING, &words::found(scan));
    let others = words::others(scan);
    if !others.is_empty() {
        page.line(
            PLAIN,
            &format!("Also {others}{}.", if verbose { "" } else { " (-v shows them)" }),
        );
    }
    page.line(PLAIN, &words::read(scan));
    for it in scan.skipped.iter().filter(|_| verbose) {
        page.line(PLAIN, &format!("  {}: {}", it.path, it.reason));
    }
}

fn site(page: &mut Page, site: &Site) {
    // The excerpt begins where the site does, so blanks put it at its true column.
    let text =
        site.excerpt.as_str().replace(|it: char| it.is_control() && !it.is_ascii(), "\u{fffd}");
    let start = site.start.column.saturating_sub(1);
    let text = " ".repeat(start) + &text;
    let span = start..text.trim_end().len().max(start);
    let snippet = Snippet::source(text)
        .line_start(site.start.line)
        .path(words::line(&site.path))
        .annotation(AnnotationKind::Primary.span(span));
    let facts = facts(site).into_iter().map(|(label, facts)| {
        let facts: Vec<String> = facts.iter().map(|it| words::line(it)).collect();
        let facts = facts.join(&format!("\n{:LABEL$}", ""));
        Level::NOTE.no_name().message(format!("{label:<LABEL$}{facts}"))
    });
    let level = match (site.runs_alone(), site.impact) {
        (true, Impact::Blocked) => Level::ERROR,
        (true, _) => Level::WARNING,
        _ => Level::NOTE,
    };
    let title = level.with_name(site.rule.id).primary_title(site.rule.summary);
    let block = Renderer::styled().render(&[title.element(snippet).elements(facts)]);
    page.0.push_str(&block);
    page.0.push('\n');
}

/// A site, and all that follows it.
fn story(page: &mut Page, it: &Site) {
    site(page, it);
    for (heading, all) in
        [("What follows", story::follows(it)), ("What breaks next", story::caveats(it))]
    {
        if !all.is_empty() {
            page.heading(heading, "");
        }
        for Told { command, facts } in all {
            page.line(PLAIN, &format!("  {command}"));
            facts.iter().for_each(|it| page.line(PLAIN, &format!("      {it}")));
        }
    }
    if it.more {
        page.line(PLAIN, "  and more, which are not listed");
    }
    page.gap();
}

/// What is known of a site, behind labels.
fn facts(site: &Site) -> Vec<(&'static str, Vec<String>)> {
    let mut runs: Vec<String> = site.reached.iter().map(words::runs_in).collect();
    if runs.is_empty() {
        runs.push("nothing that the files show".to_owned());
    }
    let mut facts = vec![
        ("runs in", runs),
        ("breaks", vec![words::breaks(site)]),
        ("later", words::caveats(site).into_iter().map(|(_, line)| line).collect()),
        ("doubt", site.doubt.map(str::to_owned).into_iter().collect()),
        ("for", site.intent.map(|it| it.because().to_owned()).into_iter().collect()),
        ("silent", words::suppressed(site).into_iter().collect()),
        ("user", words::sources(site, "user")),
        ("password", words::sources(site, "password")),
    ];
    facts.retain(|(_, it)| !it.is_empty());
    facts
}

fn plan(page: &mut Page, plan: &Plan) {
    page.gap();
    let (tenant, subscription) = (outline::named(&plan.tenant), outline::named(&plan.subscription));
    page.line(PLAIN, &format!("Tenant {tenant} · subscription {subscription}"));
    if plan.offline {
        page.line(PLAIN, words::OFFLINE);
    }
    let identities = outline::identities(plan);
    if !identities.is_empty() {
        page.heading("Identities", if plan.offline { OFFLINE_MARKS } else { MARKS });
    }
    for it in &identities {
        identity(page, it);
    }
    let others = outline::others(plan);
    if !others.is_empty() {
        page.heading("Beside them", "");
    }
    for it in &others {
        page.marked(it.mark, &format!("{}{}", it.name, it.now));
    }
    let files = outline::files(plan);
    if !files.is_empty() {
        page.heading("Edits", &outline::edits(&files));
    }
    page.rows(files.iter().map(|(path, it)| (*path, it.counts())).collect());
}

/// What comes after the plan's diffs.
fn after(page: &mut Page, plan: &Plan) {
    if !plan.left.is_empty() {
        page.heading("Left to people", "");
    }
    page.rows(plan.left.iter().map(|it| (outline::at(plan, it), it.why.clone())).collect());
    let unexplained = outline::unexplained(plan);
    if !unexplained.is_empty() {
        page.heading(words::UNEXPLAINED, "");
    }
    page.rows(unexplained);
    page.list("Afterwards", &plan.afterwards);
    page.list("Assumptions", &plan.assumptions);
    if plan.sites.is_empty() && plan.drafts.is_empty() {
        page.line(PLAIN, "There is nothing to migrate.");
    }
    page.gap();
}

fn identity(page: &mut Page, identity: &outline::Identity<'_>) {
    let planned = identity.planned;
    let place =
        if identity.place.is_empty() { String::new() } else { format!(", {}", identity.place) };
    page.marked(identity.mark, &format!("{}: {}{place}", identity.name(), planned.kind));
    page.facts("runs", planned.workloads.iter().cloned());
    page.parts(
        "trusts",
        identity
            .trusts
            .iter()
            .map(|it| (it.mark, format!("{} from {}{}", it.subject, it.issuer, it.now))),
    );
    page.parts("with", identity.with.iter().map(|it| (it.mark, format!("{}{}", it.name, it.now))));
    for (n, it) in identity.may.iter().enumerate() {
        let role = format!("{} on {}: {}", it.planned.role, it.on, it.planned.because);
        page.parts(if n == 0 { "may" } else { "" }, [(it.mark, role)].into_iter());
        page.facts("", it.notes().into_iter().map(|it| format!("  {it}")));
    }
    if identity.may.is_empty() {
        page.facts("may", ["nothing: no role is assigned".to_owned()]);
    }
    page.facts("or", identity.or.iter().cloned());
    page.facts("but", planned.doubts.iter().cloned());
    page.facts("replaces", planned.users.iter().cloned());
    page.facts("because", [planned.because.clone()]);
    page.facts("not", identity.unfit());
}

fn diff(page: &mut Page, diff: &Excerpt) {
    page.gap();
    for (n, line) in diff.as_str().lines().enumerate() {
        let style = match (n, line.as_bytes().first()) {
            (0 | 1, _) => HEADING,
            (_, Some(b'+')) => GOOD,
            (_, Some(b'-')) => BAD,
            (_, Some(b'@')) => PLACE,
            _ => PLAIN,
        };
        page.line(style, line);
    }
}

fn checks(page: &mut Page, checks: &[Check]) {
    for it in checks {
        let (style, word) = if it.passed { (GOOD, "passed") } else { (BAD, "FAILED") };
        page.0
            .push_str(&format!("  {style}{word}{style:#}  {}\n", words::line(&words::outcome(it))));
    }
    page.line(HEADING, &words::checked(checks));
}

fn proof(page: &mut Page, proof: &Proof, verbose: bool) {
    page.gap();
    let (style, word) = match proof.verdict {
        Verdict::Proven => (GOOD, "proven"),
        Verdict::Failed => (BAD, "FAILED"),
        Verdict::Unproven => (CHANGED, "not proven"),
    };
    let runs_in =
        if proof.runs_in.is_empty() { String::new() } else { format!("  {}", proof.runs_in) };
    let run = words::line(&format!("{}{runs_in}", proof.run));
    page.0.push_str(&format!("{style}{word}{style:#}  {run}\n"));
    page.facts("why", proof.why.iter().cloned());
    page.facts("before", proof.before.iter().map(words::run));
    page.facts("after", proof.after.iter().map(words::run));
    for it in proof.roles.iter().filter(|it| !it.actions.is_empty()) {
        let writes = it.actions.iter().filter(|it| verbose || !is_read(it)).cloned();
        page.facts("role", [words::used(it)].into_iter().chain(writes));
    }
}

/// What the plan gives to identities, and nothing that ran made use of.
fn unused(page: &mut Page, proofs: &[Proof], verbose: bool) {
    let identities: BTreeSet<&Address> = proofs.iter().flat_map(|it| &it.identities).collect();
    let mut is_first = true;
    for identity in identities {
        let of = || proofs.iter().filter(|it| it.identities.contains(identity));
        let is_used = |role: &Role| {
            let same = |it: &&Role| it.role == role.role && it.scope == role.scope;
            of().flat_map(|it| &it.roles).filter(same).any(|it| !it.actions.is_empty())
        };
        let is_unseen = |action: &&String| of().all(|it| it.never_seen.contains(action));
        let Some(one) = of().next() else { continue };
        let roles = one.roles.iter().filter(|it| !is_used(it)).map(words::role);
        let actions = one.never_seen.iter().filter(is_unseen).cloned();
        let lines: Vec<String> =
            roles.chain(words::unseen(&actions.collect::<Vec<_>>(), verbose)).collect();
        if lines.is_empty() {
            continue;
        }
        if std::mem::take(&mut is_first) {
            page.heading("Planned, and not asked for by what ran", "");
        }
        page.line(PLAIN, &format!("  {}", words::name(identity)));
        page.facts("", lines);
    }
}

/// What has been written so far. Text of others passes through [`words::line`] before it is here.
#[derive(Default)]
struct Page(String);

impl Page {
    /// An empty line, unless nothing stands above it.
    fn gap(&mut self) {
        if !self.0.is_empty() && !self.0.ends_with("\n\n") {
            self.0.push('\n');
        }
    }

    fn heading(&mut self, name: &str, note: &str) {
        self.gap();
        let note = if note.is_empty() { String::new() } else { format!("  {}", words::line(note)) };
        self.0.push_str(&format!("{HEADING}{name}{HEADING:#}{note}\n"));
    }

    fn line(&mut self, style: Style, text: &str) {
        self.0.push_str(&format!("{style}{}{style:#}\n", words::line(text)));
    }

    fn marked(&mut self, mark: Mark, text: &str) {
        let style = color(mark);
        self.0.push_str(&format!("  {style}{}{style:#} {}\n", mark.sign(), words::line(text)));
    }

    /// The label stands before the first of several facts.
    fn facts(&mut self, label: &str, facts: impl IntoIterator<Item = String>) {
        for (n, fact) in facts.into_iter().enumerate() {
            let label = if n == 0 { label } else { "" };
            self.0.push_str(&format!("      {label:<LABEL$}{}\n", words::line(&fact)));
        }
    }

    /// Things that are made along with an identity, each behind its mark.
    fn parts(&mut self, label: &str, parts: impl Iterator<Item = (Mark, String)>) {
        for (n, (mark, text)) in parts.enumerate() {
            let (label, style) = (if n == 0 { label } else { "" }, color(mark));
            let sign = mark.sign();
            self.0.push_str(&format!(
                "      {label:<LABEL$}{style}{sign}{style:#} {}\n",
                words::line(&text)
            ));
        }
    }

    /// Two columns, the first of which is as wide as its longest name, unless that is out of the ordinary.
    fn rows(&mut self, rows: Vec<(&str, String)>) {
        let rows: Vec<_> =
            rows.into_iter().map(|(name, text)| (words::line(name), words::line(&text))).collect();
        let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        let width = width.min(WIDEST);
        for (name, text) in rows {
            self.0.push_str(&format!("  {name:<width$}   {text}\n"));
        }
    }

    fn list(&mut self, name: &str, items: &[String]) {
        if !items.is_empty() {
            self.heading(name, "");
        }
        for it in items {
            self.line(PLAIN, &format!("  {it}"));
        }
    }
}

fn color(mark: Mark) -> Style {
    match mark {
        Mark::Make => GOOD,
        Mark::Change => CHANGED,
        Mark::Keep => PLAIN,
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::*;
    use super::*;

    #[test]
    fn a_long_name_moves_no_other() {
        let long = "x".repeat(70_000);
        let mut page = Page(String::new());
        page.rows(vec![("a", "b".to_owned()), (&long, "c".to_owned())]);
        assert_eq!(page.0, format!("  a{}   b\n  {long}   c\n", " ".repeat(WIDEST - 1)));
    }

    #[test]
    fn a_scan_reads() {
        let scan = scanned();
        let next = Some("workid plan .".to_owned());
        let report = Report { scan: Some(&scan), next, ..Report::default() };
        assert_eq!(
            shown(&FORMAT, &report),
            r##"az-login-password: signs in to the Azure CLI as a user, with a password
 --> scripts/a|b report.sh:2:1
  |
2 | / az login \
3 | |   -u "$CLIENT_ID" \
4 | |   -p "$PW"
  | |__________^
  |
  = runs in  a script: a|b report.sh, run by hand or by a scheduler
  = breaks   no: what follows only reads, or does not go through Azure Resource Manager
  = doubt    the user name is called like an application's ID, or looks like one: the sign-in of a service principal may be meant, and its switch missing
  = password from line 1
             written out in this file, and in its history

az-login-password: signs in to the Azure CLI as a user, with a password
 --> scripts/deploy.sh:3:3
  |
3 |   az login -u "$DEPLOY_USER" -p "$DEPLOY_PASSWORD" --tenant contoso.com
  |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = runs in  GitHub Actions: deploy.yml, job deploy (environment production)
  = breaks   yes: Azure refuses 4 commands that follow and write: az group create (:6), az webapp create (:7), az webapp deploy (:8), and 1 more
  = user     from the variable DEPLOY_USER (deploy.yml:8)
  = password from the secret DEPLOY_PASSWORD (deploy.yml:9)

2 sign-ins with a user identity in 2 files: 1 will fail, 1 only reads. 1 may be no user's sign-in.
Also 1 commented out (-v shows them).
Read 4 files, skipped 1.
Next: workid plan .
"##
        );
        let verbose =
            shown(&FORMAT, &Report { scan: Some(&scan), verbose: true, ..Report::default() });
        assert!(verbose.contains("  = breaks   no: it is commented out\n"), "{verbose}");
    }

    #[test]
    fn a_plan_reads() {
        let (plan, diffs) = planned();
        let next = Some("workid apply workid.plan.json".to_owned());
        let report = Report { plan: Some(&plan), diffs: &diffs, next, ..Report::default() };
        assert_eq!(
            shown(&FORMAT, &report),
            r##"Tenant contoso.com · subscription Contoso Prod

Identities  (+ to make, ~ to change, = there already)
  + id-web-production: user-assigned managed identity with a federated credential, in rg-identities (japaneast)
      runs     GitHub Actions: job deploy (environment production)
      trusts   ~ repo:contoso/web:environment:production from https://token.actions.githubusercontent.com (subject is repo:contoso/old, planned repo:contoso/web:environment:production)
               + <subject of connection.web, known after apply> from <issuer of connection.web, known after apply>
      with     + service connection web-production in contoso/web
      may      + Website Contributor on rg-web: deploy@contoso.com holds it
               = Reader on the subscription: deploy@contoso.com holds it
      replaces deploy@contoso.com
      because  nothing secret is kept
      not      one kind, another: it is not hosted
               a third: it needs a key
  ~ vm-nightly: system-assigned managed identity, to be switched on
      runs     GitHub Actions: job deploy (environment production)
      may      nothing: no role is assigned
      replaces deploy@contoso.com
      because  nothing secret is kept
      not      one kind, another: it is not hosted
               a third: it needs a key
  + sp-web-report: service principal with a certificate
      runs     GitHub Actions: job deploy (environment production)
      with     + certificate sp-web-report in sp-web-report.pem
               = application sp-web-report
      may      nothing: no role is assigned
      replaces deploy@contoso.com
      because  nothing secret is kept
      not      one kind, another: it is not hosted
               a third: it needs a key

Beside them
  + application stray

Edits  3 files: 3 safe, 1 to review
  .github/workflows/deploy.yml   1 safe, 1 to review: other permissions are named too
  scripts/a|b report.sh          1 safe
  scripts/deploy.sh              1 safe

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

--- a/scripts/a|b report.sh
+++ b/scripts/a|b report.sh
@@ -1,5 +1,5 @@
 PW='****'
-az login \
+az login --identity # \
   -u "$CLIENT_ID" \
   -p "$PW"
 az vm list

--- a/scripts/deploy.sh
+++ b/scripts/deploy.sh
@@ -1,6 +1,5 @@
 #!/bin/bash
 if true; then
-  az login -u "$DEPLOY_USER" -p "$DEPLOY_PASSWORD" --tenant contoso.com
 fi
 # az login -u old@contoso.com -p ****
 az group create -n rg-web -l japaneast

Left to people
  scripts/a|b report.sh:2   some of its options come from a variable
  vm-nightly                no role is assigned: there is no user vm@contoso.com in the tenant

Afterwards
  disable the user deploy@contoso.com once nothing signs in as that user any more

Assumptions
  the workflow runs on main, the default branch

Next: workid apply workid.plan.json
"##
        );
    }

    #[test]
    fn an_offline_plan_says_so() {
        let plan = Plan { offline: true, ..Plan::default() };
        let text = shown(&FORMAT, &Report { plan: Some(&plan), ..Report::default() });
        assert!(
            text.contains("Nobody was asked") && text.contains("There is nothing to migrate."),
            "{text}"
        );
    }

    #[test]
    fn checks_read() {
        let mut checks = checked();
        assert_eq!(
            shown(&FORMAT, &Report { checks: Some(&checks), ..Report::default() }),
            r##"  passed  user-assigned managed identity id-web-production
  FAILED  role assignment Website Contributor on rg-web: it is not there
1 of 2 checks failed: the migration is not done.
"##
        );
        checks.retain(|it| it.passed);
        let passed = shown(&FORMAT, &Report { checks: Some(&checks), ..Report::default() });
        assert!(passed.ends_with("1 check passed.\n"), "{passed}");
    }

    #[test]
    fn nothing_found_says_what_was_read() {
        let scan = Scan { read: 214, ..Scan::default() };
        let found = "No sign-in with a user identity was found.\nRead 214 files.\n";
        assert_eq!(shown(&FORMAT, &Report { scan: Some(&scan), ..Report::default() }), found);
    }

    #[test]
    fn styles_are_written_and_repeat_the_words() {
        let (plan, diffs) = planned();
        let mut out = Vec::new();
        (FORMAT.write)(&Report { plan: Some(&plan), diffs: &diffs, ..Report::default() }, &mut out)
            .unwrap();
        assert!(String::from_utf8(out).unwrap().contains("\u{1b}[32m+ "));
    }
}
