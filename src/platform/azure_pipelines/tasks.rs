//! Tasks that run a script, and become tasks that sign in before they do.

use super::super::{Anchor, Safety, line_start};
use crate::{
    resource::Term,
    text::{Source, Span, yaml::Node},
};

/// Inputs that the tasks which sign in have under the same names.
const SAME: &[&str] = &["workingDirectory"];

/// The entry of an input, whose name may be in any case.
pub(super) fn input<'n>(inputs: &'n Node, name: &str) -> Option<&'n (Node, Node)> {
    let is_it =
        |(key, _): &&(Node, Node)| key.text().is_some_and(|it| it.eq_ignore_ascii_case(name));
    inputs.pairs().iter().find(is_it)
}

/// What changes of a step whose script stands behind `script`.
pub(super) fn anchors(
    source: &Source,
    step: &Node,
    inputs: &Node,
    script: &Node,
    told: impl Fn(&'static str) -> Vec<(&'static str, Term)>,
) -> Vec<Anchor> {
    let Some((_, task)) = step.pair("task") else { return Vec::new() };
    let name = task.text().unwrap_or_default().to_ascii_lowercase();
    let pwsh = input(inputs, "pwsh");
    let is_core = pwsh.is_some_and(|(_, it)| it.text() == Some("true"));
    let script_type = match () {
        () if name.starts_with("powershell@") && is_core => "pscore",
        () if name.starts_with("powershell@") => "ps",
        () => "bash",
    };
    let replace = |name, at: Span| Anchor {
        at,
        holes: told(script_type),
        ..Anchor::before(name, source, at.start)
    };
    let entry = |(key, value): &(Node, Node)| Span::new(key.span.start, value.span.end);
    if let Some((_, used)) =
        input(inputs, "azureSubscription").or(input(inputs, "connectedServiceNameARM"))
    {
        let safety = Safety::Review(OTHER.to_owned());
        return vec![Anchor { safety, ..replace("connection", used.span) }];
    }
    let is_file = script.text().is_some_and(|it| it.eq_ignore_ascii_case("filePath"));
    let mut anchors = vec![
        replace("task", task.span),
        replace(if is_file { "file" } else { "inline" }, script.span),
    ];
    let mut is_placed = false;
    for pair in inputs.pairs() {
        let (key, _) = pair;
        let is = |name: &str| key.text().is_some_and(|it| it.eq_ignore_ascii_case(name));
        if is("targetType") {
            is_placed = true;
            anchors
                .push(replace(if is_file { "file-source" } else { "inline-source" }, entry(pair)));
        } else if is("pwsh") {
            let lines = source.whole_lines(entry(pair));
            anchors.push(replace("drop", lines));
        } else if is("failOnStderr") {
            anchors.push(replace("fail", key.span));
        } else if is("arguments") {
            anchors.push(replace("arguments", key.span));
        } else if key.span != script.span && !SAME.iter().any(|it| is(it)) {
            return Vec::new();
        }
    }
    let is_alone = |at: usize| source.raw()[line_start(source, at)..at].trim().is_empty();
    // A task that says where its script stands can be told another place, and others are few.
    match is_placed && inputs.pairs().iter().all(|(key, _)| is_alone(key.span.start)) {
        true => anchors,
        false => Vec::new(),
    }
}

const OTHER: &str = "the task signed in with another service connection before: check that what else the step does is done as the new identity";
