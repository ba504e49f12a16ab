//! When a server that is busy wants to be asked again (RFC 9110, 10.2.3).

use crate::limits::RETRY_AFTER_MAX;
use domain::Timestamp;
use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};
use std::time::Duration;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// How long to wait, from `Retry-After`: seconds, or a date that is compared with the answer's own
/// `Date`, so that no two machines' clocks are. At most [`RETRY_AFTER_MAX`]; `None` where the
/// header is absent or unreadable.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let asked = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match asked.parse::<u32>() {
        Ok(seconds) => Duration::from_secs(seconds.into()),
        Err(_) => until(http_date(asked)?, date(headers)?),
    };
    Some(wait.min(RETRY_AFTER_MAX))
}

/// When the server says that it answered, by its own clock.
pub fn date(headers: &HeaderMap) -> Option<Timestamp> {
    http_date(headers.get(DATE)?.to_str().ok()?.trim())
}

fn until(later: Timestamp, now: Timestamp) -> Duration {
    Duration::from_millis(later.millis_since(now).try_into().unwrap_or(0))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that servers may send.
fn http_date(text: &str) -> Option<Timestamp> {
    let words: Vec<&str> = text.split(' ').collect();
    let [_, day, month, year, clock, "GMT"] = words[..] else { return None };
    let month = MONTHS.iter().position(|it| *it == month)? + 1;
    Timestamp::from_rfc3339(&format!("{year}-{month:02}-{day}T{clock}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn seconds_and_dates_are_read_and_bounded() {
        let check = |text: &'static str, expect: Option<u64>| {
            let date = HeaderValue::from_static("Sun, 06 Nov 1994 08:00:00 GMT");
            let asked = HeaderValue::from_static(text);
            let headers = HeaderMap::from_iter([(DATE, date), (RETRY_AFTER, asked)]);
            assert_eq!(retry_after(&headers).map(|wait| wait.as_secs()), expect, "{text}");
        };
        check("120", Some(120));
        check("Sun, 06 Nov 1994 08:49:37 GMT", Some(49 * 60 + 37));
        check("Sun, 06 Nov 1994 07:00:00 GMT", Some(0));
        check("4294967295", Some(RETRY_AFTER_MAX.as_secs()));
        check("soon", None);
        check("-1", None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
