//! The causes that AWS refuses a token for.

use super::*;

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
    let account = good_trust().replace("\"Federated\"", "\"AWS\"");
    check(20, &[&claims(json!({})), &account], "\"Federated\"");
    let nobody = good_trust()
        .replace("\"Federated\"", "\"Service\"")
        .replace(&provider, "ec2.amazonaws.com");
    check(20, &[&claims(json!({})), &nobody], "\"Federated\"");
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
