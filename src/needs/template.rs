//! What a template of Azure Resource Manager or Bicep deploys: the types of its resources.

use super::{Asked, Files, reach::Arguments};
use crate::lang::HOLE;
use crate::text::pattern;
use regex::Regex;
use serde_json::Value;
use std::{collections::BTreeSet, sync::LazyLock};

/// Templates that call each other deeper than this are not followed.
const DEEPEST: usize = 8;

/// More templates than these are not read.
const MOST: usize = 100;

/// No deployment has more types.
const TYPES: usize = 300;

/// The type of a resource, and whether it is only looked at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Deployed {
    kind: String,
    exists: bool,
}

/// What the deployment of a type asks for. A part of it may be conditional, which is not read.
pub(super) fn asked(it: &Deployed) -> Vec<Asked> {
    let of = |verb: &str| Asked {
        option: Some("template-file".to_owned()),
        ..Asked::new(format!("{}/{verb}", it.kind), true)
    };
    if it.exists { vec![of("read")] } else { vec![of("write"), of("read")] }
}

const ELSEWHERE: &str = "its template is not in the repository, or its path is computed";
const NOT_READ: &str = "its template, or a part of it, could not be read";

/// The types in the template that the arguments name, nested ones included.
pub(super) fn types(
    arguments: &Arguments<'_>,
    files: Files<'_>,
) -> Result<Vec<Deployed>, &'static str> {
    let options =
        ["template-file", "f", "templatefile", "parameters", "p", "templateparameterfile"];
    // `$(dirname "$0")/main.bicep`
    let written = |it: String| match it.rsplit_once(HOLE) {
        Some((_, rest)) => rest.starts_with('/').then(|| rest.to_owned()),
        None => Some(it),
    };
    let given = options.iter().filter_map(|it| written(arguments.value(it)?));
    let path = given.into_iter().find(|it| is_template(it)).ok_or(ELSEWHERE)?;
    let mut reading = Reading { files, seen: BTreeSet::new(), found: BTreeSet::new() };
    reading.read(path.trim_start_matches('@'), None, 0)?;
    match reading.found.len() <= TYPES {
        true => Ok(reading.found.into_iter().collect()),
        false => Err(NOT_READ),
    }
}

/// Whether a file may be a template, by its name.
pub fn is_template(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    [".json", ".bicep", ".bicepparam"].iter().any(|it| path.ends_with(it))
}

struct Reading<'f> {
    files: Files<'f>,
    seen: BTreeSet<String>,
    found: BTreeSet<Deployed>,
}

impl Reading<'_> {
    fn read(&mut self, path: &str, beside: Option<&str>, depth: usize) -> Result<(), &'static str> {
        if depth >= DEEPEST || self.seen.len() >= MOST {
            return Err(NOT_READ);
        }
        let (own, text) = (self.files)(path, beside).ok_or(ELSEWHERE)?;
        if !self.seen.insert(own.clone()) {
            return Ok(());
        }
        match path.to_ascii_lowercase().ends_with(".json") {
            true => self.json(&text, &own, depth),
            false => self.bicep(&text, &own, depth),
        }
    }

    fn json(&mut self, text: &str, own: &str, depth: usize) -> Result<(), &'static str> {
        let template: Value =
            serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|_| NOT_READ)?;
        self.resources(template.get("resources").ok_or(NOT_READ)?, "", own, depth)
    }

    /// The resources of a template, a list or, since some time, a map.
    fn resources(
        &mut self,
        all: &Value,
        within: &str,
        own: &str,
        depth: usize,
    ) -> Result<(), &'static str> {
        let all: Vec<&Value> = match all {
            Value::Array(it) => it.iter().collect(),
            Value::Object(it) => it.values().collect(),
            _ => return Err(NOT_READ),
        };
        for resource in all {
            let kind = resource.get("type").and_then(Value::as_str);
            // What the template computes is not written out.
            let kind = kind.filter(|it| !it.starts_with('[')).ok_or(NOT_READ)?;
            let kind =
                if kind.contains('.') { kind.to_owned() } else { format!("{within}/{kind}") };
            let exists = resource.get("existing").and_then(Value::as_bool) == Some(true);
            let properties = resource.get("properties");
            if let Some(nested) = properties.and_then(|it| it.pointer("/template/resources")) {
                self.resources(nested, "", own, depth)?;
            }
            if let Some(link) = properties.and_then(|it| it.get("templateLink")) {
                let path = link.get("relativePath").and_then(Value::as_str).ok_or(ELSEWHERE)?;
                self.read(path, Some(own), depth + 1)?;
            }
            if let Some(parts) = resource.get("resources") {
                self.resources(parts, &kind, own, depth)?;
            }
            self.found.insert(Deployed { kind, exists });
        }
        Ok(())
    }

    fn bicep(&mut self, text: &str, own: &str, depth: usize) -> Result<(), &'static str> {
        static LINE: LazyLock<Regex> = LazyLock::new(|| {
            pattern(
                r"(?m)^([ \t]*)(?:resource[ \t]+\w+[ \t]+'([^'@\n]+)(?:@[^'\n]*)?'([ \t]+existing)?|(?:module[ \t]+\w+|using)[ \t]+'([^'\n]+)')",
            )
        });
        // What stands further in is a part of the resource around it.
        let mut around: Vec<(usize, String)> = Vec::new();
        for it in LINE.captures_iter(text) {
            let indent = it.get(1).map_or(0, |it| it.len());
            if let Some(path) = it.get(4) {
                let path = path.as_str();
                if path == "none" {
                    continue;
                }
                // A registry or a template spec has it.
                if path.contains(':') {
                    return Err(ELSEWHERE);
                }
                self.read(path, Some(own), depth + 1)?;
                continue;
            }
            let Some(kind) = it.get(2).map(|it| it.as_str()) else { continue };
            around.retain(|(outer, _)| *outer < indent);
            let kind = match around.last().filter(|_| !kind.contains('.')) {
                Some((_, outer)) => format!("{outer}/{kind}"),
                None => kind.to_owned(),
            };
            around.push((indent, kind.clone()));
            self.found.insert(Deployed { kind, exists: it.get(3).is_some() });
        }
        Ok(())
    }
}
