//! Versions that files pin, and that know nothing of the sign-in that is written.

use super::{Edits, Target};
use crate::{
    platform::Safety,
    scan::Site,
    text::{Source, Span, pattern},
};
use regex::Regex;
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    sync::{Arc, LazyLock},
};

type Version = (u32, u32, u32);

/// The program or library whose version is pinned, and how files do so.
struct Pin {
    program: &'static str,
    pattern: &'static LazyLock<Regex>,
    /// By client and flow, the first version that knows the sign-in.
    since: &'static [(&'static str, &'static str, Version)],
    /// Those of the site; none for all.
    languages: &'static [&'static str],
}

/// `2.50.0`, `2.50`, `2.*`
const VERSION: &str = r"(?P<version>(?P<major>\d+)\.(?P<minor>\d+|\*)(?:\.(?P<patch>\d+))?)";

/// `azure-cli==2.50.0` of pip, `azure-cli=2.50.0-1~jammy` of apt, `azure-cli:2.50.0` of an image,
/// `azure-cli = "2.50.0"` of pyproject.toml, `azcliversion: 2.50.0` of the action azure/cli.
static CLI: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r#"(?i)\b(?:azure-cli(?:==|=|~=|<=?|:|@|-|[ \t]+--version[ =]|["']?\s*=\s*["'](?:==)?)|(?:azcliversion|(?:azure|az)_cli_version)\s*[:=]\s*["']?)v?{VERSION}"#,
    ))
});

static ACCOUNTS: LazyLock<Regex> = LazyLock::new(|| module(r"Az\.Accounts"));
static AZ: LazyLock<Regex> = LazyLock::new(|| module("Az"));

static PYTHON: LazyLock<Regex> = LazyLock::new(|| library("azure-identity"));
static NODE: LazyLock<Regex> = LazyLock::new(|| library("@azure/identity"));
static DOTNET: LazyLock<Regex> = LazyLock::new(|| library(r"Azure\.Identity"));
static MSAL: LazyLock<Regex> = LazyLock::new(|| library("msal"));
static SQL_CLIENT: LazyLock<Regex> = LazyLock::new(|| library(r"Microsoft\.Data\.SqlClient"));
static JDBC: LazyLock<Regex> = LazyLock::new(|| library("mssql-jdbc"));

/// `-Name Az -RequiredVersion 5.0.0`, `@{ ModuleName = 'Az'; RequiredVersion = '5.0.0' }`, `'Az' = '5.*'`
fn module(name: &str) -> Regex {
    pattern(&format!(
        r#"(?im)(?:^|[\s"'=]){name}\b["']?(?:\s*=\s*["']|[^.\w\n][^\n]*?(?:Required|Maximum)Version["']?\s*=?\s*["']?){VERSION}"#
    ))
}

/// `name==1.2.3` of pip, `"name": "^1.2.3"` of npm, `Include="name" Version="1.2.3"` of NuGet,
/// `<artifactId>name</artifactId> <version>1.2.3` of Maven, `group:name:1.2.3` of Gradle. A caret allows
/// what is newer within the same major version.
fn library(name: &str) -> Regex {
    pattern(&format!(
        r#"(?i)(?:^|[\s"'<>/:])(?:{name})(?:\s*(?:==|~=|<=?)\s*|["']?\s*[:=]\s*["']?[=~]*|["']\s+version\s*=\s*["']\[?|</artifactId>\s*<version>)(?P<caret>\^)?{VERSION}"#
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
        languages: &[],
    },
    Pin {
        program: "Az.Accounts",
        pattern: &ACCOUNTS,
        since: &[
            ("azure-powershell", "federated", (2, 6, 0)),
            ("azure-powershell", "certificate", (2, 4, 0)),
        ],
        languages: &[],
    },
    Pin {
        program: "Az",
        pattern: &AZ,
        since: &[
            ("azure-powershell", "federated", (6, 6, 0)),
            ("azure-powershell", "certificate", (6, 1, 0)),
        ],
        languages: &[],
    },
    Pin {
        program: "azure-identity",
        pattern: &PYTHON,
        since: &[("azure-identity", "federated", (1, 4, 0))],
        languages: &["python"],
    },
    Pin {
        program: "@azure/identity",
        pattern: &NODE,
        since: &[
            ("azure-identity", "federated", (1, 1, 0)),
            ("azure-identity", "user-assigned", (2, 1, 0)),
        ],
        languages: &["javascript"],
    },
    Pin {
        program: "Azure.Identity",
        pattern: &DOTNET,
        since: &[
            ("azure-identity", "federated", (1, 2, 0)),
            ("azure-identity", "certificate", (1, 2, 0)),
        ],
        languages: &["csharp"],
    },
    Pin {
        program: "msal",
        pattern: &MSAL,
        since: &[("msal", "system-assigned", (1, 29, 0)), ("msal", "user-assigned", (1, 29, 0))],
        languages: &["python"],
    },
    Pin {
        program: "Microsoft.Data.SqlClient",
        pattern: &SQL_CLIENT,
        since: &[
            ("sql", "system-assigned", (2, 1, 0)),
            ("sql", "user-assigned", (2, 1, 0)),
            ("sql", "federated", (3, 0, 0)),
        ],
        languages: &[],
    },
    Pin {
        program: "mssql-jdbc",
        pattern: &JDBC,
        since: &[
            ("sql", "system-assigned", (8, 3, 1)),
            ("sql", "user-assigned", (8, 3, 1)),
            ("sql", "federated", (12, 2, 0)),
        ],
        languages: &[],
    },
];

/// What is no longer maintained, whatever it knows.
static LOGIN: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\bazure/login@v[12](?:\.[\d.]+)?\b"));

impl Edits {
    /// What is written is for a person to look at where a file that leads to it, or says with which
    /// versions it runs, pins one that does not know it.
    pub(super) fn heed_pins<'s>(
        &mut self,
        site: &Site,
        targets: &[Target<'_>],
        pins: &Pins,
        source_of: &impl Fn(&str) -> Option<&'s Source>,
    ) {
        let callers = site.reached.iter().flat_map(|it| &it.through).map(String::as_str);
        let own = targets.iter().map(|it| it.workload.path.as_str());
        let beside = site.manifests.iter().map(String::as_str);
        let paths = callers.chain(own).chain(beside).chain([site.path.as_str()]);
        let paths: BTreeSet<&str> = paths.collect();
        for source in paths.into_iter().filter_map(source_of) {
            for target in targets {
                let forbids = pins.forbid(source, site, target.kind.flow);
                self.look_at(forbids.as_deref());
                self.add_reason(&site.path, forbids.as_deref());
            }
            self.told.push(pins.outdated(source));
        }
    }
}

impl Edits {
    /// What a person looks at for another reason already is looked at for this one, too.
    fn add_reason(&mut self, path: &str, why: Option<&str>) {
        let Some(why) = why else { return };
        for draft in self.drafts.iter_mut().filter(|it| it.path == path) {
            if let Safety::Review(reasons) = &mut draft.safety
                && !reasons.contains(why)
            {
                *reasons = format!("{reasons}; {why}");
            }
        }
    }
}

/// What is pinned in files, told once for all sites that these lead to.
#[derive(Default)]
pub(super) struct Pins {
    /// By file, client, language and flow.
    forbid: RefCell<BTreeMap<Key, Option<String>>>,
    outdated: RefCell<BTreeMap<Arc<str>, Rc<[String]>>>,
}

type Key = (Arc<str>, &'static str, &'static str, &'static str);

impl Pins {
    /// Why what is written for a client is to be looked at.
    fn forbid(&self, source: &Source, site: &Site, flow: &'static str) -> Option<String> {
        let tell = || PINS.iter().find_map(|it| forbids(it, site, flow, source));
        let key = (source.path.clone(), site.rule.client, site.language, flow);
        self.forbid.borrow_mut().entry(key).or_insert_with(tell).clone()
    }

    /// What a person is to do about actions that have reached their end of life.
    fn outdated(&self, source: &Source) -> Rc<[String]> {
        let tell = || {
            let said = |it: regex::Match<'_>| {
                let at = place(source, it.start());
                format!(
                    "let {} ({at}) be azure/login@v3: it has reached its end of life",
                    it.as_str()
                )
            };
            LOGIN.find_iter(source.raw()).map(said).collect()
        };
        self.outdated.borrow_mut().entry(source.path.clone()).or_insert_with(tell).clone()
    }
}

fn forbids(pin: &Pin, site: &Site, flow: &str, source: &Source) -> Option<String> {
    let is_it = |it: &&(&str, &str, Version)| (it.0, it.1) == (site.rule.client, flow);
    let (.., since) = pin.since.iter().find(is_it)?;
    let is_for = pin.languages.is_empty() || pin.languages.contains(&site.language);
    let mut pinned = pin.pattern.captures_iter(source.raw()).filter(|_| is_for);
    pinned.find_map(|it| {
        let all = it.get(0)?;
        (newest(&it)? < *since).then(|| {
            let (a, b, c) = since;
            let (place, program, version) = (place(source, all.end()), pin.program, &it["version"]);
            format!(
                "{place} pins {program} to {version}, and the new sign-in takes {a}.{b}.{c} or later"
            )
        })
    })
}

/// The newest version that a pin allows.
fn newest(pin: &regex::Captures<'_>) -> Option<Version> {
    let number = |name: &str| pin.name(name).map(|it| it.as_str().parse().unwrap_or(u32::MAX));
    let major = number("major")?;
    Some(match pin.name("caret") {
        Some(_) => (major, u32::MAX, u32::MAX),
        None => (major, number("minor")?, number("patch").unwrap_or(0)),
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
        let of = |it: &Regex, text: &str| Some(it.captures(text)?["version"].to_owned());
        for text in [
            "pip install azure-cli==2.50.0",
            "apt-get install -y azure-cli=2.50.0-1~jammy",
            "image: mcr.microsoft.com/azure-cli:2.50.0",
            "          azcliversion: '2.50.0'",
            "AZURE_CLI_VERSION=2.50.0",
            "choco install azure-cli --version 2.50.0",
            "azure-cli = \"2.50.0\"",
            "azure-cli~=2.50.0",
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
        assert_eq!(of(&AZ, "@{ 'Az' = '5.*' }").as_deref(), Some("5.*"));
        let identity = library("identity");
        for text in [
            "identity==1.2.3",
            "\"identity\": \"^1.2.3\"",
            "identity = \"~1.2.3\"",
            "<PackageReference Include=\"Identity\" Version=\"1.2.3\" />",
            "<artifactId>identity</artifactId>\n  <version>1.2.3-jre8</version>",
            "implementation 'com.contoso:identity:1.2.3'",
        ] {
            assert_eq!(of(&identity, text).as_deref(), Some("1.2.3"), "{text}");
        }
        for text in ["identity>=1.2.3", "my-identity==1.2.3", "identity-broker==1.2.3"] {
            assert_eq!(of(&identity, text), None, "{text}");
        }
        let newest = |text: &str| newest(&identity.captures(text).unwrap());
        assert_eq!(newest("\"identity\": \"^1.2.3\""), Some((1, u32::MAX, u32::MAX)));
        assert_eq!(newest("identity==1.2.3"), Some((1, 2, 3)));
    }
}
