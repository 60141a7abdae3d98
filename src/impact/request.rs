//! Requests that a script sends itself: `az rest`, `Invoke-AzRestMethod`, `curl`, and in programs.

use crate::{
    catalog::Effect,
    lang::{Call, HOLE, Names, Word},
};

/// What is asked, and of whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// In upper case; `None` if it is computed.
    pub method: Option<String>,
    pub service: Service,
    /// Behind the host, without what is asked after `?`; with a hole for what is not written out.
    pub path: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    ResourceManager,
    Graph,
    /// Another host.
    Other,
    /// The address does not say.
    Unknown,
}

/// Azure Resource Manager, in the clouds that Microsoft runs or lets others run.
const RESOURCE_MANAGER: &[&str] = &[
    "management.azure.com",
    "management.chinacloudapi.cn",
    "management.core.chinacloudapi.cn",
    "management.core.usgovcloudapi.net",
    "management.core.windows.net",
    "management.sovcloud-api.fr",
    "management.usgovcloudapi.net",
];

const GRAPH: &[&str] = &[
    "dod-graph.microsoft.us",
    "graph.microsoft.com",
    "graph.microsoft.us",
    "graph.svc.sovcloud.fr",
    "graph.windows.net",
    "microsoftgraph.chinacloudapi.cn",
];

/// A command that sends a request to Azure; `None` for one to anybody else.
pub fn request(call: &Call, names: &Names<'_>) -> Option<Request> {
    let request = match call.name.trim_end_matches(".exe") {
        "az rest" => return Some(Request::of_az(call, names)),
        "invoke-azrestmethod" | "invoke-azrest" => return Some(Request::of_cmdlet(call, names)),
        "curl" | "wget" | "http" | "https" => of_curl(call, names),
        "invoke-restmethod" | "invoke-webrequest" | "irm" | "iwr" => {
            Request::of_cmdlet(call, names)
        }
        name => of_method(name, call, names)?,
    };
    matches!(request.service, Service::ResourceManager | Service::Graph).then_some(request)
}

impl Request {
    fn new(method: Option<String>, url: &str) -> Request {
        let (service, path) = address(url);
        Request { method: method.map(|it| it.to_ascii_uppercase()), service, path }
    }

    pub(super) fn of_az(call: &Call, names: &Names<'_>) -> Request {
        let value = |options: &[&str]| options.iter().find_map(|it| call.value(it));
        let method = value(&["--method", "-m"]).map_or(Some("GET".to_owned()), |it| names.text(it));
        let url = value(&["--url", "--uri", "-u"]).map(|it| names.shape(it)).unwrap_or_default();
        Request::new(method, &url)
    }

    pub(super) fn of_cmdlet(call: &Call, names: &Names<'_>) -> Request {
        let method = call.value("-method").or(call.value("-custommethod"));
        let method = method.map_or(Some("GET".to_owned()), |it| names.text(it));
        let path = call.value("-path").map(|it| names.shape(it));
        let url = || call.value("-uri").or(call.words.first()).map(|it| names.shape(it));
        let mut request = Request::new(method, &path.clone().or_else(url).unwrap_or_default());
        if path.is_some() {
            request.service = Service::ResourceManager;
        }
        // Put together from its parts.
        let part = |name: &str| call.value(name).and_then(|it| names.text(it));
        if let Some(provider) = part("-resourceprovidername").filter(|_| request.path.is_empty()) {
            let types = part("-resourcetype").unwrap_or_else(|| HOLE.to_owned());
            request.service = Service::ResourceManager;
            request.path = format!(
                "/subscriptions/{HOLE}/resourceGroups/{HOLE}/providers/{provider}/{types}/{HOLE}"
            );
        }
        request
    }

    pub fn effect(&self) -> Effect {
        match (self.service, self.method.as_deref()) {
            (Service::Graph, _) => Effect::Graph,
            (Service::Other, _) => Effect::Data,
            (_, Some("GET" | "HEAD" | "OPTIONS")) => Effect::Read,
            (Service::Unknown, _) | (_, None) => Effect::Unknown,
            // A query that is too long for an address.
            (_, Some("POST"))
                if self
                    .path
                    .to_ascii_lowercase()
                    .ends_with("/microsoft.resourcegraph/resources") =>
            {
                Effect::Read
            }
            (_, Some("POST")) => Effect::Operation,
            (_, Some("PUT" | "PATCH" | "DELETE")) => Effect::Write,
            (_, Some(_)) => Effect::Unknown,
        }
    }
}

fn of_curl(call: &Call, names: &Names<'_>) -> Request {
    let mut method = None;
    let mut url = String::new();
    let mut sends = false;
    let mut rest = call.arguments.iter().peekable();
    while let Some(word) = rest.next() {
        let text = names.shape(word);
        match text.as_str() {
            "-X" | "--request" | "--method" => method = rest.next().map(|it| names.text(it)),
            "-I" | "--head" => method = Some(Some("HEAD".to_owned())),
            "-G" | "--get" => method = Some(Some("GET".to_owned())),
            "-T" | "--upload-file" => method = Some(Some("PUT".to_owned())),
            it if it.starts_with("--request=") || it.starts_with("--method=") => {
                method = it.split_once('=').map(|(_, it)| Some(it.to_owned()));
            }
            it if it.starts_with("-X") => method = Some(Some(it[2..].to_owned())),
            it if it.starts_with("-d")
                || it.starts_with("--data")
                || it.starts_with("--post-data") =>
            {
                sends = true;
            }
            "--json" => sends = true,
            it if is_method(it) => method = Some(Some(it.to_owned())),
            it if url.is_empty() && host(it).is_some() => url = text,
            _ => {}
        }
    }
    let usual = if sends { "POST" } else { "GET" };
    Request::new(method.unwrap_or_else(|| Some(usual.to_owned())), &url)
}

fn is_method(text: &str) -> bool {
    ["GET", "PUT", "POST", "PATCH", "DELETE", "HEAD"].contains(&text)
}

/// `requests.put(url)`, `client.DeleteAsync(url)`, `axios.patch(url)`
fn of_method(name: &str, call: &Call, names: &Names<'_>) -> Option<Request> {
    let last = name.rsplit(['.', ':']).next().unwrap_or(name).trim_end_matches("async");
    let of = |word: &Word| Some(names.shape(word)).filter(|it| host(it).is_some());
    if !["delete", "get", "patch", "post", "put", "request"].contains(&last) {
        return None;
    }
    let url = call.arguments.iter().find_map(of)?;
    let method = match last {
        "request" => call
            .arguments
            .first()
            .and_then(|it| names.text(it))
            .filter(|it| is_method(&it.to_ascii_uppercase())),
        _ => Some(last.to_owned()),
    };
    Some(Request::new(method, &url))
}

/// The host of an address, and what comes after it.
fn host(url: &str) -> Option<(&str, &str)> {
    let (_, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    Some((host.split(':').next().unwrap_or(host), path))
}

fn address(url: &str) -> (Service, String) {
    let plain = |path: &str| path.split('?').next().unwrap_or(path).to_owned();
    // `az rest` puts the cloud's own address before a path.
    if url.starts_with('/') {
        return (Service::ResourceManager, plain(url));
    }
    match host(url) {
        Some((host, path)) => {
            let is = |all: &[&str]| all.iter().any(|it| host.eq_ignore_ascii_case(it));
            let service = match host {
                _ if is(RESOURCE_MANAGER) => Service::ResourceManager,
                _ if is(GRAPH) => Service::Graph,
                it if it.contains(HOLE) => by_path(path),
                _ => Service::Other,
            };
            (service, plain(path))
        }
        // `$base/subscriptions/…`
        None => match url.find("/subscriptions/") {
            Some(at) => (Service::ResourceManager, plain(&url[at..])),
            None => (Service::Unknown, String::new()),
        },
    }
}

/// Only Azure Resource Manager has paths that begin so.
fn by_path(path: &str) -> Service {
    match path.to_ascii_lowercase().starts_with("/subscriptions/") {
        true => Service::ResourceManager,
        false => Service::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::impact::{By, testing::judged};

    #[test]
    fn requests_are_judged_by_method_and_address() {
        for (language, text, effect) in [
            ("bash", "az rest --method put --url /subscriptions/x/resourceGroups/y", Effect::Write),
            (
                "bash",
                "az rest -m DELETE -u https://management.azure.com/x?api-version=1",
                Effect::Write,
            ),
            ("bash", "az rest --uri https://management.azure.com/subscriptions", Effect::Read),
            (
                "bash",
                "az rest --method post --uri \"/subscriptions/$S/x/start\"",
                Effect::Operation,
            ),
            (
                "bash",
                "az rest --method post --url https://graph.microsoft.com/v1.0/x",
                Effect::Graph,
            ),
            ("bash", "az rest --method put --url \"$URL\"", Effect::Unknown),
            ("bash", "az rest --url \"$URL\"", Effect::Read),
            ("bash", "az rest --method $M --url /x", Effect::Unknown),
            (
                "bash",
                "U=https://management.azure.com/x; az rest --method patch --url \"$U/y\"",
                Effect::Write,
            ),
            (
                "bash",
                "curl -X PUT -H \"Authorization: Bearer $T\" \"https://management.azure.com/x?a=b\"",
                Effect::Write,
            ),
            ("bash", "curl -XDELETE https://management.azure.com/x", Effect::Write),
            ("bash", "curl -d '{}' https://management.azure.com/x", Effect::Operation),
            ("bash", "curl https://graph.microsoft.com/v1.0/me", Effect::Graph),
            (
                "powershell",
                "Invoke-RestMethod -Method Put -Uri \"https://management.azure.com/$x\"",
                Effect::Write,
            ),
            (
                "powershell",
                "Invoke-AzRestMethod -Path /subscriptions/x -Method DELETE",
                Effect::Write,
            ),
            (
                "powershell",
                "Invoke-AzRestMethod -Path \"$id/start\" -Method POST",
                Effect::Operation,
            ),
            (
                "powershell",
                "Invoke-AzRestMethod -ResourceProviderName Microsoft.Web -ResourceType sites -Method PUT",
                Effect::Write,
            ),
        ] {
            assert_eq!(judged(language, text), Some((effect, By::Arguments)), "{text}");
        }
        assert_eq!(judged("bash", "curl https://contoso.com/x -X PUT"), None);
    }

    #[test]
    fn programs_send_requests_too() {
        let text = "import requests\nrequests.put('https://management.azure.com/x', headers=h)\n";
        assert_eq!(judged("python", text), Some((Effect::Write, By::Arguments)));
    }
}
