//! Where an action is asked for: the narrowest scope that the arguments show.

use super::Asked;
use crate::lang::{Call, HOLE, Names, Word};

/// The narrowest scope that the arguments show. Names are followed to what is written out; what
/// is not stands in them as a hole. A subscription that is `None` is the one in force.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    ManagementGroup(String),
    Subscription(Option<String>),
    ResourceGroup {
        subscription: Option<String>,
        group: String,
    },
    Resource {
        subscription: Option<String>,
        /// `None` where the command finds the resource by its name alone.
        group: Option<String>,
        /// `Microsoft.Web/sites`
        kind: String,
        name: String,
    },
    /// Nothing that is written out says it.
    Unknown,
}

impl Reach {
    pub fn name(&self) -> &'static str {
        match self {
            Reach::ManagementGroup(_) => "management-group",
            Reach::Subscription(_) => "subscription",
            Reach::ResourceGroup { .. } => "resource-group",
            Reach::Resource { .. } => "resource",
            Reach::Unknown => "unknown",
        }
    }
}

/// What a script has set for all commands that come after.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Defaults {
    pub subscription: Option<String>,
    pub group: Option<String>,
}

impl Defaults {
    /// `az account set`, `az configure --defaults`, `Set-AzContext`.
    pub fn follow(&mut self, call: &Call, names: &Names<'_>) {
        let value = |options: &[&str]| {
            options.iter().find_map(|it| call.value(it)).map(|it| names.shape(it))
        };
        match call.name.as_str() {
            "az account set" => {
                self.subscription = value(&["--subscription", "-s", "--name", "-n"]);
            }
            "set-azcontext"
            | "select-azsubscription"
            | "set-azurermcontext"
            | "select-azurermsubscription" => {
                let first = || call.words.first().map(|it| names.shape(it));
                let named = value(&["-subscription", "-subscriptionid", "-subscriptionname"]);
                self.subscription = named.or_else(first);
            }
            "az configure" | "az config set" => {
                let said = call.arguments.iter().map(|it| names.shape(it));
                let mut groups = said.filter_map(|it| {
                    let it = it.strip_prefix("defaults.").unwrap_or(&it);
                    it.strip_prefix("group=").map(str::to_owned)
                });
                self.group = groups.next_back().or(self.group.take());
            }
            _ => {}
        }
    }
}

/// A call, and what its arguments say of scopes.
pub(super) struct Arguments<'c> {
    pub(super) call: &'c Call,
    names: &'c Names<'c>,
    defaults: &'c Defaults,
    /// A resource ID, or another scope that is given whole; a hole if it is not written out.
    scope: Option<String>,
}

/// Options whose value is the name of a resource of that type, wherever they are given.
const NAMES: &[(&str, &[&str])] = &[
    ("agentpools", &["nodepool-name"]),
    ("applicationgateways", &["gateway-name"]),
    ("automationaccounts", &["automation-account-name"]),
    ("components", &["app"]),
    ("configurationstores", &["store-name"]),
    ("containerapps", &["name"]),
    ("databaseaccounts", &["account-name"]),
    ("dnszones", &["zone-name"]),
    ("factories", &["factory-name"]),
    ("flexibleservers", &["server-name"]),
    ("iothubs", &["hub-name"]),
    ("jobs", &["name"]),
    ("loadbalancers", &["lb-name"]),
    ("managedclusters", &["cluster-name"]),
    ("managedenvironments", &["environment"]),
    ("namespaces", &["namespace-name"]),
    ("networksecuritygroups", &["nsg-name"]),
    ("privatednszones", &["zone-name"]),
    ("profiles", &["profile-name"]),
    ("registries", &["registry"]),
    ("routetables", &["route-table-name"]),
    ("searchservices", &["service-name"]),
    ("serverfarms", &["plan"]),
    ("servers", &["server", "server-name"]),
    ("service", &["service-name"]),
    ("sites", &["name", "webapp-name"]),
    ("staticsites", &["name"]),
    ("storageaccounts", &["account-name"]),
    ("topics", &["topic-name"]),
    ("userassignedidentities", &["identity-name"]),
    ("vaults", &["vault-name"]),
    ("virtualmachines", &["vm-name"]),
    ("virtualmachinescalesets", &["vmss-name"]),
    ("virtualnetworks", &["vnet-name"]),
    ("workspaces", &["workspace-name"]),
];

impl<'c> Arguments<'c> {
    pub(super) fn new(
        call: &'c Call,
        names: &'c Names<'c>,
        defaults: &'c Defaults,
    ) -> Arguments<'c> {
        let mut arguments = Arguments { call, names, defaults, scope: None };
        let whole = ["scope", "ids", "id", "resource", "resource-id", "resourceid"];
        let given = whole.iter().find_map(|it| arguments.value(it));
        let path = || crate::impact::request(call, names).map(|it| it.path);
        arguments.scope = given.filter(|it| it.starts_with(['/', '{'])).or_else(path);
        arguments
    }

    pub(super) fn is_cmdlet(&self) -> bool {
        !self.call.name.starts_with("az ")
    }

    /// The value of an option, named without its dashes, as far as it is written out.
    pub(super) fn value(&self, option: &str) -> Option<String> {
        self.word(option).map(|it| self.names.shape(it))
    }

    pub(super) fn has(&self, option: &str) -> bool {
        self.call.options.iter().any(|it| !it.off && self.is(&it.name, option))
    }

    fn word(&self, option: &str) -> Option<&'c Word> {
        let named = self.call.options.iter().filter(|it| self.is(&it.name, option));
        named.filter_map(|it| it.value.as_ref()).next()
    }

    /// `-g` is `--resource-group`, and a cmdlet calls `--vm-name` `-VMName`.
    fn is(&self, name: &str, option: &str) -> bool {
        let plain = name.trim_start_matches('-');
        if self.is_cmdlet() {
            let option = option.replace('-', "");
            return plain == option || plain.strip_suffix("name") == Some(&option);
        }
        match name {
            "-g" => option == "resource-group",
            "-n" if self.call.name.starts_with("az provider ") => option == "namespace",
            "-n" => option == "name",
            "-r" => option == "registry" && self.call.name.starts_with("az acr "),
            "-s" => option == "server" && self.call.name.starts_with("az sql "),
            _ => plain == option,
        }
    }

    pub(super) fn is_deployment(&self) -> bool {
        let name = self.call.name.as_str();
        let command = name.strip_prefix("az ").unwrap_or_default();
        let is_az =
            ["deployment ", "stack ", "group deployment "].iter().any(|it| command.starts_with(it))
                && ["create", "validate", "what-if"].iter().any(|it| command.ends_with(it));
        let noun = name.split_once('-').map_or("", |it| it.1);
        let is_cmdlet = noun.starts_with("az")
            && (noun.ends_with("deployment") || noun.ends_with("deploymentstack"));
        is_az
            || is_cmdlet
                && (name.starts_with("new-")
                    || name.starts_with("test-")
                    || name.starts_with("set-"))
    }

    /// Puts what the arguments name in the place of `{type}` and `{namespace}`.
    pub(super) fn typed(&self, action: &str) -> String {
        if !action.contains('{') {
            return action.to_owned();
        }
        let namespace = ["namespace", "provider-namespace", "providernamespace"];
        let namespace = namespace.iter().find_map(|it| self.value(it)).or_else(|| {
            Some(self.names.shape(self.call.words.first()?)).filter(|it| it.contains('.'))
        });
        let kind = self
            .value("resource-type")
            .or_else(|| self.value("resourcetype"))
            .or_else(|| kind_of(self.scope.as_deref()?));
        let kind = kind.map(|it| match (&namespace, it.contains('/') && it.contains('.')) {
            (Some(namespace), false) => format!("{namespace}/{it}"),
            _ => it,
        });
        action
            .replace("{type}", kind.as_deref().unwrap_or(HOLE))
            .replace("{namespace}", namespace.as_deref().unwrap_or(HOLE))
    }

    fn subscription(&self) -> Option<String> {
        let named = ["subscription", "subscriptionid", "subscription-id"];
        named.iter().find_map(|it| self.value(it)).or_else(|| self.defaults.subscription.clone())
    }

    pub(super) fn group(&self) -> Option<String> {
        let group = self.value("resource-group").or_else(|| self.value("resourcegroup"));
        group.or_else(|| self.defaults.group.clone())
    }

    /// The scope of one action. What the command is about is named by its own arguments, and
    /// other types stand somewhere in the same group.
    pub(super) fn reach(&self, asked: &Asked, main: &Main) -> Reach {
        let action = asked.action.as_str();
        let subscription = self.subscription();
        if let Some(reach) = asked.option.as_deref().and_then(|it| self.by_id(it, action)) {
            return reach;
        }
        if let Some(scope) = self.scope.as_deref().filter(|_| main.is(action)) {
            return of_id(scope, action);
        }
        let lower = action.to_ascii_lowercase();
        let command = self.call.name.as_str();
        if command.contains(" mg ") || command.contains("managementgroup") && self.is_deployment() {
            let id = self
                .value("management-group-id")
                .or_else(|| self.value("managementgroupid"))
                .or_else(|| self.value("m"));
            return id.map_or(Reach::Unknown, Reach::ManagementGroup);
        }
        if is_asked_of_subscription(&lower) || command.contains(" sub ") && self.is_deployment() {
            return Reach::Subscription(subscription);
        }
        let Some(kind) = top(action) else { return Reach::Subscription(subscription) };
        // What is not there yet can have no role assignment, and a group is made in a subscription.
        let is_group = lower.starts_with("microsoft.resources/subscriptions/resourcegroups/");
        if is_group {
            let own = main.is(action).then(|| self.value("name")).flatten();
            return match own.or_else(|| self.group()) {
                Some(group) if !(self.makes() && lower.ends_with("/write")) => {
                    Reach::ResourceGroup { subscription, group }
                }
                _ => Reach::Subscription(subscription),
            };
        }
        let group = self.group();
        match (self.name(&kind, main, main.is(action)), group) {
            (Some(name), group) if !main.makes(action) => {
                Reach::Resource { subscription, group, kind, name }
            }
            (_, Some(group)) => Reach::ResourceGroup { subscription, group },
            // What a cmdlet changes, a pipe may bring.
            _ if self.is_cmdlet() && !lower.ends_with("/read") && !self.is_deployment() => {
                Reach::Unknown
            }
            _ => Reach::Subscription(subscription),
        }
    }

    /// Whether the command makes what it is about.
    fn makes(&self) -> bool {
        let name = self.call.name.as_str();
        let last = name.rsplit(' ').next().unwrap_or(name);
        ["create", "up", "restore", "import"].contains(&last) || name.starts_with("new-az")
    }

    /// The name of the resource of a type, if an argument is that.
    fn name(&self, kind: &str, main: &Main, is_main: bool) -> Option<String> {
        let last = kind.rsplit('/').next().unwrap_or(kind).to_ascii_lowercase();
        let known = NAMES.iter().find(|(it, _)| *it == last).map_or(&[][..], |(_, it)| it);
        let named = known.iter().filter(|it| **it != "name").find_map(|it| self.value(it));
        let is_own = is_main && (main.is_whole || known.contains(&"name"));
        named.or_else(|| self.value("name").filter(|_| is_own))
    }

    /// The scope of what an option names by its ID; `None` if it names no such thing.
    fn by_id(&self, option: &str, action: &str) -> Option<Reach> {
        let value = self.value(option)?;
        let is_of_type = |it: String| top(action).is_some_and(|top| starts_with(&it, &top));
        if value.starts_with('/') {
            return kind_of(&value).is_some_and(is_of_type).then(|| of_id(&value, action));
        }
        // It stands wherever it does.
        (option.ends_with("-id") && value.contains(HOLE)).then_some(Reach::Unknown)
    }
}

fn starts_with(text: &str, begin: &str) -> bool {
    text.get(..begin.len()).is_some_and(|it| it.eq_ignore_ascii_case(begin))
}

/// The type that a command is about.
pub(super) struct Main {
    kind: Option<String>,
    /// It is about a resource as a whole, which its name then names, and not about a part of that.
    is_whole: bool,
    /// It makes resources.
    makes: bool,
    /// One of those is what it is about, and not only a part of that.
    is_new: bool,
}

impl Main {
    /// The type of the first action that is surely asked for and is no formality.
    pub(super) fn of(asked: &[Asked], arguments: &Arguments<'_>) -> Main {
        let gives_rights =
            |it: &Asked| it.action.to_ascii_lowercase().starts_with("microsoft.authorization/");
        let all_do = asked.iter().all(gives_rights);
        let is_formal = |it: &Asked| {
            is_asked_of_subscription(&it.action.to_ascii_lowercase()) || gives_rights(it) && !all_do
        };
        let own = || asked.iter().filter(|it| !is_formal(it));
        let changes = |it: &&Asked| it.sure && !it.action.to_ascii_lowercase().ends_with("/read");
        let found =
            own().find(changes).or_else(|| own().find(|it| it.sure)).or_else(|| own().next());
        let kind = found.and_then(|it| top(&it.action));
        let makes = arguments.makes();
        let is_new = |kind: &String| {
            let write = format!("{kind}/write");
            makes && asked.iter().any(|it| it.action.eq_ignore_ascii_case(&write))
        };
        let is_whole =
            found.is_some_and(|it| match it.action.to_ascii_lowercase().ends_with("/action") {
                true => it.action.split('/').count() == 4,
                false => !is_part(&it.action),
            });
        Main { is_whole, is_new: kind.as_ref().is_some_and(is_new), kind, makes }
    }

    fn is(&self, action: &str) -> bool {
        let kind = self.kind.as_deref();
        kind.is_some_and(|kind| top(action).is_some_and(|it| it.eq_ignore_ascii_case(kind)))
    }

    /// Whether what the action is about is not there yet.
    fn makes(&self, action: &str) -> bool {
        let writes = action.to_ascii_lowercase().ends_with("/write") && !is_part(action);
        self.makes && writes || self.is_new && self.is(action)
    }
}

/// `Microsoft.Web/sites` of `Microsoft.Web/sites/config/write`; of a resource group, all of its type.
fn top(action: &str) -> Option<String> {
    let mut parts = action.split('/');
    let (namespace, kind) = (parts.next()?, parts.next()?);
    let verb = parts.next()?;
    match (namespace.eq_ignore_ascii_case("Microsoft.Resources"), kind, verb) {
        (true, "subscriptions", it) if it.eq_ignore_ascii_case("resourceGroups") => {
            Some(format!("{namespace}/{kind}/{it}"))
        }
        _ => Some(format!("{namespace}/{kind}")),
    }
}

/// Whether an action is about a part of a resource.
fn is_part(action: &str) -> bool {
    action.split('/').count() > 3
}

/// What is asked at the subscription, so that a role on a resource group is not enough.
fn is_asked_of_subscription(action: &str) -> bool {
    let of_subscription = action.strip_prefix("microsoft.resources/subscriptions/");
    of_subscription.is_some_and(|it| !it.starts_with("resourcegroups/"))
        || action.contains("/checknameavailability/")
        || action.contains("/register/")
        || action.contains("/unregister/")
        || action.split('/').nth(1) == Some("locations")
        || ["microsoft.compute/skus/read", "microsoft.web/georegions/read"].contains(&action)
}

/// The scope that an ID says.
fn of_id(id: &str, action: &str) -> Reach {
    let parts: Vec<&str> = id.trim_matches('/').split('/').collect();
    let is = |at: usize, text: &str| parts.get(at).is_some_and(|it| it.eq_ignore_ascii_case(text));
    let at = |at: usize| parts.get(at).map(|it| (*it).to_owned()).filter(|it| !it.is_empty());
    if is(0, "providers") && is(2, "managementGroups") {
        return at(3).map_or(Reach::Unknown, Reach::ManagementGroup);
    }
    if !is(0, "subscriptions") {
        return Reach::Unknown;
    }
    let subscription = at(1).filter(|it| it != HOLE);
    let Some(group) = at(3).filter(|_| is(2, "resourceGroups")) else {
        return Reach::Subscription(subscription);
    };
    match (is(4, "providers"), at(5), at(6), at(7)) {
        // What is made stands in a group, and a part in its whole.
        (true, Some(namespace), Some(kind), Some(name))
            if !(parts.len() == 8 && action.ends_with("/write")) =>
        {
            let kind = format!("{namespace}/{kind}");
            Reach::Resource { subscription, group: Some(group), kind, name }
        }
        _ => Reach::ResourceGroup { subscription, group },
    }
}

/// The type of the resource that an ID names.
fn kind_of(id: &str) -> Option<String> {
    let (_, rest) = rsplit_once_ignoring_case(id, "/providers/")?;
    let mut parts = rest.split('/');
    let namespace = parts.next().filter(|it| it.contains('.'))?;
    let kinds: Vec<&str> = parts.step_by(2).filter(|it| !it.is_empty()).collect();
    (!kinds.is_empty()).then(|| format!("{namespace}/{}", kinds.join("/")))
}

fn rsplit_once_ignoring_case<'t>(text: &'t str, by: &str) -> Option<(&'t str, &'t str)> {
    let at = text.to_ascii_lowercase().rfind(by)?;
    Some((&text[..at], &text[at + by.len()..]))
}

/// The action of a request to Azure Resource Manager.
pub(super) fn action_of(path: &str, method: &str) -> Option<String> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let (kind, is_operation) = match rsplit_once_ignoring_case(path, "/providers/") {
        Some((_, rest)) => {
            // `Namespace/type/name/…`: after a whole name comes an operation.
            let segments = rest.trim_matches('/').split('/').count();
            (kind_of(path)?, segments.is_multiple_of(2))
        }
        None if parts.len() == 4 && parts[2].eq_ignore_ascii_case("resourceGroups") => {
            ("Microsoft.Resources/subscriptions/resourceGroups".to_owned(), false)
        }
        None if parts.len() <= 2 && parts.first() == Some(&"subscriptions") => {
            ("Microsoft.Resources/subscriptions".to_owned(), false)
        }
        None => return None,
    };
    let verb = match method {
        "GET" | "HEAD" => "read",
        "PUT" | "PATCH" => "write",
        "DELETE" => "delete",
        "POST" if is_operation => "action",
        _ => return None,
    };
    Some(format!("{kind}/{verb}"))
}
