//! When a server that is busy wants to be asked again (RFC 9110, 10.2.3).

use crate::limits::RETRY_AFTER_SECONDS_MAX;
use domain::Timestamp;
use http::HeaderMap;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Reads `Retry-After`, seconds or a date; `at` is when the answer came. Never later than
/// [`RETRY_AFTER_SECONDS_MAX`], never before `at`; `None` where the header is absent or unreadable.
pub fn retry_after(headers: &HeaderMap, at: Timestamp) -> Option<Timestamp> {
    let text = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = text.parse::<u32>().ok().map(|seconds| at.plus_seconds(seconds.into()));
    let asked = seconds.or_else(|| http_date(text))?;
    Some(asked.clamp(at, at.plus_seconds(RETRY_AFTER_SECONDS_MAX)))
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

    #[test]
    fn seconds_and_dates_are_read_and_bounded() {
        let at = Timestamp::from_rfc3339("1994-11-06T08:00:00Z").expect("a time");
        let check = |text: &'static str, expect: Option<i64>| {
            let headers = HeaderMap::from_iter([(
                http::header::RETRY_AFTER,
                http::HeaderValue::from_static(text),
            )]);
            let wait = retry_after(&headers, at).map(|until| until.millis_since(at) / 1000);
            assert_eq!(wait, expect, "{text}");
        };
        check("120", Some(120));
        check("Sun, 06 Nov 1994 08:49:37 GMT", Some(49 * 60 + 37));
        check("Sun, 06 Nov 1994 07:00:00 GMT", Some(0));
        check("4294967295", Some(RETRY_AFTER_SECONDS_MAX));
        check("soon", None);
        check("-1", None);
        assert_eq!(retry_after(&HeaderMap::new(), at), None);
    }
}
