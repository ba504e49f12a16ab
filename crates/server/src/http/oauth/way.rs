//! The way from this server to a forge that a person is about to be sent to: what is in it is said
//! before they consent, for a code that cannot be exchanged is lost, and with an App its key.

use axum::http::StatusCode;
use domain::AccountId;
use domain::connection::ProviderType;
use domain::host::HostTrouble;
use egress::{Client, Url};

use super::pages::{failed, page};
use crate::http::plain::{Page, escaped, paragraph};
use crate::shared::Shared;

/// The client by which a forge is reached; the page that says so where this server may not go there.
pub(in crate::http) async fn way(
    shared: &Shared,
    account: &AccountId,
    (provider, endpoint): (ProviderType, &str),
) -> Result<Client, Page> {
    let (kept, client) = ((&shared.desk.store, &*shared.vault), &shared.client);
    let client = effects::by_endpoint(kept, client, account, (provider, endpoint)).await;
    let client = client.map_err(|cause| failed(format!("{cause:#}")))?;
    let url = Url::parse(endpoint).map_err(failed)?;
    let refusal = client.guard().check(&url).await.err();
    match refusal.as_ref().and_then(effects::barred) {
        Some(HostTrouble::Barred { at, allow: address }) => {
            Err(barred(&at, &allow(provider, endpoint, &address)))
        }
        // A name that leads nowhere now may lead somewhere once the person is back.
        _ => Ok(client),
    }
}

/// What the operator must run.
fn allow(provider: ProviderType, endpoint: &str, address: &str) -> String {
    match provider.needs_host() {
        true => format!(
            "towpath forges reach HOST --allow-address {address}, where HOST is the ARN of the host \
             at {endpoint}"
        ),
        false => format!("towpath up --allow-address {address}"),
    }
}

fn barred(what: &str, step: &str) -> Page {
    let words = "Nothing was asked of the forge and nothing is lost. The operator of this server must \
                 allow it to go there; then start connecting again.";
    let body = format!(
        "<p>{}.</p>{}<p><code>{}</code></p>",
        escaped(what),
        paragraph(words),
        escaped(step)
    );
    page(StatusCode::FORBIDDEN, "This server may not go to the forge", body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operator_is_told_the_command_for_that_address() {
        let own = allow(ProviderType::GitLabSelfManaged, "https://git.example", "10.0.0.5:443");
        assert!(
            own.starts_with("towpath forges reach HOST --allow-address 10.0.0.5:443,"),
            "{own}"
        );
        assert!(own.ends_with("of the host at https://git.example"), "{own}");
        let common = allow(ProviderType::GitHub, "http://127.0.0.1:7800", "127.0.0.1:7800");
        assert_eq!(common, "towpath up --allow-address 127.0.0.1:7800");
    }
}
