//! Site by site, from what was found to what is to be done.

use super::{
    Action, Inputs, Left, Named, Plan, PlanError, PlannedIdentity, PlannedSite, Step,
    afterwards::afterwards, at, push_new, user_of,
};
use crate::{
    identity::{Groups, Naming, Recommendation, exceptions, recommend},
    impact::AZURE_PUBLIC,
    platform::{self, Anchor, Context, Trust, Workload},
    resource::{Address, Cloud, Resource, Term},
    rewrite::{self, Edits, NoRewrite, Surroundings, Target, Together},
    roles,
    scan::{Reached, Scan, Site},
    text::Source,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub fn plan(inputs: &Inputs<'_>) -> Result<Plan, PlanError> {
    let mut planner = Planner::new(inputs);
    let (mut accepted, mut offered): (Together, Vec<&Site>) = Default::default();
    for site in inputs.scan.running() {
        match planner.site(site, &mut accepted) {
            Ok((edits, planned)) => {
                accepted.add(edits).expect("a site's edits were tried with those before it");
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
    offered.extend(inputs.scan.attended());
    for site in offered {
        let Some(offer) = planner.offer(site) else { continue };
        if accepted.add(offer).is_ok() {
            planner.rewritten.push(site);
        }
    }
    planner.check()?;
    planner.finish(accepted)
}

/// The anchor of a step.
const STEP: &str = "step";

/// What the sites of a job have in common.
#[derive(Default)]
struct Job {
    /// The first of their steps, with what is true of all.
    step: Option<Anchor>,
    /// One of them signs in to Azure PowerShell.
    powershell: bool,
}

/// The path and the name of a job.
fn key(workload: &Workload) -> (String, String) {
    (workload.path.clone(), workload.name.clone())
}

fn jobs(scan: &Scan) -> BTreeMap<(String, String), Job> {
    let mut jobs: BTreeMap<(String, String), Job> = BTreeMap::new();
    for site in scan.running() {
        for Reached { workload, .. } in &site.reached {
            let job = jobs.entry(key(workload)).or_default();
            job.powershell |= session_of(site.rule.client) == AZURE_POWERSHELL;
            let steps = workload.anchors.iter().filter(|it| it.name == STEP);
            let first = job.step.take().into_iter().chain(steps.cloned()).reduce(first_of);
            job.step = first;
        }
    }
    jobs
}

/// What only one of two steps tells is not true of the sign-in of both.
fn first_of(one: Anchor, other: Anchor) -> Anchor {
    let is_same = one.holes == other.holes;
    let mut first = if other.at < one.at { other } else { one };
    if !is_same {
        first.holes.iter_mut().for_each(|(_, it)| *it = Term::known(""));
    }
    first
}

/// The identity that one workload of a site gets.
struct Found {
    workload: Workload,
    recommendation: Recommendation,
    identity: Address,
    resources: Vec<(Address, Resource)>,
}

pub(super) struct Planner<'i> {
    pub(super) inputs: &'i Inputs<'i>,
    naming: Naming,
    pub(super) plan: Plan,
    pub(super) wanted: BTreeMap<Address, Resource>,
    order: Vec<Address>,
    groups: Groups,
    around: Surroundings<'i>,
    sources: BTreeMap<&'i str, &'i Source>,
    jobs: BTreeMap<(String, String), Job>,
    /// Where each identity stands in the plan.
    numbers: BTreeMap<Address, usize>,
    /// The sites whose sign-in is written.
    rewritten: Vec<&'i Site>,
    /// The sites whose work each identity does.
    pub(super) sites_of: BTreeMap<Address, Vec<&'i Site>>,
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
        let sources = inputs.sources.iter().map(|it| (&*it.path, it)).collect();
        let jobs = jobs(inputs.scan);
        let around =
            Surroundings::new(&observed.tenant_id, &observed.subscription_id, inputs.templates);
        let (wanted, order, groups, numbers, rewritten, sites_of) = Default::default();
        Planner {
            inputs,
            naming,
            plan,
            wanted,
            order,
            groups,
            around,
            sources,
            jobs,
            numbers,
            rewritten,
            sites_of,
        }
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
    fn site(
        &mut self,
        site: &'i Site,
        accepted: &mut Together,
    ) -> Result<(Edits, PlannedSite), String> {
        let config = &self.inputs.repository.config;
        let user = user_of(site, config);
        if let Some(why) = exceptions::of_site(site, user.as_deref(), &self.inputs.cloud.name) {
            return Err(why);
        }
        let mut found: Vec<Found> = Vec::new();
        for reached in &site.reached {
            let mut workload = Workload::clone(&reached.workload);
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

    fn edits(
        &self,
        site: &Site,
        found: &[Found],
        accepted: &mut Together,
    ) -> Result<Edits, String> {
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
        let around = &self.around;
        let source_of = |path: &str| self.sources.get(path).copied();
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
        let edits = rewrite::edits(site, &targets, around, source_of).map_err(instead)?;
        accepted
            .fits(&edits)
            .map_err(|_| format!("another sign-in changes the same text: {}", site.rule.instead))?;
        Ok(edits)
    }

    /// What a person is offered who runs the script, and types a password or keeps it there.
    fn offer(&self, site: &Site) -> Option<Edits> {
        let is_azure_public =
            site.cloud.as_deref().is_none_or(|it| it.eq_ignore_ascii_case(AZURE_PUBLIC));
        let source = self.sources.get(site.path.as_str())?;
        match is_azure_public && site.obstacle.is_none() && site.doubt.is_none() {
            true => rewrite::offer(site, source, &self.around),
            false => None,
        }
    }

    /// A job signs in once, before the first step that needs it.
    fn one_step_per_job(&self, workload: &mut Workload) {
        let Some(first) = self.jobs.get(&key(workload)).and_then(|it| it.step.clone()) else {
            return;
        };
        for anchor in workload.anchors.iter_mut().filter(|it| it.name == STEP) {
            *anchor = first.clone();
        }
    }

    /// A sign-in for Azure PowerShell is one for the Azure CLI, too.
    fn client_of_job(&self, workload: &Workload, own: &'static str) -> &'static str {
        let steps = workload.anchors.iter().any(|it| it.name == STEP);
        let powershell = self.jobs.get(&key(workload)).is_some_and(|it| it.powershell);
        if steps && powershell { AZURE_POWERSHELL } else { own }
    }

    pub(super) fn want(&mut self, address: Address, mut resource: Resource) {
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
        let at = *self.numbers.entry(address.clone()).or_insert_with(|| {
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

    fn finish(mut self, accepted: Together) -> Result<Plan, PlanError> {
        self.assign_roles();
        self.compare_with_log();
        self.steps();
        let mut plan = self.plan;
        let mut told = BTreeSet::new();
        let all_told = accepted.edits().iter().flat_map(|it| &it.told).flat_map(|it| it.iter());
        plan.afterwards.extend(all_told.filter(|it| told.insert((*it).clone())).cloned());
        plan.drafts = accepted.clone().into_drafts();
        let mut dead = rewrite::plumbing(&self.rewritten, &plan.drafts, self.inputs.sources);
        let with = |dead: &Edits| {
            let mut all = accepted.clone();
            all.add(dead.clone()).map(|()| all.into_drafts())
        };
        // Without it the sign-ins are right, too.
        match with(&dead) {
            Ok(all) => dead.keep_sound(&plan.drafts, &all, self.inputs.sources),
            Err(_) => dead = Edits::default(),
        }
        if let Ok(drafts) = with(&dead) {
            plan.drafts = drafts;
        }
        let changed: BTreeSet<&str> = plan.drafts.iter().map(|it| it.path.as_str()).collect();
        let source = |path: &str| self.sources.get(path).copied();
        let digest = |path: &str| Some((path.to_owned(), source(path)?.digest()));
        plan.files = changed.into_iter().filter_map(digest).collect();
        plan.assumptions.sort();
        plan.assumptions.dedup();
        plan.afterwards.extend(afterwards(self.inputs, &plan));
        Ok(plan)
    }

    /// Each resource takes its place after those it needs, and after the one before it of those
    /// that are made one after another.
    fn steps(&mut self) {
        let mut waiting: VecDeque<Address> = std::mem::take(&mut self.order).into();
        let mut done = BTreeSet::new();
        let mut last: BTreeMap<Address, Address> = BTreeMap::new();
        while !waiting.is_empty() {
            let ready = |it: &Address| {
                self.wanted[it].noun().needs().into_iter().all(|it| done.contains(it))
            };
            let next = waiting
                .iter()
                .position(ready)
                .expect("no resource needs itself, however far around");
            let Some(address) = waiting.remove(next) else { continue };
            let resource = self.wanted[&address].clone();
            let mut after: Vec<Address> = resource.noun().needs().into_iter().cloned().collect();
            if let Some(group) = resource.noun().one_at_a_time() {
                after.extend(last.insert(group, address.clone()));
            }
            done.insert(address.clone());
            self.plan.steps.push(Step { address, resource, action: Action::Create, after });
        }
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
