//! A sentence in spans, so that a page can make links of the things it names.

use crate::forge_event::{GitRef, Subject};
use crate::{
    ActionName, ArtifactName, CommitSha, DeliveryId, ExecutionId, HolderId, PipelineName,
    RepositoryName, StageName, Timestamp,
};
use std::borrow::Cow;
use std::fmt;

macro_rules! spans_of {
    ($($(#[$doc:meta])* $name:ident($kind:ty),)*) => {
        /// A piece of a sentence.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Span {
            /// Plain words.
            Text(Cow<'static, str>),
            /// What somebody wrote, or a name that leads nowhere; shown as it stands.
            Quoted(String),
            /// A moment.
            Time(Timestamp),
            $($(#[$doc])* $name($kind),)*
        }

        impl fmt::Display for Span {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    Self::Text(text) => f.write_str(text),
                    Self::Quoted(text) => f.write_str(text),
                    Self::Time(at) => f.write_str(&at.rfc3339()),
                    $(Self::$name(it) => it.fmt(f),)*
                }
            }
        }

        $(impl From<&$kind> for Span {
            fn from(it: &$kind) -> Self {
                Self::$name(it.clone())
            }
        })*
    };
}

spans_of! {
    /// A pipeline.
    Pipeline(PipelineName),
    /// A stage.
    Stage(StageName),
    /// An action.
    Action(ActionName),
    /// An execution.
    Execution(ExecutionId),
    /// An artifact.
    Artifact(ArtifactName),
    /// A delivery.
    Delivery(DeliveryId),
    /// A commit.
    Commit(CommitSha),
    /// A branch or a tag.
    Ref(GitRef),
    /// A repository.
    Repository(RepositoryName),
    /// A process.
    Holder(HolderId),
}

impl From<&'static str> for Span {
    fn from(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<&String> for Span {
    fn from(text: &String) -> Self {
        Self::Quoted(text.clone())
    }
}

impl From<&Subject> for Span {
    fn from(it: &Subject) -> Self {
        match it {
            Subject::Ref(git_ref) => Self::Ref(git_ref.clone()),
            Subject::PullRequest(_) => Self::Text(Cow::Owned(it.to_string())),
        }
    }
}

impl From<&Timestamp> for Span {
    fn from(at: &Timestamp) -> Self {
        Self::Time(*at)
    }
}

impl From<&u32> for Span {
    fn from(number: &u32) -> Self {
        Self::Text(Cow::Owned(number.to_string()))
    }
}

impl From<&usize> for Span {
    fn from(number: &usize) -> Self {
        Self::Text(Cow::Owned(number.to_string()))
    }
}

/// A sentence of texts and things.
macro_rules! spans {
    ($($part:expr),* $(,)?) => { vec![$($crate::reason::Span::from($part)),*] };
}
pub(super) use spans;

/// The spans as one text.
pub(super) fn text(spans: &[Span]) -> String {
    spans.iter().map(Span::to_string).collect()
}

/// `, “what somebody wrote”`, or nothing where they wrote nothing.
pub(super) fn remark(text: &str) -> Vec<Span> {
    if text.is_empty() { vec![] } else { spans![": “", &text.to_owned(), "”"] }
}
