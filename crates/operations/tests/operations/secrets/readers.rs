//! Who may read a secret, and what of it the audit log tells.

use super::*;

#[test]
fn policies_decide_by_arn_tags_and_stage() {
    let (mut world, arn) = with_secret();
    let tags = json!([{"Key": "team", "Value": "green"}]);
    secret(&mut world, "TagResource", json!({"SecretId": "prod/db", "Tags": tags}));
    let may = |world: &mut World, resource: &str, condition: Value| {
        let mut policy = allowing(&["secretsmanager:GetSecretValue".to_owned()]);
        policy["Statement"]["Resource"] = resource.into();
        policy["Statement"]["Condition"] = condition;
        let input = json!({"SecretId": "prod/db"}).to_string();
        world.ask_by(&user(Some(&policy)), Service::SecretsManager, "GetSecretValue", &input)
    };
    let key = |key: &str, value: &str| json!({"StringEquals": {key: value}});
    let start = &arn[..arn.len() - 7];
    for (resource, condition, expect) in [
        ("*", json!({}), true),
        (&*arn, json!({}), true),
        (&*format!("{start}-??????"), json!({}), true),
        (start, json!({}), false),
        ("*", key("aws:ResourceTag/team", "green"), true),
        ("*", key("secretsmanager:ResourceTag/team", "red"), false),
        ("*", key("secretsmanager:VersionStage", "AWSCURRENT"), true),
        ("*", key("secretsmanager:VersionStage", "AWSPENDING"), false),
        ("*", key("secretsmanager:SecretId", &arn), true),
    ] {
        let answer = may(&mut world, resource, condition.clone());
        assert_eq!(answer.is_ok(), expect, "{resource} {condition}: {answer:?}");
    }
}

#[test]
fn another_account_reads_what_both_sides_allow_and_both_are_told() {
    let (mut world, arn) = with_secret();
    let read = json!({"SecretId": arn}).to_string();
    let stranger =
        |world: &mut World| world.ask(OTHER, Service::SecretsManager, "GetSecretValue", &read);
    assert!(stranger(&mut world).is_err_and(|it| it.code == "AccessDeniedException"));
    let policy = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Principal": {"AWS": OTHER}, "Action": "secretsmanager:*", "Resource": "*"}});
    let put = json!({"SecretId": "prod/db", "ResourcePolicy": policy.to_string()});
    secret(&mut world, "PutResourcePolicy", put);
    let answer = stranger(&mut world).expect("both sides allow it");
    assert_eq!(opened(&world, &answer), [CANARY]);
    let change = json!({"SecretId": arn, "SecretString": "mine"}).to_string();
    let changed = world.ask(OTHER, Service::SecretsManager, "PutSecretValue", &change);
    assert!(changed.is_err_and(|it| it.message.contains("another account's")));
    let told = |account: &str| {
        let read = |entry: &identity::audit::Entry| entry.action == "secretsmanager:GetSecretValue";
        world.audited(account).into_iter().filter(read).count()
    };
    assert_eq!((told(ACCOUNT), told(OTHER)), (1, 1));
    let public = json!({"SecretId": "prod/db", "BlockPublicPolicy": true,
        "ResourcePolicy": policy.to_string().replace(OTHER, "*")});
    let looked_at = json!({"ResourcePolicy": public["ResourcePolicy"]});
    assert!(refused(&mut world, "PutResourcePolicy", public).starts_with("PublicPolicyException"));
    let found = secret(&mut world, "ValidateResourcePolicy", looked_at);
    assert_eq!(found["PolicyValidationPassed"], false);
    assert_eq!(found["ValidationErrors"][0]["CheckName"], "PUBLIC_POLICY");
    let good = json!({"SecretId": "prod/db", "ResourcePolicy": policy.to_string()});
    let found = secret(&mut world, "ValidateResourcePolicy", good);
    assert_eq!(found, json!({"PolicyValidationPassed": true, "ValidationErrors": []}));
}

#[test]
fn every_read_is_in_the_audit_log_once() {
    let (mut world, arn) = with_secret();
    let reads = |world: &World| {
        let entries = world.audited(ACCOUNT).into_iter();
        let reads = entries.filter(|it| it.action == "secretsmanager:GetSecretValue");
        reads.map(|it| it.resource).collect::<Vec<_>>()
    };
    secret(&mut world, "GetSecretValue", json!({"SecretId": "prod/db"}));
    assert_eq!(reads(&world), std::slice::from_ref(&arn));
    secret(&mut world, "GetSecretValue", json!({"SecretId": "prod/db"}));
    assert_eq!(reads(&world).len(), 2, "the day of its last reading was written already");
    let batch = json!({"SecretIdList": ["prod/db", "nothing"]});
    let answer = secret(&mut world, "BatchGetSecretValue", batch);
    assert_eq!(opened(&world, &answer), [CANARY]);
    assert_eq!(answer["output"]["Errors"][0]["ErrorCode"], "ResourceNotFoundException");
    assert_eq!(reads(&world).len(), 3);
    parameter(
        &mut world,
        "PutParameter",
        json!({"Name": "/p", "Value": CANARY, "Type": "SecureString"}),
    );
    parameter(&mut world, "GetParameter", json!({"Name": "/p", "WithDecryption": true}));
    let entries = world.audited(ACCOUNT);
    assert!(
        entries
            .iter()
            .any(|it| it.action == "ssm:GetParameter" && it.resource.ends_with("parameter/p"))
    );
}
