//! What a scan says of a place where a user identity signs in.

use super::{Follow, Intent, Note, Suppression};
use crate::{
    catalog::Effect,
    detect::{Class, Rule},
    impact::Impact,
    platform::Workload,
    text::{Excerpt, Position, Span},
};
use std::sync::Arc;

/// A place where a user identity signs in.
#[derive(Clone, Debug)]
pub struct Site {
    pub rule: &'static Rule,
    pub class: Class,
    /// Why it has that class, where the call itself does not show it.
    pub because: Option<&'static str>,
    /// What it is for, if not for what follows it.
    pub intent: Option<Intent>,
    /// Why this may be no sign-in with a user identity.
    pub doubt: Option<&'static str>,
    pub path: String,
    pub language: &'static str,
    pub span: Span,
    pub start: Position,
    pub end: Position,
    /// The credential's plumbing: the lines that bring the user's name and password here.
    pub related: Vec<Related>,
    pub impact: Impact,
    /// The commands that follow and have to do with Azure, up to the next sign-in.
    pub follows: Vec<Arc<Follow>>,
    /// More follow than are listed.
    pub more: bool,
    /// What breaks once another identity signs in.
    pub notes: Vec<Note>,
    /// As whom: a name, or the variable that holds it, as written.
    pub user: Option<String>,
    /// The cloud that the sign-in names, as written; Azure public if it names none.
    pub cloud: Option<String>,
    /// Why another sign-in alone would not do.
    pub obstacle: Option<&'static str>,
    /// What the name and the password come from, outside the script: secrets and variables.
    pub origins: Vec<Arc<Origin>>,
    /// A password is written out, and so known to everyone who can read the file.
    pub leaked: bool,
    pub excerpt: Excerpt,
    /// The same as long as rule, path and text are: lines may move.
    pub fingerprint: String,
    pub suppressed: Option<Suppression>,
    /// What runs it.
    pub reached: Vec<Reached>,
    /// Files that say with which versions of programs and libraries it runs, by their paths.
    pub manifests: Vec<String>,
    pub call: CallSite,
}

/// What a rewrite needs to know of the call. Places only: the text stays in the source.
#[derive(Clone, Debug)]
pub struct CallSite {
    /// It is a command, a function or a constructor, and no setting or text.
    pub is_call: bool,
    /// The command and its arguments, without a `sudo` before it.
    pub span: Span,
    pub before: Before,
    /// The statement that may be taken away, and what must stay in its place.
    pub statement: Option<(Span, &'static str)>,
    /// Options that outlive the user's sign-in.
    pub kept: Vec<Span>,
    /// What some of its options come from, so that the call itself does not show them.
    pub held: Option<Held>,
    /// Its script is a part of another text, which may write quotes in its own way.
    pub embedded: bool,
}

/// What holds options of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// One of PowerShell, which is splatted: `Connect-AzAccount @parameters`.
    Hashtable,
    /// A text, a list of arguments, or a map of a program: `az login -u $user $passwordOption`.
    Variable,
}

/// What stands before the program in its command, for which two commands are not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// Nothing, or what goes for a whole list of commands: `if`, `&&`, `$(`.
    Nothing,
    /// What goes for the next command alone: `!`, `|`, `||`.
    Operator,
    /// What has to stand before each of them: `sudo`.
    Word(Span),
    /// Something else: `time`, a variable that is set for it.
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    pub role: &'static str,
    pub span: Span,
    pub start: Position,
    pub end: Position,
}

/// A command that follows a sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    pub name: String,
    pub path: String,
    pub line: usize,
}

/// A secret or a variable of the platform that feeds a sign-in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    pub role: &'static str,
    /// `secrets.DEPLOY_PASSWORD`
    pub name: String,
    pub path: String,
    pub line: usize,
}

/// A workload that runs a site, and the scripts through which it comes there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    pub workload: Arc<Workload>,
    pub through: Vec<String>,
}

impl Site {
    /// The commands that follow and write to Azure.
    pub fn writes(&self) -> impl Iterator<Item = &Command> {
        self.follows.iter().filter(|it| it.effect == Effect::Write).map(|it| &it.command)
    }

    /// Whether it would run with nobody present: as a user, or asking for one.
    pub fn runs_alone(&self) -> bool {
        match self.class {
            Class::UserIdentity => true,
            Class::Interactive => self.impact == Impact::Blocked,
            Class::Documentation
            | Class::Commented
            | Class::Simulation
            | Class::Message
            | Class::Copied => false,
        }
    }
}
