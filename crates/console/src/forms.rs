//! What the console's forms do: sign in and out, answer an approval, finish a connection, test one.
//!
//! Approvals and handshakes go through the same operations as the API, with every check of theirs.

use crate::asking::ask;
use crate::href::Href;
use crate::load::picture::execution_href;
use crate::query::Form;
use crate::refusal::Refusal;
use crate::session::{self, SignInError};
use crate::state::ConsoleState;
use crate::view::connections::ConnectionTest;
use crate::view::deliveries::{Replayed, ReplayedChange};
use crate::view::entry::{Handoff, SignIn};
use crate::view::{Frame, Section};
use crate::visit::Visit;
use crate::{answer, load::connections};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use domain::{ExecutionId, PipelineName};
use serde_json::{Value, json};
use wire::service::Service;

/// The page behind a link, or the one that says how to get a link.
pub fn sign_in_page(visit: &Visit, link: Option<&str>) -> Response {
    let page = SignIn { frame: Frame::default(), link: link.map(str::to_owned), problem: None };
    answer::page(visit, &page)
}

/// Uses a link up.
pub async fn sign_in(state: &ConsoleState, visit: &Visit, form: Form) -> Result<Response, Refusal> {
    let secret = hex::encode(state.nonce());
    match session::sign_in(form.get("link"), &secret, &state.desk.store, state.now()).await {
        Ok(()) => Ok(with_cookie("/console/", session::cookie(visit.secure, &secret))),
        Err(cause @ SignInError::Link) => {
            let problem = Some(cause.to_string());
            let page = SignIn { frame: Frame::default(), link: None, problem };
            Ok((StatusCode::FORBIDDEN, answer::page(visit, &page)).into_response())
        }
        Err(cause) => Err(cause.into()),
    }
}

/// Ends the session.
pub async fn sign_out(
    state: &ConsoleState,
    visit: &Visit,
    form: Form,
) -> Result<Response, Refusal> {
    let session = visit.check_form(form.get("form_token"))?;
    session::sign_out(&session.row, &state.desk.store).await?;
    Ok(with_cookie("/console/sign-in", session::no_cookie(visit.secure)))
}

fn with_cookie(to: &str, cookie: String) -> Response {
    let mut response = Redirect::to(to).into_response();
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// Answers an approval.
pub async fn approve(
    state: &ConsoleState,
    visit: &Visit,
    (pipeline, execution): (PipelineName, ExecutionId),
    form: Form,
) -> Result<Response, Refusal> {
    let session = visit.check_form(form.get("form_token"))?;
    let input = json!({
        "pipelineName": pipeline,
        "stageName": form.get("stage"),
        "actionName": form.get("action"),
        "token": form.get("token"),
        "result": { "status": form.get("verdict"), "summary": form.get("summary") },
    });
    let output = ask(state, session, Service::CodePipeline, "PutApprovalResult", &input).await?;
    let page = execution_href(&pipeline, &execution);
    Ok(done(visit, output, page.as_str()))
}

/// Has a delivery decided once more, for all pipelines or the one that is named, and shows what it
/// is now; a dry run only says what would become of it.
pub async fn replay(
    state: &ConsoleState,
    visit: &Visit,
    delivery: &str,
    form: Form,
) -> Result<Response, Refusal> {
    let session = visit.check_form(form.get("form_token"))?;
    let mut input = json!({ "deliveryId": delivery, "dryRun": form.get("mode") == "dry-run" });
    let pipeline = form.get("pipeline").trim();
    if !pipeline.is_empty() {
        input["pipelineName"] = json!(pipeline);
    }
    let output = ask(state, session, Service::Towpath, "ReplayDelivery", &input).await?;
    match output["replayId"].as_str() {
        Some(again) => {
            let page = Href::inside(&["deliveries", again]);
            Ok(done(visit, output.clone(), page.as_str()))
        }
        None if visit.json => Ok(axum::Json(output).into_response()),
        None => {
            let frame = visit.frame(Section::Deliveries, None);
            let delivery = Href::inside(&["deliveries", delivery]);
            Ok(answer::page(visit, &replayed(frame, delivery, &output)))
        }
    }
}

fn replayed(frame: Frame, delivery: Href, output: &Value) -> Replayed {
    let text = |of: &Value, name: &str| of[name].as_str().unwrap_or_default().to_owned();
    let listed = |name: &str| output[name].as_array().into_iter().flatten();
    let held = |it: &Value| format!("{}: {}", text(it, "pipelineName"), text(it, "sentence"));
    let change = |it: &Value| ReplayedChange {
        outcome: text(it, "outcome"),
        change: text(it, "ref"),
        sentence: text(it, "sentence"),
        held_back: it["heldBack"].as_array().into_iter().flatten().map(held).collect(),
    };
    Replayed {
        frame,
        delivery,
        dry_run: output["dryRun"] == true,
        changes: listed("dispositions").map(change).collect(),
        questions: listed("questions").filter_map(|it| it.as_str().map(str::to_owned)).collect(),
    }
}

/// Begins the handshake of a connection and leads on to it.
pub async fn finish_connecting(
    state: &ConsoleState,
    visit: &Visit,
    form: Form,
) -> Result<Response, Refusal> {
    let session = visit.check_form(form.get("form_token"))?;
    let arn = form.get("connection");
    let input = json!({ "connectionArn": arn });
    let output = ask(state, session, Service::Towpath, "StartConnectionHandshake", &input).await?;
    let address = output["authorizationUrl"].as_str().unwrap_or_default();
    if let Some(path) = address.strip_prefix(&visit.origin).filter(|path| path.starts_with('/')) {
        return Ok(done(visit, output.clone(), path));
    }
    let unusable = || Refusal::Failed(format!("{address} is no address"));
    let authorise = Href::outside(address).ok_or_else(unusable)?;
    let host = connections::host_of(address).to_owned();
    let frame = visit.frame(Section::Connections, None);
    Ok(answer::page(visit, &Handoff { frame, connection: arn.to_owned(), host, authorise }))
}

/// The page that asks in which repository a connection is to be tested.
pub fn connection_test(visit: &Visit, connection: &str) -> Response {
    answer::page(visit, &tested(visit, connection, "", None))
}

/// Asks the forge what a connection may do in a repository.
pub async fn test_connection(
    state: &ConsoleState,
    visit: &Visit,
    form: Form,
) -> Result<Response, Refusal> {
    let session = visit.check_form(form.get("form_token"))?;
    let (connection, repository) = (form.get("connection"), form.get("repository").trim());
    let input = json!({ "connectionArn": connection, "repository": repository });
    let output = ask(state, session, Service::Towpath, "TestConnection", &input).await?;
    Ok(match visit.json {
        true => axum::Json(output).into_response(),
        false => answer::page(visit, &tested(visit, connection, repository, Some(&output))),
    })
}

fn tested(
    visit: &Visit,
    connection: &str,
    repository: &str,
    output: Option<&Value>,
) -> ConnectionTest {
    ConnectionTest {
        frame: visit.frame(Section::Connections, None),
        connection: connection.to_owned(),
        repository: repository.to_owned(),
        answer: output.map(connections::rights),
    }
}

/// A form's answer: the operation's own output as JSON, or the page to go on with.
fn done(visit: &Visit, output: Value, page: &str) -> Response {
    match visit.json {
        true => axum::Json(output).into_response(),
        false => Redirect::to(page).into_response(),
    }
}
