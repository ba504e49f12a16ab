//! Names of parameters: what may be one, and what a call means by one. Pure.

use domain::Arn;
use wire::AwsError;

use crate::caller::Caller;
use crate::limits::{PARAMETER_LEVELS_MAX, PARAMETER_NAME_CHARS_MAX};
use crate::refusal::Refused;

/// A parameter as a call names it: `/a/b`, `/a/b:3`, `/a/b:label`, or its ARN with the same end.
pub struct Named {
    /// Its name.
    pub name: String,
    /// What follows the colon: a version's number or a label.
    pub selector: Option<String>,
}

impl Named {
    /// Takes it apart. Of an ARN, a name with several levels begins with a slash.
    pub fn read(caller: &Caller, text: &str) -> Self {
        let resource = Arn::parse(text)
            .filter(|arn| arn.service == "ssm" && arn.region == caller.region)
            .filter(|arn| arn.account == *caller.account());
        let path =
            resource.and_then(|arn| Some(arn.resource.strip_prefix("parameter")?.to_owned()));
        let text = match path {
            Some(path) if path.matches('/').count() == 1 => path[1..].to_owned(),
            Some(path) => path,
            None => text.to_owned(),
        };
        match text.split_once(':') {
            Some((name, end)) if !text.starts_with("arn:") => {
                Self { name: name.to_owned(), selector: Some(end.to_owned()) }
            }
            _ => Self { name: text, selector: None },
        }
    }
}

/// Whether a new parameter may be called so.
///
/// # Errors
/// `ValidationException`, `HierarchyLevelLimitExceededException`, `AccessDeniedException` for the
/// names that are AWS's own.
pub fn check(name: &str) -> Result<(), Refused> {
    let is_path = name.contains('/');
    if is_path && !name.starts_with('/') {
        return Err(AwsError::validation("Parameter name must be a fully qualified name."));
    }
    let levels: Vec<&str> = name.trim_start_matches('/').split('/').collect();
    let first = levels[0].to_ascii_lowercase();
    if is_path && first == "aws" {
        let message = format!("No access to reserved parameter name: {name}.");
        return Err(AwsError::refused("AccessDeniedException", message));
    }
    if first.starts_with("aws") || first.starts_with("ssm") {
        let prefix = &first[..3];
        let message = match is_path {
            true => format!(
                "Parameter name: can't be prefixed with \"{prefix}\" (case-insensitive). If formed \
                 as a path, it can consist of sub-paths divided by slash symbol; each sub-path can \
                 be formed as a mix of letters, numbers and the following 3 symbols .-_"
            ),
            false => {
                format!("Parameter name: can't be prefixed with \"{prefix}\" (case-insensitive).")
            }
        };
        return Err(AwsError::validation(message));
    }
    let good = |level: &&str| !level.is_empty() && level.chars().all(is_of_names);
    if !levels.iter().all(good) || name.len() > PARAMETER_NAME_CHARS_MAX {
        return Err(AwsError::validation(
            "Parameter name: can't be empty at any level. It can consist of sub-paths divided by \
             slash symbol; each sub-path can be formed as a mix of letters, numbers and the \
             following 3 symbols .-_",
        ));
    }
    if is_path && levels.len() > PARAMETER_LEVELS_MAX {
        let message = format!(
            "A hierarchy can have a maximum of {PARAMETER_LEVELS_MAX} levels. The name {name} has \
             {}.",
            levels.len()
        );
        return Err(AwsError::refused("HierarchyLevelLimitExceededException", message));
    }
    Ok(())
}

fn is_of_names(c: char) -> bool {
    c.is_ascii_alphanumeric() || ".-_".contains(c)
}

/// Whether a path can be asked for what is below it.
///
/// # Errors
/// `ValidationException`.
pub fn check_path(path: &str) -> Result<(), Refused> {
    let levels = path.strip_prefix('/').map(|rest| rest.trim_end_matches('/'));
    let good = |rest: &str| {
        rest.is_empty() || rest.split('/').all(|it| !it.is_empty() && it.chars().all(is_of_names))
    };
    match levels.is_some_and(good) {
        true => Ok(()),
        false => Err(AwsError::validation(
            "The parameter doesn't meet the parameter name requirements. The parameter name must \
             begin with a forward slash \"/\". It can't be prefixed with \"aws\" or \"ssm\" \
             (case-insensitive). It must use only letters, numbers, or the following symbols: . \
             (period), - (hyphen), _ (underscore). Special characters are not allowed. All \
             sub-paths, if specified, must use the forward slash symbol \"/\". Valid example: \
             /get/parameters2-/by1./path0_.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_or_whole_paths() {
        let check = |name: &str, expect: Result<(), &str>| {
            let checked = check(name).map_err(|refused| refused.code.to_string());
            assert_eq!(checked, expect.map_err(str::to_owned), "{name}");
        };
        for good in ["a", "db-1.x_Y", "/a", "/a/b/c", "/1/2"] {
            check(good, Ok(()));
        }
        for bad in ["a/b", "/a//b", "/a/", "a b", "/a/ü", "ssmx", "AWSthing", "/ssm/x", "a:b", "/"]
        {
            check(bad, Err("ValidationException"));
        }
        check("/aws/x", Err("AccessDeniedException"));
        check(&"/a".repeat(15), Ok(()));
        check(&"/a".repeat(16), Err("HierarchyLevelLimitExceededException"));
    }

    #[test]
    fn a_path_begins_with_a_slash() {
        for (path, expect) in [
            ("/", true),
            ("/a", true),
            ("/a/b/", true),
            ("a", false),
            ("/a//b", false),
            ("/*", false),
        ] {
            assert_eq!(check_path(path).is_ok(), expect, "{path}");
        }
    }
}
