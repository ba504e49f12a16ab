//! Parameters with their versions, labels and paths.

use super::*;

fn refused_parameter(world: &mut World, operation: &str, input: Value) -> String {
    asked(world, Service::Ssm, operation, input).expect_err(operation)
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

    let several =
        json!({ "Names": [name, format!("{name}:OLDER"), "/none"], "WithDecryption": true });
    let answer = parameter(&mut world, "GetParameters", several);
    assert_eq!(opened(&world, &answer), [CANARY]);
    let output = &answer["output"];
    assert_eq!(output["Parameters"][0]["Name"], name);
    assert_eq!(output["InvalidParameters"], json!([format!("{name}:OLDER"), "/none"]));
    let sealed = refused_parameter(&mut world, "GetParameters", json!({ "Names": [name] }));
    assert!(sealed.contains("WithDecryption flag must be True"), "{sealed}");

    let plain = refused_parameter(&mut world, "GetParameter", json!({ "Name": name }));
    assert!(plain.contains("WithDecryption flag must be True"), "{plain}");
    let label = json!({ "Name": format!("{name}:OLDER"), "WithDecryption": true });
    let label = refused_parameter(&mut world, "GetParameter", label);
    assert!(label.starts_with("ParameterNotFound") && label.contains("OLDER"), "{label}");
    let only = user(Some(&allowing(&["ssm:GetParameter".to_owned()])));
    let denied = world.ask_by(&only, Service::Ssm, "GetParameter", &input.to_string());
    let denied = denied.expect_err("Secrets Manager does not allow it").message;
    assert!(denied.contains("secretsmanager:GetSecretValue"), "{denied}");
    let only = user(Some(&allowing(&["ssm:GetParameters".to_owned()])));
    let input = json!({ "Names": ["/other", name], "WithDecryption": true });
    let denied = world.ask_by(&only, Service::Ssm, "GetParameters", &input.to_string());
    let denied = denied.expect_err("Secrets Manager does not allow it").message;
    assert!(denied.contains("secretsmanager:GetSecretValue"), "{denied}");
}
