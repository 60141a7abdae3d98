//! From the files of a repository to the sites where it signs in with a user identity.

mod callers;
mod calls;
mod cloud;
mod connection;
mod context;
mod files;
mod follows;
mod hints;
mod library;
mod literal;
mod manifests;
mod path;
mod pieces;
mod plumbing;
mod site;
mod suppression;
mod targets;
#[cfg(test)]
mod tests;
mod units;

pub use callers::LISTED;
pub use context::Intent;
pub use files::{Files, Read};
pub use follows::{Follow, Note};
pub use hints::{OVERLAP, hinted, hinted_lower};
pub use manifests::states_versions;
pub use site::{Before, CallSite, Command, Held, Origin, Reached, Related, Site};
pub use suppression::{Baseline, BaselineError, By, Suppression};

use crate::{
    detect::{self, Class, Rule},
    impact::{self, Impact},
    lang::{self, Call, Expression, Item, Parsed, Purpose, Role, Word},
    platform::{Repository, Run},
    secret::Secret,
    text::{self, Excerpt, Masks, Source, Span, pattern},
};
use callers::{Callers, Ways};
use cloud::Clouds;
use follows::Judgements;
use hints::hinted_in;
use regex::Regex;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, LazyLock, Mutex, PoisonError},
};
use units::{Unit, Units};

/// A file that was not read, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    pub path: String,
    pub reason: String,
}

/// What a scan found. It holds no secret but those in `secrets`, which can be compared only.
#[derive(Default)]
pub struct Scan {
    pub sites: Vec<Site>,
    pub read: usize,
    pub skipped: Vec<Skipped>,
    /// Where passwords are written out, by file.
    pub masks: BTreeMap<String, Masks>,
    /// What stands there, so that the last line of defence can cover it wherever it turns up.
    pub secrets: Vec<Secret>,
}

impl Scan {
    /// Sites that would run with nobody present.
    pub fn running(&self) -> impl Iterator<Item = &Site> {
        self.sites.iter().filter(|it| it.runs_alone() && it.suppressed.is_none())
    }

    /// Sites at which a person is present, who may sign in otherwise.
    pub fn attended(&self) -> impl Iterator<Item = &Site> {
        let is_typed = |it: &&Site| it.class == Class::Interactive && !it.runs_alone();
        self.sites.iter().filter(is_typed).filter(|it| it.suppressed.is_none())
    }

    /// Marks what a baseline holds.
    pub fn suppress(&mut self, baseline: &Baseline) {
        for site in self.sites.iter_mut().filter(|it| it.suppressed.is_none()) {
            if baseline.holds(site) {
                site.suppressed = Some(Suppression { by: By::Baseline, reason: String::new() });
            }
        }
    }

    /// Keeps what the `changed` files have a part in: they sign in, or lead to where that is done.
    pub fn keep_changed(&mut self, changed: &BTreeSet<String>) {
        let leads = |it: &Reached| {
            changed.contains(&it.workload.path) || it.through.iter().any(|it| changed.contains(it))
        };
        self.sites.retain(|it| changed.contains(&it.path) || it.reached.iter().any(leads));
        self.skipped.retain(|it| changed.contains(&it.path));
    }

    pub fn masks_of(&self, path: &str) -> Masks {
        self.masks.get(path).cloned().unwrap_or_default()
    }
}

pub fn scan(sources: &[Source], repository: &Repository) -> Scan {
    scan_files(&mut &*sources, repository).0
}

/// What was found, and the files that it is about: where users sign in, and what leads there.
pub fn scan_files(files: &mut dyn Files, repository: &Repository) -> (Scan, Vec<Source>) {
    let (mut hits, read) = hits(files, repository);
    let files: &dyn Files = files;
    let mut units = Units::new(files, repository);
    let mut found = Vec::new();
    let mut skipped = read.skipped;
    hits.sort_by(|a, b| a.source.path.cmp(&b.source.path));
    hits.dedup_by(|a, b| a.source.path == b.source.path);
    for hit in hits {
        skipped.extend(hit.skipped);
        if !hit.found.is_empty() {
            let source = units.add(hit.source, hit.units);
            let placed = |it: Found| Found { unit: units::Id { source, ..it.unit }, ..it };
            found.extend(hit.found.into_iter().map(placed));
        }
    }
    callers::open_callers(
        &mut units,
        found.iter().filter(|it| may_run(&it.site)).map(|it| it.unit.source),
    );
    mark_copies(&units, &mut found);
    library::mark(files, &units, &mut found);
    let mut callers = Callers::of(&units);
    let (mut judgements, mut clouds) = (Judgements::new(), Clouds::default());
    let mut masks: BTreeMap<String, Vec<Span>> = BTreeMap::new();
    let mut known = BTreeSet::new();
    for Found { site, unit, at, secrets, reads } in &mut found {
        plumbing::outer(&units, *unit, reads, &mut site.related, secrets);
        // Who calls what does not run, nobody has searched for.
        let ways = callers.ways(&units, &mut judgements, *unit, may_run(site));
        if is_typed_by_callers(&units, &ways, site, *unit, *at) {
            site.class = Class::Interactive;
        }
        let following = callers::follow(&mut units, &mut judgements, &ways, *unit, at.start);
        let cut = [(ways.cut, callers::WAYS), (following.cut, callers::AFTER)];
        skipped.extend(
            cut.into_iter()
                .filter(|(is_cut, _)| *is_cut)
                .map(|(_, reason)| Skipped { path: site.path.clone(), reason: reason.to_owned() }),
        );
        if site.rule.client == "azure-cli" {
            site.cloud = clouds.in_force(&units, &ways.chains, (*unit, at.start + 1));
        }
        site.origins = plumbing::origins(&units, *unit, *at, reads, &ways.chains, &mut known);
        let set_for = callers::set_for(&units, *unit, site.span);
        site.reached = if set_for.is_empty() { ways.reached.clone() } else { set_for };
        clouds.put_beside_stack(site, &units, *unit);
        if asks_nobody(site, &units.get(*unit).script.text[..at.start]) {
            site.impact = Impact::Blocked;
        } else if site.class != Class::UserIdentity {
            // What does not run by itself is not refused, either.
            site.impact = Impact::NotBlocked;
        } else if site.rule.enforced {
            site.impact = impact::impact(&following.effects, site.cloud.as_deref());
            (site.follows, site.more) = (following.commands, following.more || following.cut);
            site.notes = following.notes;
        } else {
            // Azure refuses nothing there, but what a user alone may ask for goes with the user.
            site.notes = following.notes;
            site.notes.retain(|it| it.caveat.delegated);
        }
        pieces::mark(site, &units, *unit);
        if units.get(*unit).outer.as_ref().is_some_and(|it| it.is_held) {
            site.obstacle = site.obstacle.or(Some(IN_VARIABLE));
        }
        // A command in a text of a program is quoted as nobody else quotes.
        let is_text = lang::SHELLS.contains(&site.language) && units.is_in_program(*unit);
        match literal::whole(&units, *unit, site, *at) {
            Some(whole) if is_text => {
                if let Some((statement, _)) = &mut site.call.statement {
                    statement.end = statement.end.max(whole.end);
                }
                site.call.span = whole;
            }
            None if is_text => site.obstacle = site.obstacle.or(Some(IN_PROGRAM)),
            Some(_) | None => {}
        }
        if site.class == Class::UserIdentity {
            // Of a text whose purpose nobody knows, what follows is not known either.
            let is_guess = site.reached.iter().any(|it| it.workload.run() == Run::Unknown);
            if is_guess && site.impact == Impact::NotBlocked {
                site.impact = Impact::Unknown;
            }
            let writes = site.impact == Impact::Blocked;
            site.intent = context::intent(&units.sources[unit.source], writes);
        }
        masks.entry(site.path.clone()).or_default().extend(secrets.iter().copied());
    }
    let origins = found.iter().flat_map(|it| &it.site.origins);
    for (path, span) in plumbing::literals(&units, origins) {
        masks.entry(path).or_default().push(span);
    }
    let masks: BTreeMap<String, Masks> =
        masks.into_iter().map(|(path, spans)| (path, Masks::new(spans))).collect();
    let worth_a_word = |it: &Site| !it.rule.asks_a_person || it.runs_alone();
    let mut sites: Vec<Site> = found.into_iter().map(|it| it.site).filter(worth_a_word).collect();
    sites.sort_by(|a, b| (&a.path, a.span, a.rule.id).cmp(&(&b.path, b.span, b.rule.id)));
    sites.dedup_by(|later, first| join(first, later));
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for site in &mut sites {
        let Some(source) = units.at_path(&site.path).map(|it| &units.sources[it]) else { continue };
        let none = Masks::default();
        site.excerpt = Excerpt::of(source, site.span, masks.get(&site.path).unwrap_or(&none));
        let says = format!("{}\n{}\n{}", site.rule.id, site.path, site.excerpt.as_str());
        let same = text::digest(says.as_bytes());
        // What is written twice in a file is told apart by its order.
        let nth = seen.entry(same.clone()).and_modify(|it| *it += 1).or_insert(1);
        site.fingerprint = format!("{same}:{nth}");
        site.suppressed = suppression::suppression(site, source, &repository.config);
    }
    manifests::find(files, sites.iter_mut().filter(|it| may_run(it) && it.suppressed.is_none()));
    let (mut sources, unread) = units.finish();
    let named: BTreeSet<&String> = sites.iter().flat_map(|it| &it.manifests).collect();
    let open: BTreeSet<Arc<str>> = sources.iter().map(|it| it.path.clone()).collect();
    let named = named.into_iter().filter(|it| !open.contains(it.as_str()));
    sources.extend(named.filter_map(|it| files.at(it)));
    skipped.extend(unread);
    skipped.sort_by(|a, b| (&a.path, &a.reason).cmp(&(&b.path, &b.reason)));
    skipped.dedup();
    let secrets = secrets(&sources, &masks);
    (Scan { sites, read: read.files, skipped, masks, secrets }, sources)
}

const TOO_MANY: &str = "its file holds more than is looked at: split it";

/// A file with a hint.
struct Hit {
    source: Source,
    units: Vec<Unit>,
    found: Vec<Found>,
    skipped: Vec<Skipped>,
}

/// Reads every file. What has a hint is parsed at once, and forgotten if nothing is found in it.
fn hits(files: &mut dyn Files, repository: &Repository) -> (Vec<Hit>, Read) {
    let hits = Mutex::new(Vec::new());
    let read = files.hinted(&|source| {
        let mut skipped = Vec::new();
        let units = units::read_hinted(&source, repository, &mut skipped);
        let mut found = Vec::new();
        let is_all =
            |(script, unit)| sites_of(units::Id { source: 0, script }, unit, &source, &mut found);
        let is_cut = units::is_cut(&skipped);
        let is_all = units.iter().enumerate().all(is_all);
        if !is_all {
            found.truncate(detect::MOST);
            let reason = "it holds more sign-ins than are looked at".to_owned();
            skipped.push(Skipped { path: source.path.to_string(), reason });
        }
        if is_cut || !is_all {
            // What is not looked at may hold passwords, which a diff would show.
            found.iter_mut().for_each(|it| it.site.obstacle = Some(TOO_MANY));
        }
        if !found.is_empty() || !skipped.is_empty() {
            units::lock(&hits).push(Hit { source, units, found, skipped });
        }
    });
    (hits.into_inner().unwrap_or_else(PoisonError::into_inner), read)
}

/// Of files that nobody is known to run, one may repeat what others hold: an index of them, a
/// bundle. What is to be changed is the smallest of them.
fn mark_copies(units: &Units<'_>, found: &mut [Found]) {
    // What writes YAML anew leaves no blanks at the ends of lines.
    let text = |it: &Found| {
        let script = &units.get(it.unit).script;
        let lines = || script.text.lines().map(str::trim).filter(|it| !it.is_empty());
        (script.workload.run() == Run::Unknown).then(|| lines().collect::<Vec<_>>().join("\n"))
    };
    let size = |it: &Found| {
        let source = &units.sources[it.unit.source];
        (source.raw().len(), source.path.clone())
    };
    // A script may hold many sites, and is looked at once.
    let mut texts: BTreeMap<units::Id, Option<String>> = BTreeMap::new();
    for it in found.iter() {
        texts.entry(it.unit).or_insert_with(|| text(it));
    }
    let mut originals: BTreeMap<&str, (usize, Arc<str>)> = BTreeMap::new();
    for it in found.iter() {
        let Some(text) = &texts[&it.unit] else { continue };
        let own = size(it);
        originals.entry(text).and_modify(|it| *it = own.clone().min(it.clone())).or_insert(own);
    }
    let is_copy =
        |it: &Found| texts[&it.unit].as_deref().is_some_and(|text| originals[text].1 != size(it).1);
    let copies: Vec<bool> = found.iter().map(is_copy).collect();
    for (it, _) in
        found.iter_mut().zip(copies).filter(|(it, is_copy)| *is_copy && may_run(&it.site))
    {
        it.site.class = Class::Copied;
        it.site.because = Some("another file holds the same text, and this one repeats it");
    }
}

/// Whether a person types the password of a site in a function, for all that include its file and call it.
fn is_typed_by_callers(
    units: &Units<'_>,
    ways: &Ways,
    site: &Site,
    unit: units::Id,
    at: Span,
) -> bool {
    let Unit { parsed, .. } = units.get(unit);
    if site.class != Class::UserIdentity || ways.cut || !parsed.is_in_function(at.start) {
        return false;
    }
    let first = parsed.calls.partition_point(|it| it.span.start < at.start);
    let mut here = parsed.calls[first..].iter().take_while(|it| it.span.start == at.start);
    let call = here.find(|it| it.span == at).map(Item::Call);
    let secret = call.and_then(|it| (site.rule.find)(it, parsed)?.secret);
    let is_other = |(id, _): &&(units::Id, usize)| id.source != unit.source;
    let callers = ways.chains.iter().filter_map(|it| it.iter().rev().find(is_other));
    let callers: BTreeSet<units::Id> = callers.map(|(id, _)| *id).collect();
    let callers: Vec<&Parsed> = callers.into_iter().map(|it| &units.get(it).parsed).collect();
    !callers.is_empty()
        && secret.is_some_and(|it| detect::is_typed_by(&callers, it, at.start, parsed))
}

const IN_VARIABLE: &str = "a variable holds the sign-in, and scripts run it: take the variable out, and have the scripts sign in \
                           as a workload identity where they run it";

const IN_PROGRAM: &str = "a program runs the sign-in as one text, which workid does not write: let the program sign in as a \
                          workload identity (az login --identity where Azure runs it), or let what runs it do so";

/// Whether it matters what runs the site.
fn may_run(site: &Site) -> bool {
    site.class == Class::UserIdentity || site.rule.asks_a_person && site.class == Class::Interactive
}

/// What pipelines set, and people do not; and how a script asks whether a person is there.
static TELLS_PIPELINE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:\$\{?|\$env:|%)(?:CI|GITHUB_[A-Z_]+|GITLAB_CI|TF_BUILD|JENKINS_URL|CIRCLECI|BUILD_BUILDID)\b|\[ -t [012] \]|\[Environment\]::UserInteractive\b",
    )
});

/// Whether the site asks a person where none is present. A script that tells a pipeline from a
/// person, before it comes there, is thought to know what it does.
fn asks_nobody(site: &Site, before: &str) -> bool {
    let is_alone = |it: &Reached| it.workload.run() == Run::Unattended;
    site.rule.asks_a_person
        && site.class == Class::Interactive
        && site.reached.iter().any(is_alone)
        && !TELLS_PIPELINE.is_match(before)
}

/// One text may be a script of several workloads, such as one that YAML has an alias for; or be read
/// as a setting, and as what is set. Then it is one site, and breaks if it breaks in any.
fn join(first: &mut Site, later: &Site) -> bool {
    let is_set = || [first.language, later.language].contains(&"settings");
    let is_one = first.span == later.span || is_set() && first.span.contains(later.span);
    let is_same = is_one && (&first.path, first.rule.id) == (&later.path, later.rule.id);
    if is_same {
        // The command says more than the text that it is read from.
        let is_text = |it: &Site| it.language == "settings" && !it.call.is_call;
        let text = (is_text(first) && later.call.is_call).then(|| first.clone());
        let later = match &text {
            Some(text) => {
                *first = later.clone();
                text
            }
            None => later,
        };
        let worst = [Impact::Blocked, Impact::Unknown, Impact::NotBlocked];
        let either = |it: &&Impact| [first.impact, later.impact].contains(*it);
        first.impact = worst.iter().copied().find(|it| either(&it)).unwrap_or(first.impact);
        first.class = first.class.min(later.class);
        add(&mut first.reached, &later.reached);
        add(&mut first.follows, &later.follows);
        first.more |= later.more;
        add(&mut first.notes, &later.notes);
        add(&mut first.origins, &later.origins);
        add(&mut first.related, &later.related);
    }
    is_same
}

fn add<T: Clone + PartialEq>(all: &mut Vec<T>, more: &[T]) {
    for it in more {
        if !all.contains(it) {
            all.push(it.clone());
        }
    }
}

/// A site, and what is only of use while the scan goes on.
struct Found {
    site: Site,
    unit: units::Id,
    /// Where it stands in its script.
    at: Span,
    secrets: Vec<Span>,
    /// The names that it reads, with what for.
    reads: Vec<(&'static str, String)>,
}

/// Finds the sites of a script; whether the file may be looked at further.
fn sites_of(id: units::Id, unit: &Unit, source: &Source, found: &mut Vec<Found>) -> bool {
    let Unit { script, parsed, .. } = unit;
    let logins = detect::logins(script.language, parsed);
    let mut cut = logins.cut;
    found.extend(logins.found.iter().filter_map(|it| site(id, unit, source, it)));
    for comment in &parsed.comments {
        if cut || found.len() > detect::MOST {
            break;
        }
        let Some(language) = lang::by_name(script.language) else { break };
        let text = script.text.get(comment.start..comment.end);
        let Some(text) = text.filter(|it| hinted_in(script.language, it)) else { continue };
        let inside = |it: &&Expression| comment.contains(it.span);
        let moved = |it: &Expression| Expression {
            span: Span::new(it.span.start - comment.start, it.span.end - comment.start),
            name: it.name.clone(),
        };
        let expressions: Vec<Expression> =
            script.expressions.iter().filter(inside).map(moved).collect();
        let said = language.parse(text, &expressions);
        let logins = detect::logins(script.language, &said);
        cut |= logins.cut;
        for it in logins.found {
            let shift = |it: Span| Span::new(it.start + comment.start, it.end + comment.start);
            let secrets = secrets_of(&it, &said, text);
            let secrets = secrets.into_iter().map(shift).collect();
            found.extend(commented(id, unit, source, it.rule, shift(it.span), secrets));
        }
    }
    !cut && found.len() <= detect::MOST
}

/// The clients of rules that find connection strings.
const CONNECTIONS: &[&str] = &["dataverse", "sql"];

fn site(id: units::Id, unit: &Unit, source: &Source, found: &detect::Found<'_>) -> Option<Found> {
    let detect::Found { rule, span, call, login } = found;
    let Unit { script, parsed, .. } = unit;
    let mut site = blank(unit, source, rule, script.place.outer(*span)?);
    // A connection string signs in once something connects; a token request says itself where it goes.
    let is_data = is_connection(found) || is_kept(found);
    (site.class, site.because) = match of_text(unit, source) {
        Some((class, because)) => (class, Some(because)),
        None if is_data && login.class == Class::UserIdentity && context::is_test(&source.path) => {
            (Class::Simulation, Some("it is among the data of a test"))
        }
        None if rule.client == TOKEN && context::guesses(source) => {
            (Class::Simulation, Some("the file tries passwords that it does not know"))
        }
        None => (login.class, None),
    };
    site.doubt = login.doubt;
    let written = |it: &Word| match it.literal() {
        Some(name) => name.into_owned(),
        None => script.text[it.span.start..it.span.end].trim_matches('"').to_owned(),
    };
    site.user = login.user.map(written);
    site.cloud = login.cloud.map(written);
    let is_sent_by_nobody = rule.client == TOKEN && script.language == "settings";
    site.obstacle = login.obstacle.or(is_sent_by_nobody.then_some(COLLECTION));
    site.related = plumbing::related(unit, source, login, *span);
    if let Some(call) = call {
        site.call = call_site(unit, rule, call)?;
    } else if let Some(request) = request(unit, rule, *span) {
        // None of its options belongs to what takes its place.
        site.call = CallSite { kept: Vec::new(), ..call_site(unit, rule, request)? };
    }
    let secrets = secrets_of(found, parsed, &script.text);
    site.leaked = is_leaked(unit, &secrets);
    let secrets = secrets.into_iter().filter_map(|it| script.place.outer(it)).collect();
    let reads = plumbing::read(login, *span, parsed);
    Some(Found { site, unit: id, at: *span, secrets, reads })
}

/// Whether a connection string was found.
fn is_connection(found: &detect::Found<'_>) -> bool {
    found.call.is_none() && CONNECTIONS.contains(&found.rule.client)
}

/// Whether what a connection takes is only kept, for others to connect with: in an object that is called
/// so, `SQLServerCredentials(authentication='ActiveDirectoryPassword')`.
fn is_kept(found: &detect::Found<'_>) -> bool {
    const KEEPERS: &[&str] =
        &["config", "configuration", "credentials", "options", "parameters", "profile", "settings"];
    let keeps = |it: &Call| KEEPERS.iter().any(|name| it.name.ends_with(name));
    found.call.is_some_and(keeps) && CONNECTIONS.contains(&found.rule.client)
}

/// Where the password of a sign-in is written out, in the script.
fn secrets_of(found: &detect::Found<'_>, parsed: &Parsed, script: &str) -> Vec<Span> {
    let mut secrets = plumbing::secrets(&found.login, found.span, parsed);
    if is_connection(found) {
        secrets.extend(connection::passwords(found.span, parsed, script));
    }
    secrets
}

/// The client of the rule that finds requests for tokens.
const TOKEN: &str = "token";

const COLLECTION: &str = "nothing shows what sends this request: where a person does, let that person sign in with the grant \
                          authorization_code; where a program does, let it take the token of a managed identity, or the grant \
                          client_credentials with a federated token or a certificate";

/// The command that sends a form, where it is a part of what that is given.
fn request<'u>(unit: &'u Unit, rule: &Rule, span: Span) -> Option<&'u Call> {
    let is_shell = lang::SHELLS.contains(&unit.script.language) && rule.client == TOKEN;
    let mut calls = unit.parsed.calls.iter().filter(|_| is_shell);
    calls.find(|it| it.name.trim_end_matches(".exe") == "curl" && it.span.contains(span))
}

/// The class of all that stands in a text, and why, if the text is one that does not run.
fn of_text(unit: &Unit, source: &Source) -> Option<(Class, &'static str)> {
    match unit.outer.as_ref().map(|it| it.purpose) {
        Some(Purpose::Printed) => Some((Class::Message, "it stands in a text that is only shown")),
        _ if unit.script.workload.run() == Run::Documentation => {
            Some((Class::Documentation, "it stands in documentation"))
        }
        Some(Purpose::Run | Purpose::Written) | None => context::class(source),
    }
}

fn call_site(unit: &Unit, rule: &Rule, call: &Call) -> Option<CallSite> {
    let place = &unit.script.place;
    let kept =
        call.options.iter().filter(|it| !it.splatted && !rule.given_up.contains(&it.name.as_str()));
    let statement = match &call.role {
        Role::Statement { span, leave } => {
            let leave = if is_all(unit, *span) && !place.is_whole() { SUCCEED } else { leave };
            place.outer(*span).map(|it| (it, leave))
        }
        Role::Value => None,
    };
    // `az login` is no cmdlet, and is given no hashtable.
    let held = match unit.script.language == "powershell" && !call.name.contains(' ') {
        true => Held::Hashtable,
        false => Held::Variable,
    };
    Some(CallSite {
        is_call: true,
        span: place.outer(Span::new(program(call), call.span.end))?,
        before: before(unit, call),
        statement,
        kept: kept.filter_map(|it| place.outer(it.span)).collect(),
        held: call.options.iter().any(|it| it.splatted).then_some(held),
        embedded: !place.is_whole(),
    })
}

/// What is left of a step that only signed in: no platform takes an empty script, and YAML takes
/// this for text without quotes.
const SUCCEED: &str = "exit 0";

/// Whether a script has no other statement.
fn is_all(unit: &Unit, statement: Span) -> bool {
    let text = &unit.script.text;
    let rest = [&text[..statement.start], &text[statement.end..]].concat();
    rest.lines().all(|it| it.trim().is_empty() || it.trim_start().starts_with('#'))
}

/// Where the program that signs in is named: behind `sudo`, if there is one.
fn program(call: &Call) -> usize {
    let name = call.name.split(' ').next().unwrap_or_default();
    let named = |it: &&Word| {
        it.literal().is_some_and(|it| it.rsplit('/').next().is_some_and(|it| it.starts_with(name)))
    };
    let word = std::iter::once(&call.command).chain(&call.arguments).find(named);
    word.map_or(call.span.start, |it| it.span.start)
}

/// What the program stands behind.
fn before(unit: &Unit, call: &Call) -> Before {
    /// Behind these a list of commands may stand.
    const OPENS: &[&str] = &["then", "do", "else", "if", "elif", "while", "until"];
    let Unit { script, .. } = unit;
    let word = |start: usize| {
        let place = script.place.outer(Span::new(start, program(call)));
        place.map_or(Before::Unknown, Before::Word)
    };
    let mut before = script.text[..call.span.start].trim_end_matches([' ', '\t']);
    while let Some(line) = before.strip_suffix("\\\n").or(before.strip_suffix("\\\r\n")) {
        before = line.trim_end_matches([' ', '\t']);
    }
    let is_operator = before.trim_end().ends_with(['|', '!']);
    let last = before.rsplit(char::is_whitespace).next().unwrap_or_default();
    let is_wrapped = call.span.start < program(call);
    match script.language {
        _ if is_wrapped && call.command.is("sudo") && !is_operator => word(call.span.start),
        _ if is_wrapped => Before::Unknown,
        "bash" if is_operator => Before::Operator,
        "bash" if OPENS.contains(&last) || last.is_empty() => Before::Nothing,
        "bash" if last.ends_with([';', '&', '(', '{', '`']) => Before::Nothing,
        // The pattern of a `case`.
        "bash" if last.ends_with(')') && !last.contains('=') => Before::Nothing,
        "bash" => Before::Unknown,
        _ if is_operator => Before::Unknown,
        // Without it, a batch file would end with the first of two.
        "batch" if last.trim_start_matches('@').eq_ignore_ascii_case("call") => {
            word(before.len() - "call".len())
        }
        // A list ends with its line, and binds to what stands before it.
        _ => Before::Nothing,
    }
}

fn commented(
    id: units::Id,
    unit: &Unit,
    source: &Source,
    rule: &'static Rule,
    call: Span,
    secrets: Vec<Span>,
) -> Option<Found> {
    let place = &unit.script.place;
    let mut site = blank(unit, source, rule, place.outer(call)?);
    site.class = Class::Commented;
    site.leaked = is_leaked(unit, &secrets);
    let secrets = secrets.into_iter().filter_map(|it| place.outer(it)).collect();
    Some(Found { site, unit: id, at: call, secrets, reads: Vec::new() })
}

fn blank(unit: &Unit, source: &Source, rule: &'static Rule, span: Span) -> Site {
    Site {
        rule,
        class: Class::UserIdentity,
        because: None,
        intent: None,
        doubt: None,
        path: source.path.to_string(),
        language: unit.script.language,
        span,
        start: source.position(span.start),
        end: source.position(span.end),
        related: Vec::new(),
        impact: Impact::Unknown,
        follows: Vec::new(),
        more: false,
        notes: Vec::new(),
        user: None,
        cloud: None,
        obstacle: None,
        origins: Vec::new(),
        leaked: false,
        excerpt: Excerpt::default(),
        fingerprint: String::new(),
        suppressed: None,
        reached: Vec::new(),
        manifests: Vec::new(),
        call: CallSite {
            is_call: false,
            span,
            before: Before::Nothing,
            statement: None,
            kept: Vec::new(),
            held: None,
            embedded: !unit.script.place.is_whole(),
        },
    }
}

fn is_leaked(unit: &Unit, secrets: &[Span]) -> bool {
    let text = |it: &Span| unit.script.text.get(it.start..it.end);
    secrets.iter().filter_map(text).any(|it| !is_placeholder(it))
}

/// Whether a text stands where a password goes, and is none: `<password>`, `****`, `your-password`.
fn is_placeholder(text: &str) -> bool {
    let text = text.trim_matches(['"', '\'']).to_ascii_lowercase();
    let all_the_same = text.chars().all(|it| text.starts_with(it));
    let holes = [("<", ">"), ("[", "]"), ("{", "}"), ("%", "%"), ("#{", "}"), ("__", "__")];
    let names =
        ["password", "passwd", "pwd", "pass", "secret", "changeme", "placeholder", "username"];
    all_the_same
        || holes.iter().any(|(from, to)| text.starts_with(from) && text.ends_with(to))
        || names.contains(&text.as_str())
        || ["your", "my"].iter().any(|it| {
            text.strip_prefix(it).is_some_and(|it| names.iter().any(|name| it.ends_with(name)))
        })
}

/// What is masked, so that it can be covered wherever else it turns up. A short word is left out,
/// and an ordinary one: covering each `x` or `password` would cover the output, and hide nothing
/// that a guess does not find.
fn secrets(sources: &[Source], masks: &BTreeMap<String, Masks>) -> Vec<Secret> {
    const SHORTEST: usize = 4;
    let mut texts = Vec::new();
    for source in sources {
        let spans = masks.get(&*source.path).map(Masks::spans).unwrap_or_default();
        texts.extend(spans.iter().filter_map(|it| source.raw().get(it.start..it.end)));
    }
    texts.sort_unstable();
    texts.dedup();
    texts.retain(|it| it.len() >= SHORTEST && !is_placeholder(it));
    texts.into_iter().map(|it| Secret::new(it.to_owned())).collect()
}
