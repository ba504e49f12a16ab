use super::*;
use crate::token::Claims;
use serde_json::json;

const ISSUER: &str = "https://token.actions.githubusercontent.com";
const SUBJECT: &str = "repo:acme/shop:environment:Production";

fn claims() -> Claims {
    let all = json!({
        "iss": ISSUER, "sub": SUBJECT, "aud": AUDIENCE, "exp": 2_000_000_000,
        "job_workflow_ref": "acme/shop/.github/workflows/deploy.yml@refs/heads/main",
    });
    Claims::unverified(all.as_object().cloned().unwrap_or_default())
}

fn credential(issuer: &str, subject: &str, audience: &str) -> FederatedCredential {
    FederatedCredential {
        name: "deploy".to_owned(),
        issuer: issuer.to_owned(),
        subject: Some(subject.to_owned()),
        audiences: vec![audience.to_owned()],
        claims_matching_expression: None,
    }
}

fn code(credentials: &[FederatedCredential]) -> Option<u32> {
    let decided = decide(&claims(), credentials, Timestamp(1_900_000_000_000));
    decided.err().map(|refused| refused.code())
}

#[test]
fn issuer_subject_and_audience_are_compared_byte_by_byte() {
    fn check(issuer: &str, subject: &str, audience: &str, expect: Option<u32>) {
        assert_eq!(code(&[credential(issuer, subject, audience)]), expect, "{issuer} {subject}");
    }
    check(ISSUER, SUBJECT, AUDIENCE, None);
    check(&format!("{ISSUER}/"), SUBJECT, AUDIENCE, Some(700_211));
    check(ISSUER, "repo:acme/shop:environment:production", AUDIENCE, Some(7_002_138));
    check(ISSUER, "repo:acme/shop:*", AUDIENCE, Some(700_213));
    check(ISSUER, SUBJECT, "api://azureadtokenexchange", Some(700_212));
    check("https://other.example", "other", "other", Some(700_211));
}

#[test]
fn of_several_credentials_the_nearest_names_the_error() {
    let far = credential("https://other.example", SUBJECT, AUDIENCE);
    let near = credential(ISSUER, SUBJECT, "other");
    assert_eq!(code(&[far.clone(), near]), Some(700_212));
    assert_eq!(code(&[far.clone(), credential(ISSUER, SUBJECT, AUDIENCE)]), None);
    assert_eq!(code(&[far]), Some(700_211));
    assert_eq!(code(&[]), Some(700_211));
}

#[test]
fn an_expression_is_for_three_issuers_only() {
    fn check(issuer: &str, value: &str, expect: Option<u32>) {
        let expression = Expression { value: value.to_owned(), language_version: 1 };
        let claims_matching_expression = Some(expression);
        let plain = credential(issuer, "", AUDIENCE);
        let one = FederatedCredential { subject: None, claims_matching_expression, ..plain };
        assert_eq!(code(&[one]), expect, "{value}");
    }
    let workflow = "claims['job_workflow_ref'] matches 'acme/*/deploy.yml@*'";
    check(ISSUER, "claims['sub'] matches 'repo:acme/shop:*'", None);
    check(ISSUER, &format!("claims['sub'] eq '{SUBJECT}' and {workflow}"), None);
    check(ISSUER, "claims['sub'] matches 'repo:other/*'", Some(7_002_131));
    check(ISSUER, "claims['sub'] like 'repo:acme/*'", Some(7_002_131));
    check(ISSUER, "sub matches '*'", Some(7_002_131));
    let bitbucket = credential("https://api.bitbucket.org/x", "", AUDIENCE);
    let value = "claims['sub'] matches '*'".to_owned();
    let claims_matching_expression = Some(Expression { value, language_version: 1 });
    let flexible = FederatedCredential { subject: None, claims_matching_expression, ..bitbucket };
    assert!(flexible.mismatches(&claims()).contains(&Mismatch::Expression));
}

#[test]
fn a_token_counts_in_its_time_only() {
    let credentials = [credential(ISSUER, SUBJECT, AUDIENCE)];
    let late = decide(&claims(), &credentials, Timestamp(2_000_000_000_000)).expect_err("late");
    assert_eq!((late.code(), late.error()), (700_024, "invalid_client"));
    assert!(late.to_string().contains("expiry time of assertion 2033-05-18T03:33:20.000Z"));
}
