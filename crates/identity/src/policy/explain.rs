//! The path of a decision: every statement that was looked at, and what about it did not fit.
//!
//! It is a value, kept under the decision's id for whoever may see it. The decision in it is made by
//! the same function as one without explanation; only that here no statement is passed over.

mod beside;
pub mod message;
mod missing;
mod say;
#[cfg(test)]
mod tests;

pub use beside::Beside;

use serde::{Deserialize, Serialize};

use super::condition::Condition;
use super::context::{Context, Value};
use super::decision::Decision;
use super::evaluate::{Verdict, decide, level, names_resource};
use super::policies::{Attached, Layer, Policies};
use super::request::Request;
use super::statement::{Effect, Statement};

/// A decision and all that was looked at for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// Who asked, by ARN.
    pub caller: String,
    /// `service:Action`.
    pub action: String,
    /// The resource's ARN, or `*`.
    pub resource: String,
    /// What was decided.
    pub decision: Decision,
    /// The policies that bear on it, in the documented order.
    pub policies: Vec<PolicyLook>,
}

/// What was seen in one policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyLook {
    /// What kind of policy it stands as.
    pub layer: Layer,
    /// Its ARN, or its name where it stands inline.
    pub name: String,
    /// Its statements, in their order.
    pub statements: Vec<StatementLook>,
}

/// What was seen in one statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementLook {
    /// Its name, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// The line that it begins in.
    pub line: u32,
    /// What it would do.
    pub effect: Effect,
    /// Whether it applies, and the first thing about it that does not fit.
    pub look: Look,
}

/// Whether a statement applies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Look {
    /// Everything fits.
    Applies,
    /// It is about others.
    OtherPrincipal,
    /// It is about other actions than the one asked for.
    OtherAction {
        /// Those it names, as written.
        named: Vec<String>,
        /// Whether it is about all but those.
        all_but: bool,
    },
    /// It is about other resources.
    OtherResource {
        /// Those it names, as written.
        named: Vec<String>,
        /// Whether it is about all but those.
        all_but: bool,
    },
    /// These of its conditions are false; all else fits.
    FalseConditions(Vec<FalseCondition>),
    /// It was not looked at: the token that the caller showed does not count, for this reason.
    Token(String),
}

/// A condition that is false, and by which values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FalseCondition {
    /// The operator's name.
    pub operator: String,
    /// The key as the policy writes it.
    pub key: String,
    /// The line that the key stands in.
    pub line: u32,
    /// The values that the policy names, variables filled in.
    pub wanted: Vec<String>,
    /// The values that the request has; none where it has no such key.
    pub found: Vec<String>,
}

impl Explanation {
    /// What of a decision across accounts is the resource's account's to see: its own policies. Of
    /// the other ones it learns no more than that they do not allow it either.
    pub(crate) fn of_resource(self) -> Self {
        let Self { policies, decision, .. } = self;
        let policies: Vec<PolicyLook> =
            policies.into_iter().filter(|policy| policy.layer.is_of_resource()).collect();
        let decided_here = match &decision {
            Decision::Allowed(_) => true,
            Decision::Denied(by) => by.layer.is_of_resource(),
            Decision::NotAllowed(layer) => layer.is_of_resource(),
        };
        let allows = |it: &StatementLook| it.look == Look::Applies && it.effect == Effect::Allow;
        let own = policies.iter().find(|policy| policy.layer != Layer::ResourceControl);
        let decision = match own {
            _ if decided_here => decision,
            Some(own) if own.statements.iter().any(allows) => Decision::NotAllowed(Layer::Identity),
            own => Decision::NotAllowed(own.map_or(Layer::Resource, |own| own.layer)),
        };
        Self { policies, decision, ..self }
    }
}

/// Judges a request as [`super::evaluate::evaluate`] does, and says what was seen.
pub fn explain(policies: &Policies, request: &Request) -> Explanation {
    let mut looks = Vec::new();
    let mut verdicts = Vec::new();
    for (layer, members) in policies.groups() {
        for attached in members {
            let (look, verdict) = look_at_policy(layer, attached, policies, request);
            looks.push(look);
            verdicts.push(verdict);
        }
    }
    let mut verdicts = verdicts.into_iter();
    let decision = decide(policies, request, &mut |_, _| verdicts.next().unwrap_or_default());
    let (action, resource) = (request.action.clone(), request.resource.clone());
    Explanation { caller: request.caller.said(), action, resource, decision, policies: looks }
}

fn look_at_policy(
    layer: Layer,
    attached: &Attached,
    policies: &Policies,
    request: &Request,
) -> (PolicyLook, Verdict) {
    let mut verdict = Verdict::default();
    let mut statements = Vec::new();
    for (position, statement) in attached.policy.statements.iter().enumerate() {
        let level = level(statement, policies, request);
        let look = match level {
            Some(_) => look_at(statement, layer, request),
            None => Look::OtherPrincipal,
        };
        let applies = level.filter(|_| look == Look::Applies);
        verdict.add(position, statement.effect, applies);
        let (sid, line) = (statement.sid.clone(), statement.place.line);
        statements.push(StatementLook { sid, line, effect: statement.effect, look });
    }
    (PolicyLook { layer, name: attached.name.clone(), statements }, verdict)
}

/// What else of a statement does not fit that is about the caller.
fn look_at(statement: &Statement, layer: Layer, request: &Request) -> Look {
    let actions = &statement.actions;
    if !actions.names(|glob| request.acts(glob)) {
        return Look::OtherAction { named: actions.written(), all_but: actions.negated };
    }
    if let Some(named) = &statement.resources
        && !names_resource(statement, layer, request)
    {
        return Look::OtherResource { named: named.written(), all_but: named.negated };
    }
    let context = &request.context;
    let wrong = statement.conditions.iter().filter(|condition| !condition.holds(context));
    let wrong: Vec<FalseCondition> = wrong.map(|it| false_condition(it, context)).collect();
    match wrong.is_empty() {
        true => Look::Applies,
        false => Look::FalseConditions(wrong),
    }
}

/// A condition that is false, with the values on both sides.
pub(crate) fn false_condition(condition: &Condition, context: &Context) -> FalseCondition {
    let wanted = condition.wanted.iter().map(|wanted| wanted.filled(context));
    let found = context.get(&condition.folded_key).iter().map(Value::text);
    FalseCondition {
        operator: condition.operator.to_string(),
        key: condition.key.clone(),
        line: condition.place.line,
        wanted: wanted.collect(),
        found: found.map(|text| text.into_owned()).collect(),
    }
}
