//! Google's token exchange and impersonation: requests, answers and errors ("Security Token Service
//! API", `token`; "IAM Service Account Credentials API", `generateAccessToken`). What is decided is
//! left to others.

use domain::{Secret, Timestamp};
use serde_json::{Map, Value, json};

use crate::form::{self, Pairs};
use crate::limits::DELEGATES_MAX;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const SUBJECT_TOKENS: [&str; 2] =
    ["urn:ietf:params:oauth:token-type:jwt", "urn:ietf:params:oauth:token-type:id_token"];
/// The longest life that a service account's token may be asked for, in seconds.
const LIFETIME_SECONDS_MAX: i64 = 3600;

/// A request to exchange a token.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The provider's full name.
    pub audience: Provider,
    /// What is asked for, with spaces between.
    pub scope: String,
    /// The token that is shown.
    pub subject_token: Secret,
}

/// A provider, as a request names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// The project's number.
    pub project: String,
    /// The pool's id.
    pub pool: String,
    /// The provider's id.
    pub provider: String,
}

/// A request for a service account's token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Impersonation {
    /// What is asked for, with spaces between.
    pub scope: String,
    /// How long the token is to live.
    pub seconds: i64,
    /// The addresses of the service accounts in between, each lent to the one before it.
    pub delegates: Vec<String>,
}

/// An error of the exchange, in OAuth's form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// OAuth's word.
    pub error: &'static str,
    /// The sentence.
    pub description: String,
}

impl Error {
    /// An error.
    pub fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self { error, description: description.into() }
    }

    /// The body, which is answered with status 400.
    pub fn body(&self) -> Value {
        json!({ "error": self.error, "error_description": self.description })
    }
}

/// An error of Google's other APIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiError {
    /// The bearer's token is not good.
    Unauthenticated,
    /// The bearer may not.
    Denied,
    /// What the bearer's token was asked for does not reach so far.
    Narrow,
    /// The request asks for something that cannot be.
    Invalid(&'static str),
}

impl ApiError {
    /// The HTTP status.
    pub fn status(self) -> u16 {
        match self {
            Self::Unauthenticated => 401,
            Self::Denied | Self::Narrow => 403,
            Self::Invalid(_) => 400,
        }
    }

    /// The body.
    pub fn body(self) -> Value {
        let (status, message) = match self {
            Self::Unauthenticated => (
                "UNAUTHENTICATED",
                "Request had invalid authentication credentials. Expected OAuth 2 access token, login \
                 cookie or other valid authentication credential. See \
                 https://developers.google.com/identity/sign-in/web/devconsole-project.",
            ),
            Self::Denied => (
                "PERMISSION_DENIED",
                "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).",
            ),
            Self::Narrow => {
                ("PERMISSION_DENIED", "Request had insufficient authentication scopes.")
            }
            Self::Invalid(why) => ("INVALID_ARGUMENT", why),
        };
        let mut error = json!({ "code": self.status(), "message": message, "status": status });
        if let Some((reason, domain, metadata)) = self.reason() {
            error["details"] = json!([{
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": reason, "domain": domain, "metadata": metadata,
            }]);
        }
        json!({ "error": error })
    }

    /// What programs tell refusals apart by: a word, whose it is, and what it is about.
    fn reason(self) -> Option<(&'static str, &'static str, Value)> {
        match self {
            Self::Denied => Some((
                "IAM_PERMISSION_DENIED",
                "iam.googleapis.com",
                json!({ "permission": "iam.serviceAccounts.getAccessToken" }),
            )),
            Self::Narrow => Some((
                "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
                "googleapis.com",
                json!({
                    "service": "iamcredentials.googleapis.com",
                    "method": "google.iam.credentials.v1.IAMCredentials.GenerateAccessToken",
                }),
            )),
            Self::Unauthenticated | Self::Invalid(_) => None,
        }
    }
}

/// Reads a request to exchange a token: a form, as RFC 8693 has it, or Google's JSON.
///
/// # Errors
/// The first thing that is missing or that is not done here.
pub fn read_exchange(content_type: &str, body: &[u8]) -> Result<Exchange, Error> {
    let invalid = |what: String| Error::new("invalid_request", what);
    let mut members = match content_type.starts_with("application/json") {
        true => members(body).ok_or_else(|| invalid("The body is no JSON object.".to_owned()))?,
        false => form::read(body).map_err(|why| invalid(why.to_string()))?,
    };
    let mut take = |name: &str| members.remove(name).unwrap_or_default();
    let grant = take("grant_type");
    if grant != GRANT {
        let description = format!("Invalid grant type {grant:?}; it must be {GRANT:?}.");
        return Err(Error::new("unsupported_grant_type", description));
    }
    let asked = take("requested_token_type");
    if asked != ACCESS_TOKEN {
        return Err(invalid(format!(
            "Invalid value for \"requested_token_type\"; it must be {ACCESS_TOKEN:?}."
        )));
    }
    let kind = take("subject_token_type");
    if !SUBJECT_TOKENS.contains(&&*kind) {
        return Err(invalid(format!(
            "Invalid value for \"subject_token_type\"; of OpenID Connect it is {:?}.",
            SUBJECT_TOKENS[0]
        )));
    }
    let audience = Provider::read(&take("audience")).ok_or_else(|| {
        invalid(
            "Invalid value for \"audience\". This value should be the full resource name of the Identity \
             Provider, //iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER."
                .to_owned(),
        )
    })?;
    let subject_token = take("subject_token");
    if subject_token.is_empty() {
        return Err(invalid("Invalid value for \"subject_token\".".to_owned()));
    }
    let scope = take("scope");
    if scope.trim().is_empty() {
        return Err(invalid(
            "Invalid value for \"scope\": what the token is to be for.".to_owned(),
        ));
    }
    Ok(Exchange { audience, scope, subject_token: Secret::new(subject_token) })
}

/// Google's JSON under RFC 8693's names.
fn members(body: &[u8]) -> Option<Pairs> {
    let object: Map<String, Value> = serde_json::from_slice(body).ok()?;
    let folded = |name: &str| {
        let letter = |c: char| match c.is_ascii_uppercase() {
            true => format!("_{}", c.to_ascii_lowercase()),
            false => c.to_string(),
        };
        name.chars().map(letter).collect::<String>()
    };
    let text = |(name, value): (String, Value)| Some((folded(&name), value.as_str()?.to_owned()));
    Some(object.into_iter().filter_map(text).collect())
}

impl Provider {
    fn read(audience: &str) -> Option<Self> {
        let path = audience.strip_prefix("https:").unwrap_or(audience);
        let parts: Vec<&str> = path.strip_prefix("//iam.googleapis.com/")?.split('/').collect();
        match parts[..] {
            [
                "projects",
                project,
                "locations",
                "global",
                "workloadIdentityPools",
                pool,
                "providers",
                provider,
            ] => {
                let owned = |it: &str| it.to_owned();
                let (project, pool, provider) = (owned(project), owned(pool), owned(provider));
                Some(Self { project, pool, provider })
            }
            _ => None,
        }
    }
}

/// The answer to an exchange.
pub fn exchanged(token: &Secret, seconds: i64) -> Value {
    json!({
        "access_token": token.expose(), "issued_token_type": ACCESS_TOKEN,
        "token_type": "Bearer", "expires_in": seconds,
    })
}

/// Reads a request for a service account's token.
///
/// # Errors
/// It asks for something that cannot be.
pub fn read_impersonation(body: &[u8]) -> Result<Impersonation, ApiError> {
    let body: Value = serde_json::from_slice(body)
        .map_err(|_| ApiError::Invalid("Invalid JSON payload received."))?;
    let delegates = delegates(&body["delegates"])?;
    let scopes: Vec<&str> =
        body["scope"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if scopes.is_empty() {
        return Err(ApiError::Invalid("Scope required."));
    }
    let seconds = match &body["lifetime"] {
        Value::Null => Some(LIFETIME_SECONDS_MAX),
        lifetime => lifetime.as_str().and_then(|it| it.strip_suffix('s')?.parse().ok()),
    };
    match seconds.filter(|it| (1..=LIFETIME_SECONDS_MAX).contains(it)) {
        Some(seconds) => Ok(Impersonation { scope: scopes.join(" "), seconds, delegates }),
        None => Err(ApiError::Invalid("Lifetime must be \"1s\" to \"3600s\".")),
    }
}

/// Addresses, or names of which the address is the last part.
fn delegates(list: &Value) -> Result<Vec<String>, ApiError> {
    let wrong = || ApiError::Invalid("A delegate is projects/-/serviceAccounts/ADDRESS.");
    let address = |name: &Value| {
        let address = name.as_str()?.trim_start_matches("projects/-/serviceAccounts/");
        (address.contains('@') && !address.contains('/')).then(|| address.to_owned())
    };
    let all = list.as_array().into_iter().flatten().map(address);
    let all: Vec<String> = all.collect::<Option<_>>().ok_or_else(wrong)?;
    match all.len() > DELEGATES_MAX {
        true => Err(ApiError::Invalid("Too many delegates.")),
        false => Ok(all),
    }
}

/// The answer with a service account's token.
pub fn impersonated(token: &Secret, expires: Timestamp) -> Value {
    let moment = expires.rfc3339();
    let expires = format!("{}Z", moment.get(..19).unwrap_or_default());
    json!({ "accessToken": token.expose(), "expireTime": expires })
}

/// What a token says, for whoever asks about it.
pub struct Introspected<'a> {
    /// Whose it is.
    pub username: &'a str,
    /// What was asked for.
    pub scope: &'a str,
    /// When it ends.
    pub expires: Timestamp,
}

/// The answer about a token (RFC 7662); `None` is one that is not good.
pub fn introspection(token: Option<&Introspected>) -> Value {
    match token {
        None => json!({ "active": false }),
        Some(Introspected { username, scope, expires }) => json!({
            "active": true, "iss": "https://sts.googleapis.com/", "username": username,
            "sub": username, "scope": scope, "exp": expires.0 / 1000,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUDIENCE: &str =
        "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x";

    fn form(change: (&str, &str)) -> String {
        let good = [
            ("grant_type", GRANT),
            ("requested_token_type", ACCESS_TOKEN),
            ("subject_token_type", SUBJECT_TOKENS[0]),
            ("audience", AUDIENCE),
            ("subject_token", "a.b.c"),
            ("scope", "s"),
        ];
        let value = |name, value| if change.0 == name { change.1 } else { value };
        let pairs = good.map(|(name, good)| format!("{name}={}", value(name, good)));
        pairs.join("&")
    }

    #[test]
    fn an_exchange_comes_as_a_form_or_as_googles_json() {
        let read = read_exchange("application/x-www-form-urlencoded", form(("", "")).as_bytes());
        assert_eq!(read.expect("a request").audience.pool, "p");
        let json = json!({
            "grantType": GRANT, "requestedTokenType": ACCESS_TOKEN, "subjectToken": "a.b.c",
            "subjectTokenType": SUBJECT_TOKENS[0], "audience": AUDIENCE, "scope": "s",
        });
        let read = read_exchange("application/json; charset=utf-8", json.to_string().as_bytes());
        assert_eq!(read.expect("a request").subject_token.expose(), "a.b.c");
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        fn check(name: &str, value: &str, error: &str) {
            let refused = read_exchange("", form((name, value)).as_bytes()).expect_err(name);
            assert_eq!(refused.error, error, "{}", refused.description);
        }
        check("grant_type", "password", "unsupported_grant_type");
        check("requested_token_type", "x", "invalid_request");
        check("subject_token_type", "x", "invalid_request");
        check("audience", "//iam.googleapis.com/projects/1", "invalid_request");
        check("subject_token", "", "invalid_request");
        check("scope", "", "invalid_request");
    }

    #[test]
    fn an_impersonation_says_what_for_and_how_long() {
        fn check(body: Value, expect: Option<i64>) {
            let read = read_impersonation(body.to_string().as_bytes());
            assert_eq!(read.ok().map(|it| it.seconds), expect, "{body}");
        }
        check(json!({"scope": ["a", "b"], "lifetime": "600s", "delegates": []}), Some(600));
        check(json!({"scope": ["a"], "delegates": null}), Some(3600));
        check(json!({"scope": ["a"], "lifetime": "3601s"}), None);
        check(json!({"scope": ["a"], "lifetime": "600"}), None);
        check(json!({"scope": []}), None);
        check(json!({"scope": ["a"], "delegates": ["x"]}), None);
        check(json!({"scope": ["a"], "delegates": ["projects/p/serviceAccounts/x@y"]}), None);
        check(
            json!({"scope": ["a"], "delegates": ["projects/-/serviceAccounts/x@y", "z@y"]}),
            Some(3600),
        );
        check(json!({"scope": ["a"], "delegates": vec!["x@y"; DELEGATES_MAX + 1]}), None);
    }
}
