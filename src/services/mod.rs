//! The services themselves, over HTTPS. The only room that waits for a network.
#![allow(clippy::disallowed_methods, reason = "this room is a door")]

mod certificates;
mod credentials;
pub mod github;
pub mod hints;
mod retry;

pub use credentials::{CredentialError, Operator};

use crate::observe::Window;
use crate::resource::{Method, Refusal, Request, Service, Services};
use azure_core::time::to_rfc3339;
use futures::{StreamExt, stream};
use serde_json::Value;
use std::{path::PathBuf, time::Duration};

/// How many requests are under way at once.
const AT_ONCE: usize = 8;

/// How long one answer may take.
const TIMEOUT: Duration = Duration::from_secs(100);

/// An answer in pages is read to its end, but not without end.
const MOST_PAGES: usize = 1000;

/// Under which names an answer tells where its next page is.
const NEXT: &[&str] = &["nextLink", "@odata.nextLink"];

/// How far back Azure keeps the Activity Log.
const DAYS: i64 = 90;

/// The days of which Azure still has the Activity Log.
pub fn last_days() -> Window {
    let now = azure_core::time::OffsetDateTime::now_utc();
    let now = now.replace_nanosecond(0).unwrap_or(now);
    let since = now - azure_core::time::Duration::days(DAYS);
    Window { since: to_rfc3339(&since), until: to_rfc3339(&now) }
}

/// How the services are reached.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    /// `http://127.0.0.1:8888`; without one, what the environment says.
    pub proxy: Option<String>,
    /// A certificate authority to trust beside those of the system, as PEM.
    pub root_certificate: Option<String>,
}

/// Azure, asked as an operator.
pub struct Azure {
    runtime: tokio::runtime::Runtime,
    client: reqwest::Client,
    tokens: credentials::Tokens,
    /// Where certificates are made.
    keys: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error("the connection cannot be set up: {0}")]
    Client(String),
    #[error(transparent)]
    Credential(#[from] CredentialError),
}

impl Azure {
    /// Signs the operator in. `keys` is the folder for new certificates.
    pub fn connect(
        connection: &Connection,
        operator: Operator,
        keys: PathBuf,
    ) -> Result<Azure, ConnectError> {
        let (runtime, client) = client(connection)?;
        let tokens = runtime.block_on(credentials::Tokens::open(operator, &client))?;
        Ok(Azure { runtime, client, tokens, keys })
    }

    /// What signed the operator in: the kind of credential.
    pub fn signed_in_by(&self) -> &'static str {
        self.tokens.kind()
    }
}

impl Services for Azure {
    fn send_all(&self, requests: &[Request]) -> Vec<Result<Value, Refusal>> {
        let answers = stream::iter(requests).map(|it| self.answer(it)).buffered(AT_ONCE);
        self.runtime.block_on(answers.collect())
    }
}

impl Azure {
    async fn answer(&self, request: &Request) -> Result<Value, Refusal> {
        let Some(base) = base(request.service) else {
            return certificates::answer(&self.keys, request);
        };
        let mut url = url(base, request)
            .ok_or_else(|| refusal(request, "InvalidUrl", "the path is no path"))?;
        let mut first: Option<Value> = None;
        for page in 1..=MOST_PAGES {
            let answer = self.with_patience(request, &url).await?;
            let next = NEXT.iter().find_map(|it| answer.get(it)?.as_str()).map(str::to_owned);
            let whole = match first.take() {
                None => answer,
                Some(whole) => joined(whole, answer),
            };
            let wanted = request.method == Method::Get && request.pages.is_none_or(|it| page < it);
            let Some(next) = next.filter(|_| wanted) else { return Ok(whole) };
            // The token goes to the service's own host and to no other.
            let next = reqwest::Url::parse(&next).ok().filter(|it| it.origin() == url.origin());
            url = next.ok_or_else(|| {
                refusal(request, "ForeignNextLink", "the next page is on another host")
            })?;
            first = Some(whole);
        }
        first.ok_or_else(|| refusal(request, "TooManyPages", "the answer has no end"))
    }

    async fn with_patience(&self, request: &Request, url: &reqwest::Url) -> Result<Value, Refusal> {
        let mut patience = retry::Patience::new(request);
        loop {
            let (outcome, retry_after) = self.once(request, url).await;
            match outcome {
                Ok(answer) => return Ok(answer),
                Err(refusal) => match patience.wait(&refusal, retry_after) {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => return Err(refusal),
                },
            }
        }
    }

    async fn once(
        &self,
        request: &Request,
        url: &reqwest::Url,
    ) -> (Result<Value, Refusal>, Option<Duration>) {
        let token = match self.tokens.token(request.service).await {
            Ok(token) => token,
            Err(error) => return (Err(refusal(request, "SignInFailed", &error)), None),
        };
        let mut call =
            self.client.request(method(request.method), url.clone()).bearer_auth(token.expose());
        if let Some(body) = &request.body {
            call = call.header("content-type", "application/json").body(body.to_string());
        }
        if request.create_if_missing {
            call = call.header("prefer", "create-if-missing");
        }
        let response = match call.send().await {
            Ok(response) => response,
            Err(error) => return (Err(refusal(request, "NoAnswer", &unreachable(&error))), None),
        };
        let status = response.status();
        let header = |name: &str| {
            response.headers().get(name).and_then(|it| it.to_str().ok()).map(str::to_owned)
        };
        let retry_after =
            header("retry-after").and_then(|it| it.parse().ok()).map(Duration::from_secs);
        let request_id = header("x-ms-request-id").or_else(|| header("request-id"));
        let body = match response.bytes().await {
            Ok(body) => body,
            Err(error) => return (Err(refusal(request, "NoAnswer", &unreachable(&error))), None),
        };
        let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
        if status.is_success() {
            return (Ok(answer), None);
        }
        let text = |pointer: &str| {
            answer.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let code = [text("/error/code"), text("/error"), text("/typeKey")]
            .into_iter()
            .find(|it| !it.is_empty());
        let refusal = Refusal {
            status: Some(status.as_u16()),
            code: code.unwrap_or_else(|| status.to_string()),
            request_id,
            ..refusal(
                request,
                "",
                &first_sentence(&[text("/error/message"), text("/message")].concat()),
            )
        };
        (Err(refusal), retry_after)
    }
}

/// What sends requests, and what waits for their answers.
fn client(
    connection: &Connection,
) -> Result<(tokio::runtime::Runtime, reqwest::Client), ConnectError> {
    let setup = |it: &dyn std::fmt::Display| ConnectError::Client(it.to_string());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|it| setup(&it))?;
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("workid/", env!("CARGO_PKG_VERSION")))
        .timeout(TIMEOUT)
        // A redirection could take a token to another host.
        .redirect(reqwest::redirect::Policy::none());
    if let Some(proxy) = &connection.proxy {
        builder = builder.no_proxy().proxy(reqwest::Proxy::all(proxy).map_err(|it| setup(&it))?);
    }
    if let Some(pem) = &connection.root_certificate {
        let certificate =
            reqwest::Certificate::from_pem(pem.as_bytes()).map_err(|it| setup(&it))?;
        builder = builder.tls_certs_merge([certificate]);
    }
    let client = builder.build().map_err(|it| setup(&it))?;
    Ok((runtime, client))
}

/// `None` for a service that is no host.
fn base(service: Service) -> Option<&'static str> {
    match service {
        Service::ResourceManager => Some("https://management.azure.com"),
        Service::Graph => Some("https://graph.microsoft.com"),
        Service::DevOps => Some("https://dev.azure.com"),
        Service::ThisMachine => None,
    }
}

fn url(base: &str, request: &Request) -> Option<reqwest::Url> {
    let mut url = reqwest::Url::parse(base).ok()?;
    let host = url.origin();
    url.set_path(&request.path);
    if !request.query.is_empty() {
        url.query_pairs_mut().extend_pairs(&request.query);
    }
    (url.origin() == host).then_some(url)
}

fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Put => reqwest::Method::PUT,
        Method::Post => reqwest::Method::POST,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    }
}

/// The pages so far, with what the last one says of a next.
fn joined(mut whole: Value, page: Value) -> Value {
    if let (Some(all), Some(more)) = (
        whole.get_mut("value").and_then(Value::as_array_mut),
        page.get("value").and_then(Value::as_array),
    ) {
        all.extend(more.iter().cloned());
    }
    if let Some(whole) = whole.as_object_mut() {
        whole.retain(|name, _| !NEXT.contains(&name.as_str()));
        let next = NEXT.iter().find_map(|it| Some(((*it).to_owned(), page.get(it)?.clone())));
        whole.extend(next);
    }
    whole
}

fn refusal(request: &Request, code: &str, message: &str) -> Refusal {
    Refusal {
        service: request.service,
        method: request.method,
        path: request.path.clone(),
        status: None,
        code: code.to_owned(),
        message: message.to_owned(),
        request_id: None,
    }
}

/// The innermost reason, without the address and its query.
fn unreachable(error: &reqwest::Error) -> String {
    let mut reason: &dyn std::error::Error = error;
    while let Some(source) = reason.source() {
        reason = source;
    }
    reason.to_string()
}

/// Enough to know what is meant, too little to repeat a body.
fn first_sentence(message: &str) -> String {
    const LONGEST: usize = 200;
    let end = message.find(". ").map_or(message.len(), |it| it + 1);
    message[..end].lines().next().unwrap_or_default().chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_cannot_lead_to_another_host() {
        for path in ["//evil.example/x", "/@evil.example", "https://evil.example/"] {
            let url =
                url("https://management.azure.com", &Request::arm(Method::Get, path, "1")).unwrap();
            assert_eq!(url.host_str(), Some("management.azure.com"), "{path}");
        }
    }

    #[test]
    fn pages_become_one_list_that_tells_where_it_was_left() {
        let page = |n: i32, next: Value| serde_json::json!({ "value": [n], "nextLink": next });
        let two = joined(page(1, "2".into()), page(2, "3".into()));
        assert_eq!(two, serde_json::json!({ "value": [1, 2], "nextLink": "3" }));
        let all = joined(two, serde_json::json!({ "value": [3] }));
        assert_eq!(all, serde_json::json!({ "value": [1, 2, 3] }));
    }

    #[test]
    fn a_message_is_cut_to_its_first_sentence() {
        assert_eq!(first_sentence("It is so. Body: {…}"), "It is so.");
        assert_eq!(first_sentence(&"é".repeat(500)).chars().count(), 200);
    }
}
