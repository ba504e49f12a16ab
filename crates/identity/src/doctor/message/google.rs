//! What Google's STS and its service accounts answer.

use super::{Row, plain, row};
use crate::doctor::cause::Cause;

pub(super) const ROWS: &[Row] = &[
    row(
        Cause::AudienceForm,
        &["invalid value for 'audience'", "should be the full resource name"],
        "Google's audience is not a provider's full name: another path, the //iam.googleapis.com/ missing, or a variable left in it",
        "write //iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER",
    ),
    row(
        Cause::NoTarget,
        &[
            "invalid_target",
            "target service indicated by the 'audience'",
            "pool or provider is disabled or deleted",
            "workloadidentitypool*…not found",
            "workload-identity-pools*…not_found",
            "'iam.workloadidentitypools.get' denied",
        ],
        "Google knows no such provider: it was deleted or disabled, or the audience has the project's id instead of its number",
        "write the project's number; gcloud projects describe PROJECT --format='value(projectNumber)'",
    ),
    row(
        Cause::Open,
        &["attribute condition must reference one of the provider's claims"],
        "Google saves no provider for an issuer of many tenants without a condition that names one of them",
        "add an attribute condition on the owner or the repository: assertion.repository_owner == '…'",
    ),
    row(
        Cause::Condition,
        &["rejected by the attribute condition"],
        "the provider's attribute condition is false for this token",
        "bring the token's claims and the provider, and the part that is false is shown",
    ),
    row(
        Cause::GoogleClaims,
        &["audience in…does not match the expected*"],
        "the token's `aud` is none of the provider's allowed audiences",
        "set --allowed-audiences to the token's `aud`",
    ),
    row(
        Cause::GoogleClaims,
        &["the issuer in id token", "issuer in…does not match the expected*"],
        "the token is of another issuer than the provider's",
        "set --issuer-uri to the token's `iss`, byte for byte",
    ),
    row(
        Cause::Stale,
        &[
            "stale to sign-in",
            "invalid_grant…id token…expired",
            "token must be a short-lived token",
        ],
        "the token is too old: a cached one was sent, or the step ran long before",
        "exchange it when the step begins, and do not keep it",
    ),
    row(
        Cause::GoogleLimit,
        &["exceeds the 127 bytes limit", "size of mapped attribute"],
        "google.subject is mapped to more than 127 bytes",
        "map it to something shorter",
    ),
    row(
        Cause::GoogleLimit,
        &["lifetime cannot exceed 3600*", "access token lifetime cannot exceed"],
        "the clocks differ, or more than an hour is asked for",
        "ask for 3600 seconds at most, and set the clock right",
    ),
    row(
        Cause::GooglePolicy,
        &[
            "constraints/iam.*",
            "iam.workloadidentitypoolproviders violated",
            "org policy violated",
            "denied by org policy",
            "violates organization policy",
        ],
        "an organisation's policy forbids this issuer",
        "let the organisation's administrator allow its URL",
    ),
    row(
        Cause::GooglePolicy,
        &["token expires too soon"],
        "what Google gives lives no longer than the token that was shown",
        "exchange a fresh token",
    ),
    row(
        Cause::Impersonation,
        &[
            "iam service account credentials api has not been used",
            "service_disabled…iamcredentials.googleapis.com",
            "iamcredentials.googleapis.com…service_disabled",
        ],
        "the token was exchanged, but the API by which a service account's tokens are made is switched off in the account's project",
        "gcloud services enable iamcredentials.googleapis.com --project PROJECT, and wait some minutes",
    ),
    row(
        Cause::Impersonation,
        &[
            "iam.serviceaccounts.getaccesstoken",
            "iam.serviceaccounts.getopenidtoken",
            "iam.serviceaccounts.signblob",
            "iam.serviceaccounts.signjwt",
            "unable to acquire impersonated credentials",
            "gaia id not found",
            "iamcredentials…caller does not have permission",
            "iamcredentials…permission_denied",
            "generateaccesstoken…403",
            "generateaccesstoken…permission_denied",
            "impersonate: status code 40*",
        ],
        "the token was exchanged, but its bearer may not act as the service account: the binding's attribute is not mapped, its value \
         differs (braces are part of it), or it is younger than five minutes",
        "bind roles/iam.workloadIdentityUser to principalSet://iam.googleapis.com/projects/NUMBER/…/attribute.NAME/VALUE",
    ),
    row(
        Cause::NoKey,
        &[
            "error connecting to the given credential's issuer",
            "invalid jwt signature",
            "signature of the id token",
            "id token's signature",
        ],
        "Google could not fetch the issuer's discovery document or its keys",
        "look whether ISSUER/.well-known/openid-configuration and the keys it names are reached from the internet, or upload the keys to the provider",
    ),
    row(
        Cause::NoToken,
        &["unable to parse the id token", "id token…malformed"],
        "what was sent is not one whole token",
        "write the token to the file of credential_source and nothing else",
    ),
    plain(
        &["api has not been used in project…or it is disabled", "service_disabled…googleapis.com"],
        "an API that was called is switched off in the project that the message names",
        "gcloud services enable SERVICE.googleapis.com --project PROJECT, and wait some minutes",
    ),
];
