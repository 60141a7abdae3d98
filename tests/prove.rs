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
fn what_is_left_to_a_person_is_named() {
    let image = b"FROM mcr.microsoft.com/azure-cli\nRUN az login -u a@contoso.com -p $P\n";
    let module = b"resource \"null_resource\" \"r\" {\n  provisioner \"local-exec\" {\n    command = \"az login -u ${var.u} -p ${var.p} && az group create -n g -l x\"\n  }\n}\n";
    let place = Workplace::with(&[
        ("repo/Dockerfile", image),
        ("repo/main.tf", module),
        ("repo/workid.yaml", CONFIG.as_bytes()),
    ]);
    place.run(&["plan", "repo", "--sandbox"]);
    for (file, line) in [("Dockerfile", 2), ("main.tf", 3)] {
        let ran = place.run(&["prove", "workid.plan.json", "--run", file, "--format", "json"]);
        assert_eq!(ran.exit, 3, "{}", ran.stderr);
        let why = format!("{file}:{line} is left to a person");
        assert!(proof(&ran)["why"][0].as_str().unwrap().contains(&why), "{}", ran.stdout);
    }
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
fn a_script_finds_neither_the_operators_home_nor_tokens_nor_another_way_out() {
    let place = planned();
    std::fs::create_dir_all(place.path("home/.azure")).unwrap();
    std::fs::write(place.path("home/.azure/msal_token_cache.json"), "operators-own").unwrap();
    let look = "THEN=eval env | grep operators-ow[n] && exit 9; \
                grep -r operators-ow[n] ~ $AZURE_CONFIG_DIR && exit 8; \
                ls ~/.azure && exit 7; \
                echo said $DB_PASSWORD; (sleep 5; touch $FLAG) & exit 3";
    let flag = format!("FLAG={}", place.path("late.txt").display());
    let words =
        ["prove", "workid.plan.json", "--run", "deploy.sh", "--stub", "az", "--format", "json"];
    let set = [
        look,
        &flag,
        "DB_PASSWORD=hunter-2",
        "https_proxy=http://operators-own",
        "HOME=operators-own",
    ];
    let set = set.iter().flat_map(|it| ["--env", it]);
    let words: Vec<&str> = words.into_iter().chain(set).collect();
    let mut command = place.command(&words);
    command.env("HOME", place.path("home")).env("AZURE_CONFIG_DIR", place.path("home/.azure"));
    for name in ["AZURE_CLIENT_SECRET", "ARM_CLIENT_SECRET", "GH_TOKEN", "SSH_AUTH_SOCK"] {
        command.env(name, "operators-own");
    }
    let began = std::time::Instant::now();
    let ran = Ran::of(&mut command);
    let found = proof(&ran);
    assert_eq!(found["before"]["exit"], 3, "{found}");
    assert_eq!(found["after"]["exit"], 3, "{found}");
    assert!(found["why"].to_string().contains("said ****"), "{found}");
    // What it started ended with it.
    let rest = std::time::Duration::from_secs(6).saturating_sub(began.elapsed());
    std::thread::sleep(rest);
    assert!(!place.path("late.txt").exists());
}

#[test]
fn a_step_that_runs_outside_of_the_copy_is_not_played() {
    let place = planned();
    let workflow = "\
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: production
    steps:
      - run: |
          az login -u \"$DEPLOY_USER\" -p \"$DEPLOY_PASSWORD\"
          az group create -n rg-new -l japaneast
        working-directory: ../../outside
";
    std::fs::create_dir_all(place.path("repo/.github/workflows")).unwrap();
    std::fs::write(place.path("repo/.github/workflows/deploy.yml"), workflow).unwrap();
    let config = CONFIG.replace("\"**\"", "\"*.sh\"") + "repository: contoso/shop\n";
    std::fs::write(place.path("repo/workid.yaml"), config).unwrap();
    place.run(&["plan", "repo", "--sandbox"]);
    let words = ["--run", ".github/workflows/deploy.yml", "--format", "json"];
    let ran = place.run(&[&["prove", "workid.plan.json"][..], &words].concat());
    assert_eq!(ran.exit, 3, "{}{}", ran.stdout, ran.stderr);
    let why = proof(&ran)["why"].to_string();
    assert!(why.contains("outside of the copy"), "{why}");
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
