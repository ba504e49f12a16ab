//! Who takes tokens here as Azure and Google do, so that a step's identity can be tried before the real
//! ones are set up: apps with federated credentials, providers of workload identity pools, service
//! accounts. What they decide is `identity`'s; `entra.rs` and `google.rs` are their token endpoints.

use domain::AccountId;
use identity::federation::{Kind, Party, Unusable, google};
use store::{Key, RelyingPartyRow, View};
use wire::AwsError;
use wire::towpath as shapes;

use crate::caller::Caller;
use crate::limits::RELYING_PARTIES_MAX;
use crate::refusal::Refused;
use crate::table::operation;

/// What stands before the account's digits in the id of its tenant.
const TENANT: &str = "746f7770-6174-4680-8000-";

/// The tenant of an account: it has one, whose id ends in the account's.
pub fn tenant(account: &AccountId) -> String {
    format!("{TENANT}{account}")
}

/// The account of a tenant, if the id, in letters of either case, is of one here.
pub fn account_of(tenant: &str) -> Option<AccountId> {
    let tenant = tenant.to_ascii_lowercase();
    let digits = tenant.strip_prefix(TENANT)?;
    let good = digits.len() == 12 && digits.bytes().all(|byte| byte.is_ascii_digit());
    good.then(|| AccountId::new(digits))
}

/// What stands before a tenant in the URLs of the token endpoint.
pub fn authority(public_url: &str) -> String {
    format!("{}/azure", public_url.trim_end_matches('/'))
}

/// Where one lies.
pub(crate) fn key(account: &AccountId, kind: Kind, name: &str) -> Key {
    RelyingPartyRow::at(account, &kind.as_str().to_owned(), &name.to_owned())
}

/// One of an account, as it was seen.
pub(crate) fn seen<'a>(
    account: &AccountId,
    kind: Kind,
    name: &str,
    view: &'a View,
) -> Option<&'a Party> {
    view.row::<RelyingPartyRow>(key(account, kind, name)).map(|row| &row.party)
}

fn of_account(caller: &Caller) -> store::Query {
    RelyingPartyRow::of_account(caller.account(), RELYING_PARTIES_MAX)
}

fn arn(caller: &Caller, kind: &str, name: &str) -> String {
    caller.arn("towpath", &format!("relying-party/{kind}/{name}"))
}

fn invalid(unusable: &Unusable) -> Refused {
    AwsError::validation(unusable.to_string())
}

/// The kind that a call names; the model lets no other word through.
fn kind_of(name: &str) -> Result<Kind, Refused> {
    Kind::parse(name).ok_or_else(|| AwsError::validation(format!("there is no kind {name:?}")))
}

/// Its name: an app's client id is made where none is given.
fn name_of(caller: &Caller, input: &shapes::PutRelyingPartyInput) -> String {
    let own = (input.kind == Kind::AzureApp.as_str()).then(|| caller.uuid("client id"));
    input.name.clone().or(own).unwrap_or_default()
}

/// One, with where it is reached.
fn shape(caller: &Caller, row: &RelyingPartyRow) -> shapes::RelyingParty {
    let base = caller.public_url.trim_end_matches('/');
    let document = match &row.party {
        Party::AzureApp(app) => serde_json::to_string(app),
        Party::GoogleProvider(provider) => serde_json::to_string(provider),
        Party::GoogleServiceAccount(account) => serde_json::to_string(account),
    };
    let shape = shapes::RelyingParty {
        kind: row.kind.clone(),
        name: row.name.clone(),
        document: document.unwrap_or_default(),
        updated_at: row.updated.into(),
        ..Default::default()
    };
    match &row.party {
        Party::AzureApp(_) => {
            let (tenant, authority) = (tenant(&row.account), authority(&caller.public_url));
            let token_url = format!("{authority}/{tenant}/oauth2/v2.0/token");
            let (tenant_id, authority) = (Some(tenant), Some(authority));
            shapes::RelyingParty { tenant_id, authority, token_url: Some(token_url), ..shape }
        }
        Party::GoogleProvider(provider) => shapes::RelyingParty {
            audience: Some(format!("//iam.googleapis.com/{}", provider.name)),
            token_url: Some(format!("{base}/google/v1/token")),
            ..shape
        },
        Party::GoogleServiceAccount(_) => {
            let name = &row.name;
            let url =
                format!("{base}/google/v1/projects/-/serviceAccounts/{name}:generateAccessToken");
            shapes::RelyingParty { service_account_impersonation_url: Some(url), ..shape }
        }
    }
}

operation! {
    /// `towpath:PutRelyingParty`: its next token exchange is decided by the new document.
    Put: shapes::PutRelyingPartyInput => shapes::RelyingParty;
    resource(caller, input) { arn(caller, &input.kind, &name_of(caller, input)) }
    wants(caller, input, _) {
        let kind = Kind::parse(&input.kind);
        let row = kind.map(|kind| key(caller.account(), kind, &name_of(caller, input)).into());
        [of_account(caller).into()].into_iter().chain(row).collect()
    }
    decide(caller, input, view, now, mut changes) {
        let (kind, name) = (kind_of(&input.kind)?, name_of(caller, input));
        let party = Party::read(kind, caller.account().as_str(), &name, &input.document);
        let party = party.map_err(|unusable| invalid(&unusable))?;
        let rows = view.list::<RelyingPartyRow>(&of_account(caller));
        let is_new = seen(caller.account(), kind, &name, view).is_none();
        if is_new && rows.len() as i64 >= RELYING_PARTIES_MAX {
            let message = format!("An account has at most {RELYING_PARTIES_MAX} relying parties.");
            return Err(AwsError::refused("LimitExceededException", message));
        }
        let (account, kind) = (caller.account().clone(), input.kind.clone());
        let row = RelyingPartyRow { account, kind, name, updated: now.at, party };
        let output = shape(caller, &row);
        changes.put(view, row);
        Ok((changes, output))
    }
}

operation! {
    /// `towpath:ListRelyingParties`.
    List: shapes::ListRelyingPartiesInput => shapes::ListRelyingPartiesOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, _, _) { vec![of_account(caller).into()] }
    decide(caller, _, view, _, changes) {
        let rows = view.list::<RelyingPartyRow>(&of_account(caller)).into_iter();
        let relying_parties = rows.map(|row| shape(caller, row)).collect();
        Ok((changes, shapes::ListRelyingPartiesOutput { relying_parties }))
    }
}

operation! {
    /// `towpath:DeleteRelyingParty`: it takes no token any more; those that it gave out end by
    /// themselves.
    Delete: shapes::DeleteRelyingPartyInput => shapes::DeleteRelyingPartyOutput;
    resource(caller, input) { arn(caller, &input.kind, &input.name) }
    wants(caller, input, _) {
        let kind = Kind::parse(&input.kind);
        kind.map(|kind| key(caller.account(), kind, &input.name).into()).into_iter().collect()
    }
    decide(caller, input, view, _, mut changes) {
        let kind = kind_of(&input.kind)?;
        if seen(caller.account(), kind, &input.name, view).is_none() {
            let message = format!("There is no {} called {}.", input.kind, input.name);
            return Err(AwsError::refused("ResourceNotFoundException", message));
        }
        changes.delete::<RelyingPartyRow>(view, key(caller.account(), kind, &input.name));
        Ok((changes, shapes::DeleteRelyingPartyOutput::default()))
    }
}

/// The pool of a provider's full name.
pub(crate) fn pool_of(provider: &google::Provider) -> &str {
    provider.name.split_once("/providers/").map_or("", |(pool, _)| pool)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_is_its_accounts_and_no_other_id_is_one() {
        let account = AccountId::new("123456789012");
        let id = tenant(&account);
        assert_eq!(id.len(), 36);
        assert_eq!(account_of(&id.to_uppercase()), Some(account.clone()));
        assert_eq!(account_of(&id), Some(account));
        for other in ["", "common", "746f7770-6174-4680-8000-12345678901a", &id[1..]] {
            assert_eq!(account_of(other), None, "{other}");
        }
    }
}
