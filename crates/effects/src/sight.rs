//! A look at what a forge has of a hook: whether it is as it should be, and which deliveries
//! never came.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use domain::{RepositoryName, Timestamp};
use egress::Url;
use forges::github::{Installation, Purpose};
use forges::{Deliveries, Delivery, Hook, RepositoryInfo};
use store::{DeliveryRow, HookRow, RegistrationRow};

use crate::access::github;
use crate::hooks::{find, ours, replaced};
use crate::limits::{DELIVERY_SECONDS_MAX, REDELIVERIES_MAX};
use crate::perform::Performer;
use crate::reached::by_endpoint;

/// What a look showed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sight {
    /// What is wrong with the hook.
    pub flaw: Option<Flaw>,
    /// Deliveries that should be asked for again.
    pub lost: Vec<Lost>,
}

/// A delivery that never came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The forge's id of it, to ask with.
    pub id: String,
    /// The id that it keeps when it is sent again.
    pub guid: String,
}

/// How a forge's hook differs from what is wanted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// Somebody removed it.
    #[error("the forge has no such hook")]
    Missing,
    /// Somebody or the forge switched it off.
    #[error("it is switched off")]
    Inactive,
    /// Somebody edited it.
    #[error("it does not tell of {0}")]
    Events(String),
    /// Somebody edited it, or this server is at another address now.
    #[error("it delivers to another address")]
    Address,
    /// It was registered more than once.
    #[error("there are {0} too many")]
    Surplus(usize),
    /// What nobody wants any more is still there.
    #[error("there is one of a pipeline that is gone")]
    Stray,
    /// Its deliveries were signed once.
    #[error("its deliveries are not signed any more")]
    Unsigned,
    /// The repository has another name.
    #[error("the repository is called {0} now")]
    Renamed(RepositoryName),
    /// The name is another repository's.
    #[error("{0}")]
    Replaced(String),
}

/// Compares what is wanted of a hook with what the forge has.
fn judge(
    hook: &HookRow,
    url: &Url,
    events: &[&str],
    repository: &RepositoryInfo,
    listed: &[Hook],
) -> Option<Flaw> {
    let of_repository = judge_repository(hook, repository);
    if of_repository.is_some() {
        return of_repository;
    }
    let found = ours(hook, url, listed);
    let Some(first) = found.first() else { return Some(Flaw::Missing) };
    let lacking: Vec<_> = events
        .iter()
        .filter(|event| !first.events.iter().any(|it| it == *event))
        .copied()
        .collect();
    match first {
        _ if found.len() > 1 => Some(Flaw::Surplus(found.len() - 1)),
        it if it.url != url.as_str() => Some(Flaw::Address),
        it if !it.active => Some(Flaw::Inactive),
        _ if !lacking.is_empty() => Some(Flaw::Events(lacking.join(", "))),
        it if !it.signs && hook.signs == Some(true) => Some(Flaw::Unsigned),
        _ => None,
    }
}

/// Whether the repository is the one that is meant, by the name that we know.
fn judge_repository(hook: &HookRow, repository: &RepositoryInfo) -> Option<Flaw> {
    if let Some(trouble) = replaced(hook, repository) {
        return Some(Flaw::Replaced(trouble));
    }
    let moved = repository.name != *hook.present_name();
    moved.then(|| Flaw::Renamed(repository.name.clone()))
}

/// Of what a forge says it delivered, what never came and was not sent again either. What it calls
/// taken and nobody here has seen was taken by something in between.
fn lost(listed: &[Delivery], seen: &BTreeSet<String>, at: Timestamp) -> Vec<Lost> {
    let mut attempts: BTreeMap<&str, Vec<&Delivery>> = BTreeMap::new();
    for delivery in listed {
        let Some(guid) = delivery.guid.as_deref() else { continue };
        attempts.entry(guid).or_default().push(delivery);
    }
    let on_its_way =
        |it: &Delivery| it.at.is_some_and(|sent| at < sent.plus_seconds(DELIVERY_SECONDS_MAX));
    // The first try may lie before what was listed.
    let was_repeated = |tries: &[&Delivery]| tries.len() > 1 || tries[0].again;
    let is_lost = |(guid, tries): &(&str, Vec<&Delivery>)| {
        !seen.contains(*guid) && !was_repeated(tries) && !on_its_way(tries[0])
    };
    let mut lost: Vec<_> = attempts.into_iter().filter(is_lost).collect();
    lost.sort_by_key(|(_, tries)| tries[0].at);
    let lost = lost.into_iter().take(REDELIVERIES_MAX);
    lost.map(|(guid, tries)| Lost { id: tries[0].id.clone(), guid: guid.to_owned() }).collect()
}

impl Performer {
    /// Looks at a registered hook and at what the forge delivered to it since a moment.
    ///
    /// # Errors
    /// The connection cannot be used, or the forge does not answer.
    pub async fn look_at_hook(
        &self,
        hook: &HookRow,
        since: Timestamp,
        at: Timestamp,
    ) -> anyhow::Result<Sight> {
        let access =
            self.open(&hook.account, &hook.connection, &hook.repository, Purpose::Read).await?;
        let repository = find(&access, hook).await?;
        if access.is_installed() {
            // The App's one hook is looked at once, for all repositories.
            return Ok(Sight { flaw: judge_repository(hook, &repository), lost: Vec::new() });
        }
        let (forge, to_it) = (&access.forge, access.to(&repository.name));
        let listed = forge.hooks(to_it).await?;
        let url = self.hook_url(&hook.id)?;
        let mut flaw = judge(hook, &url, forge.hook_events(), &repository, &listed);
        for it in &listed {
            if flaw.is_none() && self.is_stray(it).await? {
                flaw = Some(Flaw::Stray);
            }
        }
        let (None, Some(id)) = (&flaw, &hook.forge_hook_id) else {
            return Ok(Sight { flaw, lost: Vec::new() });
        };
        let delivered = forge.deliveries(to_it, id, since).await?;
        let Deliveries::Listed(delivered) = delivered else { return Ok(Sight::default()) };
        let seen = self.seen(hook, &delivered).await?;
        Ok(Sight { flaw, lost: lost(&delivered, &seen, at) })
    }

    /// Looks at an App: where it is installed, and what its one hook was not told since a moment,
    /// which is asked for again. The forge lists that as one more try, so that nobody asks twice.
    ///
    /// # Errors
    /// The App's key is of no use, or the forge does not answer.
    pub async fn look_at_app(
        &self,
        registration: &RegistrationRow,
        (since, at): (Timestamp, Timestamp),
    ) -> anyhow::Result<Vec<Installation>> {
        let endpoint = (registration.provider, &*registration.endpoint);
        let client =
            by_endpoint((&self.store, &self.vault), &self.client, &registration.account, endpoint)
                .await?;
        let driver = github(registration.provider, &registration.endpoint, &client);
        let driver = driver.context("only GitHub has Apps")?;
        let app = self.app(registration)?;
        let installations = driver.installations(&app, at).await?;
        if let Deliveries::Listed(listed) = driver.app_deliveries(&app, since, at).await? {
            // What became of installations was seen just now: their old news could only undo that.
            let is_wanted = |it: &&Delivery| !it.was_taken() && it.event != "installation";
            let untaken: Vec<_> = listed.iter().filter(is_wanted).cloned().collect();
            let answered = listed.iter().filter(|it| it.was_taken());
            let answered = answered.filter_map(|it| it.guid.clone()).collect();
            for lost in lost(&untaken, &answered, at) {
                tracing::info!(delivery = lost.guid, "a delivery of an App is asked for again");
                driver.app_redeliver(&app, &lost.id, at).await?;
            }
        }
        Ok(installations)
    }

    /// Which of these deliveries came.
    async fn seen(
        &self,
        hook: &HookRow,
        delivered: &[Delivery],
    ) -> Result<BTreeSet<String>, store::Error> {
        let mut seen = BTreeSet::new();
        for guid in delivered.iter().filter_map(|it| it.guid.as_ref()) {
            let came = DeliveryRow::first_by_forge_id(&hook.id, guid);
            if !self.store.list::<DeliveryRow>(came).await?.is_empty() {
                seen.insert(guid.clone());
            }
        }
        Ok(seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::connection::{HookState, ProviderType};
    use store::NewHook;

    const URL: &str = "https://ci.example/hooks/one";

    fn row() -> HookRow {
        let new = NewHook {
            id: "one".into(),
            account: "000000000000".into(),
            connection: "arn".into(),
            repository: "ada/engine".into(),
            provider: ProviderType::GitHub,
            sealed_secret: Vec::new(),
            state: HookState::Registered,
        };
        HookRow {
            forge_hook_id: Some("7".to_owned()),
            repository_id: Some("1".to_owned()),
            signs: Some(true),
            ..new.into()
        }
    }

    fn hook(id: &str) -> Hook {
        let events = vec!["push".to_owned(), "pull_request".to_owned(), "star".to_owned()];
        Hook { id: id.to_owned(), url: URL.to_owned(), active: true, events, signs: true }
    }

    fn repository(id: &str, name: &str) -> RepositoryInfo {
        RepositoryInfo {
            id: id.to_owned(),
            name: name.into(),
            default_branch: "main".to_owned(),
            private: true,
            may_administer: None,
            may_report: None,
        }
    }

    #[test]
    fn a_hook_is_held_against_what_is_wanted() {
        fn check(listed: &[Hook], expect: Option<Flaw>) {
            let url = Url::parse(URL).expect("a URL");
            let found = repository("1", "ada/engine");
            let flaw = judge(&row(), &url, &["push", "pull_request"], &found, listed);
            assert_eq!(flaw, expect, "{listed:?}");
        }
        let other = Hook { url: "https://else.example/".to_owned(), ..hook("1") };
        check(&[hook("7")], None);
        check(&[other.clone(), hook("7")], None);
        check(&[other], Some(Flaw::Missing));
        // Somebody made it anew by hand: it is ours by its URL.
        check(&[hook("8")], None);
        check(&[hook("6"), hook("7")], Some(Flaw::Surplus(1)));
        check(&[Hook { active: false, ..hook("7") }], Some(Flaw::Inactive));
        let moved = Hook { url: "https://old.example/hooks/one".to_owned(), ..hook("7") };
        check(&[moved], Some(Flaw::Address));
        let deaf = Hook { events: vec!["push".to_owned()], ..hook("7") };
        check(&[deaf], Some(Flaw::Events("pull_request".to_owned())));
        check(&[Hook { signs: false, ..hook("7") }], Some(Flaw::Unsigned));
    }

    #[test]
    fn a_repository_is_known_by_its_id() {
        let url = Url::parse(URL).expect("a URL");
        let judged = |found| judge(&row(), &url, &["push"], &found, &[hook("7")]);
        assert_eq!(
            judged(repository("1", "ada/difference")),
            Some(Flaw::Renamed("ada/difference".into()))
        );
        assert!(matches!(judged(repository("2", "ada/engine")), Some(Flaw::Replaced(_))));
    }

    #[test]
    fn what_never_came_is_asked_for_once() {
        let sent = |id: &str, guid: &str, status| Delivery {
            id: id.to_owned(),
            guid: Some(guid.to_owned()),
            event: "push".to_owned(),
            at: Some(Timestamp(0)),
            again: false,
            status,
        };
        let check = |listed: &[Delivery], seen: &[&str], at: Timestamp, expect: &[&str]| {
            let seen = seen.iter().map(|it| (*it).to_owned()).collect();
            let ids: Vec<_> = lost(listed, &seen, at).into_iter().map(|it| it.id).collect();
            assert_eq!(ids, expect, "{listed:?}");
        };
        let later = Timestamp(0).plus_seconds(DELIVERY_SECONDS_MAX);
        check(&[sent("1", "a", Some(500))], &[], later, &["1"]);
        check(&[sent("1", "a", None)], &[], later, &["1"]);
        // It came, and only our answer was lost.
        check(&[sent("1", "a", None)], &["a"], later, &[]);
        // Something in between took it.
        check(&[sent("1", "a", Some(200))], &[], later, &["1"]);
        check(&[sent("1", "a", Some(200))], &["a"], later, &[]);
        // It was asked for already.
        check(&[sent("2", "a", Some(500)), sent("1", "a", Some(500))], &[], later, &[]);
        check(&[Delivery { again: true, ..sent("2", "a", Some(500)) }], &[], later, &[]);
        check(&[sent("1", "a", None)], &[], Timestamp(1), &[]);
        let early = Delivery { at: Some(Timestamp(-1)), ..sent("2", "b", None) };
        check(&[sent("1", "a", None), early], &[], later, &["2", "1"]);
        let many: Vec<_> = (0..50).map(|it| sent(&it.to_string(), &it.to_string(), None)).collect();
        assert_eq!(lost(&many, &BTreeSet::new(), later).len(), REDELIVERIES_MAX);
    }
}
