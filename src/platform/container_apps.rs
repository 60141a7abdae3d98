//! Azure Container Apps, as YAML describes them.

use super::{Platform, Repository, Script, is_yaml, kubernetes::containers};
use crate::text::{Source, yaml};

pub(super) const PLATFORM: Platform = Platform {
    name: "container-apps",
    title: "Azure Container Apps",
    claims: |source| is_yaml(&source.path) && TYPES.iter().any(|it| source.holds(it)),
    scripts,
    hosts: &["microsoft.app/containerapps", "microsoft.app/jobs"],
    advice: ADVICE,
    ..Platform::PLAIN
};

const TYPES: &[&str] = &["Microsoft.App/containerApps", "Microsoft.App/jobs"];

const ADVICE: &str = "name the app in workid.yaml (runs_on, resources), which gets a managed identity, and sign in with az login --identity";

fn scripts(source: &Source, _: &Repository) -> Result<Vec<Script>, String> {
    let documents =
        yaml::parse(source.raw()).map_err(|it| format!("not readable as YAML: {it}"))?;
    let workload =
        super::unstated(PLATFORM.name, source, "its containers", "container-app", ADVICE);
    Ok(documents.iter().flat_map(|it| containers(source, it, &workload)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::testing::sign_ins;

    #[test]
    fn sign_ins_stand_where_the_file_has_them() {
        let login = "az login -u a -p b";
        let text = format!(
            "type: Microsoft.App/jobs\nproperties:\n  template:\n    containers:\n      - command: [sh, -c, '{login}']\n"
        );
        assert!((PLATFORM.claims)(&Source::new("job.yaml", &text)));
        assert_eq!(sign_ins(&PLATFORM, "job.yaml", &text), [login]);
    }
}
