//! Providers that a log lists beside `No OpenIDConnect provider found`: which of the differences it is.

use crate::doctor::aws::issuer;
use crate::doctor::cause::Cause;
use crate::doctor::finding::{Compared, Finding};
use crate::trust::bare_issuer;

/// What a log shows of why the account has no provider of this issuer.
pub(super) fn difference(issuer: &str, text: &str) -> Option<Finding> {
    let bare = Some(bare_issuer(issuer)).filter(|it| !it.is_empty())?;
    let mut listed = arns(text, ":oidc-provider/");
    let roles: Vec<(&str, &str)> = arns(text, ":role/").collect();
    let elsewhere =
        |account: &str| !roles.is_empty() && roles.iter().all(|(other, _)| *other != account);
    if let Some((account, _)) =
        listed.clone().find(|(account, url)| *url == bare && elsewhere(account))
    {
        let message =
            format!("the provider is in account {account}, and the role is in {}", roles[0].0);
        let fix =
            "ask for the role in the provider's account, or register the provider in the role's";
        return Some(Finding::refused(message, fix).of(Cause::OtherAccount));
    }
    let (cause, url) = listed.find_map(|(_, url)| Some((near(url, bare)?, url)))?;
    let fix = format!("register a provider with the URL {issuer}");
    let compared = Compared::one("Url", "iss", &format!("https://{url}"), issuer);
    let message = "the account's provider is not written as the token's issuer is";
    Some(Finding::refused(message, fix).of(cause).about(compared))
}

/// Which difference it is, of two that are near enough to be meant for one another.
fn near(url: &str, bare: &str) -> Option<Cause> {
    let host = |url: &str| url.split('/').next().unwrap_or_default().to_owned();
    let (one, other) = (host(url), host(bare));
    let domain = |host: &str| host.rsplit('.').take(2).collect::<Vec<_>>().join(".");
    let first = |host: &str| host.split('.').next().map(str::to_owned);
    match issuer::cause(url, bare)? {
        Cause::OtherIssuer if domain(&one) != domain(&other) && first(&one) != first(&other) => {
            None
        }
        Cause::NoProvider => None,
        cause => Some(cause),
    }
}

/// Account and name of every ARN in a text that has this in it.
fn arns<'a>(text: &'a str, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> + Clone {
    let of_name = |it: char| it.is_ascii_alphanumeric() || "-._~/%:+=@,".contains(it);
    text.match_indices(kind).filter_map(move |(at, _)| {
        let account = text[..at].rsplit(':').next().filter(|it| it.len() == 12)?;
        let name = &text[at + kind.len()..];
        let end = name.find(|it: char| !of_name(it)).unwrap_or(name.len());
        Some((account, name[..end].trim_end_matches([',', '.', ':'])))
    })
}
