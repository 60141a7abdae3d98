//! For code scanning: SARIF 2.1.0.

use super::{Format, Report, words};
use crate::{
    detect::{RULES, Rule},
    impact::Impact,
    scan::{By, Scan, Site, Skipped, Suppression},
    text::Position,
};
use serde::Serialize;
use std::collections::BTreeMap;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

pub(super) const FORMAT: Format = Format {
    name: "sarif",
    write: |report, out| {
        serde_json::to_writer_pretty(&mut *out, &log(report))?;
        out.write_all(b"\n")
    },
};

#[derive(Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    column_kind: &'static str,
    invocations: [Invocation; 1],
    results: Vec<SarifResult>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
struct Driver {
    name: &'static str,
    version: &'static str,
    rules: Vec<Descriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    id: &'static str,
    short_description: Message,
    full_description: Message,
    #[serde(skip_serializing_if = "Option::is_none")]
    help_uri: Option<&'static str>,
    help: Message,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
struct Notification {
    level: &'static str,
    message: Message,
    locations: [Location; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult {
    rule_id: &'static str,
    rule_index: Option<usize>,
    level: &'static str,
    message: Message,
    locations: [Location; 1],
    related_locations: Vec<Location>,
    partial_fingerprints: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<SarifSuppression>,
}

#[derive(Serialize)]
struct SarifSuppression {
    kind: &'static str,
    justification: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
    physical_location: PhysicalLocation,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

fn log(report: &Report<'_>) -> Log {
    let skipped = report.scan.map(|it| it.skipped.as_slice()).unwrap_or_default();
    let run = Run {
        tool: Tool {
            driver: Driver {
                name: env!("CARGO_PKG_NAME"),
                version: env!("CARGO_PKG_VERSION"),
                rules: RULES.iter().map(|it| descriptor(it)).collect(),
            },
        },
        column_kind: "unicodeCodePoints",
        invocations: [Invocation {
            execution_successful: true,
            tool_execution_notifications: skipped.iter().map(notification).collect(),
        }],
        results: report.scan.map(results).unwrap_or_default(),
    };
    Log { schema: SCHEMA, version: "2.1.0", runs: [run] }
}

fn descriptor(rule: &Rule) -> Descriptor {
    Descriptor {
        id: rule.id,
        short_description: message(format!("This call {}.", rule.summary)),
        full_description: message(rule.explanation),
        help_uri: rule.references.first().copied(),
        help: message(rule.instead),
    }
}

fn notification(skipped: &Skipped) -> Notification {
    Notification {
        level: "warning",
        message: message(format!("The file was not read: {}", skipped.reason)),
        locations: [location(&skipped.path, None, None)],
    }
}

fn results(scan: &Scan) -> Vec<SarifResult> {
    let result = |site: &Site| SarifResult {
        rule_id: site.rule.id,
        rule_index: RULES.iter().position(|it| it.id == site.rule.id),
        level: level(site),
        message: message(words::message(site)),
        locations: [location(&site.path, Some(region(site.start, site.end)), None)],
        related_locations: related(site),
        partial_fingerprints: [("workid/v1", site.fingerprint.clone())].into(),
        suppressions: site.suppressed.as_ref().map(suppression).into_iter().collect(),
    };
    scan.sites.iter().map(result).collect()
}

fn suppression(it: &Suppression) -> SarifSuppression {
    let kind = match it.by {
        By::Comment => "inSource",
        By::Config | By::Baseline => "external",
    };
    SarifSuppression { kind, justification: it.reason.clone() }
}

fn level(site: &Site) -> &'static str {
    match (site.runs_alone(), site.impact) {
        (true, Impact::Blocked) => "error",
        (true, Impact::NotBlocked | Impact::Unknown) => "warning",
        _ => "note",
    }
}

fn related(site: &Site) -> Vec<Location> {
    let location = |role: &str, at| {
        location(&site.path, Some(at), Some(message(format!("the {role} comes from here"))))
    };
    site.related.iter().map(|it| location(it.role, region(it.start, it.end))).collect()
}

fn location(path: &str, region: Option<Region>, message: Option<Message>) -> Location {
    Location {
        message,
        physical_location: PhysicalLocation {
            artifact_location: ArtifactLocation { uri: uri(path) },
            region,
        },
    }
}

fn region(start: Position, end: Position) -> Region {
    Region {
        start_line: start.line,
        start_column: start.column,
        end_line: end.line,
        end_column: end.column,
    }
}

fn message(text: impl Into<String>) -> Message {
    Message { text: text.into() }
}

/// A path as a relative reference: all but unreserved characters and `/` are encoded.
fn uri(path: &str) -> String {
    let plain = |it: u8| it.is_ascii_alphanumeric() || b"-._~/".contains(&it);
    path.bytes()
        .map(|it| if plain(it) { char::from(it).to_string() } else { format!("%{it:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::*;
    use super::*;
    use serde_json::Value;

    fn run(scan: &Scan) -> Value {
        let text = shown(&FORMAT, &Report { scan: Some(scan), ..Report::default() });
        serde_json::from_str::<Value>(&text).unwrap()["runs"][0].take()
    }

    #[test]
    fn results_are_written_in_full() {
        let run = run(&scanned());
        assert_eq!(run["columnKind"], "unicodeCodePoints");
        assert_eq!(run["tool"]["driver"]["rules"][0]["id"], RULES[0].id);
        let results = run["results"].as_array().unwrap();
        assert_eq!(
            results.iter().map(|it| it["level"].as_str().unwrap()).collect::<Vec<_>>(),
            ["warning", "error", "note"]
        );
        assert_eq!(
            serde_json::to_string_pretty(&results[0]).unwrap(),
            r##"{
  "ruleId": "az-login-password",
  "ruleIndex": 0,
  "level": "warning",
  "message": {
    "text": "This call signs in to the Azure CLI as a user, with a password. It may be no user's sign-in: the user name is called like an application's ID, or looks like one: the sign-in of a service principal may be meant, and its switch missing. What follows only reads, or does not go through Azure Resource Manager. Its password is written out in the file, and in its history: change it."
  },
  "locations": [
    {
      "physicalLocation": {
        "artifactLocation": {
          "uri": "scripts/a%7Cb%20report.sh"
        },
        "region": {
          "startLine": 2,
          "startColumn": 1,
          "endLine": 4,
          "endColumn": 11
        }
      }
    }
  ],
  "relatedLocations": [
    {
      "message": {
        "text": "the password comes from here"
      },
      "physicalLocation": {
        "artifactLocation": {
          "uri": "scripts/a%7Cb%20report.sh"
        },
        "region": {
          "startLine": 1,
          "startColumn": 1,
          "endLine": 1,
          "endColumn": 19
        }
      }
    }
  ],
  "partialFingerprints": {
    "workid/v1": "3d602acb79002326cbb5085e6205c7ca31706e05889449de59d523615d641c59:1"
  }
}"##
        );
        let notification = &run["invocations"][0]["toolExecutionNotifications"][0];
        assert_eq!(
            notification["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            ".github/workflows/broken.yml"
        );
    }

    #[test]
    fn what_is_suppressed_says_by_whom() {
        let mut scan = scanned();
        let reason = "moves in March".to_owned();
        scan.sites[0].suppressed = Some(Suppression { by: By::Comment, reason });
        let results = run(&scan)["results"].clone();
        let said = serde_json::json!([{ "kind": "inSource", "justification": "moves in March" }]);
        assert_eq!(results[0]["suppressions"], said);
        assert!(results[1].get("suppressions").is_none());
    }

    #[test]
    fn a_path_is_a_relative_reference() {
        assert_eq!(uri("a b/é:[1].sh"), "a%20b/%C3%A9%3A%5B1%5D.sh");
    }
}
