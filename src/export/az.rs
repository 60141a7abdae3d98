//! Commands of the Azure CLI, as a bash script that can be run again.

use super::{
    Export, File, Language, is_there,
    shared::{Names, comment, custom_role, group, heading, made, resource},
};
use crate::{
    plan::{Plan, Step},
    resource::{
        AttachedIdentity, CiSystem, FederatedIdentityCredential, Owner, Resource, RoleAssignment,
        Scope, ServiceConnection, Term, Variable,
    },
};
use serde_json::json;

pub(super) const LANGUAGE: Language = Language { name: "az", write };

fn write(plan: &Plan) -> Export {
    let names = Names::of(plan);
    let mut text = format!(
        "#!/usr/bin/env bash\n{}# Sign in first: az login --tenant {}\nset -euo pipefail\naz account set --subscription {}\n",
        heading(plan, "#"),
        quote(&plan.tenant.id),
        quote(&plan.subscription.id)
    );
    for step in &plan.steps {
        text += &format!("\n{}\n", comment("#", &step.resource.noun().title()));
        let commands = if is_there(step) { Vec::new() } else { make(plan, &names, step) };
        for line in commands.into_iter().chain(look(plan, &names, step)) {
            text += &format!("{line}\n");
        }
    }
    Export { files: vec![File { name: "workid.sh".to_owned(), text }], lacks: Vec::new() }
}

/// The commands that make a thing.
pub(super) fn make(plan: &Plan, names: &Names, step: &Step) -> Vec<String> {
    let subscription = quote(&plan.subscription.id);
    let name = names.get(&step.address);
    match &step.resource {
        Resource::UserAssignedIdentity(it) => vec![format!(
            "az identity create --name {} --resource-group {} --location {} --subscription {subscription} --tags made-by=workid --output none",
            quote(&it.name),
            quote(group(&it.resource_group).unwrap_or_default()),
            quote(&it.location)
        )],
        Resource::SystemAssignedIdentity(it) => vec![switch_on(&it.on, &subscription)],
        Resource::AttachedIdentity(it) => vec![attach(it, names, &subscription)],
        Resource::Certificate(it) => {
            let file = quote(&it.file);
            vec![format!(
                "[ -e {file} ] || (umask 077 && openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj {} -keyout {file} -out {file}.crt && cat {file}.crt >> {file} && rm {file}.crt)",
                quote(&format!("/CN={}", it.name))
            )]
        }
        Resource::Application(it) => {
            let url = quote(&format!(
                "https://graph.microsoft.com/v1.0/applications(uniqueName='{}')",
                it.unique_name
            ));
            let body = json!({ "displayName": it.unique_name, "signInAudience": "AzureADMyOrg", "notes": "Made by workid." });
            let mut lines = vec![format!(
                "az rest --method PATCH --url {url} --headers Prefer=create-if-missing Content-Type=application/json --body {} --output none",
                quote(&body.to_string())
            )];
            if let Some(Resource::Certificate(certificate)) =
                it.certificate.as_ref().and_then(|it| made(plan, it))
            {
                lines.push(format!("{name}_client_id=$(az rest --method GET --url {url} --query appId --output tsv)"));
                lines.push(format!(
                    "az ad app credential reset --id \"${name}_client_id\" --cert @{} --append --output none",
                    quote(&certificate.file)
                ));
            }
            lines
        }
        Resource::ServicePrincipal(it) => {
            let id = format!("\"${}_client_id\"", names.get(&it.application));
            vec![format!(
                "az ad sp show --id {id} --output none 2>/dev/null || az ad sp create --id {id} --output none"
            )]
        }
        Resource::ServiceConnection(it) => connection(it, names, name),
        Resource::FederatedIdentityCredential(it) => vec![credential(plan, it, names)],
        Resource::CustomRole(it) => {
            vec![format!(
                "az role definition create --role-definition {} --output none",
                quote(&custom_role(it).to_string())
            )]
        }
        Resource::RoleAssignment(it) => vec![assignment(it, names)],
        Resource::Api(_) => Vec::new(),
        Resource::AppRoleAssignment(it) => {
            let (api, identity) = (names.get(&it.api), names.get(&it.identity));
            vec![
                format!(
                    "role=$(az rest --method GET --url \"https://graph.microsoft.com/v1.0/servicePrincipals/${api}_principal_id\" --query {} --output tsv)",
                    quote(&format!("appRoles[?value=='{}'].id | [0]", it.permission))
                ),
                format!(
                    "az rest --method POST --url \"https://graph.microsoft.com/v1.0/servicePrincipals/${api}_principal_id/appRoleAssignedTo\" --headers Content-Type=application/json --body '{{\"principalId\":\"'\"${identity}_principal_id\"'\",\"resourceId\":\"'\"${api}_principal_id\"'\",\"appRoleId\":\"'\"$role\"'\"}}' --output none"
                ),
            ]
        }
        Resource::Variable(it) => vec![variable(it, names)],
    }
}

/// The commands that ask for what others need of a thing.
pub(super) fn look(plan: &Plan, names: &Names, step: &Step) -> Vec<String> {
    let name = names.get(&step.address);
    let tell = |what: &str, command: String, query: &str| {
        format!("{name}_{what}=$({command} --query {query} --output tsv)")
    };
    match &step.resource {
        Resource::UserAssignedIdentity(it) => {
            let show = || {
                format!(
                    "az identity show --name {} --resource-group {} --subscription {}",
                    quote(&it.name),
                    quote(group(&it.resource_group).unwrap_or_default()),
                    quote(&plan.subscription.id)
                )
            };
            vec![
                tell("id", show(), "id"),
                tell("client_id", show(), "clientId"),
                tell("principal_id", show(), "principalId"),
            ]
        }
        Resource::SystemAssignedIdentity(it) => vec![tell(
            "principal_id",
            format!("az resource show --ids {}", quote(&it.on.0)),
            "identity.principalId",
        )],
        Resource::Application(it) => {
            let url = format!(
                "https://graph.microsoft.com/v1.0/applications(uniqueName='{}')",
                it.unique_name
            );
            vec![tell("client_id", format!("az rest --method GET --url {}", quote(&url)), "appId")]
        }
        Resource::ServicePrincipal(it) => {
            let id = names.get(&it.application);
            vec![
                tell("principal_id", format!("az ad sp show --id \"${id}_client_id\""), "id"),
                format!("{name}_client_id=\"${id}_client_id\""),
            ]
        }
        Resource::Api(it) => {
            vec![tell("principal_id", format!("az ad sp show --id {}", quote(&it.app_id)), "id")]
        }
        Resource::ServiceConnection(it) => {
            let list = || format!("az devops service-endpoint list {}", place(it));
            let of = |what: &str| quote(&format!("[?name=='{}'].{what} | [0]", it.name));
            let parameter = |what: &str| {
                of(&format!("authorization.parameters.workloadIdentityFederation{what}"))
            };
            vec![
                tell("issuer", list(), &parameter("Issuer")),
                tell("subject", list(), &parameter("Subject")),
            ]
        }
        _ => Vec::new(),
    }
}

/// By the clients of GitHub and GitLab; the latter's sets no variable that is there.
fn variable(it: &Variable, names: &Names) -> String {
    let (name, value) = (quote(&it.name), term(&it.value, names));
    let project = quote(&format!("{}/{}", it.place(), it.project));
    match it.system {
        CiSystem::GitHub => {
            let environment = it.environment.as_ref().map(|it| format!(" --env {}", quote(it)));
            format!(
                "gh variable set {name} --repo {project}{} --body {value}",
                environment.unwrap_or_default()
            )
        }
        CiSystem::GitLab => {
            let scope = quote(it.environment.as_deref().unwrap_or("*"));
            let of =
                format!("{name} --value {value} --scope {scope} --repo {}", quote(&it.address()));
            format!("glab variable set {of} --raw || glab variable update {of}")
        }
    }
}

/// Makes an environment of GitHub that is not there: one that is would lose its rules.
pub(super) fn environment(it: &Variable) -> String {
    let path = it.of_environment().map(|it| it.path).unwrap_or_default();
    // The client itself knows what paths of that host begin with.
    let path = path.split_once("/repos/").map_or(path.as_str(), |(_, it)| it);
    format!(
        "gh api --hostname {} --method PUT {}",
        quote(it.place()),
        quote(&format!("repos/{path}"))
    )
}

fn switch_on(on: &Scope, subscription: &str) -> String {
    let (id, kind) = (quote(&on.0), on.resource_type().unwrap_or_default());
    match kind.as_str() {
        "microsoft.compute/virtualmachines" => {
            format!("az vm identity assign --ids {id} --output none")
        }
        "microsoft.compute/virtualmachinescalesets" => {
            format!("az vmss identity assign --ids {id} --output none")
        }
        "microsoft.web/sites" => format!("az webapp identity assign --ids {id} --output none"),
        "microsoft.app/containerapps" => {
            format!(
                "az containerapp identity assign --system-assigned {} --output none",
                named(on, subscription)
            )
        }
        "microsoft.app/jobs" => {
            format!(
                "az containerapp job identity assign --system-assigned {} --output none",
                named(on, subscription)
            )
        }
        // A machine of Azure Arc has one from the start.
        "microsoft.hybridcompute/machines" => format!("az resource show --ids {id} --output none"),
        _ => format!(
            "az resource update --ids {id} --set identity.type=SystemAssigned --output none"
        ),
    }
}

fn attach(it: &AttachedIdentity, names: &Names, subscription: &str) -> String {
    let (id, kind) = (quote(&it.on.0), it.on.resource_type().unwrap_or_default());
    let identity = format!("\"${}_id\"", names.get(&it.identity));
    match kind.as_str() {
        "microsoft.compute/virtualmachines" => {
            format!("az vm identity assign --ids {id} --identities {identity} --output none")
        }
        "microsoft.compute/virtualmachinescalesets" => {
            format!("az vmss identity assign --ids {id} --identities {identity} --output none")
        }
        "microsoft.web/sites" => {
            format!("az webapp identity assign --ids {id} --identities {identity} --output none")
        }
        "microsoft.app/containerapps" => {
            format!(
                "az containerapp identity assign --user-assigned {identity} {} --output none",
                named(&it.on, subscription)
            )
        }
        "microsoft.app/jobs" => {
            format!(
                "az containerapp job identity assign --user-assigned {identity} {} --output none",
                named(&it.on, subscription)
            )
        }
        _ => format!(
            "az resource update --ids {id} --set identity.type=UserAssigned \"identity.userAssignedIdentities={{\\\"${}_id\\\":{{}}}}\" --output none",
            names.get(&it.identity)
        ),
    }
}

fn named(on: &Scope, subscription: &str) -> String {
    let name = resource(on).and_then(|(_, it)| it.first().copied().map(str::to_owned));
    format!(
        "--name {} --resource-group {} --subscription {subscription}",
        quote(&name.unwrap_or_default()),
        quote(group(on).unwrap_or_default())
    )
}

fn credential(plan: &Plan, it: &FederatedIdentityCredential, names: &Names) -> String {
    let (issuer, subject) = (&it.federation.issuer, &it.federation.subject);
    match (it.owner, made(plan, &it.identity)) {
        (Owner::UserAssignedIdentity, Some(Resource::UserAssignedIdentity(identity))) => format!(
            "az identity federated-credential create --name {} --identity-name {} --resource-group {} --subscription {} --issuer {} --subject {} --audiences {} --output none",
            quote(&it.name),
            quote(&identity.name),
            quote(group(&identity.resource_group).unwrap_or_default()),
            quote(&plan.subscription.id),
            term(issuer, names),
            term(subject, names),
            quote(&it.federation.audience)
        ),
        _ => format!(
            "az rest --method PATCH --url \"https://graph.microsoft.com/v1.0/applications(appId='${}_client_id')/federatedIdentityCredentials(name='\"{}\"')\" --headers Prefer=create-if-missing Content-Type=application/json --body '{{\"issuer\":\"'{}'\",\"subject\":\"'{}'\",\"audiences\":[\"'{}'\"]}}' --output none",
            names.get(&it.identity),
            quote(&it.name),
            in_json(issuer, names),
            in_json(subject, names),
            quote(&it.federation.audience)
        ),
    }
}

fn assignment(it: &RoleAssignment, names: &Names) -> String {
    let mut line = format!(
        "az role assignment create --assignee-object-id \"${}_principal_id\" --assignee-principal-type ServicePrincipal --role {} --scope {} --description 'Made by workid.'",
        names.get(&it.identity),
        quote(it.role_definition.rsplit('/').next().unwrap_or_default()),
        quote(&it.scope.0)
    );
    if it.made.is_some() {
        // The CLI chooses the ID of a role that it makes.
        line = line.replace(
            &quote(it.role_definition.rsplit('/').next().unwrap_or_default()),
            &quote(&it.role),
        );
    }
    if let Some(condition) = &it.condition {
        line += &format!(" --condition {} --condition-version 2.0", quote(condition));
    }
    line + " --output none"
}

fn connection(it: &ServiceConnection, names: &Names, name: &str) -> Vec<String> {
    let body = json!({
        "name": it.name,
        "type": "AzureRM",
        "url": "https://management.azure.com/",
        "data": {
            "subscriptionId": it.subscription_id,
            "subscriptionName": it.subscription_name,
            "environment": "AzureCloud",
            "scopeLevel": "Subscription",
            "creationMode": "Manual",
        },
        "authorization": {
            "scheme": "WorkloadIdentityFederation",
            "parameters": { "tenantid": it.tenant_id, "serviceprincipalid": CLIENT_ID },
        },
        "isShared": false,
        "isReady": true,
        "serviceEndpointProjectReferences": [{
            "projectReference": { "id": it.project_id, "name": it.project },
            "name": it.name,
        }],
    });
    let body =
        quote(&body.to_string()).replace(CLIENT_ID, &format!("'{}'", term(&it.client_id, names)));
    vec![
        format!("{name}_file=$(mktemp)"),
        format!("printf '%s' {body} > \"${name}_file\""),
        format!(
            "az devops service-endpoint create --service-endpoint-configuration \"${name}_file\" {} --output none",
            place(it)
        ),
        format!("rm \"${name}_file\""),
    ]
}

/// Stands where the client ID goes, which only the shell knows.
const CLIENT_ID: &str = "@@client-id@@";

fn place(it: &ServiceConnection) -> String {
    format!(
        "--organization {} --project {}",
        quote(&format!("https://dev.azure.com/{}", it.organization)),
        quote(&it.project)
    )
}

fn term(term: &Term, names: &Names) -> String {
    match term {
        Term::Known(text) => quote(text),
        Term::Output { of, output } => format!("\"${}_{output}\"", names.get(of)),
    }
}

/// The same, within a string of JSON.
fn in_json(it: &Term, names: &Names) -> String {
    match it {
        Term::Known(text) => {
            let escaped = json!(text).to_string();
            quote(&escaped[1..escaped.len() - 1])
        }
        Term::Output { .. } => term(it, names),
    }
}

/// A word of the shell, whatever is in it.
fn quote(text: &str) -> String {
    let plain = |it: char| it.is_ascii_alphanumeric() || "-_./:@".contains(it);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}
