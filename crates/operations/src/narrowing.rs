//! The policies that a session is narrowed by, as they come with a call.

use domain::AccountId;
use identity::limits::SESSION_POLICY_CHARS_MAX;
use identity::policy::{Kind, Policy};
use store::{View, Want};
use wire::AwsError;
use wire::sts::PolicyDescriptorType;

use crate::iam::{attached, managed};
use crate::limits::SESSION_POLICIES_MAX;
use crate::refusal::Refused;
use crate::session::Narrowing;

/// Policies and tags of a session, and how much of the room for both they take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packed {
    /// The policies; `None` where the session is not narrowed.
    pub policies: Option<Vec<Narrowing>>,
    /// Per cent of the room.
    pub percent: u32,
}

/// The rows of an account that policies of a session name.
pub fn wants(policies: Option<&Vec<Narrowing>>, account: &AccountId) -> Vec<Want> {
    managed::wants(account, managed_ones(policies))
}

fn managed_ones(policies: Option<&Vec<Narrowing>>) -> impl Iterator<Item = &String> {
    policies.into_iter().flatten().filter_map(|policy| match policy {
        Narrowing::Managed(arn) => Some(arn),
        Narrowing::Text(_) => None,
    })
}

impl Packed {
    /// What [`Packed::check_there`] looks at.
    pub fn wants(&self, account: &AccountId) -> Vec<Want> {
        wants(self.policies.as_ref(), account)
    }

    /// Whether every managed policy is one of the account, or of AWS.
    ///
    /// # Errors
    /// Names the first one that is not.
    pub fn check_there(&self, account: &AccountId, seen: &View) -> Result<(), Refused> {
        let mut named = managed_ones(self.policies.as_ref());
        let missing = named.find(|arn| attached::policy(account, arn, seen).is_err());
        missing.map_or(Ok(()), |arn| {
            let message =
                format!("PolicyArns: there is no policy {arn} in the role's account {account}.");
            Err(AwsError::validation(message))
        })
    }
}

/// Takes a session's policies together.
///
/// # Errors
/// The text is no policy, says where; or all together are too much.
pub fn pack(
    text: Option<&str>,
    arns: Option<&[PolicyDescriptorType]>,
    tags: &[(&str, &str)],
) -> Result<Packed, Refused> {
    let arns: Vec<String> =
        arns.unwrap_or_default().iter().filter_map(|named| named.arn.clone()).collect();
    if arns.len() > SESSION_POLICIES_MAX {
        let message =
            format!("PolicyArns has {} policies; {SESSION_POLICIES_MAX} are allowed.", arns.len());
        return Err(AwsError::validation(message));
    }
    if let Some(wrong) = arns.iter().find(|arn| !is_managed(arn)) {
        return Err(AwsError::validation(format!("{wrong} is no ARN of a managed policy.")));
    }
    let texts = text.into_iter().chain(arns.iter().map(String::as_str));
    let tags = tags.iter().flat_map(|(key, value)| [*key, *value]);
    let chars: usize = texts.chain(tags).map(|it| it.chars().count()).sum();
    let percent = chars.saturating_mul(100).div_ceil(SESSION_POLICY_CHARS_MAX);
    let percent = u32::try_from(percent).unwrap_or(u32::MAX);
    if percent > 100 {
        let message = format!(
            "Packed policy consumes {percent}% of allotted space, please use smaller policy."
        );
        return Err(AwsError::refused("PackedPolicyTooLargeException", message));
    }
    if let Some(text) = text {
        Policy::read(text, Kind::Session).map_err(|malformed| {
            AwsError::refused("MalformedPolicyDocumentException", malformed.to_string())
        })?;
    }
    let narrowed = text.is_some() || !arns.is_empty();
    let text = text.map(|text| Narrowing::Text(text.to_owned()));
    let policies = text.into_iter().chain(arns.into_iter().map(Narrowing::Managed)).collect();
    Ok(Packed { policies: narrowed.then_some(policies), percent })
}

fn is_managed(arn: &str) -> bool {
    domain::Arn::parse(arn)
        .is_some_and(|arn| arn.service == "iam" && arn.resource.starts_with("policy/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Action": "s3:GetObject", "Resource": "*"}}"#;

    fn code(text: Option<&str>, arns: &[&str]) -> Result<u32, String> {
        let named = |arn: &&str| PolicyDescriptorType { arn: Some((*arn).to_owned()) };
        let arns: Vec<_> = arns.iter().map(named).collect();
        pack(text, Some(&arns), &[]).map(|packed| packed.percent).map_err(|it| it.code.into_owned())
    }

    #[test]
    fn policies_are_counted_and_read_before_anything_is_granted() {
        assert_eq!(code(None, &[]), Ok(0));
        assert_eq!(code(Some(POLICY), &[]), Ok(6));
        let arn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
        assert_eq!(code(None, &[arn]), Ok(2));
        assert_eq!(code(None, &[arn; 11]), Err("ValidationException".to_owned()));
        assert_eq!(code(None, &["arn:aws:iam::aws:role/x"]), Err("ValidationException".to_owned()));
        assert_eq!(code(Some("{"), &[]), Err("MalformedPolicyDocumentException".to_owned()));
        let long = POLICY.replace("GetObject", &"x".repeat(2000));
        assert_eq!(code(Some(&long), &[]), Err("PackedPolicyTooLargeException".to_owned()));
    }
}
