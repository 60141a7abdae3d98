//! What the formats are tested with: a repository with a workflow, and a plan for it.

use super::{Format, Report};
use crate::{
    plan::{Action, Left, Named, Plan, PlannedIdentity, PlannedRole, PlannedSite, Step},
    platform::{Repository, Safety},
    resource::{
        Address, Application, Certificate, FederatedIdentityCredential, Federation, Outputs, Owner,
        Resource, RoleAssignment, Scope, ServiceConnection, ServicePrincipal,
        SystemAssignedIdentity, Term, UserAssignedIdentity,
    },
    rewrite::{self, Draft},
    scan::{Scan, scan},
    text::{Excerpt, Source, Span},
    verify::Check,
};

const WORKFLOW: &str = "on: push
jobs:
  deploy:
    environment: production
    steps:
      - run: ./scripts/deploy.sh
        env:
          DEPLOY_USER: ${{ vars.DEPLOY_USER }}
          DEPLOY_PASSWORD: ${{ secrets.DEPLOY_PASSWORD }}
";

const SCRIPT: &str = "#!/bin/bash
if true; then
  az login -u \"$DEPLOY_USER\" -p \"$DEPLOY_PASSWORD\" --tenant contoso.com
fi
# az login -u old@contoso.com -p canary-old
az group create -n rg-web -l japaneast
az webapp create -n web -g rg-web
az webapp deploy -n web -g rg-web
az webapp update -n web -g rg-web
";

const REPORT: &str = "PW='canary-report'
az login \\
  -u \"$CLIENT_ID\" \\
  -p \"$PW\"
az vm list
";

const BROKEN: &str = "jobs: [\n  az login\n";

fn sources() -> Vec<Source> {
    vec![
        Source::new(".github/workflows/broken.yml", BROKEN),
        Source::new(".github/workflows/deploy.yml", WORKFLOW),
        Source::new("scripts/deploy.sh", SCRIPT),
        Source::new("scripts/a|b report.sh", REPORT),
    ]
}

pub(super) fn scanned() -> Scan {
    let repository = Repository { slug: Some("contoso/web".to_owned()), ..Repository::default() };
    scan(&sources(), &repository)
}

pub(super) fn checked() -> Vec<Check> {
    let check = |what: &str, found: &str| Check {
        what: what.to_owned(),
        passed: found.is_empty(),
        found: found.to_owned(),
    };
    vec![
        check("user-assigned managed identity id-web-production", ""),
        check("role assignment Website Contributor on rg-web", "it is not there"),
    ]
}

/// A plan with one thing of each kind, and the diffs of its edits.
pub(super) fn planned() -> (Plan, Vec<Excerpt>) {
    let web = Address("identity.id-web-production".to_owned());
    let vm = Address("identity.vm-nightly".to_owned());
    let principal = Address("identity.sp-web-report".to_owned());
    let plan = Plan {
        tenant: Named { id: "t".to_owned(), name: "contoso.com".to_owned() },
        subscription: Named { id: "s".to_owned(), name: "Contoso Prod".to_owned() },
        assumptions: vec!["the workflow runs on main, the default branch".to_owned()],
        sites: vec![PlannedSite {
            rule: "az-login-password".to_owned(),
            path: "scripts/deploy.sh".to_owned(),
            line: 3,
            user: Some("deploy@contoso.com".to_owned()),
            by_hand: false,
            identities: vec![web.clone()],
        }],
        identities: vec![
            identity(
                &web,
                "user-assigned managed identity with a federated credential",
                &[
                    ("Website Contributor", "/subscriptions/s/resourceGroups/rg-web"),
                    ("Reader", "/subscriptions/s"),
                ],
            ),
            identity(&vm, "system-assigned managed identity", &[]),
            identity(&principal, "service principal with a certificate", &[]),
        ],
        steps: steps(&web, &vm, &principal),
        drafts: drafts(),
        left: vec![
            Left {
                at: "scripts/a|b report.sh:2".to_owned(),
                why: "some of its options come from a variable".to_owned(),
            },
            Left {
                at: vm.to_string(),
                why: "no role is assigned: there is no user vm@contoso.com in the tenant"
                    .to_owned(),
            },
        ],
        afterwards: vec![
            "disable the user deploy@contoso.com once nothing signs in as that user any more"
                .to_owned(),
        ],
        ..Plan::default()
    };
    let scan = scanned();
    let previews = plan.previews();
    let sources = sources();
    let source = |path: &str| sources.iter().find(|it| *it.path == *path).unwrap();
    let diffs = previews
        .iter()
        .map(|(path, set)| Excerpt::diff(source(path), set, &scan.masks_of(path)))
        .collect();
    (plan, diffs)
}

fn identity(address: &Address, kind: &str, roles: &[(&str, &str)]) -> PlannedIdentity {
    let role = |(role, scope): &(&str, &str)| PlannedRole {
        role: (*role).to_owned(),
        scope: (*scope).to_owned(),
        because: "deploy@contoso.com holds it".to_owned(),
        asked: Vec::new(),
        beyond: None,
        condition: None,
        warning: None,
    };
    let not = |kind: &str, why: &str| (kind.to_owned(), why.to_owned());
    PlannedIdentity {
        address: address.clone(),
        kind: kind.to_owned(),
        because: "nothing secret is kept".to_owned(),
        not: vec![
            not("one kind", "it is not hosted"),
            not("another", "it is not hosted"),
            not("a third", "it needs a key"),
        ],
        workloads: vec!["GitHub Actions: job deploy (environment production)".to_owned()],
        users: vec!["deploy@contoso.com".to_owned()],
        roles: roles.iter().map(role).collect(),
        custom_roles: Vec::new(),
        doubts: Vec::new(),
    }
}

fn steps(web: &Address, vm: &Address, principal: &Address) -> Vec<Step> {
    let address = |it: &str| Address(it.to_owned());
    let keep = Action::Keep(Outputs::default());
    let change = Action::Change(vec![(
        "subject".to_owned(),
        "repo:contoso/web:environment:production".to_owned(),
        "repo:contoso/old".to_owned(),
    )]);
    let step = |address: Address, resource: Resource, action: Action| Step {
        address,
        resource,
        action,
        after: Vec::new(),
    };
    let federation = |issuer: Term, subject: Term| Federation {
        issuer,
        subject,
        audience: "api://AzureADTokenExchange".to_owned(),
    };
    let credential = |name: &str, federation| {
        Resource::FederatedIdentityCredential(FederatedIdentityCredential {
            identity: web.clone(),
            owner: Owner::UserAssignedIdentity,
            name: name.to_owned(),
            federation,
        })
    };
    let connection = address("connection.web");
    let role = |role: &str, scope: &str| {
        Resource::RoleAssignment(RoleAssignment {
            identity: web.clone(),
            scope: Scope(scope.to_owned()),
            role: role.to_owned(),
            role_definition: String::new(),
            made: None,
            condition: None,
        })
    };
    vec![
        step(
            web.clone(),
            Resource::UserAssignedIdentity(UserAssignedIdentity {
                resource_group: Scope("/subscriptions/s/resourceGroups/rg-identities".to_owned()),
                name: "id-web-production".to_owned(),
                location: "japaneast".to_owned(),
            }),
            Action::Create,
        ),
        step(
            connection.clone(),
            Resource::ServiceConnection(ServiceConnection {
                organization: "contoso".to_owned(),
                project: "web".to_owned(),
                project_id: "p".to_owned(),
                name: "web-production".to_owned(),
                client_id: Term::output(web, "client_id"),
                tenant_id: "t".to_owned(),
                subscription_id: "s".to_owned(),
                subscription_name: "Contoso Prod".to_owned(),
            }),
            Action::Create,
        ),
        step(
            address("credential.github"),
            credential(
                "github",
                federation(Term::known("https://token.actions.githubusercontent.com"), Term::known("repo:contoso/web:environment:production")),
            ),
            change,
        ),
        step(
            address("credential.connection"),
            credential("connection", federation(Term::output(&connection, "issuer"), Term::output(&connection, "subject"))),
            Action::Create,
        ),
        step(address("role.web"), role("Website Contributor", "/subscriptions/s/resourceGroups/rg-web"), Action::Create),
        step(address("role.reader"), role("Reader", "/subscriptions/s"), keep.clone()),
        step(
            vm.clone(),
            Resource::SystemAssignedIdentity(SystemAssignedIdentity {
                on: Scope("/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm-nightly".to_owned()),
            }),
            Action::Create,
        ),
        step(
            address("certificate.sp-web-report"),
            Resource::Certificate(Certificate { name: "sp-web-report".to_owned(), file: "sp-web-report.pem".to_owned() }),
            Action::Create,
        ),
        step(
            address("application.sp-web-report"),
            Resource::Application(Application {
                unique_name: "sp-web-report".to_owned(),
                certificate: Some(address("certificate.sp-web-report")),
            }),
            keep,
        ),
        step(
            principal.clone(),
            Resource::ServicePrincipal(ServicePrincipal {
                application: address("application.sp-web-report"),
                display_name: "sp-web-report".to_owned(),
            }),
            Action::Create,
        ),
        step(
            address("application.stray"),
            Resource::Application(Application { unique_name: "stray".to_owned(), certificate: None }),
            Action::Create,
        ),
    ]
}

fn drafts() -> Vec<Draft> {
    let draft = |path: &str, text: &str, from: &str, to: usize, with: &str, safety| {
        let start = text.find(from).unwrap();
        let text = rewrite::Text::known(with);
        Draft { path: path.to_owned(), span: Span::new(start, start + to), text, safety, set: 0 }
    };
    let review = Safety::Review("other permissions are named too".to_owned());
    let login = "  az login -u \"$DEPLOY_USER\" -p \"$DEPLOY_PASSWORD\" --tenant contoso.com\n";
    vec![
        draft(
            ".github/workflows/deploy.yml",
            WORKFLOW,
            "    environment",
            0,
            "    permissions:\n      id-token: write\n",
            review,
        ),
        draft(
            ".github/workflows/deploy.yml",
            WORKFLOW,
            "      - run",
            0,
            "      - uses: azure/login@v2\n",
            Safety::Safe,
        ),
        draft(".github/workflows/deploy.yml", WORKFLOW, "        env", 0, "  ", Safety::Safe),
        draft(
            "scripts/a|b report.sh",
            REPORT,
            "az login",
            9,
            "az login --identity # ",
            Safety::Safe,
        ),
        draft("scripts/deploy.sh", SCRIPT, login, login.len(), "", Safety::Safe),
    ]
}

/// What a format writes, without its styles.
pub(super) fn shown(format: &Format, report: &Report<'_>) -> String {
    let mut out = Vec::new();
    (format.write)(report, &mut out).unwrap();
    anstream::adapter::strip_str(&String::from_utf8(out).unwrap()).to_string()
}
