//! Connections, and the step that is missing where one does not work.

use super::words::{plain, why as reason};
use super::{LoadError, Shelf};
use crate::href::Href;
use crate::limits::CONNECTIONS_SHOWN;
use crate::moment::Moment;
use crate::view::connections::{Connection, Connections, RightLine, Rights};
use crate::view::{Frame, Phrase, Status, Tone, Why};
use domain::Timestamp;
use domain::connection::{ConnectionStatus, Missing, ProviderType};
use domain::reason::Reason;
use operations::health::{asked, hook_gap};
use operations::refused_deliveries::{is_amiss, of_connection, of_hook};
use operations::statuses;
use serde_json::Value;
use std::collections::BTreeMap;
use store::{
    ConnectionRow, DeliveryRow, HookRow, HostRow, RefusedDeliveryRow, RefusedStatusRow, Throttle,
};

impl Shelf<'_> {
    /// All connections by name.
    pub async fn connections(&self, frame: Frame) -> Result<Connections, LoadError> {
        let hosts = HostRow::of_account(self.account, "", CONNECTIONS_SHOWN);
        let hosts: Vec<HostRow> = self.store.list(hosts).await?;
        let hosts: BTreeMap<_, _> = hosts.into_iter().map(|row| (row.arn, row.endpoint)).collect();
        let rows = ConnectionRow::of_account(self.account, "", CONNECTIONS_SHOWN);
        let mut rows: Vec<ConnectionRow> = self.store.list(rows).await?;
        rows.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        let host = |row: &ConnectionRow| hosts.get(row.host_arn.as_ref()?).cloned();
        let hooks = rows
            .iter()
            .map(|row| HookRow::of_connection(self.account, &row.arn, CONNECTIONS_SHOWN));
        let hooks: Vec<Vec<HookRow>> = self.lists(hooks.collect()).await?;
        let refused = rows.iter().map(|row| of_connection(self.account, &row.arn));
        let refused: Vec<Vec<RefusedDeliveryRow>> = self.lists(refused.collect()).await?;
        let refused = self.amiss(refused.concat()).await?;
        let gaps = hooks.iter().map(|hooks| gaps(hooks, &refused));
        let statuses = rows.iter().map(|row| statuses::of_connection(self.account, &row.arn));
        let statuses: Vec<Vec<RefusedStatusRow>> = self.lists(statuses.collect()).await?;
        let connections = rows.iter().zip(&hooks).zip(gaps).zip(&statuses);
        let connections = connections
            .map(|(((row, hooks), gaps), statuses)| Connection {
                statuses: statuses.iter().map(status_refused).collect(),
                ..connection(row, (hooks, gaps), host(row), self.at)
            })
            .collect();
        Ok(Connections { frame, connections, outcome: None })
    }

    /// The refused deliveries that say that something is amiss with their hooks.
    async fn amiss(
        &self,
        mut rows: Vec<RefusedDeliveryRow>,
    ) -> Result<Vec<RefusedDeliveryRow>, LoadError> {
        let newest = rows.iter().map(|row| DeliveryRow::newest_of_hook(&row.hook));
        let newest: Vec<Vec<DeliveryRow>> = self.lists(newest.collect()).await?;
        let mut newest = newest.iter().map(|rows| rows.first());
        rows.retain(|row| is_amiss(row, newest.next().flatten(), self.at));
        Ok(rows)
    }
}

/// What is not as it should be with a connection's hooks.
fn gaps(hooks: &[HookRow], refused: &[RefusedDeliveryRow]) -> Vec<Why> {
    let refused: Vec<_> = refused.iter().collect();
    let gap = |hook: &HookRow| hook_gap(hook, of_hook(&hook.id, &refused));
    hooks.iter().filter_map(gap).map(|gap| reason(Reason::Hook(&gap))).collect()
}

fn connection(
    row: &ConnectionRow,
    (hooks, gaps): (&[HookRow], Vec<Why>),
    host: Option<String>,
    at: Timestamp,
) -> Connection {
    let missing = row.status.missing();
    let works = row.status == ConnectionStatus::Available;
    let finishable = missing.is_some_and(Missing::is_finished_by_connecting);
    Connection {
        name: row.name.clone(),
        arn: row.arn.to_string(),
        provider: provider(row.provider).to_owned(),
        host,
        status: status(row.status),
        missing: missing.map(why),
        throttled: row.throttled_at(at).map(throttled),
        hooks: gaps,
        statuses: Vec::new(),
        asked: asked(hooks).map(|at| Moment(at).short()),
        login: row.login.clone(),
        finish: (finishable || works).then(|| Href::inside(&["connections", "finish"])),
        test: works.then(|| test(row.arn.as_str())),
    }
}

/// The page on which a connection is tested.
fn test(arn: &str) -> Href {
    Href::inside(&["connections", "test"]).with("connection", arn)
}

/// What `TestConnection` answered, for people.
pub fn rights(output: &Value) -> Rights {
    let right = |what: &str, member: &str| {
        let (tone, word) = match output[member]["verdict"].as_str() {
            Some("given") => (Tone::Succeeded, "Yes"),
            Some("refused") => (Tone::Failed, "No"),
            _ => (Tone::Idle, "The forge does not say before it is tried"),
        };
        let code = output[member]["verdict"].as_str().unwrap_or("unsaid").to_owned();
        let why = output[member]["why"].as_str().map(str::to_owned);
        RightLine {
            what: what.to_owned(),
            status: Status { tone, code, word: word.to_owned() },
            why,
        }
    };
    let scopes = output["missingScopes"].as_array().into_iter().flatten();
    Rights {
        login: output["login"].as_str().map(str::to_owned),
        rights: vec![
            right("Read, by git too", "read"),
            right("Webhooks", "hooks"),
            right("Commit statuses", "statuses"),
        ],
        missing_scopes: scopes.filter_map(|it| it.as_str().map(str::to_owned)).collect(),
    }
}

fn status(status: ConnectionStatus) -> Status {
    let (tone, word) = match status {
        ConnectionStatus::Pending(_) => (Tone::Waiting, "Pending"),
        ConnectionStatus::Available => (Tone::Succeeded, "Available"),
        ConnectionStatus::Error(_) => (Tone::Failed, "Error"),
    };
    Status { tone, code: status.as_str().to_owned(), word: word.to_owned() }
}

fn why(missing: Missing) -> Why {
    let code = match missing {
        Missing::ClientRegistration => "client-registration",
        Missing::PublicUrl => "public-url",
        Missing::HostAddress => "host-address",
        Missing::HostCertificate => "host-certificate",
        Missing::Authorisation => "authorisation",
        Missing::Refused(_) => "refused",
        Missing::Scopes => "scopes",
        Missing::AuthorisationAgain(_) => "authorisation-again",
        Missing::Installation => "installation",
        Missing::InstallationApproval => "installation-approval",
        Missing::InstallationAgain(_) => "installation-again",
        Missing::OAuthToken(_) => "oauth-token",
    };
    plain(code, quoted(&capitalised(missing.sentence())))
}

fn throttled(throttle: &Throttle) -> Why {
    let Throttle { host, until, why } = throttle;
    let sentence =
        format!("Throttled until {}: {host} is not asked, because {why}.", Moment(*until).short());
    plain("throttled", vec![Phrase::plain(sentence)])
}

fn status_refused(row: &RefusedStatusRow) -> Why {
    let sentence = format!("{} ({}).", statuses::sentence(row), Moment(row.at).short());
    plain("status-refused", quoted(&capitalised(&sentence)))
}

/// What stands between back-ticks is code.
fn quoted(text: &str) -> Vec<Phrase> {
    let phrase = |(index, text): (usize, &str)| match index % 2 {
        0 => Phrase::plain(text),
        _ => Phrase::code(text),
    };
    text.split('`').enumerate().filter(|(_, text)| !text.is_empty()).map(phrase).collect()
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// A forge's name as people write it.
pub fn provider(provider: ProviderType) -> &'static str {
    match provider {
        ProviderType::GitHub => "GitHub",
        ProviderType::GitHubEnterpriseServer => "GitHub Enterprise Server",
        ProviderType::GitLab => "GitLab",
        ProviderType::GitLabSelfManaged => "GitLab self-managed",
        ProviderType::Bitbucket => "Bitbucket",
        ProviderType::BitbucketServer => "Bitbucket Server",
        ProviderType::AzureDevOps => "Azure DevOps",
    }
}

/// The host and port of an address, for people.
pub fn host_of(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_works_says_for_whom_and_can_be_authorised_again() {
        let row = ConnectionRow {
            account: "000000000000".into(),
            id: "1".into(),
            arn: "arn:aws:codeconnections:us-east-1:000000000000:connection/1".into(),
            name: "forge".into(),
            provider: ProviderType::GitHub,
            host_arn: None,
            created: Timestamp(0),
            status: ConnectionStatus::Available,
            login: Some("ada".into()),
            tags: Default::default(),
            throttled: None,
            installation: None,
            installed_in: None,
            installation_seen: None,
            left: None,
        };
        let shown = connection(&row, (&[], Vec::new()), None, Timestamp(0));
        assert_eq!(shown.login.as_deref(), Some("ada"));
        assert!(shown.finish.is_some() && shown.test.is_some());
        let unregistered = ConnectionStatus::Pending(Missing::ClientRegistration);
        let row = ConnectionRow { status: unregistered, login: None, ..row };
        assert!(connection(&row, (&[], Vec::new()), None, Timestamp(0)).finish.is_none());
    }

    #[test]
    fn what_is_missing_names_the_command() {
        let why = why(Missing::ClientRegistration);
        assert_eq!(why.code, "client-registration");
        assert!(why.sentence.contains(&Phrase::code("towpath forges register")));
        assert!(matches!(&why.sentence[0], Phrase::Plain { text } if text.starts_with("No OAuth")));
    }
}
