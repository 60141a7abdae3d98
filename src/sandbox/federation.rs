//! Federated identity credentials: what may be one, and which one a token from outside meets.

use serde_json::Value;

use super::message::Refusal;
use super::state::{State, text};

/// As many as one identity may have.
const LIMIT: usize = 20;

/// Checks a credential that is to join others of the same identity. Gives the reason against it.
pub(super) fn check<'a>(
    name: &str,
    new: &Value,
    others: impl Iterator<Item = &'a Value>,
) -> Result<(), String> {
    let tail = name.as_bytes().split_first();
    let named = tail.is_some_and(|(first, rest)| {
        first.is_ascii_alphanumeric()
            && (2..=119).contains(&rest.len())
            && rest.iter().all(|&byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    });
    if !named {
        return Err(format!(
            "The federated identity credential name '{name}' must be 3 to 120 letters, digits, \
             '-' or '_', and begin with a letter or digit."
        ));
    }
    for field in ["issuer", "subject"] {
        if !new[field].as_str().is_some_and(|text| (1..=600).contains(&text.len())) {
            return Err(format!("The property '{field}' must have 1 to 600 characters."));
        }
    }
    if !new["audiences"]
        .as_array()
        .is_some_and(|all| matches!(all.as_slice(), [Value::String(one)] if !one.is_empty()))
    {
        return Err("The property 'audiences' must hold exactly one audience.".to_owned());
    }
    let mut count = 0;
    for other in others {
        count += 1;
        if other["issuer"] == new["issuer"] && other["subject"] == new["subject"] {
            return Err(
                "Issuer and subject combination already exists for this identity.".to_owned()
            );
        }
    }
    if count >= LIMIT {
        return Err(format!(
            "An identity may have no more than {LIMIT} federated identity credentials."
        ));
    }
    Ok(())
}

/// Checks a token from outside against the credentials of a client: to the letter, in every claim.
pub(super) fn admit(state: &State, client_id: &str, token: &Value) -> Result<(), Refusal> {
    let credentials = credentials(state, client_id);
    let claim = |name: &str| token[name].as_str().unwrap_or_default();
    let (issuer, subject) = (claim("iss"), claim("sub"));
    let mismatch = |code, what, found: &str| {
        let text = format!(
            "No matching federated identity record found for presented assertion {what} \
             '{found}'. Check your federated identity credential Subject, Audience and Issuer \
             against the presented assertion."
        );
        Err(super::entra::refusal(code, text))
    };

    if credentials.is_empty() {
        let text =
            format!("The client '{client_id}' has no configured federated identity credentials.");
        return Err(super::entra::refusal(70025, text));
    }
    let issued: Vec<_> =
        credentials.into_iter().filter(|credential| credential["issuer"] == issuer).collect();
    if issued.is_empty() {
        return mismatch(700211, "issuer", issuer);
    }
    let Some(credential) = issued.iter().find(|credential| credential["subject"] == subject) else {
        let same_but_for_case = |credential: &&Value| {
            credential["subject"].as_str().is_some_and(|own| own.eq_ignore_ascii_case(subject))
        };
        let code = if issued.iter().any(same_but_for_case) { 7002138 } else { 700213 };
        return mismatch(code, "subject", subject);
    };
    let audience = &credential["audiences"][0];
    let presented = match &token["aud"] {
        Value::Array(several) => several.iter().find(|one| *one == audience).or(several.first()),
        one => Some(one),
    };
    match presented {
        Some(one) if one == audience => Ok(()),
        other => mismatch(700212, "audience", other.and_then(Value::as_str).unwrap_or_default()),
    }
}

/// The federated credentials of the application or user-assigned identity with this client id.
fn credentials<'a>(state: &'a State, client_id: &str) -> Vec<&'a Value> {
    if let Some(app) = state.application(client_id) {
        let own = app["id"].as_str().and_then(|id| state.federated_credentials.get(id));
        let all = own.into_iter().flat_map(|all| all.values());
        return all.filter(|it| !state.hidden.contains(&text(&it["id"]))).collect();
    }
    let all = state.resources.iter();
    let identity =
        all.clone().find(|(_, resource)| resource["properties"]["clientId"] == *client_id);
    let Some((id, _)) = identity else { return Vec::new() };
    let below = format!("{id}/federatedidentitycredentials/");
    all.filter(|(id, _)| id.starts_with(&below) && !state.hidden.contains(*id))
        .map(|(_, credential)| &credential["properties"])
        .collect()
}
