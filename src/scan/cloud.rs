//! The cloud in which the Azure CLI signs in.

use super::{
    callers::{earlier_steps, nested},
    units::{Id, Unit, Units},
};
use crate::lang::Call;

/// The cloud that was set last, in the script that signs in or in what ran before it.
pub(super) fn in_force(units: &Units<'_>, through: &[(Id, usize)]) -> Option<String> {
    through.iter().rev().find_map(|(id, after)| {
        before(units, *id, *after)
            .or_else(|| earlier_steps(units, *id).find_map(|it| before(units, it, usize::MAX)))
    })
}

fn before(units: &Units<'_>, id: Id, until: usize) -> Option<String> {
    let unit = units.get(id);
    let own = unit.parsed.calls.iter().filter(|it| it.span.start < until);
    let own = own.filter_map(|it| Some((it.span.start, set(unit, it)?)));
    let inner = nested(units, id, 0..until).filter_map(|it| {
        let unit = units.get(it);
        let set = unit.parsed.calls.iter().rev().find_map(|it| set(unit, it))?;
        Some((unit.outer.as_ref()?.at, set))
    });
    own.chain(inner).max().map(|(_, it)| it)
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
