//! `[retention]`: how long what is remembered is kept.

use std::str::FromStr;

use store::Retention;

use super::{ConfigError, Layers};

/// Days that anything may be kept: a century, within which every moment has a number.
const DAYS_MAX: i64 = 36_500;
/// Executions of a pipeline that may stay for good.
const EXECUTIONS_MAX: i64 = 100_000;

/// Reads the settings.
///
/// # Errors
/// [`ConfigError::Value`].
pub(super) fn retention(layers: &Layers) -> Result<Retention, ConfigError> {
    let days = |name| {
        let right = "must be a whole number of days from 1 to 36500";
        layers.parse(name, right, |text| between(text, 1, DAYS_MAX))
    };
    Ok(Retention {
        executions_days: days("retention.executions_days")?,
        executions_kept_min: layers.parse(
            "retention.executions_kept_min",
            "must be a whole number from 0 to 100000",
            |text| between(text, 0, EXECUTIONS_MAX),
        )?,
        facts_days: days("retention.facts_days")?,
        artifacts_days: days("retention.artifacts_days")?,
        logs_days: days("retention.logs_days")?,
        deliveries_days: days("retention.deliveries_days")?,
        delivery_bodies_days: days("retention.delivery_bodies_days")?,
        mirrors_days: days("retention.mirrors_days")?,
        denials_days: days("retention.denials_days")?,
        audit_days: days("retention.audit_days")?,
        ..Retention::default()
    })
}

fn between(text: &str, min: i64, max: i64) -> Option<i64> {
    i64::from_str(text).ok().filter(|number| (min..=max).contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::path::Path;

    fn read(file: &str) -> Result<Retention, ConfigError> {
        retention(&Layers::read(&BTreeMap::new(), |_| None, Some((Path::new("t.toml"), file)))?)
    }

    #[test]
    fn what_nobody_sets_is_kept_as_the_store_has_it() {
        assert_eq!(read("").expect("defaults"), Retention::default());
    }

    #[test]
    fn each_is_set_within_its_limits() {
        let set = read("[retention]\nlogs_days = 7\nexecutions_kept_min = 0\n").expect("good");
        let rest = Retention::default();
        assert_eq!(set, Retention { logs_days: 7, executions_kept_min: 0, ..rest });
        for wrong in ["logs_days = 0", "audit_days = -1", "facts_days = 36501", "log_days = 1"] {
            assert!(read(&format!("[retention]\n{wrong}\n")).is_err(), "{wrong}");
        }
    }
}
