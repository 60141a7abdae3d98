//! What an ARM path is about.

/// The resource, collection or action that a path names.
pub(in crate::sandbox) struct Target {
    /// The path itself, its fixed words in their proper case.
    pub(in crate::sandbox) id: String,
    /// What the last `providers` hangs on; empty for the tenant.
    pub(in crate::sandbox) scope: String,
    /// The resource that this one is a part of, or else the scope.
    pub(in crate::sandbox) parent: String,
    /// Namespace and types, as they are written in roles: `Microsoft.Web/sites/slots`.
    pub(in crate::sandbox) kind: String,
    /// The name; `None` for a collection or an action.
    pub(in crate::sandbox) name: Option<String>,
}

impl Target {
    /// Every path is about something, if only about something that does not exist.
    pub(in crate::sandbox) fn parse(segments: &[String]) -> Target {
        let words: Vec<&str> = segments.iter().map(|word| canonical(word)).collect();
        // Without a provider, a path is about the things of Microsoft.Resources itself.
        let (scope, namespace, rest) = match words.iter().rposition(|word| *word == "providers") {
            Some(at) if at + 1 < words.len() => (&words[..at], words[at + 1], &words[at + 2..]),
            _ => (&words[..0], "Microsoft.Resources", &words[..]),
        };
        let named = !rest.is_empty() && rest.len() % 2 == 0;
        let own = if named { 2 } else { 1 };
        let parent = if rest.len() > own { &words[..words.len() - own] } else { scope };
        let types = rest.iter().step_by(2).copied();
        Target {
            id: path(&words),
            scope: path(scope),
            parent: path(parent),
            kind: [namespace].into_iter().chain(types).collect::<Vec<_>>().join("/"),
            name: rest.last().filter(|_| named).map(|name| (*name).to_owned()),
        }
    }

    /// Reads an id that is known to be one.
    pub(in crate::sandbox) fn of(id: &str) -> Target {
        let segments: Vec<_> =
            id.split('/').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        Target::parse(&segments)
    }

    /// Where a role must hold for this: on the resource, or on what the collection belongs to.
    pub(in crate::sandbox) fn place(&self) -> &str {
        if self.name.is_some() { &self.id } else { &self.parent }
    }

    pub(in crate::sandbox) fn namespace(&self) -> &str {
        self.kind.split('/').next().unwrap_or_default()
    }

    /// The id and the name of the resource group this is in.
    pub(in crate::sandbox) fn group(&self) -> Option<(String, &str)> {
        let mut words = self.id.split('/').skip(1);
        match [words.next()?, words.next()?, words.next()?, words.next()?] {
            ["subscriptions", subscription, "resourceGroups", name] => {
                Some((format!("/subscriptions/{subscription}/resourceGroups/{name}"), name))
            }
            _ => None,
        }
    }
}

/// ARM takes its fixed words in any case, and answers them in one.
fn canonical(word: &str) -> &str {
    let fixed = ["subscriptions", "resourceGroups", "providers"];
    fixed.into_iter().find(|fixed| fixed.eq_ignore_ascii_case(word)).unwrap_or(word)
}

fn path(words: &[&str]) -> String {
    words.iter().flat_map(|word| ["/", word]).collect()
}
