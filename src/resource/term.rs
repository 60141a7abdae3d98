//! Values that may not be known yet.

use super::{Address, Known};
use serde::{Deserialize, Serialize};

/// A value, or the place where it will be found once a resource exists.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Term {
    Known(String),
    Output { of: Address, output: String },
}

impl Term {
    pub fn known(text: impl Into<String>) -> Term {
        Term::Known(text.into())
    }

    pub fn output(of: &Address, output: &str) -> Term {
        Term::Output { of: of.clone(), output: output.to_owned() }
    }

    pub fn resolve(&self, known: &Known) -> Option<String> {
        match self {
            Term::Known(it) => Some(it.clone()),
            Term::Output { of, output } => super::output(known, of, output),
        }
    }

    pub fn needs(&self) -> Option<&Address> {
        match self {
            Term::Known(_) => None,
            Term::Output { of, .. } => Some(of),
        }
    }
}

/// What a person sees: a value that is unknown says so, and of what it is.
impl std::fmt::Display for Term {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Term::Known(it) => f.write_str(it),
            Term::Output { of, output } => write!(f, "<{output} of {of}, known after apply>"),
        }
    }
}
