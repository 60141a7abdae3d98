//! What workid does with each pair of a rule and a kind of identity: the templates that write the
//! sign-in, and what a person is told where none does. `docs/rewrites.md` is made of this.

use super::{ARGUMENTS, template::TEMPLATES};
use crate::{detect::Rule, identity::IdentityKind, lang};

/// What becomes of the sign-ins of a rule in some languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub languages: Vec<&'static str>,
    /// By their paths.
    pub templates: Vec<&'static str>,
    /// Where no template is, or none fits.
    pub by_hand: Option<&'static str>,
}

/// The answers for a kind of identity, each for the languages that are told alike.
pub fn answers(rule: &Rule, kind: &IdentityKind) -> Vec<Answer> {
    let mut answers: Vec<Answer> = Vec::new();
    for language in rule.languages {
        let (templates, by_hand) = (templates(rule, kind, language), by_hand(rule, kind, language));
        let is_alike = |it: &&mut Answer| {
            it.templates.is_empty() == templates.is_empty() && it.by_hand == by_hand
        };
        match answers.iter_mut().find(is_alike) {
            Some(it) => {
                it.languages.push(language);
                it.templates.extend(templates);
                it.templates.sort_unstable();
                it.templates.dedup();
            }
            None => answers.push(Answer { languages: vec![language], templates, by_hand }),
        }
    }
    answers
}

fn templates(rule: &Rule, kind: &IdentityKind, language: &str) -> Vec<&'static str> {
    let folder = format!("{}/{}/", rule.client, kind.flow);
    let is_its = |name: &str| {
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
        match stem {
            super::BY_HAND => false,
            super::CONNECTION => true,
            _ => extensions(language).contains(&extension),
        }
    };
    let paths = TEMPLATES.iter().map(|(path, _)| *path);
    paths.filter(|it| it.strip_prefix(&folder).is_some_and(is_its)).collect()
}

/// What the names of templates end with that are for a language.
fn extensions(language: &str) -> Vec<&'static str> {
    match lang::SHELLS.contains(&language) {
        true => super::extension(language).into_iter().chain([super::SETTING]).collect(),
        false if language == "settings" => vec![super::SETTING, super::ENTRY],
        false => super::extension(language).into_iter().chain([ARGUMENTS]).collect(),
    }
}

fn by_hand(rule: &Rule, kind: &IdentityKind, language: &str) -> Option<&'static str> {
    let paths = super::by_hand_paths(rule.client, kind.flow, language);
    let text = |path: &String| TEMPLATES.iter().find(|(it, _)| it == path).map(|(_, text)| *text);
    let is_known = TEMPLATES.iter().any(|(it, _)| it.starts_with(&format!("{}/", rule.client)));
    paths.iter().find_map(text).or_else(|| (!is_known).then_some(rule.instead)).map(str::trim_end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        detect::{RULES, logins},
        identity::KINDS,
    };

    #[test]
    fn every_rule_has_an_answer_for_every_kind_of_identity_in_every_language() {
        for rule in RULES {
            let is_left = || {
                rule.flagged.iter().all(|(language, text)| {
                    let parsed = lang::by_name(language).unwrap().parse(text, &[]);
                    logins(language, &parsed).found.iter().all(|it| it.login.obstacle.is_some())
                })
            };
            for kind in KINDS {
                for Answer { languages, templates, by_hand } in answers(rule, kind) {
                    let pair = format!("{} with {} in {languages:?}", rule.id, kind.flow);
                    assert!(!templates.is_empty() || by_hand.is_some(), "{pair}");
                    // What a rule says of all kinds at once is enough where no identity is planned.
                    if templates.is_empty() && by_hand == Some(rule.instead) {
                        assert!(is_left(), "{pair}: no instruction of its own");
                    }
                }
            }
        }
    }
}
