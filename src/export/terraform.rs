//! Terraform, with the providers of HashiCorp and Microsoft.

use super::{
    Export, File, Language, is_there,
    shared::{Names, comment, group, heading, made},
};
use crate::{
    plan::{Plan, Step},
    resource::{
        Address, CiSystem, FederatedIdentityCredential, Owner, Resource, Scope, Term, Variable,
        api_version,
    },
};
use std::fmt::Write as _;

pub(super) const LANGUAGE: Language = Language { name: "terraform", write };

/// Local name, source and version of each provider.
const PROVIDERS: &[(&str, &str, &str)] = &[
    ("azurerm", "hashicorp/azurerm", "~> 4.0"),
    ("azuread", "hashicorp/azuread", "~> 3.0"),
    ("azapi", "azure/azapi", "~> 2.0"),
    ("azuredevops", "microsoft/azuredevops", "~> 1.0"),
    ("github", "integrations/github", "~> 6.0"),
    ("gitlab", "gitlabhq/gitlab", "~> 17.0"),
];

fn write(plan: &Plan) -> Export {
    let page = Page { plan, names: Names::of(plan) };
    let mut body = String::new();
    let mut lacks = Vec::new();
    for step in &plan.steps {
        let block = page.block(step, &mut lacks);
        if !block.is_empty() {
            let title = comment("#", &step.resource.noun().title());
            let _ = write!(body, "\n{title}\n{block}");
        }
    }
    let mut text = heading(plan, "#");
    text += "terraform {\n  required_providers {\n";
    let used =
        |it: &&(&str, &str, &str)| *it == &PROVIDERS[0] || body.contains(&format!("\"{}_", it.0));
    for (name, source, version) in PROVIDERS.iter().filter(used) {
        let _ = writeln!(
            text,
            "    {name} = {{\n      source  = \"{source}\"\n      version = \"{version}\"\n    }}"
        );
    }
    let _ = write!(
        text,
        "  }}\n}}\n\nprovider \"azurerm\" {{\n  features {{}}\n  subscription_id = {}\n  tenant_id       = {}\n}}\n",
        quote(&plan.subscription.id),
        quote(&plan.tenant.id)
    );
    let organization = plan.steps.iter().find_map(|it| match &it.resource {
        Resource::ServiceConnection(it) => Some(it.organization.clone()),
        _ => None,
    });
    if let Some(it) = organization {
        let url = quote(&format!("https://dev.azure.com/{it}"));
        let _ = write!(text, "\nprovider \"azuredevops\" {{\n  org_service_url = {url}\n}}\n");
    }
    let mut places: Vec<String> = plan.to_make().filter_map(provider).collect();
    places.sort();
    places.dedup();
    text.extend(places);
    Export { files: vec![File { name: "main.tf".to_owned(), text: text + &body }], lacks }
}

/// Where a variable is, for the provider of its system.
fn provider(step: &Step) -> Option<String> {
    let Resource::Variable(it) = &step.resource else { return None };
    let (origin, path) = it.system.api(&it.url);
    let owner = it.project.split('/').next().unwrap_or_default();
    let (name, entries) = match it.system {
        CiSystem::GitHub if path.is_empty() => ("github", vec![("owner", quote(owner))]),
        CiSystem::GitHub => {
            ("github", vec![("owner", quote(owner)), ("base_url", quote(&format!("{origin}/")))])
        }
        CiSystem::GitLab => ("gitlab", vec![("base_url", quote(&format!("{origin}{path}/")))]),
    };
    let lines = entries.iter().map(|(name, value)| format!("  {name} = {value}\n"));
    Some(format!("\nprovider \"{name}\" {{\n{}}}\n", lines.collect::<String>()))
}

struct Page<'p> {
    plan: &'p Plan,
    names: Names,
}

impl Page<'_> {
    fn block(&self, step: &Step, lacks: &mut Vec<String>) -> String {
        let name = self.names.get(&step.address);
        let there = is_there(step);
        match &step.resource {
            Resource::UserAssignedIdentity(it) => {
                let mut entries = vec![
                    ("name", quote(&it.name)),
                    ("resource_group_name", quote(group(&it.resource_group).unwrap_or_default())),
                ];
                if there {
                    return block("data", "azurerm_user_assigned_identity", name, &entries);
                }
                entries.push(("location", quote(&it.location)));
                entries.push(("tags", "{ made-by = \"workid\" }".to_owned()));
                resource("azurerm_user_assigned_identity", name, &entries)
            }
            Resource::SystemAssignedIdentity(it) => {
                lacks.push(union(&it.on));
                self.host(name, &it.on, "{ type = \"SystemAssigned\" }".to_owned())
            }
            Resource::AttachedIdentity(it) => {
                lacks.push(union(&it.on));
                let id = self.output(&it.identity, "id");
                let identity = format!(
                    "{{ type = \"UserAssigned\", userAssignedIdentities = {{ ({id}) = {{}} }} }}"
                );
                self.host(name, &it.on, identity)
            }
            Resource::Api(it) => block(
                "data",
                "azuread_service_principal",
                name,
                &[("client_id", quote(&it.app_id))],
            ),
            Resource::ServicePrincipal(it) if there => block(
                "data",
                "azuread_service_principal",
                name,
                &[("display_name", quote(&it.display_name))],
            ),
            Resource::Application(it) if there => block(
                "data",
                "azuread_application",
                name,
                &[("display_name", quote(&it.unique_name))],
            ),
            // What is there already needs no code.
            _ if there => String::new(),
            Resource::Certificate(it) => {
                lacks.push(format!(
                    "make the key, which is not to stand in Terraform's state: openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj '/CN={name}' -keyout {name}.key -out {name}.crt",
                    name = it.name
                ));
                String::new()
            }
            Resource::Application(it) => {
                let mut text = resource(
                    "azuread_application",
                    name,
                    &[
                        ("display_name", quote(&it.unique_name)),
                        ("sign_in_audience", quote("AzureADMyOrg")),
                        ("notes", quote("Made by workid.")),
                    ],
                );
                if let Some(Resource::Certificate(key)) =
                    it.certificate.as_ref().and_then(|it| made(self.plan, it))
                {
                    text += &resource(
                        "azuread_application_certificate",
                        name,
                        &[
                            ("application_id", format!("azuread_application.{name}.id")),
                            ("type", quote("AsymmetricX509Cert")),
                            ("value", format!("file({})", quote(&format!("{}.crt", key.name)))),
                        ],
                    );
                }
                text
            }
            Resource::ServicePrincipal(it) => resource(
                "azuread_service_principal",
                name,
                &[("client_id", self.output(&it.application, "client_id"))],
            ),
            Resource::ServiceConnection(it) => {
                let head = resource(
                    "azuredevops_serviceendpoint_azurerm",
                    name,
                    &[
                        ("project_id", quote(&it.project_id)),
                        ("service_endpoint_name", quote(&it.name)),
                        (
                            "service_endpoint_authentication_scheme",
                            quote("WorkloadIdentityFederation"),
                        ),
                        ("azurerm_spn_tenantid", quote(&it.tenant_id)),
                        ("azurerm_subscription_id", quote(&it.subscription_id)),
                        ("azurerm_subscription_name", quote(&it.subscription_name)),
                    ],
                );
                let client_id = self.term(&it.client_id);
                let inner =
                    format!("\n  credentials {{\n    serviceprincipalid = {client_id}\n  }}\n}}\n");
                head.trim_end_matches("}\n").to_owned() + &inner
            }
            Resource::FederatedIdentityCredential(it) => self.credential(step, name, it),
            Resource::CustomRole(it) => {
                let head = resource(
                    "azurerm_role_definition",
                    name,
                    &[
                        ("name", quote(&it.name)),
                        (
                            "role_definition_id",
                            quote(it.id().rsplit('/').next().unwrap_or_default()),
                        ),
                        ("scope", quote(&it.assignable_scope.0)),
                        ("description", quote("Made by workid, of what commands ask for.")),
                        ("assignable_scopes", list(std::slice::from_ref(&it.assignable_scope.0))),
                    ],
                );
                let inner = format!(
                    "\n  permissions {{\n    actions      = {}\n    data_actions = {}\n  }}\n}}\n",
                    list(&it.actions),
                    list(&it.data_actions)
                );
                head.trim_end_matches("}\n").to_owned() + &inner
            }
            Resource::RoleAssignment(it) => {
                let definition = match &it.made {
                    Some(role) if made(self.plan, role).is_some() && !self.is_there(role) => {
                        format!(
                            "azurerm_role_definition.{}.role_definition_resource_id",
                            self.names.get(role)
                        )
                    }
                    _ => quote(&it.role_definition),
                };
                let mut entries = vec![
                    ("scope", quote(&it.scope.0)),
                    ("role_definition_id", definition),
                    ("principal_id", self.output(&it.identity, "principal_id")),
                    ("principal_type", quote("ServicePrincipal")),
                    ("description", quote("Made by workid.")),
                ];
                if let Some(condition) = &it.condition {
                    entries.push(("condition", quote(condition)));
                    entries.push(("condition_version", quote("2.0")));
                }
                resource("azurerm_role_assignment", name, &entries)
            }
            Resource::AppRoleAssignment(it) => {
                let api = self.names.get(&it.api);
                resource(
                    "azuread_app_role_assignment",
                    name,
                    &[
                        (
                            "app_role_id",
                            format!(
                                "data.azuread_service_principal.{api}.app_role_ids[{}]",
                                quote(&it.permission)
                            ),
                        ),
                        ("principal_object_id", self.output(&it.identity, "principal_id")),
                        (
                            "resource_object_id",
                            format!("data.azuread_service_principal.{api}.object_id"),
                        ),
                    ],
                )
            }
            Resource::Variable(it) => self.variable(name, it),
        }
    }

    fn variable(&self, name: &str, it: &Variable) -> String {
        let value = ("value", self.term(&it.value));
        match (it.system, &it.environment) {
            (CiSystem::GitHub, environment) => {
                let repository = it.project.rsplit('/').next().unwrap_or_default();
                let mut entries =
                    vec![("repository", quote(repository)), ("variable_name", quote(&it.name))];
                entries.extend(environment.as_ref().map(|it| ("environment", quote(it))));
                let kind = match environment {
                    Some(_) => "github_actions_environment_variable",
                    None => "github_actions_variable",
                };
                resource(kind, name, &[entries, vec![value]].concat())
            }
            (CiSystem::GitLab, environment) => resource(
                "gitlab_project_variable",
                name,
                &[
                    ("project", quote(&it.project)),
                    ("key", quote(&it.name)),
                    value,
                    ("environment_scope", quote(environment.as_deref().unwrap_or("*"))),
                    ("raw", "true".to_owned()),
                ],
            ),
        }
    }

    /// Changes a resource that Terraform does not manage.
    fn host(&self, name: &str, on: &Scope, identity: String) -> String {
        let kind = on.0.rsplit_once("/providers/").map_or("", |(_, it)| it);
        let kind: Vec<&str> = kind.split('/').take(2).collect();
        let kind = format!("{}@{}", kind.join("/"), api_version(on).unwrap_or_default());
        resource(
            "azapi_update_resource",
            name,
            &[
                ("type", quote(&kind)),
                ("resource_id", quote(&on.0)),
                ("body", format!("{{ identity = {identity} }}")),
                ("response_export_values", list(&["identity.principalId".to_owned()])),
            ],
        )
    }

    fn credential(&self, step: &Step, name: &str, it: &FederatedIdentityCredential) -> String {
        // Azure takes one after another for each identity.
        let of = |it: &&Address| {
            matches!(made(self.plan, it), Some(Resource::FederatedIdentityCredential(_)))
                && !self.is_there(it)
        };
        let federation = &it.federation;
        let (issuer, subject) = (self.term(&federation.issuer), self.term(&federation.subject));
        let audience = list(std::slice::from_ref(&federation.audience));
        let (kind, mut entries) = match (it.owner, made(self.plan, &it.identity)) {
            (Owner::UserAssignedIdentity, Some(Resource::UserAssignedIdentity(identity))) => (
                "azurerm_federated_identity_credential",
                vec![
                    ("name", quote(&it.name)),
                    (
                        "resource_group_name",
                        quote(group(&identity.resource_group).unwrap_or_default()),
                    ),
                    ("parent_id", self.output(&it.identity, "id")),
                    ("audience", audience),
                ],
            ),
            _ => (
                "azuread_application_federated_identity_credential",
                vec![
                    ("display_name", quote(&it.name)),
                    ("application_id", self.output(&it.identity, "id")),
                    ("audiences", audience),
                ],
            ),
        };
        entries.extend([("issuer", issuer), ("subject", subject)]);
        let before: Vec<String> = step
            .after
            .iter()
            .filter(of)
            .map(|it| format!("{kind}.{}", self.names.get(it)))
            .collect();
        if !before.is_empty() {
            entries.push(("depends_on", format!("[{}]", before.join(", "))));
        }
        resource(kind, name, &entries)
    }

    fn is_there(&self, address: &Address) -> bool {
        self.plan.steps.iter().any(|it| it.address == *address && is_there(it))
    }

    fn term(&self, term: &Term) -> String {
        match term {
            Term::Known(text) => quote(text),
            Term::Output { of, output } => self.output(of, output),
        }
    }

    /// How Terraform calls what only the service can tell.
    fn output(&self, of: &Address, output: &str) -> String {
        let name = self.names.get(of);
        let data = if self.is_there(of) { "data." } else { "" };
        match (made(self.plan, of), output) {
            (Some(Resource::UserAssignedIdentity(_)), _) => {
                format!("{data}azurerm_user_assigned_identity.{name}.{output}")
            }
            (Some(Resource::SystemAssignedIdentity(_)), _) => {
                format!("azapi_update_resource.{name}.output.identity.principalId")
            }
            (Some(Resource::Application(_)), "client_id") => {
                format!("{data}azuread_application.{name}.client_id")
            }
            (Some(Resource::Application(_)), _) => format!("{data}azuread_application.{name}.id"),
            (Some(Resource::ServicePrincipal(_)), "principal_id") => {
                format!("{data}azuread_service_principal.{name}.object_id")
            }
            (Some(Resource::ServicePrincipal(_)), _) => {
                format!("{data}azuread_service_principal.{name}.client_id")
            }
            (Some(Resource::ServiceConnection(_)), "id") => {
                format!("azuredevops_serviceendpoint_azurerm.{name}.id")
            }
            (Some(Resource::ServiceConnection(_)), _) => {
                format!(
                    "azuredevops_serviceendpoint_azurerm.{name}.workload_identity_federation_{output}"
                )
            }
            _ => quote(&format!("{output} of {of}")),
        }
    }
}

fn union(on: &Scope) -> String {
    format!(
        "{} may have other identities, which Terraform would take away: name them beside the new one, or use workid apply or the Azure CLI for it",
        on.short()
    )
}

fn resource(kind: &str, name: &str, entries: &[(&str, String)]) -> String {
    block("resource", kind, name, entries)
}

fn block(word: &str, kind: &str, name: &str, entries: &[(&str, String)]) -> String {
    let width = entries.iter().map(|(it, _)| it.len()).max().unwrap_or_default();
    let mut text = format!("{word} \"{kind}\" \"{name}\" {{\n");
    for (name, value) in entries {
        let _ = writeln!(text, "  {name:<width$} = {value}");
    }
    text + "}\n"
}

fn list(items: &[String]) -> String {
    let items: Vec<String> = items.iter().map(|it| quote(it)).collect();
    format!("[{}]", items.join(", "))
}

/// A string of HCL, in which nothing is a template.
fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            it if it.is_control() => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(it));
            }
            it => quoted.push(it),
        }
    }
    quoted.push('"');
    quoted.replace("${", "$${").replace("%{", "%%{")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_no_template_and_ends_where_it_should() {
        assert_eq!(quote("a\"b\\"), r#""a\"b\\""#);
        assert_eq!(quote("${file(\"/etc/passwd\")}%{x}"), r#""$${file(\"/etc/passwd\")}%%{x}""#);
        assert_eq!(quote("a\n}\u{1}"), r#""a\n}\u0001""#);
    }
}
