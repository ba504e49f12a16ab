//! A step's environment: PATH, HOME, LANG, CI, and what was declared. Nothing of the server's. Pure.

use crate::limits::ENVIRONMENT_COUNT_MAX;
use std::collections::BTreeMap;

/// Where commands are looked for.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The variables of a step, later declarations over earlier ones; or what is wrong with one.
pub(crate) fn environment<'a>(
    home: &'a str,
    declared: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<BTreeMap<String, String>, String> {
    let own = [("PATH", PATH), ("HOME", home), ("LANG", "C.UTF-8"), ("CI", "true")];
    let mut all = BTreeMap::new();
    for (name, value) in own.into_iter().chain(declared) {
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            return Err(format!(
                "variable {name:?} cannot be set: a name must not be empty nor have `=`, and neither \
                 name nor value may have a NUL"
            ));
        }
        all.insert(name.to_owned(), value.to_owned());
    }
    match all.len() {
        0..=ENVIRONMENT_COUNT_MAX => Ok(all),
        many => Err(format!("{many} variables are too many: at most {ENVIRONMENT_COUNT_MAX}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_has_four_variables_and_what_was_declared() {
        let declared = [("A", "1"), ("CI", "yes"), ("A", "2")];
        let all = environment("/h", declared).unwrap();
        let names: Vec<_> = all.keys().map(String::as_str).collect();
        assert_eq!(names, ["A", "CI", "HOME", "LANG", "PATH"]);
        assert_eq!((all["A"].as_str(), all["CI"].as_str()), ("2", "yes"));
        for (name, value) in [("", ""), ("A=B", ""), ("A\0", ""), ("A", "\0")] {
            assert!(environment("/h", [(name, value)]).is_err(), "{name:?}");
        }
    }
}
