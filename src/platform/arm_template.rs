//! Templates of Azure Resource Manager in JSON: what deployment scripts, extensions of machines and runbooks run.

use super::{
    Link, Platform, Repository, Script, Wanted, Workload, azure_automation, azure_vm, beside,
    by_hand, data, placed,
};
use crate::{
    lang,
    text::{
        Source, Span,
        yaml::{self, Node},
    },
};

pub(super) const PLATFORM: Platform = Platform {
    name: "deployment-script",
    title: "a deployment script of Azure Resource Manager",
    claims: |source| {
        source.path.to_ascii_lowercase().ends_with(".json")
            && SCHEMAS.iter().any(|it| source.raw().contains(it))
    },
    scripts,
    ..Platform::PLAIN
};

/// `deploymentTemplate.json`, `subscriptionDeploymentTemplate.json` and the like.
const SCHEMAS: &[&str] = &["deploymentTemplate.json", "DeploymentTemplate.json"];

/// A type of resource that runs scripts, with what is a part of it.
struct Runner {
    /// In small letters.
    of: &'static str,
    platform: &'static str,
    what: &'static str,
    advice: &'static str,
}

const RUNNERS: &[Runner] = &[
    Runner {
        of: "microsoft.resources/deploymentscripts",
        platform: PLATFORM.name,
        what: "deployment script",
        advice: "give the deployment script a user-assigned managed identity (its property identity), unless it has one: Azure signs in as that before the script begins, so take the sign-in out",
    },
    Runner {
        of: "microsoft.compute/virtualmachines",
        platform: azure_vm::PLATFORM.name,
        what: "machine",
        advice: "name the machine in workid.yaml (runs_on, resources), which gets a managed identity, and sign in with az login --identity or Connect-AzAccount -Identity",
    },
    Runner {
        of: "microsoft.compute/virtualmachinescalesets",
        platform: azure_vm::PLATFORM.name,
        what: "scale set",
        advice: "name the scale set in workid.yaml (runs_on, resources), which gets a managed identity, and sign in with az login --identity or Connect-AzAccount -Identity",
    },
    Runner {
        of: "microsoft.automation/automationaccounts/runbooks",
        platform: azure_automation::PLATFORM.name,
        what: "runbook",
        advice: "name the Automation account in workid.yaml (runs_on, resources), which gets a managed identity, and sign in with Connect-AzAccount -Identity",
    },
];

/// Properties that are a script.
const COMMANDS: &[&str] = &["commandtoexecute", "scriptcontent", "script"];

fn scripts(source: &Source, _: &Repository) -> Result<Vec<Script>, String> {
    let mut scripts = data::wanted(source, &Wanted::ALL)?;
    let documents = yaml::parse(source.raw()).unwrap_or_default();
    let mut found = Found { source, commands: Vec::new(), named: Vec::new(), links: Vec::new() };
    documents.iter().for_each(|it| found.node(it, "", None));
    let at = |it: &Script| it.place.outer(Span::at(0));
    // What leads to a script is no command.
    scripts.retain(|it| at(it).is_none_or(|at| around(&found.named, at).is_none()));
    for script in &mut scripts {
        if let Some((_, runner)) = at(script).and_then(|at| around(&found.commands, at)) {
            script.workload = runner.clone();
        }
    }
    scripts.extend(found.links);
    Ok(scripts)
}

/// What holds a place, of spans in the order of the file.
fn around<T>(spans: &[(Span, T)], at: Span) -> Option<&(Span, T)> {
    let after = spans.partition_point(|(it, _)| it.start <= at.start);
    spans[..after].last().filter(|(it, _)| it.contains(at))
}

struct Found<'s> {
    source: &'s Source,
    commands: Vec<(Span, Workload)>,
    /// Texts that name a script.
    named: Vec<(Span, ())>,
    links: Vec<Script>,
}

impl Found<'_> {
    /// `around` is the type of the resource that the node is in, and `runner` what runs its scripts.
    fn node(&mut self, node: &Node, around: &str, runner: Option<&Workload>) {
        let mut kind = String::new();
        let mut own = None;
        if node.get("apiVersion").is_some()
            && let Some(said) = node.get("type").and_then(Node::text)
        {
            kind = full_type(said, around);
            own = self.runner(node, &kind);
        }
        let runner = own.as_ref().or(runner);
        for (name, value) in node.pairs() {
            let name = name.text().unwrap_or_default().to_ascii_lowercase();
            if let (Some(runner), true) = (runner, COMMANDS.contains(&name.as_str())) {
                self.commands.push((value.span, runner.clone()));
            }
            match name.as_str() {
                "resources" => value.items().iter().for_each(|it| self.node(it, &kind, runner)),
                _ => self.node(value, "", runner),
            }
        }
        node.items().iter().for_each(|it| self.node(it, "", runner));
        if let (Some(runner), Some(text)) = (runner, node.scalar()) {
            let paths: Vec<String> =
                texts(&text.value).flat_map(|it| script_paths(self.source, it)).collect();
            if !paths.is_empty() {
                self.named.push((node.span, ()));
                let link = Link { paths: paths.into(), ..Link::default() };
                self.links.push(Script::link(placed(text), link, runner.clone()));
            }
        }
    }

    fn runner(&self, resource: &Node, kind: &str) -> Option<Workload> {
        let is_part = |of: &str| {
            kind.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let it = RUNNERS.iter().find(|it| is_part(it.of))?;
        let name = resource.get("name").and_then(Node::text).unwrap_or_default();
        let name = texts(name).last().unwrap_or_default().rsplit('/').next().unwrap_or_default();
        let label = if name.is_empty() { it.what } else { name };
        let part = format!("{} {name}", it.what);
        let label = label.to_ascii_lowercase();
        Some(by_hand(it.platform, self.source, part.trim_end(), &label, it.advice))
    }
}

/// A resource in another one may leave out what the types begin with.
fn full_type(said: &str, around: &str) -> String {
    let said = said.to_ascii_lowercase();
    if said.contains('.') || around.is_empty() { said } else { format!("{around}/{said}") }
}

/// What an expression of a template holds as text: `[concat(variables('base'), '/a.sh')]`; or the
/// text itself. The names of variables and parameters are among them.
fn texts(text: &str) -> impl Iterator<Item = &str> {
    let is_expression = text.starts_with('[') && text.ends_with(']');
    let skip = usize::from(is_expression);
    let step = 1 + skip;
    text.split(if is_expression { '\'' } else { '\n' }).skip(skip).step_by(step)
}

/// Where the repository may have the script whose name ends an address; none, if it names no script.
/// There, the address may have more before it, and what that is only the one who deploys knows.
pub(super) fn script_paths(source: &Source, address: &str) -> Vec<String> {
    let address = address.split('?').next().unwrap_or(address);
    let is_script = lang::of_file(address, "").is_some_and(|it| it.name != "settings");
    if !is_script || address.contains(char::is_whitespace) {
        return Vec::new();
    }
    let path = address.split_once("://").map_or(address, |(_, it)| it);
    let path = path.trim_start_matches('/');
    let starts = [0].into_iter().chain(path.match_indices('/').map(|(at, _)| at + 1));
    let tails = starts.map(|at| &path[at..]).filter(|it| !it.is_empty());
    tails.flat_map(|it| [it.to_owned(), beside(source, it)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::testing::{check, found, sign_ins};

    fn template(resources: &str) -> String {
        format!(
            "{{\"$schema\": \"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#\", \"resources\": [{resources}]}}"
        )
    }

    fn links(text: &str) -> Vec<(String, Vec<String>)> {
        let scripts = found(&PLATFORM, "infra/deploy.json", text);
        let all = scripts.into_iter().filter(|it| !it.links.is_empty());
        all.map(|it| (it.workload.name, it.links[0].paths.to_vec())).collect()
    }

    #[test]
    fn sign_ins_stand_where_the_file_has_them() {
        let login = "az login -u a -p b";
        let text = template(&format!(
            r#"{{"type": "Microsoft.Resources/deploymentScripts", "apiVersion": "2023-08-01", "name": "seed", "properties": {{"scriptContent": "{login}"}}}}, {{"note": "{login}"}}"#
        ));
        assert!((PLATFORM.claims)(&Source::new("infra/deploy.json", &text)));
        assert!(!(PLATFORM.claims)(&Source::new("infra/deploy.json", "{}")));
        assert_eq!(sign_ins(&PLATFORM, "infra/deploy.json", &text), [login, login]);
        let names: Vec<(&str, String)> = found(&PLATFORM, "infra/deploy.json", &text)
            .into_iter()
            .map(|it| (it.workload.platform, it.workload.name))
            .collect();
        assert_eq!(
            names,
            [
                ("deployment-script", "deploy.json, deployment script seed".to_owned()),
                ("data", "deploy.json, entry note".to_owned())
            ]
        );
    }

    #[test]
    fn a_resource_leads_to_the_scripts_that_it_names() {
        let account = r#"{"type": "Microsoft.Automation/automationAccounts", "apiVersion": "1", "name": "a", "resources": [
            {"type": "runbooks", "apiVersion": "1", "name": "[concat(parameters('account'), '/Stop-All')]", "properties": {
                "publishContentLink": {"uri": "[uri(parameters('base'), 'runbooks/stop.ps1')]"}}}]}"#;
        let stop = ["runbooks/stop.ps1", "infra/runbooks/stop.ps1", "stop.ps1", "infra/stop.ps1"];
        assert_eq!(
            links(&template(account)),
            [("deploy.json, runbook Stop-All".to_owned(), stop.map(str::to_owned).to_vec())]
        );
        let machine = r#"{"type": "Microsoft.Compute/virtualMachines/extensions", "apiVersion": "1", "name": "vm1/setup", "properties": {
            "settings": {"fileUris": ["https://example.com/setup.sh?sv=1", "https://example.com/data.zip"]}}}"#;
        let (name, paths) = links(&template(machine)).remove(0);
        assert_eq!(name, "deploy.json, machine setup");
        assert!(paths.contains(&"setup.sh".to_owned()), "{paths:?}");
        let other = r#"{"type": "Microsoft.Web/sites", "apiVersion": "1", "name": "a", "properties": {"b": "c.sh"}}"#;
        assert!(links(&template(other)).is_empty());
    }

    proptest::proptest! {
        #[test]
        fn any_text_keeps_its_places(pieces in check::pieces(PIECES)) {
            check::places(&PLATFORM, "a.json", &template(&pieces.concat()));
        }
    }

    const PIECES: &[&str] = &[
        "{\"type\": \"Microsoft.Resources/deploymentScripts\", \"apiVersion\": \"1\", ",
        "\"primaryScriptUri\": ",
        "\"[concat('a', '/b.sh')]\"",
        "\"scriptContent\": \"az login -u a\\n",
        "\"resources\": [",
        "\"",
        ", ",
        "}",
        "]",
        "あ.ps1",
        "'",
        "://",
        "/",
    ];
}
