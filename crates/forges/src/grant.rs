//! The token endpoint of OAuth 2.0 (RFC 6749, 4.1.3 and 6), as the forges keep and bend it.

use crate::answer::{is_html_page, judge};
use crate::forge::{ClientRegistration, Exchange, Grant};
use crate::{Error, git};
use domain::Secret;
use egress::{Client, HeaderValue, Method, Request, Response, Url, header};
use serde::Deserialize;
use url::form_urlencoded;

/// What is said of a refresh token that is no good any more, by RFC 6749 and by GitHub.
const LOST: [&str; 2] = ["invalid_grant", "bad_refresh_token"];

/// How a client proves itself to a token endpoint.
#[derive(Clone, Copy)]
pub(crate) enum ClientProof {
    /// `client_id` and `client_secret` in the form.
    Form,
    /// HTTP Basic; nothing of it in the form.
    Basic,
}

/// What a person's browser is sent to the authorization endpoint with (RFC 6749, 4.1.1).
pub(crate) struct CodeRequest<'a> {
    pub(crate) client: &'a ClientRegistration,
    /// `None` where the registration holds the scopes.
    pub(crate) scope: Option<&'a str>,
    pub(crate) state: &'a str,
    /// `None` where the forge knows no PKCE (RFC 7636, 4.3).
    pub(crate) challenge: Option<&'a str>,
    pub(crate) redirect_uri: &'a Url,
}

impl CodeRequest<'_> {
    /// The endpoint's address with the request in it.
    pub(crate) fn at(&self, mut endpoint: Url) -> Url {
        let mut query = endpoint.query_pairs_mut();
        query.append_pair("client_id", &self.client.client_id);
        query.append_pair("redirect_uri", self.redirect_uri.as_str());
        query.append_pair("response_type", "code");
        if let Some(scope) = self.scope {
            query.append_pair("scope", scope);
        }
        query.append_pair("state", self.state);
        if let Some(challenge) = self.challenge {
            query.append_pair("code_challenge", challenge);
            query.append_pair("code_challenge_method", "S256");
        }
        drop(query);
        endpoint
    }
}

/// A token endpoint.
pub(crate) struct TokenEndpoint<'a> {
    pub(crate) http: &'a Client,
    pub(crate) url: Url,
    pub(crate) proof: ClientProof,
    /// Whether a verifier is sent with the code (RFC 7636).
    pub(crate) takes_verifier: bool,
}

impl TokenEndpoint<'_> {
    /// Redeems a code.
    pub(crate) async fn exchange(
        &self,
        client: &ClientRegistration,
        exchange: Exchange<'_>,
    ) -> Result<Grant, Error> {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", exchange.code.expose()),
            ("redirect_uri", exchange.redirect_uri.as_str()),
        ];
        if self.takes_verifier {
            form.push(("code_verifier", exchange.verifier.expose()));
        }
        self.redeem(client, form, "the exchange of the code").await.map_err(|refusal| match refusal
        {
            Refusal::Grant { code, description } => Error::HandshakeRefused { code, description },
            Refusal::Else(error) => error,
        })
    }

    /// Redeems a refresh token. A grant without a new one means that the old one stays good.
    pub(crate) async fn refresh(
        &self,
        client: &ClientRegistration,
        refresh_token: &Secret,
    ) -> Result<Grant, Error> {
        let what = "the refresh of the token";
        let form = vec![("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose())];
        self.redeem(client, form, what).await.map_err(|refusal| match refusal {
            Refusal::Grant { code, description } if LOST.contains(&code.as_str()) => {
                Error::GrantLost { code, description }
            }
            // Another word says that the request was odd, and nothing about the token.
            Refusal::Grant { code, description } => {
                Error::Rejected { what: what.to_owned(), message: format!("{code}: {description}") }
            }
            Refusal::Else(error) => error,
        })
    }

    async fn redeem(
        &self,
        client: &ClientRegistration,
        mut form: Vec<(&str, &str)>,
        what: &str,
    ) -> Result<Grant, Refusal> {
        let json = HeaderValue::from_static("application/json");
        let mut request = Request::new(Method::POST, self.url.clone()).header(header::ACCEPT, json);
        match self.proof {
            ClientProof::Form => form.extend([
                ("client_id", client.client_id.as_str()),
                ("client_secret", client.client_secret.expose()),
            ]),
            ClientProof::Basic => {
                let value = git::basic(&client.client_id, &client.client_secret);
                request = request.authorization("Basic", &value);
            }
        }
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = request.content("application/x-www-form-urlencoded", body);
        grant(self.http.send(request).await.map_err(Error::from)?, what)
    }
}

/// Why there is no grant: the code or refresh token itself, or anything else.
enum Refusal {
    Grant { code: String, description: String },
    Else(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Else(error)
    }
}

/// What a token endpoint answers. Bitbucket calls the scopes `scopes`.
#[derive(Deserialize)]
struct Answer {
    error: Option<String>,
    error_description: Option<String>,
    access_token: Option<String>,
    refresh_token: Option<String>,
    expires_in: Option<u64>,
    #[serde(alias = "scopes")]
    scope: Option<String>,
}

/// GitHub answers errors with status 200 too, so `error` is looked at before the status is.
fn grant(response: Response, what: &str) -> Result<Grant, Refusal> {
    let unexpected = |why: &str| Error::Unexpected { what: what.to_owned(), why: why.to_owned() };
    // The parser's message could quote the answer, and with it the token.
    let answer: Option<Answer> = serde_json::from_slice(&response.body).ok();
    if let Some(Answer { error: Some(code), error_description, .. }) = answer {
        return Err(refusal(code, error_description.unwrap_or_default(), what));
    }
    let is_page = is_html_page(&response);
    judge(response, what, |it| it["message"].as_str().map(str::to_owned))?;
    if is_page {
        let why = format!("{what}: a page of HTML where a token was promised");
        return Err(Error::Unavailable { why }.into());
    }
    let answer = answer.ok_or_else(|| unexpected("not the JSON of a token"))?;
    let Some(token) = answer.access_token.filter(|token| !token.is_empty()) else {
        return Err(unexpected("neither a token nor an error").into());
    };
    let scopes = answer.scope.unwrap_or_default();
    let scopes = scopes.split([',', ' ']).filter(|it| !it.is_empty()).map(str::to_owned);
    Ok(Grant {
        token: Secret::new(token),
        refresh_token: answer.refresh_token.filter(|it| !it.is_empty()).map(Secret::new),
        expires_in_seconds: answer.expires_in,
        scopes: scopes.collect(),
    })
}

/// RFC 6749, 5.2, and GitHub's own words: who must mend it.
fn refusal(code: String, description: String, what: &str) -> Refusal {
    match code.as_str() {
        "invalid_client" | "incorrect_client_credentials" | "unauthorized_client" => {
            Error::ClientRefused { code, description }.into()
        }
        "temporarily_unavailable" | "server_error" => {
            Error::Unavailable { why: format!("{what}: {code}: {description}") }.into()
        }
        _ => Refusal::Grant { code, description },
    }
}
