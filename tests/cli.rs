//! The command as its users meet it: help, exit codes, and input that is not as it should be.

#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod support;

use std::{fs, io::Read, process::Stdio};
use support::{Ran, Workplace, root};

const COMMANDS: &[&str] =
    &["scan", "plan", "show", "apply", "rewrite", "verify", "undo", "migrate", "explain"];

const LOGIN: &[u8] =
    b"az login -u bot@contoso.com -p 'canary-cli-1'\naz group create -n rg -l japaneast\n";

/// It failed as it should: with this exit code, saying this, and without a panic or a password.
fn fails(ran: &Ran, exit: i32, says: &[&str]) {
    assert_eq!(ran.exit, exit, "{}{}", ran.stdout, ran.stderr);
    for it in says {
        assert!(ran.stderr.contains(it), "no word of {it:?} in: {}", ran.stderr);
    }
    for text in [&ran.stdout, &ran.stderr] {
        assert!(!text.contains("canary-") && !text.contains("panicked"), "{text}");
    }
}

#[test]
fn every_command_teaches_by_example() {
    let place = Workplace::empty();
    for command in COMMANDS {
        let help = place.run(&[command, "--help"]);
        assert_eq!(help.exit, 0);
        assert!(help.stdout.contains("Examples:"), "{command}");
        for option in ["--color", "--quiet", "--verbose"] {
            assert!(help.stdout.contains(option), "{command} takes no {option}");
        }
    }
    let help = place.run(&["--help"]).stdout;
    COMMANDS.iter().for_each(|it| assert!(help.contains(it), "{it}"));
    for command in ["serve", "run"] {
        assert!(place.run(&["sandbox", command, "--help"]).stdout.contains("Examples:"));
    }
}

#[test]
fn a_command_runs_in_the_embedded_tenant_and_ends_as_it_does() {
    let place = Workplace::with(&[(
        "ask.sh",
        b"cat \"$SSL_CERT_FILE\" \"$AZURE_FEDERATED_TOKEN_FILE\"
echo \"$https_proxy $IDENTITY_ENDPOINT $ACTIONS_ID_TOKEN_REQUEST_URL\"
test \"$SSL_CERT_FILE\" = \"$REQUESTS_CA_BUNDLE\" || exit 8
test -e \"$AZURE_CONFIG_DIR\" || exit 7
",
    )]);
    let run = |options: &[&str], command: &[&str]| {
        place.run(&[&["sandbox", "run"], options, &["--"], command].concat())
    };
    let asked = ["--subject", "repo:a/b:ref:refs/heads/main", "--on", "app-contoso-web"];
    let ran = run(&asked, &["sh", "ask.sh"]);
    assert_eq!(ran.exit, 7, "{}{}", ran.stdout, ran.stderr);
    for it in ["BEGIN CERTIFICATE", "\neyJ", "http://127.0.0.1:", "/msi/token", "/idtoken?"] {
        assert!(ran.stdout.contains(it), "no word of {it:?} in: {}", ran.stdout);
    }
    assert_eq!(run(&["--log", "log.txt"], &["sh", "-c", "exit 0"]).exit, 0);
    assert_eq!(place.read("log.txt"), "");
    fails(&run(&[], &["no-such-command"]), 2, &["no-such-command cannot be run"]);
    fails(&run(&["--on", "vm-none"], &["sh"]), 5, &["vm-none"]);
    fails(&run(&["--fault", "PUT:x"], &["sh"]), 2, &["METHOD:TEXT:WHAT"]);
    fails(&run(&["--fault", "PUT:x:200"], &["sh"]), 2, &["from 400 to 599"]);
}

#[test]
fn exit_codes_say_what_came_of_it() {
    let place = Workplace::with(&[("clean/a.sh", b"az login --identity\n"), ("found/a.sh", LOGIN)]);
    assert_eq!(place.run(&["scan", "clean"]).exit, 0);
    assert_eq!(place.run(&["scan", "found"]).exit, 1);
    assert_eq!(place.run(&["scan"]).exit, 2);
    assert_eq!(place.run(&["scan", "nowhere"]).exit, 5);
    assert_eq!(place.run(&["--version"]).exit, 0);
    assert_eq!(place.run(&["explain", "az-login-password"]).exit, 0);
    fails(&place.run(&["explain", "no-such-rule"]), 2, &["no-such-rule", "az-login-password"]);
}

#[test]
fn one_sign_in_is_explained_from_where_it_runs_to_its_roles() {
    let workflow =
        b"on: push\njobs:\n  ship:\n    environment: prod\n    steps:\n      - run: ./a.sh\n";
    let config = b"repository: contoso/web\nresource_group: rg-identities\n";
    let place = Workplace::with(&[
        ("repo/a.sh", LOGIN),
        ("repo/b.sh", LOGIN),
        ("repo/.github/workflows/ship.yml", workflow),
        ("repo/workid.yaml", config),
    ]);
    let told = place.run(&["explain", "a.sh:1", "repo"]);
    assert_eq!(told.exit, 0, "{}", told.stderr);
    for said in [
        "ship.yml, job ship (environment prod)",
        "az group create (:2)",
        "as the catalog of commands says",
        "Microsoft.Resources/subscriptions/resourceGroups/write",
        "repo:contoso/web:environment:prod",
        "because",
    ] {
        assert!(told.stdout.contains(said), "no word of {said:?} in: {}", told.stdout);
    }
    assert!(!told.stdout.contains("b.sh") && !told.stdout.contains("canary-"), "{}", told.stdout);
    fails(&place.run(&["explain", "a.sh:2", "repo"]), 2, &["a.sh:2", "a.sh:1", "b.sh:1"]);
}

#[test]
fn what_is_known_is_not_reported_again() {
    let place = Workplace::with(&[("a.sh", LOGIN)]);
    let known = "known.json";
    assert_eq!(place.run(&["scan", "a.sh", "--write-baseline", known]).exit, 1);
    assert!(!place.read(known).contains("canary-"));
    let again = place.run(&["scan", "a.sh", "--baseline", known]);
    assert_eq!(again.exit, 0, "{}", again.stdout);
    assert!(again.stdout.contains("1 suppressed"), "{}", again.stdout);
    let json = place.run(&["scan", "a.sh", "--baseline", known, "--format", "json"]);
    assert!(json.stdout.contains("\"by\": \"baseline\""), "{}", json.stdout);
    fails(&place.run(&["scan", "a.sh", "--baseline", "a.sh"]), 5, &["a.sh", "--write-baseline"]);
}

#[test]
fn a_closed_pipe_is_no_error() {
    let place = Workplace::with(&[("a.sh", LOGIN)]);
    let mut child = place
        .command(&["scan", "."])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{said}");
}

#[test]
fn files_that_cannot_be_read_are_named_and_the_rest_is() {
    let mut large = vec![b'#'; 11 * 1024 * 1024];
    large.push(b'\n');
    let place = Workplace::with(&[
        ("repo/binary.sh", b"az login\0\x01"),
        ("repo/large.sh", &large),
        ("repo/latin.ps1", b"# caf\xE9\naz login -u bot@contoso.com -p 'canary-cli-3'\n"),
        (
            "repo/.github/workflows/broken.yml",
            b"jobs:\n  a:\n   steps: [\n - run: az login -u a@b.c -p canary-x\n",
        ),
        ("repo/broken.sh", b"if then 'unclosed\naz login -u bot@contoso.com -p 'canary-cli-2'\n"),
        ("repo/good.sh", LOGIN),
    ]);
    let ran = place.run(&["scan", "repo", "--format", "json"]);
    assert_eq!(ran.exit, 1, "{}", ran.stderr);
    assert!(!ran.stdout.contains("canary-"));
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let skipped: Vec<&str> =
        json["skipped"].as_array().unwrap().iter().map(|it| it["path"].as_str().unwrap()).collect();
    for path in ["binary.sh", "large.sh", ".github/workflows/broken.yml"] {
        assert!(skipped.contains(&path), "{path} is not in {skipped:?}");
    }
    for path in ["good.sh", "latin.ps1"] {
        assert!(json["sites"].as_array().unwrap().iter().any(|it| it["path"] == path), "{path}");
    }
}

#[test]
fn a_configuration_with_a_mistake_names_its_line() {
    let place = Workplace::with(&[
        ("repo/a.sh", LOGIN),
        ("repo/workid.yaml", b"user: bot@contoso.com\nlocaton: japaneast\n"),
    ]);
    fails(&place.run(&["scan", "repo"]), 5, &["workid.yaml", "locaton", "2"]);
    fails(&place.run(&["scan", "repo", "--config", "none.yaml"]), 5, &["none.yaml"]);
}

#[test]
fn data_of_ones_own_comes_first_and_a_mistake_in_it_names_its_line() {
    let rows = b"# ours\naz\tgroup create\tread\n";
    let place = Workplace::with(&[("a.sh", LOGIN), ("own.tsv", rows), ("bad.tsv", b"\naz\tx")]);
    let impact = |arguments: &[&str]| {
        let ran = place.run(&[&["scan", "a.sh", "--format", "json"], arguments].concat());
        let blocked = ran.stdout.contains("\"impact\": \"blocked\"");
        (blocked, ran.stdout.contains("\"effect\": \"read\""))
    };
    assert_eq!(impact(&[]), (true, false));
    assert_eq!(impact(&["--data", "own.tsv"]), (false, true));
    let bad = place.run(&["scan", "a.sh", "--data", "bad.tsv"]);
    fails(&bad, 5, &["bad.tsv", "line 2", "docs/formats.md"]);
    fails(&place.run(&["scan", "a.sh", "--data", "nowhere.tsv"]), 5, &["nowhere.tsv"]);
}

#[test]
fn a_caveat_is_explained_like_a_rule() {
    let place = Workplace::empty();
    let ran = place.run(&["explain", "signed-in-user"]);
    assert!(ran.exit == 0 && ran.stdout.contains("## What to do"), "{}", ran.stdout);
    assert!(place.run(&["explain"]).stdout.contains("kubelogin-mode"));
}

#[test]
fn a_plan_that_is_none_or_of_another_version_is_refused() {
    let place = Workplace::with(&[
        ("a.plan.json", b"{"),
        ("b.plan.json", b"{\"version\": 99}"),
        ("c.plan.json", b"[]"),
    ]);
    fails(&place.run(&["show", "a.plan.json"]), 5, &["a.plan.json", "Plan again"]);
    fails(&place.run(&["apply", "b.plan.json", "--sandbox"]), 5, &["version 99"]);
    fails(&place.run(&["verify", "c.plan.json", "--sandbox"]), 5, &["c.plan.json"]);
    fails(&place.run(&["show", "none.plan.json"]), 5, &["none.plan.json"]);
}

fn planned() -> Workplace {
    let place = Workplace::of(&root().join("examples/contoso-web"));
    assert_eq!(place.run(&["plan", "repo", "--sandbox"]).exit, 1);
    place
}

#[test]
fn a_file_that_changed_since_the_plan_is_refused() {
    let place = planned();
    assert_eq!(place.run(&["apply", "workid.plan.json", "--sandbox"]).exit, 0);
    let script = place.path("repo/scripts/deploy.sh");
    let mut text = fs::read_to_string(&script).unwrap();
    text.push_str("# one more line\n");
    fs::write(&script, &text).unwrap();
    let ran = place.run(&["rewrite", "workid.plan.json", "--write"]);
    assert_eq!(ran.exit, 5, "{}", ran.stderr);
    assert!(ran.stdout.contains("left alone    scripts/deploy.sh: has changed"), "{}", ran.stdout);
    assert!(ran.stderr.contains("plan again"), "{}", ran.stderr);
    assert_eq!(fs::read_to_string(&script).unwrap(), text);
    let workflow = "repo/.github/workflows/deploy.yml";
    let original =
        fs::read_to_string(root().join("examples/contoso-web/.github/workflows/deploy.yml"))
            .unwrap();
    assert_eq!(place.read(workflow), original, "one file was changed without the other");
}

#[test]
fn files_wait_for_what_only_azure_can_tell() {
    let place = planned();
    fails(&place.run(&["rewrite", "workid.plan.json", "--write"]), 5, &["workid apply"]);
    let shown = place.run(&["rewrite", "workid.plan.json"]);
    assert!(shown.stdout.contains("known after apply"));
}

#[test]
fn another_tenant_is_never_changed() {
    let place = planned();
    let plan = place
        .read("workid.plan.json")
        .replace(workid::sandbox::TENANT_ID, "00000000-0000-0000-0000-000000000001");
    fs::write(place.path("other.plan.json"), plan).unwrap();
    fails(
        &place.run(&["apply", "other.plan.json", "--sandbox"]),
        4,
        &["00000000-0000-0000-0000-000000000001"],
    );
    assert!(!place.path("workid.journal.jsonl").exists());
    let ran = place.run(&["plan", "repo", "--sandbox", "--tenant", "fabrikam.com"]);
    fails(&ran, 4, &["fabrikam.com"]);
}

#[test]
fn a_journal_that_was_cut_is_gone_on_with() {
    let place = planned();
    assert_eq!(place.run(&["apply", "workid.plan.json", "--sandbox"]).exit, 0);
    let journal = place.path("workid.journal.jsonl");
    let bytes = fs::read(&journal).unwrap();
    fs::write(&journal, &bytes[..bytes.len() - 20]).unwrap();
    let ran = place.run(&["apply", "workid.plan.json", "--sandbox"]);
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("was cut"), "{}", ran.stderr);
    assert_eq!(fs::read(&journal).unwrap(), bytes, "the lost answer is written again");
    fs::write(&journal, "nonsense\n").unwrap();
    fails(
        &place.run(&["undo", "workid.journal.jsonl", "--sandbox"]),
        5,
        &["workid.journal.jsonl", "line 1"],
    );
}

#[test]
fn without_a_sign_in_it_says_which_were_tried() {
    let place = Workplace::with(&[("repo/a.sh", LOGIN), ("empty/none", b"")]);
    let output = place
        .command(&["plan", "repo", "--resource-group", "rg"])
        .env("PATH", place.path("empty"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(4), "{text}");
    for it in ["Azure CLI", "Azure Developer CLI", "az login", "--sandbox"] {
        assert!(text.contains(it), "no word of {it}: {text}");
    }
}

#[test]
fn nobody_is_asked_without_a_terminal() {
    let place = planned();
    // Not in the embedded tenant: there is nothing to be careful of.
    assert_eq!(place.run(&["apply", "workid.plan.json", "--sandbox"]).exit, 0);
}

#[test]
fn nothing_is_made_in_a_resource_group_that_is_not_there() {
    let place = Workplace::of(&root().join("examples/contoso-web"));
    let ran = place.run(&["plan", "repo", "--sandbox", "--resource-group", "rg-none"]);
    fails(&ran, 5, &["rg-none", "az group create"]);
}

#[test]
fn an_offline_plan_cannot_be_applied() {
    let place = Workplace::of(&root().join("examples/contoso-web"));
    let plan = place.run(&["plan", "repo", "--offline"]);
    assert_eq!(plan.exit, 1, "{}", plan.stderr);
    fails(&place.run(&["apply", "workid.plan.json", "--sandbox"]), 5, &["offline"]);
}

fn applied(example: &str) -> Workplace {
    let place = Workplace::of(&root().join("examples").join(example));
    for arguments in
        [&["plan", "repo", "--sandbox"][..], &["apply", "workid.plan.json", "--sandbox"]]
    {
        let ran = place.run(arguments);
        assert!(ran.exit <= 1, "{arguments:?}: {}", ran.stderr);
    }
    place
}

const RUNBOOK: &str = "repo/runbooks/Stop-NightlyVMs.ps1";

#[test]
fn what_is_to_be_reviewed_is_changed_only_when_that_is_said() {
    let place = applied("contoso-runbooks");
    let ran = place.run(&["rewrite", "workid.plan.json", "--write"]);
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    let text = place.read(RUNBOOK);
    assert!(text.contains("Connect-AzAccount -Identity") && text.contains("$cred ="), "{text}");
    assert!(ran.stdout.contains("Left to be reviewed"), "{}", ran.stdout);

    let at_once = applied("contoso-runbooks");
    let original = at_once.read(RUNBOOK);
    let ran = at_once.run(&["rewrite", "workid.plan.json", "--write=all"]);
    assert!(!ran.stdout.contains("Left to be reviewed"), "{}", ran.stdout);
    assert!(!at_once.read(RUNBOOK).contains("$cred ="));

    // The rest can be made afterwards, to the same end.
    let shown = place.run(&["rewrite", "workid.plan.json"]).stdout;
    assert!(shown.contains("-$cred =") && !shown.contains("+Connect-AzAccount"), "{shown}");
    let ran = place.run(&["rewrite", "workid.plan.json", "--write=all"]);
    assert_eq!((ran.exit, place.read(RUNBOOK)), (0, at_once.read(RUNBOOK)), "{}", ran.stderr);
    let ran = place.run(&["rewrite", "workid.plan.json", "--write=all"]);
    assert!(ran.exit == 0 && !ran.stdout.contains("changed"), "{}", ran.stdout);
    let ran = place.run(&["undo", "workid.journal.jsonl", "--sandbox"]);
    assert_eq!((ran.exit, place.read(RUNBOOK)), (0, original), "{}", ran.stdout);

    // What somebody else changed meanwhile is not taken for workid's own.
    let ran = place.run(&["apply", "workid.plan.json", "--sandbox"]);
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    place.run(&["rewrite", "workid.plan.json", "--write"]);
    std::fs::write(place.path(RUNBOOK), format!("{}# more\n", place.read(RUNBOOK))).unwrap();
    fails(&place.run(&["rewrite", "workid.plan.json"]), 5, &["changed since the plan"]);
}

#[test]
fn a_patch_that_would_hold_a_password_keeps_back_no_other() {
    let own = "runs_on:\n  - paths: [\"**\"]\n    resources: [/subscriptions/5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683/resourceGroups/rg-vms/providers/Microsoft.Compute/virtualMachines/vm-jobs]\n";
    let config = format!("user: svc-deploy@contoso.com\nresource_group: rg-identities\n{own}");
    let place = Workplace::with(&[
        ("repo/a.sh", b"az login -u \"$U\" -p canary-1\naz group create -n g -l x\n"),
        ("repo/b.sh", b"az login -u \"$U\" -p \"$P\"\naz group create -n g -l x\n"),
        ("repo/workid.yaml", config.as_bytes()),
    ]);
    place.run(&["plan", "repo", "--sandbox"]);
    place.run(&["apply", "workid.plan.json", "--sandbox"]);
    let ran = place.run(&["rewrite", "workid.plan.json", "--patch"]);
    fails(&ran, 5, &["a patch of a.sh would hold a password"]);
    assert!(ran.stdout.contains("+++ b/b.sh") && !ran.stdout.contains("a.sh"), "{}", ran.stdout);
}

#[test]
fn each_change_is_asked_for() {
    use std::{io::Write, process::Stdio};
    let place = applied("contoso-runbooks");
    let job = place.read("repo/jobs/rotate-logs.sh");
    let mut asked = place
        .command(&["rewrite", "workid.plan.json", "-i"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    asked.stdin.take().unwrap().write_all(b"?\nn\ny\n").unwrap();
    let said = asked.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&said.stdout);
    assert!(said.contains("[y,n,a,d,q,?]") && said.contains("q - make neither"), "{said}");
    assert_eq!(place.read("repo/jobs/rotate-logs.sh"), job);
    let text = place.read(RUNBOOK);
    assert!(text.contains("Connect-AzAccount -Identity") && !text.contains("$cred ="), "{text}");
}

#[test]
fn templates_of_ones_own_are_taken_and_a_bad_one_is_named() {
    let place = Workplace::of(&root().join("examples/contoso-runbooks"));
    let own = place.path("own/azure-powershell/system-assigned/login.ps1");
    fs::create_dir_all(own.parent().unwrap()).unwrap();
    fs::write(&own, "Connect-Contoso -In @@tenant_id@@\n").unwrap();
    let plan = ["plan", "repo", "--sandbox", "--templates", "own"];
    let ran = place.run(&plan);
    assert!(ran.stdout.contains("+Connect-Contoso -In 3c8f1f0e"), "{}", ran.stdout);
    fs::write(&own, "Connect-Contoso -As @@client_id@@\n").unwrap();
    fails(&place.run(&plan), 5, &["@@client_id@@", "system-assigned/login.ps1"]);
}
