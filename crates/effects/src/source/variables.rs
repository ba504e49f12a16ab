//! The output variables of a source action, all from git.

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::forge_event::{CommitInfo, GitRef, RefKind};
use domain::fork::Code;
use domain::revision::{SourceRevision, Trigger};
use engine::StartAction;

use super::Fetching;
use crate::limits::MESSAGE_BYTES_MAX;

impl Fetching<'_> {
    /// Those of the action that is to be performed.
    pub(super) fn variables(&self, revision: &SourceRevision) -> BTreeMap<String, String> {
        if self.start.work.action_type.is_older_github() {
            return older(revision);
        }
        let mut variables = self.of_connection(revision);
        variables.extend(of_pull_request(self.start));
        variables
    }

    /// Those of CodeStarSourceConnection, documented and seen (aws.md §3). git knows no accounts, so
    /// `AuthorId` is the author's name, as in AWS's own example.
    fn of_connection(&self, revision: &SourceRevision) -> BTreeMap<String, String> {
        let info = &revision.info;
        let mut variables = named([
            ("AuthorDate", date(info.authored_at)),
            ("CommitId", revision.commit.to_string()),
            ("CommitMessage", message(info)),
            ("ConnectionArn", revision.connection.to_string()),
            ("FullRepositoryName", revision.repository.to_string()),
            ("AuthorDisplayName", info.author_name.clone()),
            ("AuthorEmail", info.author_email.clone()),
            ("AuthorId", info.author_name.clone()),
            ("CommitterDate", date(info.committed_at)),
            ("ProviderType", self.access.connection.provider.as_str().to_owned()),
        ]);
        // A tag is on no branch: then it is the one that the action tracks, which is what is documented.
        // A fork's branch is none of ours, whatever it is called.
        let branch = match &revision.git_ref {
            Some(GitRef { kind: RefKind::Branch | RefKind::PullRequest, name }) => Some(&**name),
            Some(GitRef { kind: RefKind::Tag, name }) => {
                variables.insert("TagName".to_owned(), name.clone());
                self.start.work.tracked_branch()
            }
            None => None,
        };
        variables.extend(branch.map(|branch| ("BranchName".to_owned(), branch.to_owned())));
        variables
    }
}

/// Those of `ThirdParty/GitHub` (aws.md §4).
fn older(revision: &SourceRevision) -> BTreeMap<String, String> {
    let name = revision.repository.as_str().rsplit('/').next().unwrap_or_default();
    let branch = revision.git_ref.as_ref().map(|it| it.name.clone());
    named([
        ("AuthorDate", date(revision.info.authored_at)),
        ("BranchName", branch.unwrap_or_default()),
        ("CommitId", revision.commit.to_string()),
        ("CommitMessage", message(&revision.info)),
        ("CommitUrl", revision.url.clone().unwrap_or_default()),
        ("CommitterDate", date(revision.info.committed_at)),
        ("RepositoryName", name.to_owned()),
    ])
}

/// Those that only an execution of a pull request has; `BranchName` is its source branch there, and of
/// one from a fork where the forge shows it (`pull/7/head`).
fn of_pull_request(start: &StartAction) -> BTreeMap<String, String> {
    let Trigger::WebhookV2(push) = &start.trigger else { return BTreeMap::new() };
    let request = push.pull_request.as_ref().filter(|_| push.source_action == start.attempt.action);
    let Some(request) = request else { return BTreeMap::new() };
    let source = match &request.code {
        Code::Own => &push.git_ref.name,
        Code::Fork { branch, .. } => branch,
    };
    named([
        ("PullRequestId", request.number.to_string()),
        ("PullRequestTitle", request.title.clone()),
        ("SourceBranchName", source.clone()),
        ("DestinationBranchName", request.target.clone()),
    ])
}

fn named<const N: usize>(variables: [(&str, String); N]) -> BTreeMap<String, String> {
    variables.map(|(name, value)| (name.to_owned(), value)).into()
}

fn date(at: Option<Timestamp>) -> String {
    at.map(Timestamp::rfc3339).unwrap_or_default()
}

fn message(info: &CommitInfo) -> String {
    let mut message = info.message.clone();
    message.truncate(message.floor_char_boundary(MESSAGE_BYTES_MAX));
    message
}
