//! Numbers and moments as policies write them, compared exactly.

use domain::Timestamp;

/// Digits after the point that are kept: with eighteen before it, all fits into 128 bits.
const FRACTION_DIGITS_MAX: usize = 9;
const WHOLE_DIGITS_MAX: usize = 18;

/// A decimal number, in billionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Number(i128);

impl From<i64> for Number {
    fn from(whole: i64) -> Self {
        Self(i128::from(whole) * 1_000_000_000)
    }
}

impl Number {
    /// Reads `-12.5`; `None` where the text is anything else, or longer than can be compared
    /// exactly: a double would take two long numbers for one.
    pub fn parse(text: &str) -> Option<Self> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let good = |part: &str, max| {
            (1..=max).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !good(whole, WHOLE_DIGITS_MAX) || !good(fraction, FRACTION_DIGITS_MAX) {
            return None;
        }
        let billionths: i128 = format!("{whole}{fraction:0<9}").parse().ok()?;
        Some(Self(sign * billionths))
    }
}

/// Reads a moment as `Date…` conditions write it: seconds since 1970, or one of the W3C's forms of
/// ISO 8601 ("Date and Time Formats", W3C note): `2026`, `2026-11`, `2026-11-22`,
/// `2026-11-22T10:15Z`, `2026-11-22T10:15:30.5+01:00`.
pub(crate) fn moment(text: &str) -> Option<Timestamp> {
    let epoch = (text.len() > 4).then(|| Number::parse(text)).flatten();
    if let Some(Number(billionths)) = epoch {
        return Some(Timestamp(i64::try_from(billionths / 1_000_000).ok()?));
    }
    let (date, clock) = text.split_once('T').unwrap_or((text, "00:00:00Z"));
    let date = match date.len() {
        4 => format!("{date}-01-01"),
        7 => format!("{date}-01"),
        _ => date.to_owned(),
    };
    // Seconds may be left out, but not the offset: a time without one means nothing.
    let seconds = clock.as_bytes().get(5) == Some(&b':');
    let (minutes, rest) = (clock.get(..5)?, clock.get(5..)?);
    let seconds = if seconds { "" } else { ":00" };
    Timestamp::from_rfc3339(&format!("{date}T{minutes}{seconds}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_exactly() {
        assert!(Number::parse("9007199254740993") > Number::parse("9007199254740992"));
        assert!(Number::parse("-0.5") < Number::parse("0"));
        assert_eq!(Number::parse("1.50"), Number::parse("+1.5"));
        assert_eq!(Number::parse("3"), Some(Number::from(3)));
        for wrong in ["", "-", ".5", "1.", "1e3", "NaN", "0x1", "1 ", "1.0000000001", "١"] {
            assert_eq!(Number::parse(wrong), None, "{wrong}");
        }
        assert_eq!(Number::parse(&"9".repeat(19)), None);
    }

    #[test]
    fn moments_have_the_documented_forms() {
        fn check(text: &str, expect: Option<&str>) {
            assert_eq!(moment(text).map(Timestamp::rfc3339).as_deref(), expect, "{text}");
        }
        check("2026", Some("2026-01-01T00:00:00.000Z"));
        check("2026-11", Some("2026-11-01T00:00:00.000Z"));
        check("2026-11-22", Some("2026-11-22T00:00:00.000Z"));
        check("2026-11-22T10:15Z", Some("2026-11-22T10:15:00.000Z"));
        check("2026-11-22T10:15:30.5+01:00", Some("2026-11-22T09:15:30.500Z"));
        check("1795342530", Some("2026-11-22T10:15:30.000Z"));
        check("1795342530.25", Some("2026-11-22T10:15:30.250Z"));
        for wrong in ["", "26", "2026-13", "2026-11-22T10:15", "2026-11-22 10:15Z", "tomorrow"] {
            check(wrong, None);
        }
    }
}
