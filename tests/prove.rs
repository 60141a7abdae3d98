//! `prove`, as far as it goes without a client of Azure; with the Azure CLI: `tests/real-clients`.

#![allow(clippy::disallowed_methods, clippy::unwrap_used)]
// The scripts of this test are for a POSIX shell.
#![cfg(unix)]

mod support;

use serde_json::Value;
use support::{Ran, Workplace};

const SCRIPT: &str = "\
#!/bin/sh
az login -u \"$DEPLOY_USER\" -p \"$DEPLOY_PASSWORD\"
az group create -n rg-new -l japaneast
echo \"$DEPLOY_USER and $DEPLOY_PASSWORD in $REGION\" > told.txt
sed -n 2p \"$0\"
cat told.txt
$THEN
";

const CONFIG: &str = "\
resource_group: rg-identities
user: svc-deploy@contoso.com
runs_on:
  - paths: [\"**\"]
    resources: [/subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683/resourceGroups/rg-vms/providers/Microsoft.Compute/virtualMachines/vm-jobs]
";

fn planned() -> Workplace {
    let place = Workplace::with(&[
        ("repo/deploy.sh", SCRIPT.as_bytes()),
        ("repo/workid.yaml", CONFIG.as_bytes()),
        ("repo/other.sh", b"echo nothing\n"),
    ]);
    let plan = place.run(&["plan", "repo", "--sandbox"]);
    assert_eq!(plan.exit, 1, "{}{}", plan.stdout, plan.stderr);
    place
}

fn proof(ran: &Ran) -> Value {
    let written: Value =
        serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.stderr));
    written["proofs"][0].clone()
}

#[test]
fn a_script_runs_in_two_copies_and_nowhere_else() {
    let place = planned();
    let then = "THEN=exit 3";
    let words =
        ["prove", "workid.plan.json", "--run", "deploy.sh", "--stub", "az", "--format", "json"];
    let ran = place.run(&[&words[..], &["--env", then, "--env", "REGION=japaneast"]].concat());
    assert_eq!(ran.exit, 1, "{}", ran.stderr);
    let found = proof(&ran);
    assert_eq!(found["verdict"], "failed");
    let why = found["why"].to_string();
    assert!(why.contains("exit code 3") && why.contains("az login --identity"), "{why}");
    assert!(why.contains("svc-deploy@contoso.com and workid-sandbox in japaneast"), "{why}");
    assert_eq!(found["before"]["exit"], 3);
    assert!(!place.path("repo/told.txt").exists(), "it ran in the scanned folder");
    assert_eq!(place.read("repo/deploy.sh"), SCRIPT);
}

#[test]
fn what_asks_azure_for_nothing_is_not_proven() {
    let place = planned();
    let words = ["prove", "workid.plan.json", "--run", "sh deploy.sh", "--stub", "az"];
    let ran = place.run(&words);
    assert_eq!(ran.exit, 1, "{}", ran.stderr);
    assert!(ran.stdout.contains("as it is to be it asks Azure for nothing"), "{}", ran.stdout);
    assert!(ran.stdout.contains("0 of 1 proven, 1 failed."), "{}", ran.stdout);
}

#[test]
fn nothing_is_run_that_comes_to_no_sign_in() {
    let place = planned();
    let touch = format!("touch {}", place.path("ran.txt").display());
    for named in ["other.sh", &touch, "../deploy.sh"] {
        let ran = place.run(&["prove", "workid.plan.json", "--run", named, "--format", "json"]);
        assert_eq!(ran.exit, 3, "{}", ran.stderr);
        assert_eq!(proof(&ran)["why"][0], "it comes to no sign-in that the plan replaces");
    }
    assert!(!place.path("ran.txt").exists());
}

#[test]
fn a_script_that_hangs_is_stopped() {
    let place = planned();
    let words = ["prove", "workid.plan.json", "--run", "deploy.sh", "--stub", "az"];
    let began = std::time::Instant::now();
    let ran = place.run(&[&words[..], &["--env", "THEN=sleep 60", "--timeout", "1"]].concat());
    assert!(began.elapsed() < std::time::Duration::from_secs(30));
    assert!(ran.stdout.contains("it took too long"), "{}", ran.stdout);
}

#[test]
fn a_file_that_changed_since_and_a_plan_for_reading_are_refused() {
    let place = planned();
    std::fs::write(place.path("repo/deploy.sh"), format!("{SCRIPT}#\n")).unwrap();
    let ran = place.run(&["prove", "workid.plan.json", "--run", "deploy.sh"]);
    assert_eq!(ran.exit, 5, "{}", ran.stderr);
    place.run(&["plan", "repo", "--offline"]);
    let ran = place.run(&["prove", "workid.plan.json", "--run", "deploy.sh"]);
    assert!(ran.exit == 5 && ran.stderr.contains("for reading"), "{}", ran.stderr);
    assert_eq!(place.run(&["prove", "workid.plan.json"]).exit, 2);
}
