//! `workid sandbox serve`

use super::{Exit, Output, Result};
use crate::{
    disk,
    sandbox::{self, Options, Sandbox},
};
use clap::{Args, Subcommand};
use std::{path::PathBuf, time::Duration};

/// The embedded tenant, for other clients
#[derive(Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the embedded tenant on the loopback, until it is stopped
    ///
    /// It is an HTTPS proxy: a client that uses it and trusts its certificate authority reaches
    /// the embedded tenant by Azure's own host names, and nothing else.
    #[command(after_help = "\
Examples:
  workid sandbox serve
  workid sandbox serve --state contoso.json --ca contoso-ca.pem --port 8888")]
    Serve {
        /// Where the tenant is kept; without one it is forgotten in the end
        #[arg(long, value_name = "FILE")]
        state: Option<PathBuf>,
        /// Where the certificate of its authority is written, as PEM
        #[arg(long, value_name = "FILE", default_value = "workid.sandbox.pem")]
        ca: PathBuf,
        /// The port [default: any that is free]
        #[arg(long, default_value_t = 0, hide_default_value = true)]
        port: u16,
    },
}

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit> {
    let Command::Serve { state, ca, port } = &arguments.command;
    let sandbox =
        Sandbox::start(Options { state: state.clone(), port: *port, ..Options::default() })?;
    disk::write_file(ca, sandbox.ca_pem())?;
    let (proxy, ca, operator) = (sandbox.proxy(), ca.display(), sandbox.operator());
    output.print(&format!(
        "The embedded tenant {} is at {proxy}\n\n  \
         export HTTPS_PROXY={proxy} HTTP_PROXY={proxy} https_proxy={proxy} http_proxy={proxy} NO_PROXY= no_proxy=\n  \
         export REQUESTS_CA_BUNDLE={ca} CURL_CA_BUNDLE={ca} SSL_CERT_FILE={ca} NODE_EXTRA_CA_CERTS={ca}\n\n\
         Subscription {} ({}); operator {}\n",
        sandbox::TENANT_DOMAIN,
        sandbox::SUBSCRIPTION_NAME,
        sandbox::SUBSCRIPTION_ID,
        operator.client_id,
    ))?;
    let mut told = 0;
    loop {
        std::thread::sleep(Duration::from_millis(200));
        let log = sandbox.log();
        for it in &log[told..] {
            let who = it.who.as_deref().unwrap_or("-");
            output.line(&format!("{} {} {}{} {who}", it.status, it.method, it.host, it.path))?;
        }
        told = log.len();
    }
}
