//! Which arguments of a call are options, under which names, and what they are given.

use super::{
    Call, Literal, Opt, Part, Value, Word,
    handed::Handed,
    known::{
        CMDLETS, COMMANDS, COMMON, CONNECT, Known, SWITCHES,
        Takes::{Nothing, Several, Value as One},
    },
    nested::{self, Assigned, Step, basename, shows},
};
use crate::text::Span;

/// The call with its name, its options and its other words told from its arguments: once for each
/// list of arguments that a variable may hold.
pub(super) fn resolve(
    call: Call,
    assigned: &Assigned<'_>,
    handed: &Handed,
    splits: bool,
) -> Vec<Call> {
    let of = |given: Vec<Given>| {
        let Resolved { name, words, options } = resolved(&given, call.span.start, assigned);
        Call { name, words, options, ..call.clone() }
    };
    given(&call, assigned, handed, splits).into_iter().map(of).collect()
}

fn resolved(given: &[Given], at: usize, assigned: &Assigned<'_>) -> Resolved {
    let Some((command_word, arguments)) = given.split_first() else {
        return Resolved::plain(String::new(), &[]);
    };
    let written = command_word.word.literal().unwrap_or_default();
    let file = written.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
    match program(&file) {
        "" if let Some(name) = called_like(&command_word.word) => command(name, arguments),
        name if PROGRAMS.contains(&name) => command(name, arguments),
        name if WRAPPERS.contains(&name) => {
            let known = |it: &Given| {
                let file = basename(&it.word.literal()?);
                PROGRAMS.iter().copied().find(|name| *name == program(&file))
            };
            let mut words = arguments.iter().enumerate();
            match words.find_map(|(at, it)| Some((at, known(it)?))) {
                Some((at, name)) => command(name, &arguments[at + 1..]),
                None => Resolved::plain(file, arguments),
            }
        }
        name if CONTAINERS.contains(&name) => match signs_in(arguments) {
            Some((at, name)) => command(name, &arguments[at + 1..]),
            None => Resolved::plain(file, arguments),
        },
        name if let Some((at, program)) = handed_on(name, arguments) => {
            command(program, &arguments[at + 1..])
        }
        _ if is_cmdlet(&file) => cmdlet(&file, arguments, at, assigned),
        _ => Resolved::plain(file, arguments),
    }
}

/// Which program is told to sign in inside a container, and where: `docker exec name az login`.
fn signs_in(arguments: &[Given]) -> Option<(usize, &'static str)> {
    let is = |it: &Given, text: &str| it.word.is(text);
    let runs = arguments.first().is_some_and(|it| is(it, "run") || is(it, "exec"));
    let of = |(at, two): (usize, &[Given])| {
        let known = PROGRAMS.iter().find(|it| is(&two[0], it))?;
        is(&two[1], "login").then_some((at, *known))
    };
    arguments.windows(2).enumerate().filter(|_| runs).find_map(of)
}

/// Which program another command is given to sign in with, and where, unless it only shows what it is
/// given: `run_cmd az login -u name`.
fn handed_on(name: &str, arguments: &[Given]) -> Option<(usize, &'static str)> {
    let of = |(at, three): (usize, &[Given])| {
        let file = basename(&three[0].word.literal()?);
        let known = PROGRAMS.iter().find(|it| **it == program(&file))?;
        (three[1].word.is("login") && is_option(&three[2].word)).then_some((at, *known))
    };
    let is_shell =
        || nested::INTERPRETERS.iter().any(|(it, _)| *it == name.trim_end_matches(".exe"));
    if shows(name) || is_shell() || is_cmdlet(name) && !name.starts_with("invoke-") {
        return None;
    }
    arguments.windows(3).enumerate().find_map(of)
}

/// A word as its command is given it.
#[derive(Clone)]
struct Given {
    word: Word,
    /// Where it stands in the call: as itself, or as the variable that holds it.
    at: Span,
    is_held: bool,
}

/// The command and its arguments, with what variables hold in the place of those: lists, and in
/// shells that split them texts of more than a word.
fn given(call: &Call, assigned: &Assigned<'_>, handed: &Handed, splits: bool) -> Vec<Vec<Given>> {
    let command = handed.command(&call.command);
    let first = match &command {
        Some(words) => words.first().or(call.arguments.first()),
        None => Some(&call.command),
    };
    let name = first.and_then(Word::literal).map(|it| basename(&it));
    let is_told =
        name.is_none_or(|it| PROGRAMS.contains(&program(&it)) || WRAPPERS.contains(&it.as_str()));
    let is_own = command.is_none();
    let of = |word: &Word| Given { word: word.clone(), at: call.command.span, is_held: true };
    let mut all: Vec<Vec<Given>> = vec![command.iter().flatten().map(of).collect()];
    for word in Some(&call.command).filter(|_| is_own).into_iter().chain(&call.arguments) {
        let mut choices = match is_told {
            true => held_by(word, call, assigned, splits),
            false => Vec::new(),
        };
        let is_held = !choices.is_empty() && all.len() * choices.len() <= MOST;
        if !is_held {
            choices = vec![vec![word.clone()]];
        }
        let of = |it: &Word| Given { word: it.clone(), at: word.span, is_held };
        let longer = |so_far: &Vec<Given>| {
            let more = |it: &Vec<Word>| so_far.iter().cloned().chain(it.iter().map(of)).collect();
            choices.iter().map(more).collect::<Vec<_>>()
        };
        all = match choices.as_slice() {
            // All ways go on alike.
            [one] => {
                all.iter_mut().for_each(|it| it.extend(one.iter().map(of)));
                all
            }
            _ => all.iter().flat_map(longer).collect(),
        };
    }
    all
}

const LONGEST: usize = 4096;

/// Ways to call a command beyond this are not told apart.
const MOST: usize = 8;

/// What a word stands for, for each way through the script.
fn held_by(word: &Word, call: &Call, assigned: &Assigned<'_>, splits: bool) -> Vec<Vec<Word>> {
    let Some(variable) = word.variable() else { return Vec::new() };
    let name = variable.strip_prefix('@').unwrap_or(variable);
    let before = assigned.before(name, call.span.start);
    // A list that is longer is no list of arguments.
    if before.iter().any(|it| it.value.span.end - it.value.span.start > LONGEST) {
        return Vec::new();
    }
    if !assigned.may_give(before.iter().map(|it| 1 + it.entries.len()).sum()) {
        return Vec::new();
    }
    let is_list = match splits {
        true => name != variable,
        false => before.iter().any(|it| it.entries.iter().any(|(key, _)| key.is_empty())),
    };
    let is_command = word.span == call.command.span;
    let is_first = call.arguments.first().is_some_and(|it| it.span == word.span);
    let is_bare = word.parts.iter().all(|it| it.span == word.span);
    let mut choices = Vec::new();
    for steps in nested::held(name, call.span.start, assigned) {
        let mut words = Vec::new();
        for Step { word, is_sure, .. } in &steps {
            match (is_sure, is_list) {
                (false, _) => words.push(nested::unsure(word)),
                (true, true) => words.push(word.clone()),
                (true, false) if splits && is_bare => words.extend(split(word)),
                // What is run is named whole: `& $command`.
                (true, false) if is_command && !splits && word.literal().is_some() => {
                    words.push(word.clone());
                }
                // An option with its value is one word.
                (true, false) if first_literal(word).is_some_and(is_joined) => {
                    words.push(word.clone());
                }
                (true, false) => return Vec::new(),
            }
        }
        // One word is a name or a value, which is told best by the variable that holds it.
        let says =
            |it: &Word| first_literal(it).is_some_and(|it| is_command || it.starts_with('-'));
        let is_told = is_first && words.len() > 1;
        if !is_list && !is_told && !words.first().is_none_or(says) {
            return Vec::new();
        }
        choices.push(words);
    }
    if choices.iter().all(Vec::is_empty) { Vec::new() } else { choices }
}

fn is_joined(word: &str) -> bool {
    word.starts_with('-') && word.contains('=')
}

/// The words of a text, as a shell splits what a variable holds.
pub(super) fn split(word: &Word) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut is_open = false;
    let mut add = |part: Part, is_open: bool| match words.last_mut().filter(|_| is_open) {
        Some(word) => {
            word.span.end = part.span.end;
            word.parts.push(part);
        }
        None => words.push(Word { span: part.span, parts: vec![part] }),
    };
    for part in &word.parts {
        let Value::Literal(Literal { text, .. }) = &part.value else {
            add(part.clone(), is_open);
            is_open = true;
            continue;
        };
        let is_as_written = text.len() == part.span.end - part.span.start;
        let mut at = 0;
        for piece in text.split_inclusive([' ', '\t', '\n']) {
            let plain = piece.trim_end_matches([' ', '\t', '\n']);
            if !plain.is_empty() {
                let start = part.span.start + at;
                let exact = Span::new(start, start + plain.len());
                let span = if is_as_written { exact } else { part.span };
                add(Part::literal(span, plain.to_owned()), is_open);
                is_open = true;
            }
            is_open &= plain.len() == piece.len();
            at += piece.len();
        }
    }
    words
}

/// Commands that run the command that they are given.
const WRAPPERS: &[&str] = &[
    "command", "env", "exec", "nice", "nohup", "npx", "retry", "spawn", "start", "sudo", "time",
    "timeout", "watch", "winpty", "xargs",
];

/// Programs that run commands in containers.
const CONTAINERS: &[&str] = &["docker", "kubectl", "nerdctl", "podman"];

/// Programs whose first words say what they do.
const PROGRAMS: &[&str] = &["az", "kubelogin", "m365", "o365"];

struct Resolved {
    name: String,
    words: Vec<Word>,
    options: Vec<Opt>,
}

impl Resolved {
    fn plain(name: String, arguments: &[Given]) -> Resolved {
        let words = arguments.iter().map(|it| it.word.clone()).collect();
        Resolved { name, words, options: Vec::new() }
    }
}

fn program(file: &str) -> &str {
    let extensions = [".cmd", ".exe", ".bat"];
    let plain = extensions.iter().find_map(|it| file.strip_suffix(it));
    plain.filter(|it| PROGRAMS.contains(it)).unwrap_or(file)
}

/// The program that a variable is called after, of which more is not known: `$AZ`, `$az_cmd`.
pub(super) fn called_like(command: &Word) -> Option<&'static str> {
    let variable = command.variable()?.to_ascii_lowercase();
    let name = variable.strip_prefix("env:").unwrap_or(&variable);
    let name = name.rsplit('.').next().unwrap_or_default();
    let plain = ["cli", "cmd", "bin", "exe", "path"].iter().find_map(|it| name.strip_suffix(it));
    let plain = plain.unwrap_or(name).trim_end_matches('_');
    PROGRAMS.iter().copied().find(|it| *it == plain)
}

/// `Verb-Noun`
fn is_cmdlet(file: &str) -> bool {
    let letters = |it: &str| it.starts_with(|it: char| it.is_ascii_alphabetic());
    file.split_once('-').is_some_and(|(verb, noun)| letters(verb) && letters(noun))
}

fn command(program: &str, arguments: &[Given]) -> Resolved {
    let is_command = |it: &Given| {
        it.word.literal().is_some_and(|it| {
            it.starts_with(|it: char| it.is_ascii_alphabetic())
                && it.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-')
        })
    };
    let global = if program == "az" { global(arguments) } else { 0 };
    let (leading, arguments) = arguments.split_at(global);
    let commands = arguments.iter().take_while(|it| is_command(it)).count();
    let mut name = String::from(program);
    for it in arguments[..commands].iter().filter_map(|it| it.word.literal()) {
        name.push(' ');
        name.push_str(&it);
    }
    let table = COMMANDS.iter().find(|(it, _)| *it == name).map_or(&[][..], |(_, table)| table);
    let mut resolved = Resolved { name, words: Vec::new(), options: Vec::new() };
    let mut rest = leading.iter().chain(&arguments[commands..]).peekable();
    let is_value = |it: &&Given| !is_option(&it.word);
    while let Some(Given { word, at, is_held }) = rest.next() {
        let Some((known, name, attached)) = argparse(word, table) else {
            resolved.words.push(word.clone());
            continue;
        };
        let takes = known.map_or(One, |it| it.takes);
        let mut option = Opt { name, span: *at, value: attached, splatted: *is_held, off: false };
        if takes != Nothing
            && option.value.is_none()
            && let Some(value) = rest.next_if(is_value)
        {
            option.span.end = value.at.end;
            option.splatted |= value.is_held;
            option.value = Some(value.word.clone());
        }
        if takes == Several {
            while let Some(more) = rest.next_if(is_value) {
                option.span.end = more.at.end;
            }
        }
        resolved.options.push(option);
    }
    resolved
}

/// How many words before its command are options that all commands of the Azure CLI have.
fn global(arguments: &[Given]) -> usize {
    const SWITCHES: &[&str] = &["--only-show-errors", "--debug", "--verbose"];
    const VALUES: &[&str] = &["--output", "-o", "--query", "--subscription"];
    let mut at = 0;
    while let Some(it) = arguments.get(at) {
        let says = |all: &[&str]| all.iter().any(|text| it.word.is(text));
        at += match (says(SWITCHES), says(VALUES)) {
            (true, _) => 1,
            (_, true) => 2,
            _ => break,
        };
    }
    at.min(arguments.len())
}

/// An option by the rules of Python's argparse: `--long value`, `--long=value`, any unambiguous
/// beginning of a long name, `-s value`, `-svalue`, `-s=value`.
fn argparse<'k>(
    word: &Word,
    table: &'k [Known],
) -> Option<(Option<&'k Known>, String, Option<Word>)> {
    let text = first_literal(word).filter(|_| is_option(word))?;
    let end = if text.starts_with("--") {
        text.find('=').unwrap_or(text.len())
    } else {
        text.char_indices().nth(2).map_or(text.len(), |(at, _)| at)
    };
    let known = find(&text[..end], &[table]);
    let name = known.map_or(&text[..end], |it| it.name);
    let signs = usize::from(text[end..].starts_with('='));
    let attached = (end < text.len() || word.parts.len() > 1).then(|| after(word, end + signs));
    Some((known, name.to_owned(), attached))
}

fn cmdlet(file: &str, arguments: &[Given], at: usize, assigned: &Assigned<'_>) -> Resolved {
    let entry = CMDLETS.iter().find(|(name, aliases, _)| *name == file || aliases.contains(&file));
    let (name, table) = entry.map_or((file, SWITCHES), |(name, _, table)| (*name, *table));
    let mut resolved = Resolved { name: name.to_owned(), words: Vec::new(), options: Vec::new() };
    let find = |name: &str| find(name, &[table, COMMON]);
    let mut add = |name: &str, span: Span, value: Option<Word>, splatted: bool, there: There| {
        let known = find(name);
        let given = value.as_ref().filter(|it| !it.parts.is_empty()).and_then(Word::variable);
        let is_off = there == There::InABranch || given.is_some_and(|it| it != "true");
        let is_switch = known.is_some_and(|it| it.takes == Nothing);
        let off = is_off && is_switch || there == There::IfGiven;
        let name = known.map_or(name, |it| it.name).to_owned();
        resolved.options.push(Opt { name, span, value, splatted, off });
    };
    let mut rest = arguments.iter().map(|it| &it.word).peekable();
    while let Some(word) = rest.next() {
        if let Some(splat) = word.variable().and_then(|it| it.strip_prefix('@')) {
            let entries = splatted(splat, at, assigned);
            if entries.is_empty() {
                resolved.words.push(word.clone());
            }
            let credential = entries.iter().find(|((key, _), _)| key.starts_with("cred"));
            let usual = credential.map(|(_, branch)| *branch);
            for ((key, value), branch) in entries {
                // A switch that is not always set where there is a credential is off at times.
                let there = match usual.is_some_and(|it| it != branch) {
                    // What the function itself is given, it need not be given.
                    _ if splat == BOUND && !key.starts_with("cred") => There::IfGiven,
                    true if branch.is_some() => There::InABranch,
                    _ => There::Always,
                };
                add(&format!("-{key}"), word.span, Some(value.clone()), true, there);
            }
            continue;
        }
        let Some(text) = first_literal(word).filter(|_| is_parameter(word)) else {
            resolved.words.push(word.clone());
            continue;
        };
        let end = text.find(':').unwrap_or(text.len());
        let name = text[..end].to_ascii_lowercase();
        let is_joined = end + 1 < text.len() || word.parts.len() > 1;
        let value = if is_joined {
            Some(after(word, end + 1))
        } else if end < text.len() {
            rest.next().cloned()
        } else if find(&name).is_some_and(|it| it.takes == Nothing) {
            None
        } else {
            rest.next_if(|it| !is_parameter(it) && !is_splat(it)).cloned()
        };
        let end = value.as_ref().map_or(word.span.end, |it| it.span.end);
        add(&name, Span::new(word.span.start, end), value, false, There::Always);
    }
    if table.iter().any(|it| it.name == "-credential") {
        positional_credential(&mut resolved, std::ptr::eq(table, CONNECT));
    }
    resolved
}

/// The variable of PowerShell that holds what a function or a script is given by name.
pub(super) const BOUND: &str = "psboundparameters";

/// No cmdlet has as many.
const MOST_PARAMETERS: usize = 500;

/// When an option is there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum There {
    Always,
    InABranch,
    IfGiven,
}

/// Of what may stand without its name, only a credential is ever held in a variable where Azure is
/// signed in to; elsewhere, such a variable is called like one.
fn positional_credential(resolved: &mut Resolved, is_azure: bool) {
    let is_called = |it: &Word| it.variable().is_some_and(|it| it.contains("cred"));
    let is_computed =
        |it: &Word| it.literal().is_none() && !is_splat(it) && (is_azure || is_called(it));
    let named = resolved.options.iter().any(|it| it.name == "-credential");
    let Some(at) = resolved.words.iter().position(is_computed).filter(|_| !named) else { return };
    let word = resolved.words.remove(at);
    resolved.options.push(Opt {
        name: "-credential".to_owned(),
        span: word.span,
        value: Some(word),
        splatted: false,
        off: false,
    });
}

/// What a splatted hashtable holds: its last assignment, and what was added since; with the branch
/// in which that was, if it need not have been. Nothing, where that is more than any cmdlet takes.
fn splatted<'a>(
    name: &str,
    at: usize,
    assigned: &Assigned<'a>,
) -> Vec<(&'a (String, Word), Option<Span>)> {
    let mut entries = Vec::new();
    for assignment in assigned.before(name, at) {
        if !assignment.adds {
            entries.clear();
        }
        let more = assignment.entries.len();
        if entries.len() + more > MOST_PARAMETERS || !assigned.may_give(more) {
            return Vec::new();
        }
        let branch = assignment.branch.filter(|it| !it.contains(Span::at(at)));
        for entry in assignment.entries.iter().filter(|(key, _)| !key.is_empty()) {
            entries.retain(|(it, _): &(&(String, Word), _)| it.0 != entry.0);
            entries.push((entry, branch));
        }
    }
    entries
}

/// The option of that name, of that alias, or the only one that begins so.
fn find<'k>(name: &str, tables: &[&'k [Known]]) -> Option<&'k Known> {
    let all = || tables.iter().copied().flatten();
    let has = |it: &&Known| it.name == name || it.aliases.contains(&name);
    let begins =
        |it: &&Known| [&[it.name], it.aliases].concat().iter().any(|it| it.starts_with(name));
    all().find(has).or_else(|| {
        let mut candidates =
            all().filter(begins).filter(|_| name.len() > "--".len() || !name.starts_with("--"));
        candidates.next().filter(|_| candidates.next().is_none())
    })
}

/// `-x` or `--long`, and neither the number `-1` nor the file `-`.
fn is_option(word: &Word) -> bool {
    first_literal(word).is_some_and(|it| {
        let name = it.trim_start_matches('-');
        name.len() < it.len() && name.starts_with(|it: char| it.is_ascii_alphabetic())
    })
}

/// An option that is written without quotes, which would make it a value.
fn is_parameter(word: &Word) -> bool {
    is_option(word) && word.parts.first().is_some_and(|it| it.span.start == word.span.start)
}

fn is_splat(word: &Word) -> bool {
    word.variable().is_some_and(|it| it.starts_with('@'))
}

pub(super) fn first_literal(word: &Word) -> Option<&str> {
    match &word.parts.first()?.value {
        Value::Literal(Literal { text, .. }) => Some(text),
        Value::Variable(_) | Value::Computed { .. } => None,
    }
}

/// The word without the first `at` bytes of the literal that it begins with.
pub(super) fn after(word: &Word, at: usize) -> Word {
    let mut parts = word.parts.clone();
    let first = parts.remove(0);
    let quote = word.span.start < first.span.start;
    let rest = match &first.value {
        Value::Literal(Literal { text, .. }) => text.get(at..).unwrap_or_default(),
        Value::Variable(_) | Value::Computed { .. } => "",
    };
    let has_escapes = |text: &str| text.len() != first.span.end - first.span.start;
    let start = match &first.value {
        _ if rest.is_empty() => first.span.end,
        // Where an escape moves what follows it, the place is that of the whole.
        Value::Literal(Literal { text, .. }) if has_escapes(text) => first.span.start,
        _ => first.span.start + at,
    };
    if !rest.is_empty() {
        parts.insert(0, Part::literal(Span::new(start, first.span.end), rest.to_owned()));
    }
    let end = if quote { parts.last().map_or(start, |it| it.span.end) } else { word.span.end };
    Word { span: Span::new(start, end), parts }
}

#[cfg(test)]
mod tests {
    use crate::lang::by_name;
    use crate::lang::testing::calls;

    #[test]
    fn options_of_az_login_are_those_that_argparse_sees() {
        check("bash", AZ);
    }

    #[test]
    fn parameters_of_cmdlets_are_those_that_powershell_binds() {
        check("powershell", CMDLETS);
    }

    #[test]
    fn other_commands_keep_their_words() {
        for language in ["bash", "powershell"] {
            let text = "/opt/bin/Foo -x a login; azure login -u a";
            let language = by_name(language).unwrap();
            assert_eq!(calls(language, text, &[]), "foo [-x a login]; azure [login -u a]");
        }
    }

    #[test]
    fn a_value_is_where_it_is_written() {
        for (text, value) in [
            ("az login -p=pa", "pa"),
            ("az login -ppa", "pa"),
            ("az login --pass=pa", "pa"),
            ("az login \"--password=p a\"", "p a"),
            ("az login --password='p a'", "'p a'"),
            ("az login -p 'p a'", "'p a'"),
            ("az login -p'p a'", "'p a'"),
        ] {
            let parsed = by_name("bash").map(|it| it.parse(text, &[])).unwrap();
            let span = parsed.calls[0].value("--password").unwrap().span;
            assert_eq!(&text[span.start..span.end], value, "{text}");
        }
    }

    fn check(language: &str, table: &[(&str, &str)]) {
        for (text, expected) in table {
            assert_eq!(calls(by_name(language).unwrap(), text, &[]), *expected, "{text}");
        }
    }

    const AZ: &[(&str, &str)] = &[
        ("az login --user a --pass b --ten c", "az login --username=a --password=b --tenant=c"),
        ("az login --service -u a", "az login --service-principal --username=a"),
        ("az login --use a", "az login --use=a"),
        ("az login --use-d --use-c", "az login --use-device-code --use-cert-sn-issuer"),
        (
            "az login --i --al --skip-sub",
            "az login --identity --allow-no-subscriptions --skip-subscription-discovery",
        ),
        ("az login -i --username=x", "az login --identity --username=x"),
        ("az login -pa -p=b -p", "az login --password=a --password=b --password"),
        ("az login -u -p b", "az login --username --password=b"),
        ("az login -u -1 -p -", "az login --username=-1 --password=-"),
        ("az login --scope a b -u c", "az login --scope=a --username=c"),
        ("az login --no-such-thing x -u a", "az login --no-such-thing=x --username=a"),
        (
            "az login -ojson --query '[].id' -s x",
            "az login --output=json --query=[].id --subscription=x",
        ),
        ("az login -u\"$U\" --password=$A$B", "az login --username=$U --password=$A$B"),
        ("az login $ARGS -u a", "az login [$ARGS] --username=a"),
        ("AZ.EXE login -u a", "az login --username=a"),
        ("$AZ_CMD login -u a", "az login --username=a"),
        ("$DOCKER login -u a", " [login -u a]"),
        ("docker exec -it c az login -u a", "az login --username=a"),
        ("docker run -v a:/b i az group list", "docker [run -v a:/b i az group list]"),
        ("./bin/az login -u a", "az login --username=a"),
        ("timeout 30 az login -u a", "az login --username=a"),
        ("sudo -u me ls", "sudo [-u me ls]"),
        ("spawn az login -u a", "az login --username=a"),
        ("retry_cmd 3 az login -u a", "az login --username=a"),
        ("$RUN az login -u a", "az login --username=a"),
        ("log_info az login -u a", "log_info [az login -u a]"),
        ("run_cmd az login", "run_cmd [az login]"),
        ("az -o none --debug login -u a", "az login --output=none --debug --username=a"),
        ("az -o", "az -o"),
        ("A=\"login -u $U\"; az $A", "az login @--username=$U"),
        ("A=\"group list\"; f az $A", "f [az $A]"),
        ("set -- login -u a; az \"$@\"", "set [-- login -u a]; az login @--username=a"),
        ("f() { \"$@\"; }; f az login -u a", "; az login --username=a"),
        ("f() { az \"$@\"; }; f login -u a", "az [$@]; az login --username=a"),
        (
            "f() { g \"$@\"; }; g() { az \"$@\"; }; f login -u a",
            "az [$@]; az [$@]; az login --username=a",
        ),
        ("f() { f \"$@\"; }; f az login -u a", "f [$@]; az login --username=a"),
        ("f() { echo \"$@\"; }; f az login", "echo [$@]; f [az login]"),
        ("alias a='az login'; a -u b", "alias [a=az login]; az login --username=b"),
        ("az acr login -n x -u a", "az acr login -n=x -u=a"),
        ("az --version", "az --version"),
        ("kubelogin get-token -lropc -t x", "kubelogin get-token --login=ropc --tenant-id=x"),
        ("m365 login -t password -u a", "m365 login --authType=password --userName=a"),
        ("npx -p b m365 login -t password", "m365 login --authType=password"),
    ];

    const CMDLETS: &[(&str, &str)] = &[
        ("Login-AzAccount", "connect-azaccount"),
        ("add-azureRMaccount -c $c", "connect-azurermaccount -c=$c"),
        ("Connect-AzAccount -CRED:$c -Domain d", "connect-azaccount -credential=$c -tenant=d"),
        (
            "Connect-AzAccount -Service -Cred $c",
            "connect-azaccount -serviceprincipal -credential=$c",
        ),
        (
            "Connect-AzAccount -Device -Acco a",
            "connect-azaccount -usedeviceauthentication -accountid=a",
        ),
        ("Connect-AzAccount -MSI:$false -Cred $c", "connect-azaccount -credential=$c"),
        ("Connect-AzAccount $c -Tenant t", "connect-azaccount -tenant=t -credential=$c"),
        ("Connect-AzAccount (Get-Credential)", "connect-azaccount -credential={}; get-credential"),
        ("Connect-AzAccount AzureCloud", "connect-azaccount [AzureCloud]"),
        ("Connect-AzAccount '-Credential' $c", "connect-azaccount [-Credential] -credential=$c"),
        ("$p = @{MSI=$true}; Connect-AzAccount @p", "connect-azaccount @-identity=$true"),
        (
            "$p = @{MSI=$true; Cred=$c}; $p = @{Cred=$d}; Connect-AzAccount @p",
            "connect-azaccount @-credential=$d",
        ),
        (
            "$p = @{Force=$false; Cred=$c}; Connect-AzAccount @p -Te t",
            "connect-azaccount @-credential=$c -tenant=t",
        ),
        ("Connect-AzAccount @p; $p = @{Cred=$c}", "connect-azaccount [$@p]"),
        (
            "Connect-SPOService $url $credential",
            "connect-sposervice [$url] -credential=$credential",
        ),
        ("Connect-AzureAD -Cred $c -Tenant t", "connect-azuread -credential=$c -tenantid=t"),
        (
            "Connect-PnPOnline -Interactive $site -Credentials $c",
            "connect-pnponline [$site] -interactive -credential=$c",
        ),
        (
            "New-PSSession -ConnectionU u -AllowR -Cred $c",
            "new-pssession -connectionuri=u -allowredirection -credential=$c",
        ),
        ("Get-Thing -Name a -Force b", "get-thing [b] -name=a -force"),
    ];
}
