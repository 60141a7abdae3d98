//! What a command finds around it, so that it takes the embedded tenant for Azure.

use super::super::Result;
use super::unrunnable;
use crate::{
    disk,
    sandbox::{self, Sandbox},
};
use std::{
    ffi::OsString,
    path::Path,
    process::{Command, ExitCode, ExitStatus},
};

/// What a workload identity's tokens are for.
const EXCHANGE: &str = "api://AzureADTokenExchange";

/// Where a client looks for its proxy: most in one case, curl in the other.
const PROXIES: [&str; 6] =
    ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy"];

/// Where clients look for authorities to trust: Python's requests, curl, OpenSSL and Rust, Node.
const AUTHORITIES: [&str; 4] =
    ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"];

/// Where a job finds what its issuer says of it.
pub(in crate::cli) const TOKEN_FILE: &str = "federated-token";

/// What would lead past the tenant, or to another one.
const FORGOTTEN: [&str; 5] =
    ["SSL_CERT_DIR", "IDENTITY_ENDPOINT", "IDENTITY_HEADER", "MSI_ENDPOINT", "MSI_SECRET"];

/// What the Azure CLI would ask, tell or look up beside its work.
const QUIET: [(&str, &str); 4] = [
    ("AZURE_CORE_COLLECT_TELEMETRY", "false"),
    ("AZURE_CORE_LOGIN_EXPERIENCE_V2", "false"),
    ("AZURE_CORE_SURVEY_MESSAGE", "false"),
    ("AZURE_CORE_CHECK_FOR_UPGRADE", "false"),
];

/// The variables that lead a client to the tenant.
pub(super) fn of(sandbox: &Sandbox, ca: &Path) -> Vec<(&'static str, String)> {
    let (proxy, ca) = (sandbox.proxy(), ca.display().to_string());
    let mut set: Vec<_> = PROXIES.iter().map(|name| (*name, proxy.clone())).collect();
    set.extend([("NO_PROXY", String::new()), ("no_proxy", String::new())]);
    // Node's own fetch looks for a proxy only if it is told to.
    set.push(("NODE_USE_ENV_PROXY", "1".to_owned()));
    set.extend(AUTHORITIES.iter().map(|name| (*name, ca.clone())));
    if let Some((endpoint, key)) = sandbox.identity_endpoint() {
        set.extend([("IDENTITY_ENDPOINT", endpoint), ("IDENTITY_HEADER", key.to_owned())]);
    }
    if let Some((url, key)) = sandbox.actions_endpoint() {
        set.push(("ACTIONS_ID_TOKEN_REQUEST_URL", url));
        set.push(("ACTIONS_ID_TOKEN_REQUEST_TOKEN", key.to_owned()));
    }
    set
}

/// Runs a command in it, and ends as the command does.
pub(super) fn run(sandbox: &Sandbox, command: &[OsString]) -> Result<ExitCode> {
    let folder = tempfile::tempdir()
        .map_err(|error| unrunnable("no folder can be made for the command".to_owned(), &error))?;
    let [program, arguments @ ..] = command else { return Ok(ExitCode::SUCCESS) };
    let mut child = Command::new(program);
    child.args(arguments);
    prepare(&mut child, sandbox, folder.path())?;
    let status = child.status().map_err(|error| {
        unrunnable(format!("{} cannot be run", program.to_string_lossy()), &error)
    })?;
    Ok(ExitCode::from(code(status)))
}

/// Puts a command into it. What clients remember, and the token of a job, are kept in a folder.
pub(in crate::cli) fn prepare(child: &mut Command, sandbox: &Sandbox, folder: &Path) -> Result<()> {
    let ca = folder.join("ca.pem");
    disk::write_file(&ca, sandbox.ca_pem())?;
    for name in FORGOTTEN {
        child.env_remove(name);
    }
    child.envs(QUIET).envs(of(sandbox, &ca));
    for (name, within) in [("AZURE_CONFIG_DIR", "azure"), ("AZD_CONFIG_DIR", "azd")] {
        child.env(name, folder.join(within));
    }
    if let Some((issuer, subject)) = sandbox.job() {
        let file = folder.join(TOKEN_FILE);
        disk::write_file(&file, &sandbox.federated_token(issuer, subject, EXCHANGE)?)?;
        child.env("AZURE_FEDERATED_TOKEN_FILE", file);
        child.env("AZURE_TENANT_ID", sandbox::TENANT_ID);
    }
    Ok(())
}

/// What a shell would say of it.
pub(in crate::cli) fn code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return u8::try_from(128 + signal).unwrap_or(u8::MAX);
    }
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)
}
