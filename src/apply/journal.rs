//! What has been done so far: one JSON object a line. Entries are added and never changed.

use crate::{
    resource::{Address, Known, Outputs, Resource},
    text::Span,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "kebab-case")]
pub enum Entry {
    /// The first line: what this is a journal of.
    Opened { version: u32, tenant: String },
    /// Written before the request is sent. `before` is what the service showed in its place.
    Started {
        step: Address,
        resource: Box<Resource>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Value>,
    },
    /// Written after the answer.
    Done { step: Address, outputs: Outputs },
    /// It was there already, and workid did not make it.
    Kept { step: Address, outputs: Outputs },
    /// It was taken away again.
    Unmade { step: Address },
    /// Written before a file is changed, once a copy of it is kept.
    Changing(Changed),
    /// The file is as it was before.
    Restored(Changed),
}

/// A file that workid changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// The scanned folder, as it was given.
    pub root: String,
    pub path: String,
    /// The SHA-256 of its text as it was, and as workid left it.
    pub before: String,
    pub after: String,
    /// The places in its text, as it was, that were changed: what else the plan has for it can still be made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub made: Vec<Span>,
}

pub const VERSION: u32 = 1;

/// The `disk` room writes one JSON object a line and flushes each to the disk.
pub trait Journal {
    fn entries(&self) -> &[Entry];
    fn write(&mut self, entry: Entry) -> Result<(), JournalError>;
}

#[derive(Debug, thiserror::Error)]
#[error("the journal cannot be written: {0}")]
pub struct JournalError(pub String);

/// Something that workid made, as the journal tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    pub step: Address,
    pub resource: Resource,
    pub before: Option<Value>,
    /// `None` if the answer never came.
    pub outputs: Option<Outputs>,
}

/// What the journal says workid made and has not taken away, oldest first.
pub fn made(entries: &[Entry]) -> Vec<Made> {
    let mut made: Vec<Made> = Vec::new();
    for entry in entries {
        match entry {
            Entry::Started { step, resource, before } => {
                made.retain(|it| it.step != *step || it.outputs.is_some());
                if !made.iter().any(|it| it.step == *step) {
                    let (resource, before) = ((**resource).clone(), before.clone());
                    made.push(Made { step: step.clone(), resource, before, outputs: None });
                }
            }
            Entry::Done { step, outputs } => {
                for it in made.iter_mut().filter(|it| it.step == *step) {
                    it.outputs = Some(outputs.clone());
                }
            }
            Entry::Unmade { step } => made.retain(|it| it.step != *step),
            Entry::Opened { .. } | Entry::Kept { .. } | Entry::Changing(_) | Entry::Restored(_) => {
            }
        }
    }
    made
}

/// The files that workid changed and has not put back, oldest first.
pub fn changed(entries: &[Entry]) -> Vec<Changed> {
    let mut changed: Vec<Changed> = Vec::new();
    for entry in entries {
        match entry {
            Entry::Changing(it) => changed.push(it.clone()),
            Entry::Restored(it) => {
                let last = changed.iter().rposition(|other| other == it);
                last.map(|at| changed.remove(at));
            }
            _ => {}
        }
    }
    changed
}

/// How workid brought a file from one text to another, in this order; none if it did not. A change that
/// was announced and not made leads nowhere.
pub fn between(entries: &[Entry], path: &str, before: &str, after: &str) -> Vec<Changed> {
    let mut steps: Vec<Changed> = Vec::new();
    let mut left = after.to_owned();
    for it in changed(entries).into_iter().rev().filter(|it| it.path == path) {
        if left != before && it.after == left {
            left.clone_from(&it.before);
            steps.push(it);
        }
    }
    steps.reverse();
    if left == before { steps } else { Vec::new() }
}

/// What is known from the journal alone.
pub fn known(entries: &[Entry]) -> Known {
    let mut known = Known::new();
    for entry in entries {
        match entry {
            Entry::Done { step, outputs } | Entry::Kept { step, outputs } => {
                known.insert(step.clone(), outputs.clone());
            }
            Entry::Unmade { step } => {
                known.remove(step);
            }
            _ => {}
        }
    }
    known
}

pub fn tenant(entries: &[Entry]) -> Option<&str> {
    entries.iter().find_map(|it| match it {
        Entry::Opened { tenant, .. } => Some(tenant.as_str()),
        _ => None,
    })
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrokenJournal {
    #[error("line {0} is not an entry of a journal")]
    Line(usize),
    #[error("it is a journal of version {0}, and this workid reads version {VERSION}")]
    OtherVersion(u32),
}

/// Reads a journal. A last line without its end was being written when workid was stopped: it
/// counts as not written, and the length without it is told.
pub fn read(text: &str) -> Result<(Vec<Entry>, usize), BrokenJournal> {
    let whole = text.rfind('\n').map_or(0, |it| it + 1);
    let mut entries = Vec::new();
    for (n, line) in text[..whole].lines().enumerate() {
        let entry = serde_json::from_str(line).map_err(|_| BrokenJournal::Line(n + 1))?;
        if let Entry::Opened { version, .. } = &entry
            && *version != VERSION
        {
            return Err(BrokenJournal::OtherVersion(*version));
        }
        entries.push(entry);
    }
    Ok((entries, whole))
}

pub fn line(entry: &Entry) -> String {
    serde_json::to_string(entry).expect("an entry has only text for keys") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_was_cut_counts_as_not_written() {
        let opened = Entry::Opened { version: VERSION, tenant: "t".to_owned() };
        let unmade = Entry::Unmade { step: Address("identity.a".to_owned()) };
        let text = format!("{}{}", line(&opened), line(&unmade));
        assert_eq!(read(&text).unwrap().0, [opened.clone(), unmade]);
        let cut = &text[..text.len() - 5];
        assert_eq!(
            read(cut).unwrap(),
            (vec![opened], line(&Entry::Opened { version: VERSION, tenant: "t".to_owned() }).len())
        );
        assert_eq!(read(&format!("nonsense\n{text}")), Err(BrokenJournal::Line(1)));
    }
}
