use domain::{AccountId, Timestamp};

use super::*;
use crate::policy::context::{Context, Value};
use crate::policy::grammar::{Kind, Policy};

const OWN: &str = "111111111111";
const OTHER: &str = "222222222222";
const USER: &str = "arn:aws:iam::111111111111:user/ann";
const ROLE: &str = "arn:aws:iam::111111111111:role/r";
const SESSION: &str = "arn:aws:sts::111111111111:assumed-role/r/s";

fn user() -> Caller {
    let (arn, name, id) = (USER.to_owned(), "ann".to_owned(), "AIDA1".to_owned());
    Caller::User { account: OWN.into(), arn, name, id }
}

fn session() -> Caller {
    Caller::session(OWN, "r", ROLE, "AROA1", "s")
}

fn request(caller: Caller, owner: &str) -> Request {
    let owner = AccountId::from(owner);
    let at = Timestamp(1_795_342_530_000);
    Request::new(caller, "s3:GetObject", "arn:aws:s3:::b/k", Some(&owner), Context::default(), at)
}

/// A policy of one statement; with a principal it is a resource's.
fn policy(effect: &str, principal: Option<&str>) -> Attached {
    let action = "\"Action\": \"s3:*\", \"Resource\": \"*\"";
    let (kind, principal) = match principal {
        Some("*") => (Kind::Resource, ", \"Principal\": \"*\"".to_owned()),
        Some(arn) => (Kind::Resource, format!(", \"Principal\": {{\"AWS\": \"{arn}\"}}")),
        None => (Kind::Managed, String::new()),
    };
    let text = format!("{{\"Statement\": {{\"Effect\": \"{effect}\", {action}{principal}}}}}");
    Attached { name: "p".into(), policy: Policy::read(&text, kind).expect("a policy") }
}

/// A policy that says nothing of what is asked here.
const ELSEWHERE: &str =
    r#"{"Statement": {"Effect": "Allow", "Action": "none:None", "Resource": "*"}}"#;

/// What each kind of policy says: `+` allows, `-` says nothing about it, `x` denies, blank: absent.
struct Case {
    caller: Caller,
    owner: &'static str,
    resource: Option<Attached>,
}

impl Case {
    fn decide(&self, identity: &str, boundary: &str, session: &str, control: &str) -> Decision {
        let nothing = || Attached {
            name: "nothing".into(),
            policy: Policy::read(ELSEWHERE, Kind::Managed).expect("a policy"),
        };
        let made = |sign: &str| match sign {
            "+" => Some(policy("Allow", None)),
            "x" => Some(policy("Deny", None)),
            "-" => Some(nothing()),
            _ => None,
        };
        let (identity, boundary) = (made(identity), made(boundary));
        let (session, control) = (made(session), made(control));
        let policies = Policies {
            identity: identity.iter().collect(),
            boundary: boundary.as_ref(),
            session: session.as_ref().map(|it| vec![it]),
            service_control: control.iter().map(|it| vec![it]).collect(),
            resource: self.resource.as_ref(),
            ..Policies::default()
        };
        evaluate(&policies, &request(self.caller.clone(), self.owner))
    }
}

/// The decision in a word.
fn word(decision: &Decision) -> String {
    match decision {
        Decision::Allowed(by) => format!("by {:?}", by.as_ref().map(|by| by.layer)),
        Decision::Denied(by) => format!("denied {:?}", by.layer),
        Decision::NotAllowed(layer) => format!("no {layer:?}"),
    }
}

#[test]
fn within_an_account_every_kind_that_is_there_must_allow() {
    fn check(signs: [&str; 4], expect: &str) {
        let case = Case { caller: session(), owner: OWN, resource: None };
        let [identity, boundary, session, control] = signs;
        assert_eq!(word(&case.decide(identity, boundary, session, control)), expect, "{signs:?}");
    }
    check([" ", " ", " ", " "], "no Identity");
    check(["-", " ", " ", " "], "no Identity");
    check(["+", " ", " ", " "], "by Some(Identity)");
    check(["+", "+", "+", "+"], "by Some(Identity)");
    check(["+", "-", "+", "+"], "no Boundary");
    check(["+", "+", "-", "+"], "no Session");
    check(["+", "+", "+", "-"], "no ServiceControl");
    check(["-", "+", "+", "+"], "no Identity");
    check(["x", "+", "+", "+"], "denied Identity");
    check(["+", "x", "+", "+"], "denied Boundary");
    check(["+", "+", "x", "+"], "denied Session");
    check(["+", "+", "+", "x"], "denied ServiceControl");
    check(["x", "-", "-", "-"], "denied Identity");
}

/// "The NotPrincipal element with a Deny effect will always deny any IAM principal that has a
/// permissions boundary policy attached" ("NotPrincipal", IAM user guide).
#[test]
fn all_but_some_denies_whoever_has_a_boundary() {
    let statement = format!(
        r#"{{"Effect": "Deny", "NotPrincipal": {{"AWS": ["{OWN}", "{ROLE}", "{SESSION}"]}},
        "Action": "s3:*", "Resource": "*"}}"#
    );
    let text = format!(r#"{{"Statement": {statement}}}"#);
    let policy = Policy::read(&text, Kind::Resource).expect("a policy");
    let resource = Some(Attached { name: "p".into(), policy });
    let case = Case { caller: session(), owner: OWN, resource };
    assert_eq!(word(&case.decide("+", " ", "+", "+")), "by Some(Identity)");
    assert_eq!(word(&case.decide("+", "+", "+", "+")), "denied Resource");
}

#[test]
fn a_resource_policy_allows_by_itself_whom_it_names_closely() {
    fn check(principal: &str, signs: [&str; 3], expect: &str) {
        let resource = Some(policy("Allow", Some(principal)));
        let case = Case { caller: session(), owner: OWN, resource };
        let [identity, boundary, session] = signs;
        let decision = case.decide(identity, boundary, session, " ");
        assert_eq!(word(&decision), expect, "{principal} {signs:?}");
    }
    check(SESSION, ["-", "-", "-"], "by Some(Resource)");
    check(SESSION, ["x", "-", "-"], "denied Identity");
    check("*", ["-", "-", "-"], "by Some(Resource)");
    check(ROLE, ["-", " ", " "], "by Some(Resource)");
    check(ROLE, ["-", "-", " "], "no Boundary");
    check(ROLE, ["-", " ", "-"], "no Session");
    check(ROLE, ["-", "+", "+"], "by Some(Resource)");
    check(OWN, ["-", " ", " "], "no Identity");
    check(OWN, ["+", " ", " "], "by Some(Identity)");
    check(OTHER, ["-", " ", " "], "no Identity");
}

#[test]
fn across_accounts_both_sides_must_allow() {
    fn check(principal: Option<&str>, signs: [&str; 4], expect: &str) {
        let resource = principal.map(|principal| policy("Allow", Some(principal)));
        let case = Case { caller: session(), owner: OTHER, resource };
        let [identity, boundary, session, control] = signs;
        let decision = case.decide(identity, boundary, session, control);
        assert_eq!(word(&decision), expect, "{principal:?} {signs:?}");
    }
    check(None, ["+", " ", " ", " "], "no Resource");
    check(Some(OTHER), ["+", " ", " ", " "], "no Resource");
    for named in [OWN, ROLE, SESSION, "*"] {
        check(Some(named), ["+", " ", " ", " "], "by Some(Identity)");
        check(Some(named), ["-", " ", " ", " "], "no Identity");
        check(Some(named), ["+", "-", " ", " "], "no Boundary");
        check(Some(named), ["+", " ", "-", " "], "no Session");
        check(Some(named), ["+", " ", " ", "-"], "no ServiceControl");
    }
}

#[test]
fn a_root_may_everything_in_its_account_but_what_is_denied() {
    let root = || Caller::Root { account: OWN.into() };
    let case = |owner, resource| Case { caller: root(), owner, resource };
    assert_eq!(word(&case(OWN, None).decide(" ", " ", " ", " ")), "by None");
    assert_eq!(word(&case(OWN, None).decide(" ", " ", " ", "-")), "no ServiceControl");
    let denied = Some(policy("Deny", Some(OWN)));
    assert_eq!(word(&case(OWN, denied).decide(" ", " ", " ", " ")), "denied Resource");
    assert_eq!(word(&case(OTHER, None).decide(" ", " ", " ", " ")), "no Resource");
    let allowed = Some(policy("Allow", Some(OWN)));
    assert_eq!(word(&case(OTHER, allowed).decide(" ", " ", " ", " ")), "by None");
}

#[test]
fn who_has_no_account_needs_the_resources_word_alone() {
    fn check(caller: Caller, resource: Option<Attached>, expect: &str) {
        let case = Case { caller, owner: OWN, resource };
        assert_eq!(word(&case.decide(" ", " ", " ", " ")), expect);
    }
    check(Caller::Anonymous, None, "no Resource");
    check(Caller::Anonymous, Some(policy("Allow", Some("*"))), "by Some(Resource)");
    check(Caller::Anonymous, Some(policy("Allow", Some(OWN))), "no Resource");
    check(
        Caller::Service { name: "a.b".into() },
        Some(policy("Deny", Some("*"))),
        "denied Resource",
    );
}

#[test]
fn each_level_of_the_organisation_must_allow() {
    let (allow, deny) = (policy("Allow", None), policy("Deny", None));
    let decide = |service_control: Vec<Vec<&Attached>>, resource_control: Vec<Vec<&Attached>>| {
        let identity = vec![&allow];
        let policies =
            Policies { service_control, resource_control, identity, ..Policies::default() };
        word(&evaluate(&policies, &request(user(), OWN)))
    };
    assert_eq!(decide(vec![vec![&allow], vec![&allow]], vec![]), "by Some(Identity)");
    assert_eq!(decide(vec![vec![&allow], vec![]], vec![]), "no ServiceControl");
    assert_eq!(decide(vec![vec![&allow, &deny]], vec![]), "denied ServiceControl");
    assert_eq!(decide(vec![], vec![vec![]]), "no ResourceControl");
}

#[test]
fn a_trust_policy_must_allow_whoever_asks() {
    fn check(principal: &str, identity: bool, expect: &str) {
        let text = format!(
            "{{\"Statement\": {{\"Effect\": \"Allow\", \"Action\": \"sts:AssumeRole\", \
             \"Principal\": {{\"AWS\": \"{principal}\"}}}}}}"
        );
        let read = Policy::read(&text, Kind::Trust).expect("a policy");
        let trust = Attached { name: "trust".into(), policy: read };
        let text =
            "{\"Statement\": {\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}}";
        let read = Policy::read(text, Kind::Managed).expect("a policy");
        let all = Attached { name: "all".into(), policy: read };
        let policies = Policies {
            resource: Some(&trust),
            trust: true,
            identity: identity.then_some(&all).into_iter().collect(),
            ..Policies::default()
        };
        let (role, at) = ("arn:aws:iam::111111111111:role/q", Timestamp(0));
        let context = Context::default();
        let request = Request::new(user(), "sts:AssumeRole", role, None, context, at);
        assert_eq!(word(&evaluate(&policies, &request)), expect, "{principal} {identity}");
    }
    check(USER, false, "by Some(Trust)");
    check(OWN, false, "no Identity");
    check(OWN, true, "by Some(Identity)");
    check(OTHER, true, "no Trust");
}

/// One condition alone, against a request that has or lacks its key.
#[test]
fn conditions_hold_as_documented() {
    fn check(condition: &str, values: &[Value], expect: bool) {
        let text = format!(
            "{{\"Version\": \"2012-10-17\", \"Statement\": {{\"Effect\": \"Allow\", \
             \"Action\": \"*\", \"Resource\": \"*\", \"Condition\": {{{condition}}}}}}}"
        );
        let policy = Policy::read(&text, Kind::Managed).unwrap_or_else(|it| panic!("{text}: {it}"));
        let attached = Attached { name: "p".into(), policy };
        let policies = Policies { identity: vec![&attached], ..Policies::default() };
        let mut context = Context::default();
        context.set("a:key", values.to_vec());
        let at = Timestamp(1_795_342_530_000);
        let request = Request::new(user(), "s3:GetObject", "*", None, context, at);
        assert_eq!(evaluate(&policies, &request).is_allowed(), expect, "{condition} {values:?}");
    }
    let text = |text: &str| vec![Value::from(text)];
    let texts = |one: &str, other: &str| vec![Value::from(one), Value::from(other)];
    for (operator, equal, other, absent) in [
        ("StringEquals", true, false, false),
        ("StringNotEquals", false, true, true),
        ("StringEqualsIgnoreCase", true, false, false),
        ("StringNotEqualsIgnoreCase", false, true, true),
        ("StringLike", true, false, false),
        ("StringNotLike", false, true, true),
        ("StringEqualsIfExists", true, false, true),
        ("StringNotEqualsIfExists", false, true, true),
        ("ForAllValues:StringEquals", true, false, true),
        ("ForAllValues:StringNotEquals", false, true, true),
        ("ForAnyValue:StringEquals", true, false, false),
        ("ForAnyValue:StringNotEquals", false, true, false),
        ("ForAnyValue:StringEqualsIfExists", true, false, true),
    ] {
        let condition = format!("\"{operator}\": {{\"A:Key\": [\"x\", \"y\"]}}");
        check(&condition, &text("y"), equal);
        check(&condition, &text("z"), other);
        check(&condition, &[], absent);
    }
    let two = |operator: &str, expect: bool| {
        let condition = format!("\"{operator}\": {{\"a:key\": [\"x\", \"y\"]}}");
        check(&condition, &texts("x", "z"), expect);
    };
    two("StringEquals", true);
    two("StringNotEquals", false);
    two("ForAllValues:StringEquals", false);
    two("ForAnyValue:StringEquals", true);
    two("ForAllValues:StringNotEquals", false);
    two("ForAnyValue:StringNotEquals", true);
    check("\"StringEquals\": {\"a:key\": \"x*\"}", &text("xy"), false);
    check("\"StringLike\": {\"a:key\": \"x*\"}", &text("xy"), true);
    check("\"StringLike\": {\"a:key\": \"x*\"}", &text("Xy"), false);
    check("\"StringEqualsIgnoreCase\": {\"a:key\": \"K\"}", &text("k"), true);
    check("\"StringEqualsIgnoreCase\": {\"a:key\": \"k\"}", &text("\u{212a}"), false);
    check("\"StringEquals\": {\"a:key\": \"${aws:username}\"}", &text("ann"), true);
    check("\"StringEquals\": {\"a:key\": \"${a:none}\"}", &text(""), false);
    check("\"StringNotEquals\": {\"a:key\": \"${a:none}\"}", &text(""), true);
    check("\"Null\": {\"a:key\": true}", &[], true);
    check("\"Null\": {\"a:key\": true}", &text("x"), false);
    check("\"Null\": {\"a:key\": \"false\"}", &text("x"), true);
    check("\"Null\": {\"a:key\": [true, false]}", &[], true);
    check("\"NumericLessThan\": {\"a:key\": 10}", &[Value::Number(9)], true);
    check("\"NumericLessThan\": {\"a:key\": 10}", &text("10"), false);
    check("\"NumericLessThanEquals\": {\"a:key\": 10}", &text("10.0"), true);
    check("\"NumericGreaterThan\": {\"a:key\": [100, 10]}", &text("11"), true);
    check("\"NumericNotEquals\": {\"a:key\": 10}", &text("ten"), true);
    check("\"NumericEquals\": {\"a:key\": 10}", &text("ten"), false);
    check("\"Bool\": {\"a:key\": \"TRUE\"}", &[Value::Flag(true)], true);
    check("\"Bool\": {\"a:key\": false}", &[Value::Flag(true)], false);
    check("\"BinaryEquals\": {\"a:key\": \"QQ==\"}", &[Value::Bytes(b"A".to_vec())], true);
    check("\"IpAddress\": {\"a:key\": \"10.0.0.0/8\"}", &text("10.1.2.3"), true);
    check("\"IpAddress\": {\"a:key\": \"10.0.0.0/8\"}", &text("::ffff:10.1.2.3"), true);
    check("\"IpAddress\": {\"a:key\": \"::/0\"}", &text("10.1.2.3"), false);
    check("\"NotIpAddress\": {\"a:key\": \"10.0.0.0/8\"}", &text("11.1.2.3"), true);
    check("\"NotIpAddress\": {\"a:key\": \"10.0.0.0/8\"}", &text("nowhere"), true);
    check("\"ArnEquals\": {\"a:key\": \"arn:aws:s3:::b*\"}", &text("arn:aws:s3:::bucket"), true);
    check("\"ArnNotLike\": {\"a:key\": \"arn:aws:s3:::b*\"}", &text("bucket"), true);
    check("\"DateGreaterThan\": {\"aws:CurrentTime\": \"2026-11-22T10:15:29Z\"}", &[], true);
    check("\"DateLessThan\": {\"aws:CurrentTime\": \"2026-11-22T10:15:30Z\"}", &[], false);
    check("\"NumericEquals\": {\"aws:EpochTime\": 1795342530}", &[], true);
    check(
        "\"Bool\": {\"a:key\": true}, \"StringEquals\": {\"a:key\": \"true\"}",
        &text("true"),
        true,
    );
    check(
        "\"Bool\": {\"a:key\": true}, \"StringEquals\": {\"a:key\": \"x\"}",
        &text("true"),
        false,
    );
}

/// Policies name connections by either of their service's names, in every place.
#[test]
fn a_connection_is_judged_under_both_of_its_names() {
    fn check(action: &str, service: &str, key: &str, expect: bool) {
        let text = format!(
            "{{\"Statement\": {{\"Effect\": \"Allow\", \"Action\": \"{action}\", \
             \"Resource\": \"arn:aws:{service}:*:111111111111:connection/*\", \
             \"Condition\": {{\"StringEquals\": {{\"{key}:FullRepositoryId\": \"o/r\"}}}}}}}}"
        );
        let policy = Policy::read(&text, Kind::Managed).expect("a policy");
        let attached = Attached { name: "p".into(), policy };
        let policies = Policies { identity: vec![&attached], ..Policies::default() };
        for asked in ["codeconnections", "codestar-connections"] {
            let mut context = Context::default();
            context.set(&format!("{asked}:FullRepositoryId"), [Value::from("o/r")]);
            let resource = format!("arn:aws:{asked}:us-east-1:111111111111:connection/x");
            let name = format!("{asked}:StartOAuthHandshake");
            let request = Request::new(user(), &name, &resource, None, context, Timestamp(0));
            assert_eq!(evaluate(&policies, &request).is_allowed(), expect, "{text} {asked}");
        }
    }
    let (new, old) = ("codeconnections", "codestar-connections");
    check("codeconnections:Start*", old, new, true);
    check("codestar-connections:*", new, old, true);
    check("codestar-connections:AuthorizeConnection", old, old, true);
    check("codeconnections:AuthorizeConnection", "codestar-*", new, true);
    check("codeconnections:UseConnection", new, new, false);
    check("*", "codebuild", new, false);
}

#[test]
fn what_follows_from_the_caller_cannot_be_claimed() {
    let mut context = Context::default();
    context.set("aws:PrincipalArn", [Value::from("arn:aws:iam::111111111111:role/admin")]);
    context.set("aws:username", [Value::from("admin")]);
    let request = Request::new(session(), "s3:GetObject", "*", None, context, Timestamp(0));
    assert_eq!(request.context.single("aws:principalarn").as_deref(), Some(ROLE));
    assert_eq!(request.context.single("aws:username"), None);
    assert_eq!(request.context.single("aws:userid").as_deref(), Some("AROA1:s"));
}
