//! Changes one by one, as `git add -p` asks for them.

use super::super::{Exit, Failure, Output, Result};
use super::{Rewritten, rewritten};
use crate::{
    plan::Plan, platform::Safety, resource::Known, rewrite::Draft, scan::Scan, text::Source,
};
use std::io::{self, BufRead};

/// Changes that are no further apart than this are shown, and asked for, as one.
const NEAR: usize = 6;

const HELP: &str = "\
y - make this change
n - do not make it
a - make it, and all that follow in this file
d - do not make it, nor any that follows in this file
q - make neither this nor any that follows
? - show this help";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    Yes,
    No,
    All,
    Done,
    Quit,
}

/// The plan with the changes that a person wants.
pub(super) fn chosen(
    plan: &Plan,
    known: &Known,
    sources: &[Source],
    scan: &Scan,
    output: &Output,
) -> Result<Plan> {
    let mut wanted: Vec<Draft> = Vec::new();
    let mut standing: Option<(String, Answer)> = None;
    for hunk in hunks(plan, sources) {
        let Some(path) = hunk.first().map(|it| it.path.clone()) else { continue };
        let answer = match &standing {
            Some((_, Answer::Quit)) => Answer::Quit,
            Some((of, answer)) if *of == path => *answer,
            _ => {
                let only = Plan { drafts: hunk.clone(), ..plan.clone() };
                ask(&rewritten(&only, known, sources, scan), &hunk, output)?
            }
        };
        if matches!(answer, Answer::All | Answer::Done | Answer::Quit) {
            standing = Some((path, answer));
        }
        if matches!(answer, Answer::Yes | Answer::All) {
            wanted.extend(hunk);
        }
    }
    Ok(Plan { drafts: wanted, ..plan.clone() })
}

/// The drafts in groups, by file and by lines.
fn hunks(plan: &Plan, sources: &[Source]) -> Vec<Vec<Draft>> {
    let line = |draft: &Draft, at: usize| {
        let source = sources.iter().find(|it| *it.path == *draft.path);
        source.map_or(0, |it| it.position(at).line)
    };
    let mut hunks: Vec<Vec<Draft>> = Vec::new();
    for draft in &plan.drafts {
        let is_near = |it: &&mut Vec<Draft>| {
            it.last().is_some_and(|last| {
                last.path == draft.path
                    && line(draft, draft.span.start) <= line(last, last.span.end) + NEAR
            })
        };
        match hunks.last_mut().filter(is_near) {
            Some(hunk) => hunk.push(draft.clone()),
            None => hunks.push(vec![draft.clone()]),
        }
    }
    hunks
}

fn ask(hunk: &[Rewritten], drafts: &[Draft], output: &Output) -> Result<Answer> {
    for it in hunk {
        output.print(it.diff().as_str())?;
    }
    for draft in drafts {
        if let Safety::Review(why) = &draft.safety {
            output.line(&format!("To review: {why}"))?;
        }
    }
    loop {
        output.print("Make this change [y,n,a,d,q,?]? ")?;
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line);
        let read = read.map_err(|it| Failure::new(Exit::Usage, format!("no answer: {it}")))?;
        match line.trim() {
            _ if read == 0 => return Ok(Answer::Quit),
            "y" => return Ok(Answer::Yes),
            "n" => return Ok(Answer::No),
            "a" => return Ok(Answer::All),
            "d" => return Ok(Answer::Done),
            "q" => return Ok(Answer::Quit),
            _ => output.line(HELP)?,
        }
    }
}
