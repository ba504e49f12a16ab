//! Times as people read them: UTC, fixed width, and how long something took.

use domain::Timestamp;
use serde::{Deserialize, Serialize};

/// A moment on a page; its JSON is milliseconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(pub Timestamp);

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl Moment {
    /// `2026-11-23T01:02:03.456Z`, for the `datetime` attribute.
    pub fn machine(&self) -> String {
        self.0.rfc3339()
    }

    /// `01:02:03.456`.
    pub fn clock(&self) -> String {
        self.0.rfc3339()[11..23].to_owned()
    }

    /// `23 Nov 01:02:03`.
    pub fn short(&self) -> String {
        let text = self.0.rfc3339();
        let month = text[5..7].parse::<usize>().unwrap_or(1);
        format!("{} {} {}", &text[8..10], MONTHS[(month - 1) % 12], &text[11..19])
    }
}

/// How long something took; its JSON is milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(pub i64);

impl Span {
    /// From one moment to another; never negative, since clocks of two processes may differ.
    pub fn between(from: Timestamp, to: Timestamp) -> Self {
        Self(to.millis_since(from).max(0))
    }

    /// `412 ms`, `3.2 s`, `1 min 04 s`, `2 h 05 min`, `3 d 04 h`.
    pub fn words(&self) -> String {
        let (millis, seconds) = (self.0, self.0 / 1000);
        match seconds {
            ..1 => format!("{millis} ms"),
            1..60 => format!("{}.{} s", seconds, millis % 1000 / 100),
            60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
            3600..86_400 => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
            _ => format!("{} d {:02} h", seconds / 86_400, seconds / 3600 % 24),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_reads_the_same_everywhere() {
        let at = Moment(Timestamp(1_795_342_530_123));
        assert_eq!(at.machine(), "2026-11-22T10:15:30.123Z");
        assert_eq!(at.clock(), "10:15:30.123");
        assert_eq!(at.short(), "22 Nov 10:15:30");
    }

    #[test]
    fn a_span_names_its_two_largest_units() {
        fn check(millis: i64, expect: &str) {
            assert_eq!(Span(millis).words(), expect);
        }
        check(0, "0 ms");
        check(999, "999 ms");
        check(3_290, "3.2 s");
        check(64_000, "1 min 04 s");
        check(7_500_000, "2 h 05 min");
        check(273_600_000, "3 d 04 h");
        assert_eq!(Span::between(Timestamp(5), Timestamp(3)), Span(0));
    }
}
