//! What a changed file has to be before it is written.

use crate::{
    lang,
    platform::{self, Repository, Wanted},
    scan::scan,
    text::Source,
};

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsound {
    #[error("after the change it would not be readable: {0}")]
    Unreadable(String),
    #[error("after the change {0} more places in it would not parse")]
    Broken(usize),
    #[error(
        "after the change it would still sign in with a user identity, so that a second rewrite would change it again"
    )]
    SignsIn,
}

/// What is wrong with a file as it would be, in which so many sign-ins are left to people: it
/// parses as before, and has no sign-in that a second rewrite would change.
pub fn unsound(before: &Source, after: &Source, left: usize) -> Option<Unsound> {
    let more = match (errors(before), errors(after)) {
        (Ok(before), Ok(after)) => after.saturating_sub(before),
        (Ok(_), Err(why)) => return Some(Unsound::Unreadable(why)),
        (Err(_), _) => 0,
    };
    if more > 0 {
        return Some(Unsound::Broken(more));
    }
    let again = scan(std::slice::from_ref(after), &Repository::default());
    (again.running().count() > left).then_some(Unsound::SignsIn)
}

/// How many places of a file no parser understands, or why it cannot be read at all.
fn errors(source: &Source) -> Result<usize, String> {
    let scripts = platform::scripts(source, &Repository::default(), &Wanted::ALL)?;
    let of = |it: &platform::Script| {
        let language = lang::by_name(it.language)?;
        Some(language.parse(&it.text, &it.expressions).errors)
    };
    Ok(scripts.iter().filter_map(of).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_as_sound_as_before_and_signs_in_as_no_user() {
        let of = |path: &str, before: &str, after: &str| {
            let source = Source::new(path, before);
            unsound(&source, &source.with_text(after), 0)
        };
        let login = "az login -u a@contoso.com -p \"$P\"\n";
        assert_eq!(of("a.sh", login, "az login --identity\n"), None);
        assert_eq!(of("a.sh", login, login), Some(Unsound::SignsIn));
        let broken = of("a.sh", login, "az login --identity)\n");
        assert!(matches!(broken, Some(Unsound::Broken(_))), "{broken:?}");
        // What was broken before is nobody's business here.
        assert_eq!(of("a.sh", "az login -u a -p b)\n", "az login --identity)\n"), None);
        let job = "d:\n  script:\n    - az login -u a -p b\n";
        let torn = of(".gitlab-ci.yml", job, "d:\n  script:\n    - \"az login\" --identity\n");
        assert!(matches!(torn, Some(Unsound::Unreadable(_))), "{torn:?}");
    }
}
