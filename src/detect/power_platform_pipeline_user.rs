//! Actions and tasks of Power Platform that are given a user's name and password.

use super::{Login, Rule};
use crate::lang::{Item, Parsed, Setting, Word};

pub(super) const RULE: Rule = Rule {
    id: "power-platform-pipeline-user",
    summary: "has a pipeline sign in to Power Platform as a user, with a password",
    explanation: "The actions of microsoft/powerplatform-actions send the name and the password that `user-name` and \
                  `password-secret` give them; the tasks of Power Platform Build Tools those of a service connection of \
                  the kind that `PowerPlatformEnvironment` names. A password alone cannot meet multifactor \
                  authentication. The mandatory one covers Azure Resource Manager, not Power Platform, so the files do \
                  not show whether the sign-in is refused; Conditional Access or security defaults may still refuse it \
                  (AADSTS50076).",
    instead: "An application user of the environment. The tasks take a service connection for it (`authenticationType: \
              PowerPlatformSPN`), with workload identity federation; the actions take `app-id` and `tenant-id`, and the \
              Power Platform CLI signs in with `pac auth create --githubFederated`.",
    references: &[
        "https://learn.microsoft.com/power-platform/alm/devops-build-tools",
        "https://learn.microsoft.com/power-platform/alm/devops-github-available-actions",
        "https://learn.microsoft.com/power-platform/admin/manage-application-users",
    ],
    client: "power-platform-pipeline",
    hints: &["powerplatform", "password-secret"],
    with: &[
        r"password-secret|powerplatformenvironment",
        r#"powerplatform[\w-]*(?:actions|/|@)|uses["']?:\s*["']?\./"#,
    ],
    enforced: false,
    asks_a_person: false,
    languages: &["settings"],
    given_up: &[],
    find,
    flagged: &[
        (
            "settings",
            "steps:\n- uses: microsoft/powerplatform-actions/who-am-i@v1\n  with:\n    environment-url: https://contoso.crm4.dynamics.com\n    user-name: ${{ vars.U }}\n    password-secret: ${{ secrets.P }}\n",
        ),
        (
            "settings",
            "steps:\n- uses: ./.github/powerplatform/actions/import-solution\n  with: {user-name: a@contoso.com, password-secret: canary-1}\n",
        ),
        (
            "settings",
            "steps:\n- uses: ./who-am-i\n  with:\n    user-name: ${{ vars.U }}\n    password-secret: ${{ secrets.P }}\n",
        ),
        (
            "settings",
            "steps:\n- task: PowerPlatformImportSolution@2\n  inputs:\n    authenticationType: PowerPlatformEnvironment\n    PowerPlatformEnvironment: production\n",
        ),
        (
            "settings",
            "steps:\n- task: PowerPlatformWhoAmi@2\n  inputs:\n    PowerPlatformEnvironment: production\n",
        ),
        (
            "settings",
            "steps:\n- task: microsoft-IsvExpTools.PowerPlatform-BuildTools.who-am-i.PowerPlatformWhoAmi@0\n  inputs:\n    PowerPlatformEnvironment: production\n",
        ),
    ],
    passed: &[
        (
            "settings",
            "steps:\n- uses: microsoft/powerplatform-actions/who-am-i@v1\n  with:\n    app-id: ${{ vars.A }}\n    client-secret: ${{ secrets.S }}\n    tenant-id: t\n",
        ),
        (
            "settings",
            "steps:\n- uses: microsoft/powerplatform-actions/actions-install@v1\n- uses: contoso/deploy@v1\n  with:\n    user-name: a\n    password-secret: canary-1\n",
        ),
        (
            "settings",
            "steps:\n- uses: ./sign-in\n  with:\n    user-name: ${{ vars.U }}\n    password: ${{ secrets.P }}\n",
        ),
        (
            "settings",
            "steps:\n- task: PowerPlatformImportSolution@2\n  inputs:\n    authenticationType: PowerPlatformSPN\n    PowerPlatformSPN: production\n",
        ),
        (
            "settings",
            "steps:\n- task: PowerPlatformImportSolution@2\n  inputs:\n    PowerPlatformEnvironment: production\n    authenticationType: PowerPlatformSPN\n    PowerPlatformSPN: production\n",
        ),
        (
            "settings",
            "inputs:\n  user-name:\n    description: a user of microsoft/powerplatform-actions\n  password-secret:\n    description: a password\n",
        ),
    ],
};

const OBSTACLE: &str = "it signs in to Power Platform: make the identity an application user of the environment, and give the \
                        task a service connection for it (PowerPlatformSPN), or sign in with pac auth create \
                        --githubFederated";

/// The input of the tasks that names a service connection with a user's name and password.
const CONNECTION: &str = "PowerPlatformEnvironment";

const COPY: &str = "it is an action of the repository's own, whose inputs are called like those of Power Platform's";

fn find<'c>(item: Item<'c>, parsed: &'c Parsed) -> Option<Login<'c>> {
    let Item::Setting(it) = item else { return None };
    let step = |key: &str| parsed.set(key, 0..at(&it)).next_back().map(|it| it.value);
    let says = |it: &Word| it.says("powerplatform");
    let (user, secret, doubt) = match it.name {
        "user-name" => {
            let action = step("uses")?;
            let is_copy = || action.literal().is_some_and(|it| it.starts_with("./"));
            let doubt = if says(action) { None } else { is_copy().then_some(Some(COPY))? };
            (Some(it.value), Some(input(it, "password-secret", parsed)?.value), doubt)
        }
        CONNECTION if says(step("task")?) => {
            let kind = input(it, "authenticationType", parsed);
            if kind.is_some_and(|it| !it.value.is(CONNECTION)) {
                return None;
            }
            (None, None, None)
        }
        _ => return None,
    };
    if it.value.is("") {
        return None;
    }
    Some(Login { obstacle: Some(OBSTACLE), doubt, ..Login::of(user, secret) })
}

/// The input of that name in the same step.
fn input<'c>(it: Setting<'_>, name: &str, parsed: &'c Parsed) -> Option<Setting<'c>> {
    let steps = ["uses", "task"];
    let before = steps.iter().filter_map(|step| parsed.set(step, 0..at(&it)).next_back());
    let behind = steps.iter().filter_map(|step| parsed.set(step, at(&it) + 1..usize::MAX).next());
    let from = before.map(|it| at(&it)).max().unwrap_or(0);
    let to = behind.map(|it| at(&it)).min().unwrap_or(usize::MAX);
    parsed.set(name, from..to).next()
}

fn at(it: &Setting<'_>) -> usize {
    it.span.start
}
