//! Tokens: JWT-shaped, signed with the tenant's own key, and checked on every request that carries
//! one.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How long an access token is good for, in seconds.
pub(super) const LIFETIME: u64 = 3599;

/// What a token says. Services know their caller by these.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Claims {
    pub(super) aud: String,
    pub(super) iss: String,
    pub(super) tid: String,
    pub(super) oid: String,
    pub(super) sub: String,
    pub(super) appid: String,
    /// `user` or `app`: the claim that decides whether the MFA policy looks at the rest.
    pub(super) idtyp: String,
    /// How a user proved to be that user; empty for an application.
    pub(super) amr: Vec<String>,
    /// The user's principal name, or the application's display name.
    pub(super) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) upn: Option<String>,
    pub(super) iat: u64,
    pub(super) exp: u64,
}

impl Claims {
    pub(super) fn is_user(&self) -> bool {
        self.idtyp == "user"
    }

    pub(super) fn has_mfa(&self) -> bool {
        self.amr.iter().any(|method| method == "mfa")
    }
}

/// Signs a payload with the tenant's key.
pub(super) fn sign(key: &str, payload: &impl Serialize) -> String {
    let payload = serde_json::to_vec(payload).expect("claims are plain strings and numbers");
    let header = json!({ "typ": "JWT", "alg": "HS256" }).to_string();
    let signed = format!("{}.{}", BASE64URL.encode(header), BASE64URL.encode(payload));
    let signature =
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()), signed.as_bytes());
    format!("{signed}.{}", BASE64URL.encode(signature))
}

/// The claims of a token of this tenant that has not run out.
pub(super) fn verify(key: &str, token: &str) -> Option<Claims> {
    let jwt = Jwt::read(token)?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
    hmac::verify(&key, jwt.signed.as_bytes(), &jwt.signature).ok()?;
    let claims: Claims = serde_json::from_value(jwt.payload).ok()?;
    (claims.exp > now()).then_some(claims)
}

/// A token taken apart, not yet believed.
pub(super) struct Jwt<'a> {
    pub(super) header: Value,
    pub(super) payload: Value,
    pub(super) signed: &'a str,
    pub(super) signature: Vec<u8>,
}

impl Jwt<'_> {
    pub(super) fn read(token: &str) -> Option<Jwt<'_>> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        let part = |text| serde_json::from_slice(&BASE64URL.decode(text).ok()?).ok();
        Some(Jwt {
            header: part(header)?,
            payload: part(payload)?,
            signed,
            signature: BASE64URL.decode(signature).ok()?,
        })
    }
}

pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
