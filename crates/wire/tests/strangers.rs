//! Whatever a stranger sends: it is answered, never accepted, and nothing panics.

use domain::{Region, Secret, Timestamp};
use proptest::prelude::*;
use serde_json::Value;
use wire::sigv4::{Claim, Expected, verify};
use wire::{Request, Route, Service, decode, dispatch, encode_error};

/// Pieces that come close to what is right, so that the deeper branches are reached too.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        Just("AWS4-HMAC-SHA256 ".to_owned()),
        Just("Credential=AK/20261122/us-east-1/codepipeline/aws4_request, ".to_owned()),
        Just("SignedHeaders=host;x-amz-date, ".to_owned()),
        Just(format!("Signature={}", "0".repeat(64))),
        Just("CodePipeline_20150709.CreatePipeline".to_owned()),
        Just("Action=GetCallerIdentity&Version=2011-06-15".to_owned()),
        Just("20261122T101530Z".to_owned()),
        Just("application/x-www-form-urlencoded".to_owned()),
        Just("&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=60".to_owned()),
        Just("{\"pipeline\":{\"stages\":[".to_owned()),
        Just("%".to_owned()),
        Just("/..//./".to_owned()),
    ]
}

fn text() -> impl Strategy<Value = String> {
    proptest::collection::vec(piece(), 0..6).prop_map(|pieces| pieces.concat())
}

const NAMES: [&str; 8] = [
    "authorization",
    "x-amz-date",
    "x-amz-target",
    "content-type",
    "host",
    "x-amz-content-sha256",
    "x-amz-security-token",
    "smithy-protocol",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_stranger_is_answered_and_never_accepted(
        values in proptest::collection::vec((0usize..NAMES.len(), text()), 0..8),
        method in prop_oneof![Just("GET"), Just("POST")],
        (path, query, body) in (text(), text(), text()),
    ) {
        let headers: Vec<(&str, &str)> =
            values.iter().map(|(name, value)| (NAMES[*name], value.as_str())).collect();
        let body = body.as_bytes();
        let request = Request { method, path: &path, query: &query, headers: &headers, body };
        let region = Region::new("us-east-1");
        let at = Timestamp::from_amz_date("20261122T101530Z").expect("a date");
        let expected = Expected { region: &region, service: "codepipeline" };
        let proof = Claim::read(&request)
            .and_then(|claim| verify(&request, &claim, &Secret::new("unknown"), expected, at));
        prop_assert!(proof.is_err());
        match dispatch(&request) {
            Ok(Route::Call(call)) => drop(decode::<Value>(&call, &request)),
            Ok(Route::Objects) => {}
            Err(unroutable) => {
                let answer =
                    encode_error(unroutable.protocol, unroutable.service, &unroutable.error, "id");
                prop_assert!(answer.status >= 400 && !answer.body.is_empty());
            }
        }
    }
}

#[test]
fn every_operation_names_everything_that_an_empty_input_lacks() {
    for service in Service::ALL {
        for operation in service.operations() {
            let findings = wire::constraint::check(operation.input, &serde_json::json!({}));
            let wire::shape::Shape::Structure(input) = operation.input else { panic!() };
            let required = input.members.iter().filter(|member| member.required);
            let required: Vec<_> =
                required.map(|member| wire::constraint::in_camel_case(member.name)).collect();
            let named: Vec<&str> =
                findings.violations.iter().map(|violation| violation.path.as_str()).collect();
            assert_eq!(named, required, "{}", operation.name);
        }
    }
}
