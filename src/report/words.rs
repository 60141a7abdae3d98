//! Sentences that several formats share.

use crate::{
    caveats::Caveat,
    detect::Class,
    impact::{self, Impact},
    lang, platform,
    prove::{Action, Outcome, Proof, Role, Verdict},
    resource::Address,
    scan::{By, Command, Note, Origin, Reached, Scan, Site},
    verify::Check,
};

/// More commands than this are only counted.
pub(super) const NAMED: usize = 3;

pub(super) const UNEXPLAINED: &str = "Writes that no scanned code explains";

pub(super) const OFFLINE: &str =
    "Nobody was asked, so this plan is for reading: what only the tenant can tell stands in <…>.";

pub(super) fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// One line that no terminal acts on: names and paths come from files that anyone may have written.
pub(super) fn line(text: &str) -> String {
    lines(text).replace('\n', " ")
}

/// The same, with its line breaks.
pub(super) fn lines(text: &str) -> String {
    let text = annotate_snippets::normalize_untrusted_str(&text.replace("\r\n", "\n"));
    text.replace(|it: char| it.is_control() && it != '\n', "\u{fffd}")
}

/// The sites to show one by one; the others are counted.
pub(super) fn shown(scan: &Scan, verbose: bool) -> impl Iterator<Item = &Site> {
    let reported = |it: &Site| it.runs_alone() && it.suppressed.is_none();
    scan.sites.iter().filter(move |it| verbose || reported(it))
}

/// `3 sign-ins with a user identity in 2 files: 2 will fail, 1 only reads.`
pub(super) fn found(scan: &Scan) -> String {
    let sites = scan.running().count();
    if sites == 0 {
        return "No sign-in with a user identity was found.".to_owned();
    }
    let mut files: Vec<&str> = scan.running().map(|it| it.path.as_str()).collect();
    files.sort_unstable();
    files.dedup();
    let of = |impact: Impact| scan.running().filter(|it| it.impact == impact).count();
    let reads = of(Impact::NotBlocked);
    let parts = [
        (of(Impact::Blocked), "will fail"),
        (reads, if reads == 1 { "only reads" } else { "only read" }),
        (of(Impact::Unknown), "unknown"),
    ];
    format!(
        "{} in {}: {}.{}",
        count(sites, "sign-in with a user identity", "sign-ins with a user identity"),
        count(files.len(), "file", "files"),
        counted(&parts),
        match scan.running().filter(|it| it.doubt.is_some()).count() {
            0 => String::new(),
            n => format!(" {n} may be no user's sign-in."),
        }
    )
}

/// `1 commented out, 1 in documentation`; nothing if every site would run.
pub(super) fn others(scan: &Scan) -> String {
    let reported = || scan.sites.iter().filter(|it| it.suppressed.is_none());
    let of = |class: Class| {
        reported().filter(|it| !it.runs_alone()).filter(|it| it.class == class).count()
    };
    counted(&[
        (of(Class::Interactive), "with a person present"),
        (of(Class::Documentation), "in documentation"),
        (of(Class::Commented), "commented out"),
        (of(Class::Simulation), "in simulations"),
        (of(Class::Message), "in messages"),
        (of(Class::Copied), "generated or other people's"),
        (scan.sites.len() - reported().count(), "suppressed"),
    ])
}

/// `Read 214 files, skipped 2.`
pub(super) fn read(scan: &Scan) -> String {
    match (scan.read, scan.skipped.len()) {
        (0, 0) => "There was no file to read.".to_owned(),
        (read, 0) => format!("Read {}.", count(read, "file", "files")),
        (read, skipped) => format!("Read {}, skipped {skipped}.", count(read, "file", "files")),
    }
}

pub(super) fn counted(parts: &[(usize, &str)]) -> String {
    let some: Vec<String> =
        parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    some.join(", ")
}

/// All that is to be said of a site, for formats that have one field for it.
pub(super) fn message(site: &Site) -> String {
    let doubt =
        site.doubt.map(|it| format!(" It may be no user's sign-in: {it}.")).unwrap_or_default();
    let intent = site
        .intent
        .map(|it| format!(" The sign-in itself is the purpose: {}.", it.because()))
        .unwrap_or_default();
    let leaked = if site.leaked { LEAKED } else { "" };
    format!("This call {}.{doubt}{intent} {}{leaked}", site.rule.summary, sentence(&why(site)))
}

const LEAKED: &str = " Its password is written out in the file, and in its history: change it.";

/// `by a comment: moves in March`
pub(super) fn suppressed(site: &Site) -> Option<String> {
    let it = site.suppressed.as_ref()?;
    let reason = if it.reason.is_empty() { String::new() } else { format!(": {}", it.reason) };
    Some(match it.by {
        By::Comment => format!("by a comment{reason}"),
        By::Config => format!("by workid.yaml{reason}"),
        By::Baseline => format!("by the baseline{reason}"),
    })
}

/// Whether the pipeline breaks, and why.
pub(super) fn breaks(site: &Site) -> String {
    let verdict = match site.impact {
        Impact::Blocked => "yes",
        Impact::Unknown => "not known",
        Impact::NotBlocked => "no",
    };
    format!("{verdict}: {}", why(site))
}

fn why(site: &Site) -> String {
    let cloud = site.cloud.as_deref();
    if let Some(because) = site.because {
        return because.to_owned();
    }
    match site.class {
        Class::Documentation => "it stands in documentation".to_owned(),
        Class::Commented => "it is commented out".to_owned(),
        Class::Simulation => "what answers is a stand-in, in a test".to_owned(),
        Class::Message => "it is only shown".to_owned(),
        Class::Copied => "it is generated, or other people's".to_owned(),
        Class::Interactive if site.runs_alone() => {
            "nobody is there to answer, so it waits until it is given up, or fails".to_owned()
        }
        Class::Interactive => {
            "a person is present, who can meet multifactor authentication".to_owned()
        }
        Class::UserIdentity => match site.impact {
            Impact::Blocked => refused(site),
            Impact::NotBlocked if impact::demands(cloud) == Some(false) => {
                format!("{} does not demand multifactor authentication yet", cloud.unwrap_or_default())
            }
            Impact::NotBlocked => {
                "what follows only reads, or does not go through Azure Resource Manager".to_owned()
            }
            Impact::Unknown if !site.rule.enforced => {
                "mandatory multifactor authentication covers Azure Resource Manager alone, but Conditional Access may \
                 refuse the sign-in".to_owned()
            }
            Impact::Unknown if impact::demands(cloud).is_none() => {
                format!(
                    "it signs in to the cloud {}, of which it is not known whether it demands multifactor authentication",
                    cloud.unwrap_or_default()
                )
            }
            Impact::Unknown if !lang::SHELLS.contains(&site.language) => {
                "what a program asks of Azure through its libraries is not judged".to_owned()
            }
            Impact::Unknown => {
                "the files do not show whether what follows writes to Azure".to_owned()
            }
        },
    }
}

fn refused(site: &Site) -> String {
    let writes: Vec<&Command> = site.writes().collect();
    let named: Vec<String> = writes.iter().take(NAMED).map(|it| command(it, site)).collect();
    let more = match writes.len().saturating_sub(NAMED) {
        0 => String::new(),
        n => format!(", and {n} more"),
    };
    match writes.len() {
        0 => "Azure refuses what follows, which writes".to_owned(),
        1 if !site.more => {
            format!("Azure refuses a command that follows and writes: {}", named.join(", "))
        }
        n => {
            let n = if site.more { format!("at least {n}") } else { n.to_string() };
            format!("Azure refuses {n} commands that follow and write: {}{more}", named.join(", "))
        }
    }
}

/// What breaks once another identity signs in: each caveat, and a line that says where.
pub(super) fn caveats(site: &Site) -> Vec<(&'static Caveat, String)> {
    let mut found: Vec<(&'static Caveat, Vec<&Command>)> = Vec::new();
    for Note { caveat, command } in &site.notes {
        match found.iter_mut().find(|(it, _)| *it == *caveat) {
            Some((_, commands)) => commands.push(command),
            None => found.push((*caveat, vec![command])),
        }
    }
    let line = |(caveat, commands): (&'static Caveat, Vec<&Command>)| {
        let more = match commands.len() - 1 {
            0 => String::new(),
            1 => ", and so does one more".to_owned(),
            n => format!(", and so do {n} more"),
        };
        let line =
            format!("{} {}{more} ({})", command(commands[0], site), caveat.summary, caveat.id);
        (caveat, line)
    };
    found.into_iter().map(line).collect()
}

pub(super) fn command(command: &Command, site: &Site) -> String {
    format!("{} ({})", command.name, place(&command.path, command.line, site))
}

/// A line, as seen from the site: `:21` in its own file, and `deploy.yml:18` elsewhere.
fn place(path: &str, line: usize, site: &Site) -> String {
    let name = if path == site.path { "" } else { file_name(path) };
    format!("{name}:{line}")
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// `GitHub Actions: deploy.yml, job deploy (environment production), through deploy.sh`
pub(super) fn runs_in(reached: &Reached) -> String {
    let Reached { workload, through } = reached;
    let title = platform::by_name(workload.platform).map_or(workload.platform, |it| it.title);
    let through = match through.as_slice() {
        [] => String::new(),
        scripts => format!(", through {}", scripts.join(" and ")),
    };
    format!("{title}: {}{through}", workload.name)
}

/// Everything that a pipeline binds may feed a sign-in; more of it is only counted.
const SOURCES: usize = 10;

/// Where the user's name or the password comes from: `the secret DEPLOY_PASSWORD (deploy.yml:18)`.
pub(super) fn sources(site: &Site, role: &str) -> Vec<String> {
    let origins = || site.origins.iter().filter(|it| it.role == role);
    let mut found: Vec<String> =
        origins().take(SOURCES).map(|it| format!("from {}", origin(it, site))).collect();
    let related = || site.related.iter().filter(|it| it.role == role);
    let lines: Vec<String> = related().take(SOURCES).map(|it| it.start.line.to_string()).collect();
    if found.is_empty() && !lines.is_empty() {
        found.push(format!(
            "from line{} {}",
            if lines.len() == 1 { "" } else { "s" },
            lines.join(", ")
        ));
    }
    let all = if origins().next().is_some() { origins().count() } else { related().count() };
    if all > SOURCES {
        found.push(format!("and from {} more", all - SOURCES));
    }
    if role == "password" && site.leaked {
        found.push("written out in this file, and in its history".to_owned());
    }
    found
}

fn origin(origin: &Origin, site: &Site) -> String {
    let name = match origin.name.split_once('.') {
        Some(("secrets", name)) => format!("the secret {name}"),
        Some(("vars", name)) => format!("the variable {name}"),
        _ => format!("the variable {}", origin.name),
    };
    format!("{name} ({})", place(&origin.path, origin.line, site))
}

/// `7 checks passed.`
pub(super) fn checked(checks: &[Check]) -> String {
    let all = count(checks.len(), "check", "checks");
    match checks.iter().filter(|it| !it.passed).count() {
        _ if checks.is_empty() => "There was nothing to check.".to_owned(),
        0 => format!("{all} passed."),
        failed => format!("{failed} of {all} failed: the migration is not done."),
    }
}

/// `role assignment Reader on rg-web: it is not there`
pub(super) fn outcome(check: &Check) -> String {
    if check.found.is_empty() {
        check.what.clone()
    } else {
        format!("{}: {}", check.what, check.found)
    }
}

/// `3 of 4 proven, 1 failed.`
pub(super) fn proven(proofs: &[Proof]) -> String {
    let of = |verdict| proofs.iter().filter(|it| it.verdict == verdict).count();
    let counts = [(of(Verdict::Failed), "failed"), (of(Verdict::Unproven), "could not be proven")];
    let others: String =
        counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!(", {n} {what}")).collect();
    format!("{} of {} proven{others}.", of(Verdict::Proven), proofs.len())
}

/// What one run came to: `refused as svc@contoso.com: Microsoft.Web/sites/write on app wants MFA`.
pub(super) fn run(it: &Outcome) -> String {
    let as_whom = match it.as_whom.is_empty() {
        true => "without asking Azure for anything".to_owned(),
        false => format!("as {}", it.as_whom.join(", ")),
    };
    if let Some(Action { action, scope, .. }) = &it.refused {
        return format!("refused {as_whom}: {action} on {} wants MFA", scope.short());
    }
    let end = match it.exit {
        Some(0) => "ended well",
        Some(_) => "failed",
        None => "took too long",
    };
    let done = |n, one: &str, many: &str| (n > 0).then(|| count(n, one, many));
    let done = [done(it.writes, "write", "writes"), done(it.reads, "read", "reads")];
    let done: Vec<String> = done.into_iter().flatten().collect();
    let done =
        if done.is_empty() { String::new() } else { format!(": {} done", done.join(" and ")) };
    format!("{end} {as_whom}{done}")
}

/// `Website Contributor on app-contoso-web`
pub(super) fn role(it: &Role) -> String {
    format!("{} on {}", it.role, it.scope.short())
}

/// How much of a planned role was asked for.
pub(super) fn used(it: &Role) -> String {
    format!(
        "{} allows {}",
        role(it),
        count(it.actions.len(), "action that ran", "actions that ran")
    )
}

/// Actions that commands ask for by the plan, and nothing that ran did.
pub(super) fn unseen(actions: &[String], verbose: bool) -> Vec<String> {
    match actions.len() {
        0 => Vec::new(),
        _ if verbose => actions.to_vec(),
        n => vec![format!("{} (-v lists them)", count(n, "action", "actions"))],
    }
}

/// An identity as people call it.
pub(super) fn name(identity: &Address) -> &str {
    identity.0.strip_prefix("identity.").unwrap_or(&identity.0)
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixtures::scanned;
    use std::sync::Arc;

    #[test]
    fn ten_of_what_feeds_a_sign_in_are_listed() {
        let mut site = scanned().sites.remove(0);
        site.leaked = false;
        let origin = |line| {
            let (name, path) = (format!("secrets.P{line}"), site.path.clone());
            Arc::new(Origin { role: "password", name, path, line })
        };
        site.origins = (1..=13).map(origin).collect();
        let listed = sources(&site, "password");
        assert_eq!((listed.len(), listed[10].as_str()), (11, "and from 3 more"));
        site.origins.truncate(10);
        assert_eq!(sources(&site, "password").len(), 10);
    }
}
