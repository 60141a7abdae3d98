//! Builds of container images.

use super::{
    Command, Copies, Environment, Platform, Repository, Run, Script, Variable, Words, Workload,
    apart, arguments, beside, by_hand, file_name, language_of_shell, lines, variable,
};
use crate::text::{Place, Placed, Source, Span, pattern, yaml};
use regex::Regex;
use std::{collections::BTreeSet, iter::Peekable, sync::LazyLock};

pub(super) const PLATFORM: Platform = Platform {
    name: "dockerfile",
    title: "an image build",
    run: Run::Unattended,
    claims,
    scripts,
    commands: &[Command {
        programs: &[
            "docker build",
            "docker buildx build",
            "docker image build",
            "podman build",
            "buildah bud",
        ],
        file: &["-f", "--file"],
        folder: &[],
        files: &["Dockerfile", "Containerfile"],
        words: Words::Folders,
        part: None,
    }],
    // Compose names the folder of the file, if anything.
    known_as: |_| vec!["build:".to_owned()],
    called: apart,
    advice: ADVICE,
    ..Platform::PLAIN
};

const ADVICE: &str = "workid finds sign-ins in Dockerfiles, and does not write theirs yet: a build has no identity of its own, so take the call out, sign in with a workload identity in whatever starts the build, and hand the build the files that it needs";

const RUN_ADVICE: &str = "workid finds sign-ins in what an image runs, and does not write theirs yet: give what runs the container a managed identity and sign in with az login --identity; on Kubernetes, sign in with the federated token of the pod";

/// The instruction, what it is told about how to run, and then what it runs.
static INSTRUCTION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^\s*(?i:ONBUILD(?:\s|[\\`]\n)+)?([A-Za-z]+)(?:(?:\s|[\\`]\n)+--[^\s\\`]+)*(?:\s|[\\`]\n)+",
    )
});

static STAGE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\sAS\s+(\S+)"));

static SETTING: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"([A-Za-z_]\w*)(?:=("[^"]*"|'[^']*'|\S*)|\s+(.+))?"#));

static REFERENCE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)"));

static HEREDOC: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?:^|\s)\d*<<(-?)["']?([A-Za-z_]\w*)["']?"#));

/// A shell, or nothing but the text that is for it.
static INTERPRETER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"^\s*(?:\S*/)?(bash|sh|dash|zsh|pwsh)?(?:\s+-\S*)*\s*<<-?["']?\w+["']?[ \t]*\n"#)
});

fn claims(source: &Source) -> bool {
    let name = file_name(&source.path).to_ascii_lowercase();
    ["dockerfile", "containerfile"].iter().any(|it| {
        name == *it || name.starts_with(&format!("{it}.")) || name.ends_with(&format!(".{it}"))
    })
}

fn scripts(source: &Source, _: &Repository) -> Result<Vec<Script>, String> {
    let text = source.raw();
    let directives = lines(text).map_while(|(_, it)| it.strip_prefix('#'));
    let settings = directives.filter_map(|it| it.split_once('='));
    let escape = settings.filter(|(name, _)| name.trim().eq_ignore_ascii_case("escape"));
    let escape = if escape.last().is_some_and(|(_, it)| it.trim() == "`") { '`' } else { '\\' };

    let mut scripts = Vec::new();
    let mut variables: Vec<Variable> = Vec::new();
    // With how many of them each script finds set, and how many files copied.
    let mut set_before = Vec::new();
    // What the image sets for whatever runs in it.
    let (mut kept, mut settings) = (Placed::default(), BTreeSet::new());
    let (mut stage, mut language) = ("image".to_owned(), "bash");
    let (mut folder, mut copies): (String, Vec<(String, String)>) = Default::default();
    let mut lines = lines(text).peekable();
    while lines.peek().is_some() {
        let sign = if language == "powershell" { "`" } else { "\\" };
        let mut instruction = instruction(&mut lines, escape, sign);
        let Some(found) = INSTRUCTION.captures(&instruction.text) else { continue };
        let (head, keyword) = (found[0].len(), found[1].to_ascii_uppercase());
        let body = &instruction.text[head..];
        match keyword.as_str() {
            "FROM" => {
                stage = STAGE.captures(body).map_or("image".to_owned(), |it| it[1].to_owned());
                language = "bash";
            }
            "SHELL" => language = language_of_shell(body),
            "ENV" | "ARG" => {
                let set = settings_of(&instruction, head);
                for it in set.iter().filter(|_| keyword == "ENV") {
                    keep(&text[it.span.start..it.span.end], it, &mut kept, &mut settings);
                }
                variables.extend(set);
            }
            // It brings a file along, as a command of that name would.
            "COPY" | "ADD" => {
                copies.extend(copied(source, body, &folder));
                let workload = of_stage(source, &stage, ADVICE);
                scripts.push(Script::new("bash", instruction, workload));
            }
            "WORKDIR" => folder = body.trim().trim_matches('"').trim_end_matches('/').to_owned(),
            "RUN" | "CMD" | "ENTRYPOINT" => {
                let (language, script) = exec(&instruction, head).unwrap_or_else(|| {
                    let language = unwrap(&mut instruction, head).unwrap_or(language);
                    (language, instruction)
                });
                let advice = if keyword == "RUN" { ADVICE } else { RUN_ADVICE };
                let workload = of_stage(source, &stage, advice);
                set_before.push((scripts.len(), variables.len(), copies.len()));
                scripts.push(Script::new(language, script, workload));
            }
            _ => {}
        }
    }
    let environment: Environment = variables.into_iter().collect();
    let copies = Copies::new(copies);
    for (script, set, there) in set_before {
        scripts[script].environment = environment.before(set);
        scripts[script].copies = copies.before(there);
    }
    if !kept.text.is_empty() {
        scripts.push(Script::new("settings", kept, of_stage(source, &stage, RUN_ADVICE)));
    }
    Ok(scripts)
}

fn of_stage(source: &Source, stage: &str, advice: &str) -> Workload {
    by_hand(PLATFORM.name, source, &format!("stage {stage}"), stage, advice)
}

/// Where the image has the files of the repository, as (there, here): from its root, and from the
/// folder in which its commands run.
fn copied(source: &Source, body: &str, folder: &str) -> Vec<(String, String)> {
    let list: Vec<String> = serde_json::from_str(body.trim())
        .unwrap_or_else(|_| body.split_whitespace().map(str::to_owned).collect());
    let Some((to, from)) = list.split_last().filter(|(_, from)| !from.is_empty()) else {
        return Vec::new();
    };
    let to = match to.trim_start_matches("./") {
        "." | "" => format!("{folder}/"),
        it if it.starts_with('/') => it.to_owned(),
        it => format!("{folder}/{it}"),
    };
    let mut found = Vec::new();
    for from in from.iter().map(|it| it.trim_start_matches("./")) {
        let here = beside(source, from);
        let (there, here) = match from.trim_end_matches('/') {
            // What a name without an ending is, the file does not show.
            "" | "." => {
                (format!("{}/", to.trim_end_matches('/')), format!("{}/", beside(source, "")))
            }
            it if file_name(it).contains('.') && to.ends_with('/') => {
                (format!("{to}{}", file_name(it)), here)
            }
            it if file_name(it).contains('.') => (to.clone(), here),
            _ => (
                format!("{}/", to.trim_end_matches('/')),
                format!("{}/", here.trim_end_matches('/')),
            ),
        };
        let within =
            there.strip_prefix(&format!("{folder}/")).map(|it| (it.to_owned(), here.clone()));
        found.push((there, here));
        found.extend(within);
    }
    found
}

/// The lines of the next instruction, with `sign` where they go on, and the texts that follow it.
fn instruction<'t>(
    lines: &mut Peekable<impl Iterator<Item = (usize, &'t str)>>,
    escape: char,
    sign: &str,
) -> Placed {
    let mut it = Placed::default();
    for (at, line) in lines.by_ref() {
        let content = line.trim_end();
        // Comments may stand between the lines of an instruction, and are no part of it.
        if content.is_empty() || content.trim_start().starts_with('#') {
            if it.text.is_empty() {
                return it;
            }
            continue;
        }
        it.line();
        match content.strip_suffix(escape) {
            Some(before) => {
                it.push(before, at);
                it.push(sign, at + before.len());
            }
            None => {
                it.push(content, at);
                break;
            }
        }
    }
    let takes_texts = INSTRUCTION
        .captures(&it.text)
        .is_some_and(|it| ["RUN", "COPY", "ADD"].contains(&it[1].to_ascii_uppercase().as_str()));
    let texts: Vec<(bool, String)> = HEREDOC
        .captures_iter(if takes_texts { &it.text } else { "" })
        .map(|it| (!it[1].is_empty(), it[2].to_owned()))
        .collect();
    for (indented, end) in texts {
        for (at, line) in lines.by_ref() {
            it.text.push('\n');
            it.push(line, at);
            if end == if indented { line.trim_start_matches('\t') } else { line } {
                break;
            }
        }
    }
    it
}

/// The form in which an instruction is a list of arguments.
fn exec(instruction: &Placed, head: usize) -> Option<(&'static str, Placed)> {
    // Where the list goes on in another line there is nothing of it.
    let body = instruction.text[head..].replace("\\\n", "  ").replace("`\n", "  ");
    serde_json::from_str::<Vec<String>>(&body).ok()?;
    let list = yaml::parse(&body).ok()?.into_iter().next()?;
    let (language, Placed { text, place }) = arguments(&Source::new("", &body), list.items())?;
    let mut behind = Place::default();
    behind.push(0, head, body.len());
    let place = place.within(&behind).within(&instruction.place);
    Some((language, Placed { text, place }))
}

/// Blanks out what is not the script's own text. That may be the text of a shell that `RUN`
/// names, whose language this then is.
fn unwrap(instruction: &mut Placed, head: usize) -> Option<&'static str> {
    let text = &mut instruction.text;
    let blank = |text: &mut String, span: Span| {
        text.replace_range(span.start..span.end, &" ".repeat(span.end - span.start));
    };
    let shell = INTERPRETER.captures(&text[head..]);
    let (start, shell) = shell.map_or((head, None), |it| {
        (head + it[0].len(), Some(it.get(1).map(|it| language_of_shell(it.as_str()))))
    });
    blank(text, Span::new(0, start));
    if shell.is_some()
        && let Some(end) = text.rfind('\n')
    {
        blank(text, Span::new(end + 1, text.len()));
    }
    shell.flatten()
}

/// Adds a line `name=value`, unless an earlier stage sets the same.
fn keep(written: &str, variable: &Variable, kept: &mut Placed, settings: &mut BTreeSet<String>) {
    let Some((name, value)) = written.split_at_checked(variable.name.len()) else { return };
    let value = value.trim_start().trim_start_matches('=');
    if !settings.insert(format!("{name}={value}")) {
        return;
    }
    kept.line();
    kept.push(name, variable.span.start);
    // `ENV name value` has a blank for the sign.
    let sign = written.len() - name.len() - value.len();
    kept.escape("=", variable.span.start + name.len(), sign);
    kept.push(value, variable.span.end - value.len());
}

/// What `ENV` and `ARG` set; an argument may have no value in the file.
fn settings_of(instruction: &Placed, head: usize) -> Vec<Variable> {
    let of = |it: regex::Captures<'_>| {
        let place = |it: regex::Match<'_>| {
            instruction.place.outer(Span::new(head + it.start(), head + it.end()))
        };
        let whole = place(it.get(0)?)?;
        let value = it.get(2).or(it.get(3));
        let at = value.and_then(place).unwrap_or(whole);
        let text = value.map(|it| it.as_str()).unwrap_or_default();
        Some(variable(&REFERENCE, &it[1], whole, text, at))
    };
    SETTING.captures_iter(&instruction.text[head..]).filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::testing::{check, found, sign_ins};

    #[test]
    fn sign_ins_stand_where_the_file_has_them() {
        let login = "az login -u \"$U\" -p \"$P\"";
        for text in [
            format!("FROM x\nRUN {login}\nRUN echo\n"),
            format!("run echo あ && \\\n    {login} && \\ \n    echo 2"),
            format!("RUN --mount=type=cache,target=/a --network=host \\\n  {login}\n"),
            format!("RUN a \\\n# it's a note\n\n  && {login} \\\n  # and another\n  && b\n"),
            format!("RUN a \\\r\n  && {login}\r\nRUN b\r\n"),
            format!("RUN <<EOF\necho 1\n{login}\nEOF\nRUN echo\n"),
            format!("RUN bash -ex <<-'EOF'\n\t{login}\n\tEOF\n"),
            format!("ONBUILD RUN {login}\n"),
            format!("CMD {login}\n"),
            format!("ENTRYPOINT echo あ && \\\n  {login}\n"),
            format!("# escape=`\nRUN a `\n && {login}\n"),
            format!("COPY <<A /a\nRUN az login -u a -p b\nA\nRUN {login}\n"),
        ] {
            assert_eq!(sign_ins(&PLATFORM, "a/Dockerfile", &text), [login], "{text}");
        }
        let escaped = r#"az login -u \"$U\" -p \u0024P"#;
        for keyword in ["RUN", "CMD", "ENTRYPOINT"] {
            let text = format!("{keyword} [\"/bin/sh\", \\\n  \"-c\", \"{escaped}\"]\n");
            assert_eq!(sign_ins(&PLATFORM, "Dockerfile", &text), [escaped], "{text}");
        }
        let list = "az\", \"login\", \"-u\", \"a";
        let text = format!("CMD [\"{list}\"]\n");
        assert_eq!(sign_ins(&PLATFORM, "Dockerfile", &text), [list]);
        let long = "az login \\\n  -u a \\\n  -p b";
        assert_eq!(sign_ins(&PLATFORM, "Dockerfile", &format!("RUN {long}\n")), [long]);
        let note = "az login \\\n  # as a user\n  -u a";
        assert_eq!(sign_ins(&PLATFORM, "Dockerfile", &format!("RUN {note}\n")), [note]);
    }

    #[test]
    fn what_only_looks_like_a_run_is_none() {
        for text in [
            "# RUN az login -u a -p b\n",
            "LABEL a=\"x \\\nRUN az login -u a -p b\"\n",
            "RUN cat > a <<EOF\naz login -u a -p b\nEOF\n",
            "RUNaz login -u a -p b\n",
            "USER az login -u a -p b\n",
            "CMD [\"echo\", \"az login -u a -p b\"]\n",
        ] {
            assert!(sign_ins(&PLATFORM, "Dockerfile", text).is_empty(), "{text}");
        }
        let exec = found(&PLATFORM, "Dockerfile", "RUN [\"az\", \"login\"]\nRUN [ -f a ] && b\n");
        let texts: Vec<_> = exec.iter().map(|it| it.text.trim_start()).collect();
        assert_eq!(texts, ["az login", "[ -f a ] && b"]);
        for (path, claimed) in [
            ("Dockerfile.ci", true),
            ("api.Dockerfile", true),
            ("Containerfile", true),
            ("Dockerfiles", false),
            ("docs/dockerfile-notes.md", false),
        ] {
            assert_eq!((PLATFORM.claims)(&Source::new(path, "")), claimed, "{path}");
        }
    }

    #[test]
    fn a_stage_has_its_shell_and_what_is_set_before() {
        let text = "ARG P\nFROM a AS build\nENV A=1 B=\"$P\"\nENV C x y\nSHELL [\"pwsh\", \"-c\"]\nRUN a `\n  b\nFROM c\nRUN d\n";
        let text = format!("# escape=`\n{text}");
        let scripts = found(&PLATFORM, "Dockerfile", &text);
        assert_eq!((scripts[0].language, scripts[1].language), ("powershell", "bash"));
        assert_eq!(scripts[0].text, "    a `\n  b");
        assert_eq!(scripts[0].workload.name, "Dockerfile, stage build");
        let set = scripts[0].environment.iter();
        let set: Vec<_> = set
            .map(|it| {
                (it.name.as_str(), it.from.as_deref(), it.literal.map(|it| &text[it.start..it.end]))
            })
            .collect();
        assert_eq!(
            set,
            [
                ("P", None, None),
                ("A", None, Some("1")),
                ("B", Some("P"), None),
                ("C", None, Some("x y"))
            ]
        );
    }

    #[test]
    fn what_an_image_sets_and_brings_along_is_read() {
        let text = "FROM a\nCOPY .azure /home/app/.azure\nENV A=1 B=\"c d\" \\\n  D=e\nENV F=$G\n";
        let scripts = found(&PLATFORM, "Dockerfile", text);
        let read: Vec<_> = scripts.iter().map(|it| (it.language, it.text.as_str())).collect();
        let set = "A=1\nB=\"c d\"\nD=e\nF=$G";
        assert_eq!(read, [("bash", "COPY .azure /home/app/.azure"), ("settings", set)]);
    }

    #[test]
    fn what_stages_set_alike_is_kept_once() {
        let text = "FROM a\nENV A=b C=\"d e\"\nFROM f\nENV A b\nENV G h i\n";
        let scripts = found(&PLATFORM, "Dockerfile", text);
        let [kept] = scripts.as_slice() else { panic!("{} scripts", scripts.len()) };
        assert_eq!(kept.text, "A=b\nC=\"d e\"\nG=h i");
        let at = kept.text.find("h i").unwrap();
        let place = kept.place.outer(Span::new(at, at + 3)).unwrap();
        assert_eq!(&text[place.start..place.end], "h i");
    }

    proptest::proptest! {
        #[test]
        fn any_text_keeps_its_places(text: String, pieces in check::pieces(PIECES)) {
            check::places(&PLATFORM, "Dockerfile", &text);
            check::places(&PLATFORM, "Dockerfile", &pieces.concat());
        }
    }

    const PIECES: &[&str] = &[
        "RUN ",
        "ENV a=b ",
        "COPY ",
        "FROM a AS b",
        "\n",
        "az login -u a ",
        "\\\n",
        " # c\n",
        "<<EOF\n",
        "EOF\n",
        "`",
        "あ",
        "\r\n",
        "SHELL [\"pwsh\"]\n",
        "ENV A=b ",
        "--mount=x ",
        "ONBUILD ",
        "# escape=`\n",
        "bash ",
        "CMD ",
        "[\"a\", ",
        "\"b\\n\"",
        "]",
    ];
}
