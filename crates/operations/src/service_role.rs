//! As whom a pipeline acts: its service role, or the account itself where it was declared before
//! there was such a role.
//!
//! A pipeline whose role is there acts as a session of it: the role must trust CodePipeline, and its
//! policies decide, at every use. Which of the two it is was decided when it was declared, and stays
//! so until it is declared again: deleting a role never makes a pipeline mightier.

mod deed;
mod perform;

pub use deed::Deed;
pub use perform::{Leave, Perform};

use domain::{AccountId, Arn, PipelineName};
use identity::Ask;
use identity::policy::{Caller as Who, Context, Kind, Policies, Request, Value, evaluate};
use store::{PipelineRow, RoleRow, RunsAs, View, Want, folded};
use wire::error::AwsError;

use crate::caller::Caller;
use crate::keys::{self, CODEPIPELINE};
use crate::refusal::{Refused, invalid_input};
use crate::standing::read;
use crate::turn::Now;

/// The role that an ARN names, in this account: its name in small letters.
pub fn role_name(account: &AccountId, arn: &str) -> Option<String> {
    let arn = Arn::parse(arn).filter(|arn| arn.service == "iam" && arn.account == *account)?;
    Some(folded(arn.resource.strip_prefix("role/")?.rsplit('/').next()?))
}

/// What deciding as whom looks at.
pub fn wants(caller: &Caller, role_arn: &str) -> Vec<Want> {
    let name = role_name(caller.account(), role_arn);
    name.map(|name| RoleRow::at(caller.account(), &name).into()).into_iter().collect()
}

/// As whom a pipeline with this role acts from now on. A role that is not there is taken from the
/// account's root only, whose own authority the pipeline then has.
///
/// # Errors
/// `InvalidStructureException`: CodePipeline may not assume the role, or there is none.
pub fn decide(
    caller: &Caller,
    pipeline: &PipelineName,
    role_arn: &str,
    view: &View,
    now: &Now,
) -> Result<RunsAs, Refused> {
    let name = role_name(caller.account(), role_arn);
    let row = name.and_then(|name| view.row::<RoleRow>(RoleRow::at(caller.account(), &name)));
    match row.filter(|row| row.arn() == role_arn) {
        Some(row) if trusts(row, &pipeline_arn(caller, pipeline), now) => Ok(RunsAs::Role),
        None if caller.principal.is_root() => Ok(RunsAs::Account),
        _ => Err(AwsError::refused("InvalidStructureException", not_assumed(role_arn))),
    }
}

/// As whom a repository's file changes things that this role is named for. Whoever asks passes the
/// role on; one that is not there is taken from the account's root only.
///
/// # Errors
/// `InvalidInputException`: there is no such role.
pub fn decide_sync(caller: &Caller, role_arn: &str, view: &View) -> Result<RunsAs, Refused> {
    let name = role_name(caller.account(), role_arn);
    let row = name.and_then(|name| view.row::<RoleRow>(RoleRow::at(caller.account(), &name)));
    match row.filter(|row| row.arn() == role_arn) {
        Some(_) => Ok(RunsAs::Role),
        None if caller.principal.is_root() => Ok(RunsAs::Account),
        None => Err(invalid_input(format!("There is no role {role_arn}."))),
    }
}

/// What whoever names a role for a sync configuration must be allowed besides; a role of another
/// account is refused for what it is.
pub fn passed_to_sync(caller: &Caller, role_arn: &str) -> Option<Ask> {
    role_name(caller.account(), role_arn)?;
    Some(Ask::new("iam:PassRole", role_arn).with(keys::of("iam:PassedToService", SYNC)))
}

/// The service that such a role is passed to.
const SYNC: &str = "cloudformation.sync.codeconnections.amazonaws.com";

/// CodePipeline's own words.
fn not_assumed(role: &str) -> String {
    format!("CodePipeline is not authorized to perform AssumeRole on role {role}")
}

/// For which pipeline a role is assumed.
fn pipeline_arn(caller: &Caller, pipeline: &PipelineName) -> String {
    caller.arn("codepipeline", pipeline.as_str())
}

/// Whether the role lets CodePipeline assume it for a pipeline; a trust policy against confused
/// deputies names the pipelines and their account.
fn trusts(row: &RoleRow, pipeline: &str, now: &Now) -> bool {
    let trust = read("the role's trust policy", &row.trust, Kind::Trust);
    let policies = Policies { resource: Some(&*trust), trust: true, ..Policies::default() };
    let service = Who::Service { name: CODEPIPELINE.to_owned() };
    let (role, owner) = (row.arn(), Some(&row.account));
    let mut context = Context::default();
    context.set("aws:SourceAccount", [Value::from(row.account.as_str())]);
    context.set("aws:SourceArn", [Value::from(pipeline)]);
    let request = Request::new(service, "sts:AssumeRole", &role, owner, context, now.at);
    evaluate(&policies, &request).is_allowed()
}

/// What people should know of a pipeline that does not act as its role.
pub fn warning(row: &PipelineRow) -> Option<String> {
    let role = &row.declaration.role_arn;
    (row.runs_as != Some(RunsAs::Role)).then(|| {
        format!(
            "The role {role} was not there when the pipeline was declared: it acts with the \
             account's own authority. Create the role, then update the pipeline."
        )
    })
}
