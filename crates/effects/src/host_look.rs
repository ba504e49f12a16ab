//! Whether the way to a host is free: its address, its proxy, its certificate. What the forge itself
//! answers does not matter.

use domain::host::HostTrouble;
use domain::{AccountId, HostArn};
use egress::{Client, EgressRefusal, Failure, Method, Request, Url};
use store::HostRow;

use crate::perform::{Performed, Performer};
use crate::reached::routed;

/// A host as it was, and what kept this server from it.
pub struct HostLook {
    /// The host.
    pub host: HostRow,
    /// The trouble; none where the way is free.
    pub trouble: Option<HostTrouble>,
}

/// Looks once.
///
/// # Errors
/// The store does not answer.
pub async fn look(
    performer: &Performer,
    account: &AccountId,
    arn: &HostArn,
) -> anyhow::Result<Performed> {
    let key = HostRow::at(account, &arn.id().to_owned());
    let Some(host) = performer.store.get::<HostRow>(key).await? else {
        return Ok(Performed::Done);
    };
    let trouble = match routed(&performer.client, &performer.vault, &host) {
        Ok(client) => trouble(&client, &host.endpoint).await,
        Err(cause) => Some(HostTrouble::Silent { why: format!("{cause:#}") }),
    };
    Ok(Performed::HostLooked(Box::new(HostLook { host, trouble })))
}

async fn trouble(client: &Client, endpoint: &str) -> Option<HostTrouble> {
    let url = Url::parse(endpoint).ok()?;
    if let Err(refusal) = client.guard().check(&url).await {
        let why = refusal.to_string();
        return Some(barred(&refusal).unwrap_or(HostTrouble::Silent { why }));
    }
    // Plain HTTP has no certificate, and the guard knows by now where it leads.
    if url.scheme() != "https" {
        return None;
    }
    match client.send(Request::new(Method::HEAD, url)).await {
        Err(Failure::Unreachable { why, .. }) if why.contains("certificate") => {
            Some(HostTrouble::Untrusted { why })
        }
        Err(cause @ (Failure::Unreachable { .. } | Failure::TimedOut { .. })) => {
            Some(HostTrouble::Silent { why: cause.to_string() })
        }
        // Where it leads on to, or how much it answers, is the forge's own affair.
        Ok(_) | Err(Failure::Refused(_) | Failure::TooLarge { .. }) => None,
    }
}

/// What the guard's refusal of a forge's address says, with what the operator may allow; none for
/// another one, which may pass.
pub fn barred(refusal: &EgressRefusal) -> Option<HostTrouble> {
    match refusal {
        EgressRefusal::Special { host, address, port, class } => Some(HostTrouble::Barred {
            at: format!("{host} is at {address}, which is no public address ({class})"),
            allow: format!("{address}:{port}"),
        }),
        EgressRefusal::NotHttps { .. } => {
            let (at, allow) = (refusal.to_string(), "ADDRESS:PORT".to_owned());
            Some(HostTrouble::Barred { at, allow })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egress::Guard;

    #[tokio::test]
    async fn an_address_that_is_not_public_is_named_with_what_would_allow_it() {
        let check = async |allowed: &[&str], endpoint: &str| {
            let allowed = allowed.iter().map(|it| it.parse().expect("an address")).collect();
            trouble(&Client::new(Guard::new(allowed)), endpoint).await
        };
        let barred = check(&[], "https://10.0.0.5:8443").await;
        let Some(HostTrouble::Barred { at, allow }) = barred else { panic!("{barred:?}") };
        assert!(at.contains("10.0.0.5") && allow == "10.0.0.5:8443", "{at} {allow}");
        let plain = check(&[], "http://127.0.0.1:9").await;
        assert!(matches!(plain, Some(HostTrouble::Barred { .. })), "{plain:?}");
        assert_eq!(check(&["127.0.0.1:9"], "http://127.0.0.1:9").await, None);
        // Nothing listens there, and it is allowed.
        let silent = check(&["127.0.0.1:9"], "https://127.0.0.1:9").await;
        assert!(matches!(silent, Some(HostTrouble::Silent { .. })), "{silent:?}");
    }
}
