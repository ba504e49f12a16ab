//! Letters that look like others, or like nothing: they come along when text is copied from a page.

/// What cannot be seen: spaces without width, joiners, marks of direction, soft hyphens.
const INVISIBLE: [char; 9] = [
    '\u{ad}', '\u{200b}', '\u{200c}', '\u{200d}', '\u{200e}', '\u{200f}', '\u{2060}', '\u{2063}',
    '\u{feff}',
];

/// Letters and signs of other alphabets, each with the one of ASCII that it looks like.
const LIKE: [(&str, char); 23] = [
    ("\u{430}\u{3b1}", 'a'),
    ("\u{435}", 'e'),
    ("\u{43e}\u{3bf}", 'o'),
    ("\u{440}\u{3c1}", 'p'),
    ("\u{441}", 'c'),
    ("\u{443}", 'y'),
    ("\u{445}", 'x'),
    ("\u{456}\u{131}", 'i'),
    ("\u{455}", 's'),
    ("\u{458}", 'j'),
    ("\u{4bb}", 'h'),
    ("\u{3bd}", 'v'),
    ("\u{410}\u{391}", 'A'),
    ("\u{412}\u{392}", 'B'),
    ("\u{415}\u{395}", 'E'),
    ("\u{41c}\u{39c}", 'M'),
    ("\u{41d}\u{397}", 'H'),
    ("\u{41e}\u{39f}", 'O'),
    ("\u{420}\u{3a1}", 'P'),
    ("\u{422}\u{3a4}", 'T'),
    ("\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}\u{2212}", '-'),
    ("\u{2044}\u{2215}", '/'),
    ("\u{a789}\u{ff1a}\u{2236}", ':'),
];

/// The letter that is seen: the same, unless it only looks so; `None` where nothing is.
pub(super) fn plain(letter: char) -> Option<char> {
    if INVISIBLE.contains(&letter) {
        return None;
    }
    let like = LIKE.iter().find(|(letters, _)| letters.contains(letter));
    Some(like.map_or(letter, |(_, like)| *like))
}
