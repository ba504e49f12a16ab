//! Dumps, as `xxd`, `hexdump -C`, `od -c` and `od -tx1` print them: an offset, the bytes, and perhaps
//! the text that they are. A dump is read as what it is a dump of, so a secret is found in it over the
//! ends of its lines, and its digits go with its letters.
//!
//! What is no line of a dump passes untouched and at once.

mod line;

use crate::masker::{Finder, MASK};
use crate::places::line_end;
use line::{Line, may_be_line};

/// The dumps of one stream.
#[derive(Debug, Default)]
pub(crate) struct Dumps {
    /// What has come of a line that may be a dump's.
    open: Vec<u8>,
    /// Whether the beginning of the line that is open has passed: it is no dump's.
    passing: bool,
    /// The lines of a dump that may still turn out to show a secret.
    lines: Vec<Line>,
    /// What the last line of a dump showed; nothing where none came before.
    row: Vec<u8>,
    /// The bytes that they show.
    bytes: Vec<u8>,
    /// Whether each is hidden, as far as that is decided.
    decided: Vec<bool>,
}

impl Dumps {
    /// Takes the next piece and gives what is decided of it.
    pub fn push(&mut self, finder: &Finder, piece: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(piece.len());
        let mut rest = piece;
        while !rest.is_empty() {
            let end = line_end(rest);
            let (part, after) = rest.split_at(end.unwrap_or(rest.len()));
            self.take(finder, part, end.is_some(), &mut out);
            rest = after;
        }
        self.decide(finder, false);
        self.give_decided(&mut out);
        out
    }

    /// Gives what was held back: no more will come.
    pub fn finish(&mut self, finder: &Finder) -> Vec<u8> {
        let (open, mut out) = (std::mem::take(&mut self.open), Vec::new());
        self.take_line(finder, &open, &mut out);
        self.end(finder, &mut out);
        out
    }

    /// Takes a part of one line, which may end it.
    fn take(&mut self, finder: &Finder, part: &[u8], ends: bool, out: &mut Vec<u8>) {
        if self.passing {
            out.extend_from_slice(part);
            self.passing = !ends;
        } else if self.open.is_empty() && ends {
            self.take_line(finder, part, out);
        } else {
            self.open.extend_from_slice(part);
            if ends || !may_be_line(&self.open) {
                let open = std::mem::take(&mut self.open);
                self.take_line(finder, &open, out);
                self.passing = !ends;
            }
        }
    }

    fn take_line(&mut self, finder: &Finder, text: &[u8], out: &mut Vec<u8>) {
        match Line::read(text, &self.row) {
            Some(line) => {
                self.row.clone_from(&line.bytes);
                self.bytes.extend_from_slice(&line.bytes);
                self.lines.push(line);
            }
            None => {
                self.end(finder, out);
                out.extend_from_slice(text);
            }
        }
    }

    /// The dump is over.
    fn end(&mut self, finder: &Finder, out: &mut Vec<u8>) {
        self.row.clear();
        if !self.lines.is_empty() {
            self.decide(finder, true);
            self.give_decided(out);
        }
    }

    /// Decides of all bytes before the first one that a form may begin at whose end has not come.
    fn decide(&mut self, finder: &Finder, last: bool) {
        let undecided = |from| match last {
            true => self.bytes.len(),
            false => finder.undecided(&self.bytes, from),
        };
        let mut hold = undecided(self.decided.len());
        while let Some((start, end)) = finder.find(&self.bytes, self.decided.len()) {
            if start >= hold {
                break;
            }
            self.decided.resize(start, false);
            self.decided.resize(end, true);
            if end > hold {
                hold = undecided(end);
            }
        }
        self.decided.resize(hold, false);
    }

    /// Gives the lines of which every byte is decided.
    fn give_decided(&mut self, out: &mut Vec<u8>) {
        let (mut lines, mut given) = (0, 0);
        for line in &self.lines {
            let Some(hidden) = self.decided.get(given..given + line.bytes.len()) else { break };
            line.write(hidden, out);
            given += line.bytes.len();
            lines += 1;
        }
        self.lines.drain(..lines);
        self.bytes.drain(..given);
        self.decided.drain(..given);
    }
}

#[cfg(test)]
mod tests;
