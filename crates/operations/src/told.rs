//! What the audit log is told of a request besides its action and resource, as CloudTrail's
//! `requestParameters` tell it: which policy, whom, a session's name.
//!
//! Members are told because they stand here, and so no secret is told because it was forgotten. Whose
//! entry it becomes, and whether it is kept, is left to `store::Changes`.

use identity::audit::Parameters;
use serde_json::Value;
use wire::{Service, constraint};

const IAM: &[&str] = &[
    "UserName",
    "NewUserName",
    "GroupName",
    "NewGroupName",
    "RoleName",
    "Path",
    "NewPath",
    "Description",
    "MaxSessionDuration",
    "AccessKeyId",
    "Status",
    "PolicyName",
    "PolicyArn",
    "PolicyDocument",
    "AssumeRolePolicyDocument",
    "PermissionsBoundary",
    "VersionId",
    "SetAsDefault",
    "OpenIDConnectProviderArn",
    "Url",
    "ClientID",
    "ClientIDList",
    "ThumbprintList",
    "Tags",
    "TagKeys",
];
const STS: &[&str] = &[
    "RoleSessionName",
    "SourceIdentity",
    "DurationSeconds",
    "Policy",
    "PolicyArns",
    "Tags",
    "TransitiveTagKeys",
];
const SECRETS_MANAGER: &[&str] = &[
    "Name",
    "SecretId",
    "VersionId",
    "VersionStage",
    "VersionStages",
    "MoveToVersionId",
    "RemoveFromVersionId",
    "ResourcePolicy",
    "BlockPublicPolicy",
    "RecoveryWindowInDays",
    "ForceDeleteWithoutRecovery",
    "Tags",
    "TagKeys",
];
const PARAMETER_STORE: &[&str] =
    &["Name", "Names", "Type", "Overwrite", "ParameterVersion", "Labels", "Tags", "TagKeys"];
const TOWPATH: &[&str] = &[
    "accountId",
    "alias",
    "accessKeyId",
    "target",
    "policyName",
    "policy",
    "onResources",
    "connectionArn",
    "kind",
    "name",
    "scope",
    "secured",
    "revoke",
    "path",
];
const S3: &[&str] = &["policy"];

/// The members of a request that the audit log is told.
pub(crate) fn parameters(service: Service, input: &Value) -> Parameters {
    let told = |name: &&str| Some((constraint::in_camel_case(name), input.get(*name)?.clone()));
    members(service).iter().filter_map(told).collect()
}

fn members(service: Service) -> &'static [&'static str] {
    match service {
        Service::Iam => IAM,
        Service::Sts => STS,
        Service::SecretsManager => SECRETS_MANAGER,
        Service::Ssm => PARAMETER_STORE,
        Service::Towpath => TOWPATH,
        Service::S3 => S3,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_was_done_is_told_and_no_secret() {
        fn check(service: Service, input: Value, expect: Value) {
            let told = parameters(service, &input);
            assert_eq!(json!(told), expect, "{input}");
        }
        let attached = json!({ "UserName": "ann", "PolicyArn": "arn:aws:iam::aws:policy/A" });
        let told = json!({ "userName": "ann", "policyArn": "arn:aws:iam::aws:policy/A" });
        check(Service::Iam, attached, told);
        let assumed =
            json!({ "RoleArn": "r", "RoleSessionName": "s", "ExternalId": "topsecret-4711" });
        check(Service::Sts, assumed, json!({ "roleSessionName": "s" }));
        let put = json!({ "SecretId": "db", "SecretString": "CANARY" });
        check(Service::SecretsManager, put, json!({ "secretId": "db" }));
        let put = json!({ "Name": "/a", "Value": "CANARY", "Type": "SecureString" });
        check(Service::Ssm, put, json!({ "name": "/a", "type": "SecureString" }));
        let put = json!({ "name": "X", "value": "CANARY", "scope": { "workspace": "w" } });
        check(Service::Towpath, put, json!({ "name": "X", "scope": { "workspace": "w" } }));
        let registered = json!({ "kind": "GitHub", "clientSecret": "CANARY", "app": {} });
        check(Service::Towpath, registered, json!({ "kind": "GitHub" }));
        check(Service::CodePipeline, json!({ "pipeline": {}, "name": "p" }), json!({}));
    }
}
