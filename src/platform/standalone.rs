//! Scripts that no pipeline of the repository is known to run.

use super::{Platform, Run, Script, Trust, Workload, expressions, file_name};
use crate::{
    lang,
    text::{Place, Placed, Source, pattern},
};
use regex::Regex;
use std::sync::LazyLock;

pub(super) const PLATFORM: Platform = Platform {
    name: "standalone",
    title: "a script",
    run: Run::Attended,
    claims: |source| lang::of_file(&source.path, source.raw()).is_some(),
    scripts: |source, _| Ok(script(source).into_iter().collect()),
    ..Platform::PLAIN
};

/// The file as one script.
pub(super) fn script(source: &Source) -> Option<Script> {
    whole_file(source, workload(source))
}

fn workload(source: &Source) -> Workload {
    let label = file_name(&source.path).split('.').next().unwrap_or_default();
    let trust = Trust::Unproven("nothing vouches for where it runs".to_owned());
    Workload::new(PLATFORM.name, source, "run by hand or by a scheduler", label, trust)
}

/// What whoever fills a template puts there, and what tells that how.
static HOLE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\{\{-?([^{}]*?)-?\}\}|\{%([^%]*)%\}|%\{([^{}]*)\}|<%[-=]?([^%]*)%>|\$\{([^{}]*)\}")
});

const TEMPLATE: &str = "something fills this template, and the files do not show what: have what it makes sign in as a workload \
                        identity where that runs";

/// A file that is one script from its first byte to its last, or a template that makes one.
pub(super) fn whole_file(source: &Source, workload: Workload) -> Option<Script> {
    let text = source.raw().to_owned();
    let language = lang::of_file(&source.path, &text)?.name;
    let place = Place::whole(text.len());
    if lang::of_template(file_name(&source.path)).is_none() {
        return Some(Script::new(language, Placed { text, place }, workload));
    }
    let expressions = expressions(&HOLE, &text);
    let workload = workload.by_hand(TEMPLATE);
    Some(Script { expressions, ..Script::new(language, Placed { text, place }, workload) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::testing::sign_ins;

    #[test]
    fn a_template_is_read_as_what_it_makes() {
        for (path, login) in [
            ("deploy.sh.j2", "az login -u {{ azure_user }} -p {{ azure_password | quote }}"),
            ("deploy.sh.tftpl", "az login -u ${user} -p '${password}'"),
            ("deploy.bat.erb", "az login -u <%= @user %> -p <%= @password %>"),
            ("setup.ps1.tpl", "az login -u ${user} -p {{ .Values.password }}"),
        ] {
            for (before, after) in [
                ("", ""),
                ("{% if azure %}\n", "\n{% endif %}\n"),
                ("%{ if a }\n", "\n%{ endif }\n"),
            ] {
                let text = format!("{before}{login}{after}");
                assert_eq!(sign_ins(&PLATFORM, path, &text), [login], "{text}");
            }
            let source = Source::new(path, login);
            assert!((PLATFORM.claims)(&source));
            assert!(script(&source).unwrap().workload.by_hand.is_some());
        }
        for path in ["deploy.j2", "values.yaml.j2", "a.json.tpl", "a.tftpl", "a.py.j2", "a.sh.bak"]
        {
            assert!(!(PLATFORM.claims)(&Source::new(path, "az login -u a -p b")), "{path}");
        }
        let plain = script(&Source::new("a.sh", "echo {{ a }}")).unwrap();
        assert!(plain.expressions.is_empty() && plain.workload.by_hand.is_none());
    }
}
