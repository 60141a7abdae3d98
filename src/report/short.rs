//! For editors and grep: one line for each site and each check.

use super::{Format, Report, words};
use crate::{scan::Site, verify::Check};

pub(super) const FORMAT: Format =
    Format { name: "short", write: |report, out| out.write_all(text(report).as_bytes()) };

fn text(report: &Report<'_>) -> String {
    let sites = report.scan.into_iter().flat_map(|it| words::shown(it, report.verbose)).map(site);
    let checks = report.checks.unwrap_or_default().iter().map(check);
    sites.chain(checks).map(|it| words::line(&it) + "\n").collect()
}

fn site(site: &Site) -> String {
    let Site { path, start, rule, .. } = site;
    format!("{path}:{}:{}: {}: {}", start.line, start.column, rule.id, words::message(site))
}

fn check(check: &Check) -> String {
    let word = if check.passed { "passed" } else { "FAILED" };
    format!("{word}: {}", words::outcome(check))
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::*;
    use super::*;

    #[test]
    fn a_site_is_a_line() {
        let (scan, checks) = (scanned(), checked());
        let report = Report { scan: Some(&scan), checks: Some(&checks), ..Report::default() };
        assert_eq!(
            shown(&FORMAT, &report),
            r##"scripts/a|b report.sh:2:1: az-login-password: This call signs in to the Azure CLI as a user, with a password. It may be no user's sign-in: the user name is called like an application's ID, or looks like one: the sign-in of a service principal may be meant, and its switch missing. What follows only reads, or does not go through Azure Resource Manager. Its password is written out in the file, and in its history: change it.
scripts/deploy.sh:3:3: az-login-password: This call signs in to the Azure CLI as a user, with a password. Azure refuses 4 commands that follow and write: az group create (:6), az webapp create (:7), az webapp deploy (:8), and 1 more.
passed: user-assigned managed identity id-web-production
FAILED: role assignment Website Contributor on rg-web: it is not there
"##
        );
    }
}
