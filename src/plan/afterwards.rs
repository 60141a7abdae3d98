//! What is to be done once everything runs.

use super::{Inputs, Plan, push_new};
use crate::{platform, rewrite, scan::Site};
use std::collections::{BTreeMap, BTreeSet};

/// What a person does once everything runs, in that order.
pub(super) fn afterwards(inputs: &Inputs<'_>, plan: &Plan) -> Vec<String> {
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
    // What a sign-in that stays reads is not for deletion yet.
    let stays = scan.running().filter(|it| !migrated(it)).flat_map(|it| &it.origins);
    let stays: BTreeSet<&String> = stays.map(|it| &it.name).collect();
    let mut origins = BTreeMap::new();
    let of_migrated = scan.running().filter(migrated).flat_map(|it| &it.origins);
    for origin in of_migrated.filter(|it| !stays.contains(&it.name)) {
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
