//! Words for waits.

use super::span::{remark, spans};
use super::{Said, Span};
use crate::reason::Wait;

pub(super) fn say(wait: &Wait) -> Said {
    match wait {
        Wait::StageOccupied { stage, by } => Said::of(
            "stage-occupied",
            spans!["It waits at the door of stage ", stage, ", which execution ", by, " is in."],
        ),
        Wait::TransitionDisabled { stage, by, since, comment } => {
            let mut sentence = spans!["The way into stage ", stage, " was closed by ", by];
            sentence.extend(spans![" at ", since]);
            sentence.extend(remark(comment));
            sentence.push(Span::from("."));
            Said::of("transition-disabled", sentence).then(spans![
                "Enable the inbound transition of stage ",
                stage,
                "."
            ])
        }
        Wait::Approval { stage, action, expires } => Said::of(
            "approval",
            spans![
                "Action ",
                action,
                " of stage ",
                stage,
                " waits for a person, until ",
                expires,
                "."
            ],
        )
        .then(spans!["Approve or reject it, in the console or by PutApprovalResult."]),
        Wait::ActionNotTaken { stage, action, attempt } => Said::of(
            "action-not-taken",
            spans![
                "Attempt ",
                attempt,
                " of action ",
                action,
                " of stage ",
                stage,
                " is handed out and has not begun."
            ],
        ),
        Wait::ActionRunning { stage, action, attempt, holder } => Said::of(
            "action-running",
            spans![
                "Attempt ",
                attempt,
                " of action ",
                action,
                " of stage ",
                stage,
                " runs on ",
                holder,
                "."
            ],
        ),
    }
}
