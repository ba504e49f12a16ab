use super::*;
use crate::finding::Place;

/// A policy of one statement with these members.
fn statement(members: &str) -> String {
    format!("{{\"Version\": \"2012-10-17\", \"Statement\": {{{members}}}}}")
}

const ALLOW: &str = "\"Effect\": \"Allow\", \"Action\": \"s3:Get*\", \"Resource\": \"*\"";

#[test]
fn what_the_grammar_allows_is_read() {
    fn check(kind: Kind, text: &str) {
        if let Err(malformed) = Policy::read(text, kind) {
            panic!("{text}: {malformed}");
        }
    }
    let with = |more: &str| statement(&format!("{ALLOW}, {more}"));
    check(Kind::Managed, &statement(ALLOW));
    check(Kind::Managed, &format!("{{\"Statement\": [{{{ALLOW}}}, {{{ALLOW}}}], \"Id\": \"x\"}}"));
    check(Kind::Managed, &with("\"Sid\": \"\", \"Condition\": {}"));
    check(
        Kind::Managed,
        "{\"Statement\":{\"Effect\":\"Deny\",\"NotAction\":[\"iam:*\",\"*\"],\"NotResource\":\"arn:aws:s3\"}}",
    );
    check(Kind::Resource, &with("\"Principal\": \"*\", \"Sid\": \"with spaces\""));
    check(
        Kind::Resource,
        &with("\"Principal\": {\"AWS\": [\"111111111111\"], \"Service\": \"a.amazonaws.com\"}"),
    );
    let deny = ALLOW.replace("Allow", "Deny");
    let all_but = "\"NotPrincipal\": {\"CanonicalUser\": \"79a5\"}";
    check(Kind::Resource, &statement(&format!("{deny}, {all_but}")));
    for condition in [
        "{\"StringEquals\": {\"aws:username\": \"${aws:PrincipalTag/a b, 'c'}\"}}",
        "{\"Bool\": {\"aws:SecureTransport\": true}, \"Null\": {\"aws:x\": \"False\"}}",
        "{\"NumericLessThan\": {\"s3:max-keys\": [10, \"12.5\"]}}",
        "{\"DateLessThan\": {\"aws:CurrentTime\": [\"2026-01\", 1795342530]}}",
        "{\"IpAddress\": {\"aws:SourceIp\": [\"203.0.113.7\", \"2001:db8::/32\"]}}",
        "{\"BinaryEquals\": {\"a:b\": \"QmluYXJ5\"}}",
        "{\"ForAllValues:ArnLikeIfExists\": {\"a:b\": \"arn:aws:iam::*:role/*\"}}",
        "{\"StringLike\": {\"api.bitbucket.org/2.0/workspaces/w/pipelines-config/identity/oidc:sub\": \"{x}:*\"}}",
    ] {
        check(Kind::Managed, &with(&format!("\"Condition\": {condition}")));
    }
}

/// Each mistake is found at its place, in IAM's words where it has any.
#[test]
fn what_the_grammar_forbids_is_refused_with_its_place() {
    fn check(kind: Kind, text: &str, part: &str, expect: &str) {
        let malformed = Policy::read(text, kind).expect_err(text);
        let offset = text.find(part).unwrap_or_else(|| panic!("{part} in {text}"));
        let said = malformed.to_string();
        assert_eq!(malformed.findings[0].place, Place::of(text, offset), "{text}: {said}");
        assert!(said.contains(expect), "{text}: {said}");
    }
    let check_statement = |members: &str, part: &str, expect: &str| {
        check(Kind::Managed, &statement(members), part, expect);
    };
    let trust = "\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": [\"sts:AssumeRole*\", \"s3:GetObject\"]";
    check(Kind::Trust, &statement(trust), "\"s3:Get", "may only specify STS AssumeRole actions.");
    let syntax = "Syntax errors in policy.";
    check(Kind::Managed, "{}", "{}", syntax);
    check(Kind::Managed, "{\"Statement\": 1}", "1", syntax);
    check(Kind::Managed, "{\"Statement\": []}", "[]", syntax);
    check(Kind::Managed, "{\"statement\": []}", "{", syntax);
    check(
        Kind::Managed,
        "{\"Version\": \"2012-10-18\", \"Statement\": []}",
        "\"2012",
        "2012-10-17",
    );
    check(Kind::Managed, "{\"Version\": 2012, \"Statement\": []}", "2012", "double quotes");
    check(Kind::Managed, "{\"Statement\": [], \"Statement\": []}", "\"Statement\": []}", "twice");
    check(Kind::Managed, "{\"Extra\": 1, \"Statement\": []}", "\"Extra\"", "Unknown field Extra");
    check_statement("\"Effect\": \"Allow\", \"Resource\": \"*\"", "{\"Effect", "contain actions");
    check_statement("\"Effect\": \"Allow\", \"Action\": \"*\"", "{\"Effect", "contain resources");
    check_statement("\"Action\": \"*\", \"Resource\": \"*\"", "{\"Action", "field Effect");
    check_statement(
        "\"Effect\": \"allow\", \"Action\": \"*\", \"Resource\": \"*\"",
        "\"allow",
        "Invalid effect: allow",
    );
    let action = |action: &str| {
        let members = format!("\"Effect\": \"Allow\", \"Resource\": \"*\", \"Action\": {action}");
        check_statement(&members, action, "");
    };
    for wrong in [
        "[]",
        "\"\"",
        "\"s3\"",
        "\"s3:\"",
        "\":Get\"",
        "\"s*:Get\"",
        "\"s3:Get Object\"",
        "\"s3:Get\\n\"",
        "\"s3:G\u{435}t\"",
        "{}",
        "null",
    ] {
        action(wrong);
    }
    let resource = |resource: &str| {
        let members = format!("\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": {resource}");
        check_statement(&members, resource, "");
    };
    for wrong in [
        "[]",
        "\"\"",
        "\"bucket\"",
        "\"arn:aws:s3:::${\"",
        "\"arn:aws:s3:::\\n\"",
        "\"\u{430}rn:aws:s3:::b\"",
        "77",
    ] {
        resource(wrong);
    }
    let with = |more: &str, part: &str, expect: &str| {
        check_statement(&format!("{ALLOW}, {more}"), part, expect);
    };
    with("\"NotAction\": \"s3:*\"", "\"s3:*", "keep Action or NotAction");
    with("\"Effects\": \"Deny\"", "\"Effects", "write `Effect`");
    with("\"Effect\": \"Deny\"", "\"Effect\": \"Deny\"", "twice");
    with("\"Sid\": \"a b\"", "\"a b", "alpha-numeric");
    with("\"Principal\": \"*\"", "\"*\"}", "should not specify a principal");
    let condition = |condition: &str, part: &str, expect: &str| {
        with(&format!("\"Condition\": {condition}"), part, expect);
    };
    condition(
        "{\"StringContains\": {\"aws:x\": \"y\"}}",
        "\"StringContains",
        "Invalid Condition type",
    );
    condition("{\"stringequals\": {\"aws:x\": \"y\"}}", "\"stringequals", "write `StringEquals`");
    condition("{\"NullIfExists\": {\"aws:x\": true}}", "\"NullIf", "write `Null` alone");
    condition("{\"ForAnyValue:Null\": {\"aws:x\": true}}", "\"ForAny", "write `Null` alone");
    condition("{\"Bool\": {\"username\": true}}", "\"username", "prefaced by a vendor");
    condition("{\"Bool\": {\"aws:x\": []}}", "[]", "at least one");
    condition("{\"Bool\": {\"aws:x\": \"yes\"}}", "\"yes", "true or false");
    condition("{\"Bool\": {\"aws:x\": null}}", "null", "write a text");
    condition("{\"NumericEquals\": {\"aws:x\": \"${aws:y}\"}}", "\"${aws:y", "decimal number");
    condition("{\"DateEquals\": {\"aws:x\": \"soon\"}}", "\"soon", "a moment");
    condition("{\"IpAddress\": {\"aws:x\": \"10.0.0.0/33\"}}", "\"10.0", "a network");
    condition("{\"BinaryEquals\": {\"aws:x\": \"QQ\"}}", "\"QQ", "base64");
    condition("{\"ArnEquals\": {\"aws:x\": \"arn:aws:s3\"}}", "\"arn:aws:s3\"", "six parts");
    condition("{\"StringEquals\": {\"aws:x\": \"${y}\"}}", "\"${y", "no policy variable");
    condition("{\"Bool\": {\"aws:x\": true, \"aws:x\": true}}", "\"aws:x\": true}}", "twice");
}

#[test]
fn principals_stand_where_they_must_and_nowhere_else() {
    fn check(kind: Kind, members: &str, expect: Option<&str>) {
        let read = Policy::read(&statement(members), kind).map(|_| ());
        match (read, expect) {
            (Ok(()), None) => {}
            (Err(malformed), Some(expect)) if malformed.to_string().contains(expect) => {}
            (read, expect) => panic!("{members}: {read:?}, expected {expect:?}"),
        }
    }
    let trust = "\"Effect\": \"Allow\", \"Action\": \"sts:AssumeRole\"";
    let who = "\"Principal\": {\"AWS\": \"111111111111\"}";
    check(Kind::Trust, &format!("{trust}, {who}"), None);
    check(Kind::Trust, trust, Some("Missing required field Principal"));
    check(
        Kind::Trust,
        &format!("{trust}, {who}, \"Resource\": \"*\""),
        Some("prohibited field Resource"),
    );
    check(Kind::Resource, ALLOW, Some("Missing required field Principal"));
    check(
        Kind::Resource,
        &format!("{ALLOW}, {who}, \"NotPrincipal\": \"*\""),
        Some("keep Principal"),
    );
    let all_but = who.replace("Principal", "NotPrincipal");
    let with_allow = Some("NotPrincipal must be used with Effect Deny");
    check(Kind::Resource, &format!("{ALLOW}, {all_but}"), with_allow);
    let deny = trust.replace("Allow", "Deny");
    check(Kind::Trust, &format!("{deny}, {all_but}"), Some("prohibited field NotPrincipal"));
    check(Kind::Session, &format!("{ALLOW}, {who}"), Some("should not specify a principal"));
    check(Kind::ServiceControl, ALLOW, None);
    for wrong in [
        "\"111111111111\"",
        "{}",
        "{\"AWS\": []}",
        "{\"AWS\": \"arn:aws:iam::*:root\"}",
        "{\"Everyone\": \"*\"}",
        "[\"*\"]",
    ] {
        check(Kind::Trust, &format!("{trust}, \"Principal\": {wrong}"), Some(""));
    }
}

#[test]
fn all_mistakes_are_found_at_once_in_their_order() {
    let text = "{\"Statement\": [\n{\"Effect\": \"allow\", \"Action\": \"s3\", \"Resource\": \"*\"},\n\
                {\"Effect\": \"Deny\", \"Action\": \"*\", \"Resource\": \"b\"}]}";
    let lines = Policy::read(text, Kind::Managed).expect_err("three mistakes").findings;
    assert_eq!(lines.iter().map(|it| it.place.line).collect::<Vec<_>>(), [2, 2, 3]);
}

#[test]
fn statements_have_names_of_their_own() {
    let named = format!("{{\"Sid\": \"a\", {ALLOW}}}");
    let text = format!("{{\"Statement\": [{named}, {named}]}}");
    let malformed = Policy::read(&text, Kind::Managed).expect_err("a name twice");
    assert!(malformed.to_string().contains("must be unique"), "{malformed}");
}

#[test]
fn a_policy_is_as_long_as_its_kind_may_be_without_white_space() {
    fn check(kind: Kind, length: usize, expect: bool) {
        let principal = if kind.names_principals() { "\"Principal\":\"*\"," } else { "" };
        let about = if kind == Kind::Trust { "sts:*\"" } else { "*\",\"Resource\":\"*\"" };
        let statement = format!("{{\"Effect\":\"Deny\",{principal}\"Action\":\"{about}}}");
        let head = "{\"Id\":\"\",\"Statement\":}".len() + statement.len();
        let id = "x".repeat(length - head);
        let text = format!("{{ \"Id\":\n \"{id}\",\t\"Statement\": {statement} }}");
        assert_eq!(Policy::read(&text, kind).is_ok(), expect, "{kind:?} {length}");
    }
    for kind in [
        Kind::Managed,
        Kind::Inline,
        Kind::Session,
        Kind::ServiceControl,
        Kind::Resource,
        Kind::Trust,
    ] {
        check(kind, kind.chars_max(), true);
        check(kind, kind.chars_max() + 1, false);
    }
    let padded = format!("{{\"Statement\":[]{}}}", " ".repeat(limits::POLICY_TEXT_BYTES_MAX));
    assert!(Policy::read(&padded, Kind::Managed).is_err(), "too much white space");
}

#[test]
fn variables_mean_something_in_the_newer_version_only() {
    let members = "\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"arn:aws:s3:::${x\"";
    assert!(Policy::read(&statement(members), Kind::Managed).is_err());
    let old = format!("{{\"Statement\": {{{members}}}}}");
    assert!(Policy::read(&old, Kind::Managed).is_ok());
}

const VALID: &str = r#"{"Version": "2012-10-17", "Statement": [{"Sid": "a", "Effect": "Deny",
    "Action": ["s3:Get*"], "Resource": "arn:aws:s3:::b/${aws:username, 'x'}/?",
    "Condition": {"ForAnyValue:DateLessThan": {"aws:x": ["2026-11-22T10:15:30.5+01:00"]},
    "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}, "ArnLike": {"aws:y": "arn:aws:*:*:*:*"}}}]}"#;

proptest::proptest! {
    /// Whatever a person pastes, the answer is a policy or findings that lie within the text.
    #[test]
    fn any_text_is_answered(text in ".{0,60}", at in 0..VALID.len(), kind in 0..3_usize) {
        let kind = [Kind::Managed, Kind::Resource, Kind::Trust][kind];
        let changed = format!("{}{text}{}", &VALID[..at], &VALID[at..]);
        for text in [&text, &changed, &VALID[..at].to_owned()] {
            if let Err(malformed) = Policy::read(text, kind) {
                let lines = u32::try_from(text.lines().count().max(1)).expect("few");
                assert!(!malformed.findings.is_empty());
                assert!(malformed.findings.iter().all(|it| (1..=lines + 1).contains(&it.place.line)));
            }
        }
    }
}
