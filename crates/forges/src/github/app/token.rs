//! The token by which an App speaks for itself: a JWT signed with its key (RS256, RFC 7518).

use super::App;
use crate::Error;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use domain::{Secret, Timestamp};
use serde_json::json;

/// GitHub's advice against clocks that differ: the token began a minute ago…
const BEFORE_SECONDS: i64 = 60;

/// …and ends before ten minutes are over, the most that GitHub takes.
const AFTER_SECONDS: i64 = 9 * 60;

/// Whether a text is a key that an App can sign with.
pub fn check_key(pem: &Secret) -> bool {
    key(pem).is_some()
}

/// Signs a token of the App for the next minutes.
pub(super) fn sign(app: &App, at: Timestamp) -> Result<Secret, Error> {
    let key = key(&app.private_key).ok_or_else(|| Error::Rejected {
        what: "the App's private key".to_owned(),
        message: "it must be an RSA key in PEM, as GitHub gave it".to_owned(),
    })?;
    let now = at.0 / 1000;
    let (begins, ends) = (now - BEFORE_SECONDS, now + AFTER_SECONDS);
    let header = json!({"alg": "RS256", "typ": "JWT"}).to_string();
    let claims = json!({"iat": begins, "exp": ends, "iss": app.issuer}).to_string();
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let mut signature = vec![0; key.public_modulus_len()];
    // Only blinding draws on the randomness; the signature itself is determined.
    let random = SystemRandom::new();
    key.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature).map_err(|_| {
        Error::Rejected {
            what: "the App's private key".to_owned(),
            message: "nothing can be signed with it".to_owned(),
        }
    })?;
    Ok(Secret::new(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))))
}

/// GitHub gives `RSA PRIVATE KEY` (PKCS #1); whoever converted it has `PRIVATE KEY` (PKCS #8).
fn key(pem: &Secret) -> Option<RsaKeyPair> {
    let lines = pem.expose().lines().map(str::trim);
    let body: String = lines.filter(|line| !line.starts_with("-----")).collect();
    let der = STANDARD.decode(body).ok()?;
    RsaKeyPair::from_der(&der).or_else(|_| RsaKeyPair::from_pkcs8(&der)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::rsa::{KeyPair, KeySize};
    use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

    #[test]
    fn an_app_signs_what_its_public_key_verifies() {
        let pair = KeyPair::generate(KeySize::Rsa2048).expect("a key");
        let der = pair.as_der().expect("its bytes");
        let coded = STANDARD.encode(der.as_ref());
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{coded}\n-----END PRIVATE KEY-----\n");
        let app = App { issuer: "Iv1.app".to_owned(), private_key: Secret::new(pem) };
        let token = sign(&app, Timestamp(1_700_000_000_000)).expect("a token");

        let (signed, signature) = token.expose().rsplit_once('.').expect("three parts");
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key());
        let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64");
        public.verify(signed.as_bytes(), &signature).expect("its signature");
        let (header, claims) = signed.split_once('.').expect("two parts");
        let text = |part: &str| String::from_utf8(URL_SAFE_NO_PAD.decode(part).expect("base64"));
        assert_eq!(text(header).as_deref(), Ok(r#"{"alg":"RS256","typ":"JWT"}"#));
        let expect = r#"{"exp":1700000540,"iat":1699999940,"iss":"Iv1.app"}"#;
        assert_eq!(text(claims).as_deref(), Ok(expect));
    }

    #[test]
    fn what_is_no_key_is_refused_and_not_shown() {
        let app = App { issuer: "1".to_owned(), private_key: Secret::new("hunter2") };
        let refused = sign(&app, Timestamp(0)).expect_err("no key").to_string();
        assert!(refused.contains("RSA key in PEM") && !refused.contains("hunter2"), "{refused}");
    }
}
