//! The code flow of OAuth 2.0 (RFC 6749, 4.1 and 6), as the forges keep and bend it.

use crate::answer::{is_html_page, judge};
use crate::forge::{Asked, ClientRegistration, Exchange, Grant};
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

/// An authorization server (RFC 6749) as a forge keeps it.
pub struct AuthorizationServer<'a> {
    pub(crate) http: &'a Client,
    /// Where people are sent.
    pub(crate) authorize: Url,
    /// Where codes and refresh tokens are redeemed.
    pub(crate) token: Url,
    /// Where tokens are revoked (RFC 7009), if that can be asked for.
    pub(crate) revocation: Option<Url>,
    pub(crate) proof: ClientProof,
    /// What is asked for; `None` where the registration holds the scopes.
    pub(crate) scope: Option<&'static str>,
    /// Whether it takes a challenge, and with the code its verifier (RFC 7636).
    pub(crate) knows_pkce: bool,
}

impl AuthorizationServer<'_> {
    /// Where a person's browser is sent (RFC 6749, 4.1.1).
    pub(crate) fn authorize_url(
        self,
        client: &ClientRegistration,
        state: &str,
        challenge: &str,
        redirect_uri: &Url,
    ) -> Url {
        let mut page = self.authorize;
        let mut query = page.query_pairs_mut();
        query.append_pair("client_id", &client.client_id);
        query.append_pair("redirect_uri", redirect_uri.as_str());
        query.append_pair("response_type", "code");
        if let Some(scope) = self.scope {
            query.append_pair("scope", scope);
        }
        query.append_pair("state", state);
        if self.knows_pkce {
            query.append_pair("code_challenge", challenge);
            query.append_pair("code_challenge_method", "S256");
        }
        drop(query);
        page
    }

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
        if self.knows_pkce {
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

    /// Revokes a token; the answer does not say whether there was one (RFC 7009, 2.2).
    pub(crate) async fn revoke(
        &self,
        client: &ClientRegistration,
        token: &Secret,
    ) -> Result<Asked, Error> {
        let Some(place) = &self.revocation else { return Ok(Asked::NotOffered) };
        let response = self.send(client, place, vec![("token", token.expose())]).await?;
        let words = |it: &serde_json::Value| it["error"].as_str().map(str::to_owned);
        judge(response, "the revocation of the token", words).map(|_| Asked::Taken)
    }

    async fn redeem(
        &self,
        client: &ClientRegistration,
        form: Vec<(&str, &str)>,
        what: &str,
    ) -> Result<Grant, Refusal> {
        grant(self.send(client, &self.token, form).await?, what)
    }

    /// Sends a form with the client's proof.
    async fn send(
        &self,
        client: &ClientRegistration,
        place: &Url,
        mut form: Vec<(&str, &str)>,
    ) -> Result<Response, Error> {
        let json = HeaderValue::from_static("application/json");
        let mut request = Request::new(Method::POST, place.clone()).header(header::ACCEPT, json);
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
        Ok(self.http.send(request).await?)
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
