//! What commands do to Azure: which of them Azure refuses to a user without multifactor
//! authentication.
//!
//! Azure demands it of users who create, change or delete resources through Azure Resource
//! Manager. Whether it does so for `POST` operations is not known, so that they are no writes and
//! no reads.

mod az;
mod cmdlet;
mod request;

pub use request::{Request, Service, request};

use crate::{
    catalog::{Asks, Catalog, Effect, Holds},
    lang::{Call, Names},
};
use serde::{Deserialize, Serialize};

/// What a sign-in comes to, once multifactor authentication is demanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Impact {
    Blocked,
    NotBlocked,
    Unknown,
}

/// What a command does to Azure, and how that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    pub effect: Effect,
    pub by: By,
    /// What the catalog has of it.
    pub asks: Option<Asks>,
}

/// What an effect was judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Catalog,
    /// Its arguments name a method, an address or a type.
    Arguments,
    /// The catalog does not have it, such as commands of extensions: by how it is called.
    Name,
}

impl By {
    pub fn name(self) -> &'static str {
        match self {
            By::Catalog => "catalog",
            By::Arguments => "arguments",
            By::Name => "name",
        }
    }
}

impl Judgement {
    fn new(effect: Effect, by: By) -> Judgement {
        Judgement { effect, by, asks: None }
    }
}

/// Other tools that act on Azure as whoever is signed in.
const TOOLS: &[(&str, Effect)] = &[
    ("azcopy", Effect::Data),
    ("azd auth", Effect::Local),
    ("azd deploy", Effect::Write),
    ("azd down", Effect::Write),
    ("azd provision", Effect::Write),
    ("azd up", Effect::Write),
    ("helm", Effect::Data),
    ("kubectl", Effect::Data),
    ("pulumi destroy", Effect::Write),
    ("pulumi preview", Effect::Read),
    ("pulumi up", Effect::Write),
    ("terraform apply", Effect::Write),
    ("terraform destroy", Effect::Write),
    ("terraform plan", Effect::Read),
    ("terragrunt apply", Effect::Write),
    ("terragrunt destroy", Effect::Write),
    ("terragrunt plan", Effect::Read),
    ("tofu apply", Effect::Write),
    ("tofu destroy", Effect::Write),
    ("tofu plan", Effect::Read),
];

/// What a call does to Azure; `None` for one that has nothing to do with it.
pub fn judge(call: &Call, names: &Names<'_>, catalog: &Catalog) -> Option<Judgement> {
    if let Some(command) = call.name.strip_prefix("az ") {
        return Some(az::judge(command, call, names, catalog));
    }
    if let Some(request) = request(call, names) {
        return Some(Judgement::new(request.effect(), By::Arguments));
    }
    if let Some(judgement) = cmdlet::judge(call, catalog) {
        return Some(judgement);
    }
    // `terraform -chdir=infra apply`
    let told = call.words.iter().filter_map(|it| it.literal()).find(|it| !it.starts_with('-'));
    let name = call.name.trim_end_matches(".exe");
    let called = [name.to_owned(), format!("{name} {}", told.unwrap_or_default())];
    let tool = TOOLS.iter().find(|(name, _)| called.iter().any(|it| it == name));
    tool.map(|(_, effect)| Judgement::new(*effect, By::Name))
}

/// What the catalog says, for the options that are given.
fn told(asks: Asks, call: &Call) -> Judgement {
    let changes = |it: &str| {
        ["/write", "/delete", "/action"].iter().any(|end| it.to_ascii_lowercase().ends_with(end))
    };
    let changing = || asks.actions.iter().filter(|it| changes(&it.name));
    let is_off = asks.depends && changing().all(|it| it.when.holds(call) == Holds::No);
    let effect = if is_off { Effect::Read } else { asks.effect };
    Judgement { effect, by: By::Catalog, asks: Some(asks) }
}

/// The cloud in which multifactor authentication is demanded.
pub const AZURE_PUBLIC: &str = "AzureCloud";

/// Clouds in which it is not.
const NOT_ENFORCED: &[&str] = &["AzureChinaCloud", "AzureGermanCloud", "AzureUSGovernment"];

/// Whether multifactor authentication is demanded in a cloud, which is Azure public if none is
/// named; `None` if that is not known.
pub fn demands(cloud: Option<&str>) -> Option<bool> {
    let is = |name: &&str| cloud.is_none_or(|it| it.eq_ignore_ascii_case(name));
    match () {
        () if is(&AZURE_PUBLIC) => Some(true),
        () if NOT_ENFORCED.iter().any(is) => Some(false),
        () => None,
    }
}

/// One write is enough to be blocked; only what is known to be no write is not blocked.
pub fn impact(effects: &[Effect], cloud: Option<&str>) -> Impact {
    match demands(cloud) {
        Some(true) => {}
        Some(false) => return Impact::NotBlocked,
        None => return Impact::Unknown,
    }
    if effects.contains(&Effect::Write) {
        return Impact::Blocked;
    }
    let harmless = |it: &Effect| !matches!(it, Effect::Operation | Effect::Unknown);
    if !effects.is_empty() && effects.iter().all(harmless) {
        Impact::NotBlocked
    } else {
        Impact::Unknown
    }
}

#[cfg(test)]
mod testing {
    use super::*;
    use crate::lang::by_name;

    /// What the last call of a script is judged to do.
    pub(super) fn judged(language: &str, text: &str) -> Option<(Effect, By)> {
        let parsed = by_name(language).unwrap().parse(text, &[]);
        let names = Names::of(&parsed);
        let call = parsed.calls.last().unwrap();
        judge(call, &names, &Catalog::default()).map(|it| (it.effect, it.by))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_write_blocks_and_doubt_is_said() {
        assert_eq!(impact(&[Effect::Read, Effect::Write], None), Impact::Blocked);
        assert_eq!(impact(&[Effect::Read, Effect::Data], None), Impact::NotBlocked);
        assert_eq!(impact(&[Effect::Read, Effect::Operation], None), Impact::Unknown);
        assert_eq!(impact(&[], None), Impact::Unknown);
    }

    #[test]
    fn a_cloud_that_demands_nothing_blocks_nothing() {
        let writes = &[Effect::Write];
        assert_eq!(impact(writes, Some("azurecloud")), Impact::Blocked);
        assert_eq!(impact(writes, Some("AzureUSGovernment")), Impact::NotBlocked);
        assert_eq!(impact(writes, Some("$cloud")), Impact::Unknown);
    }

    #[test]
    fn other_tools_are_told_by_what_they_are_told_to_do() {
        for (text, effect) in [
            ("terraform apply -auto-approve", Some(Effect::Write)),
            ("terraform -chdir=infra apply", Some(Effect::Write)),
            ("terraform plan", Some(Effect::Read)),
            ("terragrunt apply", Some(Effect::Write)),
            ("terraform fmt", None),
            ("kubectl apply -f a.yml", Some(Effect::Data)),
            ("echo terraform apply", None),
        ] {
            assert_eq!(testing::judged("bash", text).map(|it| it.0), effect, "{text}");
        }
    }
}
