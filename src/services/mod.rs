//! The services themselves, over HTTPS. The only room that waits for a network.
#![allow(clippy::disallowed_methods, reason = "this room is a door")]

mod assertion;
mod certificates;
mod ci;
mod credentials;
pub mod github;
pub mod hints;
mod operation;
mod retry;

pub use ci::CiTokens;
pub use credentials::{CredentialError, KINDS, Kind, Operator};

use crate::observe::Window;
use crate::resource::{
    Answer, Cloud, Method, NO_ANSWER, NO_TOKEN, Refusal, Request, Service, Services,
};
use crate::secret::Secret;
use azure_core::time::to_rfc3339;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use futures::{StreamExt, stream};
use serde_json::Value;
use std::{path::PathBuf, sync::Arc, time::Duration};

/// How many requests are under way at once, unless it is said.
pub const AT_ONCE: usize = 8;

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
    /// How long one answer may take; 100 seconds, if it is not said.
    pub timeout: Option<Duration>,
    pub cloud: Cloud,
}

/// What is waited for, and how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The service that is waited for.
    pub service: &'static str,
    pub path: String,
    /// Its code, or what else is to come.
    pub until: String,
    pub pause: Duration,
}

/// Azure, asked as an operator.
pub struct Azure {
    runtime: tokio::runtime::Runtime,
    client: reqwest::Client,
    tokens: credentials::Tokens,
    /// For GitHub and GitLab.
    ci: CiTokens,
    cloud: Cloud,
    at_once: usize,
    waiting: Box<dyn Fn(&Waiting)>,
    /// Where certificates are made.
    keys: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error("the connection cannot be set up: {0}")]
    Client(String),
    #[error("the cloud cannot be used: {0}")]
    Cloud(String),
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
        let cloud = connection.cloud.clone();
        if let Some(fault) = cloud.fault() {
            return Err(ConnectError::Cloud(fault));
        }
        let tokens = runtime.block_on(credentials::Tokens::open(operator, &client, &cloud))?;
        let waiting = Box::new(|_: &Waiting| ());
        let ci = CiTokens::default();
        Ok(Azure { runtime, client, tokens, ci, cloud, at_once: AT_ONCE, waiting, keys })
    }

    /// What the operator's own token for a service says; nothing, if there is none.
    pub fn claims(&self, service: Service) -> Value {
        let token = self.runtime.block_on(self.tokens.token(self.cloud.scope(service)));
        let claims = token.ok().and_then(|it| {
            let body = it.expose().split('.').nth(1)?.to_owned();
            let body = BASE64_URL_SAFE_NO_PAD.decode(body.trim_end_matches('=')).ok()?;
            serde_json::from_slice(&body).ok()
        });
        claims.unwrap_or_default()
    }

    /// How many requests are under way at once.
    pub fn at_once(&mut self, most: usize) {
        self.at_once = most.max(1);
    }

    /// With what GitHub and GitLab are asked.
    pub fn ci(&mut self, tokens: CiTokens) {
        self.ci = tokens;
    }

    /// Who is told of waiting.
    pub fn on_waiting(&mut self, told: Box<dyn Fn(&Waiting)>) {
        self.waiting = told;
    }

    pub fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    /// What signed the operator in: the kind of credential.
    pub fn signed_in_by(&self) -> &'static str {
        self.tokens.kind()
    }
}

impl Services for Azure {
    fn send_each(&self, requests: &[Request], answered: &mut dyn FnMut(usize, Answer)) {
        let answer = |(at, it)| async move { (at, self.answer(it).await) };
        let mut answers =
            stream::iter(requests.iter().enumerate()).map(answer).buffer_unordered(self.at_once);
        self.runtime.block_on(async {
            while let Some((at, answer)) = answers.next().await {
                answered(at, answer);
            }
        });
    }
}

/// An answer that is no refusal.
struct Told {
    status: u16,
    body: Value,
    monitor: Option<operation::Monitor>,
    retry_after: Option<Duration>,
}

impl Azure {
    async fn answer(&self, request: &Request) -> Answer {
        if request.service == Service::ThisMachine {
            return certificates::answer(&self.keys, request);
        }
        let missing = || {
            let text = format!("the cloud {} has no {}", self.cloud.name, request.service.title());
            refusal(request, "NotInCloud", &text)
        };
        let stated = request.host.as_deref();
        let base = stated.or(self.cloud.host(request.service)).ok_or_else(missing)?;
        let mut url = url(base, request)
            .ok_or_else(|| refusal(request, "InvalidUrl", "the path is no path"))?;
        let mut first: Option<Value> = None;
        for page in 1..=MOST_PAGES {
            let Told { body: answer, monitor, .. } = self.with_patience(request, &url).await?;
            if let Some(monitor) = monitor {
                return self.end(request, &url, monitor).await;
            }
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

    async fn with_patience(&self, request: &Request, url: &reqwest::Url) -> Result<Told, Refusal> {
        let mut patience = retry::Patience::new(request);
        loop {
            let (outcome, retry_after) = self.once(request, url).await;
            match outcome {
                Ok(answer) => return Ok(answer),
                Err(refusal) => match patience.wait(&refusal, retry_after) {
                    Some(pause) => {
                        let until = format!("{}, {} tries left", refusal.code, patience.left());
                        self.tell(request, &until, pause);
                        tokio::time::sleep(pause).await;
                    }
                    None => return Err(refusal),
                },
            }
        }
    }

    fn tell(&self, request: &Request, until: &str, pause: Duration) {
        (self.waiting)(&Waiting {
            service: request.service.title(),
            path: request.path.clone(),
            until: until.to_owned(),
            pause,
        });
    }

    /// A host that is not the cloud's gets the token that is for it, and no other.
    async fn token(&self, request: &Request) -> Result<Arc<Secret>, Refusal> {
        if let Some(host) = &request.host {
            let token = self.ci.token(request.service, host);
            return token.ok_or_else(|| refusal(request, NO_TOKEN, &ci::wanted(host)));
        }
        let token = self.tokens.token(self.cloud.scope(request.service)).await;
        token.map_err(|it| refusal(request, "SignInFailed", &it))
    }

    async fn once(
        &self,
        request: &Request,
        url: &reqwest::Url,
    ) -> (Result<Told, Refusal>, Option<Duration>) {
        let token = match self.token(request).await {
            Ok(token) => token,
            Err(refusal) => return (Err(refusal), None),
        };
        let mut call =
            self.client.request(method(request.method), url.clone()).bearer_auth(token.expose());
        for (name, value) in ci::headers(request.service) {
            call = call.header(*name, *value);
        }
        if let Some(body) = &request.body {
            call = call.header("content-type", "application/json").body(body.to_string());
        }
        if request.create_if_missing {
            call = call.header("prefer", "create-if-missing");
        }
        let response = match call.send().await {
            Ok(response) => response,
            Err(error) => return (Err(refusal(request, NO_ANSWER, &unreachable(&error))), None),
        };
        let status = response.status();
        let header = |name: &str| {
            response.headers().get(name).and_then(|it| it.to_str().ok()).map(str::to_owned)
        };
        let retry_after = header("retry-after").and_then(|it| pause(&it));
        let request_id = header("x-ms-request-id").or_else(|| header("request-id"));
        let challenge = header("www-authenticate").unwrap_or_default();
        let body_says = header("azure-asyncoperation").map(|url| (url, true));
        let monitor = body_says
            .or_else(|| Some((header("location").filter(|_| status.as_u16() == 202)?, false)))
            .filter(|_| request.method != Method::Get)
            .map(|(url, in_body)| operation::Monitor { url, in_body, pause: retry_after });
        let body = match response.bytes().await {
            Ok(body) => body,
            Err(error) => return (Err(refusal(request, NO_ANSWER, &unreachable(&error))), None),
        };
        let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
        if status.is_success() {
            let told = Told { status: status.as_u16(), body: answer, monitor, retry_after };
            return (Ok(told), None);
        }
        let text = |pointer: &str| {
            answer.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let code = [text("/error/code"), text("/error"), text("/typeKey")]
            .into_iter()
            .find(|it| !it.is_empty());
        let message = [text("/error/message"), text("/message")].concat();
        let code = match code {
            Some(code) if hints::is_mfa(&code, &challenge, &body) => hints::MFA.to_owned(),
            Some(code) => code,
            None => status.to_string(),
        };
        let refusal = Refusal {
            status: Some(status.as_u16()),
            code,
            request_id,
            ..refusal(request, "", &first_sentence(&message))
        };
        (Err(refusal), retry_after)
    }
}

/// `Retry-After`: seconds, or a date.
fn pause(text: &str) -> Option<Duration> {
    let seconds = text.trim().parse().ok().map(Duration::from_secs);
    seconds.or_else(|| {
        let then = azure_core::time::parse_rfc7231(text).ok()?;
        let now = azure_core::time::OffsetDateTime::now_utc();
        Some(Duration::try_from(then - now).unwrap_or_default())
    })
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
        .timeout(connection.timeout.unwrap_or(TIMEOUT))
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
    fn a_wish_is_in_seconds_or_a_date() {
        assert_eq!(pause("7"), Some(Duration::from_secs(7)));
        assert_eq!(pause("Fri, 13 Jun 1980 20:00:00 GMT"), Some(Duration::ZERO));
        assert!(pause("Fri, 13 Jun 2200 20:00:00 GMT").unwrap() > Duration::from_secs(86_400));
        assert_eq!(pause("soon"), None);
    }

    #[test]
    fn a_message_is_cut_to_its_first_sentence() {
        assert_eq!(first_sentence("It is so. Body: {…}"), "It is so.");
        assert_eq!(first_sentence(&"é".repeat(500)).chars().count(), 200);
    }
}
