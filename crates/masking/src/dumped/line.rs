//! One line of a dump: where in it each byte stands.

use super::MASK;
use std::ops::Range;

/// A longer line is no dump's, in bytes: 256 bytes in digits, in letters, and what stands between.
const LINE_BYTES_MAX: usize = 1_200;
/// How many digits an offset has: 4 of tcpdump's, 7 of od's, 8 of xxd's, and those of large files.
const OFFSET_DIGITS: Range<usize> = 4..17;
/// What stands for a row that shows the same as the one before.
const AGAIN: &[u8] = b"*";
/// How many digits a byte has, or a word of several.
const GROUP_DIGITS: [usize; 4] = [2, 4, 8, GROUP_DIGITS_MAX];
const GROUP_DIGITS_MAX: usize = 16;
/// How many digits a word of two bytes has in octal.
const OCTAL_DIGITS: usize = 6;
/// How wide a byte stands in what `od -c` and `od -a` print.
const LETTER_COLUMNS: usize = 4;
/// How wide a word of two bytes stands in what `od -d` prints.
const DECIMAL_COLUMNS: usize = 6;
/// What `od -a` calls the bytes from zero to the blank.
const NAMES: [&[u8]; 33] = [
    b"nul", b"soh", b"stx", b"etx", b"eot", b"enq", b"ack", b"bel", b"bs", b"ht", b"nl", b"vt",
    b"ff", b"cr", b"so", b"si", b"dle", b"dc1", b"dc2", b"dc3", b"dc4", b"nak", b"syn", b"etb",
    b"can", b"em", b"sub", b"esc", b"fs", b"gs", b"rs", b"us", b"sp",
];

/// One line, read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    text: Vec<u8>,
    /// What it shows.
    pub bytes: Vec<u8>,
    /// Where each of the bytes stands; nowhere where the line says that they come again.
    digits: Vec<Range<usize>>,
    /// Where the first of them stands once more, as a letter.
    letters: Option<usize>,
}

/// What was read of a line: its bytes, where each stands, and where the first letter does.
type Shown = (Vec<u8>, Vec<Range<usize>>, Option<usize>);

/// Whether a line that begins so may be a dump's: an offset, or blanks and the digits of a byte or a word.
pub(super) fn may_be_line(beginning: &[u8]) -> bool {
    let text = without_end(beginning);
    let digits = hex_digits(text);
    let fits = match &text[digits..] {
        again if digits == 0 && again == AGAIN => true,
        [] => digits < OFFSET_DIGITS.end,
        [b' ', ..] if digits == 0 => {
            let group = text.trim_ascii_start();
            may_be_group(group) || may_be_letters(text) || may_be_decimals(text)
        }
        [b':'] | [b':', b' ', ..] | [b' ', ..] => OFFSET_DIGITS.contains(&digits),
        _ => false,
    };
    fits && text.len() <= LINE_BYTES_MAX
}

/// A byte, or a word of several.
fn may_be_group(text: &[u8]) -> bool {
    match hex_digits(text) {
        digits if digits == text.len() => digits <= GROUP_DIGITS_MAX,
        OCTAL_DIGITS => text[OCTAL_DIGITS] == b' ' && text[..OCTAL_DIGITS].iter().all(is_octal),
        digits => GROUP_DIGITS.contains(&digits) && text[digits] == b' ',
    }
}

/// Whether a line that begins so may be of `od -An -c` or `od -An -x`: every cell that is whole is one.
fn may_be_letters(beginning: &[u8]) -> bool {
    let cells = beginning.chunks_exact(LETTER_COLUMNS);
    let open = cells.remainder();
    open.first().is_none_or(|first| *first == b' ')
        && cells.into_iter().all(|it| letter(it).is_some())
}

/// Whether a line that begins so may be of `od -An -d`.
fn may_be_decimals(beginning: &[u8]) -> bool {
    let cells = beginning.chunks_exact(DECIMAL_COLUMNS);
    let open = cells.remainder();
    let digits = open.trim_ascii_start();
    (open.is_empty() || open.starts_with(b" "))
        && digits.iter().all(u8::is_ascii_digit)
        && cells.into_iter().all(|it| decimal(it).is_some())
}

impl Line {
    /// A whole line, with its end, behind one that showed `before`; `None` where it is no dump's.
    pub fn read(text: &[u8], before: &[u8]) -> Option<Self> {
        if !may_be_line(text) {
            return None;
        }
        let shown = without_end(text);
        if shown == AGAIN && !before.is_empty() {
            let bytes = before.to_vec();
            return Some(Self { text: text.to_vec(), bytes, digits: Vec::new(), letters: None });
        }
        let offset = hex_digits(shown);
        let named = shown.get(offset) == Some(&b':');
        let from = offset + usize::from(named);
        let found = decimals(shown, from)
            .or_else(|| hex(shown, from, named))
            .or_else(|| letters(shown, from));
        let (bytes, digits, letters) = found.filter(|(bytes, ..)| !bytes.is_empty())?;
        Some(Self { text: text.to_vec(), bytes, digits, letters })
    }

    /// The line without the bytes that are hidden.
    pub fn write(&self, hidden: &[bool], out: &mut Vec<u8>) {
        let hidden = if self.digits.is_empty() { &[] } else { hidden };
        let letter = |first: usize| move |at: usize| first + at..first + at + 1;
        let digits = hidden_places(hidden, |at| self.digits[at].clone());
        let letters = self.letters.map(|first| hidden_places(hidden, letter(first)));
        let mut at = 0;
        for place in digits.into_iter().chain(letters.into_iter().flatten()) {
            out.extend_from_slice(&self.text[at..place.start]);
            out.extend_from_slice(MASK.as_bytes());
            at = place.end;
        }
        out.extend_from_slice(&self.text[at..]);
    }
}

/// Where the hidden ones of some bytes stand, those in a row as one place.
fn hidden_places(hidden: &[bool], place: impl Fn(usize) -> Range<usize>) -> Vec<Range<usize>> {
    let (mut places, mut at) = (Vec::new(), 0);
    for alike in hidden.chunk_by(|one, next| one == next) {
        let end = at + alike.len();
        if alike[0] {
            let from = places.last().map_or(0, |last: &Range<usize>| last.end);
            places.push(place(at).start.max(from)..place(end - 1).end);
        }
        at = end;
    }
    places
}

/// Groups of digits, two a byte: in their order behind an offset with a colon, where the letters are what
/// stands last; elsewhere words, and letters stand behind a bar.
fn hex(line: &[u8], from: usize, named: bool) -> Option<Shown> {
    let most = line.len() / 2;
    let (mut bytes, mut places) = (Vec::with_capacity(most), Vec::with_capacity(most));
    let mut at = from;
    loop {
        let blanks = line[at..].iter().take_while(|byte| **byte == b' ').count();
        at += blanks;
        let apart = blanks > 1 && !bytes.is_empty();
        let letters = match line.get(at) {
            None => return Some((bytes, places, None)),
            Some(_) if apart && named => line.len().checked_sub(bytes.len()),
            Some(b'|' | b'>') if apart => Some(at + 1),
            Some(_) => None,
        };
        if letters.is_some() {
            let end = places.last().map_or(0, |last: &Range<usize>| last.end);
            let whole = |first: &usize| *first > end && first + bytes.len() <= line.len();
            let letters = letters.filter(whole);
            return Some((bytes, places, letters));
        }
        let digits = hex_digits(&line[at..]);
        if blanks == 0 || digits == 0 {
            return None;
        }
        let group = at..at + digits;
        match named {
            false if digits > 2 => {
                let word = word(&line[group.clone()])?;
                places.extend(word.iter().map(|_| group.clone()));
                bytes.extend(word);
            }
            _ if digits % 2 == 1 => return None,
            _ => {
                for pair in group.step_by(2) {
                    bytes.push(digit(line[pair]) << 4 | digit(line[pair + 1]));
                    places.push(pair..pair + 2);
                }
            }
        }
        at += digits;
    }
}

/// The bytes of digits in pairs, in their order.
fn pairs(digits: &[u8]) -> Option<Vec<u8>> {
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty()
        .then(|| pairs.iter().map(|[high, low]| digit(*high) << 4 | digit(*low)).collect())
}

/// The bytes of a word as `od` and `hexdump` print it where nobody asks for single bytes: the last one
/// first, as the machines that steps run on keep them; six octal digits are two bytes.
fn word(digits: &[u8]) -> Option<Vec<u8>> {
    if digits.len() == OCTAL_DIGITS {
        let octal = str::from_utf8(digits).ok()?;
        return u16::from_str_radix(octal, 8).ok().map(|word| word.to_le_bytes().to_vec());
    }
    let mut bytes = pairs(digits).filter(|bytes| [2, 4, 8].contains(&bytes.len()))?;
    bytes.reverse();
    Some(bytes)
}

/// Words of two bytes in decimal digits.
fn decimals(line: &[u8], from: usize) -> Option<Shown> {
    let cells = line[from..].chunks(DECIMAL_COLUMNS);
    let words: Vec<u16> = cells.map(decimal).collect::<Option<_>>()?;
    let place = |at: usize| {
        let end = from + (at / 2 + 1) * DECIMAL_COLUMNS;
        end + 1 - DECIMAL_COLUMNS..end
    };
    let places = (0..2 * words.len()).map(place).collect();
    Some((words.into_iter().flat_map(u16::to_le_bytes).collect(), places, None))
}

fn decimal(cell: &[u8]) -> Option<u16> {
    let digits = cell.strip_prefix(b" ").filter(|_| cell.len() == DECIMAL_COLUMNS)?;
    let digits = digits.trim_ascii_start();
    let is_number = digits.iter().all(u8::is_ascii_digit);
    str::from_utf8(digits).ok().filter(|_| is_number)?.parse().ok()
}

/// Bytes as letters, names, escapes or three octal digits.
fn letters(line: &[u8], from: usize) -> Option<Shown> {
    let cells = line[from..].chunks(LETTER_COLUMNS);
    let bytes: Vec<u8> = cells.map(letter).collect::<Option<_>>()?;
    let place = |at: usize| from + at * LETTER_COLUMNS + 1..from + (at + 1) * LETTER_COLUMNS;
    let places = (0..bytes.len()).map(place).collect();
    Some((bytes, places, None))
}

fn letter(cell: &[u8]) -> Option<u8> {
    let shown = cell.strip_prefix(b" ").filter(|shown| shown.len() + 1 == LETTER_COLUMNS)?;
    match shown.trim_ascii_start() {
        [] => Some(b' '),
        [byte] => Some(*byte),
        [b'\\', escape] => {
            let names = b"0abtnvfr".iter().zip([0, 7, 8, 9, 10, 11, 12, 13]);
            names.into_iter().find(|(name, _)| *name == escape).map(|(_, byte)| byte)
        }
        b"del" => Some(0x7f),
        octal if octal.len() == 3 && octal.iter().all(is_octal) => {
            u8::from_str_radix(str::from_utf8(octal).ok()?, 8).ok()
        }
        name => NAMES.iter().zip(0..).find(|(it, _)| **it == name).map(|(_, byte)| byte),
    }
}

/// What a hex digit stands for.
fn digit(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0',
        letter => (letter | 0x20) - b'a' + 10,
    }
}

fn is_octal(byte: &u8) -> bool {
    matches!(byte, b'0'..=b'7')
}

fn hex_digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_hexdigit()).count()
}

fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}
