//! How one secret may look in what a step prints.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// A shorter secret is never masked, in bytes.
pub const SECRET_BYTES_MIN: usize = 5;
/// A shorter encoded form, or a shorter line of a secret with several, is never masked, in bytes.
pub const DERIVED_BYTES_MIN: usize = 8;

/// Every form of a secret that is looked for; none where it is too short to mask.
pub(crate) fn forms(secret: &str) -> Vec<Vec<u8>> {
    let secret = secret.trim_end_matches(['\r', '\n']);
    if secret.len() < SECRET_BYTES_MIN {
        return Vec::new();
    }
    let mut all = vec![secret.as_bytes().to_vec()];
    let mut derived = escaped(secret);
    derived.extend(based64(secret.as_bytes()));
    derived.extend(lines(secret));
    derived.retain(|form| form.len() >= DERIVED_BYTES_MIN);
    all.extend(derived);
    all.sort();
    all.dedup();
    all
}

fn escaped(secret: &str) -> Vec<Vec<u8>> {
    let hex = |upper: bool| each(secret, |byte| two_digits(byte, upper));
    vec![
        hex(false),
        hex(true),
        percent(secret, true, |byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte)),
        percent(secret, false, |byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte)),
        // What encodeURI leaves alone beside those.
        percent(secret, true, |byte| byte.is_ascii_graphic() && !b"%\"<>\\^`{|}".contains(&byte)),
        form_encoded(secret),
        json(secret, false),
        json(secret, true),
        // Inside single quotes, as `set -x` and `declare -p` write it.
        secret.replace('\'', r"'\''").into_bytes(),
        // Inside double quotes.
        each(secret, |byte| backslashed(byte, b"\\\"$`")),
        // As `printf %q` writes it.
        each(secret, |byte| backslashed(byte, b" \\\"$`'!#&()*;<>?[]^{|},~=")),
    ]
}

fn each(secret: &str, write: impl Fn(u8) -> String) -> Vec<u8> {
    // Bytes beyond ASCII pass through `write` one by one and must come out as they are.
    let mut out = Vec::new();
    for byte in secret.bytes() {
        match write(byte) {
            text if text.is_empty() => out.push(byte),
            text => out.extend_from_slice(text.as_bytes()),
        }
    }
    out
}

fn two_digits(byte: u8, upper: bool) -> String {
    if upper { format!("{byte:02X}") } else { format!("{byte:02x}") }
}

/// Empty for a byte that stays as it is.
fn backslashed(byte: u8, which: &[u8]) -> String {
    if which.contains(&byte) { format!("\\{}", byte as char) } else { String::new() }
}

fn percent(secret: &str, upper: bool, plain: impl Fn(u8) -> bool) -> Vec<u8> {
    each(secret, |byte| match plain(byte) {
        true => String::new(),
        false => format!("%{}", two_digits(byte, upper)),
    })
}

fn form_encoded(secret: &str) -> Vec<u8> {
    each(secret, |byte| match byte {
        b' ' => "+".to_owned(),
        byte if byte.is_ascii_alphanumeric() || b"-_.*".contains(&byte) => String::new(),
        byte => format!("%{byte:02X}"),
    })
}

/// As a JSON writer escapes it; some of them write `/` as `\/` and `<`, `>`, `&` as `\u003c`.
fn json(secret: &str, cautious: bool) -> Vec<u8> {
    let mut out = String::new();
    for letter in secret.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '<' | '>' | '&' if cautious => out.push_str(&format!("\\u{:04x}", letter as u32)),
            '/' if cautious => out.push_str("\\/"),
            letter if letter.is_control() => out.push_str(&format!("\\u{:04x}", letter as u32)),
            letter => out.push(letter),
        }
    }
    out.into_bytes()
}

/// Base64 of any text that has the secret in it: the secret may begin at any of three places in a
/// group, and only the digits that depend on nothing beside it can be known.
fn based64(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for before in 0..3usize {
        let padded = [&b"\0\0"[..before], secret].concat();
        let first = (before * 8).div_ceil(6);
        let whole = padded.len() * 8 / 6;
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            let digits = engine.encode(&padded);
            all.push(digits.as_bytes()[first..whole].to_vec());
        }
    }
    all
}

fn lines(secret: &str) -> Vec<Vec<u8>> {
    let lines = secret.lines().map(|line| line.trim().as_bytes().to_vec());
    if secret.contains('\n') { lines.collect() } else { Vec::new() }
}
