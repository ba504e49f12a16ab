use domain::{AccountId, Timestamp};

use super::message::message;
use super::*;
use crate::policy::caller::Caller;
use crate::policy::evaluate::evaluate;
use crate::policy::grammar::{Kind, Policy};

const READS: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Own",
      "Effect": "Allow",
      "Action": "s3:GetObject",
      "Resource": "arn:aws:s3:::b/*",
      "Condition": {
        "StringLike": {
          "s3:prefix": ["home/${aws:username}/*", "shared/*"]
        },
        "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}
      }
    },
    {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"},
    {"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::b/*"}
  ]
}"#;

fn attached(name: &str, text: &str, kind: Kind) -> Attached {
    Attached { name: name.into(), policy: Policy::read(text, kind).expect("a policy") }
}

fn user() -> Caller {
    let (arn, name) = ("arn:aws:iam::111111111111:user/ann".to_owned(), "ann".to_owned());
    Caller::User { account: AccountId::new("111111111111"), arn, name, id: "AIDA1".to_owned() }
}

fn request(prefix: Option<&str>) -> Request {
    let mut context = Context::default();
    context.set("s3:prefix", prefix.map(Value::from));
    context.set("aws:SourceIp", [Value::from("10.1.2.3")]);
    Request::new(user(), "s3:GetObject", "arn:aws:s3:::b/k", None, context, Timestamp(0))
}

#[test]
fn an_explanation_names_the_condition_that_is_false_and_by_which_value() {
    let reads = attached("reads", READS, Kind::Managed);
    let policies = Policies { identity: vec![&reads], ..Policies::default() };
    assert_eq!(
        explain(&policies, &request(Some("home/bob/x"))).say(),
        [
            "arn:aws:iam::111111111111:user/ann may not s3:GetObject on arn:aws:s3:::b/k: no \
             identity-based policy allows it.",
            "reads, statement Own (line 4): allows it only if s3:prefix StringLike \
             \"home/ann/*\", \"shared/*\" (line 11), but it is \"home/bob/x\".",
            "reads, the statement in line 16: is about all actions but s3:*.",
            "reads, the statement in line 17: is about all resources but arn:aws:s3:::b/*.",
        ]
    );
    let absent = explain(&policies, &request(None)).say();
    assert!(absent[1].ends_with("but the request has no such key."), "{}", absent[1]);
    let allowed = explain(&policies, &request(Some("shared/x"))).say();
    let expect = "arn:aws:iam::111111111111:user/ann may s3:GetObject on arn:aws:s3:::b/k: \
                  statement Own (line 4) of the identity-based policy reads allows it.";
    assert_eq!(allowed[..2], [expect, "reads, statement Own (line 4): allows it."]);
}

#[test]
fn what_is_missing_is_said_and_not_what_the_conditions_are() {
    let reads = attached("reads", READS, Kind::Managed);
    let policies = |identity| Policies { identity, ..Policies::default() };
    let missing = |identity, prefix| explain(&policies(identity), &request(prefix)).missing();
    let nearly = "A statement of an identity-based policy allows it, but not where s3:prefix is \
                  \"home/bob/x\"";
    assert_eq!(missing(vec![&reads], Some("home/bob/x")).as_deref(), Some(nearly));
    let absent = missing(vec![&reads], None).expect("something");
    assert!(absent.ends_with("but not where there is no s3:prefix"), "{absent}");
    let statement = r#"Missing in an identity-based policy: {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/k"}"#;
    assert_eq!(missing(vec![], None).as_deref(), Some(statement));
    assert_eq!(missing(vec![&reads], Some("shared/x")), None, "it is allowed");
    let denies = READS.replace("Allow", "Deny");
    let denies = attached("denies", &denies, Kind::Managed);
    assert_eq!(missing(vec![&denies], Some("shared/x")), None, "no statement would help");
}

#[test]
fn an_explanation_is_a_value_that_can_be_kept() {
    let reads = attached("reads", READS, Kind::Managed);
    let policies = Policies { identity: vec![&reads], ..Policies::default() };
    let explanation = explain(&policies, &request(Some("home/bob/x")));
    let kept = serde_json::to_string(&explanation).expect("JSON");
    assert_eq!(serde_json::from_str::<Explanation>(&kept).expect("the same"), explanation);
}

#[test]
fn a_value_cannot_steer_a_terminal() {
    let reads = attached("reads", READS, Kind::Managed);
    let policies = Policies { identity: vec![&reads], ..Policies::default() };
    let said = explain(&policies, &request(Some("\u{1b}[2J\u{202e}x"))).say().join("\n");
    assert!(!said.contains(['\u{1b}', '\u{202e}']), "{said}");
}

/// Every form of the sentence, one kind of policy after the other.
#[test]
fn the_wire_says_it_as_iam_does() {
    const ASKED: &str = "User: arn:aws:iam::111111111111:user/ann is not authorized to perform: \
                         s3:GetObject on resource: arn:aws:s3:::b/k ";
    const ALL: &str = "\"Action\": \"s3:*\", \"Resource\": \"*\"";
    fn check(layer: Layer, effect: Option<&str>, name: &str, expect: &str) {
        let statement = |effect: &str, more: &str| {
            format!("{{\"Statement\": {{\"Effect\": \"{effect}\", {ALL}{more}}}}}")
        };
        let all = attached("all", &statement("Allow", ""), Kind::Managed);
        let principal = ", \"Principal\": \"*\"";
        let is_resource = layer == Layer::Resource;
        let text = match effect {
            Some(effect) => statement(effect, if is_resource { principal } else { "" }),
            None => statement("Allow", if is_resource { principal } else { "" })
                .replace("s3:*", "none:None"),
        };
        let kind = if is_resource { Kind::Resource } else { Kind::Managed };
        let own = attached(name, &text, kind);
        let mut policies = Policies { identity: vec![&all], ..Policies::default() };
        match layer {
            Layer::ResourceControl => policies.resource_control = vec![vec![&own]],
            Layer::ServiceControl => policies.service_control = vec![vec![&own]],
            Layer::Resource | Layer::Trust => policies.resource = Some(&own),
            Layer::Identity => policies.identity = vec![&own],
            Layer::Boundary => policies.boundary = Some(&own),
            Layer::Session => policies.session = Some(vec![&own]),
        }
        policies.trust = layer == Layer::Trust;
        let request = request(None);
        let said = message(&evaluate(&policies, &request), &request);
        assert_eq!(said.as_deref(), Some(&*format!("{ASKED}{expect}")), "{layer:?} {effect:?}");
    }
    let action = "allows the s3:GetObject action";
    let implicit = |layer, kind| check(layer, None, "p", &format!("because no {kind} {action}"));
    implicit(Layer::Identity, "identity-based policy");
    implicit(Layer::Boundary, "permissions boundary");
    implicit(Layer::Session, "session policy");
    implicit(Layer::ServiceControl, "service control policy");
    implicit(Layer::ResourceControl, "resource control policy");
    implicit(Layer::Trust, "role trust policy");
    let deny = |layer, name, expect: &str| {
        check(layer, Some("Deny"), name, &format!("with an explicit deny in {expect}"));
    };
    let arn = "arn:aws:iam::111111111111:policy/p";
    deny(Layer::Identity, "inline", "an identity-based policy");
    deny(Layer::Identity, arn, &format!("an identity-based policy: {arn}"));
    deny(Layer::Boundary, arn, &format!("a permissions boundary: {arn}"));
    deny(Layer::Session, "session", "a session policy");
    deny(Layer::ServiceControl, "scp", "a service control policy");
    deny(Layer::ResourceControl, "rcp", "a resource control policy");
    deny(Layer::Resource, "bucket", "a resource-based policy");
    deny(Layer::Trust, arn, "the role trust policy");
}

#[test]
fn what_is_allowed_has_no_message() {
    let reads = attached("reads", READS, Kind::Managed);
    let policies = Policies { identity: vec![&reads], ..Policies::default() };
    let request = request(Some("shared/x"));
    assert_eq!(message(&evaluate(&policies, &request), &request), None);
}

#[test]
fn a_resource_of_another_account_that_says_nothing_is_named() {
    let reads = attached("reads", READS, Kind::Managed);
    let policies = Policies { identity: vec![&reads], ..Policies::default() };
    let other = AccountId::new("222222222222");
    let context = Context::default();
    let (action, bucket) = ("s3:ListBucket", "arn:aws:s3:::b");
    let request = Request::new(user(), action, bucket, Some(&other), context, Timestamp(0));
    let said = message(&evaluate(&policies, &request), &request).expect("a refusal");
    let expect = "because no resource-based policy allows the s3:ListBucket action";
    assert!(said.ends_with(expect), "{said}");
}
