//! Versions that files pin, and that know nothing of the sign-in that is written.

use super::{Edits, Target};
use crate::{
    scan::Site,
    text::{Source, Span, pattern},
};
use regex::Regex;
use std::{collections::BTreeSet, sync::LazyLock};

type Version = (u32, u32, u32);

/// The program whose version is pinned, and how files do so.
struct Pin {
    program: &'static str,
    pattern: &'static LazyLock<Regex>,
    /// By client and flow, the first version that knows the sign-in.
    since: &'static [(&'static str, &'static str, Version)],
}

/// `azure-cli==2.50.0` of pip, `azure-cli=2.50.0-1~jammy` of apt, `azure-cli:2.50.0` of an image,
/// `azcliversion: 2.50.0` of the action azure/cli.
static CLI: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?i)\b(?:azure-cli(?:==|=|:|@|-|[ \t]+--version[ =])|(?:azcliversion|(?:azure|az)_cli_version)\s*[:=]\s*["']?)v?(\d+)\.(\d+)(?:\.(\d+))?"#,
    )
});

static ACCOUNTS: LazyLock<Regex> = LazyLock::new(|| module(r"Az\.Accounts"));
static AZ: LazyLock<Regex> = LazyLock::new(|| module("Az"));

/// What is no longer maintained, whatever it knows.
static LOGIN: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\bazure/login@v[12](?:\.[\d.]+)?\b"));

/// `-Name Az -RequiredVersion 5.0.0`, `@{ ModuleName = 'Az'; RequiredVersion = '5.0.0' }`
fn module(name: &str) -> Regex {
    pattern(&format!(
        r#"(?im)(?:^|[\s"'=]){name}\b["']?[^.\w\n][^\n]*?(?:Required|Maximum)Version["']?\s*=?\s*["']?(\d+)\.(\d+)(?:\.(\d+))?"#
    ))
}

const PINS: &[Pin] = &[
    Pin {
        program: "the Azure CLI",
        pattern: &CLI,
        since: &[
            ("azure-cli", "federated", (2, 30, 0)),
            ("azure-cli", "certificate", (2, 66, 0)),
            ("azure-cli", "user-assigned", (2, 69, 0)),
        ],
    },
    Pin {
        program: "Az.Accounts",
        pattern: &ACCOUNTS,
        since: &[("azure-powershell", "federated", (2, 6, 0))],
    },
    Pin { program: "Az", pattern: &AZ, since: &[("azure-powershell", "federated", (6, 6, 0))] },
];

impl Edits {
    /// What is written is for a person to look at where a file that leads to it pins a version that
    /// does not know it.
    pub(super) fn heed_pins<'s>(
        &mut self,
        site: &Site,
        targets: &[Target<'_>],
        source_of: &impl Fn(&str) -> Option<&'s Source>,
    ) {
        let callers = site.reached.iter().flat_map(|it| &it.through).map(String::as_str);
        let own = targets.iter().map(|it| it.workload.path.as_str());
        let paths: BTreeSet<&str> = callers.chain(own).chain([site.path.as_str()]).collect();
        for source in paths.into_iter().filter_map(source_of) {
            for target in targets {
                let forbids = PINS.iter().find_map(|it| forbids(it, site, target, source));
                self.look_at(forbids.as_deref());
            }
            for it in LOGIN.find_iter(source.raw()) {
                let at = place(source, it.start());
                self.told.push(format!(
                    "let {} ({at}) be azure/login@v3: it has reached its end of life",
                    it.as_str()
                ));
            }
        }
    }
}

fn forbids(pin: &Pin, site: &Site, target: &Target<'_>, source: &Source) -> Option<String> {
    let is_it = |it: &&(&str, &str, Version)| (it.0, it.1) == (site.rule.client, target.kind.flow);
    let (.., since) = pin.since.iter().find(is_it)?;
    let number = |it: Option<regex::Match<'_>>| it.and_then(|it| it.as_str().parse().ok());
    pin.pattern.captures_iter(source.raw()).find_map(|it| {
        let version = (number(it.get(1))?, number(it.get(2))?, number(it.get(3)).unwrap_or(0));
        let all = it.get(0)?;
        let said = |(a, b, c): Version| format!("{a}.{b}.{c}");
        (version < *since).then(|| {
            format!(
                "{} pins {} to {}, and the new sign-in takes {} or later",
                place(source, all.end()),
                pin.program,
                said(version),
                said(*since)
            )
        })
    })
}

fn place(source: &Source, at: usize) -> String {
    format!("{}:{}", source.path, source.position(Span::at(at).start).line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_are_read_in_whichever_form() {
        let of = |it: &Regex, text: &str| {
            let found = it.captures(text)?;
            let all = (1..4).filter_map(|at| Some(found.get(at)?.as_str()));
            Some(all.collect::<Vec<_>>().join("."))
        };
        for text in [
            "pip install azure-cli==2.50.0",
            "apt-get install -y azure-cli=2.50.0-1~jammy",
            "image: mcr.microsoft.com/azure-cli:2.50.0",
            "          azcliversion: '2.50.0'",
            "AZURE_CLI_VERSION=2.50.0",
            "choco install azure-cli --version 2.50.0",
        ] {
            assert_eq!(of(&CLI, text).as_deref(), Some("2.50.0"), "{text}");
        }
        for text in
            ["pip install azure-cli", "azure-cli:latest", "azure-cli-core", "azure-cli>=2.50"]
        {
            assert_eq!(of(&CLI, text), None, "{text}");
        }
        for text in [
            "Install-Module Az -RequiredVersion 5.0.0",
            "Install-Module -Name 'Az' -Force -MaximumVersion '5.0.0'",
            "#Requires -Modules @{ ModuleName = 'Az'; RequiredVersion = '5.0.0' }",
        ] {
            assert_eq!(of(&AZ, text).as_deref(), Some("5.0.0"), "{text}");
            assert_eq!(of(&ACCOUNTS, text), None, "{text}");
            let own = text.replace("Az", "Az.Accounts");
            assert_eq!(of(&ACCOUNTS, &own).as_deref(), Some("5.0.0"), "{own}");
            assert_eq!(of(&AZ, &own), None, "{own}");
        }
    }
}
