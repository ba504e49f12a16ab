//! What happens at the forge: pushes that are told, and deliveries that somebody else sends.

use aws_lc_rs::hmac;
use domain::clock::SystemEntropy;
use domain::{CommitSha, Entropy};
use egress::{Method, Request, Response};
use practice_forge::{Delivery, Kind, NewCommit, NewPullRequest};
use serde_json::Value;
use store::{HookRow, Place};

use crate::world::World;

/// The repository of every story.
pub const REPOSITORY: &str = "practice/app";

/// What is changed in a delivery that is sent once more.
#[derive(Clone, Copy, Debug, Default)]
pub struct Replay {
    /// Under an id of its own.
    pub fresh_id: bool,
}

impl World {
    /// Commits on a branch, pushes it, and waits until the hooks were told; gives the commit.
    pub async fn commit(&self, branch: &str, files: &[(&str, &str)]) -> CommitSha {
        let told = self.pushes_told();
        let commit = NewCommit { branch, message: "A change", files };
        let commit = self.forge.push_commit(REPOSITORY, commit).await.expect("git push");
        self.told_of(told + self.listening().await).await;
        commit
    }

    /// Pushes what a refspec says, and waits until the hooks were told.
    pub async fn push_ref(&self, refspec: &str) {
        let told = self.pushes_told();
        self.forge.push_ref(REPOSITORY, refspec).await.expect("git push");
        self.told_of(told + self.listening().await).await;
    }

    /// Pushes a tag, and waits until the hooks were told.
    pub async fn push_tag(&self, tag: &str, commit: &CommitSha, words: Option<&str>) {
        let told = self.pushes_told();
        self.forge.push_tag(REPOSITORY, tag, commit, words).await.expect("git push");
        self.told_of(told + self.listening().await).await;
    }

    /// Hooks of the repository, and Apps that are installed on it.
    async fn listening(&self) -> usize {
        self.hooks_at_forge().await.len() + self.forge.apps_listening(REPOSITORY)
    }

    /// Pushes that the forge has told of so far.
    pub fn pushes_told(&self) -> usize {
        self.forge.deliveries().iter().filter(|it| tells_of_refs(&it.event)).count()
    }

    /// Waits until the forge has told of this many pushes.
    pub async fn told_of(&self, pushes: usize) {
        while self.pushes_told() < pushes {
            self.forge.delivered(self.forge.deliveries().len() + 1).await;
        }
    }

    /// Opens a pull request to `main` from another branch, and waits until the hooks were told;
    /// gives its number.
    pub async fn open_pull_request(&self, source: &str) -> u64 {
        let new = NewPullRequest {
            repository: REPOSITORY,
            target: "main",
            source_repository: REPOSITORY,
            source,
            title: "Turn the wheel",
        };
        let told = self.told("pull_request");
        let number = self.forge.open_pull_request(new).await.expect("it is opened");
        self.until_told("pull_request", told + 1).await;
        number
    }

    /// Events of this kind that the forge has told of so far.
    pub fn told(&self, event: &str) -> usize {
        self.forge.deliveries().iter().filter(|it| it.event == event).count()
    }

    /// Waits until the forge has told of this many.
    pub async fn until_told(&self, event: &str, count: usize) {
        while self.told(event) < count {
            self.forge.delivered(self.forge.deliveries().len() + 1).await;
        }
    }

    /// The hooks that the repository has at the forge, as its API shows them.
    pub async fn hooks_at_forge(&self) -> Vec<Value> {
        let path = match self.forge.kind() {
            Kind::GitHub => format!("repos/{REPOSITORY}/hooks"),
            Kind::GitLab => format!("projects/{}/hooks", REPOSITORY.replace('/', "%2F")),
            Kind::Bitbucket => format!("repositories/{REPOSITORY}/hooks"),
            Kind::BitbucketServer => {
                let (project, name) = REPOSITORY.split_once('/').expect("a project's repository");
                format!("projects/{project}/repos/{name}/webhooks")
            }
        };
        let path = format!("{}/{path}", self.forge.kind().api_path());
        let url = self.forge.base_url().join(&path).expect("a path");
        let token = self.forge.personal_token();
        let asked = Request::new(Method::GET, url).authorization("Bearer", &token);
        let answer = self.caller.send(asked).await;
        let answer: Value = serde_json::from_slice(&answer.body).expect("an answer");
        let list = answer.get("values").unwrap_or(&answer);
        list.as_array().unwrap_or_else(|| panic!("no list of hooks: {answer}")).clone()
    }

    /// The last push that the forge told of, as it was sent.
    pub fn last_push(&self) -> Delivery {
        let sent = self.forge.deliveries();
        sent.into_iter().rfind(|it| tells_of_refs(&it.event)).expect("a push was told of")
    }

    /// Sends a delivery of the forge's once more, as anyone who recorded it could.
    pub async fn replay(&self, delivery: &Delivery, how: Replay) -> Response {
        let mut headers = delivery.headers.clone();
        if how.fresh_id {
            let id = headers.iter_mut().find(|(name, _)| name == "X-GitHub-Delivery");
            id.expect("a delivery has an id").1 = SystemEntropy.uuid();
        }
        let path = egress::Url::parse(&delivery.url).expect("a URL").path().to_owned();
        self.caller.post(&path, &headers, delivery.body.clone().into_bytes()).await
    }

    /// The one hook of the story.
    pub async fn hook(&self) -> HookRow {
        let mut hooks = self.hooks().await;
        assert_eq!(hooks.len(), 1, "the story has one hook");
        hooks.remove(0)
    }

    /// Sends bytes to the hook, signed with its secret as the forge would sign them.
    pub async fn deliver(&self, event: &str, body: &[u8]) -> Response {
        let sealed = self.hook().await.sealed_secret;
        self.deliver_signed(event, body, &sealed).await
    }

    /// The same, signed with a secret as it was sealed for the hook.
    pub async fn deliver_signed(&self, event: &str, body: &[u8], sealed: &[u8]) -> Response {
        let hook = self.hook().await;
        let place = Place::of_hook(&hook.account, &hook.id);
        let secret = self.shared().vault.unseal(&place, sealed).expect("it opens");
        let signature = sign(secret.expose(), body);
        let headers = delivery_headers(event, Some(&signature));
        self.caller.post(&format!("/hooks/{}", hook.id), &headers, body.to_vec()).await
    }
}

/// Whether an event is of branches or tags, in any forge's name for that.
pub(crate) fn tells_of_refs(event: &str) -> bool {
    let events = ["push", "Push Hook", "Tag Push Hook", "repo:push", "repo:refs_changed"];
    events.contains(&event)
}

/// The headers of a delivery of GitHub's.
pub(crate) fn delivery_headers(event: &str, signature: Option<&str>) -> Vec<(String, String)> {
    let mut headers = vec![
        ("content-type".to_owned(), "application/json".to_owned()),
        ("x-github-event".to_owned(), event.to_owned()),
        ("x-github-delivery".to_owned(), SystemEntropy.uuid()),
    ];
    headers.extend(signature.map(|it| ("x-hub-signature-256".to_owned(), it.to_owned())));
    headers
}

fn sign(secret: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    format!("sha256={}", hex::encode(hmac::sign(&key, body)))
}
