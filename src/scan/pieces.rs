//! A command that a script puts together in a variable, piece by piece.

use super::{
    site::Site,
    units::{Id, Units},
};
use crate::{lang::Assignment, text::Span};

/// What makes another sign-in of a user's.
const WORKLOAD: &[&str] = &["--service-principal", "--identity", "-ServicePrincipal", "-Identity"];

const DOUBT: &str = "it is a service principal's on another way through the script";
const PIECES: &str = "the script puts the sign-in together piece by piece, so that no piece can be changed alone: let it run the \
                      sign-in of the new identity in the place of all of them";

/// Says of a sign-in that is one piece of several that it is, and whether others make it a workload's.
pub(super) fn mark(site: &mut Site, units: &Units<'_>, id: Id) {
    let Some(outer) = &units.get(id).outer else { return };
    let unit = units.get(Id { script: outer.script, ..id });
    let place = &unit.script.place;
    let begin = Span::at(site.call.span.start);
    let holds = |it: &&Assignment| place.outer(it.value.span).is_some_and(|it| it.contains(begin));
    let Some(first) = unit.parsed.assignments.iter().find(holds) else { return };
    let is_more = |it: &&Assignment| {
        let reads = || it.value.reads().iter().any(|it| it.eq_ignore_ascii_case(&first.name));
        it.span != first.span && it.name == first.name && (it.adds || reads())
    };
    let text = |it: &Assignment| unit.script.text.get(it.span.start..it.span.end);
    let mut more = unit.parsed.assignments.iter().filter(is_more).filter_map(text).peekable();
    if more.peek().is_some() {
        site.obstacle = site.obstacle.or(Some(PIECES));
    }
    if more.any(|said| WORKLOAD.iter().any(|it| said.contains(it))) {
        site.doubt = site.doubt.or(Some(DOUBT));
    }
}

#[cfg(test)]
mod tests {
    use crate::{platform::Repository, scan::scan, text::Source};

    #[test]
    fn a_piece_of_a_sign_in_is_no_sign_in_to_change_alone() {
        let of = |more: &str| {
            let text =
                format!("C='az login -u \"$U\" -p \"$P\"'\n{more}eval \"$C\"\naz group list\n");
            let found = scan(&[Source::new("a.sh", &text)], &Repository::default());
            let site = &found.sites[0];
            (site.doubt.is_some(), site.obstacle.is_some())
        };
        assert_eq!(of(""), (false, false));
        assert_eq!(of("C=\"$C --tenant $T\"\n"), (false, true));
        assert_eq!(
            of("if x; then C=$(printf '%s --service-principal' \"$C\"); fi\n"),
            (true, true)
        );
        assert_eq!(of("D=\"$C\"\nC2=\"$D x\"\n"), (false, false));
    }
}
