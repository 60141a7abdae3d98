//! Pipelines of Jenkins.

mod groovy;
mod job;

use groovy::{Groovy, Text};

use super::{
    Anchor, Environment, Link, Platform, Repository, Run, Safety, Script, Trust, Variable,
    Workload, beside, file_name, folder_of, language_of_shell, pattern,
};
use crate::text::{Placed, Source, Span};
use regex::Regex;
use std::sync::LazyLock;

pub(super) const PLATFORM: Platform = Platform {
    name: "jenkins",
    title: "Jenkins",
    run: Run::Unattended,
    claims,
    scripts,
    // A step of a shared library has the name of its file.
    known_as: |source| {
        let name = file_name(&source.path);
        let stem = name.strip_suffix(".groovy").filter(|_| is_step(&source.path));
        vec![stem.unwrap_or(name).to_owned()]
    },
    advice: ADVICE,
    certificate: "add NAME.pem to Jenkins as a credential azure-client-certificate (secret file)",
    ..Platform::PLAIN
};

const ADVICE: &str = "with a federated credential, bind an ID token (plugin OpenID Connect Provider, audience api://AzureADTokenExchange) with withCredentials, and sign in with az login --service-principal --federated-token; with a certificate, bind it as a secret file, and sign in with az login --service-principal --certificate; on agents in Azure, sign in with az login --identity";

const UNPROVEN: &str = "nothing shows that Jenkins issues tokens at a public address (if it does, name issuer and subject in workid.yaml; if its agents are in Azure, name those there: runs_on)";

/// What runs the steps of a stage; outside all stages, that is the pipeline.
fn workload(source: &Source, stage: &str, place: Option<&Anchor>) -> Workload {
    let (part, label) = match stage {
        "" => ("pipeline".to_owned(), "pipeline"),
        it => (format!("stage {it}"), it),
    };
    let trust = Trust::Unproven(UNPROVEN.to_owned());
    Workload::new(PLATFORM.name, source, &part, label, trust).lacking(place.cloned().into())
}

const BOUND_FIRST: &str = "Jenkins refuses a pipeline that names a credential which it does not have: add it first, azure-client-certificate as a secret file, or azure-id-token of the plugin OpenID Connect Provider with the audience api://AzureADTokenExchange";

/// What a declarative pipeline sets for all its stages stands in `environment`, before the stages.
static DECLARED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?m)^pipeline\s*\{\s*\n(?:.*\n)*?([ \t]+)stages\s*\{"));

static ENVIRONMENT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?m)^[ \t]+environment[ \t]*\{(?:[ \t]*(?://[^\n]*)?\r?\n(?:[ \t]*\r?\n)*([ \t]+)\S)?",
    )
});

/// Where a pipeline binds a credential to a variable. There is one block of `environment`, and none may
/// be beside it.
fn credentials(source: &Source) -> Option<Anchor> {
    let text = source.raw();
    let declared = DECLARED.captures(text)?;
    let (all, indent) = (declared.get(0)?, declared.get(1)?);
    let anchor = match ENVIRONMENT.captures(&text[..all.end()]) {
        Some(it) => Anchor::before("variable", source, it.get(1)?.end()),
        None => Anchor::before("environment", source, indent.end()),
    };
    Some(Anchor { safety: Safety::Review(BOUND_FIRST.to_owned()), ..anchor })
}

/// Steps that run a script, with its language.
const STEPS: &[(&str, &str)] =
    &[("sh", "bash"), ("bat", "batch"), ("powershell", "powershell"), ("pwsh", "powershell")];

/// `NAME = credentials('id')`
static CREDENTIALS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"([A-Za-z_]\w*)\s*=\s*credentials\s*\(\s*['"]([^'"]+)['"]\s*\)"#));

/// `NAME = 'value'`, of the environment or of the pipeline's own variables.
static VALUE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"([A-Za-z_]\w*)\s*=\s*(?:'([^'\n]+)'|"([^"$\n]+)")"#));

/// `usernamePassword(credentialsId: 'id', usernameVariable: 'U', passwordVariable: 'P')`
static BINDING: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"\([^()]*credentialsId:\s*['"]([^'"]+)['"][^()]*\)"#));

static BOUND: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"[vV]ariable:\s*['"]([A-Za-z_]\w*)['"]"#));

/// The file of a job that Jenkins keeps itself.
const JOB: &str = "config.xml";

fn claims(source: &Source) -> bool {
    let name = file_name(&source.path).to_ascii_lowercase();
    // Shared libraries are Groovy, too. What a file is for stands before or behind its name.
    let extensions = [".jenkinsfile", "-jenkinsfile", "_jenkinsfile", ".groovy"];
    let rest = name.strip_prefix("jenkinsfile");
    rest.is_some_and(|it| it.is_empty() || it.starts_with(['.', '-', '_']))
        || extensions.iter().any(|it| name.ends_with(it))
        || name == JOB && job::is_job(source.raw())
}

fn scripts(source: &Source, _: &Repository) -> Result<Vec<Script>, String> {
    let environment = environment(source.raw());
    let place = credentials(source);
    let script = |language, Text { text, expressions }, stage: &str| {
        let script = Script::new(language, text, workload(source, stage, place.as_ref()));
        Script { expressions, environment: environment.clone(), ..script }
    };
    if file_name(&source.path) == JOB {
        let commands = job::commands(source.raw());
        let of = |(language, text)| script(language, Text { text, ..Text::default() }, "");
        return Ok(commands.map(of).collect());
    }
    let mut scripts = Vec::new();
    let mut stage = String::new();
    let mut groovy = Groovy { text: source.raw(), at: 0 };
    // A slash begins a text where no value can end.
    let mut before = '\n';
    while let Some(next) = groovy.peek() {
        if let Some(word) = groovy.word() {
            before = 'a';
            if word == "stage" {
                stage = groovy.argument().map_or(stage, |it| it.text.text);
            } else if let Some((link, text)) = link(source, word, &groovy) {
                scripts.push(Script::link(text, link, workload(source, &stage, place.as_ref())));
            } else if let Some((_, language)) = STEPS.iter().find(|(it, _)| *it == word)
                && let Some(text) = groovy.argument()
            {
                let first = text.text.text.lines().next();
                let interpreter = first.and_then(|it| it.strip_prefix("#!")).map(language_of_shell);
                scripts.push(script(interpreter.unwrap_or(language), text, &stage));
            }
        } else if let '\'' | '"' | '[' = next
            && let Some(text) = groovy.executed()
        {
            before = next;
            scripts.push(script("bash", text, &stage));
        } else if !groovy.comment() {
            match next {
                '\'' | '"' => drop(groovy.string(&mut Text::default())),
                '/' if "=~(,:[!&|?{;\n".contains(before) => groovy.skip_past('/', "/"),
                '$' if groovy.rest().starts_with("$/") => groovy.skip_past('$', "/$"),
                _ => groovy.at += next.len_utf8(),
            }
            if !next.is_whitespace() || next == '\n' {
                before = next;
            }
        }
    }
    Ok(scripts)
}

/// A file of a shared library: its folder `vars` holds one for each step.
fn is_step(path: &str) -> bool {
    file_name(folder_of(path)) == "vars"
}

/// `load 'login.groovy'`, or a step of a shared library in the same repository: `login()`.
fn link(source: &Source, word: &str, groovy: &Groovy<'_>) -> Option<(Link, Placed)> {
    let mut ahead = Groovy { ..*groovy };
    let at = groovy.at - word.len();
    let mut text = Placed::default();
    text.push(word, at);
    if word == "load" {
        let path = ahead.argument()?.text.text;
        let paths = vec![path.clone(), beside(source, &path)];
        return Some((Link { paths: paths.into(), ..Link::default() }, text));
    }
    let is_known = STEPS.iter().any(|(it, _)| *it == word) || BUILT_IN.contains(&word);
    let before = source.raw()[..at].trim_end_matches([' ', '\t']);
    let begins = before.is_empty() || before.ends_with(['\n', '{', ';']);
    let given = groovy.rest().trim_start_matches([' ', '\t']).starts_with(['(', '\'', '"', '[']);
    if is_known || !begins || !given {
        return None;
    }
    let paths = vec![format!("vars/{word}.groovy")];
    Some((Link { paths: paths.into(), ..Link::default() }, text))
}

/// Steps and blocks of Jenkins itself.
const BUILT_IN: &[&str] = &[
    "agent",
    "branch",
    "buildingTag",
    "catchError",
    "changeRequest",
    "changelog",
    "changeset",
    "def",
    "dir",
    "echo",
    "environment",
    "equals",
    "error",
    "if",
    "input",
    "node",
    "options",
    "parallel",
    "parameters",
    "pipeline",
    "post",
    "return",
    "script",
    "stage",
    "stages",
    "steps",
    "tag",
    "timeout",
    "triggeredBy",
    "when",
    "withCredentials",
    "withEnv",
];

/// The variables that the pipeline sets, and the credentials that it binds to variables.
fn environment(text: &str) -> Environment {
    let of = |name: &str, at: regex::Match<'_>, from: Option<&str>, literal| Variable {
        name: name.to_owned(),
        span: Span::new(at.start(), at.end()),
        from: from.map(str::to_owned),
        literal,
        command: None,
    };
    let mut found = Vec::new();
    for set in CREDENTIALS.captures_iter(text) {
        let Some(all) = set.get(0) else { continue };
        // Jenkins sets the two halves of a user name and password, too.
        let names = ["", "_USR", "_PSW"].map(|it| format!("{}{it}", &set[1]));
        found.extend(names.iter().map(|it| of(it, all, Some(&set[2]), None)));
    }
    for binding in BINDING.captures_iter(text) {
        let Some(all) = binding.get(0) else { continue };
        let names = BOUND.captures_iter(all.as_str());
        found.extend(names.map(|it| of(&it[1], all, Some(&binding[1]), None)));
    }
    for set in VALUE.captures_iter(text) {
        let (Some(all), Some(value)) = (set.get(0), set.get(2).or(set.get(3))) else { continue };
        found.push(of(&set[1], all, None, Some(Span::new(value.start(), value.end()))));
    }
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::testing::{check, found, sign_ins};

    fn read(text: &str) -> Vec<&str> {
        sign_ins(&PLATFORM, "ci/Jenkinsfile", text)
    }

    #[test]
    fn sign_ins_stand_where_the_file_has_them() {
        let plain = "az login -u $U -p $P";
        let expressed = "az login -u ${env.U} -p $P";
        let escaped = "az login -u \\\"\\$U\\\" -p \\\"${p}\\\"";
        for (login, text) in [
            (plain, format!("sh '{plain}'")),
            (plain, format!("sh 'echo あ; {plain}; echo 2'")),
            (plain, format!("sh('''\r\n  {plain}\r\n  az group list\r\n''')")),
            (plain, format!("node {{ sh(returnStdout: true, script: '{plain}').trim() }}")),
            (plain, format!("steps.sh(\n  script: '''{plain}''',\n  label: 'x'\n)")),
            (plain, format!("sh label: 'az login', script: '{plain}'")),
            (plain, format!("def x = a =~ /it's/; sh '{plain}' // don't")),
            (plain, format!("/* sh 'x */ int n = 4 / 2; sh '{plain}'; m = 6 / 3")),
            (plain, format!("pwsh '{plain}'")),
            (expressed, format!("sh \"{expressed}\"")),
            (expressed, format!("sh \"\"\"\n  {expressed}\n\"\"\"")),
            (escaped, format!("sh \"{escaped}\"")),
            (plain, format!("def p = '{plain}'.execute()")),
            (
                "\"az\", 'login', \"-u\", user",
                "[\"az\", 'login', \"-u\", user].execute()".to_owned(),
            ),
            ("az login -u a' + \"b\" + user", "sh 'az login -u a' + \"b\" + user".to_owned()),
        ] {
            assert_eq!(read(&text), [login], "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_step_is_none() {
        for text in [
            "// sh 'az login -u a -p b'",
            "/* sh 'az login -u a -p b' */",
            "echo \"sh 'az login -u a -p b'\"",
            "def sh = 'az login -u a -p b'",
            "[sh: 'az login -u a -p b']",
            "bash 'az login -u a -p b'",
            "sh load('az login -u a -p b')",
            "sh\n'az login -u a -p b'",
            "sh label: 'az login -u a -p b'",
            "def c = 'az login -u a -p b'; c.trim()",
            "['az', 'login', '-u', a].each { println it }",
            "['az', 'login', '-u', f(a)].execute()",
        ] {
            assert!(read(text).is_empty(), "{text}");
        }
        for path in [
            "Jenkinsfile.deploy",
            "ci/Jenkinsfile-PROD",
            "ci/web.jenkinsfile",
            "nightly_Jenkinsfile",
            "vars/signIn.groovy",
        ] {
            assert!((PLATFORM.claims)(&Source::new(path, "")), "{path}");
        }
        for path in ["Jenkinsfiles/a.gradle", "Jenkinsfiles"] {
            assert!(!(PLATFORM.claims)(&Source::new(path, "")), "{path}");
        }
    }

    #[test]
    fn a_credential_is_bound_in_the_one_block_that_there_is() {
        let anchor = |environment: &str| {
            let text = format!("pipeline {{\n\tagent any\n{environment}\tstages {{\n\t}}\n}}\n");
            let anchor = credentials(&Source::new("Jenkinsfile", &text))?;
            Some((anchor.name, anchor.indent, text[anchor.at.start..].lines().next()?.to_owned()))
        };
        let at = |name, indent: &str, line: &str| Some((name, indent.to_owned(), line.to_owned()));
        assert_eq!(anchor(""), at("environment", "\t", "\tstages {"));
        for begin in ["", " // why", "\n"] {
            let block = format!("\tenvironment {{{begin}\n\t\tA = 'b'\n\t}}\n");
            assert_eq!(anchor(&block), at("variable", "\t\t", "\t\tA = 'b'"), "{block}");
        }
        assert_eq!(anchor("\tenvironment { A = 'b' }\n"), None);
    }

    #[test]
    fn a_job_has_its_commands_in_xml() {
        let step = |class: &str, it: &str| format!("<{class}><command>{it}</command></{class}>");
        let login = "az login -u &quot;$U&quot; -p &apos;あ&apos;";
        let text = format!(
            "<project><builders>{}{}</builders><command>az login -u a</command></project>",
            step("hudson.tasks.Shell", &format!("set -e &amp;&amp; x&#xd;\n{login}")),
            step("hudson.tasks.BatchFile", "az login -u %U% -p b"),
        );
        let path = "jobs/deploy/config.xml";
        assert_eq!(sign_ins(&PLATFORM, path, &text), [login, "az login -u %U% -p b"]);
        assert!((PLATFORM.claims)(&Source::new(path, &text)));
        assert!(!(PLATFORM.claims)(&Source::new(path, "<configuration/>")));
        assert!(!(PLATFORM.claims)(&Source::new("a.xml", &text)));
    }

    #[test]
    fn a_script_knows_its_stage_language_and_values() {
        let text = "environment { A = credentials('azure') }\nstage('Build') { bat 'x' }\nstage(\"Deploy\") { sh \"a ${ params.X } ${env.B} $c.d \\$e\\n${f {g}}\" }\nsh '''#!/usr/bin/env pwsh\nx'''";
        let scripts = found(&PLATFORM, "Jenkinsfile", text);
        let languages: Vec<_> = scripts.iter().map(|it| it.language).collect();
        assert_eq!(languages, ["batch", "bash", "powershell"]);
        assert_eq!(scripts[0].workload.name, "Jenkinsfile, stage Build");
        assert_eq!(scripts[1].workload.label, "Deploy");
        assert_eq!(scripts[1].text, "a ${ params.X } ${env.B} $c.d $e\n${f {g}}");
        let names: Vec<_> = scripts[1].expressions.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["params.X", "B", "c.d", "f {g}"]);
        let set: Vec<_> = scripts[0].environment.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(set, ["A", "A_USR", "A_PSW"]);
    }

    #[test]
    fn credentials_and_values_are_known_by_their_variables() {
        let text = "withCredentials([usernamePassword(credentialsId: 'bot', usernameVariable: 'U', passwordVariable: 'P')]) {}\ndef q = 'secret'\n";
        let said = environment(text);
        let said: Vec<_> = said
            .iter()
            .map(|it| {
                let literal = it.literal.map(|it| &text[it.start..it.end]);
                (it.name.as_str(), it.from.as_deref(), literal)
            })
            .collect();
        let expected =
            [("U", Some("bot"), None), ("P", Some("bot"), None), ("q", None, Some("secret"))];
        assert_eq!(said, expected);
    }

    proptest::proptest! {
        #[test]
        fn any_text_keeps_its_places(text: String, pieces in check::pieces(PIECES)) {
            check::places(&PLATFORM, "Jenkinsfile", &text);
            check::places(&PLATFORM, "Jenkinsfile", &pieces.concat());
            let job = format!("<builders/><hudson.tasks.Shell><command>{}</command>", pieces.concat());
            check::places(&PLATFORM, "config.xml", &job);
        }
    }

    const PIECES: &[&str] = &[
        "sh ",
        "pwsh(",
        "script: ",
        "'",
        "\"",
        "'''",
        "\"\"\"",
        "az login -u a ",
        "${",
        "}",
        "$a.b",
        "\\",
        "\\u0041",
        "\\n",
        "\n",
        "\r\n",
        "あ",
        "//",
        "/*",
        "*/",
        "/",
        "$/",
        " + ",
        ")",
        ",",
        "[",
        "stage(",
        "]",
        ".execute()",
        "&quot;",
        "&amp;",
    ];
}
