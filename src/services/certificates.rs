//! Keys and certificates, made on this machine.

use super::refusal;
use crate::resource::{Method, Refusal, Request};
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::{Value, json};
use std::{
    fs,
    io::{self, Write},
    path::Path,
};

/// Microsoft Entra takes certificates for any time; a year is what people renew.
const DAYS: i64 = 365;

/// `GET`, `PUT` and `DELETE` of a file with a key and its certificate. An existing file is never
/// replaced: its key may be in use.
pub(super) fn answer(folder: &Path, request: &Request) -> Result<Value, Refusal> {
    let file = folder.join(&request.path);
    let failed =
        |it: io::Error| refusal(request, "FileError", &format!("{}: {it}", file.display()));
    let absent =
        || Refusal { status: Some(404), ..refusal(request, "NotFound", "there is no such file") };
    match request.method {
        Method::Get => match fs::read_to_string(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(absent()),
            Err(error) => Err(failed(error)),
            Ok(pem) => public(&pem)
                .map(|public| json!({ "file": request.path, "public": public }))
                .ok_or_else(|| {
                    refusal(request, "NotACertificate", "the file holds no certificate")
                }),
        },
        Method::Put => {
            let name = request
                .body
                .as_ref()
                .and_then(|it| it.get("name"))
                .and_then(Value::as_str)
                .unwrap_or_default();
            let pem = make(name).map_err(|it| refusal(request, "KeyError", &it.to_string()))?;
            write(&file, &pem).map_err(failed)?;
            Ok(json!({ "file": request.path, "public": public(&pem) }))
        }
        Method::Delete => match fs::remove_file(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(absent()),
            Err(error) => Err(failed(error)),
            Ok(()) => Ok(Value::Null),
        },
        Method::Post | Method::Patch => {
            Err(refusal(request, "NotSupported", "a certificate is never changed"))
        }
    }
}

/// The private key and the certificate, in the order that the Azure CLI takes.
fn make(name: &str) -> Result<String, rcgen::Error> {
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?;
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    let now = azure_core::time::OffsetDateTime::now_utc();
    params.not_before = now;
    params.not_after = now + azure_core::time::Duration::days(DAYS);
    let certificate = params.self_signed(&key)?;
    Ok(format!("{}{}", key.serialize_pem(), certificate.pem()))
}

/// The certificate without its frame: base64 of its DER form.
fn public(pem: &str) -> Option<String> {
    let (_, rest) = pem.split_once("-----BEGIN CERTIFICATE-----")?;
    let (body, _) = rest.split_once("-----END CERTIFICATE-----")?;
    Some(body.split_whitespace().collect())
}

/// Written once, for its owner alone.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::Service;

    #[test]
    fn a_key_is_written_once_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let request = |method| {
            Request::new(method, Service::ThisMachine, "sp.pem").body(json!({ "name": "sp" }))
        };
        assert!(answer(folder.path(), &request(Method::Get)).unwrap_err().is_absent());
        let made = answer(folder.path(), &request(Method::Put)).unwrap();
        assert_eq!(answer(folder.path(), &request(Method::Get)).unwrap(), made);
        assert!(!made.to_string().contains("PRIVATE"));
        assert_eq!(answer(folder.path(), &request(Method::Put)).unwrap_err().code, "FileError");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(folder.path().join("sp.pem")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        answer(folder.path(), &request(Method::Delete)).unwrap();
        assert!(answer(folder.path(), &request(Method::Delete)).unwrap_err().is_absent());
    }
}
