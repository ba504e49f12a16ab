//! What people granted to OAuth apps: codes, tokens, and the families that refresh tokens make.
//! Everything here is a decision about values; times and random texts come in.

use crate::limits::CODE_SECONDS_MAX;
use crate::world::app::Installed;
use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Timestamp;
use std::collections::HashMap;

/// Everything that was granted.
#[derive(Debug, Default)]
pub(crate) struct Grants {
    pub(crate) clients: Vec<OAuthClient>,
    /// By code.
    pub(crate) codes: HashMap<String, Code>,
    /// By token.
    pub(crate) tokens: HashMap<String, Token>,
    /// By refresh token; spent ones are kept, to know one that is used again.
    refresh_tokens: HashMap<String, RefreshToken>,
    last_family: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct OAuthClient {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) callback: url::Url,
}

/// An authorization code, good for one exchange.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    pub(crate) client_id: String,
    pub(crate) login: String,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) scope: String,
    pub(crate) made_at: Timestamp,
}

/// A PKCE challenge (RFC 7636).
#[derive(Clone, Debug)]
pub(crate) struct Challenge {
    pub(crate) text: String,
    /// `plain` rather than `S256`.
    pub(crate) plain: bool,
}

/// An access token.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) login: String,
    pub(crate) scope: String,
    /// `None` for one that a person made in the settings.
    pub(crate) family: Option<u64>,
    pub(crate) expires_at: Option<Timestamp>,
    /// The client that it was given to; `None` for one that a person made.
    pub(crate) client_id: Option<String>,
    /// Of an App's installation, rather than of a person.
    pub(crate) installed: Option<Installed>,
}

#[derive(Clone, Debug)]
struct RefreshToken {
    family: u64,
    client_id: String,
    login: String,
    scope: String,
    redirect_uri: String,
    spent: bool,
}

/// How tokens live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenRules {
    /// Seconds until an access token expires; `None` where it never does.
    pub access_seconds: Option<u64>,
    /// What becomes of refresh tokens.
    pub refresh: Refresh,
}

/// What becomes of refresh tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// There are none.
    None,
    /// One stays good for every refresh.
    Kept,
    /// Each refresh makes a new pair and ends the old one; using a spent one ends its whole family.
    Rotating,
}

/// What a client hands in for a token; empty where it is absent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) grant_type: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) code: String,
    pub(crate) redirect_uri: String,
    pub(crate) code_verifier: String,
    pub(crate) refresh_token: String,
}

/// New texts for a pair of tokens.
#[derive(Clone, Debug)]
pub(crate) struct Fresh {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

/// A pair of tokens that was given out.
#[derive(Clone, Debug)]
pub(crate) struct Issued {
    pub(crate) access: String,
    pub(crate) refresh: Option<String>,
    pub(crate) expires_in: Option<u64>,
    pub(crate) scope: String,
}

/// Why there is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Client,
    Code,
    RedirectUri,
    Verifier,
    RefreshToken,
    GrantType,
}

impl Grants {
    /// Answers a token request; whatever it is refused for, a code or a spent token is used up.
    pub(crate) fn issue(
        &mut self,
        asked: &Request,
        rules: TokenRules,
        fresh: Fresh,
        at: Timestamp,
    ) -> Result<Issued, Refused> {
        let client = self.clients.iter().find(|it| it.id == asked.client_id);
        if client.is_none_or(|client| client.secret != asked.client_secret) {
            return Err(Refused::Client);
        }
        match asked.grant_type.as_str() {
            "authorization_code" => self.redeem(asked, rules, fresh, at),
            "refresh_token" if rules.refresh != Refresh::None => {
                self.refresh(asked, rules, fresh, at)
            }
            _ => Err(Refused::GrantType),
        }
    }

    fn redeem(
        &mut self,
        asked: &Request,
        rules: TokenRules,
        fresh: Fresh,
        at: Timestamp,
    ) -> Result<Issued, Refused> {
        let code = self.codes.remove(&asked.code).ok_or(Refused::Code)?;
        let age = at.millis_since(code.made_at);
        if age > CODE_SECONDS_MAX * 1000 || code.client_id != asked.client_id {
            return Err(Refused::Code);
        }
        if !asked.redirect_uri.is_empty() && asked.redirect_uri != code.redirect_uri {
            return Err(Refused::RedirectUri);
        }
        // A verifier whose challenge was taken out on the way is a downgrade (RFC 9700, 2.1.1).
        let fits = match code.challenge {
            Some(challenge) => challenge.fits(&asked.code_verifier),
            None => asked.code_verifier.is_empty(),
        };
        if !fits {
            return Err(Refused::Verifier);
        }
        self.last_family += 1;
        let (redirect_uri, spent) = (code.redirect_uri, false);
        let (client_id, login, scope) = (code.client_id, code.login, code.scope);
        let family = self.last_family;
        let kept = RefreshToken { family, client_id, login, scope, redirect_uri, spent };
        Ok(self.give(kept, rules, fresh, at))
    }

    fn refresh(
        &mut self,
        asked: &Request,
        rules: TokenRules,
        fresh: Fresh,
        at: Timestamp,
    ) -> Result<Issued, Refused> {
        let found = self.refresh_tokens.get_mut(&asked.refresh_token);
        let found = found.filter(|it| it.client_id == asked.client_id);
        let found = found.ok_or(Refused::RefreshToken)?;
        if !asked.redirect_uri.is_empty() && asked.redirect_uri != found.redirect_uri {
            return Err(Refused::RefreshToken);
        }
        let kept = found.clone();
        if kept.spent {
            self.end_family(kept.family);
            return Err(Refused::RefreshToken);
        }
        if rules.refresh == Refresh::Rotating {
            found.spent = true;
            self.tokens.retain(|_, token| token.family != Some(kept.family));
            return Ok(self.give(kept, rules, fresh, at));
        }
        let refresh = asked.refresh_token.clone();
        Ok(self.give(kept, rules, Fresh { refresh, ..fresh }, at))
    }

    fn give(
        &mut self,
        kept: RefreshToken,
        rules: TokenRules,
        fresh: Fresh,
        at: Timestamp,
    ) -> Issued {
        let token = Token {
            login: kept.login.clone(),
            scope: kept.scope.clone(),
            family: Some(kept.family),
            expires_at: rules.access_seconds.map(|seconds| at.plus_seconds(seconds as i64)),
            client_id: Some(kept.client_id.clone()),
            installed: None,
        };
        self.tokens.insert(fresh.access.clone(), token);
        let refresh = (rules.refresh != Refresh::None).then_some(fresh.refresh);
        let (scope, expires_in) = (kept.scope.clone(), rules.access_seconds);
        refresh.iter().for_each(|text| {
            self.refresh_tokens.insert(text.clone(), kept.clone());
        });
        Issued { access: fresh.access, refresh, expires_in, scope }
    }

    /// A token that is good now.
    pub(crate) fn token(&self, text: &str, at: Timestamp) -> Option<&Token> {
        let live = |token: &&Token| token.expires_at.is_none_or(|until| at < until);
        self.tokens.get(text).filter(live)
    }

    /// Makes a token worthless, access or refresh, with its family.
    pub(crate) fn revoke(&mut self, text: &str) {
        let family = self.tokens.remove(text).and_then(|token| token.family);
        let family = family.or_else(|| self.refresh_tokens.get(text).map(|it| it.family));
        family.into_iter().for_each(|family| self.end_family(family));
    }

    /// Makes everything worthless that a user was given or granted; everybody's for `None`.
    pub(crate) fn revoke_all(&mut self, of: Option<&str>) {
        let others = |login: &str| of.is_some_and(|of| login != of);
        self.tokens.retain(|_, token| others(&token.login));
        self.refresh_tokens.retain(|_, token| others(&token.login));
        self.codes.retain(|_, code| others(&code.login));
    }

    fn end_family(&mut self, family: u64) {
        self.tokens.retain(|_, token| token.family != Some(family));
        self.refresh_tokens.retain(|_, token| token.family != family);
    }
}

impl Challenge {
    fn fits(&self, verifier: &str) -> bool {
        let hashed = digest::digest(&digest::SHA256, verifier.as_bytes());
        let made = if self.plain { verifier.to_owned() } else { URL_SAFE_NO_PAD.encode(hashed) };
        made == self.text
    }
}

#[cfg(test)]
#[path = "grant_tests.rs"]
mod tests;
