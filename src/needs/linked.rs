//! Actions that come along with others, and that no request shows: Azure asks for them on the
//! resources that the new one is joined to.

use super::{Asked, reach::Arguments};

/// Whoever does `of` needs `also`: always, or if one of the options is given.
struct Linked {
    of: &'static str,
    also: &'static str,
    options: &'static [&'static str],
}

const fn linked(of: &'static str, also: &'static str, options: &'static [&'static str]) -> Linked {
    Linked { of, also, options }
}

const ALWAYS: &[&str] = &[];
const SUBNETS: &str = "Microsoft.Network/virtualNetworks/subnets/join/action";
const SUBNETS_BY_SERVICE: &str =
    "Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action";
const PUBLIC_ADDRESSES: &str = "Microsoft.Network/publicIPAddresses/join/action";
const SECURITY_GROUPS: &str = "Microsoft.Network/networkSecurityGroups/join/action";
const POOLS: &str = "Microsoft.Network/loadBalancers/backendAddressPools/join/action";
const SHARED_KEYS: &str = "Microsoft.OperationalInsights/workspaces/sharedKeys/action";
const ASSIGN: &str = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action";

const LINKED: &[Linked] = &[
    linked("Microsoft.Network/networkInterfaces/write", SUBNETS, ALWAYS),
    linked(
        "Microsoft.Network/networkInterfaces/write",
        PUBLIC_ADDRESSES,
        &["public-ip-address", "public-ip-address-id"],
    ),
    linked(
        "Microsoft.Network/networkInterfaces/write",
        SECURITY_GROUPS,
        &["network-security-group", "nsg"],
    ),
    linked(
        "Microsoft.Network/networkInterfaces/write",
        POOLS,
        &["lb-address-pools", "address-pool", "load-balancer-backend-address-pool"],
    ),
    linked(
        "Microsoft.Network/networkInterfaces/write",
        "Microsoft.Network/loadBalancers/inboundNatRules/join/action",
        &["lb-inbound-nat-rules", "inbound-nat-rule"],
    ),
    linked(
        "Microsoft.Network/networkInterfaces/write",
        "Microsoft.Network/applicationGateways/backendAddressPools/join/action",
        &["app-gateway-address-pools"],
    ),
    linked(
        "Microsoft.Network/networkInterfaces/write",
        "Microsoft.Network/applicationSecurityGroups/joinIpConfiguration/action",
        &["application-security-groups", "asgs"],
    ),
    linked(
        "Microsoft.Compute/virtualMachines/write",
        "Microsoft.Network/networkInterfaces/join/action",
        ALWAYS,
    ),
    linked("Microsoft.Compute/virtualMachines/write", SUBNETS, &["subnet", "vnet-name"]),
    linked("Microsoft.Compute/virtualMachineScaleSets/write", SUBNETS, ALWAYS),
    linked("Microsoft.Compute/virtualMachineScaleSets/write", SECURITY_GROUPS, &["nsg"]),
    linked(
        "Microsoft.Compute/virtualMachineScaleSets/write",
        POOLS,
        &["lb", "load-balancer", "backend-pool-name"],
    ),
    linked(
        "Microsoft.Compute/disks/write",
        "Microsoft.Compute/disks/beginGetAccess/action",
        &["source"],
    ),
    linked(
        "Microsoft.Compute/snapshots/write",
        "Microsoft.Compute/disks/beginGetAccess/action",
        &["source"],
    ),
    linked(
        "Microsoft.Network/virtualNetworks/subnets/write",
        SECURITY_GROUPS,
        &["network-security-group", "nsg"],
    ),
    linked(
        "Microsoft.Network/virtualNetworks/subnets/write",
        "Microsoft.Network/routeTables/join/action",
        &["route-table", "route-table-id"],
    ),
    linked(
        "Microsoft.Network/virtualNetworks/subnets/write",
        "Microsoft.Network/natGateways/join/action",
        &["nat-gateway"],
    ),
    linked(
        "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/write",
        "Microsoft.Network/virtualNetworks/peer/action",
        ALWAYS,
    ),
    linked(
        "Microsoft.Network/privateDnsZones/virtualNetworkLinks/write",
        "Microsoft.Network/virtualNetworks/join/action",
        ALWAYS,
    ),
    linked("Microsoft.Network/privateEndpoints/write", SUBNETS, ALWAYS),
    linked("Microsoft.Network/loadBalancers/write", PUBLIC_ADDRESSES, &["public-ip-address"]),
    linked("Microsoft.Network/loadBalancers/write", SUBNETS, &["subnet", "vnet-name"]),
    linked("Microsoft.Network/applicationGateways/write", SUBNETS, ALWAYS),
    linked("Microsoft.Network/applicationGateways/write", PUBLIC_ADDRESSES, &["public-ip-address"]),
    linked("Microsoft.Network/bastionHosts/write", SUBNETS, ALWAYS),
    linked("Microsoft.Network/bastionHosts/write", PUBLIC_ADDRESSES, &["public-ip-address"]),
    linked("Microsoft.Network/azureFirewalls/write", SUBNETS, &["vnet-name"]),
    linked("Microsoft.Network/virtualNetworkGateways/write", SUBNETS, ALWAYS),
    linked(
        "Microsoft.Network/virtualNetworkGateways/write",
        PUBLIC_ADDRESSES,
        &["public-ip-addresses", "public-ip-address"],
    ),
    linked("Microsoft.Network/natGateways/write", PUBLIC_ADDRESSES, &["public-ip-addresses"]),
    linked(
        "Microsoft.Network/natGateways/write",
        "Microsoft.Network/publicIPPrefixes/join/action",
        &["public-ip-prefixes"],
    ),
    linked(
        "Microsoft.Web/sites/write",
        "Microsoft.Web/serverfarms/join/action",
        &["plan", "app-service-plan"],
    ),
    linked("Microsoft.Web/sites/write", SUBNETS, &["subnet"]),
    linked(
        "Microsoft.Web/serverfarms/write",
        "Microsoft.Web/hostingEnvironments/join/action",
        &["app-service-environment"],
    ),
    linked(
        "Microsoft.App/containerApps/write",
        "Microsoft.App/managedEnvironments/join/action",
        ALWAYS,
    ),
    linked("Microsoft.App/jobs/write", "Microsoft.App/managedEnvironments/join/action", ALWAYS),
    linked(
        "Microsoft.App/managedEnvironments/write",
        SUBNETS,
        &["infrastructure-subnet-resource-id"],
    ),
    linked(
        "Microsoft.App/managedEnvironments/write",
        SHARED_KEYS,
        &["logs-workspace-id", "logs-destination"],
    ),
    linked("Microsoft.ContainerInstance/containerGroups/write", SUBNETS, &["subnet", "subnet-id"]),
    linked(
        "Microsoft.ContainerInstance/containerGroups/write",
        SHARED_KEYS,
        &["log-analytics-workspace"],
    ),
    linked(
        "Microsoft.ContainerService/managedClusters/write",
        SUBNETS,
        &["vnet-subnet-id", "pod-subnet-id"],
    ),
    linked(
        "Microsoft.ContainerService/managedClusters/write",
        "Microsoft.OperationalInsights/workspaces/sharedKeys/read",
        &["workspace-resource-id"],
    ),
    linked(
        "Microsoft.ContainerService/managedClusters/agentPools/write",
        SUBNETS,
        &["vnet-subnet-id", "pod-subnet-id"],
    ),
    linked(
        "Microsoft.Insights/diagnosticSettings/write",
        "Microsoft.Storage/storageAccounts/listKeys/action",
        &["storage-account", "storage-account-id"],
    ),
    linked(
        "Microsoft.Insights/diagnosticSettings/write",
        SHARED_KEYS,
        &["workspace", "workspace-id"],
    ),
    linked(
        "Microsoft.Insights/diagnosticSettings/write",
        "Microsoft.EventHub/namespaces/authorizationRules/listKeys/action",
        &["event-hub-rule", "event-hub-authorization-rule-id"],
    ),
    linked("Microsoft.Sql/servers/virtualNetworkRules/write", SUBNETS_BY_SERVICE, ALWAYS),
    linked("Microsoft.Storage/storageAccounts/write", SUBNETS_BY_SERVICE, &["subnet", "vnet-name"]),
    linked("Microsoft.KeyVault/vaults/write", SUBNETS_BY_SERVICE, &["subnet", "vnet-name"]),
    linked("Microsoft.DBforPostgreSQL/flexibleServers/write", SUBNETS, &["subnet", "vnet"]),
    linked("Microsoft.DBforMySQL/flexibleServers/write", SUBNETS, &["subnet", "vnet"]),
];

/// Options that give a resource a user-assigned identity.
const IDENTITIES: &[&str] = &[
    "assign-identity",
    "assign-kubelet-identity",
    "identities",
    "mi-user-assigned",
    "user-assigned",
    "user-assigned-identity",
    "user-assigned-identity-id",
];

pub(super) fn asked(asked: &[Asked], arguments: &Arguments<'_>) -> Vec<Asked> {
    let given =
        |options: &[&str]| options.iter().find(|it| arguments.has(it)).map(|it| (*it).to_owned());
    let mut more = Vec::new();
    for it in asked {
        for linked in LINKED.iter().filter(|linked| linked.of.eq_ignore_ascii_case(&it.action)) {
            let option = given(linked.options);
            if linked.options.is_empty() || option.is_some() {
                more.push(Asked { option, ..Asked::new(linked.also, it.sure) });
            }
        }
        let writes = it.action.to_ascii_lowercase().ends_with("/write");
        if let Some(option) = given(IDENTITIES).filter(|_| writes && names_identity(arguments)) {
            more.push(Asked { option: Some(option), ..Asked::new(ASSIGN, it.sure) });
        }
    }
    more
}

/// `--assign-identity` without a value, or with `[system]`, gives the resource one of its own.
fn names_identity(arguments: &Arguments<'_>) -> bool {
    let values = IDENTITIES.iter().filter_map(|it| arguments.value(it));
    values.into_iter().any(|it| !it.eq_ignore_ascii_case("[system]"))
}
