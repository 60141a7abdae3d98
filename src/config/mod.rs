//! What the repository's owner states in `workid.yaml`, because no file of it shows it.

mod error;

pub use error::ConfigError;

use globset::{Glob, GlobSet, GlobSetBuilder};
use schemars::JsonSchema;
use serde::Deserialize;

/// The file that is read from the scanned folder unless another is named.
pub const FILE_NAME: &str = "workid.yaml";

/// `workid.yaml`. Every entry is optional; an unknown one is an error.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `owner/name` on GitHub; read from the `origin` remote if it is not stated.
    pub repository: Option<String>,
    /// The branch that is deployed from where a workflow does not say; `main` if not stated.
    pub default_branch: Option<String>,
    pub azure_devops: Option<AzureDevOps>,
    /// What GitHub says in its tokens, where that is not what it says by default.
    pub github: Option<GitHub>,
    /// Where GitLab is, and what the project is called there.
    pub gitlab: Option<GitLab>,
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
    /// The application permissions of Microsoft Graph that the scripts need: `User.Read.All`. Each
    /// holds in the whole tenant.
    pub graph_permissions: Vec<String>,
    /// A folder, from the scanned one, of templates in the places of those that are built in.
    pub templates: Option<String>,
    /// Keep the IDs of identities in variables of GitHub and GitLab, from which the files read them.
    pub variables: bool,
    /// What runs which files.
    pub runs_on: Vec<RunsOn>,
    /// Sign-ins that are not to be reported.
    pub ignore: Vec<Ignore>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AzureDevOps {
    pub organization: String,
    pub project: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GitHub {
    /// `https://github.com` if not stated.
    pub url: Option<String>,
    /// Of an enterprise that has one of its own; `https://token.actions.githubusercontent.com` if
    /// not stated.
    pub issuer: Option<String>,
    /// What subjects begin with: `repo:contoso@123456/web@456789` where they hold IDs.
    pub subject_prefix: Option<String>,
    /// The claims of which the repository makes its subjects, if it does.
    pub subject_claims: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GitLab {
    /// `https://gitlab.com` if not stated.
    pub url: Option<String>,
    /// `group/project`
    pub project: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Federate {
    #[default]
    ManagedIdentity,
    Application,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Role {
    pub role: String,
    /// A resource ID, or the name of a resource group of the subscription.
    pub scope: String,
}

/// What runs some files: Azure resources, a platform, or whatever issues tokens.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunsOn {
    /// Globs, from the scanned folder.
    pub paths: Vec<String>,
    /// The IDs of the Azure resources.
    #[serde(default)]
    pub resources: Vec<String>,
    /// The platform, where it is no Azure resource.
    pub platform: Option<Host>,
    /// Who issues the tokens of what runs there.
    pub issuer: Option<String>,
    /// What those tokens have as their subject.
    pub subject: Option<String>,
    /// Others run software there, too, which could sign in as an identity of the machine.
    #[serde(default)]
    pub shared: bool,
    /// People run them by hand as well, and then sign in themselves.
    #[serde(default)]
    pub people: bool,
    /// The tenant whose resources these files work on, where that is another one.
    pub tenant: Option<String>,
    /// As whom these files sign in, where that differs from the rest.
    pub user: Option<String>,
    #[serde(skip)]
    matcher: GlobSet,
}

impl RunsOn {
    /// Whether it states more than who runs the files by hand, or as whom they sign in.
    pub fn says_where(&self) -> bool {
        !self.resources.is_empty()
            || self.platform.is_some()
            || self.issuer.is_some()
            || self.subject.is_some()
    }
}

/// A platform that no Azure resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Host {
    Kubernetes,
    Jenkins,
    Buildkite,
    HcpTerraform,
    Aws,
    GoogleCloud,
    /// A machine that nothing vouches for.
    Server,
    /// A person's own machine, with that person present.
    Laptop,
    AzureStackHub,
}

impl Host {
    pub const ALL: &[Host] = &[
        Host::Kubernetes,
        Host::Jenkins,
        Host::Buildkite,
        Host::HcpTerraform,
        Host::Aws,
        Host::GoogleCloud,
        Host::Server,
        Host::Laptop,
        Host::AzureStackHub,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Host::Kubernetes => "kubernetes",
            Host::Jenkins => "jenkins",
            Host::Buildkite => "buildkite",
            Host::HcpTerraform => "hcp-terraform",
            Host::Aws => "aws",
            Host::GoogleCloud => "google-cloud",
            Host::Server => "server",
            Host::Laptop => "laptop",
            Host::AzureStackHub => "azure-stack-hub",
        }
    }
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
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

impl Config {
    pub fn parse(text: &str) -> Result<Config, ConfigError> {
        if text.lines().all(|it| it.trim().is_empty() || it.trim_start().starts_with('#')) {
            return Ok(Config::default());
        }
        let mut config: Config =
            serde_saphyr::from_str(text).map_err(|it| ConfigError::yaml(text, &it))?;
        for entry in &mut config.runs_on {
            entry.matcher = globs(text, &entry.paths)?;
        }
        for entry in &mut config.ignore {
            entry.matcher = globs(text, &entry.paths)?;
        }
        Ok(config)
    }

    /// What may stand in `workid.yaml`, for editors: a JSON schema.
    pub fn schema() -> String {
        let schema = schemars::schema_for!(Config);
        serde_json::to_string_pretty(&schema).expect("a schema is JSON") + "\n"
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

fn globs(text: &str, patterns: &[String]) -> Result<GlobSet, ConfigError> {
    let mut set = GlobSetBuilder::new();
    for glob in patterns {
        set.add(Glob::new(glob).map_err(|it| ConfigError::glob(text, glob, &it))?);
    }
    set.build().map_err(|it| ConfigError::glob(text, &patterns.join(", "), &it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_matched_to_what_runs_them() {
        let config =
            Config::parse("runs_on:\n  - paths: ['jobs/**']\n    resources: [/r/vm]\n").unwrap();
        assert_eq!(config.runs_on("jobs/nightly/stop.sh").unwrap().resources, ["/r/vm"]);
        assert!(config.runs_on("deploy.sh").is_none());
    }

    #[test]
    fn a_host_is_called_what_the_file_calls_it() {
        for host in Host::ALL {
            let text = format!("runs_on:\n  - paths: [a]\n    platform: {}\n", host.name());
            assert_eq!(Config::parse(&text).unwrap().runs_on[0].platform, Some(*host));
        }
    }

    #[test]
    fn an_empty_file_states_nothing() {
        assert!(Config::parse("# nothing\n").unwrap().user.is_none());
    }
}
