//! The cloud in which a script signs in.

use super::{
    Site,
    callers::{Chain, nested},
    units::{Id, Unit, Units},
};
use crate::{lang::Call, platform::Stack};
use std::{collections::BTreeMap, rc::Rc};

/// The clouds that scripts set, each told once.
#[derive(Default)]
pub(super) struct Clouds {
    scripts: BTreeMap<Id, Sets>,
    /// By file and job.
    jobs: BTreeMap<(usize, usize), Sets>,
    /// By file.
    stacks: BTreeMap<usize, Stack>,
}

/// The clients that choose an environment of Azure.
const CLIENTS: &[&str] = &["azure-cli", "azure-powershell"];

/// Where a cloud is set: in a script, or by which step of a job.
type Sets = Rc<[(usize, String)]>;

impl Clouds {
    /// The cloud that was set last before a place of a script, there or in what ran before it.
    pub(super) fn in_force(
        &mut self,
        units: &Units<'_>,
        chains: &[Chain],
        place: (Id, usize),
    ) -> Option<String> {
        chains.iter().rev().flat_map(|it| it.iter().rev()).find_map(|(id, after)| {
            let until = if *id == place.0 { place.1 } else { *after };
            let own = last(&self.of_script(units, *id), until);
            own.or_else(|| last(&self.of_job(units, *id), id.script))
        })
    }

    /// A sign-in to Azure in a file for Azure Stack Hub runs beside the stack, unless it is stated where it
    /// runs, or what it is given may name a cloud.
    pub(super) fn put_beside_stack(&mut self, site: &mut Site, units: &Units<'_>, unit: Id) {
        let is_stated = units.repository.config.runs_on(&site.path).is_some();
        let may_name = site.cloud.is_none() && site.call.held.is_some();
        if is_stated || may_name || !CLIENTS.contains(&site.rule.client) {
            return;
        }
        for it in site.reached.iter_mut().filter(|it| Stack::is_around(&it.workload)) {
            let source = &units.sources[unit.source];
            let stack = self.stacks.entry(unit.source).or_insert_with(|| Stack::of(source));
            if let Some(beside) = stack.beside(site.cloud.as_deref()) {
                it.workload = beside;
            }
        }
    }

    fn of_script(&mut self, units: &Units<'_>, id: Id) -> Sets {
        self.scripts.entry(id).or_insert_with(|| sets(units, id)).clone()
    }

    /// What the steps of a job leave set.
    fn of_job(&mut self, units: &Units<'_>, id: Id) -> Sets {
        let job = (id.source, units.job(id));
        if let Some(it) = self.jobs.get(&job) {
            return it.clone();
        }
        let steps = units.steps(id).iter().filter_map(|script| {
            Some((*script, last(&self.of_script(units, Id { script: *script, ..id }), usize::MAX)?))
        });
        let steps: Sets = steps.collect();
        self.jobs.insert(job, steps.clone());
        steps
    }
}

/// What is set last before a place.
fn last(sets: &Sets, until: usize) -> Option<String> {
    let before = &sets[..sets.partition_point(|(at, _)| *at < until)];
    before.last().map(|(_, it)| it.clone())
}

/// What a script sets, and what stands in it and is run.
fn sets(units: &Units<'_>, id: Id) -> Sets {
    let unit = units.get(id);
    let own = unit.parsed.calls.iter().filter_map(|it| Some((it.span.start, set(unit, it)?)));
    let inner = nested(units, id, 0..usize::MAX).filter_map(|it| {
        let unit = units.get(it);
        let set = unit.parsed.calls.iter().rev().find_map(|it| set(unit, it))?;
        Some((unit.outer.as_ref()?.at, set))
    });
    let mut all: Vec<(usize, String)> = own.chain(inner).collect();
    all.sort();
    all.into()
}

fn set(unit: &Unit, call: &Call) -> Option<String> {
    let name = call.value("--name").or_else(|| call.value("-n"));
    let name = name.filter(|_| call.name == "az cloud set")?;
    let written = || unit.script.text[name.span.start..name.span.end].trim_matches('"').to_owned();
    Some(name.literal().map_or_else(written, |it| it.into_owned()))
}

#[cfg(test)]
mod tests {
    use crate::{impact::Impact, platform::Repository, scan::scan, text::Source};

    fn found(files: &[(&str, &str)]) -> (Option<String>, Impact) {
        let sources: Vec<Source> =
            files.iter().map(|(path, text)| Source::new(path, text)).collect();
        let site = scan(&sources, &Repository::default()).sites.remove(0);
        (site.cloud, site.impact)
    }

    const LOGIN: &str = "az login -u a@b.c -p \"$P\"\naz group create -n g -l x\n";

    #[test]
    fn a_cloud_stays_set_for_what_comes_after() {
        let us = (Some("AzureUSGovernment".to_owned()), Impact::NotBlocked);
        let set = "az cloud set --name AzureUSGovernment\n";
        assert_eq!(found(&[("a.sh", &format!("{set}{LOGIN}"))]), us);
        assert_eq!(found(&[("a.sh", &format!("bash -c '{}'\n{LOGIN}", set.trim()))]), us);
        assert_eq!(found(&[("a.sh", &format!("{LOGIN}{set}"))]), (None, Impact::Blocked));
        let job = |first: &str| {
            format!(
                "on: push\njobs:\n  d:\n    steps:\n      - run: {first}\n      - run: ./a.sh\n"
            )
        };
        let with =
            |first: &str| found(&[("a.sh", LOGIN), (".github/workflows/d.yml", &job(first))]);
        assert_eq!(with(set.trim()), us);
        assert_eq!(with("az cloud set -n AzureCloud").1, Impact::Blocked);
        assert_eq!(with("az cloud show"), (None, Impact::Blocked));
    }
}
