//! Access tokens for services that know their users by name.

use super::Caveat;
use crate::lang::{Call, HOLE, Names};

pub(super) const CAVEAT: Caveat = Caveat {
    id: "access-token-user",
    summary: "asks for an access token for a service that has users of its own",
    explanation: "The token will be an application's. A database, Azure DevOps, Databricks or Power BI \
                  takes it only if the identity was made known there first.",
    instead: "Make the identity known to the service: `CREATE USER [NAME] FROM EXTERNAL PROVIDER` in a \
                  database, membership of the organization in Azure DevOps, a service principal of the \
                  workspace in Databricks.",
    references: &[
        "https://learn.microsoft.com/azure/azure-sql/database/authentication-aad-service-principal-tutorial",
        "https://learn.microsoft.com/azure/devops/integrate/get-started/authentication/service-principal-managed-identity",
    ],
    federated: false,
    delegated: false,
    find,
    flagged: &[
        (
            "bash",
            "az account get-access-token --resource https://database.windows.net/ --query accessToken",
        ),
        ("bash", "az account get-access-token --resource 499b84ac-1321-427f-aa17-267ca6975798"),
        ("powershell", "Get-AzAccessToken -ResourceUrl 'https://database.windows.net/'"),
    ],
    passed: &[
        ("bash", "az account get-access-token"),
        ("bash", "az account get-access-token --resource https://management.azure.com/"),
        ("bash", "az account get-access-token --resource-type ms-graph"),
        ("powershell", "Get-AzAccessToken"),
    ],
};

/// Azure Resource Manager, Microsoft Graph, Key Vault and storage know identities without more.
const KNOWS_IDENTITIES: &[&str] = &["management", "graph", "vault", "storage", "arm", "appconfig"];

fn find(call: &Call, names: &Names<'_>) -> bool {
    let options: &[&str] = match call.name.as_str() {
        "az account get-access-token" => &["--resource", "--resource-type", "--scope"],
        "get-azaccesstoken" => &["-resourceurl", "-resource", "-resourcetypename"],
        _ => return false,
    };
    let asked =
        options.iter().find_map(|it| call.value(it)).map(|it| names.shape(it).to_ascii_lowercase());
    asked.is_some_and(|it| {
        !it.contains(HOLE) && !KNOWS_IDENTITIES.iter().any(|known| it.contains(known))
    })
}
