//! What is to be done once everything runs.

use super::{Inputs, Plan, PlannedSite, push_new};
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
    let stays = Staying::new(inputs, plan);
    let mut origins = BTreeMap::new();
    let of_migrated = scan.running().filter(migrated).flat_map(|it| &it.origins);
    for origin in of_migrated {
        origins.entry((&origin.path, &origin.name)).or_insert(origin.line);
    }
    for ((path, name), line) in origins {
        let what = match name.strip_prefix("secrets.") {
            Some(secret) => format!("the secret {secret}"),
            None => format!("the variable {name}"),
        };
        let when = match stays.may_read(name) {
            true => "once the sign-ins that are left to people do without it",
            false => "after the first run that succeeds",
        };
        advice.push(format!("delete {what} ({path}:{line}) {when}, if nothing else uses it"));
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

/// What the sign-ins that are left to people may read: they are moved first.
struct Staying<'s> {
    origins: BTreeSet<&'s str>,
    /// The words of the files on the way to them, as those will be: an argument has no other name there.
    words: BTreeSet<String>,
}

impl<'s> Staying<'s> {
    fn new(inputs: &Inputs<'s>, plan: &Plan) -> Staying<'s> {
        let is_left = |it: &&Site| {
            let own = |site: &&PlannedSite| site.path == it.path && site.line == it.start.line;
            plan.sites.iter().filter(own).any(|it| it.by_hand || it.identities.is_empty())
        };
        let sites: Vec<&Site> = inputs.scan.running().filter(is_left).collect();
        let ways = sites.iter().flat_map(|it| &it.reached);
        let paths = ways.flat_map(|it| it.through.iter().chain([&it.workload.path]));
        let paths: BTreeSet<&str> = paths.map(String::as_str).collect();
        let previews = plan.previews();
        let mut words = BTreeSet::new();
        for source in inputs.sources.iter().filter(|it| paths.contains(&*it.path)) {
            let text = source.raw();
            let text = previews.get(&*source.path).map_or(text.to_owned(), |it| it.apply(text));
            words.extend(rewrite::words(&text).map(|(_, it)| it.to_owned()));
        }
        let origins = sites.iter().flat_map(|it| &it.origins).map(|it| it.name.as_str());
        Staying { origins: origins.collect(), words }
    }

    /// Whether one of them may read a secret or a variable: `secrets.NAME`, `NAME`.
    fn may_read(&self, name: &str) -> bool {
        let own = name.rsplit('.').next().unwrap_or(name);
        self.origins.contains(name) || self.words.contains(own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::Config, plan, platform::Repository, resource::Cloud, rewrite::Templates,
        scan::scan, text::Source,
    };

    /// What is to be done in the end, of files that nobody is asked about.
    fn told(files: &[(&str, &str)]) -> Vec<String> {
        let sources: Vec<Source> = files.iter().map(|(path, it)| Source::new(path, it)).collect();
        let slug = Some("contoso/web".to_owned());
        let config = Config::parse("user: svc@contoso.com\n").unwrap();
        let repository = Repository { slug, config, ..Repository::default() };
        let inputs = Inputs {
            scan: &scan(&sources, &repository),
            sources: &sources,
            repository: &repository,
            templates: &Templates::default(),
            observed: &plan::unobserved(&repository.config),
            offline: true,
            root: ".",
            prefix: "web",
            cloud: &Cloud::default(),
        };
        plan::plan(&inputs).unwrap().afterwards
    }

    #[test]
    fn what_a_sign_in_that_stays_is_given_is_not_for_deletion() {
        let step = |run: &str| {
            format!(
                "      - run: {run}\n        env: {{U: '${{{{ secrets.U }}}}', P: '${{{{ secrets.P }}}}'}}\n"
            )
        };
        let workflow = |steps: &str| {
            format!("on: {{push: {{branches: [main]}}}}\njobs:\n  d:\n    steps:\n{steps}")
        };
        let login = step("az login -u \"$U\" -p \"$P\" && az group create -n a -l b");
        let given = step("bash left.sh \"$P\"");
        // Another cloud has other sign-ins, which workid does not write.
        let left = "az login -u \"$2\" -p \"$1\" --environment AzureChinaCloud && az group create -n a -l b\n";
        let left = format!("az cloud set --name AzureChinaCloud\n{left}");
        let of = |steps: String| {
            let path = ".github/workflows/d.yml";
            let told = told(&[(path, &workflow(&steps)), ("left.sh", &left)]).join("\n");
            ["U", "P"].map(|it| {
                let told =
                    told.lines().find(|line| line.starts_with(&format!("delete the secret {it} ")));
                told.unwrap().contains(") after the first run")
            })
        };
        assert_eq!(of(login.clone()), [true, true]);
        assert_eq!(of(login + &given), [false, false]);
    }
}
