//! What identities get, from what commands ask for, users hold, and the Activity Log shows.

use super::*;
use crate::{
    config,
    observe::{Held, Log, Write},
};

const USER: &str = "bot@contoso.com";

/// A tenant with a user, who holds built-in roles on scopes.
struct Tenant {
    observed: Observed,
    user: User,
    config: Config,
}

fn scope(text: &str) -> Scope {
    full_scope(text, "s")
}

fn definition(role: crate::catalog::Role) -> RoleDefinition {
    RoleDefinition { id: role.id, name: role.name, permissions: role.permissions }
}

fn built_in(name: &str) -> RoleDefinition {
    definition(Catalog::default().role(name).unwrap())
}

impl Tenant {
    fn new(holds: &[(&str, &str)]) -> Tenant {
        let roles = Catalog::default().roles().into_iter().map(definition);
        let held = |(role, on): &(&str, &str)| Held {
            scope: scope(on),
            role: built_in(role),
            condition: None,
        };
        Tenant {
            observed: Observed {
                subscription_id: "s".to_owned(),
                roles: roles.map(|it| (it.name.clone(), it)).collect(),
                groups: Some(vec!["rg-web".to_owned(), "rg-data".to_owned()]),
                ..Observed::default()
            },
            user: User {
                synchronized: false,
                id: "id-of-bot".to_owned(),
                holds: holds.iter().map(held).collect(),
                log: Log::NotAsked,
            },
            config: Config::default(),
        }
    }

    fn did(mut self, writes: &[(&str, &str)]) -> Tenant {
        let write = |(action, on): &(&str, &str)| Write {
            action: (*action).to_owned(),
            scope: scope(on),
            client: "Azure CLI".to_owned(),
            times: 1,
            refused: 0,
            last: "2026-01-01T00:00:00Z".to_owned(),
            mfa: Some(false),
        };
        let writes = writes.iter().map(write).collect();
        self.user.log = Log::Read { since: "2025-10-03T00:00:00Z".to_owned(), cut: false, writes };
        self
    }

    fn choose(&self, asks: Vec<Ask>, gaps: &[&str]) -> Choices {
        let gaps = gaps.iter().map(|it| (*it).to_owned()).collect();
        let job = Job { user: USER, holder: &self.user, asks, gaps };
        choose(&job, &self.observed, &self.config)
    }
}

fn on(group: &str) -> Reach {
    Reach::ResourceGroup { subscription: None, group: group.to_owned() }
}

/// What one command asks for, surely.
fn asks(line: usize, reach: &Reach, actions: &[&str]) -> Vec<Ask> {
    let command = Command { name: "az x".to_owned(), path: "deploy.sh".to_owned(), line };
    let ask = |it: &&str| Ask {
        need: Need {
            action: (*it).to_owned(),
            plane: Plane::Control,
            reach: reach.clone(),
            option: None,
            sure: true,
        },
        command: Some(command.clone()),
    };
    actions.iter().map(ask).collect()
}

/// `Website Contributor on rg-web`
fn said(choices: &Choices) -> Vec<String> {
    let said = choices.assigned.iter();
    said.map(|it| format!("{} on {}", it.role.name, it.scope.short())).collect()
}

#[test]
fn a_narrower_role_takes_the_place_of_what_the_user_holds() {
    let tenant = Tenant::new(&[("Contributor", "")]);
    let web = asks(3, &on("rg-web"), &["Microsoft.Web/sites/write"]);
    let choices = tenant.choose(web, &[]);
    assert_eq!(said(&choices), ["Website Contributor on rg-web"]);
    let choice = &choices.assigned[0];
    assert_eq!((choice.asked[0].line, choice.asked[0].command.as_str()), (3, "az x"));
    assert!(choice.beyond.is_some_and(|it| it > 10));
    let custom = &choices.exact[0];
    assert_eq!(
        (&custom.actions[..], &custom.scope),
        (&["Microsoft.Web/sites/write".to_owned()][..], &scope("rg-web"))
    );
}

#[test]
fn exact_roles_say_what_a_wide_role_allows_further_in_and_doubt_is_said() {
    let mut tenant = Tenant::new(&[("Contributor", "")]);
    let app = "/subscriptions/s/resourceGroups/rg-web/providers/Microsoft.App/containerApps/app";
    tenant.observed.resources = vec![Scope(app.to_owned())];
    let on_app = Reach::Resource {
        subscription: None,
        group: Some("rg-web".to_owned()),
        kind: "Microsoft.App/containerApps".to_owned(),
        name: "app".to_owned(),
    };
    let group = asks(3, &on("rg-web"), &["Microsoft.App/containerApps/listSecrets/action"]);
    let write = asks(3, &on_app, &["Microsoft.App/containerApps/write"]);
    let choices = tenant.choose([group, write].concat(), &[]);
    assert_eq!(said(&choices), ["Container Apps Contributor on rg-web"]);
    assert!(choices.assigned[0].because.contains("its pattern leaves that open"));
    let exact: Vec<&str> =
        choices.exact.iter().flat_map(|it| &it.actions).map(String::as_str).collect();
    assert_eq!(
        exact,
        ["Microsoft.App/containerApps/listSecrets/action", "Microsoft.App/containerApps/write"]
    );
}

#[test]
fn an_identity_never_gets_more_than_the_user() {
    let tenant = Tenant::new(&[("Reader", ""), ("Website Contributor", "rg-data")]);
    let web = asks(3, &on("rg-web"), &["Microsoft.Web/sites/write", "Microsoft.Web/sites/read"]);
    let choices = tenant.choose(web, &[]);
    assert_eq!(said(&choices), ["Reader on rg-web"]);
    assert!(choices.doubts[0].contains("az x (deploy.sh:3)"), "{:?}", choices.doubts);
    assert!(choices.doubts[0].contains("no role of bot@contoso.com allows"));
    assert_eq!(choices.refused, Vec::<String>::new());
}

#[test]
fn a_user_who_may_do_nothing_of_it_hands_over_what_there_is() {
    let tenant = Tenant::new(&[("Reader", "rg-data")]);
    let choices = tenant.choose(asks(3, &on("rg-web"), &["Microsoft.Web/sites/write"]), &[]);
    assert_eq!(said(&choices), ["Reader on rg-data"]);
    assert!(choices.assigned[0].because.contains("no role of bot@contoso.com allows"));
}

#[test]
fn a_group_that_is_there_is_made_again_with_a_role_on_it() {
    let tenant = Tenant::new(&[("Contributor", "")]);
    let make = |group: &str| {
        let read = asks(3, &on(group), &["Microsoft.Resources/subscriptions/resourceGroups/read"]);
        let whole = Reach::Subscription(None);
        let write = asks(3, &whole, &["Microsoft.Resources/subscriptions/resourceGroups/write"]);
        tenant.choose([read, write].concat(), &[])
    };
    assert_eq!(said(&make("rg-web")), ["Contributor on rg-web"]);
    let wide = make("rg-new");
    assert_eq!(said(&wide), ["Contributor on the subscription s"]);
    assert!(wide.assigned[0].warning.is_some());
}

#[test]
fn what_holds_further_out_is_not_assigned_again() {
    let tenant = Tenant::new(&[("Contributor", "")]);
    let list =
        asks(1, &Reach::Subscription(None), &["Microsoft.Resources/subscriptions/resources/read"]);
    let show = asks(2, &on("rg-web"), &["Microsoft.Web/sites/read"]);
    let choices = tenant.choose([list, show].concat(), &[]);
    assert_eq!(said(&choices), ["Reader on the subscription s"]);
    assert_eq!(choices.assigned[0].asked.iter().map(|it| it.line).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn where_a_group_is_not_there_the_subscription_is_named_with_the_reason() {
    let tenant = Tenant::new(&[("Contributor", "")]);
    let web = asks(3, &on("rg-new"), &["Microsoft.Web/sites/write"]);
    let choices = tenant.choose(web, &[]);
    assert_eq!(said(&choices), ["Website Contributor on the subscription s"]);
    assert!(choices.assigned[0].because.contains("rg-new is not there"));
}

#[test]
fn where_the_files_do_not_say_where_the_log_may() {
    let tenant = Tenant::new(&[("Contributor", "")]);
    let web =
        || asks(3, &Reach::Unknown, &["Microsoft.Web/sites/write", "Microsoft.Web/sites/read"]);
    assert_eq!(said(&tenant.choose(web(), &[])), ["Website Contributor on the subscription s"]);
    let tenant = tenant.did(&[(
        "microsoft.web/sites/write",
        "/subscriptions/s/resourceGroups/rg-web/providers/Microsoft.Web/sites/a",
    )]);
    assert_eq!(said(&tenant.choose(web(), &[])), ["Website Contributor on rg-web"]);
}

#[test]
fn without_known_needs_the_user_s_roles_go_over() {
    let tenant = Tenant::new(&[("Contributor", "rg-web"), ("Reader", "")]);
    let choices = tenant.choose(Vec::new(), &["terraform apply (deploy.sh:9)"]);
    assert_eq!(said(&choices), ["Contributor on rg-web", "Reader on the subscription s"]);
    assert!(choices.assigned[0].because.contains("terraform apply (deploy.sh:9)"));
}

#[test]
fn what_the_log_shows_narrows_what_is_not_known() {
    let tenant = Tenant::new(&[("Contributor", ""), ("Storage Blob Data Contributor", "rg-data")])
        .did(&[("Microsoft.Web/sites/write", "rg-web")]);
    let choices = tenant.choose(Vec::new(), &["terraform apply (deploy.sh:9)"]);
    assert_eq!(
        said(&choices),
        [
            "Website Contributor on rg-web",
            "Reader on the subscription s",
            "Storage Blob Data Contributor on rg-data"
        ]
    );
    assert!(choices.assigned[0].because.contains("wrote since 2025-10-03"));
    assert!(choices.exact.is_empty());
}

#[test]
fn a_log_that_was_cut_narrows_nothing() {
    let mut tenant =
        Tenant::new(&[("Contributor", "")]).did(&[("Microsoft.Web/sites/write", "rg-web")]);
    if let Log::Read { cut, .. } = &mut tenant.user.log {
        *cut = true;
    }
    let choices = tenant.choose(Vec::new(), &["terraform apply (deploy.sh:9)"]);
    assert_eq!(said(&choices), ["Contributor on the subscription s"]);
}

#[test]
fn a_role_that_assigns_roles_has_to_be_named() {
    let mut tenant = Tenant::new(&[("Owner", "")]);
    assert!(tenant.choose(Vec::new(), &["?"]).assigned.is_empty());
    tenant.config.allow_roles = vec!["Owner".to_owned()];
    let choices = tenant.choose(Vec::new(), &["?"]);
    assert_eq!(said(&choices), ["Owner on the subscription s"]);
    assert!(choices.assigned[0].warning.is_some());

    let mut tenant = Tenant::new(&[("Owner", "")]);
    let assign = || asks(3, &on("rg-web"), &["Microsoft.Authorization/roleAssignments/write"]);
    let choices = tenant.choose(assign(), &[]);
    assert!(choices.assigned.is_empty() && choices.exact.is_empty());
    assert!(choices.refused[0].contains("allow_roles"), "{:?}", choices.refused);
    tenant.config.allow_roles = vec!["Role Based Access Control Administrator".to_owned()];
    let choices = tenant.choose(assign(), &[]);
    assert_eq!(said(&choices), ["Role Based Access Control Administrator on rg-web"]);
    assert!(choices.assigned[0].warning.is_some());
    let define = asks(3, &on("rg-web"), &["Microsoft.Authorization/roleDefinitions/write"]);
    let choices = tenant.choose(define, &[]);
    assert!(choices.assigned.is_empty());
    assert!(choices.refused[0].contains("allow_roles"), "{:?}", choices.refused);
}

#[test]
fn a_role_that_is_named_is_assigned_where_the_user_has_its_rights() {
    let named = |holds: &str, wanted: &str| {
        let mut tenant = Tenant::new(&[(holds, "")]);
        let (role, on) = (wanted.to_owned(), "rg-web".to_owned());
        tenant.config.roles = vec![config::Role { role, scope: on }];
        tenant.config.allow_roles = vec!["User Access Administrator".to_owned()];
        tenant.choose(asks(3, &on_web(), &["Microsoft.Web/sites/write"]), &[])
    };
    let choices = named("Contributor", "Website Contributor");
    assert_eq!(said(&choices), ["Website Contributor on rg-web"]);
    assert_eq!(choices.assigned[0].asked.len(), 1);
    assert!(named("Contributor", "User Access Administrator").assigned.is_empty());
    assert!(named("Reader", "Website Contributor").assigned.is_empty());
}

fn on_web() -> Reach {
    on("rg-web")
}

#[test]
fn a_condition_goes_along_unless_it_speaks_of_the_user() {
    let mut tenant = Tenant::new(&[("Storage Blob Data Contributor", "rg-data")]);
    let mut read = asks(
        3,
        &on("rg-data"),
        &["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"],
    );
    read[0].need.plane = Plane::Data;
    tenant.user.holds[0].condition = Some("@Resource[name] StringEquals 'logs'".to_owned());
    let choices = tenant.choose(read.clone(), &[]);
    assert_eq!(said(&choices), ["Storage Blob Data Reader on rg-data"]);
    assert_eq!(choices.assigned[0].condition, tenant.user.holds[0].condition);
    tenant.user.holds[0].condition = Some("@Principal[department] StringEquals 'it'".to_owned());
    let choices = tenant.choose(read, &[]);
    assert!(choices.assigned.is_empty());
    assert!(choices.refused[0].contains("speaks of the user"), "{:?}", choices.refused);
    let (role, on) = ("Storage Blob Data Reader".to_owned(), "rg-data".to_owned());
    tenant.config.roles = vec![config::Role { role, scope: on }];
    let choices = tenant.choose(Vec::new(), &[]);
    assert!(choices.assigned.is_empty());
    assert!(choices.refused[0].contains("speaks of the user"), "{:?}", choices.refused);
}

#[test]
fn the_right_to_look_is_no_wider_than_the_user_s() {
    let mut tenant =
        Tenant::new(&[("Contributor", "")]).did(&[("Microsoft.Web/sites/write", "rg-web")]);
    let own = &mut tenant.user.holds[0].role;
    own.name = "All but secrets".to_owned();
    own.permissions[0].not_actions.push("Microsoft.KeyVault/*".to_owned());
    let choices = tenant.choose(Vec::new(), &["terraform apply (deploy.sh:9)"]);
    assert_eq!(said(&choices), ["Website Contributor on rg-web"]);
}

#[test]
fn what_may_be_asked_for_is_needed_only_near_the_command_s_own_business() {
    let tenant = Tenant::new(&[("Owner", "")]);
    let mut all = asks(
        3,
        &on("rg-web"),
        &[
            "Microsoft.Web/sites/read",
            "Microsoft.Web/sites/write",
            "Microsoft.Storage/storageAccounts/write",
            "Microsoft.Authorization/roleAssignments/write",
        ],
    );
    for ask in &mut all[1..] {
        ask.need.sure = false;
    }
    let choices = tenant.choose(all, &[]);
    assert_eq!(said(&choices), ["Website Contributor on rg-web"]);
    // The exact role leaves out no more than what gives rights.
    assert_eq!(choices.exact[0].actions.len(), 3);
}

#[test]
fn another_subscription_is_left_to_people() {
    let tenant = Tenant::new(&[("Contributor", "")]);
    let reach = Reach::Subscription(Some("Other".to_owned()));
    let choices = tenant.choose(asks(3, &reach, &["Microsoft.Web/sites/write"]), &[]);
    assert!(choices.assigned.is_empty());
    assert!(choices.refused[0].contains("another subscription (Other)"));
}

#[test]
fn writes_that_no_command_asks_for_are_told() {
    let tenant = Tenant::new(&[("Contributor", "")]).did(&[
        ("Microsoft.Web/sites/write", "rg-web"),
        ("Microsoft.Web/sites/write", "rg-data"),
        ("Microsoft.Sql/servers/write", "rg-web"),
    ]);
    let known = asks(3, &on("rg-web"), &["microsoft.web/sites/WRITE"]);
    let found = unexplained(USER, &tenant.user, &known, &tenant.observed);
    let found: Vec<_> =
        found.iter().map(|it| (it.write.action.as_str(), it.write.scope.short())).collect();
    assert_eq!(
        found,
        [
            ("Microsoft.Web/sites/write", "rg-data".to_owned()),
            ("Microsoft.Sql/servers/write", "rg-web".to_owned())
        ]
    );
}

#[test]
fn offline_the_roles_are_those_that_the_commands_need() {
    let observed = Observed { subscription_id: "s".to_owned(), ..Observed::default() };
    let web = asks(3, &on("rg-web"), &["Microsoft.Web/sites/write"]);
    let choices = proposed(&web, &observed, &Config::default(), &Catalog::default());
    assert_eq!(said(&choices), ["Website Contributor on rg-web"]);
    assert!(choices.assigned[0].because.contains("was not asked"));
}
