//! Whether each statement of a bucket's policy can ever act: its actions are some of S3's, each on one
//! of its resources, under keys that S3 knows. One that cannot is a mistake that nobody would see.

use serde_json::Value;
use wire::s3::refused;

use super::bucket_arn;
use crate::refusal::Refused;
use crate::statements::{condition_keys, is_one_of, many, texts};

/// What is done with an object.
const ON_OBJECTS: &[&str] = &[
    "abortmultipartupload",
    "bypassgovernanceretention",
    "deleteobject",
    "deleteobjecttagging",
    "deleteobjectversion",
    "deleteobjectversiontagging",
    "getobject",
    "getobjectacl",
    "getobjectattributes",
    "getobjectlegalhold",
    "getobjectretention",
    "getobjecttagging",
    "getobjecttorrent",
    "getobjectversion",
    "getobjectversionacl",
    "getobjectversionattributes",
    "getobjectversionforreplication",
    "getobjectversiontagging",
    "getobjectversiontorrent",
    "initiatereplication",
    "listmultipartuploadparts",
    "objectowneroverridetobucketowner",
    "putobject",
    "putobjectacl",
    "putobjectlegalhold",
    "putobjectretention",
    "putobjecttagging",
    "putobjectversionacl",
    "putobjectversiontagging",
    "replicatedelete",
    "replicateobject",
    "replicatetags",
    "restoreobject",
];

/// What is done with a bucket.
const ON_BUCKETS: &[&str] = &[
    "createbucket",
    "deletebucket",
    "deletebucketpolicy",
    "deletebucketwebsite",
    "getaccelerateconfiguration",
    "getanalyticsconfiguration",
    "getbucketacl",
    "getbucketcors",
    "getbucketlocation",
    "getbucketlogging",
    "getbucketnotification",
    "getbucketobjectlockconfiguration",
    "getbucketownershipcontrols",
    "getbucketpolicy",
    "getbucketpolicystatus",
    "getbucketpublicaccessblock",
    "getbucketrequestpayment",
    "getbuckettagging",
    "getbucketversioning",
    "getbucketwebsite",
    "getencryptionconfiguration",
    "getintelligenttieringconfiguration",
    "getinventoryconfiguration",
    "getlifecycleconfiguration",
    "getmetricsconfiguration",
    "getreplicationconfiguration",
    "listbucket",
    "listbucketmultipartuploads",
    "listbucketversions",
    "putaccelerateconfiguration",
    "putanalyticsconfiguration",
    "putbucketacl",
    "putbucketcors",
    "putbucketlogging",
    "putbucketnotification",
    "putbucketobjectlockconfiguration",
    "putbucketownershipcontrols",
    "putbucketpolicy",
    "putbucketpublicaccessblock",
    "putbucketrequestpayment",
    "putbuckettagging",
    "putbucketversioning",
    "putbucketwebsite",
    "putencryptionconfiguration",
    "putintelligenttieringconfiguration",
    "putinventoryconfiguration",
    "putlifecycleconfiguration",
    "putmetricsconfiguration",
    "putreplicationconfiguration",
];

/// Keys of S3's own that calls here can have; those with a tag's name end in a slash. S3 has more, of
/// what is not done here: an exception under one of those would never act, nor a denial. Those of
/// encryption stand here because the policies that come with pipelines' buckets deny every upload that
/// does not ask for it: no call here has them, and that is what such a policy then says.
const KEYS: &[&str] = &[
    "s3:authtype",
    "s3:delimiter",
    "s3:existingobjecttag/",
    "s3:if-match",
    "s3:if-none-match",
    "s3:locationconstraint",
    "s3:max-keys",
    "s3:objectcreationoperation",
    "s3:prefix",
    "s3:requestobjecttag/",
    "s3:requestobjecttagkeys",
    "s3:resourceaccount",
    "s3:signatureage",
    "s3:signatureversion",
    "s3:tlsversion",
    "s3:versionid",
    "s3:x-amz-acl",
    "s3:x-amz-content-sha256",
    "s3:x-amz-copy-source",
    "s3:x-amz-metadata-directive",
    "s3:x-amz-server-side-encryption",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "s3:x-amz-storage-class",
];

/// Checks each statement of a policy that can be read.
///
/// # Errors
/// `MalformedPolicy`, in S3's own words.
pub(super) fn check(bucket: &str, policy: &Value) -> Result<(), Refused> {
    let wrong = |message: String| refused("MalformedPolicy", 400, message);
    for statement in many(&policy["Statement"]) {
        for action in texts(&statement["Action"]) {
            check_action(bucket, action, &texts(&statement["Resource"])).map_err(&wrong)?;
        }
        if let Some(key) = condition_keys(statement).find(|key| !is_key(key)) {
            return Err(wrong(format!("Policy has an invalid condition key: '{key}'")));
        }
    }
    Ok(())
}

/// An action with a `*` or a `?` is some of S3's, whichever those are.
fn check_action(bucket: &str, action: &str, resources: &[&str]) -> Result<(), String> {
    if action == "*" {
        return Ok(());
    }
    let lower = action.to_ascii_lowercase();
    let name = lower.strip_prefix("s3:");
    let (on_object, on_bucket) = match name {
        Some(name) if name.contains(['*', '?']) => return Ok(()),
        Some(name) => (ON_OBJECTS.contains(&name), ON_BUCKETS.contains(&name)),
        None => (false, false),
    };
    if !on_object && !on_bucket {
        return Err(format!("Policy has invalid action: '{action}'"));
    }
    let arn = bucket_arn(bucket);
    let fits = |resource: &&str| match resource.strip_prefix(&arn) {
        Some("") => on_bucket,
        Some(rest) if rest.starts_with('/') => on_object,
        _ => true,
    };
    match resources.is_empty() || resources.iter().any(fits) {
        true => Ok(()),
        false => Err(format!("Action does not apply to any resource(s) in statement: '{action}'")),
    }
}

fn is_key(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    !key.starts_with("s3:") || is_one_of(&key, KEYS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(action: Value, resource: Value, condition: Value) -> String {
        let statement = json!({"Action": action, "Resource": resource, "Condition": condition});
        let checked = check("b", &json!({"Statement": [statement]}));
        checked.err().map_or_else(String::new, |it| {
            it.message.split(':').next().unwrap_or_default().to_owned()
        })
    }

    #[test]
    fn an_action_is_on_what_it_can_be_on() {
        fn check(action: &str, resource: &str, expect: &str) {
            assert_eq!(said(json!(action), json!(resource), json!(null)), expect, "{action}");
        }
        let (bucket, object) = ("arn:aws:s3:::b", "arn:aws:s3:::b/*");
        check("s3:ListBucket", bucket, "");
        check("S3:getobject", object, "");
        check("s3:GetObject", "arn:aws:s3:::b*", "");
        check("s3:Get*", object, "");
        check("*", bucket, "");
        let not_on = "Action does not apply to any resource(s) in statement";
        check("s3:ListBucket", object, not_on);
        check("s3:GetObject", bucket, not_on);
        check("s3:Frobnicate", object, "Policy has invalid action");
        check("sqs:SendMessage", object, "Policy has invalid action");
        let both = json!([bucket, object]);
        assert_eq!(said(json!(["s3:ListBucket", "s3:GetObject"]), both, json!(null)), "");
    }

    #[test]
    fn a_key_of_s3s_is_one_that_s3_has() {
        fn check(key: &str, expect: &str) {
            let condition = json!({"StringEquals": {key: "x"}});
            assert_eq!(said(json!("s3:*"), json!("arn:aws:s3:::b"), condition), expect, "{key}");
        }
        check("s3:prefix", "");
        check("s3:ExistingObjectTag/team", "");
        check("s3:x-amz-acl", "");
        check("aws:PrincipalArn", "");
        check("s3:SignatureAge", "");
        let none = "Policy has an invalid condition key";
        check("s3:foo", none);
        check("s3:x-amz-server-side-encryption", "");
        check("s3:x-amz-server-side-encryption-aws-kms-key-id", "");
        check("s3:x-amz-server-side-encryption-customer-algorithm", none);
        check("s3:object-lock-mode", none);
    }
}
