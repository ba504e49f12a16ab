//! What STS's one sentence hides, with the claims and the policy beside it, in the words of several
//! clients; and near misses that are another cause than they look like, or none.

use super::*;

/// The sentence as clients print it.
const REFUSED: [&str; 3] = [
    "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: Not authorized to perform sts:AssumeRoleWithWebIdentity",
    "Error: Could not assume role with OIDC: Not authorized to perform sts:AssumeRoleWithWebIdentity",
    "+ terraform plan\n│ Error: No valid credential sources found\n│ operation error STS: AssumeRoleWithWebIdentity, https response error StatusCode: 403, RequestID: 7c1e, api error AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity",
];

const ACTIONS: &str = "token.actions.githubusercontent.com";

fn of_github(subject: &str) -> String {
    claims(json!({"iss": format!("https://{ACTIONS}"), "sub": subject, "stepUuid": null}))
}

fn for_github(operator: &str, subject: &str) -> String {
    trust(&sub(operator, subject)).replace(BARE, ACTIONS)
}

#[test]
fn the_sentence_is_explained_by_the_policy_beside_it() {
    let stable = format!("{REPOSITORY}:*");
    let deployment = claims(json!({"sub": format!("{REPOSITORY}:{ENVIRONMENT}:{STEP}")}));
    let of_claim = |name: &str, value: &str| {
        trust(&sub("StringEquals", value).replace("ISS:sub", &format!("ISS:{name}")))
    };
    let wide = [
        (
            16,
            of_github("repo:acme/shop:ref:refs/heads/main"),
            for_github("StringEquals", "repo:Acme/shop:ref:refs/heads/main"),
        ),
        (
            16,
            of_github("repo:Acme/Shop:environment:Production"),
            for_github("StringLike", "repo:acme/shop:*"),
        ),
        (16, claims(json!({})), trust(&sub("StringLike", &stable.to_uppercase()))),
        (
            17,
            of_github("repo:acme/shop:pull_request"),
            for_github("StringEquals", "repo:acme/shop:ref:refs/heads/main"),
        ),
        (
            17,
            of_github("repo:acme/shop:environment:prod"),
            for_github("StringLike", "repo:acme/shop:ref:*"),
        ),
        (17, deployment, trust(&sub("StringEquals", &format!("{REPOSITORY}:{STEP}")))),
        (18, claims(json!({})), trust(&sub("StringEquals", &stable))),
        (
            18,
            of_github("repo:acme/shop:ref:refs/heads/main"),
            for_github("StringEquals", "repo:acme/shop:*"),
        ),
        (
            18,
            of_github("repo:acme/shop:ref:refs/tags/v1"),
            for_github("StringEqualsIgnoreCase", "repo:acme/*"),
        ),
        (21, claims(json!({})), of_claim("branchName", "main")),
        (21, claims(json!({})), of_claim("repositoryUuid", REPOSITORY)),
        (21, claims(json!({})), of_claim("deploymentEnvironmentUuid", ENVIRONMENT)),
    ];
    for ((number, claims, policy), said) in wide.iter().zip(REFUSED.iter().cycle()) {
        let diagnosis = look_at(&[said, claims, policy]);
        let found = finding(&diagnosis, *number);
        assert!(!diagnosis.accepted && found.compared.is_some(), "{number}: {diagnosis:#?}");
        let refused = findings(&diagnosis).filter(|it| it.weight == Weight::Refused);
        let others = refused.filter_map(|it| it.cause).filter(|it| it.number() != *number);
        assert_eq!(others.collect::<Vec<_>>(), [], "{number}: {diagnosis:#?}");
    }
}

#[test]
fn a_token_that_a_step_printed_is_held_against_the_policy() {
    let log = format!("{}\n{}", claims(json!({})), REFUSED[0]);
    let diagnosis =
        look_at(&[&log, &trust(&sub("StringLike", &format!("{}:*", REPOSITORY.to_uppercase())))]);
    finding(&diagnosis, 16);
}

#[test]
fn what_only_looks_like_a_cause_is_told_as_it_is() {
    let told = |pieces: &[&str], word: &str| {
        let diagnosis = look_at(pieces);
        let refused: Vec<_> =
            findings(&diagnosis).filter(|it| it.weight == Weight::Refused).collect();
        assert!(refused.len() == 1 && refused[0].cause.is_none(), "{refused:#?}");
        assert!(refused[0].message.contains(word) || refused[0].fix.contains(word), "{refused:#?}");
    };
    let own = claims(json!({}));
    let subject = format!("{REPOSITORY}:{STEP}");
    told(&[&own, &trust(&sub("StringNotEquals", &subject))], "leaves out");
    told(&[&own, &trust(&sub("Null", "true"))], "without `sub`");
    told(&[&own, &trust(&sub("StringLike", &format!("{REPOSITORY}: *")))], "blank");
    told(&[&own, &trust(&sub("StringEquals", &format!("{subject}\u{200b}")))], "U+200B");
    let actions = |from: &str, to: &str| {
        let wanted = "repo:acme/shop:ref:refs/heads/main".replace(from, to);
        [of_github("repo:acme/shop:ref:refs/heads/main"), for_github("StringLike", &wanted)]
    };
    let [token, policy] = actions("repo:", "rep\u{43e}:");
    told(&[&token, &policy], "U+043E stands in the condition, which only looks like `o`");
    told(
        &[
            &own,
            &json!({"bound_audiences": [AUDIENCE], "bound_subject": "abc", "user_claim": "sub"})
                .to_string(),
        ],
        "sub claim does not match",
    );
}

#[test]
fn a_missing_audience_is_no_matter_of_tags() {
    let diagnosis =
        look_at(&[&claims(json!({"aud": null})), &trust("\"StringLike\": {\"ISS:sub\": \"*\"}")]);
    assert!(findings(&diagnosis).all(|it| it.cause != Some(Cause::TagSession)), "{diagnosis:#?}");
}

#[test]
fn vaults_wildcard_is_mended_whole() {
    let bare = REPOSITORY.trim_matches(['{', '}']);
    let role = |pattern: &str| {
        json!({"bound_audiences": [AUDIENCE], "bound_claims": {"sub": pattern}, "user_claim": "sub"}).to_string()
    };
    check(18, &[&claims(json!({})), &role(&format!("{bare}:*"))], &format!("\"{REPOSITORY}:*\""));
    check(18, &[&claims(json!({})), &role(&format!("{REPOSITORY}:*"))], "bound_claims_type=glob");
}

#[test]
fn an_expression_for_a_stable_subject_is_replaced_by_it() {
    let token = claims(
        json!({"iss": "https://ci.example.com", "sub": "repository:a/b", "stepUuid": null, "aud": EXCHANGE}),
    );
    let flexible = json!({"issuer": "https://ci.example.com", "audiences": [EXCHANGE],
        "claimsMatchingExpression": {"value": "claims['sub'] matches 'repository:*'", "languageVersion": 1}});
    check(41, &[&token, &flexible.to_string()], "\"subject\": \"repository:a/b\"");
}

#[test]
fn a_moment_that_is_past_refuses() {
    let policy = trust(&format!(
        "{}, \"DateLessThan\": {{\"aws:CurrentTime\": \"2020-01-01T00:00:00Z\"}}",
        sub("StringLike", &format!("{REPOSITORY}:*"))
    ));
    let diagnosis = look_at(&[&claims(json!({})), &policy]);
    assert!(!diagnosis.accepted, "{diagnosis:#?}");
}

#[test]
fn a_token_that_is_over_is_told_so_and_no_more() {
    let late = claims(json!({"exp": NOW - 3600, "nbf": NOW, "iat": NOW}));
    let diagnosis = look_at(&[&late, &good_trust()]);
    let refused: Vec<_> = findings(&diagnosis).filter(|it| it.weight == Weight::Refused).collect();
    assert!(refused.len() == 1 && refused[0].cause == Some(Cause::Outlived), "{refused:#?}");
}

#[test]
fn a_role_of_another_partition_than_its_provider_is_told() {
    let mut evidence =
        Evidence { role_arn: Some(ROLE.replace("arn:aws:", "arn:aws-cn:")), ..Evidence::default() };
    evidence.add("claims", &claims(json!({})), None).expect("claims");
    evidence.add("trust", &good_trust(), None).expect("a policy");
    finding(&diagnose(&evidence, Timestamp(NOW * 1000)), 28);
}

#[test]
fn a_signature_that_was_cut_is_no_token() {
    let token = signed(json!({}));
    check(5, &[&token[..token.len() - 20], &good_trust()], "whole value");
}

#[test]
fn a_token_is_taken_out_of_what_carries_it() {
    let token = signed(json!({}));
    for text in [
        format!("Bearer {token}"),
        format!("Authorization: bearer {token}\n"),
        json!({"count": 1, "value": token}).to_string(),
        json!({"access_token": token, "token_type": "Bearer"}).to_string(),
    ] {
        assert_eq!(recognise(&text).ok(), Some(Kind::Token), "{text}");
        let diagnosis = look_at(&[&text, &good_trust()]);
        assert!(diagnosis.accepted && diagnosis.token.is_some(), "{diagnosis:#?}");
    }
}

#[test]
fn logs_and_answers_of_errors_are_messages() {
    for text in [
        "[2026-11-22 10:15:30] ERROR An error occurred: Incorrect token audience",
        "{\"level\":\"error\",\"msg\":\"a\"}\n{\"level\":\"error\",\"msg\":\"Incorrect token audience\"}",
        "{\"errors\":[\"claim \\\"repository\\\" is missing\"]}",
        "{\"message\":\"Bad credentials\",\"documentation_url\":\"https://docs.github.com/rest\"}",
        "time=\"2026-11-22T10:15:30Z\" level=error msg=\"invalid_target\"",
    ] {
        assert_eq!(recognise(text).ok(), Some(Kind::Error), "{text}");
        assert!(findings(&look_at(&[text])).any(|it| it.weight == Weight::Refused), "{text}");
    }
}

#[test]
fn a_step_that_shows_its_token_to_nobody_is_told() {
    check_step(2, step(&["aws s3 cp app.zip s3://acme"]), None, "AWS_WEB_IDENTITY_TOKEN_FILE");
    check(
        2,
        &["BITBUCKET_STEP_OIDC_TOKEN=x\nAWS_ROLE_ARN=arn:aws:iam::111111111111:role/x"],
        "write the token",
    );
    let towpath =
        Evidence { towpath: true, steps: Some(vec![step(&["aws s3 ls"])]), ..Evidence::default() };
    assert!(diagnose(&towpath, Timestamp(0)).accepted);
}

#[test]
fn the_condition_of_the_guide_is_not_open_here() {
    let mut evidence = Evidence { towpath: true, ..Evidence::default() };
    let own = claims(
        json!({"iss": "https://ci.example.com/oidc/111111111111", "repository": "team/site", "stepUuid": null}),
    );
    let policy = trust(&aud(AUDIENCE).replace('}', ", \"ISS:repository\": \"team/site\"}"))
        .replace(BARE, "ci.example.com/oidc/111111111111");
    for piece in [own, policy] {
        evidence.add("it", &piece, None).expect("evidence");
    }
    let diagnosis = diagnose(&evidence, Timestamp(NOW * 1000));
    assert!(diagnosis.accepted && findings(&diagnosis).next().is_none(), "{diagnosis:#?}");
}

/// By the deciders that STS itself asks, in its order.
#[test]
fn what_the_service_answers_is_what_sts_says() {
    let answers = |pieces: &[&str], change: fn(&mut Evidence)| {
        let mut evidence = Evidence::default();
        for piece in pieces {
            evidence.add("it", piece, None).unwrap_or_else(|why| panic!("{piece}: {why}"));
        }
        change(&mut evidence);
        let diagnosis = diagnose(&evidence, Timestamp(NOW * 1000));
        diagnosis.verdicts.into_iter().find_map(|it| it.answer).unwrap_or_default()
    };
    let (good, none) = (good_trust(), |_: &mut Evidence| {});
    let role = |seconds: u64| {
        format!(
            "{{\"Role\": {{\"Arn\": \"{ROLE}\", \"MaxSessionDuration\": {seconds}, \
             \"AssumeRolePolicyDocument\": {good}}}}}"
        )
    };
    let denied = "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity";
    let over = claims(json!({"exp": NOW - 60, "iat": NOW - 7200}));
    let over_for_others = claims(json!({"exp": NOW - 60, "sub": "else"}));
    let expired = format!(
        "ExpiredTokenException: Token expired: current date/time {NOW} must be before the expiration \
         date/time {}",
        NOW - 60
    );
    let text = claims(json!({"exp": "soon"}));
    let slash = json!({"Url": format!("{BARE}/"), "ClientIDList": [AUDIENCE]}).to_string();
    let provider = json!({"Url": BARE, "ClientIDList": ["other"]}).to_string();
    let elsewhere = statement(
        "",
        "arn:aws:iam::111111111111:oidc-provider/x.example",
        "sts:AssumeRoleWithWebIdentity",
    );
    assert_eq!(answers(&[&claims(json!({})), &role(3600)], none), "");
    assert_eq!(answers(&[&claims(json!({"sub": "else"})), &good], none), denied);
    assert_eq!(answers(&[&claims(json!({})), &elsewhere], none), denied, "another provider's role");
    assert_eq!(answers(&[&over, &good], none), expired);
    assert_eq!(answers(&[&over_for_others, &good], none), expired, "before the policy is asked");
    assert!(answers(&[&text, &good], none).contains("is not a valid JWT"), "a malformed claim");
    let missing = "InvalidIdentityToken: Missing a required claim: sub";
    assert_eq!(answers(&[&claims(json!({"sub": null})), &good], none), missing);
    let unregistered = format!(
        "InvalidIdentityToken: No OpenIDConnect provider found in your account for {ISSUER}"
    );
    assert_eq!(answers(&[&claims(json!({})), &good, &slash], none), unregistered);
    let audience = "InvalidIdentityToken: Incorrect token audience";
    assert_eq!(answers(&[&claims(json!({})), &good, &provider], none), audience);
    let tags = claims(json!({"https://aws.amazon.com/tags": "none"}));
    assert!(
        answers(&[&tags, &good], none).starts_with("IDPRejectedClaim: "),
        "tags in another form"
    );
    let blank = |it: &mut Evidence| it.role_arn = Some("arn:aws:iam::111111111111:role/a b".into());
    assert_eq!(answers(&[&over, &good], blank), "ValidationError: Request ARN is invalid");
    let long = |it: &mut Evidence| it.duration_seconds = Some(7200);
    let too_long = "ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
    assert_eq!(answers(&[&claims(json!({})), &role(3600)], long), too_long);
    assert_eq!(
        answers(&[&claims(json!({"sub": "else"})), &role(3600)], long),
        denied,
        "as STS's order is"
    );
}
