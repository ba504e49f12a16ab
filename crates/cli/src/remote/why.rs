//! `towpath why ID`: the reason that was decided and stored. What policies say is for each account's
//! own eyes, so it is asked as whoever the environment names, as the `aws` command is.

use anyhow::Result;
use clap::Args;
use serde_json::Value;
use wire::Service;
use wire::towpath::{ExplainInput, ExplainOutput, Reason};

use super::table::printable;
use super::{Client, Folder, Output};

/// Flags of `why`.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    #[command(flatten)]
    folder: Folder,
    /// A delivery (dlv-…), an execution, a connection's or a host's ARN, what is kept in step with a
    /// file (sync:PIPELINE), the id of a request that was refused. Asked as AWS_ACCESS_KEY_ID where
    /// that, AWS_SECRET_ACCESS_KEY and AWS_ENDPOINT_URL are set
    id: String,
    /// The API's JSON instead of text
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// The server refused or does not answer, or the output is closed.
pub async fn run(arguments: Arguments, out: &mut Output<'_>) -> Result<()> {
    let client = Client::open_as_named(&arguments.folder)?;
    let input = ExplainInput { id: arguments.id };
    let found: Value = client.call(Service::Towpath, "Explain", &input).await?;
    match arguments.json {
        true => Ok(out.json(&found)?),
        false => show(&serde_json::from_value(found)?, out),
    }
}

fn show(found: &ExplainOutput, out: &mut Output<'_>) -> Result<()> {
    out.line(&format!("{} {}: {}", found.kind, found.id, found.status))?;
    found.reasons.iter().try_for_each(|reason| show_reason(reason, out))
}

fn show_reason(reason: &Reason, out: &mut Output<'_>) -> Result<()> {
    let at = reason.at.map(|at| format!("{} ", at.0.rfc3339())).unwrap_or_default();
    out.line(&format!("  {at}{} ({})", printable(&reason.sentence), reason.code))?;
    if let Some(step) = &reason.next_step {
        out.line(&format!("    to do: {}", printable(step)))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Timestamp;

    #[test]
    fn reasons_stand_under_what_they_are_of_with_what_to_do() {
        let waits = Reason {
            code: "waits-for-approval".into(),
            sentence: "it waits for an approval".into(),
            next_step: Some("approve or reject it".into()),
            at: Some(Timestamp(1_795_342_530_000).into()),
        };
        let plain = Reason { next_step: None, at: None, ..waits.clone() };
        let found = ExplainOutput {
            id: "e1".into(),
            kind: "execution".into(),
            status: "Waiting".into(),
            reasons: vec![waits, plain],
        };
        let (mut answer, mut words) = (Vec::new(), Vec::new());
        show(&found, &mut Output { answer: &mut answer, words: &mut words }).expect("shown");
        assert_eq!(
            String::from_utf8(answer).expect("text"),
            "execution e1: Waiting\n  2026-11-22T10:15:30.000Z it waits for an approval \
             (waits-for-approval)\n    to do: approve or reject it\n  it waits for an approval \
             (waits-for-approval)\n"
        );
    }
}
