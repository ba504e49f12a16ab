//! The token that was brought, or what is known of it: read leniently, so that all that is wrong
//! with it can be said. Nothing here believes it.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain::reach::is_reachable;
use domain::{Secret, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::cause::Cause;
use super::finding::Finding;
use crate::limits::TOKEN_BYTES_MAX;
use crate::token::{
    Algorithm, Claims, Expected, Invalid, KeySet, check_claims, check_header, is_ahead, json,
    verify,
};

/// A token, or its claims.
#[derive(Debug)]
pub struct Presented {
    /// What it says.
    pub claims: Claims,
    header: Option<Map<String, Json>>,
    signed: Option<Secret>,
    /// Whether only some claims are known, from an error message.
    partial: bool,
}

/// What may be shown of a token: everything but what would make it one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Facts {
    /// Its header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<Map<String, Json>>,
    /// Its claims.
    pub claims: Map<String, Json>,
    /// When it ends, where it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends: Option<String>,
    /// The beginning of its SHA-256, to tell two tokens apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

impl Presented {
    /// Reads a token; why it is none, where it is none.
    pub fn read(text: &str) -> Result<Self, Finding> {
        let token = text.trim();
        let wrong = |why: String, fix: &str| Err(Finding::refused(why, fix).of(Cause::NoToken));
        let write = "write the variable's value and nothing else: printf %s \"$BITBUCKET_STEP_OIDC_TOKEN\" > FILE";
        if token.is_empty() {
            let why =
                "the token is empty: the step has none, or its file was written before it had";
            let fix = "write `oidc: true` at the step, and the file after the variable is set";
            return wrong(why.to_owned(), fix);
        }
        if token.len() > TOKEN_BYTES_MAX {
            return wrong(Invalid::TooLong(token.len()).to_string(), write);
        }
        if token.starts_with('$') {
            return wrong("this is the name of a variable, not its value".to_owned(), write);
        }
        if token.contains(char::is_whitespace) || token.contains(['"', '\'']) {
            let why =
                "there is more than one token in it: other words, quotes or lines stand beside it";
            return wrong(why.to_owned(), write);
        }
        let parts: Vec<&str> = token.split('.').collect();
        let &[header, payload, signature] = &parts[..] else {
            let why = match parts.len() {
                5 => "the token has five parts: it is encrypted, and only its own reader can say what is in it".to_owned(),
                count => format!("{}; was it cut off?", Invalid::Parts(count)),
            };
            return wrong(why, write);
        };
        let part = |part: &str, name| {
            let bytes =
                BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| Invalid::NotBase64(name))?;
            json::object(&bytes).ok_or(Invalid::NotJson(name))
        };
        let read = part(header, "header").and_then(|it| Ok((it, part(payload, "payload")?)));
        match read {
            Ok(_) if signature.is_empty() => wrong("the token has no signature".to_owned(), write),
            Ok((header, claims)) => Ok(Self {
                header: Some(header),
                claims: Claims::unverified(claims),
                signed: Some(Secret::new(token)),
                partial: false,
            }),
            Err(why) => wrong(why.to_string(), write),
        }
    }

    /// Claims without a token around them.
    pub fn of_claims(claims: Map<String, Json>) -> Self {
        let claims = Claims::unverified(claims);
        Self { claims, header: None, signed: None, partial: false }
    }

    /// Some claims, as an error message told them.
    pub(super) fn partly(claims: Map<String, Json>) -> Self {
        Self { partial: true, ..Self::of_claims(claims) }
    }

    /// Whether it can be compared by this claim.
    pub(super) fn knows(&self, claim: &str) -> bool {
        !self.partial || self.claims.all.contains_key(claim)
    }

    /// Whether all of its claims are known.
    pub(super) fn is_whole(&self) -> bool {
        !self.partial
    }

    /// Whether it has a signature that could be checked.
    pub(super) fn is_signed(&self) -> bool {
        self.signed.is_some()
    }

    /// What STS does not take it for, first of all; nothing that hangs on keys that were not brought.
    pub(super) fn invalid(&self, keys: Option<&KeySet>, at: Timestamp) -> Option<Invalid> {
        let expected = Expected { issuer: &self.claims.issuer, algorithms: &Algorithm::ALL, at };
        if let (Some(token), Some(keys)) = (&self.signed, keys) {
            return verify(token.expose(), &expected, keys).err();
        }
        let header = self.header.as_ref().and_then(|header| check_header(header).err());
        header.or_else(|| check_claims(self.claims.all.clone(), &expected).err())
    }

    /// What may be shown.
    pub fn facts(&self) -> Facts {
        let ends =
            (self.claims.expires != Timestamp(i64::MAX)).then(|| self.claims.expires.rfc3339());
        let hash = |token: &Secret| hex(digest(&SHA256, token.expose().as_bytes()).as_ref());
        let sha256 = self.signed.as_ref().map(hash);
        Facts { header: self.header.clone(), claims: self.claims.all.clone(), ends, sha256 }
    }

    /// What is wrong with it whoever it is shown to. `late` is what a relying party's users call it
    /// when it comes too late.
    pub(super) fn judge(&self, keys: Option<&KeySet>, at: Timestamp, late: Cause) -> Vec<Finding> {
        if self.partial {
            return Vec::new();
        }
        let mut findings: Vec<Finding> = self.algorithm().into_iter().collect();
        findings.extend(self.plain_http());
        let late = self.time(at, late);
        // Who takes a token's end back as a test leaves `nbf` where it was: that it is over says it all.
        let told = |wrong: &Invalid| {
            late.is_some() && matches!(wrong, Invalid::Claim { claim: "nbf", .. })
        };
        let wrong = Claims::read(self.claims.all.clone()).err().filter(|it| !told(it));
        findings.extend(late);
        findings.extend(wrong.as_ref().map(malformed));
        findings.extend(self.cut().or_else(|| self.signature(keys, at)));
        findings
    }

    fn algorithm(&self) -> Option<Finding> {
        let name = self.header.as_ref()?.get("alg").and_then(Json::as_str).unwrap_or_default();
        let kid = self.header.as_ref()?.get("kid").and_then(Json::as_str).unwrap_or_default();
        if Algorithm::parse(name).is_none() {
            let message =
                format!("the token is signed with {name:?}, which no relying party takes");
            return Some(Finding::refused(message, "let the issuer sign with RS256 or ES256"));
        }
        let message = "the token's header has no `kid`, so its key cannot be found";
        let fix = "let the issuer name its key";
        kid.is_empty().then(|| Finding::refused(message, fix).of(Cause::NoKey))
    }

    /// Clouds fetch keys by https alone; a server here takes http from its own machine only.
    fn plain_http(&self) -> Option<Finding> {
        let issuer = &self.claims.issuer;
        let plain =
            issuer.starts_with("http://") && is_reachable(issuer, "https://elsewhere.example");
        let message = format!(
            "the token's issuer is {issuer}: nobody registers an issuer by plain http, whose keys \
             whoever is on the way can forge"
        );
        let fix = "let the issuer call itself https://…, and serve its keys there";
        plain.then(|| Finding::refused(message, fix).of(Cause::NoProvider))
    }

    fn time(&self, at: Timestamp, late: Cause) -> Option<Finding> {
        let claims = &self.claims;
        if claims.has_ended(at) {
            let ago = span(at.millis_since(claims.expires) / 1000);
            let message = format!("the token ended at {}, {ago} ago", claims.expires.rfc3339());
            let fix = "exchange it when the step begins, and run the step again for a new one; work that \
                       outlasts the token is a step of its own";
            return Some(Finding::refused(message, fix).of(late));
        }
        let begins = claims.not_before.max(claims.issued)?;
        let message =
            format!("the token begins at {} only, and it is {}", begins.rfc3339(), at.rfc3339());
        let fix = "set the clocks right: the issuer's and the relying party's differ";
        is_ahead(begins, at).then(|| Finding::refused(message, fix).of(late))
    }

    /// Whether the signature is shorter or longer than any of its algorithm.
    fn cut(&self) -> Option<Finding> {
        let name = self.header.as_ref()?.get("alg").and_then(Json::as_str)?;
        let (_, signature) = self.signed.as_ref()?.expose().rsplit_once('.')?;
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(signature).map_or(0, |it| it.len());
        let whole = match Algorithm::parse(name)? {
            Algorithm::Es256 => bytes == 64,
            Algorithm::Es384 => bytes == 96,
            Algorithm::Es512 => bytes == 132,
            // Keys of RSA have 2,048 bits or more, in whole steps.
            _ => bytes >= 256 && bytes.is_multiple_of(64),
        };
        let message = format!(
            "the token's signature has {bytes} bytes, as none of {name} has: it was cut off"
        );
        let fix = "write the variable's whole value, in one line and nothing else: printf %s \"$BITBUCKET_STEP_OIDC_TOKEN\" > FILE";
        (!whole).then(|| Finding::refused(message, fix).of(Cause::NoToken))
    }

    fn signature(&self, keys: Option<&KeySet>, at: Timestamp) -> Option<Finding> {
        let (Some(keys), Some(token)) = (keys, &self.signed) else { return None };
        let expected = Expected { issuer: &self.claims.issuer, algorithms: &Algorithm::ALL, at };
        let wrong = verify(token.expose(), &expected, keys).err()?;
        let fix = match &wrong {
            Invalid::UnknownKey(_) => {
                let kids: Vec<&str> = keys.kids().collect();
                format!("fetch the issuer's keys again; these have {}", kids.join(", "))
            }
            Invalid::Signature => {
                "take the keys of the token's own issuer, and the token unchanged".to_owned()
            }
            Invalid::UnfitKey { .. } => {
                "let the issuer sign with a key of 2048 bits or more, or with ES256".to_owned()
            }
            Invalid::OtherAlgorithm { .. } => "let the issuer sign as its key says".to_owned(),
            // The others were said already, in kinder words.
            _ => return None,
        };
        Some(Finding::refused(wrong.to_string(), fix).of(Cause::NoKey))
    }
}

fn malformed(wrong: &Invalid) -> Finding {
    match wrong {
        Invalid::Missing("aud") => {
            let fix = "ask for an audience where the token is made";
            Finding::refused(
                "the token has no audience: STS says `Missing a required claim: aud`",
                fix,
            )
            .of(Cause::NoAudience)
        }
        Invalid::Claim { claim: "exp" | "nbf" | "iat", .. } => {
            Finding::refused(wrong.to_string(), "write whole seconds since 1970, as a number")
        }
        _ => Finding::refused(wrong.to_string(), "let the issuer write it so"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// Seconds in the largest whole unit.
fn span(seconds: i64) -> String {
    let (count, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7_200 => (seconds / 60, "minute"),
        7_200..172_800 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}
