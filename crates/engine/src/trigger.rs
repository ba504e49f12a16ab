//! Which news from a forge starts a pipeline: pushes to its sources' own branches, or what the
//! filters of its triggers let in.
//!
//! What a delivery says is `webhooks`'s; whether it is new is decided before this. Which files a
//! change touched is not in the news: where a filter wants to know, the answer is [`Match::NeedsFiles`].

mod filters;
mod own_branch;
mod patterns;
mod pull_request;
mod watch;
mod webhook_filter;

pub(crate) use own_branch::is_pattern;
pub use own_branch::polls;
pub use pull_request::{PullRequestNews, RequestOrigin, pull_request_event, request_ref};
pub use watch::{ReachedBy, Watch, listens_to_requests, watches};
pub use webhook_filter::{FilterError, JsonPath, Looked, filled, look};

use domain::forge_event::{ChangedFiles, GitRef};
use domain::fork::ForkRule;
use domain::pipeline::{ActionDeclaration, PipelineDeclaration};
use domain::reason::{HoldRule, StartRule};
use domain::{ActionName, Arn, ConnectionArn, RepositoryName};

/// What became known of a repository.
#[derive(Clone, Copy, Debug)]
pub struct News<'a> {
    /// By which connection it became known.
    pub connection: &'a ConnectionArn,
    /// In which repository.
    pub repository: &'a RepositoryName,
    /// What it is.
    pub what: What<'a>,
    /// Which files changed, where somebody asked.
    pub files: Option<&'a ChangedFiles>,
}

/// What happened there.
#[derive(Clone, Copy, Debug)]
pub enum What<'a> {
    /// A branch or tag came to be or moved.
    Push(&'a GitRef),
    /// A pull request was opened, got new code or was closed.
    PullRequest(PullRequestNews<'a>),
}

/// Whether news starts a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// It does.
    Start {
        /// The source action that the news is for.
        source_action: ActionName,
        /// The rule that let it in.
        rule: StartRule,
    },
    /// That depends on which files changed.
    NeedsFiles,
    /// It does not.
    Not(HoldRule),
}

/// Why something is not let in, or not yet.
enum Held {
    /// A rule is against it.
    Back(HoldRule),
    /// Which files changed has to be known first.
    ForFiles,
}

impl From<HoldRule> for Held {
    fn from(rule: HoldRule) -> Self {
        Self::Back(rule)
    }
}

/// Whether news starts a pipeline. The first source action that says yes counts; where none
/// does, the first one on this repository says why.
pub fn match_news(declaration: &PipelineDeclaration, news: News<'_>) -> Match {
    let mut hold = None;
    for source in declaration.sources().filter(|source| is_on(declaration, source, news)) {
        match match_source(declaration, source, news) {
            Ok(rule) => return Match::Start { source_action: source.name.clone(), rule },
            Err(Held::ForFiles) => return Match::NeedsFiles,
            Err(Held::Back(rule)) => hold = hold.or(Some(rule)),
        }
    }
    Match::Not(hold.unwrap_or(HoldRule::OtherRepository))
}

/// Case counts in a repository's name, as the action's reference says.
fn is_on(declaration: &PipelineDeclaration, source: &ActionDeclaration, news: News<'_>) -> bool {
    let by_this = || match news.connection.is_source_action() {
        true => declaration.source_id(source).as_deref() == Some(news.connection.id()),
        false => source
            .setting("ConnectionArn")
            .is_some_and(|own| same_connection(&ConnectionArn::new(own), news.connection)),
    };
    source.repository().as_ref() == Some(news.repository) && by_this()
}

/// Whether two ARNs name one connection: under either of the two services' prefixes.
pub fn same_connection(one: &ConnectionArn, other: &ConnectionArn) -> bool {
    let names = |arn: &ConnectionArn| {
        let arn = Arn::parse(arn.as_str())?;
        let known = matches!(arn.service.as_str(), "codestar-connections" | "codeconnections");
        known.then_some((arn.region, arn.account, arn.resource))
    };
    one == other || names(one).is_some_and(|one| Some(one) == names(other))
}

/// Where triggers are declared they alone count: default detection is off then. A source action that
/// brings a token of its own knows of no triggers.
fn match_source(
    declaration: &PipelineDeclaration,
    source: &ActionDeclaration,
    news: News<'_>,
) -> Result<StartRule, Held> {
    if declaration.triggers().is_empty() || source.brings_token() {
        return Ok(own_branch::judge(declaration, source, news.what)?);
    }
    let mut triggers = declaration.triggers().iter().map(|trigger| &trigger.git_configuration);
    match triggers.find(|trigger| trigger.source_action_name == source.name) {
        Some(trigger) => filters::judge(trigger, ForkRule::of(source), news),
        None => Err(HoldRule::NoTrigger { action: source.name.clone() }.into()),
    }
}

#[cfg(test)]
mod tests;
