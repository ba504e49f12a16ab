//! Access keys, and links that sign a person in to the console.

use crate::moment::Moment;
use crate::secret_text;
use crate::shapes::shapes;
use domain::{AccessKeyId, Secret};

shapes! { "camelCase";
    /// Asks for a sign-in link.
    CreateConsoleLinkInput {} optional {}

    /// A link that signs in once.
    CreateConsoleLinkOutput {
        /// Its page shows a button; the button's POST consumes it.
        url: String,
        /// Ten minutes on.
        expires_at: Moment,
    } optional {}

    /// Asks for a new access key of the caller's account.
    CreateAccessKeyInput {} optional {}

    /// The key. This is the only time that its secret is given out.
    CreateAccessKeyOutput {
        /// `AKIA…`.
        access_key_id: AccessKeyId,
        /// To be kept by the caller.
        #[serde(with = "secret_text")]
        secret_access_key: Secret,
        /// When it was made.
        created_at: Moment,
    } optional {}

    /// Asks for the account's keys.
    ListAccessKeysInput {} optional {
        /// 1 to 100; 100 where absent.
        max_results: u32,
        /// From the page before.
        next_token: String,
    }

    /// One page.
    ListAccessKeysOutput {
        /// By id.
        access_keys: Vec<AccessKey>,
    } optional {
        /// For the next page, while there is one.
        next_token: String,
    }

    /// A key, without its secret.
    AccessKey {
        /// `AKIA…`.
        access_key_id: AccessKeyId,
        /// When it was made.
        created_at: Moment,
    } optional {}

    /// Revokes a key: the next call signed with it is refused.
    DeleteAccessKeyInput {
        /// `AKIA…`.
        access_key_id: AccessKeyId,
    } optional {}

    /// Nothing to say.
    DeleteAccessKeyOutput {} optional {}

    /// Asks for the keys that secrets are sealed with.
    ListSealingKeysInput {} optional {}

    /// The keys, by their names.
    ListSealingKeysOutput {
        /// In the order of their file: the last one seals.
        keys: Vec<SealingKey>,
        /// How many rows an older key sealed; they are sealed anew meanwhile.
        waiting: i64,
    } optional {}

    /// A key that secrets are sealed with.
    SealingKey {
        /// Tells it from the others; it is no part of it.
        key_id: String,
        /// Whether it seals now; the others open what they sealed.
        seals: bool,
    } optional {}

    /// Adds a key that seals from now on.
    RotateSealingKeyInput {} optional {}
}
