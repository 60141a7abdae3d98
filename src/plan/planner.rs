//! Site by site, from what was found to what is to be done.

use super::{
    Action, Inputs, Left, Named, Plan, PlanError, PlannedIdentity, PlannedSite, Step,
    afterwards::afterwards, at, push_new, user_of,
};
use crate::{
    detect::Class,
    identity::{Groups, Naming, Recommendation, exceptions, recommend},
    impact::AZURE_PUBLIC,
    platform::{self, Context, Trust, Workload},
    resource::{Address, Cloud, Resource},
    rewrite::{self, Edits, NoRewrite, Surroundings, Target},
    roles,
    scan::{Reached, Site},
};
use std::collections::BTreeMap;

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

pub(super) struct Planner<'i> {
    pub(super) inputs: &'i Inputs<'i>,
    naming: Naming,
    pub(super) plan: Plan,
    pub(super) wanted: BTreeMap<Address, Resource>,
    order: Vec<Address>,
    groups: Groups,
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
            .flat_map(|site| site.reached.iter().map(move |it| (site, &*it.workload)));
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
