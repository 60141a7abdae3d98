//! An embedded tenant of a test's own, asked as its operator, and a journal that no disk keeps.

use super::Workplace;
use serde_json::Value;
use std::time::Duration;
use workid::{
    apply::journal::{Entry, Journal, JournalError},
    resource::{Refusal, Request},
    sandbox::{CI_TOKEN, Fault, Options, Sandbox},
    secret::Secret,
    services::{Azure, CiTokens, Connection, Operator},
};

#[derive(Default)]
pub(crate) struct InMemory(pub(crate) Vec<Entry>);

impl Journal for InMemory {
    fn entries(&self) -> &[Entry] {
        &self.0
    }

    fn write(&mut self, entry: Entry) -> Result<(), JournalError> {
        self.0.push(entry);
        Ok(())
    }
}

/// A tenant of its own, with a folder for keys.
pub(crate) struct Tenant {
    pub(crate) azure: Azure,
    pub(crate) sandbox: Sandbox,
    pub(crate) place: Workplace,
}

impl Tenant {
    pub(crate) fn new() -> Tenant {
        Tenant::with(Vec::new())
    }

    pub(crate) fn with(faults: Vec<Fault>) -> Tenant {
        Tenant::start(Options { faults, ..Options::default() }, None)
    }

    /// One that is asked by somebody who waits so long for an answer.
    pub(crate) fn start(options: Options, timeout: Option<Duration>) -> Tenant {
        let place = Workplace::empty();
        let state = Some(place.path("state.json"));
        let sandbox = Sandbox::start(Options { state, ..options }).unwrap();
        let connection = Connection {
            proxy: Some(sandbox.proxy()),
            root_certificate: Some(sandbox.ca_pem().to_owned()),
            timeout,
            ..Connection::default()
        };
        let operator = sandbox.operator();
        let operator = Operator::ServicePrincipal {
            tenant_id: operator.tenant_id,
            client_id: operator.client_id,
            client_secret: Secret::new(operator.client_secret),
        };
        let mut azure = Azure::connect(&connection, operator, place.path("")).unwrap();
        azure.ci(CiTokens::everywhere(CI_TOKEN));
        Tenant { azure, sandbox, place }
    }

    /// What there is, but for keys, which differ each time.
    pub(crate) fn state(&self) -> Value {
        let mut state: Value = serde_json::from_str(&self.place.read("state.json")).unwrap();
        forget_keys(&mut state);
        state
    }

    pub(crate) fn changes(&self) -> usize {
        let log = self.sandbox.log();
        log.iter()
            .filter(|it| {
                it.method != "GET"
                    && it.host != "login.microsoftonline.com"
                    && (200..300).contains(&it.status)
            })
            .count()
    }
}

fn forget_keys(value: &mut Value) {
    match value {
        Value::Object(entries) => {
            entries.retain(|name, _| {
                !["signingKey", "key", "keyId", "customKeyIdentifier", "thumbprint"]
                    .contains(&name.as_str())
            });
            entries.values_mut().for_each(forget_keys);
        }
        Value::Array(items) => items.iter_mut().for_each(forget_keys),
        _ => {}
    }
}

/// What becomes of a request that a test does not send.
pub(crate) fn stopped(request: &Request) -> Refusal {
    Refusal {
        service: request.service,
        method: request.method,
        path: request.path.clone(),
        status: None,
        code: "Stopped".to_owned(),
        message: String::new(),
        request_id: None,
    }
}
