//! What the commands after a sign-in need: actions of Azure, and where.
//!
//! A command asks for what the catalog says, with the options that it is given; for what comes
//! along with that and no request shows (`linked.rs`); and for what a service itself is asked
//! (`data.rs`).

mod data;
mod linked;
mod reach;
mod template;

pub use reach::{Defaults, Reach};
pub use template::is_template;

use crate::{
    catalog::{Action, Effect, Holds},
    impact::{By, Judgement},
    lang::{Call, HOLE, Names},
};
use reach::Arguments;

/// An action that a command asks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    /// `Microsoft.Web/sites/write`
    pub action: String,
    pub plane: Plane,
    pub reach: Reach,
    /// The option that makes it needed, if that is not the command alone.
    pub option: Option<String>,
    /// It is asked for on every way through the command.
    pub sure: bool,
}

/// In which list of a role an action stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Plane {
    /// `actions`: Azure Resource Manager.
    Control,
    /// `dataActions`: the service itself.
    Data,
}

impl Plane {
    pub fn name(self) -> &'static str {
        match self {
            Plane::Control => "control",
            Plane::Data => "data",
        }
    }
}

/// What a command needs, as far as that can be known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    pub needs: Vec<Need>,
    /// Why that is not all.
    pub gap: Option<&'static str>,
}

/// The text of a file beside the script, by the path that the script gives it; and its own path.
pub type Files<'f> = &'f dyn Fn(&str, Option<&str>) -> Option<(String, String)>;

/// An action on its way to be a [`Need`].
#[derive(Clone, Debug, PartialEq, Eq)]
struct Asked {
    action: String,
    plane: Plane,
    option: Option<String>,
    sure: bool,
}

impl Asked {
    fn new(action: impl Into<String>, sure: bool) -> Asked {
        Asked { action: action.into(), plane: Plane::Control, option: None, sure }
    }
}

/// What a call needs, after what was set before it.
pub fn needs(
    call: &Call,
    judgement: &Judgement,
    names: &Names<'_>,
    defaults: &Defaults,
    files: Files<'_>,
) -> Needs {
    let arguments = Arguments::new(call, names, defaults);
    let mut gap = None;
    let mut asked = match (&judgement.asks, data::asked(&arguments)) {
        (_, Some(asked)) => asked,
        (Some(asks), None) => of_catalog(&asks.actions, asks.effect, &arguments),
        (None, None) => of_request(call, names, &mut gap),
    };
    if judgement.by == By::Name
        && !matches!(judgement.effect, Effect::Data | Effect::Graph | Effect::Local)
    {
        gap = gap.or(Some("the catalog of commands does not have it"));
    }
    if arguments.is_deployment() {
        // What its parameters refer to, which the template does, too.
        asked.retain(|it| !it.action.contains(HOLE));
        match template::types(&arguments, files) {
            Ok(types) => asked.extend(types.iter().flat_map(template::asked)),
            Err(why) => gap = Some(why),
        }
    }
    asked.extend(linked::asked(&asked, &arguments));
    asked.retain(|it| {
        let is_told = !it.action.contains(HOLE);
        gap =
            if is_told { gap } else { gap.or(Some("the type of the resource is not written out")) };
        is_told
    });
    let main = reach::Main::of(&asked, &arguments);
    let of = |it: Asked| {
        let reach = arguments.reach(&it, &main);
        Need { action: it.action, plane: it.plane, reach, option: it.option, sure: it.sure }
    };
    let mut needs: Vec<Need> = asked.iter().cloned().map(of).collect();
    needs.sort_by(|a, b| {
        let key = |it: &Need| (it.action.to_ascii_lowercase(), it.plane, it.reach.clone());
        key(a).cmp(&key(b)).then(b.sure.cmp(&a.sure))
    });
    needs.dedup_by(|a, b| {
        a.action.eq_ignore_ascii_case(&b.action) && (a.plane, &a.reach) == (b.plane, &b.reach)
    });
    Needs { needs, gap }
}

/// The actions of the catalog whose conditions hold, or may.
fn of_catalog(actions: &[Action], effect: Effect, arguments: &Arguments<'_>) -> Vec<Asked> {
    let call = arguments.call;
    let of = |it: &Action| {
        let holds = it.when.holds(call);
        let option = it.when.options(call).first().map(|it| (*it).to_owned());
        let action = arguments.typed(&it.name);
        let asked = Asked { option, ..Asked::new(action, holds == Holds::Yes) };
        (holds != Holds::No).then_some(asked)
    };
    let mut asked: Vec<Asked> = actions.iter().filter_map(of).collect();
    if effect == Effect::Write {
        sure_of_own(&mut asked);
    }
    // Whoever writes looks at what became of it.
    let reads: Vec<Asked> = asked
        .iter()
        .filter_map(|it| {
            let end = it.action.rfind('/')?;
            let (kind, verb) = it.action.split_at(end);
            let is_write = ["/write", "/delete"].iter().any(|it| it.eq_ignore_ascii_case(verb));
            is_write.then(|| Asked { action: format!("{kind}/read"), ..it.clone() })
        })
        .collect();
    asked.extend(reads);
    asked
}

/// A command that writes writes its own resource, even where the state of that decides how.
fn sure_of_own(asked: &mut [Asked]) {
    let writes = |it: &Asked| {
        let action = it.action.to_ascii_lowercase();
        let gives_rights = action.starts_with("microsoft.authorization/roleassignments/");
        let is_told = !action.contains(HOLE);
        (action.ends_with("/write") || action.ends_with("/delete")) && !gives_rights && is_told
    };
    if asked.iter().any(|it| it.sure && writes(it)) {
        return;
    }
    let reads_surely = |it: &Asked| {
        let kind = it.action.rsplit_once('/').map_or("", |it| it.0);
        asked
            .iter()
            .any(|other| other.sure && other.action.eq_ignore_ascii_case(&format!("{kind}/read")))
    };
    let all: Vec<usize> = (0..asked.len()).filter(|it| writes(&asked[*it])).collect();
    let own: Vec<usize> = all.iter().copied().filter(|it| reads_surely(&asked[*it])).collect();
    let own = if all.len() == 1 { all } else { own };
    for at in own {
        asked[at].sure = true;
    }
}

/// What a request asks for that the script sends itself.
fn of_request(call: &Call, names: &Names<'_>, gap: &mut Option<&'static str>) -> Vec<Asked> {
    use crate::impact::{Service, request};
    let Some(request) = request(call, names) else { return Vec::new() };
    match (request.service, request.method.as_deref()) {
        (Service::ResourceManager, Some(method)) => match reach::action_of(&request.path, method) {
            Some(action) => vec![Asked::new(action, true)],
            None => {
                *gap = Some("its address does not say what it asks for");
                Vec::new()
            }
        },
        (Service::ResourceManager | Service::Unknown, _) => {
            *gap = Some("its address or its method is not written out");
            Vec::new()
        }
        (Service::Graph | Service::Other, _) => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
