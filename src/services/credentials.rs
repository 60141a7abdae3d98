//! As whom workid asks: the operator's credentials.

use super::assertion::Certificate;
use crate::{resource::Cloud, secret::Secret};
use azure_core::{
    cloud::{CloudConfiguration, CustomConfiguration},
    credentials::{Secret as SdkSecret, TokenCredential},
    http::{ClientOptions, ExponentialRetryOptions, RetryOptions, Transport},
};
use azure_identity::{
    AzureCliCredential, AzureDeveloperCliCredential, ClientAssertionCredential,
    ClientAssertionCredentialOptions, ClientSecretCredential, ClientSecretCredentialOptions,
    ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
    WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use futures::lock::Mutex;
use std::{collections::HashMap, env, sync::Arc, time::Duration};

/// The Azure CLI can wait for a person, who may not be there.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Where Azure's machines ask for tokens, and how long it takes to see that this is none.
const METADATA: &str = "169.254.169.254:80";
const METADATA_TIMEOUT: Duration = Duration::from_secs(1);

/// Where the operator's credential comes from.
pub enum Operator {
    /// That kind, or else the first that gives a token.
    FromEnvironment(Option<&'static Kind>),
    ServicePrincipal {
        tenant_id: String,
        client_id: String,
        client_secret: Secret,
    },
}

/// A kind of credential that workid can sign in with.
pub struct Kind {
    /// What it is called on the command line.
    pub name: &'static str,
    /// For people, in Microsoft's words.
    pub title: &'static str,
    open: fn(&Opening<'_>) -> Result<Credential, String>,
}

/// In order: what a pipeline sets, then what a person has at hand, then what the machine has.
pub const KINDS: &[Kind] = &[
    Kind { name: "workload-identity", title: "workload identity", open: workload_identity },
    Kind { name: "environment", title: "environment", open: environment },
    Kind { name: "azure-cli", title: "Azure CLI", open: azure_cli },
    Kind { name: "azd", title: "Azure Developer CLI", open: azure_developer_cli },
    Kind { name: "managed-identity", title: "managed identity", open: managed_identity },
];

#[derive(Debug, thiserror::Error)]
#[error("nobody is signed in to Azure; tried {}", .0.join("; "))]
pub struct CredentialError(pub Vec<String>);

type Credential = Arc<dyn TokenCredential>;

/// What a credential is opened with.
struct Opening<'o> {
    client: &'o reqwest::Client,
    cloud: &'o Cloud,
}

/// Tokens of one operator, by scope. The credentials themselves keep them until they end, but for
/// the Azure CLI's, which starts a process each time.
pub(super) struct Tokens {
    kind: &'static str,
    credential: Credential,
    held: Mutex<HashMap<String, (Arc<Secret>, azure_core::time::OffsetDateTime)>>,
}

impl Tokens {
    pub(super) async fn open(
        operator: Operator,
        client: &reqwest::Client,
        cloud: &Cloud,
    ) -> Result<Tokens, CredentialError> {
        let opening = Opening { client, cloud };
        let scope = cloud.scope(crate::resource::Service::ResourceManager);
        let kinds = match operator {
            Operator::ServicePrincipal { tenant_id, client_id, client_secret } => {
                let secret = SdkSecret::new(client_secret.expose().to_owned());
                let opened = opening.secret(&tenant_id, client_id, secret);
                let title = "service principal";
                return Tokens::tried(title, opened, &scope)
                    .await
                    .map_err(|it| CredentialError(vec![it]));
            }
            Operator::FromEnvironment(Some(kind)) => std::slice::from_ref(kind),
            Operator::FromEnvironment(None) => KINDS,
        };
        let mut tried = Vec::new();
        for kind in kinds {
            if kind.name == "managed-identity" && kinds.len() > 1 && !has_metadata().await {
                let why = "this machine has none: nothing answers where Azure's machines ask";
                tried.push(format!("{}: {why}", kind.title));
                continue;
            }
            match Tokens::tried(kind.title, (kind.open)(&opening), &scope).await {
                Ok(tokens) => return Ok(tokens),
                Err(why) => tried.push(why),
            }
        }
        Err(CredentialError(tried))
    }

    /// One that gives a token, or why it does not.
    async fn tried(
        kind: &'static str,
        opened: Result<Credential, String>,
        scope: &str,
    ) -> Result<Tokens, String> {
        let failed = |it: String| format!("{kind}: {it}");
        let credential = opened.map_err(failed)?;
        let tokens = Tokens { kind, credential, held: Mutex::default() };
        match tokens.token(scope.to_owned()).await {
            Ok(_) => Ok(tokens),
            Err(why) => Err(failed(why)),
        }
    }

    pub(super) fn kind(&self) -> &'static str {
        self.kind
    }

    pub(super) async fn token(&self, scope: String) -> Result<Arc<Secret>, String> {
        /// A token that ends this soon is not used for another request.
        const MARGIN: Duration = Duration::from_secs(300);
        let mut held = self.held.lock().await;
        let now = azure_core::time::OffsetDateTime::now_utc();
        if let Some((token, ends)) = held.get(&scope)
            && *ends > now + MARGIN
        {
            return Ok(token.clone());
        }
        let scopes = [scope.as_str()];
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

impl Opening<'_> {
    fn options(&self) -> ClientOptions {
        let mut custom = CustomConfiguration::default();
        custom.authority_host = self.cloud.authority.to_string();
        ClientOptions {
            transport: Some(Transport::new(Arc::new(self.client.clone()))),
            // Its own patience is minutes, for a failure that a person has to see.
            retry: RetryOptions::exponential(ExponentialRetryOptions {
                max_retries: 2,
                ..ExponentialRetryOptions::default()
            }),
            cloud: Some(Arc::new(CloudConfiguration::Custom(custom))),
            ..ClientOptions::default()
        }
    }

    fn secret(
        &self,
        tenant_id: &str,
        client_id: String,
        secret: SdkSecret,
    ) -> Result<Credential, String> {
        let options = ClientSecretCredentialOptions { client_options: self.options() };
        opened(ClientSecretCredential::new(tenant_id, client_id, secret, Some(options)))
    }
}

fn opened<C: TokenCredential + 'static>(
    credential: azure_core::Result<Arc<C>>,
) -> Result<Credential, String> {
    credential.map(|it| it as Credential).map_err(|it| reason(&it))
}

fn workload_identity(opening: &Opening<'_>) -> Result<Credential, String> {
    variable("AZURE_FEDERATED_TOKEN_FILE").ok_or("AZURE_FEDERATED_TOKEN_FILE is not set")?;
    let options = WorkloadIdentityCredentialOptions {
        credential_options: ClientAssertionCredentialOptions { client_options: opening.options() },
        ..WorkloadIdentityCredentialOptions::default()
    };
    opened(WorkloadIdentityCredential::new(Some(options)))
}

/// A client secret or a certificate, as the SDKs of Azure name them.
fn environment(opening: &Opening<'_>) -> Result<Credential, String> {
    let (Some(tenant), Some(id)) = (variable("AZURE_TENANT_ID"), variable("AZURE_CLIENT_ID"))
    else {
        return Err("AZURE_TENANT_ID and AZURE_CLIENT_ID are not both set".to_owned());
    };
    if let Some(given) = variable("AZURE_CLIENT_SECRET") {
        return opening.secret(&tenant, id, SdkSecret::new(given));
    }
    let file = variable("AZURE_CLIENT_CERTIFICATE_PATH")
        .ok_or("neither AZURE_CLIENT_SECRET nor AZURE_CLIENT_CERTIFICATE_PATH is set")?;
    let audience = format!("{}/{tenant}/oauth2/v2.0/token", opening.cloud.authority);
    let certificate = Certificate::read(&file, &id, audience)?;
    let options = ClientAssertionCredentialOptions { client_options: opening.options() };
    opened(ClientAssertionCredential::new(tenant, id, certificate, Some(options)))
}

fn azure_cli(_: &Opening<'_>) -> Result<Credential, String> {
    opened(AzureCliCredential::new(None))
}

fn azure_developer_cli(_: &Opening<'_>) -> Result<Credential, String> {
    opened(AzureDeveloperCliCredential::new(None))
}

fn managed_identity(opening: &Opening<'_>) -> Result<Credential, String> {
    let options = ManagedIdentityCredentialOptions {
        user_assigned_id: variable("AZURE_CLIENT_ID").map(UserAssignedId::ClientId),
        client_options: opening.options(),
    };
    opened(ManagedIdentityCredential::new(Some(options)))
}

/// Whether this machine may have a managed identity: App Service says so, or the metadata service
/// answers.
async fn has_metadata() -> bool {
    if variable("IDENTITY_ENDPOINT").is_some() {
        return true;
    }
    let connected = tokio::net::TcpStream::connect(METADATA);
    tokio::time::timeout(METADATA_TIMEOUT, connected).await.is_ok_and(|it| it.is_ok())
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|it| !it.is_empty())
}

/// The first line of an error: the rest can be a whole answer.
fn reason(error: &azure_core::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().chars().take(200).collect()
}
