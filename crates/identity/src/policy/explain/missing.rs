//! What is missing where nothing allows a request: the statement, as it is to be written, or values
//! that the conditions of one that is there would let through. What those conditions say is not told:
//! that is for whoever may read policies.

use domain::Arn;

use super::message::counted;
use super::say::quoted;
use super::{Explanation, FalseCondition, Look};
use crate::policy::decision::Decision;
use crate::policy::policies::Layer;
use crate::policy::statement::Effect;

impl Explanation {
    /// In a sentence without its end; `None` where it is allowed, or where a statement denies it.
    pub fn missing(&self) -> Option<String> {
        let Decision::NotAllowed(layer) = self.decision else { return None };
        let of_layer = self.policies.iter().filter(|policy| policy.layer == layer);
        let mut statements = of_layer.flat_map(|policy| &policy.statements);
        let nearly = statements.find_map(|seen| match &seen.look {
            Look::FalseConditions(conditions) if seen.effect == Effect::Allow => Some(conditions),
            _ => None,
        });
        Some(match nearly {
            Some(conditions) => format!(
                "A statement of {} allows it, but not where {}",
                counted(layer),
                conditions.iter().map(asked).collect::<Vec<_>>().join(" and ")
            ),
            None => format!("Missing in {}: {}", counted(layer), self.statement(layer)),
        })
    }

    fn statement(&self, layer: Layer) -> String {
        let account = Arn::parse(&self.caller).map(|arn| arn.account.to_string());
        let principal = account.filter(|_| layer == Layer::Resource);
        let principal = principal.map(|it| format!(r#""Principal": {{"AWS": "{it}"}}, "#));
        let (principal, action) = (principal.unwrap_or_default(), &self.action);
        format!(
            r#"{{"Effect": "Allow", {principal}"Action": "{action}", "Resource": "{}"}}"#,
            self.resource
        )
    }
}

/// What the request has of a key that a condition is about.
fn asked(condition: &FalseCondition) -> String {
    match condition.found.as_slice() {
        [] => format!("there is no {}", condition.key),
        found => format!("{} is {}", condition.key, quoted(found)),
    }
}
