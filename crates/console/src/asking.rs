//! Operations of the API, asked as whoever is signed in: with their permissions, and told of as a call.

use crate::refusal::Refusal;
use crate::session::Session;
use crate::state::ConsoleState;
use identity::Principal;
use identity::policy::Caller as Who;
use operations::caller::Caller;
use operations::standing::Whose;
use serde_json::Value;
use store::SessionRow;
use wire::dispatch::{Call, Protocol};
use wire::request::Request;
use wire::service::Service;

/// What one asks an operation.
pub struct Question {
    /// Whose operation it is.
    pub service: Service,
    /// Its name.
    pub name: &'static str,
    /// Its input.
    pub input: Value,
}

/// Asks an operation, and waits for what lies outside the store.
///
/// # Errors
/// The operation refused.
pub async fn ask(
    state: &ConsoleState,
    session: &Session,
    service: Service,
    name: &'static str,
    input: &Value,
) -> Result<Value, Refusal> {
    let question = Question { service, name, input: input.clone() };
    let caller = caller(state, session).await?;
    let output = answer(state, caller, &question).await?;
    let finished = (state.finish)(question.call(), session.row.account.clone(), output).await;
    finished.map_err(Refusal::Operation)
}

/// Refuses whoever may not ask this. That there is nothing to be told is the page's to say.
///
/// # Errors
/// Who is signed in may not; that is kept, as of a call.
pub async fn check(
    state: &ConsoleState,
    session: &Session,
    question: &Question,
) -> Result<(), Refusal> {
    judged(answer(state, caller(state, session).await?, question).await)
}

/// Whether whoever is signed in may ask this; that they may not is not kept.
///
/// # Errors
/// It could not be found out.
pub async fn may(
    state: &ConsoleState,
    session: &Session,
    question: &Question,
) -> Result<bool, Refusal> {
    let caller = Caller { keeps_denials: false, ..caller(state, session).await? };
    match judged(answer(state, caller, question).await) {
        Err(Refusal::Operation(_)) => Ok(false),
        judged => judged.map(|()| true),
    }
}

fn judged(answered: Result<Value, Refusal>) -> Result<(), Refusal> {
    match answered {
        // Nothing has a name that no call could say.
        Err(Refusal::Operation(error)) if error.code == "ValidationException" => {
            Err(Refusal::Unknown(error.message))
        }
        Err(Refusal::Operation(error)) if !error.is_denial() => Ok(()),
        answered => answered.map(drop),
    }
}

async fn answer(
    state: &ConsoleState,
    caller: Caller,
    question: &Question,
) -> Result<Value, Refusal> {
    let body = question.input.to_string().into_bytes();
    let request = Request { method: "POST", path: "/", query: "", headers: &[], body: &body };
    let begun = operations::table::turn(&question.call(), &request, caller);
    let turn = begun.map_err(Refusal::Operation)?.turn;
    Ok(state.desk.answer(turn.as_ref(), state.now()).await?)
}

impl Question {
    fn call(&self) -> Call {
        let operation = self.service.operation(self.name).expect("an operation of the table");
        Call { protocol: Protocol::AwsJson11, service: self.service, operation }
    }
}

async fn caller(state: &ConsoleState, session: &Session) -> Result<Caller, Refusal> {
    let account = session.row.account.clone();
    let whose = match &session.row.acts_as {
        None => Whose::Root(account),
        Some(user) => Whose::User(account, user.folded.clone()),
    };
    let principal = state.desk.principal(&whose, session.key()).await?;
    let principal = principal.filter(|it| is_of(&session.row, it)).ok_or(Refusal::SignedOut)?;
    Ok(Caller {
        principal: principal.led_by(&session.row.user),
        region: state.region.clone(),
        prefix: "codeconnections",
        public_url: state.public_url.clone(),
        endpoints: state.endpoints.clone(),
        nonce: state.nonce(),
        pages: state.pages.clone(),
        sealer: state.sealer.clone(),
        keeps_denials: true,
        arrival: session.arrival.clone(),
    })
}

/// A user who was made anew under the name is another one.
fn is_of(row: &SessionRow, principal: &Principal) -> bool {
    match (&row.acts_as, &principal.standing.caller) {
        (Some(user), Who::User { id, .. }) => user.id == *id,
        (acts_as, _) => acts_as.is_none(),
    }
}
