//! The embedded tenant: a stand-in for Microsoft Entra ID, Azure Resource Manager, Microsoft Graph,
//! Azure DevOps, and the variables of GitHub and GitLab on the loopback, for `--sandbox` and for
//! tests. No request leaves the machine.
//!
//! It is an HTTP proxy. A client that has it as its proxy and trusts its CA talks to
//! `login.microsoftonline.com`, `management.azure.com`, `graph.microsoft.com` and `dev.azure.com`
//! as always, and reaches this tenant instead; no other host can be reached through it.
//!
//! `docs/sandbox.md` tells what of each service it models, and what it does not.
//!
//! All ids are made from the names of what they identify, and all times are one constant, so that
//! the same requests get the same answers in every run. Tokens alone differ.
#![allow(
    clippy::disallowed_methods,
    reason = "this room is a door: it listens, keeps a file and reads the clock"
)]

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use futures::channel::oneshot;
use tokio::runtime::Builder;
use tokio_rustls::rustls;

mod access;
mod app_role;
mod arm;
mod assertion;
mod ci;
mod devops;
mod entra;
mod fault;
mod federation;
mod filter;
mod graph;
mod imagined;
mod issuer;
mod kudu;
mod message;
mod pace;
mod proxy;
mod seed;
mod state;
mod tenant;
mod token;
mod workload;

pub use fault::{Fault, FaultKind};
pub use workload::{Job, Workload};

use tenant::Tenant;

/// The tenant's id.
pub const TENANT_ID: &str = "3c8f1f0e-52d7-4f0b-9a61-7d2b9e4c5a10";
/// The tenant's initial domain.
pub const TENANT_DOMAIN: &str = "contoso.onmicrosoft.com";
/// The id of its one subscription.
pub const SUBSCRIPTION_ID: &str = "5b2e7c94-0d1a-4c3f-8e76-2f90a1d4b683";
/// The name of its one subscription.
pub const SUBSCRIPTION_NAME: &str = "Contoso Prod";

/// With what its GitHub and its GitLab let everybody in. It opens nothing else.
pub const CI_TOKEN: &str = "canary-ci-4717";

/// When everything in it happens.
pub const NOW: &str = state::CLOCK;

/// How to start a sandbox.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The file that keeps the tenant: loaded if it exists, written after each change. Without one,
    /// the tenant lasts as long as the sandbox runs.
    pub state: Option<PathBuf>,
    /// The port to listen on; 0 takes any that is free.
    pub port: u16,
    /// What is to go wrong.
    pub faults: Vec<Fault>,
    /// How it takes its time.
    pub pace: Pace,
    /// Where its clients run.
    pub workload: Workload,
    /// What is in it beside the seed.
    pub given: Given,
    /// It is what a script of somebody else's takes it for: it goes by any domain, a user's password
    /// is any, and a resource that is asked for is there.
    pub rehearsal: bool,
}

/// What a tenant has beside its seed.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// How its subscription is called, if not as in the seed.
    pub subscription: Option<String>,
    /// The names of users, who may do everything that MFA lets them.
    pub users: Vec<String>,
    /// The ids of resources and resource groups.
    pub resources: Vec<String>,
}

/// How Azure takes its time. By default it takes none.
#[derive(Clone, Debug, Default)]
pub struct Pace {
    /// How long each answer takes.
    pub delay: Duration,
    /// How many requests a service takes in a second before it answers 429.
    pub throttle: Option<u32>,
    /// How long it takes until new principals, credentials and role assignments are known
    /// everywhere.
    pub replication: Duration,
}

/// A running sandbox. It stops when dropped.
pub struct Sandbox {
    port: u16,
    ca_pem: String,
    tenant: Arc<Tenant>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// The service principal `workid-operator`, which may do everything workid does.
#[derive(Clone)]
pub struct Operator {
    /// The tenant it belongs to.
    pub tenant_id: String,
    /// Its client id.
    pub client_id: String,
    /// Its secret. It is the same in every sandbox, and opens nothing else.
    pub client_secret: String,
}

impl Sandbox {
    /// Starts a sandbox on a thread of its own, ready to be used when this returns.
    pub fn start(options: Options) -> Result<Sandbox, Error> {
        let wanted = options.port;
        let tenant = Arc::new(Tenant::open(options)?);
        let (ca_pem, tls) = proxy::certify()?;
        let listen = || {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, wanted))?;
            listener.set_nonblocking(true)?;
            Ok((listener.local_addr()?.port(), listener))
        };
        let (port, listener) = listen().map_err(|source| Error::Listen { port: wanted, source })?;
        let runtime = Builder::new_current_thread().enable_all().build().map_err(Error::Thread)?;
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&tenant);
        let work = move || {
            runtime.block_on(async {
                let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
                tokio::select! {
                    _ = stopped => {}
                    () = proxy::run(listener, port, tls, served) => {}
                }
            });
        };
        let thread =
            thread::Builder::new().name("sandbox".to_owned()).spawn(work).map_err(Error::Thread)?;
        Ok(Sandbox { port, ca_pem, tenant, stop: Some(stop), thread: Some(thread) })
    }

    /// The proxy to use, as a URL.
    pub fn proxy(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The certificate to trust, as PEM. Its key is gone: it has signed one leaf, and no more.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The service principal that workid signs in as.
    pub fn operator(&self) -> Operator {
        seed::operator()
    }

    /// A token in which an issuer outside the tenant says what a workload is, signed with the key
    /// that this issuer has here.
    pub fn federated_token(
        &self,
        issuer: &str,
        subject: &str,
        audience: &str,
    ) -> Result<String, Error> {
        self.tenant.federated_token(issuer, subject, audience)
    }

    /// The issuer and the subject of the job that its clients are.
    pub fn job(&self) -> Option<(&str, &str)> {
        self.tenant.place().job()
    }

    /// Where programs on a machine of App Service ask for tokens, and what they have to show.
    pub fn identity_endpoint(&self) -> Option<(String, &str)> {
        let place = self.tenant.place();
        let endpoint = format!("{}{}", self.proxy(), workload::APP_SERVICE_PATH);
        place.is_app_service().then_some((endpoint, place.key()))
    }

    /// Where the steps of a job of GitHub Actions ask for tokens, and what they have to show.
    pub fn actions_endpoint(&self) -> Option<(String, &str)> {
        let place = self.tenant.place();
        place.is_github().then(|| (workload::ACTIONS_URL.to_owned(), place.key()))
    }

    /// Every request so far, in the order of the answers.
    pub fn log(&self) -> Vec<Logged> {
        self.tenant.log()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // Dropping the sender is the signal.
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // A thread that has panicked has stopped, which is all that is wanted here.
            let _ = thread.join();
        }
    }
}

/// One request, as the sandbox saw it. It holds no query, no body and no header, hence no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// The HTTP method.
    pub method: String,
    /// The host it was meant for.
    pub host: String,
    /// The path, as sent.
    pub path: String,
    /// The status of the answer; 0 if there was none.
    pub status: u16,
    /// The user principal name or the application's display name, if that is known.
    pub who: Option<String>,
    /// Of a request to Azure Resource Manager: what it does to what.
    pub action: Option<Action>,
    /// The code of the error that it was answered with.
    pub error: Option<String>,
}

/// What a request asks of Azure Resource Manager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// As roles name it: `Microsoft.Web/sites/config/write`.
    pub name: String,
    /// The id of what a role has to hold for.
    pub scope: String,
}

/// Why a sandbox did not start, or stopped short.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error("cannot listen on 127.0.0.1:{port}")]
    Listen { port: u16, source: io::Error },
    #[error("cannot start the sandbox's thread")]
    Thread(#[source] io::Error),
    #[error("cannot make the sandbox's certificate")]
    Certificate(#[from] rcgen::Error),
    #[error("cannot set up TLS for the sandbox")]
    Tls(#[from] rustls::Error),
    #[error("no resource of the sandbox, or more than one, is named {name}")]
    Machine { name: String },
    #[error("cannot make a key for the issuer {issuer}")]
    Key { issuer: String },
    #[error("cannot read the sandbox's state in {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write the sandbox's state to {}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("{} is not the state of a sandbox; remove it to begin anew", path.display())]
    Broken { path: PathBuf, source: serde_json::Error },
    #[error("{} is a sandbox of version {found}; this program knows version {known}", path.display())]
    Version { path: PathBuf, found: String, known: u32 },
}
