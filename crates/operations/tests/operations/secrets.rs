//! Secrets with their versions and labels, as callers see them.

mod parameters;
mod readers;

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
