//! What comes after a sign-in: commands, with what each does to Azure and asks of it.

use super::{
    Command,
    units::{Id, Unit, Units},
};
use crate::{
    catalog::Effect,
    impact::{self, By},
    lang::{Call, Names},
    text::Source,
};
use std::{collections::BTreeMap, rc::Rc, sync::Arc};

/// A command that follows a sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Follow {
    pub command: Command,
    pub effect: Effect,
    pub by: By,
}

/// A call of a script, as far as it matters to sign-ins before it.
pub(super) struct Judged {
    pub(super) at: usize,
    pub(super) follow: Option<Arc<Follow>>,
    /// It signs in itself, for whatever follows: under this name, and unless what signed in before
    /// it stands further in than the place that is told.
    pub(super) signs_in: Option<(&'static str, usize)>,
}

/// What the calls of scripts do, each judged once, however many sign-ins they follow.
#[derive(Default)]
pub(super) struct Judgements(BTreeMap<Id, Rc<[Judged]>>);

impl Judgements {
    pub(super) fn of(&mut self, units: &Units<'_>, id: Id) -> Rc<[Judged]> {
        self.0.entry(id).or_insert_with(|| judged(units, id)).clone()
    }
}

fn judged(units: &Units<'_>, id: Id) -> Rc<[Judged]> {
    let (unit, source) = (units.get(id), &units.sources[id.source]);
    let names = Names::new(&unit.parsed, environment(unit, source));
    let mut blocks = Blocks::new(&unit.script.text);
    let of = |call: &Call| {
        let judgement = impact::judge(call, &names, units.catalog());
        let follow = judgement.map(|it| {
            let command = command(call, unit, source);
            Arc::new(Follow { command, effect: it.effect, by: it.by })
        });
        let signs_in = client(&call.name).and_then(|it| Some((it, blocks.start(call.span.start)?)));
        Judged { at: call.span.start, follow, signs_in }
    };
    unit.parsed.calls.iter().map(of).collect()
}

/// What the platform's file writes out of the variables that it sets.
fn environment<'u>(
    unit: &'u Unit,
    source: &'u Source,
) -> impl Iterator<Item = (String, String)> + 'u {
    unit.script.environment.iter().filter_map(|it| {
        let span = it.literal.filter(|_| it.from.is_none())?;
        let text = source.raw().get(span.start..span.end)?.trim_matches(['"', '\'']);
        Some((it.name.clone(), text.to_owned()))
    })
}

/// By which client a call signs in, if it does.
pub(super) fn client(name: &str) -> Option<&'static str> {
    const CLIENTS: &[(&str, &str)] = &[
        ("az login", "az"),
        ("connect-azaccount", "az-powershell"),
        ("connect-azurermaccount", "azurerm"),
    ];
    CLIENTS.iter().find(|(it, _)| *it == name).map(|(_, client)| *client)
}

fn command(call: &Call, unit: &Unit, source: &Source) -> Command {
    let at = unit.script.place.outer(call.span).map_or(0, |it| it.start);
    let line = source.position(at).line;
    Command { name: written(call), path: source.path.to_string(), line }
}

/// What a command is called: in the author's own letters, where those say it.
fn written(call: &Call) -> String {
    let word = call.command.literal().filter(|it| it.eq_ignore_ascii_case(&call.name));
    word.map_or_else(|| call.name.clone(), |it| it.into_owned())
}

/// The lines of a script, by how far in they stand: a sign-in in a branch, a loop or a function is
/// not the next one of what stands outside.
struct Blocks<'t> {
    text: &'t str,
    /// Lines that nothing since has stood further out than: where they end, and their indents.
    open: Vec<(usize, usize)>,
    read: usize,
}

impl<'t> Blocks<'t> {
    fn new(text: &'t str) -> Blocks<'t> {
        Blocks { text, open: Vec::new(), read: 0 }
    }

    /// Where the block begins that the statement at `at` is a line of; `None` if it does not begin
    /// its line. Asked in the order of the places.
    fn start(&mut self, at: usize) -> Option<usize> {
        let line = self.text[..at].rfind('\n').map_or(0, |it| it + 1);
        if !self.text[line..at].trim().is_empty() {
            return None;
        }
        while self.read < line {
            let rest = &self.text[self.read..];
            let end = rest.find('\n').map_or(rest.len(), |it| it + 1);
            let indent = rest.len() - rest.trim_start_matches([' ', '\t']).len();
            if !rest[..end].trim().is_empty() {
                self.open.retain(|(_, it)| *it < indent);
                self.open.push((self.read + end, indent));
            }
            self.read += end;
        }
        let indent = at - line;
        let further_out = self.open.iter().rev().find(|(_, it)| *it < indent);
        Some(further_out.map_or(0, |(end, _)| *end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_begins_behind_the_last_line_that_stands_further_out() {
        let text = "a\nif x\n  b\nelse\n  c\n  d; e\nfi\n  f\n";
        let mut blocks = Blocks::new(text);
        let mut start = |name: &str| blocks.start(text.find(name).unwrap());
        assert_eq!(start("c"), text.find("  c"));
        assert_eq!(start("d"), text.find("  c"));
        assert_eq!(start("e\nfi"), None);
        assert_eq!(start("fi"), Some(0));
    }
}
