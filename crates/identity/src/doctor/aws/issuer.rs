//! Whether the provider that a policy names is the token's issuer, and what is the difference.

use super::super::cause::Cause;
use super::super::finding::{Compared, Finding};
use super::super::presented::Presented;
use crate::trust::bare_issuer;

const BITBUCKET: &str = "api.bitbucket.org/";

/// What is wrong with a provider's ARN for this token.
pub(super) fn judge(arn: &str, presented: &Presented) -> Option<Finding> {
    let claims = &presented.claims;
    let bare = bare_issuer(&claims.issuer);
    let right = format!("write arn:aws:iam::ACCOUNT:oidc-provider/{bare}");
    let Some((before, url)) = arn.split_once(":oidc-provider/") else {
        if arn == "accounts.google.com" {
            return None;
        }
        let message = format!("{arn} is not the ARN of an OIDC provider");
        return Some(Finding::refused(message, right).of(Cause::Principal));
    };
    if !presented.knows("iss") {
        return None;
    }
    let fix = format!(
        "write {before}:oidc-provider/{bare}, and register that provider if the account has none"
    );
    // Where a scheme stands in the ARN, that is what has to be seen; the issuer has one itself.
    let compared = match url.contains("://") {
        true => {
            let named = |url: &str| format!("oidc-provider/{url}");
            Compared::one("Principal.Federated", "iss", &named(url), &named(bare))
        }
        false => {
            let url = format!("https://{url}");
            Compared::one("Principal.Federated", "iss", &url, &claims.issuer)
        }
    };
    if url != bare {
        let cause = cause(url, &claims.issuer).unwrap_or(Cause::NoProvider);
        let message = match cause {
            Cause::Slash => "the provider in the policy is not written as the token's issuer is",
            Cause::NoDiscovery => "the provider is of another workspace: was this one renamed?",
            Cause::OtherIssuer => "the provider is of another host than the token's issuer",
            _ => "the policy trusts another issuer than the token's",
        };
        return Some(Finding::refused(message, fix).of(cause).about(compared));
    }
    let partition = arn.split(':').nth(1).unwrap_or_default();
    let foreign = |audience: &&str| match partition {
        "aws-cn" => *audience == "sts.amazonaws.com",
        _ => *audience == "sts.amazonaws.com.cn",
    };
    let audience = claims.effective_audiences().into_iter().find(foreign)?;
    let message =
        format!("the role is in the partition {partition}, and the token is for {audience}");
    let fix = match partition {
        "aws-cn" => "ask for a token for sts.amazonaws.com.cn, and register that audience",
        _ => "ask for a token for sts.amazonaws.com",
    };
    let compared = Compared::one("partition", "aud", partition, audience);
    Some(Finding::warning(message, fix).of(Cause::Partition).about(compared))
}

/// Which of the known differences two issuers have, with or without their scheme.
pub(in crate::doctor) fn cause(registered: &str, issuer: &str) -> Option<Cause> {
    let plain = |url: &str| bare_issuer(url).trim_end_matches('/').to_ascii_lowercase();
    let host = |url: &str| bare_issuer(url).split('/').next().unwrap_or_default().to_owned();
    if bare_issuer(registered) == bare_issuer(issuer) && !registered.contains("://") {
        return None;
    }
    Some(if plain(registered) == plain(issuer) {
        Cause::Slash
    } else if host(registered) != host(issuer) {
        Cause::OtherIssuer
    } else if bare_issuer(issuer).starts_with(BITBUCKET)
        && registered.contains("/pipelines-config/")
    {
        Cause::NoDiscovery
    } else {
        Cause::NoProvider
    })
}

/// Which of the known differences two audiences have.
pub(super) fn audience_cause(wanted: &[String], found: &[String]) -> Cause {
    let bare = |text: &String| text.replace(['{', '}'], "");
    let china = |list: &[String]| list.iter().any(|it| it == "sts.amazonaws.com.cn");
    let world = |list: &[String]| list.iter().any(|it| it == "sts.amazonaws.com");
    if wanted.iter().any(|one| found.iter().any(|other| bare(one) == bare(other))) {
        Cause::Braces
    } else if (china(wanted) && world(found)) || (china(found) && world(wanted)) {
        Cause::Partition
    } else {
        Cause::Audience
    }
}
