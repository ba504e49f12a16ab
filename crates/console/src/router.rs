//! The console's addresses. One table says what each of them is; everything else is found by it.

use crate::asking::check;
use crate::assets::ASSETS;
use crate::events::{self, Follower};
use crate::href::Href;
use crate::limits::STREAMS_MAX;
use crate::load::picture::execution_href;
use crate::load::{Shelf, execution::read_log};
use crate::place::{Page, Place};
use crate::query::{self, Form};
use crate::refusal::Refusal;
use crate::session::Session;
use crate::state::ConsoleState;
use crate::visit::{Visit, reads};
use crate::{allowed, answer, downloads, forms};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::any;
use percent_encoding::percent_decode_str;
use std::sync::Arc;
use store::ExecutionRow;
use tokio::sync::Semaphore;

#[derive(Clone)]
struct Console {
    state: Arc<ConsoleState>,
    streams: Arc<Semaphore>,
}

/// The console, to be merged into a listener whose Host header is checked.
pub fn router(state: ConsoleState) -> Router {
    let streams = Arc::new(Semaphore::new(STREAMS_MAX));
    let console = Console { state: Arc::new(state), streams };
    Router::new()
        .route("/console", any(async || Redirect::permanent("/console/")))
        .route("/console/", any(enter))
        .route("/console/{*rest}", any(enter))
        .with_state(console)
}

async fn enter(State(console): State<Console>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let visit = match Visit::of(&console.state, &parts).await {
        Ok(visit) => visit,
        Err(cause) => {
            tracing::error!(%cause, "a visit could not be looked at");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let answered = console.answer(&visit, &parts, body).await;
    let response = answered.unwrap_or_else(|refusal| refusal.answer(&visit));
    answer::finish(response, &visit.origin)
}

impl Console {
    async fn answer(&self, visit: &Visit, parts: &Parts, body: Body) -> Result<Response, Refusal> {
        let path = parts.uri.path().strip_prefix("/console/").unwrap_or_default();
        let segments: Option<Vec<_>> =
            path.split('/').map(|it| percent_decode_str(it).decode_utf8().ok()).collect();
        let unusable = || Refusal::Unusable("The address is not UTF-8.".to_owned());
        let segments = segments.ok_or_else(unusable)?;
        let segments: Vec<&str> = segments.iter().map(|it| it.as_ref()).collect();
        let asked = parts.uri.query().unwrap_or_default();
        match reads(&parts.method) {
            true => self.read(visit, &segments, asked, &parts.headers).await,
            false => {
                visit.check_origin(&parts.headers)?;
                self.write(visit, &parts.method, &segments, body).await
            }
        }
    }

    async fn read(
        &self,
        visit: &Visit,
        path: &[&str],
        asked: &str,
        headers: &HeaderMap,
    ) -> Result<Response, Refusal> {
        match path {
            ["assets", name] => {
                let asset = ASSETS.find(&format!("/console/assets/{name}"));
                asset.map(downloads::asset).ok_or_else(|| nothing_here(path))
            }
            ["sign-in"] => Ok(forms::sign_in_page(visit, None)),
            ["sign-in", link] => Ok(forms::sign_in_page(visit, Some(link))),
            _ => self.read_signed_in(visit, path, asked, headers).await,
        }
    }

    /// What is there for a session alone.
    async fn read_signed_in(
        &self,
        visit: &Visit,
        path: &[&str],
        asked: &str,
        headers: &HeaderMap,
    ) -> Result<Response, Refusal> {
        let (state, session) = (&self.state, visit.session()?);
        let account = &session.row.account;
        let at = state.now();
        let shelf = Shelf { store: &state.desk.store, blobs: &state.blobs, account, at };
        match path {
            ["events"] => self.events(visit, asked, headers).await,
            ["executions", id] => self.find_execution(session, shelf, id).await,
            ["pipelines", pipeline, "executions", id, "log"] => {
                let wanted = query::value(asked, "log").unwrap_or_default();
                let of = ((*pipeline).into(), (*id).into());
                check(state, session, &allowed::named_log(&of.0, &of.1, &wanted)).await?;
                downloads::log(state, shelf, of, &wanted).await
            }
            [
                "pipelines",
                pipeline,
                "executions",
                id,
                "artifacts",
                stage,
                action,
                attempt,
                name,
            ] => {
                let of = ((*pipeline).into(), (*id).into());
                check(state, session, &allowed::artifact(&of.0, &of.1, name)).await?;
                downloads::artifact(state, shelf, of, [stage, action, attempt, name]).await
            }
            ["connections", "test"] => {
                let connection = query::value(asked, "connection").unwrap_or_default();
                Ok(forms::connection_test(visit, &connection))
            }
            _ => {
                let place = Place::of(path, asked).ok_or_else(|| nothing_here(path))?;
                self.page(visit, place, &address(path, asked)).await
            }
        }
    }

    async fn write(
        &self,
        visit: &Visit,
        method: &Method,
        path: &[&str],
        body: Body,
    ) -> Result<Response, Refusal> {
        let state = &self.state;
        if *method != Method::POST {
            return Err(Refusal::Method(method.to_string()));
        }
        let form = Form::read(body).await?;
        match path {
            ["sign-in"] => forms::sign_in(state, visit, form).await,
            ["sign-out"] => forms::sign_out(state, visit, form).await,
            ["connections", "finish"] => forms::finish_connecting(state, visit, form).await,
            ["connections", "test"] => forms::test_connection(state, visit, form).await,
            ["deliveries", id, "replay"] => forms::replay(state, visit, id, form).await,
            ["pipelines", pipeline, "executions", id, "approval"] => {
                let of = ((*pipeline).into(), (*id).into());
                forms::approve(state, visit, of, form).await
            }
            _ => Err(nothing_here(path)),
        }
    }

    async fn page(&self, visit: &Visit, place: Place, address: &str) -> Result<Response, Refusal> {
        let events = Href::inside(&["events"]).with("page", address);
        let frame = visit.frame(place.section(), Some(events));
        let mut page = allowed::load(&self.state, visit.session()?, &place, frame).await?;
        if let Page::Execution(execution) = &mut page
            && let Some(mut log) = execution.log.take()
        {
            let blobs = self.state.blobs.clone();
            let read = move || read_log(&blobs, &mut log).map(|reader| (log, reader));
            let (log, reader) = downloads::blocking(read).await??;
            execution.log = Some(log);
            page.follow(&events::mark(&reader));
        }
        Ok(page.answer(visit))
    }

    /// An execution by its id alone, which reasons name it by.
    async fn find_execution(
        &self,
        session: &Session,
        shelf: Shelf<'_>,
        id: &str,
    ) -> Result<Response, Refusal> {
        let rows = ExecutionRow::by_id(shelf.account, &id.into());
        let rows: Vec<ExecutionRow> = shelf.store.list(rows).await?;
        let unknown = || Refusal::Unknown(format!("There is no execution {id}."));
        let row = rows.first().ok_or_else(unknown)?;
        let question = allowed::execution(&row.pipeline, &row.execution);
        check(&self.state, session, &question).await?;
        Ok(Redirect::to(execution_href(&row.pipeline, &row.execution).as_str()).into_response())
    }

    async fn events(
        &self,
        visit: &Visit,
        asked: &str,
        headers: &HeaderMap,
    ) -> Result<Response, Refusal> {
        let page = query::value(asked, "page").unwrap_or_default();
        let (path, page_query) = page.split_once('?').unwrap_or((&page, ""));
        let path = path.strip_prefix("/console/").ok_or_else(|| nothing_here(&[path]))?;
        let segments: Vec<_> =
            path.split('/').map(|it| percent_decode_str(it).decode_utf8_lossy()).collect();
        let segments: Vec<&str> = segments.iter().map(|it| it.as_ref()).collect();
        let place = Place::of(&segments, page_query).ok_or_else(|| nothing_here(&segments))?;
        let last = headers.get("last-event-id").and_then(|value| value.to_str().ok());
        let mark = last.map(str::to_owned).or_else(|| query::value(asked, "mark"));
        let permit = self.streams.clone().try_acquire_owned().map_err(|_| Refusal::Busy)?;
        let frame = visit.frame(place.section(), None);
        let (session, state) = (visit.session()?.clone(), self.state.as_ref().clone());
        events::stream(Follower { state, session, place, frame, permit }, mark.as_deref()).await
    }
}

/// The page's own address, as its event stream is asked for it.
fn address(path: &[&str], asked: &str) -> String {
    let page = Href::inside(path);
    if asked.is_empty() { page.to_string() } else { format!("{page}?{asked}") }
}

fn nothing_here(path: &[&str]) -> Refusal {
    Refusal::Unknown(format!("The console has no page “{}”.", path.join("/")))
}
