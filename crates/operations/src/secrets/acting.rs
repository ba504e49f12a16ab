//! Whether each statement of a secret's policy can ever act: its actions are some of Secrets Manager's,
//! under keys that it knows. One that cannot is a mistake that nobody would see.

use serde_json::Value;
use wire::AwsError;

use crate::refusal::Refused;
use crate::statements::{condition_keys, is_one_of, many, texts};

const ACTIONS: &[&str] = &[
    "batchgetsecretvalue",
    "cancelrotatesecret",
    "createsecret",
    "deleteresourcepolicy",
    "deletesecret",
    "describesecret",
    "getrandompassword",
    "getresourcepolicy",
    "getsecretvalue",
    "listsecrets",
    "listsecretversionids",
    "putresourcepolicy",
    "putsecretvalue",
    "removeregionsfromreplication",
    "replicatesecrettoregions",
    "restoresecret",
    "rotatesecret",
    "stopreplicationtoreplica",
    "tagresource",
    "untagresource",
    "updatesecret",
    "updatesecretversionstage",
    "validateresourcepolicy",
];

/// Keys of Secrets Manager's own; those with a tag's name end in a slash.
const KEYS: &[&str] = &[
    "secretsmanager:addreplicaregions",
    "secretsmanager:blockpublicpolicy",
    "secretsmanager:description",
    "secretsmanager:forcedeletewithoutrecovery",
    "secretsmanager:forceoverwritereplicasecret",
    "secretsmanager:kmskeyarn",
    "secretsmanager:kmskeyid",
    "secretsmanager:modifyrotationrules",
    "secretsmanager:name",
    "secretsmanager:recoverywindowindays",
    "secretsmanager:resource/allowrotationlambdaarn",
    "secretsmanager:resourcetag/",
    "secretsmanager:rotateimmediately",
    "secretsmanager:rotationlambdaarn",
    "secretsmanager:secretid",
    "secretsmanager:secretprimaryregion",
    "secretsmanager:type",
    "secretsmanager:versionid",
    "secretsmanager:versionstage",
];

/// Checks each statement of a policy that can be read.
///
/// # Errors
/// `MalformedPolicyDocumentException`, naming what no call ever has.
pub(super) fn check(policy: &Value) -> Result<(), Refused> {
    for statement in many(&policy["Statement"]) {
        if let Some(action) = texts(&statement["Action"]).into_iter().find(|it| !is_action(it)) {
            return Err(unsupported("action", action));
        }
        if let Some(key) = condition_keys(statement).find(|key| !is_key(key)) {
            return Err(unsupported("condition key", key));
        }
    }
    Ok(())
}

/// In Secrets Manager's words, with what it is about.
fn unsupported(what: &str, found: &str) -> Refused {
    let message = format!("This resource policy contains an unsupported {what}: '{found}'.");
    AwsError::refused("MalformedPolicyDocumentException", message)
}

/// An action with a `*` or a `?` is some of the service's, whichever those are.
fn is_action(action: &str) -> bool {
    let lower = action.to_ascii_lowercase();
    let of_service = |name: &str| name.contains(['*', '?']) || ACTIONS.contains(&name);
    ["*", "*:*"].contains(&action) || lower.strip_prefix("secretsmanager:").is_some_and(of_service)
}

fn is_key(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    !key.starts_with("secretsmanager:") || is_one_of(&key, KEYS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(action: &str, key: &str) -> Option<String> {
        let condition = json!({ "StringEquals": { key: "x" } });
        let statement = json!({ "Action": [action], "Resource": "*", "Condition": condition });
        check(&json!({ "Statement": statement })).err().map(|refused| refused.message)
    }

    #[test]
    fn what_no_call_ever_has_is_named() {
        fn check(action: &str, key: &str, expect: Option<&str>) {
            let said = said(action, key);
            let named = said.as_ref().and_then(|it| Some(it.split_once('\'')?.1));
            assert_eq!(named, expect.map(|it| format!("{it}'.")).as_deref(), "{action} {key}");
        }
        check("secretsmanager:GetSecretValue", "aws:PrincipalArn", None);
        check("secretsmanager:*", "secretsmanager:VersionStage", None);
        check("*", "secretsmanager:ResourceTag/team", None);
        check("secretsmanager:Frobnicate", "aws:SourceIp", Some("secretsmanager:Frobnicate"));
        check("s3:GetObject", "aws:SourceIp", Some("s3:GetObject"));
        check("secretsmanager:*", "secretsmanager:foo", Some("secretsmanager:foo"));
    }
}
