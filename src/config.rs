//! What the repository's owner states in `workid.yaml`, because no file of it shows it.

use globset::{Glob, GlobSet, GlobSetBuilder};
use serde::Deserialize;

/// The file that is read from the scanned folder unless another is named.
pub const FILE_NAME: &str = "workid.yaml";

/// `workid.yaml`. Every entry is optional; an unknown one is an error.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `owner/name` on GitHub; read from the `origin` remote if it is not stated.
    pub repository: Option<String>,
    /// The branch that is deployed from where a workflow does not say; `main` if not stated.
    pub default_branch: Option<String>,
    pub azure_devops: Option<AzureDevOps>,
    pub tenant: Option<String>,
    pub subscription: Option<String>,
    /// Where identities are made.
    pub resource_group: Option<String>,
    /// Of new identities; that of the resource group if not stated.
    pub location: Option<String>,
    /// As whom the scripts sign in, where they read it from a variable.
    pub user: Option<String>,
    /// Which identity has the federated credentials.
    pub federate: Federate,
    /// The roles that the scripts need; what is found to be needed, if not stated.
    pub roles: Vec<Role>,
    /// Make a custom role of exactly what is needed, instead of assigning built-in ones.
    pub custom_role: bool,
    /// `Owner`, `User Access Administrator` and the like are never assigned unless named here.
    pub allow_roles: Vec<String>,
    /// Which Azure resources run which files.
    pub runs_on: Vec<RunsOn>,
    /// Sign-ins that are not to be reported.
    pub ignore: Vec<Ignore>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AzureDevOps {
    pub organization: String,
    pub project: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Federate {
    #[default]
    ManagedIdentity,
    Application,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    pub role: String,
    /// A resource ID, or the name of a resource group of the subscription.
    pub scope: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunsOn {
    /// Globs, from the scanned folder.
    pub paths: Vec<String>,
    /// Resource IDs.
    pub resources: Vec<String>,
    /// As whom these files sign in, where that differs from the rest.
    pub user: Option<String>,
    #[serde(skip)]
    matcher: GlobSet,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ignore {
    /// Globs, from the scanned folder.
    pub paths: Vec<String>,
    /// IDs of rules; all of them, if none is named.
    #[serde(default)]
    pub rules: Vec<String>,
    pub reason: String,
    #[serde(skip)]
    matcher: GlobSet,
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{0}")]
    Yaml(String),
    #[error("the path `{glob}` is not a glob: {reason}")]
    Glob { glob: String, reason: String },
}

impl Config {
    pub fn parse(text: &str) -> Result<Config, ConfigError> {
        if text.lines().all(|it| it.trim().is_empty() || it.trim_start().starts_with('#')) {
            return Ok(Config::default());
        }
        let mut config: Config =
            serde_saphyr::from_str(text).map_err(|it| ConfigError::Yaml(it.to_string()))?;
        for entry in &mut config.runs_on {
            entry.matcher = globs(&entry.paths)?;
        }
        for entry in &mut config.ignore {
            entry.matcher = globs(&entry.paths)?;
        }
        Ok(config)
    }

    /// What runs the file at `path`, if that is stated.
    pub fn runs_on(&self, path: &str) -> Option<&RunsOn> {
        self.runs_on.iter().find(|it| it.matcher.is_match(path))
    }

    /// Why the sign-ins that a rule finds in the file at `path` are not to be reported.
    pub fn ignored(&self, path: &str, rule: &str) -> Option<&Ignore> {
        let of = |it: &&Ignore| it.rules.is_empty() || it.rules.iter().any(|it| it == rule);
        self.ignore.iter().filter(of).find(|it| it.matcher.is_match(path))
    }

    /// As whom the file at `path` signs in, if that is stated.
    pub fn user_of(&self, path: &str) -> Option<&str> {
        self.runs_on(path).and_then(|it| it.user.as_deref()).or(self.user.as_deref())
    }
}

fn globs(patterns: &[String]) -> Result<GlobSet, ConfigError> {
    let mut set = GlobSetBuilder::new();
    for glob in patterns {
        let error = |it: globset::Error| ConfigError::Glob {
            glob: glob.clone(),
            reason: it.kind().to_string(),
        };
        set.add(Glob::new(glob).map_err(error)?);
    }
    set.build().map_err(|it| ConfigError::Glob {
        glob: patterns.join(", "),
        reason: it.kind().to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_entry_is_an_error_that_names_its_line() {
        let error =
            Config::parse("repository: contoso/web\nlocaton: japaneast\n").unwrap_err().to_string();
        assert!(error.contains("localton") || error.contains("locaton"), "{error}");
        assert!(error.contains('2'), "{error}");
    }

    #[test]
    fn files_are_matched_to_what_runs_them() {
        let config =
            Config::parse("runs_on:\n  - paths: ['jobs/**']\n    resources: [/r/vm]\n").unwrap();
        assert_eq!(config.runs_on("jobs/nightly/stop.sh").unwrap().resources, ["/r/vm"]);
        assert!(config.runs_on("deploy.sh").is_none());
    }

    #[test]
    fn an_empty_file_states_nothing() {
        assert!(Config::parse("# nothing\n").unwrap().user.is_none());
    }
}
