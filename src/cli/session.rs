//! The tenant that a command speaks to, and the files that stand beside a plan.

use super::{Exit, Failure, Output, Pace, Result, Tenant};
use crate::{
    apply::{
        journal::{self, Entry, Journal},
        preflight::{Preflight, preflight},
    },
    disk::{self, JournalFile},
    observe::{Observed, Operator, Question, Window, observe},
    plan::{Plan, format},
    resource::{CLOUDS, Cloud, Service},
    sandbox::{self, Options, Sandbox},
    secret::Secret,
    services::{self, Azure, CiTokens, Connection, Waiting},
};
use std::path::{Path, PathBuf};

/// A signed-in operator. The embedded tenant, if there is one, lives as long as this.
pub(super) struct Session {
    pub(super) azure: Azure,
    /// Of which days the Activity Log is asked for.
    pub(super) window: Window,
    _sandbox: Option<Sandbox>,
}

impl Session {
    /// `beside` is the plan or the journal, in whose folder everything else is kept.
    pub(super) fn open(tenant: &Tenant, beside: &Path, output: &Output) -> Result<Session> {
        let keys = folder_of(beside);
        if !tenant.sandbox {
            let spinner = output.spinner("Signing in to Azure");
            let connection = Connection { cloud: cloud(tenant)?, ..Connection::default() };
            let named = |it: &&services::Kind| Some(it.name) == tenant.credential.as_deref();
            let operator = services::Operator::FromEnvironment(services::KINDS.iter().find(named));
            let mut azure = Azure::connect(&connection, operator, keys)?;
            azure.ci(CiTokens::from_environment());
            spinner.finish_and_clear();
            output.note(&format!("Signed in by {}.", azure.signed_in_by()))?;
            return Ok(Session { azure, window: services::last_days(), _sandbox: None });
        }
        let state =
            tenant.sandbox_state.clone().unwrap_or_else(|| keys.join("workid.sandbox.json"));
        let sandbox = Sandbox::start(Options { state: Some(state), ..Options::default() })?;
        let connection = Connection {
            proxy: Some(sandbox.proxy()),
            root_certificate: Some(sandbox.ca_pem().to_owned()),
            ..Connection::default()
        };
        let operator = sandbox.operator();
        let operator = services::Operator::ServicePrincipal {
            tenant_id: operator.tenant_id,
            client_id: operator.client_id,
            client_secret: Secret::new(operator.client_secret),
        };
        // All that happens in the embedded tenant happens at one moment.
        let now = || sandbox::NOW.to_owned();
        let mut azure = Azure::connect(&connection, operator, keys)?;
        azure.ci(CiTokens::everywhere(sandbox::CI_TOKEN));
        let window = Window { since: now(), until: now() };
        Ok(Session { azure, window, _sandbox: Some(sandbox) })
    }

    /// From now on so many requests are under way at once, and waiting is told.
    pub(super) fn pace(&mut self, pace: &Pace, waiting: Box<dyn Fn(&Waiting)>) {
        self.azure.at_once(pace.parallel);
        self.azure.on_waiting(waiting);
    }

    /// A failure whose advice names this tenant and this cloud.
    pub(super) fn explain(&self, mut failure: Failure, tenant: &str) -> Failure {
        failure.hint = failure.hint.map(|it| self.filled(&it, tenant));
        failure
    }

    /// What would keep a plan from being made; nothing is changed by asking.
    pub(super) fn preflight(&self, plan: &Plan, entries: &[Entry], output: &Output) -> Preflight {
        let spinner = output.spinner("Looking whether everything can be made");
        let claims = |it| self.azure.claims(it);
        let operator = Operator::of(&claims(Service::ResourceManager), &claims(Service::Graph));
        let found = preflight(plan, entries, operator, &self.azure);
        spinner.finish_and_clear();
        found
    }

    /// Advice that names this tenant and this cloud.
    pub(super) fn filled(&self, advice: &str, tenant: &str) -> String {
        let manager = &self.azure.cloud().resource_manager;
        advice.replace("<tenant>", tenant).replace("<resource-manager>", manager)
    }

    pub(super) fn observe(&self, question: &Question, output: &Output) -> Result<Observed> {
        let spinner = output.spinner("Asking what is there");
        let observed = observe(question, &self.azure)?;
        spinner.finish_and_clear();
        Ok(observed)
    }

    /// Makes sure that this is the tenant that the plan was made for.
    pub(super) fn check(&self, plan: &Plan, output: &Output) -> Result<()> {
        if plan.offline {
            let failure =
                Failure::new(Exit::Files, "this plan was made offline, and is for reading");
            return Err(failure.hint("Plan again without --offline"));
        }
        let here = &self.azure.cloud().name;
        let planned = plan.cloud.as_deref().unwrap_or(&CLOUDS[0].name);
        if !here.eq_ignore_ascii_case(planned) {
            let what = format!("this plan is for the cloud {planned}, and {here} was to be asked");
            return Err(Failure::new(Exit::Files, what).hint(format!("Say so: --cloud {planned}")));
        }
        let question =
            Question { subscription: Some(plan.subscription.id.clone()), ..Question::default() };
        let observed = self.observe(&question, output)?;
        check_tenant(&plan.tenant.id, &observed)
    }
}

/// The cloud that the command line names: only there tokens go.
pub(super) fn cloud(tenant: &Tenant) -> Result<Cloud> {
    let Some(named) = &tenant.cloud else { return Ok(Cloud::default()) };
    if let Some(known) = Cloud::named(named) {
        return Ok(known.clone());
    }
    let wrong = |why: String| {
        let names: Vec<&str> = CLOUDS.iter().map(|it| &*it.name).collect();
        Failure::new(Exit::Files, format!("{named} is no cloud: {why}")).hint(format!(
            "Name {}, or a YAML file with name, authority, resource_manager, graph and audience",
            names.join(", ")
        ))
    };
    let text = disk::read_file(Path::new(named)).map_err(|it| wrong(it.to_string()))?;
    serde_saphyr::from_str(&text)
        .map_err(|it| wrong(it.to_string().lines().next().unwrap_or_default().to_owned()))
}

/// Another tenant is never changed.
pub(super) fn check_tenant(wanted: &str, observed: &Observed) -> Result<()> {
    if [&observed.tenant_id, &observed.tenant_name].iter().any(|it| it.eq_ignore_ascii_case(wanted))
    {
        return Ok(());
    }
    let what =
        format!("this is for tenant {wanted}, and you are signed in to {}", observed.tenant_name);
    Err(Failure::new(Exit::Refused, what)
        .hint(format!("workid changes only the tenant that is named. Sign in there (az login --tenant {wanted}), or plan again.")))
}

pub(super) fn read_plan(path: &Path) -> Result<Plan> {
    let mut failure = match format::read(&disk::read_file(path)?) {
        Ok(plan) => return Ok(plan),
        Err(error) => Failure::from(error),
    };
    failure.what = format!("{}: {}", path.display(), failure.what);
    Err(failure)
}

pub(super) fn journal_path(named: Option<&Path>, plan: &Path) -> PathBuf {
    named.map_or_else(|| folder_of(plan).join("workid.journal.jsonl"), Path::to_owned)
}

pub(super) fn open_journal(
    path: &Path,
    tenant: Option<&str>,
    output: &Output,
) -> Result<JournalFile> {
    let file = JournalFile::open(path)?;
    if file.was_cut {
        output.note(&format!(
            "The last line of {} was cut when workid was stopped; what it was about is looked at again.",
            path.display()
        ))?;
    }
    let of = journal::tenant(file.entries());
    if let (Some(of), Some(wanted)) = (of, tenant)
        && of != wanted
    {
        let what = format!("{} is the journal of another tenant, {of}", path.display());
        return Err(Failure::new(Exit::Files, what).hint("Name another: --journal FILE"));
    }
    Ok(file)
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().unwrap_or(Path::new("")).to_owned()
}
