//! What a forge answered git, by git's own trace of the headers. git prints no more than a status,
//! and takes any page for a repository that is served as plain files: an empty one.
//!
//! The trace comes through the pipe of git's complaints and is in no file. git leaves credentials
//! out of it, and nothing of it is shown.

use crate::answer::{header_text, limit};
use egress::{HeaderMap, HeaderName, HeaderValue, header};
use std::time::Duration;

/// What makes git write it.
pub(super) const VARIABLES: [(&str, &str); 3] =
    [("GIT_TRACE_CURL", "1"), ("GIT_TRACE_CURL_NO_DATA", "1"), ("GIT_TRACE_REDACT", "1")];

/// How the types of all answers of a git server begin.
const GITS: &str = "application/x-git-";

/// What git said, and what it was answered.
#[derive(Default)]
pub(super) struct Said {
    /// Its own words.
    pub(super) complaint: String,
    answers: Vec<Answer>,
    /// Whether a proxy is asked for a way through it: what it answers is nobody's else.
    to_proxy: bool,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
}

impl Said {
    /// Tells git's own words from its trace.
    pub(super) fn read(text: &str) -> Self {
        let mut said = Self::default();
        for line in text.lines() {
            match traced(line) {
                Some(line) => said.hear(line),
                None => said.complaint.extend([line, "\n"]),
            }
        }
        said
    }

    fn hear(&mut self, line: &str) {
        if let Some(sent) = line.strip_prefix("=> Send header: ") {
            if sent.contains(" HTTP/") {
                self.to_proxy = sent.starts_with("CONNECT ");
            }
        } else if let Some(line) = line.strip_prefix("<= Recv header: ").filter(|_| !self.to_proxy)
        {
            match (status(line), self.answers.last_mut()) {
                (Some(status), _) => {
                    self.answers.push(Answer { status, headers: HeaderMap::new() });
                }
                (None, Some(answer)) => answer.hear(line),
                (None, None) => {}
            }
        }
    }

    /// How long the forge asks to be left alone.
    pub(super) fn limit(&self) -> Option<Duration> {
        self.answers.last().and_then(|last| limit(last.status, &last.headers))
    }

    /// The type of an answer that is no git server's, though its status is a good one.
    pub(super) fn no_gits(&self) -> Option<&str> {
        let good = self.answers.iter().filter(|it| (200..300).contains(&it.status));
        let mut kinds =
            good.map(|it| header_text(&it.headers, header::CONTENT_TYPE.as_str()).unwrap_or(""));
        kinds.find(|kind| !kind.to_ascii_lowercase().starts_with(GITS))
    }
}

impl Answer {
    fn hear(&mut self, line: &str) {
        let Some((name, value)) = line.split_once(':') else { return };
        let name = HeaderName::from_bytes(name.trim().as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value.trim())) {
            // So many as have no room there say nothing either.
            let _ = self.headers.try_append(name, value);
        }
    }
}

/// What a line of the trace tells: `21:00:46.450512 http.c:872   <= Recv header: Retry-After: 60`.
fn traced(line: &str) -> Option<&str> {
    let (time, rest) = line.split_once(" http.c:")?;
    let is_time = time.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | '.'));
    let told = rest.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
    is_time.then_some(told)
}

/// That of a line that begins an answer: `HTTP/1.1 429 Too Many Requests`.
fn status(line: &str) -> Option<u16> {
    line.strip_prefix("HTTP/")?.split(' ').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(lines: &[&str]) -> Said {
        let traced = lines.iter().map(|line| match line.strip_prefix('!') {
            Some(own) => format!("{own}\n"),
            None => format!("21:00:46.450512 http.c:872              {line}\n"),
        });
        Said::read(&traced.collect::<String>())
    }

    #[test]
    fn gits_own_words_are_told_from_its_trace_and_a_limit_is_read_there() {
        let heard = said(&[
            "== Info: Connected to forge.example (192.0.2.1) port 443",
            "=> Send header: GET /a/b.git/info/refs?service=git-upload-pack HTTP/2",
            "=> Send header: Authorization: Basic <redacted>",
            "<= Recv header, 0000000032 bytes (0x00000020)",
            "<= Recv header: HTTP/2 429",
            "<= Recv header: retry-after: 60",
            "<= Recv header:",
            "!remote: Slow down.",
            "!fatal: unable to access 'https://x/': The requested URL returned error: 429",
        ]);
        assert_eq!(heard.limit(), Some(Duration::from_secs(60)));
        assert_eq!(heard.complaint.lines().count(), 2, "{}", heard.complaint);
    }

    #[test]
    fn what_is_no_git_servers_is_known_by_its_type_and_a_proxys_yes_is_not_meant() {
        fn check(lines: &[&str], expect: Option<&str>) {
            assert_eq!(said(lines).no_gits(), expect, "{lines:?}");
        }
        let ok = "<= Recv header: HTTP/1.1 200 OK";
        let gits = "<= Recv header: Content-Type: application/x-git-upload-pack-advertisement";
        let page = "<= Recv header: Content-Type: text/html; charset=utf-8";
        check(&[ok, gits], None);
        check(&[ok, page], Some("text/html; charset=utf-8"));
        check(&[ok], Some(""));
        check(&[ok, gits, ok, page], Some("text/html; charset=utf-8"));
        check(&["<= Recv header: HTTP/1.1 404 Not Found", page], None);
        let connect = "=> Send header: CONNECT forge.example:443 HTTP/1.1";
        let get = "=> Send header: GET /a/b.git/info/refs HTTP/1.1";
        check(&[connect, ok, get, ok, gits], None);
        check(&[], None);
    }
}
