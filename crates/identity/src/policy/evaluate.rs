//! The decision: all policies that bear on a request, judged in the documented order.
//!
//! "Policy evaluation logic" and "Cross-account policy evaluation logic" (IAM user guide). A
//! statement anywhere that denies is the end of it. Then every organisation policy must allow; a
//! resource's policy may allow by itself within an account; and identity policies, boundary and
//! session policy must allow one and all. Across accounts both sides must. What a decision looked at
//! is told by `explain`, through the same code.

#[cfg(test)]
mod tests;

use super::caller::Caller;
use super::decision::Decision;
use super::pattern::Pattern;
use super::policies::{Attached, Layer, Policies};
use super::principal::Level;
use super::request::Request;
use super::statement::{Effect, Named, Statement};

/// Judges a request by all policies that bear on it.
pub fn evaluate(policies: &Policies, request: &Request) -> Decision {
    decide(policies, request, &mut |layer, attached| {
        let mut verdict = Verdict::default();
        for position in attached.policy.index.candidates(&request.actions) {
            let statement = &attached.policy.statements[position];
            verdict.add(position, statement.effect, applies(statement, layer, policies, request));
        }
        verdict
    })
}

/// What one policy says: the first statement that denies, and the one that allows most directly.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Verdict {
    deny: Option<usize>,
    allow: Option<(Level, usize)>,
}

impl Verdict {
    /// Adds what a statement says; `None` where it does not apply.
    pub fn add(&mut self, position: usize, effect: Effect, applies: Option<Level>) {
        let Some(level) = applies else { return };
        match effect {
            Effect::Deny => self.deny = Some(self.deny.map_or(position, |it| it.min(position))),
            Effect::Allow => {
                let stronger =
                    |(held, at): (Level, usize)| level > held || (level == held && position < at);
                if self.allow.is_none_or(stronger) {
                    self.allow = Some((level, position));
                }
            }
        }
    }
}

/// Whether a statement applies to a request, and how directly it names the caller.
fn applies(
    statement: &Statement,
    layer: Layer,
    policies: &Policies,
    request: &Request,
) -> Option<Level> {
    let level = level(statement, policies, request)?;
    let names_action = statement.actions.names(|glob| request.acts(glob));
    let fits = names_action && names_resource(statement, layer, request) && {
        statement.conditions.iter().all(|condition| condition.holds(&request.context))
    };
    fits.then_some(level)
}

/// How directly a statement means the caller; a policy of the caller's own means nobody else.
pub(super) fn level(
    statement: &Statement,
    policies: &Policies,
    request: &Request,
) -> Option<Level> {
    match (&statement.principals, statement.effect) {
        (None, _) => Some(Level::Itself),
        (Some(principals), Effect::Allow) => principals.allow_level(&request.caller),
        (Some(principals), Effect::Deny) => {
            principals.deny_level(&request.caller, policies.boundary.is_some())
        }
    }
}

/// Whether a statement is about the resource; every one of a trust policy is about its role.
pub(super) fn names_resource(statement: &Statement, layer: Layer, request: &Request) -> bool {
    let named = |named: &Named<Pattern>| named.names(|pattern| request.is_on(pattern));
    layer == Layer::Trust || statement.resources.as_ref().is_none_or(named)
}

/// The one place where verdicts become a decision.
pub(super) fn decide(
    policies: &Policies,
    request: &Request,
    judge: &mut dyn FnMut(Layer, &Attached) -> Verdict,
) -> Decision {
    let mut groups = Vec::new();
    for (layer, members) in policies.groups() {
        let mut group = Group { layer, allow: None };
        for attached in members {
            let verdict = judge(layer, attached);
            if let Some(position) = verdict.deny {
                return Decision::Denied(attached.cite(layer, position));
            }
            let stronger =
                |(level, ..): (Level, _, _)| verdict.allow.is_some_and(|(own, _)| own > level);
            if group.allow.is_none_or(stronger) {
                group.allow =
                    verdict.allow.map(|(level, at)| (level, *attached, at)).or(group.allow);
            }
        }
        groups.push(group);
    }
    weigh(policies, request, &groups)
}

/// Policies of which one must allow, and the one that does.
struct Group<'a> {
    layer: Layer,
    allow: Option<(Level, &'a Attached, usize)>,
}

/// Nothing denies: is there everything that must allow?
fn weigh(policies: &Policies, request: &Request, groups: &[Group]) -> Decision {
    let of = |layer| groups.iter().find(move |group| group.layer == layer);
    let missing =
        |layer: Layer| groups.iter().any(|group| group.layer == layer && group.allow.is_none());
    for layer in [Layer::ResourceControl, Layer::ServiceControl] {
        if missing(layer) {
            return Decision::NotAllowed(layer);
        }
    }
    let layer = if policies.trust { Layer::Trust } else { Layer::Resource };
    let resource = of(layer).and_then(|group| group.allow);
    let level = resource.map(|(level, ..)| level);
    let cited = |(_, attached, at): (Level, &Attached, usize), layer| {
        Decision::Allowed(Some(attached.cite(layer, at)))
    };
    let crossing = request.crosses_accounts();
    let own = of(Layer::Identity).and_then(|group| group.allow);
    let is_root = matches!(request.caller, Caller::Root { .. });
    let narrowed = || [Layer::Boundary, Layer::Session].into_iter().find(|layer| missing(*layer));
    // Whom the own side does not let go is not told what the other side would say.
    if crossing && !is_root {
        let lacking = if own.is_none() { Some(Layer::Identity) } else { narrowed() };
        if let Some(layer) = lacking {
            return Decision::NotAllowed(layer);
        }
    }
    if level.is_none() && (policies.trust || crossing || request.caller.account().is_none()) {
        return Decision::NotAllowed(layer);
    }
    // Within an account, whom the resource's policy names themselves needs nothing else.
    if let Some(found) = resource.filter(|_| level == Some(Level::Itself) && !crossing) {
        return cited(found, layer);
    }
    if is_root {
        return Decision::Allowed(None);
    }
    let by_role = resource.filter(|_| level == Some(Level::Role) && !crossing);
    let Some((found, layer)) =
        own.map(|found| (found, Layer::Identity)).or(by_role.map(|found| (found, layer)))
    else {
        return Decision::NotAllowed(Layer::Identity);
    };
    match narrowed() {
        Some(layer) => Decision::NotAllowed(layer),
        None => cited(found, layer),
    }
}
