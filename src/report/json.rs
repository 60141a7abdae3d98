//! For programs: JSON, version 1.
//!
//! What stands here is never changed, only added to, so it is written down in types of its own.

use super::{Format, Report, words};
use crate::{
    caveats::Caveat,
    impact::Impact,
    needs::{Need, Reach},
    plan::Plan,
    platform::Workload,
    prove::Proof,
    scan::{Command, Follow, Intent, Note, Reached, Scan, Site},
    text::{Excerpt, Position},
    verify::Check,
};
use serde::Serialize;

const VERSION: u32 = 1;

pub(super) const FORMAT: Format = Format {
    name: "json",
    write: |report, out| {
        serde_json::to_writer_pretty(&mut *out, &written(report))?;
        out.write_all(b"\n")
    },
};

#[derive(Serialize)]
struct Written<'r> {
    version: u32,
    tool: Tool,
    #[serde(flatten)]
    scan: Option<WrittenScan<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<WrittenPlan<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checks: Option<&'r [Check]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proofs: Option<&'r [Proof]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    diffs: Option<Vec<&'r str>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct WrittenScan<'r> {
    sites: Vec<WrittenSite<'r>>,
    read: usize,
    skipped: Vec<WrittenSkipped<'r>>,
}

#[derive(Serialize)]
struct WrittenSite<'r> {
    rule: &'static str,
    class: &'static str,
    confidence: &'static str,
    path: &'r str,
    language: &'static str,
    start: WrittenPosition,
    end: WrittenPosition,
    related: Vec<WrittenRelated>,
    runs: Vec<WrittenRun<'r>>,
    impact: &'static str,
    follows: Vec<WrittenFollow<'r>>,
    follows_more: bool,
    notes: Vec<WrittenNote<'r>>,
    user: Option<&'r str>,
    intent: Option<&'static str>,
    leaked: bool,
    suppressed: Option<WrittenSuppression<'r>>,
    message: String,
    excerpt: &'r str,
    fingerprint: &'r str,
}

#[derive(Serialize)]
struct WrittenSuppression<'r> {
    by: &'static str,
    reason: &'r str,
}

#[derive(Serialize)]
struct WrittenPosition {
    line: usize,
    column: usize,
}

#[derive(Serialize)]
struct WrittenRelated {
    role: &'static str,
    start: WrittenPosition,
    end: WrittenPosition,
}

#[derive(Serialize)]
struct WrittenRun<'r> {
    platform: &'static str,
    workload: &'r str,
    through: &'r [String],
    assumptions: &'r [String],
}

#[derive(Serialize)]
struct WrittenFollow<'r> {
    command: &'r str,
    path: &'r str,
    line: usize,
    effect: &'static str,
    judged: &'static str,
    needs: Vec<WrittenNeed<'r>>,
    gap: Option<&'static str>,
}

#[derive(Serialize)]
struct WrittenNote<'r> {
    caveat: &'static str,
    command: &'r str,
    path: &'r str,
    line: usize,
    message: &'static str,
    instead: &'static str,
}

#[derive(Serialize)]
struct WrittenNeed<'r> {
    action: &'r str,
    plane: &'static str,
    scope: WrittenScope<'r>,
    option: Option<&'r str>,
    sure: bool,
}

#[derive(Default, Serialize)]
struct WrittenScope<'r> {
    at: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    management_group: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_group: Option<&'r str>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'r str>,
}

#[derive(Serialize)]
struct WrittenSkipped<'r> {
    path: &'r str,
    reason: &'r str,
}

#[derive(Serialize)]
struct WrittenPlan<'r> {
    #[serde(flatten)]
    plan: &'r Plan,
    diffs: Vec<&'r str>,
}

fn written<'r>(report: &Report<'r>) -> Written<'r> {
    let Report { scan, plan, checks, proofs, .. } = *report;
    let diffs: Vec<&str> = report.diffs.iter().map(Excerpt::as_str).collect();
    let (of_plan, alone) = match (scan, plan, checks) {
        (None, None, None) => (Vec::new(), Some(diffs)),
        _ => (diffs, None),
    };
    Written {
        version: VERSION,
        tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        scan: scan.map(written_scan),
        plan: plan.map(|plan| WrittenPlan { plan, diffs: of_plan }),
        checks,
        proofs,
        diffs: alone,
    }
}

fn written_scan(scan: &Scan) -> WrittenScan<'_> {
    WrittenScan {
        sites: scan.sites.iter().map(site).collect(),
        read: scan.read,
        skipped: scan
            .skipped
            .iter()
            .map(|it| WrittenSkipped { path: &it.path, reason: &it.reason })
            .collect(),
    }
}

fn site(site: &Site) -> WrittenSite<'_> {
    let related = site.related.iter().map(|it| WrittenRelated {
        role: it.role,
        start: position(it.start),
        end: position(it.end),
    });
    WrittenSite {
        rule: site.rule.id,
        class: site.class.name(),
        confidence: if site.doubt.is_some() { "low" } else { "high" },
        path: &site.path,
        language: site.language,
        start: position(site.start),
        end: position(site.end),
        related: related.collect(),
        runs: site.reached.iter().map(run).collect(),
        impact: match site.impact {
            Impact::Blocked => "blocked",
            Impact::NotBlocked => "not-blocked",
            Impact::Unknown => "unknown",
        },
        follows: site.follows.iter().map(|it| follow(it)).collect(),
        follows_more: site.more,
        notes: site.notes.iter().map(note).collect(),
        user: site.user.as_deref(),
        intent: site.intent.map(Intent::name),
        leaked: site.leaked,
        suppressed: site
            .suppressed
            .as_ref()
            .map(|it| WrittenSuppression { by: it.by.name(), reason: &it.reason }),
        message: words::message(site),
        excerpt: site.excerpt.as_str(),
        fingerprint: &site.fingerprint,
    }
}

fn run(reached: &Reached) -> WrittenRun<'_> {
    let Reached { workload, through } = reached;
    let Workload { platform, name, assumptions, .. } = &**workload;
    WrittenRun { platform, workload: name, through, assumptions }
}

fn follow(follow: &Follow) -> WrittenFollow<'_> {
    let Command { name, path, line } = &follow.command;
    let (effect, judged) = (follow.effect.name(), follow.by.name());
    let needs = follow.needs.iter().map(need).collect();
    WrittenFollow { command: name, path, line: *line, effect, judged, needs, gap: follow.gap }
}

fn note(note: &Note) -> WrittenNote<'_> {
    let Command { name, path, line } = &note.command;
    let Caveat { id, summary, instead, .. } = note.caveat;
    WrittenNote { caveat: id, command: name, path, line: *line, message: summary, instead }
}

fn need(need: &Need) -> WrittenNeed<'_> {
    let Need { action, plane, reach, option, sure } = need;
    let (plane, option, sure) = (plane.name(), option.as_deref(), *sure);
    WrittenNeed { action, plane, scope: scope(reach), option, sure }
}

fn scope(reach: &Reach) -> WrittenScope<'_> {
    let none = WrittenScope { at: reach.name(), ..WrittenScope::default() };
    match reach {
        Reach::ManagementGroup(it) => WrittenScope { management_group: Some(it), ..none },
        Reach::Subscription(it) => WrittenScope { subscription: it.as_deref(), ..none },
        Reach::ResourceGroup { subscription, group } => WrittenScope {
            subscription: subscription.as_deref(),
            resource_group: Some(group),
            ..none
        },
        Reach::Resource { subscription, group, kind, name } => WrittenScope {
            subscription: subscription.as_deref(),
            resource_group: group.as_deref(),
            kind: Some(kind),
            name: Some(name),
            ..none
        },
        Reach::Unknown => none,
    }
}

fn position(position: Position) -> WrittenPosition {
    WrittenPosition { line: position.line, column: position.column }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::*;
    use super::*;
    use serde_json::Value;

    #[test]
    fn a_scan_is_written_in_version_1() {
        let mut scan = scanned();
        // One command tells the form of all.
        scan.sites.iter_mut().for_each(|it| it.follows.truncate(1));
        assert_eq!(
            shown(&FORMAT, &Report { scan: Some(&scan), ..Report::default() }),
            r##"{
  "version": 1,
  "tool": {
    "name": "workid",
    "version": "0.1.0"
  },
  "sites": [
    {
      "rule": "az-login-password",
      "class": "user-identity",
      "confidence": "low",
      "path": "scripts/a|b report.sh",
      "language": "bash",
      "start": {
        "line": 2,
        "column": 1
      },
      "end": {
        "line": 4,
        "column": 11
      },
      "related": [
        {
          "role": "password",
          "start": {
            "line": 1,
            "column": 1
          },
          "end": {
            "line": 1,
            "column": 19
          }
        }
      ],
      "runs": [
        {
          "platform": "standalone",
          "workload": "a|b report.sh, run by hand or by a scheduler",
          "through": [],
          "assumptions": []
        }
      ],
      "impact": "not-blocked",
      "follows": [
        {
          "command": "az vm list",
          "path": "scripts/a|b report.sh",
          "line": 5,
          "effect": "read",
          "judged": "catalog",
          "needs": [
            {
              "action": "Microsoft.Compute/virtualMachines/read",
              "plane": "control",
              "scope": {
                "at": "subscription"
              },
              "option": null,
              "sure": true
            }
          ],
          "gap": null
        }
      ],
      "follows_more": false,
      "notes": [],
      "user": "$CLIENT_ID",
      "intent": null,
      "leaked": true,
      "suppressed": null,
      "message": "This call signs in to the Azure CLI as a user, with a password. It may be no user's sign-in: the user name is called like an application's ID, or looks like one: the sign-in of a service principal may be meant, and its switch missing. What follows only reads, or does not go through Azure Resource Manager. Its password is written out in the file, and in its history: change it.",
      "excerpt": "az login \\\n  -u \"$CLIENT_ID\" \\\n  -p \"$PW\"",
      "fingerprint": "3d602acb79002326cbb5085e6205c7ca31706e05889449de59d523615d641c59:1"
    },
    {
      "rule": "az-login-password",
      "class": "user-identity",
      "confidence": "high",
      "path": "scripts/deploy.sh",
      "language": "bash",
      "start": {
        "line": 3,
        "column": 3
      },
      "end": {
        "line": 3,
        "column": 72
      },
      "related": [],
      "runs": [
        {
          "platform": "github-actions",
          "workload": "deploy.yml, job deploy (environment production)",
          "through": [],
          "assumptions": [
            "GitHub issues tokens for contoso/web in its default subject format"
          ]
        }
      ],
      "impact": "blocked",
      "follows": [
        {
          "command": "az group create",
          "path": "scripts/deploy.sh",
          "line": 6,
          "effect": "write",
          "judged": "catalog",
          "needs": [
            {
              "action": "Microsoft.Resources/subscriptions/resourceGroups/read",
              "plane": "control",
              "scope": {
                "at": "resource-group",
                "resource_group": "rg-web"
              },
              "option": null,
              "sure": true
            },
            {
              "action": "Microsoft.Resources/subscriptions/resourceGroups/write",
              "plane": "control",
              "scope": {
                "at": "subscription"
              },
              "option": null,
              "sure": true
            }
          ],
          "gap": null
        }
      ],
      "follows_more": false,
      "notes": [],
      "user": "$DEPLOY_USER",
      "intent": null,
      "leaked": false,
      "suppressed": null,
      "message": "This call signs in to the Azure CLI as a user, with a password. Azure refuses a command that follows and writes: az group create (:6).",
      "excerpt": "az login -u \"$DEPLOY_USER\" -p \"$DEPLOY_PASSWORD\" --tenant contoso.com",
      "fingerprint": "7a8c500ce88c4d4fd2d8893b390bf05da74c92f931de622a142223a6cd2e9f63:1"
    },
    {
      "rule": "az-login-password",
      "class": "commented",
      "confidence": "high",
      "path": "scripts/deploy.sh",
      "language": "bash",
      "start": {
        "line": 5,
        "column": 3
      },
      "end": {
        "line": 5,
        "column": 44
      },
      "related": [],
      "runs": [
        {
          "platform": "standalone",
          "workload": "deploy.sh, run by hand or by a scheduler",
          "through": [],
          "assumptions": []
        }
      ],
      "impact": "not-blocked",
      "follows": [],
      "follows_more": false,
      "notes": [],
      "user": null,
      "intent": null,
      "leaked": true,
      "suppressed": null,
      "message": "This call signs in to the Azure CLI as a user, with a password. It is commented out. Its password is written out in the file, and in its history: change it.",
      "excerpt": "az login -u old@contoso.com -p ****",
      "fingerprint": "94b20fe6e6d2e6bbe5ce9a41946c1c8d3703992da016be572c93c49df0113bb3:1"
    }
  ],
  "read": 4,
  "skipped": [
    {
      "path": ".github/workflows/broken.yml",
      "reason": "not readable as YAML: line 1: unclosed bracket '['"
    }
  ]
}
"##
        );
    }

    #[test]
    fn a_plan_and_checks_are_added() {
        let (scan, (plan, diffs), checks) = (scanned(), planned(), checked());
        let report = Report {
            scan: Some(&scan),
            plan: Some(&plan),
            diffs: &diffs,
            checks: Some(&checks),
            ..Report::default()
        };
        let value: Value = serde_json::from_str(&shown(&FORMAT, &report)).unwrap();
        let keys: Vec<&String> = value.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["version", "tool", "sites", "read", "skipped", "plan", "checks"]);
        assert_eq!(value["plan"]["tenant"]["name"], "contoso.com");
        assert_eq!(value["plan"]["diffs"].as_array().unwrap().len(), diffs.len());
        assert_eq!(value["checks"][1]["passed"], false);
    }

    #[test]
    fn diffs_alone_are_written() {
        let value: Value = serde_json::from_str(&shown(
            &FORMAT,
            &Report { diffs: &planned().1, ..Report::default() },
        ))
        .unwrap();
        assert_eq!(value["diffs"].as_array().unwrap().len(), 3);
    }
}
