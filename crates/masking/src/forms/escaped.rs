//! A secret as the writers of URLs, JSON, HTML and shell words escape it.
//!
//! Writers differ in what they escape; each row here is one that is common. Bytes that none of them
//! escapes stay as they are, so for a secret of letters and digits all rows are the secret itself.

/// Every escaped form, the secret itself among them where nothing is to be escaped.
pub(super) fn forms(secret: &str) -> Vec<Vec<u8>> {
    let mut all = percent(secret);
    all.extend(json(secret));
    all.extend(shell(secret));
    all.extend(html(secret));
    all.push(each(secret, |byte| Some(format!("\\x{byte:02x}"))));
    all.push(python_bytes(secret));
    // YAML and SQL, within single quotes.
    all.push(secret.replace('\'', "''").into_bytes());
    all.sort();
    all.dedup();
    all
}

/// Two digits a byte.
pub(super) fn hex(secret: &str, upper: bool) -> Vec<u8> {
    each(secret, |byte| Some(digits(byte, upper)))
}

/// Two digits a byte and something between them, as `od` and certificates' fingerprints have it.
pub(super) fn hex_apart(secret: &str) -> Vec<Vec<u8>> {
    let write = |(upper, between)| {
        let pairs: Vec<String> = secret.bytes().map(|byte| digits(byte, upper)).collect();
        pairs.join(between).into_bytes()
    };
    [(false, " "), (false, ":"), (true, " "), (true, ":")].map(write).to_vec()
}

/// JSON as it is plainly written: what else is encoded of a secret.
pub(super) fn plain_json(secret: &str) -> String {
    JSON[0].write(secret)
}

fn digits(byte: u8, upper: bool) -> String {
    if upper { format!("{byte:02X}") } else { format!("{byte:02x}") }
}

/// The bytes, each replaced by what `write` gives for it. Bytes beyond ASCII come out as they are.
fn each(secret: &str, write: impl Fn(u8) -> Option<String>) -> Vec<u8> {
    let mut out = Vec::with_capacity(secret.len() * 2);
    for byte in secret.bytes() {
        match write(byte) {
            Some(text) => out.extend_from_slice(text.as_bytes()),
            None => out.push(byte),
        }
    }
    out
}

/// What else than letters and digits URLs' writers leave as it is: RFC 3986, encodeURIComponent,
/// encodeURI, Python's `quote`, Java's and browsers' forms, and who escapes everything.
const PLAIN: [&[u8]; 6] =
    [b"-_.~", b"-_.!~*'()", b"-_.!~*'();/?:@&=+$,#[]", b"-_.~/", b"-_.*", b""];

fn percent(secret: &str) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for upper in [true, false] {
        for plain in PLAIN {
            for plus in [false, true] {
                all.push(each(secret, |byte| match byte {
                    b' ' if plus => Some("+".to_owned()),
                    byte if byte.is_ascii_alphanumeric() || plain.contains(&byte) => None,
                    byte => Some(format!("%{}", digits(byte, upper))),
                }));
            }
        }
        all.push(each(secret, |byte| Some(format!("%{}", digits(byte, upper)))));
    }
    // A URL within a URL.
    let twice = all.iter().map(|once| {
        once.iter()
            .map(|byte| match byte {
                b'%' => "%25".to_owned(),
                byte => char::from(*byte).to_string(),
            })
            .collect::<String>()
            .into_bytes()
    });
    let twice: Vec<_> = twice.collect();
    all.extend(twice);
    all
}

/// How a writer of JSON writes what it need not escape.
#[derive(Clone, Copy)]
struct Json {
    /// `\u003c` for these.
    cautious: &'static str,
    /// `\/`.
    slash: bool,
    /// `\u00e4` for everything beyond ASCII.
    ascii: bool,
    /// The letters of hex digits.
    upper: bool,
}

/// The plainest; Python's; Go's; PHP's; .NET's; all of that.
const JSON: [Json; 6] = [
    Json { cautious: "", slash: false, ascii: false, upper: false },
    Json { cautious: "", slash: false, ascii: true, upper: false },
    Json { cautious: "<>&", slash: false, ascii: false, upper: false },
    Json { cautious: "", slash: true, ascii: true, upper: false },
    Json { cautious: "\"&'+<>`", slash: false, ascii: true, upper: true },
    Json { cautious: "<>&", slash: true, ascii: false, upper: false },
];

fn json(secret: &str) -> Vec<Vec<u8>> {
    let once: Vec<String> = JSON.iter().map(|writer| writer.write(secret)).collect();
    // JSON within JSON, as logs of requests have it.
    let twice: Vec<String> = once.iter().map(|text| JSON[0].write(text)).collect();
    let whole = |upper| {
        let units = secret.encode_utf16();
        units.map(|unit| escape(unit, upper)).collect::<String>()
    };
    let all = once.into_iter().chain(twice).chain([whole(false), whole(true)]);
    all.map(String::into_bytes).collect()
}

fn escape(unit: u16, upper: bool) -> String {
    if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") }
}

impl Json {
    fn write(self, secret: &str) -> String {
        let mut out = String::with_capacity(secret.len() * 2);
        for letter in secret.chars() {
            match letter {
                letter if self.escapes(letter) => {
                    let units = letter.encode_utf16(&mut [0; 2]).to_vec();
                    out.extend(units.into_iter().map(|unit| escape(unit, self.upper)));
                }
                '"' | '\\' => out.extend(['\\', letter]),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '/' if self.slash => out.push_str("\\/"),
                letter => out.push(letter),
            }
        }
        out
    }

    fn escapes(self, letter: char) -> bool {
        let control = letter.is_ascii_control() && !['\n', '\r', '\t'].contains(&letter);
        control || self.cautious.contains(letter) || (self.ascii && !letter.is_ascii())
    }
}

/// What zsh and Python's and Ruby's writers set a backslash before, wherever it stands; bash has its
/// own rules.
const SPECIAL: &[u8] = b" \t\\\"$`'!#&()*;<>?[]^{|},~=";

fn shell(secret: &str) -> Vec<Vec<u8>> {
    let backslashed = |which: &'static [u8]| {
        each(secret, move |byte| which.contains(&byte).then(|| format!("\\{}", byte as char)))
    };
    vec![
        // Within single quotes: of `set -x`, and of Python's shlex.
        secret.replace('\'', r"'\''").into_bytes(),
        secret.replace('\'', "'\"'\"'").into_bytes(),
        // Within double quotes.
        backslashed(b"\\\"$`"),
        backslashed(b"\\\"$`!"),
        backslashed(SPECIAL),
        dollar_quoted(secret, false),
        dollar_quoted(secret, true),
    ]
}

/// Within `$'…'`; what is beyond ASCII in octal, or as it is.
pub(super) fn dollar_quoted(secret: &str, octal: bool) -> Vec<u8> {
    each(secret, |byte| match byte {
        b'\n' => Some("\\n".to_owned()),
        b'\r' => Some("\\r".to_owned()),
        b'\t' => Some("\\t".to_owned()),
        0x07 => Some("\\a".to_owned()),
        0x08 => Some("\\b".to_owned()),
        0x0b => Some("\\v".to_owned()),
        0x0c => Some("\\f".to_owned()),
        0x1b => Some("\\E".to_owned()),
        b'\'' | b'\\' => Some(format!("\\{}", byte as char)),
        byte if byte.is_ascii_control() || (octal && !byte.is_ascii()) => {
            Some(format!("\\{byte:03o}"))
        }
        _ => None,
    })
}

/// Between the quotes of Python's `b'…'`.
fn python_bytes(secret: &str) -> Vec<u8> {
    each(secret, |byte| match byte {
        b'\n' => Some("\\n".to_owned()),
        b'\r' => Some("\\r".to_owned()),
        b'\t' => Some("\\t".to_owned()),
        b'\\' => Some("\\\\".to_owned()),
        byte if byte.is_ascii_control() || !byte.is_ascii() => Some(format!("\\x{byte:02x}")),
        _ => None,
    })
}

fn html(secret: &str) -> [Vec<u8>; 3] {
    ["&#39;", "&#x27;", "&apos;"].map(|quote| {
        each(secret, |byte| match byte {
            b'&' => Some("&amp;".to_owned()),
            b'<' => Some("&lt;".to_owned()),
            b'>' => Some("&gt;".to_owned()),
            b'"' => Some("&quot;".to_owned()),
            b'\'' => Some(quote.to_owned()),
            _ => None,
        })
    })
}
