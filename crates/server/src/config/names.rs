//! The name that was probably meant: of a setting in the file, or of a variable.

use super::layers::{ConfigError, variable_name};
use super::setting::SETTINGS;

/// What every variable of ours begins with.
const PREFIX: &str = "TOWPATH_";

/// The setting whose name is nearest to a mistyped one; `None` where all are far off.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    let names = SETTINGS.iter().map(|setting| setting.name);
    // A table that was forgotten is the commonest mistake of all.
    let inside = |known: &&str| known.rsplit_once('.').is_some_and(|(_, last)| last == name);
    let near = |known: &str| distance(known, name) <= 1 + name.len().min(known.len()) / 6;
    let nearest = names.clone().filter(|known| near(known)).min_by_key(|it| distance(it, name));
    names.clone().find(inside).or(nearest)
}

/// Looks for variables that begin as ours do and set nothing. Gives those that are like none of
/// ours, for a warning.
///
/// # Errors
/// [`ConfigError::Variable`] for the first one that is nearly one of ours.
pub fn stray_variables(names: impl Iterator<Item = String>) -> Result<Vec<String>, ConfigError> {
    let known = |name: &String| SETTINGS.iter().any(|it| variable_name(it.name) == *name);
    let strays: Vec<String> =
        names.filter(|name| name.starts_with(PREFIX) && !known(name)).collect();
    for name in &strays {
        let written = name[PREFIX.len()..].to_lowercase();
        let alike = |known: &'static str| {
            let known = known.replace(['-', '.'], "_");
            distance(&known, &written) <= 1 + written.len().min(known.len()) / 6
        };
        if let Some(meant) = SETTINGS.iter().find(|setting| alike(setting.name)) {
            let (name, meant) = (name.clone(), variable_name(meant.name));
            return Err(ConfigError::Variable { name, meant });
        }
    }
    Ok(strays)
}

/// How many letters must be put in, taken out or changed (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let mut above: Vec<usize> = (0..=other.len()).collect();
    for (row, a) in one.bytes().enumerate() {
        let mut line = vec![row + 1];
        for (column, b) in other.bytes().enumerate() {
            let changed = above[column] + usize::from(a != b);
            line.push(changed.min(above[column + 1] + 1).min(line[column] + 1));
        }
        above = line;
    }
    above[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_setting_is_nearest_to_the_one_that_was_meant() {
        fn check(name: &str, expect: Option<&str>) {
            assert_eq!(nearest(name), expect, "{name}");
        }
        check("lisen", Some("listen"));
        check("public_url", Some("public-url"));
        check("network", Some("steps.network"));
        check("step.network", Some("steps.network"));
        check("limits.step_second_max", Some("limits.step_seconds_max"));
        check("colour", None);
    }

    #[test]
    fn a_variable_that_is_nearly_ours_is_refused_and_another_is_told_of() {
        let strays = |name: &str| stray_variables([name.to_owned()].into_iter());
        for quiet in ["TOWPATH_LISTEN", "TOWPATH_STEPS_NETWORK", "PATH"] {
            assert_eq!(strays(quiet).expect(quiet), Vec::<String>::new());
        }
        assert_eq!(strays("TOWPATH_BINARY").expect("nothing of ours"), ["TOWPATH_BINARY"]);
        for (written, meant) in [
            ("TOWPATH_LISTN", "TOWPATH_LISTEN"),
            ("TOWPATH_STEP_NETWORK", "TOWPATH_STEPS_NETWORK"),
            ("TOWPATH_SEALINGKEY", "TOWPATH_SEALING_KEY"),
        ] {
            let said = strays(written).expect_err(written).to_string();
            assert!(said.contains(written) && said.contains(meant), "{said}");
        }
    }
}
