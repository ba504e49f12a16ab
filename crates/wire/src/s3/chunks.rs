//! A body in chunks (`aws-chunked`): each with its size, some with a signature, trailers at the end.
//!
//! What comes out before a chunk's signature was checked must not be used before all of it was.

use super::refused;
use crate::error::AwsError;
use crate::limits::{CHUNK_LINE_BYTES_MAX, TRAILERS_MAX};
use crate::sigv4::ChunkKey;
use aws_lc_rs::digest::{Context, SHA256};

/// Takes a chunked body apart as it comes.
pub struct Chunks {
    key: Option<ChunkKey>,
    state: State,
    line: Vec<u8>,
    left: u64,
    hash: Context,
    signature: String,
    trailers: Vec<(String, String)>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Size,
    Content,
    AfterContent,
    Trailers,
    Ended,
}

impl Chunks {
    /// With a key each chunk is signed, and so are trailers.
    pub fn new(key: Option<ChunkKey>) -> Self {
        let (hash, signature) = (Context::new(&SHA256), String::new());
        Self {
            key,
            state: State::Size,
            line: Vec::new(),
            left: 0,
            hash,
            signature,
            trailers: Vec::new(),
        }
    }

    /// Takes more bytes; appends what they hold of the content.
    ///
    /// # Errors
    /// `InvalidChunkSizeError`, `IncompleteBody`, `SignatureDoesNotMatch`, `MalformedTrailerError`.
    pub fn feed(&mut self, mut bytes: &[u8], content: &mut Vec<u8>) -> Result<(), AwsError> {
        while !bytes.is_empty() {
            if self.state == State::Content {
                let taken = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
                let (own, rest) = bytes.split_at(taken);
                content.extend_from_slice(own);
                if self.key.is_some() {
                    self.hash.update(own);
                }
                self.left -= taken as u64;
                bytes = rest;
                if self.left == 0 {
                    self.close()?;
                }
                continue;
            }
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let (own, rest) = bytes.split_at(end.map_or(bytes.len(), |end| end + 1));
            self.line.extend_from_slice(own);
            bytes = rest;
            if self.line.len() > CHUNK_LINE_BYTES_MAX {
                return Err(bad_chunk());
            }
            if end.is_some() {
                let line = std::mem::take(&mut self.line);
                let line = std::str::from_utf8(&line).map_err(|_| bad_chunk())?;
                self.line(line.trim_end_matches(['\r', '\n']))?;
            }
        }
        Ok(())
    }

    /// The trailers, once the body ended where it said it would.
    ///
    /// # Errors
    /// `IncompleteBody`.
    pub fn end(mut self) -> Result<Vec<(String, String)>, AwsError> {
        // A body without trailers may leave out the last empty line.
        if self.state == State::Trailers && self.line.is_empty() && self.trailers.is_empty() {
            self.state = State::Ended;
        }
        match self.state {
            State::Ended => Ok(self.trailers),
            _ => Err(incomplete()),
        }
    }

    fn line(&mut self, line: &str) -> Result<(), AwsError> {
        match self.state {
            State::Size => self.open(line),
            State::AfterContent if line.is_empty() => {
                self.state = State::Size;
                Ok(())
            }
            State::AfterContent => Err(bad_chunk()),
            State::Trailers if line.is_empty() => self.check_trailers(),
            State::Trailers => self.trailer(line),
            State::Content | State::Ended => Err(bad_chunk()),
        }
    }

    /// `SIZE` or `SIZE;chunk-signature=HEX`.
    fn open(&mut self, line: &str) -> Result<(), AwsError> {
        let (size, extension) = line.split_once(';').unwrap_or((line, ""));
        let digits = !size.is_empty() && size.bytes().all(|byte| byte.is_ascii_hexdigit());
        let size = u64::from_str_radix(size, 16).ok().filter(|_| digits).ok_or_else(bad_chunk)?;
        extension
            .strip_prefix("chunk-signature=")
            .unwrap_or_default()
            .clone_into(&mut self.signature);
        self.left = size;
        self.hash = Context::new(&SHA256);
        self.state = State::Content;
        if size == 0 {
            self.close()?;
            self.state = State::Trailers;
        }
        Ok(())
    }

    /// The end of a chunk: its signature is over all of it.
    fn close(&mut self) -> Result<(), AwsError> {
        self.state = State::AfterContent;
        let hash = std::mem::replace(&mut self.hash, Context::new(&SHA256)).finish();
        match &mut self.key {
            Some(key) => {
                key.check_chunk(&hex::encode(hash), &self.signature).map_err(|refusal| s3(&refusal))
            }
            None => Ok(()),
        }
    }

    fn trailer(&mut self, line: &str) -> Result<(), AwsError> {
        let pair = line.split_once(':').filter(|_| self.trailers.len() < TRAILERS_MAX);
        let (name, value) = pair.ok_or_else(bad_trailer)?;
        self.trailers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        Ok(())
    }

    fn check_trailers(&mut self) -> Result<(), AwsError> {
        self.state = State::Ended;
        let Some(key) = &mut self.key else { return Ok(()) };
        let at = self.trailers.iter().position(|(name, _)| name == "x-amz-trailer-signature");
        let signature = at.map(|at| self.trailers.remove(at).1);
        match signature {
            None if self.trailers.is_empty() => Ok(()),
            None => Err(bad_trailer()),
            Some(signature) => {
                key.check_trailers(&self.trailers, &signature).map_err(|refusal| s3(&refusal))
            }
        }
    }
}

fn s3(refusal: &crate::sigv4::SigV4Refusal) -> AwsError {
    refusal.to_error(crate::dispatch::Protocol::RestXml)
}

pub(super) fn incomplete() -> AwsError {
    let message =
        "You did not provide the number of bytes specified by the Content-Length HTTP header";
    refused("IncompleteBody", 400, message)
}

fn bad_chunk() -> AwsError {
    refused(
        "InvalidChunkSizeError",
        403,
        "The body's chunks are not of the form SIZE[;chunk-signature=HEX].",
    )
}

fn bad_trailer() -> AwsError {
    let message = "The request contained trailing data that was not well-formed or did not conform to our published schema.";
    refused("MalformedTrailerError", 400, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The content, and the trailers behind it.
    type Whole = (Vec<u8>, Vec<(String, String)>);

    fn unchunked(body: &[u8], pieces: usize) -> Result<Whole, String> {
        let (mut chunks, mut content) = (Chunks::new(None), Vec::new());
        for piece in body.chunks(pieces) {
            chunks.feed(piece, &mut content).map_err(|error| error.code.to_string())?;
        }
        chunks.end().map(|trailers| (content, trailers)).map_err(|error| error.code.to_string())
    }

    #[test]
    fn chunks_and_trailers_come_apart_however_they_arrive() {
        let body = b"3\r\nabc\r\n4\r\ndefg\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n";
        for pieces in 1..body.len() {
            let (content, trailers) = unchunked(body, pieces).expect("well-formed");
            assert_eq!(content, b"abcdefg");
            assert_eq!(trailers, [("x-amz-checksum-crc32".to_owned(), "AAAA".to_owned())]);
        }
    }

    #[test]
    fn what_is_not_whole_or_not_of_the_form_is_refused() {
        fn check(body: &str, code: &str) {
            assert_eq!(unchunked(body.as_bytes(), 7).expect_err(body), code, "{body}");
        }
        check("5\r\nabc", "IncompleteBody");
        check("3\r\nabc\r\n", "IncompleteBody");
        check("-3\r\nabc\r\n0\r\n\r\n", "InvalidChunkSizeError");
        check("\r\n", "InvalidChunkSizeError");
        check("3\r\nabcd\r\n0\r\n\r\n", "InvalidChunkSizeError");
        check("fffffffffffffffff\r\n", "InvalidChunkSizeError");
        check(&"a".repeat(10_000), "InvalidChunkSizeError");
        check("0\r\nno trailer\r\n\r\n", "MalformedTrailerError");
        check("0\r\n\r\nmore\r\n", "InvalidChunkSizeError");
    }

    proptest! {
        #[test]
        fn no_bytes_whatsoever_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200), pieces in 1_usize..20) {
            let _ = unchunked(&body, pieces);
        }
    }
}
