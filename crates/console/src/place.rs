//! Which page an address names, and how that page is loaded.

use crate::href::Href;
use crate::load::{LoadError, Shelf, deliveries};
use crate::view::connections::Connections;
use crate::view::deliveries::{Deliveries, Delivery};
use crate::view::execution::Execution;
use crate::view::pipelines::{Executions, Pipeline, Pipelines};
use crate::view::syncs::Syncs;
use crate::view::{Frame, Section};
use crate::visit::Visit;
use crate::{answer, query};
use askama::Template;
use axum::response::Response;
use domain::{DeliveryId, ExecutionId, PipelineName, Timestamp};

/// A page that can be kept current.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The pipelines after a name.
    Pipelines(String),
    /// One pipeline.
    Pipeline(PipelineName),
    /// A pipeline's executions below a number.
    Executions(PipelineName, Option<i64>),
    /// One execution, and the log that is open in it.
    Execution(PipelineName, ExecutionId, Option<String>),
    /// The connections.
    Connections,
    /// Repository links, and what rests on them.
    Syncs,
    /// The deliveries before one.
    Deliveries(Option<(Timestamp, DeliveryId)>),
    /// One delivery.
    Delivery(DeliveryId),
}

/// A loaded page.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "each variant is the page of its own name")]
pub enum Page {
    Pipelines(Pipelines),
    Pipeline(Pipeline),
    Executions(Executions),
    Execution(Box<Execution>),
    Connections(Connections),
    Syncs(Syncs),
    Deliveries(Deliveries),
    Delivery(Box<Delivery>),
}

impl Place {
    /// The place of an address below `/console/`; `None` where it names none.
    pub fn of(path: &[&str], address_query: &str) -> Option<Self> {
        let value = |name: &str| query::value(address_query, name);
        Some(match path {
            [""] => Self::Pipelines(value("after").unwrap_or_default()),
            ["pipelines", name] => Self::Pipeline((*name).into()),
            ["pipelines", name, "executions"] => {
                let before = value("before").and_then(|number| number.parse().ok());
                Self::Executions((*name).into(), before)
            }
            ["pipelines", name, "executions", id] => {
                Self::Execution((*name).into(), (*id).into(), value("log"))
            }
            ["connections"] => Self::Connections,
            ["connections", "syncs"] => Self::Syncs,
            ["deliveries"] => {
                Self::Deliveries(value("before").and_then(|text| deliveries::before(&text)))
            }
            ["deliveries", id] => Self::Delivery((*id).into()),
            _ => return None,
        })
    }

    /// The part of the console that it belongs to.
    pub fn section(&self) -> Section {
        match self {
            Self::Connections | Self::Syncs => Section::Connections,
            Self::Deliveries(_) | Self::Delivery(_) => Section::Deliveries,
            _ => Section::Pipelines,
        }
    }

    /// Loads the page; a log in it is still without lines.
    ///
    /// # Errors
    /// There is no such thing, or the store did not answer.
    pub async fn load(&self, shelf: Shelf<'_>, frame: Frame) -> Result<Page, LoadError> {
        Ok(match self {
            Self::Pipelines(after) => Page::Pipelines(shelf.pipelines(frame, after).await?),
            Self::Pipeline(name) => Page::Pipeline(shelf.pipeline(frame, name).await?),
            Self::Executions(name, before) => {
                Page::Executions(shelf.executions(frame, name, *before).await?)
            }
            Self::Execution(name, id, log) => {
                let page = shelf.execution(frame, name, id, log.as_deref()).await?;
                Page::Execution(Box::new(page))
            }
            Self::Connections => Page::Connections(shelf.connections(frame).await?),
            Self::Syncs => Page::Syncs(shelf.syncs(frame).await?),
            Self::Deliveries(before) => {
                Page::Deliveries(shelf.deliveries(frame, before.clone()).await?)
            }
            Self::Delivery(id) => Page::Delivery(Box::new(shelf.delivery(frame, id).await?)),
        })
    }
}

impl Page {
    /// The whole page, or its JSON.
    pub fn answer(&self, visit: &Visit) -> Response {
        match self {
            Self::Pipelines(page) => answer::page(visit, page),
            Self::Pipeline(page) => answer::page(visit, page),
            Self::Executions(page) => answer::page(visit, page),
            Self::Execution(page) => answer::page(visit, page.as_ref()),
            Self::Connections(page) => answer::page(visit, page),
            Self::Syncs(page) => answer::page(visit, page),
            Self::Deliveries(page) => answer::page(visit, page),
            Self::Delivery(page) => answer::page(visit, page.as_ref()),
        }
    }

    /// The part of it that changes.
    pub fn live(&self) -> askama::Result<String> {
        match self {
            Self::Pipelines(page) => page.as_live().render(),
            Self::Pipeline(page) => page.as_live().render(),
            Self::Executions(page) => page.as_live().render(),
            Self::Execution(page) => page.as_live().render(),
            Self::Connections(page) => page.as_live().render(),
            Self::Syncs(page) => page.as_live().render(),
            Self::Deliveries(page) => page.as_live().render(),
            Self::Delivery(page) => page.as_live().render(),
        }
    }

    /// Names where its event stream goes on in the log.
    pub fn follow(&mut self, mark: &str) {
        if let Self::Execution(page) = self {
            page.frame.events =
                page.frame.events.take().map(|events: Href| events.with("mark", mark));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_one_page_or_none() {
        fn check(path: &[&str], query: &str, expect: Option<Place>) {
            assert_eq!(Place::of(path, query), expect, "{path:?}?{query}");
        }
        let execution =
            |log: Option<&str>| Place::Execution("p".into(), "e".into(), log.map(str::to_owned));
        check(&[""], "", Some(Place::Pipelines(String::new())));
        check(&[""], "after=a%20b", Some(Place::Pipelines("a b".into())));
        check(
            &["pipelines", "p", "executions"],
            "before=7",
            Some(Place::Executions("p".into(), Some(7))),
        );
        check(&["pipelines", "p", "executions", "e"], "", Some(execution(None)));
        check(
            &["pipelines", "p", "executions", "e"],
            "log=A%2FB%2F1",
            Some(execution(Some("A/B/1"))),
        );
        check(&["deliveries"], "before=x", Some(Place::Deliveries(None)));
        check(&["connections", "syncs"], "", Some(Place::Syncs));
        check(&["nothing"], "", None);
        check(&["pipelines", "p", "x"], "", None);
    }
}
