//! What the browser is shown on the way: the question before it, the end of it, and what went wrong.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use operations::handshake::Broken;
use store::HandshakeRow;

use crate::http::plain::{Page, escaped, paragraph};
use crate::limits::FORGE_WORDS_CHARS_MAX;
use crate::shared::Shared;

pub(in crate::http) fn broken(broken: Broken) -> Page {
    let status = match broken {
        Broken::Unknown => StatusCode::NOT_FOUND,
        Broken::Expired | Broken::Used => StatusCode::GONE,
        Broken::OtherBrowser | Broken::OtherIssuer => StatusCode::FORBIDDEN,
    };
    page(status, "This link does not work", paragraph(&broken.to_string()))
}

pub(in crate::http) fn failed(cause: impl std::fmt::Display) -> Page {
    tracing::error!(%cause, "a handshake failed");
    let words = "The server could not go on. Its log says why; start connecting again later.";
    page(StatusCode::INTERNAL_SERVER_ERROR, "Something is wrong here", paragraph(words))
}

/// A page; its origin is filled in where it is sent.
pub(in crate::http) fn page(status: StatusCode, title: &'static str, body: String) -> Page {
    Page { status, title, body, origin: String::new(), leads_on: false }
}

/// Sends a page from this server.
pub(in crate::http) fn send(shared: &Shared, outcome: Result<Page, Page>) -> Response {
    let page = outcome.unwrap_or_else(|page| page);
    Page { origin: shared.public_url.clone(), ..page }.into_response()
}

/// Whoever is sent this link by somebody else must see what they would give away, and to whom.
pub(super) fn question(row: &HandshakeRow, connection: &str, endpoint: &str) -> String {
    format!(
        "<p>Account <code>{}</code> of this server wants to use your account at \
         <strong>{}</strong> for its connection <strong>{}</strong>; <code>{}</code> asked for \
         this.</p>\
         <p>Its pipelines can then do there what you can. Go on only if you asked for this \
         yourself; close this page if somebody sent it to you.</p>\
         <form method=\"post\" action=\"/oauth/begin/{}\">\
         <button data-test=\"authorize\">Go on to the forge</button></form>",
        escaped(row.account.as_str()),
        escaped(endpoint),
        escaped(connection),
        escaped(row.requester.as_deref().unwrap_or("somebody")),
        escaped(row.state.as_str()),
    )
}

/// Where the outside has a listener of its own, the console is not to be found on it.
pub(in crate::http) fn connected(shared: &Shared, connection: &str, login: &str) -> String {
    let onward = match shared.config.public_listen {
        None => "<a href=\"/console/connections\">To the connections</a>",
        Some(_) => "You can close this page.",
    };
    format!(
        "<p>The connection <strong>{}</strong> is available, as <strong>{}</strong>.</p>\
         <p>{onward}</p>",
        escaped(connection),
        escaped(login),
    )
}

/// The forge was asked and gave not what was asked for: it said no, or nothing that could be used.
pub(in crate::http) fn no_answer(error: &str, cause: &forges::Error) -> Page {
    let words = "This server did not get from the forge what it needs: start connecting again once \
                 that is mended.";
    let status = if is_refusal(cause) { StatusCode::FORBIDDEN } else { StatusCode::BAD_GATEWAY };
    page(
        status,
        "Not connected",
        format!("{}{}", paragraph(words), said(error, &cause.to_string())),
    )
}

fn is_refusal(cause: &forges::Error) -> bool {
    use forges::Error::{
        ClientRefused, Forbidden, HandshakeRefused, NotFound, Rejected, Unauthorised,
    };
    matches!(
        cause,
        ClientRefused { .. }
            | Forbidden { .. }
            | HandshakeRefused { .. }
            | NotFound { .. }
            | Rejected { .. }
            | Unauthorised
    )
}

/// The forge's own words, as far as they are words for a page.
pub(super) fn said(code: &str, description: &str) -> String {
    let description: String = description.trim().chars().take(FORGE_WORDS_CHARS_MAX).collect();
    match description.as_str() {
        "" => format!("<p>The forge says: <code>{}</code></p>", escaped(code)),
        more => format!("<p>The forge says: <code>{}</code>: {}</p>", escaped(code), escaped(more)),
    }
}

/// The person, or the client's settings at the forge, gave less than pipelines need.
pub(super) fn too_few(missing: &[&str]) -> Page {
    let scopes: Vec<_> = missing.iter().map(|it| format!("<code>{it}</code>")).collect();
    let body = format!(
        "<p>The forge gave a token without {}. Start connecting again and grant all that is asked \
         for; where the forge did not ask, add it to the scopes of the OAuth client there.</p>",
        scopes.join(", ")
    );
    page(StatusCode::FORBIDDEN, "Too few rights", body)
}

#[cfg(test)]
mod tests {
    use domain::{HandshakeId, RegistrationId};

    use super::*;

    #[test]
    fn the_question_names_who_asks_and_where_and_no_name_becomes_markup() {
        let row = HandshakeRow {
            state: HandshakeId::new("s"),
            account: domain::AccountId::new("000000000000"),
            connection: domain::ConnectionArn::new("arn:c"),
            registration: RegistrationId::new("reg"),
            session: String::new(),
            sealed_verifier: Vec::new(),
            expires: domain::Timestamp(0),
            used: false,
            redirect_uri: String::new(),
            agreed: None,
            draft: None,
            offer: None,
            requester: Some("arn:aws:iam::000000000000:user/<b>mallory</b>".to_owned()),
        };
        let html = question(&row, "<script>alert(1)</script>", "https://git.example.com");
        assert!(html.contains("000000000000") && html.contains("https://git.example.com"));
        assert!(html.contains("user/&#60;b&#62;mallory"), "{html}");
        assert!(!html.contains("<script"), "{html}");
    }
}
