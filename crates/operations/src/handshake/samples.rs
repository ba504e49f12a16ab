//! A handshake as the tests of this folder want it.

use domain::{AccountId, ConnectionArn, HandshakeId, RegistrationId, Timestamp};
use store::HandshakeRow;

/// One that is bound to this browser, open for ten minutes.
pub(super) fn row(session: &str) -> HandshakeRow {
    HandshakeRow {
        state: HandshakeId::new("state"),
        account: AccountId::new("000000000000"),
        connection: ConnectionArn::new("arn:connection"),
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
