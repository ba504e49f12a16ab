//! A policy means those whom it named when it was saved: whoever gets the name of one who was deleted is
//! somebody else.

use identity::Principal;
use serde_json::{Value, json};
use wire::Service;

use crate::complete::form_of;
use crate::identity::{allowing, done, named};
use crate::world::{ACCOUNT, CONNECTION, OTHER, World};

const ANN: &str = "arn:aws:iam::000000000000:user/ann";

fn allow(action: &str, resource: Option<&str>) -> String {
    let mut statement =
        json!({ "Effect": "Allow", "Principal": { "AWS": [ANN, OTHER] }, "Action": action });
    if let Some(resource) = resource {
        statement["Resource"] = json!(resource);
    }
    json!({ "Version": "2012-10-17", "Statement": statement }).to_string()
}

/// Makes the user ann, who may do nothing by policies of her own; what her id is.
fn make_ann(world: &mut World) -> String {
    let made = done(world, "CreateUser", &json!({ "UserName": "ann" }));
    made["User"]["UserId"].as_str().expect("an id").to_owned()
}

fn trusted() -> World {
    let mut world = World::new();
    make_ann(&mut world);
    let trust = allow("sts:AssumeRole", None);
    let role = json!({ "RoleName": "deploy", "AssumeRolePolicyDocument": trust });
    done(&mut world, "CreateRole", &role);
    world
}

fn assume(world: &mut World, who: &Principal) -> Result<(), String> {
    let role = format!("arn:aws:iam::{ACCOUNT}:role/deploy");
    let input = json!({ "RoleArn": role, "RoleSessionName": "s1" });
    let form = format!("Action=AssumeRole&Version=2011-06-15{}", form_of(&input));
    let answer = world.ask_by(who, Service::Sts, "AssumeRole", &form);
    answer.map(drop).map_err(|refused| refused.message)
}

fn trust_shown(world: &mut World) -> Vec<String> {
    let role = json!({ "RoleName": "deploy" });
    let got = done(world, "GetRole", &role)["Role"]["AssumeRolePolicyDocument"].to_string();
    let listed = done(world, "ListRoles", &json!({}));
    let details = done(world, "GetAccountAuthorizationDetails", &json!({}));
    let listed = listed["Roles"][0]["AssumeRolePolicyDocument"].to_string();
    let detail = details["RoleDetailList"][0]["AssumeRolePolicyDocument"].to_string();
    vec![got, listed, detail]
}

#[test]
fn a_user_made_anew_is_not_whom_a_role_trusted() {
    let mut world = trusted();
    let before = named(&world, "ann");
    assume(&mut world, &before).expect("she is trusted");
    let id = match &before.standing.caller {
        identity::policy::Caller::User { id, .. } => id.clone(),
        other => panic!("{other:?}"),
    };
    let shows = |shown: Vec<String>, words: &str| {
        assert!(shown.iter().all(|it| it.contains(words)), "{words}: {shown:?}");
    };
    shows(trust_shown(&mut world), "user%2Fann");
    done(&mut world, "DeleteUser", &json!({ "UserName": "ann" }));
    shows(trust_shown(&mut world), &format!("%22{id}%22"));
    assert_ne!(make_ann(&mut world), id);
    shows(trust_shown(&mut world), &format!("%22{id}%22"));
    let after = named(&world, "ann");
    let refused = assume(&mut world, &after).expect_err("another one of her name");
    assert!(refused.contains("is not authorized to perform: sts:AssumeRole"), "{refused}");

    let put = json!({ "RoleName": "deploy", "PolicyDocument": allow("sts:AssumeRole", None) });
    done(&mut world, "UpdateAssumeRolePolicy", &put);
    assume(&mut world, &after).expect("it was saved anew");
    shows(trust_shown(&mut world), "user%2Fann");
}

#[test]
fn a_user_with_another_name_is_still_whom_a_role_trusted() {
    let mut world = trusted();
    done(&mut world, "UpdateUser", &json!({ "UserName": "ann", "NewUserName": "anna" }));
    let anna = named(&world, "anna");
    assume(&mut world, &anna).expect("she is who she was");
}

fn ask(world: &mut World, service: Service, operation: &str, input: &Value) -> Value {
    let answer = world.ask(ACCOUNT, service, operation, &input.to_string());
    answer.unwrap_or_else(|refused| panic!("{operation}: {refused:?}"))
}

#[test]
fn nor_is_it_whom_a_secret_was_shared_with() {
    let mut world = World::new();
    let id = make_ann(&mut world);
    let secrets = Service::SecretsManager;
    ask(
        &mut world,
        secrets,
        "CreateSecret",
        &json!({ "Name": "db", "SecretString": "hunter2222" }),
    );
    let policy = allow("secretsmanager:DescribeSecret", Some("*"));
    let put = json!({ "SecretId": "db", "ResourcePolicy": policy });
    ask(&mut world, secrets, "PutResourcePolicy", &put);
    let named_db = json!({ "SecretId": "db" });
    let may = |world: &mut World| {
        let ann = named(world, "ann");
        world.ask_by(&ann, secrets, "DescribeSecret", &named_db.to_string()).is_ok()
    };
    assert!(may(&mut world));
    done(&mut world, "DeleteUser", &json!({ "UserName": "ann" }));
    make_ann(&mut world);
    assert!(!may(&mut world));
    let shown = ask(&mut world, secrets, "GetResourcePolicy", &named_db);
    let shown = shown["ResourcePolicy"].as_str().expect("a policy");
    assert!(shown.contains(&format!("\"{id}\"")) && !shown.contains("user/ann"), "{shown}");
}

#[test]
fn nor_is_a_role_made_anew_whom_a_connection_was_shared_with() {
    let mut world = World::new();
    let everybody = allowing(&["*".to_owned()]);
    let mut trust = everybody.clone();
    trust["Statement"] = json!({ "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": { "AWS": ACCOUNT } });
    let make = json!({ "RoleName": "ci", "AssumeRolePolicyDocument": trust.to_string() });
    let made = done(&mut world, "CreateRole", &make);
    let id = made["Role"]["RoleId"].as_str().expect("an id").to_owned();
    let policy =
        allow("codeconnections:UseConnection", Some(CONNECTION)).replace("user/ann", "role/ci");
    let put = json!({ "connectionArn": CONNECTION, "policy": policy });
    ask(&mut world, Service::Towpath, "PutConnectionPolicy", &put);
    done(&mut world, "DeleteRole", &json!({ "RoleName": "ci" }));
    done(&mut world, "CreateRole", &make);
    let named = json!({ "connectionArn": CONNECTION });
    let shown = ask(&mut world, Service::Towpath, "GetConnectionPolicy", &named);
    let shown = shown["policy"].as_str().expect("a policy");
    assert!(shown.contains(&id) && !shown.contains("role/ci"), "{shown}");
}
