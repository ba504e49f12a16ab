//! OIDC providers: the issuers whose tokens the account's roles may trust.
//!
//! The account's own issuer is one of them from the start. It has a row only where somebody changed
//! something about it.

use domain::Arn;
use domain::reach::is_reachable;
use identity::Ask;
use identity::trust::bare_issuer;
use store::{AccountRow, Changes, Key, ProviderRow, Record, View, Want};
use wire::iam as shapes;

use super::paging::List as Page;
use super::{exceeded, exists, invalid, missing, tags};
use crate::accounts::raise_generation;
use crate::caller::Caller;
use crate::issuer;
use crate::keys;
use crate::limits::{CLIENT_IDS_MAX, PROVIDERS_MAX, THUMBPRINTS_MAX};
use crate::refusal::Refused;
use crate::subject::Subject;
use crate::table::operation;

fn of_account(caller: &Caller) -> store::Query {
    ProviderRow::of_account(caller.account(), PROVIDERS_MAX)
}

/// What [`all`] looks at.
pub(super) fn wants_all(caller: &Caller) -> Vec<Want> {
    vec![of_account(caller).into(), AccountRow::at(caller.account()).into()]
}

/// The account's providers by issuer, its own issuer among them.
pub(super) fn all(caller: &Caller, view: &View) -> Vec<ProviderRow> {
    let mut rows: Vec<ProviderRow> =
        view.list::<ProviderRow>(&of_account(caller)).into_iter().cloned().collect();
    let own = own(caller, view);
    if let Err(place) = rows.binary_search_by(|row| row.issuer.cmp(&own.issuer)) {
        rows.insert(place, own);
    }
    rows
}

/// Whether a provider is the account's own issuer.
pub(super) fn is_own(caller: &Caller, row: &ProviderRow) -> bool {
    row.url == issuer::url(&caller.public_url, caller.account())
}

/// The account's own issuer, as it is while nobody changed anything about it.
fn own(caller: &Caller, view: &View) -> ProviderRow {
    let url = issuer::url(&caller.public_url, caller.account());
    let account = view.row::<AccountRow>(AccountRow::at(caller.account()));
    ProviderRow {
        account: caller.account().clone(),
        issuer: bare_issuer(&url).to_owned(),
        url,
        created: account.map(|row| row.created).unwrap_or_default(),
        client_ids: Vec::new(),
        thumbprints: Vec::new(),
        tags: Default::default(),
    }
}

/// Where the provider that an ARN names lies.
fn key(caller: &Caller, arn: &str) -> Option<Key> {
    let arn =
        Arn::parse(arn).filter(|arn| arn.service == "iam" && arn.account == *caller.account())?;
    let issuer = arn.resource.strip_prefix("oidc-provider/")?.to_owned();
    Some(ProviderRow::at(caller.account(), &issuer))
}

/// The provider of this ARN.
struct Provider<'a>(&'a str);

impl Subject for Provider<'_> {
    /// Its ARN and its tags.
    fn ask(&self, caller: &Caller, seen: &View, ask: Ask) -> Ask {
        let row = key(caller, self.0).and_then(|key| seen.known::<ProviderRow>(key));
        let mut all = ask.keys.clone();
        if let Some(row) = row {
            all.extend(&keys::of_resource_tags(&row.tags));
        }
        ask.on(self.0).with(all)
    }

    /// It, and the account's generation.
    fn wants(&self, caller: &Caller, _seen: &View) -> Vec<Want> {
        let provider = key(caller, self.0).map(Want::from);
        provider.into_iter().chain([AccountRow::at(caller.account()).into()]).collect()
    }
}

fn seen(caller: &Caller, arn: &str, view: &View) -> Result<ProviderRow, Refused> {
    let row = key(caller, arn).and_then(|key| view.row::<ProviderRow>(key)).cloned();
    let row = row.or_else(|| Some(own(caller, view)).filter(|own| own.arn() == arn));
    row.ok_or_else(|| missing(format!("OpenIDConnect Provider not found for arn {arn}")))
}

/// Writes the row, and that whatever is kept of the account is void.
fn write(caller: &Caller, view: &View, changes: &mut Changes, row: ProviderRow) {
    changes.put(view, row);
    raise_generation(caller, view, changes);
}

/// What a provider's URL may be: https without a port, anything of this machine or this server, without
/// query and fragment.
fn check_url(url: &str, public_url: &str) -> Result<(), Refused> {
    let bare = bare_issuer(url);
    let authority = bare.split('/').next().unwrap_or_default();
    let (host, port) = authority.split_once(':').unzip();
    let host = host.unwrap_or(authority);
    let ours = url.strip_prefix(public_url).is_some_and(|rest| rest.starts_with('/'));
    let here = ours || !is_reachable(url, "https://elsewhere.example");
    let scheme = url.starts_with("https://") || url.starts_with("http://") && here;
    let plain = !host.is_empty() && !bare.contains(['?', '#', '@']) && !bare.contains("://");
    let port = port.is_none() || here;
    match scheme && plain && port && !bare.ends_with('/') {
        true => Ok(()),
        false => Err(invalid(
            "Invalid Open ID Connect Provider URL: write the issuer's own URL as its tokens have it, \
             https, without port, query, fragment or a slash at its end; http and a port are for this \
             machine only.",
        )),
    }
}

fn check_counts(client_ids: &[String], thumbprints: &[String]) -> Result<(), Refused> {
    if client_ids.len() > CLIENT_IDS_MAX {
        let quota = format!("ClientIdsPerOpenIdConnectProvider: {CLIENT_IDS_MAX}");
        return Err(exceeded(format!("Cannot exceed quota for {quota}")));
    }
    if thumbprints.len() > THUMBPRINTS_MAX {
        return Err(invalid(format!(
            "Thumbprint list must contain fewer than {THUMBPRINTS_MAX} entries."
        )));
    }
    let hex = |print: &String| print.bytes().all(|byte| byte.is_ascii_hexdigit());
    match thumbprints.iter().all(hex) {
        true => Ok(()),
        false => Err(invalid("A thumbprint is the 40 hex digits of a certificate's SHA-1 digest.")),
    }
}

/// The ARN that the provider of a URL has.
fn arn_of(caller: &Caller, url: &str) -> String {
    format!("arn:aws:iam::{}:oidc-provider/{}", caller.account(), bare_issuer(url))
}

operation! {
    /// `iam:CreateOpenIDConnectProvider`.
    Create: shapes::CreateOpenIdConnectProviderInput => shapes::CreateOpenIdConnectProviderOutput;
    resource(caller, input) { arn_of(caller, &input.url) }
    ask(_, input, _, ask) { ask.with(keys::of_request_tags(tags::pairs(input.tags.as_ref()))) }
    wants(caller, input, view) {
        let mut wants = Provider(&arn_of(caller, &input.url)).wants(caller, view);
        wants.push(of_account(caller).into());
        wants
    }
    decide(caller, input, view, now, mut changes) {
        check_url(&input.url, &caller.public_url)?;
        let client_ids = input.client_ids.clone().unwrap_or_default();
        let thumbprints = input.thumbprint_list.clone().unwrap_or_default();
        check_counts(&client_ids, &thumbprints)?;
        let issuer = bare_issuer(&input.url).to_owned();
        if view.row::<ProviderRow>(ProviderRow::at(caller.account(), &issuer)).is_some() {
            return Err(exists(format!("Provider with url {} already exists.", input.url)));
        }
        if view.list::<ProviderRow>(&of_account(caller)).len() as i64 >= PROVIDERS_MAX {
            let quota = format!("OpenIdConnectProvidersPerAccount: {PROVIDERS_MAX}");
            return Err(exceeded(format!("Cannot exceed quota for {quota}")));
        }
        let mut all = Default::default();
        tags::add(&mut all, input.tags.as_ref())?;
        let (account, url, created) = (caller.account().clone(), input.url.clone(), now.at);
        let row = ProviderRow { account, issuer, url, created, client_ids, thumbprints, tags: all };
        let (arn, tags) = (row.arn(), tags::some(&row.tags));
        write(caller, view, &mut changes, row);
        Ok((changes, shapes::CreateOpenIdConnectProviderOutput { arn, tags }))
    }
}

operation! {
    /// `iam:GetOpenIDConnectProvider`.
    Get: shapes::ProviderNamed => shapes::GetOpenIdConnectProviderOutput;
    about(input) { Provider(&input.arn) }
    decide(caller, input, view, _, changes) {
        let row = seen(caller, &input.arn, view)?;
        let output = shapes::GetOpenIdConnectProviderOutput {
            url: row.issuer.clone(),
            client_ids: row.client_ids.clone(),
            thumbprint_list: row.thumbprints.clone(),
            create_date: row.created.into(),
            tags: tags::shape(&row.tags),
        };
        Ok((changes, output))
    }
}

operation! {
    /// `iam:ListOpenIDConnectProviders`.
    List: shapes::ListOpenIdConnectProvidersInput => shapes::ListOpenIdConnectProvidersOutput;
    resource(caller, _) { format!("arn:aws:iam::{}:oidc-provider/*", caller.account()) }
    wants(caller, _, _) { wants_all(caller) }
    decide(caller, _, view, _, changes) {
        let rows = all(caller, view).into_iter();
        let providers = rows.map(|row| shapes::ProviderEntry { arn: row.arn() }).collect();
        Ok((changes, shapes::ListOpenIdConnectProvidersOutput { providers }))
    }
}

operation! {
    /// `iam:DeleteOpenIDConnectProvider`: its tokens open no role any more. The account's own issuer
    /// loses what was changed about it, and stays.
    Delete: shapes::ProviderNamed => shapes::Nothing;
    about(input) { Provider(&input.arn) }
    decide(caller, input, view, _, mut changes) {
        let row = seen(caller, &input.arn, view)?;
        if view.row::<ProviderRow>(row.key()).is_none() {
            return Err(invalid("The account's own issuer stays registered; a role that does not name it trusts none of its tokens."));
        }
        changes.delete::<ProviderRow>(view, row.key());
        raise_generation(caller, view, &mut changes);
        Ok((changes, shapes::Nothing::default()))
    }
}

operation! {
    /// `iam:AddClientIDToOpenIDConnectProvider`; one that is there stays.
    AddClient: shapes::ProviderClient => shapes::Nothing;
    about(input) { Provider(&input.arn) }
    decide(caller, input, view, _, mut changes) {
        let mut row = seen(caller, &input.arn, view)?;
        if !row.client_ids.contains(&input.client_id) {
            row.client_ids.push(input.client_id.clone());
        }
        check_counts(&row.client_ids, &row.thumbprints)?;
        write(caller, view, &mut changes, row);
        Ok((changes, shapes::Nothing::default()))
    }
}

operation! {
    /// `iam:RemoveClientIDFromOpenIDConnectProvider`; one that is not there is no error.
    RemoveClient: shapes::ProviderClient => shapes::Nothing;
    about(input) { Provider(&input.arn) }
    decide(caller, input, view, _, mut changes) {
        let mut row = seen(caller, &input.arn, view)?;
        row.client_ids.retain(|id| *id != input.client_id);
        write(caller, view, &mut changes, row);
        Ok((changes, shapes::Nothing::default()))
    }
}

operation! {
    /// `iam:UpdateOpenIDConnectProviderThumbprint`: replaces the list.
    UpdateThumbprints: shapes::UpdateThumbprintInput => shapes::Nothing;
    about(input) { Provider(&input.arn) }
    decide(caller, input, view, _, mut changes) {
        let mut row = seen(caller, &input.arn, view)?;
        row.thumbprints.clone_from(&input.thumbprint_list);
        check_counts(&row.client_ids, &row.thumbprints)?;
        write(caller, view, &mut changes, row);
        Ok((changes, shapes::Nothing::default()))
    }
}

operation! {
    /// `iam:TagOpenIDConnectProvider`.
    Tag: shapes::TagProviderInput => shapes::Nothing;
    about(input) { Provider(&input.arn) }
    with { keys::of_request_tags(tags::pairs(Some(&input.tags))) }
    decide(caller, input, view, _, mut changes) {
        let mut row = seen(caller, &input.arn, view)?;
        tags::add(&mut row.tags, Some(&input.tags))?;
        write(caller, view, &mut changes, row);
        Ok((changes, shapes::Nothing::default()))
    }
}

operation! {
    /// `iam:UntagOpenIDConnectProvider`.
    Untag: shapes::UntagProviderInput => shapes::Nothing;
    about(input) { Provider(&input.arn) }
    with { keys::of_tag_keys(&input.tag_keys) }
    decide(caller, input, view, _, mut changes) {
        let mut row = seen(caller, &input.arn, view)?;
        row.tags.retain(|key, _| !input.tag_keys.contains(key));
        write(caller, view, &mut changes, row);
        Ok((changes, shapes::Nothing::default()))
    }
}

operation! {
    /// `iam:ListOpenIDConnectProviderTags`.
    ListTags: shapes::PagedProvider => shapes::ListTagsOutput;
    about(input) { Provider(&input.arn) }
    decide(caller, input, view, _, changes) {
        let all = seen(caller, &input.arn, view)?.tags;
        let (marker, max_items) = (input.marker.as_ref(), input.max_items);
        let operation = "iam:ListOpenIDConnectProviderTags";
        let page = Page { operation, filter: &input.arn, marker, max_items };
        Ok((changes, tags::page(caller, all, &page)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "https://ci.corp.example:8443";

    #[test]
    fn a_providers_url_is_an_issuers_own() {
        fn check(url: &str, expect: bool) {
            assert_eq!(check_url(url, OURS).is_ok(), expect, "{url}");
        }
        check("https://token.actions.githubusercontent.com", true);
        check("https://api.bitbucket.org/2.0/workspaces/w/pipelines-config/identity/oidc", true);
        check("http://127.0.0.1:7700/oidc/000000000000", true);
        check("http://localhost:1/x", true);
        check("https://ci.corp.example:8443/oidc/111111111111", true);
        check("https://ci.corp.example:84431/oidc/111111111111", false);
        check("https://example.com:8443/x", false);
        check("http://ci.example.com", false);
        check("https://ci.example.com/?a=b", false);
        check("https://ci.example.com/", false);
        check("https://a@ci.example.com", false);
        check("ci.example.com", false);
        check("https://", false);
    }
}
