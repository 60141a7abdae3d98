//! What calls are given, and what functions take.

use super::{Kind, LARGEST, Program};
use crate::lang::{
    HOLD_TOO_MUCH, Opt, Parsed, Word,
    functions::{Function, MOST, Parameter},
    nested::MOST_HELD,
};
use std::collections::BTreeMap;
use tree_sitter::Node;

/// A call that is given a map by its name is given what the map holds.
pub(super) fn given(parsed: &mut Parsed) {
    let mut maps: BTreeMap<String, Vec<(String, Word)>> = BTreeMap::new();
    let mut left = MOST_HELD;
    let mut assignments = parsed.assignments.iter().peekable();
    for call in &mut parsed.calls {
        while let Some(it) = assignments.next_if(|it| it.span.start < call.span.start) {
            if !it.entries.is_empty() {
                let entries = maps.entry(it.name.clone()).or_default();
                if !it.adds {
                    entries.clear();
                }
                entries.truncate(LARGEST);
                entries.extend(it.entries.iter().cloned());
            } else if let Some((map, key)) = it.name.rsplit_once('.')
                && let Some(entries) = maps.get_mut(map)
                && entries.len() < LARGEST
            {
                entries.push((key.to_ascii_lowercase(), it.value.clone()));
            }
        }
        let given: Vec<_> =
            call.words.iter().filter_map(|it| Some((it.span, it.variable()?))).collect();
        for (span, name) in given {
            let Some(entries) = maps.get(name) else { continue };
            let Some(rest) = left.checked_sub(entries.len()) else {
                parsed.unread = Some(HOLD_TOO_MUCH);
                continue;
            };
            left = rest;
            for (name, value) in entries.iter().rev() {
                if !call.options.iter().any(|it| it.name == *name) {
                    let value = Some(value.clone());
                    call.options.push(Opt {
                        name: name.clone(),
                        span,
                        value,
                        splatted: true,
                        off: false,
                    });
                }
            }
        }
    }
}

/// What the object of a method is called where that is a parameter.
const OWN: &[&str] = &["self", "cls"];

impl<'t> Program<'t> {
    pub(super) fn function(&mut self, node: Node<'t>) {
        let Some(name) = node.child_by_field_name("name") else { return };
        let list = node.child_by_field_name("parameters").or_else(|| {
            self.children(node).into_iter().find(|it| it.kind().ends_with("parameters"))
        });
        let mut parameters = Vec::new();
        for it in list.map(|it| self.children(it)).unwrap_or_default() {
            let at = self.span(it).start;
            // One type may stand behind several names.
            let mut names = self.fields(it, "name");
            if names.is_empty() {
                names.extend(self.first_name(it));
            }
            let names = names.into_iter().map(|it| self.source(it).to_owned());
            let new = |name| Parameter { name, at, is_switch: false };
            parameters.extend(names.filter(|it| !OWN.contains(&it.as_str())).map(new));
        }
        parameters.truncate(MOST);
        let (name, body) = (self.source(name).to_owned(), self.span(node));
        self.parsed.functions.push(Function { name, body, parameters });
    }

    /// The name in a declaration that has it first.
    fn first_name(&self, node: Node<'t>) -> Option<Node<'t>> {
        let mut next = Some(node);
        while let Some(it) = next.filter(|it| self.kind(*it) != Some(Kind::Name)) {
            next = it.named_child(0);
        }
        next
    }
}
