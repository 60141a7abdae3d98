//! Resources of which only the ids are known: what a plan names, and what a script asks for while it
//! is tried out. Each is there, and has what clients look for before they go on.

use serde_json::{Value, json};

use super::arm::Target;
use super::seed::LOCATION;
use super::state::State;

/// What is not imagined, by how its type begins: it is made, or is not there.
const MADE: [&str; 3] =
    ["microsoft.authorization/", "microsoft.managedidentity/", "microsoft.resources/deployments"];

/// Adds a resource with all that it is a part of, from its group on. What is there stays.
pub(super) fn add(state: &mut State, id: &str) {
    let target = Target::of(id);
    let Some((group, name)) = target.group() else { return };
    let group_target = Target::of(&group);
    insert(state, &group_target, name);
    let kind = target.kind.to_lowercase();
    if target.id == group || MADE.iter().any(|it| kind.starts_with(it)) {
        return;
    }
    if target.parent != group {
        add(state, &target.parent);
    }
    if let Some(name) = &target.name {
        insert(state, &target, name);
    }
}

/// Of a resource that is there, only what it does not say is added.
fn insert(state: &mut State, target: &Target, name: &str) {
    let imagined = json!({
        "id": target.id,
        "name": name,
        "type": target.kind,
        "location": LOCATION,
        "tags": {},
        "sku": { "name": "Standard", "tier": "Standard", "family": "S", "capacity": 1 },
        "properties": properties(target, name),
    });
    fill(state.resources.entry(target.id.to_lowercase()).or_insert_with(|| json!({})), imagined);
}

fn fill(resource: &mut Value, more: Value) {
    let (Value::Object(own), Value::Object(more)) = (resource, more) else { return };
    for (name, value) in more {
        match own.get_mut(&name) {
            Some(there) => fill(there, value),
            None => drop(own.insert(name, value)),
        }
    }
}

/// What clients read of a resource of some type before they write to it.
fn properties(target: &Target, name: &str) -> Value {
    let mut properties = match target.kind.to_lowercase().as_str() {
        "microsoft.web/sites" | "microsoft.web/sites/slots" => {
            let (site, deployment) =
                (format!("{name}.azurewebsites.net"), format!("{name}.scm.azurewebsites.net"));
            json!({
                "state": "Running",
                "sku": "Standard",
                "serverFarmId": target.group().map(|(group, _)| format!("{group}/providers/Microsoft.Web/serverfarms/plan")),
                "defaultHostName": site,
                "enabledHostNames": [site, deployment],
                "hostNameSslStates": [
                    { "name": site, "sslState": "Disabled", "hostType": "Standard" },
                    { "name": deployment, "sslState": "Disabled", "hostType": "Repository" },
                ],
            })
        }
        "microsoft.storage/storageaccounts" => json!({
            "encryption": { "keySource": "Microsoft.Storage" },
            "primaryEndpoints": {
                "blob": format!("https://{name}.blob.core.windows.net/"),
                "file": format!("https://{name}.file.core.windows.net/"),
                "queue": format!("https://{name}.queue.core.windows.net/"),
                "table": format!("https://{name}.table.core.windows.net/"),
            },
        }),
        "microsoft.containerregistry/registries" => {
            json!({ "loginServer": format!("{name}.azurecr.io") })
        }
        "microsoft.keyvault/vaults" => json!({
            "vaultUri": format!("https://{name}.vault.azure.net/"),
            "tenantId": super::TENANT_ID,
            "sku": { "family": "A", "name": "standard" },
            "accessPolicies": [],
        }),
        "microsoft.compute/virtualmachines" => json!({
            "hardwareProfile": { "vmSize": "Standard_B2s" },
            "storageProfile": { "osDisk": { "osType": "Linux", "createOption": "FromImage" }, "dataDisks": [] },
        }),
        "microsoft.cache/redis" => {
            json!({
                "sku": { "name": "Standard", "family": "C", "capacity": 1 },
                "redisConfiguration": {},
            })
        }
        _ => json!({}),
    };
    properties["provisioningState"] = "Succeeded".into();
    properties
}
