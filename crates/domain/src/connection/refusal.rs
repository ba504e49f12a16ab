//! Why a forge sent somebody back from its page without what was asked for.

use serde::{Deserialize, Serialize};

use super::Who;

/// What stands behind the word of a refusal: OAuth's (RFC 6749 §4.1.2.1 and §5.2), OpenID Connect's
/// (Core §3.1.2.6), or one of GitHub's documentation of OAuth apps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Refusal {
    /// The person, or their organisation, said no.
    Denied,
    /// The forge wants something of the person before it asks them.
    Unready,
    /// The forge does not take our OAuth client as it is registered here.
    Client,
    /// The forge has suspended the OAuth client.
    Suspended,
    /// The code was used before or came too late.
    Late,
    /// The forge could not answer.
    Unavailable,
    /// A word that none of them has.
    Other,
}

impl Refusal {
    /// Reads the code of an error.
    pub fn of(code: &str) -> Self {
        match code {
            "access_denied" => Self::Denied,
            "account_selection_required"
            | "consent_required"
            | "interaction_required"
            | "login_required"
            | "unverified_user_email" => Self::Unready,
            "incorrect_client_credentials"
            | "invalid_client"
            | "invalid_request"
            | "invalid_scope"
            | "redirect_uri_mismatch"
            | "unauthorized_client"
            | "unsupported_response_type" => Self::Client,
            "application_suspended" => Self::Suspended,
            "bad_verification_code" | "invalid_grant" => Self::Late,
            "server_error" | "temporarily_unavailable" => Self::Unavailable,
            _ => Self::Other,
        }
    }

    /// Who must act before connecting again can help.
    pub fn who(self) -> Who {
        match self {
            Self::Client | Self::Suspended => Who::Operator,
            _ => Who::ForgeUser,
        }
    }

    /// What happened and what to do, as a sentence for people.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Denied => {
                "whoever was asked, or their organisation, did not let this server use their account; start connecting again, and where the organisation restricts OAuth apps, one of its owners has to approve this one first"
            }
            Self::Unready => {
                "the forge wants something of its user first: sign in there, verify the email address, agree to what it asks, then start connecting again"
            }
            Self::Client => {
                "the forge does not take this server's OAuth client; its operator must compare id, secret, callback URL and scopes with the client's page at the forge, and mend them there or with `towpath forges register`"
            }
            Self::Suspended => {
                "the forge has suspended this server's OAuth client; its operator must have that undone there, or register another one with `towpath forges register`"
            }
            Self::Late => {
                "the forge's code was used before or came too late; start connecting again"
            }
            Self::Unavailable => {
                "the forge could not answer just then; start connecting again later"
            }
            Self::Other => {
                "the forge refused; start connecting again, and if it happens again, compare the OAuth client's id, secret and callback URL with its page at the forge"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_put_to_whoever_can_mend_it() {
        for (code, refusal, who) in [
            ("access_denied", Refusal::Denied, Who::ForgeUser),
            ("unverified_user_email", Refusal::Unready, Who::ForgeUser),
            ("redirect_uri_mismatch", Refusal::Client, Who::Operator),
            ("application_suspended", Refusal::Suspended, Who::Operator),
            ("bad_verification_code", Refusal::Late, Who::ForgeUser),
            ("temporarily_unavailable", Refusal::Unavailable, Who::ForgeUser),
            ("never_heard_of", Refusal::Other, Who::ForgeUser),
            ("", Refusal::Other, Who::ForgeUser),
        ] {
            assert_eq!(Refusal::of(code), refusal, "{code}");
            assert_eq!(refusal.who(), who, "{code}");
        }
    }
}
