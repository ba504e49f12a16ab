//! An OIDC provider and a role of AWS.

use serde_json::json;

use super::{Refused, Setup, Subject, Wanted, form, identifier, pretty};
use crate::trust::{ACTION, bare_issuer};

/// The provider, the role with its trust policy, and the step that assumes it.
pub(super) fn setup(wanted: &Wanted, account: &str, partition: &str) -> Result<Setup, Refused> {
    if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(form("the account", account, "an account's number, of twelve digits"));
    }
    if !["aws", "aws-cn", "aws-us-gov"].contains(&partition) {
        return Err(form("the partition", partition, "aws, aws-cn or aws-us-gov"));
    }
    let document = trust(wanted, account, partition);
    let text = commands(wanted, account, partition, &document);
    Ok(Setup { text, terraform: terraform(wanted), document })
}

/// The operator and the value of the condition on the subject.
fn condition(wanted: &Wanted) -> (&'static str, String) {
    match wanted.subject.beginning() {
        (subject, false) => ("StringEquals", subject),
        (beginning, true) => ("StringLike", format!("{beginning}*")),
    }
}

fn trust(wanted: &Wanted, account: &str, partition: &str) -> String {
    let bare = bare_issuer(&wanted.issuer);
    let (operator, subject) = condition(wanted);
    let mut conditions = json!({"StringEquals": {format!("{bare}:aud"): wanted.audience}});
    conditions[operator][format!("{bare}:sub")] = json!(subject);
    pretty(&json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": {"Federated": format!("arn:{partition}:iam::{account}:oidc-provider/{bare}")},
            "Action": ACTION,
            "Condition": conditions,
        }],
    }))
}

fn commands(wanted: &Wanted, account: &str, partition: &str, trust: &str) -> String {
    let Wanted { issuer, audience, name, .. } = wanted;
    let step = step(&format!("arn:{partition}:iam::{account}:role/{name}"), &wanted.subject);
    format!(
        "# The issuer, once in account {account}. Where it is registered already, only the audience:\n\
         # aws iam add-client-id-to-open-id-connect-provider\n\
         aws iam create-open-id-connect-provider \\\n  --url '{issuer}' \\\n  --client-id-list '{audience}'\n\n\
         # The role, and whose tokens may assume it. Then give it the permissions that the step needs.\n\
         cat > trust.json <<'END'\n{trust}\nEND\n\
         aws iam create-role --role-name {name} --assume-role-policy-document file://trust.json\n\n\
         {step}"
    )
}

/// The step, where its file is Bitbucket's.
fn step(role: &str, subject: &Subject) -> String {
    let deployment = match subject {
        Subject::Bitbucket { environment: Some(_), .. } => "    deployment: ENVIRONMENT\n",
        _ => "",
    };
    format!(
        "# The step, in bitbucket-pipelines.yml. Where Towpath runs it, `oidc: true` alone will do.\n\
         - step:\n    oidc: true\n{deployment}    script:\n\
         \x20     - export AWS_REGION=REGION\n\
         \x20     - export AWS_ROLE_ARN={role}\n\
         \x20     - export AWS_WEB_IDENTITY_TOKEN_FILE=\"$(mktemp)\"\n\
         \x20     - printf %s \"$BITBUCKET_STEP_OIDC_TOKEN\" > \"$AWS_WEB_IDENTITY_TOKEN_FILE\"\n\
         \x20     - aws sts get-caller-identity\n"
    )
}

fn terraform(wanted: &Wanted) -> String {
    let Wanted { issuer, audience, name, .. } = wanted;
    let (bare, id) = (bare_issuer(issuer), identifier(name));
    let (operator, subject) = condition(wanted);
    format!(
        r#"resource "aws_iam_openid_connect_provider" "{id}" {{
  url            = "{issuer}"
  client_id_list = ["{audience}"]
}}

data "aws_iam_policy_document" "{id}_trust" {{
  statement {{
    effect  = "Allow"
    actions = ["{ACTION}"]

    principals {{
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.{id}.arn]
    }}

    condition {{
      test     = "StringEquals"
      variable = "{bare}:aud"
      values   = ["{audience}"]
    }}

    condition {{
      test     = "{operator}"
      variable = "{bare}:sub"
      values   = ["{subject}"]
    }}
  }}
}}

resource "aws_iam_role" "{id}" {{
  name               = "{name}"
  assume_role_policy = data.aws_iam_policy_document.{id}_trust.json
}}

output "role_arn" {{
  value = aws_iam_role.{id}.arn
}}
"#
    )
}
