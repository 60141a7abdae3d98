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
        "RequestDisallowedByPolicy",
        "",
        "Azure asks you for multifactor authentication. Sign in again: az login --tenant <tenant> --scope \
         https://management.core.windows.net//.default --claims-challenge \
         eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlcyI6WyJwMSJdfX19",
    ),
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
    ("SignInFailed", "", "Sign in again: az login --tenant <tenant>."),
    ("FileError", "", "Check the folder and its rights."),
];

pub fn hint(refusal: &Refusal) -> Option<&'static str> {
    let fits = |(code, path, _): &&(&str, &str, &str)| {
        refusal.code == *code && refusal.path.contains(path)
    };
    HINTS.iter().find(fits).map(|(.., hint)| *hint)
}
