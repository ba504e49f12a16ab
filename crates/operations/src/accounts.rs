//! Who the caller is, access keys, links into the console, and the backup.

use domain::{AccessKeyId, AccountId, Secret};
use identity::policy::Caller as Who;
use store::{AccessKeyRow, AccountRow, Changes, ConsoleUser, Key, LinkRow, Place, View};
use wire::error::AwsError;
use wire::sts;
use wire::towpath as shapes;

use crate::caller::Caller;
use crate::limits::LINK_SECONDS;
use crate::refusal::Refused;
use crate::table::operation;

/// The account of a server's first start; what concerns the whole server is its to ask for.
pub const FIRST_ACCOUNT: &str = "000000000000";

operation! {
    /// `sts:GetCallerIdentity`; it needs no permission.
    GetCallerIdentity: sts::GetCallerIdentityInput => sts::GetCallerIdentityOutput;
    resource(_, _) { "*".to_owned() }
    wants(_, _, _) { Vec::new() }
    decide(caller, _, _, _, changes) {
        let account = caller.account().to_string();
        let output = sts::GetCallerIdentityOutput {
            user_id: user_id(caller),
            account,
            arn: caller.principal.arn.to_string(),
        };
        Ok((changes, output))
    }
}

/// The account's id for a root, a user's own, `AROA…:NAME` for a session.
fn user_id(caller: &Caller) -> String {
    match &caller.principal.standing.caller {
        Who::User { id, .. } | Who::Session { id, .. } => id.clone(),
        _ => caller.account().to_string(),
    }
}

/// Raises the account's generation: whatever servers keep of its keys is void from now on.
pub(crate) fn raise_generation(caller: &Caller, view: &View, changes: &mut Changes) {
    if let Some(row) = view.row::<AccountRow>(AccountRow::at(caller.account())) {
        changes.put(view, AccountRow { generation: row.generation + 1, ..row.clone() });
    }
}

/// An access key as a process makes it: the row, with its secret sealed.
///
/// # Errors
/// The secret cannot be sealed.
pub fn new_key(caller: &Caller, at: domain::Timestamp) -> Result<(AccessKeyRow, Secret), Refused> {
    new_key_of(caller, caller.account(), at)
}

/// The same of another account, which the caller makes.
pub(crate) fn new_key_of(
    caller: &Caller,
    account: &AccountId,
    at: domain::Timestamp,
) -> Result<(AccessKeyRow, Secret), Refused> {
    let word = caller.word("access key").to_uppercase();
    let access_key = AccessKeyId::new(format!("AKIA{}", &word[..16]));
    let secret =
        Secret::new(format!("{}{}", caller.word("secret one"), &caller.word("secret two")[..8]));
    let place = Place::of_access_key(account, &access_key);
    let sealed_secret = caller.sealer.seal(&place, &secret).map_err(|_| AwsError::internal())?;
    let account = account.clone();
    let (active, created, user) = (true, at, None);
    Ok((
        AccessKeyRow { access_key, account, sealed_secret, active, created, user, used: None },
        secret,
    ))
}

/// Whose keys a caller has: a user's own, or, of the root, the account's.
fn own_user(caller: &Caller) -> Result<Option<String>, Refused> {
    Ok(crate::iam::users::meant(caller, None)?.map(|name| store::folded(&name)))
}

operation! {
    /// `towpath:CreateAccessKey`: one more key of the caller's own.
    CreateAccessKey: shapes::CreateAccessKeyInput => shapes::CreateAccessKeyOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, _, _) { vec![AccountRow::at(caller.account()).into()] }
    decide(caller, _, view, now, mut changes) {
        let (row, secret_access_key) = new_key(caller, now.at)?;
        raise_generation(caller, view, &mut changes);
        let access_key_id = row.access_key.clone();
        changes.insert(AccessKeyRow { user: own_user(caller)?, ..row });
        let created_at = now.at.into();
        Ok((changes, shapes::CreateAccessKeyOutput { access_key_id, secret_access_key, created_at }))
    }
}

operation! {
    /// `towpath:ListAccessKeys`.
    ListAccessKeys: shapes::ListAccessKeysInput => shapes::ListAccessKeysOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, _, _) { vec![AccessKeyRow::of_account(caller.account()).into()] }
    decide(caller, _, view, _, changes) {
        let rows = view.list::<AccessKeyRow>(&AccessKeyRow::of_account(caller.account()));
        let key = |row: &AccessKeyRow| shapes::AccessKey {
            access_key_id: row.access_key.clone(),
            created_at: row.created.into(),
        };
        let user = own_user(caller)?;
        let own = rows.into_iter().filter(|row| row.active && (user.is_none() || row.user == user));
        let access_keys = own.map(key).collect();
        Ok((changes, shapes::ListAccessKeysOutput { access_keys, next_token: None }))
    }
}

operation! {
    /// `towpath:DeleteAccessKey`: the next call signed with it is refused.
    DeleteAccessKey: shapes::DeleteAccessKeyInput => shapes::DeleteAccessKeyOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, input, _) {
        vec![key_of(&input.access_key_id).into(), AccountRow::at(caller.account()).into()]
    }
    decide(caller, input, view, _, mut changes) {
        let row = view.row::<AccessKeyRow>(key_of(&input.access_key_id));
        let user = own_user(caller)?;
        let own = |row: &&AccessKeyRow| user.is_none() || row.user == user;
        let row = row.filter(|row| row.account == *caller.account()).filter(own).ok_or_else(|| {
            let message = format!("The account has no access key {}.", input.access_key_id);
            AwsError::refused("ResourceNotFoundException", message)
        })?;
        if row.access_key == caller.principal.access_key {
            let message = "A key cannot delete itself: sign the call with another one.";
            return Err(AwsError::refused("ValidationException", message));
        }
        changes.delete::<AccessKeyRow>(view, key_of(&row.access_key));
        raise_generation(caller, view, &mut changes);
        Ok((changes, shapes::DeleteAccessKeyOutput::default()))
    }
}

fn key_of(id: &AccessKeyId) -> Key {
    AccessKeyRow::at(id)
}

operation! {
    /// `towpath:CreateConsoleLink`: a page with a button, good once and for ten minutes. Whoever presses
    /// it is in the console whoever made the link.
    CreateConsoleLink: shapes::CreateConsoleLinkInput => shapes::CreateConsoleLinkOutput;
    resource(_, _) { "*".to_owned() }
    wants(_, _, _) { Vec::new() }
    decide(caller, _, _, now, mut changes) {
        let token = format!("{}{}", caller.word("link one"), caller.word("link two"));
        let expires = now.at.plus_seconds(LINK_SECONDS);
        let (token_hash, account) = (domain::Digest::of(token.as_bytes()).0, caller.account().clone());
        let (maker, acts_as) = (Some(caller.principal.arn.to_string()), console_user(caller)?);
        changes.insert(LinkRow { token_hash, account, expires, used: false, maker, acts_as });
        let url = format!("{}/console/sign-in/{token}", caller.public_url);
        Ok((changes, shapes::CreateConsoleLinkOutput { url, expires_at: expires.into() }))
    }
}

/// The user who makes a link; nobody where it is the root.
fn console_user(caller: &Caller) -> Result<Option<ConsoleUser>, Refused> {
    match &caller.principal.standing.caller {
        Who::Root { .. } => Ok(None),
        Who::User { name, id, .. } => {
            Ok(Some(ConsoleUser { folded: store::folded(name), id: id.clone() }))
        }
        _ => Err(AwsError::access_denied(
            "CreateConsoleLink cannot be called with session credentials: what the link opens would \
             outlast them. Sign with the key of a user.",
        )),
    }
}

operation! {
    /// `towpath:Backup`: here only who may; the server takes it. It holds the rows of every
    /// account, so a key of any other account than the first one does not get it.
    Backup: shapes::BackupInput => shapes::BackupInput;
    resource(_, _) { "*".to_owned() }
    wants(_, _, _) { Vec::new() }
    decide(caller, input, _, _, mut changes) {
        if caller.account().as_str() != FIRST_ACCOUNT {
            let message = format!(
                "A backup holds what every account of this server has: sign with a key of account \
                 {FIRST_ACCOUNT}."
            );
            return Err(AwsError { status: 403, ..AwsError::refused("AccessDeniedException", message) });
        }
        if !input.path.starts_with('/') {
            let message = format!("path is '{}': give an absolute path on the server's machine.", input.path);
            return Err(AwsError::validation(message));
        }
        changes.record_asked();
        Ok((changes, input.clone()))
    }
}
