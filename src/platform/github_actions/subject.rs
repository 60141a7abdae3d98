//! What GitHub says of a job in its tokens.

use super::super::{Repository, Trust};
use crate::{config::GitHub, resource::Federation};

const ISSUER: &str = "https://token.actions.githubusercontent.com";

pub(super) fn environment_of(name: &str) -> String {
    // A colon inside a value would look like the end of it.
    format!("environment:{}", name.replace(':', "%3A"))
}

/// What tokens say of a job that runs in these contexts.
pub(super) fn subjects(
    part: &str,
    workflow: &str,
    contexts: Vec<String>,
    repository: &Repository,
    assumptions: &mut Vec<String>,
) -> Trust {
    if contexts.iter().any(|it| it.contains("${{")) {
        return Trust::Unstated(format!(
            "the files do not show the environment of {part}, which is an expression"
        ));
    }
    let Some(slug) = &repository.slug else {
        let what = "the files do not show the GitHub repository: name it in workid.yaml (repository: owner/name)";
        return Trust::Unstated(what.to_owned());
    };
    let github = repository.config.github.clone().unwrap_or_default();
    if repository.config.github.is_none() {
        assumptions.push(format!("GitHub issues tokens for {slug} in its default subject format"));
    }
    let branch = repository.config.default_branch.as_deref().unwrap_or("main");
    let subject = |context: &String| {
        subject(&github, slug, context, &format!("{slug}/{workflow}@refs/heads/{branch}"))
    };
    let issuer = github.issuer.as_deref().unwrap_or(ISSUER).trim_end_matches('/');
    let found: Result<Vec<Federation>, String> =
        contexts.iter().map(|it| Ok(Federation::new(issuer, subject(it)?))).collect();
    found.map_or_else(Trust::Unstated, |it| Trust::Federated(it.into()))
}

/// A subject: by default the repository and the context, and otherwise the claims that the
/// repository chose, in their order.
fn subject(github: &GitHub, slug: &str, context: &str, workflow: &str) -> Result<String, String> {
    let prefix = github.subject_prefix.clone().unwrap_or_else(|| format!("repo:{slug}"));
    if github.subject_claims.is_empty() {
        return Ok(format!("{prefix}:{context}"));
    }
    let owner = slug.split('/').next().unwrap_or(slug);
    let claim = |claim: &String| match claim.as_str() {
        "repo" => Ok(prefix.clone()),
        "context" => Ok(context.to_owned()),
        "repository" => Ok(format!("repository:{slug}")),
        "repository_owner" => Ok(format!("repository_owner:{owner}")),
        "job_workflow_ref" => Ok(format!("job_workflow_ref:{workflow}")),
        "environment" | "ref" if context.starts_with(claim) => Ok(context.to_owned()),
        other => Err(format!(
            "the subject of GitHub's tokens for {slug} holds the claim {other}, which the files do not show: let the repository use its default subject, or choose repo, context and job_workflow_ref"
        )),
    };
    let claims: Result<Vec<String>, String> = github.subject_claims.iter().map(claim).collect();
    Ok(claims?.join(":"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(prefix: Option<&str>, claims: &[&str], context: &str) -> Result<String, String> {
        let github = GitHub {
            url: None,
            issuer: None,
            subject_prefix: prefix.map(str::to_owned),
            subject_claims: claims.iter().map(|it| (*it).to_owned()).collect(),
        };
        subject(
            &github,
            "contoso/web",
            context,
            "contoso/web/.github/workflows/d.yml@refs/heads/main",
        )
    }

    #[test]
    fn a_subject_is_what_the_repository_chose() {
        let environment = environment_of("prod: east");
        assert_eq!(environment, "environment:prod%3A east");
        assert_eq!(of(None, &[], "pull_request").unwrap(), "repo:contoso/web:pull_request");
        assert_eq!(
            of(Some("repo:contoso@12/web@34"), &[], "environment:prod").unwrap(),
            "repo:contoso@12/web@34:environment:prod"
        );
        assert_eq!(
            of(None, &["repo", "context", "job_workflow_ref"], "environment:prod").unwrap(),
            "repo:contoso/web:environment:prod:job_workflow_ref:contoso/web/.github/workflows/d.yml@refs/heads/main"
        );
        assert_eq!(
            of(None, &["repository_owner", "environment"], "environment:prod").unwrap(),
            "repository_owner:contoso:environment:prod"
        );
        assert!(of(None, &["repo", "actor"], "environment:prod").unwrap_err().contains("actor"));
        assert!(of(None, &["environment"], "ref:refs/heads/main").is_err());
    }
}
