//! Bodies, read whole within a limit of size and time, and all of them together within one of
//! memory: who may send is known only when a body has been read.

use axum::body::{Body, Bytes, HttpBody};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use tokio::sync::{Semaphore, SemaphorePermit};
use wire::AwsError;

use crate::limits::{BODY_SECONDS_MAX, BYTES_IN_FLIGHT_MAX, LINGER_MAX};

/// One permit a byte that is being read.
static IN_FLIGHT: Semaphore = Semaphore::const_new(BYTES_IN_FLIGHT_MAX);

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
    /// Too many others are being read.
    #[error("the server is reading as much as it can hold; send it again later")]
    Busy,
}

impl BodyRefusal {
    /// 413, 408, 400 or 503 (RFC 9110).
    pub fn status(self) -> StatusCode {
        match self {
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::BrokenOff => StatusCode::BAD_REQUEST,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// For clients of the AWS APIs.
    pub fn to_error(self) -> AwsError {
        let code = match self {
            Self::TooLarge(_) => "RequestEntityTooLargeException",
            Self::TooSlow => "RequestTimeoutException",
            Self::BrokenOff => "IncompleteBodyException",
            Self::Busy => return AwsError::unavailable(self.to_string()),
        };
        AwsError { status: self.status().as_u16(), ..AwsError::refused(code, self.to_string()) }
    }
}

impl IntoResponse for BodyRefusal {
    fn into_response(self) -> Response {
        (self.status(), format!("{self}\n")).into_response()
    }
}

/// Reads a whole body of at most `limit` bytes; one that announces more is not waited for.
///
/// # Errors
/// [`BodyRefusal`].
pub async fn read(body: Body, limit: usize) -> Result<Bytes, BodyRefusal> {
    if body.size_hint().lower() > limit as u64 {
        discard(body).await;
        return Err(BodyRefusal::TooLarge(limit));
    }
    let reading = collect(body, limit, &IN_FLIGHT);
    tokio::time::timeout(BODY_SECONDS_MAX, reading).await.unwrap_or(Err(BodyRefusal::TooSlow))
}

/// Throws away what is on its way, for a moment: a peer that finds its connection closed while it
/// still sends never reads why.
pub(super) async fn discard(body: Body) {
    let gone = body.into_data_stream().for_each(|_| std::future::ready(()));
    let _ = tokio::time::timeout(LINGER_MAX, gone).await;
}

/// Takes a share for what has come, never for what was announced; gives it back at the end.
async fn collect(body: Body, limit: usize, budget: &Semaphore) -> Result<Bytes, BodyRefusal> {
    let (mut bytes, mut share) = (Vec::new(), None::<SemaphorePermit<'_>>);
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| BodyRefusal::BrokenOff)?;
        if bytes.len() + chunk.len() > limit {
            return Err(BodyRefusal::TooLarge(limit));
        }
        let more = u32::try_from(chunk.len()).map_err(|_| BodyRefusal::TooLarge(limit))?;
        let more = budget.try_acquire_many(more).map_err(|_| BodyRefusal::Busy)?;
        match &mut share {
            Some(share) => share.merge(more),
            None => share = Some(more),
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.into())
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

    /// Says how much is to come, and never sends it.
    struct Announced(u64);

    impl HttpBody for Announced {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<hyper::body::Frame<Bytes>, Self::Error>>> {
            std::task::Poll::Pending
        }

        fn size_hint(&self) -> hyper::body::SizeHint {
            hyper::body::SizeHint::with_exact(self.0)
        }
    }

    #[tokio::test]
    async fn a_body_that_announces_too_much_is_refused_before_it_comes() {
        assert_eq!(read(Body::new(Announced(5)), 4).await, Err(BodyRefusal::TooLarge(4)));
    }

    #[tokio::test]
    async fn all_bodies_together_stay_within_the_budget_and_give_it_back() {
        let budget = Semaphore::new(10);
        let half_sent = || {
            let first = futures::stream::iter([Ok::<_, std::io::Error>(Bytes::from("123456"))]);
            Body::from_stream(first.chain(futures::stream::pending()))
        };
        let mut slow = Box::pin(collect(half_sent(), 100, &budget));
        assert!(futures::poll!(&mut slow).is_pending(), "six bytes are held, and more are to come");
        let refused = collect(Body::from("12345"), 100, &budget).await;
        assert_eq!(refused, Err(BodyRefusal::Busy));
        drop(slow);
        assert_eq!(collect(Body::from("12345"), 100, &budget).await, Ok(Bytes::from("12345")));
        assert_eq!(budget.available_permits(), 10);
    }
}
