//! What is said whatever is wrong: told only where nothing else in the log is a cause.

use super::{Row, plain, row};
use crate::doctor::cause::Cause;

pub(super) const ROWS: &[Row] = &[
    plain(
        &[
            "not authorized to perform…sts:assumerolewithwebidentity",
            "assumerolewithwebidentity…accessdenied",
            "accessdenied…assumerolewithwebidentity",
        ],
        "STS says this whatever is wrong: no such role, another principal or action in its policy, or any condition that is false",
        "bring the token's claims and the role's trust policy (aws iam get-role), and the condition is named; first look whether the \
              step has `oidc: true`, and whether AWS_REGION, AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE are exported in it",
    ),
    row(
        Cause::NotExported,
        &[
            "you must specify a region",
            "no region was specified",
            "region is missing",
            "missing region in config",
            "could not find region configuration",
            "aws_region: unbound variable",
            "input required and not supplied: aws-region",
            "unable to find a region via the region provider chain",
            "missing required argument…region",
            "failed to resolve service endpoint…region",
        ],
        "AWS_REGION is not set in this step: it was not exported, or is a variable of a deployment that the step does not name",
        "export AWS_REGION, and AWS_DEFAULT_REGION for older tools",
    ),
    row(
        Cause::NotAsked,
        &[
            "could not load credentials from any providers",
            "unable to locate credentials",
            "nocredentialserror",
            "nocredentialproviders",
            "no valid providers in chain",
            "no valid credential sources*",
            "missing credentials in config",
            "unable to load aws credentials from any provider in the chain",
            "unable to load credentials from any of the providers in the chain",
            "no ec2 imds role found",
            "no providers in chain provided credentials",
            "the credential provider was not enabled",
            "failed to resolve aws credentials",
            "unable to get iam security credentials from ec2 instance metadata service",
            "error retrieving credentials from the instance profile metadata service",
            "missingcredentialserror",
            "unable to sign request without credentials set",
            "web identity configuration not specified",
            "default credentials were not found",
            "could not find default credentials",
            "could not automatically determine credentials",
            "unable to load credentials",
            "aws provider credentials not found",
            "no credentials have been configured",
            "unable to resolve aws account to use",
            "do not currently have an active account selected",
            "please run 'az login'",
            "defaultazurecredential failed to retrieve a token",
            "actions_id_token_request_*",
        ],
        "the SDK found neither keys nor a token's file: the step did not ask for a token, or its variables are not set",
        "write `oidc: true` at the step (GitHub: `permissions: id-token: write`), and export AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE",
    ),
    row(
        Cause::MisnamedVariable,
        &["aws_web_identity_token_file…must be set", "aws_web_identity_token_file…not set"],
        "AWS_WEB_IDENTITY_TOKEN_FILE is not set: clients of AWS look for the token there",
        "export AWS_WEB_IDENTITY_TOKEN_FILE=$(pwd)/web-identity-token, and write the token to it",
    ),
    row(
        Cause::Condition,
        &["unauthorized_client"],
        "the provider's attribute condition is false for this token",
        "bring the token's claims and the provider, and the part that is false is shown",
    ),
    row(
        Cause::Profile,
        &["web_identity_token_file", "profile file contained no credentials"],
        "this SDK does not read the token's file from a profile",
        "export AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE instead",
    ),
    plain(
        &["is not authorized to perform:"],
        "the token was exchanged: whom it stands for may not do this",
        "add the action to the policies of the role; where the server is Towpath's, `towpath why REQUEST-ID` names the statement",
    ),
];
