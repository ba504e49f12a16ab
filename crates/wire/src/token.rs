//! Pagination tokens: a cursor that only the list which gave it out takes back.
//!
//! A token is base64url of `HMAC-SHA256 ‖ cursor`; the seal covers account, operation and filter,
//! so a token of another account, call or filter is as good as a forged one. The cursor is not
//! hidden: it names rows that its reader may read.

use crate::error::AwsError;
use crate::limits::{CURSOR_BYTES_MAX, TOKEN_CHARS_MAX};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::AccountId;

const SEAL_BYTES: usize = 32;

/// Seals and opens tokens with one secret key.
pub struct TokenKey(hmac::Key);

/// What a token is bound to.
#[derive(Clone, Copy, Debug)]
pub struct List<'a> {
    /// The caller's account.
    pub account: &'a AccountId,
    /// The operation's name with its service: `codepipeline:ListPipelines`.
    pub operation: &'a str,
    /// The filter in any form that differs whenever the filter does; empty for none.
    pub filter: &'a str,
}

impl TokenKey {
    /// Takes key material of at least 32 random bytes, the same on every server of one store.
    pub fn new(key: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// The token for a cursor, at most 1024 characters.
    ///
    /// # Panics
    /// Where the cursor is longer than [`CURSOR_BYTES_MAX`]: cursors are keys, and ours are short.
    pub fn seal(&self, list: &List, cursor: &str) -> String {
        assert!(cursor.len() <= CURSOR_BYTES_MAX, "a cursor of {} bytes", cursor.len());
        let seal = hmac::sign(&self.0, &bound(list, cursor));
        URL_SAFE_NO_PAD.encode([seal.as_ref(), cursor.as_bytes()].concat())
    }

    /// The cursor that a token carries.
    ///
    /// # Errors
    /// `InvalidNextTokenException` for anything but a token that [`TokenKey::seal`] gave out for
    /// the same list.
    pub fn open(&self, list: &List, token: &str) -> Result<String, AwsError> {
        self.opened(list, token).ok_or_else(AwsError::invalid_next_token)
    }

    fn opened(&self, list: &List, token: &str) -> Option<String> {
        if token.len() > TOKEN_CHARS_MAX {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (seal, cursor) = bytes.split_at_checked(SEAL_BYTES)?;
        let cursor = std::str::from_utf8(cursor).ok()?;
        hmac::verify(&self.0, &bound(list, cursor), seal).ok()?;
        Some(cursor.to_owned())
    }
}

/// Every part with its length before it, so that no two lists give the same bytes.
fn bound(list: &List, cursor: &str) -> Vec<u8> {
    let parts = [list.account.as_str(), list.operation, list.filter, cursor];
    let sized = |part: &str| [&(part.len() as u64).to_be_bytes(), part.as_bytes()].concat();
    parts.into_iter().flat_map(sized).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn account(text: &str) -> AccountId {
        AccountId::new(text)
    }

    #[test]
    fn a_token_opens_only_for_the_list_that_gave_it_out() {
        let (key, mine, other) =
            (TokenKey::new(&[7; 32]), account("111111111111"), account("222222222222"));
        let list = List { account: &mine, operation: "codepipeline:ListPipelines", filter: "f" };
        let token = key.seal(&list, "name:z");
        assert_eq!(key.open(&list, &token).as_deref(), Ok("name:z"));
        let refused = |key: &TokenKey, list: &List, token: &str| {
            let error = key.open(list, token).expect_err("refused");
            assert_eq!(error.code, "InvalidNextTokenException");
        };
        refused(&key, &List { account: &other, ..list }, &token);
        refused(&key, &List { operation: "codepipeline:ListTags", ..list }, &token);
        refused(&key, &List { filter: "", ..list }, &token);
        refused(
            &key,
            &List { operation: "codepipeline:ListPipelinesf", filter: "", ..list },
            &token,
        );
        refused(&TokenKey::new(&[8; 32]), &list, &token);
        for forged in ["", "name:z", "bmFtZTp6", &format!("{token}A"), &token[1..]] {
            refused(&key, &list, forged);
        }
    }

    proptest! {
        #[test]
        fn no_flipped_bit_goes_unnoticed(
            cursor in "[ -~]{0,60}",
            at in 0usize..1000,
            bit in 0u8..8,
        ) {
            let (key, mine) = (TokenKey::new(&[7; 32]), account("111111111111"));
            let list = List { account: &mine, operation: "o", filter: "" };
            let mut bytes = URL_SAFE_NO_PAD.decode(key.seal(&list, &cursor)).expect("base64");
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            prop_assert!(key.open(&list, &URL_SAFE_NO_PAD.encode(bytes)).is_err());
        }

        #[test]
        fn a_token_stays_within_the_smallest_limit(cursor in "[ -~]{0,700}") {
            let mine = account("111111111111");
            let list = List { account: &mine, operation: "o", filter: "" };
            prop_assert!(TokenKey::new(&[7; 32]).seal(&list, &cursor).len() <= TOKEN_CHARS_MAX);
        }
    }
}
