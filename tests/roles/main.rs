//! Thirty sets of commands, and the roles that an engineer would assign for them.

#![allow(clippy::unwrap_used)]

use std::fmt::Write;
use workid::{
    config::Config,
    plan::{Inputs, plan, unobserved},
    platform::Repository,
    resource::Scope,
    rewrite::Templates,
    scan::scan,
    text::Source,
};

const SUBSCRIPTION: &str = "00000000-0000-0000-0000-0000000000aa";

/// The roles for a script: `Reader on rg-web`.
fn roles(script: &str) -> Vec<String> {
    let powershell = script.starts_with(|it: char| it.is_ascii_uppercase());
    let (name, sign_in) = match powershell {
        true => ("deploy.ps1", "Connect-AzAccount -Credential $credential"),
        false => ("deploy.sh", "az login -u bot@contoso.com -p \"$PASSWORD\""),
    };
    let config = Config { subscription: Some(SUBSCRIPTION.to_owned()), ..Config::default() };
    let repository = Repository { config, ..Repository::default() };
    let sources = [Source::new(name, &format!("{sign_in}\n{script}"))];
    let scan = scan(&sources, &repository);
    let plan = plan(&Inputs {
        cloud: &workid::resource::Cloud::default(),
        scan: &scan,
        sources: &sources,
        repository: &repository,
        templates: &Templates::default(),
        observed: &unobserved(&repository.config),
        offline: true,
        root: ".",
        prefix: "app",
    });
    let plan = plan.unwrap();
    let whole = format!("/subscriptions/{SUBSCRIPTION}");
    let on = |scope: &str| match scope == whole {
        true => "the subscription".to_owned(),
        false => Scope(scope.to_owned()).short(),
    };
    let roles = plan.identities.iter().flat_map(|it| &it.roles);
    let mut roles: Vec<String> =
        roles.map(|it| format!("{} on {}", it.role, on(&it.scope))).collect();
    roles.sort();
    roles
}

#[test]
fn each_set_gets_the_roles_of_an_engineer() {
    let sets = include_str!("sets.txt").split("\n\n").skip(1);
    let (mut said, mut count) = (String::new(), 0);
    for set in sets {
        let of = |sign: char| {
            set.lines().filter(move |it| it.starts_with(sign)).map(|it| it[1..].trim())
        };
        let commands = set.lines().filter(|it| !it.starts_with(['#', '>', '!']));
        let script: String = commands.map(|it| format!("{it}\n")).collect();
        // What is found where it is known to be another.
        let signs = if set.contains("\n!") { '!' } else { '>' };
        let mut wanted: Vec<String> = of(signs).map(str::to_owned).collect();
        wanted.sort();
        let found = roles(&script);
        count += 1;
        if found != wanted {
            let why: Vec<&str> = of('#').collect();
            write!(said, "\n{}\n{script}wanted {wanted:?}\nfound  {found:?}\n", why.join(" "))
                .unwrap();
        }
    }
    assert!(said.is_empty(), "{said}");
    assert_eq!(count, 30);
}
