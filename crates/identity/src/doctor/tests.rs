//! What the doctor tells: each of the known causes by its number in a file of the party that refuses for
//! it; here the article's sentence, the evidence, and what must never happen.

mod aws;
mod azure;
mod google;
mod hidden;
mod step;

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
const EXCHANGE: &str = "api://AzureADTokenExchange";
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
fn every_cause_has_a_test_of_its_number() {
    let source = [
        include_str!("tests/step.rs"),
        include_str!("tests/aws.rs"),
        include_str!("tests/google.rs"),
        include_str!("tests/azure.rs"),
    ]
    .concat();
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
fn a_condition_that_denies_is_told_beside_its_claim() {
    let deny = "{\"Effect\": \"Deny\", \"Principal\": \"*\", \"Action\": \"sts:*\", \
                \"Condition\": {\"StringNotLike\": {\"ISS:sub\": \"OTHER\"}}}]}";
    let deny = deny.replace("ISS", BARE).replace("OTHER", &format!("{REPOSITORY}:x"));
    let diagnosis =
        look_at(&[&claims(json!({})), &good_trust().replace("}]}", &format!("}}, {deny}"))]);
    let told: Vec<_> = findings(&diagnosis).filter(|it| it.weight == Weight::Refused).collect();
    let [one] = told[..] else { panic!("{diagnosis:#?}") };
    assert!(one.message.contains("its StringNotLike holds for `sub`"), "{one:#?}");
    let compared = one.compared.as_ref().expect("a comparison");
    assert_eq!(compared.wanted, [format!("{REPOSITORY}:x")]);
    assert!(compared.marks.as_ref().is_some_and(|it| it.carets.contains('^')), "{one:#?}");
}

#[test]
fn a_scheme_in_the_providers_arn_is_marked() {
    let policy = good_trust()
        .replace(&format!("oidc-provider/{BARE}"), &format!("oidc-provider/https://{BARE}"));
    let diagnosis = look_at(&[&claims(json!({})), &policy]);
    let found = finding(&diagnosis, 9);
    let compared = found.compared.expect("a comparison");
    assert_eq!(compared.wanted, [format!("oidc-provider/https://{BARE}")]);
    assert_eq!(compared.found, [format!("oidc-provider/{BARE}")]);
    let fixes: Vec<_> = findings(&diagnosis).map(|it| &it.fix).collect();
    assert!(fixes.iter().all(|it| !it.contains("\"https://")), "{fixes:?}");
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

#[test]
fn an_issuer_by_plain_http_is_told_unless_it_is_of_this_machine() {
    let told = |issuer: &str| {
        let diagnosis = look_at(&[&claims(json!({"iss": issuer}))]);
        diagnosis
            .verdicts
            .iter()
            .flat_map(|it| &it.findings)
            .any(|it| it.message.contains("plain http"))
    };
    assert!(told("http://ci.example/oidc") && told("http://10.0.0.1:8080"));
    assert!(!told("http://127.0.0.1:7700/oidc/111111111111") && !told("http://localhost:1"));
    assert!(!told(ISSUER));
}
