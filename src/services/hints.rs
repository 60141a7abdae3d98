//! What to do about a refusal, by its code.

use crate::resource::Refusal;

/// The most specific first. The second column, where there is one, is part of the path.
const HINTS: &[(&str, &str, &str)] = &[
    (
        "AuthorizationFailed",
        "/roleAssignments",
        "It takes Role Based Access Control Administrator, User Access Administrator or Owner there. Ask whoever has \
         one of them to run `workid apply` with this plan.",
    ),
    (
        "AuthorizationFailed",
        "",
        "Your sign-in lacks the right. Managed Identity Contributor is enough for identities and their credentials.",
    ),
    (
        "Authorization_RequestDenied",
        "",
        "Your sign-in may not register applications or read users. Ask for the directory role Application Developer, \
         or plan with a managed identity.",
    ),
    (
        MFA,
        "",
        "Azure asks you for multifactor authentication when you change something. Sign in again, and run the same \
         command again: az login --tenant <tenant> --scope <resource-manager>/.default --claims-challenge \
         eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlcyI6WyJwMSJdfX19 (the Azure CLI from 2.76 \
         on; from a pipeline, sign in with a workload identity, which is not asked)",
    ),
    (
        "RequestDisallowedByPolicy",
        "",
        "A policy of your tenant forbids it: `az policy assignment list` shows which there are. Ask its owner for an \
         exemption, or plan with another resource group or location.",
    ),
    (
        "LinkedAuthorizationFailed",
        "",
        "Attaching an identity takes the right to use it, too: ask for Managed Identity Operator on the identity.",
    ),
    ("NotInCloud", "", "Plan without it: the cloud that you named has no such service."),
    (
        "PrincipalNotFound",
        "",
        "A new identity can take minutes to be known everywhere. Run the same command again.",
    ),
    (
        "RoleAssignmentLimitExceeded",
        "",
        "The subscription holds as many role assignments as it may. Remove some first.",
    ),
    ("ResourceGroupNotFound", "", "Create the resource group, or name another (--resource-group)."),
    (
        "SubscriptionNotFound",
        "",
        "Check the subscription (--subscription), and that your sign-in may see it.",
    ),
    (
        "InvalidAuthenticationTokenTenant",
        "",
        "The subscription belongs to another tenant. Sign in to that one.",
    ),
    ("InvalidAuthenticationToken", "", "Sign in again: az login --tenant <tenant>."),
    (
        "TooManyRequests",
        "",
        "The service is busy. Run the same command again in some minutes: nothing is made twice.",
    ),
    (
        "NoAnswer",
        "",
        "Check the network, and HTTPS_PROXY if there is a proxy. Nothing is made twice when you try again.",
    ),
    (
        "404",
        "/variables",
        "There is no such project or environment, or your token may not see it: an environment of GitHub is made in \
         the repository's settings, or by the first job that names it.",
    ),
    (
        "403",
        "/variables",
        "Your token may not set variables. Take one that may, or let the administrator of the CI system do it: \
         `workid show PLAN --hand-over` has the commands.",
    ),
    (
        "NoToken",
        "",
        "Set GH_TOKEN or GITLAB_TOKEN (for other hosts GH_ENTERPRISE_TOKEN with GH_HOST, GITLAB_HOST), and run the \
         same command again.",
    ),
    ("SignInFailed", "", "Sign in again: az login --tenant <tenant>."),
    ("FileError", "", "Check the folder and its rights."),
];

/// What stands in the place of Azure's code, which all policies share, where a user has to do MFA.
pub const MFA: &str = "MultifactorAuthenticationRequired";

/// `{"access_token":{"acrs":{"essential":true,"values":["p1"]}}}`
const CHALLENGE: &str =
    "eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlcyI6WyJwMSJdfX19";

/// Microsoft's own assignments, and the built-in definitions that customers may have assigned.
const POLICIES: &[&str] =
    &["sys.mfa-", "4e6c27d5-a6ee-49cf-b2b4-d8fe90fa2b8b", "db4a9d17-db75-4f46-9fcb-9f9526604417"];

/// Whether a refusal asks the operator for multifactor authentication: by the challenge that comes
/// with it, or by the policy that refuses.
pub(super) fn is_mfa(code: &str, challenge: &str, body: &[u8]) -> bool {
    let body = || String::from_utf8_lossy(body).to_ascii_lowercase();
    challenge.contains(CHALLENGE)
        || (code == "RequestDisallowedByPolicy" && {
            let body = body();
            POLICIES.iter().any(|it| body.contains(it))
        })
}

pub fn hint(refusal: &Refusal) -> Option<&'static str> {
    let fits = |(code, path, _): &&(&str, &str, &str)| {
        refusal.code == *code && refusal.path.contains(path)
    };
    HINTS.iter().find(fits).map(|(.., hint)| *hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mfa_is_told_from_other_policies() {
        let code = "RequestDisallowedByPolicy";
        let of =
            |policy: &str| format!(r#"{{"additionalInfo":[{{"policyAssignmentId":"{policy}"}}]}}"#);
        assert!(is_mfa(code, "", of("/x/policyAssignments/sys.mfa-write").as_bytes()));
        assert!(is_mfa(code, "", of("/x/4E6C27D5-a6ee-49cf-b2b4-d8fe90fa2b8b").as_bytes()));
        assert!(!is_mfa(code, "", of("/x/policyAssignments/allowed-locations").as_bytes()));
        assert!(is_mfa("Any", &format!("Bearer claims=\"{CHALLENGE}\""), b""));
        assert!(!is_mfa("InvalidAuthenticationToken", "Bearer error=\"insufficient_claims\"", b""));
    }
}
