//! A plan that holds one of everything.

use workid::{
    plan::{Action, Named, Plan, Step},
    resource::{
        Address, Api, AppRoleAssignment, Application, AttachedIdentity, Certificate, CiSystem,
        CustomRole, FederatedIdentityCredential, Federation, Owner, Resource, RoleAssignment,
        Scope, ServiceConnection, ServicePrincipal, SystemAssignedIdentity, Term,
        UserAssignedIdentity, Variable,
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

fn variable(system: CiSystem, environment: Option<&str>, name: &str, of: &str) -> Resource {
    let url = match system {
        CiSystem::GitHub => "https://github.com",
        CiSystem::GitLab => "https://gitlab.com",
    };
    Resource::Variable(Variable {
        system,
        url: url.to_owned(),
        project: "contoso/web".to_owned(),
        environment: environment.map(str::to_owned),
        name: name.to_owned(),
        value: Term::output(&address(of), "client_id"),
    })
}

/// One of everything that a plan can hold, fit for the embedded tenant; `subject` is what a
/// repository says, and `project` the ID of the project of Azure DevOps.
pub(crate) fn everything_of(subject: &str, project: &str) -> Plan {
    const ISSUER: &str = "https://token.actions.githubusercontent.com";
    let federation = |subject: &str| Federation::new(ISSUER, subject);
    let connection = ServiceConnection {
        organization: "contoso".to_owned(),
        project: "data".to_owned(),
        project_id: project.to_owned(),
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
        assignable_scope: in_group("rg-web-prod"),
        actions: vec!["Microsoft.Web/sites/restart/action".to_owned()],
        data_actions: Vec::new(),
    };
    let own_role = RoleAssignment {
        identity: address("identity.vm-jobs"),
        scope: in_group("rg-web-prod"),
        role: custom.name.clone(),
        role_definition: custom.id(),
        made: Some(address("custom.web")),
        condition: None,
    };
    let web = in_group("rg-web-prod/providers/Microsoft.Web/sites/app-contoso-web");
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
            credential(
                "identity.id-web",
                "github",
                Owner::UserAssignedIdentity,
                federation(subject),
            ),
        ),
        ("connection.data", Resource::ServiceConnection(connection)),
        (
            "credential.b",
            credential("identity.id-web", "pipelines", Owner::UserAssignedIdentity, told),
        ),
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
                "github-main",
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
        (
            "variable.github",
            variable(CiSystem::GitHub, Some("production"), "AZURE_CLIENT_ID", "identity.id-web"),
        ),
        (
            "variable.gitlab",
            variable(CiSystem::GitLab, None, "AZURE_CLIENT_ID_APP", "identity.app"),
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
