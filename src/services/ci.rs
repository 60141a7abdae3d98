//! GitHub and GitLab, asked with the operator's own tokens: each token goes to the host that the
//! environment says it is for, and to no other.

use crate::{
    resource::{CiSystem, Service},
    secret::Secret,
};
use std::{env, sync::Arc};

const GITHUB: &str = "https://github.com";
const GITLAB: &str = "https://gitlab.com";

/// Tokens by the origin of the API that they are for: `https://api.github.com`.
#[derive(Default)]
pub struct CiTokens(Vec<(Service, String, Arc<Secret>)>);

impl CiTokens {
    /// As `gh` and `glab` name them.
    pub fn from_environment() -> CiTokens {
        let of = |names: &[&str]| {
            names.iter().find_map(|it| env::var(it).ok().filter(|it| !it.trim().is_empty()))
        };
        let mut tokens = CiTokens::default();
        if let Some(token) = of(&["GH_TOKEN", "GITHUB_TOKEN"]) {
            tokens.add(CiSystem::GitHub, GITHUB, token);
        }
        let enterprise = of(&["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"]);
        if let (Some(host), Some(token)) = (of(&["GH_HOST"]), enterprise) {
            tokens.add(CiSystem::GitHub, &host, token);
        }
        if let Some(token) = of(&["GITLAB_TOKEN"]) {
            let host = of(&["GITLAB_HOST"]);
            tokens.add(CiSystem::GitLab, host.as_deref().unwrap_or(GITLAB), token);
        }
        tokens
    }

    /// The same token for GitHub and for GitLab, where everybody knows them.
    pub fn everywhere(token: &str) -> CiTokens {
        let mut tokens = CiTokens::default();
        tokens.add(CiSystem::GitHub, GITHUB, token.to_owned());
        tokens.add(CiSystem::GitLab, GITLAB, token.to_owned());
        tokens
    }

    fn add(&mut self, system: CiSystem, url: &str, token: String) {
        let (origin, _) = system.api(url);
        self.0.push((system.service(), origin, Arc::new(Secret::new(token.trim().to_owned()))));
    }

    pub(super) fn token(&self, service: Service, origin: &str) -> Option<Arc<Secret>> {
        let is_its = |it: &&(Service, String, Arc<Secret>)| it.0 == service && it.1 == origin;
        self.0.iter().find(is_its).map(|it| it.2.clone())
    }
}

/// What is missing where there is no token for a host.
pub(super) fn wanted(origin: &str) -> String {
    format!("there is no token for {}", origin.trim_start_matches("https://"))
}

pub(super) fn headers(service: Service) -> &'static [(&'static str, &'static str)] {
    match service {
        Service::GitHub => {
            &[("accept", "application/vnd.github+json"), ("x-github-api-version", "2022-11-28")]
        }
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_for_one_host_of_one_system() {
        let tokens = CiTokens::everywhere("canary");
        assert!(tokens.token(Service::GitHub, "https://api.github.com").is_some());
        assert!(tokens.token(Service::GitLab, "https://gitlab.com").is_some());
        for (service, origin) in [
            (Service::GitHub, "https://gitlab.com"),
            (Service::GitLab, "https://gitlab.com.evil.example"),
            (Service::GitHub, "http://api.github.com"),
            (Service::ResourceManager, "https://api.github.com"),
        ] {
            assert!(tokens.token(service, origin).is_none(), "{origin}");
        }
    }
}
