//! A plan as code of others: what is written, that their grammars take it, and that nothing in a
//! plan gets out of its quotes. `UPDATE=1` writes what to expect.

#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod support;

use std::{fs, path::Path, process::Command};
use support::{Workplace, everything_of, root};
use workid::{
    export::{self, Export, LANGUAGES},
    lang::LANGUAGES as LANGUAGES_READ,
    plan::{Action, Plan},
    resource::Outputs,
};

/// One of everything, with a subject that a repository chose.
fn everything(subject: &str) -> Plan {
    everything_of(subject, "8d2c1b7e-5f3a-4c6d-9e80-1a2b3c4d5e6f")
}

/// What tries to get out of quotes in one language or another.
const HOSTILE: &str = "a'b\"c${d}%{e}$(touch pwned)`touch pwned`\\';touch pwned;#\u{2019};\n}//";

fn written(language: &str, plan: &Plan) -> Export {
    (LANGUAGES.iter().find(|it| it.name == language).unwrap().write)(plan)
}

#[test]
fn every_language_says_what_it_is_expected_to_say() {
    let plan = everything("repo:contoso/web:environment:production");
    for language in LANGUAGES {
        let export = (language.write)(&plan);
        let mut all =
            export.files.iter().map(|it| (it.name.clone(), it.text.clone())).collect::<Vec<_>>();
        all.push((
            "lacks.txt".to_owned(),
            export.lacks.iter().map(|it| format!("{it}\n")).collect(),
        ));
        for (name, text) in all {
            expect(&root().join("tests/export").join(language.name).join(name), &text);
        }
    }
}

fn expect(path: &Path, text: &str) {
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        return;
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    assert_eq!(text, expected, "{} differs: UPDATE=1 cargo test --test export", path.display());
}

/// A shell that has programs of Azure in their place, which write down how they are called.
#[test]
#[cfg(unix)]
fn the_script_of_the_azure_cli_passes_on_what_the_plan_says_and_runs_nothing_of_it() {
    use std::os::unix::fs::PermissionsExt;
    for subject in ["repo:contoso/web:environment:production", HOSTILE] {
        let place = Workplace::empty();
        let script = &written("az", &everything(subject)).files[0];
        fs::write(place.path("workid.sh"), &script.text).unwrap();
        let fake = "#!/usr/bin/env bash\nprintf '<%s>' \"${0##*/}\" \"$@\" >> calls\nprintf '\\n' >> calls\necho value\n";
        for program in ["az", "gh", "glab", "openssl"] {
            fs::create_dir_all(place.path("bin")).unwrap();
            fs::write(place.path("bin").join(program), fake).unwrap();
            let mode = fs::Permissions::from_mode(0o755);
            fs::set_permissions(place.path("bin").join(program), mode).unwrap();
        }
        fs::write(place.path("sp.pem.crt"), "").unwrap();
        let path = format!("{}:{}", place.path("bin").display(), std::env::var("PATH").unwrap());
        let ran = Command::new("bash")
            .arg("workid.sh")
            .current_dir(place.path(""))
            .env("PATH", path)
            .output()
            .unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        let calls = place.read("calls");
        assert!(calls.contains(&format!("<--subject><{subject}><--audiences>")), "{calls}");
        assert!(
            calls.contains("<role><assignment><create><--assignee-object-id><value>"),
            "{calls}"
        );
        assert!(calls.contains("<--condition><@Resource[a] StringEquals 'it''s'>"), "{calls}");
        assert!(calls.contains(r#"<--body><{"issuer":"https://token.actions.githubusercontent.com","subject":"repo:contoso/web:ref:refs/heads/main","audiences":["api://AzureADTokenExchange"]}>"#), "{calls}");
        assert!(
            calls.contains(
                r#"<--body><{"principalId":"value","resourceId":"value","appRoleId":"value"}>"#
            ),
            "{calls}"
        );
        assert!(
            calls.contains("<gh><variable><set><AZURE_CLIENT_ID><--repo><github.com/contoso/web><--env><production><--body><value>"),
            "{calls}"
        );
        assert!(!place.path("pwned").exists());
    }
}

/// Each is read by the grammar of its language, with the hostile subject and without.
#[test]
fn the_grammars_take_what_is_written() {
    let grammars: [(&str, tree_sitter::Language, &str); 3] = [
        ("az", tree_sitter_bash::LANGUAGE.into(), ".sh"),
        ("terraform", tree_sitter_hcl::LANGUAGE.into(), ".tf"),
        ("bicep", tree_sitter_bicep::LANGUAGE.into(), ".bicep"),
    ];
    for (name, grammar, extension) in grammars {
        let mut parser = tree_sitter::Parser::new();
        parser.set_language(&grammar).unwrap();
        let mut shapes = Vec::new();
        for subject in ["repo:contoso/web", HOSTILE] {
            for file in written(name, &everything(subject)).files {
                if !file.name.ends_with(extension) {
                    continue;
                }
                // The grammar is older than this word.
                let text = file.text.replace("\nextension microsoftGraphV1\n", "\n");
                let tree = parser.parse(&text, None).unwrap();
                let root = tree.root_node();
                assert_eq!(mistake(root, &text), None, "{}", file.name);
                shapes.push((file.name.clone(), root.named_child_count()));
            }
        }
        // A subject that got out of its quotes would add something.
        let (plain, hostile) = shapes.split_at(shapes.len() / 2);
        assert_eq!(plain, hostile, "{name}");
    }
}

/// PowerShell has no grammar at hand, but a front-end that finds what a script calls.
#[test]
fn powershell_calls_the_same_whatever_the_plan_says() {
    let language = LANGUAGES_READ.iter().find(|it| it.name == "powershell").unwrap();
    let calls = |subject: &str| {
        let parsed =
            language.parse(&written("powershell", &everything(subject)).files[0].text, &[]);
        assert_eq!((parsed.errors, parsed.unread), (0, None));
        parsed.calls.into_iter().map(|it| it.name).collect::<Vec<_>>()
    };
    let plain = calls("repo:contoso/web");
    for name in
        ["new-azuserassignedidentity", "new-azfederatedidentitycredential", "new-azroleassignment"]
    {
        assert!(plain.iter().any(|it| it == name), "{name} of {plain:?}");
    }
    assert_eq!(plain, calls(HOSTILE));
}

/// What a grammar does not take.
fn mistake(node: tree_sitter::Node<'_>, text: &str) -> Option<String> {
    if node.is_error() || node.is_missing() {
        return Some(text[node.start_byte()..].lines().take(3).collect());
    }
    (0..node.child_count()).find_map(|it| mistake(node.child(it)?, text))
}

#[test]
fn what_is_there_already_is_not_made_again() {
    let mut plan = everything("repo:contoso/web");
    for step in &mut plan.steps {
        step.action = Action::Keep(Outputs::default());
    }
    for (language, making) in [
        ("az", "create"),
        ("terraform", "resource \"azurerm"),
        ("bicep", "roleAssignments"),
        ("powershell", "New-AzUserAssigned"),
    ] {
        let export = written(language, &plan);
        let text: String = export.files.iter().map(|it| it.text.as_str()).collect();
        assert!(!text.contains(making), "{language}: {text}");
    }
}

#[test]
fn variables_are_handed_over_with_what_tells_the_ids() {
    let place = Workplace::of(&root().join("tests/cases/variables/repo"));
    place.run(&["plan", "repo", "--sandbox"]);
    let ran = place.run(&["show", "workid.plan.json", "--hand-over"]);
    assert!(ran.stdout.contains("For the administrator of the CI system:"), "{}", ran.stdout);
    for it in [
        "_client_id=$(az identity show --name id-web-production",
        "gh variable set AZURE_CLIENT_ID --repo github.com/contoso/web --env production --body \"$identity_",
        "gh variable set AZURE_CLIENT_ID_MAIN --repo github.com/contoso/web --body \"$identity_",
        "glab variable set AZURE_CLIENT_ID --value \"$identity_",
    ] {
        assert!(ran.stdout.contains(it), "no word of {it}: {}", ran.stdout);
    }
}

#[test]
fn each_approver_gets_the_commands_of_its_own_steps() {
    let plan = everything("repo:contoso/web");
    let all = export::hand_over(&plan, |_| true);
    let of = |name: &str| {
        let it = all.iter().find(|it| it.approver.title().contains(name)).unwrap();
        it.commands.join("\n")
    };
    assert_eq!(all.len(), 3);
    assert!(of("identity team").contains("az ad sp create"));
    assert!(of("CI system").contains("az devops service-endpoint create"));
    let owner = of("subscription");
    assert!(owner.contains("az role assignment create") && owner.contains("az identity create"));
    assert!(!owner.contains("az ad sp create"));
    // What another approver makes is looked up.
    assert!(owner.contains("connection_data_subject=$(az devops service-endpoint list"), "{owner}");
}
