//! The one form of the tables: lines of columns with tabs between them, as `docs/formats.md` tells.

use super::When;
use thiserror::Error;

/// What a command does to Azure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Creates, changes or deletes a resource.
    Write,
    /// A `POST` operation, such as start or stop; whether Azure refuses it is not known.
    Operation,
    Read,
    /// Speaks to a service itself, not to Azure Resource Manager.
    Data,
    /// Speaks to Microsoft Graph.
    Graph,
    /// Stays on the machine.
    Local,
    Unknown,
}

/// What a command asks of Azure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asks {
    pub effect: Effect,
    /// It has that effect with some options only, and reads without them.
    pub depends: bool,
    /// What it does besides.
    pub also: Vec<Effect>,
    pub actions: Vec<Action>,
}

/// An action of Azure Resource Manager, and when it is asked for. `{type}` and `{namespace}` stand
/// for what the arguments name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    pub name: String,
    pub when: When,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    pub name: String,
    pub id: String,
    pub permissions: Vec<Permission>,
}

/// A block of permissions. What it does not allow it does not deny: another block may.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permission {
    pub actions: Vec<String>,
    pub not_actions: Vec<String>,
    pub data_actions: Vec<String>,
    pub not_data_actions: Vec<String>,
    pub condition: Option<String>,
}

#[derive(Debug, Error, PartialEq, Eq)]
#[error("line {line} is not readable: {what}")]
pub struct RowError {
    pub line: usize,
    pub what: String,
}

#[derive(Debug)]
pub(super) enum Row {
    Az(String, Asks),
    Cmdlet(String, Asks),
    Role(Role),
}

impl Effect {
    pub const ALL: &[(&str, Effect)] = &[
        ("write", Effect::Write),
        ("operation", Effect::Operation),
        ("read", Effect::Read),
        ("data", Effect::Data),
        ("graph", Effect::Graph),
        ("local", Effect::Local),
        ("unknown", Effect::Unknown),
    ];

    pub fn name(self) -> &'static str {
        Effect::ALL.iter().find(|(_, it)| *it == self).map_or("unknown", |(name, _)| name)
    }

    fn parse(text: &str) -> Result<Effect, String> {
        let known = Effect::ALL.iter().find(|(name, _)| *name == text);
        known.map(|(_, it)| *it).ok_or_else(|| {
            let names: Vec<&str> = Effect::ALL.iter().map(|(name, _)| *name).collect();
            format!("{text:?} is no effect; those are {}", names.join(", "))
        })
    }
}

pub(super) fn is_comment(line: &str) -> bool {
    line.trim().is_empty() || line.starts_with('#')
}

/// By what a row is found.
pub(super) fn key(line: &str) -> &str {
    // Azure has names with blanks at their end.
    line.split('\t').nth(1).unwrap_or_default().trim()
}

/// The rows of a text, with their lines.
pub(super) fn rows(text: &str) -> Result<Vec<(Row, usize)>, RowError> {
    let lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    let rows = lines.filter(|(_, it)| !is_comment(it)).map(|(at, it)| {
        let row = row(it).map_err(|what| RowError { line: at + 1, what })?;
        Ok((row, at + 1))
    });
    rows.collect()
}

pub(super) fn row(line: &str) -> Result<Row, String> {
    let columns: Vec<&str> = line.split('\t').collect();
    let named = |it: &str| match it.trim() {
        "" => Err("its second column, the name, is empty".to_owned()),
        it => Ok(it.to_owned()),
    };
    match columns.as_slice() {
        ["az", name, effect] => Ok(Row::Az(named(name)?, asks(effect, "")?)),
        ["az", name, effect, actions] => Ok(Row::Az(named(name)?, asks(effect, actions)?)),
        ["cmdlet", name, effect] => Ok(Row::Cmdlet(named(name)?, asks(effect, "")?)),
        ["cmdlet", name, effect, actions] => Ok(Row::Cmdlet(named(name)?, asks(effect, actions)?)),
        ["az" | "cmdlet", rest @ ..] => Err(format!(
            "name, effect and actions are wanted, and it has {} columns",
            rest.len() + 1
        )),
        ["role", name, id, rest @ ..] if rest.len() <= 5 => {
            let column = |at: usize| rest.get(at).copied().unwrap_or_default();
            let list = |at: usize| column(at).split_whitespace().map(str::to_owned).collect();
            let permission = Permission {
                actions: list(0),
                not_actions: list(1),
                data_actions: list(2),
                not_data_actions: list(3),
                condition: Some(column(4).to_owned()).filter(|it| !it.is_empty()),
            };
            let (name, id) = (named(name)?, (*id).to_owned());
            Ok(Row::Role(Role { name, id, permissions: vec![permission] }))
        }
        ["role", rest @ ..] => Err(format!(
            "name, ID, actions, notActions, dataActions, notDataActions and condition are wanted, and it has {} columns",
            rest.len() + 1
        )),
        _ => Err("its first column is none of az, cmdlet and role; columns are parted by tabs"
            .to_owned()),
    }
}

/// `write?+data`, and the actions with blanks between them.
fn asks(effect: &str, actions: &str) -> Result<Asks, String> {
    let mut effects = effect.split('+');
    let first = effects.next().unwrap_or_default();
    let plain = first.strip_suffix('?');
    Ok(Asks {
        effect: Effect::parse(plain.unwrap_or(first))?,
        depends: plain.is_some(),
        also: effects.map(Effect::parse).collect::<Result<_, _>>()?,
        actions: actions.split_whitespace().map(action).collect::<Result<_, _>>()?,
    })
}

/// `Microsoft.Web/sites/write[+name&-slot]`
fn action(text: &str) -> Result<Action, String> {
    let (name, when) = match text.split_once('[') {
        None => (text, When::default()),
        Some((name, rest)) => {
            let inside = rest.strip_suffix(']').ok_or_else(|| format!("{text:?} has no ]"))?;
            (name, When::parse(inside)?)
        }
    };
    match name.contains('/') {
        true => Ok(Action { name: name.to_owned(), when }),
        false => Err(format!("{name:?} is no action, such as Microsoft.Web/sites/read")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_line_and_what_is_wrong() {
        for (text, line, what) in [
            ("az\tgroup create\twrite\n\nazz\tx\tread", 3, "none of az, cmdlet and role"),
            ("# x\naz\tgroup create\twrites\tA/b/write", 2, "\"writes\" is no effect"),
            ("az\t \twrite\tA/b/write", 1, "the name, is empty"),
            ("az\tgroup create", 1, "it has 2 columns"),
            ("az\tg\twrite\tgroups", 1, "is no action"),
            ("az\tg\twrite\tA/b/write[+x", 1, "has no ]"),
            ("az\tg\twrite\tA/b/write[x]", 1, "\"x\""),
            ("role\tOwner", 1, "it has 2 columns"),
        ] {
            let error = rows(text).unwrap_err();
            assert_eq!(error.line, line, "{text}");
            assert!(error.to_string().contains(what), "{error}");
        }
    }

    #[test]
    fn an_effect_may_depend_and_come_with_others() {
        let Row::Az(name, asks) =
            row("az\twebapp up\twrite?+data\tA/b/write C/d/read[-x]").unwrap()
        else {
            panic!("it is a row of az")
        };
        assert_eq!((name.as_str(), asks.effect, asks.depends), ("webapp up", Effect::Write, true));
        assert_eq!(asks.also, [Effect::Data]);
        assert_eq!(asks.actions.len(), 2);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_rows_or_an_error(
            pieces in proptest::collection::vec(
                proptest::sample::select(vec!["az", "cmdlet", "role", "\t", "\n", "write?", "+", "A/b", "[", "]", "+a", "&", "|", "=x:", "é", " "]),
                0..30,
            )
        ) {
            let _ = rows(&pieces.concat());
        }
    }
}
