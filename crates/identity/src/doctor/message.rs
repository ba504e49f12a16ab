//! Error messages that people meet, and what is known of each.
//!
//! A message is recognised by words of it. Where it tells a claim, that claim is taken for evidence.

use serde_json::{Map, Value as Json, json};

use super::cause::Cause;
use super::finding::Finding;

/// One message: words of it, all of which must be there, what it means, and what to do.
struct Row {
    words: &'static [&'static str],
    cause: Option<Cause>,
    means: &'static str,
    fix: &'static str,
}

const fn row(
    words: &'static [&'static str],
    cause: Cause,
    means: &'static str,
    fix: &'static str,
) -> Row {
    Row { words, cause: Some(cause), means, fix }
}

/// The rows in the order in which they are tried; the first that fits is told.
const ROWS: &[Row] = &[
    row(
        &["could not load credentials from any providers"],
        Cause::NotAsked,
        "the SDK found no token: the step did not ask for one, or its variables are not set",
        "write `oidc: true` at the step (GitHub: `permissions: id-token: write`), and export AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE",
    ),
    row(
        &["unable to locate credentials"],
        Cause::NotAsked,
        "the SDK found neither keys nor a token's file",
        "write `oidc: true` at the step, and export AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE",
    ),
    row(
        &["actions_id_token_request"],
        Cause::NotAsked,
        "the job may not ask for a token",
        "write `permissions: id-token: write`",
    ),
    row(
        &["aws_web_identity_role_file"],
        Cause::MisnamedVariable,
        "no SDK reads AWS_WEB_IDENTITY_ROLE_FILE",
        "call it AWS_WEB_IDENTITY_TOKEN_FILE",
    ),
    row(
        &["export: command not found"],
        Cause::NotExported,
        "the shell's word is `export`, in small letters",
        "write `export NAME=value`",
    ),
    row(
        &["export: not found"],
        Cause::NotExported,
        "the shell's word is `export`, in small letters",
        "write `export NAME=value`",
    ),
    row(
        &["set: command not found"],
        Cause::NotExported,
        "`SET` is no word of a shell of Linux",
        "write `export NAME=value`",
    ),
    row(
        &["no role arn configured"],
        Cause::EmptyVariable,
        "AWS_ROLE_ARN is empty: a deployment's variable is only there in a step with `deployment`",
        "write `deployment: ENVIRONMENT` at the step, or define the variable for the repository or the workspace",
    ),
    row(
        &["not a valid jwt"],
        Cause::NoToken,
        "what was sent is not one whole token: its file is empty, cut off, or has other text in it",
        "write the variable's value and nothing else: printf %s \"$BITBUCKET_STEP_OIDC_TOKEN\" > \"$AWS_WEB_IDENTITY_TOKEN_FILE\"",
    ),
    row(
        &["no openidconnect provider found in your account"],
        Cause::NoProvider,
        "the account in the role's ARN has no OIDC provider of exactly this issuer: it was not created, the ARN names another account, \
         or the URLs differ by a slash or a host",
        "aws iam list-open-id-connect-providers in the role's account; create one with the issuer's URL as the token has it",
    ),
    row(
        &["incorrect token audience"],
        Cause::Audience,
        "the token's audience is none of the provider's client ids (`azp` stands in for it where the token has one)",
        "compare `aud` with aws iam get-open-id-connect-provider, and add it: for Bitbucket ari:cloud:bitbucket::workspace/UUID without braces",
    ),
    row(
        &["missing a required claim: aud"],
        Cause::NoAudience,
        "the token was made without an audience",
        "ask for one where it is made",
    ),
    row(
        &["certificate doesn't match configured thumbprint"],
        Cause::Thumbprint,
        "the issuer's keys are served with a certificate of another authority than the thumbprint is of",
        "aws iam update-open-id-connect-provider-thumbprint with the thumbprint of the present authority; for publicly trusted issuers any will do",
    ),
    row(
        &["couldn't retrieve verification key", "x-amz-security-token"],
        Cause::StaleSession,
        "a session token of the environment was sent along with the call, which is unsigned",
        "unset AWS_SESSION_TOKEN",
    ),
    row(
        &["couldn't retrieve verification key"],
        Cause::NoKey,
        "STS could not fetch the issuer's keys, or the token's `kid` is not among them; it passes by itself when it was the network",
        "try again with growing pauses; then look at ISSUER/.well-known/openid-configuration and the keys it names, and unset AWS_SESSION_TOKEN",
    ),
    row(
        &["request arn is invalid"],
        Cause::RoleArn,
        "the role's ARN is malformed: a blank, a backslash or an empty variable is in it",
        "write arn:aws:iam::ACCOUNT:role/NAME",
    ),
    row(
        &["durationseconds exceeds"],
        Cause::Duration,
        "the session is to last longer than the role allows",
        "ask for less, or raise the role's MaxSessionDuration (12 hours at most)",
    ),
    row(
        &["token included in the request is expired"],
        Cause::Outlived,
        "the session ended before the work did",
        "begin later steps with an exchange of their own token",
    ),
    row(
        &["expiredtoken"],
        Cause::Outlived,
        "the token or the session ended before the work did: a step's token is good for an hour",
        "exchange it when the step begins; put what comes later into a step of its own",
    ),
    row(
        &["token expired: current date/time"],
        Cause::Outlived,
        "the token ended before it was exchanged",
        "exchange it when the step begins",
    ),
    row(
        &["security token included in the request is invalid"],
        Cause::StaticKeys,
        "access keys of the environment or the runner were used instead of the token's session",
        "unset AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN",
    ),
    row(
        &["web_identity_token_file"],
        Cause::Profile,
        "this SDK does not read the token's file from a profile",
        "export AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE instead",
    ),
    row(
        &["well-known/openid-configuration", "404"],
        Cause::NoDiscovery,
        "the issuer has no discovery document: OIDC was never enabled, no pipeline has run yet, or the workspace was renamed",
        "enable it by one run of a step with `oidc: true`, and register the issuer's present URL",
    ),
    row(
        &["api.bitbucket.org", "401"],
        Cause::ForgeApi,
        "a step's OIDC token is not for Bitbucket's own API",
        "use a repository access token there",
    ),
    row(
        &["invalid value for \"audience\""],
        Cause::AudienceForm,
        "Google's audience is not a provider's full name: another path, the //iam.googleapis.com/ missing, or a variable left in it",
        "write //iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER",
    ),
    row(
        &["invalid_target"],
        Cause::NoTarget,
        "Google knows no such provider: it was deleted or disabled, or the audience has the project's id instead of its number",
        "write the project's number; gcloud projects describe PROJECT --format='value(projectNumber)'",
    ),
    row(
        &["target service indicated by the \"audience\""],
        Cause::NoTarget,
        "Google knows no such provider: it was deleted or disabled, or the audience has the project's id instead of its number",
        "write the project's number; gcloud projects describe PROJECT --format='value(projectNumber)'",
    ),
    row(
        &["rejected by the attribute condition"],
        Cause::Condition,
        "the provider's attribute condition is false for this token",
        "bring the token's claims and the provider, and the part that is false is shown",
    ),
    row(
        &["audience in", "does not match the expected"],
        Cause::GoogleClaims,
        "the token's `aud` is none of the provider's allowed audiences",
        "set --allowed-audiences to the token's `aud`",
    ),
    row(
        &["the issuer in id token"],
        Cause::GoogleClaims,
        "the token is of another issuer than the provider's",
        "set --issuer-uri to the token's `iss`, byte for byte",
    ),
    row(
        &["stale to sign-in"],
        Cause::Stale,
        "the token is too old: a cached one was sent, or the step ran long before",
        "exchange it when the step begins, and do not keep it",
    ),
    row(
        &["exceeds the 127 bytes limit"],
        Cause::GoogleLimit,
        "google.subject is mapped to more than 127 bytes",
        "map it to something shorter",
    ),
    row(
        &["lifetime cannot exceed 3600 seconds"],
        Cause::GoogleLimit,
        "the clocks differ, or more than an hour is asked for",
        "ask for 3600 seconds at most, and set the clock right",
    ),
    row(
        &["iam.serviceaccounts.getaccesstoken"],
        Cause::Impersonation,
        "the token was exchanged, but its bearer may not act as the service account: the binding's attribute is not mapped, its value \
         differs (braces are part of it), or it is younger than five minutes",
        "bind roles/iam.workloadIdentityUser to principalSet://iam.googleapis.com/projects/NUMBER/…/attribute.NAME/VALUE",
    ),
    row(
        &["iam.workloadidentitypoolproviders"],
        Cause::GooglePolicy,
        "an organisation's policy forbids this issuer",
        "let the organisation's administrator allow its URL",
    ),
    row(
        &["token expires too soon"],
        Cause::GooglePolicy,
        "what Google gives lives no longer than the token that was shown",
        "exchange a fresh token",
    ),
    row(
        &["aadsts7002138"],
        Cause::SubjectCase,
        "a federated credential has this subject in other letters",
        "write its subject exactly as the message has it",
    ),
    row(
        &["aadsts7002131"],
        Cause::Subject,
        "the credential's claims matching expression is false for this token",
        "write it for the subject in the message",
    ),
    row(
        &["aadsts7002137"],
        Cause::Subject,
        "the subject is not of the form that the message names",
        "write its subject as the message has it",
    ),
    row(
        &["aadsts700213"],
        Cause::Subject,
        "no federated credential has this subject",
        "write one with exactly this subject",
    ),
    row(
        &["aadsts700211"],
        Cause::IssuerOrAudience,
        "no federated credential has this issuer: a closing slash counts, and new ones take minutes to be known everywhere",
        "write one with exactly this issuer",
    ),
    row(
        &["aadsts700212"],
        Cause::IssuerOrAudience,
        "no federated credential has this audience",
        "ask for a token for api://AzureADTokenExchange",
    ),
    row(
        &["aadsts700024"],
        Cause::AssertionTime,
        "the token is over, or not yet good",
        "exchange it when the step begins, and set the clock right",
    ),
    row(
        &["aadsts70021"],
        Cause::IssuerOrAudience,
        "no federated credential fits issuer, subject and audience together",
        "compare all three with the message",
    ),
    row(
        &["audience claim found in jwt but no audiences bound"],
        Cause::Audience,
        "Vault's role says no audience",
        "set bound_audiences to the token's `aud`",
    ),
    row(
        &["aud claim does not match any bound audience"],
        Cause::Audience,
        "Vault's role is for another audience",
        "set bound_audiences to the token's `aud`",
    ),
    row(
        &["does not match any associated bound claim values"],
        Cause::Shape,
        "a claim is none of those that Vault's role is bound to",
        "bring the token's claims and the role, and both are shown",
    ),
    Row {
        words: &["not authorized to perform sts:tagsession"],
        cause: Some(Cause::TagSession),
        means: "the token carries session tags, and the role's policy does not allow to set them",
        fix: "write \"Action\": [\"sts:AssumeRoleWithWebIdentity\", \"sts:TagSession\"]",
    },
    Row {
        words: &["not authorized to perform sts:assumerolewithwebidentity"],
        cause: None,
        means: "STS says this whatever is wrong: no such role, another principal or action in its policy, or any condition that is false",
        fix: "bring the token's claims and the role's trust policy (aws iam get-role), and the condition is named; first look whether the \
              step has `oidc: true`, and whether AWS_REGION, AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE are exported in it",
    },
];

/// What is known of a message; what to bring, where nothing is.
pub(super) fn judge(text: &str) -> Finding {
    let folded = text.to_lowercase().replace('\u{2019}', "'").replace("\\\"", "\"");
    let fits = |row: &&Row| row.words.iter().all(|word| folded.contains(word));
    match ROWS.iter().find(fits) {
        Some(row) => Finding::refused(row.means, row.fix).of(row.cause),
        None => {
            let fix = "bring the token's claims and what they are judged by: a trust policy, a federated credential, a provider or a role";
            Finding::unknown("this message is not among those that are known here", fix)
        }
    }
}

/// The claims that a message tells.
pub(super) fn claims(text: &str) -> Map<String, Json> {
    let after = |words: &str, ends: &[char]| {
        let start = text.find(words)? + words.len();
        let value = text[start..].split(ends).next().unwrap_or_default().trim();
        (!value.is_empty()).then(|| json!(value))
    };
    let quote = &['\''][..];
    let blank = &[' ', '\n', '"', '\\'][..];
    let told = [
        ("iss", after("provider found in your account for ", blank)),
        ("iss", after("presented assertion issuer '", quote)),
        ("sub", after("presented assertion subject '", quote)),
        ("aud", after("presented assertion audience '", quote)),
        ("iss", after("Assertion Issuer: '", quote)),
        ("sub", after("Assertion Subject: '", quote)),
        ("aud", after("Assertion Audience: '", quote)),
        ("iss", after("The issuer in ID Token ", blank)),
    ];
    told.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}
