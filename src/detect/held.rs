//! What the variables of a script hold where a call reads them, and whether a person gave that.

use super::Class;
use crate::{
    lang::{Assignment, Call, Gives, Parsed, SHELLS, Slot, Word},
    text::Span,
};
use std::collections::{BTreeMap, BTreeSet};

/// More variables are not followed for the sake of one word, nor more calls of one function.
const MOST: usize = 32;

/// No more assignments, calls and words are looked at for the sake of one word.
const LOOKED_AT: usize = 10_000;

/// To read a word takes a look for each so many bytes.
const BYTES: usize = 8;

/// The word, and whatever the variables in it may hold, from one variable to the next.
pub(super) fn stands_for<'p>(word: &'p Word, at: usize, parsed: &'p Parsed) -> Vec<&'p Word> {
    let mut all = vec![(word, at)];
    let mut seen = BTreeSet::new();
    let mut next = 0;
    while let Some(&(word, at)) = all.get(next) {
        next += 1;
        for name in word.reads() {
            if seen.len() < MOST && seen.insert(name) {
                all.extend(held(name, at, parsed).into_iter().map(|it| (&it.value, it.span.start)));
            }
        }
    }
    all.into_iter().map(|(word, _)| word).collect()
}

/// Whether a word says one of the texts, itself or by what its variables hold, or what that is put
/// together of.
pub(super) fn says(word: &Word, texts: &[&str], at: usize, parsed: &Parsed) -> bool {
    let says = |it: &Word| texts.iter().any(|text| it.says(text));
    let written = |it: &Word| {
        let first = parsed.texts.partition_point(|text| text.span.start < it.span.start);
        let inside = parsed.texts[first..].iter().take_while(|text| text.span.start < it.span.end);
        inside.into_iter().any(says)
    };
    stands_for(word, at, parsed).into_iter().any(|it| says(it) || written(it))
}

/// Whether a word is this text, on every way through the script that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Is {
    Always,
    AtTimes,
    Never,
    /// What its variable holds does not stand in the script.
    Unknown,
}

pub(super) fn is(word: &Word, text: &str, at: usize, parsed: &Parsed) -> Is {
    let all = stands_for(word, at, parsed);
    let mut written = all.iter().filter_map(|it| it.literal()).peekable();
    if written.peek().is_none() {
        return Is::Unknown;
    }
    let is_closed = all.iter().all(|it| it.literal().is_some() || it.variable().is_some());
    let (same, other): (Vec<_>, Vec<_>) = written.partition(|it| it == text);
    match (same.is_empty(), other.is_empty()) {
        (false, true) if is_closed => Is::Always,
        (false, _) => Is::AtTimes,
        (true, _) => Is::Never,
    }
}

/// What a name may have been assigned: last on every way through the script, and since then on some.
fn held<'p>(name: &str, at: usize, parsed: &'p Parsed) -> Vec<&'p Assignment> {
    let mut all: Vec<&Assignment> = Vec::new();
    for it in parsed.assigned(name, at).rev() {
        all.push(it);
        if is_sure(it, at) {
            break;
        }
    }
    all.reverse();
    all
}

/// Whether an assignment is made on every way to a place behind it.
fn is_sure(assignment: &Assignment, at: usize) -> bool {
    assignment.branch.is_none_or(|it| it.contains(Span::at(at)))
}

/// With `Get-Credential` or `read -s`, a person types the credential or what it is made of; unless
/// a caller may give it, and only what is missing is asked for.
pub(super) fn class_of_credential(credential: &Word, call: &Call, parsed: &Parsed) -> Class {
    class_of_secret(credential, call.span.start, parsed)
}

/// The same of whatever stands for a password at a place.
pub(super) fn class_of_secret(secret: &Word, at: usize, parsed: &Parsed) -> Class {
    match Asked::new(parsed, &[]).gives(secret, at) {
        true => Class::Interactive,
        false => Class::UserIdentity,
    }
}

/// Whether a person types a secret that a function is given by those that include its file.
pub fn is_typed_by(callers: &[&Parsed], secret: &Word, at: usize, parsed: &Parsed) -> bool {
    callers.len() <= MOST && Asked::new(parsed, callers).gives(secret, at)
}

/// What a name may hold.
#[derive(Clone, Copy)]
enum Held<'p> {
    Assigned(&'p Assignment),
    /// What a function is given by its callers.
    Given(Slot),
}

struct Asked<'p> {
    parsed: &'p Parsed,
    /// Those that include the file, and call its functions.
    callers: &'p [&'p Parsed],
    /// What was followed, by where it is assigned or what is given, and whether a person always types it.
    seen: BTreeMap<(usize, Option<Slot>), bool>,
    /// How much more is looked at.
    left: usize,
}

impl<'p> Asked<'p> {
    fn new(parsed: &'p Parsed, callers: &'p [&'p Parsed]) -> Asked<'p> {
        Asked { parsed, callers, seen: BTreeMap::new(), left: LOOKED_AT }
    }

    fn gives(&mut self, word: &'p Word, at: usize) -> bool {
        if !self.may_look(1 + (word.span.end - word.span.start) / BYTES) {
            return false;
        }
        let calls = &self.parsed.calls;
        let first = calls.partition_point(|it| it.span.start < word.span.start);
        let mut inside = calls[first..].iter().take_while(|it| it.span.start < word.span.end);
        let reads = word.reads();
        // A program asks for what its environment lacks.
        let is_given = || !is_shell(self.parsed) && reads.iter().any(|it| it.starts_with("env:"));
        !is_given() && (inside.any(asks) || reads.into_iter().any(|it| self.always(it, at)))
    }

    /// Whether a person types whatever a name may hold.
    fn always(&mut self, name: &'p str, at: usize) -> bool {
        let all = if self.may_look(1) { self.held(name, at) } else { Vec::new() };
        (1..=MOST).contains(&all.len()) && all.into_iter().all(|it| self.is_typed(it))
    }

    fn is_typed(&mut self, held: Held<'p>) -> bool {
        let key = match held {
            Held::Assigned(it) => (it.span.start, None),
            Held::Given(it) => (0, Some(it)),
        };
        if let Some(known) = self.seen.get(&key) {
            return *known;
        }
        if self.seen.len() == MOST {
            return false;
        }
        // Until it is known, so that what holds itself comes to an end.
        self.seen.insert(key, false);
        let is_typed = match held {
            // A caller may give another value.
            Held::Assigned(it) if it.branch == Some(it.span) => false,
            Held::Assigned(it) => self.gives(&it.value, it.span.start),
            Held::Given(it) => self.is_given(it),
        };
        self.seen.insert(key, is_typed);
        is_typed
    }

    /// Whether every call of a function gives a parameter what a person types.
    fn is_given(&mut self, slot: Slot) -> bool {
        let parsed = self.parsed;
        let function = parsed.function(slot);
        let declared = parsed.declaration(slot);
        let default = declared.and_then(|at| {
            let first = parsed.assignments.partition_point(|it| it.span.start < at);
            parsed.assignments.get(first).filter(|it| it.span.start == at)
        });
        let name = parsed.name_of(slot);
        // What calls itself hands on what it was given.
        let hands_on = |of: &Parsed, call: &Call, it: Gives<'_>| match it {
            Gives::Word(it) => {
                let is_inside = std::ptr::eq(of, parsed) && function.body.contains(call.span);
                is_inside && it.variable() == Some(&name)
            }
            Gives::Nothing | Gives::Unknown => false,
        };
        let from = |of: &'p Parsed| parsed.given(slot, of).map(move |(call, it)| (of, call, it));
        let all = std::iter::once(parsed).chain(self.callers.iter().copied()).flat_map(from);
        let mut left = self.left;
        let all = all.take_while(|(_, call, _)| {
            left = left.saturating_sub(1 + call.arguments.len());
            left > 0
        });
        let all = all.filter(|(of, call, it)| !hands_on(of, call, *it));
        let calls: Vec<_> = all.take(MOST + 1).collect();
        self.left = left;
        left > 0
            && (1..=MOST).contains(&calls.len())
            && calls.into_iter().all(|(of, call, it)| match it {
                Gives::Word(it) => self.gives_in(of, it, call.span.start),
                Gives::Nothing => default.is_some_and(|it| self.gives(&it.value, it.span.start)),
                Gives::Unknown => false,
            })
    }

    /// Whether a person types a word of this text, or of another.
    fn gives_in(&mut self, of: &'p Parsed, word: &'p Word, at: usize) -> bool {
        if std::ptr::eq(of, self.parsed) {
            return self.gives(word, at);
        }
        let mut other = Asked { left: self.left, ..Asked::new(of, &[]) };
        let gives = other.gives(word, at);
        self.left = other.left;
        gives
    }

    /// What a name may hold: what it was last assigned on every way, and since then on some, or what its
    /// function is given. What is assigned further down, a function may see that is called behind that.
    /// Nothing, where that is not looked at.
    fn held(&mut self, name: &'p str, at: usize) -> Vec<Held<'p>> {
        let parsed = self.parsed;
        let own = parsed.parameter(name, at);
        let begins = own.map_or(0, |it| parsed.function(it).body.start);
        let mut all = Vec::new();
        for it in parsed.assigned(name, at).rev() {
            let declared = parsed.declared(it.span.start);
            if declared.is_some() && declared == own || it.span.start < begins {
                break;
            }
            if !self.may_look(1) || all.len() > MOST {
                return Vec::new();
            }
            // The parameter of another function.
            if declared.is_some() {
                continue;
            }
            all.push(Held::Assigned(it));
            if is_sure(it, at) {
                return all;
            }
        }
        let is_called = |it: Slot| parsed.given(it, parsed).next().is_some();
        if let Some(own) = own.filter(|it| is_shell(parsed) || is_called(*it)) {
            all.push(Held::Given(own));
        }
        if all.is_empty() && (!is_shell(parsed) || parsed.is_in_function(at)) {
            let mut is_seen = !is_shell(parsed);
            for it in parsed.assigned(name, usize::MAX) {
                if !self.may_look(1) {
                    return Vec::new();
                }
                if parsed.declared(it.span.start).is_none() {
                    // What is assigned in a function of a shell script may be seen there alone.
                    is_seen |= !parsed.is_in_function(it.span.start);
                    all.push(Held::Assigned(it));
                }
            }
            all.retain(|_| is_seen);
        }
        all
    }

    fn may_look(&mut self, more: usize) -> bool {
        self.left = self.left.saturating_sub(more);
        self.left > 0
    }
}

fn is_shell(parsed: &Parsed) -> bool {
    SHELLS.contains(&parsed.language)
}

/// What asks whoever is present.
const ASKS: &[&str] = &[
    "get-credential",
    "getpass",
    "input",
    "prompt",
    "promptforcredential",
    "read-host",
    "readline",
    "readpassword",
    "readsecret",
    "text_input",
];

/// Whether a person types what the call gives: without a prompt, and without hiding what is typed,
/// `read` may read a file as well.
fn asks(call: &Call) -> bool {
    let says =
        |it: &Word| it.literal().is_some_and(|it| it.starts_with('-') && it.contains(['s', 'p']));
    ASKS.contains(&call.name.as_str()) || call.name == "read" && call.arguments.iter().any(says)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang;

    /// The class of the last call's credential.
    fn class(text: &str) -> Class {
        let parsed = lang::by_name("powershell").unwrap().parse(text, &[]);
        let call = parsed.calls.iter().find(|it| it.has("-credential")).unwrap();
        class_of_credential(call.value("-credential").unwrap(), call, &parsed)
    }

    #[test]
    fn what_a_person_types_is_followed_from_one_variable_to_the_next() {
        for text in [
            "$p = Read-Host -AsSecureString; $c = New-Object PSCredential($u, $p)",
            "$t = Read-Host 'Password'\n$p = ConvertTo-SecureString $t -AsPlainText -Force\n$c = [pscredential]::new('a', $p)",
            "$r = Get-Credential; $c = $r",
            "$r = Get-Credential; if ($x) { $c = $r } else { $c = $r }",
            "if ($x) { $p = Read-Host a } else { $p = Read-Host b }\n$c = New-Object PSCredential -ArgumentList $u, $p",
        ] {
            assert_eq!(class(&format!("{text}\nConnect-X -Credential $c")), Class::Interactive);
        }
        for text in [
            "$p = Get-Content p.txt | ConvertTo-SecureString; $c = New-Object PSCredential($u, $p)",
            "if (Test-Path $f) { $p = Import-Clixml $f } else { $p = Read-Host }\n$c = New-Object PSCredential($u, $p)",
            "param($p = (Read-Host))\n$c = New-Object PSCredential($u, $p)",
            "$p = Read-Host; $p = $env:PASSWORD; $c = New-Object PSCredential($u, $p)",
            "$c = $d; $d = $c",
            "$c = $c",
        ] {
            assert_eq!(class(&format!("{text}\nConnect-X -Credential $c")), Class::UserIdentity);
        }
    }

    /// The class of the call that signs in.
    fn class_in(language: &str, text: &str) -> Class {
        let parsed = lang::by_name(language).unwrap().parse(text, &[]);
        let found = crate::detect::logins(language, &parsed).found;
        assert_eq!(found.len(), 1, "{text}");
        found[0].login.class
    }

    #[test]
    fn what_a_function_is_given_is_followed_to_its_calls() {
        let connect = "function Open-It([pscredential]$Credential, $Url) { Connect-AzAccount -Credential $Credential }\n";
        let plain = connect.replace("Open-It", "openIt");
        for calls in [
            "Open-It (Get-Credential) x",
            "Open-It -Url x -Credential (Get-Credential)",
            "$global:c = Get-Credential; $ok = Open-It $global:c x",
            "$Credential = Get-Credential\nOpen-It $Credential x",
            "function Main { $me = Get-Credential; Open-It -Cred $me }\nMain",
            "Open-It $Host.UI.PromptForCredential('a', 'b', '', '')",
            "Open-It (Get-Credential a); Open-It (Get-Credential b)",
            "function Up($Cred) { Open-It $Cred }\nUp (Get-Credential)",
        ] {
            for (connect, calls) in
                [(connect, calls.to_owned()), (plain.as_str(), calls.replace("Open-It", "openit"))]
            {
                let text = format!("{connect}{calls}");
                assert_eq!(class_in("powershell", &text), Class::Interactive, "{text}");
            }
        }
        for calls in [
            "",
            "Get-Credential",
            "Open-It",
            "Open-It x (Get-Credential)",
            "Open-It -Url (Get-Credential)",
            "Open-It (Get-Credential); Open-It (Import-Clixml c.xml)",
            "Open-It (Get-Credential); Open-It",
            "Open-It @all",
            "Open-Other (Get-Credential)",
            "param($c = (Get-Credential))\nOpen-It $c",
            "function Up($Cred) { Open-It $Cred }",
        ] {
            let text = format!("{connect}{calls}");
            assert_eq!(class_in("powershell", &text), Class::UserIdentity, "{text}");
        }
        let default = connect.replace("$Credential,", "$Credential = (Get-Credential),");
        for (calls, class) in [
            ("Open-It", Class::Interactive),
            ("Open-It; Open-It $stored", Class::UserIdentity),
            ("", Class::UserIdentity),
        ] {
            let text = format!("{default}{calls}");
            assert_eq!(class_in("powershell", &text), class, "{text}");
        }
        let again = connect.replace(" }", "; Open-It $Credential $Url }");
        assert_eq!(class_in("powershell", &again), Class::UserIdentity);
        assert_eq!(
            class_in("powershell", &format!("{again}Open-It (Get-Credential)")),
            Class::Interactive
        );
    }

    #[test]
    fn a_function_sees_what_is_asked_for_further_down() {
        let connect = "function F { Connect-AzAccount -Credential $global:cred }\n";
        for (rest, class) in [
            ("$global:cred = Get-Credential; F", Class::Interactive),
            ("$global:cred = Get-Credential; $global:cred = Import-Clixml a", Class::UserIdentity),
            ("function G($cred) { }; G (Get-Credential)", Class::UserIdentity),
            ("function G { $cred = Get-Credential }; G; F", Class::UserIdentity),
            ("F", Class::UserIdentity),
        ] {
            assert_eq!(class_in("powershell", &format!("{connect}{rest}")), class, "{rest}");
        }
        let script = "Connect-AzAccount -Credential $cred\n$cred = Get-Credential";
        assert_eq!(class_in("powershell", script), Class::UserIdentity);
        let other =
            "function G($cred) { }; G (Get-Credential)\nConnect-AzAccount -Credential $cred";
        assert_eq!(class_in("powershell", other), Class::UserIdentity);
    }

    #[test]
    fn functions_of_other_languages_are_followed_as_well() {
        let bash = "signin() { local pw=$2; az login -u \"$1\" -p \"$pw\"; }\n";
        let python = "import msal\ndef signin(app, user, password):\n    return app.acquire_token_by_username_password(user, password, scopes=s)\n";
        for (language, text, class) in [
            (
                "bash",
                format!("{bash}read -sp 'Password: ' P\nsignin me \"$P\""),
                Class::Interactive,
            ),
            ("bash", format!("{bash}signin me \"$P\""), Class::UserIdentity),
            (
                "bash",
                format!("{bash}read -sp 'Password: ' P\nsignin me \"$P\"; signin me \"$Q\""),
                Class::UserIdentity,
            ),
            (
                "bash",
                format!("{bash}read -sp 'Password: ' P\nsignin \"$P\" x"),
                Class::UserIdentity,
            ),
            ("bash", format!("{bash}signin \"$@\""), Class::UserIdentity),
            ("python", format!("{python}signin(app, 'a', getpass.getpass())"), Class::Interactive),
            (
                "python",
                format!("{python}p = input('Password')\nsignin(app, password=p, user='a')"),
                Class::Interactive,
            ),
            ("python", format!("{python}signin(app, 'a', os.environ['P'])"), Class::UserIdentity),
            (
                "python",
                format!("{python}signin(app, 'a', os.getenv('P') or getpass.getpass())"),
                Class::UserIdentity,
            ),
            (
                "python",
                format!("{python}signin(app, 'a', getpass.getpass())\nsignin(app, 'b', stored)"),
                Class::UserIdentity,
            ),
            (
                "python",
                "subprocess.run(['az', 'login', '-u', user, '-p', getpass.getpass()])".to_owned(),
                Class::Interactive,
            ),
        ] {
            assert_eq!(class_in(language, &text), class, "{text}");
        }
    }

    #[test]
    fn a_chain_without_end_is_not_followed_for_ever() {
        let chain = |length: usize| {
            let steps: String = (0..length).map(|it| format!("$c{} = $c{it}\n", it + 1)).collect();
            class(&format!("$c0 = Get-Credential\n{steps}Connect-X -Credential $c{length}"))
        };
        assert_eq!(chain(20), Class::Interactive);
        assert_eq!(chain(500), Class::UserIdentity);
    }
}
