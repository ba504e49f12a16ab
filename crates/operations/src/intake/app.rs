//! What came to an App's one hook and belongs to no repository that anybody watches: what became of
//! an installation, and news that nobody wants to hear.

use std::collections::BTreeSet;

use domain::Installation;
use domain::forge_event::{Happening, Subject};
use domain::reason::{Disposition, Filter};
use store::{Changes, Query, RegistrationRow, View, Want};
use webhooks::AppDelivery;

use super::{Intake, Step};
use crate::installations::Through;
use crate::turn::Now;

impl Intake {
    fn app_query(&self) -> Query {
        RegistrationRow::by_hook(&self.delivery.hook)
    }

    /// The connections through the installation that a delivery is of.
    fn through<'a>(&'a self, app: &RegistrationRow) -> Option<Through<'a>> {
        let AppDelivery { installation, happened, .. } = self.of_app.as_ref()?;
        let (registration, number) = (app.id.clone(), (*installation)?);
        let installation = Installation { registration, number };
        let (account, received) = (self.account(), self.delivery.received);
        Some(Through { account, installation, happened: happened.as_ref(), received })
    }

    pub(super) fn wants_of_app(&self, seen: &View) -> Vec<Want> {
        let mut wants: Vec<Want> = vec![self.app_query().into()];
        let known = seen.known_list::<RegistrationRow>(&self.app_query());
        let through = known.first().and_then(|app| self.through(app));
        wants.extend(through.into_iter().flat_map(|through| through.wants(seen)));
        wants
    }

    /// `None` where the hook is no App's.
    pub(super) fn steps_of_app(
        &self,
        settled: &BTreeSet<i64>,
        seen: &View,
        now: &Now,
        changes: &mut Changes,
    ) -> Option<Vec<(u32, Step)>> {
        let listed = seen.list::<RegistrationRow>(&self.app_query());
        let app = listed.first()?;
        if let Some(through) = self.through(app) {
            through.apply(seen, now, changes);
        }
        let told = match &self.told {
            Ok(told) => told,
            Err(webhooks::Unusable { place, why }) => {
                let disposition = Disposition::Unusable { at: place.clone(), problem: why.clone() };
                return Some(vec![(0, Step::Done(disposition))]);
            }
        };
        let open = told.iter().filter(|change| !settled.contains(&change.index.into()));
        Some(open.map(|change| (change.index, Step::Done(unwatched(change)))).collect())
    }
}

/// No pipeline hears of it, whatever it is.
fn unwatched(change: &webhooks::Change) -> Disposition {
    let repository = change.event.repository.as_ref().map(|it| it.name.clone());
    let nobody = |subject: Subject, commit| {
        let repository = repository.clone().unwrap_or_else(|| "".into());
        Disposition::Filtered(Filter::NobodyWatches { subject, commit, repository })
    };
    match &change.event.happening {
        Happening::Ref(moved) if moved.after.is_zero() => {
            Disposition::Filtered(Filter::RefDeleted { git_ref: moved.git_ref.clone() })
        }
        Happening::Ref(moved) => {
            let commit = moved.head.clone().unwrap_or_else(|| moved.after.clone());
            nobody(moved.git_ref.clone().into(), commit)
        }
        Happening::PullRequest(request) => {
            nobody(Subject::PullRequest(request.sides.number), request.sides.head.clone())
        }
        Happening::Ignored { because, .. } => {
            Disposition::Filtered(Filter::Ignored(because.clone()))
        }
        Happening::Unusable { at, problem } => {
            Disposition::Unusable { at: at.clone(), problem: problem.clone() }
        }
        _ => {
            let kind = change.event.kind().to_owned();
            Disposition::Filtered(Filter::KindStartsNothing { kind })
        }
    }
}
