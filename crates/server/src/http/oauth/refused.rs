//! The forge sent the browser back without what was asked for: the connection says so, and the page what
//! to do about it, and where.

use axum::http::StatusCode;
use domain::connection::{Missing, ProviderType, Refusal};
use operations::handshake::NotGranted;
use store::{HandshakeRow, RegistrationRow};

use super::pages::{failed, no_answer, page, said};
use super::registration;
use crate::http::plain::{Page, escaped, paragraph};
use crate::shared::Shared;

/// What the forge says instead of giving a token.
#[derive(Clone, Copy)]
pub(super) struct Word<'a> {
    /// OAuth's or the forge's code.
    pub(super) code: &'a str,
    /// Its words beside it, may be empty.
    pub(super) description: &'a str,
}

/// The person or the forge said no.
pub(super) async fn refused(shared: &Shared, row: &HandshakeRow, word: Word<'_>) -> Page {
    match noted(shared, row, Refusal::of(word.code)).await {
        Ok(registration) => shown(&registration, row, word),
        Err(page) => page,
    }
}

/// The forge was asked for a token and gave none.
pub(super) async fn without_token(
    shared: &Shared,
    row: &HandshakeRow,
    cause: &forges::Error,
) -> Page {
    use forges::Error::{ClientRefused, HandshakeRefused};
    match cause {
        ClientRefused { code, description } | HandshakeRefused { code, description } => {
            refused(shared, row, Word { code, description }).await
        }
        other => no_answer("the forge gave no token", other),
    }
}

async fn noted(
    shared: &Shared,
    row: &HandshakeRow,
    refusal: Refusal,
) -> Result<RegistrationRow, Page> {
    let (account, connection) = (row.account.clone(), row.connection.clone());
    let turn = NotGranted { account, connection, missing: Missing::Refused(refusal), given: None };
    shared.desk.take(&turn, shared.now()).await.map_err(failed)?;
    registration(shared, row).await
}

fn shown(registration: &RegistrationRow, row: &HandshakeRow, word: Word<'_>) -> Page {
    let refusal = Refusal::of(word.code);
    let mend = match refusal {
        Refusal::Denied => approval(registration),
        Refusal::Client => {
            format!(
                "<p>This server's callback URL is <code>{}</code>.</p>",
                escaped(&row.redirect_uri)
            )
        }
        _ => String::new(),
    };
    let words = paragraph(&format!("This is why: {}.", refusal.sentence()));
    let body = format!("{words}{mend}{}", said(word.code, word.description));
    page(StatusCode::FORBIDDEN, "Not connected", body)
}

/// Where an organisation is asked to approve an OAuth app; only GitHub's restrict them.
fn approval(registration: &RegistrationRow) -> String {
    let RegistrationRow { provider, endpoint, client_id, .. } = registration;
    match provider {
        ProviderType::GitHub | ProviderType::GitHubEnterpriseServer => format!(
            "<p><a data-test=\"approval\" href=\"{}/settings/connections/applications/{}\">Ask an \
             organisation to approve it</a></p>",
            escaped(endpoint.trim_end_matches('/')),
            escaped(client_id),
        ),
        _ => String::new(),
    }
}
