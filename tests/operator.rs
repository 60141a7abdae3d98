//! As whom workid asks: which credentials are tried, what is said where none works, and what a user
//! is told of whom Azure demands multifactor authentication.

#![cfg(target_os = "linux")]
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod support;

use serde_json::Value;
use std::{fs, os::unix::fs::PermissionsExt};
use support::{Ran, Workplace, root};
use workid::sandbox::{CI_TOKEN, Options, Sandbox, TENANT_ID};

struct Desk {
    place: Workplace,
    sandbox: Sandbox,
}

impl Desk {
    fn new() -> Desk {
        Desk::of("examples/contoso-web")
    }

    fn of(repository: &str) -> Desk {
        let place = Workplace::of(&root().join(repository));
        let sandbox = Sandbox::start(Options::default()).unwrap();
        fs::write(place.path("ca.pem"), sandbox.ca_pem()).unwrap();
        fs::create_dir_all(place.path("bin")).unwrap();
        Desk { place, sandbox }
    }

    /// Only what is put into `bin` is on the path.
    fn run(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
        let mut command = self.place.command(arguments);
        command
            .env("HTTPS_PROXY", self.sandbox.proxy())
            .env("SSL_CERT_FILE", self.place.path("ca.pem"))
            .env_remove("SSL_CERT_DIR")
            .env_remove("IDENTITY_ENDPOINT")
            .env("PATH", format!("{}:/usr/bin:/bin", self.place.path("bin").display()))
            .envs(environment.iter().copied());
        Ran::of(&mut command)
    }

    /// An Azure CLI in which a user is signed in with a password alone.
    fn sign_in(&self, user: &str, password: &str) {
        let token = |host: &str| {
            let proxy = reqwest::Proxy::all(self.sandbox.proxy()).unwrap();
            let authority =
                reqwest::Certificate::from_pem(self.sandbox.ca_pem().as_bytes()).unwrap();
            let client = reqwest::Client::builder()
                .proxy(proxy)
                .tls_certs_merge([authority])
                .build()
                .unwrap();
            let body = format!(
                "grant_type=password&client_id=cli&username={user}&password={password}&scope=https://{host}/.default"
            );
            let url = format!("https://login.microsoftonline.com/{TENANT_ID}/oauth2/v2.0/token");
            let asked = client
                .post(url)
                .header("content-type", "application/x-www-form-urlencoded")
                .body(body);
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let answer =
                runtime.block_on(async { asked.send().await.unwrap().bytes().await.unwrap() });
            let answer: Value = serde_json::from_slice(&answer).unwrap();
            answer["access_token"].as_str().unwrap().to_owned()
        };
        let answer = |token: String| {
            serde_json::json!({
                "accessToken": token,
                "expires_on": 4_102_444_800u64,
                "expiresOn": "2100-01-01 00:00:00.000000",
                "subscription": "s",
                "tenant": TENANT_ID,
                "tokenType": "Bearer",
            })
        };
        let script = format!(
            "#!/bin/sh\ncase \"$*\" in\n*graph*) echo '{}';;\n*) echo '{}';;\nesac\n",
            answer(token("graph.microsoft.com")),
            answer(token("management.azure.com"))
        );
        let az = self.place.path("bin/az");
        fs::write(&az, script).unwrap();
        fs::set_permissions(&az, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

#[test]
fn where_nobody_is_signed_in_all_that_was_tried_is_told() {
    let desk = Desk::new();
    let ran = desk.run(&["plan", "repo"], &[]);
    assert_eq!(ran.exit, 4, "{}", ran.stdout);
    for it in [
        "tried workload identity: AZURE_FEDERATED_TOKEN_FILE is not set",
        "tried environment: AZURE_TENANT_ID and AZURE_CLIENT_ID are not both set",
        "tried Azure CLI: ",
        "tried Azure Developer CLI: ",
        "tried managed identity: ",
    ] {
        assert!(ran.stderr.contains(it), "no word of {it}: {}", ran.stderr);
    }
    let chosen = desk.run(&["plan", "repo", "--credential", "environment"], &[]);
    assert_eq!(chosen.stderr.matches("tried ").count(), 1, "{}", chosen.stderr);
    let unknown = desk.run(&["plan", "repo", "--credential", "password"], &[]);
    assert_eq!(unknown.exit, 2);
    assert!(unknown.stderr.contains("managed-identity"), "{}", unknown.stderr);
}

#[test]
fn the_credential_that_is_named_is_taken_and_no_other() {
    let desk = Desk::new();
    desk.sign_in("svc-owner@contoso.com", "canary-owner-4714");
    let operator = desk.sandbox.operator();
    let environment = [
        ("AZURE_TENANT_ID", operator.tenant_id.as_str()),
        ("AZURE_CLIENT_ID", &operator.client_id),
        ("AZURE_CLIENT_SECRET", &operator.client_secret),
    ];
    let ran = desk.run(&["plan", "repo"], &environment);
    assert!(ran.stderr.contains("Signed in by environment."), "{}", ran.stderr);
    let ran = desk.run(&["plan", "repo", "--credential", "azure-cli"], &environment);
    assert!(ran.stderr.contains("Signed in by Azure CLI."), "{}", ran.stderr);
}

#[test]
fn a_user_without_multifactor_authentication_is_told_the_command_that_satisfies_azure() {
    let desk = Desk::new();
    desk.sign_in("svc-owner@contoso.com", "canary-owner-4714");
    assert_eq!(desk.run(&["plan", "repo"], &[]).exit, 1);
    let command = format!(
        "az login --tenant {TENANT_ID} --scope https://management.azure.com/.default --claims-challenge \
         eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlcyI6WyJwMSJdfX19"
    );
    let check = desk.run(&["apply", "workid.plan.json", "--check"], &[]);
    assert!(check.stdout.contains("Asked as the user svc-owner@contoso.com"), "{}", check.stdout);
    assert!(check.stdout.contains(&command), "{}", check.stdout);
    let ran = desk.run(&["apply", "workid.plan.json", "--yes"], &[]);
    assert_eq!(ran.exit, 4, "{}", ran.stdout);
    assert!(ran.stderr.contains(&command), "{}", ran.stderr);
    assert!(!ran.stderr.contains("canary-") && !ran.stdout.contains("canary-"));
}

#[test]
fn no_request_leaves_for_a_host_of_another_cloud() {
    let desk = Desk::new();
    let operator = desk.sandbox.operator();
    let environment = [
        ("AZURE_TENANT_ID", operator.tenant_id.as_str()),
        ("AZURE_CLIENT_ID", &operator.client_id),
        ("AZURE_CLIENT_SECRET", &operator.client_secret),
    ];
    let government =
        ["plan", "repo", "--cloud", "AzureUSGovernment", "--credential", "environment"];
    let ran = desk.run(&government, &environment);
    // The embedded tenant is of another cloud, and its proxy opens no way to this one.
    assert_eq!(ran.exit, 4, "{}", ran.stderr);
    let asked: Vec<_> = desk.sandbox.log().into_iter().map(|it| (it.host, it.status)).collect();
    assert!(
        asked.iter().all(|(host, status)| host.ends_with(".us") && *status == 403),
        "{asked:?}"
    );
    fs::write(desk.place.path("cloud.yaml"), "name: Mine\nauthority: http://login.example\nresource_manager: https://a.example\ngraph: https://b.example\naudience: x\n").unwrap();
    let ran = desk.run(&["plan", "repo", "--cloud", "cloud.yaml"], &environment);
    assert!(ran.stderr.contains("http://login.example is no https address"), "{}", ran.stderr);
    let ran = desk.run(&["plan", "repo", "--cloud", "AzureMoon"], &environment);
    assert_eq!(ran.exit, 5);
    assert!(ran.stderr.contains("AzureUSGovernment"), "{}", ran.stderr);
}

#[test]
fn variables_take_a_token_of_their_host_and_are_left_to_others_without_one() {
    let desk = Desk::of("tests/cases/variables/repo");
    let operator = desk.sandbox.operator();
    let run = |arguments: &[&str], more: &[(&str, &str)]| {
        let environment = [
            ("AZURE_TENANT_ID", operator.tenant_id.as_str()),
            ("AZURE_CLIENT_ID", &operator.client_id),
            ("AZURE_CLIENT_SECRET", &operator.client_secret),
        ];
        desk.run(arguments, &[&environment, more].concat())
    };
    let asked = || {
        let log = desk.sandbox.log().into_iter();
        log.filter(|it| ["api.github.com", "gitlab.com"].contains(&it.host.as_str())).count()
    };
    assert_eq!(run(&["plan", "repo"], &[]).exit, 1);
    let check = run(&["apply", "workid.plan.json", "--check"], &[]);
    assert!(check.stdout.contains("there is no token for gitlab.com"), "{}", check.stdout);
    let ran = run(&["apply", "workid.plan.json", "--yes"], &[]);
    assert_eq!(ran.exit, 3, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains("For the administrator of the CI system:"), "{}", ran.stderr);
    assert!(ran.stderr.contains("gh variable set AZURE_CLIENT_ID "), "{}", ran.stderr);
    assert!(!ran.stdout.contains("variable"), "{}", ran.stdout);
    let verified = run(&["verify", "workid.plan.json"], &[]);
    assert!(verified.stdout.contains("no token of yours may read it"), "{}", verified.stdout);
    assert_eq!(asked(), 0, "nobody is asked without a token");

    // A token that is refused leaves its steps to others, and one of another host is not sent.
    let tokens =
        [("GH_TOKEN", "canary-wrong"), ("GITLAB_TOKEN", CI_TOKEN), ("GITLAB_HOST", "lab.example")];
    let ran = run(&["apply", "workid.plan.json", "--yes"], &tokens);
    assert_eq!(ran.exit, 3, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains("GitHub answered 401"), "{}", ran.stderr);
    assert!(ran.stderr.contains("there is no token for gitlab.com"), "{}", ran.stderr);
    assert!(
        desk.sandbox
            .log()
            .iter()
            .all(|it| !["gitlab.com", "lab.example"].contains(&it.host.as_str()))
    );

    let tokens = [("GH_TOKEN", CI_TOKEN), ("GITLAB_TOKEN", CI_TOKEN)];
    let ran = run(&["apply", "workid.plan.json", "--yes"], &tokens);
    assert_eq!(ran.exit, 0, "{}{}", ran.stdout, ran.stderr);
    let of = |host: &str| ran.stdout.matches(&format!("on {host}")).count();
    assert_eq!((of("github.com"), of("gitlab.com")), (9, 6), "{}", ran.stdout);
    assert_eq!(run(&["undo", "workid.journal.jsonl", "--yes"], &tokens).exit, 0);
    let all = [check, ran].map(|it| it.stdout + &it.stderr).concat()
        + &desk.place.read("workid.journal.jsonl");
    assert!(!all.contains("canary"), "{all}");
}

#[test]
fn no_plan_takes_a_token_to_a_host_of_its_own() {
    let desk = Desk::of("tests/cases/variables/repo");
    let plan = ["plan", "repo", "--sandbox"];
    desk.run(&plan, &[]);
    let text = desk
        .place
        .read("workid.plan.json")
        .replace("https://gitlab.com\",", "https://evil.example\",");
    fs::write(desk.place.path("workid.plan.json"), text).unwrap();
    let operator = desk.sandbox.operator();
    let environment = [
        ("AZURE_TENANT_ID", operator.tenant_id.as_str()),
        ("AZURE_CLIENT_ID", &operator.client_id),
        ("AZURE_CLIENT_SECRET", &operator.client_secret),
        ("GITLAB_TOKEN", CI_TOKEN),
        ("GH_TOKEN", CI_TOKEN),
    ];
    let ran = desk.run(&["apply", "workid.plan.json", "--check"], &environment);
    assert!(ran.stdout.contains("on evil.example"), "{}", ran.stdout);
    assert!(ran.stdout.contains("there is no token for evil.example"), "{}", ran.stdout);
    assert!(desk.sandbox.log().iter().all(|it| it.host != "evil.example"));
}

#[test]
fn in_another_cloud_the_identity_trusts_its_audience_and_the_sign_in_is_left() {
    let desk = Desk::new();
    let planned = |cloud: &str| {
        desk.run(&["plan", "repo", "--offline", "--cloud", cloud], &[]);
        desk.place.read("workid.plan.json")
    };
    let plan = planned("AzureUSGovernment");
    assert!(plan.contains("\"audience\": \"api://AzureADTokenExchangeUSGov\""), "{plan}");
    assert!(plan.contains("\"cloud\": \"AzureUSGovernment\""), "{plan}");
    assert!(plan.contains("environment: AzureUSGovernment for azure/login"), "{plan}");
    assert!(plan.contains("\"drafts\": []"), "{plan}");
    let public = planned("AzureCloud");
    assert!(!public.contains("\"cloud\""), "{public}");
    assert!(public.contains("\"audience\": \"api://AzureADTokenExchange\""), "{public}");
}

#[test]
fn a_service_principal_signs_in_with_the_certificate_that_workid_made() {
    let desk = Desk::new();
    // The tenant has no application with a certificate, so one is made as a plan makes it.
    let tenant = support::Tenant::new();
    let plan = support::everything_of("repo:contoso/web:environment:production", "none");
    let steps = plan.steps.into_iter().filter(|it| {
        ["certificate.sp", "application.sp", "identity.sp"].contains(&it.address.0.as_str())
    });
    let plan = workid::plan::Plan { steps: steps.collect(), ..workid::plan::Plan::default() };
    let mut journal = support::InMemory::default();
    let known = workid::apply::apply(&plan, &mut journal, &tenant.azure, &mut |_| ()).unwrap();
    let client_id = &known[&workid::resource::Address("identity.sp".to_owned())].0["client_id"];
    fs::write(desk.place.path("ca.pem"), tenant.sandbox.ca_pem()).unwrap();
    let certificate = tenant.place.path("sp.pem");
    let environment = [
        ("HTTPS_PROXY", tenant.sandbox.proxy()),
        ("AZURE_TENANT_ID", TENANT_ID.to_owned()),
        ("AZURE_CLIENT_ID", client_id.clone()),
        ("AZURE_CLIENT_CERTIFICATE_PATH", certificate.display().to_string()),
    ];
    let environment: Vec<(&str, &str)> =
        environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let ran = desk.run(&["plan", "repo", "--credential", "environment"], &environment);
    // It has no rights at all, but it is who it says.
    assert!(ran.stderr.contains("Signed in by environment."), "{}", ran.stderr);
}
