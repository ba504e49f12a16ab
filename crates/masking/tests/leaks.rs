//! Secrets printed in every way that is promised, in streams cut anywhere: none comes out in clear.
//!
//! 50,000 leaks, or, where `TOWPATH_DEEP` is set, 1,000,000. The encoders here are written once more,
//! from the formats' own descriptions, and know nothing of those that the masker looks for.

use domain::Secret;
use masking::{MASK, Masker};

const LEAKS: usize = 50_000;
const LEAKS_DEEP: usize = 1_000_000;
/// Leaks that one masker is asked about.
const LEAKS_OF_A_MASKER: usize = 2_000;
const SECRETS_OF_A_MASKER: usize = 12;

#[test]
fn no_generated_leak_is_in_clear() {
    let leaks = if std::env::var_os("TOWPATH_DEEP").is_some() { LEAKS_DEEP } else { LEAKS };
    let mut chance = Chance(7);
    let mut counts = vec![0; ENCODERS.len()];
    for _ in 0..leaks / LEAKS_OF_A_MASKER {
        let texts: Vec<String> = (0..SECRETS_OF_A_MASKER).map(|_| chance.secret()).collect();
        let secrets: Vec<Secret> = texts.iter().map(Secret::new).collect();
        let masker = Masker::new(&secrets);
        for _ in 0..LEAKS_OF_A_MASKER {
            let encoder = chance.below(ENCODERS.len());
            let secret = &texts[chance.below(texts.len())];
            check(&masker, secret, encoder, &mut chance);
            counts[encoder] += 1;
        }
    }
    eprintln!("{leaks} leaks, of each encoder: {counts:?}");
    assert!(counts.iter().all(|count| *count > leaks / ENCODERS.len() / 2));
}

/// Prints a secret in some way, between other things, in pieces.
fn check(masker: &Masker, secret: &str, encoder: usize, chance: &mut Chance) {
    let (name, encode) = ENCODERS[encoder];
    let encoded = encode(secret, chance);
    let text = format!("{}{encoded}{}", chance.noise(), chance.noise());
    let mut stream = masker.stream();
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        let (piece, after) = rest.split_at((1 + chance.below(40)).min(rest.len()));
        out.extend(stream.push(piece));
        rest = after;
    }
    out.extend(stream.finish());
    let out = String::from_utf8_lossy(&out);
    assert!(out.contains(MASK), "{name}: {secret:?} as {encoded:?} came out as {out:?}");
    let whole: String = out.split_whitespace().collect();
    let parts = if name.starts_with("dump") { rows(&encoded) } else { parts(&encoded) };
    for part in parts {
        assert!(!whole.contains(&part), "{name}: {part:?} of {secret:?} is in {out:?}");
    }
}

/// Pieces of what was printed of which none may be left: all but its edges, which in base64 also
/// depend on what stands beside the secret.
fn parts(encoded: &str) -> Vec<String> {
    const EDGE: usize = 24;
    let letters: Vec<char> = encoded.chars().filter(|it| !it.is_whitespace()).collect();
    let within = letters.get(EDGE..letters.len().saturating_sub(EDGE)).unwrap_or_default();
    within.chunks_exact(9).map(|part| part.iter().collect()).collect()
}

/// Of a dump, what stands behind the offsets: all but its first row and the two last, which show
/// what stands beside the secret, too.
fn rows(encoded: &str) -> Vec<String> {
    let rows: Vec<&str> = encoded.trim().lines().collect();
    let within = rows.get(1..rows.len().saturating_sub(2)).unwrap_or_default();
    let shown = within.iter().map(|row| row.trim_start_matches(|it: char| it.is_ascii_hexdigit()));
    let cut = |row: &str| row.replace([' ', ':', '|'], "").chars().collect::<Vec<_>>();
    let halves = |row: Vec<char>| row.chunks(8).map(String::from_iter).collect::<Vec<_>>();
    shown.flat_map(|row| halves(cut(row))).filter(|part| part.len() == 8).collect()
}

type Encode = fn(&str, &mut Chance) -> String;

const ENCODERS: [(&str, Encode); 70] = [
    ("raw", |secret, _| secret.to_owned()),
    ("base64", |secret, chance| base64(within(secret, chance).as_bytes(), STANDARD)),
    ("base64url", |secret, chance| base64(within(secret, chance).as_bytes(), URL)),
    ("base64 without padding", |secret, chance| {
        base64(within(secret, chance).as_bytes(), STANDARD).trim_end_matches('=').to_owned()
    }),
    ("base64 twice", |secret, chance| {
        let once = base64(within(secret, chance).as_bytes(), STANDARD);
        base64(within(&once, chance).as_bytes(), STANDARD)
    }),
    ("base64url twice", |secret, chance| {
        base64(base64(within(secret, chance).as_bytes(), URL).as_bytes(), URL)
    }),
    ("base64 in lines", |secret, chance| {
        lines(&base64(within(secret, chance).as_bytes(), STANDARD), 76)
    }),
    ("base64 in short lines", |secret, chance| {
        lines(&base64(within(secret, chance).as_bytes(), STANDARD), 64)
    }),
    ("hex", |secret, _| bytes(secret, |byte| format!("{byte:02x}"))),
    ("hex in capitals", |secret, _| bytes(secret, |byte| format!("{byte:02X}"))),
    ("hex in lines", |secret, _| lines(&bytes(secret, |byte| format!("{byte:02x}")), 60)),
    ("hex, a blank between", |secret, _| bytes(secret, |byte| format!("{byte:02x} "))),
    ("base64 of JSON", |secret, chance| {
        base64(within(&json(secret, |_| false), chance).as_bytes(), STANDARD)
    }),
    ("in colours", |secret, chance| {
        let at = (0..=secret.len()).filter(|at| secret.is_char_boundary(*at)).collect::<Vec<_>>();
        let (before, after) = secret.split_at(at[chance.below(at.len())]);
        format!("{before}\u{1b}[01;31m\u{1b}[K{after}")
    }),
    ("URL twice", |secret, _| url(&url(secret, "-._~", false, true), "-._~", false, true)),
    ("URL", |secret, _| url(secret, "-._~", false, true)),
    ("URL in small letters", |secret, _| url(secret, "-._~", false, false)),
    ("URL's path", |secret, _| url(secret, "-._~/", false, true)),
    ("form", |secret, _| url(secret, "-._*", true, true)),
    ("form in small letters", |secret, _| url(secret, "-._~", true, false)),
    ("encodeURIComponent", |secret, _| url(secret, "-_.!~*'()", false, true)),
    ("JSON", |secret, _| json(secret, |_| false)),
    ("JSON in ASCII", |secret, _| json(secret, |it| !it.is_ascii())),
    ("JSON for HTML", |secret, _| json(secret, |it| "<>&".contains(it))),
    ("JSON, all escaped", |secret, _| json(secret, |_| true)),
    ("shell, single quotes", |secret, _| secret.replace('\'', "'\\''")),
    ("shell, backslashes", |secret, _| {
        let special = " \t\\\"$`'!#&()*;<>?[]^{|},~=";
        secret.chars().fold(String::new(), |mut out, it| {
            out.extend(special.contains(it).then_some('\\').into_iter().chain([it]));
            out
        })
    }),
    ("bash's printf %q", |secret, _| percent_q(secret, "")),
    ("bash's printf %q, within a word", |secret, _| percent_q(secret, "pw=")[3..].to_owned()),
    ("bash -x of split words", |secret, _| {
        let words: Vec<&str> = secret.split_ascii_whitespace().collect();
        // Without its blanks it may be a word, which is never masked.
        if words.join(" ").len() < masking::SECRET_BYTES_MIN {
            return secret.to_owned();
        }
        words.into_iter().map(traced).collect::<Vec<_>>().join(" ")
    }),
    ("base64 in lines of eight", |secret, chance| {
        let columns = if secret.len() < 16 { 1_000 } else { 8 };
        lines(&base64(within(secret, chance).as_bytes(), STANDARD), columns)
    }),
    ("hex in lines of ten", |secret, _| {
        let columns = if secret.len() < 8 { 1_000 } else { 10 };
        lines(&bytes(secret, |byte| format!("{byte:02x}")), columns)
    }),
    ("dump: xxd", |secret, chance| {
        dump(&within(secret, chance), |at, row| {
            let pairs: String = row.chunks(2).map(|it| hex_pairs(it, "") + " ").collect();
            format!("{at:08x}: {pairs:<40} {}", readable(row))
        })
    }),
    ("dump: hexdump -C", |secret, chance| {
        dump(&within(secret, chance), |at, row| {
            let halves: Vec<String> = row.chunks(8).map(|it| hex_pairs(it, " ")).collect();
            format!("{at:08x}  {:<48}  |{}|", halves.join("  "), readable(row))
        })
    }),
    ("dump: od -tx1", |secret, chance| {
        dump(&within(secret, chance), |at, row| format!("{at:07o} {}", hex_pairs(row, " ")))
    }),
    ("dump: od -An -tx1", |secret, chance| {
        dump(&within(secret, chance), |_, row| format!(" {}", hex_pairs(row, " ")))
    }),
    ("dump: od -c", |secret, chance| {
        dump(&within(secret, chance), |at, row| {
            format!("{at:07o}{}", row.iter().map(cell).collect::<String>())
        })
    }),
    ("dump: od -An -c", |secret, chance| {
        dump(&within(secret, chance), |_, row| row.iter().map(cell).collect())
    }),
    ("dump: od -x", |secret, chance| {
        dump(&within(secret, chance), |at, row| format!("{at:07o} {}", words(row, hex_word)))
    }),
    ("dump: od -An -x", |secret, chance| {
        dump(&within(secret, chance), |_, row| format!(" {}", words(row, hex_word)))
    }),
    ("dump: od", |secret, chance| {
        let octal = |word: u16| format!("{word:06o}");
        dump(&within(secret, chance), |at, row| format!("{at:07o} {}", words(row, octal)))
    }),
    ("dump: od -d", |secret, chance| {
        let decimal = |word: u16| format!("{word:>5}");
        dump(&within(secret, chance), |at, row| format!("{at:07o} {}", words(row, decimal)))
    }),
    ("dump: od -An -d", |secret, chance| {
        let decimal = |word: u16| format!("{word:>5}");
        dump(&within(secret, chance), |_, row| format!(" {}", words(row, decimal)))
    }),
    ("URL behind a lone sign", |secret, _| format!("%{}", url(secret, "-._~", false, true))),
    ("JSON behind a lone sign", |secret, chance| {
        let before = ["\\", r"\\t\", r"\\\"][chance.below(3)];
        format!("{before}{}", json(secret, |it| it != 'n'))
    }),
    ("HTML behind a lone sign", |secret, _| format!("&{}", html(secret, html_name))),
    ("folded", |secret, chance| folded(secret, 10 + chance.below(90))),
    ("folded at blanks", |secret, _| match long_enough_to_fold(secret) && has_long_word(secret) {
        true => secret.split(' ').collect::<Vec<_>>().join("\n"),
        false => secret.to_owned(),
    }),
    ("shell, dollar quotes", |secret, _| dollar_quoted(secret)),
    ("encodeURI", |secret, _| url(secret, "-_.!~*'();/?:@&=+$,#", false, true)),
    ("JavaScript's escape", |secret, _| {
        letters(secret, |letter| match letter {
            letter if letter.is_ascii_alphanumeric() || "@*_+-./".contains(letter) => None,
            letter if u32::from(letter) < 256 => Some(format!("%{:02X}", u32::from(letter))),
            letter => Some(format!("%u{:04X}", u32::from(letter))),
        })
    }),
    // The WHATWG's percent-encode sets, and those of Go's net/url.
    ("URL's userinfo in a browser", |secret, _| url(secret, "!$&'()*+,-._~", false, true)),
    ("URL's query in a browser", |secret, _| {
        url(secret, "!$&()*+,-./:;=?@[\\]^_`{|}~", false, true)
    }),
    ("Go's userinfo", |secret, _| url(secret, "-_.~$&+,;=", false, true)),
    ("Go's path", |secret, _| url(secret, "-_.~$&+:=@", false, true)),
    ("URL of JSON", |secret, _| url(&json(secret, |_| false), "-._~", false, true)),
    ("URL of base64", |secret, chance| {
        url(&base64(within(secret, chance).as_bytes(), STANDARD), "-._~", false, true)
    }),
    ("JSON of JSON", |secret, _| json(&json(secret, |_| false), |_| false)),
    ("JSON of a URL", |secret, _| json(&url(secret, "-._~/", false, true), |it| it == '/')),
    ("JSON of HTML", |secret, _| json(&html(secret, html_name), |it| "<>&".contains(it))),
    ("JSON in capitals", |secret, _| {
        letters(secret, |letter| match letter {
            '"' | '\\' => Some(format!("\\{letter}")),
            '\t' => Some("\\t".to_owned()),
            letter if letter.is_ascii() => None,
            letter => Some(format!("\\u{:04X}", u32::from(letter))),
        })
    }),
    ("base64 of JSON in ASCII", |secret, chance| {
        let json = json(secret, |it| !it.is_ascii());
        base64(within(&json, chance).as_bytes(), STANDARD)
    }),
    ("HTML", |secret, _| html(secret, html_name)),
    ("HTML in numbers", |secret, _| html(secret, |letter| format!("&#x{:X};", u32::from(letter)))),
    ("CSV", |secret, _| secret.replace('"', "\"\"")),
    ("Python's ascii", |secret, _| {
        letters(secret, |letter| match (letter, u32::from(letter)) {
            ('\\', _) => Some("\\\\".to_owned()),
            ('\t', _) => Some("\\t".to_owned()),
            (_, code) if code < 128 => None,
            (_, code) if code < 256 => Some(format!("\\x{code:02x}")),
            (_, code) => Some(format!("\\u{code:04x}")),
        })
    }),
    ("a list of bytes", |secret, _| listed(secret, " ", |byte| byte.to_string())),
    ("a list of bytes, commas", |secret, _| listed(secret, ",", |byte| byte.to_string())),
    ("a list of bytes, both", |secret, _| listed(secret, ", ", |byte| byte.to_string())),
    ("a list of bytes in hex", |secret, _| listed(secret, ", ", |byte| format!("0x{byte:02x}"))),
];

const STANDARD: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// RFC 4648, with padding.
fn base64(text: &[u8], alphabet: &[u8]) -> String {
    let group = |three: &[u8]| {
        let bits = three
            .iter()
            .enumerate()
            .fold(0u32, |bits, (at, byte)| bits | u32::from(*byte) << (16 - 8 * at));
        let digit = |at: usize| match at <= three.len() {
            true => char::from(alphabet[(bits >> (18 - 6 * at)) as usize & 63]),
            false => '=',
        };
        (0..4).map(digit).collect::<String>()
    };
    text.chunks(3).map(group).collect()
}

/// The secret with zero to five letters on either side, as `user:secret` has them.
fn within(secret: &str, chance: &mut Chance) -> String {
    format!("{}{secret}{}", &"user:"[..chance.below(6)], &"\nabcd"[..chance.below(6)])
}

fn lines(digits: &str, columns: usize) -> String {
    let lines: Vec<&str> =
        digits.as_bytes().chunks(columns).map(|it| str::from_utf8(it).expect("ASCII")).collect();
    lines.join("\n")
}

/// Rows of sixteen bytes, on lines of their own.
fn dump(text: &str, row: impl Fn(usize, &[u8]) -> String) -> String {
    let rows = text.as_bytes().chunks(16).enumerate();
    rows.fold("\n".to_owned(), |all, (at, bytes)| all + &row(at * 16, bytes) + "\n")
}

fn hex_pairs(row: &[u8], between: &str) -> String {
    row.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(between)
}

/// A byte as `od -c` shows it.
fn cell(byte: &u8) -> String {
    match byte {
        b'\n' => "  \\n".to_owned(),
        b'\t' => "  \\t".to_owned(),
        byte if byte.is_ascii() => format!("   {}", char::from(*byte)),
        byte => format!(" {byte:03o}"),
    }
}

/// A row as words of two bytes, of which the second one is the greater.
fn words(row: &[u8], write: impl Fn(u16) -> String) -> String {
    let word = |pair: &[u8]| u16::from(pair[0]) | pair.get(1).map_or(0, |it| u16::from(*it) << 8);
    row.chunks(2).map(|pair| write(word(pair))).collect::<Vec<_>>().join(" ")
}

fn hex_word(word: u16) -> String {
    format!("{word:04x}")
}

/// Whether it is looked for over the ends of lines.
fn long_enough_to_fold(secret: &str) -> bool {
    secret.bytes().filter(|it| !it.is_ascii_whitespace()).count() >= 16
}

/// Whether eight bytes of it stand on a line together where every blank is a line's end.
fn has_long_word(secret: &str) -> bool {
    secret.split_ascii_whitespace().any(|word| word.len() >= 8)
}

fn folded(secret: &str, columns: usize) -> String {
    if !long_enough_to_fold(secret) {
        return secret.to_owned();
    }
    let letters: Vec<char> = secret.chars().collect();
    let lines: Vec<String> = letters.chunks(columns).map(String::from_iter).collect();
    lines.join("\n")
}

fn readable(row: &[u8]) -> String {
    let shown = |byte: &u8| if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '.' };
    row.iter().map(shown).collect()
}

/// What bash's manual calls quoting "in a format that can be reused as shell input".
fn percent_q(secret: &str, before: &str) -> String {
    let word = format!("{before}{secret}");
    if word.contains('\t') {
        return format!("{before}{}", dollar_quoted(secret));
    }
    let (mut out, mut last) = (String::new(), None);
    for letter in word.chars() {
        let begins = match letter {
            '#' => last.is_none(),
            '~' => matches!(last, None | Some('=' | ':')),
            _ => false,
        };
        if begins || " '\"\\|&;()<>!{},*[]?^$`".contains(letter) {
            out.push('\\');
        }
        out.push(letter);
        last = Some(letter);
    }
    out
}

/// A word as `set -x` shows it.
fn traced(word: &str) -> String {
    let tilde = word.starts_with(['~', '#']) || word.contains("=~") || word.contains(":~");
    match tilde || word.contains(|it| " '\"\\|&;()<>!{}*[]?^$`".contains(it)) {
        true => format!("'{}'", word.replace('\'', r"'\''")),
        false => word.to_owned(),
    }
}

fn dollar_quoted(secret: &str) -> String {
    secret.replace('\\', "\\\\").replace('\'', "\\'").replace('\t', "\\t")
}

fn bytes(secret: &str, write: impl Fn(u8) -> String) -> String {
    secret.bytes().map(write).collect()
}

fn listed(secret: &str, between: &str, write: impl Fn(u8) -> String) -> String {
    secret.bytes().map(write).collect::<Vec<_>>().join(between)
}

/// The letters, each as `write` has it where it has one.
fn letters(secret: &str, write: impl Fn(char) -> Option<String>) -> String {
    secret.chars().map(|letter| write(letter).unwrap_or_else(|| letter.to_string())).collect()
}

fn html(secret: &str, write: impl Fn(char) -> String) -> String {
    letters(secret, |letter| "&<>\"'".contains(letter).then(|| write(letter)))
}

fn html_name(letter: char) -> String {
    let names = [('&', "amp"), ('<', "lt"), ('>', "gt"), ('"', "quot"), ('\'', "#39")];
    let name = names.iter().find(|(it, _)| *it == letter).expect("one of them").1;
    format!("&{name};")
}

fn url(secret: &str, plain: &str, plus: bool, upper: bool) -> String {
    bytes(secret, |byte| match byte {
        b' ' if plus => "+".to_owned(),
        byte if byte.is_ascii_alphanumeric() || plain.contains(char::from(byte)) => {
            char::from(byte).to_string()
        }
        byte if upper => format!("%{byte:02X}"),
        byte => format!("%{byte:02x}"),
    })
}

fn json(secret: &str, escapes: impl Fn(char) -> bool) -> String {
    let letter = |letter: char| match letter {
        letter if escapes(letter) => {
            let units = letter.encode_utf16(&mut [0; 2]).to_vec();
            units.iter().map(|unit| format!("\\u{unit:04x}")).collect()
        }
        '"' | '\\' => format!("\\{letter}"),
        '\t' => "\\t".to_owned(),
        letter => letter.to_string(),
    };
    secret.chars().map(letter).collect()
}

/// Numbers that come the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, count: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % count
    }

    /// Five to a hundred characters, some of which every encoder escapes.
    fn secret(&mut self) -> String {
        let letters: Vec<char> =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=-_.~!*'()\"\\ &<>$`#%?@:;,{}[]|^\täöüé€"
                .chars()
                .collect();
        let longest = [8, 40, 96][self.below(3)];
        let length = 4 + self.below(longest);
        let mut secret: String = (0..length).map(|_| letters[self.below(letters.len())]).collect();
        // A secret's own end is no white space: files of them end in a line break that is not meant.
        secret.push(letters[self.below(62)]);
        secret
    }

    /// What else a step prints: nothing that a secret could be part of.
    fn noise(&mut self) -> String {
        ["", "\n", " ", "x=\"", "; ", "{\"a\": \"", "\r\n[12:00] ", "…", "100% "][self.below(9)]
            .to_owned()
    }
}
