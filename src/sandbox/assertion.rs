//! How an application proves who it is: by secret, by certificate, or by a token from elsewhere.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaParameters, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;

use super::entra::refusal;
use super::message::{Form, Refusal};
use super::state::{State, text};
use super::token::{Jwt, now};
use super::{TENANT_DOMAIN, TENANT_ID, federation, issuer};

/// How far apart two clocks may be, in seconds.
const LEEWAY: f64 = 300.0;

/// The service principal of the client that a form is from, once it has proved to be that client.
pub(super) fn client<'a>(state: &'a State, form: &Form) -> Result<&'a Value, Refusal> {
    let id = form.get("client_id").unwrap_or_default();
    let app = state.application(id);
    let known = state.service_principal(id).filter(|it| !state.hidden.contains(&text(&it["id"])));
    let Some(principal) = known else {
        return Err(match app {
            Some(_) => refusal(
                7000229,
                format!(
                    "The client application '{id}' is missing service principal in the tenant \
                     {TENANT_DOMAIN}."
                ),
            ),
            None => refusal(
                700016,
                format!(
                    "Application with identifier '{id}' was not found in the directory \
                     '{TENANT_DOMAIN}'."
                ),
            ),
        });
    };
    match (form.get("client_secret"), form.get("client_assertion")) {
        (Some(secret), _) => check_secret(state, app, id, secret)?,
        (None, Some(assertion)) => check_assertion(state, app, id, assertion)?,
        (None, None) => {
            let text = "The request body must contain the following parameter: \
                        'client_assertion' or 'client_secret'.";
            return Err(refusal(7000218, text));
        }
    }
    Ok(principal)
}

fn check_secret(state: &State, app: Option<&Value>, id: &str, secret: &str) -> Result<(), Refusal> {
    let known = app.and_then(|app| app["passwordCredentials"].as_array()).into_iter().flatten();
    let mut known = known.filter_map(|credential| state.secrets.get(credential["keyId"].as_str()?));
    if known.any(|own| own == secret) {
        return Ok(());
    }
    let text = format!(
        "Invalid client secret provided. Ensure the secret being sent in the request is the \
         client secret value, not the client secret ID, for a secret added to app '{id}'."
    );
    Err(refusal(7000215, text))
}

fn check_assertion(
    state: &State,
    app: Option<&Value>,
    id: &str,
    assertion: &str,
) -> Result<(), Refusal> {
    let Some(jwt) = Jwt::read(assertion) else {
        return Err(refusal(50027, "JWT token is invalid or malformed."));
    };
    // Clients differ: some send whole seconds, some fractions.
    let seconds = |claim: &str| jwt.payload[claim].as_f64();
    let now = now() as f64;
    let late = seconds("exp").is_none_or(|end| end + LEEWAY < now);
    let early = seconds("nbf").is_some_and(|start| start - LEEWAY > now);
    if late || early {
        return Err(refusal(700024, "Client assertion is not within its valid time range."));
    }
    if jwt.payload["iss"] == *id && jwt.payload["sub"] == *id {
        check_realm(&jwt)?;
        return check_certificate(app, id, &jwt);
    }
    federation::admit(state, id, &jwt.payload)?;
    if issuer::has_signed(state, &jwt) {
        return Ok(());
    }
    let text = "Client assertion failed signature validation. Reason - The key was not found.";
    Err(refusal(700027, text))
}

/// What an application signs for itself is for this tenant, and for no other that it is in.
fn check_realm(jwt: &Jwt<'_>) -> Result<(), Refusal> {
    let audience = text(&jwt.payload["aud"]).to_lowercase();
    let realm = audience.split('/').nth(3).unwrap_or_default();
    if audience.starts_with("https://login.") && [TENANT_ID, TENANT_DOMAIN].contains(&realm) {
        return Ok(());
    }
    Err(refusal(700023, "Client assertion audience claim does not match Realm issuer."))
}

fn check_certificate(app: Option<&Value>, id: &str, jwt: &Jwt<'_>) -> Result<(), Refusal> {
    let registered = app.and_then(|app| app["keyCredentials"].as_array()).into_iter().flatten();
    let ders =
        registered.filter_map(|credential| BASE64_STANDARD.decode(text(&credential["key"])).ok());
    let padding: &RsaParameters = match jwt.header["alg"].as_str() {
        Some("PS256") => &RSA_PSS_2048_8192_SHA256,
        _ => &RSA_PKCS1_2048_8192_SHA256,
    };
    // Some clients pad the thumbprint, though nothing else in a token is padded.
    let named = |algorithm, header: &str, der: &[u8]| {
        let thumbprint = BASE64_URL_SAFE_NO_PAD.encode(digest(algorithm, der));
        jwt.header[header].as_str().is_some_and(|given| given.trim_end_matches('=') == thumbprint)
    };
    let signed = |der: Vec<u8>| {
        let Some(key) = public_key(&der) else { return false };
        let key = UnparsedPublicKey::new(padding, key);
        key.verify(jwt.signed.as_bytes(), &jwt.signature).is_ok()
    };
    let mut meant = ders.filter(|der| {
        named(&SHA256, "x5t#S256", der) || named(&SHA1_FOR_LEGACY_USE_ONLY, "x5t", der)
    });
    if meant.any(signed) {
        return Ok(());
    }
    let text = format!(
        "The certificate with identifier used to sign the client assertion is not registered on \
         application. [Reason - The key was not found., Application '{id}']"
    );
    Err(refusal(700027, text))
}

/// The public key in a certificate. It is looked up by hand because what verifies certificates for
/// TLS does not read those of version 1, and that is what the Azure CLI makes.
fn public_key(certificate: &[u8]) -> Option<&[u8]> {
    let (signed, _) = element(certificate)?;
    let (mut fields, _) = element(signed)?;
    // Version 1 is the one that is not mentioned.
    if fields.first() == Some(&0xa0) {
        fields = element(fields)?.1;
    }
    for _ in ["serial number", "algorithm", "issuer", "validity", "subject"] {
        fields = element(fields)?.1;
    }
    let (_, rest) = element(fields)?;
    fields.get(..fields.len() - rest.len())
}

/// The contents of the first DER element, and what comes after it.
fn element(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&short, rest) = der.get(1..)?.split_first()?;
    if short < 0x80 {
        return rest.split_at_checked(usize::from(short));
    }
    let (long, rest) = rest.split_at_checked(usize::from(short & 0x7f))?;
    rest.split_at_checked(long.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)))
}
