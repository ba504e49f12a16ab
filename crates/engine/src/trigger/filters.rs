//! The filters of one trigger. Any of them may let news in; within one, everything must.

use domain::forge_event::{GitRef, RefKind};
use domain::fork::ForkRule;
use domain::pipeline::{GitConfiguration, GitFilterCriteria, GitPullRequestFilter, GitPushFilter};
use domain::reason::{Criterion, FilterList, FilterPlace, FilterRule, HoldRule, StartRule};

use super::patterns::{Files, against, include, include_file};
use super::{Held, News, PullRequestNews, RequestOrigin, What};

type Judged = Result<StartRule, Held>;

/// `forks`: what the source says of pull requests from forks.
pub(super) fn judge(trigger: &GitConfiguration, forks: Option<ForkRule>, news: News<'_>) -> Judged {
    let action = trigger.source_action_name.clone();
    let place = |list, index| FilterPlace { action: action.clone(), list, index };
    match news.what {
        What::Push(git_ref) => {
            let filters = || trigger.push.iter().flatten();
            let files = Files::of(news.files, filters().filter_map(|it| it.file_paths.as_ref()));
            let judged = filters().enumerate().map(|(index, filter)| {
                push(place(FilterList::Push, index), filter, git_ref, &files)
            });
            closest(judged).unwrap_or(Err(HoldRule::PullRequestsOnly { action }.into()))
        }
        What::PullRequest(request) => {
            let filters = || trigger.pull_request.iter().flatten();
            let files = Files::of(news.files, filters().filter_map(|it| it.file_paths.as_ref()));
            let judged = filters().enumerate().map(|(index, filter)| {
                let place = place(FilterList::PullRequest, index);
                pull_request(place, filter, (request, forks), &files)
            });
            closest(judged).unwrap_or(Err(HoldRule::PushesOnly { action }.into()))
        }
    }
}

/// The first filter that lets it in; else the first that came the closest, which is the most
/// telling.
fn closest(judged: impl Iterator<Item = Judged>) -> Option<Judged> {
    judged.min_by_key(|judged| match judged {
        Ok(StartRule::FilesUnknown { .. }) => 1,
        Ok(_) => 0,
        Err(Held::ForFiles) => 1,
        Err(Held::Back(HoldRule::Filtered { rule, .. })) => match rule {
            FilterRule::NoFileIncluded { .. }
            | FilterRule::FromFork
            | FilterRule::ForkElsewhere => 2,
            FilterRule::KindNotNamed { .. } | FilterRule::EventNotNamed { .. } => 4,
            _ => 3,
        },
        Err(Held::Back(_)) => 3,
    })
}

fn push(place: FilterPlace, filter: &GitPushFilter, git_ref: &GitRef, files: &Files<'_>) -> Judged {
    let (criterion, criteria) = match git_ref.kind {
        RefKind::Branch => (Criterion::Branches, filter.branches.as_ref()),
        RefKind::Tag => (Criterion::Tags, filter.tags.as_ref()),
        RefKind::PullRequest => (Criterion::Branches, None),
    };
    let Some(criteria) = criteria else {
        let git_ref = git_ref.clone();
        return Err(against(&place, FilterRule::KindNotNamed { git_ref }).into());
    };
    let pattern = include(&place, criterion, criteria, &git_ref.name)?;
    with_files(place, pattern, filter.file_paths.as_ref(), files)
}

/// A pull request is matched by the branch that it leads to. One from a fork is held back however
/// well it matches, unless the source says what such may have: its code is anybody's.
fn pull_request(
    place: FilterPlace,
    filter: &GitPullRequestFilter,
    (request, forks): (PullRequestNews<'_>, Option<ForkRule>),
    files: &Files<'_>,
) -> Judged {
    let Some(event) = request.event else {
        return Err(HoldRule::DeclinedOnly { action: place.action }.into());
    };
    if let Some(events) = filter.events.as_ref().filter(|events| !events.contains(&event)) {
        let rule = FilterRule::EventNotNamed { event, events: events.clone() };
        return Err(against(&place, rule).into());
    }
    let pattern = match &filter.branches {
        Some(criteria) => include(&place, Criterion::Branches, criteria, request.target)?,
        None => "**".to_owned(),
    };
    match (request.origin, forks) {
        (RequestOrigin::Own, _) | (RequestOrigin::Fork, Some(_)) => {}
        (RequestOrigin::Elsewhere, Some(_)) => {
            return Err(against(&place, FilterRule::ForkElsewhere).into());
        }
        (RequestOrigin::Fork | RequestOrigin::Elsewhere, None) => {
            return Err(against(&place, FilterRule::FromFork).into());
        }
    }
    with_files(place, pattern, filter.file_paths.as_ref(), files)
}

fn with_files(
    filter: FilterPlace,
    pattern: String,
    criteria: Option<&GitFilterCriteria>,
    files: &Files<'_>,
) -> Judged {
    match criteria {
        Some(criteria) => include_file(filter, pattern, criteria, files),
        None => Ok(StartRule::Included { filter, pattern }),
    }
}
