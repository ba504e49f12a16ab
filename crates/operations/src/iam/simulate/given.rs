//! What a simulation is told besides keys: policies, resources, whose they are, and who asks.

use std::sync::Arc;

use domain::{AccountId, Arn};
use identity::policy::{Attached, Caller as Who, Kind, Policy};

use super::super::{invalid, read};
use crate::refusal::Refused;

/// Policies of a call's input, each called by its place in it.
pub(super) fn given(
    texts: Option<&Vec<String>>,
    list: &str,
) -> Result<Vec<Arc<Attached>>, Refused> {
    let read = |(index, text): (usize, &String)| {
        let name = format!("{list}.{}", index + 1);
        let policy = policy(text, Kind::Inline, &name)?;
        Ok(Arc::new(Attached { name, policy }))
    };
    texts.into_iter().flatten().enumerate().map(read).collect()
}

fn policy(text: &str, kind: Kind, name: &str) -> Result<Policy, Refused> {
    read(text, kind, usize::MAX).map_err(|wrong| invalid(format!("{name}: {}", wrong.message)))
}

pub(super) fn resource_policy(text: Option<&String>) -> Result<Option<Arc<Attached>>, Refused> {
    let name = "ResourcePolicy";
    let read = |text: &String| policy(text, Kind::Resource, name);
    let policy = text.map(read).transpose()?;
    Ok(policy.map(|policy| Arc::new(Attached { name: name.to_owned(), policy })))
}

/// Whose a resource is where its ARN does not say: an account, by its number or its root's ARN.
pub(super) fn owner(given: Option<&String>) -> Result<Option<AccountId>, Refused> {
    let Some(text) = given else { return Ok(None) };
    let root = Arn::parse(text).filter(|arn| arn.service == "iam" && arn.resource == "root");
    let digits = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    let account = root.map(|arn| arn.account).or(digits.then(|| AccountId::new(text)));
    let wrong =
        || invalid(format!("ResourceOwner: {text} is no account: write arn:aws:iam::NUMBER:root."));
    account.map(Some).ok_or_else(wrong)
}

/// The one boundary that there may be.
pub(super) fn boundary(texts: Option<&Vec<String>>) -> Result<Option<Arc<Attached>>, Refused> {
    let list = "PermissionsBoundaryPolicyInputList";
    if texts.is_some_and(|texts| texts.len() > 1) {
        return Err(invalid(format!("{list}: there is one boundary at the most.")));
    }
    Ok(given(texts, list)?.into_iter().next())
}

/// What is acted on: ARNs, with wildcards in their last part, or everything.
pub(super) fn resources(given: Option<&Vec<String>>) -> Result<Vec<String>, Refused> {
    let given = given.filter(|it| !it.is_empty());
    let resources = given.cloned().unwrap_or_else(|| vec!["*".to_owned()]);
    match resources.iter().find(|it| *it != "*" && Arn::parse(it).is_none()) {
        Some(text) => Err(invalid(format!("ResourceArns: {text} is no ARN, and not \"*\"."))),
        None => Ok(resources),
    }
}

/// A policy on the resources needs somebody whom it may name: the user whose policies are simulated,
/// or the one whom the call says.
pub(super) fn check_caller(
    is_known: bool,
    resource_policy: Option<&String>,
) -> Result<(), Refused> {
    match resource_policy.is_some() && !is_known {
        true => Err(invalid("CallerArn is required where a ResourcePolicy is given.".to_owned())),
        false => Ok(()),
    }
}

/// Who an ARN is, for conditions and principals: only what the ARN itself tells.
pub(super) fn who(arn: &str) -> Result<Who, Refused> {
    let wrong = || invalid(format!("CallerArn: {arn} is no user, role or root."));
    let parsed = Arn::parse(arn).ok_or_else(wrong)?;
    let (account, resource) = (parsed.account, parsed.resource);
    let name = || resource.rsplit('/').next().unwrap_or_default().to_owned();
    match resource.split('/').next() {
        Some("root") => Ok(Who::Root { account }),
        Some("user") => {
            let (name, id) = (name(), String::new());
            Ok(Who::User { account, arn: arn.to_owned(), name, id })
        }
        Some("role") => Ok(Who::session(account.as_str(), &name(), arn, "", "simulated")),
        _ => Err(wrong()),
    }
}

/// What newer models of IAM's have and the simulator does not do.
pub(super) fn not_here<T>(given: Option<&Vec<T>>, list: &str) -> Result<(), Refused> {
    match given.is_some_and(|given| !given.is_empty()) {
        true => Err(invalid(format!("{list}: not simulated here; leave it out."))),
        false => Ok(()),
    }
}
