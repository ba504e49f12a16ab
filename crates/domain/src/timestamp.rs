//! A moment, in milliseconds since 1970-01-01T00:00:00Z.
//!
//! It is always passed in (`at: Timestamp`); only the processes ask a [`crate::Clock`].

use serde::{Deserialize, Serialize};

/// Milliseconds since the Unix epoch. Stored as BIGINT, sent to AWS clients as epoch seconds.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The moment `millis` milliseconds later (earlier, where negative); saturates.
    pub fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// The moment `seconds` seconds later; saturates.
    pub fn plus_seconds(self, seconds: i64) -> Self {
        self.plus_millis(seconds.saturating_mul(1000))
    }

    /// Milliseconds from `earlier` to `self`; negative where `earlier` is later.
    pub fn millis_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Epoch seconds with milliseconds as the fraction: the number that awsJson clients read.
    pub fn epoch_seconds(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// `2026-11-22T10:15:30.123Z` (RFC 3339, always UTC, always milliseconds).
    pub fn rfc3339(self) -> String {
        let (date, clock) = (self.0.div_euclid(86_400_000), self.0.rem_euclid(86_400_000));
        let (year, month, day) = civil_from_days(date);
        let (hour, minute) = (clock / 3_600_000, clock / 60_000 % 60);
        let (second, milli) = (clock / 1000 % 60, clock % 1000);
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
    }

    /// Reads RFC 3339 with any offset and fraction (`2024-05-01T10:00:00+02:00`), as forges and git
    /// write times; `None` where the text is anything else.
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        let plain = text.get(..19).filter(|start| start.is_ascii())?;
        let shape: String =
            plain.bytes().map(|b| if b.is_ascii_digit() { '0' } else { b as char }).collect();
        if shape != "0000-00-00T00:00:00" {
            return None;
        }
        let whole = Self::from_amz_date(&format!("{}Z", plain.replace(['-', ':'], "")))?;
        let rest = &text[19..];
        let digits = rest
            .strip_prefix('.')
            .map_or(0, |it| it.bytes().take_while(u8::is_ascii_digit).count());
        let (fraction, offset) = if digits == 0 { ("", rest) } else { rest[1..].split_at(digits) };
        let millis: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
        Some(whole.plus_millis(millis).plus_seconds(-offset_seconds(offset)?))
    }

    /// `Sun, 22 Nov 2026 10:15:30 GMT`, as HTTP writes dates (RFC 9110).
    pub fn http_date(self) -> String {
        let (year, month, day) = civil_from_days(self.0.div_euclid(86_400_000));
        let weekday = WEEKDAYS[(self.0.div_euclid(86_400_000) + 4).rem_euclid(7) as usize];
        let (month, clock) = (MONTHS[month as usize - 1], &self.rfc3339()[11..19]);
        format!("{weekday}, {day:02} {month} {year:04} {clock} GMT")
    }

    /// Reads the form of [`Timestamp::http_date`]; `None` where the text is anything else.
    pub fn from_http_date(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split(' ').collect();
        let [weekday, day, month, year, clock, "GMT"] = parts[..] else { return None };
        let month = MONTHS.iter().position(|it| *it == month)? + 1;
        WEEKDAYS.contains(&weekday.strip_suffix(',')?).then_some(())?;
        Self::from_rfc3339(&format!("{year}-{month:02}-{day}T{clock}Z"))
    }

    /// `20261122T101530Z`, the form of SigV4's `X-Amz-Date`.
    pub fn amz_date(self) -> String {
        let text = self.rfc3339();
        format!("{}Z", text[..19].replace(['-', ':'], ""))
    }

    /// Reads the form of [`Timestamp::amz_date`]; `None` where the text is anything else.
    pub fn from_amz_date(text: &str) -> Option<Self> {
        let shape =
            text.len() == 16 && text.is_ascii() && &text[8..9] == "T" && text.ends_with('Z');
        let number = |from: usize, to: usize| -> Option<i64> {
            let part = &text[from..to];
            part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok())?
        };
        if !shape {
            return None;
        }
        let (month, day) = (number(4, 6)?, number(6, 8)?);
        let (hour, minute, second) = (number(9, 11)?, number(11, 13)?, number(13, 15)?);
        let valid = (1..=12).contains(&month) && (1..=31).contains(&day);
        (valid && hour < 24 && minute < 60 && second < 61).then_some(())?;
        let days = days_from_civil(number(0, 4)?, month, day);
        Some(Self(((days * 24 + hour) * 60 + minute) * 60_000 + second * 1000))
    }
}

const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Seconds east of Greenwich of `Z` or `+hh:mm`.
fn offset_seconds(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = text[1..].split_once(':')?;
    let number = |part: &str| -> Option<i64> {
        let digits = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| part.parse().ok())?
    };
    Some(sign * (number(hours)? * 3600 + number(minutes)? * 60))
}

/// Days since 1970-01-01 to year, month, day in the proleptic Gregorian calendar
/// (the era arithmetic of Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms").
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// The other way round; same source.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_of_http_reads_back() {
        let at = Timestamp(1_795_342_530_000);
        assert_eq!(at.http_date(), "Sun, 22 Nov 2026 10:15:30 GMT");
        assert_eq!(Timestamp::from_http_date(&at.http_date()), Some(at));
        assert_eq!(Timestamp(784_111_777_000).http_date(), "Sun, 06 Nov 1994 08:49:37 GMT");
        for wrong in
            ["", "Sun, 22 Nov 2026 10:15:30 UTC", "22 Nov 2026", "Sun, 22 Now 2026 10:15:30 GMT"]
        {
            assert_eq!(Timestamp::from_http_date(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn known_moments_are_written_as_rfc3339_writes_them() {
        fn check(millis: i64, expect: &str) {
            assert_eq!(Timestamp(millis).rfc3339(), expect);
        }
        check(0, "1970-01-01T00:00:00.000Z");
        check(951_782_400_000, "2000-02-29T00:00:00.000Z");
        check(1_795_342_530_123, "2026-11-22T10:15:30.123Z");
        check(-1, "1969-12-31T23:59:59.999Z");
    }

    #[test]
    fn an_amz_date_reads_back() {
        let at = Timestamp(1_795_342_530_000);
        assert_eq!(Timestamp::from_amz_date(&at.amz_date()), Some(at));
        for wrong in ["", "20261122", "20261322T101530Z", "2026112aT101530Z", "20261122T251530Z"] {
            assert_eq!(Timestamp::from_amz_date(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn times_of_forges_and_git_are_read_with_their_offsets() {
        fn check(text: &str, expect: Option<&str>) {
            let read = Timestamp::from_rfc3339(text).map(Timestamp::rfc3339);
            assert_eq!(read.as_deref(), expect, "{text}");
        }
        check("2018-06-29T19:34:13+05:30", Some("2018-06-29T14:04:13.000Z"));
        check("2018-06-19T19:03:12-07:00", Some("2018-06-20T02:03:12.000Z"));
        check("2024-05-01T10:00:00Z", Some("2024-05-01T10:00:00.000Z"));
        check("2024-05-01T10:00:00.25Z", Some("2024-05-01T10:00:00.250Z"));
        for wrong in [
            "",
            "2024-05-01",
            "2024-05-01T10:00:00",
            "2024-05-01 10:00:00Z",
            "2024-05-01T10:00:00.Z",
        ] {
            check(wrong, None);
        }
        check("2024-05-01T10:00:00é", None);
    }
}
