//! What a service principal with a certificate shows in the place of a secret: a signed assertion.

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    rsa::KeyPair,
    signature::RSA_PSS_SHA256,
};
use azure_core::http::ClientMethodOptions;
use azure_identity::ClientAssertion;
use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use serde_json::json;
use std::{fs, pin::Pin};

/// For how long an assertion is good; it is used at once.
const MINUTES: i64 = 10;

/// A private key and its certificate, as one PEM file has them.
pub(super) struct Certificate {
    key: KeyPair,
    thumbprint: String,
    client_id: String,
    audience: String,
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Certificate")
    }
}

impl Certificate {
    pub(super) fn read(
        file: &str,
        client_id: &str,
        audience: String,
    ) -> Result<Certificate, String> {
        let text = fs::read_to_string(file).map_err(|it| format!("{file}: {it}"))?;
        let part = |name: &str| part(&text, name).ok_or(format!("{file} has no {name} as PEM"));
        let key = KeyPair::from_pkcs8(&part("PRIVATE KEY")?)
            .map_err(|_| format!("the key of {file} is no RSA key that can be read"))?;
        let thumbprint = digest(&SHA256, &part("CERTIFICATE")?);
        let thumbprint = BASE64_URL_SAFE_NO_PAD.encode(thumbprint);
        Ok(Certificate { key, thumbprint, client_id: client_id.to_owned(), audience })
    }

    fn sign(&self) -> azure_core::Result<String> {
        let now = azure_core::time::OffsetDateTime::now_utc().unix_timestamp();
        let header = json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": self.thumbprint });
        let claims = json!({
            "aud": self.audience,
            "iss": self.client_id,
            "sub": self.client_id,
            "jti": format!("{:032x}", u128::from_be_bytes(random()?)),
            "nbf": now,
            "exp": now + MINUTES * 60,
        });
        let encode = |it: serde_json::Value| BASE64_URL_SAFE_NO_PAD.encode(it.to_string());
        let signed = format!("{}.{}", encode(header), encode(claims));
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(&RSA_PSS_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(|_| failed("the key cannot sign"))?;
        Ok(format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)))
    }
}

// Written out, because the trait is one of boxed futures.
impl ClientAssertion for Certificate {
    fn secret<'s, 'o, 'f>(
        &'s self,
        _: Option<ClientMethodOptions<'o>>,
    ) -> Pin<Box<dyn Future<Output = azure_core::Result<String>> + Send + 'f>>
    where
        's: 'f,
        'o: 'f,
        Self: 'f,
    {
        Box::pin(async move { self.sign() })
    }
}

fn random() -> azure_core::Result<[u8; 16]> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| failed("the system has no random bytes"))?;
    Ok(bytes)
}

fn failed(what: &'static str) -> azure_core::Error {
    azure_core::Error::with_message(azure_core::error::ErrorKind::Credential, what)
}

/// The DER form of the first part of that name.
fn part(pem: &str, name: &str) -> Option<Vec<u8>> {
    let (_, rest) = pem.split_once(&format!("-----BEGIN {name}-----"))?;
    let (body, _) = rest.split_once(&format!("-----END {name}-----"))?;
    BASE64_STANDARD.decode(body.split_whitespace().collect::<String>()).ok()
}
