//! The rules by which news from a forge starts a pipeline or does not, each named so exactly that
//! its author finds it.

use crate::ActionName;
use crate::forge_event::{FilesUnknown, GitRef};
use crate::pipeline::PullRequestEventType;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One filter of the trigger that a source action has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilterPlace {
    /// The source action.
    pub action: ActionName,
    /// In which of the trigger's lists it stands.
    pub list: FilterList,
    /// Where in the list, from 0.
    pub index: usize,
}

/// The lists of filters that a trigger has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FilterList {
    /// `push`
    Push,
    /// `pullRequest`
    PullRequest,
}

impl fmt::Display for FilterPlace {
    /// As the declaration names it: `push[1]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = match self.list {
            FilterList::Push => "push",
            FilterList::PullRequest => "pullRequest",
        };
        write!(f, "{list}[{}]", self.index)
    }
}

/// What of a filter is matched against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Criterion {
    /// Its branches; of a pull request the branch that it leads to.
    Branches,
    /// Its tags.
    Tags,
    /// The paths of the files that changed.
    FilePaths,
}

impl Criterion {
    /// The declaration's own word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Branches => "branches",
            Self::Tags => "tags",
            Self::FilePaths => "filePaths",
        }
    }
}

/// The rule by which news starts a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StartRule {
    /// No trigger is declared and the branch is the source action's own.
    SourceBranch {
        /// The source action.
        action: ActionName,
        /// The branch or pattern that it names.
        branch: String,
    },
    /// A filter includes the branch or tag, and asks for nothing else.
    Included {
        /// The filter.
        filter: FilterPlace,
        /// The pattern; `**` where the filter only excludes.
        pattern: String,
    },
    /// A filter includes the branch, and one of the files that changed.
    FileIncluded {
        /// The filter.
        filter: FilterPlace,
        /// The branch pattern.
        pattern: String,
        /// The first such file.
        file: String,
        /// The pattern that includes the file; `**` where the filter only excludes files.
        file_pattern: String,
    },
    /// A filter includes the branch and also wants certain files; which files changed is not
    /// known, so it starts.
    FilesUnknown {
        /// The filter.
        filter: FilterPlace,
        /// The branch pattern.
        pattern: String,
        /// Why it is not known.
        why: FilesUnknown,
    },
}

/// The rule by which news does not start a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HoldRule {
    /// The pipeline's sources are elsewhere.
    OtherRepository,
    /// The source action's `DetectChanges` is `false` and no trigger is declared for it.
    DetectionOff {
        /// The source action.
        action: ActionName,
    },
    /// The source action names another branch.
    OtherBranch {
        /// The source action.
        action: ActionName,
        /// The branch or pattern that it names.
        branch: String,
    },
    /// Without a trigger, tags start nothing.
    TagsNeedTrigger {
        /// The source action.
        action: ActionName,
    },
    /// Without a trigger, pull requests start nothing.
    PullRequestsNeedTrigger {
        /// The source action.
        action: ActionName,
    },
    /// Triggers are declared, and none for this source action.
    NoTrigger {
        /// The source action.
        action: ActionName,
    },
    /// The trigger speaks of pull requests only.
    PullRequestsOnly {
        /// The source action.
        action: ActionName,
    },
    /// The trigger speaks of pushes only.
    PushesOnly {
        /// The source action.
        action: ActionName,
    },
    /// A pull request that was declined at Bitbucket: there only a merge counts as closed.
    DeclinedOnly {
        /// The source action.
        action: ActionName,
    },
    /// The trigger's filters are against it; of several, the one that came closest.
    Filtered {
        /// The filter.
        filter: FilterPlace,
        /// What in it.
        rule: FilterRule,
    },
    /// A pipeline-level variable has no default, and a push carries no values.
    VariableWithoutDefault {
        /// The variable.
        variable: String,
    },
}

/// What in a filter is against the news.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FilterRule {
    /// It is not for refs of this kind.
    KindNotNamed {
        /// The ref.
        git_ref: GitRef,
    },
    /// It is for other events of pull requests.
    EventNotNamed {
        /// The event.
        event: PullRequestEventType,
        /// Those that it names.
        events: Vec<PullRequestEventType>,
    },
    /// It would let the pull request in, and the code is another repository's.
    FromFork,
    /// The same where the source lets such in, and the forge shows their code in the other repository only.
    ForkElsewhere,
    /// No pattern of it matches.
    NotIncluded {
        /// What of it.
        criterion: Criterion,
        /// The name that was matched.
        name: String,
        /// The patterns that would let it in.
        includes: Vec<String>,
    },
    /// A pattern of it excludes the name; exclusion wins.
    Excluded {
        /// What of it.
        criterion: Criterion,
        /// The name that was matched.
        name: String,
        /// The pattern.
        pattern: String,
    },
    /// It lets none of the changed files in.
    NoFileIncluded {
        /// How many files changed.
        files: usize,
        /// The patterns that would let one in; `**` where the filter only excludes.
        includes: Vec<String>,
        /// The patterns that excluded some of them.
        excluded_by: Vec<String>,
    },
    /// A pattern cannot be read.
    PatternUnreadable {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        problem: String,
    },
}
