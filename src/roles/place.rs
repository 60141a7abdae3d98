//! Scopes: where a need is to be met.

use crate::{needs::Reach, observe::Observed, resource::Scope};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    At(Scope),
    /// On the subscription, because this resource group is not there.
    Wider(Scope, String),
    /// The files do not say where.
    Unknown,
    /// In another subscription.
    Elsewhere(String),
}

/// A scope as the configuration writes it: an ID, or the name of a resource group.
pub fn full_scope(scope: &str, subscription_id: &str) -> Scope {
    let scope = scope.trim_end_matches('/');
    match scope {
        "" | "subscription" => Scope(format!("/subscriptions/{subscription_id}")),
        id if id.starts_with('/') => Scope(id.to_owned()),
        group => Scope(format!("/subscriptions/{subscription_id}/resourceGroups/{group}")),
    }
}

/// Whether what is assigned on `outer` holds on `inner`.
pub fn contains(outer: &Scope, inner: &Scope) -> bool {
    let (outer, inner) = (outer.0.to_lowercase(), inner.0.to_lowercase());
    // What the user inherits from a management group holds in the whole subscription; of another
    // such group, nobody asked whether it is further in.
    let is_group = |it: &str| it.starts_with("/providers/microsoft.management/");
    let above = outer == "/" || is_group(&outer) && !is_group(&inner);
    above || inner == outer || inner.strip_prefix(&outer).is_some_and(|it| it.starts_with('/'))
}

/// The resource group of a scope, or the scope itself where it is in none.
pub fn group_of(scope: &Scope) -> Scope {
    let parts: Vec<&str> = scope.0.split('/').collect();
    match parts.as_slice() {
        ["", "subscriptions", _, groups, _, _, ..]
            if groups.eq_ignore_ascii_case("resourceGroups") =>
        {
            Scope(parts[..5].join("/"))
        }
        _ => scope.clone(),
    }
}

/// Where a need is to be met, in the tenant as it is.
pub(super) fn place(reach: &Reach, observed: &Observed) -> Place {
    let whole = full_scope("", &observed.subscription_id);
    if let Reach::Subscription(Some(it))
    | Reach::ResourceGroup { subscription: Some(it), .. }
    | Reach::Resource { subscription: Some(it), .. } = reach
        // Without a tenant nothing says what the subscription is called.
        && (observed.groups.is_some() || is_id(it) && is_id(&observed.subscription_id))
        && ![&observed.subscription_id, &observed.subscription_name]
            .iter()
            .any(|own| own.eq_ignore_ascii_case(it))
    {
        return if is_written(it) { Place::Elsewhere(it.clone()) } else { Place::Unknown };
    }
    match reach {
        Reach::ManagementGroup(name) if is_written(name) => {
            Place::At(Scope(format!("/providers/Microsoft.Management/managementGroups/{name}")))
        }
        Reach::Subscription(_) => Place::At(whole),
        Reach::ResourceGroup { group, .. } => on_group(group, observed),
        Reach::Resource { group, kind, name, .. } => {
            match (resource(kind, name, group.as_deref(), observed), group) {
                (Some(found), _) => Place::At(found),
                (None, Some(group)) => on_group(group, observed),
                (None, None) => Place::Unknown,
            }
        }
        Reach::ManagementGroup(_) | Reach::Unknown => Place::Unknown,
    }
}

fn on_group(group: &str, observed: &Observed) -> Place {
    if !is_written(group) {
        return Place::Unknown;
    }
    let there =
        observed.groups.as_ref().map(|it| it.iter().find(|it| it.eq_ignore_ascii_case(group)));
    match there {
        Some(Some(name)) => Place::At(full_scope(name, &observed.subscription_id)),
        Some(None) => Place::Wider(full_scope("", &observed.subscription_id), group.to_owned()),
        None => Place::At(full_scope(group, &observed.subscription_id)),
    }
}

/// The one resource of that type and name that is there; where nobody was asked, the one that is
/// written.
fn resource(kind: &str, name: &str, group: Option<&str>, observed: &Observed) -> Option<Scope> {
    if observed.groups.is_none() {
        let group = group.filter(|it| is_written(it) && is_written(name))?;
        let group = full_scope(group, &observed.subscription_id);
        return is_top(kind).then(|| Scope(format!("{group}/providers/{kind}/{name}")));
    }
    let end = format!("/providers/{kind}/{name}").to_lowercase();
    let within = |it: &&Scope| {
        let group = group.map(|it| full_scope(it, &observed.subscription_id));
        it.0.to_lowercase().ends_with(&end) && group.is_none_or(|group| contains(&group, it))
    };
    let mut found = observed.resources.iter().filter(within);
    found.next().filter(|_| found.next().is_none()).cloned()
}

fn is_id(subscription: &str) -> bool {
    let is_part = |it: char| it.is_ascii_hexdigit() || it == '-';
    subscription.len() == "00000000-0000-0000-0000-000000000000".len()
        && subscription.chars().all(is_part)
}

/// Whether a type is no part of another: `Microsoft.Web/sites`
pub(super) fn is_top(kind: &str) -> bool {
    kind.matches('/').count() == 1
}

/// Whether a name is written out, and no part of it computed.
pub(super) fn is_written(name: &str) -> bool {
    !name.is_empty() && !name.contains(['$', '{', '}', '(', '<', '%', '*'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant() -> Observed {
        let web = "/subscriptions/s/resourceGroups/rg-web/providers/Microsoft.Web/sites/app";
        Observed {
            subscription_id: "s".to_owned(),
            subscription_name: "Contoso Prod".to_owned(),
            groups: Some(vec!["rg-web".to_owned()]),
            resources: vec![Scope(web.to_owned())],
            ..Observed::default()
        }
    }

    fn group(name: &str, subscription: Option<&str>) -> Reach {
        Reach::ResourceGroup {
            subscription: subscription.map(str::to_owned),
            group: name.to_owned(),
        }
    }

    fn site(group: Option<&str>, name: &str) -> Reach {
        Reach::Resource {
            subscription: None,
            group: group.map(str::to_owned),
            kind: "Microsoft.Web/sites".to_owned(),
            name: name.to_owned(),
        }
    }

    fn at(text: &str) -> Place {
        Place::At(Scope(format!("/subscriptions/s{text}")))
    }

    #[test]
    fn a_need_is_placed_as_narrowly_as_is_known() {
        let app = at("/resourceGroups/rg-web/providers/Microsoft.Web/sites/app");
        let on_web = at("/resourceGroups/rg-web");
        for (reach, wanted) in [
            (Reach::Subscription(None), at("")),
            (group("RG-WEB", Some("contoso prod")), on_web.clone()),
            (group("$RG", None), Place::Unknown),
            (group("rg-web", Some("Other")), Place::Elsewhere("Other".to_owned())),
            (group("rg-web", Some("$SUB")), Place::Unknown),
            (site(None, "App"), app.clone()),
            (site(Some("rg-web"), "app"), app),
            (site(Some("rg-web"), "new-app"), on_web),
            (site(None, "new-app"), Place::Unknown),
            (Reach::Unknown, Place::Unknown),
        ] {
            assert_eq!(place(&reach, &tenant()), wanted, "{reach:?}");
        }
        let wider = Place::Wider(Scope("/subscriptions/s".to_owned()), "rg-new".to_owned());
        assert_eq!(place(&group("rg-new", None), &tenant()), wider);
    }

    #[test]
    fn without_a_tenant_a_place_is_what_is_written() {
        let observed = Observed { groups: None, ..tenant() };
        assert_eq!(place(&group("rg-new", None), &observed), at("/resourceGroups/rg-new"));
        let new = at("/resourceGroups/rg-web/providers/Microsoft.Web/sites/new-app");
        assert_eq!(place(&site(Some("rg-web"), "new-app"), &observed), new);
        assert_eq!(place(&site(None, "app"), &observed), Place::Unknown);
        let id = |it: char| "00000000-0000-0000-0000-000000000000".replace('0', &it.to_string());
        let observed = Observed { subscription_id: id('1'), ..observed };
        let there = |it: &str| place(&group("rg", Some(it)), &observed);
        assert_eq!(there(&id('2')), Place::Elsewhere(id('2')));
        let own = Place::At(full_scope("rg", &id('1')));
        assert_eq!((there(&id('1')), there("Other")), (own.clone(), own));
    }

    #[test]
    fn a_management_group_holds_the_subscription_and_no_other_such_group() {
        let scope = |it: &str| Scope(it.to_owned());
        let group =
            |it: &str| scope(&format!("/providers/Microsoft.Management/managementGroups/{it}"));
        assert!(contains(&group("a"), &scope("/subscriptions/s/resourceGroups/g")));
        assert!(contains(&group("a"), &group("A")) && contains(&scope("/"), &group("a")));
        assert!(!contains(&group("team"), &group("root")));
    }

    #[test]
    fn the_group_of_a_resource_is_told_from_its_id() {
        let scope = |it: &str| Scope(it.to_owned());
        let web = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Web/sites/a";
        assert_eq!(group_of(&scope(web)).0, "/subscriptions/s/resourceGroups/rg");
        assert_eq!(group_of(&scope("/subscriptions/s")).0, "/subscriptions/s");
    }
}
