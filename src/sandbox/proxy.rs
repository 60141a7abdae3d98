//! The listener: a proxy that ends every tunnel itself, so that clients keep the real host names.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request as HttpRequest, Response, StatusCode, header};
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

    let mut params = CertificateParams::new(hosts().map(str::to_owned).collect::<Vec<_>>())?;
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
pub(super) async fn run(listener: TcpListener, tls: TlsAcceptor, tenant: Arc<Tenant>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(connection(stream, tls.clone(), tenant.clone()))),
            // Out of file handles, most likely: give the others time to finish.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn connection(stream: TcpStream, tls: TlsAcceptor, tenant: Arc<Tenant>) {
    let service = service_fn(|request| {
        let response = tunnel(request, tls.clone(), tenant.clone());
        async { Ok::<_, Infallible>(response) }
    });
    // A client may leave whenever it likes; there is nobody to tell.
    let _ =
        http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades().await;
}

/// Opens a tunnel to a host the tenant stands for, and to no other.
fn tunnel(request: HttpRequest<Incoming>, tls: TlsAcceptor, tenant: Arc<Tenant>) -> Response<Body> {
    let target = request.uri().authority().filter(|_| request.method() == Method::CONNECT);
    let host = target
        .filter(|target| target.port_u16() == Some(443))
        .map(|target| target.host().to_lowercase());
    match host.filter(|host| hosts().any(|known| known == host)) {
        Some(host) => {
            tokio::spawn(async move {
                let Ok(stream) = hyper::upgrade::on(request).await else { return };
                let Ok(stream) = tls.accept(TokioIo::new(stream)).await else { return };
                let service = service_fn(|request| serve(&host, request, &tenant));
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
            Response::new(Body::empty())
        }
        None => {
            let sentence = "The workid sandbox stands for Azure only, over https: it opens no \
                            way to any other host.\n";
            let mut response = Response::new(Body::from(sentence));
            *response.status_mut() = StatusCode::FORBIDDEN;
            response
        }
    }
}

async fn serve(
    host: &str,
    request: HttpRequest<Incoming>,
    tenant: &Tenant,
) -> Result<Response<Body>, Broken> {
    let request = Request::read(host, request).await.ok_or(Broken)?;
    let Reply { status, headers, body, .. } = tenant.answer(&request).ok_or(Broken)?;
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
