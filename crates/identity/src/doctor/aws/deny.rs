//! A statement that denies what another one allows: by which of its conditions.

use super::super::finding::{Compared, Finding};
use crate::policy::{
    Context, Effect, Explanation, Layer, Look, Policy, Statement, false_condition,
};

/// What denies a token, as the decision says; nothing where no statement does.
pub(super) fn judge(trust: &Policy, why: &Explanation, context: &Context) -> Vec<Finding> {
    let looks = why.policies.iter().filter(|policy| policy.layer == Layer::Trust);
    let looks = looks.flat_map(|policy| &policy.statements);
    let applying =
        trust.statements.iter().zip(looks).find(|(statement, seen)| {
            statement.effect == Effect::Deny && seen.look == Look::Applies
        });
    applying.map(|(statement, _)| by(statement, context)).unwrap_or_default()
}

/// One finding for each condition of the statement: all of them hold, and one that does not is enough.
fn by(statement: &Statement, context: &Context) -> Vec<Finding> {
    let line = statement.place.line;
    if statement.conditions.is_empty() {
        let message = format!("the statement in line {line} denies it to all whom it names");
        return vec![Finding::refused(message, "take it out, or give it a condition")];
    }
    let of = |condition| {
        let holds = false_condition(condition, context);
        let claim = holds.key.rsplit(':').next().unwrap_or(&holds.key).to_owned();
        let message = format!(
            "the statement in line {line} denies it: its {} holds for `{claim}`",
            holds.operator
        );
        let fix = match condition.operator.row.negated {
            true => format!(
                "add \"{}\" to what it spares, if this token is meant",
                holds.found.join("\", \"")
            ),
            false => "take what it names out of the condition, if this token is meant".to_owned(),
        };
        Finding::refused(message, fix).about(Compared::condition(&holds, &claim))
    };
    statement.conditions.iter().map(of).collect()
}
