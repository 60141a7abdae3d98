//! A piece of software that runs somewhere: what it is, and what can be said of who it is.

use super::{Environment, Run, by_name, file_name, indent_of, line_start};
use crate::{
    lang::Expression,
    resource::{Federation, Scope, Term},
    text::{Place, Placed, Source, Span, yaml::Node},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Text in one language, and where it stands in its file. Holds source text, so it has no `Debug`.
pub struct Script {
    pub language: &'static str,
    pub text: String,
    pub place: Place,
    pub expressions: Vec<Expression>,
    /// The environment variables that the platform sets for the script.
    pub environment: Environment,
    /// The folder in which it runs, from the scanned one; empty for that one itself.
    pub folder: String,
    /// What others call it by, where its file holds several: the targets of a recipe of make.
    pub part: String,
    /// The files that it makes its platform run.
    pub links: Vec<Link>,
    /// The sign-in that its platform has done for it by then.
    pub session: Option<Session>,
    /// Files that it finds under other paths than the repository has them.
    pub copies: Copies,
    pub workload: Workload,
}

/// Where the files of a repository are found elsewhere, as (there, here). The scripts of a file share
/// them, each with so many as are there by then.
#[derive(Clone, Default)]
pub struct Copies {
    all: Arc<Vec<(String, String)>>,
    there: usize,
}

impl Copies {
    /// More than these are not looked through.
    pub const MOST: usize = 1_000;

    pub(super) fn new(all: Vec<(String, String)>) -> Copies {
        Copies { there: all.len(), all: Arc::new(all) }
    }

    /// The first of them.
    pub(super) fn before(&self, there: usize) -> Copies {
        Copies { there, ..self.clone() }
    }

    pub fn iter(&self) -> impl Iterator<Item = &(String, String)> {
        self.all[..self.there].iter().take(Copies::MOST)
    }

    /// Whether there are more than are looked through.
    pub fn are_cut(&self) -> bool {
        self.there > Copies::MOST
    }
}

/// A sign-in to Azure of a platform's own, before a script runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Session {
    /// As the identity with that client ID, which trusts the job's tokens.
    Client(String),
    /// By the service connection of that name.
    Connection(String),
}

/// A step that runs another file: a template, an action, a role. What a command runs is no link.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Where in the script it takes effect.
    pub at: usize,
    /// From the scanned folder. Those that exist are meant; one that ends in `/` is all of a folder.
    pub paths: Arc<[String]>,
    /// Of that file, the scripts that are called so; all of them, if none is named.
    pub part: Option<String>,
    /// What the file is given, by name, where that is written out.
    pub inputs: Vec<(String, String)>,
}

/// A piece of software that runs somewhere; the thing that is to have an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    pub platform: &'static str,
    /// The file that describes it.
    pub path: String,
    /// For people: `job deploy (environment production)`.
    pub name: String,
    /// What its identity is called after: `production`.
    pub label: String,
    /// The environment that it deploys to, as written.
    pub environment: Option<String>,
    pub trust: Trust,
    /// Where workid does not write its sign-in: what a person is to do.
    pub by_hand: Option<String>,
    /// Where the platform's own sign-in may be written.
    pub anchors: Vec<Anchor>,
    /// Its file lacks what an identity needs that is none of Azure's own, and has no place for it.
    pub no_place: bool,
    /// What had to be taken for granted to say the above. Like the trust, the steps of a job share it.
    pub assumptions: Arc<Vec<String>>,
}

/// What the workload can prove about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// It runs on Azure resources, which can have managed identities.
    AzureHosted { resources: Vec<Scope> },
    /// Its platform signs tokens for it.
    Federated(Arc<[Federation]>),
    /// Nobody vouches for it in a way that Microsoft Entra understands; this is why.
    Unproven(String),
    /// It is not known; this is what to state.
    Unstated(String),
    /// No workload identity is for it; this is why, and what is.
    Unfit(String),
}

/// A place where text may be put, and how delicate that place is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    pub name: &'static str,
    /// The file that it is in.
    pub path: String,
    /// What is replaced. If that is nothing, the text goes on lines of its own before this place.
    pub at: Span,
    pub indent: String,
    pub safety: Safety,
    /// What only the platform knows and a template asks for.
    pub holes: Vec<(&'static str, Term)>,
    /// Where lines begin that move to the right, into the new text.
    pub shifted: Vec<usize>,
}

impl Anchor {
    /// Lines of their own before the line that holds `at`, as far to the right as what stands there.
    pub(super) fn before(name: &'static str, source: &Source, at: usize) -> Anchor {
        Anchor {
            name,
            path: source.path.to_string(),
            at: Span::at(line_start(source, at)),
            indent: indent_of(source, at),
            safety: Safety::Safe,
            holes: Vec::new(),
            shifted: Vec::new(),
        }
    }

    /// Before an item of a list of YAML, where each has lines of its own.
    pub(super) fn item(name: &'static str, source: &Source, item: &Node) -> Option<Anchor> {
        // An anchor or a tag may stand between.
        let mut before = source.raw()[..item.span.start].trim_end();
        while let Some((rest, word)) = before.rsplit_once(char::is_whitespace)
            && word.starts_with(['&', '!'])
        {
            before = rest.trim_end();
        }
        let dash = before.strip_suffix('-')?.len();
        let is_alone = source.raw()[line_start(source, dash)..dash].trim().is_empty();
        is_alone.then(|| Anchor::before(name, source, dash))
    }
}

/// Whether an edit may be made without a person reading it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Safety {
    Safe,
    /// It can change more than the sign-in, and this is what.
    Review(String),
}

/// What a file lacks that an identity needs there.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Lack {
    Nothing,
    /// It has a place for it.
    At(Anchor),
    NoPlace,
}

impl From<Option<Anchor>> for Lack {
    /// What is always lacking, and the place for it.
    fn from(place: Option<Anchor>) -> Lack {
        place.map_or(Lack::NoPlace, Lack::At)
    }
}

impl Workload {
    /// A workload that `part` of a file describes.
    pub(super) fn new(
        platform: &'static str,
        source: &Source,
        part: &str,
        label: &str,
        trust: Trust,
    ) -> Workload {
        Workload {
            platform,
            name: format!("{}, {part}", file_name(&source.path)),
            path: source.path.to_string(),
            label: label.to_owned(),
            environment: None,
            trust,
            by_hand: None,
            anchors: Vec::new(),
            no_place: false,
            assumptions: Arc::default(),
        }
    }

    /// The same with what its file lacks of what an identity needs.
    pub(super) fn lacking(self, lack: Lack) -> Workload {
        let no_place = lack == Lack::NoPlace;
        let anchors = if let Lack::At(it) = lack { vec![it] } else { Vec::new() };
        Workload { no_place, anchors, ..self }
    }

    #[cfg(test)]
    pub(crate) fn for_tests(source: &Source, label: &str, trust: Trust) -> Workload {
        Workload::new("standalone", source, "", label, trust)
    }

    /// One whose sign-in workid does not write.
    pub(super) fn by_hand(self, advice: &str) -> Workload {
        Workload { by_hand: Some(advice.to_owned()), ..self }
    }

    pub fn run(&self) -> Run {
        by_name(self.platform).map_or(Run::Unknown, |it| it.run)
    }
}

impl Script {
    /// A script of which no more is known than its text.
    pub(super) fn new(language: &'static str, script: Placed, workload: Workload) -> Script {
        Script {
            language,
            text: script.text,
            place: script.place,
            expressions: Vec::new(),
            environment: Environment::default(),
            folder: String::new(),
            part: String::new(),
            links: Vec::new(),
            session: None,
            copies: Copies::default(),
            workload,
        }
    }

    /// A step that only makes its platform run other files.
    pub(super) fn link(text: Placed, link: Link, workload: Workload) -> Script {
        Script { links: vec![link], ..Script::new(LINK, text, workload) }
    }
}

/// What stands in the place of the language of a step that is no script.
const LINK: &str = "link";
