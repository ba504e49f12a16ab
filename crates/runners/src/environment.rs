//! A step's environment: PATH, HOME, LANG, CI, and what was declared. Nothing of the server's. Pure.

use crate::layout::Layout;
use crate::limits::ENVIRONMENT_COUNT_MAX;
use crate::{Identity, Job};
use recipes::plan::Step;
use std::collections::BTreeMap;

/// Where commands are looked for.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The variables of this step of a job, which sees its files as `seen` says.
pub(crate) fn of_step(
    job: &Job,
    step: &Step,
    identity: &Identity,
    seen: &Layout,
) -> Result<BTreeMap<String, String>, String> {
    let (inputs, tokens, home) = (inputs(job, seen), tokens(identity, seen), seen.home.display());
    let declared = job.environment.iter().chain(&inputs).chain(&tokens);
    let declared = declared.chain(&identity.environment).chain(&step.environment);
    let declared = declared.map(|(name, value)| (name.as_str(), value.as_str()));
    let secrets = identity.secrets.iter().map(|(name, value)| (name.as_str(), value.expose()));
    environment(&home.to_string(), declared.chain(secrets))
}

/// Where the inputs lie.
fn inputs(job: &Job, seen: &Layout) -> Vec<(String, String)> {
    let inputs = job.inputs.iter().enumerate().flat_map(|(index, input)| {
        let folder = seen.input(index, input).display().to_string();
        input.variables.iter().map(move |name| (name.clone(), folder.clone()))
    });
    inputs.collect()
}

/// The tokens, and where each lies.
fn tokens(identity: &Identity, seen: &Layout) -> Vec<(String, String)> {
    let tokens = identity.tokens.iter().flat_map(|it| {
        let file = seen.tokens().join(&it.variable).display().to_string();
        let files = it.file_variables.iter().map(move |name| (name.clone(), file.clone()));
        files.chain([(it.variable.clone(), it.token.expose().to_owned())])
    });
    tokens.collect()
}

/// The variables of a step, later declarations over earlier ones; or what is wrong with one.
fn environment<'a>(
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
