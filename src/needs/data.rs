//! What commands ask of a service itself, and of the keys to it.

use super::{Asked, Plane, reach::Arguments};

/// Commands that begin so and end so ask for these actions; with `*`, whatever they end with.
type Row = (&'static str, &'static [&'static str], &'static [&'static str]);

const READS: &[&str] =
    &["download", "download-batch", "exists", "list", "query", "show", "peek", "url"];
const DELETES: &[&str] = &["delete", "delete-batch", "clear"];

/// Of Azure Storage, for whoever comes with a token.
const STORAGE: &[Row] = &[
    ("storage blob", READS, &["blobServices/containers/blobs/read"]),
    (
        "storage blob",
        DELETES,
        &["blobServices/containers/blobs/read", "blobServices/containers/blobs/delete"],
    ),
    (
        "storage blob",
        &["*"],
        &[
            "blobServices/containers/blobs/read",
            "blobServices/containers/blobs/write",
            "blobServices/containers/blobs/add/action",
        ],
    ),
    ("storage fs", READS, &["blobServices/containers/blobs/read"]),
    (
        "storage fs",
        DELETES,
        &["blobServices/containers/blobs/read", "blobServices/containers/blobs/delete"],
    ),
    (
        "storage fs",
        &["*"],
        &["blobServices/containers/blobs/read", "blobServices/containers/blobs/write"],
    ),
    (
        "storage copy",
        &["*"],
        &["blobServices/containers/blobs/read", "blobServices/containers/blobs/write"],
    ),
    (
        "storage remove",
        &["*"],
        &["blobServices/containers/blobs/read", "blobServices/containers/blobs/delete"],
    ),
    ("storage message", READS, &["queueServices/queues/messages/read"]),
    ("storage message", &["put"], &["queueServices/queues/messages/add/action"]),
    ("storage message", &["get"], &["queueServices/queues/messages/process/action"]),
    ("storage message", &["*"], &["queueServices/queues/messages/delete"]),
    ("storage entity", READS, &["tableServices/tables/entities/read"]),
    ("storage entity", DELETES, &["tableServices/tables/entities/delete"]),
    (
        "storage entity",
        &["*"],
        &[
            "tableServices/tables/entities/add/action",
            "tableServices/tables/entities/update/action",
        ],
    ),
    (
        "storage file",
        READS,
        &["fileServices/fileshares/files/read", "fileServices/readFileBackupSemantics/action"],
    ),
    (
        "storage file",
        DELETES,
        &["fileServices/fileshares/files/delete", "fileServices/writeFileBackupSemantics/action"],
    ),
    (
        "storage file",
        &["*"],
        &["fileServices/fileshares/files/write", "fileServices/writeFileBackupSemantics/action"],
    ),
    (
        "storage directory",
        READS,
        &["fileServices/fileshares/files/read", "fileServices/readFileBackupSemantics/action"],
    ),
    (
        "storage directory",
        DELETES,
        &["fileServices/fileshares/files/delete", "fileServices/writeFileBackupSemantics/action"],
    ),
    (
        "storage directory",
        &["*"],
        &["fileServices/fileshares/files/write", "fileServices/writeFileBackupSemantics/action"],
    ),
];

/// Containers are asked for with a token, too, but stand among the other actions of roles.
const STORAGE_CONTROL: &[Row] = &[
    ("storage container", READS, &["blobServices/containers/read"]),
    ("storage container", DELETES, &["blobServices/containers/delete"]),
    (
        "storage container",
        &["*"],
        &["blobServices/containers/read", "blobServices/containers/write"],
    ),
    ("storage queue", READS, &["queueServices/queues/read"]),
    ("storage queue", DELETES, &["queueServices/queues/delete"]),
    ("storage queue", &["*"], &["queueServices/queues/read", "queueServices/queues/write"]),
    ("storage table", READS, &["tableServices/tables/read"]),
    ("storage table", DELETES, &["tableServices/tables/delete"]),
    ("storage table", &["*"], &["tableServices/tables/read", "tableServices/tables/write"]),
    ("storage share", READS, &["fileServices/shares/read"]),
    ("storage share", DELETES, &["fileServices/shares/delete"]),
    ("storage share", &["*"], &["fileServices/shares/read", "fileServices/shares/write"]),
];

/// Of a vault whose permissions are roles; one with access policies has those in their place.
const VAULT: &[Row] = &[
    ("keyvault secret", &["show", "download"], &["secrets/getSecret/action"]),
    (
        "keyvault secret",
        &["list", "list-versions", "list-deleted"],
        &["secrets/readMetadata/action"],
    ),
    ("keyvault secret", &["set"], &["secrets/setSecret/action"]),
    ("keyvault secret", &["set-attributes"], &["secrets/update/action"]),
    ("keyvault secret", &["delete"], &["secrets/delete"]),
    ("keyvault secret", &["backup"], &["secrets/backup/action"]),
    ("keyvault secret", &["restore"], &["secrets/restore/action"]),
    ("keyvault secret", &["recover"], &["secrets/recover/action"]),
    ("keyvault secret", &["purge"], &["secrets/purge/action"]),
    ("keyvault key", &["show", "list", "list-versions", "download"], &["keys/read"]),
    ("keyvault key", &["create"], &["keys/create/action"]),
    ("keyvault key", &["import"], &["keys/import/action"]),
    ("keyvault key", &["delete"], &["keys/delete"]),
    ("keyvault key", &["set-attributes"], &["keys/update/action"]),
    ("keyvault key", &["encrypt"], &["keys/encrypt/action"]),
    ("keyvault key", &["decrypt"], &["keys/decrypt/action"]),
    ("keyvault key", &["sign"], &["keys/sign/action"]),
    ("keyvault key", &["verify"], &["keys/verify/action"]),
    ("keyvault key", &["rotate"], &["keys/rotate/action"]),
    (
        "keyvault certificate",
        &["show", "list", "list-versions", "download"],
        &["certificates/read"],
    ),
    ("keyvault certificate", &["create"], &["certificates/create/action"]),
    ("keyvault certificate", &["import"], &["certificates/import/action"]),
    ("keyvault certificate", &["delete"], &["certificates/delete"]),
    ("keyvault certificate", &["set-attributes"], &["certificates/update/action"]),
];

const CONFIGURATION: &[Row] = &[
    ("appconfig kv", &["list", "show", "export"], &["keyValues/read"]),
    ("appconfig kv", &["delete"], &["keyValues/read", "keyValues/delete"]),
    ("appconfig kv", &["*"], &["keyValues/read", "keyValues/write"]),
    ("appconfig feature", &["list", "show"], &["keyValues/read"]),
    ("appconfig feature", &["delete"], &["keyValues/read", "keyValues/delete"]),
    ("appconfig feature", &["*"], &["keyValues/read", "keyValues/write"]),
];

/// Of a registry: what it holds is asked for with the other actions of roles.
const REGISTRY: &[Row] = &[
    ("acr login", &["*"], &["pull/read"]),
    ("acr repository", &["delete", "untag"], &["pull/read", "artifacts/delete"]),
    ("acr repository", &["update"], &["pull/read", "push/write"]),
    ("acr repository", &["*"], &["pull/read"]),
    ("acr manifest", &["delete"], &["pull/read", "artifacts/delete"]),
    ("acr manifest", &["*"], &["pull/read"]),
];

/// Cmdlets, by the commands of the Azure CLI that ask for the same.
const CMDLETS: &[(&str, &str)] = &[
    ("get-azkeyvaultcertificate", "keyvault certificate show"),
    ("get-azkeyvaultkey", "keyvault key show"),
    ("get-azkeyvaultsecret", "keyvault secret show"),
    ("remove-azkeyvaultsecret", "keyvault secret delete"),
    ("set-azkeyvaultsecret", "keyvault secret set"),
    ("import-azkeyvaultcertificate", "keyvault certificate import"),
    ("connect-azcontainerregistry", "acr login"),
];

/// What a command of a service's own data asks for; `None` if the catalog knows all of it.
pub(super) fn asked(arguments: &Arguments<'_>) -> Option<Vec<Asked>> {
    let name = arguments.call.name.as_str();
    let of_cmdlet = CMDLETS.iter().find(|(it, _)| *it == name).map(|(_, it)| *it);
    let command = name.strip_prefix("az ").or(of_cmdlet)?;
    let asked = |rows, kind: &str, plane| {
        let of = |it: &&str| Asked { plane, ..Asked::new(format!("{kind}/{it}"), true) };
        find(rows, command).map(|it| it.iter().map(of).collect::<Vec<_>>())
    };
    if let Some(asked) = asked(VAULT, "Microsoft.KeyVault/vaults", Plane::Data) {
        return Some(asked);
    }
    if let Some(mut asked) =
        asked(REGISTRY, "Microsoft.ContainerRegistry/registries", Plane::Control)
    {
        asked.push(Asked::new("Microsoft.ContainerRegistry/registries/read", true));
        if command == "acr login" {
            // Whether what comes after it pushes is the business of docker.
            asked.push(Asked::new("Microsoft.ContainerRegistry/registries/push/write", false));
        }
        return Some(asked);
    }
    let by_login = arguments.value("auth-mode").map(|it| it.eq_ignore_ascii_case("login"));
    let with_option = |mut asked: Vec<Asked>| {
        asked.iter_mut().for_each(|it| it.option = Some("auth-mode".to_owned()));
        asked
    };
    if by_login == Some(true) {
        let storage = "Microsoft.Storage/storageAccounts";
        let data = asked(STORAGE, storage, Plane::Data).or_else(|| {
            asked(CONFIGURATION, "Microsoft.AppConfiguration/configurationStores", Plane::Data)
        });
        return data.or_else(|| asked(STORAGE_CONTROL, storage, Plane::Control)).map(with_option);
    }
    let is_storage = find(STORAGE, command).is_some() || find(STORAGE_CONTROL, command).is_some();
    is_storage.then(|| keys(arguments))
}

/// Without `--auth-mode login`, the Azure CLI asks for the account's keys, which open all of it;
/// unless the environment has one, which no file shows.
fn keys(arguments: &Arguments<'_>) -> Vec<Asked> {
    let has_key = ["account-key", "sas-token", "connection-string"];
    if has_key.iter().any(|it| arguments.has(it)) {
        return Vec::new();
    }
    let actions = ["listKeys/action", "read"];
    actions.map(|it| Asked::new(format!("Microsoft.Storage/storageAccounts/{it}"), true)).to_vec()
}

fn find(rows: &[Row], command: &str) -> Option<&'static [&'static str]> {
    let last = command.rsplit(' ').next().unwrap_or(command);
    let is = |(begin, ends, _): &&Row| {
        let begins =
            command.strip_prefix(begin).is_some_and(|it| it.is_empty() || it.starts_with(' '));
        begins && (ends.contains(&last) || ends.contains(&"*"))
    };
    rows.iter().find(is).map(|(_, _, actions)| *actions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_of_the_rows_is_one_of_the_catalog() {
        let catalog = crate::catalog::Catalog::default();
        for (begin, ends, _) in [STORAGE, STORAGE_CONTROL, VAULT, CONFIGURATION, REGISTRY].concat()
        {
            let whole = |end: &&str| format!("{begin} {end}");
            let known = |it: &str| catalog.az(it).is_some_and(|(name, _)| name == it);
            assert!(
                ends.contains(&"*") || ends.iter().any(|it| known(&whole(it))),
                "{begin} {ends:?}"
            );
        }
    }
}
