//! What brought a user's name and password to a sign-in that is another one now, and serves nothing
//! else: a second set of edits, each for a person to look at.

use super::{Draft, Edits, Text, checks, handed, program, taken_out, unsound};
use crate::{
    platform::Safety,
    scan::Site,
    text::{Edit, EditSet, Source, Span, pattern},
};
use regex::Regex;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

/// A name is given a value: `export NAME=`, `$name =`, `NAME:`.
static ASSIGNED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^(?:export\s+|local\s+|readonly\s+|set\s+)?\$?(?:[a-z]+:)?([A-Za-z_]\w*)\s*[=:]")
});

/// An entry of YAML that is nothing but an expression.
static PASSED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"^\s*([A-Za-z_]\w*)\s*:\s*["']?(?:\$\{\{[^}\n]*\}\}|\$\([^)\n]*\)|\$\w+|\$\{\w+\})["']?\s*$"#,
    )
});

/// A variable that a call reads: `$NAME`, `${NAME}`, `$env:NAME`.
static READ: LazyLock<Regex> = LazyLock::new(|| pattern(r"\$(?:env:|\{)?([A-Za-z_]\w*)"));

/// What holds such entries, and nothing is left of without them.
static HEADER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^\s*(?:env|environment|secrets|variables):\s*$"));

/// A whole statement that gives a name its value, or looks whether it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    path: String,
    span: Span,
    /// What it gives a value, or looks at.
    names: Vec<String>,
    /// Other files may read it, too: a script's own variables are no concern of theirs.
    is_shared: bool,
}

impl Line {
    /// A line that goes away.
    pub(super) fn new(source: &Source, span: Span, name: &str) -> Line {
        Line::of(source, span, vec![name.to_owned()], false)
    }

    fn of(source: &Source, span: Span, names: Vec<String>, is_shared: bool) -> Line {
        Line { path: source.path.to_string(), span, names, is_shared }
    }

    pub(super) fn span(&self) -> Span {
        self.span
    }
}

/// The edits that take out what nothing reads any more, once `drafts` are made.
pub fn plumbing(sites: &[&Site], drafts: &[Draft], sources: &[Source]) -> Edits {
    let files: BTreeMap<&str, &Source> = sources.iter().map(|it| (&*it.path, it)).collect();
    let mut lines: Vec<Line> = Vec::new();
    for site in sites.iter().filter(|it| !program::is_one(it.language)) {
        let Some(source) = files.get(site.path.as_str()) else { continue };
        lines.extend(site.related.iter().filter_map(|it| assigned(source, it.span)));
        let passed = |path: &str, line: usize| passed(files.get(path)?, line);
        lines.extend(site.origins.iter().filter_map(|it| passed(&it.path, it.line)));
    }
    lines.extend(looked_at(sites, &lines, &files));
    let secrets = sites.iter().filter(|it| !program::is_one(it.language));
    let secrets = secrets
        .flat_map(|it| &it.origins)
        .filter_map(|it| Some((it.path.clone(), it.name.strip_prefix("secrets.")?.to_owned())));
    let handed = handed::handed(secrets.collect(), sources);
    lines.extend(handed.into_iter().map(|it| Line::of(it.source, it.lines, vec![it.name], true)));
    lines.sort_by(|a, b| (&a.path, a.span).cmp(&(&b.path, b.span)));
    lines.dedup_by(|later, first| {
        let is_same = (&later.path, later.span) == (&first.path, first.span);
        first.is_shared |= is_same && later.is_shared;
        is_same
    });
    // What is changed anyhow, or moves to the right, is not taken out as well.
    let is_free = |line: &Line| {
        let own = of_file(drafts, &line.path, |it| it.path.as_str());
        let near = &own[own.partition_point(|it| it.span.end < line.span.start)..];
        !near
            .iter()
            .take_while(|it| it.span.start < line.span.end)
            .any(|it| it.span.overlaps(line.span) || line.span.start <= it.span.start)
    };
    lines.retain(is_free);
    let lines = unread(lines, drafts, sources);
    let there: BTreeSet<(&str, Span)> =
        lines.iter().map(|it| (it.path.as_str(), it.span)).collect();
    let is_there = |path: &str, span: Span| {
        let last = there.range(..=(path, Span::new(span.start, usize::MAX))).next_back();
        last.is_some_and(|(of, it)| *of == path && it.contains(span))
    };
    let mut edits = Edits::default();
    let mut gone: Vec<(&Source, Span, Vec<&str>)> = Vec::new();
    for line in &lines {
        let Some(source) = files.get(line.path.as_str()) else { continue };
        let span = with_header(source, line, is_there);
        match gone
            .last_mut()
            .filter(|(of, last, _)| of.path == source.path && last.end == span.start)
        {
            Some((_, last, names)) => {
                last.end = span.end;
                names.extend(line.names.iter().map(String::as_str));
            }
            None => gone.push((source, span, line.names.iter().map(String::as_str).collect())),
        }
    }
    for source in &files {
        let own = of_file(&gone, source.0, |(of, ..)| &of.path).iter().map(|(_, span, _)| *span);
        for span in comments(source.1, own.collect(), drafts) {
            edits.add(source.0, span, Text::known(""), Safety::Review(SPEAKS.to_owned()));
        }
    }
    for (source, span, mut names) in gone {
        let mut told = BTreeSet::new();
        names.retain(|it| told.insert(*it));
        let why = format!("nothing else that was scanned reads {}", names.join(" or "));
        let span = taken_out(source, span);
        edits.add(&source.path, span, Text::known(""), Safety::Review(why));
    }
    edits
}

const SPEAKS: &str =
    "a comment stands above nothing but what goes away: see whether it speaks of that";

/// The comments above what goes away, where a blank line, or the end of the block, follows that: what a
/// comment says of more than that stays, and so does the head of a file.
fn comments(source: &Source, mut gone: Vec<Span>, drafts: &[Draft]) -> Vec<Span> {
    let raw = source.raw();
    let own = of_file(drafts, &source.path, |it| &it.path).iter().filter(|it| it.text.is_empty());
    gone.extend(
        own.map(|it| it.span).filter(|it| it.start < it.end && source.whole_lines(*it) == *it),
    );
    gone.sort();
    let line = |at: usize| source.whole_lines(Span::at(at));
    let said = |it: Span| &raw[it.start..it.end];
    let mut found = Vec::new();
    let mut runs: Vec<Span> = Vec::new();
    for it in gone {
        match runs.last_mut().filter(|last| last.end == it.start) {
            Some(last) => last.end = it.end,
            None => runs.push(it),
        }
    }
    for run in runs {
        let own = indent(&raw[run.start..]);
        let next = raw[run.end..].lines().next().unwrap_or_default();
        let is_last = next.trim().is_empty() || indent(next) < own;
        let mut start = run.start;
        while let Some(above) = start.checked_sub(1).map(line).filter(|it| is_comment(said(*it))) {
            if indent(said(above)) != own {
                break;
            }
            start = above.start;
        }
        let is_head = raw[..start].lines().all(|it| it.starts_with("#!"));
        if is_last && start < run.start && !is_head {
            found.push(Span::new(start, run.start));
        }
    }
    found
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t']).len()
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with('#')
        && !line.starts_with("#!")
        && !line.to_ascii_lowercase().starts_with("#requires")
}

impl Edits {
    /// Drops the edits of each file that would not parse with them as it does without.
    pub fn keep_sound(&mut self, others: &[Draft], all: &[Draft], sources: &[Source]) {
        let files: BTreeMap<&str, &Source> = sources.iter().map(|it| (&*it.path, it)).collect();
        // They are in the order of their files.
        let changed = |path: &str, with: &[Draft]| {
            let source = files.get(path)?;
            let first = with.partition_point(|it| *it.path < *path);
            let mut edits = EditSet::default();
            for draft in with[first..].iter().take_while(|it| it.path == path) {
                edits.add(Edit { span: draft.span, text: draft.text.sample() }).ok()?;
            }
            Some(source.with_text(&edits.apply(source.raw())))
        };
        let is_sound = |path: &str| {
            let both = changed(path, others).zip(changed(path, all));
            both.is_some_and(|(without, with)| unsound(&without, &with, usize::MAX).is_none())
        };
        let paths: BTreeSet<String> = self.drafts.iter().map(|it| it.path.clone()).collect();
        let sound: BTreeSet<String> = paths.into_iter().filter(|it| is_sound(it)).collect();
        self.drafts.retain(|it| sound.contains(&it.path));
    }
}

/// The statement at a place, if it has its lines for itself and what is around can do without it.
fn assigned(source: &Source, span: Span) -> Option<Line> {
    let raw = source.raw();
    let lines = source.lines_of(span)?;
    let said = ASSIGNED.captures(&raw[span.start..span.end])?;
    let name = said.get(1)?.as_str().to_owned();
    let is_shared =
        ["export", "env:"].iter().any(|it| said[0].contains(it)) || said[0].ends_with(':');
    let before = raw[..lines.start].trim_end();
    let after = raw[lines.end..].trim_start();
    let opens = ["{", "then", "do", "else"].iter().any(|it| before.ends_with(it));
    let closes = ["}", "fi", "done", "else", "elif"].iter().any(|it| after.starts_with(it));
    let is_listed = before.ends_with([',', '(']) || before.ends_with('\\') || before.ends_with('`');
    let is_needed = is_listed || opens && closes;
    (!is_needed).then(|| Line::of(source, lines, vec![name], is_shared))
}

/// An entry that passes a secret on.
fn passed(source: &Source, line: usize) -> Option<Line> {
    let raw = source.raw();
    let span = source.line(line)?;
    let name = PASSED.captures(&raw[span.start..span.end])?.get(1)?.as_str().to_owned();
    Some(Line::of(source, span, vec![name], true))
}

/// What scripts ask of the names that these lines give a value, or that their sign-ins read, before
/// anything else is done.
fn looked_at(sites: &[&Site], lines: &[Line], files: &BTreeMap<&str, &Source>) -> Vec<Line> {
    let mut names: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for site in sites.iter().filter(|it| !program::is_one(it.language)) {
        let Some(source) = files.get(site.path.as_str()) else { continue };
        let call = &source.raw()[site.span.start..site.span.end];
        let read = READ.captures_iter(call).map(|it| it[1].to_owned());
        names.entry(&site.path).or_default().extend(read);
    }
    let given: BTreeSet<&String> = lines.iter().flat_map(|it| &it.names).collect();
    let mut found = Vec::new();
    for (path, mut names) in names {
        let Some(source) = files.get(path) else { continue };
        names.extend(given.iter().map(|it| (*it).clone()));
        let own = checks::checks(source, &names);
        found.extend(own.into_iter().map(|(span, names)| Line::of(source, span, names, true)));
    }
    found
}

/// The part of a list, in the order of its files, that belongs to one file.
fn of_file<'l, T>(all: &'l [T], path: &str, path_of: impl Fn(&T) -> &str) -> &'l [T] {
    let first = all.partition_point(|it| path_of(it) < path);
    let behind = all.partition_point(|it| path_of(it) <= path);
    &all[first..behind]
}

/// The lines whose names nothing says any more: no file but in what goes away and in lines that are
/// comments, and no other line that stays. Lines and drafts are in the order of their places.
fn unread(lines: Vec<Line>, drafts: &[Draft], sources: &[Source]) -> Vec<Line> {
    let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, line) in lines.iter().enumerate() {
        for name in &line.names {
            by_name.entry(name.to_ascii_lowercase()).or_default().push(at);
        }
    }
    // The lines that are read by each line, if that stays.
    let mut read: Vec<Vec<usize>> = vec![Vec::new(); lines.len()];
    let mut stay: Vec<usize> = Vec::new();
    for source in sources.iter().filter(|_| !lines.is_empty()) {
        let path = &*source.path;
        let drafts = of_file(drafts, path, |it| it.path.as_str());
        let first = lines.partition_point(|it| *it.path < *path);
        let own = of_file(&lines, path, |it| it.path.as_str());
        for (at, word) in words(source.raw()) {
            let Some(named) = by_name.get(&word.to_ascii_lowercase()) else { continue };
            let before = drafts.partition_point(|it| it.span.start <= at);
            if drafts[..before].last().is_some_and(|it| at < it.span.end) {
                continue;
            }
            let line = source.whole_lines(Span::at(at));
            if is_comment(&source.raw()[line.start..line.end]) {
                continue;
            }
            let reads = |it: &&usize| lines[**it].is_shared || lines[**it].path == path;
            let named = named.iter().filter(reads).copied();
            let before = own.partition_point(|it| it.span.start <= at);
            match own[..before].last().filter(|it| at < it.span.end) {
                Some(_) => read[first + before - 1].extend(named),
                None => stay.extend(named),
            }
        }
    }
    let mut stays = vec![false; lines.len()];
    while let Some(at) = stay.pop() {
        if !std::mem::replace(&mut stays[at], true) {
            stay.append(&mut read[at]);
        }
    }
    lines.into_iter().zip(stays).filter(|(_, stays)| !stays).map(|(line, _)| line).collect()
}

/// The words of a text, with where they begin.
pub fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_letter = |it: char| it.is_alphanumeric() || it == '_';
    let parts = text.split(move |it| !is_letter(it)).filter(|it| !it.is_empty());
    parts.map(move |it| (it.as_ptr() as usize - text.as_ptr() as usize, it))
}

/// The line, with the key above it if all that stands below that key goes away; comments there go
/// with it.
pub(super) fn with_header(source: &Source, line: &Line, goes: impl Fn(&str, Span) -> bool) -> Span {
    let raw = source.raw();
    let own = indent(&raw[line.span.start..line.span.end]);
    let of = |at: usize| source.whole_lines(Span::at(at));
    let is_comment = |it: &Span| is_comment(&raw[it.start..it.end]);
    let mut above = line.span.start.checked_sub(1).map(of);
    while let Some(comment) = above.filter(is_comment) {
        above = comment.start.checked_sub(1).map(of);
    }
    let Some(header) = above else { return line.span };
    if !HEADER.is_match(&raw[header.start..header.end]) || indent(&raw[header.start..]) >= own {
        return line.span;
    }
    let mut at = header.end;
    while let Some(next) = raw.get(at..).filter(|it| !it.is_empty()) {
        let whole = of(at);
        let is_below = indent(next.lines().next().unwrap_or_default()) >= own;
        if !is_below {
            break;
        }
        if !goes(&line.path, whole) && !is_comment(&whole) {
            return line.span;
        }
        at = whole.end;
    }
    Span::new(header.start, line.span.end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{platform::Repository, rewrite::Together, scan::scan};

    /// What is left of a file once its sign-ins, and then what served them alone, are taken out.
    fn left(path: &str, text: &str) -> String {
        left_of(&[Source::new(path, text)]).remove(0)
    }

    fn left_of(sources: &[Source]) -> Vec<String> {
        let found = scan(sources, &Repository::default());
        let sites: Vec<&Site> = found.sites.iter().collect();
        let mut taken = Edits::default();
        for site in &sites {
            taken.add(&site.path, site.call.span, Text::known("-"), Safety::Safe);
        }
        let drafts = Together::of([taken.clone()]).unwrap().into_drafts();
        let dead = plumbing(&sites, &drafts, sources);
        let mut edits: BTreeMap<String, EditSet> = BTreeMap::new();
        for it in Together::of([taken, dead]).unwrap().into_drafts() {
            let edit = Edit { span: it.span, text: it.text.to_string() };
            edits.entry(it.path).or_default().add(edit).unwrap();
        }
        let of = |it: &Source| {
            edits.get(&*it.path).map_or(it.raw().to_owned(), |set| set.apply(it.raw()))
        };
        sources.iter().map(of).collect()
    }

    #[test]
    fn what_nothing_else_reads_goes() {
        let made = "$secret = ConvertTo-SecureString $P -AsPlainText -Force\n$cred = [PSCredential]::new($U, $secret)\n";
        let login = "Connect-AzAccount -Credential $cred\n";
        assert_eq!(left("a.ps1", &format!("{made}{login}Get-AzVM\n")), "-\nGet-AzVM\n");
        let job = |more: &str| {
            format!(
                "on: push\njobs:\n  a:\n    steps:\n      - run: |\n          az login -u a@b.c -p \"$PW\"\n          az group list\n        env:\n{more}          PW: ${{{{ secrets.PW }}}}\n"
            )
        };
        let workflow = ".github/workflows/a.yml";
        assert!(left(workflow, &job("")).ends_with("az group list\n"));
        assert!(left(workflow, &job("          # The bot's\n")).ends_with("az group list\n"));
        let kept = left(workflow, &job("          A: b\n"));
        assert!(kept.ends_with("env:\n          A: b\n"), "{kept}");
    }

    #[test]
    fn what_a_workflow_is_handed_for_a_sign_in_goes_with_it() {
        let deploy = |more: &str| {
            Source::new(
                ".github/workflows/deploy.yml",
                &format!(
                    "on:\n  workflow_call:\n    secrets:\n      P:\n        required: true\njobs:\n  a:\n    steps:\n      - run: |\n          az login -u a@b.c -p \"$PW\"\n          az group list{more}\n        env:\n          PW: ${{{{ secrets.P }}}}\n"
                ),
            )
        };
        let main = "on: push\njobs:\n  a:\n    uses: ./.github/workflows/deploy.yml\n    secrets:\n      P: ${{ secrets.PROD }}\n";
        let of = |more: &str| {
            let sources = [deploy(more), Source::new(".github/workflows/main.yml", main)];
            left_of(&sources).join("")
        };
        let all = of("");
        assert!(!all.contains("secrets") && !all.contains("required"), "{all}");
        assert!(all.contains("  workflow_call:\njobs:") && all.ends_with("deploy.yml\n"), "{all}");
        let kept = of(" --query \"$PW\"");
        assert!(
            kept.contains("required") && kept.contains("PROD") && kept.contains("PW: "),
            "{kept}"
        );
    }

    #[test]
    fn a_comment_goes_with_all_that_it_stands_above() {
        let made = "$cred = Get-AutomationPSCredential -Name a\n";
        let login = "Connect-AzAccount -Credential $cred\n";
        let of = |before: &str, after: &str| {
            left("a.ps1", &format!("{before}{made}{after}{login}")).replace("-\n", "")
        };
        assert_eq!(of("Get-Date\n# The bot's $cred\n", "\n"), "Get-Date\n\n");
        for (before, after) in [
            // It may be about the sign-in that follows.
            ("Get-Date\n# The bot's\n", ""),
            ("Get-Date\n# The bot's\n\n", "\n"),
            ("#!/usr/bin/env pwsh\n# The bot's\n", "\n"),
            ("Get-Date\n#Requires -Modules Az\n", "\n"),
        ] {
            assert_eq!(of(before, after), format!("{before}{after}"));
        }
    }

    #[test]
    fn a_check_goes_with_what_it_looks_at() {
        let login = "az login -u \"$U\" -p \"$P\"\n";
        let of = |checks: &str, after: &str| left("a.sh", &format!("{checks}{login}{after}"));
        let both = "P=$1\n: \"${U:?}\" \"${P:?}\"\n";
        assert_eq!(of(both, "az group list\n"), "-\naz group list\n");
        let empty = "if [ -z \"$P\" ]; then\n  echo \"P is not set\"\n  exit 1\nfi\n";
        assert_eq!(of(empty, "az group list\n"), "-\naz group list\n");
        // What is looked at together goes together.
        assert_eq!(of(both, "mail \"$U\"\n"), format!("{both}-\nmail \"$U\"\n"));
        assert_eq!(of(empty, "mail \"$P\"\n"), format!("{empty}-\nmail \"$P\"\n"));
    }

    #[test]
    fn what_something_else_reads_or_holds_in_place_stays() {
        let login = "Connect-AzAccount -Credential $cred\n";
        for (before, after) in [
            (
                "$cred = Get-AutomationPSCredential -Name a\n",
                "Send-MailMessage -Credential $cred\n",
            ),
            ("param(\n    $a,\n    $cred = (Get-AutomationPSCredential -Name a)\n)\n", ""),
            ("if ($x) {\n$cred = Get-AutomationPSCredential -Name a\n}\n", ""),
        ] {
            let text = format!("{before}{login}{after}");
            assert_eq!(left("a.ps1", &text), format!("{before}-\n{after}"));
        }
    }

    #[test]
    fn a_line_that_stays_reads_what_it_says() {
        let text = "A=1\nB=$A\nC=$B\nD=$C\nuse $C\n";
        let source = Source::new("a.sh", text);
        let line = |it: &str| {
            let at = text.find(&format!("{it}=")).unwrap();
            Line::new(&source, source.whole_lines(Span::at(at)), it)
        };
        let lines = ["A", "B", "C", "D"].map(line).to_vec();
        let gone = unread(lines, &[], std::slice::from_ref(&source));
        assert_eq!(gone.iter().map(|it| it.names.join(" ")).collect::<Vec<_>>(), ["D"]);
    }

    /// Where every line was looked for in every other, this took hours.
    #[test]
    fn thousands_of_lines_are_looked_for_at_once() {
        let text: String = (0..20_000).map(|it| format!("N{it}=$N{}\n", it + 1)).collect();
        let source = Source::new("a.sh", &text);
        let line = |it: usize| Line::new(&source, source.line(it + 1).unwrap(), &format!("N{it}"));
        let lines = (0..20_000).map(line).collect();
        assert_eq!(unread(lines, &[], std::slice::from_ref(&source)).len(), 20_000);
    }
}
