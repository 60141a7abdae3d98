//! Issuers outside the tenant, such as GitHub: each has a key of its own here, and signs with it
//! what its workloads show to Entra.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{
    KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD as BASE64URL};
use serde_json::json;

use super::state::State;
use super::token::{Jwt, LIFETIME, now};

/// A token of an issuer; `None` if no key can be made for it.
pub(super) fn token(
    state: &mut State,
    issuer: &str,
    subject: &str,
    audience: &str,
) -> Option<String> {
    let key = match key(state, issuer) {
        Some(key) => key,
        None => {
            let key = KeyPair::generate(KeySize::Rsa2048).ok()?;
            let der: Pkcs8V1Der<'_> = key.as_der().ok()?;
            state.issuer_keys.insert(issuer.to_owned(), BASE64_STANDARD.encode(der.as_ref()));
            key
        }
    };
    let header = json!({ "typ": "JWT", "alg": "RS256", "kid": "sandbox" }).to_string();
    let now = now();
    let payload = json!({
        "iss": issuer,
        "sub": subject,
        "aud": audience,
        "iat": now,
        "nbf": now,
        "exp": now + LIFETIME,
    });
    let signed = format!("{}.{}", BASE64URL.encode(header), BASE64URL.encode(payload.to_string()));
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).ok()?;
    Some(format!("{signed}.{}", BASE64URL.encode(signature)))
}

/// Whether a token is signed by the issuer that it names.
pub(super) fn has_signed(state: &State, jwt: &Jwt<'_>) -> bool {
    let key = jwt.payload["iss"].as_str().and_then(|issuer| key(state, issuer));
    key.is_some_and(|key| {
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key());
        jwt.header["alg"] == "RS256" && key.verify(jwt.signed.as_bytes(), &jwt.signature).is_ok()
    })
}

fn key(state: &State, issuer: &str) -> Option<KeyPair> {
    let der = BASE64_STANDARD.decode(state.issuer_keys.get(issuer)?).ok()?;
    KeyPair::from_pkcs8(&der).ok()
}
