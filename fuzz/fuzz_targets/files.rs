//! A scan takes any file of any platform, alone and called by others, and shows no password.
#![no_main]

use libfuzzer_sys::fuzz_target;
use workid::{platform::Repository, scan::scan, text::Source};

/// A name for each way in which a file is read.
const PATHS: &[&str] = &[
    ".circleci/config.yml",
    ".github/actions/deploy/action.yml",
    ".github/workflows/deploy.yml",
    ".gitlab-ci.yml",
    "Dockerfile",
    "Jenkinsfile",
    "Makefile",
    "app.cs",
    "app.go",
    "app.java",
    "app.js",
    "app.kt",
    "main.bicep",
    "app.py",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
    "chart/templates/job.yaml",
    "data.json",
    "docker-compose.yml",
    "login.azcli",
    "login.bat",
    "login.ps1",
    "deploy.sh",
    "main.tf",
    "notebook.ipynb",
    "package.json",
    "playbook.yml",
    "README.md",
    "runbook.ps1",
    "settings.env",
    "vars/login.groovy",
];

fuzz_target!(|input: (u8, &str)| {
    let (choice, text) = input;
    let path = PATHS[usize::from(choice) % PATHS.len()];
    // What no rule looks at would be passed over, whatever the rest of the text is.
    let login = "\naz login -u a@b.c -p canary-0\nConnect-AzAccount -Credential $c\n";
    let files = [Source::new(path, &format!("{text}{login}")), Source::new("login.sh", login)];
    let found = scan(&files, &Repository::default());
    for site in &found.sites {
        let source = files.iter().find(|it| *it.path == *site.path).expect("a site has its file");
        assert!(source.raw().get(site.span.start..site.span.end).is_some());
    }
});
