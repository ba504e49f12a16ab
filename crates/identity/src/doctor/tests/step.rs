//! The step's own causes: what it did not ask for, did not export, or did not hand over whole.

use super::*;

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
