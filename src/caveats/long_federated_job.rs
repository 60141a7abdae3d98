//! Commands that take longer than a federated token lives.

use super::Caveat;
use crate::lang::{Call, Names};

pub(super) const CAVEAT: Caveat = Caveat {
    id: "long-federated-job",
    summary: "takes longer than the token of a federated sign-in lives",
    explanation: "The token that the platform signs lives for some ten minutes, and is kept and sent again \
                  when the access token ends or another service is asked for the first time: that is then \
                  refused (AADSTS700024).",
    instead: "Sign in anew before what comes after it, or let what runs so long wait elsewhere (`--no-wait`). \
                  Terraform asks for tokens itself with `ARM_USE_OIDC`, and a managed identity has no such \
                  end.",
    references: &[
        "https://learn.microsoft.com/azure/devops/pipelines/release/troubleshoot-workload-identity",
    ],
    federated: true,
    delegated: false,
    find,
    flagged: &[
        ("bash", "az sql mi create -g rg -n mi --subnet $S -u a -p \"$P\""),
        ("bash", "sleep 15m"),
        ("powershell", "New-AzVirtualNetworkGateway -Name g -ResourceGroupName rg"),
    ],
    passed: &[
        ("bash", "az apim create -g rg -n a --publisher-email a@b.c --publisher-name n --no-wait"),
        ("bash", "sleep 30"),
        ("bash", "sleep 30あ"),
        ("bash", "az group create -n rg -l japaneast"),
    ],
};

/// What Microsoft tells to take most of an hour, or more.
const LONG: &[&str] = &[
    "az apim create",
    "az appservice ase create",
    "az hdinsight create",
    "az network vnet-gateway create",
    "az sql mi create",
    "az vmware private-cloud create",
    "new-azapimanagement",
    "new-azhdinsightcluster",
    "new-azsqlinstance",
    "new-azvirtualnetworkgateway",
];

const SECONDS: u64 = 600;

fn find(call: &Call, names: &Names<'_>) -> bool {
    let is_long =
        LONG.contains(&call.name.as_str()) && !call.has("--no-wait") && !call.has("-asjob");
    let first = || call.words.first().or(call.arguments.first()).map(|it| names.shape(it));
    let seconds = |text: String| {
        let units = [("s", 1), ("m", 60), ("h", 3600), ("d", 86_400)];
        let found = units.iter().find_map(|(it, unit)| Some((text.strip_suffix(it)?, *unit)));
        let (n, unit) = found.unwrap_or((text.as_str(), 1));
        n.parse::<u64>().ok().map(|it| it.saturating_mul(unit))
    };
    let sleeps =
        || call.name == "sleep" && first().and_then(seconds).is_some_and(|it| it >= SECONDS);
    is_long || sleeps()
}
