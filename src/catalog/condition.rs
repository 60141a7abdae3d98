//! When a command asks for an action: what its options say of it.

/// Alternatives, each of terms that all have to hold; without any, always.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct When {
    ways: Vec<Vec<Term>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    kind: Kind,
    /// The option; with several, any of them. Without its dashes.
    options: Vec<String>,
    /// Of a comparison.
    values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Given,
    NotGiven,
    Is,
    IsNot,
    /// What the command derives from an option, or what it finds in Azure, decides.
    Elsewhere,
}

/// Whether something is so, as far as a call shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holds {
    No,
    Perhaps,
    Yes,
}

/// What a condition may ask of a call.
pub trait Given {
    /// Whether an option, named without its dashes, is given.
    fn has(&self, option: &str) -> Holds;
    /// What it is given, if that is known.
    fn value(&self, option: &str) -> Option<String>;
}

impl When {
    /// `+a` given, `-a` not given, `=a:x|y` with one of these values, `~a:x` with none of them,
    /// `*a`, `/a` and `?a` decided by something derived from it, `!` by the server; `&` and, `||` or.
    pub(super) fn parse(text: &str) -> Result<When, String> {
        let way = |it: &str| it.split('&').map(term).collect::<Result<Vec<Term>, String>>();
        Ok(When { ways: text.split("||").map(way).collect::<Result<_, _>>()? })
    }

    pub fn holds(&self, call: &dyn Given) -> Holds {
        let way = |it: &Vec<Term>| it.iter().map(|it| it.holds(call)).min().unwrap_or(Holds::Yes);
        self.ways.iter().map(way).max().unwrap_or(Holds::Yes)
    }

    /// The options that a call gives, and that so make the action needed.
    pub fn options<'w>(&'w self, call: &dyn Given) -> Vec<&'w str> {
        let holds = |it: &&Vec<Term>| it.iter().all(|it| it.holds(call) != Holds::No);
        let terms = self.ways.iter().filter(holds).flatten();
        let mut options: Vec<&str> = terms
            .filter(|it| it.kind != Kind::NotGiven)
            .flat_map(|it| &it.options)
            .map(String::as_str)
            .filter(|it| call.has(it) == Holds::Yes)
            .collect();
        options.sort_unstable();
        options.dedup();
        options
    }
}

impl Term {
    fn holds(&self, call: &dyn Given) -> Holds {
        let given = || self.options.iter().map(|it| call.has(it)).max().unwrap_or(Holds::Perhaps);
        match self.kind {
            Kind::Given => given(),
            Kind::NotGiven => not(given()),
            Kind::Is => self.compares(call),
            Kind::IsNot => not(self.compares(call)),
            Kind::Elsewhere => Holds::Perhaps,
        }
    }

    /// A value that is not written may be the default, and which that is the option alone knows.
    fn compares(&self, call: &dyn Given) -> Holds {
        match self.options.iter().find_map(|it| call.value(it)) {
            None => Holds::Perhaps,
            Some(value) if self.values.iter().any(|it| it.eq_ignore_ascii_case(&value)) => {
                Holds::Yes
            }
            Some(_) => Holds::No,
        }
    }
}

fn not(it: Holds) -> Holds {
    match it {
        Holds::No => Holds::Yes,
        Holds::Perhaps => Holds::Perhaps,
        Holds::Yes => Holds::No,
    }
}

fn term(text: &str) -> Result<Term, String> {
    let list = |it: &str| it.split('|').map(str::to_owned).collect();
    let none = Vec::new();
    let mut signs = text.chars();
    let kind = match signs.next() {
        Some('+') => Kind::Given,
        Some('-') => Kind::NotGiven,
        Some('=') => Kind::Is,
        Some('~') => Kind::IsNot,
        Some('*' | '/' | '?' | '!') => Kind::Elsewhere,
        _ => return Err(format!("{text:?} is no condition, such as +name or -name")),
    };
    let rest = signs.as_str();
    match kind {
        Kind::Is | Kind::IsNot => {
            let (option, values) =
                rest.split_once(':').ok_or_else(|| format!("{text:?} compares with no value"))?;
            Ok(Term { kind, options: list(option), values: list(values) })
        }
        Kind::Given | Kind::NotGiven if rest.is_empty() => Err(format!("{text:?} names no option")),
        Kind::Given | Kind::NotGiven | Kind::Elsewhere => {
            Ok(Term { kind, options: list(rest), values: none })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Options(&'static [(&'static str, &'static str)]);

    impl Given for Options {
        fn has(&self, option: &str) -> Holds {
            match self.0.iter().any(|(it, _)| *it == option) {
                true => Holds::Yes,
                false => Holds::No,
            }
        }

        fn value(&self, option: &str) -> Option<String> {
            self.0.iter().find(|(it, _)| *it == option).map(|(_, it)| (*it).to_owned())
        }
    }

    #[test]
    fn conditions_are_what_their_signs_say() {
        use Holds::{No, Perhaps, Yes};
        let call = Options(&[("name", "a"), ("mode", "login")]);
        for (text, holds) in [
            ("+name", Yes),
            ("-name", No),
            ("+slot|name", Yes),
            ("-slot", Yes),
            ("+name&+slot", No),
            ("+name&+slot||-slot", Yes),
            ("=mode:key|login", Yes),
            ("~mode:login", No),
            ("=kind:a", Perhaps),
            ("!", Perhaps),
            ("!&-name", No),
            ("*name", Perhaps),
            ("/name||+name", Yes),
        ] {
            assert_eq!(When::parse(text).unwrap().holds(&call), holds, "{text}");
        }
        assert_eq!(When::default().holds(&call), Yes);
    }

    #[test]
    fn the_options_that_are_given_are_told() {
        let call = Options(&[("name", "a"), ("mode", "login")]);
        let options = |text| When::parse(text).unwrap().options(&call).join(" ");
        assert_eq!(options("+name&=mode:login||+slot"), "mode name");
        assert_eq!(options("-slot"), "");
    }
}
