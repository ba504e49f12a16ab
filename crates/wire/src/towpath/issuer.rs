//! The keys of the account's issuer, with which the tokens of its steps are signed.

use crate::moment::Moment;
use crate::shapes::{shapes, words};

shapes! { "camelCase";
    /// Asks for the issuer's keys.
    ListSigningKeysInput {} optional {}

    /// The issuer and its keys.
    ListSigningKeysOutput {
        /// The issuer's URL: `iss` of every token, and where its configuration is found.
        issuer: String,
        /// In the order in which they were made.
        keys: Vec<SigningKey>,
    } optional {}

    /// A key, its public half only.
    SigningKey {
        /// `kid` of the tokens that it signs: the thumbprint of its public half.
        key_id: String,
        /// `RS256` or `ES256`.
        algorithm: String,
        /// What it is now.
        state: KeyState,
        /// When it begins to sign.
        not_before: Moment,
        /// When it signs no more.
        not_after: Moment,
    } optional {}

    /// Has new keys made.
    RotateSigningKeysInput {} optional {
        /// Withdraws the present ones at once, with every token that they signed. Otherwise they
        /// sign until the new ones have been published for an hour.
        revoke: bool,
    }
}

words! {
    /// What a key is at a moment.
    KeyState {
        Signing = "signing",
        Next = "next",
        Retired = "retired",
        Gone = "gone",
        Revoked = "revoked",
    }
}
