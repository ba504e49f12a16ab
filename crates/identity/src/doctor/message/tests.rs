//! Every cause that a message can name, in words that clients print: one line or the log of a step.
//! Those that STS's one sentence hides are in `doctor/tests.rs`, with the policy beside it.

use super::*;

/// The number of a cause, and a message of it; 0 where it is known and of none.
const WORDINGS: &[(u8, &str)] = &[
    (
        41,
        "You must specify a region.\nAADSTS700213: No matching federated identity record found for presented assertion subject 'repo:a/b:pull_request'.",
    ),
    (1, "KeyError: 'BITBUCKET_STEP_OIDC_TOKEN'"),
    (
        1,
        "✖ Validation errors: \nParameter \"oidc: true\" in the step configuration is required for OIDC authentication",
    ),
    (
        1,
        "Parameter validation failed:\nInvalid type for parameter WebIdentityToken, value: None, type: <class 'NoneType'>, valid types: <class 'str'>",
    ),
    (1, "ERROR: (gcloud.storage.cp) You do not currently have an active account selected."),
    (1, "ERROR: Please run 'az login' to setup account."),
    (
        2,
        "WebIdentityTokenCredentialsProvider(): Either the environment variable AWS_WEB_IDENTITY_TOKEN_FILE or the javaproperty aws.webIdentityTokenFile must be set.",
    ),
    (
        4,
        "operation error STS: AssumeRoleWithWebIdentity, 1 validation error(s) found.\n- missing required field, AssumeRoleWithWebIdentityInput.RoleArn.\n",
    ),
    (4, "MissingRequiredParameter: Missing required key 'RoleArn' in params"),
    (4, "Error: Input required and not supplied: role-to-assume"),
    (
        5,
        "io.jsonwebtoken.MalformedJwtException: JWT strings must contain exactly 2 period characters. Found: 0",
    ),
    (
        5,
        "aws_sts: 1 validation error(s) found.\n- minimum field size of 4, AssumeRoleWithWebIdentityInput.WebIdentityToken.\n",
    ),
    (
        28,
        "MalformedPolicyDocument: Partition \"aws\" is not valid for resource \"arn:aws:s3:::acme/*\".",
    ),
    (1, "botocore.exceptions.NoCredentialsError: Unable to locate credentials"),
    (
        1,
        "Unable to locate credentials. You can configure credentials by running \"aws configure\".",
    ),
    (
        1,
        "CredentialsProviderError: Could not load credentials from any providers\n    at /build/node_modules/@aws-sdk/credential-provider-node/dist-cjs/index.js:117:13",
    ),
    (
        1,
        "CredentialsError: Missing credentials in config, if using AWS_CONFIG_FILE, set AWS_SDK_LOAD_CONFIG=1",
    ),
    (
        1,
        "NoCredentialProviders: no valid providers in chain. Deprecated.\n\tFor verbose messaging see aws.Config.CredentialsChainVerboseErrors",
    ),
    (
        1,
        "operation error S3: ListBuckets, get identity: get credentials: failed to refresh cached credentials, no EC2 IMDS role found, operation error ec2imds: GetMetadata, exceeded maximum number of attempts, 3",
    ),
    (
        1,
        "software.amazon.awssdk.core.exception.SdkClientException: Unable to load credentials from any of the providers in the chain AwsCredentialsProviderChain(credentialsProviders=[SystemPropertyCredentialsProvider()]) : [EnvironmentVariableCredentialsProvider(): Unable to load credentials from system settings. WebIdentityTokenCredentialsProvider(): Either the environment variable AWS_WEB_IDENTITY_TOKEN_FILE or the javaproperty aws.webIdentityTokenFile must be set., ProfileCredentialsProvider(): Profile file contained no credentials for profile 'default']",
    ),
    (
        1,
        "╷\n│ Error: No valid credential sources found\n│ \n│   with provider[\"registry.terraform.io/hashicorp/aws\"],\n│   on main.tf line 1, in provider \"aws\":\n│    1: provider \"aws\" {\n╵",
    ),
    (
        1,
        "Error: Credentials could not be loaded, please check your action inputs: Could not load credentials from any providers",
    ),
    (1, "Error: Error message: Unable to get ACTIONS_ID_TOKEN_REQUEST_URL env variable"),
    (
        1,
        "Error: google-github-actions/auth failed with: GitHub Actions did not inject $ACTIONS_ID_TOKEN_REQUEST_TOKEN or $ACTIONS_ID_TOKEN_REQUEST_URL into this job.",
    ),
    (
        1,
        "+ echo $BITBUCKET_STEP_OIDC_TOKEN > $(pwd)/web-identity-token\nbash: BITBUCKET_STEP_OIDC_TOKEN: unbound variable",
    ),
    (
        1,
        "usage: aws [options] <command> <subcommand> [<subcommand> ...] [parameters]\naws: error: argument --web-identity-token: expected one argument",
    ),
    (
        1,
        "WorkloadIdentityCredential: WorkloadIdentityCredential authentication unavailable. The workload options are not fully configured. See the troubleshooting guide for more information.",
    ),
    (
        1,
        "google.auth.exceptions.DefaultCredentialsError: Your default credentials were not found. To set up Application Default Credentials, see https://cloud.google.com/docs/authentication/external/set-up-adc",
    ),
    (
        2,
        "+ export AWS_WEB_IDENTITY_ROLE_FILE=$(pwd)/web-identity-token\n+ echo $BITBUCKET_STEP_OIDC_TOKEN > $(pwd)/web-identity-token\n+ aws sts get-caller-identity\nUnable to locate credentials. You can configure credentials by running \"aws configure\".",
    ),
    (
        2,
        "/opt/atlassian/pipelines/agent/tmp/bashScript.sh: line 12: AWS_WEB_IDENTITY_TOKEN_FILE: unbound variable",
    ),
    (2, "bash: $AWS_WEB_IDENTITY_TOKEN_FILE: ambiguous redirect"),
    (
        2,
        "+ echo $BITBUCKET_STEP_OIDC_TOKEN > $AWS_WEB_IDENTITY_TOKEN_FILE\n/bin/sh: 4: cannot create : Directory nonexistent",
    ),
    (2, "bash: AWS_WEB_IDENTITY_ROLE_FILE: unbound variable"),
    (3, "/bin/sh: 3: SET: not found"),
    (3, "bash: line 7: EXPORT: command not found\nUnable to locate credentials"),
    (3, "+ SET AWS_REGION\nbash: SET: command not found"),
    (3, "zsh: command not found: EXPORT"),
    (3, "bash: export: `=': not a valid identifier"),
    (3, "/bin/sh: 5: export: : bad variable name"),
    (3, "bash: AWS_ROLE_ARN: command not found"),
    (
        3,
        "+ SET AWS_REGION\n+ aws sts get-caller-identity\n\nUnable to locate credentials. You can configure credentials by running \"aws configure\".",
    ),
    (
        4,
        "botocore.exceptions.InvalidConfigError: The provided profile or the current environment is configured to assume role with web identity but has no role ARN configured. Ensure that the profile has the role_arn configuration set or the AWS_ROLE_ARN env var is set.",
    ),
    (
        4,
        "An error occurred (ValidationError) when calling the AssumeRoleWithWebIdentity operation: 1 validation error detected: Value '' at 'roleArn' failed to satisfy constraint: Member must have length greater than or equal to 20",
    ),
    (
        4,
        "Parameter validation failed:\nInvalid length for parameter RoleArn, value: 0, valid min length: 20",
    ),
    (4, "bash: AWS_ROLE_ARN: unbound variable"),
    (4, "WebIdentityErr: role ARN is not set"),
    (
        4,
        "WebIdentityTokenCredentialsProvider(): Either the environment variable AWS_ROLE_ARN or the javaproperty aws.roleArn must be set.",
    ),
    (4, "✖ Validation errors: \nAWS_OIDC_ROLE_ARN:\n- required field"),
    (4, "aws: error: argument --role-arn: expected one argument"),
    (
        5,
        "An error occurred (InvalidIdentityToken) when calling the AssumeRoleWithWebIdentity operation: The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
    ),
    (
        5,
        "Parameter validation failed:\nInvalid length for parameter WebIdentityToken, value: 0, valid min length: 4",
    ),
    (
        5,
        "FileNotFoundError: [Errno 2] No such file or directory: '/opt/atlassian/pipelines/agent/build/web-identity-token'",
    ),
    (
        5,
        "Error: ENOENT: no such file or directory, open '/opt/atlassian/pipelines/agent/build/web-identity-token'",
    ),
    (
        5,
        "WebIdentityErr: failed fetching WebIdentity token: \ncaused by: WebIdentityErr: unable to read file at /tmp/token\ncaused by: open /tmp/token: no such file or directory",
    ),
    (
        5,
        "failed to refresh cached credentials, failed to retrieve jwt from provide source, unable to read file at /tmp/token: open /tmp/token: no such file or directory",
    ),
    (
        5,
        "1 validation error detected: Value '' at 'webIdentityToken' failed to satisfy constraint: Member must have length greater than or equal to 4",
    ),
    (5, "* error validating token: error parsing token: compact JWS format must have three parts"),
    (5, "jwt.exceptions.DecodeError: Not enough segments"),
    (5, "google.auth.exceptions.RefreshError: Missing subject_token in the credential_source file"),
    (
        6,
        "An error occurred (InvalidIdentityToken) when calling the AssumeRoleWithWebIdentity operation: No OpenIDConnect provider found in your account for https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc",
    ),
    (
        6,
        "Error: Could not assume role with OIDC: No OpenIDConnect provider found in your account for https://token.actions.githubusercontent.com",
    ),
    (
        6,
        "operation error STS: AssumeRoleWithWebIdentity, https response error StatusCode: 400, RequestID: 7c1e2d3f, InvalidIdentityToken: No OpenIDConnect provider found in your account for https://gitlab.com",
    ),
    (
        6,
        "An error occurred (NoSuchEntity) when calling the GetOpenIDConnectProvider operation: OpenIDConnect Provider not found for arn arn:aws:iam::111111111111:oidc-provider/gitlab.com",
    ),
    (
        6,
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>InvalidIdentityToken</Code><Message>No OpenIDConnect provider found in your account for https://gitlab.com</Message></Error></ErrorResponse>",
    ),
    (
        7,
        "+ export AWS_ROLE_ARN=arn:aws:iam::222222222222:role/deploy\n+ aws iam list-open-id-connect-providers --profile infra\n\"Arn\": \"arn:aws:iam::111111111111:oidc-provider/gitlab.com\"\nInvalidIdentityToken: No OpenIDConnect provider found in your account for https://gitlab.com",
    ),
    (
        7,
        "Assuming arn:aws:iam::333333333333:role/ci with provider arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com\nError: Could not assume role with OIDC: No OpenIDConnect provider found in your account for https://token.actions.githubusercontent.com",
    ),
    (
        7,
        "role_arn = \"arn:aws:iam::444444444444:role/tf\"\noidc_provider_arn = \"arn:aws:iam::111111111111:oidc-provider/app.terraform.io\"\n│ Error: InvalidIdentityToken: No OpenIDConnect provider found in your account for https://app.terraform.io",
    ),
    (
        8,
        "arn:aws:iam::111111111111:oidc-provider/vstoken.actions.githubusercontent.com\nNo OpenIDConnect provider found in your account for https://token.actions.githubusercontent.com",
    ),
    (
        8,
        "{\"Arn\": \"arn:aws:iam::111111111111:oidc-provider/studio.iterative.ai/api\"}\nInvalidIdentityToken: No OpenIDConnect provider found in your account for https://studio.datachain.ai/api",
    ),
    (8, "* error validating token: invalid issuer (iss) claim"),
    (8, "jwt.exceptions.InvalidIssuerError: Invalid issuer"),
    (
        9,
        "arn:aws:iam::111111111111:oidc-provider/gitlab.example.com/\nNo OpenIDConnect provider found in your account for https://gitlab.example.com",
    ),
    (
        9,
        "Error writing data to auth/jwt/config: * error checking oidc discovery URL: oidc: issuer did not match the issuer returned by provider, expected \"https://idp.example.com\" got \"https://idp.example.com/\"",
    ),
    (
        9,
        "aws_iam_openid_connect_provider.gitlab: [id=arn:aws:iam::111111111111:oidc-provider/GitLab.com]\n│ Error: No OpenIDConnect provider found in your account for https://gitlab.com",
    ),
    (
        10,
        "An error occurred (InvalidIdentityToken) when calling the AssumeRoleWithWebIdentity operation: Incorrect token audience",
    ),
    (10, "Error: Could not assume role with OIDC: Incorrect token audience"),
    (
        10,
        "{\"errors\":[\"error validating token: invalid audience (aud) claim: audience claim does not match any expected audience\"]}",
    ),
    (
        10,
        "oidc: expected audience \"sts.amazonaws.com\" got [\"ari:cloud:bitbucket::workspace/0f1e\"]",
    ),
    (10, "JWTClaimValidationFailed: unexpected \"aud\" claim value"),
    (10, "jwt.exceptions.InvalidAudienceError: Audience doesn't match"),
    (11, "Aws::STS::Errors::InvalidIdentityToken (Missing a required claim: aud)"),
    (11, "jwt.exceptions.MissingRequiredClaimError: Token is missing the \"aud\" claim"),
    (11, "JWTClaimValidationFailed: missing required \"aud\" claim"),
    (11, "jobs:deploy:id_tokens:AWS_TOKEN config missing required keys: aud"),
    (
        12,
        "{\"aud\": \"api\", \"azp\": \"client-7\"}\nInvalidIdentityToken: Incorrect token audience",
    ),
    (12, "RPError: azp mismatch, got: client-7"),
    (12, "JWTClaimValidationFailed: unexpected \"azp\" (authorized party) claim value"),
    (13, "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint"),
    (
        13,
        "<Message>OpenIDConnect provider&apos;s HTTPS certificate doesn&apos;t match configured thumbprint</Message>",
    ),
    (
        13,
        "│ Error: error retrieving credentials: InvalidIdentityToken: OpenIDConnect provider’s HTTPS certificate doesn’t match\n│ configured thumbprint",
    ),
    (13, "expected length of thumbprint_list.0 to be in the range (40 - 40), got abc"),
    (
        13,
        "* error checking oidc discovery URL: Get \"https://idp.example.com/.well-known/openid-configuration\": tls: failed to verify certificate: x509: certificate signed by unknown authority",
    ),
    (
        14,
        "An error occurred (InvalidIdentityToken) when calling the AssumeRoleWithWebIdentity operation (reached max retries: 4): Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
    ),
    (14, "IDPCommunicationError: Could not communicate with the identity provider"),
    (
        14,
        "software.amazon.awssdk.services.sts.model.IdpCommunicationErrorException: The request could not be fulfilled (Service: Sts, Status Code: 400)",
    ),
    (14, "AADSTS50013: Assertion failed signature validation. [Reason - The key was not found.]"),
    (
        14,
        "{\"error\":\"invalid_grant\",\"error_description\":\"Error connecting to the given credential's issuer.\"}",
    ),
    (14, "jwt.exceptions.PyJWKClientError: Unable to find a signing key that matches: \"k1\""),
    (14, "JWKSNoMatchingKey: no applicable key found in the JSON Web Key Set"),
    (
        15,
        "+ export AWS_SESSION_TOKEN=$OLD\nCouldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
    ),
    (
        15,
        "> POST / HTTP/1.1\n> X-Amz-Security-Token: IQoJ\n<Message>Couldn&#39;t retrieve verification key from your identity provider</Message>",
    ),
    (
        15,
        "An error occurred (InvalidToken) when calling the PutObject operation: The provided token is malformed or otherwise invalid.",
    ),
    (
        19,
        "An error occurred (AccessDenied) when calling the AssumeRole operation: User: arn:aws:sts::111111111111:assumed-role/ci/x is not authorized to perform: sts:TagSession on resource: arn:aws:iam::111111111111:role/deploy",
    ),
    (
        19,
        "Error: Could not assume role with user credentials: User: arn:aws:iam::111111111111:user/ci is not authorized to perform: sts:TagSession on resource: arn:aws:iam::111111111111:role/deploy",
    ),
    (19, "AccessDenied: Not authorized to perform sts:TagSession"),
    (
        19,
        "is not authorized to perform: sts:SetSourceIdentity on resource: arn:aws:iam::111111111111:role/deploy",
    ),
    (
        20,
        "MalformedPolicyDocument: Federated principals must be valid domain names or SAML metadata ARNs",
    ),
    (
        20,
        "│ Error: creating IAM Role (deploy): operation error IAM: CreateRole, https response error StatusCode: 400, RequestID: 1, MalformedPolicyDocument: AssumeRole policy may only specify STS AssumeRole actions.",
    ),
    (
        20,
        "An error occurred (MalformedPolicyDocument) when calling the UpdateAssumeRolePolicy operation: Invalid principal in policy: \"FEDERATED\":\"arn:aws:iam::111111111111:oidc-provider\"",
    ),
    (
        22,
        "aud: ari:cloud:bitbucket::workspace/{0f1e2d3c-0c3d-4e5f-8a9b-0c1d2e3f4a5b}\nInvalidIdentityToken: Incorrect token audience",
    ),
    (
        22,
        "+ aws iam create-open-id-connect-provider --client-id-list 'ari:cloud:bitbucket::workspace/{0f1e2d3c}'\nAn error occurred (InvalidIdentityToken): Incorrect token audience",
    ),
    (
        22,
        "client_id_list = [\"ari:cloud:bitbucket::workspace/{0f1e2d3c}\"]\n│ Error: Incorrect token audience",
    ),
    (23, "ValidationError: Request ARN is invalid\n\tstatus code: 400, request id: 7c1e2d3f"),
    (
        23,
        "Error: \"assume_role_with_web_identity.0.role_arn\" (deploy) is an invalid ARN: arn: invalid prefix",
    ),
    (
        23,
        "Parameter validation failed:\nInvalid length for parameter RoleArn, value: 6, valid min length: 20",
    ),
    (
        23,
        "1 validation error detected: Value ' arn:aws:iam::1:role/x' at 'roleArn' failed to satisfy constraint: Member must satisfy regular expression pattern",
    ),
    (
        23,
        "An error occurred (ValidationError) when calling the AssumeRole operation: arn:aws:iam::$ACCOUNT:role/x is invalid",
    ),
    (
        24,
        "ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    ),
    (
        24,
        "1 validation error detected: Value '86400' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 43200",
    ),
    (
        24,
        "Parameter validation failed:\nInvalid range for parameter DurationSeconds, value: 60, valid min value: 900",
    ),
    (
        24,
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    ),
    (
        25,
        "An error occurred (ExpiredTokenException) when calling the AssumeRoleWithWebIdentity operation: Token expired: current date/time 1795342530 must be before the expiration date/time1795338930",
    ),
    (
        25,
        "upload failed: ./app.zip to s3://acme/app.zip An error occurred (ExpiredToken) when calling the UploadPart operation: The provided token has expired.",
    ),
    (25, "api error RequestExpired: Request has expired."),
    (25, "denied: Your authorization token has expired. Reauthenticate and try again."),
    (25, "* error validating token: invalid expiration time (exp) claim: token is expired"),
    (25, "jwt.exceptions.ExpiredSignatureError: Signature has expired"),
    (
        26,
        "An error occurred (InvalidClientTokenId) when calling the GetCallerIdentity operation: The security token included in the request is invalid.",
    ),
    (
        26,
        "│ Error: validating provider credentials: retrieving caller identity from STS: operation error STS: GetCallerIdentity, https response error StatusCode: 403, RequestID: 1, api error InvalidClientTokenId: The security token included in the\n│ request is invalid.",
    ),
    (
        26,
        "An error occurred (InvalidAccessKeyId) when calling the ListBuckets operation: The AWS Access Key Id you provided does not exist in our records.",
    ),
    (
        26,
        "An error occurred (SignatureDoesNotMatch) when calling the GetCallerIdentity operation: The request signature we calculated does not match the signature you provided.",
    ),
    (26, "Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY"),
    (
        26,
        "AccessDenied: User: arn:aws:sts::111111111111:assumed-role/runner/i-0abc is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111111111111:role/deploy",
    ),
    (27, "The config profile (deploy) could not be found"),
    (
        27,
        "CredentialsProviderError: Could not resolve credentials using profile: [deploy] in configuration/credentials file(s).",
    ),
    (27, "failed to get shared config profile, deploy"),
    (27, "profile deploy: web_identity_token_file is not supported by this version"),
    (
        28,
        "Assuming arn:aws-cn:iam::111111111111:role/deploy\nError: Could not assume role with OIDC: Incorrect token audience",
    ),
    (28, "Could not connect to the endpoint URL: \"https://sts.cn-north-1.amazonaws.com/\""),
    (
        28,
        "+ export AWS_ROLE_ARN=arn:aws-us-gov:iam::111111111111:role/deploy\nAn error occurred (ValidationError): Request ARN is invalid",
    ),
    (
        29,
        "Error 400: The attribute condition must reference one of the provider's claims. For more information, see https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines#conditions",
    ),
    (
        29,
        "An error occurred (MalformedPolicyDocument) when calling the CreateRole operation: This trust policy lets strangers in. line 3: every token of gitlab.com will do",
    ),
    (
        29,
        "Error writing data to auth/jwt/role/deploy: * must have at least one bound constraint when creating/updating a role",
    ),
    (
        29,
        "Check: CKV_AWS_358: \"Ensure AWS GitHub Actions OIDC authorization policies only allow safe claims and claim order\"\n\tFAILED for resource: aws_iam_policy_document.trust",
    ),
    (
        30,
        "curl: (22) The requested URL returned error: 404 https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc/.well-known/openid-configuration",
    ),
    (30, "* error checking oidc discovery URL: 404 Not Found: {\"type\": \"error\"}"),
    (30, "OPError: expected 200 OK, got: 404 Not Found"),
    (
        30,
        "PyJWKClientConnectionError: Fail to fetch data from the url, err: \"HTTP Error 404: Not Found\"",
    ),
    (
        31,
        "{\"type\": \"error\", \"error\": {\"message\": \"Token is invalid, expired, or not supported for this endpoint.\"}}",
    ),
    (
        31,
        "+ curl -fsS -H \"Authorization: Bearer $BITBUCKET_STEP_OIDC_TOKEN\" https://api.bitbucket.org/2.0/repositories/acme/shop\ncurl: (22) The requested URL returned error: 401",
    ),
    (31, "fatal: Authentication failed for 'https://bitbucket.org/acme/shop.git/'"),
    (
        31,
        "{\"message\": \"Bad credentials\", \"documentation_url\": \"https://docs.github.com/rest\", \"status\": \"401\"}",
    ),
    (
        32,
        "Assuming role arn:aws:iam::111111111111:role/GitHubActions\nError: Could not assume role with OIDC: Not authorized to perform sts:AssumeRoleWithWebIdentity",
    ),
    (
        32,
        "+ export AWS_ROLE_ARN=arn:aws:iam::111111111111:role/GitHubActions\nAn error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: Not authorized to perform sts:AssumeRoleWithWebIdentity",
    ),
    (
        32,
        "User: x is not authorized to perform: sts:AssumeRoleWithWebIdentity on resource: arn:aws:iam::111111111111:role/GitHubActions",
    ),
    (
        33,
        "google.auth.exceptions.OAuthError: ('Error code invalid_request: Invalid value for \"audience\". This value should be the full resource name of the Identity Provider. See https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token for the list of possible formats.', '{\"error\":\"invalid_request\"}')",
    ),
    (
        33,
        "oauth2/google: status code 400: {\"error\":\"invalid_request\",\"error_description\":\"Invalid value for \\\"audience\\\". This value should be the full resource name of the Identity Provider.\"}",
    ),
    (
        33,
        "google-github-actions/auth failed with: failed to generate Google Cloud federated token for //iam.googleapis.com/x: Invalid value for &quot;audience&quot;.",
    ),
    (
        34,
        "ERROR: (gcloud.auth.print-access-token) ('Error code invalid_target: The target service indicated by the \"audience\" parameters is invalid. This might either be because the pool or provider is disabled or deleted or because it doesn\\'t exist.', '{\"error\":\"invalid_target\"}')",
    ),
    (
        34,
        "{\"error\":\"invalid_target\",\"error_description\":\"The target service indicated by the \\\"audience\\\" parameters is invalid.\"}",
    ),
    (
        34,
        "ERROR: (gcloud.iam.workload-identity-pools.providers.describe) NOT_FOUND: Requested entity was not found.",
    ),
    (
        35,
        "Error code unauthorized_client: The given credential is rejected by the attribute condition.",
    ),
    (
        35,
        "google.auth.exceptions.OAuthError: ('Error code unauthorized_client: The given credential is rejected by the attribute condition.', '{\"error\":\"unauthorized_client\"}')",
    ),
    (35, "oauth2/google: status code 401: {\"error\":\"unauthorized_client\"}"),
    (
        36,
        "Error code invalid_grant: The audience in ID Token [ari:cloud:bitbucket::workspace/0f1e] does not match the expected audience https://iam.googleapis.com/projects/1.",
    ),
    (
        36,
        "{\"error\":\"invalid_grant\",\"error_description\":\"The issuer in ID Token https://a does not match the expected ones: https://b\"}",
    ),
    (36, "invalid_grant: The audience in JWT does not match the expected values."),
    (
        37,
        "ERROR: (gcloud.storage.cp) There was a problem refreshing your current auth tokens: ('Error code invalid_grant: ID Token issued at 1795338930 is stale to sign-in.', '')",
    ),
    (
        37,
        "oauth2/google: status code 400: {\"error\":\"invalid_grant\",\"error_description\":\"ID Token issued at 1795338930 is stale to sign-in.\"}",
    ),
    (
        37,
        "invalid_grant: Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.",
    ),
    (
        38,
        "The size of mapped attribute google.subject exceeds the 127 bytes limit. Either modify your attribute mapping or the incoming assertion to produce a mapped attribute that is less than 127 bytes.",
    ),
    (
        38,
        "The access token lifetime cannot exceed 3600 seconds. If a lifetime over 3600 seconds is required, please add the service account to the allowlist",
    ),
    (
        38,
        "{\"error\":\"invalid_request\",\"error_description\":\"The size of mapped attribute exceeds the 127 bytes limit.\"}",
    ),
    (
        39,
        "google.auth.exceptions.RefreshError: ('Unable to acquire impersonated credentials', '{\\n  \"error\": {\\n    \"code\": 403,\\n    \"message\": \"Permission \\'iam.serviceAccounts.getAccessToken\\' denied on resource (or it may not exist).\"')",
    ),
    (
        39,
        "│ Error: Error when reading or editing Storage Bucket: impersonate: status code 403: {\n│   \"error\": { \"status\": \"PERMISSION_DENIED\" } }",
    ),
    (
        39,
        "{\"error\": {\"code\": 404, \"message\": \"Not found; Gaia id not found for email deploy@acme.iam.gserviceaccount.com\"}}",
    ),
    (
        40,
        "Error 400: Precondition check failed., failedPrecondition: Org Policy violated for value: 'https://api.bitbucket.org/2.0'",
    ),
    (
        40,
        "FAILED_PRECONDITION: Operation denied by org policy on resource 'projects/1': [\"constraints/iam.workloadIdentityPoolProviders\"]",
    ),
    (40, "proxy: GCP STS token expires too soon"),
    (
        41,
        "AADSTS700213: No matching federated identity record found for presented assertion subject 'repo:acme/shop:ref:refs/heads/main'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion.",
    ),
    (
        41,
        "ClientAssertionCredential authentication failed.\nRESPONSE 401: 401 Unauthorized\nERROR CODE: invalid_request\n{\"error\":\"invalid_request\",\"error_description\":\"AADSTS700213: No matching federated identity record found for presented assertion subject 'repo:a/b:pull_request'\"}",
    ),
    (
        41,
        "ERROR: AADSTS70025: The client 'app' has no configured federated identity credentials. Trace ID: 1",
    ),
    (
        41,
        "ERROR: No matching federated identity record found for presented assertion subject 'repo:acme/shop:environment:prod'.",
    ),
    (
        42,
        "Error: Login failed: AADSTS7002138: No matching federated identity record found for presented assertion subject 'repo:Acme/Shop:ref:refs/heads/main'.",
    ),
    (
        42,
        "The subject matches with case-insensitive comparison, but not with case-sensitive comparison. Please check your federated identity credential Subject.",
    ),
    (
        42,
        "azure.core.exceptions.ClientAuthenticationError: Authentication failed: AADSTS7002138: No matching federated identity record found",
    ),
    (
        43,
        "AADSTS700211: No matching federated identity record found for presented assertion issuer 'https://gitlab.com/'. Please note that the matching is done using a case-sensitive comparison.",
    ),
    (
        43,
        "AADSTS700212: No matching federated identity record found for presented assertion audience 'https://gitlab.com'.",
    ),
    (
        43,
        "msal: (\"error\": \"invalid_client\", \"error_description\": \"AADSTS70021: No matching federated identity record found for presented assertion. Assertion Issuer: 'a'. Assertion Subject: 'b'. Assertion Audience: 'c'.\")",
    ),
    (
        44,
        "AADSTS700024: Client assertion is not within its valid time range. Current time: 2026-11-22T10:15:30Z, assertion valid from 2026-11-22T08:00:00Z, expiry time of assertion 2026-11-22T09:00:00Z.",
    ),
    (
        44,
        "AADSTS500133: Assertion is not within its valid time range. Ensure that the access token is not expired before using it for user assertion.",
    ),
    (
        44,
        "│ Error: building account: could not acquire access token to parse claims: clientAssertionRequest: received HTTP status 401 with response: {\"error\":\"invalid_client\",\"error_description\":\"AADSTS700024: Client assertion is not within its valid time range.\"}",
    ),
    (
        45,
        "AADSTS700213: No matching federated identity record found for presented assertion subject '{6a1f77b2-0c3d-4e5f-8a9b-0c1d2e3f4a5b}:{57e9f00d-0c3d-4e5f-8a9b-0c1d2e3f4a5b}'.",
    ),
    (
        45,
        "{\"error\":\"invalid_request\",\"error_description\":\"AADSTS700213: No matching federated identity record found for presented assertion subject '{6a1f77b2-0c3d-4e5f-8a9b-0c1d2e3f4a5b}:{e0e0e0e0-0c3d-4e5f-8a9b-0c1d2e3f4a5b}:{57e9f00d-0c3d-4e5f-8a9b-0c1d2e3f4a5b}'.\"}",
    ),
    (
        45,
        "ERROR: Property 'claimsMatchingExpression' is not supported for the issuer 'https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc'.",
    ),
    (
        0,
        "+ export AWS_WEB_IDENTITY_TOKEN_FILE=$(pwd)/web-identity-token\n+ aws sts get-caller-identity\n\nAn error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: Not authorized to perform sts:AssumeRoleWithWebIdentity",
    ),
    (0, "InvalidIdentityToken: Missing a required claim: sub"),
    (0, "{\"errors\":[\"claim \\\"repository\\\" is missing\"]}"),
    (
        0,
        "You must specify a region. You can also configure your region by running \"aws configure\".",
    ),
    (
        0,
        "AccessDenied: User: arn:aws:sts::111111111111:assumed-role/deploy/x is not authorized to perform: s3:PutObject on resource: \"arn:aws:s3:::acme/app.zip\" because no identity-based policy allows the s3:PutObject action",
    ),
    (0, "RegionDisabledException: STS is not activated in this region for account:111111111111."),
];

/// What Bitbucket prints before and after a step's own output.
fn log(message: &str) -> String {
    format!(
        "Runtime: cloud/atlassian\n+ umask 000\n+ GIT_LFS_SKIP_SMUDGE=1 git clone --branch=\"main\" --depth 50 \
         https://x-token-auth:$REPOSITORY_OAUTH_ACCESS_TOKEN@bitbucket.org/acme/shop.git $BUILD_DIR\nCloning into \
         '/opt/atlassian/pipelines/agent/build'...\nImages used:\n    build : docker.io/atlassian/default-image\n\
         + export AWS_REGION=eu-west-1\n+ export AWS_WEB_IDENTITY_TOKEN_FILE=$(pwd)/web-identity-token\n{message}\n\
         Searching for test report files in directories named [test-results]\nFinished scanning for test reports. \
         Found 0 test report files.\n"
    )
}

#[test]
fn messages_are_named_as_clients_print_them_alone_and_in_a_log() {
    let mut wrong = Vec::new();
    for (expect, message) in WORDINGS {
        for text in [(*message).to_owned(), log(message)] {
            let found = judge(&text);
            let number = found.cause.map_or(0, Cause::number);
            if number != *expect || found.weight != crate::doctor::Weight::Refused {
                wrong.push(format!("{number} for {expect}: {text}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn every_cause_that_a_message_can_name_has_three_wordings() {
    // What STS says of these is one and the same sentence.
    let hidden = [16, 17, 18, 21];
    for number in (1..=45).filter(|it| !hidden.contains(it)) {
        let count = WORDINGS.iter().filter(|(of, _)| *of == number).count();
        assert!(count >= 3, "{number}: {count}");
    }
}

#[test]
fn what_is_printed_of_a_token_is_told() {
    fn check(text: &str, expect: &[(&str, &str)]) {
        let told = claims(text);
        let told: Vec<_> = told
            .iter()
            .map(|(name, value)| (&**name, value.as_str().unwrap_or_default()))
            .collect();
        assert_eq!(told, expect, "{text}");
    }
    check(
        "+ cut -d. -f2 | base64 -d\n{\"iss\":\"https://i\",\"sub\":\"s\"}\nfailed",
        &[("iss", "https://i"), ("sub", "s")],
    );
    let event = serde_json::json!({
        "eventName": "AssumeRoleWithWebIdentity", "errorCode": "AccessDenied",
        "errorMessage": "An unknown error occurred",
        "userIdentity": {
            "type": "WebIdentityUser", "userName": "repo:a/b:ref:refs/heads/main",
            "principalId": "arn:aws:iam::111111111111:oidc-provider/gitlab.com:sts.amazonaws.com:repo:a/b:ref:refs/heads/main",
            "identityProvider": "arn:aws:iam::111111111111:oidc-provider/gitlab.com",
        },
    });
    check(
        &event.to_string(),
        &[
            ("aud", "sts.amazonaws.com"),
            ("iss", "https://gitlab.com"),
            ("sub", "repo:a/b:ref:refs/heads/main"),
        ],
    );
    assert!(judge(&event.to_string()).message.contains("whatever is wrong"));
}

#[test]
fn what_is_no_failure_of_a_token_is_not_taken_for_one() {
    for text in [
        "it failed",
        "AWS_WEB_IDENTITY_TOKEN_FILES",
        "+ export AWS_WEB_IDENTITY_TOKEN_FILE=/t\nall is well",
    ] {
        assert_eq!(judge(text).weight, crate::doctor::Weight::Unknown, "{text}");
    }
}
