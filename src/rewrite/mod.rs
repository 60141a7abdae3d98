//! From recommendations to edits: every anchor that has a template is filled from it.
//!
//! A template's path is `templates/<client or platform>/<flow>/<anchor>.<extension>`. To add one,
//! put the file there and name it in `template.rs`.

mod template;

pub use template::Text;

use crate::{
    identity::IdentityKind,
    platform::{Safety, Workload},
    resource::{Address, Term},
    scan::Site,
    text::{Edit, EditSet, Overlap, Source, Span},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How much further to the right a script stands once it is the input of a task.
const SHIFT: &str = "  ";

/// An edit whose text may still lack what Azure will only tell during apply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    pub path: String,
    pub span: Span,
    pub text: Text,
    pub safety: Safety,
}

/// A workload that runs a site, and the identity that it gets.
#[derive(Clone, Debug)]
pub struct Target<'t> {
    pub workload: &'t Workload,
    pub kind: &'static IdentityKind,
    pub identity: &'t Address,
    /// The client for which the platform signs in. One job has one session, for all its sites.
    pub client: &'static str,
}

/// What templates may ask for beside the identity.
#[derive(Clone, Debug)]
pub struct Surroundings {
    pub tenant_id: String,
    pub subscription_id: String,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRewrite {
    #[error("the workloads that run it sign in differently: {0}")]
    Mixed(String),
    #[error("workid has no way to write a sign-in there ({0})")]
    NoTemplate(String),
    #[error(
        "its parameters come from a hashtable (@…): put the sign-in of the new identity there by hand"
    )]
    Splatted,
    #[error(transparent)]
    Overlap(#[from] Overlap),
}

/// The edits of one site, in each file that they touch.
#[derive(Clone, Debug, Default)]
pub struct Edits {
    drafts: Vec<Draft>,
    /// Lines that move to the right, by file.
    shifted: BTreeMap<String, Vec<usize>>,
}

/// Edits that sign the site in with the identities of `targets`.
pub fn edits<'s>(
    site: &Site,
    targets: &[Target<'_>],
    around: &Surroundings,
    source_of: impl Fn(&str) -> Option<&'s Source>,
) -> Result<Edits, NoRewrite> {
    let mut flows: Vec<&str> = targets.iter().map(|it| it.kind.flow).collect();
    flows.sort_unstable();
    flows.dedup();
    let (flow, identity) = match (flows.as_slice(), targets) {
        ([flow], [first, ..]) => (*flow, first.identity),
        _ => return Err(NoRewrite::Mixed(flows.join(", "))),
    };
    let missing = || NoRewrite::NoTemplate(format!("{} with {flow}", site.rule.client));
    let source = source_of(&site.path).ok_or_else(missing)?;
    let extension = match site.language {
        "bash" => "sh",
        "batch" => "cmd",
        "powershell" => "ps1",
        _ => return Err(missing()),
    };
    let template =
        |anchor: &str| template::get(&format!("{}/{flow}/{anchor}.{extension}", site.rule.client));
    let fill = |hole: &str| fill(hole, identity, around, &[]);
    let mut edits = Edits::default();
    if let Some(login) = template("login") {
        if site.call.splatted {
            return Err(NoRewrite::Splatted);
        }
        // One text cannot name two identities.
        if targets.iter().any(|it| it.identity != identity) {
            return Err(NoRewrite::Mixed("each has an identity of its own".to_owned()));
        }
        let mut text = login.bind(fill, "\n", "").ok_or_else(missing)?;
        for kept in &site.call.kept {
            text = text.push(&format!(" {}", &source.raw()[kept.start..kept.end]));
        }
        edits.add(&site.path, site.call.span, text, Safety::Safe);
        return Ok(edits);
    }
    edits.take_away(
        site,
        source,
        template("value").and_then(|it| it.bind(fill, "\n", "")).ok_or_else(missing)?,
    );
    for target in targets {
        edits.sign_in(target, around, &source_of)?;
    }
    Ok(edits)
}

impl Edits {
    fn add(&mut self, path: &str, span: Span, text: Text, safety: Safety) {
        self.drafts.push(Draft { path: path.to_owned(), span, text, safety });
    }

    /// The platform signs in, so the script no longer does. What uses the answer gets the same
    /// list of subscriptions from `value`.
    fn take_away(&mut self, site: &Site, source: &Source, value: Text) {
        let kept_choice = site.call.kept.iter().any(|it| {
            let option = source.raw()[it.start..it.end].to_ascii_lowercase();
            option.starts_with("-sub") || option.starts_with("--sub") || option.starts_with("-env")
        });
        let safety = if kept_choice {
            Safety::Review("the sign-in chose a subscription or a cloud: check that the platform's sign-in chooses the same".to_owned())
        } else {
            Safety::Safe
        };
        match site.call.statement {
            None => self.add(&site.path, site.call.span, value, safety),
            Some((span, leave)) => {
                let lines = source.lines_of(span).filter(|_| leave.is_empty());
                self.add(&site.path, lines.unwrap_or(span), Text::known(leave), safety);
            }
        }
    }

    /// Fills the anchors of the workload, at least one of which has to sign in.
    fn sign_in<'s>(
        &mut self,
        target: &Target<'_>,
        around: &Surroundings,
        source_of: &impl Fn(&str) -> Option<&'s Source>,
    ) -> Result<(), NoRewrite> {
        let Target { workload, kind, identity, client } = target;
        let mut signed_in = false;
        for anchor in &workload.anchors {
            let missing = || NoRewrite::NoTemplate(anchor.path.clone());
            let source = source_of(&anchor.path).ok_or_else(missing)?;
            let line_break = source.line_break();
            let path = |name: &str| format!("{}/{}/{name}", workload.platform, kind.flow);
            let by_client = template::find(&path(&format!("{}.{client}", anchor.name)));
            signed_in |= by_client.is_some();
            let Some(template) = by_client.or_else(|| template::find(&path(anchor.name))) else {
                continue;
            };
            let fill = |hole: &str| fill(hole, identity, around, &anchor.holes);
            let text = template.bind(fill, line_break, &anchor.indent);
            let mut text = text.ok_or_else(|| NoRewrite::NoTemplate(path(anchor.name)))?;
            if anchor.at.start == anchor.at.end {
                text = text.on_own_lines(&anchor.indent, line_break);
                // Where steps stand apart, so does the new one.
                if source.raw()[..anchor.at.start].ends_with(&line_break.repeat(2)) {
                    text = text.push(line_break);
                }
            }
            self.add(&anchor.path, anchor.at, text, anchor.safety.clone());
            self.shifted.entry(anchor.path.clone()).or_default().extend(&anchor.shifted);
        }
        if signed_in { Ok(()) } else { Err(NoRewrite::NoTemplate(workload.name.clone())) }
    }
}

fn fill(
    hole: &str,
    identity: &Address,
    around: &Surroundings,
    told: &[(&'static str, Term)],
) -> Option<Term> {
    let told = told.iter().find(|(name, _)| *name == hole).map(|(_, term)| term.clone());
    told.or_else(|| match hole {
        "tenant_id" => Some(Term::known(&around.tenant_id)),
        "subscription_id" => Some(Term::known(&around.subscription_id)),
        _ => Some(Term::output(identity, hole)),
    })
}

/// The edits of all sites, as drafts that can be made together. A line moves to the right once,
/// and not at all if it goes away.
pub fn together(edits: Vec<Edits>) -> Result<Vec<Draft>, Overlap> {
    let mut drafts: Vec<Draft> = Vec::new();
    let mut shifted: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for edit in edits {
        for draft in edit.drafts {
            if !drafts.contains(&draft) {
                drafts.push(draft);
            }
        }
        for (path, lines) in edit.shifted {
            shifted.entry(path).or_default().extend(lines);
        }
    }
    for (path, mut lines) in shifted {
        lines.sort_unstable();
        lines.dedup();
        let gone = |at: usize| {
            drafts.iter().any(|it| it.path == path && it.span.start <= at && at < it.span.end)
        };
        let kept: Vec<usize> = lines.into_iter().filter(|it| !gone(*it)).collect();
        drafts.extend(kept.into_iter().map(|at| Draft {
            path: path.clone(),
            span: Span::at(at),
            text: Text::known(SHIFT),
            safety: Safety::Safe,
        }));
    }
    drafts.sort_by(|a, b| (&a.path, a.span).cmp(&(&b.path, b.span)));
    let mut sets: BTreeMap<&str, EditSet> = BTreeMap::new();
    for draft in &drafts {
        sets.entry(&draft.path)
            .or_default()
            .add(Edit { span: draft.span, text: draft.text.to_string() })?;
    }
    Ok(drafts)
}
