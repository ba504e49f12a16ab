//! Secrets with their versions and labels, and parameters with theirs, as callers see them; and what
//! of it the audit log tells.

use serde_json::{Value, json};
use store::SecretRow;
use wire::Service;

use crate::identity::{allowing, user};
use crate::world::{ACCOUNT, OTHER, World};

const FIRST: &str = "11111111-1111-4111-8111-111111111111";
const SECOND: &str = "22222222-2222-4222-8222-222222222222";
const CANARY: &str = "canary-7f3a-hunter2";

fn asked(
    world: &mut World,
    service: Service,
    operation: &str,
    input: Value,
) -> Result<Value, String> {
    let answer = world.ask(ACCOUNT, service, operation, &input.to_string());
    answer.map_err(|refused| format!("{}: {}", refused.code, refused.message))
}

fn secret(world: &mut World, operation: &str, input: Value) -> Value {
    let answer = asked(world, Service::SecretsManager, operation, input);
    answer.unwrap_or_else(|refused| panic!("{operation}: {refused}"))
}

fn refused(world: &mut World, operation: &str, input: Value) -> String {
    asked(world, Service::SecretsManager, operation, input).expect_err(operation)
}

fn parameter(world: &mut World, operation: &str, input: Value) -> Value {
    let answer = asked(world, Service::Ssm, operation, input);
    answer.unwrap_or_else(|refused| panic!("{operation}: {refused}"))
}

fn refused_parameter(world: &mut World, operation: &str, input: Value) -> String {
    asked(world, Service::Ssm, operation, input).expect_err(operation)
}

/// The text of an answer once its process has opened it.
fn opened(world: &World, answer: &Value) -> Vec<String> {
    let sealed: operations::sealed::Sealed<Value> =
        serde_json::from_value(answer.clone()).expect("an output with sealed members");
    let open = |it: &operations::sealed::SealedMember| {
        let open = it.kept.placed(|place| world.vault().unseal(place, &it.sealed));
        open.expect("it opens where it says that it lies").expose().to_owned()
    };
    sealed.secrets.iter().map(open).collect()
}

fn value(world: &mut World, input: Value) -> String {
    let answer = secret(world, "GetSecretValue", input);
    opened(world, &answer).remove(0)
}

fn with_secret() -> (World, String) {
    let mut world = World::new();
    let input = json!({"Name": "prod/db", "SecretString": CANARY, "ClientRequestToken": FIRST});
    let made = secret(&mut world, "CreateSecret", input);
    let arn = made["ARN"].as_str().expect("an ARN").to_owned();
    (world, arn)
}

#[test]
fn a_secret_is_found_by_its_name_its_arn_and_its_arn_without_the_end() {
    let (mut world, arn) = with_secret();
    let (start, end) = arn.split_at(arn.len() - 7);
    assert_eq!(start, "arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db");
    assert!(end.starts_with('-') && end[1..].chars().all(|c| c.is_ascii_alphanumeric()), "{end}");
    for id in ["prod/db", &arn, start] {
        assert_eq!(value(&mut world, json!({"SecretId": id})), CANARY, "{id}");
    }
    for id in
        ["prod", "prod/db-", &format!("{start}-AAAAAA"), &arn.replace("us-east-1", "eu-west-1")]
    {
        let said = refused(&mut world, "GetSecretValue", json!({"SecretId": id}));
        let expect = "ResourceNotFoundException: Secrets Manager can't find the specified secret.";
        assert!(said == expect || said.starts_with("AccessDenied"), "{id}: {said}");
    }
}

#[test]
fn a_new_value_holds_and_the_one_before_is_the_previous() {
    let (mut world, _) = with_secret();
    let put = json!({"SecretId": "prod/db", "SecretString": "two", "ClientRequestToken": SECOND});
    let answer = secret(&mut world, "PutSecretValue", put.clone());
    assert_eq!(answer["VersionStages"], json!(["AWSCURRENT"]));
    assert_eq!(secret(&mut world, "PutSecretValue", put)["VersionId"], SECOND, "a repeat");
    let of = |stage: &str| json!({"SecretId": "prod/db", "VersionStage": stage});
    assert_eq!(value(&mut world, of("AWSCURRENT")), "two");
    assert_eq!(value(&mut world, of("AWSPREVIOUS")), CANARY);
    let pending =
        json!({"SecretId": "prod/db", "SecretString": "three", "VersionStages": ["AWSPENDING"]});
    secret(&mut world, "PutSecretValue", pending);
    assert_eq!(value(&mut world, of("AWSPENDING")), "three");
    assert_eq!(value(&mut world, json!({"SecretId": "prod/db"})), "two");
    let other =
        json!({"SecretId": "prod/db", "SecretString": "other", "ClientRequestToken": SECOND});
    assert!(refused(&mut world, "PutSecretValue", other).starts_with("ResourceExistsException"));
    assert_eq!(
        refused(&mut world, "GetSecretValue", of("mine")),
        "ResourceNotFoundException: Secrets Manager can't find the specified secret value for \
         staging label: mine"
    );
    let mixed = json!({"SecretId": "prod/db", "VersionId": SECOND, "VersionStage": "AWSPREVIOUS"});
    assert!(refused(&mut world, "GetSecretValue", mixed).starts_with("InvalidRequestException"));
    let back = json!({"SecretId": "prod/db", "VersionStage": "AWSCURRENT",
        "MoveToVersionId": FIRST, "RemoveFromVersionId": SECOND});
    secret(&mut world, "UpdateSecretVersionStage", back);
    assert_eq!(value(&mut world, of("AWSCURRENT")), CANARY);
    assert_eq!(value(&mut world, of("AWSPREVIOUS")), "two");
    let away =
        json!({"SecretId": "prod/db", "VersionStage": "AWSCURRENT", "RemoveFromVersionId": FIRST});
    assert!(
        refused(&mut world, "UpdateSecretVersionStage", away)
            .contains("can't be completely removed")
    );
}

#[test]
fn making_a_secret_twice_makes_it_once() {
    let (mut world, arn) = with_secret();
    let input = json!({"Name": "prod/db", "SecretString": CANARY, "ClientRequestToken": FIRST});
    assert_eq!(secret(&mut world, "CreateSecret", input)["ARN"], arn);
    let input = json!({"Name": "prod/db", "SecretString": "x", "ClientRequestToken": SECOND});
    assert_eq!(
        refused(&mut world, "CreateSecret", input),
        "ResourceExistsException: The operation failed because the secret prod/db already exists."
    );
    for (input, code) in [
        (json!({"Name": "a b"}), "ValidationException"),
        (
            json!({"Name": "a", "SecretString": "x", "SecretBinary": "eA=="}),
            "InvalidParameterException",
        ),
        (json!({"Name": "a", "KmsKeyId": "alias/mine"}), "InvalidParameterException"),
        (
            json!({"Name": "a", "AddReplicaRegions": [{"Region": "eu-west-1"}]}),
            "InvalidParameterException",
        ),
    ] {
        assert!(refused(&mut world, "CreateSecret", input.clone()).starts_with(code), "{input}");
    }
    let bytes = json!({"Name": "bytes", "SecretBinary": "AAEC/w=="});
    secret(&mut world, "CreateSecret", bytes);
    let answer = secret(&mut world, "GetSecretValue", json!({"SecretId": "bytes"}));
    assert_eq!(answer["secrets"][0]["pointer"], "/SecretBinary");
    assert_eq!(opened(&world, &answer), ["AAEC/w=="]);
}

#[test]
fn a_deleted_secret_can_be_restored_until_its_time_has_come() {
    let (mut world, arn) = with_secret();
    let named = || json!({"SecretId": "prod/db"});
    let delete = json!({"SecretId": "prod/db", "RecoveryWindowInDays": 7});
    secret(&mut world, "DeleteSecret", delete.clone());
    let marked = "InvalidRequestException: You can't perform this operation on the secret because it \
                  was marked for deletion.";
    assert_eq!(refused(&mut world, "GetSecretValue", named()), marked);
    assert_eq!(refused(&mut world, "DeleteSecret", delete.clone()), marked);
    assert!(secret(&mut world, "DescribeSecret", named())["DeletedDate"].is_number());
    assert_eq!(secret(&mut world, "ListSecrets", json!({}))["SecretList"], json!([]));
    let again = json!({"Name": "prod/db"});
    assert!(
        refused(&mut world, "CreateSecret", again.clone())
            .contains("already scheduled for deletion")
    );
    secret(&mut world, "RestoreSecret", named());
    assert_eq!(value(&mut world, named()), CANARY);
    secret(&mut world, "DeleteSecret", delete);
    world.at = world.at.plus_seconds(7 * 86_400);
    assert!(refused(&mut world, "RestoreSecret", named()).starts_with("ResourceNotFound"));
    let made = secret(&mut world, "CreateSecret", again);
    assert_ne!(made["ARN"], arn, "policies for the old one are none for the new one");
    let now = json!({"SecretId": "prod/db", "ForceDeleteWithoutRecovery": true});
    secret(&mut world, "DeleteSecret", now.clone());
    secret(&mut world, "DeleteSecret", now);
    assert!(world.list::<SecretRow>(SecretRow::of_account(&ACCOUNT.into(), 10)).is_empty());
    for days in [6, 31] {
        let delete = json!({"SecretId": "x", "RecoveryWindowInDays": days});
        assert!(refused(&mut world, "DeleteSecret", delete).contains("between 7 and 30 days"));
    }
}

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
fn no_rotation_is_begun_or_cancelled_by_itself() {
    let (mut world, _) = with_secret();
    for operation in ["RotateSecret", "CancelRotateSecret"] {
        let said = refused(&mut world, operation, json!({"SecretId": "prod/db"}));
        assert!(said.starts_with("InvalidRequestException"), "{said}");
        let said = refused(&mut world, operation, json!({"SecretId": "none"}));
        assert!(said.starts_with("ResourceNotFoundException"), "{said}");
    }
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

#[test]
fn passwords_are_as_long_as_asked_and_of_what_is_left() {
    let mut world = World::new();
    let made = |world: &mut World, input| {
        secret(world, "GetRandomPassword", input)["RandomPassword"]
            .as_str()
            .expect("a password")
            .to_owned()
    };
    let one = made(&mut world, json!({}));
    assert_eq!(one.chars().count(), 32);
    assert_ne!(one, made(&mut world, json!({})));
    let digits = json!({"PasswordLength": 6, "ExcludeLowercase": true, "ExcludeUppercase": true,
        "ExcludePunctuation": true, "ExcludeCharacters": "01"});
    assert!(made(&mut world, digits).chars().all(|c| ('2'..='9').contains(&c)));
    assert!(
        refused(&mut world, "GetRandomPassword", json!({"PasswordLength": 3}))
            .starts_with("InvalidParameter")
    );
}

#[test]
fn parameters_have_versions_and_labels() {
    let mut world = World::new();
    let put = |value: &str, more: Value| {
        let mut input = json!({"Name": "/prod/host", "Value": value});
        input.as_object_mut().expect("members").extend(more.as_object().expect("members").clone());
        input
    };
    assert!(
        refused_parameter(&mut world, "PutParameter", put("a", json!({})))
            .contains("type is required")
    );
    parameter(&mut world, "PutParameter", put("a", json!({"Type": "String"})));
    assert!(
        refused_parameter(&mut world, "PutParameter", put("b", json!({})))
            .starts_with("ParameterAlreadyExists")
    );
    let second = parameter(&mut world, "PutParameter", put("b", json!({"Overwrite": true})));
    assert_eq!(second, json!({"Version": 2, "Tier": "Standard"}));
    let mistyped = put("b", json!({"Overwrite": true, "Type": "SecureString"}));
    assert!(
        refused_parameter(&mut world, "PutParameter", mistyped)
            .starts_with("HierarchyTypeMismatch")
    );
    let label =
        json!({"Name": "/prod/host", "ParameterVersion": 1, "Labels": ["stable", "1st", "awsx"]});
    let labelled = parameter(&mut world, "LabelParameterVersion", label);
    assert_eq!(labelled["InvalidLabels"], json!(["1st", "awsx"]));
    let get = |world: &mut World, name: &str| {
        let answer = parameter(world, "GetParameter", json!({"Name": name}));
        opened(world, &answer).remove(0)
    };
    for (name, expect) in [("", "b"), (":1", "a"), (":stable", "a"), (":2", "b")] {
        assert_eq!(get(&mut world, &format!("/prod/host{name}")), expect, "{name}");
        let arn = format!("arn:aws:ssm:us-east-1:000000000000:parameter/prod/host{name}");
        assert_eq!(get(&mut world, &arn), expect, "{arn}");
    }
    let missing = refused_parameter(&mut world, "GetParameter", json!({"Name": "/prod/host:9"}));
    assert!(
        missing.starts_with("ParameterVersionNotFound: Systems Manager could not find version 9")
    );
    assert!(
        refused_parameter(&mut world, "GetParameter", json!({"Name": "/x"}))
            .starts_with("ParameterNotFound")
    );
    for number in 3..=100 {
        parameter(&mut world, "PutParameter", put(&number.to_string(), json!({"Overwrite": true})));
    }
    let full = refused_parameter(&mut world, "PutParameter", put("c", json!({"Overwrite": true})));
    assert!(full.starts_with("ParameterMaxVersionLimitExceeded"), "{full}");
    let unlabel = json!({"Name": "/prod/host", "ParameterVersion": 1, "Labels": ["stable"]});
    parameter(&mut world, "UnlabelParameterVersion", unlabel);
    parameter(&mut world, "PutParameter", put("c", json!({"Overwrite": true})));
    let history = parameter(&mut world, "GetParameterHistory", json!({"Name": "/prod/host"}));
    assert_eq!(history["output"]["Parameters"][0]["Version"], 2, "the oldest made room");
    assert_eq!(history["output"]["Parameters"].as_array().map(Vec::len), Some(50));
}

#[test]
fn a_secure_parameter_is_shown_to_whoever_asks_for_decryption() {
    let mut world = World::new();
    parameter(
        &mut world,
        "PutParameter",
        json!({"Name": "/p", "Value": CANARY, "Type": "SecureString"}),
    );
    let sealed = parameter(&mut world, "GetParameter", json!({"Name": "/p"}));
    assert_eq!(sealed["secrets"], json!([]));
    assert!(!sealed.to_string().contains(CANARY));
    let clear =
        parameter(&mut world, "GetParameter", json!({"Name": "/p", "WithDecryption": true}));
    assert_eq!(opened(&world, &clear), [CANARY]);
    let history = json!({"Name": "/p", "WithDecryption": true});
    let history = parameter(&mut world, "GetParameterHistory", history);
    assert_eq!(opened(&world, &history), [CANARY]);
}

#[test]
fn paths_have_levels() {
    let mut world = World::new();
    for name in ["/a/x", "/a/b/y", "/a/b/c/z", "/ab", "plain"] {
        parameter(
            &mut world,
            "PutParameter",
            json!({"Name": name, "Value": name, "Type": "String"}),
        );
    }
    let names = |world: &mut World, path: &str, recursive: bool| {
        let input = json!({"Path": path, "Recursive": recursive});
        let answer = parameter(world, "GetParametersByPath", input);
        opened(world, &answer)
    };
    assert_eq!(names(&mut world, "/a", false), ["/a/x"]);
    assert_eq!(names(&mut world, "/a/", true), ["/a/b/c/z", "/a/b/y", "/a/x"]);
    assert_eq!(names(&mut world, "/", false), ["/ab"]);
    let several = json!({"Names": ["/a/x", "plain", "nothing"]});
    let answer = parameter(&mut world, "GetParameters", several);
    assert_eq!(opened(&world, &answer), ["/a/x", "plain"]);
    assert_eq!(answer["output"]["InvalidParameters"], json!(["nothing"]));
    let described =
        json!({"ParameterFilters": [{"Key": "Name", "Option": "Contains", "Values": ["b"]}]});
    let described = parameter(&mut world, "DescribeParameters", described);
    assert_eq!(described["Parameters"].as_array().map(Vec::len), Some(3));
    let page = json!({"Path": "/a", "Recursive": true, "MaxResults": 1});
    let answer = parameter(&mut world, "GetParametersByPath", page.clone());
    let mut next = page;
    next["NextToken"] = answer["output"]["NextToken"].clone();
    let answer = parameter(&mut world, "GetParametersByPath", next);
    assert_eq!(opened(&world, &answer), ["/a/b/y"]);
    let wrong = json!({"Path": "/a", "NextToken": "x"});
    assert!(
        refused_parameter(&mut world, "GetParametersByPath", wrong)
            .starts_with("InvalidNextToken:")
    );
}

#[test]
fn values_hold_their_patterns_and_sizes() {
    let mut world = World::new();
    let put = |value: String, more: Value| {
        let mut input = json!({"Name": "n", "Value": value, "Type": "String"});
        input.as_object_mut().expect("members").extend(more.as_object().expect("members").clone());
        input
    };
    for (input, expect) in [
        (
            put("a1".into(), json!({"AllowedPattern": "^\\d+$"})),
            "ParameterPatternMismatchException: Parameter value, cannot be validated against allowedPattern: ^\\d+$",
        ),
        (put("a".into(), json!({"AllowedPattern": "("})), "InvalidAllowedPatternException"),
        (
            put("a".repeat(4097), json!({})),
            "ValidationException: Standard tier parameters support a maximum parameter value of 4096 characters.",
        ),
        (put("a".repeat(8193), json!({"Tier": "Advanced"})), "ValidationException: Advanced tier"),
        (put("a".into(), json!({"Policies": "[{}]"})), "InvalidPolicyTypeException"),
        (put("a".into(), json!({"KeyId": "alias/mine"})), "InvalidKeyId"),
        (put("a".into(), json!({"DataType": "aws:ec2:image"})), "ValidationException"),
        (put("a,,b".into(), json!({"Type": "StringList"})), "ValidationException"),
    ] {
        let said = refused_parameter(&mut world, "PutParameter", input);
        assert!(said.starts_with(expect), "{said}");
    }
    let large = put("a".repeat(5000), json!({"Tier": "Intelligent-Tiering"}));
    assert_eq!(parameter(&mut world, "PutParameter", large)["Tier"], "Advanced");
    let down = put("a".into(), json!({"Tier": "Standard", "Overwrite": true}));
    assert!(refused_parameter(&mut world, "PutParameter", down).contains("can't downgrade"));
}

#[test]
fn a_secret_is_read_under_a_parameters_name_where_both_services_allow_it() {
    let mut world = World::new();
    let made = json!({ "Name": "prod/db", "SecretString": CANARY });
    secret(&mut world, "CreateSecret", made);
    let name = "/aws/reference/secretsmanager/prod/db";
    let input = json!({ "Name": name, "WithDecryption": true });
    let answer = parameter(&mut world, "GetParameter", input.clone());
    assert_eq!(opened(&world, &answer), [CANARY]);
    let shown = &answer["output"]["Parameter"];
    assert_eq!((&shown["Name"], &shown["Type"]), (&json!(name), &json!("SecureString")));
    assert!(shown["ARN"].as_str().is_some_and(|arn| arn.contains(":secret:prod/db-")), "{shown}");
    let read = |entry: &identity::audit::Entry| entry.action == "secretsmanager:GetSecretValue";
    assert!(world.audited(ACCOUNT).iter().any(read));

    let plain = refused_parameter(&mut world, "GetParameter", json!({ "Name": name }));
    assert!(plain.contains("WithDecryption flag must be True"), "{plain}");
    let label = json!({ "Name": format!("{name}:OLDER"), "WithDecryption": true });
    let label = refused_parameter(&mut world, "GetParameter", label);
    assert!(label.starts_with("ParameterNotFound") && label.contains("OLDER"), "{label}");
    let only = user(Some(&allowing(&["ssm:GetParameter".to_owned()])));
    let denied = world.ask_by(&only, Service::Ssm, "GetParameter", &input.to_string());
    let denied = denied.expect_err("Secrets Manager does not allow it").message;
    assert!(denied.contains("secretsmanager:GetSecretValue"), "{denied}");
}
