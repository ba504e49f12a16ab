//! The causes that Azure refuses a token for.

use super::*;

fn credential(subject: &str, issuer: &str, audience: &str) -> String {
    json!([{"name": "deploy", "issuer": issuer, "subject": subject, "audiences": [audience]}])
        .to_string()
}

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
