//! Bicep: a file for the subscription, and one for each resource group; applications by the
//! Microsoft Graph extension.

use super::{
    Export, File, Language, hand_over, is_there,
    shared::{Names, comment, group, heading, made, resource},
};
use crate::{
    plan::{Plan, Step},
    resource::{
        Address, FederatedIdentityCredential, Owner, Resource, RoleAssignment, Term, api_version,
    },
};
use std::{collections::BTreeMap, fmt::Write as _};

pub(super) const LANGUAGE: Language = Language { name: "bicep", write };

const CONFIG: &str = "{\n  \"extensions\": {\n    \"microsoftGraphV1\": \"br:mcr.microsoft.com/bicep/extensions/microsoftgraph/v1.0:1.0.0\"\n  }\n}\n";

/// Of a type of which no version is known; a resource that is only named needs no more.
const ANY_VERSION: &str = "2021-04-01";

fn write(plan: &Plan) -> Export {
    let mut page = Page { plan, names: Names::of(plan), ..Page::new(plan) };
    for step in &plan.steps {
        page.step(step);
    }
    page.finish()
}

struct Page<'p> {
    plan: &'p Plan,
    names: Names,
    params: String,
    main: String,
    /// What is in each group: identities and their credentials, and role assignments.
    identities: BTreeMap<String, String>,
    roles: BTreeMap<String, Roles>,
    extension: bool,
    lacks: Vec<String>,
}

/// The role assignments of one group, or of the subscription where the name is empty.
#[derive(Default)]
struct Roles {
    text: String,
    /// The parameters, and what `main` gives for them.
    principals: BTreeMap<String, String>,
    after: Vec<String>,
}

impl<'p> Page<'p> {
    fn new(plan: &'p Plan) -> Page<'p> {
        Page {
            plan,
            names: Names::of(plan),
            params: String::new(),
            main: String::new(),
            identities: BTreeMap::new(),
            roles: BTreeMap::new(),
            extension: false,
            lacks: Vec::new(),
        }
    }

    fn step(&mut self, step: &Step) {
        let name = self.names.get(&step.address).to_owned();
        let title = comment("//", &step.resource.noun().title());
        let there = is_there(step);
        match &step.resource {
            Resource::UserAssignedIdentity(it) => {
                let text = self.group(group(&it.resource_group).unwrap_or_default());
                let kind = "'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30'";
                let _ = if there {
                    write!(
                        text,
                        "\n{title}\nresource {name} {kind} existing = {{\n  name: {}\n}}\n",
                        quote(&it.name)
                    )
                } else {
                    write!(
                        text,
                        "\n{title}\nresource {name} {kind} = {{\n  name: {}\n  location: {}\n  tags: {{\n    'made-by': 'workid'\n  }}\n}}\n",
                        quote(&it.name),
                        quote(&it.location)
                    )
                };
                let _ = write!(
                    text,
                    "\noutput {name}_principal_id string = {name}.properties.principalId\noutput {name}_client_id string = {name}.properties.clientId\n"
                );
            }
            Resource::SystemAssignedIdentity(it) => {
                if let (Some((kind, names)), Some(group)) = (resource(&it.on), group(&it.on)) {
                    let version = api_version(&it.on).unwrap_or(ANY_VERSION);
                    let _ = write!(
                        self.main,
                        "\n{title}, switched on before\nresource {name} {} existing = {{\n  scope: resourceGroup({})\n  name: {}\n}}\n",
                        quote(&format!("{kind}@{version}")),
                        quote(group),
                        quote(&names.join("/"))
                    );
                }
                self.by_hand(step);
            }
            Resource::Api(it) => {
                self.extension = true;
                let _ = write!(
                    self.main,
                    "\n{title}\nresource {name} 'Microsoft.Graph/servicePrincipals@v1.0' existing = {{\n  appId: {}\n}}\n",
                    quote(&it.app_id)
                );
            }
            Resource::Application(it) => {
                self.application(&name, &title, &it.unique_name, it.certificate.is_some() && !there)
            }
            Resource::ServicePrincipal(it) => {
                let client_id = self.output(&it.application, "client_id");
                let _ = write!(
                    self.main,
                    "\n{title}\nresource {name} 'Microsoft.Graph/servicePrincipals@v1.0' = {{\n  appId: {client_id}\n}}\n"
                );
            }
            Resource::ServiceConnection(_) => {
                let _ = write!(
                    self.params,
                    "\n{title}\nparam {name}_issuer string\nparam {name}_subject string\n"
                );
                self.by_hand(step);
            }
            _ if there => {}
            Resource::AttachedIdentity(_) | Resource::Certificate(_) | Resource::Variable(_) => {
                self.by_hand(step);
            }
            Resource::FederatedIdentityCredential(it) => self.credential(step, &name, &title, it),
            Resource::CustomRole(it) => {
                let _ = write!(
                    self.main,
                    "\n{title}\nresource {name} 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {{\n  name: {}\n  properties: {{\n    roleName: {}\n    type: 'CustomRole'\n    description: 'Made by workid, of what commands ask for.'\n    permissions: [\n      {{\n        actions: {}\n        dataActions: {}\n      }}\n    ]\n    assignableScopes: {}\n  }}\n}}\n",
                    quote(it.id().rsplit('/').next().unwrap_or_default()),
                    quote(&it.name),
                    list(&it.actions, 8),
                    list(&it.data_actions, 8),
                    list(std::slice::from_ref(&it.assignable_scope.0), 4)
                );
            }
            Resource::RoleAssignment(it) => self.role(&name, &title, it),
            Resource::AppRoleAssignment(it) => {
                let (api, principal) =
                    (self.names.get(&it.api).to_owned(), self.output(&it.identity, "principal_id"));
                let _ = write!(
                    self.main,
                    "\n{title}\nresource {name} 'Microsoft.Graph/appRoleAssignedTo@v1.0' = {{\n  appRoleId: filter({api}.appRoles, role => role.value == {})[0].id\n  principalId: {principal}\n  resourceId: {api}.id\n}}\n",
                    quote(&it.permission)
                );
            }
        }
    }

    fn group(&mut self, name: &str) -> &mut String {
        self.identities.entry(name.to_owned()).or_default()
    }

    /// Bicep would have to hold the whole of what is changed.
    fn by_hand(&mut self, step: &Step) {
        let address = &step.address;
        for it in hand_over(self.plan, |it| it.address == *address) {
            let lack = format!("{}: {}", step.resource.noun().title(), it.commands.join("; "));
            self.lacks.push(lack);
        }
    }

    fn application(&mut self, name: &str, title: &str, unique_name: &str, key: bool) {
        self.extension = true;
        let _ = write!(
            self.main,
            "\n{title}\nresource {name} 'Microsoft.Graph/applications@v1.0' = {{\n  uniqueName: {}\n  displayName: {}\n  signInAudience: 'AzureADMyOrg'\n",
            quote(unique_name),
            quote(unique_name)
        );
        if key {
            let _ = write!(
                self.params,
                "\n// The certificate of {unique_name}, as base64 without its frame\nparam {name}_certificate string\n"
            );
            let _ = write!(
                self.main,
                "  keyCredentials: [\n    {{\n      type: 'AsymmetricX509Cert'\n      usage: 'Verify'\n      displayName: {}\n      key: {name}_certificate\n    }}\n  ]\n",
                quote(&format!("CN={unique_name}"))
            );
        }
        self.main += "}\n";
    }

    fn credential(
        &mut self,
        step: &Step,
        name: &str,
        title: &str,
        it: &FederatedIdentityCredential,
    ) {
        let parent = self.names.get(&it.identity).to_owned();
        let (issuer, subject) =
            (self.term(&it.federation.issuer), self.term(&it.federation.subject));
        let audience = list(std::slice::from_ref(&it.federation.audience), 4);
        match (it.owner, made(self.plan, &it.identity)) {
            (Owner::UserAssignedIdentity, Some(Resource::UserAssignedIdentity(identity))) => {
                // Azure takes one after another for each identity.
                let before = step.after.iter().filter(|it| {
                    matches!(made(self.plan, it), Some(Resource::FederatedIdentityCredential(_)))
                        && !self
                            .plan
                            .steps
                            .iter()
                            .any(|step| step.address == **it && is_there(step))
                });
                let before: Vec<String> = before.map(|it| self.names.get(it).to_owned()).collect();
                let before = match before.as_slice() {
                    [] => String::new(),
                    some => format!("  dependsOn: [\n    {}\n  ]\n", some.join("\n    ")),
                };
                // What only main knows comes as a parameter.
                let text = self.group(group(&identity.resource_group).unwrap_or_default());
                for it in [&issuer, &subject].into_iter().filter(|it| !it.starts_with('\'')) {
                    let param = format!("param {it} string\n");
                    if !text.contains(&param) {
                        text.insert_str(0, &param);
                    }
                }
                let _ = write!(
                    text,
                    "\n{title}\nresource {name} 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2024-11-30' = {{\n  parent: {parent}\n  name: {}\n{before}  properties: {{\n    issuer: {issuer}\n    subject: {subject}\n    audiences: {audience}\n  }}\n}}\n",
                    quote(&it.name)
                );
            }
            _ => {
                let own = quote(&format!("/{}", it.name));
                let _ = write!(
                    self.main,
                    "\n{title}\nresource {name} 'Microsoft.Graph/applications/federatedIdentityCredentials@v1.0' = {{\n  name: '${{{parent}.uniqueName}}{}\n  issuer: {issuer}\n  subject: {subject}\n  audiences: {}\n}}\n",
                    own.trim_start_matches('\''),
                    list(std::slice::from_ref(&it.federation.audience), 2)
                );
            }
        }
    }

    fn role(&mut self, name: &str, title: &str, it: &RoleAssignment) {
        let principal = format!("{}_principal_id", self.names.get(&it.identity));
        let given = self.output(&it.identity, "principal_id");
        let after = it.made.as_ref().map(|it| self.names.get(it).to_owned());
        let own = group(&it.scope).unwrap_or_default().to_owned();
        let of = self.roles.entry(own).or_default();
        of.principals.insert(principal.clone(), given);
        of.after.extend(after);
        let mut scope = String::new();
        if let Some((kind, names)) = resource(&it.scope) {
            let version = api_version(&it.scope).unwrap_or(ANY_VERSION);
            let _ = write!(
                of.text,
                "\n#disable-next-line BCP081\nresource {name}_scope {} existing = {{\n  name: {}\n}}\n",
                quote(&format!("{kind}@{version}")),
                quote(&names.join("/"))
            );
            scope = format!("  scope: {name}_scope\n");
        }
        let definition = quote(it.role_definition.rsplit('/').next().unwrap_or_default());
        let condition = it
            .condition
            .as_ref()
            .map(|it| format!("    condition: {}\n    conditionVersion: '2.0'\n", quote(it)));
        let _ = write!(
            of.text,
            "\n{title}\nresource {name} 'Microsoft.Authorization/roleAssignments@2022-04-01' = {{\n  name: guid({}, {definition}, {principal})\n{scope}  properties: {{\n    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', {definition})\n    principalId: {principal}\n    principalType: 'ServicePrincipal'\n    description: 'Made by workid.'\n{}  }}\n}}\n",
            quote(&it.scope.0.to_lowercase()),
            condition.unwrap_or_default()
        );
    }

    fn finish(mut self) -> Export {
        let mut files = Vec::new();
        let mut modules = String::new();
        for (group, text) in &self.identities {
            let module = module("identities", group);
            files.push(File {
                name: format!("{}.bicep", module.1),
                text: format!("targetScope = 'resourceGroup'\n{text}"),
            });
            let params: Vec<&str> = text
                .lines()
                .filter_map(|it| it.strip_prefix("param ")?.strip_suffix(" string"))
                .collect();
            let params = params.iter().map(|it| format!("    {it}: {it}\n")).collect::<String>();
            let params =
                if params.is_empty() { params } else { format!("  params: {{\n{params}  }}\n") };
            let _ = write!(
                modules,
                "\nmodule {} '{}.bicep' = {{\n  name: {}\n  scope: resourceGroup({})\n{params}}}\n",
                module.0,
                module.1,
                quote(&format!("workid-{}", module.1)),
                quote(group)
            );
        }
        for (group, roles) in &self.roles {
            let module = module("roles", group);
            let (target, scope) = match group.as_str() {
                "" => ("subscription", "subscription()".to_owned()),
                name => ("resourceGroup", format!("resourceGroup({})", quote(name))),
            };
            let params: String =
                roles.principals.keys().map(|it| format!("param {it} string\n")).collect();
            files.push(File {
                name: format!("{}.bicep", module.1),
                text: format!("targetScope = '{target}'\n\n{params}{}", roles.text),
            });
            let given: String =
                roles.principals.iter().map(|(it, value)| format!("    {it}: {value}\n")).collect();
            let after = match roles.after.as_slice() {
                [] => String::new(),
                some => format!("  dependsOn: [\n    {}\n  ]\n", some.join("\n    ")),
            };
            let _ = write!(
                modules,
                "\nmodule {} '{}.bicep' = {{\n  name: {}\n  scope: {scope}\n{after}  params: {{\n{given}  }}\n}}\n",
                module.0,
                module.1,
                quote(&format!("workid-{}", module.1))
            );
        }
        let extension = if self.extension { "\nextension microsoftGraphV1\n" } else { "" };
        let text = format!(
            "{}{}targetScope = 'subscription'\n{extension}{}{}{modules}",
            heading(self.plan, "//"),
            "// az deployment sub create --location LOCATION --template-file main.bicep\n",
            self.params,
            self.main
        );
        files.insert(0, File { name: "main.bicep".to_owned(), text });
        if self.extension {
            files.push(File { name: "bicepconfig.json".to_owned(), text: CONFIG.to_owned() });
        }
        Export { files, lacks: std::mem::take(&mut self.lacks) }
    }

    fn term(&self, term: &Term) -> String {
        match term {
            Term::Known(text) => quote(text),
            Term::Output { of, output } => format!("{}_{output}", self.names.get(of)),
        }
    }

    /// How `main` calls what only the service can tell.
    fn output(&self, of: &Address, output: &str) -> String {
        let name = self.names.get(of);
        match made(self.plan, of) {
            Some(Resource::UserAssignedIdentity(it)) => {
                let module = module("identities", group(&it.resource_group).unwrap_or_default());
                format!("{}.outputs.{name}_{output}", module.0)
            }
            Some(Resource::SystemAssignedIdentity(_)) => format!("{name}.identity.principalId"),
            Some(Resource::Application(_)) if output == "client_id" => format!("{name}.appId"),
            Some(Resource::ServicePrincipal(_)) if output == "client_id" => format!("{name}.appId"),
            _ => format!("{name}.id"),
        }
    }
}

/// The symbol of a module, and the name of its file.
fn module(what: &str, group: &str) -> (String, String) {
    let name = if group.is_empty() { "subscription" } else { group };
    let plain = |it: char| if it.is_ascii_alphanumeric() { it.to_ascii_lowercase() } else { '_' };
    let symbol: String = format!("{what}_{name}").chars().map(plain).collect();
    let file = symbol.replace('_', "-");
    (symbol, file)
}

fn list(items: &[String], indent: usize) -> String {
    if items.is_empty() {
        return "[]".to_owned();
    }
    let inner: String = items.iter().map(|it| format!("{:indent$}  {}\n", "", quote(it))).collect();
    format!("[\n{inner}{:indent$}]", "")
}

/// A string of Bicep, in which nothing is interpolated.
fn quote(text: &str) -> String {
    let mut quoted = String::from("'");
    for c in text.chars() {
        match c {
            '\'' => quoted.push_str("\\'"),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            it if it.is_control() => {
                let _ = write!(quoted, "\\u{{{:x}}}", u32::from(it));
            }
            it => quoted.push(it),
        }
    }
    quoted.push('\'');
    quoted.replace("${", "\\${")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_interpolates_nothing_and_ends_where_it_should() {
        assert_eq!(quote("a'b\\"), r"'a\'b\\'");
        assert_eq!(quote("${x}\n"), r"'\${x}\n'");
        assert_eq!(quote("\u{1}"), r"'\u{1}'");
    }
}
