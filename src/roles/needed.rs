//! The roles that commands need: placed, bounded by what the user holds, and as few as can be.

use super::{
    Ask, Asked, Choice, Choices, ExactRole, Job,
    bound::{bound, gives_rights, holds, holds_within, is_right_to_give},
    exact, is, pattern,
    place::{Place, contains, full_scope, group_of, place},
    pool,
    select::{Candidate, Known, Picked, Want, select},
};
use crate::{
    catalog::Catalog,
    config::Config,
    needs::{Plane, Reach},
    observe::{Log, Observed, RoleDefinition, User, Write},
    resource::Scope,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

/// With more resources than this in a group, the roles are for the group.
const RESOURCES: usize = 3;

/// Of more groups than this, the log shows no place.
const GROUPS: usize = 5;

/// Asks that are to be met on one scope.
#[derive(Default)]
struct Placed<'a> {
    asks: Vec<(&'a Ask, bool)>,
    /// Why it is no narrower scope.
    wider: Option<String>,
}

type Places<'a> = BTreeMap<Scope, Placed<'a>>;

pub(super) fn choose(job: &Job<'_>, observed: &Observed, config: &Config) -> Choices {
    let mut choices = Choices::default();
    let mut places = Places::new();
    for Judged { ask, command, required } in judged(&job.asks) {
        let found = group_to_make(ask, command, observed)
            .unwrap_or_else(|| place(&ask.need.reach, observed));
        let wider = match &found {
            Place::Wider(_, group) => Some(group.clone()),
            _ => None,
        };
        let (on, within) = match found {
            Place::Wider(scope, _) => (vec![scope], false),
            // A command that names no group works on what it is given, or on what it finds.
            Place::At(scope) if !is_of_subscription(ask, &scope, observed) => (vec![scope], true),
            Place::At(_) | Place::Unknown => (shown_by_log(command, job.holder, observed), true),
            Place::Elsewhere(other) => {
                choices.refuse(elsewhere(ask, &other));
                continue;
            }
        };
        let held = |on: &Scope| held_on(ask, on, within, job.holder);
        let held: BTreeSet<Scope> = on.iter().flat_map(held).collect();
        if held.is_empty() && required {
            choices.doubt(not_held(ask, job.user, &on));
        }
        for scope in held {
            let placed = places.entry(scope).or_default();
            placed.asks.push((ask, required));
            placed.wider = placed.wider.take().or_else(|| wider.clone());
        }
    }
    let limits = |scope: &Scope, wants: &[Want]| candidates(scope, wants, job.holder, observed);
    assign(&mut choices, together(places), &limits, config, Some(job));
    choices
}

/// Whether something is written in the subscription, and the files do not say in which group.
fn is_of_subscription(ask: &Ask, scope: &Scope, observed: &Observed) -> bool {
    *scope == full_scope("", &observed.subscription_id) && !pool::reads(&ask.need.action)
}

/// A resource group that is there already is made again by whoever may write to it.
fn group_to_make(ask: &Ask, command: &[Ask], observed: &Observed) -> Option<Place> {
    let makes = "Microsoft.Resources/subscriptions/resourceGroups/write";
    let of_group = |it: &&Ask| matches!(it.need.reach, Reach::ResourceGroup { .. });
    let group = command.iter().find(of_group).filter(|_| is(&ask.need, Plane::Control, makes))?;
    let found = place(&group.need.reach, observed);
    matches!(found, Place::At(_)).then_some(found)
}

/// Where the user may do what is asked for: on the scope, or else on those within it, if that will do.
fn held_on(ask: &Ask, on: &Scope, within: bool, user: &User) -> Vec<Scope> {
    let (plane, action) = (ask.need.plane, ask.need.action.as_str());
    match holds(&user.holds, plane, action, on) {
        true => vec![on.clone()],
        false if within => holds_within(&user.holds, plane, action, on),
        false => Vec::new(),
    }
}

/// The same, where nobody was asked what the user holds and what is there.
pub(super) fn propose(
    asks: &[Ask],
    observed: &Observed,
    config: &Config,
    catalog: &Catalog,
) -> Choices {
    let mut choices = Choices::default();
    let mut places = Places::new();
    for Judged { ask, required, .. } in judged(asks) {
        match place(&ask.need.reach, observed) {
            Place::At(scope) | Place::Wider(scope, _) => {
                places.entry(scope).or_default().asks.push((ask, required));
            }
            Place::Unknown => {
                let unknown = Scope("<where the user holds it>".to_owned());
                places.entry(unknown).or_default().asks.push((ask, required));
            }
            Place::Elsewhere(other) => choices.refuse(elsewhere(ask, &other)),
        }
    }
    let built_in = |_: &Scope, wants: &[Want]| {
        let role = |it| Some((definition(it, catalog)?, None)).filter(|(it, _)| serves(it, wants));
        pool::names().filter_map(role).collect()
    };
    assign(&mut choices, together(places), &built_in, config, None);
    choices
}

fn definition(name: &str, catalog: &Catalog) -> Option<RoleDefinition> {
    let role = catalog.role(name)?;
    Some(RoleDefinition { id: role.id, name: role.name, permissions: role.permissions })
}

/// An ask, the others of its command, and whether the command works without it.
struct Judged<'a> {
    ask: &'a Ask,
    command: &'a [Ask],
    required: bool,
}

/// What may be asked for counts as needed where it writes to what the command is about; what gives
/// rights never does. What is not decided (`{type}`) no role is chosen for.
fn judged(asks: &[Ask]) -> Vec<Judged<'_>> {
    let of_command = |command: &'_ [Ask]| {
        let needed: Vec<bool> = command.iter().map(|it| is_needed(it, command)).collect();
        let none = !needed.contains(&true);
        let required = |(ask, needed): (&Ask, bool)| {
            let action = &ask.need.action;
            let beside = pool::is_courtesy(action) || looks_it_up(ask, command);
            !beside && (needed || none && !is_right_to_give(action))
        };
        command.iter().zip(needed).map(required).collect::<Vec<bool>>()
    };
    let commands = asks.chunk_by(|a, b| a.command.is_some() && a.command == b.command);
    let judged = commands.flat_map(|command| {
        let all = command.iter().zip(of_command(command));
        all.map(move |(ask, required)| Judged { ask, command, required })
    });
    judged.filter(|it| !it.ask.need.action.contains('{')).collect()
}

/// Whether a command lists the resources of the subscription to find the one that it works on: it
/// finds what it has a role on.
fn looks_it_up(ask: &Ask, command: &[Ask]) -> bool {
    is(&ask.need, Plane::Control, "Microsoft.Resources/subscriptions/resources/read")
        && command.iter().any(|it| matches!(it.need.reach, Reach::Resource { group: None, .. }))
}

fn is_needed(ask: &Ask, command: &[Ask]) -> bool {
    let action = &ask.need.action;
    let kind = |it: &Ask| {
        let action = it.need.action.to_ascii_lowercase();
        action.split('/').take(2).collect::<Vec<_>>().join("/")
    };
    let sure = || command.iter().filter(|it| it.need.sure);
    let near = || match action.to_ascii_lowercase().ends_with("/action") {
        true => sure().any(|it| kind(it) == kind(ask)),
        false => sure().any(|it| pool::namespace(&it.need.action) == pool::namespace(action)),
    };
    ask.need.sure
        || !pool::reads(action) && !is_right_to_give(action) && (sure().next().is_none() || near())
}

/// Where the log shows what the files do not say: the groups in which the user wrote what the
/// command writes. Without such, anywhere in the subscription.
fn shown_by_log(command: &[Ask], user: &User, observed: &Observed) -> Vec<Scope> {
    let whole = vec![full_scope("", &observed.subscription_id)];
    let Log::Read { writes, .. } = &user.log else { return whole };
    let same = |write: &&Write| {
        command.iter().any(|it| it.need.action.eq_ignore_ascii_case(&write.action))
    };
    let groups: BTreeSet<Scope> =
        writes.iter().filter(same).map(|it| group_of(&it.scope)).collect();
    if groups.is_empty() || groups.len() > GROUPS { whole } else { groups.into_iter().collect() }
}

/// Many resources of one group are the group.
fn together(mut places: Places<'_>) -> Places<'_> {
    let mut groups: BTreeMap<Scope, Vec<Scope>> = BTreeMap::new();
    for scope in places.keys() {
        groups.entry(group_of(scope)).or_default().push(scope.clone());
    }
    for (group, mut scopes) in groups {
        scopes.retain(|it| *it != group);
        if scopes.len() > RESOURCES {
            for scope in scopes {
                let placed = places.remove(&scope).unwrap_or_default();
                places.entry(group.clone()).or_default().asks.extend(placed.asks);
            }
        }
    }
    places
}

/// A role that may be assigned on a scope, and under which condition.
type Limited = (RoleDefinition, Option<String>);

/// The roles that serve, and give no more than the user has on a scope: of those that people choose
/// from, and those that the user holds.
fn candidates(scope: &Scope, wants: &[Want], user: &User, observed: &Observed) -> Vec<Limited> {
    let held = user.holds.iter().filter(|it| contains(&it.scope, scope)).map(|it| &it.role);
    let known = pool::names().filter_map(|it| observed.roles.get(it));
    let mut roles: Vec<&RoleDefinition> =
        known.chain(held).filter(|it| serves(it, wants)).collect();
    roles.sort_by(|a, b| a.name.cmp(&b.name));
    roles.dedup();
    let limited = |it: &RoleDefinition| Some((it.clone(), bound(it, scope, &user.holds)?));
    roles.into_iter().filter_map(limited).collect()
}

/// Whether a role would be chosen for some of the wants.
fn serves(role: &RoleDefinition, wants: &[Want]) -> bool {
    wants.iter().any(|it| {
        pool::is_business(&role.name, &it.action)
            && pool::serves(&role.name, &role.permissions, it.plane, &it.action).is_some()
    })
}

/// Chooses scope by scope, the wide ones first: what is assigned there holds further in, too.
fn assign(
    choices: &mut Choices,
    places: Places<'_>,
    candidates: &dyn Fn(&Scope, &[Want]) -> Vec<Limited>,
    config: &Config,
    job: Option<&Job<'_>>,
) {
    let mut places: Vec<(Scope, Placed<'_>)> = places.into_iter().collect();
    places.sort_by_key(|(scope, _)| scope.0.matches('/').count());
    for (scope, Placed { asks, wider }) in places {
        choices.exact.extend(exact_role(choices, &asks, &scope, config, job));
        let is_allowed = |it: &Ask| choices.assigned.iter().any(|role| gives(role, it, &scope));
        let (done, open): (Vec<_>, Vec<_>) = asks.into_iter().partition(|(it, _)| is_allowed(it));
        for (ask, _) in done {
            credit(choices, ask, &scope);
        }
        if open.iter().any(|(_, required)| *required) {
            let placed = Placed { asks: open, wider };
            assign_on(&scope, &placed, choices, candidates, config, job);
        }
    }
}

/// The exact role for what is asked for on a scope. What a built-in role further out allows, an exact
/// one allows only if it says so; and none may assign roles, unless a role that may was named.
fn exact_role(
    choices: &Choices,
    asks: &[(&Ask, bool)],
    scope: &Scope,
    config: &Config,
    job: Option<&Job<'_>>,
) -> Option<ExactRole> {
    let is_new = |(ask, _): &&(&Ask, bool)| {
        let may = !is_right_to_give(&ask.need.action) || !config.allow_roles.is_empty();
        may && !choices.exact.iter().any(|it| contains(&it.scope, scope) && it.allows(&ask.need))
    };
    let new = || asks.iter().filter(is_new);
    new().find(|(_, required)| *required)?;
    let new: Vec<&Ask> = new().map(|(it, _)| *it).collect();
    exact::role(scope, &new, job)
}

/// The roles for what is asked for on one scope and not allowed yet.
fn assign_on(
    scope: &Scope,
    placed: &Placed<'_>,
    choices: &mut Choices,
    candidates: &dyn Fn(&Scope, &[Want]) -> Vec<Limited>,
    config: &Config,
    job: Option<&Job<'_>>,
) {
    let wants = wants(&placed.asks);
    let names_it = |it: &RoleDefinition| config.allow_roles.contains(&it.name);
    let usable = |it: &Limited| !gives_rights(&it.0.permissions) || names_it(&it.0);
    let limited: Vec<Limited> = candidates(scope, &wants).into_iter().filter(usable).collect();
    let offered: Vec<Candidate<'_>> = limited
        .iter()
        .map(|(it, _)| Candidate { name: &it.name, permissions: &it.permissions })
        .collect();
    let picked = select(&wants, &offered, &KNOWN);
    for (at, want) in wants.iter().enumerate().filter(|(_, it)| it.required) {
        if !picked.iter().any(|it| it.wants.contains(&at)) {
            choices.refuse(unserved(want, &placed.asks, scope));
        }
    }
    for it in picked {
        let (role, condition) = &limited[it.role];
        let doubt = it.doubtful.first().map(|it| wants[*it].action.as_str());
        let choice = Choice {
            because: because(role, job, placed.wider.as_deref(), doubt),
            role: role.clone(),
            scope: scope.clone(),
            asked: asked_for(&it, &wants, &placed.asks),
            beyond: Some(it.beyond),
            condition: condition.clone(),
            warning: warning(role, scope),
        };
        choices.add(choice, names_it(role), config, job);
    }
}

/// The commands for which a role is picked.
fn asked_for(picked: &Picked, wants: &[Want], asks: &[(&Ask, bool)]) -> Vec<Asked> {
    let served = |ask: &Ask| {
        picked.wants.iter().map(|it| &wants[*it]).any(|it| is(&ask.need, it.plane, &it.action))
    };
    let served = asks.iter().filter(|(it, _)| served(it));
    let mut asked: Vec<Asked> = served.filter_map(|(it, _)| it.asked()).collect();
    asked.sort();
    asked.dedup();
    asked
}

/// Whether a role that is assigned allows what is asked for on a scope, whatever it is done with.
fn gives(choice: &Choice, ask: &Ask, scope: &Scope) -> bool {
    let Choice { role, condition, .. } = choice;
    let (plane, action) = (ask.need.plane, ask.need.action.as_str());
    contains(&choice.scope, scope)
        && condition.is_none()
        && pool::serves(&role.name, &role.permissions, plane, action).is_some()
}

fn because(
    role: &RoleDefinition,
    job: Option<&Job<'_>>,
    wider: Option<&str>,
    doubt: Option<&str>,
) -> String {
    let purpose = match pool::entry_of(&role.name) {
        Some(entry) => format!("for {}", entry.purpose),
        None => "no built-in role fits better".to_owned(),
    };
    let bound = job.map_or_else(
        || "; whether the user holds as much was not asked".to_owned(),
        |it| format!(", within what {} holds", it.user),
    );
    let wider = wider.map(|it| {
        format!(
            "; on the subscription because {it} is not there: make the group first, and plan again"
        )
    });
    let doubt = doubt.map(is_meant);
    format!("{purpose}{bound}{}{}", wider.unwrap_or_default(), doubt.unwrap_or_default())
}

fn is_meant(action: &str) -> String {
    format!("; it is meant to allow {action}, but its pattern leaves that open: try it")
}

/// A role for everything, on everything, is more than anybody would ask for.
fn warning(role: &RoleDefinition, scope: &Scope) -> Option<String> {
    let wide = role.permissions.iter().any(|it| it.actions.iter().any(|it| it == "*"));
    (wide && !scope.0.to_lowercase().contains("/resourcegroups/")).then(|| {
        "it may change everything in the subscription: do what takes it once and by hand, such as making the group, or \
         have a custom role made (custom_role in workid.yaml)"
            .to_owned()
    })
}

/// A role that was chosen further out is for this, too.
fn credit(choices: &mut Choices, ask: &Ask, scope: &Scope) {
    let Some(asked) = ask.asked() else { return };
    let Some(choice) = choices.assigned.iter_mut().find(|it| gives(it, ask, scope)) else { return };
    let (plane, action) = (ask.need.plane, ask.need.action.as_str());
    let is_sure = pattern::allows(&choice.role.permissions, plane, action);
    // One such doubt is enough to try it.
    if !is_sure && !choice.because.contains("but its pattern") {
        choice.because.push_str(&is_meant(action));
    }
    if !choice.asked.contains(&asked) {
        choice.asked.push(asked);
        choice.asked.sort();
    }
}

fn wants(open: &[(&Ask, bool)]) -> Vec<Want> {
    let mut wants: BTreeMap<(String, Plane), Want> = BTreeMap::new();
    for (ask, required) in open {
        let (action, plane) = (ask.need.action.clone(), ask.need.plane);
        let key = (action.to_ascii_lowercase(), plane);
        let want = wants.entry(key).or_insert(Want { action, plane, required: false });
        want.required |= required;
    }
    wants.into_values().collect()
}

/// Every action that is known: what commands ask for, and what roles name.
pub(super) static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let catalog = Catalog::default();
    let roles = catalog.roles();
    let blocks = roles.iter().flat_map(|it| &it.permissions);
    let data = blocks.flat_map(|it| &it.data_actions).map(|it| (Plane::Data, it.clone()));
    Known::new(catalog.actions().map(|it| (Plane::Control, it.to_owned())).chain(data))
});

fn elsewhere(ask: &Ask, other: &str) -> String {
    format!(
        "{} works in another subscription ({other}): plan for that one, too, and assign its roles to this identity",
        ask.place()
    )
}

fn not_held(ask: &Ask, user: &str, on: &[Scope]) -> String {
    let on: Vec<String> = on.iter().map(Scope::short).collect();
    let other = match (ask.need.plane, pool::namespace(&ask.need.action).as_str()) {
        (Plane::Data, "microsoft.keyvault") => "an access policy of the vault allows it, or ",
        (Plane::Data, _) => "a key allows it, or ",
        (Plane::Control, _) => "",
    };
    format!(
        "{} asks for {} on {}, which no role of {user} allows: {other}it has not worked with this sign-in",
        ask.place(),
        ask.need.action,
        on.join(" and ")
    )
}

fn unserved(want: &Want, open: &[(&Ask, bool)], scope: &Scope) -> String {
    let ask = open.iter().find(|(it, _)| is(&it.need, want.plane, &want.action));
    format!(
        "{} asks for {} on {}, and only a role that may assign roles allows it: name one in workid.yaml (allow_roles), best Role Based Access Control Administrator",
        ask.map(|(it, _)| it.place()).unwrap_or_default(),
        want.action,
        scope.short()
    )
}
