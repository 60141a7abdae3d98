//! What goes in and out of a service: a request read to its end, and a reply or a refusal.

use axum::body::{Body, to_bytes};
use hyper::body::{Bytes, Incoming};
use hyper::{HeaderMap, Method, header};
use serde_json::{Map, Value};

/// Larger than anything a client of this tenant has to say.
const MAX_BODY: usize = 4 << 20;

/// How deeply the values of a body may be nested: the file that keeps the tenant holds them deeper
/// still, and has to be read again.
const MAX_DEPTH: u8 = 60;

/// A request, read completely.
pub(super) struct Request {
    pub(super) method: Method,
    /// The host of the CONNECT, which is what the client believes it is talking to.
    pub(super) host: String,
    /// The path as it was sent, for the log.
    pub(super) path: String,
    /// The path, cut at its slashes and decoded. Some clients send `//`: empty parts are dropped.
    pub(super) segments: Vec<String>,
    pub(super) headers: HeaderMap,
    query: Vec<(String, String)>,
    body: Bytes,
}

impl Request {
    /// Reads what arrived in a tunnel to `host`.
    pub(super) async fn read(host: &str, incoming: hyper::Request<Incoming>) -> Option<Request> {
        let (head, body) = incoming.into_parts();
        let path = head.uri.path();
        Some(Request {
            method: head.method,
            host: host.to_owned(),
            path: path.to_owned(),
            segments: path.split('/').filter(|part| !part.is_empty()).map(decode).collect(),
            headers: head.headers,
            query: pairs(head.uri.query().unwrap_or_default()),
            body: to_bytes(Body::new(body), MAX_BODY).await.ok()?,
        })
    }

    /// A query parameter; their names are matched without regard to case, as Azure does.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        let (_, value) = self.query.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        Some(value)
    }

    pub(super) fn header(&self, name: impl header::AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(super) fn form(&self) -> Form {
        Form(pairs(&String::from_utf8_lossy(&self.body)))
    }

    /// The body, if it is a JSON object. No body at all counts as an empty one.
    pub(super) fn json(&self) -> Option<Map<String, Value>> {
        if self.body.is_empty() {
            return Some(Map::new());
        }
        let body: Map<String, Value> = serde_json::from_slice(&self.body).ok()?;
        body.values().all(|value| is_shallow(value, MAX_DEPTH)).then_some(body)
    }

    /// Reads change nothing, so they are never refused by the MFA policy nor saved.
    pub(super) fn is_read(&self) -> bool {
        matches!(self.method, Method::GET | Method::HEAD)
    }
}

/// A body of `name=value` pairs.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// What a service answers.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Option<Value>,
    /// Who turned out to be asking, when only the service can tell (a sign-in carries no token
    /// yet).
    pub(super) who: Option<String>,
}

impl Reply {
    pub(super) fn new(status: u16, body: Value) -> Reply {
        Reply { status, headers: Vec::new(), body: Some(body), who: None }
    }

    pub(super) fn ok(body: Value) -> Reply {
        Reply::new(200, body)
    }

    /// The code of the error that it tells of.
    pub(super) fn error(&self) -> Option<String> {
        let code = &self.body.as_ref().filter(|_| self.status >= 400)?["error"];
        code["code"].as_str().or(code.as_str()).map(str::to_owned)
    }

    pub(super) fn created(body: Value) -> Reply {
        Reply::new(201, body)
    }

    pub(super) fn empty(status: u16) -> Reply {
        Reply { status, headers: Vec::new(), body: None, who: None }
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Reply {
        self.headers.push((name, value.into()));
        self
    }
}

/// Why a service will not do it. Each service has its own words to put this in.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: String,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(status: u16, code: &str, message: impl Into<String>) -> Refusal {
        Refusal { status, code: code.to_owned(), message: message.into() }
    }
}

pub(super) type Answer = Result<Reply, Refusal>;

fn is_shallow(value: &Value, depth: u8) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    match value {
        Value::Array(items) => items.iter().all(|item| is_shallow(item, depth)),
        Value::Object(members) => members.values().all(|member| is_shallow(member, depth)),
        _ => true,
    }
}

/// The pairs of a query or of a form.
fn pairs(text: &str) -> Vec<(String, String)> {
    let words = text.split('&').filter(|pair| !pair.is_empty());
    words
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (decode(&key.replace('+', " ")), decode(&value.replace('+', " "))))
        .collect()
}

/// Undoes percent-encoding. What is not an escape stays as it is.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let escaped = match tail {
            [high, low, ..] if first == b'%' => hex(*high).zip(hex(*low)),
            _ => None,
        };
        match escaped {
            Some((high, low)) => {
                bytes.push(high << 4 | low);
                rest = &tail[2..];
            }
            None => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}
