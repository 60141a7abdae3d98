//! An embedded tenant, a client that knows no other world, and those who sign in to it.

use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use reqwest::{Certificate, Client, Method, Proxy, Response};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use workid::sandbox::{Options, SUBSCRIPTION_ID, Sandbox, TENANT_ID};

pub(crate) const ARM: &str = "https://management.azure.com";
pub(crate) const GRAPH: &str = "https://graph.microsoft.com";
pub(crate) const DEVOPS: &str = "499b84ac-1321-427f-aa17-267ca6975798";
pub(crate) const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
pub(crate) const GITHUB: &str = "https://token.actions.githubusercontent.com";
pub(crate) const MAIN: &str = "repo:contoso/web:ref:refs/heads/main";
pub(crate) const EXCHANGE: &str = "api://AzureADTokenExchange";
pub(crate) const VM: &str =
    "/resourceGroups/rg-vms/providers/Microsoft.Compute/virtualMachines/vm-jobs";

/// A sandbox and a client that knows no other world.
pub(crate) struct Azure {
    pub(crate) sandbox: Sandbox,
    pub(crate) client: Client,
    pub(crate) runtime: Runtime,
}

impl Azure {
    pub(crate) fn new() -> Azure {
        Azure::start(Options::default())
    }

    pub(crate) fn keeping(file: &Path) -> Azure {
        Azure::start(options(file))
    }

    pub(crate) fn start(options: Options) -> Azure {
        let sandbox = Sandbox::start(options).unwrap();
        let client = Client::builder()
            .proxy(Proxy::all(sandbox.proxy()).unwrap())
            .tls_certs_only([Certificate::from_pem(sandbox.ca_pem().as_bytes()).unwrap()])
            .build()
            .unwrap();
        Azure {
            sandbox,
            client,
            runtime: Builder::new_current_thread().enable_all().build().unwrap(),
        }
    }

    pub(crate) fn at(&self, url: &str, form: &[(&str, &str)]) -> Answer {
        let pairs: Vec<_> =
            form.iter().map(|(name, value)| format!("{name}={}", escape(value))).collect();
        let request = self.client.post(url).body(pairs.join("&"));
        self.runtime.block_on(async { Answer::read(request.send().await.unwrap()).await })
    }

    /// Asks without a token, as a program asks where it runs.
    pub(crate) fn ask(&self, url: &str, headers: &[(&str, &str)], more: &str) -> Answer {
        let request = self.client.get(format!("{url}{more}"));
        let request = headers.iter().fold(request, |it, (name, value)| it.header(*name, *value));
        self.runtime.block_on(async { Answer::read(request.send().await.unwrap()).await })
    }

    pub(crate) fn post_form(&self, endpoint: &str, form: &[(&str, &str)]) -> Answer {
        self.at(&format!("https://login.microsoftonline.com/{TENANT_ID}/{endpoint}"), form)
    }

    pub(crate) fn token(&self, form: &[(&str, &str)]) -> String {
        let answer = self.post_form("oauth2/v2.0/token", form);
        answer.body["access_token"].as_str().unwrap_or_else(|| panic!("{}", answer.body)).to_owned()
    }

    pub(crate) fn user(&self, name: &str, password: &str, resource: &str) -> Session<'_> {
        let scope = format!("{resource}/.default");
        self.with(self.token(&[
            ("grant_type", "password"),
            ("username", name),
            ("password", password),
            ("scope", &scope),
        ]))
    }

    pub(crate) fn operator(&self, resource: &str) -> Session<'_> {
        self.with(self.operator_token(resource))
    }

    pub(crate) fn operator_token(&self, resource: &str) -> String {
        let operator = self.sandbox.operator();
        let scope = format!("{resource}/.default");
        self.token(&[
            ("grant_type", "client_credentials"),
            ("client_id", &operator.client_id),
            ("client_secret", &operator.client_secret),
            ("scope", &scope),
        ])
    }

    pub(crate) fn with(&self, token: String) -> Session<'_> {
        Session { azure: self, token }
    }

    pub(crate) fn last_who(&self) -> String {
        self.sandbox.log().last().unwrap().who.clone().unwrap()
    }
}

/// Someone who has signed in.
pub(crate) struct Session<'a> {
    pub(crate) azure: &'a Azure,
    pub(crate) token: String,
}

impl Session<'_> {
    pub(crate) fn get(&self, url: &str) -> Answer {
        self.send(Method::GET, url, None, false).unwrap()
    }

    pub(crate) fn head(&self, url: &str) -> u16 {
        self.send(Method::HEAD, url, None, false).unwrap().status
    }

    pub(crate) fn put(&self, url: &str, body: Value) -> Answer {
        self.try_put(url, &body).unwrap()
    }

    pub(crate) fn try_put(&self, url: &str, body: &Value) -> Option<Answer> {
        self.send(Method::PUT, url, Some(body), false)
    }

    pub(crate) fn post(&self, url: &str, body: Value) -> Answer {
        self.send(Method::POST, url, Some(&body), false).unwrap()
    }

    pub(crate) fn patch(&self, url: &str, body: Value) -> Answer {
        self.send(Method::PATCH, url, Some(&body), false).unwrap()
    }

    pub(crate) fn upsert(&self, url: &str, body: Value) -> Answer {
        self.send(Method::PATCH, url, Some(&body), true).unwrap()
    }

    pub(crate) fn delete(&self, url: &str) -> Answer {
        self.send(Method::DELETE, url, None, false).unwrap()
    }

    pub(crate) fn send(
        &self,
        method: Method,
        url: &str,
        body: Option<&Value>,
        upsert: bool,
    ) -> Option<Answer> {
        let mut request = self.azure.client.request(method, url).bearer_auth(&self.token);
        if upsert {
            request = request.header("Prefer", "create-if-missing");
        }
        if let Some(body) = body {
            request = request.header("Content-Type", "application/json").body(body.to_string());
        }
        self.azure.runtime.block_on(async { Some(Answer::read(request.send().await.ok()?).await) })
    }
}

/// An answer, and the two headers that matter here.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) challenge: String,
    pub(crate) retry_after: String,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) async fn read(response: Response) -> Answer {
        let header = |name: &str| {
            response.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned()
        };
        Answer {
            status: response.status().as_u16(),
            challenge: header("www-authenticate"),
            retry_after: header("retry-after"),
            body: serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default(),
        }
    }

    pub(crate) fn code(&self) -> String {
        self.body["error"]["code"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        let items = self.body["value"].as_array().unwrap_or_else(|| panic!("{}", self.body));
        items.iter().map(|item| item["name"].as_str().unwrap()).collect()
    }
}

/// Someone who signs with a certificate.
pub(crate) struct Signer {
    pub(crate) der: Vec<u8>,
    /// Whom the assertions are for.
    pub(crate) audience: String,
    pub(crate) key: RsaKeyPair,
}

impl Signer {
    pub(crate) fn new() -> Signer {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
        let certificate = rcgen::CertificateParams::default().self_signed(&key).unwrap();
        Signer {
            der: certificate.der().to_vec(),
            audience: format!("https://login.microsoftonline.com/{TENANT_ID}/v2.0"),
            key: RsaKeyPair::from_pkcs8(&key.serialize_der()).unwrap(),
        }
    }

    /// The same with a certificate as the Azure CLI makes it: without the five bytes that say a version.
    pub(crate) fn of_version_1(mut self) -> Signer {
        assert_eq!(self.der[8..13], [0xa0, 3, 2, 1, 2]);
        self.der.drain(8..13);
        for length in [2..4, 6..8] {
            let bytes = &mut self.der[length];
            let shorter = u16::from_be_bytes([bytes[0], bytes[1]]) - 5;
            bytes.copy_from_slice(&shorter.to_be_bytes());
        }
        self
    }

    pub(crate) fn assertion(&self, client: &str) -> String {
        let thumbprint = BASE64URL.encode(digest(&SHA256, &self.der));
        let header = json!({ "alg": "RS256", "typ": "JWT", "x5t#S256": thumbprint });
        let claims =
            json!({ "iss": client, "sub": client, "aud": self.audience, "exp": 4_000_000_000.5 });
        let signed = format!(
            "{}.{}",
            BASE64URL.encode(header.to_string()),
            BASE64URL.encode(claims.to_string())
        );
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .unwrap();
        format!("{signed}.{}", BASE64URL.encode(signature))
    }
}

pub(crate) fn options(file: &Path) -> Options {
    Options { state: Some(file.to_owned()), ..Options::default() }
}

/// An address below the subscription.
pub(crate) fn arm(path: &str) -> String {
    format!("{ARM}/subscriptions/{SUBSCRIPTION_ID}{path}?api-version=2024-11-30")
}

pub(crate) fn activity_log(since: &str) -> String {
    let path = "/providers/Microsoft.Insights/eventtypes/management/values";
    format!("{}&$filter=eventTimestamp%20ge%20'{since}'", arm(path))
}

pub(crate) fn operator_id(operator: &Session<'_>) -> String {
    payload(&json!(operator.token))["oid"].as_str().unwrap().to_owned()
}

pub(crate) fn identity(name: &str) -> String {
    format!(
        "/resourceGroups/rg-identities/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}"
    )
}

pub(crate) fn role_assignment(scope: &str, number: u8) -> String {
    format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{}", guid(number))
}

pub(crate) fn guid(number: u8) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

pub(crate) fn assignment(role: &str, principal: &str) -> Value {
    let role = format!(
        "/subscriptions/{SUBSCRIPTION_ID}/providers/Microsoft.Authorization/roleDefinitions/{role}"
    );
    json!({ "properties": {
        "roleDefinitionId": role,
        "principalId": principal,
        "principalType": "ServicePrincipal",
    }})
}

pub(crate) fn federated(subject: &str) -> Value {
    json!({ "properties": { "issuer": GITHUB, "subject": subject, "audiences": [EXCHANGE] } })
}

pub(crate) fn assertion_form<'a>(client: &'a str, assertion: &'a str) -> [(&'a str, &'a str); 5] {
    [
        ("grant_type", "client_credentials"),
        ("client_id", client),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion),
        ("scope", "https://management.azure.com/.default"),
    ]
}

pub(crate) fn unsigned(claims: &Value) -> String {
    format!(
        "{}.{}.{}",
        BASE64URL.encode("{}"),
        BASE64URL.encode(claims.to_string()),
        BASE64URL.encode("x")
    )
}

pub(crate) fn payload(token: &Value) -> Value {
    let middle = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64URL.decode(middle).unwrap()).unwrap()
}

pub(crate) fn escape(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
