//! Parameters with versions and labels: Parameter Store's operations.
//!
//! Every value is sealed, that of a plain `String` too; its type says who is shown it without asking
//! for decryption.

pub mod delete;
pub mod describe;
pub mod filters;
pub mod get;
pub mod labels;
pub mod name;
pub mod put;
pub(crate) mod reference;
pub mod tags;

use domain::Arn;
use identity::Ask;
use store::{Kept, Key, ParameterRow, ParameterValueRow, View, Want};
use wire::AwsError;
use wire::ssm::{ParameterTier, ParameterType};

use crate::caller::Caller;
use crate::keys;
use crate::refusal::Refused;
use crate::subject::Subject;

use self::name::Named;

/// The data type that there is.
pub(crate) const TEXT: &str = "text";
/// The key that values are sealed with where nobody says: the server's own. There is no other.
pub(crate) const KMS_ALIAS: &str = "alias/aws/ssm";

pub(crate) fn not_found(name: &str) -> Refused {
    AwsError::refused("ParameterNotFound", format!("Parameter {name} not found."))
}

pub(crate) fn no_version(name: &str, version: &str) -> Refused {
    let message = format!(
        "Systems Manager could not find version {version} of {name}. Verify the version and try \
         again."
    );
    AwsError::refused("ParameterVersionNotFound", message)
}

/// A page token that was not given out for this list; the service has a class of its own for it.
pub(crate) fn invalid_next_token(refused: Refused) -> Refused {
    AwsError::refused("InvalidNextToken", refused.message)
}

/// Where the parameter of this name lies. ARNs name parameters of the caller's own account only.
pub(crate) fn key(caller: &Caller, name: &str) -> Key {
    ParameterRow::at(caller.account(), &name.to_owned())
}

/// The parameter.
///
/// # Errors
/// `ParameterNotFound`.
pub(crate) fn seen<'a>(
    caller: &Caller,
    name: &str,
    view: &'a View,
) -> Result<&'a ParameterRow, Refused> {
    view.row::<ParameterRow>(key(caller, name)).ok_or_else(|| not_found(name))
}

/// `arn:aws:ssm:REGION:ACCOUNT:parameter/NAME`, one slash between.
pub(crate) fn arn(caller: &Caller, name: &str) -> String {
    let resource = format!("parameter/{}", name.strip_prefix('/').unwrap_or(name));
    Arn::aws("ssm", &caller.region, caller.account(), &resource).to_string()
}

/// What is asked, about the parameter that a call names: its ARN and its tags.
pub(crate) fn about(caller: &Caller, named: &str, view: &View, ask: Ask) -> Ask {
    let name = Named::read(caller, named).name;
    let mut all = ask.keys.clone();
    if let Some(row) = view.known::<ParameterRow>(key(caller, &name)) {
        all.extend(&keys::of_resource_tags(&row.tags));
        all.extend(&keys::of_tags("ssm:resourceTag", &row.tags));
    }
    // Another account's or region's ARN stays what it is: nobody here may have it.
    let foreign = Arn::parse(named).map(|_| named.to_owned());
    let arn = foreign.filter(|it| !it.starts_with(&arn(caller, &name)));
    ask.on(arn.unwrap_or_else(|| self::arn(caller, &name))).with(all)
}

/// Where one version's value lies.
pub(crate) fn value_key(row: &ParameterRow, number: i64) -> Key {
    ParameterValueRow::at(&row.account, &row.name, &number)
}

/// The same, for whoever opens it.
pub fn kept(value: &ParameterValueRow) -> Kept {
    let (account, parameter) = (value.account.clone(), value.parameter.clone());
    Kept::Parameter { account, parameter, number: value.number }
}

/// The rows of the parameter that a call names.
pub(crate) fn wants(caller: &Caller, named: &str) -> Vec<Want> {
    vec![key(caller, &Named::read(caller, named).name).into()]
}

/// The parameter that a call names, as what an operation is about.
pub(crate) struct Parameter<'a>(pub &'a str);

impl Subject for Parameter<'_> {
    fn ask(&self, caller: &Caller, seen: &View, ask: Ask) -> Ask {
        about(caller, self.0, seen, ask)
    }

    fn wants(&self, caller: &Caller, _seen: &View) -> Vec<Want> {
        wants(caller, self.0)
    }
}

/// What a parameter holds, in the wire's words.
pub(crate) fn kind(row: &ParameterRow) -> ParameterType {
    match row.kind.as_str() {
        "SecureString" => ParameterType::SecureString,
        "StringList" => ParameterType::StringList,
        _ => ParameterType::String,
    }
}

/// How large it may be, in the wire's words.
pub(crate) fn tier(advanced: bool) -> ParameterTier {
    if advanced { ParameterTier::Advanced } else { ParameterTier::Standard }
}

/// The key that a secure parameter is said to be sealed with.
pub(crate) fn key_id(kind: ParameterType) -> Option<String> {
    (kind == ParameterType::SecureString).then(|| KMS_ALIAS.to_owned())
}
