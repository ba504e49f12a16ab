//! Terminal output as spans with classes: colours and weights are kept, every other control
//! sequence is dropped, and nothing of it can become markup.

use serde::{Deserialize, Serialize};

/// A stretch of a log line in one look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// Space-separated class names from a fixed set; empty for plain text.
    pub look: String,
    /// The text, without control sequences.
    pub text: String,
}

/// Takes one line apart. A carriage return overwrites the line, as a terminal shows it, so that
/// of a progress bar only its last state is seen.
pub fn stretches(line: &str) -> Vec<Stretch> {
    let seen = line.trim_end_matches(['\r', '\n']);
    let seen = seen.rsplit_once('\r').map_or(seen, |(_, last)| last);
    let (mut out, mut look, mut rest) = (Vec::new(), Look::default(), seen);
    while let Some(at) = rest.find('\u{1b}') {
        push(&mut out, &look, &rest[..at]);
        let (sequence, after) = sequence(&rest[at + 1..]);
        if let Some(codes) = sequence {
            look.apply(codes);
        }
        rest = after;
    }
    push(&mut out, &look, rest);
    out
}

fn push(out: &mut Vec<Stretch>, look: &Look, text: &str) {
    if text.is_empty() {
        return;
    }
    let classes = look.classes();
    match out.last_mut() {
        Some(last) if last.look == classes => last.text.push_str(text),
        _ => out.push(Stretch { look: classes, text: text.to_owned() }),
    }
}

/// Reads what follows an escape character (ECMA-48): the codes of a "select graphic rendition"
/// if it is one, and the text behind the sequence. An unfinished sequence swallows the line.
fn sequence(text: &str) -> (Option<&str>, &str) {
    match text.as_bytes().first() {
        Some(b'[') => control_sequence(&text[1..]),
        // Operating system commands and their kin (titles, hyperlinks) end with BEL or ESC \.
        Some(b']' | b'P' | b'X' | b'^' | b'_') => (None, after_string(&text[1..])),
        Some(b' '..=b'/') => (None, text.get(2..).unwrap_or("")),
        Some(b'0'..=b'~') => (None, &text[1..]),
        _ => (None, text),
    }
}

fn control_sequence(text: &str) -> (Option<&str>, &str) {
    match text.find(|c: char| !matches!(c, ' '..='?')) {
        Some(end) if text[end..].starts_with('m') => (Some(&text[..end]), &text[end + 1..]),
        Some(end) if matches!(text.as_bytes()[end], b'@'..=b'~') => (None, &text[end + 1..]),
        Some(end) => (None, &text[end..]),
        None => (None, ""),
    }
}

fn after_string(text: &str) -> &str {
    let bell = text.find('\u{7}').map(|at| at + 1);
    let end = text.find("\u{1b}\\").map(|at| at + 2);
    let first = [bell, end].into_iter().flatten().min();
    first.map_or("", |at| &text[at..])
}

#[derive(Default)]
struct Look {
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
    front: Option<u8>,
    back: Option<u8>,
}

impl Look {
    fn apply(&mut self, codes: &str) {
        let mut numbers = codes.split([';', ':']).map(|code| code.parse::<u16>().unwrap_or(0));
        while let Some(code) = numbers.next() {
            match code {
                0 => *self = Self::default(),
                1 => self.bold = true,
                2 => self.dim = true,
                3 => self.italic = true,
                4 => self.underline = true,
                22 => (self.bold, self.dim) = (false, false),
                23 => self.italic = false,
                24 => self.underline = false,
                30..=37 => self.front = Some((code - 30) as u8),
                38 => self.front = colour(&mut numbers),
                39 => self.front = None,
                40..=47 => self.back = Some((code - 40) as u8),
                48 => self.back = colour(&mut numbers),
                49 => self.back = None,
                90..=97 => self.front = Some((code - 82) as u8),
                100..=107 => self.back = Some((code - 92) as u8),
                _ => {}
            }
        }
    }

    fn classes(&self) -> String {
        let flags = [
            (self.bold, "bold"),
            (self.dim, "dim"),
            (self.italic, "italic"),
            (self.underline, "line"),
        ];
        let named = flags.into_iter().filter(|(on, _)| *on).map(|(_, name)| name.to_owned());
        let front = self.front.map(|colour| format!("f{colour}"));
        let back = self.back.map(|colour| format!("b{colour}"));
        named.chain(front).chain(back).collect::<Vec<_>>().join(" ")
    }
}

/// A colour of the long forms, `5;n` or `2;r;g;b`, as the nearest of the sixteen. Pages carry no
/// inline styles, so there is a class for sixteen colours and none for sixteen million.
fn colour(numbers: &mut impl Iterator<Item = u16>) -> Option<u8> {
    match numbers.next()? {
        5 => match numbers.next()? {
            basic @ 0..16 => Some(basic as u8),
            cube @ 16..232 => {
                Some(nearest(cube_part(cube, 36), cube_part(cube, 6), cube_part(cube, 1)))
            }
            grey => Some(nearest(grey_part(grey), grey_part(grey), grey_part(grey))),
        },
        2 => Some(nearest(numbers.next()?, numbers.next()?, numbers.next()?)),
        _ => None,
    }
}

fn cube_part(code: u16, weight: u16) -> u16 {
    [0, 95, 135, 175, 215, 255][((code - 16) / weight % 6) as usize]
}

fn grey_part(code: u16) -> u16 {
    code.saturating_sub(232) * 10 + 8
}

/// One bit a component, and the bright half where the strongest is strong: 8 is grey, 15 white.
fn nearest(red: u16, green: u16, blue: u16) -> u8 {
    let strongest = red.max(green).max(blue);
    let bit =
        |part: u16, weight: u8| if strongest > 60 && part * 2 > strongest { weight } else { 0 };
    let hue = bit(red, 1) | bit(green, 2) | bit(blue, 4);
    match (hue, strongest) {
        (7, ..160) => 8,
        (_, 192..) => hue + 8,
        _ => hue,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expect: &[(&str, &str)]) {
        let seen = stretches(line);
        let seen: Vec<_> = seen.iter().map(|s| (s.look.as_str(), s.text.as_str())).collect();
        assert_eq!(seen, expect, "{line:?}");
    }

    #[test]
    fn colours_and_weights_are_kept() {
        check("plain\n", &[("", "plain")]);
        check("\u{1b}[1;32mok\u{1b}[0m done", &[("bold f2", "ok"), ("", " done")]);
        check("\u{1b}[91ma\u{1b}[39;44mb", &[("f9", "a"), ("b4", "b")]);
        check(
            "\u{1b}[38;5;196mx\u{1b}[38;2;0;0;255my\u{1b}[mz",
            &[("f9", "x"), ("f12", "y"), ("", "z")],
        );
        check("\u{1b}[38;5;240mgrey", &[("f8", "grey")]);
    }

    #[test]
    fn everything_else_is_dropped() {
        check("a\u{1b}[2Kb\u{1b}[?25lc\u{1b}[10;3Hd", &[("", "abcd")]);
        check(
            "\u{1b}]0;title\u{7}x\u{1b}]8;;https://evil\u{1b}\\link\u{1b}]8;;\u{1b}\\",
            &[("", "xlink")],
        );
        check("a\u{1b}(Bb\u{1b}=c", &[("", "abc")]);
    }

    #[test]
    fn a_progress_bar_shows_its_last_state() {
        check("10%\r50%\r100%\r\n", &[("", "100%")]);
    }

    #[test]
    fn broken_sequences_do_no_harm() {
        for line in [
            "\u{1b}",
            "\u{1b}[",
            "\u{1b}[38;5",
            "\u{1b}[999999999999m",
            "\u{1b}]8;;x",
            "\u{1b}é",
            "\u{1b}[é",
            "\u{1b}(é",
        ] {
            let _ = stretches(line);
        }
        check("\u{1b}[38;5m<script>", &[("", "<script>")]);
    }
}
