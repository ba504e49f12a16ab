//! Every cause that a message can name, in words that clients print: one line or the log of a step.
//! Those that STS's one sentence hides are in `doctor/tests.rs`, with the policy beside it.

use std::collections::BTreeMap;

use super::*;

/// Messages by the number of the cause that they are of; those under 0 are known and of none.
fn wordings() -> BTreeMap<u8, Vec<String>> {
    let text = include_str!("../../../testdata/doctor/wordings.json");
    serde_json::from_str(text).expect("messages by cause")
}

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
    for (expect, messages) in wordings() {
        for text in messages.iter().flat_map(|it| [it.clone(), log(it)]) {
            let found = judge(&text);
            let number = found.cause.map_or(0, Cause::number);
            if number != expect || found.weight != crate::doctor::Weight::Refused {
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
    let wordings = wordings();
    for number in (1..=45).filter(|it| !hidden.contains(it)) {
        let count = wordings.get(&number).map_or(0, Vec::len);
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

#[test]
fn a_fix_is_of_what_was_called() {
    fn check(text: &str, fix: &str, never: &str) {
        let found = judge(text);
        assert!(found.fix.contains(fix) && !found.fix.contains(never), "{found:#?}");
    }
    let refused = |action: &str| {
        format!(
            "User: arn:aws:sts::111111111111:assumed-role/ci/s is not authorized to perform: {action} on resource: arn:aws:iam::222222222222:role/x"
        )
    };
    check(&refused("sts:AssumeRole"), "{\"AWS\": \"arn:aws:iam::111111111111:role/ci\"}", "unset");
    check(&refused("sts:AssumeRole"), "it is in another account", "WebIdentity");
    let here = refused("sts:AssumeRole").replace('2', "1");
    check(&here, "the trust policy of arn:aws:iam::111111111111:role/x", "another account");
    let boxed = refused("sts:AssumeRole").replace(" on ", "\n│ on ");
    check(&boxed, "\"arn:aws:iam::111111111111:role/ci\"", "unset");
    check(&refused("sts:TagSession"), "[\"sts:AssumeRole\", \"sts:TagSession\"]", "WebIdentity");
    let web = "AccessDenied: Not authorized to perform sts:TagSession";
    check(web, "[\"sts:AssumeRoleWithWebIdentity\", \"sts:TagSession\"]", "role-skip");
    let clock = "SignatureDoesNotMatch: Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z";
    check(clock, "clock of the runner", "AWS_ACCESS_KEY_ID");
    check("failed to verify id token signature", "oidc_discovery_url", "look at ISSUER");
}
