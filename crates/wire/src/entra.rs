//! The token endpoint of Microsoft Entra, as far as a workload shows a token there: the request, the
//! answer, the errors, and what libraries ask beforehand ("OAuth 2.0 client credentials flow on the
//! Microsoft identity platform", third case). What is decided is left to others.

use domain::{Secret, Timestamp};
use serde_json::{Value, json};

use crate::form;

const GRANT: &str = "client_credentials";
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A request for a token.
#[derive(Clone, Debug)]
pub struct TokenRequest {
    /// The app.
    pub client_id: String,
    /// What its token is to be for: the scope without `/.default`.
    pub resource: String,
    /// The token that it shows.
    pub assertion: Secret,
}

/// An error as Entra says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The number behind `AADSTS`.
    pub code: u32,
    /// OAuth's word.
    pub error: &'static str,
    /// The sentence, which begins with `AADSTS` and the number.
    pub message: String,
}

impl Error {
    /// An error with its number before its sentence.
    pub fn new(code: u32, error: &'static str, sentence: impl std::fmt::Display) -> Self {
        Self { code, error, message: format!("AADSTS{code}: {sentence}") }
    }

    fn missing(parameter: &str) -> Self {
        let sentence =
            format!("The request body must contain the following parameter: '{parameter}'.");
        Self::new(900_144, "invalid_request", sentence)
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        if self.error == "invalid_client" { 401 } else { 400 }
    }

    /// The body. `trace` and `correlation` are UUIDs.
    pub fn body(&self, trace: &str, correlation: &str, at: Timestamp) -> Value {
        let moment = at.rfc3339();
        let timestamp = format!("{}Z", moment.get(..19).unwrap_or_default().replace('T', " "));
        let Self { code, error, message } = self;
        json!({
            "error": error,
            "error_description": format!(
                "{message} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {timestamp}"
            ),
            "error_codes": [code],
            "timestamp": timestamp,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
        })
    }
}

/// Reads a request's form.
///
/// # Errors
/// The first thing that is missing or that is not done here.
pub fn read(body: &[u8]) -> Result<TokenRequest, Error> {
    let mut form = form::read(body).map_err(|why| Error::new(900_143, "invalid_request", why))?;
    let mut take = |name: &str| form.remove(name).filter(|value| !value.is_empty());
    let grant = take("grant_type").ok_or_else(|| Error::missing("grant_type"))?;
    if grant != GRANT {
        let sentence = format!("The app requested an unsupported grant type '{grant}'.");
        return Err(Error::new(70_003, "unsupported_grant_type", sentence));
    }
    let client_id = take("client_id").ok_or_else(|| Error::missing("client_id"))?;
    let scope = take("scope").ok_or_else(|| Error::missing("scope"))?;
    let assertion = take("client_assertion").ok_or_else(|| {
        let sentence = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
        Error::new(7_000_218, "invalid_client", sentence)
    })?;
    match take("client_assertion_type") {
        None => return Err(Error::missing("client_assertion_type")),
        Some(kind) if kind != ASSERTION => {
            let sentence = format!(
                "The 'client_assertion_type' '{kind}' is not supported; it must be '{ASSERTION}'."
            );
            return Err(Error::new(700_021, "invalid_request", sentence));
        }
        Some(_) => {}
    }
    let resource = scope.strip_suffix("/.default").filter(|it| !it.is_empty() && !it.contains(' ')).ok_or_else(|| {
        let sentence = format!(
            "The provided value for scope {scope} is not valid. Client credential flows must have a scope value \
             with /.default suffixed to the resource identifier (application ID URI)."
        );
        Error::new(1_002_012, "invalid_scope", sentence)
    })?;
    Ok(TokenRequest { client_id, resource: resource.to_owned(), assertion: Secret::new(assertion) })
}

/// The answer with a token.
pub fn token(token: &Secret, seconds: i64) -> Value {
    json!({
        "token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds,
        "access_token": token.expose(),
    })
}

/// A tenant's configuration, `authority` being what stands before the tenant.
pub fn configuration(authority: &str, tenant: &str) -> Value {
    let tenant = format!("{authority}/{tenant}");
    json!({
        "token_endpoint": format!("{tenant}/oauth2/v2.0/token"),
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "jwks_uri": format!("{tenant}/discovery/v2.0/keys"),
        "response_modes_supported": ["query"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code"],
        "scopes_supported": ["openid"],
        "issuer": format!("{tenant}/v2.0"),
        "authorization_endpoint": format!("{tenant}/oauth2/v2.0/authorize"),
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "nbf", "azp", "oid", "tid", "ver", "uti"],
    })
}

/// The answer to whether an authority is one: this one is, and has no other names.
pub fn instance(authority: &str, tenant: &str) -> Value {
    let host = authority.split_once("://").map_or(authority, |(_, rest)| rest);
    let host = host.split('/').next().unwrap_or_default();
    json!({
        "tenant_discovery_endpoint":
            format!("{authority}/{tenant}/v2.0/.well-known/openid-configuration"),
        "api-version": "1.1",
        "metadata": [{ "preferred_network": host, "preferred_cache": host, "aliases": [host] }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [(&str, &str); 5] = [
        ("grant_type", GRANT),
        ("client_id", "c"),
        ("scope", "https%3A%2F%2Fvault.azure.net%2F.default"),
        ("client_assertion_type", ASSERTION),
        ("client_assertion", "a.b.c"),
    ];

    fn form(change: (&str, Option<&str>)) -> String {
        let pairs = GOOD.iter().filter_map(|(name, value)| match change {
            (changed, value) if changed == *name => Some(format!("{name}={}", value?)),
            _ => Some(format!("{name}={value}")),
        });
        pairs.collect::<Vec<_>>().join("&")
    }

    #[test]
    fn a_workload_shows_its_token() {
        let read = read(form(("", None)).as_bytes()).expect("a request");
        assert_eq!(read.resource, "https://vault.azure.net");
        assert_eq!(read.assertion.expose(), "a.b.c");
    }

    #[test]
    fn what_is_missing_or_not_done_is_said_by_its_number() {
        fn check(name: &str, value: Option<&str>, code: u32, status: u16) {
            let error = read(form((name, value)).as_bytes()).expect_err(name);
            assert_eq!((error.code, error.status()), (code, status), "{}", error.message);
        }
        for name in ["grant_type", "client_id", "scope", "client_assertion_type"] {
            check(name, None, 900_144, 400);
        }
        check("client_assertion", None, 7_000_218, 401);
        check("grant_type", Some("password"), 70_003, 400);
        check("scope", Some("https%3A%2F%2Fvault.azure.net"), 1_002_012, 400);
        check("scope", Some("%2F.default"), 1_002_012, 400);
        check("client_assertion_type", Some("x"), 700_021, 400);
    }

    #[test]
    fn an_error_has_the_documented_form() {
        let error = Error::new(700_213, "invalid_request", "No.");
        let body = error.body("t", "c", Timestamp(1_700_000_000_000));
        let said =
            "AADSTS700213: No. Trace ID: t Correlation ID: c Timestamp: 2023-11-14 22:13:20Z";
        assert_eq!(body["error_description"], said);
        assert_eq!(body["error_codes"], json!([700_213]));
        assert_eq!(body["error_uri"], "https://login.microsoftonline.com/error?code=700213");
    }
}
