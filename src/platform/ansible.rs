//! Playbooks and tasks of Ansible.

use super::{
    Called, Command, Link, Platform, Repository, Run, Script, Words, Workload, apart, arguments,
    beside, expressions, file_name, folder_of, is_yaml, language_of_shell, pattern, placed,
    unstated, variables, within,
};
use crate::text::{
    Source,
    yaml::{self, Node, Scalar},
};
use regex::Regex;
use std::sync::LazyLock;

pub(super) const PLATFORM: Platform = Platform {
    name: "ansible",
    title: "Ansible",
    run: Run::Unattended,
    claims,
    scripts,
    commands: &[Command {
        programs: &["ansible-playbook"],
        file: &[],
        folder: &[],
        files: &[],
        words: Words::Files,
        part: None,
    }],
    // A role is named by its folder, and a playbook by its own name.
    known_as: |source| {
        let path = &source.path;
        let role = path.split_once("roles/").and_then(|(_, it)| it.split('/').next());
        vec![role.unwrap_or(file_name(path)).to_owned(), file_name(path).to_owned()]
    },
    called,
    advice: ADVICE,
    ..Platform::PLAIN
};

const ADVICE: &str = "where the task runs on a machine in Azure, give that machine a managed identity and sign in with az login --identity; elsewhere, sign in with az login --service-principal --certificate, and give modules of Azure the same service principal";

/// Modules that run a script, with its language.
const MODULES: &[(&str, &str)] = &[
    ("shell", "bash"),
    ("command", "bash"),
    ("raw", "bash"),
    ("win_shell", "powershell"),
    ("win_powershell", "powershell"),
    ("win_command", "batch"),
];

static EXPRESSION: LazyLock<Regex> = LazyLock::new(|| pattern(r"\{\{(.*?)\}\}"));

/// A file of tasks is a list of mappings, one of which names a module.
static TASK: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?m)^\s*(?:-\s+)?(?:[a-z]+\.[a-z]+\.)?(?:shell|command|raw|win_shell|win_powershell|win_command):",
    )
});

fn claims(source: &Source) -> bool {
    let path = format!("/{}", source.path);
    let folders = ["/tasks/", "/handlers/", "/playbooks/", "/roles/"];
    let text = source.raw();
    is_yaml(&path)
        && (folders.iter().any(|it| path.contains(it))
            || source.holds("hosts:") && (source.holds("tasks:") || source.holds("roles:")))
        && !source.holds("apiVersion:")
        && (TASK.is_match(text) || LINK.is_match(text))
}

/// What a play or a list of tasks takes from other files.
static LINK: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?m)^\s*(?:-\s+)?(?:ansible\.builtin\.)?(?:roles|script|(?:import|include)_(?:tasks|role|playbook)):",
    )
});

/// A role and a file of tasks run where the play does that takes them in.
fn called(it: &Called<'_>) -> Workload {
    match it.caller.platform == PLATFORM.name {
        true => within(it),
        false => apart(it),
    }
}

fn scripts(source: &Source, _: &Repository) -> Result<Vec<Script>, String> {
    let documents =
        yaml::parse(source.raw()).map_err(|it| format!("not readable as YAML: {it}"))?;
    let mut scripts = Vec::new();
    documents.iter().for_each(|it| walk(source, it, &mut scripts));
    Ok(scripts)
}

/// Tasks stand in plays, blocks, rescues and handlers: wherever an item names a module.
fn walk(source: &Source, node: &Node, scripts: &mut Vec<Script>) {
    for (key, value) in node.pairs() {
        let module = key.text().and_then(|it| it.rsplit('.').next()).unwrap_or_default();
        match MODULES.iter().find(|(it, _)| *it == module) {
            Some((_, language)) => scripts.extend(script(source, node, value, language)),
            None => match links(source, module, value) {
                Some(links) => scripts.extend(links),
                None => walk(source, value, scripts),
            },
        }
    }
    node.items().iter().for_each(|it| walk(source, it, scripts));
}

/// The tasks, roles and scripts of other files, if the module is one that takes such.
fn links(source: &Source, module: &str, value: &Node) -> Option<Vec<Script>> {
    let folder = folder_of(&source.path);
    // A role stands beside the playbook, or beside the role that takes it in.
    let root = folder.split_once("roles/").map_or(folder, |(it, _)| it);
    let role = |it: &str| {
        let of = |root: &str, end| format!("{root}/roles/{it}/tasks/main.{end}");
        vec![of(root, "yml"), of(root, "yaml"), of("", "yml")]
    };
    let file = |it: &str| {
        let it = it.split_whitespace().next().unwrap_or_default();
        vec![beside(source, it), format!("{}/files/{it}", folder_of(folder))]
    };
    let named = |keys: &[&str]| {
        let inner = || keys.iter().find_map(|it| value.get(it)?.scalar());
        value.scalar().or_else(inner).into_iter().collect::<Vec<_>>()
    };
    let found: Vec<(&Scalar, Vec<String>)> = match module {
        "import_tasks" | "include_tasks" | "import_playbook" | "script" => {
            let names = named(&["file", "cmd", "_raw_params"]);
            names.into_iter().map(|it| (it, file(&it.value))).collect()
        }
        "import_role" | "include_role" => {
            named(&["name"]).into_iter().map(|it| (it, role(&it.value))).collect()
        }
        "roles" => {
            let of = |it: &'_ Node| it.get("role").or_else(|| it.get("name")).is_some();
            let plain = value.items().iter().filter(|it| !of(it)).filter_map(Node::scalar);
            let long =
                value.items().iter().filter_map(|it| it.get("role").or(it.get("name"))?.scalar());
            plain.chain(long).map(|it| (it, role(&it.value))).collect()
        }
        _ => return None,
    };
    let link = |(text, paths): (&Scalar, Vec<String>)| {
        Script::link(
            placed(text),
            Link { paths: paths.into(), ..Link::default() },
            workload(source),
        )
    };
    Some(found.into_iter().map(link).collect())
}

fn workload(source: &Source) -> Workload {
    unstated(PLATFORM.name, source, "its tasks", "ansible", ADVICE)
}

fn script(source: &Source, task: &Node, value: &Node, language: &'static str) -> Option<Script> {
    let text =
        ["cmd", "script", "_raw_params"].iter().find_map(|it| value.get(it)).unwrap_or(value);
    let (stated, script) = match (value.get("argv"), text.scalar()) {
        (Some(list), _) => arguments(source, list.items())?,
        (None, Some(text)) => (language, placed(text)),
        (None, None) => return None,
    };
    let entry =
        |name: &str| value.get(name).or_else(|| task.get("args")?.get(name)).and_then(Node::text);
    let variables = |it| variables(&EXPRESSION, it);
    Some(Script {
        expressions: expressions(&EXPRESSION, &script.text),
        environment: task.get("environment").into_iter().flat_map(variables).collect(),
        folder: entry("chdir").unwrap_or_default().to_owned(),
        ..Script::new(
            entry("executable").map_or(stated, language_of_shell),
            script,
            workload(source),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::testing::{check, found, sign_ins};

    fn read(text: &str) -> Vec<&str> {
        sign_ins(&PLATFORM, "roles/a/tasks/main.yml", text)
    }

    #[test]
    fn sign_ins_stand_where_the_file_has_them() {
        let login = "az login -u {{ user }} -p \"{{ password | quote }}\"";
        for text in [
            format!("- name: あ\n  shell: {login}\n"),
            format!(
                "- hosts: all\n  tasks:\n    - ansible.builtin.command:\n        cmd: {login}\n"
            ),
            format!("- block:\n    - raw: |\n        echo\n        {login}\n"),
            format!("- shell: >-\n    {login}\n  args:\n    executable: /bin/bash\n"),
            format!("- ansible.windows.win_shell: '{login}'\n"),
            format!("- ansible.windows.win_powershell:\n    script: |\n      {login}\n"),
        ] {
            assert_eq!(read(&text), [login], "{text}");
        }
        let list = "az, login, -u, a, -p, \"{{ p }}\"";
        assert_eq!(read(&format!("- command:\n    argv: [{list}]\n")), [&list[..list.len()]]);
        assert!(read("- debug:\n    msg: az login -u a -p b\n").is_empty());
        assert!(read("- name: az login -u a -p b\n  shell: ls\n").is_empty());
    }

    #[test]
    fn a_file_of_tasks_is_known_by_its_place_or_its_plays() {
        let claims = |path: &str, text: &str| (PLATFORM.claims)(&Source::new(path, text));
        assert!(claims("roles/a/tasks/main.yml", "- shell: x\n"));
        assert!(claims("site.yaml", "- hosts: all\n  tasks:\n    - ansible.builtin.shell: x\n"));
        assert!(!claims("site.yaml", "- shell: x\n"));
        assert!(!claims("roles/a/tasks/main.yml", "- debug: x\n"));
    }

    #[test]
    fn a_task_has_its_shell_and_variables() {
        let text = "- shell: x y\n  args: {executable: pwsh, chdir: infra}\n  environment: {A: '{{ b }}'}\n";
        let script = found(&PLATFORM, "roles/a/tasks/main.yml", text).remove(0);
        assert_eq!((script.language, script.folder.as_str()), ("powershell", "infra"));
        assert_eq!(script.environment.get("A").unwrap().from.as_deref(), Some("b"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_keeps_its_places(pieces in check::pieces(PIECES)) {
            check::places(&PLATFORM, "tasks/a.yml", &format!("- shell: {}", pieces.concat()));
        }
    }

    const PIECES: &[&str] = &[
        "- ",
        "az login",
        "|\n    ",
        "'",
        "\"",
        "\\\"",
        "\n",
        "\n    argv: ",
        "[",
        "]",
        ", ",
        "あ",
        "{{ a }}",
        "\n    cmd: ",
    ];
}
