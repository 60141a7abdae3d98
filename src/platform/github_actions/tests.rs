//! What a workflow says of its jobs.

use super::*;
use crate::platform::testing::{found, sign_ins};

fn workload(text: &str) -> Workload {
    let source = Source::new(".github/workflows/deploy.yml", text);
    let repository = Repository { slug: Some("contoso/web".to_owned()), ..Repository::default() };
    scripts(&source, &repository).unwrap().remove(0).workload
}

fn subjects(text: &str) -> Vec<String> {
    match workload(text).trust {
        Trust::Federated(all) => all.iter().map(|it| it.subject.to_string()).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn the_subject_follows_the_environment_and_then_the_triggers() {
    let steps = "    steps:\n      - run: az account show\n";
    let job = format!("jobs:\n  deploy:\n    runs-on: ubuntu-latest\n{steps}");
    assert_eq!(
        subjects(&format!("on: push\njobs:\n  d:\n    environment:\n      name: prod\n{steps}")),
        ["repo:contoso/web:environment:prod"]
    );
    assert_eq!(
        subjects(&format!(
            "on:\n  push:\n    branches: [main, 'release/*']\n    tags: [v1]\n{job}"
        )),
        ["repo:contoso/web:ref:refs/heads/main", "repo:contoso/web:ref:refs/tags/v1"]
    );
    assert_eq!(
        subjects(&format!("on: [workflow_dispatch]\n{job}")),
        ["repo:contoso/web:ref:refs/heads/main"]
    );
    assert!(subjects(&format!("on: pull_request\n{job}")).is_empty());
}

#[test]
fn no_subject_of_pull_requests_or_of_patterns_is_trusted() {
    let steps = "    steps:\n      - run: az account show\n";
    let of = |on: &str, job: &str| workload(&format!("on: {on}\njobs:\n  d:\n{job}{steps}"));
    let why = |on: &str| match of(on, "").trust {
        Trust::Unstated(why) => why,
        other => format!("{other:?}"),
    };
    assert!(why("pull_request").contains("any pull request"));
    let reviewed = of("pull_request", "    environment: prod\n").trust;
    assert!(matches!(reviewed, Trust::Unstated(_)), "{reviewed:?}");
    assert!(why("{push: {branches: ['release/*']}}").contains("a credential each"));
    assert!(why("release").contains("a credential each"));
    assert!(why("workflow_call").contains("other workflows"));
    let said = of("[push, pull_request]", "    environment: prod\n").assumptions;
    assert!(said.iter().any(|it| it.contains("lets no pull request in")), "{said:?}");
    let said = of("push", "    runs-on: [self-hosted, linux]\n").assumptions;
    assert!(said.iter().any(|it| it.contains("is private")), "{said:?}");
    assert!(
        !of("push", "    runs-on: ubuntu-latest\n")
            .assumptions
            .iter()
            .any(|it| it.contains("is private"))
    );
}

#[test]
fn what_pull_requests_alone_start_is_left_also_where_another_workflow_names_an_environment() {
    let repository = Repository { slug: Some("contoso/web".to_owned()), ..Repository::default() };
    let job = "    environment: prod\n    steps:\n      - run: az account show\n";
    let own = workload(&format!("on: workflow_call\njobs:\n  d:\n{job}"));
    let by = |on: &str| {
        let uses = "    uses: ./.github/workflows/deploy.yml\n";
        let caller = workload(&format!("on: {on}\njobs:\n  c:\n{uses}"));
        let (own, caller, repository) = (&own, &caller, &repository);
        called(&Called { own, caller, inputs: &[], repository })
    };
    assert!(matches!(by("push").trust, Trust::Federated(_)));
    assert!(matches!(by("pull_request").trust, Trust::Unstated(_)));
    let both = by("[push, pull_request]");
    assert!(matches!(both.trust, Trust::Federated(_)));
    assert!(both.assumptions.iter().any(|it| it.contains("lets no pull request in")));
    assert!(!both.assumptions.iter().any(|it| it.contains("cannot sign in")));
}

#[test]
fn a_step_knows_who_signed_in_before_it_and_was_allowed_to() {
    let session = |permissions: &str| {
        let text = format!(
            "on: push\n{permissions}jobs:\n  d:\n    steps:\n      - run: a\n      - uses: azure/login@v3\n        with: {{client-id: c}}\n      - run: b\n"
        );
        let scripts = found(&PLATFORM, ".github/workflows/a.yml", &text);
        scripts.into_iter().map(|it| it.session).collect::<Vec<_>>()
    };
    let client = Some(Session::Client("c".to_owned()));
    assert_eq!(session("permissions: {id-token: write}\n"), [None, client.clone()]);
    assert_eq!(session("permissions: write-all\n"), [None, client]);
    assert_eq!(session("permissions: {contents: read}\n"), [None, None]);
    assert_eq!(session(""), [None, None]);
}

#[test]
fn what_an_action_is_given_to_run_is_a_script() {
    let read = |uses: &str, inputs: &str| {
        let text = format!(
            "on: push\njobs:\n  d:\n    steps:\n      - uses: {uses}\n        with: {{{inputs}}}\n"
        );
        let scripts = found(&PLATFORM, ".github/workflows/a.yml", &text);
        let of = |it: Script| (it.language, it.text, it.workload.by_hand.is_none());
        scripts.into_iter().map(of).collect::<Vec<_>>()
    };
    let script = |language, is_written| vec![(language, "az login".to_owned(), is_written)];
    assert_eq!(read("Azure/cli@v2", "inlineScript: az login"), script("bash", true));
    assert_eq!(read("nick-fields/retry@v3", "command: az login"), script("bash", true));
    assert_eq!(read("appleboy/ssh-action@v1", "script: az login"), script("bash", false));
    assert_eq!(read("actions/github-script@v7", "script: az login"), script("javascript", false));
    assert_eq!(read("azure/cli@v2", "script: az login"), []);
    assert_eq!(read("contoso/tool@v1", "input: az login"), []);
}

#[test]
fn permissions_without_a_value_are_read() {
    for permissions in ["permissions:\n  contents:\n", "permissions: {contents}\n"] {
        let steps = "    steps:\n      - run: az account show\n";
        let it = workload(&format!("on: push\n{permissions}jobs:\n  d:\n{steps}"));
        assert!(it.anchors.iter().any(|it| it.name == "permissions"));
    }
}

#[test]
fn an_action_is_read_and_left_to_its_workflow() {
    let login = "az login -u ${{ inputs.user }} -p \"$P\"";
    let text = format!(
        "name: Sign in\nruns:\n  using: composite\n  steps:\n    - run: {login}\n      shell: bash\n"
    );
    assert!((PLATFORM.claims)(&Source::new("sign-in/action.yml", &text)));
    assert!(!(PLATFORM.claims)(&Source::new("action.yml", "steps:\n- script: a\n")));
    assert_eq!(sign_ins(&PLATFORM, "action.yml", &text), [login]);
    let script = found(&PLATFORM, "action.yml", &text).remove(0);
    assert_eq!(script.workload.name, "action.yml, action Sign in");
    assert!(script.workload.anchors.is_empty());
}

#[test]
fn a_step_may_go_away_where_others_are_and_none_reads_it() {
    let of = |path: &str, text: &str| {
        let script = found(&PLATFORM, path, text).remove(0);
        let whole = script.workload.anchors.into_iter().find(|it| it.name == "whole")?;
        Some(text[whole.at.start..whole.at.end].to_owned())
    };
    let action = |more: &str| {
        let steps = format!("    - run: az login\n      shell: bash\n{more}");
        of("action.yml", &format!("runs:\n  using: composite\n  steps:\n{steps}"))
    };
    assert_eq!(action(""), None);
    let text = "runs:\n  using: composite\n  steps:\n    - run: a\n      shell: bash\n    - run: az login\n      shell: bash\n";
    let last = found(&PLATFORM, "action.yml", text).remove(1);
    assert!(last.workload.anchors.is_empty());
    let whole = action("    - run: az group list\n      shell: bash\n");
    assert_eq!(whole.unwrap(), "    - run: az login\n      shell: bash\n");
    let job = |more: &str, next: &str| {
        let steps = format!("      - run: az login\n        {more}\n      - run: {next}\n");
        of(".github/workflows/a.yml", &format!("on: push\njobs:\n  d:\n    steps:\n{steps}"))
    };
    assert!(job("if: ${{ inputs.deploy }}", "x").is_some());
    assert!(job("id: sign-in", "x").is_some());
    assert!(job("id: sign-in", "x ${{ steps.sign-in.outcome }}").is_none());
}

#[test]
fn a_job_asks_for_a_token_without_losing_what_it_has() {
    let name = |permissions: &str, own: &str| {
        let text = format!(
            "on: push\n{permissions}jobs:\n  d:\n{own}    steps:\n      - run: az account show\n"
        );
        let anchors = workload(&text).anchors;
        anchors.iter().find(|it| it.name.starts_with("permission")).map(|it| it.name)
    };
    assert_eq!(name("", ""), Some("permissions"));
    assert_eq!(name("permissions:\n  contents: read\n", ""), Some("permissions"));
    assert_eq!(name("", "    permissions:\n      contents: read\n"), Some("permission"));
    assert_eq!(name("", "    permissions: {contents: read}\n"), Some("permissions-inline"));
    assert_eq!(name("", "    permissions: {}\n"), Some("permissions-inline"));
    assert_eq!(name("", "    permissions: read-all\n"), Some("permissions-inline"));
    assert_eq!(name("", "    permissions: {id-token: none}\n"), Some("permission-level"));
    assert_eq!(name("permissions: write-all\n", ""), None);
    assert_eq!(name("", "    permissions:\n      id-token: write\n"), None);
}
