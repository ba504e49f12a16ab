//! Each of the known causes by its number, then the article's three, then what must never happen.

mod hidden;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value as Json, json};

use super::*;
use crate::token::{Algorithm, SigningKey};

const ISSUER: &str = "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc";
const BARE: &str = "api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc";
const REPOSITORY: &str = "{6a1f77b2-0c3d-4e5f-8a9b-0c1d2e3f4a5b}";
const ENVIRONMENT: &str = "{e0e0e0e0-0c3d-4e5f-8a9b-0c1d2e3f4a5b}";
const STEP: &str = "{57e9f00d-0c3d-4e5f-8a9b-0c1d2e3f4a5b}";
const AUDIENCE: &str = "ari:cloud:bitbucket::workspace/0f1e2d3c-0c3d-4e5f-8a9b-0c1d2e3f4a5b";
const ROLE: &str = "arn:aws:iam::111111111111:role/deploy";
const NOW: i64 = 1_795_342_530;

/// Bitbucket's claims with these in place of what they have; `null` takes one away.
fn claims(changes: Json) -> String {
    let mut claims = json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": format!("{REPOSITORY}:{STEP}"), "stepUuid": STEP,
        "repositoryUuid": REPOSITORY, "branchName": "main", "iat": NOW, "exp": NOW + 3600,
    });
    for (name, value) in changes.as_object().expect("changes") {
        claims[name] = value.clone();
    }
    claims.as_object_mut().expect("claims").retain(|_, value| !value.is_null());
    claims.to_string()
}

/// A trust policy with these conditions, in which ISS stands for the issuer without its scheme.
fn trust(conditions: &str) -> String {
    statement(
        conditions,
        &format!("arn:aws:iam::111111111111:oidc-provider/{BARE}"),
        "sts:AssumeRoleWithWebIdentity",
    )
}

fn statement(conditions: &str, provider: &str, action: &str) -> String {
    let conditions = conditions.replace("ISS", BARE);
    format!(
        "{{\"Version\": \"2012-10-17\", \"Statement\": [{{\n  \"Effect\": \"Allow\",\n  \
         \"Principal\": {{\"Federated\": \"{provider}\"}},\n  \"Action\": \"{action}\",\n  \
         \"Condition\": {{{conditions}}}\n}}]}}"
    )
}

fn aud(value: &str) -> String {
    format!("\"StringEquals\": {{\"ISS:aud\": \"{value}\"}}")
}

/// The right audience, and this condition on the subject.
fn sub(operator: &str, value: &str) -> String {
    match operator {
        "StringEquals" => aud(AUDIENCE).replace('}', &format!(", \"ISS:sub\": \"{value}\"}}")),
        _ => format!("{}, \"{operator}\": {{\"ISS:sub\": \"{value}\"}}", aud(AUDIENCE)),
    }
}

fn good_trust() -> String {
    trust(&format!("{}, \"StringLike\": {{\"ISS:sub\": \"{REPOSITORY}:*\"}}", aud(AUDIENCE)))
}

fn look_at(pieces: &[&str]) -> Diagnosis {
    let mut evidence = Evidence::default();
    for piece in pieces {
        evidence.add("it", piece, None).unwrap_or_else(|why| panic!("{piece}: {why}"));
    }
    diagnose(&evidence, Timestamp(NOW * 1000))
}

fn findings(diagnosis: &Diagnosis) -> impl Iterator<Item = &Finding> {
    diagnosis.verdicts.iter().flat_map(|verdict| &verdict.findings)
}

/// The finding of this cause, of those that are not merely unknown.
fn finding(diagnosis: &Diagnosis, number: u8) -> Finding {
    let told = |it: &&Finding| {
        it.weight != Weight::Unknown && it.cause.is_some_and(|cause| cause.number() == number)
    };
    let found = findings(diagnosis).find(told);
    found.unwrap_or_else(|| panic!("no cause {number} in {diagnosis:#?}")).clone()
}

/// That this cause is found, and its fix has these words.
fn check(number: u8, pieces: &[&str], fix: &str) {
    let diagnosis = look_at(pieces);
    let found = finding(&diagnosis, number);
    assert!(found.fix.contains(fix), "{number}: {found:#?}");
    assert_eq!(diagnosis.accepted, found.weight == Weight::Warning, "{number}: {diagnosis:#?}");
}

fn step(script: &[&str]) -> Step {
    let script = script.iter().map(|line| (*line).to_owned()).collect();
    Step { name: "Deploy".to_owned(), line: 7, oidc: true, script, ..Step::default() }
}

fn check_step(number: u8, step: Step, environment: Option<&str>, fix: &str) {
    let mut evidence = Evidence { steps: Some(vec![step]), ..Evidence::default() };
    if let Some(text) = environment {
        evidence.add("env", text, None).expect("variables");
    }
    let diagnosis = diagnose(&evidence, Timestamp(NOW * 1000));
    let found = finding(&diagnosis, number);
    assert!(found.fix.contains(fix), "{number}: {found:#?}");
}

#[test]
fn what_fits_is_accepted() {
    let diagnosis = look_at(&[&claims(json!({})), &good_trust()]);
    assert!(diagnosis.accepted && findings(&diagnosis).next().is_none(), "{diagnosis:#?}");
}

#[test]
fn cause_1_the_step_did_not_ask() {
    check(1, &["Error: Could not load credentials from any providers"], "oidc: true");
    check(1, &["BITBUCKET_STEP_UUID={1}\nAWS_ROLE_ARN=x\n"], "oidc: true");
    let silent = Step { oidc: false, ..step(&["echo $BITBUCKET_STEP_OIDC_TOKEN > t"]) };
    check_step(1, silent, None, "oidc: true");
}

#[test]
fn cause_2_the_token_files_variable_is_misnamed() {
    check_step(
        2,
        step(&["export AWS_WEB_IDENTITY_ROLE_FILE=$(pwd)/token"]),
        None,
        "AWS_WEB_IDENTITY_TOKEN_FILE",
    );
    check(
        2,
        &["AWS_WEB_IDENTITY_ROLE_FILE=/t\nAWS_ROLE_ARN=x\nAWS_REGION=r"],
        "AWS_WEB_IDENTITY_TOKEN_FILE",
    );
    check(
        2,
        &["set AWS_WEB_IDENTITY_ROLE_FILE as the article says"],
        "AWS_WEB_IDENTITY_TOKEN_FILE",
    );
}

#[test]
fn cause_3_variables_are_exported() {
    for line in ["SET AWS_REGION", "EXPORT AWS_REGION=x", "set AWS_REGION=x", "Export AWS_REGION"] {
        check_step(3, step(&[line]), None, "export AWS_REGION=value");
    }
    check(3, &["bash: EXPORT: command not found"], "export NAME=value");
    let evidence = Evidence {
        steps: Some(vec![step(&["set -eu", "set +x", "export A=1"])]),
        ..Evidence::default()
    };
    assert!(diagnose(&evidence, Timestamp(0)).accepted);
}

#[test]
fn cause_4_a_deployments_variable_in_another_step() {
    let script = [
        "export AWS_ROLE_ARN=$DEPLOY_ROLE",
        "echo $BITBUCKET_STEP_OIDC_TOKEN > $AWS_WEB_IDENTITY_TOKEN_FILE",
    ];
    check_step(
        4,
        step(&script),
        Some("AWS_REGION=eu-west-1\nDEPLOY_ROLE=\n"),
        "deployment: ENVIRONMENT",
    );
    check(4, &["AWS_WEB_IDENTITY_TOKEN_FILE=/t\nAWS_REGION=r\nAWS_ROLE_ARN=\n"], "deployment");
    check(
        4,
        &[
            "The current environment is configured to assume role with web identity but has no role ARN configured.",
        ],
        "deployment",
    );
}

#[test]
fn cause_5_what_was_given_is_not_one_token() {
    let check_token = |text: &str, word: &str| {
        let mut evidence = Evidence::default();
        evidence.add("t", text, Some(Kind::Token)).expect("taken");
        let diagnosis = diagnose(&evidence, Timestamp(NOW * 1000));
        let found = finding(&diagnosis, 5);
        assert!(found.message.contains(word), "{found:#?}");
    };
    let token = signed(json!({}));
    check_token("", "empty");
    check_token("\n", "empty");
    check_token("$BITBUCKET_STEP_OIDC_TOKEN", "name of a variable");
    check_token(&format!("{token}\nUploaded."), "more than one token");
    check_token(&format!("\"{token}\""), "more than one token");
    check_token(token.rsplit_once('.').expect("parts").0, "cut off");
    check_token(&format!("{token}."), "parts");
    check_token(&format!("{token}.x.y"), "five parts");
    check_token("a!c.def.ghi", "not base64url");
    check(5, &["The ID Token provided is not a valid JWT."], "nothing else");
}

#[test]
fn cause_6_the_account_has_no_such_provider() {
    let message = format!(
        "InvalidIdentityToken: No OpenIDConnect provider found in your account for {ISSUER}"
    );
    check(6, &[&message], "create one");
    let other = statement(
        "",
        "arn:aws:iam::111111111111:oidc-provider/api.bitbucket.org/else",
        "sts:AssumeRoleWithWebIdentity",
    );
    check(6, &[&claims(json!({})), &other], BARE);
}

#[test]
fn cause_7_the_role_is_in_another_account() {
    let mut evidence =
        Evidence { role_arn: Some(ROLE.replace("111", "222")), ..Evidence::default() };
    evidence.add("claims", &claims(json!({})), None).expect("claims");
    evidence.add("trust", &good_trust(), None).expect("a policy");
    let found = finding(&diagnose(&evidence, Timestamp(NOW * 1000)), 7);
    assert!(found.message.contains("222222222222"), "{found:#?}");
}

#[test]
fn cause_8_the_issuer_has_another_host() {
    let provider = "arn:aws:iam::111111111111:oidc-provider/vstoken.actions.githubusercontent.com";
    let policy = statement("", provider, "sts:AssumeRoleWithWebIdentity");
    let github = claims(
        json!({"iss": "https://token.actions.githubusercontent.com", "sub": "repo:o/r:ref:refs/heads/main"}),
    );
    check(8, &[&github, &policy], "oidc-provider/token.actions.githubusercontent.com");
    check(
        8,
        &[&github, &json!({"Url": "studio.iterative.ai", "ClientIDList": [AUDIENCE]}).to_string()],
        "register",
    );
}

#[test]
fn cause_9_a_slash_a_scheme_or_a_case_too_many() {
    let provider = format!("arn:aws:iam::111111111111:oidc-provider/{BARE}/");
    check(
        9,
        &[&claims(json!({})), &statement("", &provider, "sts:AssumeRoleWithWebIdentity")],
        BARE,
    );
    for key in ["ISS/:sub", "https://ISS:sub"] {
        let policy = trust(&format!("\"StringLike\": {{\"{key}\": \"{REPOSITORY}:*\"}}"));
        check(9, &[&claims(json!({})), &policy], &format!("\"{BARE}:sub\""));
    }
    check(9, &[&claims(json!({"iss": format!("{ISSUER}/")})), &good_trust()], "/oidc/");
}

#[test]
fn cause_10_another_audience() {
    check(10, &[&claims(json!({"aud": "sts.amazonaws.com"})), &good_trust()], "sts.amazonaws.com");
    let provider =
        json!({"Url": BARE, "ClientIDList": ["sts.amazon.com"], "ThumbprintList": []}).to_string();
    let diagnosis = look_at(&[&claims(json!({})), &good_trust(), &provider]);
    assert!(finding(&diagnosis, 10).fix.contains(AUDIENCE));
    let answer = diagnosis.verdicts.last().and_then(|it| it.answer.clone());
    assert_eq!(answer.as_deref(), Some("InvalidIdentityToken: Incorrect token audience"));
    check(10, &["InvalidIdentityToken: Incorrect token audience"], "get-open-id-connect-provider");
}

#[test]
fn cause_11_no_audience() {
    check(11, &[&claims(json!({"aud": null})), &good_trust()], "audience");
    check(11, &["Missing a required claim: aud"], "ask for one");
}

#[test]
fn cause_12_azp_stands_in_for_the_audience() {
    let provider = json!({"Url": BARE, "ClientIDList": [AUDIENCE]}).to_string();
    check(12, &[&claims(json!({"azp": "client-7"})), &provider], "client-7");
}

#[test]
fn cause_13_the_thumbprint() {
    check(
        13,
        &["OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint"],
        "thumbprint",
    );
}

#[test]
fn cause_14_the_key_is_not_there() {
    check(
        14,
        &["Couldn't retrieve verification key from your identity provider,  please reference …"],
        "try again",
    );
    let key = SigningKey::generate(Algorithm::Es256).expect("a key");
    let keys = json!({"keys": [key.jwk()]}).to_string();
    check(14, &[&signed(json!({})), &keys], "fetch the issuer's keys again");
    check(14, &[&unsigned(json!({"alg": "ES256"}))], "name its key");
}

#[test]
fn cause_15_a_stale_session_token_was_sent_along() {
    check(
        15,
        &["AWS_WEB_IDENTITY_TOKEN_FILE=/t\nAWS_ROLE_ARN=x\nAWS_REGION=r\nAWS_SESSION_TOKEN=s"],
        "unset AWS_SESSION_TOKEN",
    );
    check(
        15,
        &[
            "> X-Amz-Security-Token: …\nCouldn't retrieve verification key from your identity provider",
        ],
        "unset",
    );
}

#[test]
fn cause_16_the_case_differs() {
    let policy = trust(&sub("StringLike", &format!("{}:*", REPOSITORY.to_uppercase())));
    check(16, &[&claims(json!({})), &policy], &format!("\"{REPOSITORY}:*\""));
}

#[test]
fn cause_17_the_subject_is_of_another_form() {
    let deployment = claims(json!({"sub": format!("{REPOSITORY}:{ENVIRONMENT}:{STEP}")}));
    let two = trust(&sub("StringEquals", &format!("{REPOSITORY}:{STEP}")));
    check(17, &[&deployment, &two], &format!("\"{REPOSITORY}:{ENVIRONMENT}:*\""));
    let three = trust(&sub("StringLike", &format!("{REPOSITORY}:{ENVIRONMENT}:*")));
    check(17, &[&claims(json!({})), &three], &format!("\"{REPOSITORY}:*\""));
    let slug = trust(&sub("StringLike", "shop:*"));
    check(17, &[&claims(json!({})), &slug], REPOSITORY);
    let github = |sub: &str| {
        claims(json!({"iss": "https://token.actions.githubusercontent.com", "sub": sub}))
    };
    let policy = |sub: &str| {
        good_trust()
            .replace(BARE, "token.actions.githubusercontent.com")
            .replace(&format!("{REPOSITORY}:*"), sub)
    };
    check(
        17,
        &[&github("repo:o/r:environment:prod"), &policy("repo:o/r:ref:refs/heads/main")],
        "repo:o/r:environment:prod",
    );
    check(
        17,
        &[&github("repo:o@1/r@2:ref:refs/heads/main"), &policy("repo:o/r:*")],
        "repo:o@1/r@2",
    );
}

#[test]
fn cause_18_a_wildcard_is_taken_literally() {
    let policy = trust(&sub("StringEquals", &format!("{REPOSITORY}:*")));
    check(18, &[&claims(json!({})), &policy], "`StringLike`");
}

#[test]
fn cause_19_tags_need_a_permission() {
    let tags = json!({"principal_tags": {"Team": ["red"]}, "transitive_tag_keys": []});
    check(
        19,
        &[&claims(json!({"https://aws.amazon.com/tags": tags})), &good_trust()],
        "sts:TagSession",
    );
}

#[test]
fn cause_20_the_principal_or_the_action() {
    let provider = format!("arn:aws:iam::111111111111:oidc-provider/{BARE}");
    check(
        20,
        &[&claims(json!({})), &statement("", &provider, "sts:AssumeRole")],
        "sts:AssumeRoleWithWebIdentity",
    );
    let service = good_trust().replace("\"Federated\"", "\"Service\"");
    check(20, &[&claims(json!({})), &service], "\"Federated\"");
    let saml =
        statement("", "arn:aws:iam::111111111111:saml-provider/x", "sts:AssumeRoleWithWebIdentity");
    check(20, &[&claims(json!({})), &saml], "oidc-provider");
}

#[test]
fn cause_21_sts_makes_no_key_of_the_claim() {
    let more =
        sub("StringEquals", &format!("{REPOSITORY}:{STEP}")).replace("ISS:sub", "ISS:branchName");
    let policy = trust(&more.replace(&format!("{REPOSITORY}:{STEP}"), "main"));
    check(21, &[&claims(json!({})), &policy], &format!("{REPOSITORY}:*"));
    // Our own STS makes a key of every claim of our own issuer.
    let mut evidence = Evidence { towpath: true, ..Evidence::default() };
    for piece in [claims(json!({})), policy] {
        evidence.add("it", &piece, None).expect("evidence");
    }
    assert!(diagnose(&evidence, Timestamp(NOW * 1000)).accepted);
}

#[test]
fn cause_22_braces() {
    let bare = REPOSITORY.trim_matches(['{', '}']);
    let policy = trust(&sub("StringLike", &format!("{bare}:*")));
    check(22, &[&claims(json!({})), &policy], &format!("\"{REPOSITORY}:*\""));
    let braced = AUDIENCE.replace("workspace/", "workspace/{") + "}";
    check(22, &[&claims(json!({})), &trust(&aud(&braced))], AUDIENCE);
    let provider = json!({"Url": BARE, "ClientIDList": [braced]}).to_string();
    check(22, &[&claims(json!({})), &provider], AUDIENCE);
}

#[test]
fn cause_23_the_roles_arn() {
    for arn in [
        "arn:aws:iam::111111111111:role/a b",
        "arn:aws:iam::$ACCOUNT:role/x",
        "\\arn:aws:iam::111111111111:role/x",
        "arn:aws:iam::1:role/x",
    ] {
        check(23, &[&format!("AWS_ROLE_ARN={arn}\n")], "arn:aws:iam::ACCOUNT:role/NAME");
    }
    check(23, &["ValidationError: Request ARN is invalid"], "role/NAME");
}

#[test]
fn cause_24_the_session_is_too_long() {
    let role = json!({"Role": {"Arn": ROLE, "MaxSessionDuration": 3600, "AssumeRolePolicyDocument":
        serde_json::from_str::<Json>(&good_trust()).expect("JSON")}})
    .to_string();
    let mut evidence = Evidence { duration_seconds: Some(7200), ..Evidence::default() };
    evidence.add("claims", &claims(json!({})), None).expect("claims");
    evidence.add("role", &role, None).expect("a role");
    assert!(finding(&diagnose(&evidence, Timestamp(NOW * 1000)), 24).fix.contains("3600"));
    check(
        24,
        &["The requested DurationSeconds exceeds the MaxSessionDuration set for this role."],
        "MaxSessionDuration",
    );
}

#[test]
fn cause_25_the_token_was_outlived() {
    check(
        25,
        &[&claims(json!({"exp": NOW - 3600, "iat": NOW - 7200})), &good_trust()],
        "when the step begins",
    );
    check(
        25,
        &[
            "An error occurred (ExpiredToken): The security token included in the request is expired",
        ],
        "own token",
    );
    check_step(25, Step { minutes_max: Some(90), ..step(&[]) }, None, "step of its own");
}

#[test]
fn cause_26_access_keys_come_first() {
    check(
        26,
        &["AWS_WEB_IDENTITY_TOKEN_FILE=/t\nAWS_ROLE_ARN=x\nAWS_REGION=r\nAWS_ACCESS_KEY_ID=AKIA"],
        "unset",
    );
    check(26, &["The security token included in the request is invalid"], "unset");
}

#[test]
fn cause_27_the_profiles_token_file() {
    let pieces = [
        "AWS_WEB_IDENTITY_TOKEN_FILE=/t\nAWS_ROLE_ARN=arn:aws:iam::111111111111:role/x\nAWS_REGION=r\nAWS_PROFILE=p",
    ];
    check(27, &pieces, "unset AWS_PROFILE");
    check(27, &["Profile x requires web_identity_token_file which is not supported"], "export");
}

#[test]
fn cause_28_another_partition() {
    let provider = json!({"Url": BARE, "ClientIDList": ["sts.amazonaws.com.cn"]}).to_string();
    check(28, &[&claims(json!({"aud": "sts.amazonaws.com"})), &provider], "sts.amazonaws.com");
    let policy =
        good_trust().replace("arn:aws:", "arn:aws-cn:").replace(AUDIENCE, "sts.amazonaws.com");
    check(28, &[&claims(json!({"aud": "sts.amazonaws.com"})), &policy], "sts.amazonaws.com.cn");
}

#[test]
fn cause_29_the_door_stands_open() {
    check(29, &[&claims(json!({})), &trust(&aud(AUDIENCE))], "StringLike");
    check(29, &[&claims(json!({})), &trust(&sub("StringLike", "*"))], "write out");
    let provider = json!({"name": "projects/1/locations/global/workloadIdentityPools/p/providers/x",
        "attributeMapping": {"google.subject": "assertion.sub"}, "oidc": {"issuerUri": ISSUER, "allowedAudiences": [AUDIENCE]}}).to_string();
    check(29, &[&claims(json!({})), &provider], REPOSITORY);
    check(
        29,
        &[
            &claims(json!({})),
            &json!({"bound_audiences": [AUDIENCE], "user_claim": "sub"}).to_string(),
        ],
        REPOSITORY,
    );
}

#[test]
fn cause_30_no_discovery_document() {
    check(
        30,
        &["GET https://api.bitbucket.org/…/oidc/.well-known/openid-configuration: 404 Not Found"],
        "oidc: true",
    );
    let renamed = claims(json!({"iss": ISSUER.replace("acme", "acme-inc")}));
    let document = |issuer: &str| json!({"issuer": issuer, "jwks_uri": "https://k"}).to_string();
    check(30, &[&renamed, &document(ISSUER)], "exactly the token's");
    check(9, &[&claims(json!({})), &document(&format!("{ISSUER}/"))], "exactly the token's");
    assert!(look_at(&[&claims(json!({})), &document(ISSUER)]).accepted);
    check(30, &[&renamed, &good_trust()], "acme-inc");
}

#[test]
fn cause_31_the_forges_own_api() {
    let line = "curl -H \"Authorization: Bearer $BITBUCKET_STEP_OIDC_TOKEN\" https://api.bitbucket.org/2.0/repositories/acme/shop";
    check_step(31, step(&[line]), None, "access token");
    check(31, &["https://api.bitbucket.org/2.0/user: 401 Unauthorized"], "access token");
}

#[test]
fn cause_32_a_roles_name() {
    check(32, &["AWS_ROLE_ARN=arn:aws:iam::111111111111:role/GitHubActions\n"], "another name");
}

fn configuration(audience: &str) -> String {
    json!({"type": "external_account", "audience": audience, "credential_source": {"file": "/t"}})
        .to_string()
}

#[test]
fn cause_33_googles_audience_is_a_full_name() {
    for audience in [
        "https://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x",
        "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p",
        "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/attribute.x/y",
        "//iam.googleapis.com/projects/$NUMBER/locations/global/workloadIdentityPools/p/providers/x",
    ] {
        check(33, &[&configuration(audience)], "//iam.googleapis.com/projects/NUMBER");
    }
    check(
        33,
        &[
            "{\"error\": \"invalid_request\", \"error_description\": \"Invalid value for \\\"audience\\\". This value should be …\"}",
        ],
        "PROVIDER",
    );
}

#[test]
fn cause_34_no_such_pool() {
    check(
        34,
        &[&configuration(
            "//iam.googleapis.com/projects/my-project/locations/global/workloadIdentityPools/p/providers/x",
        )],
        "NUMBER",
    );
    check(
        34,
        &[
            "invalid_target: The target service indicated by the \"audience\" parameters is invalid.",
        ],
        "projectNumber",
    );
}

fn pool(condition: &str) -> String {
    json!({
        "name": "projects/1/locations/global/workloadIdentityPools/p/providers/x", "attributeCondition": condition,
        "attributeMapping": {"google.subject": "assertion.repositoryUuid", "attribute.repository": "assertion.repositoryUuid"},
        "oidc": {"issuerUri": ISSUER, "allowedAudiences": [AUDIENCE]},
    })
    .to_string()
}

#[test]
fn cause_35_the_attribute_condition() {
    let pool = pool("assertion.repositoryUuid != '' && assertion.branchName == 'release'");
    let diagnosis = look_at(&[&claims(json!({})), &pool]);
    let found = finding(&diagnosis, 35);
    let compared = found.compared.expect("two values");
    assert_eq!(
        (compared.wanted, compared.found),
        (vec!["release".to_owned()], vec!["main".to_owned()])
    );
    check(35, &[&claims(json!({})), "assertion.branchName == 'Main'"], "'main'");
    check(35, &[&claims(json!({})), "'release' == assertion.branchName"], "'main'");
    check(
        35,
        &["unauthorized_client: The given credential is rejected by the attribute condition."],
        "bring",
    );
}

#[test]
fn cause_36_googles_issuer_and_audience() {
    check(36, &[&claims(json!({"aud": "other"})), &pool("true")], "other");
    check(36, &[&claims(json!({"iss": format!("{ISSUER}/")})), &pool("true")], ISSUER);
    check(
        36,
        &["invalid_grant: The audience in JWT does not match the expected values."],
        "--allowed-audiences",
    );
    check(
        36,
        &["The issuer in ID Token https://x does not match the expected ones: https://y"],
        "--issuer-uri",
    );
}

#[test]
fn cause_37_too_old_for_google() {
    check(
        37,
        &[&claims(json!({"exp": NOW - 3600, "iat": NOW - 7200})), &pool("true")],
        "when the step begins",
    );
    check(
        37,
        &["invalid_grant: ID Token issued at 1699999000 is stale to sign-in."],
        "when the step begins",
    );
}

#[test]
fn cause_38_beyond_googles_limits() {
    let long = pool("true").replace(
        "\"google.subject\":\"assertion.repositoryUuid\"",
        "\"google.subject\":\"assertion.sub + assertion.sub\"",
    );
    check(38, &[&claims(json!({})), &long], "shorter");
    check(38, &["The size of mapped attribute exceeds the 127 bytes limit."], "shorter");
    check(38, &["The access token lifetime cannot exceed 3600 seconds."], "3600");
}

#[test]
fn cause_39_may_not_act_as_the_service_account() {
    let base =
        "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p";
    let policy = |member: &str| {
        json!({"bindings": [{"role": "roles/iam.workloadIdentityUser", "members": [member]}]})
            .to_string()
    };
    let bare = REPOSITORY.trim_matches(['{', '}']);
    let right = format!("{base}/attribute.repository/{REPOSITORY}");
    check(
        39,
        &[
            &claims(json!({})),
            &pool("true"),
            &policy(&format!("{base}/attribute.repository/{bare}")),
        ],
        &right,
    );
    check(
        39,
        &[&claims(json!({})), &pool("true"), &policy(&format!("{base}/attribute.branch/main"))],
        "attribute.branch",
    );
    check(
        39,
        &[
            &claims(json!({})),
            &pool("true"),
            &policy(&right.replace("projects/1", "projects/acme")),
        ],
        &right,
    );
    assert!(look_at(&[&claims(json!({})), &pool("true"), &policy(&right)]).accepted);
    check(
        39,
        &[
            "403 Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).",
        ],
        "principalSet",
    );
}

#[test]
fn cause_40_googles_policies() {
    check(
        40,
        &["Precondition check failed: constraints/iam.workloadIdentityPoolProviders violated"],
        "administrator",
    );
    check(40, &["GCP STS token expires too soon"], "fresh");
}

fn credential(subject: &str, issuer: &str, audience: &str) -> String {
    json!([{"name": "deploy", "issuer": issuer, "subject": subject, "audiences": [audience]}])
        .to_string()
}

const EXCHANGE: &str = "api://AzureADTokenExchange";
const GITHUB: &str = "https://token.actions.githubusercontent.com";

fn github(changes: Json) -> String {
    let mut all: Json = serde_json::from_str(&claims(changes)).expect("JSON");
    all["iss"] = json!(GITHUB);
    all["aud"] = json!(EXCHANGE);
    all.as_object_mut().expect("claims").remove("stepUuid");
    all.to_string()
}

#[test]
fn cause_41_no_credential_has_this_subject() {
    let token = github(json!({"sub": "repo:o/r:ref:refs/heads/main"}));
    check(
        41,
        &[&token, &credential("repo:o/r:*", GITHUB, EXCHANGE)],
        "repo:o/r:ref:refs/heads/main",
    );
    check(
        41,
        &[
            "AADSTS700213: No matching federated identity record found for presented assertion subject 'repo:o/r:x'.",
        ],
        "exactly",
    );
    let flexible = json!({"issuer": GITHUB, "audiences": [EXCHANGE],
        "claimsMatchingExpression": {"value": "claims['sub'] matches 'repo:o/x:*'", "languageVersion": 1}}).to_string();
    check(41, &[&token, &flexible], "claims['sub'] eq");
    check(41, &["AADSTS7002131: No matching federated identity record found …"], "subject");
    check(41, &["AADSTS7002137: …"], "subject");
}

#[test]
fn cause_42_the_subject_in_other_letters() {
    let token = github(json!({"sub": "repo:Acme/Shop:environment:Production"}));
    let diagnosis =
        look_at(&[&token, &credential("repo:Acme/Shop:environment:production", GITHUB, EXCHANGE)]);
    let found = finding(&diagnosis, 42);
    let marks = found.compared.and_then(|it| it.marks).expect("two values");
    assert_eq!(marks.carets.find('^'), "repo:Acme/Shop:environment:Production".find('P'));
    assert!(
        diagnosis.verdicts[0].answer.as_deref().is_some_and(|it| it.starts_with("AADSTS7002138")),
        "{diagnosis:#?}"
    );
    let message = "AADSTS7002138: No matching federated identity record found for presented assertion subject 'repo:o/r:environment:Prod'.";
    check(42, &[message], "exactly");
    // The message's own subject is compared, without any token.
    check(42, &[message, &credential("repo:o/r:environment:prod", GITHUB, EXCHANGE)], "exactly");
}

#[test]
fn cause_43_azures_issuer_and_audience() {
    let token = github(json!({"sub": "s"}));
    check(43, &[&token, &credential("s", &format!("{GITHUB}/"), EXCHANGE)], GITHUB);
    check(43, &[&token, &credential("s", GITHUB, "api://other")], "api://other");
    check(
        43,
        &[
            "AADSTS700211: No matching federated identity record found for presented assertion issuer 'x'",
        ],
        "issuer",
    );
    check(43, &["AADSTS700212: …"], EXCHANGE);
    check(
        43,
        &["AADSTS70021: … Assertion Issuer: 'a'. Assertion Subject: 'b'. Assertion Audience: 'c'."],
        "compare",
    );
}

#[test]
fn cause_44_the_assertions_time() {
    let late = github(json!({"sub": "s", "exp": NOW - 3600, "iat": NOW - 7200}));
    check(44, &[&late, &credential("s", GITHUB, EXCHANGE)], "when the step begins");
    check(44, &["AADSTS700024: Client assertion is not within its valid time range."], "clock");
}

#[test]
fn cause_45_bitbuckets_subject_changes_with_every_step() {
    let token = claims(json!({"aud": EXCHANGE}));
    check(
        45,
        &[&token, &credential(&format!("{REPOSITORY}:{{other}}"), ISSUER, EXCHANGE)],
        "subject template",
    );
    check(
        45,
        &[&token, &credential(&format!("{REPOSITORY}:{STEP}"), ISSUER, EXCHANGE)],
        "subject template",
    );
    let flexible = json!({"issuer": ISSUER, "audiences": [EXCHANGE],
        "claimsMatchingExpression": {"value": "claims['sub'] matches '*'"}})
    .to_string();
    check(45, &[&token, &flexible], "subject template");
    let policy = trust(&sub("StringEquals", &format!("{REPOSITORY}:{{other-step}}")));
    check(45, &[&claims(json!({})), &policy], &format!("{REPOSITORY}:*"));
}

#[test]
fn every_cause_has_a_test_of_its_number() {
    let source = include_str!("tests.rs");
    for cause in Cause::ALL {
        assert!(source.contains(&format!("fn cause_{}_", cause.number())), "{cause:?}");
    }
}

#[test]
fn the_articles_sentence_asks_for_what_names_the_cause() {
    let message = "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: Not authorized to perform sts:AssumeRoleWithWebIdentity";
    let diagnosis = look_at(&[message]);
    let found = findings(&diagnosis).next().expect("a finding");
    for word in
        ["oidc: true", "AWS_ROLE_ARN", "AWS_REGION", "AWS_WEB_IDENTITY_TOKEN_FILE", "trust policy"]
    {
        assert!(found.fix.contains(word), "{found:#?}");
    }
    assert!(!diagnosis.accepted);
    // With the policy beside it, the condition itself.
    let policy = trust(&sub("StringLike", "{other}:*"));
    let diagnosis = look_at(&[message, &claims(json!({})), &policy]);
    let compared = findings(&diagnosis).find_map(|it| it.compared.clone()).expect("two values");
    assert_eq!((compared.claim.as_str(), compared.line), ("sub", Some(5)));
}

fn signed(changes: Json) -> String {
    let key = SigningKey::generate(Algorithm::Es256).expect("a key");
    let claims: Json = serde_json::from_str(&claims(changes)).expect("JSON");
    key.sign(claims.as_object().expect("claims")).expect("a token").expose().to_owned()
}

fn unsigned(header: Json) -> String {
    let part = |text: String| BASE64_URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.AAAA", part(header.to_string()), part(claims(json!({}))))
}

#[test]
fn a_signature_is_checked_against_the_keys() {
    let key = SigningKey::generate(Algorithm::Es256).expect("a key");
    let all: Json = serde_json::from_str(&claims(json!({}))).expect("JSON");
    let token = key.sign(all.as_object().expect("claims")).expect("a token");
    let keys = json!({"keys": [key.jwk()]}).to_string();
    let diagnosis = look_at(&[token.expose(), &keys, &good_trust()]);
    assert!(diagnosis.accepted && diagnosis.signature_checked, "{diagnosis:#?}");
    let mut forged = token.expose().to_owned();
    forged.replace_range(forged.len() - 8..forged.len() - 4, "AAAA");
    let diagnosis = look_at(&[&forged, &keys, &good_trust()]);
    assert!(
        findings(&diagnosis).any(|it| it.message.contains("signature is wrong")),
        "{diagnosis:#?}"
    );
    for alg in ["none", "HS256"] {
        let diagnosis = look_at(&[&unsigned(json!({"alg": alg, "kid": "k"})), &good_trust()]);
        assert!(!diagnosis.accepted, "{alg}");
    }
}

#[test]
fn no_report_has_the_token_in_it() {
    let token = signed(json!({}));
    let signature = token.rsplit('.').next().expect("a signature");
    let message = format!("curl: 401 for Bearer {token}");
    let diagnosis = look_at(&[&token, &message, &trust(&sub("StringEquals", "x"))]);
    let report = serde_json::to_string(&diagnosis).expect("JSON") + &format!("{diagnosis:?}");
    assert!(!report.contains(signature) && !report.contains(&token), "{report}");
    let secret =
        "AWS_ACCESS_KEY_ID=AKIACANARY\nAWS_WEB_IDENTITY_TOKEN_FILE=/t\nAWS_SESSION_TOKEN=canary";
    let report = format!("{:?}", look_at(&[secret]));
    assert!(!report.contains("CANARY") && !report.contains("canary"), "{report}");
}

#[test]
fn a_denying_statement_is_told() {
    let deny = "{\"Effect\": \"Deny\", \"Principal\": \"*\", \"Action\": \"sts:*\"}]}";
    let policy = good_trust().replace("}]}", &format!("}}, {deny}"));
    let diagnosis = look_at(&[&claims(json!({})), &policy]);
    assert!(findings(&diagnosis).any(|it| it.message.contains("denies it")), "{diagnosis:#?}");
}

#[test]
fn of_several_statements_the_nearest_is_told() {
    let far = "{\"Effect\": \"Allow\", \"Principal\": {\"Service\": \"ec2.amazonaws.com\"}, \"Action\": \"sts:AssumeRole\"}, ";
    let policy = trust(&sub("StringLike", "{other}:*"))
        .replace("\"Statement\": [", &format!("\"Statement\": [{far}"));
    let diagnosis = look_at(&[&claims(json!({})), &policy]);
    let told: Vec<_> = findings(&diagnosis).filter(|it| it.weight == Weight::Refused).collect();
    assert!(told.len() == 1 && told[0].compared.is_some(), "{told:#?}");
}

#[test]
fn what_depends_on_the_request_is_left_open() {
    let policy = trust(&format!(
        "{}, \"IpAddress\": {{\"aws:SourceIp\": \"10.0.0.0/8\"}}",
        sub("StringLike", &format!("{REPOSITORY}:*"))
    ));
    let diagnosis = look_at(&[&claims(json!({})), &policy]);
    assert!(diagnosis.accepted, "{diagnosis:#?}");
    assert!(
        findings(&diagnosis)
            .any(|it| it.weight == Weight::Unknown && it.message.contains("aws:SourceIp"))
    );
}

#[test]
fn evidence_is_recognised_by_what_it_says() {
    fn check(text: &str, expect: Option<Kind>) {
        assert_eq!(recognise(text).ok(), expect, "{text}");
    }
    check(&claims(json!({})), Some(Kind::Claims));
    check(&signed(json!({})), Some(Kind::Token));
    check(&good_trust(), Some(Kind::Trust));
    check("{\"keys\": []}", Some(Kind::Keys));
    check("{\"issuer\": \"i\", \"jwks_uri\": \"k\"}", Some(Kind::Discovery));
    check("pipelines:\n  default:\n", Some(Kind::Pipelines));
    check("export A=1\n# note\ndeclare -x B=\"2\"\n", Some(Kind::Environment));
    check("assertion.sub == 'x'", Some(Kind::GoogleCondition));
    check(
        "{\"value\": [{\"issuer\": \"i\", \"subject\": \"s\"}]}",
        Some(Kind::FederatedCredential),
    );
    check("{\"data\": {\"user_claim\": \"sub\"}}", Some(Kind::Vault));
    check("{\"error\": \"invalid_target\"}", Some(Kind::Error));
    check("it failed", Some(Kind::Error));
    check("{\"a\": 1}", None);
    check("{", None);
}
