//! Errors as people see them: what is wrong, why, and what to do; and the exit code of each.

use super::Exit;
use crate::{
    apply::{ApplyError, journal::JournalError},
    config::ConfigError,
    disk::DiskError,
    observe::ObserveError,
    plan::{PlanError, format::PlanFileError},
    resource::Refusal,
    sandbox,
    services::{ConnectError, hints},
};
use std::{error::Error, io};

#[derive(Debug)]
pub(super) struct Failure {
    pub(super) exit: Exit,
    /// What is wrong, in one sentence.
    pub(super) what: String,
    /// Why, one cause a line.
    pub(super) causes: Vec<String>,
    /// What to do.
    pub(super) hint: Option<String>,
}

impl Failure {
    pub(super) fn new(exit: Exit, what: impl Into<String>) -> Failure {
        Failure { exit, what: what.into(), causes: Vec::new(), hint: None }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hint = Some(hint.into());
        self
    }

    fn of(exit: Exit, error: &dyn Error) -> Failure {
        let mut failure = Failure::new(exit, error.to_string());
        let mut source = error.source();
        while let Some(cause) = source {
            failure.causes.push(match cause.downcast_ref::<Refusal>() {
                Some(refusal) => sentence(refusal),
                None => cause.to_string(),
            });
            failure.hint = failure
                .hint
                .or_else(|| hints::hint(cause.downcast_ref::<Refusal>()?).map(str::to_owned));
            source = cause.source();
        }
        failure
    }
}

/// What a service said, and to what.
fn sentence(refusal: &Refusal) -> String {
    let id = refusal.request_id.as_ref().map(|it| format!(" (request {it})")).unwrap_or_default();
    let method = format!("{:?}", refusal.method).to_uppercase();
    let said =
        if refusal.message.is_empty() { String::new() } else { format!(": {}", refusal.message) };
    match refusal.status {
        Some(status) => {
            format!("{refusal}{id} with status {status} to {method} {}{said}", refusal.path)
        }
        None => {
            format!("{} gave no answer to {method} {}{said}", refusal.service.title(), refusal.path)
        }
    }
}

macro_rules! failures {
    ($($error:ty => $exit:expr),* $(,)?) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Failure {
                Failure::of($exit, &error)
            }
        }
    )*};
}

failures! {
    DiskError => Exit::Files,
    ConfigError => Exit::Files,
    JournalError => Exit::Files,
    sandbox::Error => Exit::Files,
}

impl From<PlanFileError> for Failure {
    fn from(error: PlanFileError) -> Failure {
        Failure::of(Exit::Files, &error).hint("Plan again: workid plan PATH --out FILE")
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        let mut failure = Failure::new(Exit::Refused, sentence(&refusal));
        failure.hint = hints::hint(&refusal).map(str::to_owned);
        failure
    }
}

impl From<ApplyError> for Failure {
    fn from(error: ApplyError) -> Failure {
        match error {
            ApplyError::Journal(error) => error.into(),
            error => Failure::of(Exit::Refused, &error),
        }
    }
}

impl From<ObserveError> for Failure {
    fn from(error: ObserveError) -> Failure {
        match error {
            ObserveError::Refused(refusal) => refusal.into(),
            ObserveError::NoSubscription => Failure::of(Exit::Refused, &error)
                .hint("Sign in to a tenant where you may read a subscription: az login --tenant <tenant>"),
            ObserveError::ManySubscriptions(_) => {
                Failure::of(Exit::Files, &error).hint("Name one: --subscription ID, or in workid.yaml (subscription)")
            }
            ObserveError::NoSuchRole(_) => Failure::of(Exit::Files, &error)
                .hint("Check the name in workid.yaml (roles): az role definition list --query '[].roleName'"),
        }
    }
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Failure {
        let failure = Failure::of(Exit::Files, &error);
        match &error {
            PlanError::NoResourceGroup => {
                failure.hint("Name one: --resource-group NAME, or in workid.yaml")
            }
            PlanError::NoSuchResourceGroup(name) => failure.hint(format!(
                "Create it (az group create --name {name} --location LOCATION), or name another"
            )),
            PlanError::NoSuchProject(..) => failure.hint("Check azure_devops in workid.yaml"),
        }
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Failure {
        let exit = Exit::Refused;
        match &error {
            ConnectError::Credential(credential) => {
                let mut failure = Failure::new(exit, "nobody is signed in to Azure");
                failure.causes = credential.0.iter().map(|it| format!("tried {it}")).collect();
                failure.hint("Sign in: az login --tenant <tenant>. To look around without Azure: --sandbox, or --offline")
            }
            ConnectError::Client(_) | ConnectError::Cloud(_) => Failure::of(exit, &error),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        match error.kind() {
            // Whoever read the output has enough of it.
            io::ErrorKind::BrokenPipe => Failure::new(Exit::Done, ""),
            _ => Failure::of(Exit::Files, &error),
        }
    }
}
