//! The flags behind a task's name. Few enough to read by hand, so that the first thing a
//! fresh clone compiles stays small.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};

/// What stood behind the task's name, every flag known to that task.
#[derive(Debug, Default)]
pub struct Arguments {
    switches: BTreeSet<String>,
    values: BTreeMap<String, String>,
}

impl Arguments {
    /// Reads `given`; an error names the flags that the task does have.
    pub fn read(
        mut given: impl Iterator<Item = String>,
        switches: &[&str],
        valued: &[&str],
    ) -> Result<Arguments> {
        let mut arguments = Arguments::default();
        while let Some(flag) = given.next() {
            if switches.contains(&flag.as_str()) {
                arguments.switches.insert(flag);
            } else if valued.contains(&flag.as_str()) {
                let value = given.next().with_context(|| format!("{flag} needs a value"))?;
                arguments.values.insert(flag, value);
            } else {
                bail!(
                    "`{flag}` is not a flag of this task; it has {:?}",
                    [switches, valued].concat()
                );
            }
        }
        Ok(arguments)
    }

    /// Whether the switch was given.
    pub fn has(&self, switch: &str) -> bool {
        self.switches.contains(switch)
    }

    /// The flag's text, where it was given.
    pub fn text(&self, flag: &str) -> Option<&str> {
        self.values.get(flag).map(String::as_str)
    }

    /// The flag's number, or `default` where it was not given.
    pub fn number(&self, flag: &str, default: u64) -> Result<u64> {
        match self.text(flag) {
            None => Ok(default),
            Some(text) => {
                text.parse().with_context(|| format!("{flag} takes a number, not `{text}`"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Arguments;

    fn read(line: &str) -> anyhow::Result<Arguments> {
        Arguments::read(line.split_whitespace().map(str::to_owned), &["--deep"], &["--seeds"])
    }

    #[test]
    fn a_switch_and_a_number_are_read() {
        let arguments = read("--seeds 7 --deep").unwrap();
        assert!(arguments.has("--deep"));
        assert_eq!(arguments.number("--seeds", 1).unwrap(), 7);
        assert_eq!(arguments.number("--from", 1).unwrap(), 1);
    }

    #[test]
    fn an_unknown_flag_is_refused_with_the_known_ones() {
        let refusal = read("--deeper").unwrap_err().to_string();
        assert!(refusal.contains("--deeper") && refusal.contains("--seeds"), "{refusal}");
        assert!(
            read("--seeds").is_err() && read("--seeds many").unwrap().number("--seeds", 1).is_err()
        );
    }
}
