//! Cmdlets of Az PowerShell, as a script that can be run again.

use super::{
    Export, File, Language, is_there,
    shared::{Names, comment, custom_role, group, heading, made},
};
use crate::{
    plan::{Plan, Step},
    resource::{
        Address, CiSystem, FederatedIdentityCredential, Owner, Resource, RoleAssignment, Scope,
        Term, Variable, api_version,
    },
};

pub(super) const LANGUAGE: Language = Language { name: "powershell", write };

fn write(plan: &Plan) -> Export {
    let page = Page { plan, names: Names::of(plan) };
    let mut text = format!(
        "{}# Sign in first: Connect-AzAccount -Tenant {}\n$ErrorActionPreference = 'Stop'\n$null = Set-AzContext -Subscription {}\n",
        heading(plan, "#"),
        quote(&plan.tenant.id),
        quote(&plan.subscription.id)
    );
    let mut lacks = Vec::new();
    for step in &plan.steps {
        let lines = page.lines(step, &mut lacks);
        if !lines.is_empty() {
            text += &format!("\n{}\n", comment("#", &step.resource.noun().title()));
            text += &format!("{}\n", lines.join("\n"));
        }
    }
    Export { files: vec![File { name: "workid.ps1".to_owned(), text }], lacks }
}

struct Page<'p> {
    plan: &'p Plan,
    names: Names,
}

impl Page<'_> {
    fn lines(&self, step: &Step, lacks: &mut Vec<String>) -> Vec<String> {
        let name = self.names.get(&step.address);
        let there = is_there(step);
        match &step.resource {
            Resource::UserAssignedIdentity(it) => {
                let of = format!(
                    "-Name {} -ResourceGroupName {}",
                    quote(&it.name),
                    quote(group(&it.resource_group).unwrap_or_default())
                );
                vec![match there {
                    true => format!("${name} = Get-AzUserAssignedIdentity {of}"),
                    false => format!(
                        "${name} = New-AzUserAssignedIdentity {of} -Location {} -Tag @{{ 'made-by' = 'workid' }}",
                        quote(&it.location)
                    ),
                }]
            }
            Resource::SystemAssignedIdentity(it) => {
                let mut lines = Vec::new();
                if !there && is_sent_whole(&it.on) {
                    lacks.push(format!("{}: {SENT_WHOLE}", step.resource.noun().title()));
                } else if !there {
                    lines.extend(self.host(&it.on, "'SystemAssigned'", None));
                }
                lines.push(format!(
                    "${name}_principal_id = (Get-AzResource -ResourceId {} -ExpandProperties).Identity.PrincipalId",
                    quote(&it.on.0)
                ));
                lines
            }
            Resource::Application(it) => {
                let unique = quote(&it.unique_name);
                let mut lines = vec![format!(
                    "${name} = Get-AzADApplication -DisplayName {unique} | Select-Object -First 1"
                )];
                if !there {
                    lines.push(format!(
                        "if (-not ${name}) {{ ${name} = New-AzADApplication -DisplayName {unique} -SignInAudience 'AzureADMyOrg' }}"
                    ));
                    if let Some(Resource::Certificate(key)) =
                        it.certificate.as_ref().and_then(|it| made(self.plan, it))
                    {
                        lines.push(format!(
                            "$null = New-AzADAppCredential -ApplicationId ${name}.AppId -CertValue ([Convert]::ToBase64String([IO.File]::ReadAllBytes({})))",
                            quote(&format!("{}.cer", key.name))
                        ));
                    }
                }
                lines
            }
            Resource::ServicePrincipal(it) => {
                let app = self.names.get(&it.application);
                vec![
                    format!("${name} = Get-AzADServicePrincipal -ApplicationId ${app}.AppId"),
                    format!(
                        "if (-not ${name}) {{ ${name} = New-AzADServicePrincipal -ApplicationId ${app}.AppId }}"
                    ),
                ]
            }
            Resource::Api(it) => {
                vec![format!(
                    "${name} = Get-AzADServicePrincipal -ApplicationId {}",
                    quote(&it.app_id)
                )]
            }
            Resource::ServiceConnection(it) => {
                lacks.push(format!(
                    "{}: Az PowerShell knows no Azure DevOps; make it as the export for az does, and give its issuer and subject to the script",
                    step.resource.noun().title()
                ));
                vec![format!(
                    "${name}_issuer = Read-Host {}; ${name}_subject = Read-Host {}",
                    quote(&format!("Issuer of the service connection {}", it.name)),
                    quote(&format!("Subject of the service connection {}", it.name))
                )]
            }
            _ if there => Vec::new(),
            Resource::AttachedIdentity(it) if is_sent_whole(&it.on) => {
                lacks.push(format!("{}: {SENT_WHOLE}", step.resource.noun().title()));
                Vec::new()
            }
            Resource::AttachedIdentity(it) => {
                let id = self.output(&it.identity, "id");
                self.host(&it.on, "'UserAssigned'", Some(id)).into_iter().collect()
            }
            Resource::Certificate(it) => {
                lacks.push(format!(
                    "make the key: openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj '/CN={name}' -keyout {name}.key -out {name}.crt; openssl x509 -in {name}.crt -outform der -out {name}.cer",
                    name = it.name
                ));
                Vec::new()
            }
            Resource::FederatedIdentityCredential(it) => vec![self.credential(it)],
            Resource::CustomRole(it) => {
                vec![
                    "$file = New-TemporaryFile".to_owned(),
                    format!(
                        "Set-Content -Path $file -Value {}",
                        quote(&custom_role(it).to_string())
                    ),
                    format!(
                        "if (-not (Get-AzRoleDefinition -Name {})) {{ $null = New-AzRoleDefinition -InputFile $file }}",
                        quote(&it.name)
                    ),
                    "Remove-Item $file".to_owned(),
                ]
            }
            Resource::RoleAssignment(it) => self.role(it),
            Resource::AppRoleAssignment(it) => {
                let (api, principal) =
                    (self.names.get(&it.api), self.output(&it.identity, "principal_id"));
                vec![
                    format!(
                        "$role = (${api}.AppRole | Where-Object Value -eq {}).Id",
                        quote(&it.permission)
                    ),
                    format!(
                        "$null = New-AzADServicePrincipalAppRoleAssignment -ServicePrincipalId {principal} -ResourceId ${api}.Id -AppRoleId $role"
                    ),
                ]
            }
            Resource::Variable(it) => self.variable(it),
        }
    }

    /// By the clients of GitHub and GitLab.
    fn variable(&self, it: &Variable) -> Vec<String> {
        let (name, value) = (quote(&it.name), self.term(&it.value));
        match it.system {
            CiSystem::GitHub => {
                let project = quote(&format!("{}/{}", it.place(), it.project));
                let environment = it.environment.as_ref().map(|it| format!(" --env {}", quote(it)));
                vec![format!(
                    "gh variable set {name} --repo {project}{} --body {value}",
                    environment.unwrap_or_default()
                )]
            }
            CiSystem::GitLab => {
                let scope = quote(it.environment.as_deref().unwrap_or("*"));
                let project = quote(&it.address());
                let of = format!("{name} --value {value} --scope {scope} --repo {project}");
                vec![
                    format!("glab variable set {of} --raw"),
                    format!("if ($LASTEXITCODE) {{ glab variable update {of} }}"),
                ]
            }
        }
    }

    /// What is there is read first and sent along.
    fn host(&self, on: &Scope, kind: &str, identity: Option<String>) -> Vec<String> {
        let path = format!("{}?api-version={}", on.0, api_version(on).unwrap_or_default());
        let path = quote(&path);
        let mut lines = vec![
            format!("$now = ((Invoke-AzRestMethod -Method GET -Path {path}).Content | ConvertFrom-Json).identity"),
            format!("$kinds = @(@($now.type -split ',\\s*') + {kind} | Where-Object {{ $_ -and $_ -ne 'None' }} | Sort-Object -Unique)"),
            "$identity = @{ type = $kinds -join ', ' }".to_owned(),
            "$shared = @{}".to_owned(),
            "foreach ($it in $now.userAssignedIdentities.PSObject.Properties.Name) { $shared[$it] = @{} }".to_owned(),
        ];
        lines.extend(identity.map(|it| format!("$shared[{it}] = @{{}}")));
        lines.push("if ($shared.Count) { $identity.userAssignedIdentities = $shared }".to_owned());
        lines.push(format!(
            "$null = Invoke-AzRestMethod -Method PATCH -Path {path} -Payload (@{{ identity = $identity }} | ConvertTo-Json -Depth 9)"
        ));
        lines
    }

    fn credential(&self, it: &FederatedIdentityCredential) -> String {
        let (issuer, subject) =
            (self.term(&it.federation.issuer), self.term(&it.federation.subject));
        let audience = quote(&it.federation.audience);
        match (it.owner, made(self.plan, &it.identity)) {
            (Owner::UserAssignedIdentity, Some(Resource::UserAssignedIdentity(identity))) => {
                format!(
                    "$null = New-AzFederatedIdentityCredential -Name {} -IdentityName {} -ResourceGroupName {} -Issuer {issuer} -Subject {subject} -Audience @({audience})",
                    quote(&it.name),
                    quote(&identity.name),
                    quote(group(&identity.resource_group).unwrap_or_default())
                )
            }
            _ => format!(
                "if (-not (Get-AzADAppFederatedCredential -ApplicationObjectId {app} | Where-Object Name -eq {name})) {{ $null = New-AzADAppFederatedCredential -ApplicationObjectId {app} -Name {name} -Issuer {issuer} -Subject {subject} -Audience @({audience}) }}",
                app = self.output(&it.identity, "id"),
                name = quote(&it.name)
            ),
        }
    }

    fn role(&self, it: &RoleAssignment) -> Vec<String> {
        let principal = self.output(&it.identity, "principal_id");
        let role = match it.made {
            Some(_) => format!("-RoleDefinitionName {}", quote(&it.role)),
            None => {
                format!(
                    "-RoleDefinitionId {}",
                    quote(it.role_definition.rsplit('/').next().unwrap_or_default())
                )
            }
        };
        let scope = quote(&it.scope.0);
        let condition = it
            .condition
            .as_ref()
            .map(|it| format!(" -Condition {} -ConditionVersion '2.0'", quote(it)));
        vec![format!(
            "if (-not (Get-AzRoleAssignment -ObjectId {principal} {role} -Scope {scope} | Where-Object Scope -eq {scope})) {{ $null = New-AzRoleAssignment -ObjectId {principal} -ObjectType ServicePrincipal {role} -Scope {scope} -Description 'Made by workid.'{} }}",
            condition.unwrap_or_default()
        )]
    }

    fn term(&self, term: &Term) -> String {
        match term {
            Term::Known(text) => quote(text),
            Term::Output { of, output } => self.output(of, output),
        }
    }

    fn output(&self, of: &Address, output: &str) -> String {
        let name = self.names.get(of);
        match (made(self.plan, of), output) {
            (Some(Resource::UserAssignedIdentity(_)), "principal_id") => {
                format!("${name}.PrincipalId")
            }
            (Some(Resource::UserAssignedIdentity(_)), "client_id") => format!("${name}.ClientId"),
            (Some(Resource::Application(_) | Resource::ServicePrincipal(_)), "client_id") => {
                format!("${name}.AppId")
            }
            (Some(Resource::SystemAssignedIdentity(_) | Resource::ServiceConnection(_)), _) => {
                format!("${name}_{output}")
            }
            _ => format!("${name}.Id"),
        }
    }
}

const SENT_WHOLE: &str =
    "Az PowerShell cannot change a part of a Logic App; do it in the portal, under Identity";

/// Azure takes a Logic App only as a whole.
fn is_sent_whole(on: &Scope) -> bool {
    on.resource_type().is_some_and(|it| it == "microsoft.logic/workflows")
}

/// A string of PowerShell, in which nothing is expanded. It takes curly quotes for straight ones.
fn quote(text: &str) -> String {
    let mut quoted = String::from("'");
    for c in text.chars() {
        if matches!(c, '\'' | '\u{2018}'..='\u{201b}') {
            quoted.push(c);
        }
        quoted.push(c);
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_expands_nothing_and_ends_where_it_should() {
        assert_eq!(quote("a'b$x"), "'a''b$x'");
        assert_eq!(quote("a\u{2019};b"), "'a\u{2019}\u{2019};b'");
    }
}
