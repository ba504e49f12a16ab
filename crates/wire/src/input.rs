//! From a request's body to an operation's input: decode, check, hand over as its type.

use crate::constraint::{self, Findings};
use crate::dispatch::{Call, Protocol};
use crate::error::AwsError;
use crate::limits::{BODY_BYTES_MAX, SHOWN_UNKNOWN_MEMBERS_MAX};
use crate::request::Request;
use crate::{json, query};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// An input that holds every constraint of its shape.
#[derive(Debug)]
pub struct Input<T> {
    /// The input.
    pub value: T,
    /// Paths of members that nobody knows and that were ignored; worth a warning and a counter.
    pub ignored: Vec<String>,
}

/// Decodes the body of a call as its operation's input `T`.
///
/// # Errors
/// `SerializationException` for a body that is too large, cannot be read, or holds a value of the
/// wrong kind; `ValidationException` naming every violated constraint with its path.
pub fn decode<T: DeserializeOwned>(call: &Call, request: &Request) -> Result<Input<T>, AwsError> {
    let Input { value, ignored } = check(call, request)?;
    Ok(Input { value: typed(value)?, ignored })
}

/// The same as far as a tree that holds every constraint.
///
/// # Errors
/// As [`decode`].
pub fn check(call: &Call, request: &Request) -> Result<Input<Value>, AwsError> {
    let (mut tree, mut ignored) = parse(call, request)?;
    let findings = constraint::check(call.operation.input, &tree);
    ignored.extend(judge(findings)?);
    ignored.truncate(SHOWN_UNKNOWN_MEMBERS_MAX);
    json::drop_nulls(&mut tree);
    Ok(Input { value: tree, ignored })
}

/// A checked tree as its type.
///
/// # Errors
/// `SerializationException`.
pub fn typed<T: DeserializeOwned>(tree: Value) -> Result<T, AwsError> {
    serde_json::from_value(tree).map_err(|error| AwsError::serialization(error.to_string()))
}

fn parse(call: &Call, request: &Request) -> Result<(Value, Vec<String>), AwsError> {
    let bytes = request.body.len();
    if bytes > BODY_BYTES_MAX {
        let message = format!("The body has {bytes} bytes; at most {BODY_BYTES_MAX} are read.");
        return Err(AwsError { status: 413, ..AwsError::serialization(message) });
    }
    match call.protocol {
        Protocol::Query => query::parse(request, call.operation.input)
            .map_err(|malformed| AwsError::serialization(malformed.to_string())),
        _ => json::parse(request.body)
            .map(|tree| (tree, Vec::new()))
            .map_err(|malformed| AwsError::serialization(malformed.to_string())),
    }
}

fn judge(findings: Findings) -> Result<Vec<String>, AwsError> {
    if let Some(mismatch) = findings.mismatch {
        return Err(AwsError::serialization(mismatch.to_string()));
    }
    if !findings.violations.is_empty() {
        return Err(AwsError::validation(findings.message()));
    }
    Ok(findings.ignored)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codepipeline::{CreatePipelineInput, StopPipelineExecutionInput, TagResourceInput};
    use crate::service::Service;

    fn read<T: DeserializeOwned>(name: &str, body: &str) -> Result<Input<T>, AwsError> {
        let service = Service::CodePipeline;
        let operation = service.operation(name).expect("known");
        let call = Call { protocol: Protocol::AwsJson11, service, operation };
        let (path, query, headers, body) = ("/", "", &[], body.as_bytes());
        decode(&call, &Request { method: "POST", path, query, headers, body })
    }

    const STAGES: &str = r#"[{"name":"S","actions":[{"name":"A","actionTypeId":{
        "category":"Source","owner":"AWS","provider":"S3","version":"1"},"runOrder":null}]}]"#;

    #[test]
    fn an_input_arrives_as_its_type_and_unknown_members_as_a_warning() {
        let id = "00000000-0000-4000-8000-000000000000";
        let body = format!(
            r#"{{"pipelineName":"p","pipelineExecutionId":"{id}","reason":null,"abandn":true}}"#
        );
        let input = read::<StopPipelineExecutionInput>("StopPipelineExecution", &body);
        let input = input.expect("decodes");
        assert_eq!(input.value.pipeline_name.as_str(), "p");
        assert_eq!((input.value.abandon, input.value.reason), (None, None));
        assert_eq!(input.ignored, ["abandn"]);
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once_each_with_its_path() {
        let body = r#"{"pipeline":{"name":"a b","roleArn":"r","stages":[{"name":"","actoins":[],
            "actions":[null]}]},"tags":[{"key":"k"}]}"#;
        let error = read::<CreatePipelineInput>("CreatePipeline", body).expect_err("invalid");
        assert_eq!(error.code, "ValidationException");
        let expect = "7 validation errors detected: \
            Value 'a b' at 'pipeline.name' failed to satisfy constraint: Member must satisfy \
            regular expression pattern: [A-Za-z0-9.@\\-_]+; \
            Value 'r' at 'pipeline.roleArn' failed to satisfy constraint: Member must satisfy \
            regular expression pattern: arn:aws(-[\\w]+)*:iam::[0-9]{12}:role/.*; \
            Value '' at 'pipeline.stages.1.member.name' failed to satisfy constraint: Member must \
            have length greater than or equal to 1; \
            Value '' at 'pipeline.stages.1.member.name' failed to satisfy constraint: Member must \
            satisfy regular expression pattern: [A-Za-z0-9.@\\-_]+; \
            Value null at 'pipeline.stages.1.member.actions.1.member' failed to satisfy \
            constraint: Member must not be null; \
            Value at 'pipeline.stages.1.member.actoins' failed to satisfy constraint: Member must \
            be one of: [name, blockers, actions, onFailure, onSuccess, beforeEntry]; \
            Value null at 'tags.1.member.value' failed to satisfy constraint: Member must not be \
            null";
        assert_eq!(error.message, expect);
    }

    #[test]
    fn a_flood_of_violations_is_counted_but_not_repeated() {
        let body =
            format!(r#"{{"{}":1,"tags":[{}null]}}"#, "k".repeat(200_000), "null,".repeat(9999));
        let error = read::<CreatePipelineInput>("CreatePipeline", &body).expect_err("invalid");
        assert!(
            error.message.starts_with("10001 validation errors detected: Value null at 'pipel")
        );
        assert!(error.message.ends_with("; and 9801 more"));
        assert!(error.message.len() < 40_000);
    }

    #[test]
    fn a_text_that_no_database_keeps_is_refused_with_its_place() {
        let pair = r#"{"key":"k","value":"a\u0000b"}"#;
        let body =
            format!(r#"{{"resourceArn":"arn:aws:codepipeline:r:000000000000:p","tags":[{pair}]}}"#);
        let error = read::<TagResourceInput>("TagResource", &body).expect_err("invalid");
        assert_eq!(error.code, "ValidationException");
        let place = "at 'tags.1.member.value' failed to satisfy constraint: Member must not contain \
            the character U+0000";
        assert!(error.message.contains(place), "{}", error.message);
    }

    #[test]
    fn a_pipeline_with_null_members_decodes_as_if_they_were_absent() {
        let role = "arn:aws:iam::000000000000:role/r";
        let body = format!(
            r#"{{"pipeline":{{"name":"p","roleArn":"{role}","version":null,"stages":{STAGES}}}}}"#
        );
        let input = read::<CreatePipelineInput>("CreatePipeline", &body).expect("decodes");
        assert_eq!(input.value.pipeline.version, None);
    }

    #[test]
    fn what_cannot_be_read_is_a_serialization_error() {
        fn check(body: &str, words: &str) {
            let read = read::<CreatePipelineInput>("CreatePipeline", body);
            let error = read.expect_err(words);
            assert_eq!(error.code, "SerializationException");
            assert!(error.message.contains(words), "{}", error.message);
        }
        check("[]", "Expected a structure at 'the request' but found a list.");
        check(r#"{"pipeline":"p"}"#, "Expected a structure at 'pipeline' but found a string.");
        check(r#"{"tags":[1]}"#, "Expected a structure at 'tags.1.member' but found a number.");
        check(r#"{"pipeline":{"version":1.5}}"#, "Expected an integer at 'pipeline.version'");
        check(r#"{"pipeline":{"name":"a","name":"b"}}"#, "'name' stands twice");
        check("{", "not valid JSON");
        check(&" ".repeat(BODY_BYTES_MAX + 1), "at most 1048576 are read");
    }
}
