//! Rows for a terminal: columns as wide as they need to be, nothing wrapped.

use std::fmt::Write as _;
use std::io::{self, Write};

use domain::Timestamp;
use serde_json::Value;

/// Writes a heading and rows.
///
/// # Errors
/// The stream is closed.
pub fn write(out: &mut dyn Write, heading: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([heading[column].len()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..heading.len()).map(width).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded = cells.zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    writeln!(out, "{}", line(&mut heading.iter().copied()))?;
    for row in rows {
        writeln!(out, "{}", line(&mut row.iter().map(String::as_str)))?;
    }
    out.flush()
}

/// Writes names with their values, one a line.
///
/// # Errors
/// The stream is closed.
pub fn fields(out: &mut dyn Write, fields: &[(&str, String)]) -> io::Result<()> {
    let width = fields.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, value) in fields {
        writeln!(out, "{name:<width$}  {value}")?;
    }
    out.flush()
}

/// A member of a JSON answer as text: strings bare, what is absent as "-".
pub fn text(value: &Value, member: &str) -> String {
    match &value[member] {
        Value::Null => "-".to_owned(),
        Value::String(text) => printable(text),
        other => printable(&other.to_string()),
    }
}

/// A member that is a moment (epoch seconds) as RFC 3339.
pub fn moment(value: &Value, member: &str) -> String {
    millis(value, member).map_or("-".to_owned(), |millis| Timestamp(millis).rfc3339())
}

/// The time between two members that are moments: `1.250 s`.
pub fn span(value: &Value, from: &str, to: &str) -> String {
    match (millis(value, from), millis(value, to)) {
        (Some(from), Some(to)) => format!("{:.3} s", (to - from) as f64 / 1000.0),
        _ => "-".to_owned(),
    }
}

fn millis(value: &Value, member: &str) -> Option<i64> {
    value[member].as_f64().map(|seconds| (seconds * 1000.0).round() as i64)
}

/// A line of a step's output: its colours (ECMA-48, SGR) stay. What does more to a terminal than
/// colour it (titles, cleared screens, overwritten lines) is spelled out, for who reads a log is
/// not who wrote it.
pub fn coloured(line: &str) -> String {
    let (mut shown, mut rest) = (String::with_capacity(line.len()), line);
    while let Some(at) = rest.find(|c| steers(c) && c != '\t') {
        let (plain, special) = rest.split_at(at);
        let (colour, after) = special.split_at(colour_bytes(special));
        shown.extend([plain, colour]);
        rest = after;
        if let ("", Some(character)) = (colour, special.chars().next()) {
            shown.extend(character.escape_default());
            rest = &special[character.len_utf8()..];
        }
    }
    shown + rest
}

/// Whether a terminal does something else with a character than to show it: a control, or a turn
/// of the reading direction ("Trojan Source", CVE-2021-42574).
fn steers(character: char) -> bool {
    let turns = matches!(character, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    character.is_control() || turns
}

/// The length of the colour sequence that a text begins with; 0 where it begins with none.
fn colour_bytes(text: &str) -> usize {
    let Some(parameters) = text.strip_prefix("\u{1b}[") else { return 0 };
    let others = |c: char| !(c.is_ascii_digit() || matches!(c, ';' | ':'));
    match parameters.find(others) {
        Some(end) if parameters[end..].starts_with('m') => 2 + end + 1,
        _ => 0,
    }
}

/// A commit message or a ref is a stranger's text: what would steer the terminal is spelled out.
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match steers(character) {
            true => write!(shown, "{}", character.escape_default()).unwrap_or_default(),
            false => shown.push(character),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows =
            [vec!["äpfel".to_owned(), "1".to_owned()], vec!["x".to_owned(), "22".to_owned()]];
        let mut out = Vec::new();
        write(&mut out, &["NAME", "COUNT"], &rows).expect("written");
        assert_eq!(String::from_utf8(out).expect("text"), "NAME   COUNT\näpfel  1\nx      22\n");
    }

    #[test]
    fn fields_stand_under_one_another() {
        let mut out = Vec::new();
        fields(&mut out, &[("id", "1".into()), ("name", "n".into())]).expect("written");
        assert_eq!(String::from_utf8(out).expect("text"), "id    1\nname  n\n");
    }

    #[test]
    fn members_become_text() {
        let row = json!({ "name": "a\u{1b}[31m\nb", "n": 3, "from": 1_795_342_530.0, "to": 1_795_342_531.25 });
        fn check(shown: String, expect: &str) {
            assert_eq!(shown, expect);
        }
        check(text(&row, "name"), r"a\u{1b}[31m\nb");
        check(text(&row, "n"), "3");
        check(text(&row, "absent"), "-");
        check(moment(&row, "from"), "2026-11-22T10:15:30.000Z");
        check(moment(&row, "absent"), "-");
        check(span(&row, "from", "to"), "1.250 s");
        check(span(&row, "from", "absent"), "-");
    }

    #[test]
    fn a_log_keeps_its_colours_and_steers_nothing_else() {
        fn check(line: &str, expect: &str) {
            assert_eq!(coloured(line), expect);
        }
        check("\tplain, Größe", "\tplain, Größe");
        check("\u{1b}[1;31mred\u{1b}[m ok", "\u{1b}[1;31mred\u{1b}[m ok");
        check("\u{1b}]0;title\u{7}x", "\\u{1b}]0;title\\u{7}x");
        check("\u{1b}[2Jx", "\\u{1b}[2Jx");
        check("10 %\r20 %", "10 %\\r20 %");
        check("\u{1b}[31", "\\u{1b}[31");
        check("\u{9b}31m", "\\u{9b}31m");
        check("a\u{202e}b", "a\\u{202e}b");
        check("\u{1b}\u{1b}[0m", "\\u{1b}\u{1b}[0m");
    }
}
