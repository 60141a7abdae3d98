//! `workid sandbox serve` and `workid sandbox run`

use super::{Exit, Failure, Output, Result};
use crate::{
    disk,
    sandbox::{self, Fault, FaultKind, Job, Logged, Options, Pace, Sandbox, Workload},
};
use clap::{Args, Subcommand};
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

pub(super) mod environment;

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
        #[command(flatten)]
        tenant: Tenant,
        /// Where the certificate of its authority is written, as PEM
        #[arg(long, value_name = "FILE", default_value = "workid.sandbox.pem")]
        ca: PathBuf,
        /// The port [default: any that is free]
        #[arg(long, default_value_t = 0, hide_default_value = true)]
        port: u16,
    },
    /// Run a command that takes the embedded tenant for Azure
    ///
    /// The command gets the tenant as its proxy, its certificate authority to trust, and new
    /// folders for what the Azure CLI and the Azure Developer CLI remember. No other host can be
    /// reached. workid ends with the command's exit code.
    #[command(after_help = "\
Examples:
  workid sandbox run -- az login -u svc-deploy@contoso.com -p canary-deploy-4713
  workid sandbox run --state contoso.json --on vm-jobs -- az login --identity
  workid sandbox run --subject repo:contoso/web:environment:production -- ./sign-in.sh
  workid sandbox run --fault PUT:roleAssignments:429 --log requests.txt -- ./deploy.sh")]
    Run {
        #[command(flatten)]
        tenant: Tenant,
        /// Where the requests are listed: status, method, address, and who asked
        #[arg(long, value_name = "FILE")]
        log: Option<PathBuf>,
        /// The command and its arguments
        #[arg(last = true, required = true, value_name = "COMMAND")]
        command: Vec<OsString>,
    },
}

/// The tenant, and how it behaves.
#[derive(Args)]
struct Tenant {
    /// Where the tenant is kept; without one it is forgotten in the end
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// The resource that the clients run on, by name or id: they may use its managed identities
    #[arg(long, value_name = "RESOURCE")]
    on: Option<String>,
    /// The clients are a job of which its issuer says this
    #[arg(long)]
    subject: Option<String>,
    /// The issuer of the job's tokens
    #[arg(
        long,
        value_name = "URL",
        requires = "subject",
        default_value = "https://token.actions.githubusercontent.com"
    )]
    issuer: String,
    /// Milliseconds that each answer takes
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 0)]
    delay: u64,
    /// How many requests a service takes in a second before it answers 429
    #[arg(long, value_name = "REQUESTS")]
    throttle: Option<u32>,
    /// Seconds until new principals, credentials and role assignments are known everywhere
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    replication: u64,
    /// What goes wrong, as METHOD:TEXT:WHAT[:FIRST[:TIMES]]: of the requests with that text in
    /// their address, the first ones get this status, or `reset`, or are done and `lost`, or `slow`
    #[arg(long, value_name = "FAULT", value_parser = fault)]
    fault: Vec<Fault>,
}

impl Tenant {
    fn start(&self, port: u16) -> Result<Sandbox> {
        let job = |subject: &String| Job { issuer: self.issuer.clone(), subject: subject.clone() };
        Ok(Sandbox::start(Options {
            state: self.state.clone(),
            port,
            faults: self.fault.clone(),
            pace: Pace {
                delay: Duration::from_millis(self.delay),
                throttle: self.throttle,
                replication: Duration::from_secs(self.replication),
            },
            workload: Workload { machine: self.on.clone(), job: self.subject.as_ref().map(job) },
            ..Options::default()
        })?)
    }
}

/// How long an answer takes that is slow.
const SLOW: Duration = Duration::from_secs(10);

/// Reads `PUT:roleAssignments:429:1:3`.
fn fault(text: &str) -> std::result::Result<Fault, String> {
    let usage = || "it is METHOD:TEXT:WHAT[:FIRST[:TIMES]], as in PUT:roleAssignments:429:1:3";
    let parts: Vec<&str> = text.split(':').collect();
    let [method, path, what, counts @ ..] = parts.as_slice() else { return Err(usage().into()) };
    let count = |at: usize| match counts.get(at) {
        Some(count) => count.parse().map_err(|_| usage().to_owned()),
        None => Ok(1),
    };
    let what = match *what {
        "reset" => FaultKind::Reset,
        "lost" => FaultKind::LostAnswer,
        "slow" => FaultKind::Slow(SLOW),
        status => {
            let code = status.parse().ok().filter(|code| (400..600).contains(code));
            let code = code.ok_or("it is a status from 400 to 599, `reset`, `lost` or `slow`")?;
            let busy = matches!(code, 429 | 503);
            let error = if busy { "TooManyRequests" } else { "SandboxFault" };
            FaultKind::Status { code, error: error.into(), retry_after: busy.then_some(1) }
        }
    };
    if counts.len() > 2 {
        return Err(usage().into());
    }
    let (method, path_contains) = (method.to_uppercase(), (*path).to_owned());
    Ok(Fault { method, path_contains, nth: count(0)?, times: count(1)?, what })
}

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<ExitCode> {
    match &arguments.command {
        Command::Serve { tenant, ca, port } => serve(&tenant.start(*port)?, ca, output),
        Command::Run { tenant, log, command } => {
            let sandbox = tenant.start(0)?;
            let code = environment::run(&sandbox, command)?;
            if let Some(path) = log {
                let lines: String = sandbox.log().iter().map(|it| line(it) + "\n").collect();
                disk::write_file(path, &lines)?;
            }
            Ok(code)
        }
    }
}

fn serve(sandbox: &Sandbox, ca: &Path, output: &mut Output) -> Result<ExitCode> {
    disk::write_file(ca, sandbox.ca_pem())?;
    let (proxy, operator) = (sandbox.proxy(), sandbox.operator());
    let shown = environment::of(sandbox, ca);
    let exports: String =
        shown.iter().map(|(name, value)| format!("  export {name}={value}\n")).collect();
    output.print(&format!(
        "The embedded tenant {} is at {proxy}\n\n{exports}\n\
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
            output.line(&line(it))?;
        }
        told = log.len();
    }
}

/// A request as it is listed: no query, no header and no body of it.
fn line(it: &Logged) -> String {
    let who = it.who.as_deref().unwrap_or("-");
    format!("{} {} {}{} {who}", it.status, it.method, it.host, it.path)
}

/// The command could not be run, or its folder not be made.
fn unrunnable(what: String, error: &std::io::Error) -> Failure {
    let mut failure = Failure::new(Exit::Usage, what);
    failure.causes.push(error.to_string());
    failure
}
