//! A plan as code of others: what is written, that their grammars take it, and that nothing in a
//! plan gets out of its quotes. `UPDATE=1` writes what to expect.

#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod support;

use std::{fs, path::Path, process::Command};
use support::{Workplace, root};
use workid::{
    export::{self, Export, LANGUAGES},
    plan::{Action, Named, Plan, Step},
    resource::{
        Address, Api, AppRoleAssignment, Application, AttachedIdentity, Certificate, CustomRole,
        FederatedIdentityCredential, Federation, Outputs, Owner, Resource, RoleAssignment, Scope,
        ServiceConnection, ServicePrincipal, SystemAssignedIdentity, Term, UserAssignedIdentity,
    },
};

const SUBSCRIPTION: &str = "5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683";

fn address(text: &str) -> Address {
    Address(text.to_owned())
}

fn in_group(rest: &str) -> Scope {
    Scope(format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/{rest}"))
}

fn identity(name: &str) -> Resource {
    let (resource_group, location) = (in_group("rg-identities"), "japaneast".to_owned());
    Resource::UserAssignedIdentity(UserAssignedIdentity {
        resource_group,
        name: name.to_owned(),
        location,
    })
}

fn credential(identity: &str, name: &str, owner: Owner, federation: Federation) -> Resource {
    Resource::FederatedIdentityCredential(FederatedIdentityCredential {
        identity: address(identity),
        owner,
        name: name.to_owned(),
        federation,
    })
}

fn role(identity: &str, scope: Scope, condition: Option<&str>) -> Resource {
    let definition = "de139f84-1756-47ae-9be6-808fbbe84772";
    Resource::RoleAssignment(RoleAssignment {
        identity: address(identity),
        scope,
        role: "Website Contributor".to_owned(),
        role_definition: format!(
            "/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{definition}"
        ),
        made: None,
        condition: condition.map(str::to_owned),
    })
}

/// One of everything that a plan can hold; `subject` is what a repository says.
fn everything(subject: &str) -> Plan {
    const ISSUER: &str = "https://token.actions.githubusercontent.com";
    let federation = |subject: &str| Federation::new(ISSUER, subject);
    let connection = ServiceConnection {
        organization: "contoso".to_owned(),
        project: "data".to_owned(),
        project_id: "8d2c1b7e-5f3a-4c6d-9e80-1a2b3c4d5e6f".to_owned(),
        name: "data-prod".to_owned(),
        client_id: Term::output(&address("identity.id-web"), "client_id"),
        tenant_id: "3c8f1f0e-52d7-4f0b-9a61-7d2b9e4c5a10".to_owned(),
        subscription_id: SUBSCRIPTION.to_owned(),
        subscription_name: "Contoso Prod".to_owned(),
    };
    let told = Federation {
        issuer: Term::output(&address("connection.data"), "issuer"),
        subject: Term::output(&address("connection.data"), "subject"),
        ..federation("")
    };
    let custom = CustomRole {
        name: "web-restart".to_owned(),
        subscription_id: SUBSCRIPTION.to_owned(),
        assignable_scope: in_group("rg-web"),
        actions: vec!["Microsoft.Web/sites/restart/action".to_owned()],
        data_actions: Vec::new(),
    };
    let own_role = RoleAssignment {
        identity: address("identity.vm-jobs"),
        scope: in_group("rg-web"),
        role: custom.name.clone(),
        role_definition: custom.id(),
        made: Some(address("custom.web")),
        condition: None,
    };
    let web = in_group("rg-web/providers/Microsoft.Web/sites/app-web");
    let vm = in_group("rg-vms/providers/Microsoft.Compute/virtualMachines/vm-jobs");
    let application = |certificate: Option<&str>, name: &str| {
        Resource::Application(Application {
            unique_name: name.to_owned(),
            certificate: certificate.map(address),
        })
    };
    let principal = |application: &str, name: &str| {
        Resource::ServicePrincipal(ServicePrincipal {
            application: address(application),
            display_name: name.to_owned(),
        })
    };
    let resources = vec![
        ("identity.id-web", identity("id-web")),
        (
            "credential.a",
            credential("identity.id-web", "a", Owner::UserAssignedIdentity, federation(subject)),
        ),
        ("connection.data", Resource::ServiceConnection(connection)),
        ("credential.b", credential("identity.id-web", "b", Owner::UserAssignedIdentity, told)),
        (
            "attached.web",
            Resource::AttachedIdentity(AttachedIdentity {
                identity: address("identity.id-web"),
                on: web.clone(),
            }),
        ),
        ("identity.vm-jobs", Resource::SystemAssignedIdentity(SystemAssignedIdentity { on: vm })),
        ("custom.web", Resource::CustomRole(custom)),
        ("role.custom", Resource::RoleAssignment(own_role)),
        ("role.web", role("identity.id-web", web, Some("@Resource[a] StringEquals 'it''s'"))),
        (
            "role.all",
            role("identity.id-web", Scope(format!("/subscriptions/{SUBSCRIPTION}")), None),
        ),
        (
            "certificate.sp",
            Resource::Certificate(Certificate { name: "sp".to_owned(), file: "sp.pem".to_owned() }),
        ),
        ("application.sp", application(Some("certificate.sp"), "sp")),
        ("identity.sp", principal("application.sp", "sp")),
        ("application.app", application(None, "app")),
        ("identity.app", principal("application.app", "app")),
        (
            "credential.c",
            credential(
                "application.app",
                "c",
                Owner::Application,
                federation("repo:contoso/web:ref:refs/heads/main"),
            ),
        ),
        ("api.graph", Resource::Api(Api::graph())),
        (
            "permission.app",
            Resource::AppRoleAssignment(AppRoleAssignment {
                identity: address("identity.app"),
                api: address("api.graph"),
                permission: "User.Read.All".to_owned(),
            }),
        ),
    ];
    let mut steps: Vec<Step> = Vec::new();
    for (name, resource) in resources {
        let mut after: Vec<Address> = resource.noun().needs().into_iter().cloned().collect();
        let turn = resource.noun().one_at_a_time();
        let before = steps
            .iter()
            .rev()
            .find(|it| turn.is_some() && it.resource.noun().one_at_a_time() == turn);
        after.extend(before.map(|it| it.address.clone()));
        steps.push(Step { address: address(name), resource, action: Action::Create, after });
    }
    Plan {
        tenant: Named {
            id: "3c8f1f0e-52d7-4f0b-9a61-7d2b9e4c5a10".to_owned(),
            name: "contoso.onmicrosoft.com".to_owned(),
        },
        subscription: Named { id: SUBSCRIPTION.to_owned(), name: "Contoso Prod".to_owned() },
        steps,
        ..Plan::default()
    }
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
        for program in ["az", "openssl"] {
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

/// What a grammar does not take.
fn mistake(node: tree_sitter::Node<'_>, text: &str) -> Option<String> {
    if node.is_error() || node.is_missing() {
        return Some(text[node.start_byte()..].lines().take(3).collect());
    }
    (0..node.child_count() as u32).find_map(|it| mistake(node.child(it)?, text))
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
