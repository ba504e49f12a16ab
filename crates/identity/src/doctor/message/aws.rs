//! What STS and IAM answer, and what the SDKs print before or after.

use super::{Row, plain, row};
use crate::doctor::cause::Cause;

const WHOLE: &str = "write the variable's value and nothing else: printf %s \"$BITBUCKET_STEP_OIDC_TOKEN\" > \"$AWS_WEB_IDENTITY_TOKEN_FILE\"";
const AGAIN: &str = "try again with growing pauses; then look at ISSUER/.well-known/openid-configuration and the keys it names, and unset AWS_SESSION_TOKEN";
const UNSET: &str = "unset AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN";

pub(super) const ROWS: &[Row] = &[
    CLOCK,
    row(
        Cause::RoleName,
        &["not authorized to perform…sts:assumerolewithwebidentity && role/githubactions"],
        "a role of the name GitHubActions was reported to be refused whatever its policy says",
        "give the role another name",
    ),
    row(
        Cause::TagSession,
        &[
            "user: arn:…is not authorized to perform: sts:tagsession",
            "user: arn:…is not authorized to perform: sts:setsourceidentity",
            "the assumerole operation…sts:tagsession",
        ],
        "sts:AssumeRole was called with session tags or a source identity, and the policies do not allow to set them; \
         configure-aws-credentials sends tags of its own",
        "write \"Action\": [\"sts:AssumeRole\", \"sts:TagSession\"], or \"sts:SetSourceIdentity\" beside it, in the trust policy of the role \
         that was asked for, and in the caller's own where that is in another account; or send none (role-skip-session-tagging: true)",
    ),
    row(
        Cause::TagSession,
        &[
            "not authorized to perform…sts:tagsession",
            "not authorized to perform…sts:setsourceidentity",
        ],
        "the token carries session tags or a source identity, and the role's policy does not allow to set them",
        "write \"Action\": [\"sts:AssumeRoleWithWebIdentity\", \"sts:TagSession\"], or \"sts:SetSourceIdentity\" beside it",
    ),
    row(
        Cause::NoToken,
        &["not a valid jwt"],
        "what was sent is not one whole token: its file is empty, cut off, or has other text in it",
        WHOLE,
    ),
    row(
        Cause::OtherIssuer,
        &[
            "no openidconnect provider found && vstoken.actions.githubusercontent.com*",
            "no openidconnect provider found && studio.iterative.ai*",
        ],
        "the issuer has another host than it had, as GitHub's and Studio's once moved: the provider and the token are of two of them",
        "register a provider with the URL that the token's `iss` has, and write its host into the keys of the trust policy's conditions",
    ),
    row(
        Cause::NoProvider,
        &[
            "no openidconnect provider found in your account",
            "openidconnect provider not found for arn",
        ],
        "the account in the role's ARN has no OIDC provider of exactly this issuer: it was not created, the ARN names another account, \
         or the URLs differ by a slash or a host",
        "aws iam list-open-id-connect-providers in the role's account; create one with the issuer's URL as the token has it",
    ),
    row(
        Cause::Braces,
        &["incorrect token audience && workspace/{"],
        "the audience has braces around the workspace's UUID, and Bitbucket's has none",
        "register ari:cloud:bitbucket::workspace/UUID without braces",
    ),
    row(
        Cause::Partition,
        &[
            "incorrect token audience && arn:aws-cn",
            "incorrect token audience && arn:aws-us-gov",
            "incorrect token audience && sts.amazonaws.com.cn",
            "request arn is invalid && arn:aws-cn",
            "request arn is invalid && arn:aws-us-gov",
            "endpoint url: 'https://sts.cn-*…amazonaws.com/",
            "security token included in the request is invalid && arn:aws-cn",
            "security token included in the request is invalid && arn:aws-us-gov",
            "partition '…' is not valid for resource",
        ],
        "the role is in another partition of AWS than the audience, or the endpoint that was asked, is for",
        "set AWS_REGION to a region of the role's partition; ask for a token for sts.amazonaws.com.cn in China, and register that audience",
    ),
    row(
        Cause::AuthorizedParty,
        &["incorrect token audience && 'azp'"],
        "the token has `azp`, and STS compares that instead of `aud`",
        "register the token's `azp` as a client id: aws iam add-client-id-to-open-id-connect-provider",
    ),
    row(
        Cause::Audience,
        &["incorrect token audience"],
        "the token's audience is none of the provider's client ids (`azp` stands in for it where the token has one)",
        "compare `aud` with aws iam get-open-id-connect-provider, and add it: for Bitbucket ari:cloud:bitbucket::workspace/UUID without braces",
    ),
    row(
        Cause::NoAudience,
        &["missing a required claim: aud"],
        "the token was made without an audience",
        "ask for one where it is made",
    ),
    plain(
        &["missing a required claim"],
        "the token lacks a claim that STS asks for: `iss`, `sub`, `aud`, `exp` and `iat` must be there",
        "let the issuer write it",
    ),
    row(
        Cause::Thumbprint,
        &[
            "doesn't match configured thumbprint",
            "does not match configured thumbprint",
            "length of thumbprint_list*",
            "'thumbprintlist'…failed to satisfy constraint",
            "problem when requesting the thumbprint",
            "unable to obtain…thumbprint",
            "openid-configuration…certificate signed by unknown authority",
        ],
        "the issuer's keys are served with a certificate of another authority than the thumbprint is of",
        "aws iam update-open-id-connect-provider-thumbprint with the thumbprint of the present authority; for publicly trusted issuers any will do",
    ),
    row(
        Cause::StaleSession,
        &[
            "couldn't retrieve verification key && x-amz-security-token",
            "couldn't retrieve verification key && aws_session_token",
            "the provided token is malformed or otherwise invalid",
        ],
        "a session token of the environment was sent along with the call",
        "unset AWS_SESSION_TOKEN",
    ),
    row(
        Cause::NoDiscovery,
        &[
            "openid-configuration…404",
            "404…openid-configuration",
            "keys.json…404",
            "error checking oidc discovery url…404",
            "expected 200 ok, got: 404",
            "fail to fetch data from the url…404",
            "oidc is not enabled",
        ],
        "the issuer has no discovery document: OIDC was never enabled, no pipeline has run yet, or the workspace was renamed",
        "enable it by one run of a step with `oidc: true`, and register the issuer's present URL",
    ),
    row(
        Cause::NoKey,
        &[
            "couldn't retrieve verification key",
            "idpcommunicationerror",
            "idpcommunicationerrorexception",
            "openididpcommunicationerror*",
        ],
        "STS could not fetch the issuer's keys, or the token's `kid` is not among them; it passes by itself when it was the network",
        AGAIN,
    ),
    row(
        Cause::Duration,
        &[
            "durationseconds exceeds",
            "at 'durationseconds' failed to satisfy constraint",
            "invalid range for parameter durationseconds",
            "minimum field value of 900, assumerolewithwebidentityinput.durationseconds",
            "exceeds the 1 hour session limit",
        ],
        "the session is to last longer than the role allows",
        "ask for less, or raise the role's MaxSessionDuration (12 hours at most)",
    ),
    row(
        Cause::RoleArn,
        &[
            "request arn is invalid",
            "is an invalid arn",
            "arn: invalid prefix",
            "arn: not enough sections",
            "at 'rolearn' failed to satisfy constraint",
            "invalid length for parameter rolearn",
            "minimum field size of 20, assumerolewithwebidentityinput.rolearn",
            "validationerror…role/…is invalid",
            "invalid arn…role",
        ],
        "the role's ARN is malformed: a blank, a backslash or an empty variable is in it",
        "write arn:aws:iam::ACCOUNT:role/NAME",
    ),
    row(
        Cause::Open,
        &[
            "malformedpolicydocument…lets strangers in",
            "malformedpolicydocument…:sub",
            "ckv_aws_358",
            "ckv_gcp_125",
        ],
        "the policy takes every token of the issuer: no condition says whose",
        "add a condition on the issuer's `sub`: one repository, one branch or one environment of it",
    ),
    row(
        Cause::Principal,
        &[
            "federated principals must be valid domain names or saml metadata arns",
            "invalid principal in policy",
            "assumerolepolicy contained an invalid principal",
            "assumerole policy may only specify sts assumerole actions",
        ],
        "the policy's principal or its action is not the one of web identities",
        "write \"Principal\": {\"Federated\": \"arn:aws:iam::ACCOUNT:oidc-provider/HOST/PATH\"} and \"Action\": \"sts:AssumeRoleWithWebIdentity\"",
    ),
    row(
        Cause::ForgeApi,
        &[
            "token is invalid, expired, or not supported for this endpoint",
            "token is invalid or not supported for this endpoint",
            "api.bitbucket.org…401",
            "401…api.bitbucket.org*",
            "authentication failed for 'https://bitbucket.org*",
            "authentication failed for 'https://x-token-auth*",
            "bad credentials…docs.github.com/rest*",
            "api.github.com…bad credentials",
            "api.github.com…401",
            "http basic: access denied",
            "/api/v4*…401 unauthorized",
        ],
        "a step's OIDC token is not for the forge's own API",
        "use an access token of the repository there",
    ),
    row(
        Cause::Outlived,
        &[
            "token included in the request is expired",
            "the provided token has expired",
            "expiredtoken*",
            "requestexpired",
            "request has expired",
            "token expired: current date/time",
            "refreshed credentials are still expired",
            "your authorization token has expired",
            "web identity token that was passed is expired",
        ],
        "the token or the session ended before the work did: a step's token is good for an hour",
        "exchange the step's own token when it begins; put what comes later into a step of its own",
    ),
    row(
        Cause::StaticKeys,
        &[
            "security token included in the request is invalid",
            "access key id you provided does not exist",
            "invalidaccesskeyid",
            "invalidclienttokenid",
            "signaturedoesnotmatch",
            "the request signature we calculated does not match",
            "partial credentials found in env*",
            "not able to validate the provided access credentials",
            "user: arn:…:user/…is not authorized to perform: sts:assumerole on",
            // The session of an instance's role is called as the instance is.
            "user: arn:…:assumed-role/…/i-*…is not authorized to perform: sts:assumerole on",
        ],
        "access keys of the environment or the runner were used instead of the token's session",
        UNSET,
    ),
    row(
        Cause::Profile,
        &[
            "config profile…could not be found",
            "could not resolve credentials using profile",
            "failed to get shared config profile",
            "could not be found or parsed in shared credentials file",
            "not found in credentials file",
            "in credentialprofilestorechain",
            "sharedconfig*",
            "web_identity_token_file…not supported",
            "web_identity_token_file…unsupported",
            "web_identity_token_file…unknown",
            "web_identity_token_file…ignored",
            "webidentitytokencredentials…unsupported",
        ],
        "this SDK does not read the token's file from a profile, or finds no such profile",
        "unset AWS_PROFILE, and export AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE instead",
    ),
    plain(
        &[
            "at 'rolesessionname' failed to satisfy constraint",
            "invalid length for parameter rolesessionname",
            "assumerolewithwebidentityinput.rolesessionname",
        ],
        "the session's name has a character that STS does not take, or is too short or too long",
        "set AWS_ROLE_SESSION_NAME (role-session-name) to 2 to 64 letters, digits and _+=,.@-",
    ),
    plain(
        &["regiondisabledexception", "sts is not activated in this region"],
        "STS is switched off for this region in the role's account",
        "switch it on in the account's settings of IAM, or set AWS_STS_REGIONAL_ENDPOINTS and AWS_REGION to one that is on",
    ),
    plain(
        &["idprejectedclaim*"],
        "the identity provider itself rejected the token: it was withdrawn, or is none of its own",
        "make a new token and exchange it at once",
    ),
    plain(
        &["packedpolicytoolarge*", "packed size of session tags consumes"],
        "the session policy and the session tags together are more than STS takes",
        "put fewer tags into the token, or a shorter session policy beside it",
    ),
];

/// What is said instead of the keys where their signature is right but for its time.
pub(super) const CLOCK: Row = plain(
    &[
        "signature expired…is now earlier than",
        "signature not yet current",
        "requesttimetooskewed",
        "difference between the request time and the current time is too large",
        "request timestamp is too skewed",
    ],
    "the clock of whoever signed the request is minutes away from the service's: its keys are not the matter",
    "set the clock of the runner (or of its virtual machine) right: timedatectl set-ntp true; where a log was replayed, sign anew",
);
