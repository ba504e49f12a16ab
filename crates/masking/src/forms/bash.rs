//! A secret that was split into words, as bash quotes them by `set -x`.

use super::SECRET_BYTES_MIN;

/// What bash quotes wherever it stands.
const SPECIAL: [char; 20] = [
    '\'', '"', '\\', '|', '&', ';', '(', ')', '<', '>', '!', '{', '}', '*', '[', ']', '?', '^',
    '$', '`',
];

/// `set -x` of a secret that was not quoted: every word of it is quoted by itself. What else is
/// written in the first word and in the last one may want the quotes that the secret's part does not.
pub(super) fn traced(secret: &str) -> Vec<Vec<u8>> {
    let words: Vec<&str> = secret.split_ascii_whitespace().collect();
    let ways = [(false, false), (false, true), (true, false), (true, true)];
    let traces = ways.into_iter().map(|(first, last)| trace(&words, first, last));
    traces.filter(|trace| trace.len() >= SECRET_BYTES_MIN).collect()
}

fn trace(words: &[&str], quote_first: bool, quote_last: bool) -> Vec<u8> {
    let mut out = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let (first, last) = (at == 0, at + 1 == words.len());
        let (open, inner, close) = quoted(word, first && quote_first || last && quote_last);
        if !first {
            out.push(b' ');
            out.extend_from_slice(open);
        }
        out.extend(inner);
        if !last {
            out.extend_from_slice(close);
        }
    }
    out
}

/// What stands before a word, the word, and what stands behind it.
fn quoted(word: &str, always: bool) -> (&'static [u8], Vec<u8>, &'static [u8]) {
    if word.bytes().any(|byte| byte.is_ascii_control()) {
        // What is escaped in such quotes is undone before it is looked at.
        (b"$'", word.into(), b"'")
    } else if is_special(word) || always {
        (b"'", word.replace('\'', r"'\''").into_bytes(), b"'")
    } else {
        (b"", word.as_bytes().to_vec(), b"")
    }
}

/// Whether bash quotes a word.
fn is_special(word: &str) -> bool {
    let tilde = word.starts_with(['#', '~']) || word.contains("=~") || word.contains(":~");
    tilde || word.contains(SPECIAL)
}
