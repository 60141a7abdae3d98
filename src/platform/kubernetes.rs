//! Manifests of Kubernetes, and templates of them.

use super::{
    Anchor, Environment, Lack, Link, Platform, Repository, Run, Script, Trust, Workload, arguments,
    data, expressions, federated, is_yaml, language_of_shell, language_of_text, pattern, placed,
    variable,
};
use crate::{
    lang,
    resource::Federation,
    text::{
        Placed, Source,
        yaml::{self, Node},
    },
};
use regex::Regex;
use std::sync::LazyLock;

pub(super) const PLATFORM: Platform = Platform {
    name: "kubernetes",
    title: "Kubernetes",
    run: Run::Unattended,
    claims: |source| {
        let at_root =
            |key: &str| source.raw().starts_with(key) || source.holds(&format!("\n{key}"));
        is_yaml(&source.path) && at_root("apiVersion:") && at_root("kind:")
    },
    scripts,
    // Whoever puts it into the cluster, it runs there.
    called: |it| it.own.clone(),
    stated: |entry| {
        match (&entry.issuer, &entry.subject) {
        (Some(_), None) => Trust::Unstated("workid.yaml names the cluster's issuer, and the manifest no namespace: name the subject, too (system:serviceaccount:NAMESPACE:NAME)".to_owned()),
        _ => federated(entry, None),
    }
    },
    advice: ADVICE,
    ..Platform::PLAIN
};

const ADVICE: &str = "give the service account the annotation azure.workload.identity/client-id with the identity's client ID, and the pod the label azure.workload.identity/use: \"true\" (Microsoft Entra Workload ID), and sign in with az login --service-principal --username \"$AZURE_CLIENT_ID\" --tenant \"$AZURE_TENANT_ID\" --federated-token \"$(cat \"$AZURE_FEDERATED_TOKEN_FILE\")\"";

/// `$(NAME)`, which Kubernetes puts in, and what a template of Helm or a workflow of Argo does.
static EXPRESSION: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\$\(([A-Za-z_][\w.]*)\)|\{\{-?(.*?)-?\}\}"));

/// The scripts of containers, wherever they stand.
pub(super) fn containers(source: &Source, node: &Node, workload: &Workload) -> Vec<Script> {
    let mut scripts = Vec::new();
    Manifest { source, workload: workload.clone() }.walk(node, &mut scripts);
    scripts
}

fn scripts(source: &Source, repository: &Repository) -> Result<Vec<Script>, String> {
    let documents = match yaml::parse(source.raw()) {
        Ok(documents) => documents,
        // Helm fills in its templates before anything reads them as YAML.
        Err(_) => {
            let trust = Trust::Unstated(
                "Helm makes the manifest of a template: name the issuer of the cluster and the subject of the service account (system:serviceaccount:NAMESPACE:NAME) in workid.yaml (runs_on, platform: kubernetes)".to_owned(),
            );
            let workload = Workload::new(PLATFORM.name, source, "its template", "template", trust);
            let loose = data::loose(source).into_iter();
            return Ok(loose.map(|it| Script { workload: workload.clone(), ..it }).collect());
        }
    };
    let mut scripts = Vec::new();
    for document in &documents {
        let kind = document.get("kind").and_then(Node::text).unwrap_or_default();
        let name = document.get("metadata").and_then(|it| it.get("name")).and_then(Node::text);
        let name = name.unwrap_or("manifest");
        let trust = trust(source, document, repository);
        let workload = Workload::new(PLATFORM.name, source, &format!("{kind} {name}"), name, trust);
        let manifest = Manifest { source, workload: workload.lacking(label(source, document)) };
        manifest.walk(document, &mut scripts);
        // Its entries are files for whatever mounts it.
        let files = document.get("data").filter(|_| kind == "ConfigMap").map(Node::pairs);
        scripts
            .extend(files.into_iter().flatten().filter_map(|(name, it)| manifest.file(name, it)));
    }
    Ok(scripts)
}

struct Manifest<'s> {
    source: &'s Source,
    workload: Workload,
}

/// The service account that a manifest's pods run as, as the cluster's tokens call it.
fn trust(source: &Source, manifest: &Node, repository: &Repository) -> Trust {
    let namespace =
        manifest.get("metadata").and_then(|it| it.get("namespace")).and_then(Node::text);
    let account = account(manifest).unwrap_or("default");
    let Some(namespace) = namespace else {
        return Trust::Unstated(format!(
            "the manifest names no namespace, which the subject needs: name it there (metadata.namespace), or name the subject (system:serviceaccount:NAMESPACE:{account}) in workid.yaml (runs_on, platform: kubernetes)"
        ));
    };
    let issuer = repository.config.runs_on(&source.path).and_then(|it| it.issuer.clone());
    match issuer {
        Some(issuer) => Trust::Federated(
            [Federation::new(issuer, format!("system:serviceaccount:{namespace}:{account}"))]
                .into(),
        ),
        None => Trust::Unstated(format!(
            "the files do not show the cluster: name its issuer in workid.yaml (runs_on, platform: kubernetes, issuer), as az aks show --query oidcIssuerProfile.issuerUrl tells it; the subject is system:serviceaccount:{namespace}:{account}"
        )),
    }
}

/// What says of a pod that it gets a token.
const LABEL: &str = "azure.workload.identity/use";

/// The label by which a pod gets a token. A pod is what has containers, and a template of one stands in
/// a job or a deployment.
fn label(source: &Source, node: &Node) -> Lack {
    let spec = node.pair("spec").filter(|(_, it)| it.get("containers").is_some());
    let Some((spec, _)) = spec else {
        let mut below = node.pairs().iter().map(|(_, it)| label(source, it));
        return below.find(|it| *it != Lack::Nothing).unwrap_or(Lack::Nothing);
    };
    let before = |name, at: &Node| Lack::At(Anchor::before(name, source, at.span.start));
    let first = |it: &Node| it.pairs().first().map(|(key, _)| key.clone());
    let is_flow = |it: &Node| source.raw()[it.span.start..].starts_with('{');
    let metadata = node.get("metadata");
    let labels = metadata.and_then(|it| it.get("labels"));
    if let Some(said) = labels.and_then(|it| it.get(LABEL)) {
        let other =
            Anchor { at: said.span, ..Anchor::before("label-value", source, said.span.start) };
        return if said.text() == Some("true") { Lack::Nothing } else { Lack::At(other) };
    }
    if [Some(node), metadata, labels].into_iter().flatten().any(is_flow) {
        return Lack::NoPlace;
    }
    match (labels.and_then(first), metadata.and_then(first)) {
        (Some(at), _) => before("label", &at),
        (None, Some(at)) => before("labels", &at),
        (None, None) => before("metadata", spec),
    }
}

fn account(node: &Node) -> Option<&str> {
    let own = ["serviceAccountName", "serviceAccount"].iter().find_map(|it| node.get(it)?.text());
    own.or_else(|| node.pairs().iter().find_map(|(_, it)| account(it)))
        .or_else(|| node.items().iter().find_map(account))
}

impl Manifest<'_> {
    /// Containers stand in pods, jobs and their templates: wherever there is a command. Steps of
    /// Tekton and templates of Argo have a script instead.
    fn walk(&self, node: &Node, scripts: &mut Vec<Script>) {
        let lists = ["command", "args"].iter().filter_map(|it| node.get(it));
        let line: Vec<Node> = lists.flat_map(Node::items).cloned().collect();
        let text = ["script", "source"].iter().find_map(|it| node.get(it)?.scalar());
        let found = match text.filter(|it| it.block) {
            Some(text) => {
                let shell = line.first().and_then(Node::text).map(language_of_shell);
                Some((shell.unwrap_or_else(|| language_of_text(&text.value)), placed(text)))
            }
            None => arguments(self.source, &line),
        };
        let environment = node.get("env").map(environment).unwrap_or_default();
        // What only an image says runs with that environment all the same.
        let image = || node.get("image").and_then(Node::scalar).filter(|_| !environment.is_empty());
        let script = match found {
            Some((language, text)) => Some(self.script(language, text)),
            None => {
                image().map(|it| Script::link(placed(it), Link::default(), self.workload.clone()))
            }
        };
        scripts.extend(script.map(|it| Script { environment, ..it }));
        node.pairs().iter().for_each(|(_, it)| self.walk(it, scripts));
        node.items().iter().for_each(|it| self.walk(it, scripts));
    }

    fn file(&self, name: &Node, value: &Node) -> Option<Script> {
        let text = value.scalar().filter(|it| it.block)?;
        let language = lang::of_file(name.text()?, &text.value)?;
        Some(self.script(language.name, placed(text)))
    }

    fn script(&self, language: &'static str, text: Placed) -> Script {
        let expressions = expressions(&EXPRESSION, &text.text);
        Script { expressions, ..Script::new(language, text, self.workload.clone()) }
    }
}

/// `[{name: NAME, value: …}, {name: NAME, valueFrom: {secretKeyRef: {name: …, key: …}}}]`
fn environment(list: &Node) -> Environment {
    let of = |it: &Node| {
        let name = it.get("name")?.text()?;
        let secret = || {
            let from = it.get("valueFrom")?;
            let key = from.get("secretKeyRef").or_else(|| from.get("configMapKeyRef"))?;
            Some(format!("{}/{}", key.get("name")?.text()?, key.get("key")?.text()?))
        };
        let value = it.get("value").filter(|it| it.text().is_some());
        let mut set = match value {
            Some(value) => variable(&EXPRESSION, name, it.span, value.text()?, value.span),
            None => variable(&EXPRESSION, name, it.span, "", it.span),
        };
        set.from = set.from.or_else(secret);
        Some(set)
    };
    list.items().iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::testing::{check, found, sign_ins};

    const HEAD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n";

    fn read(text: &str) -> Vec<&str> {
        sign_ins(&PLATFORM, "k8s/a.yaml", text)
    }

    #[test]
    fn sign_ins_stand_where_the_file_has_them() {
        let login = "az login -u $U -p {{ .Values.password }}";
        for text in [
            format!("{HEAD}spec:\n  containers:\n    - command: [sh, -c, '{login}']\n"),
            format!(
                "{HEAD}spec:\n  containers:\n    - command: [/bin/bash, -c]\n      args:\n        - |\n          echo あ\n          {login}\n"
            ),
            format!(
                "{HEAD}---\napiVersion: tekton.dev/v1\nkind: Task\nspec:\n  steps:\n    - script: |\n        #!/bin/sh\n        {login}\n"
            ),
            format!(
                "apiVersion: v1\nkind: ConfigMap\ndata:\n  run.sh: |\n    {login}\n  notes.txt: |\n    {login}\n"
            ),
            format!(
                "apiVersion: v1\nkind: Pod\n{{{{- if .x }}}}\nargs:\n  - |\n    {login}\n{{{{- end }}}}\n"
            ),
        ] {
            assert!((PLATFORM.claims)(&Source::new("a.yaml", &text)), "{text}");
            assert_eq!(read(&text), [login], "{text}");
        }
        let list = "az, login, -u, $(USER), -p, \"$(PW)\"";
        assert_eq!(read(&format!("{HEAD}spec: {{command: [{list}]}}\n")), [list]);
        assert!(
            read(&format!("{HEAD}spec: {{command: [echo], args: ['az login -u a -p b']}}\n"))
                .is_empty()
        );
        assert!(read(&format!("{HEAD}  annotations:\n    note: az login -u a -p b\n")).is_empty());
    }

    #[test]
    fn a_pod_is_labelled_where_it_can_be() {
        let of = |metadata: &str| {
            let text = format!("apiVersion: v1\nkind: Pod\n{metadata}spec:\n  containers: []\n");
            let documents = yaml::parse(&text).unwrap();
            match label(&Source::new("a.yaml", &text), &documents[0]) {
                Lack::Nothing => "nothing",
                Lack::At(it) => it.name,
                Lack::NoPlace => "no place",
            }
        };
        let labels = |it: &str| of(&format!("metadata:\n  name: a\n  labels:{it}\n"));
        assert_eq!(of(""), "metadata");
        assert_eq!(of("metadata:\n  name: a\n"), "labels");
        assert_eq!(labels("\n    app: a"), "label");
        let said = |it: &str| labels(&format!("\n    {LABEL}: \"{it}\""));
        assert_eq!(said("false"), "label-value");
        assert_eq!(said("true"), "nothing");
        assert_eq!(labels(" {app: a}"), "no place");
    }

    #[test]
    fn a_container_has_its_variables() {
        let env = "[{name: A, value: x}, {name: B, valueFrom: {secretKeyRef: {name: s, key: k}}}]";
        let script =
            found(&PLATFORM, "a.yaml", &format!("{HEAD}spec: {{command: [a], env: {env}}}\n"));
        let said: Vec<_> = script[0]
            .environment
            .iter()
            .map(|it| (it.name.as_str(), it.from.as_deref(), it.literal.is_some()))
            .collect();
        assert_eq!(said, [("A", None, true), ("B", Some("s/k"), false)]);
        assert_eq!(script[0].workload.name, "a.yaml, Pod a");
    }

    proptest::proptest! {
        #[test]
        fn any_text_keeps_its_places(pieces in check::pieces(PIECES)) {
            check::places(&PLATFORM, "a.yaml", &format!("{HEAD}command: {}", pieces.concat()));
        }
    }

    const PIECES: &[&str] = &[
        "[",
        "]",
        ", ",
        "sh, -c, ",
        "az login",
        "|\n  ",
        "'",
        "\"",
        "\\\"",
        "\n",
        "\nargs: ",
        "あ",
        "$(A)",
        "{{ b }}",
        "\nscript: ",
        "\n- ",
    ];
}
