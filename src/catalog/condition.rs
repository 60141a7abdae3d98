//! When a command asks for an action: what its options say of it.

use crate::lang::{Call, Opt, Word};

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
    /// Of a comparison: what it is compared with.
    value: String,
    /// What the option is if it is not given, where that is known.
    default: Option<String>,
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

impl When {
    /// `+a` given, `-a` not given, `=a:x` with that value, `~a:x` with another, `=a:x|y` likewise
    /// where its default is y, `*a`, `/a` and `?a` decided by something derived from it, `!` by the server; `&` and, `||` or.
    pub(super) fn parse(text: &str) -> Result<When, String> {
        let way = |it: &str| it.split('&').map(term).collect::<Result<Vec<Term>, String>>();
        Ok(When { ways: text.split("||").map(way).collect::<Result<_, _>>()? })
    }

    pub fn holds(&self, call: &Call) -> Holds {
        let way = |it: &Vec<Term>| it.iter().map(|it| it.holds(call)).min().unwrap_or(Holds::Yes);
        self.ways.iter().map(way).max().unwrap_or(Holds::Yes)
    }

    /// The options that a call gives, and that so make the action needed.
    pub fn options<'w>(&'w self, call: &Call) -> Vec<&'w str> {
        let holds = |it: &&Vec<Term>| it.iter().all(|it| it.holds(call) != Holds::No);
        let terms = self.ways.iter().filter(holds).flatten();
        let mut options: Vec<&str> = terms
            .filter(|it| it.kind != Kind::NotGiven)
            .flat_map(|it| &it.options)
            .map(String::as_str)
            .filter(|it| given(call, it) == Holds::Yes)
            .collect();
        options.sort_unstable();
        options.dedup();
        options
    }
}

impl Term {
    fn holds(&self, call: &Call) -> Holds {
        let is_given =
            || self.options.iter().map(|it| given(call, it)).max().unwrap_or(Holds::Perhaps);
        match self.kind {
            Kind::Given => is_given(),
            Kind::NotGiven => not(is_given()),
            Kind::Is => self.compares(call),
            Kind::IsNot => not(self.compares(call)),
            Kind::Elsewhere => Holds::Perhaps,
        }
    }

    fn compares(&self, call: &Call) -> Holds {
        let is = |it: &str| match it.eq_ignore_ascii_case(&self.value) {
            true => Holds::Yes,
            false => Holds::No,
        };
        match (self.options.iter().find_map(|it| find(call, it)), &self.default) {
            (Some(it), _) => match it.value.as_ref().and_then(Word::literal) {
                Some(it) => is(&it),
                None => Holds::Perhaps,
            },
            (None, Some(default)) => is(default),
            (None, None) => Holds::Perhaps,
        }
    }
}

/// The short options that mean the same with almost every command of the Azure CLI.
const SHORT: &[(&str, &str)] = &[
    ("-g", "resource-group"),
    ("-l", "location"),
    ("-n", "name"),
    ("-o", "output"),
    ("-y", "yes"),
];

/// Of the Azure CLI, a short option that is not known stands for one of whose words it is the
/// first letter, if it does for any.
fn given(call: &Call, option: &str) -> Holds {
    if find(call, option).is_some() {
        return Holds::Yes;
    }
    let is_known = |name: &str| SHORT.iter().any(|(it, _)| *it == name);
    let may_be = |name: &str| {
        let is_short = name.len() == 2 && name.starts_with('-') && !is_known(name);
        is_short && option.split('-').any(|word| word.starts_with(&name[1..]))
    };
    let is_az = call.name.starts_with("az ");
    let spread = call.words.iter().any(|it| it.variable().is_some_and(|it| it.starts_with('@')));
    match spread || is_az && call.options.iter().any(|it| may_be(&it.name)) {
        true => Holds::Perhaps,
        false => Holds::No,
    }
}

fn find<'c>(call: &'c Call, option: &str) -> Option<&'c Opt> {
    let is = |it: &&Opt| {
        let long =
            it.name.strip_prefix("--").or(it.name.strip_prefix('-').filter(|it| it.len() > 1));
        let short = || SHORT.iter().any(|(short, long)| it.name == *short && *long == option);
        !it.off && (long == Some(option) || short())
    };
    call.options.iter().find(is)
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
            let (option, value) =
                rest.split_once(':').ok_or_else(|| format!("{text:?} compares with no value"))?;
            let (value, default) = match value.split_once('|') {
                Some((value, default)) => (value, Some(default.to_owned())),
                None => (value, None),
            };
            Ok(Term { kind, options: list(option), value: value.to_owned(), default })
        }
        Kind::Given | Kind::NotGiven if rest.is_empty() => Err(format!("{text:?} names no option")),
        Kind::Given | Kind::NotGiven | Kind::Elsewhere => {
            Ok(Term { kind, options: list(rest), value: String::new(), default: None })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::lang::by_name;

    fn call(text: &str) -> Call {
        by_name("bash").unwrap().parse(text, &[]).calls.remove(0)
    }

    #[test]
    fn conditions_are_what_their_signs_say() {
        use Holds::{No, Perhaps, Yes};
        let call = call("az x -n a --mode login");
        for (text, holds) in [
            ("+name", Yes),
            ("-name", No),
            ("+slot|name", Yes),
            ("-slot", Yes),
            ("+name&+slot", No),
            ("+name&+slot||-slot", Yes),
            ("=mode:login", Yes),
            ("=mode:key|login", No),
            ("~mode:login", No),
            ("=sku:basic|basic", Yes),
            ("=sku:basic|premium", No),
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
    fn a_short_option_may_be_any() {
        let when = When::parse("+plan").unwrap();
        assert_eq!(when.holds(&call("az x -p plan")), Holds::Perhaps);
        assert_eq!(when.holds(&call("az x -g rg -o json -t type")), Holds::No);
        assert_eq!(when.holds(&call("az x \"${more[@]}\"")), Holds::Perhaps);
    }

    #[test]
    fn the_options_that_are_given_are_told() {
        let call = call("az x -n a --mode login");
        let options = |text| When::parse(text).unwrap().options(&call).join(" ");
        assert_eq!(options("+name&=mode:login||+slot"), "mode name");
        assert_eq!(options("-slot"), "");
    }
}
