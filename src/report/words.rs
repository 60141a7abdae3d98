//! Sentences that several formats share.

use crate::{
    detect::Class,
    impact::Impact,
    platform,
    scan::{Command, Origin, Reached, Scan, Site},
    verify::Check,
};

/// More commands than this are only counted.
const NAMED: usize = 3;

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
    scan.sites.iter().filter(move |it| verbose || it.class == Class::UserIdentity)
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
    let of = |class: Class| scan.sites.iter().filter(|it| it.class == class).count();
    counted(&[
        (of(Class::Interactive), "with a person present"),
        (of(Class::Documentation), "in documentation"),
        (of(Class::Commented), "commented out"),
        (of(Class::Simulation), "whose purpose is the sign-in itself"),
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
    format!("This call {}.{doubt} {}", site.rule.summary, sentence(&why(site)))
}

/// Whether the pipeline breaks, and why.
pub(super) fn breaks(site: &Site) -> String {
    let verdict = match (site.class, site.impact) {
        (Class::UserIdentity, Impact::Blocked) => "yes",
        (Class::UserIdentity, Impact::Unknown) => "not known",
        _ => "no",
    };
    format!("{verdict}: {}", why(site))
}

fn why(site: &Site) -> String {
    match site.class {
        Class::Interactive => {
            "a person is present, who can meet multifactor authentication".to_owned()
        }
        Class::Documentation => "it stands in documentation".to_owned(),
        Class::Commented => "it is commented out".to_owned(),
        Class::Simulation => "its purpose is the sign-in itself".to_owned(),
        Class::UserIdentity if site.rule.asks_a_person => {
            "nobody is there to answer, so it waits until it is given up, or fails".to_owned()
        }
        Class::UserIdentity => match site.impact {
            Impact::Blocked => refused(site),
            Impact::NotBlocked => {
                "what follows only reads, or does not go through Azure Resource Manager".to_owned()
            }
            Impact::Unknown if !site.rule.enforced => {
                "mandatory multifactor authentication covers Azure Resource Manager alone, but Conditional Access may \
                 refuse the sign-in".to_owned()
            }
            Impact::Unknown => {
                "the files do not show whether what follows writes to Azure".to_owned()
            }
        },
    }
}

fn refused(site: &Site) -> String {
    let named: Vec<String> = site.writes.iter().take(NAMED).map(|it| command(it, site)).collect();
    let more = match site.writes.len().saturating_sub(NAMED) {
        0 => String::new(),
        n => format!(", and {n} more"),
    };
    match site.writes.len() {
        0 => "Azure refuses what follows, which writes".to_owned(),
        1 => format!("Azure refuses a command that follows and writes: {}", named.join(", ")),
        n => {
            format!("Azure refuses {n} commands that follow and write: {}{more}", named.join(", "))
        }
    }
}

fn command(command: &Command, site: &Site) -> String {
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

/// Where the user's name or the password comes from: `the secret DEPLOY_PASSWORD (deploy.yml:18)`.
pub(super) fn sources(site: &Site, scan: &Scan, role: &str) -> Vec<String> {
    let mut found: Vec<String> = site
        .origins
        .iter()
        .filter(|it| it.role == role)
        .map(|it| format!("from {}", origin(it, site)))
        .collect();
    let related = || site.related.iter().filter(|it| it.role == role);
    let lines: Vec<String> = related().map(|it| it.start.line.to_string()).collect();
    if found.is_empty() && !lines.is_empty() {
        found.push(format!(
            "from line{} {}",
            if lines.len() == 1 { "" } else { "s" },
            lines.join(", ")
        ));
    }
    let masks = scan.masks_of(&site.path);
    let written = |span| masks.spans().iter().any(|it| it.overlaps(span));
    if role == "password" && (written(site.span) || related().any(|it| written(it.span))) {
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

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", chars.as_str())
}
