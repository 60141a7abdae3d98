//! What a user did in the tenant stands beside what the files say.

#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod support;

use reqwest::{Certificate, Client, Method, Proxy};
use serde_json::{Value, json};
use support::{Workplace, root};
use tokio::runtime::Builder;
use workid::sandbox::{Options, SUBSCRIPTION_ID, Sandbox, TENANT_ID};

const CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

/// A user without multifactor authentication tries to write: it stays in the tenant's log.
fn try_to_write(place: &Workplace, path: &str) {
    let state = Some(place.path("workid.sandbox.json"));
    let sandbox = Sandbox::start(Options { state, ..Options::default() }).unwrap();
    let client = Client::builder()
        .proxy(Proxy::all(sandbox.proxy()).unwrap())
        .tls_certs_only([Certificate::from_pem(sandbox.ca_pem().as_bytes()).unwrap()])
        .build()
        .unwrap();
    let form = [
        "grant_type=password",
        &format!("client_id={CLI}"),
        "username=svc-deploy%40contoso.com",
        "password=canary-deploy-4713",
        "scope=https%3A%2F%2Fmanagement.azure.com%2F.default",
    ]
    .join("&");
    let sign_in = format!("https://login.microsoftonline.com/{TENANT_ID}/oauth2/v2.0/token");
    let path = format!("/subscriptions/{SUBSCRIPTION_ID}{path}?api-version=2023-08-01");
    let url = format!("https://management.azure.com{path}");
    Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let answer = client.post(sign_in).body(form).send().await.unwrap();
        let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        let token = answer["access_token"].as_str().unwrap();
        let write = client.request(Method::PUT, url).bearer_auth(token);
        let refused = write.body(json!({ "location": "japaneast" }).to_string()).send().await;
        assert_eq!(refused.unwrap().status(), 401);
    });
}

#[test]
fn a_write_that_no_file_explains_is_told() {
    let place = Workplace::of(&root().join("examples/contoso-web"));
    try_to_write(&place, "/resourceGroups/rg-data/providers/Microsoft.Sql/servers/sql-hidden");
    let ran = place.run(&["plan", "repo", "--sandbox"]);
    assert!(ran.stdout.contains("Writes that no scanned code explains"), "{}", ran.stdout);
    let told = "Microsoft.Sql/servers/write on sql-hidden, once (1 refused), last 2026-01-01T00:00:00Z, from Azure CLI, \
                without multifactor authentication";
    assert!(ran.stdout.contains(told), "{}", ran.stdout);
    let plan: Value = serde_json::from_str(&place.read("workid.plan.json")).unwrap();
    assert_eq!(plan["unexplained"][0]["user"], "svc-deploy@contoso.com");
    assert_eq!(plan["unexplained"][0]["mfa"], false);
    let afterwards = plan["afterwards"].to_string();
    assert!(afterwards.contains("once what wrote the rest is found"), "{afterwards}");
}
