//! Templates: plain text with `@@holes@@`.
//!
//! The delimiter is one that shells, PowerShell, YAML, Terraform and pipeline expressions leave
//! alone; `{{ }}` and `${ }` belong to the files that templates are put into. A template has no
//! conditions. What varies is another template, and choosing is Rust's work.

use super::{BY_HAND, ENTRY, SETTING};
use crate::{
    identity::KINDS,
    resource::{Known, Term},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

macro_rules! templates {
    ($($path:literal),* $(,)?) => {
        pub(super) const TEMPLATES: &[(&'static str, &'static str)] = &[$(($path, include_str!(concat!("../../templates/", $path)))),*];
    };
}

templates! {
    "ansible/certificate/by-hand.txt",
    "ansible/federated/AZURE_AD_USER.env",
    "ansible/federated/AZURE_PASSWORD.env",
    "ansible/federated/ad_user.yml",
    "ansible/federated/by-hand.txt",
    "ansible/federated/password.yml",
    "ansible/system-assigned/AZURE_AD_USER.env",
    "ansible/system-assigned/AZURE_CLIENT_ID.env",
    "ansible/system-assigned/AZURE_PASSWORD.env",
    "ansible/system-assigned/ad_user.yml",
    "ansible/system-assigned/by-hand.txt",
    "ansible/system-assigned/client_id.yml",
    "ansible/system-assigned/password.yml",
    "ansible/user-assigned/AZURE_AD_USER.env",
    "ansible/user-assigned/AZURE_PASSWORD.env",
    "ansible/user-assigned/ad_user.yml",
    "ansible/user-assigned/by-hand.txt",
    "ansible/user-assigned/password.yml",
    "app-service/system-assigned/endpoint.sh",
    "app-service/user-assigned/endpoint.sh",
    "aws/federated/fresh_token.sh",
    "aws/federated/token.sh",
    "azure-cli/certificate/by-hand.args",
    "azure-cli/certificate/login.cmd",
    "azure-cli/certificate/login.ps1",
    "azure-cli/certificate/login.sh",
    "azure-cli/federated/by-hand.args",
    "azure-cli/federated/login.cmd",
    "azure-cli/federated/login.ps1",
    "azure-cli/federated/login.sh",
    "azure-cli/federated/renewal.ps1",
    "azure-cli/federated/renewal.sh",
    "azure-cli/federated/value.args",
    "azure-cli/federated/value.cmd",
    "azure-cli/federated/value.ps1",
    "azure-cli/federated/value.sh",
    "azure-cli/interactive/alone.ps1",
    "azure-cli/interactive/alone.sh",
    "azure-cli/interactive/either.ps1",
    "azure-cli/interactive/either.sh",
    "azure-cli/interactive/login.cmd",
    "azure-cli/interactive/login.ps1",
    "azure-cli/interactive/login.sh",
    "azure-cli/subscription.cmd",
    "azure-cli/subscription.ps1",
    "azure-cli/subscription.sh",
    "azure-cli/system-assigned/by-hand.args",
    "azure-cli/system-assigned/login.args",
    "azure-cli/system-assigned/login.cmd",
    "azure-cli/system-assigned/login.ps1",
    "azure-cli/system-assigned/login.sh",
    "azure-cli/user-assigned/by-hand.args",
    "azure-cli/user-assigned/login.args",
    "azure-cli/user-assigned/login.cmd",
    "azure-cli/user-assigned/login.ps1",
    "azure-cli/user-assigned/login.sh",
    "azure-identity/certificate/by-hand.go",
    "azure-identity/certificate/by-hand.ps1",
    "azure-identity/certificate/login.cs",
    "azure-identity/certificate/login.java",
    "azure-identity/certificate/login.js",
    "azure-identity/certificate/login.kt",
    "azure-identity/certificate/login.py",
    "azure-identity/federated/by-hand.ps1",
    "azure-identity/federated/value.cs",
    "azure-identity/federated/value.go",
    "azure-identity/federated/value.java",
    "azure-identity/federated/value.js",
    "azure-identity/federated/value.kt",
    "azure-identity/federated/value.py",
    "azure-identity/system-assigned/by-hand.ps1",
    "azure-identity/system-assigned/login.cs",
    "azure-identity/system-assigned/login.go",
    "azure-identity/system-assigned/login.java",
    "azure-identity/system-assigned/login.js",
    "azure-identity/system-assigned/login.kt",
    "azure-identity/system-assigned/login.py",
    "azure-identity/user-assigned/by-hand.ps1",
    "azure-identity/user-assigned/login.cs",
    "azure-identity/user-assigned/login.go",
    "azure-identity/user-assigned/login.java",
    "azure-identity/user-assigned/login.js",
    "azure-identity/user-assigned/login.kt",
    "azure-identity/user-assigned/login.py",
    "azure-pipelines/federated/arguments.azure-cli.yml",
    "azure-pipelines/federated/arguments.azure-powershell.yml",
    "azure-pipelines/federated/around.azure-cli.yml",
    "azure-pipelines/federated/around.azure-powershell.yml",
    "azure-pipelines/federated/connection.azure-cli.yml",
    "azure-pipelines/federated/connection.azure-powershell.yml",
    "azure-pipelines/federated/drop.yml",
    "azure-pipelines/federated/fail.yml",
    "azure-pipelines/federated/file-source.azure-cli.yml",
    "azure-pipelines/federated/file-source.azure-powershell.yml",
    "azure-pipelines/federated/file.azure-cli.yml",
    "azure-pipelines/federated/file.azure-powershell.yml",
    "azure-pipelines/federated/inline-source.azure-cli.yml",
    "azure-pipelines/federated/inline-source.azure-powershell.yml",
    "azure-pipelines/federated/inline.azure-cli.yml",
    "azure-pipelines/federated/inline.azure-powershell.yml",
    "azure-pipelines/federated/task.azure-cli.yml",
    "azure-pipelines/federated/task.azure-powershell.yml",
    "azure-powershell/certificate/by-hand.cs",
    "azure-powershell/certificate/login.ps1",
    "azure-powershell/federated/by-hand.cs",
    "azure-powershell/federated/login.ps1",
    "azure-powershell/federated/renewal.ps1",
    "azure-powershell/federated/subscription.ps1",
    "azure-powershell/federated/value.ps1",
    "azure-powershell/interactive/alone.ps1",
    "azure-powershell/interactive/either.ps1",
    "azure-powershell/interactive/login.ps1",
    "azure-powershell/system-assigned/by-hand.cs",
    "azure-powershell/system-assigned/login.ps1",
    "azure-powershell/user-assigned/by-hand.cs",
    "azure-powershell/user-assigned/login.ps1",
    "azure-vm/system-assigned/endpoint.sh",
    "azure-vm/user-assigned/endpoint.sh",
    "bitbucket/certificate/certificate.yml",
    "buildkite/federated/fresh_token.ps1",
    "buildkite/federated/fresh_token.sh",
    "buildkite/federated/token.ps1",
    "buildkite/federated/token.sh",
    "circleci/certificate/step.yml",
    "container-apps/system-assigned/endpoint.sh",
    "container-apps/user-assigned/endpoint.sh",
    "environment/certificate/AZURE_PASSWORD.env",
    "environment/certificate/AZURE_USERNAME.env",
    "environment/certificate/by-hand.txt",
    "environment/federated/AZURE_PASSWORD.env",
    "environment/federated/AZURE_USERNAME.env",
    "environment/federated/by-hand.txt",
    "environment/review.txt",
    "environment/system-assigned/AZURE_CLIENT_ID.env",
    "environment/system-assigned/AZURE_PASSWORD.env",
    "environment/system-assigned/AZURE_USERNAME.env",
    "environment/system-assigned/by-hand.txt",
    "environment/user-assigned/AZURE_PASSWORD.env",
    "environment/user-assigned/AZURE_USERNAME.env",
    "environment/user-assigned/by-hand.txt",
    "github-actions/federated/fresh_token.ps1",
    "github-actions/federated/fresh_token.sh",
    "github-actions/federated/kubelogin.env",
    "github-actions/federated/permission-level.yml",
    "github-actions/federated/permission.yml",
    "github-actions/federated/permissions-inline.yml",
    "github-actions/federated/permissions.yml",
    "github-actions/federated/step.azure-cli.yml",
    "github-actions/federated/step.azure-powershell.yml",
    "gitlab-ci/federated/id-token-inline.yml",
    "gitlab-ci/federated/id-token.yml",
    "gitlab-ci/federated/id-tokens-inline.yml",
    "gitlab-ci/federated/id-tokens.yml",
    "gitlab-ci/federated/token.cmd",
    "gitlab-ci/federated/token.ps1",
    "gitlab-ci/federated/token.sh",
    "google-cloud/federated/fresh_token.sh",
    "google-cloud/federated/token.sh",
    "jenkins/certificate/environment.groovy",
    "jenkins/certificate/variable.groovy",
    "jenkins/federated/environment.groovy",
    "jenkins/federated/token.cmd",
    "jenkins/federated/token.ps1",
    "jenkins/federated/token.sh",
    "jenkins/federated/variable.groovy",
    "kubelogin/certificate/AAD_LOGIN_METHOD.env",
    "kubelogin/certificate/AAD_USER_PRINCIPAL_NAME.env",
    "kubelogin/certificate/AAD_USER_PRINCIPAL_PASSWORD.env",
    "kubelogin/certificate/by-hand.txt",
    "kubelogin/certificate/login.cmd",
    "kubelogin/certificate/login.ps1",
    "kubelogin/certificate/login.sh",
    "kubelogin/federated/AAD_LOGIN_METHOD.env",
    "kubelogin/federated/AAD_USER_PRINCIPAL_NAME.env",
    "kubelogin/federated/AAD_USER_PRINCIPAL_PASSWORD.env",
    "kubelogin/federated/by-hand.txt",
    "kubelogin/federated/login.cmd",
    "kubelogin/federated/login.ps1",
    "kubelogin/federated/login.sh",
    "kubelogin/federated/session.cmd",
    "kubelogin/federated/session.ps1",
    "kubelogin/federated/session.sh",
    "kubelogin/review.txt",
    "kubelogin/system-assigned/AAD_LOGIN_METHOD.env",
    "kubelogin/system-assigned/AAD_SERVICE_PRINCIPAL_CLIENT_ID.env",
    "kubelogin/system-assigned/AAD_USER_PRINCIPAL_NAME.env",
    "kubelogin/system-assigned/AAD_USER_PRINCIPAL_PASSWORD.env",
    "kubelogin/system-assigned/AZURE_CLIENT_ID.env",
    "kubelogin/system-assigned/by-hand.txt",
    "kubelogin/system-assigned/login.cmd",
    "kubelogin/system-assigned/login.ps1",
    "kubelogin/system-assigned/login.sh",
    "kubelogin/user-assigned/AAD_LOGIN_METHOD.env",
    "kubelogin/user-assigned/AAD_USER_PRINCIPAL_NAME.env",
    "kubelogin/user-assigned/AAD_USER_PRINCIPAL_PASSWORD.env",
    "kubelogin/user-assigned/by-hand.txt",
    "kubelogin/user-assigned/login.cmd",
    "kubelogin/user-assigned/login.ps1",
    "kubelogin/user-assigned/login.sh",
    "kubernetes/federated/environment.env",
    "kubernetes/federated/fresh_token.ps1",
    "kubernetes/federated/fresh_token.sh",
    "kubernetes/federated/kubelogin.cmd",
    "kubernetes/federated/kubelogin.env",
    "kubernetes/federated/kubelogin.ps1",
    "kubernetes/federated/kubelogin.sh",
    "kubernetes/federated/label-value.yml",
    "kubernetes/federated/label.yml",
    "kubernetes/federated/labels.yml",
    "kubernetes/federated/metadata.yml",
    "kubernetes/federated/token.ps1",
    "kubernetes/federated/token.sh",
    "msal/certificate/by-hand.txt",
    "msal/federated/by-hand.txt",
    "msal/review.txt",
    "msal/system-assigned/by-hand.cs",
    "msal/system-assigned/by-hand.go",
    "msal/system-assigned/by-hand.java",
    "msal/system-assigned/by-hand.js",
    "msal/system-assigned/by-hand.kt",
    "msal/system-assigned/by-hand.ps1",
    "msal/system-assigned/by-hand.py",
    "msal/system-assigned/login.py",
    "msal/user-assigned/by-hand.cs",
    "msal/user-assigned/by-hand.go",
    "msal/user-assigned/by-hand.java",
    "msal/user-assigned/by-hand.js",
    "msal/user-assigned/by-hand.kt",
    "msal/user-assigned/by-hand.ps1",
    "msal/user-assigned/by-hand.py",
    "msal/user-assigned/login.py",
    "sql/certificate/by-hand.txt",
    "sql/federated/by-hand.sh",
    "sql/federated/by-hand.txt",
    "sql/federated/connection.go",
    "sql/federated/connection.jdbc",
    "sql/federated/connection.net",
    "sql/review.txt",
    "sql/system-assigned/by-hand.cs",
    "sql/system-assigned/by-hand.java",
    "sql/system-assigned/by-hand.js",
    "sql/system-assigned/by-hand.py",
    "sql/system-assigned/by-hand.sh",
    "sql/system-assigned/by-hand.txt",
    "sql/system-assigned/connection.go",
    "sql/system-assigned/connection.jdbc",
    "sql/system-assigned/connection.net",
    "sql/system-assigned/connection.odbc",
    "sql/user-assigned/by-hand.cs",
    "sql/user-assigned/by-hand.java",
    "sql/user-assigned/by-hand.js",
    "sql/user-assigned/by-hand.py",
    "sql/user-assigned/by-hand.sh",
    "sql/user-assigned/by-hand.txt",
    "sql/user-assigned/connection.go",
    "sql/user-assigned/connection.jdbc",
    "sql/user-assigned/connection.net",
    "token/certificate/by-hand.ps1",
    "token/certificate/by-hand.txt",
    "token/certificate/login.sh",
    "token/federated/by-hand.ps1",
    "token/federated/by-hand.txt",
    "token/federated/login.sh",
    "token/federated/session.sh",
    "token/review.txt",
    "token/system-assigned/by-hand.ps1",
    "token/system-assigned/by-hand.txt",
    "token/system-assigned/login.sh",
    "token/user-assigned/by-hand.ps1",
    "token/user-assigned/by-hand.txt",
    "token/user-assigned/login.sh",
}

/// Text in which some values may not be known yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text(Vec<Term>);

/// The templates by their paths: the built-in ones, and a user's own in their places.
#[derive(Clone, Debug)]
pub struct Templates(BTreeMap<String, String>);

/// Why a user's template cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTemplate {
    #[error("the template {path} has a hole that nobody fills: @@{hole}@@ (there are {known})")]
    Hole { path: String, hole: String, known: String },
    #[error("the template {0} has an odd number of @@: a hole is written @@name@@")]
    Open(String),
    #[error("no template is called {0}, so that none would be replaced by it; workid has {1}")]
    Unknown(String, String),
}

/// A template, cut at its holes: text, hole, text, and so on.
pub(super) struct Template<'t>(Vec<&'t str>);

impl Default for Templates {
    fn default() -> Templates {
        let of = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
        Templates(TEMPLATES.iter().map(of).collect())
    }
}

impl Templates {
    /// The path of the template that is called so, whatever its extension.
    pub(super) fn find(&self, stem: &str) -> Option<&str> {
        let paths = self.0.range(stem.to_owned()..).map(|(path, _)| path.as_str());
        let mut paths = paths.take_while(|it| it.starts_with(stem));
        paths.find(|it| it.rsplit_once('.').is_some_and(|(it, _)| it == stem))
    }

    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The templates for settings: the name of each, and its path.
    pub(super) fn settings(&self, client: &str, flow: &str) -> Vec<(String, String)> {
        let folder = format!("{client}/{flow}/");
        let named = |path: &String| {
            let (name, extension) = path.strip_prefix(&folder)?.rsplit_once('.')?;
            let is_setting = name != BY_HAND && [SETTING, ENTRY].contains(&extension);
            is_setting.then(|| (name.to_owned(), path.clone()))
        };
        self.0.keys().filter_map(named).collect()
    }

    /// Whether a client's sign-ins are written so for a kind of identity.
    pub(super) fn has(&self, client: &str, flow: &str, extension: &str) -> bool {
        let ways = ["login", "session", "value"];
        ways.iter().any(|it| self.0.contains_key(&format!("{client}/{flow}/{it}.{extension}")))
    }

    pub(super) fn get(&self, path: &str) -> Option<Template<'_>> {
        self.text(path).map(Template::cut)
    }

    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    /// Puts a user's template in the place of the one of the same path.
    pub fn replace(&mut self, path: &str, text: String) -> Result<(), BadTemplate> {
        let Some(built_in) = self.0.get(path) else {
            let folder = path.rsplit_once('/').map_or("", |(it, _)| it);
            let beside = self.0.keys().filter(|it| it.starts_with(folder));
            let beside = beside.cloned().collect::<Vec<_>>().join(", ");
            return Err(BadTemplate::Unknown(path.to_owned(), beside));
        };
        if text.matches("@@").count() % 2 == 1 {
            return Err(BadTemplate::Open(path.to_owned()));
        }
        let known: BTreeSet<&str> =
            askable(path).into_iter().chain(Template::cut(built_in).holes()).collect();
        let cut = Template::cut(&text);
        if let Some(hole) = cut.holes().find(|it| !known.contains(it)) {
            let (path, hole) = (path.to_owned(), hole.to_owned());
            let known =
                known.into_iter().map(|it| format!("@@{it}@@")).collect::<Vec<_>>().join(", ");
            return Err(BadTemplate::Hole { path, hole, known });
        }
        let text = text.replace("\r\n", "\n");
        self.0.insert(path.to_owned(), text);
        Ok(())
    }
}

/// What a template may ask for wherever it is put: what is always known, and what the identity of
/// its flow tells.
fn askable(path: &str) -> Vec<&'static str> {
    let flow = path.split('/').nth(1).unwrap_or_default();
    let outputs = KINDS.iter().filter(|it| it.flow == flow).flat_map(|it| it.outputs).copied();
    ["tenant_id", "subscription_id"].into_iter().chain(outputs).collect()
}

impl<'t> Template<'t> {
    fn cut(text: &'t str) -> Template<'t> {
        Template(text.trim_end_matches('\n').split("@@").collect())
    }

    fn holes(&self) -> impl Iterator<Item = &'t str> {
        self.0.iter().copied().skip(1).step_by(2)
    }

    /// The text with each hole filled by `fill`, and each line after the first behind `indent`.
    /// `None` if a hole stays open.
    pub(super) fn bind(
        &self,
        fill: impl Fn(&str) -> Option<Text>,
        line_break: &str,
        indent: &str,
    ) -> Option<Text> {
        let break_ = format!("{line_break}{indent}");
        let terms = self.0.iter().enumerate().map(|(i, it)| match i % 2 {
            0 => Some(Text::known(it.replace('\n', &break_))),
            _ => fill(it),
        });
        let texts = terms.collect::<Option<Vec<Text>>>()?;
        Some(Text(texts.into_iter().flat_map(|it| it.0).collect()).joined())
    }
}

impl From<Term> for Text {
    fn from(term: Term) -> Text {
        Text(vec![term])
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

    pub(super) fn lines(&self) -> Vec<Text> {
        let mut lines = vec![Text(Vec::new())];
        for term in &self.0 {
            let pieces: Vec<Term> = match term {
                Term::Known(known) => known.split('\n').map(Term::known).collect(),
                Term::Output { .. } => vec![term.clone()],
            };
            for (at, piece) in pieces.into_iter().enumerate() {
                if at > 0 {
                    lines.push(Text(Vec::new()));
                }
                lines.last_mut().into_iter().for_each(|it| it.0.push(piece.clone()));
            }
        }
        lines
    }

    /// The lines `name=value` or `name: value` of it.
    pub(super) fn settings(&self) -> Vec<(String, Text)> {
        let named = |Text(terms): Text| {
            let (first, rest) = terms.split_first()?;
            let Term::Known(first) = first else { return None };
            let (name, value) = first.split_once('=').or_else(|| first.split_once(": "))?;
            let value = [&[Term::known(value)], rest].concat();
            Some((name.to_owned(), Text(value).joined()))
        };
        self.lines().into_iter().filter_map(named).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|it| matches!(it, Term::Known(text) if text.is_empty()))
    }

    /// The text with another word in the place of the command that it begins with.
    pub(super) fn with_command(mut self, command: &str, word: &str) -> Text {
        if let Some(Term::Known(first)) = self.0.first_mut()
            && let Some(rest) = first.strip_prefix(command).filter(|it| it.starts_with(' '))
        {
            *first = format!("{word}{rest}");
        }
        self
    }

    /// The text without what it may end with.
    pub(super) fn without_end(mut self, end: &str) -> Text {
        if let Some(Term::Known(last)) = self.0.last_mut() {
            last.truncate(last.strip_suffix(end).unwrap_or(last).len());
        }
        self
    }

    /// The known parts, each changed by `change`.
    pub(super) fn map(self, mut change: impl FnMut(&str) -> String) -> Text {
        let changed = |it| match it {
            Term::Known(it) => Term::Known(change(&it)),
            Term::Output { .. } => it,
        };
        Text(self.0.into_iter().map(changed).collect())
    }

    /// The text with an ID in the place of each value that is unknown.
    pub(super) fn sample(&self) -> String {
        let of = |it: &Term| match it {
            Term::Known(it) => it.clone(),
            Term::Output { .. } => uuid::Uuid::nil().to_string(),
        };
        self.0.iter().map(of).collect()
    }

    pub(super) fn followed(mut self, next: Text) -> Text {
        self.0.extend(next.0);
        self.joined()
    }

    pub(super) fn behind(mut self, before: &str) -> Text {
        self.0.insert(0, Term::known(before));
        self.joined()
    }

    /// The text on lines of its own.
    pub(super) fn on_own_lines(self, indent: &str, line_break: &str) -> Text {
        self.behind(indent).push(line_break)
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
    use crate::{detect::RULES, platform::PLATFORMS};

    #[test]
    fn a_template_asks_only_for_what_can_be_told() {
        // Anchors tell these, or the call itself.
        let told = [
            "connection",
            "script_type",
            "pwsh",
            "others",
            "condition",
            "inputs",
            "subscription",
            "command",
            "qualifier",
            "resource",
            "person",
            "login",
        ];
        for (path, text) in TEMPLATES {
            let parts: Vec<&str> = path.split('/').collect();
            let is_flow =
                |it: &str| it == "interactive" || KINDS.iter().any(|kind| kind.flow == it);
            assert!(parts.len() == 2 || is_flow(parts[1]), "{path}: no identity has that flow");
            let of_platform = |hole: &str| {
                let ends = format!("/{}/{hole}.{}", parts[1], path.rsplit('.').next().unwrap());
                TEMPLATES.iter().any(|(it, _)| it.ends_with(&ends))
            };
            for hole in Template::cut(text).holes() {
                assert!(
                    askable(path).contains(&hole) || told.contains(&hole) || of_platform(hole),
                    "{path}: nobody tells {hole}"
                );
            }
        }
    }

    #[test]
    fn a_template_of_ones_own_takes_the_place_of_another_or_says_what_is_wrong() {
        const PATH: &str = "azure-cli/user-assigned/login.sh";
        let mut templates = Templates::default();
        let mut put = |path: &str, text: &str| {
            let put = templates.replace(path, text.to_owned());
            put.map(|()| templates.text(path).unwrap().to_owned()).map_err(|it| it.to_string())
        };
        let own = "sign-in --as @@client_id@@ --in @@tenant_id@@\r\n";
        assert_eq!(put(PATH, own), Ok(own.replace('\r', "")));
        let said = put(PATH, "sign-in --as @@secret@@\n").unwrap_err();
        assert!(said.contains("@@secret@@") && said.contains("@@client_id@@"), "{said}");
        assert!(put(PATH, "sign-in @@client_id\n").unwrap_err().contains("odd number"));
        let said = put("azure-cli/user-assigned/logon.sh", "x").unwrap_err();
        assert!(said.contains(PATH), "{said}");
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
