//! What commands need, told by their text.

use super::*;
use crate::{catalog::Catalog, impact, lang::by_name};

/// The needs of the last call of a script, one a line, beside these files.
fn told_with(
    language: &str,
    text: &str,
    files: &[(&str, &str)],
) -> (Vec<String>, Option<&'static str>) {
    let parsed = by_name(language).unwrap().parse(text, &[]);
    let names = Names::of(&parsed);
    let mut defaults = Defaults::default();
    for call in &parsed.calls {
        defaults.follow(call, &names);
    }
    let call = parsed.calls.last().unwrap();
    let judgement = impact::judge(call, &names, &Catalog::default()).unwrap();
    let files = |path: &str, _: Option<&str>| {
        let path = path.trim_start_matches("./");
        files
            .iter()
            .find(|(it, _)| *it == path)
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
    };
    let needs = needs(call, &judgement, &names, &defaults, &files);
    (needs.needs.iter().map(line).collect(), needs.gap)
}

fn line(need: &Need) -> String {
    let sub = |it: &Option<String>| it.as_deref().map_or(String::new(), |it| format!("{it}:"));
    let reach = match &need.reach {
        Reach::ManagementGroup(name) => format!("mg {name}"),
        Reach::Subscription(it) => format!("{}subscription", sub(it)),
        Reach::ResourceGroup { subscription, group } => format!("{}{group}", sub(subscription)),
        Reach::Resource { subscription, group, kind, name } => {
            let kind = kind.rsplit('/').next().unwrap_or_default();
            format!("{}{}/{kind}/{name}", sub(subscription), group.as_deref().unwrap_or("?"))
        }
        Reach::Unknown => "unknown".to_owned(),
    };
    let data = if need.plane == Plane::Data { "data " } else { "" };
    let option = need.option.as_deref().map_or(String::new(), |it| format!(" by {it}"));
    let doubt = if need.sure { "" } else { " perhaps" };
    format!("{data}{} on {reach}{option}{doubt}", need.action)
}

fn told(language: &str, text: &str) -> Vec<String> {
    told_with(language, text, &[]).0
}

fn has(language: &str, text: &str, wanted: &[&str]) {
    let told = told(language, text);
    for wanted in wanted {
        assert!(told.iter().any(|it| it == wanted), "{text}: {wanted} is not in {told:#?}");
    }
}

#[test]
fn a_command_needs_what_the_catalog_says_where_its_arguments_say() {
    let web = "Microsoft.Web/sites/config/Write on rg-web/sites/app";
    for (text, wanted) in [
        (
            "az vm start -g rg -n vm1",
            "Microsoft.Compute/virtualMachines/start/action on rg/virtualMachines/vm1",
        ),
        (
            "az vm delete -g rg -n vm1 -y",
            "Microsoft.Compute/virtualMachines/read on rg/virtualMachines/vm1",
        ),
        (
            "az group create -n rg -l x",
            "Microsoft.Resources/subscriptions/resourceGroups/write on subscription",
        ),
        (
            "az group delete -n rg -y",
            "Microsoft.Resources/subscriptions/resourceGroups/delete on rg",
        ),
        ("az storage account create -n st -g rg", "Microsoft.Storage/storageAccounts/write on rg"),
        (
            "az keyvault secret set --vault-name kv -n s --value x",
            "data Microsoft.KeyVault/vaults/secrets/setSecret/action on ?/vaults/kv",
        ),
        (
            "az aks get-credentials -g rg -n k",
            "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action on rg/managedClusters/k",
        ),
        ("az vm list", "Microsoft.Compute/virtualMachines/read on subscription"),
        (
            "az network vnet subnet update -g rg --vnet-name v -n s",
            "Microsoft.Network/virtualNetworks/subnets/write on rg/virtualNetworks/v",
        ),
        (
            "az account set -s prod; az vm start -g rg -n vm1",
            "Microsoft.Compute/virtualMachines/start/action on prod:rg/virtualMachines/vm1",
        ),
        (
            "az configure --defaults group=rg; az vm start -n vm1",
            "Microsoft.Compute/virtualMachines/start/action on rg/virtualMachines/vm1",
        ),
        (
            "RG=rg; az vm start -g $RG -n $VM",
            "Microsoft.Compute/virtualMachines/start/action on rg/virtualMachines/{}",
        ),
        (
            "az vm start --ids /subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm1",
            "Microsoft.Compute/virtualMachines/start/action on s:rg/virtualMachines/vm1",
        ),
        (
            "az provider register -n Microsoft.Web",
            "Microsoft.Web/register/action on subscription perhaps",
        ),
        (
            "az cosmosdb keys list -g rg -n c",
            "Microsoft.DocumentDB/databaseAccounts/listKeys/action on rg/databaseAccounts/c",
        ),
        (
            "az cosmosdb sql database delete -g rg --account-name c -n d",
            "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/delete on rg/databaseAccounts/c",
        ),
        (
            "az lock create -n l --lock-type CanNotDelete -g rg",
            "Microsoft.Authorization/locks/write on rg by resource-group",
        ),
        (
            "az role assignment create --assignee a --role Reader --scope /subscriptions/s/resourceGroups/rg",
            "Microsoft.Authorization/roleAssignments/write on s:rg",
        ),
    ] {
        has("bash", text, &[wanted]);
    }
    has(
        "bash",
        "az webapp config connection-string set -g rg-web -n app --settings a=b -t SQLAzure",
        &[web],
    );
    for (text, wanted) in [
        (
            "Stop-AzVM -ResourceGroupName rg -Name vm1 -Force",
            "Microsoft.Compute/virtualMachines/deallocate/action on rg/virtualMachines/vm1",
        ),
        (
            "New-AzResourceGroup -Name rg -Location x",
            "Microsoft.Resources/subscriptions/resourceGroups/write on subscription",
        ),
        (
            "Set-AzContext -Subscription prod; Remove-AzVM -ResourceGroupName rg -Name v",
            "Microsoft.Compute/virtualMachines/delete on prod:rg/virtualMachines/v",
        ),
        (
            "Get-AzKeyVaultSecret -VaultName kv -Name s",
            "data Microsoft.KeyVault/vaults/secrets/getSecret/action on ?/vaults/kv",
        ),
        (
            "Invoke-AzRestMethod -Method POST -Path /subscriptions/s/resourceGroups/rg/providers/Microsoft.Web/sites/app/restart",
            "Microsoft.Web/sites/restart/action on s:rg/sites/app",
        ),
    ] {
        has("powershell", text, &[wanted]);
    }
}

#[test]
fn a_write_needs_the_read_and_an_option_what_it_adds() {
    let stop = "Microsoft.Compute/virtualMachines/start/action on unknown";
    has("bash", "az vm start --ids $IDS", &[stop]);
    has("powershell", "Get-AzVM -ResourceGroupName rg | Start-AzVM", &[stop]);
    let told = told("bash", "az webapp deploy -g rg -n app --src-path a.zip --slot s");
    assert!(
        told.iter().any(|it| it.contains("sites/slots/read") || it.contains("sites/slots/Read")),
        "{told:#?}"
    );
    has(
        "bash",
        "az vm delete -g rg -n v",
        &["Microsoft.Compute/virtualMachines/delete on rg/virtualMachines/v"],
    );
}

#[test]
fn linked_actions_come_along() {
    for (text, wanted) in [
        (
            "az network nic create -g rg -n n --vnet-name v --subnet s",
            "Microsoft.Network/virtualNetworks/subnets/join/action on rg/virtualNetworks/v",
        ),
        (
            "az webapp create -g rg -n app --plan p",
            "Microsoft.Web/serverfarms/join/action on rg/serverfarms/p by plan",
        ),
        (
            "az network vnet peering create -g rg -n p --vnet-name v --remote-vnet w",
            "Microsoft.Network/virtualNetworks/peer/action on rg/virtualNetworks/v",
        ),
        (
            "az containerapp create -g rg -n a --environment e --user-assigned id1",
            "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action on rg by user-assigned",
        ),
        (
            "az containerapp create -g rg -n a --environment e",
            "Microsoft.App/managedEnvironments/join/action on rg/managedEnvironments/e",
        ),
    ] {
        has("bash", text, &[wanted]);
    }
    let told =
        told("bash", "az containerapp create -g rg -n a --environment e --user-assigned [system]");
    assert!(!told.iter().any(|it| it.contains("assign/action")), "{told:#?}");
}

#[test]
fn storage_asks_for_keys_unless_it_signs_in() {
    let upload = "az storage blob upload --account-name st -c c -f a";
    assert_eq!(
        told("bash", upload),
        [
            "Microsoft.Storage/storageAccounts/listKeys/action on ?/storageAccounts/st",
            "Microsoft.Storage/storageAccounts/read on ?/storageAccounts/st"
        ]
    );
    let told_data = told("bash", &format!("{upload} --auth-mode login"));
    assert!(
        told_data.iter().all(|it| it.starts_with("data ") && it.ends_with("by auth-mode")),
        "{told_data:#?}"
    );
    assert!(told("bash", &format!("{upload} --sas-token $S")).is_empty());
}

#[test]
fn requests_need_what_their_address_says() {
    let id = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Web/sites/app";
    for (text, wanted) in [
        (
            format!("az rest --method put --url {id}/config/web?api-version=1"),
            "Microsoft.Web/sites/config/write on s:rg/sites/app",
        ),
        (format!("az rest --method put --url {id}"), "Microsoft.Web/sites/write on s:rg"),
        (
            format!("az rest --url https://management.azure.com{id}"),
            "Microsoft.Web/sites/read on s:rg/sites/app",
        ),
        (
            format!("curl -X POST https://management.azure.com{id}/restart"),
            "Microsoft.Web/sites/restart/action on s:rg/sites/app",
        ),
        (
            "az rest --method delete --url \"/subscriptions/$S/resourceGroups/rg\"".to_owned(),
            "Microsoft.Resources/subscriptions/resourceGroups/delete on rg",
        ),
    ] {
        has("bash", &text, &[wanted]);
    }
}

#[test]
fn a_template_needs_what_it_deploys() {
    let arm = r#"{"resources": [
        {"type": "Microsoft.Web/sites", "name": "a", "resources": [{"type": "config", "name": "web"}]},
        {"type": "Microsoft.Resources/deployments", "name": "d", "properties": {"template": {"resources": [
            {"type": "Microsoft.Network/networkInterfaces", "name": "n"}]}}}]}"#;
    let bicep = "param x string\nresource v 'Microsoft.Network/virtualNetworks@2024-01-01' = {\n  name: 'v'\n  \
                 resource s 'subnets' = {\n    name: 's'\n  }\n}\nresource k 'Microsoft.KeyVault/vaults@2023-07-01' existing = {\n  \
                 name: 'k'\n}\nmodule m 'web.json' = {\n  name: 'm'\n}\n";
    let files = [
        ("main.bicep", bicep),
        ("web.json", arm),
        ("far.bicep", "module m 'br:x.azurecr.io/m:1' = {\n}\n"),
    ];
    let with = |text: &str| told_with("bash", text, &files);
    let (told, gap) = with("az deployment group create -g rg --template-file ./main.bicep");
    for wanted in [
        "Microsoft.Resources/deployments/write on rg",
        "Microsoft.Web/sites/write on rg by template-file",
        "Microsoft.Web/sites/config/write on rg by template-file",
        "Microsoft.Network/virtualNetworks/subnets/write on rg by template-file",
        "Microsoft.KeyVault/vaults/read on rg by template-file",
        "Microsoft.Network/virtualNetworks/subnets/join/action on rg",
    ] {
        assert!(told.iter().any(|it| it == wanted), "{wanted} is not in {told:#?}");
    }
    assert!(!told.iter().any(|it| it.starts_with("Microsoft.KeyVault/vaults/write")));
    assert_eq!(gap, None);
    let many: Vec<String> =
        (0..1000).map(|n| format!(r#"{{"type": "Microsoft.Web/sites{n}"}}"#)).collect();
    let many = format!(r#"{{"resources": [{}]}}"#, many.join(","));
    let text = "az deployment group create -g rg -f many.json";
    let (told, gap) = told_with("bash", text, &[("many.json", &many)]);
    assert!(told.len() < 10 && gap.is_some(), "{}", told.len());
    let computed = r#"{"resources": [{"type": "[parameters('type')]", "name": "a"}]}"#;
    let computed = [("computed.json", computed)];
    let (told, gap) =
        told_with("bash", "az deployment group create -g rg -f computed.json", &computed);
    assert!(gap.is_some() && !told.iter().any(|it| it.contains('[')), "{told:#?}");
    assert!(with("az deployment group create -g rg -f far.bicep").1.is_some());
    assert!(with("az deployment group create -g rg -f \"$T\"").1.is_some());
    let (told, _) = with("az deployment sub create -l x -f web.json");
    assert!(
        told.iter().any(|it| it == "Microsoft.Web/sites/write on subscription by template-file"),
        "{told:#?}"
    );
}

#[test]
fn what_is_not_known_is_said() {
    for text in [
        "az fleet fly",
        "az rest --method put --url \"$U\"",
        "az resource create -g rg -n a --resource-type \"$T\" --properties x",
    ] {
        assert!(told_with("bash", text, &[]).1.is_some(), "{text}");
    }
    // What Microsoft Graph is asked for is no role of Azure.
    for text in ["az vm start -g rg -n a", "az ad user list"] {
        assert!(told_with("bash", text, &[]).1.is_none(), "{text}");
    }
    has(
        "bash",
        "az resource delete -g rg -n a --resource-type Microsoft.Web/sites",
        &["Microsoft.Web/sites/delete on rg/sites/a"],
    );
}
