//! The embedded tenant, seen through the proxy as any client sees it.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may stop where it is wrong"
)]

mod support;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use support::tenant::*;
use workid::sandbox::{
    Error, Fault, FaultKind, Options, SUBSCRIPTION_ID, SUBSCRIPTION_NAME, Sandbox, TENANT_DOMAIN,
    TENANT_ID,
};

#[test]
fn a_user_without_mfa_reads_but_does_not_write() {
    let azure = Azure::new();
    let user = azure.user("svc-deploy@contoso.com", "canary-deploy-4713", ARM);

    let groups = user.get(&arm("/resourcegroups"));
    assert_eq!(
        groups.names(),
        ["rg-automation", "rg-data", "rg-identities", "rg-vms", "rg-web-prod"]
    );

    let refused = user.put(&arm("/resourcegroups/rg-new"), json!({ "location": "japaneast" }));
    assert_eq!(refused.status, 401);
    assert_eq!(refused.body["error"]["code"], "RequestDisallowedByPolicy");
    assert!(refused.challenge.contains("error=\"insufficient_claims\""), "{}", refused.challenge);
    let claims = refused.challenge.split("claims=\"").nth(1).unwrap().trim_end_matches('"');
    let claims: Value = serde_json::from_slice(&BASE64_STANDARD.decode(claims).unwrap()).unwrap();
    assert_eq!(claims["access_token"]["acrs"]["values"], json!(["p1"]));

    assert_eq!(user.get(&arm("/resourcegroups/rg-new")).code(), "ResourceGroupNotFound");
}

#[test]
fn a_user_with_mfa_writes() {
    let azure = Azure::new();
    let code = azure.post_form("oauth2/v2.0/devicecode", &[("client_id", "cli")]);
    let token = azure.token(&[
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", code.body["device_code"].as_str().unwrap()),
        ("scope", "https://management.azure.com/.default"),
    ]);
    let ada = azure.with(token);
    assert_eq!(
        ada.put(&arm("/resourcegroups/rg-new"), json!({ "location": "japaneast" })).status,
        201
    );
    assert_eq!(azure.last_who(), "ada@contoso.com");
}

#[test]
fn sign_in_refuses_as_entra_does() {
    let azure = Azure::new();
    let operator = azure.sandbox.operator();
    let password = |user: &str, password: &str, more: &[(&str, &str)]| {
        let mut form = vec![("grant_type", "password"), ("username", user), ("password", password)];
        form.extend(more);
        azure.post_form("oauth2/v2.0/token", &form)
    };
    let secret = |id: &str, secret: &str| {
        let form =
            [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)];
        azure.post_form("oauth2/v2.0/token", &form)
    };
    let challenged =
        [("claims", r#"{"access_token":{"acrs":{"essential":true,"values":["p1"]}}}"#)];
    let cases = [
        (password("nobody@contoso.com", "x", &[]), 50034, "invalid_grant", 400),
        (password("svc-deploy@contoso.com", "x", &[]), 50126, "invalid_grant", 400),
        (password("ada@contoso.com", "canary-ada-4711", &[]), 50076, "invalid_grant", 400),
        (
            password("svc-deploy@contoso.com", "canary-deploy-4713", &challenged),
            50076,
            "invalid_grant",
            400,
        ),
        (secret("6f9f7a5e-0000-4000-8000-000000000000", "x"), 700016, "unauthorized_client", 400),
        (secret(&operator.client_id, "x"), 7000215, "invalid_client", 401),
    ];
    for (answer, code, error, status) in cases {
        assert_eq!((answer.status, answer.body["error"].as_str()), (status, Some(error)), "{code}");
        assert_eq!(answer.body["error_codes"], json!([code]));
        let description = answer.body["error_description"].as_str().unwrap();
        assert!(description.starts_with(&format!("AADSTS{code}: ")), "{description}");
        assert!(description.contains("Trace ID: "), "{description}");
        for field in ["timestamp", "trace_id", "correlation_id"] {
            assert!(answer.body[field].is_string(), "{field}");
        }
    }
    let elsewhere =
        azure.at("https://login.microsoftonline.com/fabrikam.com/oauth2/v2.0/token", &[]);
    assert_eq!(elsewhere.body["error_codes"], json!([90002]));
}

#[test]
fn a_user_gets_what_clients_need_and_can_come_back() {
    let azure = Azure::new();
    let form = [
        ("grant_type", "password"),
        ("client_id", "04b07795-8ddb-461a-bbee-02f9e1bf7b46"),
        ("username", "svc-deploy@contoso.com"),
        ("password", "canary-deploy-4713"),
        ("scope", "https://management.core.windows.net//.default offline_access openid profile"),
    ];
    let first = azure.post_form("oauth2/v2.0/token", &form).body;
    assert_eq!(payload(&first["access_token"])["aud"], "https://management.core.windows.net/");
    assert_eq!(payload(&first["access_token"])["amr"], json!(["pwd"]));
    assert_eq!(payload(&first["id_token"])["preferred_username"], "svc-deploy@contoso.com");
    assert!(first["client_info"].is_string());

    let refresh = first["refresh_token"].as_str().unwrap();
    assert_eq!(
        azure.with(refresh.to_owned()).get(&arm("")).code(),
        "InvalidAuthenticationTokenAudience"
    );
    let scope = ("scope", "https://graph.microsoft.com//.default");
    let again = azure.token(&[("grant_type", "refresh_token"), ("refresh_token", refresh), scope]);
    let me = azure.with(again).get(&format!("{GRAPH}/v1.0/me"));
    assert_eq!(me.body["userPrincipalName"], "svc-deploy@contoso.com");

    let old = azure.at(
        &format!("https://login.windows.net/{TENANT_DOMAIN}/oauth2/token"),
        &[&form[..4], &[("resource", ARM)]].concat(),
    );
    assert_eq!(payload(&old.body["access_token"])["aud"], ARM);
}

#[test]
fn the_operator_makes_an_identity_a_credential_and_a_role() {
    let azure = Azure::new();
    let operator = azure.operator(ARM);

    let id = identity("id-web");
    let made = operator.put(&arm(&id), json!({ "location": "japaneast" }));
    assert_eq!(made.status, 201);
    assert_eq!(made.body["properties"]["tenantId"], TENANT_ID);
    let again = operator.put(&arm(&id.to_lowercase()), json!({ "location": "japaneast" }));
    assert_eq!((again.status, &again.body["properties"]), (200, &made.body["properties"]));

    let credential = arm(&format!("{id}/federatedIdentityCredentials/github-main"));
    assert_eq!(operator.put(&credential, federated(MAIN)).status, 201);
    assert_eq!(operator.put(&credential, federated(MAIN)).status, 200);
    let twin = arm(&format!("{id}/federatedIdentityCredentials/github-twin"));
    assert_eq!(operator.put(&twin, federated(MAIN)).status, 400);
    let bad = arm(&format!("{id}/federatedIdentityCredentials/-x"));
    assert_eq!(operator.put(&bad, federated("other")).status, 400);
    let orphan = arm(&format!("{}/federatedIdentityCredentials/github", identity("id-none")));
    assert_eq!(operator.put(&orphan, federated(MAIN)).code(), "ParentResourceNotFound");
    let all = operator.get(&arm(&format!("{id}/federatedIdentityCredentials")));
    assert_eq!(all.names(), ["github-main"]);

    let principal = made.body["properties"]["principalId"].as_str().unwrap();
    let body = assignment(READER, principal);
    let first = arm(&role_assignment("/resourceGroups/rg-web-prod", 1));
    assert_eq!(operator.put(&first, body.clone()).status, 201);
    assert_eq!(operator.put(&first, body.clone()).status, 200);
    let second =
        operator.put(&arm(&role_assignment("/resourceGroups/rg-web-prod", 2)), body.clone());
    assert_eq!((second.status, second.code().as_str()), (409, "RoleAssignmentExists"));
    let moved = operator.put(&first, assignment("b24988ac-6180-42a0-ab88-20f7382dd24c", principal));
    assert_eq!(moved.code(), "RoleAssignmentUpdateNotPermitted");
    let stranger = operator.put(&arm(&role_assignment("", 3)), assignment(READER, TENANT_ID));
    assert_eq!((stranger.status, stranger.code().as_str()), (400, "PrincipalNotFound"));
    let no_role = operator.put(&arm(&role_assignment("", 3)), assignment(TENANT_ID, principal));
    assert_eq!(no_role.code(), "RoleDefinitionDoesNotExist");

    let list = |filter: &str| {
        let path = "/providers/Microsoft.Authorization/roleAssignments";
        operator.get(&format!("{}&$filter={filter}", arm(path))).body["value"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(list(&format!("principalId%20eq%20'{principal}'")), 1);
    assert_eq!(list(&format!("atScope()%20and%20assignedTo('{principal}')")), 0);

    assert_eq!(operator.delete(&first).status, 200);
    assert_eq!(operator.delete(&first).status, 204);
    assert_eq!(operator.delete(&arm(&id)).status, 200);
    assert_eq!(operator.delete(&arm(&id)).status, 204);
    assert_eq!(operator.get(&credential).status, 404);

    let remade = operator.put(&arm(&id), json!({ "location": "japaneast" }));
    assert_eq!(remade.status, 201);
    assert_ne!(
        remade.body["properties"]["principalId"], principal,
        "a new identity is a new principal"
    );
}

#[test]
fn federated_tokens_must_match_to_the_letter() {
    let azure = Azure::new();
    let operator = azure.operator(ARM);
    let id = identity("id-web");
    let made = operator.put(&arm(&id), json!({ "location": "japaneast" }));
    let client = made.body["properties"]["clientId"].as_str().unwrap();
    let exchange = |issuer: &str, subject: &str, audience: &str| {
        let token = azure.sandbox.federated_token(issuer, subject, audience).unwrap();
        azure.post_form("oauth2/v2.0/token", &assertion_form(client, &token))
    };
    assert_eq!(exchange(GITHUB, MAIN, EXCHANGE).body["error_codes"], json!([70025]));

    operator.put(&arm(&format!("{id}/federatedIdentityCredentials/github-main")), federated(MAIN));
    let principal = made.body["properties"]["principalId"].as_str().unwrap();
    operator.put(
        &arm(&role_assignment("/resourceGroups/rg-web-prod", 1)),
        assignment(READER, principal),
    );

    assert_eq!(exchange("https://gitlab.com", MAIN, EXCHANGE).body["error_codes"], json!([700211]));
    assert_eq!(exchange(GITHUB, "repo:x/y", EXCHANGE).body["error_codes"], json!([700213]));
    assert_eq!(
        exchange(GITHUB, &MAIN.to_uppercase(), EXCHANGE).body["error_codes"],
        json!([7002138])
    );
    let wrong = exchange(GITHUB, MAIN, "api://other");
    assert_eq!((wrong.status, &wrong.body["error_codes"]), (401, &json!([700212])));

    let right = exchange(GITHUB, MAIN, EXCHANGE);
    assert_eq!(right.status, 200, "{}", right.body);
    assert_eq!(right.body["refresh_token"], Value::Null, "an application does not get one");
    let workload = azure.with(right.body["access_token"].as_str().unwrap().to_owned());
    assert_eq!(workload.get(&arm("/resourcegroups")).names(), ["rg-web-prod"]);
    let subscriptions = workload.get(&format!("{ARM}/subscriptions?api-version=2022-12-01"));
    assert_eq!(subscriptions.body["value"][0]["displayName"], SUBSCRIPTION_NAME);
    let denied =
        workload.put(&arm("/resourcegroups/rg-web-prod"), json!({ "location": "japaneast" }));
    assert_eq!((denied.status, denied.code().as_str()), (403, "AuthorizationFailed"));
    assert_eq!(azure.last_who(), "id-web");
}

#[test]
fn a_certificate_is_checked() {
    let azure = Azure::new();
    let operator = azure.operator(GRAPH);
    let (ours, theirs) = (Signer::new(), Signer::new().of_version_1());
    let mut key = BASE64_STANDARD.encode(&ours.der);
    key.insert(64, '\n');
    let app = operator.post(
        &format!("{GRAPH}/v1.0/applications"),
        json!({ "displayName": "job", "keyCredentials": [{ "keyId": guid(0), "key": key }] }),
    );
    let client = app.body["appId"].as_str().unwrap();
    let sign_in =
        |assertion: &str| azure.post_form("oauth2/v2.0/token", &assertion_form(client, assertion));
    assert_eq!(sign_in(&ours.assertion(client)).body["error_codes"], json!([7000229]));
    operator.post(&format!("{GRAPH}/v1.0/servicePrincipals"), json!({ "appId": client }));

    assert_eq!(sign_in(&ours.assertion(client)).status, 200);
    assert_eq!(sign_in(&theirs.assertion(client)).body["error_codes"], json!([700027]));

    // Reading the list, adding to it and writing it back loses nothing, though the keys are not
    // shown.
    let app = format!("{GRAPH}/v1.0/applications(appId='{client}')");
    operator.patch(&app, json!({ "displayName": "job 2" }));
    let mut keys = operator.get(&app).body["keyCredentials"].clone();
    assert_eq!(keys[0]["key"], Value::Null);
    keys.as_array_mut()
        .unwrap()
        .push(json!({ "keyId": guid(1), "key": BASE64_STANDARD.encode(&theirs.der) }));
    operator.patch(&app, json!({ "keyCredentials": keys }));
    assert_eq!(sign_in(&ours.assertion(client)).status, 200);
    assert_eq!(sign_in(&theirs.assertion(client)).status, 200);

    // Their key under our name.
    let forged = Signer { der: ours.der, ..theirs };
    assert_eq!(sign_in(&forged.assertion(client)).body["error_codes"], json!([700027]));
}

#[test]
fn roles_decide_who_may_do_what() {
    let azure = Azure::new();
    let pipelines = azure.user("svc-pipelines@contoso.com", "canary-pipelines-4715", ARM);
    assert_eq!(pipelines.get(&arm("/resourcegroups")).names(), ["rg-data"]);
    assert_eq!(pipelines.get(&arm("/resourcegroups/rg-vms")).code(), "AuthorizationFailed");

    // Contributor does not cover roles: that is refused before anybody asks for MFA.
    let deploy = azure.user("svc-deploy@contoso.com", "canary-deploy-4713", ARM);
    let refused = deploy.put(&arm(&role_assignment("", 1)), assignment(READER, TENANT_ID));
    let message = refused.body["error"]["message"].as_str().unwrap();
    assert_eq!(refused.status, 403);
    assert!(message.contains("'svc-deploy@contoso.com'"), "{message}");
    assert!(message.contains("'Microsoft.Authorization/roleAssignments/write'"), "{message}");

    // A role of the group, and the permissions that come of it.
    let grace = azure.user("grace@contoso.com", "canary-grace-4712", ARM);
    let site = arm("/resourceGroups/rg-web-prod/providers/Microsoft.Web/sites/app-contoso-web");
    assert_eq!(grace.get(&site).status, 200);
    let permissions = grace
        .get(&arm("/resourcegroups/rg-web-prod/providers/Microsoft.Authorization/permissions"));
    let actions = permissions.body["value"][0]["actions"].as_array().unwrap();
    assert!(actions.contains(&json!("Microsoft.Web/sites/*")), "{actions:?}");
    let nowhere = grace.get(&arm("/providers/Microsoft.Authorization/permissions"));
    assert_eq!(nowhere.body["value"], json!([]));
}

#[test]
fn what_is_written_stands_in_the_activity_log() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sandbox.json");
    let azure = Azure::keeping(&file);
    let deploy = azure.user("svc-deploy@contoso.com", "canary-deploy-4713", ARM);
    let group = "/resourcegroups/rg-new";
    deploy.get(&arm("/resourcegroups"));
    deploy.put(&arm(group), json!({ "location": "japaneast" }));
    azure.operator(ARM).put(&arm(group), json!({ "location": "japaneast" }));
    // It outlives the sandbox, with what was refused.
    drop(azure);
    let azure = Azure::keeping(&file);
    let operator = azure.operator(ARM);
    let log = operator.get(&activity_log("2026-01-01T00:00:00Z"));
    let events = log.body["value"].as_array().unwrap();
    let seen: Vec<_> = events
        .iter()
        .map(|it| (it["caller"].as_str().unwrap(), it["status"]["value"].as_str().unwrap()))
        .collect();
    let by = &operator_id(&operator);
    assert_eq!(seen, [(by.as_str(), "Succeeded"), ("svc-deploy@contoso.com", "Failed")]);
    let action = "Microsoft.Resources/subscriptions/resourceGroups/write";
    let scope = format!("/subscriptions/{SUBSCRIPTION_ID}/resourceGroups/rg-new");
    assert_eq!(events[1]["authorization"], json!({ "action": action, "scope": scope }));
    let claims = &events[1]["claims"];
    assert_eq!(claims["http://schemas.microsoft.com/claims/authnmethodsreferences"], "pwd");
    assert_eq!(claims["idtyp"], "user");

    // It takes a role on the subscription, what is later is not answered, and a start is needed.
    let pipelines = azure.user("svc-pipelines@contoso.com", "canary-pipelines-4715", ARM);
    assert_eq!(pipelines.get(&activity_log("2026-01-01T00:00:00Z")).code(), "AuthorizationFailed");
    assert_eq!(operator.get(&activity_log("2026-01-02T00:00:00Z")).body["value"], json!([]));
    let unbound = operator.get(&arm("/providers/Microsoft.Insights/eventtypes/management/values"));
    assert_eq!((unbound.status, unbound.code().as_str()), (400, "BadRequest"));
}

#[test]
fn a_long_activity_log_comes_in_pages() {
    let azure = Azure::new();
    let operator = azure.operator(ARM);
    for number in 0..51 {
        operator.put(&arm(&identity(&format!("id-{number}"))), json!({ "location": "japaneast" }));
    }
    let first = operator.get(&activity_log("2026-01-01T00:00:00Z")).body;
    let second = operator.get(first["nextLink"].as_str().unwrap()).body;
    let count = |page: &Value| page["value"].as_array().unwrap().len();
    assert_eq!((count(&first), count(&second)), (50, 1));
    assert_eq!(second["nextLink"], Value::Null);
}

#[test]
fn custom_roles_come_and_go() {
    let azure = Azure::new();
    let operator = azure.operator(ARM);
    let roles = "/providers/Microsoft.Authorization/roleDefinitions";
    let by_name = |name: &str| {
        let found = operator.get(&format!("{}&$filter=roleName%20eq%20'{name}'", arm(roles)));
        found.body["value"].as_array().unwrap().len()
    };
    let role = |name: &str| {
        let permissions =
            json!([{ "actions": ["Microsoft.Web/sites/restart/action"], "notActions": [] }]);
        let scope = format!("/subscriptions/{SUBSCRIPTION_ID}");
        json!({ "properties": {
            "roleName": name,
            "type": "CustomRole",
            "permissions": permissions,
            "assignableScopes": [scope],
        }})
    };
    assert_eq!((by_name("Contributor"), by_name("Site Restarter")), (1, 0));
    let own = arm(&format!("{roles}/{}", guid(7)));
    assert_eq!(operator.put(&own, role("Site Restarter")).status, 201);
    assert_eq!(by_name("Site Restarter"), 1);
    let twin = operator.put(&arm(&format!("{roles}/{}", guid(8))), role("Site Restarter"));
    assert_eq!((twin.status, twin.code().as_str()), (409, "RoleDefinitionWithSameNameExists"));

    let identity = operator.put(&arm(&identity("id-web")), json!({ "location": "japaneast" }));
    let principal = identity.body["properties"]["principalId"].as_str().unwrap();
    let assigned = arm(&role_assignment("", 1));
    assert_eq!(operator.put(&assigned, assignment(&guid(7), principal)).status, 201);
    assert_eq!(operator.delete(&own).code(), "RoleDefinitionHasAssignments");
    operator.delete(&assigned);
    assert_eq!(operator.delete(&own).status, 200);
    assert_eq!(operator.delete(&own).status, 204);
}

#[test]
fn a_resource_takes_on_identities_and_lets_go_of_them() {
    let azure = Azure::new();
    let operator = azure.operator(ARM);
    let graph = azure.operator(GRAPH);
    let vm = arm(VM);
    let untouched = operator.get(&vm).body;
    for name in ["id-one", "id-two"] {
        operator.put(&arm(&identity(name)), json!({ "location": "japaneast" }));
    }
    let full = |name: &str| format!("/subscriptions/{SUBSCRIPTION_ID}{}", identity(name));
    let patch = |identity: Value| operator.patch(&vm, json!({ "identity": identity }));

    let system = patch(json!({ "type": "SystemAssigned" })).body["identity"].clone();
    let principal = system["principalId"].as_str().unwrap();
    let object = format!("{GRAPH}/v1.0/servicePrincipals/{principal}");
    assert_eq!(graph.get(&object).body["servicePrincipalType"], "ManagedIdentity");
    let own =
        operator.get(&arm(&format!("{VM}/providers/Microsoft.ManagedIdentity/identities/default")));
    assert_eq!(own.body["properties"]["principalId"], principal);

    let many = |kind: &str, name: &str, value: Value| {
        patch(json!({ "type": kind, "userAssignedIdentities": { full(name): value } }))
    };
    let both = many("SystemAssigned, UserAssigned", "id-one", json!({}));
    assert_eq!(both.body["identity"]["principalId"], principal);
    let two = many("SystemAssigned,UserAssigned", "id-two", json!({}));
    assert_eq!(two.body["identity"]["userAssignedIdentities"].as_object().unwrap().len(), 2);
    let one = many("SystemAssigned, UserAssigned", "id-one", Value::Null);
    let left = one.body["identity"]["userAssignedIdentities"].as_object().unwrap();
    assert!(left[&full("id-two")]["clientId"].is_string());
    assert_eq!(left.len(), 1);
    let missing = many("UserAssigned", "id-none", json!({}));
    assert_eq!(missing.code(), "ResourceNotFound");

    let dropped = patch(json!({ "type": "SystemAssigned" }));
    assert_eq!(dropped.body["identity"], system, "asking for one kind only lets go of the other");
    patch(json!({ "type": "None" }));
    assert_eq!(operator.get(&vm).body, untouched);
    assert_eq!(graph.get(&object).status, 404);
}

#[test]
fn other_resources_are_documents() {
    let azure = Azure::new();
    let operator = azure.operator(ARM);
    let site = arm("/resourceGroups/rg-web-prod/providers/Microsoft.Web/sites/app-new");
    let body =
        json!({ "location": "japaneast", "tags": { "a": "1" }, "properties": { "x": 1, "y": 2 } });
    assert_eq!(operator.put(&site, body).status, 200);
    let patched =
        operator.patch(&site, json!({ "tags": { "b": "2" }, "properties": { "x": null } }));
    assert_eq!(patched.body["tags"], json!({ "a": "1", "b": "2" }));
    assert_eq!(patched.body["properties"], json!({ "y": 2 }));
    let all = operator.get(&arm("/resourceGroups/rg-web-prod/resources"));
    assert_eq!(all.names(), ["app-contoso-web", "app-new"]);
    let everywhere = operator.get(&arm("/providers/Microsoft.Compute/virtualMachines"));
    assert_eq!(everywhere.names(), ["vm-jobs"]);
    assert_eq!(operator.delete(&site).status, 200);
    assert_eq!(operator.patch(&site, json!({})).code(), "ResourceNotFound");

    let nowhere = arm("/resourceGroups/rg-none/providers/Microsoft.Web/sites/x");
    assert_eq!(operator.put(&nowhere, json!({ "location": "x" })).code(), "ResourceGroupNotFound");
    assert_eq!(operator.delete(&arm("/resourceGroups/rg-vms")).status, 200);
    let vm = arm(VM);
    assert_eq!(operator.get(&vm).code(), "ResourceGroupNotFound");
    assert_eq!(operator.head(&arm("/resourceGroups/rg-vms")), 404);
    assert_eq!(operator.head(&arm("/resourceGroups/rg-data")), 204);
}

#[test]
fn arm_is_as_particular_as_arm() {
    let azure = Azure::new();
    let operator = azure.operator(ARM);
    let plain = format!("{ARM}/subscriptions/{SUBSCRIPTION_ID}/resourcegroups/rg-data");
    assert_eq!(operator.get(&plain).code(), "MissingApiVersionParameter");
    let odd =
        format!("{ARM}//SUBSCRIPTIONS/{SUBSCRIPTION_ID}//RESOURCEGROUPS/RG-Data?API-VERSION=1");
    assert_eq!(operator.get(&odd).body["name"], "rg-data");
    let nobody = azure.with("a.b.c".to_owned()).get(&arm("/resourcegroups"));
    assert_eq!((nobody.status, nobody.code().as_str()), (401, "InvalidAuthenticationToken"));
    let graph = azure.operator(GRAPH).get(&arm("/resourcegroups"));
    assert_eq!(graph.code(), "InvalidAuthenticationTokenAudience");
    let other = operator.get(&format!("{ARM}/subscriptions/{TENANT_ID}?api-version=1"));
    assert_eq!(other.code(), "SubscriptionNotFound");
    let policies = operator.get(&arm("/providers/Microsoft.Authorization/policyAssignments"));
    assert_eq!(policies.names(), ["sys.mfa-delete", "sys.mfa-write"]);
}

#[test]
fn graph_upserts_by_name() {
    let azure = Azure::new();
    let operator = azure.operator(GRAPH);
    let app = format!("{GRAPH}/v1.0/applications(uniqueName='workid-web')");
    assert_eq!(operator.patch(&app, json!({ "displayName": "web" })).status, 404);
    let made =
        operator.upsert(&app, json!({ "displayName": "web", "signInAudience": "AzureADMyOrg" }));
    assert_eq!((made.status, &made.body["uniqueName"]), (201, &json!("workid-web")));
    assert_eq!(operator.upsert(&app, json!({ "displayName": "web 2" })).status, 204);
    let found = operator.get(&app).body;
    assert_eq!((&found["displayName"], &found["id"]), (&json!("web 2"), &made.body["id"]));

    let client = made.body["appId"].as_str().unwrap();
    let principal = format!("{GRAPH}/v1.0/servicePrincipals(appId='{client}')");
    assert_eq!(operator.upsert(&principal, json!({})).status, 201);
    assert_eq!(operator.upsert(&principal, json!({})).status, 204);
    let unknown = json!({ "appId": TENANT_ID });
    assert_eq!(operator.post(&format!("{GRAPH}/v1.0//servicePrincipals"), unknown).status, 400);
    let by_name = format!(
        "{GRAPH}/v1.0/servicePrincipals?$filter=servicePrincipalNames/any(c:c eq '{client}')"
    );
    assert_eq!(operator.get(&by_name).body["value"][0]["displayName"], "web 2");

    let trust =
        |subject: &str| json!({ "issuer": GITHUB, "subject": subject, "audiences": [EXCHANGE] });
    let credential = format!(
        "{GRAPH}/v1.0/applications(appId='{client}')/federatedIdentityCredentials(name='main')"
    );
    let credential_made = operator.upsert(&credential, trust(MAIN));
    assert_eq!((credential_made.status, &credential_made.body["name"]), (201, &json!("main")));
    assert_eq!(operator.upsert(&credential, trust("other")).status, 204);
    assert_eq!(operator.get(&credential).body["subject"], "other");
    let twin = format!(
        "{GRAPH}/v1.0/applications(appId='{client}')/federatedIdentityCredentials(name='twin')"
    );
    let refused = operator.upsert(&twin, trust("other"));
    assert_eq!((refused.status, refused.code().as_str()), (400, "Request_BadRequest"));
    assert_eq!(operator.delete(&credential).status, 204);
    assert_eq!(operator.delete(&credential).code(), "Request_ResourceNotFound");

    assert_eq!(operator.delete(&app).status, 204);
    assert_eq!(operator.get(&principal).status, 404);
}

#[test]
fn graph_knows_people_and_passwords() {
    let azure = Azure::new();
    let operator = azure.operator(GRAPH);
    let user = operator.get(&format!("{GRAPH}/v1.0/users/grace%40contoso.com?$select=id")).body;
    assert_eq!(user["displayName"], "Grace Hopper");
    assert_eq!(user.get("keyCredentials"), None);
    let id = user["id"].as_str().unwrap();
    let groups =
        operator.get(&format!("{GRAPH}/v1.0/users/{id}/transitiveMemberOf/microsoft.graph.group"));
    assert_eq!(groups.body["value"][0]["displayName"], "web-operators");
    let by_id = operator.post(
        &format!("{GRAPH}/v1.0/directoryObjects/getByIds"),
        json!({ "ids": [id, TENANT_ID] }),
    );
    assert_eq!(by_id.body["value"][0]["@odata.type"], "#microsoft.graph.user");
    assert_eq!(by_id.body["value"].as_array().unwrap().len(), 1);

    let app = operator
        .post(&format!("{GRAPH}/v1.0/applications"), json!({ "displayName": "it's web" }))
        .body;
    let named =
        operator.get(&format!("{GRAPH}/v1.0/applications?$filter=startswith(displayName,'It''s')"));
    assert_eq!(named.body["value"][0]["id"], app["id"]);
    let (client, id) = (app["appId"].as_str().unwrap(), app["id"].as_str().unwrap());
    operator.post(&format!("{GRAPH}/v1.0/servicePrincipals"), json!({ "appId": client }));
    let made = operator
        .post(
            &format!("{GRAPH}/v1.0/applications/{id}/addPassword"),
            json!({ "passwordCredential": { "displayName": "x" } }),
        )
        .body;
    let secret = made["secretText"].as_str().unwrap();
    let form =
        [("grant_type", "client_credentials"), ("client_id", client), ("client_secret", secret)];
    assert_eq!(azure.post_form("oauth2/v2.0/token", &form).status, 200);
    assert!(
        !operator.get(&format!("{GRAPH}/v1.0/applications/{id}")).body.to_string().contains(secret)
    );
    let removal = json!({ "keyId": made["keyId"] });
    assert_eq!(
        operator.post(&format!("{GRAPH}/v1.0/applications/{id}/removePassword"), removal).status,
        204
    );
    assert_eq!(azure.post_form("oauth2/v2.0/token", &form).body["error_codes"], json!([7000215]));

    let outsider = azure.user("grace@contoso.com", "canary-grace-4712", GRAPH);
    let refused =
        outsider.post(&format!("{GRAPH}/v1.0/applications"), json!({ "displayName": "x" }));
    assert_eq!((refused.status, refused.code().as_str()), (403, "Authorization_RequestDenied"));

    operator.patch(
        &format!("{GRAPH}/v1.0/users/grace@contoso.com"),
        json!({ "accountEnabled": false }),
    );
    let form = [
        ("grant_type", "password"),
        ("username", "grace@contoso.com"),
        ("password", "canary-grace-4712"),
    ];
    assert_eq!(azure.post_form("oauth2/v2.0/token", &form).body["error_codes"], json!([50057]));
}

#[test]
fn a_service_connection_says_whom_to_trust() {
    let azure = Azure::new();
    let operator = azure.operator(DEVOPS);
    let root = "https://dev.azure.com/contoso";
    let project = operator.get(&format!("{root}/_apis/projects/web?api-version=7.1")).body;
    let project_id = project["id"].as_str().unwrap();
    let body = json!({
        "name": "azure-web",
        "type": "AzureRM",
        "url": "https://management.azure.com/",
        "authorization": {
            "scheme": "WorkloadIdentityFederation",
            "parameters": { "tenantid": TENANT_ID, "serviceprincipalid": SUBSCRIPTION_ID },
        },
        "serviceEndpointProjectReferences": [
            { "projectReference": { "id": project_id, "name": "web" }, "name": "azure-web" },
        ],
    });
    let endpoints = format!("{root}/_apis/serviceendpoint/endpoints");
    let made = operator.post(&format!("{endpoints}?api-version=7.1"), body.clone());
    assert_eq!(made.status, 200, "{}", made.body);
    let id = made.body["id"].as_str().unwrap();
    let parameters = &made.body["authorization"]["parameters"];
    assert_eq!(
        parameters["workloadIdentityFederationIssuer"],
        format!("https://login.microsoftonline.com/{TENANT_ID}/v2.0")
    );
    let subject = parameters["workloadIdentityFederationSubject"].as_str().unwrap();
    assert!(subject.starts_with("/eid1/c/pub/t/") && subject.ends_with(id), "{subject}");
    assert_eq!(operator.post(&format!("{endpoints}?api-version=7.1"), body).status, 409);

    let of = |project: &str, name: &str| {
        let url = format!(
            "{root}/{project}/_apis/serviceendpoint/endpoints?endpointNames={name}&api-version=7.1"
        );
        operator.get(&url).body["count"].as_u64()
    };
    assert_eq!(
        (of("web", "azure-web"), of("web", "x"), of("data", "azure-web")),
        (Some(1), Some(0), Some(0))
    );
    let one = format!("{root}/web/_apis/serviceendpoint/endpoints/{id}?api-version=7.1");
    assert_eq!(operator.get(&one).body["name"], "azure-web");
    assert_eq!(operator.delete(&format!("{endpoints}/{id}?projectIds={project_id}")).status, 204);
    assert_eq!(operator.get(&one).body, Value::Null);
    let missing = operator.get(&format!("{root}/_apis/projects/none")).body;
    assert_eq!(missing["typeKey"], "ProjectDoesNotExistWithNameException");
}

#[test]
fn the_state_outlives_the_sandbox() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("tenant.json");
    let id = arm(&identity("id-web"));
    let token = {
        let azure = Azure::keeping(&file);
        let token = azure.operator_token(ARM);
        azure.with(token.clone()).put(&id, json!({ "location": "japaneast" }));
        token
    };
    let kept = fs::read_to_string(&file).unwrap();
    let azure = Azure::keeping(&file);
    assert_eq!(azure.with(token).get(&id).status, 200, "resources and tokens outlive a restart");
    assert_eq!(fs::read_to_string(&file).unwrap(), kept, "reading writes nothing");
    drop(azure);
    assert_eq!(
        fs::read_dir(directory.path()).unwrap().count(),
        1,
        "nothing is left beside the file"
    );

    fs::write(&file, "{").unwrap();
    assert!(matches!(Sandbox::start(options(&file)), Err(Error::Broken { .. })));
    fs::write(&file, kept.replacen("\"version\": 1", "\"version\": 2", 1)).unwrap();
    let refused = Sandbox::start(options(&file)).err().unwrap().to_string();
    assert!(
        refused.ends_with("is a sandbox of version 2; this program knows version 1"),
        "{refused}"
    );
    let nowhere = directory.path().join("none").join("tenant.json");
    assert!(matches!(Sandbox::start(options(&nowhere)), Err(Error::Write { .. })));
}

#[test]
fn two_sandboxes_answer_alike() {
    let run = || {
        let azure = Azure::new();
        let operator = azure.operator(ARM);
        let one = operator.put(&arm(&identity("id-web")), json!({ "location": "japaneast" })).body;
        operator.delete(&arm(&identity("id-web")));
        let two = operator.put(&arm(&identity("id-web")), json!({ "location": "japaneast" })).body;
        let roles = operator.get(&arm("/providers/Microsoft.Authorization/roleAssignments")).body;
        (
            one,
            two,
            roles,
            azure.operator(GRAPH).get(&format!("{GRAPH}/v1.0/servicePrincipals")).body,
        )
    };
    assert_eq!(run(), run());
}

#[test]
fn faults_strike_where_they_are_told() {
    let group = "/resourceGroups/rg-new";
    let fault = |nth, what| Fault {
        method: "PUT".to_owned(),
        path_contains: "RESOURCEGROUPS/rg-new".to_owned(),
        nth,
        times: 1,
        what,
    };
    let throttled =
        FaultKind::Status { code: 429, error: "TooManyRequests".to_owned(), retry_after: Some(7) };
    let azure = Azure::start(Options {
        faults: vec![
            fault(1, throttled),
            fault(2, FaultKind::Reset),
            fault(3, FaultKind::LostAnswer),
        ],
        ..Options::default()
    });
    let operator = azure.operator(ARM);
    let body = json!({ "location": "japaneast" });

    let first = operator.put(&arm(group), body.clone());
    assert_eq!(
        (first.status, first.code().as_str(), first.retry_after.as_str()),
        (429, "TooManyRequests", "7")
    );
    assert!(operator.try_put(&arm(group), &body).is_none());
    assert_eq!(operator.get(&arm(group)).status, 404, "a reset comes before the work");
    assert!(operator.try_put(&arm(group), &body).is_none());
    assert_eq!(operator.get(&arm(group)).status, 200, "a lost answer comes after the work");
    assert_eq!(operator.put(&arm(group), body).status, 200);

    let puts: Vec<_> = azure
        .sandbox
        .log()
        .into_iter()
        .filter(|entry| entry.method == "PUT")
        .map(|entry| entry.status)
        .collect();
    assert_eq!(puts, [429, 0, 201, 200]);
}

#[test]
fn no_other_host_can_be_reached_and_nothing_secret_is_logged() {
    let azure = Azure::new();
    let ask = |line: &str| {
        let proxy = azure.sandbox.proxy();
        let mut stream = TcpStream::connect(proxy.trim_start_matches("http://")).unwrap();
        write!(stream, "{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        String::from_utf8(answer.to_vec()).unwrap()
    };
    assert_eq!(ask("CONNECT management.azure.com:443"), "HTTP/1.1 200");
    for line in [
        "CONNECT example.com:443",
        "CONNECT management.azure.com:8443",
        "CONNECT 169.254.169.254:443",
        "GET http://management.azure.com/",
        "GET http://169.254.169.254:8080/metadata/instance",
        "GET http://127.0.0.1/msi/token",
        "GET http://example.com/",
    ] {
        assert_eq!(ask(line), "HTTP/1.1 403", "{line}");
    }
    assert_eq!(ask("GET /"), "HTTP/1.1 404", "the sandbox itself has no pages");
    let turned_away = azure.sandbox.log().len();
    azure.user("svc-deploy@contoso.com", "canary-deploy-4713", ARM).get(&arm("/resourcegroups"));
    azure.operator(ARM).get(&arm("/resourcegroups"));
    let log = azure.sandbox.log().split_off(turned_away);
    let who: Vec<_> = log.iter().map(|entry| entry.who.as_deref().unwrap()).collect();
    assert_eq!(
        who,
        ["svc-deploy@contoso.com", "svc-deploy@contoso.com", "workid-operator", "workid-operator"]
    );
    assert_eq!(log[1].path, format!("/subscriptions/{SUBSCRIPTION_ID}/resourcegroups"));
    assert!(!format!("{log:?}").contains("canary-"));
}
