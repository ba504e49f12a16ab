//! A diagnosis for a terminal.

use crate::limits::REPORT_LINE_CHARS_MAX;
use identity::doctor::{Compared, Diagnosis, Facts, Finding, Verdict, Weight};
use serde_json::Value as Json;
use std::fmt::Write;

/// The claims that are shown; the others are named.
const SHOWN_CLAIMS: [&str; 5] = ["iss", "sub", "aud", "azp", "jti"];

/// The report, as text.
pub(super) fn text(diagnosis: &Diagnosis) -> String {
    let mut text = String::new();
    if let Some(facts) = &diagnosis.token {
        show_token(facts, diagnosis.signature_checked, &mut text);
    }
    for verdict in &diagnosis.verdicts {
        show_verdict(verdict, &mut text);
    }
    let all = || diagnosis.verdicts.iter().flat_map(|it| &it.findings);
    let unknown = all().any(|it| it.weight == Weight::Unknown);
    line(
        &mut text,
        0,
        match (diagnosis.accepted, diagnosis.judged, unknown) {
            (true, false, _) => {
                "Nothing is wrong with what was brought. Bring what the token is judged by, too."
            }
            (true, true, false) => "It would be accepted.",
            (true, true, true) => "It would be accepted, if what is not known here is right.",
            (false, ..) => "It would not be accepted.",
        },
    );
    text
}

/// What may be seen of the token.
fn show_token(facts: &Facts, checked: bool, text: &mut String) {
    line(text, 0, "The token:");
    for name in SHOWN_CLAIMS {
        if let Some(value) = facts.claims.get(name) {
            line(text, 1, &format!("{name:<4} {}", plain(value)));
        }
    }
    if let Some(ends) = &facts.ends {
        line(text, 1, &format!("ends {ends}"));
    }
    let others: Vec<&str> = facts
        .claims
        .keys()
        .map(String::as_str)
        .filter(|name| !SHOWN_CLAIMS.contains(name))
        .collect();
    if !others.is_empty() {
        line(text, 1, &format!("and {}", others.join(", ")));
    }
    if let Some(sha256) = &facts.sha256 {
        let signature =
            if checked { "checked" } else { "not checked: give the issuer's keys by --jwks" };
        line(text, 1, &format!("sha256 {sha256}…; its signature was {signature}"));
    }
    text.push('\n');
}

fn show_verdict(verdict: &Verdict, text: &mut String) {
    line(text, 0, &format!("{}:", capital(&verdict.of)));
    if let Some(answer) = &verdict.answer {
        line(text, 1, &format!("the service answers: {answer}"));
    }
    if verdict.findings.is_empty() {
        line(text, 1, "nothing stands in the way");
    }
    for finding in &verdict.findings {
        show_finding(finding, text);
    }
    text.push('\n');
}

fn show_finding(finding: &Finding, text: &mut String) {
    let weight = match finding.weight {
        Weight::Refused => "refused",
        Weight::Warning => "warning",
        Weight::Unknown => "not known",
    };
    let cause =
        finding.cause.map(|cause| format!(" (cause {}: {})", cause.number(), cause.title()));
    line(text, 1, &format!("{weight}: {}{}", finding.message, cause.unwrap_or_default()));
    if let Some(compared) = &finding.compared {
        show_compared(compared, text);
    }
    if !finding.fix.is_empty() {
        line(text, 2, &format!("fix: {}", finding.fix));
    }
}

/// The condition and the claim under one another, with what differs marked.
fn show_compared(compared: &Compared, text: &mut String) {
    let Compared { condition, line: at, claim, wanted, found, marks } = compared;
    let at = at.map(|at| format!(" (line {at})")).unwrap_or_default();
    line(text, 2, &format!("{condition}{at}"));
    // Never broken: the carets stand under what they are about.
    let mut row = |name: &str, value: &str| {
        let _ = writeln!(text, "      {name:<9} {}", printable(value));
    };
    match marks {
        Some(marks) => {
            row("wanted", &marks.wanted);
            row(claim.split(' ').next().unwrap_or_default(), &marks.found);
            row("", &marks.carets);
        }
        None => {
            row("wanted", &wanted.join(" or "));
            row(claim, if found.is_empty() { "(none)" } else { "" });
        }
    }
}

fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Nothing that would steer the terminal.
fn printable(text: &str) -> String {
    text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect()
}

/// Lines of these words, indented, broken between words.
fn line(text: &mut String, depth: usize, words: &str) {
    let indent = "  ".repeat(depth);
    let mut current = indent.clone();
    for word in printable(words).split(' ') {
        let long = current.chars().count() + word.chars().count() >= REPORT_LINE_CHARS_MAX;
        if long && current.trim() != "" {
            let _ = writeln!(text, "{}", current.trim_end());
            current = format!("{indent}  ");
        }
        let _ = write!(current, "{word} ");
    }
    let _ = writeln!(text, "{}", current.trim_end());
}
