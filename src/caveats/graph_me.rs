//! Requests to `/me` of Microsoft Graph.

use super::Caveat;
use crate::{
    impact::{Service, request},
    lang::{Call, Names},
};

pub(super) const CAVEAT: Caveat = Caveat {
    id: "graph-me",
    summary: "asks Microsoft Graph for `/me`",
    explanation: "`/me` is the user who is signed in. With a workload identity there is none, and the \
                  request fails.",
    instead: "Name whom it is about: `/users/ID` with an application permission that an administrator \
                  consents to, or `/servicePrincipals/ID` for the identity itself. What is for delegated \
                  permissions only, such as Planner, keeps a person.",
    references: &["https://learn.microsoft.com/graph/permissions-overview"],
    federated: false,
    delegated: true,
    find,
    flagged: &[
        ("bash", "az rest --url https://graph.microsoft.com/v1.0/me"),
        (
            "bash",
            "curl -H \"Authorization: Bearer $T\" \"https://graph.microsoft.com/beta/me/messages?x=y\"",
        ),
        ("powershell", "Invoke-MgGraphRequest -Method GET -Uri /v1.0/me"),
        (
            "powershell",
            "Invoke-RestMethod -Headers $h -Uri https://graph.microsoft.com/v1.0/me/drive",
        ),
    ],
    passed: &[
        ("bash", "az rest --url https://graph.microsoft.com/v1.0/users"),
        ("bash", "az rest --url https://graph.microsoft.com/v1.0/messages"),
        ("powershell", "Invoke-MgGraphRequest -Uri v1.0/users/a@contoso.com"),
    ],
};

/// `/me` behind the version, which is left out at times.
fn is_me(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    let path = path.trim_start_matches('/');
    let rest = ["v1.0/", "beta/"].iter().find_map(|it| path.strip_prefix(it)).unwrap_or(path);
    rest.strip_prefix("me").is_some_and(|it| it.is_empty() || it.starts_with(['/', '?']))
}

fn find(call: &Call, names: &Names<'_>) -> bool {
    let request = request(call, names).filter(|it| it.service == Service::Graph);
    let path = request.map(|it| it.path).or_else(|| {
        let uri = call.value("-uri").or(call.words.first());
        let is_graph = call.name == "invoke-mggraphrequest" || call.name == "invoke-graphrequest";
        let uri = names.shape(uri.filter(|_| is_graph)?);
        Some(uri.split("graph.microsoft.com").last().unwrap_or(&uri).to_owned())
    });
    path.is_some_and(|it| is_me(&it))
}
