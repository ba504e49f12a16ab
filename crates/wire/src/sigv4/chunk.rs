//! Signatures of chunks: each is over the one before it, the first over the request's own.

use super::SigV4Refusal;
use super::canonical::{Scope, hash, key, mac};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use domain::Secret;

/// What the chunks of one request are signed with.
pub struct ChunkKey {
    key: hmac::Tag,
    amz_date: String,
    scope: String,
    previous: String,
}

impl ChunkKey {
    pub(super) fn new(scope: &Scope, secret: &Secret, seed: &str) -> Self {
        let (key, amz_date) = (key(scope, secret), scope.amz_date.to_owned());
        Self { key, amz_date, scope: scope.text(), previous: seed.to_owned() }
    }

    /// Checks the next chunk, by the SHA-256 of its bytes.
    ///
    /// # Errors
    /// [`SigV4Refusal::Signature`].
    pub fn check_chunk(&mut self, sha256: &str, given: &str) -> Result<(), SigV4Refusal> {
        let hashes = format!("{}\n{sha256}", hash(b""));
        self.check("AWS4-HMAC-SHA256-PAYLOAD", &hashes, given)
    }

    /// Checks the trailers, after the last chunk.
    ///
    /// # Errors
    /// [`SigV4Refusal::Signature`].
    pub fn check_trailers(
        &mut self,
        trailers: &[(String, String)],
        given: &str,
    ) -> Result<(), SigV4Refusal> {
        let lines: String =
            trailers.iter().map(|(name, text)| format!("{name}:{text}\n")).collect();
        self.check("AWS4-HMAC-SHA256-TRAILER", &hash(lines.as_bytes()), given)
    }

    fn check(&mut self, algorithm: &str, hashes: &str, given: &str) -> Result<(), SigV4Refusal> {
        let Self { key, amz_date, scope, previous } = self;
        let to_sign = format!("{algorithm}\n{amz_date}\n{scope}\n{previous}\n{hashes}");
        let expected = hex::encode(mac(key.as_ref(), &to_sign));
        verify_slices_are_equal(expected.as_bytes(), given.as_bytes())
            .map_err(|_| SigV4Refusal::Signature)?;
        self.previous = expected;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// "Signature calculations for the Authorization header: transferring payload in multiple chunks"
    /// (Amazon S3 API reference): its example.
    #[test]
    fn the_documented_chunks_are_taken_in_their_order_only() {
        let scope = Scope {
            amz_date: "20130524T000000Z",
            date: "20130524",
            region: "us-east-1",
            service: "s3",
        };
        let secret = Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
        let seed = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
        let chunks = [
            (
                "a".repeat(65_536),
                "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
            ),
            ("a".repeat(1024), "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"),
            (String::new(), "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"),
        ];
        let mut key = ChunkKey::new(&scope, &secret, seed);
        for (content, signature) in &chunks {
            assert_eq!(key.check_chunk(&hash(content.as_bytes()), signature), Ok(()));
        }
        let mut key = ChunkKey::new(&scope, &secret, seed);
        let (second, signature) = &chunks[1];
        assert!(key.check_chunk(&hash(second.as_bytes()), signature).is_err());
    }
}
