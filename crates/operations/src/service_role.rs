//! As whom a pipeline acts: its service role, or the account itself where it was declared before
//! there was such a role.
//!
//! A pipeline whose role is there acts as a session of it: the role must trust CodePipeline, and its
//! policies decide, at every use. Which of the two it is was decided when it was declared, and stays
//! so until it is declared again: deleting a role never makes a pipeline mightier.

mod deed;
mod perform;
pub mod sync;

pub use deed::Deed;
pub use perform::{Leave, Perform};

use domain::{AccountId, Arn, PipelineName};
use identity::policy::{Caller as Who, Context, Kind, Policies, Request, Value, evaluate};
use store::{PipelineRow, RoleRow, RunsAs, View, Want, folded};
use wire::error::AwsError;

use crate::caller::Caller;
use crate::keys::CODEPIPELINE;
use crate::refusal::Refused;
use crate::standing::read;
use crate::turn::Now;

/// The role that an ARN names, in this account: its name in small letters.
pub fn role_name(account: &AccountId, arn: &str) -> Option<String> {
    let arn = Arn::parse(arn).filter(|arn| arn.service == "iam" && arn.account == *account)?;
    Some(folded(arn.resource.strip_prefix("role/")?.rsplit('/').next()?))
}

/// The role that has exactly this ARN.
fn row<'a>(account: &AccountId, arn: &str, view: &'a View) -> Option<&'a RoleRow> {
    let name = role_name(account, arn)?;
    view.row::<RoleRow>(RoleRow::at(account, &name)).filter(|row| row.arn() == arn)
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
    match row(caller.account(), role_arn, view) {
        Some(row) if trusts(row, CODEPIPELINE, &pipeline_arn(caller, pipeline), now) => {
            Ok(RunsAs::Role)
        }
        None if caller.principal.is_root() => Ok(RunsAs::Account),
        _ => Err(AwsError::refused("InvalidStructureException", not_assumed(role_arn))),
    }
}

/// CodePipeline's own words.
fn not_assumed(role: &str) -> String {
    format!("CodePipeline is not authorized to perform AssumeRole on role {role}")
}

/// For which pipeline a role is assumed.
fn pipeline_arn(caller: &Caller, pipeline: &PipelineName) -> String {
    caller.arn("codepipeline", pipeline.as_str())
}

/// Whether the role lets a service assume it for something; a trust policy against confused deputies
/// names the ARNs that it may be for, and their account.
fn trusts(row: &RoleRow, service: &str, source: &str, now: &Now) -> bool {
    let trust = read("the role's trust policy", &row.trust, Kind::Trust);
    let policies = Policies { resource: Some(&*trust), trust: true, ..Policies::default() };
    let service = Who::Service { name: service.to_owned() };
    let (role, owner) = (row.arn(), Some(&row.account));
    let mut context = Context::default();
    context.set("aws:SourceAccount", [Value::from(row.account.as_str())]);
    context.set("aws:SourceArn", [Value::from(source)]);
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
