//! What is to be done, in full, before anything is done.

mod directory;
pub mod format;
mod rights;

use crate::{
    config::Config,
    detect::Class,
    identity::{Groups, Naming, Recommendation, exceptions, recommend},
    impact::AZURE_PUBLIC,
    observe::{Look, Observed, Question, Window},
    platform::{self, Context, Repository, Safety, Trust, Workload},
    resource::{Address, Cloud, Known, Outputs, Resource},
    rewrite::{self, Draft, Edits, NoRewrite, Surroundings, Target, Templates},
    roles::{self, Asked, ExactRole, Unexplained},
    scan::{Reached, Scan, Site},
    text::{Edit, EditSet, Source},
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

pub fn plan(inputs: &Inputs<'_>) -> Result<Plan, PlanError> {
    let mut planner = Planner::new(inputs);
    let (mut accepted, mut offered): (Vec<Edits>, Vec<&Site>) = Default::default();
    for site in inputs.scan.running() {
        match planner.site(site, &accepted) {
            Ok((edits, planned)) => {
                accepted.push(edits);
                if !planned.by_hand {
                    planner.rewritten.push(site);
                }
                planner.plan.sites.push(planned);
            }
            Err(why) => {
                let is_person = |it: &Reached| it.workload.platform == "laptop";
                match site.reached.iter().all(is_person) && planner.offer(site).is_some() {
                    true => offered.push(site),
                    false => planner.plan.left.push(Left { at: at(site), why }),
                }
                planner.keep(site);
            }
        }
    }
    let is_typed =
        |it: &&Site| it.class == Class::Interactive && !it.runs_alone() && it.suppressed.is_none();
    offered.extend(inputs.scan.sites.iter().filter(is_typed));
    for site in offered {
        let Some(offer) = planner.offer(site) else { continue };
        if rewrite::together([accepted.as_slice(), std::slice::from_ref(&offer)].concat()).is_ok() {
            accepted.push(offer);
            planner.rewritten.push(site);
        }
    }
    planner.check()?;
    planner.finish(accepted)
}

/// The identity that one workload of a site gets.
struct Found {
    workload: Workload,
    recommendation: Recommendation,
    identity: Address,
    resources: Vec<(Address, Resource)>,
}

struct Planner<'i> {
    inputs: &'i Inputs<'i>,
    naming: Naming,
    plan: Plan,
    wanted: BTreeMap<Address, Resource>,
    order: Vec<Address>,
    groups: Groups,
    /// The sites whose sign-in is written.
    rewritten: Vec<&'i Site>,
    /// The sites whose work each identity does.
    sites_of: BTreeMap<Address, Vec<&'i Site>>,
}

impl<'i> Planner<'i> {
    fn new(inputs: &'i Inputs<'i>) -> Planner<'i> {
        let Inputs { observed, repository, .. } = inputs;
        let config = &repository.config;
        let group = config.resource_group.as_deref().unwrap_or("<resource group>");
        let location =
            config.location.clone().or_else(|| observed.location.clone()).unwrap_or_default();
        let naming = Naming {
            prefix: inputs.prefix.to_owned(),
            resource_group: roles::full_scope(group, &observed.subscription_id),
            location,
        };
        let plan = Plan {
            offline: inputs.offline,
            root: inputs.root.to_owned(),
            tenant: Named { id: observed.tenant_id.clone(), name: observed.tenant_name.clone() },
            subscription: Named {
                id: observed.subscription_id.clone(),
                name: observed.subscription_name.clone(),
            },
            cloud: (*inputs.cloud != Cloud::default()).then(|| inputs.cloud.name.to_string()),
            assumptions: other_cloud(inputs.cloud).into_iter().collect(),
            ..Plan::default()
        };
        let (wanted, order, groups, rewritten, sites_of) = Default::default();
        Planner { inputs, naming, plan, wanted, order, groups, rewritten, sites_of }
    }

    /// A site that gets no identity.
    fn keep(&mut self, site: &Site) {
        let user = user_of(site, &self.inputs.repository.config);
        self.plan.sites.push(PlannedSite {
            rule: site.rule.id.to_owned(),
            path: site.path.clone(),
            line: site.start.line,
            user,
            identities: Vec::new(),
            by_hand: false,
        });
    }

    /// The edits of one site, and the identities that take its user's place.
    fn site(&mut self, site: &'i Site, accepted: &[Edits]) -> Result<(Edits, PlannedSite), String> {
        let config = &self.inputs.repository.config;
        let user = user_of(site, config);
        if let Some(why) = exceptions::of_site(site, user.as_deref(), &self.inputs.cloud.name) {
            return Err(why);
        }
        let mut found: Vec<Found> = Vec::new();
        for reached in &site.reached {
            let mut workload = reached.workload.clone();
            let then = |why: String| match site.call.is_call {
                true => why,
                false => format!("{why}. Then: {}", site.rule.instead),
            };
            let recommendation = recommend(&workload, config).map_err(then)?;
            workload.label = self.groups.label(&workload, user.as_deref());
            let wanted = (recommendation.kind.resources)(&workload, &self.naming);
            let context = Context {
                repository: self.inputs.repository,
                identity: &wanted.identity,
                tenant_id: &self.inputs.observed.tenant_id,
                subscription_id: &self.inputs.observed.subscription_id,
                subscription_name: &self.inputs.observed.subscription_name,
                project_id: self.inputs.observed.project_id.as_deref(),
            };
            let companions =
                platform::by_name(workload.platform).map(|it| (it.companions)(&workload, &context));
            self.one_step_per_job(&mut workload);
            let resources = [wanted.resources, companions.unwrap_or_default()].concat();
            found.push(Found { workload, recommendation, identity: wanted.identity, resources });
        }
        let by_hand = found.iter().find_map(|it| it.workload.by_hand.clone());
        let by_hand = by_hand.or_else(|| self.plan.cloud.as_deref().map(sign_in_elsewhere));
        let edits = match by_hand {
            Some(what) => Err(what),
            None => self.edits(site, &found, accepted),
        };
        let (edits, by_hand) = match edits {
            Ok(edits) => (edits, None),
            Err(what) => (Edits::default(), Some(what)),
        };
        let then = |why: String| match &by_hand {
            Some(what) => format!("{why}. Then: {what}"),
            None => why,
        };
        self.may_be_done(site).map_err(then)?;
        let planned = PlannedSite {
            rule: site.rule.id.to_owned(),
            path: site.path.clone(),
            line: site.start.line,
            user,
            identities: found.iter().map(|it| it.identity.clone()).collect(),
            by_hand: by_hand.is_some(),
        };
        if let Some(why) = by_hand {
            self.plan.left.push(Left { at: at(site), why });
        }
        for it in found {
            self.identity(site, &it);
            for (address, resource) in it.resources {
                self.want(address, resource);
            }
            self.sites_of.entry(it.identity).or_default().push(site);
        }
        Ok((edits, planned))
    }

    fn edits(&self, site: &Site, found: &[Found], accepted: &[Edits]) -> Result<Edits, String> {
        let targets: Vec<Target<'_>> = found
            .iter()
            .map(|Found { workload, recommendation, identity, resources }| {
                let client = self.client_of_job(workload, session_of(site.rule.client));
                let stated = self.inputs.repository.config.runs_on(&site.path);
                let people = stated.is_some_and(|it| it.people);
                let variables = platform::read_from(resources);
                Target { workload, kind: recommendation.kind, identity, client, people, variables }
            })
            .collect();
        let around = self.surroundings();
        let source_of = |path: &str| self.inputs.sources.iter().find(|it| *it.path == *path);
        let instead = |it: NoRewrite| {
            let advice = found.iter().filter_map(|it| platform::by_name(it.workload.platform));
            let advice = advice.map(|it| it.advice).find(|it| !it.is_empty());
            match it {
                NoRewrite::NoTemplate(_) => {
                    format!("{it}: {}", advice.unwrap_or(site.rule.instead))
                }
                it => it.to_string(),
            }
        };
        let edits = rewrite::edits(site, &targets, &around, source_of).map_err(instead)?;
        rewrite::together([accepted, std::slice::from_ref(&edits)].concat())
            .map_err(|it| it.to_string())?;
        Ok(edits)
    }

    fn surroundings(&self) -> Surroundings<'i> {
        Surroundings {
            tenant_id: self.inputs.observed.tenant_id.clone(),
            subscription_id: self.inputs.observed.subscription_id.clone(),
            templates: self.inputs.templates,
        }
    }

    /// What a person is offered who runs the script, and types a password or keeps it there.
    fn offer(&self, site: &Site) -> Option<Edits> {
        let is_azure_public =
            site.cloud.as_deref().is_none_or(|it| it.eq_ignore_ascii_case(AZURE_PUBLIC));
        let source = self.inputs.sources.iter().find(|it| *it.path == *site.path)?;
        match is_azure_public && site.obstacle.is_none() && site.doubt.is_none() {
            true => rewrite::offer(site, source, &self.surroundings()),
            false => None,
        }
    }

    /// Other sites that the same job reaches.
    fn sites_of_job<'s>(
        &'s self,
        workload: &'s Workload,
    ) -> impl Iterator<Item = (&'s Site, &'s Workload)> {
        let reached = self
            .inputs
            .scan
            .running()
            .flat_map(|site| site.reached.iter().map(move |it| (site, &it.workload)));
        reached.filter(|(_, it)| it.path == workload.path && it.name == workload.name)
    }

    /// A job signs in once, before the first step that needs it.
    fn one_step_per_job(&self, workload: &mut Workload) {
        let others = self.sites_of_job(workload).flat_map(|(_, it)| &it.anchors);
        let Some(first) = others.filter(|it| it.name == "step").min_by_key(|it| it.at).cloned()
        else {
            return;
        };
        for anchor in workload.anchors.iter_mut().filter(|it| it.name == "step") {
            *anchor = first.clone();
        }
    }

    /// A sign-in for Azure PowerShell is one for the Azure CLI, too.
    fn client_of_job(&self, workload: &Workload, own: &'static str) -> &'static str {
        let steps = workload.anchors.iter().any(|it| it.name == "step");
        let mut clients = self.sites_of_job(workload).map(|(site, _)| session_of(site.rule.client));
        if steps && clients.any(|it| it == AZURE_POWERSHELL) { AZURE_POWERSHELL } else { own }
    }

    fn want(&mut self, address: Address, mut resource: Resource) {
        if let Resource::FederatedIdentityCredential(it) = &mut resource {
            it.federation.audience = self.inputs.cloud.audience.to_string();
        }
        if !self.wanted.contains_key(&address) {
            self.order.push(address.clone());
            self.wanted.insert(address, resource);
        }
    }

    fn identity(&mut self, site: &Site, found: &Found) {
        let Found { workload, recommendation, identity: address, .. } = found;
        let plan = &mut self.plan;
        plan.assumptions.extend(workload.assumptions.iter().cloned());
        plan.assumptions.extend(recommendation.warnings.iter().cloned());
        let at =
            plan.identities.iter().position(|it| it.address == *address).unwrap_or_else(|| {
                plan.identities.push(PlannedIdentity {
                    address: address.clone(),
                    kind: recommendation.kind.title.to_owned(),
                    because: recommendation.because.to_string(),
                    not: recommendation
                        .not
                        .iter()
                        .map(|(kind, why)| ((*kind).to_owned(), (*why).to_owned()))
                        .collect(),
                    workloads: Vec::new(),
                    users: Vec::new(),
                    roles: Vec::new(),
                    custom_roles: Vec::new(),
                    doubts: Vec::new(),
                });
                plan.identities.len() - 1
            });
        let identity = &mut plan.identities[at];
        let title = platform::by_name(workload.platform).map_or(workload.platform, |it| it.title);
        push_new(&mut identity.workloads, format!("{title}: {}", workload.name));
        if let Some(user) = user_of(site, &self.inputs.repository.config) {
            push_new(&mut identity.users, user);
        }
    }

    fn check(&self) -> Result<(), PlanError> {
        let config = &self.inputs.repository.config;
        let made_in_group = |it: &Resource| matches!(it, Resource::UserAssignedIdentity(_));
        if self.wanted.values().any(made_in_group) && !self.inputs.offline {
            let group = config.resource_group.as_ref().ok_or(PlanError::NoResourceGroup)?;
            self.inputs
                .observed
                .location
                .as_ref()
                .ok_or_else(|| PlanError::NoSuchResourceGroup(group.clone()))?;
        }
        let federated = |it: &Workload| {
            matches!(it.trust, Trust::Federated(_)) && it.platform == "azure-pipelines"
        };
        let reached = self.inputs.scan.running().flat_map(|it| &it.reached);
        if let (true, None, Some(it)) = (
            reached.into_iter().any(|it| federated(&it.workload)),
            &self.inputs.observed.project_id,
            &config.azure_devops,
        ) {
            return Err(PlanError::NoSuchProject(it.organization.clone(), it.project.clone()));
        }
        Ok(())
    }

    fn finish(mut self, accepted: Vec<Edits>) -> Result<Plan, PlanError> {
        self.assign_roles();
        self.compare_with_log();
        self.steps();
        let mut plan = self.plan;
        let told: Vec<String> = accepted.iter().flat_map(|it| it.told.clone()).collect();
        let tried = "each site was tried with those before it";
        plan.drafts = rewrite::together(accepted.clone()).expect(tried);
        let mut dead = rewrite::plumbing(&self.rewritten, &plan.drafts, self.inputs.sources);
        // Without it the sign-ins are right, too.
        dead.keep_sound(&accepted, self.inputs.sources);
        if let Ok(drafts) = rewrite::together([accepted, vec![dead]].concat()) {
            plan.drafts = drafts;
        }
        for draft in &plan.drafts {
            let source = self.inputs.sources.iter().find(|it| *it.path == *draft.path);
            plan.files.extend(source.map(|it| (draft.path.clone(), it.digest())));
        }
        plan.assumptions.sort();
        plan.assumptions.dedup();
        told.into_iter().for_each(|it| push_new(&mut plan.afterwards, it));
        plan.afterwards.extend(afterwards(self.inputs, &plan));
        Ok(plan)
    }

    /// Each resource takes its place after those it needs, and after the one before it of those
    /// that are made one after another.
    fn steps(&mut self) {
        let mut waiting = std::mem::take(&mut self.order);
        while !waiting.is_empty() {
            let done = |it: &Address| self.plan.steps.iter().any(|step| step.address == *it);
            let ready = |it: &Address| self.wanted[it].noun().needs().into_iter().all(done);
            let next = waiting
                .iter()
                .position(ready)
                .expect("no resource needs itself, however far around");
            let address = waiting.remove(next);
            let resource = self.wanted[&address].clone();
            let mut after: Vec<Address> = resource.noun().needs().into_iter().cloned().collect();
            if let Some(group) = resource.noun().one_at_a_time() {
                let same = |it: &&Step| it.resource.noun().one_at_a_time().as_ref() == Some(&group);
                after.extend(self.plan.steps.iter().rev().find(same).map(|it| it.address.clone()));
            }
            self.plan.steps.push(Step { address, resource, action: Action::Create, after });
        }
    }
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

/// What has to be known of a plan for another cloud than Azure public.
fn other_cloud(cloud: &Cloud) -> Option<String> {
    let name = &cloud.name;
    (*cloud != Cloud::default()).then(|| {
        format!(
            "everything is made in {name}, which the other commands have to be told, too (--cloud)"
        )
    })
}

fn sign_in_elsewhere(cloud: &str) -> String {
    format!(
        "workid writes sign-ins to Azure public alone: sign in with the planned identity by hand, and name the cloud there (environment: {cloud} for azure/login, az cloud set --name {cloud}, Connect-AzAccount -Environment {cloud})"
    )
}

/// The client whose session another one uses, once its platform has signed in.
fn session_of(client: &'static str) -> &'static str {
    if client == AZURE_POWERSHELL { client } else { "azure-cli" }
}

const AZURE_POWERSHELL: &str = "azure-powershell";

/// As whom a site signs in: as the source says, or as the configuration states.
fn user_of(site: &Site, config: &Config) -> Option<String> {
    let named = site.user.as_ref().filter(|it| it.contains('@') && !it.contains('$')).cloned();
    named.or_else(|| config.user_of(&site.path).map(str::to_owned))
}

pub fn at(site: &Site) -> String {
    format!("{}:{}", site.path, site.start.line)
}

fn afterwards(inputs: &Inputs<'_>, plan: &Plan) -> Vec<String> {
    let scan = inputs.scan;
    let mut advice = Vec::new();
    let migrated = |it: &&Site| {
        plan.sites.iter().any(|site| {
            site.path == it.path && site.line == it.start.line && !site.identities.is_empty()
        })
    };
    let plumbing = scan
        .running()
        .filter(migrated)
        .flat_map(|site| site.related.iter().map(move |it| (site.path.as_str(), it.start.line)));
    let is_gone = |path: &str, line: usize| {
        let source = inputs.sources.iter().find(|it| *it.path == *path);
        let drafts = plan.drafts.iter().filter(|it| it.path == path);
        source.is_some_and(|source| {
            drafts
                .map(|it| (source.position(it.span.start).line, source.position(it.span.end).line))
                .any(|(first, end)| first <= line && line < end)
        })
    };
    let plumbing: BTreeSet<(&str, usize)> =
        plumbing.filter(|(path, line)| !is_gone(path, *line)).collect();
    if !plumbing.is_empty() {
        let lines: Vec<String> =
            plumbing.iter().map(|(path, line)| format!("{path}:{line}")).collect();
        advice.push(format!(
            "take out what only served the old sign-ins, if nothing else uses it: {}",
            lines.join(", ")
        ));
    }
    for (path, edits) in plan.previews() {
        let Some(source) = inputs.sources.iter().find(|it| *it.path == path) else { continue };
        let unread = rewrite::unread(&path, source.raw(), &edits.apply(source.raw()));
        advice.extend(unread.iter().map(|it| {
            format!("take out the parameter {it} of {path}, which nothing there reads any more, with what callers pass for it")
        }));
    }
    let mut origins = BTreeMap::new();
    for origin in scan.running().filter(migrated).flat_map(|it| &it.origins) {
        origins.entry((&origin.path, &origin.name)).or_insert(origin.line);
    }
    for ((path, name), line) in origins {
        let what = match name.strip_prefix("secrets.") {
            Some(secret) => format!("the secret {secret}"),
            None => format!("the variable {name}"),
        };
        advice.push(format!("delete {what} ({path}:{line}) after the first run that succeeds, if nothing else uses it"));
    }
    for (path, masks) in &scan.masks {
        if !masks.spans().is_empty() {
            push_new(
                &mut advice,
                format!(
                    "change the password that is written out in {path}: it stays in the history of the repository"
                ),
            );
        }
    }
    let users: BTreeSet<&String> = plan.identities.iter().flat_map(|it| &it.users).collect();
    for user in users {
        let more = match plan.unexplained.iter().filter(|it| it.user == **user).count() {
            0 => "",
            _ => ", which holds once what wrote the rest is found, too",
        };
        let observed = inputs.observed.users.get(user).and_then(Option::as_ref);
        let there = match observed.is_some_and(|it| it.synchronized) {
            true => {
                " in Active Directory, which it is synchronized from (work on premises takes a group managed service account),"
            }
            false => "",
        };
        advice.push(format!(
            "disable the user {user}{there} once nothing signs in as that user any more{more}"
        ));
    }
    for identity in plan.identities.iter().filter(|it| it.kind.contains("certificate")) {
        let name = identity.address.0.trim_start_matches("identity.");
        let mut machines = Vec::new();
        for workload in &identity.workloads {
            let is_its =
                |it: &&&platform::Platform| workload.starts_with(&format!("{}: ", it.title));
            match platform::PLATFORMS.iter().find(is_its).map(|it| it.certificate) {
                Some(kept) if !kept.is_empty() => {
                    push_new(&mut advice, format!("{} ({workload})", kept.replace("NAME", name)));
                }
                _ => machines.push(workload.as_str()),
            }
        }
        if machines.is_empty() {
            continue;
        }
        push_new(
            &mut advice,
            format!(
                "copy {name}.pem to the machine that runs {}, readable by that job alone, and set \
                 AZURE_CLIENT_CERTIFICATE_PATH to its path there (Azure PowerShell takes it as PKCS #12: openssl \
                 pkcs12 -export -in {name}.pem -out {name}.pfx -passout pass:)",
                machines.join(" and ")
            ),
        );
    }
    advice
}

fn push_new<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}
