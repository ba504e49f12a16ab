//! What a connection may do in a repository: asked before a pipeline relies on it.

use domain::{AccountId, ConnectionArn, RepositoryName};
use forges::git;
use forges::github::Purpose;
use forges::{Error, RepositoryInfo};
use store::TokenRow;

use crate::access::{Access, NoAccess};
use crate::git::Unanswered;
use crate::limits::{HEADS_MAX, TEST_TIME_MAX};
use crate::perform::{Performed, Performer};

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions {
    /// Whom the connection speaks for at the forge.
    pub login: Option<String>,
    /// Reading the repository.
    pub read: Right,
    /// Registering webhooks.
    pub hooks: Right,
    /// Setting commit statuses.
    pub statuses: Right,
    /// Scopes that the connection lacks, in the forge's names.
    pub missing_scopes: Vec<&'static str>,
}

/// Whether something may be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Right {
    /// It may.
    Given,
    /// It may not; why, and who mends it.
    Refused(String),
    /// The forge does not say before it is tried.
    #[default]
    Unsaid,
}

/// Asks the forge. Somebody waits for the answer: that the forge gives none now is one too.
///
/// # Errors
/// The store does not answer.
pub async fn ask(
    performer: &Performer,
    account: &AccountId,
    connection: &ConnectionArn,
    repository: &RepositoryName,
) -> anyhow::Result<Performed> {
    let asked = asked(performer, account, connection, repository);
    let silent = |why: &str| {
        let found = nothing(&format!("{connection}: {why}; that may pass: test it again later"));
        Ok(Performed::Permissions(Box::new(found)))
    };
    match tokio::time::timeout(TEST_TIME_MAX, asked).await {
        Err(_) => {
            let seconds = TEST_TIME_MAX.as_secs();
            silent(&format!("the forge did not answer within {seconds} s"))
        }
        Ok(Err(cause)) => match cause.chain().find_map(|it| it.downcast_ref::<Error>()) {
            Some(of_forge) => silent(&of_forge.to_string()),
            None => Err(cause),
        },
        Ok(Ok(performed)) => Ok(performed),
    }
}

async fn asked(
    performer: &Performer,
    account: &AccountId,
    connection: &ConnectionArn,
    repository: &RepositoryName,
) -> anyhow::Result<Performed> {
    let done = |found| Ok(Performed::Permissions(Box::new(found)));
    let access = match performer.open(account, connection, repository, Purpose::Read).await {
        Ok(access) => access,
        Err(cause @ NoAccess::Credentials(_)) => return done(nothing(&cause.to_string())),
        Err(cause) => return Err(cause.into()),
    };
    let token = TokenRow::at(&access.connection.account, &access.connection.arn);
    let scopes = performer.store.get::<TokenRow>(token).await?.map(|it| it.scopes);
    let missing_scopes = access.forge.missing_scopes(&scopes.unwrap_or_default());
    let login = access.connection.login.clone();
    let found = match access.forge.repository(access.to(repository)).await {
        Ok(info) => of_repository(&access, &info).await?,
        Err(Error::Unauthorised) => {
            return Ok(
                access.lost(Performed::Permissions(Box::new(nothing(&access.lost_sentence()))))
            );
        }
        Err(cause) if cause.passes() => return Err(cause.into()),
        Err(cause) => match access.sees().await {
            Err(cause) => nothing(&cause.to_string()),
            Ok(()) => nothing(&format!("{cause}{}", mend(&cause, &login))),
        },
    };
    let found = match access.is_installed() {
        true => of_installation(performer, &access, repository, found).await?,
        false => found,
    };
    let named = |right| match right {
        Right::Refused(why) => Right::Refused(access.named_in(why)),
        other => other,
    };
    let (read, hooks, statuses) = (named(found.read), named(found.hooks), named(found.statuses));
    done(Permissions { login, read, hooks, statuses, missing_scopes })
}

/// An App needs no hook but its own. What it may report is known once it was given a token for that.
async fn of_installation(
    performer: &Performer,
    access: &Access,
    repository: &RepositoryName,
    found: Permissions,
) -> anyhow::Result<Permissions> {
    let hooks = match &found.read {
        Right::Given => Right::Given,
        _ => found.hooks,
    };
    let (account, arn) = (&access.connection.account, &access.connection.arn);
    let statuses = match performer.open(account, arn, repository, Purpose::Report).await {
        Ok(_) => Right::Given,
        Err(NoAccess::Credentials(cause)) => Right::Refused(cause),
        Err(cause) => return Err(cause.into()),
    };
    Ok(Permissions { hooks, statuses, ..found })
}

fn nothing(why: &str) -> Permissions {
    let refused = || Right::Refused(why.to_owned());
    let (read, hooks, statuses) = (refused(), refused(), refused());
    Permissions { read, hooks, statuses, ..Permissions::default() }
}

async fn of_repository(access: &Access, info: &RepositoryInfo) -> anyhow::Result<Permissions> {
    let (login, name) = (&access.connection.login, &info.name);
    let heads = |remote| async move { git::heads(&remote, HEADS_MAX).await };
    let read = match access.by_git(name, heads).await {
        Ok(_) => Right::Given,
        Err(Unanswered::Git(cause)) => Right::Refused(format!("git cannot read it: {cause}")),
        Err(why) => return Err(why.into()),
    };
    let hooks = match info.may_administer {
        _ if access.is_installed() => Right::Given,
        Some(true) => Right::Given,
        Some(false) => Right::Refused(lacks(login, name, "administer", "webhooks are registered")),
        None => match access.forge.hooks(access.to(name)).await {
            Ok(_) => Right::Given,
            Err(cause) if cause.passes() => return Err(cause.into()),
            Err(cause) => Right::Refused(format!("{cause}{}", mend(&cause, login))),
        },
    };
    let statuses = match info.may_report {
        Some(true) => Right::Given,
        Some(false) => Right::Refused(lacks(login, name, "write to", "commit statuses are set")),
        None => Right::Unsaid,
    };
    Ok(Permissions { read, hooks, statuses, ..Permissions::default() })
}

fn user(login: &Option<String>) -> &str {
    login.as_deref().unwrap_or("the user who authorised it")
}

fn lacks(login: &Option<String>, name: &RepositoryName, right: &str, what: &str) -> String {
    format!(
        "{} may not {right} {name}, without which no {what}: an administrator of the repository \
         must give them the right, or somebody who has it must authorise the connection",
        user(login)
    )
}

/// Who mends what the forge's own error does not say.
fn mend(cause: &Error, login: &Option<String>) -> String {
    match cause {
        Error::NotFound { .. } | Error::Forbidden { .. } => format!(
            ": an administrator of the repository must let {} in, or somebody who may must \
             authorise the connection",
            user(login)
        ),
        _ => String::new(),
    }
}
