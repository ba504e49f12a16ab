//! A secret as shells, tables and old encodings write it, and byte by byte.
//!
//! What is written as escapes is undone before it is looked at ([`crate::unescaped`]); here are the
//! forms that have none, and JSON for what else is encoded of it.

/// Every such form.
pub(super) fn forms(secret: &str) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> =
        REPLACED.iter().map(|(of, by)| secret.replace(*of, by).into()).collect();
    all.push(latin(secret));
    all.extend(bytes(secret));
    all.sort();
    all.dedup();
    all
}

/// What is written as something else that is no escape: a blank in HTML's forms, a quote within single
/// quotes by `set -x` and by Python's shlex, a quote of YAML and SQL, one of CSV.
const REPLACED: [(char, &str); 5] =
    [(' ', "+"), ('\'', r"'\''"), ('\'', r#"'"'"'"#), ('\'', "''"), ('"', "\"\"")];

/// In ISO 8859-1, as far as that goes: Python's `ascii` and JavaScript's `escape` write a byte for each
/// letter of it.
fn latin(secret: &str) -> Vec<u8> {
    let byte = |letter: char| {
        u8::try_from(letter)
            .map_or_else(|_| letter.encode_utf8(&mut [0; 4]).as_bytes().to_vec(), |byte| vec![byte])
    };
    secret.chars().flat_map(byte).collect()
}

/// Two digits a byte.
pub(super) fn hex(secret: &str, upper: bool) -> Vec<u8> {
    apart(secret, "", |byte| digits(byte, upper))
}

/// One number a byte and something between them: `od`, certificates' fingerprints, and how programs
/// print bytes in a list.
fn bytes(secret: &str) -> Vec<Vec<u8>> {
    let hex = |upper| move |byte| digits(byte, upper);
    let prefixed = |upper| move |byte| format!("0x{}", digits(byte, upper));
    let mut all = Vec::new();
    for upper in [false, true] {
        all.extend([" ", ":"].map(|between| apart(secret, between, hex(upper))));
        all.extend(LIST.map(|between| apart(secret, between, prefixed(upper))));
    }
    all.extend(LIST.map(|between| apart(secret, between, |byte| byte.to_string())));
    all
}

/// Between the numbers of a list: Go's, JavaScript's, Python's.
const LIST: [&str; 3] = [" ", ",", ", "];

fn apart(secret: &str, between: &str, write: impl Fn(u8) -> String) -> Vec<u8> {
    secret.bytes().map(write).collect::<Vec<_>>().join(between).into_bytes()
}

fn digits(byte: u8, upper: bool) -> String {
    if upper { format!("{byte:02X}") } else { format!("{byte:02x}") }
}

/// How a writer of JSON writes what it need not escape.
#[derive(Clone, Copy)]
struct Json {
    /// `\u003c` for these.
    cautious: &'static str,
    /// `\u00e4` for everything beyond ASCII.
    ascii: bool,
}

/// The plainest; Python's; Go's.
const JSON: [Json; 3] = [
    Json { cautious: "", ascii: false },
    Json { cautious: "", ascii: true },
    Json { cautious: "<>&", ascii: false },
];

/// Within the quotes of JSON, as its writers write it.
pub(super) fn json(secret: &str) -> Vec<String> {
    let mut all = JSON.map(|writer| writer.write(secret)).to_vec();
    all.sort();
    all.dedup();
    all
}

impl Json {
    fn write(self, secret: &str) -> String {
        let mut out = String::with_capacity(secret.len() * 2);
        for letter in secret.chars() {
            match letter {
                letter if self.escapes(letter) => {
                    let units = letter.encode_utf16(&mut [0; 2]).to_vec();
                    out.extend(units.into_iter().map(|unit| format!("\\u{unit:04x}")));
                }
                '"' | '\\' => out.extend(['\\', letter]),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
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
