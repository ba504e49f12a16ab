//! A person opens or closes the way into a stage.

use super::{Decision, door};
use crate::event::Refused;
use crate::fact::FactKind;
use crate::line::Transition;
use domain::StageName;
use domain::reason::Cause;

pub(super) fn set(
    decision: &mut Decision,
    stage: &StageName,
    enabled: bool,
    comment: &str,
    by: &str,
) -> Result<(), Refused> {
    decision.line.head.declaration().ok_or(Refused::PipelineUnknown)?;
    let stage = stage.clone();
    if decision.line.head.stage(&stage).is_none() {
        return Err(Refused::StageUnknown { stage });
    }
    let (at, by) = (decision.at, by.to_owned());
    let transition = match enabled {
        true => Transition::Enabled { by: by.clone(), at },
        false => Transition::Disabled { by: by.clone(), at, comment: comment.to_owned() },
    };
    let kind = FactKind::TransitionSet { stage: stage.clone(), transition };
    let set = decision.note(Cause::Asked(by), kind);
    door::admit(decision, &stage, set);
    Ok(())
}
