//! Why the forge says no. Each dialect has its own words for it, so a problem travels with the
//! answer until the kind is known.

use crate::Shared;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

#[derive(Clone, Debug)]
pub(crate) enum Problem {
    BadCredentials,
    /// Not there, or not for this caller.
    NotFound,
    Forbidden(String),
    /// The token is not good, and why.
    Unauthorised(String),
    /// The organisation's members sign in through SAML.
    Saml {
        organisation: String,
    },
    /// The token's scopes do not cover it.
    Scope {
        needed: &'static str,
        granted: String,
    },
    Invalid(String),
    Conflict(String),
    /// Withdrawn from the API.
    Gone(String),
    Broken(String),
}

impl From<anyhow::Error> for Problem {
    fn from(error: anyhow::Error) -> Self {
        Self::Broken(format!("{error:#}"))
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut answer = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        answer.extensions_mut().insert(self);
        answer
    }
}

/// Puts a problem into the kind's words.
pub(crate) async fn say(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let answer = next.run(request).await;
    match answer.extensions().get() {
        Some(problem) => shared.kind.refusal(problem),
        None => answer,
    }
}

impl Problem {
    /// What is asked for cannot be done.
    pub(crate) fn invalid(error: anyhow::Error) -> Self {
        Self::Invalid(format!("{error:#}"))
    }

    /// What is asked for cannot be done as things stand.
    pub(crate) fn conflict(error: anyhow::Error) -> Self {
        Self::Conflict(format!("{error:#}"))
    }

    /// The status that most forges answer with.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::BadCredentials | Self::Unauthorised(_) => StatusCode::UNAUTHORIZED,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Forbidden(_) | Self::Saml { .. } | Self::Scope { .. } => StatusCode::FORBIDDEN,
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Gone(_) => StatusCode::GONE,
            Self::Broken(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// In plain words.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::BadCredentials => "Bad credentials".to_owned(),
            Self::NotFound => "Not Found".to_owned(),
            Self::Saml { organisation } => format!(
                "Resource protected by organization SAML enforcement. You must grant your OAuth token access to the {organisation} organization."
            ),
            Self::Scope { needed, granted } => {
                format!("the scope {needed} is needed, not {granted}")
            }
            Self::Forbidden(why) | Self::Invalid(why) | Self::Conflict(why) => why.clone(),
            Self::Gone(why) | Self::Broken(why) | Self::Unauthorised(why) => why.clone(),
        }
    }
}
