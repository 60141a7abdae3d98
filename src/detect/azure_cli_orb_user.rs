//! The commands of CircleCI's orb for the Azure CLI that sign in as a user.

use super::{Login, Rule};
use crate::lang::{Item, Parsed, Setting};
use crate::text::Span;

pub(super) const RULE: Rule = Rule {
    id: "azure-cli-orb-user",
    summary: "signs in to the Azure CLI as a user, with a password, through an orb of CircleCI",
    explanation: "`login-with-user` of the orb circleci/azure-cli runs `az login` with the name and the password that \
                  AZURE_USERNAME and AZURE_PASSWORD hold, unless its parameters name other variables; \
                  `login-with-user-or-service-principal` does so where no service principal is set. A password alone \
                  cannot meet multifactor authentication, which Azure requires of every user who creates, changes or \
                  deletes a resource.",
    instead: "A step of your own, `az login --service-principal --certificate`, with the certificate in a context: tokens \
              of CircleCI have the user who started the pipeline in their subject, which no federated identity \
              credential matches.",
    references: &[
        "https://circleci.com/developer/orbs/orb/circleci/azure-cli",
        "https://learn.microsoft.com/cli/azure/authenticate-azure-cli-service-principal",
    ],
    client: "azure-cli-orb",
    hints: &["login-with-user"],
    with: &["/login-with-user"],
    enforced: true,
    asks_a_person: false,
    languages: &["settings"],
    given_up: &[],
    find,
    flagged: &[
        (
            "settings",
            "steps:\n  - azure-cli/install\n  - azure-cli/login-with-user:\n      alternate-tenant: true\n",
        ),
        ("settings", "steps: [azure-cli/install, azure-cli/login-with-user]\n"),
        (
            "settings",
            "orbs:\n  cli: circleci/azure-cli@1.2.0\njobs:\n  d:\n    steps:\n      - cli/login-with-user-or-service-principal:\n          azure-username: BOT\n          azure-password: BOT_PASSWORD\n",
        ),
    ],
    passed: &[
        ("settings", "steps:\n  - azure-cli/login-with-service-principal\n"),
        ("settings", "steps:\n  - website/login-with-user:\n      name: a\n"),
        ("settings", "description: see azure-cli/login-with-user\n"),
    ],
};

const ORB: &str = "circleci/azure-cli";

/// The orb's commands, and why one may be a workload's.
const COMMANDS: &[(&str, Option<&str>)] = &[
    ("login-with-user", None),
    (
        "login-with-user-or-service-principal",
        Some("it signs in as a service principal where one is set"),
    ),
];

/// So many orbs of one name are looked at.
const MOST: usize = 20;

const OBSTACLE: &str = "an orb signs in, and workid writes none: put a step of your own in its place, which signs in with \
                        az login --service-principal --certificate";

fn find<'c>(item: Item<'c>, parsed: &'c Parsed) -> Option<Login<'c>> {
    let (step, span) = match item {
        Item::Setting(it) => (it.name.to_owned(), it.span),
        Item::Text(it) => (it.literal()?.into_owned(), it.span),
        Item::Call(_) => return None,
    };
    let (orb, command) = step.split_once('/')?;
    let (_, doubt) = COMMANDS.iter().find(|(it, _)| *it == command)?;
    let mut said = parsed.set(orb, 0..usize::MAX).take(MOST);
    if orb != "azure-cli" && !said.any(|it| it.value.says(ORB)) {
        return None;
    }
    let within = |it: &Setting<'_>| span.contains(Span::at(it.span.start));
    let user = parsed.settings().filter(within).find(|it| it.name == "azure-username");
    Some(Login {
        doubt: *doubt,
        obstacle: Some(OBSTACLE),
        ..Login::of(user.map(|it| it.value), None)
    })
}
