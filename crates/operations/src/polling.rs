//! Which source actions want their branch to be looked at, and what the first look means.

use domain::connection::{HookState, Looks, Vain};
use domain::forge_event::GitRef;
use domain::pipeline::ActionDeclaration;
use domain::{CommitSha, HookId};
use store::{Changes, HeadRow, HookRow, View, Want, WebhookRow};

use crate::refusal::Refused;
use crate::turn::{Now, Turn};

/// Whether a source action that brings a token of its own is polled: as `PollForSourceChanges` says,
/// and where that says nothing, unless a webhook tells of it.
pub fn wants_looks(action: &ActionDeclaration, webhooks: &[WebhookRow]) -> bool {
    let is_told = || webhooks.iter().any(|webhook| webhook.action == action.name);
    action.brings_token() && engine::polls(action).unwrap_or_else(|| !is_told())
}

/// What is said of a source that is told of pushes and looks for them all the same.
pub fn warning(action: &ActionDeclaration, webhooks: &[&WebhookRow]) -> Option<String> {
    let told = webhooks.iter().find(|webhook| webhook.action == action.name)?;
    let polls = action.brings_token() && engine::polls(action) == Some(true);
    polls.then(|| {
        format!(
            "The source action {} is polled though the webhook {} tells of its pushes: set its \
             PollForSourceChanges to false.",
            action.name, told.name
        )
    })
}

/// Where a branch is when it is looked at for the first time: what comes after is a push.
pub struct FirstLook {
    /// The hook that stands for the repository.
    pub hook: HookId,
    /// The branch.
    pub branch: GitRef,
    /// What it points at; `None` where it is not there.
    pub points_at: Option<CommitSha>,
}

impl FirstLook {
    fn head(&self, hook: &HookRow) -> store::Key {
        HeadRow::at(&hook.account, &hook.connection, &hook.repository, &self.branch.full())
    }
}

impl Turn for FirstLook {
    type Answer = ();

    fn wants(&self, seen: &View) -> Vec<Want> {
        let hook = HookRow::at(&self.hook);
        let head = seen.known::<HookRow>(hook.clone()).map(|hook| self.head(hook).into());
        [Want::from(hook)].into_iter().chain(head).collect()
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, ()), Refused> {
        let mut changes = Changes::of_loop();
        let hook = seen.row::<HookRow>(HookRow::at(&self.hook));
        let Some(hook) = hook.filter(|hook| hook.heads_known.is_none()) else {
            return Ok((changes, ()));
        };
        changes.put(seen, HookRow { heads_known: Some(now.at), ..hook.clone() });
        // A delivery that came before has said where it is, or another pipeline of this name had.
        let known = seen.row::<HeadRow>(self.head(hook));
        if known.is_none_or(|known| known.sha != self.points_at) {
            changes.put(
                seen,
                HeadRow {
                    account: hook.account.clone(),
                    connection: hook.connection.clone(),
                    repository: hook.repository.clone(),
                    ref_name: self.branch.full(),
                    sha: self.points_at.clone(),
                    updated: now.at,
                    merged: None,
                },
            );
        }
        Ok((changes, ()))
    }
}

/// What a look at a polled branch came to.
pub struct Looked {
    /// The hook that stands for the repository.
    pub hook: HookId,
    /// From one look to the next.
    pub every_seconds: u32,
    /// Why nothing was seen; `None` where the branch was.
    pub vain: Option<(Vain, String)>,
}

impl Looked {
    /// Whether it is worth remembering: another look in vain, or the end of such looks.
    pub fn is_news(&self, hook: &HookRow) -> bool {
        let well = Looks { every_seconds: self.every_seconds, missed: None };
        let is_known = self.vain.is_none() && hook.looks.as_ref() == Some(&well);
        hook.state == HookState::Polled && !is_known
    }
}

impl Turn for Looked {
    type Answer = ();

    fn wants(&self, _: &View) -> Vec<Want> {
        vec![HookRow::at(&self.hook).into()]
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, ()), Refused> {
        let mut changes = Changes::of_loop();
        let hook = seen.row::<HookRow>(HookRow::at(&self.hook));
        if let Some(hook) = hook.filter(|hook| self.is_news(hook)) {
            let (before, vain) = (hook.looks.as_ref(), self.vain.clone());
            let looks = Some(Looks::and(before, self.every_seconds, vain, now.at));
            changes.put(seen, HookRow { looks, ..hook.clone() });
        }
        Ok((changes, ()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Timestamp;
    use domain::webhook::WebhookAuthentication;
    use serde_json::json;

    #[test]
    fn an_older_action_is_polled_unless_it_says_no_or_a_webhook_tells_of_it() {
        fn check(setting: Option<&str>, told: Option<&str>, expect: bool) {
            let mut configuration = json!({"Owner": "o", "Repo": "r", "Branch": "main"});
            if let Some(setting) = setting {
                configuration["PollForSourceChanges"] = json!(setting);
            }
            let action = json!({"name": "Fetch", "configuration": configuration, "actionTypeId": {
                "category": "Source", "owner": "ThirdParty", "provider": "GitHub", "version": "1",
            }});
            let action = serde_json::from_value(action).expect("an action");
            let webhook = |action: &str| WebhookRow {
                account: "000000000000".into(),
                name: "w".to_owned(),
                hook: "h".into(),
                pipeline: "p".into(),
                created: Timestamp(0),
                action: action.into(),
                filters: Vec::new(),
                authentication: WebhookAuthentication::GithubHmac,
                last_triggered: None,
                tags: Default::default(),
            };
            let webhooks: Vec<_> = told.into_iter().map(webhook).collect();
            assert_eq!(wants_looks(&action, &webhooks), expect, "{setting:?} {told:?}");
        }
        check(None, None, true);
        check(Some("true"), None, true);
        check(Some("false"), None, false);
        check(None, Some("Fetch"), false);
        check(None, Some("Other"), true);
        check(Some("true"), Some("Fetch"), true);
        check(Some("false"), Some("Fetch"), false);
    }
}
