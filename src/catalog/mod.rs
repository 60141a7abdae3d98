//! What the commands of Azure's clients ask of Azure, and what built-in roles allow.
//!
//! The tables are the files of `data/`, compressed into the binary and read when one is first
//! asked for. A file of the user's (`--data`) has the same form, and its rows come first.

mod condition;
mod row;

pub use condition::{Holds, When};
pub use row::{Action, Asks, Effect, Permission, Role, RowError};

use row::Row;
use std::{
    cmp::Ordering,
    collections::BTreeMap,
    io::Read,
    sync::{Arc, LazyLock},
};

/// The tables of the binary, and what the user's own file puts before them.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    own: Option<Arc<Own>>,
}

#[derive(Debug, Default)]
struct Own {
    az: BTreeMap<String, Asks>,
    cmdlets: BTreeMap<String, Asks>,
    roles: BTreeMap<String, Role>,
}

/// A built-in table: its lines, in the order of their keys in lower case.
struct Table {
    lines: Vec<&'static str>,
}

static AZ: LazyLock<Table> = LazyLock::new(|| {
    Table::unpacked(include_bytes!(concat!(env!("OUT_DIR"), "/az-commands.deflate")))
});

static CMDLETS: LazyLock<Table> = LazyLock::new(|| {
    Table::unpacked(include_bytes!(concat!(env!("OUT_DIR"), "/az-cmdlets.deflate")))
});

static ROLES: LazyLock<Table> =
    LazyLock::new(|| Table::unpacked(include_bytes!(concat!(env!("OUT_DIR"), "/roles.deflate"))));

impl Catalog {
    /// The tables of the binary, after the rows of `text`.
    pub fn with(text: &str) -> Result<Catalog, RowError> {
        let mut own = Own::default();
        for (row, _) in row::rows(text)? {
            match row {
                Row::Az(name, asks) => _ = own.az.insert(name, asks),
                Row::Cmdlet(name, asks) => _ = own.cmdlets.insert(name.to_ascii_lowercase(), asks),
                Row::Role(role) => match own.roles.get_mut(&role.name.to_lowercase()) {
                    Some(known) => known.permissions.extend(role.permissions),
                    None => _ = own.roles.insert(role.name.to_lowercase(), role),
                },
            }
        }
        Ok(Catalog { own: Some(Arc::new(own)) })
    }

    /// What is known of a command of the Azure CLI, and under which name: its longest beginning
    /// that is a command. Words after that are arguments.
    pub fn az<'c>(&self, command: &'c str) -> Option<(&'c str, Asks)> {
        let mut name = command;
        loop {
            let own = self.own.as_ref().and_then(|it| it.az.get(name).cloned());
            let found = own.or_else(|| match AZ.first(name).map(row::row) {
                Some(Ok(Row::Az(_, asks))) => Some(asks),
                _ => None,
            });
            match found {
                Some(asks) => return Some((name, asks)),
                None => name = name.rsplit_once(' ')?.0,
            }
        }
    }

    /// What is known of a cmdlet of Az PowerShell, in whichever case it is written.
    pub fn cmdlet(&self, name: &str) -> Option<Asks> {
        let name = name.to_ascii_lowercase();
        let own = self.own.as_ref().and_then(|it| it.cmdlets.get(&name).cloned());
        own.or_else(|| match CMDLETS.first(&name).map(row::row) {
            Some(Ok(Row::Cmdlet(_, asks))) => Some(asks),
            _ => None,
        })
    }

    /// Every action that some command of the binary's tables asks for.
    pub fn actions(&self) -> impl Iterator<Item = &'static str> {
        let lines = AZ.lines.iter().chain(&CMDLETS.lines);
        let actions = lines.filter_map(|it| it.split('\t').nth(3)).flat_map(str::split_whitespace);
        actions.map(|it| it.split('[').next().unwrap_or(it))
    }

    /// A role of that name, of which blanks around it are no part.
    pub fn role(&self, name: &str) -> Option<Role> {
        let name = name.trim().to_lowercase();
        let own = self.own.as_ref().and_then(|it| it.roles.get(&name).cloned());
        own.or_else(|| ROLES.all(&name).filter_map(role).reduce(join))
    }

    /// All roles, those of the user's file first.
    pub fn roles(&self) -> Vec<Role> {
        let mut roles: Vec<Role> =
            self.own.iter().flat_map(|it| it.roles.values().cloned()).collect();
        let own = roles.len();
        for role in ROLES.lines.iter().filter_map(|it| role(it)) {
            match roles.last_mut() {
                Some(last) if last.name == role.name && last.id == role.id => {
                    last.permissions.extend(role.permissions);
                }
                _ => roles.push(role),
            }
        }
        let (first, rest) = roles.split_at(own);
        let is_new = |it: &&Role| !first.iter().any(|own| own.name.eq_ignore_ascii_case(&it.name));
        let rest: Vec<Role> = rest.iter().filter(is_new).cloned().collect();
        [first, &rest].concat()
    }
}

fn role(line: &str) -> Option<Role> {
    match row::row(line) {
        Ok(Row::Role(role)) => Some(role),
        _ => None,
    }
}

/// One role of two of its blocks.
fn join(mut first: Role, more: Role) -> Role {
    first.permissions.extend(more.permissions);
    first
}

impl Table {
    fn unpacked(packed: &'static [u8]) -> Table {
        let mut text = String::new();
        let mut packed = flate2::read::DeflateDecoder::new(packed);
        packed.read_to_string(&mut text).expect("the build packed this text");
        // It lives as long as the process, which unpacks it once.
        let text: &'static str = text.leak();
        Table { lines: text.lines().filter(|it| !row::is_comment(it)).collect() }
    }

    /// The first line with that key, which is in lower case.
    fn first(&self, key: &str) -> Option<&'static str> {
        self.all(key).next()
    }

    fn all<'k>(&self, key: &'k str) -> impl Iterator<Item = &'static str> + use<'_, 'k> {
        let start = self.lines.partition_point(|it| order(row::key(it), key) == Ordering::Less);
        let rest = self.lines[start..].iter().copied();
        rest.take_while(move |it| order(row::key(it), key) == Ordering::Equal)
    }
}

/// The order of a table: by the bytes of its keys in lower case.
fn order(key: &str, other: &str) -> Ordering {
    key.bytes().map(|it| it.to_ascii_lowercase()).cmp(other.bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_readable_and_in_order() {
        for (table, least) in [(&AZ, 6000), (&CMDLETS, 5000), (&ROLES, 900)] {
            assert!(table.lines.len() > least, "{}", table.lines.len());
            for pair in table.lines.windows(2) {
                let lower = row::key(pair[1]).to_ascii_lowercase();
                assert_ne!(order(row::key(pair[0]), &lower), Ordering::Greater, "{lower}");
            }
            for line in &table.lines {
                assert!(row::row(line).is_ok(), "{line}");
            }
        }
    }

    #[test]
    fn the_longest_beginning_that_is_a_command_is_it() {
        let catalog = Catalog::default();
        let name = |it| catalog.az(it).map(|(name, _)| name);
        assert_eq!(name("group create"), Some("group create"));
        assert_eq!(name("group create production"), Some("group create"));
        assert_eq!(name("group"), None);
        assert_eq!(name("containerapp fly"), None);
    }

    #[test]
    fn a_cmdlet_is_found_in_whichever_case() {
        let catalog = Catalog::default();
        for name in ["stop-azvm", "Stop-AzVM"] {
            assert_eq!(catalog.cmdlet(name).map(|it| it.effect), Some(Effect::Operation));
        }
        assert!(catalog.cmdlet("stop-azvmm").is_none());
    }

    #[test]
    fn a_role_has_all_its_blocks() {
        let catalog = Catalog::default();
        let contributor = catalog.role("contributor").unwrap();
        assert_eq!(contributor.id, "b24988ac-6180-42a0-ab88-20f7382dd24c");
        assert_eq!(contributor.permissions[0].actions, ["*"]);
        for name in ["Azure Arc VMware Administrator role", "azure arc vmware administrator role "]
        {
            assert!(catalog.role(name).is_some(), "{name}");
        }
        assert!(catalog.role("AVS Orchestrator Role").unwrap().permissions.len() > 1);
        let roles = catalog.roles();
        assert!(roles.iter().any(|it| it.permissions.len() > 1));
        assert!(roles.windows(2).all(|it| it[0].name != it[1].name));
    }

    #[test]
    fn a_file_of_ones_own_comes_first() {
        let text = "# mine\naz\tgroup create\tread\t\naz\tfly\twrite\tContoso.Fly/planes/write\n\
                    cmdlet\tNew-AzFly\toperation\t\nrole\tContributor\tid\tA/b/read\t\tB/c/read\t\n";
        let catalog = Catalog::with(text).unwrap();
        assert_eq!(catalog.az("group create").unwrap().1.effect, Effect::Read);
        assert_eq!(catalog.az("fly high").unwrap().0, "fly");
        assert_eq!(catalog.az("group delete").unwrap().1.effect, Effect::Write);
        assert_eq!(catalog.cmdlet("new-azfly").unwrap().effect, Effect::Operation);
        assert_eq!(catalog.role("Contributor").unwrap().id, "id");
        let named = catalog.roles().into_iter().filter(|it| it.name == "Contributor");
        assert_eq!(named.map(|it| it.id).collect::<Vec<_>>(), ["id"]);
    }
}
