//! Secrets of Secrets Manager under names of parameters ("Referencing AWS Secrets Manager secrets from
//! Parameter Store parameters", Systems Manager user guide): both services must allow the reading, and
//! Secrets Manager's own rules say which version is meant.

use domain::Timestamp;
use identity::Ask;
use store::{Changes, SecretRow, SecretValueRow, View, Want};
use wire::AwsError;
use wire::ssm as shapes;
use wire::ssm::ParameterType;

use crate::caller::Caller;
use crate::refusal::Refused;
use crate::sealed::read_by;
use crate::secrets;
use crate::secrets::read::{ACTION, Which};
use crate::turn::Now;

const PREFIX: &str = "/aws/reference/secretsmanager/";

/// A secret that a parameter's name stands for: `NAME`, `NAME:LABEL` or `NAME:VERSION-ID`.
pub(crate) struct Reference {
    secret: String,
    id: Option<String>,
    stage: Option<String>,
}

impl Reference {
    /// Reads a parameter's name; `None` where it is an ordinary one.
    pub(crate) fn read(name: &str) -> Option<Self> {
        let (secret, selector) = match name.strip_prefix(PREFIX)?.split_once(':') {
            Some((secret, selector)) => (secret, Some(selector.to_owned())),
            None => (name.strip_prefix(PREFIX)?, None),
        };
        // Labels that people give have no form; ids of versions are UUIDs.
        let is_id = |text: &String| text.len() == 36 && text.matches('-').count() == 4;
        let id = selector.clone().filter(is_id);
        let stage = selector.filter(|_| id.is_none());
        Some(Self { secret: secret.to_owned(), id, stage })
    }

    fn which(&self) -> Which<'_> {
        Which { secret: &self.secret, id: self.id.as_ref(), stage: self.stage.as_ref() }
    }

    /// What must be allowed besides reading the parameter.
    pub(crate) fn ask(&self, caller: &Caller, view: &View) -> Ask {
        self.which().ask(caller, view, Ask::new(ACTION, "*"))
    }

    pub(crate) fn wants(&self, caller: &Caller, view: &View) -> Vec<Want> {
        self.which().wants(caller, view)
    }

    /// The value that is meant. Its reading is told like any other.
    ///
    /// # Errors
    /// There is no such secret or version.
    pub(crate) fn value<'v>(
        &self,
        caller: &Caller,
        (view, now, changes): (&'v View, &Now, &mut Changes),
    ) -> Result<(&'v SecretRow, &'v SecretValueRow), Refused> {
        let (row, value) = self.found(caller, view, now.at)?;
        let arn = secrets::arn(caller, row);
        changes.record(read_by(caller, caller.account(), ACTION, &arn, now));
        secrets::read::told(caller, row, value, (view, now, changes));
        Ok((row, value))
    }

    fn found<'v>(
        &self,
        caller: &Caller,
        view: &'v View,
        at: Timestamp,
    ) -> Result<(&'v SecretRow, &'v SecretValueRow), Refused> {
        self.which().read(caller, view, at).map_err(|refused| {
            let message = format!(
                "An error occurred ({}) when referencing Secrets Manager: {}",
                refused.code, refused.message
            );
            AwsError::refused("ParameterNotFound", message)
        })
    }
}

/// A secret as the parameter of this name.
pub(super) fn parameter(
    caller: &Caller,
    name: &str,
    (row, value): (&SecretRow, &SecretValueRow),
) -> shapes::Parameter {
    shapes::Parameter {
        name: name.to_owned(),
        r#type: ParameterType::SecureString,
        last_modified_date: value.created.into(),
        arn: secrets::arn(caller, row),
        data_type: super::TEXT.to_owned(),
        ..Default::default()
    }
}

/// A secret is never shown as it lies there.
///
/// # Errors
/// One of these names stands for a secret, and decryption was not asked for.
pub(super) fn check_decrypted<'a>(
    mut names: impl Iterator<Item = &'a String>,
    decrypt: Option<bool>,
) -> Result<(), Refused> {
    let is_secret = names.any(|name| Reference::read(name).is_some());
    match is_secret && decrypt != Some(true) {
        true => Err(AwsError::validation(
            "WithDecryption flag must be True for retrieving a Secret Manager secret.",
        )),
        false => Ok(()),
    }
}
