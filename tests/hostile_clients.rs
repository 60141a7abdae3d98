//! Whatever a client sends to the embedded tenant, it answers or hangs up, forgets no one else, and
//! keeps a file that it can read again.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may stop where it is wrong"
)]

mod support;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use proptest::prelude::*;
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, TcpStream},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use support::tenant::*;
use workid::sandbox::{Job, Options, Sandbox, Workload};

static PANICKED: AtomicBool = AtomicBool::new(false);

/// Pieces of requests, and what breaks them.
const PIECES: &[&str] = &[
    "GET ",
    "PUT ",
    "CONNECT ",
    "OPTIONS ",
    "http://",
    "https://",
    "169.254.169.254",
    "127.0.0.1",
    "management.azure.com",
    "login.microsoftonline.com",
    ":443",
    ":0",
    ":99999",
    "[::1]",
    "@",
    "/",
    "//",
    "..",
    "/metadata/identity/oauth2/token",
    "/msi/token",
    "?resource=",
    "&client_id=",
    "&msi_res_id=",
    "api-version=",
    "%",
    "%00",
    "%zz",
    "%2",
    "+",
    " ",
    " HTTP/1.1",
    " HTTP/1.0",
    "\r\n",
    "\n",
    "Host: ",
    "Metadata: true",
    "X-IDENTITY-HEADER: ",
    "Authorization: Bearer ",
    "Content-Length: 5",
    "Content-Length: 99999999999999999999",
    "Transfer-Encoding: chunked",
    "Expect: 100-continue",
    "ffffffff\r\n",
    "\u{0}",
    "\u{1F600}",
    "a.b.c",
];

/// What JSON is made of here: names that services look for among them.
const NAMES: &[&str] = &[
    "properties",
    "identity",
    "type",
    "location",
    "userAssignedIdentities",
    "name",
    "displayName",
    "keyCredentials",
    "key",
    "keyId",
    "passwordCredential",
    "principalId",
    "roleDefinitionId",
    "permissions",
    "assignableScopes",
    "roleName",
    "issuer",
    "subject",
    "audiences",
    "ids",
    "id",
    "appId",
    "authorization",
    "parameters",
    "scheme",
    "serviceEndpointProjectReferences",
    "projectReference",
    "uniqueName",
    "tenantid",
];

const TEXTS: &[&str] = &[
    "",
    "SystemAssigned",
    "UserAssigned, x",
    "Contributor",
    "web",
    "japaneast",
    "WorkloadIdentityFederation",
    "a",
    "\u{1F600}",
    "b24988ac-6180-42a0-ab88-20f7382dd24c",
];

fn text(pieces: &'static [&'static str], most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(pieces), 1..most).prop_map(|it| it.concat())
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        prop::sample::select(TEXTS).prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        let member = (prop::sample::select(NAMES), inner.clone());
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
            prop::collection::vec(member, 0..6).prop_map(|it| {
                Value::Object(
                    it.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
                )
            }),
        ]
    })
}

/// Requests as they should be, which the test then spoils.
fn requests() -> Vec<(Method, String, Value)> {
    let group = "/resourceGroups/rg-data";
    let located = json!({ "location": "japaneast" });
    let credential = federated(MAIN);
    let attached = json!({ "identity": {
        "type": "SystemAssigned, UserAssigned",
        "userAssignedIdentities": { (identity("id-x")): {} },
    } });
    let role = json!({ "properties": {
        "roleName": "Own",
        "permissions": [{ "actions": ["*"], "notActions": [] }],
        "assignableScopes": ["/"],
    } });
    let key =
        json!({ "type": "AsymmetricX509Cert", "usage": "Verify", "key": "MIIB", "keyId": "k" });
    let connection = json!({
        "name": "azure",
        "type": "azurerm",
        "authorization": {
            "scheme": "WorkloadIdentityFederation",
            "parameters": { "tenantid": "t", "serviceprincipalid": "s" },
        },
        "serviceEndpointProjectReferences": [{ "projectReference": { "id": "x", "name": "web" } }],
    });
    let arm_requests = [
        (Method::PUT, "/resourceGroups/rg-x".to_owned(), located.clone()),
        (Method::PUT, format!("{group}/providers/Microsoft.X/ys/z"), located.clone()),
        (Method::PATCH, VM.to_owned(), attached),
        (Method::PUT, identity("id-x"), located),
        (
            Method::PUT,
            format!("{}/federatedIdentityCredentials/abc", identity("id-x")),
            credential.clone(),
        ),
        (Method::PUT, format!("{SITE}/config/appsettings"), json!({ "properties": { "A": "b" } })),
        (Method::POST, format!("{SITE}/config/appsettings/list"), json!({})),
        (Method::PUT, role_assignment(group, 1), assignment(READER, "x")),
        (
            Method::PUT,
            format!("/providers/Microsoft.Authorization/roleDefinitions/{}", guid(2)),
            role,
        ),
        (Method::DELETE, group.to_owned(), json!({})),
    ];
    let app = json!({ "displayName": "web", "uniqueName": "web", "keyCredentials": [key] });
    let graph_requests = [
        (Method::POST, "applications", app.clone()),
        (Method::PATCH, "applications(uniqueName='web')", app),
        (
            Method::POST,
            "applications(uniqueName='web')/addPassword",
            json!({ "passwordCredential": { "displayName": "x" } }),
        ),
        (
            Method::POST,
            "applications(uniqueName='web')/federatedIdentityCredentials",
            json!({ "name": "main", "issuer": GITHUB, "subject": MAIN, "audiences": [EXCHANGE] }),
        ),
        (
            Method::PATCH,
            "servicePrincipals(appId='x')",
            json!({ "appId": "x", "displayName": "web" }),
        ),
        (Method::POST, "directoryObjects/getByIds", json!({ "ids": ["x"], "types": ["user"] })),
        (Method::GET, "users/ada@contoso.com/memberOf", json!({})),
        (Method::DELETE, "applications(uniqueName='web')", json!({})),
    ];
    let endpoints = "https://dev.azure.com/contoso/_apis/serviceendpoint/endpoints";
    arm_requests
        .into_iter()
        .map(|(method, path, body)| (method, arm(&path), body))
        .chain(
            graph_requests
                .map(|(method, path, body)| (method, format!("{GRAPH}/v1.0/{path}"), body)),
        )
        .chain([
            (Method::POST, endpoints.to_owned(), connection.clone()),
            (Method::PUT, format!("{endpoints}/x"), connection),
            (Method::DELETE, format!("{endpoints}/x?projectIds=x"), json!({})),
        ])
        .collect()
}

/// The body with its `at`th value, counted from the outside, replaced.
fn spoil(body: &mut Value, at: &mut usize, by: &Value) {
    if *at == 0 {
        *body = by.clone();
    }
    *at = at.wrapping_sub(1);
    match body {
        Value::Array(items) => items.iter_mut().for_each(|it| spoil(it, at, by)),
        Value::Object(members) => members.values_mut().for_each(|it| spoil(it, at, by)),
        _ => {}
    }
}

const SITE: &str = "/resourceGroups/rg-web-prod/providers/Microsoft.Web/sites/app-contoso-web";

#[test]
fn no_request_stops_the_listener() {
    watch_for_panics();
    let job = Job { issuer: GITHUB.to_owned(), subject: MAIN.to_owned() };
    let machine = Some("vm-jobs".to_owned());
    let workload = Workload { job: Some(job), machine };
    let azure = Azure::start(Options { workload, ..Options::default() });
    let address = azure.sandbox.proxy().trim_start_matches("http://").to_owned();
    let send = |bytes: &[u8], then: Option<Shutdown>| {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        // The tenant may have hung up already.
        let _ =
            stream.write_all(bytes).and_then(|()| then.map_or(Ok(()), |it| stream.shutdown(it)));
        let mut answer = Vec::new();
        match stream.read_to_end(&mut answer) {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => panic!("it hangs"),
            _ => answer,
        }
    };
    let raw = prop_oneof![
        text(PIECES, 30).prop_map(String::into_bytes),
        text(PIECES, 30).prop_map(|it| format!("GET {it} HTTP/1.1\r\n{it}\r\n\r\n").into_bytes()),
        prop::collection::vec(any::<u8>(), 0..200),
    ];
    check(256, &raw, |bytes| {
        send(&bytes, Some(Shutdown::Write));
        prop_assert!(!PANICKED.load(Ordering::SeqCst));
        Ok(())
    });
    // Whoever hangs up before the answer may get none.
    let still = send(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", None);
    assert!(still.starts_with(b"HTTP/1.1 404"), "{}", String::from_utf8_lossy(&still));
}

#[test]
fn no_body_and_no_address_breaks_a_service() {
    watch_for_panics();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tenant.json");
    let azure = Azure::keeping(&file);
    let (arm_token, graph_token) = (azure.operator_token(ARM), azure.operator_token(GRAPH));
    let devops_token = azure.operator_token(DEVOPS);
    let requests = requests();
    let pieces = &["/", "'", "(", ")", "=", "%20", "x", "&$filter="];
    let tail = prop_oneof![4 => Just(String::new()), 1 => text(pieces, 6)];
    let spoiled = (0..requests.len(), 0_usize..12, any_json(), tail, any::<bool>());
    check(800, &spoiled, |(request, mut at, by, tail, upsert)| {
        let (method, address, mut body) = requests[request].clone();
        spoil(&mut body, &mut at, &by);
        let url = format!("{address}{tail}");
        let token = match url.as_str() {
            url if url.contains("graph.") => &graph_token,
            url if url.contains("dev.azure") => &devops_token,
            _ => &arm_token,
        };
        let session = azure.with(token.clone());
        let answer = session.send(method, &url, Some(&body), upsert);
        prop_assert!(!PANICKED.load(Ordering::SeqCst));
        let status = answer.map(|it| it.status);
        prop_assert!(status.is_some_and(|it| it < 500), "{status:?}: {url} {body}");
        Ok(())
    });
    drop(azure);
    Sandbox::start(Options { state: Some(file), ..Options::default() }).unwrap();
}

#[test]
fn a_sign_in_is_answered_whatever_it_shows() {
    watch_for_panics();
    let azure = Azure::new();
    let client = azure.sandbox.operator().client_id;
    let part = || prop_oneof![any_json().prop_map(|it| it.to_string()), text(PIECES, 8)];
    check(256, &(part(), part(), part()), |(header, payload, other)| {
        let encode = |text: &str| BASE64URL.encode(text);
        let token = format!("{}.{}.{}", encode(&header), encode(&payload), encode(&other));
        for form in [
            vec![
                ("grant_type", "client_credentials"),
                ("client_id", &client),
                ("client_assertion", &token),
            ],
            vec![
                ("grant_type", "client_credentials"),
                ("client_id", &client),
                ("client_assertion", &other),
            ],
            vec![("grant_type", "refresh_token"), ("refresh_token", &token), ("scope", &other)],
            vec![("grant_type", &header), ("claims", &payload)],
        ] {
            let answer = azure.post_form("oauth2/v2.0/token", &form);
            prop_assert!((400..500).contains(&answer.status), "{}", answer.status);
        }
        let session = azure.with(token);
        prop_assert_eq!(session.get(&arm("")).status, 401);
        prop_assert!(!PANICKED.load(Ordering::SeqCst));
        Ok(())
    });
}

#[test]
fn what_is_nested_too_deeply_to_be_read_again_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tenant.json");
    let azure = Azure::keeping(&file);
    let operator = azure.operator(ARM);
    for depth in [10, 60, 90, 120, 126, 200, 100_000] {
        let deep = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let body = format!("{{\"location\": \"japaneast\", \"properties\": {{\"x\": {deep}}}}}");
        let url = arm("/resourceGroups/rg-data/providers/Microsoft.X/ys/z");
        let request = azure.client.put(url).bearer_auth(&operator.token).body(body);
        let answer = azure.runtime.block_on(request.send()).unwrap();
        assert_eq!(answer.status(), if depth < 60 { 200 } else { 400 }, "{depth}");
    }
    let merged = (0..12).fold(json!({}), |inner, _| json!({ "a": inner }));
    operator.patch(&arm(VM), json!({ "properties": merged }));
    drop(azure);
    let again = Azure::keeping(&file);
    assert_eq!(again.operator(ARM).get(&arm(VM)).status, 200);
}

fn check<S: Strategy>(
    cases: u32,
    strategy: &S,
    test: impl Fn(S::Value) -> Result<(), TestCaseError>,
) {
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    proptest::test_runner::TestRunner::new(config).run(strategy, test).unwrap();
}

/// A panic while a request is answered ends a task and no test, so that somebody has to look.
fn watch_for_panics() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if std::thread::current().name() == Some("sandbox") {
                PANICKED.store(true, Ordering::SeqCst);
            }
            before(panic);
        }));
    });
}
