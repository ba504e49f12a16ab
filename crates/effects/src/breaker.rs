//! When a forge's host is left alone: because it asked for that, or because it fails again and
//! again. Pure; who is asked, and what time it is, are [`crate::hosts`]' affair.

use std::time::Duration;

use domain::Timestamp;

use crate::limits::{
    FAILURES_MAX, PROBE_SECONDS_MAX, PROBE_WAIT_SECONDS, REST_SECONDS, REST_SECONDS_MAX,
};

/// What is known of one host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Breaker {
    /// Failures in a row.
    failures: u32,
    /// Until when it is left alone; stays until a probe has shown that it is well.
    rest: Option<Rest>,
    /// When the one question was asked that is let through after the rest.
    probed: Option<Timestamp>,
}

/// A time in which a host is not asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rest {
    /// Its end.
    pub until: Timestamp,
    /// What the host did.
    pub why: String,
}

impl Breaker {
    /// Whether the host may be asked at `at`. After a rest one question is let through, and the
    /// others come again in a moment for what became of it.
    ///
    /// # Errors
    /// The [`Rest`] that it has.
    pub fn enter(&mut self, at: Timestamp) -> Result<(), Rest> {
        let Some(rest) = &self.rest else { return Ok(()) };
        let held = |until| Err(Rest { until, why: rest.why.clone() });
        if at < rest.until {
            return held(rest.until);
        }
        if self.probed.is_some_and(|since| at < since.plus_seconds(PROBE_SECONDS_MAX)) {
            return held(at.plus_seconds(PROBE_WAIT_SECONDS));
        }
        self.probed = Some(at);
        Ok(())
    }

    /// Until when it is left alone, if it is at `at`.
    pub fn rest_at(&self, at: Timestamp) -> Option<Timestamp> {
        self.rest.as_ref().map(|rest| rest.until).filter(|until| at < *until)
    }

    /// It answered, whatever it said. What was asked before its rest says nothing about now.
    pub fn answered(&mut self, at: Timestamp) {
        if self.rest.as_ref().is_none_or(|rest| rest.until <= at) {
            *self = Self::default();
        }
    }

    /// It did not answer, or with an error of its own; gives the rest that begins with it.
    pub fn failed(&mut self, why: &str, at: Timestamp) -> Option<&Rest> {
        self.failures = self.failures.saturating_add(1);
        let further = self.failures.checked_sub(FAILURES_MAX)?;
        let seconds = REST_SECONDS.saturating_mul(1 << further.min(16)).min(REST_SECONDS_MAX);
        let why = format!("it failed {} times in a row, at last with: {why}", self.failures);
        self.begin(at.plus_seconds(seconds), why)
    }

    /// It asked to be left alone for a while; gives the rest that begins with it.
    pub fn limited(&mut self, wait: Duration, at: Timestamp) -> Option<&Rest> {
        let millis = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        self.begin(at.plus_millis(millis), "it says that it was asked too often".to_owned())
    }

    /// A rest is never made shorter.
    fn begin(&mut self, until: Timestamp, why: String) -> Option<&Rest> {
        self.probed = None;
        if self.rest.as_ref().is_some_and(|rest| until <= rest.until) {
            return None;
        }
        self.rest = Some(Rest { until, why });
        self.rest.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1000)
    }

    fn failing(times: u32) -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 0..times {
            breaker.failed("503", at(0));
        }
        breaker
    }

    fn until(breaker: &mut Breaker, now: i64) -> Option<i64> {
        breaker.enter(at(now)).err().map(|rest| rest.until.0 / 1000)
    }

    #[test]
    fn a_few_failures_are_forgiven_and_more_cost_longer_and_longer_rests() {
        fn check(times: u32, rests_until: Option<i64>) {
            assert_eq!(until(&mut failing(times), 0), rests_until, "{times}");
        }
        check(0, None);
        check(FAILURES_MAX - 1, None);
        check(FAILURES_MAX, Some(REST_SECONDS));
        check(FAILURES_MAX + 2, Some(4 * REST_SECONDS));
        check(u32::from(u8::MAX), Some(REST_SECONDS_MAX));
    }

    #[test]
    fn one_answer_between_failures_starts_the_count_anew() {
        let mut breaker = failing(FAILURES_MAX - 1);
        breaker.answered(at(1));
        assert!(breaker.failed("503", at(2)).is_none());
        assert_eq!(until(&mut breaker, 2), None);
    }

    #[test]
    fn after_a_rest_one_question_is_let_through_and_its_answer_closes_the_breaker() {
        let mut breaker = failing(FAILURES_MAX);
        assert_eq!(until(&mut breaker, REST_SECONDS), None, "the probe");
        assert_eq!(
            until(&mut breaker, REST_SECONDS),
            Some(REST_SECONDS + PROBE_WAIT_SECONDS),
            "the others do not wait for longer than it takes"
        );
        breaker.answered(at(REST_SECONDS + 1));
        assert_eq!(breaker, Breaker::default());
    }

    #[test]
    fn a_probe_that_fails_makes_the_rest_longer() {
        let mut breaker = failing(FAILURES_MAX);
        assert!(breaker.enter(at(REST_SECONDS)).is_ok());
        assert!(breaker.failed("503", at(REST_SECONDS)).is_some());
        assert_eq!(until(&mut breaker, REST_SECONDS), Some(3 * REST_SECONDS));
    }

    #[test]
    fn a_probe_that_nobody_ended_does_not_hold_the_breaker_open_for_ever() {
        let mut breaker = failing(FAILURES_MAX);
        assert!(breaker.enter(at(REST_SECONDS)).is_ok());
        assert!(breaker.enter(at(REST_SECONDS + PROBE_SECONDS_MAX)).is_ok());
    }

    #[test]
    fn what_the_host_asks_for_is_kept_and_an_older_answer_does_not_end_it() {
        let mut breaker = Breaker::default();
        breaker.limited(Duration::from_secs(60), at(0));
        breaker.answered(at(1));
        assert_eq!(until(&mut breaker, 59), Some(60));
        assert!(breaker.limited(Duration::from_secs(5), at(2)).is_none(), "never shorter");
        assert_eq!(until(&mut breaker, 60), None);
    }
}
