//! The policy simulator: what policies come to, without doing anything.

mod context;
mod given;
pub mod keys;
mod shown;

use std::sync::Arc;

use domain::{AccountId, Arn, Timestamp};
use identity::policy::{Attached, Caller as Who, Context, explain};
use identity::{Ask, Standing};
use store::{GroupRow, View, Want, folded};
use wire::iam as shapes;

use self::context::context;
use self::given::{
    boundary, check_caller, given, not_here, owner, resource_policy, resources, who,
};
use super::paging::List as Page;
use super::{invalid, missing};
use crate::caller::Caller;
use crate::limits::SIMULATIONS_MAX;
use crate::refusal::Refused;
use crate::standing::{self, Whose};
use crate::table::operation;
use crate::turn::Now;

/// What is simulated, by whichever of the two operations.
struct Simulation<'a> {
    standing: Standing,
    /// Policies that are looked at besides those of the standing.
    more: Vec<Arc<Attached>>,
    actions: &'a [String],
    resources: Vec<String>,
    resource_policy: Option<Arc<Attached>>,
    owner: Option<AccountId>,
    context: Context,
    at: Timestamp,
}

impl Simulation<'_> {
    fn results(&self) -> Result<Vec<shapes::EvaluationResult>, Refused> {
        if self.actions.len() * self.resources.len() > SIMULATIONS_MAX {
            let message = format!("At most {SIMULATIONS_MAX} pairs of action and resource.");
            return Err(invalid(message));
        }
        let pairs = self.actions.iter().flat_map(|action| {
            self.resources.iter().map(move |resource| (action.as_str(), resource.as_str()))
        });
        pairs.map(|(action, resource)| self.result(action, resource)).collect()
    }

    fn result(&self, action: &str, resource: &str) -> Result<shapes::EvaluationResult, Refused> {
        if !action.contains(':') || action.contains('*') {
            let message = format!("ActionNames: {action} is no action: write service:Action.");
            return Err(invalid(message));
        }
        let ask = Ask::new(action, resource).under(self.resource_policy.clone());
        let unowned = resource != "*" && ask.owner().is_none();
        let ask = match self.owner.clone().filter(|_| unowned) {
            Some(owner) => ask.of(owner),
            None => ask,
        };
        let mut policies = self.standing.policies(&ask);
        policies.identity.extend(self.more.iter().map(|policy| &**policy));
        let request = self.standing.request(&ask, self.at).under(&self.context);
        Ok(shown::shape(&explain(&policies, &request), &policies))
    }
}

/// One page of the results.
fn page(
    caller: &Caller,
    operation: &'static str,
    filter: &str,
    (marker, max_items): (Option<&String>, Option<u32>),
    results: Vec<shapes::EvaluationResult>,
) -> Result<shapes::SimulatePolicyOutput, Refused> {
    let numbered: Vec<_> = results.into_iter().enumerate().collect();
    let page = Page { operation, filter, marker, max_items };
    let (numbered, marker) = page.cut(caller, numbered, |(number, _)| format!("{number:08}"))?;
    let evaluation_results = numbered.into_iter().map(|(_, result)| result).collect();
    let is_truncated = marker.is_some();
    Ok(shapes::SimulatePolicyOutput { evaluation_results, is_truncated, marker })
}

operation! {
    /// `iam:SimulateCustomPolicy`: policies that stand in the call itself.
    Custom: shapes::SimulateCustomPolicyInput => shapes::SimulatePolicyOutput;
    resource(_, _) { "*".to_owned() }
    wants(_, _, _) { Vec::new() }
    decide(caller, input, _, now, changes) {
        let levels = input.ordered_organization_policy_input_list.as_ref();
        not_here(levels, "OrderedOrganizationPolicyInputList")?;
        check_caller(input.caller_arn.is_some(), input.resource_policy.as_ref())?;
        let who = match &input.caller_arn {
            Some(arn) => who(arn)?,
            None => nobody(caller),
        };
        let boundary = boundary(input.permissions_boundary_policy_input_list.as_ref())?;
        let standing = Standing { boundary, ..Standing::of(who) };
        let simulation = Simulation {
            standing,
            more: given(Some(&input.policy_input_list), "PolicyInputList")?,
            actions: &input.action_names,
            resources: resources(input.resource_arns.as_ref())?,
            resource_policy: resource_policy(input.resource_policy.as_ref())?,
            owner: owner(input.resource_owner.as_ref())?,
            context: context(input.context_entries.as_ref())?,
            at: now.at,
        };
        let (cut, results) = ((input.marker.as_ref(), input.max_items), simulation.results()?);
        let output = page(caller, "iam:SimulateCustomPolicy", "", cut, results)?;
        Ok((changes, output))
    }
}

/// A user of the caller's account of whom nothing else is known.
fn nobody(caller: &Caller) -> Who {
    let account = caller.account().clone();
    let arn = format!("arn:aws:iam::{account}:user/simulated");
    Who::User { account, arn, name: "simulated".to_owned(), id: String::new() }
}

/// Whose policies are simulated.
enum Source {
    Somebody(Whose),
    Group(String),
}

fn source(caller: &Caller, arn: &str) -> Result<Source, Refused> {
    let wrong = || invalid(format!("PolicySourceArn: {arn} is no user, group or role of yours."));
    let of_account = |arn: &Arn| arn.service == "iam" && arn.account == *caller.account();
    let parsed = Arn::parse(arn).filter(of_account).ok_or_else(wrong)?;
    let account = caller.account().clone();
    let name = folded(parsed.resource.rsplit('/').next().unwrap_or_default());
    match parsed.resource.split('/').next() {
        Some("user") => Ok(Source::Somebody(Whose::User(account, name))),
        Some("role") => {
            let session = "simulated".to_owned();
            Ok(Source::Somebody(Whose::Role { account, folded: name, session }))
        }
        Some("group") => Ok(Source::Group(name)),
        _ => Err(wrong()),
    }
}

impl Source {
    fn wants(&self, caller: &Caller, view: &View) -> Vec<Want> {
        match self {
            Self::Somebody(whose) => whose.wants(view),
            Self::Group(name) => standing::wants_of_group(caller.account(), name, view),
        }
    }

    /// The policies of exactly this one: the permit is for the ARN with its path.
    fn standing(&self, caller: &Caller, arn: &str, view: &View) -> Result<Standing, Refused> {
        let unknown = || missing(format!("The principal {arn} cannot be found."));
        let is_meant = |standing: &Standing| match &standing.caller {
            Who::User { arn: own, .. } | Who::Session { role: own, .. } => own == arn,
            _ => false,
        };
        match self {
            Self::Somebody(whose) => whose.standing(view).filter(is_meant).ok_or_else(unknown),
            Self::Group(name) => {
                let key = GroupRow::at(caller.account(), name);
                let group = view.row::<GroupRow>(key).filter(|row| row.arn() == arn);
                let group = group.ok_or_else(unknown)?;
                let identity = standing::attached(caller.account(), &group.grants, view);
                Ok(Standing { identity, ..Standing::of(nobody(caller)) })
            }
        }
    }
}

fn simulate_principal(
    caller: &Caller,
    input: &shapes::SimulatePrincipalPolicyInput,
    view: &View,
    now: &Now,
) -> Result<shapes::SimulatePolicyOutput, Refused> {
    let arn = &input.policy_source_arn;
    not_here(input.policy_exclusion_list.as_ref(), "PolicyExclusionList")?;
    let source = source(caller, arn)?;
    let is_user = matches!(source, Source::Somebody(Whose::User(..)));
    check_caller(is_user || input.caller_arn.is_some(), input.resource_policy.as_ref())?;
    let mut standing = source.standing(caller, arn, view)?;
    if let Some(arn) = &input.caller_arn {
        standing.caller = who(arn)?;
    }
    let boundary = boundary(input.permissions_boundary_policy_input_list.as_ref())?;
    standing.boundary = boundary.or(standing.boundary);
    let simulation = Simulation {
        standing,
        more: given(input.policy_input_list.as_ref(), "PolicyInputList")?,
        actions: &input.action_names,
        resources: resources(input.resource_arns.as_ref())?,
        resource_policy: resource_policy(input.resource_policy.as_ref())?,
        owner: owner(input.resource_owner.as_ref())?,
        context: context(input.context_entries.as_ref())?,
        at: now.at,
    };
    let (cut, results) = ((input.marker.as_ref(), input.max_items), simulation.results()?);
    page(caller, "iam:SimulatePrincipalPolicy", arn, cut, results)
}

operation! {
    /// `iam:SimulatePrincipalPolicy`: the policies of a user, group or role, and those in the call.
    Principal: shapes::SimulatePrincipalPolicyInput => shapes::SimulatePolicyOutput;
    resource(_, input) { input.policy_source_arn.clone() }
    wants(caller, input, view) {
        let source = source(caller, &input.policy_source_arn).ok();
        source.map_or_else(Vec::new, |source| source.wants(caller, view))
    }
    decide(caller, input, view, now, changes) {
        Ok((changes, simulate_principal(caller, input, view, now)?))
    }
}
