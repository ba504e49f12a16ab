//! One letter that is written as an escape: of a URL, of JSON and what programs and shells print, of HTML.

/// A family of escapes: all of them begin with one sign.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Escapes {
    /// `%2F` of URLs (RFC 3986), `%u20AC` of JavaScript's `escape`.
    Percent,
    /// `\"` of JSON and shells, `\u20ac`, `\u{20ac}`, `\U000020ac`, `\xe2`, and `\342` of `$'…'`.
    Backslash,
    /// `&amp;`, `&#38;` and `&#x26;` of HTML and XML.
    Entity,
}

/// What an escape stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    Byte(u8),
    Letter(char),
}

/// Why no meaning was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// The escape's end has not come.
    Open,
    /// It is no escape.
    Other,
}

/// How long an escape is, and what it stands for.
type Escape = Result<(usize, Meaning), Unread>;

const CONTROLS: [(u8, u8); 9] = [
    (b'a', 0x07),
    (b'b', 0x08),
    (b't', b'\t'),
    (b'n', b'\n'),
    (b'v', 0x0b),
    (b'f', 0x0c),
    (b'r', b'\r'),
    (b'e', 0x1b),
    (b'E', 0x1b),
];

const NAMES: [(&[u8], u8); 5] =
    [(b"amp;", b'&'), (b"lt;", b'<'), (b"gt;", b'>'), (b"quot;", b'"'), (b"apos;", b'\'')];

const CODE_DIGITS_MAX: usize = 7;

impl Escapes {
    pub const ALL: [Self; 3] = [Self::Percent, Self::Backslash, Self::Entity];

    /// Whether an escape of some family may begin with this byte.
    pub fn may_begin(byte: u8) -> bool {
        matches!(byte, b'%' | b'\\' | b'&')
    }

    /// The family of what begins with this byte.
    pub fn beginning_with(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.sign() == byte)
    }

    /// What each of them begins with.
    pub fn sign(self) -> u8 {
        match self {
            Self::Percent => b'%',
            Self::Backslash => b'\\',
            Self::Entity => b'&',
        }
    }

    /// Reads what stands behind the sign.
    pub fn read(self, behind: &[u8]) -> Escape {
        match self {
            Self::Percent => percent(behind),
            Self::Backslash => backslash(behind),
            Self::Entity => entity(behind),
        }
    }
}

fn percent(behind: &[u8]) -> Escape {
    match behind.strip_prefix(b"u") {
        Some(digits) => letter(6, number(digits, 4, 16)?),
        None => byte(3, number(behind, 2, 16)?),
    }
}

fn backslash(behind: &[u8]) -> Escape {
    let (first, rest) = behind.split_first().ok_or(Unread::Open)?;
    if let Some((_, control)) = CONTROLS.iter().find(|(name, _)| name == first) {
        return Ok((2, Meaning::Byte(*control)));
    }
    match first {
        b'x' => byte(4, number(rest, 2, 16)?),
        b'u' => unit(rest),
        b'U' => letter(10, number(rest, 8, 16)?),
        b'0'..=b'3' => byte(4, number(behind, 3, 8)?),
        sign if sign.is_ascii_punctuation() || b" \t".contains(sign) => byte(2, u32::from(*sign)),
        _ => Err(Unread::Other),
    }
}

/// Behind `\u`: digits in braces, or four digits of UTF-16, twice for what lies beyond its first plane.
fn unit(behind: &[u8]) -> Escape {
    if let Some(braced) = behind.strip_prefix(b"{") {
        return code(braced, 16, b'}').and_then(|(digits, code)| letter(digits + 4, code));
    }
    let high = number(behind, 4, 16)?;
    if !(0xd800..0xdc00).contains(&high) {
        return letter(6, high);
    }
    let low = number(after(&behind[4..], b"\\u")?, 4, 16)?;
    let low = low.checked_sub(0xdc00).filter(|low| *low < 0x400).ok_or(Unread::Other)?;
    letter(12, 0x10000 + ((high - 0xd800) << 10) + low)
}

fn entity(behind: &[u8]) -> Escape {
    if let Some(behind) = behind.strip_prefix(b"#") {
        let (digits, before, radix) = match behind.strip_prefix(b"x") {
            Some(digits) => (digits, 3, 16),
            None => (behind, 2, 10),
        };
        return code(digits, radix, b';')
            .and_then(|(count, code)| letter(before + count + 1, code));
    }
    let known = |(name, meaning): &(&[u8], u8)| match after(behind, name) {
        Ok(_) => Some(byte(1 + name.len(), u32::from(*meaning))),
        Err(Unread::Open) => Some(Err(Unread::Open)),
        Err(Unread::Other) => None,
    };
    NAMES.iter().find_map(known).unwrap_or(Err(Unread::Other))
}

/// What stands behind a word.
fn after<'a>(text: &'a [u8], word: &[u8]) -> Result<&'a [u8], Unread> {
    let none = if word.starts_with(text) { Unread::Open } else { Unread::Other };
    text.strip_prefix(word).ok_or(none)
}

/// A number of exactly so many digits.
fn number(text: &[u8], count: usize, radix: u32) -> Result<u32, Unread> {
    let digits = text.iter().take(count).map(|digit| char::from(*digit).to_digit(radix));
    let number = digits.clone().try_fold(0, |number, digit| Some(number * radix + digit?));
    let number = number.ok_or(Unread::Other)?;
    if digits.len() == count { Ok(number) } else { Err(Unread::Open) }
}

/// A number up to the sign that ends it, and how many digits it has.
fn code(text: &[u8], radix: u32, end: u8) -> Result<(usize, u32), Unread> {
    let is_digit = |byte: &&u8| char::from(**byte).is_digit(radix);
    let count = text.iter().take(CODE_DIGITS_MAX).take_while(is_digit).count();
    match text.get(count) {
        None => Err(Unread::Open),
        Some(byte) if *byte == end && count > 0 => Ok((count, number(text, count, radix)?)),
        Some(_) => Err(Unread::Other),
    }
}

fn byte(length: usize, code: u32) -> Escape {
    u8::try_from(code).map(|byte| (length, Meaning::Byte(byte))).map_err(|_| Unread::Other)
}

fn letter(length: usize, code: u32) -> Escape {
    char::from_u32(code).map(|it| (length, Meaning::Letter(it))).ok_or(Unread::Other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Escape {
        let (sign, behind) = text.as_bytes().split_first().expect("a sign");
        Escapes::beginning_with(*sign).expect("a family").read(behind)
    }

    #[test]
    fn each_escape_stands_for_its_letter() {
        fn check(text: &str, meaning: Meaning) {
            assert_eq!(read(text), Ok((text.len(), meaning)), "{text}");
            assert_eq!(read(&format!("{text}0")), Ok((text.len(), meaning)), "{text} and more");
            for end in 1..text.len() {
                assert_eq!(read(&text[..end]), Err(Unread::Open), "{} of {text}", &text[..end]);
            }
        }
        check("%2F", Meaning::Byte(b'/'));
        check("%e4", Meaning::Byte(0xe4));
        check("%u20AC", Meaning::Letter('€'));
        for (text, meaning) in [(r"\n", b'\n'), (r"\E", 0x1b), (r#"\""#, b'"'), (r"\ ", b' ')] {
            check(text, Meaning::Byte(meaning));
        }
        check(r"\x2f", Meaning::Byte(b'/'));
        check(r"\303", Meaning::Byte(0xc3));
        check(r"\u00e4", Meaning::Letter('ä'));
        check(r"\u{1F600}", Meaning::Letter('😀'));
        check(r"\U0001f600", Meaning::Letter('😀'));
        check(r"\uD83D\uDE00", Meaning::Letter('😀'));
        check("&amp;", Meaning::Byte(b'&'));
        check("&#38;", Meaning::Letter('&'));
        check("&#x26;", Meaning::Letter('&'));
    }

    #[test]
    fn other_text_is_no_escape() {
        for text in ["%", "\\", "&"] {
            assert_eq!(read(text), Err(Unread::Open), "{text}");
        }
        for text in ["%zz", "%4 ", "%u20x", r"\q", r"\xg", r"\u12g", r"\u{}", r"\u{12 ", r"\08"] {
            assert_eq!(read(text), Err(Unread::Other), "{text}");
        }
        for text in [r"\ud83d!", r"\ud83d\u0041", r"\udc00", "&#;", "&#x;", "&other;", "& "] {
            assert_eq!(read(text), Err(Unread::Other), "{text}");
        }
    }
}
