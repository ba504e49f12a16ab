//! Bodies, read whole within a limit of size and time.

use axum::body::{Body, Bytes};
use axum::http::StatusCode;

use crate::limits::BODY_SECONDS_MAX;

/// Why a body was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyRefusal {
    /// More bytes than the route takes.
    #[error("the body is larger than {0} bytes, the most that is taken here")]
    TooLarge(usize),
    /// It did not arrive in time.
    #[error("the body did not arrive within {} seconds", BODY_SECONDS_MAX.as_secs())]
    TooSlow,
    /// The connection broke.
    #[error("the body broke off before its end")]
    BrokenOff,
}

impl BodyRefusal {
    /// 413, 408 or 400 (RFC 9110).
    pub fn status(self) -> StatusCode {
        match self {
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::BrokenOff => StatusCode::BAD_REQUEST,
        }
    }
}

/// Reads a whole body of at most `limit` bytes.
///
/// # Errors
/// [`BodyRefusal`].
pub async fn read(body: Body, limit: usize) -> Result<Bytes, BodyRefusal> {
    let reading = axum::body::to_bytes(body, limit);
    match tokio::time::timeout(BODY_SECONDS_MAX, reading).await {
        Err(_) => Err(BodyRefusal::TooSlow),
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(cause)) if is_limit(&cause) => Err(BodyRefusal::TooLarge(limit)),
        Ok(Err(_)) => Err(BodyRefusal::BrokenOff),
    }
}

/// `to_bytes` wraps the limit's error once.
fn is_limit(cause: &axum::Error) -> bool {
    use std::error::Error;
    cause.source().is_some_and(|source| source.to_string().contains("length limit"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_over_the_limit_is_told_from_one_that_broke_off() {
        assert_eq!(read(Body::from("12345"), 4).await, Err(BodyRefusal::TooLarge(4)));
        assert_eq!(read(Body::from("1234"), 4).await, Ok(Bytes::from("1234")));
        let broken = futures::stream::iter([Err::<Bytes, _>(std::io::Error::other("gone"))]);
        assert_eq!(read(Body::from_stream(broken), 4).await, Err(BodyRefusal::BrokenOff));
    }
}
