//! Environment variables, as the file of a platform sets them.

use crate::{
    lang::Expression,
    text::{Placed, Span},
};
use std::{
    collections::HashSet,
    hash::{Hash, Hasher},
    ptr,
    sync::Arc,
};

/// An environment variable as a platform's file sets it.
#[derive(Clone, Debug)]
pub struct Variable {
    pub name: String,
    /// Its line of the file: name and value.
    pub span: Span,
    /// The expression that it is set from: `secrets.DEPLOY_PASSWORD`.
    pub from: Option<String>,
    /// Where its value is written out, if it is.
    pub literal: Option<Span>,
    /// The sign-in that it holds, for a script to run: `LOGIN: az login -u …`.
    pub command: Option<Box<Line>>,
}

/// A command that a variable holds, and what the platform puts into it.
#[derive(Clone)]
pub struct Line {
    pub text: Placed,
    pub expressions: Vec<Expression>,
}

// A command may hold a password.
impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Line")
    }
}

/// The variables that a script has: its own, and those of what is around it, such as its job and
/// its workflow. Thousands of scripts may stand in one scope, so they share it: a copy costs
/// nothing, and a look-up searches no scope from end to end.
#[derive(Clone, Default)]
pub struct Environment {
    scope: Option<Arc<Scope>>,
    /// So many variables of the innermost scope are set by now.
    set: usize,
}

/// What one place of a file sets.
struct Scope {
    variables: Vec<Variable>,
    /// The variables by their names, and those of one name in their order.
    by_name: Vec<usize>,
    around: Environment,
}

impl FromIterator<Variable> for Environment {
    fn from_iter<I: IntoIterator<Item = Variable>>(variables: I) -> Environment {
        Environment::default().with(variables)
    }
}

impl Environment {
    /// These variables, with the others around them.
    pub(super) fn with(&self, own: impl IntoIterator<Item = Variable>) -> Environment {
        let variables: Vec<Variable> = own.into_iter().collect();
        if variables.is_empty() {
            return self.clone();
        }
        let set = variables.len();
        let mut by_name: Vec<usize> = (0..set).collect();
        by_name.sort_by_cached_key(|it| variables[*it].name.to_ascii_lowercase());
        let scope = Scope { variables, by_name, around: self.clone() };
        Environment { scope: Some(Arc::new(scope)), set }
    }

    /// The environment as it was when only so many of its own variables were set.
    pub(super) fn before(&self, set: usize) -> Environment {
        Environment { set, ..self.clone() }
    }

    /// The scopes, the innermost first, each with how many of its variables are set.
    fn scopes(&self) -> impl Iterator<Item = (&Scope, usize)> {
        std::iter::successors(self.innermost(), |(it, _)| it.around.innermost())
    }

    fn innermost(&self) -> Option<(&Scope, usize)> {
        self.scope.as_deref().map(|it| (it, self.set))
    }

    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// All variables, those of the innermost scope first.
    pub fn iter(&self) -> impl Iterator<Item = &Variable> {
        self.scopes().flat_map(|(scope, set)| &scope.variables[..set])
    }

    /// The variables that are called so, in whichever case; those of the innermost scope first.
    pub fn named(&self, name: &str) -> impl Iterator<Item = &Variable> {
        self.scopes().flat_map(move |(scope, set)| scope.named(name, set))
    }

    /// What a name stands for: what the innermost scope that knows it has set last.
    pub fn get(&self, name: &str) -> Option<&Variable> {
        self.scopes().find_map(|(scope, set)| scope.named(name, set).last())
    }

    /// The variables of scripts, each once, however many of those share it.
    pub fn all<'e>(
        of: impl Iterator<Item = &'e Environment>,
    ) -> impl Iterator<Item = &'e Variable> {
        let mut seen = HashSet::new();
        let scopes = of.flat_map(Environment::scopes).map(|(scope, _)| scope);
        scopes.filter(move |it| seen.insert(ptr::from_ref(*it))).flat_map(|it| &it.variables)
    }

    fn address(&self) -> (*const Scope, usize) {
        (self.scope.as_ref().map_or(ptr::null(), Arc::as_ptr), self.set)
    }
}

impl Scope {
    fn named(&self, name: &str, set: usize) -> impl Iterator<Item = &Variable> {
        let lower = name.to_ascii_lowercase();
        let called = |it: &usize| self.variables[*it].name.to_ascii_lowercase();
        let first = self.by_name.partition_point(|it| called(it) < lower);
        let all = self.by_name[first..].iter().take_while(move |it| called(it) == lower);
        all.filter(move |it| **it < set).map(|it| &self.variables[*it])
    }
}

// Two are one if they are the same, and not if they only say the same: that is soon told.
impl PartialEq for Environment {
    fn eq(&self, other: &Environment) -> bool {
        self.address() == other.address()
    }
}

impl Eq for Environment {}

impl Hash for Environment {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.address().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(names: &[&str]) -> Vec<Variable> {
        let of = |(at, name): (usize, &&str)| Variable {
            name: (*name).to_owned(),
            span: Span::at(at),
            from: None,
            literal: None,
            command: None,
        };
        names.iter().enumerate().map(of).collect()
    }

    fn at<'e>(found: impl IntoIterator<Item = &'e Variable>) -> Vec<usize> {
        found.into_iter().map(|it| it.span.start).collect()
    }

    #[test]
    fn what_is_further_in_goes_before_what_is_around_it() {
        let around: Environment = variables(&["A", "b", "a", "c"]).into_iter().collect();
        let step = around.with(variables(&["x", "B"]));
        assert_eq!(at(step.named("b")), [1, 1]);
        assert_eq!(at(step.named("A")), [0, 2]);
        assert_eq!(at(step.get("a")), [2]);
        assert_eq!(at(step.get("B")), [1]);
        assert_eq!(at(step.iter()), [0, 1, 0, 1, 2, 3]);
        assert!(step.get("d").is_none() && around.get("x").is_none());
    }

    #[test]
    fn what_is_set_later_is_not_set_yet() {
        let all: Environment = variables(&["A", "A", "B"]).into_iter().collect();
        assert_eq!(at(all.before(1).named("a")), [0]);
        assert_eq!(at(all.before(2).get("a")), [1]);
        assert!(all.before(2).get("b").is_none());
        assert_eq!(at(all.before(2).iter()), [0, 1]);
    }

    #[test]
    fn what_scripts_share_is_there_once() {
        let around: Environment = variables(&["A"]).into_iter().collect();
        let steps =
            [around.with(variables(&["B"])), around.with(variables(&["B"])), around.clone()];
        let scopes: Vec<*const Scope> =
            steps.iter().flat_map(|it| it.scopes().map(|(it, _)| ptr::from_ref(it))).collect();
        assert_eq!((scopes[1], scopes[3]), (scopes[4], scopes[4]));
        assert_eq!(Environment::all(steps.iter()).count(), 3);
        assert!(around == around.with([]) && steps[0] != steps[1]);
    }
}
