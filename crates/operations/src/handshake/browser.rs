//! The browser of a handshake: bound once by a cookie that nobody knew before, compared at the end,
//! and asked where somebody else authorises than before.

use domain::{HandshakeId, RegistrationId};
use store::{Changes, ConnectionRow, HandshakeRow, TokenRow, View, Want};

use super::{Broken, open};
use crate::refusal::Refused;
use crate::revocations;
use crate::turn::{Now, Turn};

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
    /// What the forge gave that identity, which is revoked: it gives more to whoever agrees.
    pub given: Option<TokenRow>,
}

impl Turn for Agree {
    type Answer = ();

    fn wants(&self, _: &View) -> Vec<Want> {
        vec![HandshakeRow::at(&self.handshake.state).into()]
    }

    fn decide(&self, _: &View, now: &Now) -> Result<(Changes, ()), Refused> {
        let mut changes = Changes::of_loop();
        changes.insert(self.handshake.clone());
        if let Some(given) = &self.given {
            revocations::begin(given, now, &mut changes);
        }
        Ok((changes, ()))
    }
}

#[cfg(test)]
mod tests {
    use domain::connection::{ConnectionStatus, ProviderType};
    use domain::{AccountId, Timestamp};

    use super::*;
    use crate::handshake::samples::row;

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
    fn another_identity_than_before_is_agreed_to_by_name() {
        fn check(before: Option<&str>, agreed: Option<&str>, expect: Option<&str>) {
            let connection = ConnectionRow {
                account: AccountId::new("000000000000"),
                id: "id".to_owned(),
                arn: domain::ConnectionArn::new("arn:connection"),
                name: "c".to_owned(),
                provider: ProviderType::GitLab,
                host_arn: None,
                created: Timestamp(0),
                status: ConnectionStatus::Available,
                login: before.map(str::to_owned),
                tags: Default::default(),
                throttled: None,
                installation: None,
                installed_in: None,
                installation_seen: None,
                left: None,
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
}
