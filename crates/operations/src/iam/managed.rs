//! Managed policies: where an account's own lie, and the texts of AWS's that people attach.

use domain::{AccountId, Arn};
use store::{Key, PolicyRow, Want, folded};

/// Where the policy that an ARN names lies; `None` for AWS's own and for another account's.
pub fn key(account: &AccountId, arn: &str) -> Option<Key> {
    let arn = Arn::parse(arn).filter(|arn| arn.service == "iam" && arn.account == *account)?;
    let name = arn.resource.strip_prefix("policy/")?.rsplit('/').next()?.to_owned();
    Some(PolicyRow::at(account, &folded(&name)))
}

/// The rows of those of an account that ARNs name.
pub fn wants<'a>(account: &AccountId, arns: impl Iterator<Item = &'a String>) -> Vec<Want> {
    arns.filter_map(|arn| key(account, arn)).map(Want::from).collect()
}

/// One of AWS's policies.
#[derive(Debug)]
pub struct AwsPolicy {
    /// Its name, at the end of `arn:aws:iam::aws:policy/…`.
    pub name: &'static str,
    /// `ANPA…`, made of the name.
    pub description: &'static str,
    /// The document: as AWS has it, as far as it is about services that are spoken here.
    pub text: &'static str,
}

impl AwsPolicy {
    /// `arn:aws:iam::aws:policy/NAME`.
    pub fn arn(&self) -> String {
        format!("{AWS}{}", self.name)
    }
}

const AWS: &str = "arn:aws:iam::aws:policy/";

/// The text of one of AWS's policies.
pub fn text(arn: &str) -> Option<&'static str> {
    named(arn).map(|policy| policy.text)
}

/// One of AWS's policies by its ARN.
pub fn named(arn: &str) -> Option<&'static AwsPolicy> {
    let name = arn.strip_prefix(AWS)?;
    OF_AWS.iter().find(|policy| policy.name == name)
}

macro_rules! policies {
    ($($name:literal, $description:literal, $statement:literal;)*) => {
        /// Those that are known, by name.
        pub const OF_AWS: &[AwsPolicy] = &[$(AwsPolicy {
            name: $name,
            description: $description,
            text: concat!(r#"{"Version":"2012-10-17","Statement":["#, $statement, "]}"),
        },)*];
    };
}

policies! {
    "AWSCodePipelineApproverAccess",
    "Provides access to view and approve manual changes for all pipelines",
    r#"{"Effect":"Allow","Action":["codepipeline:GetPipeline","codepipeline:GetPipelineState",
"codepipeline:GetPipelineExecution","codepipeline:ListPipelineExecutions",
"codepipeline:ListPipelines","codepipeline:PutApprovalResult"],"Resource":"*"}"#;

    "AWSCodePipeline_FullAccess",
    "Provides full access to AWS CodePipeline",
    r#"{"Effect":"Allow","Action":["codepipeline:*","codestar-connections:GetConnection",
"codestar-connections:ListConnections","codestar-connections:PassConnection",
"codestar-connections:UseConnection","iam:GetRole","iam:ListRoles","s3:ListAllMyBuckets",
"s3:GetBucketPolicy","s3:GetBucketVersioning","s3:GetObject","s3:GetObjectVersion",
"s3:CreateBucket","s3:PutBucketPolicy"],"Resource":"*"},
{"Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::*:role/service-role/*",
"Condition":{"StringEquals":{"iam:PassedToService":["codepipeline.amazonaws.com"]}}}"#;

    "AWSCodePipeline_ReadOnlyAccess",
    "Provides read only access to AWS CodePipeline",
    r#"{"Effect":"Allow","Action":["codepipeline:GetPipeline","codepipeline:GetPipelineState",
"codepipeline:GetPipelineExecution","codepipeline:ListPipelineExecutions",
"codepipeline:ListActionExecutions","codepipeline:ListActionTypes","codepipeline:ListPipelines",
"codepipeline:ListTagsForResource","s3:ListAllMyBuckets","s3:GetBucketPolicy"],"Resource":"*"}"#;

    "AWSDenyAll",
    "Deny all access",
    r#"{"Sid":"DenyAll","Effect":"Deny","Action":["*"],"Resource":"*"}"#;

    "AdministratorAccess",
    "Provides full access to AWS services and resources",
    r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;

    "AmazonS3FullAccess",
    "Provides full access to all buckets",
    r#"{"Effect":"Allow","Action":["s3:*","s3-object-lambda:*"],"Resource":"*"}"#;

    "AmazonS3ReadOnlyAccess",
    "Provides read only access to all buckets",
    r#"{"Effect":"Allow","Action":["s3:Get*","s3:List*","s3:Describe*","s3-object-lambda:Get*",
"s3-object-lambda:List*"],"Resource":"*"}"#;

    "IAMFullAccess",
    "Provides full access to IAM",
    r#"{"Effect":"Allow","Action":["iam:*","organizations:DescribeAccount",
"organizations:DescribeOrganization","organizations:ListPolicies"],"Resource":"*"}"#;

    "IAMReadOnlyAccess",
    "Provides read only access to IAM",
    r#"{"Effect":"Allow","Action":["iam:GenerateCredentialReport",
"iam:GenerateServiceLastAccessedDetails","iam:Get*","iam:List*","iam:SimulateCustomPolicy",
"iam:SimulatePrincipalPolicy"],"Resource":"*"}"#;

    "PowerUserAccess",
    "Provides full access to services and resources, but does not allow management of users and groups",
    r#"{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"},
{"Effect":"Allow","Action":["iam:CreateServiceLinkedRole","iam:DeleteServiceLinkedRole",
"iam:ListRoles","organizations:DescribeOrganization"],"Resource":"*"}"#;

    "ReadOnlyAccess",
    "Provides read-only access to services and resources",
    r#"{"Effect":"Allow","Action":["codebuild:BatchGet*","codebuild:List*","codepipeline:Get*",
"codepipeline:List*","codeconnections:Get*","codeconnections:List*","codestar-connections:Get*",
"codestar-connections:List*","iam:Generate*","iam:Get*","iam:List*","iam:Simulate*","logs:Describe*",
"logs:FilterLogEvents","logs:Get*","s3:Get*","s3:List*","secretsmanager:Describe*",
"secretsmanager:List*","ssm:Describe*","ssm:Get*","ssm:List*","sts:GetAccessKeyInfo",
"sts:GetCallerIdentity","sts:GetSessionToken"],"Resource":"*"}"#;
}

#[cfg(test)]
mod tests {
    use super::*;
    use identity::policy::{Kind, Policy};

    #[test]
    fn every_policy_of_aws_can_be_read() {
        for policy in OF_AWS {
            let read = Policy::read(policy.text, Kind::Managed);
            assert!(read.is_ok(), "{}: {}", policy.name, read.unwrap_err());
            assert_eq!(text(&policy.arn()), Some(policy.text));
        }
        assert!(OF_AWS.is_sorted_by_key(|policy| policy.name));
    }

    #[test]
    fn a_policy_is_found_by_its_arn_in_its_own_account() {
        let account = AccountId::new("000000000000");
        let own = key(&account, "arn:aws:iam::000000000000:policy/a/b/Name").expect("its own");
        assert_eq!(own, PolicyRow::at(&account, &"name".to_owned()));
        for other in ["arn:aws:iam::111111111111:policy/n", "arn:aws:iam::aws:policy/n", "n"] {
            assert_eq!(key(&account, other), None, "{other}");
        }
    }
}
