//! What GitHub says of the subjects in its tokens.

use super::{ConnectError, Connection, client};
use crate::{config::GitHub, secret::Secret};
use serde_json::Value;
use std::time::Duration;

/// A plan can do without the answer, and does not wait for it long.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How a repository wants the subjects of its tokens; `None` where GitHub does not tell.
pub fn subjects(
    connection: &Connection,
    slug: &str,
    token: &Secret,
) -> Result<Option<GitHub>, ConnectError> {
    let is_name = |it: &str| {
        !it.is_empty() && it.chars().all(|it| it.is_alphanumeric() || "._-".contains(it))
    };
    // Nothing else is a path of the same host.
    if slug.split('/').count() != 2 || !slug.split('/').all(is_name) || slug.contains("..") {
        return Ok(None);
    }
    let (runtime, client) = client(connection)?;
    let url = format!("https://api.github.com/repos/{slug}/actions/oidc/customization/sub");
    let asked = client
        .get(url)
        .timeout(TIMEOUT)
        .bearer_auth(token.expose())
        .header("accept", "application/vnd.github+json");
    let answer = runtime.block_on(async {
        let response = asked.send().await.ok()?;
        let answer = response.status().is_success().then(|| response.bytes())?;
        serde_json::from_slice::<Value>(&answer.await.ok()?).ok()
    });
    Ok(answer.as_ref().and_then(read))
}

fn read(answer: &Value) -> Option<GitHub> {
    let is_default = answer.get("use_default")?.as_bool()?;
    let claims = answer.get("include_claim_keys").and_then(Value::as_array);
    let claims = claims.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    Some(GitHub {
        url: None,
        issuer: None,
        subject_prefix: answer.get("sub_claim_prefix").and_then(Value::as_str).map(str::to_owned),
        subject_claims: if is_default { Vec::new() } else { claims.collect() },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_answer_says_what_subjects_are_made_of() {
        let custom = json!({
            "use_default": false,
            "include_claim_keys": ["repo", "context", "job_workflow_ref"],
            "sub_claim_prefix": "repo:contoso@1/web@2",
        });
        let read = |it| read(&it).unwrap();
        assert_eq!(read(custom.clone()).subject_claims, ["repo", "context", "job_workflow_ref"]);
        assert_eq!(read(custom).subject_prefix.as_deref(), Some("repo:contoso@1/web@2"));
        assert_eq!(read(json!({ "use_default": true })), GitHub::default());
    }
}
