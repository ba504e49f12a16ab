//! What is wrong with a text that a person wrote: where, in which line, and what to do about it.
//! A diagnostic carries its own source line, so whoever shows it needs nothing else. Which rules
//! there are is left to the recipes.

use crate::limits::SOURCE_LINE_CHARS_MAX;
use serde::Serialize;
use std::fmt;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The text is wrong; its own service would refuse it too.
    Error,
    /// The text is right, but Towpath does not do this yet, and doing without it would run
    /// something else than what was written.
    Unsupported,
    /// It runs, but not quite where or how the text says, or a word in it means nothing.
    Warning,
}

/// A place in a text, counted from 1 in lines and characters. Line 0 means the text as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// The line.
    pub line: u32,
    /// The character in the line.
    pub column: u32,
    /// How many characters it is about.
    pub width: u32,
}

/// One finding in one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// How much it weighs.
    pub severity: Severity,
    /// The file as the person named it.
    pub file: String,
    /// The line, from 1; 0 when it is about the file as a whole.
    pub line: u32,
    /// The character in the line, from 1.
    pub column: u32,
    /// How many characters it is about.
    pub width: u32,
    /// What is wrong, in the words of the service whose format it is where those are known.
    pub message: String,
    /// The line itself, harmless to print: cut to a window around the column, no control characters.
    pub source_line: String,
    /// How many characters were cut off before the window.
    #[serde(skip)]
    window_start: u32,
    /// What would be right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

impl Diagnostic {
    /// The finding as `file:line:column: severity: message`, for a log.
    pub fn headline(&self) -> String {
        let Self { file, line, column, severity, message, .. } = self;
        match line {
            0 => format!("{file}: {severity}: {message}"),
            _ => format!("{file}:{line}:{column}: {severity}: {message}"),
        }
    }
}

/// A text under examination and the name that diagnostics call it by.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The name, usually the path as it was given.
    pub name: &'a str,
    /// The whole text.
    pub text: &'a str,
}

impl Source<'_> {
    /// Makes a diagnostic at a place of this text.
    pub fn diagnostic(
        &self,
        severity: Severity,
        place: Place,
        message: impl Into<String>,
        fix: Option<String>,
    ) -> Diagnostic {
        let (source_line, window_start) = self.window(place);
        Diagnostic {
            severity,
            file: self.name.to_owned(),
            line: place.line,
            column: place.column,
            width: place.width,
            message: printable(&message.into()),
            source_line,
            window_start,
            fix: fix.map(|fix| printable(&fix)),
        }
    }

    /// The part of the place's line that is worth showing, and how many characters precede it.
    fn window(&self, place: Place) -> (String, u32) {
        let Some(index) = place.line.checked_sub(1) else { return (String::new(), 0) };
        let line = line(self.text, index);
        let column = place.column.saturating_sub(1) as usize;
        let start = column.saturating_sub(SOURCE_LINE_CHARS_MAX / 2);
        let start = if column < SOURCE_LINE_CHARS_MAX * 3 / 4 { 0 } else { start };
        let shown: String = line.chars().skip(start).take(SOURCE_LINE_CHARS_MAX).collect();
        (printable(&shown), u32::try_from(start).unwrap_or(u32::MAX))
    }
}

/// A line of a text, from 0, as YAML counts lines: a carriage return alone ends one too.
pub(crate) fn line(text: &str, index: u32) -> &str {
    let text = text.trim_start_matches('\u{feff}');
    let mut lines =
        text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'));
    lines.nth(index as usize).unwrap_or_default()
}

/// Control characters become spaces, one for one, and so do the marks that turn the direction of
/// writing: a file must not steer the reader's terminal, and the caret must stay under its character.
fn printable(text: &str) -> String {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if steers(c) { ' ' } else { c }).collect()
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Unsupported => "unsupported",
            Self::Warning => "warning",
        })
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.severity, self.message)?;
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        if self.line == 0 {
            writeln!(f, "{margin}--> {}", self.file)?;
        } else {
            writeln!(f, "{margin}--> {}:{}:{}", self.file, self.line, self.column)?;
            writeln!(f, "{margin} |")?;
            writeln!(f, "{number} | {}", self.source_line.trim_end())?;
            writeln!(f, "{margin} | {}", self.caret())?;
        }
        if let Some(fix) = &self.fix {
            writeln!(f, "{margin} = fix: {fix}")?;
        }
        Ok(())
    }
}

impl Diagnostic {
    /// Spaces and carets that stand under what the finding is about.
    fn caret(&self) -> String {
        let before = self.column.saturating_sub(1).saturating_sub(self.window_start) as usize;
        let room = self.source_line.trim_end().chars().count().saturating_sub(before);
        let width = (self.width as usize).clamp(1, room.max(1));
        format!("{}{}", " ".repeat(before), "^".repeat(width))
    }
}

/// The word of a list that a person probably meant: one or two letters away, or the same but for
/// `_` and `-`.
pub fn closest<'a>(word: &str, words: &[&'a str]) -> Option<&'a str> {
    let word = word.replace('_', "-").to_lowercase();
    let allowed = if word.chars().count() < 5 { 1 } else { 2 };
    let scored = words.iter().map(|known| (distance(&word, known, allowed), *known));
    scored.filter(|(far, _)| *far <= allowed).min_by_key(|(far, _)| *far).map(|(_, known)| known)
}

/// How many letters must be changed, added or taken away to turn one word into the other; words
/// whose lengths already differ by more than `allowed` are not compared.
fn distance(one: &str, other: &str, allowed: usize) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if one.len().abs_diff(other.len()) > allowed {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let changed = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str, line: u32, column: u32, width: u32) -> String {
        let source = Source { name: "f.yml", text };
        let place = Place { line, column, width };
        source.diagnostic(Severity::Error, place, "wrong", Some("do so".into())).to_string()
    }

    #[test]
    fn a_diagnostic_points_at_its_place() {
        let expect =
            "error: wrong\n --> f.yml:2:3\n  |\n2 |   name: x\n  |   ^^^^\n  = fix: do so\n";
        assert_eq!(show("a:\n  name: x\n", 2, 3, 4), expect);
    }

    #[test]
    fn a_diagnostic_about_the_whole_file_has_no_line() {
        assert_eq!(show("", 0, 0, 0), "error: wrong\n --> f.yml\n  = fix: do so\n");
    }

    #[test]
    fn the_caret_stays_inside_the_line_and_under_its_character() {
        assert!(show("äb", 1, 2, 99).ends_with("1 | äb\n  |  ^\n  = fix: do so\n"));
        assert!(show("", 1, 1, 0).contains("  | ^\n"));
        let long = format!("{}HERE{}", "a".repeat(5000), "b".repeat(5000));
        let shown = show(&long, 1, 5001, 4);
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines[3].len() < 200);
        assert_eq!(lines[3].find("HERE"), lines[4].find("^^^^"));
    }

    #[test]
    fn a_file_cannot_steer_the_terminal() {
        assert!(
            !show("\u{1b}[2J\u{9b}\u{202e}x", 1, 1, 1).contains(['\u{1b}', '\u{9b}', '\u{202e}'])
        );
    }

    #[test]
    fn a_misspelt_word_finds_the_one_that_was_meant() {
        let known = ["script", "after-script", "max-time", "name"];
        for (word, expect) in [
            ("scripts", Some("script")),
            ("scirpt", Some("script")),
            ("after_script", Some("after-script")),
            ("maxtime", Some("max-time")),
            ("nome", Some("name")),
            ("image", None),
            ("", None),
        ] {
            assert_eq!(closest(word, &known), expect, "{word}");
        }
    }
}
