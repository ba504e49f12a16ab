//! What a request is told that gets no page: as a page, or as JSON of the same content.

use crate::answer;
use crate::href::Href;
use crate::load::LoadError;
use crate::session::SignInError;
use crate::view::Section;
use crate::view::entry::Problem;
use crate::visit::Visit;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use operations::turn::Failure;
use wire::error::AwsError;

/// Why a request gets no page.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Nobody is signed in.
    #[error("Nobody is signed in here. Ask the server for a link: towpath console link")]
    SignedOut,
    /// It was not sent from where it must be.
    #[error("{0}")]
    Forbidden(&'static str),
    /// There is nothing under this address.
    #[error("{0}")]
    Unknown(String),
    /// The address is there and takes other methods.
    #[error("This address takes no {0}.")]
    Method(String),
    /// Something in it cannot be used.
    #[error("{0}")]
    Unusable(String),
    /// A form larger than any of the console's.
    #[error("The form is larger than {} bytes.", crate::limits::FORM_BYTES_MAX)]
    TooLarge,
    /// A form that does not arrive.
    #[error("The form did not arrive within {} seconds.", crate::limits::FORM_TIME_MAX.as_secs())]
    TooSlow,
    /// The operation refused.
    #[error("{}", .0.message)]
    Operation(AwsError),
    /// More pages are kept current than the server holds open.
    #[error("Too many pages are open. Close some, then reload.")]
    Busy,
    /// The world did not answer; the server's log says more.
    #[error("The server failed. Its log says more at this time.")]
    Failed(String),
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::SignedOut => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::Unknown(_) => StatusCode::NOT_FOUND,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unusable(_) => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Operation(error) => {
                StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST)
            }
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Self::SignedOut => "Signed out",
            Self::Forbidden(_) => "Not from here",
            Self::Unknown(_) => "Not found",
            Self::Method(_) => "Not that way",
            Self::Unusable(_) | Self::TooLarge | Self::TooSlow => "Not usable",
            Self::Operation(_) => "Not done",
            Self::Busy => "Busy",
            Self::Failed(_) => "Failed",
        }
    }

    /// The answer. A browser that is signed out is led to where one signs in.
    pub fn answer(self, visit: &Visit) -> Response {
        if let Self::Failed(cause) = &self {
            tracing::error!(%cause, "a page of the console failed");
        }
        if matches!(self, Self::SignedOut) && !visit.json {
            return Redirect::to("/console/sign-in").into_response();
        }
        let status = self.status();
        let page = Problem {
            frame: visit.frame(Section::None, None),
            status: status.as_u16(),
            title: self.title().to_owned(),
            message: self.to_string(),
            request: None,
            back: visit.session.as_ref().map(|_| Href::inside(&[""])),
        };
        let mut answer = answer::page(visit, &page);
        *answer.status_mut() = status;
        if let Self::Busy = self {
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("10"));
        }
        answer
    }
}

impl From<store::Error> for Refusal {
    fn from(cause: store::Error) -> Self {
        Self::Failed(cause.to_string())
    }
}

impl From<std::io::Error> for Refusal {
    fn from(cause: std::io::Error) -> Self {
        Self::Failed(cause.to_string())
    }
}

impl From<LoadError> for Refusal {
    fn from(cause: LoadError) -> Self {
        match cause {
            LoadError::Unknown(what) => Self::Unknown(what),
            cause => Self::Failed(cause.to_string()),
        }
    }
}

impl From<SignInError> for Refusal {
    fn from(cause: SignInError) -> Self {
        match cause {
            SignInError::Link => Self::Unusable(cause.to_string()),
            cause => Self::Failed(cause.to_string()),
        }
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(error) => Self::Operation(error),
            cause => Self::Failed(cause.to_string()),
        }
    }
}
