//! From recommendations to edits: every anchor that has a template is filled from it.
//!
//! A template's path is `templates/<client or platform>/<flow>/<anchor>.<extension>`. To add one,
//! put the file there and name it in `template.rs`.

mod arguments;
mod checks;
mod connection;
mod handed;
mod layout;
mod msal;
mod pairs;
mod parameter;
mod person;
mod pinned;
mod plumbing;
mod program;
mod quoted;
mod renewal;
mod sets;
mod setting;
mod standing;
mod template;
mod two;
mod unsound;

pub use pairs::{Answer, answers};
pub use parameter::unread;
pub use person::offer;
pub use plumbing::{plumbing, words};
pub use sets::Together;
pub use template::{BadTemplate, Templates, Text};
pub use unsound::{Unsound, unsound};

use pinned::Pins;

use crate::{
    identity::IdentityKind,
    lang::{self, Parsed},
    platform::{self, Anchor, Safety, Trust, Workload},
    resource::{Address, Term},
    scan::{Before, Held, Site},
    text::{Source, Span, pattern},
};
use regex::Regex;
use serde::{Deserialize, Serialize};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
    sync::LazyLock,
};

/// An edit whose text may still lack what Azure will only tell during apply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    pub path: String,
    pub span: Span,
    pub text: Text,
    pub safety: Safety,
    /// Drafts of one set are right together alone: a sign-in, the permission that it needs, and
    /// whatever else shares those.
    #[serde(default)]
    pub set: usize,
}

/// A workload that runs a site, and the identity that it gets.
#[derive(Clone, Debug)]
pub struct Target<'t> {
    pub workload: &'t Workload,
    pub kind: &'static IdentityKind,
    pub identity: &'t Address,
    /// The client for which the platform signs in. One job has one session, for all its sites.
    pub client: &'static str,
    /// People run it as well, and sign in themselves where they do.
    pub people: bool,
    /// The variables in which the platform has what holes ask for.
    pub variables: Vec<(&'static str, String)>,
}

/// What templates may ask for beside the identity, and the templates.
pub struct Surroundings<'s> {
    pub tenant_id: String,
    pub subscription_id: String,
    pub templates: &'s Templates,
    pins: Pins,
    /// How many more bytes of changed files are read, to see whether a text stands there as it is
    /// meant.
    left: Cell<usize>,
    /// The file that was looked at last, as a whole: it may have hundreds of sign-ins.
    read: RefCell<Option<(String, Rc<Parsed>)>>,
}

impl<'s> Surroundings<'s> {
    pub fn new(tenant_id: &str, subscription_id: &str, templates: &'s Templates) -> Self {
        Surroundings {
            tenant_id: tenant_id.to_owned(),
            subscription_id: subscription_id.to_owned(),
            templates,
            pins: Pins::default(),
            left: Cell::new(quoted::READ),
            read: RefCell::default(),
        }
    }

    /// What a file does that is one script of the site's language.
    fn parsed(&self, site: &Site, source: &Source) -> Option<Rc<Parsed>> {
        let language = lang::by_name(site.language).filter(|_| !site.call.embedded)?;
        let mut read = self.read.borrow_mut();
        let known =
            read.take().filter(|(path, it)| *path == site.path && it.language == language.name);
        let (_, parsed) = read
            .insert(known.unwrap_or_else(|| {
                (site.path.clone(), Rc::new(language.parse(source.raw(), &[])))
            }));
        Some(parsed.clone())
    }
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRewrite {
    #[error("the workloads that run it sign in differently: {0}")]
    Mixed(String),
    #[error("workid has no way to write a sign-in there ({0})")]
    NoTemplate(String),
    #[error(
        "its parameters come from a hashtable (@…), which may hold more than the user's: put there {0}, with what else of the hashtable is to stay"
    )]
    Splatted(Text),
    #[error(
        "some of its options come from a variable, which may hold more than the user's: put there {0}, with what else of the variable is to stay"
    )]
    Held(Text),
    #[error("it stands in a text that quotes it in a way that workid cannot write: put there {0}")]
    Quoted(String),
    #[error(
        "something uses what it prints, and two commands have to take its place: put there {0}"
    )]
    Used(String),
    #[error(
        "what stands before it is for one command, and two have to take its place: put there {0}"
    )]
    Bound(String),
    #[error("{0}")]
    Program(String),
    #[error("{0}")]
    ByHand(Text),
}

/// The edits of one site, in each file that they touch.
#[derive(Clone, Debug, Default)]
pub struct Edits {
    drafts: Vec<Draft>,
    /// Lines that move to the right, by file.
    shifted: BTreeMap<String, Vec<usize>>,
    /// What a person has to do beside them.
    pub told: Vec<Rc<[String]>>,
}

/// Edits that sign the site in with the identities of `targets`.
pub fn edits<'s>(
    site: &Site,
    targets: &[Target<'_>],
    around: &Surroundings<'_>,
    source_of: impl Fn(&str) -> Option<&'s Source>,
) -> Result<Edits, NoRewrite> {
    let mut flows: Vec<&str> = targets.iter().map(|it| it.kind.flow).collect();
    flows.sort_unstable();
    flows.dedup();
    let flow = match flows.as_slice() {
        [flow] => *flow,
        _ => return Err(NoRewrite::Mixed(flows.join(", "))),
    };
    let by_hand = |it: NoRewrite| match it {
        NoRewrite::NoTemplate(_) => by_hand(site, flow, targets, around).unwrap_or(it),
        it => it,
    };
    let mut edits = written(site, flow, targets, around, &source_of).map_err(by_hand)?;
    if Together::default().fits(&edits).is_err() {
        return Err(NoRewrite::Mixed(EACH.to_owned()));
    }
    edits.renew(site, targets, around, &source_of);
    edits.heed_pins(site, targets, &around.pins, &source_of);
    Ok(edits)
}

/// What a person is told to write where no template does, or none fits.
fn by_hand(
    site: &Site,
    flow: &str,
    targets: &[Target<'_>],
    around: &Surroundings<'_>,
) -> Option<NoRewrite> {
    let target = targets.first()?;
    let fill = Fill { target, around, told: &[], extension: "" };
    let paths = by_hand_paths(site.rule.client, flow, site.language);
    paths.iter().find_map(|it| fill.bind(it, "\n", "")).map(NoRewrite::ByHand)
}

/// What the instruction of a sign-in may be called: of its language, of programs, of its kind of
/// identity, of all.
fn by_hand_paths(client: &str, flow: &str, language: &str) -> Vec<String> {
    let programs = program::is_one(language).then_some(ARGUMENTS);
    let names = extension(language).into_iter().chain(programs).chain(["txt"]);
    let own = names.map(|it| format!("{client}/{flow}/{BY_HAND}.{it}"));
    own.chain([format!("{client}/{BY_HAND}.txt")]).collect()
}

/// What a template is called that says what a person is to write.
const BY_HAND: &str = "by-hand";

/// What a template of a platform is called that tells the libraries of Azure in the environment who
/// they are. Its text is nobody's: that it is there says so.
const ENVIRONMENT: &str = "environment";

/// The flow of the identity that a sign-in means which names none.
const SYSTEM_ASSIGNED: &str = "system-assigned";

/// What a template is called that says why a person is to look at what is written.
const REVIEW: &str = "review";

/// What a template is called that is a part of a connection string; its extension names the drivers.
const CONNECTION: &str = "connection";

/// What templates for lists of arguments end with: one argument on each line.
const ARGUMENTS: &str = "args";

/// What templates for settings end with; each is called like the setting whose place it takes.
const SETTING: &str = "env";

/// What those end with that are entries of YAML, and no variables of an environment.
const ENTRY: &str = "yml";

fn written<'s>(
    site: &Site,
    flow: &str,
    targets: &[Target<'_>],
    around: &Surroundings<'_>,
    source_of: &impl Fn(&str) -> Option<&'s Source>,
) -> Result<Edits, NoRewrite> {
    let missing = || NoRewrite::NoTemplate(format!("{} with {flow}", site.rule.client));
    let source = source_of(&site.path).ok_or_else(missing)?;
    let client = site.rule.client;
    if !site.call.is_call {
        return stated(site, source, flow, targets, around, source_of);
    }
    let own = extension(site.language).ok_or_else(missing)?;
    let is_listed = program::is_one(site.language) && !around.templates.has(client, flow, own);
    let extension = if is_listed { ARGUMENTS } else { own };
    let told = match client {
        msal::CLIENT => msal::told(site, source),
        _ => told(site, source),
    };
    let bound = |path: &str| {
        let path = format!("{client}/{path}.{extension}");
        for_all(targets, |it| {
            Fill { target: it, around, told: &told, extension }.bind(&path, "\n", "")
        })
    };
    let mut edits = Edits::default();
    let put = match (bound(&format!("{flow}/login"))?, bound(&format!("{flow}/session"))?) {
        (Some(login), _) => Put::Login(login),
        (None, Some(session)) => Put::Session(session),
        (None, None) => Put::Value(bound(&format!("{flow}/value"))?.ok_or_else(missing)?),
    };
    let signs_in = matches!(put, Put::Login(_));
    match site.call.held.filter(|_| !matches!(put, Put::Value(_))) {
        Some(Held::Hashtable) => return Err(NoRewrite::Splatted(put.text().clone())),
        Some(Held::Variable) => return Err(NoRewrite::Held(put.text().clone())),
        None => {}
    }
    let may_stand = signs_in && flow == SYSTEM_ASSIGNED && !program::is_one(site.language);
    let standing = may_stand.then(|| standing::line(site, source, around)).flatten();
    let put = if standing.is_some() { Put::Value(Text::known("")) } else { put };
    // Where a client's sign-in takes no subscription, it is chosen afterwards.
    let choice = match bound("subscription")? {
        None if !signs_in => bound(&format!("{flow}/subscription"))?,
        choice => choice,
    };
    let with_people = standing.is_none() && targets.iter().any(|it| it.people);
    let beside = match &put {
        _ if !with_people || choice.is_some() => None,
        Put::Login(login) => person::beside(site, source, around, extension, Some(login)),
        Put::Value(_) => person::beside(site, source, around, extension, None),
        Put::Session(_) | Put::Beside(_) => None,
    };
    let has_no_people = with_people && beside.is_none();
    let put = beside.map_or(put, Put::Beside);
    if is_listed {
        edits.drafts = program::listed(site, source, put.text(), signs_in)?;
    } else if client == msal::CLIENT {
        edits.drafts = msal::edits(site, source, put.text())?;
    } else if program::is_one(site.language) {
        edits.drafts = program::edits(site, source, put.text())?;
    } else {
        edits.put(site, source, put, choice, targets, around)?;
    }
    edits.look_at(program::holds(site, source).then_some(program::REVIEW));
    let standing = standing.map(|it| format!("line {it} signs in with the same identity already"));
    edits.look_at(standing.as_deref());
    edits.look_at(has_no_people.then_some(person::SIGN_IN_BEFORE));
    let other = signs_in.then(|| standing::other_branch(site, source, around)).flatten();
    let other = other.map(|it| format!("line {it}, another branch of the same choice, signs in with a managed identity: if whoever runs the script can choose that, take this branch out instead"));
    edits.look_at(other.as_deref());
    edits.look_at(around.templates.text(&format!("{client}/{REVIEW}.txt")));
    for target in targets {
        let is_open = edits.prepare(target, around, source_of)?;
        if !signs_in && !is_open {
            return Err(NoRewrite::NoTemplate(target.workload.name.clone()));
        }
    }
    Ok(edits)
}

const EACH: &str = "each has an identity of its own. Where GitHub or GitLab runs them all, each can read its own from a variable: \
                    variables: true in workid.yaml";

/// The text for all targets: one text cannot name two identities.
fn for_all<'t>(
    targets: &'t [Target<'t>],
    bind: impl Fn(&'t Target<'t>) -> Option<Text>,
) -> Result<Option<Text>, NoRewrite> {
    let mut texts = targets.iter().map(bind);
    let first = texts.next().flatten();
    match texts.all(|it| it == first) {
        true => Ok(first),
        false => Err(NoRewrite::Mixed(EACH.to_owned())),
    }
}

/// Edits of what is no call: settings, and connection strings.
fn stated<'s>(
    site: &Site,
    source: &Source,
    flow: &str,
    targets: &[Target<'_>],
    around: &Surroundings<'_>,
    source_of: &impl Fn(&str) -> Option<&'s Source>,
) -> Result<Edits, NoRewrite> {
    let client = site.rule.client;
    let bind = |path: &str| {
        for_all(targets, |it| {
            Fill { target: it, around, told: &[], extension: SETTING }.bind(path, "\n", "")
        })
    };
    let mut templates = Vec::new();
    for (name, path) in around.templates.settings(client, flow) {
        let text = bind(&path)?.ok_or_else(|| NoRewrite::NoTemplate(path.clone()))?;
        let is_entry = path.ends_with(ENTRY);
        templates.push(setting::Template { name, is_entry, text });
    }
    let written = match templates.is_empty() {
        false => setting::edits(site, source, &templates)?,
        true => connection::edits(site, source, |driver| {
            bind(&format!("{client}/{flow}/{CONNECTION}.{driver}"))
        })?,
    };
    let mut edits = Edits::default();
    for (span, text) in written {
        edits.add(&site.path, span, text, Safety::Safe);
    }
    edits.look_at(around.templates.text(&format!("{client}/{REVIEW}.txt")));
    for target in targets {
        let Target { workload, .. } = target;
        let is_open = edits.prepare(target, around, source_of)?;
        let is_told = || {
            let path = format!("{}/{flow}/{ENVIRONMENT}.{SETTING}", workload.platform);
            around.templates.text(&path).is_some()
        };
        if matches!(workload.trust, Trust::Federated(_)) && !is_open && !is_told() {
            return Err(NoRewrite::NoTemplate(workload.name.clone()));
        }
    }
    Ok(edits)
}

/// What only the call itself tells a template.
fn told(site: &Site, source: &Source) -> Vec<(&'static str, Term)> {
    let raw = source.raw();
    let mut kept = site.call.kept.iter().map(|it| &raw[it.start..it.end]);
    let chosen = kept.find(|it| is_choice(it)).map(|it| ("subscription", Term::known(value(it))));
    let call = &raw[site.call.span.start..site.call.span.end];
    let command = call.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    let qualifier = program::qualifier(site, source);
    let own = [("command", Term::known(command)), ("qualifier", Term::known(qualifier))];
    let resource = resource(call).map(|it| ("resource", Term::known(it)));
    own.into_iter().chain(chosen).chain(resource).collect()
}

/// `resource=https://…`, or `scope=https://…/.default`: what a form asks a token for.
static RESOURCE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"\b(?:resource=([A-Za-z0-9:/._%-]+)(?:["'&\s]|$)|scope=([A-Za-z0-9:/._%-]+?)/\.default\b)"#,
    )
});

/// Options by which the answer goes to a file, or has more than its body in it: another request
/// would not do so.
static ANSWER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\s(?:-[A-Za-z]*[oOwiD]|--(?:output|remote-name|write-out|include|dump-header))[\s=]")
});

fn resource(form: &str) -> Option<String> {
    let said = RESOURCE.captures(form).filter(|_| !ANSWER.is_match(form))?;
    let said = said.get(1).or(said.get(2))?.as_str();
    // What is sent in an address is written out; the clients take it as it is.
    let plain = ["%3A", "%3a"].iter().fold(said.to_owned(), |it, code| it.replace(code, ":"));
    let plain = ["%2F", "%2f"].iter().fold(plain, |it, code| it.replace(code, "/"));
    (!plain.contains('%')).then_some(plain)
}

/// What takes the place of a call.
enum Put {
    /// It signs in.
    Login(Text),
    /// Its platform did, and this uses that session.
    Session(Text),
    /// Its platform did, and this gives what the call gave.
    Value(Text),
    /// It lets whoever is present sign in, with the options of the call.
    Beside(Text),
}

impl Put {
    fn map(self, change: impl Fn(Text) -> Text) -> Put {
        match self {
            Put::Login(text) => Put::Login(change(text)),
            Put::Session(text) => Put::Session(change(text)),
            Put::Value(text) => Put::Value(change(text)),
            Put::Beside(text) => Put::Beside(change(text)),
        }
    }

    fn text(&self) -> &Text {
        match self {
            Put::Login(text) | Put::Session(text) | Put::Value(text) | Put::Beside(text) => text,
        }
    }
}

/// What the files of a language end with, of those that templates are written in.
fn extension(language: &str) -> Option<&'static str> {
    let language = lang::by_name(language).filter(|it| it.name != "settings")?;
    match language.name {
        "batch" => Some("cmd"),
        _ => language.extensions.first().copied(),
    }
}

impl Edits {
    fn add(&mut self, path: &str, span: Span, text: Text, safety: Safety) {
        self.drafts.push(Draft { path: path.to_owned(), span, text, safety, set: 0 });
    }

    /// Whatever is safe so far is for a person to look at, if there is a reason.
    fn look_at(&mut self, why: Option<&str>) {
        let Some(why) = why else { return };
        for draft in self.drafts.iter_mut().filter(|it| it.safety == Safety::Safe) {
            draft.safety = Safety::Review(why.trim_end().to_owned());
        }
    }

    /// The call becomes another one, or goes away where the platform signs in. Either way
    /// `choice` chooses the subscription afterwards, if the call did.
    fn put(
        &mut self,
        site: &Site,
        source: &Source,
        put: Put,
        choice: Option<Text>,
        targets: &[Target<'_>],
        around: &Surroundings<'_>,
    ) -> Result<(), NoRewrite> {
        let (put, choice) = match as_called(site, source) {
            None => (put, choice),
            Some((command, word)) => (
                put.map(|it| it.with_command(command, word)),
                choice.map(|it| it.with_command(command, word)),
            ),
        };
        let kept = || site.call.kept.iter().map(|it| &source.raw()[it.start..it.end]);
        let span = site.call.span;
        let behind_call = || after(span, site.call.statement?.0, source);
        let chosen = kept().find(|it| is_choice(it)).map(value);
        let names_cloud = kept().any(|it| it.to_ascii_lowercase().starts_with("-env"));
        let taken_away = match site.call.before {
            _ if names_cloud => Safety::Review(CLOUD.to_owned()),
            Before::Word(it) if source.raw()[it.start..it.end].starts_with("sudo") => {
                Safety::Review(SUDO.to_owned())
            }
            _ => Safety::Safe,
        };
        let (span, text, safety) = match (put, site.call.statement, choice) {
            (Put::Login(text) | Put::Session(text), _, choice) => {
                let raw = source.raw();
                let is_said = |it: &Span| choice.is_some() && is_choice(&raw[it.start..it.end]);
                let options = site.call.kept.iter().copied().filter(|it| !is_said(it));
                let options: Vec<Span> = options.collect();
                let text = match text.lines().as_slice() {
                    [first, next] => {
                        let two = two::together(site, source, first.clone(), next.clone())?;
                        quoted::as_there(site, source, two, None, around)?
                    }
                    _ => {
                        let text = quoted::as_there(site, source, text, None, around)?;
                        layout::options(text, span, &options, raw)
                    }
                };
                let text = match choice.map(|it| (it, behind_call())) {
                    None => text,
                    Some((choice, Some(after))) => {
                        let word = match site.call.before {
                            Before::Word(it) => &source.raw()[it.start..it.end],
                            Before::Nothing | Before::Operator | Before::Unknown => "",
                        };
                        let line = choice.behind(&format!("{}{word}", after.line));
                        self.add(&site.path, Span::at(after.at), line, Safety::Safe);
                        text
                    }
                    Some((choice, None)) if site.call.statement.is_some() => {
                        let choice = quoted::as_there(site, source, choice, chosen, around)?;
                        two::together(site, source, text, choice)?
                    }
                    Some((choice, None)) => {
                        return Err(NoRewrite::Used(format!("{text}, and then {choice}")));
                    }
                };
                (span, text, Safety::Safe)
            }
            (Put::Beside(text), ..) => {
                (span, quoted::as_there(site, source, text, None, around)?, Safety::Safe)
            }
            (Put::Value(_), Some(_), Some(choice)) => {
                let is_piped =
                    source.raw()[span.end..].trim_start_matches([' ', '`']).starts_with('|');
                let choice = if is_piped { choice.without_end(NOWHERE) } else { choice };
                (span, quoted::as_there(site, source, choice, chosen, around)?, taken_away)
            }
            // A program that runs nothing is another program.
            (Put::Value(_), Some((_, "exit 0")), None) if program::holds(site, source) => {
                return Err(NoRewrite::NoTemplate(source.path.to_string()));
            }
            (Put::Value(_), Some((span, leave)), None) => {
                if let Some(whole) = whole(site, span, leave, targets) {
                    self.add(&site.path, taken_out(source, whole), Text::known(""), taken_away);
                    return Ok(());
                }
                let lines = source.lines_of(span).filter(|_| leave.is_empty());
                let lines = lines.map(|it| taken_out(source, it));
                (lines.unwrap_or(span), Text::known(leave), taken_away)
            }
            (Put::Value(value), None, Some(_)) => {
                let why =
                    "the sign-in chose a subscription: choose it once more, before what uses it";
                (span, value, Safety::Review(why.to_owned()))
            }
            (Put::Value(value), None, None) => (span, value, taken_away),
        };
        self.add(&site.path, span, text, safety);
        Ok(())
    }

    /// Fills the anchors of the workload, and says whether one of them signs in.
    fn prepare<'s>(
        &mut self,
        target: &Target<'_>,
        around: &Surroundings<'_>,
        source_of: &impl Fn(&str) -> Option<&'s Source>,
    ) -> Result<bool, NoRewrite> {
        let Target { workload, kind, client, .. } = target;
        if workload.no_place && !matches!(workload.trust, Trust::AzureHosted { .. }) {
            return Err(NoRewrite::NoTemplate(workload.name.clone()));
        }
        let mut signed_in = false;
        for anchor in &workload.anchors {
            let missing = || NoRewrite::NoTemplate(anchor.path.clone());
            let source = source_of(&anchor.path).ok_or_else(missing)?;
            let line_break = source.line_break();
            let path = |name: &str| format!("{}/{}/{name}", workload.platform, kind.flow);
            let by_client = path(&format!("{}.{client}", anchor.name));
            let by_client = around.templates.find(&by_client);
            signed_in |= by_client.is_some();
            let Some(name) = by_client.or_else(|| around.templates.find(&path(anchor.name))) else {
                continue;
            };
            let fill = Fill { target, around, told: &anchor.holes, extension: "yml" };
            let text = fill.bind(name, line_break, &anchor.indent);
            let mut text = text.ok_or_else(|| NoRewrite::NoTemplate(name.to_owned()))?;
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
        Ok(signed_in)
    }
}

const SUDO: &str = "it was the sign-in of another user (sudo), and the platform signs in the one who runs the job: run what \
                    follows without sudo";

const CLOUD: &str = "the sign-in chose a cloud: check that the platform's sign-in chooses the same";

/// What a template does with the output of a cmdlet, which a call may do itself.
const NOWHERE: &str = " | Out-Null";

/// One word: a path, between quotes or not, or a variable.
static WORD: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"^(?:& ?)?(?:"[^"\n]+"|'[^'\n]+'|[^\s"'&|;()<>`,\[\]]+)$"#));

/// The commands of clients that are programs, each with the word that follows it in a sign-in.
const COMMANDS: &[(&str, &str, &str)] =
    &[("azure-cli", "az", "login"), ("kubelogin", "kubelogin", "convert-kubeconfig")];

/// The command of a call, and the word by which the file calls it, if that is another one: a path, or
/// a variable. In a text within another one, quotes and dollar signs may mean something else.
fn as_called<'s>(site: &Site, source: &'s Source) -> Option<(&'static str, &'s str)> {
    let (_, command, verb) = COMMANDS.iter().find(|(it, ..)| *it == site.rule.client)?;
    let call = &source.raw()[site.call.span.start..site.call.span.end];
    let word = call[..call.find(&format!(" {verb}"))?].trim_end();
    let is_plain = !site.call.embedded || !word.contains(['"', '\'', '$', '\\', ' ']);
    (word != *command && WORD.is_match(word) && is_plain).then_some((command, word))
}

/// Whether an option chooses the subscription for what follows.
fn is_choice(option: &str) -> bool {
    let option = option.to_ascii_lowercase();
    ["-s ", "-s=", "-sub", "--sub"].iter().any(|it| option.starts_with(it))
}

/// What an option is given: `--subscription NAME`, `-Subscription:$name`.
fn value(option: &str) -> &str {
    option.split_once([' ', '=', ':']).map_or("", |(_, it)| it.trim())
}

/// What goes away with some lines: at the end of a file that has no line break there, the one
/// before them.
fn taken_out(source: &Source, lines: Span) -> Span {
    let before = &source.raw()[..lines.start];
    let is_last = lines.end == source.raw().len() && !source.raw().ends_with(['\n', '\r']);
    match is_last.then(|| before.strip_suffix(source.line_break())).flatten() {
        Some(kept) => Span::new(kept.len(), lines.end),
        None => lines,
    }
}

/// The step that holds the call and nothing else, if its platform can do without it.
fn whole(site: &Site, statement: Span, leave: &str, targets: &[Target<'_>]) -> Option<Span> {
    let anchors = targets.iter().flat_map(|it| &it.workload.anchors);
    let is_whole =
        |it: &&Anchor| it.name == "whole" && it.path == site.path && it.at.contains(statement);
    anchors.filter(|_| !leave.is_empty()).find(is_whole).map(|it| it.at)
}

/// Where a line may be put that runs after the call.
struct After {
    at: usize,
    /// What the line begins with: its break, and its indentation.
    line: String,
}

/// Only a call that has its lines for itself has a place after it.
fn after(call: Span, statement: Span, source: &Source) -> Option<After> {
    let lines = source.lines_of(statement)?;
    let behind = &source.raw()[call.end..statement.end];
    let indent = &source.raw()[lines.start..statement.start];
    let is_alone =
        !["&&", "||", "\\"].iter().any(|it| behind.contains(it)) && indent.trim().is_empty();
    is_alone.then(|| After { at: statement.end, line: format!("{}{indent}", source.line_break()) })
}

/// Who knows what the holes of a template are.
struct Fill<'f> {
    target: &'f Target<'f>,
    around: &'f Surroundings<'f>,
    /// What an anchor tells.
    told: &'f [(&'static str, Term)],
    extension: &'f str,
}

impl Fill<'_> {
    /// The text of a template; `None` if there is none, or a hole stays open.
    fn bind(&self, path: &str, line_break: &str, indent: &str) -> Option<Text> {
        self.around.templates.get(path)?.bind(
            |hole| self.hole(hole).map(Text::from),
            line_break,
            indent,
        )
    }

    /// What a variable of the platform holds is read from there.
    fn read(&self, hole: &str) -> Option<Term> {
        let Target { workload, variables, .. } = self.target;
        let (_, name) = variables.iter().find(|(it, _)| *it == hole)?;
        let platform = platform::by_name(workload.platform)?;
        (platform.reads)(name, self.extension).map(Term::known)
    }

    /// What a platform alone knows, such as how its jobs get a token, has a template of its own.
    fn hole(&self, hole: &str) -> Option<Term> {
        let Target { workload, kind, identity, .. } = self.target;
        let told = self.told.iter().find(|(name, _)| *name == hole).map(|(_, term)| term.clone());
        told.or_else(|| self.read(hole)).or_else(|| match hole {
            "tenant_id" => Some(Term::known(&self.around.tenant_id)),
            "subscription_id" => Some(Term::known(&self.around.subscription_id)),
            _ if kind.outputs.contains(&hole) => Some(Term::output(identity, hole)),
            _ => {
                let path = format!("{}/{}/{hole}.{}", workload.platform, kind.flow, self.extension);
                self.around.templates.text(&path).map(|it| Term::known(it.trim_end()))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_read_whole_or_not_at_all() {
        for (form, expected) in [
            ("-d 'resource=https://a.net/&username=u'", Some("https://a.net/")),
            ("-d \"resource=https%3A%2F%2Fa.net%2f\"", Some("https://a.net/")),
            ("-d scope=https://a.net/.default", Some("https://a.net")),
            ("-d \"resource=https://${HOST}/\"", None),
            ("-d \"resource=$R\"", None),
            ("curl -so token.json -d resource=https://a.net", None),
            ("curl -w '%{http_code}' -d resource=https://a.net", None),
            ("curl --output=a -d resource=https://a.net", None),
        ] {
            assert_eq!(resource(form).as_deref(), expected, "{form}");
        }
    }
}
