//! A scanned repository is hostile input: whatever it holds, a scan ends, and what it says is true
//! of the text.

#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod support;

use proptest::prelude::*;
use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use workid::{
    plan::{Inputs, Plan, plan, unobserved},
    platform::{Repository, Safety},
    resource::{Cloud, Known},
    rewrite::{Draft, Templates, Text},
    scan::{Files, Read, Scan, scan, scan_files},
    text::{Edit, EditSet, Excerpt, Source, Span, yaml},
};

const PATHS: &[&str] = &[
    ".github/workflows/a.yml",
    "azure-pipelines.yml",
    "a.sh",
    "a.ps1",
    "runbooks/b.ps1",
    ".gitlab-ci.yml",
    "Dockerfile",
    "Jenkinsfile",
    "Makefile",
    "a.bat",
    "README.md",
    "a.yaml",
    "a.json",
    "a.rst",
    "a.ipynb",
    "main.tf",
    "package.json",
    "compose.yaml",
    "roles/a/tasks/main.yml",
    ".circleci/config.yml",
    "bitbucket-pipelines.yml",
    "action.yml",
    "script",
    "a.py",
    "a.cs",
    "a.ts",
    "a.go",
    "a.java",
    "a.env",
    "b.json",
    "c.config",
    "d.kt",
    "e.xml",
    "f.bicep",
];

/// Pieces of which pipelines and scripts are made, and some that break them.
const PIECES: &[&str] = &[
    "on: push\n",
    "jobs:\n",
    "  a:\n",
    "    steps:\n",
    "steps:\n",
    "      - run: |\n",
    "- bash: ",
    "- script: >-\n",
    "    environment: prod\n",
    "      ",
    "\t",
    "\n",
    "\r\n",
    "az login -u a@b.c -p 'canary-x'",
    "az login",
    " -u ",
    "\"$U\"",
    "'",
    "\"",
    "\\",
    "`",
    "$(",
    ")",
    "${{ secrets.P }}",
    "$(password)",
    "{",
    "}",
    "[",
    "]",
    "&& ",
    "| jq .",
    "Connect-AzAccount -Credential $c",
    "$c = Get-AutomationPSCredential -Name x",
    "@p",
    "@{",
    "<#",
    "#>",
    "# ",
    "@'\n",
    "'@",
    "<<EOF\n",
    "EOF\n",
    "  script: ",
    "apiVersion: v1\nkind: Pod\n",
    "command: [sh, -c, ",
    "&x ",
    "*x",
    "<<: ",
    "```",
    "provisioner \"local-exec\" {\n  command = ",
    "for /f %%i in ('",
    "%P%",
    "RUN ",
    "a: b\n\t@",
    "$$",
    "sh \"\"\"",
    "pwsh(script: '",
    "if ",
    "then ",
    "fi",
    "é",
    "日本",
    "\u{1F600}",
    "“",
    "–",
    "\u{FEFF}",
    "*a",
    "&a ",
    "!!str ",
    "- task: AzureCLI@2\n",
    "  inputs:\n",
    "    inlineScript: ",
    "#!/bin/sh\n",
    "./a.sh\n",
    "bash a.sh\n",
    "bash -c \"",
    "ssh host <<EOF\n",
    "cat <<'EOF' > x.ps1\n",
    "eval \"$x\"",
    "x='az login -u a -p canary-x'",
    "az \"${x[@]}\"",
    "x+=(--service-principal)",
    "iex \"",
    "| Out-File x.ps1",
    "Start-Process az -ArgumentList ",
    "grant_type=password",
    "\"grant_type\": \"password\"",
    "https://login.microsoftonline.com/t/oauth2/token",
    "AZURE_USERNAME=a\n",
    "AZURE_PASSWORD=canary-x\n",
    "- name: ad_user\n  value: x\n",
    "<add key=\"",
    "Authentication=Active Directory Password",
    ". ./a.ps1\n",
    "run([\"az\", \"login\", ",
    "\"-u\", user, ",
    "os.system(f\"az login -u {user} -p canary-x\")\n",
    "from azure.identity import UsernamePasswordCredential\n",
    "UsernamePasswordCredential(",
    "acquire_token_by_username_password(u, ",
    "app.AcquireTokenByUsernamePassword(s, u, \"canary-y\")",
    "new ",
    "x = ",
    " + ",
    "$@\"",
    "${x}",
    "class A { void f() { ",
    "func f() {\n",
    "//",
];

fn text() -> impl Strategy<Value = String> {
    let pieces = prop::collection::vec(prop::sample::select(PIECES), 0..40);
    prop_oneof![3 => pieces.prop_map(|it| it.concat()), 1 => any::<String>()]
}

/// Files that are all looked into, whether they have a hint and name another or not.
struct All(Vec<Source>);

impl Files for All {
    fn hinted(&mut self, each: &(dyn Fn(Source) + Sync)) -> Read {
        self.0.iter().cloned().for_each(each);
        Read { files: self.0.len(), skipped: Vec::new() }
    }

    fn wanted(&self, _: &(dyn Fn(&str) -> bool + Sync), each: &(dyn Fn(Source) + Sync)) {
        self.0.iter().cloned().for_each(each);
    }

    fn has(&self, path: &str) -> bool {
        self.0.as_slice().has(path)
    }

    fn at(&self, path: &str) -> Option<Source> {
        self.0.as_slice().at(path)
    }

    fn paths(&self, wanted: &dyn Fn(&str) -> bool) -> Vec<String> {
        self.0.as_slice().paths(wanted)
    }
}

/// What is left unread for speed says nothing.
fn nothing_is_missed(sources: Vec<Source>, found: &Scan, repository: &Repository) {
    let (all, _) = scan_files(&mut All(sources), repository);
    assert_eq!(format!("{:#?}", found.sites), format!("{:#?}", all.sites));
    assert_eq!((&found.masks, found.secrets.len()), (&all.masks, all.secrets.len()));
}

#[test]
fn a_scan_of_the_cases_misses_nothing() {
    fn read(folder: &Path, sources: &mut Vec<Source>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                read(&entry.path(), sources);
            } else if let Ok(text) = fs::read_to_string(entry.path()) {
                sources.push(Source::new(entry.path().to_str().unwrap(), &text));
            }
        }
    }
    let mut sources = Vec::new();
    ["tests/cases", "examples"].iter().for_each(|it| read(&support::root().join(it), &mut sources));
    let repository = Repository::default();
    let found = scan(&sources, &repository);
    assert!(!found.sites.is_empty());
    nothing_is_missed(sources, &found, &repository);
}

/// Where each step had a copy of what is set around it, this took minutes and most of a gigabyte.
#[test]
fn steps_share_what_their_workflow_sets() {
    const MANY: usize = 2_500;
    let set = |it: usize| format!("  V{it}: ${{{{ secrets.S{it} }}}}\n");
    let step = |it: usize| format!("      - run: az group create -n $V{it} -l japaneast\n");
    let set: String = (0..MANY).map(set).collect();
    let steps: String = (0..MANY).map(step).collect();
    let login = "      - run: az login -u $V7 -p $V2499\n";
    let text = format!("on: push\nenv:\n{set}jobs:\n  d:\n    steps:\n{login}{steps}");
    let source = Source::new(".github/workflows/a.yml", &text);
    let found = scan(&[source], &Repository::default());
    let [site] = found.sites.as_slice() else { panic!("{} sites", found.sites.len()) };
    let origins: Vec<&str> = site.origins.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(origins, ["secrets.S2499", "secrets.S7"]);
    assert!(site.more && site.related.len() == 2);
}

/// What a scan of files finds.
fn found(files: &[(&str, String)]) -> Scan {
    let sources: Vec<Source> = files.iter().map(|(path, text)| Source::new(path, text)).collect();
    let slug = Some("contoso/web".to_owned());
    scan(&sources, &Repository { slug, ..Repository::default() })
}

/// So many of the same, each with its number.
fn many(count: usize, of: impl Fn(usize) -> String) -> String {
    (0..count).map(of).collect()
}

/// Why a scan did not look at all of a file.
fn reasons<'s>(found: &'s Scan, path: &str) -> Vec<&'s str> {
    found.skipped.iter().filter(|it| it.path == path).map(|it| it.reason.as_str()).collect()
}

/// Longer than this takes only what grows with more than the size of a file.
fn ends(what: impl FnOnce()) {
    let began = Instant::now();
    what();
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
}

/// A template with a hundred steps that a hundred jobs use is a small file that says ten thousand
/// things, and three of them said more than fits into memory.
#[test]
fn what_leads_to_sign_ins_is_looked_at_up_to_a_bound_in_all() {
    let login = |it: usize| format!("    - run: az login -u a@b.c -p x{it}\n      shell: bash\n");
    let action = format!("runs:\n  using: composite\n  steps:\n{}", many(250, login));
    let uses = many(100, |it| format!("  j{it}:\n    steps:\n      - uses: ./a\n"));
    let workflow = format!("on: push\njobs:\n{uses}");
    let found = found(&[("a/action.yml", action), (".github/workflows/w.yml", workflow)]);
    assert_eq!(found.sites.len(), 250);
    let ways: usize = found.sites.iter().map(|it| it.reached.len()).sum();
    assert_eq!((found.sites[0].reached.len(), ways), (100, 20_000 + 250));
    assert_eq!(reasons(&found, "a/action.yml"), ["more leads to its sign-ins than is looked at"]);
}

#[test]
fn what_follows_sign_ins_is_listed_up_to_a_bound_in_all() {
    let step = |it: usize| {
        format!(
            "      - run: az login -u a@b.c -p x{it}\n      - run: az group create -n g{it} -l x\n"
        )
    };
    let workflow = |_: usize| format!("on: push\njobs:\n  d:\n    steps:\n{}", many(290, step));
    let paths = [".github/workflows/a.yml", ".github/workflows/b.yml", ".github/workflows/c.yml"];
    let files: Vec<(&str, String)> = paths.iter().map(|it| (*it, workflow(0))).collect();
    let found = found(&files);
    let listed: usize = found.sites.iter().map(|it| it.follows.len()).sum();
    assert!(listed <= 50_000 + 5 * found.sites.len(), "{listed}");
    assert!(found.sites[800].more && found.sites[800].follows.len() == 5);
}

#[test]
fn what_many_scripts_have_in_common_is_held_once_and_up_to_a_bound() {
    let copy = |it: usize| format!("COPY a{it}.sh /x/a{it}.sh\nRUN /x/a{it}.sh\n");
    let image = format!("FROM a\n{}RUN az login -u a@b.c -p x\n", many(3_000, copy));
    let found_there = found(&[("Dockerfile", image)]);
    let reason = "it brings more files along than are looked for where it has them";
    assert_eq!((found_there.sites.len(), reasons(&found_there, "Dockerfile")), (1, vec![reason]));

    let branches = many(3_000, |it| format!("      - r{it}/*\n"));
    let steps = many(3_000, |it| format!("      - run: echo {it}\n"));
    let workflow = format!(
        "on:\n  push:\n    branches:\n      - main\n{branches}jobs:\n  d:\n    steps:\n      - run: az login -u a@b.c -p x\n{steps}"
    );
    let site = found(&[(".github/workflows/a.yml", workflow)]).sites.remove(0);
    let assumptions = &site.reached[0].workload.assumptions;
    assert!(assumptions.len() == 21 && assumptions[20].ends_with("more like these"));

    let include = many(200, |it| format!("  - local: /ci/f{it}.yml\n"));
    let jobs =
        many(200, |it| format!("d{it}:\n  extends: .b{it}\n  script: [az login -u a@b.c -p x]\n"));
    let found_there = found(&[(".gitlab-ci.yml", format!("include:\n{include}{jobs}"))]);
    assert_eq!(
        reasons(&found_there, ".gitlab-ci.yml"),
        ["it includes more files than GitLab takes"]
    );
}

#[test]
fn settings_that_ask_for_the_whole_file_are_told_it_once() {
    let set =
        |it: usize| format!("- AZURE_CONFIG_DIR: /azure{it}\n  volumes: [a{it}:/azure{it}]\n");
    let text = many(20_000, set);
    ends(|| assert!(found(&[("a.yaml", text)]).sites.is_empty()));
}

/// What is told of a whole file is told once, and not for each of its calls, texts and steps.
#[test]
fn calls_and_steps_do_not_look_at_their_whole_file_each() {
    let user = "echo \"##vso[task.setvariable variable=AZURE_USERNAME]x\"\n".repeat(20_000);
    let words = many(2_000, |it| format!("w{it} "));
    let calls = format!("f() {{ az {words} \"$@\"; }}\n{}", "f x\n".repeat(5_000));
    let stacks = many(250, |it| format!("Connect-AzAccount -Environment $e{it} -Credential $c\n"));
    let filler = "# Add-AzEnvironment xxxxxxxxxxxxxxxxxx\n".repeat(25_000);
    let step = |it: usize| format!("- script: az login -u a@b.c -p x # {it}\n");
    let other = |it: usize| format!("- script: echo {it} # {}\n", "y".repeat(100));
    let functions = many(5_000, |it| format!("function F-{it} {{ }}\n"));
    for (path, text, sites) in [
        ("a.sh", format!("# AZURE_PASSWORD\n{user}"), 0),
        ("b.sh", format!("{calls}az login -u a@b.c -p x\n"), 1),
        ("c.ps1", format!("# -ArmEndpoint\n{stacks}{filler}"), 250),
        (
            "azure-pipelines.yml",
            format!("pool: {{name: own}}\nsteps:\n{}{}", many(250, step), many(12_000, other)),
            250,
        ),
        (
            "f.ps1",
            format!(
                "{functions}{}Connect-AzAccount -Credential $c\n",
                "Get-Thing -Name x\n".repeat(45_000)
            ),
            1,
        ),
    ] {
        ends(|| assert_eq!(found(&[(path, text)]).sites.len(), sites, "{path}"));
    }
}

/// Each sign-in asks who calls its function, and with what.
#[test]
fn functions_with_many_calls_and_calls_with_many_words_are_looked_at_up_to_a_bound() {
    let signs_in = many(250, |it| {
        format!(
            "function F-{it}($c, $d) {{ if ($d) {{ $c = $d }}; Connect-AzAccount -Credential $c }}\n"
        )
    });
    let calls = many(8_000, |it| format!("F-{} $c $d\nF-0 $c\n", it % 250));
    let others = many(8_000, |it| format!("function G-{it}($c) {{ if ($c) {{ $d = $c }} }}\n"));
    let words = format!("Connect-AzAccount -Credential (New-Thing{})\n", " $c$d".repeat(8_000));
    let given = format!("F-1{}\n", " $c".repeat(8_000));
    let text = format!("{others}{signs_in}{calls}{words}{given}");
    ends(|| assert_eq!(found(&[("a.ps1", text)]).sites.len(), 251));
    let define = many(290, |it| {
        format!("def f{it}(a, p):\n    a.acquire_token_by_username_password(u, p, scopes=s)\n")
    });
    let calls = many(10_000, |it| format!("f{}(a, p)\np = q\n", it % 290));
    let text = format!("import msal\n{define}{calls}");
    ends(|| assert_eq!(found(&[("a.py", text)]).sites.len(), 290));
}

#[test]
fn a_sign_in_has_no_more_manifests_than_a_project_has() {
    let name = |it: usize| format!("requirements-{it}.txt");
    let scripts =
        (0..1_000).map(|it| (format!("d/s{it}.sh"), "az login -u a@b.c -p x\n".to_owned()));
    let manifests = (0..1_000).map(|it| (name(it), "azure-cli==2.50.0\n".to_owned()));
    let all: Vec<(String, String)> =
        scripts.chain(manifests).chain([("d/package.json".to_owned(), String::new())]).collect();
    let files: Vec<(&str, String)> =
        all.iter().map(|(path, text)| (path.as_str(), text.clone())).collect();
    let found = found(&files);
    assert_eq!(found.sites.len(), 1_000);
    for site in &found.sites {
        assert_eq!((site.manifests.len(), site.manifests[0].as_str()), (50, "d/package.json"));
    }
}

/// Whatever is asked of a whole line is asked for each sign-in on it.
#[test]
fn sign_ins_on_one_long_line_look_at_what_is_near_them() {
    let connection = |it: usize| {
        format!(
            "\"c{it}\": \"Server=x;Authentication=Active Directory Password;User ID=a@b.c;Password=canary-{it}\", "
        )
    };
    let text = format!("{{{}\"x\": \"{}\"}}", many(290, connection), "word ".repeat(1_000_000));
    ends(|| assert_eq!(found(&[("a.json", text)]).sites.len(), 290));
}

#[test]
fn prerequisites_of_make_are_looked_up_by_their_names() {
    let login = |it: usize| format!("l{it}:\n\taz login -u a@b.c -p x{it}\n");
    let all = many(250, |it| format!(" l{it}"));
    let target = |it: usize| format!("t{it}:{all}\n\techo {it}\n");
    let text = format!("{}{}", many(250, login), many(600, target));
    ends(|| assert_eq!(found(&[("Makefile", text)]).sites.len(), 250));
}

/// The whole file was searched for its place for a credential for each of its steps.
#[test]
fn steps_of_jenkins_share_the_place_for_a_credential() {
    let bound = many(2_500, |it| format!("    P{it} = credentials('c{it}')\n"));
    let steps = many(2_500, |it| format!("        sh 'az login -u a@b.c -p $P{it}'\n"));
    let text = format!(
        "pipeline {{\n  environment {{\n{bound}  }}\n  stages {{\n    stage('d') {{\n{steps}    }}\n  }}\n}}\n"
    );
    ends(|| assert_eq!(found(&[("Jenkinsfile", text)]).sites.len(), 300));
}

/// Each word of a script was asked for each of its expressions.
#[test]
fn expressions_are_looked_up_by_where_they_stand() {
    let command = |it: usize| format!("          az group show -n ${{{{ inputs.a{it} }}}}\n");
    let steps = format!("          az login -u a@b.c -p x\n{}", many(12_000, command));
    let text = format!("on: push\njobs:\n  d:\n    steps:\n      - run: |\n{steps}");
    ends(|| assert_eq!(found(&[(".github/workflows/a.yml", text)]).sites.len(), 1));
}

/// Each of them asked for something that a file has none of, or not before its end.
#[test]
fn settings_and_calls_are_looked_up_by_their_names() {
    let action = |it: usize| {
        format!("      - uses: a/b@v{it}\n        with:\n          ADMIN_USERNAME: x\n")
    };
    let steps = format!("on: push\njobs:\n  d:\n    steps:\n{}", many(30_000, action));
    let imports = format!(
        "{}Connect-AzAccount -Identity\n{}",
        many(10_000, |it| format!("Get-X -Name {it}\n")),
        many(10_000, |it| format!("Import-AzContext -Path x{it}\n"))
    );
    let plain = |it: usize| format!("export AZURE_AD_USER=u{it}\n");
    let dataverse =
        "{\"AuthType\": \"OAuth\", \"username\": \"x\", \"password\": \"y\"},".repeat(20_000);
    for (path, text) in [
        (".github/workflows/a.yml", format!("# pnp/action-cli-login ADMIN_PASSWORD\n{steps}")),
        ("a.ps1", imports),
        ("a.sh", format!("# azure_rm_x password\n{}", many(20_000, plain))),
        (
            "a.json",
            format!("{{\"x\": [{dataverse}1], \"u\": \"a.dynamicz.com crmconnection .crm4.\"}}"),
        ),
    ] {
        ends(|| assert_eq!(found(&[(path, text)]).sites.len(), 0, "{path}"));
    }
}

/// A call of a call of a call ended the process with the stack, and each list of lists asked for the words
/// of all in it.
#[test]
fn what_nests_deeply_in_programs_ends() {
    let python = "from azure.identity import UsernamePasswordCredential\n";
    let sign_in = "c = UsernamePasswordCredential(\"a\", \"b\", \"c\")\n";
    for (open, close) in [("f(", ")"), ("os.getenv(", ")"), ("os.environ[", "]"), ("[", "]")] {
        let nested = format!("{}1{}", open.repeat(50_000), close.repeat(50_000));
        let text = format!("{python}{sign_in}x = {nested}\n");
        ends(|| assert_eq!(found(&[("a.py", text)]).sites.len(), 1, "{open}"));
    }
}

#[test]
fn escaped_line_ends_of_programs_end() {
    let login = "from azure.identity import UsernamePasswordCredential\nUsernamePasswordCredential(\"a\", \"b\", \"c\")\n";
    for line in ["\\\n", "\\\r\n", "\\\n  "] {
        let text = format!("{login}x = \\\n1{}\n{login}", line.repeat(100_000));
        ends(|| assert_eq!(found(&[("a.py", text)]).sites.len(), 2, "{line:?}"));
    }
}

#[test]
fn comments_of_programs_that_nothing_closes_end() {
    let login = "using Azure.Identity;\nvar c = new UsernamePasswordCredential(\"a\", \"b\", \"c\", \"d\");\n";
    let text = format!("{login}{}\n{login}", "/* ".repeat(40_000));
    ends(|| assert!(!found(&[("a.cs", text)]).sites.is_empty()));
}

#[test]
fn here_documents_of_one_line_are_a_few() {
    let opened = many(8_000, |it| format!("<<E{it} "));
    let texts = many(8_000, |it| format!("x\nE{it}\n"));
    let text = format!("az login -u a@b.c -p x\ncat {opened}\n{texts}");
    ends(|| assert_eq!(found(&[("a.sh", text)]).sites.len(), 1));
}

#[test]
fn variables_of_one_list_are_looked_up_by_their_names() {
    let text = format!("x=({})\naz login -u a@b.c -p x\n", many(100_000, |it| format!("$V{it} ")));
    ends(|| assert_eq!(found(&[("a.sh", text)]).sites.len(), 1));
}

#[test]
fn here_documents_without_an_end_are_a_few() {
    let login = "az login -u a@b.c -p x\n";
    let text = format!("{login}{}{login}", "<<E x\n".repeat(50_000));
    ends(|| assert!(!found(&[("a.sh", text)]).sites.is_empty()));
    let text = format!("x = {}\n", "<".repeat(2_000_000));
    let command = "provisioner \"local-exec\" {\n  command = \"az login -u a -p b\"\n}\n";
    ends(|| assert_eq!(found(&[("main.tf", format!("{text}{command}"))]).sites.len(), 1));
}

/// What is known of a script of many words or lines is several hundred times its size.
#[test]
fn scripts_that_are_larger_than_any_are_named() {
    let text = format!("az login -u a@b.c -p x\n{}", "x\n".repeat(600_000));
    let found = found(&[("a.sh", text)]);
    assert_eq!(found.sites.len(), 0);
    assert_eq!(reasons(&found, "a.sh"), ["it is larger than scripts are"]);
}

/// Padding of more than 65,535 ended the scan.
#[test]
fn a_line_of_typographic_dashes_is_read() {
    let login = "az login -u a@b.c -p x\n";
    let text = format!("{login}# {}\n{login}", "–".repeat(30_000));
    assert_eq!(found(&[("a.sh", text)]).sites.len(), 2);
}

/// Every sign-in may be fed by every credential that its pipeline binds.
#[test]
fn what_feeds_many_sign_ins_is_held_once() {
    let step = |it: usize| {
        format!(
            "  withCredentials([usernamePassword(credentialsId: 'c{it}', usernameVariable: 'U', passwordVariable: 'P')]) {{\n    sh \"az login -u $U -p $P\"\n  }}\n"
        )
    };
    let found = found(&[("Jenkinsfile", format!("node {{\n{}}}\n", many(400, step)))]);
    let origins = || found.sites.iter().flat_map(|it| &it.origins);
    let held: BTreeSet<_> = origins().map(Arc::as_ptr).collect();
    assert_eq!((found.sites.len(), origins().count(), held.len()), (300, 300 * 802, 800 + 2 * 300));
}

/// The whole script was parsed for each of its sign-ins, to see what stands beside it.
#[test]
fn a_plan_of_many_sign_ins_of_one_script_ends() {
    let block = |it: usize| {
        let rest = many(20, |n| format!("echo \"$A{n}\" > a{n}\n"));
        format!("if [ \"$MODE\" = m{it} ]; then\n  az login -u a@b.c -p x{it}\nfi\n{rest}")
    };
    let sources = [Source::new("a.sh", &many(290, block))];
    let repository = Repository::default();
    let planned = |scan: &Scan| {
        plan(&Inputs {
            scan,
            sources: &sources,
            repository: &repository,
            templates: &Templates::default(),
            observed: &unobserved(&repository.config),
            offline: true,
            root: ".",
            prefix: "app",
            cloud: &Cloud::default(),
        })
    };
    ends(|| assert_eq!(planned(&scan(&sources, &repository)).unwrap().sites.len(), 290));
}

/// For each draft that is left, all that were made in its file were counted.
#[test]
fn what_is_left_of_a_plan_moves_with_what_was_made() {
    const MANY: usize = 20_000;
    let draft = |it: usize| Draft {
        path: "a.sh".to_owned(),
        span: Span::new(10 * it, 10 * it + 4),
        text: Text::known("ab"),
        safety: Safety::Safe,
        set: it,
    };
    let drafts: Vec<Draft> = (0..MANY).rev().map(draft).collect();
    let made: Vec<Span> = (0..MANY).filter(|it| it % 2 == 0).map(|it| draft(it).span).collect();
    let whole = Plan { drafts, ..Plan::default() };
    ends(|| {
        let left = whole.beyond("a.sh", &made, "", &Known::new()).drafts;
        assert_eq!(left.len(), MANY / 2);
        // Two bytes went away with each that was made before it.
        let moved = |it: usize| Span::new(10 * it - it - 1, 10 * it - it + 3);
        assert!(left.iter().all(|it| it.span == moved(it.set)));
    });
}

/// Where each call had a copy of what a variable holds, 50 kB took a gigabyte.
#[test]
fn what_variables_hold_is_put_into_calls_up_to_a_bound() {
    let reason = "its variables hold more for its calls than is looked at";
    let map = many(500, |it| format!("k{it}: 'v', "));
    let program = "const { UsernamePasswordCredential } = require('@azure/identity');\nnew UsernamePasswordCredential('t', 'c', 'u', 'p');\n";
    let list = many(500, |it| format!("v{it} "));
    let table = many(500, |it| format!("k{it} = 1; "));
    for (path, text) in [
        ("a.js", format!("{program}m = {{{map}}};\n{}", "f(m);\n".repeat(8_000))),
        ("b.js", format!("{program}m = {{{map}}};\nf({}1);\n", "m, ".repeat(8_000))),
        (
            "a.sh",
            format!(
                "az login -u a@b.c -p x\na=({list})\n{}",
                "az group list \"${a[@]}\"\n".repeat(8_000)
            ),
        ),
        (
            "a.ps1",
            format!(
                "Connect-AzAccount -Credential $c\n$m = @{{{table}}}\n{}",
                "Get-AzResource @m\n".repeat(4_000)
            ),
        ),
    ] {
        ends(|| {
            let found = found(&[(path, text)]);
            assert_eq!((found.sites.len(), reasons(&found, path)), (1, vec![reason]), "{path}");
        });
    }
}

/// Where the grammar recovers from an error, its scanner looks at all that follows.
#[test]
fn rows_of_operators_end() {
    for sign in ["|", "<", ">"] {
        let text = format!("az login -u a@b.c -p x\nx {}\n", sign.repeat(200_000));
        ends(|| {
            let found = found(&[("a.sh", text)]);
            assert_eq!(reasons(&found, "a.sh"), ["its syntax takes too long to read"]);
        });
    }
}

/// Every parameter of a function was looked for in all of its calls, also in those that hand it on.
#[test]
fn functions_that_call_themselves_are_looked_at_up_to_a_bound() {
    let all = many(30, |it| format!(" $p{it}"));
    let parameters = all.trim().replace(' ', ", ");
    let login = format!("Connect-AzAccount -Credential (New-Object PSCredential({parameters}))\n");
    let calls = format!("F{all}\n").repeat(4_000);
    let text = format!("function F({parameters}) {{\n{calls}{}}}\nF 1\n", login.repeat(100));
    ends(|| assert_eq!(found(&[("a.ps1", text)]).sites.len(), 100));
}

/// What is known of a script is a hundred times its size, where that is small.
#[test]
fn scripts_of_one_file_are_looked_at_up_to_a_bound() {
    let script = |it: usize| format!("\"a{it}\": \"b\",\n");
    let login = "\"z\": \"az login -u a@b.c -p x\"";
    let text = format!("{{\"scripts\": {{{login},\n{}{login}}}}}", many(20_000, script));
    let found = found(&[("package.json", text)]);
    let reason = "it holds more scripts than are looked at";
    assert_eq!((found.sites.len(), reasons(&found, "package.json")), (1, vec![reason]));
    assert!(found.sites[0].obstacle.is_some());
    let nested = format!("az login -u a@b.c -p x\n{}\n", "cmd /c ".repeat(20_000));
    let found = self::found(&[("a.bat", nested)]);
    assert_eq!((found.sites.len(), reasons(&found, "a.bat")), (1, vec![reason]));
}

/// Its lines alone say less than the file does.
#[test]
fn data_that_nests_more_deeply_than_is_read_is_named() {
    let text = format!(
        "{{\"a\": \"az login -u a@b.c -p x\", \"x\": {}1{}}}\n",
        "{\"a\":".repeat(100),
        "}".repeat(100)
    );
    let found = found(&[("a.json", text)]);
    let reason = "not readable as YAML: line 1: nested deeper than 64 levels";
    assert_eq!(reasons(&found, "a.json"), [reason]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_scan_of_anything_ends_and_tells_places_that_there_are(texts in prop::collection::vec(text(), PATHS.len())) {
        let sources: Vec<Source> = PATHS.iter().zip(&texts).map(|(path, text)| Source::new(path, text)).collect();
        let repository = Repository { slug: Some("contoso/web".to_owned()), ..Repository::default() };
        let found = scan(&sources, &repository);
        for site in &found.sites {
            let source = sources.iter().find(|it| *it.path == *site.path).unwrap();
            prop_assert!(source.raw().get(site.span.start..site.span.end).is_some());
            prop_assert!(source.raw().get(site.call.span.start..site.call.span.end).is_some());
            prop_assert!(site.start <= site.end);
            for related in &site.related {
                prop_assert!(source.raw().get(related.span.start..related.span.end).is_some());
            }
            if let Some((statement, leave)) = site.call.statement {
                // What is taken away can be: the edit applies and shows.
                let mut edits = EditSet::default();
                edits.add(Edit { span: statement, text: leave.to_owned() }).unwrap();
                let after = edits.apply(source.raw());
                prop_assert!(after.len() <= source.raw().len() + leave.len());
                let _ = Excerpt::diff(source, &edits, &found.masks_of(&site.path));
            }
        }
        nothing_is_missed(sources, &found, &repository);
    }

    #[test]
    fn a_tree_of_any_yaml_has_its_places(text in text()) {
        let Ok(documents) = yaml::parse(&text) else { return Ok(()) };
        let mut nodes: Vec<&yaml::Node> = documents.iter().collect();
        while let Some(node) = nodes.pop() {
            prop_assert!(text.get(node.span.start..node.span.end).is_some(), "{:?}", node.span);
            if let Some(scalar) = node.scalar() {
                let place = scalar.place.clone().unwrap_or_default();
                for (at, c) in scalar.value.char_indices() {
                    if let Some(outer) = place.outer(Span::new(at, at + c.len_utf8())) {
                        prop_assert!(text.get(outer.start..outer.end).is_some(), "{at} of {:?}", scalar.value);
                    }
                }
            }
            nodes.extend(node.items());
            nodes.extend(node.pairs().iter().flat_map(|(key, value)| [key, value]));
        }
    }
}
