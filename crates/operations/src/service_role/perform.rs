//! Whether a pipeline may do something in the world: its role is asked each time before it does.

use std::sync::Arc;

use domain::{Arn, ConnectionArn, RepositoryName};
use identity::policy::{Context, Decision};
use identity::{Ask, Denial, Principal, Standing};
use store::{Changes, PipelineRow, RoleRow, RunsAs, View, Want};

use super::deed::{Deed, Use};
use super::{not_assumed, pipeline_arn, role_name, trusts};
use crate::caller::Caller;
use crate::denials;
use crate::keys::{self, CODEPIPELINE};
use crate::refusal::Refused;
use crate::shares;
use crate::standing::{Whose, below_owner, wants_of_owner};
use crate::turn::{Now, Turn};

/// Whether a deed may be done, asked each time before it is.
pub struct Perform<'a> {
    /// What is to be done.
    pub deed: Deed<'a>,
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
        seen.known::<PipelineRow>(self.deed.pipeline())
    }

    /// What has to be seen to know as whom the pipeline acts.
    pub(crate) fn wants_of_whom(&self, seen: &View) -> Vec<Want> {
        let whose = self.row(seen).and_then(|row| self.whose(row));
        let standing = whose.iter().flat_map(|whose| whose.wants(seen));
        [self.deed.pipeline().into()].into_iter().chain(standing).collect()
    }

    /// As whom the pipeline acts.
    fn whose(&self, row: &PipelineRow) -> Option<Whose> {
        match row.runs_as.unwrap_or(RunsAs::Account) {
            RunsAs::Account => Some(Whose::Root(row.account.clone())),
            RunsAs::Role => Some(Whose::Role {
                account: row.account.clone(),
                folded: role_name(&row.account, self.deed.role_arn(row))?,
                session: self.deed.session(),
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
        let arn = self.deed.role_arn(row);
        let refused = || {
            format!(
                "{}: there must be such a role, and its trust policy must allow {CODEPIPELINE} \
                 sts:AssumeRole",
                not_assumed(arn)
            )
        };
        let whose = self.whose(row).ok_or_else(refused)?;
        if let Whose::Role { account, folded, .. } = &whose {
            let role = seen.row::<RoleRow>(RoleRow::at(account, folded)).ok_or_else(refused)?;
            let pipeline = pipeline_arn(&self.caller, &row.name);
            if role.arn() != arn || !trusts(role, CODEPIPELINE, &pipeline, now) {
                return Err(refused());
            }
        }
        let standing: Standing = whose.standing(seen).ok_or_else(refused)?;
        let key = domain::AccessKeyId::new("");
        Principal::of(Arc::new(standing), key).ok_or_else(refused)
    }
}

/// Which repositories are its submodules is said by the code itself.
fn not_for_fork(repository: &RepositoryName) -> String {
    format!(
        "{repository} is not fetched as a submodule: the code is a pull request's from a fork, and its \
         source action says ForkPullRequests WithoutIdentity"
    )
}

/// A denial, and what is said of it.
type Denied = Box<(String, Denial)>;

fn judge(principal: &Principal, used: &Use, seen: &View, now: &Now) -> Result<(), Denied> {
    match used {
        Use::Connection { arn, keys } => use_connection(principal, (arn, keys), seen, now),
        Use::Bucket { arn } => {
            let ask = Ask::new("s3:PutObject", arn);
            let denied = |denial: Box<Denial>| Box::new((denial.to_string(), *denial));
            identity::judge(principal, &ask, now.at).map(drop).map_err(denied)
        }
    }
}

fn use_connection(
    principal: &Principal,
    (arn, keys): (&ConnectionArn, &Context),
    seen: &View,
    now: &Now,
) -> Result<(), Denied> {
    let policy = shares::policy(principal, arn, seen);
    let service = Arn::parse(arn.as_str()).map(|arn| arn.service).unwrap_or_default();
    let ask = |action: &str, keys: Context| {
        let ask = Ask::new(format!("{service}:{action}"), arn.as_str());
        below_owner(principal, ask.with(keys).under(policy.clone()), seen)
    };
    let Err(denial) = identity::judge(principal, &ask("UseConnection", keys.clone()), now.at)
    else {
        return Ok(());
    };
    // A role that may only pass the connection on was made by an older recipe.
    let passed = keys::of("codeconnections:PassedToService", CODEPIPELINE);
    if identity::judge(principal, &ask("PassConnection", passed), now.at).is_ok()
        && !matches!(denial.explanation.decision, Decision::Denied(_))
    {
        return Ok(());
    }
    let missing = denial.explanation.missing();
    let missing = missing.map(|missing| format!(". {missing}")).unwrap_or_default();
    let message = format!(
        "Unable to use Connection: {arn}. The provided role does not have sufficient permissions. \
         {denial}{missing}"
    );
    Err(Box::new((message, *denial)))
}

impl Turn for Perform<'_> {
    type Answer = Leave;

    fn wants(&self, seen: &View) -> Vec<Want> {
        if !self.deed.is_asked() {
            return Vec::new();
        }
        let mut wants = self.deed.wants();
        wants.extend(self.wants_of_whom(seen));
        let own = self.caller.account();
        wants.extend(self.deed.uses(seen).iter().flat_map(|used| match used {
            Use::Connection { arn, .. } => {
                let owner = Arn::parse(arn.as_str()).map(|arn| arn.account);
                let above = wants_of_owner(own, owner);
                shares::key(arn).map(Want::from).into_iter().chain(above).collect()
            }
            Use::Bucket { .. } => Vec::new(),
        }));
        wants
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, Leave), Refused> {
        if let (Deed::Submodule { repository, .. }, false) =
            (self.deed, self.deed.grants_identity())
        {
            return Ok((Changes::of_loop(), Leave::Refused(not_for_fork(repository))));
        }
        // Of a pipeline that is gone the engine knows what becomes.
        let Some(row) = self.row(seen) else { return Ok((Changes::of_loop(), Leave::Given)) };
        let principal = match self.principal(row, seen, now) {
            Ok(principal) => principal,
            Err(why) => return Ok((Changes::of_loop(), Leave::Refused(why))),
        };
        for used in self.deed.uses(seen) {
            if let Err(refused) = judge(&principal, &used, seen, now) {
                let (message, denial) = *refused;
                let changes = denials::keep(&self.caller, &denial, seen, now);
                let id = self.caller.request_id();
                let message = format!("{message} (`towpath why {id}` says more)");
                return Ok((changes, Leave::Refused(message)));
            }
        }
        Ok((Changes::of_loop(), Leave::Given))
    }
}
