//! Recipes of make.

use super::{
    Command, Environment, Link, Platform, Repository, Run, Script, Variable, Words, file_name,
    language_of_shell, lines, unstated, variable,
};
use crate::{
    lang::Expression,
    text::{Placed, Source, Span, pattern},
};
use regex::Regex;
use std::sync::{Arc, LazyLock};

pub(super) const PLATFORM: Platform = Platform {
    name: "makefile",
    title: "make",
    run: Run::Attended,
    claims,
    scripts,
    commands: &[Command {
        programs: &["make", "gmake", "mingw32-make"],
        file: &["-f", "--file", "--makefile"],
        folder: &["-C", "--directory"],
        files: &["GNUmakefile", "makefile", "Makefile"],
        words: Words::Parts,
        part: None,
    }],
    advice: ADVICE,
    dollar: "$$",
    ..Platform::PLAIN
};

const ADVICE: &str = "make has no identity of its own, so take the call out, and sign in with a workload identity in whatever runs make, before it does";

/// `NAME := value`, for all targets or for one.
static ASSIGNMENT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:[^\s#:=][^#:=]*:)?\s*(?:(?:export|override|private)\s+)*([A-Za-z_][\w.-]*)\s*(?::{0,3}|\?|\+|!)=\s*(.*?)\s*$",
    )
});

static REFERENCE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\$[({]([^(){}]*)[)}]"));

fn claims(source: &Source) -> bool {
    let name = file_name(&source.path);
    ["Makefile", "makefile", "GNUmakefile"].contains(&name) || name.ends_with(".mk")
}

/// The lines of one recipe are one script: each has a shell of its own, but not a sign-in.
#[derive(Default)]
struct Recipe {
    name: String,
    /// The targets that are made before it.
    needs: Vec<String>,
    script: Placed,
    expressions: Vec<Expression>,
}

/// What a line is part of, and the next one too if a backslash ends it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Recipe,
    Other,
}

#[derive(Default)]
struct Makefile {
    recipes: Vec<Recipe>,
    variables: Vec<Variable>,
    language: Option<&'static str>,
    /// What begins the lines of recipes, instead of a tab.
    prefix: Option<char>,
}

fn scripts(source: &Source, _: &Repository) -> Result<Vec<Script>, String> {
    let mut file = Makefile::default();
    let mut open = None;
    for (at, line) in lines(source.raw()) {
        let part = match (open, file.recipes.last_mut()) {
            (Some(Part::Other), _) => Part::Other,
            (_, Some(recipe))
                if open.is_some() || line.starts_with(file.prefix.unwrap_or('\t')) =>
            {
                let sign = file.prefix.filter(|it| line.starts_with(*it)).map_or(0, char::len_utf8);
                recipe.line(&line[sign..], at + sign, open.is_some());
                Part::Recipe
            }
            _ => file.line(line, at),
        };
        let backslashes = line.len() - line.trim_end_matches('\\').len();
        open = (backslashes % 2 == 1).then_some(part);
    }
    let own: Arc<[String]> = [source.path.to_string()].into();
    let need = |it: String| Link { paths: own.clone(), part: Some(it), ..Link::default() };
    let is_any = |it: &Recipe| !it.script.text.is_empty() || !it.needs.is_empty();
    let environment: Environment = file.variables.into_iter().collect();
    let script = |it: Recipe| Script {
        expressions: it.expressions,
        environment: environment.clone(),
        part: it.name.clone(),
        links: it.needs.into_iter().map(need).collect(),
        ..Script::new(
            file.language.unwrap_or("bash"),
            it.script,
            unstated(PLATFORM.name, source, &format!("target {}", it.name), &it.name, ADVICE),
        )
    };
    Ok(file.recipes.into_iter().filter(is_any).map(script).collect())
}

impl Makefile {
    /// Reads a line that is in no recipe.
    fn line(&mut self, line: &str, at: usize) -> Part {
        if line.trim_start().starts_with('#') {
        } else if let Some((_, sign)) =
            line.split_once('=').filter(|_| line.starts_with(".RECIPEPREFIX"))
        {
            self.prefix = sign.trim_start().chars().next();
        } else if let Some((name, value)) = assignment(line) {
            let text = &line[value.start..value.end];
            if name == "SHELL" {
                self.language = Some(language_of_shell(text));
            }
            self.shell(name, text, at + value.start);
            let whole = Span::new(at, at + line.len());
            let value = Span::new(at + value.start, at + value.end);
            self.variables.push(variable(&REFERENCE, name, whole, text, value));
        } else if let Some(name) = line.strip_prefix("define ") {
            self.recipes.push(Recipe::of(name));
        } else if let Some((targets, rest)) = line.split_once(':') {
            let mut recipe = Recipe::of(targets);
            let needed = rest.split(['#', ';']).next().unwrap_or_default().trim_start_matches(':');
            // What is special to make is no target.
            if !targets.starts_with('.') {
                recipe.needs = needed.split_whitespace().map(str::to_owned).collect();
            }
            // `target: needed ; command`
            let command = rest.split_once(';').filter(|(needed, _)| !needed.contains('#'));
            if let Some((_, command)) = command {
                recipe.line(command, at + line.len() - command.len(), false);
            }
            self.recipes.push(recipe);
            return if command.is_some() { Part::Recipe } else { Part::Other };
        }
        Part::Other
    }

    /// What a variable takes from a shell is a script, too: `NAME := $(shell …)`.
    fn shell(&mut self, name: &str, value: &str, at: usize) {
        let mut next = 0;
        while let Some(found) = value[next..].find("$(shell ") {
            let start = next + found;
            let Some((inside, length)) = reference(&value[start..]) else { return };
            next = start + length;
            let command = inside.strip_prefix("shell").unwrap_or(inside);
            let skipped = value[start..].find(command).unwrap_or(0);
            let mut recipe = Recipe::of(name);
            recipe.line(command, at + start + skipped, false);
            // Lines that follow belong to the target before.
            let last = self.recipes.len().saturating_sub(1);
            self.recipes.insert(last, recipe);
        }
    }
}

fn assignment(line: &str) -> Option<(&str, Span)> {
    let found = ASSIGNMENT.captures(line)?;
    let value = found.get(2)?;
    Some((found.get(1)?.as_str(), Span::new(value.start(), value.end())))
}

impl Recipe {
    fn of(name: &str) -> Recipe {
        Recipe { name: name.trim().to_owned(), ..Recipe::default() }
    }

    /// Adds a line as the shell gets it. `goes_on` means that a backslash ended the line before.
    fn line(&mut self, line: &str, at: usize, goes_on: bool) {
        let content = match goes_on {
            true => line.strip_prefix('\t').unwrap_or(line),
            // How make is to run the command is no part of it.
            false => line.trim_start_matches(['\t', ' ', '@', '-', '+']),
        };
        self.script.line();
        let mut rest = content;
        while !rest.is_empty() {
            let at = at + line.len() - rest.len();
            let taken = if !rest.starts_with('$') {
                rest.find('$').unwrap_or(rest.len())
            } else if let Some((name, taken)) = reference(rest) {
                let start = self.script.text.len();
                let span = Span::new(start, start + taken);
                self.expressions.push(Expression { span, name: name.to_owned() });
                taken
            } else {
                self.script.escape("$", at, 2);
                rest = &rest[2..];
                continue;
            };
            self.script.push(&rest[..taken], at);
            rest = &rest[taken..];
        }
    }
}

/// What make puts in place of a `$` and what follows, and how long that is; `None` for `$$`,
/// which is a dollar.
fn reference(text: &str) -> Option<(&str, usize)> {
    let mut inside = text.char_indices().skip(1);
    let (open, close) = match inside.next() {
        None => return Some(("", text.len())),
        Some((_, '$')) => return None,
        Some((_, '(')) => ('(', ')'),
        Some((_, '{')) => ('{', '}'),
        Some((at, other)) => {
            let end = at + other.len_utf8();
            return Some((&text[at..end], end));
        }
    };
    let mut depth = 1;
    for (at, it) in inside {
        depth += i32::from(it == open) - i32::from(it == close);
        if depth == 0 {
            return Some((text[2..at].trim(), at + 1));
        }
    }
    Some((text[2..].trim(), text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::testing::{check, found, sign_ins};

    #[test]
    fn sign_ins_stand_where_the_file_has_them() {
        for login in [
            "az login -u \"$$U\" -p \"$$P\"",
            "az login -u $(USER_NAME) -p ${PASSWORD}",
            "az login -u $$(cat user) -p あ",
            "az login \\\n\t\t-u $@ \\\n\t\t-p $$P",
        ] {
            for text in [
                format!("deploy: build\n\t@{login}\n"),
                format!("deploy:\n\techo 1\n\n# note\nifdef X\n\t- @ {login}\nendif\n"),
                format!("deploy: build ; {login}\n"),
                format!("define sign-in =\n\t{login}\nendef\n"),
                format!("define sign-in\n\t{login}\nendef\n"),
            ] {
                assert_eq!(sign_ins(&PLATFORM, "a/Makefile", &text), [login], "{text}");
            }
        }
        let shell = "X := $(shell az login -u a -p $(P) | jq .)\n";
        assert_eq!(sign_ins(&PLATFORM, "Makefile", shell), ["az login -u a -p $(P)"]);
        let prefix = ".RECIPEPREFIX = >\nd:\n> az login -u a -p b\n";
        assert_eq!(sign_ins(&PLATFORM, "Makefile", prefix), ["az login -u a -p b"]);
        let windows = "d:\r\n\taz login -u a -p b\r\n\techo\r\n";
        assert_eq!(sign_ins(&PLATFORM, "Makefile", windows), ["az login -u a -p b"]);
    }

    #[test]
    fn what_only_looks_like_a_recipe_is_none() {
        for text in [
            "\taz login -u a -p b\n",
            "# d:\n#\taz login -u a -p b\n",
            "NOTE = one \\\n\taz login -u a -p b\n",
            "NOTE = az login -u a -p b\n",
            "d: # \\\n\taz login -u a -p b\n",
            "d: # one; az login -u a -p b\n",
        ] {
            assert!(sign_ins(&PLATFORM, "Makefile", text).is_empty(), "{text}");
        }
        assert!(!(PLATFORM.claims)(&Source::new("Makefile.am.txt", "")));
        assert!((PLATFORM.claims)(&Source::new("build/azure.mk", "")));
    }

    #[test]
    fn make_puts_in_its_variables_and_leaves_those_of_the_shell() {
        let text = "P := secret\nd: export Q = $(P)\nd:\n\techo $(P) $$HOME $@ ${shell a $(b)}\n\techo $\n";
        let scripts = found(&PLATFORM, "Makefile", text);
        assert_eq!(scripts[0].text, "echo $(P) $HOME $@ ${shell a $(b)}\necho $");
        let names: Vec<_> = scripts[0].expressions.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["P", "@", "shell a $(b)", ""]);
        let set: Vec<_> = scripts[0]
            .environment
            .iter()
            .map(|it| (it.name.as_str(), it.from.as_deref()))
            .collect();
        assert_eq!(set, [("P", None), ("Q", Some("P"))]);
        assert_eq!(scripts[0].workload.name, "Makefile, target d");
        let shell = "SHELL := pwsh\nd:\n\tConnect-AzAccount\n";
        assert_eq!(found(&PLATFORM, "Makefile", shell)[0].language, "powershell");
    }

    proptest::proptest! {
        #[test]
        fn any_text_keeps_its_places(text: String, pieces in check::pieces(PIECES)) {
            check::places(&PLATFORM, "Makefile", &text);
            check::places(&PLATFORM, "Makefile", &pieces.concat());
        }
    }

    const PIECES: &[&str] = &[
        "d:",
        "\n\t",
        "@",
        "-",
        "az login -u a ",
        "$$",
        "$",
        "(",
        ")",
        "{",
        "}",
        "A",
        "=",
        " \\",
        "\n",
        "あ",
        "\r\n",
        ";",
        "#",
        "define ",
        "$(shell ",
        ".RECIPEPREFIX = >\n",
        "\n>",
        "endef\n",
        "ifdef A\n",
        ":",
    ];
}
