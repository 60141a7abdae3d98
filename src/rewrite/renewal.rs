//! A second sign-in behind what takes longer than the token of the first one lives.

use super::{Edits, Fill, Surroundings, Target, after, extension};
use crate::{
    lang::{self, Role},
    platform::{Safety, Trust},
    scan::{Note, Site},
    text::{Source, Span},
};

/// What a template is called that signs in once more. It asks for a `fresh_token`, which few
/// platforms give a job that runs already.
const RENEWAL: &str = "renewal";

impl Edits {
    /// Signs in once more behind what takes too long, as far as something follows that, and says
    /// where a person has to do so.
    pub(super) fn renew<'s>(
        &mut self,
        site: &Site,
        targets: &[Target<'_>],
        around: &Surroundings<'_>,
        source_of: &impl Fn(&str) -> Option<&'s Source>,
    ) {
        let Some(target) = targets.first() else { return };
        let is_federated = matches!(target.workload.trust, Trust::Federated(_));
        for note in site.notes.iter().filter(|it| it.caveat.federated && is_federated) {
            let command = &note.command;
            let is_later = |it: &str, line: usize| it == command.path && line > command.line;
            let mut follows = site.follows.iter().map(|it| &it.command);
            if !follows.any(|it| is_later(&it.path, it.line)) && !site.more {
                continue;
            }
            match renewed(note, site, target, around, source_of) {
                Some((span, text)) => {
                    let why = format!("{} {}", command.name, note.caveat.summary);
                    self.add(&command.path, span, text, Safety::Review(why));
                }
                None => self.told.push([format!(
                    "let the job sign in once more behind {} ({}:{}), which {}, with a token that is issued then; or let it not wait there (--no-wait), and go on in a job of its own",
                    command.name, command.path, command.line, note.caveat.summary
                )].into()),
            }
        }
    }
}

/// The line behind the command of a note, if that has its lines for itself in a script of its own.
fn renewed<'s>(
    note: &Note,
    site: &Site,
    target: &Target<'_>,
    around: &Surroundings<'_>,
    source_of: &impl Fn(&str) -> Option<&'s Source>,
) -> Option<(Span, super::Text)> {
    let source = source_of(&note.command.path)?;
    let raw = source.raw();
    let language = lang::of_file(&source.path, raw).filter(|it| lang::SHELLS.contains(&it.name))?;
    let parsed = language.parse(raw, &[]);
    let is_it = |it: &&lang::Call| {
        let line = source.position(it.span.start).line;
        line == note.command.line && it.name.eq_ignore_ascii_case(&note.command.name)
    };
    let call = parsed.calls.iter().find(is_it)?;
    let Role::Statement { span, .. } = call.role else { return None };
    let place = after(call.span, span, source)?;
    let extension = extension(language.name)?;
    let fill = Fill { target, around, told: &[], extension };
    let path = format!("{}/{}/{RENEWAL}.{extension}", site.rule.client, target.kind.flow);
    Some((Span::at(place.at), fill.bind(&path, "\n", "")?.behind(&place.line)))
}
