//! The listener: a proxy that ends every tunnel itself, so that clients keep the real host names.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::body::Body;
use hyper::body::Incoming;
use hyper::http::uri::Scheme;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request as HttpRequest, Response, StatusCode, Uri, header};
use hyper_util::rt::TokioIo;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::Error;
use super::message::{Reply, Request};
use super::tenant::{Tenant, hosts};
use super::workload;

/// Longer than any run of the program, shorter than what some platforms refuse of a leaf.
const VALID: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Makes a CA that signs one leaf and is then forgotten. Returns its certificate, and the TLS end
/// of every tunnel.
pub(super) fn certify() -> Result<(String, TlsAcceptor), Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "workid sandbox CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let authority = CertifiedIssuer::self_signed(dated(params), KeyPair::generate()?)?;

    let mut params = CertificateParams::new(hosts(false).map(str::to_owned).collect::<Vec<_>>())?;
    params.distinguished_name.push(DnType::CommonName, "workid sandbox");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    let leaf = dated(params).signed_by(&key, &authority)?;

    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![leaf.into()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))?;
    Ok((authority.pem(), TlsAcceptor::from(Arc::new(config))))
}

fn dated(mut params: CertificateParams) -> CertificateParams {
    // A day of grace for clients in containers whose clocks are behind.
    let day = Duration::from_secs(24 * 60 * 60);
    params.not_before = (SystemTime::now() - day).into();
    params.not_after = (SystemTime::now() + VALID).into();
    params
}

/// Accepts connections for ever.
pub(super) async fn run(listener: TcpListener, port: u16, tls: TlsAcceptor, tenant: Arc<Tenant>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                drop(tokio::spawn(connection(stream, port, tls.clone(), tenant.clone())));
            }
            // Out of file handles, most likely: give the others time to finish.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn connection(stream: TcpStream, port: u16, tls: TlsAcceptor, tenant: Arc<Tenant>) {
    let service = service_fn(|request: HttpRequest<Incoming>| {
        let (tls, tenant) = (tls.clone(), tenant.clone());
        async move {
            match Way::of(request.method(), request.uri(), port) {
                Way::Tunnel(host) => Ok(tunnel(host, request, tls, tenant)),
                Way::Plain(host) => serve(host, request, &tenant).await,
                Way::None(host) => Ok(turn_away(request.method(), &host, &tenant)),
            }
        }
    });
    // A client may leave whenever it likes; there is nobody to tell.
    let _ =
        http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades().await;
}

/// Where a request wants to go.
#[derive(Debug, PartialEq)]
enum Way {
    /// Through a tunnel that ends here.
    Tunnel(&'static str),
    /// To what a machine reaches without TLS.
    Plain(&'static str),
    /// To a host that the tenant does not stand for.
    None(String),
}

impl Way {
    fn of(method: &Method, uri: &Uri, port: u16) -> Way {
        // Without a host, it is the sandbox itself that is asked.
        let Some(host) = uri.host().map(str::to_lowercase) else {
            return Way::Plain(workload::OWN_HOST);
        };
        let tunnel = method == Method::CONNECT;
        let door = match (tunnel, host.as_str()) {
            (true, _) => 443,
            (false, workload::OWN_HOST) => port,
            (false, _) => 80,
        };
        let open = uri.port_u16() == Some(door) || (door == 80 && uri.port().is_none());
        let scheme = tunnel || uri.scheme() == Some(&Scheme::HTTP);
        match hosts(!tunnel).find(|known| *known == host && open && scheme) {
            Some(known) if tunnel => Way::Tunnel(known),
            Some(known) => Way::Plain(known),
            None => Way::None(host),
        }
    }
}

/// Ends a tunnel here.
fn tunnel(
    host: &'static str,
    request: HttpRequest<Incoming>,
    tls: TlsAcceptor,
    tenant: Arc<Tenant>,
) -> Response<Body> {
    tokio::spawn(async move {
        let Ok(stream) = hyper::upgrade::on(request).await else { return };
        let Ok(stream) = tls.accept(TokioIo::new(stream)).await else { return };
        let service = service_fn(|request| serve(host, request, &tenant));
        let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    });
    Response::new(Body::empty())
}

fn turn_away(method: &Method, host: &str, tenant: &Tenant) -> Response<Body> {
    let sentence = "The workid sandbox stands for Azure only: it opens no way to any other host.\n";
    let mut response = Response::new(Body::from(sentence));
    *response.status_mut() = StatusCode::FORBIDDEN;
    tenant.turn_away(method.as_str(), host, StatusCode::FORBIDDEN.as_u16());
    response
}

async fn serve(
    host: &str,
    request: HttpRequest<Incoming>,
    tenant: &Tenant,
) -> Result<Response<Body>, Broken> {
    let request = Request::read(host, request).await.ok_or(Broken)?;
    let Reply { status, headers, body, .. } = tenant.answer(&request).await.ok_or(Broken)?;
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    let body = match body {
        Some(value) => {
            response = response.header(header::CONTENT_TYPE, "application/json; charset=utf-8");
            Body::from(value.to_string())
        }
        None => Body::empty(),
    };
    response.body(body).map_err(|_| Broken)
}

/// Makes hyper close the connection without an answer.
#[derive(Debug)]
struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is to break here")
    }
}

impl std::error::Error for Broken {}
