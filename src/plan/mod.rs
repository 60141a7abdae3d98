//! What is to be done, in full, before anything is done.

mod afterwards;
mod directory;
pub mod format;
mod planner;
mod rights;

pub use planner::plan;

use crate::{
    config::Config,
    observe::{Look, Observed, Question, Window},
    platform::{Repository, Safety},
    resource::{Address, Cloud, Known, Outputs, Resource},
    rewrite::{Draft, Templates},
    roles::{self, Asked, ExactRole, Unexplained},
    scan::{Scan, Site},
    text::{Edit, EditSet, Source, Span},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The plan says everything that apply and rewrite do; they decide nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Nobody was asked: it is for reading, and cannot be applied.
    pub offline: bool,
    /// The scanned folder, as it was given.
    pub root: String,
    pub tenant: Named,
    pub subscription: Named,
    /// As the Azure CLI calls it, where that is not Azure public.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud: Option<String>,
    /// What had to be taken for granted.
    pub assumptions: Vec<String>,
    pub sites: Vec<PlannedSite>,
    pub identities: Vec<PlannedIdentity>,
    /// In an order in which they can be done.
    pub steps: Vec<Step>,
    /// The files that the drafts are for, with the SHA-256 of their text.
    pub files: BTreeMap<String, String>,
    pub drafts: Vec<Draft>,
    /// What workid does not do, and a person has to.
    pub left: Vec<Left>,
    /// What the users wrote and no scanned command asks for: some script was not scanned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unexplained: Vec<Unexplained>,
    /// What is to be done once everything runs.
    pub afterwards: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    pub id: String,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedSite {
    pub rule: String,
    pub path: String,
    pub line: usize,
    /// As whom it signs in, if that is known.
    pub user: Option<String>,
    /// The identities that take the user's place; none if the site is left to a person.
    pub identities: Vec<Address>,
    /// A person signs in with them: workid does not write that.
    #[serde(default)]
    pub by_hand: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedIdentity {
    pub address: Address,
    pub kind: String,
    pub because: String,
    /// The other kinds, and why they do not fit.
    pub not: Vec<(String, String)>,
    /// What runs with it.
    pub workloads: Vec<String>,
    /// In whose place it comes.
    pub users: Vec<String>,
    pub roles: Vec<PlannedRole>,
    /// Instead of these roles: what is asked for and nothing else. They are made if `workid.yaml` says so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub custom_roles: Vec<ExactRole>,
    /// What commands ask for, and the user may not do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedRole {
    pub role: String,
    pub scope: String,
    pub because: String,
    /// The commands that ask for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<Asked>,
    /// How many known writes and operations it allows that no command asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beyond: Option<usize>,
    /// Under which it holds, as the user's own assignment does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub address: Address,
    pub resource: Resource,
    pub action: Action,
    /// Steps that must be done before this one.
    pub after: Vec<Address>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    Create,
    /// It is there already, and this is what it tells.
    Keep(Outputs),
    /// It is there and differs: what, as planned, as found.
    Change(Vec<(String, String, String)>),
}

/// A site that is not migrated, or a thing that cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// `deploy.sh:14`, or an address.
    pub at: String,
    pub why: String,
}

#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    #[error("nothing says in which resource group the identities are to be made")]
    NoResourceGroup,
    #[error("there is no resource group {0} in the subscription")]
    NoSuchResourceGroup(String),
    #[error("there is no project {1} in the Azure DevOps organization {0}, or you may not see it")]
    NoSuchProject(String, String),
}

/// What has to be asked before a plan can be made; of the Activity Log, these days.
pub fn question(scan: &Scan, config: &Config, window: Window) -> Question {
    let workloads = || scan.running().flat_map(|it| &it.reached).map(|it| &it.workload);
    let pipelines = workloads().any(|it| it.platform == "azure-pipelines");
    let mut users: Vec<String> = scan.running().filter_map(|it| user_of(it, config)).collect();
    users.sort();
    users.dedup();
    let roles: BTreeSet<&String> = config.roles.iter().map(|it| &it.role).collect();
    let sites: Vec<&Site> = scan.running().collect();
    let (asks, _) = rights::needs(&sites);
    Question {
        subscription: config.subscription.clone(),
        resource_group: config.resource_group.clone(),
        users,
        roles: roles.into_iter().cloned().collect(),
        resources: roles::named_resources(asks.iter()),
        window: Some(window),
        devops: config
            .azure_devops
            .as_ref()
            .filter(|_| pipelines)
            .map(|it| (it.organization.clone(), it.project.clone())),
    }
}

/// A plan without asking anyone: what only the tenant can tell is written in `<…>`.
pub fn unobserved(config: &Config) -> Observed {
    let or = |it: &Option<String>, name: &str| it.clone().unwrap_or_else(|| format!("<{name}>"));
    Observed {
        tenant_id: or(&config.tenant, "tenant ID"),
        tenant_name: or(&config.tenant, "tenant"),
        subscription_id: or(&config.subscription, "subscription ID"),
        subscription_name: or(&config.subscription, "subscription"),
        location: Some(or(&config.location, "location of the resource group")),
        project_id: Some("<project ID>".to_owned()),
        ..Observed::default()
    }
}

/// Everything that a plan is made from.
pub struct Inputs<'i> {
    pub scan: &'i Scan,
    pub sources: &'i [Source],
    pub repository: &'i Repository,
    pub templates: &'i Templates,
    pub observed: &'i Observed,
    pub offline: bool,
    pub root: &'i str,
    /// What the names of new identities begin with.
    pub prefix: &'i str,
    pub cloud: &'i Cloud,
}

impl Plan {
    /// Takes note of what is there already.
    pub fn settle(&mut self, looked: &[(Address, Look)]) {
        let mut known = Known::new();
        for (address, look) in looked {
            let Some(step) = self.steps.iter_mut().find(|it| it.address == *address) else {
                continue;
            };
            let Look::Found { outputs, answer } = look else { continue };
            known.insert(address.clone(), outputs.clone());
            let differences = step.resource.noun().differences(&known, answer);
            step.action = if differences.is_empty() {
                Action::Keep(outputs.clone())
            } else {
                Action::Change(
                    differences
                        .into_iter()
                        .map(|it| (it.what.to_owned(), it.planned, it.found))
                        .collect(),
                )
            };
        }
    }

    pub fn resources(&self) -> impl Iterator<Item = (&Address, &Resource)> {
        self.steps.iter().map(|it| (&it.address, &it.resource))
    }

    /// The plan with those steps alone that are wanted; none of them needs another.
    pub fn with_steps(&self, wanted: impl Fn(&Address) -> bool) -> Plan {
        let steps = self.steps.iter().filter(|it| wanted(&it.address)).cloned().collect();
        Plan { steps, ..self.clone() }
    }

    pub fn to_make(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|it| !matches!(it.action, Action::Keep(_)))
    }

    /// The edits of each file with what is known; `None` for a file that waits for apply.
    pub fn edits(&self, known: &Known) -> BTreeMap<String, Option<EditSet>> {
        self.edit_sets(|draft| draft.text.fill(known))
    }

    /// The edits as a person sees them before apply.
    pub fn previews(&self) -> BTreeMap<String, EditSet> {
        let sets = self.edit_sets(|draft| Some(draft.text.to_string()));
        sets.into_iter().filter_map(|(path, set)| Some((path, set?))).collect()
    }

    fn edit_sets(
        &self,
        text: impl Fn(&Draft) -> Option<String>,
    ) -> BTreeMap<String, Option<EditSet>> {
        let mut sets: BTreeMap<String, Option<EditSet>> = BTreeMap::new();
        for draft in &self.drafts {
            let set = sets.entry(draft.path.clone()).or_insert_with(|| Some(EditSet::default()));
            let text = text(draft);
            *set = set.take().zip(text).map(|(mut set, text)| {
                set.add(Edit { span: draft.span, text })
                    .expect("the plan holds drafts that can be made together");
                set
            });
        }
        sets
    }

    /// The plan with those drafts alone whose set is wanted.
    pub fn with_sets(&self, wanted: impl Fn(usize) -> bool) -> Plan {
        let drafts = self.drafts.iter().filter(|it| wanted(it.set)).cloned().collect();
        Plan { drafts, ..self.clone() }
    }

    /// What is left of the plan once the drafts at some places of a file are made, by which its text has another
    /// digest.
    pub fn beyond(&self, path: &str, made: &[Span], digest: &str, known: &Known) -> Plan {
        let mut plan = self.clone();
        let made: BTreeSet<&Span> = made.iter().collect();
        let (mut done, left): (Vec<Draft>, Vec<Draft>) =
            plan.drafts.into_iter().partition(|it| it.path == path && made.contains(&it.span));
        done.sort_by_key(|it| it.span);
        // What all up to each of them took away, and what they put in its place.
        let mut until = vec![(0, 0)];
        until.extend(done.iter().scan((0, 0), |(away, put), it| {
            *away += it.span.end - it.span.start;
            *put += it.text.fill(known).unwrap_or_default().len();
            Some((*away, *put))
        }));
        let of = |it: Draft| {
            if it.path != path {
                return it;
            }
            let (away, put) = until[done.partition_point(|done| done.span < it.span)];
            let moved = |at: usize| (at + put).saturating_sub(away);
            Draft { span: Span::new(moved(it.span.start), moved(it.span.end)), ..it }
        };
        plan.drafts = left.into_iter().map(of).collect();
        plan.files.insert(path.to_owned(), digest.to_owned());
        plan
    }

    /// The sets of drafts of which a person is to look at one, with the reasons.
    pub fn to_review(&self) -> BTreeMap<usize, BTreeSet<&str>> {
        let mut sets: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
        for draft in &self.drafts {
            if let Safety::Review(why) = &draft.safety {
                sets.entry(draft.set).or_default().insert(why);
            }
        }
        sets
    }

    /// What the steps that were found there tell.
    pub fn known(&self) -> Known {
        let kept = |it: &Step| match &it.action {
            Action::Keep(outputs) => Some((it.address.clone(), outputs.clone())),
            Action::Create | Action::Change(_) => None,
        };
        self.steps.iter().filter_map(kept).collect()
    }
}

/// As whom a site signs in: as the source says, or as the configuration states.
fn user_of(site: &Site, config: &Config) -> Option<String> {
    let named = site.user.as_ref().filter(|it| it.contains('@') && !it.contains('$')).cloned();
    named.or_else(|| config.user_of(&site.path).map(str::to_owned))
}

pub fn at(site: &Site) -> String {
    format!("{}:{}", site.path, site.start.line)
}

fn push_new<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}
