//! Templates: plain text with `@@holes@@`.
//!
//! The delimiter is one that shells, PowerShell, YAML, Terraform and pipeline expressions leave
//! alone; `{{ }}` and `${ }` belong to the files that templates are put into. A template has no
//! conditions. What varies is another template, and choosing is Rust's work.

use crate::resource::{Known, Term};
use serde::{Deserialize, Serialize};

macro_rules! templates {
    ($($path:literal),* $(,)?) => {
        const TEMPLATES: &[(&str, &str)] = &[$(($path, include_str!(concat!("../../templates/", $path)))),*];
    };
}

templates! {
    "azure-cli/certificate/login.cmd",
    "azure-cli/certificate/login.ps1",
    "azure-cli/certificate/login.sh",
    "azure-cli/federated/value.cmd",
    "azure-cli/federated/value.ps1",
    "azure-cli/federated/value.sh",
    "azure-cli/system-assigned/login.cmd",
    "azure-cli/system-assigned/login.ps1",
    "azure-cli/system-assigned/login.sh",
    "azure-cli/user-assigned/login.cmd",
    "azure-cli/user-assigned/login.ps1",
    "azure-cli/user-assigned/login.sh",
    "azure-pipelines/federated/around.azure-cli.yml",
    "azure-pipelines/federated/around.azure-powershell.yml",
    "azure-powershell/certificate/login.ps1",
    "azure-powershell/federated/value.ps1",
    "azure-powershell/system-assigned/login.ps1",
    "azure-powershell/user-assigned/login.ps1",
    "github-actions/federated/permission.yml",
    "github-actions/federated/permissions-beside.yml",
    "github-actions/federated/permissions.yml",
    "github-actions/federated/step.azure-cli.yml",
    "github-actions/federated/step.azure-powershell.yml",
}

/// Text in which some values may not be known yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text(Vec<Term>);

/// A template, cut at its holes: text, hole, text, and so on.
pub(super) struct Template(Vec<&'static str>);

/// The template at `templates/<path>.<any extension>`.
pub(super) fn find(path: &str) -> Option<Template> {
    let named = |it: &&(&str, &str)| it.0.rsplit_once('.').is_some_and(|(stem, _)| stem == path);
    TEMPLATES.iter().find(named).map(|(_, text)| Template::cut(text))
}

/// The template at `templates/<path>`.
pub(super) fn get(path: &str) -> Option<Template> {
    TEMPLATES.iter().find(|(it, _)| *it == path).map(|(_, text)| Template::cut(text))
}

impl Template {
    fn cut(text: &'static str) -> Template {
        Template(text.trim_end_matches('\n').split("@@").collect())
    }

    /// The text with each hole filled by `fill`, and each line after the first behind `indent`.
    /// `None` if a hole stays open.
    pub(super) fn bind(
        &self,
        fill: impl Fn(&str) -> Option<Term>,
        line_break: &str,
        indent: &str,
    ) -> Option<Text> {
        let break_ = format!("{line_break}{indent}");
        let terms = self.0.iter().enumerate().map(|(i, it)| match i % 2 {
            0 => Some(Term::Known(it.replace('\n', &break_))),
            _ => fill(it),
        });
        Some(Text(terms.collect::<Option<Vec<Term>>>()?).joined())
    }
}

impl Text {
    pub fn known(text: impl Into<String>) -> Text {
        Text(vec![Term::known(text)])
    }

    pub(super) fn push(mut self, text: &str) -> Text {
        self.0.push(Term::known(text));
        self.joined()
    }

    /// The text on lines of its own.
    pub(super) fn on_own_lines(mut self, indent: &str, line_break: &str) -> Text {
        self.0.insert(0, Term::known(indent));
        self.push(line_break)
    }

    /// Known parts that stand side by side are one part.
    fn joined(self) -> Text {
        let mut terms: Vec<Term> = Vec::new();
        for term in self.0 {
            match (terms.last_mut(), term) {
                (Some(Term::Known(last)), Term::Known(more)) => last.push_str(&more),
                (_, term) => terms.push(term),
            }
        }
        Text(terms)
    }

    /// `None` while a value is unknown.
    pub fn fill(&self, known: &Known) -> Option<String> {
        self.0.iter().map(|it| it.resolve(known)).collect()
    }

    pub fn terms(&self) -> &[Term] {
        &self.0
    }
}

/// For a diff that is shown before apply.
impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|it| write!(f, "{it}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{detect::RULES, identity::KINDS, platform::PLATFORMS};
    use std::collections::BTreeSet;

    #[test]
    fn a_template_asks_only_for_what_can_be_told() {
        let told = ["tenant_id", "subscription_id", "connection", "script_type", "pwsh", "others"];
        for (path, text) in TEMPLATES {
            let flow = path.split('/').nth(1).unwrap();
            let kind = KINDS.iter().find(|it| it.flow == flow);
            let kind = kind.unwrap_or_else(|| panic!("{path}: no identity has the flow `{flow}`"));
            for hole in Template::cut(text).0.iter().skip(1).step_by(2) {
                assert!(
                    kind.outputs.contains(hole) || told.contains(hole),
                    "{path}: nobody tells {hole}"
                );
            }
        }
    }

    #[test]
    fn the_table_and_the_folder_agree() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
        let mut files = Vec::new();
        let mut folders = vec![std::path::PathBuf::from(root)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.push(
                        path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/"),
                    );
                }
            }
        }
        files.sort();
        let table: Vec<_> = TEMPLATES.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(files, table);
    }

    #[test]
    fn a_place_is_a_client_or_a_platform() {
        let places: BTreeSet<&str> =
            RULES.iter().map(|it| it.client).chain(PLATFORMS.iter().map(|it| it.name)).collect();
        for (path, _) in TEMPLATES {
            assert!(places.contains(path.split('/').next().unwrap()), "{path}");
        }
    }
}
