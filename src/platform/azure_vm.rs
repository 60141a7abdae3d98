//! Virtual machines of Azure, and what cloud-init does on their first start.

use super::{Platform, Repository, Script, Trust, Workload, arguments, language_of_text, placed};
use crate::text::{
    Source,
    yaml::{self, Node},
};

pub(super) const PLATFORM: Platform = Platform {
    name: "azure-vm",
    title: "an Azure virtual machine",
    claims: |source| source.raw().starts_with("#cloud-config"),
    scripts,
    hosts: &["microsoft.compute/virtualmachines", "microsoft.compute/virtualmachinescalesets"],
    advice: ADVICE,
    ..Platform::PLAIN
};

const ADVICE: &str = "give the machine a managed identity, and sign in with az login --identity";

fn scripts(source: &Source, _: &Repository) -> Result<Vec<Script>, String> {
    let documents =
        yaml::parse(source.raw()).map_err(|it| format!("not readable as YAML: {it}"))?;
    let trust = Trust::Unstated(format!(
        "the files do not show which machine is started so: name it in workid.yaml under runs_on, for the path {}",
        source.path
    ));
    let workload = Workload::new(PLATFORM.name, source, "its first start", "machine", trust);
    let mut scripts = Vec::new();
    for document in &documents {
        let commands = ["bootcmd", "runcmd"].iter().filter_map(|it| document.get(it));
        for command in commands.flat_map(Node::items) {
            let script = match command.scalar() {
                Some(text) => Some((language_of_text(&text.value), placed(text))),
                None => arguments(source, command.items()),
            };
            scripts
                .extend(script.map(|(language, it)| Script::new(language, it, workload.clone())));
        }
        let files = document.get("write_files").map(Node::items).unwrap_or_default();
        for text in files.iter().filter_map(|it| it.get("content")?.scalar()) {
            if text.value.starts_with("#!") {
                let language = language_of_text(&text.value);
                scripts.push(Script::new(language, placed(text), workload.clone()));
            }
        }
    }
    Ok(scripts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::testing::sign_ins;

    #[test]
    fn sign_ins_stand_where_the_file_has_them() {
        let login = "az login -u a -p b";
        for text in [
            format!("#cloud-config\nruncmd:\n  - {login}\n"),
            format!("#cloud-config\nbootcmd:\n  - [sh, -c, '{login}']\n"),
            format!(
                "#cloud-config\nwrite_files:\n  - path: /a\n    content: |\n      #!/bin/sh\n      {login}\n"
            ),
        ] {
            assert!((PLATFORM.claims)(&Source::new("a.yaml", &text)));
            assert_eq!(sign_ins(&PLATFORM, "init.yaml", &text), [login], "{text}");
        }
        let note = "#cloud-config\nfinal_message: az login -u a -p b\n";
        assert!(sign_ins(&PLATFORM, "init.yaml", note).is_empty());
    }
}
