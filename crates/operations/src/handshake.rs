//! The OAuth handshake: begun by a signed call or in the console, bound to one browser, finished
//! once.
//!
//! The state names the handshake; the connection, the registration and the browser stand in its
//! row and are compared at the end (threats T05-T07). Talking to the forge is the server's.

use domain::connection::{ConnectionStatus, HookState, Missing, ProviderType};
use domain::reach::is_reachable;
use domain::{AccountId, HandshakeId, RegistrationId, Secret, Timestamp};
use store::{
    Changes, ConnectionRow, HandshakeRow, HookRow, HostRow, Place, RegistrationRow, TokenRow, View,
    Want,
};
use wire::error::AwsError;
use wire::towpath as shapes;

use crate::caller::Caller;
use crate::connections::{host_key, seen};
use crate::limits::{CONNECTIONS_MAX, HANDSHAKE_SECONDS};
use crate::refusal::Refused;
use crate::registrations::redirect_uri;
use crate::table::operation;
use crate::turn::{Now, Turn};
use crate::watches::{connection_key, register};

operation! {
    /// `towpath:StartConnectionHandshake`. The link leads to a page of this server that names the
    /// connection; its button binds the handshake to that browser and leads on to the forge.
    Start: shapes::StartConnectionHandshakeInput => shapes::StartConnectionHandshakeOutput;
    resource(_, input) { input.connection_arn.to_string() }
    wants(caller, input, view) {
        let key = connection_key(caller.account(), &input.connection_arn);
        let mut wants: Vec<Want> = vec![key.clone().into()];
        let Some(row) = view.known::<ConnectionRow>(key) else { return wants };
        wants.extend(row.host_arn.as_ref().map(|arn| host_key(caller, arn).into()));
        if let Some(endpoint) = endpoint(caller, row, view) {
            wants.push(RegistrationRow::by_endpoint(caller.account(), row.provider, &endpoint).into());
        }
        wants
    }
    decide(caller, input, view, now, mut changes) {
        let connection = seen(caller, &input.connection_arn, view)?;
        let registration = registration(caller, connection, view)?;
        let state = HandshakeId::new(format!("{}{}", caller.word("state one"), caller.word("state two")));
        let verifier = Secret::new(format!("{}{}", caller.word("pkce one"), caller.word("pkce two")));
        let sealed = caller.sealer.seal(&Place::of_verifier(caller.account(), &state), &verifier);
        let expires = now.at.plus_seconds(HANDSHAKE_SECONDS);
        changes.insert(HandshakeRow {
            state: state.clone(),
            account: caller.account().clone(),
            connection: connection.arn.clone(),
            registration: registration.id.clone(),
            session: String::new(),
            sealed_verifier: sealed.map_err(|_| AwsError::internal())?,
            expires,
            used: false,
            redirect_uri: redirect_uri(&caller.public_url, &registration.id),
            agreed: None,
            draft: None,
            offer: None,
            requester: Some(caller.principal.arn.to_string()),
        });
        let authorization_url = format!("{}/oauth/begin/{state}", caller.public_url);
        Ok((changes, shapes::StartConnectionHandshakeOutput { authorization_url, expires_at: expires.into() }))
    }
}

fn endpoint(caller: &Caller, row: &ConnectionRow, view: &View) -> Option<String> {
    match &row.host_arn {
        Some(arn) => view.known::<HostRow>(host_key(caller, arn)).map(|host| host.endpoint.clone()),
        None => caller.endpoints.of(row.provider).map(str::to_owned),
    }
}

/// The client with which the handshake is made, where the forge can send the browser back to us.
fn registration<'a>(
    caller: &Caller,
    row: &ConnectionRow,
    view: &'a View,
) -> Result<&'a RegistrationRow, Refused> {
    let refuse = |message: String| AwsError::refused("ResourceUnavailableException", message);
    let endpoint = endpoint(caller, row, view)
        .ok_or_else(|| refuse(format!("The host of {} is gone.", row.arn)))?;
    if !is_reachable(&caller.public_url, &endpoint) {
        return Err(refuse(format!(
            "{endpoint} cannot reach this server at {}: start it with --public-url and the address \
             by which the forge reaches it.",
            caller.public_url
        )));
    }
    let query = RegistrationRow::by_endpoint(caller.account(), row.provider, &endpoint);
    let registration = view.list::<RegistrationRow>(&query).into_iter().next();
    registration.ok_or_else(|| {
        refuse(format!(
            "No OAuth client is registered for {endpoint}: run `towpath forges register` with the id \
             and secret of one."
        ))
    })
}

/// Why a handshake does not go on. Each is shown to the person in the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// No such state, or one of another registration.
    #[error("this link is not known here: start connecting again")]
    Unknown,
    /// It took too long.
    #[error("this link has expired: start connecting again")]
    Expired,
    /// It was finished before.
    #[error(
        "this link was used before: if the connection is not available, start connecting again"
    )]
    Used,
    /// Another browser began it.
    #[error("another browser began this: finish there, or start connecting again here")]
    OtherBrowser,
    /// The answer names another issuer than the forge that was asked.
    #[error(
        "this answer is of another server than the one that was asked; nothing was sent to either: \
         start connecting again, and if it happens again, do not trust the page that led here"
    )]
    OtherIssuer,
}

/// Whether an answer may be of the forge that was asked, by the issuer that it names (RFC 9207):
/// the forge's own address, or GitHub's place for OAuth below it.
pub fn is_issuer(registration: &RegistrationRow, said: &str) -> bool {
    let endpoint = registration.endpoint.trim_end_matches('/');
    let rest = said.strip_prefix(endpoint).map(|rest| rest.trim_end_matches('/'));
    match registration.provider {
        ProviderType::GitHub | ProviderType::GitHubEnterpriseServer => {
            matches!(rest, Some("" | "/login/oauth"))
        }
        _ => rest == Some(""),
    }
}

/// Checks that a handshake is still open.
///
/// # Errors
/// [`Broken`].
pub fn open(row: Option<&HandshakeRow>, at: Timestamp) -> Result<&HandshakeRow, Broken> {
    let row = row.ok_or(Broken::Unknown)?;
    match () {
        () if row.used => Err(Broken::Used),
        () if at >= row.expires => Err(Broken::Expired),
        () => Ok(row),
    }
}

/// Binds a handshake to one browser; once only.
pub struct Bind {
    /// Which.
    pub state: HandshakeId,
    /// The hash of the cookie that the browser is about to get. It is always a new one: a cookie
    /// that was there before may be known to whoever put it there.
    pub browser: String,
    /// The hash of the cookie that it sent for this handshake, where it sent one.
    pub returning: Option<String>,
}

impl Bind {
    /// The row as it is afterwards; unchanged for the browser that it is bound to already.
    fn bound(&self, row: &HandshakeRow) -> Result<HandshakeRow, Broken> {
        match () {
            () if row.session.is_empty() => {
                Ok(HandshakeRow { session: self.browser.clone(), ..row.clone() })
            }
            () if self.returning.as_ref() == Some(&row.session) => Ok(row.clone()),
            () => Err(Broken::OtherBrowser),
        }
    }
}

impl Turn for Bind {
    type Answer = Result<HandshakeRow, Broken>;

    fn wants(&self, _: &View) -> Vec<Want> {
        vec![HandshakeRow::at(&self.state).into()]
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, Self::Answer), Refused> {
        let mut changes = Changes::of_loop();
        let row = open(seen.row(HandshakeRow::at(&self.state)), now.at);
        let bound = row.and_then(|row| self.bound(row));
        if let Ok(row) = &bound {
            changes.put(seen, row.clone());
        }
        Ok((changes, bound))
    }
}

/// Uses a handshake up when the browser comes back with it.
pub struct Consume {
    /// The state that came back.
    pub state: HandshakeId,
    /// The registration in the callback's path.
    pub registration: RegistrationId,
    /// The hash of the browser's cookie; empty where it sent none.
    pub browser: String,
}

impl Consume {
    fn check<'a>(&self, row: &'a HandshakeRow) -> Result<&'a HandshakeRow, Broken> {
        match () {
            () if row.registration != self.registration => Err(Broken::Unknown),
            () if row.session.is_empty() || row.session != self.browser => {
                Err(Broken::OtherBrowser)
            }
            () => Ok(row),
        }
    }
}

impl Turn for Consume {
    type Answer = Result<HandshakeRow, Broken>;

    fn wants(&self, _: &View) -> Vec<Want> {
        vec![HandshakeRow::at(&self.state).into()]
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, Self::Answer), Refused> {
        let mut changes = Changes::of_loop();
        let row = open(seen.row(HandshakeRow::at(&self.state)), now.at);
        let consumed = row.and_then(|row| self.check(row)).cloned();
        if let Ok(row) = &consumed {
            changes.put(seen, HandshakeRow { used: true, ..row.clone() });
        }
        Ok((changes, consumed))
    }
}

/// Who authorised a connection before, where that was somebody else and nobody has agreed yet.
pub fn other_identity<'a>(
    connection: &'a ConnectionRow,
    handshake: &HandshakeRow,
    login: &str,
) -> Option<&'a str> {
    let before = connection.login.as_deref().filter(|before| *before != login)?;
    (handshake.agreed.as_deref() != Some(login)).then_some(before)
}

/// A second handshake after one that another identity finished than before: whoever begins it
/// agrees to that.
pub struct Agree {
    /// The handshake, under a state of its own and bound to no browser yet.
    pub handshake: HandshakeRow,
}

impl Turn for Agree {
    type Answer = ();

    fn wants(&self, _: &View) -> Vec<Want> {
        vec![HandshakeRow::at(&self.handshake.state).into()]
    }

    fn decide(&self, _: &View, _: &Now) -> Result<(Changes, ()), Refused> {
        let mut changes = Changes::of_loop();
        changes.insert(self.handshake.clone());
        Ok((changes, ()))
    }
}

/// The forge granted less than pipelines need: a connection that was not usable stays so, and one
/// that was keeps what it had.
pub struct Withheld {
    /// The connection's account.
    pub account: AccountId,
    /// The connection.
    pub connection: domain::ConnectionArn,
}

impl Turn for Withheld {
    type Answer = ();

    fn wants(&self, _: &View) -> Vec<Want> {
        vec![connection_key(&self.account, &self.connection).into()]
    }

    fn decide(&self, seen: &View, _: &Now) -> Result<(Changes, ()), Refused> {
        let mut changes = Changes::of_loop();
        let row = seen.row::<ConnectionRow>(connection_key(&self.account, &self.connection));
        let status = match row.map(|row| row.status) {
            Some(ConnectionStatus::Pending(_)) => ConnectionStatus::Pending(Missing::Scopes),
            Some(ConnectionStatus::Error(_)) => ConnectionStatus::Error(Missing::Scopes),
            Some(ConnectionStatus::Available) | None => return Ok((changes, ())),
        };
        row.into_iter().for_each(|row| changes.put(seen, ConnectionRow { status, ..row.clone() }));
        Ok((changes, ()))
    }
}

/// What the forge granted: the connection is AVAILABLE, and its hooks can be registered.
pub struct Granted {
    /// The connection's account.
    pub account: AccountId,
    /// The connection.
    pub connection: domain::ConnectionArn,
    /// The forge's user who authorised it.
    pub login: String,
    /// The access token, sealed.
    pub sealed_access: Vec<u8>,
    /// The refresh token, sealed, where the forge gives one.
    pub sealed_refresh: Option<Vec<u8>>,
    /// When the access token ends.
    pub expires: Option<Timestamp>,
    /// What it may be used for.
    pub scopes: Vec<String>,
    /// What the tokens were sealed with.
    pub generation: i64,
    /// The client that asked for them.
    pub registration: RegistrationId,
}

impl Granted {
    fn hooks(&self) -> store::Query {
        HookRow::of_connection(&self.account, &self.connection, CONNECTIONS_MAX)
    }
}

impl Turn for Granted {
    /// Whether the connection was still there.
    type Answer = bool;

    fn wants(&self, _: &View) -> Vec<Want> {
        vec![
            connection_key(&self.account, &self.connection).into(),
            TokenRow::at(&self.account, &self.connection).into(),
            self.hooks().into(),
        ]
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, bool), Refused> {
        let mut changes = Changes::of_loop();
        let Some(row) = seen.row::<ConnectionRow>(connection_key(&self.account, &self.connection))
        else {
            return Ok((changes, false));
        };
        let login = Some(self.login.clone());
        changes.put(
            seen,
            ConnectionRow {
                status: ConnectionStatus::Available,
                login,
                installation: None,
                installed_in: None,
                ..row.clone()
            },
        );
        changes.put(
            seen,
            TokenRow {
                account: self.account.clone(),
                connection: self.connection.clone(),
                sealed_access: self.sealed_access.clone(),
                sealed_refresh: self.sealed_refresh.clone(),
                expires: self.expires,
                scopes: self.scopes.clone(),
                generation: self.generation,
                granted: now.at,
                registration: self.registration.clone(),
                endpoint: None,
            },
        );
        let hooks = seen.list::<HookRow>(&self.hooks());
        // No two sealings are alike, not even of the same token.
        let grant = hex::encode(&self.sealed_access);
        for hook in hooks
            .into_iter()
            .filter(|hook| matches!(hook.state, HookState::Wanted | HookState::Failed))
        {
            register(hook, &grant, now, &mut changes);
        }
        Ok((changes, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(session: &str) -> HandshakeRow {
        HandshakeRow {
            state: HandshakeId::new("state"),
            account: AccountId::new("000000000000"),
            connection: domain::ConnectionArn::new("arn:connection"),
            registration: RegistrationId::new("reg-1"),
            session: session.to_owned(),
            sealed_verifier: Vec::new(),
            expires: Timestamp(600_000),
            used: false,
            redirect_uri: String::new(),
            agreed: None,
            draft: None,
            offer: None,
            requester: None,
        }
    }

    #[test]
    fn a_handshake_is_bound_to_a_cookie_that_nobody_knew_before() {
        fn check(bound_to: &str, returning: Option<&str>, expect: Result<&str, Broken>) {
            let (state, browser) = (HandshakeId::new("state"), "new".to_owned());
            let bind = Bind { state, browser, returning: returning.map(str::to_owned) };
            let bound = bind.bound(&row(bound_to)).map(|row| row.session);
            assert_eq!(bound, expect.map(str::to_owned), "{bound_to} {returning:?}");
        }
        check("", None, Ok("new"));
        // A planted cookie is not taken over.
        check("", Some("planted"), Ok("new"));
        // The button is pressed again.
        check("first", Some("first"), Ok("first"));
        check("first", None, Err(Broken::OtherBrowser));
        check("first", Some("planted"), Err(Broken::OtherBrowser));
    }

    #[test]
    fn only_the_browser_that_began_finishes_and_only_at_its_own_registration() {
        fn check(bound_to: &str, registration: &str, browser: &str, expect: Result<(), Broken>) {
            let (state, browser) = (HandshakeId::new("state"), browser.to_owned());
            let registration = RegistrationId::new(registration);
            let consume = Consume { state, registration, browser };
            assert_eq!(consume.check(&row(bound_to)).map(drop), expect, "{bound_to}");
        }
        check("mine", "reg-1", "mine", Ok(()));
        check("mine", "reg-2", "mine", Err(Broken::Unknown));
        check("mine", "reg-1", "yours", Err(Broken::OtherBrowser));
        check("mine", "reg-1", "", Err(Broken::OtherBrowser));
        // Begun by nobody, and no cookie sent: the two empty texts do not fit one another.
        check("", "reg-1", "", Err(Broken::OtherBrowser));
    }

    #[test]
    fn an_issuer_is_the_forge_itself_letter_by_letter() {
        fn check(provider: ProviderType, said: &str, expect: bool) {
            let registration = RegistrationRow {
                account: AccountId::new("000000000000"),
                id: RegistrationId::new("reg-1"),
                provider,
                endpoint: "https://git.example.com".to_owned(),
                client_id: String::new(),
                sealed_secret: Vec::new(),
                created: Timestamp(0),
                hook: None,
                sealed_key: None,
                sealed_hook_secret: None,
                app: None,
            };
            assert_eq!(is_issuer(&registration, said), expect, "{provider} {said}");
        }
        for provider in [ProviderType::GitLabSelfManaged, ProviderType::GitHubEnterpriseServer] {
            check(provider, "https://git.example.com", true);
            check(provider, "https://git.example.com/", true);
            for other in [
                "",
                "https://git.example.com.evil.example",
                "https://git.example.com@evil.example",
                "https://git.example.com:8443",
                "https://git.example.com/evil",
                "http://git.example.com",
                "https://evil.example/https://git.example.com",
                " https://git.example.com",
            ] {
                check(provider, other, false);
            }
        }
        let below = "https://git.example.com/login/oauth";
        check(ProviderType::GitHubEnterpriseServer, below, true);
        check(ProviderType::GitLabSelfManaged, below, false);
    }

    #[test]
    fn another_identity_than_before_is_agreed_to_by_name() {
        fn check(before: Option<&str>, agreed: Option<&str>, expect: Option<&str>) {
            let connection = ConnectionRow {
                account: AccountId::new("000000000000"),
                id: "id".to_owned(),
                arn: domain::ConnectionArn::new("arn:connection"),
                name: "c".to_owned(),
                provider: domain::connection::ProviderType::GitLab,
                host_arn: None,
                created: Timestamp(0),
                status: ConnectionStatus::Available,
                login: before.map(str::to_owned),
                tags: Default::default(),
                throttled: None,
                installation: None,
                installed_in: None,
            };
            let handshake = HandshakeRow { agreed: agreed.map(str::to_owned), ..row("mine") };
            assert_eq!(other_identity(&connection, &handshake, "ada"), expect, "{before:?}");
        }
        check(None, None, None);
        check(Some("ada"), None, None);
        check(Some("charles"), None, Some("charles"));
        check(Some("charles"), Some("ada"), None);
        check(Some("charles"), Some("grace"), Some("charles"));
    }

    #[test]
    fn a_handshake_ends_by_its_use_or_by_its_time() {
        let used = HandshakeRow { used: true, ..row("mine") };
        assert_eq!(open(Some(&used), Timestamp(0)).map(drop), Err(Broken::Used));
        assert_eq!(open(Some(&row("")), Timestamp(600_000)).map(drop), Err(Broken::Expired));
        assert_eq!(open(None, Timestamp(0)).map(drop), Err(Broken::Unknown));
    }
}
