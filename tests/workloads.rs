//! Where clients of the embedded tenant run: machines and their managed identities, jobs and their
//! tokens; and a tenant that takes its time.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may stop where it is wrong"
)]

mod support;

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use futures::future::join;
use reqwest::Method;
use serde_json::{Value, json};
use support::tenant::*;
use workid::sandbox::{Error, Job, Options, Pace, SUBSCRIPTION_ID, Sandbox, Workload};

const SITE: &str = "/resourceGroups/rg-web-prod/providers/Microsoft.Web/sites/app-contoso-web";
const IMDS: &str = "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01";

#[test]
fn a_federated_token_is_signed_by_its_issuer() {
    let azure = Azure::new();
    let client = trusting(&azure, GITHUB, MAIN);
    let sign_in = |token: &str| {
        let answer = azure.post_form("oauth2/v2.0/token", &assertion_form(&client, token));
        (answer.status, answer.body["error_codes"][0].clone())
    };
    let token = azure.sandbox.federated_token(GITHUB, MAIN, EXCHANGE).unwrap();
    assert_eq!(sign_in(&token), (200, Value::Null));

    // What another issuer says of GitHub's job, and what GitHub says of another.
    let elsewhere = azure.sandbox.federated_token("https://gitlab.com", MAIN, EXCHANGE).unwrap();
    let mut claims = payload(&json!(token));
    let parts: Vec<&str> = token.split('.').collect();
    let others: Vec<&str> = elsewhere.split('.').collect();
    assert_eq!(sign_in(&[parts[0], parts[1], others[2]].join(".")), (401, json!(700027)));
    assert_eq!(sign_in(&unsigned(&claims)), (401, json!(700027)));

    claims["exp"] = 1.into();
    let late = BASE64URL.encode(claims.to_string());
    assert_eq!(sign_in(&[parts[0], &late, parts[2]].join(".")), (401, json!(700024)));
    claims.as_object_mut().unwrap().remove("exp");
    let endless = BASE64URL.encode(claims.to_string());
    assert_eq!(sign_in(&[parts[0], &endless, parts[2]].join(".")), (401, json!(700024)));
}

#[test]
fn a_job_of_github_gets_its_token_by_its_request_token() {
    let job = Job { issuer: GITHUB.to_owned(), subject: MAIN.to_owned() };
    let azure = at(Workload { job: Some(job), machine: None });
    let (url, key) = azure.sandbox.actions_endpoint().unwrap();
    let ask = |key: &str| {
        let session = azure.with(key.to_owned());
        session.get(&format!("{url}&audience={}", EXCHANGE.replace(':', "%3A")))
    };
    let claims = payload(&ask(key).body["value"]);
    assert_eq!(claims["sub"], MAIN);
    assert_eq!(claims["aud"], EXCHANGE);
    assert_eq!(azure.last_who(), MAIN);
    assert_eq!(ask("another").status, 401);
    assert_eq!(Azure::new().sandbox.actions_endpoint(), None);
}

#[test]
fn a_machine_gives_tokens_of_its_identities_and_of_no_other() {
    let azure = at(Workload { machine: Some("vm-jobs".to_owned()), job: None });
    let operator = azure.operator(ARM);
    let ask = |more: &str| azure.ask(IMDS, &[("Metadata", "true")], more);
    let resource = "&resource=https%3A%2F%2Fmanagement.azure.com%2F";
    let none = ask(resource);
    assert_eq!(
        (none.status, none.body["error_description"].as_str()),
        (400, Some("Identity not found"))
    );

    let full = |name: &str| format!("/subscriptions/{SUBSCRIPTION_ID}{}", identity(name));
    for name in ["id-one", "id-two", "id-other"] {
        operator.put(&arm(&identity(name)), json!({ "location": "japaneast" }));
    }
    let attach = |kind: &str, names: &[&str]| {
        let shared: serde_json::Map<_, _> = names.iter().map(|it| (full(it), json!({}))).collect();
        let identity = json!({ "type": kind, "userAssignedIdentities": shared });
        assert_eq!(operator.patch(&arm(VM), json!({ "identity": identity })).status, 200);
    };
    attach("UserAssigned", &["id-one"]);
    let only = ask(resource);
    assert_eq!(payload(&only.body["access_token"])["idtyp"], "app");
    assert_eq!(azure.last_who(), "id-one");
    attach("UserAssigned", &["id-two"]);
    assert!(ask(resource).body["error_description"].as_str().unwrap().contains("Multiple"));
    let named = format!("{resource}&msi_res_id={}", full("id-two").replace('/', "%2F"));
    assert_eq!(ask(&named).status, 200);
    assert_eq!(azure.last_who(), "id-two");
    let other = format!("{resource}&msi_res_id={}", full("id-other").replace('/', "%2F"));
    assert_eq!(ask(&other).status, 400, "it is not this machine's");
    attach("SystemAssigned, UserAssigned", &["id-two"]);
    assert_eq!(ask(resource).status, 200);
    assert_eq!(azure.last_who(), "vm-jobs");

    let instance = IMDS.replace("identity/oauth2/token", "instance");
    let instance = azure.ask(&instance, &[("Metadata", "true")], "");
    assert_eq!(instance.body["compute"]["resourceGroupName"], "rg-vms");
    assert_eq!(azure.ask(IMDS, &[], resource).status, 400, "without the header");
    assert_eq!(Azure::new().ask(IMDS, &[("Metadata", "true")], resource).status, 404);
}

#[test]
fn an_app_shows_its_header_to_its_own_endpoint() {
    let azure = at(Workload { machine: Some(SITE.rsplit('/').next().unwrap().into()), job: None });
    let operator = azure.operator(ARM);
    operator.patch(&arm(SITE), json!({ "identity": { "type": "SystemAssigned" } }));
    let (endpoint, key) = azure.sandbox.identity_endpoint().unwrap();
    let url = format!("{endpoint}?api-version=2019-08-01");
    let ask =
        |key: &str| azure.ask(&url, &[("X-IDENTITY-HEADER", key)], "&resource=https%3A%2F%2Fx");
    assert_eq!(payload(&ask(key).body["access_token"])["aud"], "https://x");
    assert_eq!(azure.last_who(), "app-contoso-web");
    assert_eq!(ask("guessed").status, 401);
    assert_eq!(azure.ask(IMDS, &[("Metadata", "true")], "&resource=x").status, 404);
}

#[test]
fn a_machine_is_one_that_there_is() {
    let workload = Workload { machine: Some("vm-none".to_owned()), job: None };
    let started = Sandbox::start(Options { workload, ..Options::default() });
    assert!(matches!(started, Err(Error::Machine { .. })));
}

#[test]
fn credentials_of_one_identity_are_written_one_at_a_time() {
    let delay = Duration::from_millis(100);
    let azure = paced(Pace { delay, ..Pace::default() });
    let operator = azure.operator(ARM);
    for name in ["id-one", "id-two"] {
        operator.put(&arm(&identity(name)), json!({ "location": "japaneast" }));
    }
    let put = |id: &str, name: &str| {
        let url = arm(&format!("{}/federatedIdentityCredentials/{name}", identity(id)));
        let request = azure.client.request(Method::PUT, url).bearer_auth(&operator.token);
        request.body(federated(name).to_string()).send()
    };
    let both = |one: (&str, &str), two: (&str, &str)| {
        let (one, two) = azure.runtime.block_on(join(put(one.0, one.1), put(two.0, two.1)));
        let mut both = [one.unwrap().status().as_u16(), two.unwrap().status().as_u16()];
        both.sort_unstable();
        both
    };
    let started = Instant::now();
    assert_eq!(both(("id-one", "first"), ("id-two", "first")), [201, 201]);
    assert!(started.elapsed() < 2 * delay, "others do not wait");
    assert_eq!(both(("id-one", "second"), ("id-one", "third")), [201, 409]);
    assert_eq!(both(("id-one", "second"), ("id-two", "third")), [200, 201], "it is free again");
}

#[test]
fn an_identity_has_at_most_twenty_credentials() {
    let azure = Azure::new();
    let operator = azure.operator(ARM);
    operator.put(&arm(&identity("id-one")), json!({ "location": "japaneast" }));
    let put = |number: u8| {
        let url = arm(&format!("{}/federatedIdentityCredentials/c{number:02}", identity("id-one")));
        operator.put(&url, federated(&format!("subject {number}"))).status
    };
    let all: Vec<u16> = (0..21).map(put).collect();
    assert_eq!(all[..20], [201; 20]);
    assert_eq!(all[20], 400);
}

#[test]
fn news_spreads_late_if_it_is_told_to() {
    let replication = Duration::from_secs(1);
    let azure = paced(Pace { replication, ..Pace::default() });
    let operator = azure.operator(ARM);
    let made = operator.put(&arm(&identity("id-web")), json!({ "location": "japaneast" }));
    let principal = made.body["properties"]["principalId"].as_str().unwrap();
    let scope = "/resourceGroups/rg-web-prod";
    let assign = || {
        let answer = operator.put(&arm(&role_assignment(scope, 1)), assignment(READER, principal));
        (answer.status, answer.code())
    };
    assert_eq!(assign(), (400, "PrincipalNotFound".to_owned()));
    let wait = || std::thread::sleep(replication + Duration::from_millis(50));
    wait();
    assert_eq!(assign().0, 201);

    let client = made.body["properties"]["clientId"].as_str().unwrap();
    let credential = arm(&format!("{}/federatedIdentityCredentials/main", identity("id-web")));
    operator.put(&credential, federated(MAIN));
    let token = azure.sandbox.federated_token(GITHUB, MAIN, EXCHANGE).unwrap();
    let form = assertion_form(client, &token);
    assert_eq!(azure.post_form("oauth2/v2.0/token", &form).body["error_codes"], json!([70025]));
    wait();
    let workload = azure.with(azure.token(&form));
    assert_eq!(workload.get(&arm(scope)).status, 200);
    operator.delete(&arm(&role_assignment(scope, 1)));
    operator.put(&arm(&role_assignment(scope, 2)), assignment(READER, principal));
    assert_eq!(workload.get(&arm(scope)).code(), "AuthorizationFailed");
    wait();
    assert_eq!(workload.get(&arm(scope)).status, 200);
}

#[test]
fn whoever_comes_too_often_is_told_to_wait() {
    let azure = paced(Pace { throttle: Some(3), ..Pace::default() });
    let operator = azure.operator(ARM);
    let answers: Vec<_> = (0..5).map(|_| operator.get(&arm("/resourcegroups"))).collect();
    let statuses: Vec<u16> = answers.iter().map(|it| it.status).collect();
    assert_eq!(statuses, [200, 200, 200, 429, 429]);
    assert_eq!(answers[3].retry_after, "1");
    std::thread::sleep(Duration::from_millis(1050));
    assert_eq!(operator.get(&arm("/resourcegroups")).status, 200);
}

fn at(workload: Workload) -> Azure {
    Azure::start(Options { workload, ..Options::default() })
}

fn paced(pace: Pace) -> Azure {
    Azure::start(Options { pace, ..Options::default() })
}

/// The client id of an identity that trusts a subject.
fn trusting(azure: &Azure, issuer: &str, subject: &str) -> String {
    let operator = azure.operator(ARM);
    let made = operator.put(&arm(&identity("id-web")), json!({ "location": "japaneast" }));
    let credential = arm(&format!("{}/federatedIdentityCredentials/main", identity("id-web")));
    let mut body = federated(subject);
    body["properties"]["issuer"] = issuer.into();
    assert_eq!(operator.put(&credential, body).status, 201);
    made.body["properties"]["clientId"].as_str().unwrap().to_owned()
}
