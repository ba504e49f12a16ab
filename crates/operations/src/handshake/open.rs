//! Whether a handshake may go on: its state is known, unused and in time, and the answer is of the
//! forge that was asked.

use domain::Timestamp;
use domain::connection::ProviderType;
use store::{HandshakeRow, RegistrationRow};

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

#[cfg(test)]
mod tests {
    use domain::{AccountId, RegistrationId};

    use super::*;
    use crate::handshake::samples::row;

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
    fn a_handshake_ends_by_its_use_or_by_its_time() {
        let used = HandshakeRow { used: true, ..row("mine") };
        assert_eq!(open(Some(&used), Timestamp(0)).map(drop), Err(Broken::Used));
        assert_eq!(open(Some(&row("")), Timestamp(600_000)).map(drop), Err(Broken::Expired));
        assert_eq!(open(None, Timestamp(0)).map(drop), Err(Broken::Unknown));
    }
}
