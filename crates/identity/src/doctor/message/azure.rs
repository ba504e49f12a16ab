//! What Entra answers, known by its codes.

use super::{Row, plain, row};
use crate::doctor::cause::Cause;

pub(super) const ROWS: &[Row] = &[
    row(
        Cause::SubjectCase,
        &["aadsts7002138", "case-insensitive comparison"],
        "a federated credential has this subject in other letters",
        "write its subject exactly as the message has it",
    ),
    row(
        Cause::StepSubject,
        &["claimsmatchingexpression…not supported", "claimsmatchingexpression…issuer"],
        "expressions are for the tokens of GitHub, GitLab and Terraform Cloud alone",
        "let the issuer make a subject that stays, and write it whole",
    ),
    row(
        Cause::Subject,
        &["aadsts7002131"],
        "the credential's claims matching expression is false for this token",
        "write it for the subject in the message",
    ),
    row(
        Cause::Subject,
        &["aadsts7002137"],
        "the subject is not of the form that the message names",
        "write its subject as the message has it",
    ),
    row(
        Cause::Subject,
        &["aadsts700213", "presented assertion subject"],
        "no federated credential has this subject",
        "write one with exactly this subject",
    ),
    row(
        Cause::Subject,
        &["aadsts70025", "has no configured federated identity credentials"],
        "the app has no federated credential at all",
        "write one with exactly this issuer, subject and audience",
    ),
    row(
        Cause::IssuerOrAudience,
        &["aadsts700211", "presented assertion issuer"],
        "no federated credential has this issuer: a closing slash counts, and new ones take minutes to be known everywhere",
        "write one with exactly this issuer",
    ),
    row(
        Cause::IssuerOrAudience,
        &["aadsts700212", "presented assertion audience"],
        "no federated credential has this audience",
        "ask for a token for api://AzureADTokenExchange",
    ),
    row(
        Cause::AssertionTime,
        &["aadsts700024", "aadsts500133", "assertion is not within its valid time range"],
        "the token is over, or not yet good",
        "exchange it when the step begins, and set the clock right",
    ),
    row(
        Cause::IssuerOrAudience,
        &["aadsts70021", "no matching federated identity record found"],
        "no federated credential fits issuer, subject and audience together",
        "compare all three with the message",
    ),
    row(
        Cause::AssertionTime,
        &["aadsts50027*…time range", "aadsts50027*…lifetime", "aadsts50027*…expired"],
        "the token is over, or not yet good",
        "exchange it when the step begins, and set the clock right",
    ),
    row(
        Cause::NoKey,
        &["aadsts5002730"],
        "the issuer's key is of another kind than the token's algorithm",
        "let the issuer publish the key that it signs with, with its `alg`",
    ),
    row(
        Cause::NoToken,
        &["aadsts50027*", "aadsts50020…malformed"],
        "what was sent is not one whole token, or lacks a claim that Entra asks for",
        "send the variable's value and nothing else; bring the token's claims, and they are looked at",
    ),
    row(
        Cause::StaticKeys,
        &["aadsts7000215", "aadsts7000222"],
        "a client secret of the environment was sent instead of the token, and it is wrong or over",
        "unset AZURE_CLIENT_SECRET (azure/login: leave `creds` out, and give client-id, tenant-id and subscription-id)",
    ),
    row(
        Cause::EmptyVariable,
        &["not all values are present. ensure 'client-id' and 'tenant-id' are supplied"],
        "the variables of the client's and the tenant's id are empty: those of an environment are only there in a job or step that \
         names it, and forks get none",
        "define AZURE_CLIENT_ID and AZURE_TENANT_ID for the repository, or name the environment (`environment:`, `deployment:`)",
    ),
    row(
        Cause::NoKey,
        &[
            "aadsts50013",
            "aadsts700027",
            "aadsts50166*",
            "aadsts501661",
            "aadsts90061",
            "request to external oidc endpoint failed",
        ],
        "Entra could not fetch the issuer's keys, or the token's `kid` is not among them",
        "try again; then look at ISSUER/.well-known/openid-configuration and the keys it names",
    ),
    row(
        Cause::NotAsked,
        &[
            "azure_federated_token_file…not set",
            "azure_federated_token_file…is empty",
            "workloadidentitycredential…the workload options are not fully configured",
            "workloadidentitycredential…no token file specified",
            "workloadidentitycredential…no client id specified",
        ],
        "azure-identity found no token's file, or no client and tenant: the step did not ask for a token, or its variables are not set",
        "write `oidc: true` at the step, and export AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_FEDERATED_TOKEN_FILE",
    ),
    plain(
        &["aadsts700016", "aadsts90002"],
        "the app or the tenant is not there: its id is another",
        "compare AZURE_CLIENT_ID and AZURE_TENANT_ID with the app's overview in the portal",
    ),
    plain(
        &["aadsts500011", "resource principal named…was not found in the tenant"],
        "the token was taken, but what it is to be exchanged for is not in this tenant: the scope is misspelt, or the tenant is another",
        "ask for the service's own scope (https://management.azure.com/.default), and compare AZURE_TENANT_ID with the subscription's tenant",
    ),
    plain(
        &["no subscriptions found for"],
        "the token was exchanged, but the app has no role in any subscription",
        "az role assignment create --assignee CLIENT --role ROLE --scope /subscriptions/ID; or az login --allow-no-subscriptions",
    ),
];

/// What is said instead of a subject that is Bitbucket's: its last part is new in every run.
pub(super) const PER_STEP: Row = row(
    Cause::StepSubject,
    &[],
    "the subject ends in the step's UUID, so no credential can ever have it",
    "let the issuer make a subject that stays (Towpath's subject template), or exchange the token at a broker",
);
