//! As whom a pipeline acts: its service role, or the account itself where it was declared before
//! there was such a role.
//!
//! A pipeline whose role is there acts as a session of it: the role must trust CodePipeline, and its
//! policies decide, at every use. Which of the two it is was decided when it was declared, and stays
//! so until it is declared again: deleting a role never makes a pipeline mightier.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::pipeline::ActionDeclaration;
use domain::{AccountId, Arn, ConnectionArn};
use engine::{StartAction, Work};
use identity::policy::{Caller as Who, Context, Kind, Policies, Request, Value, evaluate};
use identity::{Ask, Principal, Standing};
use store::{Changes, PipelineRow, RoleRow, RunsAs, View, Want, folded};
use wire::error::AwsError;

use crate::caller::Caller;
use crate::denials;
use crate::keys::{self, CODEPIPELINE};
use crate::refusal::{Refused, invalid_input};
use crate::shares;
use crate::standing::{Whose, read};
use crate::turn::{Now, Turn};

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
pub fn decide(caller: &Caller, role_arn: &str, view: &View, now: &Now) -> Result<RunsAs, Refused> {
    let name = role_name(caller.account(), role_arn);
    let row = name.and_then(|name| view.row::<RoleRow>(RoleRow::at(caller.account(), &name)));
    match row.filter(|row| row.arn() == role_arn) {
        Some(row) if trusts(row, now) => Ok(RunsAs::Role),
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

/// Whether the role lets CodePipeline assume it.
fn trusts(row: &RoleRow, now: &Now) -> bool {
    let trust = read("the role's trust policy", &row.trust, Kind::Trust);
    let policies = Policies { resource: Some(&*trust), trust: true, ..Policies::default() };
    let service = Who::Service { name: CODEPIPELINE.to_owned() };
    let (role, owner) = (row.arn(), Some(&row.account));
    let mut context = Context::default();
    context.set("aws:SourceAccount", [Value::from(row.account.as_str())]);
    let request = Request::new(service, "sts:AssumeRole", &role, owner, context, now.at);
    evaluate(&policies, &request).is_allowed()
}

/// What of an action its pipeline's role must allow.
#[derive(Debug)]
enum Use {
    Connection { arn: ConnectionArn, keys: Context },
    Bucket { arn: String },
}

/// By what the action says itself, and by the sources that its pipeline declares: a step that gets a
/// clone has it made then, with the source's connection.
fn uses(start: &StartAction, row: Option<&PipelineRow>) -> Vec<Use> {
    let Work { action_type, configuration, .. } = &start.work;
    let stages = row.into_iter().flat_map(|row| &row.declaration.stages);
    let sources: Vec<_> = stages.flat_map(|stage| &stage.actions).collect();
    let cloned = start.work.inputs.iter().filter(|input| input.is_clone_reference);
    let clones = cloned.filter_map(|input| {
        let makes =
            |it: &&&ActionDeclaration| it.outputs().iter().any(|output| output.name == input.name);
        let settings = sources.iter().find(makes)?.configuration.as_ref()?;
        let arn = ConnectionArn::new(settings.get("ConnectionArn").map_or("", String::as_str));
        Some(Use::Connection { arn, keys: source_keys(settings) })
    });
    let text = |key: &str| configuration.get(key).map(String::as_str).unwrap_or_default();
    match (action_type.category.as_str(), action_type.provider.as_str()) {
        ("Source", "CodeStarSourceConnection") => {
            let arn = ConnectionArn::new(text("ConnectionArn"));
            vec![Use::Connection { arn, keys: source_keys(configuration) }]
        }
        ("Deploy", "S3") => {
            let (bucket, key) = (text("BucketName"), text("ObjectKey"));
            let key = if key.is_empty() { "*" } else { key };
            vec![Use::Bucket { arn: format!("arn:aws:s3:::{bucket}/{key}") }]
        }
        _ => clones.collect(),
    }
}

/// Whether anything is asked of the role for it.
fn is_asked(start: &StartAction) -> bool {
    !uses(start, None).is_empty() || start.work.inputs.iter().any(|it| it.is_clone_reference)
}

/// The condition keys of a source's use of its connection ("CodeConnections permissions reference",
/// Developer Tools console user guide).
fn source_keys(configuration: &BTreeMap<String, String>) -> Context {
    let text = |key: &str| configuration.get(key).map(String::as_str).unwrap_or_default();
    let repository = text("FullRepositoryId");
    let (owner, name) = repository.rsplit_once('/').unwrap_or_default();
    let clone = text("OutputArtifactFormat") == "CODEBUILD_CLONE_REF";
    let mut keys = Context::default();
    for (key, value) in [
        ("FullRepositoryId", repository),
        ("OwnerId", owner),
        ("RepositoryName", name),
        ("BranchName", text("BranchName")),
        ("ProviderAction", if clone { "GitPull" } else { "StartUploadArchiveToS3" }),
        ("ProviderPermissionsRequired", "read_only"),
    ] {
        keys.set(&format!("codeconnections:{key}"), [Value::from(value)]);
    }
    keys
}

/// Whether an action may be performed, asked each time before it is.
pub struct Perform<'a> {
    /// What is to be performed.
    pub start: &'a StartAction,
    /// Who judges: the account itself, with this call's ids.
    pub caller: Caller,
}

/// What of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leave {
    /// It may.
    Given,
    /// It may not, and why.
    Refused(String),
}

impl Perform<'_> {
    pub(crate) fn row<'a>(&self, seen: &'a View) -> Option<&'a PipelineRow> {
        let of = &self.start.attempt;
        seen.known::<PipelineRow>(PipelineRow::at(&of.account, &of.pipeline))
    }

    /// As whom the pipeline acts.
    pub(crate) fn whose(&self, row: &PipelineRow) -> Option<Whose> {
        match row.runs_as.unwrap_or(RunsAs::Account) {
            RunsAs::Account => Some(Whose::Root(row.account.clone())),
            RunsAs::Role => Some(Whose::Role {
                account: row.account.clone(),
                folded: role_name(&row.account, &self.start.work.role_arn)?,
                session: self.start.attempt.execution.to_string(),
            }),
        }
    }

    /// The session that acts; the reason where there is none.
    pub(crate) fn principal(
        &self,
        row: &PipelineRow,
        seen: &View,
        now: &Now,
    ) -> Result<Principal, String> {
        let refused = || not_assumed(&self.start.work.role_arn);
        let whose = self.whose(row).ok_or_else(refused)?;
        if let Whose::Role { account, folded, .. } = &whose {
            let role = seen.row::<RoleRow>(RoleRow::at(account, folded)).ok_or_else(refused)?;
            if role.arn() != self.start.work.role_arn || !trusts(role, now) {
                return Err(refused());
            }
        }
        let standing: Standing = whose.standing(seen).ok_or_else(refused)?;
        let key = domain::AccessKeyId::new("");
        Principal::of(Arc::new(standing), key).ok_or_else(refused)
    }

    fn judge(
        &self,
        principal: &Principal,
        used: &Use,
        seen: &View,
        now: &Now,
    ) -> Result<(), Box<(String, identity::Denial)>> {
        match used {
            Use::Bucket { arn } => {
                let ask = Ask::new("s3:PutObject", arn);
                identity::judge(principal, &ask, now.at)
                    .map(drop)
                    .map_err(|denial| Box::new((denial.to_string(), *denial)))
            }
            Use::Connection { arn, keys } => {
                let policy = shares::policy(principal, arn, seen);
                let service = Arn::parse(arn.as_str()).map(|arn| arn.service).unwrap_or_default();
                let ask = |action: &str, keys: Context| {
                    Ask::new(format!("{service}:{action}"), arn.as_str())
                        .with(keys)
                        .under(policy.clone())
                };
                let Err(denial) =
                    identity::judge(principal, &ask("UseConnection", keys.clone()), now.at)
                else {
                    return Ok(());
                };
                // A role that may only pass the connection on was made by an older recipe.
                let passed = keys::of("codeconnections:PassedToService", CODEPIPELINE);
                if identity::judge(principal, &ask("PassConnection", passed), now.at).is_ok()
                    && !matches!(denial.explanation.decision, identity::policy::Decision::Denied(_))
                {
                    return Ok(());
                }
                let message = format!(
                    "Unable to use Connection: {arn}. The provided role does not have sufficient \
                     permissions. {denial}"
                );
                Err(Box::new((message, *denial)))
            }
        }
    }
}

impl Turn for Perform<'_> {
    type Answer = Leave;

    fn wants(&self, seen: &View) -> Vec<Want> {
        let of = &self.start.attempt;
        if !is_asked(self.start) {
            return Vec::new();
        }
        let used = uses(self.start, self.row(seen));
        let mut wants: Vec<Want> = vec![PipelineRow::at(&of.account, &of.pipeline).into()];
        let whose = self.row(seen).and_then(|row| self.whose(row));
        wants.extend(whose.iter().flat_map(|whose| whose.wants(seen)));
        wants.extend(used.iter().filter_map(|used| match used {
            Use::Connection { arn, .. } => shares::key(arn).map(Want::from),
            Use::Bucket { .. } => None,
        }));
        wants
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, Leave), Refused> {
        // Of a pipeline that is gone the engine knows what becomes.
        let Some(row) = self.row(seen) else { return Ok((Changes::of_loop(), Leave::Given)) };
        let principal = match self.principal(row, seen, now) {
            Ok(principal) => principal,
            Err(why) => return Ok((Changes::of_loop(), Leave::Refused(why))),
        };
        for used in uses(self.start, Some(row)) {
            if let Err(refused) = self.judge(&principal, &used, seen, now) {
                let (message, denial) = *refused;
                let changes = denials::keep(&self.caller, &denial, now);
                let id = self.caller.request_id();
                let message = format!("{message} (`towpath why {id}` says more)");
                return Ok((changes, Leave::Refused(message)));
            }
        }
        Ok((Changes::of_loop(), Leave::Given))
    }
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
