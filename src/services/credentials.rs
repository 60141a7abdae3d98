//! As whom workid asks: the operator's credentials.

use crate::{resource::Service, secret::Secret};
use azure_core::{
    credentials::{Secret as SdkSecret, TokenCredential},
    http::{ClientOptions, ExponentialRetryOptions, RetryOptions, Transport},
};
use azure_identity::{
    AzureCliCredential, AzureDeveloperCliCredential, ClientAssertionCredentialOptions,
    ClientSecretCredential, ClientSecretCredentialOptions, WorkloadIdentityCredential,
    WorkloadIdentityCredentialOptions,
};
use futures::lock::Mutex;
use std::{collections::HashMap, env, sync::Arc, time::Duration};

/// The Azure CLI can wait for a person, who may not be there.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Where the operator's credential comes from.
pub enum Operator {
    /// The first of the environment's that gives a token.
    FromEnvironment,
    ServicePrincipal {
        tenant_id: String,
        client_id: String,
        client_secret: Secret,
    },
}

#[derive(Debug, thiserror::Error)]
#[error("nobody is signed in to Azure; tried {}", .0.join("; "))]
pub struct CredentialError(pub Vec<String>);

type Credential = Arc<dyn TokenCredential>;
type Opened = azure_core::Result<Credential>;

/// Tokens of one operator, by service. The credentials themselves keep them until they end, but
/// for the Azure CLI's, which starts a process each time.
pub(super) struct Tokens {
    kind: &'static str,
    credential: Credential,
    held: Mutex<HashMap<&'static str, (Arc<Secret>, azure_core::time::OffsetDateTime)>>,
}

impl Tokens {
    pub(super) async fn open(
        operator: Operator,
        client: &reqwest::Client,
    ) -> Result<Tokens, CredentialError> {
        let mut tried = Vec::new();
        for (kind, credential) in candidates(operator, client) {
            let credential = match credential {
                Ok(credential) => credential,
                Err(error) => {
                    tried.push(format!("{kind}: {}", reason(&error)));
                    continue;
                }
            };
            let tokens = Tokens { kind, credential, held: Mutex::default() };
            match tokens.token(Service::ResourceManager).await {
                Ok(_) => return Ok(tokens),
                Err(error) => tried.push(format!("{kind}: {error}")),
            }
        }
        Err(CredentialError(tried))
    }

    pub(super) fn kind(&self) -> &'static str {
        self.kind
    }

    pub(super) async fn token(&self, service: Service) -> Result<Arc<Secret>, String> {
        /// A token that ends this soon is not used for another request.
        const MARGIN: Duration = Duration::from_secs(300);
        let scope = scope(service);
        let mut held = self.held.lock().await;
        let now = azure_core::time::OffsetDateTime::now_utc();
        if let Some((token, ends)) = held.get(scope)
            && *ends > now + MARGIN
        {
            return Ok(token.clone());
        }
        let scopes = [scope];
        let asked = self.credential.get_token(&scopes, None);
        let answer = tokio::time::timeout(TIMEOUT, asked)
            .await
            .map_err(|_| "no answer in a minute".to_owned())?;
        let answer = answer.map_err(|it| reason(&it))?;
        let token = Arc::new(Secret::new(answer.token.secret().to_owned()));
        held.insert(scope, (token.clone(), answer.expires_on));
        Ok(token)
    }
}

fn scope(service: Service) -> &'static str {
    match service {
        Service::ResourceManager | Service::ThisMachine => "https://management.azure.com/.default",
        Service::Graph => "https://graph.microsoft.com/.default",
        Service::DevOps => "499b84ac-1321-427f-aa17-267ca6975798/.default",
    }
}

/// In order: what a pipeline sets, then what a person has at hand.
fn candidates(operator: Operator, client: &reqwest::Client) -> Vec<(&'static str, Opened)> {
    let transport = || ClientOptions {
        transport: Some(Transport::new(Arc::new(client.clone()))),
        // Its own patience is minutes, for a failure that a person has to see.
        retry: RetryOptions::exponential(ExponentialRetryOptions {
            max_retries: 2,
            ..ExponentialRetryOptions::default()
        }),
        ..ClientOptions::default()
    };
    let secret = |tenant_id: &str, client_id: String, secret: SdkSecret| {
        let options = ClientSecretCredentialOptions { client_options: transport() };
        ClientSecretCredential::new(tenant_id, client_id, secret, Some(options))
            .map(|it| it as Credential)
    };
    match operator {
        Operator::ServicePrincipal { tenant_id, client_id, client_secret } => {
            let given = SdkSecret::new(client_secret.expose().to_owned());
            vec![("service principal", secret(&tenant_id, client_id, given))]
        }
        Operator::FromEnvironment => {
            let mut found = Vec::new();
            if env::var("AZURE_FEDERATED_TOKEN_FILE").is_ok() {
                let options = WorkloadIdentityCredentialOptions {
                    credential_options: ClientAssertionCredentialOptions {
                        client_options: transport(),
                    },
                    ..WorkloadIdentityCredentialOptions::default()
                };
                let opened =
                    WorkloadIdentityCredential::new(Some(options)).map(|it| it as Credential);
                found.push(("workload identity (AZURE_FEDERATED_TOKEN_FILE)", opened));
            }
            if let (Ok(tenant), Ok(id), Ok(given)) = (
                env::var("AZURE_TENANT_ID"),
                env::var("AZURE_CLIENT_ID"),
                env::var("AZURE_CLIENT_SECRET"),
            ) {
                found.push((
                    "service principal (AZURE_CLIENT_SECRET)",
                    secret(&tenant, id, SdkSecret::new(given)),
                ));
            }
            found.push(("Azure CLI", AzureCliCredential::new(None).map(|it| it as Credential)));
            found.push((
                "Azure Developer CLI",
                AzureDeveloperCliCredential::new(None).map(|it| it as Credential),
            ));
            found
        }
    }
}

/// The first line of an error: the rest can be a whole answer.
fn reason(error: &azure_core::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().chars().take(200).collect()
}
